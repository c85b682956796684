"""Planning: written, dated, and with power at every checkpoint."""

import pytest
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import operation
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import CHIEF, LUXIAN, POLICE, RONGCHANG, given, instant
from tests.unit.joint_operations.acts import CLOSED, OPERATION, PLANNED, SIGNED, B, plan


def checkpoint(competent_id: str, checkpoint_id: str = "B") -> commands.CheckpointPlan:
    return commands.CheckpointPlan(checkpoint_id=checkpoint_id, place=B, competent_id=competent_id)


def test_a_plan_names_the_authority_competent_at_each_checkpoint():
    given(operation).when(plan(), actor=CHIEF).then(PLANNED)


def test_an_authority_is_not_competent_outside_its_territory():
    outcome = given(operation).when(plan(checkpoints=[checkpoint(RONGCHANG.id)]), actor=CHIEF)
    outcome.refused(Refusal.CHECKPOINT_NOT_COMPETENT, checkpoint="B", division="510521", authority=RONGCHANG.name)


def test_the_police_have_no_power_of_transport_enforcement():
    outcome = given(operation).when(plan(checkpoints=[checkpoint(POLICE.id)]), actor=CHIEF)
    outcome.refused(Refusal.CHECKPOINT_NOT_COMPETENT, authority=POLICE.name)


def test_an_authority_that_nobody_knows_is_competent_nowhere():
    outcome = given(operation).when(plan(checkpoints=[checkpoint("jt-999999")]), actor=CHIEF)
    outcome.refused(KernelRefusal.UNKNOWN_AUTHORITY)


def test_two_checkpoints_have_two_codes():
    outcome = given(operation).when(plan(checkpoints=[checkpoint(LUXIAN.id), checkpoint(LUXIAN.id)]), actor=CHIEF)
    outcome.refused(Refusal.CHECKPOINT_TWICE, checkpoint="B")


def test_an_operation_does_not_end_before_it_begins():
    outcome = given(operation).when(plan(ends_on="2024-12-17"), actor=CHIEF)
    outcome.refused(Refusal.PERIOD_REVERSED, starts="2024-12-18", ends="2024-12-17")


def test_an_operation_takes_place_on_days_that_exist():
    given(operation).when(plan(ends_on="2025-02-30"), actor=CHIEF).refused(KernelRefusal.INVALID_REQUEST)


TYPES = [value for value in pb.OperationType.values() if value]


@pytest.mark.parametrize("operation_type", TYPES, ids=pb.OperationType.Name)
def test_every_type_is_planned_and_counted_by_its_type(operation_type):
    [event] = given(operation).when(plan(operation_type=operation_type), actor=CHIEF).events
    assert event.operation_type == operation_type  # type: ignore[attr-defined]


def test_the_fives_are_words_that_an_authority_may_change():
    five = plan(operation_type=pb.OPERATION_TYPE_FIVE_UNIFIED)
    [event] = given(operation).when(five, actor=CHIEF).events
    assert isinstance(event, pb.OperationPlanned)
    assert [one.name for one in event.attributes] == ["五统一"] * 5 + ["五联动"] * 5
    own = [pb.OperationAttribute(name="五统一", value="统一宣传")]
    [event] = given(operation).when(plan(operation_type=five.operation_type, attributes=own), actor=CHIEF).events
    assert list(event.attributes) == own  # type: ignore[attr-defined]
    edit = commands.EditAttributesRequest(operation_id=OPERATION, attributes=own)
    given(operation, *CLOSED).when(edit, actor=CHIEF).then(
        pb.OperationAttributesEdited(operation_id=OPERATION, attributes=own)
    )
    summarised = pb.OperationSummarised(operation_id=OPERATION)
    given(operation, *SIGNED, summarised).when(edit, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_a_plan_has_no_field_for_a_fine():
    assert {field.name for field in pb.Targets.DESCRIPTOR.fields} == {"inspections", "education_heads"}


@pytest.mark.parametrize("words", ["完成罚款100万元", "罚没任务不少于50万", "人均3件罚款"])
def test_a_plan_sets_no_target_for_fines_in_words_either(words):
    given(operation).when(plan(purpose=words), actor=CHIEF).refused(Refusal.FINE_QUOTA)
    smuggled = [pb.OperationAttribute(name="指标", value=words)]
    given(operation).when(plan(attributes=smuggled), actor=CHIEF).refused(Refusal.FINE_QUOTA)
    edit = commands.EditAttributesRequest(operation_id=OPERATION, attributes=smuggled)
    given(operation, PLANNED).when(edit, actor=CHIEF).refused(Refusal.FINE_QUOTA)


def test_a_plan_may_speak_of_fines_without_a_number():
    assert given(operation).when(plan(purpose="规范罚款缴纳，检查60台次"), actor=CHIEF).events


def test_a_fixed_station_stands_with_the_provinces_approval():
    station = checkpoint(LUXIAN.id)
    station.kind = pb.CHECKPOINT_KIND_FIXED_STATION
    outcome = given(operation).when(plan(checkpoints=[station]), actor=CHIEF)
    outcome.refused(Refusal.STATION_NOT_APPROVED, checkpoint="B")
    station.approval_number = "川府函〔2020〕1号"
    assert given(operation).when(plan(checkpoints=[station]), actor=CHIEF).events


def test_the_hours_of_a_checkpoint_do_not_end_before_they_begin():
    reversed_hours = checkpoint(LUXIAN.id)
    reversed_hours.hours.add(
        opens_at=to_timestamp(instant("2024-12-18 18:00")), closes_at=to_timestamp(instant("2024-12-18 08:00"))
    )
    given(operation).when(plan(checkpoints=[reversed_hours]), actor=CHIEF).refused(Refusal.PERIOD_REVERSED)


def test_a_checkpoint_may_be_named_by_its_stake_and_coordinates():
    command = plan()
    command.checkpoints[0].stake = "K12+300"
    command.checkpoints[0].position.CopyFrom(pb.GeoPoint(latitude_degrees=29.15, longitude_degrees=105.38))
    [event] = given(operation).when(command, actor=CHIEF).events
    first = event.checkpoints[0]  # type: ignore[attr-defined]
    assert (first.stake, first.position) == ("K12+300", command.checkpoints[0].position)
