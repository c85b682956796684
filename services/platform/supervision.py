"""What supervisors see of an operation, a case, a transfer: states and dates, folded from its events. Pure.

An authority speaks for itself only: a step counts when the authority that told it is the one whose step it is. What
happens inside a criminal transfer is not told in feeds; its steps are names and dates here, and nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as deliveries
from enforcement.cases.v1 import discretion_pb2 as discretions
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import hearing_pb2 as hearings
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import publication_pb2 as publications
from enforcement.cases.v1 import review_pb2 as reviews
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import draw_pb2 as draw
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.joint_operations.v1 import partners_pb2 as partners
from enforcement.joint_operations.v1 import plan_changes_pb2 as plans
from enforcement.joint_operations.v1 import roster_pb2 as roster
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing
from enforcement.platform.v1 import service_pb2 as pb
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.messages import to_timestamp, type_name
from services.platform.statistics import Told
from services.platform.transfer_steps import (
    BUREAU_STEPS,
    POLICE_STEPS,
    PROCURATORATE_STEPS,
    SENT_TO_POLICE,
    TRANSFER_STEPS,
)

OPERATION_STEPS: Final[Mapping[type[Message], str]] = MappingProxyType(
    {
        joint.OperationPlanned: "制定联合执法方案",
        joint.ParticipantInvited: "邀请参与单位",
        joint.InvitationAccepted: "应邀参加",
        joint.InvitationDeclined: "谢绝参加",
        joint.ParticipantJoined: "参与单位应邀",
        joint.ParticipantDeclined: "参与单位谢绝",
        joint.RosterPublished: "发布人员编组",
        plans.OperationPeriodChanged: "变更行动起止日期",
        plans.OperationCancelled: "取消行动",
        roster.OfficersSent: "增派执法人员",
        roster.OfficerUnavailable: "报告执法人员不能到岗",
        joint.CheckpointOpened: "启用检查点",
        roster.CheckpointClosed: "撤除检查点",
        partners.PartnerListed: "列入参与部门",
        partners.PartnerAttended: "记录参与部门到场",
        partners.PartnerSigned: "记录参与部门签署",
        draw.DrawPrepared: "准备双随机抽取",
        draw.DrawCommitted: "冻结抽取名单并承诺种子",
        draw.DrawPerformed: "双随机抽取结果",
        draw.DrawVerified: "见证单位复核抽取结果",
        draw.DrawAbandoned: "放弃双随机抽取",
        joint.JurisdictionAssigned: "确定管辖单位",
        joint.CaseHandedOff: "移送管辖单位",
        joint.HandOffAcknowledged: "管辖单位签收",
        joint.FieldWorkReported: "报告现场工作",
        joint.FieldWorkReopened: "重新开放现场记录",
        joint.OperationClosed: "行动结束",
        joint.SummarySigned: "签署行动总结",
        refusing.SummaryRefused: "拒绝签署行动总结",
        joint.OperationSummarised: "发布行动总结",
    }
)
"""Steps of an operation. Check-ins, inspections, findings, education and handling are counted, not listed."""

CASE_STEPS: Final[Mapping[type[Message], str]] = MappingProxyType(
    {
        cases.ClueRegistered: "线索登记",
        cases.CaseNotFiled: "不予立案",
        cases.CaseFiled: "立案",
        cases.OfficersAssigned: "指派办案人员",
        cases.EvidencePreserved: "证据先行登记保存",
        cases.PreservationDecided: "先行登记保存处理决定",
        cases.ItemsSeized: "扣押",
        cases.SeizureExtended: "延长扣押期限",
        cases.SeizureReleased: "解除扣押",
        cases.SeizureHandedOver: "扣押财物移交",
        cases.CorrectionOrdered: "责令改正",
        cases.CorrectionChecked: "复查改正情况",
        cases.InvestigationClosed: "调查终结",
        cases.NoticeServed: "告知书送达",
        cases.PenaltyDecided: "行政处罚决定",
        cases.NoPenaltyDecided: "不予行政处罚决定",
        cases.ViolationNotEstablished: "违法事实不成立",
        cases.DecisionServed: "决定书送达",
        cases.CaseClosed: "结案",
        decisions.CrimeTransferDecided: "决定移送司法机关",
        decisions.DecisionAmended: "变更处罚决定",
        decisions.DecisionExtended: "延长办案期限",
        decisions.DecisionRevoked: "撤销处罚决定",
        decisions.RemedyEnded: "复议、诉讼终结",
        decisions.ApplicationReceived: "收到复议申请",
        decisions.ApplicationForwarded: "转送复议申请",
        decisions.ApplicationMet: "自行纠正，不再转送复议申请",
        decisions.RemedyStarted: "复议、诉讼受理",
        deliveries.ServiceNoticePosted: "发布送达公告",
        discretions.DiscretionDeparted: "偏离裁量基准",
        discretions.DiscretionEvaluated: "裁量评估",
        cases.CaseNumbered: "编定案号",
        cases.EmergencySeizureDecided: "紧急扣押补办批准",
        cases.EmergencySeizureReported: "报告紧急扣押",
        imports.CaseImported: "从原有系统导入",
        hearings.HearingHeld: "举行听证",
        hearings.HearingNotified: "通知听证",
        hearings.HearingReported: "提交听证报告",
        hearings.HearingRequestWithdrawn: "当事人撤回听证申请",
        hearings.HearingRequested: "当事人申请听证",
        notices.InvestigationReopened: "补充调查",
        on_spot.OnSpotApplicationForwarded: "转送复议申请",
        on_spot.OnSpotApplicationReceived: "收到对当场处罚的复议申请",
        on_spot.OnSpotClosed: "当场处罚结案",
        on_spot.OnSpotCopyFiled: "当场处罚决定备案",
        on_spot.OnSpotFineBanked: "当场收缴的罚款缴付银行",
        on_spot.OnSpotFineHandedIn: "当场收缴的罚款交至机关",
        on_spot.OnSpotLanded: "抵岸",
        on_spot.OnSpotObserved: "当场查获",
        on_spot.OnSpotPenaltyDecided: "当场作出处罚决定",
        on_spot.OnSpotRemedyEnded: "当场处罚复议、诉讼终结",
        on_spot.OnSpotRemedyStarted: "当场处罚复议、诉讼受理",
        on_spot.OnSpotRevoked: "撤销当场处罚决定",
        publications.DecisionPublished: "公开处罚决定",
        publications.PublicationWithdrawn: "撤回公开",
        publications.PublicationEnded: "公示期届满",
        reviews.CollectiveDiscussionRecorded: "集体讨论",
        reviews.LegalReviewCompleted: "完成法制审核",
        reviews.LegalReviewRequested: "送法制审核",
        side.CaseArchived: "归档",
        side.CaseResumed: "恢复",
        side.CaseSuspended: "中止",
        side.CaseTransferredToAuthority: "移送有管辖权的机关",
        disputes.DesignationEntered: "登记指定管辖通知书",
        side.DisputeEscalated: "报请指定管辖",
        disputes.SuperiorReminded: "催请指定管辖",
        side.JurisdictionDisputed: "管辖争议",
        side.JurisdictionSettled: "管辖争议解决",
    }
)
"""Steps of a case, or of an on-the-spot penalty."""


def types_of(steps: Mapping[type[Message], str]) -> list[str]:
    """Full names of the events of some steps."""
    return [type_name(event) for event in steps]


def _step(told: Told, steps: Mapping[type[Message], str], recorded_at: datetime) -> common.TimelineEntry:
    return common.TimelineEntry(
        type=told.type,
        title_zh=steps[type(told.event)],
        occurred_at=to_timestamp(told.occurred_at),
        recorded_at=to_timestamp(recorded_at),
        actor=told.publisher,
        position=told.position,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a matter, as the log has it."""

    told: Told
    recorded_at: datetime

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> "list[Step]":
        """The events of log rows; those of a later schema that this build cannot read are left out."""
        return [cls(told, row["recorded_at"]) for row in rows if (told := Told.of(row)) is not None]


