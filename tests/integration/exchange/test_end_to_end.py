"""Two and three authorities on real Kafka, PostgreSQL and mutual TLS: everything arrives, once, in order, receipted."""

import contextlib
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer
from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb
from enforcement.exchange.v1 import service_pb2 as api_pb

from services.exchange import peer
from services.exchange.kafka import feed_topic, mailbox_topic
from services.kernel.envelopes.codec import admit, read_head, verify
from tests.support.eventually import eventually
from tests.support.exchange import origin_of
from tests.support.exchange_site import OFFICER, QUICK, Site, Union
from tests.support.kafka import everything_in
from tests.support.members import header_of, roster


@pytest.fixture
async def three(kafka, databases, tmp_path) -> AsyncIterator[tuple[Union, list[Site]]]:
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga", "jcy")
    async with contextlib.AsyncExitStack() as stack:
        yield union, [await stack.enter_async_context(union.site(member)) for member in union.members]


async def test_what_is_told_arrives_and_its_receipt_returns(three):
    _, (a, b, c) = three
    told = await a.tell(roster(b.id, c.id))
    await eventually(lambda: b.received(a), what="recorded at B")
    await eventually(lambda: c.received(a), what="recorded at C")
    receipts = await eventually(
        lambda: _at_least(a.desk.events(pb.ReceiptRecorded), 2), what="both receipts in A's ledger"
    )
    assert {pb.ReceiptRecorded.FromString(e.body).recipient_id for e in receipts} == {b.id, c.id}
    assert {event.correlation_id for event in receipts} == {told.correlation_id}
    [at_b] = await b.desk.recorded()
    assert at_b.correlation_id == told.correlation_id
    assert origin_of(at_b).source_event == told.event_id.bytes


async def _at_least(events, count):
    found = await events
    return found if len(found) >= count else None


async def test_many_arrive_once_and_in_order(three):
    _, (a, b, _) = three
    for version in range(300):
        await a.tell(roster(b.id, version=version))
    await eventually(a.settled, within=30, what="every receipt")
    bodies = await b.received(a)
    assert bodies == [roster(b.id, version=version).SerializeToString() for version in range(300)]
    assert await b.desk.value("SELECT count(*) FROM exchange.inbox") == 300
    assert len(await a.desk.events(pb.ReceiptRecorded)) == 300


async def test_the_feed_has_everything_in_order_and_says_where_it_ends(three, kafka):
    """O2: a lost tail of a feed shows by the head that an idle feed says. While nothing fails, nothing comes twice."""
    _, (a, b, _) = three
    for version in range(5):
        await a.tell(roster(b.id, version=version))

    async def last_head() -> wire_pb.Head | None:
        values = await everything_in(kafka, feed_topic(a.id))
        heads = [value for value in values if wire_pb.Envelope.FromString(value).kind == wire_pb.KIND_HEAD]
        if not heads:
            return None
        said = read_head(verify(admit(heads[-1]), a.exchange.office.registry, a.exchange.office.wall())).head
        return said if said.seq == 5 else None

    said = await eventually(last_head, what="a head in the feed that names the fifth")
    values = await everything_in(kafka, feed_topic(a.id))
    envelopes = [v for v in values if wire_pb.Envelope.FromString(v).kind == wire_pb.KIND_ENVELOPE]
    assert [header_of(value).seq for value in envelopes] == [1, 2, 3, 4, 5]
    assert (said.sender, said.recipient) == (a.id, "feed")


async def test_no_content_of_a_mailbox_is_in_kafka(three, kafka):
    _, (a, b, _) = three
    event = roster(b.id)
    event.entries.add(checkpoint_id="CANARY-4711")
    await a.tell(event)
    await eventually(lambda: b.received(a))
    assert b"CANARY-4711" in (await b.received(a))[0]
    for topic in (mailbox_topic(b.id), feed_topic(a.id)):
        assert all(b"CANARY" not in value for value in await everything_in(kafka, topic))


