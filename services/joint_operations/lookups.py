"""What some decisions of joint operations look up first: the operation that a draw is for, and draws beside one."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from enforcement.joint_operations.v1 import draw_pb2 as draws

from services.joint_operations.model.draw.witness import Beside, Stage
from services.joint_operations.model.operation import Operation, operation
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import act_of, decode
from services.kernel.lookups import Lookups

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

lookups = Lookups()

_COMMITTING: Final = "draw_witness"
"""One after another: two at once, for two draws of an operation, would each find none beside."""
_BESIDE: Final = """
SELECT other.draw_id, other.stage = $2 FROM witnessed_draw own JOIN witnessed_draw other
  ON other.lead_id = own.lead_id AND other.operation_id = own.operation_id
  AND other.draw_witness_id <> own.draw_witness_id
WHERE own.draw_witness_id = $1 AND other.witness_commitment IS NOT NULL
  AND (other.stage <> $2 OR other.lead_seed IS NOT NULL)
ORDER BY other.stage = $2, other.began_position LIMIT 1
"""


@lookups.on(draws.PrepareDrawRequest)
async def operation_of(node: "Node", command: draws.PrepareDrawRequest, context: "Context") -> Operation:
    """The operation that is to be drawn for.

    Raises:
        Refused: NOT_FOUND.
    """
    return await _operation(node, command.operation_id)


@lookups.on(draws.CommitDrawRequest)
async def operation_of_draw(node: "Node", command: draws.CommitDrawRequest, context: "Context") -> Operation:
    """The operation that a draw is for.

    Raises:
        Refused: NOT_FOUND.
    """
    stream = await node.ledger.read_stream(UUID(command.draw_id))
    first = decode(stream.events[0]) if stream.events else None
    if not isinstance(first, draws.DrawPrepared):
        raise Refused(KernelRefusal.NOT_FOUND, id=command.draw_id)
    return await _operation(node, first.operation_id)


@lookups.on(draws.CommitWitnessSeedRequest, in_turn=_COMMITTING)
async def draw_beside(node: "Node", command: draws.CommitWitnessSeedRequest, context: "Context") -> Beside | None:
    """Another draw of the same operation that this witness committed to; None when there is none, or when each was
    given up before this witness could know its result.
    """
    async with node.views("joint_operations").at(await node.ledger.head()) as connection:
        row = await connection.fetchrow(_BESIDE, UUID(command.draw_witness_id), Stage.ABANDONED)
    return Beside(str(row[0]), given_up=row[1]) if row else None


async def _operation(node: "Node", operation_id: str) -> Operation:
    stream = await node.ledger.read_stream(UUID(operation_id))
    if stream.category != operation.name:
        raise Refused(KernelRefusal.NOT_FOUND, id=operation_id)
    state: Operation = operation.initial
    for event in stream.events:
        message = decode(event)
        if message is not None:
            state = operation.next(state, message, act_of(event))
    return state
