"""罚款收缴与执行：决定送达，开具缴款码，银行收款回调，逾期、催告、申请法院，退付，对账，以及断电。

每个故事是泸县自己的一件案子：2025-01-07送达，01-22缴纳期满，07-07起诉期满。银行是另一个进程。
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from enforcement.bank.v1 import service_pb2 as bank
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from enforcement.collection.v1 import service_pb2_grpc
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options

from deploy.local.bank.callbacks import KEY_ID
from deploy.local.cluster import Cluster
from deploy.local.pki import ISSUER_KEY_ID
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, LUXIAN_CHIEF, LUXIAN_DEPUTY, LUXIAN_HEAD, Officer
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from services.collection.model import collection_of
from services.kernel.identity import issue_token
from services.kernel.ledger import uuid7
from services.kernel.messages import to_timestamp
from tests.support.system import contradictions, run_on, system

FINANCE = Officer(LUXIAN, "finance", "钱守正", "财务", (options.ROLE_FINANCE,))
FINE = 3_000_000
INCOME = 20_000
PENALTIES = [
    case_events.Penalty(kind=case_events.PENALTY_KIND_FINE, amount_fen=FINE),
    case_events.Penalty(kind=case_events.PENALTY_KIND_CONFISCATE_INCOME, amount_fen=INCOME),
]


@dataclass(slots=True)
class Matter:
    """One case's money, as its people and the bank handle it."""

    run: Run
    cluster: Cluster
    bank: Any
    case_id: str = ""
    steps: int = 0
    orders: set[str] = field(default_factory=set)
    measure_id: str = ""
    """Of the seizure, in a case that has one."""

    @property
    def id(self) -> str:
        return collection_of(self.case_id)

    async def act(self, officer: Officer, request: Any) -> common.Recorded:
        self.steps += 1
        return await self.run.act(officer, f"money/{self.steps}", request)

    async def refused(self, officer: Officer, request: Any, reason: str) -> None:
        self.steps += 1
        await self.run.refused(officer, f"money/{self.steps}", request, reason, reason, reason)

    async def shown(self, as_of: str = "") -> commands.Collection:
        request = commands.GetCollectionRequest(case_id=self.case_id, as_of_on=as_of)
        answer: commands.GetCollectionResponse = await self.run.ask(INVESTIGATORS[0], request)
        return answer.collection

    async def until(self, holds: Any, awaited: str) -> commands.Collection:
        request = commands.GetCollectionRequest(case_id=self.case_id)
        answer = await self.run.until(INVESTIGATORS[0], request, lambda one: holds(one.collection), awaited)
        found: commands.Collection = answer.collection
        return found

    async def decided(self, *penalties: case_events.Penalty) -> None:
        """From the clue to the service of the decision, and the collection that begins with it."""
        await self.decide(*penalties)
        await self.run.at("2025-01-07 10:00")
        await self.serve()
        await self.until(lambda one: one.summary.due_on, "缴纳期限")

    async def decide(self, *penalties: case_events.Penalty) -> None:
        """From the clue to the decision."""
        run = self.run
        await run.at("2024-12-18 09:00")
        self.case_id = await self.filed()
        photo = cases.AddEvidenceRequest(
            case_id=self.case_id,
            evidence_id=run.id("evidence"),
            kind=case_events.EVIDENCE_KIND_AUDIOVISUAL,
            description="执法记录仪画面",
            place=B.place,
            file=await run.file(INVESTIGATORS[0], pdf("截图", self.case_id)),
            collector_ids=run.ids(*INVESTIGATORS),
        )
        await self.act(INVESTIGATORS[0], photo)
        if self.measure_id:
            await self.seized()
        report = await run.file(INVESTIGATORS[0], pdf("调查终结报告", self.case_id))
        closing = cases.CloseInvestigationRequest(case_id=self.case_id, facts="未经许可从事客运", report=report)
        await self.act(INVESTIGATORS[0], closing)
        notice = cases.ServePenaltyNoticeRequest(
            case_id=self.case_id,
            notice_id=run.id("notice"),
            facts="未经许可从事客运",
            basis="道路运输条例 art. 63",
            proposed=penalties,
            way=case_events.SERVICE_WAY_DIRECT,
            officer_ids=run.ids(*INVESTIGATORS),
            document=report,
            proof=report,
        )
        await self.act(LUXIAN_DEPUTY, notice)
        waiver = cases.RecordDefenceRequest(
            case_id=self.case_id, kind=case_events.DEFENCE_KIND_WAIVED, hearing_waived=True, document=report
        )
        await self.act(INVESTIGATORS[0], waiver)
        await run.at("2025-01-06 10:00")
        decision = cases.DecideRequest(
            case_id=self.case_id,
            outcome=cases.OUTCOME_PENALTY,
            penalties=penalties,
            reasons="未经许可从事客运",
            basis="道路运输条例 art. 63",
            correction="立即停止",
        )
        await self.act(LUXIAN_DEPUTY, decision)

    async def serve(self) -> None:
        """The decision is handed to the party."""
        proof = await self.run.file(INVESTIGATORS[0], pdf("送达回证", self.case_id))
        service = cases.ServeDecisionRequest(case_id=self.case_id, way=case_events.SERVICE_WAY_DIRECT, proof=proof)
        await self.act(INVESTIGATORS[0], service)

    async def seized(self) -> None:
        """The vehicle is seized before the party."""
        approval = cases.ApproveMeasureRequest(
            case_id=self.case_id,
            measure_id=self.measure_id,
            kind=case_events.MEASURE_KIND_SEIZURE,
            law_basis="道路运输条例 art. 62",
            reason="无车辆营运证且无法当场提供其他有效证明",
            no_compulsion=case_events.NoCompulsionAnswer(ruleset="渝交规〔2023〕8号", reason="不在清单内"),
        )
        await self.act(LUXIAN_DEPUTY, approval)
        sheet = await self.run.file(INVESTIGATORS[0], pdf("扣押决定书", self.case_id))
        seizure = cases.SeizeRequest(
            case_id=self.case_id,
            measure_id=self.measure_id,
            items=[case_events.Item(description="小型客车", quantity=1)],
            officer_ids=self.run.ids(*INVESTIGATORS),
            vehicle_count=1,
            present="当事人",
            presence=case_events.PRESENCE_PARTY,
            informed=True,
            delivered=True,
            place=B.place,
            record=sheet,
            scene_record=sheet,
        )
        await self.act(INVESTIGATORS[0], seizure)

    async def filed(self) -> str:
        """A case of a party of its own: one act, one fine (一事不再罚) looks for others of the same party."""
        run = self.run
        clue = cases.RegisterClueRequest(
            source=case_events.CLUE_SOURCE_INSPECTION,
            act_code=ACT,
            act_on=run.now.date().isoformat(),
            place=B.place,
            facts="未经许可从事客运",
        )
        case_id = (await self.act(LUXIAN_CHIEF, clue)).id
        party = case_events.Party(
            kind=case_events.PARTY_KIND_PERSON, name=f"当事人{case_id[-6:]}", id_number=case_id.replace("-", "")[-18:]
        )
        number = f"泸县交罚〔2024〕{case_id[-6:]}号"
        filing = cases.FileCaseRequest(case_id=case_id, case_number=number, party=party, basis="行政处罚法 art. 54")
        await self.act(LUXIAN_DEPUTY, filing)
        team = cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(*INVESTIGATORS))
        await self.act(LUXIAN_CHIEF, team)
        return case_id

    async def order(self, account: pb.Account.ValueType, amount_fen: int = 0) -> commands.Order:
        """An order that the bank has taken."""
        request = commands.OpenPaymentOrderRequest(collection_id=self.id, account=account, amount_fen=amount_fen)
        await self.act(INVESTIGATORS[0], request)
        return await self.placed()

    async def placed(self) -> commands.Order:
        """The newest order, once its code is there."""
        shown = await self.until(lambda one: one.orders and one.orders[0].qr_payload, "缴款码")
        return shown.orders[0]

    async def scan(self, order: commands.Order, amount_fen: int = 0) -> str:
        answer = await self.bank.Pay(
            bank.PayRequest(qr_payload=order.qr_payload, amount_fen=amount_fen), timeout=5, wait_for_ready=True
        )
        return str(answer.transaction_id)

    async def behave(self, *, hold: bool = False, extra: int = 0) -> None:
        request = bank.SetBehaviourRequest(hold_callbacks=hold, extra_callbacks=extra)
        await self.bank.SetBehaviour(request, timeout=5, wait_for_ready=True)

    async def paid(self, count: int) -> commands.Collection:
        return await self.until(lambda one: len(one.payments) >= count, f"{count}笔收款")


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    """泸县 and its bank."""
    async with system(LUXIAN, collects=True) as running:
        yield running


