"""AT-02 一般程序（调查阶段）：跨中秋、国庆的期限，暂停执法资格的人员，一人执法，回避，紧急扣押。

2024-09-09立案，09-10扣押，09-12先行登记保存；09-20暂扣一名执法人员的执法证，09-23其行为被拒绝。
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import evidence_pb2 as samples
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import recusal_pb2 as recusals
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.officers.v1 import service_pb2 as officers

from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.cast import LUXIAN
from deploy.local.story.chapter_3_cases import LAW, NOT_LISTED
from deploy.local.story.clocks import row_of
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT, FACTS, PARTIES, VEHICLES
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from services.kernel.messages import to_timestamp
from tests.support.system import run_on, system

FIRST, SECOND, THIRD = cast.LUXIAN_TEAM[:3]
TEAM = (FIRST, SECOND)
ITEMS = [events.Item(description="账簿", quantity=1)]


@pytest.fixture(scope="module")
async def case() -> AsyncIterator[Run]:
    """泸县's case up to 23 September 2024."""
    async with system(LUXIAN) as cluster, run_on(cluster, registered_at="2024-01-02 09:00") as run:
        await run.at("2024-09-06 10:00")
        clue = cases.RegisterClueRequest(
            source=events.CLUE_SOURCE_REPORT,
            reporter="李四",
            verification="现场核实属实",
            act_code=ACT,
            act_on="2024-09-06",
            place=B.place,
            facts=FACTS[B],
            vehicle=VEHICLES[B],
        )
        case_id = run.facts.cases["B"] = (await run.act(cast.LUXIAN_CHIEF, "clue", clue)).id
        await run.at("2024-09-09 09:00")
        filing = cases.FileCaseRequest(
            case_id=case_id, case_number="泸县交罚〔2024〕0909号", party=PARTIES[B], basis="行政处罚法 art. 54"
        )
        await run.act(cast.LUXIAN_DEPUTY, "file", filing)
        assign = cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(*TEAM))
        await run.act(cast.LUXIAN_CHIEF, "officers", assign)
        await run.at("2024-09-10 10:00")
        await run.act(FIRST, "seize", await urgent(run))
        await run.at("2024-09-11 09:00")
        report = cases.ReportEmergencySeizureRequest(
            case_id=case_id, measure_id=run.id("seizure"), leader_id=run.officer_id(cast.LUXIAN_DEPUTY)
        )
        await run.act(FIRST, "report", report)
        approval = cases.DecideEmergencySeizureRequest(
            case_id=case_id, measure_id=run.id("seizure"), approved=True, reason="情况属实"
        )
        await run.act(cast.LUXIAN_DEPUTY, "approve-afterwards", approval)
        await run.at("2024-09-12 10:00")
        await run.act(cast.LUXIAN_DEPUTY, "approve", preservation_approval(run))
        preserve = cases.PreserveEvidenceRequest(
            case_id=case_id,
            measure_id=run.id("preservation"),
            items=ITEMS,
            kept_at="证物室",
            officer_ids=run.ids(*TEAM),
        )
        await run.act(FIRST, "preserve", preserve)
        await run.at("2024-09-20 09:00")
        await suspend(run, FIRST)
        await run.at("2024-09-23 10:00")
        yield run


async def urgent(run: Run) -> cases.SeizeRequest:
    return cases.SeizeRequest(
        case_id=run.facts.cases["B"],
        measure_id=run.id("seizure"),
        items=[events.Item(description=VEHICLES[B].plate, quantity=1)],
        vehicle_count=1,
        present=f"当事人{PARTIES[B].name}",
        presence=events.PRESENCE_PARTY,
        informed=True,
        place=B.place,
        officer_ids=run.ids(*TEAM),
        record=await run.file(FIRST, pdf("扣押决定书", "AT-02")),
        scene_record=await run.file(FIRST, pdf("现场笔录", "AT-02")),
        delivered=True,
        emergency_reason="车辆即将驶离本省",
        law_basis=LAW,
        no_compulsion=NOT_LISTED,
    )


