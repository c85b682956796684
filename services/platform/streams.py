"""Streams: Faust reads `feed.<authority>` and hands every value to the intake.

    WAITING for a topic ──▶ STARTING ──first assignment, 3–4 s──▶ CONSUMING ──cancelled──▶ STOPPED
                               ▲                                      │ crashed, or other topics are to be read
                               └──────────── RESTART_SECONDS ─────────┘

Promise   every value that Kafka delivers is given to the intake in the order of its topic, before the next is drawn.
Not       that Kafka delivers every value once: places in the feed tell what is missing or came again.
Bounds    STREAM_BUFFER values between Kafka and the agent; beyond it the consumer pauses. A feed that is added, or
          whose topic is made, is read after TOPICS_SECONDS and a new worker's start; no feed waits for a missing topic.
Failing   the agent's body cannot raise: an exception there would commit the value unseen. A worker that Faust crashes
          is stopped and another one is made in its place.
Owns      one Faust app at a time, with its consumer thread. Shown by tests/integration/platform/test_streams.py, what
          is known of Faust by tests/integration/platform/test_faust_semantics.py

One agent of concurrency 1: with more, Faust commits past values that are not processed yet. No tables: the log is the
record, numbers are folded from it, and a table would only add a second state that can lag or recover wrongly.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable, Collection, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import faust
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.kernel.telemetry import Log
from services.platform.judge import Arrival
from services.platform.settings import PlatformSettings

log = Log(__name__)

PREFIX: Final = "feed."
STREAM_BUFFER: Final = 256
POLL_RECORDS: Final = 500
RESTART_SECONDS: Final = 1.0
TOPICS_SECONDS: Final = 1.0
"""Between two looks for topics to read: Faust would not read one that comes after its start."""
METADATA_SECONDS: Final = 5.0
"""A worker that joins while a broker comes back may be told of no partitions, and is given none until it asks again: by
default five minutes later (3 of 14 starts beside a broker's start, 2026-11-22)."""
REQUEST_SECONDS: Final = 10.0
"""For Kafka to name its topics."""
START_SECONDS: Final = 60.0
SWITCH_SECONDS: Final = 0.0005
"""How long one thread of the process may keep another one waiting. Faust's consumer is a thread beside a loop that
verifies signatures: with Python's 5 ms, 10 % of the values came later than 8 ms after they were published, with this
5 ms (200/s, 2 busy cores; medians 2.6 and 2.4 ms)."""
STOP_SECONDS: Final = 5.0
"""A stop waits for the value in hand; an idle worker stops in 0.02 s (measured on Kafka 4.3.1)."""

Take = Callable[[Arrival], Awaitable[object]]


def topic_of(publisher: str) -> str:
    """The topic of an authority's feed."""
    return PREFIX + publisher


def make_app(
    app_id: str,
    kafka: str,
    topics: Collection[str],
    take: Take,
    settings: PlatformSettings,
    folder: Path,
    *,
    instance: str = "",
) -> faust.App:
    """A Faust app that hands every value of `topics` to `take`. Called inside the running loop.

    Args:
        folder: where Faust makes its own, which stay empty without tables.
        instance: name of this worker, the same after a restart; see `NodeSettings.instance`.
    """
    app = faust.App(
        app_id,
        broker=";".join(f"aiokafka://{server.strip()}" for server in kafka.split(",")),
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        store="memory://",
        datadir=folder,
        table_standby_replicas=0,
        key_serializer="raw",
        value_serializer="raw",
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=instance or None,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=settings.session_seconds * 0.3,
        broker_request_timeout=settings.session_seconds * 2,
        producer_request_timeout=settings.session_seconds * 3,
        consumer_metadata_max_age_ms=int(METADATA_SECONDS * 1000),
        broker_max_poll_records=POLL_RECORDS,
        broker_commit_interval=settings.commit_seconds,
        stream_buffer_maxsize=STREAM_BUFFER,
        loghandlers=[],
        logging_config=None,
    )
    feeds = app.topic(*topics, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    @app.agent(feeds, concurrency=1, name="feeds")
    async def read(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            carrier = message.topic.removeprefix(PREFIX)
            # Faust's own `headers` is a dict and forgets names that come twice.
            traceparent = dict(message.headers or ()).get("traceparent", b"")
            await take(Arrival(message.value or b"", carrier, "kafka", traceparent.decode(errors="replace")))

    return app


class Streams:
    """Reads the feeds for as long as it runs.

    Args:
        publishers: answers with the authorities whose feeds are to be read now.
    """

    def __init__(
        self,
        app_id: str,
        kafka: str,
        publishers: Callable[[], Collection[str]],
        take: Take,
        settings: PlatformSettings,
        *,
        instance: str = "",
    ) -> None:
        self._app_id = app_id
        self._kafka = kafka
        self._publishers = publishers
        self._take = take
        self._settings = settings
        self._instance = instance
        self.consuming = False
        """Whether partitions are assigned."""
        self.restarts = 0
        """Workers that crashed."""

    async def run(self) -> None:
        """Reads until it is cancelled; then what was drawn has been handed over."""
        _quieten()
        sys.setswitchinterval(SWITCH_SECONDS)
        while True:
            topics = await self._readable()
            if not topics:
                log.warning("topics are missing", topics=sorted(self._wanted()))
                await asyncio.sleep(TOPICS_SECONDS)
                continue
            try:
                await self._work(topics)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("the stream worker failed", error=str(error))
                self.restarts += 1
            await asyncio.sleep(RESTART_SECONDS)

    async def _work(self, topics: frozenset[str]) -> None:
        """One worker's life: ends when it crashes, or when other topics are to be read."""
        with TemporaryDirectory(prefix="platform-") as folder:
            app = make_app(
                self._app_id,
                self._kafka,
                topics,
                self._take,
                self._settings,
                Path(folder),
                instance=self._instance,
            )
            app.loop = asyncio.get_running_loop()
            app.finalize()
            try:
                async with asyncio.timeout(START_SECONDS):
                    await app.start()
                self.consuming = True
                log.info("consuming", topics=len(topics))
                await _first(app.wait_until_stopped(), self._others(topics))
                if app.crash_reason is not None:
                    self.restarts += 1
                    log.error("the stream worker crashed", reason=type(app.crash_reason).__name__)
            finally:
                self.consuming = False
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(app.stop(), STOP_SECONDS)

    async def _others(self, read: frozenset[str]) -> None:
        """Waits until other topics than those that are read are to be read."""
        while True:
            await asyncio.sleep(TOPICS_SECONDS)
            if self._wanted() != read and await self._readable() not in (read, frozenset()):
                return

    def _wanted(self) -> frozenset[str]:
        return frozenset(map(topic_of, self._publishers()))

    async def _readable(self) -> frozenset[str]:
        """Topics of the feeds to read that are there; none while Kafka is away."""
        try:
            return self._wanted() & await _topics(self._kafka)
        except (KafkaError, OSError):
            return frozenset()


async def _first(*events: Coroutine[Any, Any, object]) -> None:
    """Waits for the first of some events."""
    waiting = [asyncio.ensure_future(event) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


async def _topics(kafka: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=int(REQUEST_SECONDS * 1000))
    try:
        await admin.start()
        return set(await admin.list_topics())
    finally:
        await admin.close()


def _quieten() -> None:
    """In an outage aiokafka logs each failed attempt as an error: some 60 lines a second (measured). We say it once."""
    for name in ("aiokafka", "faust", "mode"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
