"""Every metric, in one tree: name, unit, sentence, labels."""

from dataclasses import dataclass, field
from typing import Final

from opentelemetry.metrics import Counter as OtelCounter
from opentelemetry.metrics import Histogram as OtelHistogram
from opentelemetry.metrics import Meter
from opentelemetry.metrics import _Gauge as OtelGauge

from services.kernel.telemetry.names import Value
from services.kernel.telemetry.unseen import is_unseen


@dataclass(slots=True)
class Metric:
    """One metric: name, unit (UCUM), sentence and the labels it may have. Silent until `configure`."""

    name: str
    unit: str
    sentence: str
    labels: tuple[str, ...] = ()

    @property
    def described(self) -> tuple[str, str, str]:
        """Name, unit and sentence."""
        return self.name, self.unit, self.sentence


@dataclass(slots=True)
class Counter(Metric):
    """Counts upwards."""

    _instrument: OtelCounter | None = field(default=None, repr=False)

    def add(self, amount: int = 1, **labels: Value) -> None:
        """Adds `amount`; label names use underscores here and in the export."""
        if self._instrument is not None and not is_unseen():
            self._instrument.add(amount, labels)


@dataclass(slots=True)
class Histogram(Metric):
    """Distributes values over buckets; used for durations in seconds."""

    _instrument: OtelHistogram | None = field(default=None, repr=False)

    def record(self, value: float, **labels: Value) -> None:
        """Records one value."""
        if self._instrument is not None and not is_unseen():
            self._instrument.record(value, labels)


@dataclass(slots=True)
class Gauge(Metric):
    """Tells the present value."""

    _instrument: OtelGauge | None = field(default=None, repr=False)

    def set(self, value: float, **labels: Value) -> None:
        """Replaces the value for these labels."""
        if self._instrument is not None and not is_unseen():
            self._instrument.set(value, labels)


class Metrics:
    """Every metric that the platform exports."""

    CALL_DURATION: Final = Histogram(
        "rpc.server.call.duration", "s", "Time to answer a gRPC call.", ("rpc_method", "rpc_status_code")
    )
    COMMANDS: Final = Counter(
        "enforcement.command.outcomes", "{command}", "Commands by outcome: recorded, repeated, refused, conflict.",
        ("type", "outcome"),
    )  # fmt: skip
    APPEND_DURATION: Final = Histogram(
        "enforcement.ledger.append.duration", "s", "From sending a group commit to PostgreSQL to its answer."
    )
    APPEND_BATCH: Final = Histogram("enforcement.ledger.append.batch", "{command}", "Commands in one group commit.")
    EVENTS: Final = Counter("enforcement.ledger.events", "{event}", "Events that this process appended.")
    LEDGER_RETRIES: Final = Counter("enforcement.ledger.retries", "{attempt}", "Failures of PostgreSQL that passed.")
    FREE_PARTITIONS: Final = Gauge(
        "enforcement.ledger.free_partitions", "{partition}", "Event partitions nobody wrote to; below two is an alarm."
    )
    READER_LAG: Final = Gauge(
        "enforcement.reader.lag", "{event}", "Ledger head minus the checkpoint of the reader.",
        ("reader",),
    )  # fmt: skip
    PARKED: Final = Gauge(
        "enforcement.reader.parked", "{event}", "Events set aside because their policy fails.", ("reader",)
    )
    OUTBOUND_PENDING: Final = Gauge(
        "enforcement.exchange.outbound.pending", "{envelope}", "Envelopes stored and not yet published.", ("peer",)
    )
    OUTBOUND_AGE: Final = Gauge(
        "enforcement.exchange.outbound.oldest_age", "s", "Age of the oldest envelope not yet published.", ("peer",)
    )
    RECEIPT_AGE: Final = Gauge(
        "enforcement.exchange.receipt.oldest_age", "s", "Age of the oldest envelope without a receipt.", ("peer",)
    )
    RECEIPT_DURATION: Final = Histogram(
        "enforcement.exchange.receipt.duration", "s", "From publishing an envelope to its recorded receipt.", ("peer",)
    )
    INBOX: Final = Counter(
        "enforcement.exchange.inbox.verdicts", "{envelope}", "Envelopes judged, by verdict.", ("sender", "verdict")
    )
    QUARANTINE: Final = Counter(
        "enforcement.exchange.quarantine.entries", "{envelope}", "Envelopes kept aside as evidence, by reason.",
        ("sender", "reason"),
    )  # fmt: skip
    QUARANTINE_SIZE: Final = Gauge("enforcement.exchange.quarantine.size", "{envelope}", "Envelopes now in quarantine.")
    DEADLINES_OPEN: Final = Gauge("enforcement.deadline.open", "{deadline}", "Clocks that run.", ("rule",))
    DEADLINES_DUE: Final = Gauge("enforcement.deadline.due", "{deadline}", "Clocks that end within a day.", ("rule",))
    DEADLINES_MISSED: Final = Counter("enforcement.deadline.missed", "{deadline}", "Clocks that ran out.", ("rule",))
    BLOB_BYTES: Final = Counter("enforcement.blob.bytes", "By", "Bytes of evidence files moved.", ("direction",))

    @classmethod
    def all(cls) -> list[Metric]:
        """Every metric in the order of this file."""
        return [metric for metric in vars(cls).values() if isinstance(metric, Metric)]


def bind(meter: Meter | None) -> None:
    """Makes every metric count with a meter, or falls silent without one."""
    for metric in Metrics.all():
        if isinstance(metric, Counter):
            metric._instrument = None if meter is None else meter.create_counter(*metric.described)
        elif isinstance(metric, Histogram):
            metric._instrument = None if meter is None else meter.create_histogram(*metric.described)
        elif isinstance(metric, Gauge):
            metric._instrument = None if meter is None else meter.create_gauge(*metric.described)
