"""Findings, education and handling at the roadside."""

from typing import Any

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model import Refusal
from services.joint_operations.model.participation import participation
from services.kernel.errors import KernelRefusal
from tests.support.decider import given, uid
from tests.unit.joint_operations.acts import (
    ACCEPTED,
    FIELD,
    FOUND,
    LU,
    OFFICERS,
    OPERATION,
    PART,
    RECEIVED,
    B,
    find,
    found,
    ids,
    inspected,
)

INSPECTED = [*FIELD, inspected()]
ELSEWHERE = common.Place(division_code="500153", description="荣昌区 峰高街道")


def handle(**changes: Any) -> commands.RecordHandlingRequest:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "inspection_id": uid("inspection"),
        "finding_id": uid("finding"),
        "handling": pb.HANDLING_SEIZED,
        "document_number": "川泸交扣〔2024〕1号",
        "officer_ids": ids(*LU[:2]),
    }
    return commands.RecordHandlingRequest(**(fields | changes))


def handled(**changes: Any) -> pb.HandlingRecorded:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "operation_id": OPERATION,
        "inspection_id": uid("inspection"),
        "finding_id": uid("finding"),
        "handling": pb.HANDLING_SEIZED,
        "object_kind": pb.OBJECT_KIND_VEHICLE,
        "object_no": 1,
        "document_number": "川泸交扣〔2024〕1号",
        "officers": LU[:2],
    }
    return pb.HandlingRecorded(**(fields | changes))


def test_a_finding_happened_where_the_checkpoint_is():
    given(participation, *INSPECTED).when(find(), officers=OFFICERS).then(found())


def test_a_continuing_act_has_other_places_too():
    outcome = given(participation, *INSPECTED).when(find(other_places=[ELSEWHERE]), officers=OFFICERS)
    outcome.then(found(places=[B, ELSEWHERE]))


def test_an_inspection_that_found_nothing_has_no_finding():
    nothing = inspected(result=pb.INSPECTION_RESULT_OK)
    given(participation, *FIELD, nothing).when(find(), officers=OFFICERS).refused(Refusal.NOTHING_FOUND)


def test_an_inspection_of_another_authority_is_not_known_here():
    outcome = given(participation, *INSPECTED).when(find(inspection_id=uid("永川's")), officers=OFFICERS)
    outcome.refused(Refusal.INSPECTION_UNKNOWN, inspection=uid("永川's"))


def test_one_act_is_found_once_by_an_inspection():
    outcome = given(participation, *FOUND).when(find(finding_id=uid("again")), officers=OFFICERS)
    outcome.refused(Refusal.FINDING_TWICE, act="RTR-63-1")


def test_another_act_is_another_finding():
    outcome = given(participation, *FOUND).when(find(finding_id=uid("other"), act_code="CL-280"), officers=OFFICERS)
    outcome.then(found(finding_id=uid("other"), act_code="CL-280"))


def test_one_officer_finds_nothing():
    outcome = given(participation, *INSPECTED).when(find(officer_ids=ids(LU[0])), officers=OFFICERS)
    outcome.refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_officers_of_another_checkpoint_find_nothing_here():
    outcome = given(participation, *INSPECTED).when(find(officer_ids=ids(LU[1], LU[2])), officers=OFFICERS)
    outcome.refused(Refusal.NOT_ON_ROSTER, officer=LU[2].officer_id)


def test_education_counts_heads():
    command = commands.RecordEducationRequest(
        participation_id=PART, checkpoint_id="A", head_count=19, topic="拒乘非法营运车辆"
    )
    given(participation, *FIELD).when(command, officers=OFFICERS).then(
        pb.EducationRecorded(
            participation_id=PART,
            operation_id=OPERATION,
            checkpoint_id="A",
            head_count=19,
            topic="拒乘非法营运车辆",
        )
    )


def test_after_the_report_nothing_is_recorded():
    report = pb.FieldWorkReported(participation_id=PART, operation_id=OPERATION)
    education = commands.RecordEducationRequest(participation_id=PART, checkpoint_id="B", head_count=1, topic="安全")
    for command in (find(finding_id=uid("late"), act_code="CL-280"), handle(), education):
        outcome = given(participation, *FOUND, report).when(command, officers=OFFICERS)
        outcome.refused(KernelRefusal.WRONG_STAGE, stage="已报告")


def test_education_happens_at_a_checkpoint_of_the_operation():
    command = commands.RecordEducationRequest(participation_id=PART, checkpoint_id="D", head_count=1, topic="安全")
    given(participation, *FIELD).when(command, officers=OFFICERS).refused(Refusal.CHECKPOINT_UNKNOWN)


def test_a_seizure_answers_a_finding():
    given(participation, *FOUND).when(handle(), officers=OFFICERS).then(handled())


def test_letting_go_needs_no_finding():
    outcome = given(participation, *INSPECTED).when(
        handle(handling=pb.HANDLING_RELEASED, finding_id="", document_number=""), officers=OFFICERS
    )
    outcome.then(handled(handling=pb.HANDLING_RELEASED, finding_id="", document_number=""))


@pytest.mark.parametrize(
    ("handling", "name"),
    [
        (pb.HANDLING_CORRECTED, "当场纠正"),
        (pb.HANDLING_COMMITMENT, "告知承诺书"),
        (pb.HANDLING_SIMPLIFIED_PENALTY, "简易处罚"),
        (pb.HANDLING_SEIZED, "扣押"),
        (pb.HANDLING_REFERRED, "移交他部门"),
    ],
)
def test_whatever_is_more_than_letting_go_answers_a_finding(handling, name):
    outcome = given(participation, *INSPECTED).when(handle(handling=handling, finding_id=""), officers=OFFICERS)
    outcome.refused(Refusal.NEEDS_FINDING, handling=name)


def test_another_department_that_gets_it_is_named():
    referred = handle(handling=pb.HANDLING_REFERRED, document_number="")
    given(participation, *FOUND).when(referred, officers=OFFICERS).refused(Refusal.DEPARTMENT_MISSING)


def test_the_finding_belongs_to_the_inspection_that_is_handled():
    other = inspected(inspection_id=uid("other"), object_no=1)
    outcome = given(participation, *FOUND, other).when(handle(inspection_id=uid("other")), officers=OFFICERS)
    outcome.refused(Refusal.FINDING_UNKNOWN, finding=uid("finding"))


@pytest.mark.parametrize("command", [find(), handle()])
def test_nothing_is_recorded_before_the_roster(command):
    outcome = given(participation, RECEIVED, ACCEPTED).when(command, officers=OFFICERS)
    outcome.refused(KernelRefusal.WRONG_STAGE)
