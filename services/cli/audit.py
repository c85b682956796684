"""`enforcement audit`: who saw personal data, for the data-protection auditor."""

from datetime import datetime
from typing import Annotated

import typer
from enforcement.audit.v1 import events_pb2 as events
from enforcement.audit.v1 import service_pb2 as pb
from enforcement.audit.v1 import service_pb2_grpc as grpc_pb
from enforcement.common.v1 import common_pb2 as common

from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
from services.cli.options import Count, PageToken, PurposeOption, purpose_of
from services.cli.output import Json, as_json, instant, next_page, show, table
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_timestamp

app = group("个人信息访问审计。", "The audit of access to personal data.")


@command(
    app, "list",
    "列出对个人信息的访问，先发生的在前；只列字段，不列内容。\n\n"
    "示例：`enforcement -n jt-510521 audit list --from 2025-01-01 --case <案件编号>`",
    "List accesses to personal data, the oldest first; fields only, never what stood there.\n\n"
    "Example: `enforcement -n jt-510521 audit list --from 2025-01-01 --case <id>`",
)  # fmt: skip
def list_accesses(
    context: typer.Context,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help=t("起始日。", "First day."))
    ] = None,
    officer: Annotated[str, typer.Option("--officer", help=t("只看该人员的。", "Only by this officer."))] = "",
    case: Annotated[str, typer.Option("--case", help=t("只看该案件的（编号）。", "Only to this case, by id."))] = "",
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListPersonalDataAccessRequest(
        page=common.PageRequest(size=count, token=page),
        officer_id=officer,
        subject_id=case,
        purpose=purpose_of(purpose),
    )
    if since is not None:
        request.from_at.CopyFrom(to_timestamp(since.replace(tzinfo=SHANGHAI)))
    answer = run(connection.ask(grpc_pb.AuditServiceStub, "ListPersonalDataAccess", request))
    headings = (
        t("时间", "when"),
        t("执法证号", "credential"),
        t("用途", "purpose"),
        t("依据", "basis"),
        t("方法", "method"),
        t("字段", "fields"),
        t("查找依据", "searched by"),
        t("结果数", "results"),
    )
    rows = [
        (
            instant(one.recorded_at),
            one.access.credential_number,
            term(events.Purpose, one.access.purpose),
            one.access.legal_basis,
            one.access.method,
            "、".join(one.access.fields),
            "、".join(one.access.searched_by),
            one.access.result_count,
        )
        for one in answer.accesses
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)
