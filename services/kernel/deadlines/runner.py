"""Keeps the clocks of one service: follows the ledger, appends what happens to them, fires what is missed.

    follow   page ─▶ fold into clocks ─▶ one transaction: checkpoint, rows, deadline events (last)
    watch    a clock is over ─▶ note the ledger's head ─▶ followed that far? ─▶ still running: DeadlineMissed

Promise   an event that acts on a clock does so exactly once. A clock whose act was recorded before the node's clock was
          past its end is never said to be missed; any other one is, once, however many runners live.
          Rows are the fold of the deadline events: `rebuild` gives the same rows.
Not       a moment: a miss is recorded some TICK_SECONDS after it, or when the node runs again. A declaration added
          later sees events from its first start on.
Bounds    PAGE events, FIRED_MAX clocks in one transaction. A holiday notice moves all its clocks in one. One stream is
          read for a clock that another authority's event starts.
Failing   PostgreSQL away: both wait and go on. A declaration that raises on an event: parked with its reason, tried
          again at every start; everything else goes on. Rows that differ from the ledger: rebuilt, with a warning.
Owns      one reader, `deadline.<service>`; two tasks.
Shown by tests/integration/deadlines/test_runner.py, tests/integration/deadlines/test_due.py
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg
from enforcement.deadlines.v1 import events_pb2 as pb
from enforcement.ledger.v1 import meta_pb2 as meta
from google.protobuf.message import Message

from services.kernel import telemetry
from services.kernel.authority import Authority
from services.kernel.clock import Clock as NodeClock
from services.kernel.deadlines import rows
from services.kernel.deadlines.book import CATEGORY, CLOCK_EVENTS, Book, Impact, Keeper, impacts
from services.kernel.deadlines.calendar import WorkingCalendar, released
from services.kernel.deadlines.clock import Clock, Status, evolve
from services.kernel.deadlines.restricted import is_restricted_rule, unwrapped
from services.kernel.deadlines.rules import RIGHT, Deadline, Deadlines
from services.kernel.facts import Fact, decode, fact_of
from services.kernel.ledger import Append, Checkpoint, Event, Ledger, LedgerError, Result, parked
from services.kernel.messages import type_name
from services.kernel.reader import Reader, insist
from services.kernel.rules import Rules
from services.kernel.telemetry import Attribute, Log, Metrics, Spans

log = Log(__name__)

PAGE: Final = 500
FIRED_MAX: Final = 200
APPENDS_MAX: Final = 256
"""Commands in one call of the ledger's append function."""
TICK_SECONDS: Final = 0.2
"""Between two looks at the node's clock; a comparison, no query."""
REFRESH_SECONDS: Final = 10.0
"""Between two looks at the rows, for the metrics and because another process may have rebuilt them."""
BEHIND_SECONDS: Final = 30.0
"""How long a miss waits for the reader before it is looked at again: nothing is said to be missed that may be met."""
PAUSE_SECONDS: Final = 1.0
DUE_SOON: Final = timedelta(days=1)
"""What the metric of clocks that end soon looks ahead."""
_CALENDAR: Final = type_name(pb.CalendarLoaded)
_VERSION: Final = 0


class RowsDiffer(Exception):
    """The rows and the streams of clocks disagree: somebody changed or restored one of them alone."""


