"""Until when the lead waits for the others (报告期限, 签署期限): nobody holds an operation up for ever."""

from datetime import datetime
from typing import Final

from services.kernel.deadlines import Length, by_number, published, working_days
from services.kernel.decider import Context
from services.kernel.errors import KernelRefusal, RefusalCode, Refused
from services.kernel.values import day_of

REPORTING: Final = by_number("field_report_working_days", working_days)
"""From the last day of the operation, or from when a report was taken back."""
SIGNING: Final = by_number("summary_signature_working_days", working_days)
"""From when the proposal of the summary was recorded; the participant's own clock counts from its receipt."""


def require_waited(within: Length, began: datetime, name: str, refusal: RefusalCode, context: Context) -> None:
    """The days are over in which an authority might still have acted.

    Raises:
        Refused: the refusal that is given; NO_CALENDAR, when that cannot be said without a year's notice of holidays.
    """
    due = within.limit(context.rules.get(within.switch, day_of(began))).provisional(began, published())
    if due.covers(context.occurred_at):
        raise Refused(refusal, authority=name, until=due.due_on)
    if due.provisional:
        raise Refused(KernelRefusal.NO_CALENDAR, year=due.due_on.year)
