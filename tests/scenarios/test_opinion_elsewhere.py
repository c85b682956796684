"""异地行政机关收到检察意见：材料凭意见书取得，回复送达检察机关；纸质件先到、电子件后到的，是同一件检察意见。

泸县人民检察院向重庆市永川区交通运输委员会提出两件检察意见；其中一件的纸质件已先送达并录入。
"""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.exchange.v1 import service_pb2 as exchange
from enforcement.transfer.v1 import opinion_pb2 as pb

from deploy.local.story import cast
from deploy.local.story.cast import LUXIAN, PROCURATORATE, PROSECUTOR, YONGCHUAN
from deploy.local.story.documents import pdf
from deploy.local.story.ledgers import told as told_by
from deploy.local.story.peers import try_to_fetch
from deploy.local.story.run import Run
from services.kernel.messages import type_name
from services.transfer.model.opinion_case import opinion_case_of
from tests.support.system import contradictions, run_on, system

HANDLERS, STRANGER = cast.YONGCHUAN_TEAM[:2], cast.YONGCHUAN_TEAM[5]
CHIEF, LEADER = cast.YONGCHUAN_CHIEF, cast.YONGCHUAN_LEADER
OPINION, STATEMENT, REPLY = pdf("检察意见书", "依法给予行政处罚"), pdf("证人证言", "王某陈述"), pdf("回复", "办理情况")
PLACE = common.Place(division_code="500118", description="永川区大安街道")


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Run]:
    """Both opinions were issued on 10 April 2025; the paper of the second was entered a week before."""
    async with system(YONGCHUAN, PROCURATORATE, LUXIAN) as cluster, run_on(cluster) as run:
        await run.at("2025-04-03 09:00")
        await _enter(run)
        await run.at("2025-04-10 10:00")
        for name in ("both", "signed"):
            await _issue(run, name)
        yield run


async def test_the_files_are_fetched_from_the_other_division_and_shown_to_who_handles_the_opinion(run: Run) -> None:
    await _register(run, opinion_case_of(run.id("opinion/signed"), PROCURATORATE), "signed")
    grant = await told_by(run.cluster, YONGCHUAN, type_name(pb.OpinionIssued), PROCURATORATE)
    own = opinion_case_of(run.id("opinion/signed"), PROCURATORATE)
    content = (await run.ask(HANDLERS[0], pb.GetOpinionRequest(id=own))).content
    for file, written in ((content.document, OPINION), (content.evidence[0].file, STATEMENT)):
        await run.ask(HANDLERS[0], exchange.PullBlobRequest(position=grant.position, sha256=file.sha256))
        for who in (HANDLERS[0], LEADER):
            assert await run.calls.download(YONGCHUAN, run.officer_id(who), file.sha256, own) == written.content
        for who in (STRANGER, CHIEF):
            with pytest.raises(grpc.aio.AioRpcError, match="PERMISSION_DENIED"):
                await run.calls.download(YONGCHUAN, run.officer_id(who), file.sha256, own)
        await try_to_fetch(run, LUXIAN, PROCURATORATE, grant.env_hash, file.sha256)


async def test_the_reply_reaches_the_procuratorate_with_its_document(run: Run) -> None:
    await _reply(run, opinion_case_of(run.id("opinion/signed"), PROCURATORATE), "signed")
    grant = await told_by(run.cluster, PROCURATORATE, type_name(pb.OpinionReplied), YONGCHUAN)
    asked = pb.GetOpinionRequest(id=run.id("opinion/signed"))
    (document,) = (await run.ask(PROSECUTOR, asked)).reply_documents
    await run.ask(PROSECUTOR, exchange.PullBlobRequest(position=grant.position, sha256=document.sha256))
    opinion_id = run.id("opinion/signed")
    assert (
        await run.calls.download(PROCURATORATE, run.officer_id(PROSECUTOR), document.sha256, opinion_id)
        == REPLY.content
    )


