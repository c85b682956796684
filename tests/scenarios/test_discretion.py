"""裁量：泸县、永川用同一套规则，同样的事实得出同样的结果；初次违法由两地登记共同回答。

两地管理员启用同一份清单和基准（测试用，条目虚构）。泸县、永川各办一件同样的案件，评估的输入摘要相同、意见相同。永川随后当场
处罚了泸县案件的当事人，泸县再评估时，初次违法的条件不再成立；清单之外的处理须经制定机关批准。
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import discretion_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import service_pb2 as cases

from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.cast import LUXIAN, YONGCHUAN, Officer
from deploy.local.story.documents import pdf
from deploy.local.story.parties import PARTIES
from deploy.local.story.posts import A, B, Post
from deploy.local.story.run import Run
from services.cases.discretion.rule_sets import stream_of
from services.kernel.messages import to_timestamp
from tests.support.system import run_on, system
from tests.unit.cases.discretion import sets

ACT = "RTR-64"
CONFIRMED: Any = {"more": 'confirmed_by = "测试"'}
FILES = {
    "test-lists": sets.content(**CONFIRMED),
    "test-benchmark": sets.content(sets.BENCHMARK, id="test-benchmark", precedence=90, **CONFIRMED),
}
HANDLERS = {
    B: (cast.LUXIAN_CHIEF, cast.LUXIAN_DEPUTY, cast.LUXIAN_TEAM[:2]),
    A: (cast.YONGCHUAN_CHIEF, cast.YONGCHUAN_LEADER, cast.YONGCHUAN_TEAM[:2]),
}


@pytest.fixture(scope="module")
async def day() -> AsyncIterator[Run]:
    """Both bureaus put the same rule sets in force, and each files a case of the same kind on the same day."""
    async with system(LUXIAN, YONGCHUAN) as cluster, run_on(cluster) as run:
        await run.at("2024-12-18 09:00")
        for authority_id in (LUXIAN, YONGCHUAN):
            for code, content in FILES.items():
                await run.administer(authority_id, adoption(run, authority_id, code, content))
        for post in HANDLERS:
            await file(run, post, post.checkpoint_id)
        yield run


def adoption(run: Run, authority_id: str, code: str, content: bytes) -> pb.AdoptRuleSetRequest:
    return pb.AdoptRuleSetRequest(
        command_id=run.id(f"adopt/{authority_id}/{code}/{len(content)}"),
        rule_set_id=str(stream_of(code)),
        occurred_at=to_timestamp(run.now),
        content=content.decode(),
    )


async def file(run: Run, post: Post, name: str) -> str:
    """A case from clue to a piece of evidence; answers its id."""
    chief, leader, team = HANDLERS[post]
    clue = cases.RegisterClueRequest(
        source=events.CLUE_SOURCE_INSPECTION,
        act_code=ACT,
        act_on=run.now.date().isoformat(),
        place=post.place,
        facts="驾驶员未取得从业资格证驾驶道路运输经营车辆。",
        party=PARTIES[post],
    )
    case_id = run.facts.cases[name] = (await run.act(chief, f"{name}/clue", clue)).id
    filing = cases.FileCaseRequest(
        case_id=case_id,
        case_number=f"〔2024〕{name}号",
        party=clue.party,
        basis="行政处罚法 art. 54",
        duplicate_decision=acts.DUPLICATE_DECISION_ANOTHER_ACT,
        duplicate_reason="另一天的行为",
    )
    await run.act(leader, f"{name}/file", filing)
    officers = cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(*team))
    await run.act(chief, f"{name}/officers", officers)
    evidence = cases.AddEvidenceRequest(
        case_id=case_id,
        evidence_id=run.id(f"{name}/evidence"),
        kind=events.EVIDENCE_KIND_SCENE_RECORD,
        description="现场笔录：已当场改正",
        place=post.place,
        file=await run.file(team[0], pdf(f"现场笔录（{name}）", "已当场改正")),
        collector_ids=run.ids(*team),
    )
    await run.act(team[0], f"{name}/evidence", evidence)
    return case_id


async def evaluated(run: Run, post: Post, name: str, step: str) -> Any:
    """The evaluation of a case whose party corrected the violation at once."""
    officer, case_id = HANDLERS[post][2][0], run.facts.cases[name]
    answers = [
        pb.FactAnswer(fact_code="corrected_in_time", flag=True, evidence_ids=[run.id(f"{name}/evidence")]),
        pb.FactAnswer(fact_code="slight_harm", flag=True, evidence_ids=[run.id(f"{name}/evidence")]),
    ]
    asked = pb.EvaluateDiscretionRequest(case_id=case_id, answers=answers)
    recorded = await run.act(officer, f"{name}/evaluate/{step}", asked)
    question = pb.GetDiscretionRequest(case_id=case_id, min_position=recorded.position)
    return (await run.ask(officer, question)).evaluation


async def answered(run: Run, post: Post, name: str) -> None:
    """The other bureau has answered whether it knows the act and the party."""
    question = cases.GetActWarningsRequest(matter_id=run.facts.cases[name])
    await run.until(HANDLERS[post][0], question, lambda answer: not answer.unanswered_ids, "对方的答复")
    await run.settled()


async def test_both_have_the_same_rules_and_say_so(day: Run) -> None:
    chiefs = (cast.LUXIAN_CHIEF, cast.YONGCHUAN_CHIEF)
    here, there = [(await day.ask(chief, pb.ListRuleSetsRequest())).rule_sets for chief in chiefs]
    assert [(one.rule_set_code, one.in_force) for one in here] == [("test-lists", True), ("test-benchmark", True)]
    assert list(here) == list(there)


async def test_a_rule_set_that_differs_needs_another_version(day: Run) -> None:
    other = sets.content(sets.LISTS.replace("24", "12"), **CONFIRMED)
    with pytest.raises(Refused) as refused:
        await day.administer(LUXIAN, adoption(day, f"{LUXIAN}/other", "test-lists", other))
    assert refused.value.reason == "RULE_SET_NOT_NEWER"


async def test_the_same_facts_have_the_same_result_in_both_provinces(day: Run) -> None:
    for post in HANDLERS:
        await answered(day, post, post.checkpoint_id)
    here, there = [await evaluated(day, post, post.checkpoint_id, "first") for post in (B, A)]
    assert here.outcome == there.outcome == pb.DISCRETION_OUTCOME_EXEMPT
    assert here.hash == there.hash
    assert list(here.rule_sets) == list(there.rule_sets)
    assert (here.jurisdiction_code, there.jurisdiction_code) == ("510521", "500118")
    registers = [one.register for one in here.conditions if one.fact_code == "first_violation"]
    assert registers == ["各适用省（市）登记中无同类违法"]


async def test_what_yongchuan_punished_is_no_first_violation_in_luxian(day: Run) -> None:
    await punish_in_yongchuan(day)
    await day.at("2024-12-19 09:00")
    await file(day, B, "again")
    await answered(day, B, "again")
    found = await evaluated(day, B, "again", "second")
    assert found.outcome == pb.DISCRETION_OUTCOME_ORDINARY
    first = next(one for one in found.conditions if one.fact_code == "first_violation")
    assert (first.state, first.register) == (pb.CONDITION_STATE_FAILS, "已有同类违法：2024-12-18 500118")
    assert (found.min_fen, found.max_fen, found.proposed_fen) == (20_000, 200_000, 110_000)


async def test_who_departs_from_the_rules_of_both_provinces_has_their_approval(day: Run) -> None:
    found = await evaluated(day, A, A.checkpoint_id, "to-depart")
    departure = pb.DepartFromDiscretionRequest(
        case_id=found.case_id, evaluation_id=found.evaluation_id, amount_fen=50_000, reason="社会影响恶劣"
    )
    departure.approval = pb.DEPARTURE_APPROVAL_PRINCIPAL_HEAD
    assert await refusal(day, cast.YONGCHUAN_LEADER, "depart", departure) == "SUPERIOR_APPROVAL_NEEDED"
    departure.approval, departure.approver_code = pb.DEPARTURE_APPROVAL_SUPERIOR, "500000"
    departure.document_number = "渝交函〔2024〕88号"
    departure.document.CopyFrom(await day.file(cast.YONGCHUAN_LEADER, pdf("批复", "同意")))
    await day.act(cast.YONGCHUAN_LEADER, "depart/approved", departure)
    question = pb.GetDiscretionRequest(case_id=found.case_id)
    shown = await day.until(cast.YONGCHUAN_LEADER, question, lambda one: one.HasField("departure"), "偏离")
    assert (shown.departure.amount_fen, shown.departure.approver_code) == (50_000, "500000")


async def punish_in_yongchuan(run: Run) -> None:
    """永川 fines the party of 泸县's case on the spot, for the same kind of act."""
    team = HANDLERS[A][2]
    observed = on_spot.ObserveOnSpotRequest(
        act_code=ACT,
        place=A.place,
        facts="未取得从业资格证",
        party=PARTIES[B],
        evidence=[on_spot.OnSpotEvidence(kind=events.EVIDENCE_KIND_AUDIOVISUAL, description="执法记录")],
        officer_ids=run.ids(*team),
        credentials_shown=True,
        identity_verified=True,
    )
    spot = (await run.act(team[0], "spot/observe", observed)).id
    fine = events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=20_000)
    await run.settled()
    decision = on_spot.DecideOnSpotRequest(
        on_spot_id=spot,
        penalties=[fine],
        told_penalties=[fine],
        reasons="未取得从业资格证",
        basis="道路运输条例 art. 64",
        facts_told=True,
        rights_told=True,
        defence=events.DEFENCE_KIND_WAIVED,
        correction="立即改正",
        form_number="渝永川当罚2024-0099",
        handed_over=True,
        signature=on_spot.SIGNATURE_KIND_SIGNED,
        officer_ids=run.ids(*team),
        duplicate_decision=acts.DUPLICATE_DECISION_ANOTHER_ACT,
        duplicate_reason="另一趟次",
    )
    await run.act(team[0], "spot/decide", decision)


async def refusal(run: Run, officer: Officer, step: str, request: Any) -> str:
    with pytest.raises(Refused) as refused:
        await run.act(officer, f"refused/{step}", request)
    return refused.value.reason
