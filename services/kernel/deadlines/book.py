"""The clocks that one transaction touches, and what is to be appended for them. In memory: `runner` loads and writes.

An event acts in two steps, because its clocks must be loaded in between: `impacts` says on which rules, keys and new
clocks it acts; `take` folds the outcome. Both call functions of a declaration, which may raise: then the event has done
nothing here, and the caller puts it aside.

Command ids. What an event does gets an id that derives from the event. A miss gets one with the time bits of its end,
so that a repeat is recognised in the month in which it can happen. Where the ledger does not remember those months (a
demo's clock stands in another year; a reader comes late to an old event) the id is a new one: the expected version of
the clock's stream alone then keeps the effect single.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from enforcement.deadlines.v1 import events_pb2 as pb
from enforcement.ledger.v1 import meta_pb2 as meta
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.deadlines import clock as clocks
from services.kernel.deadlines.calendar import Notice, WorkingCalendar
from services.kernel.deadlines.clock import Clock
from services.kernel.deadlines.restricted import wrapped
from services.kernel.deadlines.rules import Deadlines, Role, StartContext, Watch
from services.kernel.facts import Fact
from services.kernel.ledger import Append, Expired, Invalid, NewEvent, derive, uuid7
from services.kernel.ledger.batch import check_command_id
from services.kernel.messages import encode, microseconds, to_datetime, type_name
from services.kernel.rules import Rules
from services.kernel.values import day_of

CATEGORY = "deadline"
_EVENTS = (
    pb.DeadlineStarted,
    pb.DeadlineMet,
    pb.DeadlineMissed,
    pb.DeadlineCancelled,
    pb.DeadlinePaused,
    pb.DeadlineResumed,
    pb.DeadlineExtended,
    pb.DeadlineRecomputed,
    pb.RestrictedClock,
)
CLOCK_EVENTS = frozenset(map(type_name, _EVENTS))
"""Full names of the events a clock is made of."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Whose clocks: what does not change from page to page."""

    service: str
    deadlines: Deadlines
    authority: Authority
    rules: Rules


@dataclass(frozen=True, slots=True)
class Impact:
    """One thing that one event does."""

    watch: Watch
    key: str
    starts: UUID | None
    """Id of the clock that it starts; None for every other role."""


def impacts(keeper: Keeper, event: Message, fact: Fact) -> list[Impact]:
    """What an event does, in the order in which it does it."""
    found = []
    on = day_of(fact.occurred_at)
    for watch in keeper.deadlines.watches(type_name(event)):
        if watch.trigger.fires(event, received=fact.received, rules=keeper.rules, on=on):
            rule_id = watch.deadline.rule_id
            for n, key in enumerate(watch.deadline.keys(event)):
                purpose = f"{rule_id}/{key}" if n else rule_id
                starts = derive(fact.event_id, purpose) if watch.role is Role.START else None
                found.append(Impact(watch, key, starts))
    return found


