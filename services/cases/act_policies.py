"""What the cases service does so that nobody fines an act twice (一事不再罚).

a clue, a case, a notice, a defence, a review, a dispute
that left the case here, something on the spot    ──▶ AskAboutAct
another's inquiry                                 ──▶ AnswerActInquiry
its answer                                        ──▶ RecordActAnswer
"""

from typing import Any

from enforcement.cases.v1 import act_inquiry_pb2 as inquiries
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.policies import policy
from services.kernel.policy import PolicyContext


@policy.on(
    pb.ClueRegistered,
    pb.CaseFiled,
    pb.NoticeServed,
    pb.DefenceRecorded,
    review.LegalReviewCompleted,
    on_spot.OnSpotObserved,
    side.JurisdictionSettled,
    received=False,
)
def ask_about_act(event: Any, context: PolicyContext) -> inquiries.AskAboutActRequest | None:
    """Others are asked about the same act before filing, when the party is known, and when a decision may be next.

    An answer says how it stood that day: between notice and decision, or while a dispute lasted, another authority may
    have fined.
    """
    if isinstance(event, side.JurisdictionSettled) and not event.ours:
        return None
    matter = event.on_spot_id if isinstance(event, on_spot.OnSpotObserved) else event.case_id
    return inquiries.AskAboutActRequest(matter_id=matter)


@policy.on(inquiries.ActInquirySent, received=True, addressed="recipient_ids")
def answer_act_inquiry(event: inquiries.ActInquirySent, context: PolicyContext) -> inquiries.AnswerActInquiryRequest:
    """Whoever asks is answered by itself, with the least that answers."""
    return inquiries.AnswerActInquiryRequest(
        inquiry_id=event.inquiry_id,
        requester_id=context.teller,
        subjects=event.subjects,
        act_codes=event.act_codes,
        from_on=event.from_on,
        to_on=event.to_on,
        first_violation=event.first_violation,
    )


@policy.on(inquiries.ActInquiryAnswered, received=True, addressed="requester_id")
def record_act_answer(event: inquiries.ActInquiryAnswered, context: PolicyContext) -> inquiries.RecordActAnswerRequest:
    """What another authority answered stands beside the case as a warning."""
    return inquiries.RecordActAnswerRequest(
        inquiry_id=event.inquiry_id,
        responder_id=context.teller,
        matches=event.matches,
        complete=event.complete,
        offences=event.offences,
        offences_known=event.offences_known,
    )
