"""Own execution of a duty to act (行政强制执行), only where a law gives the power (行政强制法 arts. 13, 34-52).

    DEMANDED ──decide──▶ DECIDED ──start──▶ STARTED ──complete──▶ ENDED        the party performs ──▶ ENDED
                            │ substitute performance: one more demand, three working days before
    ──clear at once──▶ CLEARED ──inform the absent party──▶ ENDED             road, river, public place (art. 52)

Suspension (中止) and an agreement (执行协议) hold it off in any stage before the end.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection import periods
from services.collection.model.collection import Refusal, Suspension
from services.collection.model.grounds import require_end_ground
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import published
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, day_of, local


class ExecutionStage(StrEnum):
    """Where an own execution stands."""

    NONE = "未启动"
    DEMANDED = "已催告"
    DECIDED = "已决定"
    STARTED = "实施中"
    CLEARED = "已立即清除"
    ENDED = "已结束"


UNDER_WAY = (ExecutionStage.DEMANDED, ExecutionStage.DECIDED, ExecutionStage.STARTED)


@dataclass(frozen=True, slots=True)
class Execution(Staged):
    """What decisions about an own execution read."""

    stage: ExecutionStage = ExecutionStage.NONE
    case_id: str = ""
    perform_by_on: date | None = None
    statement_open: bool = False
    kind: pb.ExecutionKind.ValueType = pb.EXECUTION_KIND_UNSPECIFIED
    substitute_demanded_at: datetime | None = None
    announced_until: date | None = None
    agreed: bool = False
    suspension: Suspension | None = None
    order_served_on: date | None = None
    """What is removed by force: when the order to remove it took effect."""
    estimate_fen: int = 0
    cost_fen: int = 0
    """What substitute performance did cost."""
    charged: bool = False

    def require_under_way(self, *allowed: ExecutionStage) -> None:
        """Neither suspended (art. 39) nor held off by an agreement (art. 42), and in one of the stages."""
        self.require(*allowed)
        if self.suspension is not None:
            raise Refused(Refusal.SUSPENDED)
        if self.agreed:
            raise Refused(Refusal.AGREEMENT_IN_FORCE)


execution = Aggregate("execution", Execution)


@execution.decide(commands.DemandDutyRequest, basis="行政强制法 arts. 13, 34, 35")
def demand_duty(state: Execution, command: commands.DemandDutyRequest, context: Context) -> Events:
    """Before own execution the party is told what to do until when, and by which law the authority may do it itself."""
    if not command.law_basis.strip():
        raise Refused(Refusal.POWER_NEEDED)
    perform_by_on = day(command.perform_by_on)
    if perform_by_on <= context.today:
        raise Refused(Refusal.DAY_PASSED, day=perform_by_on)
    yield pb.ExecutionDemanded(
        execution_id=command.execution_id,
        case_id=command.case_id,
        duty=command.duty,
        law_basis=command.law_basis,
        perform_by_on=perform_by_on.isoformat(),
        document=command.document if command.HasField("document") else None,
    )


@execution.evolve(pb.ExecutionDemanded)
def duty_demanded(state: Execution, event: pb.ExecutionDemanded) -> Execution:
    return replace(state, stage=ExecutionStage.DEMANDED, case_id=event.case_id, perform_by_on=day(event.perform_by_on))


@execution.decide(commands.RecordDutyStatementRequest, basis="行政强制法 art. 36")
def record_statement(state: Execution, command: commands.RecordDutyStatementRequest, context: Context) -> Events:
    """The party may state and defend itself."""
    state.require(ExecutionStage.DEMANDED, ExecutionStage.DECIDED)
    yield pb.ExecutionStatementRecorded(
        execution_id=command.execution_id,
        content=command.content,
        document=command.document if command.HasField("document") else None,
    )


@execution.evolve(pb.ExecutionStatementRecorded)
def statement_recorded(state: Execution, event: pb.ExecutionStatementRecorded) -> Execution:
    return replace(state, statement_open=True)


@execution.decide(commands.ReviewDutyStatementRequest, basis="行政强制法 art. 36")
def review_statement(state: Execution, command: commands.ReviewDutyStatementRequest, context: Context) -> Events:
    """What the party stated is reviewed before anything is decided or done."""
    if not state.statement_open:
        raise Refused(Refusal.NO_STATEMENT)
    yield pb.ExecutionStatementReviewed(
        execution_id=command.execution_id, accepted=command.accepted, result=command.result
    )


@execution.evolve(pb.ExecutionStatementReviewed)
def statement_reviewed(state: Execution, event: pb.ExecutionStatementReviewed) -> Execution:
    return replace(state, statement_open=False)


@execution.decide(commands.DecideExecutionRequest, basis="行政强制法 arts. 13, 37, 50, 51")
def decide_execution(state: Execution, command: commands.DecideExecutionRequest, context: Context) -> Events:
    """When the demanded day passed; substitute performance names its cost beforehand and who performs."""
    state.require_under_way(ExecutionStage.DEMANDED)
    assert state.perform_by_on is not None
    if not command.law_basis.strip():
        raise Refused(Refusal.POWER_NEEDED)
    if context.today <= state.perform_by_on:
        raise Refused(Refusal.DUTY_PERIOD_RUNNING, until=state.perform_by_on)
    if state.statement_open:
        raise Refused(Refusal.STATEMENT_NOT_REVIEWED)
    if command.kind == pb.EXECUTION_KIND_SUBSTITUTE:
        if not command.cost_estimate_fen:
            raise Refused(Refusal.COST_ESTIMATE_NEEDED)
        if not command.performer.strip():
            raise Refused(Refusal.PERFORMER_NEEDED)
    yield pb.ExecutionDecided(
        execution_id=command.execution_id,
        case_id=state.case_id,
        kind=command.kind,
        law_basis=command.law_basis,
        reasons=command.reasons,
        manner=command.manner,
        cost_estimate_fen=command.cost_estimate_fen,
        performer=command.performer,
        document=command.document if command.HasField("document") else None,
    )


@execution.evolve(pb.ExecutionDecided)
def decided(state: Execution, event: pb.ExecutionDecided) -> Execution:
    return replace(state, stage=ExecutionStage.DECIDED, kind=event.kind, estimate_fen=event.cost_estimate_fen)


@execution.decide(commands.DemandBeforeSubstituteRequest, basis="行政强制法 art. 51")
def demand_before_substitute(
    state: Execution, command: commands.DemandBeforeSubstituteRequest, context: Context
) -> Events:
    """Three working days before substitute performance the party is told once more; the act is the service."""
    state.require_under_way(ExecutionStage.DECIDED)
    yield pb.SubstituteDemanded(
        execution_id=command.execution_id,
        demanded_on=context.today.isoformat(),
        document=command.document if command.HasField("document") else None,
    )


@execution.evolve(pb.SubstituteDemanded)
def substitute_demanded(state: Execution, event: pb.SubstituteDemanded, act: Act) -> Execution:
    return replace(state, substitute_demanded_at=act.occurred_at)


@execution.decide(commands.PostExecutionNoticeRequest, basis="行政强制法 art. 44")
def post_notice(state: Execution, command: commands.PostExecutionNoticeRequest, context: Context) -> Events:
    """What is to be taken down by force is announced first, with a day by which the party may do it itself."""
    state.require_under_way(ExecutionStage.DEMANDED, ExecutionStage.DECIDED)
    perform_by_on = day(command.perform_by_on)
    if perform_by_on <= context.today:
        raise Refused(Refusal.DAY_PASSED, day=perform_by_on)
    yield pb.ExecutionNoticePosted(
        execution_id=command.execution_id,
        perform_by_on=perform_by_on.isoformat(),
        document=command.document if command.HasField("document") else None,
        order_served_on=day(command.order_served_on).isoformat() if command.order_served_on else "",
    )


@execution.evolve(pb.ExecutionNoticePosted)
def notice_posted(state: Execution, event: pb.ExecutionNoticePosted) -> Execution:
    served_on = day(event.order_served_on) if event.order_served_on else None
    return replace(state, announced_until=day(event.perform_by_on), order_served_on=served_on)


@execution.decide(commands.StartExecutionRequest, basis="行政强制法 arts. 43, 44, 51")
def start(state: Execution, command: commands.StartExecutionRequest, context: Context) -> Events:
    """Two officers supervise on site; not at night nor on a rest day, unless it is urgent and it is recorded why. What
    is removed by force was announced, and the party neither removed it nor sought a remedy in time (art. 44).
    """
    state.require_under_way(ExecutionStage.DECIDED)
    if state.statement_open:
        raise Refused(Refusal.STATEMENT_NOT_REVIEWED)
    if state.kind == pb.EXECUTION_KIND_SUBSTITUTE:
        _require_substitute_demand(state, context)
    if state.kind == pb.EXECUTION_KIND_REMOVAL:
        _require_no_remedy_in_time(state, context)
    if state.announced_until is not None and context.today <= state.announced_until:
        raise Refused(Refusal.NOTICE_PERIOD_RUNNING, until=state.announced_until)
    if not command.urgency.strip() and _night_or_holiday(context):
        raise Refused(Refusal.NIGHT_OR_HOLIDAY, at=local(context.occurred_at))
    yield pb.ExecutionStarted(
        execution_id=command.execution_id,
        officers=context.two_active_officers(command.officer_ids),
        urgency=command.urgency,
    )


@execution.evolve(pb.ExecutionStarted)
def started(state: Execution, event: pb.ExecutionStarted) -> Execution:
    return replace(state, stage=ExecutionStage.STARTED)


@execution.decide(commands.CompleteExecutionRequest, basis="行政强制法 art. 51")
def complete(state: Execution, command: commands.CompleteExecutionRequest, context: Context) -> Events:
    """Supervisors, performer, and the party or a witness sign the record."""
    state.require_under_way(ExecutionStage.STARTED)
    if len({signer.strip() for signer in command.signers if signer.strip()}) < 3:
        raise Refused(Refusal.SIGNERS_MISSING)
    yield pb.OwnExecutionEnded(
        execution_id=command.execution_id,
        case_id=state.case_id,
        ground=pb.END_GROUND_COMPLETED,
        cost_fen=command.cost_fen,
        signers=command.signers,
        document=command.document if command.HasField("document") else None,
    )


@execution.decide(commands.RecordDutyPerformedRequest, basis="行政强制法 arts. 37, 51")
def record_performed(state: Execution, command: commands.RecordDutyPerformedRequest, context: Context) -> Events:
    """Where the party performs after a demand, execution stops."""
    state.require(*UNDER_WAY)
    yield pb.OwnExecutionEnded(
        execution_id=command.execution_id,
        case_id=state.case_id,
        ground=pb.END_GROUND_PARTY_PERFORMED,
        reason=command.note,
        document=command.document if command.HasField("document") else None,
    )


@execution.evolve(pb.OwnExecutionEnded)
def ended(state: Execution, event: pb.OwnExecutionEnded) -> Execution:
    cost_fen = event.cost_fen or state.cost_fen
    return replace(state, stage=ExecutionStage.ENDED, suspension=None, agreed=False, cost_fen=cost_fen)


@execution.decide(commands.ClearImmediatelyRequest, basis="行政强制法 art. 52")
def clear_immediately(state: Execution, command: commands.ClearImmediatelyRequest, context: Context) -> Events:
    """What lies on a road, in a river or a public place and the party cannot clear is cleared at once."""
    if not command.party_unable:
        raise Refused(Refusal.PARTY_CAN_CLEAR)
    yield pb.ImmediateClearingDone(
        execution_id=command.execution_id,
        case_id=command.case_id,
        obstacle=command.obstacle,
        law_basis=command.law_basis,
        party_present=command.party_present,
        cost_fen=command.cost_fen,
        officers=context.two_active_officers(command.officer_ids),
        document=command.document if command.HasField("document") else None,
    )
    if command.party_present:
        yield pb.OwnExecutionEnded(
            execution_id=command.execution_id,
            case_id=command.case_id,
            ground=pb.END_GROUND_COMPLETED,
            cost_fen=command.cost_fen,
        )


@execution.evolve(pb.ImmediateClearingDone)
def cleared(state: Execution, event: pb.ImmediateClearingDone) -> Execution:
    return replace(
        state,
        stage=ExecutionStage.CLEARED,
        case_id=event.case_id,
        kind=pb.EXECUTION_KIND_IMMEDIATE_CLEARING,
        cost_fen=event.cost_fen,
    )


@execution.decide(commands.InformPartyRequest, basis="行政强制法 art. 52")
def inform_party(state: Execution, command: commands.InformPartyRequest, context: Context) -> Events:
    """A party that was absent is told at once afterwards."""
    state.require(ExecutionStage.CLEARED)
    yield pb.ExecutionPartyInformed(execution_id=command.execution_id, way=command.way)
    yield pb.OwnExecutionEnded(execution_id=command.execution_id, case_id=state.case_id, ground=pb.END_GROUND_COMPLETED)


@execution.evolve(pb.ExecutionPartyInformed)
def party_informed(state: Execution, event: pb.ExecutionPartyInformed) -> Execution:
    return state


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
        document=command.document if command.HasField("document") else None,
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
        document=command.document if command.HasField("document") else None,
    )


@execution.evolve(pb.OwnExecutionResumed)
def resumed(state: Execution, event: pb.OwnExecutionResumed) -> Execution:
    return replace(state, suspension=None)


@execution.decide(commands.AgreeOwnExecutionRequest, basis="行政强制法 art. 42")
def agree(state: Execution, command: commands.AgreeOwnExecutionRequest, context: Context) -> Events:
    """An agreement may have the duty performed in steps; while it is kept nothing is executed."""
    state.require_under_way(*UNDER_WAY)
    yield pb.OwnExecutionAgreed(
        execution_id=command.execution_id,
        terms=command.terms,
        document=command.document if command.HasField("document") else None,
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
        document=command.document if command.HasField("document") else None,
    )


@dataclass(frozen=True, slots=True)
class RemediesSought:
    """What the look-up found: whether the party sought a remedy against a decision of the case."""

    any: bool = False


def _require_no_remedy_in_time(state: Execution, context: Context) -> None:
    """Announced, and six months of the order to remove over without a remedy: a suit's time is the longer one."""
    if state.announced_until is None or state.order_served_on is None:
        raise Refused(Refusal.NOTICE_NEEDED)
    until = periods.last_day(periods.SUIT, state.order_served_on, context.today)
    if context.today <= until:
        raise Refused(Refusal.SUIT_PERIOD_RUNNING, until=until)
    sought: RemediesSought = context.found
    if sought.any:
        raise Refused(Refusal.REMEDY_SOUGHT)


def _require_substitute_demand(state: Execution, context: Context) -> None:
    if state.substitute_demanded_at is None:
        raise Refused(Refusal.SUBSTITUTE_DEMAND_RUNNING, until="—")
    until = periods.last_day(periods.SUBSTITUTE_DEMAND, day_of(state.substitute_demanded_at), context.today)
    if context.today <= until:
        raise Refused(Refusal.SUBSTITUTE_DEMAND_RUNNING, until=until)


def _night_or_holiday(context: Context) -> bool:
    """The law names neither the hours of the night nor says whether every rest day is a holiday: the stricter reading,
    with the hours as switches."""
    hour = context.occurred_at.astimezone(SHANGHAI).hour
    begins = context.rules.number("execution_night_from_hour", context.today)
    ends = context.rules.number("execution_night_to_hour", context.today)
    return hour >= begins or hour < ends or not published().is_workday(context.today)
