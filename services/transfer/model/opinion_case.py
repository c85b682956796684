"""The bureau's side of an opinion (检察意见; 刑事诉讼法 art. 177; 行政处罚法 art. 27; 行刑反向衔接工作指引 art. 20).

    RECEIVED ──register──▶ REGISTERED ──competent──▶ COMPETENT ──the case──▶ CASE_FILED ──the case──▶ DECIDED
                              │ not competent                   └──────────▶ NOT_FILED                  │
                              ▼                                                  └────────reply────────┤
                           NOT_COMPETENT ──return──▶ RETURNED                                          ▼
    each but RETURNED ──the procuratorate withdraws──▶ WITHDRAWN      ACKNOWLEDGED ◀──the procuratorate── REPLIED

The case is the cases service's: it begins as a clue from another department, or was there before, and tells how it goes
on. An interim reply (办理情况) is possible from the registration on, counts for the clock, and is no stage. A decision
that takes the place of another one is told again.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.ledger import ids
from services.kernel.values import day, term
from services.transfer.model.reply_period import nominal_day
from services.transfer.model.shared import Refusal, require_not_before, require_told_by

CPL_177: Final = "刑事诉讼法 art. 177; 行政处罚法 art. 27"
SPP2001_12: Final = "人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 art. 12"
GUIDE_20: Final = "人民检察院行刑反向衔接工作指引 art. 20"

STATEMENTS: Final = frozenset(
    {
        pb.CRIMINAL_EVIDENCE_KIND_WITNESS,
        pb.CRIMINAL_EVIDENCE_KIND_VICTIM,
        pb.CRIMINAL_EVIDENCE_KIND_SUSPECT,
    }
)
"""What people said (言词证据): confirmed again; everything else joins the administrative case as it is (design)."""

FACTS_MAX: Final = 4000
"""Characters of the facts of a clue, as an opinion of a node has them at most, too."""
_ACT_CODE: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,40}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Stage(StrEnum):
    """Where an opinion stands at the authority."""

    RECEIVED = "已收到检察意见"
    REGISTERED = "已登记"
    NOT_COMPETENT = "无管辖权"
    RETURNED = "已退回"
    COMPETENT = "有管辖权"
    CASE_FILED = "已立案"
    NOT_FILED = "不予立案"
    DECIDED = "已作出处理决定"
    REPLIED = "已回复"
    ACKNOWLEDGED = "检察机关已审查回复"
    WITHDRAWN = "检察意见已撤回"


@dataclass(frozen=True, slots=True)
class OpinionCase(Staged):
    """What decisions about an opinion read."""

    stage: Stage = Stage.RECEIVED
    received: pb.OpinionReceived = field(default_factory=pb.OpinionReceived)
    handlers: frozenset[str] = frozenset()
    case_id: str = ""
    case_number: str = ""
    outcome: pb.OpinionOutcome.ValueType = pb.OPINION_OUTCOME_UNSPECIFIED
    converted: frozenset[str] = frozenset()
    last_act_at: datetime | None = None
    """When it was received, registered, assessed: each after the one before."""
    registered_at: datetime | None = None
    outcome_at: datetime | None = None
    """When the case, or the answer, came to what a result says."""

    def require_handler(self, context: Context) -> None:
        """Who handles the opinion acts on it, or a leader."""
        if context.actor.id in self.handlers or context.actor.holds(options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD):
            return
        raise Refused(Refusal.NOT_HANDLER)

    @property
    def parties(self) -> dict[str, Any]:
        """The fields by which every event of it is followed."""
        return {
            "opinion_case_id": self.received.opinion_case_id,
            "opinion_id": self.received.opinion_id,
        }

    @property
    def told(self) -> dict[str, Any]:
        """The same of an event that the procuratorate is told."""
        return {**self.parties, "procuratorate_id": self.received.procuratorate_id}


opinion_case = Aggregate("opinion_case", OpinionCase)

HANDLED: Final = (
    Stage.REGISTERED,
    Stage.COMPETENT,
    Stage.CASE_FILED,
    Stage.NOT_FILED,
    Stage.DECIDED,
    Stage.REPLIED,
    Stage.ACKNOWLEDGED,
)
"""It was registered, and neither returned nor withdrawn."""
WITH_CASE: Final = (Stage.CASE_FILED, Stage.DECIDED, Stage.REPLIED, Stage.ACKNOWLEDGED)
UNPUNISHED: Final = (
    pb.OPINION_OUTCOME_NO_PENALTY,
    pb.OPINION_OUTCOME_NOT_ESTABLISHED,
    pb.OPINION_OUTCOME_NOT_FILED,
    pb.OPINION_OUTCOME_TRANSFERRED,
    pb.OPINION_OUTCOME_REVOKED,
    pb.OPINION_OUTCOME_NO_CRIME,
)


def opinion_case_of(opinion_id: str, procuratorate_id: str) -> str:
    """Id of the stream for an opinion of a procuratorate; the teller comes from the signature on what arrived."""
    return str(ids.derive(UUID(opinion_id), f"{opinion_case.name}/{procuratorate_id}"))


@opinion_case.decide(pb.ReceiveOpinionRequest, basis=CPL_177)
def receive(state: OpinionCase, command: pb.ReceiveOpinionRequest, context: Context) -> Events:
    """An opinion that arrives is received: the period for the reply counts from then."""
    nominal, fallback = nominal_day(command.content.reply_period, context.today, context.rules)
    yield pb.OpinionReceived(
        opinion_case_id=command.opinion_case_id,
        opinion_id=command.opinion_id,
        procuratorate_id=command.procuratorate_id,
        reply_nominal_on=nominal.isoformat(),
        fallback=fallback,
        content=command.content,
        case_id=command.case_id,
        asks_transfer=command.asks_transfer,
    )


@opinion_case.decide(pb.EnterOpinionRequest, basis=CPL_177)
def enter(state: OpinionCase, command: pb.EnterOpinionRequest, context: Context) -> Events:
    """An opinion of a procuratorate without a node is entered from paper, with its scan; the act is the receipt."""
    content = command.content
    if not content.document.sha256:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail="content.document: required")
    if not content.persons and not command.asks_transfer:
        raise Refused(Refusal.NO_PERSON)
    if not command.asks_transfer:
        _require_case_possible(content)
    for text in filter(None, (content.decided_on, content.act_on)):
        if day(text) > context.today:
            raise Refused(Refusal.ACT_BEFORE_ITS_CAUSE, occurred_at=context.today, cause_at=text)
    if content.reply_period.until_on:
        day(content.reply_period.until_on)
    opinion_case_id = command.opinion_case_id or str(context.new_id(opinion_case.name))
    nominal, fallback = nominal_day(content.reply_period, context.today, context.rules)
    yield pb.OpinionReceived(
        opinion_case_id=opinion_case_id,
        opinion_id=opinion_case_id,
        reply_nominal_on=nominal.isoformat(),
        fallback=fallback,
        on_paper=True,
        content=content,
        case_id=str(context.new_id("case")),
        procuratorate_name=command.procuratorate_name,
        asks_transfer=command.asks_transfer,
    )


def _require_case_possible(content: pb.OpinionContent) -> None:
    """The clue that an opinion becomes cannot be registered without these, and what was entered is not changed."""
    has = {
        "act_code": bool(_ACT_CODE.fullmatch(content.act_code)),
        "act_on": bool(_DAY.fullmatch(content.act_on)),
        "place": content.HasField("place"),
        "facts": bool(content.facts.strip()) and len(content.facts) <= FACTS_MAX,
    }
    if missing := [f"content.{name}" for name, good in has.items() if not good]:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail=f"{', '.join(missing)}: required")


@opinion_case.evolve(pb.OpinionReceived)
def received(state: OpinionCase, event: pb.OpinionReceived, act: Act) -> OpinionCase:
    return replace(state, stage=Stage.RECEIVED, received=event, last_act_at=act.occurred_at)


@opinion_case.decide(pb.RegisterOpinionRequest, basis="行政处罚法 art. 42; design")
def register(state: OpinionCase, command: pb.RegisterOpinionRequest, context: Context) -> Events:
    """The opinion is registered, and at least two officers handle it; its content is for them and leaders."""
    state.require(Stage.RECEIVED)
    require_not_before(state.last_act_at, context)
    handlers = context.two_active_officers(command.handler_ids)
    yield pb.OpinionRegistered(
        **state.told,
        registration_number=command.registration_number,
        handler_ids=[officer.officer_id for officer in handlers],
    )


@opinion_case.evolve(pb.OpinionRegistered)
def registered(state: OpinionCase, event: pb.OpinionRegistered, act: Act) -> OpinionCase:
    handlers, at = frozenset(event.handler_ids), act.occurred_at
    return replace(state, stage=Stage.REGISTERED, handlers=handlers, registered_at=at, last_act_at=at)


@opinion_case.decide(pb.AssessCompetenceRequest, basis="行政处罚法 arts. 22, 25")
def assess(state: OpinionCase, command: pb.AssessCompetenceRequest, context: Context) -> Events:
    """If the authority is competent a case is opened on the opinion, or one that is there handles it.

    An opinion that asks for a transfer has no case of its own: the transfer is its answer. That the authority is not
    competent may be corrected until the opinion was returned.
    """
    state.require(Stage.REGISTERED, Stage.NOT_COMPETENT)
    state.require_handler(context)
    require_not_before(state.last_act_at, context)
    if context.found and context.found != command.opinion_case_id:
        raise Refused(Refusal.CASE_ON_OTHER_OPINION, case=command.existing_case_id)
    yield pb.OpinionCompetenceAssessed(**state.parties, competent=command.competent, reason=command.reason)
    if not command.competent or state.received.asks_transfer:
        return
    if command.existing_case_id:
        yield pb.OpinionLinkedToCase(**state.parties, case_id=command.existing_case_id)
        return
    yield pb.OpinionHandedToCases(**state.parties, case_id=state.received.case_id, content=state.received.content)


@opinion_case.evolve(pb.OpinionCompetenceAssessed)
def assessed(state: OpinionCase, event: pb.OpinionCompetenceAssessed, act: Act) -> OpinionCase:
    stage = Stage.COMPETENT if event.competent else Stage.NOT_COMPETENT
    return replace(state, stage=stage, last_act_at=act.occurred_at)


@opinion_case.evolve(pb.OpinionHandedToCases, pb.OpinionLinkedToCase)
def has_case(state: OpinionCase, event: pb.OpinionHandedToCases | pb.OpinionLinkedToCase) -> OpinionCase:
    return replace(state, case_id=event.case_id)


@opinion_case.decide(pb.ReturnOpinionRequest, basis="行政处罚法 arts. 22, 25; design")
def return_opinion(state: OpinionCase, command: pb.ReturnOpinionRequest, context: Context) -> Events:
    """A leader returns an opinion for lack of competence, with the reason; the clock of the reply stops."""
    if state.stage is not Stage.NOT_COMPETENT:
        raise Refused(Refusal.NOT_RETURNABLE)
    require_not_before(state.last_act_at, context)
    yield pb.OpinionReturned(**state.told, reason=command.reason, letter=command.letter)


@opinion_case.evolve(pb.OpinionReturned)
def returned(state: OpinionCase, event: pb.OpinionReturned) -> OpinionCase:
    return replace(state, stage=Stage.RETURNED)


@opinion_case.decide(pb.NoteOpinionCaseRequest, basis=CPL_177)
def note_case(state: OpinionCase, command: pb.NoteOpinionCaseRequest, context: Context) -> Events:
    """What the case comes to is noted when the cases service tells it; the procuratorate hears of each step."""
    if command.case_id != state.case_id or state.stage is Stage.WITHDRAWN:
        return
    if command.filed:
        if state.stage is Stage.COMPETENT:
            yield pb.CaseFiledFromOpinion(**state.told, case_id=command.case_id, case_number=command.case_number)
    elif command.outcome == pb.OPINION_OUTCOME_NOT_FILED:
        if state.stage is Stage.COMPETENT:
            yield pb.NotFiledFromOpinion(**state.told, reason=command.reason)
    else:
        state.require(*WITH_CASE)
        yield pb.OpinionDecided(**state.told, outcome=command.outcome, reason=command.reason)


@opinion_case.evolve(pb.CaseFiledFromOpinion)
def case_filed(state: OpinionCase, event: pb.CaseFiledFromOpinion) -> OpinionCase:
    return replace(state, stage=Stage.CASE_FILED, case_number=event.case_number)


@opinion_case.evolve(pb.NotFiledFromOpinion)
def not_filed(state: OpinionCase, event: pb.NotFiledFromOpinion, act: Act) -> OpinionCase:
    outcome = pb.OPINION_OUTCOME_NOT_FILED
    return replace(state, stage=Stage.NOT_FILED, outcome=outcome, outcome_at=act.occurred_at)


@opinion_case.evolve(pb.OpinionDecided)
def decided(state: OpinionCase, event: pb.OpinionDecided, act: Act) -> OpinionCase:
    return replace(state, stage=Stage.DECIDED, outcome=event.outcome, outcome_at=act.occurred_at)


@opinion_case.decide(pb.AnswerTransferOpinionRequest, basis=f"{SPP2001_12}; 国务院令第310号 art. 3")
def answer_transfer(state: OpinionCase, command: pb.AnswerTransferOpinionRequest, context: Context) -> Events:
    """What an opinion asks to be transferred went to the police, or it is no crime for reasons."""
    if not state.received.asks_transfer:
        raise Refused(Refusal.NOT_ABOUT_TRANSFER)
    state.require(Stage.COMPETENT, Stage.DECIDED)
    state.require_handler(context)
    require_not_before(state.last_act_at, context)
    outcome = pb.OPINION_OUTCOME_CRIME_TRANSFERRED if command.transfer_id else pb.OPINION_OUTCOME_NO_CRIME
    if command.transfer_id and not context.found:
        raise Refused(Refusal.NO_SUCH_TRANSFER, transfer=command.transfer_id)
    if not command.transfer_id and not command.reason.strip():
        raise Refused(Refusal.REASONS_NEEDED, outcome=term(pb.OpinionOutcome, outcome))
    yield pb.OpinionDecided(**state.told, outcome=outcome, reason=command.reason)


@opinion_case.decide(pb.ConvertEvidenceRequest, basis="行政处罚法 arts. 27, 46; conversion of kinds: design")
def convert(state: OpinionCase, command: pb.ConvertEvidenceRequest, context: Context) -> Events:
    """Evidence of the criminal file joins the case: things, documents, data as they are, statements unconfirmed."""
    state.require(Stage.COMPETENT, *WITH_CASE)
    if not state.case_id:
        state.require(Stage.CASE_FILED)
    state.require_handler(context)
    known = {item.item_id: item for item in state.received.content.evidence}
    for item_id in dict.fromkeys(command.item_ids):
        if item_id not in known:
            raise Refused(Refusal.NO_SUCH_ITEM, item=item_id)
        if item_id not in state.converted:
            yield pb.OpinionEvidenceConverted(
                opinion_case_id=command.opinion_case_id,
                case_id=state.case_id,
                item=known[item_id],
                reconfirm_required=known[item_id].kind in STATEMENTS,
                gathered_by=state.received.procuratorate_id or state.received.procuratorate_name,
            )


@opinion_case.evolve(pb.OpinionEvidenceConverted)
def converted(state: OpinionCase, event: pb.OpinionEvidenceConverted) -> OpinionCase:
    return replace(state, converted=state.converted | {event.item.item_id})


@opinion_case.decide(pb.ReplyToOpinionRequest, basis=GUIDE_20)
def reply(state: OpinionCase, command: pb.ReplyToOpinionRequest, context: Context) -> Events:
    """A leader replies: the result with its documents and execution, or before there is one the handling so far.

    Without a penalty the reply gives reasons. A result is not told before it was reached.
    """
    state.require(*HANDLED)
    result = command.kind == pb.REPLY_KIND_RESULT
    if result and state.outcome == pb.OPINION_OUTCOME_UNSPECIFIED:
        raise Refused(Refusal.NO_RESULT_YET)
    if result and state.outcome in UNPUNISHED and not command.reason.strip():
        raise Refused(Refusal.REASONS_NEEDED, outcome=term(pb.OpinionOutcome, state.outcome))
    require_not_before(state.registered_at, context)
    if result:
        require_not_before(state.outcome_at, context)
    yield pb.OpinionReplied(
        **state.told,
        kind=command.kind,
        outcome=state.outcome,
        text=command.text,
        reason=command.reason,
        execution=command.execution,
        documents=command.documents,
        case_number=state.case_number,
    )


@opinion_case.evolve(pb.OpinionReplied)
def replied(state: OpinionCase, event: pb.OpinionReplied) -> OpinionCase:
    return replace(state, stage=Stage.REPLIED if event.kind == pb.REPLY_KIND_RESULT else state.stage)


@opinion_case.decide(pb.NoteOpinionAcknowledgedRequest, basis=GUIDE_20)
def note_acknowledged(state: OpinionCase, command: pb.NoteOpinionAcknowledgedRequest, context: Context) -> Events:
    """The procuratorate looked at a reply; with a result the matter ends."""
    require_told_by(state.received.procuratorate_id, command.procuratorate_id)
    yield pb.OpinionAcknowledged(**state.parties, kind=command.kind, remark=command.remark)


@opinion_case.evolve(pb.OpinionAcknowledged)
def acknowledged(state: OpinionCase, event: pb.OpinionAcknowledged) -> OpinionCase:
    ended = event.kind == pb.REPLY_KIND_RESULT and state.stage is Stage.REPLIED
    return replace(state, stage=Stage.ACKNOWLEDGED if ended else state.stage)


@opinion_case.decide(pb.NoteOpinionWithdrawnRequest, basis=CPL_177)
def note_withdrawn(state: OpinionCase, command: pb.NoteOpinionWithdrawnRequest, context: Context) -> Events:
    """The procuratorate withdrew the opinion: no reply is due any more. A case on it goes on by its own law."""
    require_told_by(state.received.procuratorate_id, command.procuratorate_id)
    if state.stage not in (Stage.WITHDRAWN, Stage.RETURNED):
        yield pb.OpinionWithdrawalRecorded(**state.parties, reason=command.reason)


@opinion_case.decide(pb.EnterOpinionWithdrawalRequest, basis=CPL_177)
def enter_withdrawal(state: OpinionCase, command: pb.EnterOpinionWithdrawalRequest, context: Context) -> Events:
    """An opinion that came on paper is withdrawn on paper; one of a node only by that node."""
    if not state.received.on_paper:
        raise Refused(Refusal.NOT_ON_PAPER)
    if state.stage not in (Stage.WITHDRAWN, Stage.RETURNED):
        yield pb.OpinionWithdrawalRecorded(**state.parties, reason=command.reason, letter=command.letter)


@opinion_case.evolve(pb.OpinionWithdrawalRecorded)
def withdrawal_recorded(state: OpinionCase, event: pb.OpinionWithdrawalRecorded) -> OpinionCase:
    return replace(state, stage=Stage.WITHDRAWN)
