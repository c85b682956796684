"""Settings of a platform, from `ENFORCEMENT_PLATFORM_*`."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from services.kernel.config import Settings


class PlatformSettings(Settings):
    """Bounds and times of the platform. The defaults fit the feeds of a province's authorities on two cores."""

    model_config = SettingsConfigDict(env_prefix="ENFORCEMENT_PLATFORM_", frozen=True, extra="ignore")

    feeds: Annotated[tuple[str, ...], NoDecode] = ()
    """Authorities whose feeds are read, comma separated; empty means every member that is not a platform."""
    queue_max: int = Field(default=2_000, ge=1)
    """Envelopes that wait for the log. Full, the stream waits: Kafka keeps the rest."""
    batch_max: int = Field(default=200, ge=1)
    """Envelopes in one transaction. A batch of 200 is verified in about 40 ms; beyond it others would wait for it."""
    held_max: int = Field(default=1_000, ge=0)
    """Early envelopes kept per feed while the gap before them is fetched; beyond it they are fetched again, too."""
    resend_page: int = Field(default=500, ge=1)
    """Places asked for in one call to a publisher."""
    fetch_seconds: float = Field(default=10.0, gt=0)
    """For one call to a publisher."""
    heads_seconds: float = Field(default=60.0, gt=0)
    """Between two looks at where each feed ends, by its publisher. A lost tail is noticed after this at the latest."""
    retry_seconds_max: float = Field(default=60.0, gt=0)
    """Longest pause before a gap is asked for again."""
    quarantine_bytes_max: int = Field(default=64 << 20, ge=0)
    """Values kept in quarantine; beyond it only their digests are, and the counts go on."""
    session_seconds: float = Field(default=10.0, gt=0)
    """How long Kafka waits for a killed worker before its partitions go to another."""
    commit_seconds: float = Field(default=1.0, gt=0)
    """Between two commits of offsets. They only spare work after a restart: places in the feed are the truth."""

    @field_validator("feeds", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.batch_max > self.queue_max:
            raise ValueError("batch_max is above queue_max: a batch would never fill")
        return self
