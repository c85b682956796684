"""Row 4b in full: the steps of a seizure, the emergency that comes before its approval, the list of matters without
compulsion (行政强制法 arts. 10, 18, 19, 24, 25).
"""

from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases import deadlines
from services.cases.model import MeasureState, Refusal, case
from services.kernel.deadlines import published
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import LEADER, LI, NOON, SUSPENDED, ZHAO, given, instant, on
from tests.unit.cases.acts import (
    APPROVE_PRESERVATION,
    APPROVE_SEIZURE,
    CASE,
    EVIDENCE_ADDED,
    EXTEND,
    EXTENDED,
    HANDED,
    INVESTIGATED,
    INVESTIGATING,
    MEASURE,
    NO_COMPULSION,
    OPEN,
    RELEASE,
    RELEASED,
    SEIZE,
    SEIZED,
    SEIZURE_APPROVED,
    SUSPECTED,
    changed,
    file,
)

AT, LATER = "2024-09-10 10:00", "2024-09-11 09:00"
URGENT = changed(SEIZE, emergency_reason="车辆即将驶离", law_basis="道路运输条例 art. 62", no_compulsion=NO_COMPULSION)
TAKEN = changed(
    SEIZED,
    emergency=True,
    emergency_reason="车辆即将驶离",
    law_basis="道路运输条例 art. 62",
    no_compulsion=NO_COMPULSION,
)
REPORT = commands.ReportEmergencySeizureRequest(case_id=CASE, measure_id=MEASURE, leader_id=LEADER.officer_id)
REPORTED = pb.EmergencySeizureReported(case_id=CASE, measure_id=MEASURE, leader_id=LEADER.officer_id)
DECIDE = commands.DecideEmergencySeizureRequest(case_id=CASE, measure_id=MEASURE, approved=True, reason="情况属实")
APPROVED = pb.EmergencySeizureDecided(case_id=CASE, measure_id=MEASURE, approved=True, reason="情况属实")
HELD = (*INVESTIGATING, on(AT, TAKEN))
TOLD = (*HELD, on(LATER, REPORTED))


@pytest.mark.parametrize("history", [SUSPECTED, OPEN, INVESTIGATING], ids=["clue", "filed", "investigating"])
def test_what_is_urgent_is_taken_first(history):
    after = given(case, *history).when(URGENT, at=AT).then(TAKEN)
    assert after.measures[MEASURE].awaits_approval


def test_not_urgent_is_only_what_was_approved():
    given(case, *INVESTIGATING).when(changed(URGENT, emergency_reason=" "), at=AT).refused(Refusal.MEASURE_NOT_APPROVED)


def test_urgency_needs_a_law_two_officers_and_an_own_id_all_the_same():
    given(case, *INVESTIGATING).when(changed(URGENT, law_basis=""), at=AT).refused(Refusal.LAW_BASIS_NEEDED)
    alone = changed(URGENT, officer_ids=[LI.officer_id])
    given(case, *INVESTIGATING).when(alone, at=AT).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    suspended = changed(URGENT, officer_ids=[LI.officer_id, SUSPENDED.officer_id])
    given(case, *INVESTIGATING).when(suspended, at=AT).refused(KernelRefusal.OFFICER_NOT_ACTIVE)
    given(case, *HELD).when(URGENT, at=AT).refused(Refusal.ID_TAKEN)


def test_nothing_urgent_is_taken_when_the_investigation_has_ended():
    ended = (*INVESTIGATING, EVIDENCE_ADDED, INVESTIGATED)
    given(case, *ended).when(URGENT, at=AT).refused(KernelRefusal.WRONG_STAGE)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"presence": 0}, "当事人或者见证人到场"),
        ({"informed": False}, "告知当事人理由、依据、权利和救济途径"),
        ({"delivered": False}, "当场交付"),
    ],
    ids=["nobody there", "not informed", "not delivered"],
)
@pytest.mark.parametrize("command", [SEIZE, URGENT], ids=["approved", "urgent"])
def test_no_step_of_a_seizure_is_left_out(command, fields, missing):
    history = INVESTIGATING if command is URGENT else (*INVESTIGATING, on(AT, SEIZURE_APPROVED))
    given(case, *history).when(changed(command, **fields), at=AT).refused(Refusal.SEIZURE_INCOMPLETE, missing=missing)


@pytest.mark.parametrize(("paper", "missing"), [("record", "决定书和清单"), ("scene_record", "现场笔录")])
def test_no_paper_of_a_seizure_is_left_out(paper, missing):
    command = changed(SEIZE)
    command.ClearField(paper)
    given(case, *INVESTIGATING, on(AT, SEIZURE_APPROVED)).when(command, at=AT).refused(
        Refusal.SEIZURE_INCOMPLETE, missing=missing
    )


def test_a_witness_stands_for_a_party_who_is_not_there():
    fields = {"presence": pb.PRESENCE_WITNESS, "present": "见证人李四"}
    given(case, *INVESTIGATING, on(AT, SEIZURE_APPROVED)).when(changed(SEIZE, informed=False, **fields), at=AT).then(
        changed(SEIZED, **fields)
    )


