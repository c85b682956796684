"""The receive pipeline under attack: each row names the expected code and the evidence that must exist afterwards.

A sends, B receives, C is a third member, M attacks.
"""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb

from services.exchange.settings import ExchangeSettings
from services.kernel.envelopes.codec import Link, admit, make_receipt, microseconds, read_receipt, verify
from services.kernel.envelopes.key_cards import render
from services.kernel.envelopes.members import Registry
from services.kernel.envelopes.verdicts import VERDICTS, Answer, Chain, Code, Kept
from services.kernel.ledger import hash_of as ledger_hash
from tests.support.exchange import Cut, Desk, desk, origin_of, receipt_of
from tests.support.members import EVENT, NOW, Party, again, forge, hash_of, header_of, registry, roster
from tests.support.postgres import Databases


class World:
    """Four members who know each other, and B's desk."""

    def __init__(self) -> None:
        self.a, self.b, self.c, self.m = (
            Party.new(each) for each in ("jt-510521", "ga-510521", "jcy-510521", "jt-500118")
        )
        self.known = registry(self.a, self.b, self.c, self.m)
        self.desk: Desk

    @property
    def carrier(self) -> str | None:
        return None


@pytest.fixture
async def world(databases: Databases) -> AsyncIterator[World]:
    made = World()
    async with desk(databases, made.b, made.known) as made.desk:
        yield made


async def effects(desk: Desk) -> tuple[int, int, int]:
    """(received events, inbox rows, receipts given)."""
    return (
        len(await desk.recorded()),
        await desk.value("SELECT count(*) FROM exchange.inbox"),
        len(desk.answers),
    )


# ── the good case ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_envelope_becomes_an_event_with_its_bytes_and_a_receipt_that_names_it(world):
    wire = world.a.tell(world.b)
    assert await world.desk.take(wire) == [Code.RECORDED]
    [event] = await world.desk.recorded()
    [answer] = world.desk.answers
    receipt = read_receipt(verify(admit(answer.wire), world.known, NOW)).receipt
    assert event.body == EVENT.SerializeToString(deterministic=True)
    assert event.type == "enforcement.deadlines.v1.DeadlineStarted"
    assert (receipt.issuer, receipt.recipient, receipt.env_hash) == (world.b.id, world.a.id, hash_of(wire))
    assert (UUID(bytes=receipt.event_id), receipt.event_hash) == (event.event_id, event.hash)
    assert event.hash == ledger_hash(event)
    assert receipt.received_us == microseconds(NOW)
    assert receipt.registry == world.known.digest


async def test_a_received_event_says_where_it_comes_from(world):
    wire = world.a.tell(world.b)
    await world.desk.take(wire)
    [event] = await world.desk.recorded()
    origin = origin_of(event)
    assert (origin.authority, origin.env_hash, origin.carrier) == (world.a.id, hash_of(wire), "kafka")
    assert len(origin.salt) == 16
    assert (event.correlation_id, event.causation_id) == (UUID(header_of(wire).case_ref), event.event_id)
    assert not origin.unread


async def test_an_unknown_schema_is_recorded_unread(world):
    assert await world.desk.take(world.a.tell(world.b, schema=bytes(32))) == [Code.RECORDED]
    [event] = await world.desk.recorded()
    assert origin_of(event).unread
    assert event.body == EVENT.SerializeToString(deterministic=True)


# ── one attack per row of the table ──────────────────────────────────────────────────────────────────────────────────


def resigned(wire: bytes, signer: Party, **changes: object) -> bytes:
    header = header_of(wire)
    for name, value in changes.items():
        setattr(header, name, value)
    outer = wire_pb.Envelope.FromString(wire)
    return forge(header.SerializeToString(deterministic=True), signer.seal, outer.body)


def one_bit(wire: bytes) -> bytes:
    outer = wire_pb.Envelope.FromString(wire)
    return again(wire, body=outer.body[:-1] + bytes([outer.body[-1] ^ 1]))


def key_swap(w: World, wire: bytes) -> bytes:
    signature = wire_pb.Envelope.FromString(wire).signatures[0]
    signature.key_id = w.a.ring.boxes[0].id
    return again(wire, signatures=[signature])


def alien(w: World) -> bytes:
    return Party.new("jt-999999").tell(w.b)


