"""LX-1218 2024年12月18日打击非法营运联合执法：6辆次、18人次、60台次（5+10+45）、查处2台、暂扣2台。

同一组数字，由牵头单位的总结、三家各自的账本和两个省级平台分别给出；平台的每个数都能展开到所据事件。
"""

from datetime import timedelta

import asyncpg
import pytest
from enforcement.joint_operations.v1 import service_pb2 as joint
from enforcement.platform.v1 import service_pb2 as platform

from deploy.local.story import cast
from deploy.local.story.cast import CHONGQING, LUXIAN, RONGCHANG, SICHUAN, SUPERVISORS, YONGCHUAN
from deploy.local.story.posts import LEADERS
from deploy.local.story.run import Run
from services.joint_operations.numbers import total
from services.kernel.ledger.ids import uuid7_time

TEXT = (
    "2024年12月18日，泸县交通运输局牵头，会同重庆市永川区交通运输委员会、重庆市荣昌区交通运输委员会开展打击非法营运联合执法行动。"
    "共出动执法车辆6辆次、执法人员18人次，检查60台次，其中客运5台次、网约车10台次、其他45台次；"
    "发现涉嫌违法车辆2台，扣押2台，开展警示教育50人次。"
)


async def test_the_summary_says_what_the_published_report_says(story: Run) -> None:
    question = joint.GetOperationRequest(operation_id=story.facts.operation_id)
    assert (await story.ask(cast.LUXIAN_CHIEF, question)).summary_text == TEXT


async def test_the_leads_sum_is_the_sum_of_what_each_authority_has_in_its_own_ledger(story: Run) -> None:
    parts = {}
    for authority_id, chief in LEADERS.items():
        question = joint.GetParticipationRequest(participation_id=story.facts.participations[authority_id])
        parts[authority_id] = (await story.ask(chief, question)).participation.numbers
    counted = {id_: (part.car_times, part.officer_times, part.inspections) for id_, part in parts.items()}
    assert counted == {LUXIAN: (3, 8, 33), YONGCHUAN: (2, 6, 18), RONGCHANG: (1, 4, 9)}
    operation = joint.GetOperationRequest(operation_id=story.facts.operation_id)
    assert total(parts.values()) == (await story.ask(cast.LUXIAN_CHIEF, operation)).total


@pytest.mark.parametrize("platform_id", [SICHUAN, CHONGQING])
async def test_each_number_of_a_platform_opens_to_its_events(story: Run, platform_id: str) -> None:
    opened = {}
    for definition_id in ("joint.inspections", "joint.officers", "joint.vehicles_seized"):
        query = platform.StatisticQuery(
            definition_id=definition_id, definition_version=1, operation_id=story.facts.operation_id
        )
        request = platform.ListStatisticEventsRequest(query=query)
        request.page.size = 500
        events = (await story.ask(SUPERVISORS[platform_id], request)).events
        opened[definition_id] = sum(event.counted for event in events)
    assert opened == {"joint.inspections": 60, "joint.officers": 18, "joint.vehicles_seized": 2}


async def test_acts_are_of_the_storys_year_and_records_of_the_day_on_which_it_is_told(story: Run) -> None:
    connection = await asyncpg.connect(story.cluster.postgres.dsn(LUXIAN))
    recorded = await connection.fetchrow("SELECT min(recorded_at), max(recorded_at) FROM ledger.event")
    commands = [row["command_id"] for row in await connection.fetch("SELECT command_id FROM ledger.command")]
    await connection.close()
    told = (story.beginning - timedelta(seconds=1), story.beginning + timedelta(hours=1))
    assert told[0] <= min(recorded) <= max(recorded) <= told[1]
    assert len(commands) > 50
    assert [one for one in map(uuid7_time, commands) if not told[0] <= one <= told[1]] == []
    operation = joint.GetOperationRequest(operation_id=story.facts.operation_id)
    planned = (await story.ask(cast.LUXIAN_CHIEF, operation)).summary_text
    assert planned.startswith("2024年12月18日")
