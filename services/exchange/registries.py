"""The member registry in force, and every one before it.

    file changed ─▶ parsed ─▶ newer version? ─▶ one transaction {registry row, chain rows, RegistryLoaded} ─▶ in force

Promise   the ledger says from which position on which file was in force, and the file is kept.
Not       that peers have the same file: its digest is in every receipt.
Failing   a file that does not parse, or an older version with other bytes, is refused with an alarm; the one in force
          stays. Shown by tests/integration/exchange/test_registries.py
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from enforcement.exchange.v1 import events_pb2 as pb

from services.exchange.office import Office, stream_of
from services.kernel.envelopes.members import FEED, Registry, RegistryFault
from services.kernel.ledger import Unavailable
from services.kernel.telemetry import Log

__all__ = ["Registries"]

log = Log(__name__)

LAST = "SELECT version, digest FROM exchange.registry ORDER BY version DESC LIMIT 1"

KEEP = """
INSERT INTO exchange.registry (digest, version, file) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING version
"""

CHAINS = """
INSERT INTO exchange.chain (sender, recipient) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING
"""


class Registries:
    """Keeps the office's registry up to date with its file."""

    def __init__(self, office: Office, file: Path | None) -> None:
        self._office = office
        self._file = file
        self._changed_ns = -1

    async def start(self) -> None:
        """Puts the office's registry in force.

        Raises:
            RegistryFault: OLD_VERSION: a newer file was in force before, or this version had other bytes.
        """
        await self._enforce(self._office.registry)

    async def run(self) -> None:
        """Watches the file until cancelled."""
        while self._file is not None:
            await asyncio.sleep(self._office.settings.registry_check_seconds)
            try:
                changed_ns = self._file.stat().st_mtime_ns
                if changed_ns == self._changed_ns:
                    continue
                registry = Registry.parse(self._file.read_bytes())
                if registry.digest != self._office.registry.digest:
                    await self._enforce(registry)
                self._changed_ns = changed_ns
            except (RegistryFault, OSError) as fault:
                log.error("the member registry file is refused; the one in force stays", reason=str(fault))
                self._changed_ns = changed_ns
            except Unavailable as error:
                log.warning("the ledger is not reachable", reason=str(error))

    async def _enforce(self, registry: Registry) -> None:
        office = self._office
        async with office.ledger.transaction() as connection:
            await self._make_chains(connection, registry)
            # Waits for another process of this authority that loads the same file now: one of the two records it.
            fresh = await connection.fetchval(KEEP, registry.digest, registry.version, registry.file) is not None
            last = await connection.fetchrow(LAST)
            if last["digest"] != registry.digest:
                raise RegistryFault("OLD_VERSION", f"version {registry.version}, {last['version']} was in force")
            if fresh:
                loaded = pb.RegistryLoaded(
                    registry_digest=registry.digest.hex(), version=registry.version, member_ids=sorted(registry.members)
                )
                append = office.own_event(loaded, stream_of("registry", registry.digest))
                for outcome in await office.ledger.append_in(connection, [append]):
                    outcome.appended()
        office.registry = registry
        log.info("a member registry is in force", version=registry.version, digest=registry.digest.hex())

    async def _make_chains(self, connection: Any, registry: Registry) -> None:
        """A chain's row is what senders and receivers lock, so it exists before the first envelope."""
        me = self._office.me
        others = [name for name in sorted(registry.members) if name != me]
        senders = [me, *([me] * len(others)), *others]
        recipients = [FEED, *others, *([me] * len(others))]
        await connection.execute(CHAINS, senders, recipients)
