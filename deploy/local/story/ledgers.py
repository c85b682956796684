"""What stands in the authorities' databases, read from outside: for waiting, for comparing, for searching.

Each read uses the authority's own role on its own database, as an operator would.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
from enforcement.ledger.v1 import meta_pb2 as meta

from deploy.local.cluster import Cluster

BOOKKEEPING: Final = frozenset({"exchange", "kernel"})
"""Categories that hold no domain content: receipts, audit and node facts, of which a retry may leave more than one."""
RECEIVED: Final = "received"


@asynccontextmanager
async def database(cluster: Cluster, authority_id: str) -> AsyncIterator[Any]:
    """A connection to an authority's database, as its node."""
    connection = await asyncpg.connect(cluster.dsn(authority_id), timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Told:
    """A received event: where it stands here, and the envelope that brought it."""

    position: int
    env_hash: bytes


async def told(cluster: Cluster, authority_id: str, event: str, sender: str) -> Told:
    """The latest event of a type that a sender told an authority. Raises `LookupError` when there is none."""
    async with database(cluster, authority_id) as connection:
        rows = await connection.fetch(
            "SELECT position, meta FROM ledger.event WHERE type = $1 ORDER BY position DESC", event
        )
    for row in rows:
        origin = meta.Meta.FromString(row["meta"]).origin
        if origin.authority == sender:
            return Told(row["position"], origin.env_hash)
    raise LookupError(f"{authority_id} was told no {event} by {sender}")


async def positions(
    cluster: Cluster, authority_id: str, command_ids: Sequence[str]
) -> dict[str, list[tuple[int, str]]]:
    """Position and type of each event that commands wrote, by command id."""
    async with database(cluster, authority_id) as connection:
        rows = await connection.fetch(
            """SELECT causation_id, position, type FROM ledger.event
               WHERE causation_id = ANY ($1::uuid[]) ORDER BY position""",
            command_ids,
        )
    written: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        written.setdefault(str(row["causation_id"]), []).append((row["position"], row["type"]))
    return written


@dataclass(frozen=True, slots=True)
class Pulse:
    """How far an authority's readers are."""

    head: int
    behind: Mapping[str, int]
    """By reader, of those that have not seen the head."""
    unanswered: int
    """Envelopes without a receipt."""
    fed: int
    """Last place of its feed."""

    @property
    def quiet(self) -> bool:
        """Nothing is under way here."""
        return not self.behind and not self.unanswered


async def pulse(cluster: Cluster, authority_id: str) -> Pulse:
    """How far an authority's readers are now."""
    async with (
        database(cluster, authority_id) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        head = await connection.fetchval("SELECT position FROM ledger.head")
        lag = await connection.fetch("SELECT reader, behind FROM ledger.lag WHERE alive AND behind > 0")
        unanswered = await connection.fetchval(
            "SELECT count(*) FROM exchange.sent WHERE receipt IS NULL AND recipient <> 'feed'"
        )
        fed = await connection.fetchval(
            "SELECT seq FROM exchange.chain WHERE sender = $1 AND recipient = 'feed'", authority_id
        )
    return Pulse(head, {row["reader"]: row["behind"] for row in lag}, unanswered, fed or 0)


@dataclass(frozen=True, slots=True)
class Content:
    """The domain content of one ledger: everything that officers and authorities said, nothing of how it came."""

    streams: Mapping[str, Sequence[tuple[str, int, bytes]]]
    """Own streams as "category stream": type, time of the act and body of each event, in order."""
    received: Mapping[str, Counter[tuple[str, int, bytes]]]
    """By sender: the same of each received event. Between different matters their order is no promise."""

    @property
    def events(self) -> int:
        """How many there are."""
        return sum(map(len, self.streams.values())) + sum(map(Counter.total, self.received.values()))


async def content(cluster: Cluster, authority_id: str) -> Content:
    """The domain content of an authority's ledger."""
    async with database(cluster, authority_id) as connection:
        rows = await connection.fetch(
            """SELECT s.category, e.stream_id, e.type, e.meta, e.body
               FROM ledger.event e JOIN ledger.stream s USING (stream_id) ORDER BY e.position"""
        )
    streams: dict[str, list[tuple[str, int, bytes]]] = {}
    received: dict[str, Counter[tuple[str, int, bytes]]] = {}
    for row in rows:
        if row["category"] in BOOKKEEPING:
            continue
        about = meta.Meta.FromString(row["meta"])
        fact = (row["type"], about.occurred_us, row["body"])
        if row["category"] == RECEIVED:
            received.setdefault(about.origin.authority, Counter())[fact] += 1
        else:
            streams.setdefault(f"{row['category']} {row['stream_id']}", []).append(fact)
    return Content(streams, received)


def differences(before: Content, after: Content) -> list[str]:
    """What differs between two ledgers, one line each; empty when their domain content is the same."""
    found = []
    for name in sorted(before.streams.keys() | after.streams.keys()):
        one, other = list(before.streams.get(name, ())), list(after.streams.get(name, ()))
        if one != other:
            found.append(f"{name}: {_types(one)} ≠ {_types(other)}")
    for sender in sorted(before.received.keys() | after.received.keys()):
        one_sender, other_sender = before.received.get(sender, Counter()), after.received.get(sender, Counter())
        if one_sender != other_sender:
            only = (one_sender - other_sender) + (other_sender - one_sender)
            found.append(f"received from {sender}: {_types(list(only.elements()))}")
    return found


def _types(facts: list[tuple[str, int, bytes]]) -> str:
    return ", ".join(
        f"{kind.rpartition('.')[2]}@{occurred}#{hash(body) & 0xFFFF:04x}" for kind, occurred, body in facts
    )


async def repeats(cluster: Cluster, authority_id: str) -> int:
    """Envelopes that arrived at an authority again, and that it recognised."""
    async with database(cluster, authority_id) as connection:
        return int(await connection.fetchval("SELECT coalesce(sum(repeats), 0) FROM exchange.inbox"))
