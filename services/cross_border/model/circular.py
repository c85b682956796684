"""Bulletins, notices and records of meetings between units (通报、互通、联席会议), at who tells and who is told.

    circular           TOLD ──corrected──▶ TOLD, revision 2 …        each recipient's acknowledgement is noted
    received_circular  RECEIVED ──corrected──▶ RECEIVED, revision 2 …   ──acknowledged──▶ ACKNOWLEDGED

Light registers: they ask for nothing. The addressees alone get the content; the latest revision counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from enforcement.cross_border.v1 import circular_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.cross_border.model.shared import Refusal
from services.kernel.deadlines import published, working_days
from services.kernel.deadlines.units import add_months, start_of
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.ledger import ids
from services.kernel.values import day_of, term


class CircularStage(StrEnum):
    """Where it stands."""

    TOLD = "已发出"
    RECEIVED = "待签收"
    ACKNOWLEDGED = "已签收"


@dataclass(frozen=True, slots=True)
class Circular(Staged):
    """What decisions about one that was told read."""

    stage: CircularStage = CircularStage.TOLD
    kind: pb.CircularKind.ValueType = pb.CIRCULAR_KIND_UNSPECIFIED
    recipient_ids: tuple[str, ...] = ()
    revision: int = 1
    acknowledged: frozenset[tuple[str, int]] = frozenset()
    """Who took note, and of which revision."""


@dataclass(frozen=True, slots=True)
class ReceivedCircular(Staged):
    """What decisions about one that was received read."""

    stage: CircularStage = CircularStage.RECEIVED
    circular_id: str = ""
    sender_id: str = ""
    kind: pb.CircularKind.ValueType = pb.CIRCULAR_KIND_UNSPECIFIED
    revision: int = 1


circular = Aggregate("circular", Circular)
received_circular = Aggregate("received_circular", ReceivedCircular)


def received_circular_of(circular_id: str, sender_id: str) -> str:
    """Id of a circular where it arrives; the sender's id comes from the signature, so nobody else reaches it."""
    return str(ids.derive(UUID(circular_id), f"circular/{sender_id}"))


@circular.decide(pb.ShareCircularRequest, basis="design; 川渝执法协作 (2021)")
def share(state: Circular, command: pb.ShareCircularRequest, context: Context) -> Events:
    """Other bureaus are told; a bulletin says for which month, and the next one is due at a later month's start.

    `found` is the latest month that a bulletin told of: one that is told again, or afterwards, moves no limit.
    """
    _require_recipients(command.recipient_ids, context)
    _require_whole(command.kind, command.content, context)
    newest = command.kind == pb.CIRCULAR_KIND_BULLETIN and command.content.month > (context.found or "")
    yield pb.CircularShared(
        circular_id=command.circular_id or str(context.new_id(circular.name)),
        sender_id=context.authority.id,
        recipient_ids=command.recipient_ids,
        kind=command.kind,
        content=command.content,
        next_due_on=_next_due(command.content.month, context) if newest else "",
    )


@circular.evolve(pb.CircularShared)
def shared(state: Circular, event: pb.CircularShared) -> Circular:
    return replace(state, kind=event.kind, recipient_ids=tuple(event.recipient_ids))


@circular.decide(pb.CorrectCircularRequest, basis="design")
def correct(state: Circular, command: pb.CorrectCircularRequest, context: Context) -> Events:
    """What was wrong is told again, whole, to everybody who was told."""
    _require_whole(state.kind, command.content, context)
    yield pb.CircularCorrected(
        circular_id=command.circular_id,
        recipient_ids=state.recipient_ids,
        revision=state.revision + 1,
        content=command.content,
        reason=command.reason,
    )


@circular.evolve(pb.CircularCorrected)
def corrected(state: Circular, event: pb.CircularCorrected) -> Circular:
    return replace(state, revision=event.revision)


@circular.decide(pb.NoteCircularAcknowledgedRequest, basis="design")
def note_acknowledged(state: Circular, command: pb.NoteCircularAcknowledgedRequest, context: Context) -> Events:
    """A recipient took note, once of each revision."""
    recipient_id = context.origin or ""
    if recipient_id not in state.recipient_ids:
        raise Refused(Refusal.NOT_TOLD, authority=recipient_id or context.authority.id)
    if (recipient_id, command.revision) in state.acknowledged:
        return
    yield pb.CircularAcknowledgementNoted(
        circular_id=command.circular_id, recipient_id=recipient_id, revision=command.revision
    )


