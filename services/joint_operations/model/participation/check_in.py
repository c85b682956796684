"""Reporting for duty, opening and closing a checkpoint (签到, 启用和撤除检查点)."""

from dataclasses import replace
from datetime import timedelta

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.coverage import BEGIN
from services.joint_operations.model.participation.participation import Participation, Stage, participation
from services.joint_operations.model.shared import Refusal
from services.joint_operations.model.standing import span_of
from services.joint_operations.numbers import count
from services.kernel.deadlines.units import start_of
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import microseconds
from services.kernel.values import day_of


@participation.decide(commands.CheckInRequest, basis="行政处罚法 arts. 42, 55")
def check_in(state: Participation, command: commands.CheckInRequest, context: Context) -> Events:
    """An officer reports where the roster puts the officer, with an active credential that day; once a day counts."""
    state.require(Stage.ROSTERED)
    state.require_day(context)
    state.checkpoint(command.checkpoint_id)
    officer = context.active_officer(command.officer_id)
    entry = state.rostered(command.officer_id, command.checkpoint_id, context, on_shift=False)
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
    present = (event.checkpoint_id, event.officer.officer_id, day_of(act.occurred_at))
    return replace(state, present=state.present | {present}, tally=count(state.tally, event, act.occurred_at))


@participation.decide(commands.OpenCheckpointRequest, basis="行政处罚法 arts. 22, 42")
def open_checkpoint(state: Participation, command: commands.OpenCheckpointRequest, context: Context) -> Events:
    """A checkpoint is opened by the authority competent there, with two of its officers on the spot."""
    state.require(Stage.ROSTERED)
    state.require_day(context)
    state.require_own_checkpoint(command.checkpoint_id, context)
    state.require_manned(command.checkpoint_id, context)
    officers = state.two_rostered(command.officer_ids, command.checkpoint_id, context)
    here = [one for one in officers if _is_here(state, one.officer_id, command.checkpoint_id, context)]
    if len(here) < 2:
        raise Refused(Refusal.CHECKPOINT_UNMANNED, checkpoint=command.checkpoint_id, found=len(here))
    if state.is_open(command.checkpoint_id, microseconds(context.occurred_at)):
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
def checkpoint_opened(state: Participation, event: pb.CheckpointOpened, act: Act) -> Participation:
    return _with_door(state, event.checkpoint_id, act, is_open=True)


@participation.decide(changes.CloseCheckpointRequest, basis="行政处罚法 art. 22")
def close_checkpoint(state: Participation, command: changes.CloseCheckpointRequest, context: Context) -> Events:
    """The authority that opened a checkpoint closes it; it may open again."""
    state.require(Stage.ROSTERED)
    state.require_own_checkpoint(command.checkpoint_id, context)
    if not state.is_open(command.checkpoint_id, microseconds(context.occurred_at)):
        return
    yield changes.CheckpointClosed(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        checkpoint_id=command.checkpoint_id,
    )


@participation.evolve(changes.CheckpointClosed)
def checkpoint_closed(state: Participation, event: changes.CheckpointClosed, act: Act) -> Participation:
    return _with_door(state, event.checkpoint_id, act, is_open=False)


def _is_here(state: Participation, officer_id: str, checkpoint_id: str, context: Context) -> bool:
    """Who reported that day, or for a shift that began before midnight and goes on."""
    if (checkpoint_id, officer_id, context.today) in state.present:
        return True
    entry = state.rostered(officer_id, checkpoint_id, context)
    by_night = BEGIN < span_of(entry).starts < microseconds(start_of(context.today))
    return by_night and (checkpoint_id, officer_id, context.today - timedelta(days=1)) in state.present


def _with_door(state: Participation, checkpoint_id: str, act: Act, *, is_open: bool) -> Participation:
    moved = (*state.doors.get(checkpoint_id, ()), (microseconds(act.occurred_at), is_open))
    return replace(state, doors={**state.doors, checkpoint_id: tuple(sorted(moved, key=lambda one: one[0]))})
