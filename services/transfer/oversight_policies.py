"""What a procuratorate does with what bureau and police tell of a transfer: it keeps who told which step, and when."""

from collections.abc import Mapping
from typing import Any, Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands
from google.protobuf.message import Message

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


STEPS: Final[Mapping[type[Message], pb.TransferStep.ValueType]] = {
    forwarding.ReferralForwarded: pb.TRANSFER_STEP_FORWARDED,
    forwarding.ReferralDeclined: pb.TRANSFER_STEP_DECLINED,
    reconsideration.FilingDecisionExtended: pb.TRANSFER_STEP_DECISION_EXTENDED,
    pb.CriminalCaseFiled: pb.TRANSFER_STEP_FILED,
    pb.FilingRefused: pb.TRANSFER_STEP_REFUSED,
    reconsideration.ReconsiderationReceived: pb.TRANSFER_STEP_RECONSIDERATION_RECEIVED,
    reconsideration.RefusalMaintained: pb.TRANSFER_STEP_REFUSAL_MAINTAINED,
    pb.HandOverConfirmed: pb.TRANSFER_STEP_HANDED_OVER,
    outcomes.CriminalCaseWithdrawn: pb.TRANSFER_STEP_WITHDRAWN,
}
"""Steps of the police, by the event that tells of each; all name the bureau and the referral."""


@policy.on(*STEPS, received=True, kind=PROCURATORATE)
def hear_of_step(event: Any, context: PolicyContext) -> commands.UpdateOversightRequest:
    """The police tell what they did."""
    return commands.UpdateOversightRequest(
        oversight_id=oversight_of(event.transfer_id, context.teller),
        step=STEPS[type(event)],
        reported_by=context.teller,
        taken_at=to_timestamp(context.occurred_at),
        transfer_id=event.transfer_id,
        bureau_id=event.bureau_id,
        police_id=context.teller,
        referral_id=event.referral_id,
    )


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
