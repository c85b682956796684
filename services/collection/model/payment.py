"""Payment orders and payments (缴款, 收款).

    order:  OPENED ──the bank takes it──▶ PLACED ──scanned──▶ PAID          (cancelled, rejected by the bank, expired)

The body that decides a fine does not collect it (行政处罚法 art. 67): payments come from the collecting side alone.
What it says is recorded as it comes; where it is not what was asked for, a person decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import (
    OPEN_ORDER,
    Collection,
    Order,
    OrderState,
    Refusal,
    Stage,
    Transaction,
    collection,
    named,
)
from services.collection.model.performance import performed
from services.collection.money import ACCOUNTS, Account, name_of
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.values import day


@collection.decide(commands.OpenPaymentOrderRequest, basis="行政处罚法 art. 67")
def open_order(state: Collection, command: commands.OpenPaymentOrderRequest, context: Context) -> Events:
    """An order asks for no more than is open on its account, and while one is open there is no second."""
    if state.stage in (Stage.PERFORMED, Stage.ENDED):
        raise Refused(Refusal.EXECUTION_OVER, stage=state.stage)
    require_no_open_order(state, command.account, context)
    open_fen = state.money.open(command.account, context.today)
    if not open_fen:
        raise Refused(Refusal.NOTHING_OPEN, account=name_of(command.account))
    if command.amount_fen > open_fen:
        raise Refused(Refusal.ORDER_EXCEEDS_OPEN, amount_fen=command.amount_fen, open_fen=open_fen)
    order_id = context.new_id("order")
    hours = context.rules.number("payment_order_hours", context.today)
    yield pb.PaymentOrderOpened(
        collection_id=command.collection_id,
        case_id=state.case_id,
        order_id=str(order_id),
        order_number=str(order_id),
        account=command.account,
        amount_fen=command.amount_fen or open_fen,
        expires_at=to_timestamp(context.occurred_at + timedelta(hours=hours)),
    )


def require_no_open_order(state: Collection, account: Account, context: Context) -> None:
    """Refuses while an order on the account can be paid: two could both be.

    Raises:
        Refused: ORDER_RUNNING.
    """
    for order in state.orders.values():
        if order.account == account and order.state in OPEN_ORDER and context.occurred_at < order.expires_at:
            raise Refused(Refusal.ORDER_RUNNING, account=name_of(account), order_number=order.number)


@collection.evolve(pb.PaymentOrderOpened)
def order_opened(state: Collection, event: pb.PaymentOrderOpened) -> Collection:
    order = Order(event.account, event.amount_fen, to_datetime(event.expires_at), event.order_number)
    return replace(state, orders={**state.orders, event.order_id: order})


@collection.decide(commands.NoteOrderPlacedRequest, basis="design")
def note_placed(state: Collection, command: commands.NoteOrderPlacedRequest, context: Context) -> Events:
    """The bank's code is kept, unless the order is paid, cancelled or placed already."""
    order = state.orders.get(command.order_id)
    if order is not None and order.state is OrderState.OPENED:
        yield pb.PaymentOrderPlaced(
            collection_id=command.collection_id,
            order_id=command.order_id,
            qr_payload=command.qr_payload,
            bank_reference=command.bank_reference,
        )


@collection.evolve(pb.PaymentOrderPlaced)
def order_placed(state: Collection, event: pb.PaymentOrderPlaced) -> Collection:
    return state.with_order(event.order_id, OrderState.PLACED)


@collection.decide(commands.NoteOrderRejectedRequest, basis="design")
def note_rejected(state: Collection, command: commands.NoteOrderRejectedRequest, context: Context) -> Events:
    """An order that the bank does not take is over; another may be issued."""
    order = state.orders.get(command.order_id)
    if order is not None and order.state in OPEN_ORDER:
        yield pb.PaymentOrderRejected(
            collection_id=command.collection_id, order_id=command.order_id, reason=command.reason
        )


