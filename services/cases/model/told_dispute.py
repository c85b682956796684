"""What the other side tells of a dispute over jurisdiction (管辖争议, 行政处罚法 art. 25).

    raised there ──nothing is disputed here──▶ DISPUTED here, too
                 ──another one is────────────▶ WAITS for its turn; answered when the open one is over
                 ──nothing is left here, or it is lost to a third──▶ answered at once: who tells owns it between the two
    settled there ──▶ the same here; given up on both sides at once: the next round, in its turn
    designated there ──▶ this side gives it up, in its turn, or says what it decided already

Promise: what is told is never dropped while it may still bind whoever told it: nobody stays frozen because this side
was in dispute with somebody else. Nobody but the other side ends a dispute: its id is no secret.
"""

from typing import TypeAlias

from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import side_states_pb2 as pb

from services.cases.model.case import UNDECIDED, Case, Stage, case
from services.cases.model.dispute import (
    APL_25,
    answered,
    disputed_with,
    rounds_of,
    told_above,
    whose_turn,
)
from services.cases.model.procedure import Dispute
from services.kernel.decider import Context, Events

Told: TypeAlias = (
    pb.NoteJurisdictionDisputeRequest
    | disputes.NoteDisputePositionRequest
    | disputes.NoteDisputeEscalationRequest
    | disputes.NoteDesignationRequest
)


@case.decide(pb.NoteJurisdictionDisputeRequest, basis=APL_25)
def note_dispute(state: Case, command: pb.NoteJurisdictionDisputeRequest, context: Context) -> Events:
    """What the other side raised or settled holds here, too; what is known already is not noted again."""
    if command.way:
        yield from _note_settlement(state, command, context)
        return
    dispute = state.dispute
    if dispute is not None and meant(dispute, command):
        if not (dispute.heard and dispute.other_case_id):
            yield _position_of(dispute, command)  # both raised it
    elif command.round < rounds_of(state, command.told_by, command.other_case_id):
        return  # it crossed with the word that ended that round
    elif dispute is None:
        yield from _entered(state, command, context, command.round)
    else:
        yield _waits(command, command.round)


@case.decide(disputes.NoteDisputePositionRequest, basis=APL_25)
def note_position(state: Case, command: disputes.NoteDisputePositionRequest, context: Context) -> Events:
    """The other side's position stands in the file beside the own."""
    if state.dispute is not None and meant(state.dispute, command):
        yield _position_of(state.dispute, command)


@case.decide(disputes.NoteDesignationRequest, basis=APL_25)
def note_designation(state: Case, command: disputes.NoteDesignationRequest, context: Context) -> Events:
    """The other side was designated: this one gives the case up and tells it so. Where a designation of this side was
    entered, too, one of the two papers is wrong: both stay frozen until somebody enters the right one. Of a dispute
    that named no case this side may hear now for the first time, from whom the superior told of it."""
    dispute = state.dispute
    if (waiting := _waiting(state, command)) is not None:
        if not waiting.designated:
            yield _again(waiting, designated=True)
        return
    if dispute is None or not meant(dispute, command):
        yield from _designated_unheard(state, command, context)
        return
    if dispute.designated:
        return
    settlement = pb.JurisdictionSettled(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        other_id=dispute.other_id,
        other_case_id=dispute.other_case_id or command.other_case_id,
        owner_id=command.told_by,
        way=pb.SETTLEMENT_WAY_DESIGNATED,
        told_by=command.told_by,
        round=command.round,
        still_standing=state.stands_still(but="dispute"),
    )
    yield told_above(dispute, settlement)
    yield from whose_turn(state, settlement)


def _designated_unheard(state: Case, command: disputes.NoteDesignationRequest, context: Context) -> Events:
    """Who tells waits for a word, whatever became of the case here."""
    if command.round < rounds_of(state, command.told_by, command.other_case_id):
        return  # it crossed with the word that ended that round
    if state.dispute is not None:
        yield disputes.DisputeWaits(
            case_id=command.case_id,
            dispute_id=command.dispute_id,
            told_by=command.told_by,
            other_case_id=command.other_case_id,
            round=command.round,
            designated=True,
        )
    elif _pursued(state, command.told_by):
        way = pb.SETTLEMENT_WAY_DESIGNATED
        yield answered(command, command.round, owner_id=command.told_by, ours=False, way=way)
    else:
        yield _not_here(state, command, context, command.round)


def _note_settlement(state: Case, command: pb.NoteJurisdictionDisputeRequest, context: Context) -> Events:
    """The teller gave the case up, or kept what it had decided."""
    teller, own, dispute = command.told_by, context.authority.id, state.dispute
    if command.owner_id == teller and command.way != pb.SETTLEMENT_WAY_DECIDED_ALREADY:
        return  # nobody makes itself competent
    if (waiting := _waiting(state, command)) is not None:
        yield _again(waiting, ended=True)
    third = command.owner_id not in (teller, own)
    if dispute is not None and meant(dispute, command):
        if third and dispute.designated:
            return
    elif command.owner_id == teller or command.round < rounds_of(state, teller, command.other_case_id) - 1:
        return
    elif command.round >= rounds_of(state, teller, command.other_case_id):
        # Of a dispute that named no case: nothing was open here, but both sides count alike.
        yield _again(_waits(command, command.round), ended=True)
        return
    elif not third:
        yield from _crossed(state, command, context)
        return
    elif dispute is not None or state.lost_to != teller:
        return
    settlement = pb.JurisdictionSettled(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id if dispute is not None else command.dispute_id,
        other_case_id=command.other_case_id,
        owner_id=command.owner_id,
        ours=command.owner_id == own,
        way=command.way,
        told_by=teller,
        round=command.round,
        still_standing=state.stands_still(but="dispute"),
    )
    yield told_above(dispute, settlement)
    yield from whose_turn(state, settlement)


