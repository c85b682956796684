"""The clocks of an on-the-spot penalty (简易程序)."""

from enforcement.cases.v1 import on_spot_pb2 as on_spot

from services.kernel.deadlines import (
    Deadline,
    by_policy,
    calendar_days,
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

CLOCKS = (
    ON_SPOT_COPY,
    ON_SPOT_HAND_IN,
    ON_SPOT_BANK,
    ON_SPOT_FORWARD,
)