@pytest.fixture
async def matter(cluster: Cluster) -> AsyncIterator[Matter]:
    """A case of 泸县 that is decided and served: a fine of 30,000 yuan, 200 yuan of income."""
    stub, channel = cluster.bank.stub(LUXIAN)
    async with run_on(cluster) as run:
        with run.chapter("罚款收缴", "Collection"):
            registration = officers.RegisterOfficerRequest(
                command_id=run.id("step/register/finance"),
                officer_id=run.officer_id(FINANCE),
                occurred_at=to_timestamp(run.now),
                name=FINANCE.name,
                credential_number="jt-510521-0099",
                issuing_body="故事中的发证机关",
                valid_from_on="2023-01-01",
                valid_to_on="2027-12-31",
                roles=FINANCE.roles,
            )
            await run.administer(LUXIAN, registration)
            found = Matter(run, cluster, stub)
            await found.behave()
            await found.decided(*PENALTIES)
            yield found
    await channel.close(None)


def demand(matter: Matter, letter: common.BlobRef) -> commands.IssueDemandRequest:
    """The demand, handed to the party, who signs for it on the letter."""
    return commands.IssueDemandRequest(
        collection_id=matter.id, document=letter, way=case_events.SERVICE_WAY_DIRECT, proof=letter
    )


