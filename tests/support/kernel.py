"""A command bus over a real ledger, with a clock that stands where a test puts it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.command_specs import specs_of
from services.kernel.commands import Commands
from services.kernel.identity import Actor, OfficerRegister
from services.kernel.ledger import Ledger, LedgerSettings, uuid7
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from services.officers.model import officer

NOON = datetime(2024, 12, 18, 4, tzinfo=UTC)
LUXIAN = Authority("jt-510521", "泸县交通运输局")
ADMINISTRATOR = Actor("ops", "administrator")


M = TypeVar("M", bound=Message)


@dataclass(slots=True)
class StandingClock:
    """Tells the instant that the test set."""

    instant: datetime = NOON

    def now(self) -> datetime:
        return self.instant


@dataclass(slots=True)
class Bus:
    """One process's commands."""

    ledger: Ledger
    commands: Commands
    clock: StandingClock

    async def run(self, request: Message, *, at: datetime = NOON, actor: Actor = ADMINISTRATOR) -> common.Recorded:
        """Validates and executes a request, with a fresh command id and time of the act where it has none."""
        filled = command(request, at=at)
        self.commands.validate(filled)
        return await self.commands.execute(filled, actor)


async def _at_once() -> None:
    return None


@asynccontextmanager
async def open_bus(
    dsn: str,
    *,
    rules: Rules | None = None,
    register: OfficerRegister | None = None,
    settings: LedgerSettings | None = None,
) -> AsyncIterator[Bus]:
    """A command bus of jt-510521 on the database `dsn`, with the officers service."""
    clock = StandingClock()
    async with Ledger.open(dsn, settings) as ledger:
        commands = Commands(
            ledger,
            authority=LUXIAN,
            members={LUXIAN.id: LUXIAN},
            officers=register or OfficerRegister(LUXIAN.id),
            rules=rules or Rules(),
            clock=clock,
            officers_caught_up=_at_once,
        )
        officers = service_pb2.DESCRIPTOR.services_by_name["OfficersService"]
        commands.add(specs_of(officers, [officer]), _at_once)
        yield Bus(ledger, commands, clock)


def command(request: M, *, at: datetime = NOON) -> M:
    """The request with a fresh command id and the time of the act, where it has none."""
    filled = type(request)()
    filled.CopyFrom(request)
    if not filled.command_id:  # type: ignore[attr-defined]
        filled.command_id = str(uuid7())  # type: ignore[attr-defined]
    if not filled.HasField("occurred_at"):
        filled.occurred_at.CopyFrom(to_timestamp(at))  # type: ignore[attr-defined]
    return filled
