"""Of a form that a matter has once, two officers who issue it in the same moment make one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands
from enforcement.ledger.v1.meta_pb2 import Meta

from services.documents.model import archive, document, numbering, review
from services.documents.model.document import id_of_the_one
from services.documents.registry import forms
from services.kernel.command_specs import specs_of
from services.kernel.commands import Commands
from services.kernel.errors import Conflict, KernelRefusal, Refused
from services.kernel.ledger import Append, Ledger, NewEvent, uuid7
from services.kernel.messages import encode, type_name
from services.kernel.rules import Rules
from tests.support.decider import LEADER, acting
from tests.support.decider import Register as Officers
from tests.support.kernel import LUXIAN, StandingClock, command
from tests.unit.documents import samples

F15, F2 = forms()["F15"], forms()["F2"]
ISSUE = type_name(commands.IssueDocumentRequest)


@asynccontextmanager
async def desk(dsn: str, both: asyncio.Barrier | None = None) -> AsyncIterator[Commands]:
    """One process's commands; what it looks up says that nothing was issued, as before both read."""

    async def facts(request: Any, context: Any) -> Any:
        if both is not None:
            await both.wait()
        return samples.known_for(forms()[request.form])

    async def naming(request: Any) -> str:
        form = forms()[request.form]
        return id_of_the_one(form, request.matter_id, samples.known_for(form).facts) if form.once else ""

    async with Ledger.open(dsn) as ledger:
        opened = Commands(
            ledger,
            authority=LUXIAN,
            members={LUXIAN.id: LUXIAN},
            officers=Officers(samples.SIGNING),
            rules=Rules(),
            clock=StandingClock(),
            officers_caught_up=_at_once,
        )
        service = commands.DESCRIPTOR.services_by_name["DocumentsService"]
        specs = specs_of(service, [numbering, document, archive, review])
        opened.add(specs, _at_once, {ISSUE: facts}, {ISSUE: naming})
        yield opened


async def _at_once() -> None:
    return None


def issue(form: Any) -> commands.IssueDocumentRequest:
    return command(samples.issue(form, document_id=""))


async def issued_of(database: str) -> list[pb.DocumentIssued]:
    async with Ledger.open(database) as ledger:
        found = (await ledger.read(0, types=(type_name(pb.DocumentIssued),))).events
    return [pb.DocumentIssued.FromString(event.body) for event in found]


@pytest.fixture
async def matter(database: str) -> str:
    """A ledger that has the matter."""
    body, meta = encode(cases.CaseFiled(case_id=samples.MATTER)), encode(Meta(actor="test"))
    command_id, stream = uuid7(), UUID(samples.MATTER)
    async with Ledger.open(database) as ledger:
        await ledger.append(
            Append(
                command_id=command_id,
                digest=sha256(command_id.bytes).digest(),
                stream_id=stream,
                category="case",
                expected_version=0,
                events=(NewEvent(type_name(cases.CaseFiled), body, meta),),
                correlation_id=stream,
                causation_id=command_id,
            )
        )
    return database


async def both_issue(database: str, form: Any) -> list[Any]:
    both = asyncio.Barrier(2)
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk(database, both)) for _ in range(2)]
        return await asyncio.gather(
            *(one.execute(issue(form), acting(LEADER)) for one in desks), return_exceptions=True
        )


async def test_two_decisions_of_a_case_issued_at_once_are_one(matter: str) -> None:
    answers = await both_issue(matter, F15)
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [Conflict]
    assert len(await issued_of(matter)) == 1


async def test_two_records_of_a_case_issued_at_once_are_two(matter: str) -> None:
    answers = await both_issue(matter, F2)
    assert all(isinstance(answer, common.Recorded) for answer in answers)
    assert len({one.document_id for one in await issued_of(matter)}) == 2


async def test_the_same_command_gets_its_answer_again_and_another_is_refused(matter: str) -> None:
    async with desk(matter) as opened:
        request = issue(F15)
        first = await opened.execute(request, acting(LEADER))
        repeated = issue(F15)
        repeated.command_id = request.command_id
        assert await opened.execute(repeated, acting(LEADER)) == first
        again = issue(F15)
        again.command_id = str(uuid7())
        with pytest.raises(Refused) as refused:
            await opened.execute(again, acting(LEADER))
        assert refused.value.code is KernelRefusal.ALREADY_EXISTS
