"""Event types for tests of clocks; made at import, and known by name like any other."""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from services.kernel.messages import message_class

PACKAGE = "enforcement.tests.deadlines.v1"
_STRING = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
_BOOL = descriptor_pb2.FieldDescriptorProto.TYPE_BOOL
_INT32 = descriptor_pb2.FieldDescriptorProto.TYPE_INT32
_FIELDS: dict[str, dict[str, Any]] = {
    "Filed": {"case_id": _STRING, "reference": _STRING},
    "Decided": {"case_id": _STRING},
    "Closed": {"case_id": _STRING},
    "Withdrawn": {"case_id": _STRING},
    "Transferred": {"case_id": _STRING, "open": _BOOL},
    "Prolonged": {"case_id": _STRING, "days": _INT32},
}


def _declare() -> None:
    file = descriptor_pb2.FileDescriptorProto(name="tests/deadlines/acts.proto", package=PACKAGE, syntax="proto3")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields.items(), start=1):
            message.field.add(
                name=field, number=number, type=kind, label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
            )
    descriptor_pool.Default().Add(file)


def _class(name: str) -> Any:
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(f"{PACKAGE}.{name}"))


if message_class(f"{PACKAGE}.Filed") is None:
    message_class.cache_clear()
    _declare()

Filed: type[Message] = _class("Filed")
Decided: type[Message] = _class("Decided")
Closed: type[Message] = _class("Closed")
Withdrawn: type[Message] = _class("Withdrawn")
Transferred: type[Message] = _class("Transferred")
Prolonged: type[Message] = _class("Prolonged")
