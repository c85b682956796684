"""The platform's log: from judged envelopes to rows, in one statement.

    what is stored, as last known ─▶ plan ─▶ write, if nobody wrote since ─▶ committed: visible
                ▲                                    │ somebody did
                └──────────── read it again ◀────────┘

Promise   what `record` answered as stored is committed, with positions that are dense and in commit order, and every
          query sees it, the clocks too. A repeat changes nothing but counters. The rows of one feed are a prefix of it.
Not       an order between feeds. Early envelopes are not stored: they are given back, to be held or fetched again.
Bounds    one writer at a time over all workers of the platform: a write holds if the head's version is the one that it
          was planned on. Of several workers one always gets on; each of the others plans again.
Failing   PostgreSQL lost: Unavailable, stored or not; recording the same again is harmless. Anything else raised by one
          envelope rolls the whole batch back; the caller records one by one, and parks the one that fails again.
Shown by tests/integration/platform/test_store.py
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg

from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Ledger
from services.platform import clocks
from services.platform.chain import Position
from services.platform.judge import Entry, Judged
from services.platform.plan import Change, Feed, Plan, Recorded, park, plan_of

REFOLD_PAGE: Final = 2_000


@dataclass(slots=True)
class _Known:
    """What is stored, as of a version of the head."""

    version: int
    position: int
    feeds: dict[str, Feed]


class Store:
    """The log in the authority's database."""

    def __init__(self, ledger: Ledger, *, quarantine_bytes_max: int) -> None:
        self._ledger = ledger
        self._quarantine_bytes_max = quarantine_bytes_max
        self._known: _Known | None = None

    async def record(self, batch: Sequence[Judged]) -> Recorded:
        """Records what was judged.

        Raises:
            Unavailable: PostgreSQL was lost; whether the batch is recorded is not known.
            asyncpg.PostgresError: something in the batch cannot be stored.
        """

        async def planned(connection: asyncpg.Connection, known: _Known) -> Plan:
            feeds = {name: known.feeds.get(name, Feed(name)) for name in {each.arrival.carrier for each in batch}}
            return plan_of(known.position, feeds, batch, await _hashes(connection, feeds, batch))

        return await self._write(planned)

    async def park(self, entry: Entry, code: str) -> Feed:
        """Keeps an envelope that cannot be stored as evidence; its feed waits for it, or stops.

        Raises:
            Unavailable: PostgreSQL was lost.
        """

        async def planned(_: asyncpg.Connection, known: _Known) -> Plan:
            return park(known.position, known.feeds.get(entry.publisher, Feed(entry.publisher)), entry, code)

        return (await self._write(planned)).feeds[entry.publisher]

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _write(self, planned: "Planning") -> Recorded:
        """Plans on what is known and writes it; as often as somebody else was faster."""
        async with self._ledger.connection() as connection:
            while True:
                # Until the write is answered, it is not known what is stored.
                known, self._known = self._known or await _read(connection), None
                plan = await planned(connection, known)
                folded = await _folded(connection, _clock_events(plan.recorded.stored))
                rows = await self._written(connection, known.version, plan, folded)
                if rows:
                    plan.recorded.feeds = {row["publisher"]: Feed.of(row) for row in rows}
                    feeds = known.feeds | plan.recorded.feeds
                    self._known = _Known(known.version + 1, plan.recorded.position, feeds)
                    return plan.recorded

    async def _written(
        self, connection: asyncpg.Connection, version: int, plan: Plan, folded: list[list[Any]]
    ) -> list[Any]:
        columns = (*_event_columns(plan.recorded.stored), *_chain_columns(plan.changes), *folded)
        if not plan.quarantine:
            return list(await connection.fetch(WRITE, version, plan.recorded.position, *columns))
        async with connection.transaction():
            rows = await connection.fetch(WRITE, version, plan.recorded.position, *columns)
            if rows:
                for judged, code in plan.quarantine:
                    await self._quarantine(connection, judged, code)
            return list(rows)

    async def _quarantine(self, connection: asyncpg.Connection, judged: Judged, code: str) -> None:
        """Keeps one value, or its digest when the byte budget is spent."""
        arrival = judged.arrival
        # What shows more than a feed may carry is not kept: its digest, signer and place are evidence enough.
        shows_too_much = isinstance(judged, Entry) and judged.refused is Code.NOT_GRANTED
        budget = 0 if shows_too_much else self._quarantine_bytes_max
        await connection.execute(
            QUARANTINE, arrival.digest, code, arrival.carrier, arrival.way, len(arrival.wire), arrival.wire, budget
        )

    # ── folded tables ────────────────────────────────────────────────────────────────────────────────────────────────

    async def refold(self, *, always: bool = False) -> int:
        """Folds the clocks again from the log when another version of the fold made them; returns the events read.

        Raises:
            Unavailable: PostgreSQL was lost; nothing changed.
        """
        async with self._ledger.connection() as connection, connection.transaction():
            await connection.execute("UPDATE platform.head SET version = version + 1")
            version = await connection.fetchval("SELECT version FROM platform.folded WHERE name = 'clock'")
            if version == clocks.VERSION and not always:
                return 0
            await connection.execute("DELETE FROM platform.clock")
            after, count = 0, 0
            while rows := await connection.fetch(READ_CLOCK_EVENTS, after, list(clocks.TYPES), REFOLD_PAGE):
                await connection.execute(WRITE_CLOCKS, *await _folded(connection, _told(rows)))
                after, count = rows[-1]["position"], count + len(rows)
            await connection.execute(FOLDED, "clock", clocks.VERSION)
            return count

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def head(self) -> int:
        """Last position of the log."""
        async with self._ledger.connection() as connection:
            return int(await connection.fetchval("SELECT position FROM platform.head"))

    async def feeds(self) -> list[Feed]:
        """Every feed of which anything is known, in the order of the publishers."""
        return [Feed.of(row) for row in await self.fetch("SELECT * FROM platform.chain ORDER BY publisher")]

    async def feed(self, publisher: str) -> Feed:
        """One feed; at its beginning when nothing is known."""
        rows = await self.fetch("SELECT * FROM platform.chain WHERE publisher = $1", publisher)
        return Feed.of(rows[0]) if rows else Feed(publisher)

    async def fetch(self, query: str, *arguments: object) -> list[Any]:
        """Rows of a query over the log and its tables.

        Raises:
            Unavailable: PostgreSQL was lost.
        """
        async with self._ledger.connection() as connection:
            return list(await connection.fetch(query, *arguments))


