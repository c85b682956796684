"""Does the cost of an append and of a read stay flat while the ledger grows?

    python -m tests.bench.flat_cost [--events 10000000]

Fills one ledger to each of the marks and measures there, always the same way: appends of one event by 32 callers, each
a new stream; appends of one event to streams made long ago; old streams of 10 events read by id; pages of 1,000 read
from places all over the feed. Beside each mark stands raw asyncpg into an empty table at the same minute: what moves
there is the machine, not the ledger.
"""

import argparse
import asyncio
import itertools
import random
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import uvloop

from services.kernel.ledger import Append, Ledger, uuid7
from tests.bench.ledger_bench import DIGEST, EVENT, SERVER, drive, make_ledger, raw_side
from tests.support.postgres import own_server

CALLERS = 32
LONG = 10
"""Events of a filling append; one stream each."""
SECONDS = 3.0
OLD_STREAMS = 5_000
"""Streams remembered at random of all that were made."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one size of the ledger costs."""

    events: int
    new_stream: float
    old_stream: float
    raw: float
    read_p50_ms: float
    read_p99_ms: float
    pages: float


class Grown:
    """A ledger that grows, and a fair sample of its streams."""

    def __init__(self, ledger: Ledger, seed: int) -> None:
        self._ledger = ledger
        self._random = random.Random(seed)
        self._made = 0
        self.old: list[tuple[UUID, int]] = []
        """Streams and their versions."""

    async def append(self, stream_id: UUID, version: int, events: int) -> None:
        """Appends events to a stream."""
        command_id = uuid7()
        await self._ledger.append(
            Append(command_id, DIGEST, stream_id, "case", version, (EVENT,) * events, stream_id, command_id)
        )

    async def fill(self, total: int) -> None:
        """Appends until the ledger has `total` events."""
        missing = itertools.count(await self._ledger.head(), LONG)

        async def work() -> None:
            while next(missing) < total:
                stream_id = uuid7()
                await self.append(stream_id, 0, LONG)
                self._remember(stream_id)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(CALLERS):
                tasks.create_task(work())

    def _remember(self, stream_id: UUID) -> None:
        self._made += 1
        if len(self.old) < OLD_STREAMS:
            self.old.append((stream_id, LONG))
        elif (place := self._random.randrange(self._made)) < OLD_STREAMS:
            self.old[place] = (stream_id, LONG)

    async def to_new(self, _caller: int) -> None:
        """One event, a new stream."""
        await self.append(uuid7(), 0, 1)

    async def to_old(self, _caller: int) -> None:
        """One event, a stream made long ago."""
        place = self._random.randrange(len(self.old))
        stream_id, version = self.old.pop(place)
        await self.append(stream_id, version, 1)
        self.old.append((stream_id, version + 1))

    async def read_old(self, _caller: int) -> None:
        """A stream made long ago."""
        stream_id, _ = self._random.choice(self.old)
        await self._ledger.read_stream(stream_id)

    async def read_page(self, _caller: int) -> None:
        """A page from anywhere."""
        await self._ledger.read(self._random.randrange(await self._ledger.head()), 1_000)


async def rate(work: Callable[[int], Awaitable[None]], callers: int = CALLERS) -> float:
    """Operations a second."""
    taken = await drive(work, callers, SECONDS)
    return taken.operations / taken.seconds


async def measure(grown: Grown, raw: Callable[[int], Awaitable[None]], events: int) -> Mark:
    """The same work as at every other mark."""
    new_stream = await rate(grown.to_new)
    beside = await rate(raw)
    old_stream = await rate(grown.to_old)
    reads = sorted((await drive(grown.read_old, 1, SECONDS)).latencies)
    return Mark(
        events,
        new_stream,
        old_stream,
        beside,
        statistics.median(reads) * 1000,
        reads[int(len(reads) * 0.99)] * 1000,
        await rate(grown.read_page, 1),
    )


async def run(total: int) -> None:
    """Fills and measures; prints each mark as it is reached."""
    marks = [mark for mark in (10_000, 100_000, 1_000_000, 3_000_000, 10_000_000) if mark < total] + [total]
    print(
        "| events | append, new stream /s | append, old stream /s | raw beside it /s | read a stream p50 / p99 ms |",
        end="",
    )
    print(" pages of 1,000 /s |\n|--:|--:|--:|--:|--:|--:|", flush=True)
    with own_server(settings=SERVER) as server:
        dsn = await make_ledger(server, "flat")
        async with Ledger.open(dsn) as ledger, raw_side(server, 1) as raw:
            grown = Grown(ledger, seed=1)
            for mark in marks:
                await grown.fill(mark)
                at = await measure(grown, raw, mark)
                print(
                    f"| {at.events:,} | {at.new_stream:,.0f} | {at.old_stream:,.0f} | {at.raw:,.0f} "
                    f"| {at.read_p50_ms:.2f} / {at.read_p99_ms:.2f} | {at.pages:,.0f} |",
                    flush=True,
                )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=10_000_000)
    uvloop.run(run(parser.parse_args().events))


if __name__ == "__main__":
    main()
