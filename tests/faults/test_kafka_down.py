"""Kafka away: officers go on, envelopes wait in the database, and flow when it is back."""

import pytest
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.exchange.v1 import service_pb2 as exchange

from deploy.local.story import cast, chapter_7_transfer
from deploy.local.story.cast import LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from tests.support.system import contradictions, file_case, run_on, system


@pytest.mark.timeout(240)
async def test_commands_go_on_and_envelopes_flow_when_kafka_is_back() -> None:
    async with system(LUXIAN, POLICE, PROCURATORATE) as cluster, run_on(cluster) as run:
        await run.at("2025-04-25 09:00")
        await file_case(run)
        await chapter_7_transfer.suspect(run)
        await chapter_7_transfer.report_and_approve(run)
        await run.settled()
        processes = cluster.pids()

        await cluster.broker.kill()
        await chapter_7_transfer.send(run)
        for number in range(5):
            await run.act(cast.INVESTIGATORS[0], f"evidence/{number}", evidence(run, number))
        assert await waiting(run) == {POLICE: 1, PROCURATORATE: 1}

        await cluster.broker.start()
        await chapter_7_transfer.sign(run)  # begins when everything that was said has arrived
        assert await waiting(run) == {POLICE: 0, PROCURATORATE: 0}
        assert {name: pid for name, pid in cluster.pids().items() if name != "kafka"} == {
            name: pid for name, pid in processes.items() if name != "kafka"
        }
        assert await contradictions(cluster) == []


def evidence(run: Run, number: int) -> cases.AddEvidenceRequest:
    return cases.AddEvidenceRequest(
        case_id=run.facts.cases["B"],
        evidence_id=run.id(f"evidence/{number}"),
        kind=case_events.EVIDENCE_KIND_PHYSICAL,
        description="伪造证件",
        place=B.place,
        collector_ids=run.ids(*cast.INVESTIGATORS),
    )


async def waiting(run: Run) -> dict[str, int]:
    """Envelopes of 泸县 without a receipt, by addressee."""
    status = await run.administer(LUXIAN, exchange.GetStatusRequest())
    return {
        chain.authority_id: chain.waiting
        for chain in status.chains
        if chain.direction == exchange.DIRECTION_SENT and chain.authority_id != "feed"
    }
