"""Every date that the law's worked scenarios name, as one table per scenario."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import (
    Limit,
    NoCalendar,
    Pause,
    calendar_days,
    hours,
    months,
    published,
    working_days,
)


def noon(iso: str) -> datetime:
    """Noon of a day: which hour an act took place does not matter to a limit in days."""
    return datetime.fromisoformat(f"{iso}T12:00").replace(tzinfo=SHANGHAI)


def at(iso: str) -> datetime:
    return datetime.fromisoformat(iso).replace(tzinfo=SHANGHAI)


ORDINARY_CASE = [  # act, started, limit, nominal, effective: across Mid-Autumn and National Day 2024
    ("evidence registration decided", "2024-09-12", working_days(7), "2024-09-24", "2024-09-24"),
    ("seizure", "2024-09-10", calendar_days(30), "2024-10-10", "2024-10-10"),
    ("seizure, extended", "2024-09-10", calendar_days(60), "2024-11-09", "2024-11-11"),
    ("hearing requested", "2024-09-27", working_days(5), "2024-10-10", "2024-10-10"),
    ("hearing notified before", "2024-10-11", working_days(7), "2024-10-21", "2024-10-21"),
    ("decision", "2024-09-09", calendar_days(90), "2024-12-08", "2024-12-09"),
    ("service", "2024-11-05", working_days(7), "2024-11-14", "2024-11-14"),
    ("publication", "2024-11-05", working_days(7), "2024-11-14", "2024-11-14"),
    ("payment", "2024-11-12", calendar_days(15), "2024-11-27", "2024-11-27"),
    ("reconsideration", "2024-11-12", calendar_days(60), "2025-01-11", "2025-01-13"),
    ("suit", "2024-11-12", months(6), "2025-05-12", "2025-05-12"),
]
OVERLOAD_CASE = [("copy to the home authority", "2024-12-27", working_days(7), "2025-01-08", "2025-01-08")]
TRANSFER = [  # both readings of Order 310's days, by the switch o310_days
    ("decision of the head, calendar", "2025-04-29", calendar_days(3), "2025-05-02", "2025-05-06"),
    ("decision of the head, working", "2025-04-29", working_days(3), "2025-05-07", "2025-05-07"),
    ("police decide, calendar", "2025-05-01", calendar_days(3), "2025-05-04", "2025-05-06"),
    ("police decide, working", "2025-05-01", working_days(3), "2025-05-08", "2025-05-08"),
    ("hand-over", "2025-06-06", calendar_days(3), "2025-06-09", "2025-06-09"),
]
PUBLICATION_AND_FINES = [
    ("withdrawal", "2025-01-24", working_days(3), "2025-02-05", "2025-02-05"),
    ("publication", "2025-09-26", working_days(7), "2025-10-13", "2025-10-13"),
    ("publication of other results", "2025-09-26", working_days(20), "2025-10-30", "2025-10-30"),
    ("hearing requested", "2026-02-12", working_days(5), "2026-02-26", "2026-02-26"),
    ("payment, spring festival", "2026-02-02", calendar_days(15), "2026-02-17", "2026-02-24"),
    ("payment, national day", "2026-09-18", calendar_days(15), "2026-10-03", "2026-10-08"),
]
MONTHS = [
    ("no such day", "2024-08-31", months(6), "2025-02-28", "2025-02-28"),
    ("leap day", "2023-11-30", months(3), "2024-02-29", "2024-02-29"),
    ("over the year", "2025-07-04", months(6), "2026-01-04", "2026-01-04"),  # a Sunday, but a make-up workday
]


@pytest.mark.parametrize(
    ("what", "started", "limit", "nominal", "effective"),
    ORDINARY_CASE + OVERLOAD_CASE + TRANSFER + PUBLICATION_AND_FINES + MONTHS,
)
def test_a_limit_in_days_ends_on_the_date_of_the_law(
    what: str, started: str, limit: Limit, nominal: str, effective: str
) -> None:
    due = limit.due(noon(started), published())

    assert (due.nominal_on.isoformat(), due.due_on.isoformat(), due.provisional) == (nominal, effective, False)


@pytest.mark.parametrize(
    ("started", "end"),
    [("2025-04-30T16:00", "2025-05-01T16:00"), ("2025-05-01T10:00", "2025-05-02T10:00")],
)
def test_hours_run_through_a_holiday(started: str, end: str) -> None:
    due = hours(24).due(at(started), published())

    assert (due.nominal_at, due.effective_at) == (at(end), at(end))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2024-09-29", True),  # Sunday, made up for National Day
        ("2024-09-14", True),
        ("2024-10-12", True),
        ("2024-09-16", False),  # Monday, Mid-Autumn
        ("2024-09-15", False),
        ("2025-01-26", True),
        ("2025-01-27", True),
        ("2025-01-28", False),
        ("2026-02-14", True),
        ("2026-02-16", False),
    ],
)
def test_make_up_workdays_are_working_days_and_holidays_are_not(day: str, working: bool) -> None:
    assert published().is_workday(date.fromisoformat(day)) is working


@pytest.mark.parametrize(("year", "workdays"), [(2024, 251), (2025, 248), (2026, 248)])
def test_a_year_has_as_many_working_days_as_its_notice_leaves(year: int, workdays: int) -> None:
    first = date(year, 1, 1)
    days = [first + timedelta(n) for n in range(366) if (first + timedelta(n)).year == year]

    assert sum(map(published().is_workday, days)) == workdays


@pytest.mark.parametrize("limit", [working_days(7), calendar_days(10), months(1)])
def test_an_exact_date_in_a_year_without_a_notice_is_an_error_that_names_the_year(limit: Limit) -> None:
    with pytest.raises(NoCalendar, match="2027"):
        limit.due(noon("2026-12-28"), published())


@pytest.mark.parametrize(
    ("started", "limit", "effective", "provisional"),
    [
        ("2026-12-28", working_days(7), "2027-01-06", True),  # 29, 30, 31, 1, 4, 5, 6: Monday to Friday in 2027
        ("2026-12-28", calendar_days(5), "2027-01-04", True),  # nominal Saturday 2 January
        ("2026-12-28", working_days(3), "2026-12-31", False),
        ("2026-12-01", hours(24 * 40), "2027-01-10", False),  # hours ask for no calendar
    ],
)
def test_a_provisional_end_counts_monday_to_friday_and_says_so(
    started: str, limit: Limit, effective: str, provisional: bool
) -> None:
    due = limit.provisional(noon(started), published())

    assert (due.due_on.isoformat(), due.provisional) == (effective, provisional)


@pytest.mark.parametrize(
    ("act", "in_time"),
    [("2024-10-10T23:59:59", True), ("2024-10-11T00:00:00", False), ("2024-10-11T00:00:01", False)],
)
def test_a_day_ends_at_midnight_in_beijing(act: str, in_time: bool) -> None:
    due = working_days(5).due(noon("2024-09-27"), published())

    assert due.covers(at(act)) is in_time
    assert due.effective_at == datetime(2024, 10, 10, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("act", "in_time"),
    [("2025-05-01T15:59:59", True), ("2025-05-01T16:00:00", True), ("2025-05-01T16:00:01", False)],
)
def test_an_act_at_the_very_instant_is_in_time_for_hours(act: str, in_time: bool) -> None:
    assert hours(24).due(at("2025-04-30T16:00"), published()).covers(at(act)) is in_time


@pytest.mark.parametrize("started", ["2024-09-12T00:00:00", "2024-09-12T23:59:59"])
def test_the_hour_of_the_act_does_not_matter_to_a_limit_in_days(started: str) -> None:
    assert working_days(7).due(at(started), published()).due_on == date(2024, 9, 24)


def test_an_act_before_eight_is_of_its_day_in_beijing_not_in_greenwich() -> None:
    started = at("2024-09-12T07:30").astimezone(UTC)

    assert working_days(7).due(started, published()).due_on == date(2024, 9, 24)


@pytest.mark.parametrize(
    ("limit", "pauses", "nominal", "effective"),
    [
        # 90 days from Monday 9 September; received by the police on Friday the 20th, back on Monday the 30th: 11 days
        (calendar_days(90), [("2024-09-20", "2024-09-30")], "2024-12-19", "2024-12-19"),
        (calendar_days(90), [("2024-12-20", "2024-12-30")], "2024-12-08", "2024-12-09"),  # after the end: no effect
        (calendar_days(90), [("2024-12-09", "2024-12-13")], "2024-12-08", "2024-12-16"),  # on the rolled last day
        (working_days(7), [("2024-09-11", "2024-09-12")], "2024-09-23", "2024-09-23"),
        (months(3), [("2024-09-09", "2024-09-10")], "2024-12-10", "2024-12-10"),  # the start day is not counted anyway
    ],
)
def test_days_of_a_pause_are_not_counted(
    limit: Limit, pauses: Sequence[tuple[str, str]], nominal: str, effective: str
) -> None:
    still = [Pause(noon(first), noon(last)) for first, last in pauses]
    due = limit.due(noon("2024-09-09"), published(), still)

    assert (due.nominal_on.isoformat(), due.due_on.isoformat()) == (nominal, effective)


def test_hours_lose_exactly_the_time_of_a_pause_once_even_where_pauses_overlap() -> None:
    pauses = [
        Pause(at("2025-05-01T10:00"), at("2025-05-01T12:00")),
        Pause(at("2025-05-01T11:00"), at("2025-05-01T12:30")),
    ]

    assert hours(24).due(at("2025-04-30T16:00"), published(), pauses).effective_at == at("2025-05-01T18:30")
