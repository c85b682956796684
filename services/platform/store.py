"""The platform's log: from judged envelopes to rows, in one transaction.

    lock head ─▶ read the chains' ends ─▶ walk ─▶ events, clocks, chains, quarantine, head ─▶ commit: visible

Promise   what `record` answered as stored is committed, with positions that are dense and in commit order, and every
          query sees it, the clocks too. A repeat changes nothing but counters. The rows of one feed are a prefix of it.
Not       an order between feeds. Early envelopes are not stored: they are given back, to be held or fetched again.
Bounds    one writer at a time over all workers of the platform: the head row is the lock.
Failing   PostgreSQL lost: Unavailable, stored or not; recording the same again is harmless. Anything else raised by one
          envelope rolls the whole batch back; the caller records one by one, and parks the one that fails again.
Shown by tests/integration/platform/test_store.py
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg

from services.kernel.envelopes.codec import Link
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Ledger
from services.platform import clocks
from services.platform.chain import BEGINNING, Place, Position, walk
from services.platform.judge import Bad, Ending, Entry, Judged

PARKED: Final = "PARKED"
"""Code of an envelope that this build cannot store: a bug. Its feed waits, and asks for it again."""
STOPPED: Final = "STOPPED"
"""Outcome of an envelope of a feed that was stopped before; it is not looked at."""
REFOLD_PAGE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed as stored."""

    publisher: str
    end: Link = BEGINNING
    seen: Position = BEGINNING[:2]
    gap_since: datetime | None = None
    stopped_code: str = ""
    last_seen_at: datetime | None = None
    recorded_at: datetime | None = None
    stored_at: datetime | None = None
    duplicates: int = 0
    quarantined: int = 0
    overdisclosed: int = 0
    refetched: int = 0

    @property
    def behind(self) -> bool:
        """Whether a place after the end is known to exist."""
        return self.seen > self.end[:2]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Feed":
        """The feed of a chain row."""
        return cls(
            publisher=row["publisher"],
            end=Link(row["epoch"], row["seq"], row["hash"]),
            seen=(row["seen_epoch"], row["seen_seq"]),
            gap_since=row["gap_since"],
            stopped_code=row["stopped_code"],
            last_seen_at=row["last_seen_at"],
            recorded_at=row["recorded_at"],
            stored_at=row["stored_at"],
            duplicates=row["duplicates"],
            quarantined=row["quarantined"],
            overdisclosed=row["overdisclosed"],
            refetched=row["refetched"],
        )


@dataclass(slots=True)
class Recorded:
    """What became of a batch."""

    position: int
    """Head of the log after it."""
    stored: list[tuple[int, Entry]] = field(default_factory=list)
    """Entries that are in the log now, with their positions."""
    early: list[Entry] = field(default_factory=list)
    """Entries whose predecessors are missing."""
    feeds: dict[str, Feed] = field(default_factory=dict)
    """The feeds of the batch after it."""
    verdicts: list[tuple[Judged, str]] = field(default_factory=list)
    """Outcome of everything in the batch, by code."""


@dataclass(slots=True)
class _Change:
    """What the batch does to one feed."""

    feed: Feed
    end: Link
    seen: Position
    stopped_code: str
    recorded_at: datetime | None = None
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    overdisclosed: int = 0
    refetched: int = 0


