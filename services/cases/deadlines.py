"""The clocks of a case, and the limits that its decisions compare with.

Here up to the decision; from its service on in decided_deadlines, on the spot in on_spot_deadlines.

Working and calendar days as the law counts them: 行政处罚法 art. 85, 行政强制法 art. 69.
"""

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import side_states_pb2 as side

from services.kernel.deadlines import (
    RIGHT,
    Deadline,
    Trigger,
    by_number,
    calendar_days,
    hours,
    months,
    nobody,
    until,
    when,
    working_days,
)

LIMITATION = months(24, roll=False)
"""追责时效: an act not discovered within two years is not punished (行政处罚法 art. 36)."""

LIMITATION_SERIOUS_HARM = months(60, roll=False)
"""Five years where life, health or financial safety is concerned and harm was done (行政处罚法 art. 36)."""

HEARING_NOTICE = working_days(7)
"""The party is told of time and place before the hearing: it is held on the seventh working day at the earliest
(行政处罚法 art. 64)."""

DECISIONS = (pb.PenaltyDecided, pb.NoPenaltyDecided, pb.ViolationNotEstablished)

CLUE = "线索"
"""services.cases.model.Stage.CLUE, which this module cannot import: the model compares with the limits below."""


def told(event: imports.CaseImported) -> bool:
    """Told, and nothing decided."""
    return bool(event.told_on) and not event.decided_on and not event.closed_on


def imported(*, after: str, before: str) -> Trigger:
    """A case of an older system that had come as far as one day and not as far as the other: a clock that would have
    begun on the first one runs."""
    return when(
        imports.CaseImported,
        lambda event: bool(getattr(event, after)) and not (getattr(event, before) or event.closed_on),
    )


def _goes_on(event: side.CaseResumed | side.JurisdictionSettled) -> bool:
    return not event.still_standing


_DISPUTE_ENDED = when(side.JurisdictionSettled, _goes_on)

_TAKEN_OVER = when(side.AdministrativeTransferNoted, lambda event: event.accepted)

_HERE_AGAIN = when(side.AdministrativeTransferNoted, lambda event: not event.accepted)

FILING = Deadline(
    "cases.filing",
    basis="交通运输行政执法程序规定 art. 62 (及时); number of days: design",
    title="决定是否立案",
    starts=(pb.ClueRegistered, when(imports.CaseImported, lambda event: event.imported.stage == CLUE)),
    counts_from_in={imports.CaseImported: "registered_on"},
    ends=(pb.CaseFiled, pb.CaseNotFiled),
    within=by_number("clue_filing_working_days", working_days),
    key="case_id",
    # Whose clue it is, or whether the receiver takes it, is not this authority's to decide.
    paused_by=(side.JurisdictionDisputed, side.CaseTransferredToAuthority),
    resumed_by=(_DISPUTE_ENDED, _HERE_AGAIN),
    cancelled_by=(_TAKEN_OVER, pb.CaseClosed),
    version=3,
)

BACK = (pb.TRANSFER_PHASE_RETURNED, pb.TRANSFER_PHASE_CONCLUDED)
"""The case is in the authority's hands again, with the decision or the closing that is left to it."""

DECISION = Deadline(
    "cases.decision",
    basis="行政处罚法 art. 60",
    title="作出行政处罚决定",
    # Where another decision is ordered no text says by when: it gets the time of a first one.
    starts=(
        pb.CaseFiled,
        when(decisions.DecisionRevoked, lambda event: event.anew),
        imported(after="filed_on", before="decided_on"),
    ),
    counts_from_in={imports.CaseImported: "filed_on"},
    ends=DECISIONS,
    within=calendar_days(90),
    key="case_id",
    # No text says whether the 90 days run while the police have the case, or during a hearing: the switches decide.
    paused_by=(
        when(
            pb.CriminalTransferNoted,
            lambda event: event.phase == pb.TRANSFER_PHASE_RECEIVED,
            switch="decision_clock_while_transferred=pause",
        ),
        when(hearing.HearingRequested, switch="decision_clock_during_hearing=pause"),
        side.CaseSuspended,
        side.JurisdictionDisputed,
    ),
    resumed_by=(
        when(
            pb.CriminalTransferNoted,
            lambda event: event.phase in BACK and not event.still_standing,
        ),
        when(hearing.HearingReported, switch="decision_clock_during_hearing=pause"),
        when(hearing.HearingRequestWithdrawn, switch="decision_clock_during_hearing=pause"),
        when(
            hearing.HearingHeld,
            lambda event: event.attendance in (hearing.ATTENDANCE_ABSENT, hearing.ATTENDANCE_LEFT),
            switch="decision_clock_during_hearing=pause",
        ),
        # A hearing that begins anew with notice or investigation is over.
        when(pb.NoticeServed, lambda event: bool(event.new_facts), switch="decision_clock_during_hearing=pause"),
        when(notices.InvestigationReopened, switch="decision_clock_during_hearing=pause"),
        when(side.CaseResumed, _goes_on),
        _DISPUTE_ENDED,
    ),
    cancelled_by=(
        pb.CaseClosed,
        _TAKEN_OVER,
        when(side.CaseTransferredToAuthority, lambda event: not event.receiver_id),
    ),
    extended_by=decisions.DecisionExtended,
    extension=lambda event: event.days,
    version=4,
)


