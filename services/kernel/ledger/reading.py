"""Reads: one stream, a stretch of the log, what became of a command.

Promise   commit order is position order and each page is one statement, so a page lacks nothing: no transaction that
          commits later can fill a place before its end.
Not       a page for ever: `high` is what was committed when it was read.
Bounds    `limit` events a page; a filtered read examines `window` positions at most and says how far it came.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.kernel.ledger.errors import Hole
from services.kernel.ledger.events import CommandAnswer, Event, Page, Stream, events_of

HEAD = "SELECT position FROM ledger.head"

# The columns of Event, in its order.
FEED = """
SELECT position, stream_id, version, event_id, type, schema_version, recorded_at, correlation_id, causation_id,
       traceparent, meta, body, hash
  FROM ledger.event WHERE position > $1 ORDER BY position LIMIT $2
"""

FILTERED = """
SELECT e.position, e.stream_id, e.version, e.event_id, e.type, e.schema_version, e.recorded_at, e.correlation_id,
       e.causation_id, e.traceparent, e.meta, e.body, e.hash
  FROM ledger.event e
 WHERE e.position > $1 AND e.position <= $2
   AND ($3::text[] IS NULL OR e.type = ANY ($3))
   AND ($4::text IS NULL OR EXISTS (SELECT FROM ledger.stream s WHERE s.stream_id = e.stream_id AND s.category = $4))
 ORDER BY e.position LIMIT $5
"""

# OFFSET 0 keeps the inner query by itself: it then begins at the stream's first position and leaves older partitions
# untouched, which a plain join does not.
STREAM = """
SELECT s.category, s.version, e.*
  FROM ledger.stream s
  LEFT JOIN LATERAL (
    SELECT position, stream_id, version, event_id, type, schema_version, recorded_at, correlation_id, causation_id,
           traceparent, meta, body, hash
      FROM ledger.event
     WHERE stream_id = s.stream_id AND version > $2 AND position >= s.first_position
     ORDER BY version OFFSET 0) e ON true
 WHERE s.stream_id = $1
"""

COMMAND = "SELECT digest, stream_id, version, position FROM ledger.command WHERE command_id = $1"


async def head(connection: asyncpg.Connection) -> int:
    """The last position given out and committed."""
    position: int = await connection.fetchval(HEAD)
    return position


def expect_dense(events: Sequence[Event], after: int) -> None:
    """Raises Hole unless `events`, in order, follow `after` without a gap."""
    if events and events[-1].position - after != len(events):
        expected = after
        for event in events:
            expected += 1
            if event.position != expected:
                raise Hole(f"position {expected} is missing, the next one is {event.position}")


async def read(connection: asyncpg.Connection, after: int, limit: int) -> Page:
    """The next events after a position, all of them.

    Raises:
        Hole: a position is missing.
    """
    events = events_of(await connection.fetch(FEED, after, limit))
    expect_dense(events, after)
    examined = events[-1].position if events else after
    return Page(events, examined, examined if len(events) < limit else await head(connection))


async def read_filtered(
    connection: asyncpg.Connection,
    after: int,
    limit: int,
    *,
    types: Sequence[str] | None,
    category: str | None,
    window: int,
) -> Page:
    """The next events of some types or a category; `examined` moves on also when none was found."""
    high = await head(connection)
    until = min(high, after + window)
    rows = await connection.fetch(FILTERED, after, until, None if types is None else list(types), category, limit)
    events = events_of(rows)
    return Page(events, events[-1].position if len(events) == limit else max(until, after), max(high, after))


async def read_stream(connection: asyncpg.Connection, stream_id: UUID, after_version: int) -> Stream:
    """One stream after a version, of one snapshot.

    Raises:
        Hole: the stream lacks a version.
    """
    rows = await connection.fetch(STREAM, stream_id, after_version)
    if not rows:
        return Stream(stream_id, None, 0, [])
    category, version = rows[0][0], rows[0][1]
    events = events_of(row[2:] for row in rows) if version > after_version else []
    if events and (len(events) != version - after_version or events[-1].version != version):
        raise Hole(f"stream {stream_id} has {len(events)} events after version {after_version} of {version}")
    return Stream(stream_id, category, version, events)


async def command(connection: asyncpg.Connection, command_id: UUID) -> CommandAnswer | None:
    """The answer a command got, None when it is not known."""
    row = await connection.fetchrow(COMMAND, command_id)
    return CommandAnswer(*row) if row is not None else None
