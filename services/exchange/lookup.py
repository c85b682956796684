"""What the database knows of a page before it is judged: the chains' ends, the inbox, what was sent.

Promise   what it answers was true when it was asked; the transaction compares the chains' ends again under lock.
Bounds    one query for the inbox, one for receipts, whatever the size of the page; an end that this process wrote last
          is not read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.exchange.office import Office
from services.exchange.outcomes import End, Inspected, KnownEnvelope, KnownSent, Record
from services.exchange.page import Page
from services.kernel.envelopes.codec import Link, Receipted, Told

__all__ = ["ENDS", "Knowledge", "Lookup"]

ENDS = """
SELECT sender, epoch, seq, hash, stopped FROM exchange.chain WHERE recipient = $1 AND sender = ANY ($2)
"""

# Two joins instead of one with OR: each uses its index. The bytes are read only where they are evidence.
KNOWN = """
WITH asked AS (
  SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bytea[])
           AS e (sender, env_id, epoch, seq, env_hash)
)
SELECT i.sender, i.env_id, i.epoch, i.seq, i.env_hash, CASE WHEN i.env_hash <> e.env_hash THEN i.wire END AS wire,
       i.receipt, i.answered_at IS NOT NULL AND i.answered_at < clock_timestamp() - $6::interval AS answer_again
  FROM asked e JOIN exchange.inbox i ON i.sender = e.sender AND i.env_id = e.env_id
UNION ALL
SELECT i.sender, i.env_id, i.epoch, i.seq, i.env_hash, i.wire, i.receipt, false
  FROM asked e JOIN exchange.inbox i ON i.sender = e.sender AND i.epoch = e.epoch AND i.seq = e.seq
 WHERE i.env_id <> e.env_id
"""

SENT = """
SELECT s.recipient, s.epoch, s.seq, s.env_hash, s.env_id, s.stored_at, s.receipt, s.type, s.source_event,
       s.correlation_id,
       EXISTS (SELECT FROM exchange.rewound r
                WHERE r.recipient = s.recipient AND r.epoch = s.epoch AND s.seq > r.after_seq AND s.seq <= r.last_seq)
         AS rewound
  FROM exchange.sent s WHERE s.env_hash = ANY ($1)
"""


@dataclass(slots=True)
class Knowledge:
    """What the database knew."""

    ends: dict[str, End] = field(default_factory=dict)
    known: dict[tuple[str, bytes | tuple[int, int]], KnownEnvelope] = field(default_factory=dict)
    """Inbox rows by sender and id, and by sender and place."""
    sent: dict[bytes, KnownSent] = field(default_factory=dict)
    sent_rows: dict[bytes, Any] = field(default_factory=dict)

    def known_of(self, told: Told) -> list[KnownEnvelope]:
        """The rows that share an id or a place with an envelope; the one of its id first."""
        header = told.header
        rows = (self.known.get((header.sender, key)) for key in (header.env_id, (header.epoch, header.seq)))
        return [row for row in rows if row is not None]


class Lookup:
    """Reads for a page what its judgement needs."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._end_cache: dict[str, End] = {}
        self._accepted_epochs: dict[str, int] = {}

    def accept(self, sender: str, epoch: int) -> None:
        """An operator takes a sender's new epoch."""
        self._accepted_epochs[sender] = epoch
        self.forget()

    def forget(self) -> None:
        """Somebody else may have moved a chain: its end is read again."""
        self._end_cache.clear()

    def remember(self, page: Page, known: Knowledge) -> None:
        """Where the chains end now; the locked rows are compared with it before anything is written."""
        for sender, end in known.ends.items():
            link = page.ends.get(sender, end.link)
            stopped = end.stopped or (page.stopped[sender].value if sender in page.stopped else "")
            self._end_cache[sender] = replace(end, link=link, stopped=stopped)
        for sender in page.stopped.keys() - known.ends.keys():
            self._end_cache.pop(sender, None)

    async def look(self, inspected: Sequence[tuple[Record, Inspected]]) -> Knowledge:
        """Reads what concerns these records.

        Raises:
            Unavailable: PostgreSQL is lost.
        """
        told = [what for _, what in inspected if isinstance(what, Told)]
        hashes = [what.receipt.env_hash for _, what in inspected if isinstance(what, Receipted)]
        looked = Knowledge()
        if not told and not hashes:
            return looked
        async with self._office.ledger.connection() as connection:
            if told:
                senders = sorted({each.header.sender for each in told})
                if any(sender not in self._end_cache for sender in senders):
                    self._end_cache.update(self.ends(await connection.fetch(ENDS, self._office.me, senders)))
                looked.ends = {sender: self._end_cache[sender] for sender in senders if sender in self._end_cache}
                rows = await connection.fetch(
                    KNOWN,
                    [each.header.sender for each in told],
                    [UUID(bytes=each.header.env_id) for each in told],
                    [each.header.epoch for each in told],
                    [each.header.seq for each in told],
                    [each.env_hash for each in told],
                    timedelta(seconds=self._office.settings.repeat_answer_seconds),
                )
                for row in rows:
                    sender, env_id, *rest = row
                    known = KnownEnvelope(sender, env_id.bytes, *rest)
                    looked.known[sender, known.env_id] = known
                    looked.known[sender, (known.epoch, known.seq)] = known
            if hashes:
                for row in await connection.fetch(SENT, hashes):
                    looked.sent[row["env_hash"]] = KnownSent(
                        row["recipient"],
                        row["epoch"],
                        row["seq"],
                        row["env_hash"],
                        row["stored_at"],
                        row["receipt"],
                        row["rewound"],
                    )
                    looked.sent_rows[row["env_hash"]] = row
        return looked

    def ends(self, rows: Iterable[Any]) -> dict[str, End]:
        """The ends that rows of `ENDS` state, by sender."""
        return {
            row["sender"]: End(
                Link(row["epoch"], row["seq"], row["hash"]),
                row["stopped"] or "",
                self._accepted_epochs.get(row["sender"], 0),
            )
            for row in rows
        }
