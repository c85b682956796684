"""The branches of a transfer as officers act them: refused twice, supervised, ordered, filed, withdrawn, returned."""

from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as transfer
from enforcement.transfer.v1 import supervision_pb2 as supervision

from deploy.local.story import cast, chapter_7_transfer
from deploy.local.story.cast import INVESTIGATORS
from deploy.local.story.documents import pdf
from deploy.local.story.run import Run
from tests.support.system import file_case

TEAM = INVESTIGATORS[0]


async def tell(run: Run) -> None:
    """A transfer that the police refuse twice, are told to take, take, and give back."""
    await run.at("2025-04-25 09:00")
    await file_case(run)
    await chapter_7_transfer.tell(run)
    await _refused_twice(run)
    await _supervised(run)
    await _withdrawn(run)
    await run.later(1)


async def _refused_twice(run: Run) -> None:
    await run.at("2025-05-06 09:00")
    refusal = transfer.DecideFilingRequest(
        referral_id=run.facts.referral_id,
        outcome=transfer.FILING_OUTCOME_REFUSED,
        reasons="情节显著轻微",
        notice=await run.file(cast.POLICE_LEADER, pdf("不予立案通知书", "情节显著轻微")),
    )
    await run.act(cast.POLICE_LEADER, "branch/refuse", refusal)
    await _stage(run, "公安机关不予立案")
    await run.at("2025-05-08 09:00")
    request = reconsideration.RequestReconsiderationRequest(
        transfer_id=run.facts.transfer_id,
        grounds="已达追诉标准",
        letter=await run.file(TEAM, pdf("提请复议书", "已达追诉标准")),
    )
    await run.act(TEAM, "branch/reconsider", request)
    await _police_stage(run, "复议中")
    await run.at("2025-05-09 09:00")
    kept = transfer.DecideReconsiderationRequest(
        referral_id=run.facts.referral_id,
        outcome=transfer.FILING_OUTCOME_REFUSED,
        reasons="维持",
        notice=await run.file(cast.POLICE_LEADER, pdf("复议决定书", "维持")),
    )
    await run.act(cast.POLICE_LEADER, "branch/maintain", kept)
    await _stage(run, "复议维持不予立案")


async def _supervised(run: Run) -> None:
    await run.at("2025-05-12 09:00")
    suggestion = supervision.SuggestSupervisionRequest(
        transfer_id=run.facts.transfer_id,
        grounds="已达追诉标准",
        letter=await run.file(TEAM, pdf("立案监督建议书", "已达追诉标准")),
    )
    await run.act(TEAM, "branch/suggest", suggestion)
    opened = await run.until(
        cast.PROSECUTOR, transfer.ListSupervisionsRequest(), lambda answer: answer.supervisions, "收到立案监督建议"
    )
    supervision_id = opened.supervisions[0].supervision_id
    question = supervision.AskReasonsRequest(
        supervision_id=supervision_id,
        questions="为何不立案",
        letter=await run.file(cast.PROSECUTOR, pdf("要求说明不立案理由通知书", "为何不立案")),
    )
    await run.act(cast.PROSECUTOR, "branch/ask", question)
    await run.until(
        cast.POLICE_TEAM[0],
        transfer.GetReferralRequest(referral_id=run.facts.referral_id),
        lambda answer: answer.referral.HasField("reasons_asked_at"),
        "收到要求说明理由",
    )
    await run.at("2025-05-20 00:30")  # the seven days end on Monday 19 May
    for officer, rule in ((cast.POLICE_TEAM[0], "referral.reasons"), (cast.PROSECUTOR, "supervision.reasons")):
        await run.until(
            officer,
            deadlines.ListDeadlinesRequest(rule_id=rule, subject_id=run.facts.transfer_id),
            lambda answer: any(one.status == deadlines.STATUS_MISSED for one in answer.clocks),
            f"{rule} 逾期",
        )
    order = supervision.ConcludeSupervisionRequest(
        supervision_id=supervision_id,
        result=supervision.SUPERVISION_RESULT_ORDER_TO_FILE,
        reasons="逾期未说明理由",
        notice=await run.file(cast.PROSECUTOR, pdf("通知立案书", "逾期未说明理由")),
    )
    await run.act(cast.PROSECUTOR, "branch/order", order)
    await _stage(run, "通知公安机关立案")
    await _police_stage(run, "检察机关通知立案")


async def _withdrawn(run: Run) -> None:
    await run.at("2025-05-28 10:00")
    filing = transfer.DecideFilingRequest(
        referral_id=run.facts.referral_id,
        outcome=transfer.FILING_OUTCOME_FILED,
        criminal_case_number="泸公(刑)立字〔2025〕91号",
        notice=await run.file(cast.POLICE_LEADER, pdf("立案通知书", "泸公(刑)立字〔2025〕91号")),
    )
    await run.act(cast.POLICE_LEADER, "branch/file", filing)
    await _stage(run, "公安机关已立案")
    await run.at("2025-05-30 10:00")
    withdrawal = outcomes.WithdrawCriminalCaseRequest(
        referral_id=run.facts.referral_id,
        reasons="证据不足",
        notice=await run.file(cast.POLICE_LEADER, pdf("撤销案件决定书", "证据不足")),
    )
    await run.act(cast.POLICE_LEADER, "branch/withdraw", withdrawal)
    await _stage(run, "公安机关撤销案件")
    await run.later(60)
    back = transfer.ReturnToAdministrativeRequest(transfer_id=run.facts.transfer_id, reason="公安机关撤销案件")
    await run.act(cast.LUXIAN_DEPUTY, "branch/return", back)
    close = outcomes.CloseTransferRequest(transfer_id=run.facts.transfer_id)
    await run.act(cast.LUXIAN_DEPUTY, "branch/close", close)


async def _stage(run: Run, stage: str) -> None:
    question = transfer.GetTransferRequest(transfer_id=run.facts.transfer_id)
    await run.until(TEAM, question, lambda answer: answer.transfer.stage == stage, stage)


async def _police_stage(run: Run, stage: str) -> None:
    question = transfer.GetReferralRequest(referral_id=run.facts.referral_id)
    await run.until(cast.POLICE_TEAM[0], question, lambda answer: answer.referral.stage == stage, stage)
