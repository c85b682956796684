"""Refunds: proposed, approved by another, executed by the bank, confirmed; never more than the surplus."""

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, collection
from services.collection.model.collection import named
from tests.support.decider import HEAD, LI, POLICY, given, on
from tests.unit.collection import acts
from tests.unit.collection.acts import BY_BANK, BY_FINANCE, BY_LEADER, CASE, COLLECTION, FINE, PAID_AT, changed

SURPLUS = (*acts.SERVED, on(PAID_AT, acts.paid(FINE + 20_000, "2024-11-20", order="")))
PROPOSE = commands.ProposeRefundRequest(
    collection_id=COLLECTION, account=pb.ACCOUNT_FINE, amount_fen=20_000, reason="多缴", transaction_id="T1"
)
REFUND = acts.made(PROPOSE, "refund")
PROPOSED = pb.RefundProposed(
    collection_id=COLLECTION,
    case_id=CASE,
    refund_id=REFUND,
    account=pb.ACCOUNT_FINE,
    amount_fen=20_000,
    reason="多缴",
    transaction_id="T1",
)
APPROVE = commands.DecideRefundRequest(collection_id=COLLECTION, refund_id=REFUND, approved=True)
APPROVED = pb.RefundApproved(
    collection_id=COLLECTION,
    case_id=CASE,
    refund_id=REFUND,
    account=pb.ACCOUNT_FINE,
    amount_fen=20_000,
    transaction_id="T1",
)
EXECUTE = commands.RecordRefundRequest(
    collection_id=COLLECTION, refund_id=REFUND, transaction_id="R1", amount_fen=20_000
)
EXECUTED = pb.RefundExecuted(
    collection_id=COLLECTION,
    case_id=CASE,
    refund_id=REFUND,
    transaction_id="R1",
    account=pb.ACCOUNT_FINE,
    amount_fen=20_000,
    executed_on="2024-12-18",
)
CONFIRM = commands.ConfirmRefundRequest(collection_id=COLLECTION, refund_id=REFUND)
CONFIRMED = pb.RefundConfirmed(collection_id=COLLECTION, refund_id=REFUND)
FAIL = commands.NoteRefundFailedRequest(collection_id=COLLECTION, refund_id=REFUND, reason="账户已销户")
FAILED = pb.RefundFailed(collection_id=COLLECTION, refund_id=REFUND, reason="账户已销户")
ASKED = (*SURPLUS, PROPOSED)


def test_a_refund_goes_through_four_hands():
    given(collection, *SURPLUS).when(PROPOSE, **BY_FINANCE).then(PROPOSED)
    given(collection, *ASKED).when(APPROVE, **BY_LEADER).then(APPROVED)
    state = given(collection, *ASKED, APPROVED).when(EXECUTE, **BY_BANK).then(EXECUTED)
    assert state.money.surplus(pb.ACCOUNT_FINE, acts.day("2024-12-18")) == 0
    given(collection, *ASKED, APPROVED, EXECUTED).when(CONFIRM, **BY_FINANCE).then(CONFIRMED)


@pytest.mark.parametrize("amount", [20_001, FINE])
def test_no_more_is_paid_back_than_was_paid_too_much(amount):
    given(collection, *SURPLUS).when(changed(PROPOSE, amount_fen=amount), **BY_FINANCE).refused(
        Refusal.NO_SURPLUS, surplus_fen=20_000, amount_fen=amount
    )


def test_two_proposals_do_not_share_one_surplus():
    given(collection, *ASKED).when(changed(PROPOSE, amount_fen=1), **BY_FINANCE).refused(Refusal.NO_SURPLUS)


def test_a_surplus_that_was_moved_meanwhile_is_not_approved():
    moved = pb.DifferenceResolved(
        collection_id=COLLECTION,
        difference_id="d",
        moved_fen=20_000,
        from_account=pb.ACCOUNT_FINE,
        to_account=pb.ACCOUNT_CONFISCATION,
        paid_on="2024-11-20",
    )
    given(collection, *ASKED, moved).when(APPROVE, **BY_LEADER).refused(Refusal.NO_SURPLUS)


