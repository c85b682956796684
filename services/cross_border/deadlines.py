"""The clocks of cooperation across borders. No verified text sets these limits: each is a dated switch.

clock             runs from                          to                               who must act
hand_over         not competent, came or taken back  sent                             who asks; its own clock alone
acknowledge       received (CASE_TRANSFER: decide)    accepted or sent back            who is asked, and who waits
answer_<kind>     accepted, reopened                 answered whole, or unable        who is asked, and who waits
designate         a side asked the superior          designated, or lapsed          the superior; its sides: cases
bulletin          a bulletin, for the next one       the next bulletin                who tells
escalate_<whom>   reminded, after a limit ended      the same, or the superiors are told    at who waits alone

Who waits keeps the other's clock, too (`…_awaited`), and sees a late step even when the other's node is silent. It runs
on what was noted from the other's signature, with the instant of the other's act: both clocks say the same. A partial
answer ends nothing: the rest stays due. CLUE, CASE_TRANSFER and CONSULT have no limit for their answer.
"""

from collections.abc import Callable
from typing import Any, Final

from enforcement.cross_border.v1 import circular_pb2 as circulars
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import overdue_pb2 as overdue

from services.cross_border.kinds import HAND_OVERS
from services.kernel.deadlines import Deadline, Deadlines, StartContext, by_number, hours, until, when, working_days

_CQCS_5: Final = "design, after 重庆市长寿区行政执法机关协同协作工作办法 art. 5"


def _is(kind: pb.RequestType.ValueType) -> Callable[[Any], bool]:
    def matches(event: Any) -> bool:
        return bool(event.request_type == kind)

    return matches


def _is_not(kind: pb.RequestType.ValueType) -> Callable[[Any], bool]:
    def matches(event: Any) -> bool:
        return bool(event.request_type != kind)

    return matches


def _handed_over(event: pb.RequestSent) -> bool:
    return event.request_type in HAND_OVERS


def _calm(event: drafting.RequestDrafted | pb.RequestRejected | pb.RequestClosed) -> bool:
    return bool(event.case_id) and not event.urgent


def _urgent(event: drafting.RequestDrafted | pb.RequestRejected | pb.RequestClosed) -> bool:
    return bool(event.case_id) and event.urgent


def _taken_back(event: pb.RequestClosed) -> bool:
    return event.withdrawn and _calm(event)


def _taken_back_urgent(event: pb.RequestClosed) -> bool:
    return event.withdrawn and _urgent(event)


def _kept(event: pb.RequestClosed) -> bool:
    return not event.withdrawn


def _draft_or_matter(event: Any) -> tuple[str, ...]:
    """The clock of a draft is its own: what happens to another request leaves it. The clock of what came back is that
    of the clue or case, whichever request takes it next."""
    match event:
        case drafting.RequestDrafted() | drafting.DraftDiscarded():
            return (event.request_id,)
        case pb.RequestSent() | drafting.HandOverExtended():
            return (event.request_id, event.case_id)
    return (str(event.case_id),)


def _whole(event: pb.TaskAnswered | pb.AnswerReceived) -> bool:
    return event.completeness != pb.COMPLETENESS_PARTIAL


def _bulletin(event: circulars.CircularShared) -> bool:
    """Of a month after those that were told before."""
    return event.kind == circulars.CIRCULAR_KIND_BULLETIN and bool(event.next_due_on)


def _longer_by(event: pb.TaskExtended | pb.RequestExtended | drafting.HandOverExtended) -> int:
    return event.working_days


def _asked(event: Any, context: StartContext) -> str:
    """Who was asked must act."""
    return str(event.responder_id)


HAND_OVER = Deadline(
    "cross_border.hand_over",
    basis=_CQCS_5,
    title="移送无管辖权的线索、案件",
    # Sent back or taken back is found again: the limit runs anew, and the clue or case is still here.
    starts=(
        when(drafting.RequestDrafted, _calm),
        when(pb.RequestRejected, _calm),
        when(pb.RequestClosed, _taken_back),
    ),
    ends=when(pb.RequestSent, _handed_over),
    within=by_number("clue_transfer_working_days", working_days),
    key=_draft_or_matter,
    subject="case_id",
    counts_from_in={drafting.RequestDrafted: "lacking_found_at"},
    version=3,
    cancelled_by=(drafting.DraftDiscarded, when(pb.RequestClosed, _kept)),
    extended_by=drafting.HandOverExtended,
    extension=_longer_by,
)

