"""Settings of the exchange, `ENFORCEMENT_EXCHANGE_*`. What belongs to the whole node: services.kernel.config."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from services.kernel.config import Settings

__all__ = ["ExchangeSettings"]


class ExchangeSettings(Settings):
    """Bounds and times. Two values that contradict each other are refused at start."""

    model_config = SettingsConfigDict(env_prefix="ENFORCEMENT_EXCHANGE_", frozen=True, extra="ignore")

    build_events_max: int = Field(default=100, gt=0, le=1000)
    """Own events turned into envelopes in one transaction. A hundred take about 30 ms of one core, and nobody who calls
    the same process waits for them: the loop is given free after every few."""
    page_records_max: int = Field(default=100, gt=0, le=500)
    """Received records judged and recorded in one transaction."""
    held_envelopes_max: int = Field(default=10_000, gt=0)
    """Early envelopes kept per sender. Beyond it they are dropped and pulled again: late, not lost."""
    quarantine_bytes_max: int = Field(default=64 << 20, ge=0)
    """Bytes of disbelieved values kept as evidence. Beyond it only their digests and counts are kept."""
    sender_rate_max: float = Field(default=2000.0, gt=0)
    """Envelopes of one signer judged per second, over time; more are left out and pulled later, so that one member does
    not hold up the others. Five times what two cores record."""
    sender_burst_max: int = Field(default=4000, gt=0)
    """Envelopes of one signer judged at once after a pause."""
    repeat_answer_seconds: float = Field(default=10.0, ge=0)
    """A repeated envelope gets its stored receipt at most this often."""
    resend_after_seconds: tuple[float, ...] = (30.0, 60.0, 120.0, 300.0, 600.0)
    """An envelope without receipt is published again this long after it was stored, then after the next, and for ever
    after the last."""
    overdue_seconds: float = Field(default=300.0, gt=0)
    """An envelope that waits longer for its receipt is an alarm."""
    feed_head_seconds: float = Field(default=60.0, gt=0)
    """An idle feed says this often where it ends, so that a lost tail shows without receipts."""
    peer_heads_seconds: float = Field(default=300.0, gt=0)
    """How often peers are asked where their chains to this authority end."""
    pull_backoff_seconds: tuple[float, float] = (0.2, 60.0)
    """First and longest pause between two pulls of the same gap."""
    peer_timeout_seconds: float = Field(default=10.0, gt=0)
    """One call to a peer; a stream may take this long between two messages."""
    commit_seconds: float = Field(default=0.5, gt=0)
    """Between two commits of Kafka offsets. What a crash repeats is absorbed by the inbox."""
    kafka_retry_seconds: float = Field(default=1.0, gt=0)
    """Before Kafka is asked again after it failed."""
    registry_check_seconds: float = Field(default=2.0, gt=0)
    """Between two looks at the member registry file."""
    stop_seconds: float = Field(default=5.0, gt=0)
    """To give Kafka what is ready and commit offsets when the exchange stops."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.resend_after_seconds or list(self.resend_after_seconds) != sorted(self.resend_after_seconds):
            raise ValueError("resend_after_seconds is empty or falls: a schedule of waiting rises")
        if self.sender_burst_max < self.page_records_max:
            raise ValueError("sender_burst_max is below page_records_max: no full page of one sender would ever pass")
        if self.pull_backoff_seconds[0] > self.pull_backoff_seconds[1]:
            raise ValueError("pull_backoff_seconds: the first pause is longer than the longest")
        return self
