"""Read models of evidence and of measures."""

from typing import Any

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as samples
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import opinion_pb2 as opinion
from enforcement.cases.v1 import service_pb2 as rpc

from services.cases.model import MeasureState
from services.cases.views import evidence, measure
from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_timestamp
from services.kernel.projection import Row


@evidence.on(pb.EvidenceAdded)
def evidence_added(row: Row, event: pb.EvidenceAdded, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        kind=event.kind,
        description=event.description,
        file=as_dict(event.file) if event.HasField("file") else None,
        gathered_by=event.gathered_by,
        gathered_at=fact.occurred_at,
        holder=event.holder or event.gathered_by or (event.collectors[0].officer_id if event.collectors else ""),
        excluded=False,
        unconfirmed=event.reconfirm_required,
    )


@evidence.on(opinion.EvidenceReconfirmed)
def evidence_reconfirmed(row: Row, event: opinion.EvidenceReconfirmed, fact: Fact) -> None:
    row["unconfirmed"] = False


@measure.on(pb.MeasureApproved)
def approved(row: Row, event: pb.MeasureApproved, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        kind=event.kind,
        law_basis=event.law_basis,
        state=MeasureState.APPROVED,
        approved=True,
    )


@measure.on(pb.EvidencePreserved, pb.ItemsSeized)
def taken(row: Row, event: pb.EvidencePreserved | pb.ItemsSeized, fact: Fact) -> None:
    row.update(state=MeasureState.IN_FORCE, taken_at=fact.occurred_at, item_count=event.item_count)


@measure.on(pb.ItemsSeized)
def urgent(row: Row, event: pb.ItemsSeized, fact: Fact) -> None:
    if event.emergency:
        row.update(
            began_position=fact.position,
            kind=pb.MEASURE_KIND_SEIZURE,
            law_basis=event.law_basis,
            emergency=True,
            approved=False,
        )


@measure.on(pb.EmergencySeizureDecided)
def approved_afterwards(row: Row, event: pb.EmergencySeizureDecided, fact: Fact) -> None:
    row["approved"] = event.approved


@measure.on(pb.SeizureExtended)
def extended(row: Row, event: pb.SeizureExtended, fact: Fact) -> None:
    row["extended"] = True


@measure.on(pb.PreservationDecided, pb.SeizureReleased, pb.SeizureHandedOver)
def ended(row: Row, event: Any, fact: Fact) -> None:
    row["state"] = MeasureState.ENDED


def _pieces(event: imports.CaseImported, fact: Fact) -> list[tuple[str, str]]:
    return [(event.case_id, one.evidence_id) for one in event.imported.evidence]


@evidence.on(imports.CaseImported, key=_pieces)
def evidence_imported(row: Row, event: imports.CaseImported, fact: Fact) -> None:
    piece = next(one for one in event.imported.evidence if one.evidence_id == str(row["evidence_id"]))
    row.update(
        began_position=fact.position,
        kind=piece.kind,
        description=piece.description,
        gathered_by="",
        gathered_at=fact.occurred_at,
        holder="",
        excluded=False,
    )


@evidence.on(samples.SampleTaken)
def sample_taken(row: Row, event: samples.SampleTaken, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        kind=pb.EVIDENCE_KIND_PHYSICAL,
        description=event.description,
        file=as_dict(event.receipt) if event.HasField("receipt") else None,
        gathered_by="",
        gathered_at=fact.occurred_at,
        holder=event.officers[0].officer_id,
        excluded=False,
    )


@evidence.on(samples.TestResultRecorded)
def opinion_given(row: Row, event: samples.TestResultRecorded, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        kind=pb.EVIDENCE_KIND_EXPERT_OPINION,
        description=event.opinion,
        file=as_dict(event.file),
        gathered_by="",
        gathered_at=fact.occurred_at,
        holder=fact.actor,
        excluded=False,
    )


@evidence.on(samples.CustodyTransferred)
def in_other_hands(row: Row, event: samples.CustodyTransferred, fact: Fact) -> None:
    row["holder"] = event.to_holder
    step = rpc.CustodyStep(
        from_holder=event.from_holder,
        to_holder=event.to_holder,
        place=event.place,
        seal=event.seal,
        seal_intact=event.seal_intact,
        remark=event.remark,
        at=to_timestamp(fact.occurred_at),
    )
    row["custody"] = [*(row.get("custody") or []), as_dict(step)]


@evidence.on(samples.EvidenceExcluded)
def excluded(row: Row, event: samples.EvidenceExcluded, fact: Fact) -> None:
    row["excluded"] = True
