"""Two officers at every moment: the sweep over intervals says what looking at every minute says."""

from itertools import pairwise

import pytest
from hypothesis import given as samples
from hypothesis import strategies as st

from services.joint_operations.coverage import BEGIN, END, Gap, Shift, Span, gaps, standing

LAST = 40
"""Minutes of the small world in which every moment is looked at."""

SPANS = st.tuples(st.integers(0, LAST), st.integers(0, LAST)).map(lambda ends: Span(min(ends), max(ends)))
OPEN_SPANS = st.one_of(
    SPANS, SPANS.map(lambda one: Span(BEGIN, one.ends)), SPANS.map(lambda one: Span(one.starts, END))
)
SHIFTS = st.lists(st.builds(Shift, st.sampled_from("甲乙丙丁"), OPEN_SPANS), max_size=8)
HOURS = st.lists(SPANS.filter(lambda one: one.starts < one.ends), max_size=3)


def minute_by_minute(shifts: list[Shift], hours: list[Span]) -> dict[int, int]:
    """Officers at every minute at which there are too few."""
    found = {}
    for minute in range(-1, LAST + 2):
        there = len({one.officer_id for one in shifts if one.span.starts <= minute < one.span.ends})
        wanted = any(one.starts <= minute < one.ends for one in hours) if hours else there > 0
        if wanted and there < 2:
            found[minute] = there
    return found


@samples(SHIFTS, HOURS)
def test_the_gaps_are_those_of_every_minute(shifts, hours):
    swept = {
        minute: gap.found for gap in gaps(shifts, hours) for minute in range(-1, LAST + 2) if gap.span.covers(minute)
    }
    assert swept == minute_by_minute(shifts, hours)


@samples(SHIFTS, HOURS)
def test_gaps_come_in_order_and_do_not_touch_with_the_same_number(shifts, hours):
    found = gaps(shifts, hours)
    for one, following in pairwise(found):
        assert one.span.ends <= following.span.starts
        assert hours or one.span.ends < following.span.starts or one.found != following.found


@samples(SHIFTS, st.integers(-1, LAST + 1))
def test_who_stands_there_is_who_has_a_shift(shifts, minute):
    assert standing(shifts, minute) == {one.officer_id for one in shifts if one.span.starts <= minute < one.span.ends}


@samples(OPEN_SPANS, st.lists(OPEN_SPANS, max_size=4), st.integers(-1, LAST + 1))
def test_a_span_without_others_is_what_none_of_them_covers(span, others, minute):
    left = any(one.covers(minute) for one in span.without(others))
    assert left == (span.covers(minute) and not any(one.covers(minute) for one in others))


def two(first: Span, second: Span) -> list[Shift]:
    return [Shift("甲", first), Shift("乙", second)]


@pytest.mark.parametrize(
    ("shifts", "hours", "expected"),
    [
        (two(Span(), Span()), [], []),
        (two(Span(8, 18), Span(9, 17)), [], [Gap(Span(8, 9), 1), Gap(Span(17, 18), 1)]),
        (two(Span(8, 12), Span(8, 12)), [Span(8, 13)], [Gap(Span(12, 13), 0)]),
        ([Shift("甲", Span(8, 12)), Shift("甲", Span(8, 12))], [], [Gap(Span(8, 12), 1)]),
        ([*two(Span(8, 12), Span(8, 18)), Shift("丙", Span(12, 18))], [Span(8, 18)], []),
        ([], [Span(8, 9)], [Gap(Span(8, 9), 0)]),
    ],
    ids=["all the time", "late and early", "closing hour", "one twice", "relieved to the minute", "nobody"],
)
def test_a_gap_is_as_long_as_it_goes(shifts, hours, expected):
    assert gaps(shifts, hours) == expected
