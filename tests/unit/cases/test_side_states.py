"""States that lie over the stages: standing still, disputed, handed on (行政处罚法 arts. 22, 25)."""

from datetime import date

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.model import Refusal, Stage, case
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import LEADER, LOCAL_RULES, LUXIAN, POLICE, POLICY, YONGCHUAN, given, on, uid
from tests.unit.cases import procedure
from tests.unit.cases.acts import (
    ADD_EVIDENCE,
    APPROVED,
    ASSIGN,
    ASSIGNED,
    CASE,
    CLOSE,
    CLOSE_INVESTIGATION,
    CLOSED,
    DECIDED,
    EVIDENCE_ADDED,
    FILE,
    FILED_AT,
    INVESTIGATING,
    NOTICE_SERVED,
    NOTIFIED,
    OPEN,
    PENALISE,
    PLACE,
    PROVEN,
    REPORTED,
    SEIZED,
    SEIZURE_APPROVED,
    SERVE_NOTICE,
    SPARE,
    SUSPECTED,
    WAIVED,
    changed,
    file,
    note_transfer,
    transfer_noted,
)

SUSPEND = side.SuspendCaseRequest(case_id=CASE, ground=side.SUSPENSION_GROUND_AWAITS_RULING, reason="等待判决")
SUSPENDED = side.CaseSuspended(case_id=CASE, ground=side.SUSPENSION_GROUND_AWAITS_RULING, reason="等待判决")
RESUME = side.ResumeCaseRequest(case_id=CASE, reason="判决已生效")
RESUMED = side.CaseResumed(case_id=CASE, reason="判决已生效")
DISPUTE = uid("dispute")
THEIRS = uid("their case")
DISPUTED = side.JurisdictionDisputed(
    case_id=CASE, dispute_id=DISPUTE, other_id=YONGCHUAN.id, other_case_id=THEIRS, position="先立案"
)
NOTE = side.NoteJurisdictionDisputeRequest(
    case_id=CASE, dispute_id=DISPUTE, told_by=YONGCHUAN.id, other_case_id=THEIRS, position="发生地在永川"
)
NOTED = side.JurisdictionDisputed(
    case_id=CASE, dispute_id=DISPUTE, told_by=YONGCHUAN.id, other_case_id=THEIRS, position="发生地在永川"
)
SETTLED = side.JurisdictionSettled(
    case_id=CASE,
    dispute_id=DISPUTE,
    other_id=YONGCHUAN.id,
    other_case_id=THEIRS,
    owner_id=LUXIAN.id,
    way=side.SETTLEMENT_WAY_AGREED,
    ours=True,
)
LOST = changed(SETTLED, owner_id=YONGCHUAN.id, ours=False)
TRANSFER = side.TransferCaseToAuthorityRequest(
    case_id=CASE,
    receiver_id=YONGCHUAN.id,
    place=PLACE,
    facts="在永川境内未经许可从事客运",
    party=side.TransferredParty(kind="个人", name="张三"),
    files=[file("现场笔录")],
    reason="违法行为发生地在永川",
)
TRANSFERRED = side.CaseTransferredToAuthority(
    case_id=CASE,
    receiver_id=YONGCHUAN.id,
    act_code="RTR-63-2",
    act_on="2024-09-06",
    place=PLACE,
    facts="在永川境内未经许可从事客运",
    party=side.TransferredParty(kind="个人", name="张三"),
    files=[file("现场笔录")],
    reason="违法行为发生地在永川",
)
READY = (*NOTIFIED, on("2024-09-28 10:00", WAIVED))
MOVES = [
    (PROVEN, CLOSE_INVESTIGATION),
    (REPORTED, notices.ApproveReportRequest(case_id=CASE)),
    (APPROVED, SERVE_NOTICE),
    (READY, PENALISE),
    (READY, SPARE),
    (NOTIFIED, notices.ReopenInvestigationRequest(case_id=CASE, reason="补充证据")),
]
"""What moves a case."""