def suite_two(w: World) -> bytes:
    wire = w.a.tell(w.b)
    signature = wire_pb.Envelope.FromString(wire).signatures[0]
    signature.suite = 2
    return again(wire, signatures=[signature])


def bad_signature(w: World) -> bytes:
    wire = w.a.tell(w.b)
    signature = wire_pb.Envelope.FromString(wire).signatures[0]
    signature.value = bytes(64)
    return again(wire, signatures=[signature])


def early(w: World) -> bytes:
    w.a.tell(w.b)
    return w.a.tell(w.b)


def other_past(w: World) -> bytes:
    return w.a.tell(w.b, prev=b"x" * 32)


def in_the_future(w: World) -> bytes:
    return w.a.tell(w.b, recorded_us=microseconds(NOW + timedelta(minutes=6)))


def other_context(w: World) -> bytes:
    wire = w.a.tell(w.b)
    return resigned(wire, w.a, case_ref="other", type="enforcement.deadlines.v1.DeadlineMet")


def forged_commitment(w: World) -> bytes:
    """Sealed properly, but the sender's header commits to something else than was sealed."""
    box = w.known.members[w.b.id].box(NOW)
    assert box
    header = w.a.header(w.b)
    header.v = header.hash_suite = header.body_suite = 1
    header.body_commit = bytes(32)
    header.box_key_id = box.id
    from services.kernel.envelopes.codec.form import body_info

    body = box.seal(
        wire_pb.Body(openings=[wire_pb.Opening(salt=bytes(16), value=b"x")]).SerializeToString(), body_info(header)
    )
    header.body_digest, header.body_len = hashlib.sha256(body).digest(), len(body)
    return forge(header.SerializeToString(deterministic=True), w.a.seal, body)


def other_schema(w: World) -> bytes:
    return w.a.tell(w.b, pb.BlobServed(offset=5), type="enforcement.deadlines.v1.DeadlineStarted", schema=schema())


def schema() -> bytes:
    from tests.support.members import CATALOGUE

    return CATALOGUE.schema("enforcement.deadlines.v1.DeadlineStarted") or b""


def not_granted(w: World) -> bytes:
    return w.a.tell(w.b, pb.ReceiptRecorded(envelope_id="forged"))


def not_canonical(w: World) -> bytes:
    wire = w.a.tell(w.b)
    header = wire_pb.Envelope.FromString(wire).header
    return forge(header + header[:2], w.a.seal, wire_pb.Envelope.FromString(wire).body)


def forged_receipt(w: World) -> bytes:
    return make_receipt(some_receipt(w.a, w.b), w.a.seal)


def some_receipt(issuer: Party, recipient: Party, **changes: object) -> wire_pb.Receipt:
    values: dict[str, Any] = {
        "issuer": issuer.id,
        "recipient": recipient.id,
        "env_hash": bytes(32),
        "epoch": 1,
        "seq": 1,
        "status": wire_pb.RECEIPT_STATUS_RECORDED,
        "received_us": 1,
        "event_id": bytes(16),
        "event_hash": bytes(32),
        "registry": bytes(32),
    }
    return wire_pb.Receipt(**(values | changes))


