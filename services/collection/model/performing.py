"""Own execution on the road: the last demand, the announcement, the act itself (行政强制法 arts. 43, 44, 51, 52).

DECIDED ──served · demanded once more · announced──▶ start ──▶ STARTED ──complete──▶ ENDED
──clear at once──▶ CLEARED ──inform the absent party──▶ ENDED
"""

from dataclasses import dataclass, replace
from datetime import date

from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection import periods
from services.collection.model.collection import Refusal
from services.collection.model.execution import (
    UNDER_WAY,
    Execution,
    ExecutionStage,
    execution,
    served_after_decision,
)
from services.collection.model.grounds import require_sheet
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import published
from services.kernel.decider import Context, Events
from services.kernel.delivery import require_document
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, day_of, local


@execution.decide(commands.DemandBeforeSubstituteRequest, basis="行政强制法 art. 51")
def demand_before_substitute(
    state: Execution, command: commands.DemandBeforeSubstituteRequest, context: Context
) -> Events:
    """Three working days before substitute performance the party is told once more; the act is the service, and they
    count from the day on which that takes effect.
    """
    state.require_under_way(ExecutionStage.DECIDED)
    require_document(command, delivery.SERVED_DOCUMENT_DEMAND)
    yield pb.SubstituteDemanded(
        execution_id=command.execution_id,
        demanded_on=served_after_decision(state, command, context).isoformat(),
        document=command.document,
        way=command.way,
        proof=command.proof if command.HasField("proof") else None,
        delivery=command.delivery if command.HasField("delivery") else None,
    )


@execution.evolve(pb.SubstituteDemanded)
def substitute_demanded(state: Execution, event: pb.SubstituteDemanded) -> Execution:
    return replace(state, substitute_demanded_on=day(event.demanded_on))


@execution.decide(commands.PostExecutionNoticeRequest, basis="行政强制法 art. 44")
def post_notice(state: Execution, command: commands.PostExecutionNoticeRequest, context: Context) -> Events:
    """What is to be taken down by force is announced first, with a day by which the party may do it itself, and with
    the day on which the order to do so took effect: one that the case has on record.
    """
    state.require_under_way(ExecutionStage.DEMANDED, ExecutionStage.DECIDED)
    if command.order_served_on:
        orders: Orders = context.found
        if day(command.order_served_on) not in orders.effective_on:
            raise Refused(Refusal.ORDER_NOT_SERVED, day=command.order_served_on)
    perform_by_on = day(command.perform_by_on)
    if perform_by_on <= context.today:
        raise Refused(Refusal.DAY_PASSED, day=perform_by_on)
    require_sheet(command, "行政强制执行公告")
    yield pb.ExecutionNoticePosted(
        execution_id=command.execution_id,
        perform_by_on=perform_by_on.isoformat(),
        document=command.document,
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
    if state.decision_served_on is None or context.today < state.decision_served_on:
        raise Refused(Refusal.DECISION_NOT_SERVED)
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
def ended(state: Execution, event: pb.OwnExecutionEnded, act: Act) -> Execution:
    return replace(
        state,
        stage=ExecutionStage.ENDED,
        suspension=None,
        agreed=False,
        cost_fen=event.cost_fen or state.cost_fen,
        to_be_charged_from=day_of(act.occurred_at),
    )


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


@dataclass(frozen=True, slots=True)
class RemediesSought:
    """What the look-up found: whether the party sought a remedy against a decision of the case."""

    any: bool = False


@dataclass(frozen=True, slots=True)
class Orders:
    """What the look-up found: when decisions and orders to correct of the case took effect."""

    effective_on: frozenset[date] = frozenset()


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
    if state.substitute_demanded_on is None:
        raise Refused(Refusal.SUBSTITUTE_DEMAND_RUNNING, until="—")
    until = periods.last_day(periods.SUBSTITUTE_DEMAND, state.substitute_demanded_on, context.today)
    if context.today <= until:
        raise Refused(Refusal.SUBSTITUTE_DEMAND_RUNNING, until=until)


def _night_or_holiday(context: Context) -> bool:
    """The law names neither the hours of the night nor says whether every rest day is a holiday: the stricter reading,
    with the hours as switches."""
    hour = context.occurred_at.astimezone(SHANGHAI).hour
    begins = context.rules.number("execution_night_from_hour", context.today)
    ends = context.rules.number("execution_night_to_hour", context.today)
    return hour >= begins or hour < ends or not published().is_workday(context.today)
