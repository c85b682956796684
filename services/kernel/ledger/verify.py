"""Verify: reads the whole ledger and says where it contradicts itself.

Promise   finds every event whose stored bytes are not those that were hashed, every missing or doubled position, every
          stream whose versions have a hole, and a head, stream or command row that does not fit the events.
Not       a proof against somebody who may write the hashes too; and position and recorded_at are outside the hash.
Bounds    one read-only snapshot; pages of PAGE events; memory does not grow with the log.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from services.kernel.ledger.events import events_of, hash_of
from services.kernel.ledger.reading import FEED

PAGE = 1000
TIMEOUT_SECONDS = 3600.0
"""For one of the statements below; they read the whole log."""


class Problem(StrEnum):
    """What may be wrong."""

    HASH = "hash does not fit the stored bytes"
    HOLE = "positions are missing"
    TIME = "recorded earlier than the event before"
    HEAD = "head is not the last position"
    STREAM = "stream row and events differ"
    VERSION = "versions of the stream are not in the order of positions"
    COMMAND = "the command's answer is not in the log"


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction, where it is, and what was seen."""

    problem: Problem
    position: int | None
    stream_id: UUID | None
    detail: str


STREAMS = """
SELECT coalesce(s.stream_id, e.stream_id), s.version, s.first_position, e.events, e.last_version, e.first_position
  FROM ledger.stream s
  FULL JOIN (SELECT stream_id, count(*) AS events, max(version) AS last_version, min(position) AS first_position
               FROM ledger.event GROUP BY stream_id) e ON e.stream_id = s.stream_id
 WHERE s.version IS DISTINCT FROM e.events OR s.version IS DISTINCT FROM e.last_version
    OR s.first_position IS DISTINCT FROM e.first_position
"""

VERSIONS = """
SELECT stream_id, position, version, n FROM (
  SELECT stream_id, position, version, row_number() OVER (PARTITION BY stream_id ORDER BY position) AS n
    FROM ledger.event) e
 WHERE version <> n
"""

COMMANDS = """
SELECT c.command_id, c.stream_id, c.version, c.position
  FROM ledger.command c LEFT JOIN ledger.event e
    ON e.position = c.position AND e.stream_id = c.stream_id AND e.version = c.version
 WHERE e.position IS NULL
"""


async def verify(connection: asyncpg.Connection) -> AsyncIterator[Finding]:
    """Every contradiction, first those of single events in order, then those between tables.

    Takes the connection for itself until it ends.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = {int(TIMEOUT_SECONDS * 1000)}")
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it holds no lock others want
        last = 0
        stamp: Any = None
        async for event in _events(connection):
            if event.position != last + 1:
                yield Finding(Problem.HOLE, last + 1, None, f"{last + 1} to {event.position - 1}")
            if stamp is not None and event.recorded_at < stamp:
                yield Finding(Problem.TIME, event.position, event.stream_id, f"{event.recorded_at} after {stamp}")
            if hash_of(event) != event.hash:
                yield Finding(Problem.HASH, event.position, event.stream_id, f"{event.type}, stored {event.hash.hex()}")
            last, stamp = event.position, event.recorded_at

        head = await connection.fetchval("SELECT position FROM ledger.head")
        if head != last:
            yield Finding(Problem.HEAD, last, None, f"head {head}, last event {last}")
        for row in await connection.fetch(STREAMS, timeout=TIMEOUT_SECONDS):
            stream_id, version, first, events, last_version, first_position = row
            detail = (
                f"stream row: version {version} from {first}; events: {events}, last version {last_version}, "
                f"from {first_position}"
            )
            yield Finding(Problem.STREAM, first_position, stream_id, detail)
        for stream_id, position, version, n in await connection.fetch(VERSIONS, timeout=TIMEOUT_SECONDS):
            yield Finding(Problem.VERSION, position, stream_id, f"event {n} of the stream has version {version}")
        for command_id, stream_id, version, position in await connection.fetch(COMMANDS, timeout=TIMEOUT_SECONDS):
            yield Finding(Problem.COMMAND, position, stream_id, f"command {command_id}, version {version}")


async def _events(connection: asyncpg.Connection) -> AsyncIterator[Any]:
    after = -(1 << 62)
    while True:
        page = events_of(await connection.fetch(FEED, after, PAGE))
        for event in page:
            yield event
        if len(page) < PAGE:
            return
        after = page[-1].position
