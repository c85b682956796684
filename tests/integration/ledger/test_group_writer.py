"""The group writer: many callers, one commit, and each with an answer of its own."""

import asyncio

import asyncpg
import pytest

from services.kernel.ledger import (
    Appended,
    Ledger,
    LedgerSettings,
    NewEvent,
    Observer,
    QueueFull,
    Rejected,
    Unavailable,
)
from services.kernel.ledger.events import Append
from tests.integration.ledger.conftest import Blocked, findings
from tests.integration.ledger.contract import AppendOne, LedgerContract
from tests.support.eventually import eventually
from tests.support.ledgers import an_append, new_event


class TestGroupWriter(LedgerContract):
    @pytest.fixture
    def append(self, ledger: Ledger) -> AppendOne:
        return ledger.append


class Batches(Observer):
    """Counts the commands of each committed batch."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.poison: list[BaseException] = []

    def on_batch(self, commands: int, events: int, seconds: float) -> None:
        self.sizes.append(commands)

    def on_poison(self, error: BaseException) -> None:
        self.poison.append(error)


async def waiting_for_head(holder: asyncpg.Connection, count: int = 1) -> bool:
    """Whether that many appends wait for the head's lock."""
    waiting = await holder.fetchval(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return bool(waiting == count)


async def test_what_waits_together_is_committed_together(database: str, head_held: Blocked) -> None:
    batches = Batches()
    async with Ledger.open(database, observer=batches) as ledger:
        async with head_held() as holder, asyncio.TaskGroup() as tasks:
            tasks.create_task(ledger.append(an_append()))
            await eventually(lambda: waiting_for_head(holder))
            rest = [tasks.create_task(ledger.append(an_append())) for _ in range(300)]
            await asyncio.sleep(0)
            await holder.execute("SELECT pg_advisory_unlock(1)")
        assert batches.sizes == [1, 256, 44]
        assert sorted(task.result().position for task in rest) == list(range(2, 302))


async def test_commands_of_one_stream_keep_their_order_in_a_lot(ledger: Ledger, head_held: Blocked) -> None:
    first = an_append()
    versions = [an_append(first.stream_id, new_event(b"%d" % n), expected=n) for n in range(1, 40)]
    async with head_held() as holder, asyncio.TaskGroup() as tasks:
        tasks.create_task(ledger.append(first))
        for one in versions:
            tasks.create_task(ledger.append(one))
            tasks.create_task(ledger.append(an_append()))
        await eventually(lambda: waiting_for_head(holder))
        await holder.execute("SELECT pg_advisory_unlock(1)")
    events = (await ledger.read_stream(first.stream_id)).events
    assert [event.body for event in events[1:]] == [b"%d" % n for n in range(1, 40)]


@pytest.mark.parametrize(
    "poison",
    [new_event(event_type="with\x00nul"), NewEvent("enforcement.test.v1.Red", b"", b"", schema_version=40_000)],
    ids=["refused by the server", "refused by the driver"],
)
async def test_a_poisonous_command_fails_alone(database: str, head_held: Blocked, poison: NewEvent) -> None:
    batches = Batches()
    async with Ledger.open(database, observer=batches) as ledger:
        async with head_held() as holder:
            blocker = asyncio.ensure_future(ledger.append(an_append()))
            await eventually(lambda: waiting_for_head(holder))
            lot = [an_append() for _ in range(255)]
            lot.insert(100, an_append(None, poison))
            tasks = [asyncio.ensure_future(ledger.append(one)) for one in lot]
            await asyncio.sleep(0)
            await holder.execute("SELECT pg_advisory_unlock(1)")
            answers = await asyncio.gather(blocker, *tasks, return_exceptions=True)
        assert [type(answer) for answer in answers].count(Appended) == 256
        assert [type(answer) for answer in answers].index(Rejected) == 101
        assert len(batches.poison) == 1
        assert (await ledger.head(), await findings(ledger)) == (256, [])


async def test_a_full_queue_answers_at_once(database: str, head_held: Blocked) -> None:
    async with Ledger.open(database, LedgerSettings(queue_commands_max=3)) as ledger:
        async with head_held() as holder, asyncio.TaskGroup() as tasks:
            tasks.create_task(ledger.append(an_append()))
            await eventually(lambda: waiting_for_head(holder))
            queued = [tasks.create_task(ledger.append(an_append())) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(QueueFull):
                await ledger.append(an_append())
            await holder.execute("SELECT pg_advisory_unlock(1)")
        assert {task.result().position for task in queued} == {2, 3, 4}


async def test_cancelled_callers_harm_nobody(ledger: Ledger, head_held: Blocked) -> None:
    """One is cancelled while its batch is written, its event stays; one while it waits, nothing happened."""
    async with head_held() as holder:
        writing = asyncio.ensure_future(ledger.append(an_append()))
        await eventually(lambda: waiting_for_head(holder))
        waiting = asyncio.ensure_future(ledger.append(an_append()))
        neighbour = asyncio.ensure_future(ledger.append(an_append()))
        await asyncio.sleep(0)
        writing.cancel()
        waiting.cancel()
        await asyncio.sleep(0)
        await holder.execute("SELECT pg_advisory_unlock(1)")
        assert await neighbour == Appended(version=1, position=2)
    assert writing.cancelled()
    assert waiting.cancelled()
    assert await ledger.append(an_append()) == Appended(version=1, position=3)


async def test_closing_writes_what_is_queued(database: str, head_held: Blocked) -> None:
    async with head_held() as holder:
        async with Ledger.open(database) as ledger:
            tasks = [asyncio.ensure_future(ledger.append(an_append())) for _ in range(500)]
            await eventually(lambda: waiting_for_head(holder))
            await holder.execute("SELECT pg_advisory_unlock(1)")
        assert sorted([(await task).position for task in tasks]) == list(range(1, 501))


async def test_closing_answers_whom_it_cannot_serve(database: str, head_held: Blocked) -> None:
    settings = LedgerSettings(drain_timeout_seconds=0.2)
    async with head_held() as holder:
        async with Ledger.open(database, settings) as ledger:
            tasks = [asyncio.ensure_future(ledger.append(an_append())) for _ in range(5)]
            await eventually(lambda: waiting_for_head(holder))
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 5
    with pytest.raises(Unavailable, match="closing"):
        await ledger.append(an_append())


async def test_a_caller_who_waited_too_long_gets_unavailable(database: str, head_held: Blocked) -> None:
    settings = LedgerSettings(append_timeout_seconds=0.5, lock_timeout_seconds=0.4)
    one = an_append()
    async with Ledger.open(database, settings) as ledger:
        async with head_held():
            with pytest.raises(Unavailable, match=r"within 0\.5 s"):
                await ledger.append(one)
        assert (await ledger.append(one)).position == 1


async def test_an_exception_in_the_block_comes_out_unwrapped(database: str) -> None:
    with pytest.raises(ZeroDivisionError):
        async with Ledger.open(database):
            raise ZeroDivisionError


async def test_appending_to_a_closed_ledger_is_refused(database: str) -> None:
    async with Ledger.open(database) as ledger:
        pass
    one: Append = an_append()
    with pytest.raises(Unavailable):
        await ledger.append(one)
