"""AT-09 川渝联合执法中的管辖：检查点在谁的辖区，就由谁检查、由谁办案；他方人员只能协助。

检查点A国道G246吉安镇（永川）、B泸永桥交界处（泸县）、C立石镇（泸县）。
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as joint

from deploy.local.story import cast, chapter_1_plan
from deploy.local.story.calls import Refused
from deploy.local.story.cast import LUXIAN, YONGCHUAN
from deploy.local.story.parties import ACT, FACTS
from deploy.local.story.posts import DAY, SUSPECTS, A
from deploy.local.story.run import Run
from tests.support.system import run_on

HELPER = cast.LUXIAN_TEAM[0]
"""Of 泸县, assists at A."""
CAR = pb.InspectedObject(kind=pb.OBJECT_KIND_VEHICLE, plate=SUSPECTS[A], plate_colour=pb.PLATE_COLOUR_BLUE)


@pytest.fixture(scope="module")
async def day(story: Run) -> AsyncIterator[Run]:
    """泸县's officer assists at A, where 永川 stops a vehicle. (A roster with one 永川 officer was refused before.)"""
    async with run_on(story.cluster) as run:
        await chapter_1_plan.tell(run)
        helper = joint.RosterAssignment(
            participant_id=LUXIAN, officer_id=run.officer_id(HELPER), checkpoint_id="A", duty=pb.DUTY_ASSIST
        )
        roster = joint.PublishRosterRequest(
            operation_id=run.facts.operation_id, assignments=[*chapter_1_plan.assignments(run), helper]
        )
        await run.act(cast.LUXIAN_CHIEF, "roster/with-helper", roster)
        await run.at(f"{DAY} 09:00")
        await run.act(A.team[0], "inspection", inspection(run, YONGCHUAN, A.team[:2]))
        finding = joint.RecordFindingRequest(
            participation_id=run.facts.participations[YONGCHUAN],
            finding_id=run.id("finding"),
            inspection_id=run.id("inspection"),
            act_code=ACT,
            facts=FACTS[A],
            officer_ids=run.ids(*A.team[:2]),
        )
        await run.act(A.team[0], "finding", finding)
        yield run


async def test_yongchuan_signs_and_luxian_stands_as_assisting(day: Run) -> None:
    question = joint.ListInspectionsRequest(participation_id=day.facts.participations[YONGCHUAN])
    answer = await day.until(cast.YONGCHUAN_CHIEF, question, lambda found: found.inspections, "检查记录")
    (made,) = answer.inspections
    assert [officer.officer_id for officer in made.officers] == day.ids(*A.team[:2])
    assert [officer.officer_id for officer in made.assisting] == day.ids(HELPER)


async def test_luxian_may_not_inspect_at_a(day: Run) -> None:
    assert await refusal(day, HELPER, inspection(day, LUXIAN, cast.LUXIAN_TEAM[:2])) == "OUT_OF_TERRITORY"


async def test_the_finding_cannot_be_given_to_luxian(day: Run) -> None:
    assert await refusal(day, cast.YONGCHUAN_CHIEF, owner(day, YONGCHUAN)) == "OWNER_NOT_COMPETENT"


async def test_luxian_cannot_take_the_finding(day: Run) -> None:
    assert await refusal(day, cast.LUXIAN_CHIEF, owner(day, LUXIAN)) == "FINDING_UNKNOWN"


async def test_luxian_can_neither_file_nor_decide_on_it(day: Run) -> None:
    clue = cases.RegisterClueRequest(
        source=case_events.CLUE_SOURCE_INSPECTION, act_code=ACT, act_on=DAY, place=A.place, facts=FACTS[A]
    )
    case_id = (await day.act(cast.LUXIAN_CHIEF, "clue", clue)).id
    party = case_events.Party(kind=case_events.PARTY_KIND_PERSON, name="某人")
    filing = cases.FileCaseRequest(case_id=case_id, case_number="泸县交罚〔2024〕1219号", party=party, basis="试图立案")
    assert await refusal(day, cast.LUXIAN_DEPUTY, filing) == "NOT_COMPETENT"
    fine = case_events.Penalty(kind=case_events.PENALTY_KIND_FINE, amount_fen=3_000_000)
    draft = cases.DecideRequest(case_id=case_id, outcome=cases.OUTCOME_PENALTY, penalties=[fine], reasons="草案")
    assert await refusal(day, cast.LUXIAN_DEPUTY, draft) == "NOTICE_BEFORE_DECISION"


def inspection(run: Run, authority_id: str, officers: tuple[cast.Officer, ...]) -> joint.RecordInspectionRequest:
    assisting = joint.AssistingOfficer(participant_id=LUXIAN, officer_id=run.officer_id(HELPER))
    return joint.RecordInspectionRequest(
        participation_id=run.facts.participations[authority_id],
        inspection_id=run.id("inspection"),
        checkpoint_id="A",
        inspection_class=pb.INSPECTION_CLASS_OTHER,
        object=CAR,
        result=pb.INSPECTION_RESULT_FINDING,
        officer_ids=run.ids(*officers),
        assisting=[assisting] if authority_id == YONGCHUAN else [],
    )


def owner(run: Run, authority_id: str) -> joint.AssignJurisdictionRequest:
    return joint.AssignJurisdictionRequest(
        participation_id=run.facts.participations[authority_id], finding_id=run.id("finding"), owner_id=LUXIAN
    )


async def refusal(run: Run, officer: cast.Officer, request: Any) -> str:
    with pytest.raises(Refused) as refused:
        await run.act(officer, f"refused/{type(request).__name__}/{officer.authority_id}", request)
    return refused.value.reason
