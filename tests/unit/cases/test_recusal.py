"""Recusal (回避, 行政处罚法 art. 43): who decides, that nothing stops meanwhile, that nobody recused acts any more."""

from datetime import date

import pytest
from enforcement.cases.v1 import recusal_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.cases.model import Refusal, Stage, case
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import CHIEF, HEAD, LEADER, LI, WANG, ZHAO, given, on, uid
from tests.support.decider import officer as known_officer
from tests.unit.cases.acts import (
    ADD_EVIDENCE,
    ASSIGN,
    ASSIGNED,
    CASE,
    CLOSE_INVESTIGATION,
    CORRECT,
    EVIDENCE_ADDED,
    FILE,
    INVESTIGATED,
    INVESTIGATING,
    NOT_FILE,
    OPEN,
    PROVEN,
    SUSPECTED,
    changed,
)

DEPUTY = known_officer("冯", options.ROLE_LEADER)
THIRD = known_officer("陈", options.ROLE_LEADER)
EVERYBODY = (LI, WANG, ZHAO, CHIEF, LEADER, HEAD, DEPUTY, THIRD)
ASK = pb.RequestRecusalRequest(
    case_id=CASE,
    recusal_id=uid("recusal"),
    officer_id=LI.officer_id,
    asked_by=pb.RECUSAL_BY_PARTY,
    reason="与当事人系近亲属",
)
ASKED = pb.RecusalRequested(
    case_id=CASE,
    recusal_id=uid("recusal"),
    officer_id=LI.officer_id,
    asked_by=pb.RECUSAL_BY_PARTY,
    reason="与当事人系近亲属",
)
DECIDE = pb.DecideRecusalRequest(case_id=CASE, recusal_id=uid("recusal"), recused=True, reason="关系属实")
RECUSED = pb.RecusalDecided(
    case_id=CASE, recusal_id=uid("recusal"), officer_id=LI.officer_id, recused=True, reason="关系属实"
)
KEPT = changed(RECUSED, recused=False, reason="关系不属实")
ASKED_AT, DECIDED_AT, LATER = "2024-09-10 09:00", "2024-09-11 09:00", "2024-09-11 09:01"
PENDING = (*INVESTIGATING, on(ASKED_AT, ASKED))
WITHOUT_LI = (*PENDING, on(DECIDED_AT, RECUSED))
WITH_ZHAO = changed(ASSIGNED, officers=[WANG, ZHAO])


def about(who):
    """The question, its record and the decision about another officer."""
    return changed(ASK, officer_id=who.officer_id), changed(ASKED, officer_id=who.officer_id)


def test_the_party_asks():
    given(case, *INVESTIGATING).when(ASK, actor=WANG).then(ASKED)


def test_an_officer_declares_only_for_the_own_person():
    declared = changed(ASK, asked_by=pb.RECUSAL_BY_OFFICER)
    given(case, *INVESTIGATING).when(declared, actor=LI).then(changed(ASKED, asked_by=pb.RECUSAL_BY_OFFICER))
    given(case, *INVESTIGATING).when(declared, actor=WANG).refused(Refusal.NOT_FOR_ANOTHER)


def test_one_officer_is_asked_about_once_at_a_time():
    again = changed(ASK, recusal_id=uid("again"))
    given(case, *PENDING).when(again, actor=WANG).refused(Refusal.RECUSAL_OPEN, officer=LI.officer_id)
    given(case, *PENDING).when(ASK, actor=WANG).refused(Refusal.ID_TAKEN)


def test_nobody_unknown_is_asked_about():
    given(case, *INVESTIGATING).when(changed(ASK, officer_id=uid("nobody")), actor=WANG).refused(
        KernelRefusal.OFFICER_UNKNOWN
    )


def test_no_recusal_in_what_was_not_filed():
    refused = given(case, *SUSPECTED).when(NOT_FILE, actor=LEADER).events
    given(case, *SUSPECTED, *refused).when(ASK, actor=WANG).refused(KernelRefusal.WRONG_STAGE)


def test_the_investigation_does_not_stop_meanwhile():
    given(case, *PENDING).when(ADD_EVIDENCE, actor=LI, at="2024-09-10 10:00").then(EVIDENCE_ADDED)


def test_whoever_is_asked_to_stand_back_does_not_join_the_team():
    waiting = (*OPEN, on(ASKED_AT, ASKED))
    given(case, *waiting).when(ASSIGN, actor=CHIEF, at=ASKED_AT).refused(Refusal.RECUSAL_OPEN, officer=LI.officer_id)
    given(case, *PENDING).when(ASSIGN, actor=CHIEF, at=ASKED_AT).then(ASSIGNED)


def test_the_head_decides():
    after = given(case, *PENDING).when(DECIDE, actor=HEAD, at=DECIDED_AT).then(RECUSED)
    assert after.team == {WANG.officer_id}
    given(case, *PENDING).when(DECIDE, actor=LEADER).refused(Refusal.RECUSAL_BY_HEAD)


