"""What each side does with a supervision of police that open no criminal case (立案监督, 国务院令第310号 art. 9)."""

from typing import Any, Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.messages import to_timestamp
from services.kernel.policy import PolicyContext
from services.transfer.model.supervision import supervision_of
from services.transfer.policies import BUREAU, POLICE, PROCURATORATE, of_referral, policy

_STEPS: Final = {
    supervision.SupervisionOpened: supervision.SUPERVISION_STEP_OPENED,
    supervision.ReasonsAsked: supervision.SUPERVISION_STEP_REASONS_ASKED,
    supervision.ReasonsRecorded: supervision.SUPERVISION_STEP_REASONS_STATED,
    supervision.RefusalUpheld: supervision.SUPERVISION_STEP_UPHELD,
    supervision.FilingOrdered: supervision.SUPERVISION_STEP_ORDERED,
    supervision.SupervisionEnded: supervision.SUPERVISION_STEP_ENDED,
}


# ---- bureau ------------------------------------------------------------------------------------------------------


@policy.on(*_STEPS, received=True, kind=BUREAU)
def record_supervision(event: Any, context: PolicyContext) -> supervision.RecordSupervisionRequest:
    """The bureau is told each step, whoever began the supervision."""
    return supervision.RecordSupervisionRequest(
        transfer_id=event.transfer_id,
        procuratorate_id=context.teller,
        police_id=event.police_id,
        supervision_id=event.supervision_id,
        step=_STEPS[type(event)],
        about=getattr(event, "about", supervision.NON_FILING_UNSPECIFIED),
        taken_at=to_timestamp(context.occurred_at),
    )


# ---- police ------------------------------------------------------------------------------------------------------


@policy.on(supervision.ReasonsAsked, received=True, kind=POLICE)
@of_referral
def note_reasons_asked(event: supervision.ReasonsAsked, context: PolicyContext) -> supervision.NoteReasonsAskedRequest:
    """The police's time to state their reasons begins when the question arrives."""
    return supervision.NoteReasonsAskedRequest(
        referral_id=event.referral_id,
        procuratorate_id=context.teller,
        supervision_id=event.supervision_id,
        questions=event.questions,
        asked_at=to_timestamp(context.occurred_at),
        letter=event.letter if event.HasField("letter") else None,
    )


@policy.on(supervision.RefusalUpheld, received=True, kind=POLICE)
@of_referral
def note_upheld(event: supervision.RefusalUpheld, context: PolicyContext) -> supervision.NoteSupervisionResultRequest:
    """The reasons hold."""
    return supervision.NoteSupervisionResultRequest(
        referral_id=event.referral_id,
        procuratorate_id=context.teller,
        supervision_id=event.supervision_id,
        result=supervision.SUPERVISION_RESULT_WELL_FOUNDED,
        about=event.about,
        notice=event.notice if event.HasField("notice") else None,
    )


@policy.on(supervision.FilingOrdered, received=True, kind=POLICE)
@of_referral
def note_order(event: supervision.FilingOrdered, context: PolicyContext) -> supervision.NoteSupervisionResultRequest:
    """The police's time to file begins when the notice arrives."""
    return supervision.NoteSupervisionResultRequest(
        referral_id=event.referral_id,
        procuratorate_id=context.teller,
        supervision_id=event.supervision_id,
        result=supervision.SUPERVISION_RESULT_ORDER_TO_FILE,
        notice=event.notice if event.HasField("notice") else None,
    )


# ---- procuratorate -----------------------------------------------------------------------------------------------


@policy.on(supervision.SupervisionSuggested, received=True, kind=PROCURATORATE)
def receive_suggestion(
    event: supervision.SupervisionSuggested, context: PolicyContext
) -> supervision.ReceiveSuggestionRequest:
    """What a bureau suggests opens a supervision, or joins the one that is open."""
    return supervision.ReceiveSuggestionRequest(
        supervision_id=supervision_of(event.transfer_id, context.teller),
        transfer_id=event.transfer_id,
        bureau_id=context.teller,
        police_id=event.police_id,
        referral_id=event.referral_id,
        grounds=event.grounds,
        letter=event.letter if event.HasField("letter") else None,
        enclosures=event.enclosures,
    )


@policy.on(supervision.ReasonsRequestReceived, received=True, kind=PROCURATORATE)
def record_reasons_request_receipt(
    event: supervision.ReasonsRequestReceived, context: PolicyContext
) -> supervision.RecordReasonsRequestReceiptRequest:
    """The police say when the question reached them; their time runs from then."""
    return supervision.RecordReasonsRequestReceiptRequest(
        supervision_id=event.supervision_id,
        police_id=context.teller,
        occurred_at=to_timestamp(context.occurred_at),
    )


@policy.on(supervision.ReasonsStated, received=True, kind=PROCURATORATE)
def record_reasons(event: supervision.ReasonsStated, context: PolicyContext) -> supervision.RecordReasonsRequest:
    """The police's statement is what the procuratorate decides on."""
    return supervision.RecordReasonsRequest(
        supervision_id=event.supervision_id,
        police_id=context.teller,
        about=event.about,
        reasons=event.reasons,
        document=event.document if event.HasField("document") else None,
        stated_at=to_timestamp(context.occurred_at),
    )


@policy.on(
    pb.CriminalCaseFiled,
    forwarding.ReferralForwarded,
    supervision.SupervisionMoot,
    received=True,
    kind=PROCURATORATE,
)
def end_supervision(event: Any, context: PolicyContext) -> supervision.EndSupervisionRequest:
    """Police that filed, or no longer have the referral, need no supervision."""
    match event:
        case pb.CriminalCaseFiled():
            filed = True
        case supervision.SupervisionMoot():
            filed = event.filed
        case _:
            filed = False
    return supervision.EndSupervisionRequest(
        supervision_id=supervision_of(event.transfer_id, event.bureau_id), police_id=context.teller, filed=filed
    )
