"""`enforcement case catalogue`, `archive`, `check-archive`: what the file of a case holds, and its package."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import service_pb2 as pb
from enforcement.documents.v1 import service_pb2_grpc as grpc_pb

from services.cli.case.naming import ask_about, case_id_of
from services.cli.connection import Connection, run
from services.cli.files import Output, write
from services.cli.language import command, t
from services.cli.options import (
    ActAt,
    CaseName,
    CommandId,
    LateReason,
    MinPosition,
    PurposeOption,
    act_at,
    purpose_of,
    repeatable,
)
from services.cli.output import ExitCode, Failure, Json, as_json, fields, note, show, table
from services.kernel.messages import to_timestamp

EVIDENCE_SUMS: Final = "EVIDENCE.SHA256"
"""In the package: what `sha256sum --check` reads in the folder of the evidence."""
Stub: Final = grpc_pb.DocumentsServiceStub


def add_to(app: typer.Typer) -> None:
    """Adds the commands to the noun `case`."""
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


def catalogue(
    context: typer.Context,
    case: CaseName,
    purpose: PurposeOption = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.GetCatalogueRequest(min_position=min_position, purpose=purpose_of(purpose))
    answer = ask_about(connection, case, Stub, "GetCatalogue", request, "matter_id")
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
    written = write(output or Path(built.package.file_name), content)
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
    write(folder / EVIDENCE_SUMS, sums)
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
        recorded = ask_about(connection, case, Stub, "GetArchive", pb.GetArchiveRequest(), "matter_id")
        index_sha256 = recorded.archive.index_sha256
    found = list(problems(content, index_sha256=index_sha256))
    people = table((t("问题", "problem"),), [(one,) for one in found]) if found else t("核验通过", "sound")
    show({"file": str(file), "problems": found}, people, as_json=json)
    if found:
        raise Failure(t("归档包与记录不符", "the package is not what was recorded"), code=ExitCode.FOUND)
