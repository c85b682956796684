"""Whether anything is still under way between the authorities: the story moves time only when nothing is.

So what the ledgers say depends on the story, not on how fast messages were or how long a killed node took to come
back. Under way is: an own shared event without its envelope, an envelope without its receipt, a feed that no platform
has stored, an event that a policy or a clock has yet to look at, a parked event, a clock that is over and not missed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from enforcement.options.v1 import options_pb2 as options

from deploy.local.cluster import Cluster
from deploy.local.story.ledgers import database
from services.kernel.authority import Authority
from services.kernel.messages import message_class
from services.node.composition import SERVICES

RECEIVED: Final = "received"
_EVENTS: Final = """
SELECT e.position, e.type, s.category FROM ledger.event e JOIN ledger.stream s USING (stream_id)
WHERE e.position > $1 ORDER BY e.position
"""
_WAITING: Final = {
    "envelopes without receipt": "SELECT count(*) FROM exchange.sent WHERE receipt IS NULL AND recipient <> 'feed'",
    "envelopes held": "SELECT count(*) FROM exchange.held",
    "parked events": "SELECT count(*) FROM ledger.parked WHERE resolved_at IS NULL",
}
_OVER: Final = "SELECT count(*) FROM deadline.clock WHERE status = 'RUNNING' AND NOT provisional AND over_at <= $1"
_FED: Final = "SELECT seq FROM exchange.chain WHERE sender = $1 AND recipient = 'feed'"


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is under way at one authority."""

    head: int
    """Last position of its ledger."""
    fed: int
    """Last place of its feed."""
    pending: Mapping[str, int]
    """How much of what; empty when all is quiet."""


async def pulse(cluster: Cluster, authority_id: str, now: datetime) -> Pulse:
    """What is under way at an authority when its clock shows `now`."""
    readers = readers_of(authority_id)
    async with (
        database(cluster, authority_id) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        head = await connection.fetchval("SELECT position FROM ledger.head")
        rows = await connection.fetch("SELECT reader, max(position) AS position FROM ledger.checkpoint GROUP BY reader")
        seen = {row["reader"]: row["position"] for row in rows}
        events = await connection.fetch(_EVENTS, min((seen.get(reader, 0) for reader in readers), default=0))
        waiting = {what: await connection.fetchval(query) for what, query in _WAITING.items()}
        waiting["clocks that are over"] = await connection.fetchval(_OVER, now)
        fed = await connection.fetchval(_FED, authority_id)
    unseen = {
        reader: sum(1 for event in events if event["position"] > seen.get(reader, 0) and _concerns(types, event))
        for reader, types in readers.items()
    }
    return Pulse(head, fed or 0, {what: count for what, count in (waiting | unseen).items() if count})


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
