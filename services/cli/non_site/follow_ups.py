"""`enforcement non-site follow-up`: the notice to the home place after a case of overload."""

from typing import Annotated, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import service_pb2 as pb
from enforcement.non_site.v1 import service_pb2_grpc as grpc_pb

from services.cli.connection import Connection, run
from services.cli.language import command, group, t
from services.cli.options import Count, MinPosition, PageToken, PurposeOption, purpose_of
from services.cli.output import Json, as_json, next_page, show, table

Stub: Final = grpc_pb.NonSiteServiceStub

app = group("案件办结后的抄告。", "What follows a case: the notice to the home place.")


@command(
    app, "list",
    "列出案件的抄告情况，最新的在前。\n\n示例：`non-site follow-up list --stage 待抄告`",
    "List the notices to home places, the newest first.\n\nExample: `non-site follow-up list --stage 待抄告`",
)  # fmt: skip
def list_follow_ups(
    context: typer.Context,
    stage: Annotated[
        str, typer.Option("--stage", help=t("只看该阶段，如 待抄告。", "Only this stage, e.g. 待抄告."))
    ] = "",
    case: Annotated[UUID | None, typer.Option("--case", help=t("案件编号。", "Id of the case."))] = None,
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListFollowUpsRequest(
        stage=stage,
        case_id=str(case) if case else "",
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(Stub, "ListFollowUps", request))
    headings = (
        t("案号", "number"),
        t("阶段", "stage"),
        t("号牌", "plate"),
        t("处理", "decision"),
        t("车籍地", "home place"),
        t("抄告至", "told"),
        t("已撤回", "taken back"),
        t("案件", "case"),
    )
    rows = [
        (
            one.decided.case_number or one.followed.case_number,
            one.stage,
            one.followed.vehicle.plate,
            one.decided.decision,
            one.home_division_code,
            one.issued.home_authority_id or one.issued.letter_to,
            "✓" if one.HasField("withdrawn") else "",
            one.followed.case_id,
        )
        for one in answer.follow_ups
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)
