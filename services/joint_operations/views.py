"""Read models of joint operations, folded from this authority's own events."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final

from enforcement.joint_operations.v1 import corrections_pb2 as corrections
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import partners_pb2 as partners
from enforcement.joint_operations.v1 import plan_changes_pb2 as plans
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from services.joint_operations import model
from services.joint_operations.coverage import Span
from services.joint_operations.draw_views import DRAW_TITLES, keep_draws
from services.joint_operations.model.operation import Stage, Standing
from services.joint_operations.model.participation import Stage as PartStage
from services.joint_operations.model.shared import checkpoints_within
from services.joint_operations.model.standing import absent_from, back_at
from services.joint_operations.numbers import Tally, count
from services.kernel.account import keep_account
from services.kernel.facts import Fact
from services.kernel.messages import as_dict, microseconds
from services.kernel.projection import DELETE, Row, Views
from services.kernel.timeline import keep_timeline

views = Views("joint_operations", version=8, sql=Path(__file__).with_name("views.sql"))

operation = views.table("operation", key="operation_id")
participant = views.table("participant", key=("operation_id", "participant_id"))
participation = views.table("participation", key="participation_id")
inspection = views.table("inspection", key="inspection_id")
finding = views.table("finding", key="finding_id")
partner = views.table("partner", key=("operation_id", "partner_id"))
hosted = views.table("hosted_partner", key=("participation_id", "partner_id"))
absence = views.table("absence", key=("operation_id", "participant_id", "officer_id"))

REPORTED: Final = "已报告"
"""Standing of a participant whose report stands."""


@operation.on(pb.OperationPlanned)
def planned(row: Row, event: pb.OperationPlanned, fact: Fact) -> None:
    row.update(began_position=fact.position, stage=Stage.DRAFT, plan=as_dict(event))


@operation.on(pb.OperationAttributesEdited)
def attributes_edited(row: Row, event: pb.OperationAttributesEdited, fact: Fact) -> None:
    row["plan"] = {**row["plan"], "attributes": as_dict(event).get("attributes", [])}


@operation.on(pb.ParticipantInvited)
def first_invited(row: Row, event: pb.ParticipantInvited, fact: Fact) -> None:
    if row["stage"] == Stage.DRAFT:
        row["stage"] = Stage.INVITED


@operation.on(pb.RosterPublished)
def roster_published(row: Row, event: pb.RosterPublished, fact: Fact) -> None:
    row["roster"] = as_dict(event)
    if row["stage"] == Stage.INVITED:
        row["stage"] = Stage.READY


@operation.on(pb.CheckpointOpeningNoted)
def running(row: Row, event: pb.CheckpointOpeningNoted, fact: Fact) -> None:
    if row["stage"] in (Stage.READY, Stage.CANCELLED):
        row["stage"] = Stage.RUNNING


@operation.on(plans.OperationPeriodChanged)
def period_changed(row: Row, event: plans.OperationPeriodChanged, fact: Fact) -> None:
    row["plan"] = _within(row["plan"], event)


@operation.on(plans.OperationCancelled)
def cancelled(row: Row, event: plans.OperationCancelled, fact: Fact) -> None:
    row["stage"] = Stage.CANCELLED


@operation.on(pb.ParticipantReported)
def ran(row: Row, event: pb.ParticipantReported, fact: Fact) -> None:
    if row["stage"] == Stage.CANCELLED and (event.numbers.inspections or event.numbers.education_heads):
        row["stage"] = Stage.RUNNING


@operation.on(pb.OperationClosed)
def closed(row: Row, event: pb.OperationClosed, fact: Fact) -> None:
    row.update(stage=Stage.CLOSED, unreported=[as_dict(one) for one in event.unreported])


@operation.on(pb.ParticipantReportWithdrawn)
def open_again(row: Row, event: pb.ParticipantReportWithdrawn, fact: Fact) -> None:
    if row["stage"] == Stage.SUMMARISED:
        row["stage"] = Stage.CLOSED


@operation.on(pb.SummaryProposed)
def proposed(row: Row, event: pb.SummaryProposed, fact: Fact) -> None:
    known = row["unreported"] or []
    row.update(proposal=as_dict(event), unreported=[*known, *(as_dict(one) for one in event.unreported)])


@operation.on(pb.OperationSummarised)
def summarised(row: Row, event: pb.OperationSummarised, fact: Fact) -> None:
    row.update(stage=Stage.SUMMARISED, unsigned=[as_dict(one) for one in event.unsigned])


@participant.on(pb.ParticipantInvited)
def invited(row: Row, event: pb.ParticipantInvited, fact: Fact) -> None:
    row.update(invited_position=fact.position, standing=Standing.INVITED, officers=0, cars=0)


@participant.on(pb.ParticipantJoined)
def joined(row: Row, event: pb.ParticipantJoined, fact: Fact) -> None:
    row.update(standing=Standing.JOINED, officers=len(event.officers), cars=len(event.cars))


@participant.on(changes.ParticipantReinforced)
def reinforced(row: Row, event: changes.ParticipantReinforced, fact: Fact) -> None:
    row["officers"] += len(event.officers)


@participant.on(pb.ParticipantDeclined)
def declined(row: Row, event: pb.ParticipantDeclined, fact: Fact) -> None:
    row["standing"] = Standing.DECLINED


@participant.on(pb.ParticipantReported)
def reported(row: Row, event: pb.ParticipantReported, fact: Fact) -> None:
    row.update(standing=REPORTED, numbers=as_dict(event.numbers))


@participant.on(pb.ParticipantReportWithdrawn)
def report_withdrawn(row: Row, event: pb.ParticipantReportWithdrawn, fact: Fact) -> None:
    row.update(standing=Standing.JOINED, numbers=None)


@participant.on(pb.SummarySignatureRecorded)
def signature_recorded(row: Row, event: pb.SummarySignatureRecorded, fact: Fact) -> None:
    row["signed"] = event.proposal_id


@participant.on(refusing.SummaryRefusalNoted)
def refusal_noted(row: Row, event: refusing.SummaryRefusalNoted, fact: Fact) -> None:
    row.update(refused=event.proposal_id, refusal_reason=event.reason)


@participation.on(pb.InvitationReceived)
def invitation_received(row: Row, event: pb.InvitationReceived, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        operation_id=event.operation_id,
        stage=PartStage.INVITED,
        invitation=as_dict(event),
        tally=tally_to_json(Tally()),
    )


@participation.on(pb.InvitationAccepted)
def invitation_accepted(row: Row, event: pb.InvitationAccepted, fact: Fact) -> None:
    row["acceptance"] = as_dict(event)
    if row["stage"] != PartStage.CANCELLED:
        row["stage"] = PartStage.ACCEPTED


@participation.on(pb.InvitationDeclined)
def invitation_declined(row: Row, event: pb.InvitationDeclined, fact: Fact) -> None:
    row["stage"] = PartStage.DECLINED


@participation.on(pb.RosterReceived)
def roster_received(row: Row, event: pb.RosterReceived, fact: Fact) -> None:
    row["roster"] = as_dict(event)
    if row["stage"] in (PartStage.ACCEPTED, PartStage.CANCELLED):
        row["stage"] = PartStage.ROSTERED


@participation.on(plans.PeriodChangeNoted)
def period_change_noted(row: Row, event: plans.PeriodChangeNoted, fact: Fact) -> None:
    row["invitation"] = _within(row["invitation"], event)


@participation.on(plans.CancellationNoted)
def cancellation_noted(row: Row, event: plans.CancellationNoted, fact: Fact) -> None:
    if not event.begun:
        row["stage"] = PartStage.CANCELLED


@participation.on(
    pb.OfficerCheckedIn,
    pb.InspectionRecorded,
    pb.FindingRecorded,
    corrections.FindingWithdrawn,
    pb.EducationRecorded,
    pb.HandlingRecorded,
)
def counted(row: Row, event: Message, fact: Fact) -> None:
    row["tally"] = tally_to_json(count(tally_from_json(row["tally"]), event, fact.occurred_at))


@participation.on(pb.FieldWorkReported)
def field_work_reported(row: Row, event: pb.FieldWorkReported, fact: Fact) -> None:
    row["stage"] = PartStage.REPORTED


@participation.on(pb.FieldWorkReopened)
def field_work_reopened(row: Row, event: pb.FieldWorkReopened, fact: Fact) -> None:
    row.update(stage=PartStage.ROSTERED, signed=None)


@participation.on(pb.SummaryReceived)
def summary_received(row: Row, event: pb.SummaryReceived, fact: Fact) -> None:
    row["summary"] = as_dict(event)
    if row["stage"] == PartStage.SUMMARISED:
        row["stage"] = PartStage.REPORTED


@participation.on(pb.SummarySigned)
def summary_signed(row: Row, event: pb.SummarySigned, fact: Fact) -> None:
    row["signed"] = event.proposal_id


@participation.on(refusing.SummaryRefused)
def summary_refused(row: Row, event: refusing.SummaryRefused, fact: Fact) -> None:
    row["refused"] = event.proposal_id


@participation.on(pb.SummaryPublicationNoted)
def publication_noted(row: Row, event: pb.SummaryPublicationNoted, fact: Fact) -> None:
    row.update(stage=PartStage.SUMMARISED, unsigned=[as_dict(one) for one in event.unsigned])


@inspection.on(pb.InspectionRecorded)
def inspection_recorded(row: Row, event: pb.InspectionRecorded, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        participation_id=event.participation_id,
        inspected_at=fact.occurred_at,
        recorded=as_dict(event),
    )


@finding.on(pb.FindingRecorded)
def finding_recorded(row: Row, event: pb.FindingRecorded, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        participation_id=event.participation_id,
        found_at=fact.occurred_at,
        recorded=as_dict(event),
        handlings=[],
        handed_off=False,
    )


@inspection.on(corrections.FindingWithdrawn)
def found_otherwise(row: Row, event: corrections.FindingWithdrawn, fact: Fact) -> None:
    row["recorded"] = {**row["recorded"], "result": pb.InspectionResult.Name(event.inspection_result)}


@finding.on(corrections.FindingWithdrawn)
def finding_withdrawn(row: Row, event: corrections.FindingWithdrawn, fact: Fact) -> Any:
    return DELETE


@finding.on(pb.HandlingRecorded, key=lambda event, fact: event.finding_id or None)
def handling_recorded(row: Row, event: pb.HandlingRecorded, fact: Fact) -> None:
    row["handlings"] = [*row["handlings"], event.handling]


@finding.on(pb.JurisdictionAssigned)
def jurisdiction_assigned(row: Row, event: pb.JurisdictionAssigned, fact: Fact) -> None:
    row["owner_id"] = event.owner_id


@finding.on(pb.CaseHandedOff)
def handed_off(row: Row, event: pb.CaseHandedOff, fact: Fact) -> None:
    row["handed_off"] = True


@finding.on(pb.HandOffAcknowledged)
def hand_off_acknowledged(row: Row, event: pb.HandOffAcknowledged, fact: Fact) -> None:
    row["case_id"] = event.case_id


@partner.on(partners.PartnerListed)
def partner_listed(row: Row, event: partners.PartnerListed, fact: Fact) -> None:
    row.update(
        listed_position=fact.position, name=event.name, kind=event.kind, host_id=event.host_id, heads=0, signed=None
    )


@partner.on(partners.PartnerAttendanceNoted)
def partner_attended(row: Row, event: partners.PartnerAttendanceNoted, fact: Fact) -> None:
    row["heads"] += event.head_count


@partner.on(partners.PartnerSignatureNoted)
def partner_signed(row: Row, event: partners.PartnerSignatureNoted, fact: Fact) -> None:
    row["signed"] = event.proposal_id


@hosted.on(partners.PartnerHosted)
def partner_hosted(row: Row, event: partners.PartnerHosted, fact: Fact) -> None:
    row.update(listed_position=fact.position, name=event.name, kind=event.kind, heads=0)


@hosted.on(partners.PartnerAttended)
def hosted_attended(row: Row, event: partners.PartnerAttended, fact: Fact) -> None:
    row.update(host_id=event.participant_id, heads=row["heads"] + event.head_count)


@hosted.on(partners.PartnerSigned)
def hosted_signed(row: Row, event: partners.PartnerSigned, fact: Fact) -> None:
    row["signed"] = event.proposal_id


@absence.on(changes.OfficerUnavailable, changes.OfficerUnavailabilityNoted)
def absent(row: Row, event: changes.OfficerUnavailable | changes.OfficerUnavailabilityNoted, fact: Fact) -> None:
    key, since = (event.participant_id, event.officer_id), event.from_at.ToMicroseconds()
    row["spans"] = spans_to_json(absent_from({key: spans_from_json(row.get("spans"))}, key, since)[key])


@absence.on(
    changes.OfficersSent,
    changes.ParticipantReinforced,
    key=lambda event, fact: [(event.operation_id, event.participant_id, one.officer_id) for one in event.officers],
)
def back(row: Row, event: changes.OfficersSent | changes.ParticipantReinforced, fact: Fact) -> None:
    key = (row["participant_id"], row["officer_id"])
    since = microseconds(fact.occurred_at)
    row["spans"] = spans_to_json(back_at({key: spans_from_json(row.get("spans"))}, key, since)[key])


TITLES: Final[dict[type[Message], str]] = {
    **DRAW_TITLES,
    pb.OperationPlanned: "制定联合执法方案",
    pb.ParticipantInvited: "邀请参与单位",
    pb.ParticipantJoined: "参与单位应邀",
    pb.ParticipantDeclined: "参与单位谢绝",
    pb.RosterPublished: "发布人员编组",
    pb.CheckpointOpeningNoted: "检查点已启用",
    pb.ParticipantReported: "参与单位报告现场工作",
    pb.ParticipantReportWithdrawn: "参与单位撤回报告",
    plans.OperationPeriodChanged: "变更行动起止日期",
    plans.OperationCancelled: "取消行动",
    plans.PeriodChangeNoted: "牵头单位变更行动起止日期",
    plans.CancellationNoted: "牵头单位取消行动",
    pb.OperationClosed: "行动结束",
    pb.SummaryProposed: "提出行动总结",
    pb.SummarySignatureRecorded: "参与单位签署总结",
    pb.OperationSummarised: "发布行动总结",
    pb.InvitationReceived: "收到联合执法邀请",
    pb.InvitationAccepted: "应邀参加",
    pb.InvitationDeclined: "谢绝参加",
    pb.RosterReceived: "收到人员编组",
    pb.OfficerCheckedIn: "执法人员签到",
    pb.CheckpointOpened: "启用检查点",
    pb.InspectionRecorded: "检查",
    pb.FindingRecorded: "发现涉嫌违法行为",
    pb.EducationRecorded: "警示教育",
    corrections.FindingWithdrawn: "撤回发现事项",
    pb.HandlingRecorded: "现场处理",
    pb.JurisdictionAssigned: "确定管辖单位",
    pb.CaseHandedOff: "移送管辖单位",
    pb.HandOffAcknowledged: "管辖单位签收",
    pb.FieldWorkReported: "报告现场工作",
    pb.FieldWorkReopened: "重新开放现场记录",
    pb.SummaryReceived: "收到行动总结",
    pb.SummarySigned: "签署行动总结",
    refusing.SummaryRefused: "拒绝签署行动总结",
    refusing.SummaryRefusalNoted: "参与单位拒绝签署总结",
    pb.SummaryPublicationNoted: "行动总结已发布",
    pb.OperationAttributesEdited: "修改行动要素",
    partners.PartnerListed: "列入参与部门",
    partners.PartnerAttendanceNoted: "参与部门到场",
    partners.PartnerSignatureNoted: "参与部门签署总结",
    partners.PartnerHosted: "负责记录参与部门",
    partners.PartnerAttended: "记录参与部门到场",
    partners.PartnerSigned: "记录参与部门签署",
    changes.OfficersSent: "增派执法人员",
    changes.ParticipantReinforced: "参与单位增派执法人员",
    changes.OfficerUnavailable: "报告执法人员不能到岗",
    changes.OfficerUnavailabilityNoted: "执法人员不能到岗",
    changes.OfficerReplaced: "换岗",
    changes.CheckpointClosed: "撤除检查点",
    changes.CheckpointClosingNoted: "检查点已撤除",
}
"""What each event is called; a platform calls it the same."""

keep_draws(views)
keep_account(views, TITLES, "operation_id")
keep_timeline(views, TITLES, (model.operation, model.participation, model.draw, model.draw_witness))


def _within(stored: dict[str, Any], event: plans.OperationPeriodChanged | plans.PeriodChangeNoted) -> dict[str, Any]:
    """A stored plan or invitation after its days moved."""
    checkpoints = [ParseDict(one, pb.Checkpoint()) for one in stored.get("checkpoints", [])]
    kept = [as_dict(one) for one in checkpoints_within(checkpoints, event.starts_on, event.ends_on)]
    return {**stored, "startsOn": event.starts_on, "endsOn": event.ends_on, "checkpoints": kept}


def spans_to_json(spans: Iterable[Span]) -> list[list[int]]:
    """Spans as JSON values, in microseconds."""
    return [[one.starts, one.ends] for one in spans]


def spans_from_json(stored: list[list[int]] | None) -> tuple[Span, ...]:
    """The spans that `spans_to_json` stored."""
    return tuple(Span(starts, ends) for starts, ends in stored or [])


def tally_to_json(tally: Tally) -> dict[str, Any]:
    """A tally as JSON values; sets are sorted, so that folding again gives the same row."""
    return {
        "cars": sorted([number, day.isoformat()] for number, day in tally.cars),
        "officers": sorted([number, day.isoformat()] for number, day in tally.officers),
        "inspections": [list(entry) for entry in tally.inspections],
        "vehicles_with_findings": sorted(tally.vehicles_with_findings),
        "findings": tally.findings,
        "education_heads": tally.education_heads,
        "vehicles_seized": sorted(tally.vehicles_seized),
    }


def tally_from_json(stored: dict[str, Any]) -> Tally:
    """The tally that `tally_to_json` stored."""
    return Tally(
        cars=frozenset((number, date.fromisoformat(day)) for number, day in stored["cars"]),
        officers=frozenset((number, date.fromisoformat(day)) for number, day in stored["officers"]),
        inspections=tuple((kind, inspections) for kind, inspections in stored["inspections"]),
        vehicles_with_findings=frozenset(stored["vehicles_with_findings"]),
        findings=stored["findings"],
        education_heads=stored["education_heads"],
        vehicles_seized=frozenset(stored["vehicles_seized"]),
    )
