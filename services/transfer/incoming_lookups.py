"""What the entry of a paper looks up: the referral or supervision that it is about, as the ledger has it."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.transfer.v1 import incoming_pb2 as pb

from services.kernel.decider import Aggregate
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import act_of, decode
from services.transfer.lookups import lookups
from services.transfer.model import referral, supervision
from services.transfer.model.incoming import Matter

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

_MATTERS: Final[dict[str | None, Aggregate[Any]]] = {each.name: each for each in (referral, supervision)}


@lookups.on(pb.EnterPaperRequest)
async def about(node: "Node", command: pb.EnterPaperRequest, context: "Context") -> Matter:
    """The matter with its state.

    Raises:
        Refused: NOT_FOUND.
    """
    stream = await node.ledger.read_stream(UUID(command.matter_id))
    aggregate = _MATTERS.get(stream.category)
    if aggregate is None:
        raise Refused(KernelRefusal.NOT_FOUND, id=command.matter_id)
    state = aggregate.initial
    for event in stream.events:
        message = decode(event)
        assert message is not None  # of this service, whose every event this build knows
        state = aggregate.next(state, message, act_of(event))
    return Matter(aggregate, state)
