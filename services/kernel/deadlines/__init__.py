"""Statutory clocks (法定期限) as objects: declared beside the law they serve, kept in the ledger, fired once.

`calendar` which days are working days · `units` when a limit ends · `rules` declarations · `clock` one clock, pure ·
`book` what one transaction does · `rows` SQL · `runner` follows the ledger, fires what is missed · `model`, `api`
DeadlinesService
"""

from services.kernel.deadlines.calendar import NoCalendar, Notice, WorkingCalendar, learn, published
from services.kernel.deadlines.rules import RIGHT, Asked, Deadline, Deadlines, StartContext, Trigger, nobody, own, when
from services.kernel.deadlines.units import (
    Choice,
    Due,
    Length,
    Limit,
    Pause,
    Until,
    by_number,
    by_policy,
    calendar_days,
    hours,
    months,
    until,
    working_days,
)

__all__ = [
    "RIGHT",
    "Asked",
    "Choice",
    "Deadline",
    "Deadlines",
    "Due",
    "Length",
    "Limit",
    "NoCalendar",
    "Notice",
    "Pause",
    "StartContext",
    "Trigger",
    "Until",
    "WorkingCalendar",
    "by_number",
    "by_policy",
    "calendar_days",
    "hours",
    "learn",
    "months",
    "nobody",
    "own",
    "published",
    "until",
    "when",
    "working_days",
]
