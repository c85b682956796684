"""The lawful case of `acts` from the notice on, act by act, with the dates of AT-02: it goes through a hearing."""

from typing import Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import review_pb2 as review
from enforcement.options.v1 import options_pb2 as options

from services.cases.model import redaction
from services.cases.model.publication import OnFile
from services.kernel.messages import to_timestamp
from tests.support.decider import HEAD, LEADER, LI, REGISTER, History, instant, officer, on, uid
from tests.unit.cases.acts import CASE, DELIVERED, FINE, NOTIFIED, PARTY, STATEMENT, changed, file

CHAIR: Final = officer("冯", options.ROLE_HEARING_CHAIR)
OTHER_CHAIR: Final = officer("褚", options.ROLE_HEARING_CHAIR)
RECORDER: Final = officer("陈", options.ROLE_RECORDER)
REVIEWER: Final = officer("卫", options.ROLE_LEGAL_REVIEWER)
REVIEWER.legally_qualified_on = "2020-03-01"
VETERAN: Final = officer("蒋", options.ROLE_LEGAL_REVIEWER)
VETERAN.reviewing_since_on = "2017-12-31"
BEGINNER: Final = officer("沈", options.ROLE_LEGAL_REVIEWER)
BEGINNER.reviewing_since_on = "2018-01-01"
CLERK: Final = officer("韩", options.ROLE_CASE_MANAGER)
PEOPLE: Final = (*REGISTER, CHAIR, OTHER_CHAIR, RECORDER, REVIEWER, VETERAN, BEGINNER, CLERK)
"""Officers whom the tests of these steps know."""

ASKED_AT: Final = "2024-10-09 10:00"
NOTIFIED_AT: Final = "2024-10-11 10:00"
HELD_AT: Final = "2024-10-21 09:00"
HEARING: Final = uid("hearing")
ASK: Final = hearing.RequestHearingRequest(case_id=CASE, request="请求听证")
ASKED: Final = hearing.HearingRequested(case_id=CASE, request="请求听证")
WITHDRAW: Final = hearing.WithdrawHearingRequestRequest(case_id=CASE, document=STATEMENT)
WITHDRAWN: Final = hearing.HearingRequestWithdrawn(case_id=CASE, document=STATEMENT)
NOTIFY: Final = hearing.NotifyHearingRequest(
    case_id=CASE,
    hearing_id=HEARING,
    held_at=to_timestamp(instant(HELD_AT)),
    place="听证室",
    chair_id=CHAIR.officer_id,
    recorder_id=RECORDER.officer_id,
    document=file("听证通知书"),
    way=events.SERVICE_WAY_DIRECT,
    proof=file("送达回证"),
)
HEARING_NOTIFIED: Final = hearing.HearingNotified(
    case_id=CASE,
    hearing_id=HEARING,
    held_at=to_timestamp(instant(HELD_AT)),
    place="听证室",
    chair=CHAIR,
    recorder=RECORDER,
    document=file("听证通知书"),
    way=events.SERVICE_WAY_DIRECT,
    proof=file("送达回证"),
    effective_on="2024-10-11",
)
CHALLENGE: Final = hearing.ChallengeChairRequest(case_id=CASE, reason="与本案有利害关系")
CHALLENGED: Final = hearing.ChairChallenged(case_id=CASE, reason="与本案有利害关系")
DECIDE_CHALLENGE: Final = hearing.DecideChairChallengeRequest(case_id=CASE, granted=True, reason="确有利害关系")
CHAIR_WITHDRAWS: Final = hearing.ChairChallengeDecided(
    case_id=CASE, granted=True, reason="确有利害关系", chair_id=CHAIR.officer_id
)
CHAIR_STAYS: Final = hearing.ChairChallengeDecided(case_id=CASE, reason="没有利害关系", chair_id=CHAIR.officer_id)
HOLD: Final = hearing.HoldHearingRequest(
    case_id=CASE,
    attendance=hearing.ATTENDANCE_PARTY,
    investigator_ids=[LI.officer_id],
    record=file("听证笔录"),
    signature=hearing.SIGNATURE_SIGNED,
)
HELD: Final = hearing.HearingHeld(
    case_id=CASE,
    hearing_id=HEARING,
    attendance=hearing.ATTENDANCE_PARTY,
    investigators=[LI],
    record=file("听证笔录"),
    signature=hearing.SIGNATURE_SIGNED,
)
REPORT: Final = hearing.ReportHearingRequest(case_id=CASE, opinion="建议按告知内容处罚", report=file("听证报告"))
HEARING_REPORTED: Final = hearing.HearingReported(
    case_id=CASE, hearing_id=HEARING, opinion="建议按告知内容处罚", report=file("听证报告")
)

CLASSIFY: Final = notices.ClassifyCaseRequest(
    case_id=CASE, review_grounds=[notices.REVIEW_GROUND_PUBLIC_INTEREST], reason="涉及公共客运"
)
MAJOR: Final = notices.CaseClassified(case_id=CASE, complex_or_major=True, reason="情节复杂")
NEEDS_REVIEW: Final = notices.CaseClassified(
    case_id=CASE, review_grounds=[notices.REVIEW_GROUND_PUBLIC_INTEREST], reason="涉及公共客运"
)
SUBMIT: Final = review.SubmitForLegalReviewRequest(case_id=CASE, draft="拟罚款一万元")
SUBMITTED: Final = review.LegalReviewRequested(case_id=CASE, draft="拟罚款一万元")
REVIEW: Final = review.CompleteLegalReviewRequest(case_id=CASE, passed=True, opinion="同意")
PASSED: Final = review.LegalReviewCompleted(case_id=CASE, passed=True, opinion="同意", reviewer=REVIEWER)
RETURNED: Final = review.LegalReviewCompleted(case_id=CASE, opinion="证据不足，退回补充", reviewer=REVIEWER)

