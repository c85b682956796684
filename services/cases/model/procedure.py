"""What decisions read of the steps from the report to the archive: one small frozen state for each step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from enforcement.cases.v1 import criminal_sanctions_pb2 as criminal
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import hearing_pb2 as hearings
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import review_pb2 as reviews
from enforcement.cases.v1 import service_pb2 as commands

from services.kernel.deadlines import Pause


@dataclass(frozen=True, slots=True)
class Period:
    """The ninety days to the decision, and when they stood still (办案期限)."""

    began_at: datetime
    """Filing; where another decision is made, the revocation of the first one."""
    extended: bool = False
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None
    hearings: tuple[Pause, ...] = ()
    """Times of hearings; whether they count is a switch."""
    hearing_since: datetime | None = None

    def stopped(self, at: datetime) -> Self:
        """It stands still from now on; once at a time."""
        return self if self.stopped_at else replace(self, stopped_at=at)

    def resumed(self, at: datetime) -> Self:
        """It runs again."""
        if self.stopped_at is None:
            return self
        return replace(self, stopped_at=None, pauses=(*self.pauses, Pause(self.stopped_at, max(at, self.stopped_at))))

    def heard_since(self, at: datetime) -> Self:
        """The party asked for a hearing."""
        return self if self.hearing_since else replace(self, hearing_since=at)

    def heard_until(self, at: datetime) -> Self:
        """The hearing is over, however it ended."""
        if self.hearing_since is None:
            return self
        heard = Pause(self.hearing_since, max(at, self.hearing_since))
        return replace(self, hearing_since=None, hearings=(*self.hearings, heard))


@dataclass(frozen=True, slots=True)
class Classification:
    """Which stricter steps the case needs before its decision."""

    review_grounds: tuple[notices.ReviewGround.ValueType, ...] = ()
    complex_or_major: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """The penalty notice in force, and what the party did about it."""

    proposed: tuple[pb.Penalty, ...]
    told_on: date
    """Day on which its service took effect."""
    hearing_right: bool = False
    defence: pb.DefenceKind.ValueType = pb.DEFENCE_KIND_UNSPECIFIED
    hearing_waived: bool = False
    reviewed: bool = False
    """Everything stated so far was reviewed."""
    new_facts: bool = False
    """It says what is new since an earlier one."""


class HearingState(StrEnum):
    """Where a hearing stands."""

    REQUESTED = "已申请"
    NOTIFIED = "已通知"
    HELD = "已举行，待听证报告"
    FINISHED = "已结束"


@dataclass(frozen=True, slots=True)
class Hearing:
    """The hearing on the notice in force."""

    state: HearingState = HearingState.REQUESTED
    hearing_id: str = ""
    held_at: datetime | None = None
    chair_id: str = ""
    recorder_id: str = ""
    challenged: bool = False
    attendance: hearings.Attendance.ValueType = hearings.ATTENDANCE_UNSPECIFIED

    @property
    def open(self) -> bool:
        """Nothing is decided yet."""
        return self.state is not HearingState.FINISHED


@dataclass(frozen=True, slots=True)
class Review:
    """The last legal review: asked for, passed or returned."""

    asked: bool = True
    passed: bool | None = None
    after_notice: bool = False
    """It was done on the notice in force, not before there was one."""


@dataclass(frozen=True, slots=True)
class Discussion:
    """What the leaders concluded together."""

    conclusion: reviews.DiscussionConclusion.ValueType
    penalties: tuple[pb.Penalty, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision in force."""

    outcome: commands.Outcome.ValueType
    penalties: tuple[pb.Penalty, ...] = ()
    served_on: date | None = None
    """Day on which its service took effect."""
    made_on: date | None = None
    """None where an older system did not say it."""
    publish: bool = False
    """It must be public; unknown of what an older system decided."""
    illegal: bool = False
    """It was declared illegal and stays in force: it is public no more (行政处罚法 art. 48)."""

    @property
    def costs_money(self) -> bool:
        """It has a fine or confiscates income."""
        return any(penalty.amount_fen for penalty in self.penalties)


