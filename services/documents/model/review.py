"""The review of a case file (案卷评查): items with points, items with a veto, a class, and rework until it is accepted.

    open ──▶ OPEN ──complete──▶ DONE
                         └────▶ REWORK ◀──return── REPORTED ──accept──▶ DONE
                                   └────report────▲

Which items there are is the reviewing body's choice: review.toml, named and versioned in every review.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands

from services.documents.shared import Refusal
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.values import day


class Stage(StrEnum):
    """Where a review stands."""

    NONE = "未评查"
    OPEN = "评查中"
    REWORK = "待整改"
    REPORTED = "待验收"
    DONE = "已完成"


@dataclass(frozen=True, slots=True)
class Review(Staged):
    """One review."""

    stage: Stage = Stage.NONE
    matter_id: str = ""
    items: tuple[tuple[str, int, bool], ...] = ()
    """Code, points in tenths, veto."""
    bounds: tuple[int, ...] = ()
    """Points from which a file is excellent, good, passed, in tenths."""
    reviewer_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a look-up finds before a review: who handled the matter, and the items of the day."""

    handled_by: frozenset[str]
    names: dict[str, str]
    ruleset: str
    items: Sequence[pb.ReviewItem]
    bounds: Sequence[int]


review = Aggregate("case_review", Review)


@review.decide(commands.OpenReviewRequest, basis="design; 行政处罚法 art. 75")
def open_review(state: Review, command: commands.OpenReviewRequest, context: Context) -> Events:
    """Two reviewers at least, none of whom handled or legally reviewed the case."""
    found: Reviewed = context.found
    reviewers = context.two_active_officers(command.reviewer_ids)
    for reviewer in reviewers:
        if reviewer.officer_id in found.handled_by:
            name = found.names.get(reviewer.officer_id, reviewer.officer_id)
            raise Refused(Refusal.REVIEWER_HANDLED_CASE, officer=name)
    yield pb.ReviewOpened(
        review_id=command.review_id or str(context.new_id(review.name)),
        matter_id=command.matter_id,
        ruleset=found.ruleset,
        items=found.items,
        class_bounds_tenths=found.bounds,
        reviewers=[common.OfficerSnapshot.FromString(one.SerializeToString()) for one in reviewers],
    )


@review.evolve(pb.ReviewOpened)
def opened(state: Review, event: pb.ReviewOpened) -> Review:
    return replace(
        state,
        stage=Stage.OPEN,
        matter_id=event.matter_id,
        items=tuple((item.code, item.points_tenths, item.veto) for item in event.items),
        bounds=tuple(event.class_bounds_tenths),
        reviewer_ids=frozenset(one.officer_id for one in event.reviewers),
    )


@review.decide(commands.CompleteReviewRequest, basis="design")
def complete(state: Review, command: commands.CompleteReviewRequest, context: Context) -> Events:
    """Every item is judged, once; points go with a reason; a veto fails the file, and a failed file is put right."""
    state.require(Stage.OPEN)
    _require_reviewer(state, context)
    _require_findings(state, command.findings)
    score = sum(points for _, points, _ in state.items) - sum(one.deducted_tenths for one in command.findings)
    vetoes = [one.code for one in command.findings if one.vetoed]
    result = class_of(score, state.bounds, vetoed=bool(vetoes))
    until = command.rework_until_on
    if (result == pb.REVIEW_CLASS_FAILED and not until) or (until and day(until) < context.today):
        raise Refused(Refusal.REWORK_WITHOUT_DAY)
    completed = pb.ReviewCompleted(
        review_id=command.review_id,
        matter_id=state.matter_id,
        findings=command.findings,
        score_tenths=score,
        vetoes=vetoes,
        rework=bool(until),
        rework_until_on=until,
    )
    setattr(completed, "class", result)
    yield completed


@review.evolve(pb.ReviewCompleted)
def completed(state: Review, event: pb.ReviewCompleted) -> Review:
    return replace(state, stage=Stage.REWORK if event.rework else Stage.DONE)


@review.decide(commands.ReportReworkRequest, basis="design")
def report_rework(state: Review, command: commands.ReportReworkRequest, context: Context) -> Events:
    """Whoever handles the file says what was put right; documents are put right by further versions only."""
    state.require(Stage.REWORK)
    yield pb.ReworkReported(review_id=command.review_id, report=command.report)


@review.evolve(pb.ReworkReported)
def rework_reported(state: Review, event: pb.ReworkReported) -> Review:
    return replace(state, stage=Stage.REPORTED)


@review.decide(commands.JudgeReworkRequest, basis="design")
def judge_rework(state: Review, command: commands.JudgeReworkRequest, context: Context) -> Events:
    """A reviewer accepts what was put right, or returns it."""
    state.require(Stage.REPORTED)
    _require_reviewer(state, context)
    if command.accepted:
        yield pb.ReworkAccepted(review_id=command.review_id, remark=command.remark)
    else:
        yield pb.ReworkReturned(review_id=command.review_id, remark=command.remark)


@review.evolve(pb.ReworkAccepted)
def rework_accepted(state: Review, event: pb.ReworkAccepted) -> Review:
    return replace(state, stage=Stage.DONE)


@review.evolve(pb.ReworkReturned)
def rework_returned(state: Review, event: pb.ReworkReturned) -> Review:
    return replace(state, stage=Stage.REWORK)


def class_of(score_tenths: int, bounds: Sequence[int], *, vetoed: bool) -> pb.ReviewClass.ValueType:
    """The class of a score; a veto fails the file whatever its score."""
    if vetoed:
        return pb.REVIEW_CLASS_FAILED
    classes = (pb.REVIEW_CLASS_EXCELLENT, pb.REVIEW_CLASS_GOOD, pb.REVIEW_CLASS_PASSED)
    for bound, reached in zip(bounds, classes, strict=True):
        if score_tenths >= bound:
            return reached
    return pb.REVIEW_CLASS_FAILED


def _require_reviewer(state: Review, context: Context) -> None:
    if context.actor.id not in state.reviewer_ids:
        raise Refused(Refusal.NOT_A_REVIEWER, officer=context.actor.id)


def _require_findings(state: Review, findings: Any) -> None:
    codes = [one.code for one in findings]
    asked = [code for code, _, _ in state.items]
    if wrong := [code for code in (*asked, *codes) if codes.count(code) != 1 or code not in asked]:
        raise Refused(Refusal.FINDINGS_INCOMPLETE, items="、".join(dict.fromkeys(wrong)))
    points = {code: (most, veto) for code, most, veto in state.items}
    for one in findings:
        most, veto = points[one.code]
        if not 0 <= one.deducted_tenths <= most:
            raise Refused(Refusal.FINDING_INVALID, item=one.code, detail=f"扣分应在0至{most / 10:g}之间")
        if one.vetoed and not veto:
            raise Refused(Refusal.FINDING_INVALID, item=one.code, detail="不是一票否决项")
        if (one.deducted_tenths or one.vetoed) and not one.remark.strip():
            raise Refused(Refusal.FINDING_INVALID, item=one.code, detail="应当写明问题")
