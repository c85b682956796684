"""The envelope: bytes, commitments, signatures, and the pure steps of judging one.

    signed bytes   "DSSEv1" SP len(type) SP type SP len(header) SP header, type by kind (`SIGNED_TYPES`)
    env_hash       SHA-256("xc/envelope/v1" LF ‖ header): not over signatures (malleable), not over the body (erasable)
    commitment     SHA-256(0x00 ‖ lp(salt) ‖ lp(path) ‖ lp(value)); body_commit: the RFC 6962 root, of one leaf the leaf
    sealed body    HPKE base mode, info = "xc/body/v1" ‖ SHA-256(lp(env_id, sender, recipient, epoch, seq, type, schema,
                   body_commit)), epoch and seq in eight big-endian bytes; lp puts a four-byte length before each

A header's bytes travel as the signer made them. Nobody re-serialises to verify; strict form is an extra check *after*
the signature holds, so that no two parsers read different things.

    wire ──admit──▶ Outer ──verify──▶ Signed ──read_header──▶ Told ──check_body──▶ Told ──open_body──▶ Opened
                                            └─read_receipt─▶ Receipted      └─read_head──▶ Ended

Each step takes a value that only the step before can make, and raises `Fault` with the code of verdicts.py. No I/O, no
clock, no random source but the salt.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from enforcement.exchange.v1 import envelope_pb2 as pb
from google.protobuf.message import DecodeError, EncodeError, Message

from services.kernel.envelopes.keys import (
    SUITE_1,
    BoxPublic,
    KeyRing,
    KeyRole,
    SealKey,
    length_prefixed,
    pre_authentication_encoding,
    verify_signature,
)
from services.kernel.envelopes.members import FEED, Key, Registry, is_authority
from services.kernel.envelopes.verdicts import Code, Fault

__all__ = [
    "BODY_MAX",
    "HEADER_MAX",
    "WIRE_MAX",
    "ZERO_HASH",
    "Ended",
    "Link",
    "Opened",
    "Outer",
    "Receipted",
    "Signed",
    "Told",
    "admit",
    "check_address",
    "check_body",
    "check_clock",
    "check_grant",
    "commitment",
    "env_id",
    "envelope_hash",
    "make_envelope",
    "make_head",
    "make_receipt",
    "open_body",
    "read_head",
    "read_header",
    "read_receipt",
    "verify",
]

VERSION: Final = 1
HASH_SUITE: Final = 1
"""SHA-256."""
CLEAR: Final = 0
SEALED: Final = 1
HEADER_MAX: Final = 16 << 10
BODY_MAX: Final = 256 << 10
SIGNATURES_MAX: Final = 8
SIGNATURE_MAX: Final = 4 << 10
"""Room for an ML-DSA-44 signature of a later version, 2,420 bytes."""
PLACE_MAX: Final = 2**62
"""Epochs and places fit a signed 64-bit column."""
CAUSES_MAX: Final = 64
MARKS_MAX: Final = 8
WIRE_MAX: Final = HEADER_MAX + BODY_MAX + SIGNATURES_MAX * (SIGNATURE_MAX + 64) + 64
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
ID_BYTES: Final = 16
ZERO_HASH: Final = bytes(HASH_BYTES)
OWN_PACKAGE: Final = "enforcement.exchange."
NEW_EPOCH: Final = "enforcement.exchange.v1.NewEpoch"
CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far in the future a peer's ledger may have recorded an event; being late is never refused."""
SIGNED_TYPES: Final = MappingProxyType(
    {
        pb.KIND_ENVELOPE: "application/vnd.xc.header.v1+protobuf",
        pb.KIND_RECEIPT: "application/vnd.xc.receipt.v1+protobuf",
        pb.KIND_HEAD: "application/vnd.xc.head.v1+protobuf",
    }
)
"""A receipt can never pass for an envelope: the signed bytes name their kind."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 30, tzinfo=UTC)
_TYPE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,254}")
_MINT: Final = object()
M = TypeVar("M", pb.Header, pb.Receipt, pb.Head, pb.Body)


class Link(NamedTuple):
    """The end of a chain: what the next envelope is built on."""

    epoch: int = 1
    seq: int = 0
    hash: bytes = ZERO_HASH


# ── the steps' values ────────────────────────────────────────────────────────────────────────────────────────────────


def _only_by_its_step(mint: object, maker: str) -> None:
    if mint is not _MINT:
        raise TypeError(f"only {maker} makes this value")


@dataclass(frozen=True, slots=True)
class Outer:
    """Within the caps and of the outer form; nothing in it is known to be true."""

    wire: bytes = field(repr=False)
    kind: pb.Kind.ValueType
    header: bytes = field(repr=False)
    body: bytes = field(repr=False)
    signatures: tuple[tuple[int, bytes, bytes], ...] = field(repr=False)
    """(suite, key id, value)."""
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        _only_by_its_step(mint, "admit")


@dataclass(frozen=True, slots=True)
class Signed:
    """A registered seal key signed these header bytes; they have not been read."""

    outer: Outer
    key: Key
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        _only_by_its_step(mint, "verify")


@dataclass(frozen=True, slots=True)
class Told:
    """What a member told: an envelope whose header is authentic, strict and the sender's own."""

    header: pb.Header
    env_hash: bytes
    key: Key
    outer: Outer
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        _only_by_its_step(mint, "read_header")

    @property
    def link(self) -> Link:
        """The end of the chain when this envelope is its last."""
        return Link(self.header.epoch, self.header.seq, self.env_hash)


