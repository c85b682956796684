"""The state of an operation: what the lead's decisions read, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1.draw_pb2 import DrawnObject
from enforcement.joint_operations.v1.unsigned_pb2 import Unreported

from services.joint_operations.coverage import BEGIN, Span
from services.joint_operations.model.shared import Refusal, speaker
from services.kernel.decider import Aggregate, Context, Staged
from services.kernel.errors import Refused


class Stage(StrEnum):
    """Where an operation stands."""

    DRAFT = "方案"
    INVITED = "已邀请"
    READY = "已编组"
    RUNNING = "执行中"
    CLOSED = "已结束"
    SUMMARISED = "已总结"
    CANCELLED = "已取消"

    @property
    def is_over(self) -> bool:
        """Whether nobody joins, is sent or is drawn any more."""
        return self in (Stage.CLOSED, Stage.SUMMARISED, Stage.CANCELLED)


class Standing(StrEnum):
    """How a participant stands to the invitation."""

    INVITED = "已邀请"
    JOINED = "已应邀"
    DECLINED = "已谢绝"


@dataclass(frozen=True, slots=True)
class Report:
    """What a participant reported at the end of its field work."""

    numbers: pb.FieldNumbers
    findings_assigned: int

    @property
    def ran(self) -> bool:
        """Whether anybody was inspected or taught."""
        return bool(self.numbers.inspections or self.numbers.education_heads)


@dataclass(frozen=True, slots=True)
class Participant:
    """One invited authority."""

    standing: Standing = Standing.INVITED
    name: str = ""
    officers: Mapping[str, common.OfficerSnapshot] = field(default_factory=dict)
    """Those it sends, in the order in which it named them: an officer's number is the place in it."""
    cars: frozenset[int] = frozenset()
    """Numbers of the patrol cars that it brings."""
    devices: frozenset[str] = frozenset()
    """Serial numbers of the devices that it brings."""
    report: Report | None = None
    withdrew_at: datetime | None = None
    """When it took its report back."""
    signed: str = ""
    """Proposal that it signed."""
    refused: tuple[str, str] = ("", "")
    """Proposal that it refused to sign, and why."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner without a node: listed, and heard of through its host only."""

    name: str
    host_id: str
    head_count: int = 0
    """Persons of all its attendances (人次); 0 while it was not there."""
    signed: str = ""
    """Proposal that it signed on paper."""


@dataclass(frozen=True, slots=True)
class Operation(Staged):
    """What decisions of the lead read."""

    stage: Stage = Stage.DRAFT
    plan: pb.OperationPlanned = field(default_factory=pb.OperationPlanned)
    participants: Mapping[str, Participant] = field(default_factory=dict)
    partners: Mapping[str, Partner] = field(default_factory=dict)
    """Partners without a node, in the order in which they were listed."""
    roster_version: int = 0
    roster: Sequence[pb.RosterEntry] = ()
    equipment: Sequence[pb.RosterEquipment] = ()
    roster_since: int = BEGIN
    """From which instant the roster holds."""
    absences: Mapping[tuple[str, str], tuple[Span, ...]] = field(default_factory=dict)
    """When an officer of an authority cannot act, as that authority told."""
    standing_draw: str = ""
    """The draw that was admitted and not given up."""
    past_witnesses: frozenset[str] = frozenset()
    """Witnesses of draws that were given up after the lead had revealed its seed."""
    kept_pool: bytes = b""
    """Digest of the lists of such a draw; the next one keeps them."""
    draw_id: str = ""
    """The draw that has a result."""
    drawn: Sequence[DrawnObject] = ()
    """What was drawn, in a 双随机 operation."""
    open_checkpoints: frozenset[str] = frozenset()
    opened_by: frozenset[str] = frozenset()
    """Participants that opened a checkpoint at any time: two of their officers had reported there."""
    unreported: frozenset[str] = frozenset()
    """Participants without whose report the lead went on."""
    proposal: pb.SummaryProposed | None = None
    published: str = ""
    """Proposal of the summary that was published last."""
    proposed_at: datetime | None = None
    """When the proposal was recorded: an instant that its lead states could lie back."""

    @property
    def draws(self) -> bool:
        """Whether objects and officers are drawn for it (双随机)."""
        return self.plan.operation_type == pb.OPERATION_TYPE_RANDOM_DRAW and not self.stage.is_over

    @property
    def joined(self) -> dict[str, Participant]:
        """The participants that accepted, in the order of invitation."""
        return {id_: one for id_, one in self.participants.items() if one.standing is Standing.JOINED}

    @property
    def present_partners(self) -> dict[str, Partner]:
        """The partners without a node that were there."""
        return {id_: one for id_, one in self.partners.items() if one.head_count}

    def with_participant(self, participant_id: str, participant: Participant) -> "Operation":
        """The same operation with one participant changed."""
        return replace(self, participants={**self.participants, participant_id: participant})

    def speaking(self, participant_id: str, context: Context) -> Participant:
        """Nobody but an invited authority itself speaks for its participation."""
        if speaker(context) != participant_id or participant_id not in self.participants:
            raise Refused(Refusal.NOT_A_PARTICIPANT, authority=speaker(context))
        return self.participants[participant_id]

    def reports(self, without: Iterable[Unreported] = ()) -> dict[str, Report]:
        """The reports of all participants that joined; refused while one is missing that nobody may do without."""
        excused = self.unreported | {one.participant_id for one in without}
        reports = {id_: one.report for id_, one in self.joined.items() if one.report is not None}
        missing = [one.name for id_, one in self.joined.items() if id_ not in reports and id_ not in excused]
        if missing:
            raise Refused(Refusal.NOT_REPORTED, authorities="、".join(missing))
        return reports


operation = Aggregate("operation", Operation)
