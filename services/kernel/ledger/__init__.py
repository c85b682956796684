"""The ledger: one append-only log per authority, in PostgreSQL. Start reading at schema.sql, then ledger.py.

It knows no aggregate, no service and no exchange: bytes, positions, versions, roles.
"""

from services.kernel.ledger.checkpoint import Checkpoint, Lag
from services.kernel.ledger.errors import (
    Conflict,
    Expired,
    Fenced,
    Forbidden,
    Hole,
    Invalid,
    LedgerError,
    Mismatch,
    QueueFull,
    Rejected,
    TooLarge,
    Unavailable,
)
from services.kernel.ledger.events import (
    Append,
    Appended,
    CommandAnswer,
    Event,
    NewEvent,
    Outcome,
    Page,
    Result,
    Stream,
    event_hash,
    hash_of,
)
from services.kernel.ledger.feed import Feed, State, Subscription
from services.kernel.ledger.ids import derive, uuid7, uuid7_time
from services.kernel.ledger.ledger import Ledger
from services.kernel.ledger.migrate import Drift, Migrations, migrate
from services.kernel.ledger.observer import Observer
from services.kernel.ledger.parked import Parked
from services.kernel.ledger.provision import admit, owner_role, provision, service_role
from services.kernel.ledger.settings import LedgerSettings
from services.kernel.ledger.statistics import Statistics
from services.kernel.ledger.verify import Finding, Problem

__all__ = [
    "Append",
    "Appended",
    "Checkpoint",
    "CommandAnswer",
    "Conflict",
    "Drift",
    "Event",
    "Expired",
    "Feed",
    "Fenced",
    "Finding",
    "Forbidden",
    "Hole",
    "Invalid",
    "Lag",
    "Ledger",
    "LedgerError",
    "LedgerSettings",
    "Migrations",
    "Mismatch",
    "NewEvent",
    "Observer",
    "Outcome",
    "Page",
    "Parked",
    "Problem",
    "QueueFull",
    "Rejected",
    "Result",
    "State",
    "Statistics",
    "Stream",
    "Subscription",
    "TooLarge",
    "Unavailable",
    "admit",
    "derive",
    "event_hash",
    "hash_of",
    "migrate",
    "owner_role",
    "provision",
    "service_role",
    "uuid7",
    "uuid7_time",
]