class DeadlineRunner:
    """Runs the clocks that one service declares.

    Args:
        service: name, as in its rule ids and its reader's name.
        calendar: the notices of the release; those loaded later come from the ledger.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        service: str,
        deadlines: Deadlines,
        authority: Authority,
        rules: Rules,
        clock: NodeClock,
        calendar: WorkingCalendar | None = None,
    ) -> None:
        self.service = service
        self._ledger = ledger
        self._keeper = Keeper(service, deadlines, authority, rules)
        self._clock = clock
        self._released = calendar or released()
        self._reader = Reader(ledger, reader_name(service), _VERSION, types=deadlines.types | {_CALENDAR}, page=PAGE)
        self._next: datetime | None = None
        self._expectations = 0
        self._refreshed = float("-inf")

    async def run(self) -> None:
        """Runs until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reader.run(self._take_page), name=f"{self._reader.name} follow")
            tasks.create_task(self._watch(), name=f"{self._reader.name} watch")
            tasks.create_task(self._retry_parked(), name=f"{self._reader.name} parked")

    async def reached(self, position: int) -> None:
        """Waits until everything up to `position` has acted on the clocks."""
        await self._reader.reached(position)

    # ── follow ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _take_page(self, events: Sequence[Event], up_to: int, checkpoint: Checkpoint) -> None:
        try:
            async with self._ledger.transaction() as connection:
                # A commit whose answer was lost: the page is done, and doing it again would pause or extend twice.
                if await _locked_position(connection, self.service) >= up_to:
                    self._refreshed = float("-inf")
                    return
                await checkpoint.advance(connection, up_to)
                touched = await self._act(connection, events, park=True)
        except RowsDiffer as difference:
            await self._heal(difference)
            raise
        self._expect(touched)

    async def _act(self, connection: asyncpg.Connection, events: Sequence[Event], *, park: bool) -> Iterable[Clock]:
        """What events do to the clocks, in the caller's transaction; a declaration that raises is parked, or raised."""
        calendar = await rows.calendar(connection, self._released, events[0].position)
        book = Book(self._keeper, calendar)
        found = []
        for event in events:
            try:
                message, fact = _decoded(event), fact_of(event)
                found.append((event, message, fact, await self._impacts(message, fact)))
            except LedgerError:  # it passes, and the page is taken again: no fault of the event
                raise
            except Exception as error:
                await self._put_aside(connection, event, error, park=park)
        pairs = [(i.watch.deadline.rule_id, i.key) for *_, what in found for i in what if i.starts is None]
        starts = [i.starts for *_, what in found for i in what if i.starts is not None]
        book.load(await rows.acted_on(connection, self.service, pairs, starts))
        for event, message, fact, what in found:
            if isinstance(message, pb.CalendarLoaded):
                notice = await rows.put_notice(connection, message, event.position)
                book.settle(notice, fact, await rows.moved_by(connection, self.service, notice.year))
                continue
            try:
                book.take(message, fact, what)
            except Exception as error:
                await self._put_aside(connection, event, error, park=park)
        await self._write(connection, book)
        return book.touched.values()

    async def _impacts(self, message: Message, fact: Fact) -> list[Impact]:
        """What an event does; what another authority tells starts no clock that it was not asked for."""
        found = impacts(self._keeper, message, fact)
        return [one for one in found if one.starts is None or await self._asked(one.watch.deadline, message, fact)]

    async def _asked(self, deadline: Deadline, message: Message, fact: Fact) -> bool:
        if fact.origin is None or deadline.asked is None:
            return True
        try:
            stream_id = UUID(deadline.asked.stream_of(message))
        except ValueError:
            return False
        stream = await self._ledger.read_stream(stream_id)
        own = [decode(event) for event in stream.events if not fact_of(event).received]
        return any(one is not None and deadline.asked.names(one, fact.origin) for one in own)

    async def _put_aside(self, connection: asyncpg.Connection, event: Event, error: Exception, *, park: bool) -> None:
        if not park:
            raise error
        log.exception("a deadline's declaration failed on an event", service=self.service, position=event.position)
        await parked.park(connection, self._reader.name, _VERSION, event, reason=_reason(error), next_attempt_at=None)

    async def _retry_parked(self) -> None:
        """Tries once what earlier builds could not do."""
        for one in await self._parked():
            page = await insist(partial(self._ledger.read, one.position - 1, 1))
            try:
                async with self._ledger.transaction() as connection:
                    if not await parked.resolve(connection, self._reader.name, _VERSION, one.position):
                        continue
                    touched = await self._act(connection, page.events, park=False)
                self._expect(touched)
            except Exception as error:
                log.exception("a parked event still fails", service=self.service, position=one.position)
                async with self._ledger.transaction() as connection:
                    await parked.again(connection, one, _reason(error), None)

    async def _parked(self) -> Sequence[parked.Parked]:
        while True:
            try:
                async with self._ledger.connection() as connection:
                    return await parked.unresolved(connection, self._reader.name)
            except LedgerError as error:
                log.warning("the ledger is not reachable", reader=self._reader.name, reason=error)
                await asyncio.sleep(PAUSE_SECONDS)

    # ── watch ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                if time.monotonic() - self._refreshed > REFRESH_SECONDS:
                    await self._refresh()
                now = self._clock.now()
                if self._next is not None and self._next <= now:
                    async with asyncio.timeout(BEHIND_SECONDS):
                        await self._reader.reached(await self._ledger.head())
                    while await self._fire(now) == FIRED_MAX:
                        pass
                    await self._refresh()
            except TimeoutError:
                log.warning("clocks are over and the reader is behind", reader=self._reader.name)
            except RowsDiffer as difference:
                await self._heal(difference)
            except LedgerError as error:
                log.warning("the ledger is not reachable", reader=self._reader.name, reason=error)
                await asyncio.sleep(PAUSE_SECONDS)

    def _expect(self, touched: Iterable[Clock]) -> None:
        """Notes when the next clock is over; one that ended since only makes the timer look once in vain."""
        ends = [clock.due.over_at for clock in touched if clock.status is Status.RUNNING and not clock.due.provisional]
        self._next = min([*ends, *([self._next] if self._next else [])], default=None)
        self._expectations += 1

    async def _heal(self, difference: RowsDiffer) -> None:
        log.warning("rows of clocks differ from the ledger; rebuilding", service=self.service, what=difference)
        await rebuild(self._ledger, self.service)

    async def _refresh(self) -> None:
        """Notes when the next clock is over; a page that was taken meanwhile may know an earlier one."""
        began, expectations = time.monotonic(), self._expectations
        async with self._ledger.connection() as connection:
            found = await rows.next_over_at(connection, self.service)
            if self._expectations == expectations or (found and self._next and found < self._next):
                self._next = found
            by_rule = await rows.count(connection, self.service, self._clock.now() + DUE_SOON)
        counted = {rule_id: (running, due) for rule_id, running, due in by_rule}
        for rule_id in self._keeper.deadlines.by_rule.keys() | counted.keys():
            if is_restricted_rule(rule_id):
                continue
            running, due = counted.get(rule_id, (0, 0))
            Metrics.DEADLINES_OPEN.set(running, rule=rule_id)
            Metrics.DEADLINES_DUE.set(due, rule=rule_id)
        self._refreshed = began

    async def _fire(self, now: datetime) -> int:
        """Says missed what was over by `now`; answers how many rows it looked at."""
        async with self._ledger.transaction() as connection:
            over = await rows.fired(connection, self.service, now, FIRED_MAX)
            book = Book(self._keeper, self._released)
            missed = [clock for clock in over if self._miss(book, clock, now) and clock.mirrors != RIGHT]
            await self._write(connection, book)
        for clock in missed:
            if not is_restricted_rule(clock.rule_id):
                Metrics.DEADLINES_MISSED.add(rule=clock.rule_id)
                log.warning("a deadline was missed", rule=clock.rule_id, deadline=clock.deadline_id)
        return len(over)

    def _miss(self, book: Book, clock: Clock, now: datetime) -> bool:
        attributes = {Attribute.CASE_ID: str(clock.correlation_id), Attribute.DEADLINE_RULE: clock.rule_id}
        with (
            telemetry.unseen(is_restricted_rule(clock.rule_id)),
            telemetry.span(Spans.FIRE, attributes, target=clock.rule_id, new_trace=True),
        ):
            return book.fire(clock, now, telemetry.current_traceparent() or None)

    # ── write ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _write(self, connection: asyncpg.Connection, book: Book) -> None:
        """Rows first, the ledger last: its head is locked from then to the commit."""
        if not book.appends:
            return
        await rows.put(connection, book.touched.values())
        for start in range(0, len(book.appends), APPENDS_MAX):
            for outcome in await self._ledger.append_in(connection, book.appends[start : start + APPENDS_MAX]):
                _expect_accepted(outcome.append, outcome.result)


