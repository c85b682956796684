"""Who may do what: nobody changes an event, and a service appends to its own categories only."""

import asyncpg
import pytest

from services.kernel.ledger import Forbidden, Ledger, admit
from tests.support.ledgers import an_append
from tests.support.postgres import Databases, as_role

AUTHORITY = "jt-510521"
CHANGES = [
    "UPDATE ledger.event SET body = ''",
    "DELETE FROM ledger.event",
    "TRUNCATE ledger.event",
    "UPDATE ledger.event_1 SET body = ''",
    "DELETE FROM ledger.event_1",
    "TRUNCATE ledger.event_1",
]
BEHIND_THE_LEDGER = [
    "INSERT INTO ledger.event SELECT * FROM ledger.event",
    "UPDATE ledger.head SET position = 0",
    "UPDATE ledger.stream SET version = 0",
    "DELETE FROM ledger.command",
    "INSERT INTO ledger.writer VALUES (current_user, 'transfer')",
    "SELECT ledger.admit(current_user, '{transfer}')",
    "SELECT ledger.add_event_partition(10000001, 5)",
    "DROP TABLE ledger.event",
    "DELETE FROM ledger.checkpoint",
    "SET ROLE \"jt-510521.owner\"",
]  # fmt: skip


@pytest.mark.parametrize("statement", CHANGES + BEHIND_THE_LEDGER)
@pytest.mark.parametrize("role", [AUTHORITY, f"{AUTHORITY}.cases"])
async def test_a_login_role_changes_nothing(filled_database: str, role: str, statement: str) -> None:
    connection = await asyncpg.connect(as_role(filled_database, role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("statement", CHANGES)
async def test_the_owner_does_not_change_an_event_either(
    filled_database: str, databases: Databases, statement: str
) -> None:
    """By mistake, that is: who takes the triggers away can, and `verify` finds it."""
    connection = await asyncpg.connect(databases.admin(filled_database))
    try:
        await connection.execute(f'SET ROLE "{AUTHORITY}.owner"')
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_nobody_logs_in_as_the_owner(database: str) -> None:
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(as_role(database, f"{AUTHORITY}.owner"))


async def test_a_service_appends_to_its_own_categories_only(database: str) -> None:
    async with Ledger.open(as_role(database, f"{AUTHORITY}.cases")) as cases:
        assert (await cases.append(an_append(category="case"))).position == 1
        for category in ("transfer", "officer", "received"):
            with pytest.raises(Forbidden):
                await cases.append(an_append(category=category))


async def test_a_service_does_not_append_to_anothers_stream_by_naming_its_own_category(
    ledger: Ledger, database: str
) -> None:
    theirs = an_append(category="transfer")
    await ledger.append(theirs)
    async with Ledger.open(as_role(database, f"{AUTHORITY}.cases")) as cases:
        with pytest.raises(Forbidden):
            await cases.append(an_append(theirs.stream_id, expected=1, category="case"))


async def test_a_service_taking_the_nodes_place_stays_itself(ledger: Ledger, database: str) -> None:
    """SET ROLE does not lend categories: who logged in counts."""
    async with Ledger.open(as_role(database, f"{AUTHORITY}.cases")) as cases, cases.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f'SET ROLE "{AUTHORITY}.transfer"')


async def test_the_node_appends_to_every_category(ledger: Ledger) -> None:
    for category in ("case", "transfer", "officer", "received", "kernel"):
        await ledger.append(an_append(category=category))
    assert await ledger.head() == 5


async def test_a_category_taken_away_is_gone(ledger: Ledger, database: str, databases: Databases) -> None:
    await ledger.append(an_append(category="case"))
    await admit(databases.admin(database), {AUTHORITY: ["officer"]})
    with pytest.raises(Forbidden):
        await ledger.append(an_append(category="case"))


async def test_another_authoritys_role_does_not_get_in(databases: Databases) -> None:
    theirs = await databases.make("ga-510521")
    ours = await databases.make(AUTHORITY)
    connection = await asyncpg.connect(as_role(ours, "ga-510521"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT * FROM ledger.event")
    finally:
        await connection.close()
    assert theirs != ours
