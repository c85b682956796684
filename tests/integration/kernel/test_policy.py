"""Policies: reactions once and in order, parked visibly when they fail, and nobody else waits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from enforcement.officers.v1 import events_pb2 as events
from enforcement.officers.v1 import service_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.kernel import policy as policies
from services.kernel.ledger import Parked, parked
from services.kernel.policy import Policy, PolicyContext, PolicyRunner
from services.kernel.rules import Rules
from tests.integration.kernel.test_commands import REGISTER
from tests.support.eventually import eventually
from tests.support.kernel import LUXIAN, Bus, open_bus

LEADER = [options.ROLE_LEADER]


@pytest.fixture
async def bus(database: str) -> AsyncIterator[Bus]:
    async with open_bus(database) as opened:
        yield opened


@asynccontextmanager
async def running(bus: Bus, policy: Policy) -> AsyncIterator[PolicyRunner]:
    runner = PolicyRunner(
        policy, bus.ledger, bus.commands, authority=LUXIAN, members={}, rules=Rules(), clock=bus.clock
    )
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def promoting(react: Callable[[events.OfficerRegistered], None] = lambda event: None) -> Policy:
    """Whoever registers becomes a leader."""
    policy = Policy("officers")

    @policy.on(events.OfficerRegistered, received=False)
    def promote(event: events.OfficerRegistered, context: PolicyContext) -> pb.AssignRolesRequest:
        react(event)
        return pb.AssignRolesRequest(officer_id=event.officer_id, roles=LEADER)

    return policy


async def types_of(bus: Bus, officer_id: str) -> list[str]:
    stream = await bus.ledger.read_stream(UUID(officer_id))
    return [event.type.rpartition(".")[2] for event in stream.events]


async def test_an_event_is_reacted_to_once_however_often_the_policy_starts(bus: Bus) -> None:
    answer = await bus.run(REGISTER)
    for _ in range(3):
        async with running(bus, promoting()) as runner:
            await runner.caught_up()
    async with bus.ledger.transaction() as connection:
        await connection.execute("UPDATE ledger.checkpoint SET position = 0")
    async with running(bus, promoting()) as runner:
        await runner.caught_up()
    assert await types_of(bus, answer.id) == ["OfficerRegistered", "RolesAssigned"]


async def test_a_reaction_names_its_cause_and_continues_the_matter(bus: Bus) -> None:
    answer = await bus.run(REGISTER)
    async with running(bus, promoting()) as runner:
        await runner.caught_up()
    cause, effect = (await bus.ledger.read_stream(UUID(answer.id))).events
    assert (effect.causation_id, effect.correlation_id) == (cause.event_id, cause.correlation_id)


async def parked_events(bus: Bus) -> list[Parked]:
    async with bus.ledger.connection() as connection:
        return list(await parked.unresolved(connection))


async def test_a_failing_event_is_parked_with_its_reason_and_the_others_go_on(bus: Bus) -> None:
    broken = await bus.run(REGISTER)

    def fail(event: events.OfficerRegistered) -> None:
        if event.officer_id == broken.id:
            raise ArithmeticError("this one breaks")

    good = await bus.run(REGISTER)
    async with running(bus, promoting(fail)) as runner:
        await runner.caught_up()
        [entry] = await parked_events(bus)
    assert (entry.event_id, entry.reason) == (
        (await bus.ledger.read_stream(UUID(broken.id))).events[0].event_id,
        "ArithmeticError: this one breaks",
    )
    assert await types_of(bus, good.id) == ["OfficerRegistered", "RolesAssigned"]


async def test_a_refused_command_parks_its_event_with_the_reason_of_the_refusal(bus: Bus) -> None:
    answer = await bus.run(REGISTER)
    await bus.run(pb.CancelCredentialRequest(officer_id=answer.id, reason="注销"))
    async with running(bus, promoting()) as runner:
        await runner.caught_up()
        [entry] = await parked_events(bus)
    assert entry.reason.startswith("CREDENTIAL_CANCELLED: ")


async def test_a_parked_event_is_done_when_its_cause_is_mended(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "RETRY_SECONDS", (0.05, 0.05))
    mended = asyncio.Event()

    def fail(event: events.OfficerRegistered) -> None:
        if not mended.is_set():
            raise ArithmeticError("not yet")

    answer = await bus.run(REGISTER)
    async with running(bus, promoting(fail)) as runner:
        await runner.caught_up()
        assert len(await parked_events(bus)) == 1
        mended.set()

        async def resolved() -> bool:
            return not await parked_events(bus)

        await eventually(resolved)
    assert await types_of(bus, answer.id) == ["OfficerRegistered", "RolesAssigned"]


async def test_later_events_of_a_parked_matter_wait_behind_it(bus: Bus) -> None:
    policy = promoting(lambda event: (_ for _ in ()).throw(ArithmeticError("breaks")))

    @policy.on(events.CredentialSuspended)
    def restore(event: events.CredentialSuspended, context: PolicyContext) -> pb.RestoreCredentialRequest:
        return pb.RestoreCredentialRequest(officer_id=event.officer_id, reason="自动")

    answer = await bus.run(REGISTER)
    async with running(bus, policy) as runner:
        await runner.caught_up()
        await bus.run(pb.SuspendCredentialRequest(officer_id=answer.id, reason="停"))
        await runner.caught_up()
        reasons = [entry.reason for entry in await parked_events(bus)]
    assert reasons == ["ArithmeticError: breaks", policies.BEHIND]
    assert await types_of(bus, answer.id) == ["OfficerRegistered", "CredentialSuspended"]
