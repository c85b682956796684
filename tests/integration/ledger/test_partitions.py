"""Partitions: made ahead without stopping anybody, dropped when nobody may ask any more."""

import asyncpg
import pytest

from services.kernel.ledger import Ledger, Observer
from tests.integration.ledger.conftest import findings
from tests.support.ledgers import an_append, new_event
from tests.support.postgres import Databases


class Free(Observer):
    """Remembers the last count of free partitions."""

    count = -1

    def on_free_partitions(self, count: int) -> None:
        self.count = count


async def set_head(dsn: str, position: int) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE ledger.head SET position = $1", position)
    await connection.close()


async def test_an_append_crosses_a_partition_boundary(database: str, databases: Databases) -> None:
    await set_head(databases.admin(database), 4_999_997)
    async with Ledger.open(database) as ledger:
        one = an_append(None, *(new_event(b"%d" % n) for n in range(6)))
        await ledger.append(one)
        assert [event.body for event in (await ledger.read(4_999_997)).events] == [b"%d" % n for n in range(6)]
        assert len((await ledger.read_stream(one.stream_id)).events) == 6
        async with ledger.connection() as connection:
            split = await connection.fetch(
                "SELECT tableoid::regclass::text, count(*) FROM ledger.event GROUP BY 1 ORDER BY 1"
            )
        assert [tuple(row) for row in split] == [("ledger.event_1", 3), ("ledger.event_5000001", 3)]


async def test_two_partitions_are_kept_free(database: str, databases: Databases) -> None:
    free = Free()
    async with Ledger.open(database, observer=free) as ledger:
        assert free.count == 2
        await ledger.append(an_append())
        assert await ledger.maintain() == [("made", "event_10000001"), ("free", "2")]
        assert await ledger.maintain() == [("free", "2")]
        await set_head(databases.admin(database), 9_999_999)
        assert await ledger.maintain() == [("made", "event_15000001"), ("free", "2")]


async def test_making_a_partition_waits_for_no_reader(ledger: Ledger, database: str) -> None:
    reader = await asyncpg.connect(database)
    await reader.execute("BEGIN; SELECT count(*) FROM ledger.event; SELECT count(*) FROM ledger.command")
    await ledger.append(an_append())
    assert ("made", "event_10000001") in await ledger.maintain()
    await reader.close()


async def test_a_new_partition_is_append_only_too(ledger: Ledger, database: str, databases: Databases) -> None:
    await ledger.append(an_append())
    await ledger.maintain()
    admin = await asyncpg.connect(databases.admin(database))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await admin.execute("TRUNCATE ledger.event_10000001")
    indexes = await admin.fetchval("SELECT count(*) FROM pg_indexes WHERE tablename = 'event_10000001'")
    triggers = await admin.fetchval("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'ledger.event_10000001'::regclass")
    await admin.close()
    assert (indexes, triggers) == (3, 2)


async def test_a_month_that_is_over_is_dropped_unless_somebody_reads_it(
    ledger: Ledger, database: str, databases: Databases
) -> None:
    admin = await asyncpg.connect(databases.admin(database))
    await admin.execute("SELECT ledger.add_command_partition('2020-01-01')")
    reader = await asyncpg.connect(database)
    await reader.execute("BEGIN; SELECT count(*) FROM ledger.command")
    assert ("busy", "command_202001") in await ledger.maintain()
    await reader.close()
    assert ("dropped", "command_202001") in await ledger.maintain()
    assert await admin.fetchval("SELECT to_regclass('ledger.command_202001')") is None
    await admin.close()
    await ledger.append(an_append())
    assert await findings(ledger) == []