DISPUTE = Deadline(
    "cases.dispute",
    basis="行政处罚法 art. 25; number of days: design, after the 7 working days of market regulation",
    title="协商解决管辖争议或者报请指定管辖",
    starts=side.JurisdictionDisputed,
    # Whichever side asks the superior asks for both, and the other notes it.
    ends=(side.DisputeEscalated, disputes.DesignationEntered, side.JurisdictionSettled),
    within=by_number("dispute_negotiation_working_days", working_days),
    key="case_id",
)

DESIGNATION_AWAITED = Deadline(
    "cases.designation_awaited",
    basis="行政处罚法 art. 25; number of days: design",
    title="催请共同上级指定管辖",
    # Either side keeps it, whoever asked; a reminder begins it anew, so that a silent superior is reminded again.
    starts=(when(side.DisputeEscalated, lambda event: not event.again), disputes.SuperiorReminded),
    ends=(disputes.DesignationEntered, side.JurisdictionSettled, disputes.SuperiorReminded),
    within=by_number("designation_awaited_working_days", working_days),
    key="case_id",
)
"""Both stay frozen until the superior speaks, which may be on paper: what no clock of a node shows is seen here."""

DESIGNATION_NOTED = Deadline(
    "cases.designation_noted",
    basis="行政处罚法 art. 25; number of days: design",
    title="对方签认指定管辖",
    starts=disputes.DesignationEntered,
    ends=side.JurisdictionSettled,
    within=by_number("designation_noted_working_days", working_days),
    key="case_id",
    responsible=lambda event, context: str(event.other_id),
)
"""Both stay frozen until the other signs, which its node does when it has the word: silence is seen here."""

PRESERVATION = Deadline(
    "cases.preservation",
    basis="行政处罚法 art. 56",
    title="对先行登记保存的证据作出处理决定",
    starts=pb.EvidencePreserved,
    ends=pb.PreservationDecided,
    within=working_days(7),
    key="measure_id",
    subject="case_id",
)

SEIZURE = Deadline(
    "cases.seizure",
    basis="行政强制法 art. 25",
    title="扣押期限届满前作出处理决定",
    starts=pb.ItemsSeized,
    ends=(pb.SeizureReleased, pb.SeizureHandedOver),
    within=calendar_days(30),
    key="measure_id",
    subject="case_id",
    extended_by=pb.SeizureExtended,
    extension=30,
    # Testing time does not count if the party was told of its length in writing.
    paused_by=when(evidence.TestCommissioned, lambda event: event.HasField("told")),
    resumed_by=(evidence.TestResultRecorded, evidence.TestingTimeEnded),
    version=2,
)

INSTITUTION = "institution"
"""`mirrors` of a time that a testing institution was given."""

PARTY = "party"
"""`mirrors` of a duty of the party."""

PERIOD = "period"
"""`mirrors` of a time that runs out by itself."""

TESTING = Deadline(
    "cases.testing",
    basis="行政强制法 art. 25",
    title="检测、检验、检疫或者技术鉴定期间",
    starts=(
        when(evidence.TestCommissioned, lambda event: event.HasField("told") and bool(event.measure_id)),
        when(evidence.TestProlonged, lambda event: bool(event.measure_id)),
    ),
    ends=(evidence.TestResultRecorded, evidence.TestingTimeEnded),
    within=until("until_on"),
    key="test_id",
    subject="case_id",
    responsible=nobody,
    mirrors=INSTITUTION,
    cancelled_by=evidence.TestProlonged,
)
"""When it ends the seizure runs again by itself: only the time that the party was told does not count."""

