"""Settings of the transfer service, from `ENFORCEMENT_TRANSFER_*`."""

from functools import cache
from pathlib import Path

from pydantic_settings import SettingsConfigDict

from services.kernel.config import Settings


class TransferSettings(Settings):
    """Local data that a bureau compares its cases with."""

    model_config = SettingsConfigDict(env_prefix="ENFORCEMENT_TRANSFER_", frozen=True, extra="ignore")

    crime_thresholds_file: Path | None = None
    """TOML with the criminal standards, in the form of services/transfer/data/crime_thresholds.toml. Absent: that file,
    whose amounts nobody has confirmed. The service does not start with a file that has a mistake."""


@cache
def settings() -> TransferSettings:
    """The settings of this process, read once."""
    return TransferSettings()