def amounts(shown: commands.Collection) -> list[tuple[int, int, int]]:
    """Owed, paid and open of fine, confiscation and surcharge."""
    return [(one.owed_fen, one.paid_fen, one.open_fen) for one in shown.accounts]


async def test_a_fine_and_an_income_are_paid_by_code_and_the_case_is_closed_as_performed(matter: Matter) -> None:
    shown = await matter.shown()
    assert (shown.summary.stage, shown.summary.due_on) == ("待缴纳", "2025-01-22")
    closing = cases.CloseCaseRequest(case_id=matter.case_id, ground=case_events.CLOSING_GROUND_PERFORMED)
    await matter.refused(LUXIAN_DEPUTY, closing, "NOT_PERFORMED")
    by_officer = commands.RecordPaymentRequest(collection_id=matter.id, transaction_id="X", amount_fen=FINE)
    await matter.refused(FINANCE, by_officer, "CALLER_NOT_ALLOWED")

    await matter.scan(await matter.order(pb.ACCOUNT_FINE))
    shown = await matter.paid(1)
    assert amounts(shown) == [(FINE, FINE, 0), (INCOME, 0, INCOME), (0, 0, 0)]
    await matter.scan(await matter.order(pb.ACCOUNT_CONFISCATION))
    shown = await matter.until(lambda one: one.summary.stage == "已履行", "履行完毕")
    assert amounts(shown) == [(FINE, FINE, 0), (INCOME, INCOME, 0), (0, 0, 0)]
    await matter.run.settled()
    await matter.act(LUXIAN_DEPUTY, closing)
    clocks = await matter.run.ask(INVESTIGATORS[0], deadlines.ListDeadlinesRequest(rule_id="collection.payment"))
    assert [one.in_time for one in clocks.clocks if one.subject_id == matter.id] == [True]


async def test_callbacks_that_come_twice_parts_and_a_surplus_that_is_paid_back(matter: Matter) -> None:
    await matter.behave(extra=2)
    await matter.scan(await matter.order(pb.ACCOUNT_FINE), FINE - 100_000)
    await matter.until(lambda one: one.differences, "少缴")
    await matter.scan(await matter.order(pb.ACCOUNT_FINE), 150_000)
    shown = await matter.until(lambda one: len(one.differences) == 2, "多缴")
    await matter.run.settled()
    assert [one.amount_fen for one in (await matter.shown()).payments] == [150_000, FINE - 100_000]
    over, under = shown.differences
    kinds = [pb.DIFFERENCE_KIND_OVERPAID, pb.DIFFERENCE_KIND_UNDERPAID]
    assert [over.difference.kind, under.difference.kind] == kinds

    decision = commands.ResolveDifferenceRequest(
        collection_id=matter.id,
        difference_id=over.difference.difference_id,
        resolution=pb.DIFFERENCE_RESOLUTION_REFUND,
        note="多扫一次",
    )
    await matter.act(FINANCE, decision)
    (refund,) = (await matter.until(lambda one: one.refunds, "退付")).refunds
    assert (refund.amount_fen, refund.state) == (50_000, pb.REFUND_STATE_PROPOSED)
    approval = commands.DecideRefundRequest(collection_id=matter.id, refund_id=refund.refund_id, approved=True)
    await matter.act(LUXIAN_DEPUTY, approval)
    done = await matter.until(lambda one: one.refunds[0].state == pb.REFUND_STATE_EXECUTED, "银行退付")
    assert amounts(done)[0] == (FINE, FINE, 0)
    await matter.act(FINANCE, commands.ConfirmRefundRequest(collection_id=matter.id, refund_id=refund.refund_id))
    assert (await matter.shown()).refunds[0].state == pb.REFUND_STATE_CONFIRMED


