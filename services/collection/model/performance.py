"""When everything is paid and done, and when more is owed after all (履行完毕, 恢复收缴): 行政处罚法 arts. 66, 72."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from enforcement.collection.v1 import events_pb2 as pb

from services.collection.model.collection import (
    AT_COURT,
    BEFORE_SALE,
    AuctionState,
    Collection,
    Stage,
    collection,
)
from services.kernel.facts import Act


def performed(
    state: Collection, collection_id: str, today: date
) -> Iterator[pb.CollectionPerformed | pb.AuctionCancelled]:
    """That everything is paid and done, if it is and was not; then nothing is auctioned any more. `state` is that after
    the decision's other events.
    """
    if state.stage in (Stage.NONE, Stage.PERFORMED, Stage.ENDED) or not state.settled(today):
        return
    paid_on = [receipt.paid_on for receipt in state.money.receipts]
    done_on = [state.duty_done_on] if state.duty_done_on is not None else []
    last = max(paid_on, default=today)
    yield pb.CollectionPerformed(
        collection_id=collection_id,
        case_id=state.case_id,
        on_spot_id=state.on_spot_id,
        performed_on=max([*paid_on, *done_on], default=today).isoformat(),
        fine_fen=state.money.fine_fen,
        confiscation_fen=state.money.confiscation_fen,
        surcharge_fen=state.money.owed(pb.ACCOUNT_SURCHARGE, last),
        cost_fen=state.money.cost_fen,
        of_case_id=state.of_case_id,
    )
    yield from cancelled_auctions(state, collection_id, "当事人已履行")


def cancelled_auctions(state: Collection, collection_id: str, reason: str) -> Iterator[pb.AuctionCancelled]:
    """That what has not been sold is not sold any more."""
    for auction_id, auction in state.auctions.items():
        if auction.state in BEFORE_SALE:
            yield pb.AuctionCancelled(collection_id=collection_id, auction_id=auction_id, reason=reason)


@collection.evolve(pb.AuctionCancelled)
def auction_cancelled(state: Collection, event: pb.AuctionCancelled, act: Act) -> Collection:
    commissioned = state.auctions[event.auction_id].state is AuctionState.COMMISSIONED
    cancelled_at = act.occurred_at if commissioned else None
    return state.with_auction(event.auction_id, state=AuctionState.CANCELLED, cancelled_at=cancelled_at)


@collection.evolve(pb.CollectionPerformed)
def has_performed(state: Collection, event: pb.CollectionPerformed) -> Collection:
    """The window's clock has met: if more is owed after all, the window is news again."""
    return replace(
        state,
        stage=Stage.PERFORMED,
        performed_out_of=state.stage,
        court_window_from=None,
        suspension=None,
        agreed_waiver_fen=None,
    )


def reopened(state: Collection, collection_id: str, today: date) -> Iterator[pb.CollectionReopened]:
    """That more is owed after all; `state` is that after the decision's other events."""
    if state.stage is Stage.PERFORMED and not state.settled(today):
        yield pb.CollectionReopened(
            collection_id=collection_id,
            case_id=state.case_id,
            on_spot_id=state.on_spot_id,
            overdue=state.late(today),
            of_case_id=state.of_case_id,
        )


@collection.evolve(pb.CollectionReopened)
def has_reopened(state: Collection, event: pb.CollectionReopened) -> Collection:
    """What a court has or granted is not lost because a payment seemed to be there."""
    if state.performed_out_of in AT_COURT:
        return replace(state, stage=state.performed_out_of)
    return replace(state, stage=Stage.OVERDUE if event.overdue else Stage.DUE)
