"""What is overdue: who is reminded and told, on which day, and when nobody is told any more."""

from typing import Any

import pytest
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import overdue_pb2 as overdue
from enforcement.deadlines.v1 import events_pb2 as clocks

from services.cross_border.deadlines import AWAITED
from services.cross_border.model import request, task
from services.cross_border.policies import policy
from services.cross_border.superiors import city_of
from services.kernel.authority import Authority
from services.kernel.deadlines.clock import Status
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from tests.support.decider import (
    CHONGQING_PLATFORM,
    LUXIAN,
    MEMBERS,
    POLICY,
    RONGCHANG,
    SICHUAN_PLATFORM,
    YONGCHUAN,
    given,
    instant,
    reactions,
)
from tests.unit.cross_border.acts import (
    ACCEPTED,
    ANSWERED,
    DELIVERED,
    FROM_RESPONDER,
    REQUEST,
    TASK,
    TO_REQUESTER,
    accepted,
    answer_received,
    received,
    sent,
)
from tests.unit.cross_border.test_clocks import Ledger

LUZHOU = Authority("jt-510500", "泸州市交通运输局")
ASSIST = pb.REQUEST_TYPE_ASSIST
ENDED = to_timestamp(instant("2025-01-11 00:00"))
"""The end of Friday 10 January 2025."""
RULE = "cross_border.answer_assist_awaited"
REMIND = overdue.RemindResponderRequest(request_id=REQUEST, rule_id=RULE, effective_due_at=ENDED)
REMINDED = overdue.RequestReminded(
    request_id=REQUEST,
    requester_id=LUXIAN.id,
    responder_id=YONGCHUAN.id,
    request_type=ASSIST,
    rule_id=RULE,
    due_on="2025-01-10",
    city_after_on="2025-01-14",
    province_after_on="2025-01-20",
)
WAITING = [sent(), DELIVERED, ACCEPTED]
METADATA: dict[str, Any] = {
    "request_id": REQUEST,
    "requester_id": LUXIAN.id,
    "responder_id": YONGCHUAN.id,
    "request_type": ASSIST,
    "rule_id": RULE,
    "due_on": "2025-01-10",
}


def escalate(step: overdue.OverdueStep.ValueType) -> overdue.EscalateRequestRequest:
    return overdue.EscalateRequestRequest(request_id=REQUEST, step=step)


def went_up(step: overdue.OverdueStep.ValueType, superiors: list[str], skipped: list[str]) -> overdue.RequestEscalated:
    return overdue.RequestEscalated(**METADATA, step=step, superior_ids=superiors, skipped_ids=skipped)


def missed(rule_id: str) -> clocks.DeadlineMissed:
    return clocks.DeadlineMissed(rule_id=rule_id, subject_id=REQUEST, effective_due_at=ENDED)


def test_the_other_side_is_reminded_with_the_days_on_which_it_goes_up():
    # Third and seventh working day after Friday 10 January 2025: Wednesday 15 and Tuesday 21.
    given(request, *WAITING).when(REMIND, actor=POLICY, at="2025-01-11 00:00").then(REMINDED)


def test_an_authority_may_count_other_days():
    from datetime import date

    rules = Rules({"overdue_city_working_days": ((date(2024, 1, 1), "1"),)})
    [event] = given(request, *WAITING).when(REMIND, actor=POLICY, rules=rules).events
    assert event.city_after_on == "2025-01-12"  # type: ignore[attr-defined]  # told on Monday 13


@pytest.mark.parametrize(
    "history",
    [
        ANSWERED,
        [sent(), DELIVERED, pb.RequestRejected(**FROM_RESPONDER)],
        [*WAITING, pb.RequestClosed(**FROM_RESPONDER, withdrawn=True)],
    ],
)
def test_nobody_is_reminded_of_what_is_done(history):
    given(request, *history).when(REMIND, actor=POLICY).then()
    given(request, *history).when(escalate(overdue.OVERDUE_STEP_CITY), actor=POLICY).then()


def test_both_city_authorities_are_told_and_who_has_no_node_is_named():
    """永川 is a district: its city is the municipality."""
    given(request, *WAITING, REMINDED).when(escalate(overdue.OVERDUE_STEP_CITY), actor=POLICY).then(
        went_up(overdue.OVERDUE_STEP_CITY, [], ["jt-500000", "jt-510500"])
    )
    members = {**MEMBERS, LUZHOU.id: LUZHOU}
    given(request, *WAITING, REMINDED).when(escalate(overdue.OVERDUE_STEP_CITY), actor=POLICY, members=members).then(
        went_up(overdue.OVERDUE_STEP_CITY, [LUZHOU.id], ["jt-500000"])
    )


def test_both_platforms_are_told():
    given(request, *WAITING, REMINDED).when(escalate(overdue.OVERDUE_STEP_PROVINCE), actor=POLICY).then(
        went_up(overdue.OVERDUE_STEP_PROVINCE, [CHONGQING_PLATFORM.id, SICHUAN_PLATFORM.id], [])
    )


