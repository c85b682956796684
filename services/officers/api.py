"""Queries of the register."""

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.queries import PageOf
from services.kernel.values import day_of
from services.officers.staffing import staffing
from services.officers.views import in_force

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_OFFICER = "SELECT * FROM officer WHERE officer_id = $1"
_REGISTER = "SELECT * FROM officer"
_OFFICERS = "SELECT * FROM officer WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"


class OfficersApi:
    """Answers of OfficersService that are no commands."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_officer(self, request: pb.GetOfficerRequest, call: "Call") -> pb.GetOfficerResponse:
        """One officer at an instant."""
        at = to_datetime(request.as_of) if request.HasField("as_of") else call.now
        async with self._node.views("officers").at(request.min_position) as connection:
            row = await connection.fetchrow(_OFFICER, UUID(request.officer_id))
        if row is None or in_force(json.loads(row["statuses"]), at) is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.officer_id)
        return pb.GetOfficerResponse(officer=officer_of(row, at))

    async def list_officers(self, request: pb.ListOfficersRequest, call: "Call") -> pb.ListOfficersResponse:
        """The register now, the latest entry first."""
        page = PageOf.asked(request.page)
        async with self._node.views("officers").at(request.min_position) as connection:
            rows = await connection.fetch(_OFFICERS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListOfficersResponse(officers=[officer_of(row, call.now) for row in shown], next_token=next_token)

    async def get_staffing(self, request: pb.GetStaffingRequest, call: "Call") -> pb.GetStaffingResponse:
        """Whether there are reviewers enough and who lacks training, over the whole register."""
        at = to_datetime(request.as_of) if request.HasField("as_of") else call.now
        async with self._node.views("officers").at(request.min_position) as connection:
            rows = await connection.fetch(_REGISTER)
        known = [officer_of(row, at) for row in rows if in_force(json.loads(row["statuses"]), at) is not None]
        rules, day = self._node.rules, day_of(at)
        return staffing(
            known,
            reviewers_percent=rules.number("legal_reviewers_percent", day),
            training_hours=rules.number("training_hours_min", day),
        )


def officer_of(row: Any, at: datetime) -> pb.Officer:
    """An officer as the register had them at an instant."""
    day = day_of(at)
    status = in_force(json.loads(row["statuses"]), at) or common.CREDENTIAL_STATUS_UNSPECIFIED
    if not row["valid_from_on"] <= day <= row["valid_to_on"]:
        status = common.CREDENTIAL_STATUS_EXPIRED
    training = ((datetime.fromisoformat(ended), hours) for ended, hours in json.loads(row["training"]))
    return pb.Officer(
        officer_id=str(row["officer_id"]),
        name=row["name"],
        credential_number=row["credential_number"],
        issuing_body=row["issuing_body"],
        valid_from_on=row["valid_from_on"].isoformat(),
        valid_to_on=row["valid_to_on"].isoformat(),
        status=status,
        roles=in_force(json.loads(row["roles"]), at) or [],
        specialties=row["specialties"],
        training_hours=sum(hours for ended, hours in training if ended <= at and day_of(ended).year == day.year),
        legally_qualified_on=_iso(row["legally_qualified_on"]),
        reviewing_since_on=_iso(row["reviewing_since_on"]),
        device_keys=[_device_key(*key) for key in json.loads(row["device_keys"])],
    )


def _device_key(key_id: str, device: str, since: str, until: str | None) -> pb.DeviceKey:
    return pb.DeviceKey(
        key_id=bytes.fromhex(key_id),
        device=device,
        registered_at=to_timestamp(datetime.fromisoformat(since)),
        revoked_at=to_timestamp(datetime.fromisoformat(until)) if until else None,
    )


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""
