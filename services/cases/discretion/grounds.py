"""Grounds of an evaluation: what the law itself names, and the items of a list that hold for an act."""

from typing import Final

from services.cases.discretion.conditions import Asked, Holds, first, proven
from services.cases.discretion.facts import FactKind, Facts
from services.cases.discretion.guards import ADULT, statutory_ground
from services.cases.discretion.proposal import Evaluation, Ground, Settings
from services.cases.discretion.rule_sets import ListEntry, ListKind, RuleSet, listed


def lighter_by_law(facts: Facts) -> tuple[tuple[Ground, ...], tuple[Ground, ...]]:
    """Grounds on which the law itself wants, or allows, lighter or reduced (arts. 30-32)."""
    found, not_found = [], []
    age = facts.answers.get("age_at_act")
    if age is not None and isinstance(age.value, int) and age.value < ADULT and age.evidence:
        found.append(statutory_ground(facts, "行政处罚法 art. 30", "age_at_act"))
    for article, code in _BY_LAW:
        ground = statutory_ground(facts, article, code)
        if ground.holds is Holds.YES:
            found.append(ground)
        elif code in facts.answers:
            not_found.append(ground)
    return tuple(found), tuple(not_found)


_BY_LAW: Final = (
    ("行政处罚法 art. 31", "limited_capacity"),
    ("行政处罚法 art. 32 no. 1", "removes_harm"),
    ("行政处罚法 art. 32 no. 2", "coerced_or_deceived"),
    ("行政处罚法 art. 32 no. 3", "confessed_unknown"),
    ("行政处罚法 art. 32 no. 4", "meritorious"),
    ("行政处罚法 art. 32 no. 5", "other_lighter_by_law"),
)


def matches(
    kind: ListKind, start: Evaluation, facts: Facts, held: tuple[RuleSet, ...], settings: Settings
) -> tuple[tuple[Ground, ...], tuple[Ground, ...]]:
    """Items of a list that hold for the act, and those that do not."""
    found = listed(held, kind, start.act_code)
    if found is None:
        return (), ()
    rule_set, entries = found
    asked = Asked(start.act_code, start.act_on, start.jurisdiction, rule_set.provinces, settings.registers)
    grounds = [ground_of(entry, rule_set, facts, asked) for entry in entries]
    return (
        tuple(ground for ground in grounds if ground.holds is Holds.YES),
        tuple(ground for ground in grounds if ground.holds is not Holds.YES),
    )


def ground_of(entry: ListEntry, rule_set: RuleSet, facts: Facts, asked: Asked) -> Ground:
    """An item of a list, with what was found of each of its conditions."""
    judged = tuple(
        first(condition, facts, asked) if condition.fact.kind is FactKind.REGISTER else proven(condition, facts)
        for condition in entry.conditions
    )
    return Ground(f"{rule_set.id}#{entry.list}/{entry.item}", entry.text, judged, entry.to_percent)