@pytest.mark.parametrize(("history", "command"), MOVES, ids=lambda value: type(value).__name__)
def test_nothing_moves_a_case_that_stands_still(history, command):
    given(case, *history, SUSPENDED).when(command, actor=LEADER).refused(Refusal.CASE_SUSPENDED)
    assert given(case, *history, SUSPENDED, RESUMED).when(command, actor=LEADER).events


@pytest.mark.parametrize(("history", "command"), MOVES, ids=lambda value: type(value).__name__)
def test_nothing_moves_a_case_whose_jurisdiction_is_disputed(history, command):
    given(case, *history, DISPUTED).when(command, actor=LEADER).refused(Refusal.JURISDICTION_DISPUTED)
    assert given(case, *history, DISPUTED, SETTLED).when(command, actor=LEADER).events


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (procedure.REQUESTED, procedure.NOTIFY),
        (procedure.CALLED, procedure.HOLD),
        (procedure.FINISHED, procedure.SUBMIT),
        (procedure.SENT, procedure.REVIEW),
        (procedure.REVIEWED, procedure.DISCUSS),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize(
    ("over", "refusal"), [(SUSPENDED, Refusal.CASE_SUSPENDED), (DISPUTED, Refusal.JURISDICTION_DISPUTED)]
)
def test_nor_is_it_heard_reviewed_or_discussed(history, command, over, refusal):
    given(case, *history, over).when(command, actor=LEADER, officers=procedure.PEOPLE).refused(refusal)


def test_evidence_is_gathered_while_jurisdiction_is_disputed():
    given(case, *INVESTIGATING, DISPUTED).when(ADD_EVIDENCE).then(EVIDENCE_ADDED)


def test_a_case_is_suspended_once_and_resumed_once():
    given(case, *INVESTIGATING).when(SUSPEND, actor=LEADER).then(SUSPENDED)
    given(case, *INVESTIGATING, SUSPENDED).when(SUSPEND, actor=LEADER).refused(Refusal.CASE_SUSPENDED)
    given(case, *INVESTIGATING, SUSPENDED).when(RESUME, actor=LEADER).then(RESUMED)
    given(case, *INVESTIGATING).when(RESUME, actor=LEADER).refused(Refusal.CASE_NOT_SUSPENDED)
    later = (*INVESTIGATING, on("2024-12-20 09:00", SUSPENDED))
    given(case, *later).when(RESUME, actor=LEADER, at="2024-12-19 09:00").refused(Refusal.STEP_OUT_OF_ORDER)


def test_a_decided_case_and_one_with_the_police_do_not_stand_still():
    given(case, *DECIDED).when(SUSPEND, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)
    sent = transfer_noted(pb.TRANSFER_PHASE_SENT)
    given(case, *INVESTIGATING, sent).when(SUSPEND, actor=LEADER).refused(Refusal.TRANSFER_OPEN)


# ── who was found competent (管辖争议, test_dispute.py) ──────────────────────────────────────────────────────────────


def test_where_the_other_is_competent_the_case_goes_there_and_nowhere_else():
    lost = (*READY, DISPUTED, LOST)
    given(case, *lost).when(PENALISE, actor=LEADER).refused(Refusal.OTHER_IS_COMPETENT, owner=YONGCHUAN.id)
    elsewhere = changed(TRANSFER, receiver_id="jt-500153")
    given(case, *lost).when(elsewhere, actor=LEADER).refused(Refusal.OTHER_IS_COMPETENT)
    assert given(case, *lost).when(TRANSFER, actor=LEADER).state.stage is Stage.TRANSFERRED_ADMIN


# ── transfer to the competent authority (管辖移送) ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("history", [SUSPECTED, INVESTIGATING, NOTIFIED], ids=["clue", "investigating", "notified"])
def test_a_case_goes_to_the_authority_that_is_competent(history):
    after = given(case, *history).when(TRANSFER, actor=LEADER).then(TRANSFERRED)
    assert after.stage is Stage.TRANSFERRED_ADMIN


