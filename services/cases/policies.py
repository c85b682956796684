"""What the cases service does when something is in the ledger.

CaseHandedOff to this authority, own or received  ──▶ RegisterClue
EvidenceRecognised for a case                     ──▶ AddRecognisedEvidence
what does not fit on the spot                     ──▶ RegisterClue
a party of an incident that is proceeded against  ──▶ RegisterClue
a collection of an on-the-spot fine that ended    ──▶ NoteOnSpotPerformance
a number that was taken for a case                ──▶ NumberCase
seized items that were auctioned                  ──▶ NoteItemsAuctioned
how far the money of a decision has come          ──▶ NotePerformance
the told time of a test that is over              ──▶ EndTestingTime
the period of a publication that is over          ──▶ EndPublication

Further topics beside this module: criminal_policies, jurisdiction_policies, opinion_policies, act_policies.
"""

from datetime import timedelta
from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.cross_border.v1 import events_pb2 as cross_border
from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.documents.v1 import events_pb2 as documents
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.non_site.v1 import incident_pb2 as incidents

from services.cases.deadlines import TESTING
from services.cases.decided_deadlines import PUBLIC, PUBLIC_SHORT
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.policy import Policy, PolicyContext
from services.kernel.values import day_of, term

policy = Policy("cases")


@policy.on(joint.CaseHandedOff, addressed="owner_id")
def register_clue(event: joint.CaseHandedOff, context: PolicyContext) -> commands.RegisterClueRequest:
    """A finding that a joint operation hands to this authority becomes a clue.

    Of several places of a continuing act one in this authority's territory, which makes it competent, comes first.
    """
    places = sorted(event.places, key=lambda place: not context.authority.competent_in(place.division_code))
    found = event.object
    return commands.RegisterClueRequest(
        source=pb.CLUE_SOURCE_OTHER_AUTHORITY if context.origin else pb.CLUE_SOURCE_INSPECTION,
        act_code=event.act_code,
        act_on=day_of(to_datetime(event.found_at)).isoformat(),
        place=places[0] if places else None,
        other_places=places[1:],
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
    collection.CollectionOpened,
    collection.CollectionPerformed,
    collection.CollectionReopened,
    collection.ExecutionEnded,
    received=False,
)
def note_performance(event: Any, context: PolicyContext) -> side.NotePerformanceRequest | None:
    """The case keeps how far the money of its decision has come, and the cost of its own executions; a penalty on the
    spot is no case of these."""
    case_id = event.case_id or event.of_case_id
    if not case_id:
        return None
    return side.NotePerformanceRequest(
        case_id=case_id,
        collection_id=event.collection_id,
        phase=_PERFORMANCE[type(event)],
        own_execution=bool(event.of_case_id),
    )


@policy.on(
    collection.ExecutionDemanded,
    collection.ImmediateClearingDone,
    collection.OwnExecutionEnded,
    received=False,
)
def note_own_execution(event: Any, context: PolicyContext) -> side.NotePerformanceRequest | None:
    """The case keeps whether the authority's own execution goes on; what was recorded without its case names none."""
    if not event.case_id:
        return None
    over = isinstance(event, collection.OwnExecutionEnded)
    done = over and event.ground in (collection.END_GROUND_COMPLETED, collection.END_GROUND_PARTY_PERFORMED)
    ended = side.PERFORMANCE_PHASE_PERFORMED if done else side.PERFORMANCE_PHASE_EXECUTION_ENDED
    return side.NotePerformanceRequest(
        case_id=event.case_id,
        collection_id=event.execution_id,
        phase=ended if over else side.PERFORMANCE_PHASE_OPENED,
        own_execution=True,
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


@policy.on(collection.CollectionPerformed, collection.CollectionReopened, collection.ExecutionEnded, received=False)
def note_on_spot_performance(event: Any, context: PolicyContext) -> on_spot.NoteOnSpotPerformanceRequest | None:
    """An on-the-spot penalty keeps how its money ended when it was not collected on the spot."""
    if not event.on_spot_id:
        return None
    return on_spot.NoteOnSpotPerformanceRequest(
        on_spot_id=event.on_spot_id,
        collection_id=event.collection_id,
        performed=isinstance(event, collection.CollectionPerformed),
        reopened=isinstance(event, collection.CollectionReopened),
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


_PERFORMANCE: Final = {
    collection.CollectionOpened: side.PERFORMANCE_PHASE_OPENED,
    collection.CollectionReopened: side.PERFORMANCE_PHASE_OPENED,
    collection.CollectionPerformed: side.PERFORMANCE_PHASE_PERFORMED,
    collection.ExecutionEnded: side.PERFORMANCE_PHASE_EXECUTION_ENDED,
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