ATTACKS = {
    Code.TOO_LARGE: lambda w: w.a.tell(w.b) + bytes(400_000),
    Code.MALFORMED: lambda w: b"\xff\xff",
    Code.UNSIGNED: lambda w: again(w.a.tell(w.b), signatures=[]),
    Code.BAD_SUITE: suite_two,
    Code.UNKNOWN_KEY: alien,
    Code.WRONG_KEY_ROLE: lambda w: key_swap(w, w.a.tell(w.b)),
    Code.BAD_SIGNATURE: bad_signature,
    Code.UNSUPPORTED_VERSION: lambda w: resigned(w.a.tell(w.b), w.a, v=2),
    Code.NOT_CANONICAL: not_canonical,
    Code.SENDER_MISMATCH: lambda w: resigned(w.a.tell(w.b), w.m),
    Code.WRONG_RECIPIENT: lambda w: w.a.tell(w.c),
    Code.RECEIPT_MISMATCH: forged_receipt,
    Code.BODY_DIGEST: lambda w: one_bit(w.a.tell(w.b)),
    Code.GAP: early,
    Code.CHAIN_BROKEN: other_past,
    Code.NOT_GRANTED: not_granted,
    Code.CLOCK_SKEW: in_the_future,
    Code.BODY_OPEN: other_context,
    Code.COMMITMENT: forged_commitment,
    Code.SCHEMA_MISMATCH: other_schema,
}
ELSEWHERE = {
    Code.KEY_NOT_ACTIVE: "test_a_retired_or_compromised_key_is_not_active",
    Code.CARRIER_NOT_ALLOWED: "test_a_member_carries_for_itself_only",
    Code.RECEIPT_AGAIN: "test_a_receipt_that_comes_again_after_a_loss_accuses_nobody",
    Code.DUPLICATE: "test_a_repeat_gets_the_same_bytes_again",
    Code.ENVELOPE_EQUIVOCATION: "test_two_envelopes_for_one_place",
    Code.STALE_STREAM: "test_an_old_epoch_is_stale",
    Code.INVALID_BODY: "test_a_rule_of_the_schema_is_broken",
    Code.RECORDED: "test_an_envelope_becomes_an_event_with_its_bytes_and_a_receipt_that_names_it",
}
LATER = {Code.MARKS_MISSING}


def test_every_outcome_has_its_attack():
    assert ATTACKS.keys() | ELSEWHERE.keys() | LATER == VERDICTS.keys()
    assert all(name in globals() for name in ELSEWHERE.values())


@pytest.mark.parametrize("code", ATTACKS)
async def test_an_attack_leaves_what_its_row_says(world, code):
    row = VERDICTS[code]
    received, inbox, _ = await effects(world.desk)
    [outcome] = await world.desk.receive(ATTACKS[code](world))
    assert outcome.code is code, outcome
    after = await effects(world.desk)
    rejected = [pb.EnvelopeRejected.FromString(e.body) for e in await world.desk.events(pb.EnvelopeRejected)]
    conflicts = [pb.ChainConflict.FromString(e.body).code for e in await world.desk.events(pb.ChainConflict)]
    held = await world.desk.value("SELECT count(*) FROM exchange.held")
    assert after[0] == received, "an attack never becomes a received event"
    assert after[1] == inbox + (row.kept is Kept.REJECTION)
    assert [(r.status, r.code) for r in world.desk.receipts()] == (
        [(wire_pb.RECEIPT_STATUS_REJECTED, code.value)] if row.answer is Answer.REJECTED else []
    )
    assert [r.code for r in rejected] == ([code.value] if row.kept is Kept.REJECTION else [])
    assert conflicts == ([code.value] if row.kept is Kept.EVIDENCE else [])
    assert await world.desk.quarantined() == ({code.value: 1} if row.kept in (Kept.QUARANTINE, Kept.EVIDENCE) else {})
    assert held == (row.kept is Kept.HELD)
    assert (await world.desk.end(world.a)).seq == (row.chain is Chain.MOVES)
    assert await world.desk.stopped(world.a) == (code.value if row.chain is Chain.STOPS else None)


GOES_ON = [code for code in ATTACKS if VERDICTS[code].chain is not Chain.STOPS and VERDICTS[code].kept is not Kept.HELD]


@pytest.mark.parametrize("code", GOES_ON)
async def test_after_an_attack_the_next_good_envelope_is_taken(world, code):
    """Nothing that others send, and nothing a sender sends and is refused, keeps later envelopes out for good."""
    await world.desk.take(ATTACKS[code](world))
    world.a.link = await world.desk.end(world.a)
    assert await world.desk.take(world.a.tell(world.b)) == [Code.RECORDED]


# ── R: replays ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("times", [1, 10, 10_000])
async def test_a_repeat_gets_the_same_bytes_again(world, times):
    """R1: one ledger event, the stored receipt, counted repeats, no second signature."""
    wire = world.a.tell(world.b)
    await world.desk.take(wire)
    [first] = world.desk.answers
    await world.desk.value("UPDATE exchange.inbox SET answered_at = clock_timestamp() - interval '1 minute'")
    for start in range(0, times, 500):
        assert set(await world.desk.take(*[wire] * min(500, times - start))) == {Code.DUPLICATE}
    assert len(await world.desk.recorded()) == 1
    assert await world.desk.value("SELECT repeats FROM exchange.inbox") == times
    assert {answer.wire for answer in world.desk.answers} == {first.wire}


