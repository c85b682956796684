"""Takers of numbers: the numbering of one authority on a real ledger, in this process or as one that may be killed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands

from services.documents.model import archive, document, numbering, numbering_id, review
from services.documents.settings import Letterhead
from services.kernel.command_specs import specs_of
from services.kernel.commands import Cause, Commands
from services.kernel.errors import Conflict
from services.kernel.identity import Actor, OfficerRegister
from services.kernel.ledger import Conflict as LedgerConflict
from services.kernel.ledger import Ledger, derive, uuid7
from services.kernel.messages import to_timestamp, type_name
from services.kernel.rules import Rules
from tests.support.kernel import LUXIAN, NOON, StandingClock

SERIES = numbering_id(LUXIAN.id, "F15", 2024)
POLICY = Actor("policy.documents", "service")
_BEGIN = UUID("01938f4e-0000-7000-8000-000000000000")


def document_id(n: int) -> str:
    """The nth document's id: the same in every process."""
    return str(derive(_BEGIN, f"document/{n}"))


async def _letterhead(request: Any, context: Any) -> Letterhead:
    return Letterhead(prefix="川泸交")


async def _at_once() -> None:
    return None


@asynccontextmanager
async def taker(dsn: str) -> AsyncIterator[Commands]:
    """A process's commands, with a cache of states of its own."""
    async with Ledger.open(dsn) as ledger:
        commands_ = Commands(
            ledger,
            authority=LUXIAN,
            members={LUXIAN.id: LUXIAN},
            officers=OfficerRegister(LUXIAN.id),
            rules=Rules(),
            clock=StandingClock(),
            officers_caught_up=_at_once,
        )
        specs = specs_of(
            commands.DESCRIPTOR.services_by_name["DocumentsService"], [numbering, document, archive, review]
        )
        commands_.add(specs, _at_once, {type_name(commands.TakeNumberRequest): _letterhead})
        yield commands_


async def take(bus: Commands, n: int, cause: Cause | None = None) -> None:
    """Takes a number for the nth document, as a policy does: a lost race is tried again."""
    while True:
        request = commands.TakeNumberRequest(
            command_id=str(uuid7()),
            numbering_id=SERIES,
            occurred_at=to_timestamp(NOON),
            series="F15",
            year=2024,
            for_id=document_id(n),
        )
        bus.validate(request)
        try:
            await bus.execute(request, POLICY, cause)
        except (Conflict, LedgerConflict):
            continue
        return


async def taken(dsn: str) -> list[pb.NumberTaken]:
    """Every number of the series, in the order of the ledger."""
    async with Ledger.open(dsn) as ledger:
        stream = await ledger.read_stream(UUID(SERIES))
        return [pb.NumberTaken.FromString(event.body) for event in stream.events]


async def _main(dsn: str, first: int, last: int) -> None:
    async with taker(dsn) as bus:
        print("ready", flush=True)
        for n in range(first, last):
            await take(bus, n)
            print(n, flush=True)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
