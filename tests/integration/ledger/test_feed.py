"""The feed: every position once, in order, and soon."""

import asyncio
import contextlib
import time

import asyncpg
import pytest

from services.kernel.ledger import Event, Hole, Ledger, LedgerSettings, State
from services.kernel.ledger.feed import Subscription
from tests.support.eventually import eventually
from tests.support.ledgers import an_append, new_event
from tests.support.postgres import Databases

SLOW_POLL = LedgerSettings(poll_seconds=20.0)
"""A test that passes with it was woken, not lucky."""


async def take(pages: Subscription, count: int, within: float = 10.0) -> list[Event]:
    """The next events."""
    events: list[Event] = []
    async with asyncio.timeout(within):
        while len(events) < count:
            events += (await anext(pages)).events
    return events


async def test_a_reader_catches_up_and_then_follows(ledger: Ledger) -> None:
    for _ in range(3):
        await ledger.append(an_append(None, *(new_event(),) * 500))
    async with ledger.feed.subscribe(100) as pages:
        assert [event.position for event in await take(pages, 1400)] == list(range(101, 1501))
        await eventually(lambda: pages.state is State.LIVE)
        await ledger.append(an_append())
        assert [event.position for event in await take(pages, 1)] == [1501]
    assert pages.state is State.STOPPED
    with pytest.raises(StopAsyncIteration):
        await anext(pages)


async def test_an_own_commit_wakes_at_once(database: str) -> None:
    async with Ledger.open(database, SLOW_POLL) as ledger, ledger.feed.subscribe(0) as pages:
        await ledger.append(an_append())
        await take(pages, 1)
        await ledger.append(an_append())
        await take(pages, 1, within=5)
        async with ledger.transaction() as connection:
            await ledger.append_in(connection, [an_append()])
        await take(pages, 1, within=5)


async def test_another_process_wakes_at_once(database: str) -> None:
    """Two ledgers know nothing of each other but the database."""
    async with (
        Ledger.open(database, SLOW_POLL) as one,
        Ledger.open(database, SLOW_POLL) as two,
        one.feed.subscribe(0) as pages,
    ):
        await eventually(lambda: listening(one, 2))
        for _ in range(3):
            await two.append(an_append())
            await take(pages, 1, within=5)


async def listening(ledger: Ledger, count: int) -> bool:
    async with ledger.connection() as connection:
        return bool(
            await connection.fetchval(
                "SELECT count(*) = $1 FROM pg_locks WHERE objid = 5 AND locktype = 'advisory'", count
            )
        )


async def test_without_notification_the_poll_finds_it(database: str) -> None:
    async with Ledger.open(database) as ledger, ledger.feed.subscribe(0) as pages:
        assert await ledger.feed.wait_beyond(0, within=0.1) == 0
        async with ledger.connection() as connection, connection.transaction():  # nobody is told of this one
            await ledger.append_in(connection, [an_append()])
        await take(pages, 1, within=5)


async def test_many_readers_of_a_live_log_cost_one_read(ledger: Ledger) -> None:
    async with contextlib.AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(ledger.feed.subscribe(0)) for _ in range(20)]
        await ledger.append(an_append())
        for reader in readers:
            await take(reader, 1)
        reads = await count_reads(ledger)
        for _ in range(5):
            await ledger.append(an_append())
            for reader in readers:
                await take(reader, 1)
        assert await count_reads(ledger) - reads <= 5 * 3  # one per append, and a poll now and then


async def count_reads(ledger: Ledger) -> int:
    """Reads of the event table that this database has finished."""
    async with ledger.connection() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        return int(
            await connection.fetchval("SELECT sum(idx_scan) FROM pg_stat_user_tables WHERE relname = 'event_1'") or 0
        )


async def test_a_reader_behind_the_tail_reads_the_database(database: str) -> None:
    settings = LedgerSettings(tail_events_max=10, page_events=4)
    async with Ledger.open(database, settings) as ledger:
        slow = ledger.feed.subscribe(0)
        await ledger.append(an_append())
        await take(slow, 1)
        for _ in range(40):
            await ledger.append(an_append())
        await eventually(lambda: ledger.feed.head == 41)
        assert [event.position for event in await take(slow, 40)] == list(range(2, 42))


