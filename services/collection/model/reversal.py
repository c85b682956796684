"""What the bank takes back (冲正): a transfer that bounced, a payment that was booked by mistake.

    PAID ──the bank takes it back──▶ as if it had never been paid

A fine is paid when the collecting side has the money (行政处罚法 art. 67). What it takes back was not paid: refunds
that it was to cover are withdrawn, the account is open again, and the surcharge counts from the due day through, also
over the days on which the money seemed to be there; the law knows no other beginning (art. 72). Whether the party is to
blame is seen by a person, before whom the difference lies: an agreement on execution is where it may weigh (行政强制法
art. 42).
"""

from collections.abc import Iterator
from dataclasses import replace

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import (
    Collection,
    Instalment,
    OrderState,
    Refusal,
    Stage,
    Transaction,
    collection,
    named,
)
from services.collection.model.performance import has_reopened, reopened
from services.collection.model.refunds import withdrawn_refunds
from services.collection.model.window import window
from services.collection.money import Money
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day


@collection.decide(commands.ReversePaymentRequest, basis="行政处罚法 arts. 67, 72; design")
def reverse_payment(state: Collection, command: commands.ReversePaymentRequest, context: Context) -> Events:
    """The collecting side takes a payment back, whole; a repeat changes nothing. What it says otherwise than before is
    a difference for a person, and so is every reversal.
    """
    if command.reversal_id in state.reversals:
        return
    paid = state.transactions.get(command.transaction_id)
    if paid is None:
        raise Refused(Refusal.TRANSACTION_UNKNOWN, transaction_id=command.transaction_id)
    booked = paid.into_account and paid.amount_fen == command.amount_fen and not paid.reversed
    if booked:
        taken_back = pb.PaymentReversed(
            collection_id=command.collection_id,
            case_id=state.case_id,
            transaction_id=command.transaction_id,
            reversal_id=command.reversal_id,
            order_id=paid.order_id if paid.order_id in state.orders else "",
            account=paid.account,
            amount_fen=paid.amount_fen,
            paid_on=paid.paid_on.isoformat(),
            reversed_on=context.today.isoformat(),
            reason=command.reason,
        )
        left = state.money.reversed(taken_back)
        taken_back.fine_fen = state.money.paid(pb.ACCOUNT_FINE) - left.paid(pb.ACCOUNT_FINE)
        taken_back.effective_on = _payment_counts_from(state, left, context)
        yield taken_back
        after = payment_reversed(state, taken_back)
        yield from withdrawn_refunds(after, command.collection_id, "银行冲正，已无相应多缴款项", context)
        yield from _open_instalments(after, command.collection_id, context)
        for again in reopened(after, command.collection_id, context.today):
            yield again
            yield from window(has_reopened(after, again), command.collection_id, context)
    yield from _for_a_person(state, command, paid, booked=booked)


@collection.evolve(pb.PaymentReversed)
def payment_reversed(state: Collection, event: pb.PaymentReversed) -> Collection:
    paid = replace(state.transactions[event.transaction_id], reversed=True)
    after = replace(
        state,
        money=state.money.reversed(event),
        transactions={**state.transactions, event.transaction_id: paid},
        reversals=state.reversals | {event.reversal_id},
        undeferred_open=state.undeferred_open or (state.instalments_end_on is not None and bool(event.effective_on)),
    )
    return after.with_order(event.order_id, OrderState.REVERSED) if event.order_id else after


@collection.evolve(pb.InstalmentReopened)
def instalment_reopened(state: Collection, event: pb.InstalmentReopened) -> Collection:
    instalment = Instalment(event.amount_fen, day(event.due_on))
    return replace(
        state,
        instalments={**state.instalments, event.instalment_id: instalment},
        instalments_paid={key: one for key, one in state.instalments_paid.items() if key != event.instalment_id},
    )


def _payment_counts_from(state: Collection, left: Money, context: Context) -> str:
    """Day of service, where the payment had ended the clock of payment and that one counts again; else empty."""
    if state.service is None or state.stage is Stage.ENDED:
        return ""
    if state.instalments_end_on is None:
        ended, again = state.stage is Stage.PERFORMED, not left.settled(context.today)
    else:
        ended, again = not state.undeferred_open, bool(left.open(pb.ACCOUNT_CONFISCATION, context.today))
    return state.service.effective_on.isoformat() if ended and again else ""


def _open_instalments(state: Collection, collection_id: str, context: Context) -> Iterator[pb.InstalmentReopened]:
    """Instalments that count as paid and are not, now that the money is gone; none has a day when execution is over."""
    if state.stage is Stage.ENDED:
        return
    open_by_day = {
        due.due_on: open_fen
        for due, open_fen in zip(state.money.dues, state.money.open_of_dues(context.today), strict=True)
    }
    for instalment_id, instalment in state.instalments_paid.items():
        if open_by_day.get(instalment.due_on, 0):
            yield pb.InstalmentReopened(
                collection_id=collection_id,
                instalment_id=instalment_id,
                amount_fen=instalment.amount_fen,
                due_on=instalment.due_on.isoformat(),
            )


def _for_a_person(
    state: Collection, command: commands.ReversePaymentRequest, paid: Transaction, *, booked: bool
) -> Iterator[pb.PaymentDifferenceFound]:
    difference_id = named(command.collection_id, f"reversal/{command.reversal_id}/{command.amount_fen}")
    if difference_id in state.differences or difference_id in state.settled_differences:
        return
    yield pb.PaymentDifferenceFound(
        collection_id=command.collection_id,
        difference=pb.Difference(
            difference_id=difference_id,
            kind=pb.DIFFERENCE_KIND_REVERSED if booked else pb.DIFFERENCE_KIND_CONTRADICTION,
            transaction_id=command.transaction_id,
            account=paid.account,
            expected_fen=0 if booked else paid.amount_fen,
            amount_fen=command.amount_fen,
        ),
    )
