"""Papers that police and procuratorate receive from each other while one of them has no node (来文登记; design).

    paper comes ──enter, with scan──▶ ENTERED ──another officer enters the same──▶ CONFIRMED ──▶ what it says counts
                                         └──discard──▶ DISCARDED                     a node says the same later: matched

One stream a paper. As at the bureau no key of the other side vouches for it: two officers read the same. What follows
is recorded by the commands that a node's message would have caused, and names the paper (`paper_id`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import incoming_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper_kinds
from enforcement.transfer.v1 import supervision_pb2 as supervisions
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.values import term
from services.transfer.model.letters import LATE_REASON
from services.transfer.model.referral import Referral, referral
from services.transfer.model.shared import MPS_182, Refusal, require_not_before
from services.transfer.model.supervision import Stage as SupervisionStage
from services.transfer.model.supervision import Supervision, supervision_of

_PROSECUTORS: Final = (options.ROLE_PROSECUTOR, options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD)
"""Who supervises; among the police any officer takes in what came."""
_AT_THE_POLICE: Final = (
    paper_kinds.PAPER_ANSWER_KIND_REASONS_ASKED,
    paper_kinds.PAPER_ANSWER_KIND_SUPERVISION_UPHELD,
    paper_kinds.PAPER_ANSWER_KIND_SUPERVISION_ORDERED,
    paper_kinds.PAPER_ANSWER_KIND_OUTCOME,
)
_AT_THE_PROCURATORATE: Final = (
    paper_kinds.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT,
    paper_kinds.PAPER_ANSWER_KIND_REASONS_STATED,
    paper_kinds.PAPER_ANSWER_KIND_FILING_ORDER_RECEIPT,
    paper_kinds.PAPER_ANSWER_KIND_FILING,
    paper_kinds.PAPER_ANSWER_KIND_FORWARDING,
)
_RECEIPTS: Final = {
    paper_kinds.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT: SupervisionStage.REASONS_ASKED,
    paper_kinds.PAPER_ANSWER_KIND_FILING_ORDER_RECEIPT: SupervisionStage.ORDERED,
}
"""Of which letter of the procuratorate each is the receipt, by where the supervision stands then."""


class Stage(StrEnum):
    """Where a paper stands."""

    NONE = "未录入"
    ENTERED = "录入待复核"
    CONFIRMED = "证据较弱：纸质"
    DISCARDED = "已作废"


@dataclass(frozen=True, slots=True)
class IncomingPaper:
    """What decisions about a paper read."""

    stage: Stage = Stage.NONE
    entered: pb.PaperEntered = field(default_factory=pb.PaperEntered)


class Matter(NamedTuple):
    """What a paper is about, as the ledger has it."""

    aggregate: Aggregate[Any]
    state: Referral | Supervision
    confirmed: frozenset[int] = frozenset()
    """Kinds of the papers about it that two officers entered."""


paper = Aggregate("paper", IncomingPaper)


@paper.decide(pb.EnterPaperRequest, basis=MPS_182)
def enter(state: IncomingPaper, command: pb.EnterPaperRequest, context: Context) -> Events:
    """One officer enters what the paper says; nothing follows, and what would be refused afterwards is refused now.

    `context.found` is the matter (services.transfer.incoming_lookups).
    """
    matter: Matter = context.found
    _require_prosecutor(context)
    require_not_before(to_datetime(command.signed_at), context)
    if command.kind not in (_AT_THE_POLICE if matter.aggregate is referral else _AT_THE_PROCURATORATE):
        raise Refused(Refusal.PAPER_KIND_NOT_HERE, kind=term(paper_kinds.PaperAnswerKind, command.kind))
    if missing := "、".join(_missing(command)):
        raise Refused(Refusal.PAPER_ANSWER_INCOMPLETE, missing=missing)
    made = pb.PaperEntered(
        paper_id=command.paper_id or str(context.new_id(paper.name)),
        matter_id=command.matter_id,
        kind=command.kind,
        signed_at=command.signed_at,
        arrived_at=to_timestamp(context.occurred_at),
        signer=command.signer,
        number=command.number,
        text=command.text,
        about=command.about,
        outcome=command.outcome,
        scan=command.scan,
        entered_by=context.actor.id,
    )
    _identify(made, matter.state, context)
    _require_news(made, matter, context)
    yield made


@paper.evolve(pb.PaperEntered)
def entered(state: IncomingPaper, event: pb.PaperEntered) -> IncomingPaper:
    return IncomingPaper(Stage.ENTERED, event)


@paper.decide(pb.ConfirmPaperRequest, basis=MPS_182)
def confirm(state: IncomingPaper, command: pb.ConfirmPaperRequest, context: Context) -> Events:
    """Another officer enters from the paper what counts; only when both entries are the same does anything follow.

    A node may have told the same since the first entry, or the matter gone on: `context.found` is the matter again.
    """
    _require_prosecutor(context)
    entry = _open(state)
    if context.actor.id == entry.entered_by:
        raise Refused(Refusal.NEEDS_ANOTHER_OFFICER)
    require_not_before(to_datetime(entry.arrived_at), context)
    if differing := "、".join(_differing(entry, command)):
        raise Refused(Refusal.PAPER_ENTRIES_DIFFER, fields=differing)
    _require_news(entry, context.found, context)
    yield pb.PaperConfirmed(
        paper_id=command.paper_id, transfer_id=entry.transfer_id, paper=entry, confirmed_by=context.actor.id
    )


@paper.evolve(pb.PaperConfirmed)
def confirmed(state: IncomingPaper, event: pb.PaperConfirmed) -> IncomingPaper:
    return replace(state, stage=Stage.CONFIRMED)


@paper.decide(pb.DiscardPaperRequest, basis=MPS_182)
def discard(state: IncomingPaper, command: pb.DiscardPaperRequest, context: Context) -> Events:
    """An entry that is wrong goes, with the reason; a confirmed one stays."""
    _require_prosecutor(context)
    entry = _open(state)
    yield pb.PaperDiscarded(paper_id=command.paper_id, transfer_id=entry.transfer_id, reason=command.reason)


@paper.evolve(pb.PaperDiscarded)
def discarded(state: IncomingPaper, event: pb.PaperDiscarded) -> IncomingPaper:
    return replace(state, stage=Stage.DISCARDED)


@paper.decide(pb.NotePaperRequest, basis=MPS_182)
def note(state: IncomingPaper, command: pb.NotePaperRequest, context: Context) -> Events:
    """The act took place when the paper was signed: by that instant the other side's clock is judged."""
    if state.stage is not Stage.CONFIRMED:
        raise Refused(Refusal.NO_OPEN_ENTRY)
    yield pb.PaperNoted(
        paper_id=command.paper_id,
        transfer_id=state.entered.transfer_id,
        kind=state.entered.kind,
        from_id=state.entered.from_id,
    )


