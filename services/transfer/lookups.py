"""What some decisions of the transfer service look up first."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import opinion_pb2 as case_opinions
from enforcement.transfer.v1 import events_pb2 as transfers
from enforcement.transfer.v1 import opinion_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Context
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import decode
from services.kernel.lookups import Lookups
from services.kernel.messages import type_name
from services.transfer.model.materials import Sheet

if TYPE_CHECKING:
    from services.kernel.app import Node

lookups = Lookups()

_NAMES_OPINION: Final = frozenset(
    map(type_name, (cases.ClueRegistered, case_opinions.OpinionNoted, case_opinions.OpinionWithdrawalNoted))
)
"""Events of a case that say which opinion it is on, or is no more."""


_SHEETS: Final = "SELECT sha256, form, matter_id, number FROM sheet WHERE sha256 = ANY($1)"


@lookups.on(commands.SendTransferRequest)
async def printed_here(node: "Node", command: commands.SendTransferRequest, context: Context) -> dict[str, Sheet]:
    """Which files of the package are documents that this authority made, by their SHA-256."""
    files = [material.file.sha256.hex() for material in command.materials]
    async with node.views("transfer").at(await node.ledger.head()) as connection:
        rows = await connection.fetch(_SHEETS, files)
    return {row["sha256"]: Sheet(row["form"], row["matter_id"], row["number"]) for row in rows}


@lookups.on(pb.AnswerTransferOpinionRequest)
async def went_to_the_police(node: "Node", command: pb.AnswerTransferOpinionRequest, context: Context) -> bool:
    """Whether the transfer that answers an opinion was sent; one that is verified, or was refused here, was not.

    Raises:
        Refused: NOT_FOUND.
    """
    if not command.transfer_id:
        return False
    stream = await node.ledger.read_stream(UUID(command.transfer_id))
    if stream.category != "transfer":
        raise Refused(KernelRefusal.NOT_FOUND, id=command.transfer_id)
    return any(event.type == type_name(transfers.CaseTransferred) for event in stream.events)


@lookups.on(pb.AssessCompetenceRequest)
async def opinion_of_the_case(node: "Node", command: pb.AssessCompetenceRequest, context: Context) -> str:
    """The opinion that a case handles already of which it is said that it handles this one; empty when none.

    Raises:
        Refused: NOT_FOUND.
    """
    if not command.existing_case_id:
        return ""
    stream = await node.ledger.read_stream(UUID(command.existing_case_id))
    if stream.category != "case":
        raise Refused(KernelRefusal.NOT_FOUND, id=command.existing_case_id)
    told: list[Any] = [decode(event) for event in stream.events if event.type in _NAMES_OPINION]
    named = [one for one in told if one.opinion_case_id]
    if not named or isinstance(named[-1], case_opinions.OpinionWithdrawalNoted):
        return ""
    return str(named[-1].opinion_case_id)
