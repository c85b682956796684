"""The evaluation, step by step."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.cases.discretion.catalogue import Catalogue
from services.cases.discretion.conditions import Holds
from services.cases.discretion.evaluation import compulsion, evaluate
from services.cases.discretion.facts import Answer, Choice, Chosen
from services.cases.discretion.proposal import Law, Outcome, Range, Settings
from services.cases.discretion.register import Registers
from services.cases.discretion.rule_sets import Tier
from tests.unit.cases.discretion.sets import (
    ACT_ON,
    BENCHMARK,
    DECISION_ON,
    LUXIAN,
    PAPER,
    PHOTO,
    SETS,
    YONGCHUAN,
    facts,
    known,
    offence,
    rule_set,
)

PASSENGERS: Any = {"illegal_gains_fen": 0, "passengers": 6}


def proposed(act_code="RTR-63-2", *, on=ACT_ON, decided_on=DECISION_ON, sets=SETS, by=LUXIAN, settings=None, **more):
    return evaluate(facts(**more), act_code, by, on, decided_on, sets, settings=settings)


# ── 1: the statute ───────────────────────────────────────────────────────────────────────────────────────────────────

BEFORE, AFTER = date(2023, 7, 1), date(2023, 8, 1)


def test_freight_without_licence_before_july_2023_is_judged_by_the_lighter_text():
    found = proposed("RTR-63-1", on=BEFORE, decided_on=AFTER, illegal_gains_fen=0)
    assert (found.statutory, found.statute_from) == (Range(300_000, 1_000_000), date(2023, 7, 20))


AMENDED = """
[[act]]
code = "X-1"
title = "测试"
source = "made for tests"
[[act.version]]
from = "2020-01-01"
basis = "旧条"
[[act.version.bracket]]
code = "base"
fine_fen = [100_000, 200_000]
[[act.version]]
from = "2023-07-20"
basis = "新条"
{newer}
"""


@pytest.mark.parametrize(
    ("newer", "basis", "outcome"),
    [
        ("fine_fen = [100_000, 199_900]", "新条", Outcome.ORDINARY),
        ("fine_fen = [90_000, 200_000]", "新条", Outcome.ORDINARY),
        ("fine_fen = [100_000, 200_000]", "旧条", Outcome.ORDINARY),
        ("fine_fen = [90_000, 300_000]", "旧条", Outcome.ORDINARY),
        ('fine_fen = [1, 2]\npenalties = ["REVOKE_LICENCE"]', "旧条", Outcome.ORDINARY),
        (None, "新条", Outcome.NOT_AN_OFFENCE),
    ],
)
def test_the_newer_statute_applies_only_where_it_is_lighter(newer, basis, outcome):
    bracket = f'[[act.version.bracket]]\ncode = "base"\n{newer}' if newer else ""
    amended = Catalogue.read({"x.toml": AMENDED.format(newer=bracket).encode()})
    found = evaluate(facts(), "X-1", LUXIAN, BEFORE, AFTER, (), known=amended)
    assert (found.basis, found.outcome) == (basis, outcome)
    assert evaluate(facts(), "X-1", LUXIAN, BEFORE, BEFORE, (), known=amended).basis == "旧条"


def test_an_equal_statute_is_that_of_the_act():
    found = proposed("RTR-63-3", on=BEFORE, decided_on=AFTER, illegal_gains_fen=2_000_001)
    assert found.statute_from == date(2022, 5, 1)


def test_an_act_before_the_catalogue_is_for_a_person():
    found = proposed("RTR-64", on=date(2022, 4, 30))
    assert (found.outcome, found.open_questions) == (
        Outcome.HUMAN, ("目录中没有2022-04-30有效的RTR-64条文版本",)
    )  # fmt: skip


def test_an_act_that_is_not_in_the_catalogue_is_for_a_person():
    assert proposed("RTR-63").open_questions == ("案由目录中没有RTR-63",)


# ── 2: guards ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("discovered_on", "outcome"), [("2026-09-06", Outcome.ORDINARY), ("2026-09-07", Outcome.LIMITATION)]
)
def test_after_two_years_undiscovered_nothing_is_punished(discovered_on, outcome):
    late = replace(facts(**PASSENGERS), discovered_on=date.fromisoformat(discovered_on))
    found = evaluate(late, "RTR-63-2", LUXIAN, ACT_ON, date(2026, 10, 1), SETS)
    assert found.outcome is outcome


def test_after_harm_to_life_it_is_five_years_and_counts_from_the_end():
    harmed = replace(facts(harm_to_life_or_finance=True, **PASSENGERS), act_ended_on=date(2024, 10, 1))
    for discovered_on, outcome in ((date(2029, 10, 1), Outcome.ORDINARY), (date(2029, 10, 2), Outcome.LIMITATION)):
        late = replace(harmed, discovered_on=discovered_on)
        assert evaluate(late, "RTR-63-2", LUXIAN, ACT_ON, date(2029, 11, 1), SETS).outcome is outcome


def test_while_an_act_goes_on_no_limitation_runs():
    going_on = replace(facts(**PASSENGERS), discovered_on=date(2030, 1, 1), act_continues=True)
    assert evaluate(going_on, "RTR-63-2", LUXIAN, ACT_ON, date(2030, 2, 1), SETS).outcome is Outcome.ORDINARY


@pytest.mark.parametrize(
    ("age", "outcome"),
    [(13, Outcome.UNDER_AGE), (14, Outcome.LIGHTER), (17, Outcome.LIGHTER), (18, Outcome.ORDINARY)],
)
def test_children_are_not_punished_and_young_people_lighter(age, outcome):
    assert proposed(age_at_act=age, **PASSENGERS).outcome is outcome


@pytest.mark.parametrize(
    ("fact", "ordered"),
    [({"age_at_act": 13}, "责令监护人加以管教"), ({"incapable": True}, "责令其监护人严加看管和治疗")],
    ids=["art. 30", "art. 31"],
)
def test_the_guardian_of_whoever_is_not_punished_is_given_an_order(fact, ordered):
    found = proposed(**fact, **PASSENGERS)
    assert found.note == ordered
    assert f"，{ordered}，" in found.reasons


def test_the_guardian_of_a_young_person_who_is_punished_is_given_none():
    assert proposed(age_at_act=14, **PASSENGERS).note == ""


def test_an_age_that_nobody_proved_is_a_question():
    found = proposed(age_at_act=13, unproven=("age_at_act",), **PASSENGERS)
    assert (found.outcome, found.open_questions) == (Outcome.HUMAN, ("未查明：行为时年龄的证据",))


def test_who_could_not_control_the_act_is_not_punished():
    found = proposed(incapable=True, **PASSENGERS)
    assert (found.outcome, found.educate) == (Outcome.INCAPABLE, True)


def test_a_suspected_crime_stops_everything_without_proof():
    found = proposed(crime_suspected=True, unproven=("crime_suspected",), minor_act=True, no_fault=True)
    assert (found.outcome, found.range, found.corrects) == (Outcome.CRIME, None, False)


# ── 3: what must not be punished ─────────────────────────────────────────────────────────────────────────────────────


def test_slight_corrected_and_harmless_must_not_be_punished_and_is_educated():
    found = proposed(minor_act=True, corrected_in_time=True, no_harm=True, **PASSENGERS)
    assert (found.outcome, found.educate, found.corrects, found.range) == (Outcome.NO_PENALTY, True, True, None)
    assert [(j.condition.fact.code, j.holds, j.evidence_ids) for j in found.grounds[0].conditions] == [
        (code, Holds.YES, (PHOTO.evidence_id,)) for code in ("minor_act", "corrected_in_time", "no_harm")
    ]


@pytest.mark.parametrize("missing", ["minor_act", "corrected_in_time", "no_harm"])
def test_each_of_the_three_must_be_proven(missing):
    three = dict.fromkeys(("minor_act", "corrected_in_time", "no_harm"), True)
    assert proposed(unproven=(missing,), **three, **PASSENGERS).outcome is Outcome.ORDINARY


def test_who_proves_to_be_without_fault_must_not_be_punished():
    assert proposed(no_fault=True, **PASSENGERS).outcome is Outcome.NO_PENALTY
    assert proposed(no_fault=True, unproven=("no_fault",), **PASSENGERS).outcome is Outcome.ORDINARY


# ── 4: the list of exemptions, and the register ──────────────────────────────────────────────────────────────────────


def spared(**more):
    return proposed("RTR-64", corrected_in_time=True, **more)


def test_an_item_holds_when_each_condition_is_proven_and_the_register_knows_nothing():
    found = spared()
    first, corrected = found.grounds[0].conditions
    assert (found.outcome, found.grounds[0].rule_id, found.educate) == (Outcome.EXEMPT, "test-lists#EXEMPT/1", True)
    assert (first.holds, first.register) == (Holds.YES, "各适用省（市）登记中无同类违法")
    assert (corrected.holds, corrected.evidence_ids) == (Holds.YES, (PHOTO.evidence_id,))
    assert found.statutory == Range(20_000, 200_000)


def test_evidence_of_another_kind_does_not_prove_a_condition():
    other = replace(facts(), answers={"corrected_in_time": Answer(True, (PAPER,))})
    assert evaluate(other, "RTR-64", LUXIAN, ACT_ON, DECISION_ON, SETS).outcome is Outcome.ORDINARY


@pytest.mark.parametrize(
    ("register", "outcome"),
    [
        (known(), Outcome.EXEMPT),
        (known(offence()), Outcome.ORDINARY),
        (known(offence(on="2022-09-06")), Outcome.ORDINARY),
        (known(offence(on="2022-09-05")), Outcome.EXEMPT),
        (known(offence("RTR-66")), Outcome.EXEMPT),
        (known(offence(on="2024-09-07")), Outcome.EXEMPT),
        (known(offence(division=YONGCHUAN)), Outcome.ORDINARY),
        (known(offence(division="440106")), Outcome.EXEMPT),
        (known(unanswered=(YONGCHUAN,)), Outcome.ORDINARY),
        (known(unanswered=("440106",)), Outcome.EXEMPT),
        (None, Outcome.ORDINARY),
    ],
)
def test_the_registers_of_both_provinces_say_whether_it_is_the_first(register, outcome):
    assert spared(register=register).outcome is outcome


@pytest.mark.parametrize(
    ("scope", "division", "outcome"),
    [
        (Registers.OWN, LUXIAN, Outcome.ORDINARY),
        (Registers.OWN, "510500", Outcome.EXEMPT),
        (Registers.PROVINCE, "510500", Outcome.ORDINARY),
        (Registers.PROVINCE, YONGCHUAN, Outcome.EXEMPT),
        (Registers.BOTH, YONGCHUAN, Outcome.ORDINARY),
    ],
)
def test_whose_registers_answer_is_configured(scope, division, outcome):
    settings = Settings(registers=scope)
    for register in (known(offence(division=division)), known(unanswered=(division,))):
        assert spared(register=register, settings=settings).outcome is outcome


def test_without_an_item_a_first_slight_violation_is_shown_as_one_that_may_be_spared():
    found = proposed(slight_harm=True, corrected_in_time=True, sets=(), **PASSENGERS)
    assert [other.rule_id for other in found.alternatives] == ["行政处罚法 art. 33 para. 1 s. 2"]


# ── 6: tier, lighter, heavier, reduced ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("values", "tier", "low", "high"),
    [
        ({"passengers": 4}, Tier.SLIGHT, 1_000_000, 3_000_000),
        ({"passengers": 5}, Tier.ORDINARY, 3_000_000, 6_000_000),
        ({"passengers": 5, "serious": True}, Tier.SERIOUS, 6_000_000, 10_000_000),
        ({"illegal_gains_fen": 2_000_100}, Tier.ORDINARY, 4_000_200, 10_000_500),
        ({"illegal_gains_fen": 2_000_100, "serious": True}, Tier.SERIOUS, 10_000_500, 20_001_000),
    ],
)
def test_the_tier_of_the_benchmark_is_the_base_range(values, tier, low, high):
    found = proposed(**{"illegal_gains_fen": 0, **values})
    assert (found.tier, found.range, found.benchmark_id) == (tier, Range(low, high), "test-benchmark")


def test_without_a_benchmark_the_range_is_the_statutes():
    assert proposed("RTR-66").range == Range(200_000, 1_000_000)
    assert proposed("RTR-66").tier is None


def test_what_a_tier_asks_and_nobody_answered_is_for_a_person():
    found = proposed(illegal_gains_fen=0)
    assert (found.outcome, found.open_questions) == (Outcome.HUMAN, ("未查明：载客人数",))


def test_gains_that_nobody_proved_are_for_a_person():
    found = proposed(illegal_gains_fen=5_000_000, unproven=("illegal_gains_fen",))
    assert (found.outcome, found.open_questions) == (Outcome.HUMAN, ("未查明：违法所得",))


def test_income_that_nobody_proved_is_not_confiscated():
    found = proposed("RTR-66", illegal_gains_fen=70_000, unproven=("illegal_gains_fen",))
    assert (found.outcome, found.open_questions) == (Outcome.HUMAN, ("未查明：违法所得",))
    assert proposed("RTR-66", illegal_gains_fen=0, unproven=("illegal_gains_fen",)).confiscate_fen == 0


def test_a_serious_case_that_nobody_proved_is_none():
    assert proposed(serious=True, unproven=("serious",), **PASSENGERS).tier is Tier.ORDINARY


@pytest.mark.parametrize(
    ("values", "outcome", "low", "high", "amount"),
    [
        ({}, Outcome.ORDINARY, 3_000_000, 6_000_000, 4_500_000),
        ({"slight_harm": True}, Outcome.LIGHTER, 3_000_000, 3_900_000, 3_450_000),
        ({"removes_harm": True}, Outcome.LIGHTER, 3_000_000, 3_900_000, 3_450_000),
        ({"obstructs": True}, Outcome.HEAVIER, 5_100_000, 6_000_000, 5_550_000),
        ({"emergency_measures": True}, Outcome.HEAVIER, 5_100_000, 6_000_000, 5_550_000),
        ({"slight_harm": True, "meritorious": True}, Outcome.REDUCE, 200_000, 800_000, 500_000),
    ],
)
def test_lighter_is_low_heavier_high_and_reduced_below_the_minimum(values, outcome, low, high, amount):
    found = proposed(**PASSENGERS, **values)
    assert (found.outcome, found.range, found.proposed_fen) == (outcome, Range(low, high), amount)


@pytest.mark.parametrize(
    "code", ["limited_capacity", "removes_harm", "coerced_or_deceived", "confessed_unknown", "meritorious"]
)
def test_each_ground_of_the_law_makes_lighter_and_allows_a_reduction_with_a_reason(code):
    found = proposed(**PASSENGERS, **{code: True})
    assert (found.outcome, found.reducible) == (Outcome.LIGHTER, True)
    assert Outcome.REDUCE in {other.outcome for other in found.alternatives}
    reduced = proposed(**PASSENGERS, **{code: True}, chosen=Chosen(Choice.REDUCE, "情节特别轻"))
    assert (reduced.outcome, reduced.range, reduced.proposed_fen) == (Outcome.REDUCE, Range(1, 999_999), 500_000)
    assert reduced.needs_approval


def test_a_reduction_without_a_ground_is_not_to_be_had():
    assert proposed(**PASSENGERS, chosen=Chosen(Choice.REDUCE, "想减轻")).outcome is Outcome.ORDINARY


def test_where_the_statute_has_no_minimum_a_reduction_is_lighter():
    found = proposed("HPR-68", removes_harm=True, chosen=Chosen(Choice.REDUCE, "情节特别轻"))
    assert (found.outcome, found.range) == (Outcome.LIGHTER, Range(0, 900_000))


def test_lighter_and_heavier_at_once_are_for_a_person_who_says_why():
    both = {**PASSENGERS, "slight_harm": True, "obstructs": True}
    found = proposed(**both)
    assert (found.outcome, found.conflict, found.range) == (Outcome.HUMAN, True, Range(3_000_000, 6_000_000))
    assert {other.outcome for other in found.alternatives} >= {Outcome.LIGHTER, Outcome.HEAVIER}
    for choice, outcome in (
        (Choice.LIGHTER, Outcome.LIGHTER), (Choice.HEAVIER, Outcome.HEAVIER), (Choice.NEITHER, Outcome.ORDINARY)
    ):  # fmt: skip
        assert proposed(**both, chosen=Chosen(choice, "综合判断")).outcome is outcome
    assert proposed(**both, chosen=Chosen(Choice.REDUCE, "没有这个情形")).outcome is Outcome.HUMAN
    assert proposed(**both, chosen=Chosen(Choice.LIGHTER, " ")).outcome is Outcome.HUMAN


def test_the_parts_of_the_range_are_configured():
    settings = Settings(lighter_percent=20, heavier_percent=10, point_percent=0)
    assert proposed(slight_harm=True, settings=settings, **PASSENGERS).range == Range(3_000_000, 3_600_000)
    assert proposed(slight_harm=True, settings=settings, **PASSENGERS).proposed_fen == 3_000_000
    assert proposed(obstructs=True, settings=settings, **PASSENGERS).range == Range(5_700_000, 6_000_000)


def test_amounts_are_whole_yuan_unless_the_range_begins_above():
    found = proposed(sets=(), illegal_gains_fen=2_000_001)
    assert (found.range, found.proposed_fen) == (Range(4_000_002, 20_000_010), 12_000_000)
    narrow = Settings(point_percent=0)
    assert proposed(sets=(), settings=narrow, illegal_gains_fen=2_000_001).proposed_fen == 4_000_002


# ── days, places and precedence of rule sets ─────────────────────────────────────────────────────────────────────────

LIGHT = BENCHMARK.replace("3_000_000, 6_000_000", "3_000_000, 4_000_000")
LATER = rule_set(LIGHT, id="later-benchmark", precedence=95, effective_from='"2024-10-01"')


def test_of_two_benchmarks_the_lighter_of_the_two_days_applies():
    sets = (*SETS, LATER)
    assert proposed(sets=sets, **PASSENGERS).range == Range(3_000_000, 4_000_000)
    by_act = Settings(rule_sets_of=Law.ACT)
    assert proposed(sets=sets, settings=by_act, **PASSENGERS).range == Range(3_000_000, 6_000_000)
    heavy = rule_set(
        BENCHMARK.replace("3_000_000, 6_000_000", "5_000_000, 6_000_000"),
        id="later-benchmark", precedence=95, effective_from='"2024-10-01"',
    )  # fmt: skip
    assert proposed(sets=(*SETS, heavy), **PASSENGERS).range == Range(3_000_000, 6_000_000)
    by_decision = Settings(rule_sets_of=Law.DECISION)
    assert proposed(sets=(*SETS, heavy), settings=by_decision, **PASSENGERS).range == Range(5_000_000, 6_000_000)


def test_the_set_of_higher_precedence_is_asked():
    local = rule_set(LIGHT, id="local-benchmark", precedence=10, jurisdictions='["510521"]')
    assert proposed(sets=(*SETS, local), **PASSENGERS).benchmark_id == "test-benchmark"
    above = rule_set(LIGHT, id="local-benchmark", precedence=200, jurisdictions='["510521"]')
    assert proposed(sets=(*SETS, above), **PASSENGERS).benchmark_id == "local-benchmark"
    assert proposed(sets=(*SETS, above), by=YONGCHUAN, **PASSENGERS).benchmark_id == "test-benchmark"


def test_a_set_that_is_replaced_is_asked_no_more():
    heir = rule_set("", id="heir-set", precedence=1, more='supersedes = ["test-benchmark"]')
    assert proposed(sets=(*SETS, heir), **PASSENGERS).benchmark_id == ""


def test_after_its_last_day_a_set_is_not_in_force():
    ended = rule_set(BENCHMARK, id="test-benchmark", more='effective_to = "2024-09-05"')
    assert proposed(sets=(ended,), **PASSENGERS).benchmark_id == ""


def test_whose_benchmark_it_is_shows():
    assert proposed(**PASSENGERS).superiors == ("500000", "510000")
    assert proposed("RTR-66").superiors == ()
    own = replace(SETS[1], issuers=(LUXIAN,))
    assert proposed(sets=(own,), **PASSENGERS).superiors == ()


# ── 5: compulsion ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("values", "holds"), [({}, Holds.UNPROVEN), ({"corrected_in_time": True}, Holds.YES)])
def test_compulsion_is_a_question_of_its_own(values, holds):
    asked, grounds = compulsion(facts(**values), "RTR-63-2", LUXIAN, DECISION_ON, SETS)
    assert asked is not None
    assert (asked.id, [ground.holds for ground in grounds]) == ("test-lists", [holds])


def test_where_no_list_speaks_there_is_nobody_to_ask():
    assert compulsion(facts(), "RTR-64", LUXIAN, DECISION_ON, SETS) == (None, ())


# ── 7: reasons ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_reasons_say_rule_evidence_range_and_amount():
    found = proposed(slight_harm=True, **PASSENGERS)
    for part in (
        "未取得道路运输经营许可，擅自从事道路客运经营（RTR-63-2）", "道路运输条例第六十三条第（二）项",
        "载客人数超过4成立", f"证据{PHOTO.evidence_id}", "法定幅度10,000元至100,000元",
        "裁量阶次一般（test-benchmark）", "test-lists#LIGHTER/1",
        "裁量幅度30,000元至39,000元", "建议罚款34,500元", "责令改正", "考虑过一般处罚30,000元至60,000元：具有从轻情形",
    ):  # fmt: skip
        assert part in found.reasons, found.reasons


def test_what_was_looked_at_and_did_not_hold_shows():
    found = proposed(meritorious=True, unproven=("meritorious",), **PASSENGERS)
    assert "未采纳乘客五人以下的首次违法，减轻处罚（test-lists#REDUCE/1）" in found.reasons
    assert "未证明" in found.reasons
