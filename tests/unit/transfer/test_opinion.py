"""The procuratorate's side of an opinion: review, issue, what the authority tells, acknowledgement, telling others."""

import pytest
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.errors import KernelRefusal
from services.transfer.model.opinion import Stage, opinion
from services.transfer.model.shared import Refusal
from tests.support.decider import POLICE, POLICY, given, on
from tests.unit.transfer.opinion_acts import (
    ARRIVED,
    AT_PROCURATORATE,
    ISSUE,
    ISSUE_TRANSFER,
    ISSUED,
    ISSUED_AT,
    LETTER,
    OPEN_REVIEW,
    OPINION,
    OUT,
    PERSON,
    REVIEW_OPENED,
    REVIEWED_AT,
    TRANSFER_ISSUED,
    UNDER_REVIEW,
    tell,
    told,
)

PAUSE = pb.PauseOpinionReviewRequest(opinion_id=OPINION, ground=pb.REVIEW_PAUSE_GROUND_COMPLAINT, reason="被害人申诉")
PAUSED = pb.OpinionReviewPaused(opinion_id=OPINION, ground=pb.REVIEW_PAUSE_GROUND_COMPLAINT, reason="被害人申诉")
RESUMED = pb.OpinionReviewResumed(opinion_id=OPINION)
EXTEND = pb.ExtendOpinionReviewRequest(opinion_id=OPINION, working_days=5, document=LETTER)
CLOSE = pb.CloseOpinionReviewRequest(opinion_id=OPINION, reason="已过追责时效")
WITHDRAW = pb.WithdrawOpinionRequest(opinion_id=OPINION, reason="撤销不起诉决定")
ACKNOWLEDGE = pb.AcknowledgeOpinionReplyRequest(opinion_id=OPINION, remark="同意")
ESCALATE = pb.EscalateOpinionRequest(opinion_id=OPINION, target=pb.ESCALATION_TARGET_JUSTICE, letter=LETTER)


def changed(command, **fields):
    copy = type(command)()
    copy.CopyFrom(command)
    for name, value in fields.items():
        if isinstance(value, list):
            copy.ClearField(name)
            getattr(copy, name).extend(value)
        elif hasattr(value, "DESCRIPTOR"):
            getattr(copy, name).CopyFrom(value)
        else:
            setattr(copy, name, value)
    return copy


def test_a_decision_not_to_prosecute_is_registered_for_review():
    given(opinion).when(OPEN_REVIEW, at=REVIEWED_AT, **AT_PROCURATORATE).then(REVIEW_OPENED)


def test_an_opinion_names_who_was_not_prosecuted_and_the_decision():
    bare = changed(REVIEW_OPENED, persons=[], decision_number="")
    review = given(opinion, on(REVIEWED_AT, bare))
    review.when(ISSUE, at=ISSUED_AT, **AT_PROCURATORATE).refused(Refusal.NO_PERSON)
    named = changed(ISSUE, persons=[PERSON])
    review.when(named, at=ISSUED_AT, **AT_PROCURATORATE).refused(Refusal.NO_DECISION_NUMBER)
    whole = changed(named, decision_number="泸县检刑不诉〔2025〕7号")
    review.when(whole, at=ISSUED_AT, **AT_PROCURATORATE).then(ISSUED)


def test_the_opinion_goes_to_the_competent_authority_with_what_its_penalty_needs():
    given(opinion, *UNDER_REVIEW).when(ISSUE, at=ISSUED_AT, **AT_PROCURATORATE).then(ISSUED)


def test_an_opinion_goes_to_a_transport_authority():
    other = changed(ISSUE, bureau_id=POLICE.id)
    given(opinion, *UNDER_REVIEW).when(other, at=ISSUED_AT, **AT_PROCURATORATE).refused(Refusal.OPINION_NOT_TO_BUREAU)


def test_an_opinion_goes_to_a_member():
    other = changed(ISSUE, bureau_id="jt-510522")
    given(opinion, *UNDER_REVIEW).when(other, at=ISSUED_AT, **AT_PROCURATORATE).refused(KernelRefusal.UNKNOWN_AUTHORITY)


@pytest.mark.parametrize("until", ["2025-04-10", "2025-04-09"])
def test_a_reply_is_not_due_on_the_day_of_the_opinion_or_before(until):
    early = changed(ISSUE, reply_period=pb.ReplyPeriod(until_on=until))
    given(opinion, *UNDER_REVIEW).when(early, at=ISSUED_AT, **AT_PROCURATORATE).refused(
        Refusal.REPLY_DUE_BEFORE_ISSUE, until=until
    )


