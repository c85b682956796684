"""Suspension, agreement and end of the execution of money (行政强制法 arts. 39, 40, 42)."""

from datetime import date
from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, Stage, collection
from services.kernel.delivery import Reach
from services.kernel.delivery import Refusal as Service
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import given, instant, on
from tests.unit.collection import acts
from tests.unit.collection.acts import (
    AFTER_DEMAND,
    APPLIED_AT,
    APPLY,
    BY_LEADER,
    COLLECTION,
    DEMAND,
    DEMANDED_AT,
    FINE,
    LATE,
    REACHED,
    SERVED,
    changed,
)
from tests.unit.collection.test_demand_and_court import (
    AGREE,
    AGREED,
    BY_HEAD,
    GRANTED,
    PUT_UP,
    SUSPEND,
    SUSPENDED,
    TOLD,
)

RESUME = commands.ResumeExecutionRequest(collection_id=COLLECTION, reason="恢复履行能力", **TOLD)
RESUMED = pb.ExecutionResumed(collection_id=COLLECTION, reason="恢复履行能力", effective_on="2024-12-18", **TOLD)
BREAK = commands.BreakAgreementRequest(collection_id=COLLECTION, reason="逾期未付")
REDUCE: Any = changed(AGREE, waived_fen=200_000, remedial_measures="主动拆除违法设施")
REDUCED = changed(AGREED, waived_fen=200_000, remedial_measures="主动拆除违法设施")
ALLOWED = Rules({"surcharge_reduction": ((date(2024, 1, 1), "agreement"),)})
END = commands.EndExecutionRequest(
    collection_id=COLLECTION, ground=pb.END_GROUND_OBJECT_LOST, reason="标的灭失", **TOLD
)
END_RECORDED = pb.ExecutionEnded(
    collection_id=COLLECTION,
    case_id=acts.CASE,
    ground=pb.END_GROUND_OBJECT_LOST,
    reason="标的灭失",
    effective_on="2024-12-18",
    **TOLD,
)


def test_execution_is_suspended_and_taken_up_again():
    given(collection, *LATE).when(SUSPEND, **BY_LEADER).then(SUSPENDED)
    given(collection, *LATE, SUSPENDED).when(SUSPEND, **BY_LEADER).refused(Refusal.SUSPENDED)
    given(collection, *LATE, SUSPENDED).when(RESUME, **BY_LEADER).then(RESUMED)
    given(collection, *LATE).when(RESUME, **BY_LEADER).refused(Refusal.NOT_SUSPENDED)
    assert given(collection, *LATE, SUSPENDED, RESUMED).when(DEMAND, at=DEMANDED_AT, **REACHED).events


@pytest.mark.parametrize(
    ("history", "command", "event"),
    [(LATE, SUSPEND, SUSPENDED), ((*LATE, SUSPENDED), RESUME, RESUMED), (LATE, END, END_RECORDED)],
    ids=["suspended", "resumed", "ended"],
)
def test_each_change_of_an_execution_is_a_sheet_that_is_served_with_its_proof(history, command, event):
    for bare, refusal in (
        ({"document": None}, Service.SERVED_DOCUMENT_NEEDED),
        ({"way": 0}, Service.SERVICE_WAY_NEEDED),
        ({"proof": None}, Service.PROOF_NEEDED),
        ({"way": cases.SERVICE_WAY_PUBLIC_NOTICE}, Service.NOT_POSTED),
    ):
        given(collection, *history).when(changed(command, **bare), **BY_LEADER).refused(refusal)
    # What is put up holds at once; the service of it takes effect when the thirty days have passed.
    by_notice = changed(command, way=cases.SERVICE_WAY_PUBLIC_NOTICE, proof=None)
    put_up = Reach(posted_at=instant("2024-12-17 09:00"))
    told = changed(event, way=by_notice.way, proof=None, effective_on="2025-01-16")
    given(collection, *history).when(by_notice, **{**BY_LEADER, "found": put_up}).then(told)


