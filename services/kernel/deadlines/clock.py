"""One statutory clock: what events do to it, and what it becomes. Pure; `runner` does the I/O.

    RUNNING ──act──▶ MET                    MISSED ──act, late──▶ MET, not in time
       │ ▲  ──limit ends──▶ MISSED          MISSED, MET late ──act within the limit, recorded late──▶ MET in time
     pause resume                           RUNNING, PAUSED, MISSED ──no longer applied by then──▶ CANCELLED
       ▼ │
      PAUSED

`react`, `fire` and `recompute` decide and yield deadline events; `evolve` folds them. The state is exactly the row that
people read, so a row can be thrown away and folded again from the ledger.

Whether an act is in time depends on when it took place, never on when it was recorded. An act from before the clock's
start belongs to an earlier clock of the same key and does nothing. An act recorded before the event that starts the
clock is not looked up again: the aggregate that records both has them in that order.

A provisional clock, whose year has no notice yet, is never said to be missed: its end is the earliest that it can have.
It is shown as overdue, and settles when the notice is loaded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from enforcement.deadlines.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.kernel.deadlines.calendar import WorkingCalendar
from services.kernel.deadlines.rules import RIGHT, Deadline, Role, StartContext
from services.kernel.deadlines.units import Due, Limit, Pause
from services.kernel.facts import Act
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.rules import Rules


class Status(StrEnum):
    """Where a clock stands."""

    RUNNING = "RUNNING"
    MET = "MET"
    MISSED = "MISSED"
    CANCELLED = "CANCELLED"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock as the ledger has it."""

    deadline_id: UUID
    service: str
    """Service whose runner keeps it."""
    rule_id: str
    rule_version: int
    title: str
    basis: str
    key: str
    subject_id: str
    responsible_id: str
    mirrors: str
    """Rule of the responsible body's own clock about the same duty, or empty."""
    correlation_id: UUID
    start_event_id: UUID
    started_at: datetime
    limit: Limit
    policy: str
    due: Due
    status: Status = Status.RUNNING
    pauses: tuple[Pause, ...] = ()
    """Pauses that ended."""
    paused_at: datetime | None = None
    """Beginning of the pause that goes on."""
    missed_due_at: datetime | None = None
    """The end that was missed; stays when an act in time is recorded later."""
    met_event_id: UUID | None = None
    met_at: datetime | None = None
    in_time: bool | None = None
    cancelled_at: datetime | None = None
    version: int = 1
    """Version of the clock's stream in the ledger."""

    def in_time_at(self, instant: datetime) -> bool:
        """Whether an act at this instant is within the limit, as far as known; a clock that stands still has no end."""
        return self.paused_at is not None or self.due.covers(instant)

    def over(self, instant: datetime) -> bool:
        """Whether the limit had certainly ended by then."""
        return not self.due.provisional and not self.in_time_at(instant)

    @property
    def settled(self) -> bool:
        """Nothing that an act does can change the outcome."""
        return self.status is Status.CANCELLED or (self.status is Status.MET and bool(self.in_time))


def start(
    deadline: Deadline,
    event: Message,
    key: str,
    act: Act,
    *,
    deadline_id: UUID,
    context: StartContext,
    rules: Rules,
    calendar: WorkingCalendar,
) -> pb.DeadlineStarted:
    """The clock that an event starts, with the switches in force on the day of the act."""
    started_at, limit, policy = deadline.start(event, act.occurred_at, rules)
    due = limit.provisional(started_at, calendar)
    return pb.DeadlineStarted(
        deadline_id=str(deadline_id),
        rule_id=deadline.rule_id,
        rule_version=deadline.version,
        basis=deadline.basis,
        subject_id=deadline.subject_of(event, key),
        responsible_id=deadline.responsible(event, context),
        start_event_id=str(act.event_id),
        started_at=to_timestamp(started_at),
        length=limit.length,
        unit=limit.unit,
        nominal_due_at=to_timestamp(due.nominal_at),
        effective_due_at=to_timestamp(due.effective_at),
        provisional=due.provisional,
        policy=policy,
        title=deadline.title,
        rolls=limit.roll,
        key=key,
        mirrored_rule_id=deadline.mirrors,
    )


