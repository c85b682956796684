"""Row 8: the hearing (听证, 行政处罚法 arts. 63-65), with the dates of AT-02."""

from datetime import date

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.options.v1 import options_pb2 as options

from services.cases.model import Refusal, Stage, case
from services.cases.model.procedure import HearingState
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from tests.support.decider import CHIEF, LEADER, LI, WANG, given, instant, officer, on, uid
from tests.unit.cases.acts import (
    ACQUIT,
    APPROVED,
    CASE,
    DECIDED,
    EVIDENCE_ADDED,
    FILED,
    FILED_AT,
    INVESTIGATING,
    NOTICE_AT,
    NOTICE_SERVED,
    NOTIFIED,
    PARTY,
    PENALISE,
    REPORTED,
    SEIZED,
    SEIZURE_APPROVED,
    SERVE_NOTICE,
    SPARE,
    WAIVED,
    changed,
    known,
)
from tests.unit.cases.procedure import (
    ASK,
    ASKED,
    ASKED_AT,
    CALLED,
    CHAIR,
    CHAIR_STAYS,
    CHAIR_WITHDRAWS,
    CHALLENGE,
    CHALLENGED,
    DECIDE_CHALLENGE,
    HEARD,
    HEARING_NOTIFIED,
    HEARING_REPORTED,
    HELD,
    HELD_AT,
    HOLD,
    NOTIFIED_AT,
    NOTIFY,
    OTHER_CHAIR,
    PEOPLE,
    RECORDER,
    REPORT,
    REQUESTED,
    REVIEW,
    REVIEWED,
    SUBMITTED,
    WITHDRAW,
    WITHDRAWN,
)

AFTER = "2024-11-05 10:00"


def tells_of_a_hearing(*proposed, party=PARTY, offered=False, **more):
    command = changed(SERVE_NOTICE, proposed=proposed, hearing_offered=offered)
    filed = changed(FILED, party=party)
    history = [on(FILED_AT, filed) if entry == on(FILED_AT, FILED) else entry for entry in APPROVED]
    outcome = given(case, *history).when(command, at=NOTICE_AT, **more)
    (event,) = outcome.events
    assert isinstance(event, pb.NoticeServed)
    return event.hearing_right


def fine(fen):
    return pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=fen)


COMPANY = pb.Party(kind=pb.PARTY_KIND_ORGANISATION, name="泸县某运输公司")


def test_a_larger_fine_gives_the_right_and_the_threshold_itself_is_larger():
    assert [tells_of_a_hearing(fine(fen)) for fen in (999_999, 1_000_000, 1_000_001)] == [False, True, True]


def test_an_organisation_has_a_threshold_of_its_own():
    assert [tells_of_a_hearing(fine(fen), party=COMPANY) for fen in (9_999_999, 10_000_000)] == [False, True]


def test_a_party_of_unknown_kind_has_the_better_threshold():
    assert tells_of_a_hearing(fine(1_000_000), party=pb.Party(name="某人"))


