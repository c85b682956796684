"""PostgreSQL for tests: one real server per test run, a fresh migrated database per test.

A database is a copy of a template made at first demand (about 40 ms a copy). Tests that crash the server
start their own with `own_server`.
"""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import psutil

from deploy.local.postgres import LocalPostgres
from services.exchange.install import install
from services.kernel.ledger import owner_role, provision, service_role

PREFIX = "enforcement-postgres-"
PASSWORD = "test"  # of every role a test makes; the server dies with the run
_numbers = itertools.count(1)


@contextlib.contextmanager
def own_server(
    *, settings: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[LocalPostgres]:
    """A server of one's own in a temporary directory, removed afterwards."""
    _sweep()
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    directory.chmod(0o755)
    server = LocalPostgres.start(directory / "server", settings=settings, environment=environment)
    try:
        yield server
    finally:
        server.remove()
        shutil.rmtree(directory, ignore_errors=True)


def _sweep() -> None:
    """Remove servers whose test run was killed before it could."""
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = int(directory.name.removeprefix(PREFIX).split("-")[0])
        if not psutil.pid_exists(owner):
            LocalPostgres(directory / "server", 0).remove()
            shutil.rmtree(directory, ignore_errors=True)


def as_role(dsn: str, role: str, password: str = PASSWORD) -> str:
    """The same database with another login."""
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{quote(password)}@{parts.hostname}:{parts.port}"))


CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "kernel": ("kernel", "audit"),
    "officers": ("officer",),
    "cases": ("case", "on_spot", "act_inquiry", "act_answer", "rule_set", "audit"),
    "non_site": ("device", "capture", "incident", "follow_up", "subject"),
    "joint_operations": ("operation", "participation", "draw", "draw_witness"),
    "cross_border": (
        "request",
        "task",
        "copy_notice",
        "received_notice",
        "rule_set_comparison",
        "circular",
        "received_circular",
        "designation",
        "audit",
    ),
    "transfer": (
        "transfer",
        "referral",
        "oversight",
        "supervision",
        "prosecution",
        "opinion",
        "opinion_case",
        "discipline_clue",
        "received_clue",
        "paper",
        "suspicion",
    ),
    "collection": ("collection", "execution", "reconciliation"),
    "documents": ("numbering", "document", "archive", "case_review"),
    "deadlines": ("deadline",),
    "exchange": ("received", "exchange"),
}
"""Services with their ledger categories, as every test database knows them."""


@dataclass(slots=True)
class Databases:
    """Makes fresh databases on one server."""

    server: LocalPostgres
    _templates: dict[str, str] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)

    def admin(self, dsn: str) -> str:
        """The same database as administrator: DDL, and looking where services may not."""
        return as_role(dsn, "postgres", (self.server.directory / "admin_password").read_text().strip())

    async def make(self, authority_id: str = "jt-510521") -> str:
        """A fresh database of one authority; answers the DSN of the node's role (services: `as_role`)."""
        if authority_id not in self._templates:
            self._templates[authority_id] = f"template_{authority_id}"
            roles = (authority_id, *(service_role(authority_id, service) for service in CATEGORIES))
            passwords = dict.fromkeys(roles, PASSWORD)
            template = self._templates[authority_id]
            await install(await provision(self.server.dsn(), authority_id, CATEGORIES, passwords, database=template))
        name = f"test_{next(_numbers)}_{authority_id}"
        self._made.append(name)
        roles_list = ", ".join(f'"{role}"' for role in (authority_id, *(f"{authority_id}.{s}" for s in CATEGORIES)))
        await self._admin(
            f'CREATE DATABASE "{name}" TEMPLATE "{self._templates[authority_id]}" OWNER "{owner_role(authority_id)}"',
            f'GRANT CREATE ON DATABASE "{name}" TO {roles_list}',
        )
        return self.server.dsn(name, authority_id, PASSWORD)

    async def drop(self) -> None:
        """Drop what `make` made, whoever is still connected."""
        if self._made:
            await self._admin(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in self._made))
            self._made.clear()

    async def _admin(self, *statements: str) -> None:
        admin = await asyncpg.connect(self.server.dsn())
        try:
            for statement in statements:
                await admin.execute(statement)
        finally:
            await admin.close()
