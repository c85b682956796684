"""What the collection service does when something is in the ledger.

PenaltyDecided with money or a duty to act     ──▶ OpenCollection
OnSpotPenaltyDecided with money not collected  ──▶ OpenCollection, NoteDecisionServed
CaseImported with money that is owed           ──▶ OpenCollection, NoteDecisionServed
DecisionServed                                 ──▶ NoteDecisionServed
DecisionAmended, DecisionRevoked               ──▶ NoteDecisionChanged
RemedyStarted, RemedyEnded                     ──▶ NoteRemedyStarted, NoteRemedyEnded
OnSpotRevoked, OnSpotRemedyStarted, …Ended     ──▶ the same for a penalty on the spot
OnSpotRevoked with money collected on the spot ──▶ OpenCollection, on which nothing is owed
SubstituteCostCharged                          ──▶ OpenCollection, NoteDecisionServed of the cost
DecisionChangeNoted of a charge that is revoked ─▶ NoteCostRevoked
DeadlineMissed of a clock of payment           ──▶ NoteOverdue
DeadlineRecomputed of the clock of payment     ──▶ NotePaymentDueMoved

A decision with neither has no collection; what is noted about it changes nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from enforcement.deadlines.v1 import events_pb2 as deadlines

from services.collection.deadlines import PAYMENT, PAYMENT_RULES
from services.collection.model import collection_of
from services.kernel.messages import to_datetime
from services.kernel.policy import Policy, PolicyContext
from services.kernel.values import day_of, term

policy = Policy("collection")

_REMEDIES: Final = {
    decisions.REMEDY_KIND_RECONSIDERATION: pb.REMEDY_KIND_RECONSIDERATION,
    decisions.REMEDY_KIND_LITIGATION: pb.REMEDY_KIND_LITIGATION,
}


@policy.on(cases.PenaltyDecided, received=False)
def open_collection(event: cases.PenaltyDecided, context: PolicyContext) -> commands.OpenCollectionRequest | None:
    """A decision with money is collected, and what else the party must do is executed with it."""
    fine, confiscation = amounts(event.penalties)
    duty = duty_of(event.penalties)
    if not (fine + confiscation or duty):
        return None
    return commands.OpenCollectionRequest(
        collection_id=collection_of(event.case_id),
        case_id=event.case_id,
        case_number=event.case_number,
        fine_fen=fine,
        confiscation_fen=confiscation,
        duty=duty,
    )


@policy.on(on_spot.OnSpotPenaltyDecided, received=False)
def open_on_spot(
    event: on_spot.OnSpotPenaltyDecided, context: PolicyContext
) -> Iterator[commands.OpenCollectionRequest | commands.NoteDecisionServedRequest]:
    """What officers did not collect on the spot is due like any fine; the form handed over is its service."""
    fine, confiscation = amounts(event.penalties)
    if fine + confiscation <= event.collected_on_spot_fen:
        return
    collection_id = collection_of(event.on_spot_id)
    yield commands.OpenCollectionRequest(
        collection_id=collection_id,
        on_spot_id=event.on_spot_id,
        case_number=event.form_number,
        fine_fen=fine - event.collected_on_spot_fen,
        confiscation_fen=confiscation,
    )
    yield commands.NoteDecisionServedRequest(collection_id=collection_id, effective_on=event.served_on or _day(context))


@policy.on(cases.DecisionServed, received=False)
def note_served(event: cases.DecisionServed, context: PolicyContext) -> commands.NoteDecisionServedRequest:
    """Payment is due from the day on which the service took effect."""
    return commands.NoteDecisionServedRequest(
        collection_id=collection_of(event.case_id), effective_on=event.effective_on or _day(context)
    )


@policy.on(imports.CaseImported, received=False)
def take_over(
    event: imports.CaseImported, context: PolicyContext
) -> Iterator[commands.OpenCollectionRequest | commands.NoteDecisionServedRequest]:
    """What a case of an older system still owes is collected here, from the day on which its decision was served."""
    fine, confiscation = amounts(event.imported.penalties)
    fine -= event.imported.paid_fine_fen
    confiscation -= event.imported.paid_confiscation_fen
    if not (event.decided_on and fine + confiscation) or event.imported.performed or event.closed_on:
        return
    collection_id = collection_of(event.case_id)
    yield commands.OpenCollectionRequest(
        collection_id=collection_id,
        case_id=event.case_id,
        case_number=event.imported.case_number,
        fine_fen=fine,
        confiscation_fen=confiscation,
    )
    if event.served_on:
        yield commands.NoteDecisionServedRequest(collection_id=collection_id, effective_on=event.served_on)


@policy.on(decisions.DecisionAmended, received=False)
def note_amended(event: decisions.DecisionAmended, context: PolicyContext) -> commands.NoteDecisionChangedRequest:
    """The amended penalties are owed."""
    fine, confiscation = amounts(event.penalties)
    return commands.NoteDecisionChangedRequest(
        collection_id=collection_of(event.case_id),
        fine_fen=fine,
        confiscation_fen=confiscation,
        duty=duty_of(event.penalties),
    )


@policy.on(decisions.DecisionRevoked, received=False)
def note_revoked(event: decisions.DecisionRevoked, context: PolicyContext) -> commands.NoteDecisionChangedRequest:
    """Nothing is owed any more."""
    return commands.NoteDecisionChangedRequest(collection_id=collection_of(event.case_id), revoked=True)


@policy.on(decisions.RemedyStarted, received=False)
def note_remedy_started(event: decisions.RemedyStarted, context: PolicyContext) -> commands.NoteRemedyStartedRequest:
    """The surcharge pauses from the first day of a remedy."""
    return commands.NoteRemedyStartedRequest(
        collection_id=collection_of(event.case_id),
        remedy_id=event.remedy_id,
        kind=_REMEDIES[event.kind],
        started_on=event.started_on,
        execution_stopped=event.execution_stopped,
    )


@policy.on(decisions.RemedyEnded, received=False)
def note_remedy_ended(event: decisions.RemedyEnded, context: PolicyContext) -> commands.NoteRemedyEndedRequest:
    """The surcharge counts again from the day after a remedy's last."""
    return commands.NoteRemedyEndedRequest(
        collection_id=collection_of(event.case_id),
        remedy_id=event.remedy_id,
        ended_on=event.ended_on,
        withdrawn=event.outcome == decisions.REMEDY_OUTCOME_WITHDRAWN,
        received_on=event.received_on,
    )


