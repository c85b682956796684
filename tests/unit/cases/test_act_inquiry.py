"""One act, one fine (一事不再罚, 行政处罚法 art. 29): who is asked what, who may answer, and what an answer shows."""

from datetime import date
from typing import Final

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.options.v1 import options_pb2 as options
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from services.cases.model import Refusal
from services.cases.model.act_inquiry import (
    BUCKETS,
    RECIPIENTS_MAX,
    AskedAct,
    FoundCases,
    Subjects,
    act_answer,
    act_inquiry,
    matched,
    names,
    recipients_of,
)
from services.cases.model.duplicates import OtherCases, review
from services.kernel.authority import Authority
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import encode, type_name
from services.kernel.rules import Rules
from tests.support.decider import LUXIAN, POLICY, RONGCHANG, YONGCHUAN, given, uid
from tests.unit.cases.acts import CASE, PARTY, changed

INQUIRY: Final = uid("inquiry")
VEHICLE: Final = events.Vehicle(plate="川E12345", plate_colour="蓝")
SUBJECTS: Final = Subjects.of(PARTY, VEHICLE)
DIGESTS: Final = SUBJECTS.digests(INQUIRY)
ASKED: Final = AskedAct(tuple(DIGESTS), "RTR-63-2", date(2024, 9, 5), date(2024, 9, 7))
ASK: Final = pb.AskAboutActRequest(inquiry_id=INQUIRY, matter_id=CASE)
SENT: Final = pb.ActInquirySent(
    inquiry_id=INQUIRY,
    recipient_ids=[YONGCHUAN.id, RONGCHANG.id],
    subjects=DIGESTS,
    act_codes=["RTR-63-2"],
    from_on="2024-09-05",
    to_on="2024-09-07",
    matter_id=CASE,
    first_violation=True,
)
MATCH: Final = pb.ActMatch(
    state=pb.ACT_MATCH_STATE_FINED,
    case_number="永川〔2024〕0917号",
    act_code="RTR-63-2",
    matched_by=pb.ACT_SUBJECT_KIND_PARTY,
)
ANSWER: Final = pb.AnswerActInquiryRequest(
    answer_id=uid("answer"),
    inquiry_id=INQUIRY,
    requester_id=LUXIAN.id,
    subjects=DIGESTS,
    act_codes=["RTR-63-2"],
    from_on="2024-09-05",
    to_on="2024-09-07",
)
ANSWERED: Final = pb.ActInquiryAnswered(
    answer_id=uid("answer"), inquiry_id=INQUIRY, requester_id=LUXIAN.id, matches=[MATCH], complete=True
)
RECORD: Final = pb.RecordActAnswerRequest(inquiry_id=INQUIRY, responder_id=YONGCHUAN.id, matches=[MATCH], complete=True)
RECORDED: Final = pb.ActAnswerRecorded(
    inquiry_id=INQUIRY, responder_id=YONGCHUAN.id, matter_id=CASE, matches=[MATCH], complete=True
)


def test_all_other_transport_bureaus_are_asked():
    given(act_inquiry).when(ASK, found=ASKED).then(SENT)


def test_or_those_that_are_configured_or_nobody():
    one = Rules({"act_inquiry_recipients": ((date(2024, 1, 1), f"{YONGCHUAN.id},jt-999999"),)})
    given(act_inquiry).when(ASK, found=ASKED, rules=one).then(changed(SENT, recipient_ids=[YONGCHUAN.id]))
    nobody = Rules({"act_inquiry_recipients": ((date(2024, 1, 1), "none"),)})
    given(act_inquiry).when(ASK, found=ASKED, rules=nobody).refused(Refusal.NOBODY_TO_ASK)
    given(act_inquiry).when(ASK, found=ASKED, rules=nobody, actor=POLICY).then()


@pytest.mark.parametrize("value", ["jt-510521;jt-500118", "ga-510521", "5", ""])
def test_a_list_of_recipients_is_a_list_of_bureaus(value):
    with pytest.raises(ValueError, match="act_inquiry_recipients"):
        Rules({"act_inquiry_recipients": ((date(2024, 1, 1), value),)})


