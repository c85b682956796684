"""Evidence: what was not believed, kept once for each distinct value and reason, and counted.

Bounds    quarantine_bytes_max of values; beyond it their digests are kept, and the counts go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.exchange.office import Office
from services.exchange.outcomes import Conflicting, Faulty, Record
from services.kernel.envelopes.verdicts import Code
from services.kernel.telemetry import Metrics

QUARANTINE_BYTES = "SELECT count(*), coalesce(sum(octet_length(wire)), 0)::bigint FROM exchange.quarantine"

QUARANTINE = """
INSERT INTO exchange.quarantine (digest, code, claimed, carrier, wire, times)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bigint[])
ON CONFLICT (digest, code) DO UPDATE SET times = quarantine.times + excluded.times, last_seen = clock_timestamp()
RETURNING digest, code, xmax = 0 AS fresh
"""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What came into quarantine for the first time."""

    keys: frozenset[tuple[bytes, Code]] = frozenset()
    bytes: int = 0


@dataclass(slots=True)
class _Kept:
    digest: bytes
    code: str
    claimed: str | None
    carrier: str
    wire: bytes | None
    times: int = 1


class Quarantine:
    """The values in quarantine, with their size."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._size = 0
        self._bytes = 0

    async def start(self, connection: Any) -> None:
        """Reads the size."""
        self._size, self._bytes = await connection.fetchrow(QUARANTINE_BYTES)
        Metrics.QUARANTINE_SIZE.set(self._size)

    async def keep(self, connection: Any, faulty: Iterable[Faulty], conflicts: Iterable[Conflicting]) -> Fresh:
        """Keeps evidence once per distinct value and reason; answers what is new."""
        kept: dict[tuple[bytes, Code], _Kept] = {}
        claims: list[tuple[Record, Code, str]] = [(each.record, each.code, each.claimed) for each in faulty]
        claims += [(each.record, each.code, each.sender) for each in conflicts]
        room = self._office.settings.quarantine_bytes_max - self._bytes
        for record, code, claimed in claims:
            key = (record.digest, code)
            if key in kept:
                kept[key].times += 1
                continue
            wire = record.wire if len(record.wire) <= room else None
            room -= len(wire or b"")
            kept[key] = _Kept(record.digest, code.value, claimed or None, record.way, wire)
        rows = await connection.fetch(
            QUARANTINE,
            [each.digest for each in kept.values()],
            [each.code for each in kept.values()],
            [each.claimed for each in kept.values()],
            [each.carrier for each in kept.values()],
            [each.wire for each in kept.values()],
            [each.times for each in kept.values()],
        )
        fresh = frozenset((row["digest"], Code(row["code"])) for row in rows if row["fresh"])
        return Fresh(fresh, sum(len(kept[key].wire or b"") for key in fresh))

    def count(self, fresh: Fresh) -> None:
        """Takes over what a committed transaction kept."""
        self._size += len(fresh.keys)
        self._bytes += fresh.bytes
        Metrics.QUARANTINE_SIZE.set(self._size)
