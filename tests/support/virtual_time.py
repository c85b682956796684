"""Hours that pass in no time: the clocks that a process reads, moved together."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.kernel.clock import FileClock


class VirtualTime:
    """The machine's time and all that a test skipped; the node's clock stands in a file between two skips."""

    def __init__(self, file: Path) -> None:
        self._skipped = timedelta()
        self._file = file
        FileClock.move(file, self.wall())
        self.clock = FileClock(file)

    def wall(self) -> datetime:
        """The wall clock's instant."""
        return datetime.now(UTC) + self._skipped

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic() + self._skipped.total_seconds()

    def skip(self, span: timedelta) -> None:
        """Lets a span pass."""
        self._skipped += span
        FileClock.move(self._file, self.wall())