def react(
    clock: Clock, role: Role, act: Act, calendar: WorkingCalendar, *, longer_by: int = 0, early: bool = False
) -> Iterator[Message]:
    """What an act does to a clock; nothing when the table in `rules` says so.

    Args:
        early: acts before the clock's start count, too: it counts from another day than that of the act.
    """
    if (act.occurred_at < clock.started_at and not early) or clock.settled:
        return
    match role:
        case Role.END:
            yield from _end(clock, act.event_id, act.occurred_at)
        case Role.CANCEL if clock.status is not Status.MET and not clock.over(act.occurred_at):
            yield pb.DeadlineCancelled(
                deadline_id=str(clock.deadline_id),
                event_id=str(act.event_id),
                cancelled_at=to_timestamp(act.occurred_at),
            )
        case Role.PAUSE if clock.status in (Status.RUNNING, Status.MISSED) and not clock.over(act.occurred_at):
            yield pb.DeadlinePaused(
                deadline_id=str(clock.deadline_id),
                event_id=str(act.event_id),
                paused_at=to_timestamp(act.occurred_at),
            )
        case Role.RESUME if clock.paused_at is not None and act.occurred_at >= clock.paused_at:
            pauses = (*clock.pauses, Pause(clock.paused_at, act.occurred_at))
            due = clock.limit.provisional(clock.started_at, calendar, pauses)
            yield pb.DeadlineResumed(
                deadline_id=str(clock.deadline_id),
                event_id=str(act.event_id),
                resumed_at=to_timestamp(act.occurred_at),
                nominal_due_at=to_timestamp(due.nominal_at),
                effective_due_at=to_timestamp(due.effective_at),
                provisional=due.provisional,
            )
        case Role.EXTEND if clock.status is not Status.MET and not clock.over(act.occurred_at):
            limit = replace(clock.limit, length=clock.limit.length + longer_by)
            due = limit.provisional(clock.started_at, calendar, clock.pauses)
            yield pb.DeadlineExtended(
                deadline_id=str(clock.deadline_id),
                event_id=str(act.event_id),
                length=limit.length,
                nominal_due_at=to_timestamp(due.nominal_at),
                effective_due_at=to_timestamp(due.effective_at),
                provisional=due.provisional,
            )


def fire(clock: Clock, now: datetime) -> Iterator[Message]:
    """The limit has ended by `now` and no act that meets it is recorded. A party's window closes unmissed."""
    if clock.status is not Status.RUNNING or not clock.over(now):
        return
    if clock.mirrors != RIGHT:
        yield _missed(clock)
        return
    yield pb.DeadlineCancelled(
        deadline_id=str(clock.deadline_id),
        event_id=str(clock.start_event_id),
        cancelled_at=to_timestamp(clock.due.effective_at),
    )


def recompute(clock: Clock, calendar: WorkingCalendar, notice: str) -> Iterator[Message]:
    """What a newly loaded notice changes: the end, and with it the verdict on an act judged by a provisional end."""
    if clock.status is not Status.RUNNING and not (clock.status is Status.MET and clock.due.provisional):
        return
    due = clock.limit.provisional(clock.started_at, calendar, clock.pauses)
    if due == clock.due:
        return
    moved = pb.DeadlineRecomputed(
        deadline_id=str(clock.deadline_id),
        previous_effective_due_at=to_timestamp(clock.due.effective_at),
        nominal_due_at=to_timestamp(due.nominal_at),
        effective_due_at=to_timestamp(due.effective_at),
        provisional=due.provisional,
        notice=notice,
        rule_id=clock.rule_id,
        subject_id=clock.subject_id,
    )
    yield moved
    if clock.met_event_id is not None and clock.met_at is not None:
        settled = replace(clock, due=due)
        if due.covers(clock.met_at) != clock.in_time or settled.over(clock.met_at):
            yield from _verdict(settled, clock.met_event_id, clock.met_at)


