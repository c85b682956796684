"""Overdue, demand, application to the court: each day on which the law says not yet, yes, or no more."""

from datetime import date, timedelta
from typing import Any

import pytest
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, Stage, collection
from services.kernel.delivery import Reach
from services.kernel.delivery import Refusal as Service
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import HEAD, POLICY, On, given, instant, on
from tests.unit.collection import acts
from tests.unit.collection.acts import (
    AFTER_DEMAND,
    APPLIED,
    APPLIED_AT,
    APPLY,
    BY_LEADER,
    COLLECTION,
    DEMAND,
    DEMANDED,
    DEMANDED_AT,
    FINE,
    HANDED,
    LATE,
    NOTE_OVERDUE,
    OVERDUE,
    REACHED,
    SERVED,
    WINDOW,
    changed,
    file,
)

BY_HEAD: dict[str, Any] = {"actor": HEAD}
STATE = commands.RecordDemandStatementRequest(collection_id=COLLECTION, content="已部分缴纳", document=file("陈述"))
STATED = pb.DemandStatementRecorded(collection_id=COLLECTION, content="已部分缴纳", document=file("陈述"))
REVIEW = commands.ReviewDemandStatementRequest(collection_id=COLLECTION, result="不成立")
REVIEWED = pb.DemandStatementReviewed(collection_id=COLLECTION, result="不成立")
BEGUN = pb.RemedyBeginNoted(
    collection_id=COLLECTION, remedy_id="r", kind=pb.REMEDY_KIND_LITIGATION, started_on="2025-02-03"
)
ENDED = pb.RemedyEndNoted(collection_id=COLLECTION, remedy_id="r", ended_on="2025-05-03")
TOLD: dict[str, Any] = {"document": file("中止强制执行通知书"), **HANDED}
SUSPEND = commands.SuspendExecutionRequest(
    collection_id=COLLECTION, ground=pb.SUSPENSION_GROUND_UNABLE, reason="暂无履行能力", **TOLD
)
SUSPENDED = pb.ExecutionSuspended(
    collection_id=COLLECTION,
    ground=pb.SUSPENSION_GROUND_UNABLE,
    reason="暂无履行能力",
    effective_on="2024-12-18",
    **TOLD,
)
AGREE = commands.ConcludeAgreementRequest(collection_id=COLLECTION, terms="每月缴纳二千元", document=file("执行协议"))
AGREED = pb.AgreementConcluded(collection_id=COLLECTION, terms="每月缴纳二千元", document=file("执行协议"))


def test_the_clock_says_that_the_day_passed_and_the_window_for_the_court_is_set():
    given(collection, *SERVED).when(NOTE_OVERDUE, at="2024-11-28 00:00", actor=POLICY).then(OVERDUE, WINDOW)


def test_what_is_paid_meanwhile_is_not_overdue():
    paid = (
        *SERVED,
        on(acts.PAID_AT, acts.paid(FINE, "2024-11-20")),
        on(acts.PAID_AT, acts.paid(acts.INCOME, "2024-11-20", "T2", account=2)),
    )
    given(collection, *paid).when(NOTE_OVERDUE, at="2024-11-28 00:00", actor=POLICY).then()
    given(collection, *LATE).when(NOTE_OVERDUE, at="2024-11-29 00:00", actor=POLICY).then()
    given(collection, *SERVED).when(NOTE_OVERDUE, at="2024-11-27 23:59", actor=POLICY).then()


def test_the_demand_names_what_is_open_on_each_account():
    given(collection, *LATE).when(DEMAND, at=DEMANDED_AT, **REACHED).then(DEMANDED)


def test_nothing_is_demanded_before_the_day_passed():
    given(collection, *SERVED).when(DEMAND, at="2024-11-27 23:59", **REACHED).refused(
        Refusal.NOT_OVERDUE, due_on="2024-11-27"
    )
    assert given(collection, *SERVED).when(DEMAND, at="2024-11-28 00:00", **REACHED).events
    given(collection, acts.OPENED).when(DEMAND, **REACHED).refused(KernelRefusal.WRONG_STAGE)