@pytest.mark.parametrize(
    ("authority", "city"),
    [
        (LUXIAN, "jt-510500"),
        (YONGCHUAN, "jt-500000"),
        (Authority("jt-500236", "奉节"), "jt-500000"),
        (Authority("jt-429004", "仙桃"), "jt-420000"),
        (LUZHOU, LUZHOU.id),
    ],
)
def test_the_city_of_an_authority_follows_from_its_code(authority, city):
    assert city_of(authority) == city


def test_a_part_of_the_answer_does_not_stop_it():
    part = answer_received()
    part.completeness = pb.COMPLETENESS_PARTIAL
    given(request, *WAITING, part).when(REMIND, actor=POLICY).then(REMINDED)


@pytest.mark.parametrize("clock", AWAITED, ids=lambda clock: clock.rule_id)
def test_whoever_waits_reminds_when_its_clock_is_missed(clock):
    [command] = reactions(policy, missed(clock.rule_id))
    assert command == overdue.RemindResponderRequest(request_id=REQUEST, rule_id=clock.rule_id, effective_due_at=ENDED)


@pytest.mark.parametrize(
    ("rule", "step"), [("city", overdue.OVERDUE_STEP_CITY), ("province", overdue.OVERDUE_STEP_PROVINCE)]
)
def test_what_stays_overdue_goes_up(rule, step):
    assert reactions(policy, missed(f"cross_border.escalate_{rule}")) == [escalate(step)]


def test_whoever_is_late_and_other_clocks_remind_nobody():
    assert reactions(policy, missed("cross_border.answer_assist")) == []
    assert reactions(policy, missed("transfer.send")) == []
    assert reactions(policy, missed(RULE), authority=YONGCHUAN, origin=LUXIAN.id) == []


def test_who_is_reminded_keeps_it():
    command = overdue.NoteReminderRequest(
        task_id=TASK, step=overdue.OVERDUE_STEP_REMINDER, rule_id=RULE, due_on="2025-01-10"
    )
    assert reactions(policy, REMINDED, authority=YONGCHUAN, origin=LUXIAN.id) == [command]
    kept = overdue.TaskReminded(**TO_REQUESTER, step=overdue.OVERDUE_STEP_REMINDER, rule_id=RULE, due_on="2025-01-10")
    given(task, received(), accepted()).when(command, actor=POLICY, authority=YONGCHUAN, origin=LUXIAN.id).then(kept)
    up = went_up(overdue.OVERDUE_STEP_CITY, [LUZHOU.id], [])
    [noted] = reactions(policy, up, authority=YONGCHUAN, origin=LUXIAN.id)
    assert noted.step == overdue.OVERDUE_STEP_CITY  # type: ignore[attr-defined]
    assert reactions(policy, up, authority=LUZHOU, origin=LUXIAN.id) == []
    assert reactions(policy, REMINDED, authority=RONGCHANG, origin=LUXIAN.id) == []


def test_it_goes_up_on_the_third_and_the_seventh_working_day_after_the_limit():
    ledger = Ledger(LUXIAN).tell(REMINDED, "2025-01-11 00:00")
    assert ledger.over("2025-01-14 23:59") == []
    assert ledger.over("2025-01-15 00:00") == ["cross_border.escalate_city"]
    assert ledger.over("2025-01-20 23:59") == []
    assert ledger.over("2025-01-21 00:00") == ["cross_border.escalate_province"]


ACTS = [
    pb.RequestAccepted(**FROM_RESPONDER),
    pb.RequestRejected(**FROM_RESPONDER),
    answer_received(),
    pb.AnswerConfirmed(**FROM_RESPONDER),
    pb.RequestClosed(**FROM_RESPONDER),
    pb.RequestExtended(**FROM_RESPONDER),
]


@pytest.mark.parametrize("event", ACTS, ids=lambda event: event.DESCRIPTOR.name)
@pytest.mark.parametrize("at", ["2025-01-09 10:00", "2025-01-10 23:59"])
def test_it_stops_too_when_what_was_done_in_time_is_noted_after_the_reminder(event, at):
    ledger = Ledger(LUXIAN).tell(REMINDED, "2025-01-11 00:00").tell(event, at)
    assert {clock.status for clock in ledger.clocks} <= {Status.MET, Status.CANCELLED}
    assert ledger.over("2025-03-01 00:00") == []


def test_a_reminder_that_an_extension_crossed_tells_no_superior():
    history = [*WAITING, REMINDED, pb.RequestExtended(**FROM_RESPONDER, working_days=5)]
    given(request, *history).when(escalate(overdue.OVERDUE_STEP_CITY), actor=POLICY).then()


@pytest.mark.parametrize("event", ACTS, ids=lambda event: event.DESCRIPTOR.name)
def test_it_stops_when_somebody_acts(event):
    ledger = Ledger(LUXIAN).tell(REMINDED, "2025-01-11 00:00").tell(event, "2025-01-13 10:00")
    assert {clock.status for clock in ledger.clocks} <= {Status.MET, Status.CANCELLED}
    assert ledger.over("2025-03-01 00:00") == []
