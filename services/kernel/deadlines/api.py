"""DeadlinesService: the clocks of all services of one authority, from their rows."""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from enforcement.deadlines.v1 import service_pb2 as pb

from services.kernel.deadlines import rows
from services.kernel.deadlines.clock import Clock, Status
from services.kernel.deadlines.restricted import is_restricted_rule
from services.kernel.deadlines.runner import DeadlineRunner
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.ledger import Ledger
from services.kernel.messages import from_microseconds, microseconds, to_datetime, to_timestamp
from services.kernel.rpc import Call

DESCRIPTOR: Final = pb.DESCRIPTOR.services_by_name["DeadlinesService"]
PAGE_ROWS: Final = 50
PAGE_ROWS_MAX: Final = 500
WAIT_SECONDS: Final = 5.0
"""How long a query waits for the clocks to reach its position, if its call lasts that long."""


class DeadlinesApi:
    """The servicer.

    Args:
        runners: of every service that keeps clocks; one that runs in another process is asked by its checkpoint.
    """

    def __init__(self, ledger: Ledger, runners: Sequence[DeadlineRunner]) -> None:
        self._ledger = ledger
        self._runners = runners

    async def list_deadlines(self, request: pb.ListDeadlinesRequest, call: Call) -> pb.ListDeadlinesResponse:
        """Clocks in the order in which they end."""
        await self._reach(request.min_position, call)
        size = min(request.page.size or PAGE_ROWS, PAGE_ROWS_MAX)
        async with self._ledger.connection() as connection:
            found = await _listed(connection, request, call.now, size + 1)
        response = pb.ListDeadlinesResponse(clocks=map(view, found[:size]))
        if len(found) > size:
            response.next_token = _token(found[size - 1])
        return response

    async def get_deadline(self, request: pb.GetDeadlineRequest, call: Call) -> pb.GetDeadlineResponse:
        """One clock."""
        await self._reach(request.min_position, call)
        async with self._ledger.connection() as connection:
            found = await rows.by_id(connection, [UUID(request.deadline_id)])
        if not found or is_restricted_rule(found[0].rule_id):
            raise Refused(KernelRefusal.NOT_FOUND, id=request.deadline_id)
        return pb.GetDeadlineResponse(clock=view(found[0]))

    async def _reach(self, position: int, call: Call) -> None:
        if not position:
            return
        try:
            async with asyncio.timeout(min(WAIT_SECONDS, call.seconds_left)):
                for runner in self._runners:
                    await runner.reached(position)
        except TimeoutError:
            raise Refused(KernelRefusal.VIEW_BEHIND, position=position) from None


async def _listed(
    connection: asyncpg.Connection, request: pb.ListDeadlinesRequest, now: datetime, limit: int
) -> list[Clock]:
    ends = [to_datetime(request.due_before)] if request.HasField("due_before") else []
    ends += [now + request.due_within.ToTimedelta()] if request.HasField("due_within") else []
    return await rows.listed(
        connection,
        statuses=[Status(pb.Status.Name(status).removeprefix("STATUS_")) for status in request.statuses],
        due_before=min(ends, default=None),
        rule_id=request.rule_id or None,
        subject_id=request.subject_id or None,
        responsible_id=request.responsible_id or None,
        correlation_id=UUID(request.correlation_id) if request.correlation_id else None,
        after=_after(request.page.token),
        limit=limit,
    )


def view(clock: Clock) -> pb.ClockView:
    """A clock as people and tools read it."""
    shown = pb.ClockView(
        deadline_id=str(clock.deadline_id),
        rule_id=clock.rule_id,
        title=clock.title,
        basis=clock.basis,
        subject_id=clock.subject_id,
        responsible_id=clock.responsible_id,
        started_at=to_timestamp(clock.started_at),
        nominal_due_at=to_timestamp(clock.due.nominal_at),
        effective_due_at=to_timestamp(clock.due.effective_at),
        nominal_due_on=clock.due.nominal_on.isoformat(),
        due_on=clock.due.due_on.isoformat(),
        length=clock.limit.length,
        unit=clock.limit.unit,
        policy=clock.policy,
        provisional=clock.due.provisional,
        status=pb.Status.Value(f"STATUS_{clock.status}"),
        in_time=bool(clock.in_time),
        correlation_id=str(clock.correlation_id),
        rule_version=clock.rule_version,
    )
    for name, instant in (
        ("missed_due_at", clock.missed_due_at),
        ("met_at", clock.met_at),
        ("paused_at", clock.paused_at),
    ):
        if instant is not None:
            getattr(shown, name).CopyFrom(to_timestamp(instant))
    return shown


def _token(last: Clock) -> str:
    return base64.urlsafe_b64encode(f"{microseconds(last.due.effective_at)}.{last.deadline_id}".encode()).decode()


def _after(token: str) -> tuple[datetime, UUID] | None:
    if not token:
        return None
    try:
        count, _, deadline_id = base64.urlsafe_b64decode(token.encode()).decode().partition(".")
        return from_microseconds(int(count)), UUID(deadline_id)
    except (ValueError, OverflowError, binascii.Error):
        raise Refused(KernelRefusal.BAD_PAGE_TOKEN) from None
