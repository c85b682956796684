"""Officers who are missing, come, and take another's post while the operation runs."""

from typing import Any

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import operation
from services.joint_operations.model.participation import participation
from services.joint_operations.policies import policy
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import (
    CHIEF,
    LUXIAN,
    POLICY,
    RONGCHANG,
    YONGCHUAN,
    On,
    given,
    instant,
    officer,
    on,
    reactions,
)
from tests.unit.joint_operations.acts import (
    ASSIGNMENTS,
    FIELD,
    JOINED,
    LU,
    OFFICERS,
    OPERATION,
    PART,
    READY,
    ROSTER_RECEIVED,
    YONG,
    ids,
    inspect,
    inspected,
)

THIRD = officer("永3", authority=YONGCHUAN)
TEN = to_timestamp(instant("2024-12-18 10:00"))
SENT = changes.ParticipantReinforced(operation_id=OPERATION, participant_id=YONGCHUAN.id, officers=[THIRD])
RUNNING = [
    *READY,
    pb.CheckpointOpeningNoted(operation_id=OPERATION, checkpoint_id="A", participant_id=YONGCHUAN.id),
]
GONE = changes.OfficerUnavailabilityNoted(
    operation_id=OPERATION,
    participant_id=YONGCHUAN.id,
    officer_id=YONG[1].officer_id,
    from_at=TEN,
    ground=changes.ABSENCE_GROUND_CREDENTIAL,
)


def relieve(**fields: Any) -> changes.ReplaceOfficerRequest:
    given_fields: dict[str, Any] = {
        "operation_id": OPERATION,
        "participant_id": YONGCHUAN.id,
        "checkpoint_id": "A",
        "officer_id": YONG[1].officer_id,
        "replacement_id": THIRD.officer_id,
        "reason": "执法资格暂扣",
    }
    return changes.ReplaceOfficerRequest(**(given_fields | fields))


def shifts(events: list[Message], officer_id: str) -> list[tuple[str, str]]:
    [roster] = [event for event in events if isinstance(event, pb.RosterPublished)]
    return [
        (entry.shift_starts_at.ToJsonString(), entry.shift_ends_at.ToJsonString())
        for entry in roster.entries
        if entry.officer.officer_id == officer_id
    ]


def test_a_replacement_takes_the_post_from_its_instant_and_the_past_stays():
    outcome = given(operation, *RUNNING, SENT, GONE).when(relieve(), actor=CHIEF, at="2024-12-18 10:30")
    assert [type(event).__name__ for event in outcome.events] == ["OfficerReplaced", "RosterPublished"]
    assert outcome.events[0].reason == "执法资格暂扣"  # type: ignore[attr-defined]
    nothing = "1970-01-01T00:00:00Z"
    assert shifts(outcome.events, YONG[1].officer_id) == [(nothing, "2024-12-18T02:30:00Z")]
    assert shifts(outcome.events, THIRD.officer_id) == [("2024-12-18T02:30:00Z", nothing)]
    assert outcome.state.roster_version == 2


def test_a_replacement_reaches_back_to_when_the_other_was_missing_and_no_further():
    half_past_nine = to_timestamp(instant("2024-12-18 09:30"))
    missing = given(operation, *RUNNING, SENT, GONE)
    early = missing.when(relieve(effective_at=half_past_nine), actor=CHIEF, at="2024-12-18 10:30")
    early.refused(Refusal.ROSTER_BACKDATED, earliest="2024-12-18 10:00")
    assert missing.when(relieve(effective_at=TEN), actor=CHIEF, at="2024-12-18 10:30").events
    present = given(operation, *RUNNING, SENT).when(relieve(effective_at=TEN), actor=CHIEF, at="2024-12-18 10:30")
    present.refused(Refusal.ROSTER_BACKDATED, earliest="2024-12-18 10:30")


def test_a_roster_does_not_reach_back_behind_one_that_is_in_force():
    replaced = given(operation, *RUNNING, SENT, GONE).when(relieve(), actor=CHIEF, at="2024-12-18 10:30")
    history: list[Message | On] = [*RUNNING, SENT, GONE, *(on("2024-12-18 10:30", event) for event in replaced.events)]
    again = commands.PublishRosterRequest(operation_id=OPERATION, assignments=ASSIGNMENTS)
    late = given(operation, *history).when(again, actor=CHIEF, at="2024-12-18 10:00", now="2024-12-18 11:00")
    late.refused(Refusal.ROSTER_BACKDATED, earliest="2024-12-18 10:30")


