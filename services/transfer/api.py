"""Queries of transfers, each on the node of one side; the history of what this node keeps, on every one."""

from typing import TYPE_CHECKING

from enforcement.transfer.v1 import service_pb2 as pb

from services.kernel.timeline import timeline
from services.transfer.bureau_api import BureauApi
from services.transfer.paper_api import PaperApi
from services.transfer.police_api import PoliceApi
from services.transfer.procuratorate_api import ProcuratorateApi
from services.transfer.proof_api import ProofApi

if TYPE_CHECKING:
    from services.kernel.rpc import Call


class TransferApi(BureauApi, PoliceApi, ProcuratorateApi, PaperApi, ProofApi):
    """Answers of TransferService that are no commands."""

    async def get_transfer_timeline(
        self, request: pb.GetTransferTimelineRequest, call: "Call"
    ) -> pb.GetTransferTimelineResponse:
        """What happened in a transfer, a referral, an oversight, a supervision or a prosecution, oldest first."""
        async with self._node.views("transfer").at(request.min_position) as connection:
            entries, next_token = await timeline(connection, request.transfer_id, request.page)
        return pb.GetTransferTimelineResponse(entries=entries, next_token=next_token)
