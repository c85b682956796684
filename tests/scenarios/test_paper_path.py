"""公安机关没有节点：送达纸质函件，两名人员分别录入回执，移送照常进行；节点接通后与其签名回执核对。"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as transfer

from deploy.local.story import cast, chapter_7_transfer
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.documents import pdf
from deploy.local.story.run import Run
from services.kernel.clock import SHANGHAI
from services.kernel.letter_code import letter_code
from services.kernel.messages import to_timestamp
from tests.support.system import file_case, run_on, system

NUMBER = "川泸交涉移〔2025〕1号"
SIGNED_AT = "2025-05-01 10:00"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Run]:
    """A transfer that was sent while the police have no node that runs."""
    async with system(LUXIAN, POLICE, PROCURATORATE) as cluster, run_on(cluster) as made:
        await made.at("2025-04-25 09:00")
        await file_case(made)
        await chapter_7_transfer.suspect(made)
        await chapter_7_transfer.report_and_approve(made)
        await made.settled()
        await cluster.stop_node(POLICE)
        with made.chapter("移送，公安机关没有节点", "sent, the police have no node"):
            await chapter_7_transfer.send(made)
        yield made


async def test_the_transfer_goes_on_by_paper_and_the_node_confirms_it_later(run: Run) -> None:
    transfer_id = run.facts.transfer_id
    first, second = INVESTIGATORS
    run.move(_instant("2025-05-01 09:30"))
    letter = await run.file(first, pdf("移送书", NUMBER, letter_code(transfer_id)))
    sent = paper.SendPrintedLetterRequest(
        transfer_id=transfer_id, to_id=POLICE, number=NUMBER, code=letter_code(transfer_id), letter=letter,
        way="直接送达", officer_ids=run.ids(first, second),
    )  # fmt: skip
    await run.act(first, "paper/letter", sent)

    run.move(_instant("2025-05-01 11:00"))
    scan = await run.file(first, pdf("移送书回执", "石坚签收", "2025年5月1日10时"))
    entry = paper.EnterPaperAnswerRequest(
        transfer_id=transfer_id, kind=paper.PAPER_ANSWER_KIND_RECEIPT, letter_number=NUMBER,
        code=letter_code(transfer_id).lower(), signed_at=to_timestamp(_instant(SIGNED_AT)), signer="石坚", scan=scan,
    )  # fmt: skip
    await run.act(first, "paper/enter", entry)
    [answer] = await _answers(run, bool)
    assert (answer.standing, await _stage(run)) == ("录入待复核", "已移送")

    again = paper.ConfirmPaperAnswerRequest(
        transfer_id=transfer_id, answer_id=answer.answer_id, kind=entry.kind, letter_number=NUMBER,
        code=entry.code, signed_at=entry.signed_at,
    )  # fmt: skip
    with run.chapter("复核", "confirmed"):
        await run.refused(first, "paper/alone", again, "NEEDS_ANOTHER_OFFICER", "同一人复核", "the same officer")
    await run.act(second, "paper/confirm", again)
    received = transfer.GetTransferRequest(transfer_id=transfer_id)
    await run.until(first, received, lambda found: found.transfer.stage == "公安机关已受理", "依纸质回执受理")
    [answer] = await _answers(run, lambda answers: answers[0].confirmed)
    assert answer.standing == "证据较弱：纸质"
    clocks = await run.until(
        first, deadlines.ListDeadlinesRequest(subject_id=transfer_id), lambda found: _clock(found) is not None, "期限"
    )
    clock = _clock(clocks)
    assert (clock.responsible_id, clock.started_at) == (POLICE, to_timestamp(_instant(SIGNED_AT)))

    await run.cluster.start(POLICE)
    asked = transfer.GetReferralRequest(transfer_id=transfer_id)
    referral = (await run.until(cast.POLICE_TEAM[0], asked, lambda found: found.referral.stage, "收到移送")).referral
    run.now = _instant(SIGNED_AT)  # the police record late, by their own node, what they signed on paper
    signing = transfer.SignReceiptRequest(referral_id=referral.referral_id, late_reason="节点接通后补录纸质签收")
    await run.act(cast.POLICE_TEAM[0], "paper/node-signs", signing)
    [answer] = await _answers(run, lambda answers: answers[0].standing.startswith("已与节点"))
    assert answer.standing == "已与节点回执核对一致"
    found = await run.ask(first, received)
    assert (found.transfer.stage, found.transfer.referral_id) == ("公安机关已受理", referral.referral_id)


def _clock(found: Any) -> Any:
    return next((one for one in found.clocks if one.rule_id == "transfer.filing_decision_on_paper"), None)


async def _stage(run: Run) -> str:
    found = await run.ask(INVESTIGATORS[0], transfer.GetTransferRequest(transfer_id=run.facts.transfer_id))
    return str(found.transfer.stage)


async def _answers(run: Run, holds: Any) -> list[paper.PaperAnswer]:
    request = paper.ListPaperAnswersRequest(transfer_id=run.facts.transfer_id)
    found = await run.until(
        INVESTIGATORS[0], request, lambda answer: answer.answers and holds(answer.answers), "纸质回执"
    )
    return list(found.answers)
