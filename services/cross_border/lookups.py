"""What the decision to send looks up: whether a clue or case is already on its way to somebody."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import service_pb2 as commands

from services.cross_border.kinds import HAND_OVERS
from services.cross_border.model.request import AWAITING_ACCEPTANCE, IN_PROGRESS
from services.kernel.lookups import Lookups

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

lookups = Lookups()

_ON_ITS_WAY: Final = """
SELECT request_id FROM request
WHERE case_id = $1 AND handed_over AND stage = ANY($2) AND request_id IS DISTINCT FROM $3 LIMIT 1
"""
_CASE: Final = "SELECT case_id FROM request WHERE request_id = $1 AND handed_over"
_OPEN: Final = [*AWAITING_ACCEPTANCE, *IN_PROGRESS]


@lookups.on(commands.SendRequestRequest)
async def on_its_way(node: "Node", command: commands.SendRequestRequest, context: "Context") -> str:
    """The open request that hands the same clue or case over; empty when there is none."""
    if command.draft or command.request_type not in HAND_OVERS or not command.case_id:
        return ""
    async with node.views("cross_border").at(await node.ledger.head()) as connection:
        return str(await connection.fetchval(_ON_ITS_WAY, UUID(command.case_id), _OPEN, None) or "")


@lookups.on(drafting.SendDraftRequest)
async def draft_on_its_way(node: "Node", command: drafting.SendDraftRequest, context: "Context") -> str:
    """The same for a draft."""
    request_id = UUID(command.request_id)
    async with node.views("cross_border").at(await node.ledger.head()) as connection:
        case_id = await connection.fetchval(_CASE, request_id)
        found = await connection.fetchval(_ON_ITS_WAY, case_id, _OPEN, request_id) if case_id else None
    return str(found or "")
