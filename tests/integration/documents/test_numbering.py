"""Numbers have no gap and no double, whoever takes them at the same time and whoever is killed meanwhile."""

import asyncio
import random
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack

from enforcement.documents.v1 import events_pb2 as pb

from services.kernel.commands import Cause
from services.kernel.ledger import Ledger, uuid7
from tests.support.numbers import take, taken, taker

TAKERS = 32
PROCESSES = 4


def assert_dense(numbers: Iterable[pb.NumberTaken], count: int) -> None:
    """1 to `count` in the order of the ledger, each for another document, each written otherwise."""
    events = list(numbers)
    assert [event.number for event in events] == list(range(1, count + 1))
    assert len({event.for_id for event in events}) == len({event.text for event in events}) == count


async def test_thirty_two_takers_at_once_get_numbers_without_gap_or_double(database: str) -> None:
    async with AsyncExitStack() as stack:
        buses = [await stack.enter_async_context(taker(database)) for _ in range(PROCESSES)]
        await asyncio.gather(*(take(buses[n % PROCESSES], n) for n in range(TAKERS)))

    assert_dense(await taken(database), TAKERS)


async def test_takers_who_ask_for_the_same_documents_at_once_get_one_number_for_each(database: str) -> None:
    async with AsyncExitStack() as stack:
        buses = [await stack.enter_async_context(taker(database)) for _ in range(PROCESSES)]
        await asyncio.gather(*(take(buses[n % PROCESSES], n // PROCESSES) for n in range(TAKERS)))

    assert_dense(await taken(database), TAKERS // PROCESSES)


async def test_every_number_belongs_to_the_matter_of_its_cause(database: str) -> None:
    causes = [Cause(event_id=uuid7(), correlation_id=uuid7(), origin=None) for _ in range(3)]
    async with taker(database) as bus:
        for n, cause in enumerate(causes):
            await take(bus, n, cause)
    async with Ledger.open(database) as ledger:
        events = (await ledger.read(0)).events
    assert [event.correlation_id for event in events] == [cause.correlation_id for cause in causes]
    assert len({event.stream_id for event in events}) == 1


async def test_takers_that_are_killed_leave_neither_gap_nor_double(database: str) -> None:
    """Three processes take numbers for the same documents; two are killed at a random answer, and asked again."""
    count, seed = 60, random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    kept = await _process(database, 0, count)
    victims = [await _process(database, 0, count) for _ in range(2)]
    for victim in victims:
        await _answers(victim, dice.randrange(1, count // 3))
        victim.kill()
        await victim.wait()
    await asyncio.wait_for(kept.wait(), 60)
    again = await _process(database, 0, count)
    await asyncio.wait_for(again.wait(), 60)

    assert again.returncode == kept.returncode == 0
    assert_dense(await taken(database), count)


async def _process(dsn: str, first: int, last: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.numbers", dsn, str(first), str(last), stdout=asyncio.subprocess.PIPE
    )


async def _answers(process: asyncio.subprocess.Process, count: int) -> None:
    """Waits until a taker has told of `count` numbers."""
    assert process.stdout is not None
    for _ in range(count + 1):
        assert await asyncio.wait_for(process.stdout.readline(), 60)
