"""Readers: every event once and in order, a lag that is true, one holder at a time."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from enforcement.officers.v1 import service_pb2 as pb
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from services.kernel import ledger_metrics, telemetry
from services.kernel.ledger import Checkpoint, Event, LedgerSettings, Unavailable
from services.kernel.ledger_metrics import tell_lag
from services.kernel.reader import Reader
from services.kernel.telemetry import Metrics
from tests.integration.kernel.test_commands import REGISTER
from tests.support.eventually import eventually
from tests.support.kernel import Bus, open_bus

REGISTERED = "enforcement.officers.v1.OfficerRegistered"


@pytest.fixture
async def bus(database: str) -> AsyncIterator[Bus]:
    async with open_bus(database) as opened:
        yield opened


class Seen:
    """Keeps what it was handed, with the checkpoint in the same transaction."""

    def __init__(self, bus: Bus, *, failures: int = 0) -> None:
        self.positions: list[int] = []
        self._bus = bus
        self._failures = failures

    async def handle(self, events: list[Event], up_to: int, checkpoint: Checkpoint) -> None:
        if self._failures:
            self._failures -= 1
            raise ArithmeticError("not yet")
        async with self._bus.ledger.transaction() as connection:
            await checkpoint.advance(connection, up_to)
        self.positions += [event.position for event in events]


@asynccontextmanager
async def reading(bus: Bus, seen: Seen) -> AsyncIterator[Reader]:
    reader = Reader(bus.ledger, "test", types=frozenset({REGISTERED}))
    task = asyncio.create_task(reader.run(seen.handle))
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_each_event_is_handed_over_once_and_in_order_across_restarts(bus):
    seen, expected = Seen(bus), []
    for _ in range(3):
        expected += [(await bus.run(REGISTER)).position for _ in range(3)]
        async with reading(bus, seen) as reader:
            await reader.reached(expected[-1])
    assert seen.positions == expected


async def test_a_page_that_fails_is_handed_over_again_and_nothing_is_passed_over(bus):
    expected = [(await bus.run(REGISTER)).position for _ in range(3)]
    seen = Seen(bus, failures=2)
    async with reading(bus, seen) as reader:
        await reader.reached(expected[-1])
    assert seen.positions == expected


async def test_events_of_no_concern_do_not_show_as_lag(bus):
    officer = await bus.run(REGISTER)
    async with reading(bus, Seen(bus)):
        suspended = await bus.run(pb.SuspendCredentialRequest(officer_id=officer.id, reason="停"))

        async def nothing_behind() -> bool:
            [lag] = await bus.ledger.lag()
            return bool(lag.position == suspended.position and lag.behind == 0)

        await eventually(nothing_behind)


@asynccontextmanager
async def measuring(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[InMemoryMetricReader]:
    """What the ledger's readers' lag is told to be, asked for without pause."""
    monkeypatch.setattr(ledger_metrics, "LAG_SECONDS", 0.01)
    metrics = InMemoryMetricReader()
    telemetry.configure(authority_id="jt-510521", service="node", metric_reader=metrics)
    task = asyncio.create_task(tell_lag(bus.ledger))
    try:
        yield metrics
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await telemetry.shutdown()


def lag_of(metrics: InMemoryMetricReader) -> dict[Any, Any]:
    data = metrics.get_metrics_data()
    told = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
    points: list[Any] = [point for m in told if m.name == Metrics.READER_LAG.name for point in m.data.data_points]
    return {point.attributes["reader"]: point.value for point in points}


async def test_a_reader_whose_handler_always_fails_is_told_to_be_behind(bus, monkeypatch):
    first = (await bus.run(REGISTER)).position
    async with measuring(bus, monkeypatch) as metrics:
        async with reading(bus, Seen(bus)) as reader:
            await reader.reached(first)
            await eventually(lambda: lag_of(metrics) == {"test": 0}, what="no lag at the head")
        async with reading(bus, Seen(bus, failures=sys.maxsize)):
            for _ in range(100):
                await bus.run(REGISTER)
            await eventually(lambda: lag_of(metrics) == {"test": 100}, what="all events are lag")
        await bus.run(REGISTER)
        await eventually(lambda: lag_of(metrics) == {"test": 101}, what="the lag of a reader that nobody runs grows")


async def test_the_lag_of_a_view_is_that_of_its_newest_version(bus, monkeypatch):
    position = (await bus.run(REGISTER)).position
    await bus.ledger.checkpoint("view", 1, "the old version")
    new = await bus.ledger.checkpoint("view", 2, "the new version")
    async with measuring(bus, monkeypatch) as metrics:
        await eventually(lambda: lag_of(metrics) == {"view": 1}, what="neither has begun")
        async with bus.ledger.transaction() as connection:
            await new.advance(connection, position)
        await eventually(lambda: lag_of(metrics) == {"view": 0}, what="the newest is at the head")


async def test_a_second_process_waits_for_the_lease_and_goes_on_where_the_first_stopped(bus):
    holding = await bus.ledger.checkpoint("test", 0, "another process")
    position = (await bus.run(REGISTER)).position
    seen = Seen(bus)
    async with reading(bus, seen) as reader:
        assert seen.positions == []
        await holding.release()
        async with asyncio.timeout(15):
            await reader.reached(position)
    assert seen.positions == [position]


async def test_a_process_that_was_killed_goes_on_at_once_when_it_is_started_again_under_its_name(database):
    settings = LedgerSettings(instance="node-0", lease_seconds=60)
    async with open_bus(database, settings=settings) as killed:
        await killed.ledger.checkpoint("test", 0, killed.ledger.holder)  # and never gives it back
    async with open_bus(database, settings=settings) as bus:
        position = (await bus.run(REGISTER)).position
        seen = Seen(bus)
        async with reading(bus, seen) as reader, asyncio.timeout(15):
            await reader.reached(position)
    assert seen.positions == [position]


async def test_a_reader_that_is_stopped_while_postgresql_is_lost_stops(bus):
    """The rollback fails, and what it raises hides that the task was cancelled: nobody may take it for a lost ledger
    and begin again."""
    lost = asyncio.Event()

    async def handle(events: list[Event], up_to: int, checkpoint: Checkpoint) -> None:
        async with bus.ledger.transaction() as connection:
            connection.terminate()
            lost.set()
            await asyncio.Event().wait()

    await bus.run(REGISTER)
    task = asyncio.create_task(Reader(bus.ledger, "test", types=frozenset({REGISTERED})).run(handle))
    await lost.wait()
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()


async def test_a_reader_goes_on_when_its_ledger_was_lost_for_a_moment(bus, monkeypatch):
    """A failure in the task group that leads is no stop: the reader leads again, and nothing is passed over."""
    lost = asyncio.Event()
    keep = Checkpoint.keep

    async def lost_once(checkpoint: Checkpoint) -> None:
        if not lost.is_set():
            lost.set()
            raise Unavailable("PostgreSQL: gone")
        await keep(checkpoint)

    monkeypatch.setattr(Checkpoint, "keep", lost_once)
    seen = Seen(bus)
    async with reading(bus, seen) as reader:
        await lost.wait()
        position = (await bus.run(REGISTER)).position
        async with asyncio.timeout(15):
            await reader.reached(position)
    assert seen.positions == [position]
