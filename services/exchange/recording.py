"""The transaction that makes a judged page true: inbox, chains, held, quarantine, receipts and ledger events.

    lock the chains' ends ─▶ as judged? ─▶ inbox ─▶ chain ─▶ held, repeats, evidence ─▶ ledger events ─▶ commit
                                └─ no: Moved, nothing was written

Promise   an envelope's ledger event, inbox row, receipt and the chain's end are one transaction. Evidence is kept once
          per distinct value and reason, with how often it came.
Bounds    held_envelopes_max per sender, what is beyond it is left out and pulled later; quarantine_bytes_max, beyond it
          digests and counts are kept without the bytes.
Failing   whatever raises: nothing of the page happened.
Owns      the counters of what is held and quarantined. Shown by tests/faults/test_exchange_killed.py (every step)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb

from services.exchange.entries import Entry
from services.exchange.held import Held
from services.exchange.lookup import ENDS, Knowledge, Lookup
from services.exchange.notes import Answer
from services.exchange.office import Office, stream_of
from services.exchange.outcomes import Conflicting, End, KnownEnvelope, Record
from services.exchange.page import Page
from services.exchange.quarantine import Fresh, Quarantine
from services.kernel.envelopes.codec import Receipted, instant
from services.kernel.ledger import Append
from services.kernel.messages import to_timestamp
from services.kernel.telemetry import Log, Metrics

__all__ = ["Done", "Moved", "Recorder"]

log = Log(__name__)

LOCK_ENDS = ENDS + " ORDER BY sender FOR UPDATE"

TAKE = """
INSERT INTO exchange.inbox (sender, env_id, epoch, seq, env_hash, event_id, registry, wire, receipt)
SELECT sender, env_id, epoch, seq, env_hash, event_id, $9, wire, receipt
  FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bytea[], $6::uuid[], $7::bytea[], $8::bytea[])
       AS t (sender, env_id, epoch, seq, env_hash, event_id, wire, receipt)
"""

MOVE = """
UPDATE exchange.chain c SET epoch = m.epoch, seq = m.seq, hash = m.hash
  FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bytea[]) AS m (sender, epoch, seq, hash)
 WHERE c.sender = m.sender AND c.recipient = $1
"""

STOP = """
UPDATE exchange.chain c SET stopped = s.code
  FROM unnest($2::text[], $3::text[]) AS s (sender, code)
 WHERE c.sender = s.sender AND c.recipient = $1 AND c.stopped IS NULL
"""

REPEAT = """
UPDATE exchange.inbox i
   SET repeats = i.repeats + r.times, answered_at = CASE WHEN r.again THEN NULL ELSE i.answered_at END
  FROM unnest($1::text[], $2::uuid[], $3::int[], $4::bool[]) AS r (sender, env_id, times, again)
 WHERE i.sender = r.sender AND i.env_id = r.env_id
"""

RECEIPTED = """
UPDATE exchange.sent s SET receipt = r.receipt
  FROM unnest($1::bytea[], $2::bytea[]) AS r (env_hash, receipt)
 WHERE s.env_hash = r.env_hash AND s.receipt IS NULL RETURNING s.env_hash
"""


class Moved(Exception):
    """A chain's end is not where the page was judged: another process took part of it."""


@dataclass(slots=True)
class Done:
    """What a transaction did."""

    answers: list[Answer]
    conflicts: list[Conflicting]
    held: Counter[str] = field(default_factory=Counter)
    pull: set[str] = field(default_factory=set)
    """Senders of whom something was left out."""
    quarantined: Fresh = field(default_factory=Fresh)


