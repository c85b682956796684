"""cli.md: every command of `enforcement`, from its own help, in both languages.

The command line chooses its language when it is imported, so each language is told by a process of its own: this
module, run, prints the tree of commands as JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final, get_args

import typer

from deploy.reference.markdown import cell, code, codes, page, table
from services.cli.main import app

_SECONDS: Final = 60.0
"""For one process to import the command line and print its tree; it takes about one."""
_PROGRAM: Final = "enforcement"
_VALUES: Final = {str: "TEXT", int: "INTEGER", float: "NUMBER", Path: "PATH"}


def make() -> str:
    """The page."""
    running = [_start(language) for language in ("zh", "en")]
    zh, en = (_finish(process) for process in running)
    blocks = []
    for path in sorted(zh):
        here, there = zh[path], en[path]
        parameters = [
            (
                codes(a["names"]),
                code(a["metavar"]),
                "**required**" if a["required"] else code(a["default"]),
                code(a["envvar"]),
                cell(a["help"]),
                cell(b["help"]),
            )
            for a, b in zip(here["parameters"], there["parameters"], strict=True)
        ]
        blocks += [
            f"## {path}",
            here["help"],
            there["help"],
            table(("Option or argument", "Value", "Default", "Variable", "中文", "English"), parameters),
        ]
    return page(
        "Command line",
        "`services/cli`",
        "The language is Chinese unless `ENFORCEMENT_LANG`, `LC_ALL`, `LC_MESSAGES` or `LANG`, the first that is set, "
        "begins with `en`. Data goes to stdout, all else to stderr; times are Asia/Shanghai.",
        *blocks,
    )


def tree(command: Any, path: str = _PROGRAM) -> Iterator[tuple[str, dict[str, Any]]]:
    """A command and all below it: help and parameters by the words that call it."""
    yield path, {"help": command.help or "", "parameters": [_parameter(each) for each in command.params]}
    for name, child in getattr(command, "commands", {}).items():
        yield from tree(child, f"{path} {name}")


def _parameter(parameter: Any) -> dict[str, Any]:
    is_option = any(name.startswith("-") for name in parameter.opts)
    default = "" if callable(parameter.default) or parameter.default in (None, False, ()) else parameter.default
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.metavar or parameter.name.upper()]
    return {
        "names": names,
        "metavar": "" if not is_option or getattr(parameter, "is_flag", False) else _value(parameter),
        "required": parameter.required,
        "default": str(default.value if isinstance(default, Enum) else default),
        "envvar": parameter.envvar or "",
        "help": getattr(parameter, "help", "") or "",
    }


def _value(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    kind = next(iter(get_args(kind)), kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return str(parameter.metavar or "|".join(str(each.value) for each in kind))
    return str(parameter.metavar or _VALUES.get(kind, kind.__name__.upper()))


def _start(language: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"ENFORCEMENT_LANG": language, "PYTHONIOENCODING": "utf-8"},
    )


def _finish(process: subprocess.Popen[str]) -> dict[str, dict[str, Any]]:
    with process:
        out, _ = process.communicate(timeout=_SECONDS)
    if process.returncode:
        raise RuntimeError(f"the command line did not print its tree: exit {process.returncode}")
    return dict(json.loads(out))


if __name__ == "__main__":
    print(json.dumps(dict(tree(typer.main.get_command(app))), ensure_ascii=False))