Planning = Callable[[asyncpg.Connection, _Known], Awaitable[Plan]]


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _read(connection: asyncpg.Connection) -> _Known:
    """What is stored, in one snapshot."""
    rows = await connection.fetch(READ)
    feeds = {row["publisher"]: Feed.of(row) for row in rows if row["publisher"] is not None}
    return _Known(rows[0]["version"], rows[0]["position"], feeds)


async def _hashes(
    connection: asyncpg.Connection, feeds: Mapping[str, Feed], batch: Sequence[Judged]
) -> dict[str, dict[Position, bytes]]:
    """Hashes at those places of the batch that are not after the stored ends."""
    past = [
        (each.publisher, each.link.epoch, each.link.seq)
        for each in batch
        if isinstance(each, Entry) and each.link[:2] <= feeds[each.publisher].end[:2]
    ]
    found: dict[str, dict[Position, bytes]] = {}
    if past:
        for row in await connection.fetch(READ_HASHES, *(list(column) for column in zip(*past, strict=True))):
            found.setdefault(row["publisher"], {})[row["epoch"], row["seq"]] = row["env_hash"]
    return found


def _event_columns(stored: Sequence[tuple[int, Entry]]) -> list[list[Any]]:
    rows = [
        (
            position,
            entry.publisher,
            entry.link.epoch,
            entry.link.seq,
            entry.event_id,
            entry.type,
            entry.subject_id,
            entry.matter_id,
            entry.case_ref,
            entry.occurred_at,
            entry.recorded_at,
            entry.body,
            entry.unread,
            entry.cut,
            entry.salt,
            entry.envelope,
            entry.link.hash,
        )
        for position, entry in stored
    ]
    return _turned(rows, 17)


def _chain_columns(changes: Mapping[str, Change]) -> list[list[Any]]:
    now = datetime.now(UTC)
    rows = []
    for name, change in changes.items():
        behind = change.seen > change.end[:2]
        rows.append(
            (
                name,
                change.end.epoch,
                change.end.seq,
                change.end.hash,
                *change.seen,
                (change.feed.gap_since or now) if behind else None,
                change.stopped_code,
                change.recorded_at,
                now if change.stored else None,
                change.duplicates,
                change.quarantined,
                change.overdisclosed,
                change.refetched,
            )
        )
    return _turned(rows, 14)


