"""One attack per code: bytes that must not be believed, and the code that says why."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from enforcement.exchange.v1 import envelope_pb2 as pb
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.envelopes.codec import (
    BODY_MAX,
    HEADER_MAX,
    WIRE_MAX,
    Opened,
    Told,
    admit,
    check_address,
    check_clock,
    check_grant,
    instant,
    make_envelope,
    make_head,
    make_receipt,
    microseconds,
    open_body,
    read_head,
    read_header,
    read_receipt,
    verify,
)
from services.kernel.envelopes.key_cards import KeyCard, render
from services.kernel.envelopes.keys import KeyRing, KeyRole, pre_authentication_encoding
from services.kernel.envelopes.members import FEED, Key, Member, Registry
from services.kernel.envelopes.verdicts import VERDICTS, Code, Fault
from tests.support.members import CATALOGUE, EVENT, NOW, Party, again, forge, hash_of, header_of, registry

A, B, C, M = (Party.new(each) for each in ("jt-510521", "ga-510521", "jcy-510521", "jt-500118"))
KNOWN = registry(A, B, C, M)


def receive(wire: bytes, me: Party = B, known: Registry = KNOWN, carrier: str | None = None) -> Opened:
    told = read_header(verify(admit(wire), known, NOW))
    check_address(told, me.id, carrier)
    opened = open_body(told, me.ring)
    check_grant(told, known)
    check_clock(told, NOW)
    CATALOGUE.check(told.header.type, told.header.schema, opened.value)
    return opened


def outcome(wire: bytes) -> Code | bytes:
    try:
        return receive(wire).told.env_hash
    except Fault as fault:
        return fault.code


def code_of(attempt: Callable[[], object]) -> Code:
    with pytest.raises(Fault) as caught:
        attempt()
    return caught.value.code


def test_what_was_told_is_what_is_opened():
    opened = receive(A.tell(B))
    assert opened.value == EVENT.SerializeToString(deterministic=True)
    assert (opened.told.header.sender, opened.told.header.recipient) == (A.id, B.id)


def test_a_feed_is_clear_and_bound_to_its_header():
    told = read_header(verify(admit(A.feed()), KNOWN, NOW))
    check_address(told, FEED)
    assert open_body(told).value == EVENT.SerializeToString(deterministic=True)


def test_only_a_step_makes_its_value():
    opened = receive(A.tell(B))
    with pytest.raises(TypeError, match="read_header"):
        Told(opened.told.header, opened.told.env_hash, opened.told.key, opened.told.outer)


def resigned(wire: bytes, signer: Party = A, **changes: object) -> bytes:
    header = header_of(wire)
    for name, value in changes.items():
        setattr(header, name, value)
    outer = pb.Envelope.FromString(wire)
    return forge(header.SerializeToString(deterministic=True), signer.seal, outer.body)


def strip(wire: bytes) -> bytes:
    return again(wire, signatures=[])


def test_a_header_may_have_as_many_marks_and_causes_as_the_form_allows():
    wire = padded(A.tell(B), marks=[pb.Mark()] * 8, causes=[bytes(32)] * 64)
    told = read_header(verify(admit(wire), KNOWN, NOW))
    assert (len(told.header.marks), len(told.header.causes)) == (8, 64)


def signature_of(wire: bytes) -> pb.Signature:
    return pb.Envelope.FromString(wire).signatures[0]


def flipped(raw: bytes, at: int = 0) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def box_signature(wire: bytes) -> bytes:
    signature = signature_of(wire)
    signature.key_id = A.ring.boxes[0].id
    return again(wire, signatures=[signature])


def padded(wire: bytes, **more: Iterable[object]) -> bytes:
    """The header with more marks or causes than it had, signed by its sender."""
    header = header_of(wire)
    for name, values in more.items():
        getattr(header, name).extend(values)
    outer = pb.Envelope.FromString(wire)
    return forge(header.SerializeToString(deterministic=True), A.seal, outer.body)


def with_key_id_of(wire: bytes, party: Party) -> bytes:
    signature = signature_of(wire)
    signature.key_id = party.seal.id
    return again(wire, signatures=[signature])


def suite(number: int, key_id: bytes | None = None) -> Callable[[bytes], bytes]:
    def change(wire: bytes) -> bytes:
        signature = signature_of(wire)
        signature.suite = number
        if key_id:
            signature.key_id = key_id
        return again(wire, signatures=[signature])

    return change


def malleated(wire: bytes) -> bytes:
    """S + L: the same point equation, which a careless verifier takes for a second valid signature."""
    order = 2**252 + 27742317777372353535851937790883648493
    signature = signature_of(wire)
    s = int.from_bytes(signature.value[32:], "little") + order
    signature.value = signature.value[:32] + s.to_bytes(32, "little")
    return again(wire, signatures=[signature])


def one_bad(wire: bytes) -> bytes:
    good, bad = signature_of(wire), signature_of(wire)
    bad.value = flipped(bad.value)
    return again(wire, signatures=[good, bad])


CARRIED: list[tuple[str, Callable[[bytes], bytes], Code]] = [
    ("a wire beyond every cap", lambda wire: wire + bytes(WIRE_MAX), Code.TOO_LARGE),
    ("a header of 17 KiB", lambda wire: again(wire, header=bytes(HEADER_MAX + 1)), Code.TOO_LARGE),
    ("a body of 257 KiB", lambda wire: again(wire, body=bytes(BODY_MAX + 1)), Code.TOO_LARGE),
    ("a million marks", lambda wire: padded(wire, marks=[pb.Mark()] * 10**6), Code.TOO_LARGE),
    ("nine signatures", lambda wire: again(wire, signatures=[signature_of(wire)] * 9), Code.TOO_LARGE),
    ("bytes that are no envelope", lambda wire: b"\xff" + wire, Code.MALFORMED),
    ("a kind of nobody's", lambda wire: again(wire, kind=9), Code.MALFORMED),
    ("an empty header", lambda wire: again(wire, header=b""), Code.MALFORMED),
    ("stripped signatures", strip, Code.UNSIGNED),
    ("SM2 said of an Ed25519 key", suite(2), Code.BAD_SUITE),
    ("an unknown suite by an unknown key", suite(77, bytes(16)), Code.BAD_SUITE),
    ("an unknown key", suite(1, bytes(16)), Code.UNKNOWN_KEY),
    ("a box key as seal", box_signature, Code.WRONG_KEY_ROLE),
    ("A's key id over M's signature", lambda wire: with_key_id_of(resigned(wire, M), A), Code.BAD_SIGNATURE),
    ("one header bit", lambda wire: again(wire, header=flipped(header_bytes(wire), 20)), Code.BAD_SIGNATURE),
    ("an envelope as receipt", lambda wire: again(wire, kind=pb.KIND_RECEIPT), Code.BAD_SIGNATURE),
    ("S + L", malleated, Code.BAD_SIGNATURE),
    ("one good and one bad known signature", one_bad, Code.BAD_SIGNATURE),
    ("M signs in A's name", lambda wire: resigned(wire, M), Code.SENDER_MISMATCH),
    ("addressed to C", lambda wire: resigned(wire, recipient=C.id), Code.WRONG_RECIPIENT),
    ("a newer format", lambda wire: resigned(wire, v=2), Code.UNSUPPORTED_VERSION),
    ("a newer hash suite", lambda wire: resigned(wire, hash_suite=2), Code.UNSUPPORTED_VERSION),
    ("no format version", lambda wire: resigned(wire, v=0), Code.NOT_CANONICAL),
    ("seq zero", lambda wire: resigned(wire, seq=0), Code.NOT_CANONICAL),
    ("nine marks", lambda wire: padded(wire, marks=[pb.Mark()] * 9), Code.NOT_CANONICAL),
    ("65 causes", lambda wire: padded(wire, causes=[bytes(32)] * 65), Code.NOT_CANONICAL),
    ("a short prev", lambda wire: resigned(wire, prev=b"short"), Code.NOT_CANONICAL),
    ("a sender that is no authority", lambda wire: resigned(wire, sender="../../etc"), Code.NOT_CANONICAL),
    ("the body stripped", lambda wire: again(wire, body=b""), Code.BODY_DIGEST),
    ("one body bit", lambda wire: again(wire, body=flipped(body_bytes(wire), 40)), Code.BODY_DIGEST),
    ("another seq than it was sealed for", lambda wire: resigned(wire, seq=header_of(wire).seq + 1), Code.BODY_OPEN),
    ("a clear mailbox body", lambda wire: resigned(wire, body_suite=0), Code.BODY_OPEN),
    ("a box key that is gone", lambda wire: resigned(wire, box_key_id=bytes(16)), Code.BODY_OPEN),
    (
        "recorded six minutes in the future",
        lambda wire: resigned(wire, recorded_us=microseconds(NOW + timedelta(minutes=6))),
        Code.CLOCK_SKEW,
    ),
]


def header_bytes(wire: bytes) -> bytes:
    return pb.Envelope.FromString(wire).header


def body_bytes(wire: bytes) -> bytes:
    return pb.Envelope.FromString(wire).body


@pytest.mark.parametrize(("attack", "code"), [row[1:] for row in CARRIED], ids=[row[0] for row in CARRIED])
def test_an_attack_has_its_code(attack, code):
    assert code_of(lambda: receive(attack(A.tell(B)))) is code


# P2: equal messages from different bytes, every one signed by a valid key.
NON_CANONICAL = {
    "a field twice": lambda raw: raw + raw[:2],
    "an unknown field": lambda raw: raw + b"\xf8\x07\x01",
    "a long varint": lambda raw: raw[:1] + bytes([raw[1] | 0x80, 0]) + raw[2:],
    "another order": lambda raw: raw[2:] + raw[:2],
    "a hidden first value": lambda raw: b"\x08\x02" + raw,
    "bytes that do not parse": lambda raw: raw + b"\xff",
    "text that is not UTF-8": lambda raw: raw.replace(A.id.encode(), b"\xff" * len(A.id)),
}


@pytest.mark.parametrize("change", NON_CANONICAL.values(), ids=NON_CANONICAL)
def test_signed_bytes_have_one_form(change):
    wire = A.tell(B)
    altered = forge(change(header_bytes(wire)), A.seal, body_bytes(wire))
    assert code_of(lambda: receive(altered)) is Code.NOT_CANONICAL


def test_a_transplanted_body_does_not_open_in_another_context():
    """C1: the ciphertext of another envelope, then with the digest forged too."""
    one, other = A.tell(B), A.tell(B)
    assert code_of(lambda: receive(again(one, body=body_bytes(other)))) is Code.BODY_DIGEST
    stolen = body_bytes(other)
    forged = resigned(one, body_digest=hashlib.sha256(stolen).digest(), body_len=len(stolen))
    assert code_of(lambda: receive(again(forged, body=stolen))) is Code.BODY_OPEN


@pytest.mark.parametrize("changed", ["salt", "value", "path"])
def test_a_value_that_the_header_does_not_commit_to_is_refused(changed):
    wire = A.feed()
    body = pb.Body.FromString(body_bytes(wire))
    setattr(body.openings[0], changed, {"salt": bytes(16), "value": b"other", "path": "x"}[changed])
    raw = body.SerializeToString(deterministic=True)
    forged = again(resigned(wire, body_digest=hashlib.sha256(raw).digest(), body_len=len(raw)), body=raw)
    told = read_header(verify(admit(forged), KNOWN, NOW))
    assert code_of(lambda: open_body(told)) is Code.COMMITMENT


def test_a_carrier_brings_its_own_envelopes_only():
    wire = A.tell(B)
    assert code_of(lambda: receive(wire, carrier=M.id)) is Code.CARRIER_NOT_ALLOWED
    assert receive(wire, carrier=A.id)


def test_the_default_is_to_take_nothing():
    file = render(1, [(party.member(accepts=()), party.cards()) for party in (A, B)])
    assert code_of(lambda: receive(A.tell(B), known=Registry.parse(file))) is Code.NOT_GRANTED


def test_a_grant_names_types_by_pattern():
    member = Member("jt-510521", "", "", accepts=("enforcement.transfer.v1.*", "enforcement.cases.v1.CaseFiled"))
    taken = [member.grants(name) for name in ("enforcement.transfer.v1.X", "enforcement.cases.v1.CaseFiled")]
    refused = [member.grants(name) for name in ("enforcement.transfer.v1", "enforcement.cases.v1.CaseFiledX", "")]
    assert all(taken)
    assert not any(refused)


def test_a_body_of_another_schema_is_told_from_an_invalid_one():
    schema = CATALOGUE.schema("enforcement.deadlines.v1.DeadlineStarted") or b""
    with pytest.raises(Fault, match="SCHEMA_MISMATCH"):
        CATALOGUE.check("enforcement.deadlines.v1.DeadlineStarted", schema, b"\xff\xff")
    with pytest.raises(Fault, match="SCHEMA_MISMATCH"):
        CATALOGUE.check("enforcement.deadlines.v1.DeadlineStarted", schema, b"\xaa\x06\x01x")
    assert CATALOGUE.check("enforcement.deadlines.v1.DeadlineStarted", bytes(32), b"\xff") is None
    assert CATALOGUE.check("enforcement.nobody.v1.Nothing", bytes(32), b"\xff") is None


# ── keys by time ─────────────────────────────────────────────────────────────────────────────────────────────────────


def known_with(**changes: object) -> Registry:
    return Registry.parse(render(1, [(A.member(), A.cards(**changes)), (B.member(), B.cards())]))


def test_a_key_signs_nothing_after_it_was_retired():
    """K1: an envelope that was recorded before the retirement is still taken, whenever it arrives."""
    retired = NOW - timedelta(hours=1)
    wire = A.tell(B)
    assert code_of(lambda: receive(wire, known=known_with(retired=retired))) is Code.KEY_NOT_ACTIVE
    early = A.tell(B, recorded_us=microseconds(retired - timedelta(seconds=1)))
    assert receive(early, known=known_with(retired=retired))


def test_nothing_by_a_compromised_key_is_newly_taken():
    wire = A.tell(B, recorded_us=microseconds(NOW - timedelta(days=5)))
    known = known_with(compromised_since=NOW - timedelta(days=1))
    assert code_of(lambda: receive(wire, known=known)) is Code.KEY_NOT_ACTIVE


def test_a_key_is_not_used_before_its_time():
    known = known_with(not_before=NOW + timedelta(minutes=6))
    assert code_of(lambda: receive(A.tell(B), known=known)) is Code.KEY_NOT_ACTIVE


def test_being_late_is_never_refused():
    """L5: recorded and occurred five days ago."""
    assert receive(A.tell(B, recorded_us=microseconds(NOW - timedelta(days=5))))


def test_a_tls_key_seals_nothing():
    """F3: A's certificate key is registered, and whoever has it really signed the header with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    card = KeyCard(KeyRole.TLS, public, b"", b"", NOW - timedelta(days=1))
    known = Registry.parse(render(1, [(A.member(), [*A.cards(), card]), (B.member(), B.cards())]))
    (tls,) = [identity for identity, known_key in known.keys.items() if known_key.role is KeyRole.TLS]
    outer = pb.Envelope.FromString(A.tell(B))
    signed = pre_authentication_encoding("application/vnd.xc.header.v1+protobuf", outer.header)
    value = key.sign(signed, ec.ECDSA(hashes.SHA256()))
    wire = forge(outer.header, A.seal, outer.body, key_id=tls, value=value)
    assert code_of(lambda: receive(wire, known=known)) is Code.WRONG_KEY_ROLE


