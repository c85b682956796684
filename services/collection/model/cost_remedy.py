"""A remedy against the charge of a cost (对代履行费用的复议、诉讼): 行政复议法, 行政诉讼法.

    charge ──remedy──▶ pending ──stands, or withdrawn──▶ collected on           changed ──▶ less is owed
                                                                                revoked ──▶ ENDED; may be charged anew

A remedy against the decision of a case is recorded there, and its collection is told (`opening`). The charge is a
decision of its own without a case to record it in: its remedies are recorded here. While one is pending no court is
asked, and the time for a suit moves with its end (`window`).
"""

from typing import Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import Collection, Refusal, collection
from services.collection.model.opening import changed, followed, following, remedy_began, remedy_ended
from services.collection.model.window import window
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import term

_REVOKED: Final = (
    decisions.REMEDY_OUTCOME_REVOKED,
    decisions.REMEDY_OUTCOME_ORDERED_ANEW,
    decisions.REMEDY_OUTCOME_DECLARED_VOID,
)


@collection.decide(commands.RecordCostRemedyRequest, basis="行政复议法 art. 30; 行政诉讼法 art. 51")
def record_remedy(state: Collection, command: commands.RecordCostRemedyRequest, context: Context) -> Events:
    """A reconsideration or a suit was accepted; whether it came in time is for the body that accepted it to say."""
    if not state.execution_id:
        raise Refused(Refusal.NOT_A_CHARGE)
    if command.remedy_id in state.remedies:
        return
    if (pending := state.pending_remedy) is not None:
        raise Refused(Refusal.REMEDY_PENDING, kind=term(pb.RemedyKind, pending.kind))
    began = pb.RemedyBeginNoted(
        collection_id=command.collection_id,
        remedy_id=command.remedy_id,
        kind=command.kind,
        started_on=context.today.isoformat(),
        execution_stopped=command.execution_stopped,
        document=command.document if command.HasField("document") else None,
    )
    yield began
    yield from followed(remedy_began(state, began), command.collection_id, context)


@collection.decide(commands.RecordCostRemedyOutcomeRequest, basis="行政复议法 arts. 63-69; 行政诉讼法 arts. 69, 70, 77")
def record_outcome(state: Collection, command: commands.RecordCostRemedyOutcomeRequest, context: Context) -> Events:
    """It ended: the charge stands, is lower, or is revoked, perhaps to be made anew."""
    if not state.execution_id:
        raise Refused(Refusal.NOT_A_CHARGE)
    remedy = state.remedies.get(command.remedy_id)
    if remedy is None or remedy.ended_on is not None:
        raise Refused(Refusal.NO_REMEDY)
    changes = command.outcome == decisions.REMEDY_OUTCOME_CHANGED
    if changes != bool(command.cost_fen) or command.cost_fen > state.money.cost_fen:
        raise Refused(Refusal.COST_AND_OUTCOME, cost_fen=state.money.cost_fen)
    ended = pb.RemedyEndNoted(
        collection_id=command.collection_id,
        remedy_id=command.remedy_id,
        ended_on=context.today.isoformat(),
        withdrawn=command.outcome == decisions.REMEDY_OUTCOME_WITHDRAWN,
        document=command.document if command.HasField("document") else None,
    )
    after = remedy_ended(state, ended)
    yield ended
    if not changes and command.outcome not in _REVOKED:
        yield from followed(after, command.collection_id, context)
        yield from window(after, command.collection_id, context)
        return
    noted = pb.DecisionChangeNoted(
        collection_id=command.collection_id,
        cost_fen=command.cost_fen,
        revoked=not changes,
        execution_id=state.execution_id,
    )
    yield from following(after, noted, context)
    if changes:
        yield from window(changed(after, noted), command.collection_id, context)
