"""The answer to a request, as who asked keeps it: extension, parts, verdicts on evidence, and the end.

ACCEPTED ──extended──▶ EXTENDED ──partly answered──▶ PARTLY ──answered──▶ ANSWERED ──confirm──▶ CONFIRMED ─▶ CLOSED
   ▲ any of these (IN_PROGRESS)                        │ confirm: the rest is      │                ▲
   │                                                   └── no longer needed ───────┼────────────────┘
   └──── REOPENED ◀─────────── reopen, with what is missing ───────────────────────┘
SENT, DELIVERED or IN_PROGRESS ──withdraw──▶ CLOSED   not once it is answered whole, or handed over and accepted
accepted, and decided on here meanwhile ──end the hand-over──▶ CLOSED
"""

from dataclasses import replace

from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands

from services.cross_border.kinds import HAND_OVERS
from services.cross_border.model.request import (
    AWAITING_ACCEPTANCE,
    IN_PROGRESS,
    Request,
    Stage,
    from_responder,
    request,
)
from services.cross_border.model.shared import APL_26, Refusal
from services.cross_border.recognition import judge
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.messages import to_datetime
from services.kernel.values import day_of


@request.decide(commands.NoteExtensionRequest, basis="design")
def note_extension(state: Request, command: commands.NoteExtensionRequest, context: Context) -> Events:
    """The other side needs longer, and said so before its limit ended. What crosses with the confirmation of a part is
    kept: an answer that follows it was in time by it."""
    from_responder(state, context)
    if state.stage not in (*IN_PROGRESS, Stage.CONFIRMED):
        return
    yield pb.RequestExtended(
        request_id=command.request_id,
        responder_id=state.sent.responder_id,
        working_days=command.working_days,
        reason=command.reason,
    )


@request.evolve(pb.RequestExtended)
def extended(state: Request, event: pb.RequestExtended) -> Request:
    if state.stage is Stage.CONFIRMED:
        return state
    return replace(state, stage=Stage.EXTENDED, reminded=None)


@request.decide(commands.NoteAnswerRequest, basis=APL_26)
def note_answer(state: Request, command: commands.NoteAnswerRequest, context: Context) -> Events:
    """The other side answered, in whole or in part. What crosses with the confirmation of a part is kept, too; data
    that were not asked for are not."""
    from_responder(state, context)
    if state.stage not in (*IN_PROGRESS, Stage.CONFIRMED):
        return
    asked = set(state.sent.fields)
    if beyond := [one.field for one in command.fields if one.field not in asked]:
        yield drafting.UnaskedFieldsDropped(
            request_id=command.request_id, responder_id=state.sent.responder_id, fields=beyond
        )
    yield pb.AnswerReceived(
        request_id=command.request_id,
        responder_id=state.sent.responder_id,
        completeness=command.completeness,
        text=command.text,
        fields=[one for one in command.fields if one.field in asked],
        items=command.items,
        receipt=command.receipt if command.HasField("receipt") else None,
    )


@request.evolve(drafting.UnaskedFieldsDropped)
def fields_dropped(state: Request, event: drafting.UnaskedFieldsDropped) -> Request:
    return state


@request.evolve(pb.AnswerReceived)
def answer_received(state: Request, event: pb.AnswerReceived) -> Request:
    items = {**state.items, **{item.item_id: item for item in event.items}}
    if state.stage is Stage.CONFIRMED:
        return replace(state, items=items)
    partial = event.completeness == pb.COMPLETENESS_PARTIAL
    return replace(state, stage=Stage.PARTLY if partial else Stage.ANSWERED, partial=partial, items=items)


@request.decide(commands.RecogniseEvidenceRequest, basis="行政处罚法 art. 46; 川渝取证规则")
def recognise(state: Request, command: commands.RecogniseEvidenceRequest, context: Context) -> Events:
    """Evidence is judged by the tests of recognition; what was put right is judged again when it came again. Both sides
    and the platforms are alarmed when a file is not the one that was captured."""
    _require_answered(state)
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
    if any(one.test == pb.RECOGNITION_TEST_INTEGRITY for one in judgement.shortcomings):
        yield pb.EvidenceAltered(
            request_id=command.request_id,
            responder_id=state.sent.responder_id,
            item_id=command.item_id,
            captured_sha256=item.captured_sha256,
            sent_sha256=item.blob.sha256,
            held_sha256=command.held_sha256,
        )


