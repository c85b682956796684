"""Signed and receipted exchanges between two authorities, each in a process of its own.

    python -m tests.bench.exchange_bench [--exchanges 4000] [--seconds 20]

Throughput  SummaryProposed events of about 300 bytes, addressed to one authority, are appended as fast as the ledger
            takes them; the clock runs from the first append to the last ReceiptRecorded in the sender's ledger.
            On the way: disclose, seal, sign, store, Kafka, verify, open, validate, inbox, event, signed receipt,
            Kafka, verify, record.
Latency     one event every 10 ms; from the append's acknowledgement to its ReceiptRecorded, seen in the ledger's feed.
Nothing     lost, doubled or out of order: the recipient's events are compared with the sender's at the end.

Both processes, PostgreSQL (fsync on, one database each) and Kafka 4.3.1 share the machine's cores.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import uvloop
from enforcement.exchange.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.ledger.v1 import meta_pb2

from services.exchange.service import Exchange
from services.exchange.settings import ExchangeSettings
from services.kernel.blobs import DiskBlobs
from services.kernel.clock import SystemClock
from services.kernel.envelopes.codec import microseconds
from services.kernel.envelopes.key_cards import KeyCard, render
from services.kernel.envelopes.keys import KeyRing
from services.kernel.envelopes.members import Member, Registry
from services.kernel.ledger import Append, Ledger, NewEvent, derive, uuid7
from services.kernel.ledger.ids import event_ids
from tests.bench.report import Figure
from tests.support.kafka import make_topics, own_broker
from tests.support.postgres import Databases, own_server

SENDER, RECIPIENT = "jt-510521", "jt-500118"
TARGET_PER_SECOND = 400
TARGET_P50_MS = 60.0
TARGET_P99_MS = 250.0
STEADY_PER_SECOND = 100
SETTLE_SECONDS = 300.0
WARM_UP = 200
SERVER = {"shared_buffers": "1GB"}
TEXT = "本次联合执法行动共出动执法车辆6车次、执法人员18人次，检查车辆60辆次。"


@dataclass(frozen=True, slots=True)
class Config:
    """What one process needs; goes to it as JSON."""

    authority: str
    dsn: str
    kafka: str
    folder: str

    @property
    def home(self) -> Path:
        return Path(self.folder) / self.authority


def summary(number: int) -> Append:
    """An own event for the recipient."""
    event = joint.SummaryProposed(
        operation_id=str(uuid7()),
        participant_ids=[RECIPIENT],
        proposal_id=str(uuid7()),
        text=TEXT,
        lead_name=str(number),
    )
    command = uuid7()
    meta = meta_pb2.Meta(actor="bench", occurred_us=microseconds(datetime.now(UTC)))
    return Append(
        command,
        bytes(32),
        derive(command, "operation"),
        "operation",
        0,
        (NewEvent(event.DESCRIPTOR.full_name, event.SerializeToString(), meta.SerializeToString()),),
        uuid7(),
        command,
    )


@contextlib.asynccontextmanager
async def exchange(config: Config) -> AsyncIterator[Ledger]:
    """The exchange of one authority in this process."""
    async with Ledger.open(config.dsn) as ledger:
        made = Exchange(
            ExchangeSettings(),
            ledger,
            Registry.parse((Path(config.folder) / "members.toml").read_bytes()),
            KeyRing.load(config.home / "keys", config.authority),
            SystemClock(),
            DiskBlobs(config.home / "blobs"),
            kafka=config.kafka,
            guard_file=config.home / "guard.json",
        )
        async with made:
            yield ledger


async def receive(config: Config) -> None:
    """The recipient's process: runs until it is ended."""
    async with exchange(config):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


