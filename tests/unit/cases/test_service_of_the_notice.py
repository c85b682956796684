"""From which day a party's windows count, however it was told (行政处罚法 arts. 44, 64; 民事诉讼法 arts. 85-95).

Against a plain count of days: five working days after the day on which the service took effect, to the last second.
"""

from datetime import date, datetime, time, timedelta

import pytest
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import notice_pb2 as notices
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from services.cases.model import Refusal, Stage, case
from services.kernel.clock import SHANGHAI
from services.kernel.errors import KernelRefusal
from tests.support.decider import LEADER, LI, WANG, given, on
from tests.unit.cases.acts import (
    APPROVED,
    CASE,
    DECIDED,
    FILED_AT,
    NOTICE_AT,
    NOTIFIED,
    PENALISE,
    SERVE_NOTICE,
    TWO,
    WAIVED,
    changed,
    file,
    known,
)
from tests.unit.cases.procedure import ADDRESS, ASK, ASKED, REQUESTED
from tests.unit.cases.test_clocks import roles
from tests.unit.cases.test_windows_properties import after_working_days

SYSTEM = ADDRESS.system
READY = (*APPROVED[:-1], on(FILED_AT, ADDRESS), APPROVED[-1])
FIRST = date(2024, 9, 26)
"""On which the report was approved: no notice is served before."""
ANEW = notices.ServeNoticeAnewRequest(
    case_id=CASE, reason="代收人不是同住成年家属", way=pb.SERVICE_WAY_DIRECT, officer_ids=TWO, proof=file("送达回证")
)
SERVED_ANEW = notices.NoticeServedAnew(
    case_id=CASE,
    reason="代收人不是同住成年家属",
    way=pb.SERVICE_WAY_DIRECT,
    officers=[LI, WANG],
    proof=file("送达回证"),
    effective_on="2024-10-09",
    hearing_right=True,
)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def served(way, day, arrived=0):
    """The case as the notice was served, and the day from which the windows count by the law."""
    history = READY
    if way == pb.SERVICE_WAY_PUBLIC_NOTICE:
        posted = delivery.ServiceNoticePosted(case_id=CASE, document=delivery.SERVED_DOCUMENT_NOTICE)
        history, told_on = (*READY, on(midnight(day) + timedelta(hours=9), posted)), day + timedelta(30)
        at = midnight(told_on + timedelta(1)) + timedelta(hours=9)
        command = changed(SERVE_NOTICE, way=way, proof=None)
    else:
        details = {
            pb.SERVICE_WAY_MAIL: delivery.Delivery(mail_number="EMS1"),
            pb.SERVICE_WAY_LEFT: delivery.Delivery(refusal="拒收", witness="某居委会"),
            pb.SERVICE_WAY_ELECTRONIC: delivery.Delivery(system=SYSTEM),
        }.get(way)
        told_on, at = day, midnight(day) + timedelta(hours=9)
        if way == pb.SERVICE_WAY_ELECTRONIC and arrived:
            told_on = day + timedelta(arrived)
            details = changed(known(details), arrived_on=told_on.isoformat(), arrival_proof=file("到达证明"))
        command = changed(SERVE_NOTICE, way=way, delivery=details)
    outcome = given(case, *history).when(command, at=at, now=at + timedelta(60))
    assert outcome.refusal is None, outcome.refusal
    return (*history, *(on(at, event) for event in outcome.events)), told_on


WAYS = st.sampled_from(
    [
        pb.SERVICE_WAY_DIRECT,
        pb.SERVICE_WAY_LEFT,
        pb.SERVICE_WAY_MAIL,
        pb.SERVICE_WAY_ELECTRONIC,
        pb.SERVICE_WAY_PUBLIC_NOTICE,
    ]
)


@settings(max_examples=30)
@draw(WAYS, st.integers(0, 760), st.integers(0, 6))
def test_a_hearing_is_asked_for_to_the_last_second_of_the_fifth_working_day(way, offset, arrived):
    history, told_on = served(way, FIRST + timedelta(offset), arrived)
    last = after_working_days(told_on, 5)
    given(case, *history).when(ASK, at=midnight(last + timedelta(1)) - timedelta(microseconds=1)).then(ASKED)
    given(case, *history).when(ASK, at=midnight(last + timedelta(1))).refused(Refusal.HEARING_REQUEST_LATE, due=last)
    given(case, *history).when(PENALISE, actor=LEADER, at=midnight(last) + timedelta(hours=23)).refused(
        Refusal.HEARING_PERIOD_RUNNING, until=last
    )
    after = given(case, *history).when(PENALISE, actor=LEADER, at=midnight(last + timedelta(1)))
    assert after.refusal is None, after.refusal


