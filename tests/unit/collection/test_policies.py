"""What collection does when the case, or a clock, says something."""

from datetime import datetime

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from enforcement.deadlines.v1 import events_pb2 as deadlines

from services.collection.model import Refusal, Stage, collection, collection_of
from services.collection.policies import policy
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_timestamp
from tests.support.decider import POLICY, YONGCHUAN, given, reactions, uid
from tests.unit.collection.acts import BY_FINANCE, CASE, COLLECTION, FINE, INCOME, SERVED_AT, changed

PENALTIES = [
    cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=FINE),
    cases.Penalty(kind=cases.PENALTY_KIND_CONFISCATE_INCOME, amount_fen=INCOME),
    cases.Penalty(kind=cases.PENALTY_KIND_SUSPEND_LICENCE, extent="三个月"),
]
DECIDED = cases.PenaltyDecided(case_id=CASE, case_number="川泸2024-0042", penalties=PENALTIES)
SERVED = commands.NoteDecisionServedRequest(collection_id=COLLECTION, effective_on="2024-11-12")
SPOT = uid("spot")
ON_SPOT = on_spot.OnSpotPenaltyDecided(
    on_spot_id=SPOT,
    form_number="川泸当罚2024-7",
    penalties=[cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=20_000)],
    served_on="2024-11-12",
)


def test_a_decision_with_money_opens_a_collection():
    assert reactions(policy, DECIDED) == [
        commands.OpenCollectionRequest(
            collection_id=COLLECTION,
            case_id=CASE,
            case_number="川泸2024-0042",
            fine_fen=FINE,
            confiscation_fen=INCOME,
        )
    ]


@pytest.mark.parametrize(
    "event",
    [changed(DECIDED, penalties=PENALTIES[2:]), changed(ON_SPOT, penalties=[])],
    ids=["licence", "warning on the spot"],
)
def test_a_decision_without_money_opens_none(event):
    assert reactions(policy, event) == []


def test_what_another_authority_decides_is_not_collected_here():
    assert reactions(policy, DECIDED, origin=YONGCHUAN.id) == []


def test_a_fine_that_was_not_collected_on_the_spot_is_due_from_the_form():
    collection_id = collection_of(SPOT)
    assert reactions(policy, ON_SPOT) == [
        commands.OpenCollectionRequest(
            collection_id=collection_id, on_spot_id=SPOT, case_number="川泸当罚2024-7", fine_fen=20_000
        ),
        commands.NoteDecisionServedRequest(collection_id=collection_id, effective_on="2024-11-12"),
    ]
    assert reactions(policy, changed(ON_SPOT, collected_on_spot_fen=20_000)) == []
    part = reactions(policy, changed(ON_SPOT, collected_on_spot_fen=10_000))
    assert part[0].fine_fen == 10_000  # type: ignore[attr-defined]


def test_payment_counts_from_the_day_on_which_the_service_took_effect():
    assert reactions(policy, cases.DecisionServed(case_id=CASE, effective_on="2024-11-12")) == [SERVED]
    assert reactions(policy, cases.DecisionServed(case_id=CASE), at=SERVED_AT) == [SERVED]


def test_amended_and_revoked_decisions_change_what_is_owed():
    assert reactions(policy, decisions.DecisionAmended(case_id=CASE, penalties=PENALTIES[:1])) == [
        commands.NoteDecisionChangedRequest(collection_id=COLLECTION, fine_fen=FINE)
    ]
    assert reactions(policy, decisions.DecisionRevoked(case_id=CASE)) == [
        commands.NoteDecisionChangedRequest(collection_id=COLLECTION, revoked=True)
    ]


@pytest.mark.parametrize(
    ("kind", "noted"),
    [
        (decisions.REMEDY_KIND_RECONSIDERATION, pb.REMEDY_KIND_RECONSIDERATION),
        (decisions.REMEDY_KIND_LITIGATION, pb.REMEDY_KIND_LITIGATION),
    ],
)
def test_remedies_pause_the_surcharge(kind, noted):
    begun = decisions.RemedyStarted(
        case_id=CASE, remedy_id="r", kind=kind, started_on="2024-12-02", execution_stopped=True
    )
    assert reactions(policy, begun) == [
        commands.NoteRemedyStartedRequest(
            collection_id=COLLECTION, remedy_id="r", kind=noted, started_on="2024-12-02", execution_stopped=True
        )
    ]
    ended = decisions.RemedyEnded(case_id=CASE, remedy_id="r", kind=kind, ended_on="2025-01-20")
    noted_end = commands.NoteRemedyEndedRequest(collection_id=COLLECTION, remedy_id="r", ended_on="2025-01-20")
    assert reactions(policy, ended) == [noted_end]
    withdrawn = changed(ended, outcome=decisions.REMEDY_OUTCOME_WITHDRAWN)
    assert reactions(policy, withdrawn) == [changed(noted_end, withdrawn=True)]


