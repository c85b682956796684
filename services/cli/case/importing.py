"""`enforcement case import`: to take the cases of an older system over."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.officers.v1 import service_pb2_grpc as officers_grpc
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli.connection import Connection, run
from services.cli.language import command, t
from services.cli.output import ExitCode, Failure, Json, fields, note, show

OFFICERS_PAGE: Final = 500


def add_to(app: typer.Typer) -> None:
    """Adds the command to the noun `case`."""
    command(
        app, "import",
        "从原有系统的CSV或JSON Lines文件导入案件；重复执行无害，中断后再次执行即续传。\n\n"
        "示例：`case import 案件.csv --mapping 泸州.toml --dry-run --report 报告.jsonl`",
        "Import cases of an older system from CSV or JSON Lines; safe to repeat, and run again it goes on.\n\n"
        "Example: `case import cases.csv --mapping luzhou.toml --dry-run --report report.jsonl`",
    )(import_cases)  # fmt: skip


def import_cases(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=t(".csv、.jsonl 或 .ndjson 文件。", "A .csv, .jsonl or .ndjson file.")),
    ],
    mapping: Annotated[
        Path, typer.Option("--mapping", "-m", metavar="FILE", help=t("映射文件（TOML）。", "The mapping, TOML."))
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=t("只检查，不写入。", "Check only, write nothing."))
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help=t("未导入的行及原因，JSON Lines。", "Rows not imported and why, JSON Lines."),
        ),
    ] = None,
    json: Json = False,
) -> None:
    # Imported here: other commands need neither the model of cases nor TOML.
    from services.cli.case.imports import mapping as mappings
    from services.cli.case.imports import rows
    from services.cli.case.imports.run import CHANGED, NEW, REFUSED, UNCHANGED, WOULD, Importing

    connection: Connection = context.obj
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())

    async def work(stack: ExitStack) -> Importing:
        known = mappings.load(mapping)
        async with connection.session() as ask:
            if known.officers_by_credential:
                known = replace(known, codes={**known.codes, "officer_ids": await _credentials(ask)})
            progress = stack.enter_context(
                Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
            )
            total = await asyncio.to_thread(rows.count, file)
            bar = progress.add_task(
                t("检查" if dry_run else "导入", "checking" if dry_run else "importing"), total=total
            )
            importing = Importing(
                known,
                ask,
                dry_run=dry_run,
                report=stack.enter_context(report.open("w", encoding="utf-8")) if report else None,
                advance=lambda count: progress.advance(bar, count),
            )
            await importing.run(
                _complete(rows.read(file, encoding=known.encoding, delimiter=known.delimiter), known, file)
            )
            return importing

    try:
        with ExitStack() as stack:
            done = run(_unwrapped(work(stack)))
    except (mappings.BadMapping, rows.BadFile) as error:
        raise Failure(str(error), code=ExitCode.WRONG_USE) from error
    counts = {name: done.counts[name] for name in (WOULD if dry_run else NEW, UNCHANGED, CHANGED, REFUSED)}
    words = {
        WOULD: t("可导入", "would be imported"),
        NEW: t("已导入", "imported"),
        UNCHANGED: t("此前已导入", "imported before"),
        CHANGED: t("源数据有变化，未写入", "changed since, not written"),
        REFUSED: t("不能导入", "refused"),
    }
    show(
        {**counts, "rows": sum(counts.values())},
        fields([(words[name], count or "0") for name, count in counts.items()]),
        as_json=json,
    )
    if counts[REFUSED] or counts[CHANGED]:
        if report and not json:
            note(f"{t('原因见', 'reasons are in')} {report}")
        raise typer.Exit(int(ExitCode.REFUSED))


def _complete(found: Any, known: Any, file: Path) -> Any:
    """The rows; a CSV file that lacks a column of the mapping is no such export."""
    from services.cli.case.imports.rows import BadFile

    for number, row in enumerate(found):
        if number == 0 and file.suffix.lower() == ".csv" and (missing := known.missing(row)):
            raise BadFile(f"{t('文件缺少列：', 'the file lacks the columns')} {'、'.join(missing)}")
        yield row


async def _unwrapped(work: Any) -> Any:
    """A task group's only failure as itself."""
    try:
        return await work
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


async def _credentials(ask: Any) -> dict[str, str]:
    """Ids of all officers of the register by credential number."""
    found: dict[str, str] = {}
    token = ""
    while True:
        page = common.PageRequest(size=OFFICERS_PAGE, token=token)
        answer = await ask(officers_grpc.OfficersServiceStub, "ListOfficers", officers.ListOfficersRequest(page=page))
        found.update((one.credential_number, one.officer_id) for one in answer.officers)
        token = answer.next_token
        if not token:
            return found
