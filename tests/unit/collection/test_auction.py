"""Seized property is auctioned to set off the fine, when the law lets an authority without power of execution do so."""

from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as events
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from hypothesis import given as always
from hypothesis import strategies as st

from services.collection.model import AuctionState, Refusal, Stage, collection
from services.collection.model.auction import Seized
from services.kernel.delivery import Refusal as Service
from services.kernel.errors import KernelRefusal
from tests.support.decider import LEADER, POLICY, given, on, uid
from tests.unit.collection import acts
from tests.unit.collection.acts import BY_BANK, CASE, COLLECTION, FINE
from tests.unit.collection.test_clocks import at, clocks

MEASURE = uid("measure")
SEIZED = Seized(frozenset({MEASURE}))
BY_LEADER: dict[str, Any] = {"actor": LEADER, "found": SEIZED}
DECIDE = commands.DecideAuctionRequest(
    collection_id=COLLECTION,
    measure_id=MEASURE,
    reasons="当事人逾期不申请复议、不起诉，经催告仍不缴纳",
    document=acts.file("行政强制执行决定书"),
    **acts.HANDED,
)
AUCTION = acts.made(DECIDE, "auction")
DECIDED_AT = "2025-06-18 10:00"
DECIDED = pb.AuctionDecided(
    collection_id=COLLECTION,
    case_id=CASE,
    auction_id=AUCTION,
    measure_id=MEASURE,
    reasons=DECIDE.reasons,
    fine_fen=FINE,
    surcharge_fen=FINE,
    document=DECIDE.document,
    effective_on="2025-06-18",
    **acts.HANDED,
)
COMMISSION = commands.CommissionAuctionRequest(
    collection_id=COLLECTION, auction_id=AUCTION, auctioneer="某拍卖有限公司", reserve_fen=1_500_000
)
COMMISSIONED = pb.AuctionCommissioned(
    collection_id=COLLECTION, auction_id=AUCTION, auctioneer="某拍卖有限公司", reserve_fen=1_500_000
)
SELL = commands.RecordAuctionResultRequest(
    collection_id=COLLECTION, auction_id=AUCTION, sold=True, price_fen=2_500_001, cost_fen=75_000
)
SOLD = pb.AuctionSold(
    collection_id=COLLECTION,
    case_id=CASE,
    auction_id=AUCTION,
    measure_id=MEASURE,
    price_fen=2_500_001,
    cost_fen=75_000,
    sold_on="2025-07-10",
)
PROCEEDS = commands.RecordAuctionProceedsRequest(
    collection_id=COLLECTION, auction_id=AUCTION, transaction_id="A1", amount_fen=2_500_001
)
RECEIVED = pb.AuctionProceedsReceived(
    collection_id=COLLECTION,
    case_id=CASE,
    auction_id=AUCTION,
    transaction_id="A1",
    amount_fen=2_500_001,
    received_on="2025-07-15",
    cost_fen=75_000,
    fine_fen=FINE,
    surcharge_fen=FINE,
    remainder_fen=425_001,
)
ONLY_FINE_DEMANDED = (
    *acts.ONLY_FINE_SERVED,
    on("2024-11-28 00:00", acts.changed(acts.OVERDUE, open_fen=FINE)),
    on("2024-11-28 00:00", acts.WINDOW),
    on(acts.DEMANDED_AT, acts.changed(acts.DEMANDED, confiscation_fen=0)),
)
RUNNING = (*ONLY_FINE_DEMANDED, on(DECIDED_AT, DECIDED), on("2025-06-20 09:00", COMMISSIONED))
AFTER_SALE = (*RUNNING, on("2025-07-10 11:00", SOLD))


def test_a_leader_decides_when_the_time_for_remedies_and_the_demand_are_over():
    given(collection, *ONLY_FINE_DEMANDED).when(DECIDE, at=DECIDED_AT, **BY_LEADER).then(DECIDED)


