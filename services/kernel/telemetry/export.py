"""Where spans and metrics go: switched on once per process, and ended in bounded time."""

import asyncio
from dataclasses import dataclass
from threading import Thread
from typing import Final

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from services.kernel.telemetry.metrics import bind
from services.kernel.telemetry.names import Attribute

SPAN_QUEUE: Final = 16_384
SPAN_BATCH: Final = 2_048
SPAN_DELAY_MS: Final = 500
METRIC_INTERVAL_MS: Final = 10_000
SHUTDOWN_SECONDS: Final = 2.0
"""Within the ten seconds that a node has to stop."""
EXPORT_SECONDS: Final = 5.0
_JOIN_SECONDS: Final = 0.01
_DURATION_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class Providers:
    """What records, while recording is on."""

    tracer: trace.Tracer | None = None
    spans: TracerProvider | None = None
    metrics: MeterProvider | None = None


providers: Final = Providers()


def configure(
    *,
    authority_id: str,
    service: str,
    otlp_endpoint: str | None = None,
    span_exporter: SpanExporter | None = None,
    span_processor: SpanProcessor | None = None,
    metric_reader: MetricReader | None = None,
) -> None:
    """Switches recording on: by OTLP/gRPC to `otlp_endpoint`, and to what a test gives; without both nothing is kept.

    Args:
        authority_id: the resource's `enforcement.authority.id`.
        service: the resource's `service.name`, e.g. "node" or "transfer".
        otlp_endpoint: "http://host:port" in clear, "https://host:port" with TLS; empty or None for no export.
    """
    resource = Resource.create(
        {"service.name": service, "service.namespace": "enforcement", Attribute.AUTHORITY_ID: authority_id}
    )
    processors = [span_processor] if span_processor is not None else []
    if span_exporter is not None:
        processors.append(_batched(span_exporter))
    readers = [metric_reader] if metric_reader is not None else []
    if otlp_endpoint:
        processors.append(_batched(_otlp_spans(otlp_endpoint)))
        readers.append(_otlp_metrics(otlp_endpoint))
    if processors:
        providers.spans = TracerProvider(resource=resource, shutdown_on_exit=False)
        for processor in processors:
            providers.spans.add_span_processor(processor)
        providers.tracer = providers.spans.get_tracer("enforcement")
    if readers:
        buckets = View(
            instrument_unit="s",
            aggregation=ExplicitBucketHistogramAggregation(_DURATION_BUCKETS),
            instrument_name="*.duration",
        )
        providers.metrics = MeterProvider(readers, resource=resource, views=[buckets], shutdown_on_exit=False)
        bind(providers.metrics.get_meter("enforcement"))


async def shutdown() -> None:
    """Exports what is left, within SHUTDOWN_SECONDS, and records nothing afterwards. May be called twice."""
    closed = [provider for provider in (providers.spans, providers.metrics) if provider is not None]
    providers.tracer = providers.spans = providers.metrics = None
    bind(None)
    # Daemon threads: an exporter that waits for an unreachable collector must not keep the process from ending.
    closing = [Thread(target=provider.shutdown, daemon=True) for provider in closed]
    for thread in closing:
        thread.start()
    for _ in range(int(SHUTDOWN_SECONDS / _JOIN_SECONDS)):
        if not any(thread.is_alive() for thread in closing):
            return
        await asyncio.sleep(_JOIN_SECONDS)


def _batched(exporter: SpanExporter) -> BatchSpanProcessor:
    return BatchSpanProcessor(
        exporter, max_queue_size=SPAN_QUEUE, max_export_batch_size=SPAN_BATCH, schedule_delay_millis=SPAN_DELAY_MS
    )


def _otlp_spans(endpoint: str) -> SpanExporter:
    # Imported here: a process without an exporter saves the time and the memory of loading it.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"), timeout=EXPORT_SECONDS)


def _otlp_metrics(endpoint: str) -> MetricReader:
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    exporter = OTLPMetricExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"), timeout=EXPORT_SECONDS)
    return PeriodicExportingMetricReader(exporter, export_interval_millis=METRIC_INTERVAL_MS)
