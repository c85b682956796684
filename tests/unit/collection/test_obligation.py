"""What a decision asks for besides money is demanded and applied for, too (行政处罚法 art. 66; 行政强制法 art. 53)."""

from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, Stage, collection
from services.collection.policies import duty_of, policy
from tests.support.decider import HEAD, LEADER, POLICY, given, on, reactions
from tests.unit.collection import acts, test_clocks
from tests.unit.collection.acts import BY_BANK, CASE, COLLECTION, FINE, PAY, changed
from tests.unit.collection.test_opening import AMEND, OPEN, REVOKE

DUTY = "责令停产停业（三个月）"
DONE = commands.RecordObligationPerformedRequest(collection_id=COLLECTION, note="现场核查，已停业")
PERFORMED = pb.ObligationPerformed(collection_id=COLLECTION, note="现场核查，已停业", done_on="2024-11-25")
AT: dict[str, Any] = {"at": "2024-11-25 10:00"}
WITH_FINE = changed(acts.FINE_ONLY, duty=DUTY)
ALONE = changed(WITH_FINE, fine_fen=0)
SERVED_WITH_FINE = (WITH_FINE, on(acts.SERVED_AT, changed(acts.DUE, open_fen=FINE, duty_open=True)))
SERVED_ALONE = (ALONE, on(acts.SERVED_AT, changed(acts.DUE, open_fen=0, duty_open=True)))


def penalty(kind: cases.PenaltyKind.ValueType, **more: Any) -> cases.Penalty:
    return cases.Penalty(kind=kind, **more)


def test_a_decision_without_money_but_with_something_to_be_done_is_executed_too():
    stop = penalty(cases.PENALTY_KIND_STOP_BUSINESS, extent="三个月")
    decided = cases.PenaltyDecided(case_id=CASE, case_number="川泸2024-0042", penalties=[stop])
    opening = changed(OPEN, fine_fen=0, confiscation_fen=0, duty=DUTY)
    assert reactions(policy, decided) == [opening]
    given(collection).when(opening, actor=POLICY).then(ALONE)


@pytest.mark.parametrize(
    ("kind", "asks"),
    [
        (cases.PENALTY_KIND_CONFISCATE_GOODS, True),
        (cases.PENALTY_KIND_RESTRICT_BUSINESS, True),
        (cases.PENALTY_KIND_CLOSE, True),
        (cases.PENALTY_KIND_WARNING, False),
        (cases.PENALTY_KIND_REVOKE_LICENCE, False),
        (cases.PENALTY_KIND_SUSPEND_LICENCE, False),
    ],
)
def test_what_the_decision_itself_does_asks_for_nothing(kind, asks):
    assert bool(duty_of([penalty(kind)])) == asks


def test_the_money_alone_does_not_perform_while_something_is_to_be_done_nor_the_other_way_round():
    paid = given(collection, *SERVED_WITH_FINE).when(changed(PAY, order_id=""), at=acts.PAID_AT, **BY_BANK)
    assert paid.state.stage is Stage.DUE
    given(collection, *SERVED_WITH_FINE).when(DONE, **AT).then(PERFORMED)
    history = (*SERVED_WITH_FINE, on(acts.PAID_AT, acts.paid(FINE, "2024-11-20", order="")))
    done = acts.performed("2024-11-25", confiscation=0)
    given(collection, *history).when(DONE, **AT).then(PERFORMED, done)
    alone = changed(done, fine_fen=0)
    given(collection, *SERVED_ALONE).when(DONE, **AT).then(PERFORMED, alone)


def test_only_what_is_open_is_performed():
    given(collection, *acts.SERVED).when(DONE, **AT).refused(Refusal.NO_OBLIGATION)
    given(collection, *SERVED_WITH_FINE, PERFORMED).when(DONE, **AT).refused(Refusal.NO_OBLIGATION)
    over = (*SERVED_ALONE, PERFORMED, changed(acts.performed("2024-11-25"), fine_fen=0))
    given(collection, *over).when(DONE, **AT).refused(Refusal.EXECUTION_OVER)


def test_it_is_overdue_demanded_and_applied_for_like_money():
    given(collection, *SERVED_ALONE).when(acts.DEMAND, at="2024-11-27 23:59", **acts.REACHED).refused(
        Refusal.NOT_OVERDUE
    )
    late = changed(acts.OVERDUE, open_fen=0)
    given(collection, *SERVED_ALONE).when(acts.NOTE_OVERDUE, at="2024-11-28 00:00", actor=POLICY).then(
        late, acts.WINDOW
    )
    history: tuple[Any, ...] = (*SERVED_ALONE, on("2024-11-28 00:00", late), on("2024-11-28 00:00", acts.WINDOW))
    demanded = given(collection, *history).when(acts.DEMAND, at=acts.DEMANDED_AT, **acts.REACHED)
    nothing: dict[str, Any] = {"fine_fen": 0, "confiscation_fen": 0, "surcharge_fen": 0, "duty": DUTY}
    demanded.then(changed(acts.DEMANDED, **nothing))
    told = (*history, on(acts.DEMANDED_AT, demanded.events[0]))
    given(collection, *told).when(acts.APPLY, at="2025-06-17 23:59", actor=HEAD).refused(Refusal.DEMAND_PERIOD_RUNNING)
    given(collection, *told).when(acts.APPLY, at=acts.APPLIED_AT, actor=HEAD).then(changed(acts.APPLIED, **nothing))


def test_its_clock_is_that_of_payment_and_a_deferral_of_the_fine_does_not_stop_it():
    served = test_clocks.at(acts.SERVED_AT, changed(acts.DUE, open_fen=0, duty_open=True))
    (clock,) = test_clocks.clocks(served)["payment"]
    assert clock.due.due_on == acts.day("2024-11-27")
    deferred = test_clocks.at("2024-11-22 09:00", changed(acts.DIVIDED, duty_open=True))
    assert [one.status for one in test_clocks.clocks(served, deferred)["payment"]] == ["RUNNING"]


def test_what_stays_due_beside_instalments_is_over_when_it_is_done():
    asked = (*SERVED_WITH_FINE, on("2024-11-20 09:00", acts.REQUESTED))
    divided = given(collection, *asked).when(acts.DIVIDE, at="2024-11-22 09:00", actor=LEADER)
    assert acts.said(divided) == changed(acts.DIVIDED, duty_open=True)
    history: tuple[Any, ...] = (*asked, *(on("2024-11-22 09:00", event) for event in divided.events))
    given(collection, *history).when(DONE, **AT).then(PERFORMED, pb.UndeferredPaid(collection_id=COLLECTION))


def test_a_change_of_the_decision_changes_it_and_what_was_done_stays_done():
    other = changed(AMEND, fine_fen=FINE, confiscation_fen=0, duty="责令停产停业（一个月）")
    noted = pb.DecisionChangeNoted(collection_id=COLLECTION, case_id=CASE, fine_fen=FINE, duty="责令停产停业（一个月）")
    state = given(collection, *SERVED_WITH_FINE, PERFORMED).when(other, at="2024-11-26 10:00", actor=POLICY).then(noted)
    assert state.open_duty == "责令停产停业（一个月）"
    same = changed(other, duty=DUTY, fine_fen=600_000)
    kept = given(collection, *SERVED_WITH_FINE, PERFORMED).when(same, at="2024-11-26 10:00", actor=POLICY).state
    assert kept.open_duty == ""
    revoked = given(collection, *SERVED_ALONE).when(REVOKE, at="2024-11-26 10:00", actor=POLICY).state
    assert (revoked.stage, revoked.open_duty) == (Stage.ENDED, "")
