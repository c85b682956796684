"""The state of a participation: what a participant's decisions read, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1.partners_pb2 import PartnerHosted
from immutables import Map

from services.joint_operations.coverage import NEEDED, Shift, Span, standing
from services.joint_operations.model.shared import Refusal
from services.joint_operations.model.standing import span_of
from services.joint_operations.numbers import Tally
from services.kernel.decider import Aggregate, Context, Staged
from services.kernel.errors import Refused
from services.kernel.ledger import ids
from services.kernel.messages import microseconds


class Stage(StrEnum):
    """Where a participation stands."""

    INVITED = "已受邀"
    ACCEPTED = "已应邀"
    DECLINED = "已谢绝"
    ROSTERED = "执行中"
    REPORTED = "已报告"
    SUMMARISED = "已总结"
    CANCELLED = "已取消"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What later steps ask about an inspection."""

    checkpoint_id: str
    object: pb.InspectedObject
    object_no: int
    result: pb.InspectionResult.ValueType
    acts: frozenset[str] = frozenset()
    """Codes of the acts that it found."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspected violation and its way to the owner."""

    recorded: pb.FindingRecorded
    found_at: datetime
    owner_id: str = ""
    handed_off: bool = False
    case_id: str = ""
    acted: frozenset[pb.Handling.ValueType] = frozenset()
    """What was done on it and is not undone here: a seizure, a penalty on the spot, a referral."""

    @property
    def penalised(self) -> bool:
        """Whether it was penalised on the spot."""
        return pb.HANDLING_SIMPLIFIED_PENALTY in self.acted


@dataclass(frozen=True, slots=True)
class Participation(Staged):
    """What decisions of a participant read."""

    stage: Stage = Stage.INVITED
    invitation: pb.InvitationReceived = field(default_factory=pb.InvitationReceived)
    checkpoints: Mapping[str, pb.Checkpoint] = field(default_factory=dict)
    cars: int = 0
    officers: Sequence[str] = ()
    """Officers that this authority sends, in the order in which it named them: an officer's number is the place."""
    rosters: Sequence[tuple[int, Sequence[pb.RosterEntry]]] = ()
    """Every roster of the lead with the instant from which it is in force, oldest first."""
    drawn: frozenset[str] = frozenset()
    """Objects that were drawn, in a 双随机 operation: nothing else is inspected."""
    absences: Mapping[tuple[str, str], tuple[Span, ...]] = field(default_factory=dict)
    """When an own officer cannot act, as this authority reported."""
    present: frozenset[tuple[str, str, date]] = frozenset()
    """Checkpoint, officer and day of each check-in."""
    doors: Mapping[str, tuple[tuple[int, bool], ...]] = field(default_factory=dict)
    """Each opening (True) and closing (False) of a checkpoint with its instant, in the order of time."""
    partners: Mapping[str, PartnerHosted] = field(default_factory=dict)
    """Partners without a node whose record this authority keeps."""
    attended: frozenset[tuple[str, str, date]] = frozenset()
    """Partner, checkpoint and day of each attendance."""
    # Persistent maps: folding 10,000 inspections takes 0.2 s; with a copied dict each it took 1.2-2.3 s (2 cores).
    objects: Map[tuple[str, ...], int] = field(default_factory=Map)
    """Number of each object inspected, by what it is known by."""
    inspected: Map[tuple[str, int, int], str] = field(default_factory=Map)
    """The inspection of a checkpoint, an object number and a second."""
    inspections: Map[str, Inspection] = field(default_factory=Map)
    findings: Map[str, Finding] = field(default_factory=Map)
    tally: Tally = field(default_factory=Tally)
    summary: pb.SummaryReceived | None = None
    signed: str = ""
    """Proposal that this authority signed."""
    refused: str = ""
    """Proposal that it refused to sign."""

    def checkpoint(self, checkpoint_id: str) -> pb.Checkpoint:
        """A checkpoint of the plan."""
        checkpoint = self.checkpoints.get(checkpoint_id)
        if checkpoint is None:
            raise Refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint=checkpoint_id)
        return checkpoint

    def require_day(self, context: Context) -> None:
        """An act belongs to an operation on its days only; one that goes past midnight lasts to the next day."""
        starts, ends = self.invitation.starts_on, self.invitation.ends_on
        if not starts <= context.today.isoformat() <= ends:
            raise Refused(Refusal.OUTSIDE_PERIOD, day=context.today, starts=starts, ends=ends)

    def require_own_checkpoint(self, checkpoint_id: str, context: Context) -> None:
        """Territory decides who inspects: elsewhere this authority's officers assist."""
        competent_id = self.checkpoint(checkpoint_id).competent_id
        if competent_id != context.authority.id:
            competent = context.member(competent_id)
            raise Refused(Refusal.OUT_OF_TERRITORY, checkpoint=checkpoint_id, authority=competent.name)

    def roster_at(self, instant: int) -> Sequence[pb.RosterEntry]:
        """The roster in force at an instant: what was done before a change stands under the roster before it."""
        return next((entries for since, entries in reversed(self.rosters) if since <= instant), ())

    def roster_entry(
        self, participant_id: str, officer_id: str, checkpoint_id: str, context: Context, *, on_shift: bool = True
    ) -> pb.RosterEntry | None:
        """The line that puts an officer at a checkpoint at the time of the act; None when there is none.

        Raises:
            Refused: NOT_ON_SHIFT; not without `on_shift`, for who comes before the shift begins.
        """
        now, place = microseconds(context.occurred_at), (participant_id, officer_id, checkpoint_id)
        lines = [
            entry
            for entry in self.roster_at(now)
            if (entry.participant_id, entry.officer.officer_id, entry.checkpoint_id) == place
        ]
        covering = [entry for entry in lines if span_of(entry).covers(now)]
        if lines and not covering and on_shift:
            raise Refused(Refusal.NOT_ON_SHIFT, officer=officer_id, checkpoint=checkpoint_id)
        return next(iter(covering or lines), None)

    def rostered(
        self, officer_id: str, checkpoint_id: str, context: Context, *, on_shift: bool = True
    ) -> pb.RosterEntry:
        """An officer of this authority acts only where and when the roster puts the officer."""
        entry = self.roster_entry(context.authority.id, officer_id, checkpoint_id, context, on_shift=on_shift)
        if entry is None:
            raise Refused(Refusal.NOT_ON_ROSTER, officer=officer_id, checkpoint=checkpoint_id)
        away = self.absences.get((context.authority.id, officer_id), ())
        if any(span.covers(microseconds(context.occurred_at)) for span in away):
            raise Refused(Refusal.OFFICER_ABSENT, officer=officer_id)
        return entry

    def require_manned(self, checkpoint_id: str, context: Context) -> None:
        """Two officers of this authority stand at the checkpoint at that moment, each active by its register: one whose
        credential was suspended leaves a gap, and nothing is inspected there until somebody takes the post."""
        now = microseconds(context.occurred_at)
        shifts = [
            Shift(entry.officer.officer_id, span)
            for entry in self.roster_at(now)
            if (entry.participant_id, entry.checkpoint_id) == (context.authority.id, checkpoint_id)
            for span in span_of(entry).without(self.absences.get((entry.participant_id, entry.officer.officer_id), ()))
        ]
        found = [one for one in standing(shifts, now) if _is_active(one, context)]
        if shifts and len(found) < NEEDED:
            raise Refused(Refusal.CHECKPOINT_GAP, checkpoint=checkpoint_id, found=len(found))

    def is_open(self, checkpoint_id: str, instant: int) -> bool | None:
        """Whether a checkpoint was open at an instant; None while no record says so, as of offline devices."""
        before = [is_open for at, is_open in self.doors.get(checkpoint_id, ()) if at <= instant]
        return before[-1] if before else None

    def two_rostered(
        self, officer_ids: Sequence[str], checkpoint_id: str, context: Context
    ) -> list[common.OfficerSnapshot]:
        """Two or more active officers of this authority whom the roster puts at the checkpoint."""
        officers = context.two_active_officers(officer_ids)
        for officer in officers:
            self.rostered(officer.officer_id, checkpoint_id, context)
        return officers

    def inspection(self, inspection_id: str) -> Inspection:
        """An inspection of this authority; a partner's is not known here."""
        inspection = self.inspections.get(inspection_id)
        if inspection is None:
            raise Refused(Refusal.INSPECTION_UNKNOWN, inspection=inspection_id)
        return inspection

    def finding(self, finding_id: str) -> Finding:
        """A finding of this authority; a partner's finding is not known here and not this authority's to act on."""
        finding = self.findings.get(finding_id)
        if finding is None:
            raise Refused(Refusal.FINDING_UNKNOWN, finding=finding_id)
        return finding

    def with_finding(self, finding_id: str, **changes: str | bool) -> "Participation":
        """The participation with one finding changed."""
        finding = replace(self.findings[finding_id], **changes)  # type: ignore[arg-type]
        return replace(self, findings=self.findings.set(finding_id, finding))


