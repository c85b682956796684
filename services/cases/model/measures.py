"""Measures: preservation of evidence and seizure (先行登记保存, 扣押), each approved before it is taken.

Only a seizure may come before its approval, in an emergency: it is reported within 24 hours and approved afterwards, or
released at once (行政强制法 art. 19). On the road that may be before a case is filed.

A measure may end in any stage: a case is not closed while one is in force.
"""

from dataclasses import dataclass, replace
from typing import Final

from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.cases import deadlines
from services.cases.model.case import Case, Measure, MeasureState, Refusal, Stage, case, require_new
from services.cases.model.delivery import not_posted, served_sheet
from services.kernel.deadlines import published
from services.kernel.decider import Context, Events
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.values import day_of, term


@dataclass(frozen=True, slots=True)
class CompulsionList:
    """The list of matters without compulsion that is in force here and speaks on the act of a case."""

    name: str
    """Code and version, as `AskAboutCompulsion` answers them."""


GIVEN_BACK: Final = (pb.PRESERVATION_OUTCOME_RELEASED, pb.PRESERVATION_OUTCOME_EVIDENCE_TAKEN)
"""Ends of a preservation that give things back to the party."""


@case.decide(commands.ApproveMeasureRequest, basis="行政处罚法 art. 56; 行政强制法 arts. 10, 17, 18")
def approve_measure(state: Case, command: commands.ApproveMeasureRequest, context: Context) -> Events:
    """A leader approves a measure before it is taken; for a seizure a law or regulation must give the power, and the
    matter is not one of those without compulsion.
    """
    state.require(Stage.FILED, Stage.INVESTIGATING)
    require_new(command.measure_id, state.measures)
    if command.kind == pb.MEASURE_KIND_SEIZURE:
        _require_power_to_seize(command, context)
    yield pb.MeasureApproved(
        case_id=command.case_id,
        measure_id=command.measure_id,
        kind=command.kind,
        law_basis=command.law_basis,
        reason=command.reason,
        no_compulsion=command.no_compulsion if command.HasField("no_compulsion") else None,
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


@case.decide(commands.DecidePreservationRequest, basis="行政处罚法 art. 56; 行政强制法 arts. 18, 25")
def decide_preservation(state: Case, command: commands.DecidePreservationRequest, context: Context) -> Events:
    """A leader decides what becomes of preserved evidence. What goes on as a seizure was approved or taken as one: that
    has its own decision and its own thirty days (行政强制法 arts. 18, 25). What is given back is given back by a
    decision (form 7) that is served.
    """
    state.measure_in_force(command.measure_id, pb.MEASURE_KIND_PRESERVATION)
    if command.outcome == pb.PRESERVATION_OUTCOME_SEIZED and not state.seizes:
        raise Refused(Refusal.SEIZURE_BEFORE_PRESERVATION_ENDS)
    told = {}
    if command.outcome in GIVEN_BACK:
        told = served_sheet(state, delivery.SERVED_DOCUMENT_PRESERVATION_END, command.measure_id, command, context)
    yield pb.PreservationDecided(
        case_id=command.case_id, measure_id=command.measure_id, outcome=command.outcome, **told
    )


@case.decide(commands.SeizeRequest, basis="行政强制法 arts. 18, 19, 22, 24")
def seize(state: Case, command: commands.SeizeRequest, context: Context) -> Events:
    """Two officers seize what the approved measure covers, before the party or a witness, with a record of the scene;
    decision and list are handed over on the spot. What is urgent is taken first and approved afterwards.
    """
    emergency = bool(command.emergency_reason.strip())
    if emergency:
        state.require(Stage.CLUE, Stage.FILED, Stage.INVESTIGATING)
        require_new(command.measure_id, state.measures)
        _require_power_to_seize(command, context)
    else:
        state.require(Stage.FILED, Stage.INVESTIGATING)
        state.approved_measure(command.measure_id, pb.MEASURE_KIND_SEIZURE, context)
    _require_steps_of_seizure(command)
    yield pb.ItemsSeized(
        case_id=command.case_id,
        measure_id=command.measure_id,
        vehicle_count=command.vehicle_count,
        item_count=len(command.items),
        items=command.items,
        present=command.present,
        place=command.place,
        officers=context.two_active_officers(command.officer_ids),
        record=command.record,
        emergency=emergency,
        emergency_reason=command.emergency_reason,
        law_basis=command.law_basis,
        no_compulsion=command.no_compulsion if command.HasField("no_compulsion") else None,
        presence=command.presence,
        scene_record=command.scene_record,
        statement=command.statement,
    )


@case.evolve(pb.EvidencePreserved, pb.ItemsSeized)
def measure_taken(state: Case, event: pb.EvidencePreserved | pb.ItemsSeized, act: Act) -> Case:
    if isinstance(event, pb.ItemsSeized) and event.emergency:
        taken = Measure(pb.MEASURE_KIND_SEIZURE, None)
        state = replace(state, measures={**state.measures, event.measure_id: taken})
    state = replace(state, investigators=state.investigated_by(event.officers))
    return state.with_measure(event.measure_id, state=MeasureState.IN_FORCE, taken_at=act.occurred_at)


@case.decide(commands.ReportEmergencySeizureRequest, basis="行政强制法 art. 19")
def report_emergency_seizure(state: Case, command: commands.ReportEmergencySeizureRequest, context: Context) -> Events:
    """Officers report a seizure that they took without approval to a leader."""
    if _awaiting_approval(state, command.measure_id).reported:
        raise Refused(Refusal.NO_EMERGENCY)
    leader = context.officer(command.leader_id)
    if not {options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD} & set(leader.roles):
        raise Refused(KernelRefusal.CALLER_NOT_ALLOWED, needed=term(options.Role, options.ROLE_LEADER))
    yield pb.EmergencySeizureReported(
        case_id=command.case_id, measure_id=command.measure_id, leader_id=command.leader_id
    )


@case.evolve(pb.EmergencySeizureReported)
def emergency_seizure_reported(state: Case, event: pb.EmergencySeizureReported) -> Case:
    return state.with_measure(event.measure_id, reported=True)


@case.decide(commands.DecideEmergencySeizureRequest, basis="行政强制法 art. 19")
def decide_emergency_seizure(state: Case, command: commands.DecideEmergencySeizureRequest, context: Context) -> Events:
    """A leader approves it afterwards. What should not have been seized is released at once, by a decision that is
    served."""
    if not _awaiting_approval(state, command.measure_id).reported:
        raise Refused(Refusal.NOT_REPORTED)
    yield pb.EmergencySeizureDecided(
        case_id=command.case_id, measure_id=command.measure_id, approved=command.approved, reason=command.reason
    )
    if not command.approved:
        yield _released(state, command, context, command.reason)


@case.evolve(pb.EmergencySeizureDecided)
def emergency_seizure_decided(state: Case, event: pb.EmergencySeizureDecided, act: Act) -> Case:
    return state.with_measure(event.measure_id, approved_at=act.occurred_at) if event.approved else state


@case.decide(commands.ExtendSeizureRequest, basis="行政强制法 art. 25")
def extend_seizure(state: Case, command: commands.ExtendSeizureRequest, context: Context) -> Events:
    """A leader extends a seizure once, in a complicated case, and before it lapses: what has ended is given back. The
    party is told in writing, with the reason. Testing time of which the party was told does not count.
    """
    seizure = state.measure_in_force(command.measure_id, pb.MEASURE_KIND_SEIZURE)
    if seizure.awaits_approval:
        raise Refused(Refusal.EMERGENCY_NOT_APPROVED)
    if seizure.extended:
        raise Refused(Refusal.SEIZURE_EXTENDED_ONCE)
    if not command.HasField("notice"):
        raise Refused(Refusal.EXTENSION_NOT_TOLD)
    assert seizure.taken_at is not None
    limit, _ = deadlines.SEIZURE.limit(context.rules, day_of(seizure.taken_at))
    testing = [
        test.pause(context.occurred_at) for test in state.tests.values() if test.measure_id == command.measure_id
    ]
    due = limit.provisional(seizure.taken_at, published(), (*seizure.pauses, *testing))
    if not due.provisional and not due.covers(context.occurred_at):
        raise Refused(Refusal.SEIZURE_LAPSED, due=due.due_on)
    told = served_sheet(
        state, delivery.SERVED_DOCUMENT_SEIZURE_EXTENSION, command.measure_id, command, context, sheet="notice"
    )
    yield pb.SeizureExtended(case_id=command.case_id, measure_id=command.measure_id, reason=command.reason, **told)


@case.evolve(pb.SeizureExtended)
def seizure_extended(state: Case, event: pb.SeizureExtended) -> Case:
    posted = not_posted(state, delivery.SERVED_DOCUMENT_SEIZURE_EXTENSION, event.measure_id)
    return replace(state.with_measure(event.measure_id, extended=True), posted=posted)


@case.decide(commands.ReleaseSeizureRequest, basis="行政强制法 arts. 27, 28")
def release_seizure(state: Case, command: commands.ReleaseSeizureRequest, context: Context) -> Events:
    """A leader has seized items given back, by a decision (form 10) that is served; what the decision of the case
    confiscates is kept, some a law has destroyed."""
    state.measure_in_force(command.measure_id, pb.MEASURE_KIND_SEIZURE)
    if command.end == pb.SEIZURE_END_AUCTIONED:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail="end: what is auctioned ends by the auction")
    if command.end == pb.SEIZURE_END_CONFISCATED and not _confiscates_goods(state):
        raise Refused(Refusal.NOT_CONFISCATED)
    if command.end in (pb.SEIZURE_END_UNSPECIFIED, pb.SEIZURE_END_RETURNED):
        yield _released(state, command, context, command.reason, command.end)
        return
    yield pb.SeizureReleased(
        case_id=command.case_id,
        measure_id=command.measure_id,
        reason=command.reason,
        end=command.end,
        document=command.document if command.HasField("document") else None,
    )


