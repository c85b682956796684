"""What the cases service does when something is in the ledger.

CaseHandedOff to this authority, own or received  ──▶ RegisterClue
EvidenceRecognised for a case                     ──▶ AddRecognisedEvidence
a step of this authority's own criminal transfer  ──▶ NoteCriminalTransfer; so does the notice to the police to file
its outcome                                       ──▶ NoteCriminalOutcome
a fine paid, moved or paid back, or changed       ──▶ ReviewSetOff
a suspicion of a crime, and its answer            ──▶ NoteSuspicion
a clue, a case, a notice, a defence, a review, something
seen on the spot                                  ──▶ AskAboutAct; another's inquiry ──▶ AnswerActInquiry; its
answer                                            ──▶ RecordActAnswer
what does not fit on the spot                     ──▶ RegisterClue
a party of an incident that is proceeded against  ──▶ RegisterClue
a collection of an on-the-spot fine that ended    ──▶ NoteOnSpotPerformance
a number that was taken for a case                ──▶ NumberCase
seized items that were auctioned                  ──▶ NoteItemsAuctioned
CaseTransferredToAuthority to this authority      ──▶ RegisterClue
a hand-over that its receiver accepted            ──▶ HandOnCase
what the receiver of a case made of it            ──▶ NoteAdministrativeTransfer
a dispute that another authority raised or ended  ──▶ NoteJurisdictionDispute; its position ──▶ NoteDisputePosition;
its designation                                   ──▶ NoteDesignation
how far the money of a decision has come          ──▶ NotePerformance
an opinion that this authority is competent for   ──▶ RegisterClue, or NoteOpinion on the case that is there
the withdrawal of the opinion                     ──▶ NoteOpinionWithdrawal
evidence of an opinion that joins its case        ──▶ AddConvertedEvidence
the told time of a test that is over              ──▶ EndTestingTime
the period of a publication that is over          ──▶ EndPublication
"""

from datetime import timedelta
from typing import Any, Final

from enforcement.cases.v1 import act_inquiry_pb2 as inquiries
from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import opinion_pb2 as opinion
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.cross_border.v1 import events_pb2 as cross_border
from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.documents.v1 import events_pb2 as documents
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.non_site.v1 import incident_pb2 as incidents
from enforcement.transfer.v1 import events_pb2 as transfer
from enforcement.transfer.v1 import opinion_pb2 as opinions
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import supervision_pb2 as supervision
from enforcement.transfer.v1 import suspicion_pb2 as suspicions

from services.cases.deadlines import PUBLIC, PUBLIC_SHORT, TESTING
from services.kernel.messages import to_datetime, to_timestamp
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
        vessel=pb.Vessel(
            name=found.name,
            identification_number=found.identifier,
            operating_certificate_number=found.licence_number,
        )
        if found.kind == joint.OBJECT_KIND_VESSEL
        else None,
        handed_off_by=context.origin or "",
        finding_id=event.finding_id,
        participation_id=event.participation_id,
        attachments=event.evidence,
    )


@policy.on(documents.NumberTaken, received=False)
def number_case(event: documents.NumberTaken, context: PolicyContext) -> commands.NumberCaseRequest | None:
    """A number of the series of cases is that of the case for which it was taken (案号)."""
    if event.series != "case":
        return None
    return commands.NumberCaseRequest(case_id=event.for_id, case_number=event.text)


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
    transfer.TransferRejected,
    transfer.CaseTransferred,
    transfer.PoliceReceiptRecorded,
    transfer.PoliceFilingRecorded,
    transfer.PoliceRefusalRecorded,
    transfer.PropertyHandedOver,
    transfer.CaseReturned,
    outcomes.TransferClosed,
    received=False,
)
def note_criminal_transfer(event: Any, context: PolicyContext) -> commands.NoteCriminalTransferRequest | None:
    """The case keeps how far its transfer has come, from approval to return.

    A filing notice that comes after the end of the criminal case takes no case back to the police, and materials that
    go to them without property end no seizure.
    """
    if isinstance(event, transfer.PoliceFilingRecorded) and event.moves_nothing:
        return None
    if isinstance(event, transfer.PropertyHandedOver) and not event.item_count:
        return None
    return commands.NoteCriminalTransferRequest(
        case_id=event.case_id, transfer_id=event.transfer_id, phase=_PHASES[type(event)]
    )


