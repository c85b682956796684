"""Application to the court (申请人民法院强制执行, 行政强制法 arts. 53-58).

time for a suit, or instalments, over ▶│◀── three months ──▶│ later only with a reason      see `window`
demand ──── ten working days ────▶│ possible from the next day on

COURT_APPLIED ──taken──▶ COURT_ACCEPTED ──granted──▶ COURT_GRANTED
      └─not taken──▶ DEMANDED ◀──refused─┘
                        └─fifteen days─▶ COURT_REVIEW ──upheld──▶ DEMANDED      (overturned ──▶ taken, or granted)
"""

from dataclasses import replace
from datetime import date

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection import periods
from services.collection.model.collection import Adverse, Collection, Refusal, Stage, collection
from services.collection.model.window import Reckoned, counts_from, suit_ends_on, window
from services.kernel.deadlines import Limit
from services.kernel.decider import Context, Events
from services.kernel.errors import KernelRefusal, Refused
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
    if state.demanded_on is None:
        raise Refused(Refusal.NOT_DEMANDED)
    state.require_overdue(context.today)
    require_no_remedy(state, reason=command.remedy_reason)
    require_time_passed(state, context)
    _require_in_window(state, command, context)
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
        duty=state.open_duty,
        cost_fen=state.money.open(pb.ACCOUNT_SUBSTITUTE_COST, context.today),
        window_reason=command.window_reason,
        remedy_reason=command.remedy_reason,
    )


@collection.evolve(pb.CourtApplied)
def applied(state: Collection, event: pb.CourtApplied) -> Collection:
    return replace(state, stage=Stage.COURT_APPLIED, adverse=None)


@collection.decide(commands.RecordCourtAcceptanceRequest, basis="行政强制法 art. 56")
def record_acceptance(state: Collection, command: commands.RecordCourtAcceptanceRequest, context: Context) -> Events:
    """The court takes the application or says why not; then what it lacks can be made good, or the ruling reviewed."""
    state.require(Stage.COURT_APPLIED)
    document = command.document if command.HasField("document") else None
    if command.accepted:
        yield pb.CourtAccepted(
            collection_id=command.collection_id, accepted_on=context.today.isoformat(), document=document
        )
        return
    not_taken = pb.CourtNotAccepted(
        collection_id=command.collection_id,
        reason=_reason(command),
        document=document,
        received_on=_received_on(command, context),
    )
    yield not_taken
    for again in window(not_accepted(state, not_taken), command.collection_id, context):
        if context.today <= day(again.ends_on):
            yield again


@collection.evolve(pb.CourtAccepted)
def accepted(state: Collection, event: pb.CourtAccepted) -> Collection:
    return replace(state, stage=Stage.COURT_ACCEPTED, court_accepted_on=day(event.accepted_on))


@collection.evolve(pb.CourtNotAccepted)
def not_accepted(state: Collection, event: pb.CourtNotAccepted) -> Collection:
    adverse = Adverse(pb.COURT_RULING_NOT_ACCEPTED, day(event.received_on))
    # The application that met the window's clock came to nothing.
    return replace(state, stage=Stage.DEMANDED, adverse=adverse, court_window_from=None)


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
    yield pb.CourtRefused(
        collection_id=command.collection_id,
        reason=_reason(command),
        document=document,
        received_on=_received_on(command, context),
    )


@collection.evolve(pb.CourtRefused)
def refused(state: Collection, event: pb.CourtRefused) -> Collection:
    return replace(state, stage=Stage.DEMANDED, adverse=Adverse(pb.COURT_RULING_REFUSED, day(event.received_on)))


@collection.evolve(pb.CourtGranted)
def granted(state: Collection, event: pb.CourtGranted) -> Collection:
    return replace(state, stage=Stage.COURT_GRANTED)


@collection.decide(commands.RequestCourtReviewRequest, basis="行政强制法 arts. 56, 58")
def request_review(state: Collection, command: commands.RequestCourtReviewRequest, context: Context) -> Events:
    """Within fifteen days of a ruling against it the authority may ask the next higher court, once."""
    state.require_in_execution()
    adverse = state.adverse
    if adverse is None or state.stage is not Stage.DEMANDED:
        raise Refused(Refusal.NO_ADVERSE_RULING)
    until = periods.last_day(periods.COURT_REVIEW, adverse.received_on, context.today)
    if context.today > until:
        raise Refused(Refusal.COURT_REVIEW_LATE, ruling=term(pb.CourtRuling, adverse.ruling), ended_on=until)
    yield pb.CourtReviewRequested(
        collection_id=command.collection_id,
        case_id=state.case_id,
        ruling=adverse.ruling,
        court=command.court,
        reason=command.reason,
        document=command.document if command.HasField("document") else None,
    )


