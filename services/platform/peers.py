"""Publishers over gRPC with mutual TLS: the exchange of each authority says where its feed ends, and sends it again.

Owns      one channel per publisher that was asked, kept until `aclose`.
Bounds    `seconds` for a head, and between two envelopes of a stretch.
Failing   Unreachable: away, too slow, or it does not let this platform read its feed. The certificate authority vouches
          for the host only; what it sends is believed by its signature.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import grpc
from enforcement.exchange.v1 import service_pb2 as pb
from enforcement.exchange.v1 import service_pb2_grpc as stubs

from services.kernel.config import NodeSettings
from services.kernel.envelopes.codec import WIRE_MAX
from services.kernel.envelopes.members import FEED, Registry
from services.platform.repair import Unreachable

OPTIONS: Final = [
    ("grpc.max_receive_message_length", 2 * WIRE_MAX),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
]


class Publishers:
    """Asks the publishers named in the member registry; a `FeedSource`."""

    def __init__(
        self, registry: Callable[[], Registry], credentials: grpc.ChannelCredentials, *, seconds: float
    ) -> None:
        self._registry = registry
        self._credentials = credentials
        self._seconds = seconds
        self._channels: dict[str, tuple[str, grpc.aio.Channel]] = {}

    async def feed_head(self, publisher: str) -> bytes | None:
        """Its signed head, None when it states none now.

        Raises:
            Unreachable: no answer in time, or not for this caller.
        """
        with _unreachable(publisher):
            answer = await (await self._stub(publisher)).Heads(pb.HeadsRequest(), timeout=self._seconds)
        return answer.feed.SerializeToString() if answer.HasField("feed") else None

    async def resend_feed(self, publisher: str, epoch: int, from_seq: int, to_seq: int) -> AsyncIterator[bytes]:
        """The envelopes of a stretch of its feed, in order.

        Raises:
            Unreachable: as above, also in the middle.
        """
        request = pb.ResendRequest(recipient=FEED, epoch=epoch, from_seq=from_seq, to_seq=to_seq)
        with _unreachable(publisher):
            stub = await self._stub(publisher)
            async for answer in stub.Resend(request, timeout=self._seconds):
                yield answer.envelope.SerializeToString()

    async def aclose(self) -> None:
        """Closes the channels."""
        channels = [channel for _, channel in self._channels.values()]
        self._channels.clear()
        await asyncio.gather(*(channel.close(grace=0) for channel in channels))

    async def _stub(self, publisher: str) -> "stubs.ExchangeServiceAsyncStub":
        member = self._registry().reachable(publisher)
        if member is None or not member.grpc:
            raise Unreachable(f"{publisher} has no address in the member registry")
        address, channel = self._channels.get(publisher, ("", None))
        if channel is None or address != member.grpc:
            if channel is not None:
                await channel.close(grace=0)
            channel = grpc.aio.secure_channel(member.grpc, self._credentials, options=OPTIONS)
            self._channels[publisher] = (member.grpc, channel)
        return stubs.ExchangeServiceStub(channel)


@contextmanager
def _unreachable(publisher: str) -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise Unreachable(f"{publisher}: {error.code().name}") from error


def credentials_of(settings: NodeSettings) -> grpc.ChannelCredentials:
    """This node's certificate, as it shows it to other authorities.

    Raises:
        ValueError: the settings name no certificate.
    """
    ca, certificate, key = settings.tls_ca_file, settings.tls_certificate_file, settings.tls_key_file
    if ca is None or certificate is None or key is None:
        raise ValueError("a platform asks publishers by mutual TLS: tls_ca_file, tls_certificate_file, tls_key_file")
    return grpc.ssl_channel_credentials(ca.read_bytes(), key.read_bytes(), certificate.read_bytes())
