"""Repeated violations (公路安全保护条例 art. 66): years, limits, and the same counted plainly."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.non_site.counting import Violation, Year, fleet_on, too_many_trucks, too_often, years

DAY = date(2024, 12, 18)


def of(*days: date, truck: str = "") -> list[Violation]:
    return [Violation(f"v{n}", day, truck or f"t{n}") for n, day in enumerate(days)]


@pytest.mark.parametrize(
    ("day", "reading", "first", "last"),
    [
        (DAY, "rolling", date(2023, 12, 19), DAY),
        (date(2024, 2, 29), "rolling", date(2023, 3, 1), date(2024, 2, 29)),
        (date(2025, 2, 28), "rolling", date(2024, 2, 29), date(2025, 2, 28)),
        (DAY, "calendar", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_year_is_what_the_switch_says(day: date, reading: str, first: date, last: date):
    assert Year.to(day, reading) == Year(first, last)


def test_three_violations_are_not_too_many_and_four_are():
    year = Year.to(DAY, "rolling")
    assert too_often(of(DAY, DAY, DAY), year) is None
    excess = too_often(of(DAY, DAY, DAY, DAY), year)
    assert excess is not None
    assert len(excess.violations) == 4


def test_the_day_a_year_ago_is_outside_and_the_next_is_inside():
    year = Year.to(DAY, "rolling")
    assert too_often(of(date(2023, 12, 18), DAY, DAY, DAY), year) is None
    assert too_often(of(date(2023, 12, 19), DAY, DAY, DAY), year) is not None


@pytest.mark.parametrize(("trucks", "fleet", "over"), [(5, 50, False), (6, 50, True), (1, 10, False), (1, 9, True)])
def test_more_than_a_tenth_of_the_trucks_is_too_many(trucks: int, fleet: int, over: bool):
    year = Year.to(DAY, "rolling")
    found = too_many_trucks(of(*[DAY] * trucks), {date(2024, 1, 1): fleet}, year)
    assert (found is not None) == over
    if found is not None:
        assert (found.trucks, found.fleet) == (trucks, fleet)


def test_one_truck_that_violates_often_is_one_truck():
    assert too_many_trucks(of(*[DAY] * 9, truck="same"), {date(2024, 1, 1): 10}, Year.to(DAY, "rolling")) is None


def test_nobody_can_say_without_the_number_of_trucks():
    assert too_many_trucks(of(DAY), {}, Year.to(DAY, "rolling")) is None
    assert too_many_trucks(of(DAY), {date(2024, 12, 19): 1}, Year.to(DAY, "rolling")) is None


def test_the_number_of_trucks_is_that_of_the_day():
    fleet = {date(2024, 1, 1): 50, date(2024, 7, 1): 20}
    assert [fleet_on(fleet, day) for day in (date(2023, 12, 31), date(2024, 6, 30), date(2024, 7, 1))] == [0, 50, 20]


@for_all(
    st.lists(st.integers(min_value=0, max_value=1200), max_size=12),
    st.sampled_from(["rolling", "calendar"]),
)
def test_some_year_has_too_many_exactly_when_plain_counting_finds_one(offsets: list[int], reading: str):
    days = [date(2023, 1, 1) + timedelta(offset) for offset in offsets]
    violations = of(*days)
    found = any(too_often(violations, year) for year in years(violations, reading))
    if reading == "calendar":
        plain = any(count > 3 for count in Counter(day.year for day in days).values())
    else:
        plain = False
        for start in days:
            end = start
            # A year from `start`: until the day before the same day of the next year, 29 February as the 28th.
            while end < start.replace(year=start.year + 1, day=min(start.day, 28) if start.month == 2 else start.day):
                end += timedelta(1)
            plain = plain or sum(start <= day < end for day in days) > 3
    if reading == "calendar" or not any((day.month, day.day) in ((2, 28), (2, 29)) for day in days):
        assert found == plain
