"""The node's clock: timers, receipts' times and the late-recording rule read it, nothing else does.

Command ids, key validity and the database's `recorded_at` stay on the wall clock.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
"""The only zone of the law: a day ends at 24:00 there."""


class Clock(Protocol):
    """Tells the time by which a node acts."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)


class FileClock:
    """A clock that stands until it is moved: its instant is the content of a file.

    All processes of a demo or a test read the same file, so moving it moves them all, and a process that was
    killed comes back to the same time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = (-1, -1)
        self._instant = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The instant in the file."""
        file = self._path.stat()
        seen = (file.st_mtime_ns, file.st_ino)  # file times tick in milliseconds: two moves may share one
        if seen != self._seen:
            self._instant = datetime.fromisoformat(self._path.read_text().strip()).astimezone(UTC)
            self._seen = seen
        return self._instant

    @staticmethod
    def move(path: Path, instant: datetime) -> None:
        """Moves every clock that reads `path`; the rename is atomic, so nobody reads half an instant."""
        draft = path.with_suffix(".new")
        draft.write_text(instant.isoformat())
        os.replace(draft, path)
