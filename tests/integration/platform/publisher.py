"""A publisher that serves its feed over gRPC with mutual TLS, from envelopes that it really signed."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
from enforcement.exchange.v1 import envelope_pb2 as envelopes
from enforcement.exchange.v1 import service_pb2 as pb
from enforcement.exchange.v1 import service_pb2_grpc as stubs

from deploy.local.pki import Pki
from services.kernel.envelopes.codec import make_head
from services.kernel.envelopes.key_cards import render
from services.kernel.envelopes.members import Registry
from services.platform.peers import Publishers
from tests.support.members import Party, header_of
from tests.unit.platform.feeds import PLATFORM


@dataclass(slots=True)
class Publisher(stubs.ExchangeServiceServicer):
    """One authority's exchange, as far as its feed goes."""

    party: Party
    wires: list[bytes] = field(default_factory=list)
    """What it published."""
    asked: list[tuple[int, int]] = field(default_factory=list)
    """Stretches that were asked for."""
    callers: set[str] = field(default_factory=set)
    serve: Callable[[bytes], bytes] = bytes
    """What it does to an envelope before it sends it again."""
    states_head: bool = True
    address: str = ""

    async def Heads(self, request: pb.HeadsRequest, context: Any) -> pb.HeadsResponse:
        """The end of the feed, signed."""
        self._note(context)
        if not self.states_head:
            return pb.HeadsResponse()
        head = make_head(self.party.id, "feed", self.party.link, datetime.now(UTC), self.party.seal)
        return pb.HeadsResponse(feed=envelopes.Envelope.FromString(head))

    async def GetReceipt(self, request: pb.GetReceiptRequest, context: Any) -> pb.GetReceiptResponse:
        """Feeds have no receipts."""
        await context.abort(grpc.StatusCode.NOT_FOUND, "feeds have no receipts")
        raise AssertionError

    async def FetchBlob(self, request: pb.FetchBlobRequest, context: Any) -> AsyncIterator[pb.FetchBlobResponse]:
        """A platform fetches no files."""
        await context.abort(grpc.StatusCode.NOT_FOUND, "not for platforms")
        yield pb.FetchBlobResponse()

    async def Resend(self, request: pb.ResendRequest, context: Any) -> AsyncIterator[pb.ResendResponse]:
        """A stretch of the feed, in order."""
        self._note(context)
        self.asked.append((request.from_seq, request.to_seq))
        for wire in self.wires:
            header = header_of(wire)
            if header.epoch == request.epoch and request.from_seq <= header.seq <= (request.to_seq or header.seq):
                yield pb.ResendResponse(envelope=envelopes.Envelope.FromString(self.serve(wire)))

    def _note(self, context: Any) -> None:
        names = context.auth_context().get("x509_subject_alternative_name", ())
        self.callers |= {name.decode() for name in names if name.startswith(b"xc:")}

    @asynccontextmanager
    async def serving(self, pki: Pki, port: int = 0) -> AsyncIterator[None]:
        """Serves on a port of this machine; a free one unless it is named."""
        folder = pki.node(self.party.id)
        credentials = grpc.ssl_server_credentials(
            [((folder / "tls.key").read_bytes(), (folder / "tls.pem").read_bytes())],
            root_certificates=pki.ca_file.read_bytes(),
            require_client_auth=True,
        )
        server = grpc.aio.server()
        stubs.add_ExchangeServiceServicer_to_server(self, server)
        self.address = f"localhost:{server.add_secure_port(f'127.0.0.1:{port}', credentials)}"
        await server.start()
        try:
            yield
        finally:
            await server.stop(grace=0)

    @property
    def port(self) -> int:
        """Where it serves."""
        return int(self.address.rpartition(":")[2])


def registry_of(*publishers: Publisher) -> Registry:
    """The registry file with their addresses as they are now."""
    members = [(each.party.member(grpc=each.address), each.party.cards()) for each in publishers]
    return Registry.parse(render(1, members))


@contextmanager
def certificates(folder: Path, *authority_ids: str) -> Iterator[Pki]:
    """Certificates of a platform and of publishers."""
    pki = Pki(folder)
    pki.ensure([PLATFORM, *authority_ids])
    yield pki


def platform_source(pki: Pki, registry: Callable[[], Registry], *, seconds: float = 2.0) -> Publishers:
    """The platform's way to publishers, with its certificate."""
    folder = pki.node(PLATFORM)
    credentials = grpc.ssl_channel_credentials(
        pki.ca_file.read_bytes(), (folder / "tls.key").read_bytes(), (folder / "tls.pem").read_bytes()
    )
    return Publishers(registry, credentials, seconds=seconds)
