"""The envelope: what crosses the border between two authorities, byte for byte.

    signed bytes   "DSSEv1" SP len(type) SP type SP len(header) SP header, type by kind (`form.SIGNED_TYPES`)
    form.py        limits, hashes, the chain's link, strict form: what both sides must agree on
    making.py      commit, seal, sign
    judging.py     admit, verify, read, check, open: one step after the other

A header's bytes travel as the signer made them. No I/O, no clock, no random source but the salt.
"""

from services.kernel.envelopes.codec.form import (
    BODY_MAX,
    HEADER_MAX,
    PLACE_MAX,
    SALT_BYTES,
    WIRE_MAX,
    ZERO_HASH,
    Link,
    commitment,
    envelope_hash,
    instant,
    microseconds,
)
from services.kernel.envelopes.codec.judging import (
    NEW_EPOCH,
    Ended,
    Opened,
    Outer,
    Receipted,
    Signed,
    Told,
    admit,
    check_address,
    check_body,
    check_clock,
    check_grant,
    open_body,
    read_head,
    read_header,
    read_receipt,
    verify,
)
from services.kernel.envelopes.codec.making import env_id, make_envelope, make_head, make_receipt

__all__ = [
    "BODY_MAX",
    "HEADER_MAX",
    "NEW_EPOCH",
    "PLACE_MAX",
    "SALT_BYTES",
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
    "instant",
    "make_envelope",
    "make_head",
    "make_receipt",
    "microseconds",
    "open_body",
    "read_head",
    "read_header",
    "read_receipt",
    "verify",
]
