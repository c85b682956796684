"""Clocks as rows of schema `deadline`: every statement that reads or writes them, and nothing that decides."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from enforcement.deadlines.v1 import events_pb2 as pb

from services.kernel.clock import SHANGHAI
from services.kernel.deadlines.calendar import Notice, WorkingCalendar
from services.kernel.deadlines.clock import Clock, Status
from services.kernel.deadlines.units import Due, Limit, Pause
from services.kernel.ledger import Migrations

DEADLINES: Final = Migrations("deadline", Path(__file__).with_name("migrations"))
"""Schema `deadline`."""

# Two statements, because an OR of the two conditions would read the whole table.
_OPEN: Final = """
SELECT c.* FROM unnest($2::text[], $3::text[]) AS wanted (rule_id, key)
  JOIN deadline.clock c ON c.service = $1 AND c.rule_id = wanted.rule_id AND c.key = wanted.key
   AND c.status <> 'CANCELLED' AND (c.status <> 'MET' OR NOT c.in_time)
 ORDER BY c.deadline_id FOR UPDATE OF c
"""

_THESE: Final = "SELECT * FROM deadline.clock WHERE deadline_id = ANY ($1::uuid[]) ORDER BY deadline_id FOR UPDATE"

_MOVED_BY_YEAR: Final = """
SELECT * FROM deadline.clock
 WHERE service = $1 AND unit <> $4
   AND ((status = 'RUNNING' AND effective_at >= $2 AND started_at < $3)
        OR (status IN ('RUNNING', 'MET') AND provisional))
 ORDER BY deadline_id FOR UPDATE
"""

_FIRED: Final = """
SELECT * FROM deadline.clock
 WHERE service = $1 AND status = 'RUNNING' AND NOT provisional AND over_at <= $2
 ORDER BY over_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""

_NEXT: Final = """
SELECT min(over_at) FROM deadline.clock WHERE service = $1 AND status = 'RUNNING' AND NOT provisional
"""

_COUNT: Final = """
SELECT rule_id, count(*) AS running, count(*) FILTER (WHERE over_at <= $2) AS due
  FROM deadline.clock WHERE service = $1 AND status = 'RUNNING' GROUP BY rule_id
"""

_PUT: Final = """
INSERT INTO deadline.clock (
  deadline_id, service, rule_id, rule_version, title, basis, key, subject_id, responsible_id, mirrors,
  correlation_id, start_event_id, started_at, length, unit, rolls, policy, nominal_at, effective_at, over_at,
  provisional, status, paused_from, paused_to, paused_at, missed_due_at, met_event_id, met_at, in_time, cancelled_at,
  version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
ON CONFLICT (deadline_id) DO UPDATE SET
  length = excluded.length, nominal_at = excluded.nominal_at, effective_at = excluded.effective_at,
  over_at = excluded.over_at, provisional = excluded.provisional, status = excluded.status,
  paused_from = excluded.paused_from, paused_to = excluded.paused_to, paused_at = excluded.paused_at,
  missed_due_at = excluded.missed_due_at, met_event_id = excluded.met_event_id, met_at = excluded.met_at,
  in_time = excluded.in_time, cancelled_at = excluded.cancelled_at, version = excluded.version
"""

_BY_ID: Final = "SELECT * FROM deadline.clock WHERE deadline_id = ANY ($1::uuid[])"

_LIST: Final = """
SELECT * FROM deadline.clock
 WHERE ($1::text[] IS NULL OR status = ANY ($1)) AND ($2::timestamptz IS NULL OR effective_at < $2)
   AND ($3::text IS NULL OR rule_id = $3) AND ($4::text IS NULL OR subject_id = $4)
   AND ($5::text IS NULL OR responsible_id = $5) AND ($6::uuid IS NULL OR correlation_id = $6)
   AND ($7::timestamptz IS NULL OR (effective_at, deadline_id) > ($7, $8::uuid))
   AND rule_id NOT LIKE 'restricted.%'
 ORDER BY effective_at, deadline_id LIMIT $9
"""

_OVERDUE: Final = """
SELECT * FROM deadline.clock
 WHERE (status = 'MISSED' OR (status = 'RUNNING' AND over_at <= $1)) AND rule_id NOT LIKE 'restricted.%'
 ORDER BY effective_at, deadline_id LIMIT $2
"""


_NOTICES: Final = """
SELECT DISTINCT ON (year) year, number, days_off, workdays FROM deadline.notice
 WHERE position < $1 ORDER BY year, position DESC
"""

_PUT_NOTICE: Final = """
INSERT INTO deadline.notice (year, position, number, days_off, workdays) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""


async def acted_on(
    connection: asyncpg.Connection, service: str, pairs: Iterable[tuple[str, str]], ids: Iterable[UUID]
) -> list[Clock]:
    """The open clocks of these pairs of rule and key, and those with these ids whatever their status; locked."""
    wanted = sorted(set(pairs))
    rules, keys = [rule for rule, _ in wanted], [key for _, key in wanted]
    found = await connection.fetch(_OPEN, service, rules, keys) if wanted else []
    return _clocks([*found, *await connection.fetch(_THESE, list(ids))])


async def moved_by(connection: asyncpg.Connection, service: str, year: int) -> list[Clock]:
    """The clocks that a year's notice may move; locked."""
    first, after = (datetime(y, 1, 1, tzinfo=SHANGHAI) for y in (year, year + 1))
    return _clocks(await connection.fetch(_MOVED_BY_YEAR, service, first, after, pb.UNIT_HOURS))


