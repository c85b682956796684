"""The roster, and the checkpoints as they open and close (人员编组, 启用和撤除检查点)."""

from collections.abc import Sequence
from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.coverage import BEGIN, END, NEEDED, Span
from services.joint_operations.model.operation.operation import Operation, Stage, operation
from services.joint_operations.model.shared import Refusal
from services.joint_operations.model.standing import competent_shifts, gaps_at, hours_of, span_of
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.messages import from_microseconds, microseconds, to_timestamp
from services.kernel.values import local


@operation.decide(commands.PublishRosterRequest, basis="行政处罚法 arts. 22, 42")
def publish_roster(state: Operation, command: commands.PublishRosterRequest, context: Context) -> Events:
    """At each checkpoint, at every moment, stand at least two active officers of the authority competent there.

    A roster may be published again while the operation runs: the later one replaces the earlier from then on, and what
    was done before stands under the earlier, so it does not reach back behind one that is in force.
    """
    state.require(Stage.INVITED, Stage.READY, Stage.RUNNING)
    entries = [_entry(state, assignment, context) for assignment in command.assignments]
    require_each_once(entries)
    _require_brought(state, command.equipment, context)
    require_drawn(state, entries)
    running = state.stage is Stage.RUNNING
    since = microseconds(context.occurred_at) if running else BEGIN
    if running and since < state.roster_since <= microseconds(context.now):
        raise Refused(Refusal.ROSTER_BACKDATED, earliest=_moment(state.roster_since, ""))
    require_competent_officers(state, entries, context, since=since)
    require_one_post(state, entries, since)
    yield pb.RosterPublished(
        operation_id=command.operation_id,
        participant_ids=list(state.joined),
        roster_version=state.roster_version + 1,
        entries=entries,
        effective_at=to_timestamp(context.occurred_at) if running else None,
        drawn=state.drawn,
        equipment=command.equipment,
    )


@operation.evolve(pb.RosterPublished)
def roster_published(state: Operation, event: pb.RosterPublished) -> Operation:
    stage = Stage.READY if state.stage is Stage.INVITED else state.stage
    since = event.effective_at.ToMicroseconds() if event.HasField("effective_at") else BEGIN
    entries = tuple(event.entries)
    return replace(
        state,
        stage=stage,
        roster_version=event.roster_version,
        roster=entries,
        equipment=tuple(event.equipment),
        roster_since=since,
    )


@operation.decide(commands.NoteCheckpointOpenedRequest, basis="行政处罚法 art. 22")
def note_checkpoint_opened(state: Operation, command: commands.NoteCheckpointOpenedRequest, context: Context) -> Events:
    """A checkpoint is opened by the authority competent there; with the first one the operation runs, also one that was
    cancelled before the word of it came there."""
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
    stage = Stage.RUNNING if state.stage in (Stage.READY, Stage.CANCELLED) else state.stage
    return replace(
        state,
        stage=stage,
        open_checkpoints=state.open_checkpoints | {event.checkpoint_id},
        opened_by=state.opened_by | {event.participant_id},
    )


@operation.decide(changes.NoteCheckpointClosedRequest, basis="行政处罚法 art. 22")
def note_checkpoint_closed(state: Operation, command: changes.NoteCheckpointClosedRequest, context: Context) -> Events:
    """A checkpoint is closed by the authority that opened it."""
    state.speaking(command.participant_id, context)
    competent = {checkpoint.checkpoint_id: checkpoint.competent_id for checkpoint in state.plan.checkpoints}
    if competent.get(command.checkpoint_id) != command.participant_id:
        raise Refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint=command.checkpoint_id)
    if command.checkpoint_id not in state.open_checkpoints:
        return
    yield changes.CheckpointClosingNoted(
        operation_id=command.operation_id,
        checkpoint_id=command.checkpoint_id,
        participant_id=command.participant_id,
    )


@operation.evolve(changes.CheckpointClosingNoted)
def checkpoint_closing_noted(state: Operation, event: changes.CheckpointClosingNoted) -> Operation:
    return replace(state, open_checkpoints=state.open_checkpoints - {event.checkpoint_id})


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


def _require_brought(state: Operation, equipment: Sequence[pb.RosterEquipment], context: Context) -> None:
    """A car or a device is one that its authority brought, and stands at one checkpoint."""
    checkpoints = {checkpoint.checkpoint_id for checkpoint in state.plan.checkpoints}
    seen = set()
    for one in equipment:
        participant = state.joined.get(one.participant_id)
        if participant is None:
            raise Refused(Refusal.NOT_JOINED, authority=context.member(one.participant_id).name)
        if one.checkpoint_id not in checkpoints:
            raise Refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint=one.checkpoint_id)
        if one.car_no and one.car_no not in participant.cars:
            raise Refused(Refusal.CAR_UNKNOWN, car=one.car_no)
        if not one.car_no and one.serial_number not in participant.devices:
            raise Refused(Refusal.DEVICE_UNKNOWN, authority=participant.name, device=one.serial_number or "—")
        item = (one.participant_id, one.car_no, "" if one.car_no else one.serial_number)
        if item in seen:
            raise Refused(Refusal.EQUIPMENT_TWICE, authority=participant.name, item=one.car_no or one.serial_number)
        seen.add(item)


