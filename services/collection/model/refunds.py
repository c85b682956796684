"""Refunds (退付): proposed by finance, approved by a leader, executed by the bank, confirmed. Never automatic.

PROPOSED ──approve──▶ APPROVED ──the bank pays back──▶ EXECUTED ──confirm──▶ CONFIRMED
   ├─reject─▶ REJECTED       ├──the bank cannot──▶ FAILED
   └──────────the surplus is gone──▶ WITHDRAWN

A surplus goes where the bank takes a payment back, or more is owed. What the bank had paid back by then is recorded all
the same and lies before a person: it is the authority's claim and no part of the accounts.
"""

from collections.abc import Iterator
from dataclasses import replace

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import PENDING_REFUND, Collection, Refund, Refusal, collection, named
from services.collection.money import name_of
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import term


@collection.decide(commands.ProposeRefundRequest, basis="行政处罚法 art. 74; 行政强制法 art. 41; design")
def propose_refund(state: Collection, command: commands.ProposeRefundRequest, context: Context) -> Events:
    """Only what was paid too much is paid back."""
    _require_surplus(state, command.account, command.amount_fen, context)
    yield pb.RefundProposed(
        collection_id=command.collection_id,
        case_id=state.case_id,
        refund_id=str(context.new_id("refund")),
        account=command.account,
        amount_fen=command.amount_fen,
        reason=command.reason,
        transaction_id=command.transaction_id,
    )


@collection.evolve(pb.RefundProposed)
def refund_proposed(state: Collection, event: pb.RefundProposed, act: Act) -> Collection:
    refund = Refund(event.account, event.amount_fen, act.actor, event.transaction_id)
    return replace(state, refunds={**state.refunds, event.refund_id: refund})


@collection.decide(commands.DecideRefundRequest, basis="design")
def decide_refund(state: Collection, command: commands.DecideRefundRequest, context: Context) -> Events:
    """A leader decides, who is not the one who proposed; the surplus must still be there."""
    refund = _refund_in(state, command.refund_id, pb.REFUND_STATE_PROPOSED)
    if not command.approved:
        if not command.reason.strip():
            raise Refused(Refusal.REASON_NEEDED)
        yield pb.RefundRejected(collection_id=command.collection_id, refund_id=command.refund_id, reason=command.reason)
        return
    if context.actor.id == refund.proposed_by:
        raise Refused(Refusal.REFUND_OWN_PROPOSAL)
    surplus = state.approvable(command.refund_id, context.today)
    if surplus < refund.amount_fen:
        raise Refused(
            Refusal.NO_SURPLUS, account=name_of(refund.account), surplus_fen=surplus, amount_fen=refund.amount_fen
        )
    yield pb.RefundApproved(
        collection_id=command.collection_id,
        case_id=state.case_id,
        refund_id=command.refund_id,
        account=refund.account,
        amount_fen=refund.amount_fen,
        transaction_id=refund.transaction_id,
    )


@collection.evolve(pb.RefundApproved)
def refund_approved(state: Collection, event: pb.RefundApproved) -> Collection:
    return state.with_refund(event.refund_id, pb.REFUND_STATE_APPROVED)


@collection.evolve(pb.RefundRejected)
def refund_rejected(state: Collection, event: pb.RefundRejected) -> Collection:
    return state.with_refund(event.refund_id, pb.REFUND_STATE_REJECTED)


@collection.decide(commands.NoteRefundFailedRequest, basis="design")
def note_failed(state: Collection, command: commands.NoteRefundFailedRequest, context: Context) -> Events:
    """The bank cannot pay back; a new proposal may name another way."""
    refund = state.refunds.get(command.refund_id)
    if refund is not None and refund.state == pb.REFUND_STATE_APPROVED:
        yield pb.RefundFailed(collection_id=command.collection_id, refund_id=command.refund_id, reason=command.reason)


@collection.evolve(pb.RefundFailed)
def refund_failed(state: Collection, event: pb.RefundFailed) -> Collection:
    return state.with_refund(event.refund_id, pb.REFUND_STATE_FAILED)


