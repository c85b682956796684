"""A platform of one's own: its database, a broker for the run, publishers with real keys."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.kafka import Broker
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


@pytest.fixture(scope="session")
async def broker() -> AsyncIterator[Broker]:
    """One real Kafka broker for the run."""
    with tempfile.TemporaryDirectory(prefix="enforcement-kafka-") as folder:
        async with Broker(Path(folder)) as broker:
            yield broker