def require_each_once(entries: Sequence[pb.RosterEntry]) -> None:
    """An officer stands once at a checkpoint at a time."""
    taken: dict[tuple[str, str, str], list[Span]] = {}
    for entry in entries:
        key = (entry.participant_id, entry.officer.officer_id, entry.checkpoint_id)
        spans = taken.setdefault(key, [])
        if any(span_of(entry).common(other) for other in spans):
            raise Refused(Refusal.OFFICER_TWICE, officer=entry.officer.officer_id, checkpoint=entry.checkpoint_id)
        spans.append(span_of(entry))


def require_competent_officers(
    state: Operation,
    entries: Sequence[pb.RosterEntry],
    context: Context,
    *,
    since: int = BEGIN,
    at: str = "",
) -> None:
    """Territory decides whose officers count at a checkpoint, at every moment; partners beside them only assist.

    Args:
        since: what lies before is past, and no roster changes it.
        at: only this checkpoint; empty for all.
    """
    for checkpoint in state.plan.checkpoints:
        if at not in ("", checkpoint.checkpoint_id) or _is_over(state, checkpoint, entries, since):
            continue
        authority = context.member(checkpoint.competent_id).name
        shifts = competent_shifts(checkpoint, entries, state.absences)
        officers = {shift.officer_id for shift in shifts if shift.span.common(Span(since, END))}
        if len(officers) < NEEDED:
            raise Refused(
                Refusal.ROSTER_TOO_THIN, checkpoint=checkpoint.checkpoint_id, authority=authority, found=len(officers)
            )
        for gap in gaps_at(checkpoint, entries, state.absences, since):
            raise Refused(
                Refusal.SHIFT_GAP,
                checkpoint=checkpoint.checkpoint_id,
                authority=authority,
                found=gap.found,
                starts=_moment(gap.span.starts, "行动开始"),
                ends=_moment(gap.span.ends, "行动结束"),
            )


def require_drawn(state: Operation, entries: Sequence[pb.RosterEntry]) -> None:
    """In a 双随机 operation nobody who counts at a checkpoint stands on the roster without having been drawn."""
    if state.plan.operation_type != pb.OPERATION_TYPE_RANDOM_DRAW:
        return
    if not state.drawn:
        raise Refused(Refusal.DRAW_NEEDED)
    drawn = {officer_id for one in state.drawn for officer_id in one.officer_ids}
    competent = {checkpoint.checkpoint_id: checkpoint.competent_id for checkpoint in state.plan.checkpoints}
    for entry in entries:
        counts = entry.participant_id == competent[entry.checkpoint_id]
        if counts and entry.officer.officer_id not in drawn:
            raise Refused(Refusal.NOT_DRAWN, id=entry.officer.officer_id)


def require_one_post(state: Operation, entries: Sequence[pb.RosterEntry], since: int = BEGIN) -> None:
    """Nobody counts at two checkpoints at the same moment."""
    posts: dict[str, list[tuple[str, Span]]] = {}
    for checkpoint in state.plan.checkpoints:
        for shift in competent_shifts(checkpoint, entries, {}):
            span = shift.span.common(Span(since, END))
            for other, taken in posts.get(shift.officer_id, []):
                if span is not None and other != checkpoint.checkpoint_id and taken.common(span) is not None:
                    raise Refused(
                        Refusal.OFFICER_ELSEWHERE,
                        officer=shift.officer_id,
                        checkpoint=checkpoint.checkpoint_id,
                        other=other,
                    )
            posts.setdefault(shift.officer_id, []).append((checkpoint.checkpoint_id, shift.span))


def _is_over(state: Operation, checkpoint: pb.Checkpoint, entries: Sequence[pb.RosterEntry], since: int) -> bool:
    """Whether nobody needs to stand there any more: its hours are past, or all its shifts are and it is not open."""
    if since == BEGIN:
        return False
    if checkpoint.hours:
        return all(span.ends <= since for span in hours_of(checkpoint))
    here = [entry for entry in entries if entry.checkpoint_id == checkpoint.checkpoint_id]
    is_open = checkpoint.checkpoint_id in state.open_checkpoints
    return bool(here) and not is_open and all(span_of(entry).ends <= since for entry in here)


def _moment(instant: int, otherwise: str) -> str:
    return local(from_microseconds(instant)) if BEGIN < instant < END else otherwise
