"""settings.md: every environment variable that a process reads, from the settings classes."""

import json
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

from deploy.reference.markdown import cell, code, page, table
from deploy.reference.source import docstrings, path_of, subclasses
from services.kernel.config import Settings
from services.kernel.ledger.settings import LedgerSettings

_ROOT: Final = Path(__file__).parents[2]

_UNITS: Final = {
    "seconds": "s",
    "bytes": "bytes",
    "events": "events",
    "commands": "commands",
    "records": "records",
    "envelopes": "envelopes",
    "connections": "connections",
    "positions": "positions",
    "rate": "1/s",
}
"""Units by the word of a setting's name that says it."""
_TYPES: Final = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    SecretStr: "secret text",
}
_BOUNDS: Final = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"), ("pattern", "matches"))
HEADINGS: Final = ("Variable", "Type", "Unit", "Default", "Meaning")


def make() -> str:
    """The page."""
    blocks = []
    for owner in subclasses(Settings):
        meanings = docstrings(owner)
        prefix = str(owner.model_config.get("env_prefix", ""))
        rows = [
            (
                code(prefix + name.upper()),
                cell(_type(field)),
                unit(name),
                "**required**" if field.is_required() else _default(field.default),
                cell(meanings.get(name, "")),
            )
            for name, field in owner.model_fields.items()
        ]
        about = f"{cell(owner.__doc__ or '')} ({code(path_of(owner))})"
        blocks += [f"## {owner.__name__}", about, table(HEADINGS, rows)]
    meanings = docstrings(LedgerSettings)
    constants = [
        (code(name), unit(name), code(str(field.default)), cell(meanings.get(name, "")))
        for name, field in LedgerSettings.__dataclass_fields__.items()
    ]
    return page(
        "Settings",
        "the settings classes",
        "Environment variables, read once at start; two values that contradict each other stop the process. Lists are "
        "JSON unless the meaning says otherwise. What only the command line reads beside these: [cli](cli.md).",
        *blocks,
        "## Fixed in code",
        f"Bounds of one process's ledger ({code(path_of(LedgerSettings))}). No variable changes them, except "
        "`lease_seconds`, which the node's setting of that name sets.",
        table(("Name", "Unit", "Value", "Meaning"), constants),
    )


def unit(name: str) -> str:
    """Unit of a setting by its name; empty when the value has none, or the meaning says it."""
    return next((_UNITS[word] for word in name.split("_") if word in _UNITS), "")


def _type(field: FieldInfo) -> str:
    limits = [
        f"{sign} {getattr(each, name)}" if name != "pattern" else f"matches `{each.pattern}`"
        for each in field.metadata
        for name, sign in _BOUNDS
        if getattr(each, name, None) is not None
    ]
    split = any(each is NoDecode or isinstance(each, NoDecode) for each in field.metadata)
    return ", ".join([_name(field.annotation, split=split), *limits])


def _name(annotation: Any, *, split: bool = False) -> str:
    origin, arguments = get_origin(annotation), [each for each in get_args(annotation) if each is not NoneType]
    if origin is Annotated or origin in (Union, UnionType):
        return _name(arguments[0])
    if origin is tuple:
        parts = f"{_name(arguments[0])}s" if arguments[-1] is Ellipsis else f"{len(arguments)} {_name(arguments[0])}s"
        return f"{parts}, comma separated" if split else f"list of {parts}"
    return _TYPES[annotation]


def _default(value: Any) -> str:
    match value:
        case None | "" | ():
            return ""
        case SecretStr():
            return ""
        case bool():
            return code(str(value).lower())
        case tuple():
            return code(json.dumps(value))
        case Path() if value.is_relative_to(_ROOT):  # the page is the same wherever the repository lies
            return code(str(value.relative_to(_ROOT)))
    return code(str(value))
