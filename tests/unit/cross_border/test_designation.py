"""Designation by the common superior (指定管辖): who may ask whom, once, and what both sides are told."""

from typing import Any

import pytest
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.cross_border.v1 import designation_pb2 as pb
from google.protobuf.message import Message

from services.cross_border.model import Refusal
from services.cross_border.model.designation import Stage, designation, designation_of
from services.cross_border.service import SERVICE
from services.kernel.authority import Authority
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import LEADER, LUXIAN, MEMBERS, NOON, POLICY, YONGCHUAN, given, reactions, uid
from tests.unit.cases.acts import CASE, changed, file

HEJIANG = Authority("jt-510522", "合江县交通运输局")
LUZHOU = Authority("jt-510500", "泸州市交通运输局")
SICHUAN = Authority("jt-510000", "四川省交通运输厅")
NEARBY = {**MEMBERS, **{one.id: one for one in (HEJIANG, LUZHOU, SICHUAN)}}
THEIRS = uid("their case")
BROUGHT = side.DisputeEscalated(
    case_id=CASE,
    dispute_id=uid("dispute"),
    reason="协商不成",
    other_id=HEJIANG.id,
    other_case_id=THEIRS,
    superior_id=LUZHOU.id,
    asked_id=LUZHOU.id,
)
ALSO_BROUGHT = changed(BROUGHT, case_id=THEIRS, other_id=LUXIAN.id, other_case_id=CASE, reason="我县先立案")
AT_THE_CITY: dict[str, Any] = {"authority": LUZHOU, "members": NEARBY}


def asks(event: side.DisputeEscalated, origin: str) -> pb.AskDesignationRequest:
    """What the superior does with what a side told it."""
    [request] = reactions(SERVICE.policy, event, origin=origin, **AT_THE_CITY)
    assert isinstance(request, pb.AskDesignationRequest)
    request.designation_id = designation_of(request, LUZHOU.id)
    return request


ASK = asks(BROUGHT, LUXIAN.id)
ASKED = pb.DesignationAsked(
    designation_id=ASK.designation_id,
    side_ids=[LUXIAN.id, HEJIANG.id],
    case_ids=[CASE, THEIRS],
    asked_by=LUXIAN.id,
    reason="协商不成",
)
NOTICE = file("指定管辖通知书")
DESIGNATE = pb.DesignateJurisdictionRequest(
    designation_id=ASK.designation_id, owner_id=HEJIANG.id, number="泸市交指〔2024〕1号", document=NOTICE
)
DESIGNATED = pb.JurisdictionDesignated(
    designation_id=ASK.designation_id,
    side_ids=[LUXIAN.id, HEJIANG.id],
    case_ids=[CASE, THEIRS],
    owner_id=HEJIANG.id,
    number="泸市交指〔2024〕1号",
    document=NOTICE,
)


SETTLED = side.JurisdictionSettled(
    case_id=CASE,
    other_id=HEJIANG.id,
    other_case_id=THEIRS,
    owner_id=HEJIANG.id,
    asked_id=LUZHOU.id,
    other_side_id=HEJIANG.id,
)
LAPSED = pb.DesignationLapsed(
    designation_id=ASK.designation_id,
    side_ids=[LUXIAN.id, HEJIANG.id],
    case_ids=[CASE, THEIRS],
    told_by=LUXIAN.id,
    owner_id=HEJIANG.id,
)


def ends(event: side.JurisdictionSettled, origin: str) -> pb.EndDesignationRequest:
    """What the superior does when a side that asked tells it that it is over."""
    [request] = reactions(SERVICE.policy, event, origin=origin, **AT_THE_CITY)
    assert isinstance(request, pb.EndDesignationRequest)
    request.designation_id = ASK.designation_id
    return request


def roles(event: Message) -> list[str]:
    """What an event does to the superior's clock."""
    watches = SERVICE.deadlines.watches(event.DESCRIPTOR.full_name)
    return [str(one.role) for one in watches if one.trigger.fires(event, received=False, rules=Rules(), on=NOON.date())]


