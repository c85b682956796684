"""Steps 1 to 3: the statute that applies, what stops an evaluation, and what must not be punished."""

from dataclasses import replace
from datetime import date
from typing import Final

from services.cases.deadlines import LIMITATION, LIMITATION_SERIOUS_HARM
from services.cases.discretion.catalogue import Act, Bracket, Version
from services.cases.discretion.conditions import Holds, stated
from services.cases.discretion.facts import FACTS, Facts
from services.cases.discretion.proposal import Evaluation, Ground, Outcome
from services.kernel.deadlines.units import add_months

ADULT: Final = 18
"""Whoever is younger is punished lighter, or less than the minimum (行政处罚法 art. 30)."""
RESPONSIBLE: Final = 14
"""Nobody younger is punished (行政处罚法 art. 30)."""
GUARDIAN_EDUCATES: Final = "责令监护人加以管教"
"""What the law orders instead of the penalty of a child (行政处罚法 art. 30)."""
GUARDIAN_CARES: Final = "责令其监护人严加看管和治疗"
"""The same of whoever cannot recognise or control the act (行政处罚法 art. 31)."""


def statute_of(act: Act, facts: Facts, act_on: date, decision_on: date) -> tuple[Version | None, tuple[str, ...]]:
    """The version of the act's day; that of the decision's day if it is lighter, or knows no violation any more."""
    then, now = act.version(act_on), act.version(decision_on)
    if then is None:
        return None, (f"目录中没有{act_on.isoformat()}有效的{act.code}条文版本",)
    if now is None or now == then or not then.punishable:
        return then, ()
    if not now.punishable:
        return now, ()
    old, new = then.bracket(facts), now.bracket(facts)
    if old is None or new is None:
        open_facts = sorted({*then.open_facts(facts), *now.open_facts(facts)})
        return None, tuple(f"未查明：{fact}" for fact in open_facts)
    return (now if _severity(new, facts) < _severity(old, facts) else then), ()


def _severity(bracket: Bracket, facts: Facts) -> tuple[int, int, int]:
    """What a bracket weighs for these facts: the licence first, then the highest amount, then the lowest; what is
    confiscated counts with them.
    """
    low, high = bracket.span(facts) or (0, 0)
    taken = bracket.confiscated_fen(facts)
    licence = sum(kind != "WARNING" for kind in bracket.penalties)
    return licence, high + taken, low + taken


def guards(start: Evaluation, act: Act, statute: Version, facts: Facts) -> Evaluation | None:
    if not statute.punishable:
        return replace(
            start, outcome=Outcome.NOT_AN_OFFENCE, grounds=(_article("行政处罚法 art. 37", "新的规定不认为是违法"),)
        )
    if _limitation_passed(start.act_on, facts):
        serious = facts.proven("harm_to_life_or_finance")
        title = "违法行为在五年内未被发现" if serious else "违法行为在二年内未被发现"
        return replace(start, outcome=Outcome.LIMITATION, grounds=(_article("行政处罚法 art. 36", title),))
    age = facts.answers.get("age_at_act")
    if age is not None and isinstance(age.value, int) and age.value < RESPONSIBLE:
        if not age.evidence:
            return replace(start, open_questions=("未查明：行为时年龄的证据",))
        ground = statutory_ground(facts, "行政处罚法 art. 30", "age_at_act")
        return replace(start, outcome=Outcome.UNDER_AGE, grounds=(ground,), note=GUARDIAN_EDUCATES)
    if facts.proven("incapable"):
        ground = statutory_ground(facts, "行政处罚法 art. 31", "incapable")
        return replace(start, outcome=Outcome.INCAPABLE, grounds=(ground,), note=GUARDIAN_CARES)
    if facts.value("crime_suspected") is True:
        # A suspicion needs no proof: it stops the penalty, and the transfer service goes on from here.
        return replace(
            start, outcome=Outcome.CRIME, grounds=(statutory_ground(facts, "行政处罚法 art. 27", "crime_suspected"),)
        )
    if act.crime_check and facts.value("crime_suspected") is None:
        return replace(start, open_questions=(f"须先判断是否涉嫌犯罪（{act.crime_check}）",))
    return None


def _limitation_passed(act_on: date, facts: Facts) -> bool:
    """Counted from the act, or from the end of one that went on, to its discovery (art. 36)."""
    if facts.discovered_on is None or facts.act_continues:
        return False
    limit = LIMITATION_SERIOUS_HARM if facts.proven("harm_to_life_or_finance") else LIMITATION
    return facts.discovered_on > add_months(facts.act_ended_on or act_on, limit.length)


def must_not_be_punished(start: Evaluation, act: Act, facts: Facts) -> Evaluation | None:
    """Step 3. It is told apart from the list: here nothing is left to choose."""
    slight = statutory_ground(facts, "行政处罚法 art. 33 para. 1 s. 1", "minor_act", "corrected_in_time", "no_harm")
    faultless = statutory_ground(facts, "行政处罚法 art. 33 para. 2", "no_fault")
    for ground in (slight, *(() if act.without_fault else (faultless,))):
        if ground.holds is Holds.YES:
            return replace(start, outcome=Outcome.NO_PENALTY, grounds=(ground,))
    return None


def _article(rule_id: str, title: str) -> Ground:
    return Ground(rule_id, title, ())


def statutory_ground(facts: Facts, rule_id: str, *codes: str) -> Ground:
    """A ground of the law itself: all its flags proven. An age is a ground by itself once it is proven."""
    judged = tuple(stated(FACTS[code], facts) for code in codes)
    return Ground(rule_id, "、".join(FACTS[code].zh for code in codes), judged)
