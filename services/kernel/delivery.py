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
somebody records that its thirty days have passed. A decision that holds from its own day (a release, a suspension, a
deferral) waits for no notice: it is put up, and the service takes effect when the thirty days have passed.

Why law stands in the kernel: cases serves the order to correct, the notices and the decision, collection the demand,
and neither imports the other. Two copies of the rule would part, and a service between them would have no aggregate,
no ledger category and no caller of its own. It is pure, as `deadlines.units` is with the law of periods, and its words
are the contract's (enforcement.cases.v1).

Promise  One rule for every document that is served, whichever service serves it.
Owns     nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from enforcement.cases.v1 import delivery_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events

from services.kernel.deadlines import calendar_days, published
from services.kernel.decider import Context
from services.kernel.errors import Refused, refusals
from services.kernel.values import day, day_of, term

Refusal: Final = refusals("enforcement.cases.v1")
PUBLIC_NOTICE: Final = calendar_days(30, roll=False)
"""A document that was put up in public is served when these have passed (民事诉讼法 art. 95)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a party is reached other than by handing a document over."""

    system: str = ""
    """For electronic service, as the party consented to it in the confirmed address; empty without consent."""
    posted_at: datetime | None = None
    """When the document was put up in public."""
    used_on: date | None = None
    """When another one of its kind took effect last: a notice is for one document, so an earlier one was for that."""


def effective_on(command: Any, reach: Reach, context: Context) -> date:
    """The day on which a service takes effect. The command has its `way`, its `proof` (送达回证) and its `delivery`.

    Raises:
        Refused: the proof or what the way needs is missing, or thirty days of public notice have not passed.
    """
    if command.way == events.SERVICE_WAY_PUBLIC_NOTICE:
        ends_on = _end_of_notice(reach)
        if context.today <= ends_on:
            raise Refused(Refusal.PUBLIC_NOTICE_RUNNING, effective_on=ends_on)
        return ends_on
    if not command.HasField("proof"):
        raise Refused(Refusal.PROOF_NEEDED)
    details = command.delivery
    _CHECKS[command.way](reach, details)
    if command.way == events.SERVICE_WAY_ELECTRONIC and details.arrived_on:
        arrived_on = day(details.arrived_on)
        in_order = context.today <= arrived_on <= day_of(context.now)
        if not details.HasField("arrival_proof") or not in_order:
            raise Refused(Refusal.ARRIVAL_NOT_PROVED, arrived_on=arrived_on)
        return arrived_on
    return context.today


def served_with(
    command: Any, document: pb.ServedDocument.ValueType, reach: Reach, context: Context, *, sheet: str = "document"
) -> dict[str, Any]:
    """What the event of a decision that holds from its own day keeps of the service of its sheet: the fields of that.

    Raises:
        Refused: SERVED_DOCUMENT_NEEDED, SERVICE_WAY_NEEDED, as `effective_on`; a public notice need only be put up.
    """
    require_document(command, document, sheet=sheet)
    if command.way == events.SERVICE_WAY_UNSPECIFIED:
        raise Refused(Refusal.SERVICE_WAY_NEEDED, document=term(pb.ServedDocument, document))
    by_notice = command.way == events.SERVICE_WAY_PUBLIC_NOTICE
    served_on = _end_of_notice(reach) if by_notice else effective_on(command, reach, context)
    return {
        sheet: getattr(command, sheet),
        "way": command.way,
        "proof": command.proof if command.HasField("proof") else None,
        "delivery": command.delivery if command.HasField("delivery") else None,
        "effective_on": served_on.isoformat(),
    }


def require_document(command: Any, document: pb.ServedDocument.ValueType, *, sheet: str = "document") -> None:
    """What is served is a sheet: the one that was issued on its form, or one that was uploaded; the field `sheet`.

    Raises:
        Refused: SERVED_DOCUMENT_NEEDED.
    """
    if not command.HasField(sheet):
        raise Refused(Refusal.SERVED_DOCUMENT_NEEDED, document=term(pb.ServedDocument, document))


def noticed_on(posted_at: datetime) -> date:
    """The last of the thirty days, the day of putting up not counted (经过三十日). Rest days do not move it."""
    return PUBLIC_NOTICE.provisional(posted_at, published()).due_on


def _end_of_notice(reach: Reach) -> date:
    if reach.posted_at is None or (reach.used_on is not None and day_of(reach.posted_at) <= reach.used_on):
        raise Refused(Refusal.NOT_POSTED)
    return noticed_on(reach.posted_at)


def _handed_over(reach: Reach, details: pb.Delivery) -> None:
    by_other = details.recipient not in (pb.RECIPIENT_UNSPECIFIED, pb.RECIPIENT_PARTY)
    if by_other and not details.recipient_name.strip():
        raise Refused(Refusal.RECIPIENT_NEEDED, recipient=term(pb.Recipient, details.recipient))


def _left(reach: Reach, details: pb.Delivery) -> None:
    if not details.refusal.strip() or not (details.witness.strip() or details.recordings):
        raise Refused(Refusal.WITNESS_OR_RECORDING)


def _electronic(reach: Reach, details: pb.Delivery) -> None:
    if not reach.system:
        raise Refused(Refusal.NO_ELECTRONIC_CONSENT)
    if details.system != reach.system:
        raise Refused(Refusal.OTHER_SYSTEM, system=reach.system)


def _entrusted(reach: Reach, details: pb.Delivery) -> None:
    if not details.carrier.strip():
        raise Refused(Refusal.CARRIER_NEEDED)


def _mailed(reach: Reach, details: pb.Delivery) -> None:
    if not details.mail_number.strip():
        raise Refused(Refusal.MAIL_NUMBER_NEEDED)


def _passed_on(reach: Reach, details: pb.Delivery) -> None:
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
