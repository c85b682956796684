"""The local broker: what was acknowledged is there after any kind of stop, on the same data directory."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.kafka import Broker

MAILBOX = "mailbox.ga-510521"
WAIT_SECONDS = 20


@pytest.fixture(scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    async with Broker(tmp_path_factory.mktemp("kafka")) as broker:
        await broker.create_topics({MAILBOX: 6, "feed.ga-510521": 1})
        yield broker


async def send(broker: Broker, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(MAILBOX, value, key=b"jt-510521")


async def received(broker: Broker) -> list[bytes]:
    """Every value of the mailbox from its beginning."""
    consumer = AIOKafkaConsumer(
        MAILBOX, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    async with consumer, asyncio.timeout(WAIT_SECONDS):
        ends = await consumer.end_offsets(consumer.assignment())
        values: list[bytes] = []
        while len(values) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                values += [record.value for record in records]
    return values


async def test_topics_have_their_partitions(broker: Broker) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    described = await admin.describe_topics([MAILBOX, "feed.ga-510521"])
    await admin.close()
    assert {topic["topic"]: len(topic["partitions"]) for topic in described} == {MAILBOX: 6, "feed.ga-510521": 1}


async def test_topics_that_exist_stay_as_they_are(broker: Broker) -> None:
    await send(broker, b"kept")
    await broker.create_topics({MAILBOX: 6})
    assert b"kept" in await received(broker)


async def test_nothing_acknowledged_is_lost_by_a_kill(broker: Broker) -> None:
    await send(broker, b"before the kill")
    await broker.kill()
    await broker.start()
    await send(broker, b"after the kill")
    assert {b"before the kill", b"after the kill"} <= set(await received(broker))


async def test_the_same_directory_starts_again_on_other_ports(broker: Broker) -> None:
    await send(broker, b"moved")
    await broker.stop()
    async with Broker(broker.data) as moved:
        assert moved.port != broker.port
        assert b"moved" in await received(moved)
    await broker.start()


async def test_a_paused_broker_is_silent_and_then_goes_on(broker: Broker) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(MAILBOX, b"before")
        broker.pause()
        acknowledged = await producer.send(MAILBOX, b"while paused")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(acknowledged), timeout=0.5)
        broker.resume()
        await asyncio.wait_for(acknowledged, timeout=WAIT_SECONDS)
    assert b"while paused" in await received(broker)