def test_the_receiver_is_named_and_is_a_transport_bureau_other_than_this():
    for wrong in ({"receiver_id": LUXIAN.id}, {"receiver_id": ""}, {"receiver_id": POLICE.id}):
        given(case, *INVESTIGATING).when(changed(TRANSFER, **wrong), actor=LEADER).refused(Refusal.RECEIVER_NEEDED)
    outside = changed(TRANSFER, receiver_id="", receiver_name="某市场监督管理局")
    given(case, *INVESTIGATING).when(outside, actor=LEADER).then(
        changed(TRANSFERRED, receiver_id="", receiver_name="某市场监督管理局")
    )


def test_nothing_is_handed_on_while_items_are_held_or_the_police_have_the_case():
    holding = (*INVESTIGATING, on(FILED_AT, SEIZURE_APPROVED), SEIZED)
    given(case, *holding).when(TRANSFER, actor=LEADER).refused(Refusal.MEASURE_IN_FORCE)
    sent = transfer_noted(pb.TRANSFER_PHASE_SENT)
    given(case, *INVESTIGATING, sent).when(TRANSFER, actor=LEADER).refused(Refusal.TRANSFER_OPEN)
    given(case, *INVESTIGATING, SUSPENDED).when(TRANSFER, actor=LEADER).refused(Refusal.CASE_SUSPENDED)
    given(case, *INVESTIGATING, DISPUTED).when(TRANSFER, actor=LEADER).refused(Refusal.JURISDICTION_DISPUTED)
    given(case, *DECIDED).when(TRANSFER, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


def noted(accepted):
    return side.AdministrativeTransferNoted(case_id=CASE, receiver_id=YONGCHUAN.id, accepted=accepted)


def note(accepted, receiver_id=YONGCHUAN.id):
    return side.NoteAdministrativeTransferRequest(case_id=CASE, receiver_id=receiver_id, accepted=accepted)


AWAY = (*NOTIFIED, TRANSFERRED)
GONE = changed(CLOSE, ground=pb.CLOSING_GROUND_TRANSFERRED)


def test_a_case_that_was_taken_is_closed_as_transferred_and_not_before():
    given(case, *AWAY).when(GONE, actor=LEADER).refused(Refusal.TRANSFER_NOT_ACCEPTED)
    given(case, *AWAY).when(note(True), actor=POLICY).then(noted(True))
    given(case, *AWAY, noted(True)).when(GONE, actor=LEADER).then(changed(CLOSED, ground=pb.CLOSING_GROUND_TRANSFERRED))


def test_a_receiver_outside_the_exchange_answers_on_paper():
    outside = changed(TRANSFERRED, receiver_id="", receiver_name="某市场监督管理局")
    given(case, *NOTIFIED, outside).when(GONE, actor=LEADER).then(changed(CLOSED, ground=pb.CLOSING_GROUND_TRANSFERRED))


def test_a_case_that_was_refused_is_here_again_where_it_was():
    assert given(case, *AWAY).when(note(False), actor=POLICY).then(noted(False)).stage is Stage.NOTICE_SERVED
    assert given(case, *AWAY, noted(True)).when(note(False), actor=POLICY).then(noted(False)).handed_on is None


def test_what_nobody_was_asked_for_is_not_noted():
    given(case, *AWAY).when(note(True, "jt-500153"), actor=POLICY).then()
    given(case, *NOTIFIED).when(note(True), actor=POLICY).then()
    given(case, *AWAY, noted(True)).when(note(True), actor=POLICY).then()


# ── the clock of the decision ────────────────────────────────────────────────────────────────────────────────────────


def test_the_clock_of_the_decision_goes_on_only_when_nothing_keeps_the_case():
    both = (*INVESTIGATING, SUSPENDED, NOTED)
    resumed = changed(RESUMED, still_standing=True)
    given(case, *both).when(RESUME, actor=LEADER).then(resumed)
    settles = changed(NOTE, owner_id=LUXIAN.id, way=side.SETTLEMENT_WAY_AGREED)
    (settled,) = given(case, *both).when(settles, actor=POLICY).events
    assert isinstance(settled, side.JurisdictionSettled)
    assert settled.still_standing
    (settled,) = given(case, *both, resumed).when(settles, actor=POLICY).events
    assert isinstance(settled, side.JurisdictionSettled)
    assert not settled.still_standing


def test_a_case_that_comes_back_from_the_police_may_stand_still_all_the_same():
    received = transfer_noted(pb.TRANSFER_PHASE_RECEIVED)
    returned = transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False)
    command = note_transfer(pb.TRANSFER_PHASE_RETURNED)
    given(case, *INVESTIGATING, received).when(command, actor=POLICY).then(returned)
    given(case, *INVESTIGATING, received, NOTED).when(command, actor=POLICY).then(
        changed(returned, still_standing=True)
    )


