"""Orders and payments: only what the collecting side says, and a person decides where it is not what was asked for."""

from typing import Any

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, Stage, collection
from services.collection.model.payment import Elsewhere
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import POLICY, given, instant, on, uid
from tests.unit.collection import acts
from tests.unit.collection.acts import (
    BY_BANK,
    BY_FINANCE,
    CASE,
    COLLECTION,
    FINE,
    INCOME,
    ORDER,
    ORDER_ID,
    ORDERED,
    ORDERED_AT,
    PAID_AT,
    PAY,
    changed,
)

WITH_ORDER = (*acts.SERVED, on(ORDERED_AT, ORDERED))
FINE_ORDER = (*acts.ONLY_FINE_SERVED, on(ORDERED_AT, ORDERED))
PLACE = commands.NoteOrderPlacedRequest(
    collection_id=COLLECTION, order_id=ORDER_ID, qr_payload="bank://1", bank_reference="B1"
)
PLACED = pb.PaymentOrderPlaced(collection_id=COLLECTION, order_id=ORDER_ID, qr_payload="bank://1", bank_reference="B1")
REJECT = commands.NoteOrderRejectedRequest(collection_id=COLLECTION, order_id=ORDER_ID, reason="户名不符")
REJECTED = pb.PaymentOrderRejected(collection_id=COLLECTION, order_id=ORDER_ID, reason="户名不符")
CANCEL = commands.CancelPaymentOrderRequest(collection_id=COLLECTION, order_id=ORDER_ID, reason="改为分期")
CANCELLED = pb.PaymentOrderCancelled(collection_id=COLLECTION, order_id=ORDER_ID, reason="改为分期")


def differs(command: commands.RecordPaymentRequest, kind: Any, at: str, expected: int = FINE) -> Any:
    from services.collection.model.collection import named

    stamp = to_timestamp(instant(at)).seconds
    said = f"{command.transaction_id}/{command.order_id}/{command.amount_fen}/{stamp}"
    return pb.PaymentDifferenceFound(
        collection_id=COLLECTION,
        difference=pb.Difference(
            difference_id=named(COLLECTION, said),
            kind=kind,
            transaction_id=command.transaction_id,
            account=pb.ACCOUNT_FINE,
            expected_fen=expected,
            amount_fen=command.amount_fen,
        ),
    )


def test_an_order_asks_for_what_is_open_and_can_be_paid_for_72_hours():
    given(collection, *acts.SERVED).when(ORDER, at=ORDERED_AT).then(ORDERED)


def test_an_order_may_ask_for_a_part():
    outcome = given(collection, *acts.SERVED).when(changed(ORDER, amount_fen=300_000), at=ORDERED_AT)
    outcome.then(changed(ORDERED, amount_fen=300_000))


def test_an_order_for_the_surcharge_asks_for_that_of_the_day():
    outcome = given(collection, *acts.SERVED).when(changed(ORDER, account=pb.ACCOUNT_SURCHARGE), at="2024-11-29 10:00")
    assert acts.said(outcome).amount_fen == 60_000


def test_an_order_for_more_than_is_open_is_refused():
    command = changed(ORDER, amount_fen=FINE + 1)
    given(collection, *acts.SERVED).when(command, at=ORDERED_AT).refused(
        Refusal.ORDER_EXCEEDS_OPEN, amount_fen=FINE + 1, open_fen=FINE
    )


def test_nothing_is_ordered_where_nothing_is_open():
    command = changed(ORDER, account=pb.ACCOUNT_SURCHARGE)
    given(collection, *acts.SERVED).when(command, at=ORDERED_AT).refused(Refusal.NOTHING_OPEN)


def test_a_second_order_on_the_account_waits_until_the_first_expired_or_was_cancelled():
    again = changed(ORDER, command_id=uid("again"))
    given(collection, *WITH_ORDER).when(again, at="2024-11-23 09:59").refused(Refusal.ORDER_RUNNING)
    assert given(collection, *WITH_ORDER).when(again, at="2024-11-23 10:00").events
    assert given(collection, *WITH_ORDER, CANCELLED).when(again, at="2024-11-21 10:00").events
    assert given(collection, *WITH_ORDER, REJECTED).when(again, at="2024-11-21 10:00").events
    other = changed(again, account=pb.ACCOUNT_CONFISCATION)
    assert given(collection, *WITH_ORDER).when(other, at="2024-11-21 10:00").events


