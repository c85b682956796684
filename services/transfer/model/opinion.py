"""The procuratorate's side of an opinion (检察意见; 刑事诉讼法 art. 177; 行刑反向衔接工作指引 arts. 2, 12, 13, 20).

    REVIEWING ──issue──▶ ISSUED ──the bureau tells──▶ RECEIVED ▶ REGISTERED ▶ CASE_FILED ▶ DECIDED ▶ REPLIED
       │ ▲  └──close──▶ NOT_NEEDED                       │                  └▶ NOT_FILED ────────────▲   │
    pause resume                                         └──▶ RETURNED                                   │ acknowledge
       ▼ │                                                                                               ▼
      PAUSED                             ISSUED … REPLIED ──withdraw──▶ WITHDRAWN                  ACKNOWLEDGED

What the bureau told is kept in the order in which it arrived; the stage never goes back. An interim reply is no stage.
That a reply is overdue lies over the stages: the clock says it. An opinion that a transfer is missing (有案不移) has no
review, and begins as ISSUED.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.deadlines import published
from services.kernel.deadlines.units import Pause
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, term
from services.transfer.model.reply_period import end_of
from services.transfer.model.shared import Refusal, require_not_before, require_told_by
from services.transfer.opinion_deadlines import REVIEW

GUIDE_2: Final = "人民检察院行刑反向衔接工作指引 art. 2; 刑事诉讼法 art. 177"
SPP2001_12: Final = "人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 art. 12"
GUIDE_12: Final = "人民检察院行刑反向衔接工作指引 arts. 12, 13"


class Stage(StrEnum):
    """Where an opinion stands, as the procuratorate knows."""

    REVIEWING = "审查中"
    PAUSED = "中止审查"
    NOT_NEEDED = "无需提出检察意见"
    ISSUED = "已提出检察意见"
    RECEIVED = "已送达"
    REGISTERED = "行政机关已登记"
    CASE_FILED = "行政机关已立案"
    NOT_FILED = "行政机关不予立案"
    DECIDED = "行政机关已作出处理决定"
    REPLIED = "行政机关已回复"
    ACKNOWLEDGED = "已审查回复"
    RETURNED = "行政机关已退回"
    WITHDRAWN = "已撤回"


OUT: Final = (
    Stage.ISSUED,
    Stage.RECEIVED,
    Stage.REGISTERED,
    Stage.CASE_FILED,
    Stage.NOT_FILED,
    Stage.DECIDED,
    Stage.REPLIED,
)
"""It is with the authority, in the order of its way there."""
DONE: Final = (pb.OPINION_OUTCOME_PENALTY, pb.OPINION_OUTCOME_CRIME_TRANSFERRED)
"""What the opinion asked for was done: that needs no reason."""
TOLD: Final = {
    pb.OPINION_STEP_RECEIVED: Stage.RECEIVED,
    pb.OPINION_STEP_REGISTERED: Stage.REGISTERED,
    pb.OPINION_STEP_CASE_FILED: Stage.CASE_FILED,
    pb.OPINION_STEP_NOT_FILED: Stage.NOT_FILED,
    pb.OPINION_STEP_DECIDED: Stage.DECIDED,
    pb.OPINION_STEP_REPLIED: Stage.REPLIED,
    pb.OPINION_STEP_RETURNED: Stage.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Opinion(Staged):
    """What decisions about an opinion read."""

    stage: Stage = Stage.REVIEWING
    opened: pb.OpinionReviewOpened = field(default_factory=pb.OpinionReviewOpened)
    opened_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    paused: tuple[datetime, pb.ReviewPauseGround.ValueType] | None = None
    extended_by: int = 0
    """Working days."""
    bureau_id: str = ""
    last_act_at: datetime | None = None
    reply_nominal_on: str = ""
    reply: pb.ReplyKind.ValueType = pb.REPLY_KIND_UNSPECIFIED
    """Last reply that nobody acknowledged."""
    replied: bool = False
    """Some reply was given."""
    without_reason: bool = False
    """It ended without a case or a penalty, and no reason was told."""


opinion = Aggregate("opinion", Opinion)


@opinion.decide(pb.OpenOpinionReviewRequest, basis=GUIDE_12)
def open_review(state: Opinion, command: pb.OpenOpinionReviewRequest, context: Context) -> Events:
    """The administrative prosecution department registers a decision not to prosecute: its review begins."""
    if day(command.decided_on) > context.today:
        raise Refused(Refusal.ACT_BEFORE_ITS_CAUSE, occurred_at=context.today, cause_at=command.decided_on)
    yield pb.OpinionReviewOpened(
        opinion_id=command.opinion_id or str(context.new_id(opinion.name)),
        bureau_id=command.bureau_id,
        decision_number=command.decision_number,
        decided_on=command.decided_on,
        persons=command.persons,
        transfer_id=command.transfer_id,
    )


@opinion.evolve(pb.OpinionReviewOpened)
def review_opened(state: Opinion, event: pb.OpinionReviewOpened, act: Act) -> Opinion:
    return replace(state, opened=event, opened_at=act.occurred_at, last_act_at=act.occurred_at)


@opinion.decide(pb.PauseOpinionReviewRequest, basis=GUIDE_12)
def pause_review(state: Opinion, command: pb.PauseOpinionReviewRequest, context: Context) -> Events:
    """The time of consulting another place's procuratorate, and of a complaint against the decision, does not count."""
    state.require(Stage.REVIEWING)
    require_not_before(state.last_act_at, context)
    yield pb.OpinionReviewPaused(opinion_id=command.opinion_id, ground=command.ground, reason=command.reason)