async def test_overdue_demanded_and_applied_for_at_the_court(matter: Matter) -> None:
    run = matter.run
    await run.at("2025-01-23 09:00")
    shown = await matter.until(lambda one: one.summary.stage == "逾期未缴", "逾期")
    assert (shown.accounts[2].owed_fen, shown.court_window_ends_on) == (90_000, "2025-10-09")
    assert (await matter.shown("2025-02-24")).accounts[2].owed_fen == FINE * 99 // 100
    assert (await matter.shown("2025-02-25")).accounts[2].owed_fen == FINE
    listed = await run.ask(INVESTIGATORS[0], commands.ListCollectionsRequest(overdue=True))
    assert matter.id in [one.collection_id for one in listed.collections]

    await run.at("2025-07-08 10:00")
    letter = await run.file(INVESTIGATORS[0], pdf("催告书", matter.case_id))
    await matter.act(LUXIAN_DEPUTY, demand(matter, letter))
    application = commands.ApplyToCourtRequest(
        collection_id=matter.id,
        court="泸县人民法院",
        materials=[pb.CourtMaterial(kind=kind, file=letter) for kind in pb.CourtMaterialKind.values()[1:]],
        sealed=True,
    )
    await run.at("2025-07-22 17:00")
    await matter.refused(LUXIAN_DEPUTY, application, "CALLER_NOT_ALLOWED")
    await matter.refused(LUXIAN_HEAD, application, "DEMAND_PERIOD_RUNNING")
    await run.at("2025-07-23 09:00")
    await matter.act(LUXIAN_HEAD, application)
    assert (await matter.shown()).summary.stage == "已申请法院强制执行"
    await run.settled()
    clocks = await run.ask(INVESTIGATORS[0], deadlines.ListDeadlinesRequest(subject_id=matter.id))
    due = {one.rule_id.partition(".")[2]: one.due_on for one in clocks.clocks}
    assert due == {
        "payment": "2025-01-22",
        "demand": "2025-07-22",
        "court_window": "2025-10-09",
        "court_acceptance": "2025-07-30",
    }
    titles = await run.ask(INVESTIGATORS[0], commands.GetCollectionTimelineRequest(id=matter.id))
    assert [one.title_zh for one in titles.entries] == [
        "罚没收缴立账",
        "决定书送达生效，确定缴纳期限",
        "逾期未缴纳",
        "确定申请法院强制执行的期限",
        "送达催告书",
        "申请人民法院强制执行",
    ]
    assert titles.entries[4].basis == "行政强制法 arts. 35, 38, 54"


async def test_a_court_that_does_not_take_it_is_overruled_and_the_decision_is_executed(matter: Matter) -> None:
    run = matter.run
    await run.at("2025-01-23 09:00")
    await matter.until(lambda one: one.summary.stage == "逾期未缴", "逾期")
    await run.at("2025-07-08 10:00")
    letter = await run.file(INVESTIGATORS[0], pdf("催告书", matter.case_id))
    await matter.act(LUXIAN_DEPUTY, demand(matter, letter))
    await run.at("2025-07-23 09:00")
    application = commands.ApplyToCourtRequest(
        collection_id=matter.id,
        court="泸县人民法院",
        materials=[pb.CourtMaterial(kind=kind, file=letter) for kind in pb.CourtMaterialKind.values()[1:]],
        sealed=True,
    )
    await matter.act(LUXIAN_HEAD, application)
    await run.at("2025-07-28 09:00")
    no = commands.RecordCourtAcceptanceRequest(collection_id=matter.id, reason="材料不全")
    await matter.act(INVESTIGATORS[0], no)
    objection = commands.RequestCourtReviewRequest(
        collection_id=matter.id, court="泸州市中级人民法院", reason="材料齐全", document=letter
    )
    await run.at("2025-08-12 17:00")
    await matter.refused(LUXIAN_DEPUTY, objection, "CALLER_NOT_ALLOWED")
    await matter.act(LUXIAN_HEAD, objection)
    assert (await matter.shown()).summary.stage == "已申请上一级法院复议"
    await run.at("2025-08-20 10:00")
    yes = commands.RecordCourtReviewRequest(collection_id=matter.id, overturned=True, document=letter)
    await matter.act(INVESTIGATORS[0], yes)
    await run.at("2025-08-25 10:00")
    ruling = commands.RecordCourtRulingRequest(collection_id=matter.id, granted=True, document=letter)
    await matter.act(INVESTIGATORS[0], ruling)
    assert (await matter.shown()).summary.stage == "法院准予执行"
    await run.settled()
    clocks = await run.ask(INVESTIGATORS[0], deadlines.ListDeadlinesRequest(subject_id=matter.id))
    found = [
        (one.rule_id.partition(".")[2], one.due_on, deadlines.Status.Name(one.status).removeprefix("STATUS_"))
        for one in clocks.clocks
    ]
    assert sorted(found) == [
        ("court_acceptance", "2025-07-30", "MET"),
        ("court_review_acceptance", "2025-08-27", "MET"),
        ("court_review_request", "2025-08-12", "MET"),
        ("court_ruling", "2025-08-29", "MET"),
        ("court_window", "2025-10-09", "MET"),
        ("court_window", "2025-10-09", "MET"),
        ("demand", "2025-07-22", "MISSED"),
        ("payment", "2025-01-22", "MISSED"),
    ]


