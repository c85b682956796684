"""`enforcement feed`: what a provincial platform (省级平台) reads, how far it is, and a stopped feed let go on."""

from typing import Annotated

import typer
from enforcement.platform.v1 import service_pb2 as pb
from enforcement.platform.v1 import service_pb2_grpc as grpc_pb

from services.cli.connection import Connection, run
from services.cli.language import command, group, t
from services.cli.options import CommandId, MinPosition, repeatable
from services.cli.output import Json, as_json, fields, instant, note, show, table

app = group("省级平台读取的公开事件。", "The feeds that a platform reads.")
STUB = grpc_pb.PlatformServiceStub


@command(
    app, "list",
    "各单位公开事件：读到何处、缺口、停收原因。\n\n示例：`enforcement -n pt-510000 feed list`",
    "Every feed: how far it is read, gaps, why it was stopped.\n\nExample: `enforcement -n pt-510000 feed list`",
)  # fmt: skip
def list_feeds(context: typer.Context, min_position: MinPosition = 0, json: Json = False) -> None:
    connection: Connection = context.obj
    answer = run(connection.ask(STUB, "ListFeeds", pb.ListFeedsRequest(min_position=min_position)))
    headings = (
        t("单位", "authority"), "epoch", "seq", t("已知", "known"), t("缺口自", "gap since"), t("停收原因", "stopped"),
        t("最近存入", "last stored"), t("重复", "repeats"), t("隔离", "quarantined"), t("补取", "fetched"),
    )  # fmt: skip
    rows = [
        (
            feed.publisher_id,
            feed.epoch,
            feed.seq,
            feed.seen_seq,
            instant(feed.gap_since),
            feed.stopped_code,
            instant(feed.last_stored_at),
            feed.duplicates or "",
            feed.quarantined or "",
            feed.refetched or "",
        )
        for feed in answer.feeds
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    if not json:
        reading = (
            t("正在读取", "reading") if answer.consuming else t("未在读取，稍后重试", "not reading yet, try again")
        )
        note(f"position {answer.position} · {reading}")


@command(
    app, "resume",
    "让停收的公开事件继续，须先由公布单位说明矛盾；记入平台账本。\n\n"
    "示例：`enforcement -n pt-510000 feed resume jt-510521 --reason 由该单位更正`",
    "Let a stopped feed go on, once its publisher explained the contradiction; the platform's ledger records it.\n\n"
    "Example: `enforcement -n pt-510000 feed resume jt-510521 --reason corrected`",
)  # fmt: skip
def resume(
    context: typer.Context,
    publisher: Annotated[str, typer.Argument(metavar="ID", help=t("公布单位。", "Authority whose feed it is."))],
    reason: Annotated[str, typer.Option("--reason", help=t("与该单位商定的内容。", "What was agreed with it."))],
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ResumeFeedRequest(command_id=repeatable(command_id), publisher_id=publisher, reason=reason)
    answer = run(connection.ask(STUB, "ResumeFeed", request))
    recorded = answer.recorded
    show(as_json(answer), fields([("id", recorded.id), ("position", recorded.position)]), as_json=json)
