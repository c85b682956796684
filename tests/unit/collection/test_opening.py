"""What the case tells: money, service, change, remedies."""

from typing import Any

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, Stage, collection
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import POLICY, given, on
from tests.unit.collection import acts
from tests.unit.collection.acts import CASE, COLLECTION, FINE, INCOME

BY_POLICY: dict[str, Any] = {"actor": POLICY}
OPEN = commands.OpenCollectionRequest(
    collection_id=COLLECTION, case_id=CASE, case_number="川泸2024-0042", fine_fen=FINE, confiscation_fen=INCOME
)
SERVE = commands.NoteDecisionServedRequest(collection_id=COLLECTION, effective_on="2024-11-12")
AMEND = commands.NoteDecisionChangedRequest(collection_id=COLLECTION, fine_fen=600_000, confiscation_fen=INCOME)
REVOKE = commands.NoteDecisionChangedRequest(collection_id=COLLECTION, revoked=True)
BEGIN = commands.NoteRemedyStartedRequest(
    collection_id=COLLECTION, remedy_id="r", kind=pb.REMEDY_KIND_RECONSIDERATION, started_on="2024-12-01"
)
BEGUN = pb.RemedyBeginNoted(
    collection_id=COLLECTION, remedy_id="r", kind=pb.REMEDY_KIND_RECONSIDERATION, started_on="2024-12-01"
)
END = commands.NoteRemedyEndedRequest(collection_id=COLLECTION, remedy_id="r", ended_on="2024-12-10")
ENDED = pb.RemedyEndNoted(collection_id=COLLECTION, remedy_id="r", ended_on="2024-12-10")
REVOKED = pb.DecisionChangeNoted(collection_id=COLLECTION, case_id=CASE, revoked=True)
OVER = pb.ExecutionEnded(collection_id=COLLECTION, case_id=CASE, ground=pb.END_GROUND_DECISION_REVOKED)


def test_fine_and_confiscation_are_opened_apart():
    state = given(collection).when(OPEN, **BY_POLICY).then(acts.OPENED)
    assert (state.stage, state.money.fine_fen, state.money.confiscation_fen) == (Stage.OPENED, FINE, INCOME)


def test_a_decision_without_money_opens_nothing():
    command = acts.changed(OPEN, fine_fen=0, confiscation_fen=0)
    given(collection).when(command, **BY_POLICY).refused(Refusal.NO_MONEY)


def test_a_decision_is_opened_once():
    given(collection, acts.OPENED).when(OPEN, **BY_POLICY).refused(KernelRefusal.WRONG_STAGE)


def test_payment_is_due_fifteen_days_after_the_service_and_a_suit_may_come_for_six_months():
    given(collection, acts.OPENED).when(SERVE, at=acts.SERVED_AT, **BY_POLICY).then(acts.DUE)


@pytest.mark.parametrize(
    ("effective_on", "due_on"),
    [("2026-02-02", "2026-02-24"), ("2026-09-18", "2026-10-08"), ("2025-01-13", "2025-02-05")],
)
def test_the_due_day_rolls_over_holidays(effective_on, due_on):
    command = acts.changed(SERVE, effective_on=effective_on)
    outcome = given(collection, acts.OPENED).when(command, at="2026-11-01 10:00", **BY_POLICY)
    assert acts.said(outcome).due_on == due_on


def test_the_switch_for_part_payments_is_that_of_the_day_of_service():
    rules = Rules({"surcharge_base": ((acts.day("2024-11-12"), "unpaid"),)})
    outcome = given(collection, acts.OPENED).when(SERVE, at=acts.SERVED_AT, rules=rules, **BY_POLICY)
    assert acts.said(outcome).surcharge_base == "unpaid"


def test_the_notice_of_a_year_settles_a_day_that_was_reckoned_without_it():
    """Served 2026-12-17: New Year's Day 2027 at the earliest, and if that and the weekend are off the 4th."""
    early = acts.changed(SERVE, effective_on="2026-12-17")
    served = given(collection, acts.OPENED).when(early, at="2026-12-17 15:00", **BY_POLICY)
    assert acts.said(served).due_on == "2027-01-01"
    history: tuple[Any, ...] = (acts.OPENED, *(on("2026-12-17 15:00", event) for event in served.events))
    move = commands.NotePaymentDueMovedRequest(collection_id=COLLECTION, due_on="2027-01-04")
    moved = pb.PaymentDueMoved(collection_id=COLLECTION, from_on="2027-01-01", due_on="2027-01-04")
    state = given(collection, *history).when(move, at="2026-12-20 10:00", **BY_POLICY).then(moved)
    assert state.money.overdue(acts.day("2027-01-04")) is None
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2027-01-05")) == 30_000
    given(collection, *history, moved).when(move, at="2026-12-21 10:00", **BY_POLICY).then()
    given(collection, acts.OPENED).when(move, at="2026-12-21 10:00", **BY_POLICY).then()