@request.evolve(pb.EvidenceAltered)
def evidence_altered(state: Request, event: pb.EvidenceAltered) -> Request:
    return state


@request.evolve(pb.EvidenceRecognised)
def recognised(state: Request, event: pb.EvidenceRecognised) -> Request:
    if event.verdict != pb.VERDICT_RECOGNISED:
        return state
    return replace(state, recognised=state.recognised | {event.item_id})


@request.decide(commands.ConfirmAnswerRequest, basis="design")
def confirm(state: Request, command: commands.ConfirmAnswerRequest, context: Context) -> Events:
    """Who asked says that the answer suffices; of a partial one the rest is no longer due."""
    _require_answered(state, confirmed=False)
    yield pb.AnswerConfirmed(request_id=command.request_id, responder_id=state.sent.responder_id)


@request.evolve(pb.AnswerConfirmed)
def confirmed(state: Request, event: pb.AnswerConfirmed) -> Request:
    return replace(state, stage=Stage.CONFIRMED)


@request.decide(commands.ReopenRequestRequest, basis="design")
def reopen(state: Request, command: commands.ReopenRequestRequest, context: Context) -> Events:
    """An answer that does not suffice goes back, with what is missing. After a partial one the rest is due anyway."""
    state.require(Stage.ANSWERED)
    yield pb.RequestReopened(
        request_id=command.request_id,
        responder_id=state.sent.responder_id,
        reason=command.reason,
        request_type=state.sent.request_type,
    )


@request.evolve(pb.RequestReopened)
def reopened(state: Request, event: pb.RequestReopened) -> Request:
    return replace(state, stage=Stage.REOPENED, partial=False, reminded=None)


@request.decide(drafting.WithdrawRequestRequest, basis="design")
def withdraw(state: Request, command: drafting.WithdrawRequestRequest, context: Context) -> Events:
    """What is no longer needed is taken back; not what was handed over and taken."""
    state.require(*AWAITING_ACCEPTANCE, *IN_PROGRESS)
    if state.sent.request_type in HAND_OVERS and state.stage in IN_PROGRESS:
        raise Refused(Refusal.HANDED_OVER)
    yield _closed(state, withdrawn=True, reason=command.reason)


@request.decide(commands.CloseRequestRequest, basis="design")
def close(state: Request, command: commands.CloseRequestRequest, context: Context) -> Events:
    """A request ends when its answer is confirmed, or when it came back; with it ends what was granted for it.

    What was handed over and taken is the other side's: the request may end without a word on what was made of it.
    """
    taken = (*IN_PROGRESS, Stage.ANSWERED) if state.sent.request_type in HAND_OVERS else ()
    state.require(Stage.CONFIRMED, Stage.REJECTED, *taken)
    yield _closed(state)


@request.decide(drafting.EndHandOverRequest, basis="行政处罚法 art. 22; design")
def end_hand_over(state: Request, command: drafting.EndHandOverRequest, context: Context) -> Events:
    """What was accepted and is not left to hand over is taken back at once: nobody waits for it, and nobody has to hand
    it over any more."""
    if state.stage in (*IN_PROGRESS, Stage.ANSWERED, Stage.CONFIRMED):
        yield pb.RequestClosed(
            request_id=command.request_id, responder_id=state.sent.responder_id, withdrawn=True, reason=command.reason
        )


@request.evolve(pb.RequestClosed)
def closed(state: Request, event: pb.RequestClosed) -> Request:
    return replace(state, stage=Stage.CLOSED)


def _closed(state: Request, *, withdrawn: bool = False, reason: str = "") -> pb.RequestClosed:
    handed_over = state.sent.request_type in HAND_OVERS
    return pb.RequestClosed(
        request_id=state.sent.request_id,
        responder_id=state.sent.responder_id,
        withdrawn=withdrawn,
        reason=reason,
        case_id=state.sent.case_id if handed_over else "",
        urgent=state.sent.urgent and handed_over,
    )


def _require_answered(state: Request, *, confirmed: bool = True) -> None:
    """At least part of the answer is here."""
    if state.partial and state.stage in IN_PROGRESS:
        return
    allowed = (Stage.PARTLY, Stage.ANSWERED, Stage.CONFIRMED) if confirmed else (Stage.PARTLY, Stage.ANSWERED)
    state.require(*allowed)
