"""`enforcement case print`, `documents`, `numbers`, `forms`: the documents of a case."""

import asyncio
import hashlib
import json as json_format
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import service_pb2 as pb
from enforcement.documents.v1 import service_pb2_grpc as grpc_pb
from enforcement.options.v1 import options_pb2 as options

from services.cli.case.naming import ask_about, case_id_of
from services.cli.connection import Connection, run, term
from services.cli.files import Output, write
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
from services.cli.output import ExitCode, Failure, Json, as_json, fields, instant, next_page, show, table
from services.kernel.messages import to_timestamp

RENDERED: Final = "已生成"
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
    written = write(output or Path(document.versions[-1].file.file_name), content)
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
    request = pb.PreviewDocumentRequest(form=form, signers=signers, purpose=purpose)
    request.inputs.update(given)
    answer = ask_about(connection, case, Stub, "PreviewDocument", request, "matter_id")
    written = write(output or Path(f"{form}-预览.pdf"), answer.pdf)
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
    request = pb.ListDocumentsRequest(min_position=min_position, page=common.PageRequest(size=count, token=page))
    answer = ask_about(connection, case, Stub, "ListDocuments", request, "matter_id")
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
