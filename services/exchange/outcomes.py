"""Values of judging what others said: what comes in, what the database knew of it, and every outcome it can have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from google.protobuf.message import Message

from services.kernel.envelopes.codec import Ended, Link, Opened, Receipted, Told
from services.kernel.envelopes.verdicts import Code

KAFKA: Final = "kafka"
BEGINNING: Final = Link()


@dataclass(frozen=True, slots=True)
class Record:
    """Bytes as they came."""

    wire: bytes
    carrier: str | None = None
    """Authority whose certificate brought them by gRPC; None for Kafka."""
    traceparent: str = ""
    """Hint of the carrier; becomes a link, never a parent."""
    key: bytes = b""
    """Hint of the carrier: who it says the sender is."""
    held: bool = False
    """They were kept because they came early."""
    brought_by: str = ""
    """Of held ones: the carrier of the first time."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes: what the quarantine knows them by."""
        return hashlib.sha256(self.wire).digest()

    @property
    def way(self) -> str:
        """How they came, as evidence and metadata say it."""
        return self.brought_by or (f"grpc:{self.carrier}" if self.carrier else KAFKA)


@dataclass(frozen=True, slots=True)
class Faulty:
    """Not believed, or not taken for good reason; kept in quarantine."""

    record: Record
    code: Code
    detail: str
    claimed: str = ""
    signer: str = ""
    """Member whose valid signature it bears; empty when none does."""
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Early:
    """To be held: it is not its turn, or its format is newer than this build."""

    record: Record
    code: Code
    sender: str
    epoch: int
    seq: int
    env_hash: bytes


@dataclass(frozen=True, slots=True)
class Conflicting:
    """A signed contradiction: evidence against its signer."""

    record: Record
    code: Code
    sender: str
    recipient: str
    epoch: int
    seq: int
    first: bytes = b""
    """Wire bytes of what stays, if anything does."""
    stops: bool = False

    @property
    def key(self) -> tuple[bytes, Code]:
        """What is recorded once, however often it comes."""
        return self.record.digest, self.code


@dataclass(frozen=True, slots=True)
class KnownEnvelope:
    """A row of the inbox."""

    sender: str
    env_id: bytes
    epoch: int
    seq: int
    env_hash: bytes
    wire: bytes
    receipt: bytes
    answer_again: bool
    """Its receipt was not given within the last seconds."""


@dataclass(frozen=True, slots=True)
class KnownSent:
    """What a receipt is checked against: a row of `sent`."""

    recipient: str
    epoch: int
    seq: int
    env_hash: bytes
    stored_at: datetime
    receipt: bytes | None
    rewound: bool = False
    """The recipient proved to have lost what it gave the receipt for."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of a sender's chain to this authority, as the database has it."""

    link: Link = BEGINNING
    stopped: str = ""
    accept_epoch: int = 0
    """A new epoch that an operator accepted."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The next of its chain: recorded, or rejected with a code."""

    record: Record
    told: Told
    code: Code
    detail: str = ""
    opened: Opened | None = None
    event: Message | None = None
    """None when the schema is not known here: recorded unread."""


Inspected = Told | Receipted | Ended | Faulty | Early
