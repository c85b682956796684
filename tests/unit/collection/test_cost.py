"""The cost of a substitute performance is the party's, reasonable by what it cost, and collected by itself."""

from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, Stage, collection, collection_of, execution
from services.collection.policies import policy
from services.kernel.delivery import Reach
from services.kernel.delivery import Refusal as Service
from tests.support.decider import LEADER, POLICY, given, instant, on, reactions, uid
from tests.unit.collection import acts
from tests.unit.collection.acts import BY_BANK, CASE, REACHED, changed
from tests.unit.collection.test_execution import CLEARED, ENDED, EXECUTION, SERVED, UNDER_WAY

CHARGE = commands.ChargeSubstituteCostRequest(
    execution_id=EXECUTION, cost_fen=280_000, document=acts.file("代履行费用决定书"), **SERVED
)
CHARGED_AT = "2025-03-20 10:00"
CHARGED = pb.SubstituteCostCharged(
    execution_id=EXECUTION,
    case_id=CASE,
    cost_fen=280_000,
    effective_on="2025-03-20",
    document=acts.file("代履行费用决定书"),
    reconsideration_ends_on="2025-05-19",
    suit_ends_on="2025-09-22",
    **SERVED,
)
DONE = (*UNDER_WAY, on("2025-03-17 16:00", ENDED))
COST = collection_of(EXECUTION)
OPEN = commands.OpenCollectionRequest(collection_id=COST, execution_id=EXECUTION, cost_fen=280_000, of_case_id=CASE)
OPENED = pb.CollectionOpened(collection_id=COST, execution_id=EXECUTION, cost_fen=280_000, of_case_id=CASE)
DUE = pb.PaymentDueSet(
    collection_id=COST,
    effective_on="2025-03-20",
    due_on="2025-04-07",
    suit_ends_on="2025-09-22",
    open_fen=280_000,
    surcharge_base="fine",
)


def test_a_leader_charges_what_it_cost():
    given(execution, *DONE).when(CHARGE, at=CHARGED_AT, **REACHED).then(CHARGED)


def test_an_immediate_clearing_is_charged_too():
    cleared = (CLEARED, pb.OwnExecutionEnded(execution_id=EXECUTION, ground=pb.END_GROUND_COMPLETED))
    command = changed(CHARGE, cost_fen=CLEARED.cost_fen)
    assert given(execution, *cleared).when(command, at=CHARGED_AT, **REACHED).events


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
    given(execution, *history).when(changed(CHARGE, **changes), at=CHARGED_AT, **REACHED).refused(refusal)


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
    assert (acts.said(outcome, 2).cost_fen, acts.said(outcome, 2).of_case_id) == (280_000, CASE)
    assert outcome.state.stage is Stage.PERFORMED


# ── Remedies against the charge ──────────────────────────────────────────────────────────────────────────────────────

OWED = (OPENED, on(CHARGED_AT, DUE))
SUE = commands.RecordCostRemedyRequest(collection_id=COST, remedy_id=uid("suit"), kind=pb.REMEDY_KIND_LITIGATION)
OUTCOME = commands.RecordCostRemedyOutcomeRequest(collection_id=COST, remedy_id=uid("suit"))
SUED = pb.RemedyBeginNoted(
    collection_id=COST, remedy_id=uid("suit"), kind=pb.REMEDY_KIND_LITIGATION, started_on="2025-05-06"
)
PENDING = (*OWED, on("2025-05-06 10:00", SUED))
AT_END: dict[str, Any] = {"at": "2025-06-10 10:00", "actor": LEADER}
UNTIL = pb.RemedyEndNoted(collection_id=COST, remedy_id=uid("suit"), ended_on="2025-06-10")


def test_the_charge_tells_until_when_the_party_may_seek_which_remedy_and_is_served_with_proof():
    command = changed(CHARGE, proof=None)
    given(execution, *DONE).when(command, at=CHARGED_AT, **REACHED).refused(Service.PROOF_NEEDED)
    command = changed(CHARGE, document=None)
    given(execution, *DONE).when(command, at=CHARGED_AT, **REACHED).refused(Service.SERVED_DOCUMENT_NEEDED)


