"""The clocks of a transfer, run by the side that must act.

国务院令第310号; 公安机关办理刑事案件程序规定 arts. 175-182.

Order 310 does not say whether its days are working or calendar days: the dated switch `o310_days` decides. Its 24 hours
run on the clock and do not stop for holidays; the 7 and 15 days of a supervision are those of criminal procedure.
Whoever waits for another keeps that other's clock, too, and sees a late step even when the other's node is silent: both
name the same body as responsible and the transfer as subject, and neither has any content. A clock of another's is that
of one referral: police that get a case later do not end the clock of those that had it before.
"""

from typing import Any, Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.deadlines import (
    RIGHT,
    Asked,
    Deadline,
    StartContext,
    by_number,
    by_policy,
    calendar_days,
    hours,
    nobody,
    when,
    working_days,
)

THREE_DAYS = by_policy("o310_days", calendar=calendar_days(3), working=working_days(3))

SUPPLEMENT_DEMAND = hours(24)
"""For so long after the acceptance the police may ask for missing materials (公安机关办理刑事案件程序规定 art. 180).

A right that lapses, not a duty that is missed: it is a limit for the guard and no clock.
"""

REASONS_DAYS = calendar_days(7)
"""Time of the police to state their reasons, from the arrival of the question; counted by 刑事诉讼法 art. 105."""


def _teller(event: Any, context: StartContext) -> str:
    """Who told the starting event must act."""
    return context.origin or context.authority.id


_SENT: Final = Asked("transfer_id", {pb.CaseTransferred: "police_id", forwarding.TransferRedirected: "police_id"})
"""Police that the bureau gave the case to."""
_SUPERVISED: Final = Asked(
    "supervision_id", {supervision.ReasonsAsked: "police_id", supervision.FilingOrdered: "police_id"}
)
"""Police that the procuratorate asked, or told to file."""

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
    cancelled_by=(
        pb.PoliceFilingRecorded,
        pb.PoliceRefusalRecorded,
        forwarding.PoliceForwarded,
        forwarding.PoliceDeclined,
    ),
    within=calendar_days(3),
    key="transfer_id",
    version=2,
)

POLICE_FORWARDING = Deadline(
    "transfer.forward",
    basis="国务院令第310号 art. 7; 公安机关办理刑事案件程序规定 art. 180",
    title="公安机关转送有管辖权的机关",
    starts=when(forwarding.JurisdictionDenied, received=True),
    ends=(when(forwarding.ReferralForwarded, received=True), when(forwarding.ReferralDeclined, received=True)),
    cancelled_by=when(supervision.FilingOrderReceived, received=True),
    within=hours(24),
    key="referral_id",
    subject="transfer_id",
    counts_from="accepted_at",
    responsible=_teller,
    asked=_SENT,
    mirrors="referral.forward",
)

POLICE_DECISION = Deadline(
    "transfer.filing_decision",
    basis="国务院令第310号 art. 8",
    title="公安机关决定是否立案",
    # Police that answer on paper keep no clock themselves: theirs is in paper_deadlines.py, and mirrors nothing.
    starts=when(pb.PoliceReceiptRecorded, lambda event: event.referral_id != ""),
    # The police's own events end it, with the instant of their act: a late message does not make them late.
    ends=(when(pb.CriminalCaseFiled, received=True), when(pb.FilingRefused, received=True)),
    cancelled_by=(when(forwarding.ReferralForwarded, received=True), when(forwarding.ReferralDeclined, received=True)),
    extended_by=when(reconsideration.FilingDecisionExtended, received=True),
    extension=lambda event: event.days,
    within=THREE_DAYS,
    key="referral_id",
    subject="transfer_id",
    responsible=lambda event, context: event.police_id,
    mirrors="referral.filing_decision",
    version=2,
)

RECONSIDERATION = Deadline(
    "transfer.reconsideration",
    basis="国务院令第310号 art. 9; 公安机关办理刑事案件程序规定 art. 181",
    title="提请公安机关复议",
    starts=pb.PoliceRefusalRecorded,
    ends=reconsideration.ReconsiderationRequested,
    cancelled_by=(pb.CaseReturned, supervision.SupervisionSuggested, pb.PoliceFilingRecorded),
    within=THREE_DAYS,
    key="transfer_id",
    responsible=nobody,
    mirrors=RIGHT,
)

