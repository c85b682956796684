"""`enforcement exchange`: what was told to other authorities, what they told, and what was not believed."""

from typing import Annotated

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.exchange.v1 import service_pb2 as pb
from enforcement.exchange.v1 import service_pb2_grpc as grpc_pb

from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
from services.cli.options import CommandId, Count, PageToken, Position, repeatable
from services.cli.output import (
    ExitCode,
    Failure,
    Json,
    as_json,
    fields,
    instant,
    next_page,
    note,
    show,
    show_recorded,
    table,
)

app = group("与其他单位的交换。", "The exchange with other authorities.")
STUB = grpc_pb.NodeExchangeServiceStub


@command(app, "status", "各链的进度、未回执的信封、隔离的数量。", "Chains, envelopes without a receipt, quarantine.")
def status(context: typer.Context, json: Json = False) -> None:
    connection: Connection = context.obj
    answer = run(connection.ask(STUB, "GetStatus", pb.GetStatusRequest()))
    headings = (
        t("单位", "authority"), t("方向", "direction"), "epoch", "seq", t("待回执", "waiting"), t("最早", "oldest"),
        t("暂存", "held"), t("停止原因", "stopped"),
    )  # fmt: skip
    rows = [
        (
            chain.authority_id,
            term(pb.Direction, chain.direction),
            chain.epoch,
            chain.seq,
            chain.waiting or "",
            instant(chain.oldest_waiting_at),
            chain.held or "",
            chain.stopped,
        )
        for chain in answer.chains
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    if not json:
        behind = answer.head_position - answer.told_position
        note(
            f"{t('名册版本', 'registry')} {answer.registry_version} · "
            f"{t('未告知的位置', 'positions not yet told')} {behind} · {t('隔离', 'quarantined')} {answer.quarantined}"
        )
    if answer.suspicion:
        hint = t("停止签发；见 docs/operations.md", "nothing is signed; see docs/operations.md")
        raise Failure(answer.suspicion, hint=hint, code=ExitCode.FOUND)


@command(app, "quarantine", "列出被隔离的数据，最新的在前。", "List what was kept aside as evidence, newest first.")
def quarantine(
    context: typer.Context,
    code: Annotated[str, typer.Option("--code", help=t("只看该结论，如 BAD_SIGNATURE。", "Only this verdict."))] = "",
    count: Count = 50,
    page: PageToken = "",
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ListQuarantineRequest(code=code, page=common.PageRequest(size=count, token=page))
    answer = run(connection.ask(STUB, "ListQuarantine", request))
    headings = (
        t("结论", "verdict"),
        t("自称", "claims"),
        t("途径", "carrier"),
        t("次数", "times"),
        t("最近", "last"),
        "SHA-256",
    )
    rows = [
        (entry.code, entry.claimed, entry.carrier, entry.times, instant(entry.last_seen_at), entry.digest.hex())
        for entry in answer.entries
    ]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(
    app, "deliveries", "一个事件告知了谁、各自的回执。", "Whom an event was told, and what each answered."
)  # fmt: skip
def deliveries(
    context: typer.Context,
    position: Position,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    answer = run(connection.ask(STUB, "ListDeliveries", pb.ListDeliveriesRequest(position=position)))
    headings = (t("单位", "authority"), "epoch", "seq", t("存入", "stored"), t("收到", "received"), t("原因", "code"))
    rows = [
        (row.recipient_id, row.epoch, row.seq, instant(row.stored_at), instant(row.received_at), row.code)
        for row in answer.deliveries
    ]
    show(as_json(answer), table(headings, rows), as_json=json)


@command(
    app, "resend",
    "重发没有回执的信封；加 --position 则以新信封再次告知一个事件。重复执行无害。\n\n"
    "示例：`enforcement -n jt-510521 exchange resend ga-510521`",
    "Publish again what has no receipt; with --position tell one event again in a new envelope. Harmless to repeat.\n\n"
    "Example: `enforcement -n jt-510521 exchange resend ga-510521`",
)  # fmt: skip
def resend(
    context: typer.Context,
    recipient: Annotated[str, typer.Argument(metavar="ID", help=t("单位，或 feed。", "Authority, or feed."))],
    position: Annotated[
        int | None, typer.Option("--position", min=1, help=t("再次告知的事件。", "Event to tell again."))
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help=t("理由，再次告知时必填。", "Why; needed with --position."))
    ] = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    if position is None:
        answer = run(connection.ask(STUB, "ResendEnvelopes", pb.ResendEnvelopesRequest(recipient_id=recipient)))
        show(as_json(answer), fields([(t("重发的信封", "envelopes"), str(answer.envelopes))]), as_json=json)
        return
    if not reason:
        raise Failure(t("缺少 --reason", "--reason is missing"), code=ExitCode.WRONG_USE)
    request = pb.RequestShareRequest(
        command_id=repeatable(command_id), position=position, recipient_id=recipient, reason=reason
    )
    recorded: common.Recorded = run(connection.ask(STUB, "RequestShare", request))
    show_recorded(recorded, as_json=json)
