"""Read models of opinions (检察意见): one table for either side, and the clock of the reply as this side keeps it."""

from typing import Any, Final

from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_datetime
from services.kernel.projection import DELETE, Row
from services.kernel.values import day_of
from services.transfer.model.opinion import TOLD, further
from services.transfer.model.opinion import Stage as Told
from services.transfer.model.opinion_arrival import number_key
from services.transfer.model.opinion_case import Stage
from services.transfer.opinion_deadlines import REPLY, REPLY_AWAITED
from services.transfer.views import views

_RULES: Final = frozenset({REPLY.rule_id, REPLY_AWAITED.rule_id})


def _opinion(event: Any, fact: Fact) -> str:
    return str(event.opinion_id)


def _opinion_case(event: Any, fact: Fact) -> str:
    return str(event.opinion_case_id)


def _reply_clock(event: Any, fact: Fact) -> str | None:
    """The clock of a reply; the others of the service are none of this table."""
    return event.deadline_id if event.rule_id in _RULES else None


opinion = views.table("opinion", key="id")
clock = views.table("opinion_clock", key="deadline_id")


# ---- the clock ---------------------------------------------------------------------------------------------------


@clock.on(clocks.DeadlineStarted, key=_reply_clock)
def started(row: Row, event: clocks.DeadlineStarted, fact: Fact) -> None:
    row.update(opinion_id=event.subject_id, provisional=event.provisional)
    _ends(row, event)


@clock.on(clocks.DeadlineRecomputed)
def recomputed(row: Row, event: clocks.DeadlineRecomputed, fact: Fact) -> Any:
    if "opinion_id" not in row:
        return DELETE  # another clock: it has no row
    row["provisional"] = event.provisional
    _ends(row, event)
    return None


@clock.on(clocks.DeadlineMet, key=_reply_clock)
def met(row: Row, event: clocks.DeadlineMet, fact: Fact) -> None:
    row.update(met_at=event.met_at.ToJsonString(), in_time=event.in_time)


def _ends(row: Row, event: clocks.DeadlineStarted | clocks.DeadlineRecomputed) -> None:
    # The end is 24:00 of the last day; the instant before it lies on that day.
    row["ends_at"] = event.effective_due_at.ToJsonString()


# ---- procuratorate -----------------------------------------------------------------------------------------------

_REVIEW: Final = {
    pb.OpinionReviewPaused: Told.PAUSED,
    pb.OpinionReviewResumed: Told.REVIEWING,
    pb.OpinionNotNeeded: Told.NOT_NEEDED,
    pb.OpinionWithdrawn: Told.WITHDRAWN,
}


@opinion.on(pb.OpinionReviewOpened, key=_opinion)
def review_opened(row: Row, event: pb.OpinionReviewOpened, fact: Fact) -> None:
    content = pb.OpinionContent(
        decision_number=event.decision_number,
        decided_on=event.decided_on,
        persons=event.persons,
        transfer_id=event.transfer_id,
    )
    row.update(
        began_position=fact.position,
        opinion_id=event.opinion_id,
        counterpart=event.bureau_id,
        stage=Told.REVIEWING,
        content=as_dict(content),
        escalations=0,
    )


@opinion.on(*_REVIEW, key=_opinion)
def review_moved(row: Row, event: Any, fact: Fact) -> None:
    row["stage"] = _REVIEW[type(event)]


