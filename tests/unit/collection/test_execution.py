"""Own execution of a duty to act: by a law, after a demand, by day, officers on site (行政强制法 arts. 34-52)."""

from typing import Any

import pytest
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import ExecutionStage, Refusal, execution
from services.kernel.delivery import Reach
from services.kernel.delivery import Refusal as Service
from services.kernel.errors import KernelRefusal
from tests.support.decider import LI, SUSPENDED, WANG, given, instant, on, uid
from tests.unit.collection import acts
from tests.unit.collection.acts import BY_LEADER, CASE, REACHED, changed

EXECUTION = uid("execution")
POWER = "公路安全保护条例 art. 67"
SERVED: dict[str, Any] = {"way": cases.SERVICE_WAY_DIRECT, "proof": acts.file("送达回证")}
DEMAND = commands.DemandDutyRequest(
    execution_id=EXECUTION,
    case_id=CASE,
    duty="清除公路上堆放的砂石",
    law_basis=POWER,
    perform_by_on="2025-03-10",
    document=acts.file("催告书"),
    **SERVED,
)
DEMANDED = pb.ExecutionDemanded(
    execution_id=EXECUTION,
    case_id=CASE,
    duty="清除公路上堆放的砂石",
    law_basis=POWER,
    perform_by_on="2025-03-10",
    document=acts.file("催告书"),
    served_on="2025-03-03",
    **SERVED,
)
STATE = commands.RecordDutyStatementRequest(execution_id=EXECUTION, content="设备故障")
STATED = pb.ExecutionStatementRecorded(execution_id=EXECUTION, content="设备故障")
REVIEW = commands.ReviewDutyStatementRequest(execution_id=EXECUTION, result="不成立")
REVIEWED = pb.ExecutionStatementReviewed(execution_id=EXECUTION, result="不成立")
DECIDE = commands.DecideExecutionRequest(
    execution_id=EXECUTION,
    kind=pb.EXECUTION_KIND_SUBSTITUTE,
    law_basis=POWER,
    reasons="逾期不履行，危害交通安全",
    manner="2025-03-17 机械清运",
    cost_estimate_fen=300_000,
    performer="泸县某养护公司",
    document=acts.file("代履行决定书"),
)
DECIDED = pb.ExecutionDecided(
    execution_id=EXECUTION,
    case_id=CASE,
    kind=pb.EXECUTION_KIND_SUBSTITUTE,
    law_basis=POWER,
    reasons="逾期不履行，危害交通安全",
    manner="2025-03-17 机械清运",
    cost_estimate_fen=300_000,
    performer="泸县某养护公司",
    document=acts.file("代履行决定书"),
)
SERVE = commands.ServeExecutionDecisionRequest(execution_id=EXECUTION, **SERVED)
DECISION_SERVED = pb.ExecutionDecisionServed(execution_id=EXECUTION, served_on="2025-03-11", **SERVED)
ONCE_MORE = commands.DemandBeforeSubstituteRequest(
    execution_id=EXECUTION, document=acts.file("代履行前催告书"), **SERVED
)
DEMANDED_AGAIN = pb.SubstituteDemanded(
    execution_id=EXECUTION, demanded_on="2025-03-11", document=acts.file("代履行前催告书"), **SERVED
)
START = commands.StartExecutionRequest(execution_id=EXECUTION, officer_ids=[LI.officer_id, WANG.officer_id])
STARTED = pb.ExecutionStarted(execution_id=EXECUTION, officers=[LI, WANG])
COMPLETE = commands.CompleteExecutionRequest(
    execution_id=EXECUTION, cost_fen=280_000, signers=["李", "某养护公司 王某", "见证人 张某"]
)
ENDED = pb.OwnExecutionEnded(
    execution_id=EXECUTION,
    case_id=CASE,
    ground=pb.END_GROUND_COMPLETED,
    cost_fen=280_000,
    signers=["李", "某养护公司 王某", "见证人 张某"],
)
TOLD = (on("2025-03-03 10:00", DEMANDED),)
DECISION = (*TOLD, on("2025-03-11 09:00", DECIDED))
TOLD_OF_IT = (*DECISION, on("2025-03-11 09:30", DECISION_SERVED))
READY = (*TOLD_OF_IT, on("2025-03-11 10:00", DEMANDED_AGAIN))
UNDER_WAY = (*READY, on("2025-03-17 09:00", STARTED))
AT_START: dict[str, Any] = {"at": "2025-03-17 09:00"}


