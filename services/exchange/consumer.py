"""Mailbox consumer: what Kafka brings is judged page by page, and its offset is committed after the database.

    getmany ─▶ receive (one transaction) ─▶ positions ─▶ commit every commit_seconds, and when partitions are taken away

Promise   an offset is committed only after what lies before it is in the database, in quarantine or held.
Not       exactly once from Kafka: what it brings again, the inbox absorbs.
Bounds    page_records_max records in hand.
Failing   the database away, or no seal key: the same page again after a pause. Kafka away: a new consumer, later.
Owns      one consumer in group "exchange.<me>". Shown by tests/integration/exchange/test_end_to_end.py
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from services.exchange.inbound import Receiver
from services.exchange.kafka import TRACEPARENT, mailbox_topic, make_consumer, start, stop
from services.exchange.office import NoSealKey, Office
from services.exchange.outcomes import Record
from services.kernel.ledger import Unavailable
from services.kernel.telemetry import Log

__all__ = ["MailboxConsumer"]

log = Log(__name__)

POLL_MS: Final = 200


class MailboxConsumer:
    """Reads mailbox.<me>."""

    def __init__(self, office: Office, receiver: Receiver, servers: str) -> None:
        self._office = office
        self._receiver = receiver
        self._servers = servers
        self._positions: dict[TopicPartition, int] = {}

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            try:
                await self._consume()
            except (KafkaError, OSError) as error:
                log.warning("Kafka is not reachable; trying again", reason=str(error))
            await asyncio.sleep(self._office.settings.kafka_retry_seconds)

    async def _consume(self) -> None:
        me = self._office.me
        settings = self._office.settings
        size, instance = settings.page_records_max, self._office.ledger.settings.instance
        consumer = make_consumer(self._servers, me, instance=instance, records=size, wait_ms=POLL_MS)
        self._positions = {}
        consumer.subscribe([mailbox_topic(me)], listener=_Listener(self, consumer))
        await start(consumer)
        try:
            committed = time.monotonic()
            while True:
                batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=size)
                if batches:
                    await self._take([message for messages in batches.values() for message in messages])
                    for partition in batches.keys() & consumer.assignment():
                        self._positions[partition] = batches[partition][-1].offset + 1
                if self._positions and time.monotonic() - committed > self._office.settings.commit_seconds:
                    await self.commit(consumer)
                    committed = time.monotonic()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._office.settings.stop_seconds):
                    await self.commit(consumer)
            await stop(consumer)

    async def _take(self, messages: list[Any]) -> None:
        """Hands a page over, however long the database is away."""
        records = [_record(message) for message in messages]
        while True:
            try:
                await self._receiver.receive(records)
                return
            except (Unavailable, NoSealKey) as error:
                log.warning("a page waits", records=len(records), reason=str(error))
                await asyncio.sleep(self._office.settings.kafka_retry_seconds)

    async def commit(self, consumer: AIOKafkaConsumer) -> None:
        """Commits what is done; what cannot be committed is brought again and absorbed by the inbox."""
        positions, self._positions = self._positions, {}
        if positions:
            try:
                await consumer.commit(positions)
            except (KafkaError, IllegalStateError) as error:
                log.debug("offsets were not committed", reason=str(error))


def _record(message: Any) -> Record:
    traceparent = dict(message.headers).get(TRACEPARENT, b"").decode("ascii", "ignore")
    return Record(message.value or b"", traceparent=traceparent, key=message.key or b"")


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Commits before partitions go to another consumer of the group."""

    def __init__(self, owner: MailboxConsumer, consumer: AIOKafkaConsumer) -> None:
        self._owner = owner
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Commits what is done."""
        if revoked:
            await self._owner.commit(self._consumer)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Nothing to do: the group's committed offsets say where to begin."""
