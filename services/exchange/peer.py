"""The peers' port: what other authorities may ask, and asking them. Mutual TLS; who calls stands in the certificate.

Promise   whoever asks for what is not theirs hears what everybody hears for what does not exist: NOT_FOUND. A file goes
          out only to whom an event shows it, until its matter is over, and every time it does the ledger says so.
Not       trust: what comes back is judged like anything else, by signature and place, or by the file's hash.
Bounds    CALLS_PER_SECOND per caller; RESEND_MAX envelopes an answer; peer_timeout_seconds between two messages.
Failing   a peer that does not answer: Unavailable.
Owns      one channel per peer. Shown by tests/integration/exchange/test_peer.py
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2, service_pb2_grpc
from enforcement.exchange.v1 import service_pb2 as pb
from enforcement.ledger.v1 import meta_pb2
from google.protobuf.message import Message

from services.exchange.limits import Rates
from services.exchange.office import Office
from services.kernel.blobs import BlobStore
from services.kernel.envelopes.codec import PLACE_MAX, WIRE_MAX, Ended, Link, admit, make_head, read_head, verify
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, find_blob
from services.kernel.envelopes.members import FEED
from services.kernel.envelopes.verdicts import Fault
from services.kernel.errors import Busy, KernelRefusal, Refused, Unavailable
from services.kernel.ledger import uuid7
from services.kernel.messages import ends_grants
from services.kernel.rpc import Call
from services.kernel.telemetry import Attribute, Log, Metrics, Spans, span

__all__ = ["DESCRIPTOR", "Ends", "Followed", "PeerApi", "Peers", "TlsFiles"]

log = Log(__name__)

DESCRIPTOR: Final = pb.DESCRIPTOR.services_by_name["ExchangeService"]
CALLS_PER_SECOND: Final = 50.0
CALLS_BURST: Final = 200.0
STREAM_SECONDS: Final = 3600.0
"""A whole file of the largest size over a slow line."""
RESEND_MAX: Final = 1000
CHANNEL: Final = [
    ("grpc.max_receive_message_length", 2 * WIRE_MAX),
    ("grpc.keepalive_time_ms", 60_000),
    # The library's own pause grows to two minutes, in which a peer that is back would still be called unreachable.
    ("grpc.max_reconnect_backoff_ms", 10_000),
]
Followed = Callable[[str], Awaitable[Link | None]]
"""Says how far a sender's feed was followed here; None when it is not followed."""
_NOTHING: Final = "-"
"""The id in every NOT_FOUND: it says nothing about what was asked."""

END = "SELECT epoch, seq, hash FROM exchange.chain WHERE sender = $1 AND recipient = $2"

STRETCH = """
SELECT wire FROM exchange.sent
 WHERE recipient = $1 AND (epoch, seq) >= ($2, $3) AND ($4 = 0 OR (epoch = $2 AND seq <= $4))
 ORDER BY epoch, seq LIMIT $5
"""

RECEIPT = "SELECT receipt FROM exchange.inbox WHERE sender = $1 AND env_hash = $2"

GRANT = "SELECT position FROM exchange.sent WHERE env_hash = $1 AND recipient = $2"