class Receipts:
    """Watches the sender's feed for ReceiptRecorded."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.seen: dict[str, float] = {}
        self._more = asyncio.Event()

    async def watch(self) -> None:
        """Runs until it is cancelled."""
        name = pb.ReceiptRecorded.DESCRIPTOR.full_name
        async with self._ledger.feed.subscribe(await self._ledger.head()) as pages:
            async for page in pages:
                now = time.perf_counter()
                for event in page.events:
                    if event.type == name:
                        self.seen[pb.ReceiptRecorded.FromString(event.body).source_event_id] = now
                self._more.set()

    async def count(self, wanted: int) -> None:
        """Waits until that many were seen."""
        while len(self.seen) < wanted:
            self._more.clear()
            await self._more.wait()


async def throughput(ledger: Ledger, exchanges: int) -> float:
    """Exchanges a second over one run."""
    receipts = Receipts(ledger)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(receipts.watch())
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        async with asyncio.timeout(SETTLE_SECONDS):
            for start in range(0, exchanges, 256):
                batch = range(start, min(start + 256, exchanges))
                await asyncio.gather(*(ledger.append(summary(number)) for number in batch))
            await receipts.count(exchanges)
        ended = max(receipts.seen.values())
        watching.cancel()
    return exchanges / (ended - began)


async def latency(ledger: Ledger, seconds: float) -> list[float]:
    """Milliseconds from acknowledged append to recorded receipt, at a steady rate."""
    receipts = Receipts(ledger)
    acknowledged: dict[str, float] = {}

    async def one(number: int) -> None:
        append = summary(number)
        await ledger.append(append)
        acknowledged[str(UUID(bytes=event_ids(append.command_id.bytes, 1)[0]))] = time.perf_counter()

    count = int(seconds * STEADY_PER_SECOND)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(receipts.watch())
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        async with asyncio.timeout(seconds + SETTLE_SECONDS):
            for number in range(count):
                await asyncio.sleep(max(0.0, began + number / STEADY_PER_SECOND - time.perf_counter()))
                tasks.create_task(one(number))
            await receipts.count(count)
        watching.cancel()
    return sorted((receipts.seen[event] - at) * 1000 for event, at in acknowledged.items())


async def send(config: Config, exchanges: int, seconds: float, rounds: int) -> None:
    """The sender's process: measures and prints one JSON object."""
    async with exchange(config) as ledger:
        await throughput(ledger, WARM_UP)
        rates = [await throughput(ledger, exchanges) for _ in range(rounds)]
        waits = await latency(ledger, seconds)
        print(
            json.dumps({"rates": rates, "waits": waits, "told": WARM_UP + rounds * exchanges + len(waits)}), flush=True
        )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie."""
    return values[min(len(values) - 1, int(len(values) * share))]


async def _process(role: str, config: Config, *values: object) -> asyncio.subprocess.Process:
    arguments = [role, json.dumps({name: getattr(config, name) for name in config.__slots__}), *map(str, values)]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.exchange_bench",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


def _keys(folder: Path) -> None:
    before = datetime.now(UTC) - timedelta(days=1)
    members = []
    for authority in (SENDER, RECIPIENT):
        ring = KeyRing.generate(authority)
        ring.save(folder / authority / "keys")
        member = Member(authority, authority, "", accepts=("enforcement.*",))
        members.append((member, KeyCard.of(ring, os.urandom(16), before)))
    (folder / "members.toml").write_bytes(render(1, members))


async def _audit(configs: Sequence[Config], told: int) -> None:
    """Everything told is there once and in order.

    Raises:
        RuntimeError: it is not; then no figure counts.
    """
    sender, recipient = configs
    async with Ledger.open(sender.dsn) as one, Ledger.open(recipient.dsn) as other:
        said = await _bodies(one, "operation")
        heard = await _bodies(other, "received")
    if len(said) != told or said != heard:
        raise RuntimeError(f"told {told}, sent {len(said)}, received {len(heard)}, equal {said == heard}")


async def _bodies(ledger: Ledger, category: str) -> list[bytes]:
    bodies: list[bytes] = []
    after = 0
    while True:
        page = await ledger.read(after, category=category)
        bodies += [event.body for event in page.events]
        after = page.examined
        if page.examined >= page.high:
            return bodies


async def run(exchanges: int = 4000, seconds: float = 20.0, rounds: int = 3) -> list[Figure]:
    """Measures everything; about a minute and a half."""
    with tempfile.TemporaryDirectory(prefix="exchange-bench-") as name, own_server(settings=SERVER) as server:
        folder = Path(name)
        _keys(folder)
        databases = Databases(server)
        async with own_broker() as broker:
            await make_topics(broker, SENDER, RECIPIENT)
            configs = [
                Config(authority, await databases.make(authority), broker.bootstrap, name)
                for authority in (SENDER, RECIPIENT)
            ]
            receiver = await _process("receive", configs[1])
            assert receiver.stdout is not None
            await receiver.stdout.readline()
            sender = await _process("send", configs[0], exchanges, seconds, rounds)
            said, _ = await sender.communicate()
            await receiver.communicate(b"\n")
            measured: dict[str, Any] = json.loads(said)
            await _audit(configs, measured["told"])
    rate, waits = statistics.median(measured["rates"]), measured["waits"]
    return figures(rate, waits)


def figures(rate: float, waits: Sequence[float]) -> list[Figure]:
    """The rows of the report."""
    return [
        Figure("Exchange", "signed and receipted, end to end", rate, "/s", TARGET_PER_SECOND),
        Figure("Exchange", "receipt p50 at 100/s", percentile(waits, 0.50), "ms", TARGET_P50_MS, at_most=True),
        Figure("Exchange", "receipt p99 at 100/s", percentile(waits, 0.99), "ms", TARGET_P99_MS, at_most=True),
        Figure("Exchange", "longest receipt at 100/s", waits[-1], "ms"),
    ]


def main() -> None:
    """Runs one of the processes, or all."""
    match sys.argv[1:]:
        case ["receive", config]:
            uvloop.run(receive(Config(**json.loads(config))))
        case ["send", config, exchanges, seconds, rounds]:
            uvloop.run(send(Config(**json.loads(config)), int(exchanges), float(seconds), int(rounds)))
        case _:
            parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
            parser.add_argument("--exchanges", type=int, default=4000)
            parser.add_argument("--seconds", type=float, default=20.0)
            parser.add_argument("--rounds", type=int, default=3)
            chosen = parser.parse_args()
            for figure in uvloop.run(run(chosen.exchanges, chosen.seconds, chosen.rounds)):
                print(figure.row())


if __name__ == "__main__":
    main()
