"""Every message and method of the contract, with what the protos say about them."""

import importlib
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

import enforcement
from enforcement.options.v1 import options_pb2 as options
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import MethodDescriptor

_CHINESE: Final = re.compile(r"\(([^()]*[\u4e00-\u9fff][^()]*)\)")
_PACKAGE: Final = 2
"""Field number of `package` in FileDescriptorProto: the comment before it is the file's."""
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_FIELD, _NESTED, _NESTED_ENUM = 2, 3, 4
"""Field numbers in FileDescriptorProto and DescriptorProto, of which paths in SourceCodeInfo are made."""


@cache
def load() -> None:
    """Imports all generated modules; afterwards `message_class` knows every type of this build."""
    for _ in _modules():
        pass


@cache
def restricted_categories() -> frozenset[str]:
    """Categories whose commands are restricted: that they hold anything is known to those on a list only."""
    return frozenset(
        method.GetOptions().Extensions[options.command].aggregate
        for module in _modules()
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if method.input_type.GetOptions().Extensions[options.restricted]
    ) - {""}


@dataclass(frozen=True, slots=True)
class Method:
    """A method that asks once and is answered once, by the words that call it."""

    service: str
    """Package without `enforcement` and version, e.g. "joint-operations"."""
    name: str
    """E.g. "suggest-supervision"."""
    descriptor: MethodDescriptor

    @property
    def access(self) -> options.Access:
        """Who may call it."""
        return self.descriptor.GetOptions().Extensions[options.access]

    @property
    def command(self) -> options.Command | None:
        """How it is a command; None for a query."""
        said = self.descriptor.GetOptions()
        return said.Extensions[options.command] if said.HasExtension(options.command) else None

    @property
    def zh(self) -> str:
        """What it does, in Chinese; the English sentence where the protos have no Chinese term."""
        return chinese(self.says) or self.en

    @property
    def en(self) -> str:
        """What it does, in English."""
        return self.says.partition(". ")[0].rstrip(".")

    @property
    def says(self) -> str:
        """What it does, what it records, what it refuses; its name in a build without the protos' comments."""
        return " ".join(comments().get(self.descriptor.full_name, self.name).split())


@cache
def methods() -> Mapping[tuple[str, str], Method]:
    """Every method that neither side streams, by service and name, in the order of the protos."""
    found = {}
    for module in _modules():
        for service in module.DESCRIPTOR.services_by_name.values():
            package = module.DESCRIPTOR.package.split(".")[1].replace("_", "-")
            for each in service.methods:
                if not each.client_streaming and not each.server_streaming:
                    found[package, kebab(each.name)] = Method(package, kebab(each.name), each)
    return found


def chinese(comment: str) -> str:
    """The Chinese term in a comment of the protos; empty where there is none."""
    found = _CHINESE.search(comment)
    return found[1] if found else ""


def kebab(name: str) -> str:
    """A name of the contract as it is typed: SuggestSupervision, or suggest_supervision, is suggest-supervision."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower().replace("_", "-").replace("--", "-")


@cache
def comments() -> Mapping[str, str]:
    """Comments by full name; of a file by its path, of an enum value by the enum's name, a dot and the value's.

    Empty in a build without the descriptor set.
    """
    found = {}
    for file in descriptor_set().file:
        names = dict(_paths(file))
        for location in file.source_code_info.location:
            name = names.get(tuple(location.path))
            if name is not None and location.leading_comments:
                found[name] = textwrap.dedent(location.leading_comments).strip()
    return found


@cache
def descriptor_set() -> descriptor_pb2.FileDescriptorSet:
    """The contract with its comments, as it stands beside the generated code; empty where it does not."""
    built = Path(next(iter(enforcement.__path__))) / "commented.binpb"
    return descriptor_pb2.FileDescriptorSet.FromString(built.read_bytes() if built.exists() else b"")


def _modules() -> Iterator[ModuleType]:
    for folder in enforcement.__path__:
        for file in sorted(Path(folder).glob("*/v1/*_pb2.py")):
            yield importlib.import_module(f"enforcement.{file.parent.parent.name}.v1.{file.stem}")


def _paths(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    yield (_PACKAGE,), file.name
    for n, message in enumerate(file.message_type):
        yield from _message_paths(message, file.package, (_MESSAGE, n))
    for n, enum in enumerate(file.enum_type):
        yield from _enum_paths(enum, file.package, (_ENUM, n))
    for n, service in enumerate(file.service):
        name = f"{file.package}.{service.name}"
        yield (_SERVICE, n), name
        for m, method in enumerate(service.method):
            yield (_SERVICE, n, _FIELD, m), f"{name}.{method.name}"


def _message_paths(
    message: descriptor_pb2.DescriptorProto, prefix: str, path: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], str]]:
    name = f"{prefix}.{message.name}"
    yield path, name
    for n, field in enumerate(message.field):
        yield (*path, _FIELD, n), f"{name}.{field.name}"
    for n, nested in enumerate(message.nested_type):
        yield from _message_paths(nested, name, (*path, _NESTED, n))
    for n, enum in enumerate(message.enum_type):
        yield from _enum_paths(enum, name, (*path, _NESTED_ENUM, n))


def _enum_paths(
    enum: descriptor_pb2.EnumDescriptorProto, prefix: str, path: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], str]]:
    name = f"{prefix}.{enum.name}"
    yield path, name
    for n, value in enumerate(enum.value):
        yield (*path, _FIELD, n), f"{name}.{value.name}"
