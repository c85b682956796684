"""Numbers of cases: what counts once, what is taken back, and that education is no warning."""

from datetime import timedelta
from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import publication_pb2 as publications
from enforcement.cases.v1 import review_pb2 as reviews
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.platform.v1 import service_pb2 as pb

from services.platform import case_definitions as kou_jing
from services.platform import definitions
from services.platform.definitions import DEFINITIONS
from services.platform.statistics import Definition, Tally, fold
from tests.unit.platform.feeds import LUXIAN, MORNING, YONGCHUAN, Tale, log, name

WARNING = cases.Penalty(kind=cases.PENALTY_KIND_WARNING)
FINE = cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=20_000)


def figure(definition: Definition, *events: Any, publisher: str = LUXIAN) -> pb.Statistic:
    tales = [Tale(publisher, event, MORNING + timedelta(days=n)) for n, event in enumerate(events)]
    told = [each for each in log(tales) if each.type in definition.reads]
    return fold(definition, told).result(pb.StatisticQuery())


def published(case: str) -> publications.DecisionPublished:
    return publications.DecisionPublished(case_id=name(case), publication_id=name("copy", case))


def withdrawn(case: str) -> publications.PublicationWithdrawn:
    return publications.PublicationWithdrawn(case_id=name(case), publication_id=name("copy", case))


def reviewed(case: str, *, passed: bool = True, major: bool = True) -> reviews.LegalReviewCompleted:
    return reviews.LegalReviewCompleted(case_id=name(case), passed=passed, major=major)


def penalty(case: str, *penalties: cases.Penalty) -> cases.PenaltyDecided:
    return cases.PenaltyDecided(case_id=name(case), penalties=penalties)


def test_every_definition_of_cases_is_released() -> None:
    assert [DEFINITIONS[each.id, each.version] for each in kou_jing.CASES] == list(kou_jing.CASES)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([published("a"), published("b")], 2),
        ([published("a"), published("a")], 1),
        ([published("a"), withdrawn("a")], 0),
        ([published("a"), withdrawn("a"), published("a")], 1),
        ([withdrawn("a")], 0),
        ([published("a"), publications.PublicationEnded(case_id=name("a"))], 1),
    ],
    ids=["two", "twice", "withdrawn", "published anew", "of an earlier year", "public for its whole time"],
)
def test_a_case_is_published_while_nobody_took_it_back(events: list[Any], expected: int) -> None:
    assert figure(kou_jing.PUBLISHED, *events).value == expected


def test_what_another_authority_withdraws_is_its_own() -> None:
    tales = [Tale(LUXIAN, published("a")), Tale(YONGCHUAN, withdrawn("a"))]
    tally = Tally(kou_jing.PUBLISHED)
    for told in log(tales):
        tally.add(told)
    assert tally.result(pb.StatisticQuery()).value == 1


def test_a_case_that_was_returned_and_reviewed_again_counts_once_and_shows_both_reviews() -> None:
    shown = figure(kou_jing.MAJOR_REVIEWS, reviewed("a", passed=False), reviewed("a"), reviewed("b"))
    assert (shown.value, shown.events) == (2, 3)


def test_a_review_that_no_law_asks_for_is_not_a_major_one() -> None:
    assert figure(kou_jing.MAJOR_REVIEWS, reviewed("a", major=False)).value == 0


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([penalty("a", WARNING, FINE)], 1),
        ([penalty("a", FINE)], 0),
        ([on_spot.OnSpotPenaltyDecided(on_spot_id=name("s"), penalties=[WARNING])], 1),
        ([penalty("a", WARNING), decisions.DecisionRevoked(case_id=name("a"))], 0),
        (
            [
                on_spot.OnSpotPenaltyDecided(on_spot_id=name("s"), penalties=[WARNING]),
                on_spot.OnSpotRevoked(on_spot_id=name("s")),
            ],
            0,
        ),
        ([joint.EducationRecorded(operation_id=name("o"), head_count=52)], 0),
    ],
    ids=["with a fine", "a fine alone", "on the spot", "revoked", "on the spot, revoked", "education"],
)
def test_a_warning_is_a_decision_and_never_education(events: list[Any], expected: int) -> None:
    assert figure(kou_jing.WARNINGS, *events).value == expected


def closed(operation: int, kind: joint.OperationType.ValueType, *present: str) -> joint.OperationClosed:
    return joint.OperationClosed(operation_id=name("operation", operation), operation_type=kind, present_ids=present)


def test_all_joint_operations_are_two_kinds_that_do_not_overlap() -> None:
    shown = figure(
        definitions.JOINT,
        closed(1, joint.OPERATION_TYPE_FIVE_UNIFIED, LUXIAN),
        closed(2, joint.OPERATION_TYPE_SICHUAN_CHONGQING, LUXIAN, YONGCHUAN),
        closed(3, joint.OPERATION_TYPE_SICHUAN_CHONGQING, LUXIAN),
        closed(4, joint.OPERATION_TYPE_CAMPAIGN, LUXIAN, YONGCHUAN),
    )
    assert shown.value == sum(part.value for part in shown.parts) == 2
    assert "口径：两类不重复" in definitions.JOINT.rule_zh
