"""行动收官：总结的数字就是事件的数字. Reports, and a summary that all sign because their events say the same."""

from enforcement.joint_operations.v1 import service_pb2 as commands

from deploy.local.story import cast
from deploy.local.story.calls import Surprise
from deploy.local.story.cast import LUXIAN, RONGCHANG, YONGCHUAN
from deploy.local.story.posts import DAY, EDUCATED, LEADERS
from deploy.local.story.run import Run
from deploy.local.story.telling import Words

SIGNERS = {
    LUXIAN: cast.LUXIAN_DEPUTY,
    YONGCHUAN: cast.YONGCHUAN_LEADER,
    RONGCHANG: cast.RONGCHANG_LEADER,
}
EXPECTED = {"car_times": 6, "officer_times": 18, "inspections": 60, "vehicles_with_findings": 2, "vehicles_seized": 2}


async def tell(run: Run) -> None:
    """From education at the roadside to the published summary."""
    with run.chapter("行动收官：总结的数字就是事件的数字", "The summary's numbers are the events' numbers"):
        await educate_and_report(run)
        await close_and_sign(run)
        await compare(run)


async def educate_and_report(run: Run) -> None:
    """Warning education is counted in heads, and each authority reports the numbers that its own events give."""
    await run.at(f"{DAY} 11:40")
    for post, heads in EDUCATED.items():
        request = commands.RecordEducationRequest(
            participation_id=run.facts.participations[post.competent_id],
            checkpoint_id=post.checkpoint_id,
            head_count=heads,
            topic="不乘坐非法营运车辆",
        )
        zh, en = f"检查点{post.checkpoint_id}警示教育{heads}人次", f"educates {heads} heads at {post.checkpoint_id}"
        await run.act(post.team[0], f"education/{post.checkpoint_id}", request, zh, en)
    await run.at(f"{DAY} 16:00")
    for authority_id, chief in LEADERS.items():
        await run.later(5)
        report = commands.CloseFieldWorkRequest(participation_id=run.facts.participations[authority_id])
        await run.act(chief, f"report/{authority_id}", report, "结束现场工作并报告数字", "ends field work and reports")


async def close_and_sign(run: Run) -> None:
    """The lead closes, proposes the summary, and publishes it when all three have signed."""
    chief, operation_id = cast.LUXIAN_CHIEF, run.facts.operation_id
    question = commands.GetOperationRequest(operation_id=operation_id)
    await run.until(
        chief, question, lambda answer: all(one.standing == "已报告" for one in answer.participants), "三家报告"
    )
    await run.at(f"{DAY} 17:00")
    await run.act(chief, "close", commands.CloseOperationRequest(operation_id=operation_id), "结束行动", "closes")
    proposal = commands.ProposeSummaryRequest(operation_id=operation_id)
    proposed = await run.act(
        chief, "propose", proposal, "提出行动总结，交三家签署", "proposes the summary for signature"
    )
    shown = await run.ask(
        chief, commands.GetOperationRequest(operation_id=operation_id, min_position=proposed.position)
    )
    for authority_id, leader in SIGNERS.items():
        await run.later(10)
        mine = commands.GetParticipationRequest(participation_id=run.facts.participations[authority_id])
        await run.until(leader, mine, lambda answer: answer.proposal_id == shown.proposal_id, "收到行动总结")
        request = commands.SignSummaryRequest(
            participation_id=run.facts.participations[authority_id], proposal_id=shown.proposal_id
        )
        zh, en = "核对本单位事件后签署行动总结", "checks the summary against its own events and signs"
        await run.act(leader, f"sign/{authority_id}", request, zh, en)
    await run.until(chief, question, lambda answer: all(one.signed for one in answer.participants), "三家签署")
    await run.later(20)
    publication = commands.PublishSummaryRequest(operation_id=operation_id, proposal_id=shown.proposal_id)
    await run.act(cast.LUXIAN_DEPUTY, "publish", publication, "发布行动总结", "publishes the summary")


async def compare(run: Run) -> None:
    """The summary's numbers are those of the published report."""
    answer = await run.ask(cast.LUXIAN_CHIEF, commands.GetOperationRequest(operation_id=run.facts.operation_id))
    total = {name: getattr(answer.total, name) for name in EXPECTED}
    by_class = [one.inspections for one in answer.total.inspections_by_class]
    if total != EXPECTED or sorted(by_class) != [5, 10, 45]:
        raise Surprise(f"总结数字为{total}、{by_class}，应为{EXPECTED}、5+10+45")
    seen = Words(answer.summary_text, f"{total} = {' + '.join(map(str, sorted(by_class)))}")
    run.saw(cast.LUXIAN_CHIEF, "总结全文", "the summary", seen)
