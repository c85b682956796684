"""`enforcement` as its own process, with the settings and the token of somebody at a cluster's authority."""

import asyncio
import json
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.cluster import Cluster

SECONDS = 120.0
"""For one invocation on a busy machine."""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Somebody at a terminal."""

    environment: Mapping[str, str]

    async def __call__(self, *words: str, codes: Collection[int] = (0,)) -> dict[str, Any]:
        """What it prints with --json."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", *words, "--json", env=self.environment, stdout=pipe, stderr=pipe
        )
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
        assert process.returncode in codes, err.decode()
        return dict(json.loads(out))


def command_line(cluster: Cluster, authority_id: str, subject: str, **settings: str) -> CommandLine:
    """The command line of an officer, or whoever the token names; `settings` without their prefix, in lower case."""
    env = cluster.layout.env_file(authority_id)
    own = dict(row.split("=", 1) for row in env.read_text(encoding="utf-8").splitlines() if "=" in row)
    known = {name: own[name] for name in ("ENFORCEMENT_API_ADDRESS", "ENFORCEMENT_TLS_CA_FILE")}
    chosen = {f"ENFORCEMENT_{name.upper()}": value for name, value in settings.items()}
    token = cluster.layout.pki.token(authority_id, subject)
    by_officer = {"ENFORCEMENT_AUTHORITY_ID": authority_id, "ENFORCEMENT_TOKEN": token}
    return CommandLine({**os.environ, **known, **by_officer, **chosen})
