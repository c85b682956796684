"""A whole deployment on this machine: PostgreSQL, Kafka, trace store and the nodes of all authorities.

    PostgreSQL ─▶ databases ∥ Kafka ─▶ topics ∥ imports ─▶ keys, registries, settings ─▶ trace store ─▶ nodes SERVING

Promise   starting again on the same folder goes on where it stopped; after `stop` nothing of it runs.
Not       a deployment: one machine, one replica of everything, keys of all authorities side by side.
Bounds    NODE_READY_SECONDS for a node to serve; NODE_STOP_SECONDS to stop, then it is killed.
Failing   a part that does not start raises with the end of its log, and everything started before is stopped.
Owns      one folder and every process it started. Shown by tests/integration/local/test_cluster.py
"""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import asyncpg
import grpc
from enforcement.options.v1 import options_pb2 as options
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.bank.layout import LocalBank
from deploy.local.fork_server import PythonModule, preload
from deploy.local.kafka import Broker
from deploy.local.layout import HOST, TELEMETRY, Layout
from deploy.local.otlp import collector
from deploy.local.postgres import LocalPostgres
from deploy.local.process import Process, listens
from deploy.local.registry import write_registry
from services.kernel.clock import FileClock
from services.kernel.ledger import service_role
from services.node.composition import processes_of
from services.node.install import install, login_roles

ROOT: Final = Path(__file__).resolve().parents[2]
LETTERHEADS: Final = Path(__file__).with_name("letterheads")
"""What the documents of the demo's authorities say about the authorities; names and numbers are made up."""
DEFAULT_FOLDER: Final = ROOT / ".data"
NODE_READY_SECONDS: Final = 60.0
NODE_STOP_SECONDS: Final = 12.0
"""The node's own limit is 10 s; the rest is for the process to end."""
HEALTH_SECONDS: Final = 2.0
Tell = Callable[[str], None]
State = Literal["serving", "starting", "stopped"]


def stop_postgres(server: LocalPostgres, *, at_once: bool = False) -> None:
    """Stops PostgreSQL, and crashes it when its last checkpoint takes too long: it recovers at the next start."""
    try:
        server.stop(at_once=at_once)
    except subprocess.CalledProcessError:
        server.kill()