SUPERVISION = Deadline(
    "transfer.supervision",
    basis="国务院令第310号 art. 9",
    title="建议人民检察院立案监督",
    starts=(pb.PoliceRefusalRecorded, reconsideration.PoliceRefusalMaintained),
    ends=supervision.SupervisionSuggested,
    cancelled_by=(pb.CaseReturned, reconsideration.ReconsiderationRequested, pb.PoliceFilingRecorded),
    within=THREE_DAYS,
    key="transfer_id",
    responsible=nobody,
    mirrors=RIGHT,
)

POLICE_RECONSIDERATION = Deadline(
    "transfer.reconsideration_decision",
    basis="国务院令第310号 art. 9; 公安机关办理刑事案件程序规定 art. 181",
    title="公安机关作出复议决定",
    starts=when(reconsideration.ReconsiderationReceived, received=True),
    ends=(when(pb.CriminalCaseFiled, received=True), when(reconsideration.RefusalMaintained, received=True)),
    cancelled_by=when(supervision.FilingOrderReceived, received=True),
    within=THREE_DAYS,
    key="referral_id",
    subject="transfer_id",
    responsible=_teller,
    asked=_SENT,
    mirrors="referral.reconsideration_decision",
)

POLICE_ORDERED_FILING = Deadline(
    "transfer.ordered_filing",
    basis="国务院令第310号 art. 9; 公安机关办理刑事案件程序规定 art. 182",
    title="公安机关按检察机关通知立案",
    starts=when(supervision.FilingOrderReceived, received=True),
    ends=when(pb.CriminalCaseFiled, received=True),
    within=calendar_days(15),
    key="referral_id",
    subject="transfer_id",
    responsible=_teller,
    asked=_SENT,
    mirrors="referral.ordered_filing",
)

NEXT_STEP = Deadline(
    "transfer.next_step",
    basis="国务院令第310号 arts. 9, 10, 13; number of days: design",
    title="公安机关不立案或者刑事程序终结后，提请复议、建议监督或者退回行政处理",
    # The 90 days stand still meanwhile, so without this clock a case that nobody takes back would rest unseen.
    starts=(
        when(pb.PoliceRefusalRecorded, lambda event: not event.moves_nothing),
        when(reconsideration.PoliceRefusalMaintained, lambda event: not event.moves_nothing),
        forwarding.PoliceDeclined,
        # Good reasons for not having decided leave the case with the police, unless they have decided since.
        when(
            supervision.SupervisionStepRecorded,
            lambda event: (
                event.step == supervision.SUPERVISION_STEP_UPHELD
                and (event.about == supervision.NON_FILING_REFUSED or event.leaves_to_bureau)
                and not event.moves_nothing
            ),
        ),
        when(
            outcomes.OutcomeRecorded,
            lambda event: event.outcome != outcomes.TRANSFER_OUTCOME_CONVICTED and not event.moves_nothing,
        ),
    ),
    ends=(reconsideration.ReconsiderationRequested, supervision.SupervisionSuggested, pb.CaseReturned),
    cancelled_by=(
        when(pb.PoliceFilingRecorded, lambda event: not event.moves_nothing),
        when(
            supervision.SupervisionStepRecorded,
            lambda event: event.step != supervision.SUPERVISION_STEP_UPHELD and not event.moves_nothing,
        ),
        when(outcomes.OutcomeRecorded, lambda event: event.outcome == outcomes.TRANSFER_OUTCOME_CONVICTED),
    ),
    within=by_number("transfer_next_step_working_days", working_days),
    key="transfer_id",
    version=3,
)

HAND_OVER = Deadline(
    "transfer.hand_over",
    basis="国务院令第310号 art. 12",
    title="移交涉案财物和案件材料",
    starts=when(pb.PoliceFilingRecorded, lambda event: not event.moves_nothing),
    # What goes first ends them only where nothing follows.
    ends=when(pb.PropertyHandedOver, lambda event: not event.property_follows),
    cancelled_by=outcomes.OutcomeRecorded,
    within=THREE_DAYS,
    key="transfer_id",
    version=4,
)

