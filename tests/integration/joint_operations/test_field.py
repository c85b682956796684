"""An offline client against a node: real gRPC, real PostgreSQL, three devices, 500 commands, cuts."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.ledger.v1 import meta_pb2 as meta
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.officers.v1 import service_pb2_grpc as officers_grpc
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.cli.field.commands import LATE_REASON, queued_by
from services.cli.field.device import Device
from services.cli.field.queue import Queue, Queued, State
from services.cli.field.sender import Sender
from services.cli.field.sync import Answer, RefusedBy, Report, sync
from services.joint_operations.service import SERVICE as JOINT
from services.kernel.command_specs import specs_of
from services.kernel.devices import statement
from services.kernel.envelopes.keys import verify_signature
from services.kernel.identity import OfficerRegister, Tokens, issue_token
from services.kernel.ledger import Append, NewEvent, uuid7
from services.kernel.messages import encode, microseconds, to_timestamp, type_name
from services.kernel.register import RegisterReader
from services.kernel.rpc import Methods, TokenIdentifier, server
from services.officers.service import SERVICE as OFFICERS
from tests.support.kernel import LUXIAN, NOON, Bus, command, open_bus
from tests.support.proxy import CutProxy
from tests.unit.joint_operations.acts import FIELD, LU, PART, coach, ids

CLIENTS = 3
INSPECTIONS, LESSONS = 120, 140  # every inspection has a finding, every finding a handling: 500
BACK_ONLINE = NOON + timedelta(days=3)
METHODS = {
    type_name(request): f"{JOINT.descriptor.full_name}.{type_name(request).rpartition('.')[2].removesuffix('Request')}"
    for request in (
        commands.RecordInspectionRequest(),
        commands.RecordFindingRequest(),
        commands.RecordHandlingRequest(),
        commands.RecordEducationRequest(),
    )
}
FAST = [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.min_reconnect_backoff_ms", 50)]


@dataclass(slots=True)
class Site:
    """A node, its port, and who issues tokens."""

    bus: Bus
    port: int
    issuer: Ed25519PrivateKey

    def metadata(self, subject: str) -> list[tuple[str, str]]:
        token = issue_token(self.issuer, "k", subject=subject, authority_id=LUXIAN.id)
        return [("authorization", f"Bearer {token}")]


@pytest.fixture
async def site(database: str) -> AsyncIterator[Site]:
    issuer = Ed25519PrivateKey.generate()
    key = jwt.PyJWK.from_json(jwt.algorithms.OKPAlgorithm.to_jwk(issuer.public_key()), "EdDSA")
    register = OfficerRegister(LUXIAN.id)
    async with open_bus(database, register=register) as bus:
        reader = RegisterReader(bus.ledger, register)

        async def caught_up() -> None:
            await reader.reached(await bus.ledger.head())

        following = asyncio.create_task(reader.run())
        bus.commands.officers_caught_up = caught_up
        joint, people = (specs_of(each.descriptor, list(each.aggregates)) for each in (JOINT, OFFICERS))
        bus.commands.add(joint, caught_up)
        identifier = TokenIdentifier(Tokens(LUXIAN.id, {"k": key}), register, caught_up, caught_up)
        methods = Methods(authority=LUXIAN, clock=bus.clock, commands=bus.commands, identifier=identifier)
        running = server(
            methods.handler(JOINT.descriptor, joint, JOINT.api(bus)),
            methods.handler(OFFICERS.descriptor, people, OFFICERS.api(bus)),
        )
        port = running.add_insecure_port("127.0.0.1:0")
        await running.start()
        await _prepared(bus)
        yield Site(bus, port, issuer)
        await running.stop(None)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _prepared(bus: Bus) -> None:
    """The officers are in the register, and 泸县 is on the roster of the operation."""
    for one in LU:
        person = officers.RegisterOfficerRequest(
            officer_id=one.officer_id,
            name="甲",
            credential_number=one.credential_number,
            issuing_body="四川省司法厅",
            valid_from_on="2023-01-01",
            valid_to_on="2027-12-31",
            roles=[options.ROLE_INVESTIGATOR],
        )
        person.late_reason = "建库"
        await bus.run(person, at=NOON - timedelta(days=30))
    command_id, recorded = uuid7(), encode(meta.Meta(actor="ops", occurred_us=microseconds(NOON - timedelta(days=1))))
    await bus.ledger.append(
        Append(
            command_id=command_id,
            digest=sha256(command_id.bytes).digest(),
            stream_id=UUID(PART),
            category="participation",
            expected_version=0,
            events=tuple(NewEvent(type=type_name(event), body=encode(event), meta=recorded) for event in FIELD),
            correlation_id=UUID(PART),
            causation_id=command_id,
        )
    )


@dataclass(slots=True)
class Client:
    """One officer's device: its key, its queue, and its network."""

    site: Site
    device: Device
    queue: Queue
    send: Sender
    proxy: CutProxy

    @property
    def officer_id(self) -> str:
        return self.device.card.officer_id

    def record(self, request: Any, n: int = 0) -> Queued:
        """What the officer does at the roadside, n seconds after eight: nothing is called."""
        request.command_id = request.command_id or str(uuid7())
        request.occurred_at.CopyFrom(to_timestamp(NOON - timedelta(hours=4) + timedelta(seconds=n)))
        request.late_reason = LATE_REASON
        queued = queued_by(self.device, METHODS[type_name(request)], request)
        self.queue.add(queued)
        return queued

    async def sync(self, whims: random.Random, cuts: Sequence[str] = ()) -> Report:
        """Sends what waits in a random order; the connection breaks at these commands, before or after they arrive."""

        async def send(queued: Queued) -> Answer:
            if queued.command_id in left:
                left.remove(queued.command_id)
                self.proxy.cut(queued.command_id.encode(), whims.choice(["before", "after"]))
            return await self.send(queued)

        left = set(cuts)
        return await sync(self.queue, send, order=lambda waiting: whims.sample(waiting, len(waiting)))


