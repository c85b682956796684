"""执法文书：一个案件从立案取号、制作文书、更正，到结案归档、案卷评查，全部通过gRPC在真实节点上完成。

2025-04-25立案（不给案号，由文书服务取号），制作立案登记表并更正一次，证据不足的案卷不能归档；
以“不予处罚”结案后归档，归档包可以用通用工具核验；评查有一票否决项时必须整改。
"""

import asyncio
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as events
from enforcement.documents.v1 import service_pb2 as documents
from enforcement.options.v1 import options_pb2 as options

from deploy.local.story import cast
from deploy.local.story.calls import Refused, refusal_of
from deploy.local.story.cast import LUXIAN
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT, FACTS, PARTIES
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from services.documents.package import EVIDENCE_SUMS, INDEX, SUMS, problems
from tests.support.eventually import eventually
from tests.support.system import run_on, system

ONE, TWO = cast.INVESTIGATORS[:2]
PHOTO = pdf("现场照片", "川E·D5678")
FILING_FORM = {
    "cause": "涉嫌未取得道路旅客运输经营许可从事道路旅客运输经营",
    "chief_opinion": "事实基本清楚，建议立案。",
    "leader_opinion": "同意立案。",
}


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Run]:
    """泸县 alone, with a case that was filed without a number."""
    async with system(LUXIAN) as cluster, run_on(cluster) as told:
        await told.at("2025-04-25 09:00")
        await _file_case(told)
        yield told


async def _file_case(run: Run) -> None:
    clue = cases.RegisterClueRequest(
        source=case_events.CLUE_SOURCE_INSPECTION,
        act_code=ACT,
        act_on=run.now.date().isoformat(),
        place=B.place,
        facts=FACTS[B],
    )
    case_id = run.facts.cases["B"] = (await run.act(cast.LUXIAN_CHIEF, "clue", clue)).id
    filing = cases.FileCaseRequest(case_id=case_id, party=PARTIES[B], basis="行政处罚法 art. 54")
    await run.act(cast.LUXIAN_DEPUTY, "file", filing)
    officers = cases.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(ONE, TWO))
    await run.act(cast.LUXIAN_CHIEF, "officers", officers)


def _case(run: Run) -> str:
    return str(run.facts.cases["B"])


async def _rendered(run: Run, document_id: str, version: int = 1) -> documents.Document:
    answer = await run.until(
        ONE,
        documents.GetDocumentRequest(document_id=document_id),
        lambda found: found.document.state == "已生成" and found.document.version == version,
        "the sheet",
    )
    shown: documents.Document = answer.document
    return shown


def _signed_by(run: Run, *signers: tuple[Any, options.Role.ValueType]) -> list[documents.SignerRequest]:
    return [documents.SignerRequest(officer_id=run.officer_id(officer), role=role) for officer, role in signers]


def _filing_form(run: Run) -> documents.IssueDocumentRequest:
    request = documents.IssueDocumentRequest(
        form="F1",
        matter_id=_case(run),
        signers=_signed_by(
            run, (cast.LUXIAN_CHIEF, options.ROLE_UNIT_CHIEF), (cast.LUXIAN_DEPUTY, options.ROLE_LEADER)
        ),
    )
    request.inputs.update(FILING_FORM)
    return request


async def test_a_case_filed_without_a_number_gets_the_first_of_the_year(run: Run) -> None:
    await run.until(
        ONE,
        documents.PreviewDocumentRequest(form="F1", matter_id=_case(run), purpose=audit.PURPOSE_CASE_HANDLING),
        lambda preview: "案号" not in preview.missing,
        "the number",
    )
    found = await run.until(
        ONE, cases.GetCaseRequest(case_id=_case(run)), lambda answer: answer.case.summary.case_number, "the number"
    )
    assert found.case.summary.case_number == "川泸交案〔2025〕1号"


async def test_a_preview_names_what_lacks_and_records_nothing(run: Run) -> None:
    request = documents.PreviewDocumentRequest(form="F15", matter_id=_case(run), purpose=audit.PURPOSE_CASE_HANDLING)
    preview = await run.ask(ONE, request)
    assert {"行政处罚内容", "证据", "行政处罚决定日期"} <= set(preview.missing)
    assert preview.pdf.startswith(b"%PDF")
    listed = await run.ask(ONE, documents.ListDocumentsRequest(matter_id=_case(run)))
    assert not any(document.form == "F15" for document in listed.documents)