def test_what_is_over_takes_no_order():
    history = (*acts.SERVED, acts.performed("2024-11-20"))
    given(collection, *history).when(ORDER).refused(Refusal.EXECUTION_OVER)


def test_the_banks_code_is_noted_once():
    given(collection, *WITH_ORDER).when(PLACE, actor=POLICY).then(PLACED)
    given(collection, *WITH_ORDER, PLACED).when(PLACE, actor=POLICY).then()
    given(collection, *WITH_ORDER, CANCELLED).when(PLACE, actor=POLICY).then()
    given(collection, *acts.SERVED).when(PLACE, actor=POLICY).then()


def test_an_order_that_the_bank_does_not_take_is_over():
    given(collection, *WITH_ORDER).when(REJECT, actor=POLICY).then(REJECTED)
    given(collection, *WITH_ORDER, acts.paid(FINE, "2024-11-20")).when(REJECT, actor=POLICY).then()


def test_only_an_open_order_is_cancelled():
    given(collection, *WITH_ORDER).when(CANCEL).then(CANCELLED)
    given(collection, *acts.SERVED).when(CANCEL).refused(Refusal.ORDER_NOT_OPEN)
    given(collection, *WITH_ORDER, acts.paid(FINE, "2024-11-20")).when(CANCEL).refused(Refusal.ORDER_NOT_OPEN)


def test_the_fiscal_receipt_that_the_bank_gave_is_kept():
    told = changed(PAY, receipt_number=" 财票T1 ")
    recorded, *_ = given(collection, *FINE_ORDER).when(told, at=PAID_AT, **BY_BANK).events
    assert recorded == changed(acts.paid(FINE, "2024-11-20"), receipt_number="财票T1")


def test_a_payment_of_everything_performs():
    given(collection, *FINE_ORDER).when(PAY, at=PAID_AT, **BY_BANK).then(
        acts.paid(FINE, "2024-11-20"), acts.performed("2024-11-20", confiscation=0)
    )


def test_the_fine_alone_does_not_perform_while_the_income_is_open():
    state = given(collection, *WITH_ORDER).when(PAY, at=PAID_AT, **BY_BANK).then(acts.paid(FINE, "2024-11-20"))
    assert (state.stage, state.money.open(pb.ACCOUNT_CONFISCATION, acts.day("2024-11-20"))) == (Stage.DUE, INCOME)


def test_the_same_transaction_again_changes_nothing():
    history = (*WITH_ORDER, on(PAID_AT, acts.paid(FINE, "2024-11-20")))
    given(collection, *history).when(changed(PAY, command_id=uid("again")), at=PAID_AT, **BY_BANK).then()


def test_the_same_transaction_with_another_amount_is_shown_and_not_added():
    history = (*WITH_ORDER, on(PAID_AT, acts.paid(FINE, "2024-11-20")))
    other = changed(PAY, amount_fen=900_000)
    found = differs(other, pb.DIFFERENCE_KIND_CONTRADICTION, PAID_AT)
    state = given(collection, *history).when(other, at=PAID_AT, **BY_BANK).then(found)
    assert state.money.paid(pb.ACCOUNT_FINE) == FINE
    given(collection, *history, found).when(changed(other, command_id=uid("again")), at=PAID_AT, **BY_BANK).then()


def test_a_transaction_of_another_collection_is_refused():
    given(collection, *WITH_ORDER).when(PAY, at=PAID_AT, actor=acts.BANK, found=Elsewhere(uid("other"))).refused(
        Refusal.TRANSACTION_ELSEWHERE
    )


@pytest.mark.parametrize(
    ("history", "command", "at", "kind", "expected"),
    [
        (FINE_ORDER, changed(PAY, amount_fen=FINE - 1), PAID_AT, pb.DIFFERENCE_KIND_UNDERPAID, FINE),
        (WITH_ORDER, changed(PAY, amount_fen=FINE + 1), PAID_AT, pb.DIFFERENCE_KIND_OVERPAID, FINE),
        (
            (*WITH_ORDER, on(PAID_AT, acts.paid(FINE, "2024-11-20"))),
            changed(PAY, transaction_id="T2"),
            "2024-11-20 10:20",
            pb.DIFFERENCE_KIND_DUPLICATE,
            FINE,
        ),
        (WITH_ORDER, changed(PAY, order_id=""), PAID_AT, pb.DIFFERENCE_KIND_ORDER_UNKNOWN, 0),
        (WITH_ORDER, changed(PAY, order_id=uid("?")), PAID_AT, pb.DIFFERENCE_KIND_ORDER_UNKNOWN, 0),
        ((*WITH_ORDER, CANCELLED), PAY, PAID_AT, pb.DIFFERENCE_KIND_ORDER_CANCELLED, FINE),
        (WITH_ORDER, PAY, "2024-11-23 10:00", pb.DIFFERENCE_KIND_ORDER_EXPIRED, FINE),
    ],
    ids=["less", "more", "twice", "no order", "unknown order", "cancelled", "expired"],
)
def test_what_was_not_asked_for_is_recorded_as_it_came_and_shown(history, command, at, kind, expected):
    account_paid = acts.paid(command.amount_fen, at[:10], command.transaction_id, command.order_id)
    given(collection, *history).when(command, at=at, **BY_BANK).then(account_paid, differs(command, kind, at, expected))


