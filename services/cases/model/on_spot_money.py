"""What becomes of a fine on the spot: handed in, banked, or paid later (行政处罚法 arts. 66-71)."""

from dataclasses import replace

from enforcement.cases.v1 import on_spot_pb2 as pb

from services.cases.model.case import Refusal
from services.cases.model.on_spot import AFTER_DECISION, OnSpot, on_spot, require_amount
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused


@on_spot.decide(pb.RecordLandingRequest, basis="行政处罚法 art. 71")
def record_landing(state: OnSpot, command: pb.RecordLandingRequest, context: Context) -> Events:
    """From the landing on, money collected on water is handed in within two working days."""
    money = state.money
    if money is None or not (money.collected_fen and money.on_water) or money.landed:
        raise Refused(Refusal.NOT_COLLECTED_ON_WATER)
    yield pb.OnSpotLanded(on_spot_id=command.on_spot_id)


@on_spot.evolve(pb.OnSpotLanded)
def landed(state: OnSpot, event: pb.OnSpotLanded) -> OnSpot:
    return _with_money(state, landed=True)


@on_spot.decide(pb.HandInOnSpotFineRequest, basis="行政处罚法 art. 71")
def hand_in(state: OnSpot, command: pb.HandInOnSpotFineRequest, context: Context) -> Events:
    """Officers hand in what they collected, all of it, once."""
    money = state.money
    if money is None or not money.collected_fen or money.handed_in:
        raise Refused(Refusal.NOTHING_COLLECTED)
    if money.on_water and not money.landed:
        raise Refused(Refusal.NOT_LANDED)
    require_amount(command.amount_fen, money.collected_fen)
    context.officer(command.receiver_id)
    yield pb.OnSpotFineHandedIn(
        on_spot_id=command.on_spot_id, amount_fen=command.amount_fen, receiver_id=command.receiver_id
    )


@on_spot.evolve(pb.OnSpotFineHandedIn)
def handed_in(state: OnSpot, event: pb.OnSpotFineHandedIn) -> OnSpot:
    return _with_money(state, handed_in=True)


@on_spot.decide(pb.BankOnSpotFineRequest, basis="行政处罚法 art. 71")
def bank(state: OnSpot, command: pb.BankOnSpotFineRequest, context: Context) -> Events:
    """The authority pays what was handed in to the designated bank."""
    money = state.money
    if money is None or not money.handed_in or money.banked:
        raise Refused(Refusal.NOTHING_COLLECTED)
    require_amount(command.amount_fen, money.collected_fen)
    yield pb.OnSpotFineBanked(
        on_spot_id=command.on_spot_id, amount_fen=command.amount_fen, bank_reference=command.bank_reference
    )


@on_spot.evolve(pb.OnSpotFineBanked)
def banked(state: OnSpot, event: pb.OnSpotFineBanked) -> OnSpot:
    return _with_money(state, banked=True)


@on_spot.decide(pb.NoteOnSpotPerformanceRequest, basis="行政处罚法 arts. 66, 67")
def note_performance(state: OnSpot, command: pb.NoteOnSpotPerformanceRequest, context: Context) -> Events:
    """What the collection says of a fine that was not collected on the spot. Saying it again changes nothing; that more
    is owed after all takes it back. Of a revoked penalty nothing is performed: its collection is there to pay back.
    """
    money = state.money
    if state.revoked:
        return
    if money is None:
        state.require(*AFTER_DECISION)
    elif command.reopened == (money.performed is not None):
        yield pb.OnSpotPerformanceNoted(
            on_spot_id=command.on_spot_id,
            collection_id=command.collection_id,
            performed=command.performed,
            reopened=command.reopened,
        )


@on_spot.evolve(pb.OnSpotPerformanceNoted)
def performance_noted(state: OnSpot, event: pb.OnSpotPerformanceNoted) -> OnSpot:
    return _with_money(state, performed=None if event.reopened else event.performed)


def _with_money(state: OnSpot, **changes: object) -> OnSpot:
    assert state.money is not None
    return replace(state, money=replace(state.money, **changes))  # type: ignore[arg-type]
