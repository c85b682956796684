"""从移送到检察意见：公安立案后检察机关决定不起诉，需要行政处罚的自动登记审查并提出检察意见，由原案件办理并按期回复。

一件事在三家单位的账本里用同一个关联编号。2025-04-30移送，06-06立案，07-01不起诉，07-03提出检察意见，07-16作出处理决定。
"""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.transfer.v1 import opinion_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import service_pb2 as transfer

from deploy.local.story import cast, chapter_7_transfer, chapter_8_filing
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, POLICE, PROCURATORATE, PROSECUTOR
from deploy.local.story.documents import pdf
from deploy.local.story.run import Run
from services.transfer.model.prosecution import prosecution_of
from tests.support.system import file_case, run_on, system

HANDLER, CHIEF, DEPUTY = INVESTIGATORS[0], cast.LUXIAN_CHIEF, cast.LUXIAN_DEPUTY
DECISION, OPINION, LETTER = pdf("不起诉决定书", "情节轻微"), pdf("检察意见书", "予以处罚"), pdf("回复", "办理结果")


@pytest.fixture(scope="module")
async def told() -> AsyncIterator[Run]:
    """A transfer that ends without prosecution, and the opinion that follows."""
    async with system(LUXIAN, POLICE, PROCURATORATE) as cluster, run_on(cluster) as run:
        await run.at("2025-04-25 09:00")
        await file_case(run)
        await chapter_7_transfer.tell(run)
        await chapter_8_filing.tell(run)
        await _not_prosecuted(run)
        await _opinion(run)
        await _handled(run)
        await run.later(1)
        yield run


async def test_the_opinion_names_the_transfer_from_which_the_criminal_case_came(told: Run) -> None:
    for who in (PROSECUTOR, DEPUTY):
        (summary,) = (await told.ask(who, pb.ListOpinionsRequest())).opinions
        content = (await told.ask(who, pb.GetOpinionRequest(id=summary.id))).content
        assert content.transfer_id == told.facts.transfer_id


async def test_the_case_that_was_transferred_handles_the_opinion(told: Run) -> None:
    (summary,) = (await told.ask(HANDLER, pb.ListOpinionsRequest())).opinions
    assert summary.case_id == told.facts.cases["B"]
    assert (summary.stage, summary.outcome) == ("已回复", pb.OPINION_OUTCOME_NO_PENALTY)
    assert (summary.reply_nominal_on, summary.replied_in_time) == ("2025-08-02", True)


async def test_the_procuratorate_hears_the_result(told: Run) -> None:
    (summary,) = (await told.ask(PROSECUTOR, pb.ListOpinionsRequest())).opinions
    assert (summary.stage, summary.reply_due_on) == ("行政机关已回复", "2025-08-04")
    clocks = (await told.ask(PROSECUTOR, deadlines.ListDeadlinesRequest(subject_id=summary.opinion_id))).clocks
    assert {(clock.rule_id, clock.in_time) for clock in clocks} == {
        ("opinion.review", True),
        ("opinion.issue", True),
        ("opinion.reply_awaited", True),
    }


async def test_one_matter_has_one_correlation_on_all_three_ledgers(told: Run) -> None:
    correlations = {
        authority_id: set(await _correlations(told, authority_id)) for authority_id in (LUXIAN, POLICE, PROCURATORATE)
    }
    assert len(set.union(*correlations.values())) == 1


async def _not_prosecuted(run: Run) -> None:
    await run.at("2025-07-01 10:00")
    decide = outcomes.DecideNonProsecutionRequest(
        prosecution_id=prosecution_of(run.facts.transfer_id, POLICE),
        ground=outcomes.NON_PROSECUTION_GROUND_MINOR,
        penalty_needed=True,
        decision=await run.file(PROSECUTOR, DECISION),
    )
    await run.act(PROSECUTOR, "not-prosecuted", decide)
    await run.settled()


