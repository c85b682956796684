"""各案其后：永川依法处罚，泸县扣押到期解除. What became of the two cases in the winter; one clock is missed."""

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.documents.v1 import service_pb2 as documents

from deploy.local.story import cast, money
from deploy.local.story.chapter_3_cases import HANDLERS
from deploy.local.story.documents import pdf
from deploy.local.story.parties import FACTS, PARTIES
from deploy.local.story.posts import LEADERS, A, B
from deploy.local.story.run import Run

FINE = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=3_000_000)
LAW = "道路运输条例 art. 63"


async def tell(run: Run) -> None:
    """Notice, defence, decision, service and publication at 永川; extension and end of the seizure at 泸县."""
    with run.chapter("各案其后：永川依法处罚，泸县扣押到期解除", "Yongchuan penalises; Luxian's seizure ends"):
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
            proof=await run.file(team[0], pdf("送达回证（违法行为通知书，A）", PARTIES[A].name)),
        ),
        "送达违法行为通知书：拟罚款3万元",
        "serves the notice: a fine of 30,000 yuan is intended",
    )
    await run.at("2024-12-27 15:00")
    statement = await run.file(team[0], pdf("放弃陈述申辩听证声明（A）", PARTIES[A].name))
    waiver = commands.RecordDefenceRequest(
        case_id=case_id, kind=pb.DEFENCE_KIND_WAIVED, hearing_waived=True, document=statement
    )
    await run.act(
        team[0],
        "case/A/defence",
        waiver,
        "当事人书面放弃陈述申辩和听证",
        "the party waives defence and hearing in writing",
    )


async def decide(run: Run) -> None:
    """永川 decides its case: where no crime is suspected a fine is what the law gives."""
    leader, team, case_id = HANDLERS[A].leader, HANDLERS[A].team, run.facts.cases["A"]
    await run.at("2025-01-06 10:00")
    decision = commands.DecideRequest(
        case_id=case_id,
        outcome=commands.OUTCOME_PENALTY,
        penalties=[FINE],
        reasons=FACTS[A],
        basis=LAW,
        correction="立即停止未经许可的道路旅客运输经营",
    )
    await run.act(leader, "case/A/decide", decision, "决定罚款3万元", "decides a fine of 30,000 yuan")
    await print_decision(run)
    await run.at("2025-01-07 10:00")
    receipt = await run.file(team[0], pdf("送达回证（A）", PARTIES[A].name, "2025年1月7日"))
    service = commands.ServeDecisionRequest(case_id=case_id, way=pb.SERVICE_WAY_DIRECT, proof=receipt)
    await run.act(team[0], "case/A/serve", service, "送达处罚决定书", "serves the decision")
    await publish(run)
    await run.at("2025-01-10 10:00")
    sheet = await run.file(team[0], pdf("解除扣押决定书（A）", "当事人已停止违法行为"))
    vehicle = commands.ReleaseSeizureRequest(
        case_id=case_id,
        measure_id=run.id("measure/A/vehicle"),
        reason="当事人已停止违法行为",
        document=sheet,
        way=pb.SERVICE_WAY_DIRECT,
        proof=await run.file(team[0], pdf("送达回证（A，解除扣押）", PARTIES[A].name, "2025年1月10日")),
    )
    await run.act(leader, "case/A/release", vehicle, "解除扣押", "releases the vehicle")
    closing = commands.CloseCaseRequest(case_id=case_id, ground=pb.CLOSING_GROUND_PERFORMED)
    zh, en = "罚款尚未缴清即结案", "closes the case before the fine is paid"
    await run.refused(leader, "case/A/close", closing, "NOT_PERFORMED", zh, en)
    if run.cluster.collects:
        await money.pay(run)


async def print_decision(run: Run) -> None:
    """The decision on its form, numbered by the bureau: what is served, and what is published."""
    officer = HANDLERS[A].team[0]
    sheet = documents.IssueDocumentRequest(form="F15", matter_id=run.facts.cases["A"])
    sheet.inputs.update(
        {"violated": "《中华人民共和国道路运输条例》第十条", "decision_evidence": "现场笔录、询问笔录和执法记录仪视频"}
    )
    zh, en = "制作行政处罚决定书", "issues the decision on its form"
    issued = await run.act(officer, "case/A/decision-sheet", sheet, zh, en)
    question = documents.GetDocumentRequest(document_id=issued.id)
    await run.until(officer, question, lambda answer: answer.document.state == "已生成", "决定书已生成")


async def publish(run: Run) -> None:
    """The decision is public within seven working days: redacted by rule, compared by a second person."""
    officer, chief, case_id = HANDLERS[A].team[0], LEADERS[A.competent_id], run.facts.cases["A"]
    await run.at("2025-01-08 10:00")
    proposal = publication.ProposePublicationRequest(case_id=case_id, publication_id=run.id("publication/A"))
    await run.act(officer, "case/A/propose-copy", proposal, "拟定公开文本，隐去个人信息", "proposes the redacted copy")
    check = publication.CheckPublicationRequest(case_id=case_id, publication_id=run.id("publication/A"), passed=True)
    await run.refused(
        officer,
        "case/A/check-own",
        check,
        "SECOND_PERSON_NEEDED",
        "自己核对自己拟定的文本",
        "checks the own proposal",
    )
    await run.act(chief, "case/A/check-copy", check, "第二人核对公开文本", "compares the copy with the file")
    public = publication.PublishDecisionRequest(
        case_id=case_id, publication_id=run.id("publication/A"), channel="门户网站"
    )
    await run.act(chief, "case/A/publish", public, "公开处罚决定", "publishes the decision")


async def release(run: Run) -> None:
    """泸县 needs longer: the seizure is extended once before 30 days end, and ends before 60 do."""
    case_id, measure_id = run.facts.cases["B"], run.id("measure/B/vehicle")
    await run.at("2025-01-16 10:00")
    told = await run.file(HANDLERS[B].team[0], pdf("延长扣押期限通知书（B）", "需跨省核实证件真伪"))
    extension = commands.ExtendSeizureRequest(
        case_id=case_id,
        measure_id=measure_id,
        reason="需跨省核实证件真伪",
        notice=told,
        way=pb.SERVICE_WAY_DIRECT,
        proof=await run.file(HANDLERS[B].team[0], pdf("送达回证（B，延长扣押）", PARTIES[B].name, "2025年1月16日")),
    )
    zh, en = "延长扣押期限30日", "extends the seizure by 30 days"
    await run.act(cast.LUXIAN_DEPUTY, "case/B/extend", extension, zh, en)
    await run.at("2025-02-14 10:00")
    release = commands.ReleaseSeizureRequest(
        case_id=case_id,
        measure_id=measure_id,
        reason="扣押期限将届满",
        document=await run.file(HANDLERS[B].team[0], pdf("解除扣押决定书（B）", "扣押期限将届满")),
        way=pb.SERVICE_WAY_DIRECT,
        proof=await run.file(HANDLERS[B].team[0], pdf("送达回证（B，解除扣押）", PARTIES[B].name, "2025年2月14日")),
    )
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