@paper.evolve(pb.PaperNoted)
def noted(state: IncomingPaper, event: pb.PaperNoted) -> IncomingPaper:
    return state


def follow_up(entry: pb.PaperEntered) -> Message | None:
    """The command that the other side's node would have caused by saying the same; None where nothing follows."""
    told: dict[str, Any] = {
        "occurred_at": _counts_from(entry),
        "late_reason": LATE_REASON,
        "paper_id": entry.paper_id,
    }
    of_police = {**told, "referral_id": entry.matter_id, "procuratorate_id": entry.from_id}
    of_supervision = {**told, "supervision_id": entry.matter_id, "police_id": entry.from_id}
    match entry.kind:
        case paper_kinds.PAPER_ANSWER_KIND_REASONS_ASKED:
            return supervisions.NoteReasonsAskedRequest(
                **of_police,
                supervision_id=entry.supervision_id,
                questions=entry.text,
                letter=entry.scan,
                asked_at=entry.signed_at,
            )
        case paper_kinds.PAPER_ANSWER_KIND_SUPERVISION_UPHELD | paper_kinds.PAPER_ANSWER_KIND_SUPERVISION_ORDERED:
            return supervisions.NoteSupervisionResultRequest(
                **of_police,
                supervision_id=entry.supervision_id,
                result=_RESULTS[entry.kind],
                about=entry.about,
                notice=entry.scan,
            )
        case paper_kinds.PAPER_ANSWER_KIND_OUTCOME:
            return outcomes.NoteOutcomeRequest(**of_police, outcome=entry.outcome)
        case paper_kinds.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT:
            return supervisions.RecordReasonsRequestReceiptRequest(**of_supervision)
        case paper_kinds.PAPER_ANSWER_KIND_REASONS_STATED:
            return supervisions.RecordReasonsRequest(
                **of_supervision,
                about=entry.about,
                reasons=entry.text,
                document=entry.scan,
                stated_at=entry.signed_at,
            )
        case paper_kinds.PAPER_ANSWER_KIND_FILING | paper_kinds.PAPER_ANSWER_KIND_FORWARDING:
            del of_supervision["paper_id"]
            return supervisions.EndSupervisionRequest(
                **of_supervision, filed=entry.kind == paper_kinds.PAPER_ANSWER_KIND_FILING
            )
    return None


