"""Carrier: brings bytes to a Kafka topic, in order, and says when they are there.

Promise   `send` returns when every item, in order, is acknowledged by all replicas.
Not       exactly once: what it raised for may be there, and who sends again repeats it.
Failing   a producer that Kafka fenced, or that gave up a batch, is replaced at the next `send`.
Owns      one producer for all topics. Shown by tests/faults/test_exchange_cut.py
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.exchange.kafka import make_producer, start, stop

__all__ = ["Carrier", "KafkaCarrier"]


class Carrier(Protocol):
    """What brings bytes to a topic, in order per key; Kafka, or a test's."""

    async def send(self, topic: str, items: Sequence[tuple[bytes, list[tuple[str, bytes]]]]) -> None:
        """Returns when everything, in order, is acknowledged.

        Raises:
            KafkaError, TimeoutError: some of it may be there.
        """
        ...


class KafkaCarrier:
    """An idempotent producer that is replaced when it fails for good."""

    def __init__(self, servers: str, authority: str) -> None:
        self._servers = servers
        self._key = authority.encode()
        self._producer: AIOKafkaProducer | None = None
        self._making = asyncio.Lock()

    async def send(self, topic: str, items: Sequence[tuple[bytes, list[tuple[str, bytes]]]]) -> None:
        """Sends values with their headers to a topic, in order, until Kafka has acknowledged all.

        Raises:
            KafkaError, TimeoutError: some may be there; all are sent again.
        """
        producer = await self._ready()
        futures: list[asyncio.Future[Any]] = []
        try:
            for wire, headers in items:
                future = await producer.send(topic, wire, key=self._key, headers=headers)
                future.add_done_callback(_seen)
                futures.append(future)
            for future in futures:
                await future
        except (KafkaError, TimeoutError):
            # A fenced or closed producer never works again, and one that gave up a batch would skip its numbers. When
            # nothing was under way, as with a topic that does not exist, the other lanes may go on with it.
            if futures:
                await self._drop(producer)
            raise

    async def _ready(self) -> AIOKafkaProducer:
        async with self._making:
            if self._producer is None:
                producer = make_producer(self._servers, self._key.decode())
                await start(producer)
                self._producer = producer
            return self._producer

    async def _drop(self, producer: AIOKafkaProducer) -> None:
        async with self._making:
            if self._producer is not None and self._producer is producer:
                self._producer = None
                await stop(producer)

    async def aclose(self) -> None:
        """Stops the producer; what it had not acknowledged is published again next time."""
        if self._producer is not None:
            await self._drop(self._producer)


def _seen(future: asyncio.Future[Any]) -> None:
    """Marks a failure as seen also where nobody waits for this one any more."""
    if not future.cancelled():
        future.exception()