@collection.evolve(pb.PaymentOrderRejected)
def order_rejected(state: Collection, event: pb.PaymentOrderRejected) -> Collection:
    return state.with_order(event.order_id, OrderState.REJECTED)


@collection.decide(commands.CancelPaymentOrderRequest, basis="design")
def cancel_order(state: Collection, command: commands.CancelPaymentOrderRequest, context: Context) -> Events:
    """An order that is not paid may be withdrawn; the bank may have taken the money all the same."""
    order = state.orders.get(command.order_id)
    if order is None or order.state not in OPEN_ORDER:
        raise Refused(Refusal.ORDER_NOT_OPEN, order_id=command.order_id, state=order.state if order else "不存在")
    yield pb.PaymentOrderCancelled(
        collection_id=command.collection_id, order_id=command.order_id, reason=command.reason
    )


def withdrawn_orders(
    state: Collection, collection_id: str, context: Context, *, over: bool = False
) -> Iterator[pb.PaymentOrderCancelled]:
    """Open orders for more than is open are withdrawn, so that nobody pays them; all where collection is over."""
    for order_id, order in state.orders.items():
        too_much = over or order.amount_fen > state.money.open(order.account, context.today)
        if order.state in OPEN_ORDER and too_much and context.occurred_at < order.expires_at:
            reason = "收缴已终结" if over else "应缴金额变更"
            yield pb.PaymentOrderCancelled(collection_id=collection_id, order_id=order_id, reason=reason)


