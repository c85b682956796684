"""Inspections a second at the roadside, and when both provinces' platforms have them.

50 clients, each with a connection and a token of its own, record at the checkpoints of one operation at one node, one
inspection after the other: all of them belong to one participation, which decides them in turn. A platform has an
inspection when a supervisor's WatchLog shows it. Clients, three nodes, Kafka and PostgreSQL share the cores.
"""

import asyncio
import itertools
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import grpc
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as joint
from enforcement.platform.v1 import service_pb2 as platform
from enforcement.platform.v1.service_pb2_grpc import PlatformServiceStub

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from deploy.local.story.cast import AT_B, CHONGQING, LUXIAN, SICHUAN
from deploy.local.story.posts import DAY
from deploy.local.story.run import BEGINS, Run
from services.kernel.ledger import uuid7
from services.kernel.messages import to_timestamp, type_name
from tests.bench.ledger_bench import drive
from tests.bench.report import Figure
from tests.support.eventually import eventually
from tests.support.system import at_the_roadside, run_on

CLIENTS: Final = 50
SECONDS: Final = 10.0
PLATFORMS: Final = (SICHUAN, CHONGQING)
_METHOD: Final = "/enforcement.joint_operations.v1.JointOperationsService/RecordInspection"
_INSPECTION: Final = type_name(pb.InspectionRecorded)


async def run() -> list[Figure]:
    """The rate and the arrivals; about a minute."""
    with tempfile.TemporaryDirectory(prefix="enforcement-bench-") as folder:
        layout = Layout(Path(folder), Authorities.read().only(LUXIAN, *PLATFORMS))
        cluster = Cluster(layout, clock=BEGINS, exports=False)
        async with cluster.running(), run_on(cluster) as story, AsyncExitStack() as stack:
            part = await at_the_roadside(story)
            await story.at(f"{DAY} 09:00")
            return await _measure(cluster, story, part, stack)


async def _measure(cluster: Cluster, story: Run, part: str, stack: AsyncExitStack) -> list[Figure]:
    seen: dict[str, list[float]] = {one: [] for one in PLATFORMS}
    acknowledged: dict[int, float] = {}
    numbers = itertools.count()
    clients = [await stack.enter_async_context(_channel(cluster)) for _ in range(CLIENTS)]
    tokens = [cluster.layout.pki.token(LUXIAN, one) for one in story.ids(*AT_B)]
    team = story.ids(*AT_B[:2])

    async def inspect(client: int) -> None:
        request = joint.RecordInspectionRequest(
            command_id=str(uuid7()),
            participation_id=part,
            occurred_at=to_timestamp(story.now),
            checkpoint_id="B",
            inspection_class=pb.INSPECTION_CLASS_PASSENGER,
            object=pb.InspectedObject(
                kind=pb.OBJECT_KIND_VEHICLE, plate=f"川E·{next(numbers):06}", plate_colour=pb.PLATE_COLOUR_YELLOW
            ),
            result=pb.INSPECTION_RESULT_OK,
            officer_ids=team,
        )
        call: Any = clients[client].unary_unary(_METHOD, response_deserializer=common.Recorded.FromString)
        metadata = (("authorization", f"Bearer {tokens[client % len(tokens)]}"),)
        answer = await call(request.SerializeToString(), timeout=30, metadata=metadata)
        acknowledged[answer.position] = time.perf_counter()

    async def watch(platform_id: str) -> None:
        token = cluster.layout.pki.token(platform_id, "bench", administrator=True)
        async with cluster.channel(platform_id) as channel:
            entries = PlatformServiceStub(channel).WatchLog(
                platform.WatchLogRequest(publisher_id=LUXIAN),
                timeout=600,
                metadata=(("authorization", f"Bearer {token}"),),
            )
            async for entry in entries:
                if entry.type == _INSPECTION:
                    seen[platform_id].append(time.perf_counter())

    watching = [asyncio.create_task(watch(one)) for one in PLATFORMS]
    try:
        await asyncio.gather(*(inspect(client) for client in range(CLIENTS)))
        # A platform's first assignment of topics takes some seconds.
        await eventually(lambda: all(len(times) == CLIENTS for times in seen.values()), within=60)
        sample = await drive(inspect, CLIENTS, SECONDS)
        await eventually(lambda: all(len(times) == len(acknowledged) for times in seen.values()), within=120)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    # A feed keeps the order of the ledger, so the n-th that a platform shows is the n-th by position.
    acks = [acknowledged[position] for position in sorted(acknowledged)]
    both = [max(times) for times in zip(*seen.values(), strict=True)]
    waits = sorted(max(0.0, at - ack) for ack, at in list(zip(acks, both, strict=True))[CLIENTS:])
    slow = sorted(sample.latencies)
    return [
        Figure("joint", f"inspections, {CLIENTS} clients, one participation", sample.operations / sample.seconds, "/s"),
        Figure("joint", "inspection p50", slow[len(slow) // 2] * 1000, "ms"),
        Figure("joint", "inspection p99", slow[len(slow) * 99 // 100] * 1000, "ms"),
        Figure("joint", "acknowledged to visible at both platforms, p50", waits[len(waits) // 2] * 1000, "ms"),
        Figure("joint", "acknowledged to visible at both platforms, p99", waits[len(waits) * 99 // 100] * 1000, "ms"),
    ]


def _channel(cluster: Cluster) -> grpc.aio.Channel:
    """A connection that no other client shares."""
    credentials = grpc.ssl_channel_credentials(cluster.layout.pki.ca_file.read_bytes())
    own = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.secure_channel(cluster.address(LUXIAN), credentials, options=own)
