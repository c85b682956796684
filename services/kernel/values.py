"""Values of the contract as people read them and as decisions compare them."""

import unicodedata
from datetime import date, datetime
from typing import Any

from enforcement.options.v1 import options_pb2 as options

from services.kernel.clock import SHANGHAI
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


def day_of(instant: datetime) -> date:
    """The day in Shanghai on which an instant falls: the law's days end there."""
    return instant.astimezone(SHANGHAI).date()


def local(instant: datetime) -> str:
    """An instant as an officer reads it, to the minute, in Shanghai."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def identifier(text: str) -> str:
    """A number or plate without what people add to it: full-width forms, dots, dashes, blanks, lower case."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(letter for letter in folded if letter.isalnum())


def plate_colour(text: str) -> str:
    """The colour of a plate: 黄, 黄色 and 黄牌 are one."""
    return identifier(text).removesuffix("牌").removesuffix("色")
