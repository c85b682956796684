"""Criminal standards as dated data, and what of a case reaches them (追诉标准). Pure but for reading the file once.

A standard is compared as it stood on the day of the act. What is found warns: whether a crime was committed, and which
version of the law is the milder one, is for a person.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.deadlines.units import add_months
from services.transfer.settings import settings

BUNDLED: Final = Path(__file__).with_name("data") / "crime_thresholds.toml"
_GROUNDS: Final = {
    "ACT": pb.SUSPICION_GROUND_ACT,
    "AMOUNT": pb.SUSPICION_GROUND_AMOUNT,
    "REPEATED": pb.SUSPICION_GROUND_REPEATED,
}
_PARTIES: Final = {
    "": None,
    "person": cases.PARTY_KIND_PERSON,
    "organisation": cases.PARTY_KIND_ORGANISATION,
}
_TEXTS: Final = ("id", "crime", "article", "ground", "basis", "from")
_KEYS: Final = frozenset({*_TEXTS, "acts", "party", "standard", "within_months", "to", "confirmed_by"})


class WrongThresholds(ValueError):
    """A file of criminal standards has a mistake; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One standard."""

    id: str
    crime: str
    article: str
    ground: pb.SuspicionGround.ValueType
    acts: tuple[str, ...]
    basis: str
    from_on: date
    to_on: date | None = None
    party: cases.PartyKind.ValueType | None = None
    standard: int = 0
    """Fen of illegal income, or a number of penalties."""
    within_months: int = 0
    confirmed_by: str = ""

    def is_about(self, act_code: str) -> bool:
        """Whether it is about acts of this code."""
        return any(act_code == act or act_code.startswith(f"{act}-") for act in self.acts)

    def holds(self, on: date) -> bool:
        """Whether it is in force on the day of an act."""
        return self.from_on <= on and (self.to_on is None or on <= self.to_on)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All standards of an authority."""

    entries: tuple[Threshold, ...]
    sha256: bytes
    """Of the file."""

    def names_act(self, act_code: str) -> bool:
        """Whether the code alone makes it worth while to look at the case: the act, or earlier penalties for it."""
        grounds = (pb.SUSPICION_GROUND_ACT, pb.SUSPICION_GROUND_REPEATED)
        return any(one.ground in grounds and one.is_about(act_code) for one in self.entries)

    def least_income_fen(self) -> int | None:
        """The smallest income that reaches any standard; None when there is none for income."""
        amounts = (one.standard for one in self.entries if one.ground == pb.SUSPICION_GROUND_AMOUNT)
        return min(amounts, default=None)


@dataclass(frozen=True, slots=True)
class CaseKnown:
    """What the ledger says about a case that a standard may be compared with."""

    act_code: str
    act_on: date
    party_kind: cases.PartyKind.ValueType = cases.PARTY_KIND_UNSPECIFIED
    income_fen: int = 0
    """Illegal income, as it was found last."""
    penalised_on: tuple[tuple[str, date], ...] = ()
    """Earlier penalties of the party: code of the act, day of the decision."""
    crimes_found: tuple[str, ...] = ()
    """Codes of the acts of which the evaluation of discretion found a suspected crime."""
    transfer_decisions: int = 0
    """How often it was decided to transfer the case."""
    pursued_in: str = ""
    """A transfer of the case that goes on, the newest: its own clocks run. Empty when there is none, or it is over."""


def findings_of(known: CaseKnown, thresholds: Thresholds) -> list[pb.SuspicionFinding]:
    """Everything of a case that reaches a criminal standard."""
    return [*_by_decision(known), *_by_evaluation(known), *_reached(known, thresholds.entries)]


def _by_decision(known: CaseKnown) -> Iterator[pb.SuspicionFinding]:
    """Each decision is a new one: a case that came back may be transferred again."""
    if known.transfer_decisions:
        yield pb.SuspicionFinding(
            ground=pb.SUSPICION_GROUND_DECIDED,
            basis="行政处罚法 art. 57; 国务院令第310号 art. 5",
            found=known.transfer_decisions,
            confirmed=True,
        )


def _by_evaluation(known: CaseKnown) -> Iterator[pb.SuspicionFinding]:
    for act_code in known.crimes_found:
        yield pb.SuspicionFinding(
            ground=pb.SUSPICION_GROUND_EVALUATION, basis="行政处罚法 art. 27", act_code=act_code, confirmed=True
        )


