"""What the ledger answers when it does not do what it was asked.

LedgerError
├── Conflict      the stream is not at the expected version; nothing was written
├── Mismatch      the command id is known with another request
├── Forbidden     the category is unknown, not this role's, or not the stream's
├── Invalid       the append breaks a bound or a form
│   ├── TooLarge  an event or the append is larger than the settings allow
│   └── Expired   the command id is older than the ledger remembers; it is never run again
├── Rejected      PostgreSQL refuses the command's values; it alone of its batch
├── QueueFull     the group writer's queue is full, nothing was done
├── Unavailable   PostgreSQL was not reachable, had no room, or did not answer in time
├── Fenced        another holder has the reader's checkpoint; what was done in the transaction must be rolled back
└── Hole          a position is missing: a bug or tampering; a reader stops instead of stepping over it

class        was it written?                              may the caller ask again?
Conflict     no                                           after reading the stream again
Unavailable  not known to the caller, whole or not at all yes, with the same command id: it gets the one answer
QueueFull    no                                           yes, after a pause
others       no                                           not the same way
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from typing import Any

import asyncpg


class LedgerError(Exception):
    """Root of everything the ledger raises on purpose."""


class Conflict(LedgerError):
    """The stream moved on: `expected` was asked, `actual` is its version."""

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(f"the stream is at version {actual}, not {expected}")
        self.expected = expected
        self.actual = actual


class Mismatch(LedgerError):
    """The command id was used before for another request."""


class Forbidden(LedgerError):
    """This role does not append to this category, or the stream is of another category."""


class Invalid(LedgerError):
    """The append is malformed: a bug of the caller, or a command id from elsewhere that is no UUIDv7."""


class TooLarge(Invalid):
    """One event or the whole append is beyond the limit named in the message."""


class Expired(Invalid):
    """The command id is older than the months the ledger remembers commands for."""


class Rejected(LedgerError):
    """PostgreSQL or its driver refuses the values of this command, e.g. a type name with a NUL: a bug of its maker."""


class QueueFull(LedgerError):
    """The bounded queue before the group writer is full."""


class Unavailable(LedgerError):
    """PostgreSQL did not do it. Nothing is half written; whether it is written, the same command id tells."""


class Fenced(LedgerError):
    """The checkpoint has another holder."""


class Hole(LedgerError):
    """The feed lacks a position that must exist."""


TRANSIENT: tuple[type[BaseException], ...] = (
    OSError,  # refused, reset, no route
    TimeoutError,
    asyncpg.InterfaceError,  # the connection is closed or closing
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.InsufficientResourcesError,  # class 53: disk full, out of memory, too many connections
    asyncpg.OperatorInterventionError,  # class 57: shutdown, cancelled, starting up
    asyncpg.PostgresSystemError,  # class 58: input/output error of the server
    asyncpg.TransactionRollbackError,  # class 40: deadlock, serialization
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # demoted by a failover
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,
    asyncpg.ConnectionDoesNotExistError,
)
"""What asyncpg raises when PostgreSQL, and not the statement, is the reason."""


def is_transient(error: BaseException) -> bool:
    """Whether PostgreSQL is the reason. asyncpg's DataError is an InterfaceError, yet the caller's fault."""
    return isinstance(error, TRANSIENT) and not isinstance(error, ValueError)


async def stoppable(work: Coroutine[Any, Any, None]) -> None:
    """Runs work that holds a task group, so that a stop which meets a failure is not lost.

    A group gives a child's failure instead of its own cancellation, and CPython 3.11 leaves its own cancellation behind
    in the task that waited for it: only in a task around it can one tell a stop from a failure.

    Raises:
        CancelledError: the caller was cancelled, whatever the work raised.
    """
    try:
        await asyncio.create_task(work)
    finally:
        caller = asyncio.current_task()
        if caller is not None and caller.cancelling():
            raise asyncio.CancelledError


@contextlib.contextmanager
def unavailable_when_lost() -> Iterator[None]:
    """Turn what asyncpg raises when PostgreSQL is lost into Unavailable; leave everything else.

    A cancellation stays one: a rollback that fails on its way out is no news to anybody.
    """
    try:
        yield
    except TRANSIENT as error:
        if not is_transient(error):
            raise
        if _on_the_way_out(error):
            raise asyncio.CancelledError from error
        raise Unavailable(f"PostgreSQL: {type(error).__name__}: {error}") from error


def _on_the_way_out(error: BaseException) -> bool:
    """Whether it was raised while a cancellation was on its way."""
    before = error.__context__
    while before is not None and not isinstance(before, asyncio.CancelledError):
        before = before.__context__
    return before is not None
