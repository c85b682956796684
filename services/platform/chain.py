"""Where an envelope belongs in its publisher's feed. Pure.

place after the end, built on it        NEXT     the log takes it, the end moves
known place, the same envelope          REPEAT   counted
later place, or a later epoch           EARLY    the places before it are fetched from the publisher
place after the end, built on another   BROKEN   the feed stops: its signer told two pasts
known place, another envelope           FORKED   kept as evidence; the first stays
old epoch or place, never stored        STALE    kept as evidence
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol, TypeVar

from services.kernel.envelopes.codec import ZERO_HASH, Link
from services.kernel.envelopes.verdicts import Code


class Place(Enum):
    """Where an envelope belongs; the value is the code under which it is kept, None when it is not."""

    NEXT = None
    REPEAT = Code.DUPLICATE
    EARLY = Code.GAP
    BROKEN = Code.CHAIN_BROKEN
    FORKED = Code.ENVELOPE_EQUIVOCATION
    STALE = Code.STALE_STREAM


BEGINNING: Final = Link(1, 0, ZERO_HASH)
"""The end of a feed of which nothing is stored."""

Position = tuple[int, int]
"""(epoch, seq): the order of a feed."""


class Linked(Protocol):
    """What has a place in a feed."""

    @property
    def link(self) -> Link:
        """Its place and its hash."""
        ...

    @property
    def prev(self) -> bytes:
        """Hash of the place before it."""
        ...


L = TypeVar("L", bound=Linked)


@dataclass(frozen=True, slots=True)
class Step:
    """One envelope with the place it was given."""

    place: Place
    end: Link
    """End of the chain after it."""


def walk(end: Link, arrivals: Iterable[L], stored: Mapping[Position, bytes]) -> Iterator[tuple[L, Step]]:
    """Places the arrivals of one feed, whatever order they came in.

    Args:
        end: of the chain as stored.
        arrivals: of this feed.
        stored: hashes at those of their places that are in the log already.
    """
    known = dict(stored)
    for arrival in sorted(arrivals, key=lambda each: each.link[:2]):
        place = _place(end, arrival, known)
        if place is Place.NEXT:
            end = arrival.link
            known[end[:2]] = end.hash
        yield arrival, Step(place, end)
        if place is Place.BROKEN:
            return


def _place(end: Link, arrival: Linked, known: Mapping[Position, bytes]) -> Place:
    link = arrival.link
    at = link[:2]
    if at == (end.epoch, end.seq + 1):
        return Place.NEXT if arrival.prev == end.hash else Place.BROKEN
    if at == (end.epoch + 1, 1) and arrival.prev == end.hash:
        # A new epoch says which end it follows. Naming exactly the stored one, nothing was lost between the two.
        return Place.NEXT
    if at > end[:2]:
        return Place.EARLY
    if at not in known:
        return Place.STALE
    return Place.REPEAT if known[at] == link.hash else Place.FORKED
