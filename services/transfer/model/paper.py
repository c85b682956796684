"""Police and procuratorates without a node: printed letters, and answers that two officers enter (design).

    send letter ──▶ answer comes on paper ──enter, with scan──▶ entered ──another officer enters the same──▶ confirmed
                                                                   └──discard                              │
    the transfer goes on as if the node had told it ◀── policies ─────────────────────────────────────────┤
    their node tells the same later ──▶ matched: agrees, or not and both stay ◀───────────────────────────┘

No key of the other side vouches for paper: that two officers read the same is all that stands behind it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import paper_pb2 as pb
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.authority import Authority
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.letter_code import letter_code, read_letter_code
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.values import term
from services.transfer.model.letters import Paper
from services.transfer.model.paper_follows import STEPS, follow_up
from services.transfer.model.shared import Refusal, procuratorate_of, require_not_before, require_told_by
from services.transfer.model.transfer import Stage, Transfer, transfer

BASIS: Final = "国务院令第310号 arts. 5, 7; design"
_PROCURATORATES: Final = frozenset(
    {
        pb.PAPER_ANSWER_KIND_COPY_RECEIPT,
        pb.PAPER_ANSWER_KIND_SUPERVISION_UPHELD,
        pb.PAPER_ANSWER_KIND_SUPERVISION_ORDERED,
        pb.PAPER_ANSWER_KIND_REASONS_ASKED,
        pb.PAPER_ANSWER_KIND_REASONS_STATED,
    }
)
"""Answers of the procuratorate; for any letter that went out there may be a receipt, all else is the police's."""
_BETWEEN_OTHERS: Final = (
    pb.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT,
    pb.PAPER_ANSWER_KIND_FILING_ORDER_RECEIPT,
    pb.PAPER_ANSWER_KIND_OUTCOME,
)
"""What police and procuratorate write to each other (`incoming`). An outcome the bureau records from its document."""
TOLD_ON: Final = {
    pb.PAPER_ANSWER_KIND_RECEIPT: events.TRANSFER_STEP_RECEIPT_SIGNED,
    pb.PAPER_ANSWER_KIND_EXTENSION: events.TRANSFER_STEP_DECISION_EXTENDED,
    pb.PAPER_ANSWER_KIND_FORWARDING: events.TRANSFER_STEP_FORWARDED,
    pb.PAPER_ANSWER_KIND_DECLINE: events.TRANSFER_STEP_DECLINED,
    pb.PAPER_ANSWER_KIND_FILING: events.TRANSFER_STEP_FILED,
    pb.PAPER_ANSWER_KIND_REFUSAL: events.TRANSFER_STEP_REFUSED,
    pb.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED: events.TRANSFER_STEP_REFUSAL_MAINTAINED,
    pb.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION: events.TRANSFER_STEP_HANDED_OVER,
    pb.PAPER_ANSWER_KIND_WITHDRAWAL: events.TRANSFER_STEP_WITHDRAWN,
}
"""What the police's own node would tell their procuratorate: on paper, the bureau passes the step on."""
_BEFORE_SENDING: Final = (Stage.DRAFT, Stage.PENDING_HEAD, Stage.REJECTED, Stage.APPROVED)


@transfer.decide(pb.SendPrintedLetterRequest, basis=BASIS)
def send_letter(state: Transfer, command: pb.SendPrintedLetterRequest, context: Context) -> Events:
    """After the transfer itself a letter goes to its police or to their procuratorate, by two officers.

    The bureau's own procuratorate had its copy, and stays a party when other police have the case.
    """
    state.require_team(context)
    state.require(*(stage for stage in Stage if stage not in _BEFORE_SENDING))
    require_not_before(state.last_act_at, context)
    _require_code(command.transfer_id, command.code)
    parties = [state.police_id, *_procuratorates(state, context)]
    if command.to_id not in parties:
        raise Refused(Refusal.NOT_ITS_TRANSFER, authority=command.to_id, expected="、".join(parties))
    if state.paper.letter(command.number) is not None:
        raise Refused(Refusal.LETTER_SENT_ALREADY, number=command.number)
    yield pb.PrintedLetterSent(
        transfer_id=command.transfer_id,
        to_id=command.to_id,
        number=command.number,
        code=letter_code(command.transfer_id),
        letter=command.letter,
        way=command.way,
        officers=context.two_active_officers(command.officer_ids),
    )


@transfer.evolve(pb.PrintedLetterSent)
def letter_sent(state: Transfer, event: pb.PrintedLetterSent) -> Transfer:
    return replace(state, paper=replace(state.paper, letters=(*state.paper.letters, event)))