def preservation_approval(run: Run) -> cases.ApproveMeasureRequest:
    return cases.ApproveMeasureRequest(
        case_id=run.facts.cases["B"],
        measure_id=run.id("preservation"),
        kind=events.MEASURE_KIND_PRESERVATION,
        reason="账簿可能灭失",
    )


async def suspend(run: Run, officer: cast.Officer) -> None:
    await run.administer(
        officer.authority_id,
        officers.SuspendCredentialRequest(
            command_id=run.id(f"suspend/{officer.key}"),
            officer_id=run.officer_id(officer),
            occurred_at=to_timestamp(run.now),
            reason="执法不当，暂扣执法证",
        ),
    )


def evidence(run: Run, *team: cast.Officer) -> cases.AddEvidenceRequest:
    return cases.AddEvidenceRequest(
        case_id=run.facts.cases["B"],
        evidence_id=run.id("evidence/" + "/".join(one.key for one in team)),
        kind=events.EVIDENCE_KIND_TESTIMONY,
        description="询问笔录",
        place=B.place,
        collector_ids=run.ids(*team),
    )


async def test_whoever_was_suspended_on_20_september_gathers_nothing_on_23_september(case: Run) -> None:
    assert await refusal(case, SECOND, evidence(case, FIRST, SECOND)) == "OFFICER_NOT_ACTIVE"
    assert await refusal(case, FIRST, evidence(case, SECOND, THIRD)) == "OFFICER_NOT_ACTIVE"


async def test_one_officer_gathers_nothing(case: Run) -> None:
    assert await refusal(case, SECOND, evidence(case, SECOND)) == "TWO_OFFICERS_NEEDED"


async def test_two_others_do(case: Run) -> None:
    assign = cases.AssignOfficersRequest(case_id=case.facts.cases["B"], officer_ids=case.ids(SECOND, THIRD))
    await case.act(cast.LUXIAN_CHIEF, "officers-anew", assign)
    await case.act(SECOND, "evidence", evidence(case, SECOND, THIRD))


async def test_a_recused_officer_takes_no_part_any_more(case: Run) -> None:
    fourth, fifth = cast.LUXIAN_TEAM[3:5]
    asked = recusals.RequestRecusalRequest(
        case_id=case.facts.cases["B"],
        recusal_id=case.id("recusal"),
        officer_id=case.officer_id(fourth),
        asked_by=recusals.RECUSAL_BY_PARTY,
        reason="与当事人有债权债务关系",
    )
    await case.act(SECOND, "recusal", asked)
    await case.act(fourth, "evidence-meanwhile", evidence(case, fourth, fifth))
    decided = recusals.DecideRecusalRequest(
        case_id=case.facts.cases["B"], recusal_id=case.id("recusal"), recused=True, reason="属实"
    )
    assert await refusal(case, cast.LUXIAN_DEPUTY, decided) == "RECUSAL_BY_HEAD"
    await case.act(cast.LUXIAN_HEAD, "recused", decided)
    await case.later(1)
    again = evidence(case, fourth, THIRD)
    assert await refusal(case, THIRD, again) == "OFFICER_RECUSED"


async def test_the_clocks_run_across_the_holidays(case: Run) -> None:
    asked = await case.until(
        cast.LUXIAN_CHIEF,
        deadlines.ListDeadlinesRequest(subject_id=case.facts.cases["B"]),
        lambda answer: {one.rule_id for one in answer.clocks} >= {"cases.seizure", "cases.preservation"},
        "期限",
    )
    shown = {one.rule_id: row_of(one) for one in asked.clocks}
    assert shown["cases.preservation"].effective == "2024-09-24 24:00"
    assert shown["cases.seizure"].effective == "2024-10-10 24:00"
    assert (shown["cases.decision"].nominal, shown["cases.decision"].effective) == (
        "2024-12-08 24:00",
        "2024-12-09 24:00",
    )
    assert (shown["cases.emergency_report"].effective, shown["cases.emergency_report"].late) == (
        "2024-09-11 10:00",
        False,
    )


