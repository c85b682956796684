"""`enforcement case print`, `documents`, `catalogue`, `archive`, `check-archive`, `forms`: the file of a case."""

import asyncio
import hashlib
import io
import json as json_format
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import service_pb2 as pb
from enforcement.documents.v1 import service_pb2_grpc as grpc_pb
from enforcement.options.v1 import options_pb2 as options

from services.cli.cases import case_id_of
from services.cli.connection import Connection, run, term
from services.cli.language import command, t
from services.cli.options import (
    ActAt,
    CaseName,
    CommandId,
    Count,
    LateReason,
    MinPosition,
    PageToken,
    PurposeOption,
    act_at,
    purpose_of,
    repeatable,
)
from services.cli.output import ExitCode, Failure, Json, as_json, fields, instant, next_page, note, show, table
from services.kernel.messages import to_timestamp

RENDERED: Final = "已生成"
EVIDENCE_SUMS: Final = "EVIDENCE.SHA256"
"""In the package: what `sha256sum --check` reads in the folder of the evidence."""
POLL_SECONDS: Final = 0.1
POLLS_MAX: Final = 100
"""Ten seconds: a sheet that is not there then was parked, and the node says why."""
Stub: Final = grpc_pb.DocumentsServiceStub

Form = Annotated[
    str,
    typer.Option(
        "--form",
        help=t("文书代码或者名称，如 F15；见 case forms。", "Code or name of a form, e.g. F15; see case forms."),
    ),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input", "-i", metavar=t("名称=内容", "NAME=VALUE"),
        help=t("补充内容，可重复；值可以是JSON。", "What the ledger lacks, repeatable; JSON is taken as such."),
    ),
]  # fmt: skip
InputsFile = Annotated[
    Path | None, typer.Option("--inputs", metavar="FILE", help=t("补充内容，JSON文件。", "The same as a JSON file."))
]
Signers = Annotated[
    list[str] | None,
    typer.Option(
        "--signer", "-s", metavar=t("身份:执法人员编号", "ROLE:OFFICER"),
        help=t("签署人，可重复，如 LEADER:<编号>。", "Who signs, repeatable, e.g. LEADER:<id>."),
    ),
]  # fmt: skip
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help=t("写入文件。", "Where to write."))]


def add_to(app: typer.Typer) -> None:
    """Adds the commands to the noun `case`."""
    command(
        app, "print",
        "制作一份文书：编号、生成PDF并写入文件。\n\n"
        "示例：`case print 川泸2026-0042 --form F1 -i cause=… -s UNIT_CHIEF:… -s LEADER:… -o 立案登记表.pdf`"
        " · `case print 川泸2026-0042 --form F15 --preview -o 预览.pdf`",
        "Issue a document: number it, render it, write the PDF.\n\n"
        "Examples: `case print 川泸2026-0042 --form F1 -i cause=… -s UNIT_CHIEF:… -s LEADER:… -o f1.pdf`"
        " · `case print 川泸2026-0042 --form F15 --preview -o preview.pdf`",
    )(print_document)  # fmt: skip
    command(
        app, "documents",
        "列出案件的文书。\n\n示例：`case documents 川泸2026-0042`",
        "List the documents of a case.\n\nExample: `case documents 川泸2026-0042`",
    )(documents)  # fmt: skip
    command(
        app, "catalogue",
        "显示卷内目录、页号和案卷所缺材料。\n\n示例：`case catalogue 川泸2026-0042`",
        "Show the catalogue of the file, its pages and what it lacks.\n\nExample: `case catalogue 川泸2026-0042`",
    )(catalogue)  # fmt: skip
    command(
        app, "archive",
        "生成归档包并写入文件。\n\n示例：`case archive 川泸2026-0042 -o 归档包.zip`",
        "Build the archive package and write it.\n\nExample: `case archive 川泸2026-0042 -o package.zip`",
    )(archive)  # fmt: skip
    command(
        app, "check-archive",
        "核验归档包，不需要连接节点；给出 --node 和 --case 时与账本核对。\n\n示例：`case check-archive 归档包.zip`",
        "Check an archive package without a node; with --case against the ledger's record.\n\n"
        "Example: `case check-archive package.zip`",
    )(check_archive)  # fmt: skip
    command(
        app, "numbers",
        "列出一个类别一个年度的文号登记簿。\n\n示例：`case numbers --series F15 --year 2026` · `--series case` 为案号",
        "List the register of numbers of a series and year.\n\n"
        "Example: `case numbers --series F15 --year 2026`; `--series case` for case numbers",
    )(numbers)  # fmt: skip
    command(
        app, "forms",
        "列出文书式样；--form 显示一种文书须填写的内容。\n\n示例：`case forms --form F15`",
        "List the forms; --form shows what one asks for.\n\nExample: `case forms --form F15`",
    )(forms)  # fmt: skip