class Book:
    """Open clocks in memory, and the appends for what happens to them."""

    def __init__(self, keeper: Keeper, calendar: WorkingCalendar, loaded: Iterable[Clock] = ()) -> None:
        self.appends: list[Append] = []
        self.touched: dict[UUID, Clock] = {}
        self.calendar = calendar
        self._keeper = keeper
        self._clocks: dict[UUID, Clock] = {}
        self._by_key: defaultdict[tuple[str, str], list[UUID]] = defaultdict(list)
        self.load(loaded)

    def load(self, loaded: Iterable[Clock]) -> None:
        """Takes rows; what was touched here already is newer and stays."""
        for clock in loaded:
            if clock.deadline_id not in self._clocks:
                self._keep(clock)

    def take(self, event: Message, fact: Fact, found: Iterable[Impact]) -> None:
        """Folds what an event does. When a declaration raises, nothing of the event stays."""
        before, appended = dict[UUID, Clock | None](), len(self.appends)
        try:
            for impact in found:
                for deadline_id, messages in self._outcome(event, fact, impact):
                    before.setdefault(deadline_id, self._clocks.get(deadline_id))
                    self._append(deadline_id, messages, fact, impact.watch.role)
        except Exception:
            del self.appends[appended:]
            for deadline_id, clock in before.items():
                self._restore(deadline_id, clock)
            raise

    def settle(self, notice: Notice, fact: Fact, moved: Iterable[Clock]) -> None:
        """A year's notice was loaded: computes the clocks of `moved`, and those touched here, again."""
        self.calendar = self.calendar.knowing(notice)
        self.load(moved)
        for clock in list(self._clocks.values()):
            messages = list(clocks.recompute(clock, self.calendar, notice.source))
            if messages:
                self._append(clock.deadline_id, messages, fact, "recompute")

    def fire(self, clock: Clock, now: datetime, traceparent: str | None) -> bool:
        """The clock's limit may have ended; answers whether it was missed."""
        self.load([clock])
        messages = list(clocks.fire(clock, now))
        if not messages:
            return False
        purpose = f"missed/{microseconds(clock.due.effective_at)}"
        source = _with_time(clock.deadline_id, clock.due.effective_at)
        self._record(clock, messages, clock.due.effective_at, source, purpose, clock.start_event_id, traceparent)
        return True

    def _outcome(self, event: Message, fact: Fact, impact: Impact) -> Iterator[tuple[UUID, list[Message]]]:
        watch, keeper = impact.watch, self._keeper
        if impact.starts is not None:
            if impact.starts not in self._clocks:
                started = clocks.start(
                    watch.deadline,
                    event,
                    impact.key,
                    fact,
                    deadline_id=impact.starts,
                    context=StartContext(keeper.authority, fact.origin),
                    rules=keeper.rules,
                    calendar=self.calendar,
                )
                yield impact.starts, [started]
            return
        longer_by = watch.deadline.longer_by(event) if watch.role is Role.EXTEND else 0
        for deadline_id in self._by_key[watch.deadline.rule_id, impact.key]:
            clock, early = self._clocks[deadline_id], bool(watch.deadline.counts_from)
            if fact.received and clock.responsible_id != fact.origin:
                continue  # a third authority that names the key
            messages = list(clocks.react(clock, watch.role, fact, self.calendar, longer_by=longer_by, early=early))
            if messages:
                yield deadline_id, messages

    def _append(self, deadline_id: UUID, messages: list[Message], fact: Fact, purpose: str) -> None:
        clock = self._clocks.get(deadline_id)
        self._record(
            clock, messages, fact.occurred_at, fact.event_id, f"{purpose}/{deadline_id}", fact.event_id,
            fact.traceparent, deadline_id=deadline_id, correlation_id=fact.correlation_id,
        )  # fmt: skip

    def _record(
        self,
        clock: Clock | None,
        messages: list[Message],
        occurred_at: datetime,
        source: UUID,
        purpose: str,
        causation_id: UUID,
        traceparent: str | None,
        *,
        deadline_id: UUID | None = None,
        correlation_id: UUID | None = None,
    ) -> None:
        """Folds messages into their clock and remembers the append that will make them so."""
        version = clock.version if clock else 0
        stream_id = clock.deadline_id if clock else deadline_id
        correlation = clock.correlation_id if clock else correlation_id
        assert stream_id is not None
        assert correlation is not None
        self.appends.append(
            Append(
                command_id=_command_id(source, purpose),
                digest=hashlib.sha256(f"{purpose}\n{stream_id}".encode()).digest(),
                stream_id=stream_id,
                category=CATEGORY,
                expected_version=version,
                events=tuple(self._new_event(message, occurred_at, clock or messages[0]) for message in messages),
                correlation_id=correlation,
                causation_id=causation_id,
                traceparent=traceparent,
            )
        )
        for message in messages:
            version += 1
            clock = clocks.evolve(
                clock, message, service=self._keeper.service, correlation_id=correlation, version=version
            )
        assert clock is not None
        self._keep(clock)
        self.touched[stream_id] = clock

    def _new_event(self, message: Any, occurred_at: datetime, about: Any) -> NewEvent:
        """The event for the ledger, about a clock or, before there is one, its start."""
        at = to_datetime(message.effective_due_at) if isinstance(message, pb.DeadlineMissed) else occurred_at
        message = wrapped(message, deadline_id=message.deadline_id, rule_id=about.rule_id, subject_id=about.subject_id)
        recorded = meta.Meta(
            actor=self._keeper.service, actor_kind=meta.ACTOR_KIND_SERVICE, occurred_us=microseconds(at)
        )
        return NewEvent(type=type_name(message), body=encode(message), meta=encode(recorded))

    def _keep(self, clock: Clock) -> None:
        if clock.deadline_id not in self._clocks:
            self._by_key[clock.rule_id, clock.key].append(clock.deadline_id)
        self._clocks[clock.deadline_id] = clock

    def _restore(self, deadline_id: UUID, clock: Clock | None) -> None:
        now = self._clocks[deadline_id]
        if clock is None:
            del self._clocks[deadline_id]
            self._by_key[now.rule_id, now.key].remove(deadline_id)
            del self.touched[deadline_id]
        else:
            self._clocks[deadline_id] = clock
            self.touched[deadline_id] = clock  # as it was: the row is written again with what it had


def _command_id(source: UUID, purpose: str) -> UUID:
    """Derived where the ledger remembers commands of that time, else new; see the module's head."""
    derived = derive(source, purpose)
    try:
        check_command_id(derived)
    except (Expired, Invalid):
        return uuid7()
    return derived


def _with_time(source: UUID, instant: datetime) -> UUID:
    """The same id with other time bits."""
    milliseconds = microseconds(instant) // 1000
    return UUID(bytes=milliseconds.to_bytes(6, "big") + source.bytes[6:])
