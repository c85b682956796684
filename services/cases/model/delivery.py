"""Service of a case's documents (送达, 民事诉讼法 arts. 87-95): the confirmed address, the public notice, the decision.

What each way needs and when it takes effect is the kernel's `delivery`, for whatever is served here or elsewhere.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from enforcement.cases.v1 import delivery_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.case import OPEN, TOLD, Case, Posted, Refusal, Stage, case
from services.cases.model.procedure import Address, HearingState
from services.kernel import delivery
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, day_of, term


@case.decide(pb.ConfirmDeliveryAddressRequest, basis="民事诉讼法 art. 90")
def confirm_address(state: Case, command: pb.ConfirmDeliveryAddressRequest, context: Context) -> Events:
    """The party confirms where it gets documents, and whether they may be sent electronically: then through what."""
    if state.stage in (Stage.CLUE, Stage.NOT_FILED):
        state.require(Stage.FILED)
    if command.electronic and not command.system.strip():
        raise Refused(Refusal.NO_ELECTRONIC_CONSENT)
    yield pb.DeliveryAddressConfirmed(
        case_id=command.case_id,
        address=command.address,
        receiver=command.receiver,
        electronic=command.electronic,
        system=command.system if command.electronic else "",
        document=command.document if command.HasField("document") else None,
    )


@case.evolve(pb.DeliveryAddressConfirmed)
def address_confirmed(state: Case, event: pb.DeliveryAddressConfirmed) -> Case:
    return replace(state, address=Address(event.electronic, event.system))


_STAGES: Final = {
    pb.SERVED_DOCUMENT_NOTICE: (Stage.INVESTIGATION_CLOSED, *TOLD),
    pb.SERVED_DOCUMENT_DECISION: (Stage.DECIDED, Stage.SERVED),  # served: the service that was not valid is made anew
    pb.SERVED_DOCUMENT_HEARING_NOTICE: TOLD,
    # An order to correct is executed before any penalty, and a road cleared in any stage: its cost is charged and
    # demanded also when the case is closed or the decision revoked.
    pb.SERVED_DOCUMENT_DEMAND: (*OPEN, Stage.REVOKED, Stage.CLOSED),
    pb.SERVED_DOCUMENT_CORRECTION: OPEN,
    pb.SERVED_DOCUMENT_EXECUTION_DECISION: OPEN,
    pb.SERVED_DOCUMENT_COST: (*OPEN, Stage.REVOKED, Stage.CLOSED),
    pb.SERVED_DOCUMENT_INSTALMENTS: OPEN,
    pb.SERVED_DOCUMENT_EXECUTION_CHANGE: (*OPEN, Stage.REVOKED, Stage.CLOSED),
    pb.SERVED_DOCUMENT_DECISION_CHANGE: (Stage.DECIDED, Stage.SERVED, Stage.CLOSED, Stage.ARCHIVED),
}
_OF_MEASURE: Final = {
    pb.SERVED_DOCUMENT_PRESERVATION_END: events.MEASURE_KIND_PRESERVATION,
    pb.SERVED_DOCUMENT_SEIZURE_EXTENSION: events.MEASURE_KIND_SEIZURE,
    pb.SERVED_DOCUMENT_SEIZURE_RELEASE: events.MEASURE_KIND_SEIZURE,
    pb.SERVED_DOCUMENT_TESTING_TIME: events.MEASURE_KIND_SEIZURE,
}
"""Documents of a measure, in whatever stage the case is while it is in force."""
_MADE_AGAIN: Final = (
    pb.SERVED_DOCUMENT_DEMAND,
    pb.SERVED_DOCUMENT_EXECUTION_DECISION,
    pb.SERVED_DOCUMENT_COST,
)
"""Of which a collection or an execution may have several, one after the other."""
_OF_MATTER_AT_ONCE: Final = (*_OF_MEASURE, pb.SERVED_DOCUMENT_INSTALMENTS, pb.SERVED_DOCUMENT_EXECUTION_CHANGE)
_HOLDS_AT_ONCE: Final = (*_OF_MATTER_AT_ONCE, pb.SERVED_DOCUMENT_DECISION_CHANGE)
"""Decisions that wait for no notice (services.kernel.delivery): the next one may follow before its thirty days."""
OF_MATTER: Final = (*_MADE_AGAIN, *_OF_MATTER_AT_ONCE)
"""Of which a case may have several side by side: a notice names the measure, the collection or the execution."""


@case.decide(pb.PostServiceNoticeRequest, basis="民事诉讼法 art. 95")
def post_service_notice(state: Case, command: pb.PostServiceNoticeRequest, context: Context) -> Events:
    """A document is put up in public when the party cannot be found or every other way is impossible. A demand or a
    decision on execution may be made again, so it may be put up again when the thirty days of the last have passed."""
    if command.document in OF_MATTER and not command.matter_id:
        raise Refused(Refusal.NOTICE_OF_WHAT, document=term(pb.ServedDocument, command.document))
    if command.document in _OF_MEASURE:
        state.measure_in_force(command.matter_id, _OF_MEASURE[command.document])
    else:
        state.require(*_STAGES[command.document])
    state.require_in_order(context)
    if command.document == pb.SERVED_DOCUMENT_NOTICE and not state.report_approved:
        raise Refused(Refusal.REPORT_NOT_APPROVED)
    if command.document == pb.SERVED_DOCUMENT_HEARING_NOTICE and (
        state.hearing is None or state.hearing.state not in (HearingState.REQUESTED, HearingState.NOTIFIED)
    ):
        raise Refused(Refusal.HEARING_NOT_REQUESTED)
    matter_id = command.matter_id if command.document in OF_MATTER else ""
    posted_at = state.posted.get((command.document, matter_id))
    if posted_at is not None and not may_follow(command.document, posted_at, context):
        raise Refused(Refusal.ALREADY_POSTED, posted_on=day_of(posted_at))
    yield pb.ServiceNoticePosted(
        case_id=command.case_id,
        document=command.document,
        reason=command.reason,
        medium=command.medium,
        proof=command.proof if command.HasField("proof") else None,
        matter_id=matter_id,
    )


def may_follow(document: pb.ServedDocument.ValueType, posted_at: datetime, context: Context) -> bool:
    """Whether a document that was put up may be put up again: another one of its kind."""
    over = context.today > delivery.noticed_on(posted_at)
    return document in _HOLDS_AT_ONCE or (document in _MADE_AGAIN and over)


@case.evolve(pb.ServiceNoticePosted)
def service_notice_posted(state: Case, event: pb.ServiceNoticePosted, act: Act) -> Case:
    return replace(state, posted={**state.posted, (event.document, event.matter_id): act.occurred_at})


def served_sheet(
    state: Case,
    document: pb.ServedDocument.ValueType,
    matter_id: str,
    command: Any,
    context: Context,
    *,
    sheet: str = "document",
) -> dict[str, Any]:
    """What the event of a decision that holds from its own day keeps of its sheet and of the service of that.

    The matter is the measure that it is of; empty for a document of the case itself.

    Raises:
        Refused: the sheet, the way, its proof or what the way needs is missing, or the sheet was not put up.
    """
    system = state.address.system if state.address is not None else ""
    reach = delivery.Reach(system, state.posted.get((document, matter_id)))
    return delivery.served_with(command, document, reach, context, sheet=sheet)


def effective_on(state: Case, document: pb.ServedDocument.ValueType, command: Any, context: Context) -> date:
    """The day on which the service of a document of the case takes effect.

    Raises:
        Refused: the proof or what the way needs is missing, or thirty days of public notice have not passed.
    """
    system = state.address.system if state.address is not None else ""
    return delivery.effective_on(command, delivery.Reach(system, state.posted.get((document, ""))), context)


def not_posted(state: Case, document: pb.ServedDocument.ValueType, matter_id: str = "") -> Posted:
    """What is put up in public when a document was served: the next one of its kind is put up anew."""
    return {known: at for known, at in state.posted.items() if known != (document, matter_id)}


@case.decide(commands.ServeDecisionRequest, basis="行政处罚法 art. 61; 民事诉讼法 arts. 87-95")
def serve_decision(state: Case, command: commands.ServeDecisionRequest, context: Context) -> Events:
    """The decision is served in one of the ways of the Civil Procedure Law, with its proof.

    A served one is served again only where the addressee proves another day of electronic arrival, or where the
    service was not valid, which is said why: what is not served has no effect (行政处罚法 art. 61), and everything
    that counts from the service counts from the valid one.
    """
    proves_arrival = command.way == events.SERVICE_WAY_ELECTRONIC and bool(command.delivery.arrived_on)
    anew = bool(command.set_aside_reason.strip())
    if anew:
        state.require(Stage.SERVED)
    elif state.stage is not Stage.SERVED or not proves_arrival:
        state.require(Stage.DECIDED)
        state.require_in_order(context)
    made_on = state.decision.made_on if state.decision else None
    if made_on is not None and context.today < made_on:
        raise Refused(Refusal.STEP_OUT_OF_ORDER, day=context.today, stage=state.stage, last=made_on)
    yield decision_service(state, command, context)


def decision_service(state: Case, command: commands.ServeDecisionRequest, context: Context) -> events.DecisionServed:
    """The service of the decision, when its way has what it needs."""
    took_effect = effective_on(state, pb.SERVED_DOCUMENT_DECISION, command, context)
    return events.DecisionServed(
        case_id=command.case_id,
        way=command.way,
        proof=command.proof if command.HasField("proof") else None,
        effective_on=took_effect.isoformat(),
        delivery=command.delivery if command.HasField("delivery") else None,
        set_aside_reason=command.set_aside_reason,
    )


@case.evolve(events.DecisionServed)
def decision_served(state: Case, event: events.DecisionServed, act: Act) -> Case:
    served_on = day(event.effective_on) if event.effective_on else day_of(act.occurred_at)
    decision = replace(state.decision, served_on=served_on) if state.decision else None
    stage = Stage.SERVED if state.stage is Stage.DECIDED else state.stage
    return replace(state, stage=stage, decision=decision, posted=not_posted(state, pb.SERVED_DOCUMENT_DECISION))
