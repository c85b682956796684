"""Decision (处理决定, 行政处罚法 arts. 57-62): one of four outcomes, and the guards before it in the law's order."""

from dataclasses import replace
from datetime import date
from typing import Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases import deadlines
from services.cases.discretion.guards import GUARDIAN_CARES, GUARDIAN_EDUCATES
from services.cases.model import opinion
from services.cases.model.age import require_lighter_for_the_young
from services.cases.model.case import TOLD, UNDECIDED, Case, Refusal, Stage, case
from services.cases.model.competence import place_in_territory
from services.cases.model.criminal_sanctions import require_no_criminal_fine, under_suspicion
from services.cases.model.criminal_transfer import require_may_decide
from services.cases.model.delivery import decision_service
from services.cases.model.discretion import require_discretion
from services.cases.model.discussion import require_discussed
from services.cases.model.duplicates import other_cases, review
from services.cases.model.hearing import require_hearing_over, require_no_open_hearing
from services.cases.model.investigation import require_grounds
from services.cases.model.limits import end_of_limit
from services.cases.model.notice import (
    aggravation,
    require_amounts,
    require_defence_heard,
    require_other_than_revoked,
)
from services.cases.model.procedure import Decision
from services.cases.model.review import require_reviewed
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day_of, term

GUARDIAN_ORDERS: Final = {
    pb.NO_PENALTY_GROUND_MINOR_AGE: GUARDIAN_EDUCATES,
    pb.NO_PENALTY_GROUND_INCAPACITY: GUARDIAN_CARES,
}
"""What the decision orders a guardian by the ground on which it does not punish (行政处罚法 arts. 30, 31)."""


@case.decide(commands.DecideRequest, basis="行政处罚法 arts. 28-31, 33, 44, 45, 48, 57, 58, 61-63; 行政复议法 art. 64")
def decide(state: Case, command: commands.DecideRequest, context: Context) -> Events:
    """A leader decides: penalty, none, not established, or transfer of a suspected crime.

    Not while the police have the case, while it stands still, or while it is disputed whose it is. No penalty beyond
    what the party was told, before it was heard, without the review and the discussion that the case needs.
    """
    # The stage is asked last: whoever decides too early is told by which article, not merely where the case stands.
    _require_outcome_complete(command)
    if state.stage is Stage.CLUE and state.clue is not None:
        place_in_territory(state.clue.places, context)  # what another must file is not this authority's to decide
    if command.outcome == commands.OUTCOME_CRIME_TRANSFER:
        state.require_free()
        state.require(Stage.INVESTIGATING, Stage.INVESTIGATION_CLOSED, *TOLD)
        state.require_in_order(context)
        yield decisions.CrimeTransferDecided(
            case_id=command.case_id,
            case_number=state.case_number,
            reasons=command.reasons,
            basis=command.basis,
            document=command.document if command.HasField("document") else None,
        )
        return
    require_no_criminal_fine(state, command.penalties)
    require_may_decide(state, command.outcome, command.penalties, context)
    state.require_free()
    if command.outcome == commands.OUTCOME_PENALTY:
        _require_penalty_allowed(state, command, context)
    else:
        require_no_open_hearing(state)
        require_reviewed(state, context)
    require_other_than_revoked(state, command.penalties, new_facts=state.notice is not None and state.notice.new_facts)
    require_discussed(state, command.outcome, command.penalties, context)
    require_discretion(state, command, context)
    _before_transfer(state).require(Stage.INVESTIGATION_CLOSED, *TOLD)
    state.require_in_order(context)
    if command.outcome != commands.OUTCOME_NOT_ESTABLISHED:
        require_grounds(state)
    yield from under_suspicion(state, command, context)
    yield _decided(state, command, context)
    if command.party_present:
        yield _handed_over(state, command, context)
    yield from opinion.decided(state, command)


