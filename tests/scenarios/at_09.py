"""What AT-09 prepares and asks: 泸县's officer assists at checkpoint A, where 永川 stops a vehicle."""

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
from deploy.local.story.posts import DAY, A, Post
from deploy.local.story.run import Run

HELPER = cast.LUXIAN_TEAM[0]
"""Of 泸县, assists at A."""
PLATE = "川E·0H917"
"""Of Sichuan, stopped in Chongqing: the place decides, not the plate."""
CAR = pb.InspectedObject(kind=pb.OBJECT_KIND_VEHICLE, plate=PLATE, plate_colour=pb.PLATE_COLOUR_BLUE)


async def tell(run: Run) -> None:
    """The operation is planned, and 永川 finds something at A. (A roster with one 永川 officer was refused before.)"""
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


def inspection(run: Run, authority_id: str, officers: tuple[cast.Officer, ...]) -> joint.RecordInspectionRequest:
    assisting = joint.AssistingOfficer(participant_id=LUXIAN, officer_id=run.officer_id(HELPER))
    return joint.RecordInspectionRequest(
        participation_id=run.facts.participations[authority_id],
        inspection_id=run.id("inspection"),
        checkpoint_id="A",
        inspection_class=pb.INSPECTION_CLASS_PASSENGER,
        object=CAR,
        result=pb.INSPECTION_RESULT_FINDING,
        officer_ids=run.ids(*officers),
        assisting=[assisting] if authority_id == YONGCHUAN else [],
    )


def thin_roster(run: Run, post: Post) -> joint.PublishRosterRequest:
    """With one officer of who is competent at a checkpoint."""
    left_out = run.ids(*post.team[1:])
    assignments = [one for one in chapter_1_plan.assignments(run) if one.officer_id not in left_out]
    return joint.PublishRosterRequest(operation_id=run.facts.operation_id, assignments=assignments)


def owner(run: Run, authority_id: str, owner_id: str = LUXIAN) -> joint.AssignJurisdictionRequest:
    return joint.AssignJurisdictionRequest(
        participation_id=run.facts.participations[authority_id], finding_id=run.id("finding"), owner_id=owner_id
    )


async def refusal(run: Run, officer: cast.Officer, request: Any, step: str = "") -> str:
    with pytest.raises(Refused) as refused:
        await run.act(officer, step or f"refused/{type(request).__name__}/{officer.authority_id}", request)
    return refused.value.reason


def clue() -> cases.RegisterClueRequest:
    """What 泸县 would have to begin with."""
    return cases.RegisterClueRequest(
        source=case_events.CLUE_SOURCE_INSPECTION,
        act_code=ACT,
        act_on=DAY,
        place=A.place,
        facts=FACTS[A],
        vehicle=case_events.Vehicle(plate=PLATE),
    )


def filing(case_id: str) -> cases.FileCaseRequest:
    """泸县 tries to file a case of 永川's territory."""
    party = case_events.Party(kind=case_events.PARTY_KIND_PERSON, name="某人")
    return cases.FileCaseRequest(case_id=case_id, case_number="泸县交罚〔2024〕1219号", party=party, basis="试图立案")


def decision(case_id: str) -> cases.DecideRequest:
    """泸县 tries to fine."""
    fine = case_events.Penalty(kind=case_events.PENALTY_KIND_FINE, amount_fen=3_000_000)
    return cases.DecideRequest(case_id=case_id, outcome=cases.OUTCOME_PENALTY, penalties=[fine], reasons="草案")