async def test_paper_and_electronic_copy_are_one_opinion_with_one_clock_and_one_reply(run: Run) -> None:
    paper, copy = run.id("opinion/paper"), opinion_case_of(run.id("opinion/both"), PROCURATORATE)
    first, second = [(await run.ask(HANDLERS[0], pb.GetOpinionRequest(id=one))).opinion for one in (paper, copy)]
    assert (first.stage, first.copies, first.same_as_id) == ("已收到检察意见", 1, "")
    assert (second.stage, second.same_as_id) == ("与已收到的检察意见相同", paper)
    register = pb.RegisterOpinionRequest(
        opinion_case_id=copy, registration_number="收-另一份", handler_ids=run.ids(*HANDLERS)
    )
    await run.refused(CHIEF, "register/copy", register, "OPINION_IS_COPY", "在先收到的一件上办理", "done on the first")
    await _register(run, paper, "paper")
    await _reply(run, paper, "paper")
    there = (await run.ask(PROSECUTOR, pb.GetOpinionRequest(id=run.id("opinion/both")))).opinion
    assert (there.stage, there.replied_in_time, there.reply_nominal_on) == ("行政机关已登记", True, "2025-06-03")
    rate = await run.ask(HANDLERS[0], pb.GetOpinionRateRequest(from_on="2025-01-01", to_on="2025-12-31"))
    assert (rate.replied_in_time, rate.received) == (2, 2)


async def test_the_same_day_is_due_on_both_ledgers_and_nothing_contradicts(run: Run) -> None:
    for who, rule, subject in (
        (HANDLERS[0], "opinion.reply", run.id("opinion/paper")),
        (PROSECUTOR, "opinion.reply_awaited", run.id("opinion/both")),
    ):
        (clock,) = (await run.ask(who, deadlines.ListDeadlinesRequest(rule_id=rule, subject_id=subject))).clocks
        assert (clock.responsible_id, clock.due_on, clock.in_time) == (YONGCHUAN, "2025-06-03", True)
    assert await contradictions(run.cluster) == []


def _content(name: str, document: common.BlobRef) -> dict[str, Any]:
    return {
        "opinion_number": f"泸县检行意〔2025〕{3 if name == 'signed' else 4}号",
        "decision_number": "泸县检刑不诉〔2025〕7号",
        "act_code": "RTR-63-2",
        "act_on": "2025-02-11",
        "place": PLACE,
        "facts": "持伪造的道路运输证从事旅客运输经营",
        "request": "依法给予行政处罚",
        "reply_period": pb.ReplyPeriod(months=2),
        "document": document,
        "persons": [pb.OpinionPerson(name="涂某某")],
    }


async def _enter(run: Run) -> None:
    content = pb.OpinionContent(decided_on="2025-04-02", **_content("both", await run.file(CHIEF, OPINION)))
    enter = pb.EnterOpinionRequest(
        opinion_case_id=run.id("opinion/paper"), procuratorate_name="泸县人民检察院", content=content
    )
    await run.act(CHIEF, "enter", enter)


async def _issue(run: Run, name: str) -> None:
    opinion_id = run.id(f"opinion/{name}")
    review = pb.OpenOpinionReviewRequest(opinion_id=opinion_id, bureau_id=YONGCHUAN, decided_on="2025-04-02")
    await run.act(PROSECUTOR, f"review/{name}", review)
    statement = pb.OpinionEvidence(
        item_id=run.id(f"item/{name}"),
        kind=pb.CRIMINAL_EVIDENCE_KIND_WITNESS,
        title="王某证言",
        file=await run.file(PROSECUTOR, STATEMENT),
    )
    issue = pb.IssueOpinionRequest(
        opinion_id=opinion_id,
        bureau_id=YONGCHUAN,
        decision=await run.file(PROSECUTOR, OPINION),
        evidence=[statement] if name == "signed" else [],
        **_content(name, await run.file(PROSECUTOR, OPINION)),
    )
    await run.act(PROSECUTOR, f"issue/{name}", issue)
    await run.settled()


async def _register(run: Run, opinion_case_id: str, name: str) -> None:
    register = pb.RegisterOpinionRequest(
        opinion_case_id=opinion_case_id, registration_number=f"收-{name}", handler_ids=run.ids(*HANDLERS)
    )
    await run.act(CHIEF, f"register/{name}", register)
    await run.settled()


async def _reply(run: Run, opinion_case_id: str, name: str) -> None:
    reply = pb.ReplyToOpinionRequest(
        opinion_case_id=opinion_case_id,
        kind=pb.REPLY_KIND_INTERIM,
        text="正在办理",
        documents=[await run.file(LEADER, REPLY)],
    )
    await run.act(LEADER, f"reply/{name}", reply)
    await run.settled()
