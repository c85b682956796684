"""What the transfer service does when something is in the ledger: each side takes in what another signed.

    bureau   CaseTransferred ─────────────▶ police   OpenReferral          TransferRedirected the same, at other police
    police   ReferralReceiptSigned ───────▶ bureau   RecordPoliceReceipt
             SupplementDemanded                      RecordSupplementDemand
             ReferralForwarded, ReferralDeclined     RecordForwarding, RecordDecline
             FilingDecisionExtended                  RecordExtension
             CriminalCaseFiled, FilingRefused        RecordPoliceFiling, RecordPoliceRefusal
             RefusalMaintained                       RecordRefusalMaintained
             HandOverConfirmed, PropertyReturned     RecordHandOverConfirmation, RecordPropertyReturn
             CriminalCaseWithdrawn                   RecordToldOutcome
    bureau   SupplementSent ──────────────▶ police   NoteSupplement
             ReconsiderationRequested                ReceiveReconsideration
             PropertyHandedOver                      NoteHandOver
    both     TransferCopied, CaseReturned ▶ jcy      OpenOversight, UpdateOversight
             and what the police sign
    bureau   SupervisionSuggested ────────▶ jcy      ReceiveSuggestion
    jcy      ReasonsAsked ────────────────▶ police   NoteReasonsAsked
             RefusalUpheld, FilingOrdered            NoteSupervisionResult
             NonProsecutionDecided, JudgmentTold     NoteOutcome, and RecordToldOutcome at the bureau
             each step of a supervision ──▶ bureau   RecordSupervision
    police   ReasonsRequestReceived ──────▶ jcy      RecordReasonsRequestReceipt
             ReasonsStated                           RecordReasons
             CriminalCaseFiled                       OpenProsecution, EndSupervision
             SupervisionMoot, ReferralForwarded      EndSupervision

An event reaches every addressee with the same fields, so a reaction says on which side it takes place. Acts whose
instant starts a clock of the one that acted (the receipt) keep it; what this side received is of when it arrived.

This module is bureau and police; `oversight_policies` is what a procuratorate is told, `supervision_policies` has the
paths of T7 between three sides, `outcome_policies` those of T10.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.kernel.messages import to_timestamp
from services.kernel.policy import Policy, PolicyContext
from services.transfer.model.referral import referral_of

policy = Policy("transfer")

POLICE: Final = options.AUTHORITY_KIND_POLICE
BUREAU: Final = options.AUTHORITY_KIND_TRANSPORT
PROCURATORATE: Final = options.AUTHORITY_KIND_PROCURATORATE

R = TypeVar("R", bound=Message)


def of_referral(react: Callable[[Any, PolicyContext], R]) -> Callable[[Any, PolicyContext], R]:
    """Of a reaction at the police: what names no referral was written before their node had said anything, because they
    had none or because paper was faster. It names the transfer (`referral_lookups`); until that is there, it waits.
    """

    @wraps(react)
    def reacted(event: Any, context: PolicyContext) -> R:
        command: Any = react(event, context)
        if not command.referral_id:
            command.transfer_id = event.transfer_id
            command.bureau_id = getattr(event, "bureau_id", context.teller)
        return cast("R", command)

    return reacted


# ---- police ------------------------------------------------------------------------------------------------------


@policy.on(pb.CaseTransferred, received=True, kind=POLICE)
def open_referral(event: pb.CaseTransferred, context: PolicyContext) -> commands.OpenReferralRequest:
    """What a bureau sends becomes a referral."""
    return _referral(event, context)


@policy.on(forwarding.TransferRedirected, received=True, kind=POLICE)
def open_forwarded_referral(
    event: forwarding.TransferRedirected, context: PolicyContext
) -> commands.OpenReferralRequest:
    """So does what other police sent on, when the bureau gives its package."""
    request = _referral(event, context)
    request.forwarder_ids.extend(event.forwarder_ids)
    return request


def _referral(
    event: pb.CaseTransferred | forwarding.TransferRedirected, context: PolicyContext
) -> commands.OpenReferralRequest:
    return commands.OpenReferralRequest(
        referral_id=referral_of(event.transfer_id, context.teller, context.authority.id),
        transfer_id=event.transfer_id,
        bureau_id=context.teller,
        case_number=event.case_number,
        suspected_crime=event.suspected_crime,
        materials=event.materials,
        goods=event.goods,
        evidence=event.evidence,
    )


@policy.on(pb.SupplementSent, received=True, kind=POLICE)
@of_referral
def note_supplement(event: pb.SupplementSent, context: PolicyContext) -> commands.NoteSupplementRequest:
    """Missing materials join the referral."""
    return commands.NoteSupplementRequest(
        referral_id=event.referral_id,
        bureau_id=context.teller,
        materials=event.materials,
        demands_answered=event.demands_answered,
    )


@policy.on(reconsideration.ReconsiderationRequested, received=True, kind=POLICE)
@of_referral
def receive_reconsideration(
    event: reconsideration.ReconsiderationRequested, context: PolicyContext
) -> reconsideration.ReceiveReconsiderationRequest:
    """The police's time to reconsider begins when the request arrives."""
    return reconsideration.ReceiveReconsiderationRequest(
        referral_id=event.referral_id,
        bureau_id=context.teller,
        grounds=event.grounds,
        letter=event.letter if event.HasField("letter") else None,
    )


