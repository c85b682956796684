"""Officers who come, who are missing, and who take another's post while the operation runs (增派, 不能到岗, 换岗)."""

from collections.abc import Iterator
from dataclasses import replace

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import roster_pb2 as changes
from google.protobuf.timestamp_pb2 import Timestamp

from services.joint_operations.coverage import BEGIN
from services.joint_operations.model.operation.operation import Operation, Stage, Standing, operation
from services.joint_operations.model.operation.roster import (
    require_competent_officers,
    require_drawn,
    require_each_once,
    require_one_post,
)
from services.joint_operations.model.shared import Refusal
from services.joint_operations.model.standing import absent_from, back_at, span_of, within
from services.kernel.decider import Context, Events, require_active
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import from_microseconds, microseconds, to_timestamp
from services.kernel.values import local


@operation.decide(changes.NoteOfficersSentRequest, basis="行政处罚法 arts. 26, 42")
def note_officers_sent(state: Operation, command: changes.NoteOfficersSentRequest, context: Context) -> Events:
    """A participant sends more of its own officers; whoever was missing and is sent again is there again."""
    participant = state.speaking(command.participant_id, context)
    if participant.standing is not Standing.JOINED or state.stage.is_over:
        return
    for officer in command.officers:
        if officer.authority_id != command.participant_id:
            name = context.member(command.participant_id).name
            raise Refused(Refusal.OFFICER_NOT_SENT, authority=name, officer=officer.officer_id)
    yield changes.ParticipantReinforced(
        operation_id=command.operation_id, participant_id=command.participant_id, officers=command.officers
    )


@operation.evolve(changes.ParticipantReinforced)
def reinforced(state: Operation, event: changes.ParticipantReinforced, act: Act) -> Operation:
    participant = state.participants[event.participant_id]
    officers = {**participant.officers, **{officer.officer_id: officer for officer in event.officers}}
    absences = dict(state.absences)
    for officer in event.officers:
        absences = back_at(absences, (event.participant_id, officer.officer_id), microseconds(act.occurred_at))
    changed = state.with_participant(event.participant_id, replace(participant, officers=officers))
    return replace(changed, absences=absences)


@operation.decide(changes.NoteOfficerUnavailableRequest, basis="行政处罚法 art. 42")
def note_unavailable(state: Operation, command: changes.NoteOfficerUnavailableRequest, context: Context) -> Events:
    """Only the authority that sent an officer says that the officer cannot act; from then on the officer counts for
    nothing on the roster."""
    participant = state.speaking(command.participant_id, context)
    if command.officer_id not in participant.officers:
        raise Refused(Refusal.OFFICER_NOT_SENT, authority=participant.name, officer=command.officer_id)
    yield changes.OfficerUnavailabilityNoted(
        operation_id=command.operation_id,
        participant_id=command.participant_id,
        officer_id=command.officer_id,
        from_at=within(command.from_at, state.plan.starts_on),
        ground=command.ground,
    )


@operation.evolve(changes.OfficerUnavailabilityNoted)
def unavailability_noted(state: Operation, event: changes.OfficerUnavailabilityNoted) -> Operation:
    key = (event.participant_id, event.officer_id)
    return replace(state, absences=absent_from(state.absences, key, event.from_at.ToMicroseconds()))


@operation.decide(changes.ReplaceOfficerRequest, basis="行政处罚法 arts. 22, 42")
def replace_officer(state: Operation, command: changes.ReplaceOfficerRequest, context: Context) -> Events:
    """An officer takes another's post from an instant on, with the reason; two stand there at every moment after it.

    The instant is that of the order or later; an earlier one only where the other was missing, as its authority told,
    and never one behind the roster in force: what was done before that stands under the roster before it.
    """
    state.require(Stage.READY, Stage.RUNNING)
    participant = state.joined.get(command.participant_id)
    if participant is None:
        raise Refused(Refusal.NOT_JOINED, authority=context.member(command.participant_id).name)
    replacement = participant.officers.get(command.replacement_id)
    if replacement is None:
        raise Refused(Refusal.OFFICER_NOT_SENT, authority=participant.name, officer=command.replacement_id)
    require_active(replacement)
    effective = command.effective_at if command.HasField("effective_at") else to_timestamp(context.occurred_at)
    since = effective.ToMicroseconds()
    missing = state.absences.get((command.participant_id, command.officer_id), ())
    in_force = state.roster_since if state.roster_since <= microseconds(context.now) else BEGIN
    late = since < microseconds(context.occurred_at) and not any(span.covers(since) for span in missing)
    if late or since < in_force:
        begins = [microseconds(context.occurred_at), *(span.starts for span in missing if span.ends > since)]
        raise Refused(Refusal.ROSTER_BACKDATED, earliest=local(from_microseconds(max(min(begins), in_force))))
    away = state.absences.get((command.participant_id, command.replacement_id), ())
    if any(span.covers(since) for span in away):
        raise Refused(Refusal.OFFICER_ABSENT, officer=command.replacement_id)
    number = list(participant.officers).index(command.replacement_id) + 1
    entries = [line for entry in state.roster for line in _replaced(entry, command, replacement, number, effective)]
    if entries == list(state.roster):
        raise Refused(Refusal.NOT_ON_ROSTER, officer=command.officer_id, checkpoint=command.checkpoint_id)
    require_each_once(entries)
    require_drawn(state, entries)
    require_competent_officers(state, entries, context, since=since, at=command.checkpoint_id)
    require_one_post(state, entries, since)
    version = state.roster_version + 1
    yield changes.OfficerReplaced(
        operation_id=command.operation_id,
        participant_id=command.participant_id,
        checkpoint_id=command.checkpoint_id,
        officer_id=command.officer_id,
        replacement=replacement,
        effective_at=effective,
        reason=command.reason,
        roster_version=version,
    )
    yield pb.RosterPublished(
        operation_id=command.operation_id,
        participant_ids=list(state.joined),
        roster_version=version,
        entries=entries,
        effective_at=effective,
        drawn=state.drawn,
        equipment=state.equipment,
    )


@operation.evolve(changes.OfficerReplaced)
def officer_replaced(state: Operation, event: changes.OfficerReplaced) -> Operation:
    return state


def _replaced(
    entry: pb.RosterEntry,
    command: changes.ReplaceOfficerRequest,
    replacement: common.OfficerSnapshot,
    number: int,
    effective: Timestamp,
) -> Iterator[pb.RosterEntry]:
    """A line of the roster after the change: what is over stays, what lies ahead is the replacement's."""
    post = (entry.participant_id, entry.checkpoint_id, entry.officer.officer_id)
    span, since = span_of(entry), effective.ToMicroseconds()
    if post != (command.participant_id, command.checkpoint_id, command.officer_id) or span.ends <= since:
        yield entry
        return
    if span.starts < since:
        before = pb.RosterEntry()
        before.CopyFrom(entry)
        before.shift_ends_at.CopyFrom(effective)
        yield before
    after = pb.RosterEntry()
    after.CopyFrom(entry)
    after.officer.CopyFrom(replacement)
    after.officer_no = number
    after.shift_starts_at.CopyFrom(to_timestamp(from_microseconds(max(span.starts, since))))
    yield after
