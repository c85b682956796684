"""The clocks of cooperation across borders. No verified text sets these limits: each is a dated switch.

They run where the task is, because who is asked must act: a request starts its clock when it is recorded there, which
is the moment of its receipt.
"""

from enforcement.cross_border.v1 import events_pb2 as pb

from services.kernel.deadlines import Deadline, Deadlines, by_number, when, working_days


def _is_assist(event: pb.TaskAccepted | pb.TaskReopened) -> bool:
    return event.request_type == pb.REQUEST_TYPE_ASSIST


def _is_evidence_share(event: pb.TaskAccepted | pb.TaskReopened) -> bool:
    return event.request_type == pb.REQUEST_TYPE_EVIDENCE_SHARE


def _longer_by(event: pb.TaskExtended) -> int:
    return event.working_days


ACKNOWLEDGE = Deadline(
    "cross_border.acknowledge",
    basis="design",
    title="受理或者退回协作请求",
    starts=pb.TaskReceived,
    ends=(pb.TaskAccepted, pb.TaskRejected),
    within=by_number("request_ack_working_days", working_days),
    key="task_id",
    subject="request_id",
    cancelled_by=pb.TaskClosed,
)

ANSWER_ASSIST = Deadline(
    "cross_border.answer_assist",
    basis="design, after the 15 working days of market regulation",
    title="答复协助调查",
    starts=(when(pb.TaskAccepted, _is_assist), when(pb.TaskReopened, _is_assist)),
    ends=pb.TaskAnswered,
    within=by_number("assist_answer_working_days", working_days),
    key="task_id",
    subject="request_id",
    cancelled_by=pb.TaskClosed,
    extended_by=pb.TaskExtended,
    extension=_longer_by,
)

ANSWER_EVIDENCE_SHARE = Deadline(
    "cross_border.answer_evidence_share",
    basis="design",
    title="答复证据共享",
    starts=(when(pb.TaskAccepted, _is_evidence_share), when(pb.TaskReopened, _is_evidence_share)),
    ends=pb.TaskAnswered,
    within=by_number("evidence_share_working_days", working_days),
    key="task_id",
    subject="request_id",
    cancelled_by=pb.TaskClosed,
    extended_by=pb.TaskExtended,
    extension=_longer_by,
)

ANSWER = {
    pb.REQUEST_TYPE_ASSIST: ANSWER_ASSIST,
    pb.REQUEST_TYPE_EVIDENCE_SHARE: ANSWER_EVIDENCE_SHARE,
}
"""The clock of the answer, by what was asked for."""

DEADLINES = Deadlines(ACKNOWLEDGE, ANSWER_ASSIST, ANSWER_EVIDENCE_SHARE)
