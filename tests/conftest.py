"""Resources for tests: fixtures give real servers, never data."""

import gc
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.local.kafka import Broker
from deploy.local.postgres import LocalPostgres
from tests.support.kafka import own_broker
from tests.support.postgres import Databases, own_server

# A property holds however slow the machine is: no test fails for time, the run's own bound stops what hangs. The same
# examples every time, so that a change is judged by itself; ENFORCEMENT_SEARCH=1 looks for new ones.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize="ENFORCEMENT_SEARCH" not in os.environ,
)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests may take longest begin first, so that the workers end together."""
    allowed: Counter[Path] = Counter()
    for item in items:
        if (timeout := item.get_closest_marker("timeout")) is not None:
            allowed[item.path] += timeout.args[0]
    items.sort(key=lambda item: -allowed[item.path])


def pytest_collection_finish() -> None:
    """What was imported and collected lives as long as the run. To look at it again and again took a sixth of the unit
    tests' time (6,548 tests, 2 cores, 2026-11-22)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[LocalPostgres]:
    """One real PostgreSQL server for the whole run. Without fsync: a database is made in 40 instead of 500 ms, and what
    kill -9 loses is the same. Tests of faults start servers of their own, with it."""
    with own_server(settings={"fsync": "off", "full_page_writes": "off"}) as server:
        yield server


@pytest.fixture(scope="session")
def _databases(postgres_server: LocalPostgres) -> Databases:
    return Databases(postgres_server)


@pytest.fixture
async def databases(_databases: Databases) -> AsyncIterator[Databases]:
    """Makes fresh databases for any authority: `await databases.make("ga-510521")`; dropped after the test."""
    yield _databases
    await _databases.drop()


@pytest.fixture
async def database(databases: Databases) -> str:
    """DSN of a fresh, migrated database of jt-510521, as the node's role; `databases.admin(dsn)` for DDL."""
    return await databases.make()


@pytest.fixture(scope="session")
async def kafka() -> AsyncIterator[Broker]:
    """One real Kafka broker for the whole run; each test has authorities, and so topics, of its own."""
    async with own_broker() as broker:
        yield broker
