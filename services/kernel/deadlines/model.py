"""The yearly holiday notice (节假日安排) as a recorded fact: an administrator loads it, clocks follow.

One stream per load. A later load for the same year takes the place of the earlier one, as when a holiday is prolonged.
"""

from dataclasses import dataclass

from enforcement.deadlines.v1 import events_pb2 as events
from enforcement.deadlines.v1 import service_pb2 as pb

from services.kernel.deadlines.calendar import Notice
from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import KernelRefusal, Refused


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a notice."""

    year: int | None = None


calendar = Aggregate("deadline", Load)


@calendar.decide(pb.LoadCalendarRequest, basis="全国年节及纪念日放假办法 arts. 2, 6, 7")
def load(state: Load, command: pb.LoadCalendarRequest, context: Context) -> Events:
    """Holidays on weekdays and working days on weekends, all of the notice's year."""
    try:
        notice = Notice.of(command.year, command.source, command.days_off, command.workdays)
    except ValueError as error:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail=str(error)) from None
    yield events.CalendarLoaded(
        calendar_id=command.calendar_id or str(context.new_id(calendar.name)),
        year=command.year,
        notice=command.notice,
        source=command.source,
        days_off=[day.isoformat() for day in sorted(notice.off)],
        workdays=[day.isoformat() for day in sorted(notice.workdays)],
    )


@calendar.evolve(events.CalendarLoaded)
def loaded(state: Load, event: events.CalendarLoaded) -> Load:
    return Load(event.year)
