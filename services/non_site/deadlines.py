"""The clocks of non-site enforcement. Only the notice to the home place has a number in the law; the others are
switches, since 行政处罚法 art. 41 says 及时.
"""

from enforcement.non_site.v1 import capture_pb2 as capture
from enforcement.non_site.v1 import device_pb2 as device
from enforcement.non_site.v1 import follow_up_pb2 as follow_up

from services.kernel.deadlines import (
    RIGHT,
    Deadline,
    Deadlines,
    by_number,
    calendar_days,
    nobody,
    until,
    when,
    working_days,
)
from services.non_site.model.follow_up import gone


def _to_review(event: capture.CaptureChecked) -> bool:
    return event.passed and event.assessment.violation


def _mismatched(event: capture.CaptureReviewed) -> bool:
    return event.dimensions_disagree


def _accepted(event: capture.CaptureReviewed) -> bool:
    return event.accepted


def _due(event: follow_up.CaseHandled) -> bool:
    return event.notice_due


def _valid_longest(event: device.CertificateRecorded | device.CertificateInvalidated) -> bool:
    return not event.superseded


def _case(event: follow_up.CaseHandled) -> str:
    return event.case_id


CERTIFICATE = Deadline(
    "non_site.certificate",
    basis="行政处罚法 art. 41; 计量法 art. 9 (from knowledge)",
    title="续检计量器具",
    starts=when(device.CertificateRecorded, _valid_longest),
    ends=when(device.CertificateRecorded, _valid_longest),
    cancelled_by=(device.DeviceRetired, when(device.CertificateInvalidated, _valid_longest)),
    within=until("valid_to_on"),
    key="device_id",
    version=2,
)

REVIEW = Deadline(
    "non_site.review",
    basis="行政处罚法 art. 41; number of days: design",
    title="审核电子技术监控设备记录",
    starts=when(capture.CaptureChecked, _to_review),
    ends=capture.CaptureReviewed,
    within=by_number("capture_review_working_days", working_days),
    key="capture_id",
)

MISMATCH_COPY = Deadline(
    "non_site.mismatch_copy",
    basis="超限运输车辆行驶公路管理规定 art. 45; number of days: design",
    title="向公安机关交通管理部门抄告外廓尺寸不符的车辆",
    starts=when(capture.CaptureReviewed, _mismatched),
    ends=capture.MismatchCopied,
    within=by_number("mismatch_copy_days", calendar_days),
    key="capture_id",
)

NOTICE = Deadline(
    "non_site.notice",
    basis="行政处罚法 art. 41 (及时); number of days: design",
    title="告知当事人违法事实",
    starts=when(capture.CaptureReviewed, _accepted),
    ends=capture.PartyNotified,
    within=by_number("capture_notice_working_days", working_days),
    key="capture_id",
)

STATEMENT = Deadline(
    "non_site.statement",
    basis="行政处罚法 art. 41; number of days: design",
    title="当事人陈述申辩",
    starts=capture.PartyNotified,
    ends=(capture.CaptureContested, capture.CaptureConceded, capture.CaptureAdopted),
    within=by_number("capture_statement_working_days", working_days),
    key="capture_id",
    responsible=nobody,
    mirrors=RIGHT,
)

ANSWER = Deadline(
    "non_site.answer",
    basis="行政处罚法 arts. 41, 45; number of days: design",
    title="复核并答复当事人陈述申辩",
    starts=capture.CaptureContested,
    ends=capture.ContestAnswered,
    within=by_number("capture_answer_working_days", working_days),
    key="capture_id",
)

HOME_NOTICE = Deadline(
    "non_site.home_notice",
    basis="超限运输车辆行驶公路管理规定 art. 44",
    title="抄告车籍地道路运输管理机构",
    starts=when(follow_up.CaseHandled, _due),
    ends=follow_up.HomeNoticeIssued,
    cancelled_by=(follow_up.HomeNoticeWaived, when(follow_up.FollowUpDecided, gone)),
    within=working_days(7),
    key="follow_up_id",
    subject=_case,
    version=2,
)

DEADLINES = Deadlines(CERTIFICATE, REVIEW, MISMATCH_COPY, NOTICE, STATEMENT, ANSWER, HOME_NOTICE)
