"""When the reply to an opinion is due: as it is printed (回复期限; 人民检察院行刑反向衔接工作指引 art. 20).

A day, or months or days from the receipt. Where the opinion names none, or one that was over when it arrived, the
configured period from the receipt is taken, and that shows. The nominal day and the one rolled over rest days are both
kept; the receipt is not counted.
"""

from datetime import date, timedelta

from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.deadlines.calendar import WorkingCalendar
from services.kernel.deadlines.units import Due, add_months, calendar_days, start_of
from services.kernel.rules import Rules


def nominal_day(period: pb.ReplyPeriod, received_on: date, rules: Rules) -> tuple[date, bool]:
    """Last day for the reply before it rolls, and whether it is the configured one.

    Raises:
        ValueError: the printed day is none.
    """
    match period.WhichOneof("period"):
        case "until_on" if (until := date.fromisoformat(period.until_on)) > received_on:
            return until, False
        case "months":
            return add_months(received_on, period.months), False
        case "days":
            return received_on + timedelta(days=period.days), False
        case _:
            return add_months(received_on, rules.number("opinion_reply_months", received_on)), True


def end_of(nominal_on: str, calendar: WorkingCalendar) -> Due:
    """The end of a period with that nominal last day, as far as the calendar knows."""
    last = date.fromisoformat(nominal_on)
    return calendar_days(1).provisional(start_of(last - timedelta(days=1)), calendar)
