"""Whether an opinion (检察意见) that arrives is here already: the same number, of the same procuratorate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from enforcement.transfer.v1 import opinion_pb2 as pb

from services.transfer.lookups import lookups
from services.transfer.model.opinion_arrival import First, number_key
from services.transfer.model.opinion_case import Stage

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

# What was returned or withdrawn is over: an opinion of its number is another one.
_FIRST: Final = """
SELECT id, reply_nominal_on, fallback, received_on FROM opinion
 WHERE number_key = $1 AND replace(counterpart, ' ', '') = ANY ($2)
   AND (on_paper OR $3) AND same_as IS NULL AND stage <> ALL ($4)
 ORDER BY began_position LIMIT 1
"""
_OVER: Final = (Stage.RETURNED.value, Stage.WITHDRAWN.value)


@lookups.on(pb.ReceiveOpinionRequest)
async def first_on_paper(node: "Node", command: pb.ReceiveOpinionRequest, context: "Context") -> First | None:
    """The opinion on paper of which this is the electronic copy."""
    member = context.members.get(command.procuratorate_id)
    names = [member.name] if member is not None else []
    return await _first(node, command.content.opinion_number, names, electronic=False)


@lookups.on(pb.EnterOpinionRequest)
async def first_of_paper(node: "Node", command: pb.EnterOpinionRequest, context: "Context") -> First | None:
    """The opinion of which this is the paper: an electronic one, or one that was entered before."""
    name = _typed(command.procuratorate_name)
    ids = [member.id for member in context.members.values() if _typed(member.name) == name]
    return await _first(node, command.content.opinion_number, [name, *ids], electronic=True)


async def _first(node: "Node", number: str, procuratorates: Sequence[str], *, electronic: bool) -> First | None:
    if not (key := number_key(number)):
        return None
    names = [_typed(name) for name in procuratorates]
    async with node.views("transfer").at(await node.ledger.head()) as connection:
        row = await connection.fetchrow(_FIRST, key, names, electronic, list(_OVER))
    if row is None:
        return None
    received_on = row["received_on"]
    return First(
        str(row["id"]),
        row["reply_nominal_on"] or "",
        bool(row["fallback"]),
        received_on.isoformat() if received_on is not None else "",
    )


def _typed(text: str) -> str:
    return text.replace(" ", "")
