"""The whole story, and what is gathered for the report when it has been told."""

import json
from collections.abc import Iterable
from typing import Final

import asyncpg
from enforcement.exchange.v1 import envelope_pb2 as envelopes
from enforcement.exchange.v1 import service_pb2 as exchange

from deploy.local.otlp import spans_of_case
from deploy.local.story import (
    chapter_0_register,
    chapter_1_plan,
    chapter_2_field,
    chapter_3_cases,
    chapter_4_summary,
    chapter_5_outcomes,
    chapter_6_assistance,
    chapter_7_transfer,
    chapter_8_filing,
    chapter_9_platform,
)
from deploy.local.story.cast import LUXIAN, POLICE, PROCURATORATE, YONGCHUAN
from deploy.local.story.ledgers import positions
from deploy.local.story.run import Run
from deploy.local.story.telling import Delivery, Trail
from services.kernel.messages import to_datetime

CHAPTERS: Final = (
    chapter_0_register,
    chapter_1_plan,
    chapter_2_field,
    chapter_3_cases,
    chapter_4_summary,
    chapter_5_outcomes,
    chapter_6_assistance,
    chapter_7_transfer,
    chapter_8_filing,
    chapter_9_platform,
)
FOLLOWED: Final = {LUXIAN, YONGCHUAN, POLICE, PROCURATORATE}
"""Authorities that the case of 泸县 reaches: each leaves spans of it."""


async def tell(run: Run) -> None:
    """Every chapter in order, then receipts and traces. Raises `Surprise` when anything went otherwise."""
    for chapter in CHAPTERS:
        await chapter.tell(run)
    await gather_receipts(run)
    await follow_case(run)


async def gather_receipts(run: Run) -> None:
    """Which envelopes told others of each step, and what those answered."""
    steps = [step for chapter in run.telling.chapters for step in chapter.steps if step.command_id]
    for authority_id in {step.authority_id for step in steps}:
        own = [step for step in steps if step.authority_id == authority_id]
        written = await positions(run.cluster, authority_id, [step.command_id for step in own])
        for step in own:
            found = written.get(step.command_id, [])
            step.events = tuple(kind.rpartition(".")[2] for _, kind in found)
            step.deliveries = tuple([one for at, _ in found for one in await _deliveries(run, authority_id, at)])


async def _deliveries(run: Run, authority_id: str, position: int) -> Iterable[Delivery]:
    answer = await run.administer(authority_id, exchange.ListDeliveriesRequest(position=position))
    return [
        Delivery(
            recipient_id=one.recipient_id,
            seq=one.seq,
            env_hash=one.env_hash.hex(),
            status=envelopes.ReceiptStatus.Name(one.status).removeprefix("RECEIPT_STATUS_"),
            received_at=to_datetime(one.received_at) if one.HasField("received_at") else None,
        )
        for one in answer.deliveries
    ]


async def follow_case(run: Run) -> None:
    """The traces of the case of 泸县 through every authority that it reached, once the collector has them."""
    case_id = run.facts.cases["B"]
    connection = await asyncpg.connect(run.cluster.traces_dsn, timeout=10)
    try:

        async def look() -> tuple[bool, list[asyncpg.Record]]:
            spans = await spans_of_case(connection, case_id)
            return {span["authority_id"] for span in spans} >= FOLLOWED, spans

        spans = await run.wait(look, "案件踪迹")
    finally:
        await connection.close()
    run.telling.trail = Trail(
        case_id=case_id,
        spans=len(spans),
        traces=len({span["trace_id"] for span in spans}),
        links=sum(len(json.loads(span["links"])) for span in spans),
        authorities=tuple(sorted({span["authority_id"] for span in spans})),
    )
