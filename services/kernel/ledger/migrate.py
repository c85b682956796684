"""Schema migrations: numbered files, applied once, in order, each in its own transaction.

    migrations/0003_pre_add_hold.sql      before the new code starts: additive, the old code goes on with it
    migrations/0004_post_drop_old.sql     after the old code has gone

Promise   a file is applied whole or not at all, once, by one process at a time; what it makes is the database owner's.
          Beside the migrations stands `schema.sql`, the truth to read; a test compares it with what they arrive at.
Not       a way back: a wrong migration is followed by a right one.
Failing   a file changed after it was applied, or a database that knows more than the files, raises Drift.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import asyncpg

from services.kernel.ledger.errors import LedgerError, unavailable_when_lost

Stage = Literal["pre", "post"]
NAME = re.compile(r"(\d{4})_(pre|post)_([a-z0-9_]+)\.sql")
LOCK = 3
"""Advisory lock of whoever migrates this database (1: append, 2: maintenance)."""

APPLIED = """
CREATE SCHEMA IF NOT EXISTS migration;
CREATE TABLE IF NOT EXISTS migration.applied (
  owner      text NOT NULL,                -- whose files: ledger, exchange, …
  number     int NOT NULL,
  name       text NOT NULL,
  digest     bytea NOT NULL,               -- SHA-256 of the file
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (owner, number)
);
"""


class Drift(LedgerError):
    """Files and database disagree about what was applied."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    number: int
    stage: Stage
    name: str
    sql: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file's text."""
        return sha256(self.sql.encode()).digest()


@dataclass(frozen=True, slots=True)
class Migrations:
    """The files of one owner."""

    owner: str
    folder: Path

    def files(self) -> list[Migration]:
        """In order of their numbers.

        Raises:
            Drift: a name that does not follow NNNN_{pre,post}_name.sql, or a number that is missing or there twice.
        """
        found = []
        for path in sorted(self.folder.glob("*.sql")):
            match = NAME.fullmatch(path.name)
            if match is None:
                raise Drift(f"{path.name}: a migration is named NNNN_pre_name.sql or NNNN_post_name.sql")
            stage: Stage = "pre" if match[2] == "pre" else "post"
            found.append(Migration(int(match[1]), stage, match[3], path.read_text(encoding="utf-8")))
        if [migration.number for migration in found] != list(range(1, len(found) + 1)):
            raise Drift(f"{self.owner}: the numbers of the migrations are not 1 to {len(found)}")
        return found


LEDGER = Migrations("ledger", Path(__file__).with_name("migrations"))


async def migrate(dsn: str, *sets: Migrations, stages: Sequence[Stage] = ("pre", "post")) -> list[str]:
    """Apply what is missing of `sets` (default: the ledger's), and answer the names applied.

    `dsn` is an administrator's, or of any role that may become the database's owner. With `stages=("pre",)` it stops
    before the first file of the other stage.

    Raises:
        Drift: a file changed after it was applied, or the database is ahead of the files.
        Unavailable: PostgreSQL is not reachable, or another migration has held the lock for a minute.
    """
    done: list[str] = []
    with unavailable_when_lost():
        connection = await asyncpg.connect(dsn, timeout=10, server_settings={"lock_timeout": "60s"})
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
            owner = await connection.fetchval(
                "SELECT quote_ident(pg_get_userbyid(datdba)) FROM pg_database WHERE datname = current_database()"
            )
            await connection.execute(f"SET ROLE {owner}")
            await connection.execute(APPLIED)
            for migrations in sets or (LEDGER,):
                for migration in await _missing(connection, migrations):
                    if migration.stage not in stages:
                        break
                    async with connection.transaction():
                        await connection.execute(migration.sql)
                        await connection.execute(
                            "INSERT INTO migration.applied (owner, number, name, digest) VALUES ($1, $2, $3, $4)",
                            migrations.owner,
                            migration.number,
                            migration.name,
                            migration.digest,
                        )
                    done.append(f"{migrations.owner} {migration.number:04} {migration.name}")
        finally:
            await connection.close(timeout=5)
    return done


async def _missing(connection: asyncpg.Connection, migrations: Migrations) -> list[Migration]:
    rows = await connection.fetch("SELECT number, digest FROM migration.applied WHERE owner = $1", migrations.owner)
    applied = {row["number"]: row["digest"] for row in rows}
    files = migrations.files()
    if len(applied) > len(files):
        raise Drift(f"{migrations.owner}: the database has migration {max(applied)}, the files end at {len(files)}")
    for migration in files:
        if migration.number in applied and applied[migration.number] != migration.digest:
            raise Drift(f"{migrations.owner}: migration {migration.number:04} was changed after it was applied")
    return [migration for migration in files if migration.number not in applied]
