"""After a restore: whether what was said is still known here, decided before anything is signed.

    CLEAR                          the guard file agrees with the database
    SUSPECTED ──all peers asked──▶ CLEAR, and chains of which a peer or the guard knows more are stopped (ROLLBACK)

Promise   a restored database signs no second envelope for a place that a peer, or the guard, has seen.
Not       recovery of what was lost: the chain goes on in a new epoch, which an operator opens.
Failing   a peer that does not answer is asked again, for as long as it takes; an operator who knows better suspends it
          in the registry file. A new database without a guard asks once and does not wait: it has said nothing.
Shown by tests/integration/exchange/test_restore.py
"""

from __future__ import annotations

import asyncio
from typing import Final

from enforcement.exchange.v1 import events_pb2 as pb

from services.exchange.guard import Guard, Known, compare
from services.exchange.office import Office
from services.exchange.peer import Ends, Peers
from services.kernel.envelopes.codec import Link
from services.kernel.envelopes.members import FEED
from services.kernel.errors import EnforcementError
from services.kernel.ledger import uuid7
from services.kernel.telemetry import Log

__all__ = ["ROLLBACK", "Restore"]

log = Log(__name__)

ROLLBACK: Final = "ROLLBACK"
"""Why an own chain is stopped; not an outcome code, because nobody sent anything wrong."""
ASK_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 3.0
"""For one answer: a first start waits this long for peers that are not reachable."""

CHAINS = "SELECT recipient, epoch, seq, hash FROM exchange.chain WHERE sender = $1"

HASH_AT = """
SELECT c.epoch AS chain_epoch, s.env_hash
  FROM exchange.chain c LEFT JOIN exchange.sent s ON s.recipient = c.recipient AND s.epoch = $3 AND s.seq = $4
 WHERE c.sender = $1 AND c.recipient = $2
"""

STOP = "UPDATE exchange.chain SET stopped = $3 WHERE sender = $1 AND recipient = ANY ($2)"


class Restore:
    """Compares what the database, the guard and the peers know of own chains."""

    def __init__(self, office: Office, guard: Guard, peers: Peers) -> None:
        self._office = office
        self._guard = guard
        self._peers = peers

    async def clear(self) -> None:
        """Returns when it is safe to sign.

        Raises:
            GuardFault: the guard file is damaged, or another authority's.
            GuardUnwritable: it can be read and not written.
        """
        remembered = self._guard.read()
        known = await self._known()
        found = compare(remembered, known)
        if found is None and remembered is not None:
            return
        office = self._office
        finding = uuid7()
        lost: set[str] = set()
        if found is not None:
            code, detail = found
            office.suspicion = code
            log.error("the database may be older than what was said; nothing is signed", code=code, detail=detail)
            suspected = pb.RollbackSuspected(finding_id=str(finding), code=code, detail=detail)
            await office.ledger.append(office.own_event(suspected, finding))
            lost |= _behind(remembered, known)
        lost |= await self._ask(wait=found is not None)
        if lost:
            async with office.ledger.transaction() as connection:
                await connection.execute(STOP, office.me, sorted(lost), ROLLBACK)
        if found is not None or lost:
            judged = pb.RollbackJudged(finding_id=str(finding), lost_chain_ids=sorted(lost))
            await office.ledger.append(office.own_event(judged, uuid7(), causation_id=finding))
            log.error("chains are stopped until a new epoch is opened", chains=",".join(sorted(lost)) or "none")
        await self._guard.write(await self._known())
        office.suspicion = ""

    async def compare(self, authority: str, stated: Ends) -> set[str]:
        """Stops and returns own chains of which a peer knows more than the database."""
        lost = set()
        for recipient, end in ((authority, stated.received), (FEED, stated.followed)):
            if end is not None and await self._contradicts(recipient, end):
                lost.add(recipient)
        if lost:
            log.error("a peer knows more of an own chain", peer=authority, chains=",".join(sorted(lost)))
            async with self._office.ledger.transaction() as connection:
                await connection.execute(STOP, self._office.me, sorted(lost), ROLLBACK)
        return lost

    async def _ask(self, *, wait: bool) -> set[str]:
        """Asks every peer with an address, all at once; with `wait` until each has answered."""
        lost: set[str] = set()
        answered: set[str] = set()
        while True:
            registry = self._office.registry
            waiting = [
                name
                for name, member in sorted(registry.members.items())
                if name != self._office.me and member.grpc and registry.reachable(name) and name not in answered
            ]
            for name, found in zip(waiting, await asyncio.gather(*map(self._ask_one, waiting)), strict=True):
                if found is not None:
                    lost |= found
                    answered.add(name)
            if not wait or answered.issuperset(waiting):
                return lost
            await asyncio.sleep(ASK_SECONDS)

    async def _ask_one(self, name: str) -> set[str] | None:
        """The own chains of which a peer knows more; None when it does not answer."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self.compare(name, await self._peers.ends(name))
        except (EnforcementError, TimeoutError) as error:
            log.info("a peer does not say where my chain ends", peer=name, reason=str(error))
            return None

    async def _known(self) -> Known:
        async with self._office.ledger.connection() as connection:
            rows = await connection.fetch(CHAINS, self._office.me)
        chains = {row["recipient"]: Link(row["epoch"], row["seq"], row["hash"]) for row in rows}
        return Known(await self._office.ledger.head(), chains)

    async def _contradicts(self, recipient: str, stated: Link) -> bool:
        """Tells whether somebody has of my chain what I do not have, or have differently."""
        if stated.seq == 0:
            return False
        async with self._office.ledger.connection() as connection:
            row = await connection.fetchrow(HASH_AT, self._office.me, recipient, stated.epoch, stated.seq)
        # In a later epoch the loss was acknowledged, and the peer has not heard of it yet.
        return bool(row is not None and row["chain_epoch"] <= stated.epoch and row["env_hash"] != stated.hash)


def _behind(remembered: Known | None, known: Known) -> set[str]:
    """Own chains that the guard remembers further or otherwise: what it remembers may be under way to the peer."""
    if remembered is None:
        return set()
    lost = set()
    for recipient, said in remembered.chains.items():
        end = known.chains.get(recipient, Link())
        if end[:2] < said[:2] or (end[:2] == said[:2] and end.hash != said.hash):
            lost.add(recipient)
    return lost
