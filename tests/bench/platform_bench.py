"""From an officer's acknowledged command to the provincial platform: how long until every query there sees it.

One bureau's node and one platform's node as processes, Kafka and PostgreSQL beside them, everything on this machine's
cores. Clues are registered at a steady 100 a second; a supervisor's WatchLog stream tells when each is visible.
"""

import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import asyncpg
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import service_pb2 as pb
from enforcement.cases.v1 import service_pb2_grpc
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2_grpc as officers_grpc
from enforcement.platform.v1 import service_pb2 as platform
from enforcement.platform.v1 import service_pb2_grpc as platform_grpc

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from services.kernel.ledger import uuid7
from services.kernel.messages import to_timestamp
from tests.bench.node_bench import registration
from tests.bench.report import Figure
from tests.support.eventually import eventually

BUREAU, PLATFORM = "jt-510521", "pt-510000"
PER_SECOND = 100
CLUE = "enforcement.cases.v1.ClueRegistered"
TOLD = """
SELECT e.event_id, e.recorded_at, s.stored_at FROM ledger.event e
  JOIN exchange.sent s ON s.source_event = e.event_id AND s.recipient = 'feed' WHERE e.type = $1
"""


def clue() -> pb.RegisterClueRequest:
    """A clue found today in the bureau's own territory."""
    now = datetime.now(UTC)
    return pb.RegisterClueRequest(
        command_id=str(uuid7()),
        occurred_at=to_timestamp(now),
        source=cases.CLUE_SOURCE_INSPECTION,
        act_code="RTR-63-2",
        act_on=now.astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat(),
        place=common.Place(division_code="510521", description="立石镇"),
        facts="涉嫌未取得道路运输经营许可从事客运经营",
    )


async def run(seconds: float) -> list[Figure]:
    """The latencies; about half a minute with the defaults."""
    with tempfile.TemporaryDirectory(prefix="enforcement-bench-") as folder:
        cluster = Cluster(Layout(Path(folder), Authorities.read().only(BUREAU, PLATFORM)), exports=False)
        async with cluster.running():
            waits = sorted(await _waits(cluster, seconds))
            built, brought = await _stages(cluster)
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    return [
        Figure("platform", f"acknowledged to visible, p50 at {PER_SECOND}/s", p50, "ms", 20, True),
        Figure("platform", f"acknowledged to visible, p99 at {PER_SECOND}/s", p99, "ms", 100, True),
        Figure("platform", "of it, recorded to envelope stored, p50", built, "ms"),
        Figure("platform", "of it, envelope stored to stored at the platform, p50", brought, "ms"),
    ]


async def _stages(cluster: Cluster) -> tuple[float, float]:
    """Medians of the two halves of the way, by the databases' one clock."""
    bureau, above = await asyncpg.connect(cluster.dsn(BUREAU)), await asyncpg.connect(cluster.dsn(PLATFORM))
    try:
        told = {row["event_id"]: row for row in await bureau.fetch(TOLD, CLUE)}
        stored = dict(await above.fetch("SELECT event_id, stored_at FROM platform.feed_event WHERE type = $1", CLUE))
    finally:
        await asyncio.gather(bureau.close(), above.close())
    built = [row["stored_at"] - row["recorded_at"] for row in told.values()]
    brought = [at - told[event_id]["stored_at"] for event_id, at in stored.items()]
    return _median_ms(built), _median_ms(brought)


def _median_ms(waits: list[timedelta]) -> float:
    return median(waits).total_seconds() * 1000  # type: ignore[type-var]


async def _waits(cluster: Cluster, seconds: float) -> list[float]:
    pki = cluster.layout.pki
    admin = (("authorization", f"Bearer {pki.token(BUREAU, 'bench', administrator=True)}"),)
    watcher = (("authorization", f"Bearer {pki.token(PLATFORM, 'bench', administrator=True)}"),)
    acknowledged: dict[str, float] = {}
    visible: dict[str, float] = {}
    async with cluster.channel(BUREAU) as bureau, cluster.channel(PLATFORM) as above:
        officer = await officers_grpc.OfficersServiceStub(bureau).RegisterOfficer(
            registration(), timeout=10, metadata=admin
        )
        own = (("authorization", f"Bearer {pki.token(BUREAU, officer.id)}"),)
        stub = service_pb2_grpc.CasesServiceStub(bureau)

        async def register() -> None:
            answer = await stub.RegisterClue(clue(), timeout=20, metadata=own)
            acknowledged[answer.id] = time.perf_counter()

        async def watch() -> None:
            request = platform.WatchLogRequest(publisher_id=BUREAU)
            watching = platform_grpc.PlatformServiceStub(above).WatchLog(request, timeout=600, metadata=watcher)
            async for entry in watching:
                if entry.type == CLUE:
                    visible[entry.subject_id] = time.perf_counter()

        watching = asyncio.create_task(watch())
        await register()
        await eventually(lambda: bool(visible), within=60)  # the platform's first assignment takes some seconds
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(seconds * PER_SECOND)):
                await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
                tasks.create_task(register())
        await eventually(lambda: len(visible) >= len(acknowledged), within=60)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return [max(0.0, visible[case] - acknowledged[case]) * 1000 for case in acknowledged]
