"""一事两罚的先后：先罚款后判罚金则折抵，先判罚金则不再罚款；应移未移有提示，未答复即逾期。

泸县一家；公安、检察各自的节点照常回话。罚款三万元，已缴一万元，后移送，法院判处罚金五万元；次日缴清，折抵随之重算。
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import service_pb2 as commands
from enforcement.transfer.v1 import suspicion_pb2 as suspicions

from deploy.local.cluster import Cluster
from deploy.local.story import cast
from deploy.local.story.cast import (
    INVESTIGATORS,
    LUXIAN,
    LUXIAN_DEPUTY,
    LUXIAN_HEAD,
    POLICE,
    PROCURATORATE,
    SICHUAN,
    YONGCHUAN,
)
from deploy.local.story.documents import pdf
from deploy.local.story.parties import CRIME, CRIME_FACTS, SUSPECT
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from deploy.local.story.search import search_database, search_topics
from tests.scenarios.test_collection import Matter
from tests.support.eventually import eventually
from tests.support.system import file_case, run_on, system

FINE = case_events.Penalty(kind=case_events.PENALTY_KIND_FINE, amount_fen=3_000_000)
CRIMINAL_NUMBER = "泸公（刑）立字〔2025〕9号"
JUDGMENT_NUMBER = "（2025）川0521刑初9号"
DETAINED_BY = "泸县公安局治安大队"
MATERIALS = {
    pb.MATERIAL_KIND_TRANSFER_LETTER: "移送书",
    pb.MATERIAL_KIND_INVESTIGATION_REPORT: "调查报告",
    pb.MATERIAL_KIND_GOODS_LIST: "涉案物品清单",
}


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    """泸县 with its bank, its police and its procuratorate; a partner of operations, and the platform."""
    async with system(LUXIAN, POLICE, PROCURATORATE, YONGCHUAN, SICHUAN, collects=True) as running:
        yield running


async def sent_to_the_police(run: Run, case_id: str) -> str:
    """A transfer of the case, until the police opened a criminal case; its id."""
    opening = commands.OpenTransferRequest(
        case_id=case_id,
        case_number="移送前案号",
        act_code="CL-280",
        suspected_crime=CRIME,
        facts=CRIME_FACTS,
        suspects=[SUSPECT],
        team_ids=run.ids(*INVESTIGATORS),
    )
    transfer_id = (await run.act(INVESTIGATORS[0], "open", opening)).id
    paper = await run.file(INVESTIGATORS[0], pdf("移送材料", case_id))
    report = commands.SubmitReportRequest(transfer_id=transfer_id, summary=CRIME_FACTS, report=paper)
    await run.act(INVESTIGATORS[0], "report", report)
    await run.act(LUXIAN_HEAD, "approve", commands.ApproveTransferRequest(transfer_id=transfer_id))
    materials = [pb.Material(kind=kind, title=title, file=paper) for kind, title in MATERIALS.items()]
    package = commands.SendTransferRequest(transfer_id=transfer_id, police_id=POLICE, materials=materials)
    await run.act(INVESTIGATORS[0], "send", package)
    question = commands.GetReferralRequest(transfer_id=transfer_id)
    answer = await run.until(cast.POLICE_TEAM[0], question, lambda one: one.referral.stage, "收到移送")
    referral_id = answer.referral.referral_id
    receipt = await run.file(cast.POLICE_TEAM[0], pdf("回执", case_id))
    await run.act(cast.POLICE_TEAM[0], "sign", commands.SignReceiptRequest(referral_id=referral_id, receipt=receipt))
    filing = commands.DecideFilingRequest(
        referral_id=referral_id,
        outcome=commands.FILING_OUTCOME_FILED,
        criminal_case_number=CRIMINAL_NUMBER,
        notice=receipt,
    )
    await run.act(cast.POLICE_LEADER, "file-criminal", filing)
    await until_stage(run, transfer_id, "公安机关已立案")
    return transfer_id


async def judged(run: Run, transfer_id: str, criminal_fine_fen: int, custody_days: int = 0) -> None:
    """The procuratorate tells the judgment, and the bureau has it."""
    known = await run.until(
        cast.PROSECUTOR,
        commands.ListProsecutionsRequest(),
        lambda one: any(each.transfer_id == transfer_id for each in one.prosecutions),
        "获知立案",
    )
    prosecution = next(each for each in known.prosecutions if each.transfer_id == transfer_id)
    judgment = outcomes.TellJudgmentRequest(
        prosecution_id=prosecution.prosecution_id,
        outcome=outcomes.TRANSFER_OUTCOME_CONVICTED,
        criminal_fine_fen=criminal_fine_fen,
        custody_days=custody_days,
        effective_on=run.now.date().isoformat(),
        judgment_number=JUDGMENT_NUMBER,
        judgment=await run.file(cast.PROSECUTOR, pdf("刑事判决书", transfer_id)),
    )
    await run.act(cast.PROSECUTOR, "judgment", judgment)


async def until_stage(run: Run, transfer_id: str, stage: str) -> None:
    question = commands.GetTransferRequest(transfer_id=transfer_id)
    await run.until(INVESTIGATORS[0], question, lambda one: one.transfer.stage == stage, stage)


async def until_sanctions(run: Run, case_id: str, holds: Any, awaited: str) -> sanctions.CriminalSanctions:
    question = cases.GetCaseRequest(case_id=case_id)
    answer = await run.until(INVESTIGATORS[0], question, lambda one: holds(one.case.sanctions), awaited)
    found: sanctions.CriminalSanctions = answer.case.sanctions
    return found


async def test_a_fine_that_was_imposed_first_is_deducted_as_it_is_paid(cluster: Cluster) -> None:
    stub, channel = cluster.bank.stub(LUXIAN)
    async with run_on(cluster) as run:
        with run.chapter("罚款折抵罚金", "Set-off of a fine"):
            matter = Matter(run, cluster, stub)
            await matter.behave()
            await matter.decided(FINE)
            await matter.scan(await matter.order(collection.ACCOUNT_FINE, 1_000_000), 1_000_000)
            await matter.paid(1)
            transfer_id = await sent_to_the_police(run, matter.case_id)
            await judged(run, transfer_id, 5_000_000, custody_days=60)
            await run.settled()

            known = await until_sanctions(run, matter.case_id, lambda one: one.HasField("fine"), "折抵")
            fine = known.fine
            assert (fine.paid_fen, fine.deducted_fen, fine.remaining_fen) == (1_000_000, 1_000_000, 4_000_000)
            assert list(fine.questions) == [sanctions.SET_OFF_QUESTION_UNPAID]
            decision = sanctions.DecideSetOffRequest(
                case_id=matter.case_id, unpaid=sanctions.UNPAID_FINE_DOES_NOT_COUNT, reason="尚未缴纳"
            )
            await matter.refused(INVESTIGATORS[0], decision, "CALLER_NOT_ALLOWED")
            await matter.act(LUXIAN_DEPUTY, decision)

            detention = sanctions.NoteDetentionRequest(
                case_id=matter.case_id,
                detention_id=run.id("detention"),
                imposed_by=DETAINED_BY,
                from_on="2025-01-02",
                days=10,
                document=await run.file(INVESTIGATORS[0], pdf("行政拘留决定书", matter.case_id)),
            )
            await matter.act(INVESTIGATORS[0], detention)
            await matter.scan(await matter.order(collection.ACCOUNT_FINE))
            again = await until_sanctions(
                run, matter.case_id, lambda one: one.fine.paid_fen == 3_000_000, "缴清后重新计算"
            )
            assert (again.fine.remaining_fen, list(again.fine.questions)) == (2_000_000, [])
            assert (again.custody.detention_days, again.custody.remaining_days) == (10, 50)
            assert not again.HasField("decided")
            shown = await typed(run, "case", "sanctions", matter.case_id)
            assert [word for word in ("20000.00", "50000.00", "10 / 60") if word not in shown] == []
            await hidden(cluster, transfer_id)
    await channel.close(None)


async def test_after_a_criminal_fine_nothing_is_fined_and_the_case_is_closed_with_the_judgment(
    cluster: Cluster,
) -> None:
    async with run_on(cluster) as run:
        with run.chapter("先判罚金", "The criminal fine first"):
            await run.at("2024-12-18 09:00")
            await file_case(run)
            case_id = run.facts.cases["B"]
            transfer_id = await sent_to_the_police(run, case_id)
            decision = cases.DecideRequest(
                case_id=case_id, outcome=cases.OUTCOME_PENALTY, penalties=[FINE], reasons="事实清楚", basis="第63条"
            )
            zh, en = "罚款", "fines"
            await run.refused(LUXIAN_DEPUTY, "fine-1", decision, "FINE_WHILE_TRANSFERRED", zh, en)
            await judged(run, transfer_id, 5_000_000)
            await until_stage(run, transfer_id, "法院判处刑罚")
            await run.act(LUXIAN_DEPUTY, "end", outcomes.CloseTransferRequest(transfer_id=transfer_id))
            await run.settled()
            await run.refused(LUXIAN_DEPUTY, "fine-2", decision, "FINE_AFTER_CRIMINAL_FINE", zh, en)
            closing = cases.CloseCaseRequest(case_id=case_id, ground=case_events.CLOSING_GROUND_TRANSFERRED)
            await run.act(LUXIAN_DEPUTY, "close", closing)
            shown = await run.ask(INVESTIGATORS[0], cases.GetCaseRequest(case_id=case_id))
            assert (shown.case.summary.stage, shown.case.summary.transferred) == ("已结案", False)
            stranger = await run.ask(cast.LUXIAN_TEAM[5], cases.GetCaseRequest(case_id=case_id))
            assert not stranger.case.HasField("sanctions")


async def test_a_case_of_forged_certificates_that_is_not_transferred_is_asked_about_until_a_leader_answers(
    cluster: Cluster,
) -> None:
    async with run_on(cluster) as run:
        with run.chapter("应移未移", "Not transferred"):
            await run.at("2024-12-18 09:00")
            case_id = await filed_as(run, "CL-280")
            question = suspicions.ListSuspicionsRequest(open=True, case_id=case_id)
            (asked,) = (
                await run.until(LUXIAN_DEPUTY, question, lambda one: len(one.suspicions) == 1, "应移未移提示")
            ).suspicions
            assert [one.article for one in asked.findings] == ["刑法 art. 280"]
            await until_sanctions(run, case_id, lambda one: len(one.open_suspicion_ids) == 1, "案件中的提示")

            clock = deadlines.ListDeadlinesRequest(rule_id="suspicion.answer", subject_id=asked.suspicion_id)
            await run.at("2024-12-24 00:30")
            missed = await run.until(
                LUXIAN_DEPUTY,
                clock,
                lambda one: [each.status for each in one.clocks] == [deadlines.STATUS_MISSED],
                "逾期未答复",
            )
            assert [(each.due_on, each.responsible_id) for each in missed.clocks] == [("2024-12-23", LUXIAN)]
            listed = await typed(run, "transfer", "suspicions", "--open", "--case", case_id)
            assert "伪造、变造、买卖国家机关公文、证件、印章罪" in listed
            await typed(
                run,
                "transfer",
                "answer-suspicion",
                asked.suspicion_id,
                "--no-crime",
                "证件真实，登记信息滞后",
                "--at",
                "2024-12-24T00:30:00",
            )
            await run.settled()
            await until_sanctions(run, case_id, lambda one: not one.open_suspicion_ids, "已答复")


async def test_a_transfer_that_is_opened_answers_by_itself(cluster: Cluster) -> None:
    async with run_on(cluster) as run:
        with run.chapter("启动移送", "A transfer is opened"):
            await run.at("2024-12-18 09:00")
            case_id = await filed_as(run, "CL-280")
            question = suspicions.ListSuspicionsRequest(case_id=case_id)
            await run.until(LUXIAN_DEPUTY, question, lambda one: len(one.suspicions) == 1, "应移未移提示")
            transfer_id = await sent_to_the_police(run, case_id)
            (answered,) = (await run.ask(LUXIAN_DEPUTY, question)).suspicions
            assert (answered.open, answered.transfer_id) == (False, transfer_id)
            assert answered.answer == suspicions.SUSPICION_ANSWER_TRANSFER_OPENED


SECRETS = (SUSPECT.name, SUSPECT.id_number, CRIME, CRIME_FACTS[:12], CRIMINAL_NUMBER, JUDGMENT_NUMBER, DETAINED_BY)


async def hidden(cluster: Cluster, transfer_id: str) -> None:
    """Platform and partner have the transfer's states, to the judgment, and not a word of it; nor has any feed."""
    told = "enforcement.transfer.v1.OutcomeRecorded"

    async def arrived() -> bool:
        return len((await search_database(cluster, SICHUAN, [told, transfer_id])).found) == 2

    await eventually(arrived, within=60)
    assert set((await search_database(cluster, LUXIAN, SECRETS)).found) == set(SECRETS)
    for stranger in (SICHUAN, YONGCHUAN):
        assert (await search_database(cluster, stranger, SECRETS)).found == ()
    assert (await search_topics(cluster, [*SECRETS, transfer_id])).found == (transfer_id,)


