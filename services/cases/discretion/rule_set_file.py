"""Files of rule sets: read, checked against the catalogue of acts, and said with their mistakes.

What is checked: form and days; acts and facts that nobody knows; conditions that do not fit their facts; tiers that
leave a case uncovered, cover it twice, or leave what the statute provides. Between sets: `rule_sets.check_together`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from services.cases.discretion.catalogue import Act, Bracket, Catalogue, catalogue, cover, digest_of
from services.cases.discretion.conditions import Condition
from services.cases.discretion.facts import FACTS, Fact, FactKind
from services.cases.discretion.reading import (
    Findings,
    Wrong,
    conditions_in,
    day_in,
    kinds_in,
    parse,
    span_in,
    text_in,
    whole,
)
from services.cases.discretion.rule_sets import BenchmarkTier, ListEntry, ListKind, RuleSet, Tier

BYTES_MAX: Final = 256 * 1024
"""Size of a file; it travels in one event of the ledger."""
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,58}[a-z0-9]")
_DIVISION: Final = re.compile(r"\d{6}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = (
    "id", "version", "title", "doc_no", "issuers", "jurisdictions", "effective_from", "effective_to", "supersedes",
    "precedence", "source", "source_hash", "confirmed_by", "fact", "entry", "tier",
)  # fmt: skip


def read_rule_set(content: bytes, name: str = "rule set", known: Catalogue | None = None) -> RuleSet:
    """Reads and checks one file.

    Raises:
        Wrong: with every mistake.
    """
    if len(content) > BYTES_MAX:
        raise Wrong([f"{name}: {len(content)} bytes, at most {BYTES_MAX}"])
    findings = Findings()
    raw = parse(content, name)
    try:
        made = _rule_set(raw, name, known or catalogue(), findings)
    except (AttributeError, TypeError) as error:
        raise Wrong(
            [*findings.found, f"{name}: a list or a table stands where another is expected: {error}"]
        ) from error
    if made is None or findings.found:
        raise Wrong(findings.found)
    return made


def _rule_set(raw: Mapping[str, Any], where: str, known: Catalogue, findings: Findings) -> RuleSet | None:
    findings.only(where, raw, _KEYS)
    head = findings.attempt(where, lambda: _head(raw))
    own = _declared(raw.get("fact", []), where, findings)
    facts = {**FACTS, **own}
    entries = tuple(_entries(raw.get("entry", []), facts, known, where, findings))
    tiers = tuple(_tiers(raw.get("tier", []), facts, known, where, findings))
    if head is None:
        return None
    first_on, last_on = head["effective_from"], head["effective_to"]
    if last_on is not None and last_on < first_on:
        findings.add(where, f"effective_to {last_on} lies before effective_from {first_on}")
    if head["id"] in head["supersedes"]:
        findings.add(where, "it supersedes itself")
    _check_tiers(tiers, known, (first_on, last_on), where, findings)
    return RuleSet(**head, facts=own, entries=entries, tiers=tiers, content_hash=digest_of(_canonical(raw)))


def _head(raw: Mapping[str, Any]) -> dict[str, Any]:
    code = text_in(raw, "id")
    if not _CODE.fullmatch(code):
        raise ValueError(f"id = {code!r}: 3 to 60 of a-z, 0-9 and -")
    effective_from = day_in(raw, "effective_from")
    if effective_from is None:
        raise ValueError("effective_from is missing")
    source_hash = text_in(raw, "source_hash", required=False)
    if source_hash and not _SHA256.fullmatch(source_hash):
        raise ValueError("source_hash is no SHA-256 in hexadecimal")
    return {
        "id": code,
        "version": whole(raw.get("version"), "version", 1),
        "title": text_in(raw, "title"),
        "doc_no": text_in(raw, "doc_no", required=False),
        "issuers": _divisions(raw, "issuers"),
        "jurisdictions": _divisions(raw, "jurisdictions"),
        "effective_from": effective_from,
        "effective_to": day_in(raw, "effective_to"),
        "supersedes": tuple(sorted(raw.get("supersedes", []))),
        "precedence": whole(raw.get("precedence"), "precedence"),
        "source": text_in(raw, "source"),
        "source_hash": source_hash,
        "confirmed_by": text_in(raw, "confirmed_by", required=False),
    }


def _divisions(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    divisions = raw.get(key, [])
    if not divisions or not all(isinstance(one, str) and _DIVISION.fullmatch(one) for one in divisions):
        raise ValueError(f"{key} is a list of division codes of six digits")
    return tuple(sorted(divisions))


def _declared(raws: Iterable[Mapping[str, Any]], where: str, findings: Findings) -> dict[str, Fact]:
    """Facts of the set's own: questions that no law of the catalogue asks."""
    own: dict[str, Fact] = {}
    for number, raw in enumerate(raws, start=1):
        place = f"{where}, fact {raw.get('code', number)}"
        findings.only(place, raw, ("code", "kind", "zh", "choices"))
        fact = findings.attempt(
            place,
            lambda raw=raw: Fact(  # type: ignore[misc]
                text_in(raw, "code"),
                FactKind(raw.get("kind", "flag")),
                text_in(raw, "zh"),
                choices=tuple(raw.get("choices", ())),
            ),
        )
        if fact is None:
            continue
        if fact.code in FACTS or fact.code in own:
            findings.add(place, "there is such a fact already")
        if fact.kind is FactKind.REGISTER or (fact.kind is FactKind.CHOICE) != bool(fact.choices):
            findings.add(place, "a set declares flags, amounts, numbers, and choices with their list")
        own[fact.code] = fact
    return own


