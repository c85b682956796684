"""管辖争议报请指定：同市两县报市，两市报省，由其在线指定，双方同时收到；川渝之间是交通运输部，凭纸质通知书登记。

泸县、合江县、隆昌市、永川区与泸州市、四川省各自一个进程。争议期间两边都不得决定；指定之后，只有一方继续办理，另一方移送。
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options

from deploy.local.authorities import LocalAuthority
from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.cast import LUXIAN, YONGCHUAN, Officer
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT
from deploy.local.story.run import Run
from services.kernel.authority import Authority
from services.kernel.messages import to_timestamp
from tests.support.system import run_on, system

HEJIANG = LocalAuthority(Authority("jt-510522", "合江县交通运输局"), "Hejiang Transport Bureau", ())
LONGCHANG = LocalAuthority(Authority("jt-511083", "隆昌市交通运输局"), "Longchang Transport Bureau", ())
LUZHOU = LocalAuthority(Authority("jt-510500", "泸州市交通运输局"), "Luzhou Transport Bureau", ())
SICHUAN = LocalAuthority(Authority("jt-510000", "四川省交通运输厅"), "Sichuan Department of Transport", ())
NEIGHBOURS = (HEJIANG, LONGCHANG, LUZHOU, SICHUAN)
LEADERS = {
    LUXIAN: cast.LUXIAN_DEPUTY,
    YONGCHUAN: cast.YONGCHUAN_LEADER,
    **{one.id: Officer(one.id, "leader", "某人", "副局长", (options.ROLE_LEADER,)) for one in NEIGHBOURS},
}
"""Of each bureau somebody who leads it and does the rest, too."""
NOTICE = pdf("指定管辖通知书", "指定管辖。")
SPARE = {
    "outcome": cases.OUTCOME_NO_PENALTY,
    "ground": pb.NO_PENALTY_GROUND_FIRST,
    "reasons": "初次违法",
    "education": "当面教育",
}


@dataclass(frozen=True, slots=True)
class Disputed:
    """One act that two bureaus filed, and dispute about."""

    one: str
    """Filed first."""
    other: str
    """Filed second, and raised the dispute."""
    cases: dict[str, str]


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Run]:
    async with system(LUXIAN, YONGCHUAN, also=NEIGHBOURS) as cluster, run_on(cluster) as opened:
        for each in NEIGHBOURS:
            await register(opened, LEADERS[each.id])
        await opened.at("2024-12-18 09:00")
        yield opened


async def test_two_counties_of_a_city_are_told_by_the_city_whose_the_case_is(run: Run) -> None:
    disputed = await dispute(run, LUXIAN, HEJIANG.id, "赵某")
    await escalate(run, disputed.other, disputed, LUZHOU.authority.name)
    designation = await brought(run, LUZHOU.id)
    assert list(designation.side_ids) == [LUXIAN, HEJIANG.id]
    assert list(designation.case_ids) == [disputed.cases[LUXIAN], disputed.cases[HEJIANG.id]]
    assert list(designation.reasons) == ["协商不成"]
    await designate(run, LUZHOU.id, designation.designation_id, HEJIANG.id)
    await owned(run, disputed, HEJIANG.id)


async def test_what_both_asked_is_one_and_waits_no_longer_when_they_agree(run: Run) -> None:
    """泸县 asks before it knows 合江's case, 合江 names both; then 合江 gives way."""
    disputed = await both_filed(run, LUXIAN, HEJIANG.id, "李某")
    await raise_dispute(run, LUXIAN, disputed.cases[LUXIAN], HEJIANG.id, "")
    await ask_superior(run, LUXIAN, disputed, LUZHOU.authority.name)
    designation = await brought(run, LUZHOU.id)
    assert list(designation.case_ids) == [disputed.cases[LUXIAN], ""]
    await raise_dispute(run, HEJIANG.id, disputed.cases[HEJIANG.id], LUXIAN, disputed.cases[LUXIAN])
    await escalate(run, HEJIANG.id, disputed, LUZHOU.authority.name)
    whole = await brought(run, LUZHOU.id, asked_by=2)
    assert whole.designation_id == designation.designation_id
    assert list(whole.case_ids) == [disputed.cases[LUXIAN], disputed.cases[HEJIANG.id]]

    yields = side.SettleJurisdictionRequest(
        case_id=disputed.cases[HEJIANG.id], owner_id=LUXIAN, way=side.SETTLEMENT_WAY_AGREED
    )
    await run.act(LEADERS[HEJIANG.id], "yields", yields)
    await owned(run, disputed, LUXIAN)
    open_there = designations.ListDesignationsRequest(only_open=True)
    await run.until(LEADERS[LUZHOU.id], open_there, lambda shown: not shown.designations, "无需指定")
    late = designations.DesignateJurisdictionRequest(
        designation_id=whole.designation_id, owner_id=HEJIANG.id, number="3号", document=NOTICE.ref
    )
    assert await refusal(run, LUZHOU.id, "moot", late) == "WRONG_STAGE"


