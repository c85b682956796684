"""Rows 11, 12 and 18: decision, its service, closing (行政处罚法 arts. 33, 44, 45, 57, 61, 62)."""

from datetime import date

import pytest
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as evidence_pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model import Refusal, Stage, case
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import LEADER, LOCAL_RULES, given, on, uid
from tests.unit.cases.acts import (
    ACQUIT,
    ACQUITTED,
    CASE,
    CLOSE,
    CLOSED,
    CORRECTION_ORDERED,
    DECIDED,
    DEFENDED,
    DELIVERED,
    EVIDENCE,
    FILED_AT,
    FINE,
    INVESTIGATING,
    MEASURE,
    NOTICE_AT,
    NOTICE_SERVED,
    NOTIFIED,
    PAID,
    PENALISE,
    PENALISED,
    PRESERVATION_APPROVED,
    PRESERVATION_DECIDED,
    PRESERVED,
    REPORTED,
    SEIZED,
    SEIZURE_APPROVED,
    SERVE,
    SERVED,
    SPARE,
    SPARED,
    WAIVED,
    changed,
)

HIGHER = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=1_200_000)
LOWER = pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=800_000)
WARNING = pb.Penalty(kind=pb.PENALTY_KIND_WARNING)


def test_a_leader_decides_the_penalty_that_the_party_was_told_of():
    assert given(case, *NOTIFIED).when(PENALISE, actor=LEADER).then(PENALISED).stage is Stage.DECIDED


@pytest.mark.parametrize("history", [INVESTIGATING, REPORTED], ids=["investigating", "reported"])
def test_no_penalty_is_decided_without_a_notice_before(history):
    given(case, *history).when(PENALISE, actor=LEADER).refused(Refusal.NOTICE_BEFORE_DECISION)


def test_the_defence_may_not_raise_the_penalty():
    command = changed(PENALISE, penalties=[HIGHER], defence_review="不成立")
    given(case, *NOTIFIED, DEFENDED).when(command, actor=LEADER).refused(
        Refusal.AGGRAVATED_AFTER_DEFENCE, detail="罚款 1000000 → 1200000"
    )


def test_the_defence_may_not_add_a_penalty():
    command = changed(PENALISE, penalties=[FINE, WARNING], defence_review="不成立")
    given(case, *NOTIFIED, DEFENDED).when(command, actor=LEADER).refused(Refusal.AGGRAVATED_AFTER_DEFENCE)


@pytest.mark.parametrize("history", [NOTIFIED, (*NOTIFIED, WAIVED)], ids=["silent", "waived"])
def test_without_a_defence_a_higher_penalty_needs_a_new_notice(history):
    given(case, *history).when(changed(PENALISE, penalties=[HIGHER]), actor=LEADER).refused(Refusal.BEYOND_NOTICE)


def test_after_a_new_notice_on_new_facts_the_higher_penalty_is_decided():
    renewed = changed(NOTICE_SERVED, notice_id=uid("second"), proposed=[HIGHER], new_facts="又查明两次")
    given(case, *NOTIFIED, DEFENDED, renewed).when(changed(PENALISE, penalties=[HIGHER]), actor=LEADER).then(
        changed(PENALISED, penalties=[HIGHER])
    )


def test_a_defence_may_lower_the_penalty():
    command = changed(PENALISE, penalties=[LOWER], defence_review="部分成立")
    event = changed(PENALISED, penalties=[LOWER], defence_review="部分成立")
    given(case, *NOTIFIED, DEFENDED).when(command, actor=LEADER).then(event)


def test_a_stated_defence_is_reviewed():
    given(case, *NOTIFIED, DEFENDED).when(PENALISE, actor=LEADER).refused(Refusal.DEFENCE_NOT_REVIEWED)


def test_a_penalty_decision_names_its_penalties_and_any_other_names_none():
    none = commands.DecideRequest(case_id=CASE, outcome=commands.OUTCOME_PENALTY, reasons="事实清楚")
    given(case, *NOTIFIED).when(none, actor=LEADER).refused(Refusal.PENALTIES_AND_OUTCOME)
    given(case, *NOTIFIED).when(changed(SPARE, penalties=[FINE]), actor=LEADER).refused(Refusal.PENALTIES_AND_OUTCOME)


@pytest.mark.parametrize("history", [REPORTED, NOTIFIED], ids=["reported", "notified"])
@pytest.mark.parametrize(("command", "event"), [(SPARE, SPARED), (ACQUIT, ACQUITTED)], ids=["spared", "acquitted"])
def test_a_decision_without_a_penalty_needs_no_notice(history, command, event):
    assert given(case, *history).when(command, actor=LEADER).then(event).stage is Stage.DECIDED


def test_whoever_is_not_punished_is_educated_and_told_why():
    for bare in (changed(SPARE, education=""), changed(SPARE, ground=0)):
        given(case, *REPORTED).when(bare, actor=LEADER).refused(Refusal.GROUND_AND_EDUCATION)