def test_a_question_is_decided_once():
    given(case, *WITHOUT_LI).when(DECIDE, actor=HEAD, at=LATER).refused(Refusal.RECUSAL_UNKNOWN)
    given(case, *INVESTIGATING).when(DECIDE, actor=HEAD).refused(Refusal.RECUSAL_UNKNOWN, id=uid("recusal"))


def test_who_need_not_stand_back_goes_on():
    assert given(case, *PENDING).when(changed(DECIDE, recused=False, reason="关系不属实"), actor=HEAD).then(KEPT)
    given(case, *PENDING, on(DECIDED_AT, KEPT)).when(ADD_EVIDENCE, at=LATER).then(EVIDENCE_ADDED)


@pytest.mark.parametrize(
    ("history", "command", "actor"),
    [
        (WITHOUT_LI, ADD_EVIDENCE, WANG),
        (WITHOUT_LI, CORRECT, WANG),
        (WITHOUT_LI, ASSIGN, CHIEF),
        ((*WITHOUT_LI, on(DECIDED_AT, WITH_ZHAO), EVIDENCE_ADDED), CLOSE_INVESTIGATION, LI),
        (WITHOUT_LI, ASK, WANG),
    ],
    ids=["gathers evidence", "orders a correction", "is assigned", "closes the investigation", "is asked about"],
)
def test_nobody_recused_takes_any_part_from_the_decision_on(history, command, actor):
    given(case, *history).when(command, actor=actor, at=LATER).refused(
        Refusal.OFFICER_RECUSED, officer=LI.officer_id, since="2024-09-11"
    )


def test_what_was_done_before_the_decision_may_be_recorded_after_it():
    given(case, *WITHOUT_LI).when(ADD_EVIDENCE, actor=WANG, at="2024-09-11 08:59").then(EVIDENCE_ADDED)


def test_the_others_go_on():
    others = changed(ADD_EVIDENCE, collector_ids=[WANG.officer_id, ZHAO.officer_id])
    given(case, *WITHOUT_LI).when(others, actor=WANG, at=LATER).then(changed(EVIDENCE_ADDED, collectors=[WANG, ZHAO]))
    history = (*WITHOUT_LI, on(DECIDED_AT, WITH_ZHAO), EVIDENCE_ADDED)
    closed = given(case, *history).when(CLOSE_INVESTIGATION, actor=WANG, at=LATER)
    assert closed.then(INVESTIGATED).stage is Stage.INVESTIGATION_CLOSED


def test_a_recused_leader_decides_nothing():
    ask, asked = about(LEADER)
    assert given(case, *SUSPECTED).when(ask, actor=WANG).then(asked)
    recused = changed(RECUSED, officer_id=LEADER.officer_id)
    history = (*SUSPECTED, on("2024-09-06 11:00", asked), on("2024-09-06 12:00", recused))
    given(case, *history).when(FILE, actor=LEADER, at="2024-09-09 09:00").refused(Refusal.OFFICER_RECUSED)


def test_the_heads_own_recusal_is_decided_by_the_other_leaders_together():
    _, asked = about(HEAD)
    pending = (*PROVEN, on(ASKED_AT, asked))
    together = changed(DECIDE, collective_ids=[DEPUTY.officer_id, LEADER.officer_id])
    decided = changed(RECUSED, officer_id=HEAD.officer_id, collective=[DEPUTY, LEADER])
    given(case, *pending).when(together, actor=LEADER, at=DECIDED_AT, officers=EVERYBODY).then(decided)


@pytest.mark.parametrize(
    "ids",
    [[], [DEPUTY.officer_id], [DEPUTY.officer_id, HEAD.officer_id], [DEPUTY.officer_id, LI.officer_id]],
    ids=["nobody", "one alone", "with the head", "with who leads nothing"],
)
def test_not_by_fewer_nor_with_the_head_nor_by_others(ids):
    _, asked = about(HEAD)
    given(case, *PROVEN, asked).when(changed(DECIDE, collective_ids=ids), actor=LEADER, officers=EVERYBODY).refused(
        Refusal.RECUSAL_OF_HEAD
    )


def test_how_many_leaders_that_takes_is_the_authoritys_to_say():
    _, asked = about(HEAD)
    together = changed(DECIDE, collective_ids=[DEPUTY.officer_id, LEADER.officer_id])
    three = Rules({"recusal_leaders_min": ((date(2024, 1, 1), "3"),)})
    given(case, *PROVEN, asked).when(together, actor=LEADER, officers=EVERYBODY, rules=three).refused(
        Refusal.RECUSAL_OF_HEAD
    )


def test_nobody_decides_on_the_own_recusal():
    _, asked = about(HEAD)
    together = changed(DECIDE, collective_ids=[DEPUTY.officer_id, THIRD.officer_id])
    given(case, *PROVEN, asked).when(together, actor=HEAD, officers=EVERYBODY).refused(Refusal.RECUSAL_OF_ONESELF)