@opinion.evolve(pb.OpinionReviewPaused)
def review_paused(state: Opinion, event: pb.OpinionReviewPaused, act: Act) -> Opinion:
    paused = (act.occurred_at, event.ground)
    return replace(state, stage=Stage.PAUSED, paused=paused, last_act_at=act.occurred_at)


@opinion.decide(pb.ResumeOpinionReviewRequest, basis=GUIDE_12)
def resume_review(state: Opinion, command: pb.ResumeOpinionReviewRequest, context: Context) -> Events:
    """The review goes on when its ground is gone."""
    state.require(Stage.PAUSED)
    require_not_before(state.last_act_at, context)
    yield pb.OpinionReviewResumed(opinion_id=command.opinion_id)


@opinion.evolve(pb.OpinionReviewResumed)
def review_resumed(state: Opinion, event: pb.OpinionReviewResumed, act: Act) -> Opinion:
    assert state.paused is not None
    pauses = (*state.pauses, Pause(state.paused[0], act.occurred_at))
    return replace(state, stage=Stage.REVIEWING, paused=None, pauses=pauses, last_act_at=act.occurred_at)


@opinion.decide(pb.ExtendOpinionReviewRequest, basis=GUIDE_12)
def extend_review(state: Opinion, command: pb.ExtendOpinionReviewRequest, context: Context) -> Events:
    """More time is given by a document, before the time is over."""
    _require_going_on(state)
    require_not_before(state.opened_at, context)
    assert state.opened_at is not None
    limit = replace(REVIEW, length=REVIEW.length + state.extended_by)
    due = limit.provisional(state.opened_at, published(), state.pauses)
    if not due.covers(context.occurred_at):
        raise Refused(Refusal.REVIEW_TIME_OVER, due=due.due_on)
    yield pb.OpinionReviewExtended(
        opinion_id=command.opinion_id, working_days=command.working_days, document=command.document
    )


@opinion.evolve(pb.OpinionReviewExtended)
def review_extended(state: Opinion, event: pb.OpinionReviewExtended) -> Opinion:
    return replace(state, extended_by=state.extended_by + event.working_days)


@opinion.decide(pb.CloseOpinionReviewRequest, basis=GUIDE_12)
def close_review(state: Opinion, command: pb.CloseOpinionReviewRequest, context: Context) -> Events:
    """No penalty is due: the review ends with the reason."""
    _require_going_on(state)
    require_not_before(state.last_act_at, context)
    yield pb.OpinionNotNeeded(opinion_id=command.opinion_id, reason=command.reason)


@opinion.evolve(pb.OpinionNotNeeded)
def not_needed(state: Opinion, event: pb.OpinionNotNeeded) -> Opinion:
    return replace(state, stage=Stage.NOT_NEEDED)


