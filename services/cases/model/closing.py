"""Performance as far as the case needs to know, closing, archive (履行情况, 结案, 归档)."""

from dataclasses import replace
from datetime import date
from typing import Final

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import opinion_pb2 as opinions
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.model.case import UNDECIDED, Case, Refusal, Stage, case
from services.cases.model.criminal_sanctions import require_set_off_decided
from services.cases.model.criminal_transfer import phases
from services.cases.model.opinion import progressed
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import term

_FINISHED_TRANSFERS: Final = (pb.TRANSFER_PHASE_FILED, pb.TRANSFER_PHASE_HANDED_OVER)
"""The police have the case and what belongs to it; the authority has no more to do in it."""


@case.decide(side.NotePerformanceRequest, basis="行政处罚法 arts. 66, 67")
def note_performance(state: Case, command: side.NotePerformanceRequest, context: Context) -> Events:
    """The case keeps how far the money of its decision has come, and own executions; the collection service tells."""
    known = state.executions if command.own_execution else state.collections
    if known.get(command.collection_id) == command.phase:
        return
    yield side.PerformanceNoted(
        case_id=command.case_id,
        collection_id=command.collection_id,
        phase=command.phase,
        own_execution=command.own_execution,
    )


@case.evolve(side.PerformanceNoted)
def performance_noted(state: Case, event: side.PerformanceNoted) -> Case:
    if event.own_execution:
        return replace(state, executions={**state.executions, event.collection_id: event.phase})
    return replace(state, collections={**state.collections, event.collection_id: event.phase})


@case.decide(commands.CloseCaseRequest, basis="行政处罚法 arts. 47, 66; 行政强制法 arts. 28, 40")
def close_case(state: Case, command: commands.CloseCaseRequest, context: Context) -> Events:
    """A leader closes the case when it has ended, as the ground says, and nothing is held or executed any more.

    Performed: the penalty's money came in. Execution ended: so the collection says. No penalty: none was decided.
    Transferred: whoever received it has it, or the court convicted. Revoked: no decision is left.
    """
    transferred = command.ground == pb.CLOSING_GROUND_TRANSFERRED
    if state.transfers and not transferred:
        raise Refused(Refusal.TRANSFER_OPEN, phase=phases(state))
    convicted = UNDECIDED if transferred and state.sanctions.convicted else ()
    state.require(*_STAGES.get(command.ground, (Stage.SERVED,)), *convicted)
    state.require_in_order(context)
    if state.suspended:
        raise Refused(Refusal.CASE_SUSPENDED)
    if held := state.in_force():
        raise Refused(Refusal.MEASURE_IN_FORCE, measures="、".join(held))
    require_set_off_decided(state)
    if transferred:
        _require_taken_over(state)
    elif command.ground != pb.CLOSING_GROUND_REVOKED:
        _require_ground_fits(state, command.ground)
    yield pb.CaseClosed(case_id=command.case_id, ground=command.ground, remark=command.remark)
    if transferred:
        yield from progressed(state, command.case_id, opinions.OPINION_PROGRESS_TRANSFERRED, reasons=command.remark)


_STAGES: Final = {
    pb.CLOSING_GROUND_TRANSFERRED: (Stage.TRANSFERRED_ADMIN, Stage.TRANSFERRED_CRIMINAL),
    pb.CLOSING_GROUND_REVOKED: (Stage.REVOKED,),
}


@case.evolve(pb.CaseClosed)
def closed(state: Case, event: pb.CaseClosed) -> Case:
    return replace(state, stage=Stage.CLOSED)


@case.decide(side.ArchiveCaseRequest, basis="行政处罚法 art. 47; 档案法 art. 37")
def archive(state: Case, command: side.ArchiveCaseRequest, context: Context) -> Events:
    """The case manager archives the file of a closed case as the package that documents built for it last.

    That is where completeness is guarded: no package is built of a file that lacks something, but with a reason.
    """
    state.require(Stage.CLOSED)
    state.require_in_order(context)
    if not command.package.sha256 or command.package.size <= 0:
        raise Refused(Refusal.PACKAGE_EMPTY)
    if command.package.sha256.hex() != context.found:
        raise Refused(Refusal.PACKAGE_NOT_BUILT)
    yield side.CaseArchived(
        case_id=command.case_id,
        package=command.package,
        sha256=command.package.sha256,
        shelf=command.shelf,
        kept_until_on=_kept_until(context).isoformat(),
    )


@case.evolve(side.CaseArchived)
def archived(state: Case, event: side.CaseArchived) -> Case:
    return replace(state, stage=Stage.ARCHIVED)


def _kept_until(context: Context) -> date:
    """Last day of the archive period: whole years from the end of the year in which the file was archived."""
    return date(context.today.year + context.rules.number("archive_years", context.today), 12, 31)


def _require_ground_fits(state: Case, ground: pb.ClosingGround.ValueType) -> None:
    if side.PERFORMANCE_PHASE_OPENED in state.executions.values():
        raise Refused(Refusal.NOT_PERFORMED, phase="行政强制执行或者代履行费用的收缴尚未结束")
    decision = state.decision
    punished = decision is not None and decision.outcome == commands.OUTCOME_PENALTY
    if (ground == pb.CLOSING_GROUND_NO_PENALTY) == punished:
        raise Refused(Refusal.CLOSING_GROUND_WRONG)
    if decision is None or not (decision.costs_money or state.collections):
        return
    owed = set(state.collections.values())
    if ground == pb.CLOSING_GROUND_PERFORMED and owed != {side.PERFORMANCE_PHASE_PERFORMED}:
        words = "、".join(sorted(term(side.PerformancePhase, phase) for phase in owed))
        raise Refused(Refusal.NOT_PERFORMED, phase=words or "尚无收缴记录")
    if ground == pb.CLOSING_GROUND_EXECUTION_ENDED and side.PERFORMANCE_PHASE_EXECUTION_ENDED not in owed:
        raise Refused(Refusal.EXECUTION_NOT_ENDED)


def _require_taken_over(state: Case) -> None:
    if state.handed_on is not None and not state.handed_on.accepted:
        raise Refused(Refusal.TRANSFER_NOT_ACCEPTED)
    if state.stage is Stage.TRANSFERRED_CRIMINAL:
        if not state.transfers:
            raise Refused(Refusal.TRANSFER_NOT_ACCEPTED)
        if any(phase not in _FINISHED_TRANSFERS for phase in state.transfers.values()):
            raise Refused(Refusal.TRANSFER_OPEN, phase=phases(state))
