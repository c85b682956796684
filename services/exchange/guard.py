"""Restore guard: a small file on another volume that remembers what was said, so that a restored database does not
say it differently.

    at start   database at or beyond the guard ────────▶ CLEAR, no peer is asked
               guard missing, database behind it,
               or another hash                  ───────▶ SUSPECTED ──every peer answered Heads──▶ CLEAR
                                                             └─ a peer knows more: that chain is stopped until
                                                                an operator opens a new epoch
Promise   between storing an envelope and publishing it the guard is on disk; while SUSPECTED nothing is signed but the
          ends of other members' chains, which only they could contradict.
Not       help when database and guard are restored to the same old state: then peers see two envelopes for one place.
Bounds    one line per chain; written once per build transaction.
Failing   a guard that cannot be written: nothing more is published until it can, and nothing else stops.
Shown by tests/integration/exchange/test_restore.py
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.kernel.envelopes.codec import Link

__all__ = ["Guard", "GuardFault", "GuardUnwritable", "Known", "compare"]

FORMAT: Final = 1


class GuardFault(Exception):
    """The file exists and is not a guard of this authority."""


class GuardUnwritable(Exception):
    """The file cannot be written now: what it does not know must not be published."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was certainly said: the ledger's head and the ends of own chains."""

    position: int
    chains: Mapping[str, Link]


def compare(guard: Known | None, database: Known) -> tuple[str, str] | None:
    """Returns why the database may be older than what was said, as (code, detail); None when it is not.

    A database in which nothing was ever said needs no guard: it is new, and the peers are asked all the same.
    """
    if guard is None:
        said = any(link.seq or link.epoch > 1 for link in database.chains.values())
        return ("GUARD_MISSING", "envelopes were sent and the guard file is gone") if said else None
    if database.position < guard.position:
        return ("LEDGER_BEHIND_GUARD", f"ledger at {database.position}, guard at {guard.position}")
    for recipient, said_end in sorted(guard.chains.items()):
        end = database.chains.get(recipient, Link())
        if (end.epoch, end.seq) < (said_end.epoch, said_end.seq):
            return ("CHAIN_BEHIND_GUARD", f"{recipient}: {end.epoch}/{end.seq}, guard {said_end.epoch}/{said_end.seq}")
        if (end.epoch, end.seq) == (said_end.epoch, said_end.seq) and end.hash != said_end.hash:
            return ("CHAIN_DIFFERS", f"{recipient}: another envelope at {end.epoch}/{end.seq}")
    return None


class Guard:
    """The file. None as path: no guard is kept, and every start asks the peers."""

    def __init__(self, path: Path | None, authority: str) -> None:
        self._path = path
        self._authority = authority
        self._written = Known(0, {})

    def covers(self, recipient: str) -> Link | None:
        """Up to where a chain is on disk, as this process read or wrote it; None when no guard is kept."""
        return None if self._path is None else self._written.chains.get(recipient, Link())

    def read(self) -> Known | None:
        """Returns what it remembers; None when there is no file.

        Raises:
            GuardFault: it is damaged, or another authority's.
        """
        if self._path is None:
            return None
        try:
            document = json.loads(self._path.read_text())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise GuardFault(f"{self._path} is damaged") from error
        try:
            if document["v"] != FORMAT or document["authority"] != self._authority:
                raise GuardFault(f"{self._path} is a guard of {document['authority']!r}, v {document['v']!r}")
            chains = {
                recipient: Link(epoch, seq, bytes.fromhex(digest))
                for recipient, (epoch, seq, digest) in document["chains"].items()
            }
            self._written = Known(int(document["position"]), chains)
            return self._written
        except (KeyError, TypeError, ValueError) as error:
            raise GuardFault(f"{self._path} is damaged") from error

    async def write(self, known: Known) -> None:
        """Replaces the file; on return it survives a power failure.

        Raises:
            GuardUnwritable: the volume is full, read-only or gone.
        """
        if self._path is not None:
            try:
                await asyncio.to_thread(self._write, self._path, known)
            except OSError as error:
                raise GuardUnwritable(f"{self._path}: {error}") from error
            self._written = known

    def _write(self, path: Path, known: Known) -> None:
        chains = {name: (link.epoch, link.seq, link.hash.hex()) for name, link in sorted(known.chains.items())}
        text = json.dumps({"v": FORMAT, "authority": self._authority, "position": known.position, "chains": chains})
        draft = path.with_suffix(".new")
        with draft.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
