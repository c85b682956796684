"""Questions to the platform about feeds, and the one command about its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from enforcement.platform.v1 import service_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.ledger import Ledger
from services.kernel.messages import from_microseconds, microseconds, to_timestamp
from services.kernel.queries import instant
from services.kernel.rpc import Call
from services.kernel.telemetry import Log
from services.platform import pages
from services.platform.figures import Refusal
from services.platform.intake import Intake
from services.platform.plan import Feed
from services.platform.resume import resume
from services.platform.store import Store

log = Log(__name__)

WAIT_SECONDS: Final = 10.0
"""Longest wait for a position, whatever time the caller allows."""
WATCH_PAGE: Final = 500


class FeedApi:
    """Part of PlatformApi."""

    _ledger: Ledger
    _store: Store
    _intake: Intake
    _feeds: Callable[[], Collection[str]]
    _consuming: Callable[[], bool]
    _closing: asyncio.Event

    async def list_feeds(self, request: pb.ListFeedsRequest, call: Call) -> pb.ListFeedsResponse:
        """Every feed that is read, also one of which nothing came yet."""
        await self._reach(request.min_position, call)
        known = {feed.publisher: feed for feed in await self._store.feeds()}
        feeds = [_state(known.get(publisher, Feed(publisher))) for publisher in sorted({*self._feeds(), *known})]
        return pb.ListFeedsResponse(feeds=feeds, position=await self._store.head(), consuming=self._consuming())

    async def list_quarantine(self, request: pb.ListQuarantineRequest, call: Call) -> pb.ListQuarantineResponse:
        """What was not believed, newest first."""
        await self._reach(request.min_position, call)
        size = pages.size(request.page)
        before_us, digest = pages.quarantine_after(request.page.token)
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


QUARANTINED: Final = """
SELECT digest, code, carrier, way, times, first_seen, last_seen, size FROM platform.quarantine
 WHERE (first_seen < $1 OR (first_seen = $1 AND digest > $2)) AND ($3 = '' OR carrier = $3) AND ($4 = '' OR code = $4)
 ORDER BY first_seen DESC, digest LIMIT $5
"""

LOG: Final = """
SELECT position, publisher, seq, event_id, type, matter_id, subject_id, occurred_at, recorded_at, stored_at
  FROM platform.feed_event WHERE position > $1 AND ($2 = '' OR publisher = $2) ORDER BY position LIMIT $3
"""