async def test_the_tail_is_bounded_in_bytes(database: str) -> None:
    settings = LedgerSettings(tail_bytes_max=10_000)
    async with Ledger.open(database, settings) as ledger:
        await ledger.feed.wait_beyond(-1, within=5)
        for _ in range(20):
            await ledger.append(an_append(None, new_event(bytes(3000))))
        await eventually(lambda: ledger.feed.head == 20)
        assert sum(len(event.body) for event in ledger.feed._tail) <= 10_000
        async with ledger.feed.subscribe(0) as pages:
            assert len(await take(pages, 20)) == 20


async def test_a_hole_stops_readers_and_not_the_appends(database: str, databases: Databases) -> None:
    async with Ledger.open(database) as ledger:
        for _ in range(3):
            await ledger.append(an_append())
        await remove(databases.admin(database), 2)
        with pytest.raises(Hole, match="position 2 is missing"):
            await ledger.read(0)
        async with ledger.feed.subscribe(0) as pages:
            with pytest.raises(Hole, match="position 2 is missing"):
                await take(pages, 3)
        assert (await ledger.append(an_append())).position == 4


async def test_a_hole_in_the_live_log_reaches_every_reader(database: str, databases: Databases) -> None:
    async with Ledger.open(database) as ledger:
        await ledger.append(an_append())
        readers = [ledger.feed.subscribe(0) for _ in range(2)]
        for reader in readers:
            await take(reader, 1)
        admin = await asyncpg.connect(databases.admin(database))
        await admin.execute("UPDATE ledger.head SET position = 5")  # as if four events had been removed
        await admin.close()
        await ledger.append(an_append())
        for reader in readers:
            with pytest.raises(Hole, match="position 2 is missing, the next one is 6"):
                await take(reader, 1)


async def test_a_reader_ahead_of_the_log_is_told(ledger: Ledger) -> None:
    """The log was restored to an earlier state, or it is another one."""
    await ledger.append(an_append())
    async with ledger.feed.subscribe(2) as pages:
        with pytest.raises(Hole, match="has examined position 2, the log ends at 1"):
            await take(pages, 1)


async def test_a_reader_survives_a_lost_listen_connection(database: str, databases: Databases) -> None:
    async with Ledger.open(database) as ledger, ledger.feed.subscribe(0) as pages:
        await ledger.append(an_append())
        await take(pages, 1)
        admin = await asyncpg.connect(databases.admin(database))
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await ledger.append(an_append())
        await take(pages, 1)
        await eventually(lambda: listening(ledger, 1), what="listening again")
        await admin.close()


async def test_an_empty_log_gives_nothing(ledger: Ledger) -> None:
    start = time.monotonic()
    assert await ledger.feed.wait_beyond(0, within=0.05) == 0
    assert time.monotonic() - start < 5


async def test_a_filtered_read_moves_on_where_nothing_matches(database: str) -> None:
    async with Ledger.open(database, LedgerSettings(filter_window_positions=4)) as ledger:
        await ledger.append(an_append(None, *(new_event(),) * 9))
        await ledger.append(an_append(None, new_event(event_type="rare"), category="transfer"))
        pages = []
        position = 0
        while True:
            page = await ledger.read(position, types=["rare"])
            pages.append((page.examined, len(page.events), page.high))
            if page.examined == page.high:
                break
            position = page.examined
        assert pages == [(4, 0, 10), (8, 0, 10), (10, 1, 10)]
        assert [event.type for event in (await ledger.read(8, category="transfer")).events] == ["rare"]


async def test_a_full_filtered_page_stops_at_its_last_event(ledger: Ledger) -> None:
    await ledger.append(an_append(None, *(new_event(),) * 5))
    page = await ledger.read(0, 2, category="case")
    assert (page.examined, page.high) == (2, 5)


async def remove(admin_dsn: str, position: int) -> None:
    """What a superuser can do."""
    admin = await asyncpg.connect(admin_dsn)
    await admin.execute("SET session_replication_role = replica")
    await admin.execute("DELETE FROM ledger.event WHERE position = $1", position)
    await admin.close()
