"""What happens to a decision afterwards: correction, revocation, reconsideration, suit (变更, 撤销, 复议, 诉讼).

A remedy lies over the stages and stops no execution (行政处罚法 art. 73; 行政复议法 art. 42). What its outcome does to
the decision happens with it. Where another decision is ordered, the report is approved and the party told anew; while
the police have the case it waits (`criminal_transfer`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from enforcement.cases.v1 import decision_pb2 as pb
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import opinion_pb2 as opinions
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.applications import met
from services.cases.model.case import Case, Refusal, Stage, case, require_new
from services.cases.model.criminal_transfer import still_with_the_police
from services.cases.model.delivery import not_posted, served_sheet
from services.cases.model.notice import aggravation, require_amounts
from services.cases.model.opinion import progressed
from services.cases.model.procedure import Decision, Period, Remedy
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, day_of, term

_AFTER: Final = (Stage.DECIDED, Stage.SERVED, Stage.CLOSED, Stage.ARCHIVED)
_TAKES_AWAY: Final = (
    pb.REMEDY_OUTCOME_REVOKED,
    pb.REMEDY_OUTCOME_ORDERED_ANEW,
    pb.REMEDY_OUTCOME_DECLARED_VOID,
)
"""Outcomes after which the decision is no more."""
_GROUNDS: Final = {
    pb.REMEDY_KIND_RECONSIDERATION: pb.CHANGE_GROUND_RECONSIDERATION,
    pb.REMEDY_KIND_LITIGATION: pb.CHANGE_GROUND_JUDGMENT,
}


@case.decide(pb.AmendDecisionRequest, basis="行政处罚法 arts. 61, 75")
def amend_decision(state: Case, command: pb.AmendDecisionRequest, context: Context) -> Events:
    """A leader corrects a penalty that is wrong, by a sheet that is served; the authority itself never makes it
    heavier.
    """
    decision = _in_force(state)
    require_amounts(command.penalties)
    if worse := aggravation(decision.penalties, command.penalties):
        raise Refused(Refusal.AMENDED_TO_HARM, detail=worse)
    told = served_sheet(state, delivery.SERVED_DOCUMENT_DECISION_CHANGE, "", command, context)
    yield _amended(state, command.case_id, pb.CHANGE_GROUND_OWN, command.penalties, command.reason, told)
    yield from met(state, command.case_id)


@case.decide(pb.RevokeDecisionRequest, basis="行政处罚法 arts. 38, 61, 75")
def revoke_decision(state: Case, command: pb.RevokeDecisionRequest, context: Context) -> Events:
    """A leader revokes a decision that should not stand, by a sheet that is served, and says whether another one is
    made.
    """
    if state.decision is None:
        raise Refused(Refusal.NO_DECISION)
    state.require(*_AFTER)
    told = served_sheet(state, delivery.SERVED_DOCUMENT_DECISION_CHANGE, "", command, context)
    yield _revoked(state, command.case_id, pb.CHANGE_GROUND_OWN, command.reason, told, anew=command.anew)
    yield from met(state, command.case_id)
    if command.anew:
        yield from still_with_the_police(state, command.case_id, context)
    yield from progressed(state, command.case_id, opinions.OPINION_PROGRESS_REVOKED, reasons=command.reason)


@case.decide(pb.RecordRemedyRequest, basis="行政处罚法 art. 73; 行政复议法 arts. 20, 42; 行政诉讼法 art. 46")
def record_remedy(state: Case, command: pb.RecordRemedyRequest, context: Context) -> Events:
    """A reconsideration or a suit was accepted. Whether it came in time is for the body that accepted it to say."""
    state.require(*_AFTER)
    require_new(command.remedy_id, state.remedies)
    if any(remedy.open and remedy.kind == command.kind for remedy in state.remedies.values()):
        raise Refused(Refusal.REMEDY_OPEN, kind=term(pb.RemedyKind, command.kind))
    yield pb.RemedyStarted(
        case_id=command.case_id,
        remedy_id=command.remedy_id,
        kind=command.kind,
        started_on=context.today.isoformat(),
        body=command.body,
        reference=command.reference,
        execution_stopped=command.execution_stopped,
    )


@case.evolve(pb.RemedyStarted)
def remedy_started(state: Case, event: pb.RemedyStarted) -> Case:
    remedy = Remedy(event.kind, date.fromisoformat(event.started_on))
    return replace(state, remedies={**state.remedies, event.remedy_id: remedy})


@case.decide(
    pb.RecordRemedyOutcomeRequest,
    basis="行政复议法 arts. 63-69, 75; 行政诉讼法 arts. 45, 69-71, 74, 75, 77; 行政处罚法 art. 48",
)
def record_remedy_outcome(state: Case, command: pb.RecordRemedyOutcomeRequest, context: Context) -> Events:
    """It ended: the decision stands, or is changed, revoked or void with it, perhaps to be made anew. What is declared
    illegal stands, and is public no more.

    What was revoked meanwhile is not revoked again, and a decision that was made since is another one.
    """
    remedy = state.remedies.get(command.remedy_id)
    if remedy is None or not remedy.open:
        raise Refused(Refusal.REMEDY_NOT_OPEN)
    require_remedy_day(context.today, remedy.started_on, context)
    changes = command.outcome == pb.REMEDY_OUTCOME_CHANGED
    if changes != bool(command.penalties):
        raise Refused(Refusal.PENALTIES_AND_OUTCOME)
    require_amounts(command.penalties)
    superseded = remedy.moot or remedy.amended
    illegal = command.outcome == pb.REMEDY_OUTCOME_DECLARED_ILLEGAL and not superseded
    yield pb.RemedyEnded(
        case_id=command.case_id,
        remedy_id=command.remedy_id,
        kind=remedy.kind,
        ended_on=context.today.isoformat(),
        outcome=command.outcome,
        reason=command.reason,
        document=command.document if command.HasField("document") else None,
        received_on=received_on(command.received_on, context.today, context),
        published=illegal and _public(state),
        superseded=superseded,
    )
    ground = _GROUNDS[remedy.kind]
    # The body that decided serves its decision itself.
    theirs = {"document": command.document if command.HasField("document") else None}
    anew = command.outcome == pb.REMEDY_OUTCOME_ORDERED_ANEW
    over = state.decision is None and state.stage in (Stage.REVOKED, Stage.CLOSED, Stage.ARCHIVED)
    if remedy.moot and not (anew and over):
        return
    if changes:
        _in_force(state)
        yield _amended(state, command.case_id, ground, command.penalties, command.reason, theirs, command.remedy_id)
    elif command.outcome in _TAKES_AWAY:
        barred = anew and not command.for_procedure
        yield _revoked(
            state, command.case_id, ground, command.reason, theirs, command.remedy_id, anew=anew, barred=barred
        )
        if anew:
            yield from still_with_the_police(state, command.case_id, context)
        yield from progressed(state, command.case_id, opinions.OPINION_PROGRESS_REVOKED, reasons=command.reason)


@case.evolve(pb.RemedyEnded)
def remedy_ended(state: Case, event: pb.RemedyEnded) -> Case:
    remedy = state.remedies[event.remedy_id]
    state = replace(state, remedies={**state.remedies, event.remedy_id: replace(remedy, open=False)})
    meant = not (event.superseded or remedy.moot)
    if event.outcome != pb.REMEDY_OUTCOME_DECLARED_ILLEGAL or not meant or state.decision is None:
        return state
    return replace(state, decision=replace(state.decision, illegal=True))


@case.evolve(pb.DecisionAmended)
def decision_amended(state: Case, event: pb.DecisionAmended) -> Case:
    assert state.decision is not None
    # A copy that was proposed and is not public yet tells of penalties that are no more.
    publication = state.publication if _public(state) else None
    decision = replace(state.decision, penalties=tuple(event.penalties))
    posted = not_posted(state, delivery.SERVED_DOCUMENT_DECISION_CHANGE)
    remedies = state.remedies
    if event.ground == pb.CHANGE_GROUND_OWN:
        remedies = {each: replace(remedy, amended=True) for each, remedy in remedies.items()}
    return replace(state, decision=decision, publication=publication, posted=posted, remedies=remedies)


@case.evolve(pb.DecisionRevoked)
def decision_revoked(state: Case, event: pb.DecisionRevoked, act: Act) -> Case:
    gone = state.decision.penalties if state.decision is not None else ()
    moot = {
        remedy_id: remedy if remedy.moot else replace(remedy, moot=True, revoked=gone)
        for remedy_id, remedy in state.remedies.items()
    }
    barred = moot[event.remedy_id].revoked if event.same_result_barred else ()
    posted = not_posted(state, delivery.SERVED_DOCUMENT_DECISION_CHANGE)
    state = replace(state, decision=None, remedies=moot, barred=barred, posted=posted)
    if not event.anew:
        return replace(state, stage=Stage.REVOKED)
    # Another decision gets the time of a first one: the clock `cases.decision` starts again.
    period = Period(act.occurred_at)
    anew = replace(state.from_the_notice_on(), told=False)
    return replace(anew, stage=Stage.INVESTIGATION_CLOSED, period=period, collections={})


def received_on(said: str, ended_on: date, context: Context) -> str:
    """Day on which the party received a ruling, from which its time for a suit counts (行政诉讼法 art. 45).

    Raises:
        Refused: REMEDY_DAY.
    """
    if not said:
        return ""
    received = day(said)
    if not ended_on <= received <= day_of(context.now):
        raise Refused(Refusal.REMEDY_DAY, day=received, earliest=ended_on, latest=day_of(context.now))
    return received.isoformat()


def require_remedy_day(on: date, earliest: date, context: Context) -> None:
    """A day of a remedy lies between what it follows and today: surcharge and windows count from it."""
    if not earliest <= on <= context.today:
        raise Refused(Refusal.REMEDY_DAY, day=on, earliest=earliest, latest=context.today)


def _in_force(state: Case) -> Decision:
    state.require(*_AFTER)
    if state.decision is None or state.decision.outcome != commands.OUTCOME_PENALTY:
        raise Refused(Refusal.NO_DECISION)
    return state.decision


def _public(state: Case) -> bool:
    return state.publication is not None and state.publication.public


def _amended(
    state: Case,
    case_id: str,
    ground: pb.ChangeGround.ValueType,
    penalties: Iterable[events.Penalty],
    reason: str,
    told: Mapping[str, Any],
    remedy_id: str = "",
) -> pb.DecisionAmended:
    return pb.DecisionAmended(
        case_id=case_id,
        case_number=state.case_number,
        penalties=penalties,
        ground=ground,
        remedy_id=remedy_id,
        reason=reason,
        published=_public(state),
        publish=state.decision is not None and state.decision.publish and not state.decision.illegal,
        **told,
    )


def _revoked(
    state: Case,
    case_id: str,
    ground: pb.ChangeGround.ValueType,
    reason: str,
    told: Mapping[str, Any],
    remedy_id: str = "",
    *,
    anew: bool,
    barred: bool = False,
) -> pb.DecisionRevoked:
    return pb.DecisionRevoked(
        case_id=case_id,
        case_number=state.case_number,
        ground=ground,
        remedy_id=remedy_id,
        anew=anew,
        reason=reason,
        published=_public(state),
        same_result_barred=barred,
        **told,
    )