async def test_an_extension_moves_the_end_to_11_november(case: Run) -> None:
    extension = cases.ExtendSeizureRequest(
        case_id=case.facts.cases["B"], measure_id=case.id("seizure"), reason="情况复杂"
    )
    assert await refusal(case, cast.LUXIAN_DEPUTY, extension) == "EXTENSION_NOT_TOLD"
    extension.notice.CopyFrom(await case.file(SECOND, pdf("延长扣押期限通知书", "情况复杂")))
    extension.way = events.SERVICE_WAY_DIRECT
    assert await refusal(case, cast.LUXIAN_DEPUTY, extension) == "PROOF_NEEDED"
    extension.proof.CopyFrom(await case.file(SECOND, pdf("送达回证", "延长扣押期限通知书")))
    await case.act(cast.LUXIAN_DEPUTY, "extend", extension)
    question = deadlines.ListDeadlinesRequest(rule_id="cases.seizure", subject_id=case.facts.cases["B"])
    await case.until(
        cast.LUXIAN_CHIEF,
        question,
        lambda answer: (
            [(row_of(one).nominal, row_of(one).effective) for one in answer.clocks]
            == [("2024-11-09 24:00", "2024-11-11 24:00")]
        ),
        "延长后的扣押期限",
    )


async def test_the_told_time_of_a_test_does_not_count_and_ends_by_itself(case: Run) -> None:
    commission = samples.CommissionTestRequest(
        case_id=case.facts.cases["B"],
        test_id=case.id("test"),
        measure_id=case.id("seizure"),
        institution="泸州市检测中心",
        question="车辆技术状况",
        until_on="2024-09-25",
        told=await case.file(SECOND, pdf("检测期间告知书", "AT-02")),
        way=events.SERVICE_WAY_DIRECT,
        proof=await case.file(SECOND, pdf("送达回证", "检测期间告知书")),
    )
    await case.act(SECOND, "commission", commission)
    await case.at("2024-09-26 09:00")
    # 23 to 25 September do not count: 11-09 becomes 11-12.
    question = deadlines.ListDeadlinesRequest(rule_id="cases.seizure", subject_id=case.facts.cases["B"])
    await case.until(
        cast.LUXIAN_CHIEF,
        question,
        lambda answer: [row_of(one).nominal for one in answer.clocks] == ["2024-11-12 24:00"],
        "检测期间届满后的扣押期限",
    )


TOLD = events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=1_000_000)
MORE = events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=1_200_000)


async def test_new_facts_need_a_new_notice_and_what_follows_it_begins_anew(case: Run) -> None:
    """Told of 10,000 yuan nobody decides 12,000; the investigation is taken up again, and rows 5 to 11 begin anew."""
    leader = cast.LUXIAN_DEPUTY
    await conclude(case, "first")
    await told(case, "first", TOLD)
    await heard(case, "first")
    assert await refusal(case, leader, decision(case, MORE)) == "AGGRAVATED_AFTER_DEFENCE"
    without_facts = await notice(case, "without facts", MORE)
    assert await refusal(case, leader, without_facts) == "NEW_FACTS_NEEDED"

    await case.at("2024-09-30 10:00")
    again = notices.ReopenInvestigationRequest(case_id=case.facts.cases["B"], reason="发现另有两次载客收费")
    await case.act(leader, "reopen", again)
    assert await refusal(case, leader, decision(case, TOLD)) == "NOTICE_BEFORE_DECISION"
    await case.at("2024-10-08 10:00")
    found = evidence(case, SECOND, THIRD)
    found.evidence_id, found.description = case.id("evidence/again"), "乘客询问笔录"
    await case.act(SECOND, "evidence-again", found)
    await conclude(case, "second")
    assert await refusal(case, leader, without_facts) == "NEW_FACTS_NEEDED"
    await told(case, "second", MORE, "另有两次载客收费，共收取800元")
    assert await refusal(case, leader, decision(case, MORE)) == "HEARING_PERIOD_RUNNING"
    await served_anew(case)
    await heard(case, "second")
    await case.act(leader, "decide", decision(case, MORE))
    shown = await case.ask(leader, cases.GetCaseRequest(case_id=case.facts.cases["B"]))
    assert shown.case.summary.stage == "已决定"


