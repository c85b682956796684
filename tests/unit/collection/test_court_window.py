"""The window for an application to the court against a plain count of days (行政强制法 arts. 53, 54)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from hypothesis import assume
from hypothesis import given as draw
from hypothesis import strategies as st

from services.collection.model import Refusal, collection
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import NoCalendar, published
from services.kernel.rules import Rules
from tests.support.decider import given, on
from tests.unit.collection import acts
from tests.unit.collection.acts import (
    AFTER_DEMAND,
    APPLY,
    DEMANDED,
    FINE,
    changed,
)
from tests.unit.collection.test_demand_and_court import BEGUN, BY_HEAD, ENDED


def plain_months(start: date, n: int) -> date:
    """Same number n months later or the month's last day, moved to a working day."""
    month = start.month - 1 + n
    year, month = start.year + month // 12, month % 12 + 1
    for last in (start.day, 30, 29, 28):
        try:
            day = date(year, month, last) if last <= start.day else None
        except ValueError:
            day = None
        if day is not None:
            break
    assert day is not None
    while not published().is_workday(day):
        day += timedelta(days=1)
    return day


def plain_working_days(start: date, n: int) -> date:
    day = start
    while n:
        day += timedelta(days=1)
        n -= published().is_workday(day)
    return day


@dataclass(frozen=True)
class Sought:
    """A remedy that was sought and has ended, in days after the service."""

    kind: pb.RemedyKind.ValueType
    begun: int
    lasted: int
    withdrawn: bool


SOUGHT = st.builds(
    Sought,
    st.sampled_from((pb.REMEDY_KIND_RECONSIDERATION, pb.REMEDY_KIND_LITIGATION)),
    st.integers(0, 60),
    st.integers(1, 200),
    st.booleans(),
)


def plain_suit_end(served: date, remedy: Sought | None) -> date:
    """Six months; fifteen days after a reconsideration was decided; the end of a suit; never earlier by withdrawing."""
    if remedy is None:
        return plain_months(served, 6)
    ended = served + timedelta(days=remedy.begun + remedy.lasted)
    if remedy.withdrawn:
        return max(plain_months(served, 6), ended)
    if remedy.kind == pb.REMEDY_KIND_RECONSIDERATION:
        return plain_rolled(ended + timedelta(days=15))
    return ended


def plain_window_start(suit: date, divided_until: date | None) -> date:
    """The end of instalments where there are any, unless the window would close before it opens."""
    if divided_until is None:
        return suit
    return divided_until if plain_months(divided_until, 3) > suit else max(suit, divided_until)


@draw(
    st.dates(date(2024, 1, 2), date(2025, 9, 30)),
    st.none() | SOUGHT,
    st.none() | st.integers(20, 300),
    st.integers(1, 250),
    st.sampled_from(("suit", "demand", "window", "anywhere")),
    st.integers(-2, 400),
)
def test_the_court_may_be_asked_exactly_in_its_window(served, remedy, divided, demand_after, edge, apply_after):
    """With a remedy that was sought, with instalments, with both; most days lie around an end."""
    due = plain_rolled(served + timedelta(days=15))
    remedied = served + timedelta(days=remedy.begun + remedy.lasted) if remedy else due
    divided_until = served + timedelta(days=divided) if divided else None
    demanded = max(due, remedied, divided_until or due) + timedelta(days=demand_after)
    suit = plain_suit_end(served, remedy)
    assume(max(suit, divided_until or suit) < date(2026, 9, 20) and demanded < date(2026, 12, 1))
    window = plain_months(plain_window_start(suit, divided_until), 3)
    after_demand = plain_working_days(demanded, 10)
    around = {"suit": suit, "demand": after_demand, "window": window}
    near = timedelta(days=apply_after % 4 - 1)
    applied = around[edge] + near if edge in around else demanded + timedelta(days=apply_after)
    assume(demanded <= applied < date(2026, 12, 31))
    history: list[Any] = [
        acts.OPENED,
        on(at(served), changed(acts.DUE, effective_on=str(served), due_on=str(due), suit_ends_on=str(suit))),
    ]
    if divided_until:
        history += [
            on(at(served), changed(acts.DIVIDED, count=1, ends_on=str(divided_until))),
            on(at(served), acts.instalment_set(1, FINE, str(divided_until))),
        ]
    if remedy:
        begun = served + timedelta(days=remedy.begun)
        history += [
            on(at(begun), changed(BEGUN, kind=remedy.kind, started_on=str(begun))),
            on(at(remedied), changed(ENDED, ended_on=str(remedied), withdrawn=remedy.withdrawn)),
        ]
    history.append(on(at(demanded), changed(DEMANDED, served_on=str(demanded))))
    apply: Any = changed(APPLY, remedy_reason="当事人的救济已经终结") if remedy else APPLY
    outcome = given(collection, *history).when(apply, at=at(applied), **BY_HEAD)
    if applied <= suit:
        outcome.refused(Refusal.SUIT_PERIOD_RUNNING, until=suit)
    elif applied <= after_demand:
        outcome.refused(Refusal.DEMAND_PERIOD_RUNNING, until=after_demand)
    elif applied > window:
        outcome.refused(Refusal.COURT_WINDOW_PASSED, ended_on=window)
    else:
        assert acts.said(outcome).applied_on == str(applied)


def plain_rolled(day: date) -> date:
    while not published().is_workday(day):
        day += timedelta(days=1)
    return day


def at(day: date) -> datetime:
    return datetime.combine(day, time(9), SHANGHAI)


def test_an_application_after_the_window_needs_a_reason_unless_the_authority_makes_none_at_all():
    late: dict[str, Any] = {"at": "2025-08-13 10:00", **BY_HEAD}
    reasoned: Any = changed(APPLY, window_reason="当事人下落不明")
    assert given(collection, *AFTER_DEMAND).when(reasoned, **late).events
    never = Rules({"court_application_after_window": ((date(2024, 1, 1), "refused"),)})
    given(collection, *AFTER_DEMAND).when(reasoned, rules=never, **late).refused(
        Refusal.COURT_WINDOW_PASSED, ended_on="2025-08-12"
    )


def test_a_year_without_a_notice_is_not_guessed_where_the_day_matters():
    """Time for a suit to 2027-02-03 at the earliest, whatever the holidays of that year are."""
    served = changed(acts.DUE, effective_on="2026-08-03", due_on="2026-08-18", suit_ends_on="2027-02-03")
    history = (acts.OPENED, on("2026-08-03 10:00", served), on("2026-10-12 10:00", DEMANDED))
    given(collection, *history).when(APPLY, at="2027-02-03 23:59", **BY_HEAD).refused(Refusal.SUIT_PERIOD_RUNNING)
    with pytest.raises(NoCalendar, match="2027"):
        given(collection, *history).when(APPLY, at="2027-02-04 00:00", **BY_HEAD)


def test_what_lies_within_the_earliest_end_of_the_window_needs_no_notice():
    served = changed(acts.DUE, effective_on="2026-04-01", due_on="2026-04-16", suit_ends_on="2026-10-08")
    history = (acts.OPENED, on("2026-04-01 10:00", served), on("2026-10-12 10:00", DEMANDED))
    assert given(collection, *history).when(APPLY, at="2026-12-31 10:00", **BY_HEAD).events
