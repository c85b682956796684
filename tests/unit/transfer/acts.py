"""A lawful transfer, act by act, with the dates of the spring of 2025: each test shows only what it changes."""

from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands
from enforcement.transfer.v1 import team_pb2 as team

from tests.support.decider import LI, LUXIAN, POLICE, PROCURATORATE, WANG, ZHAO, History, acting, officer, on, uid

TRANSFER: Final = uid("transfer")
CASE: Final = uid("case")
REFERRAL: Final = uid("referral")
OFFICER_OF_POLICE: Final = officer("孙", options.ROLE_INVESTIGATOR, authority=POLICE)
CHIEF_OF_POLICE: Final = officer("冯", options.ROLE_LEADER, authority=POLICE)
AT_POLICE: Final[dict[str, Any]] = {
    "authority": POLICE,
    "officers": (OFFICER_OF_POLICE, CHIEF_OF_POLICE),
    "actor": OFFICER_OF_POLICE,
}

OPENED_AT: Final = "2025-04-28 09:00"
REPORTED_AT: Final = "2025-04-29 10:00"
APPROVED_AT: Final = "2025-04-30 16:00"
SENT_AT: Final = "2025-04-30 18:00"
SIGNED_AT: Final = "2025-05-01 10:00"
FILED_AT: Final = "2025-06-06 11:00"
HANDED_OVER_AT: Final = "2025-06-09 15:00"


def file(name: str) -> common.BlobRef:
    return common.BlobRef(sha256=uid(name).encode()[:32], size=1000, media_type="application/pdf", file_name=name)


def material(kind: pb.MaterialKind.ValueType, title: str = "材料") -> pb.Material:
    return pb.Material(kind=kind, title=title, file=file(f"{kind}.pdf"))


LETTER: Final = material(pb.MATERIAL_KIND_TRANSFER_LETTER, "移送书")
REPORT: Final = material(pb.MATERIAL_KIND_INVESTIGATION_REPORT, "调查报告")
GOODS: Final = material(pb.MATERIAL_KIND_GOODS_LIST, "涉案物品清单")
OPINION: Final = material(pb.MATERIAL_KIND_EXPERT_OPINION, "鉴定意见")
SUSPECT: Final = pb.Suspect(name="张三", id_number="510521199001011234")