@transfer.decide(pb.EnterPaperAnswerRequest, basis=BASIS)
def enter(state: Transfer, command: pb.EnterPaperAnswerRequest, context: Context) -> Events:
    """One officer enters what the paper says; it answers a letter that was sent, and says what its kind must say."""
    state.require_team(context)
    if command.kind in _BETWEEN_OTHERS:
        raise Refused(Refusal.PAPER_KIND_NOT_HERE, kind=term(pb.PaperAnswerKind, command.kind))
    letter = state.paper.letter(command.letter_number)
    if letter is None:
        raise Refused(Refusal.NO_SUCH_LETTER, number=command.letter_number)
    _require_code(command.transfer_id, command.code)
    theirs, *others = _procuratorates(state, context)
    copied = command.kind == pb.PAPER_ANSWER_KIND_COPY_RECEIPT and letter.to_id in others
    if command.kind != pb.PAPER_ANSWER_KIND_LETTER_RECEIPT and not copied:
        require_told_by(theirs if command.kind in _PROCURATORATES else state.police_id, letter.to_id)
    signed_at = to_datetime(command.signed_at)
    require_not_before(signed_at, context)
    if missing := "、".join(_missing(command)):
        raise Refused(Refusal.PAPER_ANSWER_INCOMPLETE, missing=missing)
    yield pb.PaperAnswerEntered(
        transfer_id=command.transfer_id,
        answer_id=str(context.new_id("paper answer")),
        kind=command.kind,
        answered_by=letter.to_id,
        letter_number=command.letter_number,
        signed_at=command.signed_at,
        signer=command.signer,
        number=command.number,
        text=command.text,
        kinds=command.kinds,
        competent=command.competent,
        scan=command.scan,
        entered_by=context.actor.id,
        arrived_at=to_timestamp(context.occurred_at),
        to_police_id=command.to_police_id,
        items=command.items,
        ground=command.ground,
        days=command.days,
        about=command.about,
    )


@transfer.evolve(pb.PaperAnswerEntered)
def entered(state: Transfer, event: pb.PaperAnswerEntered) -> Transfer:
    return replace(state, paper=replace(state.paper, waiting=(*state.paper.waiting, event)))


@transfer.decide(pb.ConfirmPaperAnswerRequest, basis=BASIS)
def confirm(state: Transfer, command: pb.ConfirmPaperAnswerRequest, context: Context) -> Events:
    """Another officer enters from the paper what counts; only when both entries are the same does anything follow."""
    state.require_team(context)
    entry = _open_entry(state.paper, command.answer_id)
    if context.actor.id == entry.entered_by:
        raise Refused(Refusal.NEEDS_ANOTHER_OFFICER)
    require_not_before(to_datetime(entry.arrived_at), context)
    _require_code(command.transfer_id, command.code)
    if differing := "、".join(_differing(entry, command)):
        raise Refused(Refusal.PAPER_ENTRIES_DIFFER, fields=differing)
    made = pb.PaperAnswerConfirmed(
        transfer_id=command.transfer_id,
        answer_id=entry.answer_id,
        kind=entry.kind,
        answered_by=entry.answered_by,
        signed_at=entry.signed_at,
        arrived_at=entry.arrived_at,
        letter_number=entry.letter_number,
        signer=entry.signer,
        number=entry.number,
        text=entry.text,
        kinds=entry.kinds,
        competent=entry.competent,
        scan=entry.scan,
        entered_by=entry.entered_by,
        confirmed_by=context.actor.id,
        police_id=state.police_id,
        to_police_id=entry.to_police_id,
        items=entry.items,
        ground=entry.ground,
        days=entry.days,
        procuratorate_id=procuratorate_of(context, state.police_id) if entry.kind in TOLD_ON else "",
        about=(entry.about or _about(state)) if entry.kind in STEPS else supervision.NON_FILING_UNSPECIFIED,
    )
    follows = follow_up(made, context.authority.id)
    # What would be refused afterwards is refused now, and what was told before is not told by paper again.
    if follows is not None and not transfer.events_of(state, follows, context):
        raise Refused(Refusal.TOLD_ALREADY, kind=term(pb.PaperAnswerKind, entry.kind))
    yield made


@transfer.evolve(pb.PaperAnswerConfirmed)
def confirmed(state: Transfer, event: pb.PaperAnswerConfirmed) -> Transfer:
    paper = state.paper.without(event.answer_id)
    return replace(state, paper=replace(paper, confirmed=(*paper.confirmed, event)))


@transfer.decide(pb.DiscardPaperAnswerRequest, basis=BASIS)
def discard(state: Transfer, command: pb.DiscardPaperAnswerRequest, context: Context) -> Events:
    """An entry that is wrong goes, with the reason; a confirmed one stays."""
    state.require_team(context)
    entry = _open_entry(state.paper, command.answer_id)
    yield pb.PaperAnswerDiscarded(transfer_id=command.transfer_id, answer_id=entry.answer_id, reason=command.reason)


