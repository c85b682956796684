"""Provisioning: an authority's database, closed to everybody else's roles."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kernel.ledger import Forbidden, Ledger, provision
from tests.support.ledgers import an_append
from tests.support.postgres import Databases, as_role

AUTHORITY = "jt-599999"
CATEGORIES = {"cases": ["case"], "transfer": ["transfer"]}
PASSWORDS = {AUTHORITY: "test", f"{AUTHORITY}.cases": "test", f"{AUTHORITY}.transfer": "test"}


@pytest.fixture
async def provisioned(databases: Databases) -> AsyncIterator[str]:
    """DSN of the node's role in a database as a deployment makes it."""
    dsn = await provision(databases.server.dsn(), AUTHORITY, CATEGORIES, PASSWORDS)
    yield as_role(dsn, AUTHORITY)
    admin = await asyncpg.connect(databases.server.dsn())
    await admin.execute(f'DROP DATABASE "{AUTHORITY}" WITH (FORCE)')
    await admin.close()


async def test_it_may_be_repeated_over_a_ledger_in_use(provisioned: str, databases: Databases) -> None:
    async with Ledger.open(provisioned) as ledger:
        await ledger.append(an_append())
        await provision(databases.server.dsn(), AUTHORITY, {**CATEGORIES, "cases": ["clue"]}, PASSWORDS)
        with pytest.raises(Forbidden):
            await ledger.append(an_append(category="case"))
        assert (await ledger.append(an_append(category="clue"))).position == 2


async def test_another_authoritys_role_does_not_connect(provisioned: str, databases: Databases) -> None:
    await databases.make("ga-510521")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await asyncpg.connect(as_role(provisioned, "ga-510521"))


async def test_the_node_works_on_what_a_service_owns(provisioned: str) -> None:
    """The same views serve the service alone and the node."""
    connection = await asyncpg.connect(as_role(provisioned, f"{AUTHORITY}.cases"))
    await connection.execute("CREATE SCHEMA cases_v1 CREATE TABLE case_file (case_id uuid)")
    await connection.close()
    connection = await asyncpg.connect(provisioned)
    assert await connection.fetch("SELECT * FROM cases_v1.case_file") == []
    await connection.execute("DROP SCHEMA cases_v1 CASCADE")
    await connection.close()


async def test_a_wrong_password_does_not_get_in(provisioned: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(as_role(provisioned, AUTHORITY, "wrong"))


async def test_every_login_role_needs_a_password(databases: Databases) -> None:
    with pytest.raises(KeyError, match=r"jt-599999\.transfer"):
        await provision(databases.server.dsn(), AUTHORITY, CATEGORIES, {AUTHORITY: "x", f"{AUTHORITY}.cases": "x"})