OPEN: Final = commands.OpenTransferRequest(
    transfer_id=TRANSFER,
    case_id=CASE,
    case_number="川泸2025-0042",
    act_code="RTR-63-2",
    suspected_crime="刑法 art. 280",
    facts="持伪造的道路运输证从事客运",
    suspects=[SUSPECT],
    team_ids=[LI.officer_id, WANG.officer_id],
)
OPENED: Final = pb.TransferOpened(
    transfer_id=TRANSFER,
    case_id=CASE,
    case_number="川泸2025-0042",
    act_code="RTR-63-2",
    suspected_crime="刑法 art. 280",
    facts="持伪造的道路运输证从事客运",
    suspects=[SUSPECT],
    team=[LI, WANG],
)
CHANGE_TEAM: Final = team.ChangeTeamRequest(
    transfer_id=TRANSFER, team_ids=[LI.officer_id, ZHAO.officer_id], reason="王某的执法证被暂扣"
)
TEAM_CHANGED: Final = team.TeamChanged(transfer_id=TRANSFER, team=[LI, ZHAO], reason="王某的执法证被暂扣")
SUBMIT: Final = commands.SubmitReportRequest(transfer_id=TRANSFER, summary="证件经核实系伪造", report=file("移送报告"))
REPORTED: Final = pb.ReportSubmitted(transfer_id=TRANSFER, summary="证件经核实系伪造", report=file("移送报告"))
APPROVE: Final = commands.ApproveTransferRequest(transfer_id=TRANSFER)
APPROVED: Final = pb.TransferApproved(transfer_id=TRANSFER, case_id=CASE)
REJECT: Final = commands.RejectTransferRequest(transfer_id=TRANSFER, reason="未达到刑事标准")
SEND: Final = commands.SendTransferRequest(transfer_id=TRANSFER, police_id=POLICE.id, materials=[LETTER, REPORT, GOODS])
SENT: Final = pb.CaseTransferred(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    material_count=3,
    case_id=CASE,
    case_number="川泸2025-0042",
    act_code="RTR-63-2",
    suspected_crime="刑法 art. 280",
    facts="持伪造的道路运输证从事客运",
    suspects=[SUSPECT],
    materials=[LETTER, REPORT, GOODS],
    team=[LI, WANG],
)
COPIED: Final = pb.TransferCopied(
    transfer_id=TRANSFER,
    procuratorate_id=PROCURATORATE.id,
    police_id=POLICE.id,
    case_number="川泸2025-0042",
    act_code="RTR-63-2",
    suspected_crime="刑法 art. 280",
    suspect_names=["张三"],
    material_kinds=[LETTER.kind, REPORT.kind, GOODS.kind],
)
RECORD_RECEIPT: Final = commands.RecordPoliceReceiptRequest(
    transfer_id=TRANSFER, police_id=POLICE.id, referral_id=REFERRAL
)
RECEIPT: Final = pb.PoliceReceiptRecorded(transfer_id=TRANSFER, police_id=POLICE.id, referral_id=REFERRAL, case_id=CASE)
RECORD_DEMAND: Final = commands.RecordSupplementDemandRequest(
    transfer_id=TRANSFER, police_id=POLICE.id, kinds=[pb.MATERIAL_KIND_EXPERT_OPINION], detail="缺少鉴定意见"
)
DEMAND_RECORDED: Final = pb.SupplementRequested(
    transfer_id=TRANSFER, police_id=POLICE.id, kinds=[pb.MATERIAL_KIND_EXPERT_OPINION], detail="缺少鉴定意见"
)
SUPPLEMENT: Final = commands.SendSupplementRequest(transfer_id=TRANSFER, materials=[OPINION])
SUPPLEMENTED: Final = pb.SupplementSent(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    material_count=1,
    materials=[OPINION],
    demands_answered=1,
)
RECORD_FILING: Final = commands.RecordPoliceFilingRequest(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    criminal_case_number="泸公(刑)立字〔2025〕88号",
    notice=file("立案通知书"),
)
FILING_RECORDED: Final = pb.PoliceFilingRecorded(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    case_id=CASE,
    criminal_case_number="泸公(刑)立字〔2025〕88号",
    notice=file("立案通知书"),
)
RECORD_REFUSAL: Final = commands.RecordPoliceRefusalRequest(
    transfer_id=TRANSFER, police_id=POLICE.id, reasons="情节显著轻微", notice=file("不予立案通知书")
)
REFUSAL_RECORDED: Final = pb.PoliceRefusalRecorded(
    transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE, reasons="情节显著轻微", notice=file("不予立案通知书")
)
VEHICLE: Final = pb.Property(description="小型客车", quantity=1)
HAND_OVER: Final = commands.HandOverPropertyRequest(
    transfer_id=TRANSFER,
    items=[VEHICLE],
    record=file("交接手续"),
    officer_ids=[LI.officer_id, WANG.officer_id],
)
HANDED_OVER: Final = pb.PropertyHandedOver(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    item_count=1,
    case_id=CASE,
    items=[VEHICLE],
    record=file("交接手续"),
    officers=[LI, WANG],
)
RECORD_CONFIRMATION: Final = commands.RecordHandOverConfirmationRequest(transfer_id=TRANSFER, police_id=POLICE.id)
CONFIRMATION_RECORDED: Final = pb.HandOverConfirmationRecorded(transfer_id=TRANSFER, police_id=POLICE.id)
INFORM: Final = commands.InformPartyRequest(transfer_id=TRANSFER, letter=file("告知书"), way="直接送达")
INFORMED: Final = pb.PartyInformed(transfer_id=TRANSFER, letter=file("告知书"), way="直接送达")
RETURN: Final = commands.ReturnToAdministrativeRequest(transfer_id=TRANSFER, reason="接受不予立案决定")
RETURNED: Final = pb.CaseReturned(
    transfer_id=TRANSFER, procuratorate_id=PROCURATORATE.id, case_id=CASE, reason="接受不予立案决定"
)

