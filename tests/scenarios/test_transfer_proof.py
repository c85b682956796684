"""移送存证：三方各自从自己的账本导出，脱离节点核验，两两逐字节一致；改动一处即被发现。"""

import asyncio
import json
import os
import sys
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from enforcement.documents.v1 import events_pb2 as document_events
from enforcement.documents.v1 import service_pb2 as documents
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from pypdf import PdfReader

from deploy.local.story import cast, chapter_7_transfer, chapter_8_filing
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, POLICE, PROCURATORATE
from deploy.local.story.run import Run
from services.kernel.clock import SHANGHAI
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.messages import type_name
from services.kernel.proof import check, load
from services.kernel.proof.form import Received, Sent
from tests.support.system import file_case, run_on, system

PROVERS = {LUXIAN: INVESTIGATORS[0], POLICE: cast.POLICE_TEAM[0], PROCURATORATE: cast.PROSECUTOR}


@dataclass(frozen=True, slots=True)
class Desk:
    """Three authorities with one transfer, and a folder without any of them."""

    run: Run
    folder: Path

    async def command(self, *arguments: str, environment: dict[str, str] | None = None) -> tuple[int, Any]:
        """The command line as a process of its own; its exit code and its answer."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli", *arguments, "--json"),
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **(environment or {})},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, json.loads(out or err)

    async def prove(self, authority_id: str, *more: str, officer: cast.Officer | None = None) -> tuple[int, Any]:
        """`transfer prove` at an authority's node; the file is named after the authority."""
        layout = self.run.cluster.layout
        token = layout.pki.token(authority_id, self.run.officer_id(officer or PROVERS[authority_id]))
        return await self.command(
            *("--env", str(layout.env_file(authority_id)), "transfer", "prove", self.run.facts.transfer_id),
            *("-o", str(self.file(authority_id)), *more),
            environment={"ENFORCEMENT_TOKEN": token},
        )

    def file(self, authority_id: str) -> Path:
        return self.folder / f"{authority_id}.json"


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A case of 泸县 transferred to the police, up to the hand-over; each side has written its proof."""
    async with system(LUXIAN, POLICE, PROCURATORATE) as cluster, run_on(cluster) as run:
        await run.at("2025-04-25 09:00")
        await file_case(run)
        await chapter_7_transfer.tell(run)
        await chapter_8_filing.tell(run)
        await run.settled()
        made = Desk(run, tmp_path_factory.mktemp("proofs"))
        for authority_id in PROVERS:
            code, answer = await made.prove(authority_id, "--page", str(made.folder / f"{authority_id}.pdf"))
            assert (code, answer["findings"]) == (0, []), answer
        yield made


@pytest.mark.parametrize("pair", [(LUXIAN, POLICE), (LUXIAN, PROCURATORATE), (POLICE, PROCURATORATE)])
async def test_two_sides_confirm_each_other_without_any_node(desk: Desk, pair: tuple[str, str]) -> None:
    first, second = (str(desk.file(one)) for one in pair)
    code, found = await desk.command("transfer", "verify", first, "--against", second)
    assert (code, found["findings"], found["differences"], found["unanswered"]) == (0, [], [], [])
    assert found["confirmed"]


async def test_the_bureau_proves_from_its_own_ledger_what_it_told_and_when(desk: Desk) -> None:
    code, found = await desk.command("transfer", "verify", str(desk.file(LUXIAN)))
    proof = json.loads(desk.file(LUXIAN).read_text())
    told = [one for record in proof["records"] for one in record["sent"] if one["recipient"] != "feed"]
    assert code == 0
    assert {one["recipient"] for one in told} == {POLICE, PROCURATORATE}
    assert all(one["receipt"] and one["salt"] and one["value"] for one in told)
    assert found["hashes"] == len(proof["records"])
    assert {key["authorityId"] for key in found["keys"]} == {LUXIAN, POLICE, PROCURATORATE}


async def test_the_same_facts_give_the_same_file(desk: Desk) -> None:
    before = desk.file(LUXIAN).read_bytes()
    await desk.prove(LUXIAN)
    assert desk.file(LUXIAN).read_bytes() == before


@pytest.mark.parametrize(
    ("authority_id", "said"),
    [
        (
            LUXIAN,
            ("移送公安机关", "2025-05-0109:00:00", "国务院令第310号第4至6条", "正职负责人决定是否移送", "按期完成"),
        ),
        (POLICE, ("签收回执", "2025-05-0110:00:00", "国务院令第310号第7条", "决定是否立案", "逾期完成")),
        (PROCURATORATE, ("抄送人民检察院", "2025-05-0109:00:00", "行刑衔接政策文件", "回执签名成立")),
    ],
    ids=["bureau", "police", "procuratorate"],
)
async def test_a_court_reads_who_did_what_when_on_which_article_and_by_which_clock(
    desk: Desk, authority_id: str, said: tuple[str, ...]
) -> None:
    pages = PdfReader(desk.folder / f"{authority_id}.pdf").pages
    text = "".join(unicodedata.normalize("NFKC", "".join(page.extract_text() for page in pages)).split())
    assert [word for word in said if unicodedata.normalize("NFKC", word) not in text] == []


async def test_the_procuratorate_proves_that_it_was_told_and_when(desk: Desk) -> None:
    checked = check(load(desk.file(PROCURATORATE).read_bytes()), Catalogue.load())
    [told] = [one for one in checked.statements if one.header.type == type_name(pb.TransferCopied)]
    assert (told.header.sender, told.header.recipient, told.key.member) == (LUXIAN, PROCURATORATE, LUXIAN)
    assert told.occurred_at.astimezone(SHANGHAI).isoformat() == "2025-05-01T09:00:00+08:00"
    copy = pb.TransferCopied.FromString(told.value or b"")
    assert (copy.transfer_id, copy.police_id) == (desk.run.facts.transfer_id, POLICE)
    receipt = told.receipt
    assert receipt is not None
    assert (receipt.recorded, receipt.key.member) == (True, PROCURATORATE)
    assert receipt.received_at.astimezone(SHANGHAI).isoformat() == "2025-05-01T09:00:00+08:00"
    assert (receipt.event_id, receipt.event_hash) == (told.record.event_id.bytes, told.record.hash)
    bureau = check(load(desk.file(LUXIAN).read_bytes()))
    [held] = [one.envelope for one in bureau.statements if one.env_hash == told.env_hash]
    assert isinstance(held, Sent)
    assert isinstance(told.envelope, Received)
    assert (held.wire, held.receipt) == (told.envelope.wire, told.envelope.receipt)


@pytest.mark.parametrize("authority_id", [LUXIAN, POLICE])
async def test_one_altered_byte_is_found(desk: Desk, authority_id: str) -> None:
    proof = json.loads(desk.file(authority_id).read_text())
    record = next(one for one in proof["records"] if one["body"] and one["received"])
    record["body"] = record["body"][:-4] + ("AAAA" if record["body"][-4:] != "AAAA" else "BBBB")
    altered = desk.folder / "altered.json"
    altered.write_text(json.dumps(proof, ensure_ascii=False, sort_keys=True, indent=1) + "\n")
    code, found = await desk.command("transfer", "verify", str(altered))
    assert (code, {one["problem"] for one in found.get("findings", [])}) == (4, {"HASH"})


async def test_what_is_handed_to_the_police_has_only_what_went_between_the_two(desk: Desk) -> None:
    whole = desk.file(LUXIAN).read_bytes()
    assert (await desk.prove(LUXIAN, "--for", POLICE))[0] == 0
    extract = json.loads(desk.file(LUXIAN).read_text())
    told = {one["recipient"] for record in extract["records"] for one in record["sent"]}
    code, found = await desk.command("transfer", "verify", str(desk.file(LUXIAN)), "--against", str(desk.file(POLICE)))
    desk.file(LUXIAN).write_bytes(whole)
    assert told == {POLICE}
    assert [record["body"] for record in extract["records"] if record["sent"]] == [None] * sum(
        bool(record["sent"]) for record in extract["records"]
    )
    assert (code, found["differences"]) == (0, [])


async def test_an_officer_outside_the_team_gets_no_content_and_may_have_the_signatures(desk: Desk) -> None:
    whole = desk.file(LUXIAN).read_bytes()
    outsider = cast.LUXIAN_TEAM[5]
    refused, answer = await desk.prove(LUXIAN, officer=outsider)
    code, found = await desk.prove(LUXIAN, "--without-content", officer=outsider)
    bare = desk.file(LUXIAN).read_text()
    desk.file(LUXIAN).write_bytes(whole)
    assert (refused, "NOT_IN_TEAM" in answer["reason"]) == (1, True)
    assert (code, found["opened"] < found["envelopes"]) == (0, True)
    assert all(record["body"] is None for record in json.loads(bare)["records"])


async def test_keys_are_compared_with_a_registry_that_the_reader_trusts(desk: Desk) -> None:
    trusted = str(desk.run.cluster.layout.node(POLICE) / "members.toml")
    code, found = await desk.command("transfer", "verify", str(desk.file(LUXIAN)), "--registry", trusted)
    assert (code, found["unknownKeys"]) == (0, [])


async def _issued(
    run: Run, officer: cast.Officer, form: str, matter_id: str, role: int, inputs: dict[str, Any]
) -> documents.Document:
    """A document that an officer issues and signs, with its sheet."""
    signer = documents.SignerRequest(officer_id=run.officer_id(officer), role=role)  # type: ignore[arg-type]
    request = documents.IssueDocumentRequest(form=form, matter_id=matter_id, signers=[signer] if role else [])
    request.inputs.update(inputs)
    document_id = (await run.act(officer, f"document/{form}", request)).id
    asked = documents.GetDocumentRequest(document_id=document_id)
    found = await run.until(officer, asked, lambda answer: answer.document.state == "已生成", form)
    made: documents.Document = found.document
    return made


async def test_the_receipt_that_the_bureau_prints_names_the_key_of_the_police(desk: Desk) -> None:
    run = desk.run
    case_id = run.facts.cases["B"]
    letter = {"letter_number": "川泸交涉移〔2025〕1号"}
    made = await _issued(run, INVESTIGATORS[0], "X18", case_id, 0, letter)
    snapshot = await _snapshot(desk, made.document_id)
    proof = json.loads(desk.file(LUXIAN).read_text())
    _, found = await desk.command("transfer", "verify", str(desk.file(LUXIAN)))
    keys = {key["fingerprint"] for key in found["keys"] if key["authorityId"] == POLICE}
    assert snapshot["receipt_key"].replace(" ", "") in keys
    assert (snapshot["receipt_kind"], snapshot["transfer_id"]) == ("公安机关节点电子签名", proof["subjectId"])


async def test_the_police_make_their_notice_by_the_same_machinery(desk: Desk) -> None:
    run = desk.run
    inputs = {"criminal_case_number": "泸公（刑）立字〔2025〕88号", "filed_on": "2025-06-06"}
    leader = cast.POLICE_LEADER
    made = await _issued(run, leader, "X25", run.facts.referral_id, options.ROLE_LEADER, inputs)
    assert (made.number, len(made.versions)) == ("泸公立告〔2025〕1号", 1)
    assert made.versions[0].pages == 1


async def _snapshot(desk: Desk, document_id: str) -> dict[str, Any]:
    """What a document of the bureau printed, from its ledger."""
    connection = await asyncpg.connect(desk.run.cluster.postgres.dsn(LUXIAN))
    try:
        body = await connection.fetchval(
            "SELECT body FROM ledger.event WHERE stream_id = $1 AND type LIKE '%.DocumentIssued' ORDER BY position",
            UUID(document_id),
        )
    finally:
        await connection.close()
    values: dict[str, Any] = json.loads(document_events.DocumentIssued.FromString(body).snapshot)["values"]
    return values
