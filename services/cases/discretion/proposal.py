"""What an evaluation proposes, and the readings that it is made under."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from services.cases.discretion.conditions import Holds, Judged, together
from services.cases.discretion.register import Registers
from services.cases.discretion.rule_sets import Tier


class Outcome(StrEnum):
    """What is proposed."""

    HUMAN = "须由人员判断"
    """The rules leave it open: `open_questions` says what."""
    NOT_AN_OFFENCE = "不再认为是违法"
    LIMITATION = "超过追责时效，不再给予行政处罚"
    UNDER_AGE = "不满十四周岁，不予行政处罚"
    INCAPABLE = "不能辨认或者不能控制自己行为，不予行政处罚"
    CRIME = "涉嫌犯罪，移送司法机关"
    NO_PENALTY = "不予行政处罚"
    """It must not be punished (art. 33)."""
    EXEMPT = "免予行政处罚"
    """It may go unpunished, by the list."""
    CORRECTION_ONLY = "责令改正"
    """The statute provides for an order only."""
    REDUCE = "减轻处罚"
    LIGHTER = "从轻处罚"
    ORDINARY = "一般处罚"
    HEAVIER = "从重处罚"


PENALTIES: Final = (Outcome.REDUCE, Outcome.LIGHTER, Outcome.ORDINARY, Outcome.HEAVIER)
"""Outcomes with a penalty."""
UNPUNISHED: Final = (Outcome.NO_PENALTY, Outcome.EXEMPT, Outcome.UNDER_AGE, Outcome.INCAPABLE)
"""Established, and not punished: the party is educated (art. 33 para. 3)."""


class Law(StrEnum):
    """Rule sets of which day are asked; the law's own choice for statutes is art. 37."""

    LIGHTER = "lighter"
    """Those of the act's day or of the decision's day, whichever comes out lighter."""
    ACT = "act"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Settings:
    """Readings that no verified text settles; services.kernel.rules has their switches."""

    lighter_percent: int = 30
    """LIGHTER stays in so much of the range, from below."""
    heavier_percent: int = 30
    """HEAVIER stays in so much of it, from above."""
    point_percent: int = 50
    """Where in its range an amount is proposed."""
    reduce_percent: int = 50
    """What REDUCE proposes of the statutory minimum where no item says it."""
    registers: Registers = Registers.BOTH
    """Registers that answer whether a violation is the first."""
    rule_sets_of: Law = Law.LIGHTER

    def __post_init__(self) -> None:
        for name in ("lighter_percent", "heavier_percent", "point_percent"):
            if not 0 <= getattr(self, name) <= 100:
                raise ValueError(f"{name} is a percentage")
        if not 1 <= self.reduce_percent <= 99:
            raise ValueError("reduce_percent lies between 1 and 99")


@dataclass(frozen=True, slots=True)
class Range:
    """Lowest and highest fine in fen."""

    min_fen: int
    max_fen: int

    def __contains__(self, fen: object) -> bool:
        return isinstance(fen, int) and self.min_fen <= fen <= self.max_fen


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule set as it was relied on."""

    id: str
    version: int
    content_hash: str
    own: bool
    """The deciding authority issued it itself."""
    issuers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """A rule that was looked at: an article, or an item of a list, with what became of its conditions."""

    rule_id: str
    """Article, or id of the rule set, list and item."""
    title: str
    conditions: tuple[Judged, ...]
    to_percent: tuple[int, int] | None = None

    @property
    def holds(self) -> Holds:
        """Whether all conditions hold."""
        return together(self.conditions)


@dataclass(frozen=True, slots=True)
class Alternative:
    """What else was considered, and why it is not proposed."""

    outcome: Outcome
    rule_id: str
    why_not: str
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A proposal."""

    act_code: str
    jurisdiction: str
    act_on: date
    decision_on: date
    outcome: Outcome
    inputs_hash: str
    catalogue_digest: str
    basis: str = ""
    """Article of the statute that applies."""
    statute_from: date | None = None
    """First day of the version that applies."""
    bracket: str = ""
    tier: Tier | None = None
    """None where no benchmark speaks on the case."""
    statutory: Range | None = None
    range: Range | None = None
    """Fines that the rules allow; None without one."""
    proposed_fen: int | None = None
    confiscate_fen: int = 0
    """Illegal income that the statute confiscates."""
    gains_fen: int = 0
    """Illegal income that was proven: what is not to be returned is confiscated in any case (行政处罚法 art. 28)."""
    penalties: tuple[str, ...] = ()
    """Further kinds of penalty, by name of PenaltyKind."""
    rule_sets: tuple[RuleRef, ...] = ()
    """Sets that were in force, the one of highest precedence first."""
    considered: tuple[str, ...] = ()
    """Names of the sets of every day that was looked at."""
    benchmark_id: str = ""
    """Set whose tiers the range comes from."""
    grounds: tuple[Ground, ...] = ()
    """Rules that led to the outcome."""
    looked_at: tuple[Ground, ...] = ()
    """Rules whose conditions did not all hold."""
    alternatives: tuple[Alternative, ...] = ()
    open_questions: tuple[str, ...] = ()
    """What a person must settle; for HUMAN."""
    conflict: bool = False
    """Lighter and heavier at once, and nobody chose."""
    reducible: bool = False
    """A ground of its own allows an amount below the statutory minimum."""
    note: str = ""
    """What the law orders beside penalties, or instead of them."""
    reasons: str = ""
    """说理, in Chinese."""

    @property
    def superiors(self) -> tuple[str, ...]:
        """Division codes of other issuers whose rules led to the outcome; empty when only own rules did, or none."""
        used = {self.benchmark_id, *(ground.rule_id.partition("#")[0] for ground in self.grounds)}
        issuers = {code for one in self.rule_sets if one.id in used and not one.own for code in one.issuers}
        return tuple(sorted(issuers))

    @property
    def punishes(self) -> bool:
        """A penalty is proposed."""
        return self.outcome in PENALTIES

    @property
    def needs_approval(self) -> bool:
        """A leader approves what is below the minimum before it is decided."""
        return self.outcome is Outcome.REDUCE

    @property
    def educate(self) -> bool:
        """The party must be educated (art. 33 para. 3)."""
        return self.outcome in UNPUNISHED

    @property
    def corrects(self) -> bool:
        """The violation is ordered to be corrected (art. 28)."""
        return self.outcome in (*PENALTIES, *UNPUNISHED, Outcome.CORRECTION_ONLY)
