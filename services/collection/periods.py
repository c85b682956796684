"""The periods that decisions of this service compare with, as days. Pure.

A day that is to be recorded is reckoned by the calendar as far as it is known. A guard compares with the earliest end
that a period can have; beyond it only the exact one will do, and a year without a notice refuses with NO_CALENDAR.
"""

from datetime import date
from typing import Final

from services.kernel.deadlines import Limit, calendar_days, months, published, working_days
from services.kernel.deadlines.units import start_of

PAYMENT: Final = calendar_days(15)
"""行政处罚法 art. 67."""
SUIT: Final = months(6)
"""行政诉讼法 art. 46; longer than a reconsideration's."""
RECONSIDERATION: Final = calendar_days(60)
"""行政复议法 art. 20."""
SUIT_AFTER_RECONSIDERATION: Final = calendar_days(15)
"""行政诉讼法 art. 45."""
COURT_WINDOW: Final = months(3)
"""行政强制法 art. 53; 最高人民法院适用行政诉讼法的解释 art. 156."""
DEMAND: Final = working_days(10)
"""行政强制法 arts. 54, 69."""
COURT_REVIEW: Final = calendar_days(15)
"""行政强制法 arts. 56, 58."""
SUBSTITUTE_DEMAND: Final = working_days(3)
"""行政强制法 arts. 51, 69."""
SUSPENSION: Final = months(36, roll=False)
"""行政强制法 art. 39."""


def payment_due_on(effective_on: date) -> date:
    """Last day of payment, as far as the calendar is known."""
    return known(PAYMENT, effective_on)


def rolled(day: date) -> date:
    """The day itself or the next working day, as far as the calendar is known."""
    return known(calendar_days(1), date.fromordinal(day.toordinal() - 1))


def known(limit: Limit, start: date) -> date:
    """The last day of a limit, as far as the calendar is known: it ends no earlier."""
    return limit.provisional(start_of(start), published()).due_on


def last_day(limit: Limit, start: date, today: date) -> date:
    """The last day of a limit, for a guard on `today`.

    Raises:
        NoCalendar: today is past the earliest end, and a year that the limit reaches has no notice.
    """
    earliest = known(limit, start)
    return earliest if today <= earliest else limit.due(start_of(start), published()).due_on
