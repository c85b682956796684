"""Lengths of statutory limits, and when a limit ends. Pure: a start, a length, pauses and a calendar give a `Due`.

rule                                                                     source
the day on which the clock starts is not counted                         刑事诉讼法 art. 105; 民事诉讼法 art. 85
days end at 24:00 Asia/Shanghai                                          design
working days (工作日) count by the State Council's notice                  行政处罚法 art. 85; 行政强制法 art. 69
a limit in calendar days or months whose last day is a rest day ends     刑事诉讼法 art. 105; 民事诉讼法 art. 85
  on the next working day (顺延); the day before that stays the
  internal alarm: `nominal_at`
n months end on the day of the same number, or on the month's last day   design
hours run on the clock and do not roll                                   design
a pause stands still: its first and last day are not counted, and no     design
  limit ends on them; hours lose exactly the time paused

A limit ends at an instant. For days that is the midnight that ends the last day, and `due_on` is that day; an act at
00:00:00 of the next day is late, since a date is often recorded as its midnight. For hours an act at the very instant
is in time. `over_at` is the first instant that is too late, for both.
"""

import calendar as gregorian
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from enforcement.deadlines.v1 import events_pb2 as pb

from services.kernel.clock import SHANGHAI
from services.kernel.deadlines.calendar import WorkingCalendar, is_weekday
from services.kernel.values import day_of

_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)
LENGTH_MAX: Final = 10_000
"""Longest limit in its unit (10,000 days are 27 years): beyond it stands a mistake, not a law."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clock stood still; both ends aware."""

    paused_at: datetime
    resumed_at: datetime

    def __post_init__(self) -> None:
        if self.resumed_at < self.paused_at:
            raise ValueError(f"a pause cannot end at {self.resumed_at}, before it began at {self.paused_at}")


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends."""

    nominal_at: datetime
    """End before rolling: the internal alarm."""
    effective_at: datetime
    """End after rolling: what the law asks."""
    unit: pb.Unit.ValueType
    provisional: bool = False
    """A year reached has no notice: Monday to Friday counted as its working days, so the end may still move."""

    @property
    def nominal_on(self) -> date:
        """Last day before rolling."""
        return _last_day(self.nominal_at, self.unit)

    @property
    def due_on(self) -> date:
        """Last day on which the act is in time, in Asia/Shanghai."""
        return _last_day(self.effective_at, self.unit)

    @property
    def over_at(self) -> datetime:
        """First instant that is too late."""
        return over_at(self.effective_at, self.unit)

    def covers(self, occurred_at: datetime) -> bool:
        """Whether an act at this instant is in time."""
        return occurred_at < self.over_at


@dataclass(frozen=True, slots=True)
class Limit:
    """A length and its unit, e.g. 7 working days."""

    length: int
    unit: pb.Unit.ValueType
    roll: bool = True
    """Whether calendar days and months end on the next working day; hours never roll."""

    def __post_init__(self) -> None:
        if not 0 < self.length <= LENGTH_MAX:
            raise ValueError(f"a limit is 1 to {LENGTH_MAX} long, not {self.length}")

    def due(self, started_at: datetime, calendar: WorkingCalendar, pauses: Iterable[Pause] = ()) -> Due:
        """The exact end of a clock that starts at `started_at`.

        Raises:
            NoCalendar: the limit reaches a year that the calendar does not know.
        """
        return self._reckon(started_at, tuple(pauses), calendar.is_workday)

    def provisional(self, started_at: datetime, calendar: WorkingCalendar, pauses: Iterable[Pause] = ()) -> Due:
        """The end by what is known now: `provisional` when Monday to Friday had to stand for a year's working days."""
        guessed = False

        def is_workday(day: date) -> bool:
            nonlocal guessed
            if calendar.covers(day.year):
                return calendar.is_workday(day)
            guessed = True
            return is_weekday(day)

        due = self._reckon(started_at, tuple(pauses), is_workday)
        return Due(due.nominal_at, due.effective_at, due.unit, guessed)

    def _reckon(self, started_at: datetime, pauses: Sequence[Pause], is_workday: Callable[[date], bool]) -> Due:
        if self.unit == pb.UNIT_HOURS:
            end = _end_of_hours(started_at, timedelta(hours=self.length), pauses)
            return Due(end, end, self.unit)
        start = day_of(started_at)
        still = [(day_of(p.paused_at), day_of(p.resumed_at)) for p in pauses]

        def counts(day: date) -> bool:
            if any(first <= day <= last for first, last in still):
                return False
            return self.unit != pb.UNIT_WORKING_DAYS or is_workday(day)

        days = self.length if self.unit != pb.UNIT_MONTHS else (add_months(start, self.length) - start).days
        nominal = start
        while days:
            nominal += _DAY
            days -= counts(nominal)
        effective = nominal
        while self.roll and not (counts(effective) and is_workday(effective)):
            effective += _DAY
        return Due(end_of(nominal), end_of(effective), self.unit)


