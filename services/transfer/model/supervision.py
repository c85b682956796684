"""T7, procuratorate: supervision of police that open no criminal case (立案监督, 国务院令第310号 art. 9).

    NONE ──suggested, or of itself──▶ OPEN ──ask──▶ REASONS_ASKED ──police state──▶ REASONS_STATED ──▶ UPHELD, ORDERED
                                                          └──they let seven days pass──────────────▶ ORDERED
    any but UPHELD ──police file, or no longer have it──▶ ENDED       UPHELD ──suggested, or of itself──▶ OPEN again

人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 arts. 9, 10; 公安机关办理刑事案件程序规定 art. 182.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import supervision_pb2 as pb

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.ledger import ids
from services.kernel.messages import to_datetime
from services.kernel.values import local
from services.transfer.deadlines import REASONS_DAYS
from services.transfer.model.letters import SAME_INSTANT, Kind, OnPaper, or_matches_incoming, with_paper, without
from services.transfer.model.shared import MPS_182, Refusal, end_of, require_not_before, require_told_by


class Stage(StrEnum):
    """Where a supervision stands."""

    NONE = "未启动"
    OPEN = "已启动"
    REASONS_ASKED = "已要求说明理由"
    REASONS_STATED = "公安机关已说明理由"
    UPHELD = "不立案理由成立"
    ORDERED = "已通知立案"
    ENDED = "已终结"


@dataclass(frozen=True, slots=True)
class Supervision(Staged):
    """What decisions about a supervision read."""

    stage: Stage = Stage.NONE
    opened: pb.SupervisionOpened = field(default_factory=pb.SupervisionOpened)
    last_act_at: datetime | None = None
    asked_at: datetime | None = None
    asked_received_at: datetime | None = None
    """When the question reached the police, as they told."""
    about: pb.NonFiling.ValueType = pb.NON_FILING_UNSPECIFIED
    on_paper: tuple[OnPaper, ...] = ()
    """What the police told on paper, and their node has not."""

    def over_at(self, kind: Kind) -> datetime | None:
        """A supervision that is opened again begins without papers: nothing is told of an earlier one."""
        return None


supervision = Aggregate("supervision", Supervision)


def supervision_of(transfer_id: str, bureau_id: str) -> str:
    """Id of the stream for the supervision of one bureau's transfer: suggestion and own motion meet in it."""
    return str(ids.derive(UUID(transfer_id), f"{supervision.name}/{bureau_id}"))


@supervision.decide(pb.OpenSupervisionRequest, basis=MPS_182)
def open_supervision(state: Supervision, command: pb.OpenSupervisionRequest, context: Context) -> Events:
    """A prosecutor opens a supervision of the police of the same level without a suggestion (依职权)."""
    if command.supervision_id != supervision_of(command.transfer_id, command.bureau_id):
        raise Refused(KernelRefusal.NOT_FOUND, id=command.supervision_id)
    require_told_by(context.authority.police_id, command.police_id)
    state.require(Stage.NONE, Stage.UPHELD)
    require_not_before(state.last_act_at, context)
    yield pb.SupervisionOpened(
        supervision_id=command.supervision_id,
        transfer_id=command.transfer_id,
        bureau_id=command.bureau_id,
        police_id=command.police_id,
        referral_id=command.referral_id,
        reason=command.reason,
    )


@supervision.decide(pb.ReceiveSuggestionRequest, basis="国务院令第310号 art. 9")
def receive_suggestion(state: Supervision, command: pb.ReceiveSuggestionRequest, context: Context) -> Events:
    """A suggestion opens a supervision, or joins the one that is open; after a notice to file it is kept only."""
    yield pb.SuggestionReceived(
        supervision_id=command.supervision_id,
        transfer_id=command.transfer_id,
        bureau_id=command.bureau_id,
        grounds=command.grounds,
        letter=command.letter if command.HasField("letter") else None,
        enclosures=command.enclosures,
    )
    if state.stage not in (Stage.NONE, Stage.UPHELD):
        return
    yield pb.SupervisionOpened(
        supervision_id=command.supervision_id,
        transfer_id=command.transfer_id,
        bureau_id=command.bureau_id,
        police_id=command.police_id,
        referral_id=command.referral_id,
        suggested=True,
    )


