"""Recognition of evidence: all tests hold, or the verdict says which do not and whether they can be put right."""

from datetime import date
from typing import Any

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands
from hypothesis import given as samples
from hypothesis import strategies as st

from services.cross_border.model import Refusal, request
from services.cross_border.recognition import judge
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from tests.support.decider import LI, MEMBERS, YONGCHUAN, given, instant, uid
from tests.unit.cross_border.acts import (
    ACCEPTED,
    ANSWERED,
    CASE,
    CHEN,
    CONFIRMED,
    DELIVERED,
    FROM_RESPONDER,
    ITEM,
    LAPSED,
    LIN,
    REQUEST,
    SHA,
    answer_received,
    custody,
    item,
    sent,
)

RONGCHANGS = common.Place(division_code="500153", description="荣昌区 峰高街道")
NO_DESCRIPTION = common.Place(division_code="500118")
OTHER = bytes(32)
TEST = pb.RecognitionTest
GOT_FROM_SOMEONE = pb.CustodyStep(
    received_from="someone", holder=YONGCHUAN.id, received_at=to_timestamp(instant("2024-12-20 16:00"))
)
FAILURES: list[tuple[dict[str, Any], pb.RecognitionTest.ValueType, bool]] = [
    ({"collectors": [CHEN]}, pb.RECOGNITION_TEST_TWO_OFFICERS, False),
    ({"collectors": [CHEN, CHEN]}, pb.RECOGNITION_TEST_TWO_OFFICERS, False),
    ({"collectors": [CHEN, LAPSED]}, pb.RECOGNITION_TEST_CREDENTIAL, True),
    ({"place": RONGCHANGS}, pb.RECOGNITION_TEST_TERRITORY, False),
    ({"kind": pb.EVIDENCE_KIND_UNSPECIFIED}, pb.RECOGNITION_TEST_KIND, False),
    ({"collected_at": None}, pb.RECOGNITION_TEST_FORM, True),
    ({"place": NO_DESCRIPTION}, pb.RECOGNITION_TEST_FORM, True),
    ({"persons": []}, pb.RECOGNITION_TEST_FORM, True),
    ({"signed": False}, pb.RECOGNITION_TEST_FORM, True),
    ({"captured_sha256": OTHER}, pb.RECOGNITION_TEST_INTEGRITY, False),
    ({"custody": []}, pb.RECOGNITION_TEST_CUSTODY, True),
    ({"custody": custody(YONGCHUAN.id)}, pb.RECOGNITION_TEST_CUSTODY, True),
    ({"custody": custody(CHEN.officer_id, YONGCHUAN.id, hours=(16, 15))}, pb.RECOGNITION_TEST_CUSTODY, True),
    (
        {"custody": [*custody(CHEN.officer_id), GOT_FROM_SOMEONE]},
        pb.RECOGNITION_TEST_CUSTODY,
        True,
    ),
    ({"exclusion_reason": "以引诱方式取得"}, pb.RECOGNITION_TEST_NOT_EXCLUDED, False),
]


def verdict_on(shown: pb.EvidenceItem, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "held_sha256": SHA,
        "members": MEMBERS,
        "for_assist": True,
        "inactive_remediable": True,
    }
    return judge(shown, **(facts | changes))


def test_evidence_that_passes_every_test_is_recognised():
    assert verdict_on(item()) == verdict_on(item(), for_assist=False)
    assert (verdict_on(item()).verdict, verdict_on(item()).shortcomings) == (pb.VERDICT_RECOGNISED, ())


@pytest.mark.parametrize(("changes", "test", "remediable"), FAILURES)
def test_a_test_that_does_not_hold_is_named_with_whether_it_can_be_put_right(changes, test, remediable):
    judgement = verdict_on(item(**changes))
    assert [(one.test, one.remediable) for one in judgement.shortcomings] == [(test, remediable)]
    expected = pb.VERDICT_NEEDS_REMEDY if remediable else pb.VERDICT_NOT_RECOGNISED
    assert judgement.verdict == expected
    assert judgement.shortcomings[0].detail


def test_a_file_that_is_no_longer_the_one_that_was_sent_is_not_recognised():
    judgement = verdict_on(item(), held_sha256=OTHER)
    assert [one.test for one in judgement.shortcomings] == [pb.RECOGNITION_TEST_INTEGRITY]
    assert judgement.verdict == pb.VERDICT_NOT_RECOGNISED


def test_a_note_of_refusal_stands_for_the_signature():
    assert verdict_on(item(signed=False, refusal_note="当事人拒绝签名")).verdict == pb.VERDICT_RECOGNISED


def test_an_accepted_request_lets_officers_collect_outside_their_territory():
    outside = item(place=RONGCHANGS, collected_on_request=True)
    assert verdict_on(outside).verdict == pb.VERDICT_RECOGNISED
    assert verdict_on(outside, for_assist=False).verdict == pb.VERDICT_NOT_RECOGNISED


def test_collectors_of_an_unknown_authority_have_no_territory():
    judgement = verdict_on(item(), members={})
    assert [one.test for one in judgement.shortcomings] == [pb.RECOGNITION_TEST_TERRITORY]


