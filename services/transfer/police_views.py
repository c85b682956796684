"""What the police read of their referrals: folds of the table `referral`."""

from typing import Any, Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.deadlines import published
from services.kernel.facts import Fact
from services.kernel.messages import as_dict, message_class
from services.kernel.projection import Row, Views
from services.transfer.deadlines import SUPPLEMENT_DEMAND
from services.transfer.model import referral as aggregate
from services.transfer.stages import move

_COLUMNS: Final = {
    pb.ReferralReceived: "arrived_at",
    pb.ReferralReceiptSigned: "received_at",
    forwarding.JurisdictionDenied: "jurisdiction_denied_at",
    forwarding.ReferralForwarded: "passed_on_at",
    forwarding.ReferralDeclined: "passed_on_at",
    pb.CriminalCaseFiled: "filing_decided_at",
    pb.FilingRefused: "filing_decided_at",
    reconsideration.ReconsiderationReceived: "reconsideration_received_at",
    reconsideration.RefusalMaintained: "reconsidered_at",
    supervision.ReasonsRequestReceived: "reasons_asked_at",
    supervision.ReasonsStated: "reasons_stated_at",
    supervision.FilingOrderReceived: "filing_ordered_at",
    pb.HandOverConfirmed: "handed_over_at",
    outcomes.PropertyReturned: "property_returned_at",
}
"""When each step was taken."""


def keep_referrals(views: Views) -> None:
    """Fills the table `referral`."""
    table = views.table("referral", key="referral_id")
    events = [cls for name in sorted(aggregate.events) if (cls := message_class(name)) is not None]

    @table.on(pb.ReferralReceived)
    def arrived(row: Row, event: pb.ReferralReceived, fact: Fact) -> None:
        row.update(
            began_position=fact.position,
            transfer_id=event.transfer_id,
            bureau_id=event.bureau_id,
            case_number=event.case_number,
            suspected_crime=event.suspected_crime,
            materials=[as_dict(material) for material in event.materials],
            goods=[as_dict(goods) for goods in event.goods],
            evidence=[as_dict(item) for item in event.evidence],
            forwarder_ids=list(event.forwarder_ids),
        )

    @table.on(*events)
    def moved(row: Row, event: Any, fact: Fact) -> None:
        row["outcome"] = move(aggregate, row, event, fact).outcome
        if (column := _COLUMNS.get(type(event))) is not None:
            row[column] = fact.occurred_at

    @table.on(pb.ReferralReceiptSigned)
    def accepted(row: Row, event: pb.ReferralReceiptSigned, fact: Fact) -> None:
        row["supplement_until_at"] = SUPPLEMENT_DEMAND.due(fact.occurred_at, published()).effective_at

    @table.on(pb.SupplementReceived, pb.HandOverNoted)
    def supplemented(row: Row, event: pb.SupplementReceived | pb.HandOverNoted, fact: Fact) -> None:
        row["materials"] = [*row["materials"], *(as_dict(material) for material in event.materials)]

    @table.on(forwarding.ReferralForwarded)
    def forwarded(row: Row, event: forwarding.ReferralForwarded, fact: Fact) -> None:
        row["to_police_id"] = event.to_police_id

    @table.on(pb.CriminalCaseFiled)
    def filed(row: Row, event: pb.CriminalCaseFiled, fact: Fact) -> None:
        row["criminal_case_number"] = event.criminal_case_number
