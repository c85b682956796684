"""Feed: everything in the log, in order, to every reader of the process.

    subscription   CATCHING_UP ──reached the tail──▶ LIVE ──fell behind the tail──▶ CATCHING_UP … ──aclose()──▶ STOPPED

Promise   a subscription gives every position once and in order, whoever writes and whatever is aborted. N readers of a
          live log cost one read: the newest events are kept decoded for all.
Not       that its holder is alone: readers with effects hold a Checkpoint, and a fenced one commits nothing.
Bounds    a page has page_events; the tail tail_events_max and tail_bytes_max; nothing queues for a slow reader.
Failing   a missing position raises Hole. While PostgreSQL is lost readers wait; on_retry tells.
Owns      one task for the tail, which starts with the first reader, and one with a connection to LISTEN and NOTIFY.

A wake-up (own commit, NOTIFY) is a hint; the look every poll_seconds is the truth. NOTIFY is sent after the commit, on
a connection of its own: inside the append it would hold a lock of the whole server until the flush.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from types import TracebackType
from typing import Self

import asyncpg

from services.kernel.ledger import reading
from services.kernel.ledger.errors import Hole, Unavailable, is_transient, unavailable_when_lost
from services.kernel.ledger.events import Event, Page, events_of
from services.kernel.ledger.observer import Observer
from services.kernel.ledger.settings import LedgerSettings

CHANNEL = "ledger"
PRESENT = 5
"""Advisory lock that every process with a feed shares on its LISTEN connection, so that each can count the others."""

OTHERS = """
SELECT count(*) > 1 FROM pg_locks
 WHERE locktype = 'advisory' AND classid = 0 AND objid = $1 AND objsubid = 1
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

TELL_SECONDS = 0.005
"""Between two notifications to other processes, however many batches were committed."""

ALIVE_SECONDS = 30.0
"""Between two signs of life on the LISTEN connection."""

RETRY_SECONDS = 0.5
"""Before PostgreSQL is asked again after it failed."""


class State(Enum):
    """Where a subscription is."""

    CATCHING_UP = auto()
    """It reads pages from the database."""
    LIVE = auto()
    """It has everything that this process knows to be committed, and takes the next from the tail."""
    STOPPED = auto()
    """It was closed."""


