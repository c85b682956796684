"""Reports of the participants, and the end of the operation (报告现场工作, 行动结束)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing

from services.joint_operations.model.operation.operation import Operation, Report, Stage, Standing, operation
from services.joint_operations.model.operation.waiting import REPORTING, require_waited
from services.joint_operations.model.shared import Refusal
from services.kernel.deadlines.units import start_of
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day


@operation.decide(commands.NoteFieldWorkReportedRequest, basis="design")
def note_reported(state: Operation, command: commands.NoteFieldWorkReportedRequest, context: Context) -> Events:
    """The lead takes a participant's numbers as that participant signed them; of a cancelled operation they say that it
    ran."""
    participant = state.speaking(command.participant_id, context)
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
    begun = replace(state, stage=Stage.RUNNING) if state.stage is Stage.CANCELLED and report.ran else state
    return begun.with_participant(event.participant_id, replace(participant, report=report))


@operation.decide(commands.NoteFieldWorkReopenedRequest, basis="design")
def note_reopened(state: Operation, command: commands.NoteFieldWorkReopenedRequest, context: Context) -> Events:
    """A report that its author took back no longer counts; a summary that was published waits for another."""
    participant = state.speaking(command.participant_id, context)
    if participant.report is None and state.stage is not Stage.SUMMARISED:
        return
    yield pb.ParticipantReportWithdrawn(operation_id=command.operation_id, participant_id=command.participant_id)


@operation.evolve(pb.ParticipantReportWithdrawn)
def report_withdrawn(state: Operation, event: pb.ParticipantReportWithdrawn, act: Act) -> Operation:
    participant = replace(state.participants[event.participant_id], report=None, withdrew_at=act.occurred_at)
    stage = Stage.CLOSED if state.stage is Stage.SUMMARISED else state.stage
    waiting = replace(state, stage=stage, unreported=state.unreported - {event.participant_id})
    return waiting.with_participant(event.participant_id, participant)


@operation.decide(commands.CloseOperationRequest, basis="行政处罚法 art. 22")
def close(state: Operation, command: commands.CloseOperationRequest, context: Context) -> Events:
    """An operation is over when every participant has reported and every finding has an owner; who lets the time for a
    report pass is named with the reason, and waited for no more."""
    state.require(Stage.READY, Stage.RUNNING)
    missing = list(unreported(state, command.without, context))
    reports = state.reports(missing)
    for participant_id, report in reports.items():
        unassigned = report.numbers.findings - report.findings_assigned
        if unassigned > 0:
            name = state.participants[participant_id].name
            raise Refused(Refusal.FINDINGS_UNASSIGNED, authority=name, count=unassigned)
    yield pb.OperationClosed(
        operation_id=command.operation_id,
        participant_ids=list(reports),
        present_ids=[one for one in state.joined if one in state.opened_by or _was_there(reports.get(one))],
        operation_type=state.plan.operation_type,
        unreported=missing,
    )


@operation.evolve(pb.OperationClosed)
def closed(state: Operation, event: pb.OperationClosed) -> Operation:
    missing = state.unreported | {one.participant_id for one in event.unreported}
    return replace(state, stage=Stage.CLOSED, unreported=missing)


def _was_there(report: Report | None) -> bool:
    return report is not None and bool(report.numbers.officer_times)


def unreported(
    state: Operation, without: Iterable[refusing.MissingReport], context: Context
) -> Iterator[refusing.Unreported]:
    """Those of the named whose report is missing, each after the days that it had; the lead itself reports."""
    last_on = start_of(day(state.plan.ends_on))
    for one in without:
        participant = state.joined.get(one.participant_id)
        if participant is None or participant.report is not None or one.participant_id == state.plan.lead_id:
            continue
        began = max(last_on, participant.withdrew_at or last_on)
        require_waited(REPORTING, began, participant.name, Refusal.REPORTS_AWAITED, context)
        yield refusing.Unreported(participant_id=one.participant_id, reason=one.reason)
