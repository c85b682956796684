"""What publication and archive look up, over real PostgreSQL: the decision's sheet, known persons, the package."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.documents.v1 import events_pb2 as documents

from services.cases import file_lookups
from services.cases.model.publication import OnFile
from services.cases.service import SERVICE
from tests.support.decider import uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, reading
from tests.unit.cases.acts import CASE, CLUE_REGISTERED, FILED, PENALISED, changed, file

SHEET = documents.DocumentRendered(
    document_id=uid("sheet"), version=1, number="川泸交罚〔2024〕1号", form="F15", matter_id=CASE, text="罚款一万元"
)
BUILT = documents.ArchivePackageBuilt(archive_id=uid("archive"), matter_id=CASE, package=file("归档包"))


@pytest.fixture
async def cases(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


async def proposing(cases: Reading) -> OnFile:
    request = publication.ProposePublicationRequest(case_id=CASE)
    return await file_lookups.decision_and_persons(cases, request, None)  # type: ignore[arg-type,no-any-return]


async def publishing(cases: Reading) -> OnFile:
    request = publication.PublishDecisionRequest(case_id=CASE)
    return await file_lookups.decision_to_publish(cases, request, None)  # type: ignore[arg-type,no-any-return]


async def package(cases: Reading) -> str:
    return await file_lookups.package_built_last(cases, side.ArchiveCaseRequest(case_id=CASE), None)  # type: ignore[arg-type,no-any-return]


async def test_the_text_is_that_of_the_newest_sheet_of_the_decision(cases):
    await cases.record("case", CLUE_REGISTERED, FILED, PENALISED)
    assert await proposing(cases) == OnFile(persons=("张三",))
    await cases.record("document", SHEET)
    assert await proposing(cases) == OnFile("罚款一万元", SHEET.number, ("张三",))
    assert await publishing(cases) == OnFile("罚款一万元", SHEET.number)
    await cases.record("document", changed(SHEET, version=2, text="罚款八千元"))
    assert (await publishing(cases)).text == "罚款八千元"


@pytest.mark.parametrize("form", ["F11", "F24"])
async def test_no_other_sheet_is_the_decision(cases, form):
    await cases.record("document", changed(SHEET, form=form))
    assert await publishing(cases) == OnFile()


@pytest.mark.parametrize("event", [decisions.DecisionAmended(case_id=CASE), decisions.DecisionRevoked(case_id=CASE)])
async def test_the_sheet_of_a_decision_that_no_longer_holds_is_not_the_decision(cases, event: Any):
    await cases.record("case", CLUE_REGISTERED, FILED, PENALISED)
    await cases.record("document", SHEET)
    await cases.record("case", event)
    assert await publishing(cases) == OnFile()
    await cases.record("document", changed(SHEET, document_id=uid("new sheet"), text="罚款五千元"))
    assert (await publishing(cases)).text == "罚款五千元"


async def test_whom_the_events_of_the_case_name_is_known(cases):
    await cases.record("case", changed(CLUE_REGISTERED, reporter="王五"), FILED)
    assert (await proposing(cases)).persons == ("王五", "张三")


async def test_the_package_is_the_one_that_was_built_last_for_the_case(cases):
    assert await package(cases) == ""
    await cases.record("archive", changed(BUILT, archive_id=uid("of another"), matter_id=uid("another case")))
    assert await package(cases) == ""
    await cases.record("archive", BUILT)
    assert await package(cases) == BUILT.package.sha256.hex()
    await cases.record("archive", changed(BUILT, archive_id=uid("newer"), package=file("新归档包")))
    assert await package(cases) == file("新归档包").sha256.hex()


async def test_a_package_that_was_built_before_the_case_was_closed_again_is_not_its_package(cases):
    await cases.record("case", CLUE_REGISTERED, FILED)
    await cases.record("archive", BUILT)
    await cases.record("case", events.CaseClosed(case_id=CASE))
    assert await package(cases) == ""
    await cases.record("archive", changed(BUILT, archive_id=uid("newer"), package=file("新归档包")))
    assert await package(cases) == file("新归档包").sha256.hex()
