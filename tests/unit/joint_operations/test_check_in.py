"""Reporting for duty, and opening a checkpoint."""

from typing import Any

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import plan_changes_pb2 as plans
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import Stage, operation
from services.joint_operations.model.participation import participation
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import POLICY, RONGCHANG, YONGCHUAN, On, given, instant, on
from tests.unit.joint_operations.acts import (
    ACCEPTED,
    FIELD,
    LU,
    OFFICERS,
    OPERATION,
    PART,
    READY,
    RECEIVED,
    ROSTER_RECEIVED,
    ids,
    inspect,
    inspected,
)


def check_in(one: common.OfficerSnapshot = LU[0], **changes: Any) -> commands.CheckInRequest:
    fields: dict[str, Any] = {"participation_id": PART, "officer_id": one.officer_id, "checkpoint_id": "B", "car_no": 1}
    return commands.CheckInRequest(**(fields | changes))


def checked_in(one: common.OfficerSnapshot = LU[0], **changes: Any) -> pb.OfficerCheckedIn:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "operation_id": OPERATION,
        "checkpoint_id": "B",
        "officer_no": LU.index(one) + 1,
        "car_no": 1,
        "officer": one,
    }
    return pb.OfficerCheckedIn(**(fields | changes))


def open_b(*officers: common.OfficerSnapshot) -> commands.OpenCheckpointRequest:
    return commands.OpenCheckpointRequest(participation_id=PART, checkpoint_id="B", officer_ids=ids(*officers))


OPENED = pb.CheckpointOpened(
    participation_id=PART,
    operation_id=OPERATION,
    lead_id="jt-510521",
    participant_id="jt-510521",
    checkpoint_id="B",
    officers=LU[:2],
)
PRESENT = [*FIELD, checked_in(LU[0]), checked_in(LU[1])]


def test_an_officer_on_the_roster_reports_for_duty():
    given(participation, *FIELD).when(check_in(), officers=OFFICERS).then(checked_in())


def test_reporting_twice_on_one_day_is_reporting_once():
    given(participation, *FIELD, checked_in()).when(check_in(car_no=2), officers=OFFICERS).then()


def test_the_next_day_is_another_attendance():
    two_days = plans.PeriodChangeNoted(participation_id=PART, starts_on="2024-12-18", ends_on="2024-12-19")
    history: list[Message | On] = [*FIELD, two_days, on("2024-12-18 23:00", checked_in())]
    given(participation, *history).when(check_in(), officers=OFFICERS, at="2024-12-19 00:10").then(checked_in())


def test_an_officer_does_not_report_where_the_roster_does_not_put_the_officer():
    outcome = given(participation, *FIELD).when(check_in(LU[2]), officers=OFFICERS)
    outcome.refused(Refusal.NOT_ON_ROSTER, officer=LU[2].officer_id, checkpoint="B")


def test_an_officer_who_was_suspended_since_does_not_report():
    suspended = common.OfficerSnapshot()
    suspended.CopyFrom(LU[0])
    suspended.status = common.CREDENTIAL_STATUS_SUSPENDED
    outcome = given(participation, *FIELD).when(check_in(), officers=[suspended, *LU[1:]])
    outcome.refused(KernelRefusal.OFFICER_NOT_ACTIVE, status="SUSPENDED")


def test_a_car_that_was_not_brought_carries_nobody():
    given(participation, *FIELD).when(check_in(car_no=3), officers=OFFICERS).refused(Refusal.CAR_UNKNOWN, car=3)


def test_a_checkpoint_that_was_not_planned_has_no_officers():
    outcome = given(participation, *FIELD).when(check_in(checkpoint_id="D"), officers=OFFICERS)
    outcome.refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint="D")


def test_nobody_reports_before_the_roster():
    outcome = given(participation, RECEIVED, ACCEPTED).when(check_in(), officers=OFFICERS)
    outcome.refused(KernelRefusal.WRONG_STAGE, stage="已应邀")


def test_no_checkpoint_opens_after_the_report():
    report = pb.FieldWorkReported(participation_id=PART, operation_id=OPERATION)
    outcome = given(participation, *PRESENT, report).when(open_b(*LU[:2]), officers=OFFICERS)
    outcome.refused(KernelRefusal.WRONG_STAGE, stage="已报告")


def test_two_officers_on_the_spot_open_their_authoritys_checkpoint():
    given(participation, *PRESENT).when(open_b(*LU[:2]), officers=OFFICERS).then(OPENED)


def night_shift(starts: str, ends: str) -> list[Message | On]:
    """泸县 in the field for two days, its officers at B on one shift, who reported at 23:50 of the first day."""
    shift = pb.RosterReceived()
    shift.CopyFrom(ROSTER_RECEIVED)
    for line in shift.entries:
        line.shift_starts_at.CopyFrom(to_timestamp(instant(starts)))
        line.shift_ends_at.CopyFrom(to_timestamp(instant(ends)))
    days = plans.PeriodChangeNoted(participation_id=PART, starts_on="2024-12-18", ends_on="2024-12-20")
    reported = [on("2024-12-18 23:50", checked_in(one)) for one in LU[:2]]
    return [*FIELD[:-1], shift, days, *reported]


def test_who_reported_for_a_night_shift_opens_the_checkpoint_after_midnight():
    history = night_shift("2024-12-18 22:00", "2024-12-19 06:00")
    opened = given(participation, *history).when(open_b(*LU[:2]), officers=OFFICERS, at="2024-12-19 00:05")
    opened.then(OPENED)