# ── operations ───────────────────────────────────────────────────────────────────────────────────────────────────────

_STAGES: Final[Mapping[type[Message], pb.OperationStage.ValueType]] = MappingProxyType(
    {
        joint.OperationPlanned: pb.OPERATION_STAGE_INVITED,
        joint.RosterPublished: pb.OPERATION_STAGE_READY,
        joint.CheckpointOpened: pb.OPERATION_STAGE_RUNNING,
        joint.OperationClosed: pb.OPERATION_STAGE_CLOSED,
        joint.OperationSummarised: pb.OPERATION_STAGE_SUMMARISED,
    }
)
OPERATION_READS: Final = (*types_of(OPERATION_STEPS), type_name(joint.OfficerCheckedIn))
"""Events that `operation` folds."""


def operation(operation_id: str, events: Sequence[Step]) -> pb.OperationView | None:
    """An operation from its events in the order of the log; None when its lead has not told its plan."""
    plan = next((each.told for each in events if _leads(each.told)), None)
    if plan is None:
        return None
    view = pb.OperationView(
        operation_id=operation_id,
        lead_id=plan.publisher,
        operation_type=plan.event.operation_type,
        starts_on=plan.event.starts_on,
        ends_on=plan.event.ends_on,
    )
    participants = {
        each.told.event.participant_id: pb.OperationParticipant(participant_id=each.told.event.participant_id)
        for each in events
        if isinstance(each.told.event, joint.ParticipantInvited) and each.told.publisher == plan.publisher
    }
    witnesses = {
        each.told.event.witness_id
        for each in events
        if isinstance(each.told.event, draw.DrawPrepared) and each.told.publisher == plan.publisher
    }
    cancelled = False
    for each in events:
        told = each.told
        verifies = isinstance(told.event, draw.DrawVerified) and told.publisher in witnesses
        if told.publisher != plan.publisher and told.publisher not in participants and not verifies:
            continue
        # The feeds of the participants are not in step with the lead's: a stage is reached once, and never left again.
        view.stage = max(view.stage, _reached(told.event))
        if told.publisher == plan.publisher and isinstance(told.event, plans.OperationPeriodChanged):
            view.starts_on, view.ends_on = told.event.starts_on, told.event.ends_on
        cancelled |= told.publisher == plan.publisher and isinstance(told.event, plans.OperationCancelled)
        if told.publisher in participants:
            _take_part(participants[told.publisher], told)
        if type(told.event) in OPERATION_STEPS:
            view.steps.append(_step(told, OPERATION_STEPS, each.recorded_at))
    if cancelled and view.stage < pb.OPERATION_STAGE_RUNNING:  # what was done before makes it one that ran
        view.stage = pb.OPERATION_STAGE_CANCELLED
    view.participants.extend(participants[name] for name in sorted(participants))
    return view