@pytest.mark.parametrize("ground", [pb.END_GROUND_PERSON_DIED, pb.END_GROUND_ORGANISATION_ENDED], ids=str)
def test_where_nobody_is_left_the_sheet_stands_and_is_served_on_nobody(ground):
    gone = changed(END, ground=ground, way=0, proof=None)
    recorded = changed(END_RECORDED, ground=ground, way=0, proof=None, effective_on="")
    given(collection, *LATE).when(gone, **BY_LEADER).then(recorded)
    bare = changed(gone, document=None)
    given(collection, *LATE).when(bare, **BY_LEADER).refused(Service.SERVED_DOCUMENT_NEEDED)


def test_a_suspension_does_not_stop_the_surcharge():
    state = given(collection, *LATE, on("2024-11-28 10:00", SUSPENDED)).state
    assert state.money.owed(pb.ACCOUNT_SURCHARGE, acts.day("2024-12-07")) == 300_000


def test_an_agreement_holds_until_it_is_broken():
    given(collection, *AFTER_DEMAND).when(AGREE, at=APPLIED_AT, **BY_LEADER).then(AGREED)
    bare = changed(AGREE, document=None)
    given(collection, *AFTER_DEMAND).when(bare, at=APPLIED_AT, **BY_LEADER).refused(Refusal.SHEET_NEEDED)
    given(collection, *SERVED).when(AGREE, at=acts.PAID_AT, **BY_LEADER).refused(Refusal.NOT_OVERDUE)
    given(collection, *AFTER_DEMAND).when(BREAK, **BY_LEADER).refused(Refusal.NO_AGREEMENT)
    broken = pb.AgreementBroken(collection_id=COLLECTION, reason="逾期未付")
    given(collection, *AFTER_DEMAND, AGREED).when(BREAK, **BY_LEADER).then(broken)
    assert given(collection, *AFTER_DEMAND, AGREED, broken).when(APPLY, at=APPLIED_AT, **BY_HEAD).events


def test_the_surcharge_is_reduced_only_where_the_switch_says_so():
    given(collection, *AFTER_DEMAND).when(REDUCE, at=APPLIED_AT, **BY_LEADER).refused(Refusal.REDUCTION_NOT_ALLOWED)


def test_the_surcharge_is_reduced_for_remedial_measures_and_never_beyond_itself():
    allowed: dict[str, Any] = {"at": APPLIED_AT, "rules": ALLOWED, **BY_LEADER}
    state = given(collection, *AFTER_DEMAND).when(REDUCE, **allowed).then(REDUCED)
    assert state.money.open(pb.ACCOUNT_SURCHARGE, acts.day("2025-06-18")) == FINE - 200_000
    assert state.money.open(pb.ACCOUNT_FINE, acts.day("2025-06-18")) == FINE
    given(collection, *AFTER_DEMAND).when(changed(REDUCE, remedial_measures=""), **allowed).refused(
        Refusal.REMEDIAL_MEASURES_NEEDED
    )
    given(collection, *AFTER_DEMAND).when(changed(REDUCE, waived_fen=FINE + 1), **allowed).refused(
        Refusal.REDUCTION_TOO_LARGE
    )


def test_a_broken_agreement_brings_the_surcharge_back():
    broken = pb.AgreementBroken(collection_id=COLLECTION, reason="逾期未付", restored_fen=200_000)
    state = given(collection, *AFTER_DEMAND, REDUCED).when(BREAK, **BY_LEADER).then(broken)
    assert state.money.open(pb.ACCOUNT_SURCHARGE, acts.day("2025-06-18")) == FINE


def test_an_agreement_that_leaves_nothing_open_performs():
    paid = (
        *AFTER_DEMAND,
        on("2025-06-10 10:00", acts.paid(FINE, "2025-06-10", order="")),
        on("2025-06-10 10:00", acts.paid(acts.INCOME, "2025-06-10", "T2", "", 2)),
    )
    whole = changed(REDUCE, waived_fen=FINE)
    agreed = changed(REDUCED, waived_fen=FINE)
    given(collection, *paid).when(whole, at=APPLIED_AT, rules=ALLOWED, **BY_LEADER).then(
        agreed, acts.performed("2025-06-10")
    )


