"""Kafka away for longer than any client waits for it: commands go on, and afterwards everything arrives, once.

The minute is a real one. Requests end after 10 and 20 s, batches and group sessions after 10 to 60 s
(services/exchange/kafka.py, the platform's streams): every client comes to the end of its patience and begins anew.
"""

import asyncio
from time import monotonic
from typing import Final

import pytest
from enforcement.platform.v1 import service_pb2 as platform

from deploy.local.story import cast, chapter_7_transfer
from deploy.local.story.cast import LUXIAN, POLICE, PROCURATORATE, SICHUAN
from tests.faults.test_kafka_down import evidence, waiting
from tests.support.system import contradictions, file_case, run_on, system

AWAY_SECONDS: Final = 65.0
PACE_SECONDS: Final = 1.0


@pytest.mark.timeout(300)
async def test_commands_go_on_for_a_minute_and_envelopes_flow_afterwards() -> None:
    async with system(LUXIAN, POLICE, PROCURATORATE, SICHUAN) as cluster, run_on(cluster) as run:
        await run.at("2025-04-25 09:00")
        await file_case(run)
        await chapter_7_transfer.suspect(run)
        await chapter_7_transfer.report_and_approve(run)
        await run.settled()
        processes = cluster.pids()

        await cluster.broker.kill()
        until = monotonic() + AWAY_SECONDS
        await chapter_7_transfer.send(run)
        commands = 0
        while monotonic() < until:
            began = monotonic()
            await run.act(cast.INVESTIGATORS[0], f"evidence/{commands}", evidence(run, commands))
            assert monotonic() - began < 5, "a command waits for Kafka"
            commands += 1
            await asyncio.sleep(PACE_SECONDS)  # the time that passes is the fault
        assert commands > AWAY_SECONDS / 3
        assert await waiting(run) == {POLICE: 1, PROCURATORATE: 1, SICHUAN: 0}

        await cluster.broker.start()
        await chapter_7_transfer.sign(run)  # begins when everything that was said has arrived
        await run.settled()
        assert await waiting(run) == {POLICE: 0, PROCURATORATE: 0, SICHUAN: 0}
        shown = await run.ask(cast.SUPERVISORS[SICHUAN], platform.GetTransferRequest(transfer_id=run.facts.transfer_id))
        steps = [step.type.rpartition(".")[2] for step in shown.transfer.steps]
        assert [steps.count(name) for name in ("CaseTransferred", "ReferralReceiptSigned")] == [1, 1]
        assert {name: pid for name, pid in cluster.pids().items() if name != "kafka"} == {
            name: pid for name, pid in processes.items() if name != "kafka"
        }
        assert await contradictions(cluster) == []
