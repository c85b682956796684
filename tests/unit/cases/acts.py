"""A lawful case, act by act, with the dates of AT-02: each test shows only what it changes."""

from typing import Any, Final, TypeVar

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.common.v1 import common_pb2 as common
from google.protobuf.message import Message

from tests.support.decider import LI, WANG, History, on, uid

M = TypeVar("M", bound=Message)
T = TypeVar("T")

CASE: Final = uid("case")
CLUE_AT: Final = "2024-09-06 10:00"
FILED_AT: Final = "2024-09-09 09:00"
NOTICE_AT: Final = "2024-09-27 10:00"
TWO: Final = [LI.officer_id, WANG.officer_id]
PLACE: Final = common.Place(division_code="510521", description="泸永桥交界处")
PARTY: Final = pb.Party(kind=pb.PARTY_KIND_PERSON, name="张三", id_number="510521199001011234")
FINE: Final = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=1_000_000)


def changed(command: M, **fields: Any) -> M:
    """The same command with other fields; an empty list or text takes one away."""
    other = type(command)()
    other.CopyFrom(command)
    for name in fields:
        other.ClearField(name)
    other.MergeFrom(type(command)(**fields))
    return other


def known(value: T | None) -> T:
    """A part of a state that must be there."""
    assert value is not None
    return value


def file(name: str) -> common.BlobRef:
    return common.BlobRef(sha256=uid(name).encode()[:32], size=1000, media_type="application/pdf", file_name=name)