@policy.on(supervision.SupervisionStepRecorded, received=False)
def note_filing_order(
    event: supervision.SupervisionStepRecorded, context: PolicyContext
) -> commands.NoteCriminalTransferRequest | None:
    """Police that are told to open a criminal case have the case, also when it had come back.

    A step about police that passed it on names no case.
    """
    if event.step != supervision.SUPERVISION_STEP_ORDERED or not event.case_id:
        return None
    return commands.NoteCriminalTransferRequest(
        case_id=event.case_id, transfer_id=event.transfer_id, phase=pb.TRANSFER_PHASE_RECEIVED
    )


@policy.on(outcomes.OutcomeRecorded, received=False)
def note_criminal_outcome(
    event: outcomes.OutcomeRecorded, context: PolicyContext
) -> sanctions.NoteCriminalOutcomeRequest:
    """What became of the criminal case decides what may still be imposed, and what is deducted (折抵)."""
    return sanctions.NoteCriminalOutcomeRequest(
        case_id=event.case_id,
        transfer_id=event.transfer_id,
        outcome=_OUTCOMES[event.outcome],
        criminal_fine_fen=event.criminal_fine_fen,
        custody_days=event.custody_days,
    )


@policy.on(
    collection.PaymentRecorded,
    collection.FineCollectedOnSite,
    collection.DifferenceResolved,
    collection.RefundExecuted,
    collection.PaymentReversed,
    collection.AuctionProceedsReceived,
    decisions.DecisionAmended,
    decisions.DecisionRevoked,
    received=False,
)
def review_set_off(event: Any, context: PolicyContext) -> sanctions.ReviewSetOffRequest | None:
    """What is paid or owed of the fine changed: what a criminal fine is reduced by may have changed with it."""
    if not event.case_id or not _moves_the_fine(event):
        return None
    return sanctions.ReviewSetOffRequest(case_id=event.case_id)


@policy.on(suspicions.SuspicionRaised, suspicions.SuspicionAnswered, received=False)
def note_suspicion(
    event: suspicions.SuspicionRaised | suspicions.SuspicionAnswered, context: PolicyContext
) -> sanctions.NoteSuspicionRequest:
    """Whoever decides a fine is warned while nobody answered why the case does not go to the police (以罚代刑)."""
    return sanctions.NoteSuspicionRequest(
        case_id=event.case_id,
        suspicion_id=event.suspicion_id,
        open=isinstance(event, suspicions.SuspicionRaised),
    )


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
        place=event.place,
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


