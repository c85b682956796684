"""What an examination of a case looks up: the case as the ledger has it, and the criminal standards (有案不移)."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.values import day_of
from services.transfer.crime_thresholds import CaseKnown, thresholds
from services.transfer.lookups import lookups
from services.transfer.model.suspicion import Examined
from services.transfer.model.transfer import Stage

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

_SEEN: Final = "SELECT * FROM case_seen WHERE matter_id = $1"
_EARLIER: Final = """
SELECT act_code, penalised_on FROM case_seen
 WHERE party_number = $1 AND matter_id <> $2 AND penalised_on IS NOT NULL
"""
_GOES_ON: Final = """
SELECT transfer_id FROM transfer WHERE case_id = $1 AND stage <> ALL($2) ORDER BY began_position DESC LIMIT 1
"""
_OVER: Final = (Stage.REJECTED, Stage.RETURNED, Stage.CLOSED)
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
        pursued_in = await connection.fetchval(_GOES_ON, command.case_id, _OVER)
    return Examined(_known(row, earlier, str(pursued_in or ""), context), thresholds())


@lookups.on(pb.AnswerSuspicionRequest)
async def pursued(node: "Node", command: pb.AnswerSuspicionRequest, context: "Context") -> bool:
    """Whether this bureau has the transfer that the answer names."""
    if not command.transfer_id:
        return False
    async with node.views("transfer").at(await node.ledger.head()) as connection:
        return bool(await connection.fetchval(_TRANSFER, UUID(command.transfer_id)))


def _known(row: Any, earlier: list[Any], pursued_in: str, context: "Context") -> CaseKnown:
    return CaseKnown(
        act_code=row["act_code"] or "",
        act_on=row["act_on"] or day_of(context.occurred_at),
        party_kind=row["party_kind"] or cases.PARTY_KIND_UNSPECIFIED,
        income_fen=row["income_fen"] or 0,
        penalised_on=tuple((one["act_code"] or "", one["penalised_on"]) for one in earlier),
        crimes_found=tuple(row["crime_acts"] or ()),
        transfer_decisions=row["transfer_decisions"] or 0,
        pursued_in=pursued_in,
    )
