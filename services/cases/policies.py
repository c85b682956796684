"""What the cases service does when something is in the ledger.

CaseHandedOff to this authority, own or received  ──▶ RegisterClue
EvidenceRecognised for a case                     ──▶ AddRecognisedEvidence
a step of this authority's own criminal transfer  ──▶ NoteCriminalTransfer
"""

from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cross_border.v1 import events_pb2 as cross_border
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.transfer.v1 import events_pb2 as transfer

from services.kernel.messages import to_datetime
from services.kernel.policy import Policy, PolicyContext
from services.kernel.values import day_of, term

policy = Policy("cases")


@policy.on(joint.CaseHandedOff, addressed="owner_id")
def register_clue(event: joint.CaseHandedOff, context: PolicyContext) -> commands.RegisterClueRequest:
    """A finding that a joint operation hands to this authority becomes a clue.

    Of several places of a continuing act the clue takes one in this authority's territory, which makes it competent.
    """
    places = sorted(event.places, key=lambda place: not context.authority.competent_in(place.division_code))
    found = event.object
    return commands.RegisterClueRequest(
        source=pb.CLUE_SOURCE_OTHER_AUTHORITY if context.origin else pb.CLUE_SOURCE_INSPECTION,
        act_code=event.act_code,
        act_on=day_of(to_datetime(event.found_at)).isoformat(),
        place=places[0] if places else None,
        facts=event.facts,
        party=pb.Party(name=event.party_name) if event.party_name else None,
        vehicle=pb.Vehicle(
            plate=found.plate,
            plate_colour=term(joint.PlateColour, found.plate_colour),
            transport_certificate_number=found.licence_number,
        )
        if found.kind == joint.OBJECT_KIND_VEHICLE
        else None,
        handed_off_by=context.origin or "",
        finding_id=event.finding_id,
        participation_id=event.participation_id,
        attachments=event.evidence,
    )


@policy.on(cross_border.EvidenceRecognised, received=False)
def add_recognised_evidence(
    event: cross_border.EvidenceRecognised, context: PolicyContext
) -> commands.AddRecognisedEvidenceRequest | None:
    """Evidence that was recognised for a case joins its file."""
    if event.verdict != cross_border.VERDICT_RECOGNISED or not event.case_id:
        return None
    return commands.AddRecognisedEvidenceRequest(
        case_id=event.case_id,
        evidence_id=event.item_id,
        kind=_EVIDENCE_KINDS[event.item.kind],
        description=event.item.title,
        file=event.blob if event.HasField("blob") else None,
        collectors=event.item.collectors,
        gathered_by=event.responder_id,
        request_id=event.request_id,
    )


@policy.on(
    transfer.TransferApproved,
    transfer.CaseTransferred,
    transfer.PoliceReceiptRecorded,
    transfer.PoliceFilingRecorded,
    transfer.PoliceRefusalRecorded,
    transfer.PropertyHandedOver,
    transfer.CaseReturned,
    received=False,
)
def note_criminal_transfer(event: Any, context: PolicyContext) -> commands.NoteCriminalTransferRequest:
    """The case keeps how far its transfer has come, from approval to return."""
    return commands.NoteCriminalTransferRequest(
        case_id=event.case_id, transfer_id=event.transfer_id, phase=_PHASES[type(event)]
    )


_PHASES: Final = {
    transfer.TransferApproved: pb.TRANSFER_PHASE_APPROVED,
    transfer.CaseTransferred: pb.TRANSFER_PHASE_SENT,
    transfer.PoliceReceiptRecorded: pb.TRANSFER_PHASE_RECEIVED,
    transfer.PoliceFilingRecorded: pb.TRANSFER_PHASE_FILED,
    transfer.PoliceRefusalRecorded: pb.TRANSFER_PHASE_REFUSED,
    transfer.PropertyHandedOver: pb.TRANSFER_PHASE_HANDED_OVER,
    transfer.CaseReturned: pb.TRANSFER_PHASE_RETURNED,
}

_EVIDENCE_KINDS: Final = {
    cross_border.EVIDENCE_KIND_UNSPECIFIED: pb.EVIDENCE_KIND_UNSPECIFIED,
    cross_border.EVIDENCE_KIND_DOCUMENTARY: pb.EVIDENCE_KIND_DOCUMENT,
    cross_border.EVIDENCE_KIND_PHYSICAL: pb.EVIDENCE_KIND_PHYSICAL,
    cross_border.EVIDENCE_KIND_AUDIO_VISUAL: pb.EVIDENCE_KIND_AUDIOVISUAL,
    cross_border.EVIDENCE_KIND_ELECTRONIC: pb.EVIDENCE_KIND_ELECTRONIC,
    cross_border.EVIDENCE_KIND_TESTIMONY: pb.EVIDENCE_KIND_TESTIMONY,
    cross_border.EVIDENCE_KIND_STATEMENT: pb.EVIDENCE_KIND_PARTY_STATEMENT,
    cross_border.EVIDENCE_KIND_EXPERT: pb.EVIDENCE_KIND_EXPERT_OPINION,
    cross_border.EVIDENCE_KIND_SCENE_RECORD: pb.EVIDENCE_KIND_SCENE_RECORD,
}
