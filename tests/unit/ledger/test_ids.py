"""Ids: time in front, the same on a retry, never twice."""

import uuid
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.ledger import derive, uuid7, uuid7_time
from services.kernel.ledger.ids import event_ids

LAST_MS = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp() * 1000)


def test_ids_of_one_process_rise() -> None:
    made = [uuid7() for _ in range(10_000)]
    assert made == sorted(set(made))


def test_ids_rise_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = uuid7()
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000)
    assert uuid7() > before


def test_a_new_id_is_a_version_7_uuid_of_now() -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert abs(uuid7_time(made) - datetime.now(UTC)) < timedelta(seconds=5)


def test_an_id_equals_the_standard_uuid_with_its_text() -> None:
    made = uuid7()
    standard = uuid.UUID(str(made))
    assert made == standard
    assert {made: 1}[standard] == 1


@given(st.integers(0, LAST_MS), st.integers(0, 2**74 - 1), st.text())
def test_a_derived_id_keeps_the_time_and_is_version_8(ms: int, random: int, purpose: str) -> None:
    source = uuid.UUID(int=ms << 80 | 7 << 76 | (random >> 62) << 64 | 2 << 62 | random & (1 << 62) - 1)
    derived = derive(source, purpose)
    assert uuid7_time(derived) == uuid7_time(source)
    assert (derived.version, derived.variant) == (8, uuid.RFC_4122)
    assert derived == derive(source, purpose)
    assert derived.bytes[9:] == sha256(source.bytes + purpose.encode()).digest()[3:10]


def test_another_purpose_gives_another_id() -> None:
    source = uuid7()
    assert derive(source, "a") != derive(source, "b") != derive(derive(source, "a"), "b")


def test_event_ids_are_derived_from_the_command() -> None:
    command = uuid7()
    assert [uuid.UUID(bytes=raw) for raw in event_ids(command.bytes, 3)] == [
        derive(command, f"event/{n}") for n in (1, 2, 3)
    ]


def test_an_id_without_time_bits_derives_nothing() -> None:
    with pytest.raises(ValueError, match="not a UUIDv7"):
        derive(uuid.uuid4(), "purpose")