@collection.decide(commands.RecordRefundRequest, basis="design")
def record_refund(state: Collection, command: commands.RecordRefundRequest, context: Context) -> Events:
    """The collecting side reports that it paid back what was approved; another amount is a difference."""
    refund = state.refunds.get(command.refund_id)
    if refund is not None and refund.state in (pb.REFUND_STATE_EXECUTED, pb.REFUND_STATE_CONFIRMED):
        return
    if refund is None or refund.state != pb.REFUND_STATE_WITHDRAWN:
        refund = _refund_in(state, command.refund_id, pb.REFUND_STATE_APPROVED)
    if command.amount_fen != refund.amount_fen:
        yield from _differs(state, command, refund, pb.DIFFERENCE_KIND_REFUND_AMOUNT, refund.amount_fen)
        return
    surplus = state.money.surplus(refund.account, context.today)
    executed = pb.RefundExecuted(
        collection_id=command.collection_id,
        case_id=state.case_id,
        refund_id=command.refund_id,
        transaction_id=command.transaction_id,
        account=refund.account,
        amount_fen=command.amount_fen,
        executed_on=context.today.isoformat(),
        uncovered_fen=max(command.amount_fen - surplus, 0),
    )
    after = refund_executed(state, executed)
    executed.remainder_left_fen = after.remainder_left(refund.account, context.today)
    yield executed
    if executed.uncovered_fen:
        yield from _differs(state, command, refund, pb.DIFFERENCE_KIND_REFUND_UNCOVERED, surplus)


@collection.evolve(pb.RefundExecuted)
def refund_executed(state: Collection, event: pb.RefundExecuted) -> Collection:
    after = state.with_refund(event.refund_id, pb.REFUND_STATE_EXECUTED)
    return replace(after, money=state.money.refunded(event))


@collection.decide(commands.ConfirmRefundRequest, basis="design")
def confirm_refund(state: Collection, command: commands.ConfirmRefundRequest, context: Context) -> Events:
    """Finance confirms that the party has what the bank paid back."""
    _refund_in(state, command.refund_id, pb.REFUND_STATE_EXECUTED)
    yield pb.RefundConfirmed(collection_id=command.collection_id, refund_id=command.refund_id)


@collection.evolve(pb.RefundConfirmed)
def refund_confirmed(state: Collection, event: pb.RefundConfirmed) -> Collection:
    return state.with_refund(event.refund_id, pb.REFUND_STATE_CONFIRMED)


def withdrawn_refunds(
    state: Collection, collection_id: str, reason: str, context: Context
) -> Iterator[pb.RefundWithdrawn]:
    """Refunds under way for which the surplus is gone; those that were approved first keep what is left. `state` is
    that after the command's other events.
    """
    left: dict[pb.Account.ValueType, int] = {}
    pending = [(refund_id, one) for refund_id, one in state.refunds.items() if one.state in PENDING_REFUND]
    for refund_id, refund in sorted(pending, key=lambda one: one[1].state != pb.REFUND_STATE_APPROVED):
        surplus = left.setdefault(refund.account, state.money.surplus(refund.account, context.today))
        if refund.amount_fen > surplus:
            yield pb.RefundWithdrawn(collection_id=collection_id, refund_id=refund_id, reason=reason)
        else:
            left[refund.account] = surplus - refund.amount_fen


@collection.evolve(pb.RefundWithdrawn)
def refund_withdrawn(state: Collection, event: pb.RefundWithdrawn) -> Collection:
    return state.with_refund(event.refund_id, pb.REFUND_STATE_WITHDRAWN)


def _require_surplus(state: Collection, account: pb.Account.ValueType, amount_fen: int, context: Context) -> None:
    surplus = state.refundable(account, context.today)
    if amount_fen > surplus:
        raise Refused(Refusal.NO_SURPLUS, account=name_of(account), surplus_fen=surplus, amount_fen=amount_fen)


def _refund_in(state: Collection, refund_id: str, wanted: pb.RefundState.ValueType) -> Refund:
    refund = state.refunds.get(refund_id)
    if refund is None or refund.state != wanted:
        raise Refused(Refusal.REFUND_WRONG_STATE, state=term(pb.RefundState, refund.state) if refund else "不存在")
    return refund


def _differs(
    state: Collection,
    command: commands.RecordRefundRequest,
    refund: Refund,
    kind: pb.DifferenceKind.ValueType,
    expected_fen: int,
) -> Iterator[pb.PaymentDifferenceFound]:
    said = f"refund/{command.refund_id}/{command.transaction_id}/{command.amount_fen}"
    difference_id = named(command.collection_id, said)
    if difference_id in state.differences or difference_id in state.settled_differences:
        return
    yield pb.PaymentDifferenceFound(
        collection_id=command.collection_id,
        difference=pb.Difference(
            difference_id=difference_id,
            kind=kind,
            transaction_id=command.transaction_id,
            account=refund.account,
            expected_fen=expected_fen,
            amount_fen=command.amount_fen,
        ),
    )
