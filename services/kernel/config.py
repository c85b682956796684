"""Settings of a node, from `ENFORCEMENT_*` environment variables: validated at start, frozen, secrets not printed."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Base of all settings: unknown names are ignored, values never change after start."""

    model_config = SettingsConfigDict(env_prefix="ENFORCEMENT_", frozen=True, extra="ignore")


class NodeSettings(Settings):
    """One authority's node. Two values that contradict each other are refused at start."""

    authority_id: str = Field(pattern=r"^(jt|ga|jcy|pt|jw)-\d{6}$")
    """Kind and division code, e.g. jt-510521. Whoever changes it makes the node speak for somebody else."""
    dsn: SecretStr
    """PostgreSQL of this authority: its ledger, its envelopes and receipts, its views."""
    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, comma separated."""
    api_address: str = "127.0.0.1:7000"
    """Where officers, their apps and the command line call. Port 0 takes a free one."""
    peer_address: str = "127.0.0.1:7001"
    """Where other authorities call, by mutual TLS."""
    tls_ca_file: Path
    """Certificate authorities that peers' certificates must come from, PEM."""
    tls_certificate_file: Path
    """This node's certificate chain, PEM, ECDSA P-256, with the URI name xc:authority:<id>."""
    tls_key_file: Path
    """Private key of that certificate, PEM."""
    api_tls: bool = True
    """Serve officers by TLS with the same certificate. False only on loopback."""
    registry_file: Path
    """Member registry, TOML: who the other authorities are, their keys and what is accepted from them."""
    keys_dir: Path
    """Private seal and box keys. Lost: messages cannot be signed or opened; stolen: revoke at every member."""
    blobs_dir: Path
    """Evidence files by hash. Lost: the hashes remain, the files do not; back it up with the database."""
    s3_endpoint: str = ""
    """Host and port of an S3-compatible store for evidence files; empty keeps them in blobs_dir."""
    s3_bucket: str = ""
    """Private bucket of this authority."""
    s3_access_key: str = ""
    """Access key; nobody but this node may write to the bucket."""
    s3_secret_key: SecretStr = SecretStr("")
    """Secret key."""
    guard_file: Path
    """Restore guard, on another volume than the database. Lost: peers are asked before anything is signed."""
    clock_file: Path | None = None
    """Set for demos and tests only: the instant in this file is the node's time."""
    jwks: str
    """Keys of the issuer of officers' tokens: a JWKS file, or an https:// URL."""
    collector_jwks: str = ""
    """Keys of the issuer of the collecting side's tokens (代收机构), another than the officers': a JWKS file, or an
    https:// URL. Empty: nobody can record a payment here."""
    rules_file: Path | None = None
    """Dated switches (docs/domain.md); absent means every default."""
    otlp_endpoint: str = ""
    """OTLP/gRPC collector, e.g. http://127.0.0.1:4317; empty exports nothing."""
    reflection: bool = False
    """gRPC reflection, for development."""
    lease_seconds: float = Field(default=10.0, ge=1, le=60)
    """How long after a crash another process, or the restarted one, may take over this one's readers. Shorter than a
    pause of the machine it makes them change hands for nothing, which is safe and slow."""
    instance: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,100}$")
    """Name of this process among those of its authority, unique and the same after a restart, e.g. the pod's in a
    StatefulSet: a process that was killed then goes on at once, instead of after lease_seconds and Kafka's session
    timeout of 10 s (KIP-345). Empty when there is no such name; two processes with one name throw each other out."""
    stop_seconds: float = Field(default=10.0, gt=0, le=60)
    """Time that a stop has to drain calls and readers before they are cut."""

    @model_validator(mode="after")
    def _s3_is_whole(self) -> Self:
        if self.s3_endpoint and not (self.s3_bucket and self.s3_access_key and self.s3_secret_key.get_secret_value()):
            raise ValueError("s3_endpoint needs s3_bucket, s3_access_key and s3_secret_key")
        return self

    @model_validator(mode="after")
    def _tokens_only_by_tls(self) -> Self:
        if not self.api_tls and not self.api_address.startswith(("127.", "localhost", "[::1]")):
            raise ValueError("api_tls=false serves tokens in the clear: api_address must be loopback")
        return self
