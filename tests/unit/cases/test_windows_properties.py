"""Windows of the simplified procedure and of a seizure, against counting days on a plain list (行政处罚法 arts. 52, 71;
行政强制法 art. 25).
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import side_states_pb2 as side
from hypothesis import given as draw
from hypothesis import strategies as st

from services.cases import on_spot_deadlines
from services.cases.model import case
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import published
from services.kernel.rules import Rules
from tests.support.decider import LEADER, given, on
from tests.unit.cases.acts import CASE, CLUE_REGISTERED, EXTEND, FILE, FILED, PROVEN, SEIZED, SEIZURE_APPROVED, changed
from tests.unit.cases.test_evidence import COMMISSIONED, ENDED, RESULTED

FIRST: Final = date(2024, 1, 2)
OFF: Final = {day for notice in published().notices.values() for day in notice.off}
ON: Final = {day for notice in published().notices.values() for day in notice.workdays}


def works(day: date) -> bool:
    return day in ON or (day.isoweekday() <= 5 and day not in OFF)


def after_working_days(start: date, count: int) -> date:
    """The day on which the count-th working day after the start falls."""
    day = start
    while count:
        day += timedelta(1)
        count -= works(day)
    return day


def next_working_day(day: date) -> date:
    while not works(day):
        day += timedelta(1)
    return day


def at(day: date, minute: int = 600) -> datetime:
    return datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute)


STOPPED: Final = side.CaseSuspended(case_id=CASE, reason="等待鉴定")
GOES_ON: Final = side.CaseResumed(case_id=CASE, reason="鉴定完成")
MORE_TIME: Final = decisions.ExtendDecisionRequest(case_id=CASE, reason="案情复杂")
days: Final = st.integers(0, 900).map(lambda n: FIRST + timedelta(n))
minutes: Final = st.integers(0, 24 * 60 - 1)


@draw(days, minutes)
def test_money_collected_on_the_spot_moves_in_two_working_days_each_time(day, minute):
    for clock in (on_spot_deadlines.ON_SPOT_HAND_IN, on_spot_deadlines.ON_SPOT_BANK):
        limit, _ = clock.limit(Rules(), day)
        assert limit.due(at(day, minute), published()).due_on == after_working_days(day, 2)


@draw(days, minutes, st.sampled_from(["WD", "CD"]))
def test_the_copy_is_due_in_five_days_of_the_kind_that_the_switch_says(day, minute, unit):
    limit, policy = on_spot_deadlines.ON_SPOT_COPY.limit(Rules({"five_days": ((FIRST, unit),)}), day)
    plain = after_working_days(day, 5) if unit == "WD" else next_working_day(day + timedelta(5))
    assert limit.due(at(day, minute), published()).due_on == plain
    assert policy == f"FIVE_DAYS={unit}"


@draw(days, st.integers(0, 20), st.integers(0, 20), st.integers(0, 30), st.booleans(), st.integers(-3, 3))
def test_a_seizure_is_extended_until_thirty_days_that_count_have_passed(seized, wait, told, took, result, around):
    began = seized + timedelta(wait)
    until = began + timedelta(told)
    ended = min(began + timedelta(took), until)
    still = {began + timedelta(n) for n in range((ended - began).days + 1)}
    last, left = seized, 30
    while left:
        last += timedelta(1)
        left -= last not in still
    while last in still or not works(last):
        last += timedelta(1)
    history = (
        *PROVEN,
        on(at(seized, 0), SEIZURE_APPROVED),
        on(at(seized), SEIZED),
        on(at(began, 700), changed(COMMISSIONED, until_on=until.isoformat())),
        on(at(ended, 800), RESULTED if result else ENDED),
    )
    asked_on = max(last + timedelta(around), ended)
    outcome = given(case, *history).when(EXTEND, actor=LEADER, at=at(asked_on, 900))
    assert (outcome.refusal is None) is (asked_on <= last)


@draw(st.dates(date(2015, 1, 1), date(2021, 12, 31)), st.integers(0, 400), st.booleans(), st.integers(-2, 2))
def test_an_act_is_prosecuted_exactly_to_the_same_day_two_or_five_years_after_it_ended(began, lasted, harm, around):
    ended = began + timedelta(lasted)
    years = 5 if harm else 2
    last = ended
    while (last.year - ended.year) < years or (last.month, last.day) < (ended.month, ended.day):
        last += timedelta(1)
        if (last.year - ended.year, last.month, last.day) == (years, 3, 1) and (ended.month, ended.day) == (2, 29):
            last -= timedelta(1)  # A year without 29 February ends the month on the 28th; rest days move nothing.
            break
    found = last + timedelta(around)
    clue = changed(
        CLUE_REGISTERED, act_on=began.isoformat(), act_ended_on=ended.isoformat() if lasted else "", reporter=""
    )
    outcome = given(case, on(at(found), clue)).when(
        changed(FILE, serious_harm=harm), actor=LEADER, at=at(found + timedelta(30))
    )
    assert (outcome.refusal is None) is (found <= last)


@draw(days, st.lists(st.tuples(st.integers(1, 30), st.integers(0, 40)), max_size=3), st.integers(-3, 3))
def test_more_time_is_given_until_ninety_days_that_count_have_passed(filed, stops, around):
    history, still, at_day = [on(at(filed, 0), CLUE_REGISTERED), on(at(filed), FILED)], set(), filed
    for wait, stood in stops:
        stopped = at_day + timedelta(wait)
        at_day = stopped + timedelta(stood)
        still |= {stopped + timedelta(n) for n in range(stood + 1)}
        history += [on(at(stopped, 700), STOPPED), on(at(at_day, 800), GOES_ON)]
    last, left = filed, 90
    while left:
        last += timedelta(1)
        left -= last not in still
    while last in still or not works(last):
        last += timedelta(1)
    asked_on = max(last + timedelta(around), at_day)
    outcome = given(case, *history).when(MORE_TIME, actor=LEADER, at=at(asked_on, 1439))
    assert (outcome.refusal is None) is (asked_on <= last)
