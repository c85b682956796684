"""The time for remedies, and the three months for an application to the court that follow it.

    service ──────────────six months──────────────▶│                             行政诉讼法 art. 46
    reconsideration received ──fifteen days──▶│                                  行政诉讼法 art. 45
    suit ended ▶│
    the latest of these, or the end of instalments ──three months──▶│            行政强制法 art. 53; 行政处罚法 art. 72

Against a penalty on the spot a suit needs reconsideration first since 2024 (行政复议法 art. 23): whether its sixty days
are then what is waited for is a switch, `on_spot_remedy_period`. A remedy that was withdrawn decided nothing: the time
for remedies stands, but is over no earlier than it was. The window is set when something is overdue, and not while a
remedy is pending. After instalments it counts from their end, by the letter of art. 72 also where the time for a suit
ends later, unless it would then close before it opens; `court_window_with_instalments` takes the later day always.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from enforcement.collection.v1 import events_pb2 as pb

from services.collection import periods
from services.collection.model.collection import BEFORE_COURT, Collection, Remedy, collection
from services.kernel.deadlines import Limit
from services.kernel.decider import Context
from services.kernel.values import day

RECONSIDERATION_FIRST_FROM: Final = date(2024, 1, 1)
"""行政复议法 art. 90."""
Reckoned = Callable[[Limit, date], date]
"""The last day of a limit that begins on a day: as far as known, or exact."""


def suit_ends_on(state: Collection, reckoned: Reckoned, context: Context) -> date:
    """Last day on which the party may sue, as far as its remedies have ended."""
    assert state.service is not None
    ended = [remedy for remedy in state.remedies.values() if remedy.ended_on is not None]
    ends = [_over_on(remedy, reckoned) for remedy in ended]
    if all(remedy.withdrawn for remedy in ended):
        ends.append(reckoned(_untried(state, context), state.service.effective_on))
    return max(ends)


def counts_from(state: Collection, reckoned: Reckoned, context: Context) -> date:
    """Day from which the three months count."""
    suit_over_on, divided_until = suit_ends_on(state, reckoned, context), state.instalments_end_on
    if divided_until is None:
        return suit_over_on
    by_letter = context.rules.get("court_window_with_instalments", divided_until) == "instalments"
    opens_in_time = reckoned(periods.COURT_WINDOW, divided_until) > suit_over_on
    return divided_until if by_letter and opens_in_time else max(suit_over_on, divided_until)


def window(state: Collection, collection_id: str, context: Context) -> Iterator[pb.CourtWindowSet]:
    """The window as it stands after a command's other events, where that is news."""
    if state.stage not in BEFORE_COURT or state.pending_remedy is not None or not state.late(context.today):
        return
    begins = counts_from(state, periods.known, context)
    if begins != state.court_window_from:
        yield pb.CourtWindowSet(
            collection_id=collection_id,
            counts_from_on=begins.isoformat(),
            ends_on=periods.known(periods.COURT_WINDOW, begins).isoformat(),
        )


@collection.evolve(pb.CourtWindowSet)
def window_set(state: Collection, event: pb.CourtWindowSet) -> Collection:
    return replace(state, court_window_from=day(event.counts_from_on))


def _untried(state: Collection, context: Context) -> Limit:
    """The time for remedies while none was decided."""
    assert state.service is not None
    served_on = state.service.effective_on
    reconsidered_first = bool(state.on_spot_id) and served_on >= RECONSIDERATION_FIRST_FROM
    if reconsidered_first and context.rules.get("on_spot_remedy_period", served_on) == "reconsideration":
        return periods.RECONSIDERATION
    return periods.SUIT


def _over_on(remedy: Remedy, reckoned: Reckoned) -> date:
    assert remedy.ended_on is not None
    if remedy.kind == pb.REMEDY_KIND_RECONSIDERATION and not remedy.withdrawn:
        return reckoned(periods.SUIT_AFTER_RECONSIDERATION, remedy.received_on or remedy.ended_on)
    return remedy.ended_on
