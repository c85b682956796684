"""Kafka clients with every setting that matters set: the library's defaults lose offsets and reorder.

Names of topics and of the unsigned hints in record headers stand here, too.
"""

import asyncio
import contextlib
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.kernel.envelopes.codec import WIRE_MAX

__all__ = ["TRACEPARENT", "TYPE", "feed_topic", "mailbox_topic", "make_consumer", "make_producer", "start", "stop"]

TRACEPARENT: Final = "traceparent"
TYPE: Final = "type"
REQUEST_MS: Final = 10_000
METADATA_MS: Final = 5_000
"""Who joins while a broker comes back may be told of no partitions, and is given none until it asks again: by default
five minutes later (3 of 14 starts beside a broker's start, 2026-11-22)."""
START_SECONDS: Final = 5.0
"""To let a start that was cancelled come to its end: cut in the middle, the library leaves sockets open."""
STOP_SECONDS: Final = 5.0


def mailbox_topic(authority: str) -> str:
    """Topic that every member may write and only `authority` reads."""
    return f"mailbox.{authority}"


def feed_topic(authority: str) -> str:
    """Topic that only `authority` writes."""
    return f"feed.{authority}"


def make_producer(servers: str, authority: str) -> AIOKafkaProducer:
    """An idempotent producer that waits for all replicas."""
    return AIOKafkaProducer(
        bootstrap_servers=servers,
        client_id=f"exchange-{authority}",
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=1 << 20,
        max_request_size=1 << 20,
        request_timeout_ms=REQUEST_MS,
        retry_backoff_ms=100,
    )


def make_consumer(servers: str, authority: str, *, instance: str, records: int, wait_ms: int) -> AIOKafkaConsumer:
    """A consumer of the exchange's group that begins at the earliest record and commits by hand."""
    return AIOKafkaConsumer(
        bootstrap_servers=servers,
        group_id=f"exchange.{authority}",
        group_instance_id=instance or None,
        client_id=f"exchange-{authority}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=records,
        max_partition_fetch_bytes=2 * WIRE_MAX,
        fetch_max_wait_ms=wait_ms,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=3_000,
        metadata_max_age_ms=METADATA_MS,
        request_timeout_ms=2 * REQUEST_MS,
    )


async def start(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Starts a client; one that does not start is stopped.

    Raises:
        KafkaError, OSError: no broker answers.
    """
    starting: asyncio.Task[Any] = asyncio.create_task(client.start())
    try:
        await asyncio.shield(starting)
    except BaseException:
        if not starting.done():
            await asyncio.wait([starting], timeout=START_SECONDS)
        starting.cancel()
        with contextlib.suppress(KafkaError, OSError, asyncio.CancelledError):
            await starting
        await stop(client)
        raise


async def stop(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stops a client, within STOP_SECONDS."""
    with contextlib.suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await client.stop()