@dataclass(frozen=True, slots=True)
class Opened:
    """The disclosed event's bytes, which the header commits to."""

    told: Told
    salt: bytes = field(repr=False)
    value: bytes = field(repr=False)
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        _only_by_its_step(mint, "open_body")


@dataclass(frozen=True, slots=True)
class Receipted:
    """An authentic, strict receipt by its issuer."""

    receipt: pb.Receipt
    key: Key
    outer: Outer
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        _only_by_its_step(mint, "read_receipt")


@dataclass(frozen=True, slots=True)
class Ended:
    """An authentic, strict head: "this chain ends here", as its signer knows it."""

    head: pb.Head
    key: Key
    outer: Outer
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        _only_by_its_step(mint, "read_head")

    @property
    def link(self) -> Link:
        """The end that it states."""
        return Link(self.head.epoch, self.head.seq, self.head.env_hash)


# ── judging ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def admit(wire: bytes) -> Outer:
    """Step 1: caps before parsing, outer form, kind, 1 to 8 signatures.

    Raises:
        Fault: TOO_LARGE, MALFORMED, UNSIGNED.
    """
    if len(wire) > WIRE_MAX:
        raise Fault(Code.TOO_LARGE, f"{len(wire)} bytes, at most {WIRE_MAX}")
    try:
        outer = pb.Envelope.FromString(wire)
    except DecodeError as error:
        raise Fault(Code.MALFORMED, "not an Envelope") from error
    if len(outer.header) > HEADER_MAX or len(outer.body) > BODY_MAX or len(outer.signatures) > SIGNATURES_MAX:
        raise Fault(
            Code.TOO_LARGE, f"header {len(outer.header)}, body {len(outer.body)}, signatures {len(outer.signatures)}"
        )
    if any(len(signature.value) > SIGNATURE_MAX for signature in outer.signatures):
        raise Fault(Code.TOO_LARGE, "a signature")
    if outer.kind not in SIGNED_TYPES or not outer.header:
        raise Fault(Code.MALFORMED, f"kind {outer.kind}, header of {len(outer.header)} bytes")
    if not outer.signatures:
        raise Fault(Code.UNSIGNED)
    signatures = tuple((signature.suite, signature.key_id, signature.value) for signature in outer.signatures)
    return Outer(wire, outer.kind, outer.header, outer.body, signatures, _MINT)