async def typed(run: Run, *arguments: str) -> str:
    """What a leader reads at the command line."""
    layout = run.cluster.layout
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "--env", str(layout.env_file(LUXIAN)), *arguments),
        env={
            **os.environ,
            "ENFORCEMENT_TOKEN": layout.pki.token(LUXIAN, run.officer_id(LUXIAN_DEPUTY)),
            "COLUMNS": "200",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    return out.decode()


async def filed_as(run: Run, act_code: str) -> str:
    """A case of another act, filed with two officers."""
    clue = cases.RegisterClueRequest(
        source=case_events.CLUE_SOURCE_INSPECTION,
        act_code=act_code,
        act_on=run.now.date().isoformat(),
        place=B.place,
        facts="所持道路运输证经核实无登记",
    )
    case_id = (await run.act(cast.LUXIAN_CHIEF, "clue", clue)).id
    party = case_events.Party(kind=case_events.PARTY_KIND_PERSON, name="某甲", id_number=case_id.replace("-", "")[-18:])
    filing = cases.FileCaseRequest(
        case_id=case_id, case_number=f"泸县交〔2024〕{case_id[-6:]}号", party=party, basis="行政处罚法 art. 54"
    )
    await run.act(LUXIAN_DEPUTY, "file", filing)
    officers = cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(*INVESTIGATORS))
    await run.act(cast.LUXIAN_CHIEF, "officers", officers)
    return case_id
