"""AT-09 三家单位各自的节点：检查点A须有两名永川执法人员，任何时刻都不例外。

编组中只有一名永川人员的，不予发布；行动中一人执法证被暂扣，缺口两边可见，补足前不得检查；换岗说明理由，此后照常检查，
发现归永川，泸县看不到。
"""

from collections.abc import AsyncIterator

import pytest
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as joint
from enforcement.officers.v1 import service_pb2 as officers

from deploy.local.story import cast, chapter_1_plan
from deploy.local.story.cast import LUXIAN, RONGCHANG, YONGCHUAN
from deploy.local.story.parties import ACT, FACTS
from deploy.local.story.posts import DAY, A
from deploy.local.story.run import Run
from services.kernel.messages import to_timestamp
from tests.scenarios.at_09 import CAR, refusal
from tests.support.system import run_on, system

FIRST, SECOND, THIRD = A.team[:3]


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Run]:
    """Three authorities as processes; at A stand two of 永川, a third was sent and waits."""
    async with system(LUXIAN, YONGCHUAN, RONGCHANG) as cluster, run_on(cluster) as opened:
        await chapter_1_plan.tell(opened)  # a roster with one officer of 永川 at A is refused on the way
        waiting = opened.ids(*A.team[2:])
        two_at_a = [one for one in chapter_1_plan.assignments(opened) if one.officer_id not in waiting]
        roster = joint.PublishRosterRequest(operation_id=opened.facts.operation_id, assignments=two_at_a)
        await opened.act(cast.LUXIAN_CHIEF, "roster/two-at-a", roster)
        await opened.at(f"{DAY} 09:00")
        yield opened


def inspection(run: Run, name: str, *team: cast.Officer) -> joint.RecordInspectionRequest:
    return joint.RecordInspectionRequest(
        participation_id=run.facts.participations[YONGCHUAN],
        inspection_id=run.id(name),
        checkpoint_id="A",
        inspection_class=pb.INSPECTION_CLASS_PASSENGER,
        object=CAR,
        result=pb.INSPECTION_RESULT_FINDING,
        officer_ids=run.ids(*team),
    )


async def test_a_suspended_credential_is_a_gap_until_the_officer_is_replaced(run: Run) -> None:
    part = run.facts.participations[YONGCHUAN]
    await run.act(FIRST, "before", inspection(run, "before", FIRST, SECOND))
    await run.later(1)
    suspend = officers.SuspendCredentialRequest(
        command_id=run.id("step/suspend"),
        officer_id=run.officer_id(SECOND),
        occurred_at=to_timestamp(run.now),
        reason="投诉调查期间暂扣",
    )
    await run.administer(YONGCHUAN, suspend)
    assert await refusal(run, FIRST, inspection(run, "gap", FIRST, SECOND)) == "CHECKPOINT_GAP"
    own = changes.GetCoverageRequest(participation_id=part)
    answer = await run.until(cast.YONGCHUAN_CHIEF, own, lambda found: found.gaps, "永川看到缺口")
    assert [(gap.checkpoint_id, gap.found) for gap in answer.gaps] == [("A", 1)]
    absent = changes.ReportOfficerUnavailableRequest(
        participation_id=part,
        officer_id=run.officer_id(SECOND),
        ground=changes.ABSENCE_GROUND_CREDENTIAL,
        reason="执法证暂扣",
    )
    await run.act(FIRST, "absent", absent)
    whole = changes.GetCoverageRequest(operation_id=run.facts.operation_id)
    answer = await run.until(cast.LUXIAN_CHIEF, whole, lambda found: found.gaps, "牵头单位看到缺口")
    assert [(gap.checkpoint_id, gap.found) for gap in answer.gaps] == [("A", 1)]
    await run.later(5)
    relieve = changes.ReplaceOfficerRequest(
        operation_id=run.facts.operation_id,
        participant_id=YONGCHUAN,
        checkpoint_id="A",
        officer_id=run.officer_id(SECOND),
        replacement_id=run.officer_id(THIRD),
        reason="执法证暂扣",
    )
    await run.act(cast.LUXIAN_CHIEF, "replace", relieve)
    await run.later(1)
    await run.act(FIRST, "after", inspection(run, "after", FIRST, THIRD))


async def test_the_finding_at_a_is_yongchuans_and_luxian_hears_of_counts_only(run: Run) -> None:
    part = run.facts.participations[YONGCHUAN]
    finding = joint.RecordFindingRequest(
        participation_id=part,
        finding_id=run.id("finding"),
        inspection_id=run.id("after"),
        act_code=ACT,
        facts=FACTS[A],
        officer_ids=run.ids(FIRST, THIRD),
    )
    await run.act(FIRST, "finding", finding)
    owner = joint.AssignJurisdictionRequest(participation_id=part, finding_id=run.id("finding"), owner_id=YONGCHUAN)
    await run.act(cast.YONGCHUAN_CHIEF, "owner", owner)
    await run.later(1)
    seen = await run.ask(
        cast.LUXIAN_CHIEF, joint.GetParticipationRequest(participation_id=run.facts.participations[LUXIAN])
    )
    assert list(seen.findings) == []
    theirs = joint.AssignJurisdictionRequest(
        participation_id=run.facts.participations[LUXIAN], finding_id=run.id("finding"), owner_id=LUXIAN
    )
    assert await refusal(run, cast.LUXIAN_CHIEF, theirs) == "FINDING_UNKNOWN"
