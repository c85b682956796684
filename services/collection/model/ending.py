"""Agreement, suspension and end of the execution of money (执行协议, 中止、恢复、终结 form 22).

行政强制法 arts. 39, 40, 42.
"""

from dataclasses import replace

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import BEFORE_COURT, Collection, Refusal, Stage, Suspension, collection
from services.collection.model.grounds import change_told, require_end_ground, require_sheet
from services.collection.model.payment import withdrawn_orders
from services.collection.model.performance import cancelled_auctions, performed
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act


@collection.decide(commands.ConcludeAgreementRequest, basis="行政强制法 art. 42")
def conclude_agreement(state: Collection, command: commands.ConcludeAgreementRequest, context: Context) -> Events:
    """The fine itself is never reduced; the surcharge only where the switch allows and the party made good."""
    state.require_in_execution()
    state.require(*BEFORE_COURT)
    state.require_overdue(context.today)
    if command.waived_fen:
        _require_reduction(state, command, context)
    require_sheet(command, "执行协议")
    concluded = pb.AgreementConcluded(
        collection_id=command.collection_id,
        terms=command.terms,
        remedial_measures=command.remedial_measures,
        waived_fen=command.waived_fen,
        document=command.document,
    )
    yield concluded
    yield from performed(agreement_concluded(state, concluded), command.collection_id, context.today)


@collection.evolve(pb.AgreementConcluded)
def agreement_concluded(state: Collection, event: pb.AgreementConcluded) -> Collection:
    return replace(state, agreed_waiver_fen=event.waived_fen, money=state.money.waived(event.waived_fen))


@collection.decide(commands.BreakAgreementRequest, basis="行政强制法 art. 42")
def break_agreement(state: Collection, command: commands.BreakAgreementRequest, context: Context) -> Events:
    """A party that does not keep the agreement loses its reduction; execution goes on."""
    if state.agreed_waiver_fen is None:
        raise Refused(Refusal.NO_AGREEMENT)
    yield pb.AgreementBroken(
        collection_id=command.collection_id, reason=command.reason, restored_fen=state.agreed_waiver_fen
    )


@collection.evolve(pb.AgreementBroken)
def agreement_broken(state: Collection, event: pb.AgreementBroken) -> Collection:
    return replace(state, agreed_waiver_fen=None, money=state.money.waived(-event.restored_fen))


@collection.decide(commands.SuspendExecutionRequest, basis="行政强制法 art. 39")
def suspend(state: Collection, command: commands.SuspendExecutionRequest, context: Context) -> Events:
    """A leader suspends execution on one of the grounds of article 39. The surcharge is no matter of it."""
    state.require_running()
    if state.suspension is not None:
        raise Refused(Refusal.SUSPENDED)
    yield pb.ExecutionSuspended(
        collection_id=command.collection_id,
        ground=command.ground,
        reason=command.reason,
        **change_told(command, context),
    )


@collection.evolve(pb.ExecutionSuspended)
def suspended(state: Collection, event: pb.ExecutionSuspended, act: Act) -> Collection:
    return replace(state, suspension=Suspension(event.ground, act.occurred_at))


@collection.decide(commands.ResumeExecutionRequest, basis="行政强制法 art. 39")
def resume(state: Collection, command: commands.ResumeExecutionRequest, context: Context) -> Events:
    """When the ground is gone, execution goes on."""
    if state.suspension is None:
        raise Refused(Refusal.NOT_SUSPENDED)
    yield pb.ExecutionResumed(
        collection_id=command.collection_id,
        reason=command.reason,
        **change_told(command, context),
    )


@collection.evolve(pb.ExecutionResumed)
def resumed(state: Collection, event: pb.ExecutionResumed) -> Collection:
    return replace(state, suspension=None)


@collection.decide(commands.EndExecutionRequest, basis="行政强制法 arts. 39, 40")
def end_execution(state: Collection, command: commands.EndExecutionRequest, context: Context) -> Events:
    """A leader ends what cannot be executed any more; after the court granted, also when the court ended it."""
    state.require_running()
    court_ended = command.ground == pb.END_GROUND_COURT_ENDED
    if court_ended and state.stage is not Stage.COURT_GRANTED:
        state.require(Stage.COURT_GRANTED)
    if not court_ended:
        require_end_ground(command.ground, state.suspension, context)
    yield pb.ExecutionEnded(
        collection_id=command.collection_id,
        case_id=state.case_id,
        on_spot_id=state.on_spot_id,
        ground=command.ground,
        reason=command.reason,
        instalment_ids=state.instalments,
        of_case_id=state.of_case_id,
        **change_told(command, context),
    )
    yield from withdrawn_orders(state, command.collection_id, context, over=True)
    yield from cancelled_auctions(state, command.collection_id, "执行已终结")


@collection.evolve(pb.ExecutionEnded)
def ended(state: Collection, event: pb.ExecutionEnded) -> Collection:
    return replace(state, stage=Stage.ENDED, suspension=None, agreed_waiver_fen=None, instalments={})


def _require_reduction(state: Collection, command: commands.ConcludeAgreementRequest, context: Context) -> None:
    if context.rules.get("surcharge_reduction", context.today) != "agreement":
        raise Refused(Refusal.REDUCTION_NOT_ALLOWED)
    if not command.remedial_measures.strip():
        raise Refused(Refusal.REMEDIAL_MEASURES_NEEDED)
    open_fen = state.money.open(pb.ACCOUNT_SURCHARGE, context.today)
    if command.waived_fen > open_fen:
        raise Refused(Refusal.REDUCTION_TOO_LARGE, waived_fen=command.waived_fen, open_fen=open_fen)