def test_money_without_order_and_account_goes_where_some_is_open():
    paid_fine = (*acts.SERVED, on(PAID_AT, acts.paid(FINE, "2024-11-20")))
    command = changed(PAY, order_id="", transaction_id="T2", amount_fen=INCOME)
    outcome = given(collection, *paid_fine).when(command, at="2024-11-21 10:00", **BY_BANK)
    assert outcome.events[0] == acts.paid(INCOME, "2024-11-21", "T2", "", pb.ACCOUNT_CONFISCATION)


def test_money_that_comes_after_the_end_is_shown():
    history = (*FINE_ORDER, on(PAID_AT, acts.paid(FINE, "2024-11-20")), acts.performed("2024-11-20", confiscation=0))
    late = changed(PAY, transaction_id="T2")
    given(collection, *history).when(late, at="2024-12-20 10:00", **BY_BANK).then(
        acts.paid(FINE, "2024-12-20", "T2"),
        differs(late, pb.DIFFERENCE_KIND_AFTER_END, "2024-12-20 10:00"),
    )


def test_a_late_callback_counts_from_the_day_on_which_the_bank_took_the_money():
    """Paid on the last day, reported after the demand: no surcharge at all."""
    history = (*acts.ONLY_FINE_SERVED, on("2024-11-26 10:00", ORDERED), on("2024-11-28 00:00", acts.OVERDUE))
    state = (
        given(collection, *history)
        .when(PAY, at="2024-11-27 23:59", now="2025-06-04 10:00", **BY_BANK)
        .then(
            acts.paid(FINE, "2024-11-27"),
            differs(PAY, pb.DIFFERENCE_KIND_ORDER_EXPIRED, "2024-11-27 23:59"),
            acts.performed("2024-11-27", confiscation=0),
        )
    )
    assert state.stage is Stage.PERFORMED


def test_a_fine_paid_late_is_not_performed_before_its_surcharge():
    history = acts.ONLY_FINE_SERVED
    late = given(collection, *history).when(changed(PAY, order_id=""), at="2024-11-30 10:00", **BY_BANK).state
    assert (late.stage, late.money.open(pb.ACCOUNT_SURCHARGE, acts.day("2025-06-01"))) == (Stage.DUE, 90_000)
    paid_late = (*history, on("2024-11-30 10:00", acts.paid(FINE, "2024-11-30", order="")))
    rest = commands.RecordPaymentRequest(
        collection_id=COLLECTION, transaction_id="T2", account=pb.ACCOUNT_SURCHARGE, amount_fen=90_000
    )
    outcome = given(collection, *paid_late).when(rest, at="2024-12-05 10:00", **BY_BANK)
    assert outcome.events[-1] == acts.performed("2024-12-05", confiscation=0, surcharge=90_000)


OVERPAID = changed(PAY, amount_fen=FINE + 20_000)
SURPLUS_FOUND = differs(OVERPAID, pb.DIFFERENCE_KIND_OVERPAID, PAID_AT)
DIFFERENCE_ID = SURPLUS_FOUND.difference.difference_id
OVERPAID_HISTORY = (
    *WITH_ORDER,
    on(PAID_AT, acts.paid(FINE + 20_000, "2024-11-20")),
    on(PAID_AT, SURPLUS_FOUND),
)
RESOLVE = commands.ResolveDifferenceRequest(
    collection_id=COLLECTION,
    difference_id=DIFFERENCE_ID,
    resolution=pb.DIFFERENCE_RESOLUTION_ACCEPTED,
    note="与当事人核实",
)
RESOLVED = pb.DifferenceResolved(
    collection_id=COLLECTION,
    case_id=CASE,
    difference_id=DIFFERENCE_ID,
    resolution=pb.DIFFERENCE_RESOLUTION_ACCEPTED,
    note="与当事人核实",
)


