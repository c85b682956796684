"""`enforcement rules`: rule sets of discretion, as files and as a node has them."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from enforcement.cases.v1 import discretion_pb2 as pb
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from enforcement.common.v1 import common_pb2 as common

from services.cases.discretion.reading import Wrong
from services.cases.discretion.rule_set_file import read_rule_set
from services.cases.discretion.rule_sets import RuleSet, check_together, stream_of
from services.cli.connection import Connection, run
from services.cli.language import command, group, t
from services.cli.options import CommandId, LateReason, MinPosition, act_at, repeatable
from services.cli.output import ExitCode, Failure, Json, as_json, note, show, table
from services.kernel.messages import to_timestamp

app = group("裁量规则：五张清单与裁量基准。", "Rule sets of discretion: the five lists and benchmarks.")
File = Annotated[Path, typer.Argument(metavar="FILE", help=t("规则文件（TOML）。", "The file, TOML."))]


@command(
    app,
    "check",
    "核验规则文件：格式、缺口、重叠、法定幅度、案由，以及彼此的优先顺序。\n\n"
    "示例：`enforcement rules check 清单.toml 基准.toml`",
    "Check files of rule sets: form, gaps, overlaps, statutory ranges, acts, and precedence between them.\n\n"
    "Example: `enforcement rules check lists.toml benchmark.toml`",
)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=t("规则文件。", "The files."))],
    json: Json = False,
) -> None:
    read: list[RuleSet] = []
    findings: list[str] = []
    for file in files:
        try:
            read.append(read_rule_set(_content(file), file.name))
        except Wrong as wrong:
            findings += wrong.findings
    findings += check_together(read)
    if findings:
        raise Failure("\n".join(findings), code=ExitCode.FOUND)
    rows = [_row(one) for one in read]
    show({"ruleSets": rows}, _table(rows), as_json=json)
    unconfirmed = [one.id for one in read if not one.confirmed_by]
    if unconfirmed and not json:
        note(f"{t('尚未核对，不能启用', 'not confirmed, so not to be adopted')}: {', '.join(unconfirmed)}")


@command(
    app,
    "adopt",
    "启用规则文件，或其更高版本；需要管理员令牌。",
    "Put a rule set in force, or a newer version of it; needs an administrator's token.",
)
def adopt(
    context: typer.Context,
    file: File,
    command_id: CommandId = None,
    at: Annotated[
        datetime | None, typer.Option("--at", help=t("启用时间；默认现在。", "When it is adopted; default now."))
    ] = None,
    late_reason: LateReason = "",
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    content = _content(file)
    try:
        read = read_rule_set(content, file.name)
    except Wrong as wrong:
        raise Failure("\n".join(wrong.findings), code=ExitCode.FOUND) from wrong
    request = pb.AdoptRuleSetRequest(
        command_id=repeatable(command_id),
        rule_set_id=str(stream_of(read.id)),
        occurred_at=to_timestamp(act_at(at)),
        late_reason=late_reason,
        content=content.decode(),
    )
    recorded: common.Recorded = run(connection.ask(grpc_pb.CasesServiceStub, "AdoptRuleSet", request))
    show(as_json(recorded), f"{read.id} v{read.version}  id {recorded.id}  position {recorded.position}", as_json=json)


@command(app, "list", "列出本单位的规则，优先者在前。", "List this authority's rule sets, the first asked on top.")
def list_rule_sets(
    context: typer.Context,
    on: Annotated[str, typer.Option("--on", help=t("该日现行的规则，如 2024-11-05。", "In force on that day."))] = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListRuleSetsRequest(min_position=min_position, on=on)
    answer = run(connection.ask(grpc_pb.CasesServiceStub, "ListRuleSets", request))
    rows = [
        {
            "code": one.rule_set_code,
            "version": one.version,
            "digest": one.digest.hex(),
            "documentNumber": one.document_number,
            "from": one.effective_from_on,
            "to": one.effective_to_on,
            "precedence": one.precedence,
            "entries": one.entry_count,
            "tiers": one.tier_count,
            "confirmedBy": one.confirmed_by,
            "inForce": one.in_force,
        }
        for one in answer.rule_sets
    ]
    show({"ruleSets": rows}, _table(rows), as_json=json)


def _row(one: RuleSet) -> dict[str, Any]:
    return {
        "code": one.id,
        "id": str(stream_of(one.id)),
        "version": one.version,
        "digest": one.content_hash,
        "documentNumber": one.doc_no,
        "from": one.effective_from.isoformat(),
        "to": one.effective_to.isoformat() if one.effective_to is not None else "",
        "precedence": one.precedence,
        "entries": len(one.entries),
        "tiers": len(one.tiers),
        "confirmedBy": one.confirmed_by,
    }


def _table(rows: list[dict[str, Any]]) -> Any:
    headings = (
        t("规则", "rule set"),
        t("版本", "version"),
        t("文号", "document"),
        t("施行", "from"),
        t("至", "to"),
        t("优先", "precedence"),
        t("清单条目", "entries"),
        t("阶次", "tiers"),
        t("核对人", "confirmed by"),
        "SHA-256",
    )
    shown = ("code", "version", "documentNumber", "from", "to", "precedence", "entries", "tiers", "confirmedBy")
    return table(headings, [(*(row[name] for name in shown), str(row["digest"])[:16]) for row in rows])


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failure(f"{t('不能读取', 'cannot be read:')} {file}", code=ExitCode.WRONG_USE) from error
