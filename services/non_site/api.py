"""Queries of non-site enforcement."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import follow_up_pb2 as events
from enforcement.non_site.v1 import incident_pb2 as incidents
from enforcement.non_site.v1 import service_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.privacy import Disclosure, Privacy
from services.kernel.queries import PageOf, instant, message_of, messages_of
from services.kernel.timeline import timeline
from services.kernel.values import day, day_of, identifier
from services.non_site import counting, subjects
from services.non_site.counting import Year
from services.non_site.lookups import read_device
from services.non_site.model import Refusal
from services.non_site.model.check import FoundDevice
from services.non_site.model.device import closed, gates_at
from services.non_site.model.follow_up import Stage as FollowUpStage
from services.non_site.model.subject import ItemStage
from services.non_site.overload import Limits, assess

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp

    from services.kernel.app import Node
    from services.kernel.rpc import Call

VIOLATIONS_SHOWN: Final = 500
ITEMS_SHOWN: Final = 100
"""Violations and review items of one subject in one answer, the latest: a truck with more was reviewed long ago."""

_DEVICES: Final = "SELECT * FROM device WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"
_CAPTURE: Final = "SELECT * FROM capture WHERE capture_id = $1"
_CAPTURES: Final = """
SELECT * FROM capture
WHERE began_position < $1 AND ($2 = '' OR stage = $2) AND ($3 = '' OR plate = $3)
  AND ($4::date IS NULL OR captured_on >= $4) AND ($5::date IS NULL OR captured_on <= $5)
  AND ($6::uuid IS NULL OR device_id = $6)