DRAFT: Final[History] = (on(OPENED_AT, OPENED),)
PENDING: Final[History] = (*DRAFT, on(REPORTED_AT, REPORTED))
READY: Final[History] = (*PENDING, on(APPROVED_AT, APPROVED))
ON_ITS_WAY: Final[History] = (*READY, on(SENT_AT, SENT), on(SENT_AT, COPIED))
RECEIVED: Final[History] = (*ON_ITS_WAY, on(SIGNED_AT, RECEIPT))
FILED: Final[History] = (*RECEIVED, on(FILED_AT, FILING_RECORDED))
DELIVERED: Final[History] = (*FILED, on(HANDED_OVER_AT, HANDED_OVER))

OPEN_REFERRAL: Final = commands.OpenReferralRequest(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    case_number="川泸2025-0042",
    suspected_crime="刑法 art. 280",
    materials=[LETTER, REPORT, GOODS],
)
REFERRAL_RECEIVED: Final = pb.ReferralReceived(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    case_number="川泸2025-0042",
    suspected_crime="刑法 art. 280",
    materials=[LETTER, REPORT, GOODS],
)
SIGN: Final = commands.SignReceiptRequest(referral_id=REFERRAL)
SIGNED: Final = pb.ReferralReceiptSigned(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    signer=OFFICER_OF_POLICE,
)
DEMAND: Final = commands.DemandSupplementRequest(
    referral_id=REFERRAL, kinds=[pb.MATERIAL_KIND_EXPERT_OPINION], detail="缺少鉴定意见"
)
DEMANDED: Final = pb.SupplementDemanded(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    kinds=[pb.MATERIAL_KIND_EXPERT_OPINION],
    detail="缺少鉴定意见",
)
NOTE_SUPPLEMENT: Final = commands.NoteSupplementRequest(
    referral_id=REFERRAL, bureau_id=LUXIAN.id, materials=[OPINION], demands_answered=1
)
SUPPLEMENT_NOTED: Final = pb.SupplementReceived(referral_id=REFERRAL, materials=[OPINION], demands_answered=1)
DECIDE_FILING: Final = commands.DecideFilingRequest(
    referral_id=REFERRAL,
    outcome=commands.FILING_OUTCOME_FILED,
    criminal_case_number="泸公(刑)立字〔2025〕88号",
    notice=file("立案通知书"),
)
CRIMINAL_CASE: Final = pb.CriminalCaseFiled(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    criminal_case_number="泸公(刑)立字〔2025〕88号",
    notice=file("立案通知书"),
)
REFUSE_FILING: Final = commands.DecideFilingRequest(
    referral_id=REFERRAL,
    outcome=commands.FILING_OUTCOME_REFUSED,
    reasons="情节显著轻微",
    notice=file("不予立案通知书"),
)
FILING_REFUSED: Final = pb.FilingRefused(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    reasons="情节显著轻微",
    notice=file("不予立案通知书"),
)
NOTE_HAND_OVER: Final = commands.NoteHandOverRequest(referral_id=REFERRAL, bureau_id=LUXIAN.id, items=[VEHICLE])
HAND_OVER_NOTED: Final = pb.HandOverNoted(referral_id=REFERRAL, items=[VEHICLE])
CONFIRM: Final = commands.ConfirmHandOverRequest(referral_id=REFERRAL)
CONFIRMED: Final = pb.HandOverConfirmed(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    receiver=OFFICER_OF_POLICE,
)

ARRIVED: Final[History] = (on(SENT_AT, REFERRAL_RECEIVED),)
ACCEPTED: Final[History] = (*ARRIVED, on(SIGNED_AT, SIGNED))
CHIEF: Final = acting(CHIEF_OF_POLICE)
