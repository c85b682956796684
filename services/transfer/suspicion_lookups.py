"""What an examination of a case looks up: the case as the ledger has it, and the criminal standards (有案不移)."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.transfer.v1 import events_pb2 as transfers
from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.messages import type_name
from services.kernel.values import day_of
from services.transfer.crime_thresholds import CaseKnown, thresholds
from services.transfer.lookups import lookups
from services.transfer.model.suspicion import Examined

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

_SEEN: Final = "SELECT * FROM case_seen WHERE matter_id = $1"
_EARLIER: Final = """
SELECT act_code, penalised_on FROM case_seen
 WHERE party_number = $1 AND matter_id <> $2 AND penalised_on IS NOT NULL
"""
_TRANSFERS: Final = "SELECT transfer_id, reported_at FROM transfer WHERE case_id = $1 ORDER BY began_position"
_TRANSFER: Final = "SELECT EXISTS (SELECT FROM transfer WHERE transfer_id = $1)"


@lookups.on(pb.ExamineCaseRequest)
async def examined(node: "Node", command: pb.ExamineCaseRequest, context: "Context") -> Examined | None:
    """The case, earlier penalties of its party, and its transfers; None of an unknown case."""
    async with node.views("transfer").at(await node.ledger.head()) as connection:
        row = await connection.fetchrow(_SEEN, UUID(command.case_id))
        if row is None:
            return None
        number = row["party_number"]
        earlier = await connection.fetch(_EARLIER, number, row["matter_id"]) if number else []
        opened = await connection.fetch(_TRANSFERS, command.case_id)
    return Examined(_known(row, earlier, opened, context), thresholds())


@lookups.on(pb.NoteTransferOpenedRequest)
async def reported(node: "Node", command: pb.NoteTransferOpenedRequest, context: "Context") -> bool:
    """Whether the transfer has its report: a policy may come to its opening long after."""
    stream = await node.ledger.read_stream(UUID(command.transfer_id))
    return any(event.type == type_name(transfers.ReportSubmitted) for event in stream.events)


@lookups.on(pb.AnswerSuspicionRequest)
async def pursued(node: "Node", command: pb.AnswerSuspicionRequest, context: "Context") -> bool:
    """Whether this bureau has the transfer that the answer names."""
    if not command.transfer_id:
        return False
    async with node.views("transfer").at(await node.ledger.head()) as connection:
        return bool(await connection.fetchval(_TRANSFER, UUID(command.transfer_id)))


def _known(row: Any, earlier: list[Any], opened: list[Any], context: "Context") -> CaseKnown:
    transferred = any(one["reported_at"] is not None for one in opened)
    return CaseKnown(
        act_code=row["act_code"] or "",
        act_on=row["act_on"] or day_of(context.occurred_at),
        party_kind=row["party_kind"] or cases.PARTY_KIND_UNSPECIFIED,
        income_fen=row["income_fen"] or 0,
        penalised_on=tuple((one["act_code"] or "", one["penalised_on"]) for one in earlier),
        crime_found=bool(row["crime_found"]),
        transfer_decided=bool(row["transfer_decided"]),
        transferred=transferred,
        draft_transfer_id=str(opened[-1]["transfer_id"]) if opened and not transferred else "",
    )
