"""The evaluation (裁量评估): what the rules propose for an act, and why. A pure function of facts, days and rule sets.

    1 statute     the version of the act's day, or that of the decision's day if it is lighter      行政处罚法 art. 37
    2 guards      limitation, age, capacity; suspicion of a crime stops here                        arts. 36, 30, 31, 27
    3 no penalty  slight, corrected, harmless; or no fault: must not be punished                    art. 33
    4 EXEMPT      an item of the list, all its conditions proven; first violation by the register   art. 33
    5 compulsion  is a question of its own: `compulsion`
    6 tier        base range, then LIGHTER its low part, HEAVIER its high part, REDUCE below the minimum; lighter and
                  heavier at once are for a person                                                   arts. 30-32, 49
    7 proposal    range, amount, items and articles, evidence of each condition, what else was considered, reasons

Promise   the same facts, days and rule sets give the same result and the same `inputs_hash` wherever they are
          evaluated, in whatever order the sets come. It answers for every input: what the rules leave open is HUMAN,
          with what is missing. A proposed fine lies within its range.
Not       a decision: the officer decides, and departs with a reason and an approval (国办发〔2022〕27号).
Bounds    amounts are whole fen: the low end of a range is rounded up to the fen and the high end down (`amounts`).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from services.cases.discretion import reasons
from services.cases.discretion.amounts import in_part, kinds, reduced
from services.cases.discretion.catalogue import (
    GAINS,
    Act,
    Bracket,
    Catalogue,
    Version,
    amount_of,
    catalogue,
    of_gains,
)
from services.cases.discretion.conditions import (
    Asked,
    Condition,
    Holds,
    Judged,
    Op,
    covered,
    first,
    stated,
    together,
)
from services.cases.discretion.facts import FACTS, Choice, Facts
from services.cases.discretion.grounds import ground_of, lighter_by_law, matches
from services.cases.discretion.guards import guards, must_not_be_punished, statute_of, statutory_ground
from services.cases.discretion.inputs import inputs_hash
from services.cases.discretion.proposal import (
    Alternative,
    Evaluation,
    Ground,
    Law,
    Outcome,
    Range,
    RuleRef,
    Settings,
)
from services.cases.discretion.rule_sets import BenchmarkTier, ListKind, RuleSet, benchmark, in_force, listed


def evaluate(
    facts: Facts,
    act_code: str,
    jurisdiction: str,
    act_on: date,
    decision_on: date,
    rule_sets: Iterable[RuleSet],
    *,
    settings: Settings | None = None,
    known: Catalogue | None = None,
) -> Evaluation:
    """What the rules propose.

    Args:
        jurisdiction: division code of the deciding authority.
        rule_sets: all that are known; those in force are found here.
    """
    known, settings = known or catalogue(), settings or Settings()
    sets = tuple(rule_sets)
    laws = days_of(act_on, decision_on, settings.rule_sets_of)
    held = [in_force(sets, jurisdiction, on) for on in laws]
    considered = tuple(sorted({one.name for of_day in held for one in of_day}))
    inputs = inputs_hash(facts, act_code, (act_on, decision_on), held, settings, known)
    start = Evaluation(
        act_code, jurisdiction, act_on, decision_on, Outcome.HUMAN, inputs, known.digest,
        rule_sets=_refs(held[-1], jurisdiction), considered=considered,
    )  # fmt: skip
    act = known.acts.get(act_code)
    if act is None:
        return _told(replace(start, open_questions=(f"案由目录中没有{act_code}",)), None)
    statute, missing = statute_of(act, facts, act_on, decision_on)
    if statute is None:
        return _told(replace(start, open_questions=missing), act)
    start = replace(start, basis=statute.basis, statute_from=statute.from_on)
    stopped = guards(start, act, statute, facts) or must_not_be_punished(start, act, facts)
    if stopped is not None:
        return _told(stopped, act)
    found = [
        _by_rules(replace(start, rule_sets=_refs(one, jurisdiction)), act, statute, facts, one, settings)
        for one in (held if held[0] != held[-1] else held[:1])
    ]
    return _told(min(found, key=_weight), act)


def compulsion(
    facts: Facts,
    act_code: str,
    jurisdiction: str,
    on: date,
    rule_sets: Iterable[RuleSet],
    *,
    settings: Settings | None = None,
) -> tuple[RuleSet | None, tuple[Ground, ...]]:
    """Step 5: whether the matter is one without compulsion (不予行政强制), asked when a seizure is proposed.

    Answers the set that was asked, None when no list speaks on the act, and its items with their conditions. The list
    applies when one of them holds. Unproven conditions do not: who wants the benefit of the list proves it.
    """
    settings = settings or Settings()
    found = listed(in_force(rule_sets, jurisdiction, on), ListKind.NO_COMPULSION, act_code)
    if found is None:
        return None, ()
    rule_set, entries = found
    asked = Asked(act_code, on, jurisdiction, rule_set.provinces, settings.registers)
    return rule_set, tuple(ground_of(entry, rule_set, facts, asked) for entry in entries)


# ── steps 4 and 6: the rule sets ─────────────────────────────────────────────────────────────────────────────────────


def _by_rules(
    start: Evaluation, act: Act, statute: Version, facts: Facts, held: tuple[RuleSet, ...], settings: Settings
) -> Evaluation:
    bracket = statute.bracket(facts)
    if bracket is not None:
        # Without a fine the statute's range is nothing: no approval makes one of it.
        start = replace(start, statutory=Range(*(bracket.span(facts) or (0, 0))))
    exempt, not_exempt = matches(ListKind.EXEMPT, start, facts, held, settings)
    looked = list(not_exempt)
    if exempt:
        return replace(start, outcome=Outcome.EXEMPT, grounds=exempt, looked_at=tuple(looked))
    start = replace(start, alternatives=_may_be_spared(start, facts, held, settings))
    if bracket is None:
        missing = tuple(f"未查明：{fact}" for fact in statute.open_facts(facts))
        return replace(start, open_questions=missing, looked_at=tuple(looked))
    start = replace(start, bracket=bracket.code, note=bracket.note, penalties=kinds(bracket))
    if not bracket.fines:
        ordered = Outcome.ORDINARY if start.penalties else Outcome.CORRECTION_ONLY
        return replace(start, outcome=ordered, looked_at=tuple(looked))
    gains = facts.answers.get(GAINS)
    if bracket.confiscates_income and gains is not None and gains.value and not gains.evidence:
        return replace(start, open_questions=(f"未查明：{FACTS[GAINS].zh}",), looked_at=tuple(looked))
    start = replace(
        start,
        confiscate_fen=bracket.confiscated_fen(facts),
        gains_fen=amount_of(facts, GAINS) if gains is not None and gains.evidence else 0,
    )
    based = _tier(start, bracket, facts, held)
    if based.open_questions:
        return replace(based, looked_at=tuple(looked))
    return _weighed(based, facts, held, settings, looked)


def _may_be_spared(
    start: Evaluation, facts: Facts, held: tuple[RuleSet, ...], settings: Settings
) -> tuple[Alternative, ...]:
    """Without an item of the list the law still lets a leader spare a first violation (art. 33 para. 1 s. 2)."""
    provinces = tuple(sorted({province for rule_set in held for province in rule_set.provinces}))
    asked = Asked(start.act_code, start.act_on, start.jurisdiction, provinces, settings.registers)
    judged = (
        first(Condition(FACTS["first_violation"], Op.IS), facts, asked),
        *(stated(FACTS[code], facts) for code in ("slight_harm", "corrected_in_time")),
    )
    if together(judged) is not Holds.YES:
        return ()
    why = "清单未列入，依法可以不予处罚，由负责人决定"
    return (Alternative(Outcome.EXEMPT, "行政处罚法 art. 33 para. 1 s. 2", why),)


def _tier(start: Evaluation, bracket: Bracket, facts: Facts, held: tuple[RuleSet, ...]) -> Evaluation:
    """The base range: that of the tier, or the statute's where no benchmark speaks on the case."""
    assert start.statutory is not None
    found = benchmark(held, start.act_code, bracket.code)
    if found is None or bracket.amount_fact:
        return replace(start, range=start.statutory)
    rule_set, tiers = found
    open_facts: set[str] = set()
    for tier in tiers:
        judged = tuple(covered(condition, facts) for condition in tier.conditions)
        match together(judged):
            case Holds.YES:
                return _of_tier(start, tier, rule_set, judged, facts)
            case Holds.UNPROVEN:
                open_facts |= {one.condition.fact.zh for one in judged if one.holds is Holds.UNPROVEN}
    missing = tuple(f"未查明：{fact}" for fact in sorted(open_facts)) or ("裁量基准未涵盖本案情形",)
    return replace(start, benchmark_id=rule_set.id, open_questions=missing)


