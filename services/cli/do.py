"""`enforcement do`: any command or query of any service, by the words of the contract.

What officers do often has a command of its own; everything else they do here, and nothing waits for a command line to
be written. The contract says which fields there are, which role may, and on which kind of node.
"""

import importlib
import json as json_
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import jwt
import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.officers.v1.service_pb2_grpc import OfficersServiceStub
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from rich.console import Group, RenderableType

from services.cli import fill
from services.cli.connection import Connection, run, term
from services.cli.contract import Method, chinese, comments, kebab, methods
from services.cli.language import free_command, t
from services.cli.options import ActAt, CommandId, Count, LateReason, PageToken, act_at, repeatable
from services.cli.output import ExitCode, Failure, Json, as_json, fields, next_page, show, show_recorded, table
from services.kernel.authority import Authority
from services.kernel.messages import message_class, to_timestamp

_ACT: Final = ("command_id", "occurred_at", "late_reason")
_HELP: Final = ("--help", "-h")
_OFFICERS: Final = (options.CALLER_OFFICER, options.CALLER_ADMINISTRATOR, options.CALLER_COLLECTOR)
"""Who calls with a token from a terminal."""


def add_to(root: typer.Typer) -> None:
    """Adds `do` to the root."""
    free_command(
        root, "do",
        "办理或者查询任何一项业务，字段以契约为准。不写服务则列出各服务，不写办理事项则列出本单位、本人角色可以办理的事项，"
        "`--help` 显示一项的字段。\n\n"
        "示例：`do transfer` · `do transfer suggest-supervision --help` · "
        "`do transfer suggest-supervision <编号> --grounds 数额已达追诉标准 --letter 建议书.pdf` · "
        "`do transfer list-supervisions`",
        "Do or ask anything of any service, by the fields of the contract. Without a service lists the services, "
        "without a method what this authority and your roles may do; `--help` shows the fields of one.\n\n"
        "Examples: `do transfer` · `do transfer suggest-supervision --help` · "
        "`do transfer suggest-supervision <id> --grounds … --letter letter.pdf` · `do transfer list-supervisions`",
    )(do)  # fmt: skip


def do(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SERVICE [METHOD [ID]]] [--FIELD VALUE]…",
            help=t("服务、事项、编号，以及各字段。", "Service, method, id, and the fields."),
        ),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json-file", metavar="FILE", help=t("JSON文件中的字段。", "Fields from a JSON file.")),
    ] = None,
    count: Count = 50,
    page: PageToken = "",
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    left = list(words or ())
    helped = any(word in _HELP for word in left)
    left = [word for word in left if word not in _HELP]
    service = left.pop(0) if left else ""
    if not service:
        show(*_services(), as_json=json) if not helped else print(context.get_help())
        return
    if not left:
        show(*_methods(connection, service), as_json=json)
        return
    method = method_named(service, left.pop(0))
    if helped:
        show(*explained(method), as_json=json)
        return
    chosen = left.pop(0) if left and not left[0].startswith("--") else ""
    values = {**from_file(json_file), **fill.given(left, method.descriptor.input_type)}
    request = empty_request(method)
    add_frame(request, method, chosen, (at, late_reason, command_id), (count, page))
    answer: Message = run(_call(connection, method, request, values))
    if isinstance(answer, common.Recorded):
        show_recorded(answer, as_json=json)
        return
    data = as_json(answer)
    show(data, json_.dumps(data, ensure_ascii=False, indent=2), as_json=json)
    next_page(data.get("nextToken", ""), as_json=json)


async def _call(connection: Connection, method: Method, request: Message, values: dict[str, Any]) -> Message:
    """Nothing is stored at the node before the request is known to be whole."""
    of = method.descriptor.input_type
    paths = fill.paths_in(of, values)
    known = {path: fill.reference(path) for path in paths}
    fill.parsed(request, fill.filled(of, values, known.__getitem__))
    fill.require_valid(request)
    for path in paths:
        await connection.upload(Path(path))
    answer: Message = await connection.ask(_stub(method), method.descriptor.name, request)
    return answer


