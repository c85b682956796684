"""Queries of transfers, each on the node of one side."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import service_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.queries import PageOf, instant, message_of, messages_of
from services.kernel.timeline import timeline

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_TRANSFER = "SELECT * FROM transfer WHERE transfer_id = $1"
_TRANSFERS = "SELECT * FROM transfer WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"
_REFERRAL = "SELECT * FROM referral WHERE referral_id = $1"
_REFERRAL_BY_TRANSFER = "SELECT * FROM referral WHERE transfer_id = $1"
_REFERRALS = "SELECT * FROM referral WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"
_OVERSIGHTS = "SELECT * FROM oversight WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"

_LATEST: Final = (
    ("returned_at", events.TRANSFER_STEP_RETURNED),
    ("handed_over_at", events.TRANSFER_STEP_HANDED_OVER),
    ("filed_at", events.TRANSFER_STEP_FILED),
    ("refused_at", events.TRANSFER_STEP_REFUSED),
    ("received_at", events.TRANSFER_STEP_RECEIPT_SIGNED),
    ("sent_at", events.TRANSFER_STEP_SENT),
)
_TOLD_BY_POLICE: Final = frozenset({"received_at", "filed_at", "refused_at", "handed_over_at"})


class TransferApi:
    """Answers of TransferService that are no commands."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_transfer(self, request: pb.GetTransferRequest, call: "Call") -> pb.GetTransferResponse:
        """One transfer; its content only for the team and the principal head."""
        async with self._node.views("transfer").at(request.min_position) as connection:
            row = await connection.fetchrow(_TRANSFER, UUID(request.transfer_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.transfer_id)
        may_see = call.actor.id in row["team_ids"] or call.actor.holds(options.ROLE_PRINCIPAL_HEAD)
        content = message_of(pb.TransferContent, row["content"]) if may_see else None
        return pb.GetTransferResponse(transfer=_transfer(row), content=content)

    async def list_transfers(self, request: pb.ListTransfersRequest, call: "Call") -> pb.ListTransfersResponse:
        """Transfers, the newest first: states and dates."""
        page = PageOf.asked(request.page)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_TRANSFERS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListTransfersResponse(transfers=[_transfer(row) for row in shown], next_token=next_token)

    async def get_transfer_timeline(
        self, request: pb.GetTransferTimelineRequest, call: "Call"
    ) -> pb.GetTransferTimelineResponse:
        """What happened in a transfer, oldest first."""
        async with self._node.views("transfer").at(request.min_position) as connection:
            entries, next_token = await timeline(connection, request.transfer_id, request.page)
        return pb.GetTransferTimelineResponse(entries=entries, next_token=next_token)

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

    async def list_oversights(self, request: pb.ListOversightsRequest, call: "Call") -> pb.ListOversightsResponse:
        """What the procuratorate knows of transfers, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_OVERSIGHTS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListOversightsResponse(oversights=[_oversight(row) for row in shown], next_token=next_token)


def _transfer(row: Any) -> pb.TransferSummary:
    return pb.TransferSummary(
        transfer_id=str(row["transfer_id"]),
        case_id=row["case_id"],
        stage=row["stage"],
        police_id=row["police_id"],
        opened_at=instant(row["opened_at"]),
        reported_at=instant(row["reported_at"]),
        decided_at=instant(row["decided_at"]),
        sent_at=instant(row["sent_at"]),
        received_at=instant(row["received_at"]),
        filing_decided_at=instant(row["filing_decided_at"]),
        handed_over_at=instant(row["handed_over_at"]),
        party_informed_at=instant(row["party_informed_at"]),
    )


def _referral(row: Any) -> pb.Referral:
    return pb.Referral(
        referral_id=str(row["referral_id"]),
        transfer_id=str(row["transfer_id"]),
        bureau_id=row["bureau_id"],
        stage=row["stage"],
        case_number=row["case_number"],
        suspected_crime=row["suspected_crime"],
        materials=messages_of(events.Material, row["materials"]),
        arrived_at=instant(row["arrived_at"]),
        received_at=instant(row["received_at"]),
        supplement_until_at=instant(row["supplement_until_at"]),
        filing_decided_at=instant(row["filing_decided_at"]),
        criminal_case_number=row["criminal_case_number"],
        handed_over_at=instant(row["handed_over_at"]),
    )


def _oversight(row: Any) -> pb.Oversight:
    """The two tellers put together; what another police told than the one the bureau names is left out."""
    believed = row["told_by"] is None or row["police_id"] in (None, row["told_by"])
    at = {column: row[column] if believed or column not in _TOLD_BY_POLICE else None for column, _ in _LATEST}
    return pb.Oversight(
        transfer_id=str(row["transfer_id"]),
        bureau_id=row["bureau_id"],
        police_id=row["police_id"] or row["told_by"],
        case_number=row["case_number"],
        act_code=row["act_code"],
        suspected_crime=row["suspected_crime"],
        suspect_names=row["suspect_names"],
        step=next((step for column, step in _LATEST if at[column]), events.TRANSFER_STEP_UNSPECIFIED),
        sent_at=instant(at["sent_at"]),
        received_at=instant(at["received_at"]),
        filing_decided_at=instant(at["filed_at"] or at["refused_at"]),
        handed_over_at=instant(at["handed_over_at"]),
        returned_at=instant(at["returned_at"]),
    )
