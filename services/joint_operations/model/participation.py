"""What one authority does in an operation, kept in its own ledger (参加联合执法).

    INVITED ──accept──▶ ACCEPTED ──roster──▶ ROSTERED ──close field work──▶ REPORTED ──lead publishes──▶ SUMMARISED
       │                   ▲                      ▲ check-in, inspections,    │ sign the summary
       └─decline─▶ DECLINED┘                      │ findings, education …     │
                   after all                      └────────── reopen ─────────┘

The authority in whose territory a checkpoint lies inspects there, by two of its own officers; officers of partners are
recorded as assisting (协助). A finding and its act have one owner, competent at a place of the act. Devices record
without a network and send later, so an inspection does not wait for the record of its checkpoint's opening.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.joint_operations.numbers import VERSION, Tally, count, numbers, total
from services.joint_operations.summary import summary_text
from services.kernel.clock import SHANGHAI
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused, refusals
from services.kernel.facts import Act
from services.kernel.ledger import ids
from services.kernel.messages import to_timestamp
from services.kernel.values import term

Refusal = refusals("enforcement.joint_operations.v1")


class Stage(StrEnum):
    """Stages of a participation."""

    INVITED = "已受邀"
    ACCEPTED = "已应邀"
    DECLINED = "已谢绝"
    ROSTERED = "执行中"
    REPORTED = "已报告"
    SUMMARISED = "已总结"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What later steps ask about an inspection."""

    checkpoint_id: str
    object: pb.InspectedObject
    object_no: int
    result: pb.InspectionResult.ValueType
    acts: frozenset[str] = frozenset()
    """Codes of the acts that it found."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspected violation and its way to the owner."""

    recorded: pb.FindingRecorded
    found_at: datetime
    owner_id: str = ""
    handed_off: bool = False
    case_id: str = ""


@dataclass(frozen=True, slots=True)
class Participation(Staged):
    """What the decisions of a participant read."""

    stage: Stage = Stage.INVITED
    invitation: pb.InvitationReceived = field(default_factory=pb.InvitationReceived)
    checkpoints: Mapping[str, pb.Checkpoint] = field(default_factory=dict)
    cars: int = 0
    roster: Sequence[pb.RosterEntry] = ()
    present: frozenset[tuple[str, str, date]] = frozenset()
    """Checkpoint, officer and day of each check-in."""
    open_checkpoints: frozenset[str] = frozenset()
    objects: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    """Number of each object inspected, by what it is known by."""
    inspected: frozenset[tuple[str, int, int]] = frozenset()
    """Checkpoint, object number and second of each inspection."""
    inspections: Mapping[str, Inspection] = field(default_factory=dict)
    findings: Mapping[str, Finding] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    summary: pb.SummaryReceived | None = None
    signed: str = ""
    """Proposal that this authority signed."""


participation = Aggregate("participation", Participation)


def participation_of(operation_id: str, lead_id: str, participant_id: str) -> str:
    """Id of an authority's participation: it follows from operation, lead and participant.

    The lead's id comes from the signature on what arrived, so no other authority's message can reach the stream.
    """
    return str(ids.derive(UUID(operation_id), f"{lead_id}/{participant_id}"))


@participation.decide(commands.OpenParticipationRequest, basis="行政处罚法 art. 26")
def open_participation(state: Participation, command: commands.OpenParticipationRequest, context: Context) -> Events:
    """An invitation comes from the lead itself."""
    _from_lead(command.lead_id, context)
    yield pb.InvitationReceived(
        participation_id=command.participation_id,
        operation_id=command.operation_id,
        lead_id=command.lead_id,
        operation_type=command.operation_type,
        themes=command.themes,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        checkpoints=command.checkpoints,
        name=command.name,
        purpose=command.purpose,
        contact=command.contact,
    )


@participation.evolve(pb.InvitationReceived)
def invitation_received(state: Participation, event: pb.InvitationReceived) -> Participation:
    checkpoints = {checkpoint.checkpoint_id: checkpoint for checkpoint in event.checkpoints}
    return replace(state, stage=Stage.INVITED, invitation=event, checkpoints=checkpoints)


