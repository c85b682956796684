"""The plan (行动方案)."""

from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.joint_operations.model.operation.operation import Operation, Stage, operation
from services.joint_operations.model.shared import Refusal
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day


@operation.decide(commands.PlanOperationRequest, basis="行政处罚法 arts. 17, 22, 23")
def plan(state: Operation, command: commands.PlanOperationRequest, context: Context) -> Events:
    """A plan is written and names, for every checkpoint, a transport authority with power at that place."""
    if day(command.ends_on) < day(command.starts_on):
        raise Refused(Refusal.PERIOD_REVERSED, starts=command.starts_on, ends=command.ends_on)
    seen: set[str] = set()
    for checkpoint in command.checkpoints:
        if checkpoint.checkpoint_id in seen:
            raise Refused(Refusal.CHECKPOINT_TWICE, checkpoint=checkpoint.checkpoint_id)
        seen.add(checkpoint.checkpoint_id)
        competent = context.member(checkpoint.competent_id)
        if competent.kind != options.AUTHORITY_KIND_TRANSPORT or not competent.competent_in(
            checkpoint.place.division_code
        ):
            raise Refused(
                Refusal.CHECKPOINT_NOT_COMPETENT,
                checkpoint=checkpoint.checkpoint_id,
                division=checkpoint.place.division_code,
                authority=competent.name,
            )
    yield pb.OperationPlanned(
        operation_id=command.operation_id or str(context.new_id(operation.name)),
        lead_id=context.authority.id,
        operation_type=command.operation_type,
        themes=command.themes,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        checkpoints=[
            pb.Checkpoint(checkpoint_id=one.checkpoint_id, place=one.place, competent_id=one.competent_id)
            for one in command.checkpoints
        ],
        name=command.name,
        purpose=command.purpose,
        targets=command.targets if command.HasField("targets") else None,
        lead_name=context.authority.name,
    )


@operation.evolve(pb.OperationPlanned)
def planned(state: Operation, event: pb.OperationPlanned) -> Operation:
    return replace(state, stage=Stage.DRAFT, plan=event)
