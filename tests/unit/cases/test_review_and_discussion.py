"""Rows 9 and 10: legal review and collective discussion (行政处罚法 arts. 57, 58)."""

from datetime import date

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import review_pb2 as review
from enforcement.options.v1 import options_pb2 as options

from services.cases.model import Refusal, Stage, case
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import CHIEF, HEAD, LEADER, LI, LOCAL_RULES, given, on, uid
from tests.unit.cases.acts import (
    APPROVED,
    INVESTIGATING,
    NOTICE_AT,
    NOTICE_SERVED,
    NOTIFIED,
    PENALISE,
    PENALISED,
    REPORTED,
    SPARE,
    SPARED,
    WAIVED,
    changed,
    known,
)
from tests.unit.cases.procedure import (
    BEGINNER,
    CALLED,
    CLASSIFY,
    DISCUSS,
    DISCUSSED,
    FINISHED,
    MAJOR,
    NEEDS_REVIEW,
    PASSED,
    PEOPLE,
    RETURNED,
    REVIEW,
    REVIEWED,
    REVIEWER,
    SENT,
    SUBMIT,
    SUBMITTED,
    VETERAN,
)

AFTER = "2024-12-18 15:00"
READY = (*NOTIFIED, on("2024-09-28 10:00", WAIVED))
"""The party waived, so nothing but the rules of these rows stands in the way."""
FOR_REVIEW = (*READY, NEEDS_REVIEW)
LOWER = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=800_000)


def switched(name, value):
    return Rules({name: ((date(2024, 1, 1), value),)}, LOCAL_RULES.local)


def decide(history, command=PENALISE, rules=None):
    return given(case, *history).when(command, actor=LEADER, at=AFTER, rules=rules)


# ── legal review ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_classified_so_needs_review():
    given(case, *INVESTIGATING).when(CLASSIFY, actor=CHIEF).then(NEEDS_REVIEW)
    decide(FOR_REVIEW).refused(Refusal.LEGAL_REVIEW_NEEDED, grounds="涉及重大公共利益")


@pytest.mark.parametrize(
    "ground", [one for one in notices.ReviewGround.values() if one], ids=notices.ReviewGround.keys()[1:]
)
def test_each_ground_of_the_law_asks_for_review(ground):
    decide((*READY, changed(NEEDS_REVIEW, review_grounds=[ground]))).refused(Refusal.LEGAL_REVIEW_NEEDED)


def test_after_a_hearing_nothing_is_decided_without_review():
    decide(FINISHED, changed(PENALISE, defence_review="不成立")).refused(
        Refusal.LEGAL_REVIEW_NEEDED, grounds="直接关系当事人或者第三人重大权益，经过听证程序"
    )
    assert decide(REVIEWED).state.stage is Stage.DECIDED


def test_a_case_that_no_law_wants_reviewed_is_decided_without():
    decide(READY).then(PENALISED)


def test_review_is_asked_for_with_its_grounds():
    after = (
        given(case, *FINISHED)
        .when(SUBMIT)
        .then(changed(SUBMITTED, mandatory=True, grounds=[notices.REVIEW_GROUND_MAJOR_RIGHTS]))
    )
    assert known(after.review).asked
    given(case, *READY).when(SUBMIT).then(SUBMITTED)


def test_a_case_goes_to_review_after_its_investigation_and_not_while_a_hearing_is_open():
    given(case, *INVESTIGATING).when(SUBMIT).refused(KernelRefusal.WRONG_STAGE, stage="调查中")
    given(case, *CALLED).when(SUBMIT).refused(Refusal.HEARING_OPEN, state="已通知")


def test_a_reviewer_passes_it():
    after = given(case, *SENT).when(REVIEW, actor=REVIEWER, officers=PEOPLE).then(changed(PASSED, major=True))
    assert after.stage is Stage.LEGAL_REVIEWED


def test_nobody_reviews_what_was_not_handed_in():
    given(case, *FINISHED).when(REVIEW, actor=REVIEWER, officers=PEOPLE).refused(Refusal.REVIEW_NOT_REQUESTED)
    given(case, *REVIEWED).when(REVIEW, actor=REVIEWER, officers=PEOPLE).refused(Refusal.REVIEW_NOT_REQUESTED)


