"""Queries of suspicions, on the bureau's node."""

from typing import TYPE_CHECKING, Any, Final

from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.queries import PageOf, instant, messages_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_LIST: Final = """
SELECT * FROM suspicion
 WHERE began_position < $1 AND (NOT $2 OR open) AND ($3 = '' OR case_id = $3)
 ORDER BY began_position DESC LIMIT $4
"""


class SuspicionApi:
    """Answers about suspicions; the methods that ask for them are for those who answer, and who handle cases."""

    _node: "Node"

    async def list_suspicions(self, request: pb.ListSuspicionsRequest, call: "Call") -> pb.ListSuspicionsResponse:
        """Suspicions, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_LIST, page.before, request.open, request.case_id, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListSuspicionsResponse(suspicions=[_suspicion(row) for row in shown], next_token=next_token)


def _suspicion(row: Any) -> pb.Suspicion:
    return pb.Suspicion(
        suspicion_id=str(row["suspicion_id"]),
        case_id=row["case_id"],
        act_code=row["act_code"],
        findings=messages_of(pb.SuspicionFinding, row["findings"]),
        raised_at=instant(row["raised_at"]),
        open=row["open"],
        answer=row["answer"],
        answered_at=instant(row["answered_at"]),
        reason=row["reason"],
        transfer_id=row["transfer_id"],
    )
