"""What becomes of the plan: its days move, or the operation does not take place (变更起止日期, 取消行动)."""

from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import plan_changes_pb2 as changes

from services.joint_operations.model.operation.operation import Operation, Stage, operation
from services.joint_operations.model.shared import Refusal, checkpoints_within
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day


@operation.decide(changes.ChangePeriodRequest, basis="design")
def change_period(state: Operation, command: changes.ChangePeriodRequest, context: Context) -> Events:
    """The days may move until the operation is closed; none that is over is cut off, and what ran is not put off.

    It is put back earlier at any time: a putting off may have crossed with the opening of a checkpoint.
    """
    state.require(Stage.DRAFT, Stage.INVITED, Stage.READY, Stage.RUNNING)
    starts, ends, plan = day(command.starts_on), day(command.ends_on), state.plan
    if ends < starts:
        raise Refused(Refusal.PERIOD_REVERSED, starts=command.starts_on, ends=command.ends_on)
    begun = state.stage is Stage.RUNNING or context.today > day(plan.starts_on)
    if begun and starts > day(plan.starts_on):
        raise Refused(Refusal.PERIOD_BEGUN, starts=plan.starts_on)
    if ends < day(plan.ends_on) and ends < context.today:
        raise Refused(Refusal.PERIOD_OVER, day=context.today)
    if (command.starts_on, command.ends_on) == (plan.starts_on, plan.ends_on):
        return
    yield changes.OperationPeriodChanged(
        operation_id=command.operation_id,
        participant_ids=list(state.participants),
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        reason=command.reason,
    )


@operation.evolve(changes.OperationPeriodChanged)
def period_changed(state: Operation, event: changes.OperationPeriodChanged) -> Operation:
    plan = pb.OperationPlanned()
    plan.CopyFrom(state.plan)
    plan.starts_on, plan.ends_on = event.starts_on, event.ends_on
    kept = checkpoints_within(plan.checkpoints, event.starts_on, event.ends_on)
    del plan.checkpoints[:]
    plan.checkpoints.extend(kept)
    return replace(state, plan=plan)


@operation.decide(changes.CancelOperationRequest, basis="design")
def cancel(state: Operation, command: changes.CancelOperationRequest, context: Context) -> Events:
    """What has not begun does not take place and is counted nowhere; what ran is reported and closed.

    A checkpoint that opened before the word came there makes it one that ran (`roster.note_checkpoint_opened`).
    """
    state.require(Stage.DRAFT, Stage.INVITED, Stage.READY, Stage.RUNNING)
    if state.stage is Stage.RUNNING or any(one.report and one.report.ran for one in state.joined.values()):
        raise Refused(Refusal.OPERATION_BEGUN)
    if state.standing_draw and not state.draw_id:
        raise Refused(Refusal.DRAW_STANDING, draw=state.standing_draw)
    yield changes.OperationCancelled(
        operation_id=command.operation_id, participant_ids=list(state.participants), reason=command.reason
    )


@operation.evolve(changes.OperationCancelled)
def cancelled(state: Operation, event: changes.OperationCancelled) -> Operation:
    return replace(state, stage=Stage.CANCELLED)
