"""What the ledger observes, as metrics. The ledger itself knows no metrics library."""

import asyncio
from typing import Final

from services.kernel.ledger import Ledger, LedgerError, Observer
from services.kernel.telemetry import Log, Metrics

log = Log(__name__)

LAG_SECONDS: Final = 5.0
"""How often the readers' lag is asked for."""


class LedgerMetrics(Observer):
    """Counts and logs what a process's ledger does."""

    def on_batch(self, commands: int, events: int, seconds: float) -> None:
        """A batch was committed."""
        Metrics.APPEND_DURATION.record(seconds)
        Metrics.APPEND_BATCH.record(commands)
        Metrics.EVENTS.add(events)

    def on_retry(self, error: BaseException) -> None:
        """Something failed for a reason that passes."""
        Metrics.LEDGER_RETRIES.add()
        log.warning("the ledger tries again", error=error)

    def on_poison(self, error: BaseException) -> None:
        """A command alone made its batch fail."""
        log.error("a command could not be written", error=error)

    def on_free_partitions(self, count: int) -> None:
        """Event partitions that nobody wrote to yet."""
        Metrics.FREE_PARTITIONS.set(count)


async def tell_lag(ledger: Ledger) -> None:
    """Tells until it is cancelled how far every reader is behind, as the ledger knows it: one that is stuck, fenced or
    dead cannot say so itself. Of a reader's versions the newest that somebody holds counts: a view that is built anew
    is behind until it has caught up."""
    while True:
        try:
            for lag in sorted(await ledger.lag(), key=lambda lag: (lag.alive, lag.version)):
                Metrics.READER_LAG.set(lag.behind, reader=lag.reader)
        except LedgerError:  # without its database nobody appends either: what was told stays true
            log.warning("the readers' lag cannot be asked for")
        await asyncio.sleep(LAG_SECONDS)
