"""The end of field work and of the operation: everything reported, every finding owned."""

from typing import Any

import pytest
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import operation
from services.joint_operations.model.participation import Stage, participation
from services.joint_operations.numbers import VERSION
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LUXIAN, POLICY, RONGCHANG, YONGCHUAN, given
from tests.unit.joint_operations.acts import (
    CLOSED,
    CLOSED_EVENT,
    FIELD,
    FOUND,
    INVITED,
    JOINED,
    NUMBERS,
    OFFICERS,
    OPERATION,
    PART,
    READY,
    REPORTED,
    assigned,
    inspect,
    inspected,
    numbers,
    reported,
)

CLOSE_FIELD = commands.CloseFieldWorkRequest(participation_id=PART)
CLOSE = commands.CloseOperationRequest(operation_id=OPERATION)


def field_report(**changes: Any) -> pb.FieldWorkReported:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "operation_id": OPERATION,
        "lead_id": LUXIAN.id,
        "participant_id": LUXIAN.id,
        "numbers": numbers(),
    }
    return pb.FieldWorkReported(**(fields | changes))


def reopened() -> pb.FieldWorkReopened:
    return pb.FieldWorkReopened(
        participation_id=PART,
        operation_id=OPERATION,
        lead_id=LUXIAN.id,
        participant_id=LUXIAN.id,
        reason="补录一台次检查",
    )


def test_field_work_ends_with_the_numbers_of_the_events():
    by_class = [pb.ClassCount(inspection_class=pb.INSPECTION_CLASS_PASSENGER, inspections=1)]
    outcome = given(participation, *FOUND, assigned()).when(CLOSE_FIELD, actor=CHIEF)
    outcome.then(
        field_report(
            numbers=numbers(inspections=1, inspections_by_class=by_class, vehicles_with_findings=1, findings=1),
            findings_assigned=1,
        )
    )


def test_who_only_stood_by_reports_zero():
    given(participation, *FIELD).when(CLOSE_FIELD, actor=CHIEF).then(field_report())


def test_a_finding_without_owner_keeps_field_work_open():
    outcome = given(participation, *FOUND).when(CLOSE_FIELD, actor=CHIEF)
    outcome.refused(Refusal.FINDINGS_UNASSIGNED, authority=LUXIAN.name, count=1)


def test_a_result_without_its_finding_keeps_field_work_open():
    outcome = given(participation, *FIELD, inspected()).when(CLOSE_FIELD, actor=CHIEF)
    outcome.refused(Refusal.RESULT_WITHOUT_FINDING, count=1)


def test_after_the_report_nothing_is_recorded_until_field_work_is_reopened():
    history = [*FIELD, field_report()]
    given(participation, *history).when(inspect(), officers=OFFICERS).refused(KernelRefusal.WRONG_STAGE)
    command = commands.ReopenFieldWorkRequest(participation_id=PART, reason="补录一台次检查")
    state = given(participation, *history).when(command, actor=CHIEF).then(reopened())
    assert state.stage is Stage.ROSTERED
    given(participation, *history, reopened()).when(inspect(), officers=OFFICERS).then(inspected())


def test_field_work_is_reported_once():
    given(participation, *FIELD, field_report()).when(CLOSE_FIELD, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_reopening_takes_the_signature_back():
    summary = pb.SummaryReceived(participation_id=PART, operation_id=OPERATION, proposal_id="p")
    signed = pb.SummarySigned(participation_id=PART, operation_id=OPERATION, proposal_id="p")
    history = [*FIELD, field_report(), summary, signed]
    command = commands.ReopenFieldWorkRequest(participation_id=PART, reason="补录一台次检查")
    assert given(participation, *history).when(command, actor=CHIEF).then(reopened()).signed == ""


def test_the_lead_takes_a_report_from_its_author():
    command = commands.NoteFieldWorkReportedRequest(
        operation_id=OPERATION, participant_id=YONGCHUAN.id, numbers=NUMBERS[YONGCHUAN.id]
    )
    given(operation, *READY).when(command, actor=POLICY, origin=YONGCHUAN.id).then(reported(YONGCHUAN))
    given(operation, *READY).when(command, actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_A_PARTICIPANT)
    given(operation, *INVITED).when(command, actor=POLICY, origin=YONGCHUAN.id).refused(Refusal.NOT_JOINED)


def test_an_operation_closes_when_all_have_reported_and_every_finding_has_an_owner():
    given(operation, *REPORTED).when(CLOSE, actor=CHIEF).then(CLOSED_EVENT)


def test_an_operation_waits_for_the_reports_that_are_missing():
    history = [*READY, reported(LUXIAN)]
    outcome = given(operation, *history).when(CLOSE, actor=CHIEF)
    outcome.refused(Refusal.NOT_REPORTED, authorities=f"{YONGCHUAN.name}、{RONGCHANG.name}")


def test_an_operation_waits_for_a_report_that_was_withdrawn():
    withdrawn = pb.ParticipantReportWithdrawn(operation_id=OPERATION, participant_id=YONGCHUAN.id)
    command = commands.NoteFieldWorkReopenedRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id)
    given(operation, *REPORTED).when(command, actor=POLICY, origin=YONGCHUAN.id).then(withdrawn)
    given(operation, *REPORTED, withdrawn).when(CLOSE, actor=CHIEF).refused(
        Refusal.NOT_REPORTED, authorities=YONGCHUAN.name
    )


def test_a_report_that_was_never_made_is_not_withdrawn():
    command = commands.NoteFieldWorkReopenedRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id)
    given(operation, *READY).when(command, actor=POLICY, origin=YONGCHUAN.id).then()


def test_an_operation_waits_for_findings_that_nobody_owns():
    unowned = reported(YONGCHUAN, numbers(findings=2, definition_version=VERSION))
    unowned.findings_assigned = 1
    outcome = given(operation, *READY, reported(LUXIAN), unowned, reported(RONGCHANG)).when(CLOSE, actor=CHIEF)
    outcome.refused(Refusal.FINDINGS_UNASSIGNED, authority=YONGCHUAN.name, count=1)


def test_an_authority_that_never_answered_does_not_hold_the_operation_up():
    history = [one for one in REPORTED if getattr(one, "participant_id", "") != RONGCHANG.id or one in INVITED]
    outcome = given(operation, *history).when(CLOSE, actor=CHIEF)
    assert [list(event.participant_ids) for event in outcome.events] == [[LUXIAN.id, YONGCHUAN.id]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("history", [JOINED, CLOSED])
def test_only_an_operation_with_a_roster_closes_and_only_once(history):
    given(operation, *history).when(CLOSE, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)
