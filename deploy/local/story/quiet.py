"""Whether anything is still under way between the authorities: the story moves time only when nothing is.

So what the ledgers say depends on the story, not on how fast messages were or how long a killed node took to come
back. Under way is: an own shared event without its envelope, an envelope without its receipt, a feed that no platform
has stored, an event that a policy or a clock has yet to look at, a parked event, a clock that is over and not missed.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

import asyncpg
from enforcement.options.v1 import options_pb2 as options

from deploy.local.cluster import Cluster
from services.kernel.authority import Authority
from services.kernel.messages import message_class
from services.node.composition import SERVICES

RECEIVED: Final = "received"
CONNECT_SECONDS: Final = 10.0
_STATE: Final = """
SELECT (SELECT position FROM ledger.head) AS head,
       (SELECT seq FROM exchange.chain WHERE sender = $1 AND recipient = 'feed') AS fed,
       (SELECT json_object_agg(reader, position) FROM
          (SELECT reader, max(position) AS position FROM ledger.checkpoint GROUP BY reader) AS newest) AS seen,
       (SELECT count(*) FROM exchange.sent WHERE receipt IS NULL AND recipient <> 'feed') AS without_receipt,
       (SELECT count(*) FROM exchange.held) AS held,
       (SELECT count(*) FROM ledger.parked WHERE resolved_at IS NULL) AS parked,
       (SELECT count(*) FROM deadline.clock WHERE status = 'RUNNING' AND NOT provisional AND over_at <= $2) AS over
"""
_EVENTS: Final = """
SELECT e.position, e.type, s.category FROM ledger.event e JOIN ledger.stream s USING (stream_id)
WHERE e.position > $1 AND e.position <= $2 ORDER BY e.position
"""
_WAITING: Final = {
    "without_receipt": "envelopes without receipt",
    "held": "envelopes held",
    "parked": "parked events",
    "over": "clocks that are over",
}


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is under way at one authority."""

    head: int
    """Last position of its ledger."""
    fed: int
    """Last place of its feed."""
    pending: Mapping[str, int]
    """How much of what; empty when all is quiet."""


class Watch:
    """Looks at all authorities' databases, over one connection each that is kept."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._connections: dict[str, Any] = {}

    async def aclose(self) -> None:
        """Closes the connections."""
        for connection in self._connections.values():
            await connection.close()
        self._connections.clear()

    async def pulses(self, now: datetime) -> dict[str, Pulse]:
        """What is under way at each authority when its clock shows `now`."""
        ids = [each.id for each in self._cluster.layout.authorities.all]
        return dict(zip(ids, await asyncio.gather(*(self._pulse(id_, now) for id_ in ids)), strict=True))

    async def _pulse(self, authority_id: str, now: datetime) -> Pulse:
        try:
            connection = self._connections.get(authority_id)
            if connection is None or connection.is_closed():
                connection = await asyncpg.connect(self._cluster.dsn(authority_id), timeout=CONNECT_SECONDS)
                self._connections[authority_id] = connection
            return await _pulse(connection, authority_id, now)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            return Pulse(0, 0, {f"database: {type(error).__name__}": 1})


async def _pulse(connection: Any, authority_id: str, now: datetime) -> Pulse:
    readers = readers_of(authority_id)
    state = await connection.fetchrow(_STATE, authority_id, now)
    seen: dict[str, int] = json.loads(state["seen"] or "{}")
    # Events never change, so those up to the head are what the first question would have seen, too.
    first = min((seen.get(reader, 0) for reader in readers), default=0)
    events = await connection.fetch(_EVENTS, first, state["head"])
    waiting = {what: state[column] for column, what in _WAITING.items()}
    unseen = {
        reader: sum(1 for event in events if event["position"] > seen.get(reader, 0) and _concerns(types, event))
        for reader, types in readers.items()
    }
    pending = {what: count for what, count in (waiting | unseen).items() if count}
    return Pulse(state["head"], state["fed"] or 0, pending)


@cache
def readers_of(authority_id: str) -> Mapping[str, frozenset[str] | None]:
    """Readers of an authority that act on events, with the types that concern them; None stands for shared ones."""
    readers: dict[str, frozenset[str] | None] = {"exchange": None}
    for service in SERVICES[Authority(authority_id, authority_id).kind]:
        readers[f"policy.{service.name}"] = service.policy.types
        readers[f"deadline.{service.name}"] = service.deadlines.types
    return readers


def _concerns(types: Iterable[str] | None, event: Any) -> bool:
    if types is not None:
        return event["type"] in types
    return event["category"] != RECEIVED and _shared(event["type"])


@cache
def _shared(type_name: str) -> bool:
    known = message_class(type_name)
    return known is not None and known.DESCRIPTOR.GetOptions().HasExtension(options.share)
