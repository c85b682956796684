"""Inspections: by the authority competent at the checkpoint, by two of its officers, each once."""

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.joint_operations.model import Refusal
from services.joint_operations.model.participation import participation
from services.kernel.errors import KernelRefusal
from tests.support.decider import LUXIAN, YONGCHUAN, On, given, on, uid
from tests.unit.joint_operations.acts import (
    ACCEPTED,
    FIELD,
    LU,
    OFFICERS,
    RECEIVED,
    RONG,
    ROSTER_RECEIVED,
    YONG,
    coach,
    ids,
    inspect,
    inspected,
)


def assisting(one: common.OfficerSnapshot) -> commands.AssistingOfficer:
    return commands.AssistingOfficer(participant_id=one.authority_id, officer_id=one.officer_id)


def test_two_rostered_officers_of_the_competent_authority_inspect():
    given(participation, *FIELD).when(inspect(), actor=LU[0], officers=OFFICERS).then(inspected())


def test_a_partner_does_not_inspect_at_anothers_checkpoint():
    outcome = given(participation, *FIELD).when(
        inspect(checkpoint_id="A", officer_ids=ids(LU[3], LU[0])), officers=OFFICERS
    )
    outcome.refused(Refusal.OUT_OF_TERRITORY, checkpoint="A", authority=YONGCHUAN.name)


def test_one_officer_does_not_inspect():
    outcome = given(participation, *FIELD).when(inspect(officer_ids=ids(LU[0], LU[0])), officers=OFFICERS)
    outcome.refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_an_officer_of_another_checkpoint_does_not_inspect():
    outcome = given(participation, *FIELD).when(inspect(officer_ids=ids(LU[0], LU[2])), officers=OFFICERS)
    outcome.refused(Refusal.NOT_ON_ROSTER, officer=LU[2].officer_id, checkpoint="B")


def test_officers_of_a_partner_assist():
    outcome = given(participation, RECEIVED, ACCEPTED, ROSTER_RECEIVED).when(
        inspect(checkpoint_id="A", officer_ids=ids(*YONG), assisting=[assisting(LU[3]), assisting(RONG[0])]),
        actor=YONG[0],
        officers=YONG,
        authority=YONGCHUAN,
    )
    assert [list(event.assisting) for event in outcome.events] == [[LU[3], RONG[0]]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("one", [RONG[1], LU[0]])
def test_who_assists_is_a_partners_officer_on_the_roster_of_that_checkpoint(one):
    outcome = given(participation, *FIELD).when(inspect(assisting=[assisting(one)]), officers=OFFICERS)
    outcome.refused(Refusal.NOT_A_PARTNER, officer=one.officer_id)


def test_the_same_object_at_the_same_checkpoint_and_second_is_the_same_inspection():
    history: list[Message | On] = [*FIELD, on("2024-12-18 09:00:00", inspected())]
    again = inspect(inspection_id=uid("again"))
    given(participation, *history).when(again, officers=OFFICERS, at="2024-12-18 09:00:00").refused(
        Refusal.INSPECTION_TWICE
    )


def test_the_same_vehicle_later_is_another_inspection_of_the_same_object():
    history: list[Message | On] = [*FIELD, on("2024-12-18 09:00:00", inspected())]
    again = inspect(inspection_id=uid("again"), object=coach("川E A0001"))
    given(participation, *history).when(again, officers=OFFICERS, at="2024-12-18 09:00:01").then(
        inspected(inspection_id=uid("again"), object=coach("川E A0001"), object_no=1)
    )


def test_the_same_number_in_another_colour_is_another_vehicle():
    blue = coach(plate_colour=pb.PLATE_COLOUR_BLUE)
    outcome = given(participation, *FIELD, inspected()).when(
        inspect(inspection_id=uid("again"), object=blue), officers=OFFICERS
    )
    outcome.then(inspected(inspection_id=uid("again"), object=blue, object_no=2))


@pytest.mark.parametrize(
    ("inspected_object", "missing"),
    [
        (coach(""), "号牌"),
        (coach(plate_colour=pb.PLATE_COLOUR_UNSPECIFIED), "号牌颜色"),
        (pb.InspectedObject(kind=pb.OBJECT_KIND_VESSEL, name="泸运1号"), "船舶识别号"),
        (pb.InspectedObject(kind=pb.OBJECT_KIND_ENTERPRISE, name="某公司"), "统一社会信用代码"),
        (pb.InspectedObject(plate="川E·A0001"), "对象种类"),
    ],
)
def test_an_object_is_known_by_what_tells_it_from_others(inspected_object, missing):
    outcome = given(participation, *FIELD).when(inspect(object=inspected_object), officers=OFFICERS)
    outcome.refused(Refusal.OBJECT_UNIDENTIFIED, missing=missing)


def test_an_inspection_at_no_planned_checkpoint_is_none():
    outcome = given(participation, *FIELD).when(inspect(checkpoint_id="D"), officers=OFFICERS)
    outcome.refused(Refusal.CHECKPOINT_UNKNOWN)


def test_nothing_is_inspected_before_the_roster():
    outcome = given(participation, RECEIVED, ACCEPTED).when(inspect(), officers=OFFICERS)
    outcome.refused(KernelRefusal.WRONG_STAGE, stage="已应邀")


def test_a_team_is_no_authority():
    mixed = inspect(officer_ids=[LU[0].officer_id, YONG[0].officer_id])
    outcome = given(participation, *FIELD).when(mixed, officers=OFFICERS, authority=LUXIAN)
    outcome.refused(KernelRefusal.OFFICER_UNKNOWN, officer=YONG[0].officer_id)
