"""Traces, metrics and logs: every name in one tree, and the few functions that use them.

    officer's call ── SERVER span ─ append ─ ──(event row keeps traceparent)
                                                        │ live: the same trace goes on
                      CONSUMER span "process <policy>" ◀┤
                                                        │ late, a timer, another authority: a new trace with a link
                      "send mailbox.x", "process mailbox.x", …

Promise   one command is one trace; `enforcement.case.id` is on every span that follows a case; a call without
          `configure` costs one comparison and records nothing.
Not       an audit trail: spans may be lost. Who did what stands in the ledger. Without an exporter no traceparent is
          written. `tracestate` is not carried: it is unauthenticated text of others.
Bounds    SPAN_QUEUE 16384 spans, exported SPAN_BATCH 2048 at a time: a queue of 2048 lost 17,702 of a burst of
          20,000 on 2 cores. SHUTDOWN_SECONDS for the last export.
Failing   an unreachable collector drops spans and metrics and never delays a command: the exporter has its own thread.
Owns      one tracer provider and one meter provider per process. Shown by tests/unit/kernel/test_telemetry.py
"""

import asyncio
import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread
from time import perf_counter
from typing import Any, Final, Literal

import grpc
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.metrics import Counter as OtelCounter
from opentelemetry.metrics import Histogram as OtelHistogram
from opentelemetry.metrics import Meter
from opentelemetry.metrics import _Gauge as OtelGauge
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
)

from services.kernel.errors import Refused

SPAN_QUEUE: Final = 16_384
SPAN_BATCH: Final = 2_048
SPAN_DELAY_MS: Final = 500
METRIC_INTERVAL_MS: Final = 10_000
SHUTDOWN_SECONDS: Final = 2.0
"""Within the ten seconds that a node has to stop."""
EXPORT_SECONDS: Final = 5.0
_JOIN_SECONDS: Final = 0.01
LIVE_SECONDS: Final = 600.0
"""An event younger than this is processed in its command's trace; an older one starts a trace of its own."""

Value = str | int | float | bool
Attributes = Mapping[str, Value]


# ── The tree of names ────────────────────────────────────────────────────────────────────────────────────────────────


class Attribute:
    """Names of span attributes. Ids, enums and counts only: no name, plate or free text ever stands in a span."""

    CASE_ID: Final = "enforcement.case.id"
    """Correlation id of the case, the same in every authority's spans."""
    AUTHORITY_ID: Final = "enforcement.authority.id"
    """Authority whose node made the span; a resource attribute."""
    PEER_ID: Final = "enforcement.peer.id"
    """The other authority of a delivery or a fetch."""
    COMMAND_ID: Final = "enforcement.command.id"
    """Id of the command, a UUIDv7; the same on every retry."""
    COMMAND_TYPE: Final = "enforcement.command.type"
    """Full message name of the command."""
    CALLER_KIND: Final = "enforcement.caller.kind"
    """officer, administrator, service or authority."""
    STREAM_ID: Final = "enforcement.stream.id"
    """Stream of the aggregate in the ledger."""
    CATEGORY: Final = "enforcement.category"
    """Category of that stream: the name of the aggregate."""
    EVENT_ID: Final = "enforcement.event.id"
    """Id of the event that is processed."""
    EVENT_TYPE: Final = "enforcement.event.type"
    """Full message name of that event."""
    EVENT_COUNT: Final = "enforcement.event.count"
    """Events that a command recorded."""
    POSITION: Final = "enforcement.position"
    """Position in the authority's ledger."""
    READER: Final = "enforcement.reader"
    """Policy, projection or exchange that reads the ledger."""
    ENVELOPE_ID: Final = "enforcement.envelope.id"
    """Envelope hash in hex."""
    SEQUENCE: Final = "enforcement.envelope.sequence"
    """Sequence number of the envelope within its pair of authorities."""
    REMOTE_TRACE: Final = "enforcement.remote.traceparent"
    """Trace context that another authority claims; also a link."""
    VERDICT: Final = "enforcement.verdict"
    """Outcome of judging an envelope, from the exchange's closed list."""
    REFUSAL: Final = "enforcement.refusal"
    """Reason, as in ErrorInfo."""
    DEADLINE_RULE: Final = "enforcement.deadline.rule"
    """Rule of the clock, e.g. transfer.send."""
    BLOB_SIZE: Final = "enforcement.blob.size"
    """Size of the evidence file in bytes."""
    RPC_SYSTEM: Final = "rpc.system.name"
    RPC_METHOD: Final = "rpc.method"
    RPC_STATUS: Final = "rpc.status_code"
    MESSAGING_SYSTEM: Final = "messaging.system"
    MESSAGING_DESTINATION: Final = "messaging.destination.name"
    MESSAGING_OPERATION: Final = "messaging.operation.type"
    MESSAGING_COUNT: Final = "messaging.batch.message_count"
    KAFKA_OFFSET: Final = "messaging.kafka.offset"
    ERROR_TYPE: Final = "error.type"


