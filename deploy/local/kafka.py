"""One Apache Kafka broker on this machine: KRaft, no container, jars by Maven.

    fetch jars ─▶ server.properties ─▶ format once ─▶ java kafka.Kafka ─▶ ready ⇄ paused ─▶ stopped | killed ─▶ ready …

Promise   the same data directory can be started again and again, after a stop or a kill, on the same or other ports.
Not       durability against loss of the machine: one replica. A deployment runs three brokers.
Bounds    START_SECONDS to answer a client; STOP_SECONDS to flush, then it is killed; heap 384 MiB.
Failing   no Java 17, no Maven, no network: `KafkaUnavailable` says which; a broker that ends early raises with its log.
Owns      a data directory and one process group. Shown by tests/integration/local/test_kafka.py
"""

import asyncio
import base64
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from deploy.local.process import Process, free_ports, listens

ROOT = Path(__file__).resolve().parents[2]
POM = Path(__file__).with_name("kafka") / "pom.xml"
CACHE = ROOT / ".cache" / "kafka"

START_SECONDS = 60.0
STOP_SECONDS = 15.0
FETCH_SECONDS = 600.0
ARCHIVE_SECONDS = 60.0
CLASSES = "classes.jsa"
JAVA_MIN = 17
COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"

# A small heap needs the small dedupe buffer: the default of 128 MiB would not fit beside the rest. The session timeout
# is how long a killed broker's next start waits for its own earlier registration to expire: 12 s by default, measured.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={logs}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000
log.cleaner.dedupe.buffer.size=2097152
"""


class KafkaUnavailable(RuntimeError):
    """Java, Maven or the jars are missing and could not be had; the message says what to install."""


def fetch_jars(libs: Path = CACHE / "libs") -> Path:
    """Copies the broker's jars through Maven unless they are there already; blocks, about 30 s on first use.

    Safe to call from several processes: the first one fetches, the others wait. Raises `KafkaUnavailable`.
    """
    wanted = sha256(POM.read_bytes()).hexdigest()
    marker = libs / "pom.sha256"
    libs.parent.mkdir(parents=True, exist_ok=True)
    with (libs.parent / "fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if marker.exists() and marker.read_text() == wanted:
            return libs
        maven = shutil.which("mvn")
        if maven is None:
            raise KafkaUnavailable("Maven (mvn) is needed once, to fetch Kafka's jars")
        print(f"→ fetching Apache Kafka through Maven into {libs}", file=sys.stderr, flush=True)
        fresh = libs.with_name("libs.part")
        shutil.rmtree(fresh, ignore_errors=True)
        command = [
            maven,
            "-q",
            "-B",
            "-f",
            str(POM),
            COPY_DEPENDENCIES,
            "-DincludeScope=runtime",
            f"-DoutputDirectory={fresh}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
        if done.returncode != 0:
            raise KafkaUnavailable(f"Maven could not fetch Kafka's jars:\n{(done.stdout + done.stderr)[-2000:]}")
        (fresh / marker.name).write_text(wanted)
        shutil.rmtree(libs, ignore_errors=True)
        fresh.rename(libs)
    return libs


async def archive_classes(libs: Path = CACHE / "libs") -> None:
    """Runs a broker once for the archive of its loaded classes (CDS), unless it is there: with it a broker starts in
    1.4 instead of 2.6 s and has 40 MB less (2 cores, JDK 17). Java ignores one that does not fit.

    Raises `KafkaUnavailable`, `ProcessEnded`.
    """
    if (libs / CLASSES).exists():
        return
    with tempfile.TemporaryDirectory(dir=libs) as folder:
        broker = Broker(Path(folder), libs=libs, archive=Path(folder) / CLASSES)
        await broker.start()
        if await broker.stop(grace=ARCHIVE_SECONDS):
            (Path(folder) / CLASSES).replace(libs / CLASSES)


class Broker(AbstractAsyncContextManager["Broker"]):
    """A broker over `data`. As a context manager it is started on entry and stopped on exit.

    Args:
        archive: where the broker writes its classes when it stops; see `archive_classes`.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int | None = None,
        controller_port: int | None = None,
        libs: Path = CACHE / "libs",
        archive: Path | None = None,
    ) -> None:
        free = free_ports(2)
        self.data = data.resolve()
        self.port = port or free[0]
        self._controller_port = controller_port or free[1]
        self._libs = libs
        self._properties = self.data / "server.properties"
        classes = f"-XX:ArchiveClassesAtExit={archive}" if archive else f"-XX:SharedArchiveFile={libs / CLASSES}"
        command = self._java("kafka.Kafka", str(self._properties), options=[classes])
        self._process = Process("kafka", command, log=self.data / "kafka.log", cwd=self.data)

    @property
    def bootstrap(self) -> str:
        """Address for clients' `bootstrap_servers`."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process id while the broker runs."""
        return self._process.pid

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts the broker and waits until it answers; does nothing while it runs.

        Raises `KafkaUnavailable`, `ProcessEnded`.
        """
        if self._process.alive:
            return
        await asyncio.to_thread(self._prepare)
        self._process.start()
        await self._process.ready(self._answers, seconds=START_SECONDS)

    async def stop(self, *, grace: float = STOP_SECONDS) -> bool:
        """Stops the broker after it flushed; within `grace` seconds, else it is killed. May be called twice. Returns
        whether it ended by itself."""
        return await self._process.stop(grace=grace)

    async def kill(self) -> None:
        """Kills the broker at once (SIGKILL)."""
        await self._process.kill()

    def pause(self) -> None:
        """Freezes the broker (SIGSTOP): clients see silence, not refusal."""
        self._process.pause()

    def resume(self) -> None:
        """Lets a paused broker run on."""
        self._process.resume()

    async def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Creates topics by name and partition count; those that exist stay as they are. Raises `KafkaError`."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            topics = [NewTopic(name, count, replication_factor=1) for name, count in partitions.items()]
            answer = await admin.create_topics(topics)
        finally:
            await admin.close()
        for topic, code, *message in answer.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(f"{topic}: {message}")

    def _prepare(self) -> None:
        _require_java()
        fetch_jars(self._libs)
        self.data.mkdir(parents=True, exist_ok=True)
        logs = self.data / "log"
        self._properties.write_text(PROPERTIES.format(port=self.port, controller=self._controller_port, logs=logs))
        if not (logs / "meta.properties").exists():
            self._format(logs)

    def _format(self, logs: Path) -> None:
        """Makes an empty log directory: with these jars once by Kafka's tool, then as a copy of what that made."""
        formatted = self._libs / "formatted"
        if formatted.exists():
            shutil.copytree(formatted, logs, dirs_exist_ok=True)
            return
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = self._java(
            "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "-c", str(self._properties)
        )
        done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)
        if done.returncode != 0:
            raise KafkaUnavailable(f"formatting {logs} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        draft = Path(tempfile.mkdtemp(dir=self._libs, prefix="formatted."))
        shutil.copytree(logs, draft, dirs_exist_ok=True)
        with contextlib.suppress(OSError):  # another process was first
            draft.rename(formatted)
        shutil.rmtree(draft, ignore_errors=True)

    def _java(self, main: str, *arguments: str, options: Sequence[str] = ()) -> list[str]:
        heap = ["-Xms256m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        return ["java", *heap, *options, quiet, "-cp", f"{self._libs}{os.sep}*", main, *arguments]

    async def _answers(self) -> bool:
        if not await listens("127.0.0.1", self.port):
            return False
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=2000)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except KafkaError:
            return False
        finally:
            await admin.close()


def _require_java() -> None:
    java = shutil.which("java")
    if java is None:
        raise KafkaUnavailable(f"Java {JAVA_MIN} or newer is needed to run Kafka")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=START_SECONDS, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < JAVA_MIN:
        raise KafkaUnavailable(f"Java {JAVA_MIN} or newer is needed to run Kafka; found: {said.splitlines()[:1]}")
