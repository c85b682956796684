"""The definitions (口径) of the platform's numbers. A released version never changes; a new rule is a new version.

An act belongs to the period in which it took place (`occurred_at`), whenever it was recorded or told.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.joint_operations.v1 import corrections_pb2 as corrections
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.platform.v1 import service_pb2 as pb
from enforcement.transfer.v1 import events_pb2 as transfer

from services.kernel.clock import SHANGHAI
from services.platform.case_definitions import CASES
from services.platform.linkage_definitions import LINKAGE
from services.platform.rule_definitions import APART
from services.platform.statistics import Count, Definition, Told

SICHUAN: Final = "51"
CHONGQING: Final = "50"


def _day(told: Told) -> date:
    return told.occurred_at.astimezone(SHANGHAI).date()


# ── joint operations (联合执法) ──────────────────────────────────────────────────────────────────────────────────────

OPERATIONS = Definition(
    "operations.closed",
    1,
    "联合执法行动",
    "joint operations closed",
    pb.UNIT_OCCASIONS,
    "统计期内结束的联合执法行动，每次行动计1次；结束后的总结不影响计数。按行动类型分项。",
    parts=joint.OperationType.DESCRIPTOR,
    of_operations=True,
)


@OPERATIONS.counts(joint.OperationClosed)
def _closed(event: joint.OperationClosed, told: Told) -> Count:
    return Count((event.operation_id,), part=event.operation_type)


CROSS_PROVINCE = Definition(
    "operations.sichuan_chongqing",
    1,
    "川渝联合执法行动",
    "Sichuan–Chongqing operations closed",
    pb.UNIT_OCCASIONS,
    "统计期内结束的川渝联合行动，且四川、重庆各至少有一个单位的执法人员签到，每次行动计1次。",
    of_operations=True,
)


@CROSS_PROVINCE.counts(joint.OperationClosed)
def _cross_province(event: joint.OperationClosed, told: Told) -> Count | None:
    provinces = {authority_id.partition("-")[2][:2] for authority_id in event.present_ids}
    if event.operation_type != joint.OPERATION_TYPE_SICHUAN_CHONGQING or not provinces >= {SICHUAN, CHONGQING}:
        return None
    return Count((event.operation_id,))


JOINT = Definition(
    "operations.joint",
    1,
    "联合执法行动合计",
    "joint operations in all",
    pb.UNIT_OCCASIONS,
    "统计期内结束的五统一五联动行动，加川渝联合执法行动，每次行动计1次。口径：两类不重复，一次行动只有一个类型。",
    parts=joint.OperationType.DESCRIPTOR,
    of_operations=True,
)


@JOINT.counts(joint.OperationClosed)
def _joint(event: joint.OperationClosed, told: Told) -> Count | None:
    if event.operation_type == joint.OPERATION_TYPE_FIVE_UNIFIED:
        return Count((event.operation_id,), part=event.operation_type)
    count = _cross_province(event, told)
    return replace(count, part=event.operation_type) if count else None


CARS = Definition(
    "joint.cars",
    1,
    "出动执法车辆",
    "patrol cars sent out",
    pb.UNIT_CAR_TIMES,
    "统计期内联合执法签到所乘执法车辆，同一单位同一行动的同一车辆每日计1辆次；签到后行动取消的，仍计入。",
    of_operations=True,
)


@CARS.counts(joint.OfficerCheckedIn)
def _car(event: joint.OfficerCheckedIn, told: Told) -> Count | None:
    return Count((event.participation_id, event.car_no, _day(told))) if event.car_no else None


OFFICERS = Definition(
    "joint.officers",
    1,
    "出动执法人员",
    "officers sent out",
    pb.UNIT_PERSON_TIMES,
    "统计期内联合执法签到的执法人员，同一单位同一行动的同一人员每日计1人次；签到后行动取消的，仍计入。",
    of_operations=True,
)


@OFFICERS.counts(joint.OfficerCheckedIn)
def _officer(event: joint.OfficerCheckedIn, told: Told) -> Count:
    return Count((event.participation_id, event.officer_no, _day(told)))


INSPECTIONS = Definition(
    "joint.inspections",
    1,
    "检查",
    "inspections",
    pb.UNIT_OBJECT_TIMES,
    "统计期内联合执法记录的检查，每次检查计1台次，同一对象检查两次计2台次。按检查对象类别分项。",
    parts=joint.InspectionClass.DESCRIPTOR,
    of_operations=True,
)


@INSPECTIONS.counts(joint.InspectionRecorded)
def _inspection(event: joint.InspectionRecorded, told: Told) -> Count:
    return Count((event.inspection_id,), part=event.inspection_class)


SUSPECTED = Definition(
    "joint.vehicles_with_findings",
    1,
    "查处涉嫌违法违规车辆",
    "vehicles with findings",
    pb.UNIT_OBJECT_TIMES,
    "统计期内联合执法发现涉嫌违法的车辆，同一单位同一行动的同一车辆计1台次，不论发现几项。",
    of_operations=True,
)


SUSPECTED_STANDING = Definition(
    "joint.vehicles_with_findings",
    2,
    "查处涉嫌违法违规车辆",
    "vehicles with findings",
    pb.UNIT_OBJECT_TIMES,
    "统计期内联合执法发现涉嫌违法的车辆，同一单位同一行动的同一车辆计1台次，不论发现几项；发现事项全部撤回的不计。",
    of_operations=True,
)


@SUSPECTED.counts(joint.FindingRecorded)
@SUSPECTED_STANDING.counts(joint.FindingRecorded)
def _suspected(event: joint.FindingRecorded, told: Told) -> Count | None:
    if event.object_kind != joint.OBJECT_KIND_VEHICLE:
        return None
    return Count((event.operation_id, event.participation_id, event.object_no))


@SUSPECTED_STANDING.follows(corrections.FindingWithdrawn)
def _withdrawn(event: corrections.FindingWithdrawn, told: Told) -> Count | None:
    if event.object_kind != joint.OBJECT_KIND_VEHICLE:
        return None
    return Count((event.operation_id, event.participation_id, event.object_no), amount=1 if event.findings_left else 0)


SEIZED = Definition(
    "joint.vehicles_seized",
    1,
    "暂扣车辆",
    "vehicles seized",
    pb.UNIT_OBJECT_TIMES,
    "统计期内联合执法现场处理为扣押的车辆，同一单位同一行动的同一车辆计1台次。",
    of_operations=True,
)


@SEIZED.counts(joint.HandlingRecorded)
def _seized(event: joint.HandlingRecorded, told: Told) -> Count | None:
    if event.handling != joint.HANDLING_SEIZED or event.object_kind != joint.OBJECT_KIND_VEHICLE:
        return None
    return Count((event.operation_id, event.participation_id, event.object_no))


EDUCATION = Definition(
    "joint.education",
    1,
    "警示教育",
    "heads reached by education",
    pb.UNIT_PERSON_TIMES,
    "统计期内联合执法警示教育的人次之和；与行政处罚中的警告无关。",
    of_operations=True,
)


@EDUCATION.counts(joint.EducationRecorded)
def _education(event: joint.EducationRecorded, told: Told) -> Count:
    return Count((told.event_id,), amount=event.head_count)


# ── transfers to the police (行刑衔接), counted at the bureau that transfers ─────────────────────────────────────────

TRANSFERS_SENT = Definition(
    "transfers.sent", 1, "移送公安机关", "transfers sent", pb.UNIT_CASES, "统计期内向公安机关移送的案件，每案计1件。"
)


@TRANSFERS_SENT.counts(transfer.CaseTransferred)
def _sent(event: transfer.CaseTransferred, told: Told) -> Count:
    return Count((event.transfer_id,))


TRANSFERS_REJECTED = Definition(
    "transfers.rejected",
    1,
    "不批准移送",
    "transfers rejected by the principal head",
    pb.UNIT_CASES,
    "统计期内正职负责人不批准移送的案件，每案计1件，按移送单位统计。",
)


@TRANSFERS_REJECTED.counts(transfer.TransferRejected)
def _rejected(event: transfer.TransferRejected, told: Told) -> Count:
    return Count((event.transfer_id,))


TRANSFERS_RECEIVED = Definition(
    "transfers.received",
    1,
    "公安机关签收",
    "transfers received by the police",
    pb.UNIT_CASES,
    "统计期内移送单位收到公安机关签收回执的移送案件，每案计1件，按移送单位统计。",
)


@TRANSFERS_RECEIVED.counts(transfer.PoliceReceiptRecorded)
def _received(event: transfer.PoliceReceiptRecorded, told: Told) -> Count:
    return Count((event.transfer_id,))


TRANSFERS_FILED = Definition(
    "transfers.filed",
    1,
    "公安机关立案",
    "transfers filed by the police",
    pb.UNIT_CASES,
    "统计期内移送单位收到公安机关立案通知的移送案件，每案计1件，按移送单位统计。",
)


@TRANSFERS_FILED.counts(transfer.PoliceFilingRecorded)
def _filed(event: transfer.PoliceFilingRecorded, told: Told) -> Count:
    return Count((event.transfer_id,))


# ── statutory clocks (法定期限) ──────────────────────────────────────────────────────────────────────────────────────

CLOCKS_MET = Definition(
    "clocks.met",
    1,
    "按期完成的期限",
    "clocks met in time",
    pb.UNIT_CLOCKS,
    "统计期内有结论、结论为按期完成的法定期限，每项计1；同一期限以最后的结论为准。",
)
CLOCKS_MISSED = Definition(
    "clocks.missed",
    1,
    "逾期的期限",
    "clocks missed",
    pb.UNIT_CLOCKS,
    "统计期内有结论、结论为逾期的法定期限，含逾期后完成的，每项计1；事后查明按期完成的不计。",
)
ON_TIME = Definition(
    "clocks.on_time",
    1,
    "期限按期完成率",
    "share of clocks met in time",
    pb.UNIT_CLOCKS,
    "分母为统计期内有结论的法定期限，分子为其中按期完成的；同一期限以最后的结论为准。",
    ratio=True,
)


@CLOCKS_MET.counts(deadlines.DeadlineMet)
def _met(event: deadlines.DeadlineMet, told: Told) -> Count:
    return Count((event.deadline_id,), amount=int(event.in_time and not event.mirrored_rule_id))


@CLOCKS_MISSED.counts(deadlines.DeadlineMet)
def _met_late(event: deadlines.DeadlineMet, told: Told) -> Count:
    return Count((event.deadline_id,), amount=int(not event.in_time and not event.mirrored_rule_id))


@CLOCKS_MISSED.counts(deadlines.DeadlineMissed)
def _missed(event: deadlines.DeadlineMissed, told: Told) -> Count:
    return Count((event.deadline_id,), amount=int(not event.mirrored_rule_id))


@ON_TIME.counts(deadlines.DeadlineMet)
def _on_time(event: deadlines.DeadlineMet, told: Told) -> Count:
    return Count(
        (event.deadline_id,),
        amount=int(event.in_time and not event.mirrored_rule_id),
        out_of=int(not event.mirrored_rule_id),
    )


@ON_TIME.counts(deadlines.DeadlineMissed)
def _not_on_time(event: deadlines.DeadlineMissed, told: Told) -> Count:
    return Count((event.deadline_id,), amount=0, out_of=int(not event.mirrored_rule_id))


DEFINITIONS: Final[Mapping[tuple[str, int], Definition]] = MappingProxyType(
    {
        (each.id, each.version): each
        for each in (
            OPERATIONS,
            CROSS_PROVINCE,
            JOINT,
            CARS,
            OFFICERS,
            INSPECTIONS,
            SUSPECTED,
            SUSPECTED_STANDING,
            SEIZED,
            EDUCATION,
            *CASES,
            TRANSFERS_SENT,
            TRANSFERS_REJECTED,
            TRANSFERS_RECEIVED,
            TRANSFERS_FILED,
            *LINKAGE,
            APART,
            CLOCKS_MET,
            CLOCKS_MISSED,
            ON_TIME,
        )
    }
)
"""Every released definition, in the order in which reports print them."""
