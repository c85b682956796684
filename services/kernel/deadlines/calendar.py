"""The working-day calendar (工作日历): which day is a working day, by the State Council's yearly notice.

Promise   an answer about a year stands on that year's notice; make-up workdays (调休上班日) are working days
          (全国年节及纪念日放假办法 arts. 2, 6, 7).
Not       arithmetic: a year without a notice has no exact answer. `is_workday` raises NoCalendar, which names the year;
          only who asks for a provisional count gets Monday to Friday instead.
Pure      no I/O but `released`, which reads the notices that this release carries (holidays.json, with their sources);
          what was loaded since is told by `learn`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, Self

from services.kernel.errors import EnforcementError

_SATURDAY: Final = 5


class NoCalendar(EnforcementError):
    """No notice for a year that an exact date needs. Whoever answers an officer says KernelRefusal.NO_CALENDAR."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(f"no holiday calendar for {year}: load the State Council's notice")


@dataclass(frozen=True, slots=True)
class Notice:
    """The yearly notice on holidays (国务院办公厅关于部分节假日安排的通知) as data."""

    year: int
    source: str
    """Title and number, e.g. "国务院办公厅关于2025年部分节假日安排的通知 (国办发明电〔2024〕12号)"."""
    off: frozenset[date]
    """Weekdays that are holidays."""
    workdays: frozenset[date]
    """Saturdays and Sundays that are working days."""

    def __post_init__(self) -> None:
        for day in self.off | self.workdays:
            if day.year != self.year:
                raise ValueError(f"{day} is not in {self.year}")
        for day in self.off:
            if day.weekday() >= _SATURDAY:
                raise ValueError(f"{day} is a weekend day: only weekdays off are listed")
        for day in self.workdays:
            if day.weekday() < _SATURDAY:
                raise ValueError(f"{day} is a weekday: only weekend workdays are listed")

    @classmethod
    def of(cls, year: int, source: str, off: Iterable[str], workdays: Iterable[str]) -> Self:
        """From ISO dates.

        Raises:
            ValueError: a date is malformed, of another year, or on the wrong side of the weekend.
        """
        return cls(year, source, *(frozenset(map(date.fromisoformat, days)) for days in (off, workdays)))


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The notices known, by year. Frozen: a later notice makes another calendar."""

    notices: Mapping[int, Notice] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From JSON: `{"2025": {"source": …, "off": [ISO dates], "workdays": [ISO dates]}}`."""
        years = {int(year): Notice.of(int(year), **notice) for year, notice in json.loads(text).items()}
        return cls(years)

    def covers(self, year: int) -> bool:
        """Whether the year's notice is known."""
        return year in self.notices

    def knowing(self, notice: Notice) -> Self:
        """This calendar with one notice more, or in place of that year's earlier one."""
        return replace(self, notices={**self.notices, notice.year: notice})

    def is_workday(self, day: date) -> bool:
        """Whether `day` is a working day.

        Raises:
            NoCalendar: the year has no notice.
        """
        notice = self.notices.get(day.year)
        if notice is None:
            raise NoCalendar(day.year)
        return day in notice.workdays or (day.weekday() < _SATURDAY and day not in notice.off)


def is_weekday(day: date) -> bool:
    """Monday to Friday: what a provisional count takes for a working day in a year without a notice."""
    return day.weekday() < _SATURDAY


@cache
def released() -> WorkingCalendar:
    """The notices that this release carries. Later ones come as data, by DeadlinesService.LoadCalendar."""
    return WorkingCalendar.parse(files(__package__).joinpath("holidays.json").read_text(encoding="utf-8"))


def published() -> WorkingCalendar:
    """The notices that a decision knows: those of the release, and those loaded into its node's ledger since."""
    return replace(released(), notices={**released().notices, **_LOADED}) if _LOADED else released()


def learn(notice: Notice) -> None:
    """A notice was loaded into the ledger of this process's node: from now on decisions know it."""
    _LOADED[notice.year] = notice


_LOADED: Final[dict[int, Notice]] = {}
"""What this process learnt beside its release; one process serves one authority. Clocks take notices by position."""