@samples(st.sets(st.sampled_from(range(len(FAILURES)))))
def test_one_failure_for_good_outweighs_all_that_can_be_put_right(chosen):
    changes: dict[str, Any] = {}
    for n in sorted(chosen):
        changes |= FAILURES[n][0]
    judgement = verdict_on(item(**changes))
    for_good = [one for one in judgement.shortcomings if not one.remediable]
    if for_good:
        assert judgement.verdict == pb.VERDICT_NOT_RECOGNISED
    elif judgement.shortcomings:
        assert judgement.verdict == pb.VERDICT_NEEDS_REMEDY
    else:
        assert judgement.verdict == pb.VERDICT_RECOGNISED
    assert bool(judgement.shortcomings) == bool(chosen)


# ---- the command ----


def recognise(item_id: str = ITEM, held: bytes = SHA) -> commands.RecogniseEvidenceRequest:
    return commands.RecogniseEvidenceRequest(request_id=REQUEST, item_id=item_id, held_sha256=held)


def recognised(shown: pb.EvidenceItem, **changes: Any) -> pb.EvidenceRecognised:
    fields: dict[str, Any] = {
        "case_id": CASE,
        "item_id": ITEM,
        "verdict": pb.VERDICT_RECOGNISED,
        "item": shown,
        "blob": shown.blob,
    }
    return pb.EvidenceRecognised(**(FROM_RESPONDER | fields | changes))


def needs_remedy(shown: pb.EvidenceItem) -> pb.EvidenceRecognised:
    return recognised(
        shown,
        verdict=pb.VERDICT_NEEDS_REMEDY,
        shortcomings=[pb.Shortcoming(test=pb.RECOGNITION_TEST_FORM, remediable=True, detail="在场人员")],
    )


def test_the_verdict_is_recorded_with_the_item_for_the_case():
    given(request, *ANSWERED).when(recognise(), actor=LI).then(recognised(item()))


def test_a_confirmed_answer_can_still_be_judged():
    given(request, *ANSWERED, CONFIRMED).when(recognise(), actor=LI).then(recognised(item()))


def test_an_item_that_the_answer_does_not_hold_cannot_be_judged():
    given(request, *ANSWERED).when(recognise(uid("other")), actor=LI).refused(Refusal.ITEM_UNKNOWN)


def test_what_was_recognised_is_not_judged_again():
    given(request, *ANSWERED, recognised(item())).when(recognise(), actor=LI).refused(Refusal.RECOGNISED_ALREADY)


def test_what_needed_remedy_is_judged_again_when_it_came_again():
    without = item(persons=[])
    history = [sent(), DELIVERED, ACCEPTED, answer_received(without)]
    given(request, *history).when(recognise(), actor=LI).then(needs_remedy(without))
    reopened = pb.RequestReopened(**FROM_RESPONDER, reason="补在场人员")
    again = [*history, needs_remedy(without), reopened, answer_received(item())]
    given(request, *again).when(recognise(), actor=LI).then(recognised(item()))


def test_nothing_is_judged_before_the_answer():
    outcome = given(request, sent(), DELIVERED, ACCEPTED).when(recognise(), actor=LI)
    outcome.refused(KernelRefusal.WRONG_STAGE)


@pytest.mark.parametrize(
    ("collected", "verdict"),
    [("2025-01-01 00:30", pb.VERDICT_NOT_RECOGNISED), ("2024-12-31 23:30", pb.VERDICT_NEEDS_REMEDY)],
)
def test_the_rule_of_the_day_of_collection_judges_an_inactive_credential(collected, verdict):
    lapsed = item(collectors=[CHEN, LAPSED], collected_at=to_timestamp(instant(collected)))
    rules = Rules({"inactive_collector": ((date(2025, 1, 1), "NOT_RECOGNISED"),)})
    history = [sent(), DELIVERED, ACCEPTED, answer_received(lapsed)]
    outcome = given(request, *history).when(recognise(), actor=LI, rules=rules, at="2025-01-10 10:00")
    [event] = outcome.events
    assert isinstance(event, pb.EvidenceRecognised)
    value = "NOT_RECOGNISED" if verdict == pb.VERDICT_NOT_RECOGNISED else "NEEDS_REMEDY"
    assert (event.verdict, event.policy) == (verdict, f"inactive_collector={value}")


def test_evidence_shared_without_assistance_is_judged_by_territory():
    outside = item(place=RONGCHANGS, collected_on_request=True, collectors=[CHEN, LIN])
    shared = sent(request_type=pb.REQUEST_TYPE_EVIDENCE_SHARE)
    outcome = given(request, shared, DELIVERED, ACCEPTED, answer_received(outside)).when(recognise(), actor=LI)
    [event] = outcome.events
    assert event.verdict == pb.VERDICT_NOT_RECOGNISED  # type: ignore[attr-defined]


def test_a_file_that_is_not_the_captured_one_alarms_both_sides():
    verdict, alert = given(request, *ANSWERED).when(recognise(held=OTHER), actor=LI).events
    assert verdict.verdict == pb.VERDICT_NOT_RECOGNISED  # type: ignore[attr-defined]
    assert alert == pb.EvidenceAltered(
        **FROM_RESPONDER, item_id=ITEM, captured_sha256=SHA, sent_sha256=SHA, held_sha256=OTHER
    )


def test_what_lacks_a_form_alarms_nobody():
    formless = [sent(), DELIVERED, ACCEPTED, answer_received(item(persons=[]))]
    [verdict] = given(request, *formless).when(recognise(), actor=LI).events
    assert verdict.verdict == pb.VERDICT_NEEDS_REMEDY  # type: ignore[attr-defined]
