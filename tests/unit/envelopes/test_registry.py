"""Whose keys count: the registry file, and keys that prove nothing."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.envelopes.key_cards import KeyCard, render
from services.kernel.envelopes.keys import KeyFault, KeyFileFault, KeyRing, KeyRole, check_public, key_id
from services.kernel.envelopes.members import Registry, RegistryFault, is_authority
from tests.support.members import NONCE, NOW, Party, registry_file

A, B = Party.new("jt-510521"), Party.new("ga-510521")
P = 2**255 - 19

# The eight points of small order of Ed25519 in their canonical encodings, and what else must not count as a key.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
NON_CANONICAL = [
    (P + 1).to_bytes(32, "little").hex(),
    (2**255 - 1).to_bytes(32, "little").hex(),
    "01" + "00" * 30 + "80",
]


def mixed_order() -> str:
    """A full-order point plus one of order eight: on the curve, outside the prime-order group."""
    import nacl.bindings as nacl

    return nacl.crypto_core_ed25519_add(A.seal.public, bytes.fromhex(SMALL_ORDER[4])).hex()


def fault(file: bytes) -> str:
    with pytest.raises(RegistryFault) as caught:
        Registry.parse(file)
    return caught.value.code


@pytest.mark.parametrize("point", [*SMALL_ORDER, *NON_CANONICAL, pytest.param(mixed_order(), id="mixed order")])
def test_a_weak_seal_key_is_refused(point):
    """F4: under such a key one signature fits every message, so its owner could disown them all."""
    with pytest.raises(KeyFault) as caught:
        check_public(KeyRole.SEAL, 1, bytes.fromhex(point))
    assert caught.value.code == "WEAK_KEY"
    card = KeyCard(KeyRole.SEAL, bytes.fromhex(point), NONCE, bytes(64), NOW)
    assert fault(render(1, [(A.member(), [card])])) == "WEAK_KEY"


@pytest.mark.parametrize("u", [0, 1, P - 1, P, P + 1, 2**255 - 1])
def test_a_weak_box_key_is_refused(u):
    with pytest.raises(KeyFault) as caught:
        check_public(KeyRole.BOX, 1, u.to_bytes(32, "little"))
    assert caught.value.code == "WEAK_KEY"


def test_a_tls_key_is_a_point_of_p256():
    with pytest.raises(KeyFault, match="BAD_KEY"):
        check_public(KeyRole.TLS, 1, b"\x04" + bytes(64))


def test_a_key_needs_proof_that_its_member_holds_it():
    """F4: without proof, with another member's proof, with the proof of another ceremony."""
    seal, box = A.cards()
    bare = KeyCard(seal.role, seal.public, NONCE, bytes(64), NOW)
    replayed = KeyCard(seal.role, seal.public, secrets.token_bytes(16), seal.proof, NOW)
    assert fault(render(1, [(A.member(), [bare, box])])) == "NO_POSSESSION"
    assert fault(render(1, [(A.member(), [replayed, box])])) == "NO_POSSESSION"
    assert fault(render(1, [(B.member(), [seal])])) == "NO_POSSESSION"
    assert fault(render(1, [(A.member(), [box])])) == "NO_POSSESSION"


def test_a_key_has_one_owner_and_one_place():
    seal, box = A.cards()
    assert fault(render(1, [(A.member(), [seal, seal, box])])) == "DUPLICATE_KEY"


def test_a_copied_box_key_is_refused_even_with_a_fresh_proof():
    from services.kernel.envelopes.keys import proof_of_possession

    stolen = A.ring.boxes[0].public
    proof = proof_of_possession(B.seal, B.id, KeyRole.BOX, stolen, NONCE)
    copied = KeyCard(KeyRole.BOX, stolen, NONCE, proof, NOW)
    assert fault(render(1, [(A.member(), A.cards()), (B.member(), [B.cards()[0], copied])])) == "DUPLICATE_KEY"


