"""What Kafka acknowledged, and how the publisher keeps note of it in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.exchange.office import Office
from services.kernel.ledger import Unavailable

NOTE_SECONDS: Final = 0.05

PUBLISHED = """
UPDATE exchange.chain c SET published_seq = p.seq
  FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS p (recipient, epoch, seq)
 WHERE c.sender = $1 AND c.recipient = p.recipient AND c.epoch = p.epoch AND c.published_seq < p.seq
"""

ANSWERED = """
UPDATE exchange.inbox i SET answered_at = clock_timestamp()
  FROM unnest($1::text[], $2::uuid[]) AS a (sender, env_id) WHERE i.sender = a.sender AND i.env_id = a.env_id
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored receipt on its way back."""

    sender: str
    env_id: UUID
    wire: bytes


class Notes:
    """What Kafka acknowledged, written together a little later: losing it in a crash costs a repeat."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._published: dict[str, tuple[int, int]] = {}
        self._answered: list[tuple[str, UUID]] = []
        self._some = asyncio.Event()

    def published(self, recipient: str, epoch: int, seq: int) -> None:
        """Notes how far a chain is published."""
        self._published[recipient] = (epoch, seq)
        self._some.set()

    def answered(self, answers: Sequence[Answer]) -> None:
        """Notes receipts that went out."""
        self._answered += [(answer.sender, answer.env_id) for answer in answers]
        self._some.set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(NOTE_SECONDS)
            try:
                await self.flush()
            except Unavailable:
                await asyncio.sleep(self._office.settings.kafka_retry_seconds)

    async def flush(self) -> None:
        """Writes what there is. Raises Unavailable; it is kept then."""
        published, answered = self._published, self._answered
        if not published and not answered:
            return
        self._published, self._answered = {}, []
        self._some.clear()
        try:
            async with self._office.ledger.connection() as connection, connection.transaction():
                await connection.execute("SET LOCAL synchronous_commit = off")
                if published:
                    epochs, seqs = zip(*published.values(), strict=True)
                    await connection.execute(PUBLISHED, self._office.me, list(published), epochs, seqs)
                if answered:
                    await connection.execute(ANSWERED, *map(list, zip(*answered, strict=True)))
        except BaseException:
            self._published = published | self._published
            self._answered = answered + self._answered
            self._some.set()
            raise
