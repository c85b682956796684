"""One call of append_batch_v1: checks what comes in, lays it out as arrays, reads what comes back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.kernel.ledger.errors import Expired, Invalid, TooLarge
from services.kernel.ledger.events import Append, ids_and_hashes
from services.kernel.ledger.ids import FastUUID, uuid7_time
from services.kernel.ledger.settings import LedgerSettings

APPEND = """
SELECT outcomes, at_versions, at_positions FROM ledger.append_batch_v1(
  $1::uuid[], $2::bytea[], $3::uuid[], $4::text[], $5::int[], $6::int[], $7::uuid[], $8::uuid[],
  $9::int[], $10::uuid[], $11::text[], $12::smallint[], $13::text[], $14::bytea[], $15::bytea[], $16::bytea[])
"""

MONTHS_REMEMBERED = 3
"""Whole months before the present one whose commands the ledger knows; ledger.maintain() keeps as many."""

AHEAD = timedelta(days=1)
"""How far the clock of whoever made a command id may be ahead of ours. The partitions reach a month further."""


class Prepared:
    """A checked append with the ids and hashes of its events. Made in the caller's task, outside every lock."""

    __slots__ = ("append", "hashes", "ids", "size")

    def __init__(self, append: Append, settings: LedgerSettings) -> None:
        """Check and hash.

        Raises:
            Invalid, TooLarge, Expired: as the message says; nothing was done.
        """
        self.append = append
        self.size = check(append, settings)
        self.ids, self.hashes = ids_and_hashes(append)


def check(append: Append, settings: LedgerSettings) -> int:
    """Refuse what the ledger does not take; answer the bytes of the append's events."""
    check_command_id(append.command_id)
    if append.stream_id.int >> 76 & 0xF not in (7, 8):
        raise Invalid(f"stream id {append.stream_id} is not a UUIDv7 or UUIDv8")
    if len(append.digest) != 32:
        raise Invalid("the digest of a request is 32 bytes of SHA-256")
    if append.expected_version < 0:
        raise Invalid("expected_version is negative")
    if not append.category:
        raise Invalid("an append names its category")
    if not 1 <= len(append.events) <= settings.batch_events_max:
        raise Invalid(f"an append has 1 to {settings.batch_events_max} events, not {len(append.events)}")
    total = 0
    for event in append.events:
        size = len(event.body) + len(event.meta)
        if size > settings.event_bytes_max:
            raise TooLarge(f"{event.type} has {size} bytes, the limit is {settings.event_bytes_max}")
        if not event.type:
            raise Invalid("an event names its type")
        total += size
    if total > settings.append_bytes_max:
        raise TooLarge(f"the append has {total} bytes, the limit is {settings.append_bytes_max}")
    return total


_remembered: tuple[int, int, int] = (0, 0, 0)


def check_command_id(command_id: UUID) -> None:
    """Raises Invalid when it has no time bits or lies in the future, Expired when the ledger may have forgotten it."""
    value = command_id.int
    if value >> 76 & 0xF not in (7, 8):
        raise Invalid(f"command id {command_id} is not a UUIDv7 or UUIDv8")
    ms = value >> 80
    _, oldest, newest = _window()
    if ms < oldest:
        raise Expired(f"command {command_id} is of {uuid7_time(command_id):%Y-%m-%d}: older than what is remembered")
    if ms > newest:
        raise Invalid(f"command {command_id} lies in the future")


def _window() -> tuple[int, int, int]:
    """(minute, oldest, newest) accepted time bits in milliseconds, worked out once a minute."""
    global _remembered  # noqa: PLW0603  a cache
    now = datetime.now(UTC)
    minute = int(now.timestamp() // 60)
    if _remembered[0] != minute:
        months = now.year * 12 + now.month - 1 - MONTHS_REMEMBERED
        oldest = datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
        _remembered = (minute, int(oldest.timestamp() * 1000), int((now + AHEAD).timestamp() * 1000))
    return _remembered


def arguments(batch: Sequence[Prepared]) -> list[list[Any]]:
    """The sixteen arrays of APPEND. Plain lists and loops: this runs once per command on the hot path."""
    c_id: list[Any] = []
    c_digest: list[Any] = []
    c_stream: list[Any] = []
    c_category: list[Any] = []
    c_expected: list[Any] = []
    c_size: list[Any] = []
    c_correlation: list[Any] = []
    c_causation: list[Any] = []
    e_command: list[Any] = []
    e_id: list[Any] = []
    e_type: list[Any] = []
    e_schema: list[Any] = []
    e_traceparent: list[Any] = []
    e_meta: list[Any] = []
    e_body: list[Any] = []
    e_hash: list[Any] = []
    for number, prepared in enumerate(batch, 1):
        append = prepared.append
        c_id.append(append.command_id)
        c_digest.append(append.digest)
        c_stream.append(append.stream_id)
        c_category.append(append.category)
        c_expected.append(append.expected_version)
        c_size.append(len(prepared.ids))
        c_correlation.append(append.correlation_id)
        c_causation.append(append.causation_id)
        for event in append.events:
            e_command.append(number)
            e_type.append(event.type)
            e_schema.append(event.schema_version)
            e_traceparent.append(append.traceparent)
            e_meta.append(event.meta)
            e_body.append(event.body)
        e_id.extend(map(FastUUID, prepared.ids))
        e_hash.extend(prepared.hashes)
    return [
        c_id, c_digest, c_stream, c_category, c_expected, c_size, c_correlation, c_causation,
        e_command, e_id, e_type, e_schema, e_traceparent, e_meta, e_body, e_hash,
    ]  # fmt: skip


def is_expired(error: asyncpg.PostgresError) -> bool:
    """No partition takes the command id: its month was dropped between our check and the write."""
    return isinstance(error, asyncpg.CheckViolationError) and getattr(error, "table_name", None) == "command"


Row = tuple[str, int, int | None]
"""What became of one command: outcome, version, position."""


async def write(connection: asyncpg.Connection, batch: Sequence[Prepared], limit_seconds: float) -> list[Row]:
    """Write a batch in the connection's transaction, or in one of its own; one row per command, in order.

    Raises what asyncpg raises.
    """
    row = await connection.fetchrow(APPEND, *arguments(batch), timeout=limit_seconds)
    return list(zip(*row, strict=True))