HAND_OVER_URGENT = Deadline(
    "cross_border.hand_over_urgent",
    basis=_CQCS_5,
    title="移送涉及重大安全的线索、案件",
    starts=(
        when(drafting.RequestDrafted, _urgent),
        when(pb.RequestRejected, _urgent),
        when(pb.RequestClosed, _taken_back_urgent),
    ),
    ends=when(pb.RequestSent, _handed_over),
    within=by_number("clue_transfer_urgent_hours", hours),
    key=_draft_or_matter,
    subject="case_id",
    counts_from_in={drafting.RequestDrafted: "lacking_found_at"},
    version=3,
    cancelled_by=(drafting.DraftDiscarded, when(pb.RequestClosed, _kept)),
)


def _acknowledgement(
    rule_id: str, title: str, switch: str, condition: Callable[[Any], bool]
) -> tuple[Deadline, Deadline]:
    """The clock of who is asked, and its mirror at who waits."""
    within = by_number(switch, working_days)
    own = Deadline(
        rule_id,
        basis="design",
        title=title,
        starts=when(pb.TaskReceived, condition),
        ends=(pb.TaskAccepted, pb.TaskRejected),
        within=within,
        key="task_id",
        subject="request_id",
        cancelled_by=pb.TaskClosed,
    )
    awaited = Deadline(
        f"{rule_id}_awaited",
        basis="design",
        title=f"对方{title}",
        starts=when(pb.RequestDelivered, condition),
        ends=(pb.RequestAccepted, pb.RequestRejected),
        within=within,
        key="request_id",
        responsible=_asked,
        mirrors=rule_id,
        cancelled_by=pb.RequestClosed,
    )
    return own, awaited


def _answer(
    kind: pb.RequestType.ValueType, rule_id: str, title: str, switch: str, basis: str = "design"
) -> tuple[Deadline, Deadline]:
    """The clock of who is asked, and its mirror at who waits."""
    within = by_number(switch, working_days)
    own = Deadline(
        rule_id,
        basis=basis,
        title=title,
        starts=(when(pb.TaskAccepted, _is(kind)), when(pb.TaskReopened, _is(kind))),
        ends=when(pb.TaskAnswered, _whole),
        within=within,
        key="task_id",
        subject="request_id",
        cancelled_by=(pb.TaskConfirmed, pb.TaskClosed),
        extended_by=pb.TaskExtended,
        extension=_longer_by,
        version=2,
    )
    awaited = Deadline(
        f"{rule_id}_awaited",
        basis=basis,
        title=f"对方{title}",
        starts=(when(pb.RequestAccepted, _is(kind)), when(pb.RequestReopened, _is(kind))),
        ends=when(pb.AnswerReceived, _whole),
        within=within,
        key="request_id",
        responsible=_asked,
        mirrors=rule_id,
        cancelled_by=(pb.AnswerConfirmed, pb.RequestClosed),
        extended_by=pb.RequestExtended,
        extension=_longer_by,
    )
    return own, awaited


ACKNOWLEDGE, ACKNOWLEDGE_AWAITED = _acknowledgement(
    "cross_border.acknowledge",
    "受理或者退回协作请求",
    "request_ack_working_days",
    _is_not(pb.REQUEST_TYPE_CASE_TRANSFER),
)

DECIDE_CASE_TRANSFER, DECIDE_CASE_TRANSFER_AWAITED = _acknowledgement(
    "cross_border.decide_case_transfer",
    "决定是否接受移送的案件",
    "case_transfer_decision_working_days",
    _is(pb.REQUEST_TYPE_CASE_TRANSFER),
)

ANSWER_ASSIST, ANSWER_ASSIST_AWAITED = _answer(
    pb.REQUEST_TYPE_ASSIST,
    "cross_border.answer_assist",
    "答复协助调查",
    "assist_answer_working_days",
    "design, after the 15 working days of market regulation",
)

ANSWER_EVIDENCE_SHARE, ANSWER_EVIDENCE_SHARE_AWAITED = _answer(
    pb.REQUEST_TYPE_EVIDENCE_SHARE,
    "cross_border.answer_evidence_share",
    "答复证据共享",
    "evidence_share_working_days",
)

