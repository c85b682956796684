"""T8, T9, bureau: property goes to the police, the party is told, and what comes back is recorded.

国务院令第310号 arts. 10, 12; 行政强制法 art. 21.
"""

from dataclasses import replace

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.transfer.model.letters import or_matches
from services.transfer.model.shared import O310_10, O310_12, Refusal, require_not_before, require_told_by
from services.transfer.model.transfer import Stage, Transfer, transfer


@transfer.decide(commands.HandOverPropertyRequest, basis="国务院令第310号 art. 12; 行政强制法 art. 21")
def hand_over(state: Transfer, command: commands.HandOverPropertyRequest, context: Context) -> Events:
    """After the filing notice property and all other materials go to the police, with a record of the hand-over.

    Materials, or a part, may go first; then the property follows. That it does is said, or the three days are met.
    """
    follows = state.handed_over and (state.property_follows or not state.property_went)
    state.require(Stage.FILED, *((Stage.HANDED_OVER, Stage.OUTCOME_PENDING) if follows else ()))
    state.require_team(context)
    require_not_before(state.last_act_at, context)
    if not command.items and not command.materials:
        raise Refused(Refusal.NOTHING_TO_HAND_OVER)
    yield pb.PropertyHandedOver(
        transfer_id=command.transfer_id,
        police_id=state.police_id,
        referral_id=state.referral_id,
        item_count=len(command.items),
        case_id=state.opened.case_id,
        items=command.items,
        record=command.record,
        officers=context.two_active_officers(command.officer_ids),
        materials=command.materials,
        material_count=len(command.materials),
        property_follows=command.property_follows,
    )


@transfer.evolve(pb.PropertyHandedOver)
def handed_over(state: Transfer, event: pb.PropertyHandedOver, act: Act) -> Transfer:
    return replace(
        state,
        handed_over=True,
        property_went=state.property_went or event.item_count > 0,
        property_follows=event.property_follows,
        taken_over=False,
        handed_over_at=act.occurred_at,
        last_act_at=act.occurred_at,
    )


@transfer.decide(commands.RecordHandOverConfirmationRequest, basis=O310_12)
@or_matches(paper.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION)
def record_confirmation(
    state: Transfer, command: commands.RecordHandOverConfirmationRequest, context: Context
) -> Events:
    """The police confirm what they took over, whatever became of the criminal case since."""
    require_told_by(state.police_id, command.police_id)
    _require_handed_over(state, Stage.HANDED_OVER)
    if context.origin is None and state.taken_over:
        return  # on paper what a node confirmed
    yield pb.HandOverConfirmationRecorded(transfer_id=command.transfer_id, police_id=command.police_id)


@transfer.evolve(pb.HandOverConfirmationRecorded)
def confirmation_recorded(state: Transfer, event: pb.HandOverConfirmationRecorded) -> Transfer:
    return replace(state, taken_over=True)


@transfer.decide(commands.InformPartyRequest, basis="行政强制法 art. 21")
def inform_party(state: Transfer, command: commands.InformPartyRequest, context: Context) -> Events:
    """When seized property has gone to the police, the party is told in writing, once."""
    _require_handed_over(state, Stage.HANDED_OVER, Stage.OUTCOME_PENDING)
    state.require_team(context)
    if state.party_informed:
        raise Refused(Refusal.PARTY_INFORMED_ALREADY)
    require_not_before(state.handed_over_at, context)
    yield pb.PartyInformed(transfer_id=command.transfer_id, letter=command.letter, way=command.way)


@transfer.evolve(pb.PartyInformed)
def party_informed(state: Transfer, event: pb.PartyInformed) -> Transfer:
    return replace(state, party_informed=True)


@transfer.decide(outcomes.RecordPropertyReturnRequest, basis=O310_10)
@or_matches(paper.PAPER_ANSWER_KIND_PROPERTY_RETURN)
def record_property_return(state: Transfer, command: outcomes.RecordPropertyReturnRequest, context: Context) -> Events:
    """What the police give back when the criminal case ended is recorded with its list."""
    require_told_by(state.police_id, command.police_id)
    _require_handed_over(state, Stage.HANDED_OVER)
    if context.origin is None and state.property_back:
        return  # on paper what a node told: it goes back once
    yield outcomes.PropertyReturnRecorded(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        item_count=len(command.items),
        case_id=state.opened.case_id,
        items=command.items,
        record=command.record if command.HasField("record") else None,
    )


@transfer.evolve(outcomes.PropertyReturnRecorded)
def property_return_recorded(state: Transfer, event: outcomes.PropertyReturnRecorded) -> Transfer:
    return replace(state, property_back=True)


def _require_handed_over(state: Transfer, *stages: Stage) -> None:
    """Property was handed over, however far the transfer went since."""
    if not state.handed_over:
        state.require(*stages)
