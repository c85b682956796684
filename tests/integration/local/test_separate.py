"""One authority as separate processes: the same services, each with its own database role, over one ledger."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import grpc
import pytest
from enforcement.common.v1 import common_pb2 as common

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from tests.integration.local.requests import register_clue, register_officer
from tests.support.eventually import eventually

BUREAU = "jt-510521"
STREAMS = "SELECT category, count(*) FROM ledger.stream GROUP BY category"
EVIDENCE = """
SELECT has_schema_privilege('exchange', 'USAGE') AND bool_and(has_table_privilege(c.oid, 'SELECT'))
  FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'exchange')
   AND c.relname IN ('sent', 'inbox', 'registry')
"""
WRITES = "SELECT category FROM ledger.writer WHERE role = $1"


@pytest.fixture(scope="module")
async def cluster(place: Path) -> AsyncIterator[Cluster]:
    layout = Layout(place, Authorities.read().only(BUREAU))
    async with Cluster(layout, separate=(BUREAU,)).running() as cluster:
        yield cluster


async def register(cluster: Cluster) -> common.Recorded:
    """An officer by one process, and the officer's clue by another."""
    pki = cluster.layout.pki
    async with cluster.channel(BUREAU, "officers") as at_officers, cluster.channel(BUREAU, "cases") as at_cases:
        officer = await register_officer(at_officers, pki, BUREAU)

        async def clue() -> common.Recorded | None:
            try:
                return await register_clue(at_cases, pki, BUREAU, officer.id)
            except grpc.aio.AioRpcError as refused:
                if "is not in the register" not in (refused.details() or ""):
                    raise
                return None  # the other process has not read of the officer yet

        recorded: common.Recorded = await eventually(clue)
        return recorded


async def test_what_one_process_records_another_relies_on(cluster: Cluster) -> None:
    clue = await register(cluster)
    database = await asyncpg.connect(cluster.dsn(BUREAU))
    categories = dict(await database.fetch(STREAMS))
    await database.close()
    assert clue.version == 1
    assert categories["officer"] == categories["case"]


async def test_a_service_appends_to_its_own_categories_only(cluster: Cluster) -> None:
    database = await asyncpg.connect(cluster.dsn(BUREAU, "cases"))
    categories = [row["category"] for row in await database.fetch(WRITES, f"{BUREAU}.cases")]
    await database.close()
    assert "case" in categories
    assert "officer" not in categories


@pytest.mark.parametrize(("service", "reads"), [("transfer", True), ("cases", False)])
async def test_only_the_service_that_writes_proofs_reads_the_exchanges_evidence(
    cluster: Cluster, service: str, reads: bool
) -> None:
    database = await asyncpg.connect(cluster.dsn(BUREAU, service))
    try:
        assert await database.fetchval(EVIDENCE) is reads
    finally:
        await database.close()


async def test_one_killed_service_leaves_the_others_serving_and_comes_back(cluster: Cluster) -> None:
    await cluster.kill(BUREAU, "cases")
    async with cluster.channel(BUREAU, "officers") as channel:
        assert (await register_officer(channel, cluster.layout.pki, BUREAU)).version == 1
    assert await cluster.revive() == [BUREAU]
    assert (await register(cluster)).version == 1