@asynccontextmanager
async def device_of(site: Site, folder: Path, officer: common.OfficerSnapshot) -> AsyncIterator[Client]:
    """A device with a new key, which its officer registered before the day of the operation."""
    device = Device.new(folder, authority_id=LUXIAN.id, officer_id=officer.officer_id, device="执法终端")
    metadata = site.metadata(officer.officer_id)
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(CutProxy("127.0.0.1", site.port))
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{proxy.port}", options=FAST)
        async with channel:
            request = officers.RegisterDeviceKeyRequest(
                officer_id=officer.officer_id, public_key=device.public, proof=device.proof, device="执法终端"
            )
            request.late_reason = "补登记"
            stub = officers_grpc.OfficersServiceStub(channel)
            early = command(request, at=NOON - timedelta(days=2))
            await stub.RegisterDeviceKey(early, timeout=10, metadata=metadata)
            with Queue(folder / "queue.sqlite") as queue:
                sender = Sender(
                    channel=channel,
                    metadata=metadata,
                    seconds=10,
                    address="the node",
                    files_of=queue.files,
                    upload=lambda path, upload_id: None,
                )
                yield Client(site, device, queue, sender, proxy)


def a_day_of_work() -> list[Any]:
    """500 commands; a chain of inspection, finding and handling is one vehicle's."""
    work: list[Any] = []
    team = ids(*LU[:2])
    for n in range(INSPECTIONS):
        inspection, finding = str(uuid7()), str(uuid7())
        work += [
            commands.RecordInspectionRequest(
                participation_id=PART,
                inspection_id=inspection,
                checkpoint_id="B",
                inspection_class=pb.INSPECTION_CLASS_PASSENGER,
                object=coach(f"川E·A{n:04}"),
                result=pb.INSPECTION_RESULT_FINDING,
                officer_ids=team,
            ),
            commands.RecordFindingRequest(
                participation_id=PART,
                finding_id=finding,
                inspection_id=inspection,
                act_code="RTR-63-1",
                facts="未取得道路运输经营许可",
                officer_ids=team,
            ),
            commands.RecordHandlingRequest(
                participation_id=PART,
                inspection_id=inspection,
                finding_id=finding,
                handling=pb.HANDLING_RELEASED,
                officer_ids=team,
            ),
        ]
    work += [
        commands.RecordEducationRequest(participation_id=PART, checkpoint_id="B", head_count=1, topic="超限")
        for _ in range(LESSONS)
    ]
    return work


async def recorded_by(site: Site, command_ids: set[str]) -> tuple[Counter[str], list[meta.Meta]]:
    """How many events each command has in the ledger, and their metadata."""
    stream = await site.bus.ledger.read_stream(UUID(PART))
    mine = [event for event in stream.events if str(event.causation_id) in command_ids]
    return Counter(str(event.causation_id) for event in mine), [meta.Meta.FromString(event.meta) for event in mine]


