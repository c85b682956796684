"""The clocks of collection and execution.

A clock of the party or of a court is kept by whoever waits: it names no authority as responsible and `mirrors` the
other's duty, so nobody counts it as this authority's.
"""

from collections.abc import Sequence
from typing import Final

from enforcement.collection.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.collection import periods
from services.kernel.deadlines import (
    RIGHT,
    Deadline,
    Deadlines,
    StartContext,
    by_number,
    calendar_days,
    hours,
    until,
    when,
    working_days,
)


def _another(event: Message, context: StartContext) -> str:
    """The party or a court: no authority of the registry."""
    return ""


PARTY: Final = "party"
COURT: Final = "court"
BUYER: Final = "buyer"
OVER = (pb.CollectionPerformed, pb.ExecutionEnded)
_SERVED_ANEW: Final = when(pb.PaymentDueSet, lambda event: event.anew)

PAYMENT = Deadline(
    "collection.payment",
    basis="行政处罚法 art. 67",
    title="当事人缴纳罚款、没收违法所得，履行处罚决定",
    starts=(
        when(pb.PaymentDueSet, lambda event: event.open_fen > 0 or event.duty_open),
        when(pb.PaymentReversed, lambda event: bool(event.effective_on)),
    ),
    ends=(pb.CollectionPerformed, pb.UndeferredPaid),
    within=periods.PAYMENT,
    key="collection_id",
    counts_from="effective_on",
    responsible=_another,
    mirrors=PARTY,
    # Only the fine is deferred: confiscated income and a duty stay due on their day.
    cancelled_by=(
        when(pb.InstalmentsApproved, lambda event: not (event.confiscation_open_fen or event.duty_open)),
        pb.ExecutionEnded,
        pb.PaymentDueSet,
    ),
    version=3,
)


def _instalments(event: Message) -> str | Sequence[str]:
    """The instalments that an event is about: those that no longer count, or one."""
    match event:
        case pb.InstalmentsApproved():
            return event.replaced_ids
        case pb.ExecutionEnded():
            return event.instalment_ids
        case pb.InstalmentSet() | pb.InstalmentPaid() | pb.InstalmentReopened():
            return event.instalment_id
    raise TypeError(event.DESCRIPTOR.full_name)


INSTALMENT = Deadline(
    "collection.instalment",
    basis="行政处罚法 art. 66",
    title="当事人缴纳分期（延期）罚款",
    starts=(pb.InstalmentSet, pb.InstalmentReopened),
    ends=pb.InstalmentPaid,
    within=until("due_on"),
    key=_instalments,
    subject="collection_id",
    responsible=_another,
    mirrors=PARTY,
    cancelled_by=(pb.InstalmentsApproved, pb.ExecutionEnded),
    version=3,
)

DEMAND = Deadline(
    "collection.demand",
    basis="行政强制法 arts. 54, 69",
    title="催告后当事人履行",
    starts=pb.DemandServed,
    ends=pb.CollectionPerformed,
    within=periods.DEMAND,
    key="collection_id",
    counts_from="served_on",
    responsible=_another,
    mirrors=PARTY,
    cancelled_by=(pb.DemandServed, pb.InstalmentsApproved, pb.ExecutionEnded, _SERVED_ANEW),
    version=3,
)

COURT_WINDOW = Deadline(
    "collection.court_window",
    basis="行政强制法 art. 53; 行政处罚法 art. 72; 最高人民法院适用行政诉讼法的解释 art. 156",
    title="申请人民法院强制执行",
    starts=pb.CourtWindowSet,
    ends=(pb.CourtApplied, pb.CourtAccepted, pb.CollectionPerformed, pb.ExecutionEnded),
    within=periods.COURT_WINDOW,
    key="collection_id",
    counts_from="counts_from_on",
    # It is set again when something is overdue, or the remedy has ended.
    cancelled_by=(pb.CourtWindowSet, pb.RemedyBeginNoted, pb.InstalmentsApproved, _SERVED_ANEW),
    version=3,
)