def test_a_day_that_moves_leaves_instalments_where_they_are_and_may_make_a_late_payment_one_in_time():
    moved = pb.PaymentDueMoved(collection_id=COLLECTION, from_on="2024-11-27", due_on="2024-11-28")
    state = given(collection, *acts.IN_PARTS, moved).state
    assert [each.due_on for each in state.money.dues] == [acts.day("2024-12-20"), acts.day("2025-01-20")]
    paid = (*acts.ONLY_FINE_SERVED, on("2024-11-28 10:00", acts.paid(FINE, "2024-11-28", order="")))
    move = commands.NotePaymentDueMovedRequest(collection_id=COLLECTION, due_on="2024-11-28")
    given(collection, *paid).when(move, at="2024-11-29 10:00", **BY_POLICY).then(
        moved, acts.performed("2024-11-28", confiscation=0)
    )


SERVED_ANEW = acts.changed(
    acts.DUE, effective_on="2025-06-10", due_on="2025-06-25", suit_ends_on="2025-12-10", anew=True
)


def test_the_same_service_told_again_changes_nothing():
    given(collection, *acts.SERVED).when(SERVE, **BY_POLICY).then()


def test_a_service_that_was_not_valid_never_made_anything_late():
    """Served 2024-11-12 to somebody else, overdue and demanded; served validly on 2025-06-10."""
    command = acts.changed(SERVE, effective_on="2025-06-10")
    state = given(collection, *acts.AFTER_DEMAND).when(command, at="2025-06-10 15:00", **BY_POLICY).then(SERVED_ANEW)
    assert (state.stage, state.demanded_on, state.court_window_from) == (Stage.DUE, None, None)
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2025-06-25")) == 0
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2025-06-26")) == 30_000


def test_what_is_late_after_the_valid_service_is_late_again_and_sets_its_window():
    history = (*acts.AFTER_DEMAND, on("2025-06-10 15:00", SERVED_ANEW))
    late = acts.changed(acts.OVERDUE, due_on="2025-06-25")
    window = pb.CourtWindowSet(collection_id=COLLECTION, counts_from_on="2025-12-10", ends_on="2026-03-10")
    given(collection, *history).when(acts.NOTE_OVERDUE, at="2025-06-26 00:00", **BY_POLICY).then(late, window)


def test_a_payment_that_was_late_by_the_invalid_service_is_performed_in_time_by_the_valid_one():
    paid = on("2024-12-02 10:00", acts.paid(FINE, "2024-12-02", order=""))
    command = acts.changed(SERVE, effective_on="2024-11-20")
    outcome = given(collection, *acts.ONLY_FINE_SERVED, paid).when(command, at="2024-12-03 10:00", **BY_POLICY)
    assert acts.said(outcome, 1) == acts.performed("2024-12-02", confiscation=0)


def test_instalments_and_what_a_court_has_keep_their_days_whatever_service_counts():
    command = acts.changed(SERVE, effective_on="2025-06-19")
    for history, stage in ((acts.IN_PARTS, Stage.DUE), (acts.AT_COURT, Stage.COURT_ACCEPTED)):
        state = given(collection, *history).when(command, at="2025-06-21 10:00", **BY_POLICY).state
        assert state.stage is stage
    assert given(collection, *acts.IN_PARTS).when(command, at="2025-06-21 10:00", **BY_POLICY).state.instalments


@pytest.mark.parametrize("note", [SERVE, AMEND, REVOKE, BEGIN, END], ids=lambda note: note.DESCRIPTOR.name)
def test_what_is_told_of_a_decision_without_money_changes_nothing(note):
    given(collection).when(note, **BY_POLICY).then()


def test_an_amended_decision_asks_for_less():
    noted = pb.DecisionChangeNoted(collection_id=COLLECTION, case_id=CASE, fine_fen=600_000, confiscation_fen=INCOME)
    state = given(collection, *acts.SERVED).when(AMEND, **BY_POLICY).then(noted)
    assert [due.amount_fen for due in state.money.dues] == [600_000]


