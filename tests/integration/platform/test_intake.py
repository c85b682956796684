"""From arrival to log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from enforcement.joint_operations.v1 import events_pb2 as joint

from services.kernel.envelopes.codec import Link
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Ledger
from services.platform.install import install
from services.platform.intake import PARKED, Intake
from services.platform.judge import Arrival, Judge
from services.platform.settings import PlatformSettings
from services.platform.store import Store
from tests.support.eventually import eventually
from tests.support.members import CATALOGUE, Party, header_of, registry
from tests.support.postgres import Databases, own_server
from tests.unit.platform.feeds import LUXIAN, PLATFORM, YONGCHUAN, count_up, publish


@pytest.fixture
def bureau() -> Party:
    return Party.new(LUXIAN)


@pytest.fixture
def neighbour() -> Party:
    return Party.new(YONGCHUAN)


@asynccontextmanager
async def intake_of(ledger: Ledger, *parties: Party, running: bool = True, **settings: int) -> AsyncIterator[Intake]:
    known = registry(*parties)
    intake = Intake(
        Store(ledger, quarantine_bytes_max=1 << 20),
        Judge(CATALOGUE),
        PlatformSettings(**settings),  # type: ignore[arg-type]
        registry=lambda: known,
        wall=lambda: datetime.now(UTC),
    )
    task = asyncio.create_task(intake.run()) if running else None
    try:
        yield intake
    finally:
        if task is not None:
            task.cancel()


async def take(intake: Intake, party: Party, *wires: bytes) -> None:
    for wire in wires:
        number = await intake.take(Arrival(wire, party.id, "kafka"))
    await asyncio.wait_for(intake.done(number), 10)


async def places(ledger: Ledger, party: Party) -> list[int]:
    rows = await Store(ledger, quarantine_bytes_max=0).fetch(
        "SELECT seq FROM platform.feed_event WHERE publisher = $1 ORDER BY position", party.id
    )
    return [row["seq"] for row in rows]


async def codes(ledger: Ledger) -> list[str]:
    rows = await Store(ledger, quarantine_bytes_max=0).fetch("SELECT code FROM platform.quarantine")
    return [row["code"] for row in rows]


async def test_what_was_taken_is_in_the_log_when_it_is_done(ledger: Ledger, bureau: Party) -> None:
    async with intake_of(ledger, bureau) as intake:
        await take(intake, bureau, *count_up(bureau, 3))
        assert await places(ledger, bureau) == [1, 2, 3]
        await asyncio.wait_for(intake.reached(3), 5)


async def test_early_ones_are_held_and_follow_when_the_gap_is_filled(ledger: Ledger, bureau: Party) -> None:
    first, second, *rest = count_up(bureau, 6)
    async with intake_of(ledger, bureau) as intake:
        await take(intake, bureau, first, *rest)
        assert await places(ledger, bureau) == [1]
        assert intake.behind(LUXIAN).is_set()
        await take(intake, bureau, second)
        assert await places(ledger, bureau) == [1, 2, 3, 4, 5, 6]
        assert not intake.behind(LUXIAN).is_set()


async def test_beyond_the_bound_early_ones_are_let_go_and_known_to_be_missing(ledger: Ledger, bureau: Party) -> None:
    first, second, *rest = count_up(bureau, 6)
    async with intake_of(ledger, bureau, held_max=2) as intake:
        await take(intake, bureau, first, *rest)
        await take(intake, bureau, second)
        assert await places(ledger, bureau) == [1, 2, 3, 4]
        assert intake.behind(LUXIAN).is_set()
        assert (await Store(ledger, quarantine_bytes_max=0).feed(LUXIAN)).seen == (1, 6)


async def test_a_full_queue_makes_the_stream_wait(ledger: Ledger, bureau: Party) -> None:
    one, two = count_up(bureau, 2)
    async with intake_of(ledger, bureau, running=False, queue_max=1, batch_max=1) as intake:
        await intake.take(Arrival(one, LUXIAN, "kafka"))
        waiting = asyncio.create_task(intake.take(Arrival(two, LUXIAN, "kafka")))
        await asyncio.sleep(0)
        assert not waiting.done()
        running = asyncio.create_task(intake.run())
        assert await asyncio.wait_for(waiting, 10) == 2
        running.cancel()


async def test_one_that_cannot_be_stored_is_parked_and_its_feed_waits_while_others_go_on(
    ledger: Ledger, bureau: Party, neighbour: Party
) -> None:
    """PostgreSQL takes no NUL in a text: something that nobody thought of."""
    good = count_up(bureau, 1)
    poison = publish(bureau, joint.OperationSummarised(operation_id="a\x00b"))
    after = count_up(bureau, 1)
    async with intake_of(ledger, bureau, neighbour) as intake:
        for wire in (*good, poison, *after):
            await intake.take(Arrival(wire, LUXIAN, "kafka"))
        await take(intake, neighbour, *count_up(neighbour, 2))
        assert await places(ledger, bureau) == [1]
        assert await places(ledger, neighbour) == [1, 2]
        assert await codes(ledger) == [PARKED]
        assert intake.behind(LUXIAN).is_set()
        assert intake.verdicts[PARKED] == 1


async def test_one_event_told_in_two_places_stops_its_feed(ledger: Ledger, bureau: Party, neighbour: Party) -> None:
    first = count_up(bureau, 1)[0]
    second = publish(bureau, joint.EducationRecorded(head_count=1), source_event=header_of(first).source_event)
    async with intake_of(ledger, bureau, neighbour) as intake:
        await take(intake, bureau, first, second, *count_up(bureau, 1))
        assert await places(ledger, bureau) == [1]
        feed = await Store(ledger, quarantine_bytes_max=0).feed(LUXIAN)
        assert feed.stopped_code == Code.ENVELOPE_EQUIVOCATION
        await take(intake, neighbour, *count_up(neighbour, 1))
        assert await places(ledger, neighbour) == [1]


async def test_what_is_not_believed_is_kept_and_counted(ledger: Ledger, bureau: Party, neighbour: Party) -> None:
    forged = count_up(neighbour, 1)[0]
    async with intake_of(ledger, bureau, neighbour) as intake:
        await take(intake, bureau, b"noise", forged, *count_up(bureau, 1))
        assert sorted(await codes(ledger)) == ["CARRIER_NOT_ALLOWED", "MALFORMED"]
        assert dict(intake.verdicts) == {"CARRIER_NOT_ALLOWED": 1, "MALFORMED": 1, "RECORDED": 1}


async def test_a_new_epoch_that_names_the_stored_end_goes_on(ledger: Ledger, bureau: Party) -> None:
    async with intake_of(ledger, bureau) as intake:
        await take(intake, bureau, *count_up(bureau, 2))
        bureau.link = Link(2, 0, bureau.link.hash)
        await take(intake, bureau, *count_up(bureau, 2))
        assert await places(ledger, bureau) == [1, 2, 1, 2]


async def test_a_database_that_dies_and_comes_back_loses_nothing() -> None:
    bureau = Party.new(LUXIAN)
    with own_server() as server:
        databases = Databases(server)
        dsn = await databases.make(PLATFORM)
        await install(databases.admin(dsn), PLATFORM)
        async with Ledger.open(dsn) as ledger, intake_of(ledger, bureau) as intake:
            await take(intake, bureau, *count_up(bureau, 2))
            await asyncio.to_thread(server.kill)
            for wire in count_up(bureau, 20):
                number = await intake.take(Arrival(wire, LUXIAN, "kafka"))
            assert intake.verdicts[Code.RECORDED] == 2
            await asyncio.to_thread(server.up)
            await asyncio.wait_for(intake.done(number), 30)
            assert await places(ledger, bureau) == list(range(1, 23))


async def test_draining_waits_for_everything_that_was_accepted(ledger: Ledger, bureau: Party) -> None:
    async with intake_of(ledger, bureau, batch_max=2) as intake:
        for wire in count_up(bureau, 9):
            await intake.take(Arrival(wire, LUXIAN, "kafka"))
        await asyncio.wait_for(intake.drain(), 10)
        assert await places(ledger, bureau) == list(range(1, 10))


async def test_another_workers_events_are_seen_too(ledger: Ledger, bureau: Party) -> None:
    async with intake_of(ledger, bureau) as one, intake_of(ledger, bureau) as other:
        await take(one, bureau, *count_up(bureau, 1))
        await asyncio.wait_for(other.reached(1), 5)
        assert await eventually(lambda: places(ledger, bureau)) == [1]