class Feed:
    """The log's tail in this process. Made by the Ledger, which also runs its tasks."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        settings: LedgerSettings,
        observer: Observer,
    ) -> None:
        self._pool = pool
        self._connect = connect
        self._settings = settings
        self._observer = observer
        self._tail: list[Event] = []
        self._tail_bytes = 0
        self._hint = 0
        self._wake = asyncio.Event()
        self._news = asyncio.Event()
        self._wanted = asyncio.Event()
        self._tell = asyncio.Event()
        self._company = True
        self._failure: Hole | None = None
        self.poll_seconds = settings.poll_seconds
        self.head = 0
        """Newest position this process has seen committed; once somebody reads, poll_seconds old at most."""

    async def wait_beyond(self, position: int, within: float | None = None) -> int:
        """Wait until the head is beyond `position`, or for `within` seconds; answer the head.

        Raises:
            Hole: a position is missing; the feed has stopped.
        """
        self._wanted.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.head <= position:
                    self._raise_failure()
                    await self._news.wait()
        self._raise_failure()
        return self.head

    async def news(self) -> None:
        """Wait until the head moves, or a subscription is closed.

        Raises:
            Hole: a position is missing; the feed has stopped.
        """
        self._wanted.set()
        self._raise_failure()
        await self._news.wait()
        self._raise_failure()

    def nudge(self) -> None:
        """Let everybody who waits look again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def subscribe(self, after: int) -> "Subscription":
        """Pages of everything after a position, for ever; see Subscription."""
        self._wanted.set()
        return Subscription(self, after)

    def committed(self, position: int) -> None:
        """This process has committed up to `position`: look at once, and tell the others."""
        self._tell.set()
        self._heard(position)

    async def follow(self) -> None:
        """Keep the tail. Run by the Ledger as a task."""
        await self._wanted.wait()
        started = False
        while True:
            try:
                if started:
                    more = await self._extend()
                else:
                    self._move(await self._ask_head())
                    started, more = True, False
            except Unavailable as error:
                self._observer.on_retry(error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            except Hole as hole:  # appends go on; every reader raises it
                self._failure = hole
                self._move(self.head)
                return
            if more or self._hint > self.head:
                continue
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.poll_seconds):
                    await self._wake.wait()

    async def listen(self) -> None:
        """Hear other processes and tell them. Run by the Ledger as a task."""
        while True:
            connection: asyncpg.Connection | None = None
            try:
                connection = await self._connect()
                await connection.execute("SET synchronous_commit = off")  # it writes nothing that must survive
                connection.add_termination_listener(lambda _: self._tell.set())
                await connection.add_listener(CHANNEL, self._notified)
                await connection.execute("SELECT pg_advisory_lock_shared($1), pg_notify($2, '')", PRESENT, CHANNEL)
                self._wake.set()
                while True:
                    await self._tell_others(connection)
            except Exception as error:
                if not (is_transient(error) or isinstance(error, Unavailable)):
                    raise
                self._observer.on_retry(error)
            finally:
                if connection is not None:
                    connection.terminate()
            await asyncio.sleep(RETRY_SECONDS)

    async def page(self, after: int) -> Page:
        """The next page after a position: from the tail when it reaches back that far, else from the database."""
        limit = self._settings.page_events
        if self._tail and self._tail[0].position <= after + 1 <= self.head:
            start = after + 1 - self._tail[0].position
            events = self._tail[start : start + limit]
            return Page(events, events[-1].position, self.head)
        with unavailable_when_lost():
            async with self._pool.acquire(timeout=self._settings.acquire_timeout_seconds) as connection:
                return await reading.read(connection, after, limit)

    async def check_start(self, after: int) -> None:
        """Raises Hole when `after` is beyond the log: it was restored to an earlier state, or is another log."""
        high = await self._ask_head()
        if after > high:
            raise Hole(f"the reader has examined position {after}, the log ends at {high}")

    async def _ask_head(self) -> int:
        with unavailable_when_lost():
            async with self._pool.acquire(timeout=self._settings.acquire_timeout_seconds) as connection:
                return await reading.head(connection)

    async def _extend(self) -> bool:
        """Read what came; True when there is probably more."""
        limit = self._settings.page_events
        with unavailable_when_lost():
            async with self._pool.acquire(timeout=self._settings.acquire_timeout_seconds) as connection:
                rows = await connection.fetch(reading.FEED, self.head, limit)
        if not rows:
            self._hint = min(self._hint, self.head)  # heard of a position that a failover has taken back
            return False
        events = events_of(rows)
        reading.expect_dense(events, self.head)
        self._tail += events
        self._tail_bytes += sum(len(event.body) + len(event.meta) for event in events)
        while len(self._tail) > self._settings.tail_events_max or self._tail_bytes > self._settings.tail_bytes_max:
            older = self._tail[: (len(self._tail) + 1) // 2]
            self._tail_bytes -= sum(len(event.body) + len(event.meta) for event in older)
            del self._tail[: len(older)]
        self._move(events[-1].position)
        return len(events) == limit

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise Hole(*self._failure.args)

    def _move(self, position: int) -> None:
        self.head = position
        self.nudge()

    def _heard(self, position: int) -> None:
        self._hint = max(self._hint, position)
        self._wake.set()

    def _notified(self, connection: asyncpg.Connection, pid: int, *_: object) -> None:
        if pid != connection.get_server_pid():
            self._company = True
            self._wake.set()

    async def _tell_others(self, connection: asyncpg.Connection) -> None:
        """Notify other processes for ALIVE_SECONDS, if there are any: to notify nobody costs a quarter of appends."""
        self._company = False
        others = await connection.fetchval(OTHERS, PRESENT)
        self._company = self._company or others  # somebody may have come, and said so, while they were counted
        loop = asyncio.get_running_loop()
        end = loop.time() + ALIVE_SECONDS
        while loop.time() < end:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(end):
                    await self._tell.wait()
            committed = self._tell.is_set()
            self._tell.clear()
            if connection.is_closed():
                raise Unavailable("the LISTEN connection was lost")
            if committed and self._company:
                await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
                await asyncio.sleep(TELL_SECONDS)


class Subscription:
    """One reader's way through the log: an async iterator of non-empty pages. Closed by `async with` or `aclose`."""

    def __init__(self, feed: Feed, after: int) -> None:
        self._feed = feed
        self._checked = False
        self.position = after
        """Last position given out."""
        self.state = State.CATCHING_UP

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page:
        """The next page; waits while there is none.

        Raises:
            Hole: a position is missing, or the reader is ahead of the log.
            StopAsyncIteration: the subscription was closed.
        """
        while self.state is not State.STOPPED:
            try:
                if not self._checked:
                    await self._feed.check_start(self.position)
                    self._checked = True
                page = await self._next()
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if page is not None and page.events:
                self.position = page.examined
                return page
        raise StopAsyncIteration

    async def _next(self) -> Page | None:
        feed = self._feed
        if self.position >= feed.head:
            await feed.news()
            return None
        page = await feed.page(self.position)
        self.state = State.LIVE if page.examined >= feed.head else State.CATCHING_UP
        return page

    async def aclose(self) -> None:
        """Stop; a reader that waits gets StopAsyncIteration. May come twice."""
        self.state = State.STOPPED
        self._feed.nudge()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
