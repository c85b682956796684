"""What is stored is published in order, and once while nothing fails, however slow Kafka is."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
from aiokafka.errors import KafkaTimeoutError
from enforcement.exchange.v1 import envelope_pb2 as wire_pb

from services.exchange import publisher as module
from services.exchange.kafka import feed_topic, mailbox_topic
from services.exchange.publisher import Publisher
from services.exchange.settings import ExchangeSettings
from tests.support.eventually import eventually
from tests.support.exchange import Desk, desk
from tests.support.members import Party, header_of, registry, roster
from tests.support.virtual_time import VirtualTime

SETTINGS = ExchangeSettings(kafka_retry_seconds=0.05, feed_head_seconds=0.2)
"""The schedule of re-sending as it is; the lanes look every 0.1 s whether something is due."""
RESENT_AFTER = timedelta(seconds=SETTINGS.resend_after_seconds[0])


@dataclass(slots=True)
class SlowCarrier:
    """Takes what is sent, and acknowledges it when the test says so."""

    taken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Places in the order in which they reached each topic."""
    under_way: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    acknowledges: asyncio.Event = field(default_factory=asyncio.Event)
    fails_after_taking: int = 0

    async def send(self, topic: str, items: Sequence[tuple[bytes, list[tuple[str, bytes]]]]) -> None:
        self.under_way[topic] += 1
        assert self.under_way[topic] == 1, "two batches at once to one topic could change places"
        envelopes = [wire for wire, _ in items if wire_pb.Envelope.FromString(wire).kind == wire_pb.KIND_ENVELOPE]
        self.taken[topic] += [header_of(wire).seq for wire in envelopes]
        try:
            await self.acknowledges.wait()
            if self.fails_after_taking:
                self.fails_after_taking -= 1
                raise KafkaTimeoutError
        finally:
            self.under_way[topic] -= 1


@dataclass(slots=True)
class Sender:
    desk: Desk
    other: Party
    carrier: SlowCarrier
    publisher: Publisher
    time: VirtualTime

    @property
    def topics(self) -> list[str]:
        return [feed_topic(self.desk.party.id), mailbox_topic(self.other.id)]

    async def tell(self) -> None:
        await self.desk.tell(roster(self.other.id), category="operation")
        self.publisher.publish(await self.desk.build())

    async def published(self, count: int) -> bool:
        statement = "SELECT min(published_seq) FROM exchange.chain WHERE sender = $1 AND seq > 0"
        return bool(await self.desk.value(statement, self.desk.party.id) == count)

    async def receipted(self, place: int) -> None:
        """The recipient's receipt for a place has come."""
        statement = "UPDATE exchange.sent SET receipt = 'receipt' WHERE recipient = $1 AND seq = $2"
        await self.desk.value(statement, self.other.id, place)

    async def looked(self) -> None:
        """Every lane has looked at the database twice since now: once may have begun before."""
        for _ in range(2):
            before = self._looks()
            await eventually(partial(self._looked_since, before))

    def _looks(self) -> list[float]:
        return [lane.look_at for lane in self.publisher._lanes.values()]

    def _looked_since(self, before: list[float]) -> bool:
        return all(now > then for now, then in zip(self._looks(), before, strict=True))

    async def taken(self, *places: int) -> bool:
        return all(self.carrier.taken[topic] == list(places) for topic in self.topics)


@pytest.fixture
async def sender(databases, tmp_path) -> AsyncIterator[Sender]:
    a, b = Party.new("jt-510521"), Party.new("ga-510521")
    async with desk(databases, a, registry(a, b), settings=SETTINGS) as at:
        carrier = SlowCarrier()
        time = VirtualTime(tmp_path / "clock")
        at.office.wall, at.office.monotonic = time.wall, time.monotonic
        made = Sender(at, b, carrier, Publisher(at.office, carrier), time)
        running = asyncio.create_task(made.publisher.run())
        try:
            yield made
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


async def test_what_comes_while_another_is_under_way_waits_for_it(sender):
    await sender.tell()
    await eventually(lambda: sender.taken(1), what="the first under way")
    for _ in range(3):
        await sender.tell()
    sender.carrier.acknowledges.set()
    await eventually(lambda: sender.published(4), what="all published")
    assert sender.carrier.taken == {topic: [1, 2, 3, 4] for topic in sender.topics}


async def test_what_does_not_fit_in_memory_is_read_behind_what_kafka_has(sender, monkeypatch):
    """The mark in the database follows a little later: whoever reads from it would say the last ones twice."""
    monkeypatch.setattr(module, "QUEUE", 1)
    await sender.tell()
    await eventually(lambda: sender.taken(1), what="the first under way")
    for _ in range(3):
        await sender.tell()
    sender.carrier.acknowledges.set()
    await eventually(lambda: sender.published(4), what="all published")
    assert sender.carrier.taken == {topic: [1, 2, 3, 4] for topic in sender.topics}


async def test_what_was_not_acknowledged_is_said_again_in_order(sender):
    """At least once: Kafka may have had it, so a repeat is a stretch that begins where the acknowledged part ends."""
    await sender.tell()
    await eventually(lambda: sender.taken(1), what="the first under way")
    sender.carrier.fails_after_taking = len(sender.topics)
    await sender.tell()
    sender.carrier.acknowledges.set()
    await eventually(lambda: sender.published(2), what="both published")
    assert sender.carrier.taken == {topic: [1, 1, 2] for topic in sender.topics}


async def test_what_a_process_stored_and_did_not_publish_is_published_by_the_one_that_lives(sender):
    """The other one died between its commit and Kafka; nothing new is said that would make anybody look."""
    sender.carrier.acknowledges.set()
    await sender.tell()
    await eventually(lambda: sender.published(1), what="the first published")
    await sender.desk.tell(roster(sender.other.id), category="operation")
    await sender.desk.build(holder="another process")
    sender.time.skip(RESENT_AFTER)
    await eventually(lambda: sender.published(2), what="what the other one left")


async def test_a_receipt_that_a_process_stored_and_did_not_publish_is_published_by_the_one_that_lives(sender):
    sender.carrier.acknowledges.set()
    await sender.tell()
    await eventually(lambda: sender.published(1), what="the lanes have read the database")
    await sender.desk.take(sender.other.tell(sender.desk.party, roster()))  # its answers stay in the desk's list
    unanswered = "SELECT count(*) FROM exchange.inbox WHERE answered_at IS NULL"
    assert await sender.desk.value(unanswered) == 1
    sender.time.skip(RESENT_AFTER)
    await eventually(lambda: _none(sender.desk.value(unanswered)), what="answered")


async def test_while_receipts_come_nothing_is_said_again(sender):
    """A recipient that works off a backlog is not given the rest of it again with each of its receipts."""
    sender.carrier.acknowledges.set()
    for _ in range(3):
        await sender.tell()
    await eventually(lambda: sender.published(3), what="all published")
    mailbox = sender.carrier.taken[sender.topics[1]]
    sender.time.skip(RESENT_AFTER)
    await eventually(lambda: mailbox == [1, 2, 3, 1, 2, 3], what="all again")
    for place in (1, 2):
        await sender.receipted(place)
        await sender.looked()
    assert mailbox == [1, 2, 3, 1, 2, 3]
    sender.time.skip(RESENT_AFTER)
    await eventually(lambda: mailbox == [1, 2, 3, 1, 2, 3, 3], what="what still waits, again")


async def _none(count):
    return await count == 0
