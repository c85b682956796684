"""Events and own rows in one transaction."""

import asyncpg
import pytest

from services.kernel.ledger import Append, Appended, Expired, Ledger, Result, Unavailable, batch
from tests.integration.ledger.conftest import append_and
from tests.integration.ledger.contract import AppendOne, LedgerContract, days_ago
from tests.support.ledgers import an_append, new_event


class TestOwnTransaction(LedgerContract):
    @pytest.fixture
    def append(self, ledger: Ledger) -> AppendOne:
        async def append_alone(one: Append) -> Appended:
            async with ledger.transaction() as connection:
                (outcome,) = await ledger.append_in(connection, [one])
            return outcome.appended()

        return append_alone


async def test_rows_and_events_are_committed_together(ledger: Ledger) -> None:
    async with ledger.transaction() as connection:
        await connection.execute("CREATE SCHEMA own CREATE TABLE inbox (envelope text PRIMARY KEY)")
        await connection.execute("INSERT INTO own.inbox VALUES ('one')")
        await ledger.append_in(connection, [an_append()])
    assert await ledger.head() == 1
    with pytest.raises(asyncpg.UniqueViolationError):
        await append_and(ledger, "INSERT INTO own.inbox VALUES ('one')")
    assert await ledger.head() == 1


async def test_several_commands_of_one_stream_are_written_in_order(ledger: Ledger) -> None:
    first = an_append(None, new_event(b"0"))
    appends = [first, an_append(), *(an_append(first.stream_id, new_event(b"%d" % n), expected=n) for n in (1, 2))]
    async with ledger.transaction() as connection:
        outcomes = await ledger.append_in(connection, appends)
    assert [outcome.result for outcome in outcomes] == [Result.ACCEPTED] * 4
    assert [event.body for event in (await ledger.read_stream(first.stream_id)).events] == [b"0", b"1", b"2"]


async def test_a_command_twice_in_one_call_is_a_repeat(ledger: Ledger) -> None:
    one = an_append()
    async with ledger.transaction() as connection:
        outcomes = await ledger.append_in(connection, [one, one])
    assert [outcome.result for outcome in outcomes] == [Result.ACCEPTED, Result.REPEATED]
    assert await ledger.head() == 1


async def test_a_refused_command_leaves_the_others_and_the_transaction(ledger: Ledger) -> None:
    async with ledger.transaction() as connection:
        outcomes = await ledger.append_in(
            connection, [an_append(expected=5), an_append(), an_append(category="weather")]
        )
    assert [outcome.result for outcome in outcomes] == [Result.CONFLICT, Result.ACCEPTED, Result.FORBIDDEN]
    assert await ledger.head() == 1


async def test_outside_a_transaction_it_refuses(ledger: Ledger) -> None:
    async with ledger.connection() as connection:
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await ledger.append_in(connection, [an_append()])


async def test_a_stale_snapshot_is_refused_by_the_database(ledger: Ledger) -> None:
    """Under REPEATABLE READ the function would not see what was committed while it waited."""
    async with ledger.connection() as connection:
        with pytest.raises(asyncpg.InvalidTransactionStateError, match="READ COMMITTED"):
            async with connection.transaction(isolation="repeatable_read"):
                await ledger.append_in(connection, [an_append()])
    assert await ledger.head() == 0


async def test_a_month_dropped_between_check_and_write_is_expired(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "check_command_id", lambda _: None)
    late = an_append(command_id=days_ago(an_append().command_id, 300))
    with pytest.raises(Expired):
        await ledger.append(late)
    with pytest.raises(Expired):
        async with ledger.transaction() as connection:
            await ledger.append_in(connection, [late])


async def test_whoever_stops_before_the_commit_is_ended_and_others_go_on(ledger: Ledger) -> None:
    """The server ends a session that holds the head and does nothing."""

    async def hesitate() -> None:
        async with ledger.transaction() as connection:
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = '200ms'")
            await ledger.append_in(connection, [an_append()])
            assert (await ledger.append(an_append())).position == 1  # waits until the session above has ended
            await connection.execute("SELECT 1")

    with pytest.raises(Unavailable):
        await hesitate()
    assert await ledger.head() == 1