def test_the_next_shift_reports_anew():
    history = night_shift("2024-12-18 22:00", "2024-12-20 06:00")
    late = given(participation, *history).when(open_b(*LU[:2]), officers=OFFICERS, at="2024-12-20 00:05")
    late.refused(Refusal.CHECKPOINT_UNMANNED, checkpoint="B", found=0)
    history = [*PRESENT[:2], night_shift("2024-12-18 22:00", "2024-12-19 06:00")[3], *PRESENT[2:]]
    whole = given(participation, *history).when(open_b(*LU[:2]), officers=OFFICERS, at="2024-12-19 08:00")
    whole.refused(Refusal.CHECKPOINT_UNMANNED, checkpoint="B", found=0)  # its roster names no shift


def test_a_checkpoint_is_not_opened_by_officers_who_have_not_reported():
    outcome = given(participation, *FIELD, checked_in()).when(open_b(*LU[:2]), officers=OFFICERS)
    outcome.refused(Refusal.CHECKPOINT_UNMANNED, checkpoint="B", found=1)


def test_one_officer_opens_nothing():
    outcome = given(participation, *PRESENT).when(open_b(LU[0]), officers=OFFICERS)
    outcome.refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_a_partner_does_not_open_anothers_checkpoint():
    command = commands.OpenCheckpointRequest(participation_id=PART, checkpoint_id="A", officer_ids=ids(*LU[:2]))
    outcome = given(participation, *PRESENT).when(command, officers=OFFICERS)
    outcome.refused(Refusal.OUT_OF_TERRITORY, checkpoint="A", authority=YONGCHUAN.name)


def test_opening_twice_is_opening_once():
    given(participation, *PRESENT, OPENED).when(open_b(*LU[:2]), officers=OFFICERS).then()


def note_opened(checkpoint_id: str = "A") -> commands.NoteCheckpointOpenedRequest:
    return commands.NoteCheckpointOpenedRequest(
        operation_id=OPERATION, participant_id=YONGCHUAN.id, checkpoint_id=checkpoint_id
    )


def test_with_the_first_open_checkpoint_the_operation_runs():
    noted = pb.CheckpointOpeningNoted(operation_id=OPERATION, checkpoint_id="A", participant_id=YONGCHUAN.id)
    state = given(operation, *READY).when(note_opened(), actor=POLICY, origin=YONGCHUAN.id).then(noted)
    assert state.stage is Stage.RUNNING
    given(operation, *READY, noted).when(note_opened(), actor=POLICY, origin=YONGCHUAN.id).then()


def test_nobody_tells_the_lead_that_somebody_elses_checkpoint_is_open():
    outcome = given(operation, *READY).when(note_opened(), actor=POLICY, origin=RONGCHANG.id)
    outcome.refused(Refusal.NOT_A_PARTICIPANT, authority=RONGCHANG.id)


def test_the_lead_does_not_believe_that_a_partner_opened_anothers_checkpoint():
    outcome = given(operation, *READY).when(note_opened("B"), actor=POLICY, origin=YONGCHUAN.id)
    outcome.refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint="B")


CLOSE = changes.CloseCheckpointRequest(participation_id=PART, checkpoint_id="B")
CLOSED_DOOR = changes.CheckpointClosed(
    participation_id=PART,
    operation_id=OPERATION,
    lead_id="jt-510521",
    participant_id="jt-510521",
    checkpoint_id="B",
)


def test_a_checkpoint_closes_once_and_opens_again():
    opened: list[Message | On] = [*PRESENT, on("2024-12-18 08:00", OPENED)]
    given(participation, *opened).when(CLOSE).then(CLOSED_DOOR)
    closed: list[Message | On] = [*opened, on("2024-12-18 10:00", CLOSED_DOOR)]
    given(participation, *closed).when(CLOSE).then()
    given(participation, *closed).when(open_b(*LU[:2]), officers=OFFICERS).then(OPENED)
    elsewhere = changes.CloseCheckpointRequest(participation_id=PART, checkpoint_id="A")
    given(participation, *opened).when(elsewhere).refused(Refusal.OUT_OF_TERRITORY)


def test_nothing_is_inspected_while_a_checkpoint_is_closed():
    doors: list[Message | On] = [*PRESENT, on("2024-12-18 08:00", OPENED), on("2024-12-18 10:00", CLOSED_DOOR)]
    closed = given(participation, *doors).when(inspect(), officers=OFFICERS, at="2024-12-18 10:00")
    closed.refused(Refusal.CHECKPOINT_CLOSED, checkpoint="B")
    given(participation, *doors).when(inspect(), officers=OFFICERS, at="2024-12-18 09:59").then(inspected())
    again: list[Message | On] = [*doors, on("2024-12-18 11:00", OPENED)]
    given(participation, *again).when(inspect(), officers=OFFICERS, at="2024-12-18 11:00").then(inspected())


def test_the_lead_notes_a_closing_of_an_open_checkpoint():
    noted = pb.CheckpointOpeningNoted(operation_id=OPERATION, checkpoint_id="A", participant_id=YONGCHUAN.id)
    command = changes.NoteCheckpointClosedRequest(
        operation_id=OPERATION, participant_id=YONGCHUAN.id, checkpoint_id="A"
    )
    closing = changes.CheckpointClosingNoted(operation_id=OPERATION, checkpoint_id="A", participant_id=YONGCHUAN.id)
    given(operation, *READY, noted).when(command, actor=POLICY, origin=YONGCHUAN.id).then(closing)
    given(operation, *READY).when(command, actor=POLICY, origin=YONGCHUAN.id).then()
    given(operation, *READY, noted).when(command, actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_A_PARTICIPANT)
