"""What goes into the ledger and what comes out of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from hashlib import sha256
from operator import itemgetter
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

from services.kernel.ledger.errors import Conflict, Forbidden, LedgerError, Mismatch
from services.kernel.ledger.ids import event_ids


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event to append: full protobuf message name, serialised body and `enforcement.ledger.v1.Meta`."""

    type: str
    body: bytes = field(repr=False)
    meta: bytes = field(repr=False)
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class Append:
    """One command's events for one stream; written whole or not at all."""

    command_id: UUID
    """UUIDv7, or derived from one: repeating it gets the first answer."""

    digest: bytes
    """SHA-256 of the request: the same id with another digest is a Mismatch."""

    stream_id: UUID
    category: str
    expected_version: int
    """0 for a new stream."""

    events: tuple[NewEvent, ...]
    correlation_id: UUID
    causation_id: UUID
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """The answer to a command: the stream's version after it, and the position of its last event."""

    version: int
    position: int
    repeated: bool = False
    """It was written before; this is the first answer again."""


class Result(StrEnum):
    """What append_batch_v1 says of one command; precedence as listed there."""

    REPEATED = "repeated"
    MISMATCH = "mismatch"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one command of a batch."""

    append: Append
    result: Result
    version: int
    position: int | None

    def appended(self) -> Appended:
        """The answer, when there is one.

        Raises:
            Conflict, Mismatch, Forbidden: as `result` says.
        """
        answer = answer_of(self.append, self.result, self.version, self.position)
        if isinstance(answer, LedgerError):
            raise answer
        return answer


def answer_of(append: Append, result: str, version: int, position: int | None) -> Appended | LedgerError:
    """The answer or the refusal that belongs to one row of append_batch_v1."""
    if position is not None:
        return Appended(version, position, result == Result.REPEATED)
    if result == Result.CONFLICT:
        return Conflict(append.expected_version, version)
    if result == Result.MISMATCH:
        return Mismatch(f"command {append.command_id} was used before for another request")
    return Forbidden(f"this role does not append {append.category!r} to stream {append.stream_id}")


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """What the ledger remembers of a command."""

    digest: bytes
    stream_id: UUID
    version: int
    position: int


class Event(NamedTuple):
    """One event as stored. A tuple, because a page of 1,000 is made in half the time of objects with attributes.

    Its text leaves out what it says: bodies carry personal data, and texts end in logs.
    """

    position: int
    stream_id: UUID
    version: int
    event_id: UUID
    type: str
    schema_version: int
    recorded_at: datetime
    correlation_id: UUID
    causation_id: UUID
    traceparent: str | None
    meta: bytes
    body: bytes
    hash: bytes

    def __repr__(self) -> str:
        return (
            f"Event(position={self.position}, type={self.type!r}, stream_id={self.stream_id}, version={self.version})"
        )


_event: Any = partial(tuple.__new__, Event)
_columns: Any = itemgetter(slice(None))


def events_of(rows: Iterable[Any]) -> list[Event]:
    """Rows with the columns of Event, in its order. Slicing a row first is a fifth faster than iterating over it."""
    return list(map(_event, map(_columns, rows)))


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the log, in order, that a reader has examined whole."""

    events: list[Event]
    examined: int
    """Last position examined: the reader's next checkpoint, also when a filter left nothing."""

    high: int
    """A position known to be committed, at least `examined`; equal to it when the reader has come to the end."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream; category None and version 0 when it does not exist."""

    stream_id: UUID
    category: str | None
    version: int
    events: list[Event]


# The hash of an event: SHA-256 over the domain separator and nine fields, each behind its length (4 bytes, big-endian):
# stream_id, version (8 bytes), event_id, type, schema_version (4 bytes), correlation_id, causation_id, meta, body.
# Position and recorded_at are given out under the lock and stay outside, so that nobody hashes while holding it.
SEPARATOR = b"xl/event/v1\n"
_FRONT = Struct(f">{len(SEPARATOR)}sI16sIqI16sI")
_MIDDLE = Struct(">IiI16sI16sI")
_LENGTH = Struct(">I")


def event_hash(
    *,
    stream_id: bytes,
    version: int,
    event_id: bytes,
    event_type: str,
    schema_version: int,
    correlation_id: bytes,
    causation_id: bytes,
    meta: bytes,
    body: bytes,
) -> bytes:
    """The hash stored with the event; UUIDs as 16 bytes."""
    name = event_type.encode()
    return sha256(
        b"".join((
            _FRONT.pack(SEPARATOR, 16, stream_id, 8, version, 16, event_id, len(name)),
            name,
            _MIDDLE.pack(4, schema_version, 16, correlation_id, 16, causation_id, len(meta)),
            meta,
            _LENGTH.pack(len(body)),
            body,
        ))
    ).digest()  # fmt: skip


def hash_of(event: Event) -> bytes:
    """The hash an event must have, from what is stored."""
    return event_hash(
        stream_id=event.stream_id.bytes,
        version=event.version,
        event_id=event.event_id.bytes,
        event_type=event.type,
        schema_version=event.schema_version,
        correlation_id=event.correlation_id.bytes,
        causation_id=event.causation_id.bytes,
        meta=event.meta,
        body=event.body,
    )


def ids_and_hashes(append: Append) -> tuple[list[bytes], list[bytes]]:
    """Ids and hashes of the events of `append`, if it is accepted at its expected version."""
    ids = event_ids(append.command_id.bytes, len(append.events))
    stream, correlation, causation = append.stream_id.bytes, append.correlation_id.bytes, append.causation_id.bytes
    hashes = [
        event_hash(
            stream_id=stream,
            version=version,
            event_id=id_,
            event_type=event.type,
            schema_version=event.schema_version,
            correlation_id=correlation,
            causation_id=causation,
            meta=event.meta,
            body=event.body,
        )
        for version, (id_, event) in enumerate(zip(ids, append.events, strict=True), append.expected_version + 1)
    ]
    return ids, hashes
