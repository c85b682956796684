"""An archive package has the same bytes for the same content, and shows every change."""

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from datetime import UTC, datetime
from uuid import UUID

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.ledger.v1 import meta_pb2 as meta
from google.protobuf.message import Message

from services.documents.dossier import Entry, catalogue
from services.documents.package import EVENTS, EVIDENCE_SUMS, INDEX, SUMS, Package, build, problems
from services.kernel.ledger import Event, derive
from services.kernel.ledger.events import hash_of
from services.kernel.messages import encode, type_name
from tests.support.decider import uid

PDF = b"%PDF-1.7 /Type/Page made up"
PHOTO = b"a photograph"


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def event(position: int, message: Message) -> Event:
    stream = UUID(uid("case"))
    made = Event(
        position=position, stream_id=stream, version=position, event_id=derive(stream, str(position)),
        type=type_name(message), schema_version=1, recorded_at=datetime(2024, 12, 18, tzinfo=UTC),
        correlation_id=stream, causation_id=stream, traceparent=None,
        meta=encode(meta.Meta(actor="李", occurred_us=1)), body=encode(message), hash=b"",
    )  # fmt: skip
    return made._replace(hash=hash_of(made))


SNAPSHOT = b'{"form":"F1"}'
HISTORY = [
    event(1, cases.EvidenceAdded(case_id=uid("case"), file=common.BlobRef(sha256=digest(PHOTO), size=len(PHOTO)))),
    event(2, pb.DocumentIssued(document_id=uid("d"), form="F1", snapshot=SNAPSHOT, snapshot_sha256=digest(SNAPSHOT))),
    event(
        3, pb.DocumentRendered(document_id=uid("d"), form="F1", file=common.BlobRef(sha256=digest(PDF), size=len(PDF)))
    ),
]


def reference(content: bytes, name: str) -> dict[str, str]:
    return {"sha256": base64.b64encode(digest(content)).decode(), "size": str(len(content)), "fileName": name}


def made(history: list[Event] = HISTORY) -> Package:
    entries = catalogue(
        [
            Entry("立案登记表", form="F1", number="川泸交立〔2024〕1号", file=reference(PDF, "F1.pdf"), pages=1),
            Entry("视听资料：照片", file=reference(PHOTO, "照片/1.jpg"), pages=1),
            Entry("物证：道路运输证一本"),
        ]
    )
    return build(
        authority={"id": "jt-510521", "name": "泸县交通运输局"},
        matter={"id": uid("case"), "kind": "case", "number": "川泸交案〔2024〕42号"},
        entries=entries,
        files={reference(PDF, "")["sha256"]: PDF},
        catalogue=b"%PDF catalogue",
        events=history,
        up_to_position=3,
        lacking=["结案报告"],
    )


def changed(name: str, content: bytes | None) -> bytes:
    """The package with one file replaced, or taken out."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made().content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as new,
    ):
        for one in old.namelist():
            if one != name:
                new.writestr(one, old.read(one))
        if content is not None:
            new.writestr(name, content)
    return buffer.getvalue()


def inside(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(made().content)) as archive:
        return archive.read(name)


def test_the_same_content_gives_the_same_bytes_whatever_the_order_of_its_events():
    assert made() == made(list(reversed(HISTORY)))


def test_a_sound_package_has_no_problems_and_its_index_is_the_one_that_was_recorded():
    package = made()
    assert list(problems(package.content, index_sha256=package.index_sha256)) == []


def test_any_system_checks_it_with_its_own_tools(tmp_path):
    with zipfile.ZipFile(io.BytesIO(made().content)) as archive:
        archive.extractall(tmp_path)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=tmp_path, check=True)


def test_evidence_is_named_by_its_digest_and_can_be_checked_when_it_is_fetched(tmp_path):
    [line] = inside(EVIDENCE_SUMS).decode().splitlines()
    listed, name = line.split("  ")
    assert listed == digest(PHOTO).hex()
    (tmp_path / "证据").mkdir()
    (tmp_path / name).write_bytes(PHOTO)
    (tmp_path / "sums").write_bytes(inside(EVIDENCE_SUMS))
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "sums"], cwd=tmp_path, check=True)


DOCUMENT = "文书/001-立案登记表-川泸交立〔2024〕1号.pdf"


@pytest.mark.parametrize("name", [DOCUMENT, "目录.pdf", EVENTS, EVIDENCE_SUMS])
def test_a_changed_file_shows(name):
    assert any(name in problem for problem in problems(changed(name, inside(name) + b" ")))


@pytest.mark.parametrize("name", [DOCUMENT, INDEX, SUMS, EVENTS])
def test_a_missing_file_shows(name):
    assert list(problems(changed(name, None)))


def test_a_file_that_was_added_shows():
    assert any("多余.pdf" in problem for problem in problems(changed("多余.pdf", b"x")))


def test_an_index_that_was_made_anew_shows_against_the_ledger():
    index = json.loads(inside(INDEX))
    index["lacking"] = []
    forged = changed(INDEX, json.dumps(index).encode())
    assert any("账本" in problem for problem in problems(forged, index_sha256=made().index_sha256))


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("body", base64.b64encode(b"").decode()),
        ("type", "enforcement.cases.v1.CaseClosed"),
        ("hash", "00" * 32),
        ("version", 9),
        ("content", {"caseId": "another"}),
    ],
)
def test_an_altered_event_shows_even_when_every_sum_was_made_anew(what, value):
    lines = [json.loads(line) for line in inside(EVENTS).splitlines()]
    lines[0][what] = value
    altered = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    assert any(f"{EVENTS}第1行" in problem for problem in problems(changed(EVENTS, altered)))


def test_a_document_that_no_event_names_shows():
    without = made(HISTORY[:2])
    assert any("没有对应的案件记录" in problem for problem in problems(without.content))


def test_a_snapshot_that_is_not_what_was_issued_shows():
    wrong = event(2, pb.DocumentIssued(document_id=uid("d"), snapshot=SNAPSHOT, snapshot_sha256=b"0" * 32))
    package = made([HISTORY[0], wrong, HISTORY[2]])
    assert any("与其摘要不符" in problem for problem in problems(package.content))


@pytest.mark.parametrize("content", [b"", b"PK no zip", b"\x00" * 100])
def test_what_is_no_package_is_said_to_be_none(content):
    assert list(problems(content))
