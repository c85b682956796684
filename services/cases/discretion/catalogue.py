"""The catalogue of acts (案由) with what the statutes provide for each, by date.

A statute's *version* holds from its day until the next one. Its *brackets* cover every case once: which one applies
depends on facts such as the illegal gains. A bracket gives a fine as a range of fen, as multiples of the illegal gains,
or as an amount that a rule outside discretion fixes; and kinds of penalty beside it. A version without brackets says
that the act is no violation any more.

Promise   the data that this release carries is checked when it is read: no gap, no overlap, no lowest above a highest.
Not       that the law has not changed since it was read; data/acts names the texts.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from services.cases.discretion.conditions import Condition, Holds, TooFine, cells, covered, together
from services.cases.discretion.facts import FACTS, FactKind, Facts
from services.cases.discretion.reading import (
    Findings,
    Wrong,
    conditions_in,
    day_in,
    kinds_in,
    parse,
    span_in,
    text_in,
)

ACTS_DIR: Final = Path(__file__).with_name("data") / "acts"
GAINS: Final = "illegal_gains_fen"
PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Bracket:
    """What a statute provides for one group of cases."""

    code: str
    when: tuple[Condition, ...] = ()
    fine_fen: tuple[int, int] | None = None
    """Lowest and highest fine; None when there is none, or it is counted in multiples."""
    fine_percent: tuple[int, int] | None = None
    """Lowest and highest fine in percent of the illegal gains."""
    amount_fact: str = ""
    """Fact with the amount that another rule fixes; `fine_fen` bounds it."""
    confiscate: tuple[str, ...] = ()
    """Kinds of confiscation that go with it; income as far as there is any."""
    penalties: tuple[str, ...] = ()
    """Further kinds of penalty."""
    note: str = ""
    """What else is ordered, in words."""

    @property
    def fines(self) -> bool:
        """Whether it provides for a fine."""
        return self.fine_fen is not None or self.fine_percent is not None

    def span(self, facts: Facts) -> tuple[int, int] | None:
        """Lowest and highest fine in fen for these facts; None without a fine. The lowest is rounded up to the fen and
        the highest down, so neither leaves what the statute says.
        """
        if self.fine_percent is not None:
            return of_gains(self.fine_percent, facts)
        if self.fine_fen is not None and self.amount_fact:
            fixed = min(amount_of(facts, self.amount_fact), self.fine_fen[1])
            return fixed, fixed
        return self.fine_fen

    @property
    def confiscates_income(self) -> bool:
        """Whether illegal income is confiscated."""
        return "CONFISCATE_INCOME" in self.confiscate

    def confiscated_fen(self, facts: Facts) -> int:
        """Illegal income that is confiscated."""
        return amount_of(facts, GAINS) if self.confiscates_income else 0


@dataclass(frozen=True, slots=True)
class Version:
    """What a statute provides for an act from a day on."""

    from_on: date
    basis: str
    """Article, as a decision cites it."""
    brackets: tuple[Bracket, ...] = ()

    @property
    def punishable(self) -> bool:
        """Whether the act is a violation at all."""
        return bool(self.brackets)

    def bracket(self, facts: Facts) -> Bracket | None:
        """The bracket that these facts fall under; None while a fact that it needs is open."""
        for bracket in self.brackets:
            if together(covered(condition, facts) for condition in bracket.when) is Holds.YES:
                return bracket
        return None

    def open_facts(self, facts: Facts) -> tuple[str, ...]:
        """Facts that nobody answered, or proved, and without which no bracket can be found."""
        found = {
            condition.fact.zh
            for bracket in self.brackets
            for condition in bracket.when
            if covered(condition, facts).holds is Holds.UNPROVEN
        }
        return tuple(sorted(found))

    def named(self, code: str) -> Bracket | None:
        """A bracket by its code."""
        return next((bracket for bracket in self.brackets if bracket.code == code), None)


@dataclass(frozen=True, slots=True)
class Act:
    """A violation that the catalogue knows."""

    code: str
    title: str
    source: str
    """Text that was read."""
    versions: tuple[Version, ...]
    """In order of their days."""
    crime_check: str = ""
    """Article of a crime that must be looked at before anything is proposed; empty when there is none."""
    without_fault: bool = False
    """Another law punishes it without fault too (行政处罚法 art. 33 para. 2)."""

    def version(self, on: date) -> Version | None:
        """What holds on a day; None before the first version that the catalogue knows."""
        held = [version for version in self.versions if version.from_on <= on]
        return held[-1] if held else None

    def versions_in(self, first_on: date, last_on: date | None) -> tuple[Version, ...]:
        """Versions that hold on some day of a span."""
        return tuple(
            version
            for version, following in zip(self.versions, (*self.versions[1:], None), strict=True)
            if (last_on is None or version.from_on <= last_on) and (following is None or following.from_on > first_on)
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All acts, and the digest of the data they were read from."""

    acts: Mapping[str, Act]
    digest: str
    """SHA-256 in hexadecimal, over the data and not over how the files are written."""

    @classmethod
    def read(cls, contents: Mapping[str, bytes]) -> "Catalogue":
        """Reads data files, by name.

        Raises:
            Wrong: with every mistake.
        """
        findings = Findings()
        acts: dict[str, Act] = {}
        raws = []
        for name in sorted(contents):
            for number, raw in enumerate(parse(contents[name], name).get("act", []), start=1):
                act = _act(raw, f"{name}, act {raw.get('code', number)}", findings)
                if act is not None and act.code in acts:
                    findings.add(name, f"act {act.code} stands twice")
                elif act is not None:
                    acts[act.code] = act
                raws.append(raw)
        if findings.found:
            raise Wrong(findings.found)
        return cls(acts, digest_of(sorted(raws, key=lambda raw: str(raw["code"]))))


