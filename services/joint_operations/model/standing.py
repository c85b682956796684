"""Who stands where by a roster, as spans (编组, 班次, 不能到岗): shared by the lead and the participants."""

from collections.abc import Iterable, Iterator, Mapping

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.joint_operations.coverage import BEGIN, END, Gap, Shift, Span, gaps
from services.kernel.deadlines.units import start_of
from services.kernel.messages import to_timestamp
from services.kernel.values import day

Absences = Mapping[tuple[str, str], tuple[Span, ...]]
"""Spans in which an officer of an authority cannot act, by authority and officer."""


def span_of(entry: pb.RosterEntry) -> Span:
    """The shift of a line of the roster; the whole operation when it names none."""
    starts = entry.shift_starts_at.ToMicroseconds() if entry.HasField("shift_starts_at") else BEGIN
    ends = entry.shift_ends_at.ToMicroseconds() if entry.HasField("shift_ends_at") else END
    return Span(starts, ends)


def hours_of(checkpoint: pb.Checkpoint) -> list[Span]:
    """When a checkpoint is to be open; none means whenever its roster stands."""
    return [Span(one.opens_at.ToMicroseconds(), one.closes_at.ToMicroseconds()) for one in checkpoint.hours]


def competent_shifts(
    checkpoint: pb.Checkpoint, entries: Iterable[pb.RosterEntry], absences: Absences
) -> Iterator[Shift]:
    """The shifts that count at a checkpoint: of the authority competent there, with active credentials, not absent."""
    for entry in entries:
        if entry.checkpoint_id != checkpoint.checkpoint_id or entry.participant_id != checkpoint.competent_id:
            continue
        if entry.officer.status != common.CREDENTIAL_STATUS_ACTIVE:
            continue
        away = absences.get((entry.participant_id, entry.officer.officer_id), ())
        for span in span_of(entry).without(away):
            yield Shift(entry.officer.officer_id, span)


def gaps_at(
    checkpoint: pb.Checkpoint, entries: Iterable[pb.RosterEntry], absences: Absences, since: int = BEGIN
) -> list[Gap]:
    """Where fewer than two stand at a checkpoint, from an instant on."""
    later = Span(since, END)
    found = gaps(list(competent_shifts(checkpoint, entries, absences)), hours_of(checkpoint))
    return [Gap(span, gap.found) for gap in found if (span := gap.span.common(later)) is not None]


def absent_from(absences: Absences, key: tuple[str, str], instant: int) -> dict[tuple[str, str], tuple[Span, ...]]:
    """The absences with one more, open at its end; one that is open already begins at the earlier instant."""
    closed = tuple(span for span in absences.get(key, ()) if span.ends != END)
    opened = [span.starts for span in absences.get(key, ()) if span.ends == END]
    return {**absences, key: (*closed, Span(min([instant, *opened]), END))}


def back_at(absences: Absences, key: tuple[str, str], instant: int) -> dict[tuple[str, str], tuple[Span, ...]]:
    """The absences with the open one ended at an instant."""
    spans = tuple(Span(one.starts, min(one.ends, max(instant, one.starts))) for one in absences.get(key, ()))
    return {**absences, key: tuple(one for one in spans if one.starts < one.ends)}


def within(from_at: Timestamp, starts_on: str) -> Timestamp:
    """The instant from which an absence counts: nothing before the operation's first day is anybody's post."""
    first = to_timestamp(start_of(day(starts_on)))
    return first if from_at.ToMicroseconds() < first.ToMicroseconds() else from_at
