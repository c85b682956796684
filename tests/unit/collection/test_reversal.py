"""What the bank takes back was never paid: accounts, clocks and what it had settled are open again."""

from typing import Any

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import OrderState, Refusal, Stage, collection
from services.collection.money import Money
from tests.support.decider import History, given, on
from tests.unit.collection import acts, test_refunds
from tests.unit.collection.acts import BY_BANK, CASE, COLLECTION, FINE, INCOME
from tests.unit.collection.test_clocks import at, clocks

REVERSE = commands.ReversePaymentRequest(
    collection_id=COLLECTION, transaction_id="T1", reversal_id="V1", amount_fen=FINE, reason="账户不符退汇"
)
REVERSED_AT = "2024-11-25 09:00"
PAID = on(acts.PAID_AT, acts.paid(FINE, "2024-11-20"))
ORDERED = on(acts.ORDERED_AT, acts.ORDERED)
PERFORMED = on(acts.PAID_AT, acts.performed("2024-11-20", confiscation=0))
SETTLED = (*acts.ONLY_FINE_SERVED, ORDERED, PAID, PERFORMED)
REVERSED = pb.PaymentReversed(
    collection_id=COLLECTION,
    case_id=CASE,
    transaction_id="T1",
    reversal_id="V1",
    order_id=acts.ORDER_ID,
    account=pb.ACCOUNT_FINE,
    amount_fen=FINE,
    paid_on="2024-11-20",
    reversed_on="2024-11-25",
    effective_on="2024-11-12",
    reason="账户不符退汇",
    fine_fen=FINE,
)


def differs(kind: pb.DifferenceKind.ValueType, amount: int = FINE, expected: int = 0) -> tuple[object, ...]:
    return kind, amount, expected


def told(event: Any) -> tuple[object, ...]:
    return differs(event.difference.kind, event.difference.amount_fen, event.difference.expected_fen)


def test_a_payment_that_is_taken_back_opens_the_collection_again_for_a_person_to_see():
    outcome = given(collection, *SETTLED).when(REVERSE, at=REVERSED_AT, **BY_BANK)
    reversed_, reopened, difference = outcome.events
    assert reversed_ == REVERSED
    assert reopened == pb.CollectionReopened(collection_id=COLLECTION, case_id=CASE, overdue=False)
    assert told(difference) == differs(pb.DIFFERENCE_KIND_REVERSED)
    assert (outcome.state.stage, outcome.state.orders[acts.ORDER_ID].state) == (Stage.DUE, OrderState.REVERSED)


def test_the_surcharge_counts_from_the_due_day_as_if_nothing_had_been_paid():
    outcome = given(collection, *SETTLED).when(REVERSE, at="2024-12-10 09:00", **BY_BANK)
    assert isinstance(acts.said(outcome, 2), pb.CourtWindowSet)
    state = outcome.state
    assert (state.stage, state.money.open(pb.ACCOUNT_FINE, acts.day("2024-12-10"))) == (Stage.OVERDUE, FINE)
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2024-12-10")) == 13 * 30_000


def test_a_reversal_told_again_changes_nothing_nor_does_the_payment_that_is_told_again():
    history = (*SETTLED, on(REVERSED_AT, REVERSED))
    given(collection, *history).when(REVERSE, at=REVERSED_AT, **BY_BANK).then()
    given(collection, *history).when(acts.PAY, at=acts.PAID_AT, now=REVERSED_AT, **BY_BANK).then()


def test_another_order_may_be_opened_and_paid_after_a_reversal():
    again = acts.changed(acts.PAY, transaction_id="T2", order_id="", account=pb.ACCOUNT_FINE)
    history = (*SETTLED, on(REVERSED_AT, REVERSED), on(REVERSED_AT, pb.CollectionReopened(collection_id=COLLECTION)))
    order = given(collection, *history).when(
        acts.ORDER, at="2024-11-26 09:00", actor=acts.FINANCE, officers=acts.OFFICERS
    )
    assert order.refusal is None
    outcome = given(collection, *history).when(again, at="2024-11-26 10:00", **BY_BANK)
    assert outcome.state.stage is Stage.PERFORMED


