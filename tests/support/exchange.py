"""One authority's receiver and builder on a real database, without a broker: what it would publish is kept in lists."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.ledger.v1 import meta_pb2
from google.protobuf.message import Message

from services.exchange.guard import Guard
from services.exchange.inbound import Received, Receiver
from services.exchange.notes import Answer
from services.exchange.office import Office
from services.exchange.outbound import Builder, Outgoing
from services.exchange.outcomes import Record
from services.exchange.registries import Registries
from services.exchange.settings import ExchangeSettings
from services.kernel.envelopes.codec import Link, microseconds
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.envelopes.members import Registry
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Append, Checkpoint, Event, Ledger, NewEvent, derive, uuid7
from tests.support.members import CATALOGUE, NOW, Party
from tests.support.postgres import Databases

SETTINGS = ExchangeSettings(repeat_answer_seconds=0.0, sender_burst_max=100_000)


@dataclass(slots=True)
class StillClock:
    """A clock that stands where a test puts it."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


class Cut(BaseException):
    """The process dies here."""


@dataclass(slots=True)
class Knife:
    """Cuts the receiver's transaction at a step."""

    at: str = ""

    def __call__(self, step: str) -> None:
        if step == self.at:
            raise Cut(step)


@dataclass(slots=True)
class Desk:
    """What a test holds in its hands of one authority's exchange."""

    party: Party
    office: Office
    receiver: Receiver
    dsn: str
    admin: str
    knife: Knife
    answers: list[Answer]
    pulls: list[str]
    outgoing: list[Outgoing] = field(default_factory=list)

    async def take(self, *wires: bytes, carrier: str | None = None) -> list[Code]:
        """Receives wires in one page; the outcomes in their order."""
        return [each.code for each in await self.receive(*wires, carrier=carrier)]

    async def receive(self, *wires: bytes, carrier: str | None = None) -> list[Received]:
        return await self.receiver.receive([Record(wire, carrier=carrier) for wire in wires])

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        async with self.office.ledger.connection() as connection:
            return list(await connection.fetch(statement, *values))

    async def value(self, statement: str, *values: Any) -> Any:
        async with self.office.ledger.connection() as connection:
            return await connection.fetchval(statement, *values)

    async def events(self, *types: type[Message]) -> list[Event]:
        """The ledger's events, or those of some types."""
        names = [each.DESCRIPTOR.full_name for each in types]
        found: list[Event] = []
        after = 0
        while page := (await self.office.ledger.read(after)).events:
            found += [event for event in page if not names or event.type in names]
            after = page[-1].position
        return found

    async def recorded(self) -> list[Event]:
        """The events received from others, in order."""
        return [event for event in await self.events() if origin_of(event).authority]

    async def quarantined(self) -> dict[str, int]:
        """How often each code was quarantined."""
        rows = await self.rows("SELECT code, sum(times)::int FROM exchange.quarantine GROUP BY code")
        return dict(rows)

    async def end(self, sender: Party) -> Link:
        row = await self.rows(
            "SELECT epoch, seq, hash FROM exchange.chain WHERE sender = $1 AND recipient = $2", sender.id, self.party.id
        )
        return Link(*row[0])

    async def stopped(self, sender: Party) -> str | None:
        statement = "SELECT stopped FROM exchange.chain WHERE sender = $1 AND recipient = $2"
        code: str | None = await self.value(statement, sender.id, self.party.id)
        return code

    def receipts(self) -> list[wire_pb.Receipt]:
        return [receipt_of(answer.wire) for answer in self.answers]

    async def tell(
        self,
        event: Message,
        *,
        category: str = "deadline",
        correlation_id: UUID | None = None,
        after: Event | None = None,
    ) -> Event:
        """Appends an own event, as a service of this authority would; `after` an event of the same stream."""
        command_id = uuid7()
        name = event.DESCRIPTOR.full_name
        meta = meta_pb2.Meta(actor="test", occurred_us=microseconds(self.office.clock.now()))
        append = Append(
            command_id=command_id,
            digest=bytes(32),
            stream_id=after.stream_id if after else derive(command_id, "stream"),
            category=category,
            expected_version=after.version if after else 0,
            events=(NewEvent(name, event.SerializeToString(deterministic=True), meta.SerializeToString()),),
            correlation_id=correlation_id or uuid7(),
            causation_id=command_id,
        )
        position = (await self.office.ledger.append(append)).position
        return (await self.office.ledger.read(position - 1, 1)).events[0]

    def builder(self, guard: Path | None = None) -> Builder:
        """A builder whose envelopes land in `outgoing`."""
        return Builder(self.office, Guard(guard, self.party.id), self.outgoing.extend)

    async def checkpoint(self, holder: str = "test") -> Checkpoint:
        return await self.office.ledger.checkpoint("exchange", 0, holder)

    async def build(self, *, holder: str = "test", guard: Path | None = None) -> Sequence[Outgoing]:
        """Builds what is in the ledger beyond the checkpoint; answers what would be published."""
        already = len(self.outgoing)
        checkpoint = await self.checkpoint(holder)
        page = await self.office.ledger.read(checkpoint.position)
        if page.events:
            await self.builder(guard).build(checkpoint, page.events)
        return self.outgoing[already:]


@contextlib.asynccontextmanager
async def desk(
    databases: Databases,
    party: Party,
    known: Registry,
    *,
    dsn: str = "",
    settings: ExchangeSettings = SETTINGS,
    catalogue: Catalogue = CATALOGUE,
    wall: datetime = NOW,
) -> AsyncIterator[Desk]:
    """A desk on a fresh database, or again on the one at `dsn`, as after a restart."""
    if not dsn:
        dsn = await databases.make(party.id)
    async with Ledger.open(dsn) as ledger:
        office = Office(party.id, ledger, known, party.ring, catalogue, StillClock(), lambda: wall, settings)
        answers: list[Answer] = []
        pulls: list[str] = []
        knife = Knife()
        receiver = Receiver(office, answers.extend, pulls.append, knife)
        await Registries(office, None).start()
        await receiver.start()
        yield Desk(party, office, receiver, dsn, databases.admin(dsn), knife, answers, pulls)


def receipt_of(wire: bytes) -> wire_pb.Receipt:
    return wire_pb.Receipt.FromString(wire_pb.Envelope.FromString(wire).header)


def origin_of(event: Event) -> meta_pb2.Origin:
    return meta_pb2.Meta.FromString(event.meta).origin