@participation.decide(commands.AcceptInvitationRequest, basis="行政处罚法 arts. 26, 42")
def accept(state: Participation, command: commands.AcceptInvitationRequest, context: Context) -> Events:
    """Officers who are sent have active credentials; whoever is competent at a checkpoint sends at least two."""
    state.require(Stage.INVITED, Stage.DECLINED)
    own = [id_ for id_, checkpoint in state.checkpoints.items() if checkpoint.competent_id == context.authority.id]
    if own and len(set(command.officer_ids)) < 2:
        raise Refused(Refusal.TOO_FEW_OFFICERS, checkpoints="、".join(own))
    yield pb.InvitationAccepted(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        officers=[context.active_officer(officer_id) for officer_id in command.officer_ids],
        cars=[pb.PatrolCar(car_no=number, plate=plate) for number, plate in enumerate(command.car_plates, start=1)],
        devices=command.devices,
    )


@participation.evolve(pb.InvitationAccepted)
def accepted(state: Participation, event: pb.InvitationAccepted) -> Participation:
    return replace(state, stage=Stage.ACCEPTED, cars=len(event.cars))


@participation.decide(commands.DeclineInvitationRequest, basis="行政处罚法 art. 26")
def decline(state: Participation, command: commands.DeclineInvitationRequest, context: Context) -> Events:
    """Each authority answers for itself, and says why when it declines."""
    state.require(Stage.INVITED)
    yield pb.InvitationDeclined(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        reason=command.reason,
    )


@participation.evolve(pb.InvitationDeclined)
def declined(state: Participation, event: pb.InvitationDeclined) -> Participation:
    return replace(state, stage=Stage.DECLINED)


@participation.decide(commands.ReceiveRosterRequest, basis="行政处罚法 art. 42")
def receive_roster(state: Participation, command: commands.ReceiveRosterRequest, context: Context) -> Events:
    """The lead's roster says who stands where; a later one replaces the earlier."""
    _from_lead(state.invitation.lead_id, context)
    yield pb.RosterReceived(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        roster_version=command.roster_version,
        entries=command.entries,
    )


@participation.evolve(pb.RosterReceived)
def roster_received(state: Participation, event: pb.RosterReceived) -> Participation:
    stage = Stage.ROSTERED if state.stage is Stage.ACCEPTED else state.stage
    return replace(state, stage=stage, roster=tuple(event.entries))


@participation.decide(commands.CheckInRequest, basis="行政处罚法 arts. 42, 55")
def check_in(state: Participation, command: commands.CheckInRequest, context: Context) -> Events:
    """An officer reports where the roster puts the officer, with an active credential that day; once a day counts."""
    state.require(Stage.ROSTERED)
    _checkpoint(state, command.checkpoint_id)
    officer = context.active_officer(command.officer_id)
    entry = _rostered(state, context.authority.id, command.officer_id, command.checkpoint_id)
    if command.car_no > state.cars:
        raise Refused(Refusal.CAR_UNKNOWN, car=command.car_no)
    if (command.checkpoint_id, command.officer_id, context.today) in state.present:
        return
    yield pb.OfficerCheckedIn(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        checkpoint_id=command.checkpoint_id,
        officer_no=entry.officer_no,
        car_no=command.car_no,
        officer=officer,
        position=command.position if command.HasField("position") else None,
    )


@participation.evolve(pb.OfficerCheckedIn)
def checked_in(state: Participation, event: pb.OfficerCheckedIn, act: Act) -> Participation:
    present = (event.checkpoint_id, event.officer.officer_id, act.occurred_at.astimezone(SHANGHAI).date())
    return replace(state, present=state.present | {present}, tally=count(state.tally, event, act.occurred_at))