async def _opinion(run: Run) -> None:
    await run.at("2025-07-02 10:00")
    (review,) = (await run.ask(PROSECUTOR, pb.ListOpinionsRequest())).opinions
    assert review.stage == "审查中"
    issue = pb.IssueOpinionRequest(
        opinion_id=review.id,
        bureau_id=LUXIAN,
        opinion_number="泸县检行意〔2025〕9号",
        act_code="RTR-63-2",
        act_on="2024-12-18",
        place=common.Place(division_code="510521", description="泸永桥交界处"),
        facts="持伪造的道路运输证从事客运",
        request="予以行政处罚",
        reply_period=pb.ReplyPeriod(months=1),
        document=await run.file(PROSECUTOR, OPINION),
        decision=await run.file(PROSECUTOR, DECISION),
        evidence=[
            pb.OpinionEvidence(item_id=run.id("item"), kind=pb.CRIMINAL_EVIDENCE_KIND_EXPERT, title="证件鉴定意见")
        ],
        decision_number="泸县检刑不诉〔2025〕21号",
        persons=[pb.OpinionPerson(name="张某某", id_number="510521199001011234")],
    )
    await run.act(PROSECUTOR, "issue", issue)
    await run.settled()


async def _handled(run: Run) -> None:
    await run.at("2025-07-03 09:00")
    back = transfer.ReturnToAdministrativeRequest(transfer_id=run.facts.transfer_id, reason="检察机关决定不起诉")
    await run.act(DEPUTY, "back", back)
    await run.settled()
    (summary,) = (await run.ask(HANDLER, pb.ListOpinionsRequest())).opinions
    register = pb.RegisterOpinionRequest(
        opinion_case_id=summary.id, registration_number="收〔2025〕31号", handler_ids=run.ids(*INVESTIGATORS)
    )
    await run.act(CHIEF, "register", register)
    never = pb.AssessCompetenceRequest(
        opinion_case_id=summary.id, competent=True, reason="有管辖权", existing_case_id=run.id("no such case")
    )
    await run.refused(HANDLER, "assess/never", never, "NOT_FOUND", "没有这一案件", "there is no such case")
    assess = pb.AssessCompetenceRequest(
        opinion_case_id=summary.id, competent=True, reason="原案由本机关办理", existing_case_id=run.facts.cases["B"]
    )
    await run.act(HANDLER, "assess", assess)
    await run.settled()
    convert = pb.ConvertEvidenceRequest(opinion_case_id=summary.id, item_ids=[run.id("item")])
    await run.act(HANDLER, "convert", convert)
    await run.settled()
    case_id, letter = run.facts.cases["B"], await run.file(HANDLER, LETTER)
    close = cases.CloseInvestigationRequest(case_id=case_id, facts="持伪造证件", report=letter)
    await run.act(HANDLER, "close", close)
    await run.at("2025-07-16 09:00")
    decide = cases.DecideRequest(
        case_id=case_id,
        outcome=cases.OUTCOME_NO_PENALTY,
        ground=case_events.NO_PENALTY_GROUND_FIRST,
        reasons="初次违法且危害后果轻微并及时改正",
        education="已教育当事人",
        document=await run.file(DEPUTY, LETTER),
    )
    await run.act(DEPUTY, "decide", decide)
    await run.settled()
    reply = pb.ReplyToOpinionRequest(
        opinion_case_id=summary.id,
        kind=pb.REPLY_KIND_RESULT,
        text="办理结果",
        reason="初次违法且危害后果轻微并及时改正",
        documents=[await run.file(DEPUTY, LETTER)],
    )
    await run.act(DEPUTY, "reply", reply)
    await run.settled()


async def _correlations(run: Run, authority_id: str) -> list[Any]:
    """The matters of all events of transfer, opinion and case, own and received, and of their clocks."""
    connection = await asyncpg.connect(run.cluster.postgres.dsn(authority_id))
    try:
        rows = await connection.fetch(
            "SELECT DISTINCT correlation_id FROM ledger.event "
            "WHERE type LIKE 'enforcement.transfer.%' OR type LIKE 'enforcement.cases.%Opinion%'"
        )
        return [row[0] for row in rows]
    finally:
        await connection.close()
