"""Definitions (口径) about opinions of procuratorates (检察意见) and suspicions of a crime (有案不移).

Feeds carry ids, states and days; of whom and of what an opinion or a suspicion is, a platform knows nothing. All are
counted at the bureau whose duty it is.
"""

from collections.abc import Sequence
from typing import Final

from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.platform.v1 import service_pb2 as pb
from enforcement.transfer.v1 import opinion_pb2 as opinions
from enforcement.transfer.v1 import suspicion_pb2 as suspicions

from services.platform.statistics import Count, Definition, Told

REPLY: Final = "opinion.reply"
"""Rule of the clock of a reply, as the bureau keeps it."""
SUSPICION: Final = "suspicion.answer"
"""Rule of the clock of a suspicion."""
SUSPICION_REPORT: Final = "suspicion.report"
"""Rule of the clock of its report, in older logs: now a report has its transfer's, which no suspicion need precede."""

_COUNTED: Final = "要求移送涉嫌犯罪案件的检察意见、同一检察意见的另一份不计；按被建议单位统计。"


def _linked(event: opinions.OpinionReceived) -> bool:
    """Whether it is reverse linkage (反向衔接), and no other copy of one that is counted."""
    return not event.asks_transfer and not event.same_as_id


# ── opinions ─────────────────────────────────────────────────────────────────────────────────────────────────────────

RECEIVED = Definition(
    "opinions.received",
    1,
    "收到检察意见",
    "opinions received",
    pb.UNIT_CASES,
    "统计期内收到的反向衔接检察意见，每件计1件；" + _COUNTED,
)
ON_TIME = Definition(
    "opinions.replied_on_time",
    1,
    "检察意见按期回复率",
    "share of opinions answered in time",
    pb.UNIT_CASES,
    "分母为统计期内收到的检察意见，退回、撤回的也计入；分子为其中按期回复处理结果或者办理情况的，统计期后的回复也计入；"
    + _COUNTED,
    ratio=True,
)
REPLIED = Definition(
    "opinions.replied",
    1,
    "已回复的检察意见",
    "opinions answered",
    pb.UNIT_CASES,
    "统计期内收到的检察意见中已回复的，统计期后的回复也计入，每件以最后一次回复为准。按回复类别分项。" + _COUNTED,
    parts=opinions.ReplyKind.DESCRIPTOR,
)
RETURNED = Definition(
    "opinions.returned",
    1,
    "退回的检察意见",
    "opinions returned",
    pb.UNIT_CASES,
    "统计期内收到的检察意见中因无管辖权退回的；" + _COUNTED,
)
WITHDRAWN = Definition(
    "opinions.withdrawn",
    1,
    "被撤回的检察意见",
    "opinions withdrawn",
    pb.UNIT_CASES,
    "统计期内收到的检察意见中被检察机关撤回的；" + _COUNTED,
)
OUTCOMES = Definition(
    "opinions.outcome",
    1,
    "检察意见处理结果",
    "outcomes of opinions",
    pb.UNIT_CASES,
    "统计期内收到的检察意见中已有处理结果的，统计期后的结果也计入，每件以最后的结果为准。按处理结果分项，不予处罚单独列出。"
    + _COUNTED,
    parts=opinions.OpinionOutcome.DESCRIPTOR,
)


@RECEIVED.counts(opinions.OpinionReceived)
def _received(event: opinions.OpinionReceived, told: Told) -> Count | None:
    return Count((event.opinion_case_id,)) if _linked(event) else None


@ON_TIME.counts(opinions.OpinionReceived)
def _due(event: opinions.OpinionReceived, told: Told) -> Count | None:
    # The clock names the opinion as it was received.
    return Count((event.opinion_id,), amount=0, out_of=1) if _linked(event) else None


@ON_TIME.follows(deadlines.DeadlineMet)
def _answered(event: deadlines.DeadlineMet, told: Told) -> Count | None:
    return Count((event.subject_id,), amount=int(event.in_time), out_of=1) if event.rule_id == REPLY else None


@REPLIED.counts(opinions.OpinionReceived)
@RETURNED.counts(opinions.OpinionReceived)
@WITHDRAWN.counts(opinions.OpinionReceived)
@OUTCOMES.counts(opinions.OpinionReceived)
def _open(event: opinions.OpinionReceived, told: Told) -> Count | None:
    return Count((event.opinion_case_id,), amount=0) if _linked(event) else None


@REPLIED.follows(opinions.OpinionReplied)
def _replied(event: opinions.OpinionReplied, told: Told) -> Count:
    return Count((event.opinion_case_id,), part=event.kind)


@RETURNED.follows(opinions.OpinionReturned)
def _returned(event: opinions.OpinionReturned, told: Told) -> Count:
    return Count((event.opinion_case_id,))