# ── receipts and heads ───────────────────────────────────────────────────────────────────────────────────────────────


def receipt(**changes: object) -> pb.Receipt:
    values: dict[str, Any] = {
        "issuer": B.id,
        "recipient": A.id,
        "env_hash": bytes(32),
        "epoch": 1,
        "seq": 1,
        "status": pb.RECEIPT_STATUS_RECORDED,
        "received_us": 1,
        "event_id": bytes(16),
        "event_hash": bytes(32),
        "registry": KNOWN.digest,
    }
    return pb.Receipt(**(values | changes))


def test_a_receipt_is_its_issuers():
    read = read_receipt(verify(admit(make_receipt(receipt(), B.seal)), KNOWN, NOW))
    assert read.receipt.issuer == B.id
    forged = verify(admit(make_receipt(receipt(), M.seal)), KNOWN, NOW)
    assert code_of(lambda: read_receipt(forged)) is Code.SENDER_MISMATCH


@pytest.mark.parametrize(
    "changes",
    [{"code": "NOT_GRANTED"}, {"status": pb.RECEIPT_STATUS_REJECTED}, {"status": 0}, {"event_id": b""}, {"seq": 0}],
)
def test_a_receipt_says_one_thing(changes):
    signed = verify(admit(make_receipt(receipt(**changes), B.seal)), KNOWN, NOW)
    assert code_of(lambda: read_receipt(signed)) is Code.NOT_CANONICAL


