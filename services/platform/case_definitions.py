"""Definitions (口径) about cases of administrative penalty (行政处罚案件)."""

from collections.abc import Sequence
from typing import Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import publication_pb2 as publications
from enforcement.cases.v1 import review_pb2 as reviews
from enforcement.platform.v1 import service_pb2 as pb

from services.platform.statistics import Count, Definition, Told

FILED = Definition("cases.filed", 1, "立案", "cases filed", pb.UNIT_CASES, "统计期内立案的行政处罚案件，每案计1件。")


@FILED.counts(cases.CaseFiled)
def _filed(event: cases.CaseFiled, told: Told) -> Count:
    return Count((event.case_id,))


CLOSED = Definition(
    "cases.closed",
    1,
    "结案",
    "cases closed",
    pb.UNIT_CASES,
    "统计期内结案的行政处罚案件，每案计1件。按结案方式分项。",
    parts=cases.ClosingGround.DESCRIPTOR,
)


@CLOSED.counts(cases.CaseClosed)
def _closed(event: cases.CaseClosed, told: Told) -> Count:
    return Count((event.case_id,), part=event.ground)


PUBLISHED = Definition(
    "cases.published",
    1,
    "公示行政处罚案件",
    "cases whose decision was published",
    pb.UNIT_CASES,
    "统计期内公开处罚决定、至期末未撤回的行政处罚案件，每案计1件；公示期届满的仍计入。",
)


@PUBLISHED.counts(publications.DecisionPublished)
def _published(event: publications.DecisionPublished, told: Told) -> Count:
    return Count((event.case_id,))


@PUBLISHED.counts(publications.PublicationWithdrawn)
def _withdrawn(event: publications.PublicationWithdrawn, told: Told) -> Count:
    return Count((event.case_id,), amount=0)


MAJOR_REVIEWS = Definition(
    "cases.major_reviews",
    1,
    "重大执法决定法制审核",
    "cases with a legal review that the law asks for",
    pb.UNIT_CASES,
    "统计期内完成重大执法决定法制审核的行政处罚案件，退回后再审的，每案计1件。",
)


@MAJOR_REVIEWS.counts(reviews.LegalReviewCompleted)
def _reviewed(event: reviews.LegalReviewCompleted, told: Told) -> Count | None:
    return Count((event.case_id,)) if event.major else None


WARNINGS = Definition(
    "cases.warnings",
    1,
    "警告",
    "decisions with a statutory warning",
    pb.UNIT_CASES,
    "统计期内作出的、含警告的处罚决定，当场处罚同，每案计1件，至期末撤销的不计；与联合执法的警示教育无关。",
)


@WARNINGS.counts(cases.PenaltyDecided)
def _warned(event: cases.PenaltyDecided, told: Told) -> Count:
    return Count((event.case_id,), amount=int(_warns(event.penalties)))


@WARNINGS.counts(on_spot.OnSpotPenaltyDecided)
def _warned_on_spot(event: on_spot.OnSpotPenaltyDecided, told: Told) -> Count:
    return Count((event.on_spot_id,), amount=int(_warns(event.penalties)))


@WARNINGS.counts(decisions.DecisionRevoked)
def _revoked(event: decisions.DecisionRevoked, told: Told) -> Count:
    return Count((event.case_id,), amount=0)


@WARNINGS.counts(on_spot.OnSpotRevoked)
def _revoked_on_spot(event: on_spot.OnSpotRevoked, told: Told) -> Count:
    return Count((event.on_spot_id,), amount=0)


def _warns(penalties: Sequence[cases.Penalty]) -> bool:
    return any(one.kind == cases.PENALTY_KIND_WARNING for one in penalties)


CASES: Final = (FILED, CLOSED, PUBLISHED, MAJOR_REVIEWS, WARNINGS)
"""In the order in which reports print them."""
