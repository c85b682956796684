"""What a transfer to the police means for the case (行政处罚法 arts. 35, 57; 国务院令第310号 art. 11)."""

from datetime import date
from uuid import UUID

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.model import MeasureState, Refusal, case
from services.cases.model.procedure import Period
from services.cases.service import SERVICE
from services.kernel.deadlines import published
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.deadlines.clock import Status
from services.kernel.facts import Fact
from services.kernel.rules import Rules
from tests.support.decider import LEADER, LUXIAN, POLICY, given, instant, on, uid
from tests.unit.cases.acts import (
    ACQUIT,
    ACQUITTED,
    CASE,
    CHANGE_TOLD,
    CLOSE,
    DELIVERED,
    FILED_AT,
    INVESTIGATING,
    MEASURE,
    NOTIFIED,
    PENALISE,
    PENALISED,
    PRESERVATION_APPROVED,
    PRESERVED,
    REPORTED,
    SEIZED,
    SEIZURE_APPROVED,
    SPARE,
    TRANSFER,
    changed,
    note_transfer,
    transfer_noted,
)

OPEN_PHASES = [
    pb.TRANSFER_PHASE_APPROVED,
    pb.TRANSFER_PHASE_SENT,
    pb.TRANSFER_PHASE_RECEIVED,
    pb.TRANSFER_PHASE_FILED,
    pb.TRANSFER_PHASE_REFUSED,
    pb.TRANSFER_PHASE_HANDED_OVER,
]
WARN = changed(PENALISE, penalties=[pb.Penalty(kind=pb.PENALTY_KIND_WARNING)])


@pytest.mark.parametrize("phase", OPEN_PHASES)
@pytest.mark.parametrize("history", [INVESTIGATING, NOTIFIED], ids=["investigating", "notified"])
def test_while_a_transfer_is_open_no_fine_is_decided(phase, history):
    given(case, *history, transfer_noted(phase)).when(PENALISE, actor=LEADER).refused(Refusal.FINE_WHILE_TRANSFERRED)


@pytest.mark.parametrize("command", [WARN, SPARE, ACQUIT], ids=["warning", "no penalty", "not established"])
def test_other_decisions_wait_too(command):
    sent = transfer_noted(pb.TRANSFER_PHASE_SENT)
    given(case, *NOTIFIED, sent).when(command, actor=LEADER).refused(Refusal.DECISION_WHILE_TRANSFERRED, phase="已移送")


def test_when_the_case_has_returned_the_penalty_follows():
    returned = (
        *NOTIFIED,
        transfer_noted(pb.TRANSFER_PHASE_REFUSED),
        transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False),
    )
    given(case, *returned).when(PENALISE, actor=LEADER).then(PENALISED)


def test_one_returned_transfer_does_not_end_another():
    other = uid("other transfer")
    history = (
        *REPORTED,
        transfer_noted(pb.TRANSFER_PHASE_SENT),
        transfer_noted(pb.TRANSFER_PHASE_SENT, transfer_id=other),
        transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False, transfer_id=other),
    )
    given(case, *history).when(ACQUIT, actor=LEADER).refused(Refusal.DECISION_WHILE_TRANSFERRED)
    given(case, *history, transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False)).when(ACQUIT, actor=LEADER).then(
        ACQUITTED
    )


def test_a_transferred_case_is_not_closed():
    sent = transfer_noted(pb.TRANSFER_PHASE_SENT)
    given(case, *DELIVERED, sent).when(CLOSE, actor=LEADER).refused(Refusal.TRANSFER_OPEN, phase="已移送")


@pytest.mark.parametrize("phase", OPEN_PHASES)
def test_the_case_notes_how_far_its_transfer_has_come(phase):
    before = transfer_noted(pb.TRANSFER_PHASE_UNSPECIFIED)
    after = given(case, *INVESTIGATING, before).when(note_transfer(phase), actor=POLICY).then(transfer_noted(phase))
    assert after.transfers == {TRANSFER: phase}


def test_a_return_is_noted_as_closed():
    sent = transfer_noted(pb.TRANSFER_PHASE_SENT)
    after = given(case, *INVESTIGATING, sent).when(note_transfer(pb.TRANSFER_PHASE_RETURNED), actor=POLICY)
    assert after.then(transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False)).transfers == {}


def test_what_is_noted_already_is_not_noted_again():
    sent = transfer_noted(pb.TRANSFER_PHASE_SENT)
    given(case, *INVESTIGATING, sent).when(note_transfer(pb.TRANSFER_PHASE_SENT), actor=POLICY).then()


