"""Proofs of two authorities about one process, made by the real codec without databases: what tests then damage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.ledger.v1 import meta_pb2
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.kernel.envelopes.codec import envelope_hash, make_envelope, make_receipt, microseconds
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW
from services.kernel.envelopes.members import Registry
from services.kernel.ledger.events import event_hash
from services.kernel.messages import encode, type_name
from services.kernel.proof import Proof, Received, Record, RegistryFile, Sent
from services.kernel.proof.form import Content
from tests.support.members import CATALOGUE, NOW, Party, registry

TRANSFER = "0192f0c1-0000-7000-8000-0000000000f1"
CASE = UUID("0192f0c1-0000-7000-8000-00000000000a")
BUREAU, POLICE = "jt-510521", "ga-510521"
SENT_EVENT = pb.CaseTransferred(
    transfer_id=TRANSFER, police_id=POLICE, material_count=1, case_id=str(CASE), case_number="川泸2025-0042",
    suspected_crime="刑法 art. 280", facts="伪造道路运输证三本", suspects=[pb.Suspect(name="张三")],
)  # fmt: skip
SIGNED_EVENT = pb.ReferralReceiptSigned(
    referral_id="0192f0c1-0000-7000-8000-0000000000f2", transfer_id=TRANSFER, bureau_id=BUREAU
)


@dataclass(slots=True)
class Side:
    """One authority's ledger and evidence, as far as one process goes."""

    party: Party
    records: list[Record] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.party.id

    def at(self) -> datetime:
        """A second later for every event."""
        return NOW + timedelta(seconds=len(self.records))

    def record(self, body: bytes, kind: str, meta: meta_pb2.Meta) -> Record:
        """Appends one event as the ledger would."""
        position = len(self.records) + 1
        identity = hashlib.sha256(f"{self.id} {position}".encode()).digest()
        stream_id, event_id = UUID(bytes=identity[:16]), UUID(bytes=identity[16:])
        noted = encode(meta)
        digest = event_hash(
            stream_id=stream_id.bytes, version=1, event_id=event_id.bytes, event_type=kind, schema_version=1,
            correlation_id=CASE.bytes, causation_id=CASE.bytes, meta=noted, body=body,
        )  # fmt: skip
        made = Record(
            position, stream_id, 1, event_id, kind, 1, self.at(), CASE, CASE, digest, noted, body
        )  # fmt: skip
        self.records.append(made)
        return made

    def put(self, made: Record) -> None:
        self.records[made.position - 1] = made

    def proof(self, registries: Iterable[Registry]) -> Proof:
        """The file of this side."""
        files = tuple(
            RegistryFile(each.version, each.digest, each.file, NOW - timedelta(days=1)) for each in registries
        )
        return Proof(self.id, TRANSFER, Content.ALL, "", files, tuple(self.records))


@dataclass(slots=True)
class Pair:
    """The bureau and the police with one transfer: sent, recorded, receipted, and the police's answer likewise."""

    bureau: Side = field(default_factory=lambda: Side(Party.new(BUREAU)))
    police: Side = field(default_factory=lambda: Side(Party.new(POLICE)))

    @property
    def registry(self) -> Registry:
        return registry(self.bureau.party, self.police.party)

    def tell(
        self,
        sender: Side,
        receiver: Side,
        event: Message,
        command: type[Message] | None = None,
        *,
        arrives: bool = True,
        answered: bool = True,
    ) -> None:
        """One event, told and recorded; with the command that it came from."""
        command_type = type_name(command) if command is not None else ""
        meta = meta_pb2.Meta(actor="o-1", occurred_us=microseconds(sender.at()), command_type=command_type)
        own = sender.record(encode(event), type_name(event), meta)
        value = CATALOGUE.view(own.type, own.body or b"", ADDRESSEE_VIEW)
        header = sender.party.header(
            receiver.party, event, source_event=own.event_id.bytes, case_ref=str(CASE),
            occurred_us=meta.occurred_us, recorded_us=microseconds(own.recorded_at),
        )  # fmt: skip
        salt = hashlib.sha256(own.hash).digest()[:16]
        member = self.registry.members[receiver.id]
        wire, env_hash = make_envelope(header, value, sender.party.seal, member.box(NOW), salt)
        sender.party.link = type(sender.party.link)(header.epoch, header.seq, env_hash)
        receipt = self._receive(sender, receiver, wire, value, salt) if arrives else None
        sent = Sent(receiver.id, own.recorded_at, wire, receipt if answered else None, salt, value)
        sender.put(replace(own, sent=(sent,)))

    def _receive(self, sender: Side, receiver: Side, wire: bytes, value: bytes, salt: bytes) -> bytes:
        raw = wire_pb.Envelope.FromString(wire).header
        header = wire_pb.Header.FromString(raw)
        origin = meta_pb2.Origin(
            authority=sender.id, env_hash=envelope_hash(raw), salt=salt, source_event=header.source_event
        )
        meta = meta_pb2.Meta(actor=sender.id, occurred_us=header.occurred_us, origin=origin)
        made = receiver.record(value, header.type, meta)
        receipt = make_receipt(
            wire_pb.Receipt(
                issuer=receiver.id, recipient=sender.id, env_hash=envelope_hash(raw), epoch=header.epoch,
                seq=header.seq, status=wire_pb.RECEIPT_STATUS_RECORDED, received_us=microseconds(made.recorded_at),
                event_id=made.event_id.bytes, event_hash=made.hash, registry=self.registry.digest,
            ),
            receiver.party.seal,
        )  # fmt: skip
        received = Received(sender.id, made.recorded_at, self.registry.digest, wire, receipt)
        receiver.put(replace(made, received=received))
        return receipt

    def proofs(self) -> tuple[Proof, Proof]:
        """The files of both sides."""
        return self.bureau.proof([self.registry]), self.police.proof([self.registry])


def transferred() -> Pair:
    """A transfer that was sent, and the police's receipt."""
    pair = Pair()
    pair.tell(pair.bureau, pair.police, SENT_EVENT, commands.SendTransferRequest)
    pair.tell(pair.police, pair.bureau, SIGNED_EVENT, commands.SignReceiptRequest)
    return pair
