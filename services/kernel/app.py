"""A node: the services of one authority, composed and run in one process.

    STARTING ──ledger, registry, readers──▶ SERVING ──SIGTERM──▶ DRAINING ──stop_seconds at most──▶ STOPPED

Promise   SERVING means that health says so: the ledger is reachable, the officers' register is read, every method is
          bound. A stop refuses new calls, finishes those under way, then stops the readers, then closes the ledger.
Not       that views and policies are at the head: their lag is a metric, and a query names its position.
Bounds    stop_seconds in all; what is left then is cut, and every reader goes on from its checkpoint next time.
Failing   a part that dies takes the process down with its reason: a half-running node would let clocks run unseen.
Owns      the process's tasks, servers and ledger.
Shown by tests/integration/node/test_node.py
"""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Protocol

import grpc
import uvloop
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.kernel import audit, telemetry
from services.kernel.blobs import BlobStore, DiskBlobs
from services.kernel.blobs import api as blobs
from services.kernel.clock import Clock, FileClock, SystemClock
from services.kernel.command_specs import CommandSpec, specs_of
from services.kernel.commands import Commands
from services.kernel.config import NodeSettings
from services.kernel.deadlines import api as deadlines
from services.kernel.deadlines.model import calendar
from services.kernel.deadlines.runner import DeadlineRunner
from services.kernel.decider import Context
from services.kernel.envelopes.members import Registry
from services.kernel.errors import EnforcementError
from services.kernel.file_access import FileAccess, Handlers
from services.kernel.identity import OfficerRegister, Tokens
from services.kernel.ledger import Ledger, LedgerSettings, service_role
from services.kernel.ledger_metrics import LedgerMetrics, tell_lag
from services.kernel.membership import Membership
from services.kernel.policy import PolicyRunner
from services.kernel.projection import ViewReader, ViewsRunner
from services.kernel.register import RegisterReader
from services.kernel.rpc import CertificateIdentifier, Identifier, Methods, TokenIdentifier, server
from services.kernel.rules import Rules
from services.kernel.service import Service
from services.kernel.stopping import cut_off
from services.kernel.telemetry import Log, configure_logs

log = Log(__name__)


SWEEP_SECONDS: Final = 3600.0


class Part(Protocol):
    """Something a node hosts beside the domain services: the exchange, the platform's streams."""

    def api(self) -> Sequence[tuple[ServiceDescriptor, object]]:
        """Services on the officers' port."""
        ...

    def peer(self) -> Sequence[tuple[ServiceDescriptor, object]]:
        """Services on the port for other authorities."""
        ...

    async def run(self) -> None:
        """Runs until it is cancelled."""
        ...