def _decided(
    state: Case, command: commands.DecideRequest, context: Context
) -> pb.PenaltyDecided | pb.NoPenaltyDecided | pb.ViolationNotEstablished:
    document = command.document if command.HasField("document") else None
    publish = command.publicity == decisions.PUBLICITY_REQUIRED
    match command.outcome:
        case commands.OUTCOME_PENALTY:
            fines = any(penalty.kind == pb.PENALTY_KIND_FINE for penalty in command.penalties)
            known = other_cases(context)
            return pb.PenaltyDecided(
                case_id=command.case_id,
                case_number=state.case_number,
                penalties=command.penalties,
                reasons=command.reasons,
                basis=command.basis,
                defence_review=command.defence_review,
                document=document,
                party_present=command.party_present,
                publish=command.publicity != decisions.PUBLICITY_NOT_REQUIRED,
                publicity_reason=command.publicity_reason,
                correction=command.correction,
                duplicates=review(known, command.duplicate_decision, command.duplicate_reason, fines=fines),
            )
        case commands.OUTCOME_NO_PENALTY:
            return pb.NoPenaltyDecided(
                case_id=command.case_id,
                case_number=state.case_number,
                ground=command.ground,
                reasons=command.reasons,
                education=command.education,
                guardian=command.guardian if command.ground in GUARDIAN_ORDERS else "",
                guardian_order=GUARDIAN_ORDERS.get(command.ground, ""),
                document=document,
                party_present=command.party_present,
                publish=publish,
            )
        case _:
            return pb.ViolationNotEstablished(
                case_id=command.case_id,
                case_number=state.case_number,
                reasons=command.reasons,
                document=document,
                party_present=command.party_present,
            )


def _handed_over(state: Case, command: commands.DecideRequest, context: Context) -> pb.DecisionServed:
    """A party that is there gets the decision at once, or has it left when it will not take it (art. 61)."""
    left = bool(command.delivery.refusal.strip())
    way = pb.SERVICE_WAY_LEFT if left else pb.SERVICE_WAY_DIRECT
    if not command.HasField("delivery"):
        raise Refused(Refusal.HAND_OVER_AT_ONCE)
    service = commands.ServeDecisionRequest(
        case_id=command.case_id,
        way=way,
        proof=command.proof if command.HasField("proof") else None,
        delivery=command.delivery,
    )
    return decision_service(state, service, context)


@case.evolve(pb.PenaltyDecided)
def penalty_decided(state: Case, event: pb.PenaltyDecided, act: Act) -> Case:
    decision = Decision(commands.OUTCOME_PENALTY, tuple(event.penalties), made_on=_day(act), publish=event.publish)
    decided = _with_decision(state, decision)
    return replace(decided, correction_ordered=state.correction_ordered or bool(event.correction))


@case.evolve(pb.NoPenaltyDecided)
def no_penalty_decided(state: Case, event: pb.NoPenaltyDecided, act: Act) -> Case:
    return _with_decision(state, Decision(commands.OUTCOME_NO_PENALTY, made_on=_day(act)))


@case.evolve(pb.ViolationNotEstablished)
def violation_not_established(state: Case, event: pb.ViolationNotEstablished, act: Act) -> Case:
    return _with_decision(state, Decision(commands.OUTCOME_NOT_ESTABLISHED, made_on=_day(act)))


def _day(act: Act) -> date:
    return day_of(act.occurred_at)


def _with_decision(state: Case, decision: Decision) -> Case:
    # What is public of a decision that was revoked stays to be withdrawn.
    publication = state.publication if state.publication and state.publication.public else None
    return replace(
        state,
        stage=Stage.DECIDED,
        before_transfer=None,
        decision=decision,
        barred=(),
        posted=state.posted_of_matters,
        publication=publication,
    )


@case.evolve(decisions.CrimeTransferDecided)
def crime_transfer_decided(state: Case, event: decisions.CrimeTransferDecided) -> Case:
    return replace(state, stage=Stage.TRANSFERRED_CRIMINAL, before_transfer=state.stage)


