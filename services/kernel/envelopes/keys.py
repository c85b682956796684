"""Key material of an exchange: identities, checks, and the private halves.

    role   suite  algorithm                              lives in
    seal   1      Ed25519                                one per exchange instance; signs envelopes, receipts, heads
    box    1      X25519 (HPKE base mode)                the recipient; opens mailbox bodies
    tls    1      ECDSA P-256                            the host; identifies it in handshakes, signs nothing here

Promise   a public key that passed `check_public` is canonical and has full order: one signature fits one message.
Not       that its owner guards it; `compromised_since` in the registry ends it.

The trap this module exists for: OpenSSL verifies with small-order Ed25519 keys, and under the identity point one fixed
signature fits every message, so its owner could repudiate everything. libsodium refuses them; signatures are verified
with libsodium, too.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import nacl.bindings
import nacl.exceptions
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

__all__ = [
    "BoxKey",
    "BoxPublic",
    "KeyFault",
    "KeyFileFault",
    "KeyRing",
    "KeyRole",
    "SealKey",
    "check_public",
    "key_id",
    "length_prefixed",
    "pre_authentication_encoding",
    "proof_of_possession",
    "to_base64",
    "verify_possession",
    "verify_signature",
]

SUITE_1: Final = 1
"""The first suite of each role; the table in the module docstring."""
KEY_ID_BYTES: Final = 16
POP_TYPE: Final = "application/vnd.xc.pop.v1+protobuf"
_FIELD_PRIME: Final = 2**255 - 19
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class KeyRole(StrEnum):
    """What a key may be used for; one key has one role."""

    SEAL = "seal"
    BOX = "box"
    TLS = "tls"


class KeyFault(Exception):
    """A public key or its proof is not acceptable. `code`: WEAK_KEY, NO_POSSESSION, BAD_KEY or BAD_SUITE."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class KeyFileFault(Exception):
    """A private key file is missing, readable by everybody, or not of its role."""


def length_prefixed(*parts: bytes | str) -> bytes:
    """Concatenates the parts, each behind its length in four big-endian bytes."""
    out = bytearray()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        out += len(raw).to_bytes(4, "big")
        out += raw
    return bytes(out)


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Returns the DSSE v1 PAE: `"DSSEv1" SP len(type) SP type SP len(payload) SP payload`."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def key_id(authority: str, role: KeyRole, suite: int, public: bytes) -> bytes:
    """Returns the 16 bytes by which signatures and headers name a key."""
    parts = length_prefixed(authority, role.value, suite.to_bytes(4, "big"), public)
    return hashlib.sha256(b"xc/key/v1\n" + parts).digest()[:KEY_ID_BYTES]


def check_public(role: KeyRole, suite: int, public: bytes) -> None:
    """Refuses keys under which a signature or a seal proves nothing.

    Raises:
        KeyFault: WEAK_KEY for small or mixed order and non-canonical encodings, BAD_KEY for a wrong length or a point
            off the curve, BAD_SUITE for a suite that this version does not use.
    """
    if suite != SUITE_1:
        raise KeyFault("BAD_SUITE", f"suite {suite} of role {role}")
    match role:
        case KeyRole.SEAL:
            if len(public) != 32:
                raise KeyFault("BAD_KEY", f"an Ed25519 key has 32 bytes, not {len(public)}")
            if not nacl.bindings.crypto_core_ed25519_is_valid_point(public):
                raise KeyFault("WEAK_KEY", "the Ed25519 point is not canonical or not of full order")
        case KeyRole.BOX:
            if len(public) != 32:
                raise KeyFault("BAD_KEY", f"an X25519 key has 32 bytes, not {len(public)}")
            if int.from_bytes(public, "little") >= _FIELD_PRIME:
                raise KeyFault("WEAK_KEY", "the X25519 coordinate is not canonical")
            try:
                X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(public))
            except ValueError as error:
                raise KeyFault("WEAK_KEY", "the X25519 point has small order") from error
        case KeyRole.TLS:
            try:
                ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
            except ValueError as error:
                raise KeyFault("BAD_KEY", "not an uncompressed P-256 point") from error


def verify_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tells whether `signature` is this Ed25519 key's over exactly `message`; S ≥ L and small-order keys fail."""
    if len(signature) != nacl.bindings.crypto_sign_BYTES:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public)
    except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError):
        return False
    return True


def _possession_message(member: str, role: KeyRole, suite: int, public: bytes, nonce: bytes) -> bytes:
    return pre_authentication_encoding(
        POP_TYPE, length_prefixed(member, role.value, suite.to_bytes(4, "big"), public, nonce)
    )


def proof_of_possession(signer: SealKey, member: str, role: KeyRole, public: bytes, nonce: bytes) -> bytes:
    """Signs (member, role, suite, key, ceremony nonce); a seal key signs for itself and vouches for box keys."""
    return signer.sign(_possession_message(member, role, SUITE_1, public, nonce))