def test_every_remedy_of_the_case_is_known_here():
    assert [*map(int, decisions.RemedyKind.values())] == [*map(int, pb.RemedyKind.values())]


@pytest.mark.parametrize("rule", ["collection.payment", "collection.instalment"])
def test_a_missed_due_day_is_looked_at(rule):
    missed = deadlines.DeadlineMissed(rule_id=rule, subject_id=COLLECTION)
    assert reactions(policy, missed) == [commands.NoteOverdueRequest(collection_id=COLLECTION)]


def test_a_notice_that_moves_the_clock_of_payment_moves_the_day():
    recomputed = deadlines.DeadlineRecomputed(
        rule_id="collection.payment",
        subject_id=COLLECTION,
        effective_due_at=to_timestamp(datetime(2027, 1, 5, tzinfo=SHANGHAI)),
    )
    assert reactions(policy, recomputed) == [
        commands.NotePaymentDueMovedRequest(collection_id=COLLECTION, due_on="2027-01-04")
    ]
    assert reactions(policy, changed(recomputed, rule_id="collection.demand")) == []


def test_other_clocks_are_none_of_its_business():
    for rule in ("collection.demand", "cases.decision", "collection.court_window"):
        assert reactions(policy, deadlines.DeadlineMissed(rule_id=rule, subject_id=COLLECTION)) == []


def test_a_penalty_on_the_spot_that_is_revoked_or_challenged_changes_its_collection():
    spot = collection_of(SPOT)
    assert reactions(policy, on_spot.OnSpotRevoked(on_spot_id=SPOT)) == [
        commands.NoteDecisionChangedRequest(collection_id=spot, revoked=True)
    ]
    begun = on_spot.OnSpotRemedyStarted(
        on_spot_id=SPOT,
        remedy_id=uid("remedy"),
        kind=decisions.REMEDY_KIND_RECONSIDERATION,
        started_on="2024-11-20",
        execution_stopped=True,
    )
    assert reactions(policy, begun) == [
        commands.NoteRemedyStartedRequest(
            collection_id=spot,
            remedy_id=uid("remedy"),
            kind=pb.REMEDY_KIND_RECONSIDERATION,
            started_on="2024-11-20",
            execution_stopped=True,
        )
    ]
    over = on_spot.OnSpotRemedyEnded(on_spot_id=SPOT, remedy_id=uid("remedy"), ended_on="2024-12-20")
    assert reactions(policy, over) == [
        commands.NoteRemedyEndedRequest(collection_id=spot, remedy_id=uid("remedy"), ended_on="2024-12-20")
    ]


def test_what_was_collected_on_the_spot_is_there_to_be_paid_back_when_the_penalty_is_revoked():
    revoked = on_spot.OnSpotRevoked(on_spot_id=SPOT, collected_fen=10_000, collected_on="2024-11-20")
    (opened,) = reactions(policy, revoked)
    state = given(collection).when(opened, actor=POLICY, at="2024-12-18 10:00").state
    assert state.stage is Stage.PERFORMED
    spot = collection_of(SPOT)
    propose = commands.ProposeRefundRequest(
        collection_id=spot, account=pb.ACCOUNT_FINE, amount_fen=10_000, reason="处罚已撤销"
    )
    history = given(collection).when(opened, actor=POLICY, at="2024-12-18 10:00").events
    assert given(collection, *history).when(propose, **BY_FINANCE).events
    given(collection, *history).when(changed(propose, amount_fen=10_001), **BY_FINANCE).refused(Refusal.NO_SURPLUS)
    given(collection, *history).when(opened, actor=POLICY).then()  # ledgers may have it revoked twice