@WITHDRAWN.follows(opinions.OpinionWithdrawalRecorded)
def _withdrawn(event: opinions.OpinionWithdrawalRecorded, told: Told) -> Count:
    return Count((event.opinion_case_id,))


@OUTCOMES.follows(opinions.OpinionDecided)
def _decided(event: opinions.OpinionDecided, told: Told) -> Count:
    return Count((event.opinion_case_id,), part=event.outcome)


@OUTCOMES.follows(opinions.NotFiledFromOpinion)
def _not_filed(event: opinions.NotFiledFromOpinion, told: Told) -> Count:
    return Count((event.opinion_case_id,), part=opinions.OPINION_OUTCOME_NOT_FILED)


# ── suspicions ───────────────────────────────────────────────────────────────────────────────────────────────────────

RAISED = Definition(
    "suspicions.raised",
    1,
    "应移未移提示",
    "suspicions raised",
    pb.UNIT_CASES,
    "统计期内提示涉嫌犯罪而未移送的案件，每案计1件，再次提示不重复计。",
)
ANSWERED = Definition(
    "suspicions.answered",
    1,
    "已答复的应移未移提示",
    "suspicions answered",
    pb.UNIT_CASES,
    "统计期内提示的案件中已答复的，统计期后的答复也计入，再次提示后须再次答复。按答复分项。",
    parts=suspicions.SuspicionAnswer.DESCRIPTOR,
)
UNANSWERED = Definition(
    "suspicions.open",
    1,
    "待答复的应移未移提示",
    "suspicions open",
    pb.UNIT_CASES,
    "统计期内提示的案件中至查询时尚未答复的，每案计1件。",
)
LATE_WITH_REPORTS = Definition(
    "suspicions.late",
    1,
    "应移未移提示逾期",
    "clocks of suspicions missed",
    pb.UNIT_CLOCKS,
    "统计期内逾期的答复期限和提交移送报告期限，含逾期后完成的，每项计1；事后查明按期完成的不计。",
)
LATE = Definition(
    "suspicions.late",
    2,
    "应移未移提示逾期",
    "suspicions answered late",
    pb.UNIT_CLOCKS,
    "统计期内逾期的答复期限，含逾期后答复的，每项计1；事后查明按期答复的不计。移送报告期限属于移送，不在此列。",
)


@RAISED.counts(suspicions.SuspicionRaised)
@UNANSWERED.counts(suspicions.SuspicionRaised)
def _raised(event: suspicions.SuspicionRaised, told: Told) -> Count:
    return Count((event.suspicion_id,))


@ANSWERED.counts(suspicions.SuspicionRaised)
def _asked(event: suspicions.SuspicionRaised, told: Told) -> Count:
    return Count((event.suspicion_id,), amount=0)


@ANSWERED.follows(suspicions.SuspicionAnswered)
def _settled(event: suspicions.SuspicionAnswered, told: Told) -> Count:
    return Count((event.suspicion_id,), part=event.answer)


@UNANSWERED.follows(suspicions.SuspicionAnswered)
def _no_longer_open(event: suspicions.SuspicionAnswered, told: Told) -> Count:
    return Count((event.suspicion_id,), amount=0)


@LATE.counts(deadlines.DeadlineMissed)
def _missed(event: deadlines.DeadlineMissed, told: Told) -> Count | None:
    return Count((event.deadline_id,)) if event.rule_id == SUSPICION else None


@LATE.counts(deadlines.DeadlineMet)
def _met(event: deadlines.DeadlineMet, told: Told) -> Count | None:
    return Count((event.deadline_id,), amount=int(not event.in_time)) if event.rule_id == SUSPICION else None


@LATE_WITH_REPORTS.counts(deadlines.DeadlineMissed)
def _missed_or_report(event: deadlines.DeadlineMissed, told: Told) -> Count | None:
    return Count((event.deadline_id,)) if event.rule_id == SUSPICION_REPORT else _missed(event, told)


@LATE_WITH_REPORTS.counts(deadlines.DeadlineMet)
def _met_or_report(event: deadlines.DeadlineMet, told: Told) -> Count | None:
    if event.rule_id == SUSPICION_REPORT:
        return Count((event.deadline_id,), amount=int(not event.in_time))
    return _met(event, told)


LINKAGE: Final[Sequence[Definition]] = (
    RECEIVED,
    ON_TIME,
    REPLIED,
    RETURNED,
    WITHDRAWN,
    OUTCOMES,
    RAISED,
    ANSWERED,
    UNANSWERED,
    LATE_WITH_REPORTS,
    LATE,
)
"""In the order in which reports print them."""