async def test_officers_collect_a_fine_where_nobody_reaches_a_bank(matter: Matter) -> None:
    run = matter.run
    await run.at("2025-01-10 10:00")
    letter = await run.file(INVESTIGATORS[0], pdf("当事人申请", matter.case_id))
    collecting = commands.CollectOnSiteRequest(
        collection_id=matter.id,
        amount_fen=FINE,
        ground=pb.ON_SITE_GROUND_WATER,
        circumstances="渡口无银行网点，无移动信号",
        party_asks=True,
        receipt_number=f"川财票{matter.case_id[-8:]}",
        officer_ids=run.ids(*INVESTIGATORS),
        document=letter,
    )
    await matter.refused(FINANCE, collecting, "CALLER_NOT_ALLOWED")
    await matter.act(INVESTIGATORS[0], collecting)
    shown = await matter.until(lambda one: one.on_site, "当场收缴")
    assert amounts(shown)[0] == (FINE, FINE, 0)
    (held,) = shown.on_site
    ashore = commands.RecordOnSiteLandingRequest(collection_id=matter.id, on_site_id=held.on_site_id)
    await matter.act(INVESTIGATORS[0], ashore)
    await run.at("2025-01-13 10:00")
    handing = commands.HandInOnSiteRequest(
        collection_id=matter.id,
        on_site_id=held.on_site_id,
        amount_fen=FINE,
        receiver_id=run.officer_id(LUXIAN_CHIEF),
    )
    await matter.act(INVESTIGATORS[0], handing)
    banking = commands.BankOnSiteRequest(
        collection_id=matter.id, on_site_id=held.on_site_id, amount_fen=FINE, transaction_id=f"D-{matter.case_id}"
    )
    await matter.act(FINANCE, banking)
    await matter.scan(await matter.order(pb.ACCOUNT_CONFISCATION))
    await matter.until(lambda one: one.summary.stage == "已履行", "履行完毕")
    await run.settled()
    await matter.act(
        LUXIAN_DEPUTY,
        cases.CloseCaseRequest(case_id=matter.case_id, ground=case_events.CLOSING_GROUND_PERFORMED),
    )
    clocks = await run.ask(INVESTIGATORS[0], deadlines.ListDeadlinesRequest(subject_id=matter.id))
    due = {one.rule_id.partition(".")[2]: (one.due_on, one.in_time) for one in clocks.clocks}
    assert due == {
        "payment": ("2025-01-22", True),
        "on_site_hand_in": ("2025-01-14", True),
        "on_site_bank": ("2025-01-15", True),
    }


async def test_the_banks_file_shows_the_callback_that_was_lost(matter: Matter) -> None:
    await matter.run.at("2025-01-15 10:00")
    order = await matter.order(pb.ACCOUNT_FINE)
    await matter.behave(hold=True)
    transaction = await matter.scan(order)
    await matter.bank.CloseDay(bank.CloseDayRequest(authority_id=LUXIAN, day_on="2025-01-15"), timeout=5)
    reconcile = commands.ReconcileDayRequest(day_on="2025-01-15")
    await matter.refused(FINANCE, reconcile, "DAY_NOT_OVER")
    await matter.run.at("2025-01-16 09:00")
    await matter.refused(FINANCE, commands.ReconcileDayRequest(day_on="2025-01-14"), "STATEMENT_MISSING")
    reconciliation_id = (await matter.act(FINANCE, reconcile)).id
    open_ones = commands.ListReconciliationsRequest(open=True)
    (listed,) = (await matter.run.ask(FINANCE, open_ones)).reconciliations
    assert [(one.mismatch.kind, one.mismatch.transaction_id) for one in listed.mismatches] == [
        (pb.MISMATCH_KIND_MISSING_IN_LEDGER, transaction)
    ]
    assert (listed.bank_fen, listed.ledger_fen) == (FINE, 0)

    await matter.behave()
    await matter.paid(1)
    await matter.act(FINANCE, commands.RepeatReconciliationRequest(reconciliation_id=reconciliation_id))
    assert list((await matter.run.ask(FINANCE, open_ones)).reconciliations) == []
    assert (await matter.shown()).payments[0].paid_on == "2025-01-15"
    await matter.refused(FINANCE, commands.ReconcileDayRequest(day_on="2025-01-15"), "DAY_RECONCILED_BEFORE")


async def test_bank_and_node_are_killed_between_order_and_callback(matter: Matter) -> None:
    cluster = matter.cluster
    await cluster.bank.kill()
    request = commands.OpenPaymentOrderRequest(collection_id=matter.id, account=pb.ACCOUNT_FINE)
    await matter.act(INVESTIGATORS[0], request)
    assert (await matter.shown()).orders[0].state == "待银行受理"
    await cluster.bank.start()
    order = await matter.placed()

    await matter.behave(hold=True)
    await matter.scan(order)
    await cluster.kill(LUXIAN)
    await matter.behave()
    await cluster.start(LUXIAN)
    shown = await matter.paid(1)
    assert [one.amount_fen for one in shown.payments] == [FINE]

    order = await matter.order(pb.ACCOUNT_CONFISCATION)
    await matter.behave(hold=True)
    await matter.scan(order)
    await cluster.bank.kill()
    await cluster.bank.start()
    shown = await matter.until(lambda one: one.summary.stage == "已履行", "履行完毕")
    assert [one.amount_fen for one in shown.payments] == [INCOME, FINE]
    assert list(shown.differences) == []
    assert await contradictions(cluster) == []