def test_what_is_left_of_the_surcharge_is_demanded_and_applied_for_like_the_fine():
    paid = (*acts.ONLY_FINE_SERVED, on("2024-12-02 10:00", acts.paid(FINE, "2024-12-02", order="")))
    demanded = given(collection, *paid).when(DEMAND, at=DEMANDED_AT, **REACHED)
    assert [acts.said(demanded).fine_fen, acts.said(demanded).surcharge_fen] == [0, 150_000]
    history = (*paid, on(DEMANDED_AT, demanded.events[0]))
    applied = acts.said(given(collection, *history).when(APPLY, at=APPLIED_AT, **BY_HEAD))
    assert [applied.fine_fen, applied.surcharge_fen] == [0, 150_000]


def test_a_leader_ends_what_cannot_be_executed():
    state = given(collection, *LATE).when(END, **BY_LEADER).then(END_RECORDED)
    assert state.stage is Stage.ENDED
    divided = given(collection, *acts.IN_PARTS).when(END, **BY_LEADER)
    divided.then(changed(END_RECORDED, instalment_ids=[acts.FIRST, acts.SECOND]))
    ordered = (*LATE, on("2024-12-18 10:00", changed(acts.ORDERED, expires_at=acts.expiry("2024-12-21 10:00"))))
    cancelled = pb.PaymentOrderCancelled(collection_id=COLLECTION, order_id=acts.ORDER_ID, reason="收缴已终结")
    given(collection, *ordered).when(END, **BY_LEADER).then(END_RECORDED, cancelled)
    given(collection, *LATE, END_RECORDED).when(END, **BY_LEADER).refused(Refusal.EXECUTION_OVER)


@pytest.mark.parametrize("ground", [pb.END_GROUND_COMPLETED, pb.END_GROUND_PARTY_PERFORMED], ids=str)
def test_what_others_did_is_no_ground_of_a_leader(ground):
    given(collection, *LATE).when(changed(END, ground=ground), **BY_LEADER).refused(Refusal.END_GROUND_WRONG)


def test_the_court_ends_only_what_it_granted():
    ended = changed(END, ground=pb.END_GROUND_COURT_ENDED, reason="终结本次执行")
    given(collection, *acts.AT_COURT).when(ended, **BY_LEADER).refused(KernelRefusal.WRONG_STAGE)
    assert given(collection, *acts.AT_COURT, GRANTED).when(ended, **BY_LEADER).events


def test_after_three_years_of_inability_nothing_is_executed_any_more():
    given_up = changed(END, ground=pb.END_GROUND_SUSPENDED_THREE_YEARS, reason="三年未恢复")
    since = (*LATE, on("2024-12-18 10:00", SUSPENDED))
    given(collection, *since).when(given_up, at="2027-12-18 23:59", **BY_LEADER).refused(
        Refusal.NOT_SUSPENDED_LONG_ENOUGH, until="2027-12-18"
    )
    assert given(collection, *since).when(given_up, at="2027-12-19 00:00", **BY_LEADER).events
    other = (*LATE, changed(SUSPENDED, ground=pb.SUSPENSION_GROUND_OTHER))
    given(collection, *other).when(given_up, at="2028-01-10 10:00", **BY_LEADER).refused(Refusal.END_GROUND_WRONG)
    given(collection, *LATE).when(given_up, at="2028-01-10 10:00", **BY_LEADER).refused(Refusal.END_GROUND_WRONG)


def test_a_public_notice_counts_for_the_one_demand_that_it_was_put_up_for():
    early = {**BY_LEADER, "found": Reach(posted_at=instant("2024-11-27 10:00"))}
    given(collection, *LATE).when(PUT_UP, at="2025-07-05 10:00", **early).refused(Service.NOT_POSTED)
    used = {**BY_LEADER, "found": Reach(posted_at=instant("2025-05-20 10:00"))}
    given(collection, *AFTER_DEMAND).when(PUT_UP, at="2025-07-10 10:00", **used).refused(Service.NOT_POSTED)
    again = {**BY_LEADER, "found": Reach(posted_at=instant("2025-06-04 10:00"))}
    outcome = given(collection, *AFTER_DEMAND).when(PUT_UP, at="2025-07-10 10:00", **again)
    assert acts.said(outcome).served_on == "2025-07-04"
