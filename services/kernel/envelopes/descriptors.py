"""What descriptors say of messages: visibility at every depth, and the digest by which two sides know a schema."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final, cast

from buf.validate import validate_pb2
from enforcement.options.v1 import options_pb2 as options
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

_LEAF_PACKAGE: Final = "google.protobuf."
"""Timestamp and Duration are values, not structures: they are shown or hidden with their field."""
OPEN_TYPES: Final = frozenset({"google.protobuf.Any", "google.protobuf.Struct", "google.protobuf.Value"})
"""They hold whatever their sender likes: nothing of it has a visibility."""


def descriptor_of(message: Message | type[Message]) -> Descriptor:
    """The descriptor of a message or message class."""
    return cast(Descriptor, message.DESCRIPTOR)


def visibility(each: FieldDescriptor) -> int:
    """How far a field may go, by itself."""
    return int(each.GetOptions().Extensions[options.visible])


def child_of(each: FieldDescriptor) -> tuple[Descriptor | None, str]:
    """Returns the message type inside a field whose own fields have visibilities, and the field's shape."""
    kind = each.message_type
    if kind is None:
        return None, ""
    if kind.GetOptions().map_entry:
        value = kind.fields_by_name["value"].message_type
        return (None, "") if value is None or _is_leaf(value) else (value, "map")
    if _is_leaf(kind):
        return None, ""
    return kind, "many" if each.is_repeated else "one"


def _is_leaf(descriptor: Descriptor) -> bool:
    return descriptor.full_name.startswith(_LEAF_PACKAGE)


def fields_of(
    descriptor: Descriptor, ceiling: int, prefix: str = "", inside: tuple[str, ...] = ()
) -> Iterator[tuple[str, FieldDescriptor, int]]:
    """Walks (path, field, effective visibility); a field shows at most as much as the one that holds it."""
    for each in descriptor.fields:
        visible = min(visibility(each), ceiling)
        path = f"{prefix}{each.name}"
        yield path, each, visible
        child, _ = child_of(each)
        if child is not None and visible and child.full_name not in inside:
            yield from fields_of(child, visible, f"{path}.", (*inside, descriptor.full_name))


def refuses_absence(each: FieldDescriptor) -> bool:
    """Tells whether a rule on this field fails when the field is cleared."""
    raw = each.GetOptions()
    if not raw.HasExtension(validate_pb2.field):
        return False
    rules = raw.Extensions[validate_pb2.field]
    if rules.ignore in (validate_pb2.IGNORE_IF_ZERO_VALUE, validate_pb2.IGNORE_ALWAYS):
        return False
    return bool(rules.required or not each.has_presence)


def message_names(prefix: str, message: descriptor_pb2.DescriptorProto) -> Iterator[str]:
    """Full names of a message and of those declared inside it."""
    name = f"{prefix}.{message.name}" if prefix else message.name
    yield name
    for nested in message.nested_type:
        yield from message_names(name, nested)


def schema_digest(root: Descriptor) -> bytes:
    """SHA-256 over a message type and all that it holds, without options and comments: what a reader must know."""
    found: dict[str, bytes] = {}
    waiting: list[Descriptor | EnumDescriptor] = [root]
    while waiting:
        kind = waiting.pop()
        if kind.full_name in found:
            continue
        proto: Any
        if isinstance(kind, EnumDescriptor) or not hasattr(kind, "fields"):
            proto = descriptor_pb2.EnumDescriptorProto()
            kind.CopyToProto(proto)
            _strip(proto, proto.value)
        else:
            proto = descriptor_pb2.DescriptorProto()
            kind.CopyToProto(proto)
            for nested in ("nested_type", "enum_type", "extension"):
                proto.ClearField(nested)
            map_entry = proto.options.map_entry
            _strip(proto, [*proto.field, *proto.oneof_decl])
            if map_entry:
                proto.options.map_entry = True
            waiting += [each.message_type for each in kind.fields if each.message_type is not None]
            waiting += [each.enum_type for each in kind.fields if each.enum_type is not None]
        found[kind.full_name] = proto.SerializeToString(deterministic=True)
    digest = hashlib.sha256(b"xc/schema/v1\n")
    for name in sorted(found):
        digest.update(len(name).to_bytes(4, "big") + name.encode() + len(found[name]).to_bytes(4, "big") + found[name])
    return digest.digest()


def _strip(proto: Any, parts: Any) -> None:
    proto.ClearField("options")
    for part in parts:
        part.ClearField("options")
