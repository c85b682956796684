"""The state of a collection: what its decisions read, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from enforcement.collection.v1 import events_pb2 as pb

from services.collection.money import Account, Money
from services.kernel.decider import Aggregate, Staged
from services.kernel.errors import Refused, refusals
from services.kernel.ledger import ids
from services.kernel.values import term

Refusal = refusals("enforcement.collection.v1")


class Stage(StrEnum):
    """Where a collection stands."""

    NONE = "未立账"
    OPENED = "待送达"
    DUE = "待缴纳"
    OVERDUE = "逾期未缴"
    DEMANDED = "已催告"
    COURT_APPLIED = "已申请法院强制执行"
    COURT_ACCEPTED = "法院已受理"
    COURT_GRANTED = "法院准予执行"
    COURT_REVIEW = "已申请上一级法院复议"
    PERFORMED = "已履行"
    ENDED = "已终结"


BEFORE_COURT = (Stage.DUE, Stage.OVERDUE, Stage.DEMANDED)
AT_COURT = (Stage.COURT_APPLIED, Stage.COURT_ACCEPTED, Stage.COURT_REVIEW, Stage.COURT_GRANTED)
RUNNING = (*BEFORE_COURT, *AT_COURT)
"""From the service of the decision until everything is paid or execution ends."""


class OrderState(StrEnum):
    """Where a payment order stands."""

    OPENED = "待银行受理"
    PLACED = "可缴纳"
    REJECTED = "银行未受理"
    CANCELLED = "已撤销"
    PAID = "已缴纳"
    REVERSED = "已冲正"


OPEN_ORDER = (OrderState.OPENED, OrderState.PLACED)


@dataclass(frozen=True, slots=True)
class Order:
    """A payment order (缴款单)."""

    account: Account
    amount_fen: int
    expires_at: datetime
    number: str
    state: OrderState = OrderState.OPENED


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the bank said about one transaction, for a repeat of it."""

    order_id: str
    account: Account
    amount_fen: int
    paid_on: date
    into_account: bool = field(default=True, compare=False)
    """It pays the account; what officers had collected on site, or an auction brought, was booked otherwise."""
    reversed: bool = field(default=False, compare=False)
    """The bank took it back."""
    receipt_number: str = field(default="", compare=False)
    """Of the fiscal receipt (财政票据); empty while none is known."""


@dataclass(frozen=True, slots=True)
class OpenDifference:
    """A difference that waits for a person."""

    kind: pb.DifferenceKind.ValueType
    account: Account
    paid_on: date


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund on its way."""

    account: Account
    amount_fen: int
    proposed_by: str
    transaction_id: str
    state: pb.RefundState.ValueType = pb.REFUND_STATE_PROPOSED


PENDING_REFUND = (pb.REFUND_STATE_PROPOSED, pb.REFUND_STATE_APPROVED)


@dataclass(frozen=True, slots=True)
class Instalment:
    """An approved instalment that is not paid."""

    amount_fen: int
    due_on: date


class AuctionState(StrEnum):
    """Where an auction of seized property stands."""

    DECIDED = "已决定"
    COMMISSIONED = "已委托"
    FAILED = "流拍"
    SOLD = "已成交"
    RECEIVED = "价款已到账"
    CANCELLED = "已撤销"


BEFORE_SALE = (AuctionState.DECIDED, AuctionState.COMMISSIONED, AuctionState.FAILED)


@dataclass(frozen=True, slots=True)
class Auction:
    """An auction of seized property to set off the fine."""

    measure_id: str
    state: AuctionState = AuctionState.DECIDED
    served_on: date | None = None
    """When the service of the decision took effect; absent where it was decided before that was asked for."""
    by_notice: bool = False
    reserve_fen: int = 0
    price_fen: int = 0
    cost_fen: int = 0
    cost_paid_fen: int = 0
    received_fen: int = 0
    defaulted: bool = False
    """It was sold before, to a buyer who did not pay."""
    cancelled_at: datetime | None = None
    """Where it had been commissioned then: the hammer may have fallen before."""

    def is_served(self, today: date) -> bool:
        """Whether the decision was served; a public notice serves once its last day has passed."""
        if self.served_on is None:
            return True
        return today > self.served_on if self.by_notice else today >= self.served_on

    @property
    def outstanding_fen(self) -> int:
        """What the buyer still owes of the price."""
        return max(self.price_fen - self.received_fen, 0)


@dataclass(frozen=True, slots=True)
class Remedy:
    """A reconsideration or a suit."""

    kind: pb.RemedyKind.ValueType
    stops_execution: bool = False
    """Whoever hears it ordered so; by itself a remedy does not (行政处罚法 art. 73)."""
    ended_on: date | None = None
    """Its last day; None while it is pending."""
    withdrawn: bool = False
    """It ended without a ruling on the decision."""
    received_on: date | None = None
    """Day on which the party received the ruling; None where it is the last day."""


@dataclass(frozen=True, slots=True)
class Service:
    """The service of the decision."""

    effective_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class OnSite:
    """A fine that officers collected on site (当场收缴)."""

    amount_fen: int
    landed: bool
    """It was not collected on water, or its officers came ashore."""
    handed_in: bool = False
    banked: bool = False


@dataclass(frozen=True, slots=True)
class Adverse:
    """A ruling against the authority that a higher court may review."""

    ruling: pb.CourtRuling.ValueType
    received_on: date


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why and since when execution is suspended."""

    ground: pb.SuspensionGround.ValueType
    since: datetime


