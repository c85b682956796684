"""What the simulated bank knows: orders, transactions, and callbacks that a node has not answered.

Promise   what was answered survives SIGKILL: every change is one SQLite transaction, synced to the disk.
Not       a bank: there are no accounts and no balances.
Owns      one file and one connection, used by one thread.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from services.kernel.ledger import uuid7
from services.kernel.values import day_of

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS payment_order (
  order_id TEXT PRIMARY KEY, authority_id TEXT NOT NULL, collection_id TEXT NOT NULL, purpose TEXT NOT NULL,
  amount_fen INTEGER NOT NULL, expires_at TEXT NOT NULL, qr_payload TEXT NOT NULL UNIQUE, cancelled INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS movement (
  number INTEGER PRIMARY KEY AUTOINCREMENT, transaction_id TEXT UNIQUE, kind TEXT NOT NULL, authority_id TEXT NOT NULL,
  collection_id TEXT NOT NULL, reference TEXT NOT NULL, amount_fen INTEGER NOT NULL, at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS callback (
  command_id TEXT PRIMARY KEY, transaction_id TEXT NOT NULL, outcome TEXT NOT NULL
);
"""
WAITING: Final = "waiting"
DONE: Final = "done"


class Refused(Exception):
    """The bank does not do it."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order that can be paid."""

    order_id: str
    authority_id: str
    collection_id: str
    purpose: str
    amount_fen: int
    expires_at: datetime
    qr_payload: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came in or went back."""

    transaction_id: str
    kind: str
    """PAYMENT, REFUND, REVERSAL or AUCTION."""
    authority_id: str
    collection_id: str
    reference: str
    """Order that was paid, refund that was executed, payment that was taken back, auction whose price it is; empty for
    a payment without order."""
    amount_fen: int
    at: datetime


class Store:
    """The bank's books."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {_SCHEMA}")

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def place(self, order: Order) -> Order:
        """Takes an order, or finds it. Raises `Refused` when the id is another order's, or it cannot be paid."""
        if order.amount_fen <= 0:
            raise Refused("an order has an amount")
        with self._transaction():
            known = self.order(order.order_id)
            if known is None:
                payload = f"bank://pay/{order.order_id}"
                self._db.execute(
                    "INSERT INTO payment_order VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                    (
                        order.order_id, order.authority_id, order.collection_id, order.purpose, order.amount_fen,
                        _text(order.expires_at), payload,
                    ),
                )  # fmt: skip
                known = self.order(order.order_id)
        assert known is not None
        if (known.authority_id, known.collection_id, known.amount_fen) != (
            order.authority_id,
            order.collection_id,
            order.amount_fen,
        ):
            raise Refused("the id is another order's")
        return known

    def cancel(self, order_id: str) -> None:
        """Withdraws an order. Raises `Refused` when it is paid or unknown."""
        with self._transaction():
            paid = self._db.execute("SELECT 1 FROM movement WHERE reference = ?", (order_id,)).fetchone()
            changed = self._db.execute("UPDATE payment_order SET cancelled = 1 WHERE order_id = ?", (order_id,))
        if paid or not changed.rowcount:
            raise Refused("it is paid" if paid else "no such order")

    def order(self, order_id: str) -> Order | None:
        """An order by its id."""
        row = self._db.execute("SELECT * FROM payment_order WHERE order_id = ?", (order_id,)).fetchone()
        return _order(row) if row else None

    def order_of_code(self, qr_payload: str) -> Order | None:
        """An order by its code."""
        row = self._db.execute("SELECT * FROM payment_order WHERE qr_payload = ?", (qr_payload,)).fetchone()
        return _order(row) if row else None

    def move(
        self, kind: str, authority_id: str, collection_id: str, reference: str, amount_fen: int, at: datetime,
        *, callbacks: int,
    ) -> str:  # fmt: skip
        """Books money and what is to be told about it, in one transaction; answers the transaction's id."""
        with self._transaction():
            cursor = self._db.execute(
                "INSERT INTO movement (kind, authority_id, collection_id, reference, amount_fen, at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (kind, authority_id, collection_id, reference, amount_fen, _text(at)),
            )
            before = self._db.execute("SELECT count(*) FROM movement WHERE reference = ?", (reference,)).fetchone()[0]
            of_what = f"{reference}-{before}" if reference else f"{cursor.lastrowid:08}"
            transaction_id = f"{kind[0]}{day_of(at):%Y%m%d}-{of_what}"
            self._db.execute(
                "UPDATE movement SET transaction_id = ? WHERE number = ?", (transaction_id, cursor.lastrowid)
            )
            for _ in range(callbacks):
                self._call_back(transaction_id)
        return transaction_id

    def repeat(self, transaction_id: str) -> None:
        """Tells about a transaction once more. Raises `Refused` when there is none."""
        with self._transaction():
            if self.movement(transaction_id) is None:
                raise Refused("no such transaction")
            self._call_back(transaction_id)

    def movement(self, transaction_id: str) -> Movement | None:
        """A transaction by its id."""
        row = self._db.execute("SELECT * FROM movement WHERE transaction_id = ?", (transaction_id,)).fetchone()
        return _movement(row) if row else None

    def refund_done(self, refund_id: str) -> bool:
        """Whether a refund was executed."""
        found = self._db.execute("SELECT 1 FROM movement WHERE kind = 'REFUND' AND reference = ?", (refund_id,))
        return found.fetchone() is not None

    def reversal_of(self, transaction_id: str) -> str:
        """The transaction by which a payment was taken back; empty when it was not."""
        found = self._db.execute(
            "SELECT transaction_id FROM movement WHERE kind = 'REVERSAL' AND reference = ?", (transaction_id,)
        ).fetchone()
        return str(found[0]) if found else ""

    def movements(self, authority_id: str, on: date) -> list[Movement]:
        """What moved for an authority on a day in Shanghai."""
        rows = self._db.execute("SELECT * FROM movement WHERE authority_id = ? ORDER BY number", (authority_id,))
        return [one for one in map(_movement, rows.fetchall()) if day_of(one.at) == on]

    def waiting(self) -> list[tuple[str, Movement]]:
        """Callbacks that no node has answered: command id and transaction, the oldest first."""
        rows = self._db.execute(
            "SELECT c.command_id, m.* FROM callback c JOIN movement m USING (transaction_id)"
            " WHERE c.outcome = ? ORDER BY c.command_id",
            (WAITING,),
        )
        return [(row[0], _movement(row[1:])) for row in rows.fetchall()]

    def answered(self, command_id: str, outcome: str) -> None:
        """A node answered a callback."""
        self._db.execute("UPDATE callback SET outcome = ? WHERE command_id = ?", (outcome, command_id))

    def _call_back(self, transaction_id: str) -> None:
        self._db.execute("INSERT INTO callback VALUES (?, ?, ?)", (str(uuid7()), transaction_id, WAITING))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _order(row: tuple[str, str, str, str, int, str, str, int]) -> Order:
    return Order(*row[:5], datetime.fromisoformat(row[5]), row[6], bool(row[7]))


def _movement(row: tuple[int, str, str, str, str, str, int, str]) -> Movement:
    return Movement(*row[1:7], datetime.fromisoformat(row[7]))


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()
