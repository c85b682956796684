"""The clocks of a case, and the limits that its decisions compare with.

Working and calendar days as the law counts them: 行政处罚法 art. 85, 行政强制法 art. 69.
"""

from enforcement.cases.v1 import events_pb2 as pb

from services.kernel.deadlines import Deadline, Deadlines, by_number, calendar_days, months, when, working_days

LIMITATION = months(24, roll=False)
"""追责时效: an act not discovered within two years is not punished (行政处罚法 art. 36)."""

LIMITATION_SERIOUS_HARM = months(60, roll=False)
"""Five years where life, health or financial safety is concerned and harm was done (行政处罚法 art. 36)."""

DECISIONS = (pb.PenaltyDecided, pb.NoPenaltyDecided, pb.ViolationNotEstablished)

FILING = Deadline(
    "cases.filing",
    basis="交通运输行政执法程序规定 art. 62 (及时); number of days: design",
    title="决定是否立案",
    starts=pb.ClueRegistered,
    ends=(pb.CaseFiled, pb.CaseNotFiled),
    within=by_number("clue_filing_working_days", working_days),
    key="case_id",
)

DECISION = Deadline(
    "cases.decision",
    basis="行政处罚法 art. 60",
    title="作出行政处罚决定",
    starts=pb.CaseFiled,
    ends=DECISIONS,
    within=calendar_days(90),
    key="case_id",
    # No text says whether the 90 days run while the police have the case: the switch decides.
    paused_by=when(
        pb.CriminalTransferNoted,
        lambda event: event.phase == pb.TRANSFER_PHASE_RECEIVED,
        switch="decision_clock_while_transferred=pause",
    ),
    resumed_by=when(pb.CriminalTransferNoted, lambda event: event.phase == pb.TRANSFER_PHASE_RETURNED),
)

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
)

SERVICE = Deadline(
    "cases.service",
    basis="行政处罚法 art. 61",
    title="送达行政处罚决定书",
    starts=DECISIONS,
    ends=pb.DecisionServed,
    within=working_days(7),
    key="case_id",
)

DEADLINES = Deadlines(FILING, DECISION, PRESERVATION, SEIZURE, SERVICE)
