"""Aggregates in memory, as far as the ledger was read; any other is replayed from it.

Bounds    STATES_KEPT aggregates, least recently used first to go.
Not       that a state is the newest: others write, too. Whoever decides on a remembered one reads what came after it
          before saying no, and the ledger's version says so where the answer is yes.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from enforcement.ledger.v1 import meta_pb2 as meta

from services.kernel.decider import Aggregate
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import UnknownEvent, act_of, decode
from services.kernel.ledger import Ledger

STATES_KEPT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """An aggregate at a version of its stream."""

    state: Any
    version: int
    correlation_id: UUID | None
    """The matter that its newest event belongs to; None before the first."""


class States:
    """The aggregates of one process."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: OrderedDict[UUID, Loaded] = OrderedDict()

    def remembered(self, stream_id: UUID) -> Loaded | None:
        """The aggregate as it was last seen here."""
        if (loaded := self._known.get(stream_id)) is not None:
            self._known.move_to_end(stream_id)
        return loaded

    def remember(self, stream_id: UUID, loaded: Loaded) -> None:
        """Keeps an aggregate, and forgets the one that was not asked for longest."""
        self._known[stream_id] = loaded
        self._known.move_to_end(stream_id)
        while len(self._known) > STATES_KEPT:
            self._known.popitem(last=False)

    async def read(self, aggregate: Aggregate[Any], stream_id: UUID, known: Loaded) -> Loaded:
        """The aggregate as the ledger has it now, from a state known before.

        Raises:
            Refused: NOT_FOUND, the id is that of something else.
            UnknownEvent: this build cannot read its stream.
        """
        state, version, correlation_id = known.state, known.version, known.correlation_id
        stream = await self._ledger.read_stream(stream_id, after_version=version)
        if stream.category not in (None, aggregate.name):
            raise Refused(KernelRefusal.NOT_FOUND, id=stream_id)
        for event in stream.events:
            act = act_of(event)
            message = decode(event)
            if message is not None and event.type in aggregate.events:
                state = aggregate.next(state, message, act)
            elif not meta.Meta.FromString(event.meta).skippable:
                raise UnknownEvent(f"{aggregate.name} {stream_id} has {event.type}, which this build does not know")
            version, correlation_id = event.version, event.correlation_id
        loaded = Loaded(state, version, correlation_id)
        if version:
            self.remember(stream_id, loaded)
        return loaded
