"""Verify names what a superuser changed behind the ledger's back."""

import asyncpg
import pytest

from services.kernel.ledger import Ledger, Problem
from tests.integration.ledger.conftest import findings
from tests.support.ledgers import an_append, new_event
from tests.support.postgres import Databases

TAMPERING: list[tuple[str, set[tuple[Problem, int | None]]]] = [
    ("UPDATE ledger.event SET body = 'forged' WHERE position = 3", {(Problem.HASH, 3)}),
    ("UPDATE ledger.event SET meta = 'forged' WHERE position = 3", {(Problem.HASH, 3)}),
    ("UPDATE ledger.event SET type = 'another.Type' WHERE position = 3", {(Problem.HASH, 3)}),
    ("UPDATE ledger.event SET correlation_id = event_id WHERE position = 2", {(Problem.HASH, 2)}),
    ("UPDATE ledger.event SET recorded_at = '2000-01-01' WHERE position = 3", {(Problem.TIME, 3)}),
    (
        "DELETE FROM ledger.event WHERE position = 2",
        {(Problem.HOLE, 2), (Problem.STREAM, 1), (Problem.VERSION, 3)},
    ),
    (
        "DELETE FROM ledger.event WHERE position = 5",
        {(Problem.HEAD, 4), (Problem.STREAM, 4), (Problem.COMMAND, 5)},
    ),
    ("UPDATE ledger.head SET position = 7", {(Problem.HEAD, 5)}),
    ("UPDATE ledger.stream SET version = 9 WHERE version = 3", {(Problem.STREAM, 1)}),
    ("DELETE FROM ledger.stream WHERE version = 3", {(Problem.STREAM, 1)}),
    (
        "UPDATE ledger.event SET version = 5 - version WHERE position IN (2, 3)",
        {(Problem.HASH, 2), (Problem.HASH, 3), (Problem.VERSION, 2), (Problem.VERSION, 3), (Problem.COMMAND, 3)},
    ),
    ("UPDATE ledger.command SET position = 1 WHERE version = 3", {(Problem.COMMAND, 1)}),
]


@pytest.mark.parametrize(("tampering", "expected"), TAMPERING, ids=[statement for statement, _ in TAMPERING])
async def test_tampering_is_named_with_its_position(
    database: str, databases: Databases, tampering: str, expected: set[tuple[Problem, int | None]]
) -> None:
    async with Ledger.open(database) as ledger:
        await ledger.append(an_append(None, new_event(b"1"), new_event(b"2"), new_event(b"3")))
        await ledger.append(an_append(None, new_event(b"4"), new_event(b"5")))
        assert await findings(ledger) == []
        admin = await asyncpg.connect(databases.admin(database))
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(tampering)
        await admin.close()
        assert {(finding.problem, finding.position) for finding in await findings(ledger)} == expected


async def test_a_ledger_being_written_verifies(ledger: Ledger) -> None:
    for _ in range(3):
        await ledger.append(an_append(None, *(new_event(),) * 700))
    checking = ledger.verify()
    await ledger.append(an_append())
    assert [finding async for finding in checking] == []


async def test_statistics_count_without_reading_the_log(ledger: Ledger) -> None:
    await ledger.append(an_append(None, new_event(), new_event()))
    await ledger.append(an_append(category="transfer"))
    stats = await ledger.stats()
    assert (stats.position, stats.epoch, stats.streams, stats.events) == (
        3, 1, {"case": 1, "transfer": 1}, {"case": 2, "transfer": 1},
    )  # fmt: skip
    assert (stats.event_partitions, stats.command_partitions) == (2, 6)
