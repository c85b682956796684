"""What the ledger refuses before anything reaches the database."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.kernel.ledger import Expired, Invalid, LedgerSettings, TooLarge
from services.kernel.ledger.batch import check
from tests.support.ledgers import an_append, new_event

SETTINGS = LedgerSettings(event_bytes_max=100, append_bytes_max=250, batch_events_max=256)


def id_of(instant: datetime) -> UUID:
    """The smallest UUIDv7 of an instant."""
    return UUID(int=int(instant.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"command_id": uuid.uuid4()}, "command id"),
        ({"command_id": id_of(datetime.now(UTC) + timedelta(days=2))}, "in the future"),
        ({"command_id": UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")}, "in the future"),
        ({"stream_id": uuid.uuid4()}, "stream id"),
        ({"digest": b"short"}, "32 bytes"),
        ({"expected_version": -1}, "negative"),
        ({"category": ""}, "category"),
        ({"events": ()}, "1 to 256 events"),
        ({"events": (new_event(),) * 257}, "1 to 256 events"),
        ({"events": (new_event(event_type=""),)}, "type"),
    ],
)
def test_a_malformed_append_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        check(replace(an_append(), **change), SETTINGS)


def test_an_event_at_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    meta = b"m" * 40
    assert check(an_append(None, new_event(b"b" * 60, meta=meta)), SETTINGS) == 100
    with pytest.raises(TooLarge, match="101 bytes, the limit is 100"):
        check(an_append(None, new_event(b"b" * 61, meta=meta)), SETTINGS)


def test_events_that_are_too_large_together_are_refused() -> None:
    with pytest.raises(TooLarge, match="300 bytes, the limit is 250"):
        check(an_append(None, *(new_event(b"b" * 96),) * 3), SETTINGS)


def test_a_command_of_a_forgotten_month_is_expired_and_one_later_is_not() -> None:
    now = datetime.now(UTC)
    months = now.year * 12 + now.month - 1 - 3
    oldest = datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
    check(an_append(command_id=id_of(oldest)), SETTINGS)
    with pytest.raises(Expired):
        check(an_append(command_id=id_of(oldest - timedelta(milliseconds=1))), SETTINGS)


@pytest.mark.parametrize(
    "contradiction",
    [
        {"batch_events_max": 10, "batch_commands_max": 11},
        {"append_bytes_max": 10, "event_bytes_max": 11},
        {"append_timeout_seconds": 1.0, "lock_timeout_seconds": 2.0},
    ],
)
def test_settings_that_contradict_each_other_are_refused(contradiction: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="below"):
        LedgerSettings(**contradiction)
