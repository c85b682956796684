"""Queries on the police's node."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import materials_pb2 as materials
from enforcement.transfer.v1 import service_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.queries import PageOf, instant, messages_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_REFERRAL = "SELECT * FROM referral WHERE referral_id = $1"
_REFERRAL_BY_TRANSFER = "SELECT * FROM referral WHERE transfer_id = $1"
_REFERRALS = "SELECT * FROM referral WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"


class PoliceApi:
    """Answers about referrals."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_referral(self, request: pb.GetReferralRequest, call: "Call") -> pb.GetReferralResponse:
        """One referral, by its own id or the transfer's."""
        async with self._node.views("transfer").at(request.min_position) as connection:
            if request.referral_id:
                row = await connection.fetchrow(_REFERRAL, UUID(request.referral_id))
            elif request.transfer_id:
                row = await connection.fetchrow(_REFERRAL_BY_TRANSFER, UUID(request.transfer_id))
            else:
                row = None
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.referral_id or request.transfer_id)
        return pb.GetReferralResponse(referral=_referral(row))

    async def list_referrals(self, request: pb.ListReferralsRequest, call: "Call") -> pb.ListReferralsResponse:
        """Referrals, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_REFERRALS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListReferralsResponse(referrals=[_referral(row) for row in shown], next_token=next_token)


def _referral(row: Any) -> pb.Referral:
    return pb.Referral(
        referral_id=str(row["referral_id"]),
        transfer_id=str(row["transfer_id"]),
        bureau_id=row["bureau_id"],
        stage=row["stage"],
        case_number=row["case_number"],
        suspected_crime=row["suspected_crime"],
        materials=messages_of(events.Material, row["materials"]),
        goods=messages_of(materials.Goods, row["goods"]),
        evidence=messages_of(materials.EvidenceItem, row["evidence"]),
        forwarder_ids=row["forwarder_ids"],
        to_police_id=row["to_police_id"],
        arrived_at=instant(row["arrived_at"]),
        received_at=instant(row["received_at"]),
        supplement_until_at=instant(row["supplement_until_at"]),
        jurisdiction_denied_at=instant(row["jurisdiction_denied_at"]),
        passed_on_at=instant(row["passed_on_at"]),
        filing_decided_at=instant(row["filing_decided_at"]),
        criminal_case_number=row["criminal_case_number"],
        reconsideration_received_at=instant(row["reconsideration_received_at"]),
        reconsidered_at=instant(row["reconsidered_at"]),
        reasons_asked_at=instant(row["reasons_asked_at"]),
        reasons_stated_at=instant(row["reasons_stated_at"]),
        filing_ordered_at=instant(row["filing_ordered_at"]),
        handed_over_at=instant(row["handed_over_at"]),
        outcome=row["outcome"],
        property_returned_at=instant(row["property_returned_at"]),
    )
