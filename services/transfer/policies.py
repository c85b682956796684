"""What the transfer service does when something is in the ledger: each side takes in what another signed.

    bureau   CaseTransferred ─────────────▶ police   OpenReferral
    police   ReferralReceiptSigned ───────▶ bureau   RecordPoliceReceipt
             SupplementDemanded                      RecordSupplementDemand
             CriminalCaseFiled                       RecordPoliceFiling
             FilingRefused                           RecordPoliceRefusal
             HandOverConfirmed                       RecordHandOverConfirmation
    bureau   SupplementSent ──────────────▶ police   NoteSupplement
             PropertyHandedOver                      NoteHandOver
    both     TransferCopied, CaseReturned ▶ jcy      OpenOversight, UpdateOversight
             and what the police sign

An event reaches every addressee with the same fields, so a reaction says on which side it takes place. Acts whose
instant starts a clock of the one that acted (the receipt) keep it; what this side received is of when it arrived.
"""

from typing import Final

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.messages import to_timestamp
from services.kernel.policy import Policy, PolicyContext
from services.transfer.model.oversight import oversight_of

policy = Policy("transfer")

POLICE: Final = options.AUTHORITY_KIND_POLICE
BUREAU: Final = options.AUTHORITY_KIND_TRANSPORT
PROCURATORATE: Final = options.AUTHORITY_KIND_PROCURATORATE


# ---- police ------------------------------------------------------------------------------------------------------


@policy.on(pb.CaseTransferred, received=True, kind=POLICE)
def open_referral(event: pb.CaseTransferred, context: PolicyContext) -> commands.OpenReferralRequest:
    """What a bureau sends becomes a referral."""
    return commands.OpenReferralRequest(
        transfer_id=event.transfer_id,
        bureau_id=context.teller,
        case_number=event.case_number,
        suspected_crime=event.suspected_crime,
        materials=event.materials,
    )


@policy.on(pb.SupplementSent, received=True, kind=POLICE)
def note_supplement(event: pb.SupplementSent, context: PolicyContext) -> commands.NoteSupplementRequest:
    """Missing materials join the referral."""
    return commands.NoteSupplementRequest(
        referral_id=event.referral_id, bureau_id=context.teller, materials=event.materials
    )


@policy.on(pb.PropertyHandedOver, received=True, kind=POLICE)
def note_hand_over(event: pb.PropertyHandedOver, context: PolicyContext) -> commands.NoteHandOverRequest:
    """The bureau's list waits for an officer's confirmation."""
    return commands.NoteHandOverRequest(referral_id=event.referral_id, bureau_id=context.teller, items=event.items)


# ---- bureau ------------------------------------------------------------------------------------------------------


@policy.on(pb.ReferralReceiptSigned, received=True, kind=BUREAU)
def record_receipt(event: pb.ReferralReceiptSigned, context: PolicyContext) -> commands.RecordPoliceReceiptRequest:
    """The receipt counts from when the police signed it."""
    return commands.RecordPoliceReceiptRequest(
        transfer_id=event.transfer_id,
        occurred_at=to_timestamp(context.occurred_at),
        police_id=context.teller,
        referral_id=event.referral_id,
    )


@policy.on(pb.SupplementDemanded, received=True, kind=BUREAU)
def record_demand(event: pb.SupplementDemanded, context: PolicyContext) -> commands.RecordSupplementDemandRequest:
    """The bureau's time to supplement begins when the demand arrives."""
    return commands.RecordSupplementDemandRequest(
        transfer_id=event.transfer_id, police_id=context.teller, kinds=event.kinds, detail=event.detail
    )


@policy.on(pb.CriminalCaseFiled, received=True, kind=BUREAU)
def record_filing(event: pb.CriminalCaseFiled, context: PolicyContext) -> commands.RecordPoliceFilingRequest:
    """The bureau's time for the hand-over begins when the notice arrives."""
    return commands.RecordPoliceFilingRequest(
        transfer_id=event.transfer_id,
        police_id=context.teller,
        criminal_case_number=event.criminal_case_number,
        notice=event.notice if event.HasField("notice") else None,
    )


