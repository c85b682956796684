"""When the limits of `deadlines` end, as guards of a case compare with them."""

from collections.abc import Iterable
from datetime import date, datetime

from services.kernel.deadlines import Deadline, Due, Limit, NoCalendar, Pause, published
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
    """When a limit that began at an instant ends.

    Raises:
        Refused: NO_CALENDAR; whether something is too early or too late cannot be said without that year's notice.
    """
    limit = deadline if isinstance(deadline, Limit) else deadline.limit(context.rules, day_of(started_at))[0]
    try:
        return limit.due(started_at, published(), pauses)
    except NoCalendar as missing:
        raise Refused(KernelRefusal.NO_CALENDAR, year=missing.year) from None
