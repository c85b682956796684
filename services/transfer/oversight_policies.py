"""What a procuratorate does with what bureau and police tell of a transfer: it keeps who told which step, and when."""

from typing import Any

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.messages import to_timestamp
from services.kernel.policy import PolicyContext
from services.transfer.model.oversight import oversight_of
from services.transfer.policies import PROCURATORATE, policy


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
        referral_id=event.referral_id,
    )


@policy.on(forwarding.ReferralForwarded, received=True, kind=PROCURATORATE)
def hear_of_forwarding(event: forwarding.ReferralForwarded, context: PolicyContext) -> commands.UpdateOversightRequest:
    """The police sent the case on."""
    return _told(event, pb.TRANSFER_STEP_FORWARDED, context)


@policy.on(forwarding.ReferralDeclined, received=True, kind=PROCURATORATE)
def hear_of_decline(event: forwarding.ReferralDeclined, context: PolicyContext) -> commands.UpdateOversightRequest:
    """It is no matter of the police."""
    return _told(event, pb.TRANSFER_STEP_DECLINED, context)


@policy.on(reconsideration.FilingDecisionExtended, received=True, kind=PROCURATORATE)
def hear_of_extension(
    event: reconsideration.FilingDecisionExtended, context: PolicyContext
) -> commands.UpdateOversightRequest:
    """The police take longer."""
    return _told(event, pb.TRANSFER_STEP_DECISION_EXTENDED, context)


@policy.on(pb.CriminalCaseFiled, received=True, kind=PROCURATORATE)
def hear_of_filing(event: pb.CriminalCaseFiled, context: PolicyContext) -> commands.UpdateOversightRequest:
    """The police opened a criminal case."""
    return _told(event, pb.TRANSFER_STEP_FILED, context)


@policy.on(pb.FilingRefused, received=True, kind=PROCURATORATE)
def hear_of_refusal(event: pb.FilingRefused, context: PolicyContext) -> commands.UpdateOversightRequest:
    """The police opened none."""
    return _told(event, pb.TRANSFER_STEP_REFUSED, context)


@policy.on(reconsideration.ReconsiderationReceived, received=True, kind=PROCURATORATE)
def hear_of_reconsideration(
    event: reconsideration.ReconsiderationReceived, context: PolicyContext
) -> commands.UpdateOversightRequest:
    """The police reconsider."""
    return _told(event, pb.TRANSFER_STEP_RECONSIDERATION_RECEIVED, context)


@policy.on(reconsideration.RefusalMaintained, received=True, kind=PROCURATORATE)
def hear_of_refusal_maintained(
    event: reconsideration.RefusalMaintained, context: PolicyContext
) -> commands.UpdateOversightRequest:
    """The police keep to their refusal."""
    return _told(event, pb.TRANSFER_STEP_REFUSAL_MAINTAINED, context)


@policy.on(pb.HandOverConfirmed, received=True, kind=PROCURATORATE)
def hear_of_hand_over(event: pb.HandOverConfirmed, context: PolicyContext) -> commands.UpdateOversightRequest:
    """Property went to the police."""
    return _told(event, pb.TRANSFER_STEP_HANDED_OVER, context)


@policy.on(outcomes.CriminalCaseWithdrawn, received=True, kind=PROCURATORATE)
def hear_of_withdrawal(
    event: outcomes.CriminalCaseWithdrawn, context: PolicyContext
) -> commands.UpdateOversightRequest:
    """The police withdrew the criminal case."""
    return _told(event, pb.TRANSFER_STEP_WITHDRAWN, context)


@policy.on(pb.CaseReturned, received=True, kind=PROCURATORATE)
def hear_of_return(event: pb.CaseReturned, context: PolicyContext) -> commands.UpdateOversightRequest:
    """The case came back to the bureau, which says so itself."""
    return commands.UpdateOversightRequest(
        oversight_id=oversight_of(event.transfer_id, context.teller),
        step=pb.TRANSFER_STEP_RETURNED,
        reported_by=context.teller,
        taken_at=to_timestamp(context.occurred_at),
        transfer_id=event.transfer_id,
        bureau_id=context.teller,
    )


def _told(event: Any, step: pb.TransferStep.ValueType, context: PolicyContext) -> commands.UpdateOversightRequest:
    """A step of the police, who name the bureau and their referral."""
    return commands.UpdateOversightRequest(
        oversight_id=oversight_of(event.transfer_id, context.teller),
        step=step,
        reported_by=context.teller,
        taken_at=to_timestamp(context.occurred_at),
        transfer_id=event.transfer_id,
        bureau_id=event.bureau_id,
        police_id=context.teller,
        referral_id=event.referral_id,
    )
