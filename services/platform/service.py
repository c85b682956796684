"""The platform as a part of a node of kind PLATFORM: streams, intake, repair and questions in one asyncio loop.

    refold when the fold changed ─▶ intake, repair, streams ──cancelled──▶ streams stop ─▶ what was drawn is recorded

Promise   run() returns after the stream worker has stopped and what it drew is recorded, or DRAIN_SECONDS have passed.
Not       that a feed is read as soon as run() begins: the first assignment takes Faust 3–4 s.
Failing   Kafka, PostgreSQL or a publisher away: it waits and goes on. What is asked meanwhile is answered from the log.
Owns      its tasks. Shown by tests/integration/platform/test_platform.py
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from enforcement.options.v1 import options_pb2 as options
from enforcement.platform.v1 import service_pb2 as pb
from google.protobuf.descriptor import ServiceDescriptor

from services.kernel.app import Node
from services.kernel.authority import Authority
from services.kernel.envelopes.codec import Link
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.envelopes.members import Registry
from services.kernel.ledger import Ledger, Unavailable
from services.kernel.telemetry import Log
from services.platform.api import PlatformApi
from services.platform.intake import Intake
from services.platform.judge import Judge
from services.platform.peers import Publishers, credentials_of
from services.platform.registry import RegistryFile
from services.platform.repair import FeedSource, Repair
from services.platform.settings import PlatformSettings
from services.platform.store import Store
from services.platform.streams import Streams

log = Log(__name__)

DRAIN_SECONDS: Final = 3.0
RETRY_SECONDS: Final = 1.0
DESCRIPTOR: Final = pb.DESCRIPTOR.services_by_name["PlatformService"]


class Platform:
    """One platform in one process.

    Args:
        authority_id: of the platform, e.g. pt-510000.
        ledger: of its node; the log is in the same database.
        kafka: bootstrap servers, comma separated.
        registry: answers with the member registry in force.
        source: asks publishers for what Kafka did not bring.
        settings: bounds, and the feeds to read.
        catalogue: the message types that this build knows; read from the build's descriptor set when it is not given.
        closing: set when the node stops, so that WatchLog ends before the servers wait for it.

    Raises:
        ValueError: the settings name feeds that the registry does not have.
    """

    def __init__(
        self,
        authority_id: str,
        ledger: Ledger,
        kafka: str,
        *,
        registry: Callable[[], Registry],
        source: FeedSource,
        settings: PlatformSettings | None = None,
        catalogue: Catalogue | None = None,
        closing: asyncio.Event | None = None,
    ) -> None:
        settings = settings or PlatformSettings()
        _check_named(registry(), settings)
        self.store = Store(ledger, quarantine_bytes_max=settings.quarantine_bytes_max)
        self.intake = Intake(
            self.store,
            Judge(catalogue or Catalogue.load()),
            settings,
            registry=registry,
            wall=lambda: datetime.now(UTC),
        )

        def feeds() -> tuple[str, ...]:
            return feeds_of(authority_id, registry(), settings)

        instance = ledger.settings.instance
        self.streams = Streams(f"platform.{authority_id}", kafka, feeds, self.intake.take, settings, instance=instance)
        self._source = source
        self._repair = Repair(source, self.store, self.intake, settings, feeds)
        self._closing = closing or asyncio.Event()
        self._api = PlatformApi(ledger, self.store, self.intake, feeds, lambda: self.streams.consuming, self._closing)

    def api(self) -> Sequence[tuple[ServiceDescriptor, object]]:
        """Services on the supervisors' port."""
        return [(DESCRIPTOR, self._api)]

    def peer(self) -> Sequence[tuple[ServiceDescriptor, object]]:
        """Services for other authorities: none, the platform only listens."""
        return []

    async def followed(self, publisher: str) -> Link | None:
        """How far a publisher's feed is stored here; None when nothing is. Its restore guard asks."""
        end = (await self.store.feed(publisher)).end
        return end if end.seq else None

    async def run(self) -> None:
        """Reads, repairs and records until it is cancelled."""
        await self._refold()
        recording = asyncio.create_task(self.intake.run())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_with(recording))
                tasks.create_task(self._repair.run())
                tasks.create_task(self.streams.run())
        finally:
            self._closing.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    await self.intake.drain()
            recording.cancel()
            await self._source.aclose()

    async def _refold(self) -> None:
        while True:
            try:
                count = await self.store.refold()
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if count:
                log.info("clocks folded again", events=count)
            return


def make(node: Node, registry: Callable[[], Registry] | None = None) -> Platform:
    """The platform of a node.

    Args:
        registry: answers with the member registry in force; None where no exchange runs beside: the file is followed.

    Raises:
        ValueError: the settings name feeds that the registry does not have, or no certificate.
    """
    settings = PlatformSettings()
    registry = registry or RegistryFile(node.settings.registry_file, node.registry)
    source = Publishers(registry, credentials_of(node.settings), seconds=settings.fetch_seconds)
    return Platform(
        node.authority.id,
        node.ledger,
        node.settings.kafka,
        registry=registry,
        source=source,
        settings=settings,
        closing=node.draining,
    )


async def _with(task: asyncio.Task[None]) -> None:
    """Dies with `task`, and does not take it along when it is cancelled itself."""
    await asyncio.shield(task)


def _check_named(registry: Registry, settings: PlatformSettings) -> None:
    unknown = [name for name in settings.feeds if registry.member(name) is None]
    if unknown:
        raise ValueError(f"feeds of authorities that the member registry does not have: {', '.join(unknown)}")


def feeds_of(authority_id: str, registry: Registry, settings: PlatformSettings) -> tuple[str, ...]:
    """The authorities whose feeds a platform reads: those named by its settings, else every member that is no platform.

    One that leaves the registry is no longer read.
    """
    named = settings.feeds or [
        name
        for name in registry.members
        if name != authority_id and Authority(name, name).kind != options.AUTHORITY_KIND_PLATFORM
    ]
    return tuple(sorted(name for name in named if registry.member(name) is not None))