@dataclass(frozen=True, slots=True)
class Judged:
    """How the criminal proceedings of one transfer ended."""

    outcome: criminal.CriminalOutcome.ValueType
    criminal_fine_fen: int = 0
    custody_days: int = 0


@dataclass(frozen=True, slots=True)
class SetOff:
    """What is deducted of a criminal fine for a fine of the case, in fen (折抵)."""

    imposed_fen: int
    paid_fen: int
    criminal_fine_fen: int
    deducted_fen: int
    basis: str
    """Value of the switch `setoff_basis`."""
    questions: tuple[criminal.SetOffQuestion.ValueType, ...] = ()
    """What a person must decide, as long as nobody did."""

    @property
    def remaining_fen(self) -> int:
        """What remains of the criminal fine."""
        return self.criminal_fine_fen - self.deducted_fen

    @property
    def excess_fen(self) -> int:
        """What was paid beyond the criminal fine."""
        return max(0, min(self.paid_fen, self.imposed_fen) - self.criminal_fine_fen)


@dataclass(frozen=True, slots=True)
class Sanctions:
    """What the criminal proceedings mean for the sanctions of the case."""

    judged: Mapping[str, Judged] = field(default_factory=dict)
    """By transfer."""
    set_off: SetOff | None = None
    """As it was computed last, whether or not a person decided on it since."""
    open_questions: tuple[criminal.SetOffQuestion.ValueType, ...] = ()
    detentions: Mapping[str, int] = field(default_factory=dict)
    """Days by entry."""

    @property
    def criminal_fine_fen(self) -> int:
        """What the court imposed as criminal fine, in fen."""
        return sum(one.criminal_fine_fen for one in self.judged.values())

    @property
    def custody_days(self) -> int:
        """The custody that the court imposed, in days."""
        return sum(one.custody_days for one in self.judged.values())

    @property
    def detention_days(self) -> int:
        """Days of detention for the act."""
        return sum(self.detentions.values())

    @property
    def convicted(self) -> bool:
        """The court convicted: the act has its punishment."""
        return any(one.outcome == criminal.CRIMINAL_OUTCOME_CONVICTED for one in self.judged.values())


@dataclass(frozen=True, slots=True)
class Address:
    """Where and how the party wants documents."""

    electronic: bool
    system: str


@dataclass(frozen=True, slots=True)
class Publication:
    """The public copy of the decision: proposed, passed by a second person, public, withdrawn."""

    publication_id: str
    proposer: str
    text_sha256: bytes
    """Of the file's text."""
    copy_sha256: bytes
    passed: bool = False
    public: bool = False


@dataclass(frozen=True, slots=True)
class Remedy:
    """A reconsideration or a suit."""

    kind: decisions.RemedyKind.ValueType
    started_on: date
    open: bool = True
    moot: bool = False
    """The decision that it is against is revoked already: what it brings changes no later one."""
    revoked: tuple[pb.Penalty, ...] = ()
    """What that decision was, once it is revoked."""
    amended: bool = False
    """The authority itself amended that decision since: an illegality is that of what it was before."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """An open dispute over jurisdiction."""

    dispute_id: str
    other_id: str
    """The other side, whichever told the other."""
    other_case_id: str
    """Empty: the other side has no case in the exchange, as far as known, and notes nothing."""
    round: int = 0
    """How many disputes of the two about the case ended before this one."""
    heard: bool = False
    """The other side raised it, too, or stated its position."""
    other_filed_at: datetime | None = None
    """When the other side's case was filed, as it signed it."""
    designated: bool = False
    """A designation of this authority was entered; the other side has not noted it yet."""
    asked_id: str = ""
    """The superior, in the exchange, before which this authority brought it."""
    escalated: bool = False
    """Either side asked the superior."""


@dataclass(frozen=True, slots=True)
class HandedOn:
    """The case at the authority to which it went."""

    receiver_id: str
    """Empty: a receiver outside the exchange, which answers on paper."""
    back_to: str
    """Stage to which it returns if it is refused."""
    accepted: bool = False
