"""A relay that delivers every fifth message twice: it reads all topics of the exchange and writes copies back.

    topic ──▶ count ──▶ every EVERY-th original ──▶ the same bytes once more into the same partition

Promise   a copy has key, value, headers and partition of its original; copies are never copied.
Not       part of the product: an ordinary Kafka client, as a careless operator or a broker's retry would act.
Owns      one consumer, one producer, one task while the context lasts.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

EVERY: Final = 5
POLL_MS: Final = 200


@dataclass(slots=True)
class Relay:
    """What the relay has done so far."""

    seen: int = 0
    """Originals read."""
    doubled: int = 0
    """Copies written."""


@contextlib.asynccontextmanager
async def doubling(bootstrap: str, topics: Mapping[str, int], *, every: int = EVERY) -> AsyncIterator[Relay]:
    """Doubles every so-manieth message until the block ends. A relay that fails takes the block down.

    Args:
        topics: by name, with their partition counts.
    """
    relay = Relay()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        for client in (consumer, producer):
            await client.start()
            stack.push_async_callback(client.stop)
        task = tasks.create_task(_relay(relay, consumer, producer, topics, every))
        yield relay
        task.cancel()


async def _relay(relay: Relay, consumer: Any, producer: Any, topics: Mapping[str, int], every: int) -> None:
    partitions = [TopicPartition(topic, number) for topic, count in topics.items() for number in range(count)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    copies: set[tuple[str, int, int]] = set()
    while True:
        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                place = (record.topic, record.partition, record.offset)
                if place in copies:
                    copies.remove(place)
                    continue
                relay.seen += 1
                if relay.seen % every == 0:
                    copies.add(await _copy(producer, record))
                    relay.doubled += 1


async def _copy(producer: Any, record: Any) -> tuple[str, int, int]:
    written = await producer.send_and_wait(
        record.topic, value=record.value, key=record.key, partition=record.partition, headers=list(record.headers)
    )
    return written.topic, written.partition, written.offset
