"""A case file is reviewed by others, item by item; a veto fails it, and what fails is put right."""

from datetime import date
from typing import Any

import pytest
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands
from hypothesis import given as always
from hypothesis import strategies

from services.documents.deadlines import REWORK
from services.documents.model import Refusal, review
from services.documents.model.review import Reviewed, class_of
from services.documents.review_rules import ReviewRules, review_rules
from services.kernel.deadlines import published
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import CHIEF, LEADER, LI, NOON, WANG, given, uid

RULES = review_rules()
REVIEW = uid("review")
FOUND = Reviewed(frozenset({LI.officer_id}), {LI.officer_id: "李明"}, RULES.ruleset, RULES.items, RULES.bounds)
OPEN = commands.OpenReviewRequest(
    review_id=REVIEW, matter_id=uid("case"), reviewer_ids=[LEADER.officer_id, CHIEF.officer_id]
)
OPENED = pb.ReviewOpened(
    review_id=REVIEW, matter_id=uid("case"), ruleset=RULES.ruleset, items=RULES.items,
    class_bounds_tenths=RULES.bounds, reviewers=[LEADER, CHIEF],
)  # fmt: skip
FAILED = pb.ReviewCompleted(review_id=REVIEW, rework=True, rework_until_on="2025-01-10")
REPORTED = pb.ReworkReported(review_id=REVIEW, report="已补正")


def findings(**taken: dict[str, Any]) -> list[pb.ReviewFinding]:
    return [pb.ReviewFinding(code=item.code, **taken.get(item.code, {})) for item in RULES.items]


def complete(*, until: str = "", **taken: dict[str, Any]) -> commands.CompleteReviewRequest:
    return commands.CompleteReviewRequest(review_id=REVIEW, findings=findings(**taken), rework_until_on=until)


def result(outcome: Any) -> tuple[int, int, list[str], bool]:
    assert outcome.refusal is None, outcome.refusal.zh
    [event] = outcome.events
    return event.score_tenths, getattr(event, "class"), list(event.vetoes), event.rework


def test_the_items_of_this_release_give_a_hundred_points():
    assert sum(item.points_tenths for item in RULES.items) == 1000


def test_a_review_keeps_the_items_of_its_day():
    given(review).when(OPEN, actor=LEADER, found=FOUND).then(OPENED)


def test_who_handled_the_case_does_not_review_it():
    command = commands.OpenReviewRequest(
        review_id=REVIEW, matter_id=uid("case"), reviewer_ids=[LEADER.officer_id, LI.officer_id]
    )
    given(review).when(command, actor=LEADER, found=FOUND).refused(Refusal.REVIEWER_HANDLED_CASE, officer="李明")


def test_one_reviewer_is_not_enough():
    command = commands.OpenReviewRequest(review_id=REVIEW, matter_id=uid("case"), reviewer_ids=[LEADER.officer_id])
    given(review).when(command, actor=LEADER, found=FOUND).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


@pytest.mark.parametrize(
    ("deducted", "expected"),
    [
        (0, pb.REVIEW_CLASS_EXCELLENT),
        (100, pb.REVIEW_CLASS_EXCELLENT),
        (101, pb.REVIEW_CLASS_GOOD),
        (200, pb.REVIEW_CLASS_GOOD),
        (201, pb.REVIEW_CLASS_PASSED),
        (400, pb.REVIEW_CLASS_PASSED),
        (401, pb.REVIEW_CLASS_FAILED),
    ],
)
def test_a_class_begins_with_its_bound(deducted, expected):
    assert class_of(1000 - deducted, RULES.bounds, vetoed=False) == expected


@always(strategies.integers(0, 1000))
def test_a_veto_fails_a_file_whatever_its_points(score):
    assert class_of(score, RULES.bounds, vetoed=True) == pb.REVIEW_CLASS_FAILED


def test_points_are_what_was_not_taken_away():
    command = complete(A1={"deducted_tenths": 15, "remark": "缺签名"}, A9={"deducted_tenths": 10, "remark": "文号"})
    assert result(given(review, OPENED).when(command, actor=LEADER)) == (975, pb.REVIEW_CLASS_EXCELLENT, [], False)