@transfer.evolve(pb.PaperAnswerDiscarded)
def discarded(state: Transfer, event: pb.PaperAnswerDiscarded) -> Transfer:
    return replace(state, paper=state.paper.without(event.answer_id))


@transfer.decide(pb.NotePaperActRequest, basis=BASIS)
def note_act(state: Transfer, command: pb.NotePaperActRequest, context: Context) -> Events:
    """The act that the paper tells of took place when it was signed: by that instant the police's clock is judged.

    An order to file that police have met by then, as a paper told first, gives them no time that could pass.
    """
    answer = state.paper.answer(command.answer_id)
    if answer is None:
        raise Refused(Refusal.NO_OPEN_ENTRY)
    if answer.kind == pb.PAPER_ANSWER_KIND_SUPERVISION_ORDERED and state.filed:
        return
    yield pb.PaperActNoted(
        transfer_id=command.transfer_id,
        answer_id=answer.answer_id,
        kind=answer.kind,
        answered_by=answer.answered_by,
        police_id=answer.police_id,
        referral_id=state.referral_id,
    )


@transfer.evolve(pb.PaperActNoted)
def act_noted(state: Transfer, event: pb.PaperActNoted) -> Transfer:
    return state


@transfer.evolve(pb.PaperAnswerMatched)
def answer_matched(state: Transfer, event: pb.PaperAnswerMatched) -> Transfer:
    theirs = event.referral_id if event.answered_by in ("", state.police_id) else ""
    return replace(
        state,
        referral_id=state.referral_id or theirs,
        paper=replace(state.paper, matched=(*state.paper.matched, event.answer_id)),
    )


def _about(state: Transfer) -> supervision.NonFiling.ValueType:
    """What a supervision is about: that the police refused, or that they are silent."""
    return supervision.NON_FILING_REFUSED if state.non_filing.refused else supervision.NON_FILING_UNDECIDED


def _procuratorates(state: Transfer, context: Context) -> list[str]:
    """That of the police that have the case, which supervises them, and the bureau's own, members or not: a letter
    needs no registry."""
    of_the_police = Authority(state.police_id, "").procuratorate_id
    return list(dict.fromkeys((of_the_police, context.authority.procuratorate_id)))


def _require_code(transfer_id: str, typed: str) -> None:
    if read_letter_code(typed) != letter_code(transfer_id):
        raise Refused(Refusal.WRONG_LETTER_CODE)


def _open_entry(paper: Paper, answer_id: str) -> pb.PaperAnswerEntered:
    entry = paper.entry(answer_id)
    if entry is None:
        raise Refused(Refusal.NO_OPEN_ENTRY)
    return entry


def _missing(command: pb.EnterPaperAnswerRequest) -> Iterator[str]:
    """What the kind must say and does not, in Chinese."""
    match command.kind:
        case pb.PAPER_ANSWER_KIND_FILING if not command.number:
            yield "案号"
        case (
            pb.PAPER_ANSWER_KIND_REFUSAL
            | pb.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED
            | pb.PAPER_ANSWER_KIND_SUPERVISION_UPHELD
        ) if not command.text:
            yield "理由"
        case pb.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND if not command.kinds:
            yield "需补充的材料"
        case pb.PAPER_ANSWER_KIND_DECLINE if not command.competent:
            yield "有管辖权的机关"
        case pb.PAPER_ANSWER_KIND_FORWARDING if not command.to_police_id:
            yield "转往的公安机关"
        case pb.PAPER_ANSWER_KIND_PROPERTY_RETURN if not command.items:
            yield "退还的财物"
        case pb.PAPER_ANSWER_KIND_EXTENSION if not command.ground or not command.days:
            yield "延长的事由和天数"
    if not command.scan.sha256:
        yield "扫描件"


def _differing(entry: pb.PaperAnswerEntered, command: pb.ConfirmPaperAnswerRequest) -> Iterator[str]:
    """Fields in which the two entries are not the same, in Chinese."""
    pairs: dict[str, tuple[object, object]] = {
        "种类": (entry.kind, command.kind),
        "函件编号": (entry.letter_number, command.letter_number),
        "签署时间": (entry.signed_at, command.signed_at),
        "文号或者案号": (entry.number, command.number),
        "转往的公安机关": (entry.to_police_id, command.to_police_id),
        "延长的事由": (entry.ground, command.ground),
        "延长的天数": (entry.days, command.days),
        "是否已决定不予立案": (entry.about, command.about),
    }
    return (name for name, (first, second) in pairs.items() if first != second)