def test_what_nobody_reported_is_not_taken_back_yet():
    given(collection, *acts.SERVED).when(REVERSE, at=REVERSED_AT, **BY_BANK).refused(Refusal.TRANSACTION_UNKNOWN)


def test_a_reversal_of_another_amount_is_a_contradiction_and_takes_nothing():
    command = acts.changed(REVERSE, amount_fen=FINE - 1)
    outcome = given(collection, *SETTLED).when(command, at=REVERSED_AT, **BY_BANK)
    assert [told(event) for event in outcome.events] == [
        differs(pb.DIFFERENCE_KIND_CONTRADICTION, FINE - 1, expected=FINE)
    ]
    assert outcome.state.stage is Stage.PERFORMED


def test_a_surplus_that_was_moved_goes_back_with_the_payment():
    """10,500 for the fine, of which 500 were moved to the confiscated income."""
    money = Money(FINE, INCOME).received(pb.ACCOUNT_FINE, FINE + INCOME, acts.day("2024-11-20"))
    moved = pb.DifferenceResolved(
        moved_fen=INCOME, from_account=pb.ACCOUNT_FINE, to_account=pb.ACCOUNT_CONFISCATION, paid_on="2024-11-20"
    )
    own = money.moved(moved).received(pb.ACCOUNT_CONFISCATION, 7, acts.day("2024-11-20"))
    back = own.reversed(pb.PaymentReversed(account=pb.ACCOUNT_FINE, amount_fen=FINE + INCOME, paid_on="2024-11-20"))
    today = acts.day("2024-11-21")
    assert [back.paid(account) for account in (pb.ACCOUNT_FINE, pb.ACCOUNT_CONFISCATION)] == [0, 7]
    assert [back.open(account, today) for account in (pb.ACCOUNT_FINE, pb.ACCOUNT_CONFISCATION)] == [FINE, INCOME - 7]
    assert Money.of_row(own.as_row()) == own


def test_an_instalment_is_open_again_with_its_day():
    paid = on("2024-12-18 10:00", acts.paid(400_000, "2024-12-18", order=""))
    done = on("2024-12-18 10:00", pb.InstalmentPaid(collection_id=COLLECTION, instalment_id=acts.FIRST))
    command = acts.changed(REVERSE, amount_fen=400_000)
    outcome = given(collection, *acts.IN_PARTS, paid, done).when(command, at="2024-12-19 09:00", **BY_BANK)
    again = pb.InstalmentReopened(
        collection_id=COLLECTION, instalment_id=acts.FIRST, amount_fen=400_000, due_on="2024-12-20"
    )
    assert (acts.said(outcome).effective_on, acts.said(outcome, 1)) == ("", again)
    assert set(outcome.state.instalments) == {acts.FIRST, acts.SECOND}


def test_the_clock_of_payment_runs_again_to_the_same_day_and_so_does_that_of_an_instalment():
    performed = at(acts.PAID_AT, acts.performed("2024-11-20"))
    found = clocks(at(acts.SERVED_AT, acts.DUE), performed, at(REVERSED_AT, REVERSED))["payment"]
    assert [(clock.status, str(clock.due.due_on)) for clock in found] == [
        ("MET", acts.DUE_ON),
        ("RUNNING", acts.DUE_ON),
    ]
    instalment = pb.InstalmentReopened(
        collection_id=COLLECTION, instalment_id=acts.FIRST, amount_fen=400_000, due_on="2024-12-20"
    )
    (clock,) = clocks(at("2024-12-19 09:00", instalment))["instalment"]
    assert (clock.status, str(clock.due.due_on)) == ("RUNNING", "2024-12-20")


