"""离线记录：三台执法终端无网络时记下500条，经不稳定的网络以任意次序补报到真实节点进程，不丢不重。"""

import asyncio
import random
from collections import Counter
from pathlib import Path
from uuid import UUID

from enforcement.joint_operations.v1 import service_pb2 as joint

from deploy.local.story import cast
from deploy.local.story.cast import LUXIAN
from deploy.local.story.posts import DAY
from services.cli.field.queue import State
from services.kernel.ledger import Ledger
from tests.scenarios import field_clients
from tests.scenarios.field_clients import CUTS, INSPECTIONS, LESSONS
from tests.support.system import at_the_roadside, contradictions, run_on, system

RUNS_MAX = 12
"""Of `field sync` at each device; the network breaks CUTS times, and three breaks in a row end a run."""


async def test_500_commands_of_three_devices_arrive_once_each_at_a_node_process(tmp_path: Path) -> None:
    whims = random.Random(20241218)
    async with system(LUXIAN) as cluster, run_on(cluster) as run:
        part = await at_the_roadside(run)
        await run.at(f"{DAY} 07:30")
        async with field_clients.clients(run, cluster, tmp_path, whims) as devices:
            await run.at(f"{DAY} 08:00")
            work = field_clients.a_day_of_work(run, part)
            film, named = field_clients.film(tmp_path)
            work[0][1].evidence.append(named)
            recorded = [
                whims.choice(devices).record(method, request, *([film] if request is work[0][1] else []))
                for method, request in whims.sample(work, len(work))
            ]
            await run.at(f"{DAY} 20:00")
            for _ in range(RUNS_MAX):
                waiting = [device for device in devices if set(device.states()) != {State.ACCEPTED}]
                await asyncio.gather(*(device.sync() for device in waiting))
                if not waiting:
                    break
            assert Counter(state for device in devices for state in device.states()) == {State.ACCEPTED: 500}
            assert all(device.network.made >= CUTS // 2 for device in devices)
            assert not any(device.files() for device in devices)  # the film has left its device
        async with Ledger.open(cluster.dsn(LUXIAN)) as ledger:
            stream = await ledger.read_stream(UUID(part))
        events = Counter(str(event.causation_id) for event in stream.events)
        assert {command_id: events[command_id] for command_id in recorded} == dict.fromkeys(recorded, 1)
        told = await run.ask(cast.LUXIAN_CHIEF, joint.GetParticipationRequest(participation_id=part))
        counted = told.participation.numbers
        assert (counted.inspections, counted.findings, counted.education_heads) == (INSPECTIONS, INSPECTIONS, LESSONS)
        assert await contradictions(cluster) == []
