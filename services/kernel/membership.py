"""The members that this node knows, as decisions and policies see them: those of its registry file, as it is now.

    file changed ──▶ parsed ──▶ newer version, lists this authority? ──▶ in force        else refused, the old one stays

Promise   a newer file counts for the next decision within CHECK_SECONDS, in every process of the node.
Not       evidence of what was in force when: the exchange records that in the ledger.
Failing   a file that is away, does not parse or is not newer is logged once, and the one in force stays.
Shown by tests/unit/kernel/test_membership.py
"""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from services.kernel.authority import Authority
from services.kernel.envelopes.members import Registry, RegistryFault
from services.kernel.telemetry import Log

log = Log(__name__)

CHECK_SECONDS: Final = 2.0


class Membership(Mapping[str, Authority]):
    """The members of the registry in force, by id; whoever keeps it sees each newer file.

    Args:
        me: this authority, which a registry must list.
        registry: in force at the start.
        file: watched for newer versions by `run`.

    Raises:
        ValueError: a member's id is not that of an authority.
        RegistryFault: NOT_LISTED: this authority is no member.
    """

    def __init__(self, me: str, registry: Registry, file: Path) -> None:
        self._me = me
        self._file = file
        self.registry = registry
        self._members = self._members_of(registry)

    def __getitem__(self, authority_id: str) -> Authority:
        return self._members[authority_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    async def run(self) -> None:
        """Watches the file until it is cancelled."""
        seen: tuple[int, int] | None = None
        while True:
            if (stamp := self._stamp()) != seen:
                seen = stamp
                try:
                    self.take(Registry.parse(self._file.read_bytes()))
                except (OSError, RegistryFault, ValueError) as fault:
                    log.error("the member registry file is refused; the one in force stays", reason=str(fault))
            await asyncio.sleep(CHECK_SECONDS)

    def take(self, registry: Registry) -> None:
        """Puts a newer registry in force; the same one again changes nothing.

        Raises:
            RegistryFault: OLD_VERSION, NOT_LISTED.
            ValueError: a member's id is not that of an authority.
        """
        if registry.digest == self.registry.digest:
            return
        if registry.version <= self.registry.version:
            raise RegistryFault("OLD_VERSION", f"version {registry.version}, {self.registry.version} is in force")
        self._members = self._members_of(registry)
        self.registry = registry
        log.info("the members changed", version=registry.version)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            file = self._file.stat()
        except OSError:
            return None
        return file.st_mtime_ns, file.st_ino

    def _members_of(self, registry: Registry) -> dict[str, Authority]:
        if self._me not in registry.members:
            raise RegistryFault("NOT_LISTED", f"version {registry.version} does not list {self._me}")
        return {member.id: Authority(member.id, member.name) for member in registry.members.values()}
