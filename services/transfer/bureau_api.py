"""Queries on the bureau's node."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import service_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.queries import PageOf, instant, message_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_TRANSFER = "SELECT * FROM transfer WHERE transfer_id = $1"
_TRANSFERS = "SELECT * FROM transfer WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"


class BureauApi:
    """Answers about transfers."""

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
        reconsideration_requested_at=instant(row["reconsideration_requested_at"]),
        supervision_suggested_at=instant(row["supervision_suggested_at"]),
        supervision_step=row["supervision_step"],
        supervision_id=row["supervision_id"],
        outcome=row["outcome"],
        outcome_at=instant(row["outcome_at"]),
        property_returned_at=instant(row["property_returned_at"]),
        returned_at=instant(row["returned_at"]),
        closed_at=instant(row["closed_at"]),
        referral_id=row["referral_id"],
    )