@dataclass(frozen=True, slots=True)
class SpanName:
    """A kind of span: its name is `operation`, a space and the target; or the target alone."""

    operation: str
    kind: SpanKind
    sentence: str

    def with_target(self, target: str) -> str:
        """The span's full name."""
        return " ".join(part for part in (self.operation, target) if part)


class Spans:
    """Every kind of span that the platform records."""

    SERVE: Final = SpanName("", SpanKind.SERVER, "Answers one gRPC call; the target is the method.")
    APPEND: Final = SpanName(
        "append", SpanKind.INTERNAL, "Appends the events of one command; the target is the category."
    )
    REACT: Final = SpanName("process", SpanKind.CONSUMER, "A policy takes one event; the target is the policy.")
    FIRE: Final = SpanName("fire", SpanKind.INTERNAL, "A deadline's timer runs out; the target is the rule.")
    SEND: Final = SpanName(
        "send", SpanKind.CLIENT, "Publishes a batch of envelopes, linked to each cause; the target is the topic."
    )
    RECEIVE: Final = SpanName("process", SpanKind.CONSUMER, "Judges and records one envelope; the target is the topic.")
    PULL: Final = SpanName("pull", SpanKind.CLIENT, "Asks a peer again for missing envelopes; the target is the peer.")
    FETCH: Final = SpanName("fetch", SpanKind.CLIENT, "Fetches an evidence file from a peer; the target is the peer.")


@dataclass(slots=True)
class Metric:
    """One metric: name, unit (UCUM), sentence and the labels it may have. Silent until `configure`."""

    name: str
    unit: str
    sentence: str
    labels: tuple[str, ...] = ()

    @property
    def described(self) -> tuple[str, str, str]:
        """Name, unit and sentence."""
        return self.name, self.unit, self.sentence


@dataclass(slots=True)
class Counter(Metric):
    """Counts upwards."""

    _instrument: OtelCounter | None = field(default=None, repr=False)

    def add(self, amount: int = 1, **labels: Value) -> None:
        """Adds `amount`; label names use underscores here and in the export."""
        if self._instrument is not None:
            self._instrument.add(amount, labels)


@dataclass(slots=True)
class Histogram(Metric):
    """Distributes values over buckets; used for durations in seconds."""

    _instrument: OtelHistogram | None = field(default=None, repr=False)

    def record(self, value: float, **labels: Value) -> None:
        """Records one value."""
        if self._instrument is not None:
            self._instrument.record(value, labels)


@dataclass(slots=True)
class Gauge(Metric):
    """Tells the present value."""

    _instrument: OtelGauge | None = field(default=None, repr=False)

    def set(self, value: float, **labels: Value) -> None:
        """Replaces the value for these labels."""
        if self._instrument is not None:
            self._instrument.set(value, labels)


