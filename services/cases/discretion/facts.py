"""Facts that discretion asks about: what can be answered, and what counts as answered.

An officer answers with a value and the evidence that proves it. A *flag* that nobody proves is not established; a
*number* or a *choice* that nobody answers is open, and what depends on it is for a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from services.cases.discretion.register import Register

Value = bool | int | str


class FactKind(StrEnum):
    """How a fact is answered."""

    FLAG = "flag"
    """Yes or no."""
    AMOUNT = "amount"
    """Whole fen, not negative."""
    NUMBER = "number"
    """A whole number, not negative."""
    CHOICE = "choice"
    """One of the fact's choices."""
    REGISTER = "register"
    """Answered by the offence register, never by an officer."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One question."""

    code: str
    kind: FactKind
    zh: str
    """As reasons name it."""
    basis: str = ""
    """Article that asks for it; empty for a fact that a rule set declares."""
    choices: tuple[str, ...] = ()

    def takes(self, value: Value) -> bool:
        """Whether a value can be an answer."""
        match self.kind:
            case FactKind.FLAG:
                return isinstance(value, bool)
            case FactKind.CHOICE:
                return value in self.choices
            case FactKind.REGISTER:
                return False
            case _:
                return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _facts(*known: Fact) -> Mapping[str, Fact]:
    return {fact.code: fact for fact in known}


_FLAG: Final = FactKind.FLAG
FACTS: Final = _facts(
    # What the statutes of the catalogue ask.
    Fact("illegal_gains_fen", FactKind.AMOUNT, "违法所得", "行政处罚法 art. 28"),
    Fact("serious", _FLAG, "情节严重", "道路运输条例 art. 63; 道路运输条例 art. 68"),
    Fact("refuses_correction", _FLAG, "拒不改正", "道路运输条例 art. 67"),
    Fact("tariff_fine_fen", FactKind.AMOUNT, "按超限吨数计算的罚款额", "超限运输车辆行驶公路管理规定 art. 43"),
    Fact(
        "oversize",
        FactKind.CHOICE,
        "外廓尺寸超限档次",
        "超限运输车辆行驶公路管理规定 art. 43",
        ("SLIGHT", "MIDDLE", "GROSS"),
    ),
    # The guards.
    Fact("age_at_act", FactKind.NUMBER, "行为时年龄", "行政处罚法 art. 30"),
    Fact("incapable", _FLAG, "不能辨认或者不能控制自己行为", "行政处罚法 art. 31"),
    Fact("harm_to_life_or_finance", _FLAG, "涉及公民生命健康安全、金融安全且有危害后果", "行政处罚法 art. 36"),
    Fact("crime_suspected", _FLAG, "涉嫌犯罪", "行政处罚法 arts. 8, 27, 57"),
    # No penalty.
    Fact("minor_act", _FLAG, "违法行为轻微", "行政处罚法 art. 33"),
    Fact("corrected_in_time", _FLAG, "及时改正", "行政处罚法 art. 33"),
    Fact("no_harm", _FLAG, "没有造成危害后果", "行政处罚法 art. 33"),
    Fact("slight_harm", _FLAG, "危害后果轻微", "行政处罚法 art. 33"),
    Fact("no_fault", _FLAG, "当事人有证据足以证明没有主观过错", "行政处罚法 art. 33"),
    Fact("first_violation", FactKind.REGISTER, "初次违法", "行政处罚法 art. 33"),
    # Lighter, reduced, heavier.
    Fact("limited_capacity", _FLAG, "尚未完全丧失辨认或者控制自己行为能力", "行政处罚法 art. 31"),
    Fact("removes_harm", _FLAG, "主动消除或者减轻违法行为危害后果", "行政处罚法 art. 32"),
    Fact("coerced_or_deceived", _FLAG, "受他人胁迫或者诱骗实施违法行为", "行政处罚法 art. 32"),
    Fact("confessed_unknown", _FLAG, "主动供述行政机关尚未掌握的违法行为", "行政处罚法 art. 32"),
    Fact("meritorious", _FLAG, "配合行政机关查处违法行为有立功表现", "行政处罚法 art. 32"),
    Fact("other_lighter_by_law", _FLAG, "法律、法规、规章规定其他应当从轻或者减轻的情形", "行政处罚法 art. 32"),
    Fact("emergency_measures", _FLAG, "违反突发事件应对措施", "行政处罚法 art. 49"),
)
"""Facts of the law by code. Rule sets declare further ones for their own conditions."""


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """A piece of admitted evidence."""

    evidence_id: str
    kind: str
    """Name of the evidence's kind without its prefix, e.g. SCENE_RECORD (行政处罚法 art. 46)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an officer says about a fact, and what proves it."""

    value: Value
    evidence: tuple[EvidenceRef, ...] = ()

    @property
    def evidence_ids(self) -> tuple[str, ...]:
        """The evidence, in order."""
        return tuple(sorted(ref.evidence_id for ref in self.evidence))

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the evidence, each once, in order."""
        return tuple(sorted({ref.kind for ref in self.evidence}))


class Choice(StrEnum):
    """What a person chose where the rules leave it open."""

    LIGHTER = "从轻"
    REDUCE = "减轻"
    HEAVIER = "从重"
    NEITHER = "不从轻也不从重"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A person's choice, with its reason."""

    choice: Choice
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything an evaluation knows of the act besides its code and its days."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By code of the fact."""
    register: Register | None = None
    """What the offence register says; None when it was not asked."""
    discovered_on: date | None = None
    """Day on which the act was discovered; None when it is not in question."""
    act_ended_on: date | None = None
    """Day on which an act that went on ended; None when the act was over on its day."""
    act_continues: bool = False
    """The act had not ended when it was discovered: no limitation runs."""
    chosen: Chosen | None = None
    """What a person chose: on a conflict, or a reduction on a ground of the law."""

    def value(self, code: str) -> Value | None:
        """The value answered; None when nobody answered."""
        answer = self.answers.get(code)
        return answer.value if answer is not None else None

    def proven(self, code: str) -> bool:
        """Whether a flag is established: somebody says so, and evidence proves it."""
        answer = self.answers.get(code)
        return answer is not None and answer.value is True and bool(answer.evidence)

    def evidence_ids(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Evidence behind several facts, each once, in order."""
        found = {
            evidence_id for code in codes if code in self.answers for evidence_id in self.answers[code].evidence_ids
        }
        return tuple(sorted(found))