@supervision.evolve(pb.SuggestionReceived)
def suggestion_received(state: Supervision, event: pb.SuggestionReceived) -> Supervision:
    return state


@supervision.evolve(pb.SupervisionOpened)
def opened(state: Supervision, event: pb.SupervisionOpened, act: Act) -> Supervision:
    return Supervision(Stage.OPEN, event, act.occurred_at)


@supervision.decide(pb.AskReasonsRequest, basis=MPS_182)
def ask_reasons(state: Supervision, command: pb.AskReasonsRequest, context: Context) -> Events:
    """The police are asked in writing why they open no criminal case."""
    state.require(Stage.OPEN)
    require_not_before(state.last_act_at, context)
    yield pb.ReasonsAsked(
        supervision_id=command.supervision_id,
        transfer_id=state.opened.transfer_id,
        bureau_id=state.opened.bureau_id,
        police_id=state.opened.police_id,
        referral_id=state.opened.referral_id,
        questions=command.questions,
        letter=command.letter,
    )


@supervision.evolve(pb.ReasonsAsked)
def reasons_asked(state: Supervision, event: pb.ReasonsAsked, act: Act) -> Supervision:
    return replace(state, stage=Stage.REASONS_ASKED, asked_at=act.occurred_at, last_act_at=act.occurred_at)


def _matched(state: Supervision, command: Any, before: OnPaper, agrees: bool) -> incoming.SupervisionPaperMatched:
    return incoming.SupervisionPaperMatched(
        supervision_id=command.supervision_id,
        transfer_id=state.opened.transfer_id,
        paper_id=before.paper_id,
        kind=before.kind,
        agrees=agrees,
    )


@supervision.evolve(incoming.SupervisionPaperMatched)
def paper_matched(state: Supervision, event: incoming.SupervisionPaperMatched) -> Supervision:
    return replace(state, on_paper=without(state.on_paper, event.paper_id))


@supervision.decide(pb.RecordReasonsRequestReceiptRequest, basis=MPS_182)
@or_matches_incoming(paper.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT, _matched)
def record_receipt(state: Supervision, command: pb.RecordReasonsRequestReceiptRequest, context: Context) -> Events:
    """When the question reached the police is kept: their seven days run from then.

    Police without a node sign for it on paper.
    """
    require_told_by(state.opened.police_id, command.police_id)
    if command.paper_id:
        if state.stage is not Stage.REASONS_ASKED or state.asked_received_at is not None:
            return
        require_not_before(state.last_act_at, context)
    yield pb.ReasonsRequestReceiptRecorded(
        supervision_id=command.supervision_id,
        transfer_id=state.opened.transfer_id,
        police_id=command.police_id,
        paper_id=command.paper_id,
    )


@supervision.evolve(pb.ReasonsRequestReceiptRecorded)
def receipt_recorded(state: Supervision, event: pb.ReasonsRequestReceiptRecorded, act: Act) -> Supervision:
    return replace(
        state,
        asked_received_at=act.occurred_at,
        on_paper=with_paper(state.on_paper, event, paper.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT, act),
    )


@supervision.decide(pb.RecordReasonsRequest, basis=MPS_182)
@or_matches_incoming(paper.PAPER_ANSWER_KIND_REASONS_STATED, _matched)
def record_reasons(state: Supervision, command: pb.RecordReasonsRequest, context: Context) -> Events:
    """The police's statement is kept when it arrives, also after the procuratorate went on without it.

    Paper answers a question of this supervision, and one that no node or other paper has answered.
    """
    require_told_by(state.opened.police_id, command.police_id)
    if command.paper_id and (state.about or not _answers(state, command)):
        return
    yield pb.ReasonsRecorded(
        supervision_id=command.supervision_id,
        transfer_id=state.opened.transfer_id,
        bureau_id=state.opened.bureau_id,
        police_id=command.police_id,
        about=command.about,
        reasons=command.reasons,
        document=command.document if command.HasField("document") else None,
        paper_id=command.paper_id,
    )