def test_an_investigator_does_not_review():
    reviewing = changed(LI, roles=[options.ROLE_LEGAL_REVIEWER], legally_qualified_on="2020-03-01")
    given(case, *SENT).when(REVIEW, actor=reviewing, officers=(*PEOPLE, reviewing)).refused(
        Refusal.REVIEWER_INVESTIGATED, officer=LI.officer_id
    )


def test_who_reviews_since_2018_needs_the_examination_and_who_did_before_does_not():
    given(case, *SENT).when(REVIEW, actor=BEGINNER, officers=PEOPLE).refused(Refusal.REVIEWER_NOT_QUALIFIED)
    given(case, *SENT).when(REVIEW, actor=VETERAN, officers=PEOPLE).then(changed(PASSED, reviewer=VETERAN, major=True))


def test_what_was_returned_is_reviewed_again_before_anything_is_decided():
    returned = (*FOR_REVIEW, SUBMITTED, RETURNED)
    assert given(case, *returned).state.stage is Stage.NOTICE_SERVED
    decide(returned).refused(Refusal.REVIEW_NOT_PASSED)
    decide((*returned, SUBMITTED)).refused(Refusal.LEGAL_REVIEW_NEEDED)
    assert decide((*returned, SUBMITTED, PASSED)).state.stage is Stage.DECIDED


def test_a_review_that_was_not_needed_stands_in_the_way_when_it_was_returned():
    decide((*READY, SUBMITTED, RETURNED)).refused(Refusal.REVIEW_NOT_PASSED)
    spared = (*REPORTED, SUBMITTED, RETURNED)
    given(case, *spared).when(SPARE, actor=LEADER).refused(Refusal.REVIEW_NOT_PASSED)


BEFORE_THE_NOTICE = (
    *APPROVED,
    NEEDS_REVIEW,
    on("2024-09-26 17:00", SUBMITTED),
    on("2024-09-26 18:00", PASSED),
    on(NOTICE_AT, NOTICE_SERVED),
    on("2024-09-28 10:00", WAIVED),
)


def test_review_may_come_before_the_notice_and_leaves_the_stage_where_it_is():
    assert given(case, *BEFORE_THE_NOTICE[:-2]).state.stage is Stage.INVESTIGATION_CLOSED
    assert decide(BEFORE_THE_NOTICE).state.stage is Stage.DECIDED


def test_where_the_authority_reads_the_law_so_a_review_before_the_notice_is_advice_only():
    rules = switched("legal_review_before_notice", "advisory")
    decide(BEFORE_THE_NOTICE, rules=rules).refused(Refusal.LEGAL_REVIEW_NEEDED)
    assert decide((*BEFORE_THE_NOTICE, SUBMITTED, PASSED), rules=rules).state.stage is Stage.DECIDED


def test_a_hearing_makes_an_earlier_review_count_no_more():
    history = (*FINISHED[:5], on("2024-09-26 17:00", SUBMITTED), on("2024-09-26 18:00", PASSED), *FINISHED[5:])
    decide(history).refused(Refusal.LEGAL_REVIEW_NEEDED)


def test_a_new_notice_makes_an_earlier_review_count_no_more():
    renewed = changed(NOTICE_SERVED, notice_id=uid("second"), new_facts="又查明两次", effective_on="2024-10-08")
    waived = on("2024-10-09 10:00", WAIVED)
    history = (*FOR_REVIEW, SUBMITTED, PASSED, on("2024-10-08 10:00", renewed), waived)
    decide(history).refused(Refusal.LEGAL_REVIEW_NEEDED)


# ── collective discussion ────────────────────────────────────────────────────────────────────────────────────────────

COMPLEX = (*READY, MAJOR)


def discuss(history=COMPLEX, officers=PEOPLE, **fields):
    return given(case, *history).when(changed(DISCUSS, **fields), actor=LEADER, officers=officers)


def test_a_complex_or_major_case_is_discussed_before_it_is_decided():
    decide(COMPLEX).refused(Refusal.DISCUSSION_NEEDED)
    assert discuss().then(DISCUSSED).stage is Stage.DISCUSSED
    assert decide((*COMPLEX, DISCUSSED)).state.stage is Stage.DECIDED


def test_where_the_authority_reads_the_law_so_a_penalty_with_a_right_to_a_hearing_is_discussed():
    rules = switched("discussion_of_hearing_penalties", "yes")
    decide(READY, rules=rules).refused(Refusal.DISCUSSION_NEEDED)
    assert decide(READY).state.stage is Stage.DECIDED