@dataclass(slots=True)
class Cluster:
    """A deployment over one folder. As a context manager made by `running`; or `start` and `stop` by hand.

    Args:
        layout: folder and authorities.
        clock: nodes act by a clock that stands here until `set_clock` moves it; None for the machine's clock.
        separate: authorities whose services run as one process each instead of one node.
        fixed_ports: prefer the ports that the documentation names.
        exports: nodes send spans and metrics to the trace store.
        collects: a simulated bank runs, and the transport bureaus' nodes know it.
        anew: nodes import everything anew, as in a deployment in earnest, instead of being forked (fork_server.py).
        disposable: nobody goes on with its data: the servers end at once, without writing down what they hold.
        tell: hears one line for each step.
    """

    layout: Layout
    clock: datetime | None = None
    separate: Collection[str] = ()
    fixed_ports: bool = False
    exports: bool = True
    collects: bool = False
    anew: bool = False
    disposable: bool = False
    tell: Tell = lambda line: None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack, init=False)
    _nodes: dict[str, dict[str, Process]] = field(default_factory=dict, init=False)
    _addresses: dict[tuple[str, str], str] = field(default_factory=dict, init=False)
    _postgres: LocalPostgres | None = field(default=None, init=False)
    _broker: Broker | None = field(default=None, init=False)
    _bank: LocalBank | None = field(default=None, init=False)

    # ── Start and stop ───────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def running(self, *, nodes: bool = True) -> AsyncIterator["Cluster"]:
        """Starts everything, with or without the nodes, and stops it when the block ends."""
        try:
            await self.start_infrastructure()
            if nodes:
                await self.start_nodes()
            yield self
        finally:
            await self.stop()

    async def start_infrastructure(self) -> None:
        """Starts servers, makes databases, topics, keys and settings, and the trace store."""
        alone = [f"{each}.{service}" for each in self.separate for service in self._services_alone(each)]
        ports = self.layout.ports(*alone, *(["bank"] if self.collects else []), fixed=self.fixed_ports)
        if not self.anew:
            preload()  # while the servers start
        self.tell("PostgreSQL与数据库，Kafka与主题 PostgreSQL and databases, Kafka and topics")
        # Both come to an end before a failure of one is told: the thread that starts PostgreSQL cannot be cancelled.
        servers = (
            self._start_postgres(ports["postgres"]),
            self._start_kafka(ports["kafka"], ports["kafka.controller"]),
        )
        failures = [done for done in await asyncio.gather(*servers, return_exceptions=True) if done is not None]
        if failures:
            raise failures[0]
        self.tell("密钥与成员名册 keys, member registries")
        await asyncio.to_thread(self._write_settings, ports, self.traces_dsn)
        await self._stack.enter_async_context(collector(self.traces_dsn, port=ports["otlp"]))
        if self._bank is not None:
            self.tell("模拟银行 simulated bank")
            self._stack.push_async_callback(self._bank.stop)
            await self._bank.start()

    async def start_nodes(self) -> None:
        """Starts every authority's node and waits until all of them serve."""
        async with asyncio.TaskGroup() as tasks:
            for each in self.layout.authorities.all:
                tasks.create_task(self.start(each.id))

    async def start(self, authority_id: str) -> None:
        """Starts one authority's processes and waits until they serve; does nothing to those that run."""
        processes = self._nodes[authority_id]
        for process in processes.values():
            process.start()
        async with asyncio.TaskGroup() as tasks:
            for service, process in processes.items():

                async def serves(service: str = service) -> bool:
                    return await self._serves(authority_id, service)

                tasks.create_task(process.ready(serves, seconds=NODE_READY_SECONDS))
        self.tell(f"{authority_id} {self.layout.authorities[authority_id].authority.name}")

    async def stop_node(self, authority_id: str) -> bool:
        """Stops one authority's processes as an operator would. Returns whether all ended by themselves in time."""
        processes = self._nodes.get(authority_id, {}).values()
        return all(await asyncio.gather(*(process.stop(grace=NODE_STOP_SECONDS) for process in processes)))

    async def kill(self, authority_id: str, service: str | None = None) -> None:
        """Kills one authority's processes at once (SIGKILL), or only that of one service."""
        for name, process in self._nodes[authority_id].items():
            if service in (None, name):
                await process.kill()

    async def stop(self) -> None:
        """Stops everything that was started, nodes first. May be called twice, and after a start that failed."""
        await asyncio.gather(*(self.stop_node(authority_id) for authority_id in self._nodes))
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def revive(self) -> list[str]:
        """Starts every authority again of which a process has ended. Returns their ids."""
        dead = [
            authority_id
            for authority_id, processes in self._nodes.items()
            if not all(process.alive for process in processes.values())
        ]
        async with asyncio.TaskGroup() as tasks:
            for authority_id in dead:
                tasks.create_task(self.start(authority_id))
        return dead

    # ── What callers need ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def broker(self) -> Broker:
        """The running Kafka broker."""
        if self._broker is None:
            raise RuntimeError("the deployment was not started")
        return self._broker

    @property
    def postgres(self) -> LocalPostgres:
        """The running PostgreSQL server."""
        if self._postgres is None:
            raise RuntimeError("the deployment was not started")
        return self._postgres

    @property
    def bank(self) -> LocalBank:
        """The simulated bank; only with `collects`."""
        if self._bank is None:
            raise RuntimeError("the deployment has no bank, or was not started")
        return self._bank

    def address(self, authority_id: str, service: str = "node") -> str:
        """host:port where an authority's officers call; with `separate`, that of one service."""
        return self._addresses[authority_id, service]

    def channel(self, authority_id: str, service: str = "node") -> grpc.aio.Channel:
        """A channel to an authority's officers' port, by TLS; the caller closes it and gives every call a deadline."""
        credentials = grpc.ssl_channel_credentials(self.layout.pki.ca_file.read_bytes())
        return grpc.aio.secure_channel(self.address(authority_id, service), credentials)

    def dsn(self, authority_id: str, service: str | None = None) -> str:
        """DSN of an authority's database, as its node or as one of its services."""
        role = authority_id if service is None else service_role(authority_id, service)
        return self.postgres.dsn(authority_id, role, self.layout.passwords([role])[role])

    @property
    def traces_dsn(self) -> str:
        """DSN of the trace store."""
        return self.postgres.dsn(TELEMETRY, TELEMETRY, self.layout.passwords([TELEMETRY])[TELEMETRY])

    def set_clock(self, instant: datetime) -> None:
        """Moves the clock of all nodes; only with `clock`."""
        FileClock.move(self.layout.clock_file, instant)

    def pids(self) -> dict[str, int]:
        """Process ids of everything that runs."""
        named = {
            f"{authority_id}.{service}": process.pid
            for authority_id, processes in self._nodes.items()
            for service, process in processes.items()
        }
        named |= {
            "postgres": self._postgres.pid if self._postgres else None,
            "kafka": self._broker.pid if self._broker else None,
            "bank": self._bank.pid if self._bank else None,
        }
        return {name: pid for name, pid in named.items() if pid is not None}

    async def status(self) -> dict[str, State]:
        """State of every authority's node."""
        ids = [each.id for each in self.layout.authorities.all]
        return dict(zip(ids, await asyncio.gather(*map(self._state, ids)), strict=True))

    # ── Steps ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _start_postgres(self, port: int) -> None:
        self._postgres = await asyncio.to_thread(LocalPostgres.start, self.layout.folder / "postgres", port)
        self._stack.push_async_callback(asyncio.to_thread, stop_postgres, self._postgres, at_once=self.disposable)
        await asyncio.gather(*(self._provision(each.id) for each in self.layout.authorities.all))
        await self._provision_telemetry()

    async def _start_kafka(self, port: int, controller_port: int) -> None:
        self._broker = Broker(self.layout.folder / "kafka", port=port, controller_port=controller_port)
        self._stack.push_async_callback(self._broker.kill if self.disposable else self._broker.stop)
        await self._broker.start()
        await self._broker.create_topics(self.layout.authorities.topics())

    async def _provision(self, authority_id: str) -> None:
        await install(self.postgres.dsn(), authority_id, self.layout.passwords(login_roles(authority_id)))

    def _services_alone(self, authority_id: str) -> list[str]:
        return processes_of(self.layout.authorities[authority_id].authority.kind)

    async def _provision_telemetry(self) -> None:
        secret = self.layout.passwords([TELEMETRY])[TELEMETRY]
        admin = await asyncpg.connect(self.postgres.dsn())
        try:
            password = await admin.fetchval("SELECT quote_literal($1::text)", secret)
            exists = await admin.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", TELEMETRY)
            verb = "ALTER" if exists else "CREATE"
            await admin.execute(f"{verb} ROLE {TELEMETRY} LOGIN PASSWORD {password}")
            if not await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", TELEMETRY):
                await admin.execute(f"CREATE DATABASE {TELEMETRY} OWNER {TELEMETRY}")
        finally:
            await admin.close()

    def _write_settings(self, ports: Mapping[str, int], traces_dsn: str) -> None:
        layout, authorities = self.layout, self.layout.authorities
        layout.pki.ensure([each.id for each in authorities.all])
        if self.clock is not None:
            FileClock.move(layout.clock_file, self.clock)
        peers = {each.id: f"{HOST}:{ports[f'{each.id}.peer']}" for each in authorities.all}
        if self.collects:
            self._bank = LocalBank(layout.folder / "bank", layout.pki, f"{HOST}:{ports['bank']}")
            self._bank.prepare(self._collecting(ports), layout.clock_file if self.clock is not None else None)
        for each in authorities.all:
            write_registry(authorities, each.id, layout.pki, peers, layout.node(each.id) / "members.toml")
            (layout.node(each.id) / "guard").mkdir(exist_ok=True)
            rules = layout.rules_file(each.id)
            chosen = json.loads(rules.read_text()) if rules.exists() else {}
            rules.write_text(json.dumps({**authorities.local_rules, **chosen}, indent=2) + "\n")
            settings = self._settings(each.id, ports, traces_dsn)
            if each.id not in self.separate:
                self._add(each.id, "node", settings)
                continue
            layout.write_env(each.id, settings)
            for service in self._services_alone(each.id):
                self._add(each.id, service, settings | self._settings_alone(each.id, service, ports))

    def _collecting(self, ports: Mapping[str, int]) -> dict[str, str]:
        """Where the bank calls back, by authority: the node, or the collection service where it runs alone."""
        return {
            each.id: f"{HOST}:{ports[f'{each.id}.collection' if each.id in self.separate else f'{each.id}.api']}"
            for each in self.layout.authorities.all
            if each.authority.kind == options.AUTHORITY_KIND_TRANSPORT
        }

    def _settings(self, authority_id: str, ports: Mapping[str, int], traces_dsn: str) -> dict[str, str]:
        node, pki = self.layout.node(authority_id), self.layout.pki
        settings = {
            "AUTHORITY_ID": authority_id,
            "DSN": self.dsn(authority_id),
            "KAFKA": self.broker.bootstrap,
            "API_ADDRESS": f"{HOST}:{ports[f'{authority_id}.api']}",
            "PEER_ADDRESS": f"{HOST}:{ports[f'{authority_id}.peer']}",
            "TLS_CA_FILE": str(pki.ca_file),
            "TLS_CERTIFICATE_FILE": str(pki.node(authority_id) / "tls.pem"),
            "TLS_KEY_FILE": str(pki.node(authority_id) / "tls.key"),
            "REGISTRY_FILE": str(node / "members.toml"),
            "RULES_FILE": str(self.layout.rules_file(authority_id)),
            "KEYS_DIR": str(pki.node(authority_id) / "keys"),
            "BLOBS_DIR": str(node / "blobs"),
            "GUARD_FILE": str(node / "guard" / "guard.json"),
            "JWKS": str(pki.jwks_file),
            "PLATFORM_FEEDS": ",".join(self.layout.authorities[authority_id].feeds),
            "OTLP_ENDPOINT": f"http://{HOST}:{ports['otlp']}" if self.exports else "",
            "TRACES_DSN": traces_dsn,
            "ISSUER_KEY_FILE": str(pki.issuer_key_file),
            "REFLECTION": "true",
            "INSTANCE": "node",
        }
        if self.clock is not None:
            settings["CLOCK_FILE"] = str(self.layout.clock_file)
        if self._bank is not None:
            settings |= self._bank.settings_of_node(authority_id)
        if (letterhead := LETTERHEADS / f"{authority_id}.toml").exists():
            settings["DOCUMENTS_LETTERHEAD_FILE"] = str(letterhead)
        return settings

    def _settings_alone(self, authority_id: str, service: str, ports: Mapping[str, int]) -> dict[str, str]:
        """What differs for one service in a process of its own: its role, its port; peers reach the exchange only."""
        stem = self.layout.pki.service(authority_id, service)
        own = {
            "DSN": self.dsn(authority_id, service),
            "API_ADDRESS": f"{HOST}:{ports[f'{authority_id}.{service}']}",
            "INSTANCE": service,
        }
        if service == "exchange":
            return own
        certificate = {"TLS_CERTIFICATE_FILE": f"{stem}.pem", "TLS_KEY_FILE": f"{stem}.key"}
        return own | certificate | {"PEER_ADDRESS": f"{HOST}:0"}

    def _add(self, authority_id: str, service: str, settings: Mapping[str, str]) -> None:
        environment = self.layout.write_env(authority_id, settings, "env" if service == "node" else f"{service}.env")
        self._addresses[authority_id, service] = settings["API_ADDRESS"]
        self._nodes.setdefault(authority_id, {})[service] = PythonModule(
            f"{authority_id} {service}",
            f"services.{service}",
            log=self.layout.node(authority_id) / f"{service}.log",
            env={**os.environ, **environment},
            anew=self.anew,
        )

    async def _serves(self, authority_id: str, service: str) -> bool:
        host, _, port = self.address(authority_id, service).rpartition(":")
        if not await listens(host, int(port)):
            return False
        async with self.channel(authority_id, service) as channel:
            try:
                answer = await health_pb2_grpc.HealthStub(channel).Check(
                    health_pb2.HealthCheckRequest(), timeout=HEALTH_SECONDS
                )
            except grpc.aio.AioRpcError:
                return False
            return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    async def _state(self, authority_id: str) -> State:
        processes = self._nodes.get(authority_id, {})
        if not processes or not all(process.alive for process in processes.values()):
            return "stopped"
        serving = await asyncio.gather(*(self._serves(authority_id, service) for service in processes))
        return "serving" if all(serving) else "starting"
