"""Rows 3, 4 and 5: officers, evidence, correction, end of the investigation (行政处罚法 arts. 28, 40, 42, 46)."""

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model import Refusal, Stage, case
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LI, POLICY, SUSPENDED, WANG, YONGCHUAN, ZHAO, On, given, officer, uid
from tests.unit.cases.acts import (
    ADD_EVIDENCE,
    ASSIGN,
    ASSIGNED,
    CASE,
    CLOSE_INVESTIGATION,
    CORRECT,
    CORRECTION_ORDERED,
    DELIVERED,
    EVIDENCE,
    EVIDENCE_ADDED,
    INVESTIGATED,
    INVESTIGATING,
    OPEN,
    PROVEN,
    REPORTED,
    SUSPECTED,
    TWO,
    changed,
    file,
)

FOREIGN = officer("何", authority=YONGCHUAN)
RECOGNISE = commands.AddRecognisedEvidenceRequest(
    case_id=CASE,
    evidence_id=EVIDENCE,
    kind=pb.EVIDENCE_KIND_DOCUMENT,
    description="车辆登记资料",
    file=file("资料"),
    collectors=[FOREIGN],
    gathered_by=YONGCHUAN.id,
    request_id=uid("request"),
)
RECOGNISED = pb.EvidenceAdded(
    case_id=CASE,
    evidence_id=EVIDENCE,
    kind=pb.EVIDENCE_KIND_DOCUMENT,
    description="车辆登记资料",
    file=file("资料"),
    collectors=[FOREIGN],
    gathered_by=YONGCHUAN.id,
    request_id=uid("request"),
)


def test_two_officers_are_assigned():
    assert given(case, *OPEN).when(ASSIGN, actor=CHIEF).then(ASSIGNED).stage is Stage.INVESTIGATING


def test_officers_may_change_during_the_investigation():
    others = changed(ASSIGN, officer_ids=[WANG.officer_id, ZHAO.officer_id])
    given(case, *INVESTIGATING).when(others, actor=CHIEF).then(changed(ASSIGNED, officers=[WANG, ZHAO]))


@pytest.mark.parametrize(
    ("history", "command", "who"),
    [(OPEN, ASSIGN, "officer_ids"), (INVESTIGATING, ADD_EVIDENCE, "collector_ids"), (OPEN, CORRECT, "officer_ids")],
    ids=["assign", "evidence", "correction"],
)
def test_one_officer_is_not_enough(history, command, who):
    given(case, *history).when(changed(command, **{who: [LI.officer_id]})).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


@pytest.mark.parametrize(
    ("history", "command", "who"),
    [(OPEN, ASSIGN, "officer_ids"), (INVESTIGATING, ADD_EVIDENCE, "collector_ids"), (OPEN, CORRECT, "officer_ids")],
    ids=["assign", "evidence", "correction"],
)
def test_nobody_acts_with_a_suspended_credential(history, command, who):
    with_suspended = changed(command, **{who: [LI.officer_id, SUSPENDED.officer_id]})
    given(case, *history).when(with_suspended).refused(KernelRefusal.OFFICER_NOT_ACTIVE, status="SUSPENDED")


def test_nobody_investigates_before_the_case_is_opened():
    given(case, *SUSPECTED).when(ASSIGN, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE, stage="线索")


def test_two_officers_gather_evidence():
    after = given(case, *INVESTIGATING).when(ADD_EVIDENCE).then(EVIDENCE_ADDED)
    assert EVIDENCE in after.evidence


def test_physical_evidence_has_no_file():
    command = changed(ADD_EVIDENCE, kind=pb.EVIDENCE_KIND_PHYSICAL)
    command.ClearField("file")
    added = changed(EVIDENCE_ADDED, kind=pb.EVIDENCE_KIND_PHYSICAL)
    added.ClearField("file")
    given(case, *INVESTIGATING).when(command).then(added)


def test_a_piece_of_evidence_has_an_id_of_its_own():
    given(case, *PROVEN).when(ADD_EVIDENCE).refused(Refusal.ID_TAKEN, id=EVIDENCE)


def test_evidence_is_gathered_during_the_investigation():
    given(case, *OPEN).when(ADD_EVIDENCE).refused(KernelRefusal.WRONG_STAGE, allowed="调查中")
    given(case, *REPORTED).when(changed(ADD_EVIDENCE, evidence_id=uid("late"))).refused(KernelRefusal.WRONG_STAGE)


def test_evidence_that_another_authority_gathered_joins_the_file():
    given(case, *INVESTIGATING).when(RECOGNISE, actor=POLICY).then(RECOGNISED)


def test_evidence_that_is_recognised_again_changes_nothing():
    given(case, *INVESTIGATING, RECOGNISED).when(RECOGNISE, actor=POLICY).then()


def test_two_officers_order_a_correction():
    given(case, *OPEN).when(CORRECT).then(CORRECTION_ORDERED)


def test_a_correction_is_no_decision():
    assert given(case, *REPORTED).when(CORRECT).then(CORRECTION_ORDERED).stage is Stage.INVESTIGATION_CLOSED
    given(case, *DELIVERED).when(CORRECT).then(CORRECTION_ORDERED)


def test_nothing_is_corrected_before_the_case_is_opened():
    given(case, *SUSPECTED).when(CORRECT).refused(KernelRefusal.WRONG_STAGE)


def test_the_day_of_a_correction_is_a_day():
    given(case, *OPEN).when(changed(CORRECT, due_on="2024-09-31")).refused(KernelRefusal.INVALID_REQUEST)


def test_the_investigation_ends_with_a_report():
    assert given(case, *PROVEN).when(CLOSE_INVESTIGATION).then(INVESTIGATED).stage is Stage.INVESTIGATION_CLOSED


def test_an_investigation_without_evidence_does_not_end():
    given(case, *INVESTIGATING).when(CLOSE_INVESTIGATION).refused(Refusal.NO_EVIDENCE)


def test_an_investigation_ends_once():
    given(case, *REPORTED).when(CLOSE_INVESTIGATION).refused(KernelRefusal.WRONG_STAGE, allowed="调查中")


CHECK = commands.CheckCorrectionRequest(
    case_id=CASE, corrected=True, findings="已停止经营", officer_ids=TWO, record=file("复查记录")
)
CHECKED = pb.CorrectionChecked(
    case_id=CASE, corrected=True, findings="已停止经营", officers=[LI, WANG], record=file("复查记录")
)


def test_the_order_names_a_day_that_lies_ahead():
    past = changed(CORRECT, due_on="2024-12-17")
    given(case, *OPEN).when(past).refused(Refusal.CORRECTION_DAY_PAST, due_on="2024-12-17", ordered_on="2024-12-18")
    assert given(case, *OPEN).when(changed(CORRECT, due_on="2024-12-18")).events


def test_two_officers_check_whether_it_was_corrected_as_often_as_it_takes():
    not_yet = changed(CHECK, corrected=False)
    given(case, *PROVEN).when(not_yet).then(changed(CHECKED, corrected=False))
    given(case, *PROVEN, changed(CHECKED, corrected=False)).when(CHECK).then(CHECKED)
    given(case, *PROVEN).when(changed(CHECK, officer_ids=TWO[:1])).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_only_what_was_ordered_is_checked_be_it_in_the_decision():
    given(case, *INVESTIGATING).when(CHECK).refused(Refusal.CORRECTION_UNKNOWN)
    decided = tuple(entry for entry in DELIVERED if isinstance(entry, On) and entry.event != CORRECTION_ORDERED)
    given(case, *decided).when(CHECK).then(CHECKED)