async def test_twenty_callbacks_at_once_are_one_payment_and_only_the_banks_issuer_makes_them(matter: Matter) -> None:
    order = await matter.order(pb.ACCOUNT_FINE)
    request = commands.RecordPaymentRequest(
        collection_id=matter.id,
        occurred_at=to_timestamp(matter.run.now),
        transaction_id=f"P-{order.order_id}",
        order_id=order.order_id,
        amount_fen=FINE,
    )
    folder = matter.cluster.bank.folder
    by_bank = _key(folder / "issuer.key")
    by_officers = _key(matter.cluster.layout.pki.issuer_key_file)
    async with matter.cluster.channel(LUXIAN) as channel:
        stub: Any = service_pb2_grpc.CollectionServiceStub(channel)

        async def call(key: Any, key_id: str) -> Any:
            token = issue_token(key, key_id, subject="bank", authority_id=LUXIAN, collector=True)
            said = commands.RecordPaymentRequest()
            said.CopyFrom(request)
            said.command_id = str(uuid7())
            return await stub.RecordPayment(said, timeout=20, metadata=(("authorization", f"Bearer {token}"),))

        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(by_officers, ISSUER_KEY_ID)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        answers = await asyncio.gather(*(call(by_bank, KEY_ID) for _ in range(20)))
    assert {answer.id for answer in answers} == {matter.id}
    shown = await matter.paid(1)
    assert ([one.amount_fen for one in shown.payments], list(shown.differences)) == ([FINE], [])


async def test_a_fine_in_two_instalments_of_which_the_second_is_missed(matter: Matter) -> None:
    run = matter.run
    await run.at("2025-01-10 10:00")
    letter = await run.file(INVESTIGATORS[0], pdf("分期申请", matter.case_id))
    request = commands.RequestInstalmentsRequest(collection_id=matter.id, reason="经营困难", document=letter)
    await matter.act(INVESTIGATORS[0], request)
    decision = commands.DecideInstalmentsRequest(
        collection_id=matter.id,
        approved=True,
        instalments=[
            pb.Instalment(amount_fen=1_000_000, due_on="2025-02-01"),
            pb.Instalment(amount_fen=2_000_000, due_on="2025-03-01"),
        ],
        document=await run.file(INVESTIGATORS[0], pdf("分期缴纳罚款通知书", matter.case_id)),
        way=case_events.SERVICE_WAY_DIRECT,
    )
    await matter.refused(INVESTIGATORS[0], decision, "CALLER_NOT_ALLOWED")
    await matter.refused(LUXIAN_DEPUTY, decision, "PROOF_NEEDED")
    decision.proof.CopyFrom(await run.file(INVESTIGATORS[0], pdf("送达回证", "分期缴纳罚款通知书")))
    await matter.act(LUXIAN_DEPUTY, decision)
    dues = [(one.number, one.due_on, one.open_fen) for one in (await matter.shown()).dues]
    assert dues == [(1, "2025-02-05", 1_000_000), (2, "2025-03-03", 2_000_000)]  # 02-01 and 03-01 are Saturdays

    await matter.scan(await matter.order(pb.ACCOUNT_FINE, 1_000_000))
    await matter.scan(await matter.order(pb.ACCOUNT_CONFISCATION))
    await matter.paid(2)
    await run.at("2025-03-06 09:00")
    shown = await matter.until(lambda one: one.summary.stage == "逾期未缴", "第二期逾期")
    assert amounts(shown)[2] == (180_000, 0, 180_000)
    assert shown.court_window_ends_on == "2025-10-09"  # the time for a suit ends after the instalments
    await run.settled()
    clocks = await run.ask(INVESTIGATORS[0], deadlines.ListDeadlinesRequest(subject_id=matter.id))
    states = {(one.rule_id, one.due_on): deadlines.Status.Name(one.status) for one in clocks.clocks}
    assert states == {
        ("collection.payment", "2025-01-22"): "STATUS_MET",
        ("collection.instalment", "2025-02-05"): "STATUS_MET",
        ("collection.instalment", "2025-03-03"): "STATUS_MISSED",
        ("collection.court_window", "2025-10-09"): "STATUS_RUNNING",
    }


