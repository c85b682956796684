"""The surcharge against an independent plain count, day by day (行政处罚法 arts. 72, 73)."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from services.collection.surcharge import (
    Base,
    Due,
    Instalments,
    Interval,
    Paid,
    accrued,
    allocate,
    counted_days,
    surcharge,
)

D = date(2024, 11, 27)
DAY = timedelta(days=1)
days = st.integers(0, 120).map(lambda n: D + n * DAY)
intervals = st.lists(st.tuples(days, st.integers(0, 40)), max_size=4).map(
    lambda found: [Interval(first, first + n * DAY) for first, n in found]
)
amounts = st.integers(1, 10**9)


def plain(fine_fen: int, due: date, paid: date, paused: list[Interval]) -> int:
    """The reference of the domain's rules: looks at every day."""
    overdue = [due + n * DAY for n in range(1, (paid - due).days + 1)]
    counted = [day for day in overdue if not any(p.last and p.first <= day <= p.last for p in paused)]
    return min(fine_fen, fine_fen * 3 * len(counted) // 100)


@given(amounts, days, days, intervals)
@example(1_000_000, D, D, [])
@example(1, D, D + 34 * DAY, [])
@example(1_000_000, D, D + 40 * DAY, [Interval(D + DAY, D + 5 * DAY), Interval(D + 3 * DAY, D + 9 * DAY)])
def test_it_equals_a_count_day_by_day(fine_fen, due, paid, paused):
    assert accrued([Due(fine_fen, due)], [Paid(fine_fen, paid)], D + 200 * DAY, paused) == plain(
        fine_fen, due, paid, paused
    )


@given(amounts, days, intervals, st.sampled_from(Base))
def test_as_long_as_nothing_is_paid_it_is_the_same_on_either_base(fine_fen, as_of, paused, base):
    assert accrued([Due(fine_fen, D)], [], as_of, paused, base) == plain(fine_fen, D, as_of, paused)


@given(amounts)
def test_the_cap_is_reached_on_overdue_day_34(fine_fen):
    assume(fine_fen >= 100)
    assert surcharge(fine_fen, 33) == fine_fen * 99 // 100 < fine_fen
    assert surcharge(fine_fen, 34) == fine_fen


@given(st.lists(amounts, min_size=1, max_size=6), st.lists(st.tuples(amounts, days), max_size=8), days, intervals)
def test_fine_and_surcharge_never_exceed_twice_the_fine(parts, payments, as_of, paused):
    dues = [Due(amount, D + 30 * n * DAY) for n, amount in enumerate(parts)]
    paid = [Paid(amount, on) for amount, on in payments]
    for base in Base:
        assert 0 <= accrued(dues, paid, as_of, paused, base) <= sum(parts)


def plain_accrued(
    dues: list[Due],
    payments: list[Paid],
    as_of: date,
    paused: list[Interval],
    base: Base,
    instalments: Instalments = Instalments.EACH,
) -> int:
    """Every due by itself, every day by itself: the earliest money fills the earliest due, fen by fen in order."""
    days = [due.due_on for due in dues]
    first_missed = date.max
    for n, day in enumerate(days):
        assert day is not None
        if sum(p.amount_fen for p in payments if p.paid_on <= min(day, as_of)) < sum(
            d.amount_fen for d in dues[: n + 1]
        ):
            first_missed = day
            break
    total, money = 0, sorted((p for p in payments if p.paid_on <= as_of), key=lambda p: p.paid_on)
    before = 0
    for due in dues:
        lo, hi, seen = before, before + due.amount_fen, 0
        paid_by_day: dict[date, int] = {}
        for payment in money:
            part = max(0, min(hi, seen + payment.amount_fen) - max(lo, seen))
            paid_by_day[payment.paid_on] = paid_by_day.get(payment.paid_on, 0) + part
            seen += payment.amount_fen
        weight = 0
        assert due.due_on is not None
        begins = {
            Instalments.EACH: due.due_on,
            Instalments.ALL: min(due.due_on, first_missed),
            Instalments.LAST: max(one for one in days if one is not None),
        }[instalments]
        for n in range(1, (as_of - begins).days + 1):
            day = begins + n * DAY
            open_fen = due.amount_fen - sum(part for on, part in paid_by_day.items() if on < day)
            if open_fen and not any(p.last and p.first <= day <= p.last for p in paused):
                weight += due.amount_fen if base is Base.FINE else open_fen
        total += min(due.amount_fen, weight * 3 // 100)
        before = hi
    return total


parts = st.lists(st.tuples(st.integers(1, 10**6), days), min_size=1, max_size=4).map(
    lambda found: [Due(amount, on) for amount, on in sorted(found, key=lambda one: one[1])]
)
paid_in = st.lists(st.tuples(st.integers(1, 10**6), days), max_size=6).map(
    lambda found: [Paid(amount, on) for amount, on in found]
)


TWO = [Due(100, D), Due(100, D + DAY)]


@given(parts, paid_in, days, intervals, st.sampled_from(Base), st.sampled_from(Instalments))
@example(TWO, [Paid(50, D - DAY), Paid(60, D + 3 * DAY)], D + 9 * DAY, [], Base.UNPAID, Instalments.EACH)
@example(TWO, [Paid(100, D + DAY), Paid(100, D + 5 * DAY)], D + 9 * DAY, [], Base.FINE, Instalments.ALL)
@example(TWO, [Paid(150, D)], D + 9 * DAY, [Interval(D + 2 * DAY, D + 3 * DAY)], Base.FINE, Instalments.LAST)
def test_instalments_paid_in_parts_equal_a_count_day_by_day(dues, payments, as_of, paused, base, instalments):
    expected = plain_accrued(dues, payments, as_of, paused, base, instalments)
    assert accrued(dues, payments, as_of, paused, base, instalments) == expected


@given(parts, paid_in, days, intervals, st.sampled_from(Base))
def test_no_reading_of_instalments_exceeds_the_fine_and_the_strictest_counts_most(dues, payments, as_of, paused, base):
    each, every, last = (accrued(dues, payments, as_of, paused, base, reading) for reading in Instalments)
    assert 0 <= last <= each <= every <= sum(due.amount_fen for due in dues)


@given(amounts, days, intervals)
def test_a_pause_moves_the_cap_by_the_days_it_holds(fine_fen, as_of, paused):
    counted = counted_days(D, as_of, paused)
    assert counted == sum(
        1
        for n in range(1, (as_of - D).days + 1)
        if not any(p.last and p.first <= D + n * DAY <= p.last for p in paused)
    )
    reached = accrued([Due(fine_fen, D)], [], as_of, paused) == fine_fen
    assert reached == (surcharge(fine_fen, counted) == fine_fen)


@given(amounts, st.lists(st.tuples(st.integers(1, 10**9), days), max_size=6), intervals)
def test_it_never_falls_while_days_pass_and_more_is_owed_on_the_whole_than_on_what_is_open(fine_fen, payments, paused):
    paid = [Paid(amount, on) for amount, on in payments]
    due = [Due(fine_fen, D)]
    by_day = {base: [accrued(due, paid, D + n * DAY, paused, base) for n in range(60)] for base in Base}
    for values in by_day.values():
        assert all(before <= after for before, after in pairwise(values))
    assert all(whole >= rest for whole, rest in zip(by_day[Base.FINE], by_day[Base.UNPAID], strict=True))


@given(st.lists(amounts, min_size=1, max_size=5), st.lists(st.tuples(amounts, days), max_size=6))
def test_every_fen_pays_one_due_at_most_and_the_earlier_due_first(parts, payments):
    paid = [Paid(amount, on) for amount, on in payments]
    shares = allocate([Due(amount, None) for amount in parts], paid)
    filled = [sum(one.amount_fen for one in share) for share in shares]
    assert sum(filled) == min(sum(parts), sum(one.amount_fen for one in paid))
    assert all(got <= amount for got, amount in zip(filled, parts, strict=True))
    for before, after, amount in zip(filled, filled[1:], parts, strict=False):
        assert not after or before == amount


@pytest.mark.parametrize(
    ("paid_on", "expected"),
    [("2024-11-27", 0), ("2024-11-28", 30_000), ("2024-12-30", 990_000), ("2024-12-31", 1_000_000)],
)
def test_a_fine_of_ten_thousand_yuan_costs_three_hundred_a_day(paid_on, expected):
    paid = [Paid(1_000_000, date.fromisoformat(paid_on))]
    assert accrued([Due(1_000_000, D)], paid, date(2025, 6, 1)) == expected


@pytest.mark.parametrize(("base", "expected"), [(Base.FINE, 300_000), (Base.UNPAID, 210_000)])
def test_a_part_paid_on_the_fifth_day_counts_by_the_switch(base, expected):
    """6,000 of 10,000 yuan on day 5 and the rest on day 10: 10 × 300, or 5 × 300 and 5 × 120 yuan."""
    paid = [Paid(600_000, D + 5 * DAY), Paid(400_000, D + 10 * DAY)]
    assert accrued([Due(1_000_000, D)], paid, D + 50 * DAY, [], base) == expected


@pytest.mark.parametrize(
    ("pause", "expected"),
    [(Interval(D + DAY, D + DAY), 9), (Interval(D - DAY, D + 3 * DAY), 7), (Interval(D + 8 * DAY), 7)],
    ids=["one day", "first and last day belong to it", "still open"],
)
def test_the_first_and_the_last_day_of_a_remedy_do_not_count(pause, expected):
    assert counted_days(D, D + 10 * DAY, [pause]) == expected
