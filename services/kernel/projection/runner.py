"""Keeps a service's read models: folds the ledger into tables, and lets queries wait for a position.

    BUILDING (a new generation beside the live one) ──lag 0──▶ LIVE ──a newer one is live──▶ dropped

Promise   rows and checkpoint move in one transaction: every event is folded once, in order. Folding again from the
          first event gives the same rows. A rebuild never empties what people read.
Not       fresh rows: a query names a position and waits for it, at most as long as its call may take.
Bounds    PAGE events at a time: two statements a table and page, whatever the number of events.
Failing   an event that cannot be folded stops this view; it is logged with its position and tried again. A read model
          with a hole would lie, so it lags instead, and the lag shows. Commands, policies and other views go on.
Owns      per generation one reader and schema view_<name>_<generation>, which belongs to the service's role.
Shown by tests/integration/kernel/test_projection.py
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg

from services.kernel import telemetry
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import decode, fact_of
from services.kernel.ledger import Checkpoint, Event, Ledger, Migrations, Unavailable
from services.kernel.projection.fold import Views
from services.kernel.projection.rows import Rows
from services.kernel.reader import Reader, insist
from services.kernel.telemetry import Log

log = Log(__name__)

VIEW: Final = Migrations("view", Path(__file__).with_name("migrations"))
PAGE: Final = 1_000
WAIT_SECONDS: Final = 5.0
"""A query waits this long for its position, unless its call ends earlier."""
ANALYSE_SECONDS: Final = 300.0
"""For one table; without them queries are slow for a minute, so nothing waits longer."""
_LARGE: Final = """
SELECT oid::regclass::text AS name FROM pg_class
WHERE relnamespace = to_regnamespace(quote_ident($1)) AND relkind = 'r' AND pg_relation_size(oid) > 10 * 8192"""
"""Tables that are small are better left alone: PostgreSQL takes ten pages for granted where it knows nothing, which
plans for the table that will be there, while statistics of a nearly empty one make plans that scan it."""


class ViewsRunner:
    """Folds the ledger into the tables of one service.

    Args:
        owner: role that the tables belong to.
    """

    def __init__(self, views: Views, ledger: Ledger, *, owner: str) -> None:
        self._views = views
        self._ledger = ledger
        self._owner = owner
        self._live: int | None = None
        self._readers: dict[int, Reader] = {}
        self._rebuild = asyncio.Event()
        self._flipped = asyncio.Condition()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        newest = await insist(self._newest)
        generation = newest if newest is not None else await insist(self._create)
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(self._follow(generation))
            while True:
                await self._rebuild.wait()
                self._rebuild.clear()
                generation = await insist(self._create)
                successor = tasks.create_task(self._follow(generation))
                async with self._flipped:
                    await self._flipped.wait_for(partial(self._is_live, generation))
                following.cancel()
                await insist(partial(self._drop_others, generation))
                following = successor

    def rebuild(self) -> None:
        """Starts folding everything again beside the live tables; they are replaced when it has caught up."""
        self._rebuild.set()

    async def reached(self, position: int) -> int:
        """Waits until the live tables hold everything up to `position`; the live generation."""
        async with self._flipped:
            await self._flipped.wait_for(lambda: self._live is not None)
        assert self._live is not None
        await self._readers[self._live].reached(position)
        return self._live

    async def _follow(self, generation: int) -> None:
        reader = Reader(self._ledger, f"view.{self._views.name}", generation, types=self._views.types, page=PAGE)
        self._readers[generation] = reader
        rows = await insist(partial(self._rows, generation))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(reader.run(partial(self._page, rows)))
            head = await insist(self._ledger.head)
            await insist(partial(reader.reached, head))
            await self._analyse(generation)
            await insist(partial(self._flip, generation))

    async def _rows(self, generation: int) -> Rows:
        async with self._ledger.connection() as connection:
            return await Rows.of(connection, self._schema(generation), self._views.tables)

    async def _page(self, stored: Rows, events: list[Event], up_to: int, checkpoint: Checkpoint) -> None:
        with telemetry.suppressed():
            known = [(message, fact_of(event)) for event in events if (message := decode(event)) is not None]
            async with self._ledger.transaction() as connection:
                rows = {
                    table: await stored.load(connection, table, keys)
                    for table, keys in self._views.touched(known).items()
                }
                self._views.fold(known, rows)
                for table, folded in rows.items():
                    await stored.store(connection, table, folded)
                await checkpoint.advance(connection, up_to)

    def _is_live(self, generation: int) -> bool:
        return self._live == generation

    def _schema(self, generation: int) -> str:
        return f"view_{self._views.name}_{generation}"

    async def _newest(self) -> int | None:
        async with self._ledger.transaction() as connection:
            newest: int | None = await connection.fetchval(
                "SELECT max(generation) FROM view.generation WHERE name = $1 AND version = $2",
                self._views.name,
                self._views.version,
            )
            return newest

    async def _create(self) -> int:
        async with self._ledger.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('view.' || $1))", self._views.name)
            generation: int = await connection.fetchval(
                "SELECT coalesce(max(generation), 0) + 1 FROM view.generation WHERE name = $1", self._views.name
            )
            await connection.execute(
                "INSERT INTO view.generation (name, generation, version) VALUES ($1, $2, $3)",
                self._views.name,
                generation,
                self._views.version,
            )
            await connection.execute("SELECT set_config('role', $1, true)", self._owner)
            schema = await connection.fetchval("SELECT quote_ident($1)", self._schema(generation))
            await connection.execute(f"CREATE SCHEMA {schema}")
            # What it lets others read (services/kernel/timeline.py) its own grants say.
            await connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
            await connection.execute("SELECT set_config('search_path', $1, true)", self._schema(generation))
            await connection.execute(self._views.sql)
        return generation

    async def _analyse(self, generation: int) -> None:
        """Gives the planner its statistics, which autovacuum brings about a minute later only: until then PostgreSQL
        joined by scans of all cases, and a search among 100,000 took 85 ms instead of 10 (2026-11-22)."""
        try:
            async with self._ledger.connection() as connection:
                tables = await connection.fetch(_LARGE, self._schema(generation))
            for table in tables:
                async with self._ledger.transaction() as connection:
                    await connection.execute("SELECT set_config('role', $1, true)", self._owner)
                    await connection.execute(f"SET LOCAL statement_timeout = {int(ANALYSE_SECONDS * 1000)}")
                    await connection.execute(f"ANALYZE {table['name']}", timeout=ANALYSE_SECONDS)
        except (Unavailable, TimeoutError) as error:
            log.warning("a read model goes live without statistics", view=self._views.name, reason=str(error))

    async def _flip(self, generation: int) -> None:
        async with self._ledger.transaction() as connection:
            await connection.execute(
                "UPDATE view.generation SET live = false WHERE name = $1 AND generation <> $2",
                self._views.name,
                generation,
            )
            await connection.execute(
                "UPDATE view.generation SET live = true WHERE name = $1 AND generation = $2",
                self._views.name,
                generation,
            )
        async with self._flipped:
            self._live = generation
            self._flipped.notify_all()

    async def _drop_others(self, generation: int) -> None:
        async with self._ledger.transaction() as connection:
            old = await connection.fetch(
                "DELETE FROM view.generation WHERE name = $1 AND generation < $2 RETURNING generation",
                self._views.name,
                generation,
            )
            for record in old:
                schema = await connection.fetchval("SELECT quote_ident($1)", self._schema(record["generation"]))
                await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


class ViewReader:
    """What queries of one service read from."""

    def __init__(self, runner: ViewsRunner, ledger: Ledger, name: str) -> None:
        self._runner = runner
        self._ledger = ledger
        self._name = name

    async def reached(self, min_position: int) -> int:
        """Waits until the live tables hold everything up to `min_position`; the live generation.

        Raises:
            Refused: VIEW_BEHIND when the view does not come that far in time.
        """
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await self._runner.reached(min_position)
        except TimeoutError:
            raise Refused(KernelRefusal.VIEW_BEHIND, position=min_position) from None

    @asynccontextmanager
    async def at(self, min_position: int = 0) -> AsyncIterator[asyncpg.Connection]:
        """A read-only connection whose unqualified tables are the live ones, at `min_position` or later.

        All that is read through it is of one moment.

        Raises:
            Refused: VIEW_BEHIND when the view does not come that far in time.
        """
        generation = await self.reached(min_position)
        async with (
            self._ledger.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute("SELECT set_config('search_path', $1, true)", f"view_{self._name}_{generation}")
            yield connection