@collection.evolve(pb.CourtReviewRequested)
def review_requested(state: Collection, event: pb.CourtReviewRequested) -> Collection:
    return replace(state, stage=Stage.COURT_REVIEW)


@collection.decide(commands.RecordCourtReviewRequest, basis="行政强制法 arts. 56, 58")
def record_review(state: Collection, command: commands.RecordCourtReviewRequest, context: Context) -> Events:
    """The higher court lets the ruling stand, has the application taken, or has the decision executed."""
    state.require(Stage.COURT_REVIEW)
    assert state.adverse is not None
    document = command.document if command.HasField("document") else None
    if not command.overturned:
        yield pb.CourtReviewUpheld(collection_id=command.collection_id, reason=_reason(command), document=document)
    elif state.adverse.ruling == pb.COURT_RULING_NOT_ACCEPTED:
        yield pb.CourtAccepted(
            collection_id=command.collection_id, accepted_on=context.today.isoformat(), document=document
        )
    else:
        yield pb.CourtGranted(collection_id=command.collection_id, case_id=state.case_id, document=document)


@collection.evolve(pb.CourtReviewUpheld)
def review_upheld(state: Collection, event: pb.CourtReviewUpheld) -> Collection:
    return replace(state, stage=Stage.DEMANDED, adverse=None)


def _reason(
    command: commands.RecordCourtAcceptanceRequest
    | commands.RecordCourtRulingRequest
    | commands.RecordCourtReviewRequest,
) -> str:
    if not command.reason.strip():
        raise Refused(Refusal.REASON_NEEDED)
    return command.reason


def _received_on(
    command: commands.RecordCourtAcceptanceRequest | commands.RecordCourtRulingRequest, context: Context
) -> str:
    """The day on which the authority received a ruling: that of the ruling, or a later one that is not ahead."""
    received_on = day(command.received_on) if command.received_on else context.today
    if not context.today <= received_on <= day_of(context.now):
        raise Refused(KernelRefusal.INVALID_REQUEST, detail="received_on: from the day of the ruling to today")
    return received_on.isoformat()


def require_no_remedy(state: Collection, *, reason: str = "") -> None:
    """No remedy is pending, and none was sought, unless a law lets the authority go on all the same.

    Raises:
        Refused: REMEDY_PENDING, REMEDY_SOUGHT.
    """
    if (pending := state.pending_remedy) is not None:
        raise Refused(Refusal.REMEDY_PENDING, kind=term(pb.RemedyKind, pending.kind))
    if state.remedies and not reason.strip():
        raise Refused(Refusal.REMEDY_SOUGHT)


def require_time_passed(state: Collection, context: Context) -> None:
    """The time for a suit is over, and the ten working days after the demand.

    Raises:
        Refused: SUIT_PERIOD_RUNNING, DEMAND_PERIOD_RUNNING.
    """
    assert state.demanded_on is not None
    reckoned = _reckoned(context)
    suit_over_on = suit_ends_on(state, reckoned, context)
    if context.today <= suit_over_on:
        raise Refused(Refusal.SUIT_PERIOD_RUNNING, until=suit_over_on)
    demand_ends_on = reckoned(periods.DEMAND, state.demanded_on)
    if context.today <= demand_ends_on:
        raise Refused(Refusal.DEMAND_PERIOD_RUNNING, until=demand_ends_on)


def _require_in_window(state: Collection, command: commands.ApplyToCourtRequest, context: Context) -> None:
    reckoned = _reckoned(context)
    window_ends_on = reckoned(periods.COURT_WINDOW, counts_from(state, reckoned, context))
    late_with_reason = context.rules.get("court_application_after_window", context.today) == "reason"
    if context.today > window_ends_on and not (late_with_reason and command.window_reason.strip()):
        raise Refused(Refusal.COURT_WINDOW_PASSED, ended_on=window_ends_on)


def _reckoned(context: Context) -> Reckoned:
    def last_day(limit: Limit, start: date) -> date:
        return periods.last_day(limit, start, context.today)

    return last_day
