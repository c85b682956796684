"""`enforcement non-site notice` and `mismatched`: what other authorities are told, and what they told."""

from typing import Annotated, Final

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.cross_border.v1.service_pb2_grpc import CrossBorderServiceStub
from enforcement.non_site.v1 import service_pb2 as pb
from enforcement.non_site.v1 import service_pb2_grpc as grpc_pb

from services.cli.connection import Connection, run
from services.cli.language import command, group, t
from services.cli.options import Count, MinPosition, PageToken, PurposeOption, purpose_of
from services.cli.output import Json, as_json, instant, next_page, show, table

Stub: Final = grpc_pb.NonSiteServiceStub

app = group("与其他机关之间的抄告。", "Notices that went to other authorities, or came from them.")


def add_to(non_site: typer.Typer) -> None:
    """Adds the question about vehicles to the noun `non-site`."""
    command(
        non_site, "mismatched",
        "列出外廓尺寸与登记或者标准不符的车辆，供抄告公安交管部门。\n\n"
        "示例：`non-site mismatched --from 2026-11-01 --to 2026-11-30 --purpose cooperation`",
        "List vehicles whose dimensions disagree with registration or standard, for the traffic police.\n\n"
        "Example: `non-site mismatched --from 2026-11-01 --to 2026-11-30 --purpose cooperation`",
    )(mismatched)  # fmt: skip


@command(
    app, "list",
    "列出发出的抄告，最新的在前；--received 为收到的。\n\n"
    "示例：`non-site notice list --received --purpose case_handling`",
    "List the notices that went out, the newest first; --received those that came.\n\n"
    "Example: `non-site notice list --received --purpose case_handling`",
)  # fmt: skip
def list_notices(
    context: typer.Context,
    received: Annotated[bool, typer.Option("--received", help=t("收到的抄告。", "Those that came."))] = False,
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = notices.ListCopyNoticesRequest(
        received=received,
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(CrossBorderServiceStub, "ListCopyNotices", request))
    headings = (
        t("时间", "when"),
        t("机关", "authority"),
        t("案号", "number"),
        t("号牌", "plate"),
        t("行为日", "committed"),
        t("处理", "decision"),
        t("已送达", "arrived"),
        t("撤回", "taken back"),
        "id",
    )
    rows = [
        (
            instant(one.recorded_at),
            one.authority_id,
            one.notice.case_number,
            one.notice.plate,
            one.notice.committed_on,
            one.notice.decision,
            "✓" if one.delivered else "",
            instant(one.withdrawn_at),
            one.notice_id,
        )
        for one in answer.notices
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


def mismatched(
    context: typer.Context,
    from_: Annotated[str, typer.Option("--from", help=t("采集日自，如 2026-11-01。", "Captured from this day on."))],
    to: Annotated[str, typer.Option("--to", help=t("采集日至。", "Captured by this day."))],
    purpose: PurposeOption = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListMismatchedVehiclesRequest(
        from_on=from_,
        to_on=to,
        purpose=purpose_of(purpose),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    answer = run(connection.ask(Stub, "ListMismatchedVehicles", request))
    headings = (t("采集时间", "captured"), t("号牌", "plate"), t("不符之处", "in what"), t("记录", "record"))
    rows = [
        (instant(one.captured_at), f"{one.plate} {one.plate_colour}", one.note, one.capture_id)
        for one in answer.vehicles
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)
