"""Rule sets (裁量规则): the five lists (五张清单) and benchmarks (裁量基准) as dated data with precedence.

A rule set is a file, typed from an official document by somebody who signs for it. It is in force in its jurisdictions
from a day to a day, unless a set that supersedes it is; where two sets say something on the same act, the one of higher
precedence is asked. What it says is data: no item of any list stands in the code. `rule_set_file` reads it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.cases.discretion.conditions import Condition
from services.cases.discretion.facts import Fact
from services.kernel.ledger import derive

_RULE_SETS: Final = UUID("00000000-0000-8000-8000-000000000001")


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
    def name(self) -> str:
        """Code and version of the data, as answers and approvals cite it."""
        return f"{self.id} v{self.version}"

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


def digest_bytes(content_hash: str) -> bytes:
    """A hash in hexadecimal as its 32 bytes."""
    return bytes.fromhex(content_hash) if content_hash else b""
