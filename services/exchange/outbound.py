"""Builder: own events that are shared become signed envelopes.

    page of own events ─▶ disclose, commit, seal, sign ─▶ one transaction {checkpoint, sent, chain, ShareFailed}
                       ─▶ guard on disk ─▶ publisher is woken

Promise   an event's envelopes and the checkpoint behind it are stored together or not at all; a chain's places are
          dense. A received event is never told on.
Not       that anybody has it: the publisher and the receipts see to that. A crash before the commit discards envelopes
          that never left the process.
Bounds    build_events_max events a transaction; the event loop is given free after LOOP_SHARE envelopes.
Failing   an addressee that is unknown, suspended or without a box key: ShareFailed, and the chain goes on. Another
          holder: fenced, nothing is committed. No usable seal key, no PostgreSQL, or a guard that cannot be written:
          wait and try again.
Owns      the lease on reader "exchange", one task. Shown by tests/integration/exchange/test_outbound.py
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb

from services.exchange.guard import Guard, GuardUnwritable, Known
from services.exchange.office import EXCHANGE, NoSealKey, Office, stream_of
from services.exchange.shares import Share, shares_of
from services.kernel.envelopes.codec import NEW_EPOCH, SALT_BYTES, Link, env_id, make_envelope, microseconds
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, FEED_VIEW
from services.kernel.envelopes.keys import BoxPublic, SealKey
from services.kernel.envelopes.members import FEED
from services.kernel.envelopes.verdicts import Fault
from services.kernel.ledger import Append, Checkpoint, Event, Fenced, Unavailable
from services.kernel.ledger.errors import stoppable
from services.kernel.telemetry import Log, unseen

__all__ = ["Builder", "Moved", "Outgoing"]

log = Log(__name__)

LOOP_SHARE: Final = 8
PERSIST_SECONDS: Final = 5.0
"""A checkpoint that passed over nothing shared is written this often."""
PAUSE_SECONDS: Final = 1.0

ENDS = "SELECT recipient, epoch, seq, hash, stopped FROM exchange.chain WHERE sender = $1"

STORE = """
INSERT INTO exchange.sent (recipient, epoch, seq, env_id, env_hash, position, type, source_event, correlation_id,
                           traceparent, wire, salt)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::uuid[], $5::bytea[], $6::bigint[], $7::text[],
                     $8::uuid[], $9::uuid[], $10::text[], $11::bytea[], $12::bytea[])
"""

MOVE = """
UPDATE exchange.chain c
   SET epoch = m.epoch, seq = m.seq, hash = m.hash,
       published_seq = CASE WHEN c.epoch = m.epoch THEN c.published_seq ELSE 0 END,
       stopped = CASE WHEN c.epoch = m.epoch THEN c.stopped END
  FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[])
       AS m (recipient, old_epoch, old_seq, epoch, seq, hash)
 WHERE c.sender = $1 AND c.recipient = m.recipient AND c.epoch = m.old_epoch AND c.seq = m.old_seq
   AND (c.stopped IS NULL OR c.epoch <> m.epoch)
"""

DEFER = """
INSERT INTO exchange.deferred (recipient, position)
SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT DO NOTHING
"""

DEFERRED = "SELECT position FROM exchange.deferred WHERE recipient = $1 ORDER BY position"

TAKE_UP = "DELETE FROM exchange.deferred WHERE recipient = ANY ($1)"

CAUSES = "SELECT event_id, env_hash FROM exchange.inbox WHERE event_id = ANY ($1)"


class Moved(Exception):
    """A chain's end is not where it was read, or it was stopped: somebody else wrote it. Read again."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One stored envelope on its way to Kafka."""

    recipient: str
    epoch: int
    seq: int
    wire: bytes
    type: str
    traceparent: str | None
    correlation_id: UUID


@dataclass(slots=True)
class _Built:
    """What one transaction will hold."""

    outgoing: list[Outgoing]
    rows: list[tuple[Any, ...]]
    failed: list[Append]
    deferred: list[tuple[str, int]]
    taken_up: list[str]
    before: dict[str, Link]
    after: dict[str, Link]
    stopped: set[str]

    def __bool__(self) -> bool:
        return bool(self.rows or self.failed or self.deferred or self.taken_up)


