"""Collective discussion (集体讨论, 行政处罚法 art. 57): the leaders decide a complex or major case together."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import review_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.cases.model.case import TOLD, Case, Refusal, Stage, case
from services.cases.model.hearing import require_hearing_over, require_no_open_hearing
from services.cases.model.notice import require_amounts, require_defence_over, same
from services.cases.model.procedure import Discussion
from services.cases.model.review import require_reviewed
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import term

_LEADERS: Final = frozenset((options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD))


@case.decide(pb.RecordCollectiveDiscussionRequest, basis="行政处罚法 arts. 45, 57, 58, 62-65")
def record_discussion(state: Case, command: pb.RecordCollectiveDiscussionRequest, context: Context) -> Events:
    """Leaders take part, each opinion is on the record, and they conclude. To discuss is where they decide: what a law
    wants reviewed was reviewed, and no penalty is concluded on while the party may still speak (arts. 45, 62-65)."""
    state.require(Stage.INVESTIGATION_CLOSED, *TOLD)
    state.require_free()
    state.require_in_order(context)
    if (command.conclusion == pb.DISCUSSION_CONCLUSION_PENALTY) != bool(command.penalties):
        raise Refused(Refusal.PENALTIES_AND_OUTCOME)
    require_amounts(command.penalties)
    require_no_open_hearing(state)
    if command.conclusion == pb.DISCUSSION_CONCLUSION_PENALTY and state.notice is not None:
        require_hearing_over(state, state.notice, context)
        require_defence_over(state.notice, context)
    require_reviewed(state, context)
    least = context.rules.number("discussion_leaders_min", context.today)
    leaders = [context.active_officer(officer_id) for officer_id in dict.fromkeys(command.participant_ids)]
    for leader in leaders:
        if not _LEADERS & set(leader.roles):
            raise Refused(Refusal.NOT_A_LEADER, officer=leader.officer_id)
    if len(leaders) < least:
        raise Refused(Refusal.TOO_FEW_LEADERS, least=least)
    spoke = {opinion.officer_id for opinion in command.opinions if opinion.opinion.strip()}
    for leader in leaders:
        if leader.officer_id not in spoke:
            raise Refused(Refusal.OPINIONS_INCOMPLETE, officer=leader.officer_id)
    yield pb.CollectiveDiscussionRecorded(
        case_id=command.case_id,
        conclusion=command.conclusion,
        penalties=command.penalties,
        participants=leaders,
        opinions=command.opinions,
        record=command.record if command.HasField("record") else None,
    )


@case.evolve(pb.CollectiveDiscussionRecorded)
def discussion_recorded(state: Case, event: pb.CollectiveDiscussionRecorded) -> Case:
    told = state.stage is not Stage.INVESTIGATION_CLOSED
    discussion = Discussion(event.conclusion, tuple(event.penalties))
    return replace(state, discussion=discussion, stage=Stage.DISCUSSED if told else state.stage)


def require_discussed(
    state: Case,
    outcome: commands.Outcome.ValueType,
    penalties: Iterable[events.Penalty],
    context: Context,
) -> None:
    """A complex or major case is discussed before it is decided, and a decision follows what the leaders concluded."""
    discussion = state.discussion
    heavy = state.notice is not None and state.notice.hearing_right
    by_weight = heavy and context.rules.get("discussion_of_hearing_penalties", context.today) == "yes"
    if discussion is None:
        if state.classification.complex_or_major or by_weight:
            raise Refused(Refusal.DISCUSSION_NEEDED)
        return
    concluded = term(pb.DiscussionConclusion, discussion.conclusion)
    if int(discussion.conclusion) != int(outcome):
        raise Refused(Refusal.DIFFERS_FROM_DISCUSSION, detail=f"{concluded} → {term(commands.Outcome, outcome)}")
    if not same(discussion.penalties, penalties):
        raise Refused(Refusal.DIFFERS_FROM_DISCUSSION, detail=f"{concluded}：{_words(discussion.penalties)}")


def _words(penalties: Iterable[events.Penalty]) -> str:
    return "、".join(
        f"{term(events.PenaltyKind, penalty.kind)}{penalty.amount_fen or penalty.extent}" for penalty in penalties
    )
