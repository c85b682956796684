"""T8, T10, police: they take property over, withdraw the criminal case, and give property back.

国务院令第310号 arts. 10, 12; 公安机关办理刑事案件程序规定 art. 177.
"""

from dataclasses import replace

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Context, Events
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime
from services.transfer.model.letters import or_matches_incoming, with_paper
from services.transfer.model.reasons import matched
from services.transfer.model.referral import Referral, Stage, referral
from services.transfer.model.shared import (
    O310_10,
    O310_12,
    Refusal,
    procuratorate_of,
    require_not_before,
    require_told_by,
)

MPS_177 = "公安机关办理刑事案件程序规定 art. 177"


@referral.decide(commands.NoteHandOverRequest, basis=O310_12)
def note_hand_over(state: Referral, command: commands.NoteHandOverRequest, context: Context) -> Events:
    """The bureau's list of what it hands over is noted when it arrives, whatever became of the criminal case since.

    The property itself may be there before the list is.
    """
    require_told_by(state.bureau_id, command.bureau_id)
    if not state.filed:
        state.require(Stage.FILED)
    yield pb.HandOverNoted(
        referral_id=command.referral_id,
        items=command.items,
        handed_over_at=command.handed_over_at if command.HasField("handed_over_at") else None,
        materials=command.materials,
    )


@referral.evolve(pb.HandOverNoted)
def hand_over_noted(state: Referral, event: pb.HandOverNoted) -> Referral:
    handed_over_at = to_datetime(event.handed_over_at) if event.HasField("handed_over_at") else None
    return replace(state, property_sent=True, property_taken=False, handed_over_at=handed_over_at)


@referral.decide(commands.ConfirmHandOverRequest, basis=O310_12)
def confirm_hand_over(state: Referral, command: commands.ConfirmHandOverRequest, context: Context) -> Events:
    """An officer confirms that the property was taken over as listed, not before the bureau handed it over."""
    if not state.property_sent or state.property_taken:
        raise Refused(KernelRefusal.WRONG_STAGE, stage=state.stage, allowed=Stage.PROPERTY_SENT)
    require_not_before(state.handed_over_at, context)
    yield pb.HandOverConfirmed(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        receiver=context.active_officer(context.actor.id),
    )


@referral.evolve(pb.HandOverConfirmed)
def hand_over_confirmed(state: Referral, event: pb.HandOverConfirmed) -> Referral:
    return replace(state, property_taken=True)


@referral.decide(outcomes.WithdrawCriminalCaseRequest, basis=MPS_177)
def withdraw(state: Referral, command: outcomes.WithdrawCriminalCaseRequest, context: Context) -> Events:
    """A leader withdraws a criminal case that is open, with reasons; the bureau gets the case back."""
    state.require(Stage.FILED, Stage.PROPERTY_SENT, Stage.PROPERTY_TAKEN)
    require_not_before(state.last_act_at, context)
    yield outcomes.CriminalCaseWithdrawn(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        reasons=command.reasons,
        notice=command.notice,
    )


@referral.evolve(outcomes.CriminalCaseWithdrawn)
def withdrawn(state: Referral, event: outcomes.CriminalCaseWithdrawn, act: Act) -> Referral:
    return replace(state, told=(*state.told, outcomes.TRANSFER_OUTCOME_WITHDRAWN), last_act_at=act.occurred_at)


@referral.decide(outcomes.NoteOutcomeRequest, basis=O310_10)
@or_matches_incoming(paper.PAPER_ANSWER_KIND_OUTCOME, matched)
def note_outcome(state: Referral, command: outcomes.NoteOutcomeRequest, context: Context) -> Events:
    """What the procuratorate told of the criminal case is noted; it knows the case from the police alone."""
    require_told_by(context.authority.procuratorate_id, command.procuratorate_id)
    if not state.filed:
        state.require(Stage.FILED)
    if command.paper_id and command.outcome in state.told:
        return
    yield outcomes.OutcomeNoted(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        procuratorate_id=command.procuratorate_id,
        outcome=command.outcome,
        paper_id=command.paper_id,
    )


@referral.evolve(outcomes.OutcomeNoted)
def outcome_noted(state: Referral, event: outcomes.OutcomeNoted, act: Act) -> Referral:
    on_paper = with_paper(state.on_paper, event, paper.PAPER_ANSWER_KIND_OUTCOME, act)
    return replace(state, told=(*state.told, event.outcome), on_paper=on_paper)


@referral.decide(outcomes.ReturnPropertyRequest, basis=O310_10)
def return_property(state: Referral, command: outcomes.ReturnPropertyRequest, context: Context) -> Events:
    """When the criminal case is over, property that no court keeps goes back to the bureau, with a record, once."""
    state.require(Stage.WITHDRAWN, Stage.ENDED)
    if not state.property_sent or state.property_returned:
        raise Refused(Refusal.NO_PROPERTY_HELD)
    require_not_before(state.last_act_at, context)
    yield outcomes.PropertyReturned(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        item_count=len(command.items),
        items=command.items,
        record=command.record,
        officers=context.two_active_officers(command.officer_ids),
    )


@referral.evolve(outcomes.PropertyReturned)
def property_returned(state: Referral, event: outcomes.PropertyReturned) -> Referral:
    return replace(state, property_returned=True)
