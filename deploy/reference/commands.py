"""commands.md: every gRPC method, who may call it and what it does, from the protos' options and comments."""

from collections.abc import Iterable, Sequence
from typing import Any

from enforcement.options.v1 import options_pb2 as options
from google.protobuf.descriptor import EnumDescriptor, MethodDescriptor, ServiceDescriptor

from deploy.reference.markdown import cell, code, page, table
from deploy.reference.source import PROTOS, files, first_paragraph, instances, said
from services.cli.contract import comments
from services.kernel.decider import Aggregate
from services.kernel.messages import message_class
from services.node.composition import SERVICES

_OPTIONS = options.DESCRIPTOR
_COMMAND = ("Method", "Who may call", "Aggregate", "Basis", "What it does")
_OTHER = ("Method", "Who may call", "What it does")


def make() -> str:
    """The page."""
    described = [service for file in files() for service in file.services_by_name.values()]
    blocks = []
    for service in described:
        commands = [method for method in service.methods if method.GetOptions().HasExtension(options.command)]
        others = [method for method in service.methods if method not in commands]
        homes = _homes(service)
        blocks += [
            f"## {service.full_name}",
            cell(first_paragraph(said(service))) + _on_nodes(homes, " On nodes of: ", "."),
            "### Commands" if commands else "",
            table(_COMMAND, [_command(method, homes) for method in commands]),
            "### Other methods" if others else "",
            table(_OTHER, [_other(method, homes) for method in others]),
        ]
    return page(
        "Methods",
        f"`{PROTOS}/*/v1/service.proto`",
        "A command is decided on one aggregate, answers with id, version and position, and gives a repeated "
        "`command_id` its first answer. All other methods ask, or act on the node itself. Without a role any officer "
        "may call; without a kind every node that has the service answers. What a method may refuse: "
        "[refusals](refusals.md), and what it records: [events](events.md).",
        "## Words",
        table(
            ("Word", "中文", "Meaning"),
            [
                *_values("caller", _OPTIONS.enum_types_by_name["Caller"]),
                *_values("role", _OPTIONS.enum_types_by_name["Role"]),
                *_values("node of", _OPTIONS.enum_types_by_name["AuthorityKind"]),
            ],
        ),
        table(
            ("Beside an aggregate", "Meaning"),
            [
                (code(field.name), cell(said(field)))
                for field in _OPTIONS.message_types_by_name["Command"].fields
                if field.name not in ("aggregate", "id")
            ],
        ),
        *blocks,
    )


def _homes(service: ServiceDescriptor) -> list[int]:
    """Kinds of authority whose node has the service; none for a part of every node."""
    return [kind for kind, homes in SERVICES.items() if any(each.descriptor is service for each in homes)]


def _command(method: MethodDescriptor, homes: Sequence[int]) -> tuple[str, ...]:
    command = method.GetOptions().Extensions[options.command]
    aggregate = next((each for each in instances(Aggregate) if method.input_type.full_name in each.commands), None)
    request: Any = message_class(method.input_type.full_name)
    notes = [code(name) for name in ("creates", "new_correlation", "fresh") if getattr(command, name)]
    if command.continues:
        notes.append(f"`continues` {code(command.continues)}")
    return (
        code(method.name),
        _callers(method, homes),
        ", ".join([code(command.aggregate), *notes]),
        cell(aggregate.basis(request())) if aggregate is not None else "",
        cell(said(method)),
    )


def _other(method: MethodDescriptor, homes: Sequence[int]) -> tuple[str, ...]:
    return code(method.name), _callers(method, homes), cell(said(method))


def _callers(method: MethodDescriptor, homes: Sequence[int]) -> str:
    access = method.GetOptions().Extensions[options.access]
    roles = f" ({_words('Role', access.roles)})" if access.roles else ""
    callers = [_words("Caller", [each]) + (roles if each == options.CALLER_OFFICER else "") for each in access.callers]
    kinds = [] if set(access.kinds) == set(homes) else list(access.kinds)
    return (", ".join(callers) or "nobody") + _on_nodes(kinds, "; on nodes of: ")


def _on_nodes(kinds: Sequence[int], before: str, after: str = "") -> str:
    return before + _words("AuthorityKind", kinds) + after if kinds else ""


def _words(enum: str, numbers: Iterable[int]) -> str:
    described = _OPTIONS.enum_types_by_name[enum]
    return ", ".join(_word(described, described.values_by_number[number].name) for number in numbers)


def _word(enum: EnumDescriptor, name: str) -> str:
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return name.removeprefix(prefix).lower().replace("_", " ")


def _values(name: str, enum: EnumDescriptor) -> Iterable[tuple[str, ...]]:
    for value in enum.values[1:]:
        yield (
            f"{name}: {_word(enum, value.name)}",
            cell(value.GetOptions().Extensions[options.zh]),
            cell(comments()[f"{enum.full_name}.{value.name}"]),
        )
