"""An operation as its lead keeps it (联合执法行动).

    DRAFT ──invite──▶ INVITED ──roster──▶ READY ──a checkpoint opens──▶ RUNNING
                                            └───────────────┬─────────────┘
                                       close: all reported, every finding owned
                                                            ▼
                                                         CLOSED ──propose ⇄ sign──▶ publish ──▶ SUMMARISED

The joint team is no legal subject: the lead plans, gathers and counts, and decides nothing on anybody's finding. What
it knows of a participant is what that participant signed; the lead's own part comes to it the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.joint_operations.numbers import VERSION, total
from services.joint_operations.summary import summary_text
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused, refusals

Refusal = refusals("enforcement.joint_operations.v1")


class Stage(StrEnum):
    """Stages of an operation."""

    DRAFT = "方案"
    INVITED = "已邀请"
    READY = "已编组"
    RUNNING = "执行中"
    CLOSED = "已结束"
    SUMMARISED = "已总结"


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


@dataclass(frozen=True, slots=True)
class Participant:
    """One invited authority."""

    standing: Standing = Standing.INVITED
    name: str = ""
    officers: Mapping[str, common.OfficerSnapshot] = field(default_factory=dict)
    """Those it sends, in the order in which it named them: an officer's number is the place in it."""
    report: Report | None = None
    signed: str = ""
    """Proposal that it signed."""


@dataclass(frozen=True, slots=True)
class Operation(Staged):
    """What the decisions of the lead read."""

    stage: Stage = Stage.DRAFT
    plan: pb.OperationPlanned = field(default_factory=pb.OperationPlanned)
    participants: Mapping[str, Participant] = field(default_factory=dict)
    roster_version: int = 0
    open_checkpoints: frozenset[str] = frozenset()
    proposal: pb.SummaryProposed | None = None

    @property
    def joined(self) -> dict[str, Participant]:
        """The participants that accepted, in the order of invitation."""
        return {id_: one for id_, one in self.participants.items() if one.standing is Standing.JOINED}

    def with_participant(self, participant_id: str, participant: Participant) -> "Operation":
        """The same operation with one participant changed."""
        return replace(self, participants={**self.participants, participant_id: participant})


operation = Aggregate("operation", Operation)


@operation.decide(commands.PlanOperationRequest, basis="行政处罚法 arts. 17, 22, 23")
def plan(state: Operation, command: commands.PlanOperationRequest, context: Context) -> Events:
    """A plan is written and names, for every checkpoint, a transport authority with power at that place."""
    if command.ends_on < command.starts_on:
        raise Refused(Refusal.PERIOD_REVERSED, starts=command.starts_on, ends=command.ends_on)
    seen: set[str] = set()
    for checkpoint in command.checkpoints:
        if checkpoint.checkpoint_id in seen:
            raise Refused(Refusal.CHECKPOINT_TWICE, checkpoint=checkpoint.checkpoint_id)
        seen.add(checkpoint.checkpoint_id)
        competent = context.member(checkpoint.competent_id)
        if competent.kind != options.AUTHORITY_KIND_TRANSPORT or not competent.competent_in(
            checkpoint.place.division_code
        ):
            raise Refused(
                Refusal.CHECKPOINT_NOT_COMPETENT,
                checkpoint=checkpoint.checkpoint_id,
                division=checkpoint.place.division_code,
                authority=competent.name,
            )
    yield pb.OperationPlanned(
        operation_id=command.operation_id or str(context.new_id("operation")),
        lead_id=context.authority.id,
        operation_type=command.operation_type,
        themes=command.themes,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        checkpoints=[
            pb.Checkpoint(checkpoint_id=one.checkpoint_id, place=one.place, competent_id=one.competent_id)
            for one in command.checkpoints
        ],
        name=command.name,
        purpose=command.purpose,
        targets=command.targets if command.HasField("targets") else None,
        lead_name=context.authority.name,
    )


