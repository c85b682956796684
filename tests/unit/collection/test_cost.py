"""The cost of a substitute performance is the party's, reasonable by what it cost, and collected by itself."""

from typing import Any

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, Stage, collection, collection_of, execution
from services.collection.policies import policy
from tests.support.decider import POLICY, given, on, reactions
from tests.unit.collection import acts
from tests.unit.collection.acts import BY_BANK, BY_LEADER, CASE, changed
from tests.unit.collection.test_execution import CLEARED, ENDED, EXECUTION, UNDER_WAY

CHARGE = commands.ChargeSubstituteCostRequest(
    execution_id=EXECUTION, cost_fen=280_000, document=acts.file("代履行费用决定书")
)
CHARGED_AT = "2025-03-20 10:00"
CHARGED = pb.SubstituteCostCharged(
    execution_id=EXECUTION,
    case_id=CASE,
    cost_fen=280_000,
    effective_on="2025-03-20",
    document=acts.file("代履行费用决定书"),
)
DONE = (*UNDER_WAY, on("2025-03-17 16:00", ENDED))
COST = collection_of(EXECUTION)
OPEN = commands.OpenCollectionRequest(collection_id=COST, execution_id=EXECUTION, cost_fen=280_000)
OPENED = pb.CollectionOpened(collection_id=COST, execution_id=EXECUTION, cost_fen=280_000)
DUE = pb.PaymentDueSet(
    collection_id=COST,
    effective_on="2025-03-20",
    due_on="2025-04-07",
    suit_ends_on="2025-09-22",
    open_fen=280_000,
    surcharge_base="fine",
)


def test_a_leader_charges_what_it_cost():
    given(execution, *DONE).when(CHARGE, at=CHARGED_AT, **BY_LEADER).then(CHARGED)


def test_an_immediate_clearing_is_charged_too():
    cleared = (CLEARED, pb.OwnExecutionEnded(execution_id=EXECUTION, ground=pb.END_GROUND_COMPLETED))
    command = changed(CHARGE, cost_fen=CLEARED.cost_fen)
    assert given(execution, *cleared).when(command, at=CHARGED_AT, **BY_LEADER).events


@pytest.mark.parametrize(
    ("history", "changes", "refusal"),
    [
        (UNDER_WAY, {}, Refusal.NO_COST),
        ((*UNDER_WAY, on("2025-03-17 16:00", changed(ENDED, cost_fen=0))), {}, Refusal.NO_COST),
        (DONE, {"cost_fen": 280_001}, Refusal.COST_TOO_HIGH),
        ((*UNDER_WAY, changed(ENDED, cost_fen=400_000)), {"cost_fen": 300_001}, Refusal.REASON_NEEDED),
        ((*DONE, on(CHARGED_AT, CHARGED)), {}, Refusal.COST_CHARGED),
    ],
    ids=["under way", "for nothing", "more than it cost", "more than estimated", "twice"],
)
def test_not_before_it_ended_nor_more_nor_twice(history, changes, refusal):
    given(execution, *history).when(changed(CHARGE, **changes), at=CHARGED_AT, **BY_LEADER).refused(refusal)


def test_the_cost_is_opened_and_due_by_itself():
    opened, served = reactions(policy, CHARGED)
    assert opened == OPEN
    assert served == commands.NoteDecisionServedRequest(collection_id=COST, effective_on="2025-03-20")
    given(collection).when(opened, actor=POLICY).then(OPENED)
    state = given(collection, OPENED).when(served, at=CHARGED_AT, actor=POLICY).then(DUE)
    assert state.stage is Stage.DUE


def test_no_surcharge_grows_on_it_and_it_is_demanded_like_money():
    late: tuple[Any, ...] = (OPENED, on(CHARGED_AT, DUE))
    note = commands.NoteOverdueRequest(collection_id=COST)
    noted = given(collection, *late).when(note, at="2025-04-08 00:00", actor=POLICY)
    overdue, window = acts.said(noted), acts.said(noted, 1)
    assert (overdue.open_fen, window.counts_from_on) == (280_000, "2025-09-22")
    demand = changed(acts.DEMAND, collection_id=COST)
    history = (*late, on("2025-04-08 00:00", overdue), on("2025-04-08 00:00", window))
    outcome = given(collection, *history).when(demand, at="2025-09-25 10:00", **acts.REACHED)
    said = acts.said(outcome)
    assert (said.fine_fen, said.surcharge_fen, said.cost_fen) == (0, 0, 280_000)


def test_what_is_paid_without_order_pays_it():
    pay = commands.RecordPaymentRequest(collection_id=COST, transaction_id="T9", amount_fen=280_000)
    outcome = given(collection, OPENED, on(CHARGED_AT, DUE)).when(pay, at="2025-04-01 10:00", **BY_BANK)
    assert acts.said(outcome).account == pb.ACCOUNT_SUBSTITUTE_COST
    assert acts.said(outcome, 2).cost_fen == 280_000
    assert outcome.state.stage is Stage.PERFORMED
