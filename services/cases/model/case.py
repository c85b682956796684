"""The state of a case: what its decisions read, and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.common.v1 import common_pb2 as common
from google.protobuf.message import Message

from services.cases.discretion.within import Discretion
from services.cases.model.procedure import (
    Address,
    Classification,
    Decision,
    Discussion,
    Dispute,
    HandedOn,
    Hearing,
    Notice,
    Period,
    Publication,
    Remedy,
    Review,
    Sanctions,
)
from services.kernel.deadlines.units import Pause, end_of
from services.kernel.decider import Aggregate, Context, Staged
from services.kernel.errors import Refused, refusals
from services.kernel.facts import Act
from services.kernel.values import day_of

Refusal = refusals("enforcement.cases.v1")
Posted = Mapping[tuple[delivery.ServedDocument.ValueType, str], datetime]
"""When documents were put up in public, each with the id of the matter it is of, empty where the case has one only."""


class Stage(StrEnum):
    """Where a case stands."""

    CLUE = "线索"
    NOT_FILED = "不予立案"
    FILED = "已立案"
    INVESTIGATING = "调查中"
    INVESTIGATION_CLOSED = "调查终结"
    NOTICE_SERVED = "已告知"
    HEARING = "听证"
    LEGAL_REVIEWED = "已法制审核"
    DISCUSSED = "已集体讨论"
    DECIDED = "已决定"
    SERVED = "已送达"
    REVOKED = "决定已撤销"
    TRANSFERRED_CRIMINAL = "已移送司法机关"
    TRANSFERRED_ADMIN = "已移送管辖"
    CLOSED = "已结案"
    ARCHIVED = "已归档"


OPEN = (
    Stage.FILED,
    Stage.INVESTIGATING,
    Stage.INVESTIGATION_CLOSED,
    Stage.NOTICE_SERVED,
    Stage.HEARING,
    Stage.LEGAL_REVIEWED,
    Stage.DISCUSSED,
    Stage.DECIDED,
    Stage.SERVED,
)
"""From filing to closing."""

TOLD = (Stage.NOTICE_SERVED, Stage.HEARING, Stage.LEGAL_REVIEWED, Stage.DISCUSSED)
"""The party was told of the intended penalty, and nothing is decided yet."""

UNDECIDED = (Stage.FILED, Stage.INVESTIGATING, Stage.INVESTIGATION_CLOSED, *TOLD)
"""From filing to the decision."""


class MeasureState(StrEnum):
    """Where a measure stands."""

    APPROVED = "已批准"
    IN_FORCE = "实施中"
    ENDED = "已结束"


@dataclass(frozen=True, slots=True)
class Clue:
    """What filing reads of the clue."""

    event: pb.ClueRegistered
    discovered_on: date

    @property
    def ended_on(self) -> date | None:
        """Day on which the act ended, from which the limitation counts; None while it goes on."""
        if self.event.act_continues:
            return None
        return date.fromisoformat(self.event.act_ended_on or self.event.act_on)

    @property
    def punished_on(self) -> date:
        """Day of the act whose law and whose age of the party hold; of an act that goes on, when it was found."""
        return self.ended_on or self.discovered_on

    @property
    def places(self) -> tuple[common.Place, ...]:
        """The places of the act, the first one first."""
        return (self.event.place, *self.event.other_places)


@dataclass(frozen=True, slots=True)
class Measure:
    """A preservation or a seizure."""

    kind: pb.MeasureKind.ValueType
    approved_at: datetime | None
    """None while a seizure taken in an emergency waits for approval."""
    state: MeasureState = MeasureState.APPROVED
    taken_at: datetime | None = None
    extended: bool = False
    reported: bool = False
    """A seizure taken in an emergency was reported."""
    pauses: tuple[Pause, ...] = ()
    """Testing times that do not count and have ended."""

    @property
    def awaits_approval(self) -> bool:
        """A seizure in force that no leader approved yet."""
        return self.state is MeasureState.IN_FORCE and self.approved_at is None


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence: whether it counts, and who has it."""

    holder: str
    moved_at: datetime
    excluded: bool = False
    unconfirmed: bool = False
    """A statement from a criminal file that was not confirmed again."""


@dataclass(frozen=True, slots=True)
class Test:
    """A test or expert opinion that was commissioned."""

    __test__ = False
    measure_id: str
    """Seizure that stands still meanwhile; empty when none does."""
    began_at: datetime
    until_on: date
    """Last day of the stated period."""

    def pause(self, at: datetime) -> Pause:
        """The time that does not count, as of an instant: at most what the party was told."""
        return Pause(self.began_at, min(at, end_of(self.until_on) - timedelta(microseconds=1)))


@dataclass(frozen=True, slots=True)
class Recusals:
    """Who was asked to stand back, and who must (回避)."""

    open: Mapping[str, str] = field(default_factory=dict)
    """Officer by id of the question."""
    since: Mapping[str, datetime] = field(default_factory=dict)
    """Recused officers, and when that was decided."""

    def refuse(self, officer_ids: Iterable[str], at: datetime) -> None:
        """A recused officer takes no part in anything from the decision on (行政处罚法 art. 43)."""
        for officer_id in officer_ids:
            since = self.since.get(officer_id)
            if since is not None and at >= since:
                raise Refused(Refusal.OFFICER_RECUSED, officer=officer_id, since=day_of(since))


