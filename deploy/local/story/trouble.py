"""What the second telling suffers: a node killed in the middle, and messages delivered twice.

泸县's node is killed (SIGKILL) four times between the head's approval and the police's receipt: after the approval,
just before the case is sent, when the sending is answered, and while the receipt is on its way. It is started again
while the story goes on, so the story's next calls find nobody, and repeat the same command until somebody answers.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from deploy.local.cluster import Cluster
from deploy.local.story.cast import LUXIAN

KILLED_AFTER: Final = ("transfer/approve", "transfer/incomplete", "transfer/send", "referral/sign")


@dataclass(slots=True)
class Trouble:
    """Kills on cue, and counts."""

    cluster: Cluster
    tasks: asyncio.TaskGroup
    kills: list[str] = field(default_factory=list)
    """Steps after which the node was killed."""

    async def after(self, step: str) -> None:
        """Kills 泸县's node when its cue comes, and has it started again."""
        if step in KILLED_AFTER:
            await self.cluster.kill(LUXIAN)
            self.kills.append(step)
            self.tasks.create_task(self.cluster.start(LUXIAN))
