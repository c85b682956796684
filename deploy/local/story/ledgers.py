"""What stands in the authorities' databases, read from outside: for looking things up.

Each read uses the authority's own role on its own database, as an operator would.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from enforcement.ledger.v1 import meta_pb2 as meta

from deploy.local.cluster import Cluster


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


async def latest(cluster: Cluster, authority_id: str, event: str) -> int:
    """Position of the latest event of a type. Raises `LookupError` when there is none."""
    async with database(cluster, authority_id) as connection:
        position = await connection.fetchval("SELECT max(position) FROM ledger.event WHERE type = $1", event)
    if position is None:
        raise LookupError(f"{authority_id} has no {event}")
    return int(position)


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


async def repeats(cluster: Cluster, authority_id: str) -> int:
    """Envelopes that arrived at an authority again, and that it recognised."""
    async with database(cluster, authority_id) as connection:
        return int(await connection.fetchval("SELECT coalesce(sum(repeats), 0) FROM exchange.inbox"))