def test_a_replacement_does_not_reach_back_behind_a_roster_in_force_either():
    again = commands.PublishRosterRequest(operation_id=OPERATION, assignments=ASSIGNMENTS)
    [published] = given(operation, *RUNNING).when(again, actor=CHIEF, at="2024-12-18 12:00").events
    history: list[Message | On] = [*RUNNING, SENT, on("2024-12-18 12:00", published), GONE]
    under_it = given(operation, *history)
    late = under_it.when(relieve(effective_at=TEN), actor=CHIEF, at="2024-12-18 13:00")
    late.refused(Refusal.ROSTER_BACKDATED, earliest="2024-12-18 12:00")
    noon = to_timestamp(instant("2024-12-18 12:00"))
    assert under_it.when(relieve(effective_at=noon), actor=CHIEF, at="2024-12-18 13:00").events
    stated = under_it.when(relieve(), actor=CHIEF, at="2024-12-18 11:00", now="2024-12-18 13:00")
    stated.refused(Refusal.ROSTER_BACKDATED, earliest="2024-12-18 12:00")


def test_two_stand_there_after_it_or_it_is_refused():
    both_gone = changes.OfficerUnavailabilityNoted()
    both_gone.CopyFrom(GONE)
    both_gone.officer_id = YONG[0].officer_id
    outcome = given(operation, *RUNNING, SENT, GONE, both_gone).when(relieve(), actor=CHIEF, at="2024-12-18 10:30")
    outcome.refused(Refusal.ROSTER_TOO_THIN, checkpoint="A", authority=YONGCHUAN.name, found=1)


def test_the_gap_of_one_checkpoint_does_not_hinder_a_replacement_at_another():
    gap_at_b = changes.OfficerUnavailabilityNoted()
    gap_at_b.CopyFrom(GONE)
    gap_at_b.participant_id, gap_at_b.officer_id = LUXIAN.id, LU[0].officer_id
    outcome = given(operation, *RUNNING, SENT, GONE, gap_at_b).when(relieve(), actor=CHIEF, at="2024-12-18 10:30")
    assert len(outcome.events) == 2


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"replacement_id": officer("永9", authority=YONGCHUAN).officer_id}, Refusal.OFFICER_NOT_SENT),
        ({"officer_id": THIRD.officer_id, "replacement_id": YONG[1].officer_id}, Refusal.NOT_ON_ROSTER),
        ({"replacement_id": YONG[0].officer_id}, Refusal.OFFICER_TWICE),
        ({"participant_id": "ga-510521"}, Refusal.NOT_JOINED),
    ],
)
def test_who_replaces_was_sent_and_stands_nowhere_else(fields, refusal):
    given(operation, *RUNNING, SENT).when(relieve(**fields), actor=CHIEF).refused(refusal)


def test_nobody_takes_a_post_without_an_active_credential_or_while_absent():
    lapsed = officer("永3", authority=YONGCHUAN, status=common.CREDENTIAL_STATUS_SUSPENDED)
    sent = changes.ParticipantReinforced(operation_id=OPERATION, participant_id=YONGCHUAN.id, officers=[lapsed])
    given(operation, *RUNNING, sent).when(relieve(), actor=CHIEF).refused(KernelRefusal.OFFICER_NOT_ACTIVE)
    away = changes.OfficerUnavailabilityNoted()
    away.CopyFrom(GONE)
    away.officer_id = THIRD.officer_id
    outcome = given(operation, *RUNNING, SENT, away).when(relieve(), actor=CHIEF)
    outcome.refused(Refusal.OFFICER_ABSENT, officer=THIRD.officer_id)


