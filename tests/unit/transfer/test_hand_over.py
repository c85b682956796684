"""T8, T9: property goes to the police, and the party is told (国务院令第310号 art. 12; 行政强制法 art. 21)."""

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.deadlines.clock import Status
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from services.transfer.model import Refusal, referral, transfer
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.transfer import Stage
from services.transfer.policies import policy
from tests.support.decider import LEADER, LI, LUXIAN, POLICE, POLICY, YONGCHUAN, ZHAO, given, instant, on, reactions
from tests.unit.transfer.acts import (
    ACCEPTED,
    AT_POLICE,
    CONFIRM,
    CONFIRMATION_RECORDED,
    CONFIRMED,
    CRIMINAL_CASE,
    DELIVERED,
    FILED,
    FILED_AT,
    FILING_RECORDED,
    HAND_OVER,
    HAND_OVER_NOTED,
    HANDED_OVER,
    HANDED_OVER_AT,
    INFORM,
    INFORMED,
    NOTE_HAND_OVER,
    RECEIVED,
    RECORD_CONFIRMATION,
    REFERRAL,
    TEAM_CHANGED,
    TRANSFER,
    VEHICLE,
    file,
    material,
)
from tests.unit.transfer.branches import but, outcome_recorded
from tests.unit.transfer.paper_acts import clock_of

OTHER = material(pb.MATERIAL_KIND_OTHER, "询问笔录原件")
OPEN_CASE = (*ACCEPTED, on(FILED_AT, CRIMINAL_CASE))


def test_property_goes_to_the_police_after_the_filing_notice():
    after = given(transfer, *FILED).when(HAND_OVER, at=HANDED_OVER_AT).then(HANDED_OVER)
    assert after.stage is Stage.HANDED_OVER


