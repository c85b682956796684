"""The end of field work, and its reopening (报告现场工作)."""

from dataclasses import replace

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model.participation.participation import Participation, Stage, participation
from services.joint_operations.model.shared import Refusal
from services.joint_operations.numbers import numbers
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused


@participation.decide(commands.CloseFieldWorkRequest, basis="行政处罚法 art. 22")
def close_field_work(state: Participation, command: commands.CloseFieldWorkRequest, context: Context) -> Events:
    """Field work is over when every result has its finding and every finding its owner; then it is counted."""
    state.require(Stage.ROSTERED)
    unbacked = [
        one for one in state.inspections.values() if one.result == pb.INSPECTION_RESULT_FINDING and not one.acts
    ]
    if unbacked:
        raise Refused(Refusal.RESULT_WITHOUT_FINDING, count=len(unbacked))
    unassigned = [one for one in state.findings.values() if not one.owner_id]
    if unassigned:
        raise Refused(Refusal.FINDINGS_UNASSIGNED, authority=context.authority.name, count=len(unassigned))
    yield pb.FieldWorkReported(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        numbers=numbers(state.tally),
        findings_assigned=len(state.findings),
    )


@participation.evolve(pb.FieldWorkReported)
def field_work_reported(state: Participation, event: pb.FieldWorkReported) -> Participation:
    return replace(state, stage=Stage.REPORTED)


@participation.decide(commands.ReopenFieldWorkRequest, basis="design")
def reopen_field_work(state: Participation, command: commands.ReopenFieldWorkRequest, context: Context) -> Events:
    """An act recorded late reopens field work, after the summary too; report and signature no longer stand."""
    state.require(Stage.REPORTED, Stage.SUMMARISED)
    yield pb.FieldWorkReopened(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        lead_id=state.invitation.lead_id,
        participant_id=context.authority.id,
        reason=command.reason,
    )


@participation.evolve(pb.FieldWorkReopened)
def field_work_reopened(state: Participation, event: pb.FieldWorkReopened) -> Participation:
    return replace(state, stage=Stage.ROSTERED, signed="", refused="")