class Builder:
    """Follows the ledger and builds."""

    def __init__(self, office: Office, guard: Guard, publish: Callable[[Sequence[Outgoing]], None]) -> None:
        self._office = office
        self._guard = guard
        self._publish = publish
        self._moved = asyncio.Event()
        self._ends: dict[str, Link] | None = None
        self._stopped: set[str] = set()
        self.position = 0
        """Last position that was examined, as this process knows it."""

    async def reached(self, position: int) -> None:
        """Waits until everything up to `position` was turned into envelopes by this process."""
        while self.position < position:
            await self._moved.wait()

    async def run(self) -> None:
        """Runs until it is cancelled; waits while another process holds the lease."""
        while True:
            try:
                await stoppable(self._hold())
            except* Fenced:
                log.warning("another exchange of this authority has the lease")
            except* Unavailable as group:
                log.warning("the ledger is not reachable", reason=str(group.exceptions[0]))
            except* Moved:
                log.warning("a chain's end was moved by somebody else; reading it again")
            except* NoSealKey as group:
                log.error("nothing can be signed", reason=str(group.exceptions[0]))
            except* GuardUnwritable as group:
                log.error("the guard cannot be written; nothing is published", reason=str(group.exceptions[0]))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _hold(self) -> None:
        office = self._office
        checkpoint = await office.ledger.checkpoint(EXCHANGE, 0, office.ledger.holder)
        self._ends = None
        try:
            # Whoever had the lease before may have stored envelopes and died before its guard, or this one, knew them.
            async with office.ledger.connection() as connection:
                await self._guard.write(Known(checkpoint.position, await self._read_ends(connection)))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(checkpoint.keep(), name="exchange lease")
                tasks.create_task(self._follow(checkpoint), name="exchange builder")
        finally:
            await checkpoint.release()

    async def _follow(self, checkpoint: Checkpoint) -> None:
        feed = self._office.ledger.feed
        self._move(checkpoint.position)
        persisted = time.monotonic()
        while True:
            if await feed.wait_beyond(self.position, PERSIST_SECONDS) > self.position:
                page = await feed.page(self.position)
                size = self._office.settings.build_events_max
                for start in range(0, len(page.events), size):
                    events = page.events[start : start + size]
                    if await self.build(checkpoint, events):
                        persisted = time.monotonic()
                    self._move(events[-1].position)
            if time.monotonic() - persisted > PERSIST_SECONDS:
                async with self._office.ledger.transaction() as connection:
                    await checkpoint.advance(connection, self.position)
                persisted = time.monotonic()

    def _move(self, position: int) -> None:
        self.position = position
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def build(self, checkpoint: Checkpoint, events: Sequence[Event]) -> bool:
        """Turns a page into envelopes and stores them; answers whether there was anything to store.

        Raises:
            Fenced, Moved, NoSealKey, Unavailable: nothing was stored.
        """
        shares = [share for event in events async for share in shares_of(self._office, event)]
        if not shares:
            return False
        try:
            built = await self._make(shares)
            async with self._office.ledger.transaction() as connection:
                await checkpoint.advance(connection, events[-1].position)
                await self._store(connection, built)
                if built.failed:
                    for outcome in await self._office.ledger.append_in(connection, built.failed):
                        outcome.appended()
        except BaseException:
            self._ends = None
            raise
        self._ends, self._stopped = built.after, built.stopped
        await self._guard.write(Known(events[-1].position, built.after))
        self._publish(built.outgoing)
        return True

    async def _make(self, shares: list[Share]) -> _Built:
        office = self._office
        signer = office.signer()
        async with office.ledger.connection() as connection:
            ends = self._ends if self._ends is not None else await self._read_ends(connection)
            causes = dict(await connection.fetch(CAUSES, list({share.event.causation_id for share in shares})))
        stopped = set(self._stopped)
        built = _Built([], [], [], [], [], dict(ends), dict(ends), stopped)
        for n, share in enumerate(shares):
            if n % LOOP_SHARE == LOOP_SHARE - 1:
                await asyncio.sleep(0)
            if share.event.type == NEW_EPOCH:
                await self._begin_epoch(built, share, signer)
                stopped.discard(share.recipient)
            elif share.recipient in stopped:
                built.deferred.append((share.recipient, share.event.position))
            else:
                cause = causes.get(share.event.causation_id)
                self._add(built, share, signer, (*share.causes, *([cause] if cause else [])))
        return built

    async def _read_ends(self, connection: Any) -> dict[str, Link]:
        """Reads where the own chains end, and which are stopped."""
        rows = await connection.fetch(ENDS, self._office.me)
        self._ends = {row["recipient"]: Link(row["epoch"], row["seq"], row["hash"]) for row in rows}
        self._stopped = {row["recipient"] for row in rows if row["stopped"]}
        return self._ends

    def _add(self, built: _Built, share: Share, signer: SealKey, causes: Sequence[bytes]) -> None:
        event, recipient = share.event, share.recipient
        box, reason = self._box(recipient)
        if reason:
            self._fail(built, share, reason)
            return
        if recipient not in built.after:
            # The chain's row is made when the registry is loaded; a member added since then gets it within seconds.
            raise Moved(f"no chain to {recipient} yet")
        end = built.after[recipient]
        header = wire_pb.Header(
            env_id=env_id(share.said_as, recipient),
            sender=self._office.me,
            recipient=recipient,
            epoch=end.epoch,
            seq=end.seq + 1,
            prev=end.hash,
            type=event.type,
            schema=share.shared.schema,
            case_ref=str(event.correlation_id),
            occurred_us=share.meta.occurred_us,
            recorded_us=microseconds(event.recorded_at),
            causes=causes,
            basis=wire_pb.Basis(purpose=share.shared.purpose, handling=share.shared.handling),
            source_event=event.event_id.bytes,
        )
        level = FEED_VIEW if recipient == FEED else ADDRESSEE_VIEW
        value = self._office.catalogue.view(event.type, event.body, level)
        salt = secrets.token_bytes(SALT_BYTES)
        try:
            wire, digest = make_envelope(header, value, signer, box, salt)
        except Fault as fault:
            self._fail(built, share, fault.code)
            return
        built.after[recipient] = Link(end.epoch, end.seq + 1, digest)
        built.outgoing.append(
            Outgoing(recipient, end.epoch, end.seq + 1, wire, event.type, event.traceparent, event.correlation_id)
        )
        built.rows.append(
            (
                recipient,
                end.epoch,
                end.seq + 1,
                UUID(bytes=header.env_id),
                digest,
                event.position,
                event.type,
                event.event_id,
                event.correlation_id,
                event.traceparent,
                wire,
                salt if box else None,
            )
        )

    async def _begin_epoch(self, built: _Built, share: Share, signer: SealKey) -> None:
        """The NewEpoch itself is the first envelope of its epoch; what the stopped chain could not take follows it."""
        event = pb.NewEpoch.FromString(share.event.body)
        recipient = share.recipient
        if (reason := self._box(recipient)[1]) or recipient not in built.after:
            self._fail(built, share, reason or "UNKNOWN_MEMBER")
            return
        epoch = max(built.after[recipient].epoch, event.old_epoch) + 1
        built.after[recipient] = Link(epoch, 0, event.last_hash)
        self._add(built, share, signer, ())
        async with self._office.ledger.connection() as connection:
            positions = [row["position"] for row in await connection.fetch(DEFERRED, recipient)]
        positions += [position for name, position in built.deferred if name == recipient]
        built.deferred = [row for row in built.deferred if row[0] != recipient]
        for position in positions:
            page = await self._office.ledger.read(position - 1, 1)
            async for late in shares_of(self._office, page.events[0]):
                if late.recipient == recipient:
                    self._add(built, late, signer, late.causes)
        built.taken_up.append(recipient)

    def _box(self, recipient: str) -> tuple[BoxPublic | None, str]:
        if recipient == FEED:
            return None, ""
        registry = self._office.registry
        if registry.member(recipient) is None:
            return None, "UNKNOWN_MEMBER"
        member = registry.reachable(recipient)
        if member is None:
            return None, "SUSPENDED_MEMBER"
        box = member.box(self._office.wall())
        return box, "" if box else "NO_BOX_KEY"

    def _fail(self, built: _Built, share: Share, code: str) -> None:
        event = share.event
        with unseen(share.shared.restricted):
            log.error("an event could not be told", position=event.position, peer=share.recipient, code=code)
        failed = pb.ShareFailed(
            event_id=str(event.event_id),
            position=event.position,
            type=event.type,
            recipient_id=share.recipient,
            code=code,
        )
        built.failed.append(
            self._office.own_event(
                failed,
                stream_of("share-failed", share.said_as, share.recipient),
                correlation_id=event.correlation_id,
                causation_id=event.event_id,
            )
        )

    async def _store(self, connection: Any, built: _Built) -> None:
        if built.rows:
            await connection.execute(STORE, *map(list, zip(*built.rows, strict=True)))
        moved = {name: end for name, end in built.after.items() if built.before.get(name, Link()) != end}
        if moved:
            before = [built.before.get(name, Link()) for name in moved]
            status = await connection.execute(
                MOVE,
                self._office.me,
                list(moved),
                [link.epoch for link in before],
                [link.seq for link in before],
                [link.epoch for link in moved.values()],
                [link.seq for link in moved.values()],
                [link.hash for link in moved.values()],
            )
            if status != f"UPDATE {len(moved)}":
                raise Moved(f"{status} of {len(moved)} chains")
        if built.deferred:
            await connection.execute(DEFER, *map(list, zip(*built.deferred, strict=True)))
        if built.taken_up:
            await connection.execute(TAKE_UP, built.taken_up)
