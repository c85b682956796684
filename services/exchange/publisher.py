"""Publisher: stored envelopes and receipts go to Kafka, and go again until they are answered.

    per peer, one lane:  IDLE ──built, or a timer──▶ SENDING ──acknowledged──▶ IDLE      replies beside it, alike
                                                                  └── Kafka failed ──▶ pause, then on from published_seq
    mailbox.<peer>   own envelopes in order of their places, receipts in any order; key = this authority
    feed.<me>        own feed; a signed Head when it is idle, so that a lost tail shows

Promise   what is stored is published, in order, at least once, and once while nothing fails, whichever process of this
          authority stored it; what has no receipt is published again, the same bytes, from the oldest of its chain on.
Not       that Kafka keeps it: older envelopes come by Resend. No transaction: everything was stored under the builder's
          fence before, so a second publisher can only repeat.
Bounds    BATCH envelopes in flight per lane; QUEUE in memory per lane, beyond it they are read from the database again.
Failing   Kafka away: lanes wait, nobody else does.
Owns      two tasks per lane, one that tells and one that replies; one database connection (asynchronous commit: what it
          writes may be lost and costs a repeat).
Shown by  tests/integration/exchange/test_publisher.py, tests/faults/test_exchange_cut.py
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from aiokafka.errors import KafkaError

from services.exchange.carrier import Carrier
from services.exchange.kafka import TRACEPARENT, TYPE, feed_topic, mailbox_topic
from services.exchange.notes import Answer, Notes
from services.exchange.office import NoSealKey, Office
from services.exchange.outbound import Outgoing
from services.kernel.envelopes.codec import PLACE_MAX, Link, make_head
from services.kernel.envelopes.members import FEED
from services.kernel.ledger import Unavailable
from services.kernel.telemetry import Attribute, Log, Metrics, Spans, span, unseen

__all__ = ["Publisher"]

log = Log(__name__)

BATCH: Final = 500
QUEUE: Final = 5_000
OVERDUE_LOOK_SECONDS: Final = 5.0

NEXT = """
SELECT recipient, epoch, seq, wire, type, traceparent, correlation_id
  FROM exchange.sent WHERE recipient = $1 AND epoch = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5
"""

WAITING = """
SELECT recipient, epoch, seq, wire, type, traceparent, correlation_id
  FROM exchange.sent
 WHERE recipient = $1 AND receipt IS NULL AND recipient <> 'feed' ORDER BY epoch, seq LIMIT $2
"""

OLDEST = """
SELECT count(*) AS waiting, min(epoch * 4611686018427387904::numeric + seq) AS oldest,
       extract(epoch FROM $2 - min(stored_at))::float8 AS age
  FROM exchange.sent WHERE recipient = $1 AND receipt IS NULL AND recipient <> 'feed'
"""

PENDING = """
SELECT count(s.seq) AS pending, coalesce(extract(epoch FROM $3 - min(s.stored_at)), 0)::float8 AS age,
       EXISTS (SELECT FROM exchange.inbox WHERE sender = $2 AND answered_at IS NULL
                  AND stored_at < $3 - $4::interval) AS unanswered
  FROM exchange.chain c
  JOIN exchange.sent s ON s.recipient = c.recipient AND s.epoch = c.epoch AND s.seq > c.published_seq
 WHERE c.sender = $1 AND c.recipient = $2
