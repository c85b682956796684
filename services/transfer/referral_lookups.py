"""Which referral is meant by what was written before the police's node had said anything: it names the transfer alone.

A referral of an older build has an id that nobody but the police can know; of this build it follows from the transfer.
"""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.transfer.lookups import lookups
from services.transfer.model.referral import referral_of

if TYPE_CHECKING:
    from services.kernel.app import Node

_OF_TRANSFER: Final = """
SELECT referral_id FROM referral WHERE transfer_id = $1 AND bureau_id = $2 ORDER BY began_position DESC LIMIT 1
"""


async def referral_meant(node: "Node", command: Any) -> str:
    """Id of the bureau's referral of a transfer; while it has not arrived, the one that it will have."""
    async with node.views("transfer").at(await node.ledger.head()) as connection:
        known = await connection.fetchval(_OF_TRANSFER, UUID(command.transfer_id), command.bureau_id)
    return str(known or referral_of(command.transfer_id, command.bureau_id, node.authority.id))


for _command in (
    commands.NoteSupplementRequest,
    commands.NoteHandOverRequest,
    reconsideration.ReceiveReconsiderationRequest,
    supervision.NoteReasonsAskedRequest,
    supervision.NoteSupervisionResultRequest,
    outcomes.NoteOutcomeRequest,
):
    lookups.names(_command)(referral_meant)