def test_a_deposit_of_money_collected_on_site_is_no_payment_that_can_be_taken_back():
    banked = pb.OnSiteBanked(
        collection_id=COLLECTION, on_site_id="o", amount_fen=FINE, transaction_id="T1", banked_on="2024-11-20"
    )
    collected = pb.FineCollectedOnSite(
        collection_id=COLLECTION, on_site_id="o", amount_fen=FINE, collected_on="2024-11-18",
        ground=pb.ON_SITE_GROUND_REMOTE,
    )  # fmt: skip
    outcome = given(collection, *acts.ONLY_FINE_SERVED, collected, banked).when(REVERSE, at=REVERSED_AT, **BY_BANK)
    assert [told(event) for event in outcome.events] == [differs(pb.DIFFERENCE_KIND_CONTRADICTION, expected=FINE)]


def test_the_window_is_set_again_when_a_payment_that_had_met_its_clock_is_taken_back():
    """Overdue, paid after the due day, taken back: the three months count from the same day as before."""
    late = (on("2024-11-28 00:00", acts.changed(acts.OVERDUE, open_fen=FINE)), on("2024-11-28 00:00", acts.WINDOW))
    paid = on("2024-12-05 10:00", acts.paid(FINE, "2024-12-05", order=""))
    more = on("2024-12-05 11:00", acts.paid(240_000, "2024-12-05", "T2", order="", account=pb.ACCOUNT_SURCHARGE))
    done = on("2024-12-05 11:00", acts.performed("2024-12-05", confiscation=0, surcharge=240_000))
    history = (*acts.ONLY_FINE_SERVED, *late, paid, more, done)
    outcome = given(collection, *history).when(REVERSE, at="2024-12-10 09:00", **BY_BANK)
    assert acts.WINDOW in outcome.events
    assert (outcome.state.stage, outcome.state.court_window_from) == (Stage.OVERDUE, acts.day("2025-05-12"))


def test_what_a_court_granted_is_not_lost_with_a_payment_that_was_taken_back():
    granted = on("2025-06-25 10:00", pb.CourtGranted(collection_id=COLLECTION, case_id=CASE))
    paid = on("2025-07-01 10:00", acts.paid(FINE, "2025-07-01", order=""))
    done = on("2025-07-01 10:00", acts.performed("2025-07-01", confiscation=0, surcharge=FINE))
    command = given(collection, *acts.AT_COURT, granted, paid, done).when(REVERSE, at="2025-07-05 09:00", **BY_BANK)
    assert command.state.stage is Stage.COURT_GRANTED
    assert not [event for event in command.events if isinstance(event, pb.CourtWindowSet)]


def test_no_instalment_is_open_again_after_execution_has_ended():
    paid = on("2024-12-18 10:00", acts.paid(400_000, "2024-12-18", order=""))
    done = on("2024-12-18 10:00", pb.InstalmentPaid(collection_id=COLLECTION, instalment_id=acts.FIRST))
    ended = on("2024-12-19 09:00", pb.ExecutionEnded(collection_id=COLLECTION, case_id=CASE))
    command = acts.changed(REVERSE, amount_fen=400_000)
    outcome = given(collection, *acts.IN_PARTS, paid, done, ended).when(command, at="2024-12-20 09:00", **BY_BANK)
    assert [type(event) for event in outcome.events] == [pb.PaymentReversed, pb.PaymentDifferenceFound]


TOO_MUCH = acts.paid(FINE + 20_000, "2024-11-20", order="")
TAKEN_BACK = acts.changed(REVERSE, amount_fen=FINE + 20_000)
PROPOSED = acts.changed(test_refunds.PROPOSED, account=pb.ACCOUNT_FINE)
WITHDRAWN = pb.RefundWithdrawn(
    collection_id=COLLECTION, refund_id=test_refunds.REFUND, reason="银行冲正，已无相应多缴款项"
)
OF_NOTHING: History = (*acts.ONLY_FINE_SERVED, on(acts.PAID_AT, TOO_MUCH), PERFORMED, on("2024-11-21 09:00", PROPOSED))


