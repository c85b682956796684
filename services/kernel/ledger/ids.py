"""Identifiers: UUIDv7 for what is new (RFC 9562 §5.7), derived ones for what must be the same on a retry.

Both begin with 48 bits of milliseconds since 1970, which choose the partition a command is remembered in.
"""

import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from asyncpg.pgproto import pgproto

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RANDOM_BITS = 74
FastUUID: Any = pgproto.UUID
"""A uuid.UUID as asyncpg gives them out, made from 16 bytes five times faster than the standard one."""

_lock = threading.Lock()
_last_ms = 0
_last_random = 0


def uuid7() -> UUID:
    """A new UUIDv7 of the wall clock, larger than all this process made before, also when the clock steps back."""
    global _last_ms, _last_random  # noqa: PLW0603  one sequence per process is the point
    now = time.time_ns() // 1_000_000
    with _lock:
        if now > _last_ms:
            _last_ms, _last_random = now, secrets.randbits(RANDOM_BITS - 1)
        else:  # same millisecond: step at random, so that ids stay hard to guess
            _last_random += secrets.randbits(32) + 1
            if _last_random >> RANDOM_BITS:
                _last_ms, _last_random = _last_ms + 1, secrets.randbits(RANDOM_BITS - 1)
        ms, random = _last_ms, _last_random
    value = ms << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    made: UUID = FastUUID(value.to_bytes(16, "big"))
    return made


def uuid7_time(value: UUID) -> datetime:
    """The instant in the first 48 bits, of uuid7() and derive() alike.

    Raises:
        OverflowError: it lies after the year 9999, to which only a forged id belongs.
    """
    return EPOCH + timedelta(milliseconds=int.from_bytes(value.bytes[:6], "big"))


def derive(source: UUID, purpose: str) -> UUID:
    """An id that follows from `source`: same time bits, rest SHA-256(source ‖ purpose), version 8 (RFC 9562 §5.8).

    The same source and purpose give the same id, so a repeat of what it names is recognised.

    Raises:
        ValueError: `source` is neither version 7 nor 8 and has no time bits.
    """
    raw = source.bytes
    if raw[6] >> 4 not in (7, 8):
        raise ValueError(f"{source} is not a UUIDv7 or UUIDv8")
    made: UUID = FastUUID(_derived(raw, purpose.encode()))
    return made


def _derived(raw: bytes, purpose: bytes) -> bytes:
    digest = sha256(raw + purpose).digest()
    return b"%b%c%c%c%b" % (raw[:6], 0x80 | digest[0] & 0x0F, digest[1], 0x80 | digest[2] & 0x3F, digest[3:10])


def event_ids(command_id: bytes, count: int) -> list[bytes]:
    """The ids of a command's events: derive(command_id, "event/1"), "event/2", … as 16 bytes each."""
    return [_derived(command_id, b"event/%d" % n) for n in range(1, count + 1)]
