"""K2: seal and box keys of both sides are replaced while events flow, and the registry files are out of step."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb

from services.kernel.envelopes.key_cards import KeyCard, render
from services.kernel.envelopes.keys import KeyRing
from tests.support.eventually import eventually
from tests.support.exchange_site import Member, Site, Union
from tests.support.members import header_of, roster

SETTLE_SECONDS = 60.0
BEFORE = datetime.now(UTC) - timedelta(days=1)


@dataclass(slots=True)
class Rotation:
    """One member's keys before and after; its exchange holds both from the start."""

    member: Member
    old: KeyRing
    new: KeyRing

    @classmethod
    def of(cls, member: Member) -> "Rotation":
        old, new = member.party.ring, KeyRing.generate(member.id)
        member.party.ring = KeyRing(member.id, new.seals + old.seals, new.boxes + old.boxes)
        return cls(member, old, new)

    def cards(self, *, announced: bool, retired: datetime | None) -> list[KeyCard]:
        """As a registry file lists them: the old ones, the new ones once announced, the old ones retired."""
        old = [
            KeyCard(card.role, card.public, card.nonce, card.proof, card.not_before, retired)
            for card in KeyCard.of(self.old, bytes(16), BEFORE)
        ]
        new = KeyCard.of(self.new, bytes([1] * 16), BEFORE + timedelta(hours=1)) if announced else ()
        return [*old, *new]


@dataclass(slots=True)
class Pair:
    rotations: list[Rotation]
    sites: list[Site]
    told: int = 0

    def file(self, version: int, *, announced: bool = True, retired: datetime | None = None) -> bytes:
        """The registry file of a version."""
        members = [
            (each.member.party.member(grpc=each.member.address), each.cards(announced=announced, retired=retired))
            for each in self.rotations
        ]
        return render(version, members)

    async def tell(self, stop: asyncio.Event) -> None:
        """Commands at both sides, without a pause."""
        a, b = self.sites
        while not stop.is_set():
            self.told += 1
            await asyncio.gather(a.tell(roster(b.id, version=self.told)), b.tell(roster(a.id, version=self.told)))

    async def heard(self, count: int) -> bool:
        a, b = self.sites
        return min(await _recorded(a), await _recorded(b)) >= count

    async def settled(self) -> bool:
        return all([await site.settled() for site in self.sites])


async def _recorded(site: Site) -> int:
    return int(await site.desk.value("SELECT count(*) FROM exchange.inbox"))


@pytest.fixture
async def pair(kafka, databases, tmp_path) -> AsyncIterator[Pair]:
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    made = Pair([Rotation.of(member) for member in union.members], [])
    async with contextlib.AsyncExitStack() as stack:
        for member in union.members:
            member.registry_file.write_bytes(made.file(1, announced=False))
            made.sites.append(await stack.enter_async_context(union.site(member)))
        yield made


@pytest.mark.timeout(240)
async def test_keys_are_replaced_while_events_flow(pair):
    a, b = pair.sites
    stop = asyncio.Event()
    flow = asyncio.create_task(pair.tell(stop))
    try:
        await eventually(lambda: pair.heard(50), within=SETTLE_SECONDS, what="events flow under the old keys")
        a.member.registry_file.write_bytes(pair.file(2))
        await eventually(b.desk.quarantined, within=SETTLE_SECONDS, what="B does not know A's new key yet")
        b.member.registry_file.write_bytes(pair.file(2))
        flowing = pair.told
        await eventually(lambda: pair.heard(flowing + 50), within=SETTLE_SECONDS, what="events flow under the new keys")
        retired = datetime.now(UTC)
        b.member.registry_file.write_bytes(pair.file(3, retired=retired))
        flowing = pair.told
        await eventually(lambda: pair.heard(flowing + 50), within=SETTLE_SECONDS, what="B has retired the old ones")
        a.member.registry_file.write_bytes(pair.file(3, retired=retired))
        flowing = pair.told
        await eventually(lambda: pair.heard(flowing + 50), within=SETTLE_SECONDS, what="and A")
    finally:
        stop.set()
        await flow
    await eventually(pair.settled, within=SETTLE_SECONDS, what="every receipt")
    for site, other, of_other, of_site in ((a, b, *reversed(pair.rotations)), (b, a, *pair.rotations)):
        assert await site.received(other) == [
            roster(site.id, version=n).SerializeToString() for n in range(1, pair.told + 1)
        ]
        assert set(await site.desk.quarantined()) <= {"UNKNOWN_KEY"}
        assert await site.desk.events(pb.EnvelopeRejected, pb.ChainConflict) == []
        last = await site.desk.value("SELECT wire FROM exchange.inbox ORDER BY seq DESC LIMIT 1")
        assert wire_pb.Envelope.FromString(last).signatures[0].key_id == of_other.new.seals[0].id
        assert header_of(last).box_key_id == of_site.new.boxes[0].id