COURT_ACCEPTANCE = Deadline(
    "collection.court_acceptance",
    basis="行政强制法 arts. 56, 69",
    title="人民法院受理",
    starts=pb.CourtApplied,
    ends=(pb.CourtAccepted, pb.CourtNotAccepted),
    within=working_days(5),
    key="collection_id",
    responsible=_another,
    mirrors=COURT,
    cancelled_by=OVER,
)

COURT_RULING = Deadline(
    "collection.court_ruling",
    basis="行政强制法 arts. 57, 69",
    title="人民法院作出执行裁定",
    starts=pb.CourtAccepted,
    ends=(pb.CourtGranted, pb.CourtRefused),
    within=working_days(7),
    key="collection_id",
    responsible=_another,
    mirrors=COURT,
    cancelled_by=(pb.CourtDoubtNoted, *OVER),
)

COURT_RULING_DOUBTFUL = Deadline(
    "collection.court_ruling_doubtful",
    basis="行政强制法 art. 58",
    title="人民法院作出是否执行的裁定",
    starts=pb.CourtDoubtNoted,
    ends=(pb.CourtGranted, pb.CourtRefused),
    within=calendar_days(30),
    key="collection_id",
    counts_from="accepted_on",
    responsible=_another,
    mirrors=COURT,
    cancelled_by=OVER,
)

COURT_REVIEW_REQUEST = Deadline(
    "collection.court_review_request",
    basis="行政强制法 arts. 56, 58",
    title="对不予受理、不予执行裁定申请复议",
    starts=(pb.CourtNotAccepted, pb.CourtRefused),
    ends=pb.CourtReviewRequested,
    within=periods.COURT_REVIEW,
    key="collection_id",
    counts_from="received_on",
    # The authority may; a ruling that it accepts is no duty missed.
    mirrors=RIGHT,
    cancelled_by=(pb.CourtApplied, *OVER),
)

COURT_REVIEW_ACCEPTANCE = Deadline(
    "collection.court_review_acceptance",
    basis="行政强制法 art. 56",
    title="上一级人民法院作出是否受理的裁定",
    starts=when(pb.CourtReviewRequested, lambda event: event.ruling == pb.COURT_RULING_NOT_ACCEPTED),
    ends=(pb.CourtAccepted, pb.CourtReviewUpheld),
    within=calendar_days(15),
    key="collection_id",
    responsible=_another,
    mirrors=COURT,
    cancelled_by=OVER,
)

COURT_REVIEW_RULING = Deadline(
    "collection.court_review_ruling",
    basis="行政强制法 art. 58",
    title="上一级人民法院作出是否执行的裁定",
    starts=when(pb.CourtReviewRequested, lambda event: event.ruling == pb.COURT_RULING_REFUSED),
    ends=(pb.CourtGranted, pb.CourtReviewUpheld),
    within=calendar_days(30),
    key="collection_id",
    responsible=_another,
    mirrors=COURT,
    cancelled_by=OVER,
)

ON_SITE_HAND_IN = Deadline(
    "collection.on_site_hand_in",
    basis="行政处罚法 art. 71",
    title="将当场收缴的罚款交至行政机关",
    starts=(
        when(pb.FineCollectedOnSite, lambda event: event.ground != pb.ON_SITE_GROUND_WATER),
        pb.OnSiteLanded,
    ),
    ends=pb.OnSiteHandedIn,
    within=working_days(2),
    key="on_site_id",
    subject="collection_id",
)

ON_SITE_BANK = Deadline(
    "collection.on_site_bank",
    basis="行政处罚法 art. 71",
    title="将当场收缴的罚款缴付指定银行",
    starts=pb.OnSiteHandedIn,
    ends=pb.OnSiteBanked,
    within=working_days(2),
    key="on_site_id",
    subject="collection_id",
)

REFUND = Deadline(
    "collection.refund",
    basis="design",
    title="退付多缴款项",
    starts=pb.RefundProposed,
    ends=(pb.RefundExecuted, pb.RefundRejected),
    within=by_number("refund_working_days", working_days),
    key="refund_id",
    subject="collection_id",
    cancelled_by=(pb.RefundFailed, pb.RefundWithdrawn),
    version=2,
)

