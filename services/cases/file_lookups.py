"""What publication and archive look up: the decision's sheet, whom the case's events name, the package of the file."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.lookups import lookups
from services.cases.model.known_persons import known_persons
from services.cases.model.publication import OnFile
from services.kernel.facts import decode

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

_SHEET: Final = "SELECT number, text FROM decision_sheet WHERE case_id = $1"
_PACKAGE: Final = "SELECT sha256 FROM archive_package WHERE case_id = $1"


@lookups.on(publication.ProposePublicationRequest)
async def decision_and_persons(
    node: "Node", command: publication.ProposePublicationRequest, context: "Context"
) -> OnFile:
    """The decision's sheet, and whom the case's events name."""
    number, text = await _sheet(node, command.case_id)
    stream = await node.ledger.read_stream(UUID(command.case_id))
    history = [event for event in map(decode, stream.events) if event is not None]
    return OnFile(text, number, known_persons(history))


@lookups.on(publication.PublishDecisionRequest)
async def decision_to_publish(node: "Node", command: publication.PublishDecisionRequest, context: "Context") -> OnFile:
    """The decision's sheet: it may have been corrected since the proposal."""
    number, text = await _sheet(node, command.case_id)
    return OnFile(text, number)


@lookups.on(side.ArchiveCaseRequest)
async def package_built_last(node: "Node", command: side.ArchiveCaseRequest, context: "Context") -> str:
    """SHA-256, in hexadecimal, of the package that documents built for the case last; empty when there is none."""
    async with node.views("cases").at(await node.ledger.head()) as connection:
        return await connection.fetchval(_PACKAGE, UUID(command.case_id)) or ""


async def _sheet(node: "Node", case_id: str) -> tuple[str, str]:
    async with node.views("cases").at(await node.ledger.head()) as connection:
        row = await connection.fetchrow(_SHEET, UUID(case_id))
    return (row["number"], row["text"]) if row else ("", "")
