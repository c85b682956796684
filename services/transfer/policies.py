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

An event reaches every addressee with the same fields, so a reaction asks first which side this node is. Acts whose
instant starts a clock of the one that acted (the receipt) keep it; what this side received is of when it arrived.
"""

from datetime import datetime

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.messages import to_timestamp
from services.kernel.policy import Policy, PolicyContext
from services.transfer.model.oversight import oversight_of

policy = Policy("transfer")


def _teller(kind: options.AuthorityKind.ValueType, context: PolicyContext) -> str:
    """The authority that signed the event, if this node is of the kind that reacts; else empty."""
    return context.origin or "" if context.authority.kind == kind else ""


# ---- police ------------------------------------------------------------------------------------------------------


@policy.on(pb.CaseTransferred, received=True)
def open_referral(event: pb.CaseTransferred, context: PolicyContext) -> commands.OpenReferralRequest | None:
    """What a bureau sends becomes a referral."""
    if not (teller := _teller(options.AUTHORITY_KIND_POLICE, context)):
        return None
    return commands.OpenReferralRequest(
        transfer_id=event.transfer_id,
        bureau_id=teller,
        case_number=event.case_number,
        suspected_crime=event.suspected_crime,
        materials=event.materials,
    )


@policy.on(pb.SupplementSent, received=True)
def note_supplement(event: pb.SupplementSent, context: PolicyContext) -> commands.NoteSupplementRequest | None:
    """Missing materials join the referral."""
    if not (teller := _teller(options.AUTHORITY_KIND_POLICE, context)):
        return None
    return commands.NoteSupplementRequest(referral_id=event.referral_id, bureau_id=teller, materials=event.materials)


@policy.on(pb.PropertyHandedOver, received=True)
def note_hand_over(event: pb.PropertyHandedOver, context: PolicyContext) -> commands.NoteHandOverRequest | None:
    """The bureau's list waits for an officer's confirmation."""
    if not (teller := _teller(options.AUTHORITY_KIND_POLICE, context)):
        return None
    return commands.NoteHandOverRequest(referral_id=event.referral_id, bureau_id=teller, items=event.items)


# ---- bureau ------------------------------------------------------------------------------------------------------


@policy.on(pb.ReferralReceiptSigned, received=True)
def record_receipt(
    event: pb.ReferralReceiptSigned, context: PolicyContext
) -> commands.RecordPoliceReceiptRequest | None:
    """The receipt counts from when the police signed it."""
    if not (teller := _teller(options.AUTHORITY_KIND_TRANSPORT, context)):
        return None
    return commands.RecordPoliceReceiptRequest(
        transfer_id=event.transfer_id,
        occurred_at=to_timestamp(context.occurred_at),
        police_id=teller,
        referral_id=event.referral_id,
    )


@policy.on(pb.SupplementDemanded, received=True)
def record_demand(
    event: pb.SupplementDemanded, context: PolicyContext
) -> commands.RecordSupplementDemandRequest | None:
    """The bureau's time to supplement begins when the demand arrives."""
    if not (teller := _teller(options.AUTHORITY_KIND_TRANSPORT, context)):
        return None
    return commands.RecordSupplementDemandRequest(
        transfer_id=event.transfer_id, police_id=teller, kinds=event.kinds, detail=event.detail
    )


@policy.on(pb.CriminalCaseFiled, received=True)
def record_filing(event: pb.CriminalCaseFiled, context: PolicyContext) -> commands.RecordPoliceFilingRequest | None:
    """The bureau's time for the hand-over begins when the notice arrives."""
    if not (teller := _teller(options.AUTHORITY_KIND_TRANSPORT, context)):
        return None
    return commands.RecordPoliceFilingRequest(
        transfer_id=event.transfer_id,
        police_id=teller,
        criminal_case_number=event.criminal_case_number,
        notice=event.notice if event.HasField("notice") else None,
    )