async def test_a_repeat_after_a_restart_gets_the_same_bytes_again(world, databases):
    """R1: after a restart of the process."""
    wires = [world.a.tell(world.b) for _ in range(3)]
    await world.desk.take(*wires)
    stored = {answer.env_id: answer.wire for answer in world.desk.answers}
    await world.desk.value("UPDATE exchange.inbox SET answered_at = clock_timestamp() - interval '1 minute'")
    async with desk(databases, world.b, world.known, dsn=world.desk.dsn) as after:
        assert await after.take(*wires) == [Code.DUPLICATE] * 3
        assert {answer.env_id: answer.wire for answer in after.answers} == stored
        assert len(await after.recorded()) == 3


async def test_repeats_are_answered_once_in_a_while(databases):
    """A flood of repeats is no amplifier: one answer per repeat_answer_seconds."""
    world = World()
    async with desk(databases, world.b, world.known, settings=ExchangeSettings()) as at:
        wire = world.a.tell(world.b)
        await at.take(wire)
        await at.value("UPDATE exchange.inbox SET answered_at = clock_timestamp()")
        await at.take(*[wire] * 50)
        assert len(at.answers) == 1


async def test_an_envelope_for_another_is_refused_by_whoever_gets_it(world):
    """R2."""
    assert await world.desk.take(world.a.tell(world.c)) == [Code.WRONG_RECIPIENT]
    assert await effects(world.desk) == (0, 0, 0)


async def new_epoch(world, end: Link, **changes: object) -> Any:
    values = {"recipient_id": world.b.id, "old_epoch": end.epoch, "last_seq": end.seq, "last_hash": end.hash}
    world.a.link = Link(end.epoch + 1, 0, end.hash)
    return world.a.tell(world.b, pb.NewEpoch(**(values | changes)))


async def test_an_old_epoch_is_stale(world):
    """R3: after a new epoch, a place of the old one that was never seen."""
    await world.desk.take(world.a.tell(world.b))
    end = await world.desk.end(world.a)
    left_over = world.a.tell(world.b)
    assert await world.desk.take(await new_epoch(world, end)) == [Code.RECORDED]
    assert await world.desk.take(left_over) == [Code.STALE_STREAM]
    assert (await world.desk.end(world.a)).epoch == 2
    [conflict] = await world.desk.events(pb.ChainConflict)
    assert pb.ChainConflict.FromString(conflict.body).end_epoch == 2


async def test_a_new_epoch_that_names_another_end_waits_for_an_operator(world):
    await world.desk.take(world.a.tell(world.b))
    end = await world.desk.end(world.a)
    wire = await new_epoch(world, end, last_seq=0, last_hash=bytes(32))
    assert await world.desk.take(wire) == [Code.ENVELOPE_EQUIVOCATION]
    follower = world.a.tell(world.b)
    assert await world.desk.take(follower) == [Code.GAP]
    assert await world.desk.value("SELECT count(*) FROM exchange.held") == 2
    await world.desk.receiver.take_up(world.a.id, accept_epoch=2)
    assert (await world.desk.end(world.a))[:2] == (2, 2)
    assert await world.desk.value("SELECT count(*) FROM exchange.held") == 0


@pytest.mark.parametrize("same", ["place", "id"])
@pytest.mark.parametrize("paged", ["apart", "together", "held"])
async def test_two_envelopes_for_one_place(world, same, paged):
    """R4: the same place or the same id, another header, validly signed: the first stays, both are evidence."""
    missing = [world.a.tell(world.b)] if paged == "held" else []
    first = world.a.tell(world.b)
    changed = {"case_ref": "another"} if same == "place" else {"seq": header_of(first).seq + 1, "prev": hash_of(first)}
    second = resigned(first, world.a, **changed)
    if paged == "together":
        codes = await world.desk.take(first, second)
    else:
        codes = await world.desk.take(first) + await world.desk.take(second)
    held_by_id = paged == "held" and same == "id"
    assert codes[1] is (Code.GAP if held_by_id else Code.ENVELOPE_EQUIVOCATION)
    await world.desk.take(*missing)
    [event] = await world.desk.events(pb.ChainConflict)
    evidence = pb.ChainConflict.FromString(event.body)
    assert evidence.code == "ENVELOPE_EQUIVOCATION"
    assert evidence.first.header == wire_pb.Envelope.FromString(first).header
    assert evidence.second.header == wire_pb.Envelope.FromString(second).header
    assert evidence.sender_id == world.a.id
    recorded = [origin_of(each).env_hash for each in await world.desk.recorded()]
    assert recorded == [hash_of(wire) for wire in (*missing, first)]
    assert await world.desk.value("SELECT count(*) FROM exchange.held") == 0


