"""Values of the contract as people read them and as decisions compare them."""

from datetime import date
from typing import Any

from enforcement.options.v1 import options_pb2 as options

from services.kernel.errors import KernelRefusal, Refused


def term(enum: Any, value: int) -> str:
    """The Chinese term of an enum's value, from the protos: term(pb.PenaltyKind, pb.PENALTY_KIND_FINE) is "罚款"."""
    described = enum.DESCRIPTOR.values_by_number[value]
    return str(described.GetOptions().Extensions[options.zh] or described.name)


def day(text: str) -> date:
    """A day that the contract keeps as an ISO date.

    Raises:
        Refused: INVALID_REQUEST; a pattern cannot know that February has no 30th.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail=f"{text!r} is not a day") from None