def test_substitute_performance_from_demand_to_signatures():
    given(execution).when(DEMAND, at="2025-03-03 10:00", **REACHED).then(DEMANDED)
    given(execution, *TOLD).when(DECIDE, at="2025-03-11 09:00", **BY_LEADER).then(DECIDED)
    bare = changed(DECIDE, document=None)
    given(execution, *TOLD).when(bare, at="2025-03-11 09:00", **BY_LEADER).refused(Service.SERVED_DOCUMENT_NEEDED)
    given(execution, *DECISION).when(SERVE, at="2025-03-11 09:30", **REACHED).then(DECISION_SERVED)
    given(execution, *TOLD_OF_IT).when(ONCE_MORE, at="2025-03-11 10:00", **REACHED).then(DEMANDED_AGAIN)
    given(execution, *READY).when(START, **AT_START).then(STARTED)
    state = given(execution, *UNDER_WAY).when(COMPLETE, at="2025-03-17 16:00").then(ENDED)
    assert state.stage is ExecutionStage.ENDED


def test_no_own_execution_without_a_law():
    given(execution).when(changed(DEMAND, law_basis=" "), **BY_LEADER).refused(Refusal.POWER_NEEDED)
    given(execution, *TOLD).when(changed(DECIDE, law_basis=""), at="2025-03-11 09:00", **BY_LEADER).refused(
        Refusal.POWER_NEEDED
    )


def test_the_party_gets_time_and_nothing_is_decided_before_it_passed():
    given(execution).when(DEMAND, at="2025-03-10 10:00", **REACHED).refused(Refusal.DAY_PASSED)
    given(execution, *TOLD).when(DECIDE, at="2025-03-10 23:59", **BY_LEADER).refused(
        Refusal.DUTY_PERIOD_RUNNING, until="2025-03-10"
    )


def test_where_evidence_shows_that_property_is_hidden_it_is_decided_at_once():
    seen = acts.file("转移财物的现场录像")
    decided = given(execution, *TOLD).when(changed(DECIDE, hiding_evidence=seen), at="2025-03-06 10:00", **BY_LEADER)
    decided.then(changed(DECIDED, hiding_evidence=seen))
    stated = given(execution, *TOLD, STATED).when(
        changed(DECIDE, hiding_evidence=seen), at="2025-03-06 10:00", **BY_LEADER
    )
    stated.refused(Refusal.STATEMENT_NOT_REVIEWED)


def test_what_the_party_states_is_reviewed_first():
    given(execution, *TOLD).when(STATE).then(STATED)
    given(execution, *TOLD).when(REVIEW).refused(Refusal.NO_STATEMENT)
    given(execution, *TOLD, STATED).when(REVIEW).then(REVIEWED)
    given(execution, *TOLD, STATED).when(DECIDE, at="2025-03-11 09:00", **BY_LEADER).refused(
        Refusal.STATEMENT_NOT_REVIEWED
    )
    given(execution, *READY, STATED).when(START, **AT_START).refused(Refusal.STATEMENT_NOT_REVIEWED)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"cost_estimate_fen": 0}, Refusal.COST_ESTIMATE_NEEDED), ({"performer": ""}, Refusal.PERFORMER_NEEDED)],
    ids=["cost", "performer"],
)
def test_the_decision_names_cost_and_performer(changes, refusal):
    given(execution, *TOLD).when(changed(DECIDE, **changes), at="2025-03-11 09:00", **BY_LEADER).refused(refusal)
    other = changed(DECIDE, kind=pb.EXECUTION_KIND_OTHER, **changes)
    assert given(execution, *TOLD).when(other, at="2025-03-11 09:00", **BY_LEADER).events


def test_three_working_days_lie_between_the_last_demand_and_substitute_performance():
    """Served Tuesday 2025-03-11: the third working day is Friday the 14th."""
    given(execution, *TOLD_OF_IT).when(START, **AT_START).refused(Refusal.SUBSTITUTE_DEMAND_RUNNING)
    given(execution, *READY).when(START, at="2025-03-14 10:00").refused(
        Refusal.SUBSTITUTE_DEMAND_RUNNING, until="2025-03-14"
    )
    assert given(execution, *READY).when(START, at="2025-03-17 06:00").events


@pytest.mark.parametrize(
    "at",
    ["2025-03-17 22:00", "2025-03-18 05:59", "2025-03-15 10:00", "2025-04-04 10:00"],
    ids=["night", "before dawn", "Saturday", "清明"],
)
def test_nothing_is_executed_at_night_or_on_a_holiday_unless_it_is_urgent(at):
    given(execution, *READY).when(START, at=at).refused(Refusal.NIGHT_OR_HOLIDAY, at=at)
    urgent = given(execution, *READY).when(changed(START, urgency="边坡滑塌，危及行车"), at=at)
    urgent.then(changed(STARTED, urgency="边坡滑塌，危及行车"))


