"""Ends of limits against another calculation: from a plain list of the days that count."""

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from enforcement.deadlines.v1 import events_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import Limit, Pause, calendar_days, hours, months, published, working_days

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
DAYS = [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)]
OFF = {day for notice in published().notices.values() for day in notice.off}
ON = {day for notice in published().notices.values() for day in notice.workdays}
WORKING = [day for day in DAYS if (day.isoweekday() <= 5 and day not in OFF) or day in ON]

starts = st.builds(
    lambda day, minute: datetime.combine(FIRST, time(), SHANGHAI) + timedelta(days=day, minutes=minute),
    st.integers(0, 638),  # to 30 September 2025: the longest limit with its pauses ends within the notices
    st.integers(0, 24 * 60 - 1),
)
day_limits = st.one_of(
    st.builds(working_days, st.integers(1, 90)),
    st.builds(calendar_days, st.integers(1, 180), roll=st.booleans()),
    st.builds(months, st.integers(1, 6), roll=st.booleans()),
)


@st.composite
def pauses_after(draw: st.DrawFn, started_at: datetime, most_minutes: int = 60 * 24 * 20) -> list[Pause]:
    """Up to three pauses that begin at or after the start; they may overlap."""
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        paused_at = started_at + timedelta(minutes=draw(st.integers(0, 60 * 24 * 150)))
        pauses.append(Pause(paused_at, paused_at + timedelta(minutes=draw(st.integers(0, most_minutes)))))
    return pauses


def reference(limit: Limit, started_at: datetime, pauses: list[Pause]) -> tuple[date, date]:
    """Nominal and effective last day: the n-th element of the list of days that count."""
    start = started_at.astimezone(SHANGHAI).date()
    still = {
        day
        for pause in pauses
        for day in DAYS
        if pause.paused_at.astimezone(SHANGHAI).date() <= day <= pause.resumed_at.astimezone(SHANGHAI).date()
    }
    working = [day for day in WORKING if day not in still]
    if limit.unit == pb.UNIT_WORKING_DAYS:
        last = working[bisect_right(working, start) + limit.length - 1]
        return last, last
    n = limit.length
    if limit.unit == pb.UNIT_MONTHS:
        same_month = [d for d in DAYS if (d.year * 12 + d.month) - (start.year * 12 + start.month) == limit.length]
        n = (next((d for d in same_month if d.day == start.day), same_month[-1]) - start).days
    nominal = [day for day in DAYS if day > start and day not in still][n - 1]
    return nominal, working[bisect_left(working, nominal)] if limit.roll else nominal


@given(st.data(), starts, day_limits)
def test_a_limit_in_days_agrees_with_the_list_of_days_that_count(
    data: st.DataObject, started_at: datetime, limit: Limit
) -> None:
    pauses = data.draw(pauses_after(started_at))
    due = limit.due(started_at, published(), pauses)

    assert (due.nominal_on, due.due_on) == reference(limit, started_at, pauses)


@given(starts, day_limits)
def test_no_limit_in_days_ends_before_its_internal_alarm_or_on_its_first_day(
    started_at: datetime, limit: Limit
) -> None:
    due = limit.due(started_at, published())

    assert started_at.date() < due.nominal_on <= due.due_on
    assert not limit.roll or published().is_workday(due.due_on)


@given(st.data(), starts, st.integers(1, 24 * 120))
def test_hours_are_the_time_that_passed_outside_pauses(data: st.DataObject, started_at: datetime, n: int) -> None:
    pauses = data.draw(pauses_after(started_at, most_minutes=60 * 60))
    end = hours(n).due(started_at, published(), pauses).effective_at

    minutes = int((end - started_at) / timedelta(minutes=1))
    edges = sorted({0, minutes, *(min(max(_minutes(started_at, at), 0), minutes) for p in pauses for at in _ends(p))})
    running = sum(
        until - since
        for since, until in pairwise(edges)
        if not any(
            _minutes(started_at, p.paused_at) <= since and until <= _minutes(started_at, p.resumed_at) for p in pauses
        )
    )
    assert running == n * 60


@given(starts, day_limits, st.integers(-86_400, 86_400))
def test_an_act_is_in_time_up_to_the_last_day_in_beijing_wherever_the_clock_stands(
    started_at: datetime, limit: Limit, seconds: int
) -> None:
    due = limit.due(started_at, published())
    act = (due.effective_at + timedelta(seconds=seconds)).astimezone(UTC)

    assert due.covers(act) is (act.astimezone(SHANGHAI).date() <= due.due_on)


def _minutes(started_at: datetime, instant: datetime) -> int:
    return int((instant - started_at) / timedelta(minutes=1))


def _ends(pause: Pause) -> tuple[datetime, datetime]:
    return pause.paused_at, pause.resumed_at
