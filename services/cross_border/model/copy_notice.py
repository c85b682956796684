"""Notices that ask for no answer (抄告), as who tells and who is told keep them.

    copy_notice      SENT ──the other side has it──▶ DELIVERED      either ──the decision is gone──▶ WITHDRAWN
    received_notice  RECEIVED ──the other side takes it back──▶ WITHDRAWN

A case of overload is told to the road-transport authority of the vehicle's home place
(超限运输车辆行驶公路管理规定 art. 44). What is told goes to that authority and to nobody else; its record of it, signed
and told back, is the receipt. A notice of a decision that is gone is taken back the same way.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from enforcement.cross_border.v1 import copy_notice_pb2 as pb
from enforcement.cross_border.v1 import events_pb2 as events
from enforcement.options.v1 import options_pb2 as options

from services.cross_border.model.shared import Refusal
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.ledger import ids

OVER_44: Final = "超限运输车辆行驶公路管理规定 art. 44"


class NoticeStage(StrEnum):
    """Where a notice stands."""

    SENT = "已发出"
    DELIVERED = "已送达"
    RECEIVED = "已收到"
    WITHDRAWN = "已撤回"


@dataclass(frozen=True, slots=True)
class CopyNotice(Staged):
    """What decisions about a notice read."""

    stage: NoticeStage = NoticeStage.SENT
    recipient_id: str = ""
    follow_up_id: str = ""


copy_notice = Aggregate("copy_notice", CopyNotice)


@copy_notice.decide(pb.SendCopyNoticeRequest, basis=OVER_44)
def send(state: CopyNotice, command: pb.SendCopyNoticeRequest, context: Context) -> Events:
    """A notice goes to another transport authority."""
    if command.recipient_id == context.authority.id:
        raise Refused(Refusal.TO_ITSELF)
    recipient = context.member(command.recipient_id)
    if recipient.kind != options.AUTHORITY_KIND_TRANSPORT:
        raise Refused(Refusal.RESPONDER_OF_OTHER_KIND, authority=recipient.name)
    yield pb.CopyNoticeSent(
        notice_id=command.notice_id,
        sender_id=context.authority.id,
        recipient_id=recipient.id,
        request_type=events.REQUEST_TYPE_COPY_NOTICE,
        follow_up_id=command.follow_up_id,
        notice=command.notice,
    )


@copy_notice.evolve(pb.CopyNoticeSent)
def sent(state: CopyNotice, event: pb.CopyNoticeSent) -> CopyNotice:
    return replace(state, stage=NoticeStage.SENT, recipient_id=event.recipient_id, follow_up_id=event.follow_up_id)


@copy_notice.decide(pb.NoteCopyNoticeDeliveredRequest, basis="design")
def note_delivered(state: CopyNotice, command: pb.NoteCopyNoticeDeliveredRequest, context: Context) -> Events:
    """The other side recorded it: only who was told can say so."""
    if context.origin != state.recipient_id:
        raise Refused(Refusal.NOT_THE_RESPONDER, authority=context.origin or context.authority.id)
    if state.stage is not NoticeStage.SENT:
        return
    yield pb.CopyNoticeDelivered(
        notice_id=command.notice_id, recipient_id=state.recipient_id, follow_up_id=state.follow_up_id
    )


@copy_notice.evolve(pb.CopyNoticeDelivered)
def delivered(state: CopyNotice, event: pb.CopyNoticeDelivered) -> CopyNotice:
    return replace(state, stage=NoticeStage.DELIVERED)


@copy_notice.decide(pb.WithdrawCopyNoticeRequest, basis="行政处罚法 art. 75; design")
def withdraw(state: CopyNotice, command: pb.WithdrawCopyNoticeRequest, context: Context) -> Events:
    """Whoever was told of a decision that is gone learns it: what it counts touches a licence."""
    if state.stage is NoticeStage.WITHDRAWN:
        return
    yield pb.CopyNoticeWithdrawn(
        notice_id=command.notice_id, sender_id=context.authority.id, recipient_id=state.recipient_id
    )


@copy_notice.evolve(pb.CopyNoticeWithdrawn)
def withdrawn(state: CopyNotice, event: pb.CopyNoticeWithdrawn) -> CopyNotice:
    return replace(state, stage=NoticeStage.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class ReceivedNotice(Staged):
    """A notice of another authority."""

    stage: NoticeStage = NoticeStage.RECEIVED
    received: pb.CopyNoticeReceived = field(default_factory=pb.CopyNoticeReceived)


received_notice = Aggregate("received_notice", ReceivedNotice)


def received_notice_of(notice_id: str, sender_id: str) -> str:
    """Id of a notice where it arrives; the sender's id comes from the signature, so nobody else reaches it."""
    return str(ids.derive(UUID(notice_id), f"copy_notice/{sender_id}"))


@received_notice.decide(pb.RecordCopyNoticeRequest, basis=OVER_44)
def record(state: ReceivedNotice, command: pb.RecordCopyNoticeRequest, context: Context) -> Events:
    """What another authority told is recorded under the name of who signed it."""
    if context.origin != command.sender_id:
        raise Refused(Refusal.NOT_THE_REQUESTER, authority=context.origin or context.authority.id)
    yield pb.CopyNoticeReceived(
        received_id=command.received_id,
        notice_id=command.notice_id,
        sender_id=command.sender_id,
        notice=command.notice,
    )


@received_notice.evolve(pb.CopyNoticeReceived)
def received(state: ReceivedNotice, event: pb.CopyNoticeReceived) -> ReceivedNotice:
    return replace(state, stage=NoticeStage.RECEIVED, received=event)


@received_notice.decide(pb.RetractCopyNoticeRequest, basis="行政处罚法 art. 75; design")
def retract(state: ReceivedNotice, command: pb.RetractCopyNoticeRequest, context: Context) -> Events:
    """Who told takes it back, and nobody else; once."""
    if context.origin != command.sender_id or command.sender_id != state.received.sender_id:
        raise Refused(Refusal.NOT_THE_REQUESTER, authority=context.origin or context.authority.id)
    if state.stage is NoticeStage.WITHDRAWN:
        return
    yield pb.CopyNoticeRetracted(
        received_id=command.received_id,
        notice_id=state.received.notice_id,
        sender_id=state.received.sender_id,
        notice=state.received.notice,
    )


@received_notice.evolve(pb.CopyNoticeRetracted)
def retracted(state: ReceivedNotice, event: pb.CopyNoticeRetracted) -> ReceivedNotice:
    return replace(state, stage=NoticeStage.WITHDRAWN)