def test_what_is_written_is_read_back():
    member = A.member(name='"泸县\\', grpc="localhost:1", groups=("transport_sc",), subscribes=True, suspended=True)
    cards = A.cards(retired=NOW + timedelta(days=30), compromised_since=NOW + timedelta(days=60))
    parsed = Registry.parse(render(7, [(member, cards)]))
    read = parsed.members[A.id]
    assert parsed.version == 7
    assert (read.name, read.grpc, read.groups) == (member.name, member.grpc, member.groups)
    assert (read.subscribes, read.suspended, read.accepts) == (True, True, member.accepts)
    assert [(key.public, key.retired, key.compromised_since) for key in read.keys] == [
        (card.public, card.retired, card.compromised_since) for card in cards
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("version = 1", "version = "), "NOT_TOML"),
        (lambda text: text.replace("version = 1", "version = 0"), "BAD_FORM"),
        (lambda text: text.replace("version = 1", ""), "BAD_FORM"),
        (lambda text: text.replace("accepts", "acepts"), "BAD_FORM"),
        (lambda text: text.replace("suite = 1", "suite = 2"), "BAD_SUITE"),
        (lambda text: text.replace('role = "box"', 'role = "root"'), "BAD_FORM"),
        (lambda text: text.replace("+00:00", ""), "BAD_FORM"),
        (lambda text: text.replace("subscribes = false", 'subscribes = "no"'), "BAD_FORM"),
        (lambda text: text.replace(A.id, "feed"), "BAD_FORM"),
        (lambda text: text.replace(A.id, "../x"), "BAD_FORM"),
        (lambda text: text + text.replace("version = 1", ""), "DUPLICATE_MEMBER"),
        (lambda text: text + "#" * (1 << 20), "BAD_FORM"),
    ],
)
def test_a_file_with_a_mistake_is_refused_whole(change, code):
    assert fault(change(registry_file(A).decode()).encode()) == code


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_file_is_a_registry_or_a_fault(raw):
    """P1: TOML."""
    with pytest.raises(RegistryFault):
        Registry.parse(raw)


@pytest.mark.parametrize("text", ["x = " + "[" * 10_000, "version = 9999-99-99T99:99:99Z", "version = 1e400"])
def test_a_hostile_file_is_a_fault(text):
    assert fault(text.encode()) in {"NOT_TOML", "BAD_FORM"}


def test_the_digest_names_exactly_these_bytes():
    file = registry_file(A)
    assert Registry.parse(file).digest != Registry.parse(file + b"\n").digest


def test_a_key_id_depends_on_owner_role_and_key():
    identities = {
        key_id(owner, role, 1, public)
        for owner in (A.id, B.id)
        for role in KeyRole
        for public in (A.seal.public, B.seal.public)
    }
    assert len(identities) == 12


def test_the_newest_box_key_in_use_is_sealed_to():
    """K2: a new key from its day on, the old one until then, none when all are retired."""
    other = Party(A.id, KeyRing(A.id, A.ring.seals, KeyRing.generate(A.id).boxes))
    later = NOW + timedelta(days=1)
    cards = [*A.cards(), other.cards(not_before=later)[1]]
    member = Registry.parse(render(1, [(A.member(), cards)])).members[A.id]
    in_use = [member.box(day) for day in (NOW, later)]
    assert [box.id for box in in_use if box] == [A.ring.boxes[0].id, other.ring.boxes[0].id]
    assert member.box(datetime(2020, 1, 1, tzinfo=UTC)) is None


def test_the_ring_signs_with_its_newest_key_in_the_file():
    new = KeyRing.generate(A.id)
    ring = KeyRing(A.id, (new.seals[0], A.seal), A.ring.boxes)
    assert Registry.parse(registry_file(A)).signer(ring, NOW) is A.seal
    both = Registry.parse(render(2, [(A.member(), [*A.cards(), *Party(A.id, new).cards()])]))
    assert both.signer(ring, NOW) is new.seals[0]
    assert both.signer(ring, NOW - timedelta(days=9)) is None


def test_keys_come_back_from_their_files(tmp_path: Path):
    A.ring.save(tmp_path, "2026-11")
    loaded = KeyRing.load(tmp_path, A.id)
    assert (loaded.seals[0].id, loaded.boxes[0].id) == (A.seal.id, A.ring.boxes[0].id)
    (tmp_path / "seal-2026-11.pem").chmod(0o604)
    with pytest.raises(KeyFileFault, match="readable by everybody"):
        KeyRing.load(tmp_path, A.id)


@pytest.mark.parametrize(("name", "good"), [("jt-510521", True), ("feed", False), ("JT", False), ("a" * 41, False)])
def test_an_authority_id_has_one_form(name, good):
    assert is_authority(name) is good