async def test_500_commands_of_three_devices_arrive_once_each_in_any_order_with_cuts(site, tmp_path):
    whims = random.Random(20241218)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(device_of(site, tmp_path / str(n), LU[n])) for n in range(CLIENTS)]
        queued = [whims.choice(clients).record(request, n) for n, request in enumerate(a_day_of_work())]
        site.bus.clock.instant = BACK_ONLINE
        cuts = {id(each): [one.command_id for one in whims.sample(each.queue.all(), 10)] for each in clients}
        reports = await asyncio.gather(*(each.sync(whims, cuts[id(each)]) for each in clients))
        broken = sum(report.cuts for report in reports)
        while any(report.waiting for report in reports):  # for what a colleague's device had not sent yet
            before = sum(len(each.queue.all(State.ACCEPTED)) for each in clients)
            reports = await asyncio.gather(*(each.sync(whims) for each in clients))
            assert sum(len(each.queue.all(State.ACCEPTED)) for each in clients) > before
        states = Counter(one.state for each in clients for one in each.queue.all())
        keys = {bytes.fromhex(each.device.card.key_id): each.device.public for each in clients}
    assert broken >= CLIENTS * 5
    assert states == {State.ACCEPTED: 500}
    counts, metas = await recorded_by(site, {one.command_id for one in queued})
    assert counts == dict.fromkeys((one.command_id for one in queued), 1)
    for each in metas:
        said = statement(LUXIAN.id, METHODS[each.command_type], each.device.command_sha256)
        assert verify_signature(keys[each.device.key_id], said, each.device.signature)
        assert each.late_reason == LATE_REASON
    assert {each.device.command_sha256 for each in metas} == {sha256(one.request).digest() for one in queued}


def lesson(heads: int = 1, command_id: str = "") -> commands.RecordEducationRequest:
    return commands.RecordEducationRequest(
        command_id=command_id, participation_id=PART, checkpoint_id="B", head_count=heads, topic="超限"
    )


async def asked(client: Client, queued: Queued) -> str:
    answer = await client.send(queued)
    assert isinstance(answer, RefusedBy), answer
    return answer.reason


async def test_only_the_officers_own_device_signs_only_what_was_recorded(site, tmp_path):
    async with (
        device_of(site, tmp_path / "li", LU[0]) as li,
        device_of(site, tmp_path / "wang", LU[1]) as wang,
    ):
        queued = li.record(lesson())
        site.bus.clock.instant = BACK_ONLINE
        changed: Message = lesson(heads=900, command_id=queued.command_id)
        theirs = wang.record(changed)
        assert await asked(li, replace(queued, request=theirs.request)) == "DEVICE_SIGNATURE_WRONG"
        assert await asked(li, replace(queued, signature=b"")) == "DEVICE_SIGNATURE_WRONG"
        assert await asked(wang, queued) == "DEVICE_KEY_NOT_IN_FORCE"
        counts, _ = await recorded_by(site, {queued.command_id})
        assert not counts
        assert (await li.sync(random.Random(1))).accepted == 1
        report = await wang.sync(random.Random(1))  # the same id with another content
        assert report.conflicts == 1
        [conflict] = wang.queue.all(State.CONFLICT)
        assert conflict.reason == "kernel/COMMAND_MISMATCH"
        counts, _ = await recorded_by(site, {queued.command_id})
        assert counts == {queued.command_id: 1}


async def test_a_revoked_key_counts_for_what_was_done_before_it_was_lost(site, tmp_path):
    async with device_of(site, tmp_path / "li", LU[0]) as li:
        before, after = li.record(lesson(), n=0), li.record(lesson(), n=7200)
        site.bus.clock.instant = BACK_ONLINE
        lost = officers.RevokeDeviceKeyRequest(
            officer_id=li.officer_id, key_id=bytes.fromhex(li.device.card.key_id), reason="遗失"
        )
        lost.late_reason = "次日报失"
        await site.bus.run(lost, at=NOON - timedelta(hours=3))
        report = await li.sync(random.Random(1))
    assert (report.accepted, report.conflicts) == (1, 1)
    counts, _ = await recorded_by(site, {before.command_id, after.command_id})
    assert counts == {before.command_id: 1}
