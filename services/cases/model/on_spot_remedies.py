"""Remedies against a penalty on the spot, and its revocation (行政复议法 arts. 23, 32; 行政处罚法 arts. 73, 75)."""

from dataclasses import replace

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import on_spot_pb2 as pb

from services.cases.model.case import Refusal, require_new
from services.cases.model.on_spot import DECIDED, OnSpot, OnSpotStage, Remedies, on_spot
from services.cases.model.procedure import Remedy
from services.cases.model.remedies import received_on, require_remedy_day
from services.kernel.decider import Context, Events
from services.kernel.delivery import Reach, served_with
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.values import day


@on_spot.decide(pb.ReceiveOnSpotApplicationRequest, basis="行政复议法 art. 32")
def receive_application(state: OnSpot, command: pb.ReceiveOnSpotApplicationRequest, context: Context) -> Events:
    """The party may hand its application for reconsideration to the authority that decided on the spot."""
    remedies_ = _remedies(state)
    require_new(command.remedy_id, (*remedies_.applications, *remedies_.open))
    yield pb.OnSpotApplicationReceived(
        on_spot_id=command.on_spot_id,
        remedy_id=command.remedy_id,
        reasons=command.reasons,
        document=command.document if command.HasField("document") else None,
    )


@on_spot.evolve(pb.OnSpotApplicationReceived)
def application_received(state: OnSpot, event: pb.OnSpotApplicationReceived) -> OnSpot:
    return _with_applications(state, _remedies(state).applications | {event.remedy_id})


@on_spot.decide(pb.ForwardOnSpotApplicationRequest, basis="行政复议法 art. 32")
def forward_application(state: OnSpot, command: pb.ForwardOnSpotApplicationRequest, context: Context) -> Events:
    """Who maintains its penalty forwards the application to the body that hears it."""
    if command.remedy_id not in _remedies(state).applications:
        raise Refused(Refusal.REMEDY_NOT_OPEN)
    yield pb.OnSpotApplicationForwarded(on_spot_id=command.on_spot_id, remedy_id=command.remedy_id, body=command.body)


@on_spot.evolve(pb.OnSpotApplicationForwarded)
def application_forwarded(state: OnSpot, event: pb.OnSpotApplicationForwarded) -> OnSpot:
    return _with_applications(state, _remedies(state).applications - {event.remedy_id})


@on_spot.decide(pb.RecordOnSpotRemedyRequest, basis="行政复议法 art. 23; 行政处罚法 art. 73")
def record_remedy(state: OnSpot, command: pb.RecordOnSpotRemedyRequest, context: Context) -> Events:
    """Since 2024 a suit follows a reconsideration only (复议前置). Neither stops execution by itself."""
    remedies_ = _remedies(state)
    require_new(command.remedy_id, remedies_.open)
    suit = command.kind == decisions.REMEDY_KIND_LITIGATION
    if suit and remedies_.reconsideration_first and not remedies_.reconsidered:
        raise Refused(Refusal.RECONSIDERATION_FIRST)
    assert state.observed_on is not None
    require_remedy_day(day(command.started_on), state.observed_on, context)
    yield pb.OnSpotRemedyStarted(
        on_spot_id=command.on_spot_id,
        remedy_id=command.remedy_id,
        kind=command.kind,
        started_on=command.started_on,
        body=command.body,
        reference=command.reference,
        execution_stopped=command.execution_stopped,
    )


@on_spot.evolve(pb.OnSpotRemedyStarted)
def remedy_started(state: OnSpot, event: pb.OnSpotRemedyStarted) -> OnSpot:
    known = _remedies(state)
    remedy = Remedy(event.kind, day(event.started_on))
    heard = known.heard | {event.remedy_id}
    return replace(state, remedies=replace(known, open={**known.open, event.remedy_id: remedy}, heard=heard))


@on_spot.decide(
    pb.RecordOnSpotRemedyOutcomeRequest, basis="行政复议法 arts. 63-69, 75; 行政诉讼法 arts. 45, 69, 70, 74, 75, 77"
)
def record_remedy_outcome(state: OnSpot, command: pb.RecordOnSpotRemedyOutcomeRequest, context: Context) -> Events:
    """How a reconsideration or a suit ended."""
    remedy = _remedies(state).open.get(command.remedy_id)
    if remedy is None:
        raise Refused(Refusal.REMEDY_NOT_OPEN)
    require_remedy_day(day(command.ended_on), remedy.started_on, context)
    yield pb.OnSpotRemedyEnded(
        on_spot_id=command.on_spot_id,
        remedy_id=command.remedy_id,
        kind=remedy.kind,
        ended_on=command.ended_on,
        outcome=command.outcome,
        document=command.document if command.HasField("document") else None,
        received_on=received_on(command.received_on, day(command.ended_on), context),
    )


@on_spot.evolve(pb.OnSpotRemedyEnded)
def remedy_ended(state: OnSpot, event: pb.OnSpotRemedyEnded) -> OnSpot:
    known = _remedies(state)
    still_open = {remedy_id: remedy for remedy_id, remedy in known.open.items() if remedy_id != event.remedy_id}
    # A reconsideration that was withdrawn says nothing on the penalty, so it opens no way to the court.
    decided = event.outcome != decisions.REMEDY_OUTCOME_WITHDRAWN
    reconsidered = event.kind == decisions.REMEDY_KIND_RECONSIDERATION and decided
    known = replace(known, open=still_open, reconsidered=known.reconsidered or reconsidered)
    return replace(state, remedies=known)


@on_spot.decide(pb.RevokeOnSpotRequest, basis="行政处罚法 arts. 61, 75; 行政复议法 arts. 32, 64")
def revoke(state: OnSpot, command: pb.RevokeOnSpotRequest, context: Context) -> Events:
    """A leader revokes a penalty, once: the authority corrects itself, by a sheet that is served, or another body said
    so and serves its own. What had been collected on the spot is the party's.
    """
    state.require(*DECIDED)
    if state.revoked:
        raise Refused(KernelRefusal.WRONG_STAGE, stage=OnSpotStage.REVOKED, allowed="、".join(DECIDED))
    theirs = command.remedy_id in _remedies(state).heard
    reach = Reach(state.system, state.posted.get((delivery.SERVED_DOCUMENT_DECISION_CHANGE, "")))
    told = {} if theirs else served_with(command, delivery.SERVED_DOCUMENT_DECISION_CHANGE, reach, context)
    money = state.money
    collected_fen = money.collected_fen if money is not None else 0
    yield pb.OnSpotRevoked(
        on_spot_id=command.on_spot_id,
        remedy_id=command.remedy_id,
        reason=command.reason,
        collected_fen=collected_fen,
        collected_on=money.collected_on if money is not None and collected_fen else "",
        **told,
    )


@on_spot.evolve(pb.OnSpotRevoked)
def revoked(state: OnSpot, event: pb.OnSpotRevoked) -> OnSpot:
    return _with_applications(replace(state, stage=OnSpotStage.REVOKED, revoked=True), frozenset())


def _remedies(state: OnSpot) -> Remedies:
    """There is something to seek a remedy against."""
    state.require(*DECIDED, OnSpotStage.REVOKED)
    assert state.remedies is not None
    return state.remedies


def _with_applications(state: OnSpot, applications: frozenset[str]) -> OnSpot:
    assert state.remedies is not None
    return replace(state, remedies=replace(state.remedies, applications=applications))
