"""An operation whose days move, that is cancelled, or that goes on past midnight; acts outside its days."""

import pytest
from enforcement.joint_operations.v1 import draw_pb2 as draws
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import plan_changes_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import Stage, operation
from services.joint_operations.model.participation import Stage as PartStage
from services.joint_operations.model.participation import participation
from services.joint_operations.policies import policy
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import CHIEF, LUXIAN, POLICY, RONGCHANG, YONGCHUAN, On, given, instant, on, reactions, uid
from tests.unit.joint_operations.acts import (
    AUTHORITIES,
    CHECKPOINTS,
    CLOSED,
    DAY,
    FIELD,
    JOINED,
    LU,
    NAME,
    OFFICERS,
    OPERATION,
    PART,
    PLANNED,
    READY,
    RECEIVED,
    RONG,
    ROSTER_RECEIVED,
    ids,
    inspect,
    inspected,
    plan,
    reported,
)
from tests.unit.joint_operations.test_views import folded

WHY = "暴雨红色预警"
NEXT = "2024-12-19"
OPENED = pb.CheckpointOpeningNoted(operation_id=OPERATION, checkpoint_id="B", participant_id=LUXIAN.id)
OWN_OPENED = pb.CheckpointOpened(
    participation_id=PART, operation_id=OPERATION, lead_id=LUXIAN.id, participant_id=LUXIAN.id, checkpoint_id="B"
)
CANCEL = changes.CancelOperationRequest(operation_id=OPERATION, reason=WHY)
CANCELLED = changes.OperationCancelled(operation_id=OPERATION, participant_ids=list(AUTHORITIES), reason=WHY)
NOTE_CANCELLED = changes.NoteOperationCancelledRequest(participation_id=PART, reason=WHY)
OPEN = commands.NoteCheckpointOpenedRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id, checkpoint_id="A")


def change(starts_on: str = DAY, ends_on: str = NEXT) -> changes.ChangePeriodRequest:
    return changes.ChangePeriodRequest(operation_id=OPERATION, starts_on=starts_on, ends_on=ends_on, reason=WHY)


def changed(starts_on: str = DAY, ends_on: str = NEXT) -> changes.OperationPeriodChanged:
    return changes.OperationPeriodChanged(
        operation_id=OPERATION, participant_ids=list(AUTHORITIES), starts_on=starts_on, ends_on=ends_on, reason=WHY
    )


def noted(starts_on: str = DAY, ends_on: str = NEXT) -> changes.PeriodChangeNoted:
    return changes.PeriodChangeNoted(
        participation_id=PART, operation_id=OPERATION, starts_on=starts_on, ends_on=ends_on, reason=WHY
    )


def cancellation(*, begun: bool = False) -> changes.CancellationNoted:
    return changes.CancellationNoted(participation_id=PART, operation_id=OPERATION, reason=WHY, begun=begun)


# ---- cancelled ----


@pytest.mark.parametrize("history", [JOINED, READY], ids=["invited", "ready"])
def test_an_operation_that_has_not_begun_is_cancelled_and_everybody_invited_hears_of_it(history):
    outcome = given(operation, *history).when(CANCEL, actor=CHIEF)
    assert outcome.then(CANCELLED).stage is Stage.CANCELLED


def test_a_plan_that_nobody_was_invited_to_is_cancelled():
    nobody = changes.OperationCancelled(operation_id=OPERATION, reason=WHY)
    given(operation, PLANNED).when(CANCEL, actor=CHIEF).then(nobody)


