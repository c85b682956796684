"""The police's side of a transfer (国务院令第310号 arts. 7, 8, 12; 公安机关办理刑事案件程序规定 art. 180).

    RECEIVED ──receipt──▶ ACCEPTED ──decide──▶ FILED ──bureau hands over──▶ PROPERTY_SENT ──confirm──▶ PROPERTY_TAKEN
                          │    ▲   └──decide──▶ REFUSED
                       ask▼    │supplement
                   SUPPLEMENT_DEMANDED ──decide──▶ FILED, REFUSED

The receipt is signed whatever is missing: incomplete materials are no reason to refuse it, they are asked for.

Not here yet: forwarding to the competent police, extension of the decision, reconsideration.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.deadlines import published
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import local
from services.transfer.deadlines import SUPPLEMENT_DEMAND
from services.transfer.model.shared import (
    MPS_180,
    O310_7,
    O310_8,
    O310_12,
    Refusal,
    procuratorate_of,
    require_not_before,
    require_told_by,
)


class Stage(StrEnum):
    """Where a referral stands."""

    RECEIVED = "待签收"
    ACCEPTED = "已受理"
    SUPPLEMENT_DEMANDED = "待补充材料"
    FILED = "已立案"
    REFUSED = "不予立案"
    PROPERTY_SENT = "待接收涉案财物"
    PROPERTY_TAKEN = "已接收涉案财物"


@dataclass(frozen=True, slots=True)
class Referral(Staged):
    """What decisions about a referral read."""

    stage: Stage = Stage.RECEIVED
    transfer_id: str = ""
    bureau_id: str = ""
    accepted_at: datetime | None = None


referral = Aggregate("referral", Referral)


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
    )


@referral.evolve(pb.ReferralReceived)
def received(state: Referral, event: pb.ReferralReceived) -> Referral:
    return replace(state, stage=Stage.RECEIVED, transfer_id=event.transfer_id, bureau_id=event.bureau_id)


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
    return replace(state, stage=Stage.ACCEPTED, accepted_at=act.occurred_at)


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
    return replace(state, stage=Stage.SUPPLEMENT_DEMANDED)


@referral.decide(commands.NoteSupplementRequest, basis=MPS_180)
def note_supplement(state: Referral, command: commands.NoteSupplementRequest, context: Context) -> Events:
    """The bureau's supplement joins the file, even when it comes after the decision."""
    require_told_by(state.bureau_id, command.bureau_id)
    yield pb.SupplementReceived(referral_id=command.referral_id, materials=command.materials)


@referral.evolve(pb.SupplementReceived)
def supplement_received(state: Referral, event: pb.SupplementReceived) -> Referral:
    return replace(state, stage=Stage.ACCEPTED if state.stage is Stage.SUPPLEMENT_DEMANDED else state.stage)


@referral.decide(commands.DecideFilingRequest, basis=O310_8)
def decide_filing(state: Referral, command: commands.DecideFilingRequest, context: Context) -> Events:
    """A leader of the police opens a criminal case or refuses with reasons; the bureau is told in writing."""
    state.require(Stage.ACCEPTED, Stage.SUPPLEMENT_DEMANDED)
    require_not_before(state.accepted_at, context)
    filed = command.outcome == commands.FILING_OUTCOME_FILED
    if not (command.criminal_case_number if filed else command.reasons).strip():
        raise Refused(Refusal.FILING_INCOMPLETE)
    if filed:
        yield pb.CriminalCaseFiled(
            referral_id=command.referral_id,
            transfer_id=state.transfer_id,
            bureau_id=state.bureau_id,
            procuratorate_id=procuratorate_of(context),
            criminal_case_number=command.criminal_case_number,
            notice=command.notice,
        )
        return
    yield pb.FilingRefused(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        reasons=command.reasons,
        notice=command.notice,
    )


@referral.evolve(pb.CriminalCaseFiled)
def criminal_case_filed(state: Referral, event: pb.CriminalCaseFiled) -> Referral:
    return replace(state, stage=Stage.FILED)


@referral.evolve(pb.FilingRefused)
def filing_refused(state: Referral, event: pb.FilingRefused) -> Referral:
    return replace(state, stage=Stage.REFUSED)


@referral.decide(commands.NoteHandOverRequest, basis=O310_12)
def note_hand_over(state: Referral, command: commands.NoteHandOverRequest, context: Context) -> Events:
    """The bureau's list of what it hands over is noted when it arrives."""
    require_told_by(state.bureau_id, command.bureau_id)
    state.require(Stage.FILED)
    yield pb.HandOverNoted(referral_id=command.referral_id, items=command.items)


@referral.evolve(pb.HandOverNoted)
def hand_over_noted(state: Referral, event: pb.HandOverNoted) -> Referral:
    return replace(state, stage=Stage.PROPERTY_SENT)


@referral.decide(commands.ConfirmHandOverRequest, basis=O310_12)
def confirm_hand_over(state: Referral, command: commands.ConfirmHandOverRequest, context: Context) -> Events:
    """An officer confirms that the property was taken over as listed."""
    state.require(Stage.PROPERTY_SENT)
    yield pb.HandOverConfirmed(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        receiver=context.active_officer(context.actor.id),
    )


@referral.evolve(pb.HandOverConfirmed)
def hand_over_confirmed(state: Referral, event: pb.HandOverConfirmed) -> Referral:
    return replace(state, stage=Stage.PROPERTY_TAKEN)
