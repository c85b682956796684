"""The platform as a process of its own: `python -m services.platform`, killed and started again."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import grpc
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.platform.v1 import service_pb2 as pb
from enforcement.platform.v1 import service_pb2_grpc as stubs

from deploy.local.kafka import Broker
from deploy.local.process import free_ports
from services.platform.install import install
from tests.integration.platform.publisher import Publisher, registry_of
from tests.integration.platform.site import Site
from tests.support.eventually import eventually
from tests.support.kafka import fresh_id
from tests.support.members import Party
from tests.support.postgres import Databases
from tests.unit.platform.feeds import OPERATION, Tale

COUNT = 400


def environment(site: Site, platform_id: str, dsn: str, api: str) -> dict[str, str]:
    """What a deployment gives the process."""
    site.pki.ensure([platform_id])
    registry_file = site.folder / "registry.toml"
    registry_file.write_bytes(registry_of(*site.publishers, Publisher(Party.new(platform_id))).file)
    tls = site.pki.node(platform_id)
    values: Mapping[str, object] = {
        "AUTHORITY_ID": platform_id,
        "DSN": dsn,
        "KAFKA": site.broker.bootstrap,
        "API_ADDRESS": api,
        "API_TLS": "false",
        "TLS_CA_FILE": site.pki.ca_file,
        "TLS_CERTIFICATE_FILE": tls / "tls.pem",
        "TLS_KEY_FILE": tls / "tls.key",
        "REGISTRY_FILE": registry_file,
        "KEYS_DIR": tls / "keys",
        "BLOBS_DIR": site.folder / "blobs",
        "GUARD_FILE": site.folder / "guard",
        "JWKS": site.pki.jwks_file,
        "PLATFORM_FEEDS": ",".join(each.party.id for each in site.publishers),
        "PLATFORM_SESSION_SECONDS": 6,
    }
    return {**os.environ, **{f"ENFORCEMENT_{name}": str(value) for name, value in values.items()}}


@asynccontextmanager
async def process(env: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running platform; killed at the end unless it has ended."""
    command = (sys.executable, "-m", "services.platform")
    running = await asyncio.create_subprocess_exec(*command, env=dict(env), stderr=asyncio.subprocess.DEVNULL)
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.kill()
        await running.wait()


async def test_a_platform_that_is_killed_in_the_middle_has_every_event_once(
    kafka: Broker, databases: Databases, tmp_path: Path
) -> None:
    platform_id = fresh_id("pt")
    dsn = await databases.make(platform_id)
    await install(databases.admin(dsn), platform_id)
    log = await asyncpg.connect(dsn)
    try:
        async with Site.open(kafka, tmp_path, 2) as site:
            education = joint.EducationRecorded(operation_id=OPERATION, head_count=1)
            tales = [Tale(site.publishers[number % 2].party.id, education) for number in range(COUNT)]
            signed = site.publish(tales)
            env = environment(site, platform_id, dsn, f"127.0.0.1:{free_ports(1)[0]}")

            async def stored() -> int:
                return int(await log.fetchval("SELECT count(*) FROM platform.feed_event"))

            async with process(env):
                sending = asyncio.create_task(site.send(signed))

                async def in_the_middle() -> bool:
                    return await stored() > COUNT // 4

                await eventually(in_the_middle, within=60)
            async with process(env) as second:
                await sending

                async def whole() -> bool:
                    return await stored() == COUNT

                await eventually(whole, within=60)
                second.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(second.wait(), 15) == 0
            rows = await log.fetch("SELECT position, publisher, seq FROM platform.feed_event ORDER BY position")
            assert [row["position"] for row in rows] == list(range(1, COUNT + 1))
            for publisher in site.publishers:
                places = [row["seq"] for row in rows if row["publisher"] == publisher.party.id]
                assert places == list(range(1, COUNT // 2 + 1))
    finally:
        await log.close()


async def test_a_platform_that_is_killed_reads_on_at_once_when_it_is_started_again_under_its_name(
    databases: Databases, kafka: Broker, tmp_path: Path
) -> None:
    platform_id = fresh_id("pt")
    dsn = await databases.make(platform_id)
    await install(databases.admin(dsn), platform_id)
    async with Site.open(kafka, tmp_path) as site:
        api = f"127.0.0.1:{free_ports(1)[0]}"
        env = environment(site, platform_id, dsn, api)
        env |= {"ENFORCEMENT_INSTANCE": "platform-0", "ENFORCEMENT_PLATFORM_SESSION_SECONDS": "60"}
        token = site.pki.token(platform_id, "supervisor", administrator=True)
        metadata = (("authorization", f"Bearer {token}"),)

        async def consumes() -> bool:
            async with grpc.aio.insecure_channel(api) as channel:
                stub = stubs.PlatformServiceStub(channel)
                answer = await stub.ListFeeds(pb.ListFeedsRequest(), timeout=30, metadata=metadata, wait_for_ready=True)
            return bool(answer.consuming)

        async with process(env):
            await eventually(consumes, within=30)
        async with process(env):  # the first was killed: its session lasts for a minute
            await eventually(consumes, within=30)


async def test_a_platform_answers_while_kafka_is_away(databases: Databases, kafka: Broker, tmp_path: Path) -> None:
    platform_id = fresh_id("pt")
    dsn = await databases.make(platform_id)
    await install(databases.admin(dsn), platform_id)
    async with Site.open(kafka, tmp_path) as site:
        api = f"127.0.0.1:{free_ports(1)[0]}"
        env = environment(site, platform_id, dsn, api) | {"ENFORCEMENT_KAFKA": "127.0.0.1:1"}
        token = site.pki.token(platform_id, "supervisor", administrator=True)
        async with process(env), grpc.aio.insecure_channel(api) as channel:
            stub = stubs.PlatformServiceStub(channel)
            metadata = (("authorization", f"Bearer {token}"),)
            answer = await stub.ListFeeds(pb.ListFeedsRequest(), timeout=30, metadata=metadata, wait_for_ready=True)
            assert (answer.consuming, len(answer.feeds)) == (False, 1)
