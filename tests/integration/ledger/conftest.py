"""Open ledgers on fresh databases."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import asyncpg
import pytest

from services.kernel.ledger import Finding, Ledger
from tests.support.ledgers import an_append
from tests.support.postgres import Databases


@pytest.fixture
async def ledger(database: str) -> AsyncIterator[Ledger]:
    """The node's ledger on a fresh database. Afterwards it must not contradict itself."""
    async with Ledger.open(database) as ledger:
        yield ledger
        assert await findings(ledger) == []


@pytest.fixture(scope="module")
async def filled_database(_databases: Databases) -> AsyncIterator[str]:
    """A database with one event, for all tests of a module that must not change it."""
    databases = replace(_databases, _made=[])
    dsn = await databases.make()
    async with Ledger.open(dsn) as ledger:
        await ledger.append(an_append())
        yield dsn
        assert await ledger.head() == 1
        assert await findings(ledger) == []
    await databases.drop()


async def findings(ledger: Ledger) -> list[Finding]:
    """What `verify` finds."""
    return [finding async for finding in ledger.verify()]


async def append_and(ledger: Ledger, then: str) -> None:
    """An append, and a statement behind it, in one transaction."""
    async with ledger.transaction() as connection:
        await ledger.append_in(connection, [an_append()])
        await connection.execute(then)


Blocked = Callable[[], contextlib.AbstractAsyncContextManager[asyncpg.Connection]]


@pytest.fixture
def head_held(database: str, databases: Databases) -> Blocked:
    """`async with head_held():` holds the lock of the ledger's head, so that every append waits."""

    @contextlib.asynccontextmanager
    async def hold() -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(databases.admin(database))
        try:
            await connection.execute("SELECT pg_advisory_lock(1)")
            yield connection
        finally:
            await connection.close()

    return hold