class Metrics:
    """Every metric that the platform exports."""

    CALL_DURATION: Final = Histogram(
        "rpc.server.call.duration", "s", "Time to answer a gRPC call.", ("rpc_method", "rpc_status_code")
    )
    COMMANDS: Final = Counter(
        "enforcement.command.outcomes", "{command}", "Commands by outcome: recorded, repeated, refused, conflict.",
        ("type", "outcome"),
    )  # fmt: skip
    APPEND_DURATION: Final = Histogram(
        "enforcement.ledger.append.duration", "s", "From sending a group commit to PostgreSQL to its answer."
    )
    APPEND_BATCH: Final = Histogram("enforcement.ledger.append.batch", "{command}", "Commands in one group commit.")
    EVENTS: Final = Counter("enforcement.ledger.events", "{event}", "Events that this process appended.")
    LEDGER_RETRIES: Final = Counter("enforcement.ledger.retries", "{attempt}", "Failures of PostgreSQL that passed.")
    FREE_PARTITIONS: Final = Gauge(
        "enforcement.ledger.free_partitions", "{partition}", "Event partitions nobody wrote to; below two is an alarm."
    )
    READER_LAG: Final = Gauge(
        "enforcement.reader.lag", "{event}", "Ledger head minus the checkpoint of the reader.",
        ("reader",),
    )  # fmt: skip
    PARKED: Final = Gauge(
        "enforcement.reader.parked", "{event}", "Events set aside because their policy fails.", ("reader",)
    )
    OUTBOUND_PENDING: Final = Gauge(
        "enforcement.exchange.outbound.pending", "{envelope}", "Envelopes stored and not yet published.", ("peer",)
    )
    OUTBOUND_AGE: Final = Gauge(
        "enforcement.exchange.outbound.oldest_age", "s", "Age of the oldest envelope not yet published.", ("peer",)
    )
    RECEIPT_AGE: Final = Gauge(
        "enforcement.exchange.receipt.oldest_age", "s", "Age of the oldest envelope without a receipt.", ("peer",)
    )
    RECEIPT_DURATION: Final = Histogram(
        "enforcement.exchange.receipt.duration", "s", "From publishing an envelope to its recorded receipt.", ("peer",)
    )
    INBOX: Final = Counter(
        "enforcement.exchange.inbox.verdicts", "{envelope}", "Envelopes judged, by verdict.", ("sender", "verdict")
    )
    QUARANTINE: Final = Counter(
        "enforcement.exchange.quarantine.entries", "{envelope}", "Envelopes kept aside as evidence, by reason.",
        ("sender", "reason"),
    )  # fmt: skip
    QUARANTINE_SIZE: Final = Gauge("enforcement.exchange.quarantine.size", "{envelope}", "Envelopes now in quarantine.")
    DEADLINES_OPEN: Final = Gauge("enforcement.deadline.open", "{deadline}", "Clocks that run.", ("rule",))
    DEADLINES_DUE: Final = Gauge("enforcement.deadline.due", "{deadline}", "Clocks that end within a day.", ("rule",))
    DEADLINES_MISSED: Final = Counter("enforcement.deadline.missed", "{deadline}", "Clocks that ran out.", ("rule",))
    BLOB_BYTES: Final = Counter("enforcement.blob.bytes", "By", "Bytes of evidence files moved.", ("direction",))

    @classmethod
    def all(cls) -> list[Metric]:
        """Every metric in the order of this file."""
        return [metric for metric in vars(cls).values() if isinstance(metric, Metric)]


# ── Configuration ────────────────────────────────────────────────────────────────────────────────────────────────────

_DURATION_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class _Providers:
    tracer: trace.Tracer | None = None
    spans: TracerProvider | None = None
    metrics: MeterProvider | None = None


_providers: Final = _Providers()
_suppressed: Final[ContextVar[bool]] = ContextVar("suppressed", default=False)


@dataclass(slots=True)
class _Trail:
    """The open spans of one trace in this process, so that a case id found late reaches all of them."""

    case_id: str = ""
    spans: list[Span] = field(default_factory=list)


