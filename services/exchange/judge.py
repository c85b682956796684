"""One record by itself: its form, its signature and, when it is its turn, its content. Pure.

`inspect` does steps 1 to 5 of the table in services/exchange/page.py, `open` does 8 to 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from google.protobuf.message import DecodeError

from services.exchange.outcomes import Early, Faulty, Inspected, Record, Taken
from services.kernel.envelopes.codec import (
    HEADER_MAX,
    PLACE_MAX,
    WIRE_MAX,
    Opened,
    Signed,
    Told,
    admit,
    check_address,
    check_clock,
    check_grant,
    envelope_hash,
    open_body,
    read_head,
    read_header,
    read_receipt,
    verify,
)
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.envelopes.keys import KeyRing
from services.kernel.envelopes.members import Registry, is_authority
from services.kernel.envelopes.verdicts import Code, Fault


@dataclass(frozen=True, slots=True)
class Judge:
    """Whose judgement it is: identity, registry and keys in force, and the wall clock's instant."""

    me: str
    registry: Registry
    ring: KeyRing
    catalogue: Catalogue
    now: datetime

    def inspect(self, record: Record) -> Inspected:
        """Steps 1 to 5."""
        signed: Signed | None = None
        try:
            signed = verify(admit(record.wire), self.registry, self.now)
            match signed.outer.kind:
                case wire_pb.KIND_RECEIPT:
                    receipted = read_receipt(signed)
                    if receipted.receipt.recipient != self.me:
                        raise Fault(Code.WRONG_RECIPIENT, f"a receipt for {receipted.receipt.recipient}")
                    return receipted
                case wire_pb.KIND_HEAD:
                    return read_head(signed)
                case _:
                    told = read_header(signed)
                    check_address(told, self.me, record.carrier)
                    return told
        except Fault as fault:
            if signed is None:
                return Faulty(record, fault.code, fault.detail, claimed=_claimed(record.wire))
            if fault.code is Code.UNSUPPORTED_VERSION:
                return self._for_later(record, signed, fault)
            claimed, place = _claim(signed.outer.kind, signed.outer.header)
            return Faulty(record, fault.code, fault.detail, claimed, signed.key.member, place)

    def _for_later(self, record: Record, signed: Signed, fault: Fault) -> Inspected:
        """A newer format: its place is read leniently and it is held, if it is the signer's and for this authority."""
        header = _lenient(signed.outer.header)
        mine = header is not None and (header.sender, header.recipient) == (signed.key.member, self.me)
        if header is None or not mine or not (1 <= header.epoch <= PLACE_MAX and 1 <= header.seq <= PLACE_MAX):
            return Faulty(record, fault.code, fault.detail, "", signed.key.member)
        digest = envelope_hash(signed.outer.header)
        return Early(record, Code.UNSUPPORTED_VERSION, header.sender, header.epoch, header.seq, digest)

    def open(self, record: Record, told: Told) -> Taken:
        """Steps 8 to 11: the answer to what was signed."""
        opened: Opened | None = None
        try:
            check_grant(told, self.registry)
            check_clock(told, self.now)
            opened = open_body(told, self.ring)
            event = self.catalogue.check(told.header.type, told.header.schema, opened.value)
        except Fault as fault:
            return Taken(record, told, fault.code, fault.detail, opened)
        return Taken(record, told, Code.RECORDED, "", opened, event)


def _lenient(raw: bytes) -> wire_pb.Header | None:
    try:
        return wire_pb.Header.FromString(raw)
    except DecodeError:
        return None


def _claim(kind: int, raw: bytes) -> tuple[str, tuple[int, int]]:
    """Who bytes say they are from, and their place, when they can be read at all."""
    parsed: wire_pb.Header | wire_pb.Receipt | wire_pb.Head
    try:
        match kind:
            case wire_pb.KIND_RECEIPT:
                parsed = wire_pb.Receipt.FromString(raw)
                name = parsed.issuer
            case wire_pb.KIND_HEAD:
                parsed = wire_pb.Head.FromString(raw)
                name = parsed.sender
            case _:
                parsed = wire_pb.Header.FromString(raw)
                name = parsed.sender
    except DecodeError:
        return "", (0, 0)
    place = (min(parsed.epoch, PLACE_MAX), min(parsed.seq, PLACE_MAX))
    return (name, place) if is_authority(name) else ("", (0, 0))


def _claimed(wire: bytes) -> str:
    """Who unverified bytes say they are from; for people who look at the quarantine."""
    if len(wire) > WIRE_MAX:
        return ""
    try:
        outer = wire_pb.Envelope.FromString(wire)
    except DecodeError:
        return ""
    return _claim(outer.kind, outer.header)[0] if len(outer.header) <= HEADER_MAX else ""
