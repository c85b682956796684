"""The roster: at each checkpoint two active officers of the authority competent there."""

from typing import Any

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import Operation, operation
from services.joint_operations.model.participation import Stage, participation
from services.joint_operations.policies import policy
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import (
    CHIEF,
    LUXIAN,
    POLICY,
    RONGCHANG,
    YONGCHUAN,
    Outcome,
    given,
    instant,
    officer,
    reactions,
)
from tests.unit.joint_operations.acts import (
    ACCEPTED,
    ASSIGNMENTS,
    CLOSED,
    ENTRIES,
    INVITED,
    JOINED,
    LU,
    OPERATION,
    PART,
    PLANNED,
    READY,
    RECEIVED,
    RONG,
    ROSTER,
    ROSTER_RECEIVED,
    YONG,
    assignment,
    joined,
)


def roster(assignments: list[commands.RosterAssignment]) -> commands.PublishRosterRequest:
    return commands.PublishRosterRequest(operation_id=OPERATION, assignments=assignments)


def without(*left_out: common.OfficerSnapshot) -> list[commands.RosterAssignment]:
    return [one for one in ASSIGNMENTS if one.officer_id not in {gone.officer_id for gone in left_out}]


def test_a_roster_with_two_competent_officers_at_every_checkpoint_is_published():
    given(operation, *JOINED).when(roster(ASSIGNMENTS), actor=CHIEF).then(ROSTER)


def test_one_officer_of_the_competent_authority_is_not_enough_whoever_else_stands_there():
    outcome = given(operation, *JOINED).when(roster(without(YONG[1])), actor=CHIEF)
    outcome.refused(Refusal.ROSTER_TOO_THIN, checkpoint="A", authority=YONGCHUAN.name, found=1)


def test_an_officer_who_was_not_active_when_the_authority_signed_does_not_count():
    lapsed = officer("永2", authority=YONGCHUAN, status=common.CREDENTIAL_STATUS_SUSPENDED)
    history = [*INVITED, joined(LUXIAN, LU), joined(YONGCHUAN, [YONG[0], lapsed]), joined(RONGCHANG, RONG)]
    outcome = given(operation, *history).when(roster(ASSIGNMENTS), actor=CHIEF)
    outcome.refused(Refusal.ROSTER_TOO_THIN, checkpoint="A", found=1)


def shift(one: common.OfficerSnapshot, checkpoint_id: str, starts: str, ends: str) -> commands.RosterAssignment:
    day = "2024-12-18 "
    return assignment(
        one,
        checkpoint_id,
        shift_starts_at=to_timestamp(instant(day + starts)),
        shift_ends_at=to_timestamp(instant(day + ends)),
    )


def test_the_same_officer_in_two_shifts_is_one_officer():
    twice = [shift(YONG[0], "A", "08:00", "12:00"), shift(YONG[0], "A", "12:00", "20:00")]
    outcome = given(operation, *JOINED).when(roster([*without(*YONG), *twice]), actor=CHIEF)
    outcome.refused(Refusal.ROSTER_TOO_THIN, checkpoint="A", found=1)


def test_two_stand_at_every_moment_of_the_day():
    shifts = [shift(YONG[0], "A", "08:00", "18:00"), shift(YONG[1], "A", "09:00", "18:00")]
    outcome = given(operation, *JOINED).when(roster([*without(*YONG), *shifts]), actor=CHIEF)
    outcome.refused(Refusal.SHIFT_GAP, checkpoint="A", found=1, starts="2024-12-18 08:00", ends="2024-12-18 09:00")


def test_shifts_that_relieve_each_other_to_the_minute_leave_no_gap():
    morning = [shift(one, "B", "08:00", "12:00") for one in LU[:2]]
    afternoon = [shift(one, "B", "12:00", "18:00") for one in (LU[3], LU[0])]
    rest = [one for one in ASSIGNMENTS if one.checkpoint_id != "B" and one.officer_id != LU[3].officer_id]
    outcome = given(operation, *JOINED).when(roster([*rest, *morning, *afternoon]), actor=CHIEF)
    assert len(outcome.events) == 1


def test_a_checkpoint_with_hours_has_two_officers_throughout_them():
    plan = pb.OperationPlanned()
    plan.CopyFrom(PLANNED)
    hours = pb.Hours(
        opens_at=to_timestamp(instant("2024-12-18 08:00")), closes_at=to_timestamp(instant("2024-12-18 18:00"))
    )
    plan.checkpoints[0].hours.append(hours)
    shifts = [shift(one, "A", "08:00", "17:00") for one in YONG]
    outcome = given(operation, plan, *JOINED[1:]).when(roster([*without(*YONG), *shifts]), actor=CHIEF)
    outcome.refused(Refusal.SHIFT_GAP, checkpoint="A", found=0, starts="2024-12-18 17:00", ends="2024-12-18 18:00")


def test_nobody_counts_at_two_checkpoints_at_the_same_moment():
    both = [shift(LU[4], "B", "08:00", "12:00")]
    outcome = given(operation, *JOINED).when(roster([*ASSIGNMENTS, *both]), actor=CHIEF)
    outcome.refused(Refusal.OFFICER_ELSEWHERE, officer=LU[4].officer_id, checkpoint="C", other="B")


