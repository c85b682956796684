"""Making envelopes, receipts and heads: what the receiver will demand is checked before anything is signed.

No I/O and no clock; the only random source is the salt.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from enforcement.exchange.v1 import envelope_pb2 as pb

from services.kernel.envelopes.codec.form import (
    BODY_MAX,
    CLEAR,
    HASH_SUITE,
    HEADER_MAX,
    ID_BYTES,
    SALT_BYTES,
    SEALED,
    SIGNED_TYPES,
    VERSION,
    Link,
    body_info,
    check_header,
    commitment,
    encode,
    envelope_hash,
    microseconds,
)
from services.kernel.envelopes.keys import SUITE_1, BoxPublic, SealKey, length_prefixed, pre_authentication_encoding
from services.kernel.envelopes.verdicts import Code, Fault

__all__ = [
    "env_id",
    "make_envelope",
    "make_head",
    "make_receipt",
]


def env_id(source_event: bytes, recipient: str) -> bytes:
    """Returns the id of the one envelope that tells `recipient` of this event."""
    return hashlib.sha256(b"xc/env/v1\n" + length_prefixed(source_event, recipient)).digest()[:ID_BYTES]


def make_envelope(
    header: pb.Header, value: bytes, signer: SealKey, box: BoxPublic | None, salt: bytes | None = None
) -> tuple[bytes, bytes]:
    """Commits to `value`, seals it to `box` (None for a feed), completes `header` in place and signs it.

    The caller has filled: env_id, sender, recipient, epoch, seq, prev, type, schema, case_ref, times, causes, clock,
    basis, source_event. Whoever gives the `salt` can open the commitment later; it stays secret.

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
        body = box.seal(body, body_info(header))
    header.body_digest = hashlib.sha256(body).digest()
    header.body_len = len(body)
    check_header(header)
    raw = encode(header)
    if len(raw) > HEADER_MAX or len(body) > BODY_MAX:
        raise Fault(Code.TOO_LARGE, f"header {len(raw)}, body {len(body)} bytes")
    return _sign(pb.KIND_ENVELOPE, raw, signer, body), envelope_hash(raw)


def make_receipt(receipt: pb.Receipt, signer: SealKey) -> bytes:
    """Signs a receipt and returns its wire bytes."""
    receipt.v = VERSION
    receipt.hash_suite = HASH_SUITE
    return _sign(pb.KIND_RECEIPT, encode(receipt), signer)


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
    return _sign(pb.KIND_HEAD, encode(head), signer)


def _sign(kind: pb.Kind.ValueType, header: bytes, signer: SealKey, body: bytes = b"") -> bytes:
    value = signer.sign(pre_authentication_encoding(SIGNED_TYPES[kind], header))
    return pb.Envelope(
        header=header, body=body, signatures=[pb.Signature(suite=SUITE_1, key_id=signer.id, value=value)], kind=kind
    ).SerializeToString(deterministic=True)
