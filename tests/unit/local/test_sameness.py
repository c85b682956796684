"""Two tellings are the same when they differ in nothing but the ids that a node made up."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from deploy.local.story.sameness import Event, compared, differences

NAMED = b"01a20188-2fb1"
CASE = b"01a20188-2fb1-764b-8a65-27ddf335a031"


def told(referral: str, *, decided: int = 6, signer: bytes = b"SHI") -> list[Event]:
    """The bureau hears of a referral that the police opened under an id of their own."""
    id_, us, signed = referral.encode(), "jt-510521", signer + b" signs " + referral.encode()
    return [
        Event("ga-510521", "referral", id_, b"", "", "ReferralReceived", 1, b"opened " + id_ + b" for " + CASE),
        Event("ga-510521", "referral", id_, b"", "", "ReferralReceiptSigned", 5, signed),
        Event("ga-510521", "referral", id_, b"", "", "CriminalCaseFiled", decided, b"filed " + id_),
        Event("jt-510521", "received", id_, b"", "ga-510521", "ReferralReceiptSigned", 5, signed),
        Event(us, "received", id_, b"", "ga-510521", "CriminalCaseFiled", decided, b"filed " + id_),
    ]


def differ(one: Sequence[Event], other: Sequence[Event]) -> list[str]:
    return differences(compared(one, NAMED), compared(other, NAMED))


FIRST, SECOND = told(str(uuid4())), told(str(uuid4()))


def test_other_ids_of_chance_are_no_difference() -> None:
    assert differ(FIRST, SECOND) == []


def test_a_received_event_may_come_in_another_order() -> None:
    assert differ(FIRST, [*SECOND[:3], SECOND[4], SECOND[3]]) == []


def test_an_event_twice_is_a_difference() -> None:
    assert differ(FIRST, [*SECOND, SECOND[2]])
    assert differ(FIRST, [*SECOND, SECOND[4]])


def test_an_event_that_is_lost_is_a_difference() -> None:
    assert differ(FIRST, SECOND[:4])


def test_another_order_within_a_stream_is_a_difference() -> None:
    assert differ(FIRST, [SECOND[0], SECOND[2], SECOND[1], *SECOND[3:]])


def test_another_time_of_an_act_is_a_difference() -> None:
    assert differ(FIRST, told(str(uuid4()), decided=7))


def test_other_content_is_a_difference() -> None:
    assert differ(FIRST, told(str(uuid4()), signer=b"HE"))


def test_an_id_that_follows_from_the_story_is_compared_as_it_is() -> None:
    other = CASE.replace(b"a031", b"a032")
    assert differ(FIRST, [replace(event, body=event.body.replace(CASE, other)) for event in SECOND])


def test_an_event_about_another_referral_is_a_difference() -> None:
    stranger = str(uuid4()).encode()
    referral = SECOND[0].stream_id
    assert differ(FIRST, [*SECOND[:4], replace(SECOND[4], body=SECOND[4].body.replace(referral, stranger))])


def answered(*answers: bytes, between: bytes = b"") -> list[Event]:
    """An inquiry and the answers that came to it, in this order."""
    us, stream = "jt-510521", b"01940000-0000-8000-8000-0000000000aa"
    told = [Event(us, "act_inquiry", stream, b"", "", "ActAnswerRecorded", 1, one, answers=True) for one in answers]
    if between:
        told.insert(1, Event(us, "act_inquiry", stream, b"", "", "ActInquiryClosed", 1, between))
    return told


def test_answers_of_several_authorities_may_come_in_another_order() -> None:
    assert not differ(answered(b"YONGCHUAN", b"RONGCHANG"), answered(b"RONGCHANG", b"YONGCHUAN"))


def test_an_answer_that_came_before_an_own_act_or_after_it_is_a_difference() -> None:
    one, other = (b"YONGCHUAN", b"RONGCHANG"), (b"RONGCHANG", b"YONGCHUAN")
    assert differ(answered(*one, between=b"closed"), answered(*other, between=b"closed"))
