"""What decisions of non-site enforcement look up: the device of a record, its files, and the incident of a case."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import follow_up_pb2 as follow_up
from enforcement.non_site.v1 import incident_pb2 as incidents
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import act_of, decode
from services.kernel.lookups import Lookups
from services.kernel.queries import message_of, messages_of
from services.non_site.model.check import FoundDevice
from services.non_site.model.device import device
from services.non_site.model.follow_up import FoundIncident
from services.non_site.model.shared import Refusal

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

DIGEST_BYTES: Final = 32
_NOT_ESTABLISHED: Final = follow_up.CaseOutcome.Name(follow_up.CASE_OUTCOME_NOT_ESTABLISHED)
_INCIDENT: Final = "SELECT opened, parties FROM incident WHERE incident_id = $1"
_OF_CASE: Final = (
    "SELECT incident_id FROM incident WHERE parties @> jsonb_build_array(jsonb_build_object('caseId', $1::text))"
)
_TURNED_DOWN: Final = "SELECT case_id::text FROM turned_down WHERE incident_id = $1"
_CLEARED: Final = "SELECT case_id::text FROM follow_up WHERE incident_id = $1 AND decided ->> 'outcome' = $2"

lookups = Lookups()


@lookups.on(commands.RecordCaptureRequest)
async def device_of(node: "Node", command: commands.RecordCaptureRequest, context: "Context") -> FoundDevice:
    """The device with all that became of it, from its stream: a record that comes right after a change is judged by
    it, whatever views have seen. The pictures are there before the record that names them."""
    await _require_stored(node, [picture.file for picture in command.pictures])
    return await read_device(node, command.device_id)


@lookups.on(commands.RecordCertificateRequest)
async def certificate_stored(node: "Node", command: commands.RecordCertificateRequest, context: "Context") -> None:
    """The certificate is there for whoever doubts it."""
    await _require_stored(node, [command.file])


@lookups.on(commands.ContestCaptureRequest)
async def statement_stored(node: "Node", command: commands.ContestCaptureRequest, context: "Context") -> None:
    """What the party handed in is there for whoever answers it."""
    await _require_stored(node, command.files)


@lookups.on(commands.RecordMismatchCopyRequest)
async def list_stored(node: "Node", command: commands.RecordMismatchCopyRequest, context: "Context") -> None:
    """The list that went to the traffic police is stored."""
    await _require_stored(node, [command.list] if command.HasField("list") else [])


@lookups.on(commands.ConcedeCaptureRequest)
async def concession_stored(node: "Node", command: commands.ConcedeCaptureRequest, context: "Context") -> None:
    """What the party signed is there."""
    await _require_stored(node, [command.document] if command.HasField("document") else [])


@lookups.on(commands.AdoptCaptureRequest)
async def device_of_capture(
    node: "Node", command: commands.AdoptCaptureRequest, context: "Context"
) -> FoundDevice | None:
    """The device of a record as it is known now; None when there is no such record."""
    stream = await node.ledger.read_stream(UUID(command.capture_id))
    recorded = decode(stream.events[0]) if stream.events else None
    return await read_device(node, recorded.device_id) if isinstance(recorded, captures.CaptureRecorded) else None


async def read_device(node: "Node", device_id: str) -> FoundDevice:
    """A device as its stream has it.

    Raises:
        Refused: NOT_FOUND.
    """
    stream = await node.ledger.read_stream(UUID(device_id))
    if not stream.events or stream.category != device.name:
        raise Refused(KernelRefusal.NOT_FOUND, id=device_id)
    state = device.initial
    for event in stream.events:
        message = decode(event)
        if message is not None and event.type in device.events:
            state = device.next(state, message, act_of(event))
    return FoundDevice(state, stream.events[-1].version)


@lookups.on(commands.NoteCaseDecidedRequest)
@lookups.on(commands.NoteIncidentChangedRequest)
async def incident_of(
    node: "Node",
    command: commands.NoteCaseDecidedRequest | commands.NoteIncidentChangedRequest,
    context: "Context",
) -> FoundIncident | None:
    """The incident of the case with what is known of its parties by now; None for a case that is alone, or not
    followed."""
    stream = await node.ledger.read_stream(UUID(command.follow_up_id))
    if not stream.events:
        return None
    followed = decode(stream.events[0])
    if not isinstance(followed, follow_up.CaseFollowed) or not followed.incident_id:
        return None
    async with node.views("non_site").at(await node.ledger.head()) as connection:
        incident_id = UUID(followed.incident_id)
        row = await connection.fetchrow(_INCIDENT, incident_id)
        gone = await connection.fetch(_TURNED_DOWN, incident_id)
        gone += await connection.fetch(_CLEARED, incident_id, _NOT_ESTABLISHED)
    if row is None:
        return None
    without = {one["case_id"] for one in gone}
    parties = messages_of(incidents.IncidentPartyAdded, row["parties"])
    return FoundIncident(
        message_of(incidents.IncidentOpened, row["opened"]) or incidents.IncidentOpened(),
        tuple(party for party in parties if party.case_id not in without),
    )


@lookups.on(commands.NoteCaseNotFiledRequest)
async def incident_of_clue(node: "Node", command: commands.NoteCaseNotFiledRequest, context: "Context") -> str:
    """The incident of which the clue is about a party; empty when it is of none."""
    async with node.views("non_site").at(await node.ledger.head()) as connection:
        return str(await connection.fetchval(_OF_CASE, command.case_id) or "")


@lookups.on(commands.AddIncidentPartyRequest)
async def turned_down(node: "Node", command: commands.AddIncidentPartyRequest, context: "Context") -> frozenset[str]:
    """The cases of the incident whose clue was not filed."""
    async with node.views("non_site").at(await node.ledger.head()) as connection:
        rows = await connection.fetch(_TURNED_DOWN, UUID(command.incident_id))
    return frozenset(row["case_id"] for row in rows)


async def _require_stored(node: "Node", files: Iterable[common.BlobRef]) -> None:
    """Files that are referred to are in the store, with the size that is said.

    Raises:
        Refused: FILE_NOT_STORED, naming the first that is not.
    """
    named = {file.sha256: file for file in files}
    sizes = await asyncio.gather(*(_size(node, sha256) for sha256 in named))
    for file, size in zip(named.values(), sizes, strict=True):
        if size != file.size:
            raise Refused(Refusal.FILE_NOT_STORED, file=file.file_name or file.sha256.hex())


async def _size(node: "Node", sha256: bytes) -> int | None:
    return await node.blobs.stat(sha256) if len(sha256) == DIGEST_BYTES else None
