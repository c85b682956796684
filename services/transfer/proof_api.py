"""ProveTransfer: the proof of a transfer from this side's ledger, for the officers who may see its content."""

from collections.abc import AsyncIterator
from functools import cache
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import proof_pb2 as pb

from services.kernel import proof
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.privacy import Privacy
from services.kernel.proof.form import Content
from services.kernel.proof.gather import EVENTS_MAX
from services.transfer.model.shared import Refusal
from services.transfer.opinion_api import CONTENT_ROLES
from services.transfer.process import positions

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

PIECE_BYTES: Final = 256 << 10
_TEAM: Final = "SELECT team_ids FROM transfer WHERE transfer_id = $1"
_HANDLERS: Final = "SELECT handler_ids FROM opinion WHERE opinion_id::text = $1"


class ProofApi:
    """Answers of TransferService that prove."""

    _node: "Node"

    async def prove_transfer(
        self, request: pb.ProveTransferRequest, call: "Call"
    ) -> AsyncIterator[pb.ProveTransferResponse]:
        """The file, in pieces; what it shows is in the ledger before the first one leaves."""
        content = _content(request)
        shown = Privacy(self._node.ledger).disclosure(call, request.purpose, "transfer.ProveTransfer")
        if content is not Content.NONE:
            shown.whole(request.transfer_id, "proof")
        async with self._node.views("transfer").at(request.min_position) as connection:
            found = await positions(connection, request.transfer_id, EVENTS_MAX + 1)
            if not found:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.transfer_id)
            if len(found) > EVENTS_MAX:
                raise Refused(KernelRefusal.TOO_LARGE, detail=f"> {EVENTS_MAX}")
            if content is not Content.NONE:
                await _require_admitted(connection, request.transfer_id, call)
            gathered = await proof.gather(
                connection,
                _catalogue(),
                found,
                authority_id=self._node.authority.id,
                subject_id=request.transfer_id,
                content=content,
                for_id=request.for_id,
            )
        await shown.record()
        file = proof.dump(gathered)
        for start in range(0, len(file), PIECE_BYTES):
            yield pb.ProveTransferResponse(data=file[start : start + PIECE_BYTES])


async def _require_admitted(connection: asyncpg.Connection, subject_id: str, call: "Call") -> None:
    """The bureau's criminal content is for the team and the principal head, an opinion's for who may read it there;
    everything else for the officers of that side."""
    team = await connection.fetchrow(_TEAM, UUID(subject_id))
    if team is not None and call.actor.id not in team["team_ids"] and not call.actor.holds(options.ROLE_PRINCIPAL_HEAD):
        raise Refused(Refusal.NOT_IN_TEAM)
    for row in await connection.fetch(_HANDLERS, subject_id):
        if call.actor.id not in (row["handler_ids"] or ()) and not call.actor.holds(*CONTENT_ROLES):
            raise Refused(Refusal.NOT_HANDLER)


def _content(request: pb.ProveTransferRequest) -> Content:
    if request.content == pb.PROOF_CONTENT_NONE:
        return Content.NONE
    return Content.ONE if request.for_id else Content.ALL


@cache
def _catalogue() -> Catalogue:
    """Of this build; read once, when the first proof is asked for."""
    return Catalogue.load()
