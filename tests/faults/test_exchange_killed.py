"""O4, L7: processes die at every step and at any moment; afterwards all was said once, heard once, receipted once.

The audit at the end of each test reads both databases and knows nothing of how the exchange works inside.
"""

import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb

from services.kernel.ledger import Append, Ledger, NewEvent, derive, uuid7
from tests.support.eventually import eventually
from tests.support.exchange import origin_of
from tests.support.exchange_process import RECEIVER_CUTS, SENDER_CUTS, Config
from tests.support.exchange_site import Union
from tests.support.members import roster

SETTLE_SECONDS = 60.0


@dataclass(slots=True)
class Two:
    """Two authorities, each in a process of its own, and their databases."""

    a: Config
    b: Config
    ledger_a: Ledger
    ledger_b: Ledger
    told: int = 0

    async def tell(self, count: int) -> None:
        """Appends events for B as a service of A would."""
        for _ in range(count):
            event = roster(self.b.authority, version=self.told)
            self.told += 1
            command = uuid7()
            new = NewEvent(event.DESCRIPTOR.full_name, event.SerializeToString(deterministic=True), b"")
            await self.ledger_a.append(
                Append(command, bytes(32), derive(command, "s"), "operation", 0, (new,), uuid7(), command)
            )

    async def settled(self) -> bool:
        """Whether everything told has its receipt."""
        statement = "SELECT count(*) FROM exchange.sent WHERE recipient = $1 AND receipt IS NOT NULL"
        async with self.ledger_a.connection() as connection:
            return bool(await connection.fetchval(statement, self.b.authority) == self.told)

    async def audit(self) -> None:
        """Nothing lost, doubled, reordered or contradicted; a receipt for each, and an event for each receipt."""
        said = [e.body for e in await everything(self.ledger_a) if e.type.endswith("RosterPublished")]
        heard = [e for e in await everything(self.ledger_b) if origin_of(e).authority == self.a.authority]
        assert [event.body for event in heard] == said
        assert len(said) == self.told
        async with self.ledger_a.connection() as connection:
            rows = await connection.fetch(
                "SELECT receipt FROM exchange.sent WHERE recipient = $1 ORDER BY epoch, seq", self.b.authority
            )
        receipts = [receipt_of(row["receipt"]) for row in rows]
        assert [UUID(bytes=receipt.event_id) for receipt in receipts] == [event.event_id for event in heard]
        assert [receipt.event_hash for receipt in receipts] == [event.hash for event in heard]
        for ledger in (self.ledger_a, self.ledger_b):
            names = [event.type for event in await everything(ledger)]
            assert pb.ChainConflict.DESCRIPTOR.full_name not in names
            assert pb.RollbackSuspected.DESCRIPTOR.full_name not in names
        recorded = [e for e in await everything(self.ledger_a) if e.type == pb.ReceiptRecorded.DESCRIPTOR.full_name]
        assert len(recorded) == self.told


async def everything(ledger: Ledger) -> list[Any]:
    events: list[Any] = []
    while True:
        page = await ledger.read(len(events))
        events += page.events
        if not page.events:
            return events


def receipt_of(wire: bytes) -> wire_pb.Receipt:
    return wire_pb.Receipt.FromString(wire_pb.Envelope.FromString(wire).header)


@contextlib.asynccontextmanager
async def prepared(kafka, databases, folder: Path) -> AsyncIterator[Two]:
    union = await Union.of(kafka, databases, folder, "jt", "ga")
    configs = []
    for member in union.members:
        member.party.ring.save(member.folder / "keys")
        member.registry_file.write_bytes(_without_addresses(union))
        configs.append(Config(member.id, await databases.make(), kafka.bootstrap, str(member.folder)))
    async with Ledger.open(configs[0].dsn) as ledger_a, Ledger.open(configs[1].dsn) as ledger_b:
        yield Two(configs[0], configs[1], ledger_a, ledger_b)


def _without_addresses(union: Union) -> bytes:
    """Kafka alone carries: nobody can pull."""
    for member in union.members:
        member.address = ""
    return union.registry()


@pytest.fixture
async def two(kafka, databases, tmp_path) -> AsyncIterator[Two]:
    async with prepared(kafka, databases, tmp_path) as made:
        yield made


@pytest.mark.parametrize("cut", RECEIVER_CUTS)
async def test_a_receiver_killed_at_a_step(two, cut):
    doomed, sender = two.b.process(cut), two.a.process()
    doomed.start()
    sender.start()
    try:
        await two.tell(10)
        await eventually(lambda: not doomed.alive, within=SETTLE_SECONDS, what=f"killed at {cut}")
        await two.tell(5)
        receiver = two.b.process()
        receiver.start()
        await eventually(two.settled, within=SETTLE_SECONDS, what="everything receipted")
        await receiver.stop(grace=10)
    finally:
        await sender.stop(grace=10)
        await doomed.kill()
    await two.audit()


@pytest.mark.parametrize("cut", SENDER_CUTS)
async def test_a_sender_killed_at_a_step(two, cut):
    receiver, doomed = two.b.process(), two.a.process(cut)
    receiver.start()
    doomed.start()
    try:
        await two.tell(10)
        await eventually(lambda: not doomed.alive, within=SETTLE_SECONDS, what=f"killed at {cut}")
        await two.tell(5)
        sender = two.a.process()
        sender.start()
        await eventually(two.settled, within=SETTLE_SECONDS, what="everything receipted")
        await sender.stop(grace=10)
    finally:
        await receiver.stop(grace=10)
        await doomed.kill()
    await two.audit()


@pytest.mark.parametrize("seed", [1, 2])
async def test_kills_at_any_moment(two, seed):
    """Both sides are killed at random while events flow; the seed is in the test's name."""
    dice = random.Random(seed)
    processes = {"a": two.a.process(), "b": two.b.process()}
    for process in processes.values():
        process.start()
    try:
        for _ in range(6):
            await two.tell(dice.randint(5, 25))
            victim = processes[dice.choice("ab")]
            await victim.kill()
            victim.start()
        await eventually(two.settled, within=2 * SETTLE_SECONDS, what="everything receipted")
    finally:
        for process in processes.values():
            await process.stop(grace=10)
    await two.audit()


async def test_two_exchanges_of_one_authority_at_once(two):
    """One holds the lease; when it is killed the other goes on, and nothing is said twice."""
    first, second, receiver = two.a.process(name="first"), two.a.process(name="second"), two.b.process()
    for process in (first, second, receiver):
        process.start()
    try:
        await two.tell(20)
        await eventually(two.settled, within=SETTLE_SECONDS)
        await first.kill()
        await two.tell(20)
        await eventually(two.settled, within=SETTLE_SECONDS, what="the other took over")
    finally:
        for process in (first, second, receiver):
            await process.stop(grace=10)
    await two.audit()
