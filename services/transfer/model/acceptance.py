"""T4, police: a referral arrives, is signed for, supplemented, or goes where it belongs (国务院令第310号 art. 7).

公安机关办理刑事案件程序规定 arts. 175, 180.
"""

from collections.abc import Iterator
from dataclasses import replace

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.deadlines import published
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import to_timestamp
from services.kernel.values import local
from services.transfer.deadlines import SUPPLEMENT_DEMAND
from services.transfer.model.referral import Referral, Stage, referral
from services.transfer.model.shared import (
    MPS_175,
    MPS_180,
    O310_7,
    Refusal,
    procuratorate_of,
    require_not_before,
    require_other_police,
    require_told_by,
)


@referral.decide(commands.OpenReferralRequest, basis=O310_7)
def open_referral(state: Referral, command: commands.OpenReferralRequest, context: Context) -> Events:
    """Whatever a bureau transfers is received."""
    yield pb.ReferralReceived(
        referral_id=command.referral_id or str(context.new_id(referral.name)),
        transfer_id=command.transfer_id,
        bureau_id=command.bureau_id,
        case_number=command.case_number,
        suspected_crime=command.suspected_crime,
        materials=command.materials,
        goods=command.goods,
        evidence=command.evidence,
        forwarder_ids=command.forwarder_ids,
    )


@referral.evolve(pb.ReferralReceived)
def received(state: Referral, event: pb.ReferralReceived) -> Referral:
    return replace(
        state,
        way=Stage.RECEIVED,
        transfer_id=event.transfer_id,
        bureau_id=event.bureau_id,
        case_number=event.case_number,
        suspected_crime=event.suspected_crime,
        forwarder_ids=tuple(event.forwarder_ids),
    )


@referral.decide(commands.SignReceiptRequest, basis=O310_7)
def sign_receipt(state: Referral, command: commands.SignReceiptRequest, context: Context) -> Events:
    """An officer signs the receipt on the letter of transfer: that is the acceptance."""
    state.require(Stage.RECEIVED)
    yield pb.ReferralReceiptSigned(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        signer=context.active_officer(context.actor.id),
        receipt=command.receipt if command.HasField("receipt") else None,
    )


@referral.evolve(pb.ReferralReceiptSigned)
def receipt_signed(state: Referral, event: pb.ReferralReceiptSigned, act: Act) -> Referral:
    return replace(state, way=Stage.ACCEPTED, accepted_at=act.occurred_at, last_act_at=act.occurred_at)


@referral.decide(commands.DemandSupplementRequest, basis=MPS_180)
def demand_supplement(state: Referral, command: commands.DemandSupplementRequest, context: Context) -> Events:
    """Missing materials are asked for soon after the acceptance, or not at all."""
    state.require(Stage.ACCEPTED, Stage.SUPPLEMENT_DEMANDED)
    assert state.accepted_at is not None
    require_not_before(state.accepted_at, context)
    window = SUPPLEMENT_DEMAND.due(state.accepted_at, published())
    if not window.covers(context.occurred_at):
        raise Refused(Refusal.SUPPLEMENT_DEMAND_LATE, until=local(window.effective_at))
    yield pb.SupplementDemanded(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        kinds=command.kinds,
        detail=command.detail,
    )


@referral.evolve(pb.SupplementDemanded)
def supplement_demanded(state: Referral, event: pb.SupplementDemanded) -> Referral:
    return replace(state, way=Stage.SUPPLEMENT_DEMANDED, demands=state.demands + 1)


@referral.decide(commands.NoteSupplementRequest, basis=MPS_180)
def note_supplement(state: Referral, command: commands.NoteSupplementRequest, context: Context) -> Events:
    """The bureau's supplement joins the file, even when it comes after the decision."""
    require_told_by(state.bureau_id, command.bureau_id)
    yield pb.SupplementReceived(
        referral_id=command.referral_id, materials=command.materials, demands_answered=command.demands_answered
    )


@referral.evolve(pb.SupplementReceived)
def supplement_received(state: Referral, event: pb.SupplementReceived) -> Referral:
    """A supplement that crossed with a later demand leaves that one open."""
    answered = event.demands_answered in (0, state.demands)
    return replace(state, way=Stage.ACCEPTED if answered and state.way is Stage.SUPPLEMENT_DEMANDED else state.way)


@referral.decide(forwarding.DenyJurisdictionRequest, basis=MPS_175)
def deny_jurisdiction(state: Referral, command: forwarding.DenyJurisdictionRequest, context: Context) -> Events:
    """A leader finds that these police are not competent: then they pass it on within 24 hours of the acceptance."""
    if state.stage is Stage.NOT_COMPETENT:
        raise Refused(Refusal.JURISDICTION_DENIED_ALREADY)
    yield from _denied(state, command.referral_id, command.reason, context)


@referral.decide(forwarding.ForwardReferralRequest, basis=MPS_175)
def forward(state: Referral, command: forwarding.ForwardReferralRequest, context: Context) -> Events:
    """The case goes to the competent police, and the bureau is told in writing; late is late, and still a duty.

    It does not go back to police that denied their jurisdiction: whom they cannot agree on, the common superior names.
    """
    require_other_police(command.to_police_id, context.authority.id, state.forwarder_ids, context)
    yield from _denied(state, command.referral_id, command.reason, context)
    yield forwarding.ReferralForwarded(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        to_police_id=command.to_police_id,
        procuratorate_id=procuratorate_of(context),
        case_number=state.case_number,
        suspected_crime=state.suspected_crime,
        reason=command.reason,
        notice=command.notice,
    )


@referral.decide(forwarding.DeclineReferralRequest, basis=MPS_175)
def decline(state: Referral, command: forwarding.DeclineReferralRequest, context: Context) -> Events:
    """What is no matter of the police goes back with a written notice where it belongs."""
    yield from _denied(state, command.referral_id, command.reason, context)
    yield forwarding.ReferralDeclined(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        reason=command.reason,
        competent=command.competent,
        notice=command.notice,
    )


def _denied(
    state: Referral, referral_id: str, reason: str, context: Context
) -> Iterator[forwarding.JurisdictionDenied]:
    """The finding, unless it was made before: the 24 hours from the acceptance are counted for it."""
    state.require(Stage.ACCEPTED, Stage.SUPPLEMENT_DEMANDED, Stage.NOT_COMPETENT)
    assert state.accepted_at is not None
    require_not_before(state.last_act_at, context)
    if state.stage is Stage.NOT_COMPETENT:
        return
    yield forwarding.JurisdictionDenied(
        referral_id=referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        accepted_at=to_timestamp(state.accepted_at),
        reason=reason,
    )


@referral.evolve(forwarding.JurisdictionDenied)
def jurisdiction_denied(state: Referral, event: forwarding.JurisdictionDenied, act: Act) -> Referral:
    return replace(state, way=Stage.NOT_COMPETENT, last_act_at=act.occurred_at)


@referral.evolve(forwarding.ReferralForwarded)
def forwarded(state: Referral, event: forwarding.ReferralForwarded) -> Referral:
    return replace(state, way=Stage.FORWARDED)


@referral.evolve(forwarding.ReferralDeclined)
def declined(state: Referral, event: forwarding.ReferralDeclined) -> Referral:
    return replace(state, way=Stage.DECLINED)