def test_officers_report_it_to_a_leader():
    assert given(case, *HELD).when(REPORT, at=LATER).then(REPORTED).measures[MEASURE].reported
    given(case, *HELD).when(changed(REPORT, leader_id=ZHAO.officer_id), at=LATER).refused(
        KernelRefusal.CALLER_NOT_ALLOWED
    )


@pytest.mark.parametrize(
    "history",
    [INVESTIGATING, (*INVESTIGATING, on(AT, SEIZURE_APPROVED), on(AT, SEIZED)), TOLD],
    ids=["nothing taken", "approved before", "reported already"],
)
def test_only_what_waits_for_it_is_reported(history):
    given(case, *history).when(REPORT, at=LATER).refused(Refusal.NO_EMERGENCY)


def test_the_report_is_due_in_twenty_four_hours():
    limit, _ = deadlines.EMERGENCY_REPORT.limit(Rules(), NOON.date())
    starts = [trigger for role, trigger in deadlines.EMERGENCY_REPORT.triggers if role == "start"]
    assert limit.due(instant("2024-09-30 10:30"), published()).effective_at == instant("2024-10-01 10:30")
    fires = [
        any(trigger.fires(event, received=False, rules=Rules(), on=NOON.date()) for trigger in starts)
        for event in (TAKEN, SEIZED)
    ]
    assert fires == [True, False]


def test_a_leader_approves_it_afterwards():
    after = given(case, *TOLD).when(DECIDE, actor=LEADER, at=LATER).then(APPROVED)
    assert not after.measures[MEASURE].awaits_approval
    given(case, *HELD).when(DECIDE, actor=LEADER, at=LATER).refused(Refusal.NOT_REPORTED)
    given(case, *TOLD, on(LATER, APPROVED)).when(DECIDE, actor=LEADER, at=LATER).refused(Refusal.NO_EMERGENCY)


def test_what_should_not_have_been_seized_is_released_at_once():
    sheet: dict[str, Any] = {"document": file("解除决定书"), **HANDED}
    refusal = changed(DECIDE, approved=False, reason="无需扣押", **sheet)
    after = given(case, *TOLD).when(refusal, actor=LEADER, at=LATER)
    after.then(
        changed(APPROVED, approved=False, reason="无需扣押"),
        pb.SeizureReleased(case_id=CASE, measure_id=MEASURE, reason="无需扣押", effective_on=LATER[:10], **sheet),
    )
    assert after.state.measures[MEASURE].state is MeasureState.ENDED
    for bare, missing in (("document", Refusal.SERVED_DOCUMENT_NEEDED), ("proof", Refusal.PROOF_NEEDED)):
        given(case, *TOLD).when(changed(refusal, **{bare: None}), actor=LEADER, at=LATER).refused(missing)


def test_what_is_not_approved_is_not_extended_but_may_be_released():
    given(case, *TOLD).when(EXTEND, actor=LEADER, at=LATER).refused(Refusal.EMERGENCY_NOT_APPROVED)
    given(case, *TOLD).when(RELEASE, actor=LEADER, at=LATER).then(changed(RELEASED, effective_on=LATER[:10]))
    given(case, *TOLD, on(LATER, APPROVED)).when(EXTEND, actor=LEADER, at=LATER).then(
        changed(EXTENDED, effective_on=LATER[:10])
    )


def test_the_party_is_told_of_an_extension_in_writing():
    silent = changed(EXTEND)
    silent.ClearField("notice")
    held = (*INVESTIGATING, on(AT, SEIZURE_APPROVED), on(AT, SEIZED))
    given(case, *held).when(silent, actor=LEADER, at=LATER).refused(Refusal.EXTENSION_NOT_TOLD)
    another = changed(EXTEND, notice=file("其他"))
    given(case, *held).when(another, actor=LEADER, at=LATER).then(
        changed(EXTENDED, notice=file("其他"), effective_on=LATER[:10])
    )


@pytest.mark.parametrize(
    ("history", "command"), [(OPEN, APPROVE_SEIZURE), (INVESTIGATING, URGENT)], ids=["approval", "urgent"]
)
def test_the_list_of_matters_without_compulsion_is_asked_before_a_seizure(history, command):
    unasked = changed(command)
    unasked.ClearField("no_compulsion")
    given(case, *history).when(unasked, actor=LEADER, at=AT).refused(Refusal.NO_COMPULSION_UNANSWERED)
    nameless = changed(command, no_compulsion=pb.NoCompulsionAnswer(reason="不适用"))
    given(case, *history).when(nameless, actor=LEADER, at=AT).refused(Refusal.NO_COMPULSION_UNANSWERED)
    listed = changed(command, no_compulsion=changed(NO_COMPULSION, applies=True, item_code="2-3"))
    given(case, *history).when(listed, actor=LEADER, at=AT).refused(Refusal.NO_COMPULSION, item="2-3")


def test_preservation_is_no_compulsion():
    given(case, *OPEN).when(APPROVE_PRESERVATION, actor=LEADER, at=AT).then(
        pb.MeasureApproved(
            case_id=CASE, measure_id=MEASURE, kind=pb.MEASURE_KIND_PRESERVATION, reason=APPROVE_PRESERVATION.reason
        )
    )