def test_a_notice_whose_service_was_not_valid_is_served_anew_and_the_windows_begin_anew():
    state = given(case, *NOTIFIED).when(ANEW, at="2024-10-09 10:00").then(SERVED_ANEW)
    assert state.stage is Stage.NOTICE_SERVED
    assert known(state.notice).told_on == date(2024, 10, 9)
    history = (*NOTIFIED, on("2024-10-09 10:00", SERVED_ANEW))
    given(case, *history).when(ASK, at="2024-10-15 23:59").then(ASKED)
    given(case, *history).when(PENALISE, actor=LEADER, at="2024-10-15 10:00").refused(
        Refusal.HEARING_PERIOD_RUNNING, until="2024-10-15"
    )
    given(case, *history).when(ASK, at="2024-10-16 00:00").refused(Refusal.HEARING_REQUEST_LATE, due="2024-10-15")


def test_another_day_of_electronic_arrival_may_be_proved_later():
    history, _ = served(pb.SERVICE_WAY_ELECTRONIC, date(2024, 9, 27))
    proved = changed(
        ANEW,
        reason="受送达人证明到达日期",
        way=pb.SERVICE_WAY_ELECTRONIC,
        delivery=delivery.Delivery(system=SYSTEM, arrived_on="2024-09-30", arrival_proof=file("到达证明")),
    )
    outcome = given(case, *history).when(proved, at=NOTICE_AT, now=midnight(date(2024, 10, 11)))
    assert known(outcome.state.notice).told_on == date(2024, 9, 30)
    later = (*history, *(on(NOTICE_AT, event) for event in outcome.events))
    # 8, 9, 10, 11 October and Saturday the 12th, a workday.
    given(case, *later).when(ASK, at="2024-10-12 12:00").then(ASKED)


def test_what_the_party_did_stays_done():
    asked = given(case, *REQUESTED).when(ANEW, at="2024-10-09 11:00")
    assert asked.state.stage is Stage.HEARING
    assert asked.state.hearing == given(case, *REQUESTED).state.hearing


@pytest.mark.parametrize(
    ("changes", "at", "refusal"),
    [
        ({"officer_ids": TWO[:1]}, "2024-10-09 10:00", "TWO_OFFICERS_NEEDED"),
        ({"proof": None}, "2024-10-09 10:00", "PROOF_NEEDED"),
        ({"way": pb.SERVICE_WAY_PUBLIC_NOTICE, "proof": None}, "2024-10-09 10:00", "NOT_POSTED"),
        ({}, "2024-09-26 10:00", "STEP_OUT_OF_ORDER"),
    ],
)
def test_it_is_served_like_the_first_and_not_before_it(changes, at, refusal):
    outcome = given(case, *NOTIFIED).when(changed(ANEW, **changes), at=at)
    assert outcome.refusal is not None
    assert outcome.refusal.code.name == refusal


@pytest.mark.parametrize("history", [APPROVED, DECIDED], ids=["nothing was told yet", "it is decided"])
def test_nothing_is_served_anew_before_the_first_notice_nor_after_the_decision(history):
    given(case, *history).when(ANEW, at="2024-11-06 10:00").refused(KernelRefusal.WRONG_STAGE)


def test_the_clocks_that_everybody_sees_begin_anew():
    clocks = ("cases.defence", "cases.hearing_request")
    assert set(roles(SERVED_ANEW)) == {(clock, role) for clock in clocks for role in ("start", "cancel")}
    assert ("cases.hearing_request", "start") not in roles(changed(SERVED_ANEW, hearing_right=False))


def test_what_the_party_did_already_gets_no_time_again():
    at = "2024-10-09 10:00"
    for done, fields, clock in (
        (WAIVED, {"defence_made": True}, "cases.defence"),
        (ASKED, {"hearing_asked": True}, "cases.hearing_request"),
    ):
        event = changed(SERVED_ANEW, **fields)
        given(case, *NOTIFIED, on("2024-09-28 10:00", done)).when(ANEW, at=at).then(event)
        assert {name for name, role in roles(event) if role == "start"} == (
            {"cases.defence", "cases.hearing_request"} - {clock}
        )
