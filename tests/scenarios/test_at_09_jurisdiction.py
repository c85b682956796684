"""AT-09 川渝联合执法中的管辖：检查点在谁的辖区，就由谁检查、由谁办案；他方人员只能协助。

检查点A国道G246吉安镇（永川）、B泸永桥交界处（泸县）、C立石镇（泸县）；泸县、永川、荣昌各自一个进程。
"""

from collections.abc import AsyncIterator

import pytest
from enforcement.joint_operations.v1 import service_pb2 as joint

from deploy.local.story import cast
from deploy.local.story.cast import LUXIAN, RONGCHANG, YONGCHUAN
from deploy.local.story.posts import A, B, C, Post
from deploy.local.story.run import Run
from tests.scenarios import at_09
from tests.scenarios.at_09 import HELPER, clue, decision, filing, inspection, owner, refusal, thin_roster
from tests.support.system import run_on, system


@pytest.fixture(scope="module")
async def day() -> AsyncIterator[Run]:
    """永川 has stopped a vehicle of Sichuan at A, 泸县's officer assisting."""
    async with system(LUXIAN, YONGCHUAN, RONGCHANG) as cluster, run_on(cluster) as run:
        await at_09.tell(run)
        yield run


@pytest.mark.parametrize("post", [A, B, C], ids=lambda post: post.checkpoint_id)
async def test_one_officer_of_who_is_competent_is_not_enough(day: Run, post: Post) -> None:
    step = f"refused/thin/{post.checkpoint_id}"
    assert await refusal(day, cast.LUXIAN_CHIEF, thin_roster(day, post), step) == "ROSTER_TOO_THIN"


async def test_yongchuan_signs_and_luxian_stands_as_assisting(day: Run) -> None:
    question = joint.ListInspectionsRequest(participation_id=day.facts.participations[YONGCHUAN])
    answer = await day.until(cast.YONGCHUAN_CHIEF, question, lambda found: found.inspections, "检查记录")
    (made,) = answer.inspections
    assert [officer.officer_id for officer in made.officers] == day.ids(*A.team[:2])
    assert [officer.officer_id for officer in made.assisting] == day.ids(HELPER)


async def test_luxian_may_not_inspect_at_a(day: Run) -> None:
    assert await refusal(day, HELPER, inspection(day, LUXIAN, cast.LUXIAN_TEAM[:2])) == "OUT_OF_TERRITORY"


async def test_the_finding_cannot_be_given_to_luxian(day: Run) -> None:
    assert await refusal(day, cast.YONGCHUAN_CHIEF, owner(day, YONGCHUAN)) == "OWNER_NOT_COMPETENT"


async def test_luxian_cannot_take_the_finding(day: Run) -> None:
    assert await refusal(day, cast.LUXIAN_CHIEF, owner(day, LUXIAN)) == "FINDING_UNKNOWN"


async def test_luxian_can_neither_file_nor_decide_on_it(day: Run) -> None:
    case_id = (await day.act(cast.LUXIAN_CHIEF, "clue", clue())).id
    assert await refusal(day, cast.LUXIAN_DEPUTY, filing(case_id)) == "NOT_COMPETENT"
    assert await refusal(day, cast.LUXIAN_DEPUTY, decision(case_id)) == "NOT_COMPETENT"


async def test_the_finding_is_yongchuans(day: Run) -> None:
    await day.act(cast.YONGCHUAN_CHIEF, "owner", owner(day, YONGCHUAN, YONGCHUAN))
    question = joint.GetParticipationRequest(participation_id=day.facts.participations[YONGCHUAN])
    (found,) = (await day.ask(cast.YONGCHUAN_CHIEF, question)).findings
    assert (found.finding_id, found.owner_id) == (day.id("finding"), YONGCHUAN)