"""

UNANSWERED = (
    "SELECT env_id, receipt FROM exchange.inbox WHERE sender = $1 AND answered_at IS NULL ORDER BY seq LIMIT $2"
)

END = "SELECT epoch, seq, hash, published_seq FROM exchange.chain WHERE sender = $1 AND recipient = $2"


@dataclass(slots=True)
class _Lane:
    """One peer, or the own feed."""

    recipient: str
    topic: str
    waiting: deque[Outgoing] = field(default_factory=deque)
    answers: deque[Answer] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """There may be envelopes to send, or to send again."""
    replying: asyncio.Event = field(default_factory=asyncio.Event)
    """There are answers to send."""
    published: tuple[int, int] = (0, 0)
    """(epoch, seq) that Kafka has, as this process knows it; (0, 0) until it was read."""
    behind: bool = True
    """The database may have more than `waiting`."""
    resend_now: bool = False
    oldest: Any = None
    attempt: int = 0
    resend_at: float = 0.0
    look_at: float = 0.0
    said_at: float = 0.0


class Publisher:
    """The lanes."""

    def __init__(
        self, office: Office, carrier: Carrier, guarded: Callable[[str], Link | None] = lambda _: None
    ) -> None:
        """Makes it; `guarded` says up to where a chain may be published, None that no guard is kept."""
        self._office = office
        self._carrier = carrier
        self._guarded = guarded
        self._lanes: dict[str, _Lane] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._notes = Notes(office)
        settings = office.settings
        self._look_seconds = min(
            OVERDUE_LOOK_SECONDS, settings.resend_after_seconds[0] / 2, settings.feed_head_seconds / 2
        )

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Hands over stored envelopes, in order of their places."""
        for item in outgoing:
            lane = self._lane(item.recipient)
            if len(lane.waiting) < QUEUE:
                lane.waiting.append(item)
            else:
                lane.behind = True
            lane.wake.set()

    def answer(self, answers: Sequence[Answer]) -> None:
        """Hands over stored receipts."""
        for item in answers:
            lane = self._lane(item.sender)
            lane.answers.append(item)
            lane.replying.set()

    def resend(self, recipient: str) -> None:
        """Publishes everything without a receipt again, now."""
        lane = self._lane(recipient)
        lane.resend_now = True
        lane.wake.set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                for lane in self._lanes.values():
                    self._start(lane, tasks)
                for name in (FEED, *self._office.registry.members):
                    if name != self._office.me:
                        self._lane(name)
                tasks.create_task(self._notes.run(), name="exchange notes")
        finally:
            self._tasks = None
            with contextlib.suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(self._office.settings.stop_seconds):
                    await self._notes.flush()

    def _lane(self, recipient: str) -> _Lane:
        lane = self._lanes.get(recipient)
        if lane is None:
            topic = feed_topic(self._office.me) if recipient == FEED else mailbox_topic(recipient)
            lane = self._lanes[recipient] = _Lane(recipient, topic, said_at=self._office.monotonic())
            if self._tasks is not None:
                self._start(lane, self._tasks)
        return lane

    def _start(self, lane: _Lane, tasks: asyncio.TaskGroup) -> None:
        """One task tells and one replies: a receipt does not wait for the envelopes that are under way, nor they for
        it. Two tasks that tell in one lane would say things twice."""
        tasks.create_task(self._insist(lane, self._tell), name=f"exchange tells {lane.recipient}")
        tasks.create_task(self._insist(lane, self._reply), name=f"exchange replies to {lane.recipient}")

    async def _insist(self, lane: _Lane, turn: Callable[[_Lane], Awaitable[None]]) -> None:
        while True:
            try:
                await turn(lane)
            except (KafkaError, TimeoutError, OSError) as error:
                log.warning("Kafka does not take it; trying again", topic=lane.topic, reason=str(error))
                lane.behind = True
                await asyncio.sleep(self._office.settings.kafka_retry_seconds)
            except Unavailable as error:
                log.warning("the ledger is not reachable", topic=lane.topic, reason=str(error))
                lane.behind = True
                await asyncio.sleep(self._office.settings.kafka_retry_seconds)

    async def _tell(self, lane: _Lane) -> None:
        """Sends until nothing is left that is known, waits for more, and looks after what waits for its receipt."""
        while lane.behind or lane.waiting:
            batch = await self._batch(lane)
            if batch:
                await self._send(lane, batch)
                last = batch[-1]
                lane.published = (last.epoch, last.seq)
                self._notes.published(lane.recipient, last.epoch, last.seq)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._look_seconds):
                await lane.wake.wait()
        lane.wake.clear()
        if self._office.monotonic() >= lane.look_at or lane.resend_now:
            await self._look(lane)

    async def _batch(self, lane: _Lane) -> list[Outgoing]:
        if lane.behind:
            lane.waiting.clear()
            lane.behind = False
            async with self._office.ledger.connection() as connection:
                end = await connection.fetchrow(END, self._office.me, lane.recipient)
                if end is not None:
                    # Of what this process published the database hears a little later, of what another one did here.
                    lane.published = max(lane.published, (end["epoch"], end["published_seq"]))
                rows = await connection.fetch(NEXT, lane.recipient, *lane.published, self._last_guarded(lane), BATCH)
                unanswered = await connection.fetch(UNANSWERED, lane.recipient, BATCH)
            known = {answer.env_id for answer in lane.answers}
            lane.answers += [Answer(lane.recipient, env_id, wire) for env_id, wire in unanswered if env_id not in known]
            lane.replying.set()
            lane.behind = len(rows) == BATCH or len(unanswered) == BATCH
            return [Outgoing(*row) for row in rows]
        batch: list[Outgoing] = []
        while lane.waiting and len(batch) < BATCH:
            item = lane.waiting.popleft()
            if (item.epoch, item.seq) <= lane.published:
                continue
            epoch, seq = (batch[-1].epoch, batch[-1].seq) if batch else lane.published
            if (item.epoch, item.seq) != (epoch, seq + 1) and not (item.epoch > epoch and item.seq == 1):
                lane.behind = True  # what is between is in the database only
                break
            batch.append(item)
        return batch

    def _last_guarded(self, lane: _Lane) -> int:
        """The last place of the lane's epoch that may be published: what the guard does not know yet must wait."""
        guarded = self._guarded(lane.recipient)
        if guarded is None or guarded.epoch > lane.published[0]:
            return PLACE_MAX
        return guarded.seq if guarded.epoch == lane.published[0] else 0

    async def _send(self, lane: _Lane, batch: Sequence[Outgoing]) -> None:
        shared = self._office.catalogue.shared
        seen = [item for item in batch if not (item.type in shared and shared[item.type].restricted)]
        traceparents = [item.traceparent for item in seen if item.traceparent]
        attributes: dict[str, str | int | float | bool] = {
            Attribute.MESSAGING_COUNT: len(batch),
            Attribute.PEER_ID: lane.recipient,
        }
        case_id = str(seen[0].correlation_id) if len({item.correlation_id for item in seen}) == 1 else ""
        with (
            unseen(not seen),
            span(Spans.SEND, attributes, target=lane.topic, case_id=case_id, new_trace=True, links=traceparents),
        ):
            await self._carrier.send(lane.topic, [(item.wire, _headers(item)) for item in batch])
        lane.said_at = self._office.monotonic()

    async def _reply(self, lane: _Lane) -> None:
        """Sends the answers that are known, and waits for more."""
        while not lane.answers:
            lane.replying.clear()
            await lane.replying.wait()
        batch = [lane.answers.popleft() for _ in range(min(len(lane.answers), BATCH))]
        try:
            await self._carrier.send(lane.topic, [(answer.wire, []) for answer in batch])
        except BaseException:
            lane.answers.extendleft(reversed(batch))
            raise
        self._notes.answered(batch)

    async def _look(self, lane: _Lane) -> None:
        """What waits too long goes, or goes again; an idle feed says where it ends."""
        now = self._office.monotonic()
        lane.look_at = now + self._look_seconds
        settings = self._office.settings
        await self._measure(lane)
        if lane.recipient == FEED:
            if now - lane.said_at >= settings.feed_head_seconds:
                await self._say_end(lane)
            return
        async with self._office.ledger.connection() as connection:
            row = await connection.fetchrow(OLDEST, lane.recipient, self._office.wall())
        age = row["age"] or 0.0
        Metrics.RECEIPT_AGE.set(age, peer=lane.recipient)
        if not row["waiting"]:
            lane.oldest, lane.resend_now = None, False
            return
        schedule = settings.resend_after_seconds
        if row["oldest"] != lane.oldest:
            # While receipts come, the recipient is working off what it has: it gets the first span of waiting anew.
            waited = age if lane.oldest is None else 0.0
            lane.oldest, lane.attempt, lane.resend_at = row["oldest"], 0, now + schedule[0] - waited
        if now < lane.resend_at and not lane.resend_now:
            return
        if age >= settings.overdue_seconds:
            log.warning("receipts are late", peer=lane.recipient, waiting=row["waiting"], age_seconds=round(age))
        lane.resend_now = False
        lane.attempt = min(lane.attempt + 1, len(schedule) - 1)
        lane.resend_at = now + schedule[lane.attempt]
        async with self._office.ledger.connection() as connection:
            rows = await connection.fetch(WAITING, lane.recipient, BATCH)
        repeated = [Outgoing(*item) for item in rows]
        if published := [item for item in repeated if (item.epoch, item.seq) <= lane.published]:
            await self._send(lane, published)

    async def _measure(self, lane: _Lane) -> None:
        patience = self._office.settings.resend_after_seconds[0]
        async with self._office.ledger.connection() as connection:
            row = await connection.fetchrow(
                PENDING, self._office.me, lane.recipient, self._office.wall(), timedelta(seconds=patience)
            )
        Metrics.OUTBOUND_PENDING.set(row["pending"], peer=lane.recipient)
        Metrics.OUTBOUND_AGE.set(row["age"], peer=lane.recipient)
        if row["age"] > patience or row["unanswered"]:
            # Stored by a process that died before Kafka had it, or handed over by a commit whose answer was lost.
            lane.behind = True

    async def _say_end(self, lane: _Lane) -> None:
        async with self._office.ledger.connection() as connection:
            row = await connection.fetchrow(END, self._office.me, FEED)
        if row is None or not row["seq"]:
            return
        try:
            signer = self._office.signer()
        except NoSealKey as error:
            log.error("the feed's end cannot be signed", reason=str(error))
            return
        end = Link(row["epoch"], row["seq"], row["hash"])
        head = make_head(self._office.me, FEED, end, self._office.wall(), signer)
        await self._carrier.send(lane.topic, [(head, [])])
        lane.said_at = self._office.monotonic()


def _headers(item: Outgoing) -> list[tuple[str, bytes]]:
    """Unsigned hints for routing and tracing, never the ground of a decision."""
    headers = [(TYPE, item.type.encode())]
    if item.traceparent:
        headers.append((TRACEPARENT, item.traceparent.encode()))
    return headers