def test_whoever_is_sent_again_counts_again():
    again = changes.ParticipantReinforced(operation_id=OPERATION, participant_id=YONGCHUAN.id, officers=[YONG[1]])
    state = given(operation, *RUNNING, GONE, on("2024-12-18 11:00", again)).state
    [span] = state.absences[YONGCHUAN.id, YONG[1].officer_id]
    assert (span.starts, span.ends) == (
        TEN.ToMicroseconds(),
        to_timestamp(instant("2024-12-18 11:00")).ToMicroseconds(),
    )
    assert list(state.participants[YONGCHUAN.id].officers) == ids(*YONG)


def note(**fields: Any) -> changes.NoteOfficerUnavailableRequest:
    given_fields: dict[str, Any] = {
        "operation_id": OPERATION,
        "participant_id": YONGCHUAN.id,
        "officer_id": YONG[1].officer_id,
        "from_at": TEN,
        "ground": changes.ABSENCE_GROUND_CREDENTIAL,
    }
    return changes.NoteOfficerUnavailableRequest(**(given_fields | fields))


def test_the_lead_hears_of_an_absence_from_whoever_sent_the_officer():
    given(operation, *READY).when(note(), actor=POLICY, origin=YONGCHUAN.id).then(GONE)
    given(operation, *READY).when(note(), actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_A_PARTICIPANT)
    outcome = given(operation, *READY).when(note(officer_id=LU[0].officer_id), actor=POLICY, origin=YONGCHUAN.id)
    outcome.refused(Refusal.OFFICER_NOT_SENT)


def test_reinforcements_are_the_senders_own_officers_and_come_before_the_end():
    send = changes.NoteOfficersSentRequest(operation_id=OPERATION, participant_id=YONGCHUAN.id, officers=[THIRD])
    given(operation, *JOINED).when(send, actor=POLICY, origin=YONGCHUAN.id).then(SENT)
    send.officers[0].authority_id = RONGCHANG.id
    given(operation, *JOINED).when(send, actor=POLICY, origin=YONGCHUAN.id).refused(Refusal.OFFICER_NOT_SENT)


# ---- the participant's side ----

UNAVAILABLE = changes.OfficerUnavailable(
    participation_id=PART,
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    participant_id=LUXIAN.id,
    officer_id=LU[0].officer_id,
    officer_no=1,
    from_at=TEN,
    ground=changes.ABSENCE_GROUND_ILLNESS,
    reason="中暑",
)


def report(**fields: Any) -> changes.ReportOfficerUnavailableRequest:
    given_fields: dict[str, Any] = {
        "participation_id": PART,
        "officer_id": LU[0].officer_id,
        "ground": changes.ABSENCE_GROUND_ILLNESS,
        "reason": "中暑",
        "from_at": TEN,
    }
    return changes.ReportOfficerUnavailableRequest(**(given_fields | fields))


def test_an_absence_is_reported_once_and_of_an_own_officer():
    given(participation, *FIELD).when(report(), actor=CHIEF).then(UNAVAILABLE)
    given(participation, *FIELD, UNAVAILABLE).when(report(), actor=CHIEF).then()
    outcome = given(participation, *FIELD).when(report(officer_id=YONG[0].officer_id), actor=CHIEF)
    outcome.refused(Refusal.OFFICER_NOT_SENT, authority=LUXIAN.name)


def test_an_absence_reaches_back_to_the_first_day_of_the_operation_and_no_further():
    long_ago, first = (to_timestamp(instant(f"{day} 00:00")) for day in ("2019-01-01", "2024-12-18"))
    [told] = given(participation, *FIELD).when(report(from_at=long_ago), actor=CHIEF).events
    [noted] = given(operation, *READY).when(note(from_at=long_ago), actor=POLICY, origin=YONGCHUAN.id).events
    assert (told.from_at, noted.from_at) == (first, first)  # type: ignore[attr-defined]


def test_an_absence_leaves_a_gap_that_refuses_inspections():
    outcome = given(participation, *FIELD, UNAVAILABLE).when(inspect(), officers=OFFICERS, at="2024-12-18 10:00")
    outcome.refused(Refusal.CHECKPOINT_GAP, checkpoint="B", found=1)


def test_what_was_done_before_the_gap_is_recorded_after_it():
    before = given(participation, *FIELD, UNAVAILABLE).when(inspect(), officers=OFFICERS, at="2024-12-18 09:59")
    before.then(inspected())


