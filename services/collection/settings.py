"""Settings of the collection service, from `ENFORCEMENT_COLLECTION_*`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.kernel.config import Settings


class CollectionSettings(Settings):
    """The bank that collects. Its tokens are verified with the node's `collector_jwks`."""

    model_config = SettingsConfigDict(env_prefix="ENFORCEMENT_COLLECTION_", frozen=True, extra="ignore")

    bank_address: str = ""
    """Where the bank's adapter calls, host:port, by mutual TLS with the node's certificate. Empty: orders and refunds
    wait in the ledger until there is one."""
    bank_ca_file: Path | None = None
    """Certificate authority of the bank's certificate, PEM; absent means the node's."""
    bank_seconds: float = Field(default=5.0, gt=0, le=60)
    """How long one call to the bank may take; after it the call is made again, which changes nothing there."""
    statements_dir: Path | None = None
    """Where the bank puts its daily files, <day>.csv. Absent: no day can be reconciled."""