class Store:
    """The log in the authority's database."""

    def __init__(self, ledger: Ledger, *, quarantine_bytes_max: int) -> None:
        self._ledger = ledger
        self._quarantine_bytes_max = quarantine_bytes_max

    async def record(self, batch: Sequence[Judged]) -> Recorded:
        """Records what was judged.

        Raises:
            Unavailable: PostgreSQL was lost; whether the batch is recorded is not known.
            asyncpg.PostgresError: something in the batch cannot be stored.
        """
        async with self._ledger.connection() as connection, connection.transaction():
            head = await connection.fetchrow(LOCK_HEAD)
            feeds = await self._feeds(connection, sorted({each.arrival.carrier for each in batch}))
            stored = await _hashes(connection, feeds, batch)
            plan = _plan(head["position"], feeds, batch, stored)
            await self._write(connection, plan, head["quarantine_bytes"])
        return plan.recorded

    async def park(self, entry: Entry, code: str) -> Feed:
        """Keeps an envelope that cannot be stored as evidence; its feed waits for it, or stops.

        Raises:
            Unavailable: PostgreSQL was lost.
        """
        stops = code == Code.ENVELOPE_EQUIVOCATION
        async with self._ledger.connection() as connection, connection.transaction():
            head = await connection.fetchrow(LOCK_HEAD)
            feed = (await self._feeds(connection, [entry.publisher]))[entry.publisher]
            change = _Change(feed, feed.end, max(feed.seen, entry.link[:2]), code if stops else feed.stopped_code)
            change.quarantined = 1
            plan = _Plan(Recorded(head["position"]), {entry.publisher: change}, [(entry, code)])
            await self._write(connection, plan, head["quarantine_bytes"])
        return plan.recorded.feeds[entry.publisher]

    async def resume(self, publisher: str, by: str, reason: str) -> bool:
        """Lets a stopped feed go on; False when it is not stopped.

        Raises:
            Unavailable: PostgreSQL was lost.
        """
        async with self._ledger.connection() as connection, connection.transaction():
            await connection.fetchrow(LOCK_HEAD)
            return await connection.fetchval(RESUME, publisher, by, reason) is not None

    async def _feeds(self, connection: asyncpg.Connection, publishers: Sequence[str]) -> dict[str, Feed]:
        rows = await connection.fetch(READ_CHAINS, publishers)
        return {name: Feed(name) for name in publishers} | {row["publisher"]: Feed.of(row) for row in rows}

    async def _write(self, connection: asyncpg.Connection, plan: "_Plan", quarantine_bytes: int) -> None:
        recorded = plan.recorded
        await _fold_clocks(connection, _clock_events(recorded.stored))
        for judged, code in plan.quarantine:
            quarantine_bytes += await self._quarantine(connection, judged, code, quarantine_bytes)
        columns = (*_event_columns(recorded.stored), *_chain_columns(plan.changes))
        rows = await connection.fetch(WRITE, *columns, recorded.position, quarantine_bytes)
        recorded.feeds = {row["publisher"]: Feed.of(row) for row in rows}

    async def _quarantine(self, connection: asyncpg.Connection, judged: Judged, code: str, kept: int) -> int:
        """Keeps one value; returns the bytes that it takes."""
        arrival = judged.arrival
        # What shows more than a feed may carry is not kept: its digest, signer and place are evidence enough.
        shows_too_much = isinstance(judged, Entry) and judged.refused is Code.NOT_GRANTED
        fits = kept + len(arrival.wire) <= self._quarantine_bytes_max and not shows_too_much
        wire = arrival.wire if fits else None
        new = await connection.fetchval(
            QUARANTINE, arrival.digest, code, arrival.carrier, arrival.way, len(arrival.wire), wire
        )
        return len(arrival.wire) if new and fits else 0

    # ── folded tables ────────────────────────────────────────────────────────────────────────────────────────────────

    async def refold(self, *, always: bool = False) -> int:
        """Folds the clocks again from the log when another version of the fold made them; returns the events read.

        Raises:
            Unavailable: PostgreSQL was lost; nothing changed.
        """
        async with self._ledger.connection() as connection, connection.transaction():
            await connection.execute("SELECT FROM platform.head FOR UPDATE")
            version = await connection.fetchval("SELECT version FROM platform.folded WHERE name = 'clock'")
            if version == clocks.VERSION and not always:
                return 0
            await connection.execute("DELETE FROM platform.clock")
            after, count = 0, 0
            while rows := await connection.fetch(READ_CLOCK_EVENTS, after, list(clocks.TYPES), REFOLD_PAGE):
                await _fold_clocks(connection, rows)
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


# ── planning: pure ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Plan:
    recorded: Recorded
    changes: dict[str, _Change]
    quarantine: list[tuple[Judged, str]]


def _plan(
    position: int, feeds: Mapping[str, Feed], batch: Sequence[Judged], stored: Mapping[str, Mapping[Position, bytes]]
) -> _Plan:
    """What the batch does, from what is stored."""
    changes = {name: _Change(feed, feed.end, feed.seen, feed.stopped_code) for name, feed in feeds.items()}
    plan = _Plan(Recorded(position), changes, [])
    for bad in batch:
        if isinstance(bad, Bad):
            _set_aside(plan, bad)
    for name, change in changes.items():
        entries = [each for each in batch if isinstance(each, Entry) and each.publisher == name]
        _follow(plan, change, entries, stored.get(name, {}))
    for ending in batch:
        if isinstance(ending, Ending):
            _end(plan, changes[ending.publisher], ending)
    return plan


def _set_aside(plan: _Plan, bad: Bad) -> None:
    change = plan.changes[bad.arrival.carrier]
    change.quarantined += 1
    if bad.waits_for is not None:
        change.seen = max(change.seen, bad.waits_for)
    if bad.stops:
        change.stopped_code = change.stopped_code or bad.code
    plan.quarantine.append((bad, bad.code))
    plan.recorded.verdicts.append((bad, bad.code))


def _follow(plan: _Plan, change: _Change, entries: list[Entry], stored: Mapping[Position, bytes]) -> None:
    recorded = plan.recorded
    for entry, step in walk(change.end, entries, stored):
        if change.stopped_code:
            recorded.verdicts.append((entry, STOPPED))
            continue
        change.end = step.end
        code: str = step.place.value or Code.RECORDED
        match step.place:
            case Place.NEXT if entry.refused is None:
                recorded.position += 1
                recorded.stored.append((recorded.position, entry))
                change.recorded_at = entry.recorded_at
                change.stored += 1
                change.overdisclosed += entry.cut
                change.refetched += entry.arrival.way == "grpc"
            case Place.NEXT | Place.STALE if entry.refused is not None:
                code = entry.refused
                change.quarantined += 1
                plan.quarantine.append((entry, code))
            case Place.REPEAT:
                change.duplicates += 1
            case Place.EARLY:
                recorded.early.append(entry)
                change.seen = max(change.seen, entry.link[:2])
            case _:
                change.quarantined += 1
                plan.quarantine.append((entry, code))
                if step.place is Place.BROKEN:
                    change.stopped_code = code
        recorded.verdicts.append((entry, code))
    change.seen = max(change.seen, change.end[:2])


