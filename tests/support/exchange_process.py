"""One authority's exchange in a process of its own, for tests that kill it.

python -m tests.support.exchange_process CONFIG CUT NAME

runs until it is killed; CUT: a step at which it kills itself; NAME: its own, also after a restart
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvloop

from deploy.local.fork_server import PythonModule
from deploy.local.process import Process
from services.exchange.outbound import Outgoing
from services.exchange.service import Exchange
from services.exchange.settings import ExchangeSettings
from services.kernel.blobs import DiskBlobs
from services.kernel.clock import SystemClock
from services.kernel.envelopes.keys import KeyRing
from services.kernel.envelopes.members import Registry
from services.kernel.ledger import Ledger, LedgerSettings

RECEIVER_CUTS = ["locked", "inbox", "chain", "evidence", "appended", "committed"]
SENDER_CUTS = ["building", "stored", "published", "receipt-locked", "receipt-appended", "receipt-committed"]
QUICK = {
    "ENFORCEMENT_EXCHANGE_RESEND_AFTER_SECONDS": "[1.0, 1.0, 2.0]",
    "ENFORCEMENT_EXCHANGE_REPEAT_ANSWER_SECONDS": "0.2",
    "ENFORCEMENT_EXCHANGE_KAFKA_RETRY_SECONDS": "0.2",
    "ENFORCEMENT_EXCHANGE_COMMIT_SECONDS": "0.1",
}
"""The same behaviour on a shorter schedule, given as a deployment gives it."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the process needs; its folder holds keys/, members.toml and the guard."""

    authority: str
    dsn: str
    kafka: str
    folder: str

    def process(self, cut: str = "", name: str = "") -> Process:
        """The process, not started."""
        name = name or self.authority
        return PythonModule(
            name,
            "tests.support.exchange_process",
            *(json.dumps(asdict(self)), cut, name),
            log=Path(self.folder) / f"{name}.log",
            env={**os.environ, **QUICK},
        )


def die() -> None:
    """As if the power went."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(exchange: Exchange, cut: str) -> None:
    """Makes the process kill itself when it comes to a step."""
    if cut in RECEIVER_CUTS or cut.startswith("receipt-"):
        step = cut.removeprefix("receipt-")
        exchange.receiver._recorder.step = lambda name: die() if name == step else None
    if cut == "building":
        exchange._builder._store = _dies  # type: ignore[method-assign,assignment]
    if cut == "stored":
        exchange._builder._publish = lambda _: die()
    if cut == "published":
        carrier: Any = exchange.publisher._carrier
        send = carrier.send

        async def sent_then_dead(topic: str, items: Sequence[Outgoing]) -> None:
            await send(topic, items)
            die()

        carrier.send = sent_then_dead


async def _dies(*_: object) -> None:
    die()


async def main(config: Config, cut: str, name: str) -> None:
    """Runs until it is killed."""
    folder = Path(config.folder)
    async with Ledger.open(config.dsn, LedgerSettings(instance=name)) as ledger:
        exchange = Exchange(
            ExchangeSettings(),
            ledger,
            Registry.parse((folder / "members.toml").read_bytes()),
            KeyRing.load(folder / "keys", config.authority),
            SystemClock(),
            DiskBlobs(folder / "blobs"),
            kafka=config.kafka,
            guard_file=folder / "guard.json",
            registry_file=folder / "members.toml",
        )
        arm(exchange, cut)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        async with exchange:
            await stop.wait()


if __name__ == "__main__":
    uvloop.run(main(Config(**json.loads(sys.argv[1])), sys.argv[2], sys.argv[3]))