CLUE: Final = commands.RegisterClueRequest(
    case_id=CASE,
    source=pb.CLUE_SOURCE_INSPECTION,
    act_code="RTR-63-2",
    act_on="2024-09-06",
    place=PLACE,
    facts="未取得道路旅客运输经营许可",
)
CLUE_REGISTERED: Final = pb.ClueRegistered(
    case_id=CASE,
    source=pb.CLUE_SOURCE_INSPECTION,
    act_code="RTR-63-2",
    act_on="2024-09-06",
    place=PLACE,
    facts="未取得道路旅客运输经营许可",
)
NOT_FILE: Final = commands.NotFileCaseRequest(case_id=CASE, reason="经核实没有违法事实")
FILE: Final = commands.FileCaseRequest(
    case_id=CASE, case_number="川泸2024-0042", party=PARTY, basis="道路运输条例 art. 63"
)
FILED: Final = pb.CaseFiled(
    case_id=CASE,
    case_number="川泸2024-0042",
    act_code="RTR-63-2",
    division_code="510521",
    source=pb.CLUE_SOURCE_INSPECTION,
    party=PARTY,
    facts="未取得道路旅客运输经营许可",
    basis="道路运输条例 art. 63",
    act_on="2024-09-06",
)
ASSIGN: Final = commands.AssignOfficersRequest(case_id=CASE, officer_ids=TWO)
ASSIGNED: Final = pb.OfficersAssigned(case_id=CASE, officer_count=2, officers=[LI, WANG])
EVIDENCE: Final = uid("evidence")
ADD_EVIDENCE: Final = commands.AddEvidenceRequest(
    case_id=CASE,
    evidence_id=EVIDENCE,
    kind=pb.EVIDENCE_KIND_SCENE_RECORD,
    description="现场笔录",
    place=PLACE,
    file=file("现场笔录"),
    collector_ids=TWO,
)
EVIDENCE_ADDED: Final = pb.EvidenceAdded(
    case_id=CASE,
    evidence_id=EVIDENCE,
    kind=pb.EVIDENCE_KIND_SCENE_RECORD,
    description="现场笔录",
    place=PLACE,
    file=file("现场笔录"),
    collectors=[LI, WANG],
)
MEASURE: Final = uid("measure")
NO_COMPULSION: Final = pb.NoCompulsionAnswer(ruleset="渝交规〔2023〕8号", reason="不在清单内")
ITEM: Final = pb.Item(description="小型客车", quantity=1)
APPROVE_SEIZURE: Final = commands.ApproveMeasureRequest(
    case_id=CASE,
    measure_id=MEASURE,
    kind=pb.MEASURE_KIND_SEIZURE,
    law_basis="道路运输条例 art. 62",
    reason="没有道路运输证又无法当场提供其他有效证明",
    no_compulsion=NO_COMPULSION,
)
SEIZURE_APPROVED: Final = pb.MeasureApproved(
    case_id=CASE,
    measure_id=MEASURE,
    kind=pb.MEASURE_KIND_SEIZURE,
    law_basis="道路运输条例 art. 62",
    reason="没有道路运输证又无法当场提供其他有效证明",
    no_compulsion=NO_COMPULSION,
)
SEIZE: Final = commands.SeizeRequest(
    case_id=CASE,
    measure_id=MEASURE,
    items=[ITEM],
    vehicle_count=1,
    present="当事人张三",
    presence=pb.PRESENCE_PARTY,
    informed=True,
    place=PLACE,
    officer_ids=TWO,
    record=file("扣押决定书"),
    scene_record=file("现场笔录"),
    delivered=True,
)
SEIZED: Final = pb.ItemsSeized(
    case_id=CASE,
    measure_id=MEASURE,
    vehicle_count=1,
    item_count=1,
    items=[ITEM],
    present="当事人张三",
    presence=pb.PRESENCE_PARTY,
    place=PLACE,
    officers=[LI, WANG],
    record=file("扣押决定书"),
    scene_record=file("现场笔录"),
)
HANDED: Final[dict[str, Any]] = {"way": pb.SERVICE_WAY_DIRECT, "proof": file("送达回证")}
"""How a sheet is served: handed over."""
CHANGE_TOLD: Final[dict[str, Any]] = {"document": file("变更（撤销）决定书"), **HANDED}
"""The sheet by which the authority itself changes or revokes what it decided."""
EXTEND: Final = commands.ExtendSeizureRequest(
    case_id=CASE, measure_id=MEASURE, reason="情况复杂", notice=file("延长通知书"), **HANDED
)
EXTENDED: Final = pb.SeizureExtended(
    case_id=CASE,
    measure_id=MEASURE,
    reason="情况复杂",
    notice=file("延长通知书"),
    effective_on="2024-09-10",
    **HANDED,
)
RELEASE: Final = commands.ReleaseSeizureRequest(
    case_id=CASE, measure_id=MEASURE, reason="已提供有效证明", document=file("解除决定书"), **HANDED
)
RELEASED: Final = pb.SeizureReleased(
    case_id=CASE,
    measure_id=MEASURE,
    reason="已提供有效证明",
    document=file("解除决定书"),
    effective_on="2024-12-18",
    **HANDED,
)
APPROVE_PRESERVATION: Final = commands.ApproveMeasureRequest(
    case_id=CASE, measure_id=MEASURE, kind=pb.MEASURE_KIND_PRESERVATION, reason="证据以后难以取得"
)
PRESERVATION_APPROVED: Final = pb.MeasureApproved(
    case_id=CASE, measure_id=MEASURE, kind=pb.MEASURE_KIND_PRESERVATION, reason="证据以后难以取得"
)
PRESERVE: Final = commands.PreserveEvidenceRequest(
    case_id=CASE, measure_id=MEASURE, items=[ITEM], kept_at="证物室", officer_ids=TWO
)
PRESERVED: Final = pb.EvidencePreserved(
    case_id=CASE, measure_id=MEASURE, item_count=1, items=[ITEM], kept_at="证物室", officers=[LI, WANG]
)
DECIDE_PRESERVATION: Final = commands.DecidePreservationRequest(
    case_id=CASE,
    measure_id=MEASURE,
    outcome=pb.PRESERVATION_OUTCOME_RELEASED,
    document=file("解除登记保存决定书"),
    **HANDED,
)
PRESERVATION_DECIDED: Final = pb.PreservationDecided(
    case_id=CASE,
    measure_id=MEASURE,
    outcome=pb.PRESERVATION_OUTCOME_RELEASED,
    document=file("解除登记保存决定书"),
    effective_on="2024-12-18",
    **HANDED,
)
CORRECT: Final = commands.OrderCorrectionRequest(
    case_id=CASE,
    content="停止未经许可的客运经营",
    due_on="2024-12-31",
    officer_ids=TWO,
    document=file("责令改正违法行为通知书"),
    way=pb.SERVICE_WAY_DIRECT,
    proof=file("送达回证"),
)
CORRECTION_ORDERED: Final = pb.CorrectionOrdered(
    case_id=CASE,
    content="停止未经许可的客运经营",
    due_on="2024-12-31",
    officers=[LI, WANG],
    document=file("责令改正违法行为通知书"),
    way=pb.SERVICE_WAY_DIRECT,
    proof=file("送达回证"),
    effective_on="2024-12-18",
)
CLOSE_INVESTIGATION: Final = commands.CloseInvestigationRequest(case_id=CASE, facts="事实清楚", report=file("调查报告"))
INVESTIGATED: Final = pb.InvestigationClosed(
    case_id=CASE, facts="事实清楚", report=file("调查报告"), evidence_ids=[EVIDENCE]
)
NOTICE: Final = uid("notice")
SERVE_NOTICE: Final = commands.ServePenaltyNoticeRequest(
    case_id=CASE,
    notice_id=NOTICE,
    facts="未取得许可从事客运",
    basis="道路运输条例 art. 63",
    proposed=[FINE],
    way=pb.SERVICE_WAY_DIRECT,
    officer_ids=TWO,
    document=file("违法行为通知书"),
    proof=file("送达回证"),
)
NOTICE_SERVED: Final = pb.NoticeServed(
    case_id=CASE,
    notice_id=NOTICE,
    facts="未取得许可从事客运",
    basis="道路运输条例 art. 63",
    proposed=[FINE],
    way=pb.SERVICE_WAY_DIRECT,
    officers=[LI, WANG],
    hearing_right=True,
    effective_on="2024-09-27",
    document=file("违法行为通知书"),
    proof=file("送达回证"),
)
DEFEND: Final = commands.RecordDefenceRequest(case_id=CASE, kind=pb.DEFENCE_KIND_STATED, content="请求从轻")
DEFENDED: Final = pb.DefenceRecorded(case_id=CASE, kind=pb.DEFENCE_KIND_STATED, content="请求从轻")
STATEMENT: Final = file("放弃陈述申辩听证声明")
WAIVE: Final = commands.RecordDefenceRequest(
    case_id=CASE, kind=pb.DEFENCE_KIND_WAIVED, hearing_waived=True, document=STATEMENT
)
WAIVED: Final = pb.DefenceRecorded(case_id=CASE, kind=pb.DEFENCE_KIND_WAIVED, hearing_waived=True, document=STATEMENT)
PENALISE: Final = commands.DecideRequest(
    case_id=CASE,
    outcome=commands.OUTCOME_PENALTY,
    penalties=[FINE],
    reasons="事实清楚，证据确凿",
    basis="第63条",
    correction="停止未经许可的客运经营",
)
PENALISED: Final = pb.PenaltyDecided(
    case_id=CASE,
    case_number="川泸2024-0042",
    penalties=[FINE],
    reasons="事实清楚，证据确凿",
    basis="第63条",
    publish=True,
    correction="停止未经许可的客运经营",
)
SPARE: Final = commands.DecideRequest(
    case_id=CASE,
    outcome=commands.OUTCOME_NO_PENALTY,
    ground=pb.NO_PENALTY_GROUND_FIRST,
    reasons="初次违法",
    education="当面教育",
)
SPARED: Final = pb.NoPenaltyDecided(
    case_id=CASE,
    case_number="川泸2024-0042",
    ground=pb.NO_PENALTY_GROUND_FIRST,
    reasons="初次违法",
    education="当面教育",
)
ACQUIT: Final = commands.DecideRequest(case_id=CASE, outcome=commands.OUTCOME_NOT_ESTABLISHED, reasons="证据不足以认定")
ACQUITTED: Final = pb.ViolationNotEstablished(case_id=CASE, case_number="川泸2024-0042", reasons="证据不足以认定")
SERVE: Final = commands.ServeDecisionRequest(case_id=CASE, way=pb.SERVICE_WAY_DIRECT, proof=file("送达回证"))
SERVED: Final = pb.DecisionServed(
    case_id=CASE, way=pb.SERVICE_WAY_DIRECT, proof=file("送达回证"), effective_on="2024-11-12"
)
CLOSE: Final = commands.CloseCaseRequest(case_id=CASE, ground=pb.CLOSING_GROUND_PERFORMED)
CLOSED: Final = pb.CaseClosed(case_id=CASE, ground=pb.CLOSING_GROUND_PERFORMED)

