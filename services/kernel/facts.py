"""What the ledger says beside an event's own bytes: when, by whom, from where."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from enforcement.ledger.v1 import meta_pb2 as meta
from google.protobuf.message import Message

from services.kernel.ledger import Event
from services.kernel.messages import from_microseconds, message_class

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Act:
    """When, by whom and from where: what `evolve` may know besides the event. It is the same on every replay."""

    event_id: UUID
    occurred_at: datetime
    actor: str
    origin: str | None = None
    """Authority that signed it; None for this authority's own events."""
    late_reason: str = ""

    @property
    def received(self) -> bool:
        """Whether another authority signed it."""
        return self.origin is not None


@dataclass(frozen=True, slots=True)
class Fact(Act):
    """The same with what only the ledger gives out: what views and policies may know besides the event."""

    position: int = 0
    stream_id: UUID = _NOBODY
    correlation_id: UUID = _NOBODY
    recorded_at: datetime = _NEVER
    traceparent: str | None = None
    command_type: str = ""
    """Full name of the command that was decided; empty for received events."""
    key_id: bytes = b""
    """Key by which another authority signed it; empty for own events."""


class UnknownEvent(Exception):
    """A stream holds an event that this build cannot fold and may not skip: deploy the newer build."""


def decode(event: Event) -> Message | None:
    """The message of a stored event; None when this build does not know its type."""
    known = message_class(event.type)
    return known.FromString(event.body) if known else None


def act_of(event: Event) -> Act:
    """What `evolve` may know about a stored event."""
    recorded = meta.Meta.FromString(event.meta)
    return Act(
        event_id=event.event_id,
        occurred_at=from_microseconds(recorded.occurred_us),
        actor=recorded.actor,
        origin=recorded.origin.authority or None,
        late_reason=recorded.late_reason,
    )


def fact_of(event: Event) -> Fact:
    """What views and policies may know about a stored event."""
    recorded = meta.Meta.FromString(event.meta)
    return Fact(
        event_id=event.event_id,
        occurred_at=from_microseconds(recorded.occurred_us),
        actor=recorded.actor,
        origin=recorded.origin.authority or None,
        late_reason=recorded.late_reason,
        position=event.position,
        stream_id=event.stream_id,
        correlation_id=event.correlation_id,
        recorded_at=event.recorded_at,
        traceparent=event.traceparent,
        command_type=recorded.command_type,
        key_id=recorded.origin.key_id,
    )
