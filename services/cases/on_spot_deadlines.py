"""The clocks of an on-the-spot penalty (简易程序)."""

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import on_spot_pb2 as on_spot

from services.kernel.deadlines import (
    RIGHT,
    Deadline,
    by_policy,
    calendar_days,
    months,
    nobody,
    when,
    working_days,
)

ON_SPOT_COPY = Deadline(
    "cases.on_spot_copy",
    basis="行政处罚法 art. 52; 交通运输行政执法程序规定 art. 61; unit of the days: design",
    title="当场处罚决定报所属行政机关备案",
    starts=on_spot.OnSpotPenaltyDecided,
    ends=on_spot.OnSpotCopyFiled,
    within=by_policy("five_days", WD=working_days(5), CD=calendar_days(5)),
    key="on_spot_id",
    cancelled_by=on_spot.OnSpotRevoked,
    version=2,
)

ON_SPOT_HAND_IN = Deadline(
    "cases.on_spot_hand_in",
    basis="行政处罚法 art. 71",
    title="当场收缴的罚款交至行政机关",
    # On water the two days run from the landing.
    starts=(
        when(on_spot.OnSpotPenaltyDecided, lambda event: event.collected_on_spot_fen > 0 and not event.on_water),
        on_spot.OnSpotLanded,
    ),
    ends=on_spot.OnSpotFineHandedIn,
    within=working_days(2),
    key="on_spot_id",
)

ON_SPOT_BANK = Deadline(
    "cases.on_spot_bank",
    basis="行政处罚法 art. 71",
    title="当场收缴的罚款缴付指定的银行",
    starts=on_spot.OnSpotFineHandedIn,
    ends=on_spot.OnSpotFineBanked,
    within=working_days(2),
    key="on_spot_id",
)

ON_SPOT_FORWARD = Deadline(
    "cases.on_spot_forward",
    basis="行政复议法 arts. 32, 88",
    title="转送对当场处罚的复议申请",
    starts=on_spot.OnSpotApplicationReceived,
    ends=(on_spot.OnSpotApplicationForwarded, when(on_spot.OnSpotRevoked, lambda event: bool(event.remedy_id))),
    within=working_days(5),
    key="remedy_id",
    subject="on_spot_id",
)

_RECONSIDERED = when(on_spot.OnSpotRemedyStarted, lambda event: event.kind == decisions.REMEDY_KIND_RECONSIDERATION)
_SUED = when(on_spot.OnSpotRemedyStarted, lambda event: event.kind == decisions.REMEDY_KIND_LITIGATION)
_REVIEW_SPOKE = when(
    on_spot.OnSpotRemedyEnded,
    # After one that was withdrawn the time for a suit is what it was.
    lambda event: (
        event.kind == decisions.REMEDY_KIND_RECONSIDERATION and event.outcome != decisions.REMEDY_OUTCOME_WITHDRAWN
    ),
)
_NOTHING_LEFT = (
    decisions.REMEDY_OUTCOME_WITHDRAWN,
    decisions.REMEDY_OUTCOME_REVOKED,
    decisions.REMEDY_OUTCOME_ORDERED_ANEW,
    decisions.REMEDY_OUTCOME_DECLARED_VOID,
)

ON_SPOT_RECONSIDERATION = Deadline(
    "cases.on_spot_reconsideration",
    basis="行政复议法 art. 20",
    title="当事人对当场处罚申请行政复议",
    starts=on_spot.OnSpotPenaltyDecided,
    # It is handed over on the spot; to the body that hears it, or to the authority, which forwards it (art. 32).
    ends=(_RECONSIDERED, on_spot.OnSpotApplicationReceived),
    within=calendar_days(60),
    key="on_spot_id",
    counts_from="served_on",
    responsible=nobody,
    mirrors=RIGHT,
    cancelled_by=(on_spot.OnSpotRevoked, _SUED),
)

ON_SPOT_SUIT = Deadline(
    "cases.on_spot_suit",
    basis="行政诉讼法 art. 46; 行政复议法 art. 23",
    title="当事人对当场处罚直接提起行政诉讼",
    # Since 2024 a suit follows a reconsideration only (复议前置): its time is the one below.
    starts=when(on_spot.OnSpotPenaltyDecided, lambda event: not event.reconsideration_first),
    ends=_SUED,
    within=months(6),
    key="on_spot_id",
    counts_from="served_on",
    responsible=nobody,
    mirrors=RIGHT,
    cancelled_by=(on_spot.OnSpotRevoked, _REVIEW_SPOKE),
)

ON_SPOT_SUIT_AFTER_RECONSIDERATION = Deadline(
    "cases.on_spot_suit_after_reconsideration",
    basis="行政诉讼法 art. 45; 最高人民法院适用行政诉讼法的解释 art. 59",
    title="当事人不服对当场处罚的复议决定提起行政诉讼",
    starts=when(
        on_spot.OnSpotRemedyEnded,
        lambda event: event.kind == decisions.REMEDY_KIND_RECONSIDERATION and event.outcome not in _NOTHING_LEFT,
    ),
    ends=_SUED,
    within=calendar_days(15),
    key="on_spot_id",
    # From the day on which the party received it.
    counts_from="received_on",
    responsible=nobody,
    mirrors=RIGHT,
    cancelled_by=on_spot.OnSpotRevoked,
)

CLOCKS = (
    ON_SPOT_COPY,
    ON_SPOT_HAND_IN,
    ON_SPOT_BANK,
    ON_SPOT_FORWARD,
    ON_SPOT_RECONSIDERATION,
    ON_SPOT_SUIT,
    ON_SPOT_SUIT_AFTER_RECONSIDERATION,
)
