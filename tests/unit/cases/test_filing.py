"""Rows 1, 2 and 2': clue, filing, not filing (交通运输行政执法程序规定 art. 62; 行政处罚法 arts. 22, 36, 54)."""

import pytest
from enforcement.cases.v1 import events_pb2 as pb

from services.cases.model import Refusal, Stage, case
from services.kernel.errors import KernelRefusal
from tests.support.decider import LEADER, POLICY, YONGCHUAN, given, on, uid
from tests.unit.cases.acts import (
    CASE,
    CLUE,
    CLUE_AT,
    CLUE_REGISTERED,
    FILE,
    FILED,
    FILED_AT,
    NOT_FILE,
    OPEN,
    PLACE,
    SUSPECTED,
    changed,
)


def test_a_clue_is_registered():
    assert given(case).when(CLUE, at=CLUE_AT).then(CLUE_REGISTERED).stage is Stage.CLUE


def test_a_clue_that_was_handed_over_names_who_handed_it_over():
    command = changed(CLUE, handed_off_by=YONGCHUAN.id, finding_id=uid("finding"), participation_id=uid("part"))
    event = changed(
        CLUE_REGISTERED, handed_off_by=YONGCHUAN.id, finding_id=uid("finding"), participation_id=uid("part")
    )
    given(case).when(command, actor=POLICY, origin=YONGCHUAN.id, at=CLUE_AT).then(event)


@pytest.mark.parametrize("origin", [None, "jt-500153"])
def test_a_clue_names_nobody_who_did_not_hand_it_over(origin):
    given(case).when(changed(CLUE, handed_off_by=YONGCHUAN.id), origin=origin, at=CLUE_AT).refused(
        Refusal.NOT_HANDED_OFF_BY, authority="jt-500118"
    )


def test_an_act_does_not_lie_after_its_clue():
    given(case).when(changed(CLUE, act_on="2024-09-07"), at=CLUE_AT).refused(
        Refusal.ACT_AFTER_CLUE, act_on="2024-09-07", registered_on="2024-09-06"
    )


def test_the_day_of_the_act_is_a_day():
    given(case).when(changed(CLUE, act_on="2024-02-30"), at=CLUE_AT).refused(KernelRefusal.INVALID_REQUEST)


def test_a_leader_opens_the_case():
    assert given(case, *SUSPECTED).when(FILE, actor=LEADER, at=FILED_AT).then(FILED).stage is Stage.FILED


def test_whoever_handed_the_clue_over_is_told_of_the_case():
    handed = changed(CLUE_REGISTERED, handed_off_by=YONGCHUAN.id)
    given(case, on(CLUE_AT, handed)).when(FILE, actor=LEADER).then(changed(FILED, handed_off_by=YONGCHUAN.id))
    given(case, on(CLUE_AT, handed)).when(NOT_FILE, actor=LEADER).then(
        pb.CaseNotFiled(case_id=CASE, handed_off_by=YONGCHUAN.id, reason="经核实没有违法事实")
    )


@pytest.mark.parametrize("division", ["500118", "510522", "510500"])
def test_a_case_outside_the_territory_is_not_opened(division):
    elsewhere = changed(CLUE_REGISTERED, place=changed(PLACE, division_code=division))
    given(case, on(CLUE_AT, elsewhere)).when(FILE, actor=LEADER).refused(Refusal.NOT_COMPETENT, place=division)


@pytest.mark.parametrize(
    ("act_on", "serious_harm"),
    [("2022-09-06", False), ("2022-09-07", False), ("2019-09-06", True), ("2022-09-05", True)],
)
def test_an_act_discovered_within_the_limitation_is_prosecuted(act_on, serious_harm):
    clue = changed(CLUE_REGISTERED, act_on=act_on)
    after = given(case, on(CLUE_AT, clue)).when(changed(FILE, serious_harm=serious_harm), actor=LEADER, at=FILED_AT)
    assert after.then(FILED).stage is Stage.FILED


@pytest.mark.parametrize(
    ("act_on", "serious_harm", "years"), [("2022-09-05", False, 2), ("2019-09-05", True, 5), ("2017-01-01", True, 5)]
)
def test_an_act_discovered_after_the_limitation_is_not(act_on, serious_harm, years):
    clue = changed(CLUE_REGISTERED, act_on=act_on)
    given(case, on(CLUE_AT, clue)).when(changed(FILE, serious_harm=serious_harm), actor=LEADER, at=FILED_AT).refused(
        Refusal.LIMITATION_PASSED, act_on=act_on, years=years, discovered_on="2024-09-06"
    )


def test_a_case_is_opened_once():
    given(case, *OPEN).when(FILE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="已立案", allowed="线索")


def test_a_leader_decides_not_to_open_a_case():
    after = given(case, *SUSPECTED).when(NOT_FILE, actor=LEADER, at=FILED_AT)
    assert after.then(pb.CaseNotFiled(case_id=CASE, reason="经核实没有违法事实")).stage is Stage.NOT_FILED


def test_what_was_not_opened_is_not_opened_later():
    closed = (*SUSPECTED, pb.CaseNotFiled(case_id=CASE, reason="无"))
    given(case, *closed).when(FILE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="不予立案")


def test_a_case_that_was_opened_is_not_turned_down_any_more():
    given(case, *OPEN).when(NOT_FILE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="已立案", allowed="线索")