def _of_tier(
    start: Evaluation, tier: BenchmarkTier, rule_set: RuleSet, judged: tuple[Judged, ...], facts: Facts
) -> Evaluation:
    assert start.statutory is not None
    low, high = of_gains(tier.fine_percent, facts) if tier.fine_percent is not None else tier.fine_fen or (0, 0)
    # An older version of the statute may be narrower than the one the benchmark was made for.
    low, high = max(low, start.statutory.min_fen), min(high, start.statutory.max_fen)
    ground = Ground(f"{rule_set.id}#{tier.act_code}/{tier.bracket}/{tier.tier}", tier.text or f"{tier.tier}档", judged)
    if low > high:
        note = Alternative(Outcome.ORDINARY, ground.rule_id, "该档幅度不在适用的法定幅度之内，按法定幅度")
        return replace(start, range=start.statutory, alternatives=(*start.alternatives, note))
    kinds = tuple(dict.fromkeys((*start.penalties, *tier.penalties)))
    return replace(
        start, tier=tier.tier, range=Range(low, high), benchmark_id=rule_set.id, penalties=kinds, grounds=(ground,)
    )


def _weighed(
    base: Evaluation, facts: Facts, held: tuple[RuleSet, ...], settings: Settings, looked: list[Ground]
) -> Evaluation:
    """Lighter, reduced, heavier, or the tier as it is."""
    reduce, not_reduce = matches(ListKind.REDUCE, base, facts, held, settings)
    lighter, not_lighter = matches(ListKind.LIGHTER, base, facts, held, settings)
    heavier, not_heavier = matches(ListKind.HEAVIER, base, facts, held, settings)
    by_law, not_by_law = lighter_by_law(facts)
    emergency = statutory_ground(facts, "行政处罚法 art. 49", "emergency_measures")
    heavier = (*heavier, *(() if emergency.holds is not Holds.YES else (emergency,)))
    lighter = (*by_law, *lighter)
    looked += [*not_reduce, *not_lighter, *not_heavier, *not_by_law]
    base = replace(base, looked_at=tuple(looked), reducible=bool(reduce or by_law))
    candidates = {
        Choice.REDUCE: reduced(base, (*reduce, *by_law), settings),
        Choice.LIGHTER: in_part(base, Outcome.LIGHTER, lighter, settings),
        Choice.HEAVIER: in_part(base, Outcome.HEAVIER, heavier, settings),
        Choice.NEITHER: in_part(base, Outcome.ORDINARY, (), settings),
    }
    holding = {
        choice
        for choice, grounds in ((Choice.REDUCE, reduce), (Choice.LIGHTER, lighter), (Choice.HEAVIER, heavier))
        if grounds
    }
    conflict = Choice.HEAVIER in holding and len(holding) > 1
    picked = _picked(facts, holding, conflict=conflict, by_law=bool(by_law))
    if picked is None:
        return replace(
            base,
            outcome=Outcome.HUMAN,
            conflict=True,
            open_questions=("同时具有从轻（减轻）与从重情形，由办案人员综合判断并说明理由",),
            grounds=(*base.grounds, *dict.fromkeys((*reduce, *lighter, *heavier))),
            alternatives=(*base.alternatives, *_others(candidates, holding, "与相反情形并存")),
        )
    proposal = candidates[picked]
    others = _others(candidates, {*holding, Choice.NEITHER} - {picked}, _WHY_NOT.get(picked, ""))
    if by_law and picked is Choice.LIGHTER:
        others = (
            *others,
            *_others(candidates, {Choice.REDUCE} - holding, "依法也可以减轻，须单独说明理由并经负责人批准"),
        )
    return replace(proposal, alternatives=(*proposal.alternatives, *others))


