"""Trace store of one machine: an OTLP/gRPC receiver over a PostgreSQL database.

    nodes ──OTLP──▶ Export ──one transaction──▶ span, span_link, metric ──▶ spans_of_case_v1 ──▶ enforcement trace

Promise   what was answered OK is stored; a batch that is sent again changes nothing.
Not       a collector: no sampling, no forwarding, no queries but by case. A deployment has one of its own.
Bounds    MESSAGE_BYTES_MAX a batch; spans older than KEEP_DAYS are deleted at start.
Failing   PostgreSQL away: UNAVAILABLE, and the exporter sends the batch again while it can.
Owns      one gRPC server on loopback and one small pool. Shown by tests/integration/local/test_otlp.py
"""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics_pb
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as metrics_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace_pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as trace_grpc
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from services.kernel.telemetry import Attribute

SCHEMA: Final = Path(__file__).with_name("telemetry.sql")
MESSAGE_BYTES_MAX: Final = 16 << 20
KEEP_DAYS: Final = 30
STOP_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Collector:
    """A running receiver."""

    address: str
    """host:port on which it takes OTLP/gRPC in the clear."""

    @property
    def endpoint(self) -> str:
        """What nodes get as ENFORCEMENT_OTLP_ENDPOINT."""
        return f"http://{self.address}"


@asynccontextmanager
async def collector(dsn: str, *, port: int = 0) -> AsyncIterator[Collector]:
    """Receives spans and metrics into the database until the block ends; creates the tables it needs."""
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
        await pool.execute(SCHEMA.read_text(encoding="utf-8"))
        await pool.execute("DELETE FROM span WHERE started_at < $1", datetime.now(UTC) - timedelta(days=KEEP_DAYS))
        server = grpc.aio.server(
            options=[("grpc.max_receive_message_length", MESSAGE_BYTES_MAX), ("grpc.so_reuseport", 0)]
        )
        trace_grpc.add_TraceServiceServicer_to_server(_Traces(pool), server)  # type: ignore[no-untyped-call]
        metrics_grpc.add_MetricsServiceServicer_to_server(_Metrics(pool), server)  # type: ignore[no-untyped-call]
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        try:
            yield Collector(f"127.0.0.1:{bound}")
        finally:
            await server.stop(STOP_SECONDS)


async def spans_of_case(connection: asyncpg.Connection, case_id: str) -> list[asyncpg.Record]:
    """Every span of a case in every authority, oldest first; the columns are those of `spans_of_case_v1`."""
    rows: list[asyncpg.Record] = await connection.fetch("SELECT * FROM spans_of_case_v1($1)", case_id)
    return rows


class _Traces(trace_grpc.TraceServiceServicer):
    _SPANS: Final = """
        INSERT INTO span (trace_id, span_id, parent_id, name, kind, started_at, duration_us, status, authority_id,
                          service, case_id, attributes, resource)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT DO NOTHING"""
    _LINKS: Final = "INSERT INTO span_link VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def Export(
        self, request: trace_pb.ExportTraceServiceRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> trace_pb.ExportTraceServiceResponse:
        spans = list(_spans(request))
        rows = [_span_row(resource, span) for resource, span in spans]
        links = [
            (span.trace_id.hex(), span.span_id.hex(), link.trace_id.hex(), link.span_id.hex())
            for _, span in spans
            for link in span.links
        ]
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.executemany(self._SPANS, rows)
                await connection.executemany(self._LINKS, links)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, type(error).__name__)
        return trace_pb.ExportTraceServiceResponse()


class _Metrics(metrics_grpc.MetricsServiceServicer):
    _LAST: Final = """
        INSERT INTO metric (authority_id, service, name, unit, labels, value, count, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (authority_id, service, name, labels)
        DO UPDATE SET value = excluded.value, count = excluded.count, at = excluded.at"""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def Export(
        self, request: metrics_pb.ExportMetricsServiceRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> metrics_pb.ExportMetricsServiceResponse:
        rows = [
            row
            for group in request.resource_metrics
            for scope in group.scope_metrics
            for metric in scope.metrics
            for row in _metric_rows(group.resource, metric)
        ]
        try:
            async with self._pool.acquire() as connection:
                await connection.executemany(self._LAST, rows)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, type(error).__name__)
        return metrics_pb.ExportMetricsServiceResponse()


def _spans(request: trace_pb.ExportTraceServiceRequest) -> Iterator[tuple[Resource, Span]]:
    for group in request.resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield group.resource, span


def _span_row(resource: Resource, span: Span) -> Sequence[object]:
    about, attributes = _values(resource.attributes), _values(span.attributes)
    return (
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        _instant(span.start_time_unix_nano),
        (span.end_time_unix_nano - span.start_time_unix_nano) // 1000,
        Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"),
        about.get(Attribute.AUTHORITY_ID, ""),
        about.get("service.name", ""),
        attributes.get(Attribute.CASE_ID, ""),
        json.dumps(attributes, ensure_ascii=False),
        json.dumps(about, ensure_ascii=False),
    )


def _metric_rows(resource: Resource, metric: Metric) -> Iterator[Sequence[object]]:
    about = _values(resource.attributes)
    owner = (about.get(Attribute.AUTHORITY_ID, ""), about.get("service.name", ""), metric.name, metric.unit)
    for point in (*metric.sum.data_points, *metric.gauge.data_points):
        value = float(point.as_int) if point.WhichOneof("value") == "as_int" else point.as_double
        yield (*owner, _labels(point.attributes), value, 1, _instant(point.time_unix_nano))
    for distribution in metric.histogram.data_points:
        at = _instant(distribution.time_unix_nano)
        yield (*owner, _labels(distribution.attributes), distribution.sum, distribution.count, at)


def _labels(attributes: Iterable[KeyValue]) -> str:
    return json.dumps(_values(attributes), ensure_ascii=False, sort_keys=True)


def _values(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    return {attribute.key: _value(attribute.value) for attribute in attributes}


def _value(value: AnyValue) -> Any:
    which = value.WhichOneof("value")
    if which == "array_value":
        return [_value(each) for each in value.array_value.values]
    return None if which is None else str(getattr(value, which)) if which == "bytes_value" else getattr(value, which)


def _instant(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