def _answers(state: Supervision, command: pb.RecordReasonsRequest) -> bool:
    """Whether reasons were stated after they were asked for; paper tells the minute."""
    if state.asked_at is None:
        return False
    return not command.HasField("stated_at") or to_datetime(command.stated_at) + SAME_INSTANT >= state.asked_at


@supervision.evolve(pb.ReasonsRecorded)
def reasons_recorded(state: Supervision, event: pb.ReasonsRecorded, act: Act) -> Supervision:
    stage = Stage.REASONS_STATED if state.stage is Stage.REASONS_ASKED else state.stage
    return replace(
        state,
        stage=stage,
        about=event.about,
        last_act_at=act.occurred_at,
        on_paper=with_paper(state.on_paper, event, paper.PAPER_ANSWER_KIND_REASONS_STATED, act),
    )


@supervision.decide(pb.ConcludeSupervisionRequest, basis=MPS_182)
def conclude(state: Supervision, command: pb.ConcludeSupervisionRequest, context: Context) -> Events:
    """The reasons hold, or the police are told to file: on their statement, or because they stated none in time."""
    state.require(Stage.REASONS_ASKED, Stage.REASONS_STATED)
    require_not_before(state.last_act_at, context)
    orders = command.result == pb.SUPERVISION_RESULT_ORDER_TO_FILE
    if state.stage is Stage.REASONS_ASKED:
        _require_silence(state, orders, context)
    if orders:
        yield pb.FilingOrdered(
            supervision_id=command.supervision_id,
            transfer_id=state.opened.transfer_id,
            bureau_id=state.opened.bureau_id,
            police_id=state.opened.police_id,
            referral_id=state.opened.referral_id,
            reasons=command.reasons,
            notice=command.notice,
        )
        return
    yield pb.RefusalUpheld(
        supervision_id=command.supervision_id,
        transfer_id=state.opened.transfer_id,
        bureau_id=state.opened.bureau_id,
        police_id=state.opened.police_id,
        referral_id=state.opened.referral_id,
        about=state.about,
        reasons=command.reasons,
        notice=command.notice,
    )


@supervision.evolve(pb.FilingOrdered)
def filing_ordered(state: Supervision, event: pb.FilingOrdered, act: Act) -> Supervision:
    return replace(state, stage=Stage.ORDERED, last_act_at=act.occurred_at)


@supervision.evolve(pb.RefusalUpheld)
def refusal_upheld(state: Supervision, event: pb.RefusalUpheld, act: Act) -> Supervision:
    return replace(state, stage=Stage.UPHELD, last_act_at=act.occurred_at)


@supervision.decide(pb.EndSupervisionRequest, basis=MPS_182)
def end(state: Supervision, command: pb.EndSupervisionRequest, context: Context) -> Events:
    """Once the police filed, or no longer have the referral, nothing is left to supervise."""
    if state.stage in (Stage.NONE, Stage.UPHELD, Stage.ENDED) or state.opened.police_id != command.police_id:
        return
    yield pb.SupervisionEnded(
        supervision_id=command.supervision_id,
        transfer_id=state.opened.transfer_id,
        bureau_id=state.opened.bureau_id,
        police_id=command.police_id,
        filed=command.filed,
    )


@supervision.evolve(pb.SupervisionEnded)
def ended(state: Supervision, event: pb.SupervisionEnded, act: Act) -> Supervision:
    return replace(state, stage=Stage.ENDED, last_act_at=act.occurred_at)


def _require_silence(state: Supervision, orders: bool, context: Context) -> None:
    """Without a statement the police can only be told to file, and only once their time for it is over."""
    if not orders or state.asked_received_at is None:
        raise Refused(Refusal.REASONS_NOT_STATED)
    due = end_of(REASONS_DAYS, state.asked_received_at, context)
    if due.covers(context.occurred_at):
        raise Refused(Refusal.REASONS_STILL_DUE, until=local(due.effective_at))
