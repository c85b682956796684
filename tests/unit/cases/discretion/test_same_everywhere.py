"""The same facts and rules give the same result in both provinces, for every input, and amounts keep their order."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.cases.discretion.catalogue import catalogue
from services.cases.discretion.evaluation import evaluate
from services.cases.discretion.facts import FACTS, Answer, Choice, Chosen, EvidenceRef, FactKind, Facts
from services.cases.discretion.proposal import PENALTIES, Law, Outcome, Settings
from services.cases.discretion.register import PriorOffence, Register
from tests.unit.cases.discretion.sets import BENCHMARK, LISTS, LUXIAN, SETS, YONGCHUAN, rule_set

ACTS = sorted(catalogue().acts)
DAYS = st.dates(date(2022, 1, 1), date(2026, 12, 31))
OWN_FACTS = {code: fact for one in SETS for code, fact in one.facts.items()}
LOCAL = rule_set(
    LISTS.replace("slight_harm", "corrected_in_time"), id="earlier-local", precedence=10, effective_from='"2022-01-01"'
)
SETS_OF_ALL = (*SETS, LOCAL)
"""Two sets of 2023-11-08 and one from before, which they prevail over."""


def _value(fact):
    match fact.kind:
        case FactKind.FLAG:
            return st.booleans()
        case FactKind.CHOICE:
            return st.sampled_from(fact.choices)
        case FactKind.AMOUNT:
            return st.integers(0, 10_000_000_000) | st.sampled_from([0, 1_000_000, 1_000_001, 2_000_000, 2_000_001])
        case _:
            return st.integers(0, 100)


@st.composite
def answers(draw):
    known = {code: fact for code, fact in {**FACTS, **OWN_FACTS}.items() if fact.kind is not FactKind.REGISTER}
    codes = draw(st.sets(st.sampled_from(sorted(known))))
    evidence = st.sampled_from([(), (EvidenceRef(draw(st.uuids()).hex, "SCENE_RECORD"),)])
    return {code: Answer(draw(_value(known[code])), draw(evidence)) for code in sorted(codes)}


REGISTERS = st.none() | st.builds(
    Register,
    st.lists(
        st.builds(PriorOffence, st.sampled_from(ACTS), DAYS, DAYS, st.sampled_from([LUXIAN, YONGCHUAN])), max_size=3
    ).map(tuple),
    st.sampled_from([(), (YONGCHUAN,), (LUXIAN,)]),
    st.booleans(),
)
FACTS_OF_ACTS = st.builds(
    Facts,
    answers(),
    REGISTERS,
    st.none() | DAYS,
    st.none() | DAYS,
    st.booleans(),
    st.none() | st.builds(Chosen, st.sampled_from(Choice), st.sampled_from(["", "综合判断"])),
)
READINGS = st.builds(
    Settings,
    lighter_percent=st.integers(0, 100),
    heavier_percent=st.integers(0, 100),
    point_percent=st.integers(0, 100),
    reduce_percent=st.integers(1, 99),
    rule_sets_of=st.sampled_from(Law),
)
CASES = st.tuples(FACTS_OF_ACTS, st.sampled_from([*ACTS, "X-1"]), DAYS, DAYS)


@settings(max_examples=120)
@given(CASES, READINGS)
def test_both_provinces_come_to_the_same_result(case, readings):
    facts, act_code, act_on, decision_on = case
    here, there = (
        evaluate(facts, act_code, division, act_on, decision_on, SETS_OF_ALL, settings=readings)
        for division in (LUXIAN, YONGCHUAN)
    )
    assert here.inputs_hash == there.inputs_hash
    assert replace(here, jurisdiction="") == replace(there, jurisdiction="")


@settings(max_examples=60)
@given(CASES, st.permutations(SETS_OF_ALL))
def test_the_order_of_rule_sets_does_not_matter(case, sets):
    facts, act_code, act_on, decision_on = case
    shuffled = Facts(
        dict(reversed(facts.answers.items())), facts.register, facts.discovered_on, facts.act_ended_on,
        facts.act_continues, facts.chosen,
    )  # fmt: skip
    found = evaluate(facts, act_code, LUXIAN, act_on, decision_on, SETS_OF_ALL)
    assert evaluate(shuffled, act_code, LUXIAN, act_on, decision_on, sets) == found


@settings(max_examples=80)
@given(CASES)
def test_other_inputs_have_another_hash(case):
    facts, act_code, act_on, decision_on = case
    found = evaluate(facts, act_code, LUXIAN, act_on, decision_on, SETS)
    other = replace(facts, act_continues=not facts.act_continues)
    assert evaluate(other, act_code, LUXIAN, act_on, decision_on, SETS).inputs_hash != found.inputs_hash
    assert evaluate(facts, act_code, LUXIAN, act_on + timedelta(1), decision_on, SETS).inputs_hash != found.inputs_hash
    newer = (rule_set(version=2), SETS[1])
    changed = evaluate(facts, act_code, LUXIAN, act_on, decision_on, newer).inputs_hash != found.inputs_hash
    in_force = max(act_on, decision_on) >= date(2023, 11, 8)
    assert changed == (in_force and SETS[0].speaks_on(act_code))


@settings(max_examples=120)
@given(CASES, READINGS)
def test_a_proposal_lies_in_its_range_and_that_within_the_statute(case, readings):
    facts, act_code, act_on, decision_on = case
    found: Any = evaluate(facts, act_code, LUXIAN, act_on, decision_on, SETS_OF_ALL, settings=readings)
    if found.proposed_fen is not None:
        assert found.outcome in PENALTIES
        assert found.proposed_fen in found.range
    if found.range is not None and found.outcome is not Outcome.REDUCE:
        assert found.statutory.min_fen <= found.range.min_fen <= found.range.max_fen <= found.statutory.max_fen
    if found.outcome is Outcome.REDUCE:
        assert 0 < found.range.min_fen <= found.range.max_fen < found.statutory.min_fen
    assert bool(found.open_questions) == (found.outcome is Outcome.HUMAN)
    assert found.reasons.count("意见：") == 1


@settings(max_examples=80)
@given(
    st.integers(0, 40),
    st.booleans(),
    st.integers(0, 5_000_000_000),
    READINGS,
)
@example(passengers=5, serious=False, gains=2_000_001, readings=Settings())
def test_lighter_is_at_most_the_base_and_heavier_at_least(passengers, serious, gains, readings):
    proof = (EvidenceRef("e", "SCENE_RECORD"),)
    base = {
        "passengers": Answer(passengers, proof),
        "serious": Answer(serious, proof),
        "illegal_gains_fen": Answer(gains, proof),
    }

    def proposed(**more):
        facts = Facts({**base, **{code: Answer(True, proof) for code in more}}, Register())
        return evaluate(
            facts, "RTR-63-2", LUXIAN, date(2024, 9, 6), date(2024, 11, 5), SETS, settings=readings
        )  # fmt: skip

    lighter, middle, heavier = proposed(slight_harm=True), proposed(), proposed(obstructs=True)
    reduced = proposed(slight_harm=True, meritorious=True)
    assert [one.outcome for one in (reduced, lighter, middle, heavier)] == [
        Outcome.REDUCE, Outcome.LIGHTER, Outcome.ORDINARY, Outcome.HEAVIER
    ]  # fmt: skip
    assert reduced.proposed_fen < middle.statutory.min_fen
    assert lighter.proposed_fen <= middle.proposed_fen <= heavier.proposed_fen
    assert lighter.range.max_fen <= middle.range.max_fen == heavier.range.max_fen
    assert lighter.range.min_fen == middle.range.min_fen <= heavier.range.min_fen


@settings(max_examples=150)
@given(
    st.integers(2_000_001, 10_000_000_000),
    st.tuples(st.integers(200, 1000), st.integers(200, 1000)).map(sorted),
    st.sampled_from(["", "slight_harm", "obstructs"]),
    READINGS,
)
def test_amounts_are_what_a_plain_calculation_gives(gains, percent, code, readings):
    """The tier is a multiple of the gains; a part of it is cut; the amount is cut to whole yuan inside it."""
    tier = f'[[tier]]\nact = "RTR-63-2"\nbracket = "gains"\ntier = "一般"\nfine_percent = {list(percent)}\n'
    sets = (SETS[0], rule_set(tier, id="test-benchmark", precedence=90))
    proof = (EvidenceRef("e", "SCENE_RECORD"),)
    answered = {"illegal_gains_fen": Answer(gains, proof), **({code: Answer(True, proof)} if code else {})}
    found: Any = evaluate(
        Facts(answered, Register()), "RTR-63-2", LUXIAN, date(2024, 9, 6), date(2024, 11, 5), sets, settings=readings
    )
    low, high = ceil(Fraction(gains * percent[0], 100)), floor(Fraction(gains * percent[1], 100))
    low = min(low, high)
    if code == "slight_harm":
        high = low + floor(Fraction((high - low) * readings.lighter_percent, 100))
    if code == "obstructs":
        low = high - floor(Fraction((high - low) * readings.heavier_percent, 100))
    point = low + floor(Fraction((high - low) * readings.point_percent, 100))
    assert (found.range.min_fen, found.range.max_fen) == (low, high)
    assert found.proposed_fen == max(low, floor(Fraction(point, 100)) * 100)
    assert found.confiscate_fen == gains


def test_how_a_file_is_written_does_not_matter():
    tiers = [f"[[tier]]{tier}" for tier in BENCHMARK.split("[[tier]]")[1:]]
    head = BENCHMARK.split("[[tier]]")[0]
    turned = rule_set(head + "\n# a remark\n" + "\n".join(reversed(tiers)), id="test-benchmark", precedence=90)
    assert turned.content_hash == SETS[1].content_hash
    other = rule_set(BENCHMARK.replace("6_000_000]", "5_999_900]"), id="test-benchmark", precedence=90)
    assert other.content_hash != SETS[1].content_hash
