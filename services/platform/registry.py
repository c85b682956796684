"""The member registry of a platform that runs alone, read again from its file when that changes.

Promise   a newer version is in force CHECK_SECONDS after the file has it, without a restart.
Not       a record of it: the exchange of the same authority keeps every version in the ledger.
Failing   a file that does not parse, or that is not newer, is refused with an alarm; the registry in force stays.
Shown by tests/unit/platform/test_registry.py
"""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

from services.kernel.envelopes.members import Registry, RegistryFault
from services.kernel.telemetry import Log

log = Log(__name__)

CHECK_SECONDS: Final = 2.0


class RegistryFile:
    """Answers with the registry in force; asking looks at the file, at most once in CHECK_SECONDS."""

    def __init__(self, file: Path, registry: Registry, tick: Callable[[], float] = monotonic) -> None:
        self._file = file
        self._registry = registry
        self._tick = tick
        self._look_at = tick()
        self._seen = registry.file

    def __call__(self) -> Registry:
        """The registry in force."""
        if self._tick() >= self._look_at:
            self._look_at = self._tick() + CHECK_SECONDS
            self._look()
        return self._registry

    def _look(self) -> None:
        try:
            content = self._file.read_bytes()
            if content == self._seen:
                return
            self._seen = content
            found = Registry.parse(content)
        except (OSError, RegistryFault) as error:
            log.error("the registry file is not good; the one in force stays", reason=str(error))
            return
        if found.version <= self._registry.version:
            log.error("the registry file is not newer; the one in force stays", version=found.version)
            return
        self._registry = found
        log.info("registry in force", version=found.version)
