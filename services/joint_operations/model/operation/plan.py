"""The plan (行动方案)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.joint_operations.model.operation.operation import Operation, Stage, operation
from services.joint_operations.model.shared import Refusal, hours_within
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day

_FINE_QUOTA: Final = re.compile(r"(罚款|罚没|罚缴)[^，。；;,]{0,12}?\d|\d[^，。；;,]{0,6}(罚款|罚没|罚缴)")
"""Words that set a number for fines; a plan has no field for one."""
FIVES: Final = {
    "五统一": ("统一指挥", "统一行动", "统一标准", "统一文书", "统一处罚"),
    "五联动": ("乡镇政府", "派出所", "交警", "高速公安", "高速交通执法部门"),
}
"""What 五统一五联动 is taken to mean while an authority says nothing else: no definition was found, only the partners
are named in a bureau's report. Words for people; no decision reads them."""


@operation.decide(commands.PlanOperationRequest, basis="行政处罚法 arts. 17, 22, 23")
def plan(state: Operation, command: commands.PlanOperationRequest, context: Context) -> Events:
    """A plan is written and names, for every checkpoint, a transport authority with power at that place."""
    if day(command.ends_on) < day(command.starts_on):
        raise Refused(Refusal.PERIOD_REVERSED, starts=command.starts_on, ends=command.ends_on)
    _require_no_fine_quota(command.name, command.purpose, *_words(command.attributes))
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
        _require_lawful_site(checkpoint, command)
    yield pb.OperationPlanned(
        operation_id=command.operation_id or str(context.new_id(operation.name)),
        lead_id=context.authority.id,
        operation_type=command.operation_type,
        themes=command.themes,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        checkpoints=[
            pb.Checkpoint(
                checkpoint_id=one.checkpoint_id,
                place=one.place,
                competent_id=one.competent_id,
                hours=one.hours,
                kind=one.kind,
                approval_number=one.approval_number,
                stake=one.stake,
                position=one.position if one.HasField("position") else None,
            )
            for one in command.checkpoints
        ],
        name=command.name,
        purpose=command.purpose,
        targets=command.targets if command.HasField("targets") else None,
        lead_name=context.authority.name,
        attributes=command.attributes or _usual_attributes(command.operation_type),
    )


@operation.evolve(pb.OperationPlanned)
def planned(state: Operation, event: pb.OperationPlanned) -> Operation:
    return replace(state, stage=Stage.DRAFT, plan=event)


@operation.decide(commands.EditAttributesRequest, basis="design")
def edit_attributes(state: Operation, command: commands.EditAttributesRequest, context: Context) -> Events:
    """The words that describe an operation may change until it is summarised; they decide nothing."""
    state.require(Stage.DRAFT, Stage.INVITED, Stage.READY, Stage.RUNNING, Stage.CLOSED)
    _require_no_fine_quota(*_words(command.attributes))
    yield pb.OperationAttributesEdited(operation_id=command.operation_id, attributes=command.attributes)


@operation.evolve(pb.OperationAttributesEdited)
def attributes_edited(state: Operation, event: pb.OperationAttributesEdited) -> Operation:
    return state


def _usual_attributes(operation_type: pb.OperationType.ValueType) -> list[pb.OperationAttribute]:
    if operation_type != pb.OPERATION_TYPE_FIVE_UNIFIED:
        return []
    return [pb.OperationAttribute(name=name, value=value) for name, values in FIVES.items() for value in values]


def _words(attributes: Iterable[pb.OperationAttribute]) -> list[str]:
    return [f"{one.name} {one.value}" for one in attributes]


def _require_no_fine_quota(*texts: str) -> None:
    """Fines may not be linked to an assessment, in no field and in no words (行政处罚法 art. 74)."""
    for text in texts:
        found = _FINE_QUOTA.search(text)
        if found:
            raise Refused(Refusal.FINE_QUOTA, words=found.group())


def _require_lawful_site(checkpoint: commands.CheckpointPlan, command: commands.PlanOperationRequest) -> None:
    """A fixed station needs the province's approval; hours lie within the operation, and end after they begin."""
    if checkpoint.kind == pb.CHECKPOINT_KIND_FIXED_STATION and not checkpoint.approval_number:
        raise Refused(Refusal.STATION_NOT_APPROVED, checkpoint=checkpoint.checkpoint_id)
    for one in checkpoint.hours:
        if one.closes_at.ToMicroseconds() <= one.opens_at.ToMicroseconds():
            raise Refused(
                Refusal.PERIOD_REVERSED, starts=one.opens_at.ToJsonString(), ends=one.closes_at.ToJsonString()
            )
    if len(hours_within(checkpoint.hours, command.starts_on, command.ends_on)) < len(checkpoint.hours):
        raise Refused(
            Refusal.HOURS_OUTSIDE_PERIOD,
            checkpoint=checkpoint.checkpoint_id,
            starts=command.starts_on,
            ends=command.ends_on,
        )