async def test_a_contradiction_is_recorded_once_however_often_it_comes(world):
    first = world.a.tell(world.b)
    second = resigned(first, world.a, case_ref="another")
    await world.desk.take(first)
    for _ in range(5):
        await world.desk.take(second, second)
    assert len(await world.desk.events(pb.ChainConflict)) == 1
    assert await world.desk.quarantined() == {"ENVELOPE_EQUIVOCATION": 10}


SQUATTED = {
    "A's id, used before A": lambda wire, own: header_of(wire).env_id,
    "a stream id of B": lambda wire, own: own.stream_id.bytes,
    "an event id of B": lambda wire, own: own.event_id.bytes,
    "time bits of 1990": lambda wire, own: bytes.fromhex("0092f0c1000070008000000000000001"),
    "time bits of 2099": lambda wire, own: bytes.fromhex("03bb2cc3d80070008000000000000001"),
}


@pytest.mark.parametrize("squat", SQUATTED.values(), ids=SQUATTED)
async def test_a_squatted_id_takes_nothing_from_anybody(world, squat):
    """R5: all are recorded, in streams that no sender chose."""
    own = await world.desk.tell(EVENT)
    wire = world.a.tell(world.b)
    squatted = squat(wire, own)
    assert await world.desk.take(world.m.tell(world.b, env_id=squatted), wire) == [Code.RECORDED] * 2
    received = await world.desk.recorded()
    assert len({event.stream_id for event in received}) == 2
    assert {squatted, own.stream_id.bytes}.isdisjoint(event.stream_id.bytes for event in received)
    assert (await world.desk.office.ledger.read_stream(own.stream_id)).events == [own]


async def test_a_receipt_counts_for_its_own_envelope_only(world):
    """R6: a receipt for X presented for Y; by somebody else; a second, different one."""
    told = [await world.desk.tell(roster(world.a.id), category="operation") for _ in range(2)]
    x, y = [out for out in await world.desk.build() if out.recipient == world.a.id]
    good = some_receipt(world.a, world.b, env_hash=hash_of(x.wire), epoch=1, seq=1)
    for wrong in (
        make_receipt(some_receipt(world.a, world.b, env_hash=hash_of(y.wire), epoch=1, seq=1), world.a.seal),
        make_receipt(some_receipt(world.c, world.b, env_hash=hash_of(x.wire), epoch=1, seq=1), world.c.seal),
    ):
        assert await world.desk.take(wrong) == [Code.RECEIPT_MISMATCH]
    assert await world.desk.take(make_receipt(good, world.a.seal)) == [Code.RECORDED]
    second = some_receipt(world.a, world.b, env_hash=hash_of(x.wire), epoch=1, seq=1, received_us=9)
    assert await world.desk.take(make_receipt(second, world.a.seal)) == [Code.RECEIPT_MISMATCH]
    [recorded] = await world.desk.events(pb.ReceiptRecorded)
    assert recorded.correlation_id == told[0].correlation_id
    assert len(await world.desk.events(pb.ChainConflict)) == 1
    assert await world.desk.value("SELECT count(*) FROM exchange.sent WHERE receipt IS NOT NULL") == 1


async def test_a_receipt_that_comes_again_after_a_loss_accuses_nobody(world):
    """The peer proved that it lost the stretch; outside of it a second receipt is a contradiction as before."""
    for _ in range(2):
        await world.desk.tell(roster(world.a.id), category="operation")
    sent = [out for out in await world.desk.build() if out.recipient == world.a.id]
    values = [{"env_hash": hash_of(out.wire), "epoch": 1, "seq": out.seq} for out in sent]
    first = [make_receipt(some_receipt(world.a, world.b, **each), world.a.seal) for each in values]
    second = [make_receipt(some_receipt(world.a, world.b, received_us=9, **each), world.a.seal) for each in values]
    assert await world.desk.take(*first) == [Code.RECORDED] * 2
    await world.desk.value("INSERT INTO exchange.rewound VALUES ($1, 1, 1, 2)", world.a.id)
    assert await world.desk.take(*second) == [Code.RECEIPT_MISMATCH, Code.RECEIPT_AGAIN]
    assert len(await world.desk.events(pb.ChainConflict)) == 1
    kept = await world.desk.rows("SELECT receipt FROM exchange.sent WHERE receipt IS NOT NULL ORDER BY seq")
    assert [row["receipt"] for row in kept] == first


