"""Makes the exchange's tables in an authority's database, and lets in the roles that append what is received and those
that read what proves a process."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import asyncpg

from services.kernel.ledger import Migrations, migrate
from services.kernel.ledger.errors import unavailable_when_lost

__all__ = ["EXCHANGE", "admit_readers", "install"]

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


async def admit_readers(admin_dsn: str, roles: Iterable[str]) -> None:
    """Lets the roles that exist read envelopes, receipts and registries. Run after `install`; safe to repeat.

    Raises:
        Unavailable: PostgreSQL is lost.
    """
    with unavailable_when_lost():
        connection = await asyncpg.connect(admin_dsn, timeout=10)
        try:
            await connection.execute(
                "SELECT exchange.admit_reader(rolname) FROM pg_roles WHERE rolname = ANY ($1)", list(roles)
            )
        finally:
            await connection.close(timeout=5)