async def test_a_preview_is_for_whoever_may_see_the_party_and_says_why(run: Run) -> None:
    without = documents.PreviewDocumentRequest(form="F15", matter_id=_case(run))
    with pytest.raises(Refused, match="PREVIEW_NOT_SHOWN"):
        await run.ask(ONE, without)
    request = documents.PreviewDocumentRequest(form="F15", matter_id=_case(run), purpose=audit.PURPOSE_CASE_HANDLING)
    with pytest.raises(Refused, match="PREVIEW_NOT_SHOWN"):
        await run.ask(cast.LUXIAN_TEAM[6], request)
    assert (await run.ask(cast.LUXIAN_DEPUTY, request)).pdf.startswith(b"%PDF")


async def test_an_investigator_of_other_cases_makes_no_document_and_is_given_no_file(run: Run) -> None:
    stranger = cast.LUXIAN_TEAM[6]
    with pytest.raises(Refused, match="NOT_OF_THE_CASE"):
        await run.act(stranger, "f1 of another's case", _filing_form(run))


async def test_a_document_that_lacks_something_is_refused_with_the_list(run: Run) -> None:
    request = _filing_form(run)
    request.inputs.update({"cause": ""})
    with pytest.raises(Refused, match="FIELDS_MISSING") as refused:
        await run.act(ONE, "f1 without a cause", request)
    assert refused.value.sentence.zh == "《立案登记表》缺少必填内容：案由"


async def test_an_officer_does_not_print_another_party_than_the_ledger_knows(run: Run) -> None:
    request = _filing_form(run)
    request.inputs.update({"party": {"name": "别人"}})
    with pytest.raises(Refused, match="FIELD_IN_LEDGER"):
        await run.act(ONE, "f1 with another party", request)


async def test_a_document_is_numbered_rendered_and_corrected_under_its_number(run: Run) -> None:
    issued = await run.act(ONE, "f1", _filing_form(run))
    first = await _rendered(run, issued.id)
    assert (first.number, first.title) == ("川泸交立〔2025〕1号", "立案登记表")
    sheet = await run.calls.download(LUXIAN, run.officer_id(ONE), first.versions[0].file.sha256, issued.id)
    assert hashlib.sha256(sheet).digest() == first.versions[0].file.sha256

    correction = documents.CorrectDocumentRequest(
        document_id=issued.id,
        correction="案由表述笔误",
        expected_version=1,
        signers=_filing_form(run).signers,
    )
    correction.inputs.update({**FILING_FORM, "cause": "涉嫌使用伪造的道路运输证从事道路旅客运输经营"})
    await run.act(ONE, "f1 corrected", correction)
    second = await _rendered(run, issued.id, version=2)
    assert second.number == first.number
    assert [version.correction for version in second.versions] == ["", "案由表述笔误"]
    assert second.versions[1].file.sha256 != first.versions[0].file.sha256
    history = await run.ask(ONE, documents.GetTimelineRequest(id=issued.id))
    assert [entry.title_zh for entry in history.entries] == ["制作文书", "生成文书", "制作文书", "生成文书"]
    assert history.entries[0].basis == "交通运输行政执法文书式样; 行政处罚法 art. 42"
    with pytest.raises(Refused, match="WRONG_VERSION"):
        await run.act(ONE, "f1 corrected by who saw the first version", correction_again(correction))


def correction_again(correction: documents.CorrectDocumentRequest) -> documents.CorrectDocumentRequest:
    other = documents.CorrectDocumentRequest()
    other.CopyFrom(correction)
    other.ClearField("command_id")
    return other


async def test_a_sheet_is_given_to_the_officers_of_its_case_and_to_nobody_else(run: Run) -> None:
    issued = await run.act(ONE, "x17", _visit(run))
    sheet = (await _rendered(run, issued.id)).versions[0].file.sha256
    assert (await run.calls.download(LUXIAN, run.officer_id(TWO), sheet, issued.id)).startswith(b"%PDF")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await run.calls.download(LUXIAN, run.officer_id(cast.LUXIAN_TEAM[6]), sheet, issued.id)
    refusal = refusal_of(caught.value)
    assert refusal is not None
    assert refusal.reason == "FILE_NOT_SHOWN"


async def test_an_open_case_is_not_archived_and_its_catalogue_says_what_lacks(run: Run) -> None:
    catalogue = await run.ask(ONE, documents.GetCatalogueRequest(matter_id=_case(run)))
    assert "立案登记表" not in catalogue.lacking
    assert {"证据材料（至少1件）", "结案报告"} <= set(catalogue.lacking)
    assert catalogue.procedure == "普通程序"
    entry = catalogue.entries[0]
    assert (entry.title, entry.number, entry.first_page, entry.last_page) == ("立案登记表", "川泸交立〔2025〕1号", 1, 1)
    with pytest.raises(Refused, match="MATTER_OPEN"):
        await run.act(cast.LUXIAN_DEPUTY, "archive", documents.BuildArchiveRequest(matter_id=_case(run)))


