"""A finding's way to its owner (确定管辖, 移送管辖)."""

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.joint_operations.model.participation.participation import Participation, Stage, participation
from services.joint_operations.model.shared import Refusal, speaker
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.messages import to_timestamp


@participation.decide(commands.AssignJurisdictionRequest, basis="行政处罚法 arts. 22, 23, 25")
def assign_jurisdiction(state: Participation, command: commands.AssignJurisdictionRequest, context: Context) -> Events:
    """A finding has one owner: a transport authority in whose territory a place of the act lies.

    The checkpoint's place comes first; another place makes another authority competent only when the act went on there.
    A wrong one is put right, with the reason, until the finding is handed off; after that the one that has the case
    hands it to who is competent, or disputes it (`cases`).
    """
    state.require(Stage.ROSTERED)
    finding = state.finding(command.finding_id)
    corrects = command.reason.strip() and finding.owner_id != command.owner_id and not finding.handed_off
    if finding.owner_id and not corrects:
        raise Refused(Refusal.OWNER_ASSIGNED, authority=context.member(finding.owner_id).name)
    owner = context.member(command.owner_id)
    if finding.penalised and owner.id != context.authority.id:
        raise Refused(Refusal.PENALISED_ON_SPOT, authority=context.authority.name)
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
        corrects_id=finding.owner_id,
        reason=command.reason if finding.owner_id else "",
    )


@participation.evolve(pb.JurisdictionAssigned)
def jurisdiction_assigned(state: Participation, event: pb.JurisdictionAssigned) -> Participation:
    return state.with_finding(event.finding_id, owner_id=event.owner_id)


@participation.decide(commands.HandOffCaseRequest, basis="行政处罚法 art. 22; 交通运输行政执法程序规定 art. 9")
def hand_off(state: Participation, command: commands.HandOffCaseRequest, context: Context) -> Events:
    """A finding goes to its owner's case handling once, with what was seen and the hashes of the evidence."""
    finding = state.finding(command.finding_id)
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
    return state.with_finding(event.finding_id, handed_off=True)


@participation.decide(commands.AcknowledgeHandOffRequest, basis="行政处罚法 art. 22")
def acknowledge_hand_off(state: Participation, command: commands.AcknowledgeHandOffRequest, context: Context) -> Events:
    """The owner itself acknowledges, by registering the clue."""
    finding = state.finding(command.finding_id)
    owner_speaks = speaker(context) == command.owner_id == finding.owner_id
    if not (finding.handed_off and owner_speaks):
        raise Refused(Refusal.NOT_THE_OWNER, owner=finding.owner_id or "—", authority=speaker(context))
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
    return state.with_finding(event.finding_id, case_id=event.case_id)
