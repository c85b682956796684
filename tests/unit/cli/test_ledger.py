"""The ledger for people: what is restricted is a position and a hash."""

from datetime import UTC, datetime
from uuid import UUID

from enforcement.ledger.v1 import meta_pb2 as meta
from enforcement.transfer.v1 import discipline_pb2 as pb
from enforcement.transfer.v1 import events_pb2 as events
from google.protobuf.message import Message

from services.cli import contract
from services.cli.ledger import _json, _text
from services.kernel.ledger import Event
from services.kernel.messages import encode, type_name

CLUE = "0193d5a0-0000-7000-8000-000000000042"


def stored(message: Message) -> Event:
    return Event(
        position=7,
        stream_id=UUID(CLUE),
        version=1,
        event_id=UUID(CLUE),
        type=type_name(message),
        schema_version=1,
        recorded_at=datetime(2025, 4, 8, tzinfo=UTC),
        correlation_id=UUID(CLUE),
        causation_id=UUID(CLUE),
        traceparent=None,
        meta=encode(meta.Meta(actor="officer-1", command_type="enforcement.transfer.v1.NoteClueRequest")),
        body=encode(message),
        hash=bytes(32),
    )


def test_of_a_restricted_event_nothing_is_shown_but_its_place_and_hash() -> None:
    event = stored(pb.ClueNoted(clue_id=CLUE, content=pb.ClueContent(person="某科长", matter="收受财物")))
    shown = f"{_json(event)} {_text(event)}"
    for secret in (CLUE, "某科长", "收受财物", "Clue", "officer-1"):
        assert secret not in shown
    assert _json(event)["hash"] == bytes(32).hex()


def test_any_other_event_is_shown_whole() -> None:
    shown = _json(stored(events.TransferApproved(transfer_id=CLUE)))
    assert shown["type"] == "enforcement.transfer.v1.TransferApproved"
    assert shown["body"] == {"transferId": CLUE, "caseId": ""}


def test_categories_of_clues_are_not_counted() -> None:
    assert contract.restricted_categories() == {"discipline_clue", "received_clue"}
