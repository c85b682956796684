"""What leaves the authority: the views of a shared event, decided by the options in its descriptor and by nothing else.

Promise   a field without a `visible` option is private, at every depth; an unmarked sub-message disappears whole; a
          type without a `share` option is not shared; a received event is never shared on (the builder skips it).
Not       one view per addressee: where police and procuratorate may see different things, these are two messages.

A catalogue is loaded from a descriptor set, which is a build output: it knows no domain service, and reads types that
this process never imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import protovalidate
from enforcement.options.v1 import options_pb2 as options
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from services.kernel.envelopes.descriptors import (
    OPEN_TYPES,
    child_of,
    descriptor_of,
    fields_of,
    message_names,
    refuses_absence,
    schema_digest,
    visibility,
)
from services.kernel.envelopes.members import FEED
from services.kernel.envelopes.verdicts import Code, Fault

__all__ = ["ADDRESSEE_VIEW", "FEED_VIEW", "Catalogue", "SharedType", "find_blob"]

ADDRESSEE_VIEW: Final = options.VISIBILITY_ADDRESSEE
FEED_VIEW: Final = options.VISIBILITY_FEED
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
            names += [name for message in file.message_type for name in message_names(file.package, message)]
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
        return self._digest(descriptor_of(cls)) if cls else None

    def disclose(self, message: Message, level: int) -> Message:
        """Clears, in place, every field not visible at `level`, at every depth, and unknown fields."""
        message.DiscardUnknownFields()
        self._cut(descriptor_of(message), level).apply(message)
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
        if cls is None or self._digest(descriptor_of(cls)) != schema:
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
            for path, descriptor, visible in sorted(fields_of(descriptor_of(shared.message), options.VISIBILITY_FEED)):
                del descriptor
                lines.append(f"    {('private', 'addressee', 'feed')[visible]:9}  {path}")
        return lines

    def _judge(self, shared: SharedType) -> Iterator[str]:
        descriptor = descriptor_of(shared.message)
        if not shared.feed and not shared.addressees:
            yield f"{shared.name} is shared with nobody"
        if not shared.purpose:
            yield f"{shared.name} is shared without a purpose"
        for name in shared.addressees:
            addressee = descriptor.fields_by_name.get(name)
            if addressee is None or addressee.type != FieldDescriptor.TYPE_STRING:
                yield f"{shared.name}: addressee field {name} is missing or no string"
            elif visibility(addressee) < ADDRESSEE_VIEW:
                yield f"{shared.name}: addressee field {name} is private"
        for path, each, visible in fields_of(descriptor, options.VISIBILITY_FEED):
            if visible == options.VISIBILITY_UNSPECIFIED and refuses_absence(each):
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
            if visible and each.message_type is not None and each.message_type.full_name in OPEN_TYPES:
                yield f"{shared.name}: {path} could carry anything"

    # ── descriptors ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _cut(self, descriptor: Descriptor, level: int) -> _Cut:
        known = self._cuts.get((descriptor.full_name, level))
        if known is not None:
            return known
        hidden = tuple(each.name for each in descriptor.fields if visibility(each) < level)
        inside: list[tuple[str, str, _Cut]] = []
        # Registered before its children are cut: a type may contain itself. The tuple is filled below.
        cut = _Cut(hidden, ())
        self._cuts[descriptor.full_name, level] = cut
        for each in descriptor.fields:
            child, shape = child_of(each)
            if child is None or visibility(each) < level:
                continue
            inside.append((each.name, shape, self._cut(child, level)))
        object.__setattr__(cut, "inside", tuple(inside))
        return cut

    def _digest(self, descriptor: Descriptor) -> bytes:
        if descriptor.full_name not in self._digests:
            self._digests[descriptor.full_name] = schema_digest(descriptor)
        return self._digests[descriptor.full_name]


def find_blob(message: Any, sha256: bytes) -> Any:
    """Returns the BlobRef with this hash that the message shows at any depth, or None."""
    if message.DESCRIPTOR.full_name == _BLOB:
        return message if message.sha256 == sha256 else None
    for each, value in message.ListFields():
        child, shape = child_of(each)
        if child is None:
            continue
        children = [value] if shape == "one" else value if shape == "many" else value.values()
        for one in children:
            found = find_blob(one, sha256)
            if found is not None:
                return found
    return None