@operation.evolve(pb.OperationPlanned)
def planned(state: Operation, event: pb.OperationPlanned) -> Operation:
    return replace(state, stage=Stage.DRAFT, plan=event)


@operation.decide(commands.InviteParticipantRequest, basis="行政处罚法 art. 26")
def invite(state: Operation, command: commands.InviteParticipantRequest, context: Context) -> Events:
    """Each authority is invited once and answers for itself; one that declined may still accept."""
    state.require(Stage.DRAFT, Stage.INVITED, Stage.READY, Stage.RUNNING)
    invited = context.member(command.participant_id)
    if invited.id in state.participants:
        raise Refused(Refusal.ALREADY_INVITED, authority=invited.name)
    yield pb.ParticipantInvited(
        operation_id=command.operation_id,
        participant_id=invited.id,
        lead_id=context.authority.id,
        operation_type=state.plan.operation_type,
        themes=state.plan.themes,
        starts_on=state.plan.starts_on,
        ends_on=state.plan.ends_on,
        checkpoints=state.plan.checkpoints,
        name=state.plan.name,
        purpose=state.plan.purpose,
        contact=command.contact,
    )


@operation.evolve(pb.ParticipantInvited)
def invited(state: Operation, event: pb.ParticipantInvited) -> Operation:
    stage = Stage.INVITED if state.stage is Stage.DRAFT else state.stage
    return replace(state.with_participant(event.participant_id, Participant()), stage=stage)


@operation.decide(commands.NoteParticipantJoinedRequest, basis="行政处罚法 art. 26")
def note_joined(state: Operation, command: commands.NoteParticipantJoinedRequest, context: Context) -> Events:
    """Only the invited authority itself accepts, and it sends its own officers."""
    participant = _speaking(state, command.participant_id, context)
    if participant.standing is Standing.JOINED or state.stage in (Stage.CLOSED, Stage.SUMMARISED):
        return
    member = context.member(command.participant_id)
    for officer in command.officers:
        if officer.authority_id != member.id:
            raise Refused(Refusal.OFFICER_NOT_SENT, authority=member.name, officer=officer.officer_id)
    yield pb.ParticipantJoined(
        operation_id=command.operation_id,
        participant_id=member.id,
        officers=command.officers,
        cars=command.cars,
        devices=command.devices,
        participant_name=member.name,
    )


@operation.evolve(pb.ParticipantJoined)
def joined(state: Operation, event: pb.ParticipantJoined) -> Operation:
    officers = {officer.officer_id: officer for officer in event.officers}
    return state.with_participant(
        event.participant_id,
        Participant(standing=Standing.JOINED, name=event.participant_name, officers=officers),
    )


@operation.decide(commands.NoteParticipantDeclinedRequest, basis="行政处罚法 art. 26")
def note_declined(state: Operation, command: commands.NoteParticipantDeclinedRequest, context: Context) -> Events:
    """An authority that has not accepted may decline."""
    participant = _speaking(state, command.participant_id, context)
    if participant.standing is not Standing.INVITED:
        return
    yield pb.ParticipantDeclined(
        operation_id=command.operation_id, participant_id=command.participant_id, reason=command.reason
    )


@operation.evolve(pb.ParticipantDeclined)
def declined(state: Operation, event: pb.ParticipantDeclined) -> Operation:
    return state.with_participant(event.participant_id, Participant(standing=Standing.DECLINED))