@cache
def catalogue() -> Catalogue:
    """The catalogue of this release.

    Raises:
        Wrong: the data is wrong.
    """
    return Catalogue.read({path.name: path.read_bytes() for path in ACTS_DIR.glob("*.toml")})


def digest_of(data: Any) -> str:
    """SHA-256 over data, however its file was written."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def of_gains(percent: tuple[int, int], facts: Facts) -> tuple[int, int]:
    """Multiples of the illegal gains in fen: the lowest rounded up, the highest down, and never crossed."""
    gains = amount_of(facts, GAINS)
    low, high = -(-gains * percent[0] // PERCENT), gains * percent[1] // PERCENT
    return min(low, high), high


def amount_of(facts: Facts, code: str) -> int:
    """An amount that was answered, in fen; 0 when none was."""
    value = facts.value(code)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _act(raw: Mapping[str, Any], where: str, findings: Findings) -> Act | None:
    findings.only(where, raw, ("code", "title", "source", "crime_check", "without_fault", "version"))
    versions = [
        _version(one, f"{where}, version {number}", findings)
        for number, one in enumerate(raw.get("version", []), start=1)
    ]
    made = [version for version in versions if version is not None]
    if not versions:
        findings.add(where, "no version")
    if any(later.from_on <= earlier.from_on for earlier, later in pairwise(made)):
        findings.add(where, "versions are not in order of their days")
    return findings.attempt(
        where,
        lambda: Act(
            code=text_in(raw, "code"),
            title=text_in(raw, "title"),
            source=text_in(raw, "source"),
            versions=tuple(made),
            crime_check=text_in(raw, "crime_check", required=False),
            without_fault=bool(raw.get("without_fault", False)),
        ),
    )


def _version(raw: Mapping[str, Any], where: str, findings: Findings) -> Version | None:
    findings.only(where, raw, ("from", "basis", "bracket"))
    brackets = tuple(
        bracket
        for number, one in enumerate(raw.get("bracket", []), start=1)
        if (bracket := _bracket(one, f"{where}, bracket {one.get('code', number)}", findings)) is not None
    )
    if len({bracket.code for bracket in brackets}) < len(brackets):
        findings.add(where, "two brackets have one code")
    if brackets:
        cover(where, [(f"bracket {bracket.code}", bracket.when) for bracket in brackets], (), findings)
    from_on = findings.attempt(where, lambda: day_in(raw, "from"))
    if from_on is None:
        findings.add(where, "from is missing")
        return None
    return findings.attempt(where, lambda: Version(from_on, text_in(raw, "basis"), brackets))


def _bracket(raw: Mapping[str, Any], where: str, findings: Findings) -> Bracket | None:
    known = ("code", "when", "fine_fen", "fine_percent", "amount_fact", "confiscate", "penalties", "note")
    findings.only(where, raw, known)
    when = conditions_in(raw.get("when", []), FACTS, where, findings)
    bracket = findings.attempt(
        where,
        lambda: Bracket(
            code=text_in(raw, "code"),
            when=when,
            fine_fen=span_in(raw, "fine_fen"),
            fine_percent=span_in(raw, "fine_percent"),
            amount_fact=text_in(raw, "amount_fact", required=False),
            confiscate=kinds_in(raw, "confiscate"),
            penalties=kinds_in(raw, "penalties"),
            note=text_in(raw, "note", required=False),
        ),
    )
    if bracket is None:
        return None
    if bracket.fine_fen is not None and bracket.fine_percent is not None:
        findings.add(where, "a fine is counted in fen or in percent of the gains, not both")
    if bracket.amount_fact and (
        bracket.fine_fen is None
        or bracket.amount_fact not in FACTS
        or FACTS[bracket.amount_fact].kind is not FactKind.AMOUNT
    ):
        findings.add(where, f"amount_fact {bracket.amount_fact!r} is no amount, or has no fine_fen as its bounds")
    return bracket


def cover(
    where: str,
    tables: list[tuple[str, tuple[Condition, ...]]],
    within: Iterable[Condition],
    findings: Findings,
) -> None:
    """Finds cases that no row of a table covers, and cases that two rows cover."""
    outer = tuple(within)
    try:
        listed = list(cells([*(conditions for _, conditions in tables), outer]))
    except TooFine as error:
        findings.add(where, str(error))
        return
    overlaps: set[tuple[str, ...]] = set()
    gap = False
    for cell in listed:
        if not cell.holds(outer):
            continue
        holding = tuple(name for name, conditions in tables if cell.holds(conditions))
        if not holding and not gap:
            gap = True
            findings.add(where, f"gap: nothing covers {cell}")
        elif len(holding) > 1 and holding not in overlaps:
            overlaps.add(holding)
            findings.add(where, f"overlap: {' and '.join(holding)} both cover {cell}")