def _is_active(officer_id: str, context: Context) -> bool:
    known = context.officers.at(officer_id, context.occurred_at)
    return known is not None and known.status == common.CREDENTIAL_STATUS_ACTIVE


participation = Aggregate("participation", Participation)


def participation_of(operation_id: str, lead_id: str, participant_id: str) -> str:
    """Id of an authority's participation: it follows from operation, lead and participant.

    The lead's id comes from the signature on what arrived, so no other authority's message can reach the stream.
    """
    return str(ids.derive(UUID(operation_id), f"{lead_id}/{participant_id}"))


def known_by(inspected: pb.InspectedObject) -> tuple[str, ...]:
    """What tells an object from others: plate and colour, a vessel's or an enterprise's number.

    Raises:
        Refused: OBJECT_UNIDENTIFIED.
    """
    plate = inspected.plate.replace(" ", "").replace("·", "").upper()
    colour = pb.PlateColour.Name(inspected.plate_colour) if inspected.plate_colour else ""
    parts = {
        pb.OBJECT_KIND_VEHICLE: {"号牌": plate, "号牌颜色": colour},
        pb.OBJECT_KIND_VESSEL: {"船舶识别号": inspected.identifier},
        pb.OBJECT_KIND_ENTERPRISE: {"统一社会信用代码": inspected.identifier},
    }.get(inspected.kind, {"对象种类": ""})
    missing = [name for name, value in parts.items() if not value]
    if missing:
        raise Refused(Refusal.OBJECT_UNIDENTIFIED, missing="、".join(missing))
    return (str(inspected.kind), *parts.values())
