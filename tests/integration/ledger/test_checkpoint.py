"""A reader's place: one holder, and a zombie commits nothing."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from services.kernel.ledger import Checkpoint, Fenced, Lag, Ledger
from tests.support.eventually import eventually
from tests.support.ledgers import an_append

LEASE = 30.0


async def take(ledger: Ledger, holder: str, lease: float = LEASE) -> Checkpoint | None:
    return await Checkpoint.take(ledger.pool, "policy", 1, holder, lease)


async def held(ledger: Ledger, holder: str, lease: float = LEASE) -> Checkpoint:
    checkpoint = await take(ledger, holder, lease)
    assert checkpoint is not None
    return checkpoint


async def react(ledger: Ledger, checkpoint: Checkpoint, then: str = "SELECT 1") -> None:
    """What a policy does: its place and its effect, together."""
    async with ledger.transaction() as connection:
        await checkpoint.advance(connection, 1)
        await ledger.append_in(connection, [an_append()])
        await connection.execute(then)


async def position(ledger: Ledger) -> int:
    (lag,) = await ledger.lag()
    return lag.position


async def test_a_new_reader_begins_at_the_start(ledger: Ledger) -> None:
    checkpoint = await held(ledger, "one")
    assert (checkpoint.position, checkpoint.fence) == (0, 1)


async def test_a_place_has_one_holder(ledger: Ledger) -> None:
    await held(ledger, "one")
    assert await take(ledger, "two") is None


async def test_a_zombie_commits_nothing(ledger: Ledger) -> None:
    """The first pauses past its lease, the second takes over, the first goes on in the middle of its work."""
    await ledger.append(an_append())
    first = await held(ledger, "one", lease=0.05)
    second = await eventually(lambda: take(ledger, "two"))
    await react(ledger, second)
    with pytest.raises(Fenced):
        await react(ledger, first)
    assert (await ledger.head(), await position(ledger)) == (2, 1)
    with pytest.raises(Fenced):
        await first.renew()
    await second.renew()


async def test_a_zombie_that_advanced_first_blocks_the_taking_until_it_is_decided(ledger: Ledger) -> None:
    """Its row lock holds the new holder back: afterwards one of them has the place, never both."""
    first = await held(ledger, "one")
    await ledger.pool.execute("UPDATE ledger.checkpoint SET lease_until = '-infinity'")
    async with ledger.transaction() as connection:
        await first.advance(connection, 0)
        taking = asyncio.create_task(take(ledger, "two"))
        await eventually(lambda: ledger.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        assert not taking.done()
    assert await taking is None  # advance has renewed the lease of the first


async def test_place_and_effect_are_rolled_back_together(ledger: Ledger) -> None:
    await ledger.append(an_append())
    checkpoint = await held(ledger, "one")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await react(ledger, checkpoint, then="SELECT 1/0")
    assert (await ledger.head(), await position(ledger)) == (1, 0)


async def test_a_place_does_not_move_back(ledger: Ledger) -> None:
    checkpoint = await held(ledger, "one")
    async with ledger.transaction() as connection:
        await checkpoint.advance(connection, 5)
    with pytest.raises(Fenced):
        async with ledger.transaction() as connection:
            await checkpoint.advance(connection, 4)
    assert await position(ledger) == 5


async def test_the_same_holder_started_again_does_not_wait(ledger: Ledger) -> None:
    killed = await held(ledger, "node")
    again = await held(ledger, "node")
    assert again.fence == killed.fence + 1
    with pytest.raises(Fenced):
        await killed.renew()


async def test_a_released_place_is_free_at_once(ledger: Ledger) -> None:
    await (await held(ledger, "one")).release()
    assert await take(ledger, "two") is not None


async def test_keeping_ends_when_the_place_is_lost(ledger: Ledger) -> None:
    first = await held(ledger, "node", lease=0.3)
    keeping = asyncio.create_task(first.keep())
    await held(ledger, "node", lease=0.3)
    with pytest.raises(Fenced):
        async with asyncio.timeout(5):
            await keeping


async def test_versions_of_a_reader_have_places_of_their_own(ledger: Ledger) -> None:
    old = await held(ledger, "node")
    new = await Checkpoint.take(ledger.pool, "policy", 2, "node", LEASE)
    assert new is not None
    async with ledger.transaction() as connection:
        await old.advance(connection, 7)
    assert [(lag.version, lag.position) for lag in await ledger.lag()] == [(1, 7), (2, 0)]


async def test_a_version_that_was_replaced_lags_no_more(ledger: Ledger) -> None:
    old = await held(ledger, "node")
    new = await Checkpoint.take(ledger.pool, "policy", 2, "node", LEASE)
    assert new is not None
    await old.release()
    assert [lag.version for lag in await ledger.lag()] == [2]
    await new.release()
    assert [lag.version for lag in await ledger.lag()] == [1, 2]


async def test_lag_grows_behind_a_dead_reader(ledger: Ledger) -> None:
    await held(ledger, "one", lease=0.01)
    for _ in range(3):
        await ledger.append(an_append())
    (lag,) = await eventually(lambda: dead(ledger))
    assert (lag.behind, lag.alive) == (3, False)
    assert lag.oldest_unread_age > timedelta(0)


async def dead(ledger: Ledger) -> list[Lag] | None:
    lags = await ledger.lag()
    return None if lags[0].alive else lags


async def test_a_reader_at_the_head_has_no_lag(ledger: Ledger) -> None:
    await ledger.append(an_append())
    checkpoint = await held(ledger, "one")
    async with ledger.transaction() as connection:
        await checkpoint.advance(connection, 1)
    (lag,) = await ledger.lag()
    assert (lag.behind, lag.oldest_unread_age, lag.alive) == (0, timedelta(0), True)