def _entries(
    raws: Iterable[Mapping[str, Any]], facts: Mapping[str, Fact], known: Catalogue, where: str, findings: Findings
) -> Iterable[ListEntry]:
    seen = set()
    for number, raw in enumerate(raws, start=1):
        place = f"{where}, entry {raw.get('list', '?')} {raw.get('item', number)}"
        findings.only(place, raw, ("list", "item", "act", "conditions", "text", "basis", "to_percent"))
        conditions = conditions_in(raw.get("conditions", []), facts, place, findings)
        entry = findings.attempt(place, lambda raw=raw, conditions=conditions: _entry(raw, conditions))  # type: ignore[misc]
        if entry is None:
            continue
        _known_act(entry.act_code, known, place, findings)
        if not entry.conditions:
            findings.add(place, "an item without conditions would hold for everybody")
        if (entry.list, entry.act_code, entry.item) in seen:
            findings.add(place, f"stands twice for act {entry.act_code}")
        seen.add((entry.list, entry.act_code, entry.item))
        yield entry


def _entry(raw: Mapping[str, Any], conditions: tuple[Condition, ...]) -> ListEntry:
    if raw.get("list") not in tuple(ListKind):
        raise ValueError(f"list is one of {', '.join(ListKind)}")
    to_percent = span_in(raw, "to_percent")
    if to_percent is not None and (raw["list"] != ListKind.REDUCE or not 0 < to_percent[1] < 100 or not to_percent[0]):
        raise ValueError("to_percent belongs to REDUCE and lies between 1 and 99")
    return ListEntry(
        ListKind(raw["list"]),
        text_in(raw, "item"),
        text_in(raw, "act"),
        conditions,
        text_in(raw, "text"),
        text_in(raw, "basis", required=False),
        to_percent,
    )


