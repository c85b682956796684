"""Queries of what follows a case of overload: subjects with their violations, review items, notices."""

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.non_site.v1 import follow_up_pb2 as events
from enforcement.non_site.v1 import service_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.queries import PageOf, message_of
from services.non_site import counting, subjects
from services.non_site.answering import Answering, day_or_none, uuid_or_none
from services.non_site.counting import Year
from services.non_site.model import Refusal
from services.non_site.model.follow_up import Stage as FollowUpStage
from services.non_site.model.subject import ItemStage

if TYPE_CHECKING:
    from services.kernel.rpc import Call

VIOLATIONS_SHOWN: Final = 500
ITEMS_SHOWN: Final = 100
"""Violations and review items of one subject in one answer, the latest: a truck with more was reviewed long ago."""

_FOLLOW_UPS: Final = """
SELECT * FROM follow_up
WHERE began_position < $1 AND ($2 = '' OR stage = $2) AND ($3::uuid IS NULL OR case_id = $3)
ORDER BY began_position DESC LIMIT $4
"""
_SUBJECTS: Final = """
SELECT * FROM (
  SELECT subject.*, counted.violations, counted.trucks, counted.last_on
  FROM subject LEFT JOIN LATERAL (
    SELECT count(DISTINCT violation_id) AS violations, count(DISTINCT NULLIF(vehicle_id, '')) AS trucks,
           max(committed_on) AS last_on
    FROM violation WHERE violation.subject_id = subject.subject_id AND committed_on BETWEEN $1 AND $2
  ) AS counted ON true
  WHERE ($3::uuid IS NULL OR subject_id = $3)
) AS shown
WHERE began_position < $4 AND ($5 = 0 OR kind = $5) AND violations >= $6
ORDER BY began_position DESC LIMIT $7
"""
_VIOLATIONS: Final = """
SELECT counted FROM violation WHERE subject_id = $1 ORDER BY committed_on DESC, position DESC LIMIT $2
"""
_ITEMS_OF: Final = """
SELECT review_item.*, label, subject.kind AS subject_kind FROM review_item JOIN subject USING (subject_id)
WHERE subject_id = $1
ORDER BY review_item.began_position DESC LIMIT $2
"""
_ITEMS: Final = """
SELECT review_item.*, label, subject.kind AS subject_kind FROM review_item JOIN subject USING (subject_id)
WHERE review_item.began_position < $1 AND (NOT $2 OR stage <> $3) AND ($4 = 0 OR review_item.kind = $4)
ORDER BY review_item.began_position DESC LIMIT $5
"""