async def conclude(run: Run, name: str) -> None:
    """Row 5: the investigation ends with its report."""
    report = cases.CloseInvestigationRequest(
        case_id=run.facts.cases["B"], facts=FACTS[B], report=await run.file(SECOND, pdf("调查报告", name))
    )
    await run.act(SECOND, f"report/{name}", report)


async def notice(run: Run, name: str, penalty: events.Penalty, new_facts: str = "") -> cases.ServePenaltyNoticeRequest:
    return cases.ServePenaltyNoticeRequest(
        case_id=run.facts.cases["B"],
        notice_id=run.id(f"notice/{name}"),
        facts=FACTS[B],
        basis="道路运输条例 art. 63",
        proposed=[penalty],
        way=events.SERVICE_WAY_DIRECT,
        officer_ids=run.ids(SECOND, THIRD),
        document=await run.file(SECOND, pdf("违法行为通知书", name)),
        proof=await run.file(SECOND, pdf("送达回证", name)),
        new_facts=new_facts,
    )


async def told(run: Run, name: str, penalty: events.Penalty, new_facts: str = "") -> None:
    """Row 6: the party is told."""
    await run.act(cast.LUXIAN_DEPUTY, f"notice/{name}", await notice(run, name, penalty, new_facts))


async def served_anew(run: Run) -> None:
    """Served in vain on 8 October, anew on the 9th: a hearing may be asked for until the 15th."""
    await run.at("2024-10-09 10:00")
    anew = notices.ServeNoticeAnewRequest(
        case_id=run.facts.cases["B"],
        reason="签收人不是同住成年家属",
        way=events.SERVICE_WAY_DIRECT,
        officer_ids=run.ids(SECOND, THIRD),
        proof=await run.file(SECOND, pdf("送达回证", "重新送达")),
    )
    await run.act(SECOND, "notice/anew", anew)
    question = deadlines.ListDeadlinesRequest(rule_id="cases.hearing_request", subject_id=run.facts.cases["B"])
    await run.until(
        cast.LUXIAN_CHIEF,
        question,
        lambda answer: "2024-10-15 24:00" in [row_of(one).nominal for one in answer.clocks],
        "重新送达后的听证申请期限",
    )


async def heard(run: Run, name: str) -> None:
    """Row 7: the party states its defence and gives the hearing up; what it stated is reviewed."""
    stated = cases.RecordDefenceRequest(
        case_id=run.facts.cases["B"],
        kind=events.DEFENCE_KIND_STATED,
        content="初次从事，请求从轻",
        hearing_waived=True,
        document=await run.file(SECOND, pdf("放弃听证声明", name)),
    )
    await run.act(SECOND, f"defence/{name}", stated)
    reviewed = notices.ReviewDefenceRequest(
        case_id=run.facts.cases["B"],
        verdict=notices.DEFENCE_VERDICT_REJECTED,
        reasons="不影响违法事实的认定",
        officer_ids=run.ids(SECOND, THIRD),
    )
    await run.act(SECOND, f"reviewed/{name}", reviewed)


def decision(run: Run, penalty: events.Penalty) -> cases.DecideRequest:
    return cases.DecideRequest(
        case_id=run.facts.cases["B"],
        outcome=cases.OUTCOME_PENALTY,
        penalties=[penalty],
        reasons=FACTS[B],
        basis="道路运输条例 art. 63",
        correction="停止未经许可的客运经营",
    )


async def refusal(run: Run, officer: cast.Officer, request: Any) -> str:
    with pytest.raises(Refused) as refused:
        await run.act(officer, f"refused/{officer.key}/{request.DESCRIPTOR.name}", request)
    return refused.value.reason