# ── O: order ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def state(desk: Desk) -> list[tuple[str, bytes]]:
    return [(event.type, event.body) for event in await desk.recorded()]


def numbered(party: Party, to: Party, count: int) -> list[bytes]:
    events = [deadlines.DeadlineMet(deadline_id=str(n)) for n in range(count)]
    return [party.tell(to, event) for event in events]


@pytest.mark.parametrize("order", [[5, 3, 4, 1, 2], [5, 4, 3, 2, 1], [2, 1, 4, 3, 5], [1, 3, 5, 2, 4]])
async def test_any_order_ends_as_the_right_one(world, order):
    """O1: early ones are held and pulled for, others go on, the final state is that of an in-order run."""
    wires = numbered(world.a, world.b, 5)
    other = numbered(world.c, world.b, 2)
    for n in order:
        await world.desk.take(wires[n - 1])
    assert await world.desk.take(*other) == [Code.RECORDED] * 2
    bodies = [event.body for event in await world.desk.recorded() if origin_of(event).authority == world.a.id]
    assert bodies == [deadlines.DeadlineMet(deadline_id=str(n)).SerializeToString() for n in range(5)]
    assert await world.desk.value("SELECT count(*) FROM exchange.held") == 0
    assert await world.desk.end(world.a) == world.a.link
    assert {receipt.seq for receipt in world.desk.receipts() if receipt.recipient == world.a.id} == {1, 2, 3, 4, 5}


async def test_one_page_in_any_order_is_taken_in_order(world):
    wires = numbered(world.a, world.b, 5)
    assert await world.desk.take(*[wires[n] for n in (4, 2, 0, 3, 1)]) == [Code.RECORDED] * 5


async def test_a_gap_holds_what_follows_and_asks_for_what_is_missing(world):
    """O2: drop the seventh; the gap shows at the eighth."""
    wires = numbered(world.a, world.b, 9)
    await world.desk.take(*wires[:6])
    assert await world.desk.take(wires[7], wires[8]) == [Code.GAP] * 2
    assert world.desk.pulls == [world.a.id]
    assert await world.desk.take(wires[6], carrier=world.a.id) == [Code.RECORDED]
    assert (await world.desk.end(world.a)).seq == 9
    assert len(await world.desk.recorded()) == 9


async def test_what_was_held_is_taken_up_after_a_restart(world, databases):
    wires = numbered(world.a, world.b, 3)
    await world.desk.take(wires[2], wires[1])
    async with desk(databases, world.b, world.known, dsn=world.desk.dsn) as after:
        assert await after.take(wires[0]) == [Code.RECORDED]
        assert (await after.end(world.a)).seq == 3


async def test_held_envelopes_are_bounded_and_nothing_is_lost(databases):
    world = World()
    settings = ExchangeSettings(held_envelopes_max=3)
    async with desk(databases, world.b, world.known, settings=settings) as at:
        wires = numbered(world.a, world.b, 8)
        await at.take(*wires[1:])
        assert await at.value("SELECT count(*) FROM exchange.held") == 3
        await at.take(wires[0])
        assert (await at.end(world.a)).seq == 4
        assert await at.take(*wires) == [Code.DUPLICATE] * 4 + [Code.RECORDED] * 4


async def test_a_stopped_pair_goes_on_when_it_is_resumed(world):
    await world.desk.take(ATTACKS[Code.NOT_CANONICAL](world))
    world.a.link = Link()
    good = numbered(world.a, world.b, 2)
    assert await world.desk.take(*good) == [Code.GAP] * 2
    assert await world.desk.take(world.c.tell(world.b)) == [Code.RECORDED]
    await world.desk.value("UPDATE exchange.chain SET stopped = NULL")
    await world.desk.receiver.take_up(world.a.id)
    assert (await world.desk.end(world.a)).seq == 2


