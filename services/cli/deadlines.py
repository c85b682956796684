"""`enforcement deadlines`: statutory clocks, those that end first on top."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import service_pb2 as pb
from enforcement.deadlines.v1 import service_pb2_grpc as grpc_pb

from services.cli.connection import Connection, run, term
from services.cli.language import cited, command, t
from services.cli.options import Count, MinPosition, PageToken
from services.cli.output import Json, as_json, due, next_page, show, table

HOURS_MAX: Final = 100_000.0
"""More than eleven years: no limit is longer."""


class Status(StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


def add_to(app: typer.Typer) -> None:
    """Adds the command to the root."""
    command(
        app, "deadlines",
        "列出法定期限，先到期的在前。\n\n"
        "示例：`enforcement -n jt-510521 deadlines --within 48` · `deadlines --status missed`",
        "List statutory clocks, those that end first on top.\n\n"
        "Examples: `enforcement -n jt-510521 deadlines --within 48` · `deadlines --status missed`",
    )(deadlines)  # fmt: skip


def deadlines(
    context: typer.Context,
    status: Annotated[
        list[Status] | None,
        typer.Option("--status", help=t("状态，可重复；默认进行中。", "Status, repeatable; default running.")),
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(
            "--within",
            min=0,
            max=HOURS_MAX,
            help=t(
                "只看这么多小时内到期的，按节点的时钟。", "Only those that end within these hours, by the node's clock."
            ),
        ),
    ] = None,
    rule: Annotated[str, typer.Option("--rule", help=t("规则，如 transfer.send。", "Rule, e.g. transfer.send."))] = "",
    subject: Annotated[
        str, typer.Option("--subject", help=t("案件、移送或请求的编号。", "Id of case, transfer or request."))
    ] = "",
    case: Annotated[
        str, typer.Option("--case", help=t("关联编号：该案的全部期限。", "Correlation id: all clocks of the case."))
    ] = "",
    responsible: Annotated[
        str, typer.Option("--responsible", help=t("负有义务的单位。", "Authority that must act."))
    ] = "",
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    wanted = status or ([] if case or subject else [Status.RUNNING])
    request = pb.ListDeadlinesRequest(
        min_position=min_position,
        page=common.PageRequest(size=count, token=page),
        statuses=[pb.Status.Value(f"STATUS_{each.name}") for each in wanted],
        rule_id=rule,
        subject_id=subject,
        correlation_id=case,
        responsible_id=responsible,
    )
    if within is not None:
        request.due_within.FromTimedelta(timedelta(hours=within))
    answer = run(connection.ask(grpc_pb.DeadlinesServiceStub, "ListDeadlines", request))
    headings = (
        t("到期", "due"),
        t("规则", "rule"),
        t("事项", "what"),
        t("状态", "status"),
        t("单位", "who"),
        t("依据", "basis"),
        t("对象", "subject"),
    )
    rows = [
        (
            due(clock),
            clock.rule_id,
            clock.title,
            term(pb.Status, clock.status),
            clock.responsible_id,
            cited(clock.basis),
            clock.subject_id,
        )
        for clock in answer.clocks
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)