def test_a_suspended_credential_leaves_a_gap_by_itself():
    suspended = common.OfficerSnapshot()
    suspended.CopyFrom(LU[1])
    suspended.status = common.CREDENTIAL_STATUS_SUSPENDED
    others = inspect(officer_ids=ids(LU[0], LU[1]))
    outcome = given(participation, *FIELD).when(others, officers=[LU[0], suspended, *LU[2:]])
    outcome.refused(Refusal.CHECKPOINT_GAP, checkpoint="B", found=1)


def test_the_new_roster_fills_the_gap_from_its_instant_on_and_not_before():
    replaced = pb.RosterReceived()
    replaced.CopyFrom(ROSTER_RECEIVED)
    replaced.roster_version = 2
    replaced.effective_at.CopyFrom(to_timestamp(instant("2024-12-18 10:30")))
    [line] = [one for one in replaced.entries if (one.checkpoint_id, one.officer) == ("B", LU[0])]
    line.officer.CopyFrom(LU[3])
    history: list[Message | On] = [*FIELD, UNAVAILABLE, replaced]
    now = inspect(officer_ids=ids(LU[3], LU[1]))
    outcome = given(participation, *history).when(now, officers=OFFICERS, at="2024-12-18 10:30")
    outcome.then(inspected(officers=[LU[3], LU[1]]))
    early = given(participation, *history).when(now, officers=OFFICERS, at="2024-12-18 10:29")
    early.refused(Refusal.CHECKPOINT_GAP, found=1)
    late = given(participation, *history).when(inspect(), officers=OFFICERS, at="2024-12-18 09:00")
    late.then(inspected())


def test_an_officer_acts_within_the_shift():
    roster = pb.RosterReceived()
    roster.CopyFrom(ROSTER_RECEIVED)
    for line in roster.entries:
        line.shift_starts_at.CopyFrom(TEN)
    outcome = given(participation, *FIELD[:2], roster).when(inspect(), officers=OFFICERS, at="2024-12-18 09:00")
    outcome.refused(Refusal.CHECKPOINT_GAP, found=0)
    third = pb.RosterReceived()
    third.CopyFrom(ROSTER_RECEIVED)
    late = third.entries.add()
    late.CopyFrom(next(one for one in third.entries if one.checkpoint_id == "B"))
    late.officer.CopyFrom(LU[3])
    late.shift_starts_at.CopyFrom(TEN)
    early = inspect(officer_ids=ids(LU[0], LU[3]))
    outcome = given(participation, *FIELD[:2], third).when(early, officers=OFFICERS, at="2024-12-18 09:00")
    outcome.refused(Refusal.NOT_ON_SHIFT, officer=LU[3].officer_id, checkpoint="B")


def test_who_is_sent_has_an_active_credential_and_is_no_longer_missing():
    send = changes.SendOfficersRequest(participation_id=PART, officer_ids=ids(LU[0]))
    sent = changes.OfficersSent(
        participation_id=PART, operation_id=OPERATION, lead_id=LUXIAN.id, participant_id=LUXIAN.id, officers=[LU[0]]
    )
    given(participation, *FIELD, UNAVAILABLE).when(send, actor=CHIEF, officers=OFFICERS, at="2024-12-18 11:00").then(
        sent
    )
    history: list[Message | On] = [*FIELD, UNAVAILABLE, on("2024-12-18 11:00", sent)]
    given(participation, *history).when(inspect(), officers=OFFICERS, at="2024-12-18 11:00").then(inspected())
    suspended = officer("泸1", status=common.CREDENTIAL_STATUS_SUSPENDED)
    given(participation, *FIELD).when(send, actor=CHIEF, officers=[suspended]).refused(KernelRefusal.OFFICER_NOT_ACTIVE)


def test_the_lead_is_told_of_absences_and_reinforcements():
    told = changes.OfficerUnavailable()
    told.CopyFrom(UNAVAILABLE)
    told.participant_id, told.officer_id = YONGCHUAN.id, YONG[1].officer_id
    assert reactions(policy, told, origin=YONGCHUAN.id) == [note(ground=changes.ABSENCE_GROUND_ILLNESS)]
    assert reactions(policy, told, authority=RONGCHANG, origin=YONGCHUAN.id) == []