def _end(plan: _Plan, change: _Change, ending: Ending) -> None:
    """A head names a place; where that is the stored end, it names its hash too."""
    link = ending.link
    code: str = Code.RECORDED
    if link[:2] == change.end[:2] and link.hash != change.end.hash and link.seq > 0:
        code = change.stopped_code = Code.CHAIN_BROKEN
        change.quarantined += 1
        plan.quarantine.append((ending, code))
    change.seen = max(change.seen, link[:2])
    plan.recorded.verdicts.append((ending, code))


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _chain_columns(changes: Mapping[str, _Change]) -> list[list[Any]]:
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


async def _fold_clocks(connection: asyncpg.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Folds clock events, in the order of the log, into the clocks that they are about."""
    page = [told for row in rows if (told := clocks.told(row)) is not None]
    if not page:
        return
    keys = sorted({told.key for told in page})
    known = await connection.fetch(READ_CLOCKS, *(list(column) for column in zip(*keys, strict=True)))
    views = {(row["publisher"], row["deadline_id"]): row["view"] for row in known}
    changed = [row.columns for row in clocks.fold(views, page)]
    await connection.execute(WRITE_CLOCKS, *(list(column) for column in zip(*changed, strict=True)))


def _clock_events(stored: Iterable[tuple[int, Entry]]) -> Iterator[dict[str, Any]]:
    for position, entry in stored:
        if entry.type in clocks.TYPES:
            yield {
                "position": position,
                "publisher": entry.publisher,
                "type": entry.type,
                "body": entry.body,
                "case_ref": entry.case_ref,
            }


LOCK_HEAD: Final = "SELECT position, quarantine_bytes FROM platform.head FOR UPDATE"

# A statement of its own, after the lock: in the one that waits for the lock it would read the rows of before the wait.
READ_CHAINS: Final = "SELECT * FROM platform.chain WHERE publisher = ANY ($1::text[])"

READ_HASHES: Final = """
SELECT publisher, epoch, seq, env_hash FROM platform.feed_event
 WHERE (publisher, epoch, seq) IN (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]))
"""

# Events, the head and the ends of the chains in one round trip; they are three tables, so their order does not matter.
WRITE: Final = """
WITH told AS (
  INSERT INTO platform.feed_event (
    position, publisher, epoch, seq, event_id, type, subject_id, matter_id, case_ref,
    occurred_at, recorded_at, body, unread, cut, salt, envelope, env_hash)
  SELECT * FROM unnest(
    $1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::timestamptz[], $11::timestamptz[], $12::bytea[], $13::boolean[], $14::boolean[], $15::bytea[], $16::bytea[],
    $17::bytea[])
), moved AS (
  UPDATE platform.head SET position = $32, quarantine_bytes = $33
)
INSERT INTO platform.chain AS c (
  publisher, epoch, seq, hash, seen_epoch, seen_seq, gap_since, stopped_code,
  recorded_at, stored_at, duplicates, quarantined, overdisclosed, refetched, last_seen_at)
SELECT *, clock_timestamp() FROM unnest(
  $18::text[], $19::bigint[], $20::bigint[], $21::bytea[], $22::bigint[], $23::bigint[], $24::timestamptz[],
  $25::text[], $26::timestamptz[], $27::timestamptz[], $28::bigint[], $29::bigint[], $30::bigint[], $31::bigint[])
ON CONFLICT (publisher) DO UPDATE SET
  epoch = excluded.epoch, seq = excluded.seq, hash = excluded.hash,
  seen_epoch = excluded.seen_epoch, seen_seq = excluded.seen_seq,
  gap_since = excluded.gap_since, stopped_code = excluded.stopped_code, last_seen_at = excluded.last_seen_at,
  recorded_at = coalesce(excluded.recorded_at, c.recorded_at), stored_at = coalesce(excluded.stored_at, c.stored_at),
  duplicates = c.duplicates + excluded.duplicates, quarantined = c.quarantined + excluded.quarantined,
  overdisclosed = c.overdisclosed + excluded.overdisclosed, refetched = c.refetched + excluded.refetched
RETURNING *
"""

RESUME: Final = """
UPDATE platform.chain SET stopped_code = '', resumed_at = clock_timestamp(), resumed_by = $2, resume_reason = $3
 WHERE publisher = $1 AND stopped_code <> '' RETURNING true
"""

QUARANTINE: Final = """
INSERT INTO platform.quarantine AS q (digest, code, carrier, way, size, wire) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (digest) DO UPDATE SET times = q.times + 1, last_seen = clock_timestamp()
RETURNING times = 1
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