def test_the_decision_is_served_with_its_proof_before_anything_is_sold():
    for bare, refusal in (
        ({"document": None}, Service.SERVED_DOCUMENT_NEEDED),
        ({"way": 0}, Service.SERVICE_WAY_NEEDED),
        ({"proof": None}, Service.PROOF_NEEDED),
    ):
        command = acts.changed(DECIDE, **bare)
        given(collection, *ONLY_FINE_DEMANDED).when(command, at=DECIDED_AT, **BY_LEADER).refused(refusal)
    later = on(DECIDED_AT, acts.changed(DECIDED, effective_on="2025-07-18"))
    early = given(collection, *ONLY_FINE_DEMANDED, later)
    early.when(COMMISSION, at="2025-07-17 09:00", **BY_LEADER).refused(Refusal.DECISION_NOT_SERVED)
    early.when(COMMISSION, at="2025-07-18 09:00", **BY_LEADER).then(COMMISSIONED)
    notice = acts.changed(DECIDED, effective_on="2025-07-18", way=events.SERVICE_WAY_PUBLIC_NOTICE)
    put_up = given(collection, *ONLY_FINE_DEMANDED, on(DECIDED_AT, notice))
    put_up.when(COMMISSION, at="2025-07-18 09:00", **BY_LEADER).refused(Refusal.DECISION_NOT_SERVED)
    put_up.when(COMMISSION, at="2025-07-19 09:00", **BY_LEADER).then(COMMISSIONED)


