"""The bureau's side of an opinion (检察意见; 刑事诉讼法 art. 177; 行政处罚法 art. 27; 行刑反向衔接工作指引 art. 20).

    RECEIVED ──register──▶ REGISTERED ──competent──▶ COMPETENT ──the case──▶ CASE_FILED ──the case──▶ DECIDED
                              │ not competent                   └──────────▶ NOT_FILED                  │
                              ▼                                                  └────────reply────────┤
                           NOT_COMPETENT ──return──▶ RETURNED                                          ▼
    each but RETURNED ──the procuratorate withdraws──▶ WITHDRAWN      ACKNOWLEDGED ◀──the procuratorate── REPLIED

It begins in `opinion_arrival` and ends in `opinion_ending`. A further copy (COPY) only points to the first.

The case is the cases service's: it begins as a clue from another department, or was there before, and tells how it goes
on. An interim reply (办理情况) is possible from the registration on, counts for the clock, and is no stage. A decision
that takes the place of another one is told again.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.ledger import ids
from services.kernel.values import term
from services.transfer.model.shared import Refusal, require_not_before

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
    COPY = "与已收到的检察意见相同"


@dataclass(frozen=True, slots=True)
class OpinionCase(Staged):
    """What decisions about an opinion read."""

    stage: Stage = Stage.RECEIVED
    received: pb.OpinionReceived = field(default_factory=pb.OpinionReceived)
    opinion_id: str = ""
    """In the procuratorate's ledger; of an opinion on paper the own id, until its electronic copy arrives."""
    procuratorate_id: str = ""
    """Who is told how it goes on; empty while it is known on paper only."""
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
    reply: pb.OpinionReplied = field(default_factory=pb.OpinionReplied)
    """The last reply; after a result no interim one."""
    replied_at: datetime | None = None

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
            "opinion_id": self.opinion_id,
        }

    @property
    def told(self) -> dict[str, Any]:
        """The same of an event that the procuratorate is told."""
        return {**self.parties, "procuratorate_id": self.procuratorate_id}

    def require_first(self) -> None:
        """Everything is done on the copy that arrived first."""
        if self.stage is Stage.COPY:
            raise Refused(Refusal.OPINION_IS_COPY, original=self.received.same_as_id)


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


@opinion_case.decide(pb.RegisterOpinionRequest, basis="行政处罚法 art. 42; design")
def register(state: OpinionCase, command: pb.RegisterOpinionRequest, context: Context) -> Events:
    """The opinion is registered, and at least two officers handle it; its content is for them and leaders."""
    state.require_first()
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


@opinion_case.decide(pb.ChangeOpinionHandlersRequest, basis="行政处罚法 art. 42; design")
def change_handlers(state: OpinionCase, command: pb.ChangeOpinionHandlersRequest, context: Context) -> Events:
    """Others handle it, at least two; who does not handle it any more does not see its content."""
    state.require(Stage.NOT_COMPETENT, *HANDLED)
    handlers = [officer.officer_id for officer in context.two_active_officers(command.handler_ids)]
    if set(handlers) != state.handlers:
        yield pb.OpinionHandlersChanged(
            opinion_case_id=command.opinion_case_id, handler_ids=handlers, reason=command.reason
        )


@opinion_case.evolve(pb.OpinionHandlersChanged)
def handlers_changed(state: OpinionCase, event: pb.OpinionHandlersChanged) -> OpinionCase:
    return replace(state, handlers=frozenset(event.handler_ids))


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
                gathered_by=state.procuratorate_id or state.received.procuratorate_name,
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
def replied(state: OpinionCase, event: pb.OpinionReplied, act: Act) -> OpinionCase:
    if event.kind == pb.REPLY_KIND_RESULT:
        return replace(state, stage=Stage.REPLIED, reply=event, replied_at=act.occurred_at)
    if state.reply.kind == pb.REPLY_KIND_RESULT:
        return state
    return replace(state, reply=event, replied_at=act.occurred_at)
