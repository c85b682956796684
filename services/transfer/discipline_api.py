"""Queries of clues on officials (纪检监察线索): to whoever is not on its list, a clue does not exist.

No access is written to the audit either: the audit is read by people who are on no list.
"""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import discipline_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.queries import PageOf, instant, message_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

# $1 is the officer; $2 whether they keep clues: until somebody signed, those see what arrived.
_LISTED: Final = "SELECT * FROM restricted_clue WHERE ($1 = ANY (reader_ids) OR ($2 AND reader_ids IS NULL))"
_ONE: Final = _LISTED + " AND clue_id = $3"
_LIST: Final = _LISTED + " AND began_position < $3 ORDER BY began_position DESC LIMIT $4"


class DisciplineApi:
    """Answers of TransferService about clues on officials."""

    _node: "Node"

    async def get_clue(self, request: pb.GetClueRequest, call: "Call") -> pb.GetClueResponse:
        """One clue, for those on its list."""
        async with self._node.views("transfer").at(request.min_position) as connection:
            row = await connection.fetchrow(_ONE, *_asking(call), UUID(request.clue_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.clue_id)
        return pb.GetClueResponse(clue=_view(row))

    async def list_clues(self, request: pb.ListCluesRequest, call: "Call") -> pb.ListCluesResponse:
        """The clues that the caller must know, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_LIST, *_asking(call), page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListCluesResponse(clues=[_view(row) for row in shown], next_token=next_token)


def _asking(call: "Call") -> tuple[str, bool]:
    return call.actor.id, call.actor.holds(options.ROLE_CLUE_KEEPER)


def _view(row: Any) -> pb.ClueView:
    return pb.ClueView(
        clue_id=str(row["clue_id"]),
        stage=row["stage"],
        sender_id=row["sender_id"] or "",
        receiver=row["receiver"] or "",
        content=message_of(pb.ClueContent, row["content"]),
        reader_ids=row["reader_ids"] or [],
        noted_at=instant(row["noted_at"]),
        due_on=row["due_on"] or "",
        overdue=bool(row["overdue"]),
        sent_at=instant(row["sent_at"]),
        received_at=instant(row["received_at"]),
        register_number=row["register_number"] or "",
        outcome=row["outcome"] or pb.CLUE_OUTCOME_UNSPECIFIED,
        outcome_at=instant(row["outcome_at"]),
    )
