"""What Faust makes of real Kafka: order, restarts, outages."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.kafka import Broker
from services.platform.judge import Arrival
from services.platform.settings import PlatformSettings
from services.platform.streams import Streams, topic_of
from tests.support.eventually import eventually
from tests.support.kafka import fresh_id, own_broker

SETTINGS = PlatformSettings(session_seconds=6, commit_seconds=0.2)


class Reader:
    """Takes what the streams hand over."""

    def __init__(self, app_id: str, broker: Broker, members: Sequence[str]) -> None:
        self.arrivals: list[Arrival] = []
        self.members = list(members)
        self.streams = Streams(app_id, broker.bootstrap, lambda: self.members, self._take, SETTINGS)

    async def _take(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)

    def values(self, member: str) -> list[bytes]:
        return [each.wire for each in self.arrivals if each.carrier == member]

    @asynccontextmanager
    async def reading(self, *, consuming: bool = True) -> AsyncIterator["Reader"]:
        task = asyncio.create_task(self.streams.run())
        try:
            if consuming:
                await eventually(lambda: self.streams.consuming or task.done(), within=30)
            yield self
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    async def has(self, member: str, *values: bytes, within: float = 30) -> None:
        await eventually(lambda: self.values(member)[-len(values) :] == list(values), within=within)


@asynccontextmanager
async def producing(broker: Broker) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def send(producer: AIOKafkaProducer, member: str, *values: bytes) -> None:
    for value in values:
        await producer.send_and_wait(topic_of(member), value)


def numbered(count: int, prefix: str = "") -> list[bytes]:
    return [f"{prefix}{number}".encode() for number in range(count)]


async def test_every_value_of_every_feed_comes_in_its_order(kafka: Broker) -> None:
    members = [fresh_id("jt") for _ in range(3)]
    await kafka.create_topics({topic_of(member): 1 for member in members})
    async with Reader(fresh_id("platform"), kafka, members).reading() as reader, producing(kafka) as producer:
        for value in numbered(50):
            for member in members:
                await producer.send(topic_of(member), value)
        for member in members:
            await reader.has(member, *numbered(50))
        assert len(reader.arrivals) == 150


async def test_what_was_published_before_the_first_start_is_read(kafka: Broker) -> None:
    member = fresh_id("jt")
    await kafka.create_topics({topic_of(member): 1})
    async with producing(kafka) as producer:
        await send(producer, member, b"early")
        async with Reader(fresh_id("platform"), kafka, [member]).reading() as reader:
            await reader.has(member, b"early")


async def test_a_value_without_bytes_and_its_trace_are_handed_over(kafka: Broker) -> None:
    member = fresh_id("jt")
    await kafka.create_topics({topic_of(member): 1})
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with Reader(fresh_id("platform"), kafka, [member]).reading() as reader, producing(kafka) as producer:
        await producer.send_and_wait(topic_of(member), None, key=b"k", headers=[("traceparent", trace.encode())])
        await reader.has(member, b"")
        assert reader.arrivals[0].traceparent == trace


async def test_a_worker_goes_on_where_the_one_before_it_stopped(kafka: Broker) -> None:
    member, app_id = fresh_id("jt"), fresh_id("platform")
    await kafka.create_topics({topic_of(member): 1})
    async with producing(kafka) as producer:
        async with Reader(app_id, kafka, [member]).reading() as first:
            await send(producer, member, *numbered(5))
            await first.has(member, *numbered(5))
        await send(producer, member, *numbered(5, "later "))
        async with Reader(app_id, kafka, [member]).reading() as second:
            await second.has(member, *numbered(5, "later "))
            assert second.values(member) == numbered(5, "later ")


async def test_a_feed_whose_topic_is_missing_holds_up_no_other_and_is_read_once_it_is_there(kafka: Broker) -> None:
    member, later = fresh_id("jt"), fresh_id("jt")
    await kafka.create_topics({topic_of(member): 1})
    async with Reader(fresh_id("platform"), kafka, [member, later]).reading() as reader, producing(kafka) as producer:
        await send(producer, member, b"meanwhile")
        await reader.has(member, b"meanwhile")
        await kafka.create_topics({topic_of(later): 1})
        await send(producer, later, b"first")
        await reader.has(later, b"first")
        assert reader.streams.restarts == 0


async def test_a_feed_that_is_added_or_taken_away_while_the_worker_runs_is_followed(kafka: Broker) -> None:
    member, joined = fresh_id("jt"), fresh_id("jt")
    await kafka.create_topics({topic_of(each): 1 for each in (member, joined)})
    async with Reader(fresh_id("platform"), kafka, [member]).reading() as reader, producing(kafka) as producer:
        reader.members.append(joined)
        await send(producer, joined, b"joined")
        await reader.has(joined, b"joined")
        reader.members.remove(member)
        await eventually(lambda: not reader.streams.consuming, within=30)
        await eventually(lambda: reader.streams.consuming, within=30)
        await send(producer, member, b"left")
        await send(producer, joined, b"after")
        await reader.has(joined, b"after")
        assert not reader.values(member)


async def test_nothing_is_written_to_the_working_directory(
    kafka: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    member = fresh_id("jt")
    await kafka.create_topics({topic_of(member): 1})
    async with Reader(fresh_id("platform"), kafka, [member]).reading():
        pass
    assert not os.listdir()


async def test_a_broker_that_is_killed_and_comes_back_is_read_on() -> None:
    member = fresh_id("jt")
    async with own_broker() as broker:
        await broker.create_topics({topic_of(member): 1})
        async with Reader(fresh_id("platform"), broker, [member]).reading() as reader:
            async with producing(broker) as producer:
                await send(producer, member, *numbered(3))
                await reader.has(member, *numbered(3))
            await broker.kill()
            await broker.start()
            async with producing(broker) as producer:
                await send(producer, member, *numbered(3, "after "))
                await reader.has(member, *numbered(3, "after "), within=60)


async def test_a_platform_that_starts_before_kafka_reads_when_it_is_there() -> None:
    member = fresh_id("jt")
    async with own_broker() as broker:
        await broker.create_topics({topic_of(member): 1})
        await broker.stop()
        async with Reader(fresh_id("platform"), broker, [member]).reading(consuming=False) as reader:
            await broker.start()
            async with producing(broker) as producer:
                await send(producer, member, b"there")
                await reader.has(member, b"there", within=60)
