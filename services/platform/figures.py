"""Figures: the store's events, folded by a definition, at a log position.

Promise   the same question at the same position has the same answer, today and after a rebuild. A question without a
          position is answered at the head, and the answer names it.
Not       a snapshot of the feeds: what an authority has not told, or what is still missing, is not in the number.
Bounds    PAGE rows in hand; TALLIES_MAX folds are kept, so that asking the same again reads only what is new, and
          OPENED_MAX beside them, each where a page of events ended: the next page folds on from there.
Failing   Unavailable when PostgreSQL is lost.
Shown by tests/integration/platform/test_platform.py
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from enforcement.platform.v1 import service_pb2 as pb

from services.kernel.errors import Refused, refusals
from services.kernel.messages import to_datetime
from services.platform.definitions import DEFINITIONS
from services.platform.statistics import PLANS, Counted, Definition, Selection, Tally, Told, operations_of_type
from services.platform.store import Store

Refusal = refusals("enforcement.platform.v1")

PAGE: Final = 2_000
TALLIES_MAX: Final = 64
OPENED_MAX: Final = 16
"""A page whose fold is no longer kept folds again from the beginning: slower, never another answer."""

EVENTS: Final = """
SELECT position, publisher, event_id, type, occurred_at, matter_id, body FROM platform.feed_event
 WHERE position > $1 AND position <= $2 AND type = ANY ($3::text[])
   AND ($4::timestamptz IS NULL OR occurred_at >= $4)
   AND ($5::timestamptz IS NULL OR occurred_at < $5 OR type = ANY ($9::text[]))
   AND ($6 = '' OR publisher = $6) AND ($7 = '' OR matter_id = $7)
 ORDER BY position LIMIT $8
"""


@dataclass(slots=True)
class _Kept:
    """A fold up to a position."""

    tally: Tally
    position: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the events behind a number."""

    events: list[Counted]
    at: int
    """Log position that the list is of."""
    after: int | None
    """Where the next page begins; None when this is the last."""


class Figures:
    """Answers questions for numbers and for the events behind them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._opened: OrderedDict[tuple[bytes, int], _Kept] = OrderedDict()
        """Folds by question and position, each for whoever asks for the page after it first."""

    async def figure(self, query: pb.StatisticQuery) -> pb.Statistic:
        """The number.

        Raises:
            Refused: UNKNOWN_DEFINITION, UNKNOWN_PART, NOT_OF_OPERATIONS, EMPTY_PERIOD, POSITION_AHEAD.
            Unavailable: PostgreSQL was lost.
        """
        definition, at = await self._checked(query)
        selection = await self._selection(definition, query, at)
        kept = self._keep(definition, query)
        async with kept.lock:
            if kept.position > at:
                kept = _Kept(Tally(definition))
            async for told in self._events(definition.reads, query, kept.position, at, definition.followers):
                kept.tally.add(told)
                kept.position = told.position
            kept.position = at
            answered = pb.StatisticQuery()
            answered.CopyFrom(query)
            answered.at_position = at
            return kept.tally.result(answered, selection)

    async def opened(self, query: pb.StatisticQuery, after: int, size: int) -> Page:
        """The events behind the number after a position, at most `size`.

        Raises:
            Refused, Unavailable: as `figure`.
        """
        definition, at = await self._checked(query)
        selection = await self._selection(definition, query, at)
        question = _question(query)
        kept = self._opened.pop((question, after), None) or _Kept(Tally(definition))
        found: list[Counted] = []
        async for told in self._events(definition.reads, query, kept.position, at, definition.followers):
            # What an event changed depends on all that came before it, so those before this page are folded, too.
            change = kept.tally.look(told)
            counted = change.within(selection) if change and told.position > after else None
            if counted and len(found) == size:
                self._open(question, kept)
                return Page(found, at, kept.position)
            kept.tally.add(told)
            kept.position = told.position
            if counted:
                found.append(counted)
        return Page(found, at, None)

    async def _checked(self, query: pb.StatisticQuery) -> tuple[Definition, int]:
        definition = DEFINITIONS.get((query.definition_id, query.definition_version))
        if definition is None:
            raise Refused(Refusal.UNKNOWN_DEFINITION, id=query.definition_id, version=str(query.definition_version))
        if query.part and definition.part(query.part) is None:
            raise Refused(Refusal.UNKNOWN_PART, id=definition.id, part=query.part)
        if (query.operation_id or query.operation_type) and not definition.of_operations:
            raise Refused(Refusal.NOT_OF_OPERATIONS, id=definition.id)
        begins_at, ends_at = _period(query)
        if begins_at and ends_at and ends_at <= begins_at:
            raise Refused(Refusal.EMPTY_PERIOD)
        head = await self._store.head()
        if query.at_position > head:
            raise Refused(Refusal.POSITION_AHEAD, position=query.at_position, head=head)
        return definition, query.at_position or head

    async def _selection(self, definition: Definition, query: pb.StatisticQuery, at: int) -> Selection:
        part = definition.part(query.part)
        if not query.operation_type:
            return Selection(part=part)
        anywhere = pb.StatisticQuery(operation_id=query.operation_id)
        plans = [told async for told in self._events(PLANS, anywhere, 0, at)]
        return Selection(operations_of_type(plans, query.operation_type), part)

    async def _events(
        self, types: Sequence[str], query: pb.StatisticQuery, after: int, at: int, followers: Sequence[str] = ()
    ) -> AsyncIterator[Told]:
        begins_at, ends_at = _period(query)
        arguments: tuple[Any, ...] = (
            at, list(types), begins_at, ends_at, query.authority_id, query.operation_id, PAGE,
            list(followers),
        )  # fmt: skip
        while rows := await self._store.fetch(EVENTS, after, *arguments):
            for row in rows:
                told = Told.of(row)
                if told is not None:
                    yield told
            after = rows[-1]["position"]
            if len(rows) < PAGE:
                return

    def _keep(self, definition: Definition, query: pb.StatisticQuery) -> _Kept:
        question = _question(query)
        kept = self._kept.setdefault(question, _Kept(Tally(definition)))
        self._kept.move_to_end(question)
        while len(self._kept) > TALLIES_MAX:
            self._kept.popitem(last=False)
        return kept

    def _open(self, question: bytes, kept: _Kept) -> None:
        self._opened[question, kept.position] = kept
        while len(self._opened) > OPENED_MAX:
            self._opened.popitem(last=False)


def _question(query: pb.StatisticQuery) -> bytes:
    """What a fold is of; part, position and type of operation choose from it afterwards."""
    question = pb.StatisticQuery()
    question.CopyFrom(query)
    for name in ("part", "at_position", "operation_type"):
        question.ClearField(name)
    return question.SerializeToString(deterministic=True)


def _period(query: pb.StatisticQuery) -> tuple[datetime | None, datetime | None]:
    return (
        to_datetime(query.begins_at) if query.HasField("begins_at") else None,
        to_datetime(query.ends_at) if query.HasField("ends_at") else None,
    )