@pytest.mark.parametrize(
    ("penalty", "right"),
    [
        (pb.Penalty(kind=pb.PENALTY_KIND_CONFISCATE_INCOME, amount_fen=1_000_000), True),
        (pb.Penalty(kind=pb.PENALTY_KIND_CONFISCATE_INCOME, amount_fen=999_999), False),
        (pb.Penalty(kind=pb.PENALTY_KIND_CONFISCATE_GOODS, value_fen=1_000_000), True),
        (pb.Penalty(kind=pb.PENALTY_KIND_CONFISCATE_GOODS, value_fen=999_999), False),
        (pb.Penalty(kind=pb.PENALTY_KIND_CONFISCATE_GOODS), True),
        (pb.Penalty(kind=pb.PENALTY_KIND_LOWER_QUALIFICATION), True),
        (pb.Penalty(kind=pb.PENALTY_KIND_REVOKE_LICENCE), True),
        (pb.Penalty(kind=pb.PENALTY_KIND_STOP_BUSINESS), True),
        (pb.Penalty(kind=pb.PENALTY_KIND_CLOSE), True),
        (pb.Penalty(kind=pb.PENALTY_KIND_BAR_FROM_TRADE), True),
        (pb.Penalty(kind=pb.PENALTY_KIND_WARNING), False),
        (pb.Penalty(kind=pb.PENALTY_KIND_CRITICISM), False),
        (pb.Penalty(kind=pb.PENALTY_KIND_SUSPEND_LICENCE, extent="三个月"), False),
        (pb.Penalty(kind=pb.PENALTY_KIND_RESTRICT_BUSINESS), False),
    ],
    ids=lambda value: pb.PenaltyKind.Name(value.kind) if isinstance(value, pb.Penalty) else "",
)
def test_which_penalties_give_a_right_to_a_hearing(penalty, right):
    assert tells_of_a_hearing(penalty) is right


def test_another_heavier_penalty_gives_the_right_where_the_authority_sees_it_as_one():
    assert tells_of_a_hearing(pb.Penalty(kind=pb.PENALTY_KIND_SUSPEND_LICENCE, extent="六个月"), offered=True)


def test_without_the_provinces_threshold_nobody_is_told_anything():
    given(case, *APPROVED).when(SERVE_NOTICE, at=NOTICE_AT, rules=Rules()).refused(
        Refusal.HEARING_THRESHOLD_MISSING, province="510000", name="510000/person"
    )


@pytest.mark.parametrize("at", [ASKED_AT, "2024-10-10 23:59"], ids=["2024-10-09", "last day"])
def test_the_party_asks_within_five_working_days(at):
    after = given(case, *NOTIFIED).when(ASK, at=at).then(ASKED)
    assert (after.stage, known(after.hearing).state) == (Stage.HEARING, HearingState.REQUESTED)


def test_on_the_sixth_working_day_it_is_late():
    given(case, *NOTIFIED).when(ASK, at="2024-10-11 00:00").refused(Refusal.HEARING_REQUEST_LATE, due="2024-10-10")


def test_a_request_made_in_time_may_be_recorded_later():
    given(case, *NOTIFIED).when(ASK, at=ASKED_AT, now="2024-10-14 09:00").then(ASKED)


def test_who_waived_may_still_ask_within_the_five_days():
    given(case, *NOTIFIED, on("2024-09-28 10:00", WAIVED)).when(ASK, at=ASKED_AT).then(ASKED)


def test_there_is_no_hearing_for_a_smaller_fine_nor_before_the_notice():
    small = changed(NOTICE_SERVED, hearing_right=False)
    given(case, *APPROVED, on(NOTICE_AT, small)).when(ASK, at=ASKED_AT).refused(Refusal.NO_HEARING_RIGHT)
    given(case, *REPORTED).when(ASK, at=ASKED_AT).refused(KernelRefusal.WRONG_STAGE, stage="调查终结")


def test_a_hearing_is_asked_for_once():
    given(case, *REQUESTED).when(ASK, at=ASKED_AT).refused(Refusal.HEARING_REQUESTED)


def test_the_party_may_take_its_request_back_and_needs_no_review_for_it():
    after = given(case, *REQUESTED).when(WITHDRAW, at=NOTIFIED_AT).then(WITHDRAWN)
    assert (after.stage, after.hearing) == (Stage.NOTICE_SERVED, None)
    given(case, *HEARD).when(WITHDRAW, at=HELD_AT).refused(Refusal.HEARING_NOT_REQUESTED)


def notify(at=NOTIFIED_AT, history=REQUESTED, **fields):
    return given(case, *history).when(changed(NOTIFY, **fields), actor=CHIEF, at=at, officers=PEOPLE)


