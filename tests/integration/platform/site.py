"""A platform's node with publishers around it: real Kafka, PostgreSQL and gRPC, asked as a supervisor would."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import grpc
from aiokafka import AIOKafkaProducer
from enforcement.platform.v1 import service_pb2 as pb
from enforcement.platform.v1 import service_pb2_grpc as stubs
from google.protobuf.message import Message
from pydantic import SecretStr

from deploy.local.kafka import Broker
from deploy.local.pki import Pki
from deploy.local.process import free_ports
from services.kernel.app import Node
from services.kernel.clock import SystemClock
from services.kernel.config import NodeSettings
from services.kernel.ledger import Ledger
from services.kernel.rules import Rules
from services.platform.install import install
from services.platform.peers import Publishers, credentials_of
from services.platform.service import Platform
from services.platform.settings import PlatformSettings
from services.platform.streams import topic_of
from tests.integration.platform.publisher import Publisher, registry_of
from tests.support.eventually import eventually
from tests.support.kafka import fresh_id
from tests.support.members import Party, header_of
from tests.support.postgres import Databases
from tests.unit.platform.feeds import Tale, publish

CALL_SECONDS = 15.0


@dataclass(slots=True)
class Site:
    """Publishers with topics of their own on a broker."""

    broker: Broker
    folder: Path
    publishers: list[Publisher]
    pki: Pki
    producer: AIOKafkaProducer
    members: list[Publisher] = field(default_factory=list)
    """The publishers and every platform that was started."""

    @classmethod
    @asynccontextmanager
    async def open(cls, broker: Broker, folder: Path, count: int = 1, *, topics: bool = True) -> AsyncIterator[Self]:
        """`count` publishers, each serving its feed again by gRPC."""
        publishers = [Publisher(Party.new(fresh_id("jt"))) for _ in range(count)]
        pki = Pki(folder / "pki")
        pki.ensure([each.party.id for each in publishers])
        if topics:
            await broker.create_topics({topic_of(each.party.id): 1 for each in publishers})
        async with AsyncExitStack() as stack:
            for publisher in publishers:
                await stack.enter_async_context(publisher.serving(pki))
            producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True, acks="all")
            await producer.start()
            stack.push_async_callback(producer.stop)
            yield cls(broker, folder, publishers, pki, producer, list(publishers))

    def publish(self, tales: Iterable[Tale]) -> list[tuple[Publisher, bytes]]:
        """The tales as their publishers sign them; nothing is sent yet."""
        by_id = {each.party.id: each for each in self.publishers}
        signed = []
        for tale in tales:
            publisher = by_id[tale.publisher]
            wire = publish(publisher.party, tale.event, tale.occurred_at)
            publisher.wires.append(wire)
            signed.append((publisher, wire))
        return signed

    async def send(self, signed: Iterable[tuple[Publisher, bytes]]) -> None:
        """Brings envelopes to Kafka, in this order, and waits until it has them."""
        for publisher, wire in signed:
            await self.producer.send_and_wait(topic_of(publisher.party.id), wire, key=publisher.party.id.encode())

    @asynccontextmanager
    async def platform(
        self, databases: Databases, *, platform_id: str = "", dsn: str = "", **settings: Any
    ) -> AsyncIterator["Supervisor"]:
        """A platform's node that reads the publishers' feeds; the same id and DSN go on where another stopped."""
        platform_id = platform_id or fresh_id("pt")
        if not dsn:
            dsn = await databases.make(platform_id)
            await install(databases.admin(dsn), platform_id)
        self.pki.ensure([platform_id])
        if all(each.party.id != platform_id for each in self.members):
            self.members.append(Publisher(Party.new(platform_id)))
        api = f"127.0.0.1:{free_ports(1)[0]}"
        async with Ledger.open(dsn) as ledger:
            node = self._node(platform_id, dsn, api, ledger)
            platform = self._part(node, settings)
            node.host(platform)
            stop, ready = asyncio.Event(), asyncio.Event()
            serving = asyncio.create_task(node.serve(stop, ready.set))
            try:
                await _first(serving, ready.wait())
                token = self.pki.token(platform_id, "supervisor", administrator=True)
                async with grpc.aio.insecure_channel(api) as channel:
                    yield Supervisor(platform, dsn, api, channel, token)
            finally:
                stop.set()
                await asyncio.wait_for(serving, 20)

    def _node(self, platform_id: str, dsn: str, api: str, ledger: Ledger) -> Node:
        tls = self.pki.node(platform_id)
        registry = registry_of(*self.members)
        registry_file = self.folder / f"{platform_id}.toml"
        registry_file.write_bytes(registry.file)
        settings = NodeSettings(
            authority_id=platform_id,
            dsn=SecretStr(dsn),
            kafka=self.broker.bootstrap,
            api_address=api,
            api_tls=False,
            tls_ca_file=self.pki.ca_file,
            tls_certificate_file=tls / "tls.pem",
            tls_key_file=tls / "tls.key",
            registry_file=registry_file,
            keys_dir=tls / "keys",
            blobs_dir=self.folder / "blobs",
            guard_file=self.folder / "guard",
            jwks=str(self.pki.jwks_file),
        )
        return Node(settings, ledger, clock=SystemClock(), rules=Rules.load(None), registry=registry)

    def _part(self, node: Node, settings: dict[str, Any]) -> Platform:
        feeds = tuple(each.party.id for each in self.publishers)
        values: dict[str, Any] = {"feeds": feeds, "retry_seconds_max": 0.5}
        platform_settings = PlatformSettings(**values | settings)
        source = Publishers(lambda: node.registry, credentials_of(node.settings), seconds=2.0)
        return Platform(
            node.authority.id,
            node.ledger,
            node.settings.kafka,
            registry=lambda: node.registry,
            source=source,
            settings=platform_settings,
        )


@dataclass(slots=True)
class Supervisor:
    """Who asks a running platform."""

    platform: Platform
    dsn: str
    api: str
    """host:port of its officers' port."""
    channel: grpc.aio.Channel
    token: str

    @property
    def stub(self) -> Any:
        """PlatformService as the supervisor sees it."""
        return stubs.PlatformServiceStub(self.channel)

    async def ask(self, method: str, request: Message) -> Any:
        """One call with token and deadline."""
        metadata = (("authorization", f"Bearer {self.token}"),)
        return await getattr(self.stub, method)(request, timeout=CALL_SECONDS, metadata=metadata)

    async def number(self, definition_id: str, **query: Any) -> pb.Statistic:
        """A number of the first version of a definition."""
        question = pb.StatisticQuery(definition_id=definition_id, definition_version=1, **query)
        return (await self.ask("GetStatistic", pb.GetStatisticRequest(query=question))).statistic  # type: ignore[no-any-return]

    async def seen(self, publishers: Sequence[Publisher]) -> int:
        """Waits until every feed is stored up to its end; the log's position then."""
        position = 0
        for publisher in publishers:
            request = pb.GetFeedPositionRequest(publisher_id=publisher.party.id, min_seq=publisher.party.link.seq)
            position = max(position, (await self.ask("GetFeedPosition", request)).position)
        return position

    async def feeds(self) -> dict[str, pb.FeedState]:
        """Every feed by its publisher."""
        answer = await self.ask("ListFeeds", pb.ListFeedsRequest())
        return {feed.publisher_id: feed for feed in answer.feeds}

    async def consuming(self) -> None:
        """Waits until the stream worker has its partitions."""
        await eventually(lambda: self.platform.streams.consuming, within=30, what="consuming")


def event_id(wire: bytes) -> str:
    """Id of an envelope's event in its publisher's ledger."""
    from uuid import UUID

    return str(UUID(bytes=header_of(wire).source_event))


async def _first(task: asyncio.Task[None], other: Any) -> None:
    """Waits for `other`; raises what ends `task` before."""
    waiting = asyncio.ensure_future(other)
    done, _ = await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED, timeout=30)
    if task in done:
        waiting.cancel()
        task.result()
    assert waiting in done, "the node did not become ready within 30 s"