def test_a_checkpoint_of_an_authority_that_did_not_join_has_no_officers():
    history = [*INVITED, joined(LUXIAN, LU), joined(RONGCHANG, RONG)]
    outcome = given(operation, *history).when(roster(without(*YONG)), actor=CHIEF)
    outcome.refused(Refusal.ROSTER_TOO_THIN, checkpoint="A", authority=YONGCHUAN.name, found=0)


@pytest.mark.parametrize(
    ("extra", "refusal"),
    [
        (assignment(YONG[0], "A", participant_id="jt-500153"), Refusal.OFFICER_NOT_SENT),
        (assignment(LU[0], "D"), Refusal.CHECKPOINT_UNKNOWN),
        (assignment(LU[0], "B"), Refusal.OFFICER_TWICE),
    ],
)
def test_a_line_of_the_roster_names_a_sent_officer_at_a_planned_checkpoint_once(extra, refusal):
    given(operation, *JOINED).when(roster([*ASSIGNMENTS, extra]), actor=CHIEF).refused(refusal)


def test_an_authority_that_has_not_accepted_is_on_no_roster():
    outcome = given(operation, *INVITED, joined(LUXIAN, LU)).when(roster(ASSIGNMENTS), actor=CHIEF)
    outcome.refused(Refusal.NOT_JOINED, authority=YONGCHUAN.name)


def test_a_shift_does_not_end_before_it_begins():
    reversed_shift = assignment(
        LU[0],
        "C",
        shift_starts_at=to_timestamp(instant("2024-12-18 12:00")),
        shift_ends_at=to_timestamp(instant("2024-12-18 08:00")),
    )
    outcome = given(operation, *JOINED).when(roster([*ASSIGNMENTS, reversed_shift]), actor=CHIEF)
    outcome.refused(Refusal.PERIOD_REVERSED)


def test_a_roster_is_published_again_while_the_operation_runs():
    state = (
        given(operation, *READY)
        .when(roster(ASSIGNMENTS), actor=CHIEF)
        .then(
            pb.RosterPublished(
                operation_id=OPERATION, participant_ids=ROSTER.participant_ids, roster_version=2, entries=ENTRIES
            )
        )
    )
    assert state.roster_version == 2


@pytest.mark.parametrize("history", [[PLANNED], CLOSED])
def test_there_is_no_roster_before_the_invitations_or_after_the_end(history):
    given(operation, *history).when(roster(ASSIGNMENTS), actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def receive(**changes: Any) -> commands.ReceiveRosterRequest:
    fields: dict[str, Any] = {"participation_id": PART, "roster_version": 1, "entries": ENTRIES}
    return commands.ReceiveRosterRequest(**(fields | changes))


def test_a_participant_takes_the_leads_roster():
    state = given(participation, RECEIVED, ACCEPTED).when(receive(), actor=POLICY).then(ROSTER_RECEIVED)
    assert state.stage is Stage.ROSTERED


def test_a_roster_of_anybody_else_is_not_taken():
    outcome = given(participation, RECEIVED, ACCEPTED).when(receive(), actor=POLICY, origin=RONGCHANG.id)
    outcome.refused(Refusal.NOT_THE_LEAD, authority=RONGCHANG.id)


SCALE = pb.Device(name="便携式称重仪", serial_number="CZ-0007")
CAR = pb.RosterEquipment(participant_id=LUXIAN.id, checkpoint_id="B", car_no=1)
WEIGHING = pb.RosterEquipment(participant_id=LUXIAN.id, checkpoint_id="B", serial_number="CZ-0007")


def equipped(*equipment: pb.RosterEquipment) -> Outcome[Operation]:
    """A roster with cars and devices, of participants of whom 泸县 brings a car and a scale."""
    bringing = joined(LUXIAN, LU)
    bringing.ClearField("cars")
    bringing.cars.append(pb.PatrolCar(car_no=1, plate="川E·执101"))
    bringing.devices.append(SCALE)
    history = [bringing if one == joined(LUXIAN, LU) else one for one in JOINED]
    command = commands.PublishRosterRequest(operation_id=OPERATION, assignments=ASSIGNMENTS, equipment=equipment)
    return given(operation, *history).when(command, actor=CHIEF)


def test_cars_and_devices_stand_on_the_roster_where_they_are_used():
    outcome = equipped(CAR, WEIGHING)
    assert list(outcome.events[0].equipment) == [CAR, WEIGHING]  # type: ignore[attr-defined]
    assert reactions(policy, outcome.events[0])[0].equipment == [CAR, WEIGHING]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("one", "refusal"),
    [
        (pb.RosterEquipment(participant_id=LUXIAN.id, checkpoint_id="B", car_no=2), Refusal.CAR_UNKNOWN),
        (pb.RosterEquipment(participant_id=LUXIAN.id, checkpoint_id="B", serial_number="?"), Refusal.DEVICE_UNKNOWN),
        (pb.RosterEquipment(participant_id=LUXIAN.id, checkpoint_id="Z", car_no=1), Refusal.CHECKPOINT_UNKNOWN),
        (pb.RosterEquipment(participant_id="ga-510521", checkpoint_id="B", car_no=1), Refusal.NOT_JOINED),
        (pb.RosterEquipment(participant_id=LUXIAN.id, checkpoint_id="C", car_no=1), Refusal.EQUIPMENT_TWICE),
    ],
)
def test_what_nobody_brought_or_stands_elsewhere_is_on_no_roster(one, refusal):
    equipped(CAR, one).refused(refusal)