@pytest.mark.parametrize(
    ("history", "command"),
    [((), DEMAND), (DECISION, SERVE), (TOLD_OF_IT, ONCE_MORE)],
    ids=["demand", "decision", "last demand"],
)
def test_nothing_is_served_without_its_proof_and_what_its_way_needs(history, command):
    when: dict[str, Any] = {"at": "2025-03-05 10:00", **REACHED}
    given(execution, *history).when(changed(command, proof=None), **when).refused(Service.PROOF_NEEDED)
    left = changed(command, way=cases.SERVICE_WAY_LEFT)
    given(execution, *history).when(left, **when).refused(Service.WITNESS_OR_RECORDING)
    electronic = changed(command, way=cases.SERVICE_WAY_ELECTRONIC, delivery=delivery.Delivery(system="渝快办"))
    given(execution, *history).when(electronic, **when).refused(Service.NO_ELECTRONIC_CONSENT)
    consented = {**when, "found": Reach(system="渝快办")}
    assert given(execution, *history).when(electronic, **consented).events
    if command is not SERVE:
        given(execution, *history).when(changed(command, document=None), **when).refused(Service.SERVED_DOCUMENT_NEEDED)


def test_a_demand_counts_from_the_day_on_which_its_service_takes_effect():
    """Sent on 2025-03-03; the party proves that it arrived on the 5th."""
    arrived = delivery.Delivery(system="渝快办", arrived_on="2025-03-05", arrival_proof=acts.file("到达证明"))
    electronic: dict[str, Any] = {"way": cases.SERVICE_WAY_ELECTRONIC, "delivery": arrived}
    when: dict[str, Any] = {"now": "2025-03-06 10:00", **BY_LEADER, "found": Reach(system="渝快办")}
    demand = given(execution).when(changed(DEMAND, **electronic), at="2025-03-03 10:00", **when)
    assert acts.said(demand).served_on == "2025-03-05"
    early = changed(DEMAND, **electronic, perform_by_on="2025-03-05")
    given(execution).when(early, at="2025-03-03 10:00", **when).refused(Refusal.DAY_PASSED)
    again = (*TOLD_OF_IT, on("2025-03-11 10:00", changed(DEMANDED_AGAIN, demanded_on="2025-03-13")))
    given(execution, *again).when(START, **AT_START).refused(Refusal.SUBSTITUTE_DEMAND_RUNNING, until="2025-03-18")


def test_nothing_is_done_before_the_decision_is_served():
    unserved = (*DECISION, on("2025-03-11 10:00", DEMANDED_AGAIN))
    given(execution, *unserved).when(START, **AT_START).refused(Refusal.DECISION_NOT_SERVED)
    later = (*unserved, on("2025-03-11 11:00", changed(DECISION_SERVED, served_on="2025-03-18")))
    given(execution, *later).when(START, **AT_START).refused(Refusal.DECISION_NOT_SERVED)
    given(execution, *TOLD).when(SERVE, **REACHED).refused(KernelRefusal.WRONG_STAGE)


def test_a_notice_that_was_put_up_before_the_decision_is_none_of_it():
    public = changed(SERVE, way=cases.SERVICE_WAY_PUBLIC_NOTICE, proof=None)
    for posted, refusal in (("2025-03-10 09:00", Service.NOT_POSTED), ("2025-03-12 09:00", None)):
        found = Reach(posted_at=instant(posted))
        outcome = given(execution, *DECISION).when(public, at="2025-04-14 10:00", **{**BY_LEADER, "found": found})
        if refusal is not None:
            outcome.refused(refusal)
        else:
            assert acts.said(outcome).served_on == "2025-04-11"


def test_a_notice_that_was_put_up_for_an_earlier_demand_is_none_of_this_one_and_the_day_lies_ahead():
    """The money was demanded by a notice of 10 January, which took effect on 9 February."""
    public = changed(DEMAND, way=cases.SERVICE_WAY_PUBLIC_NOTICE, proof=None, perform_by_on="2025-02-10")
    used = {**BY_LEADER, "found": Reach(posted_at=instant("2025-01-10 09:00"), used_on=acts.day("2025-02-09"))}
    given(execution).when(public, at="2025-02-10 08:00", **used).refused(Service.NOT_POSTED)
    anew = {**BY_LEADER, "found": Reach(posted_at=instant("2025-02-10 09:00"), used_on=acts.day("2025-02-09"))}
    past = changed(public, perform_by_on="2025-03-20")
    given(execution).when(past, at="2025-06-10 10:00", **anew).refused(Refusal.DAY_PASSED)
    ahead = changed(public, perform_by_on="2025-06-20")
    assert acts.said(given(execution).when(ahead, at="2025-06-10 10:00", **anew)).served_on == "2025-03-12"


