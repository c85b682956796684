"""The clocks of an opinion (检察意见), run by the side that must act.

The bureau's reply is due on the day that the opinion prints, or at the end of a period from its receipt; the event of
the receipt names the day, and it rolls. The procuratorate also keeps that clock, from what the bureau signed, so that
it sees a late reply by itself; both name the bureau as responsible and the opinion as subject.
"""

from typing import Any, Final

from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.deadlines import Asked, Deadline, by_number, calendar_days, until, when, working_days

REVIEW: Final = working_days(10)
"""Review of whether a penalty is due, from the registration (人民检察院行刑反向衔接工作指引 art. 12)."""

OPINION_REVIEW = Deadline(
    "opinion.review",
    basis="人民检察院行刑反向衔接工作指引 arts. 12, 13",
    title="审查是否需要提出检察意见",
    starts=pb.OpinionReviewOpened,
    ends=(pb.OpinionIssued, pb.OpinionNotNeeded),
    within=REVIEW,
    key="opinion_id",
    paused_by=pb.OpinionReviewPaused,
    resumed_by=pb.OpinionReviewResumed,
    extended_by=pb.OpinionReviewExtended,
    extension=lambda event: event.working_days,
)

OPINION_ISSUE = Deadline(
    "opinion.issue",
    basis="高检发释字〔2021〕4号 (article not checked)",
    title="作出不起诉决定后提出检察意见",
    starts=pb.OpinionReviewOpened,
    ends=pb.OpinionIssued,
    within=by_number("opinion_issue_days", calendar_days),
    key="opinion_id",
    counts_from="decided_on",
    paused_by=pb.OpinionReviewPaused,
    resumed_by=pb.OpinionReviewResumed,
    cancelled_by=pb.OpinionNotNeeded,
)


def _reply(event: Any) -> tuple[str, ...]:
    """A clock is that of the opinion as it was received first: on paper its id is the own one, which its events keep
    when they tell a node of its copy."""
    if isinstance(event, pb.OpinionReceived):
        return (event.opinion_id,)
    return event.opinion_id, event.opinion_case_id


REPLY = Deadline(
    "opinion.reply",
    basis="人民检察院行刑反向衔接工作指引 art. 20; 刑事诉讼法 art. 177",
    title="回复检察意见",
    # Another copy of an opinion that is here has no period of its own.
    starts=when(pb.OpinionReceived, lambda event: event.same_as_id == ""),
    # A reply on the handling so far is a reply (办理情况).
    ends=pb.OpinionReplied,
    cancelled_by=(pb.OpinionReturned, pb.OpinionWithdrawalRecorded),
    within=until("reply_nominal_on", roll=True),
    key=_reply,
    version=2,
)

REPLY_AWAITED = Deadline(
    "opinion.reply_awaited",
    basis="人民检察院行刑反向衔接工作指引 art. 20; 刑事诉讼法 art. 177",
    title="行政机关回复检察意见",
    starts=when(pb.OpinionReceived, received=True),
    ends=when(pb.OpinionReplied, received=True),
    cancelled_by=(when(pb.OpinionReturned, received=True), pb.OpinionWithdrawn),
    within=until("reply_nominal_on", roll=True),
    key="opinion_id",
    # Of a copy the first one counts, and a reply to that counts, too, which the node hears of with the copy.
    counts_from="first_received_on",
    responsible=lambda event, context: context.origin or "",
    asked=Asked("opinion_id", {pb.OpinionIssued: "bureau_id"}),
    mirrors="opinion.reply",
    version=2,
)

CLOCKS: Final = (OPINION_REVIEW, OPINION_ISSUE, REPLY, REPLY_AWAITED)
