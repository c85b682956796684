"""Conditions (条件): one question, one comparison. Those of an entry must all hold.

Two readings of the same condition. In a *list* everything must be proven: a condition holds when it was answered so and
evidence says it. In a *tier* or a *bracket of a statute* the cases must be covered: a flag that nobody proved is not
established, so its contrary holds, while a number must be known and, above nothing, proven.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import product
from typing import Final

from services.cases.discretion.facts import Answer, Fact, FactKind, Facts, Value
from services.cases.discretion.register import Registers

CELLS_MAX: Final = 20_000
"""Combinations of answers that a check of overlaps and gaps looks at; a table that needs more is too fine to read."""


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


_SCOPES: Final = {Registers.OWN: "本机关", Registers.PROVINCE: "本省（市）", Registers.BOTH: "各适用省（市）"}
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


def stated(fact: Fact, facts: Facts) -> Judged:
    """Whether a fact that the law itself asks is proven: a flag as established, a number as it was answered."""
    value = facts.value(fact.code)
    condition = Condition(fact, Op.IS) if fact.kind is FactKind.FLAG else Condition(fact, Op.EQ, value)
    return proven(condition, facts)


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


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose earlier violations a register is asked for."""

    act_code: str
    on: date
    """Day of the act."""
    own: str
    """Division code of the authority that asks."""
    provinces: tuple[str, ...]
    """First two digits of the provinces in which the rule set is in force."""
    default: Registers
    """Registers that the authority configured."""


def first(condition: Condition, facts: Facts, asked: Asked) -> Judged:
    """Whether it is the first violation, by the registers in question: none known, and nobody left to answer."""
    scope = condition.registers or asked.default
    register = facts.register
    if register is None or not register.party_known:
        why = "未查询" if register is None else "当事人证件号码未知，无法查询"
        return Judged(condition, Holds.UNPROVEN, register=why)
    earlier = register.before(
        asked.act_code, asked.on,
        provinces=asked.provinces, own=asked.own, scope=scope, within_months=condition.within_months,
    )  # fmt: skip
    if earlier:
        said = "、".join(sorted(f"{one.act_on.isoformat()} {one.reference or one.division}" for one in earlier))
        return Judged(condition, Holds.NO, register=f"已有同类违法：{said}")
    if waiting := register.open_in(provinces=asked.provinces, own=asked.own, scope=scope):
        return Judged(condition, Holds.UNPROVEN, register=f"尚未答复：{'、'.join(sorted(waiting))}")
    return Judged(condition, Holds.YES, register=f"{_SCOPES[scope]}登记中无同类违法")


def together(judged: Iterable[Judged]) -> Holds:
    """Conditions that must all hold: one that fails decides, one that is open leaves it open."""
    found = {one.holds for one in judged}
    if Holds.NO in found:
        return Holds.NO
    return Holds.UNPROVEN if Holds.UNPROVEN in found else Holds.YES


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of answers, as a check of a table sees it: a value for each fact that the table asks."""

    values: tuple[tuple[str, Value], ...]

    def holds(self, conditions: Iterable[Condition]) -> bool:
        """Whether all conditions hold in this combination, as if everything were proven."""
        values = dict(self.values)
        return all(_compare(condition, values[condition.fact.code]) for condition in conditions)

    def __str__(self) -> str:
        return ", ".join(f"{code} = {value}" for code, value in self.values) or "always"


class TooFine(ValueError):
    """A table asks so much that its cases cannot be listed."""


def cells(tables: Iterable[Iterable[Condition]]) -> Iterator[Cell]:
    """Every combination of answers that conditions tell apart: both values of a flag, every choice, and for a number
    the values at each border and beside it.

    Raises:
        TooFine: there are more than CELLS_MAX.
    """
    values: dict[str, set[Value]] = {}
    for condition in (condition for table in tables for condition in table):
        fact = condition.fact
        found = values.setdefault(fact.code, _all_values(fact))
        if isinstance(condition.value, int) and fact.kind in (FactKind.AMOUNT, FactKind.NUMBER):
            border = int(condition.value)
            found |= {max(border - 1, 0), border, border + 1}
    count = 1
    for found in values.values():
        count *= len(found)
    if count > CELLS_MAX:
        raise TooFine(f"{count} combinations of {', '.join(sorted(values))}: at most {CELLS_MAX} can be checked")
    names = sorted(values)
    for combination in product(*(sorted(values[name], key=repr) for name in names)):
        yield Cell(tuple(zip(names, combination, strict=True)))


def _all_values(fact: Fact) -> set[Value]:
    match fact.kind:
        case FactKind.FLAG | FactKind.REGISTER:
            return {True, False}
        case FactKind.CHOICE:
            return set(fact.choices)
        case _:
            return {0}


def _compare(condition: Condition, value: Value) -> bool:
    match condition.op:
        case Op.IS:
            return value is True
        case Op.NOT:
            return value is False
        case Op.EQ:
            return value == condition.value
    assert isinstance(value, int)
    assert isinstance(condition.value, int)
    match condition.op:
        case Op.GT:
            return value > condition.value
        case Op.GE:
            return value >= condition.value
        case Op.LT:
            return value < condition.value
        case _:
            return value <= condition.value


def _has_evidence(condition: Condition, answer: Answer) -> bool:
    wanted = condition.evidence_kinds
    return bool(answer.evidence) if not wanted else bool(set(wanted) & set(answer.kinds))
