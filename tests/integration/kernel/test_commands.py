"""From a request to events in the ledger: idempotency, conflicts, times, and states that others changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import grpc
import pytest
from enforcement.ledger.v1 import meta_pb2 as meta
from enforcement.officers.v1 import events_pb2 as events
from enforcement.officers.v1 import service_pb2 as pb
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.kernel import commands
from services.kernel.errors import Conflict, KernelRefusal, RefusalCode, Refused
from services.kernel.identity import Actor
from services.kernel.ledger import Append, Appended, Mismatch, NewEvent, Stream, uuid7
from services.kernel.messages import encode, microseconds, type_name
from services.kernel.rpc import status_of
from services.officers.model import Refusal
from tests.support.kernel import NOON, Bus, command, open_bus

REGISTER = pb.RegisterOfficerRequest(
    name="李四",
    credential_number="川51052100001",
    issuing_body="四川省司法厅",
    valid_from_on="2024-01-01",
    valid_to_on="2028-12-31",
    roles=[options.ROLE_INVESTIGATOR],
)

ROLES = options.Role.values()[1:]


@pytest.fixture
async def bus(database: str) -> AsyncIterator[Bus]:
    async with open_bus(database) as opened:
        yield opened


async def refused(running: object) -> RefusalCode:
    with pytest.raises(Refused) as caught:
        await running  # type: ignore[misc]
    return caught.value.code


async def test_an_answer_names_the_position_that_holds_the_event(bus: Bus) -> None:
    answer = await bus.run(REGISTER)
    event = (await bus.ledger.read(answer.position - 1, 1)).events[0]
    assert (str(event.stream_id), event.version, event.type) == (
        answer.id, 1, "enforcement.officers.v1.OfficerRegistered",
    )  # fmt: skip
    recorded = meta.Meta.FromString(event.meta)
    assert (recorded.actor, recorded.command_type) == ("ops", "enforcement.officers.v1.RegisterOfficerRequest")


async def test_a_repeated_command_gets_its_first_answer_whatever_happened_since(bus: Bus) -> None:
    first = command(REGISTER)
    answer = await bus.run(first)
    suspend = command(pb.SuspendCredentialRequest(officer_id=answer.id, reason="培训未达标"))
    suspended = await bus.run(suspend)
    await bus.run(pb.RestoreCredentialRequest(officer_id=answer.id, reason="补训完成"))
    head = await bus.ledger.head()
    assert await bus.run(first) == answer
    assert await bus.run(suspend) == suspended
    assert await bus.ledger.head() == head


async def test_the_same_id_with_other_content_is_refused(bus: Bus) -> None:
    first = command(REGISTER)
    await bus.run(first)
    first.name = "王五"
    with pytest.raises(Mismatch):
        await bus.run(first)
    assert await bus.ledger.head() == 1


async def test_a_refusal_appends_nothing(bus: Bus) -> None:
    answer = await bus.run(REGISTER)
    restore = pb.RestoreCredentialRequest(officer_id=answer.id, reason="无")
    assert await refused(bus.run(restore)) == Refusal.CREDENTIAL_ALREADY
    assert await bus.ledger.head() == 1


async def test_a_missing_aggregate_is_not_found_and_an_existing_one_is_not_made_again(bus: Bus) -> None:
    nobody = pb.SuspendCredentialRequest(officer_id=str(uuid7()), reason="无此人")
    assert await refused(bus.run(nobody)) == KernelRefusal.NOT_FOUND
    answer = await bus.run(REGISTER)
    again = command(REGISTER)
    again.officer_id = answer.id
    assert await refused(bus.run(again)) == KernelRefusal.ALREADY_EXISTS


async def test_a_refusal_is_judged_on_what_another_process_wrote(bus: Bus, database: str) -> None:
    answer = await bus.run(REGISTER)
    async with open_bus(database) as other:
        await other.run(pb.SuspendCredentialRequest(officer_id=answer.id, reason="停职"))
    assert (await bus.run(pb.RestoreCredentialRequest(officer_id=answer.id, reason="复职"))).version == 3


async def test_writers_of_one_stream_all_succeed_when_each_decision_still_holds(bus: Bus, database: str) -> None:
    answer = await bus.run(REGISTER)
    async with open_bus(database) as other:
        roles = [pb.AssignRolesRequest(officer_id=answer.id, roles=[ROLES[n % 9]]) for n in range(32)]
        answers = await asyncio.gather(*((bus, other)[n % 2].run(request) for n, request in enumerate(roles)))
    assert sorted(answer.version for answer in answers) == list(range(2, 34))


def write_before(bus: Bus, monkeypatch: pytest.MonkeyPatch, other: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Lets another process write between what `bus` read and what it appends, each time; answers what it wrote."""
    append, written = bus.ledger.append, []

    async def late(one: Append) -> Appended:
        written.append(await other())
        return await append(one)

    monkeypatch.setattr(bus.ledger, "append", late)
    return written


