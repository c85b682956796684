"""NodeExchangeService: how the exchange is, for officers, and what operators may do to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from enforcement.common.v1 import common_pb2
from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2
from enforcement.exchange.v1 import service_pb2 as pb
from enforcement.ledger.v1 import meta_pb2

from services.exchange.files import Files, Refusal
from services.exchange.inbound import Receiver
from services.exchange.office import Office, stream_of
from services.exchange.outbound import Builder
from services.exchange.peer import Peers
from services.exchange.publisher import Publisher
from services.kernel.envelopes.codec import Link, instant
from services.kernel.envelopes.members import FEED
from services.kernel.errors import EnforcementError, KernelRefusal, Refused
from services.kernel.ledger import Append, Event, Mismatch
from services.kernel.messages import to_timestamp
from services.kernel.rpc import Call

__all__ = ["DESCRIPTOR", "NodeExchangeApi"]

DESCRIPTOR: Final = pb.DESCRIPTOR.services_by_name["NodeExchangeService"]
PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 500
ANSWER_SECONDS: Final = 0.05
"""Of a call's time, kept for the answer."""
_ACTOR_KINDS: Final = {
    "officer": meta_pb2.ACTOR_KIND_OFFICER,
    "administrator": meta_pb2.ACTOR_KIND_ADMINISTRATOR,
    "service": meta_pb2.ACTOR_KIND_SERVICE,
}

CHAINS = """
SELECT c.sender, c.recipient, c.epoch, c.seq, c.published_seq, c.stopped, w.waiting, w.oldest, h.held
  FROM exchange.chain c
  LEFT JOIN LATERAL (SELECT count(*) AS waiting, min(stored_at) AS oldest FROM exchange.sent s
                      WHERE s.recipient = c.recipient AND c.sender = $1 AND s.receipt IS NULL AND s.recipient <> 'feed'
                    ) w ON true
  LEFT JOIN LATERAL (SELECT count(*) AS held FROM exchange.held h
                      WHERE h.sender = c.sender AND h.recipient = c.recipient) h ON true
 ORDER BY c.sender <> $1, c.sender, c.recipient
"""

QUARANTINED = "SELECT count(*) FROM exchange.quarantine"

QUARANTINE = """
SELECT digest, code, claimed, carrier, times, first_seen, last_seen, coalesce(octet_length(wire), 0) AS kept
  FROM exchange.quarantine
 WHERE ($1 = '' OR code = $1) AND ($2::timestamptz IS NULL OR (last_seen, digest) < ($2, $3))
 ORDER BY last_seen DESC, digest DESC LIMIT $4
"""

DELIVERIES = """
SELECT recipient, epoch, seq, env_id, env_hash, stored_at, receipt FROM exchange.sent
 WHERE position = $1 ORDER BY recipient, epoch, seq
"""

STOPPED = "SELECT stopped FROM exchange.chain WHERE sender = $1 AND recipient = $2"

RESUME = "UPDATE exchange.chain SET stopped = NULL WHERE sender = $1 AND recipient = $2"

END = "SELECT epoch, seq, hash FROM exchange.chain WHERE sender = $1 AND recipient = $2"