EMERGENCY_REPORT = Deadline(
    "cases.emergency_report",
    basis="行政强制法 art. 19",
    title="报告紧急扣押",
    starts=when(pb.ItemsSeized, lambda event: event.emergency),
    # Only a leader releases: whoever does has been told.
    ends=(pb.EmergencySeizureReported, pb.SeizureReleased),
    within=hours(24),
    key="measure_id",
    subject="case_id",
    version=3,
)

EMERGENCY_APPROVAL = Deadline(
    "cases.emergency_approval",
    basis="行政强制法 art. 19; number of hours: switch",
    title="补办紧急扣押批准手续",
    starts=when(pb.ItemsSeized, lambda event: event.emergency),
    ends=(pb.EmergencySeizureDecided, pb.SeizureReleased),
    within=by_number("emergency_approval_hours", hours),
    key="measure_id",
    subject="case_id",
)

CORRECTION = Deadline(
    "cases.correction",
    basis="行政处罚法 art. 28",
    title="当事人改正违法行为",
    starts=pb.CorrectionOrdered,
    ends=when(pb.CorrectionChecked, lambda event: event.corrected),
    within=until("due_on"),
    key="case_id",
    responsible=nobody,
    mirrors=PARTY,
    cancelled_by=(pb.CorrectionOrdered, pb.CaseClosed, _TAKEN_OVER),
)

DEFENCE = Deadline(
    "cases.defence",
    basis="行政处罚法 arts. 44, 45; number of days: design",
    title="当事人陈述申辩",
    starts=(
        pb.NoticeServed,
        when(notices.NoticeServedAnew, lambda event: not event.defence_made),
        when(imports.CaseImported, lambda event: told(event) and not event.imported.defence),
    ),
    counts_from_in={imports.CaseImported: "told_on"},
    ends=pb.DefenceRecorded,
    within=by_number("defence_working_days", working_days),
    key="case_id",
    counts_from="effective_on",
    responsible=nobody,
    mirrors=RIGHT,
    cancelled_by=(pb.NoticeServed, notices.NoticeServedAnew, notices.InvestigationReopened, *DECISIONS),
    version=4,
)

HEARING_REQUEST = Deadline(
    "cases.hearing_request",
    basis="行政处罚法 art. 64",
    title="当事人申请听证",
    starts=(
        when(pb.NoticeServed, lambda event: event.hearing_right),
        when(notices.NoticeServedAnew, lambda event: event.hearing_right and not event.hearing_asked),
        when(imports.CaseImported, lambda event: told(event) and event.imported.hearing_right),
    ),
    counts_from_in={imports.CaseImported: "told_on"},
    ends=hearing.HearingRequested,
    within=working_days(5),
    key="case_id",
    counts_from="effective_on",
    responsible=nobody,
    mirrors=RIGHT,
    cancelled_by=(pb.NoticeServed, notices.NoticeServedAnew, notices.InvestigationReopened, *DECISIONS),
    version=4,
)

LEGAL_REVIEW = Deadline(
    "cases.legal_review",
    basis="行政处罚法 art. 58; number of days: design",
    title="完成法制审核",
    starts=review.LegalReviewRequested,
    ends=review.LegalReviewCompleted,
    # While nothing moves the case, or it is elsewhere, nobody may complete the review.
    paused_by=(
        side.CaseSuspended,
        side.JurisdictionDisputed,
        side.CaseTransferredToAuthority,
        decisions.CrimeTransferDecided,
    ),
    resumed_by=(
        when(side.CaseResumed, _goes_on),
        _DISPUTE_ENDED,
        _HERE_AGAIN,
        when(pb.CriminalTransferNoted, lambda event: not event.open and not event.still_standing),
    ),
    # Whatever makes the review begin anew, or needless.
    cancelled_by=(
        hearing.HearingRequested,
        notices.InvestigationReopened,
        when(pb.NoticeServed, lambda event: bool(event.new_facts)),
        _TAKEN_OVER,
        pb.CaseClosed,
        *DECISIONS,
    ),
    within=by_number("legal_review_working_days", working_days),
    key="case_id",
    version=2,
)

CLOCKS = (
    FILING,
    DECISION,
    DISPUTE,
    DESIGNATION_AWAITED,
    DESIGNATION_NOTED,
    PRESERVATION,
    SEIZURE,
    TESTING,
    EMERGENCY_REPORT,
    EMERGENCY_APPROVAL,
    CORRECTION,
    DEFENCE,
    HEARING_REQUEST,
    LEGAL_REVIEW,
)