class PeerApi:
    """Answers other authorities."""

    def __init__(self, office: Office, blobs: BlobStore, notice: Callable[[str, int, int], Awaitable[None]]) -> None:
        """Makes it; `notice` is told who asks for its chain from which epoch and place on."""
        self._office = office
        self._blobs = blobs
        self._notice = notice
        self.followed: Followed | None = None
        """Where this node has followed a feed to; set by a node that follows feeds."""
        self._rates = Rates(CALLS_PER_SECOND, CALLS_BURST)

    async def heads(self, request: pb.HeadsRequest, call: Call) -> pb.HeadsResponse:
        """Where the chains between the caller and this authority end."""
        caller = self._caller(call)
        office = self._office
        answer = pb.HeadsResponse()
        # The caller's own chains, as known here: signing that is harmless even after a rollback, since only the caller
        # could contradict it; without it two restored authorities would wait for each other for ever.
        await self._head(answer.received, caller, office.me)
        await self._followed(answer.followed, caller)
        if not office.suspicion:
            await self._head(answer.sent, office.me, caller)
            if office.registry.members[caller].subscribes:
                await self._head(answer.feed, office.me, FEED)
        return answer

    async def resend(self, request: pb.ResendRequest, call: Call) -> AsyncIterator[pb.ResendResponse]:
        """A stretch of the chain to the caller, or of the feed."""
        caller = self._caller(call)
        member = self._office.registry.members[caller]
        if request.recipient != caller and not (request.recipient == FEED and member.subscribes):
            raise _not_found()
        places = [min(value, PLACE_MAX) for value in (request.epoch, request.from_seq, request.to_seq)]
        if request.recipient == caller:
            await self._notice(caller, places[0], places[1])
        async with self._office.ledger.connection() as connection:
            rows = await connection.fetch(STRETCH, request.recipient, *places, RESEND_MAX)
        for row in rows:
            yield pb.ResendResponse(envelope=wire_pb.Envelope.FromString(row["wire"]))

    async def get_receipt(self, request: pb.GetReceiptRequest, call: Call) -> pb.GetReceiptResponse:
        """The receipt that was given for the caller's envelope."""
        caller = self._caller(call)
        async with self._office.ledger.connection() as connection:
            receipt = await connection.fetchval(RECEIPT, caller, request.env_hash)
        if receipt is None:
            raise _not_found()
        return pb.GetReceiptResponse(receipt=wire_pb.Envelope.FromString(receipt))

    async def fetch_blob(self, request: pb.FetchBlobRequest, call: Call) -> AsyncIterator[pb.FetchBlobResponse]:
        """A file that an event shows the caller: the event is disclosed again, and what it shows is what is given,
        until its matter is over."""
        caller = self._caller(call)
        office = self._office
        async with office.ledger.connection() as connection:
            position = await connection.fetchval(GRANT, request.env_hash, caller)
        if position is None:
            raise _not_found()
        event = (await office.ledger.read(position - 1, 1)).events[0]
        shared = office.catalogue.shared.get(event.type)
        if shared is None:
            raise _not_found()
        view = office.catalogue.disclose(shared.message.FromString(event.body), ADDRESSEE_VIEW)
        size = await self._blobs.stat(request.sha256)
        if find_blob(view, request.sha256) is None or size is None:
            raise _not_found()
        later = await office.ledger.read_stream(event.stream_id, event.version)
        if any(ends_grants(one.type) for one in later.events):
            raise _not_found()
        served = events_pb2.BlobServed(
            blob_sha256=request.sha256.hex(),
            recipient_id=caller,
            env_hash=request.env_hash,
            source_event_id=str(event.event_id),
            offset=request.offset,
            size=size,
        )
        # Before the first byte: what was begun was disclosed.
        await office.ledger.append(
            office.own_event(
                served,
                uuid7(),
                correlation_id=event.correlation_id,
                causation_id=event.event_id,
                actor=caller,
                actor_kind=meta_pb2.ACTOR_KIND_AUTHORITY,
            )
        )
        async for piece in self._blobs.open(request.sha256, request.offset):
            Metrics.BLOB_BYTES.add(len(piece), direction="served")
            yield pb.FetchBlobResponse(data=piece)

    def _caller(self, call: Call) -> str:
        """The calling member.

        Raises:
            Refused: NOT_FOUND for whoever is no member or suspended.
            Busy: it asks too often.
        """
        caller = call.actor.id
        if call.actor.kind != "authority" or self._office.registry.reachable(caller) is None:
            raise _not_found()
        if not self._rates.take(caller):
            raise Busy(f"{caller} asks too often")
        return caller

    async def _followed(self, target: wire_pb.Envelope, sender: str) -> None:
        end = await self.followed(sender) if self.followed else None
        if end is not None:
            target.MergeFromString(make_head(sender, FEED, end, self._office.wall(), self._office.signer()))

    async def _head(self, target: wire_pb.Envelope, sender: str, recipient: str) -> None:
        async with self._office.ledger.connection() as connection:
            row = await connection.fetchrow(END, sender, recipient)
        if row is not None:
            end = Link(row["epoch"], row["seq"], row["hash"])
            target.MergeFromString(make_head(sender, recipient, end, self._office.wall(), self._office.signer()))


def _not_found() -> Refused:
    return Refused(KernelRefusal.NOT_FOUND, id=_NOTHING)


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """This authority's certificate, its key, and whom it trusts to sign certificates."""

    ca: Path
    certificate: Path
    key: Path

    def channel(self) -> grpc.ChannelCredentials:
        """Credentials of a client that shows who it is."""
        return grpc.ssl_channel_credentials(self.ca.read_bytes(), self.key.read_bytes(), self.certificate.read_bytes())


@dataclass(frozen=True, slots=True)
class Ends:
    """What a peer stated: where each chain ends, each statement signed by the peer; None where it stated nothing."""

    received: Link | None
    """My chain to it, as far as it recorded it."""
    sent: Link | None
    """Its chain to me."""
    feed: Link | None
    """Its feed."""
    followed: Link | None
    """My feed, as far as it followed it."""