@opinion.on(pb.OpinionIssued, key=_opinion)
def issued(row: Row, event: pb.OpinionIssued, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    row.setdefault("escalations", 0)
    row.update(
        opinion_id=event.opinion_id,
        asks_transfer=event.asks_transfer,
        counterpart=event.bureau_id,
        stage=Told.ISSUED,
        issued_at=fact.occurred_at,
        content=as_dict(event.content),
    )


@opinion.on(pb.OpinionProgressNoted, key=_opinion)
def told(row: Row, event: pb.OpinionProgressNoted, fact: Fact) -> None:
    row["stage"] = further(Told(row["stage"]), TOLD.get(event.step))
    if event.step == pb.OPINION_STEP_RECEIVED:
        row.update(
            received_at=event.taken_at.ToJsonString(),
            received_on=day_of(to_datetime(event.taken_at)).isoformat(),
            reply_nominal_on=event.reply_nominal_on,
            fallback=event.fallback,
        )
    if event.outcome:
        row["outcome"] = event.outcome
    if event.reason:
        row["reason"] = event.reason
    if event.step in (pb.OPINION_STEP_REPLIED, pb.OPINION_STEP_REPLIED_INTERIM):
        result = event.step == pb.OPINION_STEP_REPLIED
        kind = pb.REPLY_KIND_RESULT if result else pb.REPLY_KIND_INTERIM
        _replied(row, kind, event.taken_at.ToJsonString(), event.documents)


@opinion.on(pb.OpinionReplyAcknowledged, key=_opinion)
def acknowledged(row: Row, event: pb.OpinionReplyAcknowledged, fact: Fact) -> None:
    if event.kind == pb.REPLY_KIND_RESULT and row["stage"] == Told.REPLIED:
        row["stage"] = Told.ACKNOWLEDGED


@opinion.on(pb.OpinionEscalated, key=_opinion)
def escalated(row: Row, event: pb.OpinionEscalated, fact: Fact) -> None:
    row["escalations"] += 1


# ---- bureau ------------------------------------------------------------------------------------------------------

_CASE_STEPS: Final = {
    pb.OpinionRegistered: Stage.REGISTERED,
    pb.OpinionReturned: Stage.RETURNED,
    pb.CaseFiledFromOpinion: Stage.CASE_FILED,
    pb.NotFiledFromOpinion: Stage.NOT_FILED,
    pb.OpinionDecided: Stage.DECIDED,
    pb.OpinionWithdrawalRecorded: Stage.WITHDRAWN,
}


@opinion.on(pb.OpinionReceived, key=_opinion_case)
def received(row: Row, event: pb.OpinionReceived, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        opinion_id=event.opinion_id,
        counterpart=event.procuratorate_id or event.procuratorate_name,
        stage=Stage.COPY if event.same_as_id else Stage.RECEIVED,
        same_as=event.same_as_id or None,
        received_at=fact.occurred_at,
        received_on=day_of(fact.occurred_at).isoformat(),
        reply_nominal_on=event.reply_nominal_on,
        fallback=event.fallback,
        on_paper=event.on_paper,
        asks_transfer=event.asks_transfer,
        content=as_dict(event.content),
        number_key=number_key(event.content.opinion_number),
        escalations=0,
    )


@opinion.on(pb.OpinionCopyNoted, key=_opinion_case)
def copy_noted(row: Row, event: pb.OpinionCopyNoted, fact: Fact) -> None:
    row["copies"] = (row.get("copies") or 0) + 1
    row["differs"] = sorted({*(row.get("differs") or ()), *event.differs})


@opinion.on(*_CASE_STEPS, key=_opinion_case)
def went_on(row: Row, event: Any, fact: Fact) -> None:
    row["stage"] = _CASE_STEPS[type(event)]
    match event:
        case pb.OpinionRegistered():
            row["handler_ids"] = list(event.handler_ids)
        case pb.NotFiledFromOpinion():
            row.update(outcome=pb.OPINION_OUTCOME_NOT_FILED, reason=event.reason)
        case pb.OpinionDecided():
            row.update(outcome=event.outcome, reason=event.reason)
        case pb.OpinionReturned():
            row["reason"] = event.reason


@opinion.on(pb.OpinionHandlersChanged, key=_opinion_case)
def handlers_changed(row: Row, event: pb.OpinionHandlersChanged, fact: Fact) -> None:
    row["handler_ids"] = list(event.handler_ids)


@opinion.on(pb.OpinionCompetenceAssessed, key=_opinion_case)
def assessed(row: Row, event: pb.OpinionCompetenceAssessed, fact: Fact) -> None:
    row["stage"] = Stage.COMPETENT if event.competent else Stage.NOT_COMPETENT


@opinion.on(pb.OpinionHandedToCases, pb.OpinionLinkedToCase, key=_opinion_case)
def has_case(row: Row, event: pb.OpinionHandedToCases | pb.OpinionLinkedToCase, fact: Fact) -> None:
    row["case_id"] = event.case_id


@opinion.on(pb.OpinionReplied, key=_opinion_case)
def replied(row: Row, event: pb.OpinionReplied, fact: Fact) -> None:
    if event.kind == pb.REPLY_KIND_RESULT:
        row["stage"] = Stage.REPLIED
    if event.reason:
        row["reason"] = event.reason
    _replied(row, event.kind, fact.occurred_at, event.documents)


@opinion.on(pb.OpinionAcknowledged, key=_opinion_case)
def acknowledged_there(row: Row, event: pb.OpinionAcknowledged, fact: Fact) -> None:
    if event.kind == pb.REPLY_KIND_RESULT and row["stage"] == Stage.REPLIED:
        row["stage"] = Stage.ACKNOWLEDGED


def _replied(row: Row, kind: pb.ReplyKind.ValueType, at: Any, documents: Any) -> None:
    """The first reply counts for the clock, the last one for people."""
    row.setdefault("replied_at", None)
    row["replied_at"] = row["replied_at"] or at
    row["reply_kind"] = kind
    row["reply_documents"] = [*(row.get("reply_documents") or []), *(as_dict(one) for one in documents)]


OPINION_TITLES: Final = {
    pb.OpinionReviewOpened: "登记审查",
    pb.OpinionReviewPaused: "中止审查",
    pb.OpinionReviewResumed: "恢复审查",
    pb.OpinionReviewExtended: "延长审查期限",
    pb.OpinionNotNeeded: "终结审查",
    pb.OpinionIssued: "提出检察意见",
    pb.OpinionWithdrawn: "撤回检察意见",
    pb.OpinionProgressNoted: "获知办理进展",
    pb.OpinionReplyAcknowledged: "审查回复",
    pb.OpinionEscalated: "通报",
    pb.OpinionReceived: "收到检察意见",
    pb.OpinionCopyNoted: "收到同一检察意见的另一份",
    pb.OpinionRegistered: "登记检察意见",
    pb.OpinionHandlersChanged: "更换承办人员",
    pb.OpinionCompetenceAssessed: "审查管辖",
    pb.OpinionReturned: "退回检察意见",
    pb.OpinionHandedToCases: "移交办案",
    pb.OpinionLinkedToCase: "关联已有案件",
    pb.CaseFiledFromOpinion: "根据检察意见立案",
    pb.NotFiledFromOpinion: "不予立案",
    pb.OpinionEvidenceConverted: "转换刑事案卷证据",
    pb.OpinionDecided: "作出处理决定",
    pb.OpinionReplied: "回复检察意见",
    pb.OpinionAcknowledged: "检察机关审查回复",
    pb.OpinionWithdrawalRecorded: "检察意见被撤回",
}
"""What people call each step, in the words of the law."""
