"""Where telemetry hooks in. The ledger itself knows no metrics library."""


class Observer:
    """Told what happens, from the event loop: a method returns at once and raises nothing. This one ignores all."""

    def on_batch(self, commands: int, events: int, seconds: float) -> None:
        """A batch was committed: its commands and events, and the seconds from sending it to its answer."""

    def on_retry(self, error: BaseException) -> None:
        """A batch, a read or a connection failed for a reason that passes, and will be tried again."""

    def on_poison(self, error: BaseException) -> None:
        """A command alone made its batch fail; it was answered with this error, the others were written."""

    def on_free_partitions(self, count: int) -> None:
        """Event partitions nobody wrote to yet, once a minute. Fewer than two is an alarm."""
