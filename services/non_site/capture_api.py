"""Queries of devices, of their records and of incidents."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import incident_pb2 as incidents
from enforcement.non_site.v1 import service_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp
from services.kernel.queries import PageOf, instant, message_of, messages_of
from services.kernel.values import day, identifier
from services.non_site import subjects
from services.non_site.answering import Answering, day_or_none, uuid_or_none
from services.non_site.lookups import read_device
from services.non_site.model import Refusal
from services.non_site.model.check import FoundDevice
from services.non_site.model.device import closed, gates_at
from services.non_site.overload import Limits, assess

if TYPE_CHECKING:
    from services.kernel.rpc import Call

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


class CaptureApi(Answering):
    """Part of NonSiteApi."""

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
                day_or_none(request.from_on),
                day_or_none(request.to_on),
                uuid_or_none(request.device_id),
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
        limits = Limits.of(self._node.rules, day_or_none(request.on) or self._today)
        if request.measured.gross_kg and limits.mass(request.measured) is None:
            raise Refused(Refusal.NO_AXLE_LIMIT, axles=request.measured.axles)
        return pb.AssessMeasuresResponse(assessment=assess(request.measured, limits))

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
