"""The clocks of a transfer, run by the side that must act (国务院令第310号; 公安机关办理刑事案件程序规定 art. 180).

Order 310 does not say whether its days are working or calendar days: the dated switch `o310_days` decides. Its 24 hours
run on the clock and do not stop for holidays. The bureau also keeps the police's clock, so that it sees a late decision
even when the police's node is silent; both name the police as responsible and the transfer as subject.
"""

from enforcement.transfer.v1 import events_pb2 as pb

from services.kernel.deadlines import Deadline, Deadlines, by_policy, calendar_days, hours, when, working_days

THREE_DAYS = by_policy("o310_days", calendar=calendar_days(3), working=working_days(3))

SUPPLEMENT_DEMAND = hours(24)
"""For so long after the acceptance the police may ask for missing materials (公安机关办理刑事案件程序规定 art. 180).

A right that lapses, not a duty that is missed: it is a limit for the guard and no clock.
"""

HEAD_DECISION = Deadline(
    "transfer.head_decision",
    basis="国务院令第310号 art. 5",
    title="正职负责人决定是否移送",
    starts=pb.ReportSubmitted,
    ends=(pb.TransferApproved, pb.TransferRejected),
    within=THREE_DAYS,
    key="transfer_id",
)

SEND = Deadline(
    "transfer.send",
    basis="国务院令第310号 art. 5",
    title="向同级公安机关移送",
    starts=pb.TransferApproved,
    ends=pb.CaseTransferred,
    within=hours(24),
    key="transfer_id",
)

SUPPLEMENT = Deadline(
    "transfer.supplement",
    basis="公安机关办理刑事案件程序规定 art. 180",
    title="补充移送材料",
    starts=pb.SupplementRequested,
    ends=pb.SupplementSent,
    cancelled_by=(pb.PoliceFilingRecorded, pb.PoliceRefusalRecorded),
    within=calendar_days(3),
    key="transfer_id",
)

POLICE_DECISION = Deadline(
    "transfer.filing_decision",
    basis="国务院令第310号 art. 8",
    title="公安机关决定是否立案",
    starts=pb.PoliceReceiptRecorded,
    # The police's own events end it, with the instant of their act: a late message does not make them late.
    ends=(when(pb.CriminalCaseFiled, received=True), when(pb.FilingRefused, received=True)),
    within=THREE_DAYS,
    key="transfer_id",
    responsible=lambda event, context: event.police_id,
    mirrors="referral.filing_decision",
)

HAND_OVER = Deadline(
    "transfer.hand_over",
    basis="国务院令第310号 art. 12",
    title="移交涉案财物和案件材料",
    starts=pb.PoliceFilingRecorded,
    ends=pb.PropertyHandedOver,
    within=THREE_DAYS,
    key="transfer_id",
)

FILING_DECISION = Deadline(
    "referral.filing_decision",
    basis="国务院令第310号 art. 8; 公安机关办理刑事案件程序规定 art. 180",
    title="决定是否立案",
    starts=pb.ReferralReceiptSigned,
    ends=(pb.CriminalCaseFiled, pb.FilingRefused),
    within=THREE_DAYS,
    key="transfer_id",
)

DEADLINES = Deadlines(HEAD_DECISION, SEND, SUPPLEMENT, POLICE_DECISION, HAND_OVER, FILING_DECISION)
