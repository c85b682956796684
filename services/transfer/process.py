"""Which events of this ledger belong to a transfer, or to an opinion: what a proof is gathered from (移送存证).

A row an event, whichever side's ledger it is: own steps and received ones, the clocks of the process, and what the
exchange answered. An event that does not name its transfer belongs to the one that its aggregate names elsewhere. An
opinion is a process of its own, for other people to see, although it names the transfer from which it came.
"""

from collections.abc import Iterable
from typing import Any, Final

import asyncpg
from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.exchange.v1 import events_pb2 as exchange
from google.protobuf.message import Message

from services.kernel.deadlines import Deadlines
from services.kernel.decider import Aggregate
from services.kernel.facts import Fact
from services.kernel.messages import aggregate_id, is_restricted, message_class
from services.kernel.projection import Row, Views

TABLE: Final = "process"
_CLOCKS: Final = (
    clocks.DeadlineStarted,
    clocks.DeadlineMet,
    clocks.DeadlineMissed,
    clocks.DeadlineCancelled,
    clocks.DeadlinePaused,
    clocks.DeadlineResumed,
    clocks.DeadlineExtended,
    clocks.DeadlineRecomputed,
)
_PACKAGE: Final = "enforcement.transfer."

_POSITIONS: Final = """
WITH steps AS (
  SELECT position, event_id, correlation_id FROM process
   WHERE subject_id = $1
      OR aggregate_id IN (SELECT aggregate_id FROM process WHERE subject_id = $1)
)
SELECT position FROM steps
UNION
SELECT p.position FROM process p JOIN steps s ON p.answers_event_id = s.event_id
UNION
SELECT p.position FROM process p WHERE p.rejected AND p.correlation_id IN (SELECT correlation_id FROM steps)
 ORDER BY 1 LIMIT $2
"""


def keep_process(views: Views, aggregates: Iterable[Aggregate[Any]], deadlines: Deadlines) -> None:
    """Fills the table `process` of the service's views.

    An aggregate none of whose events names a transfer or an opinion is no part of one, whatever else the service keeps.
    """
    rules = frozenset(deadlines.by_rule)
    table = views.table(TABLE, key="position")

    @table.on(*_steps(aggregates), key=_position, received=None)
    def happened(row: Row, event: Any, fact: Fact) -> None:
        row.update(_about(fact), aggregate_id=aggregate_id(event))
        row["subject_id"] = getattr(event, "opinion_id", "") or getattr(event, "transfer_id", None)

    @table.on(*_CLOCKS, key=_position)
    def ran(row: Row, event: Any, fact: Fact) -> None:
        row.update(_about(fact), aggregate_id=event.deadline_id)
        if getattr(event, "rule_id", "") in rules:
            row["subject_id"] = event.subject_id

    @table.on(exchange.ReceiptRecorded, exchange.ShareFailed, exchange.EnvelopeRejected, key=_of_a_transfer)
    def answered(row: Row, event: Any, fact: Fact) -> None:
        row.update(_about(fact), rejected=isinstance(event, exchange.EnvelopeRejected))
        match event:
            case exchange.ReceiptRecorded():
                row["answers_event_id"] = event.source_event_id
            case exchange.ShareFailed():
                row["answers_event_id"] = event.event_id


async def positions(connection: asyncpg.Connection, subject_id: str, limit: int) -> list[int]:
    """Positions of all that belongs to a transfer or an opinion, in order; empty when this side knows no such."""
    return [row["position"] for row in await connection.fetch(_POSITIONS, subject_id, limit)]


def _steps(aggregates: Iterable[Aggregate[Any]]) -> list[type[Message]]:
    """The events of every aggregate that can tell to which process it belongs; nothing that is restricted."""
    kinds = []
    for aggregate in aggregates:
        classes = [kind for name in sorted(aggregate.events) if (kind := message_class(name)) is not None]
        named = {name for kind in classes for name in kind.DESCRIPTOR.fields_by_name}
        if named & {"transfer_id", "opinion_id"} and not any(map(is_restricted, aggregate.events)):
            kinds += classes
    return kinds


def _about(fact: Fact) -> dict[str, str]:
    return {"event_id": str(fact.event_id), "correlation_id": str(fact.correlation_id)}


def _position(event: Any, fact: Fact) -> int:
    return fact.position


def _of_a_transfer(event: Any, fact: Fact) -> int | None:
    return fact.position if event.type.startswith(_PACKAGE) and not is_restricted(event.type) else None
