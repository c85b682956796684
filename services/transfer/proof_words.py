"""What the page of a proof says everywhere alike: names, times, fingerprints, and the messages of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.clock import SHANGHAI
from services.kernel.messages import message_class, to_datetime
from services.kernel.proof import Checked, Record

SHORT: Final = 16
"""Hexadecimal digits of a hash or fingerprint in a table; the file has all."""


class Names:
    """Names of authorities by the newest registry of the file."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known

    def __call__(self, authority_id: str) -> str:
        name = self._known.get(authority_id, "")
        return f"{name}（{authority_id}）" if name else authority_id


def names_of(checked: Checked) -> Names:
    """The names in a checked file."""
    known = {member.id: member.name for registry in checked.registries for member in registry.members.values()}
    return Names(known)


def messages(checked: Checked) -> Iterator[tuple[Record, Any]]:
    """Own events and those that were opened, of known types."""
    values = {id(one.record): one.value for one in checked.statements if one.value is not None}
    for record in checked.proof.records:
        body = record.body if record.body is not None else values.get(id(record))
        yield record, decoded(record.type, body)


def decoded(type_: str, body: bytes | None) -> Message | None:
    """A message of a type that this build knows, from bytes that are there."""
    kind = message_class(type_)
    if kind is None or body is None:
        return None
    try:
        return kind.FromString(body)
    except DecodeError:  # its hash is a finding
        return None


def instant(at: datetime | Timestamp | None) -> str:
    """A time of Shanghai, to the second; the page says once that all are."""
    if isinstance(at, Timestamp):
        at = to_datetime(at) if at.seconds else None
    return "" if at is None else at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def grouped(digits: str) -> str:
    """Digits in groups of four, as people compare them."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
