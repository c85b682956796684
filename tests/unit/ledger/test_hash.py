"""The hash of an event: its form is fixed for ever, and it covers everything that has a meaning."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from services.kernel.ledger import Event, event_hash, hash_of
from services.kernel.ledger.events import ids_and_hashes
from tests.support.ledgers import an_append, new_event

FIELDS: dict[str, Any] = {
    "stream_id": bytes(range(16)),
    "version": 3,
    "event_id": bytes(range(16, 32)),
    "event_type": "enforcement.transfer.v1.TransferApproved",
    "schema_version": 1,
    "correlation_id": bytes(range(32, 48)),
    "causation_id": bytes(range(48, 64)),
    "meta": b"\x0a\x01m",
    "body": b"\x0a\x01b",
}


def spelled_out() -> bytes:
    """The bytes that are hashed, written down a second time."""
    return (
        b"xl/event/v1\n"
        + b"\x00\x00\x00\x10" + bytes(range(16))
        + b"\x00\x00\x00\x08" + b"\x00\x00\x00\x00\x00\x00\x00\x03"
        + b"\x00\x00\x00\x10" + bytes(range(16, 32))
        + b"\x00\x00\x00\x28" + b"enforcement.transfer.v1.TransferApproved"
        + b"\x00\x00\x00\x04" + b"\x00\x00\x00\x01"
        + b"\x00\x00\x00\x10" + bytes(range(32, 48))
        + b"\x00\x00\x00\x10" + bytes(range(48, 64))
        + b"\x00\x00\x00\x03" + b"\x0a\x01m"
        + b"\x00\x00\x00\x03" + b"\x0a\x01b"
    )  # fmt: skip


def test_the_hash_is_over_the_bytes_as_documented() -> None:
    assert event_hash(**FIELDS) == sha256(spelled_out()).digest()
    assert event_hash(**FIELDS).hex() == "10dc3fcb4a33eb85e7988b14a5c7446fd820c1470974674fde29988164d9901f"


@pytest.mark.parametrize("field", FIELDS)
def test_a_change_of_any_field_changes_the_hash(field: str) -> None:
    value = FIELDS[field]
    other = value + 1 if isinstance(value, int) else value[1:] + value[:1]
    assert event_hash(**{**FIELDS, field: other}) != event_hash(**FIELDS)


def test_bytes_moved_between_fields_change_the_hash() -> None:
    moved = {**FIELDS, "meta": FIELDS["meta"][:-1], "body": FIELDS["meta"][-1:] + FIELDS["body"]}
    assert event_hash(**moved) != event_hash(**FIELDS)


def test_the_hash_made_before_the_append_is_that_of_the_stored_event() -> None:
    append = replace(an_append(None, new_event(b"1"), new_event(b"2")), expected_version=7)
    ids, hashes = ids_and_hashes(append)
    for n, (id_, hash_, event) in enumerate(zip(ids, hashes, append.events, strict=True)):
        stored = Event(
            position=99,
            stream_id=append.stream_id,
            version=8 + n,
            event_id=UUID(bytes=id_),
            type=event.type,
            schema_version=event.schema_version,
            recorded_at=datetime.now(UTC),
            correlation_id=append.correlation_id,
            causation_id=append.causation_id,
            traceparent=None,
            meta=event.meta,
            body=event.body,
            hash=hash_,
        )
        assert hash_of(stored) == hash_