def add_frame(
    request: Any,
    method: Method,
    chosen: str,
    act: tuple[datetime | None, str, UUID | None],
    paging: tuple[int, str],
) -> None:
    """Fills in what every command has, and what every list has. Raises `Failure` when the method takes no id."""
    at, late_reason, command_id = act
    names = request.DESCRIPTOR.fields_by_name
    if method.command is not None:
        request.command_id = repeatable(command_id)
        request.occurred_at.CopyFrom(to_timestamp(act_at(at)))
        request.late_reason = late_reason
    if "page" in names:
        request.page.CopyFrom(common.PageRequest(size=paging[0], token=paging[1]))
    if not chosen:
        return
    name = _id_field(method)
    if not name:
        raise Failure(t("该事项没有编号", "it has no id"), hint=chosen, code=ExitCode.WRONG_USE)
    setattr(request, name, chosen)


def _id_field(method: Method) -> str:
    """The field that the id without an option goes to: that of the command's aggregate, of a query the first id."""
    if method.command is not None:
        return str(method.command.id)
    names = (each.name for each in method.descriptor.input_type.fields if each.type == FieldDescriptor.TYPE_STRING)
    return next((name for name in names if name.endswith("_id")), "")


def empty_request(method: Method) -> Any:
    """A request of the method with nothing in it."""
    made = message_class(method.descriptor.input_type.full_name)
    assert made is not None
    return made()


def _stub(method: Method) -> Any:
    owner = method.descriptor.containing_service
    module = owner.file.name.removesuffix(".proto").replace("/", ".")
    return getattr(importlib.import_module(f"{module}_pb2_grpc"), f"{owner.name}Stub")


