"""Parked events: put aside with their reason, tried again in the order of their matter, seen until resolved."""

from datetime import UTC, datetime, timedelta

from services.kernel.ledger import Event, Ledger, parked
from tests.support.ledgers import an_append, new_event

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
READER = ("transfer.policy", 1)


async def events(ledger: Ledger) -> list[Event]:
    """Two of one matter, one of another."""
    one = an_append(None, new_event(), new_event())
    await ledger.append(one)
    await ledger.append(an_append())
    return (await ledger.read(0)).events


async def test_a_parked_event_is_due_at_its_time(ledger: Ledger) -> None:
    first, *_ = await events(ledger)
    async with ledger.transaction() as connection:
        await parked.park(connection, *READER, first, reason="no such case", next_attempt_at=NOW)
        assert await parked.due(connection, *READER, NOW - timedelta(seconds=1), 10) == []
        (one,) = await parked.due(connection, *READER, NOW, 10)
    assert (one.position, one.event_id, one.reason, one.attempts) == (1, first.event_id, "no such case", 1)


async def test_of_a_matter_only_the_first_is_due(ledger: Ledger) -> None:
    async with ledger.transaction() as connection:
        for event in await events(ledger):
            await parked.park(connection, *READER, event, reason="r", next_attempt_at=NOW)
        assert [one.position for one in await parked.due(connection, *READER, NOW, 10)] == [1, 3]
        assert await parked.resolve(connection, *READER, 1)
        assert [one.position for one in await parked.due(connection, *READER, NOW, 10)] == [2, 3]


async def test_the_first_of_a_matter_holds_back_the_others_until_its_own_time(ledger: Ledger) -> None:
    first, second, _ = await events(ledger)
    async with ledger.transaction() as connection:
        await parked.park(connection, *READER, first, reason="r", next_attempt_at=NOW + timedelta(hours=1))
        await parked.park(connection, *READER, second, reason="waits", next_attempt_at=NOW)
        assert await parked.due(connection, *READER, NOW, 10) == []


async def test_a_failed_attempt_is_counted_and_put_off(ledger: Ledger) -> None:
    first, *_ = await events(ledger)
    async with ledger.transaction() as connection:
        await parked.park(connection, *READER, first, reason="r", next_attempt_at=NOW)
        (one,) = await parked.due(connection, *READER, NOW, 10)
        await parked.again(connection, one, "still not", None)
        assert await parked.due(connection, *READER, NOW + timedelta(days=999), 10) == []
        (one,) = await parked.unresolved(connection)
    assert (one.attempts, one.reason, one.next_attempt_at) == (2, "still not", None)


async def test_a_matter_is_blocked_until_its_event_is_resolved(ledger: Ledger) -> None:
    first, *_ = await events(ledger)
    async with ledger.transaction() as connection:
        await parked.park(connection, *READER, first, reason="r", next_attempt_at=None)
        assert await parked.blocked(connection, *READER) == {first.correlation_id}
        assert await parked.blocked(connection, "transfer.policy", 2) == set()
        assert await parked.resolve(connection, *READER, 1)
        assert not await parked.resolve(connection, *READER, 1)
        assert await parked.blocked(connection, *READER) == set()
        assert await parked.unresolved(connection) == []


async def test_parking_twice_keeps_the_first(ledger: Ledger) -> None:
    """A reader that was killed after the commit and before it knew, reads the event again."""
    first, *_ = await events(ledger)
    async with ledger.transaction() as connection:
        await parked.park(connection, *READER, first, reason="first", next_attempt_at=None)
        await parked.park(connection, *READER, first, reason="second", next_attempt_at=None)
        assert [one.reason for one in await parked.unresolved(connection, "transfer.policy")] == ["first"]


async def test_lag_counts_what_is_parked(ledger: Ledger) -> None:
    first, *_ = await events(ledger)
    await ledger.checkpoint(*READER, "node")
    async with ledger.transaction() as connection:
        await parked.park(connection, *READER, first, reason="r", next_attempt_at=None)
    (lag,) = await ledger.lag()
    assert lag.parked == 1