async def fired(connection: asyncpg.Connection, service: str, now: datetime, limit: int) -> list[Clock]:
    """The running clocks whose limit has ended, the earliest first; locked. Those that others hold are left to them."""
    return _clocks(await connection.fetch(_FIRED, service, now, limit))


async def next_over_at(connection: asyncpg.Connection, service: str) -> datetime | None:
    """When the next running clock is over."""
    found: datetime | None = await connection.fetchval(_NEXT, service)
    return found


async def count(connection: asyncpg.Connection, service: str, due_by: datetime) -> list[tuple[str, int, int]]:
    """Per rule: clocks that run, and those of them that end by an instant."""
    return [tuple(row) for row in await connection.fetch(_COUNT, service, due_by)]


async def put(connection: asyncpg.Connection, clocks: Iterable[Clock]) -> None:
    """Inserts or replaces rows."""
    await connection.executemany(_PUT, [_row(clock) for clock in clocks])


async def forget(connection: asyncpg.Connection, service: str) -> None:
    """Throws a service's rows away; waits for whoever holds one of them."""
    await connection.execute("DELETE FROM deadline.clock WHERE service = $1", service)


async def by_id(connection: asyncpg.Connection, ids: Iterable[UUID]) -> list[Clock]:
    """Clocks by their ids, in no order."""
    return _clocks(await connection.fetch(_BY_ID, list(ids)))


async def listed(
    connection: asyncpg.Connection,
    *,
    statuses: Sequence[Status] = (),
    due_before: datetime | None = None,
    rule_id: str | None = None,
    subject_id: str | None = None,
    responsible_id: str | None = None,
    correlation_id: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Clock]:
    """Clocks in the order in which they end; `after` is the end and id of the last one of the page before."""
    return _clocks(
        await connection.fetch(
            _LIST, list(statuses) or None, due_before, rule_id, subject_id, responsible_id, correlation_id,
            *(after or (None, None)), limit,
        )
    )  # fmt: skip


async def overdue(connection: asyncpg.Connection, now: datetime, limit: int = 500) -> list[Clock]:
    """Clocks whose limit has ended without the act, the oldest first; among them those that are over provisionally."""
    return _clocks(await connection.fetch(_OVERDUE, now, limit))


async def calendar(connection: asyncpg.Connection, base: WorkingCalendar, before: int) -> WorkingCalendar:
    """`base` and the notices loaded at positions before this one."""
    known = base
    for row in await connection.fetch(_NOTICES, before):
        known = known.knowing(
            Notice(row["year"], row["number"], frozenset(row["days_off"]), frozenset(row["workdays"]))
        )
    return known


async def put_notice(connection: asyncpg.Connection, loaded: pb.CalendarLoaded, position: int) -> Notice:
    """Keeps a loaded notice."""
    notice = Notice.of(loaded.year, loaded.notice, loaded.days_off, loaded.workdays)
    days: list[list[date]] = [sorted(notice.off), sorted(notice.workdays)]
    await connection.execute(_PUT_NOTICE, notice.year, position, notice.source, *days)
    return notice


def _clocks(rows: Iterable[Mapping[str, Any]]) -> list[Clock]:
    return [_clock(row) for row in rows]


def _clock(row: Mapping[str, Any]) -> Clock:
    return Clock(
        deadline_id=row["deadline_id"],
        service=row["service"],
        rule_id=row["rule_id"],
        rule_version=row["rule_version"],
        title=row["title"],
        basis=row["basis"],
        key=row["key"],
        subject_id=row["subject_id"],
        responsible_id=row["responsible_id"],
        mirrors=row["mirrors"],
        correlation_id=row["correlation_id"],
        start_event_id=row["start_event_id"],
        started_at=row["started_at"],
        limit=Limit(row["length"], row["unit"], row["rolls"]),
        policy=row["policy"],
        due=Due(row["nominal_at"], row["effective_at"], row["unit"], row["provisional"]),
        status=Status(row["status"]),
        pauses=tuple(Pause(*ends) for ends in zip(row["paused_from"], row["paused_to"], strict=True)),
        paused_at=row["paused_at"],
        missed_due_at=row["missed_due_at"],
        met_event_id=row["met_event_id"],
        met_at=row["met_at"],
        in_time=row["in_time"],
        cancelled_at=row["cancelled_at"],
        version=row["version"],
    )


def _row(clock: Clock) -> tuple[Any, ...]:
    return (
        clock.deadline_id,
        clock.service,
        clock.rule_id,
        clock.rule_version,
        clock.title,
        clock.basis,
        clock.key,
        clock.subject_id,
        clock.responsible_id,
        clock.mirrors,
        clock.correlation_id,
        clock.start_event_id,
        clock.started_at,
        clock.limit.length,
        clock.limit.unit,
        clock.limit.roll,
        clock.policy,
        clock.due.nominal_at,
        clock.due.effective_at,
        clock.due.over_at,
        clock.due.provisional,
        clock.status.value,
        [pause.paused_at for pause in clock.pauses],
        [pause.resumed_at for pause in clock.pauses],
        clock.paused_at,
        clock.missed_due_at,
        clock.met_event_id,
        clock.met_at,
        clock.in_time,
        clock.cancelled_at,
        clock.version,
    )
