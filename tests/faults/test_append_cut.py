"""An append that is cut has one answer. Every cut comes twice: failed and not stored, failed though stored.

what is cut                        not stored                          stored
the connection                     before the request arrived          after the commit, before the answer
PostgreSQL, kill -9                while the append waits for its turn after the commit, before the answer
the writing process, kill -9       before the request arrived          after the commit, before the answer
a process in its own transaction   after append_in, before COMMIT      after COMMIT, before the answer

Afterwards the same command id gets one answer, the ledger holds one set of events, and it does not contradict itself.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import pytest

from deploy.local.postgres import LocalPostgres
from services.kernel.ledger import Append, Appended, Ledger, LedgerSettings, Unavailable, uuid7
from tests.integration.ledger.conftest import findings
from tests.support.eventually import eventually
from tests.support.ledgers import an_append, new_event
from tests.support.postgres import Databases, own_server
from tests.support.proxy import CutProxy, Moment

CUTS: list[tuple[Moment, bool]] = [("before", False), ("after", True)]
"""When the proxy cuts, and whether the first attempt was stored."""


@pytest.fixture
async def proxy(database: str) -> AsyncIterator[CutProxy]:
    """A proxy before the server of the tests."""
    parts = urlsplit(database)
    async with CutProxy(parts.hostname or "", parts.port or 0) as proxy:
        yield proxy


def through(proxy: CutProxy, dsn: str) -> str:
    """The same database by way of the proxy."""
    parts = urlsplit(dsn)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}"))


def marked() -> tuple[bytes, Append]:
    """An append whose bytes can be recognised on the wire."""
    marker = b"marker-" + os.urandom(8).hex().encode()
    return marker, an_append(None, new_event(marker))


async def stored_once(ledger: Ledger, one: Append) -> None:
    """One set of events, and nothing that contradicts it."""
    stream = await ledger.read_stream(one.stream_id)
    assert [event.body for event in stream.events] == [event.body for event in one.events]
    assert await findings(ledger) == []


@pytest.mark.parametrize(("moment", "stored"), CUTS)
async def test_a_cut_connection(database: str, proxy: CutProxy, moment: Moment, stored: bool) -> None:
    """The group writer connects again and sends the same id: the caller notices nothing."""
    marker, one = marked()
    async with Ledger.open(through(proxy, database)) as ledger:
        await ledger.append(an_append())
        proxy.cut(marker, moment)
        answers = await asyncio.gather(ledger.append(one), ledger.append(an_append()))
        assert proxy.happened.is_set()
        assert answers[0].repeated is stored
        assert {answer.position for answer in answers} == {2, 3}
        assert await ledger.append(one) == Appended(1, answers[0].position, repeated=True)
        await stored_once(ledger, one)


@pytest.mark.parametrize(("moment", "stored"), CUTS)
async def test_a_connection_cut_in_an_own_transaction(
    database: str, proxy: CutProxy, moment: Moment, stored: bool
) -> None:
    """Here the caller is told, and asks again with the same id."""
    one = an_append()
    async with Ledger.open(through(proxy, database)) as ledger:

        async def attempt() -> Appended:
            async with ledger.transaction() as connection:
                (outcome,) = await ledger.append_in(connection, [one])
            return outcome.appended()

        proxy.cut(b"COMMIT;", moment)
        with pytest.raises(Unavailable):
            await attempt()
        assert proxy.happened.is_set()
        assert await attempt() == Appended(1, 1, repeated=stored)
        await stored_once(ledger, one)


@contextlib.asynccontextmanager
async def crashable() -> AsyncIterator[tuple[LocalPostgres, str, Databases]]:
    """A server of one's own that may be killed."""
    with own_server() as server:
        databases = Databases(server)
        yield server, await databases.make(), databases


async def test_a_killed_server_that_had_not_committed() -> None:
    async with crashable() as (server, dsn, databases), Ledger.open(dsn) as ledger:
        before = await ledger.append(an_append())
        holder = await asyncpg.connect(databases.admin(dsn))
        await holder.execute("SELECT pg_advisory_lock(1)")
        _, one = marked()
        asking = asyncio.create_task(ledger.append(one))
        waits = "SELECT true FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted"
        await eventually(lambda: holder.fetchval(waits))
        await asyncio.to_thread(server.kill)
        holder.terminate()
        await asyncio.to_thread(server.up)
        assert await asking == Appended(1, before.position + 1)
        await eventually(lambda: reachable(ledger))
        await stored_once(ledger, one)