_trail: Final[ContextVar[_Trail | None]] = ContextVar("trail", default=None)


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
        _providers.spans = TracerProvider(resource=resource, shutdown_on_exit=False)
        for processor in processors:
            _providers.spans.add_span_processor(processor)
        _providers.tracer = _providers.spans.get_tracer("enforcement")
    if readers:
        buckets = View(
            instrument_unit="s",
            aggregation=ExplicitBucketHistogramAggregation(_DURATION_BUCKETS),
            instrument_name="*.duration",
        )
        _providers.metrics = MeterProvider(readers, resource=resource, views=[buckets], shutdown_on_exit=False)
        _bind(_providers.metrics.get_meter("enforcement"))


async def shutdown() -> None:
    """Exports what is left, within SHUTDOWN_SECONDS, and records nothing afterwards. May be called twice."""
    providers = [provider for provider in (_providers.spans, _providers.metrics) if provider is not None]
    _providers.tracer = _providers.spans = _providers.metrics = None
    _bind(None)
    # Daemon threads: an exporter that waits for an unreachable collector must not keep the process from ending.
    closing = [Thread(target=provider.shutdown, daemon=True) for provider in providers]
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


def _bind(meter: Meter | None) -> None:
    for metric in Metrics.all():
        if isinstance(metric, Counter):
            metric._instrument = None if meter is None else meter.create_counter(*metric.described)
        elif isinstance(metric, Histogram):
            metric._instrument = None if meter is None else meter.create_histogram(*metric.described)
        elif isinstance(metric, Gauge):
            metric._instrument = None if meter is None else meter.create_gauge(*metric.described)


# ── Spans ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _NoSpan(AbstractContextManager[Span]):
    def __enter__(self) -> Span:
        return INVALID_SPAN

    def __exit__(self, *_: object) -> None:
        return None


_NO_SPAN: Final = _NoSpan()


def recording() -> bool:
    """Whether a span opened now would be recorded; ask before computing costly attributes."""
    return _providers.tracer is not None and not _suppressed.get()


def span(
    name: SpanName,
    attributes: Attributes | None = None,
    *,
    target: str = "",
    case_id: str = "",
    parent: str | None = None,
    new_trace: bool = False,
    links: Iterable[str] = (),
) -> AbstractContextManager[Span]:
    """Opens a span for the length of a `with` block.

    A `Refused` that passes through is an answer: it is noted and the span is not an error. Every other exception is.

    Args:
        name: one of `Spans`.
        attributes: by the names of `Attribute`.
        target: what the operation is about, e.g. the topic; the second word of the span's name.
        case_id: the case that the trace is about; the open spans around it and those inside get it too.
        parent: traceparent to continue, only from this authority's own rows or callers; default the current span.
        new_trace: start a trace of its own, whatever is current.
        links: traceparents of the causes; malformed ones are left out.
    """
    tracer = _providers.tracer
    if tracer is None or _suppressed.get():
        return _NO_SPAN
    context = Context() if new_trace else _continued(parent) if parent else None
    causes = [link for link in map(remote_link, links) if link is not None]
    opened = _Opening(name.with_target(target), name.kind, attributes or {}, context, causes)
    return _open(tracer, opened, case_id)


def server_span(
    method: str, traceparent: str | None = None, *, attributes: Attributes | None = None, peer: bool = False
) -> AbstractContextManager[Span]:
    """Opens the span of one answered call and measures it.

    Args:
        method: "package.Service/Method".
        traceparent: as the caller sent it. An officer's application is continued; another authority is only linked.
        attributes: besides the method's.
        peer: the caller is another authority.
    """
    if _providers.tracer is None and _providers.metrics is None:
        return _NO_SPAN
    return _serve(
        method, traceparent, {Attribute.RPC_SYSTEM: "grpc", Attribute.RPC_METHOD: method, **(attributes or {})}, peer
    )


