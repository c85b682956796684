"""三家单位各自的节点：行动跨越午夜、误记撤回、总结之后补报、另一次行动取消；事后各自凭本单位账本说明。

零点以后的检查待牵头单位变更起止日期才予记录；撤回的发现不计入数字；总结发布后补报的，另出总结替代前一份；
未开始的行动取消，各单位不再等待；往来台账上每次告知都有对方回执。
"""

from collections.abc import AsyncIterator

import pytest
from enforcement.common.v1 import account_pb2 as account
from enforcement.joint_operations.v1 import corrections_pb2 as corrections
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import plan_changes_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as joint

from deploy.local.story import cast, chapter_1_plan
from deploy.local.story.cast import LUXIAN, RONGCHANG, YONGCHUAN
from deploy.local.story.chapter_4_summary import SIGNERS
from deploy.local.story.parties import ACT, FACTS
from deploy.local.story.posts import DAY, LEADERS, A
from deploy.local.story.run import Run
from tests.scenarios.at_09 import CAR, refusal
from tests.support.eventually import eventually
from tests.support.system import contradictions, run_on, system

NEXT = "2024-12-19"
OFFICER = A.team[0]


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Run]:
    """Three authorities as processes, on their roster for one day."""
    async with system(LUXIAN, YONGCHUAN, RONGCHANG) as cluster, run_on(cluster) as opened:
        await chapter_1_plan.tell(opened)
        mine = joint.GetParticipationRequest(participation_id=opened.facts.participations[YONGCHUAN])
        await opened.until(cast.YONGCHUAN_CHIEF, mine, lambda answer: answer.participation.stage == "执行中", "编组")
        yield opened
        assert await contradictions(cluster) == []


def inspection(run: Run, name: str, result: pb.InspectionResult.ValueType) -> joint.RecordInspectionRequest:
    return joint.RecordInspectionRequest(
        participation_id=run.facts.participations[YONGCHUAN],
        inspection_id=run.id(name),
        checkpoint_id="A",
        inspection_class=pb.INSPECTION_CLASS_PASSENGER,
        object=CAR,
        result=result,
        officer_ids=run.ids(*A.team[:2]),
    )


async def report(run: Run, authority_id: str, name: str) -> None:
    closing = joint.CloseFieldWorkRequest(participation_id=run.facts.participations[authority_id])
    await run.act(LEADERS[authority_id], f"report/{authority_id}/{name}", closing)


async def summarise(run: Run, name: str) -> joint.GetOperationResponse:
    """A summary is put, signed by all three and published."""
    chief, operation_id = cast.LUXIAN_CHIEF, run.facts.operation_id
    whole = joint.GetOperationRequest(operation_id=operation_id)
    await run.until(
        chief, whole, lambda answer: all(one.standing == "已报告" for one in answer.participants), "三家报告"
    )
    if name == "first":
        await run.act(chief, "close", joint.CloseOperationRequest(operation_id=operation_id))
    put = await run.act(chief, f"propose/{name}", joint.ProposeSummaryRequest(operation_id=operation_id))
    whole.min_position = put.position
    proposal_id = (await run.ask(chief, whole)).proposal_id
    for authority_id, leader in SIGNERS.items():
        part = run.facts.participations[authority_id]
        mine = joint.GetParticipationRequest(participation_id=part)
        await run.until(leader, mine, lambda answer: answer.proposal_id == proposal_id, "收到总结")
        sign = joint.SignSummaryRequest(participation_id=part, proposal_id=proposal_id)
        await run.act(leader, f"sign/{authority_id}/{name}", sign)
    await run.until(chief, whole, lambda answer: all(one.signed for one in answer.participants), "三家签署")
    publish = joint.PublishSummaryRequest(operation_id=operation_id, proposal_id=proposal_id)
    await run.act(cast.LUXIAN_DEPUTY, f"publish/{name}", publish)
    shown: joint.GetOperationResponse = await run.until(
        chief, whole, lambda answer: answer.operation.stage == "已总结", "已总结"
    )
    mine = joint.GetParticipationRequest(participation_id=run.facts.participations[YONGCHUAN])
    await run.until(cast.YONGCHUAN_CHIEF, mine, lambda answer: answer.participation.stage == "已总结", "永川知悉")
    return shown


async def test_after_midnight_nothing_is_recorded_before_the_lead_moved_the_days(run: Run) -> None:
    await run.at(f"{DAY} 23:50")
    await run.act(OFFICER, "before midnight", inspection(run, "before", pb.INSPECTION_RESULT_FINDING))
    await run.at(f"{NEXT} 00:20")
    late = inspection(run, "after", pb.INSPECTION_RESULT_OK)
    assert await refusal(run, OFFICER, late) == "OUTSIDE_PERIOD"
    moved = changes.ChangePeriodRequest(
        operation_id=run.facts.operation_id, starts_on=DAY, ends_on=NEXT, reason="夜间延续"
    )
    await run.act(cast.LUXIAN_CHIEF, "days", moved)
    mine = joint.GetParticipationRequest(participation_id=run.facts.participations[YONGCHUAN])
    await run.until(cast.YONGCHUAN_CHIEF, mine, lambda answer: answer.participation.ends_on == NEXT, "永川知悉改期")
    await run.act(OFFICER, "after midnight", late)