@policy.on(pb.PropertyHandedOver, received=True, kind=POLICE)
@of_referral
def note_hand_over(event: pb.PropertyHandedOver, context: PolicyContext) -> commands.NoteHandOverRequest:
    """The bureau's list waits for an officer's confirmation."""
    return commands.NoteHandOverRequest(
        referral_id=event.referral_id,
        bureau_id=context.teller,
        items=event.items,
        handed_over_at=to_timestamp(context.occurred_at),
        materials=event.materials,
    )


# ---- bureau ------------------------------------------------------------------------------------------------------


@policy.on(pb.ReferralReceiptSigned, received=True, kind=BUREAU)
def record_receipt(event: pb.ReferralReceiptSigned, context: PolicyContext) -> commands.RecordPoliceReceiptRequest:
    """The receipt counts from when the police signed it."""
    return commands.RecordPoliceReceiptRequest(
        transfer_id=event.transfer_id,
        occurred_at=to_timestamp(context.occurred_at),
        police_id=context.teller,
        referral_id=event.referral_id,
        signer=event.signer if event.HasField("signer") else None,
        key_id=context.fact.key_id,
    )


@policy.on(pb.SupplementDemanded, received=True, kind=BUREAU)
def record_demand(event: pb.SupplementDemanded, context: PolicyContext) -> commands.RecordSupplementDemandRequest:
    """The bureau's time to supplement begins when the demand arrives."""
    return commands.RecordSupplementDemandRequest(
        transfer_id=event.transfer_id,
        police_id=context.teller,
        kinds=event.kinds,
        detail=event.detail,
        demanded_at=to_timestamp(context.occurred_at),
    )


@policy.on(forwarding.ReferralForwarded, received=True, kind=BUREAU)
def record_forwarding(
    event: forwarding.ReferralForwarded, context: PolicyContext
) -> forwarding.RecordForwardingRequest:
    """The new police get the package as soon as the bureau knows of them."""
    return forwarding.RecordForwardingRequest(
        transfer_id=event.transfer_id,
        police_id=context.teller,
        to_police_id=event.to_police_id,
        reason=event.reason,
        notice=event.notice if event.HasField("notice") else None,
    )


@policy.on(forwarding.ReferralDeclined, received=True, kind=BUREAU)
def record_decline(event: forwarding.ReferralDeclined, context: PolicyContext) -> forwarding.RecordDeclineRequest:
    """The bureau learns that this is no matter of the police."""
    return forwarding.RecordDeclineRequest(
        transfer_id=event.transfer_id,
        police_id=context.teller,
        reason=event.reason,
        competent=event.competent,
        notice=event.notice if event.HasField("notice") else None,
    )


@policy.on(reconsideration.FilingDecisionExtended, received=True, kind=BUREAU)
def record_extension(
    event: reconsideration.FilingDecisionExtended, context: PolicyContext
) -> reconsideration.RecordExtensionRequest:
    """The bureau learns that the police take longer, from when they decided it."""
    return reconsideration.RecordExtensionRequest(
        transfer_id=event.transfer_id,
        occurred_at=to_timestamp(context.occurred_at),
        police_id=context.teller,
        ground=event.ground,
        days=event.days,
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


@policy.on(reconsideration.RefusalMaintained, received=True, kind=BUREAU)
def record_refusal_maintained(
    event: reconsideration.RefusalMaintained, context: PolicyContext
) -> reconsideration.RecordRefusalMaintainedRequest:
    """The bureau's time to suggest a supervision begins when the decision arrives."""
    return reconsideration.RecordRefusalMaintainedRequest(
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


@policy.on(outcomes.PropertyReturned, received=True, kind=BUREAU)
def record_property_return(
    event: outcomes.PropertyReturned, context: PolicyContext
) -> outcomes.RecordPropertyReturnRequest:
    """What the police give back is in the bureau's ledger with its list."""
    return outcomes.RecordPropertyReturnRequest(
        transfer_id=event.transfer_id,
        police_id=context.teller,
        items=event.items,
        record=event.record if event.HasField("record") else None,
    )