def verify(outer: Outer, registry: Registry, now: datetime) -> Signed:
    """Steps 2 and 3: a key that is registered, active and of role seal, and its signature over the header bytes.

    With several signatures, those by unknown keys are ignored, one that fails under a known key refuses the whole, and
    at least one of suite 1 must hold. `now` is the wall clock.

    Raises:
        Fault: BAD_SUITE, UNKNOWN_KEY, WRONG_KEY_ROLE, KEY_NOT_ACTIVE, BAD_SIGNATURE.
    """
    holder: Key | None = None
    message = pre_authentication_encoding(SIGNED_TYPES[outer.kind], outer.header)
    for suite, identity, value in outer.signatures:
        key = registry.keys.get(identity)
        if key is None:
            continue
        if key.role is not KeyRole.SEAL:
            raise Fault(Code.WRONG_KEY_ROLE, f"{key.role} key of {key.member}")
        if suite != key.suite:
            raise Fault(Code.BAD_SUITE, f"suite {suite} for a key of suite {key.suite}")
        if not key.admitted(now):
            raise Fault(Code.KEY_NOT_ACTIVE, f"key {identity.hex()} of {key.member}")
        if not verify_signature(key.public, message, value):
            raise Fault(Code.BAD_SIGNATURE, f"key {identity.hex()} of {key.member}")
        if holder is not None and holder.member != key.member:
            raise Fault(Code.BAD_SIGNATURE, f"signed by {holder.member} and by {key.member}")
        holder = holder or key
    if holder is None:
        if all(suite != SUITE_1 for suite, _, _ in outer.signatures):
            raise Fault(Code.BAD_SUITE, f"suites {sorted({suite for suite, _, _ in outer.signatures})}")
        raise Fault(Code.UNKNOWN_KEY, ", ".join(identity[:ID_BYTES].hex() for _, identity, _ in outer.signatures))
    return Signed(outer, holder, _MINT)


def read_header(signed: Signed) -> Told:
    """Step 4 for an envelope: strict form, version, the key's member is the sender, the key was not yet retired.

    Raises:
        Fault: MALFORMED (another kind), UNSUPPORTED_VERSION, NOT_CANONICAL, SENDER_MISMATCH, KEY_NOT_ACTIVE.
    """
    _demand_kind(signed, pb.KIND_ENVELOPE)
    header = _strict(pb.Header, signed.outer.header)
    _check_header(header)
    if header.sender != signed.key.member:
        raise Fault(Code.SENDER_MISMATCH, f"signed by {signed.key.member}, sender {header.sender}")
    if not signed.key.signed_in_time(instant(header.recorded_us)):
        raise Fault(Code.KEY_NOT_ACTIVE, f"recorded after key {signed.key.id.hex()} was retired")
    return Told(header, envelope_hash(signed.outer.header), signed.key, signed.outer, _MINT)


def read_receipt(signed: Signed) -> Receipted:
    """Step 4 for a receipt.

    Raises:
        Fault: MALFORMED (another kind), UNSUPPORTED_VERSION, NOT_CANONICAL, SENDER_MISMATCH.
    """
    _demand_kind(signed, pb.KIND_RECEIPT)
    receipt = _strict(pb.Receipt, signed.outer.header)
    recorded = receipt.status == pb.RECEIPT_STATUS_RECORDED and not receipt.code
    rejected = receipt.status == pb.RECEIPT_STATUS_REJECTED and receipt.code != ""
    _demand(recorded or rejected, "status and code")
    _demand(is_authority(receipt.issuer) and is_authority(receipt.recipient), "issuer, recipient")
    _demand(len(receipt.env_hash) == HASH_BYTES and len(receipt.registry) == HASH_BYTES, "hashes")
    _demand(len(receipt.event_id) == ID_BYTES and len(receipt.event_hash) == HASH_BYTES, "event")
    _demand(1 <= receipt.epoch <= PLACE_MAX and 1 <= receipt.seq <= PLACE_MAX, "epoch, seq")
    if receipt.issuer != signed.key.member:
        raise Fault(Code.SENDER_MISMATCH, f"signed by {signed.key.member}, issuer {receipt.issuer}")
    return Receipted(receipt, signed.key, signed.outer, _MINT)