_WHY_NOT: Final = {
    Choice.REDUCE: "具有减轻情形",
    Choice.LIGHTER: "具有从轻情形",
    Choice.HEAVIER: "具有从重情形",
    Choice.NEITHER: "办案人员综合判断不予采用",
}


def _picked(facts: Facts, holding: set[Choice], *, conflict: bool, by_law: bool) -> Choice | None:
    """What is proposed: what the rules say; on a conflict what a person chose, None while nobody did."""
    chosen = facts.chosen.choice if facts.chosen is not None and facts.chosen.reason.strip() else None
    if conflict:
        return chosen if chosen in {*holding, Choice.NEITHER} else None
    if chosen is Choice.REDUCE and by_law:
        return Choice.REDUCE
    for choice in (Choice.REDUCE, Choice.LIGHTER, Choice.HEAVIER):
        if choice in holding:
            return choice
    return Choice.NEITHER


def _others(candidates: dict[Choice, Evaluation], choices: Iterable[Choice], why: str) -> tuple[Alternative, ...]:
    wanted = set(choices)
    others = []
    for choice, candidate in candidates.items():
        if choice in wanted:
            rule_id = candidate.grounds[-1].rule_id if candidate.grounds else ""
            others.append(Alternative(candidate.outcome, rule_id, why, candidate.range))
    return tuple(others)


