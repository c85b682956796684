"""`enforcement node` and `enforcement migrate`: run a node, see how it is, bring its database up to date."""

import runpy
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.cli.connection import Connection, missing, run
from services.cli.language import command, group, t
from services.cli.output import ExitCode, Failure, Json, instant, note, show, table
from services.kernel.ledger.checkpoint import LAG
from services.kernel.ledger.migrate import Drift
from services.kernel.ledger.parked import unresolved
from services.kernel.rules import LOCAL_RULES, SWITCHES, Rules
from services.kernel.values import day_of

app = group("节点。", "The node.")


@command(
    app, "run", "运行本单位的全部服务，直到SIGTERM。", "Run all services of the authority until SIGTERM."
)  # fmt: skip
def run_node(context: typer.Context) -> None:
    if not context.obj.settings.authority_id:
        raise missing("ENFORCEMENT_AUTHORITY_ID")
    runpy.run_module("services.node", run_name="__main__")


@command(app, "status", "健康状态与各读者的滞后。", "Health, and how far every reader is behind.")
def status(context: typer.Context, json: Json = False) -> None:
    connection: Connection = context.obj

    async def work() -> tuple[str, list[Any]]:
        answer = await connection.ask(health_pb2_grpc.HealthStub, "Check", health_pb2.HealthCheckRequest())
        if connection.settings.dsn is None:
            return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status), []
        async with connection.database() as database:
            return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status), await database.fetch(LAG)

    health, lag = run(work())
    readers = [
        {
            "reader": row["reader"],
            "version": row["version"],
            "position": str(row["position"]),
            "behind": str(row["behind"]),
            "oldestUnreadSeconds": row["oldest_unread_age"].total_seconds(),
            "alive": row["alive"],
            "parked": row["parked"],
        }
        for row in lag
    ]
    headings = (
        t("读者", "reader"),
        "",
        "position",
        t("滞后", "behind"),
        t("最早未读（秒）", "oldest unread (s)"),
        "",
        t("搁置", "parked"),
    )
    rows = [
        (*list(row.values())[:5], t("运行", "alive") if row["alive"] else t("无人", "nobody"), row["parked"] or "")
        for row in readers
    ]
    show({"health": health, "readers": readers}, table(headings, rows), as_json=json)
    if not json:
        note(health)
    if health != "SERVING":
        raise Failure(health, code=ExitCode.NOT_REACHABLE)


@command(
    app,
    "settings",
    "开关与地方标准：当日的值、由谁确认、为何是开关。",
    "Switches and local amounts: their values of the day, who confirmed them, why they are switches.",
)
def settings(
    context: typer.Context,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help=t("日期；默认今天。", "Day; default today."))
    ] = None,
    json: Json = False,
) -> None:
    try:
        rules = Rules.load(context.obj.settings.rules_file)
    except (OSError, ValueError) as error:
        raise Failure(str(error), code=ExitCode.WRONG_USE) from error
    day = on.date() if on else day_of(datetime.now(UTC))
    found = [(name, rules.get(name, day), rules.confirmed.get(name, ""), each.why) for name, each in SWITCHES.items()]
    for name, rule in LOCAL_RULES.items():
        amounts = "、".join(f"{place} {amount}" for place, amount in rules.amounts(name, day).items())
        found.append((name, amounts, rules.confirmed.get(name, ""), rule.why))
    data = [{"name": name, "value": value, "confirmedBy": by, "why": why} for name, value, by, why in found]
    headings = (t("名称", "name"), t("值", "value"), t("确认", "confirmed by"), t("说明", "why"))
    rows = [(name, value, by or t("未确认", "nobody"), why) for name, value, by, why in found]
    show({"settings": data}, table(headings, rows), as_json=json)


@command(
    app,
    "parked",
    "搁置的事件：哪个读者、为何、何时再试。",
    "Parked events: by which reader, why, when they are tried again.",
)
def parked(context: typer.Context, json: Json = False) -> None:
    connection: Connection = context.obj

    async def work() -> Any:
        async with connection.database() as database:
            return await unresolved(database)

    found = run(work())
    data = [
        {
            "reader": each.reader,
            "position": str(each.position),
            "caseId": str(each.matter_id),
            "attempts": each.attempts,
            "nextAttemptAt": each.next_attempt_at.isoformat() if each.next_attempt_at else "",
            "reason": each.reason,
        }
        for each in found
    ]
    headings = (
        t("读者", "reader"),
        "position",
        t("案件", "case"),
        t("次数", "attempts"),
        t("再试", "next"),
        t("原因", "reason"),
    )
    rows = [
        (each.reader, each.position, each.matter_id, each.attempts, instant(each.next_attempt_at), each.reason)
        for each in found
    ]
    show({"parked": data}, table(headings, rows), as_json=json)


def add_to(root: typer.Typer) -> None:
    """Adds `migrate` to the root."""
    command(
        root, "migrate",
        "将数据库升级到本版本的结构，可重复执行。DSN须为管理员的。",
        "Bring the database to this version's structure; safe to repeat. The DSN must be an administrator's.",
    )(migrate)  # fmt: skip


def migrate(
    context: typer.Context,
    dsn: Annotated[
        str,
        typer.Option(
            "--dsn", help=t("默认 ENFORCEMENT_DSN。", "Default ENFORCEMENT_DSN."), envvar="ENFORCEMENT_ADMIN_DSN"
        ),
    ] = "",
    json: Json = False,
) -> None:
    from services.node.install import update  # imports every service: only this command waits for it

    settings = context.obj.settings
    chosen = dsn or (settings.dsn.get_secret_value() if settings.dsn else "")
    if not chosen:
        raise missing("ENFORCEMENT_DSN")
    try:
        applied = run(update(chosen))
    except Drift as drift:
        raise Failure(
            str(drift),
            hint=t("部署的版本与数据库不一致", "the build and the database do not match"),
            code=ExitCode.FOUND,
        ) from drift
    show({"applied": applied}, "\n".join(applied) or t("已是最新", "up to date"), as_json=json)
