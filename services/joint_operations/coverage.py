"""Who stands at a checkpoint at every moment (编组覆盖): intervals in, gaps out; no clock, no register.

    officers 永1 ▐████████████▌          two active officers of the competent authority (行政处罚法 arts. 22, 42)
             永2    ▐████████████▌       a gap is every span in which fewer than two of them stand
             gap ▐██▌         ▐██▌

Instants are microseconds since 1970, spans half open [starts, ends). A checkpoint with planned hours has two officers
throughout them; one without is open whenever its roster stands, so whenever anybody stands there, two do.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

NEEDED: Final = 2
"""Officers of the competent authority at a checkpoint (行政处罚法 art. 42)."""
BEGIN: Final = -(2**62)
"""Before everything: the begin of a span that names none."""
END: Final = 2**62
"""After everything: the end of a span that names none."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of time."""

    starts: int = BEGIN
    ends: int = END

    def covers(self, instant: int) -> bool:
        """Whether the instant lies in it."""
        return self.starts <= instant < self.ends

    def common(self, other: "Span") -> "Span | None":
        """What both share; None when nothing."""
        starts, ends = max(self.starts, other.starts), min(self.ends, other.ends)
        return Span(starts, ends) if starts < ends else None

    def without(self, others: Iterable["Span"]) -> Iterator["Span"]:
        """What is left of it when the others are taken away."""
        begins = self.starts
        for other in sorted(others, key=lambda each: each.starts):
            if other.starts > begins and begins < self.ends:
                yield Span(begins, min(other.starts, self.ends))
            begins = max(begins, other.ends)
        if begins < self.ends:
            yield Span(begins, self.ends)


@dataclass(frozen=True, slots=True)
class Shift:
    """An officer who counts, for a span."""

    officer_id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which too few officers stand."""

    span: Span
    found: int


def gaps(shifts: Sequence[Shift], hours: Sequence[Span] = ()) -> list[Gap]:
    """Where fewer than two different officers stand, in order of time, each as long as it goes.

    Args:
        hours: when two must stand; none means whenever one does.
    """
    too_few = [Gap(span, found) for span, found in _counted(shifts) if found < NEEDED and (hours or found)]
    if not hours:
        return too_few
    inside = [Gap(span, gap.found) for gap in too_few for one in _merged(hours) if (span := gap.span.common(one))]
    return sorted(inside, key=lambda gap: gap.span.starts)


def standing(shifts: Iterable[Shift], instant: int) -> frozenset[str]:
    """The different officers who stand at an instant."""
    return frozenset(shift.officer_id for shift in shifts if shift.span.covers(instant))


def _counted(shifts: Iterable[Shift]) -> Iterator[tuple[Span, int]]:
    """All time from BEGIN to END, cut where the number of different officers changes."""
    steps: dict[int, Counter[str]] = {}
    for shift in shifts:
        if shift.span.starts < shift.span.ends:
            steps.setdefault(shift.span.starts, Counter())[shift.officer_id] += 1
            steps.setdefault(shift.span.ends, Counter())[shift.officer_id] -= 1
    present: Counter[str] = Counter()
    since, found = BEGIN, 0
    for instant in sorted(steps):
        for officer_id, step in steps[instant].items():
            present[officer_id] += step
        now = sum(1 for count in present.values() if count)
        if now == found:
            continue
        if instant > since:
            yield Span(since, instant), found
        since, found = instant, now
    if since < END:
        yield Span(since, END), found


def _merged(hours: Iterable[Span]) -> list[Span]:
    """The same hours without overlap."""
    merged: list[Span] = []
    for one in sorted(hours, key=lambda each: each.starts):
        if merged and one.starts <= merged[-1].ends:
            merged[-1] = Span(merged[-1].starts, max(merged[-1].ends, one.ends))
        else:
            merged.append(one)
    return merged
