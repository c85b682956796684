"""What every part of one authority's exchange stands on: identity, keys, the registry in force, two clocks, counters.

The wall clock judges keys and the skew of `recorded_us`, because registry files and other ledgers live on it. The node
clock dates receipts, because people compare them with statutory clocks.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from enforcement.ledger.v1 import meta_pb2
from google.protobuf.message import Message

from services.exchange.settings import ExchangeSettings
from services.kernel.clock import Clock
from services.kernel.envelopes.codec import microseconds
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.envelopes.keys import KeyRing, SealKey
from services.kernel.envelopes.members import Registry
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Append, Ledger, NewEvent, uuid7
from services.kernel.telemetry import Metrics

__all__ = ["EXCHANGE", "RECEIVED", "NoSealKey", "Office", "stream_of"]

EXCHANGE: Final = "exchange"
"""Ledger category of the exchange's own events, its reader's name, and its name as an actor."""
RECEIVED: Final = "received"
"""Ledger category of events received from other authorities."""


class NoSealKey(Exception):
    """None of this instance's seal keys is in use by the registry in force: nothing can be signed."""


@dataclass(slots=True)
class Office:
    """One authority's exchange in this process."""

    me: str
    ledger: Ledger
    registry: Registry
    """In force; replaced whole when a newer file is loaded."""
    ring: KeyRing
    catalogue: Catalogue
    clock: Clock
    wall: Callable[[], datetime]
    settings: ExchangeSettings
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only grow: what is due again is counted in them."""
    suspicion: str = ""
    """Why nothing is signed now: a code of `RollbackSuspected`; empty while all is well."""
    contradicted_hints: int = 0
    """Kafka keys that named another sender than the signed header, which wins."""
    verdicts: Counter[Code] = field(default_factory=Counter)
    """Outcomes since the process started."""

    def signer(self) -> SealKey:
        """The key to sign with now.

        Raises:
            NoSealKey: the registry knows none of this instance's keys, or all are retired.
        """
        key = self.registry.signer(self.ring, self.wall())
        if key is None:
            raise NoSealKey(f"registry {self.registry.version} has no usable seal key of this instance of {self.me}")
        return key

    def count(self, code: Code, sender: str = "") -> None:
        """Counts an outcome; `sender` only when a signature or the carrier's certificate vouches for it."""
        self.verdicts[code] += 1
        Metrics.INBOX.add(1, sender=sender or "unverified", verdict=code.value)

    def own_event(
        self,
        event: Message,
        stream_id: UUID,
        *,
        correlation_id: UUID | None = None,
        causation_id: UUID | None = None,
        command_id: UUID | None = None,
        actor: str = EXCHANGE,
        actor_kind: Any = meta_pb2.ACTOR_KIND_SERVICE,
        traceparent: str | None = None,
    ) -> Append:
        """An append of one of the exchange's own events to a stream of its own."""
        command_id = command_id or uuid7()
        body = event.SerializeToString(deterministic=True)
        meta = meta_pb2.Meta(
            actor=actor, actor_kind=actor_kind, occurred_us=microseconds(self.clock.now()), skippable=True
        )
        return Append(
            command_id=command_id,
            digest=hashlib.sha256(event.DESCRIPTOR.full_name.encode() + b"\n" + body).digest(),
            stream_id=stream_id,
            category=EXCHANGE,
            expected_version=0,
            events=(NewEvent(event.DESCRIPTOR.full_name, body, meta.SerializeToString(deterministic=True)),),
            correlation_id=correlation_id or stream_id,
            causation_id=causation_id or command_id,
            traceparent=traceparent or None,
        )


def stream_of(*parts: bytes | str) -> UUID:
    """A stream id that only these parts give: nobody outside can choose one of this ledger's ids."""
    digest = hashlib.sha256(b"xc/stream/v1\n")
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(4, "big") + raw)
    made = bytearray(digest.digest()[:16])
    made[6] = 0x80 | made[6] & 0x0F
    made[8] = 0x80 | made[8] & 0x3F
    return UUID(bytes=bytes(made))
