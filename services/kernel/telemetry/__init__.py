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

from services.kernel.telemetry.export import SHUTDOWN_SECONDS, configure, shutdown
from services.kernel.telemetry.logs import Log, configure_logs
from services.kernel.telemetry.metrics import Metrics
from services.kernel.telemetry.names import Attribute, SpanName, Spans, Value
from services.kernel.telemetry.spans import (
    LIVE_SECONDS,
    fail,
    follow_case,
    reaction,
    recording,
    server_span,
    span,
    suppressed,
)
from services.kernel.telemetry.traceparent import current_traceparent, remote_link, trace_id
from services.kernel.telemetry.unseen import unseen

__all__ = [
    "LIVE_SECONDS",
    "SHUTDOWN_SECONDS",
    "Attribute",
    "Log",
    "Metrics",
    "SpanName",
    "Spans",
    "Value",
    "configure",
    "configure_logs",
    "current_traceparent",
    "fail",
    "follow_case",
    "reaction",
    "recording",
    "remote_link",
    "server_span",
    "shutdown",
    "span",
    "suppressed",
    "trace_id",
    "unseen",
]