def test_a_receipt_never_passes_for_an_envelope():
    """R6: the signed bytes name their kind."""
    wire = make_receipt(receipt(), B.seal)
    assert code_of(lambda: verify(admit(again(wire, kind=pb.KIND_ENVELOPE)), KNOWN, NOW)) is Code.BAD_SIGNATURE
    assert code_of(lambda: read_header(verify(admit(wire), KNOWN, NOW))) is Code.MALFORMED


def test_a_head_is_said_by_an_end_of_its_chain():
    end = A.link
    assert read_head(verify(admit(make_head(A.id, B.id, end, NOW, B.seal)), KNOWN, NOW)).link == end
    forged = verify(admit(make_head(A.id, B.id, end, NOW, M.seal)), KNOWN, NOW)
    assert code_of(lambda: read_head(forged)) is Code.SENDER_MISMATCH


# ── making ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_sender_refuses_what_a_receiver_would():
    assert code_of(lambda: A.tell(B, prev=b"short")) is Code.NOT_CANONICAL
    header = A.header(B)
    box = KNOWN.members[B.id].box(NOW)
    assert code_of(lambda: make_envelope(header, bytes(BODY_MAX), A.seal, box)) is Code.TOO_LARGE


def test_equal_values_have_unlinkable_commitments():
    """C3: without the salt, who knows the value's form finds it; with the salt there is nothing to compare with."""
    commits = {header_of(A.feed()).body_commit for _ in range(8)}
    assert len(commits) == 8


