"""Members of a test: authorities with real keys, their registry files, and envelopes with lawful defaults."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.exchange.v1 import envelope_pb2 as pb
from enforcement.joint_operations.v1 import events_pb2 as joint
from google.protobuf.message import Message

from services.kernel.envelopes.codec import Link, env_id, envelope_hash, make_envelope, microseconds
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.envelopes.key_cards import KeyCard, render
from services.kernel.envelopes.keys import KeyRing, SealKey, pre_authentication_encoding
from services.kernel.envelopes.members import FEED, Member, Registry

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
NONCE = bytes(range(16))
ACCEPTS = ("enforcement.*",)
CATALOGUE = Catalogue.load()
EVENT = deadlines.DeadlineStarted(deadline_id="0192f0c1-0000-7000-8000-000000000001", rule_id="transfer.send")


def roster(*participants: str, version: int = 1) -> joint.RosterPublished:
    """An event for the feed and for those it names."""
    operation = "0192f0c1-0000-7000-8000-0000000000aa"
    return joint.RosterPublished(operation_id=operation, participant_ids=participants, roster_version=version)


@dataclass(slots=True)
class Party:
    """One authority with its private keys."""

    id: str
    ring: KeyRing
    link: Link = field(default_factory=Link)
    told: int = 0

    @classmethod
    def new(cls, authority: str) -> Party:
        return cls(authority, KeyRing.generate(authority))

    @property
    def seal(self) -> SealKey:
        return self.ring.seals[0]

    def cards(self, **changes: Any) -> list[KeyCard]:
        not_before = changes.pop("not_before", NOW - timedelta(days=1))
        cards = KeyCard.of(self.ring, NONCE, not_before)
        return [KeyCard(**({name: getattr(card, name) for name in card.__slots__} | changes)) for card in cards]

    def member(self, **changes: Any) -> Member:
        return Member(**({"id": self.id, "name": self.id, "grpc": "", "accepts": ACCEPTS} | changes))

    def header(self, to: Party | str, event: Message = EVENT, **changes: Any) -> pb.Header:
        """A header for the next place of the chain; `changes` overwrite what a test is about."""
        recipient = to if isinstance(to, str) else to.id
        self.told += 1
        source = hashlib.sha256(f"{self.id} {recipient} {self.told}".encode()).digest()[:16]
        name = event.DESCRIPTOR.full_name
        values: dict[str, Any] = {
            "env_id": env_id(source, recipient),
            "sender": self.id,
            "recipient": recipient,
            "epoch": self.link.epoch,
            "seq": self.link.seq + 1,
            "prev": self.link.hash,
            "type": name,
            "schema": CATALOGUE.schema(name) or bytes(32),
            "case_ref": "0192f0c1-0000-7000-8000-00000000000a",
            "occurred_us": microseconds(NOW - timedelta(hours=1)),
            "recorded_us": microseconds(NOW - timedelta(minutes=1)),
            "source_event": source,
        }
        return pb.Header(**(values | changes))

    def tell(self, to: Party | str, event: Message = EVENT, **changes: Any) -> bytes:
        """The wire bytes of the next envelope of this chain, which moves on."""
        recipient = None if isinstance(to, str) else to
        header = self.header(to, event, **changes)
        box = None
        if recipient is not None:
            box = Registry.parse(render(1, [(recipient.member(), recipient.cards())])).members[recipient.id].box(NOW)
        wire, digest = make_envelope(header, event.SerializeToString(deterministic=True), self.seal, box)
        self.link = Link(header.epoch, header.seq, digest)
        return wire

    def feed(self, event: Message = EVENT, **changes: Any) -> bytes:
        return self.tell(FEED, event, **changes)


def registry(*parties: Party, version: int = 1, **changes: Any) -> Registry:
    """The registry file that knows these parties, parsed."""
    return Registry.parse(registry_file(*parties, version=version, **changes))


def registry_file(*parties: Party, version: int = 1, **changes: Any) -> bytes:
    return render(version, [(party.member(**changes), party.cards()) for party in parties])


def forge(
    header: bytes,
    signer: SealKey,
    body: bytes = b"",
    kind: Any = pb.KIND_ENVELOPE,
    media: str = "header",
    **signature: Any,
) -> bytes:
    """An envelope over any header bytes, validly signed by `signer` unless `signature` says otherwise."""
    value = signer.sign(pre_authentication_encoding(f"application/vnd.xc.{media}.v1+protobuf", header))
    fields: dict[str, Any] = {"suite": 1, "key_id": signer.id, "value": value} | signature
    return pb.Envelope(header=header, body=body, signatures=[pb.Signature(**fields)], kind=kind).SerializeToString()


def again(wire: bytes, **changes: Any) -> bytes:
    """The same envelope with some of its outer fields changed by a carrier."""
    outer: Any = pb.Envelope.FromString(wire)
    for name, value in changes.items():
        outer.ClearField(name)
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            getattr(outer, name).extend(value)
        else:
            setattr(outer, name, value)
    return bytes(outer.SerializeToString())


def header_of(wire: bytes) -> pb.Header:
    return pb.Header.FromString(pb.Envelope.FromString(wire).header)


def hash_of(wire: bytes) -> bytes:
    return envelope_hash(pb.Envelope.FromString(wire).header)
