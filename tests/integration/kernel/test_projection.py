"""Read models: complete, readable at a position, rebuilt beside what people read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from enforcement.officers.v1 import events_pb2 as events
from enforcement.officers.v1 import service_pb2 as pb
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.kernel import telemetry
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Fact
from services.kernel.ledger import migrate
from services.kernel.projection import DELETE, VIEW, Row, ViewReader, Views, ViewsRunner, runner
from services.kernel.telemetry import Spans
from tests.integration.kernel.test_commands import REGISTER
from tests.support.eventually import eventually
from tests.support.kernel import Bus, open_bus
from tests.support.postgres import Databases

SQL = Path(__file__).parents[2] / "support" / "officer_views.sql"


def officer_views(version: int = 1) -> Views:
    views = Views("officers", version=version, sql=SQL)
    table = views.table("officer", key="officer_id")

    @table.on(events.OfficerRegistered)
    def registered(row: Row, event: events.OfficerRegistered, fact: Fact) -> None:
        row.update(name=event.name, status=f"v{version}", changes=0)

    @table.on(events.CredentialSuspended, events.CredentialRestored)
    def changed(row: Row, event: events.CredentialSuspended, fact: Fact) -> None:
        row.update(status=type(event).__name__, changes=row["changes"] + 1)

    @table.on(events.CredentialCancelled)
    def cancelled(row: Row, event: events.CredentialCancelled, fact: Fact) -> Any:
        return DELETE

    return views


@pytest.fixture
async def bus(database: str, databases: Databases) -> AsyncIterator[Bus]:
    await migrate(databases.admin(database), VIEW)
    async with open_bus(database) as opened:
        yield opened


@asynccontextmanager
async def running(bus: Bus, views: Views) -> AsyncIterator[tuple[ViewsRunner, ViewReader]]:
    made = ViewsRunner(views, bus.ledger, owner="jt-510521.officers")
    task = asyncio.create_task(made.run())
    try:
        yield made, ViewReader(made, bus.ledger, "officers")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def rows(reader: ViewReader, position: int) -> list[tuple[str, str, int]]:
    async with reader.at(position) as connection:
        found = await connection.fetch("SELECT name, status, changes FROM officer ORDER BY name")
    return [tuple(row) for row in found]


async def test_a_query_sees_what_its_position_names(bus: Bus) -> None:
    async with running(bus, officer_views()) as (_, reader):
        answer = await bus.run(REGISTER)
        assert await rows(reader, answer.position) == [("李四", "v1", 0)]
        suspended = await bus.run(pb.SuspendCredentialRequest(officer_id=answer.id, reason="停"))
        assert await rows(reader, suspended.position) == [("李四", "CredentialSuspended", 1)]


async def test_several_changes_of_a_row_in_one_page_are_all_folded(bus: Bus) -> None:
    answer = await bus.run(REGISTER)
    for _ in range(3):
        await bus.run(pb.SuspendCredentialRequest(officer_id=answer.id, reason="停"))
        last = await bus.run(pb.RestoreCredentialRequest(officer_id=answer.id, reason="复"))
    async with running(bus, officer_views()) as (_, reader):
        assert await rows(reader, last.position) == [("李四", "CredentialRestored", 6)]


async def test_a_row_may_be_deleted(bus: Bus) -> None:
    async with running(bus, officer_views()) as (_, reader):
        answer = await bus.run(REGISTER)
        await rows(reader, answer.position)
        gone = await bus.run(pb.CancelCredentialRequest(officer_id=answer.id, reason="注销"))
        assert await rows(reader, gone.position) == []


async def test_a_query_for_a_position_that_never_comes_says_so(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "WAIT_SECONDS", 0.1)
    async with running(bus, officer_views()) as (_, reader):
        with pytest.raises(Refused) as refused:
            await rows(reader, 99)
    assert refused.value.code == KernelRefusal.VIEW_BEHIND


async def generations(bus: Bus) -> list[tuple[int, int, bool]]:
    async with bus.ledger.connection() as connection:
        found = await connection.fetch("SELECT generation, version, live FROM view.generation ORDER BY generation")
    return [tuple(row) for row in found]


async def test_a_rebuild_gives_the_same_rows_and_never_empties_what_people_read(bus: Bus) -> None:
    for _ in range(20):
        last = await bus.run(REGISTER)
    async with running(bus, officer_views()) as (made, reader):
        before = await rows(reader, last.position)
        made.rebuild()

        async def flipped() -> bool:
            assert await rows(reader, last.position) == before
            return await generations(bus) == [(2, 1, True)]

        await eventually(flipped)
        assert await rows(reader, last.position) == before


async def test_the_planner_knows_a_table_before_it_is_read(bus: Bus) -> None:
    """Without statistics a join scans everything until autovacuum comes by."""
    views = officer_views()

    @views.tables[0].on(events.OfficerRegistered)
    def long(row: Row, event: events.OfficerRegistered, fact: Fact) -> None:
        row.update(name=event.name * 300, status="v1", changes=0)  # under 2 KB, so not compressed

    for _ in range(100):
        last = await bus.run(REGISTER)
    async with running(bus, views) as (_, reader), reader.at(last.position) as connection:
        assert await connection.fetchval("SELECT reltuples FROM pg_class WHERE oid = 'officer'::regclass") == 100


async def test_a_rebuild_records_no_spans(bus: Bus) -> None:
    """What folds a row may open spans; a replay of years of events would flood the trace store with them."""
    folded: list[bool] = []
    views = officer_views()

    @views.tables[0].on(events.OfficerRegistered)
    def traced(row: Row, event: events.OfficerRegistered, fact: Fact) -> None:
        with telemetry.span(Spans.APPEND, target="fold"):
            folded.append(telemetry.recording())

    spans = InMemorySpanExporter()
    telemetry.configure(authority_id="jt-510521", service="node", span_processor=SimpleSpanProcessor(spans))
    try:
        last = await bus.run(REGISTER)
        spans.clear()
        async with running(bus, views) as (made, reader):
            await rows(reader, last.position)
            made.rebuild()

            async def flipped() -> bool:
                return await generations(bus) == [(2, 1, True)]

            await eventually(flipped)
        assert folded == [False, False]
        assert spans.get_finished_spans() == ()
    finally:
        await telemetry.shutdown()


async def test_a_new_version_is_built_beside_the_old_one(bus: Bus) -> None:
    answer = await bus.run(REGISTER)
    async with running(bus, officer_views()) as (_, reader):
        await rows(reader, answer.position)
    async with running(bus, officer_views(version=2)) as (_, reader):
        assert await rows(reader, answer.position) == [("李四", "v2", 0)]
    assert (2, 2, True) in await generations(bus)
