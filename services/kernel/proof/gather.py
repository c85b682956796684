"""Reads what an authority can show of a process: events of its ledger, the envelopes that told them, the receipts.

Promise   one snapshot: what is in the file was in the database at one instant. The same facts give the same file.
Not       a choice of events: whoever asks names their positions.
Needs     the right to read exchange.sent, exchange.inbox and exchange.registry beside the ledger
          (services/exchange/schema.sql, admit_reader).
Bounds    EVENTS_MAX events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, Catalogue
from services.kernel.envelopes.members import FEED
from services.kernel.proof.form import Content, Proof, Received, Record, RegistryFile, Sent

__all__ = ["EVENTS_MAX", "gather"]

EVENTS_MAX: Final = 5_000
"""Events of one process in one file; with one envelope of the largest size each it is beyond what a file may hold."""

EVENTS = """
SELECT position, stream_id, version, event_id, type, schema_version, recorded_at, correlation_id, causation_id, hash,
       meta, body
  FROM ledger.event WHERE position = ANY ($1) ORDER BY position
"""

SENT = """
SELECT position, recipient, stored_at, wire, receipt, salt FROM exchange.sent
 WHERE position = ANY ($1) ORDER BY position, recipient, epoch, seq
"""

RECEIVED = "SELECT event_id, sender, stored_at, registry, wire, receipt FROM exchange.inbox WHERE event_id = ANY ($1)"

REGISTRIES = "SELECT version, digest, file, loaded_at FROM exchange.registry ORDER BY version"


async def gather(
    connection: asyncpg.Connection,
    catalogue: Catalogue,
    positions: Sequence[int],
    *,
    authority_id: str,
    subject_id: str,
    content: Content = Content.ALL,
    for_id: str = "",
) -> Proof:
    """Reads the events at these positions and everything that was told or received with them.

    Args:
        connection: in a snapshot (REPEATABLE READ) of the authority's database.
        for_id: leaves out every envelope that another authority sent or got, and every event without one.
    """
    events = await connection.fetch(EVENTS, list(positions))
    sent = await connection.fetch(SENT, list(positions))
    received = await connection.fetch(RECEIVED, [row["event_id"] for row in events])
    registries = await connection.fetch(REGISTRIES)
    by_position = defaultdict(list)
    for row in sent:
        by_position[row["position"]].append(row)
    by_event: dict[UUID, Any] = {row["event_id"]: row for row in received}
    records = tuple(
        record
        for row in events
        if (record := _record(catalogue, row, by_position[row["position"]], by_event, content, for_id)) is not None
    )
    return Proof(authority_id, subject_id, content, for_id, _in_force(registries, records), records)


def _record(
    catalogue: Catalogue, row: Any, sent: Iterable[Any], by_event: dict[UUID, Any], content: Content, for_id: str
) -> Record | None:
    told = by_event.get(row["event_id"])
    mine = [one for one in sent if for_id in ("", one["recipient"])]
    if for_id and not mine and (told is None or told["sender"] != for_id):
        return None
    # What somebody else told is theirs to see whole; an own event has private fields, which leave only in a whole file.
    whole = content is Content.ALL or (content is Content.ONE and told is not None)
    return Record(
        position=row["position"],
        stream_id=row["stream_id"],
        version=row["version"],
        event_id=row["event_id"],
        type=row["type"],
        schema_version=row["schema_version"],
        recorded_at=row["recorded_at"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        hash=row["hash"],
        meta=row["meta"] if whole else None,
        body=row["body"] if whole else None,
        received=Received(told["sender"], told["stored_at"], told["registry"], told["wire"], told["receipt"])
        if told is not None
        else None,
        sent=tuple(_sent(catalogue, row, one, content) for one in mine),
    )


def _sent(catalogue: Catalogue, event: Any, row: Any, content: Content) -> Sent:
    opens = content is not Content.NONE and row["recipient"] != FEED
    return Sent(
        recipient=row["recipient"],
        stored_at=row["stored_at"],
        wire=row["wire"],
        receipt=row["receipt"],
        salt=row["salt"] if opens else None,
        value=catalogue.view(event["type"], event["body"], ADDRESSEE_VIEW) if opens else None,
    )


def _in_force(rows: Sequence[Any], records: Sequence[Record]) -> tuple[RegistryFile, ...]:
    """The registries that were in force at any time from the first envelope to the last event of the process."""
    instants = [envelope.stored_at for record in records for envelope in record.envelopes]
    if not instants:
        return ()
    first, last = min(instants), max([*instants, *(record.recorded_at for record in records)])
    kept = []
    for row, following in zip(rows, [*rows[1:], None], strict=False):
        ended_before = following is not None and following["loaded_at"] <= first
        if not ended_before and row["loaded_at"] <= last:
            kept.append(RegistryFile(row["version"], row["digest"], row["file"], row["loaded_at"]))
    return tuple(kept)
