"""The file of a proof: JSON in UTF-8, keys sorted, indented by one, bytes as base64, instants in UTC with microseconds.

    {"authorityId": "jt-510521", "content": "ALL", "format": "enforcement.proof/1", "forId": "", "records": [
      {"position": 41, "eventId": …, "type": …, "hash": …, "meta": …, "body": …, "received": null,
       "sent": [{"recipient": "ga-510521", "wire": …, "receipt": …, "salt": …, "value": …, "storedAt": …}]}, …],
     "registries": [{"digest": …, "file": …, "loadedAt": …, "version": 7}], "subjectId": "…"}

Records stand in the order of the ledger, envelopes in that of recipient, epoch and place, registries in that of their
versions. There is one text for one proof, and a file of any other form is refused: two equal proofs are equal files.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

__all__ = ["Content", "NotAProof", "Proof", "Received", "Record", "RegistryFile", "Sent", "dump", "load"]

FORMAT: Final = "enforcement.proof/1"
FILE_MAX: Final = 256 << 20
"""Bytes of a file that is read: more than a thousand envelopes of the largest size."""
POSITION_MAX: Final = 2**63 - 1
VERSION_MAX: Final = 2**31 - 1
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9998
"""Instants of these years can be written in every zone."""
_INSTANT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


class NotAProof(Exception):
    """The file has not the form of a proof; the text says where."""


class Content(StrEnum):
    """How much of what was told stands in the file."""

    ALL = "ALL"
    """Everything: the authority's own events whole, and what it told and was told. For its own file and for a court."""
    ONE = "ONE"
    """What it told one other authority and was told by it: for that authority, which has all of it already."""
    NONE = "NONE"
    """Headers, signatures, receipts and hashes: who, when, of which kind; nothing of what was told in confidence."""


@dataclass(frozen=True, slots=True)
class RegistryFile:
    """A member registry that was in force: the keys by which this authority judges signatures."""

    version: int
    digest: bytes
    file: bytes = field(repr=False)
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """An envelope by which this authority told an event."""

    recipient: str
    stored_at: datetime
    wire: bytes = field(repr=False)
    receipt: bytes | None = field(default=None, repr=False)
    """The recipient's signed receipt, as it came; None while there is none, always for the feed."""
    salt: bytes | None = field(default=None, repr=False)
    value: bytes | None = field(default=None, repr=False)
    """What was told; with `salt` it opens the header's commitment. None where the file leaves it out."""


@dataclass(frozen=True, slots=True)
class Received:
    """An envelope by which another authority told this one, and the receipt that this one gave."""

    sender: str
    stored_at: datetime
    registry: bytes
    """Digest of the registry by which it was judged."""
    wire: bytes = field(repr=False)
    receipt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """One event of this authority's ledger, and the envelopes that belong to it."""

    position: int
    stream_id: UUID
    version: int
    event_id: UUID
    type: str
    schema_version: int
    recorded_at: datetime
    correlation_id: UUID
    causation_id: UUID
    hash: bytes
    meta: bytes | None = field(default=None, repr=False)
    """With `body`, what `hash` covers; None where the file leaves it out."""
    body: bytes | None = field(default=None, repr=False)
    received: Received | None = None
    sent: tuple[Sent, ...] = ()

    @property
    def envelopes(self) -> tuple[Sent | Received, ...]:
        """All that belong to the event."""
        return (*self.sent, self.received) if self.received is not None else self.sent


@dataclass(frozen=True, slots=True)
class Proof:
    """What one authority can show of one process."""

    authority_id: str
    subject_id: str
    """Id of the process, e.g. of the transfer."""
    content: Content
    for_id: str = ""
    """The only other authority that the file is about; empty for all."""
    registries: tuple[RegistryFile, ...] = ()
    records: tuple[Record, ...] = ()


def dump(proof: Proof) -> bytes:
    """Returns the file of a proof."""
    document = {"format": FORMAT, **_plain(proof)}
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def load(file: bytes) -> Proof:
    """Reads the file of a proof.

    Raises:
        NotAProof: it is larger than FILE_MAX, or of another form than `dump` gives.
    """
    if len(file) > FILE_MAX:
        raise NotAProof(f"{len(file)} bytes, at most {FILE_MAX}")
    try:
        document = json.loads(file)
        if document.pop("format") != FORMAT:
            raise NotAProof(f"format is not {FORMAT}")
        proof = _proof(document)
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error, RecursionError) as error:
        raise NotAProof(f"{type(error).__name__}: {error}") from error
    if dump(proof) != file:
        raise NotAProof("the text is not the canonical one: it was edited, or written by another program")
    return proof


def _plain(thing: Any) -> Any:
    match thing:
        case bytes():
            return base64.b64encode(thing).decode()
        case datetime():
            return thing.astimezone(UTC).strftime(_INSTANT)
        case UUID():
            return str(thing)
        case tuple():
            return [_plain(one) for one in thing]
        case Proof() | RegistryFile() | Record() | Sent() | Received():
            return {_camel(name): _plain(getattr(thing, name)) for name in thing.__slots__}
        case _:
            return thing


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _proof(of: dict[str, Any]) -> Proof:
    return Proof(
        authority_id=_text(of["authorityId"]),
        subject_id=_text(of["subjectId"]),
        content=Content(of["content"]),
        for_id=_text(of["forId"]),
        registries=tuple(
            RegistryFile(_whole(one["version"]), _bytes(one["digest"]), _bytes(one["file"]), _at(one["loadedAt"]))
            for one in of["registries"]
        ),
        records=tuple(_record(one) for one in of["records"]),
    )


def _record(of: dict[str, Any]) -> Record:
    return Record(
        position=_whole(of["position"]),
        stream_id=UUID(of["streamId"]),
        version=_whole(of["version"], VERSION_MAX),
        event_id=UUID(of["eventId"]),
        type=_text(of["type"]),
        schema_version=_whole(of["schemaVersion"], VERSION_MAX),
        recorded_at=_at(of["recordedAt"]),
        correlation_id=UUID(of["correlationId"]),
        causation_id=UUID(of["causationId"]),
        hash=_bytes(of["hash"]),
        meta=_optional(of["meta"]),
        body=_optional(of["body"]),
        received=_received(of["received"]) if of["received"] is not None else None,
        sent=tuple(_sent(one) for one in of["sent"]),
    )


def _received(of: dict[str, Any]) -> Received:
    return Received(
        _text(of["sender"]), _at(of["storedAt"]), _bytes(of["registry"]), _bytes(of["wire"]), _bytes(of["receipt"])
    )


def _sent(of: dict[str, Any]) -> Sent:
    return Sent(
        _text(of["recipient"]),
        _at(of["storedAt"]),
        _bytes(of["wire"]),
        _optional(of["receipt"]),
        _optional(of["salt"]),
        _optional(of["value"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: Any, most: int = POSITION_MAX) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{value!r} is no number from 0 to {most}")
    return value


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _optional(text: str | None) -> bytes | None:
    return None if text is None else _bytes(text)


def _at(text: str) -> datetime:
    at = datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"{text} is no time of a ledger")
    return at
