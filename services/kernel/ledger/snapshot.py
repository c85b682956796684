"""Snapshots: a stream's state at a version, so that a long stream need not be replayed from its start.

Promise   a snapshot of another state schema is not given out; losing all snapshots loses nothing.
Not       part of the append: whoever has replayed a long stream writes it afterwards, off the officer's path.
"""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

READ = "SELECT version, state FROM ledger.snapshot WHERE stream_id = $1 AND state_schema = $2"

WRITE = """
INSERT INTO ledger.snapshot AS s (stream_id, version, state_schema, state) VALUES ($1, $2, $3, $4)
ON CONFLICT (stream_id) DO UPDATE
   SET version = excluded.version, state_schema = excluded.state_schema, state = excluded.state
 WHERE s.version < excluded.version OR s.state_schema <> excluded.state_schema
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state after the event of `version`."""

    version: int
    state: bytes


async def read_snapshot(connection: asyncpg.Connection, stream_id: UUID, state_schema: str) -> Snapshot | None:
    """The stream's snapshot, None when there is none of this schema."""
    row = await connection.fetchrow(READ, stream_id, state_schema)
    return None if row is None else Snapshot(row["version"], row["state"])


async def write_snapshot(
    connection: asyncpg.Connection, stream_id: UUID, version: int, state_schema: str, state: bytes
) -> None:
    """Keep a snapshot, unless a later one of the same schema is there.

    Raises:
        asyncpg.InsufficientPrivilegeError: the stream's category is not this role's.
    """
    await connection.execute(WRITE, stream_id, version, state_schema, state)
