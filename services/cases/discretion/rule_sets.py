"""Rule sets (裁量规则): the five lists (五张清单) and benchmarks (裁量基准) as dated data with precedence.

A rule set is a file, typed from an official document by somebody who signs for it. It is in force in its jurisdictions
from a day to a day, unless a set that supersedes it is; where two sets say something on the same act, the one of higher
precedence is asked. What it says is data: no item of any list stands in the code.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

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
from services.kernel.ledger import derive

BYTES_MAX: Final = 256 * 1024
"""Size of a file; it travels in one event of the ledger."""
_RULE_SETS: Final = UUID("00000000-0000-8000-8000-000000000001")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,58}[a-z0-9]")
_DIVISION: Final = re.compile(r"\d{6}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class ListKind(StrEnum):
    """The five lists."""

    EXEMPT = "EXEMPT"
    """免予行政处罚: first and slight violations that may go unpunished."""
    NO_COMPULSION = "NO_COMPULSION"
    """不予行政强制: matters without compulsory measures."""
    REDUCE = "REDUCE"
    """减轻: below the statutory minimum."""
    LIGHTER = "LIGHTER"
    """从轻: within the range, low."""
    HEAVIER = "HEAVIER"
    """从重: within the range, high."""


class Tier(StrEnum):
    """The tiers of a benchmark (裁量阶次), from slight to gravest."""

    SLIGHT = "轻微"
    ORDINARY = "一般"
    GRAVE = "较重"
    SERIOUS = "严重"
    GRAVEST = "特别严重"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One item of a list."""

    list: ListKind
    item: str
    act_code: str
    conditions: tuple[Condition, ...]
    text: str
    basis: str = ""
    to_percent: tuple[int, int] | None = None
    """For REDUCE: lowest and highest amount in percent of the statutory minimum, when the item says so."""


@dataclass(frozen=True, slots=True)
class BenchmarkTier:
    """One tier of an act, within one bracket of its statute."""

    act_code: str
    bracket: str
    tier: Tier
    conditions: tuple[Condition, ...]
    fine_fen: tuple[int, int] | None = None
    fine_percent: tuple[int, int] | None = None
    """In percent of the illegal gains."""
    penalties: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One rule set, as of one version of its data."""

    id: str
    version: int
    title: str
    doc_no: str
    """Number of the official document (文号)."""
    issuers: tuple[str, ...]
    """Division codes of the authorities that issued it: whose benchmark it is (国办发〔2022〕27号)."""
    jurisdictions: tuple[str, ...]
    """Division codes in which it is in force, with everything below them."""
    effective_from: date
    effective_to: date | None
    """Last day; None while it is open."""
    supersedes: tuple[str, ...]
    """Ids of sets that it replaces where and while it is in force."""
    precedence: int
    source: str
    """Where the data was typed from."""
    source_hash: str
    """SHA-256 of that document in hexadecimal; empty while nobody has the document."""
    confirmed_by: str
    """Who compared the data with the document; empty while nobody did."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """Facts that the set declares for its own conditions."""
    entries: tuple[ListEntry, ...] = ()
    tiers: tuple[BenchmarkTier, ...] = ()
    content_hash: str = ""
    """SHA-256 in hexadecimal over the data, however the file is written: where it differs, the rules do."""

    @property
    def provinces(self) -> tuple[str, ...]:
        """First two digits of its jurisdictions."""
        return tuple(sorted({division[:2] for division in self.jurisdictions}))

    def holds_in(self, division: str) -> bool:
        """Whether a division lies in its jurisdictions."""
        return any(_within(division, one) for one in self.jurisdictions)

    def holds_on(self, on: date) -> bool:
        """Whether a day lies in its time."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def speaks_on(self, act_code: str) -> bool:
        """Whether it says anything on an act."""
        return any(e.act_code == act_code for e in self.entries) or any(t.act_code == act_code for t in self.tiers)

    def is_own(self, division: str) -> bool:
        """Whether the authority of a division issued it itself."""
        return division in self.issuers

    @classmethod
    def read(cls, content: bytes, name: str = "rule set", known: Catalogue | None = None) -> "RuleSet":
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