async def test_a_closed_case_is_archived_with_a_reason_and_the_package_can_be_checked(run: Run, tmp_path: Path) -> None:
    await _close(run)
    with pytest.raises(Refused, match="FILE_INCOMPLETE"):
        await run.act(cast.LUXIAN_DEPUTY, "archive it", documents.BuildArchiveRequest(matter_id=_case(run)))
    request = documents.BuildArchiveRequest(matter_id=_case(run), reason="线下形成的文书另行补扫")
    built = await run.act(cast.LUXIAN_DEPUTY, "archive it all the same", request)
    package = await _package(run, built.id)
    assert list(problems(package)) == []
    _unpacked_and_checked(package, tmp_path)
    altered = package.replace("案由".encode(), "案山".encode(), 1)
    assert any("已被改动" in problem or "不符" in problem or "ZIP" in problem for problem in problems(altered))


async def _report(run: Run) -> common.BlobRef:
    """The investigation report, issued on its form: the case takes the sheet that was rendered."""
    evidence = cases.AddEvidenceRequest(
        case_id=_case(run),
        evidence_id=run.id("evidence"),
        kind=case_events.EVIDENCE_KIND_PHYSICAL,
        description="道路运输证一本",
        place=B.place,
        collector_ids=run.ids(ONE, TWO),
    )
    await run.act(ONE, "evidence", evidence)
    photo = cases.AddEvidenceRequest(
        case_id=_case(run),
        evidence_id=run.id("photo"),
        kind=case_events.EVIDENCE_KIND_AUDIOVISUAL,
        description="现场照片",
        place=B.place,
        file=await run.file(ONE, PHOTO),
        collector_ids=run.ids(ONE, TWO),
    )
    await run.act(ONE, "photo", photo)
    request = documents.IssueDocumentRequest(
        form="X2",
        matter_id=_case(run),
        signers=_signed_by(
            run,
            (ONE, options.ROLE_INVESTIGATOR),
            (TWO, options.ROLE_INVESTIGATOR),
            (cast.LUXIAN_CHIEF, options.ROLE_UNIT_CHIEF),
        ),
    )
    request.inputs.update(
        {
            "cause": FILING_FORM["cause"],
            "facts": FACTS[B],
            "violated": "《中华人民共和国道路运输条例》第十条",
            "proposal": "现有证据不能证明违法事实，建议不予行政处罚。",
            "chief_opinion": "同意。",
        }
    )
    issued = await run.act(ONE, "x2", request)
    return (await _rendered(run, issued.id)).versions[0].file


async def _proof_of_service(run: Run) -> common.BlobRef:
    """The proof of service, on which the party refused to sign and two officers noted it."""
    request = documents.IssueDocumentRequest(
        form="F23",
        matter_id=_case(run),
        signers=_signed_by(run, (ONE, options.ROLE_INVESTIGATOR), (TWO, options.ROLE_INVESTIGATOR)),
        party_signing=events.PartySigning(
            way=events.PARTY_SIGNATURE_REFUSED, signed_on=run.now.date().isoformat(), note="见证人：村委会主任"
        ),
    )
    request.inputs.update(
        {
            "cause": FILING_FORM["cause"],
            "service_address": PARTIES[B].address,
            "deliveries": [{"title": "不予行政处罚决定书", "way": "直接送达", "at": run.now.isoformat()}],
        }
    )
    issued = await run.act(ONE, "f23", request)
    return (await _rendered(run, issued.id)).versions[0].file


async def _close(run: Run) -> None:
    case_id = _case(run)
    report = await _report(run)
    await run.act(ONE, "report", cases.CloseInvestigationRequest(case_id=case_id, facts=FACTS[B], report=report))
    decision = cases.DecideRequest(
        case_id=case_id,
        outcome=cases.OUTCOME_NOT_ESTABLISHED,
        reasons="现有证据不能证明违法事实成立。",
    )
    await run.act(cast.LUXIAN_DEPUTY, "decide", decision)
    proof = await _proof_of_service(run)
    served = cases.ServeDecisionRequest(case_id=case_id, way=case_events.SERVICE_WAY_DIRECT, proof=proof)
    await run.act(ONE, "serve", served)
    closing = cases.CloseCaseRequest(case_id=case_id, ground=case_events.CLOSING_GROUND_NO_PENALTY)
    await run.act(cast.LUXIAN_DEPUTY, "close", closing)


