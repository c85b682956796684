"""Tables: the migrations arrive at schema.sql, and roles may do what they need and nothing else."""

import asyncpg
import pytest

from services.exchange.install import EXCHANGE, admit_readers, install
from tests.support.exchange import desk
from tests.support.members import Party, registry
from tests.support.postgres import as_role

STRUCTURE = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
 WHERE table_schema = 'exchange' ORDER BY 1, ordinal_position
"""
RULES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = 'exchange'::regnamespace ORDER BY 1, 2
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'exchange' ORDER BY 1"


async def structure(dsn: str) -> list[list[tuple[object, ...]]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [[tuple(row) for row in await connection.fetch(query)] for query in (STRUCTURE, RULES, INDEXES)]
    finally:
        await connection.close()


async def test_the_migrations_arrive_at_the_schema_file(databases):
    migrated = databases.admin(await databases.make())
    fresh = databases.admin(await databases.make())
    connection = await asyncpg.connect(fresh)
    await connection.execute("DROP SCHEMA exchange CASCADE")
    await connection.execute(EXCHANGE.folder.with_name("schema.sql").read_text())
    await connection.close()
    assert await structure(migrated) == await structure(fresh)


async def test_installing_again_changes_nothing(databases):
    assert await install(databases.admin(await databases.make())) == []


FORBIDDEN = [
    "DELETE FROM exchange.sent",
    "DELETE FROM exchange.inbox",
    "DELETE FROM exchange.quarantine",
    "DELETE FROM exchange.registry",
    "UPDATE exchange.sent SET wire = ''",
    "UPDATE exchange.inbox SET receipt = ''",
    "UPDATE exchange.registry SET file = ''",
    "TRUNCATE exchange.inbox",
    "DROP TABLE exchange.sent",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize("role", ["jt-510521", "jt-510521.exchange"])
async def test_evidence_is_not_changed_by_any_role(databases, statement, role):
    connection = await asyncpg.connect(as_role(await databases.make(), role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_another_service_has_no_way_in(databases):
    connection = await asyncpg.connect(as_role(await databases.make(), "jt-510521.cases"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM exchange.inbox")
    finally:
        await connection.close()


async def test_the_service_that_writes_proofs_reads_the_evidence_and_changes_nothing(databases):
    database = await databases.make()
    await admit_readers(databases.admin(database), ["jt-510521.transfer", "a role that is not there"])
    connection = await asyncpg.connect(as_role(database, "jt-510521.transfer"))
    try:
        for table in ("sent", "inbox", "registry"):
            assert await connection.fetch(f"SELECT * FROM exchange.{table}") == []
        for statement in (
            "SELECT * FROM exchange.quarantine",
            "DELETE FROM exchange.sent",
            "UPDATE exchange.sent SET salt = ''",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_exchange_works_as_its_own_role(databases):
    a, b = Party.new("jt-510521"), Party.new("ga-510521")
    dsn = as_role(await databases.make(a.id), f"{a.id}.exchange")
    async with desk(databases, a, registry(a, b), dsn=dsn) as at:
        assert await at.take(b.tell(a)) == ["RECORDED"]
