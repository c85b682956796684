"""Parked events: what a reader could not handle and put aside, so that other matters go on.

    PARKED ──attempt fails──▶ PARKED (attempts + 1, later) ──handled, or a person says so──▶ RESOLVED

Promise   parking shares the reader's transaction with its checkpoint: an event is handled, parked, or read again.
Not       the order within a matter by itself: the reader asks `blocked` and parks later events of such a matter too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.kernel.ledger.events import Event

PARK = """
INSERT INTO ledger.parked (reader, version, position, matter_id, event_id, reason, next_attempt_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (reader, version, position) DO NOTHING
"""

BLOCKED = "SELECT DISTINCT matter_id FROM ledger.parked WHERE reader = $1 AND version = $2 AND resolved_at IS NULL"

# Of each matter only the first: what lies behind it waits.
DUE = """
SELECT reader, version, position, matter_id, event_id, reason, attempts, next_attempt_at, parked_at, resolved_at
  FROM (
  SELECT DISTINCT ON (matter_id) * FROM ledger.parked
   WHERE reader = $1 AND version = $2 AND resolved_at IS NULL ORDER BY matter_id, position) first
 WHERE next_attempt_at <= $3 ORDER BY position LIMIT $4
"""

AGAIN = """
UPDATE ledger.parked SET attempts = attempts + 1, reason = $4, next_attempt_at = $5
 WHERE reader = $1 AND version = $2 AND position = $3 AND resolved_at IS NULL
"""

RESOLVE = """
UPDATE ledger.parked SET resolved_at = clock_timestamp()
 WHERE reader = $1 AND version = $2 AND position = $3 AND resolved_at IS NULL
"""

UNRESOLVED = """
SELECT reader, version, position, matter_id, event_id, reason, attempts, next_attempt_at, parked_at, resolved_at
  FROM ledger.parked
 WHERE resolved_at IS NULL AND ($1::text IS NULL OR reader = $1) ORDER BY reader, version, position LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Parked:
    """One event put aside by one reader."""

    reader: str
    version: int
    position: int
    matter_id: UUID
    """Later events of the matter wait behind the first."""
    event_id: UUID
    reason: str
    attempts: int
    next_attempt_at: datetime | None
    """None: it waits for a person."""
    parked_at: datetime
    resolved_at: datetime | None


async def park(
    connection: asyncpg.Connection,
    reader: str,
    version: int,
    event: Event,
    *,
    reason: str,
    next_attempt_at: datetime | None,
    matter_id: UUID | None = None,
) -> None:
    """Put an event aside, in the transaction that moves the checkpoint past it.

    Args:
        matter_id: what later events wait behind, by the reader's own rule; the correlation id when it has none.
    """
    await connection.execute(
        PARK,
        reader,
        version,
        event.position,
        matter_id or event.correlation_id,
        event.event_id,
        reason,
        next_attempt_at,
    )


async def blocked(connection: asyncpg.Connection, reader: str, version: int) -> set[UUID]:
    """Matters of which the reader has parked an event that is not resolved."""
    return {row[0] for row in await connection.fetch(BLOCKED, reader, version)}


async def due(connection: asyncpg.Connection, reader: str, version: int, now: datetime, limit: int) -> list[Parked]:
    """Events to try again by `now`, oldest first; of each matter at most the first."""
    return [Parked(*row) for row in await connection.fetch(DUE, reader, version, now, limit)]


async def again(connection: asyncpg.Connection, parked: Parked, reason: str, next_attempt_at: datetime | None) -> None:
    """An attempt failed: count it and say when the next one is."""
    await connection.execute(AGAIN, parked.reader, parked.version, parked.position, reason, next_attempt_at)


async def resolve(connection: asyncpg.Connection, reader: str, version: int, position: int) -> bool:
    """Take an event back; in the transaction of its effect when it was handled. False when it was resolved before."""
    status: str = await connection.execute(RESOLVE, reader, version, position)
    return status == "UPDATE 1"


async def unresolved(connection: asyncpg.Connection, reader: str | None = None, limit: int = 1000) -> Sequence[Parked]:
    """What is parked, of one reader or of all."""
    return [Parked(*row) for row in await connection.fetch(UNRESOLVED, reader, limit)]
