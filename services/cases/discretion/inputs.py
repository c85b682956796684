"""The digest of what an evaluation depends on: the same wherever it is evaluated."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.cases.discretion.catalogue import Catalogue, digest_of
from services.cases.discretion.facts import Facts
from services.cases.discretion.guards import ADULT, RESPONSIBLE
from services.cases.discretion.proposal import Settings
from services.cases.discretion.rule_sets import RuleSet


def inputs_hash(
    facts: Facts,
    act_code: str,
    days: tuple[date, date],
    held: Iterable[tuple[RuleSet, ...]],
    settings: Settings,
    known: Catalogue,
) -> str:
    """SHA-256 over what the result depends on: not over who evaluates, nor over ids of evidence, so that two
    authorities with the same facts and rules have the same. An age counts as its group only: the digest goes into
    feeds.
    """
    register: Any = None
    if facts.register is not None:
        offences = sorted((one.act_code, one.act_on.isoformat(), one.division) for one in facts.register.offences)
        register = [offences, sorted(facts.register.unanswered), facts.register.party_known]
    answers = {code: [_grouped(code, answer.value), answer.kinds] for code, answer in facts.answers.items()}
    return digest_of(
        {
            "act": act_code,
            "days": [day.isoformat() for day in days],
            "answers": answers,
            "register": register,
            "discovered": [str(facts.discovered_on), str(facts.act_ended_on), facts.act_continues],
            "chosen": facts.chosen.choice if facts.chosen is not None and facts.chosen.reason.strip() else None,
            "rule_sets": [
                [[one.id, one.version, one.content_hash] for one in sets if one.speaks_on(act_code)] for sets in held
            ],
            "settings": [
                settings.lighter_percent, settings.heavier_percent, settings.point_percent, settings.reduce_percent,
                settings.registers, settings.rule_sets_of,
            ],
            "catalogue": known.digest,
        }
    )  # fmt: skip


def _grouped(code: str, value: Any) -> Any:
    if code != "age_at_act" or not isinstance(value, int):
        return value
    return "under 14" if value < RESPONSIBLE else "under 18" if value < ADULT else "adult"
