"""Where everything of a local deployment lies, and what each node is told: folders, ports, passwords, environment.

<folder>/ports.json passwords.json     chosen once, kept
<folder>/postgres kafka pki            servers and keys
<folder>/nodes/<id>/env                the node's settings, ENFORCEMENT_*, one a line
<folder>/nodes/<id>/members.toml blobs guard *.log
<folder>/clock                         the instant, when the deployment has a clock of its own
"""

import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.authorities import Authorities
from deploy.local.pki import Pki, write_private
from deploy.local.process import free_ports

HOST: Final = "127.0.0.1"
FIRST_API_PORT: Final = 7101
FIRST_PEER_PORT: Final = 7201
INFRASTRUCTURE_PORTS: Final = {"postgres": 7432, "kafka": 7092, "kafka.controller": 7093, "otlp": 7317}
TELEMETRY: Final = "telemetry"
"""Database and role of the trace store."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One deployment's folder."""

    folder: Path
    authorities: Authorities

    @property
    def pki(self) -> Pki:
        """Keys and certificates."""
        return Pki(self.folder / "pki")

    @property
    def clock_file(self) -> Path:
        """The instant by which nodes act, if they do not act by the machine's clock."""
        return self.folder / "clock"

    def node(self, authority_id: str) -> Path:
        """Folder of one node."""
        return self.folder / "nodes" / authority_id

    def rules_file(self, authority_id: str) -> Path:
        """Dated switches of one node (docs/domain.md), and the amounts of local law that have no default."""
        return self.node(authority_id) / "rules.json"

    def env_file(self, authority_id: str) -> Path:
        """Settings of one node; the command line reads them, too."""
        return self.node(authority_id) / "env"

    def ports(self, *names: str, fixed: bool) -> dict[str, int]:
        """Ports by name: `postgres`, `kafka`, `otlp`, `<id>.api`, `<id>.peer`; chosen on the first call, then kept.

        One that something else has taken since is chosen anew: call this before anything of the deployment runs.

        Args:
            names: further ports that are wanted, always free ones.
            fixed: prefer the well-known ports of the documentation; one that is taken is replaced by a free one.
        """
        wanted = dict.fromkeys(names, 0) | INFRASTRUCTURE_PORTS
        for number, each in enumerate(self.authorities.all):
            wanted |= {f"{each.id}.api": FIRST_API_PORT + number, f"{each.id}.peer": FIRST_PEER_PORT + number}
        file = self.folder / "ports.json"
        kept: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        missing = [name for name in wanted if name not in kept or not _free(kept[name])]
        if missing:
            chosen = zip(missing, free_ports(len(missing)), strict=True)
            kept |= {
                name: wanted[name] if fixed and wanted[name] and _free(wanted[name]) else free for name, free in chosen
            }
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(kept, indent=2) + "\n")
        return kept

    def passwords(self, roles: list[str]) -> dict[str, str]:
        """Passwords of database roles; a new role gets one, which is then kept."""
        file = self.folder / "passwords.json"
        kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        missing = [role for role in roles if role not in kept]
        if missing:
            kept |= {role: secrets.token_urlsafe(24) for role in missing}
            write_private(file, json.dumps(kept, indent=2).encode())
        return kept

    def write_env(self, authority_id: str, settings: Mapping[str, str], name: str = "env") -> dict[str, str]:
        """Writes settings as ENFORCEMENT_* and returns them as such."""
        environment = {f"ENFORCEMENT_{key}": value for key, value in settings.items()}
        lines = "".join(f"{key}={value}\n" for key, value in environment.items())
        write_private(self.node(authority_id) / name, lines.encode())
        return environment


def read_env(file: Path) -> dict[str, str]:
    """Reads what `write_env` wrote. Raises `FileNotFoundError`."""
    pairs = (line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if line)
    return {key: value for key, _, value in pairs}


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
