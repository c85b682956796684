"""Keys and certificates of a local deployment: one folder, made once, renewed when they near their end.

    ca.pem ca.key                              signs every certificate below; ECDSA P-256
    nodes/<id>/tls.pem tls.key                 server and client of other authorities: URI name xc:authority:<id>
    nodes/<id>/service.<name>.pem, .key        one service of the authority alone: URI name xc:service:<id>/<name>
    nodes/<id>/keys/seal-1.pem box-1.pem       sign envelopes; open what was sealed to the authority
    issuer/issuer.key jwks.json                stands for the identity providers that issue officers' tokens

Promise   calling it again changes nothing that is still good; private files have mode 0600.
Not       for production: there each authority has its own authority for certificates and its keys never meet.
Bounds    certificates last TLS_DAYS and are replaced RENEW_DAYS before they end.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

import jwt
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.kernel.envelopes.keys import KeyRing
from services.kernel.identity import issue_token

CA_DAYS: Final = 3650
TLS_DAYS: Final = 90
RENEW_DAYS: Final = 30
BACKDATED: Final = timedelta(hours=1)
"""Certificates hold from an hour ago, so that a peer whose clock is a little behind accepts them."""
ISSUER_KEY_ID: Final = "local-issuer-1"


class Pki:
    """The folder with everything; each method makes what is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ca: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None

    @property
    def ca_file(self) -> Path:
        """Certificate authority that all peers trust, PEM."""
        return self.folder / "ca.pem"

    @property
    def jwks_file(self) -> Path:
        """Public key of the local token issuer."""
        return self.folder / "issuer" / "jwks.json"

    @property
    def issuer_key_file(self) -> Path:
        """Private key of the local token issuer."""
        return self.folder / "issuer" / "issuer.key"

    def node(self, authority_id: str) -> Path:
        """Folder of one authority: tls.pem, tls.key, keys/."""
        return self.folder / "nodes" / authority_id

    def ensure(self, authority_ids: list[str]) -> None:
        """Makes the authority for certificates, the issuer, and every authority's certificate and keys."""
        self._issuer()
        for authority_id in authority_ids:
            self.certificate(self.node(authority_id) / "tls", f"xc:authority:{authority_id}")
            self.keys(authority_id)

    def keys(self, authority_id: str) -> KeyRing:
        """Seal and box keys of one authority. Raises `KeyFileFault` when its folder holds something else."""
        folder = self.node(authority_id) / "keys"
        if not any(folder.glob("seal-*.pem")):
            KeyRing.generate(authority_id).save(folder)
        return KeyRing.load(folder, authority_id)

    def service(self, authority_id: str, service: str) -> Path:
        """Certificate of one service of an authority; returns the path without `.pem` and `.key`."""
        stem = self.node(authority_id) / f"service.{service}"
        self.certificate(stem, f"xc:service:{authority_id}/{service}")
        return stem

    def certificate(self, stem: Path, uri: str) -> None:
        """Makes `stem`.pem and `stem`.key for localhost with this URI name, unless good ones are there."""
        certificate_file, key_file = stem.with_name(stem.name + ".pem"), stem.with_name(stem.name + ".key")
        ca, ca_key = self._authority()
        if key_file.exists() and _good(certificate_file, ca):
            return
        key = ec.generate_private_key(ec.SECP256R1())
        names = [
            x509.DNSName("localhost"),
            x509.IPAddress(IPv4Address("127.0.0.1")),
            x509.UniformResourceIdentifier(uri),
        ]
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = (
            _builder(uri, ca.subject, key, TLS_DAYS)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        write_private(key_file, _pem(key))
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def token(
        self, authority_id: str, subject: str, *, administrator: bool = False, scope: str = "", minutes: int = 480
    ) -> str:
        """Issues a token as an authority's identity provider would; devices and parties' platforms have a `scope`."""
        return issue_token(
            self._issuer(), ISSUER_KEY_ID, subject=subject, authority_id=authority_id,
            administrator=administrator, scope=scope, minutes=minutes,
        )  # fmt: skip

    def _authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        if self._ca is None:
            self._ca = self._load_authority() or self._make_authority()
        return self._ca

    def _load_authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
        key_file = self.folder / "ca.key"
        if not (key_file.exists() and self.ca_file.exists()):
            return None
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{key_file} is not an ECDSA key")
        return x509.load_pem_x509_certificate(self.ca_file.read_bytes()), key

    def _make_authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "enforcement local CA")])
        certificate = (
            _builder("enforcement local CA", name, key, CA_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_SIGNS_CERTIFICATES, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        write_private(self.folder / "ca.key", _pem(key))
        self.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return certificate, key

    def _issuer(self) -> Ed25519PrivateKey:
        key_file = self.issuer_key_file
        if not key_file.exists():
            write_private(key_file, _pem(Ed25519PrivateKey.generate()))
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{key_file} is not an Ed25519 key")
        if not self.jwks_file.exists():  # every token passes here, while nodes that start read the file
            public = jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
            row = {**public, "kid": ISSUER_KEY_ID, "use": "sig", "alg": "EdDSA"}
            write_private(self.jwks_file, json.dumps({"keys": [row]}, indent=2).encode() + b"\n")
        return key


def write_private(file: Path, content: bytes) -> None:
    """Writes a file that only its owner may read, replacing it at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        output.write(content)
    os.replace(draft, file)


_SIGNS_CERTIFICATES: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _builder(
    common_name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
    )


def _good(certificate_file: Path, ca: x509.Certificate) -> bool:
    if not certificate_file.exists():
        return False
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    try:
        certificate.verify_directly_issued_by(ca)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return certificate.not_valid_after_utc - timedelta(days=RENEW_DAYS) > datetime.now(UTC)


def _pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
