"""Migrations: once, in order, whole or not at all, and they arrive at schema.sql."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import binaries
from services.kernel.ledger import Drift, Migrations, migrate
from services.kernel.ledger import migrate as package
from tests.support.postgres import Databases

SCHEMA = Path(package.__code__.co_filename).with_name("schema.sql")


@pytest.fixture
async def empty(databases: Databases) -> AsyncIterator[str]:
    """DSN of an empty database, as administrator."""
    async for dsn in empty_database(databases, "empty"):
        yield dsn


async def empty_database(databases: Databases, name: str) -> AsyncIterator[str]:
    server = databases.server
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
    await admin.execute(f'CREATE DATABASE "{name}"')
    yield server.dsn(name)
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


def files(folder: Path, **texts: str) -> Migrations:
    for name, text in texts.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(text)
    return Migrations("test", folder)


def structure(dsn: str) -> str:
    """The ledger's definition as pg_dump writes it."""
    dump = subprocess.run(
        [binaries() / "pg_dump", "--schema-only", "--schema=ledger", "--no-owner", dsn],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return "\n".join(line for line in dump.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


async def test_migrations_arrive_at_the_schema_file(databases: Databases, empty: str) -> None:
    await migrate(empty)
    async for other in empty_database(databases, "from_schema"):
        connection = await asyncpg.connect(other)
        await connection.execute(SCHEMA.read_text())
        await connection.close()
        assert structure(empty) == structure(other)
        assert "append_batch_v1" in structure(empty)


async def test_a_file_is_applied_once_by_one_process(empty: str, tmp_path: Path) -> None:
    migrations = files(tmp_path, m0001_pre_one="CREATE TABLE one (n int); SELECT pg_sleep(0.1)")
    done = await asyncio.gather(*(migrate(empty, migrations) for _ in range(3)))
    assert sorted(done) == [[], [], ["test 0001 one"]]


async def test_a_failing_file_leaves_nothing_and_those_before_it_stay(empty: str, tmp_path: Path) -> None:
    migrations = files(tmp_path, m0001_pre_one="CREATE TABLE one ()", m0002_pre_two="CREATE TABLE two (); SELECT 1/0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty, migrations)
    connection = await asyncpg.connect(empty)
    assert await connection.fetchval("SELECT to_regclass('one') IS NOT NULL AND to_regclass('two') IS NULL")
    await connection.close()
    (tmp_path / "0002_pre_two.sql").write_text("CREATE TABLE two ()")
    assert await migrate(empty, migrations) == ["test 0002 two"]


async def test_post_files_wait_for_their_stage(empty: str, tmp_path: Path) -> None:
    migrations = files(tmp_path, m0001_pre_one="SELECT 1", m0002_post_two="SELECT 2", m0003_pre_three="SELECT 3")
    assert await migrate(empty, migrations, stages=("pre",)) == ["test 0001 one"]
    assert await migrate(empty, migrations) == ["test 0002 two", "test 0003 three"]


async def test_a_file_changed_after_it_was_applied_is_refused(empty: str, tmp_path: Path) -> None:
    migrations = files(tmp_path, m0001_pre_one="SELECT 1")
    await migrate(empty, migrations)
    (tmp_path / "0001_pre_one.sql").write_text("SELECT 2")
    with pytest.raises(Drift, match="0001 was changed"):
        await migrate(empty, migrations)


async def test_a_database_ahead_of_the_files_is_refused(empty: str, tmp_path: Path) -> None:
    migrations = files(tmp_path, m0001_pre_one="SELECT 1", m0002_pre_two="SELECT 2")
    await migrate(empty, migrations)
    (tmp_path / "0002_pre_two.sql").unlink()
    with pytest.raises(Drift, match="files end at 1"):
        await migrate(empty, migrations)


async def test_what_a_migration_makes_belongs_to_the_databases_owner(databases: Databases, tmp_path: Path) -> None:
    dsn = databases.admin(await databases.make())
    await migrate(dsn, files(tmp_path, m0001_pre_one="CREATE SCHEMA archive CREATE TABLE kept ()"))
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT tableowner FROM pg_tables WHERE tablename = 'kept'") == "jt-510521.owner"
    await connection.close()