def test_a_fine_lowered_to_what_is_paid_is_performed_and_one_paid_in_full_leaves_a_surplus():
    history = (*acts.ONLY_FINE_SERVED, on(acts.PAID_AT, acts.paid(600_000, "2024-11-20")))
    command = acts.changed(AMEND, confiscation_fen=0)
    noted = pb.DecisionChangeNoted(collection_id=COLLECTION, case_id=CASE, fine_fen=600_000)
    done = acts.changed(acts.performed("2024-11-20", confiscation=0), fine_fen=600_000)
    given(collection, *history).when(command, at="2024-11-25 10:00", **BY_POLICY).then(noted, done)

    full = (*acts.ONLY_FINE_SERVED, on(acts.PAID_AT, acts.paid(FINE, "2024-11-20")))
    state = given(collection, *full).when(command, at="2024-11-25 10:00", **BY_POLICY).then(noted, done)
    assert state.money.surplus(pb.ACCOUNT_FINE, acts.day("2024-11-25")) == 400_000


def test_a_revoked_decision_ends_the_collection_and_pays_nothing_back_by_itself():
    history = (*acts.SERVED, on(acts.PAID_AT, acts.paid(FINE, "2024-11-20")))
    state = given(collection, *history).when(REVOKE, **BY_POLICY).then(REVOKED, OVER)
    assert state.money.surplus(pb.ACCOUNT_FINE, acts.day("2024-12-18")) == FINE
    assert state.refunds == {}


PAID_AND_REVOKED = (*acts.ONLY_FINE_SERVED, on(acts.PAID_AT, acts.paid(FINE, "2024-11-20")), REVOKED, OVER)


def test_a_new_decision_after_a_revoked_one_counts_what_was_paid():
    command = acts.changed(OPEN, fine_fen=FINE + 1, confiscation_fen=0)
    opened = acts.changed(acts.OPENED, fine_fen=FINE + 1, confiscation_fen=0)
    state = given(collection, *PAID_AND_REVOKED).when(command, **BY_POLICY).then(opened)
    assert (state.stage, state.money.open(pb.ACCOUNT_FINE, acts.day("2024-12-18"))) == (Stage.OPENED, 1)


def test_a_new_decision_that_was_paid_with_the_revoked_one_is_performed_at_once():
    command = acts.changed(OPEN, fine_fen=400_000, confiscation_fen=0)
    opened = acts.changed(acts.OPENED, fine_fen=400_000, confiscation_fen=0)
    done = acts.changed(acts.performed("2024-11-20", confiscation=0), fine_fen=400_000)
    state = given(collection, *PAID_AND_REVOKED).when(command, **BY_POLICY).then(opened, done)
    assert state.money.surplus(pb.ACCOUNT_FINE, acts.day("2024-12-18")) == 600_000


def test_what_was_paid_back_of_a_revoked_decision_pays_nothing_of_the_next_one():
    """Revoked, paid back, decided anew: the new fine falls due, is overdue and costs 3 % a day like any other."""
    back = pb.RefundExecuted(
        collection_id=COLLECTION, account=pb.ACCOUNT_FINE, amount_fen=FINE, executed_on="2024-12-30", refund_id="f"
    )
    asked = pb.RefundProposed(collection_id=COLLECTION, account=pb.ACCOUNT_FINE, amount_fen=FINE, refund_id="f")
    anew = acts.changed(acts.FINE_ONLY, fine_fen=800_000)
    served = acts.changed(acts.DUE, effective_on="2025-02-05", due_on="2025-02-20", open_fen=800_000)
    state = given(collection, *PAID_AND_REVOKED, asked, back, anew, served).state
    assert state.money.open_of_dues(acts.day("2025-02-20")) == [800_000]
    assert state.money.overdue(acts.day("2025-02-20")) is None
    overdue = state.money.overdue(acts.day("2025-02-21"))
    assert overdue is not None
    assert overdue.open_fen == 800_000
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2025-02-22")) == 48_000


def test_codes_for_more_than_is_still_owed_are_withdrawn():
    ordered = (*acts.SERVED, on(acts.ORDERED_AT, acts.ORDERED))
    cancelled = pb.PaymentOrderCancelled(collection_id=COLLECTION, order_id=acts.ORDER_ID, reason="应缴金额变更")
    revoked = given(collection, *ordered).when(REVOKE, at="2024-11-21 10:00", **BY_POLICY)
    revoked.then(REVOKED, cancelled, OVER)
    noted = pb.DecisionChangeNoted(collection_id=COLLECTION, case_id=CASE, fine_fen=600_000, confiscation_fen=INCOME)
    given(collection, *ordered).when(AMEND, at="2024-11-21 10:00", **BY_POLICY).then(noted, cancelled)
    given(collection, *ordered).when(AMEND, at="2024-11-23 10:00", **BY_POLICY).then(noted)
    part = (*acts.SERVED, on(acts.ORDERED_AT, acts.changed(acts.ORDERED, amount_fen=600_000)))
    given(collection, *part).when(AMEND, at="2024-11-21 10:00", **BY_POLICY).then(noted)


