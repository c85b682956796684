"""The history of a matter: the steps of every service, read with the rights of one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from uuid import UUID

import pytest
from enforcement.cases.v1 import service_pb2 as cases_rpc
from enforcement.collection.v1 import service_pb2 as collection_rpc
from enforcement.common.v1 import common_pb2 as common
from enforcement.ledger.v1 import meta_pb2 as meta
from google.protobuf.message import Message

from services.cases.service import SERVICE as CASES
from services.collection.service import SERVICE as COLLECTION
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.ledger import Append, Ledger, NewEvent, migrate, uuid7
from services.kernel.messages import aggregate_id, encode, microseconds, type_name
from services.kernel.projection import VIEW, ViewReader, ViewsRunner
from services.kernel.service import Service
from services.kernel.timeline import matter_timeline
from tests.support.decider import LI, NOON, uid
from tests.support.postgres import Databases, as_role
from tests.support.reading import titles
from tests.unit.cases import acts
from tests.unit.collection import acts as money

FILE, OPEN = (type_name(kind) for kind in (cases_rpc.FileCaseRequest, collection_rpc.OpenCollectionRequest))


@asynccontextmanager
async def kept(ledger: Ledger, service: Service) -> AsyncIterator[ViewReader]:
    """The read models of one service."""
    runner = ViewsRunner(service.views, ledger, owner=f"jt-510521.{service.name}")
    task = asyncio.create_task(runner.run())
    try:
        yield ViewReader(runner, ledger, service.name)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def record(ledger: Ledger, category: str, matter: str, command: str, event: Message) -> int:
    """Appends an event of a matter as a command made it."""
    command_id, stream = uuid7(), UUID(aggregate_id(event))
    known = await ledger.read_stream(stream)
    said = meta.Meta(actor=LI.officer_id, command_type=command, occurred_us=microseconds(NOON))
    append = Append(
        command_id=command_id,
        digest=sha256(command_id.bytes).digest(),
        stream_id=stream,
        category=category,
        expected_version=known.version,
        events=(NewEvent(type_name(event), encode(event), encode(said)),),
        correlation_id=UUID(matter),
        causation_id=command_id,
    )
    return (await ledger.append(append)).position


@pytest.fixture
async def reader(databases: Databases) -> AsyncIterator[ViewReader]:
    """The views of cases as that service's own role reads them, beside those of collection."""
    dsn = await databases.make()
    await migrate(databases.admin(dsn), VIEW)
    async with AsyncExitStack() as opened:
        node = await opened.enter_async_context(Ledger.open(dsn))
        alone = await opened.enter_async_context(Ledger.open(as_role(dsn, "jt-510521.cases")))
        money_views = await opened.enter_async_context(kept(node, COLLECTION))
        case_views = await opened.enter_async_context(kept(alone, CASES))
        await record(node, "case", acts.CASE, FILE, acts.FILED)
        await record(node, "collection", acts.CASE, OPEN, money.OPENED)
        await record(node, "collection", uid("another case"), OPEN, money.OPENED)
        position = await record(node, "case", acts.CASE, "", acts.ASSIGNED)
        await money_views.reached(position)
        await case_views.reached(position)
        yield case_views


async def test_the_steps_of_all_services_stand_in_one_order_each_with_its_basis(reader: ViewReader) -> None:
    async with reader.at() as connection:
        entries, token = await matter_timeline(connection, acts.CASE, [], common.PageRequest())
    assert titles(entries) == ["立案", "罚没收缴立账", "指派办案人员"]
    assert [bool(entry.basis) for entry in entries] == [True, True, False]
    assert token == ""


async def test_pages_go_through_all_services_without_a_gap(reader: ViewReader) -> None:
    shown: list[str] = []
    token = ""
    while not shown or token:
        async with reader.at() as connection:
            page = common.PageRequest(size=1, token=token)
            entries, token = await matter_timeline(connection, acts.CASE, [], page)
        shown += titles(entries)
    assert shown == ["立案", "罚没收缴立账", "指派办案人员"]


async def test_what_began_before_the_matter_is_in_it_when_it_is_named(reader: ViewReader) -> None:
    async with reader.at() as connection:
        entries, _ = await matter_timeline(connection, uid("another case"), [acts.CASE], common.PageRequest())
    assert titles(entries) == ["立案", "罚没收缴立账", "指派办案人员"]


async def test_a_matter_of_which_nothing_is_known_is_not_found(reader: ViewReader) -> None:
    with pytest.raises(Refused) as refused:
        async with reader.at() as connection:
            await matter_timeline(connection, uid("nothing"), [], common.PageRequest())
    assert refused.value.code is KernelRefusal.NOT_FOUND