@contextmanager
def _serve(method: str, traceparent: str | None, attributes: Attributes, peer: bool) -> Iterator[Span]:
    token = _trail.set(None)
    began = perf_counter()
    status = _Status()
    status_token = _status.set(status)
    try:
        parent, links = (None, (traceparent or "",)) if peer else (traceparent, ())
        with span(
            Spans.SERVE, attributes, target=method, parent=parent, new_trace=parent is None, links=links
        ) as opened:
            yield opened
    finally:
        Metrics.CALL_DURATION.record(perf_counter() - began, rpc_method=method, rpc_status_code=status.name)
        _status.reset(status_token)
        _trail.reset(token)


def fail(opened: Span, error: BaseException, code: int) -> None:
    """Notes how a call ended: its gRPC status code and the refusal, or the kind of failure, without any text.

    By the conventions for gRPC servers a refusal is no error of the server; only the codes of `_SERVER_FAULTS` are.
    """
    name = _STATUS_NAMES[code]
    status = _status.get()
    if status is not None:
        status.name = name
    opened.set_attribute(Attribute.RPC_STATUS, name)
    if isinstance(error, Refused):
        opened.set_attribute(Attribute.REFUSAL, error.code.name)
    else:
        opened.set_attribute(Attribute.ERROR_TYPE, type(error).__qualname__)
    if name in _SERVER_FAULTS:
        opened.set_status(StatusCode.ERROR)


_STATUS_NAMES: Final = {code.value[0]: code.name for code in grpc.StatusCode}
_SERVER_FAULTS: Final = frozenset(
    ("UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS")
)


@dataclass(slots=True)
class _Status:
    name: str = "OK"


_status: Final[ContextVar[_Status | None]] = ContextVar("status", default=None)


def reaction(
    name: SpanName,
    traceparent: str,
    *,
    live: bool,
    attributes: Attributes | None = None,
    target: str = "",
    case_id: str = "",
) -> AbstractContextManager[Span]:
    """Opens the span of work that an event of the own ledger causes: in its command's trace while live, with a link.

    Args:
        traceparent: of the event's row; empty when its command was not traced.
        live: the event is alone and younger than LIVE_SECONDS. Late work, a replayed page and timers give False.
    """
    parent = traceparent if live else None
    return span(
        name, attributes, target=target, case_id=case_id, parent=parent, new_trace=not parent, links=(traceparent,)
    )


@dataclass(frozen=True, slots=True)
class _Opening:
    name: str
    kind: SpanKind
    attributes: Attributes
    context: Context | None
    links: list[Link]


