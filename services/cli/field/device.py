"""The key of an officer's device, in the folder that also holds its queue.

device.json   whose it is: authority, officer, name of the device, key id
device.pem    the private half, PKCS#8 PEM, for the owner only; it never leaves the folder
queue.sqlite  see services/cli/field/queue.py
files/        copies of the files that queued commands refer to, by SHA-256
"""

import contextlib
import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.message import Message

from services.kernel.devices import digest_of, key_id, possession, statement

CARD: Final = "device.json"
KEY: Final = "device.pem"
QUEUE: Final = "queue.sqlite"
FILES: Final = "files"


@dataclass(frozen=True, slots=True)
class Card:
    """Whose device it is."""

    authority_id: str
    officer_id: str
    device: str
    key_id: str


@dataclass(frozen=True, slots=True, repr=False)
class Device:
    """A device that can sign."""

    card: Card
    _key: Ed25519PrivateKey

    @classmethod
    def new(cls, folder: Path, *, authority_id: str, officer_id: str, device: str) -> Self:
        """Makes a key in a folder.

        Raises:
            FileExistsError: the folder has one.
        """
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
        card = Card(authority_id, officer_id, device, key_id(authority_id, officer_id, public).hex())
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        handle = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        (folder / CARD).write_text(json.dumps(asdict(card), ensure_ascii=False, indent=2), encoding="utf-8")
        return cls(card, key)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The device of a folder.

        Raises:
            FileNotFoundError: it has no key.
            ValueError: its key is none.
        """
        card = Card(**json.loads((folder / CARD).read_text(encoding="utf-8")))
        key = serialization.load_pem_private_key((folder / KEY).read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{folder / KEY} is no Ed25519 key")
        return cls(card, key)

    @property
    def public(self) -> bytes:
        """The public key."""
        return self._key.public_key().public_bytes_raw()

    @property
    def proof(self) -> bytes:
        """Shows whoever registers the key that the device holds it."""
        return self._key.sign(possession(self.card.authority_id, self.card.officer_id, self.public))

    def sign(self, method: str, command: Message) -> bytes:
        """The signature over a command of a method, by its full name."""
        return self._key.sign(statement(self.card.authority_id, method, digest_of(command)))


def drop(kept: Path) -> None:
    """Removes a copy that `keep` made."""
    kept.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # another file with the same content and another name is still there
        kept.parent.rmdir()


def keep(folder: Path, file: Path) -> Path:
    """The device's own copy of a file: the camera's card may be gone when the network is back."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    kept = folder / FILES / digest / file.name
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_name(f".{kept.name}.part")
        shutil.copyfile(file, part)
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(kept)
    return kept
