"""Seven ways in which a feed loses, reorders or stalls (explicit transactions, nothing left to luck).

1 to 5 are what common designs do, and why the ledger does not; 6 and 7 are the ledger.
"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kernel.ledger import Ledger
from tests.integration.ledger.conftest import append_and
from tests.support.eventually import eventually
from tests.support.ledgers import an_append, new_event
from tests.support.postgres import Databases


class Feed:
    """A table as other event stores have it, and two transactions to fill it."""

    def __init__(self, dsn: str, reader: asyncpg.Connection, a: asyncpg.Connection, b: asyncpg.Connection) -> None:
        self.dsn, self.reader, self.a, self.b = dsn, reader, a, b

    async def add(self, connection: asyncpg.Connection, name: str) -> None:
        """Insert an event."""
        await connection.execute("INSERT INTO feed.event (name) VALUES ($1)", name)

    async def by_position(self, after: int) -> list[tuple[int, str]]:
        """Everything behind a position."""
        rows = await self.reader.fetch(
            "SELECT position, name FROM feed.event WHERE position > $1 ORDER BY position", after
        )
        return [(row["position"], row["name"]) for row in rows]

    async def below_xmin(self, order: str) -> list[tuple[int, int, str]]:
        """What no running transaction can precede, as xmin filters have it."""
        rows = await self.reader.fetch(
            "SELECT position, xid::text::bigint AS xid, name FROM feed.event "
            f"WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY {order}"
        )
        return [(row["position"], row["xid"], row["name"]) for row in rows]


@pytest.fixture
async def feed(database: str, databases: Databases) -> AsyncIterator[Feed]:
    """An empty table and three connections."""
    dsn = databases.admin(database)
    reader, a, b = [await asyncpg.connect(dsn) for _ in range(3)]
    await reader.execute(
        "CREATE SCHEMA feed;"
        "CREATE TABLE feed.event (position bigserial PRIMARY KEY, xid xid8 DEFAULT pg_current_xact_id(), name text);"
        "CREATE TABLE feed.inbox (name text)"
    )
    yield Feed(dsn, reader, a, b)
    for connection in (reader, a, b):
        connection.terminate()


async def test_1_a_sequence_loses_the_slower_writer(feed: Feed) -> None:
    await feed.a.execute("BEGIN")
    await feed.add(feed.a, "A")
    await feed.add(feed.b, "B")
    first = await feed.by_position(0)
    await feed.a.execute("COMMIT")
    assert first == [(2, "B")]
    assert await feed.by_position(2) == []  # A has position 1: never seen


async def test_2_an_xmin_filter_resumed_by_position_loses(feed: Feed) -> None:
    await feed.a.execute("BEGIN; INSERT INTO feed.inbox VALUES ('A')")  # takes the older xid
    await feed.b.execute("BEGIN")
    await feed.add(feed.b, "B")
    await feed.add(feed.a, "A")
    await feed.a.execute("COMMIT")
    first = await feed.below_xmin("position")
    await feed.b.execute("COMMIT")
    later = [row for row in await feed.below_xmin("position") if row[0] > first[-1][0]]
    assert ([row[2] for row in first], later) == (["A"], [])  # B has the smaller position: never seen


async def test_3_an_xmin_filter_resumed_by_xid_turns_a_stream_round(feed: Feed) -> None:
    await feed.a.execute("BEGIN; INSERT INTO feed.inbox VALUES ('A')")
    await feed.add(feed.b, "S v1")
    await feed.add(feed.a, "S v2")
    await feed.a.execute("COMMIT")
    assert [row[2] for row in await feed.below_xmin("xid, position")] == ["S v2", "S v1"]


async def test_4_an_xmin_filter_is_stalled_by_anybody(feed: Feed) -> None:
    await feed.a.execute("BEGIN; INSERT INTO feed.inbox VALUES ('unrelated')")
    await feed.add(feed.b, "B")
    assert await feed.below_xmin("position") == []
    await feed.a.execute("COMMIT")
    assert [row[2] for row in await feed.below_xmin("position")] == ["B"]


async def test_5_stored_transaction_ids_do_not_survive_a_restore(feed: Feed) -> None:
    """A logical restore keeps the old cluster's ids, and the new cluster counts from its own."""
    await feed.reader.execute("INSERT INTO feed.event (xid, name) VALUES ('1000000000000', 'restored')")
    assert await feed.below_xmin("position") == []


async def test_6_the_head_makes_the_later_writer_wait(ledger: Ledger, database: str) -> None:
    one = an_append(None, new_event(b"A"))
    async with ledger.transaction() as connection:
        await connection.execute("CREATE SCHEMA own CREATE TABLE envelope (name text)")
        await ledger.append_in(connection, [one])
        other = asyncio.ensure_future(ledger.append(an_append(None, new_event(b"B"))))
        watcher = await asyncpg.connect(database)
        waits = "SELECT true FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted"
        await eventually(lambda: watcher.fetchval(waits))
        await watcher.close()
        assert (await ledger.read(0)).events == []
    await other
    assert [(event.position, event.body) for event in (await ledger.read(0)).events] == [(1, b"A"), (2, b"B")]


async def test_7_an_abort_leaves_no_gap(ledger: Ledger) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await append_and(ledger, "SELECT 1/0")
    assert (await ledger.append(an_append())).position == 1


async def test_an_open_transaction_elsewhere_stalls_no_reader(ledger: Ledger, feed: Feed) -> None:
    """Hazard 4, on the ledger."""
    await feed.a.execute("BEGIN; INSERT INTO feed.inbox VALUES ('unrelated')")
    await ledger.append(an_append())
    assert len((await ledger.read(0)).events) == 1
