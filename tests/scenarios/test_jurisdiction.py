"""管辖争议与管辖移送：争议期间川渝两边都不得决定；协商确定后，案件连同材料移送永川，永川受理，泸县结案。

两地各自立案；泸县提出争议，永川账本随即记载；一方协商解决，双方同时解冻。移送未受理前不得结案，线索不会丢失。
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cases.v1 import side_states_pb2 as side

from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, YONGCHUAN, Officer
from deploy.local.story.parties import ACT, FACTS, PARTIES
from deploy.local.story.posts import A, B
from deploy.local.story.run import Run
from tests.support.system import file_case, run_on, system

LEADERS = {LUXIAN: cast.LUXIAN_DEPUTY, YONGCHUAN: cast.YONGCHUAN_LEADER}
SPARE = {
    "outcome": cases.OUTCOME_NO_PENALTY,
    "ground": pb.NO_PENALTY_GROUND_FIRST,
    "reasons": "初次违法",
    "education": "当面教育",
}


@pytest.fixture(scope="module")
async def told() -> AsyncIterator[Run]:
    """Both bureaus filed the same act; 泸县 raised a dispute and named 永川's case."""
    async with system(LUXIAN, YONGCHUAN) as cluster, run_on(cluster) as run:
        await run.at("2024-12-18 14:00")
        await file_case(run)
        run.facts.cases["A"] = await filed_at_yongchuan(run)
        dispute = side.RaiseJurisdictionDisputeRequest(
            case_id=run.facts.cases["B"],
            dispute_id=run.id("dispute"),
            other_id=YONGCHUAN,
            other_case_id=run.facts.cases["A"],
            position="违法行为连续，泸县先行查获",
        )
        await run.act(LEADERS[LUXIAN], "dispute", dispute)
        await run.until(cast.YONGCHUAN_CHIEF, case(run, "A"), lambda answer: over(answer) == ["管辖争议"], "管辖争议")
        yield run


async def test_a_dispute_is_settled_and_the_case_goes_to_who_is_competent(told: Run) -> None:
    for letter, authority_id in (("B", LUXIAN), ("A", YONGCHUAN)):
        decision = cases.DecideRequest(case_id=told.facts.cases[letter], **SPARE)  # type: ignore[arg-type]
        assert await refusal(told, LEADERS[authority_id], f"decide/{letter}", decision) == "JURISDICTION_DISPUTED"

    settlement = side.SettleJurisdictionRequest(
        case_id=told.facts.cases["B"], owner_id=YONGCHUAN, way=side.SETTLEMENT_WAY_AGREED
    )
    await told.act(LEADERS[LUXIAN], "settle", settlement)
    await told.until(cast.YONGCHUAN_CHIEF, case(told, "A"), lambda answer: over(answer) == [], "争议解决")
    decision = cases.DecideRequest(case_id=told.facts.cases["B"], **SPARE)  # type: ignore[arg-type]
    assert await refusal(told, LEADERS[LUXIAN], "decide/lost", decision) == "OTHER_IS_COMPETENT"

    transfer = side.TransferCaseToAuthorityRequest(
        case_id=told.facts.cases["B"],
        receiver_id=YONGCHUAN,
        place=A.place,
        facts=FACTS[B],
        party=side.TransferredParty(kind="个人", name=PARTIES[B].name),
        reason="协商确定由永川管辖",
    )
    close = cases.CloseCaseRequest(case_id=told.facts.cases["B"], ground=pb.CLOSING_GROUND_TRANSFERRED)
    await told.act(LEADERS[LUXIAN], "transfer", transfer)
    waiting = cases.ListCasesRequest(stage="线索")
    listed = await told.until(cast.YONGCHUAN_CHIEF, waiting, lambda answer: answer.cases, "移送的线索")
    told.facts.cases["C"] = listed.cases[0].case_id
    clue = (await told.ask(cast.YONGCHUAN_CHIEF, case(told, "C"))).case
    assert (clue.handed_off_by, clue.facts) == (LUXIAN, FACTS[B])
    assert await refusal(told, LEADERS[LUXIAN], "close/early", close) == "TRANSFER_NOT_ACCEPTED"

    filing = cases.FileCaseRequest(
        case_id=told.facts.cases["C"],
        case_number="渝永川2024-0018",
        party=PARTIES[B],
        basis="行政处罚法 art. 25",
        duplicate_decision=acts.DUPLICATE_DECISION_CONTINUE,
        duplicate_reason="泸县移送的同一案件",
    )
    await told.act(LEADERS[YONGCHUAN], "file/C", filing)
    await told.settled()
    await told.act(LEADERS[LUXIAN], "close", close)
    left = (await told.ask(INVESTIGATORS[0], case(told, "B"))).case
    assert (left.summary.stage, left.procedure.receiver_id) == ("已结案", YONGCHUAN)


async def filed_at_yongchuan(run: Run) -> str:
    clue = cases.RegisterClueRequest(
        source=pb.CLUE_SOURCE_INSPECTION, act_code=ACT, act_on="2024-12-18", place=A.place, facts=FACTS[A]
    )
    case_id: str = (await run.act(cast.YONGCHUAN_CHIEF, "clue/A", clue)).id
    filing = cases.FileCaseRequest(
        case_id=case_id, case_number="渝永川2024-0017", party=PARTIES[B], basis="行政处罚法 art. 54"
    )
    await run.act(LEADERS[YONGCHUAN], "file/A", filing)
    return case_id


def case(run: Run, letter: str) -> cases.GetCaseRequest:
    return cases.GetCaseRequest(case_id=run.facts.cases[letter])


def over(answer: Any) -> list[str]:
    return list(answer.case.summary.side_states)


async def refusal(run: Run, officer: Officer, step: str, request: Any) -> str:
    with pytest.raises(Refused) as refused:
        await run.act(officer, step, request)
    return refused.value.reason