def test_the_surcharge_does_not_count_while_a_remedy_is_pending():
    """Days 1 to 3 count, 2024-12-01 to 12-10 do not, 12-11 does: 4 days of 300 yuan."""
    begun = given(collection, *acts.SERVED).when(BEGIN, **BY_POLICY)
    begun.then(BEGUN)
    window = acts.changed(acts.WINDOW, counts_from_on="2024-12-25", ends_on="2025-03-25")
    state = given(collection, *acts.SERVED, BEGUN).when(END, **BY_POLICY).then(ENDED, window)
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2024-12-10")) == 90_000
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2024-12-11")) == 120_000


def test_a_remedy_begins_and_ends_once():
    given(collection, *acts.SERVED, BEGUN).when(BEGIN, **BY_POLICY).then()
    given(collection, *acts.SERVED, BEGUN, ENDED).when(END, **BY_POLICY).then()
    given(collection, *acts.SERVED).when(END, **BY_POLICY).then()


def test_an_amended_decision_that_asks_for_more_opens_the_collection_again():
    paid = (*acts.ONLY_FINE_SERVED, on(acts.PAID_AT, acts.paid(FINE, "2024-11-20")))
    history = (*paid, on(acts.PAID_AT, acts.performed("2024-11-20", confiscation=0)))
    more = acts.changed(AMEND, fine_fen=FINE)
    noted = pb.DecisionChangeNoted(collection_id=COLLECTION, case_id=CASE, fine_fen=FINE, confiscation_fen=INCOME)
    again = acts.changed(REOPENED, overdue=False)
    state = given(collection, *history).when(more, at="2024-11-21 10:00", **BY_POLICY).then(noted, again)
    assert state.stage is Stage.DUE


REOPENED = pb.CollectionReopened(collection_id=COLLECTION, case_id=CASE, overdue=True)
PAID_LATE = (*acts.ONLY_FINE_SERVED, on("2024-12-05 10:00", acts.paid(FINE, "2024-12-05", order="")))


def test_a_remedy_that_is_told_late_takes_the_surcharge_away():
    begun = acts.changed(BEGIN, started_on="2024-11-28")
    noted = acts.changed(BEGUN, started_on="2024-11-28")
    given(collection, *PAID_LATE).when(begun, at="2024-12-10 10:00", **BY_POLICY).then(
        noted, acts.performed("2024-12-05", confiscation=0)
    )


def test_a_remedy_that_had_ended_before_the_fine_was_paid_leaves_surcharge_open():
    """Pending from 2024-11-28, paid on 12-05, ended on 12-02: three days count after all."""
    begun = acts.changed(BEGUN, started_on="2024-11-28")
    history = (*acts.ONLY_FINE_SERVED, begun, on("2024-12-05 10:00", acts.paid(FINE, "2024-12-05", order="")))
    done = acts.performed("2024-12-05", confiscation=0)
    ended = acts.changed(END, ended_on="2024-12-02")
    window = acts.changed(acts.WINDOW, counts_from_on="2024-12-17", ends_on="2025-03-17")
    state = (
        given(collection, *history, done)
        .when(ended, at="2024-12-10 10:00", **BY_POLICY)
        .then(acts.changed(ENDED, ended_on="2024-12-02"), REOPENED, window)
    )
    assert (state.stage, state.money.open(pb.ACCOUNT_SURCHARGE, acts.day("2024-12-10"))) == (Stage.OVERDUE, 90_000)


def test_what_was_paid_before_the_service_was_known_may_turn_out_late():
    """Paid on 2024-11-28; the service of 11-12 is recorded afterwards: one day late."""
    paid = (acts.FINE_ONLY, on("2024-11-28 10:00", acts.paid(FINE, "2024-11-28", order="")))
    history = (*paid, on("2024-11-28 10:00", acts.performed("2024-11-28", confiscation=0)))
    due = acts.changed(acts.DUE, open_fen=0)
    state = given(collection, *history).when(SERVE, at="2024-11-28 11:00", **BY_POLICY).then(due, REOPENED, acts.WINDOW)
    assert (state.stage, state.money.open(pb.ACCOUNT_SURCHARGE, acts.day("2024-11-28"))) == (Stage.OVERDUE, 30_000)


def test_the_29th_of_february_of_a_common_year_is_no_day():
    command = acts.changed(SERVE, effective_on="2025-02-29")
    given(collection, acts.OPENED).when(command, **BY_POLICY).refused(KernelRefusal.INVALID_REQUEST)


def test_a_fine_that_was_deferred_is_not_due_on_the_day_of_payment_by_another_service():
    command = acts.changed(SERVE, effective_on="2024-11-25")
    outcome = given(collection, *acts.IN_PARTS).when(command, at="2024-11-26 10:00", **BY_POLICY)
    assert acts.said(outcome).open_fen == 0