@policy.on(on_spot.OnSpotRevoked, received=False)
def note_on_spot_revoked(
    event: on_spot.OnSpotRevoked, context: PolicyContext
) -> commands.NoteDecisionChangedRequest | commands.OpenCollectionRequest:
    """Nothing is owed for an on-the-spot penalty any more; what was collected on the spot is there to be paid back."""
    collection_id = collection_of(event.on_spot_id)
    if not event.collected_fen:
        return commands.NoteDecisionChangedRequest(collection_id=collection_id, revoked=True)
    return commands.OpenCollectionRequest(
        collection_id=collection_id,
        on_spot_id=event.on_spot_id,
        collected_fen=event.collected_fen,
        collected_on=event.collected_on or _day(context),
    )


@policy.on(on_spot.OnSpotRemedyStarted, received=False)
def note_on_spot_remedy_started(
    event: on_spot.OnSpotRemedyStarted, context: PolicyContext
) -> commands.NoteRemedyStartedRequest:
    """The surcharge of an on-the-spot fine pauses from the first day of a remedy, too."""
    return commands.NoteRemedyStartedRequest(
        collection_id=collection_of(event.on_spot_id),
        remedy_id=event.remedy_id,
        kind=_REMEDIES[event.kind],
        started_on=event.started_on,
        execution_stopped=event.execution_stopped,
    )


