"""What holds an own execution off, and ends it: 中止、恢复、终结 (form 22), 执行协议; 行政强制法 arts. 39, 40, 42."""

from dataclasses import replace

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import Refusal, Suspension
from services.collection.model.execution import UNDER_WAY, Execution, execution
from services.collection.model.grounds import change_told, require_end_ground, require_sheet
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act


@execution.decide(commands.SuspendOwnExecutionRequest, basis="行政强制法 art. 39")
def suspend(state: Execution, command: commands.SuspendOwnExecutionRequest, context: Context) -> Events:
    """A leader suspends execution on one of the grounds of article 39."""
    state.require(*UNDER_WAY)
    if state.suspension is not None:
        raise Refused(Refusal.SUSPENDED)
    yield pb.OwnExecutionSuspended(
        execution_id=command.execution_id,
        ground=command.ground,
        reason=command.reason,
        **change_told(command, context),
    )


@execution.evolve(pb.OwnExecutionSuspended)
def suspended(state: Execution, event: pb.OwnExecutionSuspended, act: Act) -> Execution:
    return replace(state, suspension=Suspension(event.ground, act.occurred_at))


@execution.decide(commands.ResumeOwnExecutionRequest, basis="行政强制法 art. 39")
def resume(state: Execution, command: commands.ResumeOwnExecutionRequest, context: Context) -> Events:
    """When the ground is gone, execution goes on."""
    if state.suspension is None:
        raise Refused(Refusal.NOT_SUSPENDED)
    yield pb.OwnExecutionResumed(
        execution_id=command.execution_id,
        reason=command.reason,
        **change_told(command, context),
    )


@execution.evolve(pb.OwnExecutionResumed)
def resumed(state: Execution, event: pb.OwnExecutionResumed) -> Execution:
    return replace(state, suspension=None)


@execution.decide(commands.AgreeOwnExecutionRequest, basis="行政强制法 art. 42")
def agree(state: Execution, command: commands.AgreeOwnExecutionRequest, context: Context) -> Events:
    """An agreement may have the duty performed in steps; while it is kept nothing is executed."""
    state.require_under_way(*UNDER_WAY)
    require_sheet(command, "执行协议")
    yield pb.OwnExecutionAgreed(
        execution_id=command.execution_id,
        terms=command.terms,
        document=command.document,
    )


@execution.evolve(pb.OwnExecutionAgreed)
def agreed(state: Execution, event: pb.OwnExecutionAgreed) -> Execution:
    return replace(state, agreed=True)


@execution.decide(commands.BreakOwnAgreementRequest, basis="行政强制法 art. 42")
def break_agreement(state: Execution, command: commands.BreakOwnAgreementRequest, context: Context) -> Events:
    """When the party does not keep the agreement, execution goes on."""
    if not state.agreed:
        raise Refused(Refusal.NO_AGREEMENT)
    yield pb.OwnExecutionAgreementBroken(execution_id=command.execution_id, reason=command.reason)


@execution.evolve(pb.OwnExecutionAgreementBroken)
def agreement_broken(state: Execution, event: pb.OwnExecutionAgreementBroken) -> Execution:
    return replace(state, agreed=False)


@execution.decide(commands.EndOwnExecutionRequest, basis="行政强制法 arts. 39, 40")
def end(state: Execution, command: commands.EndOwnExecutionRequest, context: Context) -> Events:
    """A leader terminates what cannot be executed any more."""
    state.require(*UNDER_WAY)
    require_end_ground(command.ground, state.suspension, context)
    yield pb.OwnExecutionEnded(
        execution_id=command.execution_id,
        case_id=state.case_id,
        ground=command.ground,
        reason=command.reason,
        **change_told(command, context),
    )