@contextmanager
def _open(tracer: trace.Tracer, opening: _Opening, case_id: str) -> Iterator[Span]:
    inner = _trail.get() if opening.context is None else None
    trail = inner if inner is not None else _Trail()
    token = _trail.set(trail)
    if case_id and not trail.case_id:
        follow_case(case_id)
    case_id = case_id or trail.case_id
    attributes = {**opening.attributes, Attribute.CASE_ID: case_id} if case_id else opening.attributes
    opened = tracer.start_span(
        opening.name, context=opening.context, kind=opening.kind, attributes=attributes, links=opening.links
    )
    trail.spans.append(opened)
    try:
        with trace.use_span(opened, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield opened
            except BaseException as error:
                _note(opened, error)
                raise
    finally:
        trail.spans.remove(opened)
        _trail.reset(token)


def _note(opened: Span, error: BaseException) -> None:
    if Attribute.RPC_STATUS in (getattr(opened, "attributes", None) or {}):
        return  # `fail` has said it; what passes now is only gRPC's abort
    if isinstance(error, Refused):
        opened.set_attribute(Attribute.REFUSAL, error.code.name)
        return
    opened.set_attribute(Attribute.ERROR_TYPE, type(error).__qualname__)
    if isinstance(error, Exception):
        opened.set_status(StatusCode.ERROR)


def follow_case(case_id: str) -> None:
    """Says which case the current trace is about, once it is known; reaches every open span of it and the logs."""
    trail = _trail.get()
    if trail is not None and case_id:
        trail.case_id = case_id
        for opened in trail.spans:
            opened.set_attribute(Attribute.CASE_ID, case_id)


@contextmanager
def suppressed() -> Iterator[None]:
    """Records no spans inside: for replays and rebuilds, whose millions of steps would only push out what matters."""
    token = _suppressed.set(True)
    try:
        yield
    finally:
        _suppressed.reset(token)


# ── Trace context on the wire (W3C traceparent) ──────────────────────────────────────────────────────────────────────

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


def current_traceparent() -> str:
    """The current span as a traceparent for an event's row or a call's metadata; empty when nothing is recorded."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def remote_link(traceparent: str) -> Link | None:
    """A link to the span that a traceparent names; None when it is empty or malformed."""
    context = _parsed(traceparent)
    return None if context is None else Link(context)


def trace_id(traceparent: str) -> str:
    """The trace id in a traceparent, 32 hex digits; empty when it is malformed."""
    context = _parsed(traceparent)
    return "" if context is None else f"{context.trace_id:032x}"


def _parsed(traceparent: str) -> SpanContext | None:
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None or match[0].startswith("ff"):
        return None
    context = SpanContext(
        int(match[1], 16), int(match[2], 16), is_remote=True, trace_flags=TraceFlags(int(match[3], 16))
    )
    return context if context.is_valid else None


def _continued(traceparent: str) -> Context | None:
    context = _parsed(traceparent)
    return Context() if context is None else trace.set_span_in_context(NonRecordingSpan(context), Context())


# ── Logs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Log:
    """A logger of fixed phrases with ids beside them: `log = Log(__name__)`, `log.info("receipt recorded", peer=…)`.

    Give ids, enums and numbers; never names, plates, texts or whole messages.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, phrase: str, **ids: object) -> None:
        """For whoever works on the code."""
        self._say(logging.DEBUG, phrase, ids)

    def info(self, phrase: str, **ids: object) -> None:
        """One line per unit of work."""
        self._say(logging.INFO, phrase, ids)

    def warning(self, phrase: str, **ids: object) -> None:
        """It goes on by itself, but somebody should know."""
        self._say(logging.WARNING, phrase, ids)

    def error(self, phrase: str, error: BaseException | None = None, **ids: object) -> None:
        """Somebody must act; with the exception's trace when one is given."""
        self._say(logging.ERROR, phrase, ids, error)

    def exception(self, phrase: str, **ids: object) -> None:
        """The same inside an `except` block, with the exception that is handled there."""
        self._say(logging.ERROR, phrase, ids, sys.exception())

    def _say(self, level: int, phrase: str, ids: Mapping[str, object], error: BaseException | None = None) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, phrase, extra={"ids": ids}, exc_info=error)


def configure_logs(*, authority_id: str = "", service: str = "", level: Level = "INFO") -> None:
    """Sends all logs to stdout: one JSON object a line; on a terminal a coloured line for people."""
    handler = logging.StreamHandler(sys.stdout)
    fixed = {key: value for key, value in (("authority", authority_id), ("service", service)) if value}
    handler.setFormatter(_TerminalLine() if sys.stdout.isatty() else _JsonLine(fixed))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("services").setLevel(level)


_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "ids"}


def _ids(record: logging.LogRecord) -> dict[str, Any]:
    extra = {key: value for key, value in vars(record).items() if key not in _OWN_FIELDS}
    ids = extra | dict(getattr(record, "ids", {}))
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        ids |= {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
    trail = _trail.get()
    if trail is not None and trail.case_id:
        ids["case_id"] = trail.case_id
    return ids


class _JsonLine(logging.Formatter):
    def __init__(self, fixed: Mapping[str, str]) -> None:
        super().__init__()
        self._fixed = fixed

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **self._fixed,
            **_ids(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _TerminalLine(logging.Formatter):
    _COLOURS: Final = {"DEBUG": "\x1b[2m", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
        ids = " ".join(f"{key}={value}" for key, value in _ids(record).items())
        colour = self._COLOURS.get(record.levelname, "")
        line = f"{at} {colour}{record.levelname:<7}\x1b[0m {record.name}  {record.getMessage()}  \x1b[2m{ids}\x1b[0m"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