# ── F, K, P: keys and forms ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_member_carries_for_itself_only(world):
    """F2: M's certificate brings A's envelope."""
    wire = world.a.tell(world.b)
    assert await world.desk.take(wire, carrier=world.m.id) == [Code.CARRIER_NOT_ALLOWED]
    assert await world.desk.quarantined() == {"CARRIER_NOT_ALLOWED": 1}
    assert await world.desk.take(wire, carrier=world.a.id) == [Code.RECORDED]
    [event] = await world.desk.recorded()
    assert origin_of(event).carrier == f"grpc:{world.a.id}"


@pytest.mark.parametrize("by_grpc", [True, False])
async def test_who_signs_in_anothers_name_is_known_by_the_bytes_that_are_kept(world, by_grpc):
    """F1: what is kept names the claimed sender and the way it came; its signature is M's, whoever looks later."""
    carrier = world.m.id if by_grpc else None
    assert await world.desk.take(resigned(world.a.tell(world.b), world.m), carrier=carrier) == [Code.SENDER_MISMATCH]
    [kept] = await world.desk.rows("SELECT claimed, carrier, wire FROM exchange.quarantine")
    assert (kept["claimed"], kept["carrier"]) == (world.a.id, f"grpc:{world.m.id}" if by_grpc else "kafka")
    assert verify(admit(kept["wire"]), world.known, NOW).key.member == world.m.id


@pytest.mark.parametrize("changes", [{"retired": NOW - timedelta(hours=1)}, {"compromised_since": NOW}])
async def test_a_retired_or_compromised_key_is_not_active(world, changes):
    """K1: what was recorded before stays; nothing new is taken."""
    await world.desk.take(world.a.tell(world.b))
    members = [(world.a.member(), world.a.cards(**changes)), (world.b.member(), world.b.cards())]
    world.desk.office.registry = Registry.parse(render(2, members))
    assert await world.desk.take(world.a.tell(world.b)) == [Code.KEY_NOT_ACTIVE]
    assert len(await world.desk.recorded()) == 1
    assert await world.desk.quarantined() == {"KEY_NOT_ACTIVE": 1}


async def test_an_envelope_before_its_key_heals_by_repetition(world):
    """K2: the new key signs before the recipient's file has it; the same bytes are taken once it does."""
    new = Party.new(world.a.id)
    wire = new.tell(world.b)
    assert await world.desk.take(wire) == [Code.UNKNOWN_KEY]
    cards = [*world.a.cards(), *new.cards()]
    members = [(world.a.member(), cards), (world.b.member(), world.b.cards())]
    world.desk.office.registry = Registry.parse(render(2, members))
    assert await world.desk.take(wire) == [Code.RECORDED]


async def test_a_carrier_cannot_have_a_good_envelope_refused(world):
    """F8: the body is damaged on the way, then the good one comes."""
    wire = world.a.tell(world.b)
    assert await world.desk.take(one_bit(wire)) == [Code.BODY_DIGEST]
    assert world.desk.pulls == [world.a.id]
    assert await world.desk.events(pb.EnvelopeRejected) == []
    assert await world.desk.take(wire) == [Code.RECORDED]


async def test_a_rule_of_the_schema_is_broken(databases):
    from tests.support import canary

    world = World()
    catalogue = canary.catalogue()
    shown = catalogue.message("enforcement.canary.v1.Shown")
    async with desk(databases, world.b, world.known, catalogue=catalogue) as at:
        wire = world.a.tell(world.b, shown(count=100), schema=catalogue.schema("enforcement.canary.v1.Shown"))
        assert await at.take(wire) == [Code.INVALID_BODY]
        assert [receipt.code for receipt in at.receipts()] == ["INVALID_BODY"]


async def test_being_late_is_no_fault_and_being_early_is(world):
    """L5: occurred five days ago; a sender's clock an hour off either way."""
    late = world.a.tell(
        world.b,
        occurred_us=microseconds(NOW - timedelta(days=5)),
        recorded_us=microseconds(NOW - timedelta(hours=1)),
    )
    ahead = world.a.tell(world.b, recorded_us=microseconds(NOW + timedelta(hours=1)))
    assert await world.desk.take(late, ahead) == [Code.RECORDED, Code.CLOCK_SKEW]