class FollowUpApi(Answering):
    """Part of NonSiteApi."""

    async def get_subject(self, request: pb.GetSubjectRequest, call: "Call") -> pb.GetSubjectResponse:
        """A subject, its violations and its items."""
        subject_id = UUID(request.subject_id or _identified(request))
        disclosure = self._disclosure(request, call)
        if not request.subject_id:
            disclosure.searches(*(name for name in ("plate", "number") if getattr(request, name)))
        year = self._year(request.as_of_on)
        async with self._node.views("non_site").at(request.min_position) as connection:
            row = await connection.fetchrow(_SUBJECTS, year.first, year.last, subject_id, 2**63 - 1, 0, 0, 1)
            counted = await connection.fetch(_VIOLATIONS, subject_id, VIOLATIONS_SHOWN)
            items = await connection.fetch(_ITEMS_OF, subject_id, ITEMS_SHOWN)
        if row is None and request.subject_id:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.subject_id)
        unknown = pb.Subject(subject_id=str(subject_id), kind=request.kind)
        violations = [message_of(events.ViolationCounted, one["counted"]) for one in counted]
        response = pb.GetSubjectResponse(
            subject=unknown if row is None else _subject(row, year),
            violations=[one for one in violations if one is not None],
            items=[_item(one) for one in items],
        )
        response.masked = await self._shown(disclosure, [(response, str(subject_id))])
        return response

    async def list_subjects(self, request: pb.ListSubjectsRequest, call: "Call") -> pb.ListSubjectsResponse:
        """Subjects with their counters of a year."""
        page, year = PageOf.asked(request.page), self._year(request.as_of_on)
        async with self._node.views("non_site").at(request.min_position) as connection:
            rows = await connection.fetch(
                _SUBJECTS,
                year.first,
                year.last,
                None,
                page.before,
                request.kind,
                request.violations_min,
                page.limit,
            )
        rows, next_token = page.cut(rows)
        shown = [_subject(row, year) for row in rows]
        masked = await self._shown(self._disclosure(request, call), [(one, one.subject_id) for one in shown])
        return pb.ListSubjectsResponse(subjects=shown, next_token=next_token, masked=masked)

    async def list_review_items(self, request: pb.ListReviewItemsRequest, call: "Call") -> pb.ListReviewItemsResponse:
        """Review items, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("non_site").at(request.min_position) as connection:
            rows = await connection.fetch(
                _ITEMS, page.before, request.open, ItemStage.ANSWERED, request.kind, page.limit
            )
        rows, next_token = page.cut(rows)
        shown = [_item(row) for row in rows]
        masked = await self._shown(self._disclosure(request, call), [(one, one.raised.subject_id) for one in shown])
        return pb.ListReviewItemsResponse(items=shown, next_token=next_token, masked=masked)

    async def list_follow_ups(self, request: pb.ListFollowUpsRequest, call: "Call") -> pb.ListFollowUpsResponse:
        """What follows the cases, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("non_site").at(request.min_position) as connection:
            rows = await connection.fetch(
                _FOLLOW_UPS, page.before, request.stage, uuid_or_none(request.case_id), page.limit
            )
        rows, next_token = page.cut(rows)
        shown = [_follow_up(row) for row in rows]
        masked = await self._shown(self._disclosure(request, call), [(one, one.followed.case_id) for one in shown])
        return pb.ListFollowUpsResponse(follow_ups=shown, next_token=next_token, masked=masked)

    def _year(self, as_of_on: str) -> Year:
        on = day_or_none(as_of_on) or self._today
        return Year.to(on, self._node.rules.get("follow_up_year", on))


def _identified(request: pb.GetSubjectRequest) -> str:
    match request.kind:
        case events.SUBJECT_KIND_VEHICLE:
            found = subjects.vehicle(request.plate, request.plate_colour)
        case events.SUBJECT_KIND_DRIVER:
            found = subjects.driver(request.number, "")
        case events.SUBJECT_KIND_COMPANY:
            found = subjects.company(request.number, "")
        case _:
            found = None
    if found is None:
        raise Refused(Refusal.IDENTITY_MISSING)
    return found.subject_id


def _subject(row: Any, year: Year) -> pb.Subject:
    return pb.Subject(
        subject_id=str(row["subject_id"]),
        kind=row["kind"],
        label=row["label"],
        violations=row["violations"],
        violating_trucks=row["trucks"] if row["kind"] == events.SUBJECT_KIND_COMPANY else 0,
        fleet_trucks=counting.fleet_on(_fleet(row["fleet"]), year.last),
    )


def _fleet(value: Any) -> Mapping[date, int]:
    stored = json.loads(value) if isinstance(value, str) else value or {}
    return {date.fromisoformat(since): trucks for since, trucks in stored.items()}


def _item(row: Any) -> pb.ReviewItem:
    return pb.ReviewItem(
        raised=message_of(events.ReviewItemRaised, row["raised"]),
        label=row["label"],
        subject_kind=row["subject_kind"],
        stage=row["stage"],
        officer_id=row["officer_id"],
        outcome=row["outcome"],
        reason=row["reason"],
    )


def _follow_up(row: Any) -> pb.FollowUp:
    decided = message_of(events.FollowUpDecided, row["decided"])
    handled = message_of(events.CaseHandled, row["handled"])
    issued = message_of(events.HomeNoticeIssued, row["issued"])
    told = issued if row["stage"] in (FollowUpStage.ISSUED, FollowUpStage.DELIVERED) else None
    home = told or decided
    notice = told or (decided if handled is not None else None)
    return pb.FollowUp(
        followed=message_of(events.CaseFollowed, row["followed"]),
        stage=row["stage"],
        decided=decided,
        notice=notice.notice if notice is not None else None,
        home_division_code=home.home_division_code if home is not None else "",
        issued=issued,
        withdrawn=message_of(events.HomeNoticeWithdrawn, row["withdrawn"]),
    )