@collection.evolve(pb.PaymentOrderCancelled)
def order_cancelled(state: Collection, event: pb.PaymentOrderCancelled) -> Collection:
    return state.with_order(event.order_id, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the look-up found: the collection that has the transaction already; empty when none has."""

    collection_id: str = ""


def require_not_elsewhere(
    command: commands.RecordPaymentRequest | commands.BankOnSiteRequest | commands.RecordAuctionProceedsRequest,
    context: Context,
) -> None:
    """Refuses a transaction that another collection has.

    Raises:
        Refused: TRANSACTION_ELSEWHERE.
    """
    if isinstance(context.found, Elsewhere) and context.found.collection_id not in ("", command.collection_id):
        raise Refused(
            Refusal.TRANSACTION_ELSEWHERE,
            transaction_id=command.transaction_id,
            collection_id=context.found.collection_id,
        )


@collection.decide(commands.RecordPaymentRequest, basis="行政处罚法 arts. 67, 74")
def record_payment(state: Collection, command: commands.RecordPaymentRequest, context: Context) -> Events:
    """The collecting side reports a payment; the act is when it took the money. A repeat changes nothing, but may tell
    the number of a receipt that was missing.
    """
    require_not_elsewhere(command, context)
    order = state.orders.get(command.order_id)
    account = order.account if order else command.account or _first_open(state, context)
    said = Transaction(command.order_id, account, command.amount_fen, context.today)
    if (known := state.transactions.get(command.transaction_id)) is not None:
        if known != said:
            yield from _differs(state, command, pb.DIFFERENCE_KIND_CONTRADICTION, account, known.amount_fen)
        elif command.receipt_number.strip() and not known.receipt_number:
            yield pb.FiscalReceiptRecorded(
                collection_id=command.collection_id,
                transaction_id=command.transaction_id,
                receipt_number=command.receipt_number.strip(),
            )
        return
    recorded = pb.PaymentRecorded(
        collection_id=command.collection_id,
        case_id=state.case_id,
        transaction_id=command.transaction_id,
        order_id=command.order_id,
        account=account,
        amount_fen=command.amount_fen,
        paid_on=context.today.isoformat(),
        receipt_number=command.receipt_number.strip(),
    )
    yield recorded
    after = payment_recorded(state, recorded)
    yield from _difference_of(state, after, command, account, context)
    yield from paid_dues(after, command.collection_id, context)
    yield from performed(after, command.collection_id, context.today)


@collection.evolve(pb.PaymentRecorded)
def payment_recorded(state: Collection, event: pb.PaymentRecorded) -> Collection:
    paid_on = day(event.paid_on)
    transaction = Transaction(
        event.order_id, event.account, event.amount_fen, paid_on, receipt_number=event.receipt_number
    )
    paid = replace(
        state,
        money=state.money.received(event.account, event.amount_fen, paid_on),
        transactions={**state.transactions, event.transaction_id: transaction},
    )
    return paid.with_order(event.order_id, OrderState.PAID) if event.order_id in state.orders else paid


@collection.evolve(pb.InstalmentPaid)
def instalment_paid(state: Collection, event: pb.InstalmentPaid) -> Collection:
    return replace(
        state,
        instalments={key: each for key, each in state.instalments.items() if key != event.instalment_id},
        instalments_paid={**state.instalments_paid, event.instalment_id: state.instalments[event.instalment_id]},
    )


@collection.evolve(pb.UndeferredPaid)
def undeferred_paid(state: Collection, event: pb.UndeferredPaid) -> Collection:
    return replace(state, undeferred_open=False)


def paid_dues(
    state: Collection, collection_id: str, context: Context
) -> Iterator[pb.InstalmentPaid | pb.UndeferredPaid]:
    """What is paid by now of a fine that was divided, the earlier instalment first, and of what was not deferred."""
    open_by_day = {
        due.due_on: open_fen
        for due, open_fen in zip(state.money.dues, state.money.open_of_dues(context.today), strict=True)
    }
    for instalment_id, instalment in state.instalments.items():
        if not open_by_day.get(instalment.due_on, 0):
            yield pb.InstalmentPaid(collection_id=collection_id, instalment_id=instalment_id)
    if state.undeferred_open and not (state.money.open(pb.ACCOUNT_CONFISCATION, context.today) or state.open_duty):
        yield pb.UndeferredPaid(collection_id=collection_id)


def _first_open(state: Collection, context: Context) -> Account:
    """Where money without order and account belongs: to the first account on which some is open, else to the fine."""
    return next((one for one in ACCOUNTS if state.money.open(one, context.today)), pb.ACCOUNT_FINE)


def _difference_of(
    before: Collection, after: Collection, command: commands.RecordPaymentRequest, account: Account, context: Context
) -> Iterator[pb.PaymentDifferenceFound]:
    """What is wrong with a payment, by the first that holds."""
    order = before.orders.get(command.order_id)
    expected = order.amount_fen if order else 0
    surplus = after.money.surplus(account, context.today) > before.money.surplus(account, context.today)
    kind = pb.DIFFERENCE_KIND_UNSPECIFIED
    if before.stage in (Stage.PERFORMED, Stage.ENDED):
        kind = pb.DIFFERENCE_KIND_AFTER_END
    elif order is None:
        kind = pb.DIFFERENCE_KIND_ORDER_UNKNOWN
    elif order.state is OrderState.PAID:
        kind = pb.DIFFERENCE_KIND_DUPLICATE
    elif order.state is OrderState.CANCELLED:
        kind = pb.DIFFERENCE_KIND_ORDER_CANCELLED
    elif command.amount_fen < expected:
        kind = pb.DIFFERENCE_KIND_UNDERPAID
    elif command.amount_fen > expected or surplus:
        kind = pb.DIFFERENCE_KIND_OVERPAID
    elif context.occurred_at >= order.expires_at:
        kind = pb.DIFFERENCE_KIND_ORDER_EXPIRED
    if kind:
        yield from _differs(before, command, kind, account, expected)


def _differs(
    state: Collection,
    command: commands.RecordPaymentRequest,
    kind: pb.DifferenceKind.ValueType,
    account: Account,
    expected_fen: int,
) -> Iterator[pb.PaymentDifferenceFound]:
    # The same words of the bank, repeated under another command id, are the same difference.
    said = f"{command.transaction_id}/{command.order_id}/{command.amount_fen}/{command.occurred_at.seconds}"
    difference_id = named(command.collection_id, said)
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
