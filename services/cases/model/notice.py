"""Penalty notice and defence (告知, 陈述申辩)."""

from collections.abc import Iterable
from dataclasses import replace

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.case import Case, Notice, Refusal, Stage, case, require_new
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import term


@case.decide(commands.ServePenaltyNoticeRequest, basis="行政处罚法 art. 44")
def serve_notice(state: Case, command: commands.ServePenaltyNoticeRequest, context: Context) -> Events:
    """The party is told of the intended penalty, facts, reasons and basis. New facts need a new notice (art. 44)."""
    state.require(Stage.INVESTIGATION_CLOSED, Stage.NOTICE_SERVED)
    require_new(command.notice_id, state.notices)
    if state.notice is not None and not command.new_facts.strip():
        raise Refused(Refusal.NEW_FACTS_NEEDED)
    require_amounts(command.proposed)
    yield pb.NoticeServed(
        case_id=command.case_id,
        notice_id=command.notice_id,
        facts=command.facts,
        basis=command.basis,
        proposed=command.proposed,
        way=command.way,
        officers=context.two_active_officers(command.officer_ids),
        document=command.document if command.HasField("document") else None,
        new_facts=command.new_facts,
    )


@case.evolve(pb.NoticeServed)
def notice_served(state: Case, event: pb.NoticeServed) -> Case:
    return replace(
        state,
        stage=Stage.NOTICE_SERVED,
        notices=state.notices | {event.notice_id},
        notice=Notice(tuple(event.proposed)),
    )


@case.decide(commands.RecordDefenceRequest, basis="行政处罚法 art. 45")
def record_defence(state: Case, command: commands.RecordDefenceRequest, context: Context) -> Events:
    """What the party states against the notice is recorded, or that it gave the right up."""
    state.require(Stage.NOTICE_SERVED)
    yield pb.DefenceRecorded(
        case_id=command.case_id,
        kind=command.kind,
        content=command.content,
        document=command.document if command.HasField("document") else None,
    )


@case.evolve(pb.DefenceRecorded)
def defence_recorded(state: Case, event: pb.DefenceRecorded) -> Case:
    assert state.notice is not None
    # Whoever stated something once has stated it, even if the right was given up before or after.
    defence = event.kind if state.notice.defence != pb.DEFENCE_KIND_STATED else state.notice.defence
    return replace(state, notice=replace(state.notice, defence=defence))


_WITH_AMOUNT = (pb.PENALTY_KIND_FINE, pb.PENALTY_KIND_CONFISCATE_INCOME)


def require_amounts(penalties: Iterable[pb.Penalty]) -> None:
    """Fines and confiscated income have an amount, the other kinds have none; each kind stands once."""
    seen = set()
    for penalty in penalties:
        if (penalty.amount_fen > 0) != (penalty.kind in _WITH_AMOUNT) or penalty.amount_fen < 0 or penalty.kind in seen:
            raise Refused(
                Refusal.PENALTY_AMOUNT, kind=term(pb.PenaltyKind, penalty.kind), amount_fen=penalty.amount_fen
            )
        seen.add(penalty.kind)


def aggravation(proposed: Iterable[pb.Penalty], decided: Iterable[pb.Penalty]) -> str:
    """In what the decided penalties go beyond the proposed ones; empty when in nothing. Amounts are compared in fen."""
    told = {penalty.kind: penalty.amount_fen for penalty in proposed}
    return "、".join(
        f"{term(pb.PenaltyKind, penalty.kind)} {told.get(penalty.kind, 0)} → {penalty.amount_fen}"
        for penalty in decided
        if penalty.kind not in told or penalty.amount_fen > told[penalty.kind]
    )
