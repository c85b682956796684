"""Views as pure row folds: per event, which row of which table, and how it changes.

    case_file = views.table("case_file", key="case_id")

    @case_file.on(pb.CaseFiled)
    def filed(row: Row, event: pb.CaseFiled, fact: Fact) -> None:
        row["stage"] = Stage.FILED

A fold sees the row, the event and its fact, and nothing else; so a page can be folded in memory and stored at once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import Message

from services.kernel.facts import Fact
from services.kernel.messages import type_name


class _Delete(Enum):
    DELETE = "delete"


DELETE: Final = _Delete.DELETE
"""Returned by a fold: the row goes."""

Row = dict[str, Any]
"""Columns of one row as JSON values: instants are ISO strings once read back. A row that is new holds its key only."""
Key = tuple[Any, ...]
Fold = Callable[[Row, Any, Fact], _Delete | None]
KeyOf = Callable[[Any, Fact], Any]


@dataclass(frozen=True, slots=True)
class _Handler:
    table: "Table"
    fold: Fold
    keys: KeyOf
    received: bool | None

    def keys_of(self, event: Message, fact: Fact) -> list[Key]:
        """The rows that an event touches here."""
        if self.received is not None and self.received != fact.received:
            return []
        return self.table.identify(self.keys(event, fact))


class Table:
    """One table of a view."""

    def __init__(self, views: "Views", name: str, key: tuple[str, ...]) -> None:
        self.name = name
        self.key = key
        self._views = views

    def on(
        self, *events: type[Message], key: KeyOf | None = None, received: bool | None = False
    ) -> Callable[[Fold], Fold]:
        """Registers how events change a row.

        Args:
            received: False for this authority's own events, True for those that others signed, None for both. What
                another authority says has passed no rule of this one: own events note what is taken over from it.
            key: finds the key of the row, or a list of keys, from event and fact; by default the event's fields of the
                same names as the key columns. None, or an empty list, changes nothing.
        """

        def register(fold: Fold) -> Fold:
            for event in events:
                missing = [column for column in self.key if column not in event.DESCRIPTOR.fields_by_name]
                if key is None and missing:
                    raise ValueError(f"{self.name}: {type_name(event)} has no field {missing[0]}; give key=")
                self._views.handlers[type_name(event)].append(_Handler(self, fold, key or self._from_fields, received))
            return fold

        return register

    def _from_fields(self, event: Any, fact: Fact) -> Key:
        return tuple(getattr(event, column) for column in self.key)

    def identify(self, found: Any) -> list[Key]:
        """The keys that a key function found, as tuples."""
        if found is None:
            return []
        several = found if isinstance(found, list) else [found]
        return [one if isinstance(one, tuple) else (one,) for one in several]


class Views:
    """The read models of one service.

    Args:
        name: of the service; also the first part of the schema's name.
        version: rises when tables or folds change; a new version is built beside the old one.
        sql: file of unqualified CREATE statements.
    """

    def __init__(self, name: str, *, version: int, sql: Path) -> None:
        self.name = name
        self.version = version
        self.sql = sql.read_text()
        self.tables: list[Table] = []
        self.handlers: dict[str, list[_Handler]] = defaultdict(list)

    def table(self, name: str, *, key: str | tuple[str, ...]) -> Table:
        """Declares how one table of `sql` is filled."""
        table = Table(self, name, (key,) if isinstance(key, str) else key)
        self.tables.append(table)
        return table

    def with_sql(self, statements: str) -> None:
        """Adds a table that is the same in every service."""
        self.sql += statements

    @property
    def types(self) -> frozenset[str]:
        """Full names of the events that it folds."""
        return frozenset(self.handlers)

    def touched(self, events: Iterable[tuple[Message, Fact]]) -> dict[Table, list[Key]]:
        """The rows that events change, per table, each once, in the order of first touch."""
        keys: dict[Table, dict[Key, None]] = {table: {} for table in self.tables}
        for event, fact in events:
            for handler in self.handlers[type_name(event)]:
                for key in handler.keys_of(event, fact):
                    keys[handler.table][key] = None
        return {table: list(found) for table, found in keys.items() if found}

    def fold(self, events: Iterable[tuple[Message, Fact]], rows: dict[Table, dict[Key, Row | None]]) -> None:
        """Folds events into the loaded rows, in place; a row that is to go becomes None. Pure but for `rows`."""
        for event, fact in events:
            for handler in self.handlers[type_name(event)]:
                for key in handler.keys_of(event, fact):
                    loaded = rows[handler.table]
                    row = loaded.get(key)
                    if row is None:
                        row = dict(zip(handler.table.key, key, strict=True))
                    loaded[key] = None if handler.fold(row, event, fact) is DELETE else row