def test_nothing_is_handed_over_before_the_filing_notice():
    given(transfer, *RECEIVED).when(HAND_OVER, at=HANDED_OVER_AT).refused(KernelRefusal.WRONG_STAGE)
    given(transfer, *FILED).when(HAND_OVER, at="2025-06-06 10:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_two_officers_hand_over():
    alone = commands.HandOverPropertyRequest(
        transfer_id=TRANSFER, items=[VEHICLE], record=file("交接手续"), officer_ids=[LI.officer_id]
    )
    given(transfer, *FILED).when(alone, at=HANDED_OVER_AT).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_all_other_materials_go_with_the_property_and_to_the_police_as_files():
    command, event = but(HAND_OVER, materials=[OTHER]), but(HANDED_OVER, materials=[OTHER], material_count=1)
    given(transfer, *FILED).when(command, at=HANDED_OVER_AT).then(event)
    [note] = reactions(policy, event, origin=LUXIAN.id, authority=POLICE, at=HANDED_OVER_AT)
    assert (note.items, note.materials) == ([VEHICLE], [OTHER])  # type: ignore[attr-defined]
    noted = given(referral, *OPEN_CASE).when(note, authority=POLICE, actor=POLICY).events[0]
    assert noted.materials == [OTHER]  # type: ignore[attr-defined]


def test_where_nothing_was_seized_the_materials_meet_the_three_days_and_nobody_lost_property():
    materials_only = but(HANDED_OVER, items=[], item_count=0, materials=[OTHER], material_count=1)
    command = but(HAND_OVER, items=[], materials=[OTHER])
    given(transfer, *FILED).when(command, at=HANDED_OVER_AT).then(materials_only)
    convicted = on("2025-12-02 09:00", outcome_recorded(outcomes.TRANSFER_OUTCOME_CONVICTED))
    closing = outcomes.CloseTransferRequest(transfer_id=TRANSFER)
    history = (*FILED, on(HANDED_OVER_AT, materials_only), convicted)
    after = given(transfer, *history).when(closing, at="2025-12-03 09:00", actor=LEADER)
    assert after.state.stage is Stage.CLOSED


def test_a_hand_over_is_not_refused_because_the_team_changed_on_a_later_day():
    history = (*FILED, on("2025-06-11 09:00", TEAM_CHANGED))
    command = but(HAND_OVER)
    given(transfer, *history).when(command, actor=ZHAO, at=HANDED_OVER_AT).then(HANDED_OVER)


def test_where_materials_went_alone_the_property_follows_once_and_is_confirmed():
    materials_only = but(HANDED_OVER, items=[], item_count=0, materials=[OTHER], material_count=1)
    for before in ([], [CONFIRMATION_RECORDED]):
        history = (*FILED, on(HANDED_OVER_AT, materials_only), *before)
        after = given(transfer, *history).when(HAND_OVER, at="2025-06-10 09:00").then(HANDED_OVER)
        assert after.stage is Stage.HANDED_OVER
    given(transfer, *DELIVERED).when(HAND_OVER, at="2025-06-10 09:00").refused(KernelRefusal.WRONG_STAGE)
    noted = but(HAND_OVER_NOTED, items=[], materials=[OTHER])
    taken = (*OPEN_CASE, noted, CONFIRMED, HAND_OVER_NOTED)
    given(referral, *taken).when(CONFIRM, **AT_POLICE).then(CONFIRMED)


def test_the_three_days_run_on_where_property_is_said_to_follow():
    first = but(HANDED_OVER, items=[], item_count=0, materials=[OTHER], material_count=1, property_follows=True)
    command = but(HAND_OVER, items=[], materials=[OTHER], property_follows=True)
    given(transfer, *FILED).when(command, at=HANDED_OVER_AT).then(first)
    filed = on(FILED_AT, FILING_RECORDED)
    went = on(HANDED_OVER_AT, first)
    rest = on("2025-06-09 17:00", HANDED_OVER)
    assert clock_of("transfer.hand_over", "2025-06-09 18:00", filed, went).status is Status.RUNNING
    assert clock_of("transfer.hand_over", "2025-06-10 00:00", filed, went).status is Status.MISSED
    assert clock_of("transfer.hand_over", "2025-06-10 00:00", filed, went, rest).in_time
    part = but(HANDED_OVER, property_follows=True)
    given(transfer, *FILED, on(HANDED_OVER_AT, part)).when(HAND_OVER, at="2025-06-09 17:00").then(HANDED_OVER)


def test_a_hand_over_of_nothing_is_none():
    given(transfer, *FILED).when(but(HAND_OVER, items=[]), at=HANDED_OVER_AT).refused(Refusal.NOTHING_TO_HAND_OVER)


@pytest.mark.parametrize(("history", "command"), [(FILED, HAND_OVER), (DELIVERED, INFORM)], ids=["hand over", "inform"])
def test_only_the_team_hands_over_and_informs(history, command):
    given(transfer, *history).when(command, actor=ZHAO, at="2025-06-10 09:00").refused(Refusal.NOT_IN_TEAM)


def test_the_police_note_the_list_and_confirm_it():
    noted = given(referral, *OPEN_CASE).when(NOTE_HAND_OVER, authority=POLICE, actor=POLICY).then(HAND_OVER_NOTED)
    assert noted.stage is PoliceStage.PROPERTY_SENT
    after = given(referral, *OPEN_CASE, HAND_OVER_NOTED).when(CONFIRM, **AT_POLICE).then(CONFIRMED)
    assert after.stage is PoliceStage.PROPERTY_TAKEN


def test_nothing_is_confirmed_before_it_was_handed_over_though_the_list_may_come_later_than_the_things():
    noted = but(HAND_OVER_NOTED, handed_over_at=to_timestamp(instant(HANDED_OVER_AT)))
    history = (*OPEN_CASE, on("2025-06-10 09:00", noted))
    given(referral, *history).when(CONFIRM, **AT_POLICE, at="2025-06-09 14:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    given(referral, *history).when(CONFIRM, **AT_POLICE, at=HANDED_OVER_AT).then(CONFIRMED)


def test_nothing_is_confirmed_that_was_not_sent():
    given(referral, *OPEN_CASE).when(CONFIRM, **AT_POLICE).refused(KernelRefusal.WRONG_STAGE, allowed="待接收涉案财物")


def test_the_bureau_records_the_confirmation():
    after = given(transfer, *DELIVERED).when(RECORD_CONFIRMATION, actor=POLICY).then(CONFIRMATION_RECORDED)
    assert after.stage is Stage.OUTCOME_PENDING


def test_the_party_is_told_in_writing_once():
    after = given(transfer, *DELIVERED).when(INFORM, at="2025-06-10 09:00").then(INFORMED)
    assert after.stage is Stage.HANDED_OVER
    given(transfer, *DELIVERED, INFORMED).when(INFORM).refused(Refusal.PARTY_INFORMED_ALREADY)


def test_the_party_is_not_told_on_a_day_before_the_hand_over():
    given(transfer, *DELIVERED).when(INFORM, at="2025-06-09 14:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    told = (*DELIVERED, on("2025-12-02 09:00", outcome_recorded(outcomes.TRANSFER_OUTCOME_WITHDRAWN)))
    given(transfer, *told).when(INFORM, at=HANDED_OVER_AT).then(INFORMED)


def test_the_party_is_not_told_before_its_property_went():
    given(transfer, *FILED).when(INFORM).refused(KernelRefusal.WRONG_STAGE)


def test_nobody_but_the_bureau_hands_over_and_only_for_an_open_criminal_case():
    other = commands.NoteHandOverRequest(referral_id=REFERRAL, bureau_id=YONGCHUAN.id, items=[VEHICLE])
    given(referral, *OPEN_CASE).when(other, authority=POLICE, actor=POLICY).refused(
        Refusal.NOT_ITS_TRANSFER, authority="jt-500118", expected="jt-510521"
    )
    given(referral, *ACCEPTED).when(NOTE_HAND_OVER, authority=POLICE, actor=POLICY).refused(
        KernelRefusal.WRONG_STAGE, stage="已受理", allowed="已立案"
    )
