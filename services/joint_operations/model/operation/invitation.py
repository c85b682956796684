"""Invitation, and what the invited answer (邀请, 应邀, 谢绝)."""

from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model.operation.operation import Operation, Participant, Stage, Standing, operation
from services.joint_operations.model.shared import APL_26, Refusal
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused


@operation.decide(commands.InviteParticipantRequest, basis=APL_26)
def invite(state: Operation, command: commands.InviteParticipantRequest, context: Context) -> Events:
    """Each authority is invited once and answers for itself; one that declined may still accept."""
    state.require(Stage.DRAFT, Stage.INVITED, Stage.READY, Stage.RUNNING)
    invited = context.member(command.participant_id)
    if invited.id in state.participants:
        raise Refused(Refusal.ALREADY_INVITED, authority=invited.name)
    yield pb.ParticipantInvited(
        operation_id=command.operation_id,
        participant_id=invited.id,
        lead_id=context.authority.id,
        operation_type=state.plan.operation_type,
        themes=state.plan.themes,
        starts_on=state.plan.starts_on,
        ends_on=state.plan.ends_on,
        checkpoints=state.plan.checkpoints,
        name=state.plan.name,
        purpose=state.plan.purpose,
        contact=command.contact,
    )


@operation.evolve(pb.ParticipantInvited)
def invited(state: Operation, event: pb.ParticipantInvited) -> Operation:
    stage = Stage.INVITED if state.stage is Stage.DRAFT else state.stage
    return replace(state.with_participant(event.participant_id, Participant()), stage=stage)


@operation.decide(commands.NoteParticipantJoinedRequest, basis=APL_26)
def note_joined(state: Operation, command: commands.NoteParticipantJoinedRequest, context: Context) -> Events:
    """Only the invited authority itself accepts, and it sends its own officers; also to one that was cancelled, which
    may have run."""
    participant = state.speaking(command.participant_id, context)
    if participant.standing is Standing.JOINED or state.stage in (Stage.CLOSED, Stage.SUMMARISED):
        return
    member = context.member(command.participant_id)
    for officer in command.officers:
        if officer.authority_id != member.id:
            raise Refused(Refusal.OFFICER_NOT_SENT, authority=member.name, officer=officer.officer_id)
    yield pb.ParticipantJoined(
        operation_id=command.operation_id,
        participant_id=member.id,
        officers=command.officers,
        cars=command.cars,
        devices=command.devices,
        participant_name=member.name,
    )


@operation.evolve(pb.ParticipantJoined)
def joined(state: Operation, event: pb.ParticipantJoined) -> Operation:
    joining = Participant(
        standing=Standing.JOINED,
        name=event.participant_name,
        officers={officer.officer_id: officer for officer in event.officers},
        cars=frozenset(car.car_no for car in event.cars),
        devices=frozenset(device.serial_number for device in event.devices),
    )
    return state.with_participant(event.participant_id, joining)


@operation.decide(commands.NoteParticipantDeclinedRequest, basis=APL_26)
def note_declined(state: Operation, command: commands.NoteParticipantDeclinedRequest, context: Context) -> Events:
    """An authority that has not accepted may decline."""
    participant = state.speaking(command.participant_id, context)
    if participant.standing is not Standing.INVITED:
        return
    yield pb.ParticipantDeclined(
        operation_id=command.operation_id, participant_id=command.participant_id, reason=command.reason
    )


@operation.evolve(pb.ParticipantDeclined)
def declined(state: Operation, event: pb.ParticipantDeclined) -> Operation:
    return state.with_participant(event.participant_id, Participant(standing=Standing.DECLINED))
