"""Investigation: officers, evidence, correction (调查取证, 责令改正)."""

from dataclasses import replace
from typing import Final

from enforcement.cases.v1 import delivery_pb2 as delivery_pb
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.case import OPEN, Case, Piece, Refusal, Stage, case, require_new
from services.cases.model.delivery import effective_on, not_posted
from services.kernel.decider import Context, Events
from services.kernel.delivery import require_document
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.values import day

OFFICERS_MIN: Final = 2
"""行政处罚法 art. 42."""


@case.decide(commands.AssignOfficersRequest, basis="行政处罚法 arts. 42, 43")
def assign_officers(state: Case, command: commands.AssignOfficersRequest, context: Context) -> Events:
    """At least two officers investigate, each with a credential that is active on that day and no conflict.

    Who is recused does not; who is only asked to be goes on, but does not join.
    """
    state.require(Stage.FILED, Stage.INVESTIGATING)
    if state.stage is Stage.FILED:
        state.require_free()
        state.require_in_order(context)
    officers = context.two_active_officers(command.officer_ids)
    for officer in officers:
        if officer.officer_id not in state.team and officer.officer_id in state.recusals.open.values():
            raise Refused(Refusal.RECUSAL_OPEN, officer=officer.officer_id)
    yield pb.OfficersAssigned(case_id=command.case_id, officer_count=len(officers), officers=officers)


@case.evolve(pb.OfficersAssigned)
def officers_assigned(state: Case, event: pb.OfficersAssigned) -> Case:
    team = frozenset(officer.officer_id for officer in event.officers)
    return replace(state, stage=Stage.INVESTIGATING, team=team, investigators=state.investigators | team)


@case.decide(commands.AddEvidenceRequest, basis="行政处罚法 arts. 41, 42, 46")
def add_evidence(state: Case, command: commands.AddEvidenceRequest, context: Context) -> Events:
    """Two officers gather evidence of one of eight kinds. The act is the gathering: credentials are of that day.

    A device's record is evidence once it was reviewed and adopted (art. 41).
    """
    state.require(Stage.INVESTIGATING)
    require_new(command.evidence_id, state.evidence)
    if command.capture_id and context.found is not True:
        raise Refused(Refusal.RECORD_NOT_ADOPTED, capture=command.capture_id)
    yield pb.EvidenceAdded(
        case_id=command.case_id,
        evidence_id=command.evidence_id,
        kind=command.kind,
        description=command.description,
        place=command.place,
        file=command.file if command.HasField("file") else None,
        collectors=context.two_active_officers(command.collector_ids),
        signed_by=command.signed_by,
        holder=command.holder,
        capture_id=command.capture_id,
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
def evidence_added(state: Case, event: pb.EvidenceAdded, act: Act) -> Case:
    first = event.collectors[0].officer_id if event.collectors else ""
    piece = Piece(event.holder or event.gathered_by or first, act.occurred_at, unconfirmed=event.reconfirm_required)
    investigators = state.investigators if event.gathered_by else state.investigated_by(event.collectors)
    return replace(state, evidence={**state.evidence, event.evidence_id: piece}, investigators=investigators)


@case.decide(commands.OrderCorrectionRequest, basis="行政处罚法 art. 28; 民事诉讼法 arts. 87-95")
def order_correction(state: Case, command: commands.OrderCorrectionRequest, context: Context) -> Events:
    """Two officers order the violation to be corrected by a day, and serve the order; that goes with a penalty and
    never replaces one."""
    state.require(*OPEN)
    officers = context.two_active_officers(command.officer_ids)
    require_document(command, delivery_pb.SERVED_DOCUMENT_CORRECTION)
    ordered_on = effective_on(state, delivery_pb.SERVED_DOCUMENT_CORRECTION, command, context)
    if day(command.due_on) < ordered_on:
        raise Refused(Refusal.CORRECTION_DAY_PAST, due_on=command.due_on, ordered_on=ordered_on)
    yield pb.CorrectionOrdered(
        case_id=command.case_id,
        content=command.content,
        due_on=command.due_on,
        officers=officers,
        document=command.document,
        way=command.way,
        proof=command.proof if command.HasField("proof") else None,
        delivery=command.delivery if command.HasField("delivery") else None,
        effective_on=ordered_on.isoformat(),
    )


@case.evolve(pb.CorrectionOrdered)
def correction_ordered(state: Case, event: pb.CorrectionOrdered) -> Case:
    posted = not_posted(state, delivery_pb.SERVED_DOCUMENT_CORRECTION)
    return replace(state, correction_ordered=True, posted=posted)


@case.decide(commands.CheckCorrectionRequest, basis="行政处罚法 art. 28")
def check_correction(state: Case, command: commands.CheckCorrectionRequest, context: Context) -> Events:
    """Two officers check whether what was ordered was done; as often as it takes."""
    state.require(*OPEN)
    if not state.correction_ordered:
        raise Refused(Refusal.CORRECTION_UNKNOWN)
    yield pb.CorrectionChecked(
        case_id=command.case_id,
        corrected=command.corrected,
        findings=command.findings,
        officers=context.two_active_officers(command.officer_ids),
        record=command.record if command.HasField("record") else None,
    )


@case.evolve(pb.CorrectionChecked)
def correction_checked(state: Case, event: pb.CorrectionChecked) -> Case:
    return state


@case.decide(commands.CloseInvestigationRequest, basis="行政处罚法 arts. 40, 42, 46")
def close_investigation(state: Case, command: commands.CloseInvestigationRequest, context: Context) -> Events:
    """The investigation ends with a report when there is evidence for the facts, none of it excluded. Two officers
    answer for it: whoever was recused meanwhile is replaced first."""
    state.require(Stage.INVESTIGATING)
    state.require_free()
    state.require_in_order(context)
    if len(state.team) < OFFICERS_MIN:
        raise Refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    if not command.HasField("report"):
        raise Refused(Refusal.REPORT_NEEDED)
    for evidence_id in command.evidence_ids:
        state.ground(evidence_id)
    grounds = tuple(dict.fromkeys(command.evidence_ids)) or state.admitted
    if not grounds:
        raise Refused(Refusal.NO_EVIDENCE)
    yield pb.InvestigationClosed(
        case_id=command.case_id,
        facts=command.facts,
        report=command.report,
        evidence_ids=grounds,
    )


@case.evolve(pb.InvestigationClosed)
def investigation_closed(state: Case, event: pb.InvestigationClosed) -> Case:
    return replace(state, stage=Stage.INVESTIGATION_CLOSED, grounds=tuple(event.evidence_ids) or state.admitted)


def require_grounds(state: Case) -> None:
    """A decision rests on evidence that still counts: what was excluded since is the ground of nothing (art. 46)."""
    if not set(state.grounds) & set(state.admitted):
        raise Refused(Refusal.NO_EVIDENCE)
