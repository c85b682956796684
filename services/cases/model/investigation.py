"""Investigation: officers, evidence, correction (调查取证, 责令改正)."""

from dataclasses import replace

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.case import OPEN, Case, Refusal, Stage, case, require_new
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day


@case.decide(commands.AssignOfficersRequest, basis="行政处罚法 art. 42")
def assign_officers(state: Case, command: commands.AssignOfficersRequest, context: Context) -> Events:
    """At least two officers investigate, each with a credential that is active on that day."""
    state.require(Stage.FILED, Stage.INVESTIGATING)
    officers = context.two_active_officers(command.officer_ids)
    yield pb.OfficersAssigned(case_id=command.case_id, officer_count=len(officers), officers=officers)


@case.evolve(pb.OfficersAssigned)
def officers_assigned(state: Case, event: pb.OfficersAssigned) -> Case:
    return replace(state, stage=Stage.INVESTIGATING)


@case.decide(commands.AddEvidenceRequest, basis="行政处罚法 arts. 42, 46")
def add_evidence(state: Case, command: commands.AddEvidenceRequest, context: Context) -> Events:
    """Two officers gather evidence of one of eight kinds. The act is the gathering: credentials are of that day."""
    state.require(Stage.INVESTIGATING)
    require_new(command.evidence_id, state.evidence)
    yield pb.EvidenceAdded(
        case_id=command.case_id,
        evidence_id=command.evidence_id,
        kind=command.kind,
        description=command.description,
        place=command.place,
        file=command.file if command.HasField("file") else None,
        collectors=context.two_active_officers(command.collector_ids),
    )


@case.decide(commands.AddRecognisedEvidenceRequest, basis="行政处罚法 arts. 26, 46")
def add_recognised_evidence(state: Case, command: commands.AddRecognisedEvidenceRequest, context: Context) -> Events:
    """Evidence that another authority gathered on request and this one recognised joins the file in any stage, once."""
    if command.evidence_id in state.evidence:
        return
    yield pb.EvidenceAdded(
        case_id=command.case_id,
        evidence_id=command.evidence_id,
        kind=command.kind,
        description=command.description,
        file=command.file if command.HasField("file") else None,
        collectors=command.collectors,
        gathered_by=command.gathered_by,
        request_id=command.request_id,
    )


@case.evolve(pb.EvidenceAdded)
def evidence_added(state: Case, event: pb.EvidenceAdded) -> Case:
    return replace(state, evidence=state.evidence | {event.evidence_id})


@case.decide(commands.OrderCorrectionRequest, basis="行政处罚法 art. 28")
def order_correction(state: Case, command: commands.OrderCorrectionRequest, context: Context) -> Events:
    """Two officers order the violation to be corrected; that goes with a penalty and never replaces one."""
    state.require(*OPEN)
    day(command.due_on)
    yield pb.CorrectionOrdered(
        case_id=command.case_id,
        content=command.content,
        due_on=command.due_on,
        officers=context.two_active_officers(command.officer_ids),
    )


@case.evolve(pb.CorrectionOrdered)
def correction_ordered(state: Case, event: pb.CorrectionOrdered) -> Case:
    return state


@case.decide(commands.CloseInvestigationRequest, basis="行政处罚法 art. 40")
def close_investigation(state: Case, command: commands.CloseInvestigationRequest, context: Context) -> Events:
    """The investigation ends with a report when there is evidence for the facts."""
    state.require(Stage.INVESTIGATING)
    if not state.evidence:
        raise Refused(Refusal.NO_EVIDENCE)
    yield pb.InvestigationClosed(
        case_id=command.case_id,
        facts=command.facts,
        report=command.report if command.HasField("report") else None,
    )


@case.evolve(pb.InvestigationClosed)
def investigation_closed(state: Case, event: pb.InvestigationClosed) -> Case:
    return replace(state, stage=Stage.INVESTIGATION_CLOSED)
