"""Planning: written, dated, and with power at every checkpoint."""

from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import operation
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LUXIAN, POLICE, RONGCHANG, given
from tests.unit.joint_operations.acts import PLANNED, B, plan


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
