"""What an envelope of a feed is worth."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from enforcement.exchange.v1 import envelope_pb2 as pb
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.officers.v1 import events_pb2 as officers
from google.protobuf.message import Message

from services.kernel.envelopes.codec import Link, make_head
from services.kernel.envelopes.verdicts import Code
from services.platform.judge import Arrival, Bad, Ending, Entry, Judge, Judged
from tests.support.members import CATALOGUE, Party, again, forge, header_of, registry
from tests.unit.platform.feeds import LUXIAN, OPERATION, PRIVATE, YONGCHUAN, name, publish

NOW = datetime.now(UTC)
BUREAU, NEIGHBOUR, STRANGER = Party.new(LUXIAN), Party.new(YONGCHUAN), Party.new("jt-999999")
FINDING = joint.FindingRecorded(
    participation_id=name("participation"),
    operation_id=OPERATION,
    finding_id=name("finding"),
    object_kind=joint.OBJECT_KIND_VEHICLE,
    object_no=7,
    facts=PRIVATE,
    party_name=PRIVATE,
)


def judge(wire: bytes, carrier: str = LUXIAN, **member: Any) -> Judged:
    return Judge(CATALOGUE).judge(Arrival(wire, carrier, "kafka"), registry(BUREAU, NEIGHBOUR, **member), NOW)


def code_of(judged: Judged) -> str | None:
    return judged.code if isinstance(judged, Bad) else getattr(judged, "refused", None)


def test_a_good_envelope_becomes_an_entry_with_what_it_belongs_to() -> None:
    wire = publish(BUREAU, FINDING)
    entry = judge(wire)
    assert isinstance(entry, Entry)
    assert (entry.refused, entry.unread, entry.cut) == (None, False, False)
    assert (entry.subject_id, entry.matter_id) == (FINDING.participation_id, OPERATION)
    assert entry.link.hash == BUREAU.link.hash
    assert PRIVATE.encode() not in entry.body


def test_the_envelope_without_its_body_still_proves_the_body() -> None:
    entry = judge(publish(BUREAU, FINDING))
    assert isinstance(entry, Entry)
    body = pb.Body(openings=[pb.Opening(salt=entry.salt, value=entry.body)]).SerializeToString(deterministic=True)
    whole = judge(again(entry.envelope, body=body))
    assert isinstance(whole, Entry)
    assert (whole.link, whole.body) == (entry.link, entry.body)


def test_fields_that_no_feed_may_carry_are_cut() -> None:
    entry = judge(BUREAU.feed(FINDING))
    assert isinstance(entry, Entry)
    assert entry.cut
    assert PRIVATE.encode() not in entry.body + entry.envelope
    assert joint.FindingRecorded.FromString(entry.body).object_no == 7


def test_a_type_that_is_not_for_feeds_is_refused_and_moved_past() -> None:
    entry = judge(BUREAU.feed(officers.OfficerRegistered(officer_id=name("officer"), name=PRIVATE)))
    assert isinstance(entry, Entry)
    assert (entry.refused, entry.body) == (Code.NOT_GRANTED, b"")


def test_an_event_of_a_later_schema_is_taken_unread_with_the_ids_it_is_known_to_have() -> None:
    entry = judge(publish(BUREAU, FINDING, schema=b"\x01" * 32))
    assert isinstance(entry, Entry)
    assert (entry.unread, entry.refused, entry.matter_id) == (True, None, OPERATION)


def test_an_event_of_an_unknown_type_is_taken_unread() -> None:
    entry = judge(publish(BUREAU, FINDING, schema=b"\x01" * 32, type="enforcement.later.v1.Invented"))
    assert isinstance(entry, Entry)
    assert (entry.unread, entry.subject_id, entry.matter_id) == (True, "", "")


def test_a_publishers_head_says_where_its_feed_ends() -> None:
    ending = judge(make_head(LUXIAN, "feed", Link(1, 9, b"\x01" * 32), NOW, BUREAU.seal))
    assert isinstance(ending, Ending)
    assert ending.link == Link(1, 9, b"\x01" * 32)


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (b"", Code.MALFORMED),
        (b"\x00" * 400_000, Code.TOO_LARGE),
        (again(publish(BUREAU, FINDING), signatures=[]), Code.UNSIGNED),
        (publish(STRANGER, FINDING), Code.UNKNOWN_KEY),
        (publish(NEIGHBOUR, FINDING), Code.CARRIER_NOT_ALLOWED),
        (BUREAU.tell(NEIGHBOUR, FINDING), Code.WRONG_RECIPIENT),
        (make_head(LUXIAN, YONGCHUAN, Link(), NOW, BUREAU.seal), Code.WRONG_RECIPIENT),
        (make_head(LUXIAN, "feed", Link(), NOW, NEIGHBOUR.seal), Code.SENDER_MISMATCH),
        (make_head(YONGCHUAN, "feed", Link(), NOW, NEIGHBOUR.seal), Code.SENDER_MISMATCH),
    ],
)
def test_what_is_not_the_publishers_word_for_this_feed_is_bad_and_the_feed_goes_on(wire: bytes, code: Code) -> None:
    bad = judge(wire)
    assert isinstance(bad, Bad)
    assert (bad.code, bad.stops, bad.waits_for) == (code, False, None)


def test_one_changed_bit_anywhere_in_the_header_is_not_believed() -> None:
    wire = publish(BUREAU, FINDING)
    header = pb.Envelope.FromString(wire).header
    for at in range(0, len(header), 7):
        altered = header[:at] + bytes([header[at] ^ 1]) + header[at + 1 :]
        assert code_of(judge(again(wire, header=altered))) == Code.BAD_SIGNATURE


def test_a_damaged_body_is_waited_for() -> None:
    wire = publish(BUREAU, FINDING)
    bad = judge(again(wire, body=b"damaged"))
    assert isinstance(bad, Bad)
    assert (bad.code, bad.waits_for) == (Code.BODY_DIGEST, BUREAU.link[:2])


def test_a_header_that_two_parsers_could_read_differently_stops_the_feed() -> None:
    raw = header_of(publish(BUREAU, FINDING)).SerializeToString(deterministic=True)
    bad = judge(forge(raw + b"\xfa\x3f\x00", BUREAU.seal))
    assert isinstance(bad, Bad)
    assert (bad.code, bad.stops) == (Code.NOT_CANONICAL, True)


def test_a_neighbour_cannot_stop_a_feed_by_contradicting_itself_in_it() -> None:
    raw = header_of(publish(NEIGHBOUR, FINDING)).SerializeToString(deterministic=True)
    bad = judge(forge(raw + b"\xfa\x3f\x00", NEIGHBOUR.seal), carrier=LUXIAN)
    assert isinstance(bad, Bad)
    assert (bad.code, bad.stops) == (Code.NOT_CANONICAL, False)


def test_a_suspended_member_is_waited_for() -> None:
    bad = judge(publish(BUREAU, FINDING), suspended=True)
    assert isinstance(bad, Bad)
    assert (bad.code, bad.waits_for) == (Code.NOT_GRANTED, BUREAU.link[:2])


@pytest.mark.parametrize("event", [FINDING, joint.EducationRecorded(operation_id=OPERATION, head_count=3)])
def test_an_old_key_signs_nothing_new(event: Message) -> None:
    wire = publish(BUREAU, event)
    retired = BUREAU.cards(retired=NOW - timedelta(hours=1))
    from services.kernel.envelopes.key_cards import render
    from services.kernel.envelopes.members import Registry

    known = Registry.parse(render(1, [(BUREAU.member(), retired)]))
    assert code_of(Judge(CATALOGUE).judge(Arrival(wire, LUXIAN, "kafka"), known, NOW)) == Code.KEY_NOT_ACTIVE
