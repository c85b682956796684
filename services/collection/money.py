"""What is owed, paid and open on a collection, as of any day. Pure; amounts in fen.

Fine, confiscation and surcharge are accounts that are never added up (分别记账). The cost of a substitute performance
is collected by itself, and no surcharge grows on it. On the remainder of an auction nothing is owed. What was paid
beyond what is owed is a surplus: it stays where it is until a person moves it or has it paid back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeAlias

from enforcement.collection.v1 import events_pb2 as pb

from services.collection.surcharge import Base, Due, Instalments, Interval, Paid, accrued, allocate
from services.kernel.values import day, term

Account: TypeAlias = pb.Account.ValueType
ACCOUNTS: Sequence[Account] = (
    pb.ACCOUNT_FINE,
    pb.ACCOUNT_CONFISCATION,
    pb.ACCOUNT_SURCHARGE,
    pb.ACCOUNT_SUBSTITUTE_COST,
    pb.ACCOUNT_AUCTION_REMAINDER,
)
OF_A_DECISION: Sequence[Account] = ACCOUNTS[:3]
DUE_ON_THE_DAY: Sequence[Account] = (pb.ACCOUNT_CONFISCATION, pb.ACCOUNT_SUBSTITUTE_COST)
"""Accounts that are due as a whole on the day of payment, whatever becomes of the fine."""


def name_of(account: Account) -> str:
    """The Chinese term of an account."""
    return term(pb.Account, account)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money on an account, by the day on which the bank took it."""

    account: Account
    amount_fen: int
    paid_on: date
    moved_from: Account = pb.ACCOUNT_UNSPECIFIED
    """Account of whose surplus it was, if a person moved it."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Money open on dues that passed."""

    last_on: date
    """The latest of them."""
    open_fen: int
    """On all of them, without surcharge."""


