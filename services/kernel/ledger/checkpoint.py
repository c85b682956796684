"""A reader's place in the log: one holder at a time, and its effect and its place move in one transaction.

    FREE ──take──▶ HELD ──advance*──▶ HELD ──release, or lease_seconds without a sign──▶ FREE
                     └──another takes──▶ FENCED (every further step raises Fenced)

Promise   of two holders only the later one can commit: each taking raises the fence, and advance() names its own.
Not       that a holder notices before it commits: it may work in vain. Own rows that advance() does not share a
          transaction with are not protected.
Bounds    a lease lasts lease_seconds and is renewed at a third of them; every advance renews it too.
Failing   a process killed and started again under the same holder name takes its place at once; another name waits for
          the lease. advance() before append_in(): own rows, then the ledger's locks.
Owns      one row of ledger.checkpoint. Shown by tests/integration/ledger/test_checkpoint.py
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from services.kernel.ledger.errors import Fenced, unavailable_when_lost

ENSURE = "INSERT INTO ledger.checkpoint (reader, version) VALUES ($1, $2) ON CONFLICT DO NOTHING"

TAKE = """
UPDATE ledger.checkpoint SET fence = fence + 1, holder = $3, lease_until = clock_timestamp() + $4::interval
 WHERE reader = $1 AND version = $2 AND (lease_until < clock_timestamp() OR holder = $3)
RETURNING fence, position
"""

RENEW = """
UPDATE ledger.checkpoint SET lease_until = clock_timestamp() + $4::interval
 WHERE reader = $1 AND version = $2 AND fence = $3
"""

ADVANCE = """
UPDATE ledger.checkpoint SET position = $5, lease_until = clock_timestamp() + $4::interval
 WHERE reader = $1 AND version = $2 AND fence = $3 AND position <= $5
"""

RELEASE = "UPDATE ledger.checkpoint SET lease_until = '-infinity' WHERE reader = $1 AND version = $2 AND fence = $3"

# An older version that nobody holds while a newer one is read was replaced: it reads no further, and nobody lacks it.
LAG = """
SELECT reader, version, position, behind, oldest_unread_age, alive, holder, lease_until, parked
  FROM ledger.lag old
 WHERE alive OR NOT EXISTS (
   SELECT FROM ledger.lag new WHERE new.reader = old.reader AND new.version > old.version AND new.alive)
 ORDER BY reader, version
"""


class Checkpoint:
    """A held place. Made by `take` or `acquire`; given back by `release` or by leaving `async with`."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        reader: str,
        version: int,
        *,
        holder: str,
        lease: timedelta,
        fence: int,
        position: int,
    ) -> None:
        self._pool = pool
        self._lease = lease
        self.reader = reader
        self.version = version
        self.holder = holder
        self.fence = fence
        self.position = position
        """Where the reader was when the place was taken; afterwards the reader knows better."""

    @classmethod
    async def take(
        cls, pool: asyncpg.Pool, reader: str, version: int, holder: str, lease_seconds: float
    ) -> "Checkpoint | None":
        """Take a reader's place, made at position 0 when it is new; None while another holder's lease lasts.

        `holder` names a process that exists once: a second one under the same name would fence the first.

        Raises:
            Unavailable: PostgreSQL is not reachable.
        """
        lease = timedelta(seconds=lease_seconds)
        with unavailable_when_lost():
            async with pool.acquire(timeout=lease_seconds) as connection:
                await connection.execute(ENSURE, reader, version)
                row = await connection.fetchrow(TAKE, reader, version, holder, lease)
        if row is None:
            return None
        return cls(pool, reader, version, holder=holder, lease=lease, fence=row["fence"], position=row["position"])

    @classmethod
    async def acquire(
        cls, pool: asyncpg.Pool, reader: str, version: int, holder: str, lease_seconds: float
    ) -> "Checkpoint":
        """Take it, waiting for as long as another holds it; asks three times in a lease."""
        while True:
            held = await cls.take(pool, reader, version, holder, lease_seconds)
            if held is not None:
                return held
            await asyncio.sleep(lease_seconds / 3)

    async def advance(self, connection: asyncpg.Connection, position: int) -> None:
        """Move to `position` in the transaction of `connection`, which holds the effect of everything up to it.

        Raises:
            Fenced: another holder has it, or the place is already beyond. Roll back and stop.
        """
        self._expect_one(
            await connection.execute(ADVANCE, self.reader, self.version, self.fence, self._lease, position)
        )

    async def renew(self) -> None:
        """Show a sign of life.

        Raises:
            Fenced: another holder has it.
            Unavailable: PostgreSQL is not reachable; the lease runs on meanwhile.
        """
        with unavailable_when_lost():
            async with self._pool.acquire(timeout=self._lease.total_seconds()) as connection:
                done = await connection.execute(RENEW, self.reader, self.version, self.fence, self._lease)
        self._expect_one(done)

    async def keep(self) -> None:
        """Renew until cancelled. Run it as a task beside the reader: it raises Fenced when the place is lost."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            await self.renew()

    async def release(self) -> None:
        """Give the place back, so that the next holder need not wait. Of no effect when it is lost."""
        with unavailable_when_lost():
            async with self._pool.acquire(timeout=self._lease.total_seconds()) as connection:
                await connection.execute(RELEASE, self.reader, self.version, self.fence)

    def _expect_one(self, status: str) -> None:
        if status != "UPDATE 1":
            raise Fenced(f"{self.reader} v{self.version}: fence {self.fence} of {self.holder} is no longer the last")


@dataclass(frozen=True, slots=True)
class Lag:
    """How far one reader is behind. Says so too when the reader is dead."""

    reader: str
    version: int
    position: int
    behind: int
    """Positions between the checkpoint and the head."""
    oldest_unread_age: timedelta
    """Since the first event after the checkpoint was recorded; zero when there is none."""
    alive: bool
    """Its lease lasts."""
    holder: str
    lease_until: datetime
    parked: int
    """Events it could not handle and that nobody has resolved."""


async def lag(connection: asyncpg.Connection) -> list[Lag]:
    """Every reader's lag, by name and version; a version is left out once a newer one has taken its place."""
    return [Lag(*row) for row in await connection.fetch(LAG)]
