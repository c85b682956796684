"""PlatformService: questions to the platform. It has no commands but one about its own feeds, and none on others."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.platform.v1 import service_pb2 as pb
from google.protobuf.descriptor import EnumDescriptor

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.ledger import Ledger
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.queries import PAGE_MAX
from services.kernel.rpc import Call
from services.platform import clocks, pages, supervision
from services.platform.definitions import DEFINITIONS
from services.platform.feed_api import FeedApi
from services.platform.figures import Figures
from services.platform.intake import Intake
from services.platform.statistics import Counted
from services.platform.store import Store
from services.platform.supervision import Step
from services.platform.transfer_steps import TRANSFER_STEPS

MATTER_EVENTS_MAX: Final = 5_000
"""Steps read of one matter; an operation of a month has some hundred."""


class PlatformApi(FeedApi):
    """The methods of PlatformService.

    Args:
        ledger: of the platform's node, for what its operators do.
        feeds: answers with the authorities whose feeds this platform reads.
        consuming: answers whether the stream worker has its partitions.
        closing: set when the process stops; ends every watch.
    """

    def __init__(
        self,
        ledger: Ledger,
        store: Store,
        intake: Intake,
        feeds: Callable[[], Collection[str]],
        consuming: Callable[[], bool],
        closing: asyncio.Event,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._intake = intake
        self._figures = Figures(store)
        self._feeds = feeds
        self._consuming = consuming
        self._closing = closing

    # ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def list_definitions(self, request: pb.ListDefinitionsRequest, call: Call) -> pb.ListDefinitionsResponse:
        """Every version of every definition."""
        await self._reach(request.min_position, call)
        return pb.ListDefinitionsResponse(definitions=[each.describe() for each in DEFINITIONS.values()])

    async def get_statistic(self, request: pb.GetStatisticRequest, call: Call) -> pb.GetStatisticResponse:
        """One number, at a position of the log."""
        await self._reach(request.min_position, call)
        return pb.GetStatisticResponse(statistic=await self._figures.figure(request.query))

    async def list_statistic_events(
        self, request: pb.ListStatisticEventsRequest, call: Call
    ) -> pb.ListStatisticEventsResponse:
        """The events behind a number; the token keeps the log position of the first page."""
        await self._reach(request.min_position, call)
        size = pages.size(request.page)
        query = request.query
        after = 0
        if request.page.token:
            after, query.at_position = pages.numbers(request.page.token, 2)
        page = await self._figures.opened(query, after, size)
        parts = DEFINITIONS[query.definition_id, query.definition_version].parts
        response = pb.ListStatisticEventsResponse(at_position=page.at)
        response.events.extend(_behind(counted, parts) for counted in page.events)
        if page.after is not None:
            response.next_token = f"{page.after}.{page.at}"
        return response

    # ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def list_clocks(self, request: pb.ListClocksRequest, call: Call) -> pb.ListClocksResponse:
        """Clocks in the order in which they end."""
        await self._reach(request.min_position, call)
        found, token = await self._clocks(
            request.page,
            call.now,
            statuses=list(request.statuses),
            due_before=to_datetime(request.due_before) if request.HasField("due_before") else None,
            responsible_id=request.responsible_id,
            publisher_id=request.publisher_id,
            rule_id=request.rule_id,
            subjects=[request.subject_id] if request.subject_id else None,
        )
        return pb.ListClocksResponse(clocks=found, next_token=token)

    async def list_overdue(self, request: pb.ListOverdueRequest, call: Call) -> pb.ListOverdueResponse:
        """Clocks whose limit has ended without the act, told as missed or not."""
        await self._reach(request.min_position, call)
        found, token = await self._clocks(
            request.page,
            call.now,
            statuses=[deadlines.STATUS_RUNNING, deadlines.STATUS_MISSED],
            due_before=call.now,
            responsible_id=request.responsible_id,
        )
        return pb.ListOverdueResponse(clocks=found, next_token=token)

    async def _clocks(
        self,
        page: common.PageRequest,
        now: datetime,
        *,
        statuses: Sequence[int] = (),
        due_before: datetime | None = None,
        responsible_id: str = "",
        publisher_id: str = "",
        rule_id: str = "",
        subjects: Sequence[str] | None = None,
    ) -> tuple[list[pb.SupervisedClock], str]:
        size = pages.size(page)
        rows = await self._store.fetch(
            CLOCKS, *pages.after(page.token), list(statuses), due_before, responsible_id, publisher_id, rule_id,
            list(subjects) if subjects is not None else None, size + 1,
        )  # fmt: skip
        shown = [clocks.supervised(row, now) for row in rows[:size]]
        return shown, pages.token(rows[size - 1]) if len(rows) > size else ""

    # ── matters ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def get_operation(self, request: pb.GetOperationRequest, call: Call) -> pb.GetOperationResponse:
        """States and dates of an operation."""
        await self._reach(request.min_position, call)
        steps = await self._matter(request.operation_id, supervision.OPERATION_READS)
        view = supervision.operation(request.operation_id, steps)
        if view is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.operation_id)
        return pb.GetOperationResponse(operation=view)

    async def get_case(self, request: pb.GetCaseRequest, call: Call) -> pb.GetCaseResponse:
        """States, dates and clocks of a case."""
        await self._reach(request.min_position, call)
        steps = await self._matter(request.case_id, supervision.types_of(supervision.CASE_STEPS))
        view = supervision.case(request.case_id, steps)
        if view is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.case_id)
        view.clocks.extend(await self._clocks_of([request.case_id], call.now))
        return pb.GetCaseResponse(case=view)

    async def get_transfer(self, request: pb.GetTransferRequest, call: Call) -> pb.GetTransferResponse:
        """States, dates and clocks of a transfer, of both sides."""
        await self._reach(request.min_position, call)
        steps = await self._matter(request.transfer_id, supervision.types_of(TRANSFER_STEPS))
        view = supervision.transfer_view(request.transfer_id, steps)
        if view is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.transfer_id)
        view.clocks.extend(await self._clocks_of(supervision.subjects(steps), call.now))
        return pb.GetTransferResponse(transfer=view)

    async def _matter(self, matter_id: str, types: Sequence[str]) -> list[Step]:
        return Step.of(await self._store.fetch(MATTER, matter_id, list(types), MATTER_EVENTS_MAX))

    async def _clocks_of(self, subjects: Sequence[str], now: datetime) -> list[pb.SupervisedClock]:
        found, _ = await self._clocks(common.PageRequest(size=PAGE_MAX), now, subjects=subjects)
        return found


# ── rows into messages ───────────────────────────────────────────────────────────────────────────────────────────────


def _named(parts: EnumDescriptor | None, number: int) -> str:
    """Name of a part; empty when there are none, or when only a later build knows this one."""
    value = parts.values_by_number.get(number) if parts else None
    return value.name if value else ""


def _behind(counted: Counted, parts: EnumDescriptor | None) -> pb.StatisticEvent:
    told, count = counted.change.told, counted.change.count
    return pb.StatisticEvent(
        position=told.position,
        publisher_id=told.publisher,
        event_id=str(told.event_id),
        type=told.type,
        occurred_at=to_timestamp(told.occurred_at),
        object="/".join(str(part) for part in count.object),
        part=_named(parts, count.part),
        counted=counted.counted,
        counted_denominator=counted.counted_out_of,
    )


# A clock whose start has not been told has no end and is on no list.
CLOCKS: Final = """
SELECT publisher, deadline_id, due_at, view, position FROM platform.clock
 WHERE (due_at, publisher, deadline_id) > ($1, $2, $3)
   AND (cardinality($4::int[]) = 0 OR status = ANY ($4))
   AND ($5::timestamptz IS NULL OR due_at < $5)
   AND ($6 = '' OR responsible_id = $6) AND ($7 = '' OR publisher = $7) AND ($8 = '' OR rule_id = $8)
   AND ($9::text[] IS NULL OR subject_id = ANY ($9))
 ORDER BY due_at, publisher, deadline_id LIMIT $10
"""

MATTER: Final = """
SELECT position, publisher, event_id, type, occurred_at, recorded_at, matter_id, body FROM platform.feed_event
 WHERE matter_id = $1 AND type = ANY ($2::text[]) ORDER BY position LIMIT $3
"""