@pytest.mark.parametrize(
    ("ground", "order"),
    [
        (pb.NO_PENALTY_GROUND_MINOR_AGE, "责令监护人加以管教"),
        (pb.NO_PENALTY_GROUND_INCAPACITY, "责令其监护人严加看管和治疗"),
    ],
    ids=["under fourteen", "incapable"],
)
def test_who_is_not_punished_for_age_or_incapacity_is_given_to_a_guardian(ground, order):
    """行政处罚法 arts. 30, 31: the order is part of the decision."""
    spare = changed(SPARE, ground=ground)
    nameless = given(case, *REPORTED).when(spare, actor=LEADER)
    nameless.refused(Refusal.GUARDIAN_NEEDED, order=order)
    ordered = changed(SPARED, ground=ground, guardian="张大", guardian_order=order)
    given(case, *REPORTED).when(changed(spare, guardian="张大"), actor=LEADER).then(ordered)


def test_no_other_ground_orders_a_guardian_anything():
    given(case, *REPORTED).when(changed(SPARE, guardian="张大"), actor=LEADER).then(SPARED)


def test_nothing_is_decided_during_the_investigation_nor_twice():
    given(case, *INVESTIGATING).when(ACQUIT, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)
    given(case, *DECIDED).when(PENALISE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="已决定")


def test_the_decision_is_served():
    assert given(case, *DECIDED).when(SERVE, at="2024-11-12 10:00").then(SERVED).stage is Stage.SERVED
    given(case, *NOTIFIED).when(SERVE).refused(KernelRefusal.WRONG_STAGE, allowed="已决定")


def test_a_served_case_is_closed():
    assert given(case, *PAID).when(CLOSE, actor=LEADER).then(CLOSED).stage is Stage.CLOSED


def test_nothing_is_closed_before_its_decision_is_served():
    given(case, *DECIDED).when(CLOSE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, allowed="已送达")


def test_the_ground_of_closing_fits_the_decision():
    unpunished = changed(CLOSE, ground=pb.CLOSING_GROUND_NO_PENALTY)
    given(case, *DELIVERED).when(unpunished, actor=LEADER).refused(Refusal.CLOSING_GROUND_WRONG)
    spared = (*REPORTED, SPARED, SERVED)
    given(case, *spared).when(CLOSE, actor=LEADER).refused(Refusal.CLOSING_GROUND_WRONG)
    given(case, *spared).when(unpunished, actor=LEADER).then(changed(CLOSED, ground=pb.CLOSING_GROUND_NO_PENALTY))


def test_a_case_is_not_closed_while_something_is_held():
    holding = (
        *INVESTIGATING,
        on(FILED_AT, SEIZURE_APPROVED),
        SEIZED,
        *DELIVERED[len(INVESTIGATING) :],
    )
    given(case, *holding).when(CLOSE, actor=LEADER).refused(Refusal.MEASURE_IN_FORCE, measures=MEASURE)
    released = (
        *INVESTIGATING,
        on(FILED_AT, PRESERVATION_APPROVED),
        PRESERVED,
        PRESERVATION_DECIDED,
        *PAID[len(INVESTIGATING) :],
    )
    given(case, *released).when(CLOSE, actor=LEADER).then(CLOSED)


def test_a_fine_without_an_amount_is_not_decided():
    nothing = changed(PENALISE, penalties=[pb.Penalty(kind=pb.PENALTY_KIND_FINE)])
    given(case, *NOTIFIED).when(nothing, actor=LEADER).refused(Refusal.PENALTY_AMOUNT, kind="罚款", amount_fen=0)


# ── discretion (裁量): the rules of an evaluation stand in discretion/ ────────────────────────────────────────────────


EVALUATED = discretion.DiscretionEvaluated(
    case_id=CASE,
    evaluation_id=uid("evaluation"),
    outcome=discretion.DISCRETION_OUTCOME_ORDINARY,
    fined=True,
    min_fen=900_000,
    max_fen=1_000_000,
    proposed_fen=950_000,
)


def fined(fen):
    return changed(PENALISE, penalties=[pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=fen)])


def test_the_evaluated_fine_is_decided_and_another_in_the_range_with_its_reason():
    decided = given(case, *NOTIFIED, EVALUATED).when(fined(950_000), actor=LEADER)
    assert decided.state.stage is Stage.DECIDED
    for fen in (900_000, 1_000_000):
        given(case, *NOTIFIED, EVALUATED).when(fined(fen), actor=LEADER).refused(Refusal.DEPARTURE_REASON_NEEDED)
        reasoned = discretion.DiscretionDeparted(case_id=CASE, evaluation_id=uid("evaluation"), amount_fen=fen)
        decided = given(case, *NOTIFIED, EVALUATED, reasoned).when(fined(fen), actor=LEADER)
        assert decided.state.stage is Stage.DECIDED