def test_a_reply_may_be_due_the_day_after():
    soon = changed(ISSUE, reply_period=pb.ReplyPeriod(until_on="2025-04-11"))
    assert given(opinion, *UNDER_REVIEW).when(soon, at=ISSUED_AT, **AT_PROCURATORATE).events


def test_an_act_after_the_opinion_is_none():
    late = changed(ISSUE, act_on="2025-04-11")
    given(opinion, *UNDER_REVIEW).when(late, at=ISSUED_AT, **AT_PROCURATORATE).refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_an_opinion_is_issued_once():
    given(opinion, *OUT).when(ISSUE, at=ISSUED_AT, **AT_PROCURATORATE).refused(KernelRefusal.WRONG_STAGE)


def test_an_opinion_is_not_issued_before_its_review():
    given(opinion, *UNDER_REVIEW).when(ISSUE, at="2025-04-08 08:59", **AT_PROCURATORATE).refused(
        Refusal.ACT_BEFORE_ITS_CAUSE
    )


def test_a_review_ends_without_an_opinion_when_no_penalty_is_due():
    ended = given(opinion, *UNDER_REVIEW).when(CLOSE, at=ISSUED_AT, **AT_PROCURATORATE)
    assert ended.then(pb.OpinionNotNeeded(opinion_id=OPINION, reason="已过追责时效")).stage is Stage.NOT_NEEDED


def test_a_complaint_pauses_the_review():
    given(opinion, *UNDER_REVIEW).when(PAUSE, at="2025-04-09 09:00", **AT_PROCURATORATE).then(PAUSED)


@pytest.mark.parametrize("command", [ISSUE, CLOSE, EXTEND], ids=["issue", "close", "extend"])
def test_a_review_that_stands_still_is_not_ended(command):
    still = given(opinion, *UNDER_REVIEW, on("2025-04-09 09:00", PAUSED))
    still.when(command, at=ISSUED_AT, **AT_PROCURATORATE).refused(Refusal.REVIEW_PAUSED)


def test_a_review_goes_on_once():
    going = given(opinion, *UNDER_REVIEW, on("2025-04-09 09:00", PAUSED))
    going.when(pb.ResumeOpinionReviewRequest(opinion_id=OPINION), at=ISSUED_AT, **AT_PROCURATORATE).then(RESUMED)
    given(opinion, *UNDER_REVIEW).when(
        pb.ResumeOpinionReviewRequest(opinion_id=OPINION), at=ISSUED_AT, **AT_PROCURATORATE
    ).refused(KernelRefusal.WRONG_STAGE)


def test_a_review_gets_more_time_until_its_tenth_working_day_is_over():
    """Registered 2025-04-08: ten working days without the 8th end on 04-22."""
    extended = pb.OpinionReviewExtended(opinion_id=OPINION, working_days=5, document=LETTER)
    review = given(opinion, *UNDER_REVIEW)
    review.when(EXTEND, at="2025-04-22 23:59", **AT_PROCURATORATE).then(extended)
    review.when(EXTEND, at="2025-04-23 00:00", **AT_PROCURATORATE).refused(Refusal.REVIEW_TIME_OVER, due="2025-04-22")


def test_nothing_is_decided_or_extended_before_its_time():
    """A decision of tomorrow would start the clock of the opinion too late."""
    tomorrow = changed(OPEN_REVIEW, decided_on="2025-04-09")
    given(opinion).when(tomorrow, at=REVIEWED_AT, **AT_PROCURATORATE).refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    given(opinion, *UNDER_REVIEW).when(EXTEND, at="2025-04-08 08:59", **AT_PROCURATORATE).refused(
        Refusal.ACT_BEFORE_ITS_CAUSE
    )


def test_the_time_of_a_pause_does_not_count_for_an_extension():
    paused = (on("2025-04-09 09:00", PAUSED), on("2025-04-11 09:00", RESUMED))
    extended = pb.OpinionReviewExtended(opinion_id=OPINION, working_days=5, document=LETTER)
    given(opinion, *UNDER_REVIEW, *paused).when(EXTEND, at="2025-04-25 12:00", **AT_PROCURATORATE).then(extended)