@operation.decide(commands.PublishRosterRequest, basis="行政处罚法 arts. 22, 42")
def publish_roster(state: Operation, command: commands.PublishRosterRequest, context: Context) -> Events:
    """At each checkpoint stand at least two active officers of the authority competent there, sent by it.

    A roster may be published again while the operation runs; the later one replaces the earlier.
    """
    state.require(Stage.INVITED, Stage.READY, Stage.RUNNING)
    entries = [_entry(state, assignment, context) for assignment in command.assignments]
    seen: set[tuple[str, str, str, int]] = set()
    for entry in entries:
        place = (
            entry.participant_id,
            entry.officer.officer_id,
            entry.checkpoint_id,
            entry.shift_starts_at.ToMicroseconds(),
        )
        if place in seen:
            raise Refused(Refusal.OFFICER_TWICE, officer=entry.officer.officer_id, checkpoint=entry.checkpoint_id)
        seen.add(place)
    for checkpoint in state.plan.checkpoints:
        competent = {
            entry.officer.officer_id
            for entry in entries
            if entry.checkpoint_id == checkpoint.checkpoint_id
            and entry.participant_id == checkpoint.competent_id
            and entry.officer.status == common.CREDENTIAL_STATUS_ACTIVE
        }
        if len(competent) < 2:
            raise Refused(
                Refusal.ROSTER_TOO_THIN,
                checkpoint=checkpoint.checkpoint_id,
                authority=context.member(checkpoint.competent_id).name,
                found=len(competent),
            )
    yield pb.RosterPublished(
        operation_id=command.operation_id,
        participant_ids=list(state.joined),
        roster_version=state.roster_version + 1,
        entries=entries,
    )


@operation.evolve(pb.RosterPublished)
def roster_published(state: Operation, event: pb.RosterPublished) -> Operation:
    stage = Stage.READY if state.stage is Stage.INVITED else state.stage
    return replace(state, stage=stage, roster_version=event.roster_version)


@operation.decide(commands.NoteCheckpointOpenedRequest, basis="行政处罚法 art. 22")
def note_checkpoint_opened(state: Operation, command: commands.NoteCheckpointOpenedRequest, context: Context) -> Events:
    """A checkpoint is opened by the authority competent there; with the first one the operation runs."""
    _speaking(state, command.participant_id, context)
    competent = {checkpoint.checkpoint_id: checkpoint.competent_id for checkpoint in state.plan.checkpoints}
    if competent.get(command.checkpoint_id) != command.participant_id:
        raise Refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint=command.checkpoint_id)
    if command.checkpoint_id in state.open_checkpoints:
        return
    yield pb.CheckpointOpeningNoted(
        operation_id=command.operation_id,
        checkpoint_id=command.checkpoint_id,
        participant_id=command.participant_id,
    )


@operation.evolve(pb.CheckpointOpeningNoted)
def checkpoint_opening_noted(state: Operation, event: pb.CheckpointOpeningNoted) -> Operation:
    stage = Stage.RUNNING if state.stage is Stage.READY else state.stage
    return replace(state, stage=stage, open_checkpoints=state.open_checkpoints | {event.checkpoint_id})


@operation.decide(commands.NoteFieldWorkReportedRequest, basis="design")
def note_reported(state: Operation, command: commands.NoteFieldWorkReportedRequest, context: Context) -> Events:
    """The lead takes a participant's numbers as that participant signed them."""
    participant = _speaking(state, command.participant_id, context)
    if participant.standing is not Standing.JOINED:
        raise Refused(Refusal.NOT_JOINED, authority=context.member(command.participant_id).name)
    yield pb.ParticipantReported(
        operation_id=command.operation_id,
        participant_id=command.participant_id,
        numbers=command.numbers,
        findings_assigned=command.findings_assigned,
    )


@operation.evolve(pb.ParticipantReported)
def reported(state: Operation, event: pb.ParticipantReported) -> Operation:
    participant = state.participants[event.participant_id]
    report = Report(event.numbers, event.findings_assigned)
    return state.with_participant(event.participant_id, replace(participant, report=report))


@operation.decide(commands.NoteFieldWorkReopenedRequest, basis="design")
def note_reopened(state: Operation, command: commands.NoteFieldWorkReopenedRequest, context: Context) -> Events:
    """A report that its author took back no longer counts."""
    participant = _speaking(state, command.participant_id, context)
    if participant.report is None:
        return
    yield pb.ParticipantReportWithdrawn(operation_id=command.operation_id, participant_id=command.participant_id)