def test_a_fine_outside_the_range_needs_an_approved_departure():
    given(case, *NOTIFIED, EVALUATED).when(fined(899_999), actor=LEADER).refused(
        Refusal.OUTSIDE_DISCRETION, amount_fen=899_999
    )
    departed = discretion.DiscretionDeparted(case_id=CASE, evaluation_id=uid("evaluation"), amount_fen=899_999)
    outcome = given(case, *NOTIFIED, EVALUATED, departed).when(fined(899_999), actor=LEADER)
    assert outcome.state.stage is Stage.DECIDED


def test_where_the_authority_asks_for_it_no_penalty_is_decided_without_evaluation():
    rules = Rules({"discretion_required": ((date(2024, 1, 1), "true"),)}, LOCAL_RULES.local)
    given(case, *NOTIFIED).when(PENALISE, actor=LEADER, rules=rules).refused(Refusal.EVALUATION_NEEDED)
    given(case, *REPORTED).when(ACQUIT, actor=LEADER, rules=rules).then(ACQUITTED)


# ── the order to correct, and the period for a defence ───────────────────────────────────────────────────────────────


def test_an_order_to_correct_goes_with_every_penalty_before_it_or_in_it():
    bare = changed(PENALISE, correction="")
    uncorrected = [entry for entry in NOTIFIED if entry != on(FILED_AT, CORRECTION_ORDERED)]
    given(case, *uncorrected).when(bare, actor=LEADER).refused(Refusal.CORRECTION_NOT_ORDERED)
    given(case, *uncorrected).when(PENALISE, actor=LEADER).then(PENALISED)
    given(case, *NOTIFIED).when(bare, actor=LEADER).then(changed(PENALISED, correction=""))


def test_nothing_is_decided_while_the_party_may_still_state_and_has_not():
    small = (*NOTIFIED[:-1], on(NOTICE_AT, changed(NOTICE_SERVED, hearing_right=False)))
    given(case, *small).when(PENALISE, actor=LEADER, at="2024-10-10 23:59").refused(
        Refusal.DEFENCE_PERIOD_RUNNING, until="2024-10-10"
    )
    assert given(case, *small).when(PENALISE, actor=LEADER, at="2024-10-11 00:00").events
    for spoke in (DEFENDED, WAIVED):
        command = changed(PENALISE, defence_review="不成立")
        assert given(case, *small, on("2024-09-28 10:00", spoke)).when(command, actor=LEADER, at="2024-09-29").events


def test_the_period_for_a_defence_is_as_long_as_the_authority_says():
    small = (*NOTIFIED[:-1], on(NOTICE_AT, changed(NOTICE_SERVED, hearing_right=False)))
    rules = Rules({"defence_working_days": ((date(2024, 1, 1), "3"),)}, LOCAL_RULES.local)
    given(case, *small).when(PENALISE, actor=LEADER, at="2024-10-08 23:59", rules=rules).refused(
        Refusal.DEFENCE_PERIOD_RUNNING, until="2024-10-08"
    )
    assert given(case, *small).when(PENALISE, actor=LEADER, at="2024-10-09 00:00", rules=rules).events


def test_evidence_that_was_excluded_meanwhile_grounds_no_penalty():
    excluded = evidence_pb.EvidenceExcluded(case_id=CASE, evidence_id=EVIDENCE)
    given(case, *NOTIFIED, excluded).when(PENALISE, actor=LEADER).refused(Refusal.NO_EVIDENCE)


@pytest.mark.parametrize(
    ("told", "decided", "beyond"),
    [
        (("三个月", 0), ("三个月", 0), False),
        (("三个月", 90), ("二个月", 60), False),
        (("三个月", 90), ("六个月", 180), True),
        (("三个月", 0), ("六个月", 0), True),
    ],
    ids=["same", "shorter", "longer", "cannot be compared"],
)
def test_an_extent_is_not_raised_either(told, decided, beyond):
    def suspension(extent, days):
        return pb.Penalty(kind=pb.PENALTY_KIND_SUSPEND_LICENCE, extent=extent, extent_days=days)

    notified = (*NOTIFIED[:-1], on(NOTICE_AT, changed(NOTICE_SERVED, proposed=[suspension(*told)])))
    outcome = given(case, *notified).when(changed(PENALISE, penalties=[suspension(*decided)]), actor=LEADER)
    if beyond:
        outcome.refused(Refusal.BEYOND_NOTICE)
    else:
        assert outcome.events


def test_a_mere_warning_in_place_of_what_was_told_is_lighter_and_beside_it_heavier():
    warning = pb.Penalty(kind=pb.PENALTY_KIND_WARNING)
    instead, beside = changed(PENALISE, penalties=[warning]), changed(PENALISE, penalties=[FINE, warning])
    ready = (*NOTIFIED, on("2024-09-28 10:00", WAIVED))
    assert given(case, *ready).when(instead, actor=LEADER).state.stage is Stage.DECIDED
    given(case, *ready).when(beside, actor=LEADER).refused(Refusal.BEYOND_NOTICE)
