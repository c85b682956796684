"""Rows 6 and 7: the penalty notice, and the party's defence (行政处罚法 arts. 44, 45)."""

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import notice_pb2 as notices

from services.cases.model import Refusal, Stage, case
from services.kernel.errors import KernelRefusal
from tests.support.decider import LEADER, LI, WANG, given, on, uid
from tests.unit.cases.acts import (
    APPROVE,
    APPROVED,
    CASE,
    CLOSE_INVESTIGATION,
    DECIDED,
    DEFEND,
    DEFENDED,
    FINE,
    INVESTIGATED,
    NOTICE,
    NOTICE_AT,
    NOTICE_SERVED,
    NOTIFIED,
    PENALISE,
    PENALISED,
    PROVEN,
    REPORT_APPROVED,
    REPORTED,
    SERVE_NOTICE,
    TWO,
    WAIVE,
    WAIVED,
    changed,
    transfer_noted,
)

SECOND = uid("second notice")


def test_the_party_is_told_of_the_intended_penalty():
    after = given(case, *APPROVED).when(SERVE_NOTICE, at=NOTICE_AT).then(NOTICE_SERVED)
    assert after.stage is Stage.NOTICE_SERVED


def test_nobody_is_told_before_a_leader_approved_the_report():
    given(case, *REPORTED).when(SERVE_NOTICE, at=NOTICE_AT).refused(Refusal.REPORT_NOT_APPROVED)


def test_a_leader_who_has_the_notice_served_approves_the_report_with_it():
    given(case, *REPORTED).when(SERVE_NOTICE, actor=LEADER, at=NOTICE_AT).then(REPORT_APPROVED, NOTICE_SERVED)


def test_a_leader_approves_the_report_when_the_investigation_has_ended():
    given(case, *REPORTED).when(APPROVE, actor=LEADER).then(REPORT_APPROVED)
    given(case, *PROVEN).when(APPROVE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, allowed="调查终结")


def test_no_notice_before_the_investigation_ended():
    given(case, *PROVEN).when(SERVE_NOTICE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="调查中")


def test_two_officers_serve_the_notice():
    alone = changed(SERVE_NOTICE, officer_ids=[LI.officer_id])
    given(case, *REPORTED).when(alone, actor=LEADER).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


@pytest.mark.parametrize(
    "penalties",
    [
        [pb.Penalty(kind=pb.PENALTY_KIND_FINE)],
        [pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=-1)],
        [pb.Penalty(kind=pb.PENALTY_KIND_CONFISCATE_INCOME)],
        [pb.Penalty(kind=pb.PENALTY_KIND_WARNING, amount_fen=1)],
        [FINE, FINE],
    ],
    ids=["fine without amount", "negative", "confiscation without amount", "warning with amount", "fined twice"],
)
def test_fines_and_confiscated_income_have_an_amount_and_nothing_else_has(penalties):
    given(case, *REPORTED).when(changed(SERVE_NOTICE, proposed=penalties), actor=LEADER).refused(Refusal.PENALTY_AMOUNT)


def test_new_facts_need_a_new_notice_and_a_new_notice_needs_new_facts():
    again = changed(SERVE_NOTICE, notice_id=SECOND)
    given(case, *NOTIFIED).when(again, actor=LEADER).refused(Refusal.NEW_FACTS_NEEDED)
    with_facts = changed(again, new_facts="又查明两次")
    given(case, *NOTIFIED).when(with_facts, actor=LEADER, at="2024-09-29 10:00").then(
        changed(NOTICE_SERVED, notice_id=SECOND, new_facts="又查明两次", effective_on="2024-09-29")
    )


def test_a_new_notice_has_an_id_of_its_own():
    given(case, *NOTIFIED).when(changed(SERVE_NOTICE, new_facts="又查明两次"), actor=LEADER).refused(
        Refusal.ID_TAKEN, id=NOTICE
    )


def test_the_partys_defence_is_recorded():
    after = given(case, *NOTIFIED).when(DEFEND).then(DEFENDED)
    assert after.notice is not None
    assert after.notice.defence == pb.DEFENCE_KIND_STATED


def test_whoever_stated_something_did_so_whatever_was_given_up_before_or_after():
    for history in ((DEFENDED, WAIVED), (WAIVED, DEFENDED)):
        state = given(case, *NOTIFIED, *history).state
        assert state.notice is not None
        assert state.notice.defence == pb.DEFENCE_KIND_STATED


