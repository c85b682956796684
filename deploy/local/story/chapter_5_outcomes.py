"""各案其后：永川依法处罚结案，泸县扣押到期解除. What became of the two cases in the winter; one clock is missed."""

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.deadlines.v1 import service_pb2 as deadlines

from deploy.local.story import cast
from deploy.local.story.chapter_3_cases import HANDLERS
from deploy.local.story.documents import pdf
from deploy.local.story.parties import FACTS, PARTIES
from deploy.local.story.posts import A, B
from deploy.local.story.run import Run

FINE = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=3_000_000)
LAW = "道路运输条例 art. 63"


async def tell(run: Run) -> None:
    """Notice, defence, decision, service and closing at 永川; extension and end of the seizure at 泸县."""
    with run.chapter(
        "各案其后：永川依法处罚结案，泸县扣押到期解除", "Yongchuan penalises and closes; Luxian's seizure ends"
    ):
        await notify(run)
        await decide(run)
        await release(run)


async def notify(run: Run) -> None:
    """No penalty without the notice before it."""
    leader, team, case_id = HANDLERS[A].leader, HANDLERS[A].team, run.facts.cases["A"]
    await run.at("2024-12-25 10:00")
    report = await run.file(team[0], pdf("调查终结报告（A）", FACTS[A]))
    closing = commands.CloseInvestigationRequest(case_id=case_id, facts=FACTS[A], report=report)
    await run.act(team[0], "case/A/investigated", closing, "调查终结", "ends the investigation")
    decision = commands.DecideRequest(
        case_id=case_id, outcome=commands.OUTCOME_PENALTY, penalties=[FINE], reasons=FACTS[A], basis=LAW
    )
    zh, en = "未告知即决定罚款", "decides a fine without notice"
    await run.refused(leader, "case/A/decide-early", decision, "NOTICE_BEFORE_DECISION", zh, en)
    await run.at("2024-12-26 10:00")
    await run.act(
        leader,
        "case/A/notice",
        commands.ServePenaltyNoticeRequest(
            case_id=case_id,
            notice_id=run.id("notice/A"),
            facts=FACTS[A],
            basis=LAW,
            proposed=[FINE],
            way=pb.SERVICE_WAY_DIRECT,
            officer_ids=run.ids(*team),
            document=await run.file(team[0], pdf("违法行为通知书（A）", PARTIES[A].name, "拟罚款人民币30000元")),
        ),
        "送达违法行为通知书：拟罚款3万元",
        "serves the notice: a fine of 30,000 yuan is intended",
    )
    await run.at("2024-12-27 15:00")
    waiver = commands.RecordDefenceRequest(case_id=case_id, kind=pb.DEFENCE_KIND_WAIVED)
    await run.act(
        team[0], "case/A/defence", waiver, "当事人书面放弃陈述申辩", "the party waives its defence in writing"
    )


async def decide(run: Run) -> None:
    """永川 decides its case: where no crime is suspected a fine is what the law gives."""
    leader, team, case_id = HANDLERS[A].leader, HANDLERS[A].team, run.facts.cases["A"]
    await run.at("2025-01-06 10:00")
    decision = commands.DecideRequest(
        case_id=case_id, outcome=commands.OUTCOME_PENALTY, penalties=[FINE], reasons=FACTS[A], basis=LAW
    )
    await run.act(leader, "case/A/decide", decision, "决定罚款3万元", "decides a fine of 30,000 yuan")
    await run.at("2025-01-07 10:00")
    service = commands.ServeDecisionRequest(case_id=case_id, way=pb.SERVICE_WAY_DIRECT)
    await run.act(team[0], "case/A/serve", service, "送达处罚决定书", "serves the decision")
    await run.at("2025-01-10 10:00")
    for step, request, zh, en in (
        (
            "release",
            commands.ReleaseSeizureRequest(
                case_id=case_id, measure_id=run.id("measure/A/vehicle"), reason="当事人已缴纳罚款"
            ),
            "解除扣押",
            "releases the vehicle",
        ),
        (
            "close",
            commands.CloseCaseRequest(case_id=case_id, ground=pb.CLOSING_GROUND_PERFORMED),
            "结案",
            "closes the case",
        ),
    ):
        await run.act(leader, f"case/A/{step}", request, zh, en)


async def release(run: Run) -> None:
    """泸县 needs longer: the seizure is extended once before 30 days end, and ends before 60 do."""
    case_id, measure_id = run.facts.cases["B"], run.id("measure/B/vehicle")
    await run.at("2025-01-16 10:00")
    extension = commands.ExtendSeizureRequest(case_id=case_id, measure_id=measure_id, reason="需跨省核实证件真伪")
    zh, en = "延长扣押期限30日", "extends the seizure by 30 days"
    await run.act(cast.LUXIAN_DEPUTY, "case/B/extend", extension, zh, en)
    await run.at("2025-02-14 10:00")
    release = commands.ReleaseSeizureRequest(case_id=case_id, measure_id=measure_id, reason="扣押期限将届满")
    zh, en = "期限届满前解除扣押", "ends the seizure before its limit"
    await run.act(HANDLERS[B].leader, "case/B/release", release, zh, en)
    await run.at("2025-03-19 00:30")
    await run.until(
        cast.LUXIAN_DEPUTY,
        deadlines.ListDeadlinesRequest(rule_id="cases.decision", subject_id=case_id),
        lambda answer: [one.status for one in answer.clocks] == [deadlines.STATUS_MISSED],
        "办案期限届满",
    )
    zh, en = "90日办案期限届满，证件真伪未核实，系统记录逾期", "the 90 days to decide end; the timer records the miss"
    run.saw(cast.LUXIAN_DEPUTY, zh, en)
