"""简易程序的罚款：没有当场收缴的，十五日内缴纳，由银行收款后结案；复议前置；撤销后不再收缴，当场收缴的可以退付。"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.bank.v1 import service_pb2 as bank
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.collection.v1 import events_pb2 as money
from enforcement.collection.v1 import service_pb2 as collection
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options

from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.cast import INVESTIGATORS, LUXIAN
from deploy.local.story.documents import pdf
from deploy.local.story.parties import PARTIES
from deploy.local.story.posts import A, B
from deploy.local.story.run import Run
from services.collection.model import collection_of
from services.kernel.messages import to_timestamp
from tests.support.system import run_on, system

FIRST = INVESTIGATORS[0]
FINANCE = cast.Officer(LUXIAN, "finance", "钱守正", "财务", (options.ROLE_FINANCE,))
FINE = events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=15_000)


@pytest.fixture(scope="module")
async def day() -> AsyncIterator[Run]:
    """泸县 on 18 December 2024, with its bank."""
    async with system(LUXIAN, collects=True) as cluster, run_on(cluster) as run:
        await run.at("2024-12-18 09:30")
        yield run


async def fined(run: Run, party: events.Party, form: str, **collecting: Any) -> str:
    """An on-the-spot fine of 150 yuan that was not collected, unless `collecting` says how."""
    observed = on_spot.ObserveOnSpotRequest(
        act_code="RTR-68",
        place=B.place,
        facts="不按规定站点停靠",
        party=party,
        evidence=[on_spot.OnSpotEvidence(kind=events.EVIDENCE_KIND_AUDIOVISUAL, description="执法记录")],
        officer_ids=run.ids(*INVESTIGATORS),
        credentials_shown=True,
        identity_verified=True,
    )
    spot = (await run.act(FIRST, f"observe/{form}", observed)).id
    decision = on_spot.DecideOnSpotRequest(
        on_spot_id=spot,
        penalties=[FINE],
        told_penalties=[FINE],
        reasons="不按规定站点停靠",
        basis="道路运输条例 art. 68",
        facts_told=True,
        rights_told=True,
        defence=events.DEFENCE_KIND_WAIVED,
        correction="立即改正",
        form_number=form,
        handed_over=True,
        signature=on_spot.SIGNATURE_KIND_SIGNED,
        officer_ids=run.ids(*INVESTIGATORS),
        **collecting,
    )
    await run.act(FIRST, f"decide/{form}", decision)
    copy = on_spot.FileOnSpotCopyRequest(on_spot_id=spot, receiver_id=run.officer_id(cast.LUXIAN_CHIEF))
    await run.act(FIRST, f"copy/{form}", copy)
    return spot


async def collected(run: Run, spot: str, holds: Any, awaited: str) -> collection.Collection:
    question = collection.GetCollectionRequest(collection_id=collection_of(spot))
    answer = await run.until(FIRST, question, lambda one: holds(one.collection), awaited)
    found: collection.Collection = answer.collection
    return found


async def test_a_fine_that_is_paid_by_code_closes_it(day: Run) -> None:
    spot = await fined(day, PARTIES[B], "川泸当罚2024-0101")
    shown = await collected(day, spot, lambda one: one.summary.due_on, "缴纳期限")
    assert shown.summary.due_on == "2025-01-02"
    close = on_spot.CloseOnSpotRequest(on_spot_id=spot, ground=on_spot.ON_SPOT_CLOSING_PERFORMED)
    assert await refusal(day, cast.LUXIAN_CHIEF, "close-early", close) == "FINE_NOT_PERFORMED"
    order = collection.OpenPaymentOrderRequest(collection_id=collection_of(spot), account=money.ACCOUNT_FINE)
    await day.act(FIRST, "order", order)
    shown = await collected(day, spot, lambda one: one.orders and one.orders[0].qr_payload, "缴款码")
    stub, channel = day.cluster.bank.stub(LUXIAN)
    payment = bank.PayRequest(qr_payload=shown.orders[0].qr_payload)
    await stub.Pay(payment, timeout=5, wait_for_ready=True)
    await channel.close(None)
    await collected(day, spot, lambda one: one.summary.stage == "已履行", "履行完毕")
    await day.settled()
    await day.act(cast.LUXIAN_CHIEF, "close", close)
    got = await day.ask(FIRST, cases.GetOnSpotRequest(on_spot_id=spot))
    assert got.on_spot.summary.stage == "已结案"


async def test_a_suit_waits_for_the_reconsideration_and_what_is_revoked_is_not_collected(day: Run) -> None:
    spot = await fined(day, PARTIES[A], "川泸当罚2024-0102")
    remedy = on_spot.RecordOnSpotRemedyRequest(
        on_spot_id=spot,
        remedy_id=day.id("suit"),
        kind=decisions.REMEDY_KIND_LITIGATION,
        started_on="2024-12-18",
        body="泸县人民法院",
    )
    assert await refusal(day, FIRST, "suit", remedy) == "RECONSIDERATION_FIRST"
    remedy.kind, remedy.body, remedy.remedy_id = decisions.REMEDY_KIND_RECONSIDERATION, "泸县人民政府", day.id("review")
    await day.act(FIRST, "reconsideration", remedy)
    revocation = on_spot.RevokeOnSpotRequest(on_spot_id=spot, remedy_id=day.id("review"), reason="复议机关撤销")
    await day.act(cast.LUXIAN_DEPUTY, "revoke", revocation)
    shown = await collected(day, spot, lambda one: one.summary.stage == "已终结", "终结收缴")
    assert shown.accounts[0].owed_fen == 0
    close = on_spot.CloseOnSpotRequest(on_spot_id=spot, ground=on_spot.ON_SPOT_CLOSING_REVOKED)
    await day.act(cast.LUXIAN_CHIEF, "close-revoked", close)


async def test_what_was_collected_on_the_spot_is_paid_back_by_a_persons_decision_when_the_penalty_is_revoked(
    day: Run,
) -> None:
    await day.administer(
        LUXIAN,
        officers.RegisterOfficerRequest(
            command_id=day.id("step/register/finance"),
            officer_id=day.officer_id(FINANCE),
            occurred_at=to_timestamp(day.now),
            name=FINANCE.name,
            credential_number="jt-510521-0099",
            issuing_body="故事中的发证机关",
            valid_from_on="2023-01-01",
            valid_to_on="2027-12-31",
            roles=FINANCE.roles,
        ),
    )
    spot = await fined(
        day,
        events.Party(kind=events.PARTY_KIND_PERSON, name="邓小川", id_number="510521199006150019"),
        "川泸当罚2024-0103",
        collected_fen=15_000,
        collection_ground=on_spot.COLLECTION_GROUND_HARD_TO_EXECUTE,
        collection_reason="过境外省车辆，事后难以执行",
        receipt_number="川财票0103",
    )
    receiver = day.officer_id(cast.LUXIAN_CHIEF)
    handing = on_spot.HandInOnSpotFineRequest(on_spot_id=spot, amount_fen=15_000, receiver_id=receiver)
    await day.act(FIRST, "hand-in", handing)
    revoke = on_spot.RevokeOnSpotRequest(
        on_spot_id=spot,
        reason="事实不清",
        document=await day.file(FIRST, pdf("撤销当场行政处罚决定书", spot)),
        way=events.SERVICE_WAY_DIRECT,
    )
    assert await refusal(day, cast.LUXIAN_DEPUTY, "revoke-unproved", revoke) == "PROOF_NEEDED"
    revoke.proof.CopyFrom(await day.file(FIRST, pdf("送达回证", spot)))
    await day.act(cast.LUXIAN_DEPUTY, "revoke-0103", revoke)
    shown = await collected(day, spot, lambda one: one.accounts[0].surplus_fen, "可以退付的款项")
    assert [(one.owed_fen, one.surplus_fen) for one in shown.accounts[:1]] == [(0, 15_000)]
    assert not shown.refunds, "nothing is paid back by itself"
    propose = collection.ProposeRefundRequest(
        collection_id=collection_of(spot), account=money.ACCOUNT_FINE, amount_fen=15_000, reason="处罚已撤销"
    )
    await day.act(FINANCE, "propose-refund", propose)
    shown = await collected(day, spot, lambda one: one.refunds, "退付申请")
    approve = collection.DecideRefundRequest(
        collection_id=collection_of(spot), refund_id=shown.refunds[0].refund_id, approved=True
    )
    await day.act(cast.LUXIAN_DEPUTY, "approve-refund", approve)
    shown = await collected(day, spot, lambda one: one.refunds[0].state == money.REFUND_STATE_EXECUTED, "银行退付")
    assert shown.accounts[0].surplus_fen == 0


async def refusal(run: Run, officer: cast.Officer, step: str, request: Any) -> str:
    with pytest.raises(Refused) as refused:
        await run.act(officer, f"refused/{step}", request)
    return refused.value.reason