class Recorder:
    """Writes judged pages. One caller at a time; other processes wait at the chains' rows."""

    def __init__(self, office: Office, lookup: Lookup, step: Callable[[str], None]) -> None:
        self._office = office
        self._lookup = lookup
        self.step = step
        """Called between the steps of the transaction: tests cut it there."""
        self._held = Held(office)
        self._quarantine = Quarantine(office)

    async def start(self) -> None:
        """Reads the counters."""
        async with self._office.ledger.connection() as connection:
            await self._held.start(connection)
            await self._quarantine.start(connection)

    @property
    def held(self) -> dict[str, int]:
        """How many envelopes are held, by sender; a sender without any is not in it."""
        return self._held.counts

    async def record(self, page: Page, entries: Sequence[Entry], known: Knowledge) -> Done:
        """Writes what the judgement calls for, all or nothing.

        Raises:
            Moved: a chain's end is not where the page was judged; judge it again.
            Unavailable: PostgreSQL is lost.
        """
        office = self._office
        answers = [
            Answer(entry.taken.told.header.sender, UUID(bytes=entry.taken.told.header.env_id), entry.receipt)
            for entry in entries
        ]
        done = Done(answers, list(page.conflicts))
        appends: list[Append] = [entry.append for entry in entries]
        async with office.ledger.transaction() as connection:
            if known.ends:
                rows = await connection.fetch(LOCK_ENDS, office.me, sorted(known.ends))
                if self._lookup.ends(rows) != known.ends:
                    raise Moved
            self.step("locked")
            if entries:
                await self._write_inbox(connection, entries)
            self.step("inbox")
            await self._move(connection, page)
            self.step("chain")
            if page.early:
                change = await self._held.keep(connection, page.early)
                done.held.update(change.counts)
                done.conflicts += change.conflicts
                done.pull |= change.pull
            done.held.subtract(await self._held.let_go(connection, page))
            if page.repeats:
                await self._repeat(connection, page.repeats, done)
            if page.faulty or done.conflicts:
                done.quarantined = await self._quarantine.keep(connection, page.faulty, done.conflicts)
                new = {each.key: each for each in done.conflicts if each.key in done.quarantined.keys}
                appends += [self._conflict_event(conflict, known.ends) for conflict in new.values()]
            if page.receipts:
                appends += await self._write_receipts(connection, page, known)
            self.step("evidence")
            if appends:
                for outcome in await office.ledger.append_in(connection, appends):
                    outcome.appended()
            self.step("appended")
        self.step("committed")
        self._quarantine.count(done.quarantined)
        self._held.count(done.held)
        return done

    async def _move(self, connection: Any, page: Page) -> None:
        if page.ends:
            links = list(page.ends.values())
            status = await connection.execute(
                MOVE,
                self._office.me,
                list(page.ends),
                [link.epoch for link in links],
                [link.seq for link in links],
                [link.hash for link in links],
            )
            if status != f"UPDATE {len(links)}":
                raise RuntimeError(f"chains are missing: {status} of {len(links)}")
        if page.stopped:
            codes = [code.value for code in page.stopped.values()]
            await connection.execute(STOP, self._office.me, list(page.stopped), codes)

    async def _write_inbox(self, connection: Any, entries: Sequence[Entry]) -> None:
        headers = [entry.taken.told.header for entry in entries]
        await connection.execute(
            TAKE,
            [header.sender for header in headers],
            [UUID(bytes=header.env_id) for header in headers],
            [header.epoch for header in headers],
            [header.seq for header in headers],
            [entry.taken.told.env_hash for entry in entries],
            [entry.event_id for entry in entries],
            [entry.taken.record.wire for entry in entries],
            [entry.receipt for entry in entries],
            self._office.registry.digest,
        )

    async def _repeat(
        self, connection: Any, repeats: Sequence[tuple[Record, KnownEnvelope | None]], done: Done
    ) -> None:
        known = {(row.sender, row.env_id): row for _, row in repeats if row is not None}
        times = Counter((row.sender, row.env_id) for _, row in repeats if row is not None)
        if not known:
            return
        await connection.execute(
            REPEAT,
            [row.sender for row in known.values()],
            [UUID(bytes=row.env_id) for row in known.values()],
            [times[key] for key in known],
            [row.answer_again for row in known.values()],
        )
        done.answers += [
            Answer(row.sender, UUID(bytes=row.env_id), row.receipt) for row in known.values() if row.answer_again
        ]

    def _conflict_event(self, conflict: Conflicting, ends: dict[str, End]) -> Append:
        end = ends.get(conflict.sender, End()).link
        stream = stream_of("conflict", conflict.record.digest, conflict.code.value)
        event = pb.ChainConflict(
            conflict_id=str(stream),
            sender_id=conflict.sender,
            recipient_id=conflict.recipient,
            code=conflict.code.value,
            epoch=conflict.epoch,
            seq=conflict.seq,
            first=_without_body(conflict.first) if conflict.first else None,
            second=_without_body(conflict.record.wire),
            end_epoch=end.epoch,
            end_seq=end.seq,
            end_hash=end.hash,
            carrier=conflict.record.way,
        )
        return self._office.own_event(event, stream)

    async def _write_receipts(self, connection: Any, page: Page, known: Knowledge) -> list[Append]:
        hashes = [sent.env_hash for _, _, sent in page.receipts]
        wires = [record.wire for record, _, _ in page.receipts]
        first = {row["env_hash"] for row in await connection.fetch(RECEIPTED, hashes, wires)}
        appends = []
        for _, receipted, sent in page.receipts:
            if sent.env_hash in first:
                appends.append(self._receipt_event(receipted, known.sent_rows[sent.env_hash]))
        return appends

    def _receipt_event(self, receipted: Receipted, row: Any) -> Append:
        receipt = receipted.receipt
        age = (self._office.wall() - row["stored_at"]).total_seconds()
        Metrics.RECEIPT_DURATION.record(max(0.0, age), peer=receipt.issuer)
        if receipt.code:
            log.error(
                "an envelope was rejected by its recipient", peer=receipt.issuer, code=receipt.code, seq=receipt.seq
            )
        event = pb.ReceiptRecorded(
            envelope_id=str(row["env_id"]),
            recipient_id=receipt.issuer,
            epoch=receipt.epoch,
            seq=receipt.seq,
            env_hash=receipt.env_hash,
            type=row["type"],
            source_event_id=str(row["source_event"]),
            status=receipt.status,
            code=receipt.code,
            received_at=to_timestamp(instant(receipt.received_us)),
            received_event_id=str(UUID(bytes=receipt.event_id)),
            received_event_hash=receipt.event_hash,
            registry=receipt.registry,
        )
        return self._office.own_event(
            event,
            stream_of("receipt", receipt.env_hash),
            correlation_id=row["correlation_id"],
            causation_id=row["source_event"],
        )


def _without_body(wire: bytes) -> wire_pb.Envelope:
    envelope = wire_pb.Envelope.FromString(wire)
    envelope.ClearField("body")
    return envelope