FORWARDING = Deadline(
    "referral.forward",
    basis="国务院令第310号 art. 7; 公安机关办理刑事案件程序规定 art. 180",
    title="转送有管辖权的机关",
    starts=forwarding.JurisdictionDenied,
    # Their own: police to which others passed the case on have the letter of those, too, and it may come late.
    ends=(when(forwarding.ReferralForwarded, received=False), when(forwarding.ReferralDeclined, received=False)),
    cancelled_by=supervision.FilingOrderReceived,
    within=hours(24),
    key="transfer_id",
    counts_from="accepted_at",
    version=2,
)

FILING_DECISION = Deadline(
    "referral.filing_decision",
    basis="国务院令第310号 art. 8; 公安机关办理刑事案件程序规定 art. 180",
    title="决定是否立案",
    starts=pb.ReferralReceiptSigned,
    ends=(pb.CriminalCaseFiled, pb.FilingRefused),
    cancelled_by=(forwarding.ReferralForwarded, forwarding.ReferralDeclined),
    extended_by=reconsideration.FilingDecisionExtended,
    extension=lambda event: event.days,
    within=THREE_DAYS,
    key="transfer_id",
    version=2,
)

RECONSIDERATION_DECISION = Deadline(
    "referral.reconsideration_decision",
    basis="国务院令第310号 art. 9; 公安机关办理刑事案件程序规定 art. 181",
    title="作出复议决定",
    starts=reconsideration.ReconsiderationReceived,
    ends=(pb.CriminalCaseFiled, reconsideration.RefusalMaintained),
    cancelled_by=supervision.FilingOrderReceived,
    within=THREE_DAYS,
    key="transfer_id",
)

REASONS = Deadline(
    "referral.reasons",
    basis="公安机关办理刑事案件程序规定 art. 182; 人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 art. 9",
    title="说明不立案理由",
    starts=supervision.ReasonsRequestReceived,
    ends=supervision.ReasonsStated,
    # Police that passed the case on have no non-filing to justify any more.
    cancelled_by=(pb.CriminalCaseFiled, when(forwarding.ReferralForwarded, received=False)),
    within=REASONS_DAYS,
    key="transfer_id",
    version=2,
)

ORDERED_FILING = Deadline(
    "referral.ordered_filing",
    basis="公安机关办理刑事案件程序规定 art. 182; 人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 art. 10",
    title="按检察机关通知立案",
    starts=supervision.FilingOrderReceived,
    ends=pb.CriminalCaseFiled,
    within=calendar_days(15),
    key="transfer_id",
)

POLICE_REASONS = Deadline(
    "supervision.reasons",
    basis="人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 art. 9; 公安机关办理刑事案件程序规定 art. 182",
    title="公安机关说明不立案理由",
    starts=when(supervision.ReasonsRequestReceived, received=True),
    ends=when(supervision.ReasonsStated, received=True),
    cancelled_by=(when(pb.CriminalCaseFiled, received=True), when(forwarding.ReferralForwarded, received=True)),
    within=REASONS_DAYS,
    key="referral_id",
    subject="transfer_id",
    responsible=_teller,
    asked=_SUPERVISED,
    mirrors="referral.reasons",
    version=2,
)

SUPERVISED_FILING = Deadline(
    "supervision.ordered_filing",
    basis="人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 art. 10; 公安机关办理刑事案件程序规定 art. 182",
    title="公安机关按通知立案",
    starts=when(supervision.FilingOrderReceived, received=True),
    ends=when(pb.CriminalCaseFiled, received=True),
    within=calendar_days(15),
    key="referral_id",
    subject="transfer_id",
    responsible=_teller,
    asked=_SUPERVISED,
    mirrors="referral.ordered_filing",
)

CLOCKS: Final = (
    HEAD_DECISION,
    SEND,
    SUPPLEMENT,
    POLICE_FORWARDING,
    POLICE_DECISION,
    RECONSIDERATION,
    SUPERVISION,
    POLICE_RECONSIDERATION,
    POLICE_ORDERED_FILING,
    NEXT_STEP,
    HAND_OVER,
    FORWARDING,
    FILING_DECISION,
    RECONSIDERATION_DECISION,
    REASONS,
    ORDERED_FILING,
    POLICE_REASONS,
    SUPERVISED_FILING,
)
