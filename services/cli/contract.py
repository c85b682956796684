"""Every message of the contract, so that an event of any service can be shown."""

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import enforcement
from enforcement.options.v1 import options_pb2 as options


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


def _modules() -> Iterator[ModuleType]:
    for folder in enforcement.__path__:
        for file in sorted(Path(folder).glob("*/v1/*_pb2.py")):
            yield importlib.import_module(f"enforcement.{file.parent.parent.name}.v1.{file.stem}")
