"""A node as a process: it says when it serves, finishes what runs when it is told to stop, and ends in time."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from enforcement.officers.v1 import service_pb2 as pb
from enforcement.officers.v1 import service_pb2_grpc as officers_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from tests.bench.node_bench import registration

BUREAU, POLICE = "jt-510521", "ga-510521"
STOP_SECONDS = 10.0


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="enforcement-node-") as folder:
        layout = Layout(Path(folder), Authorities.read().only(BUREAU, POLICE))
        cluster = Cluster(layout, separate=(POLICE,), exports=False)
        async with cluster.running():
            yield cluster


def administrator(cluster: Cluster, authority_id: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {cluster.layout.pki.token(authority_id, 'test', administrator=True)}"),)


async def test_a_node_says_that_it_serves_and_what(cluster):
    async with cluster.channel(BUREAU) as channel:
        checked = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        answers = [answer async for answer in stub.ServerReflectionInfo(iter([asked]), timeout=5)]
    assert checked.status == health_pb2.HealthCheckResponse.SERVING
    services = {service.name for service in answers[0].list_services_response.service}
    assert {
        "enforcement.cases.v1.CasesService",
        "enforcement.transfer.v1.TransferService",
        "enforcement.deadlines.v1.DeadlinesService",
        "enforcement.exchange.v1.NodeExchangeService",
    } <= services
    assert "enforcement.exchange.v1.ExchangeService" not in services


async def test_services_of_one_authority_run_as_processes_of_their_own(cluster):
    async with cluster.channel(POLICE, "officers") as channel:
        stub = officers_grpc.OfficersServiceStub(channel)
        metadata = administrator(cluster, POLICE)
        answer = await stub.RegisterOfficer(registration(), timeout=5, metadata=metadata)
        asked = pb.GetOfficerRequest(officer_id=answer.id, min_position=answer.position)
        found = await stub.GetOfficer(asked, timeout=5, metadata=metadata)
    assert found.officer.officer_id == answer.id


async def test_a_stop_answers_every_call_and_loses_nothing_acknowledged(cluster):
    metadata = administrator(cluster, BUREAU)
    acknowledged, refused = [], []
    async with cluster.channel(BUREAU) as channel:
        stub = officers_grpc.OfficersServiceStub(channel)
        await stub.RegisterOfficer(registration(), timeout=5, metadata=metadata)

        async def register() -> None:
            try:
                acknowledged.append(await stub.RegisterOfficer(registration(), timeout=10, metadata=metadata))
            except grpc.aio.AioRpcError as error:
                refused.append(error.code())

        calls = [asyncio.create_task(register()) for _ in range(100)]
        began = time.monotonic()
        ended_by_itself = await cluster.stop_node(BUREAU)
        await asyncio.gather(*calls)
        seconds = time.monotonic() - began
    assert ended_by_itself
    assert seconds < STOP_SECONDS
    assert len(acknowledged) + len(refused) == 100
    assert set(refused) <= {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}

    await cluster.start(BUREAU)
    async with cluster.channel(BUREAU) as channel:
        stub = officers_grpc.OfficersServiceStub(channel)
        for answer in acknowledged:
            asked = pb.GetOfficerRequest(officer_id=answer.id, min_position=answer.position)
            assert (await stub.GetOfficer(asked, timeout=5, metadata=metadata)).officer.officer_id == answer.id