@operation.evolve(pb.ParticipantReportWithdrawn)
def report_withdrawn(state: Operation, event: pb.ParticipantReportWithdrawn) -> Operation:
    participant = state.participants[event.participant_id]
    return state.with_participant(event.participant_id, replace(participant, report=None))


@operation.decide(commands.CloseOperationRequest, basis="行政处罚法 art. 22")
def close(state: Operation, command: commands.CloseOperationRequest, context: Context) -> Events:
    """An operation is over when every participant has reported and every finding has an owner."""
    state.require(Stage.READY, Stage.RUNNING)
    reports = _reports(state)
    for participant_id, report in reports.items():
        unassigned = report.numbers.findings - report.findings_assigned
        if unassigned > 0:
            name = state.participants[participant_id].name
            raise Refused(Refusal.FINDINGS_UNASSIGNED, authority=name, count=unassigned)
    yield pb.OperationClosed(
        operation_id=command.operation_id,
        participant_ids=list(reports),
        present_ids=[id_ for id_, report in reports.items() if report.numbers.officer_times],
        operation_type=state.plan.operation_type,
    )


@operation.evolve(pb.OperationClosed)
def closed(state: Operation, event: pb.OperationClosed) -> Operation:
    return replace(state, stage=Stage.CLOSED)


@operation.decide(commands.ProposeSummaryRequest, basis="design")
def propose(state: Operation, command: commands.ProposeSummaryRequest, context: Context) -> Events:
    """The summary is computed from the reports; nobody types a number or a sentence of it."""
    state.require(Stage.CLOSED)
    reports = _reports(state)
    for participant_id, report in reports.items():
        if report.numbers.definition_version != VERSION:
            raise Refused(Refusal.NUMBERS_DIFFER, authority=state.participants[participant_id].name)
    summed = total(report.numbers for report in reports.values())
    partner_names = [one.name for id_, one in state.joined.items() if id_ != state.plan.lead_id]
    yield pb.SummaryProposed(
        operation_id=command.operation_id,
        participant_ids=list(reports),
        proposal_id=str(context.new_id("proposal")),
        by_participant=_by_participant(reports),
        total=summed,
        text=_text(state.plan, state.plan.lead_name, partner_names, summed),
        lead_name=state.plan.lead_name,
        partner_names=partner_names,
    )


@operation.evolve(pb.SummaryProposed)
def proposed(state: Operation, event: pb.SummaryProposed) -> Operation:
    return replace(state, proposal=event)


@operation.decide(commands.NoteSummarySignedRequest, basis="design")
def note_signed(state: Operation, command: commands.NoteSummarySignedRequest, context: Context) -> Events:
    """A signature holds for the proposal that it names; one that comes after a newer proposal counts for nothing."""
    participant = _speaking(state, command.participant_id, context)
    if state.proposal is None or command.proposal_id != state.proposal.proposal_id:
        return
    if participant.signed == command.proposal_id:
        return
    yield pb.SummarySignatureRecorded(
        operation_id=command.operation_id, participant_id=command.participant_id, proposal_id=command.proposal_id
    )


@operation.evolve(pb.SummarySignatureRecorded)
def signature_recorded(state: Operation, event: pb.SummarySignatureRecorded) -> Operation:
    participant = state.participants[event.participant_id]
    return state.with_participant(event.participant_id, replace(participant, signed=event.proposal_id))