def test_while_a_remedy_against_it_is_pending_no_court_is_asked():
    given(collection, *OWED).when(SUE, at="2025-05-06 10:00", actor=LEADER).then(SUED)
    given(collection, *PENDING).when(SUE, at="2025-05-06 11:00", actor=LEADER).then()
    other = changed(SUE, remedy_id=uid("other"))
    given(collection, *PENDING).when(other, at="2025-05-07 10:00", actor=LEADER).refused(Refusal.REMEDY_PENDING)
    demanded = changed(acts.DEMANDED, collection_id=COST, served_on="2025-05-12")
    apply = changed(acts.APPLY, collection_id=COST)
    given(collection, *PENDING, on("2025-05-12 10:00", demanded)).when(
        apply, at="2025-06-03 10:00", actor=LEADER
    ).refused(Refusal.REMEDY_PENDING)


def test_a_charge_that_stands_is_owed_on_and_the_time_for_a_suit_moves():
    outcome = given(collection, *PENDING).when(changed(OUTCOME, outcome=decisions.REMEDY_OUTCOME_MAINTAINED), **AT_END)
    assert outcome.events[0] == UNTIL
    assert acts.said(outcome, 1).counts_from_on == "2025-06-10"


def test_a_charge_that_is_changed_is_lower():
    less = changed(OUTCOME, outcome=decisions.REMEDY_OUTCOME_CHANGED, cost_fen=200_000)
    outcome = given(collection, *PENDING).when(less, **AT_END)
    assert acts.said(outcome, 1).cost_fen == 200_000
    assert outcome.state.money.open(pb.ACCOUNT_SUBSTITUTE_COST, acts.day("2025-06-10")) == 200_000
    for wrong in (0, 280_001):
        command = changed(less, cost_fen=wrong)
        given(collection, *PENDING).when(command, **AT_END).refused(Refusal.COST_AND_OUTCOME)


def test_a_charge_that_is_revoked_ends_and_may_be_made_anew():
    gone = changed(OUTCOME, outcome=decisions.REMEDY_OUTCOME_ORDERED_ANEW)
    outcome = given(collection, *PENDING).when(gone, **AT_END)
    ended, noted, _ = outcome.events
    assert (ended, outcome.state.stage) == (UNTIL, Stage.ENDED)
    assert (acts.said(outcome, 2).ground, acts.said(outcome, 2).of_case_id) == (pb.END_GROUND_DECISION_REVOKED, CASE)
    (note,) = reactions(policy, noted)
    charged = (*DONE, on(CHARGED_AT, CHARGED))
    revoked = pb.SubstituteCostRevoked(execution_id=EXECUTION)
    given(execution, *charged).when(note, actor=POLICY).then(revoked)
    assert given(execution, *charged, revoked).when(CHARGE, at="2025-06-20 10:00", **REACHED).events


def test_a_notice_put_up_before_the_cost_was_known_or_the_last_charge_was_revoked_is_none_of_this_charge():
    public = changed(CHARGE, way=cases.SERVICE_WAY_PUBLIC_NOTICE, proof=None)
    charged_again = (
        *DONE,
        on("2025-04-18 10:00", changed(CHARGED, effective_on="2025-04-18")),
        on("2025-06-10 10:00", pb.SubstituteCostRevoked(execution_id=EXECUTION)),
    )
    for history, early, late in ((DONE, "2025-03-16", "2025-03-17"), (charged_again, "2025-06-09", "2025-06-10")):
        for posted, counts in ((early, False), (late, True)):
            found: dict[str, Any] = {"actor": LEADER, "found": Reach(posted_at=instant(f"{posted} 17:00"))}
            outcome = given(execution, *history).when(public, at="2025-08-01 10:00", **found)
            if counts:
                assert outcome.events
            else:
                outcome.refused(Service.NOT_POSTED)


def test_a_remedy_against_a_decision_is_the_cases():
    stands = changed(OUTCOME, outcome=decisions.REMEDY_OUTCOME_MAINTAINED)
    for command in (changed(SUE, collection_id=acts.COLLECTION), changed(stands, collection_id=acts.COLLECTION)):
        given(collection, *acts.SERVED).when(command, actor=LEADER).refused(Refusal.NOT_A_CHARGE)
    given(collection, *OWED).when(stands, **AT_END).refused(Refusal.NO_REMEDY)
