"""What a checked proof says: which statements hold, and every fault that was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from enforcement.exchange.v1 import envelope_pb2 as wire_pb

from services.kernel.envelopes.codec import instant
from services.kernel.envelopes.members import Key, Registry
from services.kernel.proof.form import Proof, Received, Record, Sent


class Problem(StrEnum):
    """What may be wrong; the value is what people read."""

    REGISTRY = "名册不是其摘要所指的文件"
    ENVELOPE = "信封的签名或者形式不成立"
    HEADER = "信封头与账本记载不一致"
    BODY = "信封正文不是发出时的正文"
    CONTENT = "披露的内容不是签名时承诺的内容"
    DISCLOSURE = "告知的内容与本方事件不一致"
    RECEIPT = "回执不成立，或者不是这个信封的回执"
    HASH = "事件与其哈希不一致"
    ORIGIN = "收到的事件与信封不一致"
    ORDER = "账本位置或者时间的先后不成立"
    CHAIN = "交换链的同一位置有两个信封，或者前后不相连"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, at a position of the exporter's ledger."""

    problem: Problem
    position: int
    detail: str


@dataclass(frozen=True, slots=True)
class Receipted:
    """A receipt whose signature holds."""

    issuer: str
    received_at: datetime
    """When the issuer's node took the envelope, by its clock."""
    key: Key
    recorded: bool
    """False when the issuer refused the envelope; `code` says why."""
    code: str
    event_id: bytes
    event_hash: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """One envelope whose signature holds: what one authority told another."""

    record: Record
    envelope: Sent | Received
    header: wire_pb.Header = field(repr=False)
    env_hash: bytes
    key: Key
    value: bytes | None = field(repr=False)
    """What was told, opened by the header's commitment; None where the file does not have it."""
    receipt: Receipted | None = None

    @property
    def sent(self) -> bool:
        """Whether the exporter said it."""
        return isinstance(self.envelope, Sent)

    @property
    def place(self) -> tuple[str, str, int, int]:
        """Its place in its chain."""
        return self.header.sender, self.header.recipient, self.header.epoch, self.header.seq

    @property
    def occurred_at(self) -> datetime:
        """When the act took place, as its signer says."""
        return instant(self.header.occurred_us)


@dataclass(frozen=True, slots=True)
class Checked:
    """A proof with what holds in it."""

    proof: Proof
    findings: tuple[Finding, ...]
    statements: tuple[Statement, ...]
    hashes: int
    """Events whose hash fits their bytes."""
    opened: int
    """Envelopes whose content stands in the file and is what was signed."""
    registries: tuple[Registry, ...] = field(repr=False)

    @property
    def keys(self) -> dict[bytes, Key]:
        """The keys that signed anything here, by id."""
        signed = [one.key for one in self.statements]
        signed += [one.receipt.key for one in self.statements if one.receipt is not None]
        return {key.id: self._newest(key) for key in signed}

    @property
    def receipts(self) -> int:
        """Receipts whose signature holds."""
        return sum(one.receipt is not None for one in self.statements)

    def _newest(self, key: Key) -> Key:
        """The key as the newest registry of the file knows it: it may have been retired or given up since."""
        known = [registry.keys[key.id] for registry in self.registries if key.id in registry.keys]
        return known[-1] if known else key
