"""No reader misses an event, whoever writes: two group writers, own transactions that roll back, a second process.

HOSTILE_SECONDS (default 10) sets how long; a soak run takes more.
"""

import asyncio
import contextlib
import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import asyncpg

from services.exchange.guard import Guard
from services.exchange.office import Office
from services.exchange.outbound import Builder
from services.exchange.settings import ExchangeSettings
from services.kernel.clock import SystemClock
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.ledger import Append, Checkpoint, Event, Ledger, Result, uuid7
from services.kernel.reader import Reader
from tests.integration.ledger.conftest import findings
from tests.support.eventually import eventually
from tests.support.ledger_process import append_often
from tests.support.ledgers import TYPE, an_append, new_event
from tests.support.members import Party, registry

SECONDS = float(os.environ.get("HOSTILE_SECONDS", "10"))
TYPES = ("enforcement.test.v1.Red", "enforcement.test.v1.Blue")

Seen = list[tuple[int, UUID, int]]


class Rollback(Exception):
    """The writer changes its mind."""


async def own_transactions(ledger: Ledger, streams: list[UUID], end: float, stored: list[tuple[str, int]]) -> list[str]:
    """Several commands in a transaction; three in ten are rolled back. Answers the ids of those."""
    given_up: list[str] = []
    while time.time() < end:
        appends: list[Append] = []
        for stream_id in {random.choice(streams) for _ in range(random.randint(1, 4))}:
            version = (await ledger.read_stream(stream_id, after_version=1 << 30)).version
            kind = random.choice(TYPES)
            events = (new_event(event_type=kind),) * random.randint(1, 10)
            appends.append(an_append(stream_id, *events, expected=version))
        with contextlib.suppress(Rollback):
            async with ledger.transaction() as connection:
                outcomes = await ledger.append_in(connection, appends)
                accepted = [outcome for outcome in outcomes if outcome.result is Result.ACCEPTED]
                if random.random() < 0.3:
                    given_up += [str(outcome.append.command_id) for outcome in accepted]
                    raise Rollback
            stored += [(str(outcome.append.command_id), outcome.position or 0) for outcome in accepted]
    return given_up


def taken(events: list[Event]) -> Seen:
    return [(event.position, event.stream_id, event.version) for event in events]


async def by_pages(ledger: Ledger, seen: Seen) -> None:
    """Pages of 50 by position."""
    position = 0
    while True:
        page = await ledger.read(position, 50)
        seen += taken(page.events)
        position = page.examined
        if not page.events:
            await asyncio.sleep(0.001)


async def by_subscription(ledger: Ledger, seen: Seen) -> None:
    """The feed from its start."""
    async with ledger.feed.subscribe(0) as pages:
        async for page in pages:
            seen += taken(page.events)


async def by_tail(ledger: Ledger, seen: Seen) -> None:
    """The shared tail, page by page."""
    position = 0
    while True:
        await ledger.feed.wait_beyond(position)
        page = await ledger.feed.page(position)
        seen += taken(page.events)
        position = page.examined


async def by_type(ledger: Ledger, seen: Seen) -> None:
    """One type only."""
    position = 0
    while True:
        page = await ledger.read(position, 50, types=[TYPES[0]])
        seen += taken(page.events)
        if page.examined == position:
            await asyncio.sleep(0.001)
        position = page.examined


async def by_category(ledger: Ledger, seen: Seen) -> None:
    """One category only; every stream of this test is of it."""
    position = 0
    while True:
        page = await ledger.read(position, 50, category="case")
        seen += taken(page.events)
        if page.examined == position:
            await asyncio.sleep(0.001)
        position = page.examined


async def by_checkpoint(ledger: Ledger, seen: Seen) -> None:
    """As policies, views and clocks read: under a lease, their place in the transaction of their effect."""

    async def handle(events: list[Event], up_to: int, checkpoint: Checkpoint) -> None:
        async with ledger.transaction() as connection:
            await checkpoint.advance(connection, up_to)
        seen.extend(taken(events))

    await Reader(ledger, f"hostile.{id(seen)}", types=frozenset((TYPE, *TYPES)), page=50).run(handle)


class Watched(Builder):
    """The exchange's builder, which says what it was given to build from."""

    seen: Seen

    async def build(self, checkpoint: Checkpoint, events: Sequence[Event]) -> bool:
        self.seen.extend(taken(list(events)))
        return await super().build(checkpoint, events)


async def by_builder(ledger: Ledger, seen: Seen) -> None:
    """As the exchange reads; the events of this test are of no type that is told. One process of an authority does."""
    me, nothing = Party.new("jt-510521"), Catalogue(b"")
    office = Office(
        me.id, ledger, registry(me), me.ring, nothing, SystemClock(), lambda: datetime.now(UTC), ExchangeSettings()
    )
    builder = Watched(office, Guard(None, me.id), lambda _: None)
    builder.seen = seen
    await builder.run()


def complete(seen: Seen, count: int) -> bool:
    return len(seen) >= count


READERS: list[Callable[[Ledger, Seen], Coroutine[None, None, None]]] = [
    by_pages,
    by_subscription,
    by_tail,
    by_type,
    by_category,
    by_checkpoint,
]


async def test_no_reader_misses_an_event(database: str) -> None:
    streams = [uuid7() for _ in range(20)]
    end = time.time() + SECONDS
    stored: list[tuple[str, int]] = []
    seen: dict[str, Seen] = defaultdict(list)
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.ledger_process", database, str(SECONDS - 1), *map(str, streams),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 26,
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdin is not None
    async with Ledger.open(database) as one, Ledger.open(database) as two:
        readers: list[asyncio.Task[None]] = [
            asyncio.create_task(reader(ledger, seen[f"{reader.__name__} {name}"]))
            for reader in READERS
            for name, ledger in (("one", one), ("two", two))
        ]
        readers.append(asyncio.create_task(by_builder(two, seen["by_builder two"])))
        async with asyncio.TaskGroup() as tasks:
            for ledger in (one, two):
                for _ in range(4):
                    tasks.create_task(append_often(ledger, streams, end, stored))
            rolled_back = [tasks.create_task(own_transactions(two, streams, end, stored)) for _ in range(3)]
        there = json.loads(await other.stdout.readline())
        stored += [(command, position) for command, position in there["stored"]]

        admin = await asyncpg.connect(database)
        try:
            log = [
                tuple(row)
                for row in await admin.fetch("SELECT position, stream_id, version FROM ledger.event ORDER BY 1")
            ]
            red = [
                row["position"]
                for row in await admin.fetch("SELECT position FROM ledger.event WHERE type = $1 ORDER BY 1", TYPES[0])
            ]
            commands = {
                str(row[0]): row[1] for row in await admin.fetch("SELECT command_id, position FROM ledger.command")
            }
        finally:
            await admin.close()
        head = await one.head()
        other.stdin.write(f"{head}\n".encode())
        there |= json.loads(await other.stdout.readline())
        await other.wait()

        for name, positions in seen.items():
            expected = [row for row in log if row[0] in set(red)] if name.startswith("by_type") else log
            await eventually(partial(complete, positions, len(expected)), within=20, what=name)
            assert positions == expected, name
        for reader in readers:
            reader.cancel()

        assert [row[0] for row in log] == list(range(1, head + 1))
        assert there["seen"] == list(range(1, head + 1))
        assert dict(stored) == commands
        assert not commands.keys() & {command for task in rolled_back for command in task.result()}
        assert len(commands) > 100
        assert await findings(one) == []
    print(f"{head} events of {len(commands)} commands, {len(there['stored'])} from the other process")