def test_an_extended_review_may_be_extended_until_that_time_is_over():
    extended = pb.OpinionReviewExtended(opinion_id=OPINION, working_days=5, document=LETTER)
    longer = given(opinion, *UNDER_REVIEW, extended)
    longer.when(EXTEND, at="2025-04-28 12:00", **AT_PROCURATORATE).then(extended)
    longer.when(EXTEND, at="2025-04-30 12:00", **AT_PROCURATORATE).refused(Refusal.REVIEW_TIME_OVER)


def test_what_the_authority_tells_is_kept():
    told_it = given(opinion, *OUT).when(
        tell(pb.OPINION_STEP_RECEIVED, reply_nominal_on="2025-06-10"),
        actor=POLICY,
        authority=AT_PROCURATORATE["authority"],
    )
    assert told_it.then(ARRIVED).stage is Stage.RECEIVED


def test_nobody_else_tells_of_an_opinion():
    other = tell(pb.OPINION_STEP_REPLIED)
    other.bureau_id = POLICE.id
    given(opinion, *OUT).when(other, actor=POLICY).refused(Refusal.NOT_ITS_TRANSFER)


def test_messages_that_come_late_do_not_turn_the_stage_back():
    state = given(opinion, *OUT, told(pb.OPINION_STEP_DECIDED), told(pb.OPINION_STEP_CASE_FILED)).state
    assert state.stage is Stage.DECIDED


def test_an_interim_reply_is_no_stage():
    replied = told(pb.OPINION_STEP_REPLIED_INTERIM)
    assert given(opinion, *OUT, ARRIVED, replied).state.stage is Stage.RECEIVED


def test_a_result_that_is_acknowledged_ends_the_matter():
    result = told(pb.OPINION_STEP_REPLIED, outcome=pb.OPINION_OUTCOME_PENALTY)
    ended = given(opinion, *OUT, result).when(ACKNOWLEDGE, **AT_PROCURATORATE)
    event = pb.OpinionReplyAcknowledged(
        opinion_id=OPINION, bureau_id="jt-510521", kind=pb.REPLY_KIND_RESULT, remark="同意"
    )
    assert ended.then(event).stage is Stage.ACKNOWLEDGED


def test_an_interim_reply_that_is_acknowledged_ends_nothing():
    interim = given(opinion, *OUT, ARRIVED, told(pb.OPINION_STEP_REPLIED_INTERIM)).when(ACKNOWLEDGE, **AT_PROCURATORATE)
    event = pb.OpinionReplyAcknowledged(
        opinion_id=OPINION, bureau_id="jt-510521", kind=pb.REPLY_KIND_INTERIM, remark="同意"
    )
    assert interim.then(event).stage is Stage.RECEIVED


def test_what_is_told_after_a_result_does_not_hide_it():
    """How the execution goes on may be told after the result: that is still to be acknowledged, and has its reasons."""
    spared = told(pb.OPINION_STEP_REPLIED, outcome=pb.OPINION_OUTCOME_NO_PENALTY)
    after = given(opinion, *OUT, ARRIVED, spared, told(pb.OPINION_STEP_REPLIED_INTERIM))
    assert after.when(ESCALATE, at="2025-05-20 12:00", **AT_PROCURATORATE).events
    assert after.when(ACKNOWLEDGE, **AT_PROCURATORATE).state.stage is Stage.ACKNOWLEDGED


def test_there_is_nothing_to_acknowledge_without_a_reply():
    given(opinion, *OUT).when(ACKNOWLEDGE, **AT_PROCURATORATE).refused(Refusal.NOTHING_TO_ACKNOWLEDGE)


def test_a_reply_is_acknowledged_once():
    done = pb.OpinionReplyAcknowledged(opinion_id=OPINION, bureau_id="jt-510521", kind=pb.REPLY_KIND_RESULT)
    given(opinion, *OUT, told(pb.OPINION_STEP_REPLIED), done).when(ACKNOWLEDGE, **AT_PROCURATORATE).refused(
        Refusal.NOTHING_TO_ACKNOWLEDGE
    )


def test_others_are_told_when_the_reply_is_overdue():
    """Received 2025-04-10, two months: Tuesday 06-10."""
    late = given(opinion, *OUT, ARRIVED)
    event = pb.OpinionEscalated(
        opinion_id=OPINION, bureau_id="jt-510521", target=pb.ESCALATION_TARGET_JUSTICE, letter=LETTER
    )
    late.when(ESCALATE, at="2025-06-11 00:00", **AT_PROCURATORATE).then(event)
    late.when(ESCALATE, at="2025-06-10 23:59", **AT_PROCURATORATE).refused(
        Refusal.NOTHING_TO_ESCALATE, due="2025-06-10"
    )


