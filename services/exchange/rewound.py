"""Peers that lost their ledger's end: recognised when they ask again for what they gave receipts for.

    asked for a place ─▶ receipt here for it or a later one? ─▶ the peer's signed Head ─▶ ends before? ─▶ PeerRewound
                                       └─ no: nothing                                       └─ no: it was overtaken

Promise   a finding rests on two signatures of the peer, the receipt and the Head that came after it; one finding per
          loss. Receipts that it gives a second time for the stretch are kept, and accuse nobody.
Not       what the peer lost of its own: its own guard, and the chains that it stops, tell that.
Bounds    ASK_SHARE of the time that the peer waits for its answer.
Failing   a peer that does not state its end: no finding; its second receipts are RECEIPT_MISMATCH.
Shown by tests/integration/exchange/test_restore.py
"""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from services.exchange.office import Office, stream_of
from services.exchange.peer import Peers
from services.kernel.envelopes.codec import Link
from services.kernel.errors import EnforcementError, Unavailable
from services.kernel.telemetry import Log

__all__ = ["Rewinds"]

log = Log(__name__)

ASK_SHARE: Final = 0.4
"""The peer waits for its envelopes meanwhile, at most peer_timeout_seconds; asking twice stays within them."""
ASK_AGAIN_SECONDS: Final = 0.1

RECEIPTED = """
SELECT epoch, seq, receipt FROM exchange.sent
 WHERE recipient = $1 AND (epoch, seq) >= ($2, $3) AND receipt IS NOT NULL
   AND NOT EXISTS (SELECT FROM exchange.rewound r
                    WHERE r.recipient = $1 AND r.epoch = sent.epoch AND r.after_seq < $3 AND r.last_seq >= sent.seq)
 ORDER BY epoch DESC, seq DESC LIMIT 1
"""

# What was receipted while the peer was asked proves nothing, so the stretch ends where it ended before.
NOTE = """
INSERT INTO exchange.rewound (recipient, epoch, after_seq, last_seq)
SELECT $1, epoch, CASE WHEN epoch = $2 THEN $3 ELSE 0 END, max(seq) FROM exchange.sent
 WHERE recipient = $1 AND receipt IS NOT NULL AND (epoch, seq) > ($2, $3) AND (epoch, seq) <= ($4, $5) GROUP BY epoch
ON CONFLICT DO NOTHING RETURNING epoch
"""


class Rewinds:
    """Notices peers that lost their ledger's end."""

    def __init__(self, office: Office, peers: Peers) -> None:
        self._office = office
        self._peers = peers

    async def notice(self, peer: str, epoch: int, from_seq: int) -> None:
        """Looks into it when a peer asks for its chain from a place on.

        Raises:
            Unavailable: PostgreSQL is lost.
        """
        async with self._office.ledger.connection() as connection:
            row = await connection.fetchrow(RECEIPTED, peer, epoch, from_seq)
        if row is None:
            return
        given = Link(row["epoch"], row["seq"])
        try:
            stated = await self._ask(peer)
        except EnforcementError as error:
            log.warning(
                "a peer asks for what it gave a receipt for, and does not say why", peer=peer, reason=str(error)
            )
            return
        if stated is None or stated[0][:2] >= given[:2]:
            return
        await self._record(peer, *stated, given, row["receipt"])

    async def _ask(self, peer: str) -> tuple[Link, wire_pb.Envelope] | None:
        """The peer's stated end; asked again, because the connection from before its restart may just have broken."""
        return await AsyncRetrying(
            stop=stop_after_delay(self._office.settings.peer_timeout_seconds * ASK_SHARE),
            wait=wait_fixed(ASK_AGAIN_SECONDS),
            retry=retry_if_exception_type(EnforcementError),
            reraise=True,
        )(self._received, peer)

    async def _received(self, peer: str) -> tuple[Link, wire_pb.Envelope] | None:
        try:
            async with asyncio.timeout(self._office.settings.peer_timeout_seconds * ASK_SHARE):
                return await self._peers.received(peer)
        except TimeoutError as error:
            raise Unavailable(f"{peer} does not answer") from error

    async def _record(self, peer: str, end: Link, head: wire_pb.Envelope, given: Link, receipt: bytes) -> None:
        office = self._office
        finding: UUID = stream_of("rewound", peer, head.header)
        async with office.ledger.transaction() as connection:
            if not await connection.fetch(NOTE, peer, *end[:2], *given[:2]):
                return
            event = pb.PeerRewound(
                finding_id=str(finding),
                peer_id=peer,
                epoch=given.epoch,
                stated_seq=end.seq,
                receipted_seq=given.seq,
                head=head,
                receipt=wire_pb.Envelope.FromString(receipt),
            )
            for outcome in await office.ledger.append_in(connection, [office.own_event(event, finding)]):
                outcome.appended()
        log.error("a peer lost what it gave receipts for", peer=peer, stated=end.seq, receipted=given.seq)