@operation.decide(commands.PublishSummaryRequest, basis="design")
def publish_summary(state: Operation, command: commands.PublishSummaryRequest, context: Context) -> Events:
    """A summary is published when every participant signed it, and its numbers and text are those of the events."""
    state.require(Stage.CLOSED)
    proposal = state.proposal
    if proposal is None or proposal.proposal_id != command.proposal_id:
        raise Refused(Refusal.NO_PROPOSAL, proposal=command.proposal_id)
    unsigned = [one.name for one in state.joined.values() if one.signed != proposal.proposal_id]
    if unsigned:
        raise Refused(Refusal.NOT_SIGNED, authorities="、".join(unsigned))
    reports = _reports(state)
    proposed_numbers = {one.participant_id: one.numbers for one in proposal.by_participant}
    for participant_id, report in reports.items():
        if proposed_numbers.get(participant_id) != report.numbers:
            raise Refused(Refusal.NUMBERS_DIFFER, authority=state.participants[participant_id].name)
    if proposal.total != total(report.numbers for report in reports.values()):
        raise Refused(Refusal.NUMBERS_DIFFER, authority="合计")
    if proposal.text != _text(state.plan, proposal.lead_name, proposal.partner_names, proposal.total):
        raise Refused(Refusal.TEXT_DIFFERS)
    yield pb.OperationSummarised(
        operation_id=command.operation_id,
        participant_ids=proposal.participant_ids,
        proposal_id=proposal.proposal_id,
        by_participant=proposal.by_participant,
        total=proposal.total,
        text=proposal.text,
        operation_type=state.plan.operation_type,
    )


@operation.evolve(pb.OperationSummarised)
def summarised(state: Operation, event: pb.OperationSummarised) -> Operation:
    return replace(state, stage=Stage.SUMMARISED)


def _speaking(state: Operation, participant_id: str, context: Context) -> Participant:
    """Nobody but an invited authority itself speaks for its participation."""
    speaker = context.origin or context.authority.id
    if speaker != participant_id or participant_id not in state.participants:
        raise Refused(Refusal.NOT_A_PARTICIPANT, authority=speaker)
    return state.participants[participant_id]


def _entry(state: Operation, assignment: commands.RosterAssignment, context: Context) -> pb.RosterEntry:
    """An officer is put on the roster as the authority that sends the officer signed it."""
    participant = state.joined.get(assignment.participant_id)
    if participant is None:
        raise Refused(Refusal.NOT_JOINED, authority=context.member(assignment.participant_id).name)
    officer = participant.officers.get(assignment.officer_id)
    if officer is None:
        raise Refused(Refusal.OFFICER_NOT_SENT, authority=participant.name, officer=assignment.officer_id)
    if assignment.checkpoint_id not in {checkpoint.checkpoint_id for checkpoint in state.plan.checkpoints}:
        raise Refused(Refusal.CHECKPOINT_UNKNOWN, checkpoint=assignment.checkpoint_id)
    starts, ends = assignment.shift_starts_at, assignment.shift_ends_at
    if assignment.HasField("shift_ends_at") and ends.ToMicroseconds() <= starts.ToMicroseconds():
        raise Refused(Refusal.PERIOD_REVERSED, starts=starts.ToJsonString(), ends=ends.ToJsonString())
    return pb.RosterEntry(
        participant_id=assignment.participant_id,
        officer=officer,
        officer_no=list(participant.officers).index(assignment.officer_id) + 1,
        checkpoint_id=assignment.checkpoint_id,
        duty=assignment.duty,
        shift_starts_at=starts if assignment.HasField("shift_starts_at") else None,
        shift_ends_at=ends if assignment.HasField("shift_ends_at") else None,
    )


def _reports(state: Operation) -> dict[str, Report]:
    """The reports of all participants that joined; refused while one is missing."""
    reports = {id_: one.report for id_, one in state.joined.items() if one.report is not None}
    missing = [one.name for id_, one in state.joined.items() if id_ not in reports]
    if missing:
        raise Refused(Refusal.NOT_REPORTED, authorities="、".join(missing))
    return reports


def _by_participant(reports: Mapping[str, Report]) -> list[pb.ParticipantNumbers]:
    return [pb.ParticipantNumbers(participant_id=id_, numbers=report.numbers) for id_, report in reports.items()]


def _text(plan: pb.OperationPlanned, lead_name: str, partner_names: Sequence[str], numbers: pb.FieldNumbers) -> str:
    return summary_text(
        name=plan.name,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        lead_name=lead_name,
        partner_names=partner_names,
        numbers=numbers,
    )
