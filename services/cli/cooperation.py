"""`enforcement cooperation`: help asked of other authorities, and asked of this one (区域协作)."""

from typing import Annotated, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import events_pb2 as events
from enforcement.cross_border.v1 import overdue_pb2 as overdue
from enforcement.cross_border.v1 import service_pb2 as pb
from enforcement.cross_border.v1 import service_pb2_grpc as grpc_pb

from services.cli.accounts import show_account
from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
from services.cli.options import Count, MinPosition, PageToken
from services.cli.output import Json, as_json, instant, note, show, table

app = group("区域协作：发出的请求和收到的协办事项。", "Cooperation: requests sent, and tasks from others.")

Stub: Final = grpc_pb.CrossBorderServiceStub
MatterId = Annotated[
    UUID,
    typer.Argument(
        metavar="ID",
        help=t(
            "请求编号（UUID，双方相同）、协办事项、通报或者抄告编号。",
            "Id (UUID) of the request, task, circular or copy notice.",
        ),
    ),
]  # fmt: skip


@command(
    app, "list",
    "列出本单位发出的协作请求和收到的协办事项。",
    "List the requests that this authority sent and the tasks that it got.",
)  # fmt: skip
def list_matters(context: typer.Context, count: Count = 50, min_position: MinPosition = 0, json: Json = False) -> None:
    connection: Connection = context.obj
    page = common.PageRequest(size=count)

    async def work() -> tuple[pb.ListRequestsResponse, pb.ListTasksResponse]:
        sent = pb.ListRequestsRequest(page=page, min_position=min_position)
        got = pb.ListTasksRequest(page=page, min_position=min_position)
        return await connection.ask(Stub, "ListRequests", sent), await connection.ask(Stub, "ListTasks", got)

    sent, got = run(work())
    rows = [_row(f"→ {one.responder_id}", one, instant(one.sent_at)) for one in sent.requests]
    rows += [_row(f"← {one.requester_id}", one, instant(one.received_at)) for one in got.tasks]
    headings = (t("往来", "between"), t("阶段", "stage"), t("类型", "type"), t("发出、收到", "sent or got"),
                t("逾期", "overdue"), t("请求编号", "request"))  # fmt: skip
    data = {"requests": as_json(sent)["requests"], "tasks": as_json(got)["tasks"]}
    show(data, table(headings, rows), as_json=json)
    if (sent.next_token or got.next_token) and not json:
        note(t("还有更早的：加 --count", "there are earlier ones: --count"))


@command(
    app, "account",
    "往来台账：一项协作请求中本单位做了什么、问了谁、给了什么、得到什么，附对方回执。\n\n"
    "示例：`enforcement -n jt-510521 cooperation account <编号>`",
    "What this authority did about a request, asked whom, gave and got, with the receipts of the other side.\n\n"
    "Example: `enforcement -n jt-510521 cooperation account <id>`",
)  # fmt: skip
def account(
    context: typer.Context,
    matter: MatterId,
    count: Count = 200,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    request = pb.GetAccountRequest(id=str(matter))
    show_account(context.obj, Stub, request, count=count, page=page, min_position=min_position, as_json=json)


def _row(between: str, one: pb.RequestSummary | pb.TaskSummary, at: str) -> tuple[object, ...]:
    kind = term(events.RequestType, one.request_type)
    late = term(overdue.OverdueStep, one.overdue) if one.overdue else ""
    return between, one.stage, kind, at, late, one.request_id
