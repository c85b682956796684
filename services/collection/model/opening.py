"""What other services tell of a decision: money, service, change, remedies (立账, 送达, 变更, 救济).

Policies issue these commands. One about a decision without money finds no collection and changes nothing.
"""

from dataclasses import replace

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection import periods
from services.collection.model.collection import BEFORE_COURT, Collection, Refusal, Remedy, Service, Stage, collection
from services.collection.model.payment import paid_dues, withdrawn_orders
from services.collection.model.performance import cancelled_auctions, has_reopened, performed, reopened
from services.collection.model.refunds import withdrawn_refunds
from services.collection.model.window import window
from services.collection.money import DUE_ON_THE_DAY
from services.collection.surcharge import Base, Interval
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day


@collection.decide(commands.OpenCollectionRequest, basis="行政处罚法 arts. 67, 74")
def open_collection(state: Collection, command: commands.OpenCollectionRequest, context: Context) -> Events:
    """A decision with a fine or confiscated income opens an account for each; what was paid on a revoked one counts.
    What else the party must do is executed with it. For a penalty on the spot that was revoked after its fine had been
    collected there, nothing is owed and all of that is surplus.
    """
    if command.collected_fen and command.on_spot_id == state.on_spot_id and state.known:
        # Ledgers have penalties that were revoked once more after they were closed as revoked.
        return
    state.require(Stage.NONE, Stage.ENDED)
    if not (command.fine_fen + command.confiscation_fen + command.cost_fen + command.collected_fen or command.duty):
        raise Refused(Refusal.NO_MONEY)
    anew = pb.CollectionOpened(
        collection_id=command.collection_id,
        case_id=command.case_id,
        on_spot_id=command.on_spot_id,
        case_number=command.case_number,
        fine_fen=command.fine_fen,
        confiscation_fen=command.confiscation_fen,
        duty=command.duty,
        execution_id=command.execution_id,
        cost_fen=command.cost_fen,
        of_case_id=command.of_case_id,
        collected_fen=command.collected_fen,
        collected_on=command.collected_on,
    )
    yield anew
    after = opened(state, anew)
    yield from withdrawn_refunds(after, command.collection_id, "重新作出决定，已缴款项抵作应缴", context)
    yield from performed(after, command.collection_id, context.today)


@collection.evolve(pb.CollectionOpened)
def opened(state: Collection, event: pb.CollectionOpened) -> Collection:
    return Collection(
        stage=Stage.OPENED,
        case_id=event.case_id,
        on_spot_id=event.on_spot_id,
        execution_id=event.execution_id,
        of_case_id=event.of_case_id,
        money=state.money.anew(event),
        duty=event.duty,
        orders=state.orders,
        transactions=state.transactions,
        on_site=state.on_site,
        differences=state.differences,
        settled_differences=state.settled_differences,
        refunds=state.refunds,
        reversals=state.reversals,
        auctions=state.auctions,
    )


@collection.decide(commands.NoteDecisionServedRequest, basis="行政处罚法 arts. 61, 67")
def note_served(state: Collection, command: commands.NoteDecisionServedRequest, context: Context) -> Events:
    """Payment is due fifteen days after the service took effect: the valid one, or the day that the addressee proved.

    Where another service counts than before, nothing was late yet: surcharge, demand and window begin anew. What a
    court has is the court's, and instalments keep their days: a fine that was deferred is not due with the rest.
    """
    effective_on = day(command.effective_on)
    before = state.service
    if not state.known or (before and (state.stage is Stage.ENDED or before.effective_on == effective_on)):
        return
    served = pb.PaymentDueSet(
        collection_id=command.collection_id,
        case_id=state.case_id,
        effective_on=effective_on.isoformat(),
        due_on=periods.payment_due_on(effective_on).isoformat(),
        suit_ends_on=periods.known(periods.SUIT, effective_on).isoformat(),
        open_fen=(0 if state.instalments_end_on else state.money.open(pb.ACCOUNT_FINE, context.today))
        + sum(state.money.open(account, context.today) for account in DUE_ON_THE_DAY),
        surcharge_base=context.rules.get("surcharge_base", effective_on),
        duty_open=bool(state.open_duty),
        anew=before is not None and state.stage in BEFORE_COURT and state.instalments_end_on is None,
    )
    yield served
    yield from followed(due_set(state, served), command.collection_id, context)


@collection.evolve(pb.PaymentDueSet)
def due_set(state: Collection, event: pb.PaymentDueSet) -> Collection:
    service = Service(day(event.effective_on), day(event.due_on))
    money = state.money.due(service.due_on, Base(event.surcharge_base))
    served = replace(state, service=service, money=money)
    if event.anew:
        served = replace(served, overdue_since=None, demanded_on=None, statement_open=False, court_window_from=None)
    return replace(served, stage=Stage.DUE) if event.anew or state.stage is Stage.OPENED else served


