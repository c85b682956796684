"""The simulated bank in a local deployment: its folder, keys and settings, and the process."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from enforcement.bank.v1 import service_pb2_grpc as stubs

from deploy.local.bank.callbacks import KEY_ID
from deploy.local.fork_server import PythonModule
from deploy.local.pki import Pki, write_private
from deploy.local.process import Process, listens

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class BankSettings:
    """What the process needs to know."""

    address: str
    folder: str
    ca_file: str
    certificate_file: str
    key_file: str
    issuer_key_file: str
    nodes: dict[str, str]
    """Officers' addresses of the nodes that it collects for, by authority."""
    clock_file: str = ""

    @classmethod
    def read(cls, file: Path) -> "BankSettings":
        """Reads what `LocalBank` wrote."""
        return cls(**json.loads(file.read_text(encoding="utf-8")))


class LocalBank:
    """One bank for all authorities of a deployment."""

    def __init__(self, folder: Path, pki: Pki, address: str) -> None:
        self.folder = folder
        self.address = address
        self._pki = pki
        self._process: Process | None = None

    @property
    def jwks_file(self) -> Path:
        """Public key of the bank's issuer: what a node's `collector_jwks` names."""
        return self.folder / "jwks.json"

    def settings_of_node(self, authority_id: str) -> dict[str, str]:
        """What the node of an authority is told about the bank."""
        return {
            "COLLECTOR_JWKS": str(self.jwks_file),
            "COLLECTION_BANK_ADDRESS": self.address,
            "COLLECTION_STATEMENTS_DIR": str(self.folder / "statements" / authority_id),
        }

    def prepare(self, nodes: Mapping[str, str], clock_file: Path | None) -> None:
        """Makes keys, certificate and settings; what is there stays."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._pki.certificate(self.folder / "tls", "xc:service:bank")
        key_file = self.folder / "issuer.key"
        if not key_file.exists():
            made = Ed25519PrivateKey.generate()
            write_private(
                key_file,
                made.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                ),
            )
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        public = jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
        row = {**public, "kid": KEY_ID, "use": "sig", "alg": "EdDSA"}
        self.jwks_file.write_text(json.dumps({"keys": [row]}, indent=2) + "\n", encoding="utf-8")
        settings = BankSettings(
            address=self.address,
            folder=str(self.folder),
            ca_file=str(self._pki.ca_file),
            certificate_file=str(self.folder / "tls.pem"),
            key_file=str(self.folder / "tls.key"),
            issuer_key_file=str(key_file),
            nodes=dict(nodes),
            clock_file=str(clock_file or ""),
        )
        (self.folder / "settings.json").write_text(json.dumps(asdict(settings), indent=2) + "\n", encoding="utf-8")

    async def start(self) -> None:
        """Starts the process and waits until it listens."""
        if self._process is None:
            self._process = PythonModule(
                "bank",
                "deploy.local.bank",
                str(self.folder / "settings.json"),
                log=self.folder / "bank.log",
                env=dict(os.environ),
            )
        self._process.start()
        host, _, port = self.address.rpartition(":")

        async def serves() -> bool:
            return await listens(host, int(port))

        await self._process.ready(serves, seconds=READY_SECONDS)

    async def stop(self) -> None:
        """Stops the process; may be called twice."""
        if self._process is not None:
            await self._process.stop(grace=STOP_SECONDS)

    async def kill(self) -> None:
        """Ends the process at once, as a power cut would."""
        if self._process is not None:
            await self._process.kill()

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process else None

    def stub(self, authority_id: str) -> tuple[Any, grpc.aio.Channel]:
        """A client with an authority's certificate, and its channel, which the caller closes."""
        stem = self._pki.node(authority_id) / "tls"
        credentials = grpc.ssl_channel_credentials(
            self._pki.ca_file.read_bytes(),
            stem.with_suffix(".key").read_bytes(),
            stem.with_suffix(".pem").read_bytes(),
        )
        channel = grpc.aio.secure_channel(self.address, credentials)
        return stubs.BankServiceStub(channel), channel