def test_a_make_up_workday_is_a_day_for_execution():
    assert given(execution, *READY).when(START, at="2025-04-27 10:00").events


def test_two_active_officers_are_on_site():
    given(execution, *READY).when(changed(START, officer_ids=[LI.officer_id]), **AT_START).refused(
        KernelRefusal.TWO_OFFICERS_NEEDED
    )
    with_suspended = changed(START, officer_ids=[LI.officer_id, SUSPENDED.officer_id])
    given(execution, *READY).when(with_suspended, **AT_START).refused(KernelRefusal.OFFICER_NOT_ACTIVE)


def test_what_was_announced_is_not_taken_down_before_its_day():
    sheet = acts.file("公告")
    post = commands.PostExecutionNoticeRequest(execution_id=EXECUTION, perform_by_on="2025-03-20", document=sheet)
    posted = pb.ExecutionNoticePosted(execution_id=EXECUTION, perform_by_on="2025-03-20", document=sheet)
    given(execution, *DECISION).when(changed(post, document=None), at="2025-03-12 10:00", **BY_LEADER).refused(
        Refusal.SHEET_NEEDED
    )
    given(execution, *DECISION).when(post, at="2025-03-12 10:00", **BY_LEADER).then(posted)
    given(execution, *DECISION).when(post, at="2025-03-20 10:00", **BY_LEADER).refused(Refusal.DAY_PASSED)
    given(execution, *READY, posted).when(START, at="2025-03-20 10:00").refused(Refusal.NOTICE_PERIOD_RUNNING)
    assert given(execution, *READY, posted).when(START, at="2025-03-21 10:00").events


def test_three_sign_the_record():
    given(execution, *UNDER_WAY).when(changed(COMPLETE, signers=["李", "王", "李 "])).refused(Refusal.SIGNERS_MISSING)
    given(execution, *READY).when(COMPLETE).refused(KernelRefusal.WRONG_STAGE)


@pytest.mark.parametrize("history", [TOLD, DECISION, UNDER_WAY], ids=["demanded", "decided", "started"])
def test_when_the_party_performs_execution_stops(history):
    performed = commands.RecordDutyPerformedRequest(execution_id=EXECUTION, note="当事人自行清除")
    ended = pb.OwnExecutionEnded(
        execution_id=EXECUTION, case_id=CASE, ground=pb.END_GROUND_PARTY_PERFORMED, reason="当事人自行清除"
    )
    given(execution, *history).when(performed).then(ended)
    given(execution, *history, ended).when(performed).refused(KernelRefusal.WRONG_STAGE)


# ── Immediate clearing ───────────────────────────────────────────────────────────────────────────────────────────────

CLEAR = commands.ClearImmediatelyRequest(
    execution_id=EXECUTION,
    case_id=CASE,
    obstacle="国道G246散落砂石",
    law_basis="行政强制法 art. 52",
    party_unable=True,
    cost_fen=50_000,
    officer_ids=[LI.officer_id, WANG.officer_id],
)
CLEARED = pb.ImmediateClearingDone(
    execution_id=EXECUTION,
    case_id=CASE,
    obstacle="国道G246散落砂石",
    law_basis="行政强制法 art. 52",
    cost_fen=50_000,
    officers=[LI, WANG],
)
INFORM = commands.InformPartyRequest(execution_id=EXECUTION, way="电话并书面")
INFORMED = pb.ExecutionPartyInformed(execution_id=EXECUTION, way="电话并书面")
CLEARING_OVER = pb.OwnExecutionEnded(execution_id=EXECUTION, case_id=CASE, ground=pb.END_GROUND_COMPLETED)


def test_a_road_is_cleared_at_once_and_the_absent_party_told_afterwards():
    given(execution).when(CLEAR, at="2025-03-16 23:00").then(CLEARED)
    given(execution, CLEARED).when(INFORM).then(INFORMED, CLEARING_OVER)
    present = given(execution).when(changed(CLEAR, party_present=True), at="2025-03-16 23:00")
    present.then(changed(CLEARED, party_present=True), changed(CLEARING_OVER, cost_fen=50_000))