class Node:
    """What services and parts find around them."""

    def __init__(
        self, settings: NodeSettings, ledger: Ledger, *, clock: Clock, rules: Rules, registry: Registry
    ) -> None:
        self.settings = settings
        self.ledger = ledger
        self.clock = clock
        self.rules = rules
        self.members = Membership(settings.authority_id, registry, settings.registry_file)
        self.authority = self.members[settings.authority_id]
        self.register = RegisterReader(ledger, OfficerRegister(settings.authority_id))
        self.commands = Commands(
            ledger,
            authority=self.authority,
            members=self.members,
            officers=self.register.officers,
            rules=rules,
            clock=clock,
            officers_caught_up=lambda: self.register.reached(self.commands.last_recorded("officer")),
        )
        self.blobs: BlobStore = blob_store(settings)
        self._clocks: list[DeadlineRunner] = []
        self.draining = asyncio.Event()
        """Set when the node begins to stop: whoever streams answers to a caller ends now."""
        self._views: dict[str, ViewReader] = {}
        self._handlers: list[Handlers] = []
        self._runners: list[Callable[[], Coroutine[Any, Any, None]]] = [
            self.register.run,
            self.members.run,
            partial(tell_lag, ledger),
        ]
        self._api: list[tuple[ServiceDescriptor, Mapping[str, CommandSpec], object]] = []
        self._peer: list[tuple[ServiceDescriptor, Mapping[str, CommandSpec], object]] = []

    @property
    def registry(self) -> Registry:
        """The member registry in force."""
        return self.members.registry

    def views(self, service: str) -> ViewReader:
        """The read models of a service of this process."""
        return self._views[service]

    async def all_views_reached(self, position: int) -> None:
        """Waits until the read models of every service of this process hold everything up to `position`.

        Raises:
            Refused: VIEW_BEHIND.
        """
        for reader in self._views.values():
            await reader.reached(position)

    def add(self, service: Service) -> None:
        """Composes one domain service into the node.

        Raises:
            NoLocalRule: the rules file lacks an amount of local law that the service needs for its province.
        """
        for name in service.local_rules:
            self.rules.require_local(name, self.authority.division)
        specs = specs_of(service.descriptor, list(service.aggregates))
        views = ViewsRunner(service.views, self.ledger, owner=service_role(self.authority.id, service.name))
        policy = PolicyRunner(
            service.policy,
            self.ledger,
            self.commands,
            authority=self.authority,
            members=self.members,
            rules=self.rules,
            clock=self.clock,
        )
        clocks = DeadlineRunner(
            self.ledger,
            service=service.name,
            deadlines=service.deadlines,
            authority=self.authority,
            rules=self.rules,
            clock=self.clock,
        )
        self.commands.add(
            specs, policy.caught_up, self._lookups(service), self._naming(service), service.lookups.in_turn
        )
        self._views[service.name] = ViewReader(views, self.ledger, service.name)
        if service.handled_by is not None:
            self._handlers.append(partial(service.handled_by, self))
        self._clocks.append(clocks)
        self._runners += [views.run, policy.run, clocks.run]
        self._api.append((service.descriptor, specs, service.api(self)))

    def _lookups(self, service: Service) -> dict[str, Callable[[Any, Context], Awaitable[Any]]]:
        return {command: partial(look_up, self) for command, look_up in service.lookups.by_command.items()}

    def _naming(self, service: Service) -> dict[str, Callable[[Any], Awaitable[str]]]:
        return {command: partial(naming, self) for command, naming in service.lookups.naming.items()}

    def host(self, part: Part) -> None:
        """Composes a part into the node."""
        self._runners.append(part.run)
        self._api += [(descriptor, {}, api) for descriptor, api in part.api()]
        self._peer += [(descriptor, {}, api) for descriptor, api in part.peer()]

    async def serve(self, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Runs everything that was composed until `stop` is set, then drains."""
        settings = self.settings
        self._add_kernel_services()
        identifier = TokenIdentifier(
            Tokens.from_jwks(self.authority.id, settings.jwks, settings.collector_jwks),
            self.register.officers,
            self.commands.officers_caught_up,
            self._officers_at_head,
        )
        checker = health.aio.HealthServicer()
        api = self._server(self._api, identifier)
        health_pb2_grpc.add_HealthServicer_to_server(checker, api)
        if settings.reflection:
            names = [descriptor.full_name for descriptor, _, _ in self._api]
            reflection.enable_server_reflection([*names, reflection.SERVICE_NAME], api)
        _listen(api, settings.api_address, settings, mutual=False)
        servers = [api]
        if self._peer:
            peer = self._server(self._peer, CertificateIdentifier())
            _listen(peer, settings.peer_address, settings, mutual=True)
            servers.append(peer)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(run()) for run in self._runners]
            await self.register.reached(await self.ledger.head())
            for made in servers:
                await made.start()
            await checker.set("", health_pb2.HealthCheckResponse.SERVING)
            log.info("serving", api=settings.api_address, peer=settings.peer_address)
            ready()
            await stop.wait()
            log.info("draining")
            self.draining.set()
            await checker.enter_graceful_shutdown()
            grace = settings.stop_seconds / 2
            await asyncio.gather(*(made.stop(grace) for made in servers))
            for task in running:
                task.cancel()

    def _add_kernel_services(self) -> None:
        """What every process serves beside its own services: clocks, files, the audit of personal data."""
        specs = specs_of(deadlines.DESCRIPTOR, [calendar])
        self.commands.add(specs, _nothing_to_wait_for)
        self._api.append((deadlines.DESCRIPTOR, specs, deadlines.DeadlinesApi(self.ledger, self._clocks)))
        access = FileAccess(self.ledger, self._handlers)
        self._api.append((blobs.DESCRIPTOR, {}, blobs.BlobsApi(self.blobs, access.require)))
        self._api.append((audit.DESCRIPTOR, {}, audit.AuditApi(self.ledger)))
        self._runners.append(self._sweep_blobs)

    async def _officers_at_head(self) -> None:
        await self.register.reached(await self.ledger.head())

    async def _sweep_blobs(self) -> None:
        while True:
            try:
                await self.blobs.sweep()
            except EnforcementError:
                log.exception("uploads that were cut could not be swept")
            await asyncio.sleep(SWEEP_SECONDS)

    def _server(
        self, bound: Sequence[tuple[ServiceDescriptor, Mapping[str, CommandSpec], object]], identifier: Identifier
    ) -> grpc.aio.Server:
        methods = Methods(authority=self.authority, clock=self.clock, commands=self.commands, identifier=identifier)
        return server(*(methods.handler(descriptor, specs, api) for descriptor, specs, api in bound))


@asynccontextmanager
async def open_node(settings: NodeSettings, *, service: str = "node") -> AsyncIterator[Node]:
    """A node with an open ledger and nothing composed yet.

    Raises:
        ValueError: a file named by the settings is missing or wrong.
    """
    configure_logs(authority_id=settings.authority_id, service=service)
    telemetry.configure(authority_id=settings.authority_id, service=service, otlp_endpoint=settings.otlp_endpoint)
    registry = Registry.parse(settings.registry_file.read_bytes())
    clock = FileClock(settings.clock_file) if settings.clock_file else SystemClock()
    ledger_settings = LedgerSettings(
        application_name=f"enforcement.{service}", lease_seconds=settings.lease_seconds, instance=settings.instance
    )
    try:
        rules = Rules.load(settings.rules_file)
        if rules.unconfirmed:
            log.warning("settings that nobody confirmed are in force", count=len(rules.unconfirmed))
        async with Ledger.open(settings.dsn.get_secret_value(), ledger_settings, LedgerMetrics()) as ledger:
            yield Node(settings, ledger, clock=clock, rules=rules, registry=registry)
    finally:
        await telemetry.shutdown()


def run(compose: Callable[[Node], None], *, service: str = "node") -> None:
    """Runs a process until SIGTERM or SIGINT: opens a node, lets `compose` fill it, serves."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        settings = NodeSettings()  # type: ignore[call-arg]  # the environment gives what has no default
        watch = asyncio.create_task(cut_off(stop, settings.stop_seconds), name="cut off")
        async with open_node(settings, service=service) as node:
            compose(node)
            settle_garbage_collection()
            await node.serve(stop)
        watch.cancel()

    uvloop.run(main())


def settle_garbage_collection() -> None:
    """What was composed lives as long as the process: it is looked at no more. Young objects are looked at less often:
    events come and go by the thousand, and each look cost a sixth of a feed read on 2 cores (docs/performance.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def main(service: Service) -> None:
    """Runs one service alone: `python -m services.<name>`."""
    run(lambda node: node.add(service), service=service.name)


def blob_store(settings: NodeSettings) -> BlobStore:
    """Where evidence files go: an S3-compatible store where one is configured, else a folder."""
    if settings.s3_endpoint:
        from services.kernel.blobs.s3 import S3Blobs, S3Settings

        return S3Blobs(
            S3Settings(
                settings.s3_endpoint,
                settings.s3_bucket,
                settings.s3_access_key,
                settings.s3_secret_key.get_secret_value(),
            )
        )
    return DiskBlobs(settings.blobs_dir)


async def _nothing_to_wait_for() -> None:
    """A calendar is loaded whatever the policies have seen."""


def _listen(made: grpc.aio.Server, address: str, settings: NodeSettings, *, mutual: bool) -> None:
    if not mutual and not settings.api_tls:
        made.add_insecure_port(address)
        return
    credentials = grpc.ssl_server_credentials(
        [(settings.tls_key_file.read_bytes(), settings.tls_certificate_file.read_bytes())],
        root_certificates=settings.tls_ca_file.read_bytes() if mutual else None,
        require_client_auth=mutual,
    )
    made.add_secure_port(address, credentials)
