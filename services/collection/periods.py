"""The periods that decisions of this service compare with, as days. Pure.

A day that is to be recorded is reckoned by the calendar as far as it is known; a guard asks for the exact day, and a
year without a notice then refuses with NO_CALENDAR.

    service ──6 months──▶ last day for a suit ──3 months──▶ last day for an application to the court
    last instalment's day ──────────────────3 months──▶ the same, where instalments were approved
"""

from datetime import date
from typing import Final

from services.kernel.deadlines import Limit, calendar_days, months, published, working_days
from services.kernel.deadlines.units import start_of

PAYMENT: Final = calendar_days(15)
"""行政处罚法 art. 67."""
SUIT: Final = months(6)
"""行政诉讼法 art. 46; longer than the 60 days of a reconsideration (行政复议法 art. 20)."""
COURT_WINDOW: Final = months(3)
"""行政强制法 art. 53; 最高人民法院适用行政诉讼法的解释 art. 156."""
DEMAND: Final = working_days(10)
"""行政强制法 arts. 54, 69."""
SUBSTITUTE_DEMAND: Final = working_days(3)
"""行政强制法 arts. 51, 69."""
SUSPENSION: Final = months(36, roll=False)
"""行政强制法 art. 39."""


def payment_due_on(effective_on: date) -> date:
    """Last day of payment, as far as the calendar is known."""
    return _known(PAYMENT, effective_on)


def suit_ends_on(effective_on: date) -> date:
    """Last day for a suit, as far as the calendar is known."""
    return _known(SUIT, effective_on)


def window_ends_on(counts_from: date) -> date:
    """Last day for an application to the court, as far as the calendar is known."""
    return _known(COURT_WINDOW, counts_from)


def rolled(day: date) -> date:
    """The day itself or the next working day, as far as the calendar is known."""
    return _known(calendar_days(1), date.fromordinal(day.toordinal() - 1))


def exact(limit: Limit, start: date) -> date:
    """The last day of a limit.

    Raises:
        NoCalendar: the limit reaches a year without a notice.
    """
    return limit.due(start_of(start), published()).due_on


def _known(limit: Limit, start: date) -> date:
    return limit.provisional(start_of(start), published()).due_on
