"""Readers: every event once and in order, a lag that is true, one holder at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from enforcement.officers.v1 import service_pb2 as pb

from services.kernel.ledger import Checkpoint, Event, Unavailable
from services.kernel.reader import Reader
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
