"""Own execution of a duty to act (行政强制执行), only where a law gives the power (行政强制法 arts. 13, 34-52).

    DEMANDED ──decide──▶ DECIDED ──served, start──▶ STARTED ──complete──▶ ENDED        the party performs ──▶ ENDED
                            │ substitute performance: one more demand, three working days before
    ──clear at once──▶ CLEARED ──inform the absent party──▶ ENDED             road, river, public place (art. 52)

Suspension (中止) and an agreement (执行协议) hold it off in any stage before the end. Demand and decision are served
like every other document, with their proof; what follows counts from the day on which that takes effect (art. 38).

Here: state, demand, statements, decision and its service. On the road: `performing`. What holds it off: `halting`.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import Refusal, Suspension
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.delivery import Reach, effective_on, require_document
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, day_of


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
    decided_on: date | None = None
    decision_served_on: date | None = None
    substitute_demanded_on: date | None = None
    announced_until: date | None = None
    agreed: bool = False
    suspension: Suspension | None = None
    order_served_on: date | None = None
    """What is removed by force: when the order to remove it took effect."""
    estimate_fen: int = 0
    cost_fen: int = 0
    """What substitute performance did cost."""
    charged: bool = False
    to_be_charged_from: date | None = None
    """When it ended, or the charge before was revoked."""

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
    """Before own execution the party is told what to do until when, and by which law the authority may do it itself;
    the act is the service of it, and the day for the party lies ahead and after the one on which that takes effect.
    """
    if not command.law_basis.strip():
        raise Refused(Refusal.POWER_NEEDED)
    require_document(command, delivery.SERVED_DOCUMENT_DEMAND)
    served_on, perform_by_on = effective_on(command, context.found, context), day(command.perform_by_on)
    if perform_by_on <= max(served_on, context.today):
        raise Refused(Refusal.DAY_PASSED, day=perform_by_on)
    yield pb.ExecutionDemanded(
        execution_id=command.execution_id,
        case_id=command.case_id,
        duty=command.duty,
        law_basis=command.law_basis,
        perform_by_on=perform_by_on.isoformat(),
        document=command.document,
        served_on=served_on.isoformat(),
        way=command.way,
        proof=command.proof if command.HasField("proof") else None,
        delivery=command.delivery if command.HasField("delivery") else None,
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
    """When the demanded day passed, or at once where evidence shows that property is moved or hidden; substitute
    performance names its cost beforehand and who performs."""
    state.require_under_way(ExecutionStage.DEMANDED)
    assert state.perform_by_on is not None
    if not command.law_basis.strip():
        raise Refused(Refusal.POWER_NEEDED)
    if context.today <= state.perform_by_on and not command.HasField("hiding_evidence"):
        raise Refused(Refusal.DUTY_PERIOD_RUNNING, until=state.perform_by_on)
    if state.statement_open:
        raise Refused(Refusal.STATEMENT_NOT_REVIEWED)
    if command.kind == pb.EXECUTION_KIND_SUBSTITUTE:
        if not command.cost_estimate_fen:
            raise Refused(Refusal.COST_ESTIMATE_NEEDED)
        if not command.performer.strip():
            raise Refused(Refusal.PERFORMER_NEEDED)
    require_document(command, delivery.SERVED_DOCUMENT_EXECUTION_DECISION)
    yield pb.ExecutionDecided(
        execution_id=command.execution_id,
        case_id=state.case_id,
        kind=command.kind,
        law_basis=command.law_basis,
        reasons=command.reasons,
        manner=command.manner,
        cost_estimate_fen=command.cost_estimate_fen,
        performer=command.performer,
        document=command.document,
        hiding_evidence=command.hiding_evidence if command.HasField("hiding_evidence") else None,
    )


@execution.evolve(pb.ExecutionDecided)
def decided(state: Execution, event: pb.ExecutionDecided, act: Act) -> Execution:
    return replace(
        state,
        stage=ExecutionStage.DECIDED,
        kind=event.kind,
        estimate_fen=event.cost_estimate_fen,
        decided_on=day_of(act.occurred_at),
    )


@execution.decide(commands.ServeExecutionDecisionRequest, basis="行政强制法 arts. 38, 51")
def serve_decision(state: Execution, command: commands.ServeExecutionDecisionRequest, context: Context) -> Events:
    """The decision is served before anything is done; again, where the service before was not valid."""
    state.require(ExecutionStage.DECIDED)
    yield pb.ExecutionDecisionServed(
        execution_id=command.execution_id,
        served_on=served_after_decision(state, command, context).isoformat(),
        way=command.way,
        proof=command.proof if command.HasField("proof") else None,
        delivery=command.delivery if command.HasField("delivery") else None,
    )


@execution.evolve(pb.ExecutionDecisionServed)
def decision_served(state: Execution, event: pb.ExecutionDecisionServed) -> Execution:
    return replace(state, decision_served_on=day(event.served_on))


def served_after_decision(
    state: Execution,
    command: commands.ServeExecutionDecisionRequest | commands.DemandBeforeSubstituteRequest,
    context: Context,
) -> date:
    """The day on which a service takes effect; a notice put up before the decision was put up for another paper.

    Raises:
        Refused: as every service; NOT_POSTED.
    """
    return effective_on(command, posted_since(state.decided_on, context.found), context)


def posted_since(day_on: date | None, found: Reach) -> Reach:
    """How the party is reached, without a notice that was put up before a day: that one was for another paper."""
    earlier = found.posted_at is not None and day_on is not None and day_of(found.posted_at) < day_on
    return replace(found, posted_at=None) if earlier else found
