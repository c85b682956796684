"""Cost of a substitute performance (代履行费用): reasonable by what it cost, borne by the party (行政强制法 art. 51).

    execution ended, or cleared ──charge──▶ a collection of its own: due, demanded, paid, applied for to the court

It is no fine: no surcharge grows on it, and it is never collected with one. The law names no day for it; the fifteen
days of a fine stand for it (design). Where a law lets others bear it, nothing is charged. The charge is a decision of
its own: it is served like one, tells until when the party may seek which remedy, and what came of that is recorded on
its collection (`cost_remedy`).
"""

from dataclasses import replace

from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection import periods
from services.collection.model.collection import Refusal
from services.collection.model.execution import Execution, ExecutionStage, execution, posted_since
from services.kernel.decider import Context, Events
from services.kernel.delivery import effective_on, require_document
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day_of

_SUBSTITUTE = (pb.EXECUTION_KIND_SUBSTITUTE, pb.EXECUTION_KIND_IMMEDIATE_CLEARING)


@execution.decide(commands.ChargeSubstituteCostRequest, basis="行政强制法 art. 51")
def charge_cost(state: Execution, command: commands.ChargeSubstituteCostRequest, context: Context) -> Events:
    """A leader charges no more than it did cost, once; what was not estimated beforehand is explained. The act is the
    service of the charge.
    """
    if state.stage is not ExecutionStage.ENDED or state.kind not in _SUBSTITUTE or not state.cost_fen:
        raise Refused(Refusal.NO_COST)
    if state.charged:
        raise Refused(Refusal.COST_CHARGED)
    if command.cost_fen > state.cost_fen:
        raise Refused(Refusal.COST_TOO_HIGH, cost_fen=command.cost_fen, actual_fen=state.cost_fen)
    unforeseen = state.kind == pb.EXECUTION_KIND_SUBSTITUTE and command.cost_fen > state.estimate_fen
    if unforeseen and not command.reasons.strip():
        raise Refused(Refusal.REASON_NEEDED)
    require_document(command, delivery.SERVED_DOCUMENT_COST)
    served_on = effective_on(command, posted_since(state.to_be_charged_from, context.found), context)
    yield pb.SubstituteCostCharged(
        execution_id=command.execution_id,
        case_id=state.case_id,
        cost_fen=command.cost_fen,
        reasons=command.reasons,
        effective_on=served_on.isoformat(),
        document=command.document,
        way=command.way,
        proof=command.proof if command.HasField("proof") else None,
        delivery=command.delivery if command.HasField("delivery") else None,
        reconsideration_ends_on=periods.known(periods.RECONSIDERATION, served_on).isoformat(),
        suit_ends_on=periods.known(periods.SUIT, served_on).isoformat(),
    )


@execution.evolve(pb.SubstituteCostCharged)
def cost_charged(state: Execution, event: pb.SubstituteCostCharged) -> Execution:
    return replace(state, charged=True)


@execution.decide(commands.NoteCostRevokedRequest, basis="行政复议法 art. 64; 行政诉讼法 art. 70")
def note_revoked(state: Execution, command: commands.NoteCostRevokedRequest, context: Context) -> Events:
    """A charge that was revoked may be made anew."""
    if state.charged:
        yield pb.SubstituteCostRevoked(execution_id=command.execution_id)


@execution.evolve(pb.SubstituteCostRevoked)
def cost_revoked(state: Execution, event: pb.SubstituteCostRevoked, act: Act) -> Execution:
    return replace(state, charged=False, to_be_charged_from=day_of(act.occurred_at))
