"""Reading data files: of each head, entry, tier and bracket the first mistake is said with its place; none ends it."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from enforcement.cases.v1 import events_pb2 as pb

from services.cases.discretion.conditions import Condition, Op, fits
from services.cases.discretion.facts import Fact, FactKind
from services.cases.discretion.register import Registers

T = TypeVar("T")


class Wrong(ValueError):
    """A data file that cannot be used; one sentence for each mistake."""

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(self.findings))


def parse(content: bytes, name: str) -> dict[str, Any]:
    """A TOML file.

    Raises:
        Wrong: it is not TOML.
    """
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Wrong([f"{name}: not TOML: {error}"]) from error


@dataclass(slots=True)
class Findings:
    """What is wrong, with where."""

    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        """One mistake."""
        self.found.append(f"{where}: {what}")

    def attempt(self, where: str, make: Callable[[], T]) -> T | None:
        """The value, or None with a finding."""
        try:
            return make()
        except (ValueError, TypeError, KeyError) as error:
            self.add(where, f"missing {error}" if isinstance(error, KeyError) else str(error))
            return None

    def only(self, where: str, raw: Mapping[str, Any], known: Iterable[str]) -> None:
        """Keys that nobody reads are mistakes, not decoration."""
        if unknown := sorted(set(raw) - set(known)):
            self.add(where, f"unknown {', '.join(unknown)}")


def day_in(raw: Mapping[str, Any], key: str) -> date | None:
    """A day, as a TOML date or an ISO text; None when it is empty or absent.

    Raises:
        ValueError: it is no day.
    """
    value = raw.get(key)
    if not value:
        return None
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{key} = {value!r} is not a day") from None
    if type(value) is not date:
        raise ValueError(f"{key} = {value!r} is not a day")
    return value


def text_in(raw: Mapping[str, Any], key: str, *, required: bool = True) -> str:
    """A text.

    Raises:
        ValueError: it is missing, or no text.
    """
    value = raw.get(key, "")
    if not isinstance(value, str) or (required and not value.strip()):
        raise ValueError(f"{key} is missing, or no text")
    return value.strip()


def whole(value: Any, key: str, least: int = 0) -> int:
    """A whole number.

    Raises:
        ValueError: it is none, or too small.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{key} = {value!r} is not a whole number from {least} on")
    return value


def span_in(raw: Mapping[str, Any], key: str) -> tuple[int, int] | None:
    """A lowest and a highest number; None when absent.

    Raises:
        ValueError: not two whole numbers, or the lowest above the highest.
    """
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{key} is [lowest, highest]")
    low, high = (whole(one, key) for one in value)
    if low > high:
        raise ValueError(f"{key}: the lowest {low} is above the highest {high}")
    return low, high


def kinds_in(raw: Mapping[str, Any], key: str, enum: Any = pb.PenaltyKind, prefix: str = "PENALTY_KIND_") -> Any:
    """Names of an enum's values, without its prefix.

    Raises:
        ValueError: a name that the enum does not have.
    """
    names = raw.get(key, [])
    for name in names:
        if f"{prefix}{name}" not in set(enum.keys()):
            raise ValueError(f"{key}: there is no {name!r}")
    return tuple(names)


def conditions_in(
    raw: Iterable[Mapping[str, Any]], facts: Mapping[str, Fact], where: str, findings: Findings
) -> tuple[Condition, ...]:
    """The conditions of an entry, a tier or a bracket."""
    made = []
    for number, one in enumerate(raw, start=1):
        place = f"{where}, condition {number}"
        findings.only(place, one, ("fact", "op", "value", "evidence", "within_months", "registers", "text"))
        condition = findings.attempt(place, lambda one=one: _condition(one, facts))  # type: ignore[misc]
        if condition is not None:
            made.append(condition)
    return tuple(made)


def _condition(raw: Mapping[str, Any], facts: Mapping[str, Fact]) -> Condition:
    code = text_in(raw, "fact")
    fact = facts.get(code)
    if fact is None:
        raise ValueError(f"unknown fact {code!r}")
    try:
        op = Op(raw.get("op", "is"))
    except ValueError:
        raise ValueError(f"unknown op {raw.get('op')!r}") from None
    if not fits(fact, op):
        raise ValueError(f"op {op} does not fit {code}, a {fact.kind}")
    value = raw.get("value")
    if op in (Op.IS, Op.NOT):
        if value is not None:
            raise ValueError(f"op {op} takes no value")
    elif value is None or not fact.takes(value):
        raise ValueError(f"value {value!r} does not fit {code}")
    registers = raw.get("registers")
    if (registers is not None or "within_months" in raw) and fact.kind is not FactKind.REGISTER:
        raise ValueError(f"registers and within_months belong to a register's fact, not to {code}")
    if registers is not None and registers not in tuple(Registers):
        raise ValueError(f"registers is one of {', '.join(Registers)}")
    return Condition(
        fact=fact,
        op=op,
        value=value,
        evidence_kinds=kinds_in(raw, "evidence", pb.EvidenceKind, "EVIDENCE_KIND_"),
        within_months=whole(raw.get("within_months", 0), "within_months"),
        registers=Registers(registers) if registers is not None else None,
        text=text_in(raw, "text", required=False),
    )