class Peers:
    """Asks other authorities."""

    def __init__(self, office: Office, tls: TlsFiles | None) -> None:
        self._office = office
        self._tls = tls
        self._channels: dict[str, grpc.aio.Channel] = {}

    async def ends(self, authority: str) -> Ends:
        """Asks where the chains between both authorities end.

        Raises:
            Unavailable: it does not answer, or answers something that it did not sign.
        """
        answer = await self._call(authority, "Heads", pb.HeadsRequest())
        me = self._office.me
        return Ends(
            self._end(authority, answer.received, me, authority),
            self._end(authority, answer.sent, authority, me),
            self._end(authority, answer.feed, authority, FEED),
            self._end(authority, answer.followed, me, FEED),
        )

    async def received(self, authority: str) -> tuple[Link, wire_pb.Envelope] | None:
        """Asks where this authority's chain to it ends; answers the end and the Head that it signed.

        Raises:
            Unavailable: it does not answer.
        """
        answer = await self._call(authority, "Heads", pb.HeadsRequest())
        end = self._end(authority, answer.received, self._office.me, authority)
        return (end, answer.received) if end else None

    async def resend(
        self, authority: str, recipient: str, epoch: int, from_seq: int, to_seq: int = 0
    ) -> AsyncIterator[bytes]:
        """Asks for a stretch of a chain; yields wire bytes, unverified.

        Raises:
            Unavailable: it does not answer, or gives nothing.
        """
        request = pb.ResendRequest(recipient=recipient, epoch=epoch, from_seq=from_seq, to_seq=to_seq)
        with span(Spans.PULL, {Attribute.PEER_ID: authority}, target=authority):
            async for answer in self._stream(authority, "Resend", request):
                yield answer.envelope.SerializeToString(deterministic=True)

    async def receipt(self, authority: str, env_hash: bytes) -> bytes:
        """Asks for the receipt of an own envelope; answers wire bytes, unverified.

        Raises:
            Unavailable: it does not answer, or has none.
        """
        answer = await self._call(authority, "GetReceipt", pb.GetReceiptRequest(env_hash=env_hash))
        return bytes(answer.receipt.SerializeToString(deterministic=True))

    async def blob(self, authority: str, env_hash: bytes, sha256: bytes, offset: int) -> AsyncIterator[bytes]:
        """Fetches a file from an offset on; yields its bytes, unverified.

        Raises:
            Unavailable: it does not answer, or stops answering.
            Refused: it does not give the file.
        """
        request = pb.FetchBlobRequest(env_hash=env_hash, sha256=sha256, offset=offset)
        with span(Spans.FETCH, {Attribute.PEER_ID: authority}, target=authority):
            async for answer in self._stream(authority, "FetchBlob", request):
                yield answer.data

    async def aclose(self) -> None:
        """Closes the channels."""
        channels, self._channels = list(self._channels.values()), {}
        for channel in channels:
            await channel.close()

    def _stub(self, authority: str) -> Any:
        member = self._office.registry.reachable(authority)
        if member is None or not member.grpc or self._tls is None:
            raise Unavailable(f"{authority} has no address for peers, or this node has no certificate")
        channel = self._channels.get(member.grpc)
        if channel is None:
            channel = grpc.aio.secure_channel(member.grpc, self._tls.channel(), options=CHANNEL)
            self._channels[member.grpc] = channel
        return service_pb2_grpc.ExchangeServiceStub(channel)

    async def _call(self, authority: str, method: str, request: Message) -> Any:
        timeout = self._office.settings.peer_timeout_seconds
        try:
            return await getattr(self._stub(authority), method)(request, timeout=timeout)
        except grpc.aio.AioRpcError as error:
            raise _unavailable(authority, error) from error

    async def _stream(self, authority: str, method: str, request: Message) -> AsyncIterator[Any]:
        """Yields what comes; bounded between two messages, because a file may take its time."""
        pause = self._office.settings.peer_timeout_seconds
        stream = getattr(self._stub(authority), method)(request, timeout=STREAM_SECONDS)
        try:
            while True:
                answer = await asyncio.wait_for(stream.read(), pause)
                if answer is grpc.aio.EOF:
                    return
                yield answer
        except TimeoutError as error:
            raise Unavailable(f"{authority} stopped answering {method}") from error
        except grpc.aio.AioRpcError as error:
            raise _unavailable(authority, error) from error
        finally:
            stream.cancel()

    def _end(self, authority: str, envelope: wire_pb.Envelope, sender: str, recipient: str) -> Link | None:
        """The link in a head, if the peer signed exactly this chain's."""
        if not envelope.header:
            return None
        office = self._office
        try:
            wire = envelope.SerializeToString(deterministic=True)
            ended: Ended = read_head(verify(admit(wire), office.registry, office.wall()))
        except Fault as fault:
            log.error("a peer's head is not believed", peer=authority, code=fault.code)
            return None
        head = ended.head
        if ended.key.member != authority or (head.sender, head.recipient) != (sender, recipient):
            log.error("a peer's head is of another chain", peer=authority)
            return None
        return ended.link


def _unavailable(authority: str, error: grpc.aio.AioRpcError) -> Exception:
    if error.code() is grpc.StatusCode.NOT_FOUND:
        return Refused(KernelRefusal.NOT_FOUND, id=authority)
    return Unavailable(f"{authority}: {error.code().name}: {error.details()}")
