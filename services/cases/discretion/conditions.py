"""Conditions (条件): one question, one comparison. Those of an entry must all hold.

Two readings of the same condition. In a *list* everything must be proven: a condition holds when it was answered so and
evidence says it. In a *tier* or a *bracket of a statute* the cases must be covered: a flag that nobody proved is not
established, so its contrary holds, while a number must be known and, above nothing, proven.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from services.cases.discretion.facts import Answer, Fact, FactKind, Facts, Value
from services.cases.discretion.register import PriorOffence, Registers

CELLS_MAX: Final = 20_000
"""Combinations of answers that a check of overlaps and gaps looks at; a table that needs more is too fine to be read."""


class Op(StrEnum):
    """How an answer is compared."""

    IS = "is"
    """A flag is established; the register knows no earlier violation."""
    NOT = "not"
    """A flag is not."""
    EQ = "eq"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


class Holds(StrEnum):
    """What became of a condition."""

    YES = "成立"
    NO = "不成立"
    UNPROVEN = "未证明"


_OPS_BY_KIND: Final = {
    FactKind.FLAG: {Op.IS, Op.NOT},
    FactKind.REGISTER: {Op.IS},
    FactKind.CHOICE: {Op.EQ},
    FactKind.AMOUNT: {Op.EQ, Op.GT, Op.GE, Op.LT, Op.LE},
    FactKind.NUMBER: {Op.EQ, Op.GT, Op.GE, Op.LT, Op.LE},
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a list entry, a tier or a bracket."""

    fact: Fact
    op: Op
    value: Value | None = None
    """What the answer is compared with; None for flags and the register."""
    evidence_kinds: tuple[str, ...] = ()
    """One of the pieces must be of one of these kinds; empty takes any."""
    within_months: int = 0
    """For the register: how far back a violation counts; 0 counts all."""
    registers: Registers | None = None
    """For the register: whose; None takes what the authority configured."""
    text: str = ""
    """As the source words it; empty takes the fact's own words."""

    def __str__(self) -> str:
        if self.text:
            return self.text
        match self.op:
            case Op.IS:
                return self.fact.zh
            case Op.NOT:
                return f"非{self.fact.zh}"
            case _:
                value = yuan(self.value) if self.fact.kind is FactKind.AMOUNT else self.value
                return f"{self.fact.zh}{_SIGNS[self.op]}{value}"


_SIGNS: Final = {Op.EQ: "为", Op.GT: "超过", Op.GE: "不低于", Op.LT: "不足", Op.LE: "不超过"}


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a condition, and what says so."""

    condition: Condition
    holds: Holds
    evidence_ids: tuple[str, ...] = ()
    register: str = ""
    """What the register said, in words; empty for a fact that evidence proves."""


def yuan(fen: Value | None) -> str:
    """An amount as people read it."""
    assert isinstance(fen, int)
    whole, rest = divmod(fen, 100)
    return f"{whole:,}元" if not rest else f"{whole:,}.{rest:02}元"


def fits(fact: Fact, op: Op) -> bool:
    """Whether an operator compares answers of this kind."""
    return op in _OPS_BY_KIND[fact.kind]


def proven(condition: Condition, facts: Facts) -> Judged:
    """The reading of lists: everything proven. A register's condition is judged by `first`."""
    answer = facts.answers.get(condition.fact.code)
    if answer is None:
        return Judged(condition, Holds.UNPROVEN)
    if not _compare(condition, answer.value):
        return Judged(condition, Holds.NO, answer.evidence_ids)
    holds = Holds.YES if _has_evidence(condition, answer) else Holds.UNPROVEN
    return Judged(condition, holds, answer.evidence_ids)


def covered(condition: Condition, facts: Facts) -> Judged:
    """The reading of tiers and brackets: what nobody proved is not established, what is open stays open."""
    answer = facts.answers.get(condition.fact.code)
    ids = answer.evidence_ids if answer is not None else ()
    if condition.fact.kind is FactKind.FLAG:
        established = facts.proven(condition.fact.code) and answer is not None and _has_evidence(condition, answer)
        return Judged(condition, Holds.YES if established == (condition.op is Op.IS) else Holds.NO, ids)
    if answer is None or (answer.value not in (0, "") and not answer.evidence):
        return Judged(condition, Holds.UNPROVEN, ids)
    return Judged(condition, Holds.YES if _compare(condition, answer.value) else Holds.NO, ids)


def first(
    condition: Condition, facts: Facts, act_code: str, on: Sequence, *, provinces: Iterable[str], own: str,
    default: Registers,
) -> Judged:  # fmt: skip
    """Whether it is the first violation, by the registers in question."""
    raise NotImplementedError


def together(judged: Iterable[Judged]) -> Holds:
    """Conditions that must all hold: one that fails decides, one that is open leaves it open."""
    found = {one.holds for one in judged}
    if Holds.NO in found:
        return Holds.NO
    return Holds.UNPROVEN if Holds.UNPROVEN in found else Holds.YES
