"""The ledger beside raw asyncpg inserts, on the same server, in the same run.

    python -m tests.bench.ledger_bench [--seconds 1.5] [--rounds 3]

Raw        one connection per caller, one INSERT per event (or one `unnest` INSERT of ten) into a table with one unique
           index: no order across writers, no expected version, no idempotency, no hash.
Ledger     all callers in one process through one group writer; every append is a new stream.
+1 ms      a server whose fsync and fdatasync each take one millisecond longer (LD_PRELOAD): nearer to a cloud volume or
           a synchronous standby. Both sides pay it for every flush.
Reading    one client, pages of 1,000 events decoded; streams of 100 events one by one; the collector set as in a node.

Payload 311 bytes, metadata 183 bytes. Client and server share the machine's cores. Rounds alternate the sides, so that
what else the machine does hits both; a row is the median of its samples.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import platform
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import asyncpg
import uvloop

from deploy.local.postgres import LocalPostgres
from services.kernel.app import settle_garbage_collection
from services.kernel.ledger import Append, Ledger, NewEvent, provision, uuid7
from tests.support.postgres import own_server
from tests.support.shim import SLOW_FLUSH, preloaded

CALLERS = (1, 8, 32, 128)
BODY = os.urandom(311)
META = os.urandom(183)
DIGEST = sha256(b"request").digest()
EVENT = NewEvent("enforcement.cases.v1.CaseFiled", BODY, META)
SERVER = {"shared_buffers": "1GB"}

RAW_TABLE = """
CREATE TABLE raw (stream_id uuid, version int, type text, meta bytea, body bytea, PRIMARY KEY (stream_id, version))
"""
RAW_ONE = "INSERT INTO raw VALUES ($1, 1, $2, $3, $4)"
RAW_MANY = "INSERT INTO raw SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bytea[], $5::bytea[])"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: the median of the samples with their range, and its share of the raw figure beside it."""

    group: str
    name: str
    callers: int
    events_per_second: float
    low: float
    high: float
    p99_ms: float | None = None
    share_of_raw: float | None = None


Work = Callable[[int], Awaitable[None]]
"""One append by caller n."""


@dataclass(slots=True)
class Sample:
    """What some callers did in a while."""

    operations: int
    seconds: float
    latencies: list[float]


async def drive(work: Work, callers: int, seconds: float) -> Sample:
    """Let each caller append one after the other until the time is over."""
    latencies: list[float] = []
    start = time.perf_counter()
    end = start + seconds

    async def call(number: int) -> None:
        before = time.perf_counter()
        while before < end:
            await work(number)
            after = time.perf_counter()
            latencies.append(after - before)
            before = after

    gc.collect()
    async with asyncio.TaskGroup() as tasks:
        for number in range(callers):
            tasks.create_task(call(number))
    return Sample(len(latencies), time.perf_counter() - start, latencies)


@contextlib.asynccontextmanager
async def raw_side(server: LocalPostgres, events: int) -> AsyncIterator[Work]:
    """A connection per caller and a plain INSERT."""
    admin = await asyncpg.connect(server.dsn())
    await admin.execute("DROP TABLE IF EXISTS raw")
    await admin.execute(RAW_TABLE)
    connections = [await asyncpg.connect(server.dsn()) for _ in range(max(CALLERS))]
    versions, types = list(range(1, events + 1)), [EVENT.type] * events
    metas, bodies = [META] * events, [BODY] * events

    async def one(number: int) -> None:
        await connections[number].execute(RAW_ONE, uuid7(), EVENT.type, META, BODY)

    async def many(number: int) -> None:
        await connections[number].execute(RAW_MANY, [uuid7()] * events, versions, types, metas, bodies)

    try:
        yield one if events == 1 else many
    finally:
        for connection in (*connections, admin):
            await connection.close()


@contextlib.asynccontextmanager
async def ledger_side(dsn: str, events: int) -> AsyncIterator[Work]:
    """One group writer for all callers."""
    body = (EVENT,) * events
    async with Ledger.open(dsn) as ledger:

        async def append(_number: int) -> None:
            stream_id, command_id = uuid7(), uuid7()
            await ledger.append(Append(command_id, DIGEST, stream_id, "case", 0, body, stream_id, command_id, None))

        yield append


async def make_ledger(server: LocalPostgres, name: str) -> str:
    """A fresh ledger; answers the DSN of a role that may append."""
    await provision(
        server.dsn(), "jt-510521", {"cases": ["case"]}, {"jt-510521": "b", "jt-510521.cases": "b"}, database=name
    )
    return server.dsn(name, "jt-510521", "b")