@participation.decide(commands.OpenCheckpointRequest, basis="行政处罚法 arts. 22, 42")
def open_checkpoint(state: Participation, command: commands.OpenCheckpointRequest, context: Context) -> Events:
    """A checkpoint is opened by the authority competent there, with two of its officers on the spot."""
    state.require(Stage.ROSTERED)
    _own_checkpoint(state, command.checkpoint_id, context)
    officers = _two_rostered(state, command.officer_ids, command.checkpoint_id, context)
    here = [one for one in officers if (command.checkpoint_id, one.officer_id, context.today) in state.present]
    if len(here) < 2:
        raise Refused(Refusal.CHECKPOINT_UNMANNED, checkpoint=command.checkpoint_id, found=len(here))
    if command.checkpoint_id in state.open_checkpoints:
        return
    yield pb.CheckpointOpened(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        checkpoint_id=command.checkpoint_id,
        officers=officers,
        position=command.position if command.HasField("position") else None,
    )


@participation.evolve(pb.CheckpointOpened)
def checkpoint_opened(state: Participation, event: pb.CheckpointOpened) -> Participation:
    return replace(state, open_checkpoints=state.open_checkpoints | {event.checkpoint_id})


@participation.decide(commands.RecordInspectionRequest, basis="行政处罚法 arts. 22, 42; 道路运输条例 arts. 58, 59")
def record_inspection(state: Participation, command: commands.RecordInspectionRequest, context: Context) -> Events:
    """The authority competent at the checkpoint inspects, by two of its active officers on the roster; others assist.

    The same object at the same checkpoint in the same second is the same inspection; at another time it is another one.
    """
    state.require(Stage.ROSTERED)
    _own_checkpoint(state, command.checkpoint_id, context)
    officers = _two_rostered(state, command.officer_ids, command.checkpoint_id, context)
    assisting = [_assistant(state, one, command.checkpoint_id, context) for one in command.assisting]
    object_no = state.objects.get(known_by(command.object), len(state.objects) + 1)
    inspection_id = command.inspection_id or str(context.new_id("inspection"))
    moment = (command.checkpoint_id, object_no, int(context.occurred_at.timestamp()))
    if moment in state.inspected or inspection_id in state.inspections:
        raise Refused(Refusal.INSPECTION_TWICE)
    yield pb.InspectionRecorded(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        checkpoint_id=command.checkpoint_id,
        inspection_id=inspection_id,
        inspection_class=command.inspection_class,
        result=command.result,
        object_kind=command.object.kind,
        object_no=object_no,
        object=command.object,
        officers=officers,
        assisting=assisting,
        evidence=command.evidence,
    )


@participation.evolve(pb.InspectionRecorded)
def inspection_recorded(state: Participation, event: pb.InspectionRecorded, act: Act) -> Participation:
    inspection = Inspection(event.checkpoint_id, event.object, event.object_no, event.result)
    return replace(
        state,
        objects={**state.objects, known_by(event.object): event.object_no},
        inspected=state.inspected | {(event.checkpoint_id, event.object_no, int(act.occurred_at.timestamp()))},
        inspections={**state.inspections, event.inspection_id: inspection},
        tally=count(state.tally, event, act.occurred_at),
    )


@participation.decide(commands.RecordFindingRequest, basis="行政处罚法 arts. 40, 42, 46")
def record_finding(state: Participation, command: commands.RecordFindingRequest, context: Context) -> Events:
    """A finding comes from an own inspection that found something, by two officers; one act once per inspection.

    Its first place is the checkpoint's; a continuing act, e.g. an unlicensed line, has others too.
    """
    state.require(Stage.ROSTERED)
    inspection = _inspection(state, command.inspection_id)
    if inspection.result != pb.INSPECTION_RESULT_FINDING:
        raise Refused(Refusal.NOTHING_FOUND)
    finding_id = command.finding_id or str(context.new_id("finding"))
    if command.act_code in inspection.acts or finding_id in state.findings:
        raise Refused(Refusal.FINDING_TWICE, act=command.act_code)
    officers = _two_rostered(state, command.officer_ids, inspection.checkpoint_id, context)
    yield pb.FindingRecorded(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        checkpoint_id=inspection.checkpoint_id,
        finding_id=finding_id,
        inspection_id=command.inspection_id,
        act_code=command.act_code,
        object_kind=inspection.object.kind,
        object_no=inspection.object_no,
        facts=command.facts,
        party_name=command.party_name,
        places=[state.checkpoints[inspection.checkpoint_id].place, *command.other_places],
        officers=officers,
        evidence=command.evidence,
    )


