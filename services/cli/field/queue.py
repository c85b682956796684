"""The queue of an officer's device: what was recorded without a network, until the node has answered.

    WAITING ──accepted──▶ ACCEPTED
      ▲  └───refused────▶ CONFLICT
      └──────asked again──────┘

Promise   a command whose `add` returned is on the disk, whole, and leaves the queue only some time after the node has
          accepted it (`forget`): an answer is written beside it. A process killed at any moment leaves each command
          whole or absent, and each answer too.
Not       that the device is not lost: its disk is the only copy until the node has answered.
Bounds    COMMAND_BYTES_MAX a command, as the node takes it. BUSY_SECONDS for another process that writes.
Failing   the same id with another content: Taken, and the first one stays.
Owns      one SQLite file. Shown by tests/integration/field/test_queue.py
"""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

COMMAND_BYTES_MAX: Final = 4 << 20
"""What the node takes in one message (services/kernel/rpc.py)."""
BUSY_SECONDS: Final = 10.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS command (
  command_id  TEXT PRIMARY KEY,                 -- the officer's device chose it: the same id is the same command
  recorded_at TEXT NOT NULL,                    -- when it was put here
  method      TEXT NOT NULL,                    -- full name
  request     BLOB NOT NULL,                    -- the bytes that were signed and are sent
  key_id      BLOB NOT NULL,
  signature   BLOB NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'conflict')),
  tries       INTEGER NOT NULL DEFAULT 0,       -- answers so far
  reason      TEXT NOT NULL DEFAULT '',         -- of the last refusal: service/REASON
  sentence    TEXT NOT NULL DEFAULT '',         -- what the node said
  answer_id   TEXT NOT NULL DEFAULT '',
  position    INTEGER NOT NULL DEFAULT 0,       -- in the ledger
  accepted_at TEXT NOT NULL DEFAULT ''          -- when the node said so
) STRICT;
CREATE TABLE IF NOT EXISTS file (
  command_id  TEXT NOT NULL REFERENCES command,
  path        TEXT NOT NULL,                    -- the device's own copy
  PRIMARY KEY (command_id, path)
) STRICT;
"""
_SINCE: Final = "ALTER TABLE command ADD COLUMN accepted_at TEXT NOT NULL DEFAULT ''"
"""For a queue of a time before answers were dated; what was accepted then counts from when it was recorded."""
_FORGET: Final = """
DELETE FROM command WHERE state = 'accepted' AND COALESCE(NULLIF(accepted_at, ''), recorded_at) < ?
"""
_SENT_FILES: Final = """
DELETE FROM file WHERE command_id IN (SELECT command_id FROM command WHERE state = 'accepted') RETURNING path
"""
_ONE: Final = """
SELECT command_id, recorded_at, method, request, key_id, signature, state, tries, reason, sentence, answer_id, position
FROM command WHERE command_id = ?
"""
_ALL: Final = """
SELECT command_id, recorded_at, method, request, key_id, signature, state, tries, reason, sentence, answer_id, position
FROM command ORDER BY rowid
"""


class State(StrEnum):
    """What became of a command."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    CONFLICT = "conflict"


class Taken(Exception):
    """The id stands in the queue with another content."""


@dataclass(frozen=True, slots=True)
class Queued:
    """One command with what the node said about it."""

    command_id: str
    recorded_at: str
    method: str
    request: bytes
    key_id: bytes
    signature: bytes
    state: State = State.WAITING
    tries: int = 0
    reason: str = ""
    sentence: str = ""
    answer_id: str = ""
    position: int = 0


class Queue:
    """A queue in a SQLite file. Every method is one transaction; `with` closes it."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # an answered `add` survives the loss of power
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)
        if "accepted_at" not in {row[1] for row in self._db.execute("PRAGMA table_info(command)")}:
            self._db.execute(_SINCE)

    def __enter__(self) -> "Queue":
        return self

    def __exit__(self, *failure: object) -> None:
        self._db.close()

    def add(self, command: Queued, files: Iterable[Path] = ()) -> None:
        """Puts a command into the queue; the same one again changes nothing.

        Raises:
            Taken: the id is there with another method or content.
            ValueError: it is larger than the node takes.
        """
        if len(command.request) > COMMAND_BYTES_MAX:
            raise ValueError(f"a command has at most {COMMAND_BYTES_MAX} bytes, not {len(command.request)}")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            held = self.get(command.command_id)
            if held is None:
                self._insert(command, files)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        if held is not None and (held.method, held.request) != (command.method, command.request):
            raise Taken(command.command_id)

    def _insert(self, command: Queued, files: Iterable[Path]) -> None:
        self._db.execute(
            "INSERT INTO command (command_id, recorded_at, method, request, key_id, signature, state)"
            " VALUES (?, ?, ?, ?, ?, ?, 'waiting')",
            (
                command.command_id,
                command.recorded_at or datetime.now(UTC).isoformat(),
                command.method,
                command.request,
                command.key_id,
                command.signature,
            ),
        )
        rows = [(command.command_id, str(path)) for path in files]
        self._db.executemany("INSERT INTO file (command_id, path) VALUES (?, ?)", rows)

    def get(self, command_id: str) -> Queued | None:
        """One command; None when it is not here."""
        with closing(self._db.execute(_ONE, (command_id,))) as found:
            row = found.fetchone()
        return _queued(row) if row else None

    def all(self, *states: State) -> list[Queued]:
        """The commands in these states, or all, in the order in which they were recorded."""
        rows = self._db.execute(_ALL).fetchall()
        found = [_queued(row) for row in rows]
        return [command for command in found if not states or command.state in states]

    def files(self, command_id: str) -> list[Path]:
        """The files that a command refers to."""
        rows = self._db.execute("SELECT path FROM file WHERE command_id = ? ORDER BY path", (command_id,)).fetchall()
        return [Path(row[0]) for row in rows]

    def accept(self, command_id: str, answer_id: str, position: int) -> None:
        """The node has it."""
        self._db.execute(
            "UPDATE command SET state = 'accepted', tries = tries + 1, reason = '', sentence = '', answer_id = ?,"
            " position = ?, accepted_at = ? WHERE command_id = ?",
            (answer_id, position, datetime.now(UTC).isoformat(), command_id),
        )

    def refuse(self, command_id: str, reason: str, sentence: str, *, final: bool) -> None:
        """The node refused it: for good, or until something else is there. What was accepted stays so."""
        self._db.execute(
            "UPDATE command SET state = ?, tries = tries + 1, reason = ?, sentence = ?"
            " WHERE command_id = ? AND state <> 'accepted'",
            (State.CONFLICT if final else State.WAITING, reason, sentence, command_id),
        )

    def forget(self, before: datetime, remove: Callable[[Path], None]) -> int:
        """Drops what the node accepted before an instant, and the files of everything that it accepted.

        Args:
            remove: takes each file that no other command refers to, before the queue forgets it.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            sent = {row[0] for row in self._db.execute(_SENT_FILES).fetchall()}
            needed = {row[0] for row in self._db.execute("SELECT path FROM file").fetchall()}
            for path in sorted(sent - needed):
                remove(Path(path))
            dropped = self._db.execute(_FORGET, (before.astimezone(UTC).isoformat(),)).rowcount
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        return dropped

    def ask_again(self) -> int:
        """Lets every conflict wait once more, as it was recorded and signed; how many there were."""
        return self._db.execute("UPDATE command SET state = 'waiting' WHERE state = 'conflict'").rowcount


def _queued(row: tuple[Any, ...]) -> Queued:
    found = Queued(*row)
    return replace(found, state=State(found.state))