def _reached(event: Message) -> pb.OperationStage.ValueType:
    ran = isinstance(event, joint.FieldWorkReported) and (event.numbers.inspections or event.numbers.education_heads)
    return pb.OPERATION_STAGE_RUNNING if ran else _STAGES.get(type(event), pb.OPERATION_STAGE_UNSPECIFIED)


def _leads(told: Told) -> bool:
    return isinstance(told.event, joint.OperationPlanned) and told.event.lead_id == told.publisher


def _take_part(participant: pb.OperationParticipant, told: Told) -> None:
    at = to_timestamp(told.occurred_at)
    match told.event:
        case joint.InvitationAccepted():
            participant.joined_at.CopyFrom(at)
        case joint.InvitationDeclined():
            participant.declined_at.CopyFrom(at)
        case joint.OfficerCheckedIn():
            if not participant.HasField("checked_in_at") or at.ToMicroseconds() < _us(participant):
                participant.checked_in_at.CopyFrom(at)
        case joint.FieldWorkReported():
            participant.reported_at.CopyFrom(at)
        case joint.FieldWorkReopened():
            participant.ClearField("reported_at")
        case joint.SummarySigned():
            participant.signed_at.CopyFrom(at)


def _us(participant: pb.OperationParticipant) -> int:
    return participant.checked_in_at.ToMicroseconds()


# ── cases ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def case(case_id: str, events: Sequence[Step]) -> pb.CaseView | None:
    """A case from its events in the order of the log; None when nothing was told."""
    if not events:
        return None
    bureau_id = events[0].told.publisher
    view = pb.CaseView(case_id=case_id, bureau_id=bureau_id)
    for each in events:
        told = each.told
        if told.publisher != bureau_id:
            continue
        if isinstance(told.event, cases.ClueRegistered | cases.CaseFiled | on_spot.OnSpotObserved):
            view.act_code = told.event.act_code or view.act_code
        if isinstance(told.event, cases.CaseFiled | cases.CaseNumbered):
            view.case_number = told.event.case_number
        if isinstance(told.event, on_spot.OnSpotPenaltyDecided):
            view.case_number = told.event.form_number
        view.steps.append(_step(told, CASE_STEPS, each.recorded_at))
    view.stage_zh = view.steps[-1].title_zh
    return view


# ── transfers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def transfer_view(transfer_id: str, events: Sequence[Step]) -> pb.TransferView | None:
    """A transfer from the events of its three sides; None when nothing was told.

    The last step is the one whose act took place last: their feeds are not in step. Of several police to which it was
    forwarded the one that has it now is named.
    """
    bureau_id = next((each.told.publisher for each in events if type(each.told.event) in BUREAU_STEPS), "")
    sent = [each.told for each in events if isinstance(each.told.event, SENT_TO_POLICE)]
    police_ids = [told.event.police_id for told in sent if told.publisher == bureau_id]
    steps = [each for each in events if _speaks(each.told, bureau_id, police_ids)]
    if not steps:
        return None
    last = max(steps, key=lambda each: (each.told.occurred_at, each.told.position))
    view = pb.TransferView(
        transfer_id=transfer_id,
        bureau_id=bureau_id or steps[0].told.event.bureau_id,
        police_id=police_ids[-1] if police_ids else "",
        stage_zh=TRANSFER_STEPS[type(last.told.event)],
    )
    view.steps.extend(_step(each.told, TRANSFER_STEPS, each.recorded_at) for each in steps)
    return view


def _speaks(told: Told, bureau_id: str, police_ids: Sequence[str]) -> bool:
    """Whether a step was told by the side whose it is, as far as the bureau's feed says who that is."""
    kind = type(told.event)
    if kind in BUREAU_STEPS:
        return told.publisher == bureau_id
    if kind in POLICE_STEPS:
        return told.publisher in police_ids or not police_ids
    own = {Authority(one, "").procuratorate_id for one in (bureau_id, *police_ids) if one}
    return kind in PROCURATORATE_STEPS and (told.publisher in own or not own)


def subjects(events: Iterable[Step]) -> list[str]:
    """Ids that clocks of a transfer may name: the bureau's transfer and the police's referral of it."""
    ids = set()
    for each in events:
        event = each.told.event
        ids |= {getattr(event, name) for name in ("transfer_id", "referral_id") if hasattr(event, name)}
    return sorted(ids - {""})