@participation.evolve(pb.FindingRecorded)
def finding_recorded(state: Participation, event: pb.FindingRecorded, act: Act) -> Participation:
    inspection = state.inspections[event.inspection_id]
    inspection = replace(inspection, acts=inspection.acts | {event.act_code})
    return replace(
        state,
        inspections={**state.inspections, event.inspection_id: inspection},
        findings={**state.findings, event.finding_id: Finding(event, act.occurred_at)},
        tally=count(state.tally, event, act.occurred_at),
    )


@participation.decide(commands.RecordEducationRequest, basis="design")
def record_education(state: Participation, command: commands.RecordEducationRequest, context: Context) -> Events:
    """Warning education (警示教育) is open to every participant at every checkpoint and is never a penalty."""
    state.require(Stage.ROSTERED)
    _checkpoint(state, command.checkpoint_id)
    yield pb.EducationRecorded(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        checkpoint_id=command.checkpoint_id,
        head_count=command.head_count,
        topic=command.topic,
        material=command.material,
    )


@participation.evolve(pb.EducationRecorded)
def education_recorded(state: Participation, event: pb.EducationRecorded, act: Act) -> Participation:
    return replace(state, tally=count(state.tally, event, act.occurred_at))


@participation.decide(commands.RecordHandlingRequest, basis="行政处罚法 arts. 28, 40, 42")
def record_handling(state: Participation, command: commands.RecordHandlingRequest, context: Context) -> Events:
    """Whatever is done beyond letting go answers a finding of that inspection, by two officers."""
    state.require(Stage.ROSTERED)
    inspection = _inspection(state, command.inspection_id)
    if command.handling != pb.HANDLING_RELEASED and not command.finding_id:
        raise Refused(Refusal.NEEDS_FINDING, handling=term(pb.Handling, command.handling))
    if command.finding_id and _finding(state, command.finding_id).recorded.inspection_id != command.inspection_id:
        raise Refused(Refusal.FINDING_UNKNOWN, finding=command.finding_id)
    officers = _two_rostered(state, command.officer_ids, inspection.checkpoint_id, context)
    yield pb.HandlingRecorded(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        inspection_id=command.inspection_id,
        finding_id=command.finding_id,
        handling=command.handling,
        object_kind=inspection.object.kind,
        object_no=inspection.object_no,
        document_number=command.document_number,
        remark=command.remark,
        officers=officers,
    )


@participation.evolve(pb.HandlingRecorded)
def handling_recorded(state: Participation, event: pb.HandlingRecorded, act: Act) -> Participation:
    return replace(state, tally=count(state.tally, event, act.occurred_at))


@participation.decide(commands.AssignJurisdictionRequest, basis="行政处罚法 arts. 22, 23, 25")
def assign_jurisdiction(state: Participation, command: commands.AssignJurisdictionRequest, context: Context) -> Events:
    """A finding has one owner: a transport authority in whose territory a place of the act lies.

    The checkpoint's place comes first; another place makes another authority competent only when the act went on there.
    """
    state.require(Stage.ROSTERED)
    finding = _finding(state, command.finding_id)
    if finding.owner_id:
        raise Refused(Refusal.OWNER_ASSIGNED, authority=context.member(finding.owner_id).name)
    owner = context.member(command.owner_id)
    places = [place.division_code for place in finding.recorded.places]
    if owner.kind != options.AUTHORITY_KIND_TRANSPORT or not any(map(owner.competent_in, places)):
        raise Refused(Refusal.OWNER_NOT_COMPETENT, authority=owner.name)
    at_checkpoint = owner.competent_in(places[0])
    yield pb.JurisdictionAssigned(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        finding_id=command.finding_id,
        act_code=finding.recorded.act_code,
        owner_id=owner.id,
        ground=pb.JURISDICTION_GROUND_CHECKPOINT if at_checkpoint else pb.JURISDICTION_GROUND_OTHER_PLACE,
    )


