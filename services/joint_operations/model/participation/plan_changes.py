"""The lead's word that days moved, or that the operation does not take place (变更起止日期, 取消行动)."""

from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import plan_changes_pb2 as changes

from services.joint_operations.model.participation.participation import Participation, Stage, participation
from services.joint_operations.model.shared import checkpoints_within, require_lead
from services.kernel.decider import Context, Events


@participation.decide(changes.NotePeriodChangedRequest, basis="design")
def note_period_changed(state: Participation, command: changes.NotePeriodChangedRequest, context: Context) -> Events:
    """The days are those of the lead."""
    require_lead(state.invitation.lead_id, context)
    yield changes.PeriodChangeNoted(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        reason=command.reason,
    )


@participation.evolve(changes.PeriodChangeNoted)
def period_change_noted(state: Participation, event: changes.PeriodChangeNoted) -> Participation:
    invitation = pb.InvitationReceived()
    invitation.CopyFrom(state.invitation)
    invitation.starts_on, invitation.ends_on = event.starts_on, event.ends_on
    kept = checkpoints_within(state.checkpoints.values(), event.starts_on, event.ends_on)
    return replace(state, invitation=invitation, checkpoints={one.checkpoint_id: one for one in kept})


@participation.decide(changes.NoteOperationCancelledRequest, basis="design")
def note_cancelled(state: Participation, command: changes.NoteOperationCancelledRequest, context: Context) -> Events:
    """Whoever has not begun is free again; what was done stands, and is reported to the lead."""
    require_lead(state.invitation.lead_id, context)
    begun = bool(state.doors or state.inspections or state.tally.education_heads)
    yield changes.CancellationNoted(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        reason=command.reason,
        begun=begun,
    )


@participation.evolve(changes.CancellationNoted)
def cancellation_noted(state: Participation, event: changes.CancellationNoted) -> Participation:
    return state if event.begun else replace(state, stage=Stage.CANCELLED)
