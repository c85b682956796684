"""Checks the file of a proof by itself: no node, no network, no key but those in the file.

    per envelope   admit ─▶ signature ─▶ strict header ─▶ says what the record says ─▶ body as sent ─▶ commitment opens
                   ─▶ what was told is what the own event discloses ─▶ receipt: signature, envelope, event
    per record     hash over the stored bytes; a received event is what its envelope opens to, from whom it says
    together       positions rise, one envelope for each place of a chain, neighbours are linked

Every fault is a finding; nothing stops at the first. What a file leaves out on purpose (`Content`) is not checked and
not counted as held.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as exchange_pb
from enforcement.ledger.v1 import meta_pb2
from google.protobuf.message import DecodeError

from services.kernel.envelopes.codec import (
    Signed,
    Told,
    admit,
    check_body,
    commitment,
    instant,
    microseconds,
    open_body,
    read_header,
    read_receipt,
    verify,
)
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, Catalogue
from services.kernel.envelopes.members import FEED, Registry, RegistryFault
from services.kernel.envelopes.verdicts import Code, Fault
from services.kernel.ledger.events import event_hash
from services.kernel.proof.checked import Checked, Finding, Problem, Receipted, Statement
from services.kernel.proof.form import Proof, Received, Record, RegistryFile, Sent

__all__ = ["check"]

REJECTED: Final = exchange_pb.EnvelopeRejected.DESCRIPTOR.full_name
RECEIPT_RECORDED: Final = exchange_pb.ReceiptRecorded.DESCRIPTOR.full_name


def check(proof: Proof, catalogue: Catalogue | None = None) -> Checked:
    """Checks a proof whole.

    Args:
        catalogue: of this build; with it, what was told is compared with what the own events disclose. An event whose
            schema this build does not have is not compared.
    """
    return _Check(proof, catalogue).run()


class _Check:
    def __init__(self, proof: Proof, catalogue: Catalogue | None) -> None:
        self._proof = proof
        self._catalogue = catalogue
        self._findings: list[Finding] = []
        self._registries: list[tuple[RegistryFile, Registry]] = []
        self._hashes = 0
        self._opened = 0

    def run(self) -> Checked:
        self._read_registries()
        statements = [one for record in self._proof.records for one in self._record(record)]
        self._check_order()
        self._check_chains(statements)
        registries = tuple(registry for _, registry in self._registries)
        return Checked(self._proof, tuple(self._findings), tuple(statements), self._hashes, self._opened, registries)

    def _find(self, problem: Problem, position: int, detail: object) -> None:
        self._findings.append(Finding(problem, position, str(detail)))

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _read_registries(self) -> None:
        for file in self._proof.registries:
            try:
                registry = Registry.parse(file.file)
            except RegistryFault as fault:
                self._find(Problem.REGISTRY, 0, fault)
                continue
            if registry.digest != file.digest or registry.version != file.version:
                self._find(Problem.REGISTRY, 0, f"version {file.version}")
                continue
            self._registries.append((file, registry))

    def _signed(self, wire: bytes, at: datetime, digest: bytes | None = None) -> Signed:
        """The signature by the registry of its day: the named one, else that in force at `at`, else a later one.

        Raises:
            Fault: by none of them.
        """
        outer = admit(wire)
        named = [registry for file, registry in self._registries if file.digest == digest]
        before = [registry for file, registry in self._registries if file.loaded_at <= at]
        after = [registry for file, registry in self._registries if file.loaded_at > at]
        candidates = named or [*reversed(before), *after]
        refused: Fault | None = None
        for registry in candidates:
            try:
                return verify(outer, registry, at)
            except Fault as fault:
                refused = refused or fault
        raise refused or Fault(Code.UNKNOWN_KEY, "the file has no registry of that day")

    # ── one record ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _record(self, record: Record) -> Iterator[Statement]:
        meta = self._meta(record)
        if record.received is not None:
            statement = self._received(record, record.received, meta)
            if statement is not None:
                yield statement
        for sent in record.sent:
            statement = self._sent(record, sent, meta)
            if statement is not None:
                yield statement

    def _meta(self, record: Record) -> meta_pb2.Meta | None:
        if record.meta is None or record.body is None:
            return None
        found = event_hash(
            stream_id=record.stream_id.bytes,
            version=record.version,
            event_id=record.event_id.bytes,
            event_type=record.type,
            schema_version=record.schema_version,
            correlation_id=record.correlation_id.bytes,
            causation_id=record.causation_id.bytes,
            meta=record.meta,
            body=record.body,
        )
        if found != record.hash:
            self._find(Problem.HASH, record.position, f"{record.type}: {found.hex()}, stored {record.hash.hex()}")
            return None
        try:
            meta = meta_pb2.Meta.FromString(record.meta)
        except DecodeError as error:
            self._find(Problem.HASH, record.position, error)
            return None
        self._hashes += 1
        return meta

    def _told(self, record: Record, envelope: Sent | Received, digest: bytes | None) -> Told | None:
        try:
            told = read_header(self._signed(envelope.wire, envelope.stored_at, digest))
        except Fault as fault:
            self._find(Problem.ENVELOPE, record.position, fault)
            return None
        try:
            check_body(told)
        except Fault as fault:
            self._find(Problem.BODY, record.position, fault)
        return told

    def _sent(self, record: Record, sent: Sent, meta: meta_pb2.Meta | None) -> Statement | None:
        told = self._told(record, sent, None)
        if told is None:
            return None
        header = told.header
        says: Mapping[str, tuple[object, object]] = {
            "sender": (header.sender, self._proof.authority_id),
            "recipient": (header.recipient, sent.recipient),
            "source_event": (header.source_event, record.event_id.bytes),
            "type": (header.type, record.type),
            "case_ref": (header.case_ref, str(record.correlation_id)),
            "recorded_us": (header.recorded_us, microseconds(record.recorded_at)),
            **({"occurred_us": (header.occurred_us, meta.occurred_us)} if meta is not None else {}),
        }
        self._compare(record, says)
        value = self._open_sent(record, sent, told)
        if meta is not None:
            self._check_disclosure(record, told, value)
        return Statement(record, sent, header, told.env_hash, told.key, value, self._receipt_of(record, sent, told))

    def _open_sent(self, record: Record, sent: Sent, told: Told) -> bytes | None:
        if sent.recipient == FEED:
            try:
                value: bytes | None = open_body(told).value
            except Fault as fault:
                self._find(Problem.CONTENT, record.position, fault)
                return None
        elif sent.salt is None or sent.value is None:
            return None
        elif commitment(sent.salt, "", sent.value) != told.header.body_commit:
            self._find(Problem.CONTENT, record.position, sent.recipient)
            return None
        else:
            value = sent.value
        self._opened += 1
        return value

    def _check_disclosure(self, record: Record, told: Told, value: bytes | None) -> None:
        """What was told is what the event discloses, where this build has the schema that it was told by."""
        if self._catalogue is None or record.body is None or value is None or record.type not in self._catalogue.shared:
            return
        if self._catalogue.schema(record.type) != told.header.schema or told.header.recipient == FEED:
            return
        try:
            disclosed = self._catalogue.view(record.type, record.body, ADDRESSEE_VIEW)
        except DecodeError as error:
            self._find(Problem.DISCLOSURE, record.position, error)
            return
        if disclosed != value:
            self._find(Problem.DISCLOSURE, record.position, told.header.recipient)

    def _receipt_of(self, record: Record, sent: Sent, told: Told) -> Receipted | None:
        if sent.receipt is None:
            return None
        header = told.header
        expected = (sent.recipient, header.sender, told.env_hash, header.epoch, header.seq)
        return self._receipt(record, sent.receipt, self._receipted_at(told.env_hash), expected, None)

    def _received(self, record: Record, received: Received, meta: meta_pb2.Meta | None) -> Statement | None:
        told = self._told(record, received, received.registry)
        if told is None:
            return None
        header = told.header
        says: Mapping[str, tuple[object, object]] = {
            "sender": (header.sender, received.sender),
            "recipient": (header.recipient, self._proof.authority_id),
        }
        self._compare(record, says)
        value = None
        if record.type != REJECTED:
            self._compare(record, {"type": (header.type, record.type)})
            value = self._origin(record, told, meta) if meta is not None else None
        expected = (self._proof.authority_id, header.sender, told.env_hash, header.epoch, header.seq)
        receipt = self._receipt(record, received.receipt, received.stored_at, expected, record)
        return Statement(record, received, header, told.env_hash, told.key, value, receipt)

    def _origin(self, record: Record, told: Told, meta: meta_pb2.Meta) -> bytes | None:
        """The received event's bytes, if the ledger has them as the envelope commits to them."""
        origin, header = meta.origin, told.header
        says: Mapping[str, tuple[object, object]] = {
            "origin.authority": (origin.authority, header.sender),
            "origin.env_hash": (origin.env_hash, told.env_hash),
            "origin.source_event": (origin.source_event, header.source_event),
            "occurred_us": (meta.occurred_us, header.occurred_us),
        }
        self._compare(record, says, Problem.ORIGIN)
        assert record.body is not None
        if commitment(origin.salt, "", record.body) != header.body_commit:
            self._find(Problem.ORIGIN, record.position, "body")
            return None
        self._opened += 1
        return record.body

    def _receipt(
        self,
        record: Record,
        wire: bytes,
        at: datetime,
        expected: tuple[str, str, bytes, int, int],
        own: Record | None,
    ) -> Receipted | None:
        try:
            judged = read_receipt(self._signed(wire, at))
        except Fault as fault:
            self._find(Problem.RECEIPT, record.position, fault)
            return None
        receipt = judged.receipt
        given = (receipt.issuer, receipt.recipient, receipt.env_hash, receipt.epoch, receipt.seq)
        if given != expected:
            self._find(Problem.RECEIPT, record.position, f"{receipt.issuer} {receipt.epoch}/{receipt.seq}")
            return None
        if own is not None and (receipt.event_id, receipt.event_hash) != (own.event_id.bytes, own.hash):
            self._find(Problem.RECEIPT, record.position, "event")
            return None
        if own is not None and own.received is not None and receipt.registry != own.received.registry:
            self._find(Problem.RECEIPT, record.position, "registry")
            return None
        return Receipted(
            receipt.issuer,
            instant(receipt.received_us),
            judged.key,
            receipt.status == wire_pb.RECEIPT_STATUS_RECORDED,
            receipt.code,
            receipt.event_id,
            receipt.event_hash,
        )

    def _compare(
        self, record: Record, says: Mapping[str, tuple[object, object]], problem: Problem = Problem.HEADER
    ) -> None:
        for name, (signed, recorded) in says.items():
            if signed != recorded:
                self._find(problem, record.position, f"{name}: {_text(signed)}, {_text(recorded)}")

    def _receipted_at(self, env_hash: bytes) -> datetime:
        """When the ledger took the receipt: by the keys of that day it was believed."""
        return self._receipt_times.get(env_hash, self._last)

    @cached_property
    def _receipt_times(self) -> dict[bytes, datetime]:
        times = {}
        for record in self._proof.records:
            if record.type == RECEIPT_RECORDED and record.body is not None:
                with contextlib.suppress(DecodeError):  # its hash is a finding already
                    times[exchange_pb.ReceiptRecorded.FromString(record.body).env_hash] = record.recorded_at
        return times

    @cached_property
    def _last(self) -> datetime:
        records = self._proof.records
        instants = [record.recorded_at for record in records]
        instants += [envelope.stored_at for record in records for envelope in record.envelopes]
        return max(instants)

    # ── together ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _check_order(self) -> None:
        last: Record | None = None
        for record in self._proof.records:
            if last is not None and (record.position <= last.position or record.recorded_at < last.recorded_at):
                self._find(Problem.ORDER, record.position, f"{last.position}")
            last = record

    def _check_chains(self, statements: Iterable[Statement]) -> None:
        by_place: dict[tuple[str, str, int, int], Statement] = {}
        for one in statements:
            twin = by_place.setdefault(one.place, one)
            if twin.env_hash != one.env_hash:
                self._find(Problem.CHAIN, one.record.position, f"{one.header.epoch}/{one.header.seq}")
        for (sender, recipient, epoch, seq), one in by_place.items():
            before = by_place.get((sender, recipient, epoch, seq - 1))
            if before is not None and one.header.prev != before.env_hash:
                self._find(Problem.CHAIN, one.record.position, f"{epoch}/{seq - 1} - {epoch}/{seq}")


def _text(thing: Any) -> str:
    return thing.hex() if isinstance(thing, bytes) else str(thing)
