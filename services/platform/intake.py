"""Intake: from arrival to log.

    queue ──▶ draw what waits ──▶ judge ──▶ with the held ones ──▶ record ──▶ tell who waits, hold the early ones
      ▲                                                              │ PostgreSQL lost: again, after a pause
      └── full: `take` waits, and with it the stream                 └ raised by one envelope: alone, then parked

Promise   what `take` accepted is judged and recorded in the order of its feed, once; nothing is dropped in silence: it
          is in the log, counted as a repeat, or in quarantine. `take` raises nothing but its caller's cancellation.
Not       that an accepted arrival survives the process: it is fetched again, because the next place in the feed, or the
          publisher's word on where its feed ends, shows that it is missing.
Bounds    queue_max arrivals wait; batch_max make one transaction; held_max early ones are kept per feed.
Failing   PostgreSQL lost: the batch is tried again, with pauses of RETRY_SECONDS doubling up to RETRY_SECONDS_MAX.
Owns      one task, one queue. Shown by tests/integration/platform/test_intake.py
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from services.kernel import telemetry
from services.kernel.envelopes.members import Registry
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Unavailable
from services.kernel.telemetry import Attribute, Log, Metrics, Spans
from services.platform.judge import Arrival, Bad, Entry, Judge, Judged
from services.platform.plan import Feed, Recorded
from services.platform.settings import PlatformSettings
from services.platform.store import Store

log = Log(__name__)

RETRY_SECONDS: Final = 0.1
RETRY_SECONDS_MAX: Final = 5.0
PARKED: Final = "PARKED"
"""Code of an envelope that this build cannot store: a bug. Its feed waits, and asks for it again."""
WATCH_SECONDS: Final = 0.2
"""Between two looks at the log for what another worker stored. What this one stores is told at once."""


class Intake:
    """The one way into the log for one process.

    Args:
        registry: answers with the member registry in force.
        wall: answers with the wall clock, by which keys are valid.
    """

    def __init__(
        self,
        store: Store,
        judge: Judge,
        settings: PlatformSettings,
        *,
        registry: Callable[[], Registry],
        wall: Callable[[], datetime],
    ) -> None:
        self.verdicts: Counter[str] = Counter()
        """Outcomes since the process started."""
        self._store = store
        self._judge = judge
        self._settings = settings
        self._registry = registry
        self._wall = wall
        self._queue: asyncio.Queue[Arrival] = asyncio.Queue(settings.queue_max)
        self._held: dict[str, dict[tuple[int, int], Entry]] = {}
        self._behind: dict[str, asyncio.Event] = {}
        self._position = 0
        self._moved = asyncio.Condition()
        self._drawn = 0
        self._accepted = 0

    async def take(self, arrival: Arrival) -> int:
        """Accepts one arrival; waits while the queue is full. Returns its number, for `done`."""
        await self._queue.put(arrival)
        self._accepted += 1
        return self._accepted

    async def done(self, number: int) -> None:
        """Waits until the arrival of this number, and all before it, are recorded."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._drawn >= number)

    def behind(self, publisher: str) -> asyncio.Event:
        """Set while a place of this feed is known to exist and is missing."""
        return self._behind.setdefault(publisher, asyncio.Event())

    async def reached(self, position: int) -> None:
        """Waits until the log has reached a position, by this worker or another."""
        while self._position < position and await self._looked() < position:
            await self._moved_or(WATCH_SECONDS)

    async def changed(self, position: int) -> None:
        """Waits until the log is beyond `position`, or until it is worth looking."""
        if self._position <= position:
            await self._moved_or(WATCH_SECONDS)

    async def run(self) -> None:
        """Records what is taken until it is cancelled."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < self._settings.batch_max and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._record(batch)
            async with self._moved:
                self._drawn += len(batch)
                self._moved.notify_all()

    async def drain(self) -> None:
        """Waits until nothing is left that was accepted."""
        await self.done(self._accepted)

    # ── one batch ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _record(self, batch: Sequence[Arrival]) -> None:
        registry, now = self._registry(), self._wall()
        judged = [self._judged(arrival, registry, now) for arrival in batch]
        whole = [*judged, *self._following(judged)]
        recorded = await self._stored(whole)
        if isinstance(recorded, Recorded):
            self._tell(recorded)
            return
        for each in sorted(whole, key=_order):
            alone = await self._stored([each])
            if isinstance(alone, Recorded):
                self._tell(alone)
            else:
                await self._park(each, alone)

    def _judged(self, arrival: Arrival, registry: Registry, now: datetime) -> Judged:
        if not telemetry.recording():
            return self._judge.judge(arrival, registry, now)
        attributes = {
            Attribute.MESSAGING_SYSTEM: arrival.way,
            Attribute.PEER_ID: arrival.carrier,
            Attribute.REMOTE_TRACE: arrival.traceparent,
        }
        target = f"feed.{arrival.carrier}"
        with telemetry.span(
            Spans.RECEIVE, attributes, target=target, new_trace=True, links=(arrival.traceparent,)
        ) as opened:
            judged = self._judge.judge(arrival, registry, now)
            if isinstance(judged, Entry):
                opened.set_attribute(Attribute.ENVELOPE_ID, judged.link.hash.hex())
                opened.set_attribute(Attribute.SEQUENCE, judged.link.seq)
                opened.set_attribute(Attribute.EVENT_TYPE, judged.type)
                opened.set_attribute(Attribute.CASE_ID, judged.case_ref)
            if isinstance(judged, Bad):
                opened.set_attribute(Attribute.VERDICT, judged.code)
            return judged

    def _following(self, judged: Sequence[Judged]) -> list[Entry]:
        """Held entries that may follow what arrived."""
        arrived = {each.publisher for each in judged if isinstance(each, Entry)}
        return [entry for publisher in arrived for entry in self._held.pop(publisher, {}).values()]

    async def _stored(self, batch: Sequence[Judged]) -> Recorded | Exception:
        """Records a batch, however long PostgreSQL is away; answers why when something in it cannot be stored."""
        pause = RETRY_SECONDS
        while True:
            try:
                return await self._store.record(batch)
            except Unavailable as error:
                log.warning("the platform's log is not reachable", reason=str(error), waiting=len(batch))
            except Exception as error:
                log.error("a batch cannot be stored", error=error, count=len(batch))
                return error
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_SECONDS_MAX)

    async def _park(self, judged: Judged, error: Exception) -> None:
        """Keeps as evidence what cannot be stored: one event told in two places, or one that this build fails on."""
        if not isinstance(judged, Entry):
            log.error("a disbelieved value cannot be kept", carrier=judged.arrival.carrier)
            return
        code = Code.ENVELOPE_EQUIVOCATION if isinstance(error, asyncpg.UniqueViolationError) else PARKED
        pause = RETRY_SECONDS
        while True:
            try:
                self._know(await self._store.park(judged, code))
                break
            except Unavailable:
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_SECONDS_MAX)
        self._count(judged, code)

    def _tell(self, recorded: Recorded) -> None:
        self._position = max(self._position, recorded.position)
        for feed in recorded.feeds.values():
            self._know(feed)
        for entry in recorded.early:
            held = self._held.setdefault(entry.publisher, {})
            if len(held) < self._settings.held_max:
                held[entry.link[:2]] = entry
        for judged, code in recorded.verdicts:
            self._count(judged, code)

    def _know(self, feed: Feed) -> None:
        if feed.behind and not feed.stopped_code:
            self.behind(feed.publisher).set()
        else:
            self.behind(feed.publisher).clear()

    def _count(self, judged: Judged, code: str) -> None:
        self.verdicts[code] += 1
        Metrics.INBOX.add(1, sender=judged.arrival.carrier, verdict=code)
        if code in QUIET:
            return
        Metrics.QUARANTINE.add(1, sender=judged.arrival.carrier, reason=code)
        log.warning("not believed", carrier=judged.arrival.carrier, way=judged.arrival.way, code=code)

    async def _looked(self) -> int:
        self._position = max(self._position, await self._store.head())
        return self._position

    async def _moved_or(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait()
        except TimeoutError:
            await self._looked()


QUIET: Final = frozenset((Code.RECORDED, Code.DUPLICATE, Code.GAP))
"""Outcomes that need nobody's eye."""


def _order(judged: Judged) -> tuple[bool, str, tuple[int, int]]:
    """Entries of a feed in its order, then what has no place in one."""
    if isinstance(judged, Entry):
        return False, judged.publisher, judged.link[:2]
    return True, judged.arrival.carrier, (0, 0)