def _released(
    state: Case,
    command: commands.ReleaseSeizureRequest | commands.DecideEmergencySeizureRequest,
    context: Context,
    reason: str,
    end: pb.SeizureEnd.ValueType = pb.SEIZURE_END_UNSPECIFIED,
) -> pb.SeizureReleased:
    told = served_sheet(state, delivery.SERVED_DOCUMENT_SEIZURE_RELEASE, command.measure_id, command, context)
    return pb.SeizureReleased(case_id=command.case_id, measure_id=command.measure_id, reason=reason, end=end, **told)


@case.decide(commands.NoteItemsAuctionedRequest, basis="行政强制法 arts. 28, 46")
def note_items_auctioned(state: Case, command: commands.NoteItemsAuctionedRequest, context: Context) -> Events:
    """What was sold to set off the fine is seized no more."""
    measure = state.measures.get(command.measure_id)
    if measure is not None and measure.kind == pb.MEASURE_KIND_SEIZURE and measure.state is MeasureState.IN_FORCE:
        yield pb.SeizureReleased(case_id=command.case_id, measure_id=command.measure_id, end=pb.SEIZURE_END_AUCTIONED)


@case.evolve(pb.PreservationDecided, pb.SeizureReleased, pb.SeizureHandedOver)
def measure_ended(state: Case, event: pb.PreservationDecided | pb.SeizureReleased | pb.SeizureHandedOver) -> Case:
    return state.with_measure(event.measure_id, state=MeasureState.ENDED)