def _reached(known: CaseKnown, entries: Iterable[Threshold]) -> Iterator[pb.SuspicionFinding]:
    for one in entries:
        if not one.is_about(known.act_code) or not one.holds(known.act_on) or not _concerns(one, known):
            continue
        amount = _MEASURES[one.ground](known, one)
        if amount < one.standard:
            continue
        yield pb.SuspicionFinding(
            threshold_id=one.id,
            ground=one.ground,
            crime=one.crime,
            article=one.article,
            found=amount,
            standard=one.standard,
            basis=one.basis,
            act_code=known.act_code,
            confirmed=bool(one.confirmed_by),
        )


def _concerns(one: Threshold, known: CaseKnown) -> bool:
    kind = known.party_kind or cases.PARTY_KIND_PERSON
    return one.party is None or one.party == kind


def _penalties(known: CaseKnown, one: Threshold) -> int:
    """Those that were decided before the act, at most so many months."""
    return sum(
        one.is_about(act_code) and on <= known.act_on <= add_months(on, one.within_months)
        for act_code, on in known.penalised_on
    )


_MEASURES: Final[dict[int, Callable[[CaseKnown, Threshold], int]]] = {
    pb.SUSPICION_GROUND_ACT: lambda known, one: 0,
    pb.SUSPICION_GROUND_AMOUNT: lambda known, one: known.income_fen,
    pb.SUSPICION_GROUND_REPEATED: _penalties,
}


# ---- the file ----------------------------------------------------------------------------------------------------


@cache
def thresholds() -> Thresholds:
    """The standards of this process's authority, read once.

    Raises:
        WrongThresholds: the file has a mistake.
        OSError: it cannot be read.
    """
    return read_thresholds((settings().crime_thresholds_file or BUNDLED).read_bytes())


def read_thresholds(content: bytes) -> Thresholds:
    """Reads and checks a file.

    Raises:
        WrongThresholds: with the first mistake.
    """
    try:
        raw = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongThresholds(f"crime thresholds: {error}") from error
    if set(raw) != {"threshold"} or not isinstance(raw["threshold"], list):
        raise WrongThresholds("crime thresholds: nothing but [[threshold]] is expected")
    entries = tuple(_entry(one, n) for n, one in enumerate(raw["threshold"], 1))
    ids = [one.id for one in entries]
    if len(set(ids)) != len(ids):
        raise WrongThresholds("crime thresholds: two entries share an id")
    return Thresholds(entries, hashlib.sha256(content).digest())


def _entry(raw: dict[str, Any], n: int) -> Threshold:
    where = f"crime thresholds: {raw.get('id') or f'entry {n}'}"
    if unknown := set(raw) - _KEYS:
        raise WrongThresholds(f"{where}: {', '.join(sorted(unknown))} is no part of an entry")
    if missing := [name for name in _TEXTS if not isinstance(raw.get(name), str) or not raw[name]]:
        raise WrongThresholds(f"{where}: {', '.join(missing)} is missing")
    acts = raw.get("acts")
    if not isinstance(acts, list) or not acts or not all(isinstance(act, str) and act for act in acts):
        raise WrongThresholds(f"{where}: acts is a list of codes")
    ground, party = raw["ground"], raw.get("party", "")
    if ground not in _GROUNDS or party not in _PARTIES:
        raise WrongThresholds(f"{where}: ground is one of {', '.join(_GROUNDS)}, party person or organisation")
    standard, within = _number(raw, "standard", where), _number(raw, "within_months", where)
    if (ground == "ACT") != (standard == 0) or (ground == "REPEATED") != (within > 0):
        raise WrongThresholds(f"{where}: AMOUNT and REPEATED have a standard, REPEATED within_months, ACT neither")
    return Threshold(
        id=raw["id"],
        crime=raw["crime"],
        article=raw["article"],
        ground=_GROUNDS[ground],
        acts=tuple(acts),
        basis=raw["basis"],
        from_on=_day(raw["from"], where),
        to_on=_day(raw["to"], where) if "to" in raw else None,
        party=_PARTIES[party],
        standard=standard,
        within_months=within,
        confirmed_by=raw.get("confirmed_by", ""),
    )


def _number(raw: dict[str, Any], name: str, where: str) -> int:
    value = raw.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise WrongThresholds(f"{where}: {name} is a whole number")
    return value


def _day(text: Any, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise WrongThresholds(f"{where}: {text!r} is no day") from error
