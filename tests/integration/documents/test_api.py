"""What the queries show: words that tell of a person by role and purpose; files that are there, and lost ones."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as events
from enforcement.documents.v1 import service_pb2 as pb

from services.documents.api import DocumentsApi
from services.documents.service import SERVICE
from services.documents.storing import store
from services.kernel.blobs import DiskBlobs
from services.kernel.messages import type_name
from tests.support.decider import CHIEF, LI, LUXIAN, WANG, ZHAO, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.cases import acts

NUMBER = "510521199001011234"
DOCUMENT = uid("document")
HANDLING = audit.PURPOSE_CASE_HANDLING


@pytest.fixture
async def documents(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


@pytest.fixture
def blobs(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path)


def api(documents: Reading, blobs: DiskBlobs) -> DocumentsApi:
    node: Any = SimpleNamespace(
        ledger=documents.ledger, views=documents.views, blobs=blobs, authority=LUXIAN, members={LUXIAN.id: LUXIAN}
    )
    return DocumentsApi(node)


async def accesses(documents: Reading) -> list[audit.PersonalDataAccessed]:
    found = (await documents.ledger.read(0, types=(type_name(audit.PersonalDataAccessed),))).events
    return [audit.PersonalDataAccessed.FromString(event.body) for event in found]


async def corrected(documents: Reading) -> None:
    first = events.DocumentIssued(document_id=DOCUMENT, form="F1", matter_id=acts.CASE, version=1)
    second = events.DocumentIssued(
        document_id=DOCUMENT, form="F1", matter_id=acts.CASE, version=2, number="1号", correction=f"{NUMBER}误写"
    )
    await documents.record("case", *acts.INVESTIGATING)
    await documents.record("document", first, second)


async def test_the_words_of_a_correction_are_shown_to_the_officers_of_the_case_and_it_is_on_record(documents, blobs):
    await corrected(documents)
    request = pb.GetDocumentRequest(document_id=DOCUMENT, min_position=documents.position, purpose=HANDLING)
    shown = await api(documents, blobs).get_document(request, call(LI))
    assert shown.document.versions[1].correction == f"{NUMBER}误写"
    [access] = await accesses(documents)
    assert (access.officer_id, list(access.subject_ids)) == (LI.officer_id, [acts.CASE])


@pytest.mark.parametrize(("actor", "purpose"), [(ZHAO, HANDLING), (LI, audit.PURPOSE_UNSPECIFIED)])
async def test_nobody_else_reads_the_number_in_a_correction(documents, blobs, actor, purpose):
    await corrected(documents)
    request = pb.ListDocumentsRequest(matter_id=acts.CASE, min_position=documents.position, purpose=purpose)
    listed = await api(documents, blobs).list_documents(request, call(actor))
    assert listed.documents[0].versions[1].correction == "5****************4误写"
    assert await accesses(documents) == []


async def test_a_catalogue_counts_what_is_there_and_misses_what_the_store_has_lost(documents, blobs):
    kept = await store(blobs, b"a photograph", media_type="image/jpeg", file_name="张三.jpg")
    lost = common.BlobRef(
        sha256=hashlib.sha256(b"a film").digest(), size=6, media_type="video/mp4", file_name="film.mp4"
    )
    evidence = [
        cases.EvidenceAdded(case_id=acts.CASE, evidence_id=uid(name), description=name, file=file)
        for name, file in (("照片", kept), ("录像", lost))
    ]
    await documents.record("case", *acts.INVESTIGATING, *evidence)
    request = pb.GetCatalogueRequest(matter_id=acts.CASE, min_position=documents.position, purpose=HANDLING)
    shown = await api(documents, blobs).get_catalogue(request, call(LI))
    by_pages = {(entry.remark, entry.first_page, entry.file.file_name) for entry in shown.entries}
    assert by_pages == {("", 1, "张三.jpg"), ("文件不在本单位存储中", 0, "film.mp4")}
    assert "目录第2项的文件" in shown.lacking or "目录第1项的文件" in shown.lacking
    masked = await api(documents, blobs).get_catalogue(
        pb.GetCatalogueRequest(matter_id=acts.CASE, min_position=documents.position), call(LI)
    )
    assert {entry.file.file_name for entry in masked.entries} == {""}


REVIEW = uid("review")
REMARK = "当事人张三（510521199001011234）未签名"


async def reviewed(documents: Reading) -> None:
    opened = events.ReviewOpened(review_id=REVIEW, matter_id=acts.CASE, reviewers=[WANG, CHIEF])
    finding = events.ReviewFinding(code="A1", deducted_tenths=10, remark=REMARK)
    await documents.record("case", *acts.INVESTIGATING)
    await documents.record(
        "case_review", opened, events.ReviewCompleted(review_id=REVIEW, matter_id=acts.CASE, findings=[finding])
    )


@pytest.mark.parametrize(
    ("actor", "purpose", "remark"),
    [
        (LI, HANDLING, REMARK),
        (ZHAO, HANDLING, ""),
        (LI, audit.PURPOSE_UNSPECIFIED, ""),
        (WANG, audit.PURPOSE_SUPERVISION, REMARK),
    ],
    ids=["an officer of the case", "another officer", "without purpose", "a reviewer"],
)
async def test_what_reviewers_remarked_is_for_those_who_may_see_the_whole_matter_and_on_record(
    documents, blobs, actor, purpose, remark
):
    await reviewed(documents)
    request = pb.GetReviewRequest(review_id=REVIEW, min_position=documents.position, purpose=purpose)
    shown = await api(documents, blobs).get_review(request, call(actor))
    assert ([one.remark for one in shown.review.findings], shown.masked) == ([remark], not remark)
    recorded = [(one.officer_id, list(one.subject_ids), one.method) for one in await accesses(documents)]
    assert recorded == ([(actor.officer_id, [acts.CASE], "documents.GetReview")] if remark else [])


async def test_the_newest_review_of_a_matter_is_found_by_it(documents, blobs):
    await reviewed(documents)
    request = pb.GetReviewRequest(matter_id=acts.CASE, min_position=documents.position)
    assert (await api(documents, blobs).get_review(request, call(LI))).review.review_id == REVIEW