DISCUSS: Final = review.RecordCollectiveDiscussionRequest(
    case_id=CASE,
    conclusion=review.DISCUSSION_CONCLUSION_PENALTY,
    penalties=[FINE],
    participant_ids=[LEADER.officer_id, HEAD.officer_id],
    opinions=[
        review.Opinion(officer_id=LEADER.officer_id, opinion="同意"),
        review.Opinion(officer_id=HEAD.officer_id, opinion="同意"),
    ],
)
DISCUSSED: Final = review.CollectiveDiscussionRecorded(
    case_id=CASE,
    conclusion=review.DISCUSSION_CONCLUSION_PENALTY,
    penalties=[FINE],
    participants=[LEADER, HEAD],
    opinions=DISCUSS.opinions,
)

ADDRESS: Final = delivery.DeliveryAddressConfirmed(
    case_id=CASE, address="泸县福集镇", electronic=True, system="川执法送达 13900000000"
)
POSTED: Final = delivery.ServiceNoticePosted(
    case_id=CASE, document=delivery.SERVED_DOCUMENT_DECISION, reason="下落不明", medium="门户网站"
)

TEXT: Final = "当事人张三，身份证号510521199001011234，驾驶川E12345。决定罚款一万元。"
ON_FILE: Final = OnFile(TEXT, "川泸交罚〔2024〕1号")
"""What the look-up finds: the decision's sheet in the file."""
COPY: Final = uid("copy")
PROPOSE: Final = publication.ProposePublicationRequest(case_id=CASE, publication_id=COPY, text=TEXT)
CHECK: Final = publication.CheckPublicationRequest(case_id=CASE, publication_id=COPY, passed=True)
CHECKED: Final = publication.PublicationChecked(case_id=CASE, publication_id=COPY, passed=True)
PUBLISH: Final = publication.PublishDecisionRequest(case_id=CASE, publication_id=COPY, channel="门户网站")
RETRACT: Final = publication.WithdrawPublicationRequest(case_id=CASE, explanation="处罚决定已撤销")
RETRACTED: Final = publication.PublicationWithdrawn(case_id=CASE, publication_id=COPY, explanation="处罚决定已撤销")


def proposed() -> publication.PublicationProposed:
    found = redaction.propose(TEXT, PARTY)
    return publication.PublicationProposed(
        case_id=CASE,
        publication_id=COPY,
        text_sha256=redaction.digest(TEXT),
        redactions=found,
        copy=redaction.apply(TEXT, found),
    )


PUBLISHED: Final = publication.DecisionPublished(
    case_id=CASE,
    publication_id=COPY,
    sha256=redaction.digest(proposed().copy),
    channel="门户网站",
    short_period=True,
)

REMEDY: Final = uid("remedy")
APPEAL: Final = decisions.RecordRemedyRequest(
    case_id=CASE, remedy_id=REMEDY, kind=decisions.REMEDY_KIND_RECONSIDERATION, body="泸县人民政府", reference="1号"
)
APPEALED: Final = decisions.RemedyStarted(
    case_id=CASE,
    remedy_id=REMEDY,
    kind=decisions.REMEDY_KIND_RECONSIDERATION,
    started_on="2024-12-18",
    body="泸县人民政府",
    reference="1号",
)
OUTCOME: Final = decisions.RecordRemedyOutcomeRequest(
    case_id=CASE, remedy_id=REMEDY, outcome=decisions.REMEDY_OUTCOME_MAINTAINED, reason="事实清楚"
)
APPEAL_ENDED: Final = decisions.RemedyEnded(
    case_id=CASE,
    remedy_id=REMEDY,
    kind=decisions.REMEDY_KIND_RECONSIDERATION,
    ended_on="2024-12-18",
    outcome=decisions.REMEDY_OUTCOME_MAINTAINED,
    reason="事实清楚",
)

REQUESTED: Final[History] = (*NOTIFIED, on(ASKED_AT, ASKED))
CALLED: Final[History] = (*REQUESTED, on(NOTIFIED_AT, HEARING_NOTIFIED))
HEARD: Final[History] = (*CALLED, on(HELD_AT, HELD))
FINISHED: Final[History] = (*HEARD, on("2024-10-23 10:00", HEARING_REPORTED))
SENT: Final[History] = (
    *FINISHED,
    on(
        "2024-10-24 10:00",
        changed(SUBMITTED, mandatory=True, grounds=[notices.REVIEW_GROUND_MAJOR_RIGHTS]),
    ),
)
REVIEWED: Final[History] = (*SENT, on("2024-10-25 10:00", changed(PASSED, major=True)))
PUBLIC: Final[History] = (
    *DELIVERED,
    on("2024-11-13 09:00", proposed()),
    on("2024-11-13 10:00", CHECKED),
    on("2024-11-13 11:00", PUBLISHED),
)
