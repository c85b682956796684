"""Spans of several authorities are stored with their links, and one case is found across them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import asyncpg
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, Span, SpanKind

from deploy.local.otlp import Collector, collector, spans_of_case
from deploy.local.postgres import LocalPostgres
from services.kernel import telemetry
from services.kernel.telemetry import Attribute, Metrics, Spans
from tests.support.eventually import eventually


class Authority:
    """Makes spans as one authority's node would, and keeps them to be exported when the test says so."""

    def __init__(self, authority_id: str) -> None:
        self._spans = InMemorySpanExporter()
        provider = TracerProvider(
            resource=Resource.create({Attribute.AUTHORITY_ID: authority_id, "service.name": "node"})
        )
        provider.add_span_processor(SimpleSpanProcessor(self._spans))
        self._tracer = provider.get_tracer("test")

    def span(self, name: str, case_id: str = "", *, causes: Sequence[Span] = ()) -> Span:
        links = [Link(cause.get_span_context()) for cause in causes]
        attributes = {Attribute.CASE_ID: case_id} if case_id else {}
        span = self._tracer.start_span(name, kind=SpanKind.SERVER, attributes=attributes, links=links)
        span.end()
        return span

    def finished(self) -> Sequence[ReadableSpan]:
        return self._spans.get_finished_spans()


@pytest.fixture
async def dsn(postgres_server: LocalPostgres) -> AsyncIterator[str]:
    name = f"telemetry_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(postgres_server.dsn())
    await admin.execute(f"CREATE DATABASE {name}")
    yield postgres_server.dsn(name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[Collector]:
    async with collector(dsn) as running:
        yield running


@pytest.fixture
async def connection(store: Collector, dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def export(store: Collector, *authorities: Authority) -> None:
    exporter = OTLPSpanExporter(endpoint=store.endpoint, insecure=True, timeout=10)
    for authority in authorities:
        assert await asyncio.to_thread(exporter.export, authority.finished()) is SpanExportResult.SUCCESS
    await asyncio.to_thread(exporter.shutdown)


async def test_a_case_is_found_across_authorities_by_id_and_by_link(
    store: Collector, connection: asyncpg.Connection
) -> None:
    bureau, police = Authority("jt-510521"), Authority("ga-510521")
    command = bureau.span("TransferService/Transfer", "case-1")
    bureau.span("send mailbox.ga-510521", causes=[command])
    police.span("process mailbox.ga-510521", "case-1", causes=[command])
    bureau.span("TransferService/Transfer", "case-2")
    await export(store, bureau, police)
    found = [(row["authority_id"], row["name"]) for row in await spans_of_case(connection, "case-1")]
    assert found == [
        ("jt-510521", "TransferService/Transfer"),
        ("jt-510521", "send mailbox.ga-510521"),
        ("ga-510521", "process mailbox.ga-510521"),
    ]


async def test_a_batch_of_two_cases_does_not_mix_them(store: Collector, connection: asyncpg.Connection) -> None:
    bureau = Authority("jt-510521")
    first, second = bureau.span("first", "case-1"), bureau.span("second", "case-2")
    bureau.span("send", causes=[first, second])
    await export(store, bureau)
    assert [row["name"] for row in await spans_of_case(connection, "case-1")] == ["first", "send"]
    assert [row["name"] for row in await spans_of_case(connection, "case-2")] == ["second", "send"]


async def test_a_batch_that_is_sent_again_changes_nothing(store: Collector, connection: asyncpg.Connection) -> None:
    bureau = Authority("jt-510521")
    bureau.span("second", "case-1", causes=[bureau.span("first", "case-1")])
    await export(store, bureau)
    await export(store, bureau)
    rows = await spans_of_case(connection, "case-1")
    assert [row["name"] for row in rows] == ["first", "second"]
    assert await connection.fetchval("SELECT count(*) FROM span_link") == 1


async def test_what_a_node_records_arrives_with_its_metrics(store: Collector, connection: asyncpg.Connection) -> None:
    telemetry.configure(authority_id="jt-510521", service="node", otlp_endpoint=store.endpoint)
    with telemetry.span(Spans.APPEND, target="case", case_id="case-3"):
        Metrics.INBOX.add(3, sender="ga-510521", verdict="RECORDED")
    await telemetry.shutdown()

    async def arrived() -> list[asyncpg.Record]:
        return await spans_of_case(connection, "case-3")

    rows: list[asyncpg.Record] = await eventually(arrived)
    [row] = rows
    assert (row["authority_id"], row["name"]) == ("jt-510521", "append case")
    assert await connection.fetchval("SELECT value FROM metric WHERE name = $1", Metrics.INBOX.name) == 3


async def test_a_lost_database_is_unavailable_to_the_exporter(
    store: Collector, postgres_server: LocalPostgres, dsn: str
) -> None:
    admin = await asyncpg.connect(postgres_server.dsn())
    await admin.execute(f"ALTER DATABASE {dsn.rpartition('/')[2]} WITH ALLOW_CONNECTIONS false")
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", dsn.rpartition("/")[2]
    )
    await admin.close()
    bureau = Authority("jt-510521")
    bureau.span("lost", "case-4")
    exporter = OTLPSpanExporter(endpoint=store.endpoint, insecure=True, timeout=1)
    assert await asyncio.to_thread(exporter.export, bureau.finished()) is SpanExportResult.FAILURE
    await asyncio.to_thread(exporter.shutdown)