def read_head(signed: Signed) -> Ended:
    """Step 4 for a head. Either end of a chain may state where it ends, so the key's member is one of the two.

    Raises:
        Fault: MALFORMED (another kind), UNSUPPORTED_VERSION, NOT_CANONICAL, SENDER_MISMATCH, KEY_NOT_ACTIVE.
    """
    _demand_kind(signed, pb.KIND_HEAD)
    head = _strict(pb.Head, signed.outer.header)
    _demand(is_authority(head.sender) and _is_recipient(head.recipient), "sender, recipient")
    _demand(1 <= head.epoch <= PLACE_MAX and head.seq <= PLACE_MAX, "epoch, seq")
    _demand(len(head.env_hash) == HASH_BYTES, "env_hash")
    if signed.key.member not in (head.sender, head.recipient) and head.recipient != FEED:
        raise Fault(Code.SENDER_MISMATCH, f"signed by {signed.key.member}, chain {head.sender} to {head.recipient}")
    if not signed.key.signed_in_time(instant(head.at_us)):
        raise Fault(Code.KEY_NOT_ACTIVE, f"said after key {signed.key.id.hex()} was retired")
    return Ended(head, signed.key, signed.outer, _MINT)


def check_address(told: Told, me: str, carrier: str | None = None) -> None:
    """Step 5: the recipient is `me` (an authority, or FEED for a subscriber), and the carrier may bring it.

    `carrier` is the authority of the gRPC caller; None stands for Kafka, which anybody may have written to. A member
    carries what it said itself, and nothing else.

    Raises:
        Fault: WRONG_RECIPIENT, CARRIER_NOT_ALLOWED.
    """
    if told.header.recipient != me:
        raise Fault(Code.WRONG_RECIPIENT, f"addressed to {told.header.recipient}")
    if carrier is not None and carrier != told.header.sender:
        raise Fault(Code.CARRIER_NOT_ALLOWED, f"{carrier} carries for {told.header.sender}")


def check_body(told: Told) -> None:
    """Step 7: the body is the one that was sent.

    Raises:
        Fault: BODY_DIGEST. The signer is not to blame: otherwise a carrier could have a good envelope refused.
    """
    body = told.outer.body
    if len(body) != told.header.body_len or hashlib.sha256(body).digest() != told.header.body_digest:
        raise Fault(Code.BODY_DIGEST, f"{len(body)} bytes, {told.header.body_len} were sent")


def check_grant(told: Told, registry: Registry) -> None:
    """Step 8: this authority takes the type from the sender.

    No pattern grants the exchange's own events: a peer could otherwise put receipts into this ledger that nobody
    signed. Only `NewEpoch` crosses the border, from every member, because without it a chain could not begin anew.

    Raises:
        Fault: NOT_GRANTED.
    """
    member = registry.member(told.header.sender)
    if told.header.type == NEW_EPOCH and member is not None and not member.suspended:
        return
    if member is None or told.header.type.startswith(OWN_PACKAGE) or not member.grants(told.header.type):
        raise Fault(Code.NOT_GRANTED, f"{told.header.type} from {told.header.sender}")


def check_clock(told: Told, now: datetime) -> None:
    """Step 9: the sender's ledger took the event not later than `now` (wall clock) plus CLOCK_SKEW.

    Raises:
        Fault: CLOCK_SKEW.
    """
    ahead = instant(told.header.recorded_us) - now
    if ahead > CLOCK_SKEW:
        raise Fault(Code.CLOCK_SKEW, f"recorded {ahead.total_seconds():.0f} s in the future")


