"""公安立案与移交：逾期可见. The police decide a month late, which shows; the bureau hands over in three days."""

from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from deploy.local.story import cast
from deploy.local.story.cast import INVESTIGATORS
from deploy.local.story.documents import pdf
from deploy.local.story.parties import CERTIFICATE, CRIMINAL_CASE_NUMBER, PARTIES, VEHICLES
from deploy.local.story.posts import SUSPECTS, B
from deploy.local.story.run import Run


async def tell(run: Run) -> None:
    """From the day after the police's limit to the letter to the party."""
    with run.chapter(
        "公安立案与移交：逾期可见，三日移交", "The police decide late, and it shows; hand-over in three days"
    ):
        await limit_ends(run)
        await file(run)
        await hand_over(run)
        await procuratorate(run)


async def limit_ends(run: Run) -> None:
    """The police's three days end on 6 May, rolled over the holiday (working days: 8 May); both ledgers say so."""
    await run.at("2025-05-09 00:30")
    for officer, rule in (
        (cast.POLICE_TEAM[0], "referral.filing_decision"),
        (INVESTIGATORS[0], "transfer.filing_decision"),
    ):
        await run.until(
            officer,
            deadlines.ListDeadlinesRequest(rule_id=rule, subject_id=run.facts.transfer_id),
            lambda answer: any(one.status == deadlines.STATUS_MISSED for one in answer.clocks),
            f"{rule} 逾期",
        )
    run.saw(
        cast.POLICE_TEAM[0],
        "立案审查期限届满，系统记录逾期",
        "the limit of the filing decision ends; the timer records it",
    )
    await run.at("2025-05-26 10:00")
    extension = cases.ExtendSeizureRequest(
        case_id=run.facts.cases["B"],
        measure_id=run.id("measure/B/forged"),
        reason="案件已移送公安机关，尚未作出立案决定",
        notice=await run.file(
            cast.INVESTIGATORS[0], pdf("延长扣押期限通知书（B-再次）", "案件已移送公安机关，尚未作出立案决定")
        ),
        way=events.SERVICE_WAY_DIRECT,
        proof=await run.file(cast.INVESTIGATORS[0], pdf("送达回证（B-再次）", "2025年5月26日")),
    )
    zh, en = "延长扣押期限30日", "extends the seizure by 30 days"
    await run.act(cast.LUXIAN_DEPUTY, "case/B/extend-again", extension, zh, en)


async def file(run: Run) -> None:
    """The police open a criminal case; the notice reaches the bureau the same day."""
    await run.at("2025-06-06 10:00")
    decision = commands.DecideFilingRequest(
        referral_id=run.facts.referral_id,
        outcome=commands.FILING_OUTCOME_FILED,
        criminal_case_number=CRIMINAL_CASE_NUMBER,
        notice=await run.file(cast.POLICE_LEADER, pdf("立案通知书", CRIMINAL_CASE_NUMBER, "2025年6月6日")),
    )
    zh, en = "决定立案，书面通知泸县", "opens a criminal case and tells Luxian in writing"
    await run.act(cast.POLICE_LEADER, "referral/file", decision, zh, en)
    await _until_stage(run, "公安机关已立案", "收到立案通知")


async def hand_over(run: Run) -> None:
    """Property and certificate go to the police, who confirm; the seizure ends with it, and the party is told."""
    await run.at("2025-06-09 09:00")
    transfer_id, investigator = run.facts.transfer_id, INVESTIGATORS[0]
    items = [
        pb.Property(description=f"{VEHICLES[B].type} {SUSPECTS[B]}", quantity=1),
        pb.Property(description=f"伪造的道路运输证 {CERTIFICATE}", quantity=1),
    ]
    request = commands.HandOverPropertyRequest(
        transfer_id=transfer_id,
        items=items,
        record=await run.file(investigator, pdf("涉案财物移交笔录", *(item.description for item in items))),
        officer_ids=run.ids(*INVESTIGATORS),
    )
    zh, en = "移交车辆与伪造证件，扣押随之结束", "hands over vehicle and certificate; the seizure ends with it"
    await run.act(investigator, "transfer/hand-over", request, zh, en)
    question = commands.GetReferralRequest(referral_id=run.facts.referral_id)
    await run.until(
        cast.POLICE_TEAM[0], question, lambda answer: answer.referral.stage == "待接收涉案财物", "收到移交清单"
    )
    await run.later(60)
    confirmation = commands.ConfirmHandOverRequest(referral_id=run.facts.referral_id)
    zh, en = "清点后确认接收", "counts and confirms"
    await run.act(cast.POLICE_TEAM[1], "referral/confirm", confirmation, zh, en)
    await _until_stage(run, "等待处理结果", "收到接收确认")
    await run.later(60)
    letter = await run.file(investigator, pdf("涉案财物移交告知书", PARTIES[B].name, "扣押财物已随案移交公安机关"))
    notice = commands.InformPartyRequest(transfer_id=transfer_id, letter=letter, way="直接送达")
    await run.act(investigator, "transfer/inform", notice, "书面告知当事人", "tells the party in writing")


async def procuratorate(run: Run) -> None:
    """The procuratorate has its copy, and the steps that bureau and police told it."""
    answer = await run.until(
        cast.PROSECUTOR,
        commands.ListOversightsRequest(),
        lambda shown: any(
            one.transfer_id == run.facts.transfer_id and one.step == pb.TRANSFER_STEP_HANDED_OVER
            for one in shown.oversights
        ),
        "知悉移交",
    )
    oversight = next(one for one in answer.oversights if one.transfer_id == run.facts.transfer_id)
    known = f"{oversight.case_number}，{oversight.suspected_crime}"
    run.saw(cast.PROSECUTOR, f"可见移送抄送与各环节：{known}", f"sees its copy and every step: {oversight.case_number}")


async def _until_stage(run: Run, stage: str, awaited: str) -> None:
    await run.until(
        INVESTIGATORS[0],
        commands.GetTransferRequest(transfer_id=run.facts.transfer_id),
        lambda answer: answer.transfer.stage == stage,
        awaited,
    )
