"""What decisions of non-site enforcement look up: the device of a record, and the incident of a case."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

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

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

_INCIDENT: Final = "SELECT opened, parties FROM incident WHERE incident_id = $1"

lookups = Lookups()


@lookups.on(commands.RecordCaptureRequest)
async def device_of(node: "Node", command: commands.RecordCaptureRequest, context: "Context") -> FoundDevice:
    """The device with all that became of it, from its stream: a record that comes right after a change is judged by
    it, whatever views have seen."""
    return await read_device(node, command.device_id)


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
async def incident_of(
    node: "Node", command: commands.NoteCaseDecidedRequest, context: "Context"
) -> FoundIncident | None:
    """The incident of the case with the parties known by now; None for a case that is alone, or not followed."""
    stream = await node.ledger.read_stream(UUID(command.follow_up_id))
    if not stream.events:
        return None
    followed = decode(stream.events[0])
    if not isinstance(followed, follow_up.CaseFollowed) or not followed.incident_id:
        return None
    async with node.views("non_site").at(await node.ledger.head()) as connection:
        row = await connection.fetchrow(_INCIDENT, UUID(followed.incident_id))
    if row is None:
        return None
    opened = message_of(incidents.IncidentOpened, row["opened"]) or incidents.IncidentOpened()
    return FoundIncident(opened, tuple(messages_of(incidents.IncidentPartyAdded, row["parties"])))
