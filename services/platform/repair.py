"""Repair: what Kafka did not bring is fetched from its publisher.

    each heads_seconds: "where does your feed end?" ─▶ signed head ─▶ intake ─┐
    an early envelope, a damaged body ────────────────────────────────────────┴▶ behind ─▶ re-send by pages ─▶ intake

Promise   a place that is known to exist is asked for until it is in the log; a lost tail is noticed within
          heads_seconds after the publisher can be reached, also when nothing more is ever published.
Not       that the publisher answers: `gap_since` says since when it has not.
Bounds    resend_page places a call, fetch_seconds each; one call per feed at a time.
Failing   a publisher that is away, or has nothing to send, is asked again after a pause that doubles up to
          retry_seconds_max. What it sends is judged like everything else, and it may carry its own feed only.
Owns      one task per feed; a feed that is added gets its own within FEEDS_SECONDS. Shown by
          tests/integration/platform/test_repair.py
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from typing import Final, Protocol

from services.kernel import telemetry
from services.kernel.ledger import Unavailable
from services.kernel.telemetry import Attribute, Log, Spans
from services.platform.intake import Intake
from services.platform.judge import Arrival
from services.platform.plan import Feed
from services.platform.settings import PlatformSettings
from services.platform.store import Store

log = Log(__name__)

RETRY_SECONDS: Final = 0.2
GRACE_SECONDS: Final = 0.05
"""An early envelope is often followed by its predecessor, when several workers read: it is given this long to come."""
FEEDS_SECONDS: Final = 1.0
"""Between two looks at which feeds there are."""


class Unreachable(Exception):
    """The publisher did not answer, or does not let this platform read its feed."""


class FeedSource(Protocol):
    """Asks a publisher for its own feed, over gRPC with mutual TLS."""

    async def feed_head(self, publisher: str) -> bytes | None:
        """Its signed head: an Envelope of KIND_HEAD. None when it does not state one now.

        Raises:
            Unreachable: no answer within the time allowed, or not for this caller.
        """
        ...

    def resend_feed(self, publisher: str, epoch: int, from_seq: int, to_seq: int) -> AsyncIterator[bytes]:
        """The envelopes of a stretch, both ends inclusive, in order; fewer when it has fewer, `to_seq` 0 for all of it.

        Raises:
            Unreachable: as above, also in the middle.
        """
        ...

    async def aclose(self) -> None:
        """Closes what it keeps open."""
        ...


class Repair:
    """Keeps the feeds of a platform whole.

    Args:
        feeds: answers with the authorities whose feeds are read now.
    """

    def __init__(
        self,
        source: FeedSource,
        store: Store,
        intake: Intake,
        settings: PlatformSettings,
        feeds: Callable[[], Collection[str]],
    ) -> None:
        self._source = source
        self._store = store
        self._intake = intake
        self._settings = settings
        self._feeds = feeds

    async def run(self) -> None:
        """Repairs until it is cancelled."""
        kept: set[str] = set()
        async with asyncio.TaskGroup() as tasks:
            while True:
                for publisher in sorted({*self._feeds()} - kept):
                    tasks.create_task(self._keep(publisher))
                    kept.add(publisher)
                await asyncio.sleep(FEEDS_SECONDS)

    async def _keep(self, publisher: str) -> None:
        loop = asyncio.get_running_loop()
        behind = self._intake.behind(publisher)
        pause, next_look = RETRY_SECONDS, loop.time()
        while True:
            try:
                if loop.time() >= next_look:
                    await self._look(publisher)
                    next_look = loop.time() + self._settings.heads_seconds
                whole = await self._fill(publisher)
            except (Unreachable, Unavailable) as error:
                log.warning("a feed cannot be checked", publisher=publisher, reason=str(error))
                whole = False
            if whole:
                pause = RETRY_SECONDS
                await _set_within(behind, next_look - loop.time())
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._settings.retry_seconds_max)

    async def _look(self, publisher: str) -> None:
        """Asks where the feed ends and lets the intake judge the answer."""
        head = await self._source.feed_head(publisher)
        if head is not None:
            await self._intake.done(await self._intake.take(Arrival(head, publisher, "grpc")))

    async def _fill(self, publisher: str) -> bool:
        """Fetches what is missing, page by page; False when the publisher had nothing that helps."""
        while True:
            feed = await self._store.feed(publisher)
            if feed.stopped_code or not feed.behind:
                return True
            for epoch, from_seq, to_seq in _stretches(feed, self._settings.resend_page):
                await self._fetch(publisher, epoch, from_seq, to_seq)
            after = await self._store.feed(publisher)
            log.info("fetched what was missing", publisher=publisher, after_seq=feed.end.seq, to_seq=after.end.seq)
            if after.end == feed.end:
                return False

    async def _fetch(self, publisher: str, epoch: int, from_seq: int, to_seq: int) -> None:
        attributes: dict[str, telemetry.Value] = {Attribute.PEER_ID: publisher, Attribute.SEQUENCE: from_seq}
        last = 0
        with telemetry.span(Spans.PULL, attributes, target=publisher, new_trace=True):
            async for wire in self._source.resend_feed(publisher, epoch, from_seq, to_seq):
                last = await self._intake.take(Arrival(wire, publisher, "grpc"))
        await self._intake.done(last)


def _stretches(feed: Feed, page: int) -> list[tuple[int, int, int]]:
    """What to ask for: a page of the epoch that the log is in; where a later one is known, its beginning, too."""
    epoch, seq = feed.end.epoch, feed.end.seq
    if feed.seen[0] == epoch:
        return [(epoch, seq + 1, min(seq + page, feed.seen[1]))]
    return [(epoch, seq + 1, seq + page), (epoch + 1, 1, page)]


async def _set_within(behind: asyncio.Event, seconds: float) -> None:
    if behind.is_set():
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(seconds, 0)):
            await behind.wait()
            await asyncio.sleep(GRACE_SECONDS)
