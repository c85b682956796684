"""Service of documents (送达): each way with its proof, and the day on which it takes effect (民事诉讼法 arts. 87-95).

way             needs                                                   takes effect on
handed over     proof; the name, if somebody took it for the party      the day of signing
left            proof; the refusal; a witness or a recording            the day of leaving
electronic      consent in the confirmed address, and its system        the day of sending, or the day that the
                                                                        addressee proves
entrusted       proof; who served it                                    the day on its receipt
mail            proof; the number of the mail                           the day on the receipt
passed on       proof; through whom                                     the day of signing
public notice   put up, because no other way was possible               the thirtieth day, once it has passed

The act is dated with the day on which the document was signed for, left, sent or received; for a public notice, when
somebody records that its thirty days have passed.
"""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from enforcement.cases.v1 import delivery_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as commands

from services.cases import deadlines
from services.cases.model.case import TOLD, Case, Refusal, Stage, case
from services.cases.model.limits import end_of_limit
from services.cases.model.procedure import Address
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
    pb.SERVED_DOCUMENT_DECISION: (Stage.DECIDED,),
}


@case.decide(pb.PostServiceNoticeRequest, basis="民事诉讼法 art. 95")
def post_service_notice(state: Case, command: pb.PostServiceNoticeRequest, context: Context) -> Events:
    """A document is put up in public when the party cannot be found or every other way is impossible."""
    state.require(*_STAGES[command.document])
    state.require_in_order(context)
    if command.document == pb.SERVED_DOCUMENT_NOTICE and not state.report_approved:
        raise Refused(Refusal.REPORT_NOT_APPROVED)
    if posted_at := state.posted.get(command.document):
        raise Refused(Refusal.ALREADY_POSTED, posted_on=day_of(posted_at))
    yield pb.ServiceNoticePosted(
        case_id=command.case_id,
        document=command.document,
        reason=command.reason,
        medium=command.medium,
        proof=command.proof if command.HasField("proof") else None,
    )


@case.evolve(pb.ServiceNoticePosted)
def service_notice_posted(state: Case, event: pb.ServiceNoticePosted, act: Act) -> Case:
    return replace(state, posted={**state.posted, event.document: act.occurred_at})


def effective_on(
    state: Case,
    document: pb.ServedDocument.ValueType,
    way: events.ServiceWay.ValueType,
    details: pb.Delivery,
    context: Context,
) -> date:
    """The day on which a service takes effect.

    Raises:
        Refused: what the way needs is missing, or thirty days of public notice have not passed.
    """
    _CHECKS.get(way, _nothing_more)(state, details)
    if way == events.SERVICE_WAY_PUBLIC_NOTICE:
        return _end_of_notice(state, document, context)
    if way == events.SERVICE_WAY_ELECTRONIC and details.arrived_on:
        arrived_on = day(details.arrived_on)
        in_order = context.today <= arrived_on <= day_of(context.now)
        if not details.HasField("arrival_proof") or not in_order:
            raise Refused(Refusal.ARRIVAL_NOT_PROVED, arrived_on=arrived_on)
        return arrived_on
    return context.today


def require_proof(command: Any) -> None:
    """Every service of a decision has its proof (送达回证)."""
    if not command.HasField("proof"):
        raise Refused(Refusal.PROOF_NEEDED)


def _end_of_notice(state: Case, document: pb.ServedDocument.ValueType, context: Context) -> date:
    """Thirty days after it was put up, that day not counted (经过三十日). Rest days do not move the end."""
    posted_at = state.posted.get(document)
    if posted_at is None:
        raise Refused(Refusal.NOT_POSTED)
    due = end_of_limit(deadlines.PUBLIC_NOTICE, posted_at, context)
    if due.covers(context.occurred_at):
        raise Refused(Refusal.PUBLIC_NOTICE_RUNNING, effective_on=due.due_on)
    return due.due_on


def _nothing_more(state: Case, details: pb.Delivery) -> None:
    """The other ways need no more than their proof."""


def _handed_over(state: Case, details: pb.Delivery) -> None:
    by_other = details.recipient not in (pb.RECIPIENT_UNSPECIFIED, pb.RECIPIENT_PARTY)
    if by_other and not details.recipient_name.strip():
        raise Refused(Refusal.RECIPIENT_NEEDED, recipient=term(pb.Recipient, details.recipient))


def _left(state: Case, details: pb.Delivery) -> None:
    if not details.refusal.strip() or not (details.witness.strip() or details.recordings):
        raise Refused(Refusal.WITNESS_OR_RECORDING)


def _electronic(state: Case, details: pb.Delivery) -> None:
    if state.address is None or not state.address.electronic:
        raise Refused(Refusal.NO_ELECTRONIC_CONSENT)
    if details.system != state.address.system:
        raise Refused(Refusal.OTHER_SYSTEM, system=state.address.system)


def _entrusted(state: Case, details: pb.Delivery) -> None:
    if not details.carrier.strip():
        raise Refused(Refusal.CARRIER_NEEDED)


def _mailed(state: Case, details: pb.Delivery) -> None:
    if not details.mail_number.strip():
        raise Refused(Refusal.MAIL_NUMBER_NEEDED)


def _passed_on(state: Case, details: pb.Delivery) -> None:
    if not details.passed_by or not details.carrier.strip():
        raise Refused(Refusal.CARRIER_NEEDED)


_CHECKS: Final = {
    events.SERVICE_WAY_DIRECT: _handed_over,
    events.SERVICE_WAY_LEFT: _left,
    events.SERVICE_WAY_ELECTRONIC: _electronic,
    events.SERVICE_WAY_ENTRUSTED: _entrusted,
    events.SERVICE_WAY_MAIL: _mailed,
    events.SERVICE_WAY_PASSED_ON: _passed_on,
}


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
    if command.way != events.SERVICE_WAY_PUBLIC_NOTICE:
        require_proof(command)
    took_effect = effective_on(state, pb.SERVED_DOCUMENT_DECISION, command.way, command.delivery, context)
    yield events.DecisionServed(
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
    return replace(state, stage=stage, decision=decision)
