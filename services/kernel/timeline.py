"""The history of a matter for people: what happened, when, by whom, on what basis, in the order of the ledger.

    own events of a service ──titles──▶ its table `timeline` ──by id──▶ the history of one aggregate
                                              └──all services, by correlation id──▶ the history of a matter

A service declares the Chinese title of each of its own events beside its views. The table is the same in each of them,
and every service of the authority may read it: so the course of a case has the payments, the documents, the requests
and the transfer beside its own steps, and no service knows another.

Promise   the steps of one answer are of one moment, in the order of the ledger.
Not       what others told: their signed events are in the ledger, and the service's own event notes each. Nor, of a
          service that runs in another process, what it has not folded yet: a query waits for those of its own process.
"""

from collections.abc import Collection, Iterable, Mapping
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
_SQL: Final = """
CREATE TABLE timeline (
  position        bigint PRIMARY KEY,
  id              uuid NOT NULL,            -- of the aggregate
  correlation_id  uuid NOT NULL,            -- of the matter
  type            text NOT NULL,
  title           text NOT NULL,
  occurred_at     timestamptz NOT NULL,
  recorded_at     timestamptz NOT NULL,
  actor           text NOT NULL,
  late_reason     text NOT NULL,
  basis           text NOT NULL             -- articles of the command that was decided; empty for what none decided
);
CREATE INDEX timeline_of ON timeline (id, position);
CREATE INDEX timeline_of_matter ON timeline (correlation_id, position);
GRANT SELECT ON timeline TO PUBLIC;         -- of this database: the services of one authority
"""
_OF: Final = "SELECT * FROM timeline WHERE id = $1::text::uuid AND position > $2 ORDER BY position LIMIT $3"
_OF_MATTER: Final = """
SELECT * FROM timeline WHERE (correlation_id = $1::text::uuid OR id = ANY ($2::text[]::uuid[])) AND position > $3
 ORDER BY position LIMIT $4
"""
_KEPT: Final = """
SELECT schema.nspname FROM view.generation build
  JOIN pg_namespace schema ON schema.nspname = format('view_%s_%s', build.name, build.generation)
  JOIN pg_class kept ON kept.relnamespace = schema.oid AND kept.relname = 'timeline'
 WHERE build.live
"""


def keep_timeline(views: Views, titles: Mapping[type[Message], str], aggregates: Iterable[Aggregate[Any]]) -> None:
    """Fills the table `timeline` of a service's views from its own events.

    Args:
        aggregates: whose decisions say on what each step rests.
    """
    bases = {name: basis for aggregate in aggregates for name, basis in aggregate.bases.items()}
    by_type = {type_name(event): title for event, title in titles.items()}
    views.with_sql(_SQL)

    def own(event: Any, fact: Fact) -> int | None:
        return None if fact.received else fact.position

    @views.table(TABLE, key="position").on(*titles, key=own)
    def happened(row: Row, event: Any, fact: Fact) -> None:
        row.update(
            id=aggregate_id(event),
            correlation_id=str(fact.correlation_id),
            type=type_name(event),
            title=by_type[type_name(event)],
            occurred_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
            actor=fact.actor,
            late_reason=fact.late_reason,
            basis=bases.get(fact.command_type, ""),
        )


async def timeline(
    connection: asyncpg.Connection, id_: str, request: common.PageRequest
) -> tuple[list[common.TimelineEntry], str]:
    """A page of an aggregate's history, oldest first, and the token of the next one.

    Raises:
        Refused: NOT_FOUND when nothing ever happened to it; BAD_PAGE_TOKEN.
    """
    page = PageOf.asked(request)
    found = await connection.fetch(_OF, id_, int(request.token or 0), page.limit)
    return _page(page, found, id_, request)


async def matter_timeline(
    connection: asyncpg.Connection, matter_id: str, others: Collection[str], request: common.PageRequest
) -> tuple[list[common.TimelineEntry], str]:
    """A page of a matter's history in all services of the authority, oldest first, and the token of the next one.

    Args:
        connection: to the views of any service; its `search_path` moves.
        matter_id: the correlation id of the matter, e.g. of the case.
        others: ids of aggregates whose own history belongs to it, although they began before it.

    Raises:
        Refused: NOT_FOUND when nothing ever happened in it; BAD_PAGE_TOKEN.
    """
    page = PageOf.asked(request)
    found: list[asyncpg.Record] = []
    for kept in await connection.fetch(_KEPT):
        await connection.execute("SELECT set_config('search_path', $1, true)", kept["nspname"])
        found += await connection.fetch(_OF_MATTER, matter_id, list(others), int(request.token or 0), page.limit)
    found.sort(key=lambda row: row["position"])
    return _page(page, found, matter_id, request)


def _page(
    page: PageOf, found: list[asyncpg.Record], id_: str, request: common.PageRequest
) -> tuple[list[common.TimelineEntry], str]:
    if not found and not request.token:
        raise Refused(KernelRefusal.NOT_FOUND, id=id_)
    rows, token = page.cut(found, "position")
    return [_entry(row) for row in rows], token


def _entry(row: asyncpg.Record) -> common.TimelineEntry:
    return common.TimelineEntry(
        type=row["type"],
        title_zh=row["title"],
        occurred_at=to_timestamp(row["occurred_at"]),
        recorded_at=to_timestamp(row["recorded_at"]),
        actor=row["actor"],
        position=row["position"],
        late_reason=row["late_reason"],
        basis=row["basis"],
    )
