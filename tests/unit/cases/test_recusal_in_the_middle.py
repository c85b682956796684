"""A recusal while the case is under way (回避, 行政处罚法 arts. 42, 43, 64): what it stops, and what not."""

import pytest
from enforcement.cases.v1 import recusal_pb2 as pb
from enforcement.common.v1 import common_pb2 as common

from services.cases.model import Refusal, Stage, case
from services.cases.model.procedure import HearingState
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import HEAD, LI, WANG, ZHAO, given, instant, on, uid
from tests.unit.cases.acts import ASSIGN, CASE, CLOSE_INVESTIGATION, EVIDENCE_ADDED, INVESTIGATED, changed, known
from tests.unit.cases.procedure import (
    CALLED,
    CHAIR,
    FINISHED,
    HEARD,
    HELD,
    HELD_AT,
    HOLD,
    NOTIFY,
    OTHER_CHAIR,
    PEOPLE,
    RECORDER,
    REPORT,
)
from tests.unit.cases.test_recusal import WITHOUT_LI

DECIDED_AT, ANEW_AT, NEW_DAY = "2024-10-14 10:00", "2024-10-15 10:00", "2024-10-24 09:00"


def stands_back(history, who, at=DECIDED_AT):
    """The history with an officer asked about and recused at an instant."""
    asked = pb.RecusalRequested(case_id=CASE, recusal_id=uid("recusal"), officer_id=who.officer_id)
    history = (*history, on(at, asked))
    decide = pb.DecideRecusalRequest(case_id=CASE, recusal_id=uid("recusal"), recused=True, reason="关系属实")
    (recused,) = given(case, *history).when(decide, actor=HEAD, at=at, officers=PEOPLE).events
    return (*history, on(at, recused))


@pytest.mark.parametrize("who", [CHAIR, RECORDER], ids=["the chair", "the recorder"])
def test_a_hearing_whose_chair_or_recorder_must_stand_back_is_notified_anew(who):
    history = stands_back(CALLED, who)
    state = given(case, *history).state
    assert known(state.hearing).state is HearingState.REQUESTED
    other = RECORDER if who is CHAIR else CHAIR
    given(case, *history).when(HOLD, actor=other, at=HELD_AT, officers=PEOPLE).refused(Refusal.HEARING_NOT_NOTIFIED)
    again = changed(NOTIFY, held_at=to_timestamp(instant(NEW_DAY)))
    given(case, *history).when(again, actor=WANG, at=ANEW_AT, officers=PEOPLE).refused(Refusal.OFFICER_RECUSED)
    others = {"chair_id": OTHER_CHAIR.officer_id} if who is CHAIR else {"recorder_id": ZHAO.officer_id}
    assert given(case, *history).when(changed(again, **others), actor=WANG, at=ANEW_AT, officers=PEOPLE).refusal is None


def test_what_a_chair_held_who_stood_back_before_reporting_is_held_anew():
    history = stands_back(HEARD, CHAIR, "2024-10-22 10:00")
    given(case, *history).when(REPORT, actor=CHAIR, at="2024-10-23 10:00", officers=PEOPLE).refused(
        Refusal.HEARING_NOT_HELD
    )
    assert known(given(case, *history).state.hearing).state is HearingState.REQUESTED
    # Its recorder has written all there was to write: the chair reports on it.
    reported = given(case, *stands_back(HEARD, RECORDER, "2024-10-22 10:00"))
    assert reported.when(REPORT, actor=CHAIR, at="2024-10-23 10:00", officers=PEOPLE).refusal is None


def test_a_hearing_that_is_finished_stays_so():
    state = given(case, *stands_back(FINISHED, CHAIR, "2024-10-24 10:00")).state
    assert known(state.hearing).state is HearingState.FINISHED


def test_nobody_else_moves_a_hearing():
    state = given(case, *stands_back(CALLED, LI)).state
    assert known(state.hearing).state is HearingState.NOTIFIED


@pytest.mark.parametrize("who", [CHAIR, RECORDER], ids=["the chair", "the recorder"])
def test_a_hearing_is_held_by_people_whose_credentials_are_active_that_day(who):
    suspended = changed(who, status=common.CREDENTIAL_STATUS_SUSPENDED)
    there = [suspended if one is who else one for one in PEOPLE]
    other = RECORDER if who is CHAIR else CHAIR
    given(case, *CALLED).when(HOLD, actor=other, at=HELD_AT, officers=there).refused(
        KernelRefusal.OFFICER_NOT_ACTIVE, officer=who.officer_id
    )
    given(case, *CALLED).when(HOLD, actor=other, at=HELD_AT, officers=PEOPLE).then(HELD)


def test_one_officer_who_is_left_does_not_end_an_investigation():
    alone = (*WITHOUT_LI, EVIDENCE_ADDED)
    closed_at = "2024-09-12 10:00"
    given(case, *alone).when(CLOSE_INVESTIGATION, actor=WANG, at=closed_at).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    assign = changed(ASSIGN, officer_ids=[WANG.officer_id, ZHAO.officer_id])
    joined = given(case, *alone).when(assign, actor=HEAD, at=closed_at)
    history = (*alone, *(on(closed_at, event) for event in joined.events))
    state = given(case, *history).when(CLOSE_INVESTIGATION, actor=WANG, at=closed_at).then(INVESTIGATED)
    assert state.stage is Stage.INVESTIGATION_CLOSED
