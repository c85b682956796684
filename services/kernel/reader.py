"""Readers: whoever follows the ledger from a checkpoint.

    WAITING for the lease ──taken──▶ CATCHING_UP ──at the head──▶ LIVE ⇄ FOLLOWING a page ──aclose()──▶ STOPPED
          ▲                                                            │ fenced: another holder exists
          └────────────────────────────────────────────────────────────┘

Promise   the handler gets every event of its types once and in order, from the checkpoint on; where its effect
          shares the transaction of the checkpoint, it is there exactly once.
Not       that its holder is alone: a fenced holder may still compute, and commits nothing.
Bounds    one page in hand. A position without effect is written every PERSIST_SECONDS, so a restart looks again at
          that much of what it has already passed over, and `ledger.lag` is behind by no more on a quiet ledger.
Failing   a handler that raises is called again with the same page, after a pause that doubles up to PAUSE_SECONDS_MAX;
          each time it is logged. How far it is behind is told by ledger_metrics, which does not wait for it.
Owns      its lease.
Shown by tests/integration/kernel/test_reader.py
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from services.kernel.ledger import Checkpoint, Event, Fenced, Ledger, LedgerError
from services.kernel.ledger.errors import stoppable
from services.kernel.telemetry import Log

log = Log(__name__)

PERSIST_SECONDS: Final = 5.0
PAUSE_SECONDS_MIN: Final = 0.1
PAUSE_SECONDS_MAX: Final = 10.0
RELEASE_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.05

T = TypeVar("T")
Handle = Callable[[list[Event], int, Checkpoint], Awaitable[None]]
"""Takes a page of events, the position up to which the page speaks, and the checkpoint, which it moves to that position
in the transaction of its effect: `await checkpoint.advance(connection, up_to)`."""


async def insist(step: Callable[[], Awaitable[T]]) -> T:
    """A step that a reader cannot go on without, again until the ledger is reachable."""
    while True:
        try:
            return await step()
        except LedgerError:
            log.warning("the ledger is not reachable")
            await asyncio.sleep(PAUSE_SECONDS_MIN)


class Reader:
    """Follows the ledger under a lease and hands pages to one handler.

    Args:
        name: of the reader, e.g. "policy.transfer"; with `version` the key of its checkpoint.
        types: full names of the events wanted.
        page: events handed over at a time.
    """

    def __init__(
        self, ledger: Ledger, name: str, version: int = 0, *, types: frozenset[str], page: int = 1_000
    ) -> None:
        self.name = name
        self.version = version
        self._ledger = ledger
        self._types = types
        self._page = page
        self._position = 0
        self._noted = 0
        self._leading = False
        self._turn = asyncio.Lock()
        self._moved = asyncio.Condition()
        self._awaited = 0

    async def reached(self, position: int) -> None:
        """Waits until everything up to `position` is handled, here or by another holder of the lease."""
        while self._position < position:
            if self._leading:
                self._awaited += 1
                try:
                    async with self._moved:
                        await self._moved.wait_for(lambda: self._position >= position or not self._leading)
                finally:
                    self._awaited -= 1
            else:
                self._position = max(self._position, await self._stored_position())
                if self._position < position:
                    await asyncio.sleep(_POLL_SECONDS)

    async def run(self, handle: Handle) -> None:
        """Runs until it is cancelled; waits out a lost lease and an unreachable database."""
        while True:
            try:
                await stoppable(self._lead(handle))
            except* Fenced:
                log.warning("another holder of the lease exists", reader=self.name)
            except* LedgerError:
                log.warning("the ledger is not reachable", reader=self.name)
            await asyncio.sleep(PAUSE_SECONDS_MIN)

    async def _lead(self, handle: Handle) -> None:
        checkpoint = await self._ledger.checkpoint(self.name, self.version, self._ledger.holder)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(checkpoint.keep())
                tasks.create_task(self._note(checkpoint))
                tasks.create_task(self._follow(handle, checkpoint))
        finally:
            await self._step_down(checkpoint)

    async def _follow(self, handle: Handle, checkpoint: Checkpoint) -> None:
        self._position = self._noted = checkpoint.position
        self._leading = True
        head = await self._ledger.head()
        while self._position < head:
            page = await self._ledger.read(self._position, self._page, types=tuple(self._types))
            await self._take(handle, checkpoint, page.events, page.examined)
        async with self._ledger.feed.subscribe(self._position) as pages:
            async for page in pages:
                events = [event for event in page.events if event.type in self._types]
                await self._take(handle, checkpoint, events, page.examined)

    async def _take(self, handle: Handle, checkpoint: Checkpoint, events: list[Event], examined: int) -> None:
        if not events:  # most pages are for other readers of the process
            return await self._move(examined)
        async with self._turn:
            for start in range(0, len(events), self._page):
                part = events[start : start + self._page]
                last = start + self._page >= len(events)
                self._noted = examined if last else part[-1].position
                await self._insist(handle, checkpoint, part, self._noted)
            await self._move(examined)

    async def _note(self, checkpoint: Checkpoint) -> None:
        """Writes the position when it moved without effect: never between a page and its checkpoint."""
        while True:
            await asyncio.sleep(PERSIST_SECONDS)
            async with self._turn:
                if self._position > self._noted:
                    self._noted = self._position
                    async with self._ledger.connection() as connection:
                        await checkpoint.advance(connection, self._noted)

    async def _insist(self, handle: Handle, checkpoint: Checkpoint, events: list[Event], up_to: int) -> None:
        pause = PAUSE_SECONDS_MIN
        while True:
            try:
                return await handle(events, up_to, checkpoint)
            except Fenced:
                raise
            except Exception:
                log.exception("a page failed; it is tried again", reader=self.name, position=events[0].position)
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_SECONDS_MAX)

    async def _move(self, position: int) -> None:
        self._position = position
        if self._awaited:
            async with self._moved:
                self._moved.notify_all()

    async def _step_down(self, checkpoint: Checkpoint) -> None:
        self._leading = False
        async with self._moved:
            self._moved.notify_all()
        try:
            async with asyncio.timeout(RELEASE_SECONDS):
                await checkpoint.release()
        except (LedgerError, TimeoutError):
            log.warning("the lease could not be given back; it runs out by itself", reader=self.name)

    async def _stored_position(self) -> int:
        async with self._ledger.connection() as connection:
            stored: int | None = await connection.fetchval(
                "SELECT position FROM ledger.checkpoint WHERE reader = $1 AND version = $2", self.name, self.version
            )
        return stored or 0
