"""Makes an authority's database: roles, database, schema, and which role appends what.

    role                   logs in   may
    <authority>.owner      no        owns the database and everything in the ledger
    <authority>            yes       append to every category; be any of the services (SET ROLE)
    <authority>.<service>  yes       append to the service's categories; own the schemas it makes for its views

Safe to repeat: a category that is no longer named is taken away, a password is set anew.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from services.kernel.ledger.errors import unavailable_when_lost
from services.kernel.ledger.migrate import migrate

LOCK = 4
"""Advisory lock in the administrator's database: roles belong to the whole server, and concurrent changes collide."""


def owner_role(authority_id: str) -> str:
    """The role that owns the authority's database; nobody logs in as it."""
    return f"{authority_id}.owner"


def service_role(authority_id: str, service: str) -> str:
    """The login role of one service that runs alone."""
    return f"{authority_id}.{service}"


async def provision(
    admin_dsn: str,
    authority_id: str,
    categories_by_service: Mapping[str, Sequence[str]],
    passwords: Mapping[str, str],
    *,
    database: str | None = None,
) -> str:
    """Make or update the database of `authority_id` (named like it, or `database`); answer its administrator's DSN.

    `passwords` has one for every login role: the authority's id and `service_role(…)` of each service.

    Raises:
        KeyError: a login role has no password.
        Unavailable: PostgreSQL is not reachable.
    """
    database = database or authority_id
    roles = {authority_id: sorted({c for categories in categories_by_service.values() for c in categories})}
    roles |= {service_role(authority_id, name): sorted(names) for name, names in categories_by_service.items()}
    missing = roles.keys() - passwords.keys()
    if missing:
        raise KeyError(f"no password for {', '.join(sorted(missing))}")
    with unavailable_when_lost():
        admin = await asyncpg.connect(admin_dsn, timeout=10)
        try:
            await admin.execute("SELECT pg_advisory_lock($1)", LOCK)
            await _make_roles(admin, authority_id, {role: passwords[role] for role in roles})
            await admin.execute("SELECT pg_advisory_unlock($1)", LOCK)
            await admin.execute("SELECT pg_advisory_lock($1, hashtext($2))", LOCK, database)
            await _make_database(admin, database, authority_id, list(roles))
        finally:
            await admin.close(timeout=5)
    dsn = urlunsplit(urlsplit(admin_dsn)._replace(path=f"/{quote(database, safe='')}"))
    await migrate(dsn)
    await admit(dsn, roles)
    return dsn


async def admit(dsn: str, categories_by_role: Mapping[str, Sequence[str]]) -> None:
    """Let login roles into the ledger of this database with exactly these categories."""
    with unavailable_when_lost():
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            async with connection.transaction():
                for role, categories in categories_by_role.items():
                    await connection.execute("SELECT ledger.admit($1, $2)", role, list(categories))
        finally:
            await connection.close(timeout=5)


async def _make_roles(admin: asyncpg.Connection, authority_id: str, passwords: Mapping[str, str]) -> None:
    for role in (owner_role(authority_id), *passwords):
        if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
            await _run(admin, "CREATE ROLE %I NOLOGIN", role)
    for role, password in passwords.items():
        await _run(admin, "ALTER ROLE %I LOGIN PASSWORD %L", role, password)
        if role != authority_id:
            await _run(admin, "GRANT %I TO %I", role, authority_id)


async def _make_database(admin: asyncpg.Connection, database: str, authority_id: str, roles: Sequence[str]) -> None:
    if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
        await _run(admin, "CREATE DATABASE %I OWNER %I", database, owner_role(authority_id))
    await _run(admin, "REVOKE ALL ON DATABASE %I FROM PUBLIC", database)
    grantees = ", ".join(["%I"] * len(roles))
    await _run(admin, f"GRANT CONNECT, TEMPORARY, CREATE ON DATABASE %I TO {grantees}", database, *roles)


async def _run(admin: asyncpg.Connection, form: str, *parts: str) -> None:
    """Run a statement that takes no parameters; the server quotes the parts (%I identifier, %L literal)."""
    await admin.execute(await admin.fetchval("SELECT format($1, VARIADIC $2::text[])", form, list(parts)))
