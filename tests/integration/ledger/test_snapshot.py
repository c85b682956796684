"""Snapshots: a shortcut that may vanish, and that only the stream's own service may lay."""

import asyncpg
import pytest

from services.kernel.ledger import Ledger, Snapshot, uuid7
from tests.support.ledgers import an_append
from tests.support.postgres import as_role


async def test_a_snapshot_comes_back(ledger: Ledger) -> None:
    one = an_append()
    await ledger.append(one)
    await ledger.write_snapshot(one.stream_id, 1, "schema-a", b"state")
    assert await ledger.read_snapshot(one.stream_id, "schema-a") == Snapshot(1, b"state")


async def test_a_snapshot_of_another_schema_is_discarded(ledger: Ledger) -> None:
    one = an_append()
    await ledger.append(one)
    await ledger.write_snapshot(one.stream_id, 9, "schema-a", b"old")
    assert await ledger.read_snapshot(one.stream_id, "schema-b") is None
    await ledger.write_snapshot(one.stream_id, 3, "schema-b", b"new")
    assert await ledger.read_snapshot(one.stream_id, "schema-b") == Snapshot(3, b"new")


async def test_an_earlier_snapshot_does_not_replace_a_later_one(ledger: Ledger) -> None:
    one = an_append()
    await ledger.append(one)
    await ledger.write_snapshot(one.stream_id, 5, "schema-a", b"five")
    await ledger.write_snapshot(one.stream_id, 4, "schema-a", b"four")
    assert await ledger.read_snapshot(one.stream_id, "schema-a") == Snapshot(5, b"five")


async def test_an_unknown_stream_has_none(ledger: Ledger) -> None:
    assert await ledger.read_snapshot(uuid7(), "schema-a") is None


async def test_a_service_lays_no_snapshot_under_anothers_stream(ledger: Ledger, database: str) -> None:
    """It would decide in the other's place."""
    theirs = an_append(category="transfer")
    await ledger.append(theirs)
    await ledger.write_snapshot(theirs.stream_id, 1, "schema-a", b"true")
    async with Ledger.open(as_role(database, "jt-510521.cases")) as cases:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await cases.write_snapshot(theirs.stream_id, 2, "schema-a", b"false")
    assert await ledger.read_snapshot(theirs.stream_id, "schema-a") == Snapshot(1, b"true")