def test_an_operation_that_ran_is_closed_and_counted_and_not_cancelled():
    given(operation, *READY, OPENED).when(CANCEL, actor=CHIEF).refused(Refusal.OPERATION_BEGUN)
    given(operation, *CLOSED).when(CANCEL, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_an_operation_of_which_somebody_reported_field_work_is_not_cancelled_either():
    given(operation, *READY, reported(LUXIAN)).when(CANCEL, actor=CHIEF).refused(Refusal.OPERATION_BEGUN)
    idle = given(operation, *READY, reported(RONGCHANG)).when(CANCEL, actor=CHIEF)
    idle.then(CANCELLED)


def test_a_cancelled_operation_is_neither_closed_nor_run():
    close = commands.CloseOperationRequest(operation_id=OPERATION)
    given(operation, *READY, CANCELLED).when(close, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)
    given(operation, *READY, CANCELLED).when(CANCEL, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_a_draw_that_stands_is_given_up_before_its_operation_is_cancelled():
    drawing = pb.OperationPlanned()
    drawing.CopyFrom(PLANNED)
    drawing.operation_type = pb.OPERATION_TYPE_RANDOM_DRAW
    admitted = draws.DrawAdmitted(operation_id=OPERATION, draw_id=uid("draw"))
    outcome = given(operation, drawing, *JOINED[1:], admitted).when(CANCEL, actor=CHIEF)
    outcome.refused(Refusal.DRAW_STANDING, draw=uid("draw"))


def test_a_participant_that_has_not_begun_is_free_again():
    outcome = given(participation, *FIELD).when(NOTE_CANCELLED, actor=POLICY)
    assert outcome.then(cancellation()).stage is PartStage.CANCELLED
    outcome = given(participation, *FIELD, cancellation()).when(inspect(), officers=OFFICERS)
    outcome.refused(KernelRefusal.WRONG_STAGE)


@pytest.mark.parametrize("work", [OWN_OPENED, inspected()], ids=["opened", "inspected offline"])
def test_what_was_done_before_the_word_came_stands_and_is_reported(work):
    outcome = given(participation, *FIELD, work).when(NOTE_CANCELLED, actor=POLICY)
    assert outcome.then(cancellation(begun=True)).stage is PartStage.ROSTERED


def test_a_checkpoint_that_opened_before_the_word_came_makes_the_operation_one_that_ran():
    outcome = given(operation, *READY, CANCELLED).when(OPEN, actor=POLICY, origin=YONGCHUAN.id)
    [event] = outcome.events
    assert outcome.then(event).stage is Stage.RUNNING


def test_a_report_of_field_work_does_so_too_and_an_empty_one_does_not():
    assert given(operation, *READY, CANCELLED, reported(YONGCHUAN)).state.stage is Stage.RUNNING
    assert given(operation, *READY, CANCELLED, reported(RONGCHANG)).state.stage is Stage.CANCELLED


def test_whoever_was_free_again_takes_the_roster_of_an_operation_that_ran_after_all():
    outcome = given(participation, *FIELD, cancellation(), ROSTER_RECEIVED)
    assert outcome.state.stage is PartStage.ROSTERED


def test_an_acceptance_that_crosses_with_the_cancellation_counts_when_the_operation_ran_after_all():
    late = commands.NoteParticipantJoinedRequest(operation_id=OPERATION, participant_id=RONGCHANG.id, officers=RONG)
    outcome = given(operation, *JOINED[:-1], CANCELLED).when(late, actor=POLICY, origin=RONGCHANG.id)
    [event] = outcome.events
    state = outcome.then(event)
    assert (state.stage, RONGCHANG.id in state.joined) == (Stage.CANCELLED, True)


def test_whoever_had_not_answered_before_the_cancellation_still_accepts_and_whoever_had_does_not_again():
    accept = commands.AcceptInvitationRequest(participation_id=PART, officer_ids=ids(*LU))
    outcome = given(participation, RECEIVED, cancellation()).when(accept, officers=OFFICERS)
    [event] = outcome.events
    assert outcome.then(event).stage is PartStage.CANCELLED  # until a roster says that it ran
    outcome = given(participation, *FIELD, cancellation()).when(accept, officers=OFFICERS)
    outcome.refused(KernelRefusal.WRONG_STAGE)


# ---- the days ----


def test_an_operation_is_prolonged_past_midnight():
    outcome = given(operation, *READY, OPENED).when(change(), actor=CHIEF, at="2024-12-18 23:40")
    assert outcome.then(changed()).plan.ends_on == NEXT


def test_it_is_shortened_to_a_day_that_is_not_over_and_prolonged_to_any():
    three = [*READY, changed(ends_on="2024-12-20")]
    given(operation, *three).when(change(), actor=CHIEF, at="2024-12-19 10:00").then(changed())
    outcome = given(operation, *three).when(change(), actor=CHIEF, at="2024-12-20 10:00")
    outcome.refused(Refusal.PERIOD_OVER, day="2024-12-20")
    late = given(operation, *READY).when(change(), actor=CHIEF, at="2024-12-25 10:00")
    late.then(changed())  # nothing is cut off by it


def test_it_is_put_off_before_it_begins_and_not_after():
    put_off = change("2024-12-24", "2024-12-25")
    given(operation, *READY).when(put_off, actor=CHIEF).then(changed("2024-12-24", "2024-12-25"))
    given(operation, *READY, OPENED).when(put_off, actor=CHIEF).refused(Refusal.PERIOD_BEGUN, starts=DAY)
    given(operation, *READY).when(put_off, actor=CHIEF, at="2024-12-19 09:00").refused(Refusal.PERIOD_BEGUN, starts=DAY)


def test_a_putting_off_that_crossed_with_the_opening_is_undone():
    crossed = [*READY, changed("2024-12-24", "2024-12-25"), OPENED]
    assert given(operation, *crossed).when(change(), actor=CHIEF).then(changed()).plan.starts_on == DAY
    further = given(operation, *crossed).when(change("2024-12-25", "2024-12-25"), actor=CHIEF)
    further.refused(Refusal.PERIOD_BEGUN, starts="2024-12-24")


def test_days_are_real_and_in_order_and_the_same_days_are_no_change():
    given(operation, *READY).when(change(NEXT, DAY), actor=CHIEF).refused(
        Refusal.PERIOD_REVERSED, starts=NEXT, ends=DAY
    )
    given(operation, *READY).when(change(DAY, DAY), actor=CHIEF).then()
    given(operation, *CLOSED).when(change(), actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_whoever_is_invited_afterwards_hears_of_the_new_days():
    invite = commands.InviteParticipantRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id, contact="泸县")
    outcome = given(operation, PLANNED, changed()).when(invite, actor=CHIEF)
    [event] = outcome.events
    assert (event.starts_on, event.ends_on) == (DAY, NEXT)  # type: ignore[attr-defined]


def test_the_participant_has_the_days_of_the_lead():
    command = changes.NotePeriodChangedRequest(participation_id=PART, starts_on=DAY, ends_on=NEXT, reason=WHY)
    outcome = given(participation, *FIELD).when(command, actor=POLICY)
    assert outcome.then(noted()).invitation.ends_on == NEXT


def test_nobody_but_the_lead_cancels_or_changes():
    command = changes.NotePeriodChangedRequest(participation_id=PART, starts_on=DAY, ends_on=NEXT, reason=WHY)
    outcome = given(participation, *FIELD).when(command, actor=POLICY, origin=YONGCHUAN.id)
    outcome.refused(Refusal.NOT_THE_LEAD, authority=YONGCHUAN.id)
    outcome = given(participation, *FIELD).when(NOTE_CANCELLED, actor=POLICY, origin=YONGCHUAN.id)
    outcome.refused(Refusal.NOT_THE_LEAD, authority=YONGCHUAN.id)


def test_the_words_of_the_lead_reach_the_participation():
    [command] = reactions(policy, changed())
    assert command == changes.NotePeriodChangedRequest(participation_id=PART, starts_on=DAY, ends_on=NEXT, reason=WHY)
    [command] = reactions(policy, CANCELLED)
    assert command == NOTE_CANCELLED


# ---- acts outside the days ----

LATE = "2024-12-19 00:20"
CHECK_IN = commands.CheckInRequest(participation_id=PART, checkpoint_id="B", officer_id=LU[0].officer_id)
OPEN_OWN = commands.OpenCheckpointRequest(participation_id=PART, checkpoint_id="B", officer_ids=ids(*LU[:2]))
EDUCATE = commands.RecordEducationRequest(
    participation_id=PART, checkpoint_id="B", head_count=3, topic="安全", material="手册"
)


@pytest.mark.parametrize(
    "command", [CHECK_IN, OPEN_OWN, inspect(), EDUCATE], ids=["check-in", "open", "inspect", "educate"]
)
@pytest.mark.parametrize("at", ["2024-12-17 23:59", LATE])
def test_nothing_is_done_for_an_operation_outside_its_days(command, at):
    outcome = given(participation, *FIELD).when(command, at=at, officers=OFFICERS)
    outcome.refused(Refusal.OUTSIDE_PERIOD, day=at[:10], starts=DAY, ends=DAY)


def test_a_night_into_the_next_year_is_one_operation_of_two_days():
    night = pb.InvitationReceived()
    night.CopyFrom(RECEIVED)
    night.starts_on, night.ends_on = "2024-12-31", "2025-01-01"
    history: list[Message | On] = [night, *FIELD[1:], on("2024-12-31 23:59", inspected(inspection_id=uid("before")))]
    outcome = given(participation, *history).when(inspect(), at="2025-01-01 00:00", officers=OFFICERS)
    [event] = outcome.events
    assert event.object_no == 1  # type: ignore[attr-defined]  # the same coach: two 台次, one 台
    assert outcome.then(event).tally.inspections == ((pb.INSPECTION_CLASS_PASSENGER, 2),)


def test_after_the_lead_prolonged_it_what_was_done_after_midnight_is_recorded():
    outcome = given(participation, *FIELD, noted()).when(inspect(), at=LATE, officers=OFFICERS)
    assert len(outcome.events) == 1


def hours(opens: str, closes: str) -> pb.Hours:
    return pb.Hours(opens_at=to_timestamp(instant(opens)), closes_at=to_timestamp(instant(closes)))


def test_hours_of_a_checkpoint_lie_within_the_operation():
    checkpoint = commands.CheckpointPlan(
        checkpoint_id="B",
        place=CHECKPOINTS[1].place,
        competent_id=LUXIAN.id,
        hours=[hours(f"{DAY} 22:00", f"{NEXT} 02:00")],
    )
    outcome = given(operation).when(plan(checkpoints=[checkpoint]), actor=CHIEF)
    outcome.refused(Refusal.HOURS_OUTSIDE_PERIOD, checkpoint="B", starts=DAY, ends=DAY)
    assert given(operation).when(plan(checkpoints=[checkpoint], ends_on=NEXT), actor=CHIEF).events


def test_hours_of_days_that_fell_away_need_nobody_any_more():
    planned = pb.OperationPlanned()
    planned.CopyFrom(PLANNED)
    planned.ends_on = "2024-12-20"
    planned.checkpoints[1].hours.extend(
        [hours(f"{DAY} 08:00", f"{DAY} 18:00"), hours("2024-12-20 08:00", "2024-12-20 18:00")]
    )
    state = given(operation, planned, *JOINED[1:], changed()).state
    assert [len(one.hours) for one in state.plan.checkpoints] == [0, 1, 0]
    assert state.plan.name == NAME


# ---- as people read it ----


def test_days_that_moved_and_a_cancellation_show_at_both_sides():
    moved = folded([PLANNED, changed(), *FIELD, noted(), cancellation()])
    [led], [taken] = moved["operation"], moved["participation"]
    assert (led["plan"]["endsOn"], taken["invitation"]["endsOn"], taken["stage"]) == (NEXT, NEXT, PartStage.CANCELLED)
    begun = [*FIELD, cancellation(begun=True)]
    assert folded(begun)["participation"][0]["stage"] == PartStage.ROSTERED
    for after, stage in ((CANCELLED, "已取消"), (OPENED, "执行中"), (reported(YONGCHUAN), "执行中")):
        history = [*READY, CANCELLED] if after is CANCELLED else [*READY, CANCELLED, after]
        assert folded(history)["operation"][0]["stage"] == stage
