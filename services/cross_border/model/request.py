"""A request to another authority, as who asks keeps it (协作请求, 行政处罚法 art. 26).

    SENT ──delivered──▶ DELIVERED ──accepted──▶ ACCEPTED ──answered──▶ ANSWERED ──confirm──▶ CONFIRMED ──▶ CLOSED
                            │                      ▲                      │                                  ▲
                            └──rejected──▶ REJECTED│└────── reopen ───────┘                                  │
                                              └────┼─────────────────────────────────────────────────────────┘
                                                 (extended)

What the other side did is noted from what it signed. A request that comes back loses nothing: whatever it was about
stays with this authority until somebody accepts it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.cross_border.model.shared import APL_26, Refusal
from services.cross_border.personal import personal, terms
from services.cross_border.recognition import judge
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.messages import to_datetime
from services.kernel.values import day_of


class Stage(StrEnum):
    """Where a request stands."""

    SENT = "已发出"
    DELIVERED = "已送达"
    ACCEPTED = "办理中"
    REJECTED = "已退回"
    ANSWERED = "已答复"
    CONFIRMED = "已确认"
    CLOSED = "已办结"


_AWAITING_ACCEPTANCE = (Stage.SENT, Stage.DELIVERED)


@dataclass(frozen=True, slots=True)
class Request(Staged):
    """What decisions about a request read."""

    stage: Stage = Stage.SENT
    sent: pb.RequestSent = field(default_factory=pb.RequestSent)
    items: Mapping[str, pb.EvidenceItem] = field(default_factory=dict)
    """Evidence of the answers, the latest form of each item."""
    recognised: frozenset[str] = frozenset()


request = Aggregate("request", Request)


@request.decide(commands.SendRequestRequest, basis=APL_26)
def send(state: Request, command: commands.SendRequestRequest, context: Context) -> Events:
    """A request goes to another transport authority, says what it asks and what the data are for.

    Personal fields without a purpose are refused (个人信息保护法 arts. 13, 34).
    """
    if command.request_type == pb.REQUEST_TYPE_COPY_NOTICE:
        raise Refused(Refusal.NOTICE_HAS_NO_ANSWER)
    if command.responder_id == context.authority.id:
        raise Refused(Refusal.TO_ITSELF)
    responder = context.member(command.responder_id)
    if responder.kind != options.AUTHORITY_KIND_TRANSPORT:
        raise Refused(Refusal.RESPONDER_OF_OTHER_KIND, authority=responder.name)
    if not command.purpose.strip():
        if asked := personal(command.fields):
            raise Refused(Refusal.PERSONAL_FIELDS_WITHOUT_PURPOSE, fields=terms(asked))
        raise Refused(Refusal.PURPOSE_MISSING)
    if not (command.questions or command.fields or command.evidence_sha256):
        raise Refused(Refusal.NOTHING_ASKED)
    yield pb.RequestSent(
        request_id=command.request_id or str(context.new_id(request.name)),
        requester_id=context.authority.id,
        responder_id=responder.id,
        request_type=command.request_type,
        case_id=command.case_id,
        case_number=command.case_number,
        purpose=command.purpose,
        legal_basis=command.legal_basis,
        questions=command.questions,
        fields=command.fields,
        evidence_sha256=command.evidence_sha256,
        subject=command.subject if command.HasField("subject") else None,
        classification=command.classification,
        contact=command.contact,
    )


@request.evolve(pb.RequestSent)
def sent(state: Request, event: pb.RequestSent) -> Request:
    return replace(state, stage=Stage.SENT, sent=event)


@request.decide(commands.NoteDeliveryRequest, basis="design")
def note_delivery(state: Request, command: commands.NoteDeliveryRequest, context: Context) -> Events:
    """The other side recorded the request."""
    _from_responder(state, context)
    if state.stage is not Stage.SENT:
        return
    yield pb.RequestDelivered(
        request_id=command.request_id, responder_id=state.sent.responder_id, task_id=command.task_id
    )


@request.evolve(pb.RequestDelivered)
def delivered(state: Request, event: pb.RequestDelivered) -> Request:
    return replace(state, stage=Stage.DELIVERED)


@request.decide(commands.NoteAcceptanceRequest, basis=APL_26)
def note_acceptance(state: Request, command: commands.NoteAcceptanceRequest, context: Context) -> Events:
    """The other side accepted."""
    _from_responder(state, context)
    if state.stage not in _AWAITING_ACCEPTANCE:
        return
    yield pb.RequestAccepted(
        request_id=command.request_id, responder_id=state.sent.responder_id, handlers=command.handlers
    )


@request.evolve(pb.RequestAccepted)
def accepted(state: Request, event: pb.RequestAccepted) -> Request:
    return replace(state, stage=Stage.ACCEPTED)


@request.decide(commands.NoteRejectionRequest, basis=APL_26)
def note_rejection(state: Request, command: commands.NoteRejectionRequest, context: Context) -> Events:
    """The other side sent it back, with a reason."""
    _from_responder(state, context)
    if state.stage not in _AWAITING_ACCEPTANCE:
        return
    yield pb.RequestRejected(
        request_id=command.request_id,
        responder_id=state.sent.responder_id,
        reason=command.reason,
        explanation=command.explanation,
    )


@request.evolve(pb.RequestRejected)
def rejected(state: Request, event: pb.RequestRejected) -> Request:
    return replace(state, stage=Stage.REJECTED)


@request.decide(commands.NoteExtensionRequest, basis="design")
def note_extension(state: Request, command: commands.NoteExtensionRequest, context: Context) -> Events:
    """The other side needs longer."""
    _from_responder(state, context)
    yield pb.RequestExtended(
        request_id=command.request_id,
        responder_id=state.sent.responder_id,
        working_days=command.working_days,
        reason=command.reason,
    )


@request.evolve(pb.RequestExtended)
def extended(state: Request, event: pb.RequestExtended) -> Request:
    return state


@request.decide(commands.NoteAnswerRequest, basis=APL_26)
def note_answer(state: Request, command: commands.NoteAnswerRequest, context: Context) -> Events:
    """The other side answered; after a reopening it answers again."""
    _from_responder(state, context)
    if state.stage is not Stage.ACCEPTED:
        return
    yield pb.AnswerReceived(
        request_id=command.request_id,
        responder_id=state.sent.responder_id,
        completeness=command.completeness,
        text=command.text,
        fields=command.fields,
        items=command.items,
    )


@request.evolve(pb.AnswerReceived)
def answer_received(state: Request, event: pb.AnswerReceived) -> Request:
    items = {**state.items, **{item.item_id: item for item in event.items}}
    return replace(state, stage=Stage.ANSWERED, items=items)


@request.decide(commands.RecogniseEvidenceRequest, basis="行政处罚法 art. 46; design after 川渝取证规则")
def recognise(state: Request, command: commands.RecogniseEvidenceRequest, context: Context) -> Events:
    """Each piece of evidence is tested for recognition; one that needed remedy is tested again when it came again."""
    state.require(Stage.ANSWERED, Stage.CONFIRMED)
    item = state.items.get(command.item_id)
    if item is None:
        raise Refused(Refusal.ITEM_UNKNOWN, item=command.item_id)
    if command.item_id in state.recognised:
        raise Refused(Refusal.RECOGNISED_ALREADY, item=command.item_id)
    collected_on = day_of(to_datetime(item.collected_at))
    inactive = context.rules.get("inactive_collector", collected_on)
    judgement = judge(
        item,
        held_sha256=command.held_sha256,
        members=context.members,
        for_assist=state.sent.request_type == pb.REQUEST_TYPE_ASSIST,  # accepted, or there would be no answer
        inactive_remediable=inactive == "NEEDS_REMEDY",
    )
    by_switch = any(one.test == pb.RECOGNITION_TEST_CREDENTIAL for one in judgement.shortcomings)
    yield pb.EvidenceRecognised(
        request_id=command.request_id,
        responder_id=state.sent.responder_id,
        case_id=state.sent.case_id,
        item_id=command.item_id,
        verdict=judgement.verdict,
        shortcomings=judgement.shortcomings,
        policy=f"inactive_collector={inactive}" if by_switch else "",
        item=item,
        blob=item.blob,
    )


@request.evolve(pb.EvidenceRecognised)
def recognised(state: Request, event: pb.EvidenceRecognised) -> Request:
    if event.verdict != pb.VERDICT_RECOGNISED:
        return state
    return replace(state, recognised=state.recognised | {event.item_id})


@request.decide(commands.ConfirmAnswerRequest, basis="design")
def confirm(state: Request, command: commands.ConfirmAnswerRequest, context: Context) -> Events:
    """Who asked says that the answer suffices."""
    state.require(Stage.ANSWERED)
    yield pb.AnswerConfirmed(request_id=command.request_id, responder_id=state.sent.responder_id)


@request.evolve(pb.AnswerConfirmed)
def confirmed(state: Request, event: pb.AnswerConfirmed) -> Request:
    return replace(state, stage=Stage.CONFIRMED)


@request.decide(commands.ReopenRequestRequest, basis="design")
def reopen(state: Request, command: commands.ReopenRequestRequest, context: Context) -> Events:
    """An answer that does not suffice goes back, with what is missing."""
    state.require(Stage.ANSWERED)
    yield pb.RequestReopened(request_id=command.request_id, responder_id=state.sent.responder_id, reason=command.reason)


@request.evolve(pb.RequestReopened)
def reopened(state: Request, event: pb.RequestReopened) -> Request:
    return replace(state, stage=Stage.ACCEPTED)


@request.decide(commands.CloseRequestRequest, basis="design")
def close(state: Request, command: commands.CloseRequestRequest, context: Context) -> Events:
    """A request ends when its answer is confirmed, or when it came back."""
    state.require(Stage.CONFIRMED, Stage.REJECTED)
    yield pb.RequestClosed(request_id=command.request_id, responder_id=state.sent.responder_id)


@request.evolve(pb.RequestClosed)
def closed(state: Request, event: pb.RequestClosed) -> Request:
    return replace(state, stage=Stage.CLOSED)


def _from_responder(state: Request, context: Context) -> None:
    """Only who was asked speaks about the answer."""
    if context.origin != state.sent.responder_id:
        raise Refused(Refusal.NOT_THE_RESPONDER, authority=context.origin or context.authority.id)