def test_or_those_that_the_officer_names():
    named = changed(ASK, recipient_ids=[YONGCHUAN.id, LUXIAN.id, YONGCHUAN.id])
    given(act_inquiry).when(named, found=ASKED).then(changed(SENT, recipient_ids=[YONGCHUAN.id]))
    given(act_inquiry).when(changed(ASK, recipient_ids=["ga-510521"]), found=ASKED).refused(Refusal.NOBODY_TO_ASK)
    given(act_inquiry).when(changed(ASK, recipient_ids=["jt-999999"]), found=ASKED).refused(
        KernelRefusal.UNKNOWN_AUTHORITY
    )


def test_an_act_may_break_several_norms():
    given(act_inquiry).when(changed(ASK, also_act_codes=["HPR-64", "RTR-63-2"]), found=ASKED).then(
        changed(SENT, act_codes=["RTR-63-2", "HPR-64"])
    )


def test_without_a_number_and_a_plate_there_is_nothing_to_ask():
    unknown = AskedAct((), "RTR-63-2", date(2024, 9, 5), date(2024, 9, 7))
    given(act_inquiry).when(ASK, found=unknown).refused(Refusal.NOTHING_TO_ASK_ABOUT)
    given(act_inquiry).when(ASK, found=unknown, actor=POLICY).then()
    assert not Subjects.of(events.Party(name="张三"), events.Vehicle(type="小型客车"))


def test_the_nearest_are_asked_when_there_are_too_many():
    crowd = {f"jt-{n:06}": Authority(f"jt-{n:06}", "某局") for n in range(500_000, 500_000 + RECIPIENTS_MAX)}
    near = Authority("jt-510522", "合江县交通运输局")
    asked = recipients_of(LUXIAN, {**crowd, near.id: near, LUXIAN.id: LUXIAN}, Rules(), date(2024, 9, 6))
    assert (asked[0], len(asked), LUXIAN.id in asked) == (near.id, RECIPIENTS_MAX, False)


def test_an_authority_answers_whoever_asked():
    found = FoundCases((MATCH,))
    given(act_answer).when(ANSWER, actor=POLICY, origin=LUXIAN.id, authority=YONGCHUAN, found=found).then(ANSWERED)
    given(act_answer).when(ANSWER, actor=POLICY, origin=RONGCHANG.id, authority=YONGCHUAN, found=found).refused(
        Refusal.NOT_ASKED, authority=LUXIAN.id
    )


def test_nothing_found_is_an_answer_too():
    given(act_answer).when(ANSWER, actor=POLICY, origin=LUXIAN.id, authority=YONGCHUAN).then(
        changed(ANSWERED, matches=[])
    )


def test_whoever_was_asked_answers_once_and_for_itself():
    given(act_inquiry, SENT).when(RECORD, actor=POLICY, origin=YONGCHUAN.id).then(RECORDED)
    given(act_inquiry, SENT).when(RECORD, actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_ASKED)
    given(act_inquiry, SENT, RECORDED).when(RECORD, actor=POLICY, origin=YONGCHUAN.id).refused(Refusal.NOT_ASKED)
    stranger = changed(RECORD, responder_id="jt-510522")
    given(act_inquiry, SENT).when(stranger, actor=POLICY, origin="jt-510522").refused(Refusal.NOT_ASKED)


@pytest.mark.parametrize("event", [SENT, ANSWERED], ids=["question", "answer"])
def test_neither_number_nor_plate_nor_name_crosses_the_border(event):
    catalogue = Catalogue.load()
    told = catalogue.view(type_name(event), encode(event), options.VISIBILITY_ADDRESSEE)
    assert not [secret for secret in ("张三", PARTY.id_number, "E12345", CASE) if secret.encode() in told]
    assert not catalogue.view(type_name(event), encode(event), options.VISIBILITY_FEED)


def test_the_same_subject_looks_different_in_every_inquiry():
    assert SUBJECTS.digests(INQUIRY) == DIGESTS
    other = SUBJECTS.digests(uid("other"))
    assert not {one.digest for one in DIGESTS} & {one.digest for one in other}


def test_writing_a_plate_another_way_makes_no_difference():
    written = Subjects.of(events.Party(), events.Vehicle(plate="川e·123 45", plate_colour="蓝"))
    assert written.plate == SUBJECTS.plate


