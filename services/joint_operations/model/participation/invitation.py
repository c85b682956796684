"""Invitation, answer, and the roster that follows (受邀, 应邀, 谢绝, 人员编组)."""

from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.coverage import BEGIN
from services.joint_operations.model.participation.participation import Participation, Stage, participation
from services.joint_operations.model.shared import APL_26, Refusal, require_lead
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused


@participation.decide(commands.OpenParticipationRequest, basis=APL_26)
def open_participation(state: Participation, command: commands.OpenParticipationRequest, context: Context) -> Events:
    """An invitation comes from the lead itself."""
    require_lead(command.lead_id, context)
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
    """Officers who are sent have active credentials; whoever is competent at a checkpoint sends at least two.

    Whoever had not accepted before a cancellation still may, since the operation may have run after all.
    """
    answerable = (Stage.INVITED, Stage.DECLINED)
    state.require(*answerable, *(() if state.officers else (Stage.CANCELLED,)))
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
    officers = tuple(officer.officer_id for officer in event.officers)
    stage = Stage.CANCELLED if state.stage is Stage.CANCELLED else Stage.ACCEPTED  # until a roster says that it ran
    return replace(state, stage=stage, cars=len(event.cars), officers=officers)


@participation.decide(commands.DeclineInvitationRequest, basis=APL_26)
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
    """The lead's roster says who stands where; a later one replaces the earlier from the instant that it names."""
    require_lead(state.invitation.lead_id, context)
    yield pb.RosterReceived(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        roster_version=command.roster_version,
        entries=command.entries,
        effective_at=command.effective_at if command.HasField("effective_at") else None,
        drawn=command.drawn,
        equipment=command.equipment,
    )


@participation.evolve(pb.RosterReceived)
def roster_received(state: Participation, event: pb.RosterReceived) -> Participation:
    stage = Stage.ROSTERED if state.stage in (Stage.ACCEPTED, Stage.CANCELLED) else state.stage
    since = event.effective_at.ToMicroseconds() if event.HasField("effective_at") else BEGIN
    drawn = frozenset(one.object_id for one in event.drawn)
    return replace(state, stage=stage, drawn=drawn, rosters=(*state.rosters, (since, tuple(event.entries))))
