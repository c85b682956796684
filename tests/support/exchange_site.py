"""Whole exchanges on a real database, a real broker and real mutual TLS, as a node hosts them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
from enforcement.exchange.v1 import service_pb2

from deploy.local.kafka import Broker
from deploy.local.pki import Pki
from deploy.local.process import free_ports
from services.exchange.peer import DESCRIPTOR, TlsFiles
from services.exchange.service import Exchange
from services.exchange.settings import ExchangeSettings
from services.kernel.authority import Authority
from services.kernel.blobs import DiskBlobs
from services.kernel.clock import SystemClock
from services.kernel.commands import Commands
from services.kernel.envelopes.key_cards import render
from services.kernel.envelopes.members import Registry
from services.kernel.identity import Actor, OfficerRegister
from services.kernel.ledger import Event, Ledger
from services.kernel.rpc import Call, CertificateIdentifier, Methods, server
from services.kernel.rules import Rules
from tests.support.exchange import Desk, Knife
from tests.support.kafka import fresh_id, make_topics
from tests.support.members import Party
from tests.support.postgres import Databases
from tests.support.virtual_time import VirtualTime

QUICK = ExchangeSettings(
    resend_after_seconds=(0.4, 0.4, 1.0),
    feed_head_seconds=1.0,
    peer_heads_seconds=1.0,
    pull_backoff_seconds=(0.05, 0.5),
    kafka_retry_seconds=0.2,
    commit_seconds=0.1,
    repeat_answer_seconds=0.1,
    peer_timeout_seconds=3.0,
    registry_check_seconds=0.1,
)
"""The same behaviour on a shorter schedule."""

OPERATOR = Actor("operator", "administrator")
OFFICER = Actor("officer", "officer")


@dataclass(slots=True)
class Member:
    """One authority of a test: keys, certificate, address, registry file."""

    party: Party
    address: str
    stem: Path
    folder: Path
    reached_at: str = ""
    """Where others are told to find it; its address when nothing stands between."""
    guard_file: Path | None = None

    @property
    def id(self) -> str:
        return self.party.id

    @property
    def door(self) -> str:
        return self.reached_at or self.address

    @property
    def guard(self) -> Path:
        return self.guard_file or self.folder / "guard.json"

    @property
    def registry_file(self) -> Path:
        return self.folder / "members.toml"


@dataclass(slots=True)
class Union:
    """Authorities that know each other."""

    broker: Broker
    databases: Databases
    pki: Pki
    members: list[Member] = field(default_factory=list)

    @classmethod
    async def of(cls, broker: Broker, databases: Databases, folder: Path, *kinds: str) -> Union:
        """Makes authorities of these kinds with topics, certificates and registry files."""
        pki = Pki(folder / "pki")
        made = cls(broker, databases, pki)
        for port, kind in zip(free_ports(len(kinds)), kinds, strict=True):
            party = Party.new(fresh_id(kind))
            home = folder / party.id
            home.mkdir()
            stem = home / "tls"
            pki.certificate(stem, f"xc:authority:{party.id}")
            made.members.append(Member(party, f"localhost:{port}", stem, home))
        await make_topics(broker, *(member.id for member in made.members))
        for member in made.members:
            made.write_registry(member)
        return made

    def registry(self, version: int = 1, **changes: Any) -> bytes:
        """The registry file of the union: everybody reads everybody's feed."""
        before = datetime.now(UTC) - timedelta(days=1)
        values = {"subscribes": True} | changes
        return render(
            version,
            [
                (
                    member.party.member(grpc=member.reached_at or member.address, **values),
                    member.party.cards(not_before=before),
                )
                for member in self.members
            ],
        )

    def write_registry(self, member: Member, version: int = 1, **changes: Any) -> None:
        member.registry_file.write_bytes(self.registry(version, **changes))

    @contextlib.asynccontextmanager
    async def site(
        self,
        member: Member,
        *,
        dsn: str = "",
        settings: ExchangeSettings = QUICK,
        kafka: str = "",
        run: bool = True,
        time: VirtualTime | None = None,
    ) -> AsyncIterator[Site]:
        """The member's exchange, running, with its peers' port served."""
        clocks: dict[str, Any] = {"wall": time.wall, "monotonic": time.monotonic} if time else {}
        dsn = dsn or await self.databases.make()
        async with Ledger.open(dsn) as ledger:
            blobs = DiskBlobs(member.folder / "blobs")
            tls = TlsFiles(self.pki.ca_file, member.stem.with_suffix(".pem"), member.stem.with_suffix(".key"))
            exchange = Exchange(
                settings,
                ledger,
                Registry.parse(member.registry_file.read_bytes()),
                member.party.ring,
                time.clock if time else SystemClock(),
                blobs,
                kafka=kafka or self.broker.bootstrap,
                guard_file=member.guard,
                registry_file=member.registry_file,
                tls=tls,
                **clocks,
            )
            desk = Desk(
                member.party, exchange.office, exchange.receiver, dsn, self.databases.admin(dsn), Knife(), [], []
            )
            site = Site(member, exchange, desk, blobs, tls)
            async with peer_server(member, exchange, ledger, tls):
                if not run:
                    yield site
                    return
                async with exchange:
                    yield site


