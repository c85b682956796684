"""What every decision asks, in memory: the officers' register and the notices of holidays."""

import asyncio
from collections.abc import Sequence

from enforcement.deadlines.v1.events_pb2 import CalendarLoaded

from services.kernel.deadlines import Notice, learn
from services.kernel.facts import act_of, decode
from services.kernel.identity import OfficerRegister
from services.kernel.ledger import Event, Ledger
from services.kernel.messages import type_name


class RegisterReader:
    """Keeps what every decision asks in memory, from the beginning of the ledger on: the officers' register, and the
    notices of holidays that were loaded.
    """

    def __init__(self, ledger: Ledger, officers: OfficerRegister) -> None:
        self.officers = officers
        self._ledger = ledger
        self._position = 0
        self._moved = asyncio.Condition()

    async def reached(self, position: int) -> None:
        """Waits until every event of them up to `position` is applied."""
        if self._position < position:
            async with self._moved:
                await self._moved.wait_for(lambda: self._position >= position)

    async def run(self) -> None:
        """Runs until it is cancelled."""
        types = frozenset((*OfficerRegister.EVENTS, type_name(CalendarLoaded)))
        head = await self._ledger.head()
        while self._position < head:
            page = await self._ledger.read(self._position, types=tuple(types))
            await self._apply(page.events, page.examined)
        async with self._ledger.feed.subscribe(self._position) as pages:
            async for page in pages:
                await self._apply([event for event in page.events if event.type in types], page.examined)

    async def _apply(self, events: Sequence[Event], examined: int) -> None:
        for event in events:
            message = decode(event)
            assert message is not None
            if isinstance(message, CalendarLoaded):
                learn(Notice.of(message.year, message.source, message.days_off, message.workdays))
            else:
                self.officers.apply(message, act_of(event).occurred_at)
        self._position = examined
        async with self._moved:
            self._moved.notify_all()
