"""A real Kafka broker for tests: one per run, reached as the fixture `kafka`; tests of faults start their own.

Topics are named after authorities, so tests that share the broker take authorities of their own: `fresh_id("jt")`.
"""

import contextlib
import itertools
import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from deploy.local.authorities import FEED_PARTITIONS, MAILBOX_PARTITIONS
from deploy.local.kafka import Broker
from deploy.local.process import free_ports
from services.exchange.kafka import feed_topic, mailbox_topic

_numbers = itertools.count(secrets.randbelow(400_000) + 100_000)


@contextlib.asynccontextmanager
async def own_broker() -> AsyncIterator[Broker]:
    """A broker of one's own in a temporary directory."""
    with tempfile.TemporaryDirectory(prefix=f"enforcement-kafka-{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        async with Broker(Path(folder)) as broker:
            yield broker


class TwoDoors(Broker):
    """A broker with a second door: its clients are told the address of a gate that a test shuts and opens."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        [self.door] = free_ports(1)
        """Where the second listener is; a gate forwards to it."""
        self.gate_port = 0
        """Where its clients are told to go; set before the start."""

    def _prepare(self) -> None:
        super()._prepare()
        plain = self._properties.read_text()
        for line in ("listeners=", "advertised.listeners=", "listener.security.protocol.map="):
            [old] = [each for each in plain.splitlines() if each.startswith(line)]
            plain = plain.replace(f"{old}\n", f"{old},{self._second[line]}\n", 1)
        self._properties.write_text(plain)

    @property
    def _second(self) -> dict[str, str]:
        return {
            "listeners=": f"DOOR://127.0.0.1:{self.door}",
            "advertised.listeners=": f"DOOR://127.0.0.1:{self.gate_port}",
            "listener.security.protocol.map=": "DOOR:PLAINTEXT",
        }


def fresh_id(kind: str) -> str:
    """An authority id that no other test of this broker uses."""
    return f"{kind}-{next(_numbers)}"


async def make_topics(broker: Broker, *authorities: str) -> None:
    """Mailbox and feed of each authority, as a deployment makes them."""
    topics = {mailbox_topic(each): MAILBOX_PARTITIONS for each in authorities}
    await broker.create_topics(topics | {feed_topic(each): FEED_PARTITIONS for each in authorities})


async def everything_in(broker: Broker, topic: str) -> list[bytes]:
    """Every value that a topic has now."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        values: list[bytes] = []
        for partition, end in ends.items():
            while await consumer.position(partition) < end:
                records = await consumer.getmany(partition, timeout_ms=1000)
                values += [record.value for batch in records.values() for record in batch]
        return values
    finally:
        await consumer.stop()