async def test_two_cities_are_told_by_the_province_whoever_of_them_asks(run: Run) -> None:
    disputed = await dispute(run, LUXIAN, LONGCHANG.id, "钱某")
    refused = side.EscalateDisputeRequest(
        case_id=disputed.cases[LUXIAN], superior=LUZHOU.authority.name, reason="协商不成"
    )
    assert await refusal(run, LUXIAN, "to the city", refused) == "NOT_THE_COMMON_SUPERIOR"
    for asks in (LUXIAN, LONGCHANG.id):
        await escalate(run, asks, disputed, SICHUAN.authority.name)
    designation = await brought(run, SICHUAN.id, asked_by=2)
    await designate(run, SICHUAN.id, designation.designation_id, LUXIAN)
    await owned(run, disputed, LUXIAN)
    again = designations.DesignateJurisdictionRequest(
        designation_id=designation.designation_id, owner_id=LONGCHANG.id, number="2号", document=NOTICE.ref
    )
    assert await refusal(run, SICHUAN.id, "again", again) == "WRONG_STAGE"


async def test_between_two_provinces_the_ministry_designates_on_paper(run: Run) -> None:
    disputed = await dispute(run, LUXIAN, YONGCHUAN, "孙某")
    province = side.EscalateDisputeRequest(
        case_id=disputed.cases[LUXIAN], superior=SICHUAN.authority.name, reason="协商不成"
    )
    assert await refusal(run, LUXIAN, "to the province", province) == "NOT_THE_COMMON_SUPERIOR"
    await escalate(run, LUXIAN, disputed, "交通运输部")
    await run.settled()
    open_there = designations.ListDesignationsRequest(only_open=True)
    assert not (await run.ask(LEADERS[SICHUAN.id], open_there)).designations

    entered = side.SettleJurisdictionRequest(
        case_id=disputed.cases[YONGCHUAN],
        owner_id=YONGCHUAN,
        way=side.SETTLEMENT_WAY_DESIGNATED,
        number="交法函〔2024〕1号",
    )
    assert await refusal(run, YONGCHUAN, "without paper", entered) == "DESIGNATION_NEEDED"
    entered.document.CopyFrom(await run.file(LEADERS[YONGCHUAN], NOTICE))
    await run.act(LEADERS[YONGCHUAN], "enter the paper", entered)
    await owned(run, disputed, YONGCHUAN)


# ── what they do ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def register(run: Run, officer: Officer) -> None:
    request = officers.RegisterOfficerRequest(
        command_id=run.id(f"step/register/{officer.authority_id}"),
        officer_id=run.officer_id(officer),
        occurred_at=to_timestamp(run.now),
        name=officer.name,
        credential_number=f"{officer.authority_id}-0001",
        issuing_body="发证机关",
        valid_from_on="2023-01-01",
        valid_to_on="2027-12-31",
        roles=officer.roles,
    )
    await run.administer(officer.authority_id, request)


async def dispute(run: Run, one: str, other: str, name: str) -> Disputed:
    """The second of both sees the first's case by the inquiry, and raises a dispute."""
    disputed = await both_filed(run, one, other, name)
    await raise_dispute(run, other, disputed.cases[other], one, disputed.cases[one])
    for authority_id in (one, other):
        await run.until(LEADERS[authority_id], case(disputed.cases[authority_id]), frozen, "管辖争议")
        decision = cases.DecideRequest(case_id=disputed.cases[authority_id], **SPARE)  # type: ignore[arg-type]
        assert await refusal(run, authority_id, f"frozen/{name}", decision) == "JURISDICTION_DISPUTED"
    return disputed


async def both_filed(run: Run, one: str, other: str, name: str) -> Disputed:
    """Both file a case about the same act."""
    party = pb.Party(kind=pb.PARTY_KIND_PERSON, name=name, id_number=f"51052119880230{len(run.facts.cases):04}")
    found = {one: await filed(run, one, party)}
    await run.later(5)
    found[other] = await clue(run, other, party)
    question = cases.GetActWarningsRequest(matter_id=found[other])
    answer = await run.until(LEADERS[other], question, lambda shown: shown.matches, "另一方的案件")
    [match] = answer.matches
    assert (match.authority_id, match.case_id, match.state) == (one, found[one], acts.ACT_MATCH_STATE_FILED)
    await file(run, other, found[other], party)
    await run.later(5)
    return Disputed(one, other, found)