def test_the_party_is_told_seven_working_days_before():
    assert notify().then(HEARING_NOTIFIED).hearing.chair_id == CHAIR.officer_id
    early = to_timestamp(instant("2024-10-18 09:00"))
    notify(held_at=early).refused(Refusal.HEARING_TOO_SOON, earliest=date(2024, 10, 21))


def test_nobody_is_notified_of_a_hearing_that_nobody_asked_for():
    notify(history=NOTIFIED).refused(Refusal.HEARING_NOT_REQUESTED)
    notify(history=HEARD).refused(Refusal.HEARING_NOT_REQUESTED)


def test_the_chair_is_named_as_one_and_did_not_investigate():
    notify(chair_id=LEADER.officer_id).refused(Refusal.NOT_A_CHAIR)
    chairing = changed(LI, roles=CHAIR.roles)
    outcome = given(case, *REQUESTED).when(
        changed(NOTIFY, chair_id=LI.officer_id), actor=CHIEF, at=NOTIFIED_AT, officers=(*PEOPLE, chairing)
    )
    outcome.refused(Refusal.CHAIR_INVESTIGATED, officer=LI.officer_id)


def test_whoever_investigated_once_does_not_chair_after_leaving_the_team():
    another_team = pb.OfficersAssigned(case_id=CASE, officer_count=2, officers=[WANG, CHIEF])
    history = (*REQUESTED[:3], another_team, *REQUESTED[3:])
    chairing = changed(LI, roles=CHAIR.roles)
    outcome = given(case, *history).when(
        changed(NOTIFY, chair_id=LI.officer_id), actor=CHIEF, at=NOTIFIED_AT, officers=(*PEOPLE, chairing)
    )
    outcome.refused(Refusal.CHAIR_INVESTIGATED, officer=LI.officer_id)


@pytest.mark.parametrize("recorder", [CHAIR, LI], ids=["the chair", "an investigator"])
def test_the_recorder_is_neither_the_chair_nor_an_investigator(recorder):
    notify(recorder_id=recorder.officer_id).refused(Refusal.RECORDER_TAKES_PART)


def test_a_hearing_is_public_unless_a_reason_stands_against_it():
    assert notify().state.hearing.open
    closed = notify(closed_ground=hearing.CLOSED_GROUND_BUSINESS_SECRET)
    closed.then(changed(HEARING_NOTIFIED, closed_ground=hearing.CLOSED_GROUND_BUSINESS_SECRET))


def test_another_day_needs_another_notification_seven_working_days_before():
    later = {"held_at": to_timestamp(instant("2024-10-25 09:00"))}
    notify(at="2024-10-16 10:00", history=CALLED, **later).then(
        changed(HEARING_NOTIFIED, effective_on="2024-10-16", **later)
    )
    notify(at="2024-10-17 10:00", history=CALLED, **later).refused(Refusal.HEARING_TOO_SOON, earliest="2024-10-28")


def test_the_party_may_ask_for_the_chairs_withdrawal_and_the_hearing_waits():
    challenged = (*CALLED, on("2024-10-14 10:00", CHALLENGED))
    given(case, *CALLED).when(CHALLENGE, at="2024-10-14 10:00").then(CHALLENGED)
    given(case, *challenged).when(HOLD, actor=CHAIR, at=HELD_AT, officers=PEOPLE).refused(Refusal.CHAIR_CHALLENGED)
    notify(history=challenged, at="2024-10-14 11:00").refused(Refusal.CHAIR_CHALLENGED)
    given(case, *challenged).when(CHALLENGE, at="2024-10-14 10:00").refused(Refusal.CHAIR_CHALLENGED)


def test_a_leader_who_is_not_the_chair_decides_on_the_withdrawal():
    challenged = given(case, *CALLED, on("2024-10-14 10:00", CHALLENGED))
    after = challenged.when(DECIDE_CHALLENGE, actor=LEADER).then(CHAIR_WITHDRAWS)
    assert known(after.hearing).state is HearingState.REQUESTED
    challenged.when(DECIDE_CHALLENGE, actor=CHAIR, officers=PEOPLE).refused(Refusal.CHAIR_DECIDES_OWN_CASE)
    given(case, *CALLED).when(DECIDE_CHALLENGE, actor=LEADER).refused(Refusal.NO_CHALLENGE)


