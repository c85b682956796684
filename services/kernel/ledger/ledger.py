"""The ledger as one process sees it: append, read, follow.

    async with Ledger.open(dsn, settings) as ledger:
        answer = await ledger.append(Append(...))
        stream = await ledger.read_stream(stream_id)
        async with ledger.feed.subscribe(answer.position) as pages:
            async for page in pages: ...

        async with ledger.transaction() as connection:          # own rows and events together
            await checkpoint.advance(connection, page.examined)
            outcomes = await ledger.append_in(connection, appends)

Promise   P1 to P7 of schema.sql's head and of the modules group_writer, reading, feed, checkpoint.
Not       a guess of what happened when PostgreSQL was lost: Unavailable means ask again with the same command id.
Bounds    LedgerSettings.
Failing   a task that dies by a bug takes the ledger and whoever opened it down.
Owns      one pool, one writer connection, one LISTEN connection, five tasks in one group.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, Self
from uuid import UUID

import asyncpg

from services.kernel.ledger import checkpoint as checkpoints
from services.kernel.ledger import reading
from services.kernel.ledger.batch import Prepared, is_expired, write
from services.kernel.ledger.checkpoint import Checkpoint, Lag
from services.kernel.ledger.connections import connect, make_pool
from services.kernel.ledger.errors import Expired, Unavailable, unavailable_when_lost
from services.kernel.ledger.events import Append, Appended, CommandAnswer, Outcome, Page, Result, Stream
from services.kernel.ledger.feed import Feed
from services.kernel.ledger.group_writer import GroupWriter
from services.kernel.ledger.observer import Observer
from services.kernel.ledger.settings import LedgerSettings
from services.kernel.ledger.statistics import Statistics, statistics
from services.kernel.ledger.verify import Finding, verify

MAINTAIN = "SELECT action, subject FROM ledger.maintain()"
TURN = 5
"""Class of the advisory locks of turns."""
TURN_SECONDS = 30.0
"""Longer than a view and an append are waited for together (5 and 10 s)."""


class Ledger:
    """Made by `open`; everything here may be used by any number of tasks of one event loop."""

    def __init__(self, dsn: str, settings: LedgerSettings, observer: Observer, pool: asyncpg.Pool) -> None:
        self.settings = settings
        self.holder = settings.instance or f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        """Name under which this process holds checkpoints."""
        self.pool = pool
        """For queries of one's own; `connection` and `transaction` also translate errors."""
        self._observer = observer
        self._uncommitted: dict[Any, int] = {}  # transactions that `transaction` opened, and how far they appended
        self.feed = Feed(pool, partial(connect, dsn, settings, "listen"), settings, observer)
        self._writer = GroupWriter(partial(connect, dsn, settings, "writer"), settings, self.feed.committed, observer)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, dsn: str, settings: LedgerSettings | None = None, observer: Observer | None = None
    ) -> AsyncIterator[Self]:
        """Connect, make partitions where they lack, and run until the block is left; leaving it drains the queue.

        Raises:
            Unavailable: PostgreSQL is not reachable now.
        """
        settings = settings or LedgerSettings()
        pool = await make_pool(dsn, settings)
        ledger = cls(dsn, settings, observer or Observer(), pool)
        try:
            await ledger.maintain()
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(ledger.feed.follow(), name="ledger tail"),
                    tasks.create_task(ledger.feed.listen(), name="ledger listen"),
                    tasks.create_task(ledger._maintain_for_ever(), name="ledger maintenance"),
                    tasks.create_task(ledger._writer.run(), name="ledger writer"),
                    tasks.create_task(ledger._writer.expire(), name="ledger writer expiry"),
                ]
                try:
                    yield ledger
                finally:
                    await ledger._writer.aclose()
                    for task in running:
                        task.cancel()
        except BaseExceptionGroup as group:
            if len(group.exceptions) == 1:  # what the block raised, not wrapped
                raise group.exceptions[0] from None
            raise
        finally:
            pool.terminate()

    async def append(self, append: Append) -> Appended:
        """Write one command's events in the next commit, and wait for it.

        Raises:
            Conflict, Mismatch, Forbidden: the ledger says no, to this command only.
            Invalid, TooLarge, Expired: it breaks a bound; nothing was sent.
            QueueFull: try again after a pause.
            Unavailable: ask again with the same command id.
        """
        return await self._writer.enqueue(Prepared(append, self.settings))

    async def append_in(self, connection: asyncpg.Connection, appends: Sequence[Append]) -> list[Outcome]:
        """Write commands in the caller's transaction, as its last step; one outcome each, in order.

        The head of the ledger is locked from here to the commit: commit at once. Several commands of one stream are
        written in their order. Other processes are told when the transaction came from `transaction`.

        Raises:
            Invalid, TooLarge, Expired: one of them breaks a bound; roll back.
            Unavailable: PostgreSQL was lost; the transaction is gone.
        """
        if not connection.is_in_transaction():
            raise RuntimeError("append_in is called inside a transaction")
        waiting = [(place, Prepared(append, self.settings)) for place, append in enumerate(appends)]
        outcomes: dict[int, Outcome] = {}
        with unavailable_when_lost():
            while waiting:
                now, waiting = _first_of_each_stream(waiting)
                try:
                    rows = await write(
                        connection, [prepared for _, prepared in now], self.settings.statement_timeout_seconds + 2
                    )
                except asyncpg.CheckViolationError as error:
                    if not is_expired(error):
                        raise
                    raise Expired("the month of a command id is no longer remembered") from error
                for (place, prepared), (result, version, position) in zip(now, rows, strict=True):
                    outcomes[place] = Outcome(prepared.append, Result(result), version, position)
                    if connection in self._uncommitted and position:
                        self._uncommitted[connection] = max(self._uncommitted[connection], position)
        return [outcomes[place] for place in range(len(appends))]

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A pooled connection. Change no session settings on it: they are not reset.

        Raises:
            Unavailable: none is free in time, or PostgreSQL is lost inside the block.
        """
        with unavailable_when_lost():
            async with self.pool.acquire(timeout=self.settings.acquire_timeout_seconds) as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """A turn that one block has at a time, whichever process of the authority it is in. It holds a pooled
        connection, and ends with the block or with that connection.

        Raises:
            Unavailable: nobody gave it back in time, or PostgreSQL is lost inside the block.
        """
        async with self.connection() as connection, connection.transaction():
            # It is idle for as long as the block reads and appends, which have limits of their own; with the limit for
            # an open append PostgreSQL would end the turn in the middle, unnoticed, and let another one in.
            await connection.execute(f"SET LOCAL idle_in_transaction_session_timeout = {int(TURN_SECONDS * 1000)}")
            await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", TURN, name)
            yield

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """A transaction of one's own, committed at the end of the block; readers are woken when it appended.

        Raises:
            Unavailable: PostgreSQL is lost inside the block or at the commit; whether it is committed is not known.
        """
        async with self.connection() as connection:
            self._uncommitted[connection] = 0
            try:
                async with connection.transaction():
                    yield connection
            finally:
                position = self._uncommitted.pop(connection)
        if position:
            self.feed.committed(position)

    async def read(
        self, after: int, limit: int = 1000, *, types: Sequence[str] | None = None, category: str | None = None
    ) -> Page:
        """The next events after a position, all or of some types or one category.

        Raises:
            Hole: a position is missing (unfiltered reads only).
            Unavailable: PostgreSQL is lost.
        """
        async with self.connection() as connection:
            if types is None and category is None:
                return await reading.read(connection, after, limit)
            window = self.settings.filter_window_positions
            return await reading.read_filtered(connection, after, limit, types=types, category=category, window=window)

    async def read_stream(self, stream_id: UUID, after_version: int = 0) -> Stream:
        """One stream after a version; category None when it does not exist.

        Raises:
            Hole: the stream lacks a version.
            Unavailable: PostgreSQL is lost.
        """
        async with self.connection() as connection:
            return await reading.read_stream(connection, stream_id, after_version)

    async def command(self, command_id: UUID) -> CommandAnswer | None:
        """What the ledger remembers of a command; None when it was never written, or its month has been dropped."""
        async with self.connection() as connection:
            return await reading.command(connection, command_id)

    async def head(self) -> int:
        """The last committed position, asked now."""
        async with self.connection() as connection:
            return await reading.head(connection)

    async def checkpoint(self, reader: str, version: int, holder: str) -> Checkpoint:
        """Hold a reader's place, waiting while another holds it; see module checkpoint."""
        return await Checkpoint.acquire(self.pool, reader, version, holder, self.settings.lease_seconds)

    async def lag(self) -> list[Lag]:
        """How far every reader is behind, dead ones too."""
        async with self.connection() as connection:
            return await checkpoints.lag(connection)

    async def stats(self) -> Statistics:
        """The ledger in numbers."""
        async with self.connection() as connection:
            return await statistics(connection)

    async def verify(self) -> AsyncIterator[Finding]:
        """Read everything and yield every contradiction; see module verify."""
        async with self.connection() as connection:
            async for finding in verify(connection):
                yield finding

    async def maintain(self) -> list[tuple[str, str]]:
        """Make partitions ahead and drop command months that are over; answers what was done."""
        async with self.connection() as connection:
            done = [(row["action"], row["subject"]) for row in await connection.fetch(MAINTAIN)]
        self._observer.on_free_partitions(int(done[-1][1]))
        return done

    async def _maintain_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.settings.maintenance_seconds)
            try:
                await self.maintain()
            except Unavailable as error:
                self._observer.on_retry(error)


def _first_of_each_stream(waiting: list[tuple[int, Prepared]]) -> tuple[list[Any], list[Any]]:
    """Those that one call may take, which knows a stream and a command id once; and the rest, in order."""
    now: list[tuple[int, Prepared]] = []
    rest: list[tuple[int, Prepared]] = []
    taken: set[UUID] = set()
    for item in waiting:
        append = item[1].append
        if append.stream_id in taken or append.command_id in taken:
            rest.append(item)
        else:
            now.append(item)
        taken |= {append.stream_id, append.command_id}
    return now, rest