ANSWER_SERVICE, ANSWER_SERVICE_AWAITED = _answer(
    pb.REQUEST_TYPE_SERVICE, "cross_border.answer_service", "代送达文书并交回送达回证", "service_answer_working_days"
)

ANSWER_EXECUTION_ASSIST, ANSWER_EXECUTION_ASSIST_AWAITED = _answer(
    pb.REQUEST_TYPE_EXECUTION_ASSIST,
    "cross_border.answer_execution_assist",
    "答复协助执行",
    "execution_assist_working_days",
)

ANSWER = {
    pb.REQUEST_TYPE_ASSIST: ANSWER_ASSIST,
    pb.REQUEST_TYPE_EVIDENCE_SHARE: ANSWER_EVIDENCE_SHARE,
    pb.REQUEST_TYPE_SERVICE: ANSWER_SERVICE,
    pb.REQUEST_TYPE_EXECUTION_ASSIST: ANSWER_EXECUTION_ASSIST,
}
"""The clock of the answer, by what was asked for; the other kinds have none."""

AWAITED: Final = (
    ACKNOWLEDGE_AWAITED,
    DECIDE_CASE_TRANSFER_AWAITED,
    ANSWER_ASSIST_AWAITED,
    ANSWER_EVIDENCE_SHARE_AWAITED,
    ANSWER_SERVICE_AWAITED,
    ANSWER_EXECUTION_ASSIST_AWAITED,
)
"""The clocks of who waits: when one is missed, the other side is reminded."""


def _escalation(rule_id: str, title: str, last_day: str) -> Deadline:
    """Ends at the last day before the superiors are told; no duty of its own, but the same one for longer. It counts
    from the day of the limit: what was done in time, and noted after the reminder, ends it."""
    return Deadline(
        rule_id,
        basis="design",
        title=title,
        starts=overdue.RequestReminded,
        ends=(pb.RequestAccepted, pb.RequestRejected, when(pb.AnswerReceived, _whole)),
        within=until(last_day),
        key="request_id",
        responsible=_asked,
        counts_from="due_on",
        mirrors="cross_border.acknowledge",
        version=2,
        cancelled_by=(pb.RequestExtended, pb.AnswerConfirmed, pb.RequestClosed),
    )


ESCALATE_CITY = _escalation("cross_border.escalate_city", "逾期协作事项报市级机关前办结", "city_after_on")
ESCALATE_PROVINCE = _escalation("cross_border.escalate_province", "逾期协作事项报省级平台前办结", "province_after_on")

DESIGNATE = Deadline(
    "cross_border.designate",
    basis="行政处罚法 art. 25; number of days: design",
    title="指定管辖",
    starts=when(designations.DesignationAsked, lambda event: not event.also),
    ends=(designations.JurisdictionDesignated, designations.DesignationLapsed),
    within=by_number("designation_working_days", working_days),
    key="designation_id",
    version=2,
)

BULLETIN = Deadline(
    "cross_border.bulletin",
    basis="design; 川渝执法协作 (2021): monthly, at month start",
    title="发出上月通报",
    starts=when(circulars.CircularShared, _bulletin),
    ends=when(circulars.CircularShared, _bulletin),
    within=until("next_due_on"),
    key="sender_id",
    subject="circular_id",
    version=2,
)

DEADLINES = Deadlines(
    HAND_OVER,
    HAND_OVER_URGENT,
    ACKNOWLEDGE,
    ACKNOWLEDGE_AWAITED,
    DECIDE_CASE_TRANSFER,
    DECIDE_CASE_TRANSFER_AWAITED,
    ANSWER_ASSIST,
    ANSWER_ASSIST_AWAITED,
    ANSWER_EVIDENCE_SHARE,
    ANSWER_EVIDENCE_SHARE_AWAITED,
    ANSWER_SERVICE,
    ANSWER_SERVICE_AWAITED,
    ANSWER_EXECUTION_ASSIST,
    ANSWER_EXECUTION_ASSIST_AWAITED,
    ESCALATE_CITY,
    ESCALATE_PROVINCE,
    DESIGNATE,
    BULLETIN,
)
