"""Auction of seized property to set off the fine (拍卖抵缴罚款): 行政强制法 arts. 46, 48, 49; 行政处罚法 art. 72.

DECIDED ──commission──▶ COMMISSIONED ──sold──▶ SOLD ──the bank has the whole price──▶ RECEIVED
   │                      ▲      └──nobody buys──▶ FAILED ◀──the buyer does not pay──┘ (of SOLD)
   │                      └───────────commission───────────┤
   └───────────────cancel, or the party paid───────────────┴──▶ CANCELLED

An authority without power of execution may do this one thing itself with what it had seized in the case, under the
conditions of an application to the court: the time for remedies passed unused, the demand too (art. 46 para. 3). An
auction body sells, not the authority (art. 60). The price pays the cost of the auction, then the fine, then the
surcharge, each whole before the next: nothing is divided, so nothing is rounded. What is left is the party's and waits
for a person's decision on its refund; what lacks stays due. The sixty days of a seizure (art. 25) mostly end before the
time for a suit does: only property whose seizure is still in force is auctioned. A sale ends the seizure; where the
buyer does not pay, or not all (拍卖法 art. 39), what was sold in time is auctioned again all the same. A part that the
buyer did pay stays where it paid; whether the buyer gets it back is a matter of the contract, and lies before a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from enforcement.cases.v1.delivery_pb2 import SERVED_DOCUMENT_EXECUTION_DECISION
from enforcement.cases.v1.events_pb2 import SERVICE_WAY_PUBLIC_NOTICE
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import (
    BEFORE_COURT,
    BEFORE_SALE,
    Auction,
    AuctionState,
    Collection,
    Refusal,
    Stage,
    Transaction,
    collection,
    named,
)
from services.collection.model.court import require_no_remedy, require_time_passed
from services.collection.model.payment import paid_dues, require_not_elsewhere, withdrawn_orders
from services.collection.model.performance import cancelled_auctions, performed
from services.collection.money import Account, name_of
from services.kernel.decider import Context, Events
from services.kernel.delivery import Reach, served_with
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.values import day


@dataclass(frozen=True, slots=True)
class Seized:
    """What the look-up found: the seizures of the case that were in force at the time of the act, and how the party is
    reached."""

    measure_ids: frozenset[str] = frozenset()
    reach: Reach = field(default_factory=Reach)


@collection.decide(commands.DecideAuctionRequest, basis="行政强制法 arts. 46, 54; 行政处罚法 art. 72")
def decide_auction(state: Collection, command: commands.DecideAuctionRequest, context: Context) -> Events:
    """A leader decides, when the party neither sought a remedy in time nor paid after the demand. The decision
    (form 20) is served, and nothing is sold before that takes effect (art. 38)."""
    _require_ground(state, context)
    _require_seized(Auction(command.measure_id), context)
    for auction_id, auction in state.auctions.items():
        if auction.measure_id == command.measure_id and auction.state in (*BEFORE_SALE, AuctionState.SOLD):
            raise Refused(Refusal.AUCTION_RUNNING, auction_id=auction_id)
    yield pb.AuctionDecided(
        collection_id=command.collection_id,
        case_id=state.case_id,
        auction_id=str(context.new_id("auction")),
        measure_id=command.measure_id,
        reasons=command.reasons,
        fine_fen=state.money.open(pb.ACCOUNT_FINE, context.today),
        surcharge_fen=state.money.open(pb.ACCOUNT_SURCHARGE, context.today),
        **served_with(command, SERVED_DOCUMENT_EXECUTION_DECISION, context.found.reach, context),
    )


@collection.evolve(pb.AuctionDecided)
def auction_decided(state: Collection, event: pb.AuctionDecided) -> Collection:
    auction = Auction(
        event.measure_id,
        served_on=day(event.effective_on) if event.effective_on else None,
        by_notice=event.way == SERVICE_WAY_PUBLIC_NOTICE,
    )
    return replace(state, auctions={**state.auctions, event.auction_id: auction})


@collection.decide(commands.CommissionAuctionRequest, basis="行政强制法 arts. 46, 48")
def commission(state: Collection, command: commands.CommissionAuctionRequest, context: Context) -> Events:
    """The conditions still hold when the auction body is commissioned, and when it is again after nobody bought."""
    auction = _in(state, command.auction_id, AuctionState.DECIDED, AuctionState.FAILED)
    if not auction.is_served(context.today):
        raise Refused(Refusal.DECISION_NOT_SERVED)
    _require_ground(state, context)
    _require_seized(auction, context)
    yield pb.AuctionCommissioned(
        collection_id=command.collection_id,
        auction_id=command.auction_id,
        auctioneer=command.auctioneer,
        reserve_fen=command.reserve_fen,
        document=command.document if command.HasField("document") else None,
    )


@collection.evolve(pb.AuctionCommissioned)
def commissioned(state: Collection, event: pb.AuctionCommissioned) -> Collection:
    return state.with_auction(event.auction_id, state=AuctionState.COMMISSIONED, reserve_fen=event.reserve_fen)


@collection.decide(commands.RecordAuctionResultRequest, basis="行政强制法 art. 48; 拍卖法 arts. 50, 51")
def record_result(state: Collection, command: commands.RecordAuctionResultRequest, context: Context) -> Events:
    """What was sold is sold, whatever happened to the fine meanwhile, also where the auction was cancelled after the
    hammer fell; it is worth its cost at least.
    """
    auction = _at_auction(state, command, context)
    document = command.document if command.HasField("document") else None
    if not command.sold:
        if not command.reason.strip():
            raise Refused(Refusal.REASON_NEEDED)
        yield pb.AuctionFailed(
            collection_id=command.collection_id,
            auction_id=command.auction_id,
            reason=command.reason,
            document=document,
        )
        return
    _require_seized(auction, context)
    if command.price_fen < max(auction.reserve_fen, 1):
        raise Refused(Refusal.BELOW_RESERVE, price_fen=command.price_fen, reserve_fen=auction.reserve_fen)
    if command.cost_fen > command.price_fen:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail="cost_fen: no more than price_fen")
    yield pb.AuctionSold(
        collection_id=command.collection_id,
        case_id=state.case_id,
        auction_id=command.auction_id,
        measure_id=auction.measure_id,
        price_fen=command.price_fen,
        cost_fen=command.cost_fen,
        sold_on=context.today.isoformat(),
        document=document,
    )


@collection.evolve(pb.AuctionFailed)
def failed(state: Collection, event: pb.AuctionFailed) -> Collection:
    return state.with_auction(event.auction_id, state=AuctionState.FAILED)


@collection.evolve(pb.AuctionSold)
def sold(state: Collection, event: pb.AuctionSold) -> Collection:
    return state.with_auction(
        event.auction_id,
        state=AuctionState.SOLD,
        price_fen=event.price_fen,
        cost_fen=event.cost_fen,
        cancelled_at=None,
    )


@collection.decide(commands.RecordBuyerDefaultRequest, basis="拍卖法 art. 39; 行政强制法 art. 48")
def record_default(state: Collection, command: commands.RecordBuyerDefaultRequest, context: Context) -> Events:
    """The buyer paid nothing, or a part: that is a difference for a person. What the buyer owes for it is a matter of
    the contract of sale. Where the party paid meanwhile, nothing is auctioned again.
    """
    auction = _in(state, command.auction_id, AuctionState.SOLD)
    defaulted = pb.AuctionBuyerDefaulted(
        collection_id=command.collection_id,
        auction_id=command.auction_id,
        reason=command.reason,
        document=command.document if command.HasField("document") else None,
        received_fen=auction.received_fen,
    )
    yield defaulted
    if auction.received_fen:
        yield _part_of(state, auction, command)
    if state.stage in (Stage.PERFORMED, Stage.ENDED):
        yield from cancelled_auctions(buyer_defaulted(state, defaulted), command.collection_id, "执行已结束")


@collection.evolve(pb.AuctionBuyerDefaulted)
def buyer_defaulted(state: Collection, event: pb.AuctionBuyerDefaulted) -> Collection:
    return state.with_auction(
        event.auction_id,
        state=AuctionState.FAILED,
        price_fen=0,
        cost_fen=0,
        cost_paid_fen=0,
        received_fen=0,
        defaulted=True,
    )


@collection.decide(commands.CancelAuctionRequest, basis="行政强制法 arts. 39, 46")
def cancel(state: Collection, command: commands.CancelAuctionRequest, context: Context) -> Events:
    """What has not been sold may be kept from sale: the ground is gone, or the property is given back."""
    _in(state, command.auction_id, *BEFORE_SALE)
    yield pb.AuctionCancelled(collection_id=command.collection_id, auction_id=command.auction_id, reason=command.reason)


@collection.decide(commands.RecordAuctionProceedsRequest, basis="行政强制法 arts. 46, 49; 行政处罚法 arts. 67, 72")
def record_proceeds(state: Collection, command: commands.RecordAuctionProceedsRequest, context: Context) -> Events:
    """The collecting side has the price, or a part of it: first the cost, then the fine, then the surcharge as of that
    day. A repeat changes nothing; what it says otherwise than before, and what is above the price, is a difference for
    a person. A price that comes before the result was recorded is told again.
    """
    require_not_elsewhere(command, context)
    account = pb.ACCOUNT_AUCTION_REMAINDER
    if (known := state.transactions.get(command.transaction_id)) is not None:
        if known.amount_fen != command.amount_fen:
            yield from _differs(state, command, pb.DIFFERENCE_KIND_CONTRADICTION, known.account, known.amount_fen)
        return
    if _result_may_come(state.auctions.get(command.auction_id)):
        raise Refused(KernelRefusal.UNAVAILABLE)
    auction = _in(state, command.auction_id, AuctionState.SOLD, AuctionState.RECEIVED)
    left = command.amount_fen
    cost_fen = min(left, auction.cost_fen - auction.cost_paid_fen)
    left -= cost_fen
    fine_fen = min(left, state.money.open(pb.ACCOUNT_FINE, context.today))
    left -= fine_fen
    surcharge_fen = min(left, state.money.open(pb.ACCOUNT_SURCHARGE, context.today))
    received = pb.AuctionProceedsReceived(
        collection_id=command.collection_id,
        case_id=state.case_id,
        auction_id=command.auction_id,
        transaction_id=command.transaction_id,
        amount_fen=command.amount_fen,
        received_on=context.today.isoformat(),
        cost_fen=cost_fen,
        fine_fen=fine_fen,
        surcharge_fen=surcharge_fen,
        remainder_fen=left - surcharge_fen,
        outstanding_fen=max(auction.outstanding_fen - command.amount_fen, 0),
    )
    yield received
    after = proceeds_received(state, received)
    if command.amount_fen > auction.outstanding_fen:
        yield from _differs(state, command, pb.DIFFERENCE_KIND_OVERPAID, account, auction.outstanding_fen)
    yield from withdrawn_orders(after, command.collection_id, context)
    yield from paid_dues(after, command.collection_id, context)
    yield from performed(after, command.collection_id, context.today)


@collection.evolve(pb.AuctionProceedsReceived)
def proceeds_received(state: Collection, event: pb.AuctionProceedsReceived) -> Collection:
    account, on = pb.ACCOUNT_AUCTION_REMAINDER, day(event.received_on)
    known = Transaction(event.auction_id, account, event.amount_fen, on, into_account=False)
    auction = state.auctions[event.auction_id]
    whole = event.amount_fen >= auction.outstanding_fen
    return replace(
        state.with_auction(
            event.auction_id,
            state=AuctionState.RECEIVED if whole else AuctionState.SOLD,
            cost_paid_fen=auction.cost_paid_fen + event.cost_fen,
            received_fen=auction.received_fen + event.amount_fen,
        ),
        money=state.money.auctioned(event),
        transactions={**state.transactions, event.transaction_id: known},
    )


def _require_ground(state: Collection, context: Context) -> None:
    """The conditions of art. 46 para. 3, as the ledger has them."""
    state.require_in_execution()
    state.require(*BEFORE_COURT)
    if not (state.money.open(pb.ACCOUNT_FINE, context.today) or state.money.open(pb.ACCOUNT_SURCHARGE, context.today)):
        raise Refused(Refusal.NOTHING_OPEN, account=name_of(pb.ACCOUNT_FINE))
    state.require_overdue(context.today)
    running: list[date] = [one.due_on for one in state.instalments.values() if one.due_on >= context.today]
    if running:
        raise Refused(Refusal.INSTALMENTS_RUNNING, until=max(running))
    if state.demanded_on is None:
        raise Refused(Refusal.NOT_DEMANDED)
    require_no_remedy(state)
    require_time_passed(state, context)
    if state.statement_open:
        raise Refused(Refusal.STATEMENT_NOT_REVIEWED)


def _require_seized(auction: Auction, context: Context) -> None:
    """In force now, or when it was sold to a buyer who did not pay."""
    found: Seized = context.found
    if auction.measure_id not in found.measure_ids and not auction.defaulted:
        raise Refused(Refusal.NOT_SEIZED, measure_id=auction.measure_id)


def _result_may_come(auction: Auction | None) -> bool:
    """Its hammer may have fallen already, and nobody has recorded it."""
    return auction is not None and (auction.state is AuctionState.COMMISSIONED or auction.cancelled_at is not None)


def _at_auction(state: Collection, command: commands.RecordAuctionResultRequest, context: Context) -> Auction:
    """The auction whose result is recorded: also one that was cancelled only after it had sold."""
    auction = state.auctions.get(command.auction_id)
    cancelled_at = auction.cancelled_at if auction is not None and command.sold else None
    if auction is not None and cancelled_at is not None and context.occurred_at < cancelled_at:
        return auction
    return _in(state, command.auction_id, AuctionState.COMMISSIONED)


def _differs(
    state: Collection,
    command: commands.RecordAuctionProceedsRequest,
    kind: pb.DifferenceKind.ValueType,
    account: Account,
    expected_fen: int,
) -> Iterator[pb.PaymentDifferenceFound]:
    difference_id = named(command.collection_id, f"auction/{command.transaction_id}/{command.amount_fen}")
    if difference_id in state.differences or difference_id in state.settled_differences:
        return
    yield pb.PaymentDifferenceFound(
        collection_id=command.collection_id,
        difference=pb.Difference(
            difference_id=difference_id,
            kind=kind,
            transaction_id=command.transaction_id,
            account=account,
            expected_fen=expected_fen,
            amount_fen=command.amount_fen,
        ),
    )


def _part_of(
    state: Collection, auction: Auction, command: commands.RecordBuyerDefaultRequest
) -> pb.PaymentDifferenceFound:
    """What a buyer paid who did not pay all, by its last payment."""
    *_, last = (key for key, one in state.transactions.items() if one.order_id == command.auction_id)
    return pb.PaymentDifferenceFound(
        collection_id=command.collection_id,
        difference=pb.Difference(
            difference_id=named(command.collection_id, f"auction/{last}/defaulted"),
            kind=pb.DIFFERENCE_KIND_BUYER_DEFAULTED,
            transaction_id=last,
            account=pb.ACCOUNT_AUCTION_REMAINDER,
            expected_fen=auction.price_fen,
            amount_fen=auction.received_fen,
        ),
    )


def _in(state: Collection, auction_id: str, *allowed: AuctionState) -> Auction:
    auction = state.auctions.get(auction_id)
    if auction is None or auction.state not in allowed:
        raise Refused(Refusal.AUCTION_WRONG_STATE, state=auction.state if auction else "不存在")
    return auction
