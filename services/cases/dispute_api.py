"""The query of disputes over jurisdiction of one case."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.cases.v1 import dispute_pb2 as pb
from enforcement.cases.v1 import side_states_pb2 as side

from services.kernel.privacy import Privacy
from services.kernel.queries import PageOf, instant, messages_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_DISPUTES = """
SELECT dispute.*, file.officer_ids FROM dispute LEFT JOIN case_file file USING (case_id)
WHERE case_id = $1 AND dispute.began_position < $2 ORDER BY dispute.began_position DESC LIMIT $3
"""


class DisputeApi:
    """Part of CasesApi."""

    _node: "Node"

    async def list_disputes(self, request: pb.ListDisputesRequest, call: "Call") -> pb.ListDisputesResponse:
        """Disputes about a case, latest first; what a side claims may name people."""
        page = PageOf.asked(request.page)
        async with self._node.views("cases").at(request.min_position) as connection:
            rows = await connection.fetch(_DISPUTES, UUID(request.case_id), page.before, page.limit)
        rows, next_token = page.cut(rows)
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "cases.ListDisputes")
        shown = [_dispute(row, self._node.authority.id) for row in rows]
        masked = [
            disclosure.show(one, request.case_id, row["officer_ids"] or ())
            for one, row in zip(shown, rows, strict=True)
        ]
        await disclosure.record()
        return pb.ListDisputesResponse(disputes=shown, next_token=next_token, masked=any(masked))


def _dispute(row: Any, here: str) -> pb.Dispute:
    claims = messages_of(pb.DisputeClaim, row["claims"])
    for claim in claims:
        claim.claimed_by = claim.claimed_by or here
    return pb.Dispute(
        other_id=row["other_id"],
        other_case_id=row["other_case_id"] or "",
        round=row["round"],
        claims=claims,
        raised_at=instant(row["raised_at"]),
        other_filed_at=instant(row["other_filed_at"]),
        superior=row["superior"] or "",
        escalated_by=(row["escalated_by"] or here) if row["escalated_at"] else "",
        escalated_at=instant(row["escalated_at"]),
        designated_at=instant(row["designated_at"]),
        number=row["number"] or "",
        owner_id=row["owner_id"] or "",
        way=row["way"] or side.SETTLEMENT_WAY_UNSPECIFIED,
        settled_at=instant(row["settled_at"]),
    )