def evolve(clock: Clock | None, event: Message, *, service: str, correlation_id: UUID, version: int) -> Clock:
    """The clock after one of its events.

    Args:
        clock: before it; None before DeadlineStarted.
        service: that recorded the event.
        correlation_id: of the event's row.
        version: of the clock's stream with the event.

    Raises:
        ValueError: the event is not one of a clock, or comes before the clock's start.
    """
    if isinstance(event, pb.DeadlineStarted):
        return Clock(
            deadline_id=UUID(event.deadline_id),
            service=service,
            rule_id=event.rule_id,
            rule_version=event.rule_version,
            title=event.title,
            basis=event.basis,
            key=event.key,
            subject_id=event.subject_id,
            responsible_id=event.responsible_id,
            mirrors=event.mirrored_rule_id,
            correlation_id=correlation_id,
            start_event_id=UUID(event.start_event_id),
            started_at=to_datetime(event.started_at),
            limit=Limit(event.length, event.unit, event.rolls),
            policy=event.policy,
            due=_due(event, event.unit),
            version=version,
        )
    if clock is None:
        raise ValueError(f"{event.DESCRIPTOR.full_name} before the clock started")
    after = replace(clock, version=version)
    match event:
        case pb.DeadlineMet():
            return replace(
                after,
                status=Status.MET,
                met_event_id=UUID(event.met_event_id),
                met_at=to_datetime(event.met_at),
                in_time=event.in_time,
                paused_at=None,
            )
        case pb.DeadlineMissed():
            return replace(after, status=Status.MISSED, missed_due_at=to_datetime(event.effective_due_at))
        case pb.DeadlineCancelled():
            cancelled_at = to_datetime(event.cancelled_at)
            return replace(after, status=Status.CANCELLED, cancelled_at=cancelled_at, paused_at=None)
        case pb.DeadlinePaused():
            return replace(after, status=Status.PAUSED, paused_at=to_datetime(event.paused_at))
        case pb.DeadlineResumed():
            assert clock.paused_at is not None
            pauses = (*clock.pauses, Pause(clock.paused_at, to_datetime(event.resumed_at)))
            due = _due(event, clock.limit.unit)
            return replace(after, status=Status.RUNNING, pauses=pauses, paused_at=None, due=due)
        case pb.DeadlineExtended():
            limit = replace(clock.limit, length=event.length)
            status = Status.RUNNING if clock.status is Status.MISSED else clock.status
            return replace(after, status=status, limit=limit, due=_due(event, limit.unit))
        case pb.DeadlineRecomputed():
            return replace(after, due=_due(event, clock.limit.unit))
    raise ValueError(f"{event.DESCRIPTOR.full_name} is no event of a clock")


def _end(clock: Clock, event_id: UUID, occurred_at: datetime) -> Iterator[Message]:
    """The act took place; a later one counts only if it turns a late outcome into one in time."""
    if clock.status is Status.MET and not clock.in_time_at(occurred_at):
        return
    yield from _verdict(clock, event_id, occurred_at)


def _verdict(clock: Clock, event_id: UUID, occurred_at: datetime) -> Iterator[Message]:
    """An act after the end means that the limit was missed, even if no timer has said so yet."""
    if clock.over(occurred_at) and clock.missed_due_at != clock.due.effective_at and clock.mirrors != RIGHT:
        yield _missed(clock)
    yield pb.DeadlineMet(
        deadline_id=str(clock.deadline_id),
        met_event_id=str(event_id),
        met_at=to_timestamp(occurred_at),
        in_time=clock.in_time_at(occurred_at),
        rule_id=clock.rule_id,
        subject_id=clock.subject_id,
        responsible_id=clock.responsible_id,
        mirrored_rule_id=clock.mirrors,
    )


def _missed(clock: Clock) -> pb.DeadlineMissed:
    return pb.DeadlineMissed(
        deadline_id=str(clock.deadline_id),
        effective_due_at=to_timestamp(clock.due.effective_at),
        rule_id=clock.rule_id,
        subject_id=clock.subject_id,
        responsible_id=clock.responsible_id,
        mirrored_rule_id=clock.mirrors,
        basis=clock.basis,
    )


def _due(
    event: pb.DeadlineStarted | pb.DeadlineResumed | pb.DeadlineExtended | pb.DeadlineRecomputed,
    unit: pb.Unit.ValueType,
) -> Due:
    return Due(to_datetime(event.nominal_due_at), to_datetime(event.effective_due_at), unit, event.provisional)
