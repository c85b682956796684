"""Protobuf messages by name: the message name is the event's type, in the ledger and on the wire."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from enforcement.options.v1 import options_pb2 as options
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UPPER_UUID: Final = re.compile(r"(?=.*[A-F])[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@cache
def message_class(type_name: str) -> type[Message] | None:
    """The generated class of a full message name, or None when this build does not know it."""
    try:
        descriptor = descriptor_pool.Default().FindMessageTypeByName(type_name)
    except KeyError:
        return None
    return message_factory.GetMessageClass(descriptor)


def type_name(message: Message | type[Message]) -> str:
    """Full name of a message or message class."""
    return message.DESCRIPTOR.full_name


def encode(message: Message) -> bytes:
    """Bytes of a message as the ledger stores, hashes and shares them; encoded once and never again."""
    return message.SerializeToString(deterministic=True)


@cache
def is_restricted(name: str) -> bool:
    """Whether nothing of messages of this type is traced, logged, counted by type or put into a history."""
    known = message_class(name)
    return known is not None and bool(known.DESCRIPTOR.GetOptions().Extensions[options.restricted])


@cache
def ends_grants(name: str) -> bool:
    """Whether an event of this type ends what earlier events of its stream grant: their files are given no more."""
    known = message_class(name)
    return known is not None and bool(known.DESCRIPTOR.GetOptions().Extensions[options.ends_grants])


def aggregate_id(event: Message) -> str:
    """Id of an event's aggregate, which its first field holds by convention."""
    return str(getattr(event, event.DESCRIPTOR.fields_by_number[1].name))


def to_datetime(stamp: Timestamp) -> datetime:
    """A protobuf Timestamp as an aware datetime in UTC."""
    return stamp.ToDatetime(tzinfo=UTC)


def to_timestamp(instant: datetime) -> Timestamp:
    """An aware datetime as a protobuf Timestamp."""
    stamp = Timestamp()
    stamp.FromDatetime(instant)
    return stamp


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z, as the ledger and the envelopes keep instants."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(count: int) -> datetime:
    """The instant, aware, in UTC."""
    return _EPOCH + timedelta(microseconds=count)


def as_dict(message: Message) -> dict[str, Any]:
    """A message with the proto's JSON names, for people and tools."""
    return MessageToDict(message, always_print_fields_with_no_presence=False)


def canonical_ids(message: Message) -> None:
    """Writes every UUID in a request in lower case, at every depth: the same id must be the same text everywhere."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_STRING:
            if field.is_repeated:
                value[:] = [_canonical(text) for text in value]
            elif (text := _canonical(value)) is not value:
                setattr(message, field.name, text)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for part in value if field.is_repeated else (value,):
                canonical_ids(part)


def _canonical(text: str) -> str:
    return text.lower() if len(text) == 36 and _UPPER_UUID.fullmatch(text) else text