@pytest.mark.parametrize(
    ("history", "when", "found", "refusal"),
    [
        (acts.LATE, DECIDED_AT, SEIZED, Refusal.NOT_DEMANDED),
        (ONLY_FINE_DEMANDED, "2025-06-17 10:00", SEIZED, Refusal.DEMAND_PERIOD_RUNNING),
        (
            (*acts.LATE, on("2025-01-02 10:00", acts.changed(acts.DEMANDED, served_on="2025-01-02"))),
            "2025-05-12 10:00",
            SEIZED,
            Refusal.SUIT_PERIOD_RUNNING,
        ),
        (
            (
                *ONLY_FINE_DEMANDED,
                pb.RemedyBeginNoted(
                    collection_id=COLLECTION, remedy_id="r", kind=pb.REMEDY_KIND_LITIGATION, started_on="2025-05-06"
                ),
            ),
            DECIDED_AT,
            SEIZED,
            Refusal.REMEDY_PENDING,
        ),
        (
            (
                *ONLY_FINE_DEMANDED,
                pb.RemedyBeginNoted(
                    collection_id=COLLECTION, remedy_id="r", kind=pb.REMEDY_KIND_LITIGATION, started_on="2025-05-06"
                ),
                pb.RemedyEndNoted(collection_id=COLLECTION, remedy_id="r", ended_on="2025-06-06"),
            ),
            DECIDED_AT,
            SEIZED,
            Refusal.REMEDY_SOUGHT,
        ),
        (
            (
                *ONLY_FINE_DEMANDED,
                pb.ExecutionSuspended(collection_id=COLLECTION, ground=pb.SUSPENSION_GROUND_THIRD_PARTY_CLAIM),
            ),
            DECIDED_AT,
            SEIZED,
            Refusal.SUSPENDED,
        ),
        (
            (*ONLY_FINE_DEMANDED, pb.AgreementConcluded(collection_id=COLLECTION, terms="分期")),
            DECIDED_AT,
            SEIZED,
            Refusal.AGREEMENT_IN_FORCE,
        ),
        (
            (*ONLY_FINE_DEMANDED, pb.DemandStatementRecorded(collection_id=COLLECTION, content="车辆系租赁")),
            DECIDED_AT,
            SEIZED,
            Refusal.STATEMENT_NOT_REVIEWED,
        ),
        (ONLY_FINE_DEMANDED, DECIDED_AT, Seized(), Refusal.NOT_SEIZED),
        ((*ONLY_FINE_DEMANDED, on(DECIDED_AT, DECIDED)), DECIDED_AT, SEIZED, Refusal.AUCTION_RUNNING),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_nothing_is_auctioned_before_every_condition_holds(history, when, found, refusal):
    given(collection, *history).when(DECIDE, at=when, actor=LEADER, found=found).refused(refusal)


def test_instalments_that_still_run_come_first():
    """The first of two is late and demanded, the second not due yet."""
    history = (
        *acts.IN_PARTS,
        on("2024-12-21 00:00", acts.changed(acts.OVERDUE, due_on="2024-12-20", open_fen=400_000)),
        on("2024-12-23 10:00", acts.DEMANDED),
    )
    command = given(collection, *history).when(DECIDE, at="2025-01-15 10:00", **BY_LEADER)
    command.refused(Refusal.INSTALMENTS_RUNNING, until="2025-01-20")


def test_an_auction_body_is_commissioned_while_the_conditions_hold_and_again_when_nobody_bought():
    decided = (*ONLY_FINE_DEMANDED, on(DECIDED_AT, DECIDED))
    given(collection, *decided).when(COMMISSION, at="2025-06-20 09:00", **BY_LEADER).then(COMMISSIONED)
    given(collection, *decided).when(COMMISSION, at="2025-06-20 09:00", actor=LEADER, found=Seized()).refused(
        Refusal.NOT_SEIZED
    )
    nobody = acts.changed(SELL, sold=False, price_fen=0, cost_fen=0, reason="无人应价")
    failed = pb.AuctionFailed(collection_id=COLLECTION, auction_id=AUCTION, reason="无人应价")
    given(collection, *RUNNING).when(nobody, at="2025-07-10 11:00", found=SEIZED).then(failed)
    again = (*RUNNING, on("2025-07-10 11:00", failed))
    given(collection, *again).when(COMMISSION, at="2025-07-20 09:00", **BY_LEADER).then(COMMISSIONED)
    given(collection, *RUNNING).when(COMMISSION, at="2025-07-20 09:00", **BY_LEADER).refused(
        Refusal.AUCTION_WRONG_STATE, state="已委托"
    )


def test_what_is_sold_is_sold_for_the_reserve_at_least():
    given(collection, *RUNNING).when(SELL, at="2025-07-10 11:00", found=SEIZED).then(SOLD)
    low = acts.changed(SELL, price_fen=1_499_999)
    given(collection, *RUNNING).when(low, found=SEIZED).refused(Refusal.BELOW_RESERVE)
    given(collection, *RUNNING).when(SELL, found=Seized()).refused(Refusal.NOT_SEIZED)


def test_the_price_pays_cost_fine_and_surcharge_and_the_rest_is_the_partys():
    state = (
        given(collection, *AFTER_SALE)
        .when(PROCEEDS, at="2025-07-15 10:00", **BY_BANK)
        .then(RECEIVED, acts.performed("2025-07-15", confiscation=0, surcharge=FINE))
    )
    today = acts.day("2025-07-15")
    assert (state.stage, state.auctions[AUCTION].state) == (Stage.PERFORMED, AuctionState.RECEIVED)
    assert state.refundable(pb.ACCOUNT_AUCTION_REMAINDER, today) == 425_001
    assert state.refunds == {}
    given(collection, *AFTER_SALE, on("2025-07-15 10:00", RECEIVED)).when(
        PROCEEDS, at="2025-07-15 10:00", **BY_BANK
    ).then()


def test_a_price_that_is_too_low_leaves_the_rest_due():
    poor = acts.changed(PROCEEDS, amount_fen=1_500_000)
    outcome = given(collection, *AFTER_SALE).when(poor, at="2025-07-15 10:00", **BY_BANK)
    got = acts.said(outcome)
    assert (got.cost_fen, got.fine_fen, got.surcharge_fen, got.remainder_fen) == (75_000, FINE, 425_000, 0)
    left = outcome.state.money.open(pb.ACCOUNT_SURCHARGE, acts.day("2025-07-15"))
    assert (outcome.state.stage, left) == (Stage.DEMANDED, FINE - 425_000)


@always(st.integers(1, 5_000_000), st.integers(0, 500_000), st.integers(0, FINE))
def test_every_fen_of_the_price_is_in_one_of_four_parts(amount, cost, paid_before):
    paid = [on("2025-07-01 10:00", acts.paid(paid_before, "2025-07-01", order=""))] if paid_before else []
    sold = on("2025-07-10 11:00", acts.changed(SOLD, cost_fen=cost))
    history = (*RUNNING, sold, *paid)
    command = acts.changed(PROCEEDS, amount_fen=amount)
    got = acts.said(given(collection, *history).when(command, at="2025-07-15 10:00", **BY_BANK))
    assert got.cost_fen + got.fine_fen + got.surcharge_fen + got.remainder_fen == amount
    assert got.cost_fen == min(cost, amount)
    assert got.fine_fen == min(amount - got.cost_fen, FINE - paid_before)
    assert got.remainder_fen == 0 or got.surcharge_fen == FINE


def test_a_party_that_pays_everything_keeps_its_property():
    history = (*RUNNING, on("2025-06-25 10:00", acts.paid(FINE, "2025-06-25", order="")))
    command = acts.changed(acts.PAY, transaction_id="T2", order_id="", account=pb.ACCOUNT_SURCHARGE, amount_fen=FINE)
    outcome = given(collection, *history).when(command, at="2025-06-26 10:00", **BY_BANK)
    cancelled = pb.AuctionCancelled(collection_id=COLLECTION, auction_id=AUCTION, reason="当事人已履行")
    assert cancelled in outcome.events
    assert outcome.state.auctions[AUCTION].state is AuctionState.CANCELLED


def test_what_was_sold_before_the_party_paid_stays_sold():
    history = (*AFTER_SALE, on("2025-07-11 10:00", acts.paid(FINE, "2025-07-11", order="")))
    surcharge = acts.changed(acts.PAY, transaction_id="T2", order_id="", account=pb.ACCOUNT_SURCHARGE)
    outcome = given(collection, *history).when(surcharge, at="2025-07-12 10:00", **BY_BANK)
    assert outcome.state.stage is Stage.PERFORMED
    assert outcome.state.auctions[AUCTION].state is AuctionState.SOLD
    after = (*history, *(on("2025-07-12 10:00", event) for event in outcome.events))
    got = acts.said(given(collection, *after).when(PROCEEDS, at="2025-07-15 10:00", **BY_BANK))
    assert (got.fine_fen, got.surcharge_fen, got.remainder_fen) == (0, 0, 2_500_001 - 75_000)


def test_a_leader_may_cancel_before_the_sale_and_a_revoked_decision_does():
    command = commands.CancelAuctionRequest(collection_id=COLLECTION, auction_id=AUCTION, reason="第三人主张权利")
    cancelled = pb.AuctionCancelled(collection_id=COLLECTION, auction_id=AUCTION, reason="第三人主张权利")
    given(collection, *RUNNING).when(command, actor=LEADER).then(cancelled)
    given(collection, *AFTER_SALE).when(command, actor=LEADER).refused(Refusal.AUCTION_WRONG_STATE, state="已成交")
    revoke = commands.NoteDecisionChangedRequest(collection_id=COLLECTION, revoked=True)
    revoked = given(collection, *RUNNING).when(revoke, actor=POLICY)
    assert isinstance(revoked.events[-1], pb.AuctionCancelled)


def test_the_partys_rest_is_paid_back_by_a_persons_decision_within_its_days():
    history = (*AFTER_SALE, on("2025-07-15 10:00", RECEIVED))
    propose = commands.ProposeRefundRequest(
        collection_id=COLLECTION, account=pb.ACCOUNT_AUCTION_REMAINDER, amount_fen=425_001, reason="退还拍卖余款"
    )
    outcome = given(collection, *history).when(propose, at="2025-07-16 10:00", **acts.BY_FINANCE)
    assert acts.said(outcome).amount_fen == 425_001
    refunded = pb.RefundExecuted(
        collection_id=COLLECTION, account=pb.ACCOUNT_AUCTION_REMAINDER, amount_fen=425_001, executed_on="2025-07-20"
    )
    found = clocks(at("2025-07-15 10:00", RECEIVED), at("2025-07-20 10:00", refunded))["auction_remainder"]
    assert [clock.status for clock in found] == ["MET"]
    part = acts.changed(refunded, remainder_left_fen=1)
    found = clocks(at("2025-07-15 10:00", RECEIVED), at("2025-07-20 10:00", part))["auction_remainder"]
    assert [clock.status for clock in found] == ["RUNNING"]
    assert "auction_remainder" not in clocks(at("2025-07-15 10:00", acts.changed(RECEIVED, remainder_fen=0)))


def test_a_refund_of_a_part_leaves_the_rest_the_partys():
    history = (*AFTER_SALE, on("2025-07-15 10:00", RECEIVED))
    for amount, left in ((400_000, 25_001), (425_001, 0)):
        refund: dict[str, Any] = {
            "refund_id": uid("refund"),
            "account": pb.ACCOUNT_AUCTION_REMAINDER,
            "amount_fen": amount,
        }
        steps = (pb.RefundProposed(collection_id=COLLECTION, **refund), pb.RefundApproved(**refund))
        command = commands.RecordRefundRequest(
            collection_id=COLLECTION, refund_id=uid("refund"), transaction_id="R1", amount_fen=amount
        )
        outcome = given(collection, *history, *steps).when(command, at="2025-07-20 10:00", **BY_BANK)
        assert acts.said(outcome).remainder_left_fen == left


CANCELLED = pb.AuctionCancelled(collection_id=COLLECTION, auction_id=AUCTION, reason="当事人已履行")


def test_a_hammer_that_fell_before_the_auction_was_cancelled_has_sold():
    history = (*RUNNING, on("2025-07-10 12:00", CANCELLED))
    sale: dict[str, Any] = {"at": "2025-07-10 11:00", "now": "2025-07-10 15:00", "found": SEIZED}
    given(collection, *history).when(SELL, **sale).then(SOLD)
    given(collection, *history).when(SELL, at="2025-07-10 13:00", found=SEIZED).refused(Refusal.AUCTION_WRONG_STATE)
    nobody = acts.changed(SELL, sold=False, price_fen=0, cost_fen=0, reason="无人应价")
    given(collection, *history).when(nobody, **sale).refused(Refusal.AUCTION_WRONG_STATE)
    undecided = (*ONLY_FINE_DEMANDED, on(DECIDED_AT, DECIDED), on("2025-07-10 12:00", CANCELLED))
    given(collection, *undecided).when(SELL, **sale).refused(Refusal.AUCTION_WRONG_STATE)


@pytest.mark.parametrize(
    "history", [RUNNING, (*RUNNING, on("2025-07-10 12:00", CANCELLED))], ids=["at it", "cancelled"]
)
def test_a_price_that_comes_before_the_result_is_told_again_and_not_lost(history):
    given(collection, *history).when(PROCEEDS, at="2025-07-15 10:00", **BY_BANK).refused(KernelRefusal.UNAVAILABLE)
    never = (*ONLY_FINE_DEMANDED, on(DECIDED_AT, DECIDED))
    given(collection, *never).when(PROCEEDS, at="2025-07-15 10:00", **BY_BANK).refused(Refusal.AUCTION_WRONG_STATE)


def test_more_than_the_price_is_a_difference_for_a_person():
    too_much = acts.changed(PROCEEDS, amount_fen=2_500_101)
    outcome = given(collection, *AFTER_SALE).when(too_much, at="2025-07-15 10:00", **BY_BANK)
    found = acts.said(outcome, 1).difference
    assert (found.kind, found.account) == (pb.DIFFERENCE_KIND_OVERPAID, pb.ACCOUNT_AUCTION_REMAINDER)
    assert (found.expected_fen, found.amount_fen) == (2_500_001, 2_500_101)
    second = acts.changed(PROCEEDS, transaction_id="A2", amount_fen=1)
    history = (*AFTER_SALE, on("2025-07-15 10:00", RECEIVED))
    again = acts.said(given(collection, *history).when(second, at="2025-07-16 10:00", **BY_BANK), 1).difference
    assert (again.kind, again.expected_fen, again.amount_fen) == (pb.DIFFERENCE_KIND_OVERPAID, 0, 1)


def test_the_same_transaction_with_another_amount_is_a_contradiction_and_adds_nothing():
    history = (*AFTER_SALE, on("2025-07-15 10:00", RECEIVED))
    other = acts.changed(PROCEEDS, amount_fen=2_500_000)
    (event,) = given(collection, *history).when(other, at="2025-07-15 10:00", **BY_BANK).events
    found = event.difference  # type: ignore[attr-defined]
    assert (found.kind, found.expected_fen, found.amount_fen) == (
        pb.DIFFERENCE_KIND_CONTRADICTION,
        2_500_001,
        2_500_000,
    )
    told = (*history, on("2025-07-15 11:00", event))
    given(collection, *told).when(other, at="2025-07-15 10:00", now="2025-07-16 10:00", **BY_BANK).then()


# ── A buyer who does not pay ─────────────────────────────────────────────────────────────────────────────────────────

UNPAID = commands.RecordBuyerDefaultRequest(collection_id=COLLECTION, auction_id=AUCTION, reason="经催告仍未支付价款")
DEFAULTED = pb.AuctionBuyerDefaulted(collection_id=COLLECTION, auction_id=AUCTION, reason="经催告仍未支付价款")


def test_what_a_buyer_did_not_pay_for_is_auctioned_again_though_the_sale_ended_the_seizure():
    given(collection, *AFTER_SALE).when(UNPAID, at="2025-07-25 10:00").then(DEFAULTED)
    history = (*AFTER_SALE, on("2025-07-25 10:00", DEFAULTED))
    none_in_force: dict[str, Any] = {"actor": LEADER, "found": Seized()}
    given(collection, *history).when(COMMISSION, at="2025-07-28 09:00", **none_in_force).then(COMMISSIONED)
    again = (*history, on("2025-07-28 09:00", COMMISSIONED))
    given(collection, *again).when(SELL, at="2025-08-05 11:00", found=Seized()).then(
        acts.changed(SOLD, sold_on="2025-08-05")
    )
    given(collection, *history).when(PROCEEDS, at="2025-07-28 10:00", **BY_BANK).refused(Refusal.AUCTION_WRONG_STATE)


@pytest.mark.parametrize("history", [RUNNING, (*AFTER_SALE, on("2025-07-15 10:00", RECEIVED))], ids=["unsold", "paid"])
def test_only_a_buyer_who_owes_something_defaults(history):
    given(collection, *history).when(UNPAID, at="2025-07-25 10:00").refused(Refusal.AUCTION_WRONG_STATE)


PART = acts.changed(RECEIVED, amount_fen=500_000, fine_fen=425_000, surcharge_fen=0, remainder_fen=0)
PART_PAID = (*AFTER_SALE, on("2025-07-15 10:00", acts.changed(PART, outstanding_fen=2_000_001)))


def test_a_buyer_who_paid_a_part_owes_the_rest_and_the_clock_runs_on():
    part = acts.changed(PROCEEDS, amount_fen=500_000)
    outcome = given(collection, *AFTER_SALE).when(part, at="2025-07-15 10:00", **BY_BANK)
    outcome.then(acts.changed(PART, outstanding_fen=2_000_001))
    assert outcome.state.auctions[AUCTION].state is AuctionState.SOLD
    rest = acts.changed(PROCEEDS, transaction_id="A2", amount_fen=2_000_001)
    whole = given(collection, *PART_PAID).when(rest, at="2025-07-16 10:00", **BY_BANK)
    assert (acts.said(whole).outstanding_fen, acts.said(whole).fine_fen) == (0, FINE - 425_000)
    assert whole.state.auctions[AUCTION].state is AuctionState.RECEIVED
    told = [at("2025-07-10 11:00", SOLD), at("2025-07-15 10:00", acts.changed(PART, outstanding_fen=2_000_001))]
    assert [clock.status for clock in clocks(*told)["auction_price"]] == ["RUNNING"]
    assert [clock.status for clock in clocks(*told, at("2025-07-16 10:00", acts.said(whole)))["auction_price"]] == [
        "MET"
    ]


def test_a_buyer_who_paid_a_part_may_default_and_the_part_lies_before_a_person():
    outcome = given(collection, *PART_PAID).when(UNPAID, at="2025-07-25 10:00")
    assert outcome.events[0] == acts.changed(DEFAULTED, received_fen=500_000)
    found = acts.said(outcome, 1).difference
    assert (found.kind, found.account, found.transaction_id) == (
        pb.DIFFERENCE_KIND_BUYER_DEFAULTED,
        pb.ACCOUNT_AUCTION_REMAINDER,
        "A1",
    )
    assert (found.expected_fen, found.amount_fen) == (2_500_001, 500_000)
    assert outcome.state.money.paid(pb.ACCOUNT_FINE) == 425_000
    again = (
        *PART_PAID,
        *(on("2025-07-25 10:00", event) for event in outcome.events),
        on("2025-07-28 09:00", COMMISSIONED),
        on("2025-08-05 11:00", acts.changed(SOLD, price_fen=1_600_000, cost_fen=50_000, sold_on="2025-08-05")),
    )
    paid = acts.changed(PROCEEDS, transaction_id="A2", amount_fen=1_600_000)
    second = acts.said(given(collection, *again).when(paid, at="2025-08-08 10:00", **BY_BANK))
    assert (second.cost_fen, second.fine_fen, second.surcharge_fen) == (50_000, FINE - 425_000, 975_000)
    assert second.outstanding_fen == 0


def test_where_the_party_paid_meanwhile_nothing_is_auctioned_again():
    paid = on("2025-07-11 10:00", acts.paid(FINE, "2025-07-11", order=""))
    more = on("2025-07-12 10:00", acts.paid(FINE, "2025-07-12", "T2", order="", account=pb.ACCOUNT_SURCHARGE))
    done = on("2025-07-12 10:00", acts.performed("2025-07-12", confiscation=0, surcharge=FINE))
    outcome = given(collection, *AFTER_SALE, paid, more, done).when(UNPAID, at="2025-07-25 10:00")
    assert outcome.events[0] == DEFAULTED
    assert outcome.state.auctions[AUCTION].state is AuctionState.CANCELLED


def test_the_buyer_has_a_clock_that_the_price_ends():
    sold = at("2025-07-10 11:00", SOLD)
    assert [clock.status for clock in clocks(sold)["auction_price"]] == ["RUNNING"]
    assert [clock.status for clock in clocks(sold, at("2025-07-15 10:00", RECEIVED))["auction_price"]] == ["MET"]
    assert [clock.status for clock in clocks(sold, at("2025-07-21 10:00", DEFAULTED))["auction_price"]] == ["CANCELLED"]