def test_when_the_chair_withdraws_the_party_is_notified_of_another_one():
    history = (*CALLED, on("2024-10-14 10:00", CHALLENGED), on("2024-10-14 11:00", CHAIR_WITHDRAWS))
    given(case, *history).when(HOLD, actor=CHAIR, at=HELD_AT, officers=PEOPLE).refused(Refusal.HEARING_NOT_NOTIFIED)
    held_at = to_timestamp(instant("2024-10-24 09:00"))
    notify(at="2024-10-15 10:00", history=history, chair_id=OTHER_CHAIR.officer_id, held_at=held_at).then(
        changed(HEARING_NOTIFIED, chair=OTHER_CHAIR, held_at=held_at, effective_on="2024-10-15")
    )


def test_when_the_chair_stays_the_hearing_goes_on():
    history = (*CALLED, on("2024-10-14 10:00", CHALLENGED), on("2024-10-14 11:00", CHAIR_STAYS))
    given(case, *history).when(HOLD, actor=CHAIR, at=HELD_AT, officers=PEOPLE).then(HELD)


def hold(at=HELD_AT, history=CALLED, **fields):
    return given(case, *history).when(changed(HOLD, **fields), actor=CHAIR, at=at, officers=PEOPLE)


def test_the_hearing_is_held_at_its_time():
    assert hold().then(HELD).hearing.state is HearingState.HELD
    hold(at="2024-10-21 08:59").refused(Refusal.HEARING_BEFORE_ITS_TIME, held_at="2024-10-21 09:00")
    hold(at="2024-10-22 09:00").refused(Refusal.HEARING_ON_ANOTHER_DAY, held_at="2024-10-21 09:00")
    hold(history=REQUESTED).refused(Refusal.HEARING_NOT_NOTIFIED)


def test_a_party_has_two_representatives_at_most():
    came = {"attendance": hearing.ATTENDANCE_REPRESENTED, "representatives": ["甲律师", "乙律师"]}
    hold(**came).then(changed(HELD, **came))
    hold(representatives=["甲", "乙", "丙"]).refused(Refusal.TOO_MANY_REPRESENTATIVES)


def test_an_investigator_of_the_case_puts_the_facts():
    hold(investigator_ids=[]).refused(Refusal.INVESTIGATOR_ABSENT)
    hold(investigator_ids=[RECORDER.officer_id]).refused(Refusal.INVESTIGATOR_ABSENT)


def test_the_record_is_signed_or_the_refusal_noted():
    hold(record=None).refused(Refusal.RECORD_NOT_SIGNED)
    hold(signature=hearing.SIGNATURE_UNSPECIFIED).refused(Refusal.RECORD_NOT_SIGNED)
    noted = hearing.SIGNATURE_REFUSED_AND_NOTED
    hold(signature=noted).then(changed(HELD, signature=noted))


@pytest.mark.parametrize("attendance", [hearing.ATTENDANCE_ABSENT, hearing.ATTENDANCE_LEFT], ids=["absent", "left"])
def test_a_party_that_stays_away_has_given_the_hearing_up(attendance):
    came = {"attendance": attendance, "signature": hearing.SIGNATURE_UNSPECIFIED}
    after = hold(**came).then(changed(HELD, **came))
    assert known(after.hearing).state is HearingState.FINISHED


def test_the_chair_of_the_hearing_reports_and_finishes_it():
    after = given(case, *HEARD).when(REPORT, actor=CHAIR, officers=PEOPLE).then(HEARING_REPORTED)
    assert known(after.hearing).state is HearingState.FINISHED
    given(case, *HEARD).when(REPORT, actor=OTHER_CHAIR, officers=PEOPLE).refused(Refusal.NOT_THE_CHAIR)
    given(case, *CALLED).when(REPORT, actor=CHAIR, officers=PEOPLE).refused(Refusal.HEARING_NOT_HELD)


