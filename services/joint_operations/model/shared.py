"""Rules that lead and participant share."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from enforcement.joint_operations.v1 import events_pb2 as pb

from services.kernel.deadlines.units import start_of
from services.kernel.decider import Context
from services.kernel.errors import Refused, refusals
from services.kernel.messages import microseconds
from services.kernel.values import day

Refusal = refusals("enforcement.joint_operations.v1")

APL_26: Final = "行政处罚法 art. 26"


def speaker(context: Context) -> str:
    """The authority that speaks: whoever signed the event behind the command, or this one."""
    return context.origin or context.authority.id


def require_lead(lead_id: str, context: Context) -> None:
    """Only the lead speaks for the operation."""
    if speaker(context) != lead_id:
        raise Refused(Refusal.NOT_THE_LEAD, authority=speaker(context))


def hours_within(hours: Iterable[pb.Hours], starts_on: str, ends_on: str) -> list[pb.Hours]:
    """The planned hours that lie within the days of an operation."""
    begin, end = _midnight(day(starts_on)), _midnight(day(ends_on) + timedelta(days=1))
    return [one for one in hours if begin <= one.opens_at.ToMicroseconds() and one.closes_at.ToMicroseconds() <= end]


def checkpoints_within(checkpoints: Iterable[pb.Checkpoint], starts_on: str, ends_on: str) -> list[pb.Checkpoint]:
    """The checkpoints after the days moved: planned hours that fell away need nobody any more."""
    moved = []
    for checkpoint in checkpoints:
        kept = pb.Checkpoint()
        kept.CopyFrom(checkpoint)
        del kept.hours[:]
        kept.hours.extend(hours_within(checkpoint.hours, starts_on, ends_on))
        moved.append(kept)
    return moved


def _midnight(on: date) -> int:
    return microseconds(start_of(on))
