"""What one envelope of a feed is worth. Pure but for the clock that is given.

    step                              otherwise                      the feed
    1 sizes, outer form, signatures   TOO_LARGE MALFORMED UNSIGNED   goes on: nobody is to blame
    2 key registered, active, seal    UNKNOWN_KEY …                  goes on
    3 signature over the bytes        BAD_SIGNATURE                  goes on
    4 strict header, the key's own    NOT_CANONICAL                  stops; an unsupported version waits
    5 for the feed, by its publisher  WRONG_RECIPIENT …              goes on
    7 body as sent                    BODY_DIGEST                    waits: fetched again
   10 commitment                      COMMITMENT                     moves past it: signed and refused
   11 schema, if it is known here     SCHEMA_MISMATCH INVALID_BODY   moves past it
      a type for feeds                NOT_GRANTED                    moves past it, and its body is not kept
      only fields for feeds           cut before anything is stored  takes the rest

The first fault in this order is the code, as in the exchange's table. An event of a schema that is not known here is
taken unread, whole: a publisher may upgrade first. What this build knows of its type is folded, the rest by a later
build.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from enforcement.exchange.v1 import envelope_pb2 as pb
from google.protobuf.message import DecodeError, Message

from services.kernel.envelopes.codec import (
    Link,
    Outer,
    Signed,
    Told,
    admit,
    check_address,
    check_body,
    instant,
    open_body,
    read_head,
    read_header,
    verify,
)
from services.kernel.envelopes.disclosure import FEED_VIEW, Catalogue
from services.kernel.envelopes.members import FEED, Registry
from services.kernel.envelopes.verdicts import Code, Fault

Way = Literal["kafka", "grpc"]
MATTERS: Final = ("operation_id", "transfer_id", "request_id", "case_id", "subject_id")
"""Fields that say what an event belongs to, the first one that it has; a clock belongs to its subject."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One value, as it came."""

    wire: bytes
    carrier: str
    """Authority whose topic carried it, or that served it."""
    way: Way
    traceparent: str = ""
    """Unsigned hint of the publisher's trace."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the value."""
        return hashlib.sha256(self.wire).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """An authentic envelope of a feed, ready for the log."""

    arrival: Arrival
    link: Link
    prev: bytes
    event_id: UUID
    type: str
    subject_id: str
    matter_id: str
    case_ref: str
    occurred_at: datetime
    recorded_at: datetime
    body: bytes
    salt: bytes
    envelope: bytes
    """The Envelope without its body."""
    unread: bool = False
    cut: bool = False
    refused: Code | None = None
    """Signed, in its place, and not believed: the feed moves past it, the log does not take it."""

    @property
    def publisher(self) -> str:
        """Authority that signed it."""
        return self.arrival.carrier


@dataclass(frozen=True, slots=True)
class Ending:
    """A publisher's signed word on where its feed ends."""

    arrival: Arrival
    link: Link

    @property
    def publisher(self) -> str:
        """Authority that signed it."""
        return self.arrival.carrier


@dataclass(frozen=True, slots=True)
class Bad:
    """Something that is not believed."""

    arrival: Arrival
    code: Code
    waits_for: tuple[int, int] | None = None
    """Place that exists by its signer's word and could not be taken: it is fetched again."""
    stops: bool = False
    """Its signer contradicts itself: the feed takes nothing more."""


Judged = Entry | Ending | Bad


