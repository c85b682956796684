"""Judging an envelope, step by step: each step takes a value that only the step before can make.

    wire ──admit──▶ Outer ──verify──▶ Signed ──read_header──▶ Told ──check_body──▶ Told ──open_body──▶ Opened
                                            └─read_receipt─▶ Receipted      └─read_head──▶ Ended

A step raises `Fault` with the code of verdicts.py. Nobody re-serialises to verify; strict form is an extra check
*after* the signature holds, so that no two parsers read different things.
"""

from __future__ import annotations

import hashlib
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from enforcement.exchange.v1 import envelope_pb2 as pb
from google.protobuf.message import DecodeError

from services.kernel.envelopes.codec.form import (
    BODY_MAX,
    CLEAR,
    HASH_BYTES,
    HEADER_MAX,
    ID_BYTES,
    PLACE_MAX,
    SALT_BYTES,
    SEALED,
    SIGNATURE_MAX,
    SIGNATURES_MAX,
    SIGNED_TYPES,
    WIRE_MAX,
    Link,
    body_info,
    check_header,
    commitment,
    demand,
    envelope_hash,
    instant,
    is_recipient,
    strict,
)
from services.kernel.envelopes.keys import SUITE_1, KeyRing, KeyRole, pre_authentication_encoding, verify_signature
from services.kernel.envelopes.members import FEED, Key, Registry, is_authority
from services.kernel.envelopes.verdicts import Code, Fault

__all__ = [
    "NEW_EPOCH",
    "Ended",
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
    "open_body",
    "read_head",
    "read_header",
    "read_receipt",
    "verify",
]

OWN_PACKAGE: Final = "enforcement.exchange."
NEW_EPOCH: Final = "enforcement.exchange.v1.NewEpoch"
CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far in the future a peer's ledger may have recorded an event; being late is never refused."""
_MINT: Final = object()


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
    header = strict(pb.Header, signed.outer.header)
    check_header(header)
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
    receipt = strict(pb.Receipt, signed.outer.header)
    recorded = receipt.status == pb.RECEIPT_STATUS_RECORDED and not receipt.code
    rejected = receipt.status == pb.RECEIPT_STATUS_REJECTED and receipt.code != ""
    demand(recorded or rejected, "status and code")
    demand(is_authority(receipt.issuer) and is_authority(receipt.recipient), "issuer, recipient")
    demand(len(receipt.env_hash) == HASH_BYTES and len(receipt.registry) == HASH_BYTES, "hashes")
    demand(len(receipt.event_id) == ID_BYTES and len(receipt.event_hash) == HASH_BYTES, "event")
    demand(1 <= receipt.epoch <= PLACE_MAX and 1 <= receipt.seq <= PLACE_MAX, "epoch, seq")
    if receipt.issuer != signed.key.member:
        raise Fault(Code.SENDER_MISMATCH, f"signed by {signed.key.member}, issuer {receipt.issuer}")
    return Receipted(receipt, signed.key, signed.outer, _MINT)


def read_head(signed: Signed) -> Ended:
    """Step 4 for a head. Either end of a chain may state where it ends, so the key's member is one of the two.

    Raises:
        Fault: MALFORMED (another kind), UNSUPPORTED_VERSION, NOT_CANONICAL, SENDER_MISMATCH, KEY_NOT_ACTIVE.
    """
    _demand_kind(signed, pb.KIND_HEAD)
    head = strict(pb.Head, signed.outer.header)
    demand(is_authority(head.sender) and is_recipient(head.recipient), "sender, recipient")
    demand(1 <= head.epoch <= PLACE_MAX and head.seq <= PLACE_MAX, "epoch, seq")
    demand(len(head.env_hash) == HASH_BYTES, "env_hash")
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
        plain = box.open(told.outer.body, body_info(header)) if box else None
    elif header.body_suite != CLEAR:
        plain = None
    if plain is None:
        raise Fault(Code.BODY_OPEN, f"body suite {header.body_suite}, box key {header.box_key_id.hex()}")
    try:
        body = strict(pb.Body, plain)
    except Fault as fault:
        raise Fault(Code.BODY_OPEN, "what was sealed is not a Body") from fault
    if len(body.openings) != 1 or body.openings[0].path:
        raise Fault(Code.COMMITMENT, f"{len(body.openings)} openings")
    opening = body.openings[0]
    if len(opening.salt) != SALT_BYTES or commitment(opening.salt, opening.path, opening.value) != header.body_commit:
        raise Fault(Code.COMMITMENT, "the header commits to another value")
    return Opened(told, opening.salt, opening.value, _MINT)


def _demand_kind(signed: Signed, kind: pb.Kind.ValueType) -> None:
    if signed.outer.kind != kind:
        raise Fault(Code.MALFORMED, f"kind {signed.outer.kind}, expected {kind}")