class NodeExchangeApi:
    """The servicer."""

    def __init__(
        self,
        office: Office,
        *,
        publisher: Publisher,
        receiver: Receiver,
        peers: Peers,
        files: Files,
        builder: Builder,
    ) -> None:
        self._office = office
        self._publisher = publisher
        self._receiver = receiver
        self._peers = peers
        self._files = files
        self._builder = builder

    async def get_status(self, request: pb.GetStatusRequest, call: Call) -> pb.GetStatusResponse:
        """How the exchange is."""
        office = self._office
        head = await self._recorded(request.min_position, call)
        async with office.ledger.connection() as connection:
            rows = await connection.fetch(CHAINS, office.me)
            quarantined = await connection.fetchval(QUARANTINED)
        return pb.GetStatusResponse(
            chains=[_chain(office.me, row) for row in rows],
            registry_version=office.registry.version,
            registry_digest=office.registry.digest,
            suspicion=office.suspicion,
            told_position=self._builder.position,
            head_position=head,
            quarantined=quarantined,
            verdicts={code.value: times for code, times in office.verdicts.items()},
            at=to_timestamp(office.clock.now()),
        )

    async def list_quarantine(self, request: pb.ListQuarantineRequest, call: Call) -> pb.ListQuarantineResponse:
        """What was kept aside, newest first."""
        await self._recorded(request.min_position, call)
        size = min(request.page.size or PAGE_DEFAULT, PAGE_MAX)
        before, digest = _after(request.page.token)
        async with self._office.ledger.connection() as connection:
            rows = await connection.fetch(QUARANTINE, request.code, before, digest, size + 1)
        entries = [
            pb.Quarantined(
                digest=row["digest"],
                code=row["code"],
                claimed=row["claimed"] or "",
                carrier=row["carrier"],
                times=row["times"],
                first_seen_at=to_timestamp(row["first_seen"]),
                last_seen_at=to_timestamp(row["last_seen"]),
                kept_bytes=row["kept"],
            )
            for row in rows[:size]
        ]
        token = _token(rows[size - 1]) if len(rows) > size else ""
        return pb.ListQuarantineResponse(entries=entries, next_token=token)

    async def list_deliveries(self, request: pb.ListDeliveriesRequest, call: Call) -> pb.ListDeliveriesResponse:
        """Whom an event was told, and what each answered."""
        with self._in_time(request.min_position, call):
            async with asyncio.timeout(call.seconds_left - ANSWER_SECONDS):
                await self._builder.reached(request.min_position)
        async with self._office.ledger.connection() as connection:
            rows = await connection.fetch(DELIVERIES, request.position)
        return pb.ListDeliveriesResponse(deliveries=[_delivery(row) for row in rows])

    async def resend_envelopes(self, request: pb.ResendEnvelopesRequest, call: Call) -> pb.ResendEnvelopesResponse:
        """Publishes again what has no receipt."""
        self._known(request.recipient_id)
        async with self._office.ledger.connection() as connection:
            rows = await connection.fetch(CHAINS, self._office.me)
        waiting = sum(row["waiting"] for row in rows if _is_sent(self._office.me, row, request.recipient_id))
        self._publisher.resend(request.recipient_id)
        return pb.ResendEnvelopesResponse(envelopes=waiting)

    async def request_share(self, request: pb.RequestShareRequest, call: Call) -> common_pb2.Recorded:
        """Tells an event again to somebody it names."""
        office = self._office
        event = await self._own_event(request.position)
        shared = office.catalogue.shared.get(event.type) if event else None
        if event is None or shared is None:
            raise self._not_an_addressee(request)
        if request.recipient_id not in shared.targets(shared.message.FromString(event.body), office.me):
            raise self._not_an_addressee(request)
        async with office.ledger.connection() as connection:
            rows = await connection.fetch(DELIVERIES, request.position)
        refused = [row["env_hash"] for row in rows if row["recipient"] == request.recipient_id and row["receipt"]]
        asked = events_pb2.ShareRequested(
            event_id=str(event.event_id),
            position=event.position,
            recipient_id=request.recipient_id,
            reason=request.reason,
            refused_env_hash=refused[-1] if refused else b"",
        )
        return await self._append(
            request.command_id, asked, call, correlation_id=event.correlation_id, causation_id=event.event_id
        )

    async def open_epoch(self, request: pb.OpenEpochRequest, call: Call) -> common_pb2.Recorded:
        """Begins a chain anew where its other end says that it ends."""
        end = await self._stated_end(request.recipient_id)
        opened = events_pb2.NewEpoch(
            recipient_id=request.recipient_id,
            old_epoch=end.epoch,
            last_seq=end.seq,
            last_hash=end.hash,
            reason=request.reason,
        )
        return await self._append(request.command_id, opened, call)

    async def resume_chain(self, request: pb.ResumeChainRequest, call: Call) -> common_pb2.Recorded:
        """Lets a stopped pair go on, or accepts a held new epoch."""
        office = self._office
        self._known(request.authority_id)
        async with office.ledger.connection() as connection:
            code = await connection.fetchval(STOPPED, request.authority_id, office.me)
        if (first := await office.ledger.command(UUID(request.command_id))) is not None:
            await self._require_the_same(request, first.position)
            if code is None:  # a new epoch is accepted in memory only, so again
                await self._receiver.take_up(request.authority_id, request.accept_epoch)
            return common_pb2.Recorded(id=str(first.stream_id), version=first.version, position=first.position)
        if code is None and not request.accept_epoch:
            raise Refused(Refusal.CHAIN_NOT_STOPPED, authority=request.authority_id)
        resumed = events_pb2.ChainResumed(
            authority_id=request.authority_id,
            code=code or "",
            reason=request.reason,
            accept_epoch=request.accept_epoch,
        )
        append = self._made(request.command_id, resumed, call)
        async with office.ledger.transaction() as connection:
            [outcome] = await office.ledger.append_in(connection, [append])
            appended = outcome.appended()
            await connection.execute(RESUME, request.authority_id, office.me)
        await self._receiver.take_up(request.authority_id, request.accept_epoch)
        return common_pb2.Recorded(id=str(append.stream_id), version=appended.version, position=appended.position)

    async def pull_blob(self, request: pb.PullBlobRequest, call: Call) -> pb.PullBlobResponse:
        """Fetches a file that a received event shows."""
        kind = _ACTOR_KINDS[call.actor.kind]
        size, sender, present, position = await self._files.pull(request.position, request.sha256, call.actor.id, kind)
        return pb.PullBlobResponse(size=size, sender_id=sender, present=present, position=position)

    # ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _append(
        self,
        command_id: str,
        event: Any,
        call: Call,
        correlation_id: UUID | None = None,
        causation_id: UUID | None = None,
    ) -> common_pb2.Recorded:
        append = self._made(command_id, event, call, correlation_id, causation_id)
        appended = await self._office.ledger.append(append)
        return common_pb2.Recorded(id=str(append.stream_id), version=appended.version, position=appended.position)

    def _made(
        self,
        command_id: str,
        event: Any,
        call: Call,
        correlation_id: UUID | None = None,
        causation_id: UUID | None = None,
    ) -> Append:
        identity = UUID(command_id)
        return self._office.own_event(
            event,
            stream_of("operator", identity.bytes),
            command_id=identity,
            actor=call.actor.id,
            actor_kind=_ACTOR_KINDS[call.actor.kind],
            correlation_id=correlation_id,
            causation_id=causation_id,
        )

    async def _require_the_same(self, request: pb.ResumeChainRequest, position: int) -> None:
        """A repeat asks for what was recorded.

        Raises:
            Mismatch: the id was another command's.
        """
        event = await self._own_event(position)
        said = events_pb2.ChainResumed()
        if event is not None and event.type == said.DESCRIPTOR.full_name:
            said.ParseFromString(event.body)
        if (said.authority_id, said.reason, said.accept_epoch) != (
            request.authority_id,
            request.reason,
            request.accept_epoch,
        ):
            raise Mismatch(f"command {request.command_id} was used before for another request")

    async def _own_event(self, position: int) -> Event | None:
        page = await self._office.ledger.read(position - 1, 1)
        event = page.events[0] if page.events else None
        if event is None or meta_pb2.Meta.FromString(event.meta).HasField("origin"):
            return None
        return event

    def _known(self, authority: str) -> None:
        if authority == self._office.me or self._office.registry.member(authority) is None:
            raise Refused(KernelRefusal.UNKNOWN_AUTHORITY, authority=authority)

    async def _stated_end(self, recipient: str) -> Link:
        """Where the other end says that the chain ends; of a feed, the furthest that any subscriber has followed it."""
        office = self._office
        if recipient != FEED:
            self._known(recipient)
            try:
                stated = (await self._peers.ends(recipient)).received
            except EnforcementError as error:
                raise Refused(Refusal.PEER_END_UNKNOWN, authority=recipient) from error
            if stated is None:
                raise Refused(Refusal.PEER_END_UNKNOWN, authority=recipient)
            return stated
        async with office.ledger.connection() as connection:
            row = await connection.fetchrow(END, office.me, FEED)
        ends = [Link(*row)] if row else [Link()]
        for member in office.registry.members.values():
            if member.subscribes and member.id != office.me:
                try:
                    stated = (await self._peers.ends(member.id)).followed
                except EnforcementError as error:
                    raise Refused(Refusal.PEER_END_UNKNOWN, authority=member.id) from error
                ends += [stated] if stated else []
        return max(ends, key=lambda end: (end.epoch, end.seq))

    async def _recorded(self, position: int, call: Call) -> int:
        """Waits until the ledger has reached a position, within the call's time; answers its head."""
        with self._in_time(position, call):
            async with asyncio.timeout(call.seconds_left - ANSWER_SECONDS):
                return max(await self._office.ledger.feed.wait_beyond(position - 1), await self._office.ledger.head())

    @contextlib.contextmanager
    def _in_time(self, position: int, call: Call) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise Refused(KernelRefusal.VIEW_BEHIND, position=position) from None

    def _not_an_addressee(self, request: pb.RequestShareRequest) -> Refused:
        return Refused(Refusal.NOT_AN_ADDRESSEE, position=request.position, recipient=request.recipient_id)


