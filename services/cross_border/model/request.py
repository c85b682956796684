"""A request to another authority, as who asks keeps it (协作请求, 行政处罚法 art. 26): until it is answered.

    DRAFT ──send──▶ SENT ──delivered──▶ DELIVERED ──accepted──▶ ACCEPTED ─▶ … request_answer.py
      └─discard▶ DISCARDED   └──────────────┴──rejected──▶ REJECTED ──close──▶ CLOSED

What the other side did is noted from what it signed, with the instant of its act, so that both sides' clocks agree.
A request that comes back loses nothing: whatever it was about stays with this authority until somebody accepts it. A
clue or a case that is handed over is registered here (`cases`), and leaves that register when the other side accepts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands
from enforcement.cross_border.v1.overdue_pb2 import RequestReminded
from enforcement.options.v1 import options_pb2 as options

from services.cross_border.deadlines import HAND_OVER
from services.cross_border.kinds import HAND_OVERS
from services.cross_border.model.content import require_content
from services.cross_border.model.shared import APL_26, Refusal
from services.kernel.deadlines import published
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime
from services.kernel.values import day_of, term

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Stage(StrEnum):
    """Where a request stands. Accepting names the officers who handle it: from then on it is in progress (办理中)."""

    DRAFT = "草拟"
    DISCARDED = "已作废"
    SENT = "已发出"
    DELIVERED = "已送达"
    ACCEPTED = "办理中"
    EXTENDED = "延期办理"
    PARTLY = "部分答复"
    REOPENED = "补充办理"
    REJECTED = "已退回"
    ANSWERED = "已答复"
    CONFIRMED = "已确认"
    CLOSED = "已办结"


AWAITING_ACCEPTANCE: Final = (Stage.SENT, Stage.DELIVERED)
IN_PROGRESS: Final = (Stage.ACCEPTED, Stage.EXTENDED, Stage.PARTLY, Stage.REOPENED)
"""The other side works on it; after a partial answer, on the rest."""


@dataclass(frozen=True, slots=True)
class Request(Staged):
    """What decisions about a request read."""

    stage: Stage = Stage.DRAFT
    sent: pb.RequestSent = field(default_factory=pb.RequestSent)
    """What is asked, also while it is a draft."""
    found_at: datetime = _NEVER
    """From when the limit for handing over counts: the lack of competence was found, or a receiver sent it back."""
    extended: bool = False
    """That limit was extended."""
    reminded: RequestReminded | None = None
    """The latest reminder."""
    partial: bool = False
    """Part of the answer is here, and the rest is due."""
    items: Mapping[str, pb.EvidenceItem] = field(default_factory=dict)
    """Evidence of the answers, the latest form of each item."""
    recognised: frozenset[str] = frozenset()


request = Aggregate("request", Request)


@request.decide(commands.SendRequestRequest, basis=APL_26)
def send(state: Request, command: commands.SendRequestRequest, context: Context) -> Events:
    """A request goes to another transport authority, says what it asks and what the data are for.

    Personal fields without a purpose are refused (个人信息保护法 arts. 13, 34). What is handed over begins as a draft,
    because its limit counts from when this authority found that it is not competent.
    """
    request_id = command.request_id or str(context.new_id(request.name))
    asked = _asked(request_id, command, context)
    handed_over = asked.request_type in HAND_OVERS
    if not command.draft:
        require_content(asked)
        _require_here(context)
    if command.draft or handed_over:
        found = command.lacking_found_at if command.HasField("lacking_found_at") else command.occurred_at
        if to_datetime(found) > context.occurred_at:
            raise Refused(Refusal.FOUND_LATER, found_at=day_of(to_datetime(found)))
        yield drafting.RequestDrafted(
            request_id=request_id,
            content=asked,
            case_id=asked.case_id if handed_over else "",
            lacking_found_at=found if handed_over else None,
            urgent=asked.urgent,
        )
    if not command.draft:
        yield asked


@request.evolve(drafting.PersonalRequestRefused)
def personal_request_refused(state: Request, event: drafting.PersonalRequestRefused) -> Request:
    return replace(state, stage=Stage.DISCARDED)


@request.evolve(drafting.RequestDrafted)
def drafted(state: Request, event: drafting.RequestDrafted) -> Request:
    found_at = to_datetime(event.lacking_found_at) if event.HasField("lacking_found_at") else _NEVER
    return replace(state, stage=Stage.DRAFT, sent=event.content, found_at=found_at)


@request.decide(drafting.ExtendHandOverRequest, basis="design, after 重庆市长寿区行政执法机关协同协作工作办法 art. 5")
def extend_hand_over(state: Request, command: drafting.ExtendHandOverRequest, context: Context) -> Events:
    """The limit for handing over is extended once, before it ends; a serious danger does not wait."""
    state.require(Stage.DRAFT, Stage.REJECTED)
    if state.sent.request_type not in HAND_OVERS or state.sent.urgent:
        raise Refused(Refusal.NO_LIMIT_TO_EXTEND, type=term(pb.RequestType, state.sent.request_type))
    if state.extended:
        raise Refused(Refusal.EXTENDED_ALREADY)
    limit, _ = HAND_OVER.limit(context.rules, day_of(state.found_at))
    due = limit.provisional(state.found_at, published())
    if not due.provisional and not due.covers(context.occurred_at):
        raise Refused(Refusal.EXTENSION_TOO_LATE, due=due.due_on)
    yield drafting.HandOverExtended(
        request_id=command.request_id,
        case_id=state.sent.case_id,
        working_days=context.rules.number("clue_transfer_extension_working_days", day_of(state.found_at)),
        reason=command.reason,
    )


@request.evolve(drafting.HandOverExtended)
def hand_over_extended(state: Request, event: drafting.HandOverExtended) -> Request:
    return replace(state, extended=True)


@request.decide(drafting.SendDraftRequest, basis=APL_26)
def send_draft(state: Request, command: drafting.SendDraftRequest, context: Context) -> Events:
    """A draft leaves when it carries what its kind needs."""
    state.require(Stage.DRAFT)
    require_content(state.sent)
    _require_here(context)
    yield state.sent


@request.decide(drafting.DiscardDraftRequest, basis="design")
def discard(state: Request, command: drafting.DiscardDraftRequest, context: Context) -> Events:
    """What never left ends here; the clue or case stays where it is registered."""
    state.require(Stage.DRAFT)
    yield drafting.DraftDiscarded(
        request_id=command.request_id,
        case_id=state.sent.case_id if state.sent.request_type in HAND_OVERS else "",
        reason=command.reason,
    )


@request.evolve(drafting.DraftDiscarded)
def discarded(state: Request, event: drafting.DraftDiscarded) -> Request:
    return replace(state, stage=Stage.DISCARDED)


@request.evolve(pb.RequestSent)
def sent(state: Request, event: pb.RequestSent) -> Request:
    return replace(state, stage=Stage.SENT, sent=event)


@request.decide(commands.NoteDeliveryRequest, basis="design")
def note_delivery(state: Request, command: commands.NoteDeliveryRequest, context: Context) -> Events:
    """The other side recorded the request."""
    from_responder(state, context)
    if state.stage is not Stage.SENT:
        return
    yield pb.RequestDelivered(
        request_id=command.request_id,
        responder_id=state.sent.responder_id,
        task_id=command.task_id,
        request_type=state.sent.request_type,
    )


@request.evolve(pb.RequestDelivered)
def delivered(state: Request, event: pb.RequestDelivered) -> Request:
    return replace(state, stage=Stage.DELIVERED)


@request.decide(commands.NoteAcceptanceRequest, basis=APL_26)
def note_acceptance(state: Request, command: commands.NoteAcceptanceRequest, context: Context) -> Events:
    """The other side accepted; a clue or case that was handed over is its own from now on."""
    from_responder(state, context)
    if state.stage not in AWAITING_ACCEPTANCE:
        return
    sent = state.sent
    handed_over = sent.request_type in HAND_OVERS
    yield pb.RequestAccepted(
        request_id=command.request_id,
        responder_id=sent.responder_id,
        handlers=command.handlers,
        request_type=sent.request_type,
        case_id=sent.case_id if handed_over else "",
        matter=sent.matter if handed_over else None,
        materials=sent.materials if handed_over else (),
    )


@request.evolve(pb.RequestAccepted)
def accepted(state: Request, event: pb.RequestAccepted) -> Request:
    return replace(state, stage=Stage.ACCEPTED, reminded=None)


@request.decide(commands.NoteRejectionRequest, basis=APL_26)
def note_rejection(state: Request, command: commands.NoteRejectionRequest, context: Context) -> Events:
    """The other side sent it back, with a reason; a clue or case stays here, and must go to somebody else."""
    from_responder(state, context)
    if state.stage not in AWAITING_ACCEPTANCE:
        return
    sent = state.sent
    yield pb.RequestRejected(
        request_id=command.request_id,
        responder_id=sent.responder_id,
        reason=command.reason,
        explanation=command.explanation,
        request_type=sent.request_type,
        case_id=sent.case_id if sent.request_type in HAND_OVERS else "",
        urgent=sent.urgent,
    )


@request.evolve(pb.RequestRejected)
def rejected(state: Request, event: pb.RequestRejected, act: Act) -> Request:
    return replace(state, stage=Stage.REJECTED, found_at=act.occurred_at, extended=False)


def from_responder(state: Request, context: Context) -> None:
    """Only who was asked speaks about the answer."""
    if context.origin != state.sent.responder_id:
        raise Refused(Refusal.NOT_THE_RESPONDER, authority=context.origin or context.authority.id)


def _require_here(context: Context) -> None:
    """A clue or case goes to one authority at a time: to the next one when the first has sent it back. `found` is the
    open request about it."""
    if context.found:
        raise Refused(Refusal.HANDED_OVER_ALREADY, request=context.found)


def _asked(request_id: str, command: commands.SendRequestRequest, context: Context) -> pb.RequestSent:
    """What is asked, of an authority that may be asked."""
    if command.request_type == pb.REQUEST_TYPE_COPY_NOTICE:
        raise Refused(Refusal.NOTICE_HAS_NO_ANSWER)
    if command.responder_id == context.authority.id:
        raise Refused(Refusal.TO_ITSELF)
    responder = context.member(command.responder_id)
    if responder.kind != options.AUTHORITY_KIND_TRANSPORT:
        raise Refused(Refusal.RESPONDER_OF_OTHER_KIND, authority=responder.name)
    return pb.RequestSent(
        request_id=request_id,
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
        materials=command.materials,
        matter=command.matter if command.HasField("matter") else None,
        service=command.service if command.HasField("service") else None,
        wanted_on=command.wanted_on,
        urgent=command.urgent,
    )