@contextlib.asynccontextmanager
async def peer_server(member: Member, exchange: Exchange, ledger: Ledger, tls: TlsFiles) -> AsyncIterator[None]:
    """The port for other authorities, by mutual TLS, bound as a node binds it."""
    authority = Authority(member.id, member.id)

    async def at_once() -> None:
        return None

    commands = Commands(
        ledger,
        authority=authority,
        members={member.id: authority},
        officers=OfficerRegister(member.id),
        rules=Rules(),
        clock=SystemClock(),
        officers_caught_up=at_once,
    )
    methods = Methods(authority=authority, clock=SystemClock(), commands=commands, identifier=CertificateIdentifier())
    made = server(*(methods.handler(descriptor, {}, api) for descriptor, api in exchange.peer()))
    assert exchange.peer()[0][0] is DESCRIPTOR
    credentials = grpc.ssl_server_credentials(
        [(tls.key.read_bytes(), tls.certificate.read_bytes())], tls.ca.read_bytes(), require_client_auth=True
    )
    made.add_secure_port(member.address, credentials)
    await made.start()
    try:
        yield
    finally:
        await made.stop(0)


@dataclass(slots=True)
class Site:
    """One authority's exchange, as a test sees it."""

    member: Member
    exchange: Exchange
    desk: Desk
    blobs: DiskBlobs
    tls: TlsFiles
    told: int = 0
    """Position of the last event that the test told."""

    @property
    def id(self) -> str:
        return self.member.id

    @property
    def api(self) -> Any:
        """NodeExchangeService's methods."""
        return self.exchange.api()[0][1]

    def call(self, actor: Actor = OPERATOR) -> Call:
        return Call(actor, datetime.now(UTC), 10.0)

    async def tell(
        self,
        event: Any,
        category: str = "operation",
        correlation_id: UUID | None = None,
        after: Event | None = None,
    ) -> Event:
        appended = await self.desk.tell(event, category=category, correlation_id=correlation_id, after=after)
        self.told = appended.position
        return appended

    async def settled(self) -> bool:
        """Tells whether everything told became envelopes, and every one to an authority has its receipt."""
        status = await self.api.get_status(service_pb2.GetStatusRequest(), self.call())
        return bool(status.told_position >= self.told) and await self.waiting() == 0

    async def waiting(self) -> int:
        """Envelopes to authorities without a receipt."""
        statement = "SELECT count(*) FROM exchange.sent WHERE receipt IS NULL AND recipient <> 'feed'"
        return int(await self.desk.value(statement))

    async def sent(self, to: Site) -> int:
        return int(await self.desk.value("SELECT count(*) FROM exchange.sent WHERE recipient = $1", to.id))

    async def received(self, sender: Site) -> list[bytes]:
        """Bodies received from a sender, in the ledger's order."""
        from tests.support.exchange import origin_of

        return [e.body for e in await self.desk.recorded() if origin_of(e).authority == sender.id]


async def pair(union: Union, stack: contextlib.AsyncExitStack) -> Sequence[Site]:
    """Every member of the union, running."""
    return [await stack.enter_async_context(union.site(member)) for member in union.members]


async def together(*actions: Any) -> None:
    """Awaits all."""
    await asyncio.gather(*actions)