def by(party: str, plate: str, colour: str = "蓝") -> Subjects:
    return Subjects.of(events.Party(id_number=party), events.Vehicle(plate=plate, plate_colour=colour))


@pytest.mark.parametrize(
    ("candidate", "kind"),
    [
        (by(PARTY.id_number, "川E12345"), pb.ACT_SUBJECT_KIND_PARTY),
        (by(PARTY.id_number, "川E99999"), pb.ACT_SUBJECT_KIND_PARTY),
        (by("", "川E12345"), pb.ACT_SUBJECT_KIND_VEHICLE),
        (by("510521199001019999", "川E12345"), pb.ACT_SUBJECT_KIND_UNSPECIFIED),
        (by("", "川E12345", "黄"), pb.ACT_SUBJECT_KIND_UNSPECIFIED),
        (by("", "川E99999"), pb.ACT_SUBJECT_KIND_UNSPECIFIED),
    ],
    ids=["both", "party", "vehicle of whom is not known", "another party", "another colour", "neither"],
)
def test_a_case_is_the_same_by_its_party_or_by_its_vehicle_while_no_party_says_otherwise(candidate, kind):
    assert matched(DIGESTS, INQUIRY, candidate) == kind


def refusal_of(known, decision, reason, *, fines):
    """Why a decision is refused; None when it is not."""
    try:
        review(known, decision, reason, fines=fines)
    except Refused as refused:
        return refused.code
    return None


MATCHES: Final = st.lists(
    st.builds(pb.ActMatch, state=st.sampled_from(pb.ActMatchState.values()[1:]), case_number=st.just("号")), max_size=3
)
DECISIONS: Final = st.sampled_from(pb.DuplicateDecision.values())


@settings(max_examples=300)
@draw(MATCHES, DECISIONS, st.sampled_from(["", " ", "理由"]), st.booleans())
def test_a_warning_blocks_nothing_that_is_decided_with_a_reason_but_a_second_fine(matches, decision, reason, fines):
    decided = bool(decision) and bool(reason.strip())
    fined = any(match.state == pb.ACT_MATCH_STATE_FINED for match in matches)
    allowed = not matches or decided
    if fines and fined:
        allowed = decided and decision == pb.DUPLICATE_DECISION_ANOTHER_ACT
    expected = None if allowed else Refusal.SECOND_FINE if fines and fined else Refusal.DUPLICATE_UNDECIDED
    assert refusal_of(OtherCases(tuple(matches)), decision, reason, fines=fines) is expected


IDENTIFIERS: Final = st.sampled_from(["", "A", "B"])
SOMEBODY: Final = st.builds(by, IDENTIFIERS, IDENTIFIERS)


@settings(max_examples=40)
@draw(SOMEBODY, SOMEBODY)
def test_buckets_leave_out_nobody_who_is_meant(asked, candidate):
    digests = asked.digests(INQUIRY)
    same_party = asked.party_number == candidate.party_number != ""
    party_open = "" in (asked.party_number, candidate.party_number)
    same_vehicle = asked.plate == candidate.plate != "" and party_open
    expected = pb.ACT_SUBJECT_KIND_PARTY if same_party else pb.ACT_SUBJECT_KIND_VEHICLE if same_vehicle else 0
    assert matched(digests, INQUIRY, candidate) == expected


def test_a_bucket_says_little_and_always_the_same():
    assert SUBJECTS.buckets == {one.kind: one.bucket for one in SUBJECTS.digests(uid("other"))}
    crowd = {by(f"5105211990{n:08}", "").buckets[pb.ACT_SUBJECT_KIND_PARTY] for n in range(5_000)}
    assert 2_500 < len(crowd) <= BUCKETS


def test_what_is_in_another_bucket_costs_no_digest(monkeypatch):
    (elsewhere,) = [one for one in DIGESTS if one.kind == pb.ACT_SUBJECT_KIND_VEHICLE]
    monkeypatch.setattr("services.cases.model.act_inquiry._digest", None)
    assert not names(changed(elsewhere, bucket=(elsewhere.bucket + 1) % BUCKETS), INQUIRY, "川E12345/蓝")