async def _package(run: Run, archive_id: str) -> bytes:
    found = await run.ask(cast.LUXIAN_DEPUTY, documents.GetArchiveRequest(archive_id=archive_id))
    assert found.archive.lacking
    content: bytes = await run.calls.download(
        LUXIAN, run.officer_id(cast.LUXIAN_DEPUTY), found.archive.package.sha256, archive_id
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert hashlib.sha256(archive.read(INDEX)).digest() == found.archive.index_sha256
    return content


def _unpacked_and_checked(package: bytes, folder: Path) -> None:
    """As anybody does who has only the package and the tools of a system."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        archive.extractall(folder)
    _sums_hold(SUMS, folder)


def _sums_hold(sums: str, folder: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", sums], cwd=folder, check=True)


async def test_a_file_with_a_veto_item_fails_and_is_put_right(run: Run) -> None:
    with pytest.raises(Refused, match="REVIEWER_HANDLED_CASE"):
        await run.act(
            cast.LUXIAN_DEPUTY,
            "review by a handler",
            documents.OpenReviewRequest(matter_id=_case(run), reviewer_ids=run.ids(ONE, cast.LUXIAN_TEAM[4])),
        )
    reviewers = cast.LUXIAN_DEPUTY, cast.LUXIAN_HEAD
    opening = documents.OpenReviewRequest(matter_id=_case(run), reviewer_ids=run.ids(*reviewers))
    review_id = (await run.act(cast.LUXIAN_DEPUTY, "review", opening)).id
    review = (await run.ask(cast.LUXIAN_DEPUTY, documents.GetReviewRequest(review_id=review_id))).review
    findings = [
        events.ReviewFinding(code=item.code, vetoed=item.code == "V5", remark="未告知听证权利" if item.veto else "")
        for item in review.items
    ]
    result = documents.CompleteReviewRequest(review_id=review_id, findings=findings, rework_until_on="2025-05-30")
    await run.act(cast.LUXIAN_DEPUTY, "findings", result)
    shown = (await run.ask(cast.LUXIAN_DEPUTY, documents.GetReviewRequest(review_id=review_id))).review
    assert (shown.stage, getattr(shown, "class"), list(shown.vetoes), shown.score_tenths) == (
        "待整改",
        events.REVIEW_CLASS_FAILED,
        ["V5"],
        1000,
    )
    await run.act(ONE, "rework", documents.ReportReworkRequest(review_id=review_id, report="已补充告知"))
    await run.act(
        cast.LUXIAN_HEAD, "accept", documents.JudgeReworkRequest(review_id=review_id, accepted=True, remark="合格")
    )
    done = (await run.ask(cast.LUXIAN_DEPUTY, documents.GetReviewRequest(review_id=review_id))).review
    assert done.stage == "已完成"
    printed = await _enforcement(run, "case", "review", _case(run), "--purpose", "supervision", "--json")
    assert {one["remark"] for one in printed["review"]["findings"] if one["remark"]} == {"未告知听证权利"}
    hidden = await _enforcement(run, "case", "review", _case(run), "--json")
    assert (hidden["masked"], {one["remark"] for one in hidden["review"]["findings"]}) == (True, {""})


async def test_an_officer_prints_lists_and_checks_from_the_command_line(run: Run, tmp_path: Path) -> None:
    number = (await run.ask(ONE, cases.GetCaseRequest(case_id=_case(run)))).case.summary.case_number
    sheet = tmp_path / "回访单.pdf"
    inputs = {"cause": FILING_FORM["cause"], "visited_on": "2025-04-25", "visit_way": "电话回访", "corrected": "已改正"}
    given = [argument for name, value in inputs.items() for argument in ("-i", f"{name}={value}")]
    printed = await _enforcement(
        run, "case", "print", number, "--form", "X17", *given, "-i", "opinions=无", "-i", "visited=贺德全",
        "-s", f"INVESTIGATOR:{run.officer_id(ONE)}", "--at", run.now.isoformat(), "-o", str(sheet), "--json",
    )  # fmt: skip
    assert printed["document"]["number"] == "川泸交访〔2025〕2号"
    assert sheet.read_bytes().startswith(b"%PDF")
    listed = await _enforcement(run, "case", "documents", number, "--json")
    assert {"立案登记表", "案件调查报告", "送达回证", "结案回访单"} <= {one["title"] for one in listed["documents"]}
    package, evidence = tmp_path / "归档包.zip", tmp_path / "证据卷"
    await _enforcement(
        run, "case", "archive", number, "--reason", "补扫", "--at", run.now.isoformat(), "-o", str(package), "--json",
        "--evidence", str(evidence), officer=cast.LUXIAN_DEPUTY,
    )  # fmt: skip
    _sums_hold(EVIDENCE_SUMS, evidence)
    assert [file.read_bytes() for file in (evidence / "证据").iterdir()] == [PHOTO.content]
    assert await _enforcement(run, "case", "check-archive", str(package), "--case", number, "--json") == {
        "file": str(package),
        "problems": [],
    }


async def test_the_forms_say_what_they_ask_for(run: Run) -> None:
    listed = (await run.ask(ONE, documents.ListFormsRequest())).forms
    assert len(listed) == 50
    assert {one.code for one in listed} >= {"F1", "F24", "X11", "X18", "X23"}
    [decision] = (await run.ask(ONE, documents.ListFormsRequest(form="F15"))).forms
    asked = {field.name: (field.label, field.required, field.fact) for field in decision.fields}
    assert asked["penalties"] == ("行政处罚内容", True, "decision.penalties")
    with pytest.raises(Refused, match="UNKNOWN_FORM"):
        await run.ask(ONE, documents.ListFormsRequest(form="F25"))


async def test_the_register_of_a_series_accounts_for_every_number(run: Run) -> None:
    listed = await _enforcement(run, "case", "numbers", "--series", "X17", "--year", "2025", "--json")
    assert [one["text"] for one in listed["numbers"]] == ["川泸交访〔2025〕1号", "川泸交访〔2025〕2号"]


async def test_the_command_line_says_in_chinese_what_a_form_lacks(run: Run, tmp_path: Path) -> None:
    ended, shown = await _run(run, "case", "print", _case(run), "--form", "X17", "--at", run.now.isoformat())
    assert ended == 1
    assert "《结案回访单》缺少必填内容" in shown


async def _enforcement(run: Run, *arguments: str, officer: cast.Officer = ONE) -> Any:
    """What the command line answers to an officer."""
    ended, shown = await _run(run, *arguments, officer=officer)
    assert ended == 0, shown
    return json.loads(shown)


async def _run(run: Run, *arguments: str, officer: cast.Officer = ONE) -> tuple[int, str]:
    token = run.cluster.layout.pki.token(LUXIAN, run.officer_id(officer))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "--env", str(run.cluster.layout.env_file(LUXIAN)), *arguments,
        env={**os.environ, "ENFORCEMENT_TOKEN": token, "LANG": "zh_CN.UTF-8"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, (out or err).decode()


async def test_a_sheet_that_could_not_be_stored_is_parked_visibly_and_made_later_under_its_number(run: Run) -> None:
    uploads = run.cluster.layout.node(LUXIAN) / "blobs" / "uploads"
    away = uploads.rename(uploads.with_name("uploads.away"))
    uploads.write_bytes(b"")
    try:
        request = _visit(run)
        issued = await run.act(ONE, "x17 without a store", request)
        [parked] = await eventually(lambda: _parked(run), what="the event is parked")
        assert parked.startswith("UNAVAILABLE")
        question = documents.GetDocumentRequest(document_id=issued.id)
        waiting = await run.until(ONE, question, lambda answer: answer.document.state == "待生成", "取号")
        assert waiting.document.number == "川泸交访〔2025〕3号"
    finally:
        uploads.unlink()
        away.rename(uploads)
    made = await _rendered(run, issued.id)
    assert made.number == "川泸交访〔2025〕3号"
    await eventually(lambda: _settled(run), what="nothing is parked any more")


def _visit(run: Run) -> documents.IssueDocumentRequest:
    request = documents.IssueDocumentRequest(
        form="X17", matter_id=_case(run), signers=_signed_by(run, (ONE, options.ROLE_INVESTIGATOR))
    )
    request.inputs.update(
        {
            "cause": FILING_FORM["cause"],
            "visited_on": "2025-04-25",
            "visit_way": "上门回访",
            "corrected": "已改正",
            "opinions": "无",
        }
    )
    return request


async def _parked(run: Run) -> list[str]:
    """Why events of the documents' policies wait, as `enforcement node parked` shows it."""
    connection = await asyncpg.connect(run.cluster.postgres.dsn(LUXIAN))
    try:
        rows = await connection.fetch(
            "SELECT reason FROM ledger.parked WHERE resolved_at IS NULL AND reader = 'policy.documents'"
        )
    finally:
        await connection.close()
    return [row["reason"] for row in rows]


async def _settled(run: Run) -> bool:
    return not await _parked(run)