def test_others_are_told_after_the_last_day_has_rolled():
    """Nominal Sunday 2025-06-08, effective Monday 06-09."""
    rolls = given(opinion, *OUT, told(pb.OPINION_STEP_RECEIVED, reply_nominal_on="2025-06-08"))
    rolls.when(ESCALATE, at="2025-06-09 12:00", **AT_PROCURATORATE).refused(Refusal.NOTHING_TO_ESCALATE)
    assert rolls.when(ESCALATE, at="2025-06-10 00:00", **AT_PROCURATORATE).events


def test_nobody_is_told_of_an_opinion_that_was_answered_in_whatever_way():
    interim = given(opinion, *OUT, ARRIVED, told(pb.OPINION_STEP_REPLIED_INTERIM))
    interim.when(ESCALATE, at="2025-07-01 12:00", **AT_PROCURATORATE).refused(Refusal.NOTHING_TO_ESCALATE)


def test_others_are_told_of_a_result_without_penalty_and_without_reason():
    spared = told(pb.OPINION_STEP_REPLIED, outcome=pb.OPINION_OUTCOME_NO_PENALTY)
    assert given(opinion, *OUT, ARRIVED, spared).when(ESCALATE, at="2025-05-20 12:00", **AT_PROCURATORATE).events


def test_others_are_not_told_of_an_opinion_that_was_returned():
    returned = told(pb.OPINION_STEP_RETURNED, reason="无管辖权")
    given(opinion, *OUT, ARRIVED, returned).when(ESCALATE, at="2025-07-01 12:00", **AT_PROCURATORATE).refused(
        Refusal.NOTHING_TO_ESCALATE
    )


def test_an_opinion_whose_ground_is_gone_is_withdrawn():
    gone = given(opinion, *OUT, ARRIVED).when(WITHDRAW, at="2025-04-20 09:00", **AT_PROCURATORATE)
    event = pb.OpinionWithdrawn(opinion_id=OPINION, bureau_id="jt-510521", reason="撤销不起诉决定")
    assert gone.then(event).stage is Stage.WITHDRAWN


def test_what_crossed_a_withdrawal_is_kept_and_moves_nothing():
    withdrawn = pb.OpinionWithdrawn(opinion_id=OPINION, bureau_id="jt-510521", reason="撤销不起诉决定")
    crossed = given(opinion, *OUT, withdrawn).when(tell(pb.OPINION_STEP_REGISTERED), actor=POLICY)
    assert crossed.then(told(pb.OPINION_STEP_REGISTERED)).stage is Stage.WITHDRAWN


def test_an_opinion_that_was_never_issued_is_not_withdrawn():
    given(opinion, *UNDER_REVIEW).when(WITHDRAW, at=ISSUED_AT, **AT_PROCURATORATE).refused(KernelRefusal.WRONG_STAGE)


def test_an_authority_is_told_to_transfer_by_an_opinion_without_a_review():
    issued = given(opinion).when(ISSUE_TRANSFER, at=ISSUED_AT, **AT_PROCURATORATE)
    assert issued.then(TRANSFER_ISSUED).stage is Stage.ISSUED


def test_an_opinion_about_a_transfer_goes_to_a_transport_authority_and_its_reply_is_due_later():
    other = changed(ISSUE_TRANSFER, bureau_id=POLICE.id)
    given(opinion).when(other, at=ISSUED_AT, **AT_PROCURATORATE).refused(Refusal.OPINION_NOT_TO_BUREAU)
    early = changed(ISSUE_TRANSFER, reply_period=pb.ReplyPeriod(until_on="2025-04-10"))
    given(opinion).when(early, at=ISSUED_AT, **AT_PROCURATORATE).refused(Refusal.REPLY_DUE_BEFORE_ISSUE)


@pytest.mark.parametrize(
    ("outcome", "told_others"),
    [(pb.OPINION_OUTCOME_CRIME_TRANSFERRED, False), (pb.OPINION_OUTCOME_NO_CRIME, True)],
    ids=["transferred", "no crime, no reason"],
)
def test_what_the_opinion_asked_for_needs_no_reason(outcome, told_others):
    answered = given(opinion, on(ISSUED_AT, TRANSFER_ISSUED), ARRIVED, told(pb.OPINION_STEP_REPLIED, outcome=outcome))
    escalated = answered.when(ESCALATE, at="2025-05-20 12:00", **AT_PROCURATORATE)
    assert bool(escalated.events) is told_others
