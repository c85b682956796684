"""Between the messages of a draw and its algorithm (抽取名单)."""

from collections.abc import Iterable

from enforcement.joint_operations.v1 import draw_pb2 as pb

from services.joint_operations.draw import DrawImpossible, Drawn, Pool
from services.joint_operations.model.shared import Refusal
from services.kernel.errors import Refused


def pool_of(message: pb.DrawPool) -> Pool:
    """The lists of a message."""
    return Pool(
        objects=frozenset(message.object_ids),
        officers=frozenset(message.officer_ids),
        exclusions=frozenset((one.object_id, one.officer_id) for one in message.exclusions),
        object_count=message.object_count,
        team_size=message.team_size,
    )


def drawn_of(messages: Iterable[pb.DrawnObject]) -> Drawn:
    """What messages say was drawn."""
    return tuple((one.object_id, tuple(one.officer_ids)) for one in messages)


def drawn_messages(drawn: Drawn) -> list[pb.DrawnObject]:
    """What was drawn, as messages."""
    return [pb.DrawnObject(object_id=object_id, officer_ids=team) for object_id, team in drawn]


def require_possible(pool: Pool) -> None:
    """Lists from which every draw succeeds: nobody learns a seed before that is certain."""
    try:
        pool.require_possible()
    except DrawImpossible as reason:
        raise Refused(Refusal.DRAW_IMPOSSIBLE, reason=str(reason)) from None