@opinion.decide(pb.IssueOpinionRequest, basis=GUIDE_2)
def issue(state: Opinion, command: pb.IssueOpinionRequest, context: Context) -> Events:
    """The opinion goes to the competent authority with what its penalty needs, and says when the reply is due."""
    _require_going_on(state)
    require_not_before(state.last_act_at, context)
    _require_issuable(command, context)
    opened = state.opened
    persons = command.persons or opened.persons
    decision_number = command.decision_number or opened.decision_number
    if not persons:
        raise Refused(Refusal.NO_PERSON)
    if not decision_number:
        raise Refused(Refusal.NO_DECISION_NUMBER)
    yield pb.OpinionIssued(
        opinion_id=command.opinion_id,
        bureau_id=command.bureau_id,
        evidence_count=len(command.evidence),
        content=pb.OpinionContent(
            opinion_number=command.opinion_number,
            decision_number=decision_number,
            decided_on=opened.decided_on,
            persons=persons,
            act_code=command.act_code,
            act_on=command.act_on,
            place=command.place,
            facts=command.facts,
            request=command.request,
            reply_period=command.reply_period if command.HasField("reply_period") else None,
            document=command.document,
            decision=command.decision,
            evidence=command.evidence,
            transfer_id=opened.transfer_id,
        ),
        copied_to=command.copied_to,
    )


@opinion.decide(pb.IssueTransferOpinionRequest, basis=SPP2001_12)
def issue_for_transfer(state: Opinion, command: pb.IssueTransferOpinionRequest, context: Context) -> Events:
    """An authority that does not transfer a suspected crime is told to, by an opinion like any other."""
    _require_issuable(command, context)
    yield pb.OpinionIssued(
        opinion_id=command.opinion_id or str(context.new_id(opinion.name)),
        bureau_id=command.bureau_id,
        asks_transfer=True,
        content=pb.OpinionContent(
            opinion_number=command.opinion_number,
            persons=command.persons,
            act_code=command.act_code,
            act_on=command.act_on,
            place=command.place,
            facts=command.facts,
            request=command.request,
            reply_period=command.reply_period if command.HasField("reply_period") else None,
            document=command.document,
        ),
    )


@opinion.evolve(pb.OpinionIssued)
def issued(state: Opinion, event: pb.OpinionIssued, act: Act) -> Opinion:
    return replace(state, stage=Stage.ISSUED, bureau_id=event.bureau_id, last_act_at=act.occurred_at)


@opinion.decide(pb.WithdrawOpinionRequest, basis=GUIDE_2)
def withdraw(state: Opinion, command: pb.WithdrawOpinionRequest, context: Context) -> Events:
    """An opinion whose ground is gone is withdrawn, until it was acknowledged how it ended."""
    state.require(*OUT)
    require_not_before(state.last_act_at, context)
    yield pb.OpinionWithdrawn(opinion_id=command.opinion_id, bureau_id=state.bureau_id, reason=command.reason)


@opinion.evolve(pb.OpinionWithdrawn)
def withdrawn(state: Opinion, event: pb.OpinionWithdrawn) -> Opinion:
    return replace(state, stage=Stage.WITHDRAWN)


@opinion.decide(pb.NoteOpinionProgressRequest, basis="人民检察院行刑反向衔接工作指引 art. 2 (跟踪督促)")
def note_progress(state: Opinion, command: pb.NoteOpinionProgressRequest, context: Context) -> Events:
    """The procuratorate follows up: each thing that the authority told is kept, even what crossed a withdrawal."""
    require_told_by(state.bureau_id, command.bureau_id)
    yield pb.OpinionProgressNoted(
        opinion_id=command.opinion_id,
        bureau_id=command.bureau_id,
        step=command.step,
        taken_at=command.taken_at,
        reply_nominal_on=command.reply_nominal_on,
        fallback=command.fallback,
        case_number=command.case_number,
        outcome=command.outcome,
        reason=command.reason,
        execution=command.execution,
        documents=command.documents,
    )


