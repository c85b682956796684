"""Partners without a node: listed by the lead, heard of through their host (参与部门).

They sign nothing electronically, own no finding and count among no officers: their host keeps their attendance sheet
and the paper they signed.
"""

from dataclasses import replace

from enforcement.joint_operations.v1 import partners_pb2 as partners

from services.joint_operations.model.operation.operation import Operation, Partner, Stage, Standing, operation
from services.joint_operations.model.shared import APL_26, Refusal
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused


@operation.decide(partners.ListPartnerRequest, basis=APL_26)
def list_partner(state: Operation, command: partners.ListPartnerRequest, context: Context) -> Events:
    """A partner is listed once, with an invited authority that answers for its record."""
    state.require(Stage.INVITED, Stage.READY, Stage.RUNNING)
    host = state.participants.get(command.host_id)
    if host is None or host.standing is Standing.DECLINED:
        raise Refused(Refusal.NOT_A_PARTICIPANT, authority=command.host_id)
    if command.name in {one.name for one in state.partners.values()}:
        raise Refused(Refusal.PARTNER_LISTED, name=command.name)
    yield partners.PartnerListed(
        operation_id=command.operation_id,
        lead_id=context.authority.id,
        partner_id=str(context.new_id("partner")),
        kind=command.kind,
        host_id=command.host_id,
        name=command.name,
    )


@operation.evolve(partners.PartnerListed)
def partner_listed(state: Operation, event: partners.PartnerListed) -> Operation:
    return _with(state, event.partner_id, Partner(event.name, event.host_id))


@operation.decide(partners.NotePartnerAttendedRequest, basis=APL_26)
def note_attended(state: Operation, command: partners.NotePartnerAttendedRequest, context: Context) -> Events:
    """The lead takes a partner's attendance from its host alone."""
    _hosted(state, command.partner_id, command.participant_id, context)
    yield partners.PartnerAttendanceNoted(
        operation_id=command.operation_id,
        partner_id=command.partner_id,
        participant_id=command.participant_id,
        head_count=command.head_count,
    )


@operation.evolve(partners.PartnerAttendanceNoted)
def attendance_noted(state: Operation, event: partners.PartnerAttendanceNoted) -> Operation:
    partner = state.partners[event.partner_id]
    return _with(state, event.partner_id, replace(partner, head_count=partner.head_count + event.head_count))


@operation.decide(partners.NotePartnerSignedRequest, basis="design")
def note_partner_signed(state: Operation, command: partners.NotePartnerSignedRequest, context: Context) -> Events:
    """A signature on paper holds for the proposal that stands, and for its very content."""
    partner = _hosted(state, command.partner_id, command.participant_id, context)
    proposal = state.proposal
    if proposal is None or command.proposal_id != proposal.proposal_id or partner.signed == command.proposal_id:
        return
    if command.digest != proposal.digest:
        raise Refused(Refusal.DIGEST_DIFFERS, authority=partner.name)
    yield partners.PartnerSignatureNoted(
        operation_id=command.operation_id,
        partner_id=command.partner_id,
        participant_id=command.participant_id,
        proposal_id=command.proposal_id,
    )


@operation.evolve(partners.PartnerSignatureNoted)
def partner_signature_noted(state: Operation, event: partners.PartnerSignatureNoted) -> Operation:
    partner = state.partners[event.partner_id]
    return _with(state, event.partner_id, replace(partner, signed=event.proposal_id))


def _hosted(state: Operation, partner_id: str, participant_id: str, context: Context) -> Partner:
    """A partner of whom its host speaks."""
    state.speaking(participant_id, context)
    partner = state.partners.get(partner_id)
    if partner is None or partner.host_id != participant_id:
        raise Refused(Refusal.PARTNER_UNKNOWN, partner=partner_id)
    return partner


def _with(state: Operation, partner_id: str, partner: Partner) -> Operation:
    return replace(state, partners={**state.partners, partner_id: partner})
