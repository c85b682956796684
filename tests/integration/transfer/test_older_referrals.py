"""What is written before the police's node has spoken reaches an older build's referral, too, whose id none knows."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final

import pytest
from enforcement.common.v1 import common_pb2 as common
from google.protobuf.message import Message

from services.kernel.command_specs import specs_of
from services.kernel.commands import Commands
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.identity import Actor
from services.kernel.rules import Rules
from services.transfer.model.referral import referral_of
from services.transfer.policies import policy
from services.transfer.service import SERVICE
from tests.support.decider import LUXIAN, MEMBERS, POLICE, PROCURATORATE, YONGCHUAN, Register, reactions
from tests.support.kernel import StandingClock, command
from tests.support.postgres import Databases
from tests.support.reading import Reading, reading
from tests.unit.transfer.acts import REFERRAL, SENT, SUPPLEMENTED, TRANSFER
from tests.unit.transfer.branches import ASKED, but

POLICIES: Final = Actor("policy.transfer", "service")


class Desk:
    """The police's commands over a real ledger, with the look-ups of their views."""

    def __init__(self, node: Reading) -> None:
        self.node = node
        self._commands = Commands(
            node.ledger,
            authority=POLICE,
            members=MEMBERS,
            officers=Register(()),
            rules=Rules(),
            clock=StandingClock(),
            officers_caught_up=_at_once,
        )
        naming = {name: partial(find, node) for name, find in SERVICE.lookups.naming.items()}
        self._commands.add(specs_of(SERVICE.descriptor, list(SERVICE.aggregates)), _at_once, None, naming)

    async def take(self, event: Message, origin: str) -> list[common.Recorded]:
        """What the policies do with an event that another authority signed."""
        issued = reactions(policy, event, authority=POLICE, origin=origin)
        return [await self.run(one) for one in issued]

    async def run(self, request: Any) -> common.Recorded:
        ready = command(request)
        self._commands.validate(ready)
        return await self._commands.execute(ready, POLICIES)


async def _at_once() -> None:
    return None


@pytest.fixture
async def police(databases: Databases) -> AsyncIterator[Desk]:
    async with reading(databases, SERVICE, POLICE) as node:
        yield Desk(node)


@pytest.mark.parametrize("opened_by", ["an older build", "this build"])
async def test_a_question_that_names_no_referral_reaches_the_one_of_its_transfer_and_bureau(
    police: Desk, opened_by: str
) -> None:
    [request] = reactions(policy, SENT, authority=POLICE, origin=LUXIAN.id)
    referral_id = REFERRAL if opened_by == "an older build" else referral_of(TRANSFER, LUXIAN.id, POLICE.id)
    opened = await police.run(but(request, referral_id=referral_id))
    assert opened.id == referral_id
    [asked] = await police.take(but(ASKED, referral_id=""), PROCURATORATE.id)
    [noted] = await police.take(but(SUPPLEMENTED, referral_id=""), LUXIAN.id)
    assert [(one.id, one.version) for one in (asked, noted)] == [(opened.id, 2), (opened.id, 3)]


async def test_what_another_bureau_writes_of_that_transfer_reaches_nothing(police: Desk) -> None:
    [request] = reactions(policy, SENT, authority=POLICE, origin=LUXIAN.id)
    await police.run(but(request, referral_id=REFERRAL))
    with pytest.raises(Refused) as refused:
        await police.take(but(SUPPLEMENTED, referral_id=""), YONGCHUAN.id)
    assert refused.value.code == KernelRefusal.NOT_FOUND


async def test_a_repeat_reaches_the_stream_that_it_reached_before(police: Desk) -> None:
    [request] = reactions(policy, SENT, authority=POLICE, origin=LUXIAN.id)
    await police.run(but(request, referral_id=REFERRAL))
    [issued] = reactions(policy, but(ASKED, referral_id=""), authority=POLICE, origin=PROCURATORATE.id)
    once = command(issued)
    assert await police.run(once) == await police.run(once)
