"""Measures: preservation of evidence and seizure (先行登记保存, 扣押), each approved before it is taken.

A measure may end in any stage: a case is not closed while one is in force.
"""

from dataclasses import replace

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases import deadlines
from services.cases.model.case import Case, Measure, MeasureState, Refusal, Stage, case, require_new
from services.kernel.deadlines import published
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day_of


@case.decide(commands.ApproveMeasureRequest, basis="行政处罚法 art. 56; 行政强制法 arts. 10, 17, 18")
def approve_measure(state: Case, command: commands.ApproveMeasureRequest, context: Context) -> Events:
    """A leader approves a measure before it is taken; for a seizure a law or regulation must give the power."""
    state.require(Stage.FILED, Stage.INVESTIGATING)
    require_new(command.measure_id, state.measures)
    if command.kind == pb.MEASURE_KIND_SEIZURE and not command.law_basis.strip():
        raise Refused(Refusal.LAW_BASIS_NEEDED)
    yield pb.MeasureApproved(
        case_id=command.case_id,
        measure_id=command.measure_id,
        kind=command.kind,
        law_basis=command.law_basis,
        reason=command.reason,
    )


@case.evolve(pb.MeasureApproved)
def measure_approved(state: Case, event: pb.MeasureApproved, act: Act) -> Case:
    return replace(state, measures={**state.measures, event.measure_id: Measure(event.kind, act.occurred_at)})


@case.decide(commands.PreserveEvidenceRequest, basis="行政处罚法 art. 56")
def preserve_evidence(state: Case, command: commands.PreserveEvidenceRequest, context: Context) -> Events:
    """Two officers register evidence that may be lost (先行登记保存); it is not a seizure."""
    state.require(Stage.FILED, Stage.INVESTIGATING)
    state.approved_measure(command.measure_id, pb.MEASURE_KIND_PRESERVATION, context)
    yield pb.EvidencePreserved(
        case_id=command.case_id,
        measure_id=command.measure_id,
        item_count=len(command.items),
        items=command.items,
        kept_at=command.kept_at,
        officers=context.two_active_officers(command.officer_ids),
        record=command.record if command.HasField("record") else None,
    )


@case.decide(commands.DecidePreservationRequest, basis="行政处罚法 art. 56")
def decide_preservation(state: Case, command: commands.DecidePreservationRequest, context: Context) -> Events:
    """A leader decides what becomes of preserved evidence."""
    state.measure_in_force(command.measure_id, pb.MEASURE_KIND_PRESERVATION)
    yield pb.PreservationDecided(case_id=command.case_id, measure_id=command.measure_id, outcome=command.outcome)


@case.decide(commands.SeizeRequest, basis="行政强制法 arts. 18, 22, 24")
def seize(state: Case, command: commands.SeizeRequest, context: Context) -> Events:
    """Two officers seize what the approved measure covers, before the party or a witness, with a list on the spot."""
    state.require(Stage.FILED, Stage.INVESTIGATING)
    state.approved_measure(command.measure_id, pb.MEASURE_KIND_SEIZURE, context)
    yield pb.ItemsSeized(
        case_id=command.case_id,
        measure_id=command.measure_id,
        vehicle_count=command.vehicle_count,
        item_count=len(command.items),
        items=command.items,
        present=command.present,
        place=command.place,
        officers=context.two_active_officers(command.officer_ids),
        record=command.record if command.HasField("record") else None,
    )


@case.evolve(pb.EvidencePreserved, pb.ItemsSeized)
def measure_taken(state: Case, event: pb.EvidencePreserved | pb.ItemsSeized, act: Act) -> Case:
    return state.with_measure(event.measure_id, state=MeasureState.IN_FORCE, taken_at=act.occurred_at)


@case.decide(commands.ExtendSeizureRequest, basis="行政强制法 art. 25")
def extend_seizure(state: Case, command: commands.ExtendSeizureRequest, context: Context) -> Events:
    """A leader extends a seizure once, in a complicated case, and before it lapses: what has ended is given back."""
    seizure = state.measure_in_force(command.measure_id, pb.MEASURE_KIND_SEIZURE)
    if seizure.extended:
        raise Refused(Refusal.SEIZURE_EXTENDED_ONCE)
    assert seizure.taken_at is not None
    limit, _ = deadlines.SEIZURE.limit(context.rules, day_of(seizure.taken_at))
    due = limit.provisional(seizure.taken_at, published())
    if not due.provisional and not due.covers(context.occurred_at):
        raise Refused(Refusal.SEIZURE_LAPSED, due=due.due_on)
    yield pb.SeizureExtended(case_id=command.case_id, measure_id=command.measure_id, reason=command.reason)


@case.evolve(pb.SeizureExtended)
def seizure_extended(state: Case, event: pb.SeizureExtended) -> Case:
    return state.with_measure(event.measure_id, extended=True)


@case.decide(commands.ReleaseSeizureRequest, basis="行政强制法 art. 28")
def release_seizure(state: Case, command: commands.ReleaseSeizureRequest, context: Context) -> Events:
    """A leader has seized items given back."""
    state.measure_in_force(command.measure_id, pb.MEASURE_KIND_SEIZURE)
    yield pb.SeizureReleased(case_id=command.case_id, measure_id=command.measure_id, reason=command.reason)


@case.evolve(pb.PreservationDecided, pb.SeizureReleased, pb.SeizureHandedOver)
def measure_ended(state: Case, event: pb.PreservationDecided | pb.SeizureReleased | pb.SeizureHandedOver) -> Case:
    return state.with_measure(event.measure_id, state=MeasureState.ENDED)