@collection.decide(commands.NotePaymentDueMovedRequest, basis="行政处罚法 arts. 67, 85")
def note_due_moved(state: Collection, command: commands.NotePaymentDueMovedRequest, context: Context) -> Events:
    """The last day was the earliest that it could be while a year's notice was missing; the notice says which it is."""
    due_on = day(command.due_on)
    if state.service is None or state.service.due_on == due_on:
        return
    moved = pb.PaymentDueMoved(
        collection_id=command.collection_id, from_on=state.service.due_on.isoformat(), due_on=due_on.isoformat()
    )
    yield moved
    yield from followed(due_moved(state, moved), command.collection_id, context)


@collection.evolve(pb.PaymentDueMoved)
def due_moved(state: Collection, event: pb.PaymentDueMoved) -> Collection:
    assert state.service is not None
    due_on = day(event.due_on)
    money = state.money.due_moved(day(event.from_on), due_on)
    return replace(state, service=replace(state.service, due_on=due_on), money=money)


@collection.decide(commands.NoteDecisionChangedRequest, basis="行政处罚法 arts. 48, 75")
def note_changed(state: Collection, command: commands.NoteDecisionChangedRequest, context: Context) -> Events:
    """An amended decision asks for other amounts, a revoked one for none; codes for more are withdrawn. Nothing is paid
    back by itself.
    """
    if not state.known:
        return
    asked = (0, 0, "") if command.revoked else (command.fine_fen, command.confiscation_fen, command.duty)
    if asked == (state.money.fine_fen, state.money.confiscation_fen, state.duty) and not command.revoked:
        return
    fine_fen, confiscation_fen, duty = asked
    noted = pb.DecisionChangeNoted(
        collection_id=command.collection_id,
        case_id=state.case_id,
        fine_fen=fine_fen,
        confiscation_fen=confiscation_fen,
        revoked=command.revoked,
        duty=duty,
    )
    yield from following(state, noted, context)


def following(state: Collection, noted: pb.DecisionChangeNoted, context: Context) -> Events:
    """That other amounts are owed, and what follows from it."""
    after = changed(state, noted)
    yield noted
    yield from withdrawn_orders(after, noted.collection_id, context)
    yield from withdrawn_refunds(after, noted.collection_id, "应缴金额变更，已无相应多缴款项", context)
    yield from paid_dues(after, noted.collection_id, context)
    if not noted.revoked:
        yield from followed(after, noted.collection_id, context)
    elif state.stage is not Stage.ENDED:
        yield pb.ExecutionEnded(
            collection_id=noted.collection_id,
            case_id=state.case_id,
            on_spot_id=state.on_spot_id,
            ground=pb.END_GROUND_DECISION_REVOKED,
            of_case_id=state.of_case_id,
        )
        yield from cancelled_auctions(after, noted.collection_id, "决定已撤销")


@collection.evolve(pb.DecisionChangeNoted)
def changed(state: Collection, event: pb.DecisionChangeNoted) -> Collection:
    return replace(
        state,
        money=state.money.changed(event),
        duty=event.duty,
        duty_done_on=state.duty_done_on if event.duty == state.duty else None,
    )


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
    yield from followed(remedy_began(state, noted), command.collection_id, context)


@collection.evolve(pb.RemedyBeginNoted)
def remedy_began(state: Collection, event: pb.RemedyBeginNoted) -> Collection:
    remedies = {**state.remedies, event.remedy_id: Remedy(event.kind, event.execution_stopped)}
    money = state.money.paused(event.remedy_id, Interval(day(event.started_on)))
    return replace(state, remedies=remedies, money=money, court_window_from=None)


@collection.decide(commands.NoteRemedyEndedRequest, basis="行政处罚法 art. 73")
def note_remedy_ended(state: Collection, command: commands.NoteRemedyEndedRequest, context: Context) -> Events:
    """The day on which a remedy ends still does not count. What it left of the time for a suit moves the window."""
    remedy = state.remedies.get(command.remedy_id)
    if remedy is None or remedy.ended_on is not None:
        return
    noted = pb.RemedyEndNoted(
        collection_id=command.collection_id,
        remedy_id=command.remedy_id,
        ended_on=day(command.ended_on).isoformat(),
        withdrawn=command.withdrawn,
        received_on=command.received_on,
    )
    after = remedy_ended(state, noted)
    yield noted
    yield from followed(after, command.collection_id, context)
    yield from window(after, command.collection_id, context)


@collection.evolve(pb.RemedyEndNoted)
def remedy_ended(state: Collection, event: pb.RemedyEndNoted) -> Collection:
    ended_on = day(event.ended_on)
    received_on = day(event.received_on) if event.received_on else None
    before = state.remedies[event.remedy_id]
    remedy = replace(before, ended_on=ended_on, withdrawn=event.withdrawn, received_on=received_on)
    money = state.money.paused(event.remedy_id, replace(state.money.pauses[event.remedy_id], last=ended_on))
    return replace(state, remedies={**state.remedies, event.remedy_id: remedy}, money=money)


def followed(state: Collection, collection_id: str, context: Context) -> Events:
    """What follows when other amounts are owed or other days count: performed, or open again."""
    yield from performed(state, collection_id, context.today)
    for again in reopened(state, collection_id, context.today):
        yield again
        yield from window(has_reopened(state, again), collection_id, context)
