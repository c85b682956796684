"""A supervision on paper, while the procuratorate has no node that runs; the node says the same later.

question    two officers of the police enter it; the police state their reasons
order       two officers enter it
node        asks as its paper did, and is compared with it
"""

from datetime import datetime
from typing import Any

from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as transfer
from enforcement.transfer.v1 import supervision_pb2 as supervision

from deploy.local.story import cast, chapter_7_transfer
from deploy.local.story.cast import INVESTIGATORS, POLICE, PROCURATORATE
from deploy.local.story.documents import pdf
from deploy.local.story.run import Run
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_timestamp
from tests.support.system import file_case

FIRST, SECOND = cast.POLICE_TEAM
WEAK, AGREED = "证据较弱：纸质", "已与节点回执核对一致"


async def tell(run: Run) -> None:
    """Tells it, and checks what people see on the way."""
    await run.at("2025-04-25 09:00")
    await file_case(run)
    await chapter_7_transfer.tell(run)
    await run.settled()
    await run.cluster.stop_node(PROCURATORATE)
    await _refused_and_suggested(run)

    _move(run, "2025-05-09 09:00")
    question = await _enter(run, "question", paper.PAPER_ANSWER_KIND_REASONS_ASKED, text="为何不立案")
    with run.chapter("复核", "confirmed"):
        again = _confirmation(question)
        await run.refused(FIRST, "incoming/alone", again, "NEEDS_ANOTHER_OFFICER", "同一人复核", "the same officer")
    await run.act(SECOND, "incoming/question", _confirmation(question))
    referral = transfer.GetReferralRequest(referral_id=run.facts.referral_id)
    asked = await run.until(FIRST, referral, lambda found: found.referral.HasField("reasons_asked_at"), "来文")
    assert asked.referral.reasons_asked_at == question.occurred_at
    await run.wait(lambda: _holds(run, [WEAK]), "来文较弱")
    clock = deadlines.ListDeadlinesRequest(rule_id="referral.reasons")
    clocks = await run.until(FIRST, clock, lambda found: found.clocks, "说明理由的期限")
    assert [one.responsible_id for one in clocks.clocks] == [POLICE]

    _move(run, "2025-05-12 09:00")
    reasons = supervision.StateReasonsRequest(
        referral_id=run.facts.referral_id,
        reasons="情节显著轻微",
        document=await run.file(cast.POLICE_LEADER, pdf("不立案理由说明书", "情节显著轻微")),
    )
    await run.act(cast.POLICE_LEADER, "incoming/state", reasons)
    _move(run, "2025-05-14 09:00")
    order = await _enter(run, "order", paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED)
    await run.act(SECOND, "incoming/order", _confirmation(order))
    await run.until(FIRST, referral, lambda found: found.referral.stage == "检察机关通知立案", "来文通知立案")

    _move(run, "2025-05-15 09:00")
    await run.cluster.start(PROCURATORATE)
    supervised = await run.until(
        cast.PROSECUTOR, transfer.ListSupervisionsRequest(), lambda found: found.supervisions, "收到立案监督建议"
    )
    # What waited for the node comes from two senders: the question follows when all of it is there.
    await run.settled()
    supervision_id = supervised.supervisions[0].supervision_id
    letter = await run.file(cast.PROSECUTOR, pdf("要求说明不立案理由通知书", "为何不立案"))
    asking = supervision.AskReasonsRequest(supervision_id=supervision_id, questions="为何不立案", letter=letter)
    await run.act(cast.PROSECUTOR, "incoming/node-asks", asking)
    await run.wait(lambda: _holds(run, [AGREED, WEAK]), "来文与节点核对")
    await run.settled()


def _move(run: Run, text: str) -> None:
    """Without waiting: what is for the procuratorate stays under way."""
    run.move(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


async def _refused_and_suggested(run: Run) -> None:
    _move(run, "2025-05-06 09:00")
    refusal = transfer.DecideFilingRequest(
        referral_id=run.facts.referral_id,
        outcome=transfer.FILING_OUTCOME_REFUSED,
        reasons="情节显著轻微",
        notice=await run.file(cast.POLICE_LEADER, pdf("不予立案通知书", "情节显著轻微")),
    )
    await run.act(cast.POLICE_LEADER, "incoming/refuse", refusal)
    bureau = transfer.GetTransferRequest(transfer_id=run.facts.transfer_id)
    await run.until(INVESTIGATORS[0], bureau, lambda found: found.transfer.stage == "公安机关不予立案", "不予立案")
    _move(run, "2025-05-07 09:00")
    suggestion = supervision.SuggestSupervisionRequest(
        transfer_id=run.facts.transfer_id,
        grounds="已达追诉标准",
        letter=await run.file(INVESTIGATORS[0], pdf("立案监督建议书", "已达追诉标准")),
    )
    await run.act(INVESTIGATORS[0], "incoming/suggest", suggestion)


async def _enter(run: Run, name: str, kind: paper.PaperAnswerKind.ValueType, **more: Any) -> incoming.EnterPaperRequest:
    entry = incoming.EnterPaperRequest(
        paper_id=run.id(f"incoming/{name}"),
        matter_id=run.facts.referral_id,
        kind=kind,
        signed_at=to_timestamp(run.now),
        signer="沈清源",
        number=f"泸检立监〔2025〕{name}号",
        scan=await run.file(FIRST, pdf("来文", name)),
        **more,
    )
    await run.act(FIRST, f"incoming/enter-{name}", entry)
    return entry


def _confirmation(entry: incoming.EnterPaperRequest) -> incoming.ConfirmPaperRequest:
    return incoming.ConfirmPaperRequest(
        paper_id=entry.paper_id, kind=entry.kind, signed_at=entry.signed_at, number=entry.number
    )


async def _standings(run: Run) -> list[str]:
    found = await run.ask(FIRST, incoming.ListPapersRequest(matter_id=run.facts.referral_id))
    return [one.standing for one in found.papers]


async def _holds(run: Run, standings: list[str]) -> tuple[bool, Any]:
    found = await _standings(run)
    return found == standings, found
