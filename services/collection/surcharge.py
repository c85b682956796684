"""The surcharge on a fine that is not paid in time (加处罚款), as pure arithmetic in integer fen.

    surcharge = min(F, F × 3 % × overdue days)                                行政处罚法 art. 72 para. 1 no. 1;
                                                                              行政强制法 art. 45

An overdue day is a calendar day after the effective due day, up to and including the day of payment. Days on which a
reconsideration or a suit is pending do not count, its first and its last day included (art. 73). The cap is reached on
overdue day 34: 33 days are 99 %. Fine and surcharge together never exceed 2 × F.

A fine may have several dues (分期): from which day each counts is `Instalments`, and what is paid in parts is `Base`:
readings of the law that no text settles, so dated switches choose them (`surcharge_instalments`, `surcharge_base`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

PERCENT_A_DAY: Final = 3
_DAY: Final = timedelta(days=1)


class Base(StrEnum):
    """Of what the 3 % are taken while a part of a due is paid."""

    FINE = "fine"
    """Of the due's whole amount, until all of it is paid."""
    UNPAID = "unpaid"
    """Of what is still open of it."""


class Instalments(StrEnum):
    """From which day an instalment that is not paid counts."""

    EACH = "each"
    """Each from its own."""
    ALL = "all"
    """From that of the first that was not paid in time: who misses one loses the time for those after it."""
    LAST = "last"
    """From the last one's."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from `first` to `last`, both included; without `last` it goes on."""

    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """An amount and its last day of payment; None while that day is not known."""

    amount_fen: int
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Paid:
    """An amount and the day on which the bank took it."""

    amount_fen: int
    paid_on: date


def counted_days(after: date, until: date, pauses: Iterable[Interval] = ()) -> int:
    """Days after `after`, up to and including `until`, that lie in no pause."""
    days = max((until - after).days, 0)
    reached = after
    for pause in sorted(pauses, key=lambda one: one.first):
        first, last = max(pause.first, reached + _DAY), min(pause.last or until, until)
        if first <= last:
            days -= (last - first).days + 1
            reached = last
    return days


def surcharge(fine_fen: int, days: int) -> int:
    """What `days` overdue days cost on a fine."""
    return min(fine_fen, fine_fen * PERCENT_A_DAY * days // 100)


def allocate(dues: Sequence[Due], payments: Iterable[Paid]) -> list[list[Paid]]:
    """Which payment pays which due: the earlier payment the earlier due. What is paid beyond all dues pays none."""
    shares: list[list[Paid]] = [[] for _ in dues]
    number, filled = 0, 0
    for payment in sorted(payments, key=lambda one: one.paid_on):
        left = payment.amount_fen
        while left and number < len(dues):
            part = min(left, dues[number].amount_fen - filled)
            if part:
                shares[number].append(Paid(part, payment.paid_on))
            left, filled = left - part, filled + part
            if filled == dues[number].amount_fen:
                number, filled = number + 1, 0
    return shares


def accrued(
    dues: Sequence[Due],
    payments: Iterable[Paid],
    as_of: date,
    pauses: Sequence[Interval] = (),
    base: Base = Base.FINE,
    instalments: Instalments = Instalments.EACH,
) -> int:
    """The surcharge on a fine's dues as of a day, each capped by its own amount.

    Args:
        payments: on the fine; those after `as_of` are not looked at.
    """
    shares = allocate(dues, [payment for payment in payments if payment.paid_on <= as_of])
    days = _counted_from(dues, shares, instalments)
    return sum(
        _accrued_on(due.amount_fen, since, share, as_of, pauses, base)
        for due, since, share in zip(dues, days, shares, strict=True)
        if since is not None
    )


def _counted_from(dues: Sequence[Due], shares: Sequence[Sequence[Paid]], instalments: Instalments) -> list[date | None]:
    """The day after which each due counts; None where its day is not known."""
    days = [due.due_on for due in dues]
    if instalments is Instalments.LAST:
        last = max((each for each in days if each is not None), default=None)
        return [each and last for each in days]
    if instalments is Instalments.ALL:
        missed = [due.due_on for due, share in zip(dues, shares, strict=True) if due.due_on and _missed(due, share)]
        return [each and min([each, *missed]) for each in days]
    return days


def _missed(due: Due, share: Sequence[Paid]) -> bool:
    """Not all of it was paid by its day."""
    on = due.due_on
    return on is not None and sum(each.amount_fen for each in share if each.paid_on <= on) < due.amount_fen


def _accrued_on(
    amount_fen: int, since: date, share: Sequence[Paid], as_of: date, pauses: Sequence[Interval], base: Base
) -> int:
    weighed, open_fen = 0, amount_fen
    for payment in (*share, Paid(0, as_of)):
        if not open_fen:
            break
        until = max(payment.paid_on, since)
        weighed += (amount_fen if base is Base.FINE else open_fen) * counted_days(since, until, pauses)
        since, open_fen = until, open_fen - payment.amount_fen
    return min(amount_fen, weighed * PERCENT_A_DAY // 100)
