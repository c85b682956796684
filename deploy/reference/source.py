"""What reference pages are made from: the protos with their comments, and declarations found in the code.

Nothing here lists services by hand: a module, a settings class or an aggregate that is added is found.
"""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor

import services
from services.cli.contract import comments, descriptor_set

T = TypeVar("T")
PROTOS: Final = "protos/enforcement"


# ── The contract ─────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def files() -> tuple[FileDescriptor, ...]:
    """The contract's files in order of their names, as this process has them, with options."""
    names = [file.name for file in descriptor_set().file if file.name.startswith("enforcement/")]
    for name in names:
        importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
    return tuple(descriptor_pool.Default().FindFileByName(name) for name in sorted(names))


def first_paragraph(comment: str) -> str:
    """What stands before the first empty line."""
    return " ".join(comment.split("\n\n", maxsplit=1)[0].split())


def said(descriptor: Any) -> str:
    """The comment on a message, field, enum, service or method; empty without one."""
    return comments().get(descriptor.full_name, "")


def short(full_name: str) -> str:
    """A name without `enforcement` and version: "transfer.TransferOpened"."""
    return full_name.removeprefix("enforcement.").replace(".v1.", ".")


def link(full_name: str, file: str = "") -> str:
    """A link to the heading that a message or enum has in events.md."""
    name = short(full_name)
    return f"[{name}]({file}#{name.replace('.', '').lower()})"


# ── Declarations in code ─────────────────────────────────────────────────────────────────────────────────────────────


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of `services` but those that are run, in order of their names."""
    names = [found.name for found in pkgutil.walk_packages(services.__path__, "services.")]
    return tuple(importlib.import_module(name) for name in sorted(names) if not name.endswith(".__main__"))


def instances(kind: type[T]) -> list[T]:
    """Module-level values of a type, each once, in order of their modules."""
    found = {id(value): value for module in modules() for value in vars(module).values() if isinstance(value, kind)}
    return list(found.values())


def subclasses(kind: type[T]) -> list[type[T]]:
    """All classes of the services below a class, in order of their modules and names."""
    modules()
    found = [below for child in kind.__subclasses__() for below in (child, *subclasses(child))]
    return sorted(
        (each for each in found if each.__module__.startswith("services.")),
        key=lambda each: (each.__module__, each.__qualname__),
    )


def path_of(thing: Any) -> str:
    """File of a class or module, as it stands in the repository."""
    name = str(thing.__name__ if isinstance(thing, ModuleType) else thing.__module__)
    return name.replace(".", "/") + ("/__init__.py" if hasattr(thing, "__path__") else ".py")


def docstrings(owner: type) -> dict[str, str]:
    """The sentences under the fields of a class, by field; one without sentence is left out."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found = {}
    for statement, following in pairwise(body):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            found[statement.target.id] = " ".join(str(following.value.value).split())
    return found


def expression(function: Callable[..., Any]) -> str:
    """What a lambda, or a function of one `return`, answers, as it is written; of a longer function its name.

    Raises:
        ValueError: several lambdas begin on its line, so it is unknown which of them this is.
    """
    tree = ast.parse(Path(inspect.getfile(function)).read_text(encoding="utf-8"))
    line = function.__code__.co_firstlineno
    found = [node for node in ast.walk(tree) if getattr(node, "lineno", 0) == line]
    if function.__name__ == "<lambda>":
        (body,) = [node.body for node in found if isinstance(node, ast.Lambda)]
        return ast.unparse(body)
    for node in found:
        if isinstance(node, ast.FunctionDef):
            statements = [each for each in node.body if not isinstance(each, ast.Expr)]
            if len(statements) == 1 and isinstance(statements[0], ast.Return) and statements[0].value is not None:
                return ast.unparse(statements[0].value)
    return function.__name__