@participation.evolve(pb.JurisdictionAssigned)
def jurisdiction_assigned(state: Participation, event: pb.JurisdictionAssigned) -> Participation:
    return _with_finding(state, event.finding_id, owner_id=event.owner_id)


@participation.decide(commands.HandOffCaseRequest, basis="行政处罚法 art. 22; 交通运输行政执法程序规定 art. 9")
def hand_off(state: Participation, command: commands.HandOffCaseRequest, context: Context) -> Events:
    """A finding goes to its owner's case handling once, with what was seen and the hashes of the evidence."""
    finding = _finding(state, command.finding_id)
    if not finding.owner_id:
        raise Refused(Refusal.OWNER_MISSING)
    if finding.handed_off:
        raise Refused(Refusal.HANDED_OFF_ALREADY, authority=context.member(finding.owner_id).name)
    recorded = finding.recorded
    yield pb.CaseHandedOff(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        finding_id=command.finding_id,
        owner_id=finding.owner_id,
        handed_off_by=context.authority.id,
        act_code=recorded.act_code,
        facts=recorded.facts,
        party_name=recorded.party_name,
        object=state.inspections[recorded.inspection_id].object,
        places=recorded.places,
        found_at=to_timestamp(finding.found_at),
        officers=recorded.officers,
        evidence=recorded.evidence,
    )


@participation.evolve(pb.CaseHandedOff)
def handed_off(state: Participation, event: pb.CaseHandedOff) -> Participation:
    return _with_finding(state, event.finding_id, handed_off=True)


@participation.decide(commands.AcknowledgeHandOffRequest, basis="行政处罚法 art. 22")
def acknowledge_hand_off(state: Participation, command: commands.AcknowledgeHandOffRequest, context: Context) -> Events:
    """The owner itself acknowledges, by registering the clue."""
    finding = _finding(state, command.finding_id)
    speaker = context.origin or context.authority.id
    if not finding.handed_off or speaker != finding.owner_id or command.owner_id != finding.owner_id:
        raise Refused(Refusal.NOT_THE_OWNER, owner=finding.owner_id or "—", authority=speaker)
    if finding.case_id:
        return
    yield pb.HandOffAcknowledged(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        finding_id=command.finding_id,
        owner_id=finding.owner_id,
        case_id=command.case_id,
    )


@participation.evolve(pb.HandOffAcknowledged)
def hand_off_acknowledged(state: Participation, event: pb.HandOffAcknowledged) -> Participation:
    return _with_finding(state, event.finding_id, case_id=event.case_id)


@participation.decide(commands.CloseFieldWorkRequest, basis="行政处罚法 art. 22")
def close_field_work(state: Participation, command: commands.CloseFieldWorkRequest, context: Context) -> Events:
    """Field work is over when every result has its finding and every finding its owner; then it is counted."""
    state.require(Stage.ROSTERED)
    unbacked = [
        one for one in state.inspections.values() if one.result == pb.INSPECTION_RESULT_FINDING and not one.acts
    ]
    if unbacked:
        raise Refused(Refusal.RESULT_WITHOUT_FINDING, count=len(unbacked))
    unassigned = [one for one in state.findings.values() if not one.owner_id]
    if unassigned:
        raise Refused(Refusal.FINDINGS_UNASSIGNED, authority=context.authority.name, count=len(unassigned))
    yield pb.FieldWorkReported(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        numbers=numbers(state.tally),
        findings_assigned=len(state.findings),
    )


@participation.evolve(pb.FieldWorkReported)
def field_work_reported(state: Participation, event: pb.FieldWorkReported) -> Participation:
    return replace(state, stage=Stage.REPORTED)


