"""AuditService: what the data-protection auditor asks of the accesses to personal data.

The ledger itself is read: the audit is what its hashes protect, and no table beside it can say less. A page stops when
the call's time is nearly over; its token goes on from there.
"""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Final

from enforcement.audit.v1 import events_pb2 as events
from enforcement.audit.v1 import service_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.ledger import Event, Ledger
from services.kernel.messages import to_datetime, to_timestamp, type_name
from services.kernel.queries import PAGE_DEFAULT, PAGE_MAX
from services.kernel.rpc import Call

DESCRIPTOR: Final = pb.DESCRIPTOR.services_by_name["AuditService"]
TYPES: Final = (type_name(events.PersonalDataAccessed),)
SECONDS_MAX: Final = 5.0
"""A page takes no longer than this, nor than half of what the call has."""
_FIRST: Final = "SELECT coalesce(min(position), 0) FROM ledger.event WHERE recorded_at >= $1"


class AuditApi:
    """The servicer."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def list_personal_data_access(
        self, request: pb.ListPersonalDataAccessRequest, call: Call
    ) -> pb.ListPersonalDataAccessResponse:
        """Accesses, the oldest first."""
        size = min(request.page.size or PAGE_DEFAULT, PAGE_MAX)
        after, head = await self._after(request), await self._ledger.head()
        found: list[pb.Access] = []
        ends = asyncio.get_running_loop().time() + min(SECONDS_MAX, call.seconds_left / 2)
        while after < head and len(found) < size and asyncio.get_running_loop().time() < ends:
            page = await self._ledger.read(after, PAGE_MAX, types=TYPES)
            after = page.examined
            for access in _matching(page.events, request):
                found.append(access)
                if len(found) == size:
                    after = access.position
                    break
        over = after >= head
        return pb.ListPersonalDataAccessResponse(accesses=found, next_token="" if over else str(after))

    async def _after(self, request: pb.ListPersonalDataAccessRequest) -> int:
        """The position after which the page begins."""
        token = request.page.token
        if token:
            if not (token.isascii() and token.isdigit()):
                raise Refused(KernelRefusal.BAD_PAGE_TOKEN)
            return int(token)
        if not request.HasField("from_at"):
            return 0
        async with self._ledger.connection() as connection:
            first: int = await connection.fetchval(_FIRST, to_datetime(request.from_at))
        return first - 1 if first else await self._ledger.head()


def _matching(found: Iterable[Event], request: pb.ListPersonalDataAccessRequest) -> Iterator[pb.Access]:
    before = to_datetime(request.before) if request.HasField("before") else None
    for event in found:
        access = events.PersonalDataAccessed.FromString(event.body)
        if (
            (before is None or event.recorded_at < before)
            and request.officer_id in ("", access.officer_id)
            and (not request.subject_id or request.subject_id in access.subject_ids)
            and request.purpose in (events.PURPOSE_UNSPECIFIED, access.purpose)
        ):
            yield pb.Access(access=access, recorded_at=to_timestamp(event.recorded_at), position=event.position)