def _crossed(state: Case, command: pb.NoteJurisdictionDisputeRequest, context: Context) -> Events:
    """Where each gave it up to the other, in the same round, both begin the next one, whatever else is disputed here
    by now."""
    pair, next_round = (command.told_by, command.other_case_id), command.round + 1
    if state.disputes_yielded.get(pair) != command.round:
        return
    gone = pair in state.nothing_left_for
    if gone and command.way == pb.SETTLEMENT_WAY_GIVEN_UP:
        return  # nobody owns what nobody pursues
    if state.dispute is not None:
        yield _waits(command, next_round)
    elif gone:
        yield _given_up(command, next_round)
    else:
        yield from _entered(state, command, context, next_round)


def _entered(state: Case, command: pb.NoteJurisdictionDisputeRequest, context: Context, round_: int) -> Events:
    """The dispute holds here; or there is nothing here to dispute about any more, and the other side learns it."""
    if _pursued(state, command.told_by):
        yield disputed_with(command, round_)
    elif command.way != pb.SETTLEMENT_WAY_GIVEN_UP:  # else nothing is left there either
        yield _not_here(state, command, context, round_)


def _pursued(state: Case, teller: str) -> bool:
    """Whether the case is still this side's to dispute with who tells."""
    live = (Stage.CLUE, *UNDECIDED, Stage.TRANSFERRED_CRIMINAL, Stage.TRANSFERRED_ADMIN)
    return state.stage in live and not _with_third(state, teller)


def _with_third(state: Case, teller: str) -> bool:
    """Whether it went to a third authority, or is lost to one."""
    handed_on = state.handed_on.receiver_id if state.handed_on else ""
    gone = state.stage is Stage.TRANSFERRED_ADMIN and handed_on != teller
    return gone or state.lost_to not in ("", teller)


def _not_here(
    state: Case,
    command: pb.NoteJurisdictionDisputeRequest | disputes.NoteDesignationRequest,
    context: Context,
    round_: int,
) -> pb.JurisdictionSettled:
    """Nothing is left here, or it was decided here."""
    if _with_third(state, command.told_by) or state.stage is Stage.NOT_FILED or state.handed_on is not None:
        return _given_up(command, round_)
    way = pb.SETTLEMENT_WAY_DECIDED_ALREADY
    return answered(command, round_, owner_id=context.authority.id, ours=True, way=way)


def _given_up(
    command: pb.NoteJurisdictionDisputeRequest | disputes.NoteDesignationRequest, round_: int
) -> pb.JurisdictionSettled:
    way = pb.SETTLEMENT_WAY_GIVEN_UP
    return answered(command, round_, owner_id=command.told_by, ours=False, way=way)


def _position_of(
    dispute: Dispute, told: pb.NoteJurisdictionDisputeRequest | disputes.NoteDisputePositionRequest
) -> disputes.DisputePositionStated:
    return disputes.DisputePositionStated(
        case_id=told.case_id,
        dispute_id=dispute.dispute_id,
        other_case_id=dispute.other_case_id or told.other_case_id,
        position=told.position,
        filed_at=told.filed_at if told.HasField("filed_at") else None,
        round=told.round,
        told_by=told.told_by,
    )


def meant(dispute: Dispute, told: Told) -> bool:
    """Whether the other side speaks of the open dispute. Of one that named no case the other side has not heard: it
    counts as the other side counts."""
    fits = dispute.other_id == told.told_by and same_case(dispute.other_case_id, told.other_case_id)
    return fits and (dispute.round == told.round or not dispute.other_case_id)


def same_case(one: str, other: str) -> bool:
    return not (one and other) or one == other


def _waiting(state: Case, told: Told) -> disputes.DisputeWaits | None:
    """What the other side raised about that case of its, and waits here."""
    key = (told.told_by, told.other_case_id, told.round)
    return next((one for one in state.disputes_waiting if (one.told_by, one.other_case_id, one.round) == key), None)


def _waits(command: pb.NoteJurisdictionDisputeRequest, round_: int) -> disputes.DisputeWaits:
    return disputes.DisputeWaits(
        case_id=command.case_id,
        dispute_id=command.dispute_id,
        told_by=command.told_by,
        other_case_id=command.other_case_id,
        position=command.position,
        filed_at=command.filed_at if command.HasField("filed_at") else None,
        round=round_,
    )


def _again(waiting: disputes.DisputeWaits, *, designated: bool = False, ended: bool = False) -> disputes.DisputeWaits:
    """The same, after what its teller said since."""
    changed = disputes.DisputeWaits()
    changed.CopyFrom(waiting)
    changed.designated, changed.ended = designated, ended
    return changed
