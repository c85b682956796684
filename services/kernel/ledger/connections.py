"""How this process talks to PostgreSQL: every connection has names, limits and READ COMMITTED."""

from typing import Any

import asyncpg

from services.kernel.ledger.errors import unavailable_when_lost
from services.kernel.ledger.settings import LedgerSettings

CLIENT_GRACE_SECONDS = 2.0
"""The client gives up this much later than the server, so that the server's reason is the one reported."""

STATEMENTS_KEPT = 500
"""Prepared statements of a connection: the read models of a node that runs all services have about 150 tables."""


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that goes back to the pool without a reset query, which would double the time of a small read.

    asyncpg still rolls back a transaction left open. Nobody changes session settings on a pooled connection.
    """

    def get_reset_query(self) -> str:
        """Nothing to run."""
        return ""


def options(settings: LedgerSettings, purpose: str) -> dict[str, Any]:
    """Arguments for asyncpg.connect."""
    return {
        "connection_class": Connection,
        "timeout": settings.connect_timeout_seconds,
        "statement_cache_size": STATEMENTS_KEPT,
        "command_timeout": settings.statement_timeout_seconds + CLIENT_GRACE_SECONDS,
        "server_settings": {
            "application_name": f"{settings.application_name} {purpose}"[:63],
            "statement_timeout": _ms(settings.statement_timeout_seconds),
            "lock_timeout": _ms(settings.lock_timeout_seconds),
            "idle_in_transaction_session_timeout": _ms(settings.idle_in_transaction_timeout_seconds),
            "default_transaction_isolation": "read committed",
            "synchronous_commit": "on",
            "jit": "off",
            "timezone": "UTC",
        },
    }


def _ms(seconds: float) -> str:
    return f"{int(seconds * 1000)}ms"


async def connect(dsn: str, settings: LedgerSettings, purpose: str) -> asyncpg.Connection:
    """One dedicated connection.

    Raises:
        Unavailable: PostgreSQL is not reachable within connect_timeout_seconds.
    """
    with unavailable_when_lost():
        return await asyncpg.connect(dsn, **options(settings, purpose))


async def make_pool(dsn: str, settings: LedgerSettings) -> asyncpg.Pool:
    """The pool for reads and own transactions. It connects when it is used, also after PostgreSQL was lost."""
    return await asyncpg.create_pool(
        dsn, min_size=0, max_size=settings.pool_connections_max, **options(settings, "pool")
    )
