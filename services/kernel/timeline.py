"""The history of an aggregate for people: what happened, when, by whom, in the order of the ledger.

A service declares the Chinese title of each of its own events beside its views and creates the table in its views.sql:

    CREATE TABLE timeline (
      position     bigint PRIMARY KEY,
      id           uuid NOT NULL,              -- of the aggregate
      type         text NOT NULL,
      title        text NOT NULL,
      occurred_at  timestamptz NOT NULL,
      recorded_at  timestamptz NOT NULL,
      actor        text NOT NULL,
      late_reason  text NOT NULL,
      basis        text                        -- articles of the command that was decided; where aggregates are given
    );
    CREATE INDEX timeline_of ON timeline (id, position);

Not       what others told: their signed events are in the ledger, and the service's own event notes each.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import asyncpg
from enforcement.common.v1 import common_pb2 as common
from google.protobuf.message import Message

from services.kernel.decider import Aggregate
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Fact
from services.kernel.messages import aggregate_id, to_timestamp, type_name
from services.kernel.projection import Row, Views
from services.kernel.queries import PageOf

TABLE: Final = "timeline"


def keep_timeline(views: Views, titles: Mapping[type[Message], str], aggregates: Iterable[Aggregate[Any]] = ()) -> None:
    """Fills the table `timeline` of a service's views from its own events.

    Args:
        aggregates: whose decisions say on what each step rests; without them the table has no `basis`.
    """
    bases = {name: basis for aggregate in aggregates for name, basis in aggregate.bases.items()}
    by_type = {type_name(event): title for event, title in titles.items()}

    def own(event: Any, fact: Fact) -> int | None:
        return None if fact.received else fact.position

    @views.table(TABLE, key="position").on(*titles, key=own)
    def happened(row: Row, event: Any, fact: Fact) -> None:
        row.update(
            id=aggregate_id(event),
            type=type_name(event),
            title=by_type[type_name(event)],
            occurred_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
            actor=fact.actor,
            late_reason=fact.late_reason,
        )
        if bases:
            row["basis"] = bases.get(fact.command_type, "")


async def timeline(
    connection: asyncpg.Connection, id_: str, request: common.PageRequest
) -> tuple[list[common.TimelineEntry], str]:
    """A page of an aggregate's history, oldest first, and the token of the next one.

    Raises:
        Refused: NOT_FOUND when nothing ever happened to it; BAD_PAGE_TOKEN.
    """
    page = PageOf.asked(request)
    found = await connection.fetch(
        "SELECT * FROM timeline WHERE id = $1::text::uuid AND position > $2 ORDER BY position LIMIT $3",
        id_,
        int(request.token or 0),
        page.limit,
    )
    if not found and not request.token:
        raise Refused(KernelRefusal.NOT_FOUND, id=id_)
    rows, token = page.cut(found, "position")
    entries = [
        common.TimelineEntry(
            type=row["type"],
            title_zh=row["title"],
            occurred_at=to_timestamp(row["occurred_at"]),
            recorded_at=to_timestamp(row["recorded_at"]),
            actor=row["actor"],
            position=row["position"],
            late_reason=row["late_reason"],
            basis=row.get("basis", ""),
        )
        for row in rows
    ]
    return entries, token
