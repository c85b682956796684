"""What cooperation across borders does when something is in the ledger: each side notes what the other signed, with the
instant of the other's act, so that both sides' clocks say the same.

HandOnDropped of a case that was accepted ──▶ EndHandOver.
HomeNoticeIssued to an authority with a node ──▶ SendCopyNotice; there ──▶ RecordCopyNotice; back ──▶
NoteCopyNoticeDelivered. HomeNoticeWithdrawn ──▶ WithdrawCopyNotice; there ──▶ RetractCopyNotice.
"""

from typing import Final

from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import overdue_pb2 as overdue
from enforcement.cross_border.v1 import service_pb2 as commands
from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.non_site.v1 import follow_up_pb2 as non_site

from services.cross_border.deadlines import AWAITED, ESCALATE_CITY, ESCALATE_PROVINCE
from services.cross_border.model.copy_notice import received_notice_of
from services.cross_border.model.task import task_of
from services.kernel.messages import to_timestamp
from services.kernel.policy import Policy, PolicyContext

policy = Policy("cross_border")

_AWAITED: Final = frozenset(clock.rule_id for clock in AWAITED)
_STEPS: Final = {
    ESCALATE_CITY.rule_id: overdue.OVERDUE_STEP_CITY,
    ESCALATE_PROVINCE.rule_id: overdue.OVERDUE_STEP_PROVINCE,
}


@policy.on(pb.RequestSent, received=True, addressed="responder_id")
def open_task(event: pb.RequestSent, context: PolicyContext) -> commands.OpenTaskRequest:
    """Who is asked opens a task."""
    return commands.OpenTaskRequest(
        task_id=_task(event.request_id, context),
        request_type=event.request_type,
        request_id=event.request_id,
        requester_id=event.requester_id,
        case_number=event.case_number,
        purpose=event.purpose,
        legal_basis=event.legal_basis,
        questions=event.questions,
        fields=event.fields,
        evidence_sha256=event.evidence_sha256,
        subject=event.subject if event.HasField("subject") else None,
        classification=event.classification,
        contact=event.contact,
        materials=event.materials,
        matter=event.matter if event.HasField("matter") else None,
        service=event.service if event.HasField("service") else None,
        wanted_on=event.wanted_on,
        urgent=event.urgent,
    )


@policy.on(pb.RequestReopened, received=True, addressed="responder_id")
def reopen_task(event: pb.RequestReopened, context: PolicyContext) -> commands.ReopenTaskRequest:
    """Who is asked goes on."""
    return commands.ReopenTaskRequest(
        task_id=_task(event.request_id, context), occurred_at=to_timestamp(context.occurred_at), reason=event.reason
    )


@policy.on(pb.AnswerConfirmed, received=True, addressed="responder_id")
def confirm_task(event: pb.AnswerConfirmed, context: PolicyContext) -> drafting.ConfirmTaskRequest:
    """Who was asked learns that the answer suffices."""
    return drafting.ConfirmTaskRequest(
        task_id=_task(event.request_id, context), occurred_at=to_timestamp(context.occurred_at)
    )


@policy.on(pb.RequestClosed, received=True, addressed="responder_id")
def close_task(event: pb.RequestClosed, context: PolicyContext) -> commands.CloseTaskRequest:
    """The task ends with the request."""
    return commands.CloseTaskRequest(
        task_id=_task(event.request_id, context),
        occurred_at=to_timestamp(context.occurred_at),
        withdrawn=event.withdrawn,
        reason=event.reason,
    )


@policy.on(side.HandOnDropped, received=False)
def end_hand_over(event: side.HandOnDropped, context: PolicyContext) -> drafting.EndHandOverRequest:
    """Who accepted what is not left to hand over learns it: the request ends."""
    return drafting.EndHandOverRequest(request_id=event.request_id, reason=event.reason)


@policy.on(pb.TaskReceived, received=True, addressed="requester_id")
def note_delivery(event: pb.TaskReceived, context: PolicyContext) -> commands.NoteDeliveryRequest:
    """Who asked learns that the request arrived."""
    return commands.NoteDeliveryRequest(
        request_id=event.request_id, occurred_at=to_timestamp(context.occurred_at), task_id=event.task_id
    )


@policy.on(pb.TaskAccepted, received=True, addressed="requester_id")
def note_acceptance(event: pb.TaskAccepted, context: PolicyContext) -> commands.NoteAcceptanceRequest:
    """Who asked learns that the request was accepted."""
    return commands.NoteAcceptanceRequest(
        request_id=event.request_id, occurred_at=to_timestamp(context.occurred_at), handlers=event.handlers
    )


@policy.on(pb.TaskRejected, received=True, addressed="requester_id")
def note_rejection(event: pb.TaskRejected, context: PolicyContext) -> commands.NoteRejectionRequest:
    """Who asked learns that the request came back, and why."""
    return commands.NoteRejectionRequest(
        request_id=event.request_id,
        occurred_at=to_timestamp(context.occurred_at),
        reason=event.reason,
        explanation=event.explanation,
    )