async def test_a_decision_that_holds_no_more_after_others_wrote_is_aborted(
    bus: Bus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bus(database) as other:
        answer = await other.run(REGISTER)
        suspend = pb.SuspendCredentialRequest(officer_id=answer.id, reason="停职")
        written = write_before(bus, monkeypatch, lambda: other.run(suspend))
        with pytest.raises(Conflict, match="others wrote first") as conflict:
            await bus.run(pb.SuspendCredentialRequest(officer_id=answer.id, reason="培训未达标"))
    assert status_of(conflict.value, "SuspendCredential").code == grpc.StatusCode.ABORTED.value[0]
    assert await bus.ledger.head() == written[-1].position == 2


async def test_a_command_that_others_always_overtake_is_aborted(
    bus: Bus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bus(database) as other:
        answer = await other.run(REGISTER)
        assign = pb.AssignRolesRequest(officer_id=answer.id, roles=[options.ROLE_LEADER])
        written = write_before(bus, monkeypatch, lambda: other.run(assign))
        with pytest.raises(Conflict, match="met other writers") as conflict:
            await bus.run(pb.AssignRolesRequest(officer_id=answer.id, roles=[options.ROLE_INVESTIGATOR]))
    assert status_of(conflict.value, "AssignRoles").code == grpc.StatusCode.ABORTED.value[0]
    assert len(written) == commands.CONFLICTS_MAX
    assert await bus.ledger.head() == 1 + len(written)


async def test_an_act_may_not_lie_in_the_future(bus: Bus) -> None:
    assert await refused(bus.run(REGISTER, at=NOON + timedelta(minutes=1))) == KernelRefusal.OCCURRED_IN_FUTURE


async def test_recording_late_needs_a_reason_that_shows(bus: Bus) -> None:
    early = NOON - timedelta(hours=25)
    assert await refused(bus.run(REGISTER, at=early)) == KernelRefusal.LATE_WITHOUT_REASON
    request = command(REGISTER, at=early)
    request.late_reason = "网络中断"
    answer = await bus.run(request)
    event = (await bus.ledger.read_stream(UUID(answer.id))).events[0]
    assert meta.Meta.FromString(event.meta).late_reason == "网络中断"


async def test_what_the_collecting_side_says_late_needs_no_reason(bus: Bus) -> None:
    answer = await bus.run(REGISTER, at=NOON - timedelta(days=9), actor=Actor("bank", "collector"))
    assert (await bus.ledger.read_stream(UUID(answer.id))).events


async def test_what_breaks_the_schema_is_refused_with_every_field(bus: Bus) -> None:
    with pytest.raises(Refused) as caught:
        await bus.run(pb.RegisterOfficerRequest(name="", command_id="7"))
    assert caught.value.code == KernelRefusal.INVALID_REQUEST
    assert {"command_id", "name", "valid_from_on"} <= {
        part.split(":")[0].strip() for part in caught.value.variables["detail"].split(";")
    }


async def test_a_state_replayed_from_the_ledger_decides_like_the_one_kept(bus: Bus, database: str) -> None:
    answer = await bus.run(REGISTER)
    await bus.run(pb.CancelCredentialRequest(officer_id=answer.id, reason="调离"))
    again = pb.SuspendCredentialRequest(officer_id=answer.id, reason="复查")
    kept = await refused(bus.run(again))
    async with open_bus(database) as fresh:
        assert await refused(fresh.run(again)) == kept


async def test_a_long_stream_is_read_once(bus: Bus, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = await bus.run(REGISTER)
    assigned = events.RolesAssigned(officer_id=answer.id, roles=[options.ROLE_LEADER])
    await bus.ledger.append(many(UUID(answer.id), assigned, 1_999))
    async with open_bus(database) as fresh:
        read: list[int] = []
        read_stream = fresh.ledger.read_stream

        async def counted(stream_id: UUID, after_version: int = 0) -> Stream:
            stream = await read_stream(stream_id, after_version)
            read.append(len(stream.events))
            return stream

        monkeypatch.setattr(fresh.ledger, "read_stream", counted)
        again = pb.AssignRolesRequest(officer_id=answer.id, roles=[options.ROLE_INVESTIGATOR])
        versions = [(await fresh.run(again)).version for _ in range(2)]
    assert versions == [2_001, 2_002]
    assert read == [2_000]


def many(stream_id: UUID, event: Message, count: int) -> Append:
    """The same event `count` times after the first of a stream, by one command."""
    command_id = uuid7()
    by = meta.Meta(actor="ops", actor_kind=meta.ACTOR_KIND_ADMINISTRATOR, occurred_us=microseconds(NOON))
    return Append(
        command_id=command_id,
        digest=bytes(32),
        stream_id=stream_id,
        category="officer",
        expected_version=1,
        events=(NewEvent(type_name(event), encode(event), encode(by)),) * count,
        correlation_id=stream_id,
        causation_id=command_id,
    )
