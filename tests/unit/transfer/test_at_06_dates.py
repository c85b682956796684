"""AT-06: the clocks of a transfer across Labour Day 2025 (五一), in both readings of 国务院令第310号's days."""

from datetime import date

import pytest

from services.kernel.deadlines import Deadline, Due, published
from services.kernel.rules import Rules
from services.transfer import deadlines
from services.transfer.service import DEADLINES
from tests.support.decider import instant

CALENDAR = Rules()
WORKING = Rules({"o310_days": ((date(2025, 1, 1), "working"),)})


def due(deadline: Deadline, started_at: str, rules: Rules = CALENDAR) -> Due:
    limit, _ = deadline.limit(rules, instant(started_at).date())
    return limit.due(instant(started_at), published())


@pytest.mark.parametrize(
    ("rules", "nominal_on", "due_on"),
    [(CALENDAR, date(2025, 5, 2), date(2025, 5, 6)), (WORKING, date(2025, 5, 7), date(2025, 5, 7))],
    ids=["calendar", "working"],
)
def test_the_head_decides_on_the_report_of_29_april(rules, nominal_on, due_on):
    found = due(deadlines.HEAD_DECISION, "2025-04-29 10:00", rules)
    assert (found.nominal_on, found.due_on) == (nominal_on, due_on)


@pytest.mark.parametrize("rules", [CALENDAR, WORKING], ids=["calendar", "working"])
def test_the_holiday_does_not_stop_the_24_hours_for_sending(rules):
    assert due(deadlines.SEND, "2025-04-30 16:00", rules).effective_at == instant("2025-05-01 16:00")


def test_materials_may_be_asked_for_until_2_may_10_o_clock():
    window = deadlines.SUPPLEMENT_DEMAND.due(instant("2025-05-01 10:00"), published())
    assert window.effective_at == instant("2025-05-02 10:00")


@pytest.mark.parametrize("deadline", [deadlines.FILING_DECISION, deadlines.POLICE_DECISION], ids=["police", "bureau"])
@pytest.mark.parametrize(
    ("rules", "nominal_on", "due_on"),
    [(CALENDAR, date(2025, 5, 4), date(2025, 5, 6)), (WORKING, date(2025, 5, 8), date(2025, 5, 8))],
    ids=["calendar", "working"],
)
def test_the_police_decide_on_what_they_signed_on_1_may(deadline, rules, nominal_on, due_on):
    found = due(deadline, "2025-05-01 10:00", rules)
    assert (found.nominal_on, found.due_on) == (nominal_on, due_on)


@pytest.mark.parametrize(
    ("rules", "due_on"), [(CALENDAR, date(2025, 6, 9)), (WORKING, date(2025, 6, 11))], ids=["calendar", "working"]
)
def test_property_goes_to_the_police_after_the_notice_of_6_june(rules, due_on):
    assert due(deadlines.HAND_OVER, "2025-06-06 11:00", rules).due_on == due_on


def test_the_switch_that_chose_the_unit_is_told():
    assert deadlines.HEAD_DECISION.limit(WORKING, date(2025, 4, 29))[1] == "O310_DAYS=working"
    assert deadlines.SEND.limit(WORKING, date(2025, 4, 29))[1] == ""


def test_the_switch_holds_from_its_day_on():
    later = Rules({"o310_days": ((date(2025, 5, 1), "working"),)})
    assert due(deadlines.HEAD_DECISION, "2025-04-29 10:00", later).due_on == date(2025, 5, 6)
    assert due(deadlines.POLICE_DECISION, "2025-05-01 10:00", later).due_on == date(2025, 5, 8)


def test_every_clock_names_its_law_and_its_title():
    assert [deadline.rule_id for deadline in DEADLINES if not (deadline.basis and deadline.title)] == []
