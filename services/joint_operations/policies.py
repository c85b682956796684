"""What joint operations do when something is in the ledger: each side notes what the other signed."""

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import partners_pb2 as partners
from enforcement.joint_operations.v1 import plan_changes_pb2 as plans
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing

from services.joint_operations.draw_policies import follow_draws
from services.joint_operations.model.participation import participation_of
from services.kernel.policy import Policy, PolicyContext

policy = Policy("joint_operations")
follow_draws(policy)


@policy.on(pb.ParticipantInvited, addressed="participant_id")
def open_participation(event: pb.ParticipantInvited, context: PolicyContext) -> commands.OpenParticipationRequest:
    """Whoever is invited opens its participation: the lead from its own event, the others from what they received."""
    return commands.OpenParticipationRequest(
        participation_id=_participation(event.operation_id, context),
        operation_id=event.operation_id,
        lead_id=event.lead_id,
        operation_type=event.operation_type,
        themes=event.themes,
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        checkpoints=event.checkpoints,
        name=event.name,
        purpose=event.purpose,
        contact=event.contact,
    )


@policy.on(pb.InvitationAccepted, addressed="lead_id")
def note_joined(event: pb.InvitationAccepted, context: PolicyContext) -> commands.NoteParticipantJoinedRequest:
    """The lead notes who takes part, with what."""
    return commands.NoteParticipantJoinedRequest(
        operation_id=event.operation_id,
        participant_id=event.participant_id,
        officers=event.officers,
        cars=event.cars,
        devices=event.devices,
    )


@policy.on(pb.InvitationDeclined, addressed="lead_id")
def note_declined(event: pb.InvitationDeclined, context: PolicyContext) -> commands.NoteParticipantDeclinedRequest:
    """The lead notes who does not take part."""
    return commands.NoteParticipantDeclinedRequest(
        operation_id=event.operation_id, participant_id=event.participant_id, reason=event.reason
    )


@policy.on(pb.RosterPublished, addressed="participant_ids")
def receive_roster(event: pb.RosterPublished, context: PolicyContext) -> commands.ReceiveRosterRequest:
    """Every participant takes the lead's roster."""
    return commands.ReceiveRosterRequest(
        participation_id=_participation(event.operation_id, context),
        roster_version=event.roster_version,
        entries=event.entries,
        effective_at=event.effective_at if event.HasField("effective_at") else None,
        drawn=event.drawn,
        equipment=event.equipment,
    )


@policy.on(plans.OperationPeriodChanged, addressed="participant_ids")
def note_period_changed(event: plans.OperationPeriodChanged, context: PolicyContext) -> plans.NotePeriodChangedRequest:
    """Every participant has the days of the lead."""
    return plans.NotePeriodChangedRequest(
        participation_id=_participation(event.operation_id, context),
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        reason=event.reason,
    )


@policy.on(plans.OperationCancelled, addressed="participant_ids")
def note_cancelled(event: plans.OperationCancelled, context: PolicyContext) -> plans.NoteOperationCancelledRequest:
    """Every participant learns that the operation does not take place."""
    return plans.NoteOperationCancelledRequest(
        participation_id=_participation(event.operation_id, context), reason=event.reason
    )


@policy.on(pb.CheckpointOpened, addressed="lead_id")
def note_checkpoint_opened(event: pb.CheckpointOpened, context: PolicyContext) -> commands.NoteCheckpointOpenedRequest:
    """The lead learns that a checkpoint is open."""
    return commands.NoteCheckpointOpenedRequest(
        operation_id=event.operation_id, participant_id=event.participant_id, checkpoint_id=event.checkpoint_id
    )


@policy.on(changes.CheckpointClosed, addressed="lead_id")
def note_checkpoint_closed(
    event: changes.CheckpointClosed, context: PolicyContext
) -> changes.NoteCheckpointClosedRequest:
    """The lead learns that a checkpoint is closed."""
    return changes.NoteCheckpointClosedRequest(
        operation_id=event.operation_id, participant_id=event.participant_id, checkpoint_id=event.checkpoint_id
    )


@policy.on(changes.OfficersSent, addressed="lead_id")
def note_officers_sent(event: changes.OfficersSent, context: PolicyContext) -> changes.NoteOfficersSentRequest:
    """The lead learns of more officers."""
    return changes.NoteOfficersSentRequest(
        operation_id=event.operation_id, participant_id=event.participant_id, officers=event.officers
    )


@policy.on(changes.OfficerUnavailable, addressed="lead_id")
def note_officer_unavailable(
    event: changes.OfficerUnavailable, context: PolicyContext
) -> changes.NoteOfficerUnavailableRequest:
    """The lead learns of a gap on its roster."""
    return changes.NoteOfficerUnavailableRequest(
        operation_id=event.operation_id,
        participant_id=event.participant_id,
        officer_id=event.officer_id,
        from_at=event.from_at,
        ground=event.ground,
    )