async def test_a_finding_that_does_not_stand_is_not_counted(run: Run) -> None:
    part = run.facts.participations[YONGCHUAN]
    finding = joint.RecordFindingRequest(
        participation_id=part,
        finding_id=run.id("finding"),
        inspection_id=run.id("before"),
        act_code=ACT,
        facts=FACTS[A],
        officer_ids=run.ids(*A.team[:2]),
    )
    await run.act(OFFICER, "finding", finding)
    withdrawal = corrections.WithdrawFindingRequest(
        participation_id=part, finding_id=run.id("finding"), reason="号牌误读"
    )
    await run.act(cast.YONGCHUAN_CHIEF, "withdraw", withdrawal)
    for authority_id in LEADERS:
        await report(run, authority_id, "first")
    shown = await summarise(run, "first")
    assert (shown.total.inspections, shown.total.findings, shown.total.vehicles_with_findings) == (2, 0, 0)


async def test_what_comes_after_the_summary_is_in_the_one_that_takes_its_place(run: Run) -> None:
    part = run.facts.participations[YONGCHUAN]
    forgotten = inspection(run, "forgotten", pb.INSPECTION_RESULT_OK)
    forgotten.object.plate = "川E·A0001"
    assert await refusal(run, OFFICER, forgotten) == "WRONG_STAGE"
    reopening = joint.ReopenFieldWorkRequest(participation_id=part, reason="终端离线记录补报")
    await run.act(cast.YONGCHUAN_CHIEF, "reopen", reopening)
    led = joint.GetOperationRequest(operation_id=run.facts.operation_id)
    await run.until(cast.LUXIAN_CHIEF, led, lambda answer: answer.operation.stage == "已结束", "牵头单位知悉")
    await run.act(OFFICER, "forgotten", forgotten)
    await report(run, YONGCHUAN, "second")
    shown = await summarise(run, "second")
    assert (shown.total.inspections, "检查3台次" in shown.summary_text) == (3, True)


@pytest.mark.parametrize(("chief", "other_id"), [(cast.LUXIAN_CHIEF, YONGCHUAN), (cast.YONGCHUAN_CHIEF, LUXIAN)])
async def test_each_side_shows_what_it_did_told_and_was_told(run: Run, chief: cast.Officer, other_id: str) -> None:
    question = joint.GetAccountRequest(id=run.facts.operation_id)

    async def told() -> list[account.AccountEntry]:
        """The account, once every receipt is here."""
        entries = list((await run.ask(chief, question)).entries)
        return entries if all(to.HasField("received_at") for one in entries for to in one.told) else []

    entries: list[account.AccountEntry] = await eventually(told, within=30, what="every receipt")
    own = {one.title_zh for one in entries if not one.told_by}
    theirs = [one.title_zh for one in entries if one.told_by == other_id]
    assert {to.authority_id for one in entries for to in one.told} >= {other_id}
    if other_id == LUXIAN:
        assert {"检查", "撤回发现事项", "重新开放现场记录"} <= own
        assert (theirs.count("变更行动起止日期"), theirs.count("发布行动总结")) == (1, 2)
    else:
        assert {"制定联合执法方案", "变更行动起止日期", "发布行动总结"} <= own
        assert (theirs.count("签署行动总结"), theirs.count("重新开放现场记录")) == (2, 1)


async def test_an_operation_that_has_not_begun_is_cancelled_on_both_sides(run: Run) -> None:
    checkpoint = joint.CheckpointPlan(checkpoint_id="A", place=A.place, competent_id=YONGCHUAN)
    planned = await run.act(
        cast.LUXIAN_CHIEF,
        "second plan",
        joint.PlanOperationRequest(
            name="联合执法",
            operation_type=pb.OPERATION_TYPE_SICHUAN_CHONGQING,
            purpose="整治非法营运",
            themes=[pb.THEME_ILLEGAL_TRANSPORT],
            starts_on="2024-12-24",
            ends_on="2024-12-24",
            checkpoints=[checkpoint],
        ),
    )
    inviting = joint.InviteParticipantRequest(operation_id=planned.id, participant_id=YONGCHUAN, contact="指挥室")
    await run.act(cast.LUXIAN_CHIEF, "second invitation", inviting)
    mine = joint.GetParticipationRequest(operation_id=planned.id)
    await run.until(cast.YONGCHUAN_CHIEF, mine, lambda answer: answer.participation.stage == "已受邀", "收到邀请")
    await run.act(
        cast.LUXIAN_CHIEF, "cancel", changes.CancelOperationRequest(operation_id=planned.id, reason="暴雨红色预警")
    )
    await run.until(cast.YONGCHUAN_CHIEF, mine, lambda answer: answer.participation.stage == "已取消", "知悉取消")
    led = await run.ask(cast.LUXIAN_CHIEF, joint.GetOperationRequest(operation_id=planned.id))
    assert led.operation.stage == "已取消"