def test_a_failed_veto_item_fails_the_file_and_asks_for_rework():
    command = complete(V5={"vetoed": True, "remark": "未告知听证权利"}, until="2025-01-10")
    assert result(given(review, OPENED).when(command, actor=LEADER)) == (1000, pb.REVIEW_CLASS_FAILED, ["V5"], True)


@pytest.mark.parametrize("until", ["", "2024-12-17"])
def test_a_failed_file_is_put_right_until_a_day_that_is_still_to_come(until):
    command = complete(V5={"vetoed": True, "remark": "未告知听证权利"}, until=until)
    given(review, OPENED).when(command, actor=LEADER).refused(Refusal.REWORK_WITHOUT_DAY)


@pytest.mark.parametrize(
    ("item", "taken"),
    [
        ("A1", {"deducted_tenths": 101, "remark": "太多"}),
        ("A1", {"deducted_tenths": -1, "remark": "加分"}),
        ("A1", {"deducted_tenths": 5}),
        ("A1", {"vetoed": True, "remark": "不是否决项"}),
        ("V1", {"vetoed": True}),
    ],
)
def test_a_finding_stays_within_its_item_and_says_why(item, taken):
    given(review, OPENED).when(complete(**{item: taken}), actor=LEADER).refused(Refusal.FINDING_INVALID, item=item)


@pytest.mark.parametrize("change", ["missing", "twice", "unknown"])
def test_every_item_is_judged_once(change):
    command = complete()
    if change == "missing":
        del command.findings[0]
    elif change == "twice":
        command.findings.append(command.findings[0])
    else:
        command.findings.add(code="Z9")
    given(review, OPENED).when(command, actor=LEADER).refused(Refusal.FINDINGS_INCOMPLETE)


def test_only_its_reviewers_decide_in_a_review():
    given(review, OPENED).when(complete(), actor=WANG).refused(Refusal.NOT_A_REVIEWER)
    judge = commands.JudgeReworkRequest(review_id=REVIEW, accepted=True)
    given(review, OPENED, FAILED, REPORTED).when(judge, actor=WANG).refused(Refusal.NOT_A_REVIEWER)


def test_what_was_put_right_is_accepted_or_returned_and_reported_again():
    report = commands.ReportReworkRequest(review_id=REVIEW, report="已补正")
    given(review, OPENED, FAILED).when(report, actor=LI).then(REPORTED)
    accept = commands.JudgeReworkRequest(review_id=REVIEW, accepted=True, remark="合格")
    accepted = pb.ReworkAccepted(review_id=REVIEW, remark="合格")
    given(review, OPENED, FAILED, REPORTED).when(accept, actor=LEADER).then(accepted)
    back = commands.JudgeReworkRequest(review_id=REVIEW, remark="仍缺签名")
    returned = pb.ReworkReturned(review_id=REVIEW, remark="仍缺签名")
    given(review, OPENED, FAILED, REPORTED).when(back, actor=LEADER).then(returned)
    given(review, OPENED, FAILED, REPORTED, returned).when(report, actor=LI).then(REPORTED)


def test_nothing_is_reported_where_nothing_is_asked():
    report = commands.ReportReworkRequest(review_id=REVIEW, report="已补正")
    given(review, OPENED).when(report, actor=LI).refused(KernelRefusal.WRONG_STAGE)


def test_rework_is_due_on_the_day_that_the_reviewers_name_even_a_sunday():
    named = pb.ReviewCompleted(review_id=REVIEW, rework=True, rework_until_on="2025-01-12")
    started_at, limit, _ = REWORK.start(named, NOON, Rules())
    assert limit.due(started_at, published()).due_on == date(2025, 1, 12)


@pytest.mark.parametrize(
    "text",
    [
        'ruleset = "x"\nclasses = { excellent = 80, good = 90, passed = 60 }\n[[item]]\ncode="A"\ntitle="a"\npoints=99',
        'ruleset = "x"\nclasses = { excellent = 90, good = 80, passed = 60 }\n[[item]]\ncode="A"\ntitle="a"\npoints=50',
        'ruleset = "x"\nclasses = { excellent = 9, good = 8, passed = 6 }\n[[item]]\ncode="A"\ntitle="a"\npoints=5\n'
        '[[item]]\ncode="A"\ntitle="b"\npoints=5',
    ],
)
def test_a_list_of_items_that_contradicts_itself_is_refused(tmp_path, text):
    file = tmp_path / "review.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="review"):
        ReviewRules.read(file)
