"""缴款：当事人扫码缴纳罚款，银行回调，案件结案. The fine of 永川 is paid by code; only where a bank runs."""

import asyncio
from typing import Any

from enforcement.bank.v1 import service_pb2 as bank
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import service_pb2 as case_commands
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from deploy.local.story.chapter_3_cases import HANDLERS
from deploy.local.story.posts import A
from deploy.local.story.run import Run
from deploy.local.story.telling import Words
from services.collection.model import collection_of

PAY_SECONDS = 10.0


async def pay(run: Run) -> None:
    """An order, its code scanned in time, the bank's callback, and the case closed as performed."""
    leader, officer, case_id = HANDLERS[A].leader, HANDLERS[A].team[0], run.facts.cases["A"]
    collection_id = collection_of(case_id)
    await run.at("2025-01-13 10:00")
    by_officer = commands.RecordPaymentRequest(collection_id=collection_id, transaction_id="现金", amount_fen=3_000_000)
    zh, en = "执法人员自行登记收款", "records a payment that no bank reported"
    await run.refused(officer, "money/A/by-officer", by_officer, "CALLER_NOT_ALLOWED", zh, en)
    order = commands.OpenPaymentOrderRequest(collection_id=collection_id, account=pb.ACCOUNT_FINE)
    await run.act(officer, "money/A/order", order, "开具缴款码：3万元", "issues a payment code: 30,000 yuan")
    shown = await _until(run, collection_id, lambda one: one.orders[0].qr_payload, "银行受理缴款单")
    await run.at("2025-01-14 09:00")
    await _scan(run, leader.authority_id, shown.orders[0].qr_payload)
    await _until(run, collection_id, lambda one: one.summary.stage == "已履行", "收款回调")
    run.saw(officer, "银行回调：罚款缴清", "the bank reports that the fine is paid", Words("已履行", "performed"))
    await run.at("2025-01-14 15:00")
    closing = case_commands.CloseCaseRequest(case_id=case_id, ground=cases.CLOSING_GROUND_PERFORMED)
    await run.act(leader, "case/A/close-performed", closing, "缴清后结案", "closes the case as performed")


async def _until(run: Run, collection_id: str, holds: Any, awaited: str) -> commands.Collection:
    request = commands.GetCollectionRequest(collection_id=collection_id)
    answer = await run.until(HANDLERS[A].team[0], request, lambda one: holds(one.collection), awaited)
    found: commands.Collection = answer.collection
    return found


async def _scan(run: Run, authority_id: str, qr_payload: str) -> None:
    """Somebody scans the code and pays."""
    stub, channel = run.cluster.bank.stub(authority_id)
    async with asyncio.timeout(PAY_SECONDS):
        await stub.Pay(bank.PayRequest(qr_payload=qr_payload), timeout=PAY_SECONDS, wait_for_ready=True)
    await channel.close(None)
