"""What differs from what was asked for (收款差异), and what a person decides about it: 行政处罚法 art. 74.

found ──accept · move to another account · propose a refund · the bank erred──▶ settled
"""

from dataclasses import replace
from typing import Final

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import Collection, OpenDifference, Refusal, collection
from services.collection.model.payment import paid_dues
from services.collection.model.performance import performed
from services.collection.money import name_of
from services.kernel.decider import Context, Events
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.values import day_of


@collection.evolve(pb.PaymentDifferenceFound)
def difference_found(state: Collection, event: pb.PaymentDifferenceFound, act: Act) -> Collection:
    found = event.difference
    transaction = state.transactions.get(found.transaction_id)
    paid_on = transaction.paid_on if transaction else day_of(act.occurred_at)
    return replace(
        state,
        differences={**state.differences, found.difference_id: OpenDifference(found.kind, found.account, paid_on)},
    )


_NOT_BOOKED: Final = (pb.DIFFERENCE_KIND_CONTRADICTION, pb.DIFFERENCE_KIND_REFUND_AMOUNT)
"""Differences about which the bank said something and no money was taken into an account."""


@collection.decide(commands.ResolveDifferenceRequest, basis="行政处罚法 art. 74; design")
def resolve_difference(state: Collection, command: commands.ResolveDifferenceRequest, context: Context) -> Events:
    """A person decides about a difference; only what was paid too much can be moved or proposed for a refund, and what
    is booked is no error of the bank.
    """
    difference = state.differences.get(command.difference_id)
    if difference is None:
        raise Refused(Refusal.DIFFERENCE_NOT_OPEN, difference_id=command.difference_id)
    moves = command.resolution == pb.DIFFERENCE_RESOLUTION_MOVED
    if moves != bool(command.to_account):
        raise Refused(KernelRefusal.INVALID_REQUEST, detail="to_account: with MOVED and with nothing else")
    if command.resolution == pb.DIFFERENCE_RESOLUTION_BANK_ERROR and difference.kind not in _NOT_BOOKED:
        raise Refused(Refusal.MONEY_BOOKED)
    surplus = state.refundable(difference.account, context.today)
    if (moves or command.resolution == pb.DIFFERENCE_RESOLUTION_REFUND) and surplus <= 0:
        raise Refused(Refusal.NO_SURPLUS, account=name_of(difference.account), surplus_fen=surplus, amount_fen=1)
    moved = min(surplus, state.money.open(command.to_account, context.today)) if moves else 0
    if moves and not moved:
        raise Refused(Refusal.NOTHING_OPEN, account=name_of(command.to_account))
    resolved = pb.DifferenceResolved(
        collection_id=command.collection_id,
        difference_id=command.difference_id,
        resolution=command.resolution,
        note=command.note,
        to_account=command.to_account,
        moved_fen=moved,
        from_account=difference.account if moves else pb.ACCOUNT_UNSPECIFIED,
        paid_on=difference.paid_on.isoformat() if moves else "",
        case_id=state.case_id,
    )
    after = difference_resolved(state, resolved)
    resolved.remainder_left_fen = after.remainder_left(difference.account, context.today) if moves else 0
    yield resolved
    if command.resolution == pb.DIFFERENCE_RESOLUTION_REFUND:
        yield pb.RefundProposed(
            collection_id=command.collection_id,
            case_id=state.case_id,
            refund_id=str(context.new_id("refund")),
            account=difference.account,
            amount_fen=surplus,
            reason=command.note,
        )
    yield from paid_dues(after, command.collection_id, context)
    yield from performed(after, command.collection_id, context.today)


@collection.evolve(pb.DifferenceResolved)
def difference_resolved(state: Collection, event: pb.DifferenceResolved) -> Collection:
    return replace(
        state,
        money=state.money.moved(event),
        differences={key: each for key, each in state.differences.items() if key != event.difference_id},
        settled_differences=state.settled_differences | {event.difference_id},
    )
