"""What each side of an opinion (检察意见) does with what the other signed, and the bureau with what its case tells.

procuratorate   OpinionIssued ─────────────▶ bureau          ReceiveOpinion
                OpinionWithdrawn                             NoteOpinionWithdrawn
                OpinionReplyAcknowledged                     NoteOpinionAcknowledged
bureau          OpinionReceived … Replied ─▶ procuratorate   NoteOpinionProgress
own case        OpinionProgressed ─────────▶ bureau          NoteOpinionCase
own copy        OpinionReceived, Acknowledged, WithdrawalRecorded ▶ bureau   the same on the copy that is handled
own first       OpinionCopyNoted, replied to before ▶ bureau  TellOpinionReply
own decision    NonProsecutionDecided ─────▶ procuratorate   OpenOpinionReview

Only events of one's own ledger say how a case goes on: the same event of another authority means nothing here.
"""

from typing import Any, Final

from enforcement.cases.v1 import opinion_pb2 as cases
from enforcement.transfer.v1 import opinion_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes

from services.kernel.messages import to_timestamp
from services.kernel.policy import PolicyContext
from services.kernel.values import day_of
from services.transfer.model.letters import LATE_REASON
from services.transfer.model.opinion_case import opinion_case_of
from services.transfer.policies import BUREAU, PROCURATORATE, policy

_OUTCOMES: Final = {
    cases.OPINION_PROGRESS_NOT_FILED: pb.OPINION_OUTCOME_NOT_FILED,
    cases.OPINION_PROGRESS_PENALTY: pb.OPINION_OUTCOME_PENALTY,
    cases.OPINION_PROGRESS_NO_PENALTY: pb.OPINION_OUTCOME_NO_PENALTY,
    cases.OPINION_PROGRESS_NOT_ESTABLISHED: pb.OPINION_OUTCOME_NOT_ESTABLISHED,
    cases.OPINION_PROGRESS_TRANSFERRED: pb.OPINION_OUTCOME_TRANSFERRED,
    cases.OPINION_PROGRESS_REVOKED: pb.OPINION_OUTCOME_REVOKED,
}


# ---- bureau ------------------------------------------------------------------------------------------------------


@policy.on(pb.OpinionIssued, received=True, kind=BUREAU, addressed="bureau_id")
def receive_opinion(event: pb.OpinionIssued, context: PolicyContext) -> pb.ReceiveOpinionRequest:
    """The arrival is the receipt, from which months and days of the reply count."""
    return pb.ReceiveOpinionRequest(
        opinion_case_id=opinion_case_of(event.opinion_id, context.teller),
        opinion_id=event.opinion_id,
        procuratorate_id=context.teller,
        content=event.content,
        case_id=str(context.derive("case")),
        asks_transfer=event.asks_transfer,
    )


@policy.on(pb.OpinionWithdrawn, received=True, kind=BUREAU, addressed="bureau_id")
def note_withdrawn(event: pb.OpinionWithdrawn, context: PolicyContext) -> pb.NoteOpinionWithdrawnRequest:
    """No reply is due any more."""
    return pb.NoteOpinionWithdrawnRequest(
        opinion_case_id=opinion_case_of(event.opinion_id, context.teller),
        procuratorate_id=context.teller,
        reason=event.reason,
    )


@policy.on(pb.OpinionReplyAcknowledged, received=True, kind=BUREAU, addressed="bureau_id")
def note_acknowledged(event: pb.OpinionReplyAcknowledged, context: PolicyContext) -> pb.NoteOpinionAcknowledgedRequest:
    """The procuratorate looked at a reply."""
    return pb.NoteOpinionAcknowledgedRequest(
        opinion_case_id=opinion_case_of(event.opinion_id, context.teller),
        procuratorate_id=context.teller,
        kind=event.kind,
        remark=event.remark,
    )


@policy.on(cases.OpinionProgressed, received=False, kind=BUREAU)
def note_case(event: cases.OpinionProgressed, context: PolicyContext) -> pb.NoteOpinionCaseRequest:
    """The case on an opinion went on: only this authority's own events say so."""
    return pb.NoteOpinionCaseRequest(
        opinion_case_id=event.opinion_case_id,
        case_id=event.case_id,
        filed=event.progress == cases.OPINION_PROGRESS_FILED,
        case_number=event.case_number,
        outcome=_OUTCOMES.get(event.progress, pb.OPINION_OUTCOME_UNSPECIFIED),
        reason=event.reasons,
    )


@policy.on(pb.OpinionReceived, received=False, kind=BUREAU)
def note_copy(event: pb.OpinionReceived, context: PolicyContext) -> pb.NoteOpinionCopyRequest | None:
    """The opinion that is handled learns of its other copy; from an electronic one it learns whom to tell."""
    if not event.same_as_id:
        return None
    return pb.NoteOpinionCopyRequest(
        opinion_case_id=event.same_as_id,
        copy_id=event.opinion_case_id,
        opinion_id="" if event.on_paper else event.opinion_id,
        procuratorate_id=event.procuratorate_id,
        content=event.content,
    )


