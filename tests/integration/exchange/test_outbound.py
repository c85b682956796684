"""What leaves: to whom, with which fields, in which order, and what happens when somebody else builds too."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb

from services.exchange.outbound import Outgoing
from services.kernel.envelopes.codec import (
    ZERO_HASH,
    admit,
    check_address,
    microseconds,
    open_body,
    read_header,
    verify,
)
from services.kernel.envelopes.key_cards import render
from services.kernel.envelopes.members import FEED, Registry
from services.kernel.ledger import Fenced
from tests.support import canary
from tests.support.exchange import Desk, desk, origin_of
from tests.support.members import EVENT, NOW, Party, hash_of, header_of, registry, roster


@dataclass(slots=True)
class Sender:
    a: Party
    b: Party
    c: Party
    desk: Desk


@pytest.fixture
async def sender(databases) -> AsyncIterator[Sender]:
    a, b, c = (Party.new(each) for each in ("jt-510521", "ga-510521", "jcy-510521"))
    async with desk(databases, a, registry(a, b, c)) as at:
        yield Sender(a, b, c, at)


def opened(party: Party, out: Outgoing, known: Registry) -> tuple[wire_pb.Header, bytes]:
    told = read_header(verify(admit(out.wire), known, NOW))
    check_address(told, out.recipient)
    return told.header, open_body(told, party.ring).value


async def test_an_event_is_told_to_the_feed_and_to_whom_it_names(sender):
    event = await sender.desk.tell(roster(sender.b.id, sender.c.id), category="operation")
    built = await sender.desk.build()
    assert [out.recipient for out in built] == [FEED, sender.b.id, sender.c.id]
    header, _ = opened(sender.b, built[1], sender.desk.office.registry)
    assert (header.sender, header.recipient, header.epoch, header.seq) == (sender.a.id, sender.b.id, 1, 1)
    assert (header.prev, header.type) == (ZERO_HASH, "enforcement.joint_operations.v1.RosterPublished")
    assert (header.case_ref, header.source_event) == (str(event.correlation_id), event.event_id.bytes)
    assert (header.recorded_us, header.basis.purpose) == (microseconds(event.recorded_at), "联合执法")


async def test_chains_are_dense_and_linked(sender):
    for n in range(5):
        await sender.desk.tell(roster(sender.b.id, version=n), category="operation")
    for recipient in (FEED, sender.b.id):
        chain = [out for out in await sender.desk.build() or sender.desk.outgoing if out.recipient == recipient]
        headers = [header_of(out.wire) for out in chain]
        assert [header.seq for header in headers] == [1, 2, 3, 4, 5]
        assert [header.prev for header in headers] == [ZERO_HASH, *[hash_of(out.wire) for out in chain[:-1]]]


async def test_what_was_received_is_never_told_on(sender):
    """D1: a received event keeps its type, and with it its share option."""
    await sender.desk.take(sender.b.tell(sender.a, roster(sender.c.id)))
    assert len(await sender.desk.recorded()) == 1
    assert await sender.desk.build() == []


async def test_what_is_not_shared_stays(sender):
    await sender.desk.tell(pb.BlobServed(blob_sha256="00"), category="exchange")
    assert await sender.desk.build() == []


async def test_no_canary_is_in_any_wire_or_table(databases):
    """D1: private fields at every depth, in maps, choices and unknown fields; in the clear feed, and after opening."""
    a, b = Party.new("jt-510521"), Party.new("ga-510521")
    known = registry(a, b)
    catalogue = canary.catalogue()
    shown = catalogue.message("enforcement.canary.v1.Shown")
    async with desk(databases, a, known, catalogue=catalogue) as at:
        await at.tell(canary.full(shown, b.id), category="case")
        feed, mailbox = await at.build()
        assert canary.CANARY.encode() not in feed.wire
        assert b"told" not in feed.wire
        _, value = opened(b, mailbox, known)
        assert canary.CANARY.encode() not in value
        assert b"told" in value
        assert b"told" not in mailbox.wire
        for table in ("sent", "chain", "quarantine", "inbox"):
            assert canary.CANARY not in str(await at.rows(f"SELECT * FROM exchange.{table}"))


async def test_a_mailbox_is_readable_by_its_addressee_alone(sender):
    await sender.desk.tell(roster(sender.b.id), category="operation")
    mailbox = (await sender.desk.build())[1]
    told = read_header(verify(admit(mailbox.wire), sender.desk.office.registry, NOW))
    with pytest.raises(Exception, match="BODY_OPEN"):
        open_body(told, sender.c.ring)


async def test_an_answer_names_what_it_answers(sender):
    """The cause of an event that was decided because of a received one is that envelope."""
    wire = sender.b.tell(sender.a, roster(sender.a.id))
    await sender.desk.take(wire)
    [received] = await sender.desk.recorded()
    from services.kernel.ledger import Append, NewEvent, derive, uuid7

    command = uuid7()
    answer = roster(sender.b.id)
    append = Append(
        command,
        bytes(32),
        derive(command, "s"),
        "operation",
        0,
        (NewEvent(answer.DESCRIPTOR.full_name, answer.SerializeToString(), b""),),
        received.correlation_id,
        received.event_id,
    )
    await sender.desk.office.ledger.append(append)
    mailbox = next(out for out in await sender.desk.build() if out.recipient == sender.b.id)
    assert list(header_of(mailbox.wire).causes) == [hash_of(wire)]
    assert header_of(mailbox.wire).case_ref == str(received.correlation_id)
    assert origin_of(received).authority == sender.b.id


UNREACHABLE = {
    "UNKNOWN_MEMBER": lambda s: "jt-999999",
    "SUSPENDED_MEMBER": lambda s: s.b.id,
    "NO_BOX_KEY": lambda s: s.c.id,
}


@pytest.mark.parametrize("code", UNREACHABLE)
async def test_who_cannot_be_told_is_recorded_and_the_others_are_told(sender, code):
    from datetime import timedelta

    members = [
        (sender.a.member(), sender.a.cards()),
        (sender.b.member(suspended=True), sender.b.cards()),
        (sender.c.member(), sender.c.cards(not_before=NOW + timedelta(days=1))),
    ]
    sender.desk.office.registry = Registry.parse(render(2, members))
    event = await sender.desk.tell(roster(UNREACHABLE[code](sender)), category="operation")
    assert [out.recipient for out in await sender.desk.build()] == [FEED]
    [failed] = await sender.desk.events(pb.ShareFailed)
    failure = pb.ShareFailed.FromString(failed.body)
    assert (failure.code, failure.event_id, failure.position) == (code, str(event.event_id), event.position)
    assert failed.correlation_id == event.correlation_id


async def test_a_requested_share_makes_a_new_envelope_for_whom_the_event_names(sender):
    event = await sender.desk.tell(roster(sender.b.id), category="operation")
    first = next(out for out in await sender.desk.build() if out.recipient == sender.b.id)
    for recipient in (sender.b.id, sender.c.id):
        asked = pb.ShareRequested(
            event_id=str(event.event_id),
            position=event.position,
            recipient_id=recipient,
            refused_env_hash=hash_of(first.wire),
        )
        await sender.desk.tell(asked, category="exchange")
    [again] = await sender.desk.build()
    header = header_of(again.wire)
    assert (again.recipient, again.seq) == (sender.b.id, 2)
    assert header.env_id != header_of(first.wire).env_id
    assert header.source_event == event.event_id.bytes
    assert list(header.causes) == [hash_of(first.wire)]


async def test_a_rebuild_cannot_make_a_second_envelope(sender):
    """The id follows from event and recipient: building the same event again is refused by the table."""
    await sender.desk.tell(EVENT)
    await sender.desk.build()
    admin = await __import__("asyncpg").connect(sender.desk.admin)
    await admin.execute("UPDATE ledger.checkpoint SET position = 0 WHERE reader = 'exchange'")
    await admin.close()
    with pytest.raises(Exception, match="one_envelope_per_event_and_recipient"):
        await sender.desk.build()


async def test_of_two_builders_only_the_fenced_one_loses(sender):
    """O4: the first computes, the second takes over and commits; the first commits nothing."""
    await sender.desk.tell(EVENT)
    page = await sender.desk.office.ledger.read(0)
    first = await sender.desk.checkpoint("first")
    admin = await __import__("asyncpg").connect(sender.desk.admin)
    await admin.execute("UPDATE ledger.checkpoint SET lease_until = '-infinity' WHERE reader = 'exchange'")
    await admin.close()
    await sender.desk.build(holder="second")
    with pytest.raises(Fenced):
        await sender.desk.builder().build(first, page.events)
    assert await sender.desk.value("SELECT count(*) FROM exchange.sent") == 1
    assert len(sender.desk.outgoing) == 1


async def test_a_running_builder_tells_what_is_appended(sender):
    builder = sender.desk.builder()
    running = asyncio.create_task(builder.run())
    try:
        event = await sender.desk.tell(EVENT)
        async with asyncio.timeout(10):
            await builder.reached(event.position)
        assert [out.recipient for out in sender.desk.outgoing] == [FEED]
        assert UUID(bytes=header_of(sender.desk.outgoing[0].wire).source_event) == event.event_id
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_new_epoch_begins_with_itself_and_takes_up_what_waited(sender):
    """L2 afterwards: the chain was stopped; what it could not take follows the NewEpoch, in order."""
    await sender.desk.tell(roster(sender.b.id, version=1), category="operation")
    await sender.desk.build()
    await sender.desk.value("UPDATE exchange.chain SET stopped = 'ROLLBACK' WHERE recipient = $1", sender.b.id)
    for version in (2, 3):
        await sender.desk.tell(roster(sender.b.id, version=version), category="operation")
    assert {out.recipient for out in await sender.desk.build()} == {FEED}
    opened_at = pb.NewEpoch(recipient_id=sender.b.id, old_epoch=1, last_seq=7, last_hash=b"h" * 32)
    await sender.desk.tell(opened_at, category="exchange")
    built = await sender.desk.build()
    assert [(out.recipient, out.epoch, out.seq) for out in built] == [(sender.b.id, 2, n) for n in (1, 2, 3)]
    assert [out.type.rsplit(".", 1)[1] for out in built] == ["NewEpoch", "RosterPublished", "RosterPublished"]
    assert header_of(built[0].wire).prev == b"h" * 32
    assert await sender.desk.value("SELECT count(*) FROM exchange.deferred") == 0
    assert await sender.desk.value("SELECT stopped FROM exchange.chain WHERE recipient = $1", sender.b.id) is None
