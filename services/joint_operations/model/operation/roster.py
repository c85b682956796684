"""The roster, and the checkpoints as they open (人员编组, 启用检查点)."""

from collections.abc import Sequence
from dataclasses import replace

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model.operation.operation import Operation, Stage, operation
from services.joint_operations.model.shared import Refusal
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused


@operation.decide(commands.PublishRosterRequest, basis="行政处罚法 arts. 22, 42")
def publish_roster(state: Operation, command: commands.PublishRosterRequest, context: Context) -> Events:
    """At each checkpoint stand at least two active officers of the authority competent there, sent by it.

    A roster may be published again while the operation runs; the later one replaces the earlier.
    """
    state.require(Stage.INVITED, Stage.READY, Stage.RUNNING)
    entries = [_entry(state, assignment, context) for assignment in command.assignments]
    _require_each_once(entries)
    _require_competent_officers(state, entries, context)
    yield pb.RosterPublished(
        operation_id=command.operation_id,
        participant_ids=list(state.joined),
        roster_version=state.roster_version + 1,
        entries=entries,
    )


@operation.evolve(pb.RosterPublished)
def roster_published(state: Operation, event: pb.RosterPublished) -> Operation:
    stage = Stage.READY if state.stage is Stage.INVITED else state.stage
    return replace(state, stage=stage, roster_version=event.roster_version)


@operation.decide(commands.NoteCheckpointOpenedRequest, basis="行政处罚法 art. 22")
def note_checkpoint_opened(state: Operation, command: commands.NoteCheckpointOpenedRequest, context: Context) -> Events:
    """A checkpoint is opened by the authority competent there; with the first one the operation runs."""
    state.speaking(command.participant_id, context)
    competent = {checkpoint.checkpoint_id: checkpoint.competent_id for checkpoint in state.plan.checkpoints}
    if competent.get(command.checkpoint_id) != command.participant_id:
        raise Refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint=command.checkpoint_id)
    if command.checkpoint_id in state.open_checkpoints:
        return
    yield pb.CheckpointOpeningNoted(
        operation_id=command.operation_id,
        checkpoint_id=command.checkpoint_id,
        participant_id=command.participant_id,
    )


@operation.evolve(pb.CheckpointOpeningNoted)
def checkpoint_opening_noted(state: Operation, event: pb.CheckpointOpeningNoted) -> Operation:
    stage = Stage.RUNNING if state.stage is Stage.READY else state.stage
    return replace(state, stage=stage, open_checkpoints=state.open_checkpoints | {event.checkpoint_id})


def _entry(state: Operation, assignment: commands.RosterAssignment, context: Context) -> pb.RosterEntry:
    """An officer is put on the roster as the authority that sends the officer signed it."""
    participant = state.joined.get(assignment.participant_id)
    if participant is None:
        raise Refused(Refusal.NOT_JOINED, authority=context.member(assignment.participant_id).name)
    officer = participant.officers.get(assignment.officer_id)
    if officer is None:
        raise Refused(Refusal.OFFICER_NOT_SENT, authority=participant.name, officer=assignment.officer_id)
    if assignment.checkpoint_id not in {checkpoint.checkpoint_id for checkpoint in state.plan.checkpoints}:
        raise Refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint=assignment.checkpoint_id)
    starts, ends = assignment.shift_starts_at, assignment.shift_ends_at
    if assignment.HasField("shift_ends_at") and ends.ToMicroseconds() <= starts.ToMicroseconds():
        raise Refused(Refusal.PERIOD_REVERSED, starts=starts.ToJsonString(), ends=ends.ToJsonString())
    return pb.RosterEntry(
        participant_id=assignment.participant_id,
        officer=officer,
        officer_no=list(participant.officers).index(assignment.officer_id) + 1,
        checkpoint_id=assignment.checkpoint_id,
        duty=assignment.duty,
        shift_starts_at=starts if assignment.HasField("shift_starts_at") else None,
        shift_ends_at=ends if assignment.HasField("shift_ends_at") else None,
    )


def _require_each_once(entries: Sequence[pb.RosterEntry]) -> None:
    """An officer stands once at a checkpoint in a shift."""
    seen: set[tuple[str, str, str, int]] = set()
    for entry in entries:
        officer_id, checkpoint_id = entry.officer.officer_id, entry.checkpoint_id
        place = (entry.participant_id, officer_id, checkpoint_id, entry.shift_starts_at.ToMicroseconds())
        if place in seen:
            raise Refused(Refusal.OFFICER_TWICE, officer=officer_id, checkpoint=checkpoint_id)
        seen.add(place)


def _require_competent_officers(state: Operation, entries: Sequence[pb.RosterEntry], context: Context) -> None:
    """Territory decides whose officers count at a checkpoint; partners beside them only assist."""
    for checkpoint in state.plan.checkpoints:
        competent = {
            entry.officer.officer_id
            for entry in entries
            if entry.checkpoint_id == checkpoint.checkpoint_id
            and entry.participant_id == checkpoint.competent_id
            and entry.officer.status == common.CREDENTIAL_STATUS_ACTIVE
        }
        if len(competent) < 2:
            raise Refused(
                Refusal.ROSTER_TOO_THIN,
                checkpoint=checkpoint.checkpoint_id,
                authority=context.member(checkpoint.competent_id).name,
                found=len(competent),
            )