def test_what_the_party_can_clear_is_not_cleared_for_it():
    given(execution).when(changed(CLEAR, party_unable=False)).refused(Refusal.PARTY_CAN_CLEAR)
    given(execution).when(changed(CLEAR, officer_ids=[LI.officer_id])).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    given(execution, *TOLD).when(INFORM).refused(KernelRefusal.WRONG_STAGE)


# ── Suspension, agreement, end ───────────────────────────────────────────────────────────────────────────────────────

NOTICE: dict[str, Any] = {"document": acts.file("中止强制执行通知书"), **acts.HANDED}
SUSPEND = commands.SuspendOwnExecutionRequest(
    execution_id=EXECUTION, ground=pb.SUSPENSION_GROUND_UNABLE, reason="暂无能力", **NOTICE
)
HELD = pb.OwnExecutionSuspended(
    execution_id=EXECUTION,
    ground=pb.SUSPENSION_GROUND_UNABLE,
    reason="暂无能力",
    effective_on="2024-12-18",
    **NOTICE,
)
RESUME = commands.ResumeOwnExecutionRequest(execution_id=EXECUTION, reason="原因消除", **NOTICE)
RESUMED = pb.OwnExecutionResumed(execution_id=EXECUTION, reason="原因消除", effective_on="2024-12-18", **NOTICE)
AGREE = commands.AgreeOwnExecutionRequest(execution_id=EXECUTION, terms="分两批清运", document=acts.file("执行协议"))
AGREED = pb.OwnExecutionAgreed(execution_id=EXECUTION, terms="分两批清运", document=acts.file("执行协议"))
BREAK = commands.BreakOwnAgreementRequest(execution_id=EXECUTION, reason="第二批未清")
END = commands.EndOwnExecutionRequest(
    execution_id=EXECUTION, ground=pb.END_GROUND_OBJECT_LOST, reason="标的灭失", **NOTICE
)
END_RECORDED = pb.OwnExecutionEnded(
    execution_id=EXECUTION,
    case_id=CASE,
    ground=pb.END_GROUND_OBJECT_LOST,
    reason="标的灭失",
    effective_on="2024-12-18",
    **NOTICE,
)


def test_suspension_and_agreement_hold_own_execution_off():
    given(execution, *READY).when(SUSPEND, **BY_LEADER).then(HELD)
    given(execution, *READY, HELD).when(SUSPEND, **BY_LEADER).refused(Refusal.SUSPENDED)
    given(execution, *READY, HELD).when(START, **AT_START).refused(Refusal.SUSPENDED)
    given(execution, *READY).when(RESUME, **BY_LEADER).refused(Refusal.NOT_SUSPENDED)
    given(execution, *READY, HELD).when(RESUME, **BY_LEADER).then(RESUMED)
    given(execution, *READY).when(AGREE, **BY_LEADER).then(AGREED)
    given(execution, *READY).when(changed(AGREE, document=None), **BY_LEADER).refused(Refusal.SHEET_NEEDED)
    given(execution, *READY, AGREED).when(START, **AT_START).refused(Refusal.AGREEMENT_IN_FORCE)
    given(execution, *READY).when(BREAK, **BY_LEADER).refused(Refusal.NO_AGREEMENT)
    broken = pb.OwnExecutionAgreementBroken(execution_id=EXECUTION, reason="第二批未清")
    given(execution, *READY, AGREED).when(BREAK, **BY_LEADER).then(broken)
    assert given(execution, *READY, AGREED, broken).when(START, **AT_START).events


@pytest.mark.parametrize(
    ("history", "command"), [(READY, SUSPEND), ((*READY, HELD), RESUME), (READY, END)], ids=["suspend", "resume", "end"]
)
def test_each_change_of_own_execution_is_a_sheet_that_is_served_with_its_proof(history, command):
    for bare, refusal in (
        ({"document": None}, Service.SERVED_DOCUMENT_NEEDED),
        ({"way": 0}, Service.SERVICE_WAY_NEEDED),
        ({"proof": None}, Service.PROOF_NEEDED),
    ):
        given(execution, *history).when(changed(command, **bare), **BY_LEADER).refused(refusal)


def test_own_execution_ends_on_the_grounds_of_the_law():
    given(execution, *READY).when(END, **BY_LEADER).then(END_RECORDED)
    completed = changed(END, ground=pb.END_GROUND_COMPLETED)
    given(execution, *READY).when(completed, **BY_LEADER).refused(Refusal.END_GROUND_WRONG)
    early = changed(END, ground=pb.END_GROUND_SUSPENDED_THREE_YEARS)
    given(execution, *READY, HELD).when(early, **BY_LEADER).refused(Refusal.NOT_SUSPENDED_LONG_ENOUGH)
