"""How long measures may last, by the calendar that this release carries. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from services.kernel.deadlines import Limit, Pause, calendar_days, published, working_days
from services.kernel.deadlines.units import end_of, start_of

PRESERVATION: Final = working_days(7)
"""行政处罚法 arts. 56, 85."""
SEIZURE: Final = calendar_days(30)
SEIZURE_EXTENDED: Final = calendar_days(60)
"""行政强制法 art. 25: thirty days, and once thirty more; testing time of which the party was told does not count."""


def last_day(limit: Limit, began_on: date, pauses: Sequence[Pause] = ()) -> date | None:
    """The last day; None when it falls into a year whose holidays are not known: a guess is never printed as a day that
    the law sets."""
    due = limit.provisional(start_of(began_on), published(), pauses)
    return None if due.provisional else due.due_on


def pause(test: Mapping[str, str]) -> Pause:
    """The time of a test that does not count: what the party was told, or less when the result came earlier."""
    stated = end_of(date.fromisoformat(test["until_on"])) - timedelta(microseconds=1)
    ended = datetime.fromisoformat(test["ended_at"]) if test.get("ended_at") else stated
    began = datetime.fromisoformat(test["at"])
    return Pause(began, max(began, min(ended, stated)))