async def test_a_lost_record_is_pulled_from_its_sender(kafka, databases, tmp_path):
    """O2: Kafka loses the middle of the chain; the recipient asks the sender for it."""
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    never_again = QUICK.model_copy(update={"resend_after_seconds": (3600.0,)})
    async with union.site(one, settings=never_again) as a:
        for version in range(3):
            await a.tell(roster(other.id, version=version))
        await eventually(lambda: _published(a, 3))
        lost = await everything_in(kafka, mailbox_topic(other.id))
        assert len(lost) == 3
        # The recipient's group begins behind them, as if they had never been there.
        await _skip(kafka, other.id)
        async with union.site(other) as b:
            await a.tell(roster(other.id, version=3))
            await eventually(lambda: _count(b.received(a), 4), what="all four, three of them pulled")
            ways = {origin_of(event).carrier for event in await b.desk.recorded()}
            assert f"grpc:{a.id}" in ways
            await eventually(a.settled, what="receipts for all")


async def test_a_long_gap_is_pulled_to_its_end(kafka, databases, tmp_path, monkeypatch):
    """One answer of a peer is bounded; whoever lacks more asks again, and not at the next comparison of ends."""
    monkeypatch.setattr(peer, "RESEND_MAX", 2)
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    never_again = QUICK.model_copy(update={"resend_after_seconds": (3600.0,)})
    compared_once = QUICK.model_copy(update={"peer_heads_seconds": 3600.0})
    async with union.site(one, settings=never_again) as a:
        for version in range(7):
            await a.tell(roster(other.id, version=version))
        await eventually(lambda: _published(a, 7))
        await _skip(kafka, other.id)
        async with union.site(other, settings=compared_once) as b:
            await eventually(lambda: _count(b.received(a), 7), what="all seven, pulled")


async def _count(values, count):
    return len(await values) == count


async def _published(site: Site, count: int) -> bool:
    statement = "SELECT min(published_seq) FROM exchange.chain WHERE sender = $1 AND seq > 0"
    return bool(await site.desk.value(statement, site.id) == count)


async def _skip(kafka, authority: str) -> None:
    """The authority's group begins behind everything that its mailbox has."""
    async with _group(kafka, authority) as consumer:
        await consumer.commit(await consumer.end_offsets(consumer.assignment()))


async def _rewind(kafka, authority: str) -> int:
    """The authority's group begins at the first record again; answers how many there are."""
    async with _group(kafka, authority) as consumer:
        first = await consumer.beginning_offsets(consumer.assignment())
        ends = await consumer.end_offsets(consumer.assignment())
        await consumer.commit(first)
    return sum(ends[each] - first[each] for each in ends)


