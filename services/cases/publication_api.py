"""The query of whoever compares a public copy with the file (行政处罚法 arts. 48, 50)."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.cases.v1 import publication_pb2 as pb

from services.cases.case_views import PUBLISHED
from services.cases.model import redaction
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.privacy import Privacy
from services.kernel.queries import instant, messages_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_NEWEST = """
SELECT proposed.*, file.publication_state, file.officer_ids, sheet.number, sheet.text
  FROM publication proposed
  JOIN case_file file USING (case_id)
  LEFT JOIN decision_sheet sheet USING (case_id)
 WHERE proposed.case_id = $1
"""


class PublicationApi:
    """Part of CasesApi."""

    _node: "Node"

    async def get_publication(self, request: pb.GetPublicationRequest, call: "Call") -> pb.GetPublicationResponse:
        """The newest proposal: neither it nor the file's text can be masked, so they are shown whole or not at all."""
        async with self._node.views("cases").at(request.min_position) as connection:
            row = await connection.fetchrow(_NEWEST, UUID(request.case_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.case_id)
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "cases.GetPublication")
        shown = _publication(row)
        if not disclosure.sees_whole(row["officer_ids"] or ()):
            return pb.GetPublicationResponse(publication=shown, masked=True)
        text = row["text"] or ""
        shown.text = text if redaction.digest(text).hex() == row["text_sha256"] else ""
        shown.redactions.extend(messages_of(pb.Redaction, row["redactions"]))
        shown.copy = row["copy"]
        shown.remark = row["remark"] or ""
        disclosure.whole(request.case_id, "publication.text")
        await disclosure.record()
        return pb.GetPublicationResponse(publication=shown)


def _publication(row: Any) -> pb.Publication:
    """What everybody sees of a proposal: how far it is, and what is public."""
    return pb.Publication(
        publication_id=row["publication_id"],
        state=row["publication_state"],
        number=row["number"],
        copy=row["copy"] if row["publication_state"] == PUBLISHED else "",
        proposed_by=row["proposed_by"],
        proposed_at=instant(row["proposed_at"]),
        checked_by=row["checked_by"],
        checked_at=instant(row["checked_at"]),
    )