@policy.on(pb.OpinionCopyNoted, received=False, kind=BUREAU)
def tell_reply(event: pb.OpinionCopyNoted, context: PolicyContext) -> pb.TellOpinionReplyRequest | None:
    """The node that signed the copy learns what went to its people on paper."""
    if not event.HasField("replied_at"):
        return None
    return pb.TellOpinionReplyRequest(
        opinion_case_id=event.opinion_case_id, occurred_at=event.replied_at, late_reason=LATE_REASON
    )


@policy.on(pb.OpinionWithdrawalRecorded, received=False, kind=BUREAU)
def withdraw_first(
    event: pb.OpinionWithdrawalRecorded, context: PolicyContext
) -> pb.NoteOpinionWithdrawnRequest | None:
    """What a node tells of its copy holds for the one that is handled."""
    if not event.same_as_id:
        return None
    return pb.NoteOpinionWithdrawnRequest(
        opinion_case_id=event.same_as_id, procuratorate_id=event.procuratorate_id, reason=event.reason
    )


@policy.on(pb.OpinionAcknowledged, received=False, kind=BUREAU)
def acknowledge_first(
    event: pb.OpinionAcknowledged, context: PolicyContext
) -> pb.NoteOpinionAcknowledgedRequest | None:
    """What a node tells of its copy holds for the one that is handled."""
    if not event.same_as_id:
        return None
    return pb.NoteOpinionAcknowledgedRequest(
        opinion_case_id=event.same_as_id,
        procuratorate_id=event.procuratorate_id,
        kind=event.kind,
        remark=event.remark,
    )


# ---- procuratorate -----------------------------------------------------------------------------------------------


@policy.on(outcomes.NonProsecutionDecided, received=False, kind=PROCURATORATE)
def open_review(event: outcomes.NonProsecutionDecided, context: PolicyContext) -> pb.OpenOpinionReviewRequest | None:
    """An own decision not to prosecute, with a penalty that is needed, begins the review."""
    if not event.penalty_needed:
        return None
    return pb.OpenOpinionReviewRequest(
        bureau_id=event.bureau_id,
        decided_on=day_of(context.occurred_at).isoformat(),
        transfer_id=event.transfer_id,
    )


@policy.on(
    pb.OpinionReceived,
    pb.OpinionRegistered,
    pb.OpinionReturned,
    pb.CaseFiledFromOpinion,
    pb.NotFiledFromOpinion,
    pb.OpinionDecided,
    pb.OpinionReplied,
    received=True,
    kind=PROCURATORATE,
    addressed="procuratorate_id",
)
def note_progress(event: Any, context: PolicyContext) -> pb.NoteOpinionProgressRequest:
    """Each step that the authority tells is kept, with the instant of its act."""
    command = pb.NoteOpinionProgressRequest(
        opinion_id=event.opinion_id,
        bureau_id=context.teller,
        step=_step_of(event),
        taken_at=to_timestamp(context.occurred_at),
    )
    match event:
        case pb.OpinionReceived():
            command.reply_nominal_on, command.fallback = event.reply_nominal_on, event.fallback
        case pb.OpinionReturned():
            command.reason = event.reason
        case pb.NotFiledFromOpinion():
            command.reason, command.outcome = event.reason, pb.OPINION_OUTCOME_NOT_FILED
        case pb.CaseFiledFromOpinion():
            command.case_number = event.case_number
        case pb.OpinionDecided():
            command.outcome = event.outcome
        case pb.OpinionReplied():
            command.outcome, command.reason = event.outcome, event.reason
            command.execution, command.case_number = event.execution, event.case_number
            command.documents.extend(event.documents)
    return command


_STEPS: Final = {
    pb.OpinionReceived: pb.OPINION_STEP_RECEIVED,
    pb.OpinionRegistered: pb.OPINION_STEP_REGISTERED,
    pb.OpinionReturned: pb.OPINION_STEP_RETURNED,
    pb.CaseFiledFromOpinion: pb.OPINION_STEP_CASE_FILED,
    pb.NotFiledFromOpinion: pb.OPINION_STEP_NOT_FILED,
    pb.OpinionDecided: pb.OPINION_STEP_DECIDED,
}


def _step_of(event: Any) -> pb.OpinionStep.ValueType:
    if isinstance(event, pb.OpinionReplied):
        result = event.kind == pb.REPLY_KIND_RESULT
        return pb.OPINION_STEP_REPLIED if result else pb.OPINION_STEP_REPLIED_INTERIM
    return _STEPS[type(event)]
