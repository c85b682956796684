"""Cost of a substitute performance (代履行费用): reasonable by what it cost, borne by the party (行政强制法 art. 51).

    execution ended, or cleared ──charge──▶ a collection of its own: due, demanded, paid, applied for to the court

It is no fine: no surcharge grows on it, and it is never collected with one. The law names no day for it; the fifteen
days of a fine stand for it (design). Where a law lets others bear it, nothing is charged.
"""

from dataclasses import replace

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import Refusal
from services.collection.model.execution import Execution, ExecutionStage, execution
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused

_SUBSTITUTE = (pb.EXECUTION_KIND_SUBSTITUTE, pb.EXECUTION_KIND_IMMEDIATE_CLEARING)


@execution.decide(commands.ChargeSubstituteCostRequest, basis="行政强制法 art. 51")
def charge_cost(state: Execution, command: commands.ChargeSubstituteCostRequest, context: Context) -> Events:
    """A leader charges no more than it did cost, once; what was not estimated beforehand is explained."""
    if state.stage is not ExecutionStage.ENDED or state.kind not in _SUBSTITUTE or not state.cost_fen:
        raise Refused(Refusal.NO_COST)
    if state.charged:
        raise Refused(Refusal.COST_CHARGED)
    if command.cost_fen > state.cost_fen:
        raise Refused(Refusal.COST_TOO_HIGH, cost_fen=command.cost_fen, actual_fen=state.cost_fen)
    unforeseen = state.kind == pb.EXECUTION_KIND_SUBSTITUTE and command.cost_fen > state.estimate_fen
    if unforeseen and not command.reasons.strip():
        raise Refused(Refusal.REASON_NEEDED)
    yield pb.SubstituteCostCharged(
        execution_id=command.execution_id,
        case_id=state.case_id,
        cost_fen=command.cost_fen,
        reasons=command.reasons,
        effective_on=context.today.isoformat(),
        document=command.document if command.HasField("document") else None,
    )


@execution.evolve(pb.SubstituteCostCharged)
def cost_charged(state: Execution, event: pb.SubstituteCostCharged) -> Execution:
    return replace(state, charged=True)
