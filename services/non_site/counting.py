"""When repeated violations must be reviewed (公路安全保护条例 art. 66). Pure.

    vehicle, driver   more than 3 violations in a year
    company           more than 10 % of its trucks violated in a year

A year is any year, or the calendar year: the dated switch `follow_up_year`. Any year ends on the day of a violation and
begins on the day after the same day of the year before, so that it has 365 or 366 days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.kernel.deadlines.units import add_months

VIOLATIONS_MAX: Final = 3
"""More than so many violations of a vehicle or driver in a year."""
TRUCKS_PER_VIOLATING: Final = 10
"""More than one truck in so many: 10 %."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation of a subject."""

    violation_id: str
    committed_on: date
    vehicle_id: str
    """The truck, as a subject; empty when unknown."""


@dataclass(frozen=True, slots=True)
class Year:
    """A year that is counted; both days belong to it."""

    first: date
    last: date

    @classmethod
    def to(cls, day: date, reading: str) -> "Year":
        """The year that is counted on a day, `rolling` or `calendar`."""
        if reading == "calendar":
            return cls(date(day.year, 1, 1), date(day.year, 12, 31))
        return cls(add_months(day, -12) + timedelta(days=1), day)

    def of(self, violations: Iterable[Violation]) -> list[Violation]:
        """Those committed in it, in order."""
        within = [one for one in violations if self.first <= one.committed_on <= self.last]
        return sorted(within, key=lambda one: (one.committed_on, one.violation_id))


@dataclass(frozen=True, slots=True)
class Excess:
    """A year in which a limit was passed."""

    year: Year
    violations: tuple[Violation, ...]
    trucks: int = 0
    fleet: int = 0


Fleet = Mapping[date, int]
"""Trucks of a company from a day on."""


def years(violations: Iterable[Violation], reading: str, *, holding: date | None = None) -> list[Year]:
    """The years that end with a violation, the earliest first; only those with a day, if one is asked for."""
    found = {Year.to(one.committed_on, reading) for one in violations}
    asked = [year for year in found if holding is None or year.first <= holding <= year.last]
    return sorted(asked, key=lambda year: year.last)


def too_often(violations: Iterable[Violation], year: Year) -> Excess | None:
    """Whether a vehicle or driver violated more than 3 times in a year."""
    counted = tuple(year.of(violations))
    return Excess(year, counted) if len(counted) > VIOLATIONS_MAX else None


def too_many_trucks(violations: Iterable[Violation], fleet: Fleet, year: Year) -> Excess | None:
    """Whether more than 10 % of a company's trucks violated in a year; its trucks are those of the year's last
    violation. Without a known number of trucks nobody can say."""
    counted = tuple(year.of(violations))
    owned = fleet_on(fleet, counted[-1].committed_on) if counted else 0
    trucks = violating(counted)
    over = owned > 0 and trucks * TRUCKS_PER_VIOLATING > owned
    return Excess(year, counted, trucks, owned) if over else None


def violating(violations: Iterable[Violation]) -> int:
    """How many different trucks violated."""
    return len({one.vehicle_id for one in violations if one.vehicle_id})


def fleet_on(fleet: Fleet, day: date) -> int:
    """Trucks on a day; 0 when unknown."""
    known = [since for since in fleet if since <= day]
    return fleet[max(known)] if known else 0