@pytest.mark.parametrize("approved", [False, True], ids=["proposed", "approved"])
def test_a_refund_of_what_was_taken_back_is_withdrawn(approved):
    history = (*OF_NOTHING, *([on("2024-11-22 09:00", test_refunds.APPROVED)] if approved else []))
    outcome = given(collection, *history).when(TAKEN_BACK, at=REVERSED_AT, **BY_BANK)
    assert outcome.events[1] == WITHDRAWN
    after = (*history, *(on(REVERSED_AT, event) for event in outcome.events))
    given(collection, *after).when(test_refunds.APPROVE, at="2024-11-26 09:00", **acts.BY_LEADER).refused(
        Refusal.REFUND_WRONG_STATE, state="已撤回"
    )


def test_a_refund_that_other_money_still_covers_stands_and_the_approved_one_before_the_proposed():
    """20,000 too much by T1, 30,000 by T2: what T2 covers is paid back, first what was approved."""
    second = on("2024-11-20 11:00", acts.paid(30_000, "2024-11-20", "T2", order=""))
    other = acts.changed(PROPOSED, refund_id="other", amount_fen=30_000)
    approved = acts.changed(test_refunds.APPROVED, refund_id="other", amount_fen=30_000)
    base = on("2024-11-20 09:00", acts.paid(FINE, "2024-11-20", "T0", order=""))
    first = on("2024-11-20 10:15", acts.paid(20_000, "2024-11-20", order=""))
    proposals = [on("2024-11-21 09:00", event) for event in (PROPOSED, other, approved)]
    history = (*acts.ONLY_FINE_SERVED, base, first, second, *proposals)
    command = acts.changed(REVERSE, amount_fen=20_000)
    outcome = given(collection, *history).when(command, at=REVERSED_AT, **BY_BANK)
    assert [event for event in outcome.events if isinstance(event, pb.RefundWithdrawn)] == [WITHDRAWN]
    assert outcome.state.refunds["other"].state == pb.REFUND_STATE_APPROVED


def test_what_the_bank_paid_back_all_the_same_is_recorded_for_a_person_and_eats_no_later_money():
    history = (*OF_NOTHING, on("2024-11-22 09:00", test_refunds.APPROVED))
    taken = given(collection, *history).when(TAKEN_BACK, at=REVERSED_AT, **BY_BANK)
    history = (*history, *(on(REVERSED_AT, event) for event in taken.events))
    outcome = given(collection, *history).when(test_refunds.EXECUTE, at="2024-11-25 10:00", **BY_BANK)
    executed, difference = outcome.events
    assert executed == acts.changed(test_refunds.EXECUTED, executed_on="2024-11-25", uncovered_fen=20_000)
    assert told(difference) == differs(pb.DIFFERENCE_KIND_REFUND_UNCOVERED, 20_000)
    later = outcome.state.money.received(pb.ACCOUNT_FINE, FINE, acts.day("2024-11-26"))
    assert later.open(pb.ACCOUNT_FINE, acts.day("2024-11-26")) == 0


def test_a_fine_that_was_paid_is_not_open_again_because_too_much_was_paid_back():
    """T1 paid the fine. T2, which had been too much, was taken back, and the bank had paid it back already."""
    second = on("2024-11-20 11:00", acts.paid(20_000, "2024-11-20", "T2", order=""))
    history = (*acts.ONLY_FINE_SERVED, PAID, PERFORMED, second, PROPOSED, test_refunds.APPROVED)
    command = acts.changed(REVERSE, transaction_id="T2", amount_fen=20_000)
    taken = given(collection, *history).when(command, at="2024-12-20 09:00", **BY_BANK)
    history = (*history, *(on("2024-12-20 09:00", event) for event in taken.events))
    outcome = given(collection, *history).when(test_refunds.EXECUTE, at="2024-12-20 10:00", **BY_BANK)
    assert told(outcome.events[1]) == differs(pb.DIFFERENCE_KIND_REFUND_UNCOVERED, 20_000)
    assert (outcome.state.stage, outcome.state.money.open(pb.ACCOUNT_FINE, acts.day("2024-12-20"))) == (
        Stage.PERFORMED,
        0,
    )
