"""Puller: what is missing from a peer's chain is asked for again.

    per sender:  IDLE ──early, damaged or behind──▶ PULLING ──▶ IDLE    (nothing came: again after a doubling pause)

Promise   a gap that the peer can fill is filled to its end; what comes is judged like anything else.
Not       speed: a first pull at once, then pull_backoff_seconds.
Owns      one task per sender that ever lacked something, one that asks peers where their chains end.
Shown by tests/integration/exchange/test_end_to_end.py
"""

from __future__ import annotations

import asyncio
from typing import Final

from services.exchange.inbound import Receiver
from services.exchange.office import NoSealKey, Office
from services.exchange.outcomes import Record
from services.exchange.peer import Peers
from services.exchange.restore import Restore
from services.kernel.envelopes.codec import Link
from services.kernel.errors import EnforcementError
from services.kernel.ledger import LedgerError
from services.kernel.telemetry import Log

__all__ = ["Puller"]

log = Log(__name__)

END: Final = "SELECT epoch, seq, hash, stopped FROM exchange.chain WHERE sender = $1 AND recipient = $2"


class Puller:
    """Fills gaps."""

    def __init__(self, office: Office, peers: Peers, restore: Restore) -> None:
        self._office = office
        self._peers = peers
        self._restore = restore
        self._receiver: Receiver | None = None
        self._needs: dict[str, asyncio.Event] = {}
        self._tasks: asyncio.TaskGroup | None = None

    def serve(self, receiver: Receiver) -> None:
        """Names who judges what comes."""
        self._receiver = receiver

    def need(self, sender: str) -> None:
        """Says that something of a sender's chain is missing."""
        needed = self._needs.get(sender)
        if needed is None:
            needed = self._needs[sender] = asyncio.Event()
            if self._tasks is not None:
                self._tasks.create_task(self._serve(sender, needed), name=f"exchange pull {sender}")
        needed.set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                for sender, needed in self._needs.items():
                    tasks.create_task(self._serve(sender, needed), name=f"exchange pull {sender}")
                tasks.create_task(self._compare_ends(), name="exchange heads")
        finally:
            self._tasks = None

    async def _serve(self, sender: str, needed: asyncio.Event) -> None:
        first, longest = self._office.settings.pull_backoff_seconds
        pause = first
        while True:
            await needed.wait()
            needed.clear()
            came = await self._pull(sender)
            pause = first if came else min(pause * 2, longest)
            waits = self._receiver is not None and self._receiver.waits_for(sender) and not await self._stopped(sender)
            if came or waits:
                needed.set()  # an answer is bounded, so there may be more
            if needed.is_set():
                await asyncio.sleep(pause)

    async def _pull(self, sender: str) -> bool:
        """Asks for everything after the end known here; answers whether the chain went on."""
        try:
            before, stopped = await self._end(sender)
            if stopped or self._receiver is None:
                return False
            page: list[Record] = []
            async for wire in self._peers.resend(sender, self._office.me, before.epoch, before.seq + 1):
                page.append(Record(wire, carrier=sender))
                if len(page) == self._office.settings.page_records_max:
                    await self._receiver.receive(page)
                    page = []
            if page:
                await self._receiver.receive(page)
            after, _ = await self._end(sender)
        except (EnforcementError, LedgerError, NoSealKey) as error:
            log.warning("a gap is not filled yet", peer=sender, reason=str(error))
            return False
        return after != before

    async def _end(self, sender: str) -> tuple[Link, bool]:
        async with self._office.ledger.connection() as connection:
            row = await connection.fetchrow(END, sender, self._office.me)
        if row is None:
            return Link(), False
        return Link(row["epoch"], row["seq"], row["hash"]), bool(row["stopped"])

    async def _stopped(self, sender: str) -> bool:
        try:
            return (await self._end(sender))[1]
        except LedgerError:
            return False

    async def _compare_ends(self) -> None:
        """Asks every peer now and then: a tail that nobody sends again is missing too, and so is own lost history."""
        while True:
            for authority in list(self._office.registry.members):
                if authority != self._office.me:
                    await self._compare(authority)
            await asyncio.sleep(self._office.settings.peer_heads_seconds)

    async def _compare(self, authority: str) -> None:
        try:
            stated = await self._peers.ends(authority)
            end, _ = await self._end(authority)
            if stated.sent is not None and stated.sent[:2] > end[:2]:
                self.need(authority)
            await self._restore.compare(authority, stated)
        except (EnforcementError, LedgerError) as error:
            log.debug("a peer did not say where its chains end", peer=authority, reason=str(error))