@case.decide(
    decisions.ExtendDecisionRequest, basis="行政处罚法 art. 60; 交通运输行政执法程序规定 (number of days: switch)"
)
def extend_decision(state: Case, command: decisions.ExtendDecisionRequest, context: Context) -> Events:
    """A leader gives a complex case more time, once, before the ninety days are over."""
    state.require(*UNDECIDED)
    period = state.period
    assert period is not None
    if period.extended:
        raise Refused(Refusal.DECISION_EXTENDED_ONCE)
    hearings = context.rules.get("decision_clock_during_hearing", context.today) == "pause"
    now = period.resumed(context.occurred_at).heard_until(context.occurred_at)
    pauses = (*now.pauses, *now.hearings) if hearings else now.pauses
    due = end_of_limit(deadlines.DECISION, period.began_at, context, pauses)
    stands_still = period.stopped_at is not None or (hearings and period.hearing_since is not None)
    if not stands_still and not due.covers(context.occurred_at):
        raise Refused(Refusal.DECISION_TIME_OVER, due=due.due_on)
    days = context.rules.number("decision_extension_days", context.today)
    yield decisions.DecisionExtended(case_id=command.case_id, days=days, reason=command.reason)


@case.evolve(decisions.DecisionExtended)
def decision_extended(state: Case, event: decisions.DecisionExtended) -> Case:
    assert state.period is not None
    return replace(state, period=replace(state.period, extended=True))


def _before_transfer(state: Case) -> Case:
    """What may be decided although the police have the case is decided from where it stood before."""
    if state.stage is not Stage.TRANSFERRED_CRIMINAL or state.before_transfer is None:
        return state
    return replace(state, stage=state.before_transfer)


def _require_outcome_complete(command: commands.DecideRequest) -> None:
    if command.outcome == commands.OUTCOME_CRIME_TRANSFER and (command.penalties or not command.basis.strip()):
        raise Refused(Refusal.TRANSFER_OUTCOME)
    if (command.outcome == commands.OUTCOME_PENALTY) != bool(command.penalties):
        raise Refused(Refusal.PENALTIES_AND_OUTCOME)
    unpunished = command.outcome == commands.OUTCOME_NO_PENALTY
    if unpunished and not (command.ground and command.education.strip()):
        raise Refused(Refusal.GROUND_AND_EDUCATION)
    order = GUARDIAN_ORDERS.get(command.ground) if unpunished else None
    if order and not command.guardian.strip():
        raise Refused(Refusal.GUARDIAN_NEEDED, ground=term(pb.NoPenaltyGround, command.ground), order=order)
    kept_private = command.publicity == decisions.PUBLICITY_NOT_REQUIRED
    if command.outcome == commands.OUTCOME_PENALTY and kept_private and not command.publicity_reason.strip():
        raise Refused(Refusal.PUBLICITY_REASON_NEEDED)
    require_amounts(command.penalties)


def _require_penalty_allowed(state: Case, command: commands.DecideRequest, context: Context) -> None:
    """Old enough (art. 30), told before (62), not beyond it (44), heard and not made worse for it (45, 63-65), reviewed
    (58)."""
    if state.clue is not None:
        require_lighter_for_the_young(state, command.penalties, context)
    notice = state.notice
    if notice is None:
        raise Refused(Refusal.NOTICE_BEFORE_DECISION)
    defended = notice.defence == pb.DEFENCE_KIND_STATED or state.hearing is not None
    if beyond := aggravation(notice.proposed, command.penalties):
        raise Refused(Refusal.AGGRAVATED_AFTER_DEFENCE if defended else Refusal.BEYOND_NOTICE, detail=beyond)
    require_hearing_over(state, notice, context)
    require_defence_heard(notice, command.defence_review, context)
    require_reviewed(state, context)
    if not state.correction_ordered and not command.correction.strip():
        raise Refused(Refusal.CORRECTION_NOT_ORDERED)
