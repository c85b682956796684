"""A platform of one's own: its database with its tables."""

from collections.abc import AsyncIterator

import pytest

from services.kernel.ledger import Ledger
from services.platform.install import install
from tests.support.postgres import Databases
from tests.unit.platform.feeds import PLATFORM


@pytest.fixture
async def platform_dsn(databases: Databases) -> str:
    """A fresh database of a platform, with its tables, as the node's role."""
    dsn = await databases.make(PLATFORM)
    await install(databases.admin(dsn), PLATFORM)
    return dsn


@pytest.fixture
async def ledger(platform_dsn: str) -> AsyncIterator[Ledger]:
    """The ledger of a platform's node."""
    async with Ledger.open(platform_dsn) as ledger:
        yield ledger