def test_a_dispute_comes_before_the_superior_of_both_and_either_side_may_bring_it():
    given(designation).when(ASK, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then(ASKED)
    also = asks(ALSO_BROUGHT, HEJIANG.id)
    assert also.designation_id == ASK.designation_id
    state = given(designation, ASKED).when(also, actor=POLICY, origin=HEJIANG.id, **AT_THE_CITY).state
    assert state.asked_by == {LUXIAN.id, HEJIANG.id}
    [second] = given(designation, ASKED).when(also, actor=POLICY, origin=HEJIANG.id, **AT_THE_CITY).events
    assert [roles(one) for one in (ASKED, second, DESIGNATED)] == [["start"], [], ["end"]]
    given(designation, ASKED).when(ASK, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then()


def test_another_round_and_another_teller_are_another_designation():
    assert asks(changed(BROUGHT, round=1), LUXIAN.id).designation_id != ASK.designation_id
    assert asks(BROUGHT, YONGCHUAN.id).designation_id != ASK.designation_id


@pytest.mark.parametrize("at", [SICHUAN, LUXIAN], ids=["one too high", "a side itself"])
def test_nobody_else_is_asked(at):
    given(designation).when(ASK, actor=POLICY, origin=LUXIAN.id, authority=at, members=NEARBY).refused(
        Refusal.NOT_THE_SUPERIOR
    )


def test_nobody_brings_a_dispute_of_others():
    given(designation).when(ASK, actor=POLICY, origin=YONGCHUAN.id, **AT_THE_CITY).refused(Refusal.NOT_THE_SUPERIOR)


def test_a_leader_designates_one_of_the_two_once():
    state = given(designation, ASKED).when(DESIGNATE, actor=LEADER, **AT_THE_CITY).then(DESIGNATED)
    assert state.stage is Stage.DESIGNATED
    third = changed(DESIGNATE, owner_id=YONGCHUAN.id)
    given(designation, ASKED).when(third, actor=LEADER, **AT_THE_CITY).refused(Refusal.DESIGNATED_OUTSIDE)
    given(designation, ASKED, DESIGNATED).when(DESIGNATE, actor=LEADER, **AT_THE_CITY).refused(
        KernelRefusal.WRONG_STAGE
    )


def test_what_was_designated_stays_so_when_the_other_side_asks_afterwards():
    also = asks(ALSO_BROUGHT, HEJIANG.id)
    after = given(designation, ASKED, DESIGNATED).when(also, actor=POLICY, origin=HEJIANG.id, **AT_THE_CITY)
    assert after.state.stage is Stage.DESIGNATED


def test_a_side_reminds_of_what_waits_and_of_nothing_else():
    reminder = changed(ASK, reminds=True, reason="")
    event = changed(ASKED, reason="", also=True, reminds=True)
    for origin in (LUXIAN.id, HEJIANG.id):
        state = (
            given(designation, ASKED)
            .when(reminder, actor=POLICY, origin=origin, **AT_THE_CITY)
            .then(changed(event, asked_by=origin))
        )
        assert state.asked_by == {LUXIAN.id}
    assert roles(event) == []
    for over in (DESIGNATED, LAPSED):
        given(designation, ASKED, over).when(reminder, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then()


# ── one dispute, one designation ─────────────────────────────────────────────────────────────────────────────────────

BLIND = changed(ASKED, case_ids=[CASE, ""])


def test_who_knows_the_other_case_adds_it_to_what_the_other_asked():
    also = asks(ALSO_BROUGHT, HEJIANG.id)
    state = given(designation, BLIND).when(also, actor=POLICY, origin=HEJIANG.id, **AT_THE_CITY).state
    assert state.case_ids == (CASE, THEIRS)
    assert state.asked_by == {LUXIAN.id, HEJIANG.id}


def test_a_side_whose_case_was_not_known_hears_of_what_was_designated_when_it_asks():
    also = asks(ALSO_BROUGHT, HEJIANG.id)
    told = changed(DESIGNATED, case_ids=[CASE, ""])
    [_, again] = given(designation, BLIND, told).when(also, actor=POLICY, origin=HEJIANG.id, **AT_THE_CITY).events
    assert again == DESIGNATED


# ── settled by the sides ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_sides_settled_waits_no_longer_and_is_not_designated():
    end = ends(SETTLED, LUXIAN.id)
    state = given(designation, ASKED).when(end, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then(LAPSED)
    assert (state.stage, roles(LAPSED)) == (Stage.LAPSED, ["end"])
    given(designation, ASKED, LAPSED).when(DESIGNATE, actor=LEADER, **AT_THE_CITY).refused(KernelRefusal.WRONG_STAGE)
    given(designation, ASKED, LAPSED).when(end, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then()
    given(designation, ASKED, DESIGNATED).when(end, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then()


def test_what_was_settled_before_the_superior_heard_of_it_is_asked_of_nobody():
    end = ends(SETTLED, LUXIAN.id)
    given(designation).when(end, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then(LAPSED)
    for request, origin in ((ASK, LUXIAN.id), (asks(ALSO_BROUGHT, HEJIANG.id), HEJIANG.id)):
        given(designation, LAPSED).when(request, actor=POLICY, origin=origin, **AT_THE_CITY).then()


def test_nobody_ends_by_a_claim_of_its_own_what_the_other_asked_or_asks_afterwards():
    also = asks(ALSO_BROUGHT, HEJIANG.id)
    both = (ASKED, changed(ASKED, asked_by=HEJIANG.id, also=True))
    claims = ends(changed(SETTLED, owner_id=LUXIAN.id), LUXIAN.id)
    claimed = changed(LAPSED, owner_id=LUXIAN.id)
    given(designation, *both).when(claims, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then()
    given(designation, ASKED).when(claims, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then(claimed)
    given(designation, ASKED, claimed).when(ASK, actor=POLICY, origin=LUXIAN.id, **AT_THE_CITY).then()
    after = given(designation, ASKED, claimed).when(also, actor=POLICY, origin=HEJIANG.id, **AT_THE_CITY)
    assert (after.state.stage, [roles(one) for one in after.events]) == (Stage.ASKED, [["start"]])


def test_nobody_ends_a_designation_of_others():
    end = ends(SETTLED, LUXIAN.id)
    given(designation, ASKED).when(end, actor=POLICY, origin=YONGCHUAN.id, **AT_THE_CITY).refused(
        Refusal.NOT_THE_SUPERIOR
    )