@policy.on(pb.CaseFiled, pb.CaseNotFiled, received=True, addressed="handed_off_by")
def note_administrative_transfer(
    event: pb.CaseFiled | pb.CaseNotFiled, context: PolicyContext
) -> side.NoteAdministrativeTransferRequest | None:
    """The receiver filed the case, and has it; or it filed none, and the case is here again."""
    if not event.sender_case_id:
        return None
    return side.NoteAdministrativeTransferRequest(
        case_id=event.sender_case_id, receiver_id=context.teller, accepted=isinstance(event, pb.CaseFiled)
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
    return disputes.NoteDesignationRequest(case_id=event.other_case_id, told_by=context.teller, round=event.round)


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


@policy.on(
    collection.CollectionOpened,
    collection.CollectionPerformed,
    collection.CollectionReopened,
    collection.ExecutionEnded,
    received=False,
)
def note_performance(event: Any, context: PolicyContext) -> side.NotePerformanceRequest | None:
    """The case keeps how far the money of its decision has come; a penalty on the spot is no case of these."""
    if not event.case_id:
        return None
    return side.NotePerformanceRequest(
        case_id=event.case_id, collection_id=event.collection_id, phase=_PERFORMANCE[type(event)]
    )


@policy.on(
    pb.ClueRegistered,
    pb.CaseFiled,
    pb.NoticeServed,
    pb.DefenceRecorded,
    review.LegalReviewCompleted,
    on_spot.OnSpotObserved,
    received=False,
)
def ask_about_act(event: Any, context: PolicyContext) -> inquiries.AskAboutActRequest:
    """Others are asked about the same act before filing, when the party is known, and when a decision may be next.

    An answer says how it stood that day: between notice and decision another authority may have fined.
    """
    matter = event.on_spot_id if isinstance(event, on_spot.OnSpotObserved) else event.case_id
    return inquiries.AskAboutActRequest(matter_id=matter)


@policy.on(inquiries.ActInquirySent, received=True, addressed="recipient_ids")
def answer_act_inquiry(event: inquiries.ActInquirySent, context: PolicyContext) -> inquiries.AnswerActInquiryRequest:
    """Whoever asks is answered by itself, with the least that answers."""
    return inquiries.AnswerActInquiryRequest(
        inquiry_id=event.inquiry_id,
        requester_id=context.teller,
        subjects=event.subjects,
        act_codes=event.act_codes,
        from_on=event.from_on,
        to_on=event.to_on,
        first_violation=event.first_violation,
    )


@policy.on(inquiries.ActInquiryAnswered, received=True, addressed="requester_id")
def record_act_answer(event: inquiries.ActInquiryAnswered, context: PolicyContext) -> inquiries.RecordActAnswerRequest:
    """What another authority answered stands beside the case as a warning."""
    return inquiries.RecordActAnswerRequest(
        inquiry_id=event.inquiry_id,
        responder_id=context.teller,
        matches=event.matches,
        complete=event.complete,
        offences=event.offences,
        offences_known=event.offences_known,
    )


@policy.on(on_spot.OnSpotReferred, received=False)
def take_over_from_the_spot(event: on_spot.OnSpotReferred, context: PolicyContext) -> commands.RegisterClueRequest:
    """What does not fit on the spot goes on as a clue."""
    return commands.RegisterClueRequest(
        source=pb.CLUE_SOURCE_INSPECTION,
        act_code=event.act_code,
        act_on=event.act_on,
        place=event.place,
        facts=event.facts,
        party=event.party,
        vehicle=event.vehicle if event.HasField("vehicle") else None,
        vessel=event.vessel if event.HasField("vessel") else None,
        attachments=event.attachments,
        incident_id=event.incident_id,
        capture_id=event.capture_id,
    )


@policy.on(incidents.IncidentPartyAdded, received=False)
def register_clue_of_incident(
    event: incidents.IncidentPartyAdded, context: PolicyContext
) -> commands.RegisterClueRequest:
    """Each party of an incident that is proceeded against has a case of its own (一超四罚)."""
    return commands.RegisterClueRequest(
        case_id=event.case_id,
        source=pb.CLUE_SOURCE_INSPECTION,
        act_code=event.act_code,
        act_on=event.act_on,
        place=event.place,
        facts=event.facts,
        party=event.party if event.HasField("party") else None,
        vehicle=event.vehicle if event.HasField("vehicle") else None,
        attachments=event.evidence,
        incident_id=event.incident_id,
        incident_role=event.role,
        capture_id=event.capture_id,
    )


@policy.on(collection.CollectionPerformed, collection.ExecutionEnded, received=False)
def note_on_spot_performance(event: Any, context: PolicyContext) -> on_spot.NoteOnSpotPerformanceRequest | None:
    """An on-the-spot penalty keeps how its money ended when it was not collected on the spot."""
    if not event.on_spot_id:
        return None
    return on_spot.NoteOnSpotPerformanceRequest(
        on_spot_id=event.on_spot_id,
        collection_id=event.collection_id,
        performed=isinstance(event, collection.CollectionPerformed),
    )


@policy.on(collection.AuctionSold, received=False)
def end_seizure_of_sold(event: collection.AuctionSold, context: PolicyContext) -> commands.NoteItemsAuctionedRequest:
    """What was auctioned to set off the fine is seized no more."""
    return commands.NoteItemsAuctionedRequest(case_id=event.case_id, measure_id=event.measure_id)


@policy.on(clocks.DeadlineMissed, received=False)
def end_testing_time(event: clocks.DeadlineMissed, context: PolicyContext) -> evidence.EndTestingTimeRequest | None:
    """The told time of a test is over: its last instant is the last that does not count."""
    if event.rule_id != TESTING.rule_id:
        return None
    last = to_datetime(event.effective_due_at) - timedelta(microseconds=1)
    return evidence.EndTestingTimeRequest(case_id=event.subject_id, occurred_at=to_timestamp(last))


@policy.on(clocks.DeadlineMissed, received=False)
def end_publication(event: clocks.DeadlineMissed, context: PolicyContext) -> publication.EndPublicationRequest | None:
    """What was public for its whole period is taken down at its end."""
    if event.rule_id not in (PUBLIC.rule_id, PUBLIC_SHORT.rule_id):
        return None
    return publication.EndPublicationRequest(case_id=event.subject_id, occurred_at=event.effective_due_at)


def _moves_the_fine(event: Any) -> bool:
    match event:
        case collection.PaymentRecorded() | collection.RefundExecuted():
            return bool(event.account == collection.ACCOUNT_FINE)
        case collection.PaymentReversed() | collection.AuctionProceedsReceived():
            return event.fine_fen > 0
        case collection.DifferenceResolved():
            return collection.ACCOUNT_FINE in (event.from_account, event.to_account) and event.moved_fen > 0
        case _:
            return True


@policy.on(opinions.OpinionHandedToCases, received=False)
def register_clue_of_opinion(
    event: opinions.OpinionHandedToCases, context: PolicyContext
) -> commands.RegisterClueRequest:
    """An opinion that this authority is competent for becomes a clue from another department (有关部门移送).

    The party is set when the opinion names one; of several each is a case of its own, which the filing sorts out.
    """
    content = event.content
    alone = content.persons[0] if len(content.persons) == 1 else None
    return commands.RegisterClueRequest(
        case_id=event.case_id,
        source=pb.CLUE_SOURCE_OTHER_AUTHORITY,
        act_code=content.act_code,
        act_on=content.act_on,
        place=content.place,
        facts=content.facts,
        party=pb.Party(
            kind=pb.PARTY_KIND_ORGANISATION if alone.organisation else pb.PARTY_KIND_PERSON,
            name=alone.name,
            id_number=alone.id_number,
            phone=alone.phone,
            address=alone.address,
        )
        if alone is not None
        else None,
        attachments=[file for file in (content.document, content.decision) if file.sha256],
        opinion_case_id=event.opinion_case_id,
    )


@policy.on(opinions.OpinionLinkedToCase, received=False)
def note_opinion(event: opinions.OpinionLinkedToCase, context: PolicyContext) -> opinion.NoteOpinionRequest:
    """A case that is there before, often the one that had gone to the police, handles what an opinion is about."""
    return opinion.NoteOpinionRequest(case_id=event.case_id, opinion_case_id=event.opinion_case_id)


@policy.on(opinions.OpinionWithdrawalRecorded, received=False)
def note_opinion_withdrawal(
    event: opinions.OpinionWithdrawalRecorded, context: PolicyContext
) -> opinion.NoteOpinionWithdrawalRequest | None:
    """The case on an opinion that was withdrawn goes on by itself."""
    if not event.case_id:
        return None
    return opinion.NoteOpinionWithdrawalRequest(
        case_id=event.case_id, opinion_case_id=event.opinion_case_id, reason=event.reason
    )


@policy.on(opinions.OpinionEvidenceConverted, received=False)
def add_converted_evidence(
    event: opinions.OpinionEvidenceConverted, context: PolicyContext
) -> opinion.AddConvertedEvidenceRequest:
    """Evidence from the criminal file joins the case."""
    return opinion.AddConvertedEvidenceRequest(
        case_id=event.case_id,
        evidence_id=event.item.item_id,
        kind=_CRIMINAL_EVIDENCE[event.item.kind],
        description=event.item.title,
        file=event.item.file if event.item.HasField("file") else None,
        gathered_by=event.gathered_by,
        opinion_case_id=event.opinion_case_id,
        reconfirm_required=event.reconfirm_required,
    )


_PERFORMANCE: Final = {
    collection.CollectionOpened: side.PERFORMANCE_PHASE_OPENED,
    collection.CollectionReopened: side.PERFORMANCE_PHASE_OPENED,
    collection.CollectionPerformed: side.PERFORMANCE_PHASE_PERFORMED,
    collection.ExecutionEnded: side.PERFORMANCE_PHASE_EXECUTION_ENDED,
}

_PARTY_KINDS: Final = {"个人": pb.PARTY_KIND_PERSON, "单位": pb.PARTY_KIND_ORGANISATION}


_PHASES: Final = {
    transfer.TransferApproved: pb.TRANSFER_PHASE_APPROVED,
    transfer.TransferRejected: pb.TRANSFER_PHASE_REJECTED,
    transfer.CaseTransferred: pb.TRANSFER_PHASE_SENT,
    transfer.PoliceReceiptRecorded: pb.TRANSFER_PHASE_RECEIVED,
    transfer.PoliceFilingRecorded: pb.TRANSFER_PHASE_FILED,
    transfer.PoliceRefusalRecorded: pb.TRANSFER_PHASE_REFUSED,
    transfer.PropertyHandedOver: pb.TRANSFER_PHASE_HANDED_OVER,
    transfer.CaseReturned: pb.TRANSFER_PHASE_RETURNED,
    outcomes.TransferClosed: pb.TRANSFER_PHASE_CONCLUDED,
}

_OUTCOMES: Final = {
    outcomes.TRANSFER_OUTCOME_WITHDRAWN: sanctions.CRIMINAL_OUTCOME_WITHDRAWN,
    outcomes.TRANSFER_OUTCOME_NON_PROSECUTION: sanctions.CRIMINAL_OUTCOME_NON_PROSECUTION,
    outcomes.TRANSFER_OUTCOME_CONVICTED: sanctions.CRIMINAL_OUTCOME_CONVICTED,
    outcomes.TRANSFER_OUTCOME_EXEMPTED: sanctions.CRIMINAL_OUTCOME_EXEMPTED,
    outcomes.TRANSFER_OUTCOME_ACQUITTED: sanctions.CRIMINAL_OUTCOME_ACQUITTED,
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

_CRIMINAL_EVIDENCE: Final = {
    opinions.CRIMINAL_EVIDENCE_KIND_PHYSICAL: pb.EVIDENCE_KIND_PHYSICAL,
    opinions.CRIMINAL_EVIDENCE_KIND_DOCUMENT: pb.EVIDENCE_KIND_DOCUMENT,
    opinions.CRIMINAL_EVIDENCE_KIND_WITNESS: pb.EVIDENCE_KIND_TESTIMONY,
    opinions.CRIMINAL_EVIDENCE_KIND_VICTIM: pb.EVIDENCE_KIND_TESTIMONY,
    opinions.CRIMINAL_EVIDENCE_KIND_SUSPECT: pb.EVIDENCE_KIND_PARTY_STATEMENT,
    opinions.CRIMINAL_EVIDENCE_KIND_EXPERT: pb.EVIDENCE_KIND_EXPERT_OPINION,
    opinions.CRIMINAL_EVIDENCE_KIND_RECORD: pb.EVIDENCE_KIND_SCENE_RECORD,
    opinions.CRIMINAL_EVIDENCE_KIND_AUDIO_VISUAL: pb.EVIDENCE_KIND_AUDIOVISUAL,
    opinions.CRIMINAL_EVIDENCE_KIND_ELECTRONIC: pb.EVIDENCE_KIND_ELECTRONIC,
}
