"""Legal review (法制审核, 行政处罚法 art. 58): before the decision, by somebody qualified who did not investigate.

It may be done before the notice and after it. One that is returned is done again; a hearing, a new notice or an
investigation taken up again makes an earlier one count no more.
"""

from dataclasses import replace
from datetime import date
from typing import Final

from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import review_pb2 as pb
from enforcement.common.v1 import common_pb2 as common

from services.cases.model.case import TOLD, Case, Refusal, Stage, case
from services.cases.model.hearing import require_no_open_hearing
from services.cases.model.procedure import Review
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import term

EXAMINATION_SINCE: Final = date(2018, 1, 1)
"""行政处罚法 as amended on 2017-09-01 asks for the examination from this day on; who reviewed before needs none."""


def review_grounds(state: Case) -> tuple[notices.ReviewGround.ValueType, ...]:
    """Why the law asks for review: what the case was classified as, and the hearing that it went through."""
    heard = (notices.REVIEW_GROUND_MAJOR_RIGHTS,) if state.hearing is not None else ()
    return tuple(dict.fromkeys((*state.classification.review_grounds, *heard)))


@case.decide(pb.SubmitForLegalReviewRequest, basis="行政处罚法 art. 58")
def submit_for_review(state: Case, command: pb.SubmitForLegalReviewRequest, context: Context) -> Events:
    """The case goes to review once its facts are found; not while a hearing is open."""
    state.require(Stage.INVESTIGATION_CLOSED, *TOLD)
    state.require_free()
    state.require_in_order(context)
    require_no_open_hearing(state)
    grounds = review_grounds(state)
    yield pb.LegalReviewRequested(
        case_id=command.case_id, mandatory=bool(grounds), grounds=grounds, draft=command.draft
    )


@case.evolve(pb.LegalReviewRequested)
def review_requested(state: Case, event: pb.LegalReviewRequested) -> Case:
    return replace(state, review=Review(after_notice=state.notice is not None))


@case.decide(pb.CompleteLegalReviewRequest, basis="行政处罚法 art. 58")
def complete_review(state: Case, command: pb.CompleteLegalReviewRequest, context: Context) -> Events:
    """Whoever reviews did not investigate the case; who reviews only since 2018 has passed the national examination."""
    state.require(Stage.INVESTIGATION_CLOSED, *TOLD)
    state.require_free()
    state.require_in_order(context)
    if state.review is None or not state.review.asked:
        raise Refused(Refusal.REVIEW_NOT_REQUESTED)
    reviewer = context.active_officer(context.actor.id)
    if reviewer.officer_id in state.investigators:
        raise Refused(Refusal.REVIEWER_INVESTIGATED, officer=reviewer.officer_id)
    if not may_review(reviewer):
        raise Refused(Refusal.REVIEWER_NOT_QUALIFIED, officer=reviewer.officer_id)
    yield pb.LegalReviewCompleted(
        case_id=command.case_id,
        passed=command.passed,
        major=bool(review_grounds(state)),
        opinion=command.opinion,
        reviewer=reviewer,
        document=command.document if command.HasField("document") else None,
    )


@case.evolve(pb.LegalReviewCompleted)
def review_completed(state: Case, event: pb.LegalReviewCompleted) -> Case:
    assert state.review is not None
    review = replace(state.review, asked=False, passed=event.passed)
    told = state.stage is not Stage.INVESTIGATION_CLOSED
    return replace(state, review=review, stage=Stage.LEGAL_REVIEWED if told and event.passed else state.stage)


def may_review(reviewer: common.OfficerSnapshot) -> bool:
    """Qualified by the day of the act, or a reviewer from before the examination was asked for."""
    since = reviewer.reviewing_since_on
    return bool(reviewer.legally_qualified_on) or bool(since and date.fromisoformat(since) < EXAMINATION_SINCE)


def require_reviewed(state: Case, context: Context) -> None:
    """Where a law asks for review, nothing is decided without it; where it was returned, nothing is decided either."""
    grounds = review_grounds(state)
    review = state.review
    if review is not None and review.passed is False:
        raise Refused(Refusal.REVIEW_NOT_PASSED)
    if not grounds:
        return
    early = context.rules.get("legal_review_before_notice", context.today) == "counts"
    if review is None or not review.passed or not (review.after_notice or early or state.notice is None):
        raise Refused(
            Refusal.LEGAL_REVIEW_NEEDED, grounds="、".join(term(notices.ReviewGround, one) for one in grounds)
        )
