"""Group writer: many callers, one commit.

    OPEN ──aclose()──▶ DRAINING ──empty, or drain_timeout_seconds──▶ CLOSED

Promise   a caller that got a position may forget the event: it is committed. Commands of one stream are written in the
          order in which they came. A conflict or a poisonous command fails alone.
Not       a caller that was cancelled, or got Unavailable, knows nothing; the same command id asks again.
Bounds    queue_commands_max: full answers QueueFull at once. A batch ends at batch_commands_max, batch_events_max or
          append_bytes_max. append_timeout_seconds: then Unavailable, looked at every EXPIRY_SECONDS.
Failing   a batch that raises is halved until the command that raises stands alone. After a lost connection the same ids
          are sent again: those that had committed answer `repeated`. No room (class 53) answers Unavailable at once.
Owns      one connection, two tasks. Shown by tests/integration/ledger/test_group_writer.py, tests/faults/
          test_append_cut.py

There is no linger: the next batch fills while this one commits. One pass of the event loop lies between two batches, so
that callers who just got their answer can join the next one.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from services.kernel.ledger.batch import Prepared, Row, is_expired, write
from services.kernel.ledger.errors import Expired, LedgerError, QueueFull, Rejected, Unavailable, is_transient
from services.kernel.ledger.events import Appended, answer_of
from services.kernel.ledger.observer import Observer
from services.kernel.ledger.settings import LedgerSettings

BACKOFF_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Pauses between attempts; the last one repeats."""

EXPIRY_SECONDS = 0.25
"""Between two looks for callers who have waited too long: one look is cheaper than a timer for each."""


class _Waiting:
    """A command, its caller's future, and when the caller stops waiting."""

    __slots__ = ("deadline", "done", "prepared")

    def __init__(self, prepared: Prepared, done: asyncio.Future[Appended], deadline: float) -> None:
        self.prepared = prepared
        self.done = done
        self.deadline = deadline

    def answer(self, answer: Appended | BaseException) -> None:
        """Answer the caller, who may have been cancelled or given up: its events stay."""
        if self.done.done():
            return
        if isinstance(answer, BaseException):
            self.done.set_exception(answer)
        else:
            self.done.set_result(answer)


