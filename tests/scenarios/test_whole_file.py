"""从线索到归档，普通程序所需文书一份不缺：每份文书经gRPC制作、取号、生成，案卷完整，不附理由即可归档，归档包可以核验。"""

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.documents.v1 import events_pb2 as events
from enforcement.documents.v1 import service_pb2 as documents

from deploy.local.story.cast import LUXIAN
from deploy.local.story.parties import PARTIES, VEHICLES
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from services.cases.model import redaction
from services.documents.package import EVENTS, INDEX, problems
from services.documents.registry import forms
from tests.scenarios import whole_file
from tests.scenarios.at_02 import CLERK, LEADER, OFFICER
from tests.scenarios.whole_file import ISSUED, REPORTER, Sheet
from tests.support.system import run_on, system


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Run]:
    """泸县 with its bank."""
    async with system(LUXIAN, collects=True) as cluster, run_on(cluster, registered_at="2024-09-02 09:00") as told:
        yield told


@pytest.fixture(scope="module")
async def issued(run: Run) -> dict[str, Sheet]:
    """What the case's officers issued until it was closed, by form."""
    return await whole_file.tell(run)


@pytest.fixture(scope="module")
async def package(run: Run, issued: dict[str, Sheet]) -> tuple[events.ArchivePackageBuilt, bytes]:
    """The package, built without a reason."""
    built = await run.act(CLERK, "package", documents.BuildArchiveRequest(matter_id=run.facts.cases["B"]))
    found = (await run.ask(CLERK, documents.GetArchiveRequest(archive_id=built.id))).archive
    content = await run.calls.download(LUXIAN, run.officer_id(CLERK), found.package.sha256, built.id)
    return found, content


async def test_every_form_of_the_procedure_is_issued_numbered_and_rendered(issued: dict[str, Sheet]) -> None:
    assert set(issued) == set(ISSUED)
    for form, sheet in issued.items():
        assert sheet.number == f"川泸交{forms()[form].word}〔2024〕1号"
        assert sheet.file.media_type == "application/pdf"


async def test_the_file_lacks_nothing_and_has_every_sheet_in_its_order(run: Run, issued: dict[str, Sheet]) -> None:
    question = documents.GetCatalogueRequest(matter_id=run.facts.cases["B"], purpose=audit.PURPOSE_CASE_HANDLING)
    catalogue = await run.ask(OFFICER, question)
    assert list(catalogue.lacking) == []
    numbers = [entry.number for entry in catalogue.entries if entry.number]
    assert numbers == [issued[form].number for form in forms() if form in issued]
    pages = [(one.first_page, one.last_page) for one in catalogue.entries if one.first_page]
    assert [first for first, _ in pages] == [1, *(last + 1 for _, last in pages[:-1])]
    assert pages[-1][1] == catalogue.pages


async def test_the_package_is_built_without_a_reason_and_the_tool_finds_it_sound(
    package: tuple[events.ArchivePackageBuilt, bytes], issued: dict[str, Sheet]
) -> None:
    built, content = package
    assert (list(built.lacking), built.reason) == ([], "")
    assert list(problems(content, index_sha256=built.index_sha256)) == []
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        index = json.loads(files.read(INDEX))
        inside = {hashlib.sha256(files.read(name)).digest() for name in files.namelist()}
    assert index["lacking"] == []
    assert {sheet.file.sha256 for sheet in issued.values()} <= inside


async def test_what_is_public_is_the_decision_on_file_but_for_what_is_hidden(
    package: tuple[events.ArchivePackageBuilt, bytes],
) -> None:
    with zipfile.ZipFile(io.BytesIO(package[1])) as files:
        history = [json.loads(line) for line in files.read(EVENTS).splitlines()]
    said = [one["content"] for one in history if one["type"].endswith("DocumentRendered")]
    [text] = [one["text"] for one in said if one["form"] == "F15"]
    [proposed] = [one["content"] for one in history if one["type"].endswith("PublicationProposed")]
    hidden = publication.PublicationProposed(
        redactions=[
            publication.Redaction(start=one.get("start", 0), end=one["end"], mask=one["mask"])
            for one in proposed["redactions"]
        ]
    ).redactions
    words = [text[one.start : one.end] for one in hidden]
    assert redaction.restore(proposed["copy"], hidden, words) == text
    party = PARTIES[B]
    for secret in (party.name, party.id_number, party.phone, party.address, VEHICLES[B].plate, REPORTER):
        assert secret not in proposed["copy"]
    for secret in (party.name, party.id_number, party.address):
        assert secret in words
    assert "罚款人民币壹万元整（¥10,000.00）" in proposed["copy"]


async def test_the_case_is_archived_as_that_package(
    run: Run, package: tuple[events.ArchivePackageBuilt, bytes]
) -> None:
    await whole_file.archive(run, package[0].archive_id)
    shown = await run.ask(LEADER, cases.GetCaseRequest(case_id=run.facts.cases["B"]))
    assert shown.case.summary.stage == "已归档"