def open_body(told: Told, ring: KeyRing | None = None) -> Opened:
    """Step 10: open the seal in its context and check the commitment. Mailbox bodies are sealed, feeds are clear.

    Raises:
        Fault: BODY_DIGEST, BODY_OPEN, COMMITMENT.
    """
    check_body(told)
    header = told.header
    plain: bytes | None = told.outer.body
    if header.recipient != FEED:
        box = ring.box(header.box_key_id) if ring and header.body_suite == SEALED else None
        plain = box.open(told.outer.body, _body_info(header)) if box else None
    elif header.body_suite != CLEAR:
        plain = None
    if plain is None:
        raise Fault(Code.BODY_OPEN, f"body suite {header.body_suite}, box key {header.box_key_id.hex()}")
    try:
        body = _strict(pb.Body, plain)
    except Fault as fault:
        raise Fault(Code.BODY_OPEN, "what was sealed is not a Body") from fault
    if len(body.openings) != 1 or body.openings[0].path:
        raise Fault(Code.COMMITMENT, f"{len(body.openings)} openings")
    opening = body.openings[0]
    if len(opening.salt) != SALT_BYTES or commitment(opening.salt, opening.path, opening.value) != header.body_commit:
        raise Fault(Code.COMMITMENT, "the header commits to another value")
    return Opened(told, opening.salt, opening.value, _MINT)


# ── making ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def env_id(source_event: bytes, recipient: str) -> bytes:
    """Returns the id of the one envelope that tells `recipient` of this event."""
    return hashlib.sha256(b"xc/env/v1\n" + length_prefixed(source_event, recipient)).digest()[:ID_BYTES]


def envelope_hash(header: bytes) -> bytes:
    """Returns the identity of an envelope: a hash over its header bytes."""
    return hashlib.sha256(b"xc/envelope/v1\n" + header).digest()


def commitment(salt: bytes, path: str, value: bytes) -> bytes:
    """Returns the leaf that commits to one opening."""
    return hashlib.sha256(b"\x00" + length_prefixed(salt, path, value)).digest()


def make_envelope(
    header: pb.Header, value: bytes, signer: SealKey, box: BoxPublic | None, salt: bytes | None = None
) -> tuple[bytes, bytes]:
    """Commits to `value`, seals it to `box` (None for a feed), completes `header` in place and signs it.

    The caller has filled: env_id, sender, recipient, epoch, seq, prev, type, schema, case_ref, times, causes, clock,
    basis, source_event. `salt` is given by tests that need equal bytes.

    Returns:
        The envelope's wire bytes and its env_hash.

    Raises:
        Fault: TOO_LARGE, or NOT_CANONICAL when the receiver would refuse the header's form.
    """
    salt = salt or secrets.token_bytes(SALT_BYTES)
    header.v = VERSION
    header.hash_suite = HASH_SUITE
    header.body_commit = commitment(salt, "", value)
    body = pb.Body(openings=[pb.Opening(salt=salt, value=value)]).SerializeToString(deterministic=True)
    if box is None:
        header.body_suite = CLEAR
    else:
        header.body_suite = SEALED
        header.box_key_id = box.id
        body = box.seal(body, _body_info(header))
    header.body_digest = hashlib.sha256(body).digest()
    header.body_len = len(body)
    _check_header(header)
    raw = _encode(header)
    if len(raw) > HEADER_MAX or len(body) > BODY_MAX:
        raise Fault(Code.TOO_LARGE, f"header {len(raw)}, body {len(body)} bytes")
    return _sign(pb.KIND_ENVELOPE, raw, signer, body), envelope_hash(raw)


def make_receipt(receipt: pb.Receipt, signer: SealKey) -> bytes:
    """Signs a receipt and returns its wire bytes."""
    receipt.v = VERSION
    receipt.hash_suite = HASH_SUITE
    return _sign(pb.KIND_RECEIPT, _encode(receipt), signer)


