"""Read models of cooperation across borders: requests, tasks, and the evidence that goes between them."""

from pathlib import Path
from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cross_border.v1 import circular_pb2 as circulars
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import overdue_pb2 as overdue
from enforcement.cross_border.v1 import rule_sets_pb2 as rule_sets
from google.protobuf.message import Message

from services.cross_border import model
from services.cross_border.kinds import HAND_OVERS
from services.cross_border.model.circular import circular as sent_circular
from services.cross_border.model.circular import received_circular
from services.cross_border.model.request import Stage
from services.cross_border.model.rule_sets import comparison
from services.cross_border.model.task import Stage as TaskStage
from services.cross_border.model.task import task_of
from services.kernel.account import keep_account
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import DELETE, Row, Views
from services.kernel.timeline import keep_timeline

views = Views("cross_border", version=10, sql=Path(__file__).with_name("views.sql"))

request = views.table("request", key="request_id")
request_item = views.table("request_item", key=("request_id", "item_id"))
task = views.table("task", key="task_id")
escalation = views.table("escalation", key=("request_id", "requester_id", "step", "due_on"))
task_item = views.table("task_item", key=("task_id", "item_id"))
copy_notice = views.table("copy_notice", key="copy_id")
case_team = views.table("case_team", key="case_id")

_TASK_DONE = (TaskStage.ANSWERED, TaskStage.CONFIRMED, TaskStage.REJECTED, TaskStage.CLOSED)
"""Nothing is due: a reminder that crossed with the act says nothing any more."""


def _items(column: str) -> Any:
    """Keys of the evidence in an event."""

    def keys(event: Any, fact: Fact) -> list[tuple[str, str]]:
        return [(getattr(event, column), item.item_id) for item in event.items]

    return keys


def _told_here(event: overdue.RequestEscalated, fact: Fact) -> tuple[str, str, int, str]:
    """Who signed it tells it: nobody else's word takes its place."""
    return event.request_id, fact.origin or "", int(event.step), event.due_on


def _judged_task_item(event: pb.EvidenceRecognised, fact: Fact) -> tuple[str, str]:
    """This authority's item that the requester, who signed the event, judged."""
    assert fact.origin is not None
    return task_of(event.request_id, fact.origin, event.responder_id), event.item_id


@request.on(drafting.RequestDrafted)
def drafted(row: Row, event: drafting.RequestDrafted, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        stage=Stage.DRAFT,
        case_id=event.content.case_id or None,
        handed_over=event.content.request_type in HAND_OVERS,
        sent=as_dict(event.content),
    )


@request.on(drafting.DraftDiscarded)
def discarded(row: Row, event: drafting.DraftDiscarded, fact: Fact) -> None:
    row["stage"] = Stage.DISCARDED