def _turned(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Columns of rows, for `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


async def _folded(connection: asyncpg.Connection, page: Sequence[clocks.Told]) -> list[list[Any]]:
    """Columns of the clocks that a page of clock events touches, folded into what is stored."""
    if not page:
        return _turned([], 9)
    keys = sorted({told.key for told in page})
    known = await connection.fetch(READ_CLOCKS, *_turned(keys, 2))
    views = {(row["publisher"], row["deadline_id"]): row["view"] for row in known}
    return _turned([row.columns for row in clocks.fold(views, page)], 9)


def _clock_events(stored: Iterable[tuple[int, Entry]]) -> list[clocks.Told]:
    rows = (
        {
            "position": position,
            "publisher": entry.publisher,
            "type": entry.type,
            "body": entry.body,
            "case_ref": entry.case_ref,
        }
        for position, entry in stored
        if entry.type in clocks.TYPES
    )
    return _told(rows)


def _told(rows: Iterable[Mapping[str, Any]]) -> list[clocks.Told]:
    return [told for row in rows if (told := clocks.told(row)) is not None]


# One statement, so one round trip and its own transaction. The head is the guard: who planned on an older version of it
# writes nothing. Waiting for its row, PostgreSQL looks at the version again; everything else hangs on that row.
WRITE: Final = """
WITH moved AS (
  UPDATE platform.head SET version = version + 1, position = $2 WHERE version = $1 RETURNING version
), told AS (
  INSERT INTO platform.feed_event (
    position, publisher, epoch, seq, event_id, type, subject_id, matter_id, case_ref,
    occurred_at, recorded_at, body, unread, cut, salt, envelope, env_hash)
  SELECT e.* FROM moved, unnest(
    $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[],
    $12::timestamptz[], $13::timestamptz[], $14::bytea[], $15::boolean[], $16::boolean[], $17::bytea[], $18::bytea[],
    $19::bytea[]) e
), folded AS (
  INSERT INTO platform.clock (
    publisher, deadline_id, due_at, status, responsible_id, subject_id, rule_id, view, position)
  SELECT c.* FROM moved, unnest(
    $34::text[], $35::text[], $36::timestamptz[], $37::int[], $38::text[], $39::text[], $40::text[], $41::bytea[],
    $42::bigint[]) c
  ON CONFLICT (publisher, deadline_id) DO UPDATE SET
    due_at = excluded.due_at, status = excluded.status, responsible_id = excluded.responsible_id,
    subject_id = excluded.subject_id, rule_id = excluded.rule_id, view = excluded.view, position = excluded.position
)
INSERT INTO platform.chain AS c (
  publisher, epoch, seq, hash, seen_epoch, seen_seq, gap_since, stopped_code,
  recorded_at, stored_at, duplicates, quarantined, overdisclosed, refetched, last_seen_at)
SELECT f.*, clock_timestamp() FROM moved, unnest(
  $20::text[], $21::bigint[], $22::bigint[], $23::bytea[], $24::bigint[], $25::bigint[], $26::timestamptz[],
  $27::text[], $28::timestamptz[], $29::timestamptz[], $30::bigint[], $31::bigint[], $32::bigint[], $33::bigint[]) f
ON CONFLICT (publisher) DO UPDATE SET
  epoch = excluded.epoch, seq = excluded.seq, hash = excluded.hash,
  seen_epoch = excluded.seen_epoch, seen_seq = excluded.seen_seq,
  gap_since = excluded.gap_since, stopped_code = excluded.stopped_code, last_seen_at = excluded.last_seen_at,
  recorded_at = coalesce(excluded.recorded_at, c.recorded_at), stored_at = coalesce(excluded.stored_at, c.stored_at),
  duplicates = c.duplicates + excluded.duplicates, quarantined = c.quarantined + excluded.quarantined,
  overdisclosed = c.overdisclosed + excluded.overdisclosed, refetched = c.refetched + excluded.refetched
RETURNING *
"""

QUARANTINE: Final = """
WITH kept AS (
  INSERT INTO platform.quarantine AS q (digest, code, carrier, way, size, wire)
  SELECT $1, $2, $3, $4, $5, CASE WHEN h.quarantine_bytes + $5 <= $7 THEN $6::bytea END FROM platform.head h
  ON CONFLICT (digest) DO UPDATE SET times = q.times + 1, last_seen = clock_timestamp()
  RETURNING CASE WHEN times = 1 THEN coalesce(octet_length(wire), 0) ELSE 0 END AS bytes
)
UPDATE platform.head SET quarantine_bytes = quarantine_bytes + kept.bytes FROM kept
"""

READ: Final = "SELECT h.version, h.position, c.* FROM platform.head h LEFT JOIN platform.chain c ON true"

READ_HASHES: Final = """
SELECT publisher, epoch, seq, env_hash FROM platform.feed_event
 WHERE (publisher, epoch, seq) IN (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]))
"""

READ_CLOCK_EVENTS: Final = """
SELECT position, publisher, type, body, case_ref FROM platform.feed_event
 WHERE position > $1 AND type = ANY ($2::text[]) ORDER BY position LIMIT $3
"""

READ_CLOCKS: Final = """
SELECT publisher, deadline_id, view FROM platform.clock
 WHERE (publisher, deadline_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""

WRITE_CLOCKS: Final = """
INSERT INTO platform.clock (
  publisher, deadline_id, due_at, status, responsible_id, subject_id, rule_id, view, position)
SELECT * FROM unnest(
  $1::text[], $2::text[], $3::timestamptz[], $4::int[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::bigint[])
ON CONFLICT (publisher, deadline_id) DO UPDATE SET
  due_at = excluded.due_at, status = excluded.status, responsible_id = excluded.responsible_id,
  subject_id = excluded.subject_id, rule_id = excluded.rule_id, view = excluded.view, position = excluded.position
"""

FOLDED: Final = """
INSERT INTO platform.folded (name, version) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET version = excluded.version
"""