@policy.on(partners.PartnerListed, addressed="host_id")
def host_partner(event: partners.PartnerListed, context: PolicyContext) -> partners.HostPartnerRequest:
    """The host takes over a partner's record, the lead its own."""
    return partners.HostPartnerRequest(
        participation_id=_participation(event.operation_id, context),
        partner_id=event.partner_id,
        kind=event.kind,
        name=event.name,
    )


@policy.on(partners.PartnerAttended, addressed="lead_id")
def note_partner_attended(
    event: partners.PartnerAttended, context: PolicyContext
) -> partners.NotePartnerAttendedRequest:
    """The lead learns that a partner was there."""
    return partners.NotePartnerAttendedRequest(
        operation_id=event.operation_id,
        participant_id=event.participant_id,
        partner_id=event.partner_id,
        head_count=event.head_count,
    )


@policy.on(partners.PartnerSigned, addressed="lead_id")
def note_partner_signed(event: partners.PartnerSigned, context: PolicyContext) -> partners.NotePartnerSignedRequest:
    """The lead learns that a partner signed on paper."""
    return partners.NotePartnerSignedRequest(
        operation_id=event.operation_id,
        participant_id=event.participant_id,
        partner_id=event.partner_id,
        proposal_id=event.proposal_id,
        digest=event.digest,
    )


@policy.on(pb.FieldWorkReported, addressed="lead_id")
def note_reported(event: pb.FieldWorkReported, context: PolicyContext) -> commands.NoteFieldWorkReportedRequest:
    """The lead takes a participant's numbers."""
    return commands.NoteFieldWorkReportedRequest(
        operation_id=event.operation_id,
        participant_id=event.participant_id,
        numbers=event.numbers,
        findings_assigned=event.findings_assigned,
    )


@policy.on(pb.FieldWorkReopened, addressed="lead_id")
def note_reopened(event: pb.FieldWorkReopened, context: PolicyContext) -> commands.NoteFieldWorkReopenedRequest:
    """The lead learns that a report no longer stands."""
    return commands.NoteFieldWorkReopenedRequest(operation_id=event.operation_id, participant_id=event.participant_id)


@policy.on(pb.SummaryProposed, addressed="participant_ids")
def receive_summary(event: pb.SummaryProposed, context: PolicyContext) -> commands.ReceiveSummaryRequest:
    """Every participant takes the summary for signature."""
    return commands.ReceiveSummaryRequest(
        participation_id=_participation(event.operation_id, context),
        proposal_id=event.proposal_id,
        by_participant=event.by_participant,
        total=event.total,
        text=event.text,
        lead_name=event.lead_name,
        partner_names=event.partner_names,
        figures=event.figures,
        digest=event.digest,
    )


@policy.on(pb.SummarySigned, addressed="lead_id")
def note_signed(event: pb.SummarySigned, context: PolicyContext) -> commands.NoteSummarySignedRequest:
    """The lead notes a signature."""
    return commands.NoteSummarySignedRequest(
        operation_id=event.operation_id,
        participant_id=event.participant_id,
        proposal_id=event.proposal_id,
        digest=event.digest,
    )


@policy.on(refusing.SummaryRefused, addressed="lead_id")
def note_refused(event: refusing.SummaryRefused, context: PolicyContext) -> refusing.NoteSummaryRefusedRequest:
    """The lead notes who does not sign, and why."""
    return refusing.NoteSummaryRefusedRequest(
        operation_id=event.operation_id,
        participant_id=event.participant_id,
        proposal_id=event.proposal_id,
        reason=event.reason,
    )


@policy.on(pb.OperationSummarised, addressed="participant_ids")
def note_published(event: pb.OperationSummarised, context: PolicyContext) -> commands.NoteSummaryPublishedRequest:
    """Every participant notes that the summary is published."""
    return commands.NoteSummaryPublishedRequest(
        participation_id=_participation(event.operation_id, context),
        proposal_id=event.proposal_id,
        unsigned=event.unsigned,
    )


@policy.on(cases.ClueRegistered)
def acknowledge_hand_off(
    event: cases.ClueRegistered, context: PolicyContext
) -> commands.AcknowledgeHandOffRequest | None:
    """A clue that names a participation of this authority answers its hand-off, own or received."""
    own = context.origin is None and event.handed_off_by in ("", context.authority.id)
    handed = context.origin is not None and event.handed_off_by == context.authority.id
    if not event.participation_id or not (own or handed):
        return None
    return commands.AcknowledgeHandOffRequest(
        participation_id=event.participation_id,
        finding_id=event.finding_id,
        owner_id=context.teller,
        case_id=event.case_id,
    )


def _participation(operation_id: str, context: PolicyContext) -> str:
    """This authority's participation in an operation of whoever signed the event."""
    return participation_of(operation_id, context.teller, context.authority.id)