def _is_sent(me: str, row: Any, recipient: str) -> bool:
    return bool(row["sender"] == me and row["recipient"] == recipient)


def _chain(me: str, row: Any) -> pb.Chain:
    sent = row["sender"] == me
    return pb.Chain(
        authority_id=row["recipient"] if sent else row["sender"],
        direction=pb.DIRECTION_SENT if sent else pb.DIRECTION_RECEIVED,
        epoch=row["epoch"],
        seq=row["seq"],
        published_seq=row["published_seq"] if sent else 0,
        waiting=row["waiting"] if sent else 0,
        oldest_waiting_at=to_timestamp(row["oldest"]) if sent and row["oldest"] else None,
        held=row["held"],
        stopped=row["stopped"] or "",
    )


def _delivery(row: Any) -> pb.Delivery:
    delivery = pb.Delivery(
        recipient_id=row["recipient"],
        envelope_id=str(row["env_id"]),
        env_hash=row["env_hash"],
        epoch=row["epoch"],
        seq=row["seq"],
        stored_at=to_timestamp(row["stored_at"]),
    )
    if row["receipt"]:
        receipt = wire_pb.Receipt.FromString(wire_pb.Envelope.FromString(row["receipt"]).header)
        delivery.status = receipt.status
        delivery.code = receipt.code
        delivery.received_at.CopyFrom(to_timestamp(instant(receipt.received_us)))
    return delivery


def _token(row: Any) -> str:
    return f"{row['last_seen'].isoformat()}/{row['digest'].hex()}"


def _after(token: str) -> tuple[Any, bytes]:
    from datetime import datetime

    if not token:
        return None, b""
    at, _, digest = token.partition("/")
    try:
        return datetime.fromisoformat(at), bytes.fromhex(digest)
    except ValueError as error:
        raise Refused(KernelRefusal.BAD_PAGE_TOKEN) from error