def test_golden_bytes_still_verify():
    """A pinned envelope: bytes, hash and opening must stay what the first release made of them."""
    ring = KeyRing("jt-510521", (A.seal.from_seed("jt-510521", bytes(range(32))),), A.ring.boxes)
    header = Party("jt-510521", ring).header(FEED, schema=bytes(32))
    wire, digest = make_envelope(header, b"value", ring.seals[0], None, salt=bytes(16))
    assert digest == hash_of(wire)
    assert digest.hex() == "953f8177fd32995f2d860276ada8815e2be09d26904428db63805fbbefef7ac1"
    assert hashlib.sha256(wire).hexdigest() == "c013c7e1276a9a304f667a8f25eee32fdb3518c55c615356ba240e35cbc3aefc"


def test_instants_beyond_the_calendar_are_its_ends():
    assert instant(2**62) > NOW > instant(-(2**62))


# ── P1: anything ─────────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=400)
@given(st.binary(max_size=400))
def test_any_bytes_have_one_defined_code(raw):
    with pytest.raises(Fault) as caught:
        receive(raw)
    assert caught.value.code in VERDICTS


WIRE = A.tell(B)
FEED_WIRE = A.feed()


@settings(max_examples=800)
@given(st.integers(0, len(WIRE) - 1), st.integers(1, 255), st.sampled_from(["flip", "cut", "insert", "double"]))
def test_any_altered_byte_is_refused_or_without_effect(at, value, how):
    altered = {
        "flip": WIRE[:at] + bytes([WIRE[at] ^ value]) + WIRE[at + 1 :],
        "cut": WIRE[:at],
        "insert": WIRE[:at] + bytes([value]) + WIRE[at:],
        "double": WIRE[:at] + WIRE[at : at + value] + WIRE[at:],
    }[how]
    assert outcome(altered) in {*VERDICTS, hash_of(WIRE)}