def test_a_seizure_ends_when_the_items_go_to_the_police():
    holding = (*INVESTIGATING, on(FILED_AT, SEIZURE_APPROVED), SEIZED)
    after = given(case, *holding).when(note_transfer(pb.TRANSFER_PHASE_HANDED_OVER), actor=POLICY)
    state = after.then(
        transfer_noted(pb.TRANSFER_PHASE_HANDED_OVER),
        pb.SeizureHandedOver(case_id=CASE, measure_id=MEASURE, transfer_id=TRANSFER),
    )
    assert state.measures[MEASURE].state is MeasureState.ENDED


def test_preserved_evidence_and_earlier_phases_end_no_seizure():
    preserving = (*INVESTIGATING, on(FILED_AT, PRESERVATION_APPROVED), PRESERVED)
    given(case, *preserving).when(note_transfer(pb.TRANSFER_PHASE_HANDED_OVER), actor=POLICY).then(
        transfer_noted(pb.TRANSFER_PHASE_HANDED_OVER)
    )
    holding = (*INVESTIGATING, on(FILED_AT, SEIZURE_APPROVED), SEIZED)
    received = transfer_noted(pb.TRANSFER_PHASE_RECEIVED)
    given(case, *holding, received).when(note_transfer(pb.TRANSFER_PHASE_FILED), actor=POLICY).then(
        transfer_noted(pb.TRANSFER_PHASE_FILED)
    )


# ── the ninety days ──────────────────────────────────────────────────────────────────────────────────────────────────

RUNS_ON = Rules({"decision_clock_while_transferred": ((date(2024, 1, 1), "run"),)})
RECEIVED_AT = "2024-10-09 10:00"
RETURNED_AT = "2024-10-19 10:00"
RECEIVED = transfer_noted(pb.TRANSFER_PHASE_RECEIVED)
RETURNED = transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False)
SUSPENDED = side.CaseSuspended(case_id=CASE, ground=side.SUSPENSION_GROUND_FORCE_MAJEURE, reason="塌方")


def test_they_stand_still_from_the_receipt_to_the_return():
    state = given(case, *INVESTIGATING, on(RECEIVED_AT, RECEIVED)).state
    assert state.period is not None
    assert state.period.stopped_at is not None
    back = given(case, *INVESTIGATING, on(RECEIVED_AT, RECEIVED), on(RETURNED_AT, RETURNED)).state
    assert back.period is not None
    assert [(pause.paused_at.day, pause.resumed_at.day) for pause in back.period.pauses] == [(9, 19)]


def test_a_return_that_is_dated_before_the_receipt_loses_no_day_and_no_case():
    back = given(case, *INVESTIGATING, on(RECEIVED_AT, RECEIVED), on("2024-10-08 10:00", RETURNED)).state
    assert back.period is not None
    assert [(pause.paused_at.day, pause.resumed_at.day) for pause in back.period.pauses] == [(9, 9)]


def test_where_they_run_on_the_case_records_it_and_loses_no_day():
    runs = changed(RECEIVED, clock_runs=True)
    command = note_transfer(pb.TRANSFER_PHASE_RECEIVED)
    after = given(case, *INVESTIGATING).when(command, actor=POLICY, at=RECEIVED_AT, rules=RUNS_ON).then(runs)
    assert after.period is not None
    assert after.period.stopped_at is None
    assert not after.stands_still()


def test_a_receipt_by_the_police_to_which_it_was_forwarded_stops_them_no_second_time():
    history = (*INVESTIGATING, on(RECEIVED_AT, RECEIVED), on("2024-10-11 10:00", RECEIVED), on(RETURNED_AT, RETURNED))
    state = given(case, *history).state
    assert state.period is not None
    assert [pause.paused_at.day for pause in state.period.pauses] == [9]


def test_they_stand_still_again_when_police_file_after_all_that_the_authority_had_taken_back():
    back = (*INVESTIGATING, on(RECEIVED_AT, RECEIVED), on(RETURNED_AT, RETURNED))
    filed = given(case, *back).when(note_transfer(pb.TRANSFER_PHASE_FILED), actor=POLICY, at="2024-10-29 10:00")
    state = filed.then(RECEIVED, transfer_noted(pb.TRANSFER_PHASE_FILED))
    assert state.period is not None
    assert state.period.stopped_at is not None
    assert state.period.stopped_at.day == 29


def test_the_notice_to_file_takes_a_case_back_and_leaves_one_that_the_police_filed():
    back = (*INVESTIGATING, on(RECEIVED_AT, RECEIVED), on(RETURNED_AT, RETURNED))
    order = note_transfer(pb.TRANSFER_PHASE_RECEIVED)
    given(case, *back).when(order, actor=POLICY, at="2024-10-29 10:00").then(RECEIVED)
    for phase in (pb.TRANSFER_PHASE_FILED, pb.TRANSFER_PHASE_HANDED_OVER):
        given(case, *INVESTIGATING, RECEIVED, transfer_noted(phase)).when(order, actor=POLICY).then()


