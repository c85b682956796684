"""A service's read models and queries over a real ledger that a test filled with events."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from enforcement.ledger.v1 import meta_pb2 as meta
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.ledger import Append, Ledger, NewEvent, migrate, uuid7
from services.kernel.messages import aggregate_id, encode, microseconds, type_name
from services.kernel.projection import VIEW, ViewReader, ViewsRunner
from services.kernel.rpc import Call
from services.kernel.rules import Rules
from services.kernel.service import Service
from tests.support.decider import LI, LUXIAN, NOON, On, acting
from tests.support.postgres import Databases


@dataclass(slots=True)
class Reading:
    """What an api object finds around it: its service's views. And a ledger to fill."""

    service: Service
    ledger: Ledger
    reader: ViewReader
    rules: Rules = field(default_factory=Rules)
    position: int = 0
    """Of the last event: queries that ask for it see everything."""
    authority: Authority = LUXIAN

    @property
    def api(self) -> Any:
        return self.service.api(self)

    def views(self, service: str) -> ViewReader:
        assert service == self.service.name
        return self.reader

    async def all_views_reached(self, position: int) -> None:
        await self.reader.reached(position)

    async def record(
        self, category: str, *events: Message | On, origin: str | None = None, stream_id: UUID | None = None
    ) -> None:
        """Appends events to the stream of their aggregate; with `origin` as received from that authority."""
        acts = [entry if isinstance(entry, On) else On(NOON, entry) for entry in events]
        first = acts[0].event
        stream = stream_id or UUID(aggregate_id(first))
        known = await self.ledger.read_stream(stream)
        command_id = uuid7()
        appended = await self.ledger.append(
            Append(
                command_id=command_id,
                digest=sha256(command_id.bytes).digest(),
                stream_id=stream,
                category=category,
                expected_version=known.version,
                events=tuple(_recorded(act, origin) for act in acts),
                correlation_id=stream,
                causation_id=command_id,
            )
        )
        self.position = appended.position


def call(actor: Any = LI) -> Call:
    """A query by an officer at NOON."""
    return Call(acting(actor), NOON, 5.0)


@asynccontextmanager
async def reading(databases: Databases, service: Service, authority: Authority = LUXIAN) -> AsyncIterator[Reading]:
    """A fresh ledger of an authority, followed by the read models of one service."""
    dsn = await databases.make(authority.id)
    await migrate(databases.admin(dsn), VIEW)
    async with Ledger.open(dsn) as ledger:
        runner = ViewsRunner(service.views, ledger, owner=f"{authority.id}.{service.name}")
        task = asyncio.create_task(runner.run())
        try:
            yield Reading(service, ledger, ViewReader(runner, ledger, service.name), authority=authority)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _recorded(act: On, origin: str | None) -> NewEvent:
    return NewEvent(
        type=type_name(act.event),
        body=encode(act.event),
        meta=encode(
            meta.Meta(
                actor=origin or LI.officer_id,
                actor_kind=meta.ACTOR_KIND_AUTHORITY if origin else meta.ACTOR_KIND_OFFICER,
                occurred_us=microseconds(act.at),
                origin=meta.Origin(authority=origin) if origin else None,
            )
        ),
    )


def titles(entries: Iterable[Any]) -> list[str]:
    """The Chinese titles of a timeline."""
    return [entry.title_zh for entry in entries]