@pytest.mark.parametrize(
    ("history", "state"),
    [(REQUESTED, "已申请"), (CALLED, "已通知"), (HEARD, "已举行，待听证报告")],
    ids=["requested", "notified", "held"],
)
@pytest.mark.parametrize("command", [PENALISE, SPARE, ACQUIT], ids=["penalty", "no penalty", "not established"])
def test_nothing_is_decided_before_the_hearing_is_finished(history, state, command):
    given(case, *history).when(command, actor=LEADER, at=AFTER).refused(Refusal.HEARING_OPEN, state=state)


def test_nothing_is_decided_while_the_party_may_still_ask():
    stated = pb.DefenceRecorded(case_id=CASE, kind=pb.DEFENCE_KIND_STATED, content="请求从轻")
    history = (*NOTIFIED, on("2024-09-28 10:00", stated))
    command = changed(PENALISE, defence_review="不成立")
    given(case, *history).when(command, actor=LEADER, at="2024-10-10 23:59").refused(
        Refusal.HEARING_PERIOD_RUNNING, until="2024-10-10"
    )
    assert given(case, *history).when(command, actor=LEADER, at="2024-10-11 00:00").state.stage is Stage.DECIDED


def test_who_waived_the_hearing_in_writing_need_not_be_waited_for():
    waived = (*NOTIFIED, on("2024-09-28 10:00", WAIVED))
    assert given(case, *waived).when(PENALISE, actor=LEADER, at="2024-09-29 10:00").state.stage is Stage.DECIDED
    defence_only = (*NOTIFIED, on("2024-09-28 10:00", changed(WAIVED, hearing_waived=False)))
    given(case, *defence_only).when(PENALISE, actor=LEADER, at="2024-09-29 10:00").refused(
        Refusal.HEARING_PERIOD_RUNNING
    )


def test_the_penalty_is_not_raised_after_a_hearing():
    higher = changed(PENALISE, penalties=[fine(1_200_000)])
    given(case, *REVIEWED).when(higher, actor=LEADER, at=AFTER).refused(Refusal.AGGRAVATED_AFTER_DEFENCE)


def test_a_new_notice_begins_the_hearing_anew():
    renewed = changed(NOTICE_SERVED, notice_id=uid("second"), new_facts="又查明两次", effective_on="2024-10-28")
    history = (*REVIEWED, on("2024-10-28 10:00", renewed))
    state = given(case, *history).state
    assert (state.stage, state.hearing, state.review) == (Stage.NOTICE_SERVED, None, None)
    given(case, *history).when(PENALISE, actor=LEADER, at="2024-11-04 10:00").refused(
        Refusal.HEARING_PERIOD_RUNNING, until="2024-11-04"
    )
    given(case, *history).when(ASK, at="2024-11-04 10:00").then(ASKED)


def test_no_message_of_a_hearing_has_an_amount_for_the_party_bears_no_costs():
    fields = [field.name for message in hearing.DESCRIPTOR.message_types_by_name.values() for field in message.fields]
    assert [name for name in fields if name.endswith("_fen") or "fee" in name or "cost" in name] == []


def test_there_is_no_hearing_after_the_decision():
    given(case, *DECIDED).when(ASK, at=ASKED_AT).refused(KernelRefusal.WRONG_STAGE, stage="已决定")


NEXT_YEAR = (*APPROVED, on("2026-12-29 10:00", changed(NOTICE_SERVED, effective_on="2026-12-29")))
"""The five working days reach a year whose holidays nobody announced: they end on 5 January at the earliest."""