def _require_power_to_seize(command: commands.ApproveMeasureRequest | commands.SeizeRequest, context: Context) -> None:
    """A law or regulation gives the power (行政强制法 art. 10), and the list of matters without compulsion does not
    take it away: that which is in force here and speaks on the act, where there is one.
    """
    if not command.law_basis.strip():
        raise Refused(Refusal.LAW_BASIS_NEEDED)
    answer = command.no_compulsion
    if not answer.ruleset.strip():
        raise Refused(Refusal.NO_COMPULSION_UNANSWERED)
    in_force = context.found if isinstance(context.found, CompulsionList) else None
    if in_force is not None and in_force.name not in answer.ruleset:
        raise Refused(Refusal.NO_COMPULSION_LIST, list=in_force.name)
    if answer.applies:
        raise Refused(Refusal.NO_COMPULSION, item=answer.item_code or answer.ruleset)


def _require_steps_of_seizure(command: commands.SeizeRequest) -> None:
    """Presence, information of the party, record of the scene, and the papers handed over (arts. 18, 24)."""
    party_there = command.presence == pb.PRESENCE_PARTY
    steps = {
        "当事人或者见证人到场": bool(command.presence),
        "告知当事人理由、依据、权利和救济途径": command.informed or not party_there,
        "现场笔录": command.HasField("scene_record"),
        "决定书和清单": command.HasField("record"),
        "当场交付": command.delivered,
    }
    if missing := [step for step, done in steps.items() if not done]:
        raise Refused(Refusal.SEIZURE_INCOMPLETE, missing="、".join(missing))


def _confiscates_goods(state: Case) -> bool:
    penalties = state.decision.penalties if state.decision is not None else ()
    return any(penalty.kind == pb.PENALTY_KIND_CONFISCATE_GOODS for penalty in penalties)


def _awaiting_approval(state: Case, measure_id: str) -> Measure:
    measure = state.measures.get(measure_id)
    if measure is None or not measure.awaits_approval:
        raise Refused(Refusal.NO_EMERGENCY)
    return measure
