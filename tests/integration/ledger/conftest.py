"""Open ledgers on fresh databases."""

import contextlib
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from services.kernel.ledger import Finding, Ledger
from tests.support.postgres import Databases


@pytest.fixture
async def ledger(database: str) -> AsyncIterator[Ledger]:
    """The node's ledger on a fresh database. Afterwards it must not contradict itself."""
    async with Ledger.open(database) as ledger:
        yield ledger
        assert await findings(ledger) == []


async def findings(ledger: Ledger) -> list[Finding]:
    """What `verify` finds."""
    return [finding async for finding in ledger.verify()]


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
