"""A day's work of three officers without a network: their devices, 500 commands, and the client as its own process."""

import copy
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as joint
from enforcement.officers.v1 import service_pb2 as officers
from google.protobuf.json_format import ParseDict

from deploy.local.cluster import Cluster
from deploy.local.story.cast import AT_B, LUXIAN
from deploy.local.story.run import Run
from services.cli import fill
from services.cli.field.commands import LATE_REASON, queued_by
from services.cli.field.device import QUEUE, Device, keep
from services.cli.field.queue import Queue, State
from services.joint_operations.service import SERVICE
from services.kernel.ledger import uuid7
from services.kernel.messages import to_timestamp
from tests.support.command_line import CommandLine, command_line
from tests.support.proxy import Lossy

CLIENTS: Final = 3
INSPECTIONS: Final = 120
LESSONS: Final = 140
"""Every inspection has a finding, every finding a handling: 500 commands in all."""
CUTS: Final = 5
"""Of each client's connections."""
FILM_BYTES: Final = 600_000


def a_day_of_work(run: Run, part: str) -> list[tuple[str, Any]]:
    """500 commands with the names of their methods; inspection, finding and handling are a chain of one vehicle."""
    work: list[tuple[str, Any]] = []
    team = run.ids(*AT_B[:2])
    for n in range(INSPECTIONS):
        inspection, finding = str(uuid7()), str(uuid7())
        car = pb.InspectedObject(kind=pb.OBJECT_KIND_VEHICLE, plate=f"川E·A{n:04}", plate_colour=pb.PLATE_COLOUR_YELLOW)
        work += [
            (
                "RecordInspection",
                joint.RecordInspectionRequest(
                    inspection_id=inspection,
                    checkpoint_id="B",
                    inspection_class=pb.INSPECTION_CLASS_PASSENGER,
                    object=car,
                    result=pb.INSPECTION_RESULT_FINDING,
                    officer_ids=team,
                ),
            ),
            (
                "RecordFinding",
                joint.RecordFindingRequest(
                    finding_id=finding,
                    inspection_id=inspection,
                    act_code="RTR-63-1",
                    facts="未取得道路运输经营许可",
                    officer_ids=team,
                ),
            ),
            (
                "RecordHandling",
                joint.RecordHandlingRequest(
                    inspection_id=inspection,
                    finding_id=finding,
                    handling=pb.HANDLING_CORRECTED,
                    officer_ids=team,
                ),
            ),
        ]
    lesson = joint.RecordEducationRequest(checkpoint_id="B", head_count=1, topic="超限")
    work += [("RecordEducation", copy.copy(lesson)) for _ in range(LESSONS)]
    for n, (_, request) in enumerate(work):
        request.command_id, request.participation_id, request.late_reason = str(uuid7()), part, LATE_REASON
        request.occurred_at.CopyFrom(to_timestamp(run.now + timedelta(seconds=n)))
    return work


@dataclass(slots=True)
class Client:
    """One officer's device with its bad network."""

    device: Device
    folder: Path
    terminal: CommandLine
    network: Lossy

    def record(self, method: str, request: Any, *films: Path) -> str:
        """What `enforcement field record` does: signed and queued, with copies of the files; nothing is called."""
        kept = [keep(self.folder, film) for film in films]
        queued = queued_by(self.device, f"{SERVICE.descriptor.full_name}.{method}", request)
        with Queue(self.folder / QUEUE) as queue:
            queue.add(queued, kept)
        return queued.command_id

    async def sync(self) -> dict[str, Any]:
        """`enforcement field sync`, as a process."""
        return await self.terminal("--timeout", "5", "field", "sync", codes=(0, 3))

    def files(self) -> list[Path]:
        """Copies that the device still holds."""
        return [*self.folder.glob("files/*/*")]

    def states(self) -> list[State]:
        with Queue(self.folder / QUEUE) as queue:
            return [one.state for one in queue.all()]


@asynccontextmanager
async def clients(run: Run, cluster: Cluster, folder: Path, whims: random.Random) -> AsyncIterator[list[Client]]:
    """Three devices whose keys their officers registered, each behind its own network."""
    host, _, port = cluster.address(LUXIAN).rpartition(":")
    async with AsyncExitStack() as stack:
        made = []
        for n, officer in enumerate(AT_B[:CLIENTS]):
            own, officer_id = folder / str(n), run.officer_id(officer)
            device = Device.new(own, authority_id=LUXIAN, officer_id=officer_id, device=f"执法终端{n}")
            key = officers.RegisterDeviceKeyRequest(
                officer_id=officer_id, public_key=device.public, proof=device.proof, device=f"执法终端{n}"
            )
            await run.act(officer, f"key/{n}", key)
            network = await stack.enter_async_context(Lossy(host, int(port), whims, CUTS))
            address = f"{host}:{network.port}"
            terminal = command_line(cluster, LUXIAN, officer_id, api_address=address, field_dir=str(own))
            made.append(Client(device, own, terminal, network))
        yield made


def film(folder: Path) -> tuple[Path, common.BlobRef]:
    """A file that is larger than what passes between two cuts."""
    file = folder / "film.mp4"
    file.write_bytes(random.Random(1).randbytes(FILM_BYTES))
    return file, ParseDict(fill.reference(str(file)), common.BlobRef())