@policy.on(pb.FilingRefused, received=True)
def record_refusal(event: pb.FilingRefused, context: PolicyContext) -> commands.RecordPoliceRefusalRequest | None:
    """The bureau's time to object begins when the notice arrives."""
    if not (teller := _teller(options.AUTHORITY_KIND_TRANSPORT, context)):
        return None
    return commands.RecordPoliceRefusalRequest(
        transfer_id=event.transfer_id,
        police_id=teller,
        reasons=event.reasons,
        notice=event.notice if event.HasField("notice") else None,
    )


@policy.on(pb.HandOverConfirmed, received=True)
def record_confirmation(
    event: pb.HandOverConfirmed, context: PolicyContext
) -> commands.RecordHandOverConfirmationRequest | None:
    """The hand-over is complete when the police confirm it."""
    if not (teller := _teller(options.AUTHORITY_KIND_TRANSPORT, context)):
        return None
    return commands.RecordHandOverConfirmationRequest(transfer_id=event.transfer_id, police_id=teller)


# ---- procuratorate -----------------------------------------------------------------------------------------------


@policy.on(pb.TransferCopied, received=True)
def hear_of_transfer(event: pb.TransferCopied, context: PolicyContext) -> commands.OpenOversightRequest | None:
    """The bureau's copy is the first that it tells."""
    if not (teller := _teller(options.AUTHORITY_KIND_PROCURATORATE, context)):
        return None
    return commands.OpenOversightRequest(
        oversight_id=oversight_of(event.transfer_id, teller),
        transfer_id=event.transfer_id,
        bureau_id=teller,
        police_id=event.police_id,
        reported_by=teller,
        step=pb.TRANSFER_STEP_SENT,
        taken_at=to_timestamp(context.occurred_at),
        case_number=event.case_number,
        act_code=event.act_code,
        suspected_crime=event.suspected_crime,
        suspect_names=event.suspect_names,
    )


@policy.on(pb.ReferralReceiptSigned, received=True)
def hear_of_receipt(event: pb.ReferralReceiptSigned, context: PolicyContext) -> commands.OpenOversightRequest | None:
    """The receipt is the first that the police tell."""
    if not (teller := _teller(options.AUTHORITY_KIND_PROCURATORATE, context)):
        return None
    return commands.OpenOversightRequest(
        oversight_id=oversight_of(event.transfer_id, teller),
        transfer_id=event.transfer_id,
        bureau_id=event.bureau_id,
        police_id=teller,
        reported_by=teller,
        step=pb.TRANSFER_STEP_RECEIPT_SIGNED,
        taken_at=to_timestamp(context.occurred_at),
    )


@policy.on(pb.CriminalCaseFiled, received=True)
def hear_of_filing(event: pb.CriminalCaseFiled, context: PolicyContext) -> commands.UpdateOversightRequest | None:
    """The police opened a criminal case."""
    return _told(event.transfer_id, pb.TRANSFER_STEP_FILED, context.occurred_at, context)


@policy.on(pb.FilingRefused, received=True)
def hear_of_refusal(event: pb.FilingRefused, context: PolicyContext) -> commands.UpdateOversightRequest | None:
    """The police opened none."""
    return _told(event.transfer_id, pb.TRANSFER_STEP_REFUSED, context.occurred_at, context)


@policy.on(pb.HandOverConfirmed, received=True)
def hear_of_hand_over(event: pb.HandOverConfirmed, context: PolicyContext) -> commands.UpdateOversightRequest | None:
    """Property went to the police."""
    return _told(event.transfer_id, pb.TRANSFER_STEP_HANDED_OVER, context.occurred_at, context)


@policy.on(pb.CaseReturned, received=True)
def hear_of_return(event: pb.CaseReturned, context: PolicyContext) -> commands.UpdateOversightRequest | None:
    """The case came back to the bureau."""
    return _told(event.transfer_id, pb.TRANSFER_STEP_RETURNED, context.occurred_at, context)


def _told(
    transfer_id: str, step: pb.TransferStep.ValueType, taken_at: datetime, context: PolicyContext
) -> commands.UpdateOversightRequest | None:
    if not (teller := _teller(options.AUTHORITY_KIND_PROCURATORATE, context)):
        return None
    return commands.UpdateOversightRequest(
        oversight_id=oversight_of(transfer_id, teller),
        step=step,
        reported_by=teller,
        taken_at=to_timestamp(taken_at),
    )
