"""Read models of non-site enforcement: devices, records, incidents, follow-ups, subjects and their items."""

from pathlib import Path
from typing import Any

from enforcement.non_site.v1 import capture_pb2 as capture_events
from enforcement.non_site.v1 import device_pb2 as device_events
from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import incident_pb2 as incident_events

from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_datetime
from services.kernel.projection import DELETE, Row, Views
from services.kernel.timeline import keep_timeline
from services.kernel.values import day_of, identifier
from services.non_site import model
from services.non_site.model.capture import Stage
from services.non_site.model.follow_up import Stage as FollowUpStage
from services.non_site.model.follow_up import stage_after
from services.non_site.model.subject import ItemStage

views = Views("non_site", version=7, sql=Path(__file__).with_name("views.sql"))

device = views.table("device", key="device_id")
capture = views.table("capture", key="capture_id")
incident = views.table("incident", key="incident_id")
follow_up = views.table("follow_up", key="follow_up_id")
turned_down = views.table("turned_down", key="case_id")
subject = views.table("subject", key="subject_id")
violation = views.table("violation", key=("subject_id", "violation_id", "ground_id"))
review_item = views.table("review_item", key="item_id")


@device.on(device_events.DeviceRegistered)
def device_registered(row: Row, event: device_events.DeviceRegistered, fact: Fact) -> None:
    row["began_position"] = fact.position


@capture.on(capture_events.CaptureRecorded)
def capture_recorded(row: Row, event: capture_events.CaptureRecorded, fact: Fact) -> None:
    captured_at = to_datetime(event.captured_at)
    row.update(
        began_position=fact.position,
        device_id=event.device_id,
        captured_at=captured_at,
        captured_on=day_of(captured_at),
        plate=identifier(event.plate),
        plate_colour=event.plate_colour,
        mismatched=False,
        recorded=as_dict(event),
        statements=[],
        answers=[],
    )


@capture.on(capture_events.CaptureChecked)
def capture_checked(row: Row, event: capture_events.CaptureChecked, fact: Fact) -> None:
    fit = Stage.PENDING_REVIEW if event.assessment.violation else Stage.NO_VIOLATION
    row.update(stage=fit if event.passed else Stage.UNFIT, checked=as_dict(event))


@capture.on(capture_events.CaptureReviewed)
def capture_reviewed(row: Row, event: capture_events.CaptureReviewed, fact: Fact) -> None:
    stage = Stage.ACCEPTED if event.accepted else Stage.REJECTED
    row.update(stage=stage, reviewed=as_dict(event), mismatched=event.dimensions_disagree)


@capture.on(capture_events.MismatchCopied)
def mismatch_copied(row: Row, event: capture_events.MismatchCopied, fact: Fact) -> None:
    row["mismatch_copied_at"] = fact.occurred_at


@capture.on(capture_events.PartyNotified)
def party_notified(row: Row, event: capture_events.PartyNotified, fact: Fact) -> None:
    row.update(stage=Stage.NOTIFIED, notified=as_dict(event), notice_code=event.notice_code)


@capture.on(capture_events.CaptureContested)
def capture_contested(row: Row, event: capture_events.CaptureContested, fact: Fact) -> None:
    row.update(stage=Stage.CONTESTED, statements=[*row["statements"], as_dict(event)])


@capture.on(capture_events.ContestAnswered)
def contest_answered(row: Row, event: capture_events.ContestAnswered, fact: Fact) -> None:
    stage = Stage.REJECTED if event.accepted else Stage.ANSWERED
    row.update(stage=stage, answers=[*row["answers"], as_dict(event)])


@capture.on(capture_events.CaptureConceded)
def capture_conceded(row: Row, event: capture_events.CaptureConceded, fact: Fact) -> None:
    row.update(stage=Stage.CONCEDED, conceded=as_dict(event))


@capture.on(capture_events.CaptureAdopted)
def capture_adopted(row: Row, event: capture_events.CaptureAdopted, fact: Fact) -> None:
    row.update(stage=Stage.ADOPTED, incident_id=event.incident_id)


@incident.on(incident_events.IncidentOpened)
def incident_opened(row: Row, event: incident_events.IncidentOpened, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        plate=identifier(event.vehicle.plate),
        opened=as_dict(event),
        parties=[],
    )


@incident.on(incident_events.IncidentPartyAdded)
def party_added(row: Row, event: incident_events.IncidentPartyAdded, fact: Fact) -> None:
    row["parties"] = [*row["parties"], as_dict(event)]


@follow_up.on(pb.CaseFollowed)
def case_followed(row: Row, event: pb.CaseFollowed, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        case_id=event.case_id,
        incident_id=event.incident_id or None,
        stage=FollowUpStage.FILED,
        followed=as_dict(event),
    )


@follow_up.on(pb.FollowUpDecided)
def follow_up_decided(row: Row, event: pb.FollowUpDecided, fact: Fact) -> None:
    row.update(stage=stage_after(FollowUpStage(row["stage"]), event), decided=as_dict(event))


@follow_up.on(pb.CaseHandled)
def case_handled(row: Row, event: pb.CaseHandled, fact: Fact) -> None:
    stage = FollowUpStage.HANDLED if event.notice_due else FollowUpStage.NOT_DUE
    row.update(stage=stage, handled=as_dict(event))