ORDER BY began_position DESC LIMIT $7
"""
_OWN: Final = "SELECT * FROM capture WHERE notice_code = $1"
_MISMATCHED: Final = """
SELECT * FROM capture
WHERE mismatched AND began_position < $1 AND captured_on BETWEEN $2 AND $3
ORDER BY began_position DESC LIMIT $4
"""
_INCIDENT: Final = "SELECT * FROM incident WHERE incident_id = $1"
_INCIDENTS: Final = """
SELECT * FROM incident WHERE began_position < $1 AND ($2 = '' OR plate = $2) ORDER BY began_position DESC LIMIT $3
"""
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


class NonSiteApi:
    """Answers of NonSiteService that are no commands."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_device(self, request: pb.GetDeviceRequest, call: "Call") -> pb.GetDeviceResponse:
        """A device and its gates at an instant."""
        found = await read_device(self._node, request.device_id)
        as_of = self._instant(request.as_of if request.HasField("as_of") else None)
        return pb.GetDeviceResponse(device=self._device(found, as_of))

    async def list_devices(self, request: pb.ListDevicesRequest, call: "Call") -> pb.ListDevicesResponse:
        """Devices, latest first."""
        page = PageOf.asked(request.page)
        as_of = self._instant(request.as_of if request.HasField("as_of") else None)
        async with self._node.views("non_site").at(request.min_position) as connection:
            rows = await connection.fetch(_DEVICES, page.before, page.limit)
        shown, next_token = page.cut(rows)
        devices = [self._device(await read_device(self._node, str(row["device_id"])), as_of) for row in shown]
        return pb.ListDevicesResponse(devices=devices, next_token=next_token)

    async def get_capture(self, request: pb.GetCaptureRequest, call: "Call") -> pb.GetCaptureResponse:
        """One record with what became of it."""
        async with self._node.views("non_site").at(request.min_position) as connection:
            row = await connection.fetchrow(_CAPTURE, UUID(request.capture_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.capture_id)
        reviewed = message_of(captures.CaptureReviewed, row["reviewed"])
        shown = pb.Capture(
            summary=_capture(row),
            recorded=message_of(captures.CaptureRecorded, row["recorded"]),
            checked=message_of(captures.CaptureChecked, row["checked"]),
            reviewed=reviewed,
            notified=message_of(captures.PartyNotified, row["notified"]),
            statements=messages_of(captures.CaptureContested, row["statements"]),
            answers=messages_of(captures.ContestAnswered, row["answers"]),
            conceded=message_of(captures.CaptureConceded, row["conceded"]),
        )
        disclosure = self._disclosure(request, call)
        own = (reviewed.reviewer.officer_id,) if reviewed is not None else ()
        masked = disclosure.show(shown, request.capture_id, own)
        await disclosure.record()
        return pb.GetCaptureResponse(capture=shown, masked=masked)

    async def list_captures(self, request: pb.ListCapturesRequest, call: "Call") -> pb.ListCapturesResponse:
        """Records, latest first."""
        page, disclosure = PageOf.asked(request.page), self._disclosure(request, call)
        disclosure.searches(*(("plate",) if request.plate else ()))
        async with self._node.views("non_site").at(request.min_position) as connection:
            rows = await connection.fetch(
                _CAPTURES,
                page.before,
                request.stage,
                identifier(request.plate),
                _day(request.from_on),
                _day(request.to_on),
                _uuid(request.device_id),
                page.limit,
            )
        rows, next_token = page.cut(rows)
        shown = [_capture(row) for row in rows]
        masked = await self._shown(disclosure, [(one, one.capture_id) for one in shown])
        return pb.ListCapturesResponse(captures=shown, next_token=next_token, masked=masked)

    async def query_own_capture(self, request: pb.QueryOwnCaptureRequest, call: "Call") -> pb.QueryOwnCaptureResponse:
        """What a party sees of its own record; plate, colour and code must fit together."""
        asked = subjects.vehicle(request.plate, request.plate_colour)
        async with self._node.views("non_site").at(request.min_position) as connection:
            row = await connection.fetchrow(_OWN, request.notice_code)
        recorded = message_of(captures.CaptureRecorded, row["recorded"]) if row is not None else None
        held = subjects.vehicle(recorded.plate, recorded.plate_colour) if recorded is not None else None
        if row is None or asked is None or held is None or asked.subject_id != held.subject_id:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.notice_code)
        checked = message_of(captures.CaptureChecked, row["checked"]) or captures.CaptureChecked()
        notified = message_of(captures.PartyNotified, row["notified"]) or captures.PartyNotified()
        return pb.QueryOwnCaptureResponse(
            recorded=recorded,
            stage=row["stage"],
            place=checked.place,
            assessment=checked.assessment,
            statement_address=notified.statement_address,
            statement_due_on=notified.statement_due_on,
            statements=messages_of(captures.CaptureContested, row["statements"]),
            answers=messages_of(captures.ContestAnswered, row["answers"]),
        )

    async def get_incident(self, request: pb.GetIncidentRequest, call: "Call") -> pb.GetIncidentResponse:
        """One incident with its parties and cases."""
        async with self._node.views("non_site").at(request.min_position) as connection:
            row = await connection.fetchrow(_INCIDENT, UUID(request.incident_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.incident_id)
        shown = _incident(row)
        masked = await self._shown(self._disclosure(request, call), [(shown, request.incident_id)])
        return pb.GetIncidentResponse(incident=shown, masked=masked)

    async def list_incidents(self, request: pb.ListIncidentsRequest, call: "Call") -> pb.ListIncidentsResponse:
        """Incidents, latest first."""
        page, disclosure = PageOf.asked(request.page), self._disclosure(request, call)
        disclosure.searches(*(("plate",) if request.plate else ()))
        async with self._node.views("non_site").at(request.min_position) as connection:
            rows = await connection.fetch(_INCIDENTS, page.before, identifier(request.plate), page.limit)
        rows, next_token = page.cut(rows)
        shown = [_incident(row) for row in rows]
        masked = await self._shown(disclosure, [(one, one.opened.incident_id) for one in shown])
        return pb.ListIncidentsResponse(incidents=shown, next_token=next_token, masked=masked)

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
            rows = await connection.fetch(_FOLLOW_UPS, page.before, request.stage, _uuid(request.case_id), page.limit)
        rows, next_token = page.cut(rows)
        shown = [_follow_up(row) for row in rows]
        masked = await self._shown(self._disclosure(request, call), [(one, one.followed.case_id) for one in shown])
        return pb.ListFollowUpsResponse(follow_ups=shown, next_token=next_token, masked=masked)

    async def list_mismatched_vehicles(
        self, request: pb.ListMismatchedVehiclesRequest, call: "Call"
    ) -> pb.ListMismatchedVehiclesResponse:
        """Vehicles whose dimensions disagree, for the traffic police."""
        page = PageOf.asked(request.page)
        async with self._node.views("non_site").at(request.min_position) as connection:
            rows = await connection.fetch(
                _MISMATCHED, page.before, day(request.from_on), day(request.to_on), page.limit
            )
        rows, next_token = page.cut(rows)
        shown = [_mismatched(row) for row in rows]
        masked = await self._shown(self._disclosure(request, call), [(one, one.capture_id) for one in shown])
        return pb.ListMismatchedVehiclesResponse(vehicles=shown, next_token=next_token, masked=masked)

    async def assess_measures(self, request: pb.AssessMeasuresRequest, call: "Call") -> pb.AssessMeasuresResponse:
        """What the law makes of measures on a day."""
        limits = Limits.of(self._node.rules, _day(request.on) or self._today)
        if request.measured.gross_kg and limits.mass(request.measured) is None:
            raise Refused(Refusal.NO_AXLE_LIMIT, axles=request.measured.axles)
        return pb.AssessMeasuresResponse(assessment=assess(request.measured, limits))

    async def get_non_site_timeline(
        self, request: pb.GetNonSiteTimelineRequest, call: "Call"
    ) -> pb.GetNonSiteTimelineResponse:
        """What happened, oldest first."""
        async with self._node.views("non_site").at(request.min_position) as connection:
            entries, next_token = await timeline(connection, request.id, request.page)
        return pb.GetNonSiteTimelineResponse(entries=entries, next_token=next_token)

    def _disclosure(self, request: Any, call: "Call") -> Disclosure:
        """What the answer to a question shows of persons, and to whom."""
        method = f"non_site.{request.DESCRIPTOR.name.removesuffix('Request')}"
        return Privacy(self._node.ledger).disclosure(call, request.purpose, method)

    async def _shown(self, disclosure: Disclosure, messages: Sequence[tuple["Message", str]]) -> bool:
        """Masks messages about matters that are nobody's own, and records what is left; whether any was masked."""
        masked = [disclosure.show(message, matter_id, ()) for message, matter_id in messages]
        await disclosure.record()
        return any(masked)

    @property
    def _today(self) -> date:
        return day_of(self._node.clock.now())

    def _instant(self, asked: "Timestamp | None") -> datetime:
        return to_datetime(asked) if asked is not None else self._node.clock.now()

    def _year(self, as_of_on: str) -> Year:
        on = _day(as_of_on) or self._today
        return Year.to(on, self._node.rules.get("follow_up_year", on))

    def _device(self, found: FoundDevice, as_of: datetime) -> pb.Device:
        state = found.state
        gates = gates_at(state, as_of, self._node.rules)
        return pb.Device(
            registered=state.registered,
            stage=state.stage_at(as_of) or "",
            gates=gates,
            counts=not closed(gates),
            certificates=[one.recorded for one in state.certificates],
            location=state.location_at(as_of),
            invalidated=[one.recorded.number for one in state.certificates if one.invalid_by(as_of)],
        )


def _day(text: str) -> date | None:
    return day(text) if text else None


def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None


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


def _capture(row: Any) -> pb.CaptureSummary:
    checked = message_of(captures.CaptureChecked, row["checked"]) or captures.CaptureChecked()
    recorded = message_of(captures.CaptureRecorded, row["recorded"]) or captures.CaptureRecorded()
    return pb.CaptureSummary(
        capture_id=str(row["capture_id"]),
        device_id=str(row["device_id"]),
        captured_at=instant(row["captured_at"]),
        stage=row["stage"],
        plate=recorded.plate,
        plate_colour=recorded.plate_colour,
        over_kg=checked.assessment.over_kg,
        total_min_fen=checked.assessment.total_min_fen,
        total_max_fen=checked.assessment.total_max_fen,
        incident_id=str(row["incident_id"] or ""),
    )


def _mismatched(row: Any) -> pb.MismatchedVehicle:
    recorded = message_of(captures.CaptureRecorded, row["recorded"]) or captures.CaptureRecorded()
    reviewed = message_of(captures.CaptureReviewed, row["reviewed"]) or captures.CaptureReviewed()
    return pb.MismatchedVehicle(
        capture_id=recorded.capture_id,
        plate=recorded.plate,
        plate_colour=recorded.plate_colour,
        captured_at=recorded.captured_at,
        measured=recorded.measured,
        note=reviewed.dimensions_note,
        copied_at=to_timestamp(row["mismatch_copied_at"]) if row["mismatch_copied_at"] else None,
    )


def _incident(row: Any) -> pb.Incident:
    return pb.Incident(
        opened=message_of(incidents.IncidentOpened, row["opened"]),
        parties=messages_of(incidents.IncidentPartyAdded, row["parties"]),
    )


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