@policy.on(on_spot.OnSpotRemedyEnded, received=False)
def note_on_spot_remedy_ended(
    event: on_spot.OnSpotRemedyEnded, context: PolicyContext
) -> commands.NoteRemedyEndedRequest:
    """It counts again from the day after the remedy's last."""
    return commands.NoteRemedyEndedRequest(
        collection_id=collection_of(event.on_spot_id),
        remedy_id=event.remedy_id,
        ended_on=event.ended_on,
        withdrawn=event.outcome == decisions.REMEDY_OUTCOME_WITHDRAWN,
        received_on=event.received_on,
    )


@policy.on(pb.SubstituteCostCharged, received=False)
def open_cost(
    event: pb.SubstituteCostCharged, context: PolicyContext
) -> Iterator[commands.OpenCollectionRequest | commands.NoteDecisionServedRequest]:
    """The cost of a substitute performance is collected by itself, from the day on which the party was told."""
    collection_id = collection_of(event.execution_id)
    yield commands.OpenCollectionRequest(
        collection_id=collection_id, execution_id=event.execution_id, cost_fen=event.cost_fen, of_case_id=event.case_id
    )
    yield commands.NoteDecisionServedRequest(collection_id=collection_id, effective_on=event.effective_on)


@policy.on(pb.DecisionChangeNoted, received=False)
def note_cost_revoked(event: pb.DecisionChangeNoted, context: PolicyContext) -> commands.NoteCostRevokedRequest | None:
    """A charge that was revoked may be made anew."""
    if not (event.execution_id and event.revoked):
        return None
    return commands.NoteCostRevokedRequest(execution_id=event.execution_id)


@policy.on(deadlines.DeadlineRecomputed, received=False)
def note_due_moved(
    event: deadlines.DeadlineRecomputed, context: PolicyContext
) -> commands.NotePaymentDueMovedRequest | None:
    """The clock of payment settled by a year's notice: the surcharge counts from the same day."""
    if event.rule_id != PAYMENT.rule_id:
        return None
    last_on = day_of(to_datetime(event.effective_due_at)) - timedelta(days=1)
    return commands.NotePaymentDueMovedRequest(collection_id=event.subject_id, due_on=last_on.isoformat())


@policy.on(deadlines.DeadlineMissed, received=False)
def note_overdue(event: deadlines.DeadlineMissed, context: PolicyContext) -> commands.NoteOverdueRequest | None:
    """A due day passed: the aggregate says whether money is open on it."""
    if event.rule_id not in PAYMENT_RULES:
        return None
    return commands.NoteOverdueRequest(collection_id=event.subject_id)


def amounts(penalties: Iterable[cases.Penalty]) -> tuple[int, int]:
    """Fine and confiscated income of a decision, in fen."""
    by_kind = {penalty.kind: penalty.amount_fen for penalty in penalties}
    return by_kind.get(cases.PENALTY_KIND_FINE, 0), by_kind.get(cases.PENALTY_KIND_CONFISCATE_INCOME, 0)


_TO_BE_DONE: Final = (
    cases.PENALTY_KIND_CONFISCATE_GOODS,
    cases.PENALTY_KIND_RESTRICT_BUSINESS,
    cases.PENALTY_KIND_STOP_BUSINESS,
    cases.PENALTY_KIND_CLOSE,
)
"""Penalties that the party must perform. A licence is suspended or revoked by the decision itself."""


def duty_of(penalties: Iterable[cases.Penalty]) -> str:
    """What the party must do besides paying, in words; empty when nothing."""
    return "；".join(
        f"{term(cases.PenaltyKind, penalty.kind)}{f'（{penalty.extent}）' if penalty.extent else ''}"
        for penalty in penalties
        if penalty.kind in _TO_BE_DONE
    )


def _day(context: PolicyContext) -> str:
    return day_of(context.occurred_at).isoformat()