@circular.evolve(pb.CircularAcknowledgementNoted)
def acknowledgement_noted(state: Circular, event: pb.CircularAcknowledgementNoted) -> Circular:
    return replace(state, acknowledged=state.acknowledged | {(event.recipient_id, event.revision)})


@received_circular.decide(pb.RecordCircularRequest, basis="design")
def record(state: ReceivedCircular, command: pb.RecordCircularRequest, context: Context) -> Events:
    """What another bureau told is recorded under the name of who signed it."""
    if context.origin != command.sender_id:
        raise Refused(Refusal.NOT_TOLD, authority=context.origin or context.authority.id)
    yield pb.CircularReceived(
        received_id=command.received_id,
        circular_id=command.circular_id,
        sender_id=command.sender_id,
        revision=1,
        kind=command.kind,
        content=command.content,
    )


@received_circular.decide(pb.RecordCorrectionRequest, basis="design")
def record_correction(state: ReceivedCircular, command: pb.RecordCorrectionRequest, context: Context) -> Events:
    """A later revision takes the place of an earlier one, and is to be noted again."""
    if context.origin != state.sender_id:
        raise Refused(Refusal.NOT_TOLD, authority=context.origin or context.authority.id)
    if command.revision <= state.revision:
        return
    yield pb.CircularReceived(
        received_id=command.received_id,
        circular_id=state.circular_id,
        sender_id=state.sender_id,
        revision=command.revision,
        kind=state.kind,
        content=command.content,
    )


@received_circular.evolve(pb.CircularReceived)
def received(state: ReceivedCircular, event: pb.CircularReceived) -> ReceivedCircular:
    return ReceivedCircular(CircularStage.RECEIVED, event.circular_id, event.sender_id, event.kind, event.revision)


@received_circular.decide(pb.AcknowledgeCircularRequest, basis="design")
def acknowledge(state: ReceivedCircular, command: pb.AcknowledgeCircularRequest, context: Context) -> Events:
    """An officer takes note (签收), once of each revision."""
    state.require(CircularStage.RECEIVED)
    yield pb.CircularAcknowledged(
        received_id=command.received_id,
        circular_id=state.circular_id,
        sender_id=state.sender_id,
        revision=state.revision,
    )


@received_circular.evolve(pb.CircularAcknowledged)
def acknowledged(state: ReceivedCircular, event: pb.CircularAcknowledged) -> ReceivedCircular:
    return replace(state, stage=CircularStage.ACKNOWLEDGED)


def _require_recipients(recipient_ids: Sequence[str], context: Context) -> None:
    for recipient_id in recipient_ids:
        if recipient_id == context.authority.id:
            raise Refused(Refusal.TO_ITSELF)
        recipient = context.member(recipient_id)
        if recipient.kind != options.AUTHORITY_KIND_TRANSPORT:
            raise Refused(Refusal.RESPONDER_OF_OTHER_KIND, authority=recipient.name)


def _require_whole(kind: pb.CircularKind.ValueType, content: pb.CircularContent, context: Context) -> None:
    """A bulletin names its month, one that began; a record of a meeting the meeting; nothing is told empty."""
    this_month = day_of(context.occurred_at).strftime("%Y-%m")
    missing = [
        name
        for name, lacks in {
            "月份": kind == pb.CIRCULAR_KIND_BULLETIN and not content.month,
            f"不晚于{this_month}的月份": kind == pb.CIRCULAR_KIND_BULLETIN and content.month > this_month,
            "会议": kind == pb.CIRCULAR_KIND_MEETING and not content.HasField("meeting"),
            "内容": not (content.text.strip() or content.figures or content.files or content.HasField("meeting")),
        }.items()
        if lacks
    ]
    if missing:
        raise Refused(Refusal.CIRCULAR_INCOMPLETE, kind=term(pb.CircularKind, kind), missing="、".join(missing))


def _next_due(month: str, context: Context) -> str:
    """Last day for the bulletin of the next month: a few working days into the month after it (月初)."""
    first = add_months(date.fromisoformat(f"{month}-01"), 2)
    eve = start_of(date.fromordinal(first.toordinal() - 1))
    length = context.rules.number("bulletin_working_days", first)
    return working_days(length).provisional(eve, published()).due_on.isoformat()