def test_a_person_may_let_a_difference_stand():
    given(collection, *OVERPAID_HISTORY).when(RESOLVE, **BY_FINANCE).then(RESOLVED)
    given(collection, *OVERPAID_HISTORY, RESOLVED).when(RESOLVE, **BY_FINANCE).refused(Refusal.DIFFERENCE_NOT_OPEN)


def test_what_is_booked_is_no_error_of_the_bank():
    error = changed(RESOLVE, resolution=pb.DIFFERENCE_RESOLUTION_BANK_ERROR)
    given(collection, *OVERPAID_HISTORY).when(error, **BY_FINANCE).refused(Refusal.MONEY_BOOKED)
    paid = (*WITH_ORDER, on(PAID_AT, acts.paid(FINE, "2024-11-20")))
    found = differs(changed(PAY, amount_fen=900_000), pb.DIFFERENCE_KIND_CONTRADICTION, PAID_AT)
    contradiction = changed(error, difference_id=found.difference.difference_id)
    assert given(collection, *paid, found).when(contradiction, **BY_FINANCE).events


def test_a_surplus_moves_to_another_account_from_the_day_of_payment():
    command = changed(RESOLVE, resolution=pb.DIFFERENCE_RESOLUTION_MOVED, to_account=pb.ACCOUNT_CONFISCATION)
    state = (
        given(collection, *OVERPAID_HISTORY)
        .when(command, **BY_FINANCE)
        .then(
            changed(
                RESOLVED,
                resolution=pb.DIFFERENCE_RESOLUTION_MOVED,
                to_account=pb.ACCOUNT_CONFISCATION,
                moved_fen=20_000,
                from_account=pb.ACCOUNT_FINE,
                paid_on="2024-11-20",
            )
        )
    )
    day = acts.day("2024-11-20")
    assert state.money.surplus(pb.ACCOUNT_FINE, day) == 0
    assert state.money.open(pb.ACCOUNT_CONFISCATION, day) == INCOME - 20_000


def test_a_surplus_goes_nowhere_where_nothing_is_open_and_nothing_is_moved_without_one():
    moved = changed(RESOLVE, resolution=pb.DIFFERENCE_RESOLUTION_MOVED, to_account=pb.ACCOUNT_SURCHARGE)
    given(collection, *OVERPAID_HISTORY).when(moved, at=PAID_AT, **BY_FINANCE).refused(Refusal.NOTHING_OPEN)
    command = changed(PAY, amount_fen=FINE - 1)
    found = differs(command, pb.DIFFERENCE_KIND_UNDERPAID, PAID_AT)
    less = (*WITH_ORDER, on(PAID_AT, acts.paid(FINE - 1, "2024-11-20")), on(PAID_AT, found))
    wanted = changed(moved, difference_id=found.difference.difference_id, to_account=pb.ACCOUNT_CONFISCATION)
    given(collection, *less).when(wanted, at=PAID_AT, **BY_FINANCE).refused(Refusal.NO_SURPLUS)


@pytest.mark.parametrize(
    "changes", [{"to_account": pb.ACCOUNT_FINE}, {"resolution": pb.DIFFERENCE_RESOLUTION_MOVED}], ids=str
)
def test_an_account_is_named_for_a_move_and_for_nothing_else(changes):
    given(collection, *OVERPAID_HISTORY).when(changed(RESOLVE, **changes), **BY_FINANCE).refused(
        KernelRefusal.INVALID_REQUEST
    )


def test_a_surplus_is_proposed_for_a_refund_and_not_paid_back():
    command = changed(RESOLVE, resolution=pb.DIFFERENCE_RESOLUTION_REFUND)
    proposed = pb.RefundProposed(
        collection_id=COLLECTION,
        case_id=CASE,
        refund_id=acts.made(command, "refund"),
        account=pb.ACCOUNT_FINE,
        amount_fen=20_000,
        reason="与当事人核实",
    )
    state = (
        given(collection, *OVERPAID_HISTORY)
        .when(command, **BY_FINANCE)
        .then(changed(RESOLVED, resolution=pb.DIFFERENCE_RESOLUTION_REFUND), proposed)
    )
    assert state.money.paid(pb.ACCOUNT_FINE) == FINE + 20_000