def test_time_that_stood_still_does_not_count_for_the_extension_of_the_decision():
    extend = decisions.ExtendDecisionRequest(case_id=CASE, reason="案情复杂")
    stood = (*INVESTIGATING, on("2024-10-01 10:00", SUSPENDED), on("2024-10-31 10:00", RESUMED))
    assert given(case, *stood).when(extend, actor=LEADER, at="2025-01-07 10:00").events
    given(case, *INVESTIGATING).when(extend, actor=LEADER, at="2025-01-07 10:00").refused(Refusal.DECISION_TIME_OVER)
    assert given(case, *stood[:-1]).when(extend, actor=LEADER, at="2025-06-01 10:00").events


# ── what a dispute stops, and who ends it ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("history", "command"), [(SUSPECTED, FILE), (OPEN, ASSIGN)], ids=["filing", "assignment"])
def test_a_disputed_clue_is_not_filed_nor_is_anybody_assigned(history, command):
    given(case, *history, DISPUTED).when(command, actor=LEADER).refused(Refusal.JURISDICTION_DISPUTED)
    given(case, *history, DISPUTED, LOST).when(command, actor=LEADER).refused(Refusal.OTHER_IS_COMPETENT)
    assert given(case, *history, DISPUTED, SETTLED).when(command, actor=LEADER).events


def test_the_team_may_change_while_jurisdiction_is_disputed_because_evidence_is_still_gathered():
    given(case, *INVESTIGATING, DISPUTED).when(ASSIGN, actor=LEADER).then(ASSIGNED)


PAUSES = Rules({"decision_clock_during_hearing": ((date(2024, 1, 1), "pause"),)}, LOCAL_RULES.local)


@pytest.mark.parametrize(
    ("history", "runs_again"),
    [(procedure.FINISHED, "2024-10-23"), (procedure.REQUESTED, "")],
    ids=["finished", "going on"],
)
def test_the_time_of_a_hearing_does_not_count_for_the_extension_where_the_authority_reads_the_law_so(
    history, runs_again
):
    extend = decisions.ExtendDecisionRequest(case_id=CASE, reason="案情复杂")
    # Ninety days from 2024-09-09 end on 12-09; 10-09 to 10-23 are fifteen days more: 12-23.
    given(case, *history).when(extend, actor=LEADER, at="2024-12-23 10:00").refused(Refusal.DECISION_TIME_OVER)
    assert given(case, *history).when(extend, actor=LEADER, at="2024-12-23 10:00", rules=PAUSES).events
    later = given(case, *history).when(extend, actor=LEADER, at="2024-12-24 10:00", rules=PAUSES)
    assert bool(later.events) is not bool(runs_again)


@pytest.mark.parametrize(
    "begins_anew",
    [notices.InvestigationReopened(case_id=CASE), changed(NOTICE_SERVED, notice_id=uid("second"), new_facts="又一次")],
    ids=["investigation", "notice"],
)
def test_a_hearing_that_begins_anew_is_over(begins_anew):
    extend = decisions.ExtendDecisionRequest(case_id=CASE, reason="案情复杂")
    anew = given(case, *procedure.REQUESTED, on("2024-10-23 10:00", begins_anew))
    assert anew.when(extend, actor=LEADER, at="2024-12-23 10:00", rules=PAUSES).events
    anew.when(extend, actor=LEADER, at="2024-12-24 10:00", rules=PAUSES).refused(Refusal.DECISION_TIME_OVER)