async def appends(
    server: LocalPostgres, group: str, events: int, callers: Sequence[int], seconds: float, rounds: int
) -> list[Row]:
    """Raw and ledger in turns, at each number of callers."""
    samples: dict[tuple[str, int], list[Sample]] = {}
    dsn = await make_ledger(server, f"bench_{events}_{group.replace(' ', '_')}")
    async with raw_side(server, events) as raw, ledger_side(dsn, events) as ours:
        sides = {"raw asyncpg": raw, "ledger": ours}
        for work in sides.values():
            await drive(work, max(callers), 0.5)  # first statements are prepared, pages and partitions are warm
        for _ in range(rounds):
            for count in callers:
                for name, work in sides.items():
                    samples.setdefault((name, count), []).append(await drive(work, count, seconds))
    rows = []
    for (name, count), taken in samples.items():
        rates = [sample.operations * events / sample.seconds for sample in taken]
        latencies = sorted(latency for sample in taken for latency in sample.latencies)
        rate = statistics.median(rates)
        raw_rate = statistics.median(s.operations * events / s.seconds for s in samples["raw asyncpg", count])
        p99 = latencies[int(len(latencies) * 0.99)] * 1000
        rows.append(Row(group, name, count, rate, min(rates), max(rates), p99, rate / raw_rate))
    return rows


async def reads(server: LocalPostgres, total: int, rounds: int) -> list[Row]:
    """Feed in pages of 1,000, one subscription, and streams of 100."""
    dsn = await make_ledger(server, "bench_reads")
    streams = [uuid7() for _ in range(total // 100)]
    async with Ledger.open(dsn) as ledger:

        async def fill(ids: Sequence[object]) -> None:
            for stream_id in ids:
                command_id = uuid7()
                await ledger.append(
                    Append(command_id, DIGEST, stream_id, "case", 0, (EVENT,) * 100, stream_id, command_id)  # type: ignore[arg-type]
                )

        async with asyncio.TaskGroup() as tasks:
            for part in range(8):
                tasks.create_task(fill(streams[part::8]))
        rates: dict[str, list[float]] = {"feed, pages of 1,000": [], "subscription from 0": [], "streams of 100": []}
        settle_garbage_collection()
        for _ in range(rounds):
            gc.collect()
            start, position, seen = time.perf_counter(), 0, 0
            while True:
                page = await ledger.read(position, 1000)
                if not page.events:
                    break
                position, seen = page.examined, seen + len(page.events)
            rates["feed, pages of 1,000"].append(seen / (time.perf_counter() - start))

            start, seen = time.perf_counter(), 0
            async with ledger.feed.subscribe(0) as pages:
                async for page in pages:
                    seen += len(page.events)
                    if page.examined == total:
                        break
            rates["subscription from 0"].append(seen / (time.perf_counter() - start))

            start, seen = time.perf_counter(), 0
            for stream_id in streams[:500]:
                seen += len((await ledger.read_stream(stream_id)).events)
            rates["streams of 100"].append(seen / (time.perf_counter() - start))
    return [Row("reading", name, 1, statistics.median(taken), min(taken), max(taken)) for name, taken in rates.items()]


async def run(seconds: float = 1.5, rounds: int = 3) -> list[Row]:
    """Everything; about two minutes with the defaults."""
    rows: list[Row] = []
    with own_server(settings=SERVER) as server:
        rows += await appends(server, "1 event", 1, CALLERS, seconds, rounds)
        rows += await appends(server, "10 events", 10, CALLERS[:3], seconds, rounds)
        rows += await reads(server, 100_000, rounds)
    with preloaded(SLOW_FLUSH) as (environment, _), own_server(settings=SERVER, environment=environment) as server:
        rows += await appends(server, "1 event, +1 ms", 1, CALLERS, seconds, rounds)
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| | | callers | ev/s (min–max) | p99 ms | of raw |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for row in rows:
        spread = f"{row.events_per_second:,.0f} ({row.low:,.0f}–{row.high:,.0f})"
        p99 = "" if row.p99_ms is None else f"{row.p99_ms:.1f}"
        share = "" if row.share_of_raw is None else f"{row.share_of_raw:.0%}"
        lines.append(f"| {row.group} | {row.name} | {row.callers} | {spread} | {p99} | {share} |")
    return "\n".join(lines)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.5, help="per sample")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(table(uvloop.run(run(options.seconds, options.rounds))))


if __name__ == "__main__":
    main()
