"""Read models of cases: the file, its evidence, its measures."""

from pathlib import Path
from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as pb

from services.cases.model import MeasureState, Stage
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row, Views
from services.kernel.timeline import keep_timeline

views = Views("cases", version=1, sql=Path(__file__).with_name("views.sql"))

case_file = views.table("case_file", key="case_id")
evidence = views.table("evidence", key=("case_id", "evidence_id"))
measure = views.table("measure", key=("case_id", "measure_id"))

_NEXT: Final = {
    pb.CaseNotFiled: Stage.NOT_FILED,
    pb.InvestigationClosed: Stage.INVESTIGATION_CLOSED,
    pb.NoPenaltyDecided: Stage.DECIDED,
    pb.ViolationNotEstablished: Stage.DECIDED,
    pb.DecisionServed: Stage.SERVED,
    pb.CaseClosed: Stage.CLOSED,
}


@case_file.on(pb.ClueRegistered)
def registered(row: Row, event: pb.ClueRegistered, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        stage=Stage.CLUE,
        act_code=event.act_code,
        source=event.source,
        handed_off_by=event.handed_off_by,
        finding_id=event.finding_id,
        act_on=event.act_on,
        place=as_dict(event.place),
        facts=event.facts,
        party=as_dict(event.party),
        vehicle=as_dict(event.vehicle),
        officer_ids=[],
        transferred=False,
        registered_at=fact.occurred_at,
    )


@case_file.on(pb.CaseFiled)
def filed(row: Row, event: pb.CaseFiled, fact: Fact) -> None:
    row.update(
        stage=Stage.FILED,
        case_number=event.case_number,
        party=as_dict(event.party),
        facts=event.facts,
        filed_at=fact.occurred_at,
    )


@case_file.on(pb.OfficersAssigned)
def assigned(row: Row, event: pb.OfficersAssigned, fact: Fact) -> None:
    row.update(stage=Stage.INVESTIGATING, officer_ids=[officer.officer_id for officer in event.officers])


@case_file.on(*_NEXT)
def moved(row: Row, event: Any, fact: Fact) -> None:
    row["stage"] = _NEXT[type(event)]


@case_file.on(pb.NoticeServed)
def noticed(row: Row, event: pb.NoticeServed, fact: Fact) -> None:
    row.update(stage=Stage.NOTICE_SERVED, proposed=[as_dict(penalty) for penalty in event.proposed])


@case_file.on(pb.PenaltyDecided)
def penalised(row: Row, event: pb.PenaltyDecided, fact: Fact) -> None:
    row.update(stage=Stage.DECIDED, penalties=[as_dict(penalty) for penalty in event.penalties])


@case_file.on(pb.CriminalTransferNoted)
def transfer_noted(row: Row, event: pb.CriminalTransferNoted, fact: Fact) -> None:
    row.update(transfer_id=event.transfer_id, transfer_phase=event.phase, transferred=event.open)


@evidence.on(pb.EvidenceAdded)
def evidence_added(row: Row, event: pb.EvidenceAdded, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        kind=event.kind,
        description=event.description,
        file=as_dict(event.file) if event.HasField("file") else None,
        gathered_by=event.gathered_by,
        gathered_at=fact.occurred_at,
    )


@measure.on(pb.MeasureApproved)
def approved(row: Row, event: pb.MeasureApproved, fact: Fact) -> None:
    row.update(began_position=fact.position, kind=event.kind, law_basis=event.law_basis, state=MeasureState.APPROVED)


@measure.on(pb.EvidencePreserved, pb.ItemsSeized)
def taken(row: Row, event: pb.EvidencePreserved | pb.ItemsSeized, fact: Fact) -> None:
    row.update(state=MeasureState.IN_FORCE, taken_at=fact.occurred_at, item_count=event.item_count)


@measure.on(pb.PreservationDecided, pb.SeizureReleased, pb.SeizureHandedOver)
def ended(row: Row, event: Any, fact: Fact) -> None:
    row["state"] = MeasureState.ENDED


keep_timeline(
    views,
    {
        pb.ClueRegistered: "登记线索",
        pb.CaseNotFiled: "决定不予立案",
        pb.CaseFiled: "立案",
        pb.OfficersAssigned: "指派办案人员",
        pb.EvidenceAdded: "收集证据",
        pb.MeasureApproved: "批准采取措施",
        pb.EvidencePreserved: "先行登记保存证据",
        pb.PreservationDecided: "作出登记保存处理决定",
        pb.ItemsSeized: "扣押",
        pb.SeizureExtended: "延长扣押期限",
        pb.SeizureReleased: "解除扣押",
        pb.SeizureHandedOver: "扣押财物随案移送",
        pb.CorrectionOrdered: "责令改正违法行为",
        pb.InvestigationClosed: "调查终结",
        pb.NoticeServed: "送达违法行为通知书",
        pb.DefenceRecorded: "记录陈述申辩",
        pb.CriminalTransferNoted: "涉嫌犯罪移送进展",
        pb.PenaltyDecided: "作出行政处罚决定",
        pb.NoPenaltyDecided: "作出不予行政处罚决定",
        pb.ViolationNotEstablished: "认定违法事实不能成立",
        pb.DecisionServed: "送达决定书",
        pb.CaseClosed: "结案",
    },
)
