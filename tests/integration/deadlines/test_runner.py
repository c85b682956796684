"""Clocks that follow a real ledger: whose events count, calendars loaded later, rows that are lost, rules that fail."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from enforcement.deadlines.v1 import events_pb2 as pb
from enforcement.ledger.v1 import meta_pb2 as meta

from services.kernel.deadlines import (
    Asked,
    Deadline,
    Deadlines,
    WorkingCalendar,
    calendar_days,
    hours,
    published,
    when,
    working_days,
)
from services.kernel.deadlines import rows as clock_rows
from services.kernel.deadlines.clock import Clock, Status
from services.kernel.deadlines.runner import reader_name, rebuild
from services.kernel.ledger import Migrations, derive, migrate, parked, uuid7_time
from services.kernel.ledger.errors import Unavailable as LedgerUnavailable
from services.kernel.messages import from_microseconds
from tests.integration.deadlines.conftest import CASE, CLOSE, DECIDE, LU, PUBLISH, SERVICE, World, at
from tests.support import acts
from tests.support.eventually import eventually
from tests.support.postgres import Databases

OTHER = "019a0000-0000-7000-8000-000000000002"


async def story(world: World) -> None:
    """Every kind of deadline event, on several clocks: as many rows as statuses."""
    world.now("2024-12-20T00:00")
    await world.record(acts.Filed(case_id=CASE), "2024-09-09T10:00")
    await world.record(acts.Filed(case_id=OTHER), "2024-09-09T11:00")
    await world.record(acts.Transferred(case_id=CASE, open=True), "2024-09-20T10:00")
    await world.record(acts.Transferred(case_id=CASE, open=False), "2024-09-30T10:00")
    await world.record(acts.Prolonged(case_id=OTHER, days=30), "2024-11-01T10:00")
    await world.record(acts.Decided(case_id=CASE), "2024-12-19T10:00")
    await world.record(acts.Closed(case_id=CASE), "2024-12-19T12:00")
    await world.record(acts.Withdrawn(case_id=OTHER), "2024-12-01T10:00")
    await world.record(acts.Filed(case_id="third"), "2024-09-10T10:00")
    await world.record(acts.Filed(case_id="fourth"), "2024-12-01T10:00")
    await world.record(acts.Transferred(case_id="fourth", open=True), "2024-12-05T10:00")


STORY = {  # rule, key: status, last day
    ("tests.decide", CASE): (Status.MET, "2024-12-19"),
    ("tests.close", CASE): (Status.MET, "2024-12-20"),
    ("tests.publish", CASE): (Status.RUNNING, "2024-12-30"),
    ("tests.decide", OTHER): (Status.CANCELLED, "2025-01-07"),
    ("tests.decide", "third"): (Status.MISSED, "2024-12-09"),
    ("tests.decide", "fourth"): (Status.PAUSED, "2025-03-03"),
}


async def told(world: World) -> list[Clock]:
    """The story, until its last clock is missed."""
    await story(world)
    async with world.running() as runner:
        await world.caught_up(runner)

        async def missed() -> bool:
            return any(clock.status is Status.MISSED for clock in await world.rows())

        await eventually(missed)
    return await world.rows()


async def test_a_story_leaves_each_clock_where_the_law_has_it(world: World) -> None:
    found = {(clock.rule_id, clock.key): (clock.status, clock.due.due_on.isoformat()) for clock in await told(world)}

    assert found == STORY


async def test_deadline_events_follow_the_case_and_name_their_cause(world: World) -> None:
    await world.record(acts.Decided(case_id=CASE), "2024-09-09T10:00")
    async with world.running() as runner:
        await world.caught_up(runner)
    page = await world.ledger.read(0)
    cause, *started = page.events

    assert {event.correlation_id for event in started} == {UUID(CASE)}
    assert {event.causation_id for event in started} == {cause.event_id}
    assert {event.stream_id for event in started} == {
        derive(cause.event_id, rule) for rule in ("tests.close", "tests.publish")
    }
    recorded = [meta.Meta.FromString(event.meta) for event in started]
    assert {(m.actor, m.actor_kind) for m in recorded} == {(SERVICE, meta.ACTOR_KIND_SERVICE)}
    assert {from_microseconds(m.occurred_us) for m in recorded} == {at("2024-09-09T10:00")}


async def test_a_received_event_ends_a_clock_and_starts_none(world: World) -> None:
    world.deadlines = Deadlines(CLOSE)
    world.now("2024-09-09T20:00")
    await world.record(acts.Decided(case_id=OTHER), "2024-09-09T10:00", origin="jt-500118", category="received")
    await world.record(acts.Decided(case_id=CASE), "2024-09-09T10:00")
    await world.record(acts.Closed(case_id=CASE), "2024-09-09T18:00", origin="ga-510521", category="received")
    async with world.running() as runner:
        await world.caught_up(runner)

    assert await world.history() == ["DeadlineStarted", "DeadlineMet"]
    assert (await world.row()).key == CASE


async def test_another_authority_starts_a_clock_only_when_it_was_asked(world: World) -> None:
    awaited = Deadline(
        "tests.awaited",
        basis="国务院令第310号 art. 8",
        title="公安机关决定是否立案",
        starts=when(acts.Decided, received=True),
        ends=when(acts.Closed, received=True),
        within=calendar_days(3),
        key="case_id",
        responsible=lambda event, context: context.origin or "",
        asked=Asked("case_id", {acts.Filed: "reference"}),
    )
    world.deadlines = Deadlines(awaited)
    world.now("2024-09-09T20:00")
    await world.record(acts.Filed(case_id=CASE, reference="ga-510521"), "2024-09-09T09:00", stream_id=UUID(CASE))
    told: dict[str, Any] = {"category": "received", "occurred": "2024-09-09T10:00"}
    await world.record(acts.Decided(case_id=CASE), origin="ga-500118", **told)
    await world.record(acts.Decided(case_id=OTHER), origin="ga-510521", **told)
    await world.record(acts.Decided(case_id="no id at all"), origin="ga-510521", **told)
    await world.record(acts.Decided(case_id=CASE), origin="ga-510521", **told)
    async with world.running() as runner:
        await world.caught_up(runner)
        async with world.ledger.connection() as connection:
            assert await parked.unresolved(connection, reader_name(SERVICE)) == []

    (clock,) = await world.rows()
    assert (clock.responsible_id, clock.key) == ("ga-510521", CASE)


async def test_an_act_ends_the_clocks_of_its_case_only(world: World) -> None:
    world.deadlines = Deadlines(DECIDE)
    world.now("2024-09-20T10:00")
    for case in (CASE, OTHER):
        await world.record(acts.Filed(case_id=case), "2024-09-09T10:00")
    await world.record(acts.Decided(case_id=OTHER), "2024-09-10T10:00")
    async with world.running() as runner:
        await world.caught_up(runner)

    assert {clock.key: clock.status for clock in await world.rows()} == {CASE: Status.RUNNING, OTHER: Status.MET}


async def test_a_miss_is_remembered_in_the_month_of_its_end_where_that_is_kept(world: World) -> None:
    world.deadlines = Deadlines(CLOSE)
    async with world.ledger.connection() as connection:
        wall = await connection.fetchval("SELECT clock_timestamp()")
    recent = (wall - timedelta(days=3)).astimezone(at("2024-01-01").tzinfo).replace(tzinfo=None, microsecond=0)
    world.now((recent + timedelta(days=2)).isoformat())
    await world.record(acts.Decided(case_id=CASE), recent.isoformat())
    async with world.running():
        await world.eventually_history("DeadlineStarted", "DeadlineMissed")
    clock = await world.row()

    ends = int(clock.due.effective_at.timestamp() * 1000)
    source = UUID(bytes=ends.to_bytes(6, "big") + clock.deadline_id.bytes[6:])
    derived = derive(source, f"missed/{ends * 1000}")
    assert uuid7_time(derived) == clock.due.effective_at
    answer = await world.ledger.command(derived)
    assert answer is not None
    assert answer.stream_id == clock.deadline_id


# ── The calendar ─────────────────────────────────────────────────────────────────────────────────────────────────────

BEFORE_2025 = WorkingCalendar({2024: published().notices[2024]})
NOTICE_2025 = published().notices[2025]


def notice_2025(*workdays: str) -> pb.CalendarLoaded:
    return pb.CalendarLoaded(
        calendar_id=OTHER,
        year=2025,
        notice="国办发明电〔2024〕12号",
        source=NOTICE_2025.source,
        days_off=[day.isoformat() for day in sorted(NOTICE_2025.off)],
        workdays=[*(day.isoformat() for day in sorted(NOTICE_2025.workdays)), *workdays],
    )


async def test_a_loaded_notice_settles_provisional_clocks_and_they_are_missed_only_then(world: World) -> None:
    world.deadlines, world.calendar = Deadlines(PUBLISH), BEFORE_2025
    await world.record(acts.Decided(case_id=CASE), "2024-12-27T10:00")  # seven working days reach January
    world.now("2025-01-10T00:00")
    async with world.running() as runner:
        await world.caught_up(runner)
        provisional = await world.row()
        assert (provisional.due.provisional, provisional.due.due_on.isoformat()) == (True, "2025-01-07")
        assert provisional.status is Status.RUNNING

        await world.record(notice_2025(), "2025-01-10T00:00", category="deadline")
        await world.eventually_history("DeadlineStarted", "DeadlineRecomputed", "DeadlineMissed")

    recomputed = next(m for m in await world.messages() if isinstance(m, pb.DeadlineRecomputed))
    assert recomputed.notice == "国办发明电〔2024〕12号"
    assert recomputed.provisional is False
    assert (await world.row()).due.due_on.isoformat() == "2025-01-08"


async def test_a_notice_moves_only_the_clocks_that_reach_its_days_and_later_clocks_know_it(world: World) -> None:
    world.deadlines, world.calendar = Deadlines(PUBLISH, DECIDE), BEFORE_2025
    await world.record(acts.Decided(case_id="inside 2024"), "2024-12-02T10:00")
    await world.record(acts.Decided(case_id="into 2025"), "2024-12-27T10:00")
    world.now("2024-12-02T11:00")
    await world.record(notice_2025("2025-01-04"), "2024-12-02T11:00", category="deadline")
    await world.record(acts.Decided(case_id="after the notice"), "2024-12-27T10:00")
    async with world.running() as runner:
        await world.caught_up(runner)

    ends = {clock.key: (clock.due.due_on.isoformat(), clock.due.provisional) for clock in await world.rows()}
    assert ends == {
        "inside 2024": ("2024-12-11", False),
        "into 2025": ("2025-01-07", False),
        "after the notice": ("2025-01-07", False),
    }
    assert sorted(await world.history()) == ["DeadlineRecomputed", *["DeadlineStarted"] * 3]


async def test_a_runner_that_starts_again_knows_the_notices_loaded_before(world: World) -> None:
    world.deadlines, world.calendar = Deadlines(PUBLISH), BEFORE_2025
    await world.record(notice_2025(), "2024-09-01T00:00", category="deadline")
    async with world.running() as runner:
        await world.caught_up(runner)
    await world.record(acts.Decided(case_id=CASE), "2024-12-27T10:00")
    async with world.running() as runner:
        await world.caught_up(runner)

    assert (await world.row()).due.due_on.isoformat() == "2025-01-08"


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_rows_that_were_thrown_away_come_back_the_same(world: World) -> None:
    before = await told(world)
    async with world.ledger.transaction() as connection:
        await clock_rows.forget(connection, SERVICE)

    assert await rebuild(world.ledger, SERVICE) == len(STORY)
    assert await world.rows() == before


async def test_a_rebuild_beside_a_living_runner_changes_nothing(world: World) -> None:
    world.deadlines = Deadlines(CLOSE)
    world.now("2024-09-09T12:00")
    async with world.running() as runner:
        for number in range(30):
            await world.record(acts.Decided(case_id=f"case {number}"), "2024-09-09T10:00")
            if number % 10 == 5:
                await rebuild(world.ledger, SERVICE)
        await world.caught_up(runner)
        world.now("2024-09-11T00:00")
        await world.eventually_history(*["DeadlineStarted"] * 30, *["DeadlineMissed"] * 30)


async def test_rows_that_differ_from_the_ledger_are_rebuilt_when_it_shows(world: World) -> None:
    world.deadlines = Deadlines(CLOSE)
    world.now("2024-09-09T12:00")
    await world.record(acts.Decided(case_id=CASE), "2024-09-09T10:00")
    await world.record(acts.Closed(case_id=CASE), "2024-09-09T11:00")
    async with world.running() as runner:
        await world.caught_up(runner)
    async with world.ledger.transaction() as connection:  # as after a restore of the rows alone
        await connection.execute(
            "UPDATE deadline.clock SET status = 'RUNNING', version = 1, met_at = NULL, in_time = NULL"
        )

    world.now("2024-09-12T00:00")
    async with world.running():

        async def healed() -> bool:
            return (await world.row()).status is Status.MET

        await eventually(healed)
    assert await world.history() == ["DeadlineStarted", "DeadlineMet"]


async def test_migrations_arrive_at_the_schema_file(databases: Databases) -> None:
    dsn = databases.admin(await databases.make(LU.id))
    await migrate(dsn, clock_rows.DEADLINES)
    migrated = await _structure(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DROP SCHEMA deadline CASCADE")
        await connection.execute(clock_rows.DEADLINES.folder.with_name("schema.sql").read_text())
    finally:
        await connection.close()

    assert await _structure(dsn) == migrated
    assert isinstance(clock_rows.DEADLINES, Migrations)


async def _structure(dsn: str) -> list[Any]:
    """Columns, constraints, indexes and grants of the schema."""
    connection = await asyncpg.connect(dsn)
    try:
        columns = await connection.fetch(
            """SELECT table_name, ordinal_position, column_name, data_type, is_nullable, column_default
                 FROM information_schema.columns WHERE table_schema = 'deadline' ORDER BY 1, 2"""
        )
        constraints = await connection.fetch(
            """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = 'deadline'::regnamespace ORDER BY 1, 2"""
        )
        indexes = await connection.fetch("SELECT indexdef FROM pg_indexes WHERE schemaname = 'deadline' ORDER BY 1")
        grants = await connection.fetch(
            """SELECT table_name, privilege_type FROM information_schema.role_table_grants
                WHERE table_schema = 'deadline' AND grantee = 'PUBLIC' ORDER BY 1, 2"""
        )
        return [columns, constraints, indexes, grants]
    finally:
        await connection.close()


# ── Rules that fail ──────────────────────────────────────────────────────────────────────────────────────────────────


def fragile(responsible: Any) -> Deadline:
    return Deadline(
        "tests.fragile",
        basis="design",
        title="测试",
        starts=acts.Filed,
        ends=acts.Decided,
        within=working_days(3),
        key="case_id",
        responsible=responsible,
    )


def broken(event: Any, context: Any) -> str:
    if event.case_id == OTHER:
        raise LookupError("no such authority")
    return str(context.authority.id)


async def test_a_rule_that_fails_on_an_event_is_parked_and_all_else_goes_on(world: World) -> None:
    world.deadlines = Deadlines(fragile(broken), DECIDE)
    for case in (OTHER, CASE):
        await world.record(acts.Filed(case_id=case), "2024-09-09T10:00")
    async with world.running() as runner:
        await world.caught_up(runner)
    async with world.ledger.connection() as connection:
        (aside,) = await parked.unresolved(connection, reader_name(SERVICE))

    assert aside.reason == "LookupError: no such authority"
    assert {(clock.rule_id, clock.key) for clock in await world.rows()} == {
        ("tests.fragile", CASE),
        ("tests.decide", CASE),  # the other case's clock waits with its event: an event acts whole or not at all
    }

    world.deadlines = Deadlines(fragile(lambda event, context: "jt-510521"), DECIDE)
    async with world.running():

        async def resolved() -> bool:
            return len(await world.rows()) == 4

        await eventually(resolved)
    async with world.ledger.connection() as connection:
        assert await parked.unresolved(connection, reader_name(SERVICE)) == []


async def test_a_ledger_that_is_away_for_a_moment_costs_no_clock(world: World) -> None:
    away = iter([LedgerUnavailable("the pool is exhausted")])

    def key(event: Any) -> str:
        for error in away:
            raise error
        return str(event.case_id)

    world.deadlines = Deadlines(replace(DECIDE, key=key))
    await world.record(acts.Filed(case_id=CASE), "2024-09-09T10:00")
    async with world.running() as runner:
        await world.caught_up(runner)
    async with world.ledger.connection() as connection:
        assert await parked.unresolved(connection, reader_name(SERVICE)) == []
    assert [clock.key for clock in await world.rows()] == [CASE]


@pytest.mark.parametrize("limit", [hours(24), calendar_days(3)])
async def test_a_clock_that_started_when_its_limit_was_over_already_is_missed_at_once(world: World, limit: Any) -> None:
    rule = Deadline(
        "tests.late", basis="design", title="补录", starts=acts.Filed, ends=acts.Decided, within=limit, key="case_id"
    )
    world.deadlines = Deadlines(rule)
    world.now("2024-12-01T00:00")
    await world.record(acts.Filed(case_id=CASE), "2024-09-09T10:00")
    async with world.running():
        await world.eventually_history("DeadlineStarted", "DeadlineMissed")
