"""Rows of one generation's tables: loaded by their keys, stored and deleted in bulk, each a JSON object.

Statements name schema and columns, so a connection plans each once. When functions built them anew at every call, half
of PostgreSQL's time for a view's page went into building and planning (100 commands/s, 2 busy cores, 2026-11-22).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Self
from uuid import UUID

import asyncpg

from services.kernel.projection.fold import Key, Row, Table

_STATEMENTS: Final = "SELECT load, store, remove FROM view.statements_of(to_regclass($1), $2)"


@dataclass(frozen=True, slots=True)
class _Statements:
    """Each takes one JSON array."""

    load: str
    """Of keys."""
    store: str
    """Of rows, which are inserted or replaced."""
    remove: str
    """Of keys."""


class Rows:
    """The tables of one schema."""

    def __init__(self, statements: Mapping[str, _Statements]) -> None:
        self._statements = statements

    @classmethod
    async def of(cls, connection: asyncpg.Connection, schema: str, tables: Iterable[Table]) -> Self:
        """The tables of a schema as they are."""
        made = {
            table.name: await connection.fetchrow(_STATEMENTS, f"{schema}.{table.name}", table.key) for table in tables
        }
        return cls({name: _Statements(*row) for name, row in made.items()})

    async def load(self, connection: asyncpg.Connection, table: Table, keys: list[Key]) -> dict[Key, Row | None]:
        """The rows that are there."""
        wanted = _array(dict(zip(table.key, key, strict=True)) for key in keys)
        found = await connection.fetch(self._statements[table.name].load, wanted)
        by_key = {tuple(str(column) for column in key): key for key in keys}
        rows: dict[Key, Row | None] = {}
        for record in found:
            row = json.loads(record[0])
            rows[by_key[tuple(str(row[column]) for column in table.key)]] = row
        return rows

    async def store(self, connection: asyncpg.Connection, table: Table, rows: dict[Key, Row | None]) -> None:
        """Stores rows; None deletes."""
        kept = [row for row in rows.values() if row is not None]
        gone = [dict(zip(table.key, key, strict=True)) for key, row in rows.items() if row is None]
        if kept:
            await connection.execute(self._statements[table.name].store, _array(kept))
        if gone:
            await connection.execute(self._statements[table.name].remove, _array(gone))


def _array(objects: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps(list(objects), default=_plain)


def _plain(value: Any) -> Any:
    """Values that JSON lacks, as PostgreSQL reads them."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case UUID():
            return str(value)
        case bytes():
            return "\\x" + value.hex()
        case _:
            raise TypeError(f"{type(value).__name__} cannot stand in a row")
