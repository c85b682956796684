"""The form of an envelope: limits, hashes, the chain's link, and the one encoding of a header that is accepted.

    env_hash       SHA-256("xc/envelope/v1" LF ‖ header): not over signatures (malleable), not over the body (erasable)
    commitment     SHA-256(0x00 ‖ lp(salt) ‖ lp(path) ‖ lp(value)); body_commit: the RFC 6962 root, of one leaf the leaf
    sealed body    HPKE base mode, info = "xc/body/v1" ‖ SHA-256(lp(env_id, sender, recipient, epoch, seq, type, schema,
                   body_commit)), epoch and seq in eight big-endian bytes; lp puts a four-byte length before each

Whoever makes an envelope and whoever judges one use the same checks, so that nobody signs what others refuse.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from enforcement.exchange.v1 import envelope_pb2 as pb
from google.protobuf.message import DecodeError, EncodeError, Message

from services.kernel.envelopes.keys import length_prefixed
from services.kernel.envelopes.members import FEED, is_authority
from services.kernel.envelopes.verdicts import Code, Fault

__all__ = [
    "BODY_MAX",
    "CLEAR",
    "HASH_BYTES",
    "HASH_SUITE",
    "HEADER_MAX",
    "ID_BYTES",
    "PLACE_MAX",
    "SALT_BYTES",
    "SEALED",
    "SIGNATURES_MAX",
    "SIGNATURE_MAX",
    "SIGNED_TYPES",
    "VERSION",
    "WIRE_MAX",
    "ZERO_HASH",
    "Link",
    "body_info",
    "check_header",
    "commitment",
    "demand",
    "encode",
    "envelope_hash",
    "instant",
    "is_recipient",
    "microseconds",
    "strict",
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
M = TypeVar("M", pb.Header, pb.Receipt, pb.Head, pb.Body)


class Link(NamedTuple):
    """The end of a chain: what the next envelope is built on."""

    epoch: int = 1
    seq: int = 0
    hash: bytes = ZERO_HASH


def envelope_hash(header: bytes) -> bytes:
    """Returns the identity of an envelope: a hash over its header bytes."""
    return hashlib.sha256(b"xc/envelope/v1\n" + header).digest()


def commitment(salt: bytes, path: str, value: bytes) -> bytes:
    """Returns the leaf that commits to one opening."""
    return hashlib.sha256(b"\x00" + length_prefixed(salt, path, value)).digest()


def microseconds(at: datetime) -> int:
    """Returns microseconds since 1970-01-01T00:00:00Z."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(us: int) -> datetime:
    """Returns the aware instant, or the first or last one that `datetime` can hold."""
    try:
        return _EPOCH + timedelta(microseconds=us)
    except OverflowError:
        return _LAST if us > 0 else _FIRST


def encode(message: Message) -> bytes:
    """Returns the only bytes of a message that `strict` takes.

    Raises:
        Fault: NOT_CANONICAL: a text that is not UTF-8.
    """
    try:
        return message.SerializeToString(deterministic=True)
    except (EncodeError, ValueError) as error:
        raise Fault(Code.NOT_CANONICAL, "not encodable") from error


def strict(cls: type[M], raw: bytes) -> M:
    """Parses bytes that one parser can read in one way only.

    Unknown fields are dropped before encoding again, so they shorten the result and are caught by the same comparison.

    Raises:
        Fault: NOT_CANONICAL, UNSUPPORTED_VERSION.
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
        demand(message.v == VERSION and message.hash_suite == HASH_SUITE, "v, hash_suite")
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != raw:
        raise Fault(Code.NOT_CANONICAL, f"the {cls.__name__} has another form than its signer's encoder gives")
    return message


def check_header(header: pb.Header) -> None:
    """Demands the lengths, counts and names that a header of this version has.

    Raises:
        Fault: NOT_CANONICAL.
    """
    demand(is_authority(header.sender) and is_recipient(header.recipient), "sender, recipient")
    demand(header.sender != header.recipient, "sender is recipient")
    demand(1 <= header.epoch <= PLACE_MAX and 1 <= header.seq <= PLACE_MAX, "epoch, seq")
    demand(len(header.env_id) == ID_BYTES and len(header.source_event) == ID_BYTES, "env_id, source_event")
    hashes = (header.prev, header.schema, header.body_commit, header.body_digest, *header.causes)
    demand(all(len(digest) == HASH_BYTES for digest in hashes), "a hash is not of 32 bytes")
    demand(len(header.causes) <= CAUSES_MAX and len(header.marks) <= MARKS_MAX, "causes, marks")
    demand(_TYPE.fullmatch(header.type) is not None, "type")
    demand(len(header.case_ref) <= 255, "case_ref")


def is_recipient(name: str) -> bool:
    """Tells whether a chain may lead to this name: an authority, or the feed."""
    return name == FEED or is_authority(name)


def demand(holds: bool, what: str) -> None:
    """Raises Fault NOT_CANONICAL unless a rule of the form holds."""
    if not holds:
        raise Fault(Code.NOT_CANONICAL, what)


def body_info(header: pb.Header) -> bytes:
    """Returns the context that a sealed body is bound to: it opens for this envelope only."""
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