def test_no_penalty_is_concluded_on_while_the_party_may_still_speak():
    def at(when, *history, **fields):
        return given(case, *history, MAJOR).when(changed(DISCUSS, **fields), actor=LEADER, at=when, officers=PEOPLE)

    last, after = "2024-10-10 23:59", "2024-10-11 00:00"
    at(last, *NOTIFIED).refused(Refusal.HEARING_PERIOD_RUNNING, until="2024-10-10")
    assert at(after, *NOTIFIED).refusal is None
    assert at("2024-09-28 11:00", *READY).refusal is None
    unheard = changed(NOTICE_SERVED, hearing_right=False)
    small = (*NOTIFIED[:-1], on(NOTICE_AT, unheard))
    at(last, *small).refused(Refusal.DEFENCE_PERIOD_RUNNING, until="2024-10-10")
    spared = {"conclusion": review.DISCUSSION_CONCLUSION_NO_PENALTY, "penalties": []}
    assert at("2024-09-28 11:00", *NOTIFIED, **spared).refusal is None


def test_one_leader_is_no_collective():
    alone = {"participant_ids": [HEAD.officer_id], "opinions": DISCUSS.opinions[1:]}
    discuss(**alone).refused(Refusal.TOO_FEW_LEADERS, least=2)
    three = Rules({"discussion_leaders_min": ((date(2024, 1, 1), "3"),)}, LOCAL_RULES.local)
    given(case, *COMPLEX).when(DISCUSS, actor=LEADER, rules=three).refused(Refusal.TOO_FEW_LEADERS, least=3)


def test_leaders_discuss_and_nobody_else():
    discuss(participant_ids=[LEADER.officer_id, LI.officer_id]).refused(Refusal.NOT_A_LEADER, officer=LI.officer_id)


def test_every_opinion_is_on_the_record():
    discuss(opinions=DISCUSS.opinions[:1]).refused(Refusal.OPINIONS_INCOMPLETE, officer=HEAD.officer_id)


def test_what_a_law_wants_reviewed_is_reviewed_before_the_leaders_discuss_it():
    both = changed(MAJOR, review_grounds=[notices.REVIEW_GROUND_COMPLEX])
    discuss((*READY, both)).refused(Refusal.LEGAL_REVIEW_NEEDED)
    discuss(CALLED).refused(Refusal.HEARING_OPEN)


def test_a_conclusion_for_a_penalty_names_it_and_any_other_names_none():
    discuss(penalties=[]).refused(Refusal.PENALTIES_AND_OUTCOME)
    discuss(conclusion=review.DISCUSSION_CONCLUSION_NO_PENALTY).refused(Refusal.PENALTIES_AND_OUTCOME)


@pytest.mark.parametrize(
    ("command", "detail"),
    [
        (changed(PENALISE, penalties=[LOWER]), "予以处罚：罚款1000000"),
        (SPARE, "予以处罚 → 不予处罚"),
    ],
    ids=["another amount", "another outcome"],
)
def test_the_decision_follows_the_discussion(command, detail):
    decide((*COMPLEX, DISCUSSED), command).refused(Refusal.DIFFERS_FROM_DISCUSSION, detail=detail)


def test_leaders_may_discuss_before_there_is_a_notice_where_none_is_punished():
    spared = {"conclusion": review.DISCUSSION_CONCLUSION_NO_PENALTY, "penalties": []}
    event = changed(DISCUSSED, **spared)
    assert discuss((*REPORTED, MAJOR), **spared).then(event).stage is Stage.INVESTIGATION_CLOSED
    given(case, *REPORTED, MAJOR).when(SPARE, actor=LEADER).refused(Refusal.DISCUSSION_NEEDED)
    given(case, *REPORTED, MAJOR, event).when(SPARE, actor=LEADER).then(SPARED)


def test_a_new_notice_makes_an_earlier_discussion_count_no_more():
    renewed = changed(NOTICE_SERVED, notice_id=uid("second"), new_facts="又查明两次", effective_on="2024-10-08")
    history = (*COMPLEX, DISCUSSED, on("2024-10-08 10:00", renewed), on("2024-10-09 10:00", WAIVED))
    decide(history).refused(Refusal.DISCUSSION_NEEDED)