async def test_a_road_is_cleared_by_another_at_the_partys_cost(matter: Matter) -> None:
    run = matter.run
    await run.at("2025-03-03 10:00")
    power = "公路安全保护条例 art. 67"
    sheet = await run.file(INVESTIGATORS[0], pdf("催告书", matter.case_id))
    proof = await run.file(INVESTIGATORS[0], pdf("送达回证", matter.case_id))
    served: dict[str, Any] = {"way": case_events.SERVICE_WAY_DIRECT, "proof": proof}
    demand = commands.DemandDutyRequest(
        case_id=matter.case_id,
        duty="清除堆放的砂石",
        law_basis=power,
        perform_by_on="2025-03-10",
        document=sheet,
        **served,
    )
    execution_id = (await matter.act(LUXIAN_DEPUTY, demand)).id
    decision = commands.DecideExecutionRequest(
        execution_id=execution_id,
        kind=pb.EXECUTION_KIND_SUBSTITUTE,
        law_basis=power,
        reasons="逾期不履行，危害交通安全",
        manner="机械清运",
        cost_estimate_fen=300_000,
        performer="某养护公司",
        document=sheet,
    )
    await matter.refused(LUXIAN_DEPUTY, decision, "DUTY_PERIOD_RUNNING")
    await run.at("2025-03-11 09:00")
    await matter.act(LUXIAN_DEPUTY, decision)
    once_more = commands.DemandBeforeSubstituteRequest(execution_id=execution_id, document=sheet, **served)
    await matter.act(INVESTIGATORS[0], once_more)
    start = commands.StartExecutionRequest(execution_id=execution_id, officer_ids=run.ids(*INVESTIGATORS))
    await matter.refused(INVESTIGATORS[0], start, "DECISION_NOT_SERVED")
    await matter.act(INVESTIGATORS[0], commands.ServeExecutionDecisionRequest(execution_id=execution_id, **served))
    await run.at("2025-03-14 10:00")
    await matter.refused(INVESTIGATORS[0], start, "SUBSTITUTE_DEMAND_RUNNING")
    await run.at("2025-03-16 10:00")
    await matter.refused(INVESTIGATORS[0], start, "NIGHT_OR_HOLIDAY")
    await run.at("2025-03-17 09:00")
    await matter.act(INVESTIGATORS[0], start)
    done = commands.CompleteExecutionRequest(
        execution_id=execution_id, cost_fen=280_000, signers=["执法人员", "养护公司", "见证人"]
    )
    await matter.act(INVESTIGATORS[0], done)
    listed = await run.ask(INVESTIGATORS[0], commands.ListExecutionsRequest(case_id=matter.case_id))
    assert [(one.stage, one.ground, one.cost_fen) for one in listed.executions] == [
        ("已结束", pb.END_GROUND_COMPLETED, 280_000)
    ]
    charge = commands.ChargeSubstituteCostRequest(execution_id=execution_id, cost_fen=280_001, document=sheet, **served)
    await matter.refused(LUXIAN_DEPUTY, charge, "COST_TOO_HIGH")
    charge.cost_fen = 280_000
    await matter.act(LUXIAN_DEPUTY, charge)
    of_cost = commands.GetCollectionRequest(execution_id=execution_id)
    owed = await run.until(INVESTIGATORS[0], of_cost, lambda one: one.collection.summary.due_on, "代履行费用")
    assert (owed.collection.summary.open_fen, owed.collection.summary.due_on) == (280_000, "2025-04-01")
    order = commands.OpenPaymentOrderRequest(
        collection_id=owed.collection.summary.collection_id, account=pb.ACCOUNT_SUBSTITUTE_COST
    )
    await matter.act(INVESTIGATORS[0], order)
    placed = await run.until(
        INVESTIGATORS[0], of_cost, lambda one: one.collection.orders and one.collection.orders[0].qr_payload, "缴款码"
    )
    await matter.scan(placed.collection.orders[0])
    await run.until(INVESTIGATORS[0], of_cost, lambda one: one.collection.summary.stage == "已履行", "缴清代履行费用")
    assert (await matter.shown()).summary.open_fen == FINE + INCOME