@participation.decide(commands.ReopenFieldWorkRequest, basis="design")
def reopen_field_work(state: Participation, command: commands.ReopenFieldWorkRequest, context: Context) -> Events:
    """Until the summary is published, an act recorded late reopens field work; report and signature no longer stand."""
    state.require(Stage.REPORTED)
    yield pb.FieldWorkReopened(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        reason=command.reason,
    )


@participation.evolve(pb.FieldWorkReopened)
def field_work_reopened(state: Participation, event: pb.FieldWorkReopened) -> Participation:
    return replace(state, stage=Stage.ROSTERED, signed="")


@participation.decide(commands.ReceiveSummaryRequest, basis="design")
def receive_summary(state: Participation, command: commands.ReceiveSummaryRequest, context: Context) -> Events:
    """The lead puts a summary to the participants; a later one replaces the earlier."""
    _from_lead(state.invitation.lead_id, context)
    yield pb.SummaryReceived(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        proposal_id=command.proposal_id,
        by_participant=command.by_participant,
        total=command.total,
        text=command.text,
        lead_name=command.lead_name,
        partner_names=command.partner_names,
    )


@participation.evolve(pb.SummaryReceived)
def summary_received(state: Participation, event: pb.SummaryReceived) -> Participation:
    return replace(state, summary=event)


@participation.decide(commands.SignSummaryRequest, basis="design")
def sign_summary(state: Participation, command: commands.SignSummaryRequest, context: Context) -> Events:
    """A leader signs what this authority's own events give: its numbers, the sum, and a text that says no other."""
    state.require(Stage.REPORTED)
    summary = state.summary
    if summary is None or summary.proposal_id != command.proposal_id:
        raise Refused(Refusal.NO_PROPOSAL, proposal=command.proposal_id)
    if state.signed == command.proposal_id:
        return
    _agree(state, summary, context)
    yield pb.SummarySigned(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        proposal_id=command.proposal_id,
        signer=context.active_officer(context.actor.id),
    )


@participation.evolve(pb.SummarySigned)
def summary_signed(state: Participation, event: pb.SummarySigned) -> Participation:
    return replace(state, signed=event.proposal_id)


@participation.decide(commands.NoteSummaryPublishedRequest, basis="design")
def note_published(state: Participation, command: commands.NoteSummaryPublishedRequest, context: Context) -> Events:
    """With the lead's publication the operation is over for this authority too."""
    _from_lead(state.invitation.lead_id, context)
    if state.stage is Stage.SUMMARISED:
        return
    yield pb.SummaryPublicationNoted(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        proposal_id=command.proposal_id,
    )


@participation.evolve(pb.SummaryPublicationNoted)
def publication_noted(state: Participation, event: pb.SummaryPublicationNoted) -> Participation:
    return replace(state, stage=Stage.SUMMARISED)


def known_by(inspected: pb.InspectedObject) -> tuple[str, ...]:
    """What tells an object from others: plate and colour, a vessel's or an enterprise's number.

    Raises:
        Refused: OBJECT_UNIDENTIFIED.
    """
    plate = inspected.plate.replace(" ", "").replace("·", "").upper()
    colour = pb.PlateColour.Name(inspected.plate_colour) if inspected.plate_colour else ""
    parts = {
        pb.OBJECT_KIND_VEHICLE: {"号牌": plate, "号牌颜色": colour},
        pb.OBJECT_KIND_VESSEL: {"船舶识别号": inspected.identifier},
        pb.OBJECT_KIND_ENTERPRISE: {"统一社会信用代码": inspected.identifier},
    }.get(inspected.kind, {"对象种类": ""})
    missing = [name for name, value in parts.items() if not value]
    if missing:
        raise Refused(Refusal.OBJECT_UNIDENTIFIED, missing="、".join(missing))
    return (str(inspected.kind), *parts.values())


def _from_lead(lead_id: str, context: Context) -> None:
    """Only the lead speaks for the operation."""
    speaker = context.origin or context.authority.id
    if speaker != lead_id:
        raise Refused(Refusal.NOT_A_PARTICIPANT, authority=speaker)


