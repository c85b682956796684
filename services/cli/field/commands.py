"""`enforcement field`: record at the roadside without a network, send when there is one.

A command is checked against the contract, signed by the device and put into the queue; nothing is called. `sync` sends
what waits, in any order and as often as it takes.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.officers.v1.service_pb2_grpc import OfficersServiceStub
from enforcement.options.v1 import options_pb2 as options

from services.cli import fill
from services.cli.connection import Connection, missing, run
from services.cli.contract import Method, methods
from services.cli.do import add_frame, empty_request, explained, from_file, method_named
from services.cli.field import device as devices
from services.cli.field.queue import Queue, Queued, State, Taken
from services.cli.field.sender import Sender
from services.cli.field.sync import CUTS_MAX, Report, sync
from services.cli.language import command, free_command, group, t
from services.cli.options import ActAt, CommandId, LateReason, act_at, repeatable
from services.cli.output import ExitCode, Failure, Json, fields, note, show, show_recorded, table
from services.kernel.ledger.ids import derive, uuid7
from services.kernel.messages import encode, to_timestamp

LATE_REASON: Final = "离线记录，联网后补报"
"""Every command made here carries it: nobody knows at the roadside when there will be a network."""
_HELP: Final = ("--help", "-h")

app = group("离线记录：无网络时在路侧记录，联网后补报。", "Record without a network, send when there is one.")
key_app = group("本设备的签名密钥。", "The signing key of this device.")
app.add_typer(key_app, name="key")


@command(key_app, "new", "在本设备生成签名密钥。", "Make the signing key of this device.")
def new_key(
    context: typer.Context,
    officer: Annotated[UUID, typer.Argument(help=t("使用本设备的执法人员编号。", "Id of the officer who uses it."))],
    name: Annotated[str, typer.Option("--device", help=t("设备名称，如 执法终端3号。", "What the device is called."))],
    json: Json = False,
) -> None:
    settings = context.obj.settings
    if not settings.authority_id:
        raise missing("ENFORCEMENT_AUTHORITY_ID")
    try:
        made = devices.Device.new(
            _folder(context.obj), authority_id=settings.authority_id, officer_id=str(officer), device=name
        )
    except FileExistsError as error:
        raise Failure(f"{t('已有密钥', 'there is a key')}: {error.filename}", code=ExitCode.WRONG_USE) from error
    _show_key(made, as_json=json)
    if not json:
        note(t("下一步：enforcement field key register", "next: enforcement field key register"))


@command(key_app, "show", "显示本设备的密钥编号和使用人。", "Show the id of this device's key, and whose it is.")
def show_key(context: typer.Context, json: Json = False) -> None:
    _show_key(_device(context.obj), as_json=json)


@command(
    key_app, "register", "以本人令牌登记本设备的密钥；此后的行为可由本设备签名。",
    "Register this device's key with your token: from then on it signs.",
)  # fmt: skip
def register_key(context: typer.Context, at: ActAt = None, command_id: CommandId = None, json: Json = False) -> None:
    connection: Connection = context.obj
    made = _device(connection)
    request = officers.RegisterDeviceKeyRequest(
        command_id=repeatable(command_id),
        officer_id=made.card.officer_id,
        occurred_at=to_timestamp(act_at(at)),
        public_key=made.public,
        proof=made.proof,
        device=made.card.device,
    )
    answer = run(connection.ask(OfficersServiceStub, "RegisterDeviceKey", request))
    show_recorded(answer, as_json=json)


def record(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SERVICE METHOD [ID] [--FIELD VALUE]…",
            help=t("服务、事项、编号，以及各字段，同 do。", "Service, method, id and the fields, as for do."),
        ),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json-file", metavar="FILE", help=t("JSON文件中的字段。", "Fields from a JSON file.")),
    ] = None,
    at: ActAt = None,
    late_reason: LateReason = LATE_REASON,
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    left = list(words or ())
    helped = any(word in _HELP for word in left)
    left = [word for word in left if word not in _HELP]
    if len(left) < 2:
        show({"methods": _recordable()}, context.get_help(), as_json=json)
        return
    method = method_named(left.pop(0), left.pop(0))
    if helped:
        show(*explained(method), as_json=json)
        return
    chosen = left.pop(0) if left and not left[0].startswith("--") else ""
    values = {**from_file(json_file), **fill.given(left, method.descriptor.input_type)}
    connection: Connection = context.obj
    made = _device(connection)
    request, paths = request_of(method, chosen, values, (at, late_reason, command_id or uuid7()))
    kept = [devices.keep(_folder(connection), Path(path)) for path in paths]
    queued = queued_by(made, method.descriptor.full_name, request)
    with _queue(connection) as queue:
        try:
            queue.add(queued, kept)
            if not all(one.exists() for one in kept):  # a sync beside this removed what only an accepted command needed
                kept = [devices.keep(_folder(connection), Path(path)) for path in paths]
        except Taken as error:
            sentence = t("该指令编号已用于另一记录", "the command id stands in the queue with another content")
            raise Failure(sentence, hint="enforcement field list", code=ExitCode.WRONG_USE) from error
    data = {"commandId": request.command_id, "method": method.name, **_own_id(method, request)}
    show(data, fields(list(data.items())), as_json=json)


free_command(
    app, "record",
    "记录一项办理：校验、签名并存入本设备的队列，不联网。字段同 `do`。\n\n"
    "示例：`field record joint-operations record-education <参与编号> --checkpoint-id B --head-count 3 --topic 超限`",
    "Record a command: checked, signed, put into this device's queue; nothing is called. Fields as in `do`.\n\n"
    "Example: `field record joint-operations record-education <participation> --checkpoint-id B --head-count 3 "
    "--topic overloading`",
)(record)  # fmt: skip


@command(app, "list", "列出本设备的记录及其状态。", "List what this device recorded, and what became of it.")
def list_queue(context: typer.Context, json: Json = False) -> None:
    with _queue(context.obj) as queue:
        _show_commands(queue.all(), as_json=json)


@command(
    app, "conflicts", "列出被拒绝的记录，以及尚缺前提而等待的记录，附节点的答复。",
    "List what the node refused, and what waits for something that has not come, with the node's words.",
)  # fmt: skip
def conflicts(context: typer.Context, json: Json = False) -> None:
    with _queue(context.obj) as queue:
        _show_commands([each for each in queue.all(State.CONFLICT, State.WAITING) if each.reason], as_json=json)


@command(
    app, "sync", "补报队列中的记录：顺序不限，可中断后再来，不丢不重。",
    "Send what waits: in any order, again after any cut, nothing lost or doubled.",
)  # fmt: skip
def sync_queue(
    context: typer.Context,
    again: Annotated[
        bool, typer.Option("--again", help=t("连同曾被拒绝的记录。", "What was refused before, too."))
    ] = False,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    with _queue(connection) as queue:
        if again:
            queue.ask_again()
        report = run(_sync(connection, queue, quiet=json))
        queue.forget(datetime.now(UTC) - timedelta(days=connection.settings.field_keep_days), devices.drop)
    data = {
        "accepted": report.accepted, "conflicts": report.conflicts, "waiting": report.waiting, "cuts": report.cuts,
        "failures": report.failures,
    }  # fmt: skip
    rows = [
        (t("已接收", "accepted"), str(report.accepted)),
        (t("被拒绝", "conflicts"), str(report.conflicts)),
        (t("等待", "waiting"), str(report.waiting)),
        (t("节点出错", "failures"), str(report.failures or "")),
    ]
    show(data, fields(rows), as_json=json)
    if not report.reached:
        sentence = t(f"连续{CUTS_MAX}次没有答复，其余记录留在队列", f"{CUTS_MAX} calls in a row had no answer")
        hint = t("有网络时再次 enforcement field sync", "run enforcement field sync again")
        raise Failure(sentence, hint=hint, code=ExitCode.NOT_REACHABLE)
    if report.conflicts or report.waiting:
        note("enforcement field conflicts")


def request_of(
    method: Method, chosen: str, values: dict[str, Any], act: tuple[datetime | None, str, UUID]
) -> tuple[Any, list[str]]:
    """A command from what was typed, whole and valid, and the files that it refers to.

    Args:
        act: when it took place, why it is recorded late, id of the command.

    Raises:
        Failure: the method is no command of officers, or a field is wrong.
    """
    if method.command is None or options.CALLER_OFFICER not in method.access.callers:
        sentence = t("不是执法人员办理的事项", "no command of officers")
        raise Failure(f"{sentence}: {method.name}", code=ExitCode.WRONG_USE)
    request, of = empty_request(method), method.descriptor.input_type
    add_frame(request, method, chosen, act, (0, ""))
    own = own_field(method)
    if own and not values.get(own):
        values = {**values, own: str(derive(act[2], own.removesuffix("_id")))}
    paths = fill.paths_in(of, values)
    fill.parsed(request, fill.filled(of, values, fill.reference))
    fill.require_valid(request)
    return request, paths


def own_field(method: Method) -> str:
    """The id of what a command records, which later commands name: `inspection_id` of record-inspection."""
    name = f"{method.name.partition('-')[2].replace('-', '_')}_id"
    taken = method.command is not None and method.command.id == name
    return name if name in method.descriptor.input_type.fields_by_name and not taken else ""


def queued_by(made: devices.Device, method: str, request: Any) -> Queued:
    """A command of a method, by its full name, as the device signs it."""
    return Queued(
        command_id=request.command_id,
        recorded_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        method=method,
        request=encode(request),
        key_id=bytes.fromhex(made.card.key_id),
        signature=made.sign(method, request),
    )


async def _sync(connection: Connection, queue: Queue, *, quiet: bool) -> Report:
    def progress(report: Report) -> None:
        done = report.accepted + report.conflicts
        if not quiet and done and done % 50 == 0:
            note(f"{t('已处理', 'done')} {done}")

    async with connection.channel() as (channel, metadata):
        send = Sender(
            channel=channel,
            metadata=metadata,
            seconds=connection.seconds,
            address=connection.settings.api_address,
            files_of=queue.files,
            upload=connection.upload,
        )
        return await sync(queue, send, progress=progress)


def _own_id(method: Method, request: Any) -> dict[str, str]:
    name = own_field(method)
    return {name: getattr(request, name)} if name else {}


def _recordable() -> list[str]:
    found = (each for each in methods().values() if each.command is not None)
    return [f"{each.service} {each.name}" for each in found if options.CALLER_OFFICER in each.access.callers]


def _device(connection: Connection) -> devices.Device:
    try:
        return devices.Device.load(_folder(connection))
    except FileNotFoundError as error:
        sentence = t("本设备没有签名密钥", "this device has no signing key")
        raise Failure(sentence, hint="enforcement field key new", code=ExitCode.WRONG_USE) from error
    except (ValueError, TypeError) as error:
        raise Failure(str(error), code=ExitCode.WRONG_USE) from error


def _folder(connection: Connection) -> Path:
    return connection.settings.field_dir or Path.home() / ".enforcement" / "field"


def _queue(connection: Connection) -> Queue:
    folder = _folder(connection)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Queue(folder / devices.QUEUE)


def _show_key(made: devices.Device, *, as_json: bool) -> None:
    card = made.card
    data = {
        "authorityId": card.authority_id,
        "officerId": card.officer_id,
        "device": card.device,
        "keyId": card.key_id,
        "publicKey": made.public.hex(),
    }
    show(data, fields(list(data.items())), as_json=as_json)


_STATES: Final = {
    State.WAITING: ("等待", "waiting"),
    State.ACCEPTED: ("已接收", "accepted"),
    State.CONFLICT: ("被拒绝", "refused"),
}


def _show_commands(commands: list[Queued], *, as_json: bool) -> None:
    data = [
        {
            "commandId": each.command_id,
            "recordedAt": each.recorded_at,
            "method": each.method,
            "state": each.state.value,
            "tries": each.tries,
            "reason": each.reason,
            "sentence": each.sentence,
            "id": each.answer_id,
            "position": each.position,
        }
        for each in commands
    ]
    headings = (t("记录时间", "recorded"), t("事项", "method"), t("状态", "state"), t("答复", "answer"), "command id")
    rows = [
        (
            each.recorded_at,
            each.method.rpartition(".")[2],
            t(*_STATES[each.state]),
            each.sentence or (f"#{each.position}" if each.position else ""),
            each.command_id,
        )
        for each in commands
    ]
    show({"commands": data}, table(headings, rows), as_json=as_json)