TRANSFER: Final = uid("transfer")


def note_transfer(
    phase: pb.TransferPhase.ValueType, transfer_id: str = TRANSFER
) -> commands.NoteCriminalTransferRequest:
    return commands.NoteCriminalTransferRequest(case_id=CASE, transfer_id=transfer_id, phase=phase)


def transfer_noted(
    phase: pb.TransferPhase.ValueType, *, open: bool = True, transfer_id: str = TRANSFER
) -> pb.CriminalTransferNoted:
    return pb.CriminalTransferNoted(case_id=CASE, transfer_id=transfer_id, phase=phase, open=open)


SUSPECTED: Final[History] = (on(CLUE_AT, CLUE_REGISTERED),)
OPEN: Final[History] = (*SUSPECTED, on(FILED_AT, FILED))
INVESTIGATING: Final[History] = (*OPEN, on(FILED_AT, ASSIGNED))
PROVEN: Final[History] = (*INVESTIGATING, on(FILED_AT, EVIDENCE_ADDED), on(FILED_AT, CORRECTION_ORDERED))
REPORTED: Final[History] = (*PROVEN, on("2024-09-26 10:00", INVESTIGATED))
APPROVE: Final = notices.ApproveReportRequest(case_id=CASE)
REPORT_APPROVED: Final = notices.ReportApproved(case_id=CASE)
APPROVED: Final[History] = (*REPORTED, on("2024-09-26 16:00", REPORT_APPROVED))
NOTIFIED: Final[History] = (*APPROVED, on(NOTICE_AT, NOTICE_SERVED))
DECIDED: Final[History] = (*NOTIFIED, on("2024-11-05 10:00", PENALISED))
DELIVERED: Final[History] = (*DECIDED, on("2024-11-12 10:00", SERVED))
COLLECTION: Final = uid("collection")


def performance(phase: side.PerformancePhase.ValueType) -> side.PerformanceNoted:
    return side.PerformanceNoted(case_id=CASE, collection_id=COLLECTION, phase=phase)


PAID: Final[History] = (*DELIVERED, on("2024-11-20 10:00", performance(side.PERFORMANCE_PHASE_PERFORMED)))
