"""Read models of what comes in and goes out: orders, transactions, money collected on site, differences, refunds."""

from typing import Any, Final

from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.collection.v1 import events_pb2 as pb

from services.collection.model import OrderState
from services.collection.statement import AUCTION, DEPOSIT, PAYMENT, REFUND, REVERSAL
from services.collection.views import difference, on_site, on_spot_receipt, order, refund, transaction
from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_datetime
from services.kernel.projection import Row
from services.kernel.values import day_of


@order.on(pb.PaymentOrderOpened)
def order_opened(row: Row, event: pb.PaymentOrderOpened, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        order_number=event.order_number,
        account=event.account,
        amount_fen=event.amount_fen,
        state=OrderState.OPENED,
        expires_at=to_datetime(event.expires_at),
        qr_payload="",
    )


@order.on(pb.PaymentOrderPlaced)
def order_placed(row: Row, event: pb.PaymentOrderPlaced, fact: Fact) -> None:
    row.update(state=OrderState.PLACED, qr_payload=event.qr_payload)


@order.on(pb.PaymentOrderRejected, pb.PaymentOrderCancelled)
def order_over(row: Row, event: Any, fact: Fact) -> None:
    row["state"] = OrderState.REJECTED if isinstance(event, pb.PaymentOrderRejected) else OrderState.CANCELLED


@order.on(pb.PaymentRecorded, key=lambda event, fact: event.order_id or None)
def order_paid(row: Row, event: pb.PaymentRecorded, fact: Fact) -> None:
    if "began_position" in row:
        row["state"] = OrderState.PAID


@transaction.on(pb.PaymentRecorded, key=lambda event, fact: (event.transaction_id, PAYMENT))
def paid(row: Row, event: pb.PaymentRecorded, fact: Fact) -> None:
    _transaction(row, event, fact, event.order_id, event.paid_on)
    row["receipt_number"] = event.receipt_number


@transaction.on(pb.FiscalReceiptRecorded, key=lambda event, fact: (event.transaction_id, PAYMENT))
def receipt_known(row: Row, event: pb.FiscalReceiptRecorded, fact: Fact) -> None:
    row["receipt_number"] = event.receipt_number


@order.on(pb.PaymentReversed, key=lambda event, fact: event.order_id or None)
def order_unpaid(row: Row, event: pb.PaymentReversed, fact: Fact) -> None:
    row["state"] = OrderState.REVERSED


@transaction.on(
    pb.PaymentReversed, key=lambda event, fact: [(event.transaction_id, PAYMENT), (event.reversal_id, REVERSAL)]
)
def taken_back(row: Row, event: pb.PaymentReversed, fact: Fact) -> None:
    if row["kind"] == PAYMENT:
        row["reversed_on"] = event.reversed_on
    else:
        _transaction(row, event, fact, event.order_id, event.reversed_on)


@transaction.on(pb.AuctionProceedsReceived, key=lambda event, fact: (event.transaction_id, AUCTION))
def price_came_in(row: Row, event: pb.AuctionProceedsReceived, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        order_id="",
        account=pb.ACCOUNT_AUCTION_REMAINDER,
        amount_fen=event.amount_fen,
        taken_on=event.received_on,
    )


@transaction.on(pb.OnSiteBanked, key=lambda event, fact: (event.transaction_id, DEPOSIT))
def deposited(row: Row, event: pb.OnSiteBanked, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        order_id="",
        account=pb.ACCOUNT_FINE,
        amount_fen=event.amount_fen,
        taken_on=event.banked_on,
    )


@transaction.on(
    on_spot.OnSpotFineBanked, key=lambda event, fact: None if fact.received else (event.bank_reference, DEPOSIT)
)
def deposited_from_the_spot(row: Row, event: on_spot.OnSpotFineBanked, fact: Fact) -> None:
    """A fine that was collected on the spot has no collection: its matter is the penalty."""
    row.update(
        began_position=fact.position,
        collection_id=event.on_spot_id,
        order_id="",
        account=pb.ACCOUNT_FINE,
        amount_fen=event.amount_fen,
        taken_on=day_of(fact.occurred_at).isoformat(),
    )


@on_spot_receipt.on(
    on_spot.OnSpotPenaltyDecided,
    key=lambda event, fact: None if fact.received or not event.collected_on_spot_fen else event.on_spot_id,
)
def given_on_the_spot(row: Row, event: on_spot.OnSpotPenaltyDecided, fact: Fact) -> None:
    row["receipt_number"] = event.receipt_number.strip()


@transaction.on(pb.RefundExecuted, key=lambda event, fact: (event.transaction_id, REFUND))
def paid_back(row: Row, event: pb.RefundExecuted, fact: Fact) -> None:
    _transaction(row, event, fact, "", event.executed_on)


def _transaction(row: Row, event: Any, fact: Fact, order_id: str, taken_on: str) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        order_id=order_id,
        account=event.account,
        amount_fen=event.amount_fen,
        taken_on=taken_on,
    )


@on_site.on(pb.FineCollectedOnSite)
def collected_on_site(row: Row, event: pb.FineCollectedOnSite, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        receipt_number=event.receipt_number,
        ground=event.ground,
        amount_fen=event.amount_fen,
        collected_on=event.collected_on,
        landed=event.ground != pb.ON_SITE_GROUND_WATER,
        handed_in=False,
        transaction_id="",
    )


@on_site.on(pb.OnSiteLanded)
def landed(row: Row, event: pb.OnSiteLanded, fact: Fact) -> None:
    row["landed"] = True


@on_site.on(pb.OnSiteHandedIn)
def handed_in(row: Row, event: pb.OnSiteHandedIn, fact: Fact) -> None:
    row["handed_in"] = True


@on_site.on(pb.OnSiteBanked)
def banked(row: Row, event: pb.OnSiteBanked, fact: Fact) -> None:
    row["transaction_id"] = event.transaction_id


@difference.on(pb.PaymentDifferenceFound, key=lambda event, fact: event.difference.difference_id)
def difference_found(row: Row, event: pb.PaymentDifferenceFound, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        found=as_dict(event.difference),
        found_at=fact.recorded_at,
        resolution=0,
        note="",
    )


@difference.on(pb.DifferenceResolved)
def difference_resolved(row: Row, event: pb.DifferenceResolved, fact: Fact) -> None:
    row.update(resolution=event.resolution, note=event.note)


@refund.on(pb.RefundProposed)
def refund_proposed(row: Row, event: pb.RefundProposed, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        account=event.account,
        amount_fen=event.amount_fen,
        state=pb.REFUND_STATE_PROPOSED,
        reason=event.reason,
    )


_REFUNDS: Final = {
    pb.RefundApproved: pb.REFUND_STATE_APPROVED,
    pb.RefundRejected: pb.REFUND_STATE_REJECTED,
    pb.RefundFailed: pb.REFUND_STATE_FAILED,
    pb.RefundWithdrawn: pb.REFUND_STATE_WITHDRAWN,
    pb.RefundExecuted: pb.REFUND_STATE_EXECUTED,
    pb.RefundConfirmed: pb.REFUND_STATE_CONFIRMED,
}


@refund.on(*_REFUNDS)
def refund_moved(row: Row, event: Any, fact: Fact) -> None:
    row["state"] = _REFUNDS[type(event)]
