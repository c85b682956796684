"""Every message of the contract, so that an event of any service can be shown."""

import importlib
from functools import cache
from pathlib import Path

import enforcement


@cache
def load() -> None:
    """Imports all generated modules; afterwards `message_class` knows every type of this build."""
    for folder in enforcement.__path__:
        for file in sorted(Path(folder).glob("*/v1/*_pb2.py")):
            importlib.import_module(f"enforcement.{file.parent.parent.name}.v1.{file.stem}")