@contextlib.asynccontextmanager
async def _group(kafka, authority: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        mailbox_topic(authority),
        bootstrap_servers=kafka.bootstrap,
        group_id=f"exchange.{authority}",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def test_a_mailbox_that_is_read_again_from_its_beginning_changes_nothing(kafka, databases, tmp_path):
    """R1: the consumer group's offsets are reset; all comes again, is counted, and gets the receipts that it had."""
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    async with union.site(one) as a:
        async with union.site(other) as b:
            for version in range(5):
                await a.tell(roster(other.id, version=version))
            await eventually(a.settled, what="their receipts")
            before = await b.received(a)
            receipts = await _receipts(b)
            repeats = await b.desk.value(REPEATS)
        again = await _rewind(kafka, other.id)
        assert again >= 5
        async with union.site(other, dsn=b.desk.dsn) as b:

            async def read_again() -> bool:
                return bool(await b.desk.value(REPEATS) == repeats + again)

            await eventually(read_again, what="every record of the mailbox again, and counted")
            assert await b.received(a) == before
            assert await _receipts(b) == receipts
            assert await b.desk.events(pb.ChainConflict, pb.EnvelopeRejected) == []

            async def answered_again() -> bool:
                return len(await everything_in(kafka, mailbox_topic(one.id))) > len(before)

            await eventually(answered_again, what="receipts again")
            assert set(await everything_in(kafka, mailbox_topic(one.id))) == set(receipts)
            assert await a.settled()
        assert len(await a.desk.events(pb.ReceiptRecorded)) == 5
        assert await a.desk.events(pb.ChainConflict) == []


REPEATS = "SELECT sum(repeats)::int FROM exchange.inbox"


async def _receipts(site: Site) -> list[bytes]:
    return [row["receipt"] for row in await site.desk.rows("SELECT receipt FROM exchange.inbox ORDER BY seq")]


async def test_a_lost_tail_comes_again_without_being_asked_for(kafka, databases, tmp_path):
    """O2: the last three are lost in Kafka; without a receipt the sender publishes them again."""
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    async with union.site(one) as a:
        for version in range(3):
            await a.tell(roster(other.id, version=version))
        await eventually(lambda: _published(a, 3))
        await _skip(kafka, other.id)
        async with union.site(other) as b:
            await eventually(lambda: _count(b.received(a), 3), what="all three")
            await eventually(a.settled, what="their receipts")


async def test_a_registry_that_arrives_later_heals_what_was_refused(kafka, databases, tmp_path):
    """K2: the sender's key is not in the recipient's file yet; with the file the same envelopes are taken."""
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    full = union.members
    union.members = [other]
    union.write_registry(other, 1)
    union.members = full
    async with union.site(one) as a, union.site(other) as b:
        await a.tell(roster(other.id))
        assert set(await eventually(b.desk.quarantined, what="quarantined")) == {"UNKNOWN_KEY"}
        union.write_registry(other, 2)
        await eventually(lambda: b.received(a), what="recorded after the file came")
        await eventually(a.settled)
        assert len(await b.received(a)) == 1
        versions = [pb.RegistryLoaded.FromString(e.body).version for e in await b.desk.events(pb.RegistryLoaded)]
        assert versions == [1, 2]


async def test_an_older_registry_file_is_refused(kafka, databases, tmp_path):
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, _ = union.members
    union.write_registry(one, 5)
    async with union.site(one) as a:
        union.write_registry(one, 4)
        union.write_registry(one, 6, name="另一名称")
        await eventually(lambda: a.exchange.office.registry.version == 6)
        assert [pb.RegistryLoaded.FromString(e.body).version for e in await a.desk.events(pb.RegistryLoaded)] == [5, 6]


# ── the officers' side ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_status_and_deliveries_say_how_it_is(three):
    _, (a, b, c) = three
    told = await a.tell(roster(b.id, c.id))
    await eventually(a.settled)
    status = await a.api.get_status(api_pb.GetStatusRequest(min_position=told.position), a.call(OFFICER))
    sent = {chain.authority_id: chain for chain in status.chains if chain.direction == api_pb.DIRECTION_SENT}
    assert {name: chain.seq for name, chain in sent.items()} == {"feed": 1, b.id: 1, c.id: 1}
    assert (status.suspicion, status.quarantined) == ("", 0)
    request = api_pb.ListDeliveriesRequest(position=told.position, min_position=told.position)
    deliveries = (await a.api.list_deliveries(request, a.call(OFFICER))).deliveries
    answers = {each.recipient_id: each.status for each in deliveries}
    recorded = wire_pb.RECEIPT_STATUS_RECORDED
    assert answers == {"feed": wire_pb.RECEIPT_STATUS_UNSPECIFIED, b.id: recorded, c.id: recorded}


async def test_quarantine_is_listed_page_by_page(three):
    _, (a, _, _) = three
    for n in range(5):
        await a.desk.take(b"\xff" + bytes([n]))
    from enforcement.common.v1 import common_pb2

    seen = []
    token = ""
    while True:
        request = api_pb.ListQuarantineRequest(page=common_pb2.PageRequest(size=2, token=token))
        page = await a.api.list_quarantine(request, a.call())
        seen += [entry.digest for entry in page.entries]
        token = page.next_token
        if not token:
            break
    assert len(seen) == len(set(seen)) == 5