async def raise_dispute(run: Run, raises: str, case_id: str, other: str, other_case_id: str) -> None:
    raised = side.RaiseJurisdictionDisputeRequest(
        case_id=case_id,
        dispute_id=run.id(f"dispute/{case_id}"),
        other_id=other,
        other_case_id=other_case_id,
        position="违法行为连续，本地先行查获",
    )
    await run.act(LEADERS[raises], f"dispute/{case_id}", raised)


async def clue(run: Run, authority_id: str, party: pb.Party) -> str:
    place = common.Place(division_code=authority_id.partition("-")[2], description="省道某处")
    request = cases.RegisterClueRequest(
        source=pb.CLUE_SOURCE_INSPECTION, act_code=ACT, act_on="2024-12-18", place=place, facts="无证客运", party=party
    )
    case_id: str = (await run.act(LEADERS[authority_id], f"clue/{party.name}", request)).id
    run.facts.cases[f"{authority_id}/{party.name}"] = case_id
    return case_id


async def file(run: Run, authority_id: str, case_id: str, party: pb.Party) -> None:
    request = cases.FileCaseRequest(
        case_id=case_id,
        case_number=f"{authority_id}-{party.name}",
        party=party,
        basis="行政处罚法 art. 54",
        duplicate_decision=acts.DUPLICATE_DECISION_CONTINUE,
        duplicate_reason="管辖待定",
    )
    await run.act(LEADERS[authority_id], f"file/{party.name}", request)


async def filed(run: Run, authority_id: str, party: pb.Party) -> str:
    case_id = await clue(run, authority_id, party)
    await file(run, authority_id, case_id, party)
    return case_id


async def escalate(run: Run, asks: str, disputed: Disputed, superior: str) -> None:
    """A side asks the superior; the clock of negotiating ends on both sides."""
    await ask_superior(run, asks, disputed, superior)
    for authority_id, case_id in disputed.cases.items():
        question = deadlines.ListDeadlinesRequest(subject_id=case_id)
        await run.until(LEADERS[authority_id], question, negotiated, "协商期限已结束")


async def ask_superior(run: Run, asks: str, disputed: Disputed, superior: str) -> None:
    request = side.EscalateDisputeRequest(case_id=disputed.cases[asks], superior=superior, reason="协商不成")
    await run.act(LEADERS[asks], f"escalate/{disputed.cases[asks]}", request)


def negotiated(answer: deadlines.ListDeadlinesResponse) -> bool:
    [clock] = [one for one in answer.clocks if one.rule_id == "cases.dispute"]
    return bool(clock.status == deadlines.STATUS_MET)


async def brought(run: Run, superior_id: str, asked_by: int = 1) -> designations.Designation:
    """What waits at the superior, asked by so many sides."""
    question = designations.ListDesignationsRequest(only_open=True)
    answer = await run.until(
        LEADERS[superior_id],
        question,
        lambda shown: any(len(one.asked_by) == asked_by for one in shown.designations),
        "报请指定",
    )
    [designation] = answer.designations
    found: designations.Designation = designation
    return found


async def designate(run: Run, superior_id: str, designation_id: str, owner_id: str) -> None:
    request = designations.DesignateJurisdictionRequest(
        designation_id=designation_id,
        owner_id=owner_id,
        number="交指〔2024〕1号",
        document=await run.file(LEADERS[superior_id], NOTICE),
    )
    await run.act(LEADERS[superior_id], "designate", request)


async def owned(run: Run, disputed: Disputed, owner_id: str) -> None:
    """One side goes on; the other may hand its case over and nothing else."""
    for authority_id, case_id in disputed.cases.items():
        await run.until(LEADERS[authority_id], case(case_id), lambda shown: not frozen(shown), "争议解决")
        decision = cases.DecideRequest(case_id=case_id, **SPARE)  # type: ignore[arg-type]
        reason = await refusal(run, authority_id, f"decide/{case_id}", decision)
        assert (reason == "OTHER_IS_COMPETENT") is (authority_id != owner_id)
        assert reason != "JURISDICTION_DISPUTED"


def case(case_id: str) -> cases.GetCaseRequest:
    return cases.GetCaseRequest(case_id=case_id)


def frozen(answer: cases.GetCaseResponse) -> bool:
    return list(answer.case.summary.side_states) == ["管辖争议"]


async def refusal(run: Run, authority_id: str, step: str, request: Any) -> str:
    with pytest.raises(Refused) as refused:
        await run.act(LEADERS[authority_id], f"refused/{step}/{authority_id}", request)
    return refused.value.reason