@follow_up.on(pb.HomeNoticeIssued)
def home_notice_issued(row: Row, event: pb.HomeNoticeIssued, fact: Fact) -> None:
    row.update(stage=FollowUpStage.ISSUED, issued=as_dict(event), withdrawn=None)


@follow_up.on(pb.HomeNoticeWithdrawn)
def home_notice_withdrawn(row: Row, event: pb.HomeNoticeWithdrawn, fact: Fact) -> None:
    row["withdrawn"] = as_dict(event)


@follow_up.on(pb.HomeNoticeDelivered)
def home_notice_delivered(row: Row, event: pb.HomeNoticeDelivered, fact: Fact) -> None:
    row["stage"] = FollowUpStage.DELIVERED


@follow_up.on(pb.HomeNoticeWaived)
def home_notice_waived(row: Row, event: pb.HomeNoticeWaived, fact: Fact) -> None:
    row["stage"] = FollowUpStage.WAIVED


@turned_down.on(pb.PartyTurnedDown)
def party_turned_down(row: Row, event: pb.PartyTurnedDown, fact: Fact) -> None:
    row["incident_id"] = event.incident_id


@subject.on(pb.ViolationCounted)
def subject_counted(row: Row, event: pb.ViolationCounted, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    row.setdefault("fleet", {})
    row.update(kind=event.kind, label=event.label)


@subject.on(pb.FleetSizeRecorded)
def fleet_recorded(row: Row, event: pb.FleetSizeRecorded, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    fleet = {**(row.get("fleet") or {}), event.as_of_on: event.trucks}
    row.update(kind=pb.SUBJECT_KIND_COMPANY, label=event.label, fleet=fleet)


@violation.on(pb.ViolationCounted)
def violation_counted(row: Row, event: pb.ViolationCounted, fact: Fact) -> None:
    row.update(
        position=fact.position,
        committed_on=event.committed_on,
        vehicle_id=event.vehicle_id,
        counted=as_dict(event),
    )


@violation.on(pb.ViolationUncounted)
def violation_uncounted(row: Row, event: pb.ViolationUncounted, fact: Fact) -> Any:
    return DELETE


@review_item.on(pb.ReviewItemRaised)
def item_raised(row: Row, event: pb.ReviewItemRaised, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        subject_id=event.subject_id,
        stage=ItemStage.RAISED,
        kind=event.kind,
        raised=as_dict(event),
        officer_id="",
        outcome=pb.FOLLOW_UP_REVIEW_OUTCOME_UNSPECIFIED,
        reason="",
    )


@review_item.on(pb.ReviewItemClaimed)
def item_claimed(row: Row, event: pb.ReviewItemClaimed, fact: Fact) -> None:
    row.update(stage=ItemStage.CLAIMED, officer_id=event.officer.officer_id)


@review_item.on(pb.ReviewItemAnswered)
def item_answered(row: Row, event: pb.ReviewItemAnswered, fact: Fact) -> None:
    row.update(stage=ItemStage.ANSWERED, outcome=event.outcome, reason=event.reason)


@review_item.on(pb.ReviewItemWithdrawn)
def item_withdrawn(row: Row, event: pb.ReviewItemWithdrawn, fact: Fact) -> Any:
    return DELETE


keep_timeline(
    views,
    {
        device_events.DeviceRegistered: "登记设备",
        device_events.CertificateRecorded: "登记检定证书",
        device_events.CertificateInvalidated: "检定证书失效",
        device_events.DeviceReviewed: "设备审核",
        device_events.SignRecorded: "登记警示标志",
        device_events.LocationPublished: "公布设置地点",
        device_events.LocationWithdrawn: "撤回设置地点公布",
        device_events.DeviceSuspended: "设备停用",
        device_events.DeviceResumed: "设备恢复使用",
        device_events.DeviceRetired: "设备报废",
        capture_events.CaptureRecorded: "采集",
        capture_events.CaptureChecked: "技术校验",
        capture_events.CaptureReviewed: "人工审核",
        capture_events.MismatchCopied: "抄告公安机关交通管理部门",
        capture_events.PartyNotified: "告知当事人",
        capture_events.CaptureContested: "当事人陈述申辩",
        capture_events.ContestAnswered: "复核答复",
        capture_events.CaptureConceded: "当事人无异议",
        capture_events.CaptureAdopted: "采用为证据",
        incident_events.IncidentOpened: "事件登记",
        incident_events.IncidentPartyAdded: "追究一方责任",
        pb.CaseFollowed: "案件立案",
        pb.PartyTurnedDown: "线索不予立案",
        pb.FollowUpDecided: "案件处理",
        pb.FollowUpUndone: "处理决定失效",
        pb.CaseHandled: "案件办结",
        pb.HomeNoticeIssued: "抄告车籍地",
        pb.HomeNoticeDelivered: "抄告已送达",
        pb.HomeNoticeWaived: "不予抄告",
        pb.HomeNoticeWithdrawn: "撤回抄告",
        pb.ViolationCounted: "记违法一次",
        pb.ViolationUncounted: "核减违法记录",
        pb.FleetSizeRecorded: "登记车辆总数",
        pb.ReviewItemRaised: "提出审查事项",
        pb.ReviewItemClaimed: "认领审查事项",
        pb.ReviewItemAnswered: "答复审查事项",
        pb.ReviewItemWithdrawn: "撤回审查事项",
    },
    (model.device, model.capture, model.incident, model.follow_up, model.subject),
)