@opinion.evolve(pb.OpinionProgressNoted)
def progress_noted(state: Opinion, event: pb.OpinionProgressNoted) -> Opinion:
    stage = further(state.stage, TOLD.get(event.step))
    if event.step == pb.OPINION_STEP_RECEIVED:
        return replace(state, stage=stage, reply_nominal_on=event.reply_nominal_on)
    if event.step == pb.OPINION_STEP_REPLIED:
        unreasoned = event.outcome not in DONE and not event.reason.strip()
        return replace(state, stage=stage, reply=pb.REPLY_KIND_RESULT, replied=True, without_reason=unreasoned)
    if event.step == pb.OPINION_STEP_REPLIED_INTERIM:
        # After a result it hides neither that one is to be acknowledged nor that its reasons are missing.
        return replace(state, stage=stage, reply=state.reply or pb.REPLY_KIND_INTERIM, replied=True)
    return replace(state, stage=stage)


@opinion.decide(pb.AcknowledgeOpinionReplyRequest, basis="人民检察院行刑反向衔接工作指引 art. 20")
def acknowledge(state: Opinion, command: pb.AcknowledgeOpinionReplyRequest, context: Context) -> Events:
    """Each reply is looked at and acknowledged; a result that is acknowledged ends the matter."""
    if state.reply == pb.REPLY_KIND_UNSPECIFIED:
        raise Refused(Refusal.NOTHING_TO_ACKNOWLEDGE)
    yield pb.OpinionReplyAcknowledged(
        opinion_id=command.opinion_id, bureau_id=state.bureau_id, kind=state.reply, remark=command.remark
    )


@opinion.evolve(pb.OpinionReplyAcknowledged)
def acknowledged(state: Opinion, event: pb.OpinionReplyAcknowledged) -> Opinion:
    ended = event.kind == pb.REPLY_KIND_RESULT and state.stage is Stage.REPLIED
    return replace(state, stage=Stage.ACKNOWLEDGED if ended else state.stage, reply=pb.REPLY_KIND_UNSPECIFIED)


@opinion.decide(pb.EscalateOpinionRequest, basis="高检发释字〔2021〕4号 (article not checked)")
def escalate(state: Opinion, command: pb.EscalateOpinionRequest, context: Context) -> Events:
    """Others are told when the authority does not reply in time, or does nothing without a reason."""
    state.require(*OUT, Stage.ACKNOWLEDGED, Stage.RETURNED)
    due = end_of(state.reply_nominal_on, published()) if state.reply_nominal_on else None
    overdue = due is not None and not state.replied and not due.covers(context.occurred_at)
    if state.stage is Stage.RETURNED or not (overdue or state.without_reason):
        raise Refused(Refusal.NOTHING_TO_ESCALATE, due=due.due_on if due else "—")
    yield pb.OpinionEscalated(
        opinion_id=command.opinion_id, bureau_id=state.bureau_id, target=command.target, letter=command.letter
    )


@opinion.evolve(pb.OpinionEscalated)
def escalated(state: Opinion, event: pb.OpinionEscalated) -> Opinion:
    return state


def _require_issuable(command: pb.IssueOpinionRequest | pb.IssueTransferOpinionRequest, context: Context) -> None:
    """It goes to a transport authority, about an act that took place, and its reply is due after this day."""
    bureau = context.member(command.bureau_id)
    if bureau.kind != options.AUTHORITY_KIND_TRANSPORT:
        raise Refused(Refusal.OPINION_NOT_TO_BUREAU, authority=bureau.id)
    if day(command.act_on) > context.today:
        raise Refused(Refusal.ACT_BEFORE_ITS_CAUSE, occurred_at=context.today, cause_at=command.act_on)
    until = command.reply_period.until_on
    if until and day(until) <= context.today:
        raise Refused(Refusal.REPLY_DUE_BEFORE_ISSUE, until=until, issued=context.today)


def _require_going_on(state: Opinion) -> None:
    """A review that stands still is not ended, and none is ended twice."""
    if state.paused is not None:
        raise Refused(Refusal.REVIEW_PAUSED, ground=term(pb.ReviewPauseGround, state.paused[1]))
    state.require(Stage.REVIEWING)


def further(now: Stage, told: Stage | None) -> Stage:
    """The stage after something was told: never back, and nothing moves what has ended."""
    if told is None or now not in OUT:
        return now
    if told is Stage.RETURNED:
        return told
    return told if OUT.index(told) > OUT.index(now) else now
