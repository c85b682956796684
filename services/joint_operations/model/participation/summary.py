"""The lead's summary: received, signed, published (行动总结)."""

from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing

from services.joint_operations.model.participation.participation import Participation, Stage, participation
from services.joint_operations.model.shared import Refusal, require_lead
from services.joint_operations.numbers import VERSION, figures, numbers, total
from services.joint_operations.summary import summary_digest, summary_text
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused


@participation.decide(commands.ReceiveSummaryRequest, basis="design")
def receive_summary(state: Participation, command: commands.ReceiveSummaryRequest, context: Context) -> Events:
    """The lead puts a summary to the participants; a later one replaces the earlier, a published one too."""
    require_lead(state.invitation.lead_id, context)
    yield pb.SummaryReceived(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        proposal_id=command.proposal_id,
        by_participant=command.by_participant,
        total=command.total,
        text=command.text,
        lead_name=command.lead_name,
        partner_names=command.partner_names,
        figures=command.figures,
        digest=command.digest,
    )


@participation.evolve(pb.SummaryReceived)
def summary_received(state: Participation, event: pb.SummaryReceived) -> Participation:
    stage = Stage.REPORTED if state.stage is Stage.SUMMARISED else state.stage
    return replace(state, stage=stage, summary=event)


@participation.decide(commands.SignSummaryRequest, basis="design")
def sign_summary(state: Participation, command: commands.SignSummaryRequest, context: Context) -> Events:
    """A leader signs what this authority's own events give: its numbers, the sum, and a text that says no other."""
    state.require(Stage.REPORTED)
    if state.signed == command.proposal_id:
        return
    summary = standing_summary(state, command.proposal_id, context)
    yield pb.SummarySigned(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        proposal_id=command.proposal_id,
        signer=context.active_officer(context.actor.id),
        digest=summary.digest,
    )


@participation.evolve(pb.SummarySigned)
def summary_signed(state: Participation, event: pb.SummarySigned) -> Participation:
    return replace(state, signed=event.proposal_id)


@participation.decide(refusing.RefuseSummaryRequest, basis="design")
def refuse_summary(state: Participation, command: refusing.RefuseSummaryRequest, context: Context) -> Events:
    """A leader says why this authority does not sign: nobody is made to, and nobody holds up a summary in silence."""
    state.require(Stage.REPORTED)
    if state.summary is None or state.summary.proposal_id != command.proposal_id:
        raise Refused(Refusal.NO_PROPOSAL, proposal=command.proposal_id)
    if state.signed == command.proposal_id:
        raise Refused(Refusal.SUMMARY_SIGNED)
    if state.refused == command.proposal_id:
        return
    yield refusing.SummaryRefused(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        proposal_id=command.proposal_id,
        reason=command.reason,
    )


@participation.evolve(refusing.SummaryRefused)
def summary_refused(state: Participation, event: refusing.SummaryRefused) -> Participation:
    return replace(state, refused=event.proposal_id)


@participation.decide(commands.NoteSummaryPublishedRequest, basis="design")
def note_published(state: Participation, command: commands.NoteSummaryPublishedRequest, context: Context) -> Events:
    """With the lead's publication the operation is over for this authority too."""
    require_lead(state.invitation.lead_id, context)
    if state.stage is Stage.SUMMARISED:
        return
    yield pb.SummaryPublicationNoted(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        proposal_id=command.proposal_id,
        unsigned=command.unsigned,
    )


@participation.evolve(pb.SummaryPublicationNoted)
def publication_noted(state: Participation, event: pb.SummaryPublicationNoted) -> Participation:
    return replace(state, stage=Stage.SUMMARISED)


def standing_summary(state: Participation, proposal_id: str, context: Context) -> pb.SummaryReceived:
    """The summary that may be signed: the one that was read, and equal to this authority's events."""
    summary = state.summary
    if summary is None or summary.proposal_id != proposal_id:
        raise Refused(Refusal.NO_PROPOSAL, proposal=proposal_id)
    _agree(state, summary, context)
    return summary


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
    if list(summary.figures) != figures(summary.total):
        raise Refused(Refusal.NUMBERS_DIFFER, authority="口径")
    signed = summary_digest(
        operation_id=summary.operation_id,
        proposal_id=summary.proposal_id,
        by_participant=summary.by_participant,
        total=summary.total,
        text=summary.text,
    )
    if summary.digest != signed:
        raise Refused(Refusal.DIGEST_DIFFERS, authority=summary.lead_name)
