"""反向衔接：检察机关不起诉后提出检察意见，行政机关登记、立案、转换证据、先行回复办理情况、作出决定并按期回复。

2025-04-07不起诉，04-10提出并送达，回复期限二个月（06-10）；06-09回复办理情况，06-20回复处理结果。另一件无管辖权
退回；又一件未写明回复期限，按二个月计并予标明，逾期未回复。
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import opinion_pb2 as of_case
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.platform.v1 import service_pb2 as platform
from enforcement.transfer.v1 import opinion_pb2 as pb

from deploy.local.story import cast
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, PROCURATORATE, PROSECUTOR, SICHUAN
from deploy.local.story.documents import pdf
from deploy.local.story.run import Run
from deploy.local.story.search import search_database, search_topics
from services.transfer.model.opinion_case import opinion_case_of
from tests.support.system import run_on, system

HANDLER, CHIEF, DEPUTY = INVESTIGATORS[0], cast.LUXIAN_CHIEF, cast.LUXIAN_DEPUTY
NAME, ID_NUMBER, FACTS = "涂某某", "510521198803034321", "持伪造的道路运输证从事旅客运输经营"
CASE_HANDLING = audit.PURPOSE_CASE_HANDLING
OPINION = pdf("检察意见书", "依法给予行政处罚")
DECISION = pdf("不起诉决定书", "决定不起诉")
STATEMENT = pdf("证人证言", "王某陈述")
LETTER = pdf("回复", "检察意见回复")


@pytest.fixture(scope="module")
async def told() -> AsyncIterator[Run]:
    """Three opinions: one answered, one returned, one left alone."""
    async with system(LUXIAN, PROCURATORATE, SICHUAN) as cluster, run_on(cluster) as run:
        await run.at("2025-04-08 09:00")
        await _issue(run, "first", pb.ReplyPeriod(months=2))
        await _issue(run, "returned", pb.ReplyPeriod(until_on="2025-05-30"))
        await _issue(run, "silent", None)
        await _handle(run)
        await _return(run)
        await run.at("2025-06-09 10:00")
        await _reply(run, pb.REPLY_KIND_INTERIM)
        await _decide(run)
        await run.at("2025-06-20 10:00")
        await _reply(run, pb.REPLY_KIND_RESULT, reason="初次违法且危害后果轻微并及时改正")
        await run.settled()
        acknowledge = pb.AcknowledgeOpinionReplyRequest(opinion_id=run.id("opinion/first"), remark="同意")
        await run.act(PROSECUTOR, "acknowledge", acknowledge)
        await run.later(1)
        yield run


async def test_the_opinion_ends_acknowledged_on_both_sides(told: Run) -> None:
    stages = {(await _opinion(told, who, "first")).opinion.stage for who in (HANDLER, PROSECUTOR)}
    assert stages == {"检察机关已审查回复", "已审查回复"}


async def test_both_sides_know_the_same_days(told: Run) -> None:
    for who in (HANDLER, PROSECUTOR):
        first, silent = [(await _opinion(told, who, name)).opinion for name in ("first", "silent")]
        assert (first.reply_nominal_on, first.reply_due_on, first.fallback) == ("2025-06-10", "2025-06-10", False)
        assert (first.replied_in_time, first.overdue, first.outcome) == (True, False, pb.OPINION_OUTCOME_NO_PENALTY)
        assert (silent.reply_nominal_on, silent.fallback, silent.overdue) == ("2025-06-10", True, True)


async def test_the_rate_has_numerator_and_denominator_and_says_what_is_in_them(told: Run) -> None:
    asked = pb.GetOpinionRateRequest(from_on="2025-01-01", to_on="2025-12-31")
    for who in (HANDLER, PROSECUTOR):
        rate = await told.ask(who, asked)
        assert (rate.replied_in_time, rate.received) == (1, 3)
        assert (rate.returned, rate.overdue, rate.fallback, rate.not_punished) == (1, 1, 1, 1)
        assert (rate.replied_late, rate.pending, rate.interim_only, rate.punished) == (0, 0, 0, 0)
        assert "v1" in rate.definition
    nothing = pb.GetOpinionRateRequest(from_on="2024-01-01", to_on="2024-12-31")
    assert (await told.ask(HANDLER, nothing)).received == 0


async def test_the_silent_reply_is_missed_by_the_authority_on_both_ledgers(told: Run) -> None:
    for who, rule in ((HANDLER, "opinion.reply"), (PROSECUTOR, "opinion.reply_awaited")):
        asked = deadlines.ListDeadlinesRequest(rule_id=rule, subject_id=told.id("opinion/silent"))
        (clock,) = (await told.ask(who, asked)).clocks
        assert (clock.responsible_id, clock.due_on) == (LUXIAN, "2025-06-10")
        assert clock.status == deadlines.STATUS_MISSED


async def test_the_returned_opinion_stops_its_clock(told: Run) -> None:
    asked = deadlines.ListDeadlinesRequest(rule_id="opinion.reply", subject_id=told.id("opinion/returned"))
    (clock,) = (await told.ask(HANDLER, asked)).clocks
    assert clock.status == deadlines.STATUS_CANCELLED
    assert (await _opinion(told, PROSECUTOR, "returned")).opinion.stage == "行政机关已退回"


async def test_others_are_told_of_the_silent_one_and_of_no_other(told: Run) -> None:
    letter = await told.file(PROSECUTOR, LETTER)
    for name, outcome in (("first", "NOTHING_TO_ESCALATE"), ("returned", "NOTHING_TO_ESCALATE")):
        command = pb.EscalateOpinionRequest(
            opinion_id=told.id(f"opinion/{name}"), target=pb.ESCALATION_TARGET_JUSTICE, letter=letter
        )
        await told.refused(PROSECUTOR, f"escalate/{name}", command, outcome, "不能通报", "cannot tell others")
    silent = pb.EscalateOpinionRequest(
        opinion_id=told.id("opinion/silent"), target=pb.ESCALATION_TARGET_SUPERIOR, letter=letter
    )
    await told.act(PROSECUTOR, "escalate/silent", silent)


async def test_the_case_began_as_a_clue_from_another_department(told: Run) -> None:
    case_id = (await _opinion(told, HANDLER, "first")).opinion.case_id
    case = (await told.ask(CHIEF, cases.GetCaseRequest(case_id=case_id))).case
    assert case.source == case_events.CLUE_SOURCE_OTHER_AUTHORITY
    assert [(piece.description, piece.unconfirmed) for piece in case.evidence] == [
        ("伪造的证件", False),
        ("王某证言", False),
    ]


async def test_content_is_for_who_handles_it_and_leaders_and_names_for_a_purpose(told: Run) -> None:
    for who in (HANDLER, DEPUTY, PROSECUTOR):
        masked, whole = [await _opinion(told, who, "first", purpose) for purpose in (None, CASE_HANDLING)]
        assert (masked.masked, masked.content.persons[0].name) == (True, "涂**")
        assert (whole.masked, whole.content.persons[0].name) == (False, NAME)
    assert not (await _opinion(told, cast.LUXIAN_TEAM[5], "first", CASE_HANDLING)).HasField("content")


async def test_an_opinion_that_a_transfer_is_missing_is_answered_too_and_is_no_reverse_linkage(told: Run) -> None:
    issue = pb.IssueTransferOpinionRequest(
        bureau_id=LUXIAN,
        opinion_number="泸县检行意〔2025〕88号",
        act_code="RTR-63-2",
        act_on="2025-02-11",
        place=common.Place(division_code="510521", description="国道G246 立石镇"),
        facts=FACTS,
        request="涉嫌刑法 art. 280，应当移送",
        document=await told.file(PROSECUTOR, OPINION),
    )
    opinion_id = (await told.act(PROSECUTOR, "issue/transfer", issue)).id
    await told.settled()
    own = opinion_case_of(opinion_id, PROCURATORATE)
    register = pb.RegisterOpinionRequest(
        opinion_case_id=own, registration_number="收-移送", handler_ids=told.ids(*INVESTIGATORS)
    )
    await told.act(CHIEF, "register/transfer", register)
    assess = pb.AssessCompetenceRequest(opinion_case_id=own, competent=True, reason="有管辖权")
    await told.act(HANDLER, "assess/transfer", assess)
    never = pb.AnswerTransferOpinionRequest(opinion_case_id=own, transfer_id=told.id("no such transfer"))
    await told.refused(HANDLER, "answer/never", never, "NOT_FOUND", "没有这一移送", "there is no such transfer")
    answer = pb.AnswerTransferOpinionRequest(opinion_case_id=own, reason="未达到刑事立案标准")
    await told.act(HANDLER, "answer/transfer", answer)
    await told.settled()
    shown = (await told.ask(PROSECUTOR, pb.GetOpinionRequest(id=opinion_id))).opinion
    assert (shown.asks_transfer, shown.stage, shown.outcome) == (
        True,
        "行政机关已作出处理决定",
        pb.OPINION_OUTCOME_NO_CRIME,
    )
    rate = await told.ask(HANDLER, pb.GetOpinionRateRequest(from_on="2025-01-01", to_on="2025-12-31"))
    assert rate.received == 3


async def test_the_platform_counts_replies_and_names_who_is_late(told: Run) -> None:
    supervisor = cast.SUPERVISORS[SICHUAN]

    async def figure(definition_id: str) -> platform.Statistic:
        query = platform.StatisticQuery(definition_id=definition_id, definition_version=1, authority_id=LUXIAN)
        answer: platform.Statistic = (await told.ask(supervisor, platform.GetStatisticRequest(query=query))).statistic
        return answer

    rate = await figure("opinions.replied_on_time")
    assert (rate.numerator, rate.denominator) == (1, 3)
    assert [(part.part_zh, part.value) for part in (await figure("opinions.outcome")).parts] == [("不予行政处罚", 1)]
    assert (await figure("opinions.returned")).value == 1
    overdue = (await told.ask(supervisor, platform.ListOverdueRequest(responsible_id=LUXIAN))).clocks
    (silent,) = [one.clock for one in overdue if one.clock.rule_id == "opinion.reply"]
    assert (silent.subject_id, silent.responsible_id) == (told.id("opinion/silent"), LUXIAN)
    assert silent.status == deadlines.STATUS_MISSED


async def test_the_platform_has_states_and_days_and_no_name(told: Run) -> None:
    secrets = [NAME, ID_NUMBER, FACTS, "初次违法且危害后果轻微并及时改正"]
    held = await search_database(told.cluster, LUXIAN, secrets)
    assert set(held.found) == set(secrets)
    opinion_id = told.id("opinion/first")
    assert (await search_database(told.cluster, SICHUAN, [*secrets, opinion_id])).found == (opinion_id,)
    assert (await search_topics(told.cluster, [*secrets, opinion_id])).found == (opinion_id,)
    assert (await search_topics(told.cluster, secrets, mailboxes=True)).found == ()


async def _issue(run: Run, name: str, period: pb.ReplyPeriod | None) -> None:
    opinion_id = run.id(f"opinion/{name}")
    await run.at("2025-04-08 09:00") if name == "first" else None
    review = pb.OpenOpinionReviewRequest(
        opinion_id=opinion_id,
        bureau_id=LUXIAN,
        decision_number=f"泸县检刑不诉〔2025〕{len(name)}号",
        decided_on="2025-04-07",
        persons=[pb.OpinionPerson(name=NAME, id_number=ID_NUMBER)],
    )
    await run.act(PROSECUTOR, f"review/{name}", review)
    if name == "first":
        await run.at("2025-04-10 10:00")
    issue = pb.IssueOpinionRequest(
        opinion_id=opinion_id,
        bureau_id=LUXIAN,
        opinion_number=f"泸县检行意〔2025〕{len(name)}号",
        act_code="RTR-63-2",
        act_on="2025-02-11",
        place=common.Place(division_code="510521", description="国道G246 立石镇"),
        facts=FACTS,
        request="依法给予行政处罚",
        reply_period=period,
        document=await run.file(PROSECUTOR, OPINION),
        decision=await run.file(PROSECUTOR, DECISION),
        evidence=[
            pb.OpinionEvidence(
                item_id=run.id(f"item/{name}/thing"), kind=pb.CRIMINAL_EVIDENCE_KIND_PHYSICAL, title="伪造的证件"
            ),
            pb.OpinionEvidence(
                item_id=run.id(f"item/{name}/statement"),
                kind=pb.CRIMINAL_EVIDENCE_KIND_WITNESS,
                title="王某证言",
                file=await run.file(PROSECUTOR, STATEMENT),
            ),
        ],
        copied_to=["泸县司法局"],
    )
    await run.act(PROSECUTOR, f"issue/{name}", issue)
    await run.settled()


async def _opinion(run: Run, who: Any, name: str, purpose: Any = None) -> Any:
    opinion_id = run.id(f"opinion/{name}")
    own = opinion_id if who is PROSECUTOR else opinion_case_of(opinion_id, PROCURATORATE)
    return await run.ask(who, pb.GetOpinionRequest(id=own, purpose=purpose))


async def _register(run: Run, name: str, *, competent: bool) -> str:
    opinion_case_id = opinion_case_of(run.id(f"opinion/{name}"), PROCURATORATE)
    register = pb.RegisterOpinionRequest(
        opinion_case_id=opinion_case_id, registration_number=f"收-{name}", handler_ids=run.ids(*INVESTIGATORS)
    )
    await run.act(CHIEF, f"register/{name}", register)
    assess = pb.AssessCompetenceRequest(opinion_case_id=opinion_case_id, competent=competent, reason="按行为发生地审查")
    await run.act(HANDLER, f"assess/{name}", assess)
    await run.settled()
    return opinion_case_id


async def _handle(run: Run) -> None:
    await run.at("2025-04-14 09:00")
    opinion_case_id = await _register(run, "first", competent=True)
    case_id = (await _opinion(run, HANDLER, "first")).opinion.case_id
    filing = cases.FileCaseRequest(
        case_id=case_id,
        case_number="泸县交罚〔2025〕77号",
        party=case_events.Party(kind=case_events.PARTY_KIND_PERSON, name=NAME, id_number=ID_NUMBER),
        basis="行政处罚法 art. 54",
    )
    await run.act(DEPUTY, "file", filing)
    await run.settled()
    await run.act(CHIEF, "officers", cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(*INVESTIGATORS)))
    items = [run.id("item/first/thing"), run.id("item/first/statement")]
    await run.act(HANDLER, "convert", pb.ConvertEvidenceRequest(opinion_case_id=opinion_case_id, item_ids=items))
    await run.settled()
    report = await run.file(HANDLER, LETTER)
    close = cases.CloseInvestigationRequest(case_id=case_id, facts=FACTS, report=report, evidence_ids=items)
    await run.refused(
        HANDLER, "close/early", close, "EVIDENCE_NOT_RECONFIRMED", "言词证据尚未重新核实", "not confirmed again"
    )
    again = of_case.ReconfirmEvidenceRequest(
        case_id=case_id, evidence_id=items[1], record=report, officer_ids=run.ids(*INVESTIGATORS)
    )
    await run.act(HANDLER, "reconfirm", again)
    await run.act(HANDLER, "close", close)


async def _return(run: Run) -> None:
    opinion_case_id = await _register(run, "returned", competent=False)
    letter = await run.file(DEPUTY, LETTER)
    command = pb.ReturnOpinionRequest(opinion_case_id=opinion_case_id, reason="由永川区管辖", letter=letter)
    await run.act(DEPUTY, "return", command)


async def _reply(run: Run, kind: pb.ReplyKind.ValueType, reason: str = "") -> None:
    command = pb.ReplyToOpinionRequest(
        opinion_case_id=opinion_case_of(run.id("opinion/first"), PROCURATORATE),
        kind=kind,
        text="现将办理结果回复如下",
        reason=reason,
        documents=[await run.file(DEPUTY, LETTER)],
    )
    await run.act(DEPUTY, f"reply/{kind}", command)
    await run.settled()


async def _decide(run: Run) -> None:
    await run.at("2025-06-16 09:00")
    case_id = (await _opinion(run, HANDLER, "first")).opinion.case_id
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
