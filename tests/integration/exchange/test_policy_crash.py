"""E2: a valid envelope that a policy cannot bear is recorded once, receipted and parked, and nobody waits for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.joint_operations.v1 import events_pb2 as joint

from services.kernel.authority import Authority
from services.kernel.commands import Commands
from services.kernel.identity import OfficerRegister
from services.kernel.ledger import parked
from services.kernel.policy import Policy, PolicyContext, PolicyRunner
from services.kernel.rules import Rules
from tests.support.eventually import eventually
from tests.support.exchange_site import Site, Union
from tests.support.kernel import StandingClock
from tests.support.members import roster

CRASHES = 1
"""Version of the roster that the first policy cannot bear."""


@pytest.fixture
async def pair(kafka, databases, tmp_path) -> AsyncIterator[list[Site]]:
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(union.site(member)) for member in union.members]


@contextlib.asynccontextmanager
async def running(site: Site, policy: Policy) -> AsyncIterator[None]:
    me = Authority(site.id, site.id)

    async def at_once() -> None:
        return None

    commands = Commands(
        site.exchange.office.ledger,
        authority=me,
        members={},
        officers=OfficerRegister(me.id),
        rules=Rules(),
        clock=StandingClock(),
        officers_caught_up=at_once,
    )
    runner = PolicyRunner(
        policy, site.exchange.office.ledger, commands, authority=me, members={}, rules=Rules(), clock=StandingClock()
    )
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def noting(service: str, seen: list[int], *, crashes: bool) -> Policy:
    policy = Policy(service)

    @policy.on(joint.RosterPublished, received=True)
    def note(event: Any, context: PolicyContext) -> None:
        if crashes and event.roster_version == CRASHES:
            raise ArithmeticError("this roster breaks the policy")
        seen.append(event.roster_version)

    return policy


async def test_an_envelope_that_crashes_a_policy_is_parked_and_everything_else_goes_on(pair):
    a, b = pair
    fragile: list[int] = []
    sturdy: list[int] = []
    async with (
        running(b, noting("fragile", fragile, crashes=True)),
        running(b, noting("sturdy", sturdy, crashes=False)),
    ):
        for version in range(4):
            await a.tell(roster(b.id, version=version))
        await eventually(a.settled, what="every receipt")
        await eventually(lambda: sturdy == [0, 1, 2, 3], what="the other policy has seen all")
        await eventually(lambda: sorted(fragile) == [0, 2, 3], what="other matters of the crashing policy went on")
        async with b.exchange.office.ledger.connection() as connection:
            waiting = await parked.unresolved(connection)
    assert await b.desk.value("SELECT count(*) FROM exchange.inbox") == 4
    assert [(entry.reader, entry.reason) for entry in waiting] == [
        ("policy.fragile", "ArithmeticError: this roster breaks the policy")
    ]
