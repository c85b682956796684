"""What the ledger observes, as metrics. The ledger itself knows no metrics library."""

from services.kernel.ledger import Observer
from services.kernel.telemetry import Log, Metrics

log = Log(__name__)


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