@dataclass(frozen=True, slots=True)
class Choice:
    """A limit that a dated switch chooses, because the law leaves it open."""

    switch: str
    """Name in services.kernel.rules, e.g. "o310_days"."""
    choices: tuple[tuple[str, Limit], ...]
    """Limit per value of the switch."""

    def limit(self, value: str) -> Limit:
        """The limit for the switch's value in force.

        Raises:
            KeyError: the declaration knows no such value.
        """
        return dict(self.choices)[value]


@dataclass(frozen=True, slots=True)
class Length:
    """A limit whose length is the value of a numeric dated switch."""

    switch: str
    """Name in services.kernel.rules, e.g. "defence_working_days"."""
    of: Callable[[int], Limit]
    """Unit, as one of the functions below."""

    def limit(self, value: str) -> Limit:
        """The limit for the switch's value in force."""
        return self.of(int(value))


@dataclass(frozen=True, slots=True)
class Until:
    """A limit whose last day the starting event names: an approved instalment, a day that a decision sets."""

    field: str
    """Field of the event with the ISO day."""
    roll: bool = False
    """Whether it ends on the next working day; in general whoever named the day chose it, and it does not."""

    def limit(self, last_on: date, started_on: date) -> Limit:
        """The days from the start to the named one, which comes after it."""
        return calendar_days((last_on - started_on).days, roll=self.roll)


Within = Limit | Choice | Length | Until


def hours(n: int) -> Limit:
    """n hours on the clock; holidays do not stop them."""
    return Limit(n, pb.UNIT_HOURS, roll=False)


def working_days(n: int) -> Limit:
    """n working days; ends on one, so there is nothing to roll."""
    return Limit(n, pb.UNIT_WORKING_DAYS, roll=False)


def calendar_days(n: int, *, roll: bool = True) -> Limit:
    """n calendar days, to the next working day unless the law says otherwise."""
    return Limit(n, pb.UNIT_CALENDAR_DAYS, roll)


def months(n: int, *, roll: bool = True) -> Limit:
    """n months, to the next working day unless the law says otherwise."""
    return Limit(n, pb.UNIT_MONTHS, roll)


def by_policy(switch: str, **choices: Limit) -> Choice:
    """The limit that the switch chooses on the day of the start: by_policy("o310_days", working=working_days(3), …)."""
    return Choice(switch, tuple(choices.items()))


def by_number(switch: str, of: Callable[[int], Limit]) -> Length:
    """As long as the switch says on the day of the start: by_number("defence_working_days", working_days)."""
    return Length(switch, of)


def until(field: str, *, roll: bool = False) -> Until:
    """To the day that a field of the starting event names: until("due_on")."""
    return Until(field, roll)


def start_of(day: date) -> datetime:
    """00:00 of the day in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def end_of(day: date) -> datetime:
    """24:00 of the day in Asia/Shanghai."""
    return datetime.combine(day + _DAY, time(), SHANGHAI)


def add_months(day: date, n: int) -> date:
    """The day of the same number n months later, or that month's last day."""
    year, month = divmod(day.month - 1 + n, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, gregorian.monthrange(year, month)[1]))


def over_at(effective_at: datetime, unit: pb.Unit.ValueType) -> datetime:
    """First instant that is too late for a limit with this end."""
    return effective_at + _TICK if unit == pb.UNIT_HOURS else effective_at


def _last_day(end: datetime, unit: pb.Unit.ValueType) -> date:
    instant = end if unit == pb.UNIT_HOURS else end - _TICK
    return day_of(instant)


def _end_of_hours(started_at: datetime, length: timedelta, pauses: Sequence[Pause]) -> datetime:
    end = started_at + length
    reached = started_at
    for pause in sorted(pauses, key=lambda pause: pause.paused_at):
        if pause.paused_at >= end:
            break
        lost_from = max(pause.paused_at, reached)
        if pause.resumed_at > lost_from:
            end += pause.resumed_at - lost_from
            reached = pause.resumed_at
    return end
