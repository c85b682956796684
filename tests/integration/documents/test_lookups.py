"""What decisions about documents look up, over a real ledger and a real typesetter."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from enforcement.documents.v1 import service_pb2 as commands

from services.documents.lookups import lookups
from services.documents.present import sheet
from services.documents.registry import FORMS_DIR
from services.documents.service import SERVICE
from services.documents.settings import settings
from services.documents.shared import Refusal
from services.documents.stored import read_snapshot
from services.documents.typesetter import Typesetter, Unrendered
from services.kernel.blobs import BlobStore, DiskBlobs
from services.kernel.errors import Refused
from services.kernel.ledger import Ledger
from services.kernel.messages import type_name
from tests.support.postgres import Databases
from tests.support.reading import Reading, reading
from tests.unit.documents.test_document import DOCUMENT, F15, FIRST, NUMBER

RENDER = commands.RenderDocumentRequest(document_id=DOCUMENT, number=NUMBER)


@dataclass(slots=True)
class Site:
    """What a look-up finds around it: the ledger, and the store of files."""

    books: Reading
    blobs: BlobStore
    folder: Path

    @property
    def ledger(self) -> Ledger:
        return self.books.ledger

    @property
    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
async def site(databases: Databases, tmp_path: Path) -> AsyncIterator[Site]:
    async with reading(databases, SERVICE) as books:
        await books.record("document", FIRST)
        yield Site(books, DiskBlobs(tmp_path / "blobs"), tmp_path / "blobs")


async def look_up(site: Site) -> Any:
    return await lookups.by_command[type_name(RENDER)](site, RENDER, None)  # type: ignore[arg-type]


async def test_a_document_is_rendered_into_the_store_of_files(site):
    found = await look_up(site)
    assert await site.blobs.stat(found.file.sha256) == found.file.size
    assert found.file.file_name == f"行政处罚决定书 {NUMBER}.pdf"


async def test_a_sheet_that_typst_cannot_make_is_refused_with_its_words_and_nothing_is_stored(
    site, monkeypatch, tmp_path
):
    """The release has lost a template."""
    release = tmp_path / "forms"
    shutil.copytree(FORMS_DIR, release)
    (release / F15.template).unlink()
    monkeypatch.setattr("services.documents.typesetter.FORMS_DIR", release)
    broken = Typesetter(settings().fonts_dir, settings().font_family)
    monkeypatch.setattr("services.documents.lookups.typesetter", lambda: broken)
    with pytest.raises(Unrendered, match=F15.template) as typst:
        await broken.pdf(F15.template, sheet(F15, read_snapshot(FIRST), number=NUMBER))
    with pytest.raises(Refused) as refused:
        await look_up(site)
    assert refused.value.code == Refusal.RENDERING_FAILED
    assert refused.value.variables == {"detail": str(typst.value)}
    assert site.files == []
