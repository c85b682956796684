"""Envelopes that came before their turn: kept until the chain reaches them, within a bound for each sender.

Bounds    held_envelopes_max of one sender; beyond it they are left out and pulled again: late, not lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from enforcement.exchange.v1 import envelope_pb2 as wire_pb

from services.exchange.office import Office
from services.exchange.outcomes import Conflicting, Early, Record
from services.exchange.page import Page
from services.kernel.envelopes.codec import envelope_hash
from services.kernel.envelopes.verdicts import Code

HELD_COUNTS = "SELECT sender, count(*) FROM exchange.held WHERE recipient = $1 GROUP BY sender"

HOLD = """
INSERT INTO exchange.held (sender, recipient, epoch, seq, env_hash, carrier, wire)
SELECT sender, $2, epoch, seq, env_hash, carrier, wire
  FROM unnest($1::text[], $3::bigint[], $4::bigint[], $5::bytea[], $6::text[], $7::bytea[])
       AS h (sender, epoch, seq, env_hash, carrier, wire)
ON CONFLICT DO NOTHING RETURNING sender
"""

HELD_TWINS = """
SELECT h.sender, h.epoch, h.seq, h.env_hash, h.wire
  FROM unnest($1::text[], $3::bigint[], $4::bigint[]) AS e (sender, epoch, seq)
  JOIN exchange.held h ON h.sender = e.sender AND h.recipient = $2 AND h.epoch = e.epoch AND h.seq = e.seq
"""

LET_GO = """
DELETE FROM exchange.held h USING unnest($2::bytea[]) AS d (env_hash)
 WHERE h.recipient = $1 AND h.env_hash = d.env_hash RETURNING h.sender
"""


@dataclass(slots=True)
class Change:
    """What keeping a page's early ones did."""

    counts: Counter[str] = field(default_factory=Counter)
    """Kept, by sender."""
    conflicts: list[Conflicting] = field(default_factory=list)
    pull: set[str] = field(default_factory=set)
    """Senders of whom something was left out."""


class Held:
    """The envelopes that are held."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.counts: dict[str, int] = {}
        """How many, by sender; a sender without any is not in it."""

    async def start(self, connection: Any) -> None:
        """Reads the counts."""
        self.counts = dict(await connection.fetch(HELD_COUNTS, self._office.me))

    async def keep(self, connection: Any, early: Sequence[Early]) -> Change:
        """Keeps what came early, within the bound; a place that holds another envelope already is a contradiction."""
        change = Change()
        room: list[Early] = []
        counts = dict(self.counts)
        for each in early:
            if each.record.held:
                continue
            if counts.get(each.sender, 0) < self._office.settings.held_envelopes_max:
                counts[each.sender] = counts.get(each.sender, 0) + 1
                room.append(each)
            else:
                change.pull.add(each.sender)
        if not room:
            return change
        senders = [each.sender for each in room]
        epochs = [each.epoch for each in room]
        seqs = [each.seq for each in room]
        twins = {
            (row["sender"], row["epoch"], row["seq"]): row
            for row in await connection.fetch(HELD_TWINS, senders, self._office.me, epochs, seqs)
        }
        stored = await connection.fetch(
            HOLD,
            senders,
            self._office.me,
            epochs,
            seqs,
            [each.env_hash for each in room],
            [each.record.way for each in room],
            [each.record.wire for each in room],
        )
        change.counts.update(row["sender"] for row in stored)
        for each in room:
            twin = twins.get((each.sender, each.epoch, each.seq))
            if twin is not None and twin["env_hash"] != each.env_hash:
                code = Code.ENVELOPE_EQUIVOCATION
                change.conflicts.append(
                    Conflicting(
                        each.record, code, each.sender, self._office.me, each.epoch, each.seq, first=twin["wire"]
                    )
                )
        return change

    async def let_go(self, connection: Any, page: Page) -> Counter[str]:
        """Removes what was held and has had its turn; how many, by sender."""
        if not self.counts:
            return Counter()
        hashes = [each.told.env_hash for each in page.taken]
        hashes += [known.env_hash for _, known in page.repeats if known]
        judged = [each.record for each in page.conflicts] + [each.record for each in page.faulty]
        hashes += [_hash_of(record) for record in judged if record.held]
        if not hashes:
            return Counter()
        return Counter(row["sender"] for row in await connection.fetch(LET_GO, self._office.me, hashes))

    def count(self, change: Counter[str]) -> None:
        """Takes over what a committed transaction changed."""
        for sender, more in change.items():
            self.counts[sender] = self.counts.get(sender, 0) + more
            if self.counts[sender] <= 0:
                del self.counts[sender]


def _hash_of(record: Record) -> bytes:
    return envelope_hash(wire_pb.Envelope.FromString(record.wire).header)
