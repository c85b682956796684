"""When the limits of `deadlines` end, as guards of a case compare with them.

A year whose notice of holidays is not out yet has no exact days. What is certain all the same is decided: the end by
Monday to Friday is the earliest that a limit can have. What is not, is refused and says which year is missing.
"""

from collections.abc import Iterable
from datetime import date, datetime

from services.kernel.deadlines import Deadline, Due, Limit, Pause, published
from services.kernel.deadlines.units import start_of
from services.kernel.decider import Context
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.values import day_of


def end_after(deadline: Deadline, day: date, context: Context) -> Due:
    """When a limit ends that counts from a day.

    Raises:
        Refused: NO_CALENDAR.
    """
    return end_of_limit(deadline, start_of(day), context)


def end_of_limit(
    deadline: Deadline | Limit, started_at: datetime, context: Context, pauses: Iterable[Pause] = ()
) -> Due:
    """When a limit that began at an instant ends; provisional where the act lies within it in any case.

    Raises:
        Refused: NO_CALENDAR; whether the act is within the limit cannot be said without that year's notice.
    """
    limit = deadline if isinstance(deadline, Limit) else deadline.limit(context.rules, day_of(started_at))[0]
    due = limit.provisional(started_at, published(), pauses)
    if due.provisional and not due.covers(context.occurred_at):
        raise no_calendar(due)
    return due


def no_calendar(due: Due) -> Refused:
    """The refusal that names the year whose notice is missing."""
    return Refused(KernelRefusal.NO_CALENDAR, year=due.due_on.year)
