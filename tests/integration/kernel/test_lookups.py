"""What a command looks up reaches its decision; a repeat gets the first answer even when the look-up now refuses."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from enforcement.officers.v1 import events_pb2 as events
from enforcement.officers.v1 import service_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.kernel.command_specs import specs_of
from services.kernel.decider import Aggregate, Context
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.ledger import Ledger, LedgerSettings
from services.kernel.lookups import Lookups
from services.kernel.messages import message_class, type_name
from tests.support.kernel import Bus, command, open_bus

SERVICE = pb.DESCRIPTOR.services_by_name["OfficersService"]


@dataclass(frozen=True, slots=True)
class Nothing:
    """An aggregate that keeps nothing."""


async def test_a_decision_finds_what_was_looked_up_and_a_repeat_needs_no_look_up(database: str) -> None:
    counter = keeper()
    asked: list[str] = []

    async def look_up(request: Any, context: Context) -> str:
        asked.append(request.name)
        if len(asked) > 1:
            raise Refused(KernelRefusal.NOT_FOUND, id="gone meanwhile")
        return f"found for {context.authority.id}"

    async with open_bus(database) as bus:
        specs = specs_of(SERVICE, [counter])
        bus.commands.add(specs, _at_once, {type_name(pb.RegisterOfficerRequest): look_up})
        request = registration()
        answer = await bus.run(request)
        [event] = (await bus.ledger.read(0)).events
        assert events.OfficerRegistered.FromString(event.body).name == "found for jt-510521"
        assert await bus.run(request) == answer
        assert len(asked) == 2
        with pytest.raises(Refused):
            await bus.run(replace_id(request))


async def test_commands_of_one_turn_see_what_the_one_before_recorded_whichever_stream_each_is_of(database: str) -> None:
    async with open_bus(database) as bus:

        async def head(request: Any, context: Context) -> str:
            position = await bus.ledger.head()
            await asyncio.sleep(0)  # whoever comes meanwhile looks before the decision is recorded, unless it waits
            return str(position)

        name = type_name(pb.RegisterOfficerRequest)
        specs = specs_of(SERVICE, [keeper()])
        bus.commands.add(specs, _at_once, {name: head}, in_turn={name: "registering"})
        await asyncio.gather(*(bus.run(registration()) for _ in range(20)))
        found = [events.OfficerRegistered.FromString(one.body).name for one in (await bus.ledger.read(0)).events]
        assert found == [str(position) for position in range(20)]


async def test_a_turn_is_one_for_all_processes_of_an_authority(database: str) -> None:
    async with open_bus(database) as one, open_bus(database) as other:
        name = type_name(pb.RegisterOfficerRequest)
        for bus in (one, other):

            async def head(request: Any, context: Context, bus: Bus = bus) -> str:
                position = await bus.ledger.head()
                await bus.ledger.head()  # whoever is at it in the other process looks before this one is recorded
                return str(position)

            bus.commands.add(specs_of(SERVICE, [keeper()]), _at_once, {name: head}, in_turn={name: "registering"})
        await asyncio.gather(*(bus.run(registration()) for _ in range(20) for bus in (one, other)))
        found = [events.OfficerRegistered.FromString(each.body).name for each in (await one.ledger.read(0)).events]
        assert found == [str(position) for position in range(40)]


async def test_a_turn_lasts_as_long_as_what_is_done_in_it(database: str) -> None:
    """Not as long as an append may be open: looking up and appending take longer than that."""
    settings = LedgerSettings(idle_in_transaction_timeout_seconds=0.1)
    async with Ledger.open(database, settings) as one, Ledger.open(database, settings) as other:
        ended: list[str] = []

        async def second() -> None:
            async with other.turn("registering"):
                ended.append("second")

        async with one.turn("registering"):
            waiting = asyncio.create_task(second())
            async with one.connection() as connection:
                await connection.execute("SELECT pg_sleep(0.5)")
            ended.append("first")
        await waiting
    assert ended == ["first", "second"]


def keeper() -> Aggregate[Nothing]:
    """Decides every command of officers with what was found."""
    counter: Aggregate[Nothing] = Aggregate("officer", Nothing)
    for method in SERVICE.methods:
        if method.GetOptions().HasExtension(options.command):
            request_class = message_class(method.input_type.full_name)
            assert request_class is not None
            counter.decide(request_class, basis="design")(_yield_found)
    counter.evolve(events.OfficerRegistered)(lambda state, event: state)
    return counter


def registration() -> pb.RegisterOfficerRequest:
    return command(
        pb.RegisterOfficerRequest(
            name="李四", credential_number="川51052100001", issuing_body="四川省司法厅",
            valid_from_on="2024-01-01", valid_to_on="2028-12-31",
        )
    )  # fmt: skip


def _yield_found(state: Nothing, request: Any, context: Context) -> Any:
    yield events.OfficerRegistered(officer_id=request.officer_id, name=context.found)


def replace_id(request: pb.RegisterOfficerRequest) -> pb.RegisterOfficerRequest:
    other = pb.RegisterOfficerRequest()
    other.CopyFrom(request)
    other.ClearField("command_id")
    other.ClearField("officer_id")
    return command(other)


async def _at_once() -> None:
    return None


def test_a_command_is_looked_up_once() -> None:
    lookups = Lookups()

    async def look_up(node: Any, request: Any, context: Context) -> None:
        return None

    lookups.on(pb.RegisterOfficerRequest)(look_up)
    with pytest.raises(ValueError, match="twice"):
        lookups.on(pb.RegisterOfficerRequest)(look_up)