def test_with_the_conclusion_they_run_again():
    concluded = transfer_noted(pb.TRANSFER_PHASE_CONCLUDED, open=False)
    state = given(case, *INVESTIGATING, on(RECEIVED_AT, RECEIVED), on(RETURNED_AT, concluded)).state
    assert state.period is not None
    assert state.period.stopped_at is None


def test_a_case_that_is_suspended_stands_still_after_its_return():
    held = (*INVESTIGATING, on(RECEIVED_AT, RECEIVED), on(RECEIVED_AT, SUSPENDED))
    still = changed(RETURNED, still_standing=True)
    command = note_transfer(pb.TRANSFER_PHASE_RETURNED)
    given(case, *held).when(command, actor=POLICY, at=RETURNED_AT).then(still)


# ---- a decision that is made anew meanwhile ------------------------------------------------------------------------

AT_THE_POLICE = (
    *DELIVERED,
    on("2025-01-02 10:00", transfer_noted(pb.TRANSFER_PHASE_RECEIVED)),
    on("2025-01-03 10:00", transfer_noted(pb.TRANSFER_PHASE_FILED)),
)
ANEW = decisions.RevokeDecisionRequest(case_id=CASE, reason="认定事实错误", anew=True, **CHANGE_TOLD)
ORDERED_ANEW = decisions.RecordRemedyOutcomeRequest(
    case_id=CASE,
    remedy_id=uid("remedy"),
    outcome=decisions.REMEDY_OUTCOME_ORDERED_ANEW,
    reason="责令重新作出",
)


def began_anew() -> Period:
    history = given(case, *AT_THE_POLICE).when(ANEW, actor=LEADER, at="2025-01-06 10:00")
    assert [type(event).__name__ for event in history.events] == [
        "DecisionRevoked",
        "CriminalTransferNoted",
        "CriminalTransferNoted",
    ]
    assert history.state.transfers == {TRANSFER: pb.TRANSFER_PHASE_FILED}
    assert history.state.period is not None
    return history.state.period


def test_what_is_decided_anew_while_the_police_have_the_case_stands_still_from_its_beginning():
    period = began_anew()
    assert period.began_at == period.stopped_at == instant("2025-01-06 10:00")


def test_so_it_does_when_a_remedy_orders_it():
    started = decisions.RemedyStarted(
        case_id=CASE, remedy_id=uid("remedy"), kind=decisions.REMEDY_KIND_RECONSIDERATION, started_on="2025-01-05"
    )
    over = given(case, *AT_THE_POLICE, started).when(ORDERED_ANEW, actor=LEADER, at="2025-01-06 10:00").state
    assert over.period is not None
    assert over.period.stopped_at == instant("2025-01-06 10:00")


def test_and_it_goes_on_when_the_case_comes_back():
    events = given(case, *AT_THE_POLICE).when(ANEW, actor=LEADER, at="2025-01-06 10:00").events
    anew = (*AT_THE_POLICE, *(on("2025-01-06 10:00", event) for event in events))
    back = given(case, *anew).when(note_transfer(pb.TRANSFER_PHASE_RETURNED), actor=POLICY, at="2025-03-03 10:00")
    period = back.then(transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False)).period
    assert period is not None
    assert (period.stopped_at, [pause.paused_at for pause in period.pauses]) == (None, [instant("2025-01-06 10:00")])


def test_the_clock_that_everybody_sees_stands_still_too():
    keeper = Keeper("cases", SERVICE.deadlines, LUXIAN, Rules())
    book = Book(keeper, published())
    events = given(case, *AT_THE_POLICE).when(ANEW, actor=LEADER, at="2025-01-06 10:00").events
    for n, event in enumerate(events):
        fact = Fact(event_id=UUID(uid(f"event {n}")), occurred_at=instant("2025-01-06 10:00"), actor="test")
        book.take(event, fact, impacts(keeper, event, fact))
    found = [(one.status, one.paused_at) for one in book.touched.values() if one.rule_id == "cases.decision"]
    assert found == [(Status.PAUSED, instant("2025-01-06 10:00"))]


def test_where_the_ninety_days_run_meanwhile_they_run():
    runs = Rules({"decision_clock_while_transferred": ((date(2025, 1, 1), "run"),)})
    running = (*DELIVERED, on("2025-01-02 10:00", changed(transfer_noted(pb.TRANSFER_PHASE_RECEIVED), clock_runs=True)))
    after = given(case, *running).when(ANEW, actor=LEADER, at="2025-01-06 10:00", rules=runs)
    assert [type(event).__name__ for event in after.events] == ["DecisionRevoked"]
