"""Makes and updates the database of one authority: roles, ledger, views, clocks, exchange, and a platform's tables.

    role                   categories that it appends to
    <id>                   all of them: the node
    <id>.<service>         those of the service's aggregates, and its clocks
    <id>.exchange          received, exchange

Safe to repeat; `enforcement migrate` and a local deployment's start both come here.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import asyncpg
from enforcement.options.v1 import options_pb2 as options

from services.exchange.install import admit_readers
from services.exchange.install import install as install_exchange
from services.kernel.authority import Authority
from services.kernel.deadlines.rows import DEADLINES
from services.kernel.ledger.migrate import LEDGER, migrate
from services.kernel.ledger.provision import admit, provision, service_role
from services.kernel.privacy import CATEGORY as AUDIT
from services.kernel.projection import VIEW
from services.node.composition import SERVICES
from services.platform.install import install as install_platform

EXCHANGE: Final = ("received", "exchange")
NODE_FACTS: Final = ("kernel", AUDIT)
"""Categories in which every service records facts about the node itself, and who saw personal data."""
PROVERS: Final = ("transfer",)
"""Services that write proofs: they read envelopes and receipts beside the ledger."""


def categories_by_service(authority_id: str) -> dict[str, Sequence[str]]:
    """The services of an authority's node, each with the categories it appends to."""
    kind = Authority(authority_id, authority_id).kind
    services: dict[str, Sequence[str]] = {service.name: service.categories for service in SERVICES[kind]}
    services["exchange"] = EXCHANGE
    if kind == options.AUTHORITY_KIND_PLATFORM:
        services["platform"] = ("exchange",)
    return {name: (*categories, *NODE_FACTS) for name, categories in services.items()}


def login_roles(authority_id: str) -> list[str]:
    """Every role that logs in to the authority's database."""
    return [authority_id, *(service_role(authority_id, name) for name in categories_by_service(authority_id))]


async def install(server_dsn: str, authority_id: str, passwords: Mapping[str, str]) -> list[str]:
    """Makes roles and database where they lack, and brings the schemas up to date; answers the migrations applied.

    Args:
        server_dsn: an administrator's, to any database of the server.
        passwords: one for each of `login_roles`.

    Raises:
        KeyError, Drift, Unavailable: as `provision` and `migrate`.
    """
    return await update(await provision(server_dsn, authority_id, categories_by_service(authority_id), passwords))


async def update(database_dsn: str) -> list[str]:
    """Brings schemas and what roles may append up to date in an existing database; answers the migrations applied.

    A role that does not exist yet, of a service that is new, is made by `install`, which knows its password.

    Args:
        database_dsn: an administrator's, to the authority's database, which is named like the authority.

    Raises:
        Drift, Unavailable: as `migrate`.
    """
    authority_id = urlsplit(database_dsn).path.lstrip("/")
    done = await migrate(database_dsn, LEDGER, VIEW, DEADLINES)
    done += await install_exchange(database_dsn)
    await _admit(database_dsn, authority_id)
    await admit_readers(database_dsn, [service_role(authority_id, name) for name in PROVERS])
    if Authority(authority_id, authority_id).kind == options.AUTHORITY_KIND_PLATFORM:
        done += await install_platform(database_dsn, authority_id)
    return done


async def _admit(database_dsn: str, authority_id: str) -> None:
    """Lets the roles that exist append to the categories of this build."""
    by_service = categories_by_service(authority_id)
    categories = {service_role(authority_id, name): sorted(found) for name, found in by_service.items()}
    categories[authority_id] = sorted({each for found in by_service.values() for each in found})
    connection = await asyncpg.connect(database_dsn, timeout=10)
    try:
        known = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    finally:
        await connection.close(timeout=5)
    await admit(database_dsn, {role: found for role, found in categories.items() if role in known})