@dataclass(frozen=True, slots=True)
class Case(Staged):
    """What decisions about a case read."""

    stage: Stage = Stage.CLUE
    moved_at: datetime | None = None
    """When the act took place that brought it there."""
    clue: Clue | None = None
    applications: frozenset[str] = frozenset()
    """Applications for reconsideration handed in here, neither forwarded nor met."""
    opinion_case_id: str = ""
    """Opinion of a procuratorate that it handles; empty when none."""
    case_number: str = ""
    team: frozenset[str] = frozenset()
    """Officers who investigate."""
    recusals: Recusals = field(default_factory=Recusals)
    evidence: Mapping[str, Piece] = field(default_factory=dict)
    grounds: tuple[str, ...] = ()
    """Evidence on which the facts rest, once the investigation has ended."""
    tests: Mapping[str, Test] = field(default_factory=dict)
    """Tests without a result."""
    correction_ordered: bool = False
    measures: Mapping[str, Measure] = field(default_factory=dict)
    party: pb.Party | None = None
    investigators: frozenset[str] = frozenset()
    """Everybody who ever investigated the case: the teams, and whoever gathered evidence or held things for it."""
    period: Period | None = None
    report_approved: bool = False
    classification: Classification = field(default_factory=Classification)
    notices: frozenset[str] = frozenset()
    told: bool = False
    """The party was told of what is to be decided: whatever it is told instead needs new facts."""
    notice: Notice | None = None
    hearing: Hearing | None = None
    review: Review | None = None
    discussion: Discussion | None = None
    discretion: Discretion | None = None
    decision: Decision | None = None
    barred: tuple[pb.Penalty, ...] = ()
    """Penalties that are not decided again on the same facts and reasons (行政复议法 art. 64; 行政诉讼法 art. 71)."""
    address: Address | None = None
    posted: Posted = field(default_factory=dict)
    """For service by public notice."""
    publication: Publication | None = None
    remedies: Mapping[str, Remedy] = field(default_factory=dict)
    suspended: bool = False
    dispute: Dispute | None = None
    dispute_cases: Mapping[str, str] = field(default_factory=dict)
    """The case of each other side, once either named it: who raises a dispute anew tells it, named or not."""
    dispute_rounds: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Disputes about the case so far, by the other side's id and case, ended, open or waiting."""
    disputes_yielded: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """The last round in which this authority told that other side that its case is the competent one."""
    nothing_left_for: frozenset[tuple[str, str]] = frozenset()
    """Other sides and cases to which this authority last said that it has nothing about the act any more."""
    disputes_waiting: tuple[disputes.DisputeWaits, ...] = ()
    """What others raised while another dispute was open."""
    lost_to: str = ""
    """Authority that was found competent in place of this one."""
    handed_on: HandedOn | None = None
    collections: Mapping[str, side.PerformancePhase.ValueType] = field(default_factory=dict)
    """Collections of the decision's money by id, and how far they have come."""
    executions: Mapping[str, side.PerformancePhase.ValueType] = field(default_factory=dict)
    """The same of the authority's own executions, and of what their cost is collected by."""
    before_transfer: Stage | None = None
    """Stage in which it was decided to transfer the case to the police; it returns there with the case."""
    transfers: Mapping[str, pb.TransferPhase.ValueType] = field(default_factory=dict)
    """Criminal transfers of the case by id, those that are open."""
    clock_stopped_by: frozenset[str] = frozenset()
    """Those of them while which the clock of the decision stands still."""
    sanctions: Sanctions = field(default_factory=Sanctions)
    suspicions: frozenset[str] = frozenset()
    """Suspicions of a crime that nobody answered."""

    def with_measure(self, measure_id: str, **changes: object) -> "Case":
        """The case with one measure changed."""
        changed = replace(self.measures[measure_id], **changes)  # type: ignore[arg-type]
        return replace(self, measures={**self.measures, measure_id: changed})

    def approved_measure(self, measure_id: str, kind: pb.MeasureKind.ValueType, context: Context) -> None:
        """A leader approves a measure before it is taken (行政处罚法 art. 56; 行政强制法 art. 18)."""
        measure = self.measures.get(measure_id)
        if measure is None or measure.kind != kind:
            raise Refused(Refusal.MEASURE_NOT_APPROVED)
        if measure.approved_at is not None and context.occurred_at < measure.approved_at:
            raise Refused(Refusal.MEASURE_NOT_APPROVED)
        if measure.state is not MeasureState.APPROVED:
            raise Refused(Refusal.MEASURE_TAKEN, state=measure.state)

    def measure_in_force(self, measure_id: str, kind: pb.MeasureKind.ValueType) -> Measure:
        """Only a measure in force can be extended or ended."""
        measure = self.measures.get(measure_id)
        if measure is None or measure.kind != kind or measure.state is not MeasureState.IN_FORCE:
            raise Refused(Refusal.MEASURE_NOT_IN_FORCE, state=measure.state if measure else "无")
        return measure

    def require_free(self) -> None:
        """Refuses what moves a case while it stands still, or while it is disputed whose it is (行政处罚法 art. 25)."""
        if self.suspended:
            raise Refused(Refusal.CASE_SUSPENDED)
        if self.dispute is not None:
            raise Refused(Refusal.JURISDICTION_DISPUTED)
        if self.lost_to:
            raise Refused(Refusal.OTHER_IS_COMPETENT, owner=self.lost_to)

    def require_in_order(self, context: Context) -> None:
        """A step of the authority is not dated on a day before the step that it follows (行政处罚法 arts. 44, 57-62).

        What the party or another body did may have happened before; it is only recorded later.
        """
        if self.moved_at is not None and context.today < day_of(self.moved_at):
            raise Refused(Refusal.STEP_OUT_OF_ORDER, day=context.today, stage=self.stage, last=day_of(self.moved_at))

    def investigated_by(self, officers: Iterable[common.OfficerSnapshot]) -> frozenset[str]:
        """Everybody who investigated, with officers who just did."""
        return self.investigators | {officer.officer_id for officer in officers}

    def stands_still(self, *, but: str = "") -> bool:
        """Whether anything keeps the clock of the decision standing still, `but` one thing that just ended.

        Args:
            but: "suspension", "dispute", or the id of a criminal transfer.
        """
        transferred = bool(self.clock_stopped_by - {but})
        suspended = self.suspended and but != "suspension"
        return suspended or transferred or (self.dispute is not None and but != "dispute")

    def heard_until(self, act: Act) -> "Case":
        """The case with its hearing over, if there is one."""
        return replace(self, period=self.period.heard_until(act.occurred_at)) if self.period else self

    def from_the_notice_on(self) -> "Case":
        """The case as if rows 6 to 10 had not been: report, notice, hearing, review and discussion begin anew.

        A notice that was put up meanwhile serves none that is made later.
        """
        return replace(
            self,
            notice=None,
            hearing=None,
            review=None,
            discussion=None,
            report_approved=False,
            posted=self.posted_of_matters,
        )

    @property
    def posted_of_matters(self) -> Posted:
        """What is put up about a measure or an execution, which goes on whatever becomes of the decision."""
        return {known: at for known, at in self.posted.items() if known[1]}

    @property
    def admitted(self) -> tuple[str, ...]:
        """Ids of the evidence that counts, in the order in which it came."""
        return tuple(
            evidence_id for evidence_id, piece in self.evidence.items() if not piece.excluded and not piece.unconfirmed
        )

    def admitted_piece(self, evidence_id: str) -> Piece:
        """A piece of evidence that something may rest on: known, and not excluded (行政处罚法 art. 46)."""
        piece = self.evidence.get(evidence_id)
        if piece is None:
            raise Refused(Refusal.EVIDENCE_UNKNOWN, id=evidence_id)
        if piece.excluded:
            raise Refused(Refusal.EVIDENCE_EXCLUDED, id=evidence_id)
        return piece

    def ground(self, evidence_id: str) -> Piece:
        """A piece of evidence on which a decision may rest: a statement from a criminal file was confirmed again."""
        piece = self.admitted_piece(evidence_id)
        if piece.unconfirmed:
            raise Refused(Refusal.EVIDENCE_NOT_RECONFIRMED, id=evidence_id)
        return piece

    def with_piece(self, evidence_id: str, **changes: object) -> "Case":
        """The case with one piece of evidence changed."""
        changed = replace(self.evidence[evidence_id], **changes)  # type: ignore[arg-type]
        return replace(self, evidence={**self.evidence, evidence_id: changed})

    @property
    def seizes(self) -> bool:
        """A seizure is approved or in force."""
        return any(
            measure.kind == pb.MEASURE_KIND_SEIZURE and measure.state is not MeasureState.ENDED
            for measure in self.measures.values()
        )

    def in_force(self, kind: pb.MeasureKind.ValueType | None = None) -> list[str]:
        """Ids of the measures in force."""
        return [
            measure_id
            for measure_id, measure in self.measures.items()
            if measure.state is MeasureState.IN_FORCE and kind in (None, measure.kind)
        ]


class _CaseAggregate(Aggregate[Case]):
    """One rule holds for every command: whoever is recused takes no part, neither as actor nor as officer named. And
    one for every event: a case that moves remembers since when it is where it is.
    """

    def events_of(self, state: Case, command: Message, context: Context) -> list[Message]:
        events = super().events_of(state, command, context)
        state.recusals.refuse((context.actor.id, *context.relied_on), context.occurred_at)
        return events

    def next(self, state: Case, event: Message, act: Act) -> Case:
        after = super().next(state, event, act)
        if after.stage is state.stage and state.moved_at is not None:
            return after
        return replace(after, moved_at=max(act.occurred_at, state.moved_at or act.occurred_at))


case = _CaseAggregate("case", Case)


def require_new(entry_id: str, known: Iterable[str]) -> None:
    """Refuses an id that names another entry of the case."""
    if entry_id in known:
        raise Refused(Refusal.ID_TAKEN, id=entry_id)
