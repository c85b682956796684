"""A ledger with clocks on a real database, and a node clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from enforcement.ledger.v1 import meta_pb2 as meta
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.clock import SHANGHAI, FileClock
from services.kernel.deadlines import Deadline, Deadlines, calendar_days, hours, when, working_days
from services.kernel.deadlines import rows as clock_rows
from services.kernel.deadlines.calendar import WorkingCalendar
from services.kernel.deadlines.clock import Clock
from services.kernel.deadlines.runner import DeadlineRunner
from services.kernel.facts import decode
from services.kernel.ledger import Append, Ledger, LedgerSettings, NewEvent, migrate, uuid7
from services.kernel.messages import encode, microseconds, type_name
from services.kernel.rules import Rules
from tests.support import acts
from tests.support.eventually import eventually
from tests.support.postgres import Databases

SERVICE = "tests"
LU = Authority("jt-510521", "泸县交通运输局")
CASE = "019a0000-0000-7000-8000-000000000001"

DECIDE = Deadline(
    "tests.decide",
    basis="行政处罚法 art. 60",
    title="作出决定",
    starts=acts.Filed,
    ends=acts.Decided,
    within=calendar_days(90),
    key="case_id",
    cancelled_by=acts.Withdrawn,
    paused_by=when(acts.Transferred, lambda event: event.open),
    resumed_by=when(acts.Transferred, lambda event: not event.open),
    extended_by=acts.Prolonged,
    extension=lambda event: int(event.days),
)
CLOSE = Deadline(
    "tests.close",
    basis="国务院令第310号 art. 5",
    title="结案",
    starts=acts.Decided,
    ends=acts.Closed,
    within=hours(24),
    key="case_id",
    responsible=lambda event, context: context.authority.police_id,
)
PUBLISH = Deadline(
    "tests.publish",
    basis="行政处罚法 art. 48",
    title="公示",
    starts=acts.Decided,
    ends=acts.Withdrawn,
    within=working_days(7),
    key="case_id",
)


def at(iso: str) -> datetime:
    """An instant in Beijing."""
    return datetime.fromisoformat(iso).replace(tzinfo=SHANGHAI)


@dataclass(slots=True)
class World:
    """One authority's ledger and clock."""

    ledger: Ledger
    dsn: str
    clock_file: Path
    deadlines: Deadlines = field(default_factory=lambda: Deadlines(DECIDE, CLOSE, PUBLISH))
    calendar: WorkingCalendar | None = None

    def now(self, iso: str) -> None:
        """Moves the node's clock."""
        FileClock.move(self.clock_file, at(iso))

    async def record(
        self, event: Message, occurred: str, *, origin: str = "", category: str = "case", stream_id: UUID | None = None
    ) -> int:
        """An act is recorded, in a new stream; answers its position."""
        recorded = meta.Meta(
            actor="officer-1", actor_kind=meta.ACTOR_KIND_OFFICER, occurred_us=microseconds(at(occurred))
        )
        if origin:
            recorded.origin.authority = origin
        done = await self.ledger.append(
            Append(
                command_id=uuid7(),
                digest=b"\x01" * 32,
                stream_id=stream_id or uuid7(),
                category=category,
                expected_version=0,
                events=(NewEvent(type_name(event), encode(event), encode(recorded)),),
                correlation_id=UUID(CASE),
                causation_id=uuid7(),
            )
        )
        return done.position

    def runner(self) -> DeadlineRunner:
        """One more runner of the same service."""
        return DeadlineRunner(
            self.ledger,
            service=SERVICE,
            deadlines=self.deadlines,
            authority=LU,
            rules=Rules(),
            clock=FileClock(self.clock_file),
            calendar=self.calendar,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[DeadlineRunner]:
        """A runner, killed at the end of the block."""
        runner = self.runner()
        task = asyncio.create_task(runner.run())
        try:
            yield runner
        finally:
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled(), task.exception()

    async def caught_up(self, runner: DeadlineRunner) -> None:
        """Everything recorded so far has acted."""
        async with asyncio.timeout(10):
            await runner.reached(await self.ledger.head())

    async def history(self) -> list[str]:
        """Names of the deadline events, in order."""
        return [type(message).__name__ for message in await self.messages()]

    async def messages(self) -> list[Any]:
        """The deadline events, in order."""
        found: list[Any] = []
        position, head = 0, await self.ledger.head()
        while position < head:
            page = await self.ledger.read(position, category="deadline")
            found += [decode(event) for event in page.events if ".Deadline" in event.type]
            position = page.examined
        return found

    async def eventually_history(self, *names: str) -> None:
        """Waits for exactly these deadline events."""

        async def there() -> bool:
            return len(await self.history()) >= len(names)

        await eventually(there)
        assert await self.history() == list(names)

    async def rows(self) -> list[Clock]:
        """All clocks, in the order in which they end."""
        async with self.ledger.connection() as connection:
            return await clock_rows.listed(connection, limit=500)

    async def row(self) -> Clock:
        """The only clock."""
        (clock,) = await self.rows()
        return clock


@pytest.fixture
async def world(databases: Databases, tmp_path: Path) -> AsyncIterator[World]:
    """A migrated database of 泸县, its ledger, and a clock that stands at 1 September 2024."""
    dsn = await databases.make(LU.id)
    await migrate(databases.admin(dsn), clock_rows.DEADLINES)
    settings = LedgerSettings(lease_seconds=1.5)  # a second runner takes over within the tests' patience
    async with Ledger.open(dsn, settings) as ledger:
        opened = World(ledger, dsn, tmp_path / "clock")
        opened.now("2024-09-01T08:00")
        yield opened
