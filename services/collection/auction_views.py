"""Read models of auctions, and of what the cases service did that they and forced removals look up."""

from typing import Any

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb

from services.collection.model import AuctionState
from services.collection.views import auction, remedy, seizure
from services.kernel.facts import Fact
from services.kernel.projection import Row


@auction.on(pb.AuctionDecided)
def decided(row: Row, event: pb.AuctionDecided, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        measure_id=event.measure_id,
        state=AuctionState.DECIDED,
        price_fen=0,
        received_fen=0,
        cost_fen=0,
        fine_fen=0,
        surcharge_fen=0,
        remainder_fen=0,
    )


@auction.on(pb.AuctionCommissioned)
def commissioned(row: Row, event: pb.AuctionCommissioned, fact: Fact) -> None:
    row["state"] = AuctionState.COMMISSIONED


@auction.on(pb.AuctionFailed)
def failed(row: Row, event: pb.AuctionFailed, fact: Fact) -> None:
    row["state"] = AuctionState.FAILED


@auction.on(pb.AuctionBuyerDefaulted)
def defaulted(row: Row, event: pb.AuctionBuyerDefaulted, fact: Fact) -> None:
    row.update(state=AuctionState.FAILED, price_fen=0, cost_fen=0, received_fen=0)


@auction.on(pb.AuctionCancelled)
def cancelled(row: Row, event: pb.AuctionCancelled, fact: Fact) -> None:
    row["state"] = AuctionState.CANCELLED


@auction.on(pb.AuctionSold)
def sold(row: Row, event: pb.AuctionSold, fact: Fact) -> None:
    row.update(state=AuctionState.SOLD, price_fen=event.price_fen, cost_fen=event.cost_fen)


@auction.on(pb.AuctionProceedsReceived)
def received(row: Row, event: pb.AuctionProceedsReceived, fact: Fact) -> None:
    row["received_fen"] += event.amount_fen
    if row["received_fen"] >= row["price_fen"]:
        row["state"] = AuctionState.RECEIVED
    for name in ("fine_fen", "surcharge_fen", "remainder_fen"):
        row[name] += getattr(event, name)


def own_measure(event: Any, fact: Fact) -> str | None:
    return None if fact.received else event.measure_id


@seizure.on(cases.ItemsSeized, key=own_measure)
def seized(row: Row, event: cases.ItemsSeized, fact: Fact) -> None:
    row.update(case_id=event.case_id, in_force=True, over_at=None)


@seizure.on(cases.SeizureReleased, cases.SeizureHandedOver, key=own_measure)
def over(row: Row, event: cases.SeizureReleased | cases.SeizureHandedOver, fact: Fact) -> None:
    row.update(case_id=event.case_id, in_force=False, over_at=fact.occurred_at)


@remedy.on(decisions.RemedyStarted, key=lambda event, fact: None if fact.received else event.remedy_id)
def sought(row: Row, event: decisions.RemedyStarted, fact: Fact) -> None:
    row["case_id"] = event.case_id
