"""Receiver: what others told becomes events of this ledger, receipts, or evidence.

    page of records ─▶ inspect (1-5) ─▶ look up ─▶ judge (6-11) ─▶ sign receipts ─▶ one transaction ─▶ receipts go out
                                          ▲                                         │ a chain moved meanwhile
                                          └─────────────────────────────────────────┘
Promise   an envelope's ledger event, inbox row, receipt and the chain's end are one transaction. The same envelope
          again gets the same receipt bytes. Nothing refused is dropped: it is in quarantine, held, or in the ledger.
Not       that a receipt arrived: the publisher repeats it. A sender that changes its mind makes a new envelope.
Bounds    page_records_max a transaction; held_envelopes_max per sender; quarantine_bytes_max; sender_rate_max.
Failing   PostgreSQL away: Unavailable, nothing of the page happened, the carrier brings it again. A page that raises
          for another reason is taken record by record, so that one cannot hold up the rest.
Owns      nothing but counters; `receive` is serialised by one lock, and by the chain's rows among processes.

step                          otherwise               receipt    chain   kept
1-3 form, key, signature      TOO_LARGE …             none       stays   quarantine
4   strict header             NOT_CANONICAL           none       stops   quarantine, ChainConflict
5   recipient, carrier        WRONG_RECIPIENT …       none       stays   quarantine
6   known                     DUPLICATE               stored     stays   repeats + 1
    contradiction             ENVELOPE_EQUIVOCATION   none       stays   quarantine, ChainConflict
7   body digest               BODY_DIGEST             none       waits   quarantine
    place                     GAP                     none       waits   held
8-11 what was signed          NOT_GRANTED …           REJECTED   moves   inbox, EnvelopeRejected
12  recorded                                          RECORDED   moves   inbox, event
Shown by tests/integration/exchange/test_attacks.py, tests/faults/test_exchange_killed.py
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb
from enforcement.ledger.v1 import meta_pb2

from services.exchange.judgement import (
    Conflicting,
    Early,
    End,
    Faulty,
    Inspected,
    Judge,
    KnownEnvelope,
    KnownSent,
    Page,
    Record,
    Taken,
)
from services.exchange.kafka import mailbox_topic
from services.exchange.limits import Rates
from services.exchange.office import RECEIVED, NoSealKey, Office, stream_of
from services.exchange.publisher import Answer
from services.kernel.envelopes.codec import (
    Ended,
    Link,
    Receipted,
    Told,
    envelope_hash,
    instant,
    make_receipt,
    microseconds,
)
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Append, LedgerError, NewEvent, Unavailable, uuid7
from services.kernel.ledger.events import ids_and_hashes
from services.kernel.ledger.ids import event_ids
from services.kernel.messages import to_timestamp
from services.kernel.telemetry import Attribute, Log, Metrics, Spans, current_traceparent, span

__all__ = ["Received", "Receiver"]

log = Log(__name__)

HELD_PAGE: Final = 500
ATTEMPTS: Final = 5
"""How often a page is judged again when another process moved one of its chains."""

ENDS = """
SELECT sender, epoch, seq, hash, stopped FROM exchange.chain WHERE recipient = $1 AND sender = ANY ($2)
"""

LOCK_ENDS = ENDS + " ORDER BY sender FOR UPDATE"

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
SELECT recipient, epoch, seq, env_hash, env_id, stored_at, receipt, type, source_event, correlation_id
  FROM exchange.sent WHERE env_hash = ANY ($1)
"""

HELD_COUNTS = "SELECT sender, count(*) FROM exchange.held WHERE recipient = $1 GROUP BY sender"

HELD_NEXT = """
SELECT EXISTS (SELECT FROM exchange.held
                WHERE sender = $1 AND recipient = $2
                  AND ((epoch = $3 AND seq = $4 + 1) OR (epoch > $3 AND seq = 1)))
"""

HELD = """
SELECT carrier, wire FROM exchange.held
 WHERE sender = $1 AND recipient = $2 AND (epoch, seq) > ($3, $4) ORDER BY epoch, seq LIMIT $5
"""

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

