"""A node beside the raw limits: commands beside a bare echo, replay, rebuild of views, memory.

Command    RegisterOfficer through TLS, token, validation, decision and commit, 32 callers in one client process. Beside
           it, with the same bytes, TLS and loop: an echo, and an echo that first inserts the bytes into one table, one
           connection a caller. Client, server and PostgreSQL share the cores.
Replay     streams of 100 events into their aggregate, decoded and folded, one process.
Rebuild    a view folded from the first event beside the live one.
Memory     resident set of the node's process after the load.
"""

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import psutil
from enforcement.officers.v1 import events_pb2 as events
from enforcement.officers.v1 import service_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from deploy.local.process import free_ports
from services.kernel.facts import act_of, decode
from services.kernel.ledger import Ledger, uuid7
from services.kernel.messages import to_timestamp
from services.kernel.projection import ViewsRunner
from services.officers.model import officer
from services.officers.views import views
from tests.bench.echo import APPEND, ECHO
from tests.bench.ledger_bench import Sample, drive
from tests.bench.report import Figure

BUREAU = "jt-510521"
COMMAND = "/enforcement.officers.v1.OfficersService/RegisterOfficer"
CALLERS = 32
CALLS_PER_SECOND_MAX = 30_000
"""Requests made before a sample; more than any side of one Python process answers."""
STREAM_EVENTS = 100


def registration() -> pb.RegisterOfficerRequest:
    """A command that begins a stream, about 160 bytes."""
    return pb.RegisterOfficerRequest(
        command_id=str(uuid7()),
        occurred_at=to_timestamp(datetime.now(UTC)),
        name="测试人员",
        credential_number="川51052100001",
        issuing_body="四川省司法厅",
        valid_from_on="2024-01-01",
        valid_to_on="2030-12-31",
        roles=[options.ROLE_INVESTIGATOR],
    )


async def run(seconds: float, rounds: int) -> list[Figure]:
    """Everything; about a minute with the defaults."""
    with tempfile.TemporaryDirectory(prefix="enforcement-bench-") as folder:
        cluster = Cluster(Layout(Path(folder), Authorities.read().only(BUREAU)), exports=False, anew=True)
        async with cluster.running():
            figures = await _commands(cluster, seconds, rounds)
            resident = psutil.Process(cluster.pids()[f"{BUREAU}.node"]).memory_info().rss / 1e6
            figures.append(Figure("node", "memory after the load", resident, "MB", target=150, at_most=True))
            figures += await _folds(cluster)
        return figures


async def _commands(cluster: Cluster, seconds: float, rounds: int) -> list[Figure]:
    pki = cluster.layout.pki
    [port] = free_ports(1)
    address, stem = f"127.0.0.1:{port}", pki.node(BUREAU)
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.echo"),
        *(address, str(stem / "tls.pem"), str(stem / "tls.key"), cluster.postgres.dsn()),
    )
    metadata = (("authorization", f"Bearer {pki.token(BUREAU, 'bench', administrator=True)}"),)
    credentials = grpc.ssl_channel_credentials(pki.ca_file.read_bytes())
    processes = {
        "node": psutil.Process(cluster.pids()[f"{BUREAU}.node"]),
        "raw": psutil.Process(server.pid),
    }
    async with cluster.channel(BUREAU) as node, grpc.aio.secure_channel(address, credentials) as raw:
        await asyncio.wait_for(raw.channel_ready(), 10)
        sides: dict[str, tuple[Any, psutil.Process]] = {
            "echo": (raw.unary_unary(ECHO), processes["raw"]),
            "floor": (raw.unary_unary(APPEND), processes["raw"]),
            "command": (node.unary_unary(COMMAND), processes["node"]),
        }
        samples: dict[str, list[Served]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, (method, process) in sides.items():
                samples[name].append(await _sample(method, metadata, process, seconds))
    server.kill()
    await server.wait()
    rate = {name: _median([one.rate for one in taken]) for name, taken in samples.items()}
    cpu = {name: _median([one.cpu_ms for one in taken]) for name, taken in samples.items()}
    p99 = _median([one.p99_ms for one in samples["command"]])
    return [
        Figure("command path", f"bare echo, {CALLERS} callers", rate["echo"], "calls/s"),
        Figure("command path", f"echo and one raw insert, {CALLERS} callers", rate["floor"], "calls/s"),
        Figure("command path", f"command, {CALLERS} callers", rate["command"], "calls/s"),
        Figure("command path", "share of the echo", 100 * rate["command"] / rate["echo"], "%", target=60),
        Figure("command path", "share of echo and insert", 100 * rate["command"] / rate["floor"], "%"),
        Figure("command path", "CPU of the server, echo", cpu["echo"], "ms"),
        Figure("command path", "CPU of the server, echo and insert", cpu["floor"], "ms"),
        Figure("command path", "CPU of the node, command and all that follows it", cpu["command"], "ms"),
        Figure("command path", "command p99", p99, "ms"),
    ]


@dataclass(frozen=True, slots=True)
class Served:
    """What one side did in a sample."""

    rate: float
    cpu_ms: float
    """Of the serving process, a call."""
    p99_ms: float


async def _sample(method: Any, metadata: Any, process: psutil.Process, seconds: float) -> Served:
    """Calls with requests made before, so that all sides pay the same in the client."""
    await _drive(method, metadata, seconds / 4)
    before = process.cpu_times()
    sample = await _drive(method, metadata, seconds)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    worst = sorted(sample.latencies)[int(len(sample.latencies) * 0.99)]
    return Served(sample.operations / sample.seconds, 1000 * used / sample.operations, 1000 * worst)


async def _drive(method: Any, metadata: Any, seconds: float) -> Sample:
    requests = [registration().SerializeToString() for _ in range(int(CALLS_PER_SECOND_MAX * seconds))]

    async def call(_: int) -> None:
        await method(requests.pop(), timeout=10, metadata=metadata)

    return await drive(call, CALLERS, seconds)


async def _folds(cluster: Cluster) -> list[Figure]:
    async with Ledger.open(cluster.dsn(BUREAU)) as ledger:
        first = (await ledger.read(0, 1, category="officer")).events[0]
        stream = await ledger.read_stream(first.stream_id)
        registered, suspended = (
            stream.events[0],
            events.CredentialSuspended(officer_id=str(first.stream_id), reason="测试"),
        )
        restored = events.CredentialRestored(officer_id=str(first.stream_id), reason="测试")
        body = [registered] + [
            registered._replace(
                type=event.DESCRIPTOR.full_name,
                body=event.SerializeToString(),
                version=number,
                event_id=UUID(int=number),
            )
            for number, event in zip(range(2, STREAM_EVENTS + 1), [suspended, restored] * STREAM_EVENTS, strict=False)
        ]
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < 1.5:
            state = officer.initial
            for event in body:
                message = decode(event)
                assert message is not None
                state = officer.next(state, message, act_of(event))
            count += len(body)
        replay = count / (time.perf_counter() - began)

        runner = ViewsRunner(views, ledger, owner=f"{BUREAU}.officers")
        task = asyncio.create_task(runner.run())
        head = await ledger.head()
        await runner.reached(head)
        began = time.perf_counter()
        runner.rebuild()
        while await runner.reached(head) == 1:  # noqa: ASYNC110  # polled: the live generation tells by changing
            await asyncio.sleep(0.01)
        rebuild = head / (time.perf_counter() - began)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return [
        Figure("fold", f"replay into an aggregate, streams of {STREAM_EVENTS}", replay, "events/s", target=40_000),
        Figure("fold", f"projection rebuild, {head:,} events", rebuild, "events/s", target=20_000),
    ]


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