def _tiers(
    raws: Iterable[Mapping[str, Any]], facts: Mapping[str, Fact], known: Catalogue, where: str, findings: Findings
) -> Iterable[BenchmarkTier]:
    for number, raw in enumerate(raws, start=1):
        place = f"{where}, tier {raw.get('act', '?')} {raw.get('tier', number)}"
        findings.only(place, raw, ("act", "bracket", "tier", "when", "fine_fen", "fine_percent", "penalties", "text"))
        conditions = conditions_in(raw.get("when", []), facts, place, findings)
        tier = findings.attempt(place, lambda raw=raw, conditions=conditions: _tier(raw, conditions))  # type: ignore[misc]
        if tier is None:
            continue
        _known_act(tier.act_code, known, place, findings)
        yield tier


def _tier(raw: Mapping[str, Any], conditions: tuple[Condition, ...]) -> BenchmarkTier:
    if any(condition.fact.kind is FactKind.REGISTER for condition in conditions):
        raise ValueError("the register answers in lists; a tier asks facts that evidence proves")
    return BenchmarkTier(
        act_code=text_in(raw, "act"),
        bracket=text_in({"bracket": "base", **raw}, "bracket"),
        tier=Tier(text_in(raw, "tier")),
        conditions=conditions,
        fine_fen=span_in(raw, "fine_fen"),
        fine_percent=span_in(raw, "fine_percent"),
        penalties=kinds_in(raw, "penalties"),
        text=text_in(raw, "text", required=False),
    )


def _known_act(code: str, known: Catalogue, where: str, findings: Findings) -> None:
    if code not in known.acts:
        findings.add(where, f"act {code} is not in the catalogue")


def _check_tiers(
    tiers: Iterable[BenchmarkTier], known: Catalogue, force: tuple[date, date | None], where: str, findings: Findings
) -> None:
    """The tiers of an act cover the cases of their bracket once, and stay within what the statute provides."""
    groups: dict[tuple[str, str], list[BenchmarkTier]] = {}
    for tier in tiers:
        groups.setdefault((tier.act_code, tier.bracket), []).append(tier)
    for (act_code, code), group in sorted(groups.items()):
        act = known.acts.get(act_code)
        if act is None:
            continue
        place = f"{where}, benchmark of {act_code}, bracket {code}"
        brackets = _brackets_in_force(act, code, force)
        if not brackets:
            findings.add(place, "no version of the statute in that time has this bracket")
            continue
        for tier in group:
            for bracket in brackets:
                _check_span(tier, bracket, f"{place}, {tier.tier}", findings)
        # The newest version's bracket tells which cases there are.
        cover(place, [(f"tier {tier.tier}", tier.conditions) for tier in group], brackets[-1].when, findings)
        if len({tier.tier for tier in group}) < len(group):
            findings.add(place, "a tier stands twice")


def _brackets_in_force(act: Act, code: str, force: tuple[date, date | None]) -> list[Bracket]:
    named = (version.named(code) for version in act.versions_in(*force))
    return [bracket for bracket in named if bracket is not None]


def _check_span(tier: BenchmarkTier, bracket: Bracket, where: str, findings: Findings) -> None:
    if bracket.amount_fact:
        findings.add(where, "the statute fixes the amount, so there are no tiers")
        return
    for name in ("fine_fen", "fine_percent"):
        own: tuple[int, int] | None = getattr(tier, name)
        statute: tuple[int, int] | None = getattr(bracket, name)
        if (own is None) != (statute is None):
            findings.add(where, f"{name}: the statute says {statute}, the tier {own}")
        elif own is not None and statute is not None and not (statute[0] <= own[0] and own[1] <= statute[1]):
            findings.add(where, f"{name} {list(own)} leaves the statute's {list(statute)}")


def _canonical(raw: Mapping[str, Any]) -> Any:
    """The data without what does not matter: the order of keys, of items and tiers, and who confirmed it."""
    data = {key: value for key, value in raw.items() if key != "confirmed_by"}
    for key in ("fact", "entry", "tier", "issuers", "jurisdictions", "supersedes"):
        if key in data:
            data[key] = sorted(data[key], key=lambda one: json.dumps(one, sort_keys=True, default=str))
    return data