class Judge:
    """Judges what arrives, by the registry in force."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def judge(self, arrival: Arrival, registry: Registry, now: datetime) -> Judged:
        """Judges one arrival; `now` is the wall clock, by which keys are valid."""
        try:
            signed = verify(admit(arrival.wire), registry, now)
        except Fault as fault:
            return Bad(arrival, fault.code)
        if signed.outer.kind == pb.KIND_HEAD:
            return _ending(arrival, signed)
        try:
            told = read_header(signed)
        except Fault as fault:
            stops = fault.code is Code.NOT_CANONICAL and signed.key.member == arrival.carrier
            return Bad(arrival, fault.code, stops=stops)
        try:
            check_address(told, FEED, arrival.carrier)
        except Fault as fault:
            return Bad(arrival, fault.code)
        if registry.reachable(arrival.carrier) is None:
            # Suspended: nothing new is taken, and what is told meanwhile is fetched when the suspension ends.
            return Bad(arrival, Code.NOT_GRANTED, waits_for=told.link[:2])
        try:
            check_body(told)
        except Fault as fault:
            return Bad(arrival, fault.code, waits_for=told.link[:2])
        return self._entry(arrival, told)

    def _entry(self, arrival: Arrival, told: Told) -> Entry:
        header = told.header
        try:
            opened = open_body(told)
            event = self._catalogue.check(header.type, header.schema, opened.value)
        except Fault as fault:
            return _made(arrival, told, b"", b"", refused=fault.code)
        if event is None:
            return _made(
                arrival, told, opened.value, opened.salt, self._as_known(header.type, opened.value), unread=True
            )
        shared = self._catalogue.shared.get(header.type)
        if shared is None or not shared.feed:
            return _made(arrival, told, b"", b"", refused=Code.NOT_GRANTED)
        size = event.ByteSize()
        self._catalogue.disclose(event, FEED_VIEW)
        cut = event.ByteSize() != size
        body = event.SerializeToString(deterministic=True) if cut else opened.value
        return _made(arrival, told, body, opened.salt, event, cut=cut)

    def _as_known(self, type_name: str, value: bytes) -> Message | None:
        """Reads an event of a later schema as far as this build knows its type: for the ids in it."""
        known = self._catalogue.message(type_name)
        try:
            return known.FromString(value) if known else None
        except DecodeError:
            return None


def _ending(arrival: Arrival, signed: Signed) -> Ending | Bad:
    try:
        ended = read_head(signed)
    except Fault as fault:
        return Bad(arrival, fault.code)
    if ended.head.recipient != FEED:
        return Bad(arrival, Code.WRONG_RECIPIENT)
    if ended.head.sender != arrival.carrier or signed.key.member != arrival.carrier:
        return Bad(arrival, Code.SENDER_MISMATCH)
    return Ending(arrival, ended.link)


def _made(
    arrival: Arrival,
    told: Told,
    body: bytes,
    salt: bytes,
    event: Message | None = None,
    *,
    unread: bool = False,
    cut: bool = False,
    refused: Code | None = None,
) -> Entry:
    header = told.header
    subject_id, matter_id = _belongs(event)
    return Entry(
        arrival=arrival,
        link=told.link,
        prev=header.prev,
        event_id=UUID(bytes=header.source_event),
        type=header.type,
        subject_id=subject_id,
        matter_id=matter_id,
        case_ref=header.case_ref,
        occurred_at=instant(header.occurred_us),
        recorded_at=instant(header.recorded_us),
        body=body,
        salt=salt,
        envelope=_without_body(told.outer),
        unread=unread,
        cut=cut,
        refused=refused,
    )


def _belongs(event: Message | None) -> tuple[str, str]:
    """Returns the aggregate of an event and what it belongs to."""
    if event is None:
        return "", ""
    fields: Any = event.DESCRIPTOR.fields_by_name
    subject = getattr(event, event.DESCRIPTOR.fields_by_number[1].name)
    subject_id = subject if isinstance(subject, str) else ""
    matters = (getattr(event, name) for name in MATTERS if name in fields)
    return subject_id, next((matter for matter in matters if matter), subject_id)


def _without_body(outer: Outer) -> bytes:
    envelope = pb.Envelope(header=outer.header, kind=outer.kind)
    for suite, key_id, value in outer.signatures:
        envelope.signatures.add(suite=suite, key_id=key_id, value=value)
    return envelope.SerializeToString(deterministic=True)
