"""What this platform knows of Faust, on the real broker. A release that changes one of these must be looked at.

F2  an exception in an agent commits the value that it was about: it never comes back
F3  with `noack`, an exception leaves a gap: later values go on, the offset stays, and the worker does not stop
F7  around a rebalance nothing is lost, and values may come twice
F8  a worker that joined when Kafka knew of no partitions asks again, as often as `METADATA_SECONDS` says
"""

import asyncio
import contextlib
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.kafka import Broker
from services.platform.judge import Arrival
from services.platform.settings import PlatformSettings
from services.platform.streams import STOP_SECONDS, make_app
from tests.support.eventually import eventually
from tests.support.kafka import fresh_id

SETTINGS = PlatformSettings(session_seconds=6, commit_seconds=0.2)
RELEASE = "0.15.3"


class Wrong(Exception):
    """What an agent raises in these tests."""


def test_this_is_the_release_that_was_looked_at() -> None:
    assert faust.__version__ == RELEASE


@contextlib.asynccontextmanager
async def worker(app: faust.App) -> AsyncIterator[faust.App]:
    """A running worker; at the end it is stopped, or left when it does not stop in time."""
    app.loop = asyncio.get_running_loop()
    app.finalize()
    await asyncio.wait_for(app.start(), 30)
    try:
        yield app
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(app.stop(), STOP_SECONDS)


def app_of(app_id: str, broker: Broker, topic: str, read: Callable[[Any], Awaitable[None]], folder: Path) -> faust.App:
    """An app with the platform's settings and another agent."""
    app = make_app(app_id, broker.bootstrap, [f"unused.{topic}"], _nothing, SETTINGS, folder)
    app.agents.clear()
    values = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    app.agent(values, concurrency=1, name="under_test")(read)
    return app


async def _nothing(arrival: Arrival) -> None:
    return None


async def publish(broker: Broker, topic: str, count: int) -> list[bytes]:
    values = [f"v{number}".encode() for number in range(count)]
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()
    return values


async def committed(broker: Broker, group: str, topic: str) -> int:
    """The offset at which the next worker of a group would begin."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    found = offsets.get(TopicPartition(topic, 0))
    return found.offset if found else 0


@pytest.mark.timeout(90)
async def test_f2_an_exception_in_an_agent_commits_the_value_unprocessed(kafka: Broker, tmp_path: Path) -> None:
    topic, group = fresh_id("f2"), fresh_id("group")
    await kafka.create_topics({topic: 1})
    values = await publish(kafka, topic, 5)
    done: list[bytes] = []

    async def read(stream: Any) -> None:
        async for event in stream.events():
            if event.message.value == values[2]:
                raise Wrong
            done.append(event.message.value)

    async with worker(app_of(group, kafka, topic, read, tmp_path)):
        await eventually(lambda: len(done) == 4, within=20)
        await eventually(lambda: _is(kafka, group, topic, 5), within=20)
    assert done == [values[0], values[1], values[3], values[4]]


async def _is(broker: Broker, group: str, topic: str, offset: int) -> bool:
    return await committed(broker, group, topic) == offset


@pytest.mark.timeout(90)
async def test_f3_noack_and_an_exception_leave_a_gap_and_a_worker_that_does_not_stop(
    kafka: Broker, tmp_path: Path
) -> None:
    topic, group = fresh_id("f3"), fresh_id("group")
    await kafka.create_topics({topic: 1})
    await publish(kafka, topic, 5)
    arguments = ("-m", "tests.integration.platform.faust_noack_worker", kafka.bootstrap, group, topic, str(tmp_path))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            done = [(await process.stdout.readline()).decode().strip() for _ in range(4)]
            assert done == ["v0", "v1", "v3", "v4"]
            await eventually(lambda: _is(kafka, group, topic, 2), within=20)
            process.send_signal(signal.SIGTERM)
            assert (await process.stdout.readline()).decode().strip() == "hangs"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.timeout(120)
async def test_f7_around_a_rebalance_nothing_is_lost_and_values_may_come_twice(kafka: Broker, tmp_path: Path) -> None:
    topic, group = fresh_id("f7"), fresh_id("group")
    await kafka.create_topics({topic: 4})
    done: Counter[bytes] = Counter()

    async def read(stream: Any) -> None:
        async for event in stream.events():
            done[event.message.value] += 1

    async def load() -> int:
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, enable_idempotence=True, acks="all")
        await producer.start()
        number = 0
        try:
            while not enough.is_set():
                await producer.send_and_wait(topic, f"{number}".encode(), partition=number % 4)
                number += 1
        finally:
            await producer.stop()
        return number

    enough = asyncio.Event()
    async with worker(app_of(group, kafka, topic, read, tmp_path)):
        loading = asyncio.create_task(load())
        await eventually(lambda: len(done) > 100, within=20)
        async with worker(app_of(group, kafka, topic, read, tmp_path)):
            joined = len(done)
            await eventually(lambda: len(done) > joined + 200, within=30)
        enough.set()
        published = await asyncio.wait_for(loading, 10)
        await eventually(lambda: len(done) == published, within=30)
    assert set(done) == {f"{number}".encode() for number in range(published)}


async def test_f8_a_worker_that_was_given_no_partitions_gets_them_once_they_are_there(
    kafka: Broker, tmp_path: Path
) -> None:
    """As it joins while a broker comes back that does not know its topics yet."""
    topic = fresh_id("topic")
    read: list[bytes] = []

    async def reads(stream: Any) -> None:
        async for value in stream:
            read.append(value)

    async with worker(app_of(fresh_id("group"), kafka, topic, reads, tmp_path)):
        await kafka.create_topics({topic: 1})
        values = await publish(kafka, topic, 3)
        await eventually(lambda: read == values, within=20)
