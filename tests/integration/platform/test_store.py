"""The platform's log in a real database."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
import pytest
from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.officers.v1 import events_pb2 as officers

from services.kernel.envelopes.codec import Link, make_head
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Ledger, migrate
from services.platform import clocks
from services.platform.install import PLATFORM as MIGRATIONS
from services.platform.judge import Arrival, Entry, Judge, Judged, Way
from services.platform.plan import STOPPED, Recorded
from services.platform.store import Store
from tests.support.members import CATALOGUE, Party, again, registry
from tests.support.postgres import Databases
from tests.unit.platform.feeds import LUXIAN, PRIVATE, RONGCHANG, YONGCHUAN, count_up, lx_1218, name, publish

JUDGE = Judge(CATALOGUE)


@pytest.fixture
def parties() -> dict[str, Party]:
    return {member: Party.new(member) for member in (LUXIAN, YONGCHUAN, RONGCHANG)}


@pytest.fixture
def store(ledger: Ledger) -> Store:
    return Store(ledger, quarantine_bytes_max=1 << 20)


def judged(party: Party, *wires: bytes, way: Way = "kafka") -> list[Judged]:
    return [JUDGE.judge(Arrival(wire, party.id, way), registry(party), datetime.now(UTC)) for wire in wires]


def codes(recorded: Recorded) -> list[str]:
    return [code for _, code in recorded.verdicts]


async def contents(store: Store) -> list[tuple[object, ...]]:
    """The log without the times at which it was stored."""
    rows = await store.fetch("SELECT * FROM platform.feed_event ORDER BY position")
    return [tuple(value for column, value in row.items() if column != "stored_at") for row in rows]


async def test_a_stretch_is_stored_in_order_with_dense_positions(store: Store, parties: dict[str, Party]) -> None:
    bureau = parties[LUXIAN]
    recorded = await store.record(judged(bureau, *reversed(count_up(bureau, 5))))
    assert [(position, entry.link.seq) for position, entry in recorded.stored] == [(n, n) for n in range(1, 6)]
    assert recorded.feeds[LUXIAN].end == bureau.link
    assert await store.head() == 5


async def test_replaying_a_whole_feed_twice_changes_nothing(store: Store, parties: dict[str, Party]) -> None:
    bureau = parties[LUXIAN]
    wires = count_up(bureau, 4)
    await store.record(judged(bureau, *wires))
    before = await contents(store)
    recorded = await store.record(judged(bureau, *wires, *wires))
    assert codes(recorded) == [Code.DUPLICATE] * 8
    assert await contents(store) == before
    assert recorded.feeds[LUXIAN].duplicates == 8


async def test_an_early_envelope_is_given_back_and_the_feed_knows_what_is_missing(
    store: Store, parties: dict[str, Party]
) -> None:
    bureau = parties[LUXIAN]
    first, second, third = judged(bureau, *count_up(bureau, 3))
    recorded = await store.record([first, third])
    assert recorded.early == [third]
    feed = recorded.feeds[LUXIAN]
    assert (feed.end.seq, feed.seen, feed.behind) == (1, (1, 3), True)
    assert feed.gap_since is not None
    feed = (await store.record([second, third])).feeds[LUXIAN]
    assert (feed.end.seq, feed.behind, feed.gap_since) == (3, False, None)


async def test_a_head_shows_that_the_tail_is_missing(store: Store, parties: dict[str, Party]) -> None:
    bureau = parties[LUXIAN]
    wires = count_up(bureau, 3)
    head = make_head(LUXIAN, "feed", bureau.link, datetime.now(UTC), bureau.seal)
    feed = (await store.record(judged(bureau, wires[0], head))).feeds[LUXIAN]
    assert (feed.end.seq, feed.seen, feed.behind) == (1, (1, 3), True)


async def test_a_head_with_another_hash_at_the_same_place_stops_the_feed(
    store: Store, parties: dict[str, Party]
) -> None:
    bureau = parties[LUXIAN]
    (wire,) = count_up(bureau, 1)
    other = make_head(LUXIAN, "feed", Link(1, 1, b"\x01" * 32), datetime.now(UTC), bureau.seal)
    recorded = await store.record(judged(bureau, wire, other))
    assert recorded.feeds[LUXIAN].stopped_code == Code.CHAIN_BROKEN


async def test_two_pasts_stop_the_feed(store: Store, parties: dict[str, Party]) -> None:
    bureau = parties[LUXIAN]
    first = count_up(bureau, 1)
    before_the_lie = bureau.link
    bureau.link = Link(1, 1, b"\x01" * 32)
    lie = count_up(bureau, 1)
    bureau.link = before_the_lie
    truth = count_up(bureau, 2)
    assert codes(await store.record(judged(bureau, *first, *lie)))[-1] == Code.CHAIN_BROKEN
    assert codes(await store.record(judged(bureau, *truth))) == [STOPPED, STOPPED]


async def test_another_envelope_at_a_stored_place_is_evidence_and_the_first_stays(
    store: Store, parties: dict[str, Party]
) -> None:
    bureau = parties[LUXIAN]
    first = count_up(bureau, 1)
    after = bureau.link
    bureau.link = Link()
    second = count_up(bureau, 1)
    await store.record(judged(bureau, *first))
    recorded = await store.record(judged(bureau, *second))
    assert codes(recorded) == [Code.ENVELOPE_EQUIVOCATION]
    assert recorded.feeds[LUXIAN].end == after
    rows = await store.fetch("SELECT code, wire FROM platform.quarantine")
    assert [(row["code"], row["wire"]) for row in rows] == [("ENVELOPE_EQUIVOCATION", second[0])]


async def test_the_feed_moves_past_what_was_signed_and_is_refused(store: Store, parties: dict[str, Party]) -> None:
    bureau = parties[LUXIAN]
    refused = bureau.feed(officers.OfficerRegistered(officer_id=name("officer"), name=PRIVATE))
    recorded = await store.record(judged(bureau, refused, *count_up(bureau, 1)))
    assert [entry.link.seq for _, entry in recorded.stored] == [2]
    rows = await store.fetch("SELECT code, wire FROM platform.quarantine")
    assert [(row["code"], row["wire"]) for row in rows] == [("NOT_GRANTED", None)], "its body must not be kept"


async def test_the_same_bad_value_is_one_row_with_a_count(store: Store, parties: dict[str, Party]) -> None:
    bureau = parties[LUXIAN]
    for _ in range(3):
        await store.record(judged(bureau, b"noise", way="grpc"))
    rows = await store.fetch("SELECT code, carrier, way, times, size FROM platform.quarantine")
    assert [tuple(row) for row in rows] == [("MALFORMED", LUXIAN, "grpc", 3, 5)]


async def test_beyond_the_byte_budget_only_digests_are_kept(ledger: Ledger, parties: dict[str, Party]) -> None:
    store = Store(ledger, quarantine_bytes_max=10)
    await store.record(judged(parties[LUXIAN], b"1234567", b"abcdefg", b"xyz"))
    rows = await store.fetch("SELECT wire FROM platform.quarantine ORDER BY wire")
    assert [row["wire"] for row in rows] == [b"1234567", b"xyz", None]


async def test_a_damaged_body_is_waited_for_and_then_taken(store: Store, parties: dict[str, Party]) -> None:
    bureau = parties[LUXIAN]
    (wire,) = count_up(bureau, 1)
    feed = (await store.record(judged(bureau, again(wire, body=b"damaged")))).feeds[LUXIAN]
    assert (feed.end.seq, feed.behind) == (0, True)
    feed = (await store.record(judged(bureau, wire))).feeds[LUXIAN]
    assert (feed.end.seq, feed.behind) == (1, False)


async def test_concurrent_workers_make_one_gapless_log(ledger: Ledger, parties: dict[str, Party]) -> None:
    """Two workers that both read every feed, as around a rebalance."""
    workers = [Store(ledger, quarantine_bytes_max=0) for _ in range(2)]
    feeds = {party.id: judged(party, *count_up(party, 30)) for party in parties.values()}

    async def work(worker: Store, entries: Sequence[Judged]) -> None:
        for at in range(0, len(entries), 3):
            await worker.record(entries[at : at + 3])

    async with asyncio.TaskGroup() as tasks:
        for worker in workers:
            for entries in feeds.values():
                tasks.create_task(work(worker, entries))
    rows = await workers[0].fetch("SELECT position, publisher, seq FROM platform.feed_event ORDER BY position")
    assert [row["position"] for row in rows] == list(range(1, 91))
    for member in parties:
        assert [row["seq"] for row in rows if row["publisher"] == member] == list(range(1, 31))


async def test_nobody_changes_or_deletes_what_was_stored(store: Store, parties: dict[str, Party]) -> None:
    await store.record(judged(parties[LUXIAN], *count_up(parties[LUXIAN], 1)))
    for statement in (
        "UPDATE platform.feed_event SET body = ''",
        "DELETE FROM platform.feed_event",
        "TRUNCATE platform.feed_event",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await store.fetch(statement)


async def test_even_the_owner_cannot_change_the_log(
    databases: Databases, platform_dsn: str, store: Store, parties: dict[str, Party]
) -> None:
    await store.record(judged(parties[LUXIAN], *count_up(parties[LUXIAN], 1)))
    connection = await asyncpg.connect(databases.admin(platform_dsn))
    try:
        for statement in ("UPDATE platform.feed_event SET body = ''", "TRUNCATE platform.feed_event"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


# ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def clock_story(clock: str) -> list[deadlines.DeadlineStarted | deadlines.DeadlineMissed | deadlines.DeadlineMet]:
    started = deadlines.DeadlineStarted(deadline_id=clock, rule_id="transfer.send", subject_id=name("transfer"))
    started.effective_due_at.FromJsonString("2025-05-01T08:00:00Z")
    return [
        started,
        deadlines.DeadlineMissed(deadline_id=clock, rule_id="transfer.send"),
        deadlines.DeadlineMet(deadline_id=clock, rule_id="transfer.send"),
    ]


async def clock_rows(store: Store) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await store.fetch("SELECT * FROM platform.clock ORDER BY publisher, deadline_id")]


async def test_clocks_folded_again_from_the_log_are_the_same(store: Store, parties: dict[str, Party]) -> None:
    for party in parties.values():
        for number in range(3):
            wires = [publish(party, event) for event in clock_story(name(party.id, number))]
            await store.record(judged(party, *wires[:2]))
            await store.record(judged(party, *wires[2:]))
    kept = await clock_rows(store)
    assert len(kept) == 9
    assert await store.refold(always=True) == 27
    assert await clock_rows(store) == kept


async def test_clocks_are_folded_again_when_the_fold_changed(
    store: Store, parties: dict[str, Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await store.refold() == 0
    assert await store.refold() == 0
    await store.record(judged(parties[LUXIAN], publish(parties[LUXIAN], clock_story(name("clock"))[0])))
    monkeypatch.setattr(clocks, "VERSION", clocks.VERSION + 1)
    assert await store.refold() == 1


# ── what is stored ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_private_is_stored_even_if_a_publisher_tells_it(store: Store, parties: dict[str, Party]) -> None:
    """Half of the story comes as the exchange tells it, half with every private field left in."""
    for number, tale in enumerate(lx_1218()):
        party = parties[tale.publisher]
        wire = publish(party, tale.event, tale.occurred_at) if number % 2 else party.feed(tale.event)
        recorded = await store.record(judged(party, wire))
        assert len(recorded.stored) == 1
    tables = [row["table_name"] for row in await store.fetch(TABLES)]
    assert "feed_event" in tables
    for table in tables:
        for row in await store.fetch(f"SELECT t::text AS text FROM platform.{table} t"):
            for secret in PRIVATE.split():
                assert secret not in row["text"]
                assert secret.encode().hex() not in row["text"]
    feeds = await store.feeds()
    assert sum(feed.overdisclosed for feed in feeds) > 20


TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'platform'"


async def test_every_stored_body_is_its_own_feed_view(store: Store, parties: dict[str, Party]) -> None:
    for tale in lx_1218():
        await store.record(judged(parties[tale.publisher], parties[tale.publisher].feed(tale.event)))
    rows = await store.fetch("SELECT type, body FROM platform.feed_event")
    assert len(rows) == len(lx_1218())
    for row in rows:
        assert CATALOGUE.view(row["type"], row["body"], 2) == row["body"]


async def test_the_migrations_arrive_at_the_schema_file(
    databases: Databases, platform_dsn: str, ledger: Ledger
) -> None:
    assert await migrate(databases.admin(platform_dsn), MIGRATIONS) == []
    schema = MIGRATIONS.folder.with_name("schema.sql").read_text()
    made = await _structure(ledger, "platform")
    connection = await asyncpg.connect(databases.admin(platform_dsn))
    try:
        await connection.execute(schema.replace("platform", "wanted"))
    finally:
        await connection.close()
    assert made == await _structure(ledger, "wanted")
    assert any(row[0] == "feed_event" for row in made)


async def _structure(ledger: Ledger, schema: str) -> list[tuple[object, ...]]:
    async with ledger.connection() as connection:
        columns = await connection.fetch(
            "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
            " replace(pg_get_expr(d.adbin, d.adrelid), $1, '') FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
            " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
            " WHERE n.nspname = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum",
            schema,
        )
    return [tuple(row) for row in columns]


def test_an_entry_is_a_plain_value() -> None:
    bureau = Party.new(LUXIAN)
    event = joint.EducationRecorded(operation_id=name("operation"), head_count=1)
    (entry,) = judged(bureau, publish(bureau, event))
    assert isinstance(entry, Entry)
    assert entry == JUDGE.judge(entry.arrival, registry(bureau), datetime.now(UTC))
