"""What both entries of a paper look up: the referral or supervision that it is about, as the ledger has it."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.transfer.v1 import incoming_pb2 as pb

from services.kernel.decider import Aggregate
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import act_of, decode
from services.kernel.messages import type_name
from services.transfer.lookups import lookups
from services.transfer.model import referral, supervision
from services.transfer.model.incoming import Matter

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

_MATTERS: Final[dict[str | None, Aggregate[Any]]] = {each.name: each for each in (referral, supervision)}


_CONFIRMED: Final = "SELECT DISTINCT kind FROM paper_answer WHERE matter_id = $1 AND confirmed"


@lookups.on(pb.EnterPaperRequest)
async def about(node: "Node", command: pb.EnterPaperRequest, context: "Context") -> Matter:
    """The matter with its state.

    Raises:
        Refused: NOT_FOUND.
    """
    return await _matter(node, command.matter_id)


@lookups.on(pb.ConfirmPaperRequest)
async def still_about(node: "Node", command: pb.ConfirmPaperRequest, context: "Context") -> Matter | None:
    """The matter of the paper that one officer entered, as it stands by now; None when nobody entered it."""
    stream = await node.ledger.read_stream(UUID(command.paper_id))
    entered = next((decode(event) for event in stream.events if event.type == type_name(pb.PaperEntered)), None)
    return await _matter(node, entered.matter_id) if isinstance(entered, pb.PaperEntered) else None


async def _matter(node: "Node", matter_id: str) -> Matter:
    stream = await node.ledger.read_stream(UUID(matter_id))
    aggregate = _MATTERS.get(stream.category)
    if aggregate is None:
        raise Refused(KernelRefusal.NOT_FOUND, id=matter_id)
    state = aggregate.initial
    for event in stream.events:
        message = decode(event)
        assert message is not None  # of this service, whose every event this build knows
        state = aggregate.next(state, message, act_of(event))
    async with node.views("transfer").at(await node.ledger.head()) as connection:
        rows = await connection.fetch(_CONFIRMED, UUID(matter_id))
    return Matter(aggregate, state, frozenset(row["kind"] for row in rows))
