"""O3: two hours without the peers' ports, then two hours in which A reaches nobody, while both sides go on.

The hours are skipped, the waiting in between is real: broker, databases and connections by mutual TLS are, too.
"""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb
from enforcement.exchange.v1 import service_pb2 as api_pb

from services.exchange.kafka import mailbox_topic
from services.exchange.settings import ExchangeSettings
from tests.support.eventually import eventually
from tests.support.exchange import origin_of
from tests.support.exchange_site import Site, Union
from tests.support.kafka import TwoDoors, everything_in
from tests.support.members import header_of, roster
from tests.support.proxy import Gate
from tests.support.virtual_time import VirtualTime

SETTINGS = ExchangeSettings(
    feed_head_seconds=0.5,
    peer_heads_seconds=0.5,
    pull_backoff_seconds=(0.05, 0.5),
    kafka_retry_seconds=0.2,
    commit_seconds=0.1,
    peer_timeout_seconds=3.0,
)
"""What is counted in the time that is skipped is as deployed: when something is said again, and when it is late."""
RESENDS = [timedelta(seconds=after) for after in (30, 60, 120, 300, *[600] * 11)]
"""30 s, 1, 2, 5 min, then every 10 min: the fifteen of two hours."""
SETTLE_SECONDS = 60.0


@dataclass(slots=True)
class World:
    time: VirtualTime
    broker: TwoDoors
    peers: list[Gate]
    kafka_of_a: Gate
    a: Site
    b: Site
    told: int = 0

    async def tell(self) -> None:
        """A command is taken at either side."""
        self.told += 1
        await self.a.tell(roster(self.b.id, version=self.told))
        await self.b.tell(roster(self.a.id, version=self.told))

    async def settled(self) -> bool:
        return await self.a.settled() and await self.b.settled()

    async def heard(self) -> bool:
        """Whether either side has recorded everything, with or without a receipt."""
        return len(await self.b.received(self.a)) == len(await self.a.received(self.b)) == self.told

    async def copies(self, to: Site) -> Counter[int]:
        """How often Kafka was given each place of the chain to an authority."""
        values = await everything_in(self.broker, mailbox_topic(to.id))
        return Counter(
            header_of(value).seq for value in values if wire_pb.Envelope.FromString(value).kind == wire_pb.KIND_ENVELOPE
        )

    async def said(self, to: Site, place: int, times: int) -> bool:
        return (await self.copies(to))[place] == times


@pytest.fixture
async def world(databases, tmp_path) -> AsyncIterator[World]:
    async with contextlib.AsyncExitStack() as stack:
        broker = TwoDoors(tmp_path / "kafka")
        kafka_of_a = await stack.enter_async_context(Gate("127.0.0.1", broker.door))
        broker.gate_port = kafka_of_a.port
        await stack.enter_async_context(broker)
        union = await Union.of(broker, databases, tmp_path, "jt", "ga")
        peers = []
        for member in union.members:
            host, _, port = member.address.partition(":")
            peers.append(await stack.enter_async_context(Gate(host, int(port))))
            member.reached_at = f"localhost:{peers[-1].port}"
        for member in union.members:
            union.write_registry(member)
        time = VirtualTime(tmp_path / "clock")
        doors = (f"127.0.0.1:{kafka_of_a.port}", broker.bootstrap)
        a, b = [
            await stack.enter_async_context(union.site(member, settings=SETTINGS, kafka=kafka, time=time))
            for member, kafka in zip(union.members, doors, strict=True)
        ]
        yield World(time, broker, peers, kafka_of_a, a, b)


@pytest.mark.timeout(300)
async def test_two_hours_cut_lose_nothing_and_say_nothing_twice_that_was_answered(world):
    for peer in world.peers:
        peer.shut()
    for _ in range(12):
        await world.tell()
        world.time.skip(timedelta(minutes=10))
        await eventually(world.settled, within=SETTLE_SECONDS, what="receipts, by Kafka alone")
    once = dict.fromkeys(range(1, 13), 1)
    assert (await world.copies(world.a), await world.copies(world.b)) == (once, once)

    world.kafka_of_a.shut()
    await world.tell()
    await eventually(lambda: world.said(world.a, 13, 1), within=SETTLE_SECONDS, what="B has said it")
    for times, span in enumerate(RESENDS, start=2):
        world.time.skip(span)
        said = partial(world.said, world.a, 13, times)
        await eventually(said, within=SETTLE_SECONDS, what=f"said {times} times")
        await world.tell()
    assert (await world.copies(world.b)) == once
    for site, other in ((world.a, world.b), (world.b, world.a)):
        chain = await sent(site, other)
        assert chain.waiting == 1 + len(RESENDS)
        late = world.time.wall().timestamp() - chain.oldest_waiting_at.seconds
        assert late > sum(RESENDS, timedelta()).total_seconds() - 1

    for peer in world.peers:
        peer.open()
    await eventually(world.heard, within=SETTLE_SECONDS, what="all recorded, by the peers' ports alone")
    assert not await world.settled()
    world.kafka_of_a.open()
    await eventually(world.settled, within=SETTLE_SECONDS, what="every receipt")
    await audit(world)


async def sent(site: Site, to: Site) -> api_pb.Chain:
    """How an operator sees the chain to an authority."""
    status: api_pb.GetStatusResponse = await site.api.get_status(api_pb.GetStatusRequest(), site.call())
    [chain] = [each for each in status.chains if each.direction == api_pb.DIRECTION_SENT and each.authority_id == to.id]
    return chain


async def audit(world: World) -> None:
    """Everything is there once, in order, with one receipt each, and nobody was accused of anything."""
    for site, other in ((world.a, world.b), (world.b, world.a)):
        bodies = [roster(site.id, version=n).SerializeToString() for n in range(1, world.told + 1)]
        assert await site.received(other) == bodies
        receipts = [pb.ReceiptRecorded.FromString(e.body) for e in await site.desk.events(pb.ReceiptRecorded)]
        assert [receipt.seq for receipt in receipts] == list(range(1, world.told + 1))
        assert {receipt.status for receipt in receipts} == {wire_pb.RECEIPT_STATUS_RECORDED}
        theirs = {event.event_id for event in await other.desk.recorded()}
        assert {receipt.received_event_id for receipt in receipts} == {str(event_id) for event_id in theirs}
        ways = [origin_of(event).carrier for event in await site.desk.recorded()]
        assert set(ways[:12]) == {"kafka"}
        assert set(ways[13:]) == {f"grpc:{other.id}"}
        assert await site.desk.quarantined() == {}
        assert await site.desk.events(pb.ChainConflict, pb.RollbackSuspected, pb.EnvelopeRejected) == []
