"""Makes the platform's tables in its authority's database, and lets the node's role and the service's own role in."""

from pathlib import Path
from typing import Final

import asyncpg

from services.kernel.ledger import Migrations, migrate
from services.kernel.ledger.errors import unavailable_when_lost
from services.kernel.ledger.provision import service_role

PLATFORM: Final = Migrations("platform", Path(__file__).with_name("migrations"))


async def install(admin_dsn: str, authority_id: str) -> list[str]:
    """Applies what is missing and admits the roles; answers the migrations applied.

    Run after the ledger's `provision`; safe to repeat.

    Raises:
        Drift, Unavailable: as `migrate`.
    """
    done = await migrate(admin_dsn, PLATFORM)
    with unavailable_when_lost():
        connection = await asyncpg.connect(admin_dsn, timeout=10)
        try:
            await connection.execute(
                "SELECT platform.admit(rolname) FROM pg_roles WHERE rolname = ANY ($1::text[])",
                [authority_id, service_role(authority_id, "platform")],
            )
        finally:
            await connection.close(timeout=5)
    return done