def _checkpoint(state: Participation, checkpoint_id: str) -> pb.Checkpoint:
    checkpoint = state.checkpoints.get(checkpoint_id)
    if checkpoint is None:
        raise Refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint=checkpoint_id)
    return checkpoint


def _own_checkpoint(state: Participation, checkpoint_id: str, context: Context) -> None:
    """Territory decides who inspects: elsewhere this authority's officers assist."""
    competent_id = _checkpoint(state, checkpoint_id).competent_id
    if competent_id != context.authority.id:
        raise Refused(Refusal.OUT_OF_TERRITORY, checkpoint=checkpoint_id, authority=context.member(competent_id).name)


def _rostered(state: Participation, participant_id: str, officer_id: str, checkpoint_id: str) -> pb.RosterEntry:
    for entry in state.roster:
        if (entry.participant_id, entry.officer.officer_id, entry.checkpoint_id) == (
            participant_id,
            officer_id,
            checkpoint_id,
        ):
            return entry
    raise Refused(Refusal.NOT_ON_ROSTER, officer=officer_id, checkpoint=checkpoint_id)


def _two_rostered(
    state: Participation, officer_ids: Sequence[str], checkpoint_id: str, context: Context
) -> list[common.OfficerSnapshot]:
    """Two or more active officers of this authority whom the roster puts at the checkpoint."""
    officers = context.two_active_officers(officer_ids)
    for officer in officers:
        _rostered(state, context.authority.id, officer.officer_id, checkpoint_id)
    return officers


def _assistant(
    state: Participation, assisting: commands.AssistingOfficer, checkpoint_id: str, context: Context
) -> common.OfficerSnapshot:
    """Whoever assists belongs to another participant and stands at the same checkpoint by the roster."""
    if assisting.participant_id == context.authority.id:
        raise Refused(Refusal.NOT_A_PARTNER, officer=assisting.officer_id)
    try:
        return _rostered(state, assisting.participant_id, assisting.officer_id, checkpoint_id).officer
    except Refused as refused:
        raise Refused(Refusal.NOT_A_PARTNER, officer=assisting.officer_id) from refused


def _inspection(state: Participation, inspection_id: str) -> Inspection:
    inspection = state.inspections.get(inspection_id)
    if inspection is None:
        raise Refused(Refusal.INSPECTION_UNKNOWN, inspection=inspection_id)
    return inspection


def _finding(state: Participation, finding_id: str) -> Finding:
    """A finding of this authority; a partner's finding is not known here and not this authority's to act on."""
    finding = state.findings.get(finding_id)
    if finding is None:
        raise Refused(Refusal.FINDING_UNKNOWN, finding=finding_id)
    return finding


def _with_finding(state: Participation, finding_id: str, **changes: str | bool) -> Participation:
    finding = replace(state.findings[finding_id], **changes)  # type: ignore[arg-type]
    return replace(state, findings={**state.findings, finding_id: finding})


def _agree(state: Participation, summary: pb.SummaryReceived, context: Context) -> None:
    """Refuses a summary whose numbers are not this authority's, whose sum is not the sum, or whose text says other."""
    own = {one.participant_id: one.numbers for one in summary.by_participant}.get(context.authority.id)
    if own != numbers(state.tally):
        raise Refused(Refusal.NUMBERS_DIFFER, authority=context.authority.name)
    parts = [one.numbers for one in summary.by_participant]
    if any(part.definition_version != VERSION for part in parts) or summary.total != total(parts):
        raise Refused(Refusal.NUMBERS_DIFFER, authority="合计")
    expected = summary_text(
        name=state.invitation.name,
        starts_on=state.invitation.starts_on,
        ends_on=state.invitation.ends_on,
        lead_name=summary.lead_name,
        partner_names=summary.partner_names,
        numbers=summary.total,
    )
    if summary.text != expected:
        raise Refused(Refusal.TEXT_DIFFERS)