AUCTION_PRICE = Deadline(
    "collection.auction_price",
    basis="拍卖法 art. 39; number of days: design",
    title="买受人支付拍卖价款",
    starts=pb.AuctionSold,
    # A part of the price leaves the rest due.
    ends=when(pb.AuctionProceedsReceived, lambda event: not event.outstanding_fen),
    within=by_number("auction_price_working_days", working_days),
    key="auction_id",
    subject="collection_id",
    responsible=_another,
    mirrors=BUYER,
    cancelled_by=pb.AuctionBuyerDefaulted,
    version=2,
)

AUCTION_REMAINDER = Deadline(
    "collection.auction_remainder",
    basis="行政强制法 art. 46; number of days: design",
    title="退还拍卖余款",
    starts=when(pb.AuctionProceedsReceived, lambda event: event.remainder_fen > 0),
    # A part of it that is paid back leaves the rest the party's.
    ends=(
        when(
            pb.RefundExecuted,
            lambda event: event.account == pb.ACCOUNT_AUCTION_REMAINDER and not event.remainder_left_fen,
        ),
        when(
            pb.DifferenceResolved,
            lambda event: event.from_account == pb.ACCOUNT_AUCTION_REMAINDER and not event.remainder_left_fen,
        ),
    ),
    within=by_number("refund_working_days", working_days),
    key="collection_id",
    version=2,
)

DUTY_DEMAND = Deadline(
    "execution.duty_demand",
    basis="行政强制法 art. 35",
    title="催告后当事人履行义务",
    starts=pb.ExecutionDemanded,
    ends=pb.OwnExecutionEnded,
    within=until("perform_by_on"),
    key="execution_id",
    responsible=_another,
    mirrors=PARTY,
)

OWN_REMOVAL = Deadline(
    "execution.own_removal",
    basis="行政强制法 art. 44",
    title="公告后当事人自行拆除",
    starts=pb.ExecutionNoticePosted,
    ends=pb.OwnExecutionEnded,
    within=until("perform_by_on"),
    key="execution_id",
    responsible=_another,
    mirrors=PARTY,
    cancelled_by=pb.ExecutionNoticePosted,
)

SUBSTITUTE_DEMAND = Deadline(
    "execution.substitute_demand",
    basis="行政强制法 arts. 51, 69",
    title="代履行前催告后当事人履行",
    starts=pb.SubstituteDemanded,
    ends=pb.OwnExecutionEnded,
    within=periods.SUBSTITUTE_DEMAND,
    key="execution_id",
    counts_from="demanded_on",
    responsible=_another,
    mirrors=PARTY,
    cancelled_by=pb.SubstituteDemanded,
    version=2,
)

INFORM = Deadline(
    "execution.inform",
    basis="行政强制法 art. 52; number of hours: design",
    title="立即代履行后通知当事人",
    starts=when(pb.ImmediateClearingDone, lambda event: not event.party_present),
    ends=pb.ExecutionPartyInformed,
    within=by_number("clearing_inform_hours", hours),
    key="execution_id",
)

DEADLINES = Deadlines(
    PAYMENT,
    INSTALMENT,
    DEMAND,
    COURT_WINDOW,
    COURT_ACCEPTANCE,
    COURT_RULING,
    COURT_RULING_DOUBTFUL,
    COURT_REVIEW_REQUEST,
    COURT_REVIEW_ACCEPTANCE,
    COURT_REVIEW_RULING,
    ON_SITE_HAND_IN,
    ON_SITE_BANK,
    REFUND,
    AUCTION_PRICE,
    AUCTION_REMAINDER,
    DUTY_DEMAND,
    OWN_REMOVAL,
    SUBSTITUTE_DEMAND,
    INFORM,
)

PAYMENT_RULES: Final = frozenset({PAYMENT.rule_id, INSTALMENT.rule_id})
"""Clocks whose end means that a due day passed."""
