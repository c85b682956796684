"""Kafka away for the whole of a statutory limit: every clock is right afterwards, and what was late names whose it is.

Suspicion, report and approval (2025-04-30 16:00) are the story's; the bureau has 24 hours to send, the police three
days to decide. The days are skipped; broker, databases and nodes are real.
"""

from datetime import datetime
from typing import Any

import pytest
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.platform.v1 import service_pb2 as platform
from enforcement.transfer.v1 import service_pb2 as transfer

from deploy.local.cluster import Cluster
from deploy.local.story import cast, chapter_7_transfer
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, POLICE, PROCURATORATE, SICHUAN
from deploy.local.story.clocks import row_of
from deploy.local.story.documents import pdf
from deploy.local.story.parties import CRIMINAL_CASE_NUMBER
from deploy.local.story.run import Run
from services.kernel.clock import SHANGHAI
from tests.support.system import contradictions, file_case, run_on, system

pytestmark = pytest.mark.timeout(240)


async def test_acts_in_time_stay_in_time_although_nobody_heard_of_them() -> None:
    async with system(LUXIAN, POLICE, PROCURATORATE, SICHUAN) as cluster, run_on(cluster) as run:
        await approved(run)

        await cluster.broker.kill()
        await chapter_7_transfer.send(run)  # 05-01 09:00, in time
        move(run, "2025-05-01 16:30")
        await clock(run, INVESTIGATORS[0], "transfer.send", deadlines.STATUS_MET)
        await cluster.broker.start()
        await run.at("2025-05-01 17:00")
        await receipt(run)
        await run.settled()

        await cluster.broker.kill()
        move(run, "2025-05-04 10:00")
        await decide(run)
        move(run, "2025-05-07 00:30")
        silent = await clock(run, INVESTIGATORS[0], "transfer.filing_decision", deadlines.STATUS_MISSED)
        assert (silent.responsible_id, silent.effective) == (POLICE, "2025-05-06 24:00")  # all that the bureau can know
        await clock(run, cast.POLICE_TEAM[0], "referral.filing_decision", deadlines.STATUS_MET)
        await cluster.broker.start()
        await run.settled()

        assert await late(run, INVESTIGATORS[0]) == await late(run, cast.POLICE_TEAM[0]) == {}
        assert await late_at_platform(run) == {}
        await sound(cluster)


async def test_a_case_that_is_not_sent_is_the_bureaus_delay_wherever_kafka_was() -> None:
    async with system(LUXIAN, POLICE, PROCURATORATE, SICHUAN) as cluster, run_on(cluster) as run:
        await approved(run)

        await cluster.broker.kill()
        move(run, "2025-05-01 16:01")
        await clock(run, INVESTIGATORS[0], "transfer.send", deadlines.STATUS_MISSED)
        await cluster.broker.start()
        await run.settled()

        missed = {"transfer.send": (LUXIAN, "2025-05-01 16:00")}
        assert await late_at_platform(run) == await late(run, INVESTIGATORS[0]) == missed
        assert await late(run, cast.POLICE_TEAM[0]) == {}
        await sound(cluster)


async def approved(run: Run) -> None:
    """The head has approved, and everybody has heard what they may hear."""
    await run.at("2025-04-25 09:00")
    await file_case(run)
    await chapter_7_transfer.suspect(run)
    await chapter_7_transfer.report_and_approve(run)
    await run.settled()


def move(run: Run, instant: str) -> None:
    """Moves the clocks without waiting for messages, which cannot arrive."""
    run.move(datetime.fromisoformat(instant).replace(tzinfo=SHANGHAI))


async def receipt(run: Run) -> None:
    question = transfer.GetReferralRequest(transfer_id=run.facts.transfer_id)
    answer = await run.until(cast.POLICE_TEAM[0], question, lambda seen: seen.referral.stage, "收到移送")
    run.facts.referral_id = answer.referral.referral_id
    await run.act(cast.POLICE_TEAM[0], "sign", transfer.SignReceiptRequest(referral_id=run.facts.referral_id))


async def decide(run: Run) -> None:
    decision = transfer.DecideFilingRequest(
        referral_id=run.facts.referral_id,
        outcome=transfer.FILING_OUTCOME_FILED,
        criminal_case_number=CRIMINAL_CASE_NUMBER,
        notice=await run.file(cast.POLICE_LEADER, pdf("立案通知书", CRIMINAL_CASE_NUMBER)),
    )
    await run.act(cast.POLICE_LEADER, "decide", decision)


async def clock(run: Run, officer: cast.Officer, rule_id: str, status: deadlines.Status.ValueType) -> Any:
    """The clock of a rule for the transfer, once it is in that state."""
    question = deadlines.ListDeadlinesRequest(rule_id=rule_id, subject_id=run.facts.transfer_id)
    answer = await run.until(
        officer, question, lambda seen: [one.status for one in seen.clocks] == [status], f"{rule_id} {status}"
    )
    return row_of(answer.clocks[0])


async def late(run: Run, officer: cast.Officer) -> dict[str, tuple[str, str]]:
    """Whose duty of the transfer was not done in time, as an authority's own node sees it, and when it was due."""
    answer = await run.ask(officer, deadlines.ListDeadlinesRequest(subject_id=run.facts.transfer_id))
    rows = map(row_of, answer.clocks)
    return {row.rule_id: (row.responsible_id, row.effective) for row in rows if row.late}


async def late_at_platform(run: Run) -> dict[str, tuple[str, str]]:
    supervisor = cast.SUPERVISORS[SICHUAN]
    request = platform.GetTransferRequest(transfer_id=run.facts.transfer_id)
    rows = [row_of(one.clock) for one in (await run.ask(supervisor, request)).transfer.clocks]
    return {row.rule_id: (row.responsible_id, row.effective) for row in rows if row.late}


async def sound(cluster: Cluster) -> None:
    assert await contradictions(cluster) == []
