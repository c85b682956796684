"""PostgreSQL away: UNAVAILABLE at once, nothing half written, and the same command once when it is back."""

import asyncio

import asyncpg
import grpc
import pytest
from enforcement.transfer.v1 import service_pb2 as transfer

from deploy.local.cluster import Cluster
from deploy.local.story import cast, chapter_7_transfer
from deploy.local.story.cast import LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.run import Run
from services.kernel.messages import to_timestamp
from tests.support.eventually import eventually
from tests.support.system import contradictions, file_case, run_on, system


@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_command_is_unavailable_and_then_there_once(how: str) -> None:
    async with system(LUXIAN, POLICE, PROCURATORATE) as cluster, run_on(cluster) as run:
        await run.at("2025-04-25 09:00")
        await file_case(run)
        await chapter_7_transfer.suspect(run)
        await chapter_7_transfer.report_and_approve(run)
        await run.settled()
        before = {name: pid for name, pid in cluster.pids().items() if name != "postgres"}
        events = await count(cluster)

        await asyncio.to_thread(getattr(cluster.postgres, how))
        with pytest.raises(grpc.aio.AioRpcError) as unavailable:
            await run.calls.attempt(LUXIAN, run.officer_id(cast.LUXIAN_HEAD), approval(run))
        assert unavailable.value.code() == grpc.StatusCode.UNAVAILABLE
        asking = asyncio.create_task(chapter_7_transfer.send(run))
        await asyncio.to_thread(cluster.postgres.up)
        await asking
        await chapter_7_transfer.sign(run)
        await run.settled()

        written = await eventually(lambda: count(cluster), what="the ledger answers")
        assert written["CaseTransferred"] == written["TransferCopied"] == written["PoliceReceiptRecorded"] == 1
        assert [name for name, number in events.items() if written[name] < number] == []
        assert {name: pid for name, pid in cluster.pids().items() if name != "postgres"} == before
        assert await contradictions(cluster) == []


def approval(run: Run) -> transfer.ApproveTransferRequest:
    request = transfer.ApproveTransferRequest(transfer_id=run.facts.transfer_id, command_id=run.id("while it is away"))
    request.occurred_at.CopyFrom(to_timestamp(run.now))
    return request


async def count(cluster: Cluster) -> dict[str, int]:
    """Events of 泸县's ledger by type."""
    connection = await asyncpg.connect(cluster.dsn(LUXIAN))
    try:
        rows = await connection.fetch("SELECT type, count(*) FROM ledger.event GROUP BY type")
    finally:
        await connection.close()
    return {row["type"].rpartition(".")[2]: row["count"] for row in rows}
