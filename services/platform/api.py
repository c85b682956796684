"""PlatformService: questions to the platform. It has no commands but one about its own feeds, and none on others."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.platform.v1 import service_pb2 as pb
from google.protobuf.descriptor import EnumDescriptor

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.ledger import Ledger
from services.kernel.messages import from_microseconds, microseconds, to_datetime, to_timestamp
from services.kernel.queries import PAGE_DEFAULT, PAGE_MAX, instant
from services.kernel.rpc import Call
from services.kernel.telemetry import Log
from services.platform import clocks, supervision
from services.platform.definitions import DEFINITIONS
from services.platform.figures import Figures, Refusal
from services.platform.intake import Intake
from services.platform.plan import Feed
from services.platform.resume import resume
from services.platform.statistics import Counted
from services.platform.store import Store
from services.platform.supervision import Step
from services.platform.transfer_steps import TRANSFER_STEPS

log = Log(__name__)

WAIT_SECONDS: Final = 10.0
"""Longest wait for a position, whatever time the caller allows."""
WATCH_PAGE: Final = 500
MATTER_EVENTS_MAX: Final = 5_000
"""Steps read of one matter; an operation of a month has some hundred."""
_FIRST: Final = (datetime.min.replace(tzinfo=UTC), "", "")
_LAST_US: Final = microseconds(datetime.max.replace(tzinfo=UTC))


class PlatformApi:
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
        size = _size(request.page)
        query = request.query
        after = 0
        if request.page.token:
            after, query.at_position = _numbers(request.page.token, 2)
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
        size = _size(page)
        rows = await self._store.fetch(
            CLOCKS, *_after(page.token), list(statuses), due_before, responsible_id, publisher_id, rule_id,
            list(subjects) if subjects is not None else None, size + 1,
        )  # fmt: skip
        shown = [clocks.supervised(row, now) for row in rows[:size]]
        return shown, _token(rows[size - 1]) if len(rows) > size else ""

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

    # ── feeds ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def list_feeds(self, request: pb.ListFeedsRequest, call: Call) -> pb.ListFeedsResponse:
        """Every feed that is read, also one of which nothing came yet."""
        await self._reach(request.min_position, call)
        known = {feed.publisher: feed for feed in await self._store.feeds()}
        feeds = [_state(known.get(publisher, Feed(publisher))) for publisher in sorted({*self._feeds(), *known})]
        return pb.ListFeedsResponse(feeds=feeds, position=await self._store.head(), consuming=self._consuming())

    async def list_quarantine(self, request: pb.ListQuarantineRequest, call: Call) -> pb.ListQuarantineResponse:
        """What was not believed, newest first."""
        await self._reach(request.min_position, call)
        size = _size(request.page)
        before_us, digest = _quarantine_after(request.page.token)
        rows = await self._store.fetch(
            QUARANTINED, from_microseconds(before_us), digest, request.carrier_id, request.code, size + 1
        )
        response = pb.ListQuarantineResponse(entries=map(_quarantined, rows[:size]))
        if len(rows) > size:
            last = rows[size - 1]
            response.next_token = f"{microseconds(last['first_seen'])}.{last['digest'].hex()}"
        return response

    async def resume_feed(self, request: pb.ResumeFeedRequest, call: Call) -> pb.ResumeFeedResponse:
        """Lets a stopped feed go on; who said so and why is an event of the platform's ledger."""
        if request.publisher_id not in self._feeds():
            raise Refused(Refusal.NOT_SUBSCRIBED, authority=request.publisher_id)
        recorded = await resume(self._ledger, request, call.actor.id, call.now)
        if recorded is None:
            raise Refused(Refusal.FEED_NOT_STOPPED, authority=request.publisher_id)
        log.warning("a stopped feed goes on", publisher=request.publisher_id, by=call.actor.id)
        self._intake.behind(request.publisher_id).set()
        return pb.ResumeFeedResponse(recorded=recorded)

    async def get_feed_position(self, request: pb.GetFeedPositionRequest, call: Call) -> pb.GetFeedPositionResponse:
        """The end of a feed, once it has reached a place."""
        await self._reach(request.min_position, call)
        publisher = request.publisher_id
        if publisher not in self._feeds():
            raise Refused(Refusal.NOT_SUBSCRIBED, authority=publisher)
        async with _patience(call, request.min_seq):
            position = await self._store.head()
            while (feed := await self._store.feed(publisher)).end.seq < request.min_seq:
                await self._intake.changed(position)
                position = await self._store.head()
        return pb.GetFeedPositionResponse(epoch=feed.end.epoch, seq=feed.end.seq, position=await self._store.head())

    async def watch_log(self, request: pb.WatchLogRequest, call: Call) -> AsyncIterator[pb.WatchLogResponse]:
        """Follows the log until the process stops or the caller has enough."""
        after = request.after_position
        while not self._closing.is_set():
            rows = await self._store.fetch(LOG, after, request.publisher_id, WATCH_PAGE)
            for row in rows:
                yield _logged(row)
                after = row["position"]
            if not rows:
                await self._intake.changed(after)

    async def _reach(self, position: int, call: Call) -> None:
        if position:
            async with _patience(call, position):
                await self._intake.reached(position)


