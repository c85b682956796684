"""Application to the court (申请人民法院强制执行, 行政强制法 arts. 53-58).

service ──── six months for a suit ────▶│◀── three months ──▶│ later only with a reason
demand ─ ten working days ─▶│ possible from the next day on
"""

from dataclasses import replace

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection import periods
from services.collection.model.collection import Collection, Refusal, Stage, collection
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day, day_of, term

MATERIALS = (
    pb.COURT_MATERIAL_KIND_APPLICATION,
    pb.COURT_MATERIAL_KIND_DECISION,
    pb.COURT_MATERIAL_KIND_PARTY_OPINION,
    pb.COURT_MATERIAL_KIND_OBJECT,
    pb.COURT_MATERIAL_KIND_OTHER,
)
"""行政强制法 art. 55; for the last, a statement that no law asks for others."""


@collection.decide(commands.ApplyToCourtRequest, basis="行政强制法 arts. 53, 54, 55; 行政处罚法 art. 72")
def apply_to_court(state: Collection, command: commands.ApplyToCourtRequest, context: Context) -> Events:
    """The head applies when the party neither sought a remedy in time nor performed, after the demand, in three months.

    Where a remedy was sought and has ended, another law may let the authority apply: then it says which.
    """
    state.require_in_execution()
    state.require(Stage.OVERDUE, Stage.DUE, Stage.DEMANDED)
    if state.demanded_at is None:
        raise Refused(Refusal.NOT_DEMANDED)
    state.require_overdue(context.today)
    _require_no_remedy(state, command)
    _require_periods(state, command, context)
    if state.statement_open:
        raise Refused(Refusal.STATEMENT_NOT_REVIEWED)
    brought = {material.kind for material in command.materials if material.HasField("file")}
    if missing := [kind for kind in MATERIALS if kind not in brought]:
        raise Refused(
            Refusal.COURT_MATERIALS_MISSING, missing="、".join(term(pb.CourtMaterialKind, kind) for kind in missing)
        )
    if not command.sealed:
        raise Refused(Refusal.SEAL_MISSING)
    yield pb.CourtApplied(
        collection_id=command.collection_id,
        case_id=state.case_id,
        court=command.court,
        materials=command.materials,
        applied_on=context.today.isoformat(),
        fine_fen=state.money.open(pb.ACCOUNT_FINE, context.today),
        confiscation_fen=state.money.open(pb.ACCOUNT_CONFISCATION, context.today),
        surcharge_fen=state.money.open(pb.ACCOUNT_SURCHARGE, context.today),
        window_reason=command.window_reason,
        remedy_reason=command.remedy_reason,
    )


@collection.evolve(pb.CourtApplied)
def applied(state: Collection, event: pb.CourtApplied) -> Collection:
    return replace(state, stage=Stage.COURT_APPLIED)


@collection.decide(commands.RecordCourtAcceptanceRequest, basis="行政强制法 art. 56")
def record_acceptance(state: Collection, command: commands.RecordCourtAcceptanceRequest, context: Context) -> Events:
    """The court takes the application or says why not; then what it lacks can be made good."""
    state.require(Stage.COURT_APPLIED)
    document = command.document if command.HasField("document") else None
    if command.accepted:
        yield pb.CourtAccepted(
            collection_id=command.collection_id, accepted_on=context.today.isoformat(), document=document
        )
        return
    if not command.reason.strip():
        raise Refused(Refusal.REASON_NEEDED)
    yield pb.CourtNotAccepted(collection_id=command.collection_id, reason=command.reason, document=document)


@collection.evolve(pb.CourtAccepted)
def accepted(state: Collection, event: pb.CourtAccepted) -> Collection:
    return replace(state, stage=Stage.COURT_ACCEPTED, court_accepted_on=day(event.accepted_on))


@collection.evolve(pb.CourtNotAccepted, pb.CourtRefused)
def back_to_demanded(state: Collection, event: pb.CourtNotAccepted | pb.CourtRefused) -> Collection:
    return replace(state, stage=Stage.DEMANDED)


@collection.decide(commands.RecordCourtDoubtRequest, basis="行政强制法 art. 58")
def record_doubt(state: Collection, command: commands.RecordCourtDoubtRequest, context: Context) -> Events:
    """The court looks into an evident defect: it has thirty days from acceptance instead of seven."""
    state.require(Stage.COURT_ACCEPTED)
    assert state.court_accepted_on is not None
    yield pb.CourtDoubtNoted(
        collection_id=command.collection_id, accepted_on=state.court_accepted_on.isoformat(), reason=command.reason
    )


@collection.evolve(pb.CourtDoubtNoted)
def doubt_noted(state: Collection, event: pb.CourtDoubtNoted) -> Collection:
    return state


@collection.decide(commands.RecordCourtRulingRequest, basis="行政强制法 arts. 57, 58")
def record_ruling(state: Collection, command: commands.RecordCourtRulingRequest, context: Context) -> Events:
    """The court rules to execute, or not, with its reason."""
    state.require(Stage.COURT_ACCEPTED)
    document = command.document if command.HasField("document") else None
    if command.granted:
        yield pb.CourtGranted(collection_id=command.collection_id, case_id=state.case_id, document=document)
        return
    if not command.reason.strip():
        raise Refused(Refusal.REASON_NEEDED)
    yield pb.CourtRefused(collection_id=command.collection_id, reason=command.reason, document=document)


@collection.evolve(pb.CourtGranted)
def granted(state: Collection, event: pb.CourtGranted) -> Collection:
    return replace(state, stage=Stage.COURT_GRANTED)


def _require_no_remedy(state: Collection, command: commands.ApplyToCourtRequest) -> None:
    for remedy in state.remedies.values():
        if not remedy.ended:
            raise Refused(Refusal.REMEDY_PENDING, kind=term(pb.RemedyKind, remedy.kind))
    if state.remedies and not command.remedy_reason.strip():
        raise Refused(Refusal.REMEDY_SOUGHT)


def _require_periods(state: Collection, command: commands.ApplyToCourtRequest, context: Context) -> None:
    """After the time for a suit and the ten working days, within the three months; each last day is exact."""
    assert state.service is not None
    assert state.demanded_at is not None
    suit_ends_on = periods.exact(periods.SUIT, state.service.effective_on)
    if context.today <= suit_ends_on:
        raise Refused(Refusal.SUIT_PERIOD_RUNNING, until=suit_ends_on)
    demand_ends_on = periods.exact(periods.DEMAND, day_of(state.demanded_at))
    if context.today <= demand_ends_on:
        raise Refused(Refusal.DEMAND_PERIOD_RUNNING, until=demand_ends_on)
    window_ends_on = periods.exact(periods.COURT_WINDOW, state.instalments_end_on or suit_ends_on)
    if context.today > window_ends_on and not command.window_reason.strip():
        raise Refused(Refusal.COURT_WINDOW_PASSED, ended_on=window_ends_on)
