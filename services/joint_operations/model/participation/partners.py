"""Partners without a node whose record this authority keeps (参与部门到场与签署)."""

from dataclasses import replace

from enforcement.joint_operations.v1 import partners_pb2 as partners

from services.joint_operations.model.participation.participation import Participation, Stage, participation
from services.joint_operations.model.participation.summary import standing_summary
from services.joint_operations.model.shared import APL_26, Refusal, require_lead
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day_of


@participation.decide(partners.HostPartnerRequest, basis=APL_26)
def host_partner(state: Participation, command: partners.HostPartnerRequest, context: Context) -> Events:
    """The lead says whose record a participant keeps."""
    require_lead(state.invitation.lead_id, context)
    if command.partner_id in state.partners:
        return
    yield partners.PartnerHosted(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        partner_id=command.partner_id,
        kind=command.kind,
        name=command.name,
    )


@participation.evolve(partners.PartnerHosted)
def partner_hosted(state: Participation, event: partners.PartnerHosted) -> Participation:
    return replace(state, partners={**state.partners, event.partner_id: event})


@participation.decide(partners.RecordPartnerAttendanceRequest, basis=APL_26)
def record_attendance(
    state: Participation, command: partners.RecordPartnerAttendanceRequest, context: Context
) -> Events:
    """A partner was at a checkpoint on a day: once, with the scan of the sheet that its people signed."""
    state.require(Stage.ROSTERED)
    partner = _partner(state, command.partner_id)
    state.checkpoint(command.checkpoint_id)
    if (command.partner_id, command.checkpoint_id, context.today) in state.attended:
        raise Refused(Refusal.PARTNER_ATTENDED, name=partner.name, checkpoint=command.checkpoint_id)
    yield partners.PartnerAttended(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        partner_id=command.partner_id,
        kind=partner.kind,
        checkpoint_id=command.checkpoint_id,
        head_count=command.head_count,
        led_by=command.led_by,
        scan=command.scan,
    )


@participation.evolve(partners.PartnerAttended)
def partner_attended(state: Participation, event: partners.PartnerAttended, act: Act) -> Participation:
    return replace(state, attended=state.attended | {(event.partner_id, event.checkpoint_id, day_of(act.occurred_at))})


@participation.decide(partners.RecordPartnerSignatureRequest, basis="design")
def record_signature(state: Participation, command: partners.RecordPartnerSignatureRequest, context: Context) -> Events:
    """A partner that was there signs the same summary on paper as the authorities sign: equal to the events."""
    state.require(Stage.REPORTED)
    partner = _partner(state, command.partner_id)
    if command.partner_id not in {partner_id for partner_id, _, _ in state.attended}:
        raise Refused(Refusal.PARTNER_ABSENT, name=partner.name)
    summary = standing_summary(state, command.proposal_id, context)
    yield partners.PartnerSigned(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        partner_id=command.partner_id,
        proposal_id=command.proposal_id,
        digest=summary.digest,
        signed_by=command.signed_by,
        scan=command.scan,
    )


@participation.evolve(partners.PartnerSigned)
def partner_signed(state: Participation, event: partners.PartnerSigned) -> Participation:
    return state


def _partner(state: Participation, partner_id: str) -> partners.PartnerHosted:
    partner = state.partners.get(partner_id)
    if partner is None:
        raise Refused(Refusal.PARTNER_UNKNOWN, partner=partner_id)
    return partner