@dataclass(frozen=True, slots=True)
class Money:
    """The accounts of one collection."""

    fine_fen: int = 0
    confiscation_fen: int = 0
    dues: tuple[Due, ...] = ()
    """Of the fine: one, or its instalments; their sum is the fine."""
    confiscation_due_on: date | None = None
    """Day of payment: of confiscated income, and of the cost of a substitute performance."""
    receipts: tuple[Receipt, ...] = ()
    taken: Mapping[Account, int] = field(default_factory=dict)
    """Moved to another account or paid back, out of surpluses."""
    pauses: Mapping[str, Interval] = field(default_factory=dict)
    """By remedy."""
    base: Base = Base.FINE
    instalments: Instalments = Instalments.EACH
    carried_fen: int = 0
    """Surcharge that had accrued before the dues moved."""
    waived_fen: int = 0
    """Surcharge that an execution agreement does not ask for."""
    cost_fen: int = 0
    """Of a substitute performance."""

    # ── Questions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def owed(self, account: Account, as_of: date) -> int:
        """What the decision and the law ask for on an account."""
        if account == pb.ACCOUNT_FINE:
            return self.fine_fen
        if account == pb.ACCOUNT_CONFISCATION:
            return self.confiscation_fen
        if account == pb.ACCOUNT_SUBSTITUTE_COST:
            return self.cost_fen
        if account == pb.ACCOUNT_AUCTION_REMAINDER:
            return 0
        paid, pauses = self._kept(pb.ACCOUNT_FINE), tuple(self.pauses.values())
        running = accrued(self.dues, paid, as_of, pauses, self.base, self.instalments)
        return max(min(self.fine_fen, self.carried_fen + running) - self.waived_fen, 0)

    def paid(self, account: Account, as_of: date | None = None) -> int:
        """What came in by a day, less what went out again."""
        return sum(each.amount_fen for each in self._kept(account) if as_of is None or each.paid_on <= as_of)

    def open(self, account: Account, as_of: date) -> int:
        """What is still to be paid."""
        return max(self.owed(account, as_of) - self.paid(account, as_of), 0)

    def surplus(self, account: Account, as_of: date) -> int:
        """What was paid too much."""
        return max(self.paid(account, as_of) - self.owed(account, as_of), 0)

    def settled(self, as_of: date) -> bool:
        """Nothing is open on any account."""
        return not any(self.open(account, self._latest(as_of)) for account in ACCOUNTS)

    def overdue(self, as_of: date) -> Overdue | None:
        """The due days that passed with money open; None when none did."""
        passed = [(due_on, open_fen) for due_on, open_fen in self._open_dues(as_of) if due_on < as_of]
        return Overdue(max(passed)[0], sum(open_fen for _, open_fen in passed)) if passed else None

    def next_due_on(self, as_of: date) -> date | None:
        """The earliest due day with money open."""
        return min((due_on for due_on, _ in self._open_dues(as_of)), default=None)

    def open_of_dues(self, as_of: date) -> list[int]:
        """What is open of each due of the fine."""
        payments = [payment for payment in self._kept(pb.ACCOUNT_FINE) if payment.paid_on <= as_of]
        shares = allocate(self.dues, payments)
        return [
            due.amount_fen - sum(paid.amount_fen for paid in share)
            for due, share in zip(self.dues, shares, strict=True)
        ]

    # ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def anew(self, event: pb.CollectionOpened) -> "Money":
        """What a decision asks for; what came in on one before it counts, and what was collected on the spot."""
        collected = (
            [Receipt(pb.ACCOUNT_FINE, event.collected_fen, day(event.collected_on))] if event.collected_fen else []
        )
        dues = (Due(event.fine_fen, None),) if event.fine_fen else ()
        return Money(
            event.fine_fen,
            event.confiscation_fen,
            dues,
            receipts=(*self.receipts, *collected),
            taken=self.taken,
            cost_fen=event.cost_fen,
        )

    def due(self, due_on: date, base: Base) -> "Money":
        """The decision takes effect: everything is due on one day, instalments on theirs."""
        if self.confiscation_due_on is not None:
            return replace(self.due_moved(self.confiscation_due_on, due_on), base=base)
        dues = tuple(replace(each, due_on=due_on) for each in self.dues)
        return replace(self, dues=dues, confiscation_due_on=due_on, base=base)

    def due_moved(self, from_on: date, due_on: date) -> "Money":
        """What was due on one day is due on another; instalments keep theirs."""
        dues = tuple(replace(each, due_on=due_on) if each.due_on == from_on else each for each in self.dues)
        confiscation = due_on if self.confiscation_due_on == from_on else self.confiscation_due_on
        return replace(self, dues=dues, confiscation_due_on=confiscation)

    def received(
        self, account: Account, amount_fen: int, paid_on: date, moved_from: Account = pb.ACCOUNT_UNSPECIFIED
    ) -> "Money":
        """Money came in."""
        return replace(self, receipts=(*self.receipts, Receipt(account, amount_fen, paid_on, moved_from)))

    def reversed(self, event: pb.PaymentReversed) -> "Money":
        """A payment was taken back: as if it had never come in. What of it had been moved goes with it; what had been
        paid back to the party is the authority's claim and no part of these accounts.
        """
        receipts = list(self.receipts)
        receipts.remove(Receipt(event.account, event.amount_fen, day(event.paid_on)))
        return replace(self, receipts=tuple(receipts))._covered(event.account)

    def auctioned(self, event: pb.AuctionProceedsReceived) -> "Money":
        """The price of an auction pays the fine, then the surcharge; what is left is surplus."""
        money, on = self, day(event.received_on)
        for account, amount_fen in (
            (pb.ACCOUNT_FINE, event.fine_fen),
            (pb.ACCOUNT_SURCHARGE, event.surcharge_fen),
            (pb.ACCOUNT_AUCTION_REMAINDER, event.remainder_fen),
        ):
            if amount_fen:
                money = money.received(account, amount_fen, on)
        return money

    def took(self, account: Account, amount_fen: int) -> "Money":
        """Money left an account's surplus."""
        return replace(self, taken={**self.taken, account: self.taken.get(account, 0) + amount_fen})

    def refunded(self, event: pb.RefundExecuted) -> "Money":
        """The bank paid back. What was no surplus any more is the authority's claim and no part of these accounts: a
        fine that was paid is not open again because too much was paid back.
        """
        surplus = self.surplus(event.account, day(event.executed_on))
        return self.took(event.account, min(event.amount_fen, surplus))

    def moved(self, event: pb.DifferenceResolved) -> "Money":
        """A surplus counts for another account, from the day on which the bank took it."""
        if not event.moved_fen:
            return self
        left = self.took(event.from_account, event.moved_fen)
        return left.received(event.to_account, event.moved_fen, day(event.paid_on), event.from_account)

    def changed(self, event: pb.DecisionChangeNoted) -> "Money":
        """The decision asks for other amounts: the last dues give way first, or the last one grows."""
        dues, left = list[Due](), event.fine_fen
        for each in self.dues:
            dues.append(replace(each, amount_fen=min(each.amount_fen, left)))
            left -= dues[-1].amount_fen
        if left:
            last = dues.pop() if dues else Due(0, self.confiscation_due_on)
            dues.append(replace(last, amount_fen=last.amount_fen + left))
        return replace(
            self,
            fine_fen=event.fine_fen,
            confiscation_fen=event.confiscation_fen,
            cost_fen=event.cost_fen,
            dues=tuple(due for due in dues if due.amount_fen),
        )

    def divided(self, event: pb.InstalmentsApproved) -> "Money":
        """What is open of the fine loses its due day and gets new ones by `with_due`; what is paid stays paid."""
        paid_fen = min(self.paid(pb.ACCOUNT_FINE), self.fine_fen)
        return replace(
            self,
            dues=(Due(paid_fen, None),) if paid_fen else (),
            carried_fen=event.carried_fen,
            instalments=Instalments(event.surcharge_instalments or Instalments.EACH),
        )

    def with_due(self, due: Due) -> "Money":
        """One due more."""
        return replace(self, dues=(*self.dues, due))

    def waived(self, amount_fen: int) -> "Money":
        """An execution agreement asks for less surcharge; with a negative amount, for as much as before."""
        return replace(self, waived_fen=self.waived_fen + amount_fen)

    def paused(self, remedy_id: str, interval: Interval) -> "Money":
        """A remedy began or ended."""
        return replace(self, pauses={**self.pauses, remedy_id: interval})

    # ── As rows ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def as_row(self) -> dict[str, Any]:
        """A JSON value from which `of_row` makes the same again."""
        return {
            "fine_fen": self.fine_fen,
            "confiscation_fen": self.confiscation_fen,
            "dues": [[each.amount_fen, _text(each.due_on)] for each in self.dues],
            "confiscation_due_on": _text(self.confiscation_due_on),
            "receipts": [
                [each.account, each.amount_fen, each.paid_on.isoformat(), each.moved_from] for each in self.receipts
            ],
            "taken": {str(account): amount for account, amount in self.taken.items()},
            "pauses": {remedy: [each.first.isoformat(), _text(each.last)] for remedy, each in self.pauses.items()},
            "base": self.base.value,
            "instalments": self.instalments.value,
            "carried_fen": self.carried_fen,
            "waived_fen": self.waived_fen,
            "cost_fen": self.cost_fen,
        }

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Money":
        """What `as_row` wrote."""
        return cls(
            fine_fen=row["fine_fen"],
            confiscation_fen=row["confiscation_fen"],
            dues=tuple(Due(amount, _day(due_on)) for amount, due_on in row["dues"]),
            confiscation_due_on=_day(row["confiscation_due_on"]),
            receipts=tuple(
                Receipt(account, amount, date.fromisoformat(on), moved_from)
                for account, amount, on, moved_from in row["receipts"]
            ),
            taken={ACCOUNTS[int(account) - 1]: amount for account, amount in row["taken"].items()},
            pauses={
                remedy: Interval(date.fromisoformat(first), _day(last))
                for remedy, (first, last) in row["pauses"].items()
            },
            base=Base(row["base"]),
            instalments=Instalments(row["instalments"]),
            carried_fen=row["carried_fen"],
            waived_fen=row["waived_fen"],
            cost_fen=row["cost_fen"],
        )

    # ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _kept(self, account: Account) -> list[Paid]:
        """What came in on an account and is still there. What left was surplus, so the latest money went first."""
        gone, kept = self.taken.get(account, 0), list[Paid]()
        received = [receipt for receipt in self.receipts if receipt.account == account]
        for receipt in sorted(received, key=lambda one: one.paid_on, reverse=True):
            part = min(gone, receipt.amount_fen)
            gone -= part
            if part < receipt.amount_fen:
                kept.append(Paid(receipt.amount_fen - part, receipt.paid_on))
        return kept

    def _covered(self, account: Account) -> "Money":
        """No more has left an account than came in on it: what was moved comes back first, the latest before others."""
        came = sum(receipt.amount_fen for receipt in self.receipts if receipt.account == account)
        missing = self.taken.get(account, 0) - came
        if missing <= 0:
            return self
        covered = replace(self, taken={**self.taken, account: came})
        for receipt in reversed([one for one in self.receipts if one.moved_from == account]):
            part, receipts = min(missing, receipt.amount_fen), list(covered.receipts)
            if part and receipt in receipts:
                missing -= part
                receipts[receipts.index(receipt)] = replace(receipt, amount_fen=receipt.amount_fen - part)
                covered = replace(covered, receipts=tuple(one for one in receipts if one.amount_fen))
                covered = covered._covered(receipt.account)
        return covered

    def _latest(self, as_of: date) -> date:
        return max([as_of, *(receipt.paid_on for receipt in self.receipts)])

    def _open_dues(self, as_of: date) -> list[tuple[date, int]]:
        fine = [
            (due.due_on, open_fen)
            for due, open_fen in zip(self.dues, self.open_of_dues(as_of), strict=True)
            if due.due_on is not None and open_fen
        ]
        for account in DUE_ON_THE_DAY:
            open_fen = self.open(account, as_of)
            if open_fen and self.confiscation_due_on is not None:
                fine.append((self.confiscation_due_on, open_fen))
        return fine


def _text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None