def print_document(
    context: typer.Context,
    case: CaseName,
    form: Form,
    input_: Inputs = None,
    inputs: InputsFile = None,
    signer: Signers = None,
    preview: Annotated[bool, typer.Option("--preview", help=t("只预览，不编号。", "Preview only: no number."))] = False,
    purpose: PurposeOption = None,
    output: Output = None,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    given = {**_inputs_in(inputs), **dict(_input(text) for text in input_ or [])}
    signers = [_signer(text) for text in signer or []]
    if preview:
        _preview(connection, case, form, given, signers, purpose_of(purpose), output, json=json)
        return
    chosen = repeatable(command_id)

    async def work() -> tuple[common.Recorded, pb.Document, bytes]:
        request = pb.IssueDocumentRequest(
            command_id=chosen,
            occurred_at=to_timestamp(act_at(at)),
            late_reason=late_reason,
            form=form,
            matter_id=await case_id_of(connection, case),
            signers=signers,
        )
        request.inputs.update(given)
        recorded = await connection.ask(Stub, "IssueDocument", request)
        document = await _rendered(connection, recorded)
        file = document.versions[-1].file
        content = await connection.download(
            file.sha256,
            subject_id=document.document_id,
            purpose=purpose_of(purpose) or audit.PURPOSE_CASE_HANDLING,
        )
        return recorded, document, content

    recorded, document, content = run(work())
    written = _write(output or Path(document.versions[-1].file.file_name), content)
    about = fields([
        (t("文号", "number"), document.number),
        (t("文书", "document"), document.title),
        (t("编号", "id"), recorded.id),
        ("position", recorded.position),
        ("SHA-256", hashlib.sha256(content).hexdigest()),
        (t("文件", "file"), written),
    ])  # fmt: skip
    show({**as_json(recorded), "document": as_json(document), "file": str(written)}, about, as_json=json)


def _preview(
    connection: Connection,
    case: str,
    form: str,
    given: dict[str, Any],
    signers: list[pb.SignerRequest],
    purpose: audit.Purpose.ValueType,
    output: Path | None,
    *,
    json: bool,
) -> None:
    async def work() -> pb.PreviewDocumentResponse:
        request = pb.PreviewDocumentRequest(
            form=form, matter_id=await case_id_of(connection, case), signers=signers, purpose=purpose
        )
        request.inputs.update(given)
        answer: pb.PreviewDocumentResponse = await connection.ask(Stub, "PreviewDocument", request)
        return answer

    answer = run(work())
    written = _write(output or Path(f"{form}-预览.pdf"), answer.pdf)
    about = fields([(t("文件", "file"), written), (t("缺少", "lacks"), "；".join(answer.missing))])
    show({"file": str(written), "missing": list(answer.missing)}, about, as_json=json)


def documents(
    context: typer.Context,
    case: CaseName,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj

    async def work() -> pb.ListDocumentsResponse:
        request = pb.ListDocumentsRequest(
            matter_id=await case_id_of(connection, case),
            min_position=min_position,
            page=common.PageRequest(size=count, token=page),
        )
        found: pb.ListDocumentsResponse = await connection.ask(Stub, "ListDocuments", request)
        return found

    answer = run(work())
    headings = (
        t("文号", "number"),
        t("文书", "document"),
        t("版本", "version"),
        t("状态", "state"),
        t("制作时间", "issued"),
        "id",
    )
    rows = [
        (one.number, one.title, one.version, one.state, instant(one.issued_at), one.document_id)
        for one in answer.documents
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


def catalogue(
    context: typer.Context,
    case: CaseName,
    purpose: PurposeOption = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj

    async def work() -> pb.GetCatalogueResponse:
        request = pb.GetCatalogueRequest(
            matter_id=await case_id_of(connection, case), min_position=min_position, purpose=purpose_of(purpose)
        )
        found: pb.GetCatalogueResponse = await connection.ask(Stub, "GetCatalogue", request)
        return found

    answer = run(work())
    headings = (t("序号", "no."), t("题名", "title"), t("文号", "number"), t("日期", "day"), t("页号", "pages"), "")
    rows = [
        (one.order, one.title, one.number, one.made_on,
         f"{one.first_page}–{one.last_page}" if one.first_page else "", one.remark)
        for one in answer.entries
    ]  # fmt: skip
    show(as_json(answer), table(headings, rows), as_json=json)
    if not json:
        lacking = "；".join(answer.lacking) or t("无", "nothing")
        note(f"{answer.procedure} · {answer.pages}{t('页 · 缺少：', ' pages · lacks: ')}{lacking}")


def archive(
    context: typer.Context,
    case: CaseName,
    output: Output = None,
    reason: Annotated[
        str,
        typer.Option("--reason", help=t("材料不全仍须归档的理由。", "Why it is archived although something lacks.")),
    ] = "",
    evidence: Annotated[
        Path | None,
        typer.Option(
            "--evidence",
            metavar="FOLDER",
            help=t("证据文件一并取出到该文件夹。", "Fetch the files of evidence into this folder, too."),
        ),
    ] = None,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    chosen = repeatable(command_id)

    async def work() -> tuple[common.Recorded, pb.GetArchiveResponse, bytes]:
        request = pb.BuildArchiveRequest(
            command_id=chosen,
            occurred_at=to_timestamp(act_at(at)),
            late_reason=late_reason,
            matter_id=await case_id_of(connection, case),
            reason=reason,
        )
        recorded = await connection.ask(Stub, "BuildArchive", request)
        wanted = pb.GetArchiveRequest(archive_id=recorded.id, min_position=recorded.position)
        found = await connection.ask(Stub, "GetArchive", wanted)
        content = await connection.download(
            found.archive.package.sha256, subject_id=recorded.id, purpose=audit.PURPOSE_ARCHIVING
        )
        return recorded, found, content

    recorded, found, content = run(work())
    built = found.archive
    written = _write(output or Path(built.package.file_name), content)
    fetched = _places(content, evidence) if evidence else {}
    run(_fetch(connection, built.matter_id, fetched))
    about = fields([
        (t("编号", "id"), recorded.id),
        ("position", recorded.position),
        (t("文书", "documents"), built.document_count),
        (t("证据", "evidence"), built.evidence_count),
        (t("事件", "events"), built.event_count),
        (t("页数", "pages"), built.pages),
        (t("缺少", "lacks"), "；".join(built.lacking)),
        (t("文件", "file"), written),
        (t("证据文件", "evidence files"), len(fetched) if evidence else ""),
    ])  # fmt: skip
    answer = {**as_json(recorded), **as_json(found), "file": str(written), "evidence": [str(one) for one in fetched]}
    show(answer, about, as_json=json)
    if not json:
        note(
            t(f"核验：enforcement case check-archive {written}", f"check it: enforcement case check-archive {written}")
        )


def _places(package: bytes, folder: Path) -> dict[Path, bytes]:
    """Where the files of evidence go that a package names, so that its own list of sums finds them; with digests."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        sums = opened.read(EVIDENCE_SUMS)
    lines = [line.partition("  ") for line in sums.decode().splitlines()]
    places = {folder / name: bytes.fromhex(digest) for digest, _, name in lines}
    try:
        for parent in {folder, *(file.parent for file in places)}:
            parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{t('不能写入', 'cannot be written:')} {folder}: {error}", code=ExitCode.WRONG_USE) from error
    _write(folder / EVIDENCE_SUMS, sums)
    return places


async def _fetch(connection: Connection, matter_id: str, places: Mapping[Path, bytes]) -> None:
    for file, digest in places.items():
        await connection.save(file, digest, subject_id=matter_id, purpose=audit.PURPOSE_ARCHIVING)


def check_archive(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("归档包。", "The package."))],
    case: Annotated[
        str,
        typer.Option("--case", help=t("与账本中该案最近的归档记录核对。", "Compare with the ledger's newest record.")),
    ] = "",
    json: Json = False,
) -> None:
    from services.documents.package import problems

    connection: Connection = context.obj
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(f"{t('不能读取', 'cannot be read:')} {file}: {error}", code=ExitCode.WRONG_USE) from error
    index_sha256: bytes | None = None
    if case:

        async def work() -> bytes:
            request = pb.GetArchiveRequest(matter_id=await case_id_of(connection, case))
            found: pb.GetArchiveResponse = await connection.ask(Stub, "GetArchive", request)
            return found.archive.index_sha256

        index_sha256 = run(work())
    found = list(problems(content, index_sha256=index_sha256))
    people = table((t("问题", "problem"),), [(one,) for one in found]) if found else t("核验通过", "sound")
    show({"file": str(file), "problems": found}, people, as_json=json)
    if found:
        raise Failure(t("归档包与记录不符", "the package is not what was recorded"), code=ExitCode.FOUND)


def numbers(
    context: typer.Context,
    series: Annotated[str, typer.Option("--series", help=t("文书代码，或者case。", "Code of a form, or case."))],
    year: Annotated[int, typer.Option("--year", min=2000, help=t("年度。", "Year."))],
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListNumbersRequest(
        series=series, year=year, page=common.PageRequest(size=count, token=page), min_position=min_position
    )
    answer = run(connection.ask(Stub, "ListNumbers", request))
    headings = (t("序号", "no."), t("文号", "number"), t("取号时间", "taken"), t("用于", "given to"))
    rows = [(one.number, one.text, instant(one.taken_at), one.for_id) for one in answer.numbers]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


def forms(
    context: typer.Context,
    form: Annotated[str, typer.Option("--form", help=t("只看该文书。", "Only this form."))] = "",
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    answer = run(connection.ask(Stub, "ListForms", pb.ListFormsRequest(form=form)))
    if not form:
        headings = (t("代码", "code"), t("文书", "form"), t("字", "series"), t("环节", "step"), t("依据", "law"))
        rows = [(one.code, one.title, one.series, one.step, one.law) for one in answer.forms]
        show(as_json(answer), table(headings, rows), as_json=json)
        return
    headings = (
        t("名称", "name"),
        t("内容", "label"),
        t("种类", "kind"),
        t("必填", "required"),
        t("取自账本", "from the ledger"),
    )
    [asked] = answer.forms
    rows = [(one.name, one.label, one.kind, "✓" if one.required else "", one.fact) for one in asked.fields]
    rows += [
        (f"-s {options.Role.Name(one.role).removeprefix('ROLE_')}", term(options.Role, one.role), "", one.least, "")
        for one in asked.signers
    ]
    show(as_json(answer), table(headings, rows), as_json=json)


async def _rendered(connection: Connection, recorded: common.Recorded) -> pb.Document:
    """The document once its sheet is there. Raises `Failure` when it is not in time."""
    request = pb.GetDocumentRequest(document_id=recorded.id, min_position=recorded.position)
    for _ in range(POLLS_MAX):
        found: pb.GetDocumentResponse = await connection.ask(Stub, "GetDocument", request)
        if found.document.state == RENDERED:
            return found.document
        await asyncio.sleep(POLL_SECONDS)
    raise Failure(
        t("文书已制作，但尚未编号或者生成", "the document is issued, but not numbered or rendered yet"),
        hint="enforcement node parked",
        code=ExitCode.NOT_REACHABLE,
    )


def _write(file: Path, content: bytes) -> Path:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Failure(f"{t('不能写入', 'cannot be written:')} {file}: {error}", code=ExitCode.WRONG_USE) from error
    return file


def _inputs_in(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = json_format.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"{t('不能读取', 'cannot be read:')} {file}: {error}", code=ExitCode.WRONG_USE) from error
    if not isinstance(found, dict):
        raise Failure(f"{file} {t('不是一组内容', 'is not one object')}", code=ExitCode.WRONG_USE)
    return found


def _input(text: str) -> tuple[str, Any]:
    """NAME=VALUE; a list, an object, true and false are taken as JSON, all else is text."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Failure(f"{t('应为 名称=内容：', 'not NAME=VALUE:')} {text}", code=ExitCode.WRONG_USE)
    if value[:1] in ("[", "{") or value in ("true", "false"):
        try:
            return name, json_format.loads(value)
        except ValueError as error:
            raise Failure(f"{name}: {error}", code=ExitCode.WRONG_USE) from error
    return name, value


def _signer(text: str) -> pb.SignerRequest:
    role, _, officer = text.partition(":")
    try:
        return pb.SignerRequest(role=options.Role.Value(f"ROLE_{role.upper()}"), officer_id=str(UUID(officer)))
    except ValueError:
        roles = ", ".join(name.removeprefix("ROLE_") for name in options.Role.keys()[1:])
        hint = f"{t('身份：', 'roles:')} {roles}"
        raise Failure(f"{t('应为 身份:编号：', 'not ROLE:ID:')} {text}", hint=hint, code=ExitCode.WRONG_USE) from None