def stream_of(rule_set_id: str) -> UUID:
    """Id of a rule set's stream: the same at every authority."""
    return derive(_RULE_SETS, rule_set_id)


def in_force(rule_sets: Iterable[RuleSet], division: str, on: date) -> tuple[RuleSet, ...]:
    """The sets that are in force for an authority on a day, the one of highest precedence first."""
    held = [one for one in rule_sets if one.holds_in(division) and one.holds_on(on)]
    replaced = {code for one in held for code in one.supersedes}
    return tuple(sorted((one for one in held if one.id not in replaced), key=lambda one: (-one.precedence, one.id)))


def listed(held: Iterable[RuleSet], kind: ListKind, act_code: str) -> tuple[RuleSet, tuple[ListEntry, ...]] | None:
    """The set that is asked for a list and an act, with its items: the one of highest precedence that has any."""
    for rule_set in held:
        entries = tuple(e for e in rule_set.entries if e.list is kind and e.act_code == act_code)
        if entries:
            return rule_set, tuple(sorted(entries, key=lambda entry: entry.item))
    return None


def benchmark(held: Iterable[RuleSet], act_code: str, bracket: str) -> tuple[RuleSet, tuple[BenchmarkTier, ...]] | None:
    """The set whose tiers are asked for an act and a bracket: the one of highest precedence that has any."""
    for rule_set in held:
        tiers = tuple(t for t in rule_set.tiers if t.act_code == act_code and t.bracket == bracket)
        if tiers:
            return rule_set, tiers
    return None


def check_together(rule_sets: Iterable[RuleSet]) -> list[str]:
    """What is wrong between sets: two files of one id, a set that supersedes nothing known, and ties, where two sets of
    equal precedence say something on the same act at the same place and time, so that nobody could say which is asked.
    """
    ordered = sorted(rule_sets, key=lambda one: (one.id, one.version, one.content_hash))
    findings = []
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if one.id == other.id:
                findings.append(f"{one.id} stands twice, as versions {one.version} and {other.version}")
            elif one.precedence == other.precedence and _meet(one, other) and (both := _shared(one, other)):
                findings.append(
                    f"{one.id} and {other.id} have precedence {one.precedence} both, and both speak on {both[0]}"
                    + (f" and {len(both) - 1} more" if len(both) > 1 else "")
                )
    return findings


def _meet(one: RuleSet, other: RuleSet) -> bool:
    """Whether two sets are in force at the same place and time, and neither replaces the other."""
    if one.id in other.supersedes or other.id in one.supersedes:
        return False
    places = any(_within(a, b) or _within(b, a) for a in one.jurisdictions for b in other.jurisdictions)
    last = date.max
    return (
        places
        and one.effective_from <= (other.effective_to or last)
        and other.effective_from <= (one.effective_to or last)
    )


def _shared(one: RuleSet, other: RuleSet) -> list[str]:
    def subjects(rule_set: RuleSet) -> set[str]:
        lists = {f"list {entry.list}, act {entry.act_code}" for entry in rule_set.entries}
        return lists | {f"the benchmark of act {tier.act_code}, bracket {tier.bracket}" for tier in rule_set.tiers}

    return sorted(subjects(one) & subjects(other))


def _within(division: str, outer: str) -> bool:
    """Whether a division lies in another, or is it."""
    significant = 2 if outer[2:] == "0000" else 4 if outer[4:] == "00" else 6
    return division[:significant] == outer[:significant]


_KEYS: Final = (
    "id", "version", "title", "doc_no", "issuers", "jurisdictions", "effective_from", "effective_to", "supersedes",
    "precedence", "source", "source_hash", "confirmed_by", "fact", "entry", "tier",
)  # fmt: skip


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


def digest_bytes(content_hash: str) -> bytes:
    """A hash in hexadecimal as its 32 bytes."""
    return bytes.fromhex(content_hash) if content_hash else b""


def file_digest(content: bytes) -> str:
    """SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
