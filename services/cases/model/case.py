"""The state of a case: what its decisions read, and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.kernel.decider import Aggregate, Context, Staged
from services.kernel.errors import Refused, refusals

Refusal = refusals("enforcement.cases.v1")


class Stage(StrEnum):
    """Where a case stands."""

    CLUE = "线索"
    NOT_FILED = "不予立案"
    FILED = "已立案"
    INVESTIGATING = "调查中"
    INVESTIGATION_CLOSED = "调查终结"
    NOTICE_SERVED = "已告知"
    DECIDED = "已决定"
    SERVED = "已送达"
    CLOSED = "已结案"


OPEN = (
    Stage.FILED,
    Stage.INVESTIGATING,
    Stage.INVESTIGATION_CLOSED,
    Stage.NOTICE_SERVED,
    Stage.DECIDED,
    Stage.SERVED,
)
"""From filing to closing."""


class MeasureState(StrEnum):
    """Where a measure stands."""

    APPROVED = "已批准"
    IN_FORCE = "实施中"
    ENDED = "已结束"


@dataclass(frozen=True, slots=True)
class Clue:
    """What filing reads of the clue."""

    act_code: str
    act_on: date
    discovered_on: date
    division_code: str
    source: pb.ClueSource.ValueType
    handed_off_by: str
    facts: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A preservation or a seizure."""

    kind: pb.MeasureKind.ValueType
    approved_at: datetime
    state: MeasureState = MeasureState.APPROVED
    taken_at: datetime | None = None
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """The penalty notice in force, and what the party did about it."""

    proposed: tuple[pb.Penalty, ...]
    defence: pb.DefenceKind.ValueType = pb.DEFENCE_KIND_UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Case(Staged):
    """What decisions about a case read."""

    stage: Stage = Stage.CLUE
    clue: Clue | None = None
    case_number: str = ""
    evidence: frozenset[str] = frozenset()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    notices: frozenset[str] = frozenset()
    notice: Notice | None = None
    outcome: commands.Outcome.ValueType = commands.OUTCOME_UNSPECIFIED
    transfers: Mapping[str, pb.TransferPhase.ValueType] = field(default_factory=dict)
    """Criminal transfers of the case by id, those that are open."""

    def with_measure(self, measure_id: str, **changes: object) -> "Case":
        """The case with one measure changed."""
        changed = replace(self.measures[measure_id], **changes)  # type: ignore[arg-type]
        return replace(self, measures={**self.measures, measure_id: changed})

    def approved_measure(self, measure_id: str, kind: pb.MeasureKind.ValueType, context: Context) -> None:
        """A leader approves a measure before it is taken (行政处罚法 art. 56; 行政强制法 art. 18)."""
        measure = self.measures.get(measure_id)
        if measure is None or measure.kind != kind or context.occurred_at < measure.approved_at:
            raise Refused(Refusal.MEASURE_NOT_APPROVED)
        if measure.state is not MeasureState.APPROVED:
            raise Refused(Refusal.MEASURE_TAKEN, state=measure.state)

    def measure_in_force(self, measure_id: str, kind: pb.MeasureKind.ValueType) -> Measure:
        """Only a measure in force can be extended or ended."""
        measure = self.measures.get(measure_id)
        if measure is None or measure.kind != kind or measure.state is not MeasureState.IN_FORCE:
            raise Refused(Refusal.MEASURE_NOT_IN_FORCE, state=measure.state if measure else "无")
        return measure

    def in_force(self, kind: pb.MeasureKind.ValueType | None = None) -> list[str]:
        """Ids of the measures in force."""
        return [
            measure_id
            for measure_id, measure in self.measures.items()
            if measure.state is MeasureState.IN_FORCE and kind in (None, measure.kind)
        ]


case = Aggregate("case", Case)


def require_new(entry_id: str, known: Iterable[str]) -> None:
    """Refuses an id that names another entry of the case."""
    if entry_id in known:
        raise Refused(Refusal.ID_TAKEN, id=entry_id)