def _expect_accepted(append: Append, result: Result) -> None:
    if result is Result.FORBIDDEN:
        raise PermissionError(f"this role may not append to category {CATEGORY!r}")
    if result is not Result.ACCEPTED:
        raise RowsDiffer(f"clock {append.stream_id} at version {append.expected_version}: {result}")


def _decoded(event: Event) -> Message:
    message = decode(event)
    assert message is not None  # readers ask for types of this build only
    return message


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


async def _locked_position(connection: asyncpg.Connection, service: str) -> int:
    """How far the service's reader is; nobody moves it until the transaction ends."""
    position: int | None = await connection.fetchval(
        "SELECT position FROM ledger.checkpoint WHERE reader = $1 AND version = $2 FOR UPDATE",
        reader_name(service),
        _VERSION,
    )
    return position or 0


def reader_name(service: str) -> str:
    """Name of the checkpoint of a service's clocks."""
    return f"deadline.{service}"


async def rebuild(ledger: Ledger, service: str) -> int:
    """Throws a service's rows away and folds them again from the ledger; answers how many there are.

    Runs beside a living runner: the row of its checkpoint and the rows of its clocks are locked until this commits, and
    people read the old rows until then. Needs as long as reading the deadline events does.
    """
    async with ledger.transaction() as connection:
        await _locked_position(connection, service)
        await rows.forget(connection, service)
        count, position, head = 0, 0, await ledger.head()
        while position < head:
            page = await ledger.read(position, PAGE, category=CATEGORY)
            count += await _fold(connection, service, page.events)
            position = page.examined
    return count


async def _fold(connection: asyncpg.Connection, service: str, events: Sequence[Event]) -> int:
    """Folds a page of deadline events into rows; answers how many clocks it started."""
    mine = [
        event for event in events if event.type in CLOCK_EVENTS and meta.Meta.FromString(event.meta).actor == service
    ]
    known: dict[UUID, Clock] = {
        clock.deadline_id: clock for clock in await rows.by_id(connection, {event.stream_id for event in mine})
    }
    started = 0
    for event in mine:
        message = unwrapped(_decoded(event))
        started += event.stream_id not in known
        before = known.get(event.stream_id)
        known[event.stream_id] = evolve(
            before, message, service=service, correlation_id=event.correlation_id, version=event.version
        )
    await rows.put(connection, known.values())
    return started