# ── the same wherever it is evaluated ────────────────────────────────────────────────────────────────────────────────


def days_of(act_on: date, decision_on: date, law: Law) -> tuple[date, ...]:
    """The days whose rule sets are asked."""
    match law:
        case Law.ACT:
            return (act_on,)
        case Law.DECISION:
            return (decision_on,)
        case _:
            return (act_on, decision_on)


_ORDER: Final = {
    outcome: rank
    for rank, outcome in enumerate(
        (
            Outcome.EXEMPT,
            Outcome.CORRECTION_ONLY,
            Outcome.REDUCE,
            Outcome.LIGHTER,
            Outcome.ORDINARY,
            Outcome.HEAVIER,
            Outcome.HUMAN,
        )
    )
}


def _weight(found: Evaluation) -> tuple[int, int, int, int, int]:
    """What comes out lighter: unpunished first, then what a person must settle, because it may be lighter than what is
    settled, then by kinds and amounts. Of equals the one of the act's day stands, because it is the first.
    """
    unpunished = found.outcome in (Outcome.EXEMPT, Outcome.CORRECTION_ONLY)
    open_ = found.outcome is Outcome.HUMAN
    highest = found.range.max_fen if found.range is not None else 0
    amount = found.proposed_fen if found.proposed_fen is not None else highest
    return (0 if unpunished else 1 if open_ else 2, len(found.penalties), amount, highest, _ORDER[found.outcome])


def _refs(held: Iterable[RuleSet], division: str) -> tuple[RuleRef, ...]:
    return tuple(RuleRef(one.id, one.version, one.content_hash, one.is_own(division), one.issuers) for one in held)


def _told(found: Evaluation, act: Act | None) -> Evaluation:
    return replace(found, reasons=reasons.told(found, act))
