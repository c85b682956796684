"""What some decisions of the transfer service look up first."""

from typing import TYPE_CHECKING
from uuid import UUID

from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.decider import Context
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.lookups import Lookups

if TYPE_CHECKING:
    from services.kernel.app import Node

lookups = Lookups()


@lookups.on(pb.AnswerTransferOpinionRequest)
async def require_transfer(node: "Node", command: pb.AnswerTransferOpinionRequest, context: Context) -> None:
    """A transfer that answers an opinion is there.

    Raises:
        Refused: NOT_FOUND.
    """
    if not command.transfer_id:
        return
    stream = await node.ledger.read_stream(UUID(command.transfer_id))
    if stream.category != "transfer":
        raise Refused(KernelRefusal.NOT_FOUND, id=command.transfer_id)


@lookups.on(pb.AssessCompetenceRequest)
async def require_existing_case(node: "Node", command: pb.AssessCompetenceRequest, context: Context) -> None:
    """A case that is said to handle an opinion is there.

    Raises:
        Refused: NOT_FOUND.
    """
    if not command.existing_case_id:
        return
    stream = await node.ledger.read_stream(UUID(command.existing_case_id))
    if stream.category != "case":
        raise Refused(KernelRefusal.NOT_FOUND, id=command.existing_case_id)