@request.on(pb.RequestSent)
def sent(row: Row, event: pb.RequestSent, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    row.update(
        stage=Stage.SENT,
        case_id=event.case_id or None,
        handed_over=event.request_type in HAND_OVERS,
        sent_at=fact.occurred_at,
        sent=as_dict(event),
    )


@request.on(pb.RequestDelivered)
def delivered(row: Row, event: pb.RequestDelivered, fact: Fact) -> None:
    row["stage"] = Stage.DELIVERED


@request.on(pb.RequestAccepted)
def accepted(row: Row, event: pb.RequestAccepted, fact: Fact) -> None:
    row.update(stage=Stage.ACCEPTED, overdue=None)


@request.on(pb.RequestExtended)
def extended(row: Row, event: pb.RequestExtended, fact: Fact) -> None:
    if row["stage"] != Stage.CONFIRMED:
        row["stage"] = Stage.EXTENDED


@request.on(pb.RequestReopened)
def reopened(row: Row, event: pb.RequestReopened, fact: Fact) -> None:
    row["stage"] = Stage.REOPENED


@request.on(pb.RequestRejected)
def rejected(row: Row, event: pb.RequestRejected, fact: Fact) -> None:
    row.update(stage=Stage.REJECTED, rejection=as_dict(event), overdue=None)


@request.on(pb.AnswerReceived)
def answer_received(row: Row, event: pb.AnswerReceived, fact: Fact) -> None:
    row["answer"] = _whole(row.get("answer"), as_dict(event))
    if row["stage"] == Stage.CONFIRMED:
        return
    if event.completeness == pb.COMPLETENESS_PARTIAL:
        row["stage"] = Stage.PARTLY
    else:
        row.update(stage=Stage.ANSWERED, overdue=None)


@request.on(pb.AnswerConfirmed)
def confirmed(row: Row, event: pb.AnswerConfirmed, fact: Fact) -> None:
    row.update(stage=Stage.CONFIRMED, overdue=None)


@request.on(pb.RequestClosed)
def closed(row: Row, event: pb.RequestClosed, fact: Fact) -> None:
    row.update(stage=Stage.CLOSED, overdue=None)


@request.on(overdue.RequestReminded)
def reminded(row: Row, event: overdue.RequestReminded, fact: Fact) -> None:
    row["overdue"] = int(overdue.OVERDUE_STEP_REMINDER)


@request.on(overdue.RequestEscalated)
def went_up(row: Row, event: overdue.RequestEscalated, fact: Fact) -> None:
    row["overdue"] = int(event.step)


@escalation.on(overdue.RequestEscalated, key=_told_here, received=True)
def told_here(row: Row, event: overdue.RequestEscalated, fact: Fact) -> None:
    row.update(told_position=fact.position, escalated_at=fact.occurred_at, told=as_dict(event))


@request_item.on(pb.AnswerReceived, key=_items("request_id"))
def item_received(row: Row, event: pb.AnswerReceived, fact: Fact) -> None:
    row.update(answered_position=fact.position, item=_item(event, row["item_id"]))


@request_item.on(pb.EvidenceRecognised)
def item_judged(row: Row, event: pb.EvidenceRecognised, fact: Fact) -> None:
    row["judged"] = as_dict(event)


@task.on(pb.TaskReceived)
def task_received(row: Row, event: pb.TaskReceived, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        request_id=event.request_id,
        stage=TaskStage.RECEIVED,
        received_at=fact.occurred_at,
        received=as_dict(event),
    )


@task.on(pb.TaskAccepted)
def task_accepted(row: Row, event: pb.TaskAccepted, fact: Fact) -> None:
    row.update(stage=TaskStage.ACCEPTED, acceptance=as_dict(event), overdue=None)


@task.on(pb.TaskRejected)
def task_rejected(row: Row, event: pb.TaskRejected, fact: Fact) -> None:
    row.update(stage=TaskStage.REJECTED, rejection=as_dict(event), overdue=None)


@task.on(pb.TaskExtended)
def task_extended(row: Row, event: pb.TaskExtended, fact: Fact) -> None:
    row["stage"] = TaskStage.EXTENDED


@task.on(pb.TaskAnswered)
def task_answered(row: Row, event: pb.TaskAnswered, fact: Fact) -> None:
    if event.completeness == pb.COMPLETENESS_PARTIAL:
        row["stage"] = TaskStage.PARTLY
    else:
        row.update(stage=TaskStage.ANSWERED, overdue=None)


@task.on(pb.TaskReopened)
def task_reopened(row: Row, event: pb.TaskReopened, fact: Fact) -> None:
    row["stage"] = TaskStage.REOPENED


@task.on(pb.TaskConfirmed)
def task_confirmed(row: Row, event: pb.TaskConfirmed, fact: Fact) -> None:
    row.update(stage=TaskStage.CONFIRMED, overdue=None)


@task.on(pb.TaskClosed)
def task_closed(row: Row, event: pb.TaskClosed, fact: Fact) -> None:
    row.update(stage=TaskStage.CLOSED, overdue=None)


@task.on(overdue.TaskReminded)
def task_reminded(row: Row, event: overdue.TaskReminded, fact: Fact) -> None:
    if row["stage"] not in _TASK_DONE:
        row["overdue"] = int(event.step)


@task_item.on(pb.TaskAnswered, key=_items("task_id"))
def item_given(row: Row, event: pb.TaskAnswered, fact: Fact) -> None:
    row.update(answered_position=fact.position, item=_item(event, row["item_id"]))


@task_item.on(pb.EvidenceRecognised, key=_judged_task_item, received=True)
def item_judged_by_requester(row: Row, event: pb.EvidenceRecognised, fact: Fact) -> Any:
    if "item" not in row:
        return DELETE
    row["judged"] = as_dict(event)
    return None


@case_team.on(cases.OfficersAssigned)
def team_assigned(row: Row, event: cases.OfficersAssigned, fact: Fact) -> None:
    row["officer_ids"] = [one.officer_id for one in event.officers]


@copy_notice.on(notices.CopyNoticeSent, key=lambda event, fact: event.notice_id)
def notice_sent(row: Row, event: notices.CopyNoticeSent, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        received=False,
        notice_id=event.notice_id,
        authority_id=event.recipient_id,
        recorded_at=fact.occurred_at,
        delivered=False,
        notice=as_dict(event.notice),
    )


@copy_notice.on(notices.CopyNoticeDelivered, key=lambda event, fact: event.notice_id)
def notice_delivered(row: Row, event: notices.CopyNoticeDelivered, fact: Fact) -> None:
    row["delivered"] = True


@copy_notice.on(notices.CopyNoticeWithdrawn, key=lambda event, fact: event.notice_id)
@copy_notice.on(notices.CopyNoticeRetracted, key=lambda event, fact: event.received_id)
def notice_withdrawn(row: Row, event: Any, fact: Fact) -> None:
    row["withdrawn_at"] = fact.occurred_at


@copy_notice.on(notices.CopyNoticeReceived, key=lambda event, fact: event.received_id)
def notice_received(row: Row, event: notices.CopyNoticeReceived, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        received=True,
        notice_id=event.notice_id,
        authority_id=event.sender_id,
        recorded_at=fact.recorded_at,
        delivered=True,
        notice=as_dict(event.notice),
    )


TITLES: Final[dict[type[Message], str]] = {
    drafting.PersonalRequestRefused: "拒绝发出无目的的个人信息请求",
    drafting.RequestDrafted: "拟定协作请求",
    drafting.HandOverExtended: "延长移送期限",
    drafting.DraftDiscarded: "作废未发出的请求",
    drafting.UnaskedFieldsDropped: "未留存答复中未请求的信息",
    pb.RequestSent: "发出协作请求",
    pb.RequestDelivered: "协作请求已送达",
    pb.RequestAccepted: "对方受理",
    pb.RequestRejected: "对方退回",
    pb.RequestExtended: "对方延期答复",
    pb.AnswerReceived: "收到答复",
    pb.AnswerConfirmed: "确认答复",
    pb.RequestReopened: "要求补充答复",
    pb.EvidenceRecognised: "证据互认审查",
    pb.EvidenceAltered: "警示：证据文件与采集时不一致",
    pb.RequestClosed: "请求办结",
    overdue.RequestReminded: "催办",
    overdue.RequestEscalated: "逾期报告上级",
    overdue.TaskReminded: "收到催办",
    designations.DesignationAsked: "收到报请指定管辖",
    designations.DesignationLapsed: "双方已自行解决，无需指定",
    designations.JurisdictionDesignated: "指定管辖",
    rule_sets.RuleSetAnnounced: "告知合作机关启用的裁量规则",
    rule_sets.PartnerRuleSetNoted: "记录合作机关的裁量规则",
    rule_sets.RuleSetMismatchFound: "裁量规则不一致",
    rule_sets.RuleSetMismatchEnded: "裁量规则恢复一致",
    circulars.CircularShared: "发出通报",
    circulars.CircularCorrected: "更正通报",
    circulars.CircularAcknowledgementNoted: "对方签收通报",
    circulars.CircularReceived: "收到通报",
    circulars.CircularAcknowledged: "签收通报",
    pb.TaskReceived: "收到协作请求",
    pb.PersonalFieldsRefused: "拒绝无目的的个人信息请求",
    pb.TaskAccepted: "受理",
    pb.TaskRejected: "退回",
    pb.TaskExtended: "延期答复",
    pb.TaskAnswered: "答复",
    pb.TaskReopened: "重新办理",
    pb.TaskConfirmed: "对方确认答复",
    pb.TaskClosed: "办结",
    notices.CopyNoticeSent: "发出抄告",
    notices.CopyNoticeDelivered: "抄告已送达",
    notices.CopyNoticeReceived: "收到抄告",
    notices.CopyNoticeWithdrawn: "撤回抄告",
    notices.CopyNoticeRetracted: "对方撤回抄告",
}
"""What each event is called."""

keep_account(views, TITLES, "request_id", "circular_id", "notice_id")
keep_timeline(
    views,
    TITLES,
    (
        model.request,
        model.task,
        model.copy_notice,
        model.received_notice,
        comparison,
        sent_circular,
        received_circular,
    ),
)


def _item(event: pb.AnswerReceived | pb.TaskAnswered, item_id: str) -> dict[str, Any]:
    return next(as_dict(item) for item in event.items if item.item_id == item_id)


def _whole(before: dict[str, Any] | None, part: dict[str, Any]) -> dict[str, Any]:
    """An answer with the parts that came before it: a datum as it was given last, the words one after the other."""
    earlier = before or {}
    fields = {one["field"]: one for one in (*earlier.get("fields", ()), *part.get("fields", ()))}
    words = [text for text in (earlier.get("text", ""), part.get("text", "")) if text]
    receipt = part.get("receipt") or earlier.get("receipt")
    return {
        **part,
        "fields": list(fields.values()),
        "text": "\n".join(words),
        **({"receipt": receipt} if receipt else {}),
    }