@policy.on(pb.FilingRefused, received=True, kind=BUREAU)
def record_refusal(event: pb.FilingRefused, context: PolicyContext) -> commands.RecordPoliceRefusalRequest:
    """The bureau's time to object begins when the notice arrives."""
    return commands.RecordPoliceRefusalRequest(
        transfer_id=event.transfer_id,
        police_id=context.teller,
        reasons=event.reasons,
        notice=event.notice if event.HasField("notice") else None,
    )


@policy.on(pb.HandOverConfirmed, received=True, kind=BUREAU)
def record_confirmation(
    event: pb.HandOverConfirmed, context: PolicyContext
) -> commands.RecordHandOverConfirmationRequest:
    """The hand-over is complete when the police confirm it."""
    return commands.RecordHandOverConfirmationRequest(transfer_id=event.transfer_id, police_id=context.teller)


# ---- procuratorate -----------------------------------------------------------------------------------------------


@policy.on(pb.TransferCopied, received=True, kind=PROCURATORATE)
def hear_of_transfer(event: pb.TransferCopied, context: PolicyContext) -> commands.OpenOversightRequest:
    """The bureau's copy is the first that it tells."""
    return commands.OpenOversightRequest(
        oversight_id=oversight_of(event.transfer_id, context.teller),
        transfer_id=event.transfer_id,
        bureau_id=context.teller,
        police_id=event.police_id,
        reported_by=context.teller,
        step=pb.TRANSFER_STEP_SENT,
        taken_at=to_timestamp(context.occurred_at),
        case_number=event.case_number,
        act_code=event.act_code,
        suspected_crime=event.suspected_crime,
        suspect_names=event.suspect_names,
    )


@policy.on(pb.ReferralReceiptSigned, received=True, kind=PROCURATORATE)
def hear_of_receipt(event: pb.ReferralReceiptSigned, context: PolicyContext) -> commands.OpenOversightRequest:
    """The receipt is the first that the police tell."""
    return commands.OpenOversightRequest(
        oversight_id=oversight_of(event.transfer_id, context.teller),
        transfer_id=event.transfer_id,
        bureau_id=event.bureau_id,
        police_id=context.teller,
        reported_by=context.teller,
        step=pb.TRANSFER_STEP_RECEIPT_SIGNED,
        taken_at=to_timestamp(context.occurred_at),
    )


@policy.on(pb.CriminalCaseFiled, received=True, kind=PROCURATORATE)
def hear_of_filing(event: pb.CriminalCaseFiled, context: PolicyContext) -> commands.UpdateOversightRequest:
    """The police opened a criminal case."""
    return _told(event.transfer_id, pb.TRANSFER_STEP_FILED, context)


@policy.on(pb.FilingRefused, received=True, kind=PROCURATORATE)
def hear_of_refusal(event: pb.FilingRefused, context: PolicyContext) -> commands.UpdateOversightRequest:
    """The police opened none."""
    return _told(event.transfer_id, pb.TRANSFER_STEP_REFUSED, context)


@policy.on(pb.HandOverConfirmed, received=True, kind=PROCURATORATE)
def hear_of_hand_over(event: pb.HandOverConfirmed, context: PolicyContext) -> commands.UpdateOversightRequest:
    """Property went to the police."""
    return _told(event.transfer_id, pb.TRANSFER_STEP_HANDED_OVER, context)


@policy.on(pb.CaseReturned, received=True, kind=PROCURATORATE)
def hear_of_return(event: pb.CaseReturned, context: PolicyContext) -> commands.UpdateOversightRequest:
    """The case came back to the bureau."""
    return _told(event.transfer_id, pb.TRANSFER_STEP_RETURNED, context)


def _told(transfer_id: str, step: pb.TransferStep.ValueType, context: PolicyContext) -> commands.UpdateOversightRequest:
    return commands.UpdateOversightRequest(
        oversight_id=oversight_of(transfer_id, context.teller),
        step=step,
        reported_by=context.teller,
        taken_at=to_timestamp(context.occurred_at),
    )