async def test_what_the_bank_takes_back_was_never_paid_and_the_day_s_file_agrees(matter: Matter) -> None:
    run = matter.run
    await run.at("2025-01-15 10:00")
    paid = await matter.scan(await matter.order(pb.ACCOUNT_FINE))
    await matter.scan(await matter.order(pb.ACCOUNT_CONFISCATION))
    await matter.until(lambda one: one.summary.stage == "已履行", "履行完毕")
    await run.at("2025-01-27 10:00")
    await matter.behave(extra=2)
    await matter.bank.Reverse(bank.ReverseRequest(transaction_id=paid), timeout=5)
    await matter.bank.Reverse(bank.ReverseRequest(transaction_id=paid), timeout=5)
    shown = await matter.until(lambda one: one.summary.stage == "逾期未缴", "冲正")
    await run.settled()
    assert amounts(shown) == [(FINE, 0, FINE), (INCOME, INCOME, 0), (150_000 * 3, 0, 150_000 * 3)]
    assert [(one.amount_fen, one.reversed_on) for one in shown.payments] == [(INCOME, ""), (FINE, "2025-01-27")]
    assert [one.difference.kind for one in (await matter.shown()).differences] == [pb.DIFFERENCE_KIND_REVERSED]
    closing = cases.CloseCaseRequest(case_id=matter.case_id, ground=case_events.CLOSING_GROUND_PERFORMED)
    await matter.refused(LUXIAN_DEPUTY, closing, "NOT_PERFORMED")
    await matter.bank.CloseDay(bank.CloseDayRequest(authority_id=LUXIAN, day_on="2025-01-27"), timeout=5)
    await run.at("2025-01-28 09:00")
    await matter.act(FINANCE, commands.ReconcileDayRequest(day_on="2025-01-27"))
    open_ones = await run.ask(FINANCE, commands.ListReconciliationsRequest(open=True))
    assert list(open_ones.reconciliations) == []


async def test_a_seized_vehicle_is_auctioned_and_what_is_left_goes_back_to_the_party(matter: Matter) -> None:
    run = matter.run
    matter.measure_id = run.id("measure")
    await matter.decided(case_events.Penalty(kind=case_events.PENALTY_KIND_FINE, amount_fen=FINE))
    await run.at("2025-01-23 09:00")
    await matter.until(lambda one: one.summary.stage == "逾期未缴", "逾期")
    await run.at("2025-07-08 10:00")
    letter = await run.file(INVESTIGATORS[0], pdf("催告书", matter.case_id))
    await matter.act(LUXIAN_DEPUTY, demand(matter, letter))
    decision = commands.DecideAuctionRequest(
        collection_id=matter.id,
        measure_id=matter.measure_id,
        reasons="经催告仍不缴纳",
        document=await run.file(INVESTIGATORS[0], pdf("行政强制执行决定书", matter.case_id)),
        way=case_events.SERVICE_WAY_DIRECT,
        proof=await run.file(INVESTIGATORS[0], pdf("送达回证", "行政强制执行决定书")),
    )
    await run.at("2025-07-22 10:00")
    await matter.refused(LUXIAN_DEPUTY, decision, "DEMAND_PERIOD_RUNNING")
    await run.at("2025-07-23 10:00")
    await matter.refused(FINANCE, decision, "CALLER_NOT_ALLOWED")
    await matter.act(LUXIAN_DEPUTY, decision)
    auction_id = (await matter.shown()).auctions[0].auction_id
    order = commands.CommissionAuctionRequest(
        collection_id=matter.id, auction_id=auction_id, auctioneer="某拍卖有限公司", reserve_fen=6_000_000
    )
    await matter.act(LUXIAN_DEPUTY, order)
    await run.at("2025-08-20 10:00")
    result = commands.RecordAuctionResultRequest(
        collection_id=matter.id, auction_id=auction_id, sold=True, price_fen=7_000_000, cost_fen=210_000
    )
    await matter.act(FINANCE, result)
    case = await run.until(
        INVESTIGATORS[0],
        cases.GetCaseRequest(case_id=matter.case_id),
        lambda one: one.case.measures[0].state == "已结束",
        "扣押终结",
    )
    assert case.case.measures[0].measure_id == matter.measure_id
    await run.at("2025-08-25 10:00")
    price = bank.PayRequest(amount_fen=7_000_000, authority_id=LUXIAN, collection_id=matter.id, auction_id=auction_id)
    await matter.bank.Pay(price, timeout=5)
    shown = await matter.until(lambda one: one.summary.stage == "已履行", "拍卖价款")
    assert amounts(shown) == [(FINE, FINE, 0), (0, 0, 0), (FINE, FINE, 0), (0, 790_000, 0)]
    (sold,) = shown.auctions
    assert (sold.state, sold.remainder_fen) == ("价款已到账", 790_000)
    assert list(shown.refunds) == []
    back = commands.ProposeRefundRequest(
        collection_id=matter.id, account=pb.ACCOUNT_AUCTION_REMAINDER, amount_fen=790_000, reason="退还拍卖余款"
    )
    await matter.act(FINANCE, back)
    refund = (await matter.shown()).refunds[0]
    await matter.act(
        LUXIAN_DEPUTY,
        commands.DecideRefundRequest(collection_id=matter.id, refund_id=refund.refund_id, approved=True),
    )
    await matter.until(lambda one: one.refunds[0].state == pb.REFUND_STATE_EXECUTED, "退还余款")
    await run.settled()
    clocks = await run.ask(INVESTIGATORS[0], deadlines.ListDeadlinesRequest(rule_id="collection.auction_remainder"))
    assert [one.in_time for one in clocks.clocks if one.subject_id == matter.id] == [True]


def _key(file: Path) -> Any:
    return serialization.load_pem_private_key(file.read_bytes(), password=None)
