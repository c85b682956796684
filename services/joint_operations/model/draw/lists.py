"""Between the messages of a draw and its algorithm (抽取名单)."""

from collections.abc import Iterable
from typing import Final

from enforcement.joint_operations.v1 import draw_pb2 as pb

from services.joint_operations.draw import DrawImpossible, Drawn, Pool
from services.joint_operations.model.shared import Refusal
from services.kernel.envelopes.codec import BODY_MAX
from services.kernel.errors import Refused

POOL_BYTES_MAX: Final = BODY_MAX - (4 << 10)
"""Bytes of lists and exclusions with their reasons: the envelope that tells the witness holds a digest and ids, too."""
DRAWN_BYTES_MAX: Final = BODY_MAX // 2
"""Bytes of what is drawn: the roster tells it again, beside its own lines."""


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


def require_tellable(pool: pb.DrawPool) -> None:
    """Lists that the witness can be told, and whatever is drawn from them, too: it is too late when both have revealed.

    Raises:
        Refused: DRAW_TOO_LONG.
    """
    team = _longest(pool.officer_ids, pool.team_size)
    largest = pb.DrawPerformed(
        drawn=[pb.DrawnObject(object_id=one, officer_ids=team) for one in _longest(pool.object_ids, pool.object_count)]
    )
    sizes = (
        ("名单和排除", pool.ByteSize(), POOL_BYTES_MAX),
        ("可能的抽取结果", largest.ByteSize(), DRAWN_BYTES_MAX),
    )
    for part, size, most in sizes:
        if size > most:
            raise Refused(Refusal.DRAW_TOO_LONG, part=part, bytes=size, most=most)


def _longest(ids: Iterable[str], count: int) -> list[str]:
    return sorted(ids, key=lambda one: len(one.encode()), reverse=True)[:count]
