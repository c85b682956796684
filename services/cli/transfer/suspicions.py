"""`enforcement transfer suspicions`, `answer-suspicion`: crimes for which nothing was transferred (有案不移)."""

from typing import Annotated, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.transfer.v1 import service_pb2_grpc as grpc_pb
from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.cli.connection import Connection, run, term
from services.cli.language import command, t
from services.cli.options import ActAt, CommandId, Count, LateReason, MinPosition, PageToken, act_at, repeatable
from services.cli.output import Json, as_json, instant, next_page, show, show_recorded, table
from services.kernel.messages import to_timestamp

Stub: Final = grpc_pb.TransferServiceStub
SuspicionId = Annotated[UUID, typer.Argument(metavar="ID", help=t("提示编号（UUID）。", "Id (UUID) of the suspicion."))]


def add_to(app: typer.Typer) -> None:
    """Adds the commands to the noun `transfer`."""
    command(
        app, "suspicions",
        "列出应移未移提示：案件达到追诉标准而没有移送。\n\n示例：`transfer suspicions --open`",
        "List suspicions: cases that reach a criminal standard and were not transferred.\n\n"
        "Example: `transfer suspicions --open`",
    )(list_suspicions)  # fmt: skip
    command(
        app, "answer-suspicion",
        "答复应移未移提示：不构成犯罪的理由，或者在另案移送中处理。\n\n"
        "示例：`transfer answer-suspicion <编号> --no-crime 证件真实，登记信息滞后`",
        "Answer a suspicion: why it is no crime, or in which other transfer it is pursued.\n\n"
        "Example: `transfer answer-suspicion <id> --no-crime \"…\"`",
    )(answer)  # fmt: skip


def list_suspicions(
    context: typer.Context,
    only_open: Annotated[
        bool, typer.Option("--open", help=t("只看未答复的。", "Only those that nobody answered."))
    ] = False,
    case: Annotated[UUID | None, typer.Option("--case", help=t("只看该案件。", "Only that of this case."))] = None,
    count: Count = 50,
    page: PageToken = "",
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListSuspicionsRequest(
        open=only_open,
        case_id=str(case or ""),
        page=common.PageRequest(size=count, token=page),
        min_position=min_position,
    )
    listed: pb.ListSuspicionsResponse = run(connection.ask(Stub, "ListSuspicions", request))
    headings = (
        t("提示", "raised"),
        t("案件", "case"),
        t("涉嫌", "suspected"),
        t("标准是否核对", "standard confirmed"),
        t("答复", "answer"),
        "id",
    )
    rows = [
        (
            instant(one.raised_at),
            one.case_id,
            "、".join(dict.fromkeys(each.crime or term(pb.SuspicionGround, each.ground) for each in one.findings)),
            t("是", "yes") if all(each.confirmed for each in one.findings) else t("否", "no"),
            t("待答复", "open") if one.open else term(pb.SuspicionAnswer, one.answer),
            one.suspicion_id,
        )
        for one in listed.suspicions
    ]
    show(as_json(listed), table(headings, rows), as_json=json)
    next_page(listed.next_token, as_json=json)


def answer(
    context: typer.Context,
    suspicion: SuspicionId,
    no_crime: Annotated[
        str, typer.Option("--no-crime", metavar="REASON", help=t("不构成犯罪的理由。", "Why it is no crime."))
    ] = "",
    transfer: Annotated[
        UUID | None, typer.Option("--transfer", help=t("在哪件移送中处理。", "Transfer in which it is pursued."))
    ] = None,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    opened = transfer is not None
    request = pb.AnswerSuspicionRequest(
        command_id=repeatable(command_id),
        suspicion_id=str(suspicion),
        occurred_at=to_timestamp(act_at(at)),
        late_reason=late_reason,
        answer=pb.SUSPICION_ANSWER_TRANSFER_OPENED if opened else pb.SUSPICION_ANSWER_NO_CRIME,
        reason=no_crime,
        transfer_id=str(transfer or ""),
    )
    recorded: common.Recorded = run(connection.ask(Stub, "AnswerSuspicion", request))
    show_recorded(recorded, as_json=json)
