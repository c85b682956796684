"""The exchange of one authority: all its parts, hosted by a node or run alone.

    STARTING ──registry in force──▶ SUSPECTED? ──restore judged──▶ RUNNING ──cancelled──▶ STOPPING ──▶ STOPPED

Promise   nothing is signed before the restore guard is clear; stopping commits what is done and leaves the rest to be
          repeated.
Not       progress without Kafka or peers: commands go on, envelopes wait in the database.
Bounds    stop_seconds for offsets and acknowledgements.
Failing   a part that dies by a bug takes the exchange down, and with it whoever runs it.
Owns      its tasks, producer, consumer and channels to peers. Shown by tests/integration/exchange/test_end_to_end.py
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from google.protobuf.descriptor import ServiceDescriptor

from services.exchange.api import DESCRIPTOR as NODE_SERVICE
from services.exchange.api import NodeExchangeApi
from services.exchange.carrier import KafkaCarrier
from services.exchange.consumer import MailboxConsumer
from services.exchange.files import Files
from services.exchange.gaps import Puller
from services.exchange.guard import Guard
from services.exchange.inbound import Receiver
from services.exchange.office import Office
from services.exchange.outbound import Builder
from services.exchange.peer import DESCRIPTOR as PEER_SERVICE
from services.exchange.peer import Followed, PeerApi, Peers, TlsFiles
from services.exchange.publisher import Publisher
from services.exchange.registries import Registries
from services.exchange.restore import Restore
from services.exchange.rewound import Rewinds
from services.exchange.settings import ExchangeSettings
from services.kernel.blobs import BlobStore
from services.kernel.clock import Clock
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.envelopes.keys import KeyRing
from services.kernel.envelopes.members import Registry
from services.kernel.ledger import Ledger
from services.kernel.telemetry import Log

__all__ = ["CATEGORIES", "Exchange"]

log = Log(__name__)

CATEGORIES: Final = ("received", "exchange")
"""Ledger categories that the exchange's login role appends to."""


def wall_clock() -> datetime:
    """The machine's clock, for keys and the skew of other ledgers."""
    return datetime.now(UTC)


class Exchange:
    """One authority's exchange in this process.

    Host it as a part of a node (`api`, `peer`, `run`), or run it for the length of a block with `async with`.
    """

    def __init__(
        self,
        settings: ExchangeSettings,
        ledger: Ledger,
        registry: Registry,
        keys: KeyRing,
        clock: Clock,
        blobs: BlobStore,
        *,
        kafka: str,
        guard_file: Path | None = None,
        registry_file: Path | None = None,
        tls: TlsFiles | None = None,
        catalogue: Catalogue | None = None,
        wall: Callable[[], datetime] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Composes the parts; nothing runs yet.

        Args:
            registry: in force at start; `registry_file` is watched for newer ones.
            kafka: bootstrap servers.
            guard_file: on another volume than the database; None asks the peers at every start.
            tls: of this authority towards peers; None means that nothing can be pulled.
        """
        catalogue = catalogue or Catalogue.load()
        self.office = Office(keys.authority, ledger, registry, keys, catalogue, clock, wall, settings, monotonic)
        office = self.office
        guard = Guard(guard_file, office.me)
        self._carrier = KafkaCarrier(kafka, office.me)
        self._registries = Registries(office, registry_file)
        self._peers = Peers(office, tls)
        self.publisher = Publisher(office, self._carrier, guard.covers)
        self._restore = Restore(office, guard, self._peers)
        self._puller = Puller(office, self._peers, self._restore)
        self.receiver = Receiver(office, self.publisher.answer, self._puller.need)
        self._puller.serve(self.receiver)
        self._builder = Builder(office, guard, self.publisher.publish)
        self._consumer = MailboxConsumer(office, self.receiver, kafka)
        self._files = Files(office, self._peers, blobs)
        self._peer_api = PeerApi(office, blobs, Rewinds(office, self._peers).notice)
        self._node_api = NodeExchangeApi(
            office,
            publisher=self.publisher,
            receiver=self.receiver,
            peers=self._peers,
            files=self._files,
            builder=self._builder,
        )
        self._running: asyncio.Task[None] | None = None

    def follows(self, followed: Followed) -> None:
        """Names who knows how far other members' feeds were followed in this node, so that their restore guards can
        ask: a platform."""
        self._peer_api.followed = followed

    def api(self) -> Sequence[tuple[ServiceDescriptor, object]]:
        """Services on the officers' port."""
        return [(NODE_SERVICE, self._node_api)]

    def peer(self) -> Sequence[tuple[ServiceDescriptor, object]]:
        """Services on the port for other authorities."""
        return [(PEER_SERVICE, self._peer_api)]

    async def run(self) -> None:
        """Runs until it is cancelled; the peers' port must be served before, or two restored nodes wait for each other.

        Raises:
            RegistryFault, GuardFault: what an operator must look at before anything is signed.
        """
        try:
            await self._registries.start()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._registries.run(), name="exchange registry")
                await self._restore.clear()
                await self.receiver.start()
                tasks.create_task(self.publisher.run(), name="exchange publisher")
                tasks.create_task(self._builder.run(), name="exchange builder")
                tasks.create_task(self._consumer.run(), name="exchange consumer")
                tasks.create_task(self._puller.run(), name="exchange puller")
                log.info("the exchange runs", authority=self.office.me, registry=self.office.registry.version)
        finally:
            await self._carrier.aclose()
            await self._peers.aclose()

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self.run(), name=f"exchange {self.office.me}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops; raises what the exchange died of, if it did."""
        assert self._running is not None
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running
