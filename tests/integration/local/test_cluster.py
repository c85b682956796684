"""A deployment's infrastructure: databases with their roles, topics, settings; the same again after a restart."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout, read_env
from services.kernel.app import blob_store
from services.kernel.blobs import DiskBlobs
from services.kernel.blobs.s3 import S3Blobs
from services.kernel.clock import FileClock
from services.kernel.config import NodeSettings
from tests.integration.local.running import runs

BUREAU, POLICE = "jt-510521", "ga-510521"
DECEMBER = datetime(2024, 12, 18, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
async def cluster(place: Path) -> AsyncIterator[Cluster]:
    layout = Layout(place, Authorities.read().only(BUREAU, POLICE))
    cluster = Cluster(layout, clock=DECEMBER, separate=(POLICE,))
    async with cluster.running(nodes=False):
        yield cluster


async def test_every_authority_has_its_mailbox_and_its_feed(cluster: Cluster) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.broker.bootstrap)
    await admin.start()
    topics = await admin.describe_topics(
        [f"{kind}.{each}" for kind in ("mailbox", "feed") for each in (BUREAU, POLICE)]
    )
    await admin.close()
    assert {topic["topic"]: len(topic["partitions"]) for topic in topics} == {
        "mailbox.jt-510521": 6, "mailbox.ga-510521": 6, "feed.jt-510521": 1, "feed.ga-510521": 1,
    }  # fmt: skip


async def test_an_authority_cannot_open_anothers_database(cluster: Cluster) -> None:
    own = await asyncpg.connect(cluster.dsn(BUREAU))
    assert await own.fetchval("SELECT current_user") == BUREAU
    await own.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(cluster.dsn(BUREAU).rpartition("/")[0] + f"/{POLICE}")


async def test_a_node_reads_the_settings_that_were_written_for_it(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in read_env(cluster.layout.env_file(BUREAU)).items():
        monkeypatch.setenv(name, value)
    settings = NodeSettings()  # type: ignore[call-arg]
    assert settings.authority_id == BUREAU
    assert settings.api_address == cluster.address(BUREAU)
    assert settings.registry_file is not None
    assert settings.registry_file.exists()
    assert settings.clock_file is not None
    assert FileClock(settings.clock_file).now() == DECEMBER
    assert isinstance(blob_store(settings), DiskBlobs)
    elsewhere = {"s3_endpoint": "store:9000", "s3_bucket": "evidence", "s3_access_key": "a", "s3_secret_key": "b"}
    assert isinstance(blob_store(NodeSettings(**elsewhere)), S3Blobs)  # type: ignore[arg-type]


def test_a_service_alone_has_its_own_role_port_and_certificate(cluster: Cluster) -> None:
    transfer = read_env(cluster.layout.node(POLICE) / "transfer.env")
    exchange = read_env(cluster.layout.node(POLICE) / "exchange.env")
    assert "ga-510521.transfer:" in transfer["ENFORCEMENT_DSN"]
    assert transfer["ENFORCEMENT_API_ADDRESS"] == cluster.address(POLICE, "transfer")
    assert transfer["ENFORCEMENT_API_ADDRESS"] != exchange["ENFORCEMENT_API_ADDRESS"]
    assert Path(transfer["ENFORCEMENT_TLS_CERTIFICATE_FILE"]).name == "service.transfer.pem"
    assert Path(exchange["ENFORCEMENT_TLS_CERTIFICATE_FILE"]).name == "tls.pem"


async def test_the_clock_of_all_nodes_moves_together(cluster: Cluster) -> None:
    clock = FileClock(cluster.layout.clock_file)
    assert clock.now() == DECEMBER
    later = datetime(2025, 4, 25, 1, tzinfo=UTC)
    cluster.set_clock(later)
    assert clock.now() == later
    cluster.set_clock(DECEMBER)


async def test_the_trace_store_is_ready_for_whoever_follows_a_case(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.traces_dsn)
    assert await connection.fetch("SELECT * FROM spans_of_case_v1('none')") == []
    await connection.close()


async def test_starting_again_keeps_ports_keys_and_data(cluster: Cluster) -> None:
    node = await asyncpg.connect(cluster.dsn(BUREAU))
    await node.execute("CREATE SCHEMA kept")
    await node.close()
    before = cluster.layout.env_file(BUREAU).read_text(), (cluster.layout.node(BUREAU) / "members.toml").read_bytes()
    pids = cluster.pids()
    await cluster.stop()
    assert [pid for pid in pids.values() if runs(pid)] == []
    await cluster.start_infrastructure()
    assert before[0] == cluster.layout.env_file(BUREAU).read_text()
    assert before[1] == (cluster.layout.node(BUREAU) / "members.toml").read_bytes()
    node = await asyncpg.connect(cluster.dsn(BUREAU))
    assert await node.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname = 'kept'") == 1
    await node.close()