def verify_possession(signer: bytes, member: str, role: KeyRole, public: bytes, *, nonce: bytes, proof: bytes) -> bool:
    """Tells whether `proof` was made for exactly this member, role, key and ceremony by the seal key `signer`."""
    return verify_signature(signer, _possession_message(member, role, SUITE_1, public, nonce), proof)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SealKey:
    """Private half of a seal key."""

    id: bytes
    public: bytes
    _secret: bytes
    """libsodium's 64 bytes: seed and public key."""

    @classmethod
    def from_seed(cls, authority: str, seed: bytes) -> SealKey:
        """Makes the key of a 32-byte seed."""
        public, secret = nacl.bindings.crypto_sign_seed_keypair(seed)
        return cls(key_id(authority, KeyRole.SEAL, SUITE_1, public), public, secret)

    @classmethod
    def generate(cls, authority: str) -> SealKey:
        """Makes a new key from the system's random source."""
        return cls.from_seed(authority, secrets.token_bytes(32))

    def sign(self, message: bytes) -> bytes:
        """Returns the 64-byte Ed25519 signature."""
        return bytes(nacl.bindings.crypto_sign(message, self._secret)[:64])

    def pem(self) -> bytes:
        """Returns the private key as PKCS#8 PEM, unencrypted: the file's permissions guard it."""
        return _pem(Ed25519PrivateKey.from_private_bytes(self._secret[:32]))

    def __repr__(self) -> str:
        return f"SealKey({self.id.hex()})"


@dataclass(frozen=True, slots=True, eq=False)
class BoxPublic:
    """Public half of a recipient's box key, ready to seal."""

    id: bytes
    _key: X25519PublicKey

    @classmethod
    def of(cls, identity: bytes, public: bytes) -> BoxPublic:
        """Wraps 32 public bytes that passed `check_public`."""
        return cls(identity, X25519PublicKey.from_public_bytes(public))

    def seal(self, plaintext: bytes, info: bytes) -> bytes:
        """Encrypts to the holder of the private half, bound to `info`; 48 bytes longer than the plaintext."""
        return _SUITE.encrypt(plaintext, self._key, info=info)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BoxKey:
    """Private half of a box key."""

    id: bytes
    public: bytes
    _key: X25519PrivateKey

    @classmethod
    def of(cls, authority: str, key: X25519PrivateKey) -> BoxKey:
        """Wraps a private key of `authority`."""
        public = key.public_key().public_bytes_raw()
        return cls(key_id(authority, KeyRole.BOX, SUITE_1, public), public, key)

    @classmethod
    def generate(cls, authority: str) -> BoxKey:
        """Makes a new key from the system's random source."""
        return cls.of(authority, X25519PrivateKey.generate())

    def open(self, ciphertext: bytes, info: bytes) -> bytes | None:
        """Returns the plaintext, or None when the ciphertext was not sealed to this key in this context."""
        try:
            return _SUITE.decrypt(ciphertext, self._key, info=info)
        except (InvalidTag, ValueError):
            return None

    def pem(self) -> bytes:
        """Returns the private key as PKCS#8 PEM, unencrypted: the file's permissions guard it."""
        return _pem(self._key)

    def __repr__(self) -> str:
        return f"BoxKey({self.id.hex()})"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The private keys of one exchange instance.

    `seals` are tried newest file name first for signing; every box key that is still kept opens what was sealed to it.
    """

    authority: str
    seals: tuple[SealKey, ...]
    boxes: tuple[BoxKey, ...]

    @classmethod
    def load(cls, directory: Path, authority: str) -> KeyRing:
        """Reads `seal-*.pem` and `box-*.pem`; the last name in alphabetical order is the newest.

        Raises:
            KeyFileFault: no file of a role, a file that everybody may read, or a key of another algorithm.
        """
        seals = [_load_seal(path, authority) for path in sorted(directory.glob("seal-*.pem"), reverse=True)]
        boxes = [_load_box(path, authority) for path in sorted(directory.glob("box-*.pem"), reverse=True)]
        if not seals or not boxes:
            raise KeyFileFault(f"{directory} needs at least one seal-*.pem and one box-*.pem")
        return cls(authority, tuple(seals), tuple(boxes))

    @classmethod
    def generate(cls, authority: str) -> KeyRing:
        """Makes a ring with one new key per role."""
        return cls(authority, (SealKey.generate(authority),), (BoxKey.generate(authority),))

    def save(self, directory: Path, name: str = "1") -> None:
        """Writes the newest key of each role as `seal-<name>.pem` and `box-<name>.pem`, readable by the owner only."""
        directory.mkdir(parents=True, exist_ok=True)
        for role, pem in (("seal", self.seals[0].pem()), ("box", self.boxes[0].pem())):
            handle = os.open(directory / f"{role}-{name}.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(pem)

    def box(self, identity: bytes) -> BoxKey | None:
        """Returns the box key that a header names, if it is still kept."""
        return next((key for key in self.boxes if key.id == identity), None)


def _pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _load_seal(path: Path, authority: str) -> SealKey:
    key = _private(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileFault(f"{path} holds a key of another algorithm than Ed25519")
    return SealKey.from_seed(authority, key.private_bytes_raw())


def _load_box(path: Path, authority: str) -> BoxKey:
    key = _private(path)
    if not isinstance(key, X25519PrivateKey):
        raise KeyFileFault(f"{path} holds a key of another algorithm than X25519")
    return BoxKey.of(authority, key)


def _private(path: Path) -> PrivateKeyTypes:
    if path.stat().st_mode & stat.S_IROTH:
        raise KeyFileFault(f"{path} is readable by everybody")
    try:
        return serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise KeyFileFault(f"{path} is not an unencrypted PKCS#8 PEM") from error


def to_base64(raw: bytes) -> str:
    """Returns standard base64, the form of keys and proofs in the registry file."""
    return base64.b64encode(raw).decode()