@asynccontextmanager
async def _patience(call: Call, position: int) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(min(WAIT_SECONDS, call.seconds_left)):
            yield
    except TimeoutError:
        raise Refused(KernelRefusal.VIEW_BEHIND, position=position) from None


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


def _state(feed: Feed) -> pb.FeedState:
    return pb.FeedState(
        publisher_id=feed.publisher,
        epoch=feed.end.epoch,
        seq=feed.end.seq,
        seen_seq=feed.seen[1],
        gap_since=instant(feed.gap_since),
        stopped_code=feed.stopped_code,
        last_seen_at=instant(feed.last_seen_at),
        last_recorded_at=instant(feed.recorded_at),
        last_stored_at=instant(feed.stored_at),
        duplicates=feed.duplicates,
        quarantined=feed.quarantined,
        overdisclosed=feed.overdisclosed,
        refetched=feed.refetched,
    )


def _quarantined(row: Mapping[str, Any]) -> pb.QuarantineEntry:
    return pb.QuarantineEntry(
        digest=row["digest"].hex(),
        code=row["code"],
        carrier_id=row["carrier"],
        way=row["way"],
        times=row["times"],
        first_seen_at=to_timestamp(row["first_seen"]),
        last_seen_at=to_timestamp(row["last_seen"]),
        size=row["size"],
    )


def _logged(row: Mapping[str, Any]) -> pb.WatchLogResponse:
    return pb.WatchLogResponse(
        position=row["position"],
        publisher_id=row["publisher"],
        seq=row["seq"],
        event_id=str(row["event_id"]),
        type=row["type"],
        matter_id=row["matter_id"],
        subject_id=row["subject_id"],
        occurred_at=to_timestamp(row["occurred_at"]),
        recorded_at=to_timestamp(row["recorded_at"]),
        stored_at=to_timestamp(row["stored_at"]),
    )


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _size(page: common.PageRequest) -> int:
    return min(page.size, PAGE_MAX) if page.size > 0 else PAGE_DEFAULT


def _numbers(token: str, count: int) -> tuple[int, ...]:
    parts = token.split(".")
    if len(parts) != count or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise Refused(KernelRefusal.BAD_PAGE_TOKEN)
    return tuple(int(part) for part in parts)


def _token(last: Mapping[str, Any]) -> str:
    text = f"{microseconds(last['due_at'])} {last['publisher']} {last['deadline_id']}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _after(token: str) -> tuple[datetime, str, str]:
    if not token:
        return _FIRST
    try:
        due_us, publisher, deadline_id = base64.urlsafe_b64decode(token.encode()).decode().split(" ")
        return from_microseconds(int(due_us)), publisher, deadline_id
    except (ValueError, OverflowError, binascii.Error):
        raise Refused(KernelRefusal.BAD_PAGE_TOKEN) from None


def _quarantine_after(token: str) -> tuple[int, bytes]:
    if not token:
        return _LAST_US, b""
    try:
        before_us, _, digest = token.partition(".")
        return int(before_us), bytes.fromhex(digest)
    except ValueError:
        raise Refused(KernelRefusal.BAD_PAGE_TOKEN) from None


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

QUARANTINED: Final = """
SELECT digest, code, carrier, way, times, first_seen, last_seen, size FROM platform.quarantine
 WHERE (first_seen < $1 OR (first_seen = $1 AND digest > $2)) AND ($3 = '' OR carrier = $3) AND ($4 = '' OR code = $4)
 ORDER BY first_seen DESC, digest LIMIT $5
"""

LOG: Final = """
SELECT position, publisher, seq, event_id, type, matter_id, subject_id, occurred_at, recorded_at, stored_at
  FROM platform.feed_event WHERE position > $1 AND ($2 = '' OR publisher = $2) ORDER BY position LIMIT $3
"""