def test_what_is_in_time_by_any_calendar_is_accepted_before_the_years_notice_is_out():
    given(case, *NEXT_YEAR).when(ASK, at="2027-01-05 23:59").then(ASKED)
    given(case, *NEXT_YEAR).when(PENALISE, actor=LEADER, at="2027-01-05 23:59").refused(
        Refusal.HEARING_PERIOD_RUNNING, until="2027-01-05"
    )


def test_what_depends_on_the_years_notice_waits_for_it():
    for command, actor in ((ASK, LI), (PENALISE, LEADER)):
        given(case, *NEXT_YEAR).when(command, actor=actor, at="2027-01-06 00:00").refused(
            KernelRefusal.NO_CALENDAR, year=2027
        )
    asked = (*NEXT_YEAR, on("2026-12-30 10:00", ASKED))
    early, later = to_timestamp(instant("2027-01-08 09:00")), to_timestamp(instant("2027-01-11 09:00"))
    notify(at="2026-12-31 10:00", history=asked, held_at=early).refused(Refusal.HEARING_TOO_SOON, earliest="2027-01-11")
    notify(at="2026-12-31 10:00", history=asked, held_at=later).refused(KernelRefusal.NO_CALENDAR, year=2027)


SEIZER = officer("魏", options.ROLE_INVESTIGATOR, options.ROLE_HEARING_CHAIR, options.ROLE_LEGAL_REVIEWER)
SEIZER.legally_qualified_on = "2020-03-01"
DEEDS = [
    changed(EVIDENCE_ADDED, evidence_id=uid("more"), collectors=[SEIZER, LI]),
    changed(SEIZED, officers=[SEIZER, LI]),
    evidence.SampleTaken(case_id=CASE, evidence_id=uid("sample"), officers=[SEIZER, LI]),
]


@pytest.mark.parametrize("deed", DEEDS, ids=lambda event: type(event).__name__)
def test_who_gathered_evidence_or_held_things_investigated_though_never_assigned(deed):
    approved = on(FILED_AT, SEIZURE_APPROVED)
    during = (*INVESTIGATING, approved, on(FILED_AT, deed), *NOTIFIED[len(INVESTIGATING) :])
    chaired = changed(NOTIFY, chair_id=SEIZER.officer_id)
    asked = given(case, *during, on(ASKED_AT, ASKED))
    asked.when(chaired, actor=CHIEF, at=NOTIFIED_AT, officers=(*PEOPLE, SEIZER)).refused(Refusal.CHAIR_INVESTIGATED)
    sent = given(case, *during, on("2024-09-28 10:00", SUBMITTED))
    sent.when(REVIEW, actor=SEIZER, at="2024-09-29 10:00", officers=(*PEOPLE, SEIZER)).refused(
        Refusal.REVIEWER_INVESTIGATED
    )


def test_a_chair_who_withdrew_is_not_named_again_and_takes_no_part_any_more():
    withdrawn = (*CALLED, on("2024-10-14 10:00", CHALLENGED), on("2024-10-14 11:00", CHAIR_WITHDRAWS))
    again = changed(NOTIFY, held_at=to_timestamp(instant("2024-10-24 09:00")))
    after = given(case, *withdrawn)
    after.when(again, actor=CHIEF, at="2024-10-15 10:00", officers=PEOPLE).refused(
        Refusal.OFFICER_RECUSED, officer=CHAIR.officer_id
    )
    other = changed(again, chair_id=OTHER_CHAIR.officer_id)
    assert after.when(other, actor=CHIEF, at="2024-10-15 10:00", officers=PEOPLE).events


def test_a_hearing_is_held_by_those_who_were_named():
    given(case, *CALLED).when(HOLD, actor=OTHER_CHAIR, at=HELD_AT, officers=PEOPLE).refused(Refusal.NOT_OF_THE_HEARING)
    given(case, *CALLED).when(HOLD, actor=RECORDER, at=HELD_AT, officers=PEOPLE).then(HELD)
