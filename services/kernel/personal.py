"""Personal fields of a message: the protos mark them (option `personal`), at every depth they are found here."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from enforcement.options.v1 import options_pb2 as options
from google.protobuf.descriptor import Descriptor, FieldDescriptor

Kind: TypeAlias = options.PersonalClass.ValueType


@dataclass(frozen=True, slots=True)
class Found:
    """A personal field of one answer."""

    owner: Any
    """The message, or the list of one of its repeated fields."""
    name: str | int
    """The field, or the place in the list."""
    kind: Kind
    path: str

    @property
    def value(self) -> str:
        """What stands there."""
        return str(self.owner[self.name] if isinstance(self.name, int) else getattr(self.owner, self.name))

    def hide(self, masked: str) -> None:
        """Puts the masked value in its place."""
        if isinstance(self.name, int):
            self.owner[self.name] = masked
        else:
            setattr(self.owner, self.name, masked)


@dataclass(frozen=True, slots=True)
class _Field:
    """What a message type says of one field that is personal, or holds messages that may be."""

    name: str
    kind: Kind
    unless_field: str
    unless_value: int
    repeated: bool


@cache
def _fields(descriptor: Descriptor) -> tuple[_Field, ...]:
    found = []
    for each in descriptor.fields:
        said = each.GetOptions().Extensions[options.personal]
        if said.kind or (each.type == FieldDescriptor.TYPE_MESSAGE and not _is_map(each)):
            found.append(_Field(each.name, said.kind, said.unless_field, said.unless_value, each.is_repeated))
    return tuple(found)


def _is_map(each: FieldDescriptor) -> bool:
    return each.message_type is not None and bool(each.message_type.GetOptions().map_entry)


def _values(message: Any, each: _Field, at: str) -> Iterator[Found]:
    if not each.repeated:
        yield Found(message, each.name, each.kind, at)
        return
    values = getattr(message, each.name)
    for place in range(len(values)):
        yield Found(values, place, each.kind, at)


def personal(message: Any, path: str) -> Iterator[Found]:
    """Every personal field of a message at every depth, whether it has a value or not."""
    for each in _fields(message.DESCRIPTOR):
        at = f"{path}.{each.name}" if path else each.name
        if each.kind:
            if not each.unless_field or getattr(message, each.unless_field) != each.unless_value:
                yield from _values(message, each, at)
        elif each.repeated:
            for part in getattr(message, each.name):
                yield from personal(part, at)
        elif message.HasField(each.name):
            yield from personal(getattr(message, each.name), at)
