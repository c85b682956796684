"""What the second telling suffers: processes killed in the middle, and messages delivered twice.

泸县's node is killed (SIGKILL) four times between the head's approval and the police's receipt: after the approval,
just before the case is sent, when the sending is answered, and while the receipt is on its way. It is started again
while the story goes on, so the story's next calls find nobody, and repeat the same command until somebody answers.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from deploy.local.cluster import Cluster
from deploy.local.story.cast import LUXIAN

CUES: Final = dict.fromkeys(("transfer/approve", "transfer/incomplete", "transfer/send", "referral/sign"), LUXIAN)
"""Steps of the story, each with what is killed after it: an authority's node, or one of the servers."""


class Servers(StrEnum):
    """What all authorities of a cluster share."""

    KAFKA = "kafka"
    POSTGRES = "postgres"


@dataclass(slots=True)
class Trouble:
    """Kills on cue, and counts."""

    cluster: Cluster
    tasks: asyncio.TaskGroup
    cues: Mapping[str, str] = field(default_factory=lambda: CUES)
    kills: list[str] = field(default_factory=list)
    """Steps after which something was killed."""

    async def after(self, step: str) -> None:
        """Kills what the cue names when it comes (SIGKILL), and has it started again."""
        if (victim := self.cues.get(step)) is not None:
            again = await kill(self.cluster, victim)
            self.kills.append(step)
            self.tasks.create_task(again)


async def kill(cluster: Cluster, victim: str) -> Coroutine[Any, Any, None]:
    """Kills an authority's node or one of the servers (SIGKILL). Returns what starts it again."""
    match victim:
        case Servers.KAFKA:
            await cluster.broker.kill()
            return cluster.broker.start()
        case Servers.POSTGRES:
            await asyncio.to_thread(cluster.postgres.kill)
            return asyncio.to_thread(cluster.postgres.up)
    await cluster.kill(victim)
    return cluster.start(victim)