async def test_a_killed_server_that_had_committed() -> None:
    async with (
        crashable() as (server, dsn, _),
        CutProxy("127.0.0.1", server.port) as proxy,
        Ledger.open(through(proxy, dsn)) as ledger,
    ):
        marker, one = marked()
        proxy.cut(marker, "hold")
        asking = asyncio.create_task(ledger.append(one))
        await proxy.happened.wait()
        await asyncio.to_thread(server.kill)
        proxy.release()
        await asyncio.to_thread(server.up)
        assert await asking == Appended(1, 1, repeated=True)
        await eventually(lambda: reachable(ledger))
        await stored_once(ledger, one)


async def test_while_the_server_is_gone_callers_get_unavailable_and_later_one_answer() -> None:
    settings = LedgerSettings(append_timeout_seconds=1, lock_timeout_seconds=1)
    async with crashable() as (server, dsn, _), Ledger.open(dsn, settings) as ledger:
        one = an_append()
        await asyncio.to_thread(server.kill)
        with pytest.raises(Unavailable):
            await ledger.append(one)
        with pytest.raises(Unavailable):
            await ledger.read(0)
        with pytest.raises(Unavailable):
            async with Ledger.open(dsn):
                pass
        await asyncio.to_thread(server.up)
        answer = await eventually(lambda: tried(ledger, one))
        assert (answer.position, answer.version) == (1, 1)
        await stored_once(ledger, one)


async def reachable(ledger: Ledger) -> bool:
    with contextlib.suppress(Unavailable):
        return await ledger.head() >= 0
    return False


async def tried(ledger: Ledger, one: Append) -> Appended | None:
    with contextlib.suppress(Unavailable):
        return await ledger.append(one)
    return None


@contextlib.asynccontextmanager
async def appender(
    dsn: str, command_id: UUID, stream_id: UUID, marker: bytes, mode: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that appends once."""
    arguments = (dsn, str(command_id), str(stream_id), marker.decode(), mode)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.ledger_appender", *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@pytest.mark.parametrize(("moment", "stored"), CUTS)
@pytest.mark.parametrize("mode", ["group", "own"])
async def test_a_killed_writer(database: str, proxy: CutProxy, mode: str, moment: Moment, stored: bool) -> None:
    """A new process asks again with the same id."""
    marker, one = marked()
    proxy.cut(marker if mode == "group" else b"COMMIT;", moment)
    async with appender(through(proxy, database), one.command_id, one.stream_id, marker, mode) as process:
        await asyncio.wait_for(proxy.happened.wait(), 20)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with appender(database, one.command_id, one.stream_id, marker, mode) as again:
        output, _ = await asyncio.wait_for(again.communicate(), 20)
    assert output.decode().splitlines()[-1] == f"1 {stored}"
    async with Ledger.open(database) as ledger:
        await stored_once(ledger, one)


async def test_a_writer_killed_while_it_holds_the_head_stops_nobody(database: str) -> None:
    marker, one = marked()
    async with appender(database, one.command_id, one.stream_id, marker, "own-then-wait") as process:
        assert process.stdout is not None
        while await process.stdout.readline() != b"appended, not committed\n":
            pass
        async with Ledger.open(database) as ledger:
            waiting = asyncio.create_task(ledger.append(an_append(command_id=uuid7())))
            process.send_signal(signal.SIGKILL)
            assert (await asyncio.wait_for(waiting, 10)).position == 1
            assert (await ledger.read_stream(one.stream_id)).events == []
            assert await ledger.command(one.command_id) is None
            assert await findings(ledger) == []


async def test_a_writer_paused_while_it_holds_the_head_is_ended_by_the_server(database: str) -> None:
    marker, one = marked()
    async with appender(database, one.command_id, one.stream_id, marker, "own-then-wait") as process:
        assert process.stdout is not None
        while await process.stdout.readline() != b"appended, not committed\n":
            pass
        process.send_signal(signal.SIGSTOP)
        async with Ledger.open(database) as ledger:
            answer = await asyncio.wait_for(ledger.append(an_append()), 15)
            assert answer.position == 1
            assert (await ledger.read_stream(one.stream_id)).events == []
