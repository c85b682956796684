"""Every kind of span and every attribute, in one tree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from opentelemetry.trace import SpanKind

Value = str | int | float | bool
Attributes = Mapping[str, Value]


class Attribute:
    """Names of span attributes. Ids, enums and counts only: no name, plate or free text ever stands in a span."""

    CASE_ID: Final = "enforcement.case.id"
    """Correlation id of the case, the same in every authority's spans."""
    AUTHORITY_ID: Final = "enforcement.authority.id"
    """Authority whose node made the span; a resource attribute."""
    PEER_ID: Final = "enforcement.peer.id"
    """The other authority of a delivery or a fetch."""
    EVENT_ID: Final = "enforcement.event.id"
    """Id of the event that is processed."""
    EVENT_TYPE: Final = "enforcement.event.type"
    """Full message name of that event."""
    POSITION: Final = "enforcement.position"
    """Position in the authority's ledger."""
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
    RPC_SYSTEM: Final = "rpc.system.name"
    RPC_METHOD: Final = "rpc.method"
    RPC_STATUS: Final = "rpc.status_code"
    MESSAGING_SYSTEM: Final = "messaging.system"
    MESSAGING_COUNT: Final = "messaging.batch.message_count"
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
