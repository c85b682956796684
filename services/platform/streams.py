"""Streams: Faust reads `feed.<authority>` and hands every value to the intake.

    WAITING for the topics ──▶ STARTING ──first assignment, 3–4 s──▶ CONSUMING ──aclose()──▶ STOPPED
                                  ▲                                      │ crashed
                                  └──────────── RESTART_SECONDS ─────────┘

Promise   every value that Kafka delivers is given to the intake in the order of its topic, before the next is drawn.
Not       that Kafka delivers every value once: places in the feed tell what is missing or came again.
Bounds    STREAM_BUFFER values between Kafka and the agent; beyond it the consumer pauses.
Failing   the agent's body cannot raise: an exception there would commit the value unseen. A worker that Faust crashes
          is stopped and another one is made in its place.
Owns      one Faust app at a time, with its consumer thread. Shown by tests/integration/platform/test_streams.py, what
          is known of Faust by tests/contract/test_faust_semantics.py

One agent of concurrency 1: with more, Faust commits past values that are not processed yet. No tables: the log is the
record, numbers are folded from it, and a table would only add a second state that can lag or recover wrongly.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
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
"""Between two looks for topics that are missing: Faust would not read a topic that comes after its start."""
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 5.0
"""A stop waits for the value in hand; an idle worker stops in 0.02 s (measured on Kafka 4.3.1)."""

Take = Callable[[Arrival], Awaitable[object]]


def topic_of(publisher: str) -> str:
    """The topic of an authority's feed."""
    return PREFIX + publisher


def make_app(app_id: str, kafka: str, topics: Sequence[str], take: Take, settings: PlatformSettings) -> faust.App:
    """A Faust app that hands every value of `topics` to `take`. Called inside the running loop."""
    app = faust.App(
        app_id,
        broker=";".join(f"aiokafka://{server.strip()}" for server in kafka.split(",")),
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        store="memory://",
        table_standby_replicas=0,
        key_serializer="raw",
        value_serializer="raw",
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=settings.session_seconds * 0.3,
        broker_request_timeout=settings.session_seconds * 2,
        producer_request_timeout=settings.session_seconds * 3,
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
    """Reads the feeds for as long as it runs."""

    def __init__(
        self, app_id: str, kafka: str, publishers: Sequence[str], take: Take, settings: PlatformSettings
    ) -> None:
        self._app_id = app_id
        self._kafka = kafka
        self._topics = [topic_of(publisher) for publisher in publishers]
        self._take = take
        self._settings = settings
        self.consuming = False
        """Whether partitions are assigned."""
        self.restarts = 0
        """Workers that crashed."""

    async def run(self) -> None:
        """Reads until it is cancelled; then what was drawn has been handed over."""
        _quieten()
        await self._topics_exist()
        while True:
            try:
                await self._work()
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("the stream worker failed", error=str(error))
            self.restarts += 1
            await asyncio.sleep(RESTART_SECONDS)

    async def _work(self) -> None:
        """One worker's life: ends when it crashes."""
        app = make_app(self._app_id, self._kafka, self._topics, self._take, self._settings)
        app.loop = asyncio.get_running_loop()
        app.finalize()
        try:
            async with asyncio.timeout(START_SECONDS):
                await app.start()
            self.consuming = True
            log.info("consuming", topics=len(self._topics))
            await app.wait_until_stopped()
            log.error("the stream worker crashed", reason=type(app.crash_reason).__name__)
        finally:
            self.consuming = False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(app.stop(), STOP_SECONDS)

    async def _topics_exist(self) -> None:
        missing = set(self._topics)
        while missing:
            with contextlib.suppress(KafkaError, OSError):
                missing = set(self._topics) - await _topics(self._kafka)
                if missing:
                    log.warning("topics are missing", topics=sorted(missing))
            if missing:
                await asyncio.sleep(TOPICS_SECONDS)


async def _topics(kafka: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


def _quieten() -> None:
    """In an outage aiokafka logs each failed attempt as an error: some 60 lines a second (measured). We say it once."""
    for name in ("aiokafka", "faust", "mode"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
