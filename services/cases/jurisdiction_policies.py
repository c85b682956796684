"""What the cases service does about cases that go from one authority to another, and disputes about them.

CaseTransferredToAuthority to this authority      ──▶ RegisterClue
a hand-over that its receiver accepted            ──▶ HandOnCase
what the receiver of a case made of it            ──▶ NoteAdministrativeTransfer
a dispute that another authority raised or ended  ──▶ NoteJurisdictionDispute; its position ──▶ NoteDisputePosition;
its designation                                   ──▶ NoteDesignation; its escalation ──▶ NoteDisputeEscalation
a designation that the common superior signed     ──▶ NoteSuperiorDesignation
its silence                                       ──▶ RemindSuperior
"""

from typing import Final

from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.cross_border.v1 import events_pb2 as cross_border
from enforcement.deadlines.v1 import events_pb2 as clocks

from services.cases.deadlines import DESIGNATION_AWAITED
from services.cases.policies import policy
from services.kernel.messages import to_timestamp
from services.kernel.policy import PolicyContext


@policy.on(side.CaseTransferredToAuthority, received=True, addressed="receiver_id")
def register_transferred_case(
    event: side.CaseTransferredToAuthority, context: PolicyContext
) -> commands.RegisterClueRequest:
    """A case that another authority hands over as not its own (管辖移送) becomes a clue here."""
    party, vehicle = event.party, event.vehicle
    return commands.RegisterClueRequest(
        source=pb.CLUE_SOURCE_OTHER_AUTHORITY,
        act_code=event.act_code,
        act_on=event.act_on,
        act_ended_on=event.act_ended_on,
        act_continues=event.act_continues,
        place=event.place,
        other_places=event.other_places,
        facts=event.facts,
        party=pb.Party(
            kind=_PARTY_KINDS.get(party.kind, pb.PARTY_KIND_UNSPECIFIED), name=party.name, id_number=party.id_number
        )
        if party.name
        else None,
        vehicle=pb.Vehicle(
            plate=vehicle.plate,
            plate_colour=vehicle.plate_colour,
            transport_certificate_number=vehicle.transport_certificate_number,
        )
        if vehicle.plate
        else None,
        vessel=pb.Vessel(
            name=event.vessel.name,
            identification_number=event.vessel.identification_number,
            operating_certificate_number=event.vessel.operating_certificate_number,
        )
        if event.HasField("vessel")
        else None,
        handed_off_by=context.teller,
        attachments=event.files,
        sender_case_id=event.case_id,
        history=event.history,
    )


@policy.on(cross_border.RequestAccepted, received=False)
def hand_on_case(event: cross_border.RequestAccepted, context: PolicyContext) -> side.HandOnCaseRequest | None:
    """What another authority accepted when it was asked (线索移送、案件移送) goes to it."""
    if not event.case_id:
        return None
    matter = event.matter
    return side.HandOnCaseRequest(
        case_id=event.case_id,
        receiver_id=event.responder_id,
        request_id=event.request_id,
        place=matter.place if matter.HasField("place") else None,
        facts=matter.facts,
        party=side.TransferredParty(kind=matter.party_kind, name=matter.party_name) if matter.party_name else None,
        vehicle=side.TransferredVehicle(plate=matter.plate, plate_colour=matter.plate_colour) if matter.plate else None,
        files=[material.file for material in event.materials],
        reason=matter.reason,
    )


@policy.on(pb.CaseFiled, pb.CaseNotFiled, side.TransferTaken, received=True, addressed="handed_off_by")
def note_administrative_transfer(
    event: pb.CaseFiled | pb.CaseNotFiled | side.TransferTaken, context: PolicyContext
) -> side.NoteAdministrativeTransferRequest | None:
    """The receiver filed the case, has one that it goes on in, or handed it to a third; or it filed none, and the case
    is here again."""
    if not event.sender_case_id:
        return None
    taken = not isinstance(event, pb.CaseNotFiled) or bool(event.joined_case_id)
    return side.NoteAdministrativeTransferRequest(
        case_id=event.sender_case_id, receiver_id=context.teller, accepted=taken
    )