async def test_a_type_that_is_not_accepted_moves_the_chain(databases):
    """A3."""
    world = World()
    narrow = world.a.member(accepts=("enforcement.transfer.v1.*",))
    known = Registry.parse(render(1, [(narrow, world.a.cards()), (world.b.member(), world.b.cards())]))
    async with desk(databases, world.b, known) as at:
        assert await at.take(world.a.tell(world.b), world.a.tell(world.b)) == [Code.NOT_GRANTED] * 2
        assert (await at.end(world.a)).seq == 2
        assert [receipt.status for receipt in at.receipts()] == [wire_pb.RECEIPT_STATUS_REJECTED] * 2


HOSTILE = ["'; DROP TABLE exchange.inbox; --", "%s%n", "a\r\nb", "\x1b[2J", "\u202e", "=cmd|'/c calc'!A1", "x" * 255]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_stored_as_it_is(world, text):
    """P5: bound parameters only; a case handle becomes an id, a basis is not even looked at."""
    wire = world.a.tell(world.b, case_ref=text, basis=wire_pb.Basis(purpose=text))
    assert await world.desk.take(wire) == [Code.RECORDED]
    assert header_of(await world.desk.value("SELECT wire FROM exchange.inbox")).case_ref == text


async def test_a_null_in_a_handle_is_no_way_out_of_the_database(world):
    assert await world.desk.take(world.a.tell(world.b, case_ref="a\x00b")) == [Code.RECORDED]


async def test_the_signed_header_wins_over_the_carriers_hints(world):
    """P6."""
    from services.exchange.outcomes import Record

    record = Record(world.a.tell(world.b), key=world.m.id.encode(), traceparent="nonsense")
    [outcome] = await world.desk.receiver.receive([record])
    assert outcome.code is Code.RECORDED
    assert world.desk.office.contradicted_hints == 1
    [event] = await world.desk.recorded()
    assert origin_of(event).authority == world.a.id


async def test_quarantine_keeps_digests_beyond_its_byte_budget(databases):
    world = World()
    async with desk(databases, world.b, world.known, settings=ExchangeSettings(quarantine_bytes_max=1000)) as at:
        await at.take(*[bytes([255, n]) * 200 for n in range(10)])
        rows = await at.rows("SELECT wire IS NULL AS dropped FROM exchange.quarantine")
        assert [row["dropped"] for row in rows].count(True) == 8
        assert len(rows) == 10


async def test_a_flooding_member_is_left_out_and_others_go_on(databases):
    """E1 at the pipeline: beyond its rate a signer's envelopes wait; a third member's are taken."""
    world = World()
    settings = ExchangeSettings(sender_rate_max=0.001, sender_burst_max=100)
    async with desk(databases, world.b, world.known, settings=settings) as at:
        wires = numbered(world.m, world.b, 105)
        assert len(await at.take(*wires)) == 100
        assert world.m.id in at.pulls
        assert await at.take(world.c.tell(world.b)) == [Code.RECORDED]


# ── L7: the transaction ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cut", ["locked", "inbox", "chain", "evidence", "appended", "committed"])
async def test_a_receipt_exists_if_and_only_if_its_event_does(world, databases, cut):
    """L7: the process dies between each pair of steps; afterwards the same envelope has one effect and one answer."""
    wires = numbered(world.a, world.b, 3)
    world.desk.knife.at = cut
    with pytest.raises(Cut):
        await world.desk.take(*wires)
    assert world.desk.answers == []
    async with desk(databases, world.b, world.known, dsn=world.desk.dsn) as after:
        receipts = await after.rows("SELECT event_id FROM exchange.inbox")
        events = await after.recorded()
        assert {row["event_id"] for row in receipts} == {event.event_id for event in events}
        assert len(events) == (3 if cut == "committed" else 0)
        expected = Code.DUPLICATE if cut == "committed" else Code.RECORDED
        assert await after.take(*wires) == [expected] * 3
        assert len(await after.recorded()) == 3
        stored = [receipt_of(row["receipt"]) for row in await after.rows("SELECT receipt FROM exchange.inbox")]
        now = {event.event_id for event in await after.recorded()}
        assert {UUID(bytes=receipt.event_id) for receipt in stored} == now
