"""What other services tell of a decision: money, service, change, remedies (立账, 送达, 变更, 救济).

Policies issue these commands. One about a decision without money finds no collection and changes nothing.
"""

from dataclasses import replace
from datetime import date

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection import periods
from services.collection.model.collection import Collection, Refusal, Remedy, Service, Stage, collection, performed
from services.collection.model.payment import paid_dues
from services.collection.money import Money
from services.collection.surcharge import Base, Due, Interval
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day


@collection.decide(commands.OpenCollectionRequest, basis="行政处罚法 arts. 67, 74")
def open_collection(state: Collection, command: commands.OpenCollectionRequest, context: Context) -> Events:
    """A decision with a fine or confiscated income opens an account for each; what was paid on a revoked one counts."""
    state.require(Stage.NONE, Stage.ENDED)
    if not command.fine_fen + command.confiscation_fen:
        raise Refused(Refusal.NO_MONEY)
    yield pb.CollectionOpened(
        collection_id=command.collection_id,
        case_id=command.case_id,
        on_spot_id=command.on_spot_id,
        case_number=command.case_number,
        fine_fen=command.fine_fen,
        confiscation_fen=command.confiscation_fen,
    )


@collection.evolve(pb.CollectionOpened)
def opened(state: Collection, event: pb.CollectionOpened) -> Collection:
    dues = (Due(event.fine_fen, None),) if event.fine_fen else ()
    anew = Money(event.fine_fen, event.confiscation_fen, dues, receipts=state.money.receipts, taken=state.money.taken)
    return Collection(
        stage=Stage.OPENED,
        case_id=event.case_id,
        on_spot_id=event.on_spot_id,
        money=anew,
        orders=state.orders,
        transactions=state.transactions,
        differences=state.differences,
        settled_differences=state.settled_differences,
        refunds=state.refunds,
    )


@collection.decide(commands.NoteDecisionServedRequest, basis="行政处罚法 arts. 61, 67")
def note_served(state: Collection, command: commands.NoteDecisionServedRequest, context: Context) -> Events:
    """Payment is due fifteen days after the service took effect. The first service counts."""
    if not state.known or state.service is not None:
        return
    effective_on = day(command.effective_on)
    suit_ends_on = periods.suit_ends_on(effective_on)
    yield pb.PaymentDueSet(
        collection_id=command.collection_id,
        case_id=state.case_id,
        effective_on=effective_on.isoformat(),
        due_on=periods.payment_due_on(effective_on).isoformat(),
        suit_ends_on=suit_ends_on.isoformat(),
        open_fen=state.money.open(pb.ACCOUNT_FINE, context.today)
        + state.money.open(pb.ACCOUNT_CONFISCATION, context.today),
        surcharge_base=context.rules.get("surcharge_base", effective_on),
    )


@collection.evolve(pb.PaymentDueSet)
def due_set(state: Collection, event: pb.PaymentDueSet) -> Collection:
    service = Service(day(event.effective_on), day(event.due_on))
    money = state.money.due(service.due_on, Base(event.surcharge_base))
    stage = Stage.DUE if state.stage is Stage.OPENED else state.stage
    return _reopened(replace(state, stage=stage, service=service, money=money), Stage.OVERDUE)


@collection.decide(commands.NoteDecisionChangedRequest, basis="行政处罚法 arts. 48, 75")
def note_changed(state: Collection, command: commands.NoteDecisionChangedRequest, context: Context) -> Events:
    """An amended decision asks for other amounts, a revoked one for none. Nothing is paid back by itself."""
    if not state.known:
        return
    fine_fen, confiscation_fen = (0, 0) if command.revoked else (command.fine_fen, command.confiscation_fen)
    if (fine_fen, confiscation_fen) == (state.money.fine_fen, state.money.confiscation_fen) and not command.revoked:
        return
    noted = pb.DecisionChangeNoted(
        collection_id=command.collection_id,
        case_id=state.case_id,
        fine_fen=fine_fen,
        confiscation_fen=confiscation_fen,
        revoked=command.revoked,
    )
    yield noted
    yield from paid_dues(changed(state, noted), command.collection_id, context)
    if command.revoked and state.stage is not Stage.ENDED:
        yield pb.ExecutionEnded(
            collection_id=command.collection_id,
            case_id=state.case_id,
            on_spot_id=state.on_spot_id,
            ground=pb.END_GROUND_DECISION_REVOKED,
        )
    elif not command.revoked and (done := performed(changed(state, noted), command.collection_id, context.today)):
        yield done


@collection.evolve(pb.DecisionChangeNoted)
def changed(state: Collection, event: pb.DecisionChangeNoted) -> Collection:
    return _reopened(replace(state, money=state.money.changed(event.fine_fen, event.confiscation_fen)), Stage.DUE)


@collection.decide(commands.NoteRemedyStartedRequest, basis="行政处罚法 art. 73")
def note_remedy_started(state: Collection, command: commands.NoteRemedyStartedRequest, context: Context) -> Events:
    """While a remedy is pending the surcharge does not count; collection itself goes on."""
    if not state.known or command.remedy_id in state.remedies:
        return
    noted = pb.RemedyBeginNoted(
        collection_id=command.collection_id,
        remedy_id=command.remedy_id,
        kind=command.kind,
        started_on=day(command.started_on).isoformat(),
        execution_stopped=command.execution_stopped,
    )
    yield noted
    if done := performed(remedy_began(state, noted), command.collection_id, context.today):
        yield done


@collection.evolve(pb.RemedyBeginNoted)
def remedy_began(state: Collection, event: pb.RemedyBeginNoted) -> Collection:
    remedies = {**state.remedies, event.remedy_id: Remedy(event.kind, event.execution_stopped)}
    money = state.money.paused(event.remedy_id, Interval(day(event.started_on)))
    return _reopened(replace(state, remedies=remedies, money=money), Stage.OVERDUE)


@collection.decide(commands.NoteRemedyEndedRequest, basis="行政处罚法 art. 73")
def note_remedy_ended(state: Collection, command: commands.NoteRemedyEndedRequest, context: Context) -> Events:
    """The day on which a remedy ends still does not count."""
    remedy = state.remedies.get(command.remedy_id)
    if remedy is None or remedy.ended:
        return
    noted = pb.RemedyEndNoted(
        collection_id=command.collection_id,
        remedy_id=command.remedy_id,
        ended_on=day(command.ended_on).isoformat(),
    )
    yield noted
    if done := performed(remedy_ended(state, noted), command.collection_id, context.today):
        yield done


@collection.evolve(pb.RemedyEndNoted)
def remedy_ended(state: Collection, event: pb.RemedyEndNoted) -> Collection:
    remedies = {**state.remedies, event.remedy_id: replace(state.remedies[event.remedy_id], ended=True)}
    interval = replace(state.money.pauses[event.remedy_id], last=day(event.ended_on))
    money = state.money.paused(event.remedy_id, interval)
    return _reopened(replace(state, remedies=remedies, money=money), Stage.OVERDUE)


def _reopened(state: Collection, stage: Stage) -> Collection:
    """More is owed after all: the decision was changed, or what was paid turns out to have been paid too late."""
    open_again = state.stage is Stage.PERFORMED and not state.money.settled(date.min)
    return replace(state, stage=stage) if open_again else state
