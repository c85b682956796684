"""Read models of transfers, one for each side."""

from pathlib import Path
from typing import Any, Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as answers

from services.kernel.deadlines import published
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row, Views
from services.kernel.queries import message_of
from services.kernel.timeline import keep_timeline
from services.transfer.deadlines import SUPPLEMENT_DEMAND
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.transfer import Stage as BureauStage

views = Views("transfer", version=1, sql=Path(__file__).with_name("views.sql"))

transfer = views.table("transfer", key="transfer_id")
referral = views.table("referral", key="referral_id")
oversight = views.table("oversight", key=("transfer_id", "bureau_id"))


_TRANSFER_STEPS: Final = {
    pb.ReportSubmitted: (BureauStage.PENDING_HEAD, "reported_at"),
    pb.TransferApproved: (BureauStage.APPROVED, "decided_at"),
    pb.TransferRejected: (BureauStage.REJECTED, "decided_at"),
    pb.CaseTransferred: (BureauStage.SENT, "sent_at"),
    pb.PoliceReceiptRecorded: (BureauStage.RECEIVED, "received_at"),
    pb.SupplementRequested: (BureauStage.SUPPLEMENTING, None),
    pb.SupplementSent: (BureauStage.RECEIVED, None),
    pb.PoliceFilingRecorded: (BureauStage.FILED, "filing_decided_at"),
    pb.PoliceRefusalRecorded: (BureauStage.REFUSED, "filing_decided_at"),
    pb.PropertyHandedOver: (BureauStage.HANDED_OVER, "handed_over_at"),
    pb.HandOverConfirmationRecorded: (BureauStage.OUTCOME_PENDING, None),
    pb.CaseReturned: (BureauStage.RETURNED, None),
}

_REFERRAL_STEPS: Final = {
    pb.ReferralReceiptSigned: (PoliceStage.ACCEPTED, "received_at"),
    pb.SupplementDemanded: (PoliceStage.SUPPLEMENT_DEMANDED, None),
    pb.CriminalCaseFiled: (PoliceStage.FILED, "filing_decided_at"),
    pb.FilingRefused: (PoliceStage.REFUSED, "filing_decided_at"),
    pb.HandOverNoted: (PoliceStage.PROPERTY_SENT, None),
    pb.HandOverConfirmed: (PoliceStage.PROPERTY_TAKEN, "handed_over_at"),
}

_OVERSIGHT_COLUMNS: Final = {
    pb.TRANSFER_STEP_SENT: "sent_at",
    pb.TRANSFER_STEP_RECEIPT_SIGNED: "received_at",
    pb.TRANSFER_STEP_FILED: "filed_at",
    pb.TRANSFER_STEP_REFUSED: "refused_at",
    pb.TRANSFER_STEP_HANDED_OVER: "handed_over_at",
    pb.TRANSFER_STEP_RETURNED: "returned_at",
}


# ---- bureau ------------------------------------------------------------------------------------------------------


@transfer.on(pb.TransferOpened)
def opened(row: Row, event: pb.TransferOpened, fact: Fact) -> None:
    team_ids = [member.officer_id for member in event.team]
    content = answers.TransferContent(
        case_number=event.case_number,
        suspected_crime=event.suspected_crime,
        facts=event.facts,
        suspects=event.suspects,
        team_ids=team_ids,
    )
    row.update(
        began_position=fact.position,
        case_id=event.case_id,
        stage=BureauStage.DRAFT,
        opened_at=fact.occurred_at,
        team_ids=team_ids,
        content=as_dict(content),
    )


@transfer.on(*_TRANSFER_STEPS)
def moved(row: Row, event: Any, fact: Fact) -> None:
    row["stage"], column = _TRANSFER_STEPS[type(event)]
    if column is not None:
        row[column] = fact.occurred_at


@transfer.on(pb.CaseTransferred)
def addressed(row: Row, event: pb.CaseTransferred, fact: Fact) -> None:
    row["police_id"] = event.police_id


@transfer.on(pb.PartyInformed)
def informed(row: Row, event: pb.PartyInformed, fact: Fact) -> None:
    row["party_informed_at"] = fact.occurred_at