@policy.on(pb.TaskExtended, received=True, addressed="requester_id")
def note_extension(event: pb.TaskExtended, context: PolicyContext) -> commands.NoteExtensionRequest:
    """Who asked learns that it takes longer."""
    return commands.NoteExtensionRequest(
        request_id=event.request_id,
        occurred_at=to_timestamp(context.occurred_at),
        working_days=event.working_days,
        reason=event.reason,
    )


@policy.on(pb.TaskAnswered, received=True, addressed="requester_id")
def note_answer(event: pb.TaskAnswered, context: PolicyContext) -> commands.NoteAnswerRequest:
    """Who asked takes the answer."""
    return commands.NoteAnswerRequest(
        request_id=event.request_id,
        occurred_at=to_timestamp(context.occurred_at),
        completeness=event.completeness,
        text=event.text,
        fields=event.fields,
        items=event.items,
        receipt=event.receipt if event.HasField("receipt") else None,
    )


@policy.on(clocks.DeadlineMissed, received=False)
def remind(
    event: clocks.DeadlineMissed, context: PolicyContext
) -> overdue.RemindResponderRequest | overdue.EscalateRequestRequest | None:
    """Who lets a limit end is reminded; who still does nothing has its superiors told."""
    if event.rule_id in _AWAITED:
        return overdue.RemindResponderRequest(
            request_id=event.subject_id, rule_id=event.rule_id, effective_due_at=event.effective_due_at
        )
    step = _STEPS.get(event.rule_id)
    return overdue.EscalateRequestRequest(request_id=event.subject_id, step=step) if step else None


@policy.on(overdue.RequestReminded, overdue.RequestEscalated, received=True, addressed="responder_id")
def note_reminder(
    event: overdue.RequestReminded | overdue.RequestEscalated, context: PolicyContext
) -> overdue.NoteReminderRequest:
    """Who is reminded keeps it, and so does the feed of its own province."""
    return overdue.NoteReminderRequest(
        task_id=_task(event.request_id, context),
        step=event.step if isinstance(event, overdue.RequestEscalated) else overdue.OVERDUE_STEP_REMINDER,
        rule_id=event.rule_id,
        due_on=event.due_on,
    )


@policy.on(non_site.HomeNoticeIssued, received=False)
def send_copy_notice(event: non_site.HomeNoticeIssued, context: PolicyContext) -> notices.SendCopyNoticeRequest | None:
    """What the home place of a vehicle is told leaves for its node; a letter goes by post."""
    if event.way != non_site.NOTICE_WAY_NODE:
        return None
    return notices.SendCopyNoticeRequest(
        notice_id=event.notice_id,
        recipient_id=event.home_authority_id,
        follow_up_id=event.follow_up_id,
        notice=event.notice,
    )


@policy.on(notices.CopyNoticeSent, received=True, addressed="recipient_id")
def record_copy_notice(event: notices.CopyNoticeSent, context: PolicyContext) -> notices.RecordCopyNoticeRequest:
    """Who is told records it."""
    return notices.RecordCopyNoticeRequest(
        received_id=received_notice_of(event.notice_id, context.teller),
        notice_id=event.notice_id,
        sender_id=context.teller,
        notice=event.notice,
    )


@policy.on(notices.CopyNoticeReceived, received=True, addressed="sender_id")
def note_copy_notice_delivered(
    event: notices.CopyNoticeReceived, context: PolicyContext
) -> notices.NoteCopyNoticeDeliveredRequest:
    """Who told learns that the other side has it."""
    return notices.NoteCopyNoticeDeliveredRequest(notice_id=event.notice_id, recipient_id=context.teller)


@policy.on(non_site.HomeNoticeWithdrawn, received=False)
def withdraw_copy_notice(
    event: non_site.HomeNoticeWithdrawn, context: PolicyContext
) -> notices.WithdrawCopyNoticeRequest | None:
    """What a node was told is taken back where the decision is gone; of a letter somebody writes another."""
    if event.way != non_site.NOTICE_WAY_NODE:
        return None
    return notices.WithdrawCopyNoticeRequest(notice_id=event.notice_id)


@policy.on(notices.CopyNoticeWithdrawn, received=True, addressed="recipient_id")
def retract_copy_notice(event: notices.CopyNoticeWithdrawn, context: PolicyContext) -> notices.RetractCopyNoticeRequest:
    """Who was told records that it was taken back."""
    return notices.RetractCopyNoticeRequest(
        received_id=received_notice_of(event.notice_id, context.teller), sender_id=context.teller
    )


def _task(request_id: str, context: PolicyContext) -> str:
    """This authority's task for a request of whoever signed the event."""
    return task_of(request_id, context.teller, context.authority.id)
