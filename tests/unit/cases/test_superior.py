"""A dispute that lies with the common superior (报请指定管辖): both sides keep a clock, remind one that is silent."""

from datetime import date
from typing import Any

from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.deadlines.v1 import events_pb2 as clocks

from services.cases import deadlines
from services.cases.model import Refusal, case
from services.cases.service import SERVICE
from services.cross_border.service import SERVICE as CROSS_BORDER
from tests.support.decider import LEADER, LUXIAN, POLICY, YONGCHUAN, given, reactions, uid
from tests.unit.cases.acts import CASE, INVESTIGATING, changed
from tests.unit.cases.test_clocks import due, roles
from tests.unit.cases.test_dispute import ENTERED, ESCALATE, LUZHOU, NEARBY, NEIGHBOUR, RAISED, WITH_NEIGHBOUR
from tests.unit.cases.test_side_states import DISPUTE, NOTED, READY, THEIRS

ASKED = side.DisputeEscalated(case_id=CASE, dispute_id=DISPUTE, superior="交通运输部")
CITY_ASKED = changed(ASKED, superior=LUZHOU.name, superior_id=LUZHOU.id, asked_id=LUZHOU.id)
REMIND = disputes.RemindSuperiorRequest(case_id=CASE)
REMINDED = disputes.SuperiorReminded(case_id=CASE, dispute_id=DISPUTE, other_side_id=YONGCHUAN.id, other_case_id=THEIRS)
CLOCK = "cases.designation_awaited"


def test_both_sides_wait_for_the_superior_for_ten_working_days_and_again_after_each_reminder():
    assert due(deadlines.DESIGNATION_AWAITED, "2024-12-18").due_on == date(2025, 1, 2)
    for told_by in ("", YONGCHUAN.id):
        assert (CLOCK, "start") in roles(changed(ASKED, told_by=told_by))
    assert (CLOCK, "start") not in roles(changed(ASKED, again=True))
    assert [role for rule, role in roles(REMINDED) if rule == CLOCK] == ["end", "start"]
    for ended in (side.JurisdictionSettled(), disputes.DesignationEntered()):
        assert (CLOCK, "end") in roles(ended)


def test_a_superior_that_is_silent_is_reminded_by_itself_and_by_whoever_will():
    missed = clocks.DeadlineMissed(rule_id=CLOCK, subject_id=CASE)
    assert reactions(SERVICE.policy, missed) == [REMIND]
    assert reactions(SERVICE.policy, changed(missed, rule_id="cases.dispute")) == []
    for actor in (POLICY, LEADER):
        given(case, *READY, RAISED, ASKED).when(REMIND, actor=actor).then(REMINDED)
    given(case, *READY, NOTED, changed(ASKED, told_by=YONGCHUAN.id)).when(REMIND, actor=LEADER).then(REMINDED)


def test_nobody_is_reminded_who_was_not_asked():
    given(case, *READY, RAISED).when(REMIND, actor=LEADER).refused(Refusal.NOT_ESCALATED)
    given(case, *READY, RAISED).when(REMIND, actor=POLICY).then()
    given(case, *READY).when(REMIND, actor=POLICY).then()


def test_a_superior_that_has_decided_is_reminded_no_more():
    """Its word may come between the clock's end and the reaction."""
    decided = given(case, *READY, RAISED, ASKED, ENTERED)
    decided.when(REMIND, actor=POLICY).then()
    decided.when(REMIND, actor=LEADER).refused(Refusal.NOT_ESCALATED)


def test_a_superior_with_a_node_has_the_reminder_of_either_side():
    reminded = changed(REMINDED, superior_id=LUZHOU.id, asked_id=LUZHOU.id, other_side_id=NEIGHBOUR.id)
    for asked in (CITY_ASKED, changed(CITY_ASKED, asked_id="", told_by=NEIGHBOUR.id)):
        given(case, *READY, WITH_NEIGHBOUR, asked).when(REMIND, actor=LEADER, members=NEARBY).then(reminded)
    at_the_city: dict[str, Any] = {"authority": LUZHOU, "origin": LUXIAN.id, "members": NEARBY}
    assert reactions(CROSS_BORDER.policy, reminded, **at_the_city) == [
        designations.AskDesignationRequest(side_ids=[LUXIAN.id, NEIGHBOUR.id], case_ids=[CASE, THEIRS], reminds=True)
    ]


def test_who_asks_what_was_asked_already_begins_no_second_clock():
    [again] = given(case, *INVESTIGATING, RAISED, ASKED).when(ESCALATE, actor=LEADER).events
    assert again.again  # type: ignore[attr-defined]
    told = disputes.NoteDisputeEscalationRequest(
        case_id=CASE, told_by=YONGCHUAN.id, other_case_id=THEIRS, reason="不成"
    )
    [noted] = given(case, *INVESTIGATING, RAISED, ASKED).when(told, actor=POLICY).events
    assert noted.again  # type: ignore[attr-defined]


def test_the_superior_learns_of_which_act_so_that_both_sides_are_heard_as_one():
    [asked] = given(case, *INVESTIGATING, RAISED).when(ESCALATE, actor=LEADER).events
    assert (asked.act_code, asked.act_on) == ("RTR-63-2", "2024-09-06")  # type: ignore[attr-defined]


def test_the_word_of_the_superior_names_the_case_of_the_other_side_that_was_not_known():
    alone = changed(WITH_NEIGHBOUR, other_case_id="")
    word = disputes.NoteSuperiorDesignationRequest(
        case_id=CASE, told_by=LUZHOU.id, other_id=NEIGHBOUR.id, other_case_id=THEIRS, owner_id=LUXIAN.id, round=1
    )
    at: dict[str, Any] = {"actor": POLICY, "origin": LUZHOU.id, "members": NEARBY}
    [entered] = given(case, *READY, alone).when(word, **at).events
    assert isinstance(entered, disputes.DesignationEntered)
    assert entered.other_case_id == THEIRS
    given(case, *READY, WITH_NEIGHBOUR).when(word, **at).then()
    given(case, *READY, WITH_NEIGHBOUR).when(changed(word, round=0, other_case_id=uid("another")), **at).then()
