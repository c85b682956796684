"""ListPaperAnswers on the bureau's node, ListPapers on those of police and procuratorate."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as pb

from services.transfer.paper_views import shown

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_ANSWERS: Final = "SELECT * FROM paper_answer WHERE transfer_id = $1 ORDER BY began_position LIMIT 500"
_PAPERS: Final = "SELECT * FROM paper_answer WHERE matter_id = $1 ORDER BY began_position LIMIT 500"


class PaperApi:
    """Answers of TransferService about paper."""

    _node: "Node"

    async def list_paper_answers(
        self, request: pb.ListPaperAnswersRequest, call: "Call"
    ) -> pb.ListPaperAnswersResponse:
        """Oldest first: what each says, of when, and where it stands as evidence."""
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_ANSWERS, UUID(request.transfer_id))
        return pb.ListPaperAnswersResponse(answers=[shown(row) for row in rows])

    async def list_papers(self, request: incoming.ListPapersRequest, call: "Call") -> incoming.ListPapersResponse:
        """The same of the papers about a referral or a supervision."""
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_PAPERS, UUID(request.matter_id))
        return incoming.ListPapersResponse(papers=[shown(row) for row in rows])
