"""What an inspection found, what was done about it on the spot, and what does not stand (发现, 现场处理, 撤回)."""

from dataclasses import replace
from typing import Final

from enforcement.joint_operations.v1 import corrections_pb2 as corrections
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model.participation.participation import Finding, Participation, Stage, participation
from services.joint_operations.model.shared import Refusal
from services.joint_operations.numbers import count
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import term

_NOT_UNDONE_HERE: Final = frozenset({pb.HANDLING_SEIZED, pb.HANDLING_SIMPLIFIED_PENALTY, pb.HANDLING_REFERRED})
"""Acts on the party, and what another department was given: they go to the owner, and outlive no withdrawal."""


@participation.decide(commands.RecordFindingRequest, basis="行政处罚法 arts. 40, 42, 46")
def record_finding(state: Participation, command: commands.RecordFindingRequest, context: Context) -> Events:
    """A finding comes from an own inspection that found something, by two officers; one act once per inspection.

    Its first place is the checkpoint's; a continuing act, e.g. an unlicensed line, has others too.
    """
    state.require(Stage.ROSTERED)
    inspection = state.inspection(command.inspection_id)
    if inspection.result != pb.INSPECTION_RESULT_FINDING:
        raise Refused(Refusal.NOTHING_FOUND)
    finding_id = command.finding_id or str(context.new_id("finding"))
    if command.act_code in inspection.acts or finding_id in state.findings:
        raise Refused(Refusal.FINDING_TWICE, act=command.act_code)
    officers = state.two_rostered(command.officer_ids, inspection.checkpoint_id, context)
    yield pb.FindingRecorded(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        checkpoint_id=inspection.checkpoint_id,
        finding_id=finding_id,
        inspection_id=command.inspection_id,
        act_code=command.act_code,
        object_kind=inspection.object.kind,
        object_no=inspection.object_no,
        facts=command.facts,
        party_name=command.party_name,
        places=[state.checkpoints[inspection.checkpoint_id].place, *command.other_places],
        officers=officers,
        evidence=command.evidence,
    )


@participation.evolve(pb.FindingRecorded)
def finding_recorded(state: Participation, event: pb.FindingRecorded, act: Act) -> Participation:
    inspection = state.inspections[event.inspection_id]
    inspection = replace(inspection, acts=inspection.acts | {event.act_code})
    return replace(
        state,
        inspections=state.inspections.set(event.inspection_id, inspection),
        findings=state.findings.set(event.finding_id, Finding(event, act.occurred_at)),
        tally=count(state.tally, event, act.occurred_at),
    )


@participation.decide(commands.RecordHandlingRequest, basis="行政处罚法 arts. 22, 28, 29, 40, 42")
def record_handling(state: Participation, command: commands.RecordHandlingRequest, context: Context) -> Events:
    """Whatever is done beyond letting go answers a finding of that inspection, by two officers; a penalty on the spot
    is the owner's, once."""
    state.require(Stage.ROSTERED)
    inspection = state.inspection(command.inspection_id)
    if command.handling != pb.HANDLING_RELEASED and not command.finding_id:
        raise Refused(Refusal.NEEDS_FINDING, handling=term(pb.Handling, command.handling))
    if command.finding_id and state.finding(command.finding_id).recorded.inspection_id != command.inspection_id:
        raise Refused(Refusal.FINDING_UNKNOWN, finding=command.finding_id)
    if command.handling == pb.HANDLING_SIMPLIFIED_PENALTY:
        _require_not_fined(state.finding(command.finding_id), context)
    if command.handling == pb.HANDLING_REFERRED and not command.referred_to:
        raise Refused(Refusal.DEPARTMENT_MISSING)
    officers = state.two_rostered(command.officer_ids, inspection.checkpoint_id, context)
    yield pb.HandlingRecorded(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        inspection_id=command.inspection_id,
        finding_id=command.finding_id,
        handling=command.handling,
        object_kind=inspection.object.kind,
        object_no=inspection.object_no,
        document_number=command.document_number,
        remark=command.remark,
        referred_to=command.referred_to,
        officers=officers,
    )


@participation.evolve(pb.HandlingRecorded)
def handling_recorded(state: Participation, event: pb.HandlingRecorded, act: Act) -> Participation:
    counted = replace(state, tally=count(state.tally, event, act.occurred_at))
    finding = state.findings.get(event.finding_id)
    if finding is None or event.handling not in _NOT_UNDONE_HERE:
        return counted
    acted = replace(finding, acted=finding.acted | {event.handling})
    return replace(counted, findings=state.findings.set(event.finding_id, acted))


@participation.decide(corrections.WithdrawFindingRequest, basis="行政处罚法 arts. 40, 54")
def withdraw_finding(state: Participation, command: corrections.WithdrawFindingRequest, context: Context) -> Events:
    """A finding that does not stand is withdrawn while it is here; what something was done on goes to its owner, who
    decides on the case. The record stays."""
    state.require(Stage.ROSTERED)
    finding = state.finding(command.finding_id)
    if finding.handed_off:
        raise Refused(Refusal.HANDED_OFF_ALREADY, authority=context.member(finding.owner_id).name)
    if finding.acted:
        done = "、".join(term(pb.Handling, one) for one in sorted(finding.acted))
        raise Refused(Refusal.FINDING_ACTED_ON, handling=done)
    recorded = finding.recorded
    others = state.inspections[recorded.inspection_id].acts - {recorded.act_code}
    left = sum(1 for one in state.findings.values() if one.recorded.object_no == recorded.object_no) - 1
    yield corrections.FindingWithdrawn(
        participation_id=command.participation_id,
        operation_id=state.invitation.operation_id,
        finding_id=command.finding_id,
        inspection_id=recorded.inspection_id,
        act_code=recorded.act_code,
        object_kind=recorded.object_kind,
        object_no=recorded.object_no,
        findings_left=left,
        reason=command.reason,
        inspection_result=pb.INSPECTION_RESULT_FINDING if others else pb.INSPECTION_RESULT_OK,
    )


@participation.evolve(corrections.FindingWithdrawn)
def finding_withdrawn(state: Participation, event: corrections.FindingWithdrawn, act: Act) -> Participation:
    before = state.inspections[event.inspection_id]
    inspection = replace(before, acts=before.acts - {event.act_code}, result=event.inspection_result)
    return replace(
        state,
        inspections=state.inspections.set(event.inspection_id, inspection),
        findings=state.findings.delete(event.finding_id),
        tally=count(state.tally, event, act.occurred_at),
    )


def _require_not_fined(finding: Finding, context: Context) -> None:
    """One act is fined once, and by its owner (行政处罚法 arts. 22, 29)."""
    if finding.owner_id not in ("", context.authority.id):
        raise Refused(Refusal.OWNED_ELSEWHERE, owner=context.member(finding.owner_id).name)
    if finding.penalised:
        raise Refused(Refusal.PENALISED_ON_SPOT, authority=context.authority.name)