_RESULTS: Final = {
    paper_kinds.PAPER_ANSWER_KIND_SUPERVISION_UPHELD: supervisions.SUPERVISION_RESULT_WELL_FOUNDED,
    paper_kinds.PAPER_ANSWER_KIND_SUPERVISION_ORDERED: supervisions.SUPERVISION_RESULT_ORDER_TO_FILE,
}


def _counts_from(entry: pb.PaperEntered) -> Timestamp:
    """A receipt counts from its signature, everything else from when the paper arrived."""
    return entry.signed_at if entry.kind in _RECEIPTS else entry.arrived_at


def _require_news(entry: pb.PaperEntered, matter: Matter, context: Context) -> None:
    """What would be refused afterwards is refused now, as of the instant that the paper says; a receipt is for a letter
    that went out and that nobody has signed for.

    Raises:
        Refused: WRONG_STAGE, ACT_BEFORE_ITS_CAUSE, TOLD_ALREADY, and what the decision refuses that follows.
    """
    then = replace(context, occurred_at=to_datetime(_counts_from(entry)))
    if entry.kind in _RECEIPTS:
        matter.state.require(_RECEIPTS[entry.kind])
        require_not_before(matter.state.last_act_at, then)
    if (follows := follow_up(entry)) is None:
        told = entry.kind in matter.confirmed
    else:
        told = not matter.aggregate.events_of(matter.state, follows, then)
    if told:
        raise Refused(Refusal.TOLD_ALREADY, kind=term(paper_kinds.PaperAnswerKind, entry.kind))


def _identify(entry: pb.PaperEntered, state: Referral | Supervision, context: Context) -> None:
    """Whose paper it is follows from the matter, not from what somebody types."""
    if isinstance(state, Referral):
        entry.transfer_id, entry.bureau_id = state.transfer_id, state.bureau_id
        entry.from_id = context.authority.procuratorate_id
        entry.supervision_id = supervision_of(state.transfer_id, state.bureau_id)
    else:
        entry.transfer_id, entry.bureau_id = state.opened.transfer_id, state.opened.bureau_id
        entry.from_id = state.opened.police_id
        entry.supervision_id = entry.matter_id


def _require_prosecutor(context: Context) -> None:
    """At the procuratorate papers of a supervision are for those who supervise."""
    if context.authority.kind == options.AUTHORITY_KIND_PROCURATORATE and not context.actor.holds(*_PROSECUTORS):
        needed = "、".join(term(options.Role, role) for role in _PROSECUTORS)
        raise Refused(KernelRefusal.CALLER_NOT_ALLOWED, needed=needed)


def _open(state: IncomingPaper) -> pb.PaperEntered:
    if state.stage is not Stage.ENTERED:
        raise Refused(Refusal.NO_OPEN_ENTRY)
    return state.entered


def _missing(command: pb.EnterPaperRequest) -> Iterator[str]:
    """What the kind must say and does not, in Chinese."""
    match command.kind:
        case paper_kinds.PAPER_ANSWER_KIND_REASONS_ASKED if not command.text:
            yield "要求说明的事项"
        case paper_kinds.PAPER_ANSWER_KIND_REASONS_STATED if not command.text:
            yield "理由"
        case paper_kinds.PAPER_ANSWER_KIND_OUTCOME if not command.outcome:
            yield "处理结果"
    about = (paper_kinds.PAPER_ANSWER_KIND_REASONS_STATED, paper_kinds.PAPER_ANSWER_KIND_SUPERVISION_UPHELD)
    if command.kind in about and not command.about:
        yield "是否已决定不予立案"
    if not command.scan.sha256:
        yield "扫描件"


def _differing(entry: pb.PaperEntered, command: pb.ConfirmPaperRequest) -> Iterator[str]:
    """Fields in which the two entries are not the same, in Chinese."""
    pairs: dict[str, tuple[object, object]] = {
        "种类": (entry.kind, command.kind),
        "签署时间": (entry.signed_at, command.signed_at),
        "文号": (entry.number, command.number),
        "是否已决定不予立案": (entry.about, command.about),
        "处理结果": (entry.outcome, command.outcome),
    }
    return (name for name, (first, second) in pairs.items() if first != second)
