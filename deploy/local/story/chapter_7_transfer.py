"""行刑衔接：二十四小时与三日. A suspected crime goes to the police: the team, the head, the package, the receipt."""

from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from deploy.local.story import cast
from deploy.local.story.cast import INVESTIGATORS, POLICE
from deploy.local.story.chapter_3_cases import HANDLERS, LAW, NOT_LISTED, seizure
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT, CRIME, CRIME_FACTS, PARTIES, SUSPECT
from deploy.local.story.posts import B
from deploy.local.story.run import Run

MATERIALS = {
    pb.MATERIAL_KIND_TRANSFER_LETTER: "涉嫌犯罪案件移送书",
    pb.MATERIAL_KIND_INVESTIGATION_REPORT: "涉嫌犯罪案件情况的调查报告",
    pb.MATERIAL_KIND_GOODS_LIST: "涉案物品清单",
    pb.MATERIAL_KIND_OTHER: "永川协查答复及营运车辆登记查询结果",
}


async def tell(run: Run) -> None:
    """From the suspicion on 28 April 2025 to the police's receipt on 1 May."""
    with run.chapter(
        "行刑衔接：专案组、报告、批准、移送、签收", "To the police: team, report, approval, package, receipt"
    ):
        await suspect(run)
        await report_and_approve(run)
        await send(run)
        await sign(run)
        await fine_meanwhile(run)


async def suspect(run: Run) -> None:
    """The forged certificate is a suspected crime: a team of two at once, and the vehicle is held again."""
    await run.at("2025-04-28 09:00")
    opened = await run.act(
        INVESTIGATORS[0],
        "transfer/open",
        commands.OpenTransferRequest(
            case_id=run.facts.cases["B"],
            case_number=HANDLERS[B].case_number,
            act_code=ACT,
            suspected_crime=CRIME,
            facts=CRIME_FACTS,
            suspects=[SUSPECT],
            team_ids=run.ids(*INVESTIGATORS),
        ),
        "发现涉嫌伪造道路运输证，立即成立2人专案组",
        "suspects a forged certificate and names a team of two at once",
    )
    run.facts.transfer_id = opened.id
    await run.at("2025-04-28 14:00")
    approval = cases.ApproveMeasureRequest(
        case_id=run.facts.cases["B"],
        measure_id=run.id("measure/B/forged"),
        kind=case_events.MEASURE_KIND_SEIZURE,
        law_basis=LAW,
        reason="所持道路运输证系伪造，车辆无有效营运证件",
        no_compulsion=NOT_LISTED,
    )
    await run.act(
        cast.LUXIAN_DEPUTY, "case/B/approve-again", approval, "批准扣押车辆及伪造证件", "approves a new seizure"
    )
    await run.later(30)
    request = await seizure(run, B, "forged")
    await run.act(
        INVESTIGATORS[0], "case/B/seize-again", request, "扣押车辆及伪造证件", "seizes vehicle and certificate"
    )


async def report_and_approve(run: Run) -> None:
    """The principal head decides within three days; a deputy may not."""
    await run.at("2025-04-29 10:00")
    transfer_id = run.facts.transfer_id
    report = await run.file(INVESTIGATORS[0], pdf("移送涉嫌犯罪案件的报告", PARTIES[B].name, CRIME, CRIME_FACTS))
    submission = commands.SubmitReportRequest(transfer_id=transfer_id, summary=CRIME_FACTS, report=report)
    zh, en = "向正职负责人提交移送报告", "gives the report to the principal head"
    await run.act(INVESTIGATORS[0], "transfer/report", submission, zh, en)
    await run.at("2025-04-30 15:30")
    approval = commands.ApproveTransferRequest(transfer_id=transfer_id)
    zh, en = "副局长批准移送", "the deputy approves the transfer"
    await run.refused(cast.LUXIAN_DEPUTY, "transfer/deputy", approval, "NEEDS_PRINCIPAL_HEAD", zh, en)
    await run.at("2025-04-30 16:00")
    await run.act(cast.LUXIAN_HEAD, "transfer/approve", approval, "正职负责人批准移送", "the principal head approves")


async def package(run: Run) -> list[pb.Material]:
    """Every material, each with its file."""
    return [
        pb.Material(
            kind=kind,
            title=title,
            file=await run.file(INVESTIGATORS[0], pdf(title, HANDLERS[B].case_number, PARTIES[B].name, CRIME_FACTS)),
        )
        for kind, title in MATERIALS.items()
    ]


async def send(run: Run) -> None:
    """Within 24 hours, complete or not at all."""
    await run.at("2025-05-01 09:00")
    materials = await package(run)
    without_list = [one for one in materials if one.kind != pb.MATERIAL_KIND_GOODS_LIST]
    request = commands.SendTransferRequest(transfer_id=run.facts.transfer_id, police_id=POLICE, materials=without_list)
    zh, en = "移送，缺少涉案物品清单", "sends the case without the list of goods"
    await run.refused(INVESTIGATORS[0], "transfer/incomplete", request, "PACKAGE_INCOMPLETE", zh, en)
    request = commands.SendTransferRequest(transfer_id=run.facts.transfer_id, police_id=POLICE, materials=materials)
    zh, en = (
        f"向泸县公安局移送，材料{len(materials)}件，抄送检察院",
        "sends the case to the police, with a copy to the prosecutors",
    )
    await run.act(INVESTIGATORS[0], "transfer/send", request, zh, en)


async def sign(run: Run) -> None:
    """The police sign on the letter of transfer; that is the acceptance, and it reaches the bureau signed."""
    await run.at("2025-05-01 10:00")
    question = commands.GetReferralRequest(transfer_id=run.facts.transfer_id)
    referral = (
        await run.until(cast.POLICE_TEAM[0], question, lambda answer: answer.referral.stage, "收到移送")
    ).referral
    run.facts.referral_id = referral.referral_id
    receipt = commands.SignReceiptRequest(
        referral_id=referral.referral_id,
        receipt=await run.file(cast.POLICE_TEAM[0], pdf("移送书回执", "已收到所列材料", "2025年5月1日")),
    )
    await run.act(cast.POLICE_TEAM[0], "referral/sign", receipt, "在移送书回执上签字", "signs the receipt")
    await run.until(
        INVESTIGATORS[0],
        commands.GetTransferRequest(transfer_id=run.facts.transfer_id),
        lambda answer: answer.transfer.stage == "公安机关已受理",
        "收到公安机关签收回执",
    )


async def fine_meanwhile(run: Run) -> None:
    """While the police have the case no fine is decided (以罚代刑)."""
    await run.at("2025-05-01 11:00")
    decision = cases.DecideRequest(
        case_id=run.facts.cases["B"],
        outcome=cases.OUTCOME_PENALTY,
        penalties=[case_events.Penalty(kind=case_events.PENALTY_KIND_FINE, amount_fen=3_000_000)],
        reasons="以罚代刑的尝试",
        basis="道路运输条例 art. 63",
    )
    zh, en = "移送期间决定罚款", "decides a fine while the transfer is open"
    await run.refused(cast.LUXIAN_DEPUTY, "case/B/fine", decision, "FINE_WHILE_TRANSFERRED", zh, en)