REPEAT = """
UPDATE exchange.inbox i
   SET repeats = i.repeats + r.times, answered_at = CASE WHEN r.again THEN NULL ELSE i.answered_at END
  FROM unnest($1::text[], $2::uuid[], $3::int[], $4::bool[]) AS r (sender, env_id, times, again)
 WHERE i.sender = r.sender AND i.env_id = r.env_id
"""

QUARANTINE = """
INSERT INTO exchange.quarantine (digest, code, claimed, carrier, wire, times)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bigint[])
ON CONFLICT (digest, code) DO UPDATE SET times = quarantine.times + excluded.times, last_seen = clock_timestamp()
RETURNING digest, code, xmax = 0 AS fresh
"""

RECEIPTED = """
UPDATE exchange.sent s SET receipt = r.receipt
  FROM unnest($1::bytea[], $2::bytea[]) AS r (env_hash, receipt)
 WHERE s.env_hash = r.env_hash AND s.receipt IS NULL RETURNING s.env_hash
"""

QUARANTINE_BYTES = "SELECT count(*), coalesce(sum(octet_length(wire)), 0)::bigint FROM exchange.quarantine"


class _Moved(Exception):
    """A chain's end is not where the page was judged: another process took part of it."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one record."""

    record: Record
    code: Code
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One envelope about to be recorded: its ledger append and its receipt, signed before the transaction."""

    taken: Taken
    append: Append
    event_id: UUID
    receipt: bytes


@dataclass(slots=True)
class _Looked:
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


@dataclass(slots=True)
class _Done:
    """What a transaction did, to be counted once it is committed."""

    answers: list[Answer]
    conflicts: list[Conflicting]
    held: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    kept_bytes: int = 0


class Receiver:
    """Records what comes, whoever brings it."""

    def __init__(
        self,
        office: Office,
        answer: Callable[[Sequence[Answer]], None],
        pull: Callable[[str], None],
        step: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Makes it; `answer` publishes receipts, `pull` is told from whom something is missing, and `step` is called
        between the steps of the transaction: tests cut it there.
        """
        self._office = office
        self._answer = answer
        self._pull = pull
        self._step = step
        self._lock = asyncio.Lock()
        self._held: dict[str, int] = {}
        self._end_cache: dict[str, End] = {}
        self._accepted_epochs: dict[str, int] = {}
        self._quarantine_bytes = 0
        self._quarantined = 0
        settings = office.settings
        self._rates = Rates(settings.sender_rate_max, settings.sender_burst_max)

    async def start(self) -> None:
        """Reads the counters, and takes up what was held when the process ended."""
        async with self._office.ledger.connection() as connection:
            self._held = dict(await connection.fetch(HELD_COUNTS, self._office.me))
            self._quarantined, self._quarantine_bytes = await connection.fetchrow(QUARANTINE_BYTES)
        Metrics.QUARANTINE_SIZE.set(self._quarantined)
        for sender in list(self._held):
            await self.take_up(sender)

    def waits_for(self, sender: str) -> bool:
        """Tells whether envelopes of a sender are held because something before them is missing."""
        return sender in self._held

    def held(self) -> Mapping[str, int]:
        """How many envelopes are held, by sender."""
        return self._held

    async def take_up(self, sender: str, accept_epoch: int = 0) -> None:
        """Tries what is held of a sender, e.g. after an operator resumed the pair or accepted a new epoch."""
        if accept_epoch:
            self._accepted_epochs[sender] = accept_epoch
            self._end_cache.clear()
        async with self._lock:
            await self._drain({sender})

    async def receive(self, records: Sequence[Record]) -> list[Received]:
        """Judges records in order and records what they call for; one outcome each, in the order of judgement.

        Raises:
            Unavailable: PostgreSQL is lost; ask again with the same records.
        """
        async with self._lock:
            moved: set[str] = set()
            outcomes = await self._receive(records, moved)
            await self._drain(moved)
            return outcomes

    # ── one page ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _receive(self, records: Sequence[Record], moved: set[str]) -> list[Received]:
        try:
            return await self._page(records, moved)
        except (LedgerError, NoSealKey):
            raise
        except Exception:
            log.exception("a page of records raised; taking them one by one", records=len(records))
        outcomes: list[Received] = []
        for record in records:
            try:
                outcomes += await self._page([record], moved)
            except (LedgerError, NoSealKey):
                raise
            except Exception:
                # A bug, met by one record: it is kept with the digest that finds it, and everybody else goes on.
                log.exception("a record cannot be judged", digest=record.digest.hex(), carrier=record.way)
                fault = Faulty(record, Code.MALFORMED, "the judgement itself failed")
                await self._store(Page(faulty=[fault]), [], _Looked())
                outcomes.append(Received(record, Code.MALFORMED, fault.detail))
        return outcomes

    async def _page(self, records: Sequence[Record], moved: set[str]) -> list[Received]:
        """Judges and stores one page; adds to `moved` the senders whose chains went on."""
        judge = self._judge()
        inspected: list[tuple[Record, Inspected]] = []
        for n, record in enumerate(records):
            if n % 16 == 15:
                await asyncio.sleep(0)
            inspected.append((record, judge.inspect(record)))
        inspected = self._within_rates(inspected)
        for _ in range(ATTEMPTS):
            page = Page()
            looked = await self._look(inspected)
            page.judge(
                judge,
                inspected,
                ends=looked.ends,
                known=looked.known_of,
                sent=looked.sent.get,
            )
            entries = [self._entry(taken) for taken in page.taken]
            try:
                outcomes = await self._store(page, entries, looked)
            except BaseException as error:
                self._end_cache.clear()
                if isinstance(error, _Moved):
                    continue
                raise
            self._remember(page, looked)
            moved.update(page.ends)
            return [outcomes[id(record)] for record in records if id(record) in outcomes]
        raise Unavailable("the chains of a page kept moving; ask again")

    def _remember(self, page: Page, looked: _Looked) -> None:
        """Where the chains end now; the locked rows are compared with it before anything is written."""
        for sender, end in looked.ends.items():
            link = page.ends.get(sender, end.link)
            stopped = end.stopped or (page.stopped[sender].value if sender in page.stopped else "")
            self._end_cache[sender] = replace(end, link=link, stopped=stopped)
        for sender in page.stopped.keys() - looked.ends.keys():
            self._end_cache.pop(sender, None)

    def _judge(self) -> Judge:
        office = self._office
        return Judge(office.me, office.registry, office.ring, office.catalogue, office.wall())

    def _within_rates(self, inspected: Iterable[tuple[Record, Inspected]]) -> list[tuple[Record, Inspected]]:
        """Leaves out what a signer sends beyond its rate; it is pulled later, at our pace."""
        kept = []
        for record, what in inspected:
            signer = what.key.member if isinstance(what, Told | Receipted | Ended) else ""
            if not signer or record.held or self._rates.take(signer):
                kept.append((record, what))
            else:
                Metrics.QUARANTINE.add(1, sender=signer, reason="RATE")
                self._pull(signer)
        return kept

    async def _look(self, inspected: Sequence[tuple[Record, Inspected]]) -> _Looked:
        told = [what for _, what in inspected if isinstance(what, Told)]
        hashes = [what.receipt.env_hash for _, what in inspected if isinstance(what, Receipted)]
        looked = _Looked()
        if not told and not hashes:
            return looked
        async with self._office.ledger.connection() as connection:
            if told:
                senders = sorted({each.header.sender for each in told})
                if any(sender not in self._end_cache for sender in senders):
                    self._end_cache.update(self._ends(await connection.fetch(ENDS, self._office.me, senders)))
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
                        row["recipient"], row["epoch"], row["seq"], row["env_hash"], row["stored_at"], row["receipt"]
                    )
                    looked.sent_rows[row["env_hash"]] = row
        return looked

    def _ends(self, rows: Iterable[Any]) -> dict[str, End]:
        return {
            row["sender"]: End(
                Link(row["epoch"], row["seq"], row["hash"]),
                row["stopped"] or "",
                self._accepted_epochs.get(row["sender"], 0),
            )
            for row in rows
        }

    # ── receipts ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _entry(self, taken: Taken) -> _Entry:
        """The append and the receipt of one envelope. The receipt names the event's hash, so the event comes first."""
        office = self._office
        header = taken.told.header
        command_id = uuid7()
        event_id = UUID(bytes=event_ids(command_id.bytes, 1)[0])
        recorded = taken.code is Code.RECORDED
        attributes: dict[str, str | int] = {
            Attribute.PEER_ID: header.sender,
            Attribute.ENVELOPE_ID: taken.told.env_hash.hex(),
            Attribute.SEQUENCE: header.seq,
            Attribute.EVENT_TYPE: header.type,
            Attribute.EVENT_ID: str(event_id),
            Attribute.VERDICT: taken.code.value,
        }
        links = [taken.record.traceparent] if taken.record.traceparent else []
        correlation = _correlation(header)
        # Another authority's trace is linked, never continued: who it says it is stands in no signature.
        with span(
            Spans.RECEIVE,
            attributes,
            target=mailbox_topic(office.me),
            case_id=str(correlation),
            new_trace=True,
            links=links,
        ):
            make = self._recorded if recorded else self._rejected
            append = make(taken, command_id, event_id, correlation)
            event_hash = ids_and_hashes(append)[1][0]
            receipt = wire_pb.Receipt(
                issuer=office.me,
                recipient=header.sender,
                env_hash=taken.told.env_hash,
                epoch=header.epoch,
                seq=header.seq,
                status=wire_pb.RECEIPT_STATUS_RECORDED if recorded else wire_pb.RECEIPT_STATUS_REJECTED,
                code="" if recorded else taken.code.value,
                received_us=microseconds(office.clock.now()),
                event_id=event_id.bytes,
                event_hash=event_hash,
                registry=office.registry.digest,
            )
            return _Entry(taken, append, event_id, make_receipt(receipt, office.signer()))

    def _recorded(self, taken: Taken, command_id: UUID, event_id: UUID, correlation: UUID) -> Append:
        """The event with its original type and bytes. Its ids are this ledger's: the sender chooses none of them."""
        header = taken.told.header
        opened = taken.opened
        assert opened is not None
        unread = taken.event is None
        if unread:
            log.error("an event of an unknown schema is recorded unread", type=header.type, peer=header.sender)
        meta = meta_pb2.Meta(
            actor=header.sender,
            actor_kind=meta_pb2.ACTOR_KIND_AUTHORITY,
            occurred_us=header.occurred_us,
            origin=meta_pb2.Origin(
                authority=header.sender,
                env_hash=taken.told.env_hash,
                salt=opened.salt,
                carrier=taken.record.way,
                source_event=header.source_event,
                schema=header.schema,
                unread=unread,
            ),
        )
        return Append(
            command_id=command_id,
            digest=taken.told.env_hash,
            stream_id=stream_of("received", header.sender, header.env_id),
            category=RECEIVED,
            expected_version=0,
            events=(NewEvent(header.type, opened.value, meta.SerializeToString(deterministic=True)),),
            correlation_id=correlation,
            causation_id=event_id,
            traceparent=current_traceparent() or None,
        )

    def _rejected(self, taken: Taken, command_id: UUID, event_id: UUID, correlation: UUID) -> Append:
        header = taken.told.header
        log.error("an envelope is rejected", peer=header.sender, code=taken.code, detail=taken.detail, seq=header.seq)
        event = pb.EnvelopeRejected(
            envelope_id=str(UUID(bytes=header.env_id)),
            sender_id=header.sender,
            epoch=header.epoch,
            seq=header.seq,
            env_hash=taken.told.env_hash,
            type=header.type,
            code=taken.code.value,
            detail=taken.detail,
        )
        return self._office.own_event(
            event,
            stream_of("rejected", header.sender, header.env_id),
            correlation_id=correlation,
            causation_id=event_id,
            command_id=command_id,
            traceparent=current_traceparent(),
        )

    # ── the transaction ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _store(self, page: Page, entries: Sequence[_Entry], looked: _Looked) -> dict[int, Received]:
        """One transaction for the page; answers the outcome of each record by its identity."""
        office = self._office
        answers = [
            Answer(entry.taken.told.header.sender, UUID(bytes=entry.taken.told.header.env_id), entry.receipt)
            for entry in entries
        ]
        done = _Done(answers, list(page.conflicts))
        appends: list[Append] = [entry.append for entry in entries]
        async with office.ledger.transaction() as connection:
            if looked.ends:
                rows = await connection.fetch(LOCK_ENDS, office.me, sorted(looked.ends))
                if self._ends(rows) != looked.ends:
                    raise _Moved
            self._step("locked")
            if entries:
                await self._write_inbox(connection, entries)
            self._step("inbox")
            await self._move(connection, page)
            self._step("chain")
            if page.early:
                await self._hold(connection, page.early, done)
            await self._let_go(connection, page, done)
            if page.repeats:
                await self._repeat(connection, page.repeats, done)
            if page.faulty or done.conflicts:
                fresh = await self._quarantine(connection, page.faulty, done)
                new = {each.key: each for each in done.conflicts if each.key in fresh}
                appends += [self._conflict_event(conflict, looked.ends) for conflict in new.values()]
            if page.receipts:
                appends += await self._write_receipts(connection, page, looked)
            self._step("evidence")
            if appends:
                for outcome in await office.ledger.append_in(connection, appends):
                    outcome.appended()
            self._step("appended")
        self._step("committed")
        return self._afterwards(page, entries, done)

    def _afterwards(self, page: Page, entries: Sequence[_Entry], done: _Done) -> dict[int, Received]:
        """What is true once the transaction is: outcomes are counted, receipts go out, what is missing is pulled."""
        self._quarantine_bytes += done.kept_bytes
        self._quarantined += done.kept
        Metrics.QUARANTINE_SIZE.set(self._quarantined)
        for sender, change in done.held.items():
            self._held[sender] = self._held.get(sender, 0) + change
            if self._held[sender] <= 0:
                del self._held[sender]
        outcomes: dict[int, Received] = {}

        def count(record: Record, code: Code, detail: str = "", sender: str = "") -> None:
            self._office.count(code, sender)
            outcomes[id(record)] = Received(record, code, detail)

        for entry in entries:
            record, sender = entry.taken.record, entry.taken.told.header.sender
            count(record, entry.taken.code, entry.taken.detail, sender)
            if record.key and record.key != sender.encode():
                self._office.contradicted_hints += 1
        for early in page.early:
            if not early.record.held:
                count(early.record, early.code, "", early.sender)
        for faulty in page.faulty:
            count(faulty.record, faulty.code, faulty.detail, faulty.signer)
            Metrics.QUARANTINE.add(1, sender=faulty.signer or "unverified", reason=faulty.code.value)
        for conflict in done.conflicts:
            count(conflict.record, conflict.code, "", conflict.sender)
            log.error("a signed contradiction", peer=conflict.sender, code=conflict.code, seq=conflict.seq)
        for record, known in page.repeats:
            count(record, Code.DUPLICATE, "", known.sender if known else "")
        for record, receipted, _ in page.receipts:
            count(record, Code.RECORDED, "", receipted.receipt.issuer)
        for record in page.idle:
            count(record, Code.DUPLICATE)
        if done.answers:
            self._answer(done.answers)
        for sender in page.pull:
            self._pull(sender)
        return outcomes

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

    async def _write_inbox(self, connection: Any, entries: Sequence[_Entry]) -> None:
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

    async def _hold(self, connection: Any, early: Sequence[Early], done: _Done) -> None:
        """Keeps what came early, within the bound; a place that holds another envelope already is a contradiction."""
        room: list[Early] = []
        counts = dict(self._held)
        for each in early:
            if each.record.held:
                continue
            if counts.get(each.sender, 0) < self._office.settings.held_envelopes_max:
                counts[each.sender] = counts.get(each.sender, 0) + 1
                room.append(each)
            else:
                self._pull(each.sender)
        if not room:
            return
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
        done.held.update(row["sender"] for row in stored)
        for each in room:
            twin = twins.get((each.sender, each.epoch, each.seq))
            if twin is not None and twin["env_hash"] != each.env_hash:
                code = Code.ENVELOPE_EQUIVOCATION
                done.conflicts.append(
                    Conflicting(
                        each.record, code, each.sender, self._office.me, each.epoch, each.seq, first=twin["wire"]
                    )
                )

    async def _let_go(self, connection: Any, page: Page, done: _Done) -> None:
        """Removes what was held and has had its turn."""
        if not self._held:
            return
        hashes = [each.told.env_hash for each in page.taken]
        hashes += [known.env_hash for _, known in page.repeats if known]
        judged = [each.record for each in page.conflicts] + [each.record for each in page.faulty]
        hashes += [_hash_of(record) for record in judged if record.held]
        if hashes:
            done.held.subtract(row["sender"] for row in await connection.fetch(LET_GO, self._office.me, hashes))

    async def _repeat(
        self, connection: Any, repeats: Sequence[tuple[Record, KnownEnvelope | None]], done: _Done
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

    async def _quarantine(self, connection: Any, faulty: Sequence[Faulty], done: _Done) -> set[tuple[bytes, Code]]:
        """Keeps evidence once per distinct value and reason; answers what is new."""
        kept: dict[tuple[bytes, Code], _Kept] = {}
        claims: list[tuple[Record, Code, str]] = [(each.record, each.code, each.claimed) for each in faulty]
        claims += [(each.record, each.code, each.sender) for each in done.conflicts]
        room = self._office.settings.quarantine_bytes_max - self._quarantine_bytes
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
        fresh = {(row["digest"], Code(row["code"])) for row in rows if row["fresh"]}
        done.kept = len(fresh)
        done.kept_bytes = sum(len(kept[key].wire or b"") for key in fresh)
        return fresh

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

    async def _write_receipts(self, connection: Any, page: Page, looked: _Looked) -> list[Append]:
        hashes = [sent.env_hash for _, _, sent in page.receipts]
        wires = [record.wire for record, _, _ in page.receipts]
        first = {row["env_hash"] for row in await connection.fetch(RECEIPTED, hashes, wires)}
        appends = []
        for _, receipted, sent in page.receipts:
            if sent.env_hash in first:
                appends.append(self._receipt_event(receipted, looked.sent_rows[sent.env_hash]))
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

    # ── held ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _drain(self, senders: set[str]) -> None:
        """Takes what was held and now follows, until nothing more does."""
        for sender in senders & self._held.keys():
            moved = {sender}
            while moved and sender in self._held:
                async with self._office.ledger.connection() as connection:
                    rows = await connection.fetch(ENDS, self._office.me, [sender])
                    end = self._ends(rows).get(sender, End()).link
                    if not await connection.fetchval(HELD_NEXT, sender, self._office.me, end.epoch, end.seq):
                        break
                    held = await connection.fetch(HELD, sender, self._office.me, end.epoch, end.seq, HELD_PAGE)
                moved = set()
                await self._page([Record(row["wire"], held=True, brought_by=row["carrier"]) for row in held], moved)


@dataclass(slots=True)
class _Kept:
    digest: bytes
    code: str
    claimed: str | None
    carrier: str
    wire: bytes | None
    times: int = 1


def _correlation(header: wire_pb.Header) -> UUID:
    """The sender's case handle, when it is a plain UUID; else one that only this sender and handle give."""
    try:
        parsed = UUID(header.case_ref)
    except ValueError:
        return stream_of("case", header.sender, header.case_ref)
    if str(parsed) != header.case_ref:
        return stream_of("case", header.sender, header.case_ref)
    return parsed


def _hash_of(record: Record) -> bytes:
    return envelope_hash(wire_pb.Envelope.FromString(record.wire).header)


def _without_body(wire: bytes) -> wire_pb.Envelope:
    envelope = wire_pb.Envelope.FromString(wire)
    envelope.ClearField("body")
    return envelope
