"""Overdue, and the demand before execution (逾期, 催告书 form 19)."""

from dataclasses import replace

from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import BEFORE_COURT, Collection, Refusal, Stage, collection
from services.collection.model.window import window
from services.kernel.decider import Context, Events
from services.kernel.delivery import Reach, effective_on, require_document
from services.kernel.delivery import Refusal as Service
from services.kernel.errors import Refused
from services.kernel.values import day, day_of


@collection.decide(commands.NoteOverdueRequest, basis="行政处罚法 art. 72; 行政强制法 art. 45")
def note_overdue(state: Collection, command: commands.NoteOverdueRequest, context: Context) -> Events:
    """A clock says that a due day passed; recorded once when money is open on it, it sets the window."""
    if state.stage in (Stage.NONE, Stage.ENDED):
        return
    passed, duty_late = state.money.overdue(context.today), state.duty_late(context.today)
    days = [*([passed.last_on] if passed else []), *([state.service.due_on] if duty_late and state.service else [])]
    if not days:
        return
    if state.overdue_since is None or state.overdue_since < max(days):
        yield pb.FineOverdue(
            collection_id=command.collection_id,
            case_id=state.case_id,
            due_on=max(days).isoformat(),
            open_fen=passed.open_fen if passed else 0,
        )
    yield from window(state, command.collection_id, context)


@collection.evolve(pb.FineOverdue)
def overdue(state: Collection, event: pb.FineOverdue) -> Collection:
    stage = Stage.OVERDUE if state.stage is Stage.DUE else state.stage
    return replace(state, stage=stage, overdue_since=day(event.due_on))


@collection.decide(commands.IssueDemandRequest, basis="行政强制法 arts. 35, 38, 54")
def issue_demand(state: Collection, command: commands.IssueDemandRequest, context: Context) -> Events:
    """The party is told what is open, surcharge and duty included, before execution; the act is the service of it, in
    one of the ways of the Civil Procedure Law, and the ten working days count from the day on which it takes effect."""
    state.require_in_execution()
    state.require(*BEFORE_COURT)
    state.require_overdue(context.today)
    require_document(command, delivery.SERVED_DOCUMENT_DEMAND)
    if command.way == cases.SERVICE_WAY_PUBLIC_NOTICE:
        _require_posted_for_this(state, context)
    served_on = effective_on(command, context.found, context)
    yield pb.DemandServed(
        collection_id=command.collection_id,
        case_id=state.case_id,
        demand_id=str(context.new_id("demand")),
        served_on=served_on.isoformat(),
        fine_fen=state.money.open(pb.ACCOUNT_FINE, context.today),
        confiscation_fen=state.money.open(pb.ACCOUNT_CONFISCATION, context.today),
        surcharge_fen=state.money.open(pb.ACCOUNT_SURCHARGE, context.today),
        duty=state.open_duty,
        cost_fen=state.money.open(pb.ACCOUNT_SUBSTITUTE_COST, context.today),
        document=command.document,
        way=command.way,
        proof=command.proof if command.HasField("proof") else None,
        delivery=command.delivery if command.HasField("delivery") else None,
    )


@collection.evolve(pb.DemandServed)
def demanded(state: Collection, event: pb.DemandServed) -> Collection:
    return replace(state, stage=Stage.DEMANDED, demanded_on=day(event.served_on))


@collection.decide(commands.RecordDemandStatementRequest, basis="行政强制法 art. 36")
def record_statement(state: Collection, command: commands.RecordDemandStatementRequest, context: Context) -> Events:
    """The party may state and defend itself against the demand."""
    state.require(Stage.DEMANDED)
    yield pb.DemandStatementRecorded(
        collection_id=command.collection_id,
        content=command.content,
        document=command.document if command.HasField("document") else None,
    )


@collection.evolve(pb.DemandStatementRecorded)
def statement_recorded(state: Collection, event: pb.DemandStatementRecorded) -> Collection:
    return replace(state, statement_open=True)


@collection.decide(commands.ReviewDemandStatementRequest, basis="行政强制法 art. 36")
def review_statement(state: Collection, command: commands.ReviewDemandStatementRequest, context: Context) -> Events:
    """What the party stated is reviewed; what holds is accepted."""
    if not state.statement_open:
        raise Refused(Refusal.NO_STATEMENT)
    yield pb.DemandStatementReviewed(
        collection_id=command.collection_id, accepted=command.accepted, result=command.result
    )


@collection.evolve(pb.DemandStatementReviewed)
def statement_reviewed(state: Collection, event: pb.DemandStatementReviewed) -> Collection:
    return replace(state, statement_open=False)


def _require_posted_for_this(state: Collection, context: Context) -> None:
    """A notice that was put up before anything was late, or before another demand, was put up for another one.

    Raises:
        Refused: NOT_POSTED.
    """
    found: Reach = context.found
    passed = state.money.next_due_on(context.today)
    if (passed is None or passed >= context.today) and state.service is not None:
        passed = state.service.due_on
    earlier = [one for one in (passed, state.demanded_on) if one is not None]
    if found.posted_at is None or (earlier and day_of(found.posted_at) <= max(earlier)):
        raise Refused(Service.NOT_POSTED)
