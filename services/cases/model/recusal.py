"""Recusal (回避, 行政处罚法 art. 43): whoever has an interest in a case, or another relation to it, stands back.

The investigation does not stop while a recusal is asked for. From the decision on, a recused officer takes no part:
`case` refuses every command by or with that officer. A hearing of which the party was notified with that officer as
chair or recorder (art. 64) is notified anew, and so is one that was held and on which its chair has not reported yet.
"""

from dataclasses import replace

from enforcement.cases.v1 import recusal_pb2 as pb
from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options

from services.cases.model.case import Case, Recusals, Refusal, Stage, case, require_new
from services.cases.model.procedure import Hearing, HearingState
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act

_GOES_ON = tuple(stage for stage in Stage if stage not in (Stage.NOT_FILED, Stage.CLOSED, Stage.ARCHIVED))
"""There is something left to take part in."""


@case.decide(pb.RequestRecusalRequest, basis="行政处罚法 art. 43")
def request_recusal(state: Case, command: pb.RequestRecusalRequest, context: Context) -> Events:
    """The party asks, the officer declares, or the authority takes it up. It stops nothing yet."""
    state.require(*_GOES_ON)
    require_new(command.recusal_id, state.recusals.open)
    officer = context.officer(command.officer_id)
    if command.asked_by == pb.RECUSAL_BY_OFFICER and officer.officer_id != context.actor.id:
        raise Refused(Refusal.NOT_FOR_ANOTHER)
    if officer.officer_id in state.recusals.open.values():
        raise Refused(Refusal.RECUSAL_OPEN, officer=officer.officer_id)
    yield pb.RecusalRequested(
        case_id=command.case_id,
        recusal_id=command.recusal_id,
        officer_id=officer.officer_id,
        asked_by=command.asked_by,
        reason=command.reason,
        document=command.document if command.HasField("document") else None,
    )


@case.evolve(pb.RecusalRequested)
def recusal_requested(state: Case, event: pb.RecusalRequested) -> Case:
    asked = {**state.recusals.open, event.recusal_id: event.officer_id}
    return replace(state, recusals=replace(state.recusals, open=asked))


@case.decide(pb.DecideRecusalRequest, basis="行政处罚法 art. 43")
def decide_recusal(state: Case, command: pb.DecideRecusalRequest, context: Context) -> Events:
    """The head of the authority decides; on the head's own recusal the other leaders together. Nobody on one's own."""
    concerned_id = state.recusals.open.get(command.recusal_id)
    if concerned_id is None:
        raise Refused(Refusal.RECUSAL_UNKNOWN, id=command.recusal_id)
    concerned = context.officer(concerned_id)
    if concerned_id == context.actor.id:
        raise Refused(Refusal.RECUSAL_OF_ONESELF)
    collective: list[common.OfficerSnapshot] = []
    if options.ROLE_PRINCIPAL_HEAD in concerned.roles:
        collective = _collective(command, concerned_id, context)
    elif not context.actor.holds(options.ROLE_PRINCIPAL_HEAD):
        raise Refused(Refusal.RECUSAL_BY_HEAD)
    yield pb.RecusalDecided(
        case_id=command.case_id,
        recusal_id=command.recusal_id,
        officer_id=concerned_id,
        recused=command.recused,
        reason=command.reason,
        collective=collective,
        hearing_anew=command.recused and _has_part_in(state.hearing, concerned_id),
    )


@case.evolve(pb.RecusalDecided)
def recusal_decided(state: Case, event: pb.RecusalDecided, act: Act) -> Case:
    still_open = {known: who for known, who in state.recusals.open.items() if known != event.recusal_id}
    since = {**state.recusals.since, event.officer_id: act.occurred_at} if event.recused else state.recusals.since
    team = state.team - {event.officer_id} if event.recused else state.team
    hearing = Hearing() if event.hearing_anew else state.hearing
    return replace(state, recusals=Recusals(still_open, since), team=team, hearing=hearing)


def _has_part_in(hearing: Hearing | None, officer_id: str) -> bool:
    """Whether a hearing that is not finished waits for an officer: to chair or to record it, or to report on it."""
    if hearing is None:
        return False
    waits_for = {
        HearingState.NOTIFIED: (hearing.chair_id, hearing.recorder_id),
        HearingState.HELD: (hearing.chair_id,),
    }
    return officer_id in waits_for.get(hearing.state, ())


def _collective(command: pb.DecideRecusalRequest, head_id: str, context: Context) -> list[common.OfficerSnapshot]:
    """Leaders who decide together, without the head whom it concerns."""
    leaders = [context.officer(officer_id) for officer_id in dict.fromkeys(command.collective_ids)]
    lead = (options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD)
    if (
        len(leaders) < context.rules.number("recusal_leaders_min", context.today)
        or any(leader.officer_id == head_id for leader in leaders)
        or any(not set(lead) & set(leader.roles) for leader in leaders)
    ):
        raise Refused(Refusal.RECUSAL_OF_HEAD)
    return leaders