@transfer.on(
    pb.CaseTransferred,
    pb.SupplementSent,
    pb.TransferRejected,
    pb.PoliceFilingRecorded,
    pb.PoliceRefusalRecorded,
)
def content_grew(row: Row, event: Any, fact: Fact) -> None:
    content = message_of(answers.TransferContent, row["content"]) or answers.TransferContent()
    match event:
        case pb.CaseTransferred() | pb.SupplementSent():
            content.materials.extend(event.materials)
        case pb.TransferRejected():
            content.reasons = event.reason
        case pb.PoliceFilingRecorded():
            content.criminal_case_number = event.criminal_case_number
        case pb.PoliceRefusalRecorded():
            content.reasons = event.reasons
    row["content"] = as_dict(content)


# ---- police ------------------------------------------------------------------------------------------------------


@referral.on(pb.ReferralReceived)
def arrived(row: Row, event: pb.ReferralReceived, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        transfer_id=event.transfer_id,
        bureau_id=event.bureau_id,
        stage=PoliceStage.RECEIVED,
        case_number=event.case_number,
        suspected_crime=event.suspected_crime,
        materials=[as_dict(material) for material in event.materials],
        arrived_at=fact.occurred_at,
    )


@referral.on(*_REFERRAL_STEPS)
def went_on(row: Row, event: Any, fact: Fact) -> None:
    row["stage"], column = _REFERRAL_STEPS[type(event)]
    if column is not None:
        row[column] = fact.occurred_at


@referral.on(pb.ReferralReceiptSigned)
def accepted(row: Row, event: pb.ReferralReceiptSigned, fact: Fact) -> None:
    row["supplement_until_at"] = SUPPLEMENT_DEMAND.due(fact.occurred_at, published()).effective_at


@referral.on(pb.SupplementReceived)
def supplemented(row: Row, event: pb.SupplementReceived, fact: Fact) -> None:
    row["materials"] = [*row["materials"], *(as_dict(material) for material in event.materials)]
    if row["stage"] == PoliceStage.SUPPLEMENT_DEMANDED:
        row["stage"] = PoliceStage.ACCEPTED


@referral.on(pb.CriminalCaseFiled)
def criminal_case_filed(row: Row, event: pb.CriminalCaseFiled, fact: Fact) -> None:
    row["criminal_case_number"] = event.criminal_case_number


# ---- procuratorate -----------------------------------------------------------------------------------------------


@oversight.on(pb.OversightOpened)
def first_heard(row: Row, event: pb.OversightOpened, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    if event.reported_by == event.bureau_id:
        row.update(
            police_id=event.police_id,
            case_number=event.case_number,
            act_code=event.act_code,
            suspected_crime=event.suspected_crime,
            suspect_names=list(event.suspect_names),
        )
    else:
        row["told_by"] = event.reported_by
    row[_OVERSIGHT_COLUMNS[event.step]] = event.taken_at.ToJsonString()


@oversight.on(pb.OversightUpdated)
def heard(row: Row, event: pb.OversightUpdated, fact: Fact) -> None:
    row[_OVERSIGHT_COLUMNS[event.step]] = event.taken_at.ToJsonString()


keep_timeline(
    views,
    {
        pb.TransferOpened: "成立专案组",
        pb.ReportSubmitted: "提交移送报告",
        pb.TransferApproved: "批准移送",
        pb.TransferRejected: "决定不予移送",
        pb.CaseTransferred: "移送公安机关",
        pb.TransferCopied: "抄送人民检察院",
        pb.PoliceReceiptRecorded: "公安机关签收回执",
        pb.SupplementRequested: "公安机关要求补充材料",
        pb.SupplementSent: "补充移送材料",
        pb.PoliceFilingRecorded: "收到立案通知书",
        pb.PoliceRefusalRecorded: "收到不予立案通知书",
        pb.PropertyHandedOver: "移交涉案财物",
        pb.HandOverConfirmationRecorded: "公安机关确认接收",
        pb.PartyInformed: "书面告知当事人",
        pb.CaseReturned: "退回行政处理",
        pb.ReferralReceived: "收到移送案件",
        pb.ReferralReceiptSigned: "签收回执",
        pb.SupplementDemanded: "要求补充材料",
        pb.SupplementReceived: "收到补充材料",
        pb.CriminalCaseFiled: "决定立案",
        pb.FilingRefused: "决定不予立案",
        pb.HandOverNoted: "收到移交清单",
        pb.HandOverConfirmed: "接收涉案财物",
        pb.OversightOpened: "获知移送",
        pb.OversightUpdated: "获知移送进展",
    },
)
