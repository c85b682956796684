"""What an append is, whoever makes it: every way to append runs this suite."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.kernel.ledger import (
    Append,
    Appended,
    Conflict,
    Expired,
    Forbidden,
    Ledger,
    LedgerError,
    Mismatch,
    TooLarge,
    derive,
    hash_of,
    uuid7,
)
from services.kernel.ledger.ids import uuid7_time
from tests.support.ledgers import an_append, new_event

AppendOne = Callable[[Append], Awaitable[Appended]]


def days_ago(command_id: UUID, days: int) -> UUID:
    """The same id, made that many days earlier."""
    ms = int((uuid7_time(command_id) - timedelta(days=days)).timestamp() * 1000)
    return UUID(int=ms << 80 | command_id.int & (1 << 80) - 1)


class LedgerContract:
    """Subclasses give `ledger` and `append`."""

    async def test_a_new_stream_begins_at_version_1(self, ledger: Ledger, append: AppendOne) -> None:
        one = an_append(None, new_event(b"first"), new_event(b"second"))
        assert await append(one) == Appended(version=2, position=2)
        stream = await ledger.read_stream(one.stream_id)
        assert (stream.category, stream.version) == ("case", 2)
        assert [(event.version, event.body) for event in stream.events] == [(1, b"first"), (2, b"second")]

    async def test_positions_are_dense_across_streams(self, ledger: Ledger, append: AppendOne) -> None:
        for size in (1, 3, 2):
            await append(an_append(None, *(new_event(),) * size))
        page = await ledger.read(0)
        assert [event.position for event in page.events] == [1, 2, 3, 4, 5, 6]
        assert (page.examined, page.high) == (6, 6)

    async def test_bytes_come_back_as_they_went_in(self, ledger: Ledger, append: AppendOne) -> None:
        one = replace(an_append(None, new_event(bytes(range(256)), meta=b"\x00\xff")), traceparent="00-ab-cd-01")
        await append(one)
        (event,) = (await ledger.read_stream(one.stream_id)).events
        assert (event.body, event.meta, event.traceparent) == (bytes(range(256)), b"\x00\xff", "00-ab-cd-01")
        assert (event.correlation_id, event.causation_id) == (one.correlation_id, one.causation_id)
        assert event.event_id == derive(one.command_id, "event/1")
        assert event.hash == hash_of(event)

    async def test_a_stale_version_rejects_that_command_only(self, ledger: Ledger, append: AppendOne) -> None:
        first = an_append()
        await append(first)
        answers = await asyncio.gather(append(an_append(first.stream_id)), append(an_append()), return_exceptions=True)
        assert isinstance(answers[0], Conflict)
        assert (answers[0].expected, answers[0].actual) == (0, 1)
        assert answers[1] == Appended(version=1, position=2)

    async def test_a_version_ahead_of_the_stream_is_a_conflict(self, append: AppendOne) -> None:
        with pytest.raises(Conflict, match="at version 0, not 1"):
            await append(an_append(expected=1))

    async def test_a_repeated_command_gets_its_first_answer(self, ledger: Ledger, append: AppendOne) -> None:
        first = an_append()
        answer = await append(first)
        await append(an_append(first.stream_id, expected=1))
        assert await append(first) == replace(answer, repeated=True)
        assert await ledger.head() == 2

    async def test_the_same_command_id_with_another_request_is_refused(self, ledger: Ledger, append: AppendOne) -> None:
        first = an_append(request=b"one")
        await append(first)
        with pytest.raises(Mismatch):
            await append(an_append(command_id=first.command_id, request=b"two"))
        assert await ledger.head() == 1

    async def test_an_unknown_category_is_refused(self, append: AppendOne) -> None:
        with pytest.raises(Forbidden, match="weather"):
            await append(an_append(category="weather"))

    async def test_a_stream_keeps_its_category(self, ledger: Ledger, append: AppendOne) -> None:
        first = an_append(category="case")
        await append(first)
        with pytest.raises(Forbidden):
            await append(an_append(first.stream_id, expected=1, category="transfer"))
        assert (await ledger.read_stream(first.stream_id)).version == 1

    async def test_an_oversized_event_is_refused(self, ledger: Ledger, append: AppendOne) -> None:
        largest = ledger.settings.event_bytes_max
        await append(an_append(None, new_event(bytes(largest), meta=b"")))
        with pytest.raises(TooLarge):
            await append(an_append(None, new_event(bytes(largest), meta=b"1")))
        assert await ledger.head() == 1

    async def test_a_derived_command_id_is_remembered_like_its_source(self, ledger: Ledger, append: AppendOne) -> None:
        source = days_ago(uuid7(), 40)
        one = an_append(command_id=derive(source, "policy"))
        answer = await append(one)
        assert await append(one) == replace(answer, repeated=True)
        known = await ledger.command(one.command_id)
        assert known is not None
        assert (known.position, known.version, known.digest) == (answer.position, answer.version, one.digest)

    async def test_of_a_mixed_lot_each_gets_its_own_answer(self, ledger: Ledger, append: AppendOne) -> None:
        done, other = an_append(), an_append()
        await append(done)
        await append(other)
        lot: list[tuple[Append, type[Appended] | type[LedgerError]]] = [
            (an_append(), Appended),
            (an_append(other.stream_id), Conflict),
            (done, Appended),
            (an_append(command_id=other.command_id, request=b"another"), Mismatch),
            (an_append(category="weather"), Forbidden),
            (an_append(command_id=days_ago(uuid7(), 200)), Expired),
            (an_append(), Appended),
        ]
        answers = await asyncio.gather(*(append(one) for one, _ in lot), return_exceptions=True)
        assert [type(answer) for answer in answers] == [kind for _, kind in lot]
        assert await ledger.head() == 4

    async def test_an_unknown_command_has_no_answer(self, ledger: Ledger, append: AppendOne) -> None:
        assert await ledger.command(uuid7()) is None

    async def test_an_unknown_stream_is_empty(self, ledger: Ledger, append: AppendOne) -> None:
        stream = await ledger.read_stream(uuid7())
        assert (stream.category, stream.version, stream.events) == (None, 0, [])
