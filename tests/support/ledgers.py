"""Lawful appends for tests: what a test does not care about has a default."""

from hashlib import sha256
from uuid import UUID

from services.kernel.ledger import Append, NewEvent, uuid7

TYPE = "enforcement.cases.v1.CaseFiled"


def new_event(body: bytes = b"body", event_type: str = TYPE, meta: bytes = b"meta") -> NewEvent:
    """One event."""
    return NewEvent(event_type, body, meta)


def an_append(
    stream_id: UUID | None = None,
    *events: NewEvent,
    expected: int = 0,
    category: str = "case",
    command_id: UUID | None = None,
    request: bytes = b"request",
) -> Append:
    """A command with one event for a new stream, unless said otherwise."""
    command_id = command_id or uuid7()
    stream_id = stream_id or uuid7()
    return Append(
        command_id=command_id,
        digest=sha256(request).digest(),
        stream_id=stream_id,
        category=category,
        expected_version=expected,
        events=events or (new_event(),),
        correlation_id=stream_id,
        causation_id=command_id,
    )
