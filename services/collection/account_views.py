"""Read model of a collection: its accounts, its stage, and what lists filter by."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from enforcement.collection.v1 import events_pb2 as pb

from services.collection.model import Stage
from services.collection.model.collection import AT_COURT
from services.collection.money import DUE_ON_THE_DAY, Money
from services.collection.surcharge import Base, Due, Interval
from services.collection.views import collection
from services.kernel.facts import Fact
from services.kernel.projection import Row
from services.kernel.values import day

_STAGES: Final = {
    pb.CourtApplied: Stage.COURT_APPLIED,
    pb.CourtAccepted: Stage.COURT_ACCEPTED,
    pb.CourtNotAccepted: Stage.DEMANDED,
    pb.CourtRefused: Stage.DEMANDED,
    pb.CourtReviewRequested: Stage.COURT_REVIEW,
    pb.CourtReviewUpheld: Stage.DEMANDED,
    pb.CourtGranted: Stage.COURT_GRANTED,
}


def _keep(row: Row, money: Money) -> None:
    """The accounts, and what lists filter by."""
    accounts = (pb.ACCOUNT_FINE, *DUE_ON_THE_DAY)
    row.update(
        money=money.as_row(),
        open_fen=sum(money.open(account, date.max) for account in accounts),
        next_due_on=money.next_due_on(date.max),
        surcharge_left_fen=0 if money.open(pb.ACCOUNT_FINE, date.max) else money.open(pb.ACCOUNT_SURCHARGE, date.max),
    )


@collection.on(pb.CollectionOpened)
def opened(row: Row, event: pb.CollectionOpened, fact: Fact) -> None:
    before = Money.of_row(row["money"]) if "money" in row else Money()
    row.update(
        began_position=row.get("began_position", fact.position),
        case_id=event.case_id,
        on_spot_id=event.on_spot_id,
        execution_id=event.execution_id,
        case_number=event.case_number,
        stage=Stage.OPENED,
        duty=event.duty,
        duty_done=False,
        due_on=None,
        effective_on=None,
        court_window_ends_on=None,
        demanded_on=None,
        suspended=False,
    )
    _keep(row, before.anew(event))


@collection.on(pb.PaymentDueSet)
def due_set(row: Row, event: pb.PaymentDueSet, fact: Fact) -> None:
    row.update(effective_on=event.effective_on, due_on=event.due_on)
    if row["stage"] == Stage.OPENED or event.anew:
        row.update(stage=Stage.DUE, demanded_on=None, court_window_ends_on=None)
    _keep(row, Money.of_row(row["money"]).due(day(event.due_on), Base(event.surcharge_base)))


@collection.on(pb.DecisionChangeNoted)
def changed(row: Row, event: pb.DecisionChangeNoted, fact: Fact) -> None:
    row.update(duty_done=row["duty_done"] and event.duty == row["duty"], duty=event.duty)
    _keep(row, Money.of_row(row["money"]).changed(event))


@collection.on(pb.ObligationPerformed)
def obligation_performed(row: Row, event: pb.ObligationPerformed, fact: Fact) -> None:
    row["duty_done"] = True


@collection.on(pb.CollectionReopened)
def reopened(row: Row, event: pb.CollectionReopened, fact: Fact) -> None:
    owed = Stage.OVERDUE if event.overdue else Stage.DUE
    row["stage"] = row["performed_out_of"] if row.get("performed_out_of") in AT_COURT else owed


_MONEY: Final[dict[type, Callable[[Money, Any], Money]]] = {
    pb.PaymentRecorded: lambda money, event: money.received(event.account, event.amount_fen, day(event.paid_on)),
    pb.FineCollectedOnSite: lambda money, event: money.received(
        pb.ACCOUNT_FINE, event.amount_fen, day(event.collected_on)
    ),
    pb.DifferenceResolved: lambda money, event: money.moved(event),
    pb.PaymentDueMoved: lambda money, event: money.due_moved(day(event.from_on), day(event.due_on)),
    pb.RefundExecuted: lambda money, event: money.refunded(event),
    pb.PaymentReversed: lambda money, event: money.reversed(event),
    pb.AuctionProceedsReceived: lambda money, event: money.auctioned(event),
    pb.RemedyBeginNoted: lambda money, event: money.paused(event.remedy_id, Interval(day(event.started_on))),
    pb.RemedyEndNoted: lambda money, event: money.paused(
        event.remedy_id, Interval(money.pauses[event.remedy_id].first, day(event.ended_on))
    ),
    pb.InstalmentSet: lambda money, event: money.with_due(Due(event.amount_fen, day(event.due_on))),
    pb.AgreementConcluded: lambda money, event: money.waived(event.waived_fen),
    pb.AgreementBroken: lambda money, event: money.waived(-event.restored_fen),
}


@collection.on(*_MONEY)
def money_moved(row: Row, event: Any, fact: Fact) -> None:
    _keep(row, _MONEY[type(event)](Money.of_row(row["money"]), event))
    if isinstance(event, pb.RemedyBeginNoted):
        row["court_window_ends_on"] = None
    if isinstance(event, pb.PaymentDueMoved):
        row["due_on"] = event.due_on


@collection.on(pb.InstalmentsApproved)
def divided(row: Row, event: pb.InstalmentsApproved, fact: Fact) -> None:
    row.update(stage=Stage.DUE, demanded_on=None, court_window_ends_on=None)
    _keep(row, Money.of_row(row["money"]).divided(event))


@collection.on(pb.FineOverdue)
def overdue(row: Row, event: pb.FineOverdue, fact: Fact) -> None:
    if row["stage"] == Stage.DUE:
        row["stage"] = Stage.OVERDUE


@collection.on(pb.DemandServed)
def demanded(row: Row, event: pb.DemandServed, fact: Fact) -> None:
    row.update(stage=Stage.DEMANDED, demanded_on=event.served_on)


@collection.on(pb.CourtWindowSet)
def window_set(row: Row, event: pb.CourtWindowSet, fact: Fact) -> None:
    row["court_window_ends_on"] = event.ends_on


@collection.on(*_STAGES)
def at_court(row: Row, event: Any, fact: Fact) -> None:
    row["stage"] = _STAGES[type(event)]


@collection.on(pb.ExecutionSuspended, pb.ExecutionResumed)
def suspended(row: Row, event: Any, fact: Fact) -> None:
    row["suspended"] = isinstance(event, pb.ExecutionSuspended)


@collection.on(pb.CollectionPerformed, pb.ExecutionEnded)
def over(row: Row, event: Any, fact: Fact) -> None:
    if isinstance(event, pb.CollectionPerformed):
        row["performed_out_of"] = row["stage"]
    row.update(
        stage=Stage.PERFORMED if isinstance(event, pb.CollectionPerformed) else Stage.ENDED,
        suspended=False,
        court_window_ends_on=None,
    )
