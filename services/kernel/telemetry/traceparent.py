"""Trace context on the wire (W3C traceparent)."""

import re
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, TraceFlags

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


def continued(traceparent: str) -> Context | None:
    """The context in which a span continues a traceparent; None when it is malformed."""
    context = _parsed(traceparent)
    return Context() if context is None else trace.set_span_in_context(NonRecordingSpan(context), Context())
