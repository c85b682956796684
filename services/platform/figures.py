"""Figures: the store's events, folded by a definition, at a log position.

Promise   the same question at the same position has the same answer, today and after a rebuild. A question without a
          position is answered at the head, and the answer names it.
Not       a snapshot of the feeds: what an authority has not told, or what is still missing, is not in the number.
Bounds    PAGE rows in hand; TALLIES_MAX folds are kept, so that asking the same again reads only what is new.
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
from services.platform.statistics import PLANS, Change, Definition, Operations, Tally, Told, operations_of_type
from services.platform.store import Store

Refusal = refusals("enforcement.platform.v1")

PAGE: Final = 2_000
TALLIES_MAX: Final = 64

EVENTS: Final = """
SELECT position, publisher, event_id, type, occurred_at, matter_id, body FROM platform.feed_event
 WHERE position > $1 AND position <= $2 AND type = ANY ($3::text[])
   AND ($4::timestamptz IS NULL OR occurred_at >= $4) AND ($5::timestamptz IS NULL OR occurred_at < $5)
   AND ($6 = '' OR publisher = $6) AND ($7 = '' OR matter_id = $7)
 ORDER BY position LIMIT $8
"""


@dataclass(slots=True)
class _Kept:
    """A fold up to a position."""

    tally: Tally
    position: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Figures:
    """Answers questions for numbers and for the events behind them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    async def figure(self, query: pb.StatisticQuery) -> pb.Statistic:
        """The number.

        Raises:
            Refused: UNKNOWN_DEFINITION, UNKNOWN_PART, NOT_OF_OPERATIONS, EMPTY_PERIOD, POSITION_AHEAD.
            Unavailable: PostgreSQL was lost.
        """
        definition, at = await self._checked(query)
        operations = await self._operations(query, at)
        kept = self._keep(definition, query)
        async with kept.lock:
            if kept.position > at:
                kept = _Kept(Tally(definition))
            async for told in self._events(definition.reads, query, kept.position, at):
                kept.tally.add(told)
                kept.position = told.position
            kept.position = at
            answered = pb.StatisticQuery()
            answered.CopyFrom(query)
            answered.at_position = at
            return kept.tally.result(answered, operations)

    async def changes(self, query: pb.StatisticQuery, after: int, limit: int) -> tuple[list[Change], int]:
        """The events behind the number after a position, at most `limit`, and the log position that they are of.

        Raises:
            Refused, Unavailable: as `figure`.
        """
        definition, at = await self._checked(query)
        operations = await self._operations(query, at)
        part = definition.part(query.part)
        tally = Tally(definition)
        found: list[Change] = []
        async for told in self._events(definition.reads, query, 0, at):
            # What a page's events changed depends on all that came before them.
            change = tally.add(told)
            if change is None or told.position <= after:
                continue
            if operations is not None and told.matter_id not in operations:
                continue
            if part is None or change.count.part == part:
                found.append(change)
                if len(found) == limit:
                    break
        return found, at

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

    async def _operations(self, query: pb.StatisticQuery, at: int) -> Operations:
        if not query.operation_type:
            return None
        anywhere = pb.StatisticQuery(operation_id=query.operation_id)
        plans = [told async for told in self._events(PLANS, anywhere, 0, at)]
        return operations_of_type(plans, query.operation_type)

    async def _events(self, types: Sequence[str], query: pb.StatisticQuery, after: int, at: int) -> AsyncIterator[Told]:
        begins_at, ends_at = _period(query)
        arguments: tuple[Any, ...] = (
            at, list(types), begins_at, ends_at, query.authority_id, query.operation_id, PAGE,
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
        """The fold of this question; its part, position and type of operation choose from it afterwards."""
        question = pb.StatisticQuery()
        question.CopyFrom(query)
        for name in ("part", "at_position", "operation_type"):
            question.ClearField(name)
        key = question.SerializeToString(deterministic=True)
        kept = self._kept.setdefault(key, _Kept(Tally(definition)))
        self._kept.move_to_end(key)
        while len(self._kept) > TALLIES_MAX:
            self._kept.popitem(last=False)
        return kept


def _period(query: pb.StatisticQuery) -> tuple[datetime | None, datetime | None]:
    return (
        to_datetime(query.begins_at) if query.HasField("begins_at") else None,
        to_datetime(query.ends_at) if query.HasField("ends_at") else None,
    )
