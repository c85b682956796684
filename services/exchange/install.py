"""Makes the exchange's tables in an authority's database, and lets the roles in that append what is received."""

from pathlib import Path
from typing import Final

import asyncpg

from services.kernel.ledger import Migrations, migrate
from services.kernel.ledger.errors import unavailable_when_lost

__all__ = ["EXCHANGE", "install"]

EXCHANGE: Final = Migrations("exchange", Path(__file__).with_name("migrations"))


async def install(admin_dsn: str) -> list[str]:
    """Applies what is missing and admits every role with category "exchange"; answers the migrations applied.

    Run after the ledger's `provision`; safe to repeat.

    Raises:
        Drift, Unavailable: as `migrate`.
    """
    done = await migrate(admin_dsn, EXCHANGE)
    with unavailable_when_lost():
        connection = await asyncpg.connect(admin_dsn, timeout=10)
        try:
            await connection.execute("SELECT exchange.admit(role) FROM ledger.writer WHERE category = 'exchange'")
        finally:
            await connection.close(timeout=5)
    return done
