"""Payments, what the bank takes back, other amounts and refunds in any order: the accounts agree with the cash."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from hypothesis import example
from hypothesis import given as draw
from hypothesis import strategies as st

from services.collection.model import Collection, Stage, collection
from services.collection.money import ACCOUNTS
from tests.support.decider import LEADER, POLICY, On, given, on, uid
from tests.unit.collection import acts
from tests.unit.collection.acts import COLLECTION, FINE, INCOME

STEADY = (pb.ACCOUNT_FINE, pb.ACCOUNT_CONFISCATION)
"""Accounts on which days alone change nothing."""
AMOUNTS = (1, INCOME, FINE // 2, FINE, 2 * FINE)
steps = st.one_of(
    st.tuples(st.just("pay"), st.integers(0, 4), st.sampled_from(STEADY), st.sampled_from(AMOUNTS)),
    st.tuples(st.just("reverse"), st.integers(0, 4)),
    st.tuples(st.just("amend"), st.sampled_from((FINE // 2, FINE, 2 * FINE))),
    st.tuples(st.just("propose"), st.sampled_from(STEADY), st.sampled_from(AMOUNTS)),
    st.tuples(st.just("approve"), st.integers(0, 3)),
    st.tuples(st.just("execute"), st.integers(0, 3)),
)
scripts = st.lists(st.tuples(steps, st.integers(0, 10)), max_size=14)


@dataclass
class Books:
    """What a bookkeeper writes down beside: what the bank has of this collection."""

    history: list[Any] = field(default_factory=lambda: list(acts.SERVED))
    today: date = date(2024, 11, 13)
    paid: dict[str, int] = field(default_factory=dict)
    refunds: list[str] = field(default_factory=list)
    cash: int = 0
    claims: int = 0
    """Paid back although no surplus was left."""

    @property
    def state(self) -> Collection:
        return given(collection, *self.history).state

    def do(self, command: Any, **who: Any) -> list[Any]:
        named = acts.changed(command, command_id=uid(f"{type(command).__name__}/{len(self.history)}/{self.today}"))
        outcome = given(collection, *self.history).when(named, at=f"{self.today} 10:00", **who)
        self.history += [on(f"{self.today} 10:00", event) for event in outcome.events]
        return list(outcome.events)

    def step(self, kind: str, *rest: Any) -> None:
        match kind, *rest:
            case "pay", number, account, amount if f"T{number}" not in self.paid:
                pay = commands.RecordPaymentRequest(
                    collection_id=COLLECTION, transaction_id=f"T{number}", account=account, amount_fen=amount
                )
                self.do(pay, **acts.BY_BANK)
                self.paid[f"T{number}"] = amount
                self.cash += amount
            case "reverse", number if self.paid.get(f"T{number}"):
                back = commands.ReversePaymentRequest(
                    collection_id=COLLECTION,
                    transaction_id=f"T{number}",
                    reversal_id=f"V{number}",
                    amount_fen=self.paid[f"T{number}"],
                )
                before = sum(self.state.money.paid(account) for account in ACCOUNTS)
                self.do(back, **acts.BY_BANK)
                after = sum(self.state.money.paid(account) for account in ACCOUNTS)
                self.cash -= self.paid[f"T{number}"]
                self.claims += self.paid[f"T{number}"] - (before - after)
                self.paid[f"T{number}"] = 0
            case "amend", fine:
                amend = commands.NoteDecisionChangedRequest(
                    collection_id=COLLECTION, fine_fen=fine, confiscation_fen=INCOME
                )
                self.do(amend, actor=POLICY)
            case "propose", account, amount:
                ask = commands.ProposeRefundRequest(
                    collection_id=COLLECTION, account=account, amount_fen=amount, reason="多缴"
                )
                self.refunds += [event.refund_id for event in self.do(ask, **acts.BY_FINANCE)]
            case "approve", number if number < len(self.refunds):
                decide = commands.DecideRefundRequest(
                    collection_id=COLLECTION, refund_id=self.refunds[number], approved=True
                )
                self.do(decide, actor=LEADER)
            case "execute", number if number < len(self.refunds):
                refund = self.state.refunds[self.refunds[number]]
                surplus = self.state.money.surplus(refund.account, self.today)
                said = commands.RecordRefundRequest(
                    collection_id=COLLECTION,
                    refund_id=self.refunds[number],
                    transaction_id=f"R{number}",
                    amount_fen=refund.amount_fen,
                )
                if any(isinstance(event, pb.RefundExecuted) for event in self.do(said, **acts.BY_BANK)):
                    self.cash -= refund.amount_fen
                    self.claims += max(refund.amount_fen - surplus, 0)


def run(script: Any) -> Iterator[Books]:
    books = Books()
    for step, later in script:
        books.today += timedelta(days=later)
        books.step(*step)
        yield books


PAID_TWICE = [
    (("pay", 0, pb.ACCOUNT_FINE, FINE), 0),
    (("pay", 1, pb.ACCOUNT_FINE, FINE), 0),
    (("propose", pb.ACCOUNT_FINE, FINE), 1),
    (("approve", 0), 1),
]


@draw(scripts)
@example([*PAID_TWICE, (("execute", 0), 1), (("reverse", 1), 1), (("pay", 2, pb.ACCOUNT_FINE, FINE), 1)])
@example([*PAID_TWICE, (("reverse", 1), 1), (("execute", 0), 1), (("reverse", 0), 1)])
@example([*PAID_TWICE, (("amend", 2 * FINE), 1), (("execute", 0), 1)])
def test_what_is_on_the_accounts_is_the_banks_cash_and_the_authoritys_claims(script):
    for books in run(script):
        money = books.state.money
        assert sum(money.paid(account) for account in ACCOUNTS) == books.cash + books.claims
        assert books.claims >= 0


@draw(scripts)
@example([*PAID_TWICE, (("reverse", 1), 1)])
@example([*PAID_TWICE, (("amend", 2 * FINE), 1)])
def test_no_refund_stands_without_the_money_that_it_asks_for(script):
    for books in run(script):
        for account in STEADY:
            assert books.state.refundable(account, books.today) >= 0


@draw(scripts)
def test_nothing_is_paid_back_that_nobody_approved_and_what_is_open_is_not_performed(script):
    approved: set[str] = set()
    for books in run(script):
        state = books.state
        assert state.stage is not Stage.PERFORMED or state.settled(books.today)
        events = [entry.event if isinstance(entry, On) else entry for entry in books.history]
        approved = {event.refund_id for event in events if isinstance(event, pb.RefundApproved)}
        assert {event.refund_id for event in events if isinstance(event, pb.RefundExecuted)} <= approved