@settings(max_examples=600)
@given(st.binary(min_size=1, max_size=300), st.sampled_from([pb.KIND_ENVELOPE, pb.KIND_RECEIPT, pb.KIND_HEAD]))
def test_any_signed_header_has_one_defined_code(header, kind):
    media = {pb.KIND_ENVELOPE: "header", pb.KIND_RECEIPT: "receipt", pb.KIND_HEAD: "head"}[kind]
    read = {pb.KIND_ENVELOPE: read_header, pb.KIND_RECEIPT: read_receipt, pb.KIND_HEAD: read_head}[kind]
    signed = verify(admit(forge(header, A.seal, kind=kind, media=media)), KNOWN, NOW)
    with pytest.raises(Fault) as caught:
        read(signed)
    assert caught.value.code in VERDICTS


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_signed_body_has_one_defined_code(raw):
    wire = again(resigned(FEED_WIRE, body_digest=hashlib.sha256(raw).digest(), body_len=len(raw)), body=raw)
    told = read_header(verify(admit(wire), KNOWN, NOW))
    assert code_of(lambda: open_body(told)) in {Code.BODY_OPEN, Code.COMMITMENT}


@pytest.mark.parametrize("depth", [98, 120, 10_000])
def test_nesting_is_bounded(depth):
    """P1: groups within groups, lengths that lie."""
    nested = b"\x0b" * depth + b"\x0c" * depth
    assert code_of(lambda: receive(nested)) in {Code.MALFORMED, Code.UNSIGNED}


def test_a_weak_key_in_the_registry_object_still_verifies_nothing():
    """F4: libsodium refuses small-order keys also where a registry was not parsed but made."""
    identity = bytes([1]) + bytes(31)
    wire = forge(b"\x08\x01", A.seal, key_id=bytes(16), value=identity + bytes(32))
    weak = Key(bytes(16), A.id, next(iter(KNOWN.keys.values())).role, 1, identity, NOW - timedelta(days=1))
    known = Registry(1, bytes(32), b"", KNOWN.members, {bytes(16): weak})
    assert code_of(lambda: verify(admit(wire), known, NOW)) is Code.BAD_SIGNATURE
