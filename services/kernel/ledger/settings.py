"""Settings of one process's ledger. Frozen; two values that contradict each other are refused when it is made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """Bounds and times. The defaults fit an authority with some hundred officers on two cores."""

    application_name: str = "enforcement"
    """Shown in pg_stat_activity for every connection of this process."""

    pool_connections_max: int = 10
    """Connections for reading and own transactions; the group writer and LISTEN have one more each. The sum over all
    processes stays below the server's max_connections."""

    connect_timeout_seconds: float = 5.0
    """To open one connection."""

    acquire_timeout_seconds: float = 5.0
    """To wait for a free connection of the pool; beyond it Unavailable."""

    statement_timeout_seconds: float = 10.0
    """For one statement, by the server and, a little later, by the client."""

    lock_timeout_seconds: float = 5.0
    """For one lock, among them the head of the ledger."""

    idle_in_transaction_timeout_seconds: float = 5.0
    """A process that stops between its append and its commit holds the head: after this the server ends its session."""

    append_timeout_seconds: float = 10.0
    """From append() to its answer, reconnects included; beyond it Unavailable."""

    queue_commands_max: int = 4096
    """Commands waiting for the group writer; beyond it QueueFull at once. About half a second of work on two cores."""

    batch_commands_max: int = 256
    """Commands in one commit."""

    batch_events_max: int = 2048
    """Events in one commit; a single command may not have more."""

    event_bytes_max: int = 320 * 1024
    """Body and metadata of one event together. Above the exchange's limit of 256 KiB for a body, so that what was
    received can be recorded."""

    append_bytes_max: int = 8 * 1024 * 1024
    """All events of one command together; also closes a batch early, so that one commit stays small."""

    drain_timeout_seconds: float = 5.0
    """To write what is queued when the ledger closes; what is left then is answered Unavailable."""

    poll_seconds: float = 0.2
    """Between two looks at the log when nobody notified. A notification is a hint, the poll is the truth."""

    page_events: int = 1000
    """Events in one page of a subscription."""

    tail_events_max: int = 4096
    """Newest events kept decoded in memory for all readers of the process."""

    tail_bytes_max: int = 8 * 1024 * 1024
    """Bodies and metadata kept in that tail; the older half goes first."""

    filter_window_positions: int = 50_000
    """Positions a filtered read examines at most in one call, so that a rare type does not scan the whole log."""

    lease_seconds: float = 10.0
    """How long a reader's checkpoint stays its own without a sign of life."""

    instance: str = ""
    """Name of this process among those that hold checkpoints here, unique and the same after a restart: whoever is
    killed and started again takes its places at once. Empty: a name that nobody has had before."""

    maintenance_seconds: float = 60.0
    """Between two looks at partitions. Two free partitions of 5,000,000 events last 17 minutes at 10,000 a second."""

    def __post_init__(self) -> None:
        if self.batch_events_max < self.batch_commands_max:
            raise ValueError("batch_events_max is below batch_commands_max: every command has an event")
        if self.append_bytes_max < self.event_bytes_max:
            raise ValueError("append_bytes_max is below event_bytes_max: the largest event would never fit")
        if self.append_timeout_seconds < self.lock_timeout_seconds:
            raise ValueError("append_timeout_seconds is below lock_timeout_seconds: every lock wait would be given up")
