"""What an envelope becomes in this ledger: its event, and the receipt that names the event's hash.

    recorded   the event with its original type and bytes, category `received`; ids are this ledger's own
    rejected   EnvelopeRejected with the code, category `exchange`

Both are made before the transaction, so that nothing is signed while the chain's row is locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb
from enforcement.ledger.v1 import meta_pb2

from services.exchange.kafka import mailbox_topic
from services.exchange.office import RECEIVED, Office, stream_of
from services.exchange.outcomes import Taken
from services.kernel.envelopes.codec import make_receipt, microseconds
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Append, NewEvent, uuid7
from services.kernel.ledger.events import ids_and_hashes
from services.kernel.ledger.ids import event_ids
from services.kernel.telemetry import Attribute, Log, Spans, current_traceparent, span, unseen

__all__ = ["Entry", "enter"]

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One envelope about to be recorded: its ledger append and its receipt, signed before the transaction."""

    taken: Taken
    append: Append
    event_id: UUID
    receipt: bytes


def enter(office: Office, taken: Taken) -> Entry:
    """The append and the receipt of one envelope. The receipt names the event's hash, so the event comes first."""
    header = taken.told.header
    command_id = uuid7()
    event_id = UUID(bytes=event_ids(command_id.bytes, 1)[0])
    recorded = taken.code is Code.RECORDED
    attributes: dict[str, str | int] = {
        Attribute.PEER_ID: header.sender,
        Attribute.ENVELOPE_ID: taken.told.env_hash.hex(),
        Attribute.SEQUENCE: header.seq,
        Attribute.EVENT_TYPE: header.type,
        Attribute.EVENT_ID: str(event_id),
        Attribute.VERDICT: taken.code.value,
    }
    links = [taken.record.traceparent] if taken.record.traceparent else []
    correlation = _correlation(header)
    shared = office.catalogue.shared.get(header.type)
    # Another authority's trace is linked, never continued: who it says it is stands in no signature.
    with (
        unseen(shared is not None and shared.restricted),
        span(
            Spans.RECEIVE,
            attributes,
            target=mailbox_topic(office.me),
            case_id=str(correlation),
            new_trace=True,
            links=links,
        ),
    ):
        make = _recorded if recorded else _rejected
        append = make(office, taken, command_id, event_id, correlation)
        event_hash = ids_and_hashes(append)[1][0]
        receipt = wire_pb.Receipt(
            issuer=office.me,
            recipient=header.sender,
            env_hash=taken.told.env_hash,
            epoch=header.epoch,
            seq=header.seq,
            status=wire_pb.RECEIPT_STATUS_RECORDED if recorded else wire_pb.RECEIPT_STATUS_REJECTED,
            code="" if recorded else taken.code.value,
            received_us=microseconds(office.clock.now()),
            event_id=event_id.bytes,
            event_hash=event_hash,
            registry=office.registry.digest,
        )
        return Entry(taken, append, event_id, make_receipt(receipt, office.signer()))


def _recorded(office: Office, taken: Taken, command_id: UUID, event_id: UUID, correlation: UUID) -> Append:
    """The event with its original type and bytes. Its ids are this ledger's: the sender chooses none of them."""
    header = taken.told.header
    opened = taken.opened
    assert opened is not None
    unread = taken.event is None
    if unread:
        log.error("an event of an unknown schema is recorded unread", type=header.type, peer=header.sender)
    meta = meta_pb2.Meta(
        actor=header.sender,
        actor_kind=meta_pb2.ACTOR_KIND_AUTHORITY,
        occurred_us=header.occurred_us,
        origin=meta_pb2.Origin(
            authority=header.sender,
            env_hash=taken.told.env_hash,
            salt=opened.salt,
            carrier=taken.record.way,
            source_event=header.source_event,
            schema=header.schema,
            unread=unread,
            key_id=taken.told.key.id,
        ),
    )
    return Append(
        command_id=command_id,
        digest=taken.told.env_hash,
        stream_id=stream_of("received", header.sender, header.env_id),
        category=RECEIVED,
        expected_version=0,
        events=(NewEvent(header.type, opened.value, meta.SerializeToString(deterministic=True)),),
        correlation_id=correlation,
        causation_id=event_id,
        traceparent=current_traceparent() or None,
    )


def _rejected(office: Office, taken: Taken, command_id: UUID, event_id: UUID, correlation: UUID) -> Append:
    header = taken.told.header
    log.error("an envelope is rejected", peer=header.sender, code=taken.code, detail=taken.detail, seq=header.seq)
    event = pb.EnvelopeRejected(
        envelope_id=str(UUID(bytes=header.env_id)),
        sender_id=header.sender,
        epoch=header.epoch,
        seq=header.seq,
        env_hash=taken.told.env_hash,
        type=header.type,
        code=taken.code.value,
        detail=taken.detail,
    )
    return office.own_event(
        event,
        stream_of("rejected", header.sender, header.env_id),
        correlation_id=correlation,
        causation_id=event_id,
        command_id=command_id,
        traceparent=current_traceparent(),
    )


def _correlation(header: wire_pb.Header) -> UUID:
    """The sender's case handle, when it is a plain UUID; else one that only this sender and handle give."""
    try:
        parsed = UUID(header.case_ref)
    except ValueError:
        return stream_of("case", header.sender, header.case_ref)
    if str(parsed) != header.case_ref:
        return stream_of("case", header.sender, header.case_ref)
    return parsed
