"""What the second telling suffers: a node killed in the middle, and messages delivered twice.

泸县's node is killed (SIGKILL) four times between the head's approval and the police's receipt: after the approval,
just before the case is sent, when the sending is answered, and while the receipt is on its way. It is started again
while the story goes on, so the story's next calls find nobody, and repeat the same command until somebody answers.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from deploy.local.cluster import Cluster
from deploy.local.story.cast import LUXIAN

CUES: Final = dict.fromkeys(("transfer/approve", "transfer/incomplete", "transfer/send", "referral/sign"), LUXIAN)
"""Steps of the story, each with the authority whose node is killed after it."""


@dataclass(slots=True)
class Trouble:
    """Kills on cue, and counts."""

    cluster: Cluster
    tasks: asyncio.TaskGroup
    cues: Mapping[str, str] = field(default_factory=lambda: CUES)
    kills: list[str] = field(default_factory=list)
    """Steps after which a node was killed."""

    async def after(self, step: str) -> None:
        """Kills a node when its cue comes, and has it started again."""
        if authority_id := self.cues.get(step):
            await self.cluster.kill(authority_id)
            self.kills.append(step)
            self.tasks.create_task(self.cluster.start(authority_id))