class GroupWriter:
    """Collects commands while the last batch commits, then writes them in one call."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        settings: LedgerSettings,
        committed: Callable[[int], None],
        observer: Observer,
    ) -> None:
        self._connect = connect
        self._settings = settings
        self._committed = committed
        self._observer = observer
        self._waiting: deque[_Waiting] = deque()
        self._writing: Sequence[_Waiting] = ()
        self._wake = asyncio.Event()
        self._closing = False
        self._closed = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._failures = 0

    def enqueue(self, prepared: Prepared) -> asyncio.Future[Appended]:
        """Queue a command; the future gets its answer.

        Raises:
            QueueFull: the queue is at its bound.
            Unavailable: the ledger is closing.
        """
        if self._closing:
            raise Unavailable("the ledger is closing")
        if len(self._waiting) >= self._settings.queue_commands_max:
            raise QueueFull(f"{self._settings.queue_commands_max} commands are waiting")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Appended] = loop.create_future()
        self._waiting.append(_Waiting(prepared, done, loop.time() + self._settings.append_timeout_seconds))
        self._wake.set()
        return done

    async def run(self) -> None:
        """Take, write, answer, until closed and empty. The owner runs it as a task, beside `expire`."""
        try:
            while True:
                batch = self._take()
                if batch:
                    await self._settle(batch)
                    await asyncio.sleep(0)
                elif self._closing:
                    return
                else:
                    self._wake.clear()
                    await self._wake.wait()
        finally:
            self._closing = True
            self._fail_all(Unavailable("the ledger closed before the command was written"))
            if self._connection is not None:
                self._connection.terminate()
            self._closed.set()

    async def expire(self) -> None:
        """Answer callers who have waited too long. Ends with the writer."""
        loop = asyncio.get_running_loop()
        while not self._closed.is_set():
            await asyncio.sleep(EXPIRY_SECONDS)
            now = loop.time()
            late = Unavailable(f"no answer from PostgreSQL within {self._settings.append_timeout_seconds} s")
            for waiting in self._writing:
                if waiting.deadline < now:
                    waiting.answer(late)
            while self._waiting and self._waiting[0].deadline < now:
                self._waiting.popleft().answer(late)

    async def aclose(self) -> None:
        """Refuse new commands, write the queued ones within drain_timeout_seconds, answer the rest. May come twice."""
        self._closing = True
        self._wake.set()
        try:
            async with asyncio.timeout(self._settings.drain_timeout_seconds):
                await self._closed.wait()
        except TimeoutError:
            self._fail_all(Unavailable("the ledger closed before the command was written"))

    def _take(self) -> list[_Waiting]:
        settings = self._settings
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        taken: set[Any] = set()
        events = size = 0
        waiting = self._waiting
        while waiting and len(batch) < settings.batch_commands_max:
            first = waiting[0]
            prepared = first.prepared
            if first.done.done():  # cancelled while it waited: nothing happened
                waiting.popleft()
                continue
            events += len(prepared.ids)
            size += prepared.size
            if batch and (events > settings.batch_events_max or size > settings.append_bytes_max):
                break
            waiting.popleft()
            append = prepared.append
            if append.stream_id in taken or append.command_id in taken:
                later.append(first)  # append_batch_v1 takes a stream and a command once in a call
                taken.add(append.stream_id)  # and what comes behind it waits too, or same-stream commands swap places
            else:
                batch.append(first)
                taken.add(append.stream_id)
                taken.add(append.command_id)
        waiting.extendleft(reversed(later))
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Write until every command of the batch has its answer."""
        self._writing = batch
        parts = [batch]
        while parts:
            part = [waiting for waiting in parts.pop() if not waiting.done.done()]
            if not part:
                continue
            try:
                rows = await self._write(part)
            except Exception as error:
                if is_transient(error) or isinstance(error, Unavailable):
                    self._drop_connection(error)
                    if isinstance(error, asyncpg.InsufficientResourcesError):
                        self._answer_all(part, Unavailable(f"PostgreSQL has no room: {error}"))
                    else:
                        parts.append(part)
                        await self._pause()
                elif len(part) > 1:
                    half = len(part) // 2
                    parts += [part[half:], part[:half]]
                else:
                    self._observer.on_poison(error)
                    part[0].answer(_refusal(error))
            else:
                self._failures = 0
                for waiting, (result, version, position) in zip(part, rows, strict=True):
                    waiting.answer(answer_of(waiting.prepared.append, result, version, position))
        self._writing = ()

    async def _write(self, part: list[_Waiting]) -> list[Row]:
        if self._connection is None:
            self._connection = await self._connect()
        start = time.perf_counter()
        prepared = [waiting.prepared for waiting in part]
        rows = await write(self._connection, prepared, self._settings.statement_timeout_seconds + 2)
        high = max((row[2] or 0 for row in rows), default=0)
        if high:
            self._committed(high)
        self._observer.on_batch(len(part), sum(len(one.ids) for one in prepared), time.perf_counter() - start)
        return rows

    def _drop_connection(self, error: BaseException) -> None:
        """Forget the connection unless the server merely refused the statement on it."""
        self._observer.on_retry(error)
        if self._connection is None:
            return
        demoted = isinstance(error, asyncpg.ReadOnlySQLTransactionError)
        if self._connection.is_closed() or demoted or not isinstance(error, asyncpg.PostgresError):
            self._connection.terminate()
            self._connection = None

    async def _pause(self) -> None:
        await asyncio.sleep(BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)])
        self._failures += 1

    @staticmethod
    def _answer_all(part: Sequence[_Waiting], error: LedgerError) -> None:
        for waiting in part:
            waiting.answer(error)

    def _fail_all(self, error: LedgerError) -> None:
        self._answer_all(self._writing, error)
        self._answer_all(self._waiting, error)
        self._waiting.clear()


def _refusal(error: Exception) -> LedgerError:
    if isinstance(error, asyncpg.PostgresError) and is_expired(error):
        return Expired("the month of the command id is no longer remembered")
    refusal = Rejected(f"{type(error).__name__}: {error}")
    refusal.__cause__ = error
    return refusal
