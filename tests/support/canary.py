"""A made-up proto with every shape a field can have, to see what leaves; built at run time, in no released schema."""

from typing import Any

from buf.validate import validate_pb2
from enforcement.options.v1 import options_pb2 as options
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.message import Message

from services.kernel.envelopes.disclosure import Catalogue
from tests.support.members import CATALOGUE

PACKAGE = "enforcement.canary.v1"
PRIVATE, ADDRESSEE, FEED = range(3)
CANARY = "CANARY-4711"


def _field(
    message: Any, name: str, number: int, kind: Any = Field.TYPE_STRING, visible: int = PRIVATE, **more: Any
) -> Any:
    field = message.field.add(name=name, number=number, type=kind, label=Field.LABEL_OPTIONAL)
    for key, value in more.items():
        setattr(field, key, value)
    if visible:
        field.options.Extensions[options.visible] = visible
    return field


def _inner(file: Any) -> None:
    inner = file.message_type.add(name="Inner")
    _field(inner, "shown_id", 1, visible=FEED)
    _field(inner, "told", 2, visible=ADDRESSEE)
    _field(inner, "secret", 3)
    _field(inner, "again", 4, Field.TYPE_MESSAGE, FEED, type_name=f".{PACKAGE}.Inner")


def canary_file() -> descriptor_pb2.FileDescriptorProto:
    """`Shown` is shared with the feed and with `addressee_id`; its fields come in all shapes and visibilities."""
    file = descriptor_pb2.FileDescriptorProto(
        name="enforcement/canary/v1/events.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=[
            "enforcement/options/v1/options.proto",
            "buf/validate/validate.proto",
            "google/protobuf/timestamp.proto",
        ],
    )
    _inner(file)
    shown = file.message_type.add(name="Shown")
    shown.options.Extensions[options.share].CopyFrom(
        options.Share(feed=True, addressees=["addressee_id", "copy_ids"], purpose="试验", handling="test")
    )
    inner = f".{PACKAGE}.Inner"
    _field(shown, "shown_id", 1, visible=FEED)
    _field(shown, "addressee_id", 2, visible=FEED)
    _field(shown, "copy_ids", 3, visible=ADDRESSEE, label=Field.LABEL_REPEATED)
    _field(shown, "secret", 4)
    _field(shown, "told", 5, visible=ADDRESSEE)
    _field(shown, "secret_inner", 6, Field.TYPE_MESSAGE, type_name=inner)
    _field(shown, "inner", 7, Field.TYPE_MESSAGE, FEED, type_name=inner)
    _field(shown, "inners", 8, Field.TYPE_MESSAGE, FEED, type_name=inner, label=Field.LABEL_REPEATED)
    for name, number, visible in (("by_name", 9, FEED), ("secret_by_name", 10, PRIVATE)):
        entry = shown.nested_type.add(name="".join(part.title() for part in name.split("_")) + "Entry")
        entry.options.map_entry = True
        _field(entry, "key", 1)
        _field(entry, "value", 2, Field.TYPE_MESSAGE, type_name=inner)
        kind = f".{PACKAGE}.Shown.{entry.name}"
        _field(shown, name, number, Field.TYPE_MESSAGE, visible, type_name=kind, label=Field.LABEL_REPEATED)
    shown.oneof_decl.add(name="choice")
    _field(shown, "choice_secret", 11, oneof_index=0)
    _field(shown, "choice_inner", 12, Field.TYPE_MESSAGE, FEED, type_name=inner, oneof_index=0)
    _field(shown, "shown_at", 13, Field.TYPE_MESSAGE, FEED, type_name=".google.protobuf.Timestamp")
    _field(shown, "secret_at", 14, Field.TYPE_MESSAGE, type_name=".google.protobuf.Timestamp")
    count = _field(shown, "count", 15, Field.TYPE_INT32, FEED)
    count.options.Extensions[validate_pb2.field].int32.lt = 100
    kept = file.message_type.add(name="Kept")
    _field(kept, "kept_id", 1, visible=FEED)
    return file


def catalogue(*files: descriptor_pb2.FileDescriptorProto) -> Catalogue:
    """The released schemas together with made-up ones."""
    released = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set())
    released.file.extend(files or [canary_file()])
    return Catalogue(released.SerializeToString())


def descriptor_set() -> bytes:
    """The descriptor set that was built beside the generated code."""
    from pathlib import Path

    import enforcement

    return (Path(next(iter(enforcement.__path__))) / "contract.binpb").read_bytes()


def full(cls: type[Message], addressee: str, copies: tuple[str, ...] = ()) -> Any:
    """A `Shown` with a canary in every private field, at every depth."""

    def inner(depth: int = 2) -> dict[str, Any]:
        again = {"again": inner(depth - 1)} if depth else {}
        return {"shown_id": "id", "told": "told", "secret": CANARY, **again}

    event: Any = cls(
        shown_id="id",
        addressee_id=addressee,
        copy_ids=copies,
        secret=CANARY,
        told="told",
        secret_inner={"shown_id": CANARY, "told": CANARY},
        inner=inner(),
        inners=[inner(), inner()],
        choice_inner=inner(),
        count=1,
    )
    for name in ("x", "y"):
        event.by_name[name].MergeFrom(type(event.inner)(**inner()))
        event.secret_by_name[CANARY + name].MergeFrom(type(event.inner)(**inner()))
    event.shown_at.FromMilliseconds(1)
    event.secret_at.FromMilliseconds(2)
    # An unknown field, at the top and deep inside.
    unknown = b"\xfa\x3f" + bytes([len(CANARY)]) + CANARY.encode()
    event.inner.MergeFromString(unknown)
    event.MergeFromString(unknown)
    return event


__all__ = ["CANARY", "CATALOGUE", "canary_file", "catalogue", "descriptor_set", "full"]