@policy.on(side.JurisdictionDisputed, received=True, addressed="other_id")
def note_dispute(
    event: side.JurisdictionDisputed, context: PolicyContext
) -> side.NoteJurisdictionDisputeRequest | None:
    """A dispute that the other side raised holds here, where it names this authority's case."""
    if not event.other_case_id:
        return None
    return side.NoteJurisdictionDisputeRequest(
        case_id=event.other_case_id,
        dispute_id=event.dispute_id,
        told_by=context.teller,
        other_case_id=event.case_id,
        position=event.position,
        filed_at=event.filed_at if event.HasField("filed_at") else None,
        round=event.round,
    )


@policy.on(disputes.DisputePositionStated, received=True, addressed="other_id")
def note_position(
    event: disputes.DisputePositionStated, context: PolicyContext
) -> disputes.NoteDisputePositionRequest | None:
    """What the other side claims stands in this file, too."""
    if not event.other_case_id:
        return None
    return disputes.NoteDisputePositionRequest(
        case_id=event.other_case_id,
        told_by=context.teller,
        other_case_id=event.case_id,
        position=event.position,
        filed_at=event.filed_at if event.HasField("filed_at") else None,
        round=event.round,
    )


@policy.on(disputes.DesignationEntered, received=True, addressed="other_id")
def note_designation(
    event: disputes.DesignationEntered, context: PolicyContext
) -> disputes.NoteDesignationRequest | None:
    """Where the common superior designated the other side, this one signs that it gives the case up."""
    if not event.other_case_id:
        return None
    return disputes.NoteDesignationRequest(
        case_id=event.other_case_id,
        dispute_id=event.dispute_id,
        told_by=context.teller,
        other_case_id=event.case_id,
        round=event.round,
    )


@policy.on(side.DisputeEscalated, received=True, addressed="other_id")
def note_escalation(
    event: side.DisputeEscalated, context: PolicyContext
) -> disputes.NoteDisputeEscalationRequest | None:
    """What the other side brought before the superior of both is no longer negotiated here."""
    if not event.other_case_id:
        return None
    return disputes.NoteDisputeEscalationRequest(
        case_id=event.other_case_id,
        told_by=context.teller,
        other_case_id=event.case_id,
        occurred_at=to_timestamp(context.occurred_at),
        round=event.round,
        superior_id=event.superior_id,
        reason=event.reason,
    )


@policy.on(designations.JurisdictionDesignated, received=True, addressed="side_ids")
def note_superior_designation(
    event: designations.JurisdictionDesignated, context: PolicyContext
) -> disputes.NoteSuperiorDesignationRequest | None:
    """Whom the common superior designated holds in this side's case."""
    cases = dict(zip(event.side_ids, event.case_ids, strict=True))
    case_id = cases.pop(context.authority.id)
    if not case_id:
        return None
    return disputes.NoteSuperiorDesignationRequest(
        case_id=case_id,
        told_by=context.teller,
        other_id=next(iter(cases), ""),
        other_case_id=next(iter(cases.values()), ""),
        owner_id=event.owner_id,
        round=event.round,
        number=event.number,
    )


@policy.on(clocks.DeadlineMissed, received=False)
def remind_superior(event: clocks.DeadlineMissed, context: PolicyContext) -> disputes.RemindSuperiorRequest | None:
    """A superior that is silent is reminded, again each time."""
    if event.rule_id != DESIGNATION_AWAITED.rule_id:
        return None
    return disputes.RemindSuperiorRequest(case_id=event.subject_id)


@policy.on(side.JurisdictionSettled, received=True, addressed="other_id")
def note_settlement(
    event: side.JurisdictionSettled, context: PolicyContext
) -> side.NoteJurisdictionDisputeRequest | None:
    """How the other side records that it ended, holds here, too."""
    if not event.other_case_id:
        return None
    return side.NoteJurisdictionDisputeRequest(
        case_id=event.other_case_id,
        dispute_id=event.dispute_id,
        told_by=context.teller,
        other_case_id=event.case_id,
        owner_id=event.owner_id,
        way=event.way,
        round=event.round,
    )


_PARTY_KINDS: Final = {"个人": pb.PARTY_KIND_PERSON, "单位": pb.PARTY_KIND_ORGANISATION}