def make_head(sender: str, recipient: str, end: Link, at: datetime, signer: SealKey) -> bytes:
    """Signs where a chain ends and returns the wire bytes."""
    head = pb.Head(
        v=VERSION,
        sender=sender,
        recipient=recipient,
        epoch=end.epoch,
        seq=end.seq,
        env_hash=end.hash,
        at_us=microseconds(at),
        hash_suite=HASH_SUITE,
    )
    return _sign(pb.KIND_HEAD, _encode(head), signer)


def microseconds(at: datetime) -> int:
    """Returns microseconds since 1970-01-01T00:00:00Z."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(us: int) -> datetime:
    """Returns the aware instant, or the first or last one that `datetime` can hold."""
    try:
        return _EPOCH + timedelta(microseconds=us)
    except OverflowError:
        return _LAST if us > 0 else _FIRST


# ── form ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sign(kind: pb.Kind.ValueType, header: bytes, signer: SealKey, body: bytes = b"") -> bytes:
    value = signer.sign(pre_authentication_encoding(SIGNED_TYPES[kind], header))
    return pb.Envelope(
        header=header, body=body, signatures=[pb.Signature(suite=SUITE_1, key_id=signer.id, value=value)], kind=kind
    ).SerializeToString(deterministic=True)


def _encode(message: Message) -> bytes:
    try:
        return message.SerializeToString(deterministic=True)
    except (EncodeError, ValueError) as error:
        raise Fault(Code.NOT_CANONICAL, "not encodable") from error


def _strict(cls: type[M], raw: bytes) -> M:
    """Parses bytes that one parser can read in one way only.

    Unknown fields are dropped before encoding again, so they shorten the result and are caught by the same comparison.
    """
    message = cls()
    try:
        message.ParseFromString(raw)
    except DecodeError as error:
        raise Fault(Code.NOT_CANONICAL, f"not a {cls.__name__}") from error
    if not isinstance(message, pb.Body):
        # Before strictness: a newer version has fields that this build does not know.
        if message.v > VERSION or (message.v == VERSION and message.hash_suite > HASH_SUITE):
            raise Fault(Code.UNSUPPORTED_VERSION, f"v {message.v}, hash suite {message.hash_suite}")
        _demand(message.v == VERSION and message.hash_suite == HASH_SUITE, "v, hash_suite")
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != raw:
        raise Fault(Code.NOT_CANONICAL, f"the {cls.__name__} has another form than its signer's encoder gives")
    return message


def _check_header(header: pb.Header) -> None:
    _demand(is_authority(header.sender) and _is_recipient(header.recipient), "sender, recipient")
    _demand(header.sender != header.recipient, "sender is recipient")
    _demand(1 <= header.epoch <= PLACE_MAX and 1 <= header.seq <= PLACE_MAX, "epoch, seq")
    _demand(len(header.env_id) == ID_BYTES and len(header.source_event) == ID_BYTES, "env_id, source_event")
    hashes = (header.prev, header.schema, header.body_commit, header.body_digest, *header.causes)
    _demand(all(len(digest) == HASH_BYTES for digest in hashes), "a hash is not of 32 bytes")
    _demand(len(header.causes) <= CAUSES_MAX and len(header.marks) <= MARKS_MAX, "causes, marks")
    _demand(_TYPE.fullmatch(header.type) is not None, "type")
    _demand(len(header.case_ref) <= 255, "case_ref")


def _is_recipient(name: str) -> bool:
    return name == FEED or is_authority(name)


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise Fault(Code.NOT_CANONICAL, what)


def _demand_kind(signed: Signed, kind: pb.Kind.ValueType) -> None:
    if signed.outer.kind != kind:
        raise Fault(Code.MALFORMED, f"kind {signed.outer.kind}, expected {kind}")


def _body_info(header: pb.Header) -> bytes:
    context = length_prefixed(
        header.env_id,
        header.sender,
        header.recipient,
        header.epoch.to_bytes(8, "big"),
        header.seq.to_bytes(8, "big"),
        header.type,
        header.schema,
        header.body_commit,
    )
    return b"xc/body/v1" + hashlib.sha256(context).digest()