def test_a_new_notice_begins_the_defence_anew():
    renewed = changed(NOTICE_SERVED, notice_id=SECOND, new_facts="又查明两次")
    state = given(case, *NOTIFIED, DEFENDED, renewed).state
    assert state.notice is not None
    assert state.notice.defence == pb.DEFENCE_KIND_UNSPECIFIED


def test_there_is_no_defence_before_the_notice():
    given(case, *REPORTED).when(DEFEND).refused(KernelRefusal.WRONG_STAGE, stage="调查终结")


def test_a_defence_says_something_and_a_waiver_is_in_writing():
    given(case, *NOTIFIED).when(changed(DEFEND, content=" ")).refused(Refusal.DEFENCE_EMPTY)
    given(case, *NOTIFIED).when(WAIVE).then(WAIVED)
    for orally in (changed(WAIVE, document=None), changed(DEFEND, hearing_waived=True)):
        given(case, *NOTIFIED).when(orally).refused(Refusal.WAIVER_NEEDS_STATEMENT)


REVIEW = notices.ReviewDefenceRequest(
    case_id=CASE, verdict=notices.DEFENCE_VERDICT_REJECTED, reasons="不影响认定", officer_ids=TWO
)
DEFENCE_REVIEWED = notices.DefenceReviewed(
    case_id=CASE, verdict=notices.DEFENCE_VERDICT_REJECTED, reasons="不影响认定", officers=[LI, WANG]
)


def test_two_officers_review_what_was_stated():
    given(case, *NOTIFIED, DEFENDED).when(REVIEW).then(DEFENCE_REVIEWED)
    alone = changed(REVIEW, officer_ids=TWO[:1])
    given(case, *NOTIFIED, DEFENDED).when(alone).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    for history in (NOTIFIED, (*NOTIFIED, WAIVED)):
        given(case, *history).when(REVIEW).refused(Refusal.NO_DEFENCE)


def test_a_reviewed_defence_is_decided_on_and_a_further_one_reviewed_again():
    reviewed = (*NOTIFIED, DEFENDED, DEFENCE_REVIEWED)
    given(case, *reviewed).when(PENALISE, actor=LEADER).then(PENALISED)
    given(case, *reviewed, DEFENDED).when(PENALISE, actor=LEADER).refused(Refusal.DEFENCE_NOT_REVIEWED)


REOPEN = notices.ReopenInvestigationRequest(case_id=CASE, reason="补充证据")
REOPENED = notices.InvestigationReopened(case_id=CASE, reason="补充证据")


@pytest.mark.parametrize("history", [REPORTED, APPROVED, NOTIFIED], ids=["reported", "approved", "notified"])
def test_when_the_investigation_is_taken_up_again_report_and_notice_begin_anew(history):
    after = given(case, *history).when(REOPEN, actor=LEADER).then(REOPENED)
    assert (after.stage, after.notice, after.report_approved) == (Stage.INVESTIGATING, None, False)


def test_the_party_is_told_anew_of_what_a_reopened_investigation_found():
    history = (*NOTIFIED, REOPENED, on("2024-10-10 10:00", INVESTIGATED))
    given(case, *history).when(PENALISE, actor=LEADER).refused(Refusal.NOTICE_BEFORE_DECISION)
    again = changed(SERVE_NOTICE, notice_id=SECOND)
    given(case, *history).when(again, actor=LEADER).refused(Refusal.NEW_FACTS_NEEDED)
    given(case, *history).when(changed(again, new_facts="又查明两次")).refused(Refusal.REPORT_NOT_APPROVED)


def test_an_investigation_ends_with_a_report():
    given(case, *PROVEN).when(changed(CLOSE_INVESTIGATION, report=None)).refused(Refusal.REPORT_NEEDED)


def test_nothing_is_taken_up_again_after_the_decision_nor_while_the_police_have_the_case():
    given(case, *DECIDED).when(REOPEN, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="已决定")
    sent = decisions.CrimeTransferDecided(case_id=CASE, reasons="证件系伪造", basis="刑法 art. 280")
    with_police = transfer_noted(pb.TRANSFER_PHASE_SENT)
    given(case, *NOTIFIED, sent, with_police).when(REOPEN, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)
    given(case, *NOTIFIED, sent).when(REOPEN, actor=LEADER).then(REOPENED)
