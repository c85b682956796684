"""Spans: opened for the length of a block, in the right trace, with the case that they are about."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import grpc
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Link, Span, SpanKind, StatusCode

from services.kernel.errors import Refused
from services.kernel.telemetry.export import providers
from services.kernel.telemetry.metrics import Metrics
from services.kernel.telemetry.names import Attribute, Attributes, SpanName, Spans
from services.kernel.telemetry.traceparent import continued, remote_link
from services.kernel.telemetry.unseen import is_unseen

LIVE_SECONDS: Final = 600.0
"""An event younger than this is processed in its command's trace; an older one starts a trace of its own."""

_suppressed: Final[ContextVar[bool]] = ContextVar("suppressed", default=False)


@dataclass(slots=True)
class Trail:
    """The open spans of one trace in this process, so that a case id found late reaches all of them."""

    case_id: str = ""
    spans: list[Span] = field(default_factory=list)


trail_of: Final[ContextVar[Trail | None]] = ContextVar("trail", default=None)


class _NoSpan(AbstractContextManager[Span]):
    def __enter__(self) -> Span:
        return INVALID_SPAN

    def __exit__(self, *_: object) -> None:
        return None


_NO_SPAN: Final = _NoSpan()


def recording() -> bool:
    """Whether a span opened now would be recorded; ask before computing costly attributes."""
    return providers.tracer is not None and not _suppressed.get() and not is_unseen()


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
    tracer = providers.tracer
    if tracer is None or _suppressed.get() or is_unseen():
        return _NO_SPAN
    context = Context() if new_trace else continued(parent) if parent else None
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
    if (providers.tracer is None and providers.metrics is None) or is_unseen():
        return _NO_SPAN
    return _serve(
        method, traceparent, {Attribute.RPC_SYSTEM: "grpc", Attribute.RPC_METHOD: method, **(attributes or {})}, peer
    )


@contextmanager
def _serve(method: str, traceparent: str | None, attributes: Attributes, peer: bool) -> Iterator[Span]:
    token = trail_of.set(None)
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
        trail_of.reset(token)


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
    inner = trail_of.get() if opening.context is None else None
    trail = inner if inner is not None else Trail()
    token = trail_of.set(trail)
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
        trail_of.reset(token)


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
    trail = trail_of.get()
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
