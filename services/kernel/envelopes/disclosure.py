"""What leaves the authority: the views of a shared event, decided by the options in its descriptor and by nothing else.

Promise   a field without a `visible` option is private, at every depth; an unmarked sub-message disappears whole; a
          type without a `share` option is not shared; a received event is never shared on (the builder skips it).
Not       one view per addressee: where police and procuratorate may see different things, these are two messages.

A catalogue is loaded from a descriptor set, which is a build output: it knows no domain service, and reads types that
this process never imported.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

import protovalidate
from buf.validate import validate_pb2
from enforcement.options.v1 import options_pb2 as options
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from services.kernel.envelopes.members import FEED
from services.kernel.envelopes.verdicts import Code, Fault

__all__ = ["ADDRESSEE_VIEW", "FEED_VIEW", "Catalogue", "SharedType", "find_blob"]

ADDRESSEE_VIEW: Final = options.VISIBILITY_ADDRESSEE
FEED_VIEW: Final = options.VISIBILITY_FEED
_LEAF_PACKAGE: Final = "google.protobuf."
"""Timestamp and Duration are values, not structures: they are shown or hidden with their field."""
_FEED_STRINGS: Final = re.compile(r"(^|_)(id|ids|by|on|code|codes|number|version|unit)$")
"""Names of string fields that a feed may carry: ids (of authorities and officers: `_by`), days, codes of the law."""
FEED_TEXT_ALLOWED: Final = frozenset(
    {
        "enforcement.deadlines.v1.DeadlineStarted.basis",  # law and article
        "enforcement.deadlines.v1.DeadlineMissed.basis",
        "enforcement.deadlines.v1.DeadlineStarted.title",  # what the rule is called, declared beside it
        "enforcement.deadlines.v1.DeadlineStarted.policy",  # a switch and its value
        "enforcement.deadlines.v1.DeadlineRecomputed.notice",  # number of a State Council notice
    }
)
"""Other strings in feeds, each looked at by a person: no free text, name, plate or address."""
_BLOB: Final = "enforcement.common.v1.BlobRef"


@dataclass(frozen=True, slots=True)
class _Cut:
    """What to clear in a message of one type at one level."""

    hidden: tuple[str, ...]
    inside: tuple[tuple[str, str, _Cut], ...] = field(compare=False)
    """(field, "one" | "many" | "map", cut of the child)."""

    def apply(self, message: Any) -> None:
        for name in self.hidden:
            message.ClearField(name)
        for name, shape, cut in self.inside:
            match shape:
                case "one":
                    if message.HasField(name):
                        cut.apply(getattr(message, name))
                case "many":
                    for child in getattr(message, name):
                        cut.apply(child)
                case "map":
                    for child in getattr(message, name).values():
                        cut.apply(child)


@dataclass(frozen=True, slots=True)
class SharedType:
    """A type with a `share` option."""

    name: str
    feed: bool
    addressees: tuple[str, ...]
    purpose: str
    handling: str
    schema: bytes
    restricted: bool
    """Nothing of it is traced or logged, at either end."""
    message: Any = field(repr=False)
    """Its class, made at run time: a type checker knows none of its fields."""

    def targets(self, event: Any, me: str) -> list[str]:
        """Returns whom this event is told, the feed first, then authorities in order, without `me`.

        What is in an addressee field and is no authority id is returned too: the builder says that it failed.
        """
        named: set[str] = set()
        for name in self.addressees:
            value = getattr(event, name)
            named.update([value] if isinstance(value, str) else value)
        return ([FEED] if self.feed else []) + sorted(named - {"", me, FEED})


class Catalogue:
    """The message types of a descriptor set: their schemas, their views, their rules."""

    def __init__(self, descriptor_set: bytes) -> None:
        """Reads a serialised FileDescriptorSet, imports included, in dependency order.

        Raises:
            google.protobuf.message.DecodeError: it is not one.
            TypeError: a file of it does not build.
        """
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set)
        self._pool = descriptor_pool.DescriptorPool()
        self._validator = protovalidate.Validator()
        self._cuts: dict[tuple[str, int], _Cut] = {}
        self._classes: dict[str, type[Message] | None] = {}
        self._digests: dict[str, bytes] = {}
        names = []
        for file in files.file:
            self._pool.AddSerializedFile(file.SerializeToString())
            names += [name for message in file.message_type for name in _message_names(file.package, message)]
        shared = {}
        for name in names:
            descriptor = self._pool.FindMessageTypeByName(name)
            if descriptor.GetOptions().HasExtension(options.share):
                share = descriptor.GetOptions().Extensions[options.share]
                shared[name] = SharedType(
                    name,
                    share.feed,
                    tuple(share.addressees),
                    share.purpose,
                    share.handling,
                    self._digest(descriptor),
                    descriptor.GetOptions().Extensions[options.restricted],
                    message_factory.GetMessageClass(descriptor),
                )
        self.shared: Mapping[str, SharedType] = MappingProxyType(shared)

    @classmethod
    def load(cls, path: Path | None = None) -> Catalogue:
        """Reads the descriptor set at `path`; by default the one that was built beside the generated code."""
        if path is None:
            import enforcement

            path = Path(next(iter(enforcement.__path__))) / "contract.binpb"
        return cls(path.read_bytes())

    def message(self, type_name: str) -> Any:
        """Returns the class of a type, or None when this build does not know it."""
        if type_name not in self._classes:
            try:
                descriptor = self._pool.FindMessageTypeByName(type_name)
            except KeyError:
                return None  # not remembered: names come from other authorities
            self._classes[type_name] = message_factory.GetMessageClass(descriptor)
        return self._classes[type_name]

    def schema(self, type_name: str) -> bytes | None:
        """Returns the schema digest of a type, or None when this build does not know it.

        It is the SHA-256 of the type's closure: every message and enum reachable from it, by name, without comments and
        without options. Rules and sentences may therefore change without making a peer's events unreadable.
        """
        cls = self.message(type_name)
        return self._digest(_descriptor(cls)) if cls else None

    def disclose(self, message: Message, level: int) -> Message:
        """Clears, in place, every field not visible at `level`, at every depth, and unknown fields."""
        message.DiscardUnknownFields()
        self._cut(_descriptor(message), level).apply(message)
        return message

    def view(self, type_name: str, body: bytes, level: int) -> bytes:
        """Returns the bytes that a target of `level` may see of a recorded event.

        Raises:
            KeyError: the type is not shared.
            google.protobuf.message.DecodeError: the body is not of the type.
        """
        event = self.shared[type_name].message.FromString(body)
        return self.disclose(event, level).SerializeToString(deterministic=True)

    def check(self, type_name: str, schema: bytes, value: bytes) -> Any:
        """Step 11 of receiving: parse by the schema that the sender named, and validate.

        Returns:
            The event, or None when the schema is not known here: the event is recorded unread, because recording needs
            no schema and a peer may upgrade first.

        Raises:
            Fault: SCHEMA_MISMATCH, INVALID_BODY.
        """
        cls = self.message(type_name)
        if cls is None or self._digest(_descriptor(cls)) != schema:
            return None
        try:
            event = cls.FromString(value)
        except DecodeError as error:
            raise Fault(Code.SCHEMA_MISMATCH, f"not a {type_name}") from error
        size = event.ByteSize()
        event.DiscardUnknownFields()
        if event.ByteSize() != size:
            raise Fault(Code.SCHEMA_MISMATCH, f"fields that {type_name} does not have")
        try:
            self._validator.validate(event)
        except protovalidate.ValidationError as error:
            raise Fault(Code.INVALID_BODY, str(error)) from error
        return event

    # ── build-time checks ────────────────────────────────────────────────────────────────────────────────────────────

    def findings(self) -> list[str]:
        """Returns what is wrong with the share options: one sentence each, none when all is well."""
        return [finding for shared in self.shared.values() for finding in self._judge(shared)]

    def views(self) -> list[str]:
        """Returns the disclosed fields of every shared type, a line each: the golden file that people review."""
        lines = []
        for shared in sorted(self.shared.values(), key=lambda each: each.name):
            whom = (["feed"] if shared.feed else []) + list(shared.addressees)
            lines.append(f"{shared.name} → {', '.join(whom)} [{shared.purpose}; {shared.handling or '-'}]")
            for path, descriptor, visible in sorted(_fields(_descriptor(shared.message), options.VISIBILITY_FEED)):
                del descriptor
                lines.append(f"    {('private', 'addressee', 'feed')[visible]:9}  {path}")
        return lines

    def _judge(self, shared: SharedType) -> Iterator[str]:
        descriptor = _descriptor(shared.message)
        if not shared.feed and not shared.addressees:
            yield f"{shared.name} is shared with nobody"
        if not shared.purpose:
            yield f"{shared.name} is shared without a purpose"
        for name in shared.addressees:
            addressee = descriptor.fields_by_name.get(name)
            if addressee is None or addressee.type != FieldDescriptor.TYPE_STRING:
                yield f"{shared.name}: addressee field {name} is missing or no string"
            elif _visible(addressee) < ADDRESSEE_VIEW:
                yield f"{shared.name}: addressee field {name} is private"
        for path, each, visible in _fields(descriptor, options.VISIBILITY_FEED):
            if visible == options.VISIBILITY_UNSPECIFIED and _refuses_absence(each):
                yield f"{shared.name}: {path} is private and required, so the view would not validate"
            if shared.feed and visible == FEED_VIEW:
                if each.type == FieldDescriptor.TYPE_BYTES and each.name not in ("sha256", "digest", "hash"):
                    yield f"{shared.name}: {path} puts bytes that are no digest into the feed"
                if (
                    each.type == FieldDescriptor.TYPE_STRING
                    and not _FEED_STRINGS.search(each.name)
                    and each.full_name not in FEED_TEXT_ALLOWED
                ):
                    yield f"{shared.name}: {path} puts text into the feed"
            if visible and each.message_type is not None and each.message_type.full_name in _OPEN_TYPES:
                yield f"{shared.name}: {path} could carry anything"

    # ── descriptors ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _cut(self, descriptor: Descriptor, level: int) -> _Cut:
        known = self._cuts.get((descriptor.full_name, level))
        if known is not None:
            return known
        hidden = tuple(each.name for each in descriptor.fields if _visible(each) < level)
        inside: list[tuple[str, str, _Cut]] = []
        # Registered before its children are cut: a type may contain itself. The tuple is filled below.
        cut = _Cut(hidden, ())
        self._cuts[descriptor.full_name, level] = cut
        for each in descriptor.fields:
            child, shape = _child(each)
            if child is None or _visible(each) < level:
                continue
            inside.append((each.name, shape, self._cut(child, level)))
        object.__setattr__(cut, "inside", tuple(inside))
        return cut

    def _digest(self, descriptor: Descriptor) -> bytes:
        if descriptor.full_name not in self._digests:
            self._digests[descriptor.full_name] = _closure_digest(descriptor)
        return self._digests[descriptor.full_name]


_OPEN_TYPES: Final = frozenset({"google.protobuf.Any", "google.protobuf.Struct", "google.protobuf.Value"})


def find_blob(message: Any, sha256: bytes) -> Any:
    """Returns the BlobRef with this hash that the message shows at any depth, or None."""
    if message.DESCRIPTOR.full_name == _BLOB:
        return message if message.sha256 == sha256 else None
    for each, value in message.ListFields():
        child, shape = _child(each)
        if child is None:
            continue
        children = [value] if shape == "one" else value if shape == "many" else value.values()
        for one in children:
            found = find_blob(one, sha256)
            if found is not None:
                return found
    return None


def _descriptor(message: Message | type[Message]) -> Descriptor:
    return cast(Descriptor, message.DESCRIPTOR)


def _visible(each: FieldDescriptor) -> int:
    return int(each.GetOptions().Extensions[options.visible])


def _child(each: FieldDescriptor) -> tuple[Descriptor | None, str]:
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


def _fields(
    descriptor: Descriptor, ceiling: int, prefix: str = "", inside: tuple[str, ...] = ()
) -> Iterator[tuple[str, FieldDescriptor, int]]:
    """Walks (path, field, effective visibility); a field shows at most as much as the one that holds it."""
    for each in descriptor.fields:
        visible = min(_visible(each), ceiling)
        path = f"{prefix}{each.name}"
        yield path, each, visible
        child, _ = _child(each)
        if child is not None and visible and child.full_name not in inside:
            yield from _fields(child, visible, f"{path}.", (*inside, descriptor.full_name))


def _refuses_absence(each: FieldDescriptor) -> bool:
    """Tells whether a rule on this field fails when the field is cleared."""
    raw = each.GetOptions()
    if not raw.HasExtension(validate_pb2.field):
        return False
    rules = raw.Extensions[validate_pb2.field]
    if rules.ignore in (validate_pb2.IGNORE_IF_ZERO_VALUE, validate_pb2.IGNORE_ALWAYS):
        return False
    return bool(rules.required or not each.has_presence)


def _message_names(prefix: str, message: descriptor_pb2.DescriptorProto) -> Iterator[str]:
    name = f"{prefix}.{message.name}" if prefix else message.name
    yield name
    for nested in message.nested_type:
        yield from _message_names(name, nested)


def _closure_digest(root: Descriptor) -> bytes:
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
