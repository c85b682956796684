"""Inspection and warning education at the checkpoints (检查, 警示教育)."""

from dataclasses import replace

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model.participation.participation import (
    Inspection,
    Participation,
    Stage,
    known_by,
    participation,
)
from services.joint_operations.model.shared import Refusal
from services.joint_operations.numbers import count
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import microseconds


@participation.decide(commands.RecordInspectionRequest, basis="行政处罚法 arts. 22, 42; 道路运输条例 arts. 58, 59")
def record_inspection(state: Participation, command: commands.RecordInspectionRequest, context: Context) -> Events:
    """The authority competent at the checkpoint inspects, by two of its active officers on the roster; others assist.

    The same object at the same checkpoint in the same second is the same inspection; at another time it is another one.
    """
    state.require(Stage.ROSTERED)
    state.require_day(context)
    state.require_own_checkpoint(command.checkpoint_id, context)
    if state.is_open(command.checkpoint_id, microseconds(context.occurred_at)) is False:
        raise Refused(Refusal.CHECKPOINT_CLOSED, checkpoint=command.checkpoint_id)
    state.require_manned(command.checkpoint_id, context)
    officers = state.two_rostered(command.officer_ids, command.checkpoint_id, context)
    assisting = [_assistant(state, one, command.checkpoint_id, context) for one in command.assisting]
    _require_drawn(state, command.object)
    object_no = state.objects.get(known_by(command.object), len(state.objects) + 1)
    inspection_id = command.inspection_id or str(context.new_id("inspection"))
    moment = (command.checkpoint_id, object_no, int(context.occurred_at.timestamp()))
    if moment in state.inspected or inspection_id in state.inspections:
        raise Refused(Refusal.INSPECTION_TWICE)
    yield pb.InspectionRecorded(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        checkpoint_id=command.checkpoint_id,
        inspection_id=inspection_id,
        inspection_class=command.inspection_class,
        result=command.result,
        object_kind=command.object.kind,
        object_no=object_no,
        object=command.object,
        officers=officers,
        assisting=assisting,
        evidence=command.evidence,
    )


@participation.evolve(pb.InspectionRecorded)
def inspection_recorded(state: Participation, event: pb.InspectionRecorded, act: Act) -> Participation:
    inspection = Inspection(event.checkpoint_id, event.object, event.object_no, event.result)
    moment = (event.checkpoint_id, event.object_no, int(act.occurred_at.timestamp()))
    return replace(
        state,
        objects=state.objects.set(known_by(event.object), event.object_no),
        inspected=state.inspected.set(moment, event.inspection_id),
        inspections=state.inspections.set(event.inspection_id, inspection),
        tally=count(state.tally, event, act.occurred_at),
    )


@participation.decide(commands.RecordEducationRequest, basis="design")
def record_education(state: Participation, command: commands.RecordEducationRequest, context: Context) -> Events:
    """Warning education (警示教育) is open to every participant at every checkpoint and is never a penalty."""
    state.require(Stage.ROSTERED)
    state.require_day(context)
    state.checkpoint(command.checkpoint_id)
    yield pb.EducationRecorded(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        checkpoint_id=command.checkpoint_id,
        head_count=command.head_count,
        topic=command.topic,
        material=command.material,
    )


@participation.evolve(pb.EducationRecorded)
def education_recorded(state: Participation, event: pb.EducationRecorded, act: Act) -> Participation:
    return replace(state, tally=count(state.tally, event, act.occurred_at))


def _require_drawn(state: Participation, inspected: pb.InspectedObject) -> None:
    """In a 双随机 operation only what was drawn is inspected, by the id that its list has it under."""
    if state.invitation.operation_type != pb.OPERATION_TYPE_RANDOM_DRAW:
        return
    if not {inspected.identifier, inspected.plate} & state.drawn:
        raise Refused(Refusal.NOT_DRAWN, id=inspected.identifier or inspected.plate or inspected.name)


def _assistant(
    state: Participation, assisting: commands.AssistingOfficer, checkpoint_id: str, context: Context
) -> common.OfficerSnapshot:
    """Whoever assists belongs to another participant and stands at the same checkpoint by the roster."""
    entry = state.roster_entry(assisting.participant_id, assisting.officer_id, checkpoint_id, context)
    if entry is None or assisting.participant_id == context.authority.id:
        raise Refused(Refusal.NOT_A_PARTNER, officer=assisting.officer_id)
    return entry.officer