def test_two_approvals_do_not_share_a_surplus_that_shrank_meanwhile():
    """20,000 paid too much, two refunds of 10,000 proposed and one approved; then the decision asks for 10,000 more."""
    half = changed(PROPOSED, amount_fen=10_000)
    other = changed(half, refund_id="other")
    more = pb.DecisionChangeNoted(
        collection_id=COLLECTION, case_id=CASE, fine_fen=FINE + 10_000, confiscation_fen=acts.INCOME
    )
    history = (*SURPLUS, half, other, changed(APPROVED, refund_id="other", amount_fen=10_000), more)
    given(collection, *history).when(APPROVE, **BY_LEADER).refused(Refusal.NO_SURPLUS, surplus_fen=0, amount_fen=10_000)
    assert given(collection, *history[:-1]).when(APPROVE, **BY_LEADER).events


def test_a_refund_is_withdrawn_when_the_decision_asks_for_what_it_would_pay_back():
    amend = commands.NoteDecisionChangedRequest(
        collection_id=COLLECTION, fine_fen=FINE + 10_000, confiscation_fen=acts.INCOME
    )
    withdrawn = pb.RefundWithdrawn(collection_id=COLLECTION, refund_id=REFUND, reason="应缴金额变更，已无相应多缴款项")
    outcome = given(collection, *ASKED, APPROVED).when(amend, actor=POLICY)
    assert withdrawn in outcome.events
    assert outcome.state.refundable(pb.ACCOUNT_FINE, acts.day("2024-12-18")) == 10_000


def test_nobody_approves_an_own_proposal():
    given(collection, *ASKED).when(APPROVE, actor=LI).refused(Refusal.REFUND_OWN_PROPOSAL)


def test_a_rejection_needs_a_reason():
    reject = changed(APPROVE, approved=False)
    given(collection, *ASKED).when(reject, actor=HEAD).refused(Refusal.REASON_NEEDED)
    rejected = pb.RefundRejected(collection_id=COLLECTION, refund_id=REFUND, reason="抵作加处罚款")
    state = given(collection, *ASKED).when(changed(reject, reason="抵作加处罚款"), actor=HEAD).then(rejected)
    assert state.refundable(pb.ACCOUNT_FINE, acts.day("2024-12-18")) == 20_000


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (SURPLUS, APPROVE),
        ((*ASKED, APPROVED), APPROVE),
        (ASKED, EXECUTE),
        ((*ASKED, APPROVED), CONFIRM),
        ((*ASKED, APPROVED, FAILED), EXECUTE),
        ((*ASKED, APPROVED, EXECUTED, CONFIRMED), CONFIRM),
    ],
    ids=["nothing proposed", "approved twice", "not approved", "not executed", "failed", "confirmed twice"],
)
def test_no_step_comes_before_its_own(history, command):
    given(collection, *history).when(command, actor=HEAD).refused(Refusal.REFUND_WRONG_STATE)


def test_the_bank_may_say_twice_that_it_paid_back():
    again = changed(EXECUTE, transaction_id="R2")
    given(collection, *ASKED, APPROVED, EXECUTED).when(again, **BY_BANK).then()


def test_another_amount_than_approved_is_shown_and_nothing_booked():
    other = changed(EXECUTE, amount_fen=19_999)
    found = pb.PaymentDifferenceFound(
        collection_id=COLLECTION,
        difference=pb.Difference(
            difference_id=named(COLLECTION, f"refund/{REFUND}/R1/19999"),
            kind=pb.DIFFERENCE_KIND_REFUND_AMOUNT,
            transaction_id="R1",
            account=pb.ACCOUNT_FINE,
            expected_fen=20_000,
            amount_fen=19_999,
        ),
    )
    given(collection, *ASKED, APPROVED).when(other, **BY_BANK).then(found)
    given(collection, *ASKED, APPROVED, found).when(other, **BY_BANK).then()


def test_what_the_bank_cannot_pay_back_is_proposed_anew():
    given(collection, *ASKED, APPROVED).when(FAIL, actor=POLICY).then(FAILED)
    given(collection, *ASKED, APPROVED, EXECUTED).when(FAIL, actor=POLICY).then()
    history = (*ASKED, APPROVED, FAILED)
    assert given(collection, *history).when(changed(PROPOSE, reason="现金退付"), **BY_FINANCE).events
