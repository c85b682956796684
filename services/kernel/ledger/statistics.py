"""What is in a ledger, in numbers, without reading the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

HEAD = "SELECT position, epoch, recorded_at FROM ledger.head"

CATEGORIES = "SELECT category, count(*), sum(version) FROM ledger.stream GROUP BY category ORDER BY category"

SIZE = """
SELECT count(*) FILTER (WHERE i.inhparent = 'ledger.event'::regclass),
       count(*) FILTER (WHERE i.inhparent = 'ledger.command'::regclass),
       coalesce(sum(pg_total_relation_size(i.inhrelid)), 0)::bigint
  FROM pg_inherits i WHERE i.inhparent IN ('ledger.event'::regclass, 'ledger.command'::regclass)
"""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of one ledger at one moment."""

    position: int
    epoch: int
    recorded_at: datetime
    streams: Mapping[str, int]
    """Streams by category."""
    events: Mapping[str, int]
    """Events by category."""
    event_partitions: int
    command_partitions: int
    bytes: int
    """Events and commands on disk, indexes included."""


async def statistics(connection: asyncpg.Connection) -> Statistics:
    """The ledger's figures, of one snapshot."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        position, epoch, recorded_at = await connection.fetchrow(HEAD)
        categories = await connection.fetch(CATEGORIES)
        event_partitions, command_partitions, size = await connection.fetchrow(SIZE)
    streams = {name: count for name, count, _ in categories}
    events = {name: total for name, _, total in categories}
    return Statistics(position, epoch, recorded_at, streams, events, event_partitions, command_partitions, size)