def test_a_pending_remedy_does_not_keep_a_demand_back_unless_whoever_hears_it_stopped_execution():
    """行政处罚法 art. 73 para. 1. The surcharge alone does not count meanwhile: thirty days of it are in the demand."""
    sued = (*LATE, on("2024-12-28 09:00", changed(BEGUN, started_on="2024-12-28")))
    outcome = given(collection, *sued).when(DEMAND, at=DEMANDED_AT, **REACHED)
    outcome.then(changed(DEMANDED, surcharge_fen=FINE * 3 * 30 // 100))
    stopped = (*LATE, changed(BEGUN, execution_stopped=True))
    given(collection, *stopped).when(DEMAND, at=DEMANDED_AT, **REACHED).refused(Refusal.STOPPED_BY_REMEDY)
    over = (*stopped, on("2025-05-03 10:00", ENDED))
    assert given(collection, *over).when(DEMAND, at=DEMANDED_AT, **REACHED).events


BY_MAIL: Any = changed(DEMAND, way=cases.SERVICE_WAY_MAIL, delivery=delivery.Delivery(mail_number="EMS1234567890"))
SYSTEM = "短信 13800000000"
BY_MESSAGE: Any = changed(DEMAND, way=cases.SERVICE_WAY_ELECTRONIC, delivery=delivery.Delivery(system=SYSTEM))
PUT_UP: Any = changed(DEMAND, way=cases.SERVICE_WAY_PUBLIC_NOTICE, proof=None)


def test_a_demand_is_a_sheet_that_is_served_with_its_proof():
    for bare, refusal in (
        (changed(DEMAND, document=None), Service.SERVED_DOCUMENT_NEEDED),
        (changed(DEMAND, proof=None), Service.PROOF_NEEDED),
        (changed(BY_MAIL, delivery=None), Service.MAIL_NUMBER_NEEDED),
        (changed(DEMAND, way=cases.SERVICE_WAY_LEFT), Service.WITNESS_OR_RECORDING),
        (BY_MESSAGE, Service.NO_ELECTRONIC_CONSENT),
        (PUT_UP, Service.NOT_POSTED),
    ):
        given(collection, *LATE).when(bare, at=DEMANDED_AT, **REACHED).refused(refusal)
    by_mail = changed(DEMANDED, way=BY_MAIL.way, delivery=BY_MAIL.delivery)
    given(collection, *LATE).when(BY_MAIL, at=DEMANDED_AT, **REACHED).then(by_mail)


def test_a_demand_is_sent_to_the_system_that_the_party_consented_to_in_its_case():
    consented = {**BY_LEADER, "found": Reach(SYSTEM)}
    sent = changed(DEMANDED, way=BY_MESSAGE.way, delivery=BY_MESSAGE.delivery)
    given(collection, *LATE).when(BY_MESSAGE, at=DEMANDED_AT, **consented).then(sent)
    elsewhere = {**BY_LEADER, "found": Reach("别的系统")}
    given(collection, *LATE).when(BY_MESSAGE, at=DEMANDED_AT, **elsewhere).refused(Service.OTHER_SYSTEM)


def test_the_ten_working_days_count_from_the_day_on_which_the_service_took_effect():
    """Put up on 3 June 2025, served when thirty days have passed, on 3 July; ten working days end on 17 July."""
    posted = {**BY_LEADER, "found": Reach(posted_at=instant("2025-06-03 10:00"))}
    given(collection, *LATE).when(PUT_UP, at="2025-07-03 23:59", **posted).refused(
        Service.PUBLIC_NOTICE_RUNNING, effective_on="2025-07-03"
    )
    outcome = given(collection, *LATE).when(PUT_UP, at="2025-07-05 10:00", **posted)
    assert acts.said(outcome).served_on == "2025-07-03"
    history = (*LATE, on("2025-07-05 10:00", outcome.events[0]))
    given(collection, *history).when(APPLY, at="2025-07-17 23:59", **BY_HEAD).refused(
        Refusal.DEMAND_PERIOD_RUNNING, until="2025-07-17"
    )
    assert given(collection, *history).when(APPLY, at="2025-07-18 00:00", **BY_HEAD).events


def test_statements_against_the_demand_are_reviewed():
    given(collection, *LATE).when(STATE).refused(KernelRefusal.WRONG_STAGE)
    given(collection, *AFTER_DEMAND).when(STATE).then(STATED)
    given(collection, *AFTER_DEMAND).when(REVIEW).refused(Refusal.NO_STATEMENT)
    given(collection, *AFTER_DEMAND, STATED).when(REVIEW).then(REVIEWED)
    given(collection, *AFTER_DEMAND, STATED).when(APPLY, at=APPLIED_AT, **BY_HEAD).refused(
        Refusal.STATEMENT_NOT_REVIEWED
    )
    assert given(collection, *AFTER_DEMAND, STATED, REVIEWED).when(APPLY, at=APPLIED_AT, **BY_HEAD).events


def test_the_head_applies_with_the_five_materials():
    state = given(collection, *AFTER_DEMAND).when(APPLY, at=APPLIED_AT, **BY_HEAD).then(APPLIED)
    assert state.stage is Stage.COURT_APPLIED


def test_on_the_tenth_working_day_after_the_demand_still_not_from_the_next_day_on():
    """Served Tuesday 2025-06-03: the tenth working day is Tuesday 2025-06-17."""
    given(collection, *AFTER_DEMAND).when(APPLY, at="2025-06-17 23:59", **BY_HEAD).refused(
        Refusal.DEMAND_PERIOD_RUNNING, until="2025-06-17"
    )
    assert given(collection, *AFTER_DEMAND).when(APPLY, at="2025-06-18 00:00", **BY_HEAD).events


def test_not_before_the_time_for_a_suit_has_passed():
    early = (*LATE, on("2025-03-03 10:00", changed(DEMANDED, served_on="2025-03-03")))
    given(collection, *early).when(APPLY, at="2025-05-12 23:59", **BY_HEAD).refused(
        Refusal.SUIT_PERIOD_RUNNING, until="2025-05-12"
    )
    assert given(collection, *early).when(APPLY, at="2025-05-13 00:00", **BY_HEAD).events


def test_within_three_months_or_with_a_reason():
    given(collection, *AFTER_DEMAND).when(APPLY, at="2025-08-13 00:00", **BY_HEAD).refused(
        Refusal.COURT_WINDOW_PASSED, ended_on="2025-08-12"
    )
    assert given(collection, *AFTER_DEMAND).when(APPLY, at="2025-08-12 23:59", **BY_HEAD).events
    late = changed(APPLY, window_reason="不可抗力")
    expected = changed(APPLIED, window_reason="不可抗力", applied_on="2025-08-13")
    given(collection, *AFTER_DEMAND).when(late, at="2025-08-13 00:00", **BY_HEAD).then(expected)


def in_parts_until(second_on: str, demanded_on: str) -> tuple[Any, ...]:
    """Instalments of which none is paid, and the demand after them."""
    *before, second = acts.IN_PARTS
    assert isinstance(second, On)
    last = changed(second.event, due_on=second_on)
    approved = [
        On(one.at, changed(one.event, ends_on=second_on))
        if isinstance(one, On) and isinstance(one.event, pb.InstalmentsApproved)
        else one
        for one in before
    ]
    demanded = changed(DEMANDED, served_on=demanded_on, confiscation_fen=0)
    return (*approved, On(second.at, last), on(f"{demanded_on} 10:00", demanded))


@pytest.mark.parametrize(
    ("second_on", "demanded_on", "last_on", "late_on"),
    [
        ("2025-06-30", "2025-07-01", "2025-09-30", "2025-10-01"),
        ("2025-03-31", "2025-04-01", "2025-06-30", "2025-07-01"),
        ("2025-01-20", "2025-04-01", "2025-08-12", "2025-08-13"),
    ],
    ids=["they end after the time for a suit", "they end before it", "they would close the window before it opens"],
)
def test_the_three_months_count_from_the_end_of_instalments_unless_they_would_be_over_before_the_time_for_a_suit(
    second_on, demanded_on, last_on, late_on
):
    missed = in_parts_until(second_on, demanded_on)
    given(collection, *missed).when(APPLY, at=f"{late_on} 00:00", **BY_HEAD).refused(
        Refusal.COURT_WINDOW_PASSED, ended_on=last_on
    )
    assert given(collection, *missed).when(APPLY, at=f"{last_on} 23:59", **BY_HEAD).events


def test_a_switch_takes_the_end_of_the_time_for_a_suit_where_it_is_later():
    rules = Rules({"court_window_with_instalments": ((date(2024, 1, 1), "later"),)})
    missed = in_parts_until("2025-03-31", "2025-04-01")
    given(collection, *missed).when(APPLY, at="2025-08-13 00:00", rules=rules, **BY_HEAD).refused(
        Refusal.COURT_WINDOW_PASSED, ended_on="2025-08-12"
    )
    assert given(collection, *missed).when(APPLY, at="2025-08-12 23:59", rules=rules, **BY_HEAD).events


@pytest.mark.parametrize(
    ("value", "runs_until", "last_on"),
    [("suit", "2025-05-12", "2025-08-12"), ("reconsideration", "2025-01-13", "2025-04-14")],
)
def test_against_a_penalty_on_the_spot_the_switch_says_which_remedy_is_waited_for(value, runs_until, last_on):
    rules = Rules({"on_spot_remedy_period": ((date(2024, 1, 1), value),)})
    opened = changed(acts.OPENED, case_id="", on_spot_id=acts.CASE)
    demanded = changed(DEMANDED, served_on="2024-12-02")
    history = (opened, on(acts.SERVED_AT, acts.DUE), on("2024-12-02 10:00", demanded))
    asked: dict[str, Any] = {"rules": rules, **BY_HEAD}
    given(collection, *history).when(APPLY, at=f"{runs_until} 23:59", **asked).refused(
        Refusal.SUIT_PERIOD_RUNNING, until=runs_until
    )
    assert given(collection, *history).when(APPLY, at=f"{last_on} 23:59", **asked).events
    late = acts.day(last_on) + timedelta(days=1)
    given(collection, *history).when(APPLY, at=f"{late} 00:00", **asked).refused(
        Refusal.COURT_WINDOW_PASSED, ended_on=last_on
    )


# ── After a remedy ───────────────────────────────────────────────────────────────────────────────────────────────────

REVIEWED_BY = changed(BEGUN, kind=pb.REMEDY_KIND_RECONSIDERATION, started_on="2024-12-02")
UPHELD = changed(ENDED, ended_on="2025-01-24")
"""The reconsideration left the decision as it is: time for a suit to Saturday 2025-02-08, a working day."""
SUED, LOST = changed(BEGUN, remedy_id="s"), changed(ENDED, remedy_id="s")
AFTERWARDS = changed(APPLY, remedy_reason="复议维持，当事人逾期未起诉")


@pytest.mark.parametrize(
    ("remedy", "runs_until", "last_on"),
    [
        ((REVIEWED_BY, UPHELD), "2025-02-08", "2025-05-08"),
        ((REVIEWED_BY, changed(UPHELD, received_on="2025-02-05")), "2025-02-20", "2025-05-20"),
        ((REVIEWED_BY, changed(UPHELD, withdrawn=True)), "2025-05-12", "2025-08-12"),
        ((BEGUN, ENDED), "2025-05-03", "2025-08-04"),
        ((BEGUN, changed(ENDED, ended_on="2025-06-20", withdrawn=True)), "2025-06-20", "2025-09-22"),
        ((REVIEWED_BY, UPHELD, SUED, LOST), "2025-05-03", "2025-08-04"),
    ],
    ids=["reconsideration", "received later", "withdrawn", "suit", "suit withdrawn after six months", "both"],
)  # fmt: skip
def test_after_a_remedy_the_application_waits_for_what_it_left_and_has_three_months_from_then(
    remedy, runs_until, last_on
):
    history = (*LATE, *remedy, on("2025-01-27 10:00", changed(DEMANDED, served_on="2025-01-27")))
    given(collection, *history).when(AFTERWARDS, at=f"{runs_until} 23:59", **BY_HEAD).refused(
        Refusal.SUIT_PERIOD_RUNNING, until=runs_until
    )
    assert given(collection, *history).when(AFTERWARDS, at=f"{last_on} 23:59", **BY_HEAD).events
    day_after = acts.day(last_on) + timedelta(days=1)
    given(collection, *history).when(AFTERWARDS, at=f"{day_after} 00:00", **BY_HEAD).refused(
        Refusal.COURT_WINDOW_PASSED, ended_on=last_on
    )


def test_while_a_remedy_is_pending_there_is_no_window_and_its_end_sets_another():
    pending = (*LATE, REVIEWED_BY)
    assert given(collection, *pending).state.court_window_from is None
    given(collection, *pending).when(NOTE_OVERDUE, at="2025-01-02 00:00", actor=POLICY).then()
    end = commands.NoteRemedyEndedRequest(collection_id=COLLECTION, remedy_id="r", ended_on="2025-01-24")
    window = changed(WINDOW, counts_from_on="2025-02-08", ends_on="2025-05-08")
    given(collection, *pending).when(end, at="2025-01-24 10:00", actor=POLICY).then(UPHELD, window)


def test_a_demand_before_the_instalments_does_not_serve_after_them():
    history = (
        *acts.ONLY_FINE_SERVED,
        on("2024-12-02 10:00", DEMANDED),
        on("2024-12-03 09:00", acts.REQUESTED),
        *(on("2024-12-04 09:00", event) for event in (acts.DIVIDED, *acts.BOTH_SET)),
    )
    given(collection, *history).when(APPLY, at="2025-06-18 10:00", **BY_HEAD).refused(Refusal.NOT_DEMANDED)


def test_no_application_without_a_demand():
    given(collection, *LATE).when(APPLY, at=APPLIED_AT, **BY_HEAD).refused(Refusal.NOT_DEMANDED)


def test_no_application_while_a_remedy_is_pending_and_after_one_only_with_a_reason():
    given(collection, *AFTER_DEMAND, BEGUN).when(APPLY, at=APPLIED_AT, **BY_HEAD).refused(
        Refusal.REMEDY_PENDING, kind="行政诉讼"
    )
    given(collection, *AFTER_DEMAND, BEGUN, ENDED).when(APPLY, at=APPLIED_AT, **BY_HEAD).refused(Refusal.REMEDY_SOUGHT)
    reasoned = changed(APPLY, remedy_reason="裁定驳回起诉")
    assert given(collection, *AFTER_DEMAND, BEGUN, ENDED).when(reasoned, at=APPLIED_AT, **BY_HEAD).events


@pytest.mark.parametrize("kind", pb.CourtMaterialKind.values()[1:])
def test_each_of_the_five_materials_is_needed(kind):
    without = changed(APPLY, materials=[one for one in acts.MATERIALS if one.kind != kind])
    given(collection, *AFTER_DEMAND).when(without, at=APPLIED_AT, **BY_HEAD).refused(Refusal.COURT_MATERIALS_MISSING)


def test_a_material_is_a_file():
    named_only = [*acts.MATERIALS[:4], pb.CourtMaterial(kind=pb.COURT_MATERIAL_KIND_OTHER)]
    given(collection, *AFTER_DEMAND).when(changed(APPLY, materials=named_only), at=APPLIED_AT, **BY_HEAD).refused(
        Refusal.COURT_MATERIALS_MISSING, missing="法律、行政法规规定的其他材料"
    )


def test_the_application_bears_the_seal():
    given(collection, *AFTER_DEMAND).when(changed(APPLY, sealed=False), at=APPLIED_AT, **BY_HEAD).refused(
        Refusal.SEAL_MISSING
    )


def test_what_is_paid_is_not_applied_for():
    paid = (
        *AFTER_DEMAND,
        on("2025-06-10 10:00", acts.paid(FINE, "2025-06-10", order="")),
        on("2025-06-10 10:00", acts.paid(acts.INCOME, "2025-06-10", "T2", "", 2)),
        on("2025-06-10 10:00", acts.paid(FINE, "2025-06-10", "T3", "", 3)),
    )
    given(collection, *paid).when(APPLY, at=APPLIED_AT, **BY_HEAD).refused(Refusal.NOT_OVERDUE)


@pytest.mark.parametrize("command", [DEMAND, APPLY], ids=["demand", "application"])
def test_suspension_and_agreement_hold_execution_off(command):
    for event, refusal in ((SUSPENDED, Refusal.SUSPENDED), (AGREED, Refusal.AGREEMENT_IN_FORCE)):
        given(collection, *AFTER_DEMAND, event).when(command, at=APPLIED_AT, **BY_HEAD).refused(refusal)
    stopped = changed(BEGUN, execution_stopped=True)
    outcome = given(collection, *AFTER_DEMAND, stopped).when(command, at=APPLIED_AT, **BY_HEAD)
    outcome.refused(Refusal.STOPPED_BY_REMEDY, kind="行政诉讼")


def test_an_application_is_made_once_at_a_time():
    given(collection, *acts.APPLICATION).when(APPLY, at="2025-06-19 10:00", **BY_HEAD).refused(
        KernelRefusal.WRONG_STAGE
    )


# ── The court ────────────────────────────────────────────────────────────────────────────────────────────────────────

TAKE = commands.RecordCourtAcceptanceRequest(collection_id=COLLECTION, accepted=True)
RULE = commands.RecordCourtRulingRequest(collection_id=COLLECTION, granted=True)
DOUBT = commands.RecordCourtDoubtRequest(collection_id=COLLECTION, reason="明显缺乏事实根据")
GRANTED = pb.CourtGranted(collection_id=COLLECTION, case_id=acts.CASE)


def test_the_court_takes_it_and_rules():
    given(collection, *acts.APPLICATION).when(TAKE, at="2025-06-20 10:00").then(acts.ACCEPTED)
    state = given(collection, *acts.AT_COURT).when(RULE, at="2025-06-30 10:00").then(GRANTED)
    assert state.stage is Stage.COURT_GRANTED


NO_TAKE: Any = changed(TAKE, accepted=False, reason="材料不全")
NO_RULE: Any = changed(RULE, granted=False, reason="明显缺乏事实根据")
NOT_TAKEN = pb.CourtNotAccepted(collection_id=COLLECTION, reason="材料不全", received_on="2025-06-23")
REFUSED = pb.CourtRefused(collection_id=COLLECTION, reason="明显缺乏事实根据", received_on="2025-06-23")
RULED_AT = "2025-06-23 10:00"
REJECTED = (*acts.APPLICATION, on(RULED_AT, NOT_TAKEN))
DENIED = (*acts.AT_COURT, on(RULED_AT, REFUSED))


def test_a_court_that_says_no_says_why_and_may_be_asked_again():
    for history, no in ((acts.APPLICATION, NO_TAKE), (acts.AT_COURT, NO_RULE)):
        given(collection, *history).when(changed(no, reason=" ")).refused(Refusal.REASON_NEEDED)
        said = given(collection, *history).when(no, at=RULED_AT)
        assert said.state.stage is Stage.DEMANDED
        again = (*history, on(RULED_AT, said.events[0]))
        assert given(collection, *again).when(APPLY, at="2025-06-24 10:00", **BY_HEAD).events


def test_an_application_that_was_not_taken_leaves_what_is_left_of_the_window():
    given(collection, *acts.APPLICATION).when(NO_TAKE, at=RULED_AT).then(NOT_TAKEN, WINDOW)
    over = changed(NOT_TAKEN, received_on="2025-08-13")
    given(collection, *acts.APPLICATION).when(NO_TAKE, at="2025-08-13 10:00").then(over)


# ── Review by the higher court (行政强制法 arts. 56, 58) ──────────────────────────────────────────────────────────────

ASK = commands.RequestCourtReviewRequest(
    collection_id=COLLECTION, court="泸州市中级人民法院", reason="申请材料齐全", document=file("复议申请书")
)
SAY = commands.RecordCourtReviewRequest(collection_id=COLLECTION, overturned=True, document=file("裁定书"))


def asked(ruling: pb.CourtRuling.ValueType) -> pb.CourtReviewRequested:
    return pb.CourtReviewRequested(
        collection_id=COLLECTION,
        case_id=acts.CASE,
        ruling=ruling,
        court="泸州市中级人民法院",
        reason="申请材料齐全",
        document=file("复议申请书"),
    )


@pytest.mark.parametrize(
    ("history", "ruling"),
    [(REJECTED, pb.COURT_RULING_NOT_ACCEPTED), (DENIED, pb.COURT_RULING_REFUSED)],
    ids=["not accepted", "refused"],
)
def test_the_head_asks_the_higher_court_within_fifteen_days_of_the_ruling(history, ruling):
    """Received on Monday 2025-06-23: the fifteenth day is Tuesday 2025-07-08."""
    state = given(collection, *history).when(ASK, at="2025-07-08 23:59", **BY_HEAD).then(asked(ruling))
    assert state.stage is Stage.COURT_REVIEW
    given(collection, *history).when(ASK, at="2025-07-09 00:00", **BY_HEAD).refused(
        Refusal.COURT_REVIEW_LATE, ended_on="2025-07-08"
    )


def test_the_fifteen_days_count_from_the_day_on_which_the_ruling_came():
    said = given(collection, *acts.AT_COURT).when(
        changed(NO_RULE, received_on="2025-06-27"), at=RULED_AT, now="2025-06-27 12:00"
    )
    said.then(changed(REFUSED, received_on="2025-06-27"))
    history = (*acts.AT_COURT, on(RULED_AT, said.events[0]))
    assert given(collection, *history).when(ASK, at="2025-07-14 10:00", **BY_HEAD).events
    for wrong in ("2025-06-22", "2025-06-28"):
        given(collection, *acts.AT_COURT).when(
            changed(NO_RULE, received_on=wrong), at=RULED_AT, now="2025-06-27 12:00"
        ).refused(KernelRefusal.INVALID_REQUEST)


@pytest.mark.parametrize(
    ("history", "ruling", "instead"),
    [
        (REJECTED, pb.COURT_RULING_NOT_ACCEPTED, pb.CourtAccepted(accepted_on="2025-07-18")),
        (DENIED, pb.COURT_RULING_REFUSED, pb.CourtGranted(case_id=acts.CASE)),
    ],
    ids=["not accepted", "refused"],
)
def test_the_higher_court_puts_its_ruling_in_place_of_the_first_or_lets_that_stand(history, ruling, instead):
    under_review = (*history, on("2025-07-01 10:00", asked(ruling)))
    instead = changed(instead, collection_id=COLLECTION, document=file("裁定书"))
    given(collection, *under_review).when(SAY, at="2025-07-18 10:00").then(instead)
    no = changed(SAY, overturned=False)
    given(collection, *under_review).when(no, at="2025-07-18 10:00").refused(Refusal.REASON_NEEDED)
    upheld = pb.CourtReviewUpheld(collection_id=COLLECTION, reason="原裁定正确", document=file("裁定书"))
    said = given(collection, *under_review).when(changed(no, reason="原裁定正确"), at="2025-07-18 10:00")
    assert said.then(upheld).stage is Stage.DEMANDED
    over = (*under_review, on("2025-07-18 10:00", upheld))
    given(collection, *over).when(ASK, at="2025-07-19 10:00", **BY_HEAD).refused(Refusal.NO_ADVERSE_RULING)


def test_only_a_ruling_against_the_authority_is_reviewed_and_only_what_is_under_review_is_ruled_on():
    for history in (AFTER_DEMAND, acts.APPLICATION, acts.AT_COURT, (*acts.AT_COURT, GRANTED)):
        given(collection, *history).when(ASK, at="2025-06-24 10:00", **BY_HEAD).refused(Refusal.NO_ADVERSE_RULING)
    given(collection, *DENIED).when(SAY).refused(KernelRefusal.WRONG_STAGE)
    again = (*DENIED, on("2025-06-24 10:00", changed(APPLIED, applied_on="2025-06-24")))
    given(collection, *again).when(ASK, at="2025-06-25 10:00", **BY_HEAD).refused(Refusal.NO_ADVERSE_RULING)


def test_doubt_is_of_an_application_that_the_court_took():
    noted = pb.CourtDoubtNoted(collection_id=COLLECTION, accepted_on="2025-06-20", reason="明显缺乏事实根据")
    given(collection, *acts.AT_COURT).when(DOUBT, at="2025-06-25 10:00").then(noted)
    given(collection, *acts.APPLICATION).when(DOUBT).refused(KernelRefusal.WRONG_STAGE)
    given(collection, *acts.APPLICATION).when(RULE).refused(KernelRefusal.WRONG_STAGE)
    given(collection, *AFTER_DEMAND).when(TAKE).refused(KernelRefusal.WRONG_STAGE)