def from_file(form: Path | None) -> dict[str, Any]:
    """Fields from a JSON file; none without one. Raises `Failure`."""
    if form is None:
        return {}
    try:
        found = json_.loads(form.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sentence = f"{form} {t('不是JSON文件', 'is no JSON file')}: {error}"
        raise Failure(sentence, code=ExitCode.WRONG_USE) from error
    if not isinstance(found, dict):
        raise Failure(f"{form} {t('不是JSON对象', 'is no JSON object')}", code=ExitCode.WRONG_USE)
    return found


def method_named(service: str, name: str) -> Method:
    """The method by the words that are typed. Raises `Failure` when there is none."""
    found = methods().get((kebab(service), kebab(name)))
    if found is None:
        hint = f"enforcement do {service}"
        raise Failure(f"{t('没有这个事项', 'no such method')}: {service} {name}", hint=hint, code=ExitCode.WRONG_USE)
    return found


def _services() -> tuple[dict[str, Any], RenderableType]:
    names = list(dict.fromkeys(each.service for each in methods().values() if _by_token(each)))
    return {"services": names}, "\n".join(names)


def _by_token(method: Method) -> bool:
    return any(caller in _OFFICERS for caller in method.access.callers)


def _methods(connection: Connection, service: str) -> tuple[dict[str, Any], RenderableType]:
    """What may be called at this node, by the roles of whoever signed in; all of it where neither is known."""
    of_service = [each for each in methods().values() if each.service == service.replace("_", "-") and _by_token(each)]
    if not of_service:
        raise Failure(
            f"{t('没有这项服务', 'no such service')}: {service}", hint="enforcement do", code=ExitCode.WRONG_USE
        )
    kind, roles = _kind(connection), run(_roles(connection))
    open_ = [each for each in of_service if _may(each, kind, roles)]
    rows = [
        (
            each.name,
            t("办理", "do") if each.command is not None else t("查询", "ask"),
            t(each.zh, each.en),
            "、".join(term(options.Role, role) for role in each.access.roles),
        )
        for each in open_
    ]
    headings = (t("事项", "method"), "", t("内容", "what it does"), t("角色", "roles"))
    data = [dict(zip(("method", "way", "title", "roles"), row, strict=True)) for row in rows]
    return {"methods": data}, table(headings, rows)


def _may(method: Method, kind: int, roles: list[int] | None) -> bool:
    access = method.access
    here = not access.kinds or not kind or kind in access.kinds
    return here and (roles is None or not access.roles or any(role in access.roles for role in roles))


def _kind(connection: Connection) -> int:
    """The kind of the authority whose node is called; 0 while none is chosen."""
    chosen = connection.settings.authority_id
    return Authority(chosen, "").kind if chosen else options.AUTHORITY_KIND_UNSPECIFIED


async def _roles(connection: Connection) -> list[int] | None:
    """The roles of the officer whose token is used, as the node has them; None where that is not known."""
    token = connection.settings.token
    if token is None or not connection.settings.api_address:
        return None
    try:
        subject = str(jwt.decode(token.get_secret_value(), options={"verify_signature": False}).get("sub", ""))
        request = officers.GetOfficerRequest(officer_id=subject)
        found: officers.GetOfficerResponse = await connection.ask(OfficersServiceStub, "GetOfficer", request)
    except (jwt.InvalidTokenError, Failure):
        return None  # a token of no officer: then all methods are listed, and the node decides
    return list(found.officer.roles)


def explained(method: Method) -> tuple[dict[str, Any], RenderableType]:
    """The fields of one method, what each may be, and what the contract says about it."""
    own = [
        each
        for each in method.descriptor.input_type.fields
        if each.name not in (*_ACT, "page") and each.name != _id_field(method)
    ]
    rows = [(f"--{each.name.replace('_', '-')}", _values(each), _said(each)) for each in own]
    usage = f"enforcement do {method.service} {method.name}" + (" [ID]" if _id_field(method) else "")
    about = fields([
        (t("事项", "method"), t(method.zh, method.en)),
        (t("用法", "usage"), usage),
        (t("角色", "roles"), "、".join(term(options.Role, role) for role in method.access.roles)),
        (t("说明", "says"), method.says),
    ])  # fmt: skip
    headings = (t("字段", "field"), t("取值", "value"), t("含义", "meaning"))
    data = [dict(zip(("field", "value", "meaning"), row, strict=True)) for row in rows]
    return {"method": usage, "says": method.says, "fields": data}, Group(about, "", table(headings, rows))


def _values(field: FieldDescriptor) -> str:
    several = t("，可重复", ", repeatable") if field.is_repeated else ""
    if field.enum_type is not None:
        return " · ".join(f"{name} {zh}".strip() for name, zh in fill.choices(field.enum_type)) + several
    inside = field.message_type
    if inside is None:
        return t(*_KINDS.get(field.cpp_type, ("文本", "text"))) + several
    if inside.full_name == fill.FILE:
        return t("文件路径", "path of a file") + several
    if inside.full_name == fill.INSTANT:
        return t("时间", "instant") + several
    names = (f"{each.name} {t(chinese(_comment(each)), '')}".strip() for each in inside.fields)
    return f"JSON: {', '.join(names)}{several}"


_KINDS: Final = {
    FieldDescriptor.CPPTYPE_BOOL: ("是否", "yes or no"),
    FieldDescriptor.CPPTYPE_INT32: ("整数", "integer"),
    FieldDescriptor.CPPTYPE_INT64: ("整数", "integer"),
    FieldDescriptor.CPPTYPE_UINT32: ("整数", "integer"),
    FieldDescriptor.CPPTYPE_UINT64: ("整数", "integer"),
    FieldDescriptor.CPPTYPE_DOUBLE: ("数", "number"),
}


def _said(field: FieldDescriptor) -> str:
    return t(chinese(_comment(field)), "") or _comment(field)


def _comment(field: FieldDescriptor) -> str:
    return " ".join(comments().get(field.full_name, "").split())
