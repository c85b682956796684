"""What is kept of one telling of the story, for the report: plain data, no I/O."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from deploy.local.story.cast import Officer


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in both languages."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        """The sentence in a language, `zh` or `en`."""
        return self.en if lang == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Delivery:
    """An envelope that told another authority of a step, and what that authority answered."""

    recipient_id: str
    seq: int
    env_hash: str
    status: str
    received_at: datetime | None


Outcome = Literal["recorded", "refused", "seen"]


@dataclass(slots=True)
class Step:
    """Something an officer did, was refused, or saw."""

    occurred_at: datetime
    authority_id: str
    officer: Officer
    what: Words
    outcome: Outcome
    position: int = 0
    """In the ledger of the authority; 0 when nothing was recorded."""
    reason: str = ""
    """Of a refusal: its code."""
    sentence: Words | None = None
    """Of a refusal: what the officer read; of something seen: what was seen."""
    basis: str = ""
    command_id: str = ""
    trace_id: str = ""
    events: tuple[str, ...] = ()
    """Types of the events that it wrote."""
    deliveries: tuple[Delivery, ...] = ()


@dataclass(slots=True)
class Chapter:
    """One chapter of the story."""

    number: int
    title: Words
    steps: list[Step] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A statutory clock as somebody showed it."""

    rule_id: str
    title: str
    basis: str
    responsible_id: str
    started_at: datetime
    nominal: str
    """End before it rolls over rest days: the internal alarm. A day, or an instant for limits in hours."""
    effective: str
    """End that the law asks."""
    status: Words
    met_at: datetime | None
    late: bool
    """The limit ended before the act, or without it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a platform."""

    definition_id: str
    name: Words
    unit: Words
    value: int
    parts: tuple[tuple[Words, int], ...] = ()
    events: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """How often words of the story were found in one place."""

    place: str
    bytes_read: int
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trail:
    """What the trace store has of one case."""

    case_id: str
    spans: int
    traces: int
    links: int
    authorities: tuple[str, ...]


@dataclass(slots=True)
class Facts:
    """Ids that later chapters need."""

    operation_id: str = ""
    participations: dict[str, str] = field(default_factory=dict)
    inspections: dict[str, str] = field(default_factory=dict)
    """Of the two vehicles with findings, by checkpoint."""
    findings: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    request_id: str = ""
    transfer_id: str = ""
    referral_id: str = ""


@dataclass(slots=True)
class Telling:
    """Everything one run of the story showed."""

    chapters: list[Chapter] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    """By platform."""
    case_clocks: list[ClockRow] = field(default_factory=list)
    clocks: dict[str, list[ClockRow]] = field(default_factory=dict)
    """The transfer's, by who shows them."""
    overdue: dict[str, list[ClockRow]] = field(default_factory=dict)
    """By platform."""
    searches: list[Search] = field(default_factory=list)
    """Of the words that must not reach a platform: where they must be found first, then where they must not."""
    trail: Trail | None = None
    """Of the case that went to the police."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second telling against the first."""

    events: dict[str, int]
    """Domain events compared, by authority."""
    differences: tuple[str, ...]
    """One line for each ledger stream that is not the same; empty when all is well."""
    kills: tuple[str, ...]
    """Steps after which a node was killed."""
    doubled: int
    """Messages that were delivered once more."""
    recognised: int
    """Repeats that the receivers noticed and answered without effect."""
    seconds: float


@dataclass(slots=True)
class Report:
    """What the demo found."""

    telling: Telling
    comparison: Comparison | None = None
    seconds: float = 0.0