@dataclass(frozen=True, slots=True)
class Collection(Staged):
    """What decisions about a collection read."""

    stage: Stage = Stage.NONE
    case_id: str = ""
    on_spot_id: str = ""
    execution_id: str = ""
    """Whose cost it is; empty for the money of a decision."""
    of_case_id: str = ""
    """The case of that execution."""
    money: Money = field(default_factory=Money)
    duty: str = ""
    """What the party must do besides paying; empty for money alone."""
    duty_done_on: date | None = None
    service: Service | None = None
    orders: Mapping[str, Order] = field(default_factory=dict)
    transactions: Mapping[str, Transaction] = field(default_factory=dict)
    on_site: Mapping[str, OnSite] = field(default_factory=dict)
    differences: Mapping[str, OpenDifference] = field(default_factory=dict)
    settled_differences: frozenset[str] = frozenset()
    refunds: Mapping[str, Refund] = field(default_factory=dict)
    remedies: Mapping[str, Remedy] = field(default_factory=dict)
    instalments_requested: bool = False
    instalments: Mapping[str, Instalment] = field(default_factory=dict)
    """Those that are not paid."""
    instalments_paid: Mapping[str, Instalment] = field(default_factory=dict)
    instalments_end_on: date | None = None
    undeferred_open: bool = False
    """Confiscated income or a duty was open when the fine was deferred, and still is."""
    overdue_since: date | None = None
    """The due day whose passing was recorded last."""
    court_window_from: date | None = None
    demanded_on: date | None = None
    statement_open: bool = False
    court_accepted_on: date | None = None
    adverse: Adverse | None = None
    """The last ruling, if it can be reviewed or is under review."""
    agreed_waiver_fen: int | None = None
    """Of the agreement in force; None without one."""
    suspension: Suspension | None = None
    reversals: frozenset[str] = frozenset()
    """The bank's transactions by which it took payments back."""
    auctions: Mapping[str, Auction] = field(default_factory=dict)
    performed_out_of: Stage = Stage.NONE
    """Where it stood when everything seemed paid and done."""

    @property
    def known(self) -> bool:
        """The decision has money; others have no collection."""
        return self.stage is not Stage.NONE

    @property
    def pending_remedy(self) -> Remedy | None:
        """A remedy that has not ended."""
        return next((remedy for remedy in self.remedies.values() if remedy.ended_on is None), None)

    @property
    def open_duty(self) -> str:
        """What is still to be done besides paying; empty when nothing is."""
        return self.duty if self.duty_done_on is None else ""

    def duty_late(self, today: date) -> bool:
        """A duty is open and the day of payment has passed: no law names another day for it (行政处罚法 art. 66)."""
        return bool(self.open_duty) and self.service is not None and today > self.service.due_on

    def late(self, today: date) -> bool:
        """A due day passed with money or a duty open; surcharge that is open is always late."""
        surcharge = self.money.open(pb.ACCOUNT_SURCHARGE, today)
        return self.money.overdue(today) is not None or bool(surcharge) or self.duty_late(today)

    def settled(self, today: date) -> bool:
        """Nothing is to be paid and nothing to be done."""
        return self.money.settled(today) and not self.open_duty

    def require_running(self) -> None:
        """Refuses where nothing is owed any more, or nothing is due yet.

        Raises:
            Refused: EXECUTION_OVER, WRONG_STAGE.
        """
        if self.stage in (Stage.PERFORMED, Stage.ENDED):
            raise Refused(Refusal.EXECUTION_OVER, stage=self.stage)
        self.require(*RUNNING)

    def require_in_execution(self) -> None:
        """Execution neither suspended (行政强制法 art. 39) nor held off by an agreement (art. 42), nor stopped by
        whoever hears a remedy (行政复议法 art. 42; 行政诉讼法 art. 56).

        Raises:
            Refused: EXECUTION_OVER, WRONG_STAGE, SUSPENDED, STOPPED_BY_REMEDY, AGREEMENT_IN_FORCE.
        """
        self.require_running()
        if self.suspension is not None:
            raise Refused(Refusal.SUSPENDED)
        for remedy in self.remedies.values():
            if remedy.stops_execution and remedy.ended_on is None:
                raise Refused(Refusal.STOPPED_BY_REMEDY, kind=term(pb.RemedyKind, remedy.kind))
        if self.agreed_waiver_fen is not None:
            raise Refused(Refusal.AGREEMENT_IN_FORCE)

    def require_overdue(self, today: date) -> None:
        """Refuses while nothing is late.

        Raises:
            Refused: NOT_OVERDUE.
        """
        if not self.late(today):
            raise Refused(Refusal.NOT_OVERDUE, due_on=self.money.next_due_on(today) or "—")

    def refundable(self, account: Account, today: date) -> int:
        """The surplus of an account that no refund under way asks for."""
        asked = sum(
            refund.amount_fen
            for refund in self.refunds.values()
            if refund.account == account and refund.state in PENDING_REFUND
        )
        return self.money.surplus(account, today) - asked

    def approvable(self, refund_id: str, today: date) -> int:
        """The surplus that is left for a proposed refund when those that were approved are paid back."""
        account = self.refunds[refund_id].account
        approved = sum(
            refund.amount_fen
            for refund in self.refunds.values()
            if refund.account == account and refund.state == pb.REFUND_STATE_APPROVED
        )
        return self.money.surplus(account, today) - approved

    def remainder_left(self, account: Account, today: date) -> int:
        """What of an auction is still the party's, where the account is that; of no other is there a remainder."""
        return self.money.surplus(account, today) if account == pb.ACCOUNT_AUCTION_REMAINDER else 0

    def with_order(self, order_id: str, state: OrderState) -> "Collection":
        """The collection with one order in another state."""
        return replace(self, orders={**self.orders, order_id: replace(self.orders[order_id], state=state)})

    def with_auction(self, auction_id: str, **changes: Any) -> "Collection":
        """The collection with one auction changed."""
        return replace(self, auctions={**self.auctions, auction_id: replace(self.auctions[auction_id], **changes)})

    def with_refund(self, refund_id: str, state: pb.RefundState.ValueType) -> "Collection":
        """The collection with one refund in another state."""
        return replace(self, refunds={**self.refunds, refund_id: replace(self.refunds[refund_id], state=state)})


collection = Aggregate("collection", Collection)


def collection_of(matter_id: str) -> str:
    """Id of the collection of a case, of a penalty on the spot or of the cost of an own execution: every event about
    the matter finds it.
    """
    return named(matter_id, collection.name)


def named(source: str, purpose: str) -> str:
    """An id that follows from another; the other may be a client's, of any version."""
    known = UUID(source)
    return str(ids.derive(known, purpose) if known.version in (7, 8) else uuid5(known, purpose))
